"""Exports of the tools that people use, and public meetings as they are typed: who says what, when, and nothing lent to anybody else."""

import json
from pathlib import Path

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import read, read_bytes
from comparia.references.statements import statements
from comparia.reports.notices import notice_text, option

CASES = Path(__file__).parent / "cases"


def said(name):
    """Speaker, start in seconds and words of each turn; `None` for nobody."""
    transcript = read([CASES / name])
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    return [
        (names.get(turn.speaker or ""), None if turn.start is None else turn.start / 1000, turn.text)
        for turn in transcript.turns
    ]


def codes(name):
    return {notice.code for notice in read([CASES / name]).notices}


THREE = ["Bonsoir à tous, on peut commencer.", "J'ai une question sur le parking.", "Allez-y."]
TOOLS = {
    "happyscribe.txt": [("Speaker 1", 2.45), ("Speaker 2", 12.1), ("Speaker 1", 22.1)],
    "trint.txt": [("Speaker 1", 1), ("Speaker 2", 12), ("Speaker 1", 22)],
    "sonix.txt": [("Speaker1", 1), ("Speaker2", 12), ("Speaker1", 22)],
    "riverside.txt": [("Thierry Seyne", 1.234), ("Claire Duval", 12.1), ("Thierry Seyne", 22.5)],
    "jamie.txt": [("Speaker 1", 3), ("Speaker 2", 12), ("Speaker 1", 20)],
    "otter_fr.txt": [("Thierry Seyne", 3), ("Claire Duval", 12), ("Thierry Seyne", 20)],
    "plaud.txt": [("Intervenant 1", 2), ("Intervenant 2", 65), ("Intervenant 1", 80)],
    "noota.txt": [("Thierry Seyne", 3), ("Claire Duval", 9), ("Thierry Seyne", 12)],
    "macwhisper_spk.txt": [("Speaker 1", 3), ("Speaker 2", 9), ("Speaker 1", 12)],
    "range_then_label.txt": [("Interlocuteur 1", 751), ("Interlocuteur 2", 789), ("Interlocuteur 1", 801)],
    "turboscribe_speakers.txt": [("Speaker 1", 0), ("Speaker 2", 84), ("Speaker 1", 166)],
    "whisperx.srt": [("SPEAKER_00", 1), ("SPEAKER_01", 3), ("SPEAKER_00", 5)],
    "whisperx.vtt": [("SPEAKER_00", 1), ("SPEAKER_01", 3), ("SPEAKER_00", 5)],
    "crochets.vtt": [("Thierry", 1), ("Claire", 3), ("Thierry", 5)],
    "tldv.txt": [(None, None), ("Thierry Seyne", 5), ("Claire Duval", 9), ("Thierry Seyne", 12)],
    "tactiq.txt": [(None, None), ("Thierry Seyne", 0), ("Claire Duval", 9), ("Thierry Seyne", 12)],
    "clock_name_colon.txt": [(None, None), ("Speaker 1", 0), ("Speaker 2", 4), ("Speaker 3", 271)],
    "bracket_clock.txt": [("Dr Martin", 3), ("Mme Durand", 12), ("Dr Durand", 3723)],
    "dash_locuteur.txt": [("Locuteur 1", None), ("Locuteur 2", None), ("Locuteur 1", None)],
    "granola.txt": [("Me", None), ("Them", None), ("Me", None)],
    "gmeet_sbv_txt.txt": [("Thierry Seyne", 0), ("Claire Duval", None), ("Thierry Seyne", 312)],
    "zoom_chat_fr.txt": [("Thierry Seyne", 33840), ("Claire Duval", 34440)],
    "zoom_chat_fr2.txt": [("Thierry Seyne", 33851), ("Claire Duval", 33902)],
}
"""Who speaks, and from which second."""


@pytest.mark.parametrize(("name", "expected"), TOOLS.items(), ids=TOOLS)
def test_the_speakers_and_times_of_a_tool_are_read(name, expected):
    assert [(speaker, start) for speaker, start, _text in said(name)] == expected


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_no_time_of_a_tool_stays_in_what_somebody_said(name):
    times = ("[00:", "(0:", "(00:", "-->", "→", "00:00:", "00:01", "SPEAKER_")
    kept = [text for _speaker, _start, text in said(name) if any(time in text for time in times)]
    assert kept == []


