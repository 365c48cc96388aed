"""Surveys as the tools that ask export them: answers are speech, question by question, and people keep what is known."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import survey
from comparia.ingest.source import Source
from comparia.reports.notices import notice_text


def read(text, name="answers.csv"):
    return ingest.read_bytes(text if isinstance(text, bytes) else text.encode(), name)


def said(transcript):
    return [(transcript.speaker_name(turn.speaker), turn.about, turn.text) for turn in transcript.turns]


def known(transcript):
    return {speaker.name: dict(speaker.attributes) for speaker in transcript.speakers}


def columns(transcript, code):
    return next((notice.values["columns"] for notice in transcript.notices if notice.code == code), ())


def values(transcript, code):
    return next(dict(notice.values) for notice in transcript.notices if notice.code == code)


DECIDIM = (
    "ID de réponse;Répondu le;Hachage IP;Statut de l'utilisateur;1. Vous êtes;2. Que pensez-vous du projet ?;"
    "3. Que proposez-vous ?\n"
    'a3f9c0d1e2b4a5968778;2026-01-02 10:00:00;99aa77bb66cc55dd44ee;Enregistré;Habitant;"C\'est bien,\nmais cher";Des arbres\n'
    "b3f9c0d1e2b4a5968778;2026-01-02 10:05:00;99aa77bb66cc55dd44ef;Non enregistré;Commerçant;RAS;Des bancs\n"
    "c3f9c0d1e2b4a5968778;2026-01-03 10:05:00;99aa77bb66cc55dd44eg;Non enregistré;Habitant;Non.;\n"
)


def test_decidim_reads_question_by_question_and_keeps_no_token():
    transcript = read(DECIDIM)
    assert transcript.formats == ("survey",)
    assert said(transcript) == [
        ("Participant 2", "2. Que pensez-vous du projet ?", "C'est bien,\nmais cher"),
        ("Participant 2", "3. Que proposez-vous ?", "Des arbres"),
        ("Participant 3", "3. Que proposez-vous ?", "Des bancs"),
    ]
    assert [(c.span.row, c.span.lines) for c in transcript.cues] == [(2, (2, 3)), (2, (2, 3)), (3, (4, 4))]
    assert known(transcript) == {
        "Participant 2": {"Vous êtes": "Habitant"},
        "Participant 3": {"Vous êtes": "Commerçant"},
    }
    assert values(transcript, "answers_left_out") == {"n": 3, "nothing": 2}
    assert [(i.reason, i.span.row) for i in transcript.ignored] == [
        ("header", 1),
        ("answer that says nothing", 3),
        ("answer that says nothing", 4),
        ("no answer to an open question", 4),
    ]
    kept = transcript.model_dump_json()
    assert "a3f9c0d1" not in kept
    assert "99aa77bb" not in kept


LIMESURVEY = (
    '"id","submitdate","lastpage","startlanguage","seed","token","Q1","Q2[SQ001]","Q2[SQ002]","Q2[other]","G01Q03","Q4"\n'
    '"1","2026-01-01 10:00:00","3","fr","123456789","aBcDeF","Y","Y","","un pont","AO01","Il faut des pistes"\n'
    '"2","2026-01-01 10:10:00","3","fr","223456789","aBcDeG","N","","Y","","AO02","-"\n'
    '"4","","1","fr","323456789","aBcDeH","Y","Y","Y","","AO01","Trop de voitures, partout"\n'
)


def test_limesurvey_with_codes_for_headings():
    transcript = read(LIMESURVEY)
    assert said(transcript) == [
        ("Participant 1", "Q2[other]", "un pont"),
        ("Participant 1", "Q4", "Il faut des pistes"),
        ("Participant 4", "Q4", "Trop de voitures, partout"),
    ]
    assert known(transcript)["Participant 4"] == {"Q1": "Y", "Q2[SQ001]": "Y", "Q2[SQ002]": "Y", "G01Q03": "AO01"}
    assert columns(transcript, "survey_private") == ("submitdate", "lastpage", "startlanguage", "seed", "token")


def test_limesurvey_with_questions_for_headings():
    transcript = read(
        "Response ID,Date submitted,Last page,Start language,Seed,What do you like here?,Your age group\n"
        "7,2026-01-01 10:00:00,2,en,123,The river and its banks,18-29\n"
        "9,2026-01-01 11:00:00,2,en,124,The market on Saturday,60+\n"
    )
    assert [who for who, _about, _text in said(transcript)] == ["Participant 7", "Participant 9"]
    assert known(transcript)["Participant 9"] == {"Your age group": "60+"}


GOOGLE = (
    "Horodateur,Adresse e-mail,Votre nom,Tranche d'âge,Quel est votre quartier ?,Qu'est-ce qui vous plaît ici ?,"
    "Téléphone,Notez la réunion\n"
    '2026/01/02 10:00:00 AM UTC+1,ada@exemple.fr,Ada,18-25,Centre,"La place, le marché",0601020304,4\n'
    "2026/01/02 10:10:00 AM UTC+1,bob@exemple.fr,Bob,26-40,Nord,Rien du tout ne me plaît,06 01 02 03 05,2\n"
    "2026/01/02 10:20:00 AM UTC+1,bob2@exemple.fr,Bob,26-40,Nord,Les gens,,5\n"
)


def test_google_forms_with_names_and_two_people_of_one_name():
    transcript = read(GOOGLE)
    assert [who for who, _about, _text in said(transcript)] == ["Ada", "Bob (3)", "Bob (4)"]
    assert known(transcript)["Ada"] == {
        "Tranche d'âge": "18-25",
        "Quel est votre quartier": "Centre",
        "Notez la réunion": "4",
    }
    kept = transcript.model_dump_json()
    assert "exemple.fr" not in kept
    assert "0601020304" not in kept
    assert "06 01" not in kept


@pytest.mark.parametrize(
    ("headings", "start"),
    [
        ("ID;Start time;Completion time;Email;Name", "1/2/26 10:00:00"),
        ("ID;Heure de début;Heure de fin;Adresse de messagerie;Nom", "1/2/26 10:00:00"),
        ("Id;Start time;Completion time;Email;Name", "2026-01-02 10:00:00"),
    ],
)
def test_microsoft_forms(headings, start):
    transcript = read(
        f"{headings};Que pensez-vous du PLU ?;Quels transports ?\n"
        f"1;{start};{start};anonymous;;Il densifie trop;Bus;\n"
        f"2;{start};{start};ada@ville.example;Ada Lê;Rien à dire;Bus;Vélo;\n"
        f"3;{start};{start};anonymous;;Bonne idée;Bus;\n"
    )
    assert [(who, text) for who, about, text in said(transcript) if "PLU" in about] == [
        ("Participant 1", "Il densifie trop"),
        ("Participant 3", "Bonne idée"),
    ]
    assert "ada@ville" not in transcript.model_dump_json()


def test_surveymonkey_has_two_rows_of_headings():
    transcript = read(
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
        "What do you like?,Which do you use?,,,Anything else?\n"
        ",,,,,,,,,Open-Ended Response,Bus,Bike,Other (please specify),Open-Ended Response\n"
        "114000001,4000,01/02/2026,01/02/2026,10.0.0.1,a@b.example,Ada,Martin,,The park by the river,Bus,,,No\n"
        "114000002,4000,01/02/2026,01/02/2026,10.0.0.2,,,,,The library,,Bike,my own legs,More trees please\n"
    )
    assert said(transcript) == [
        ("Ada Martin", "What do you like?", "The park by the river"),
        ("Participant 114000002", "What do you like?", "The library"),
        ("Participant 114000002", "Which do you use? [Other (please specify)]", "my own legs"),
        ("Participant 114000002", "Anything else?", "More trees please"),
    ]
    assert known(transcript)["Ada Martin"] == {"Which do you use? [Bus]": "Bus"}
    assert "10.0.0.1" not in transcript.model_dump_json()


def test_typeform_and_framaforms():
    typeform = read(
        "#,What should change in town?,How old are you?,I agree to the terms,Response Type,Start Date (UTC),"
        "Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending\n"
        "8f7d6s5a4f3d2s1a8f7d6s5a4f3d,More benches,34,1,completed,2026-01-02 10:00:00,,2026-01-02 10:03:00,ab12cd34ef,,\n"
        "9f7d6s5a4f3d2s1a8f7d6s5a4f3d,Fewer cars,51,1,completed,2026-01-02 11:00:00,,2026-01-02 11:03:00,ab12cd34eg,,\n"
    )
    assert said(typeform) == [
        ("Participant 2", "What should change in town?", "More benches"),
        ("Participant 3", "What should change in town?", "Fewer cars"),
    ]
    assert known(typeform)["Participant 2"] == {"How old are you": "34"}
    framaforms = read(
        '"Détails de la soumission",,,,,,,"Votre avis",\n'
        '"Numéro de série",SID,Date/Heure,Brouillon,"Adresse IP",UID,"Nom d\'utilisateur","Vos remarques",Commune\n'
        '1,901,2026-01-02,0,10.1.2.3,0,Anonyme,"Un trottoir, enfin",Dax\n'
        "2,902,2026-01-03,0,10.1.2.4,0,Anonyme,Merci pour tout,Pau\n"
    )
    assert said(framaforms) == [
        ("Participant 1", "Vos remarques", "Un trottoir, enfin"),
        ("Participant 2", "Vos remarques", "Merci pour tout"),
    ]
    assert known(framaforms)["Participant 2"] == {"Commune": "Pau"}


def test_go_vocal_identifies_by_author_and_keeps_neither_name_of_column_nor_uuid():
    transcript = read(
        "ID,Que changer sur la place ?,Quelle est votre priorité ?,Author name,Author email,Author ID,Submitted at,Project,"
        "Gender,Domicile\n"
        "0b9c1f52-5b0c-4d7e-9a59-5d7a3b3f0001,Plus d'ombre,Le bus,Ada Lê,ada@ville.example,"
        "1b9c1f52-5b0c-4d7e-9a59-5d7a3b3f0001,01/02/2026 10:00:00,PLU,female,Centre\n"
        "0b9c1f52-5b0c-4d7e-9a59-5d7a3b3f0002,Moins de bruit,Les écoles d'abord,Anonymous,,"
        "1b9c1f52-5b0c-4d7e-9a59-5d7a3b3f0002,01/02/2026 11:00:00,PLU,male,Nord\n"
    )
    assert [who for who, about, _text in said(transcript) if "place" in about] == ["Ada Lê", "Participant 3"]
    assert known(transcript)["Ada Lê"] == {"Gender": "female", "Domicile": "Centre"}
    assert "5d7a3b3f0001" not in transcript.model_dump_json()


def test_go_vocal_in_french_is_read_by_its_own_headings():
    transcript = read(
        "ID,Que changer sur la place ?,Quelle est votre priorité ?,Nom de l'auteur,E-mail de l'auteur,ID de l'auteur,"
        "Soumis le,Projet,Genre,Lieu de résidence\n"
        "u1,Plus d'ombre devant la halle,Le bus du soir,Ada Lê,ada@ville.example,u9,01/02/2026 10:00,PLU,Féminin,Centre\n"
        "u2,Moins de bruit la nuit,Les écoles d'abord,Anonyme,,,01/02/2026 11:00,PLU,Masculin,Nord\n"
    )
    assert [who for who, about, _text in said(transcript) if "place" in about] == ["Ada Lê", "Participant u2"]
    assert known(transcript)["Ada Lê"] == {"Genre": "Féminin", "Lieu de résidence": "Centre"}
    assert "u9" not in transcript.model_dump_json()
    assert "ada@" not in transcript.model_dump_json()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_ways_of_saving_change_no_answer(delimiter, codec):
    rows = list(csv.reader(io.StringIO(GOOGLE)))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert said(read(out.getvalue().encode(codec))) == said(read(GOOGLE))


def survey_of(question, answers, heading="Votre avis en quelques mots ?"):
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Horodateur", heading, question])
    rows.writerows([f"2026/01/0{n % 9 + 1} 10:00", f"mot à mot {n}", answer] for n, answer in enumerate(answers))
    return read(out.getvalue())


CLOSED = {
    "flags": (["Oui", "Non", "Oui"], True),
    "ratings": (["1", "5", "4", "3"], True),
    "scale": (["Tout à fait d'accord", "Plutôt d'accord", "Pas du tout d'accord"], True),
    "choices": (["Bus", "Vélo", "Bus", "Bus", "Vélo", "Marche", "Bus", "Marche"], True),
    "several choices": (["Bus;Vélo", "Vélo", "Bus;Marche", "Bus;Vélo", "Marche;Vélo", "Bus", "Bus;Marche"] * 2, True),
    "dates": (["2026-01-02", "03/04/2026", "2026-05-06"], False),
    "links": (["https://a.example/1", "https://a.example/2"], False),
    "many figures": ([str(n) for n in range(40)], False),
}


@pytest.mark.parametrize(("answers", "kept"), CLOSED.values(), ids=CLOSED)
def test_closed_answers_are_no_words(answers, kept):
    transcript = survey_of("Et pour finir", answers)
    assert {turn.about for turn in transcript.turns} == {"Votre avis en quelques mots ?"}
    assert columns(transcript, "attributes" if kept else "survey_closed") == ("Et pour finir",)
    assert any(speaker.attributes for speaker in transcript.speakers) == kept


OPEN = {
    "short and all different": ["Le parc", "Un banc", "Des arbres", "La mairie"],
    "one word each": [f"mot{n}" for n in range(30)],
    "long and twice the same": ["Je veux que la place reste ouverte"] * 2 + ["Fermez-la"],
    "short views": ["Très bien", "Plutôt des arbres", "Peu de bancs", "Assez de voitures !"],
    "one answer": ["Très bien"],
    "nothing liked": ["Rien", "Aucune", "Tout"],
}


@pytest.mark.parametrize("answers", OPEN.values(), ids=OPEN)
def test_open_answers_are_words(answers):
    transcript = survey_of("Qu'aimez-vous sur la place ?", answers)
    assert [turn.text for turn in transcript.turns if "place" in turn.about] == answers


@pytest.mark.parametrize("answer", ["", "-", "—", "Néant", "RAS", "R.A.S.", "n/a", "N/A", "non", "Non.", "No", "  "])
def test_answers_that_say_nothing_are_left_out_and_counted(answer):
    transcript = survey_of("Que proposez-vous ?", ["Des bancs ici", answer, "De l'ombre là"])
    assert [turn.text for turn in transcript.turns if "proposez" in turn.about] == ["Des bancs ici", "De l'ombre là"]
    assert values(transcript, "answers_left_out")["n"] == 1


CONTACTS = {
    "Laissez votre e-mail si vous voulez les résultats": ["a@b.example", "c@d.example"],
    "Pour vous rappeler": ["06 11 22 33 44", "+33 6 11 22 33 45"],
    "Votre adresse postale": ["3 rue du Puits", "4 rue du Four"],
    "Date de naissance": ["1980-01-01", "12/03/1974"],
    "IP": ["10.0.0.1", "fe80::1:2"],
    "J'accepte la politique de confidentialité": ["Oui", "Oui"],
    "Token": ["abc", "def"],
}


@pytest.mark.parametrize(("heading", "answers"), CONTACTS.items(), ids=CONTACTS)
def test_contacts_are_never_kept(heading, answers):
    transcript = survey_of(heading, answers)
    kept = transcript.model_dump_json()
    assert not any(answer in kept for answer in answers if answer != "Oui")
    assert not any(speaker.attributes for speaker in transcript.speakers)
    assert heading in columns(transcript, "survey_private")


@pytest.mark.parametrize(
    ("heading", "answer"),
    [
        ("Âge", "34"),
        ("Quel âge avez-vous ?", "34 ans"),
        ("Sexe", "F"),
        ("Code postal", "40100"),
        ("3. Votre commune de résidence :", "Dax"),
        ("Profession", "Infirmière libérale"),
        ("Vous êtes :", "Une association du quartier"),
        ("Type d'acteur", "Élu"),
        ("Dans quel quartier habitez-vous ?", "Les Prés"),
        ("What is your gender?", "woman"),
        ("Organisation", "Amicale des boulistes"),
    ],
)
def test_what_is_known_of_people_is_kept_with_them(heading, answer):
    transcript = survey_of(heading, [answer, "autre"])
    assert answer in transcript.speakers[0].attributes.values()


@pytest.mark.parametrize(
    "heading", ["Que manque-t-il dans votre quartier ?", "Que pensez-vous de la ville ?", "Une idée pour la commune"]
)
def test_a_question_about_a_place_is_no_attribute(heading):
    transcript = survey_of(heading, ["des arbres partout", "une école"])
    assert [turn.text for turn in transcript.turns if turn.about == heading] == ["des arbres partout", "une école"]


def test_an_address_is_no_name():
    transcript = read("Timestamp,Name,What now?\n1,ada@b.example,More trees\n2,ada@b.example,Fewer cars\n")
    assert "@" not in transcript.model_dump_json()
    assert len(transcript.speakers) == 2


def test_columns_that_a_machine_translated_are_left_out_and_said():
    transcript = read(
        "id,submitdate,lastpage,Que changer ?,Que changer ? (traduction automatique)\n"
        "1,2026-01-01,2,Mehr Bäume bitte,Plus d'arbres\n2,2026-01-01,2,Weniger Autos,Moins d'autos\n"
    )
    assert [text for _who, _about, text in said(transcript)] == ["Mehr Bäume bitte", "Weniger Autos"]
    assert columns(transcript, "machine_translated") == ("Que changer ? (traduction automatique)",)


def test_a_survey_without_an_open_question_is_refused_with_its_cure():
    with pytest.raises(TranscriptError, match="without an open question") as refused:
        read("Horodateur,Votre âge ?,Favorable ?\n2026,34,Oui\n2026,35,Non\n")
    assert "Keep one question" in str(refused.value.cure)


def test_the_last_answer_to_a_question_and_the_first_to_the_next_stay_two_turns():
    transcript = read("Horodateur,Un ?,Deux ?\n2026-01-01,première réponse,seconde réponse\n")
    assert [turn.text for turn in transcript.turns] == ["première réponse", "seconde réponse"]


@pytest.mark.parametrize(
    "text",
    [
        "Anne : Ça va ?\nBob : Oui, et toi ? Bien ?\n",
        "Ça va ? oui, et toi ?, bien\nmerci\n",
        "ville;population\nLyon;500000\n",
        "author;body\nAda;un\n",
        "id;title;body;author/name\n1;a;b;c\n",
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1,x,3,2,1,1,1,un avis\n",
        "start,end,speaker,text\n0,1,Ada,oui\n",
    ],
)
def test_what_is_no_survey_is_left_to_others(text):
    assert not survey.sniff(Source.decode(text.encode(), "x", None))


def test_a_notice_names_the_questions():
    transcript = read(DECIDIM)
    sentence = next(notice_text(notice) for notice in transcript.notices if notice.code == "survey")
    assert sentence == "A survey: 2 questions are open (2. Que pensez-vous du projet ?, 3. Que proposez-vous ?)."


CELL = st.text(st.sampled_from("abé\"\n\r;,\t=<>&' "), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12), st.sampled_from(";,\t"))
def test_every_line_of_a_survey_is_in_a_turn_or_left_out(rows, delimiter):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("Horodateur", "Pourquoi ?", "Comment ?"), *((when or "x", one, two) for when, one, two in rows)])
    source = Source.decode(out.getvalue().encode(), "x", None)
    try:
        reading = survey.read(source)
    except TranscriptError as refused:
        assert refused.cure  # noqa: PT017 - nothing was open
        return
    spans = [*(c.span for c in reading.cues), *(i.span for i in reading.ignored)]
    seen = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    assert [n for n, line in enumerate(source.lines, 1) if line.strip() and n not in seen] == []
