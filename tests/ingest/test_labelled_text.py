"""Text and Markdown with the speakers written in."""

import pytest

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import labelled_text
from comparia.ingest.source import Source


def read(text):
    return ingest.read_bytes(text.encode(), "seance.txt", format="text")


def said(text):
    return [(cue.speaker, cue.text) for cue in read(text).cues]


AB = [("Ada Ba", "bonjour"), ("M. le Maire", "merci")]
DIALECTS = [
    "Ada Ba : bonjour\n\nM. le Maire : merci\n",
    "Ada Ba\u00a0: bonjour\nM. le Maire\u202f:\u202fmerci\n",
    "Ada Ba: bonjour\nM. le Maire: merci\n",
    "**Ada Ba:** bonjour\n\n**M. le Maire:** merci\n",
    "**Ada Ba**: bonjour\n\n**M. le Maire** : merci\n",
    "**Ada Ba :** bonjour\n\n**M. le Maire\u00a0:** merci\n",
    " **Ada Ba**: bonjour\n\n **M. le Maire**: merci\n",
    "Ada Ba  0:00  \nbonjour\n\nM. le Maire  1:02:03  \nmerci\n",
    "Ada Ba (00:03):\nbonjour\n\nM. le Maire (01:03.608)\nmerci\n",
    "00:02:26 Ada Ba\nbonjour\n\n[00:03:00] M. le Maire\nmerci\n",
    "[00:00:03] Ada Ba: bonjour\n[00:00:09] M. le Maire : merci\n",
    "- Ada Ba : bonjour\n– M. le Maire : merci\n",
    "Ada Ba. – bonjour\n\nM. le Maire. – merci\n",
    "Ada Ba. – bonjour\n\nM. le Maire. – merci\n",
    "Ada Ba. — bonjour\nM. le Maire. ‑ merci\n",
    "Ada Ba. - bonjour\nM. le Maire – merci\n",
    "**Ada Ba.** – bonjour\n\n**M. le Maire.** – merci\n",
    "**Ada Ba.** bonjour\n\n**M. le Maire.** merci\n",
    "Ada Ba (00:03): bonjour\nM. le Maire (01:03.608) : merci\n",
    "Ada Ba [00:03]\nbonjour\n\nM. le Maire [01:03]\nmerci\n",
    "0:00 Ada Ba  53:34\nbonjour\n\n0:10 M. le Maire  53:40\nmerci\n",
    "**Ada Ba** (00:03)\nbonjour\n\n**M. le Maire** (01:03)\nmerci\n",
    "**[00:00:03] Ada Ba :** bonjour\n\n**[00:00:09] M. le Maire :** merci\n",
]


@pytest.mark.parametrize("text", DIALECTS)
def test_dialects(text):
    assert said(text) == AB


def test_time_heads_give_the_start():
    assert [cue.start for cue in read(DIALECTS[7]).cues] == [0, 3723000]
    assert [cue.start for cue in read(DIALECTS[8]).cues] == [3000, 63608]


def test_paragraphs_belong_to_the_label_above_them():
    (first, second) = read("Ada : un\ndeux\n\ntrois\n\nBob : quatre\n").cues
    assert (first.text, first.span.lines) == ("un deux trois", (1, 4))
    assert second.span.lines == (6, 6)


NEVER = ["Pour", "Contre", "Abstention", "Vote", "Ordre du jour", "Présents", "Date", "NB", "Note", "Question"]


@pytest.mark.parametrize("label", NEVER)
@pytest.mark.parametrize("shape", ["{} : 23 voix", "**{} :** 23 voix"])
def test_words_of_minutes_are_never_speakers(label, shape):
    line = shape.format(label)
    bold = line.startswith("*")
    heads = ("**Ada :** oui", "**Bob :** non") if bold else ("Ada : oui", "Bob : non")
    transcript = read("\n\n".join([heads[0], line, heads[1], line]))
    assert [speaker.name for speaker in transcript.speakers] == ["Ada", "Bob"]
    assert "23 voix" in transcript.cues[0].text