def test_words_are_whole_where_the_time_and_the_speaker_are_out():
    assert [text for _s, _t, text in said("happyscribe.txt")] == THREE
    assert [text for _s, _t, text in said("macwhisper_spk.txt")] == [
        "Bonsoir à tous.",
        "J'ai une question.",
        "Allez-y.",
    ]
    assert said("fathom.txt")[1][0::2] == (
        "Sandra Rivière (Ville)",
        "Bonsoir à toutes et à tous, on va commencer par le tour de table. Nous avons une heure.",
    )
    assert [speaker for speaker, _start, _text in said("fireflies.md")][1:] == [
        "Speaker 1",
        "Speaker 2",
        "Speaker 1",
        "Claire Duval",
    ]
    assert "Temps de parole" not in " ".join(text for _s, _t, text in said("bracket_label_clock.txt"))


@pytest.mark.parametrize("name", ["whisper_stdout.txt", "whisper.tsv", "timed_no_names.txt", "clock_tab_text.txt"])
def test_times_without_names_give_times_and_nobody(name):
    transcript = read([CASES / name])
    assert transcript.speakers == ()
    assert len([cue for cue in transcript.cues if cue.start is not None]) == 3


def test_everybody_in_a_public_meeting_says_their_own_words():
    turns = said("public_roles.txt")
    assert len(turns) == 23
    assert sum(speaker == "M. Dupont" for speaker, _start, _text in turns) == 12
    own = {text: speaker for speaker, _start, text in turns}
    assert own["Moi je suis contre ce projet."] == "Une habitante du quartier des Lilas"
    assert own["Et le bruit ?"] == "Intervenant n° 3"
    assert own["Nous demandons une étude."] == "Le représentant de l'association Vélo 44"
    assert own["Nous voulons des arbres."] == "Table 4"


def test_heads_of_people_who_speak_once_are_theirs():
    own = {text: speaker for speaker, _start, text in said("clock_name_line_lowercase_once.txt")}
    assert own["Pourquoi ce n’est pas fait par les jardiniers communaux ?"] == "Conseiller d’opposition 2"
    assert own["Je refuse ce projet de parking."] == "Habitante du quartier nord"


def test_labels_of_a_verbatim_are_believed_once():
    own = {text: speaker for speaker, _start, text in said("verbatim_dupont.txt")}
    assert own["Moi je suis contre ce projet."] == "Une habitante du quartier des Lilas"
    assert own["Pourquoi ne pas faire une piste cyclable ?"] == "Un habitant"


def test_a_label_of_which_one_doubts_is_nobody_s_and_is_named():
    text = (
        "M. Dupont : Bonsoir à tous et merci.\nIl y a du monde ce soir.\nOn commence par la place.\n"
        "Un drôle de type au fond de tout : Moi non.\nM. Dupont : D'accord.\nMme Roy : Oui.\nEt le parking aussi.\n"
    )
    transcript = read_bytes(text.encode(), "s.txt")
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    owner = next(names.get(turn.speaker or "") for turn in transcript.turns if "Moi non." in turn.text)
    assert owner is None
    (notice,) = [notice for notice in transcript.notices if notice.code == "labels_doubted"]
    assert "Un drôle de type au fond de tout" in notice_text(notice)


def test_a_doubted_label_is_believed_once_a_person_says_so(tmp_path):
    file = tmp_path / "s.txt"
    label = "Un drôle de type au fond de tout"
    file.write_text(
        f"M. Dupont : Bonsoir.\nIl y a du monde.\nOn commence.\n{label} : Moi non.\nM. Dupont : Bien.\nMme Roy : Oui.\nEt puis.\n"
    )
    transcript = read([file], speakers={label: "Habitant 1"})
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    assert [names[turn.speaker or ""] for turn in transcript.turns] == [
        "M. Dupont",
        "Habitant 1",
        "M. Dupont",
        "Mme Roy",
    ]


