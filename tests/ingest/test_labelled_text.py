"""Text and Markdown with the speakers written in."""

import pytest

from comparia import ingest
from comparia.errors import TranscriptError


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


@pytest.mark.parametrize("text", ["<html><p>Ada : oui</p>", "{\\rtf1 Ada : oui}", "id;body;author;date\n1;oui;Ada;2"])
def test_markup_and_tables_are_refused(text):
    with pytest.raises(TranscriptError):
        ingest.read_bytes(text.encode(), "seance.txt")


def test_a_list_with_commas_is_not_a_table():
    assert ingest.read_bytes(b"Lyon, Paris, Lille, Nantes\n\nAda : oui\n", "s.txt").formats == ("text",)