NOT_LABELS = [
    "je voudrais dire une chose : merci",
    "Voilà : merci",
    "Donc : merci",
    "D'accord : merci",
    "Vous disiez : merci",
    "Bonjour à tous les quatre : merci",
    "https://exemple.fr/a : merci",
    "12:30 : merci",
    "Est-ce que ? : merci",
    "On se retrouve à 10:30",
    "10:30 Ouverture de la séance",
]


@pytest.mark.parametrize("line", NOT_LABELS)
def test_sentences_with_a_colon_are_not_speakers(line):
    transcript = read(f"Ada : oui\n{line}\nBob : non\n")
    assert [speaker.name for speaker in transcript.speakers] == ["Ada", "Bob"]


def test_a_wrapped_line_that_ends_with_an_hour_is_no_head():
    text = "Ada  0:00\nOn se retrouve à 10:30\nvoilà\n\nBob  0:09\noui\n"
    assert said(text) == [("Ada", "On se retrouve à 10:30 voilà"), ("Bob", "oui")]


def test_anonymous_labels_seen_once_are_speakers():
    assert [speaker for speaker, _ in said("intervenant 3 : oui\nSpeaker 1: non\nSPEAKER_02: si\n")] == [
        "intervenant 3",
        "Speaker 1",
        "SPEAKER_02",
    ]