def test_odd_names_of_a_call_are_speakers():
    names = {speaker for speaker, _start, _text in said("zoom_telephone.vtt")}
    assert {"33639981234", "+33 6 39 98 12 34", "🌱 Lise", "(Invité) Paul", "2e adjoint", "@zoe"} <= names


def test_sentences_with_a_colon_are_nobody():
    assert {speaker for speaker, _start, _text in said("enumeration.vtt")} == {None}


def test_minutes_are_not_speech():
    assert {speaker for speaker, _start, _text in said("pv_champs.txt")} == {None}
    assert "minutes" in codes("pv_champs.txt")


def test_somebody_who_is_spoken_to_does_not_speak():
    assert "Madame la ministre, une question" not in {speaker for speaker, _start, _text in said("vocatif.txt")}


@pytest.mark.parametrize(
    ("name", "private", "secrets"),
    [
        ("zoom_old_private.txt", 2, ("confidential", "secret")),
        ("zoom_en_old.txt", 1, ("let us talk later",)),
        ("zoom_fr_heures.txt", 2, ("on en parle après",)),
        ("zoom_chat_fr.txt", 1, ("on en parle après",)),
        ("zoom_chat_fr2.txt", 1, ("confidentiel",)),
    ],
)
def test_private_messages_of_every_dialect_are_out_and_counted(name, private, secrets):
    transcript = read([CASES / name])
    text = transcript.model_dump_json()
    assert not [word for word in secrets if word in text]
    (notice,) = [notice for notice in transcript.notices if notice.code == "private_messages"]
    assert notice_text(notice).startswith(f"{private} private")


def test_quotes_saved_as_controls_are_quotes():
    assert [text for _s, _t, text in said("c1.txt")] == [
        "Aujourd’hui, c’est l’œuvre de tous.",
        "J’ai dit non.",
        "D’accord.",
    ]


def test_what_recognition_invents_is_marked_and_kept():
    transcript = read([CASES / "whisper_loop.srt"])
    found = {notice.code: notice_text(notice) for notice in transcript.notices}
    assert "“Test, test.” is repeated 5 times" in found["loop"]
    assert found["hallucination_suspect"].startswith("1 segment may be invented")
    assert len(transcript.cues) == 7  # nothing is left out
    assert sum("loop" in cue.flags for cue in transcript.cues) == 4


def test_what_recognition_invents_is_no_point_of_view():
    cue = "{n}\n00:0{m}:{a:02},000 --> 00:0{m}:{b:02},000\n{text}\n"
    said = ["Je demande un banc près de la fontaine pour les personnes âgées."]
    said += ["On va faire une petite pause avant de voter le budget."] * 6 + ["Sous-titrage Société Radio-Canada"]
    text = "\n".join(cue.format(n=n, m=n, a=1, b=40, text=words) for n, words in enumerate(said, 1))
    words = [statement.words for statement in statements(read_bytes(text.encode(), "s.srt"))]
    assert sum("petite pause" in one for one in words) <= 1
    assert not [one for one in words if "Radio-Canada" in one]


def test_another_language_is_named():
    text = (
        "1\n00:00:01,000 --> 00:00:09,000\n"
        + "El alcalde dice que la plaza no se puede cerrar para los vecinos del barrio y que el agua es de todos. " * 3
    )
    transcript = read_bytes(text.encode(), "s.srt")
    (notice,) = [notice for notice in transcript.notices if notice.code == "other_language"]
    assert "Spanish" in notice_text(notice)


def test_a_rich_text_says_how_it_can_be_read():
    with pytest.raises(TranscriptError) as refused:
        read_bytes(rb"{\rtf1\ansi Bonjour}", "s.rtf")
    assert "save it as DOCX" in str(refused.value.cure)


LISTED = {
    "fairfax_turns.json": [("Mayor Reed", 10.444, "Good evening."), ("Unknown (B)", 40.837, "Aye.")],
    "fireflies_graphql.json": [("Thierry Seyne", 0.5, "Bonsoir à tous."), ("Claire Duval", None, "J'ai une question.")],
    "fireflies_sentences.json": [("Thierry Seyne", 0, "Bonsoir à tous."), ("Claire Duval", 3, "J'ai une question.")],
    "tldv.json": [("Thierry Seyne", 0, "Bonsoir à tous."), ("Claire Duval", 3, "J'ai une question.")],
}


@pytest.mark.parametrize(("name", "expected"), LISTED.items(), ids=LISTED)
def test_any_list_of_what_people_said_is_read(name, expected):
    transcript = read([CASES.parent / "cases_files" / name])
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    found = [(names.get(t.speaker or ""), t.start, t.text) for t in transcript.turns]
    assert [(who, text) for who, _start, text in found] == [(who, text) for who, _start, text in expected]
    for (_who, start, _text), (_name, second, _said) in zip(found, expected, strict=True):
        assert second is None or start == round(1000 * second)


def test_a_list_of_words_with_who_says_them_is_read():
    document = '{"meeting":{"parts":[{"participant":{"name":"Ann Lee"},"words":[{"text":"Good"},{"text":"evening."}]},'
    document += '{"participant":{"name":"Bob"},"words":[{"text":"Aye."}]}]}}'
    transcript = read_bytes(document.encode(), "s.json")
    assert [(s.name, t.text) for s, t in zip(transcript.speakers, transcript.turns, strict=True)] == [
        ("Ann Lee", "Good evening."),
        ("Bob", "Aye."),
    ]


def test_json_without_speech_is_refused_with_a_way_out():
    with pytest.raises(TranscriptError) as refused:
        read_bytes(b'{"rows":[{"id":1,"count":2},{"id":2,"count":3}]}', "s.json")
    assert "Export it as WebVTT, SRT or text" in str(refused.value.cure)
    assert str(refused.value.cure).count("words") == 1


OTHERS = {
    "01-teams-unattributed.vtt": [(None, 3.1)],
    "03-note-after-name.txt": [("M. Bertin", None), ("Mme Le Goff", None), ("M. Bertin", None), ("Mme Le Goff", None)],
    "05-raw-line-break-in-json.json": [(None, 0)],
    "07-meet-staircase.vtt": [("Lila Besson", 1), ("Tom Arnaud", 6), ("Lila Besson", 9)],
    "08-meet-extension.txt": [("Nadia Ferrand", 58_320), ("You", 58_380), ("Nadia Ferrand", 58_380)],
    "14-whatsapp-ios.txt": [("Inès O.", 74_518), ("Paul", 74_590), ("Inès O.", 74_727)],
    "17-two-people-one-name.vtt": [("Dominique Perrin", 1), ("Dominique Perrin", 3), ("Hélène Roussel", 8)],
    "21-table.docx": [(None, None), ("Nadia Ferrand", 1), ("Paul Kermorvan", 2), ("Nadia Ferrand", 3), (None, None)],
    "noscribe_min.html": [(None, None), ("S00", 0), ("S01", 9), ("S00", 12)],
    "table3.docx": [
        ("M. Dupont", 1110),
        ("Une habitante du quartier", 1112),
        ("M. Dupont", 1115),
        ("Association Vélo 44", 1120),
    ],
    "table3h.docx": [("M. Dupont", 66_600), ("Mme Durand", 66_720), ("M. Dupont", 66_900)],
}


@pytest.mark.parametrize(("name", "expected"), OTHERS.items(), ids=OTHERS)
def test_whose_words_they_are_in_other_files(name, expected):
    assert [(speaker, start) for speaker, start, _text in said(f"../cases_files/{name}")] == expected


def test_what_is_no_speech_of_other_files_is_left_out():
    assert (
        read([CASES.parent / "cases_files" / "01-teams-unattributed.vtt"])
        .cues[1]
        .text.startswith("02:34.567 --> c'est")
    )
    text = " ".join(text for name in OTHERS for _s, _t, text in said(f"../cases_files/{name}"))
    for gone in (
        "quitté l'appel",
        "voix basse",
        "image absente",
        "chiffrés",
        "Propos",
        "using an extension",
        "se levant",
    ):
        assert gone not in text
    assert "speaks_over_itself" in codes("../cases_files/17-two-people-one-name.vtt")
    assert "19:30 demain : je viens" in text