FURNITURE = [
    "# Titre",
    "### Partie 2 : suite",
    "---",
    "***",
    "Transcribed by https://otter.ai",
    "[Télécharger](https://exemple.fr/audio)",
    "*[Télécharger votre enregistrement Audio](https://exemple.fr/audio)*",
    "**Break**: \\[55:30\\]",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_headings_rules_and_links_are_left_out_with_their_reason(line):
    transcript = read(f"**Ada:** oui\n\n{line}\n\n**Bob:** non\n")
    assert [cue.text for cue in transcript.cues] == ["oui", "non"]
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [("heading or link", (3, 3))]


def test_front_matter_is_left_out_with_its_reason():
    transcript = read("---\ntitle: Séance\ndate: 2025-01-01\n---\n\nAda : oui\nBob : non\n")
    assert [speaker.name for speaker in transcript.speakers] == ["Ada", "Bob"]
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [("front matter", (1, 4))]


def test_a_rule_on_the_first_line_does_not_make_the_speech_front_matter():
    assert said("---\n\nAda : oui\n\n---\n\nBob : non\n") == [("Ada", "oui"), ("Bob", "non")]


def test_prose_gives_a_notice_and_no_speaker():
    transcript = read("Nous avons parlé du budget.\n\nPuis de l'école.\n")
    assert transcript.speakers == ()
    assert len(transcript.cues) == 2
    assert "no_speakers" in {notice.code for notice in transcript.notices}


def test_a_lone_speaker_is_never_silent():
    assert "single_speaker" in {notice.code for notice in read("Ada : oui\nencore\n").notices}


def test_text_before_the_first_label_has_no_speaker():
    assert said("La séance est ouverte.\n\nAda : oui\n")[0] == (None, "La séance est ouverte.")


def test_chat_lines_are_chat():
    cues = read("Ada : oui\n[chat] Bob : non\nAda : bien\n").cues
    assert [(cue.speaker, cue.channel) for cue in cues] == [("Ada", "speech"), ("Bob", "chat"), ("Ada", "speech")]


@pytest.mark.parametrize("text", ["<html><p>Ada : oui</p>", "id;body;author;date\n1;oui;Ada;2"])
def test_markup_and_tables_are_left_to_other_readers(text):
    assert not labelled_text.sniff(Source.decode(text.encode(), "seance.txt", None))


def test_a_list_with_commas_is_not_a_table():
    assert ingest.read_bytes(b"Lyon, Paris, Lille, Nantes\n\nAda : oui\n", "s.txt").formats == ("text",)


NAMES = [
    "Mme DUPONT",
    "M. DE LA TOUR",
    "Mme d'Aubigné-Lê",
    "Jean-Pierre de La Tour du Pin",
    "M. Jean-Pierre von der Tann",
    "Monsieur le Premier ministre",
    "la présidente",
    "Le rapporteur",
    "Plusieurs députés du groupe SRC",
    "Une voix dans la salle",
    "Une habitante",
    "Intervenant non identifié",
    "L’animatrice",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["{} : oui", "{}\u00a0: oui", "{}. – oui", "**{} :** oui", "{}  0:03\noui"])
def test_names_of_verbatims_seen_once_are_speakers(name, shape):
    transcript = read("\n\n".join(shape.format(label) for label in ("Ada", name, "Bob")))
    assert [cue.speaker for cue in transcript.cues] == ["Ada", name, "Bob"]


def test_the_office_after_a_name_stays_with_its_label():
    assert said("M. Ba, rapporteur de la commission des lois. – Oui.\n\nMme Lê. – Non.\n") == [
        ("M. Ba, rapporteur de la commission des lois", "Oui."),
        ("Mme Lê", "Non."),
    ]


DASHED = [
    "Article 3. – Le conseil adopte",
    "Point 2. – Budget",
    "Lyon – Paris",
    "Ordre du jour. – Budget",
    "Il pleut. – Oui",
    "Rapport n° 12. – Voirie",
    "un tiret – comme celui-ci",
]


@pytest.mark.parametrize("line", DASHED)
def test_a_dash_after_words_that_name_nobody_is_text(line):
    transcript = read(f"M. Ba. – oui\n{line}\nMme Lê. – non\n")
    assert [speaker.name for speaker in transcript.speakers] == ["M. Ba", "Mme Lê"]
    assert line.split()[-1] in transcript.cues[0].text


COUNTS = [
    "Pour : 23",
    "Pour (23) : tous",
    "Votes pour : 23",
    "Contre\u00a0: 2",
    "Abstentions : 3",
    "Voix pour : 12",
    "Nombre de votants : 27",
    "Étaient présents : Ada, Bob",
    "Secrétaire de séance : Bob",
    "Groupe Écologiste : 5 voix",
    "Groupe Socialiste : 12",
    "Suffrages exprimés : 27",
    "Ordre du jour : budget",
    "Vote : unanimité",
    "Heure de début : 18 h",
    "Article 3 : voirie",
    "Conseillers en exercice : 33",
]


@pytest.mark.parametrize("line", COUNTS)
@pytest.mark.parametrize("times", [1, 3])
def test_fields_and_votes_of_minutes_are_never_speakers(line, times):
    block = "\n".join([line] * times)
    transcript = read(f"Mme Ada : oui\n{block}\nM. Bob : non\n{block}\nMme Ada : bien\n")
    assert [speaker.name for speaker in transcript.speakers] == ["Mme Ada", "M. Bob"]


@pytest.mark.parametrize(
    "line", ["[inaudible 00:12]", "et puis [inaudible 00:12]", "[crosstalk] (rires", "oui (inaudible 0:12)"]
)
def test_what_was_not_heard_is_no_head(line):
    text = f"Ada Ba (00:03)\noui\n{line}\nvoilà\n\nBob (00:09)\nnon\n"
    assert said(text) == [("Ada Ba", f"oui {line} voilà"), ("Bob", "non")]


VISIO = """# Réunion "atelier" du 12/03 à 10:00

*Télécharger votre enregistrement en [suivant ce lien](https://visio.example/a?b=c)*


 **SPEAKER_00**: Bonjour à tous.

 **Ada Ba (SPEAKER_03)**: [Texte impossible à transcrire]

 **UNKNOWN_SPEAKER**: Merci. [Texte impossible à transcrire] Voilà.

[Ouvrir dans Docs](https://docs.example/x)
"""


def test_visio_documents():
    transcript = read(VISIO)
    assert [(cue.speaker, cue.text, cue.span.lines) for cue in transcript.cues] == [
        ("SPEAKER_00", "Bonjour à tous.", (6, 6)),
        ("UNKNOWN_SPEAKER", "Merci. [Texte impossible à transcrire] Voilà.", (10, 10)),
    ]
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [
        ("heading or link", (1, 1)),
        ("heading or link", (3, 3)),
        ("could not be transcribed", (8, 8)),
        ("heading or link", (12, 12)),
    ]


def test_the_title_of_a_visio_document_without_its_mark_is_no_speech():
    assert said('Réunion "atelier" du 12/03 à 10:00\n\n **SPEAKER_00**: oui\n\n **SPEAKER_01**: non\n')[0][1] == "oui"


def test_a_visio_document_without_speech_is_refused():
    with pytest.raises(TranscriptError, match="no speech"):
        read("\n**Aucun contenu audio n'a été détecté dans votre transcription.**\n\n*Si vous pensez…*\n")


OTTER = """Conseil du 12
Wed, Feb 3, 2021 3:04PM • 45:07

SUMMARY KEYWORDS
budget, école, rue

SPEAKERS
Ada, Unknown Speaker

Ada  0:00\x20\x20
Bonjour.
À 10:30 on part.

Unknown Speaker  1:00:03\x20\x20
Merci.

Transcribed by https://otter.ai
"""


def test_otter_lists_and_footer_are_no_speech():
    transcript = read(OTTER)
    assert [(cue.speaker, cue.start, cue.text) for cue in transcript.cues] == [
        ("Ada", 0, "Bonjour. À 10:30 on part."),
        ("Unknown Speaker", 3603000, "Merci."),
    ]
    assert [item.reason for item in transcript.ignored] == [
        "title",
        *["list of key words or speakers"] * 2,
        "heading or link",
    ]


def test_front_matter_with_blank_lines_is_left_out():
    assert said("---\ntitle: Séance\n\ndate: 2025-01-01\n---\nAda : oui\nBob : non\n") == [
        ("Ada", "oui"),
        ("Bob", "non"),
    ]


MINUTES = """Compte rendu

Ada : on ouvre
Bob : oui

06:07:49 From  Cy Lê   to  Everyone : un mot
suite du mot
06:08:00 From Dee to Cy Lê(Direct Message) : secret
06:08:30 From Dee to Everyone : Reacted to "un mot" with 👍

Puis le budget.

Ada : on vote
Cy Lê to Everyone (4:50 PM)
premier paragraphe

second paragraphe
Dee à Tout le monde (16:51)
D'accord : oui


Ada : on ferme
"""


def test_a_chat_pasted_in_minutes_is_chat_and_its_private_messages_are_dropped():
    transcript = read(MINUTES)
    assert [(cue.speaker, cue.channel, cue.text) for cue in transcript.cues] == [
        (None, "speech", "Compte rendu"),
        ("Ada", "speech", "on ouvre"),
        ("Bob", "speech", "oui"),
        ("Cy Lê", "chat", "un mot suite du mot"),
        ("Dee", "system", 'Reacted to "un mot" with 👍'),
        (None, "speech", "Puis le budget."),
        ("Ada", "speech", "on vote"),
        ("Cy Lê", "chat", "premier paragraphe second paragraphe"),
        ("Dee", "chat", "D'accord : oui"),
        ("Ada", "speech", "on ferme"),
    ]
    assert [item.reason for item in transcript.ignored] == ["private message"]
    assert "private_messages" in {notice.code for notice in transcript.notices}
    assert "secret" not in transcript.model_dump_json()


def test_minutes_that_hold_a_chat_are_not_taken_for_a_chat():
    assert ingest.read_bytes(MINUTES.encode(), "minutes.md").formats == ("text",)


def test_a_surname_that_opens_with_de_is_no_message():
    text = "00:00:03 De Gaulle : je vous ai compris\n00:00:09 De Gaulle : vive la France\n"
    assert said(text) == [("De Gaulle", "je vous ai compris"), ("De Gaulle", "vive la France")]
    assert ingest.read_bytes(text.encode(), "discours.txt").formats == ("text",)


@pytest.mark.parametrize(
    "label", ["Un intervenant dans la salle", "De la salle", "Une dame au fond", "Participant.e 2", "Participant(e) 3"]
)
def test_voices_of_the_floor_are_not_given_to_who_spoke_before(label):
    found = ingest.read_bytes(f"Ada Diop : Bonsoir.\n\n{label} : Menteur !\n\nAda Diop : Merci.\n".encode(), "s.txt")
    assert [found.speaker_name(turn.speaker) for turn in found.turns][1] != "Ada Diop"
    assert found.turns[1].text == "Menteur !"


def test_a_control_character_before_a_name_does_not_hide_it():
    found = ingest.read_bytes(
        "Ada : oui\n\n\u202eEve\u202c : non\n\n\x1b[31mBob : bien\n\nAda : oui\n\nBob : bon\n".encode(), "s.txt"
    )
    assert [turn.text for turn in found.turns][:2] == ["oui", "non"]


def test_a_line_that_may_be_a_name_is_said_to_be_doubted():
    found = ingest.read_bytes(
        b"Ada : oui.\n\nLe rapport annuel du cabinet : non.\n\nAda : si.\n\nBob : bon.\n", "s.txt"
    )
    doubted = [notice for notice in found.notices if notice.code == "labels_doubted"]
    assert [notice.line for notice in doubted] == [3]


def test_fields_of_minutes_are_nobody():
    text = "Ada Diop : oui.\n\nExcusée : Mme Roux\n\nProposition : planter.\n\nBudget : 3 euros\n\nBob Roux : non.\n"
    found = ingest.read_bytes(text.encode(), "s.txt")
    assert {speaker.name for speaker in found.speakers} == {"Ada Diop", "Bob Roux"}


def test_a_document_of_another_kind_says_so():
    with pytest.raises(TranscriptError, match="RTF"):
        ingest.read_bytes(b"{\\rtf1 Ada : oui}", "s.txt")
    with pytest.raises(TranscriptError, match="too long"):
        ingest.read_bytes(b"Ada : " + b"oui " * 1_500_000, "s.txt")
    found = ingest.read_bytes("Ã‰lodie : c'est Ã©crit dÃ©jÃ©.\n\nBob : oui.\n".encode(), "s.txt")
    assert "mojibake" in {notice.code for notice in found.notices}


def spoken(text):
    source = Source.decode(text.encode(), "verbatim.txt", None)
    assert labelled_text.sniff(source)
    return labelled_text.read(source)


VERBATIM = """Réunion publique d’ouverture
Salle des fêtes

Mme Ilaria CASILLO, vice-présidente de la Commission nationale
Bonsoir à toutes et à tous, merci d’être venus aussi nombreux ce soir.
Je vais vous présenter le déroulé.

M. Jean MARTIN, EDF
Merci Madame. Je serai bref, je vous le promets.

Mme Ilaria CASILLO, vice-présidente de la Commission nationale
La parole est à la salle.

M. Paul DURAND
Je suis riverain, et je suis inquiet pour l’eau.
"""


def test_a_name_and_an_office_on_a_line_of_their_own_open_a_turn():
    reading = spoken(VERBATIM)
    assert [(cue.speaker, cue.span.lines) for cue in reading.cues if cue.speaker] == [
        ("Mme Ilaria CASILLO", (4, 6)),
        ("M. Jean MARTIN", (8, 9)),
        ("Mme Ilaria CASILLO", (11, 12)),
        ("M. Paul DURAND", (14, 15)),
    ]


def test_a_list_of_people_present_is_nobody_speaking():
    reading = spoken(
        "Étaient présents\n\nM. Jean MARTIN, maire\nMme Anne DURAND, adjointe\n\nLe budget est adopté par tous.\n"
    )
    assert {cue.speaker for cue in reading.cues} == {None}


@pytest.mark.parametrize(
    "text",
    [
        "10h05 Marie : bonjour à tous\n10h06 Paul Petit : merci à vous\n",
        "10 h 05 – Marie : bonjour à tous\n10 h 06 – Paul Petit : merci à vous\n",
        "[10h05] Marie : bonjour à tous\n[10h06] Paul Petit : merci à vous\n",
    ],
)
def test_hours_as_french_minutes_write_them(text):
    cues = spoken(text).cues
    assert [(cue.speaker, cue.text) for cue in cues] == [("Marie", "bonjour à tous"), ("Paul Petit", "merci à vous")]
    assert [cue.start for cue in cues] == [605 * 60_000, 606 * 60_000]


def test_names_between_brackets_are_speakers_and_stage_directions_are_not():
    cues = spoken("[Marie] Bonjour à tous.\n[Rires] On commence.\n[Paul] Merci à vous.\n[Marie] De rien.\n").cues
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("Marie", "Bonjour à tous. [Rires] On commence."),
        ("Paul", "Merci à vous."),
        ("Marie", "De rien."),
    ]