def test_a_sitting_whose_names_stand_alone_is_read():
    assert [speaker for speaker, _start, _text in said("vocatif.txt")] == [
        None, "le président", "Corinne Exemple", "Paul Modèle", "le président", "Lise Essai", "le président",
    ]  # fmt: skip


def test_what_is_not_read_says_how_it_can_be():
    with pytest.raises(TranscriptError) as refused:
        read([CASES.parent / "cases_files" / "09-actors.ass"])
    assert "SubRip (SRT)" in str(refused.value.cure)


def test_a_comment_in_the_row_of_a_proposal_is_its_own_author_s():
    transcript = read([CASES.parent / "cases_files" / "27-consul-one-row-a-comment.csv"])
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    turns = [(names[turn.speaker or ""], turn.text, turn.reply_to) for turn in transcript.turns]
    assert [text for _who, text, _to in turns] == [
        "Un banc à l'ombre\nPour l'arrêt du bus", "Je suis pour", "Pas devant chez moi", "Je suis pour", "Fermer la rue\nLe samedi",
    ]  # fmt: skip
    assert [to for _who, _text, to in turns] == [None, 1, 2, 1, None]
    assert len({who for who, _text, _to in turns[:4]}) == 4
    assert turns[3][0] == turns[4][0]  # one person, one number
    assert not [who for who in names.values() if "@" in who]


def test_a_survey_is_read_question_by_question():
    transcript = read([CASES.parent / "cases_files" / "29-survey-one-row-a-person.csv"])
    questions = ("Qu'aimez-vous sur la place ?", "Que faut-il changer ?", "Un dernier mot ?")
    assert tuple(dict.fromkeys(turn.about for turn in transcript.turns)) == questions
    assert (transcript.turns[0].text, transcript.turns[1].text) == ("Le marché", "Rien")


TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="fr">
<head><metadata><ttm:agent xml:id="a1"><ttm:name>Claire Duval</ttm:name></ttm:agent></metadata></head><body><div>
<p begin="00:00:01.000" end="00:00:03.500">Bonsoir à tous.</p>
<p begin="4s" dur="2s" ttm:agent="a1">J'ai une question.<br/>Sur le parking.</p>
</div></body></tt>
"""


def test_ttml_gives_times_and_agents():
    transcript = read_bytes(TTML.encode(), "s.ttml")
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    assert transcript.formats == ("ttml",)
    assert [(names.get(t.speaker or ""), t.start, t.end, t.text) for t in transcript.turns] == [
        (None, 1000, 3500, "Bonsoir à tous."),
        ("Claire Duval", 4000, 6000, "J'ai une question. Sur le parking."),
    ]


SITTING = """Troisième séance du mardi 29 janvier 2013


Présidence de M. Claude Modèle


  le président


  . La séance est ouverte.


  Corinne Exemple


   Monsieur le président, madame la ministre, c'est avec fierté que je viens défendre ce projet.


  Jean-Claude Reprise


   Non !


  Corinne Exemple


   Et je le voterai sans hésiter, pour toutes ces familles qui nous regardent ce soir.


  Plusieurs députés du groupe SRC


   Très bien !


  le président


   La parole est à M. Hervé Essai, pour le groupe des indépendants.


  Hervé Essai


   Je respecte nos collègues de la majorité, et je voterai contre ce texte ce soir.


  le président


   La séance est levée, et la suite de la discussion est renvoyée à demain.
"""


def test_who_says_two_words_once_in_a_sitting_is_named_as_the_others_are():
    transcript = read_bytes(SITTING.encode(), "s.txt")
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    own = {turn.text: names.get(turn.speaker or "") for turn in transcript.turns}
    assert own["Non !"] == "Jean-Claude Reprise"
    assert own["Très bien !"] == "Plusieurs députés du groupe SRC"
    assert "Présidence de M. Claude Modèle" not in names.values()


def test_chapter_titles_of_a_list_of_times_are_left_out():
    text = "Introduction\n0:00\tbonsoir et bienvenue\n0:05\tce soir trois points\nLa digue\n1:02\tla digue sera relevée\n1:00:07\tla fin\n"
    transcript = read_bytes(text.encode(), "s.txt")
    assert [(cue.start, cue.text) for cue in transcript.cues] == [
        (0, "bonsoir et bienvenue"),
        (5_000, "ce soir trois points"),
        (62_000, "la digue sera relevée"),
        (3_607_000, "la fin"),
    ]
    assert [item.reason for item in transcript.ignored] == ["title of a chapter", "title of a chapter"]
    assert not transcript.speakers


def test_words_that_go_on_after_a_time_are_no_title():
    text = "0:00\tbonsoir et bienvenue\nà toutes et à tous\n0:05\tce soir trois points\nà l'ordre du jour\n0:09\tla digue\n"
    transcript = read_bytes(text.encode(), "s.txt")
    assert "à toutes et à tous" in transcript.turns[0].text
    assert not transcript.ignored


def test_a_sound_alone_on_its_line_is_nobody_s_words():
    text = "M. Dupont : Bonsoir.\n(Applaudissements)\nEt merci.\nMme Roy : Oui.\n[Rires sur divers bancs]\nM. Dupont : Bien.\n[inaudible]\n"
    transcript = read_bytes(text.encode(), "s.txt")
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    assert [(names.get(turn.speaker or ""), turn.channel, turn.text) for turn in transcript.turns] == [
        ("M. Dupont", "speech", "Bonsoir."),
        (None, "system", "(Applaudissements)"),
        ("M. Dupont", "speech", "Et merci."),
        ("Mme Roy", "speech", "Oui."),
        (None, "system", "[Rires sur divers bancs]"),
        ("M. Dupont", "speech", "Bien. [inaudible]"),
    ]


def test_a_list_of_captions_in_json_tells_changes_of_speaker_sounds_and_durations():
    listed = [
        {"text": "bonsoir et bienvenue", "start": 0.16, "duration": 4.2},
        {"text": "[Musique]", "start": 6.2, "duration": 3.0},
        {"text": ">> merci madame la maire >> de rien", "start": 9.4, "duration": 2.0},
        {"text": "a>>b", "start": 12.0, "duration": 1.0},
    ]
    transcript = read_bytes(json.dumps(listed).encode(), "s.json")
    assert [(cue.start, cue.end, cue.text) for cue in transcript.cues] == [
        (160, 4360, "bonsoir et bienvenue"),
        (9400, 11400, "merci madame la maire"),
        (9400, 11400, "de rien"),
        (12000, 13000, "a>>b"),
    ]
    assert [turn.text for turn in transcript.turns] == [
        "bonsoir et bienvenue",
        "merci madame la maire",
        "de rien a>>b",
    ]
    assert [item.reason for item in transcript.ignored] == ["sound"]


def test_captions_of_youtube_in_json_are_read():
    events = [
        {"tStartMs": 0, "dDurationMs": 4000, "segs": [{"utf8": "bonsoir"}, {"utf8": " à tous"}]},
        {"tStartMs": 4000, "dDurationMs": 2000, "segs": [{"utf8": "on commence"}]},
    ]
    transcript = read_bytes(json.dumps({"wireMagic": "pb3", "events": events}).encode(), "s.json")
    assert [(cue.start, cue.end, cue.text) for cue in transcript.cues] == [
        (0, 4000, "bonsoir à tous"),
        (4000, 6000, "on commence"),
    ]


def test_accents_saved_twice_are_repaired_when_asked(tmp_path):
    lines = (
        "La rÃ©union commence Ã  huit heures, Ã  la mairie.\nMme LefÃ¨vre : Â« dÃ©jÃ  votÃ© Â» ?\nM. Roy : Â« Non. Â»\n"
    )
    file = tmp_path / "s.txt"
    file.write_text("Bonsoir.\n\n" + lines, encoding="utf-8")
    (notice,) = [notice for notice in read([file]).notices if notice.code == "mojibake"]
    assert notice.line == 3
    assert option(notice) == "--encoding repaired"
    repaired = read([file], encoding="repaired")
    text = " ".join(turn.text for turn in repaired.turns)
    assert "à huit heures, à la mairie." in text
    assert "« déjà voté »" in text
    assert "Mme Lefèvre" in {speaker.name for speaker in repaired.speakers}
    assert [notice.code for notice in repaired.notices if notice.code in ("mojibake", "repaired")] == ["repaired"]


def test_replies_to_what_is_not_in_the_file_are_told():
    table = (
        "id;body;author/id;author/name;depth;commentable_id;commentable_type;root_commentable_url\n"
        "901;Gardons les platanes.;11;Inès O.;0;55;Decidim::Proposals::Proposal;https://p.example/55\n"
        "903;Tu n'as pas le droit d'écrire ça.;12;Paul K.;1;902;Decidim::Comments::Comment;https://p.example/55\n"
    )
    (notice,) = [notice for notice in read_bytes(table.encode(), "s.csv").notices if notice.code == "replies_to_absent"]
    assert notice.values == {"n": 1}


@pytest.mark.parametrize(
    "headings",
    ["participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1", "timestamp,datetime,comment-id,voter-id,vote"],
)
def test_votes_without_words_are_refused_with_what_to_give(headings):
    with pytest.raises(TranscriptError) as refused:
        read_bytes(f"{headings}\n1,2,3,4,5\n".encode(), "s.csv")
    assert "these are votes" in refused.value.message
    assert "comments alone" in str(refused.value.cure)


def test_captions_faster_than_anybody_speaks_are_told():
    words = "je demande que la digue soit relevée avant la prochaine tempête de la fin de l'hiver prochain"
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n\n2\n00:00:03,000 --> 00:00:12,000\n{words}\n"
    (notice,) = [notice for notice in read_bytes(text.encode(), "s.srt").notices if notice.code == "impossible_rate"]
    assert (notice.values, notice.line) == ({"n": 1}, 1)


def test_a_short_session_in_another_language_is_named():
    (notice,) = [notice for notice in read([CASES / "espagnol.srt"]).notices if notice.code == "other_language"]
    assert notice.values == {"language": "es"}


@pytest.mark.parametrize(
    "words",
    [
        "Bonsoir à toutes et à tous, nous ouvrons la séance et je donne la parole à la salle pour les questions.",
        "Good evening everybody, we open the meeting and I give the floor to the room for questions tonight.",
        "Le four est allumé à quatre heures, il me faut la livraison. Je note. Oui. Sauf en août, la place.",
    ],
)
def test_a_short_session_in_french_or_english_is_no_other_language(words):
    text = f"1\n00:00:01,000 --> 00:00:09,000\n{words}\n"
    assert "other_language" not in {notice.code for notice in read_bytes(text.encode(), "s.srt").notices}


def test_changes_of_speaker_in_a_list_of_times_part_turns():
    text = "0:00\tbonsoir à tous\n0:05\t>> merci d'être là >> de rien\n0:09\ton commence\n"
    transcript = read_bytes(text.encode(), "s.txt")
    assert [turn.text for turn in transcript.turns] == ["bonsoir à tous", "merci d'être là", "de rien", "on commence"]


def test_who_saved_the_file_is_to_be_named():
    transcript = read_bytes(
        b"Nadia Ferrand (11/03/2026, 04:12 PM)\nBonsoir.\n\nYou (11/03/2026, 04:13 PM)\nJe note.\n\n"
        b"Nadia Ferrand (11/03/2026, 04:14 PM)\nOui.\n",
        "s.txt",
    )
    (notice,) = [notice for notice in transcript.notices if notice.code == "oneself"]
    assert option(notice) == "--speaker-map You=NAME"


def test_a_label_that_is_given_sixty_paragraphs_is_told():
    spoken = "\n\n".join(f"Je pense que le point {n} mérite une discussion." for n in range(65))
    text = f"M. Dupont : Bonsoir à tous.\n\n{spoken}\n\nMme Roy : Je suis contre.\n\nM. Dupont : Merci.\n"
    (notice,) = [notice for notice in read_bytes(text.encode(), "s.txt").notices if notice.code == "long_stretch"]
    assert (notice.values, notice.line) == ({"name": "M. Dupont", "n": 65}, 1)
    short = text.replace(spoken, spoken[:400])
    assert "long_stretch" not in {notice.code for notice in read_bytes(short.encode(), "s.txt").notices}
