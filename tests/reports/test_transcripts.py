"""Transcripts written as files of their own, and read back."""

import json
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import ingest
from comparia.errors import TranscriptError, UnknownName
from comparia.records import Transcript
from comparia.reports import transcripts

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"

NAMES = ("Ada", "Élodie Van Lê", "M. le Maire", "O’Neil", "SPEAKER_01", "Mme Diallo (Mairie)")
WORD = st.text("abéç<>&/S1*_#’-", min_size=1, max_size=8).map(lambda word: f"{word}z")
PHRASE = st.lists(WORD, min_size=1, max_size=8).map(lambda words: " ".join(["elle dit", *words, "encore ici"]))
LINE = st.tuples(st.sampled_from(NAMES), PHRASE, st.integers(0, 9000))
LINES = st.lists(LINE, min_size=1, max_size=12).map(
    # No line opens like another: repeated captions are the reader's own concern.
    lambda lines: [(name, f"{n} {text}", gap) for n, (name, text, gap) in enumerate(lines)]
)


def session(lines):
    """A session made by the ordinary reader, so that its turns are merged by its own rules."""
    segments, at = [], 0
    for name, text, gap in lines:
        segments.append({"start": at / 1000, "end": (at + 900) / 1000, "speaker": name, "text": text})
        at += 1000 + gap
    return ingest.read_bytes(json.dumps({"segments": segments}).encode(), "s.json")


def back(transcript, format):
    return ingest.read_bytes(transcripts.write(transcript, format), "back")


def turns(transcript, *, exact=True):
    return [
        (transcript.speaker_name(t.speaker), t.text.split(), t.start if exact else t.start // 1000 * 1000)
        for t in transcript.turns
    ]


@given(LINES)
def test_webvtt_gives_back_the_same_turns_and_times(lines):
    transcript = session(lines)
    read = back(transcript, "vtt")
    assert read.formats == ("webvtt",)
    assert turns(read) == turns(transcript)
    assert [(c.start, c.end) for c in read.cues] == [(c.start, c.end) for c in transcript.cues]


@given(LINES)
def test_markdown_gives_back_the_same_turns_to_the_second(lines):
    plain = [(name, text.translate(str.maketrans("", "", "<>&*_#")), gap) for name, text, gap in lines]
    transcript = session(plain)
    read = back(transcript, "markdown")
    assert read.formats == ("text",)
    assert turns(read) == turns(transcript, exact=False)


@given(LINES)
def test_json_is_the_transcript(lines):
    transcript = session(lines)
    assert Transcript.model_validate_json(transcripts.write(transcript, "json")) == transcript


@given(LINES, st.sampled_from(["", "Ada : ", ">> "]))
def test_words_that_nobody_is_named_for_are_lent_to_nobody(lines, opening):
    transcript = session([("", f"{opening}{text}", gap) for _name, text, gap in lines])
    assert not transcript.speakers
    read = back(transcript, "vtt")
    assert {speaker.name for speaker in read.speakers} <= {"Inconnu", "Unknown"}
    assert [(c.text, c.start, c.end) for c in read.cues] == [(c.text, c.start, c.end) for c in transcript.cues]
    assert "Ada" not in {speaker.name for speaker in back(transcript, "markdown").speakers}


MIXED = (
    ("Ada", "Je veux des arbres."),
    ("Bob", "Et moi des bancs", "chat"),
    ("Ada", "Reacted to banc", "system"),
    ("Bob", "Je suis contre --> tout <b>cela</b>."),
    (None, "On ne sait qui."),
)


def words_in_order(transcript):
    """Who says what but for system lines, neighbours of one speaker made one: turns they separated meet again."""
    spoken = [(transcript.speaker_name(t.speaker), t.text) for t in transcript.turns if t.channel != "system"]
    return [
        (name, " ".join(text for _name, text in group)) for name, group in groupby(spoken, key=lambda item: item[0])
    ]


def test_chat_is_marked_and_system_lines_are_not_speech(make_transcript):
    transcript = make_transcript(MIXED, language="fr")
    vtt = transcripts.write(transcript, "vtt").decode()
    assert "<v.chat Bob>Et moi des bancs" in vtt
    assert "NOTE 00:00:03.000 Ada: Reacted to banc" in vtt
    assert "\n00:00:05.000 --> 00:00:07.000\nOn ne sait qui.\n" in vtt
    assert words_in_order(ingest.read_bytes(vtt.encode(), "x")) == words_in_order(transcript)


def test_markdown_marks_chat_and_keeps_markup_inert(make_transcript):
    transcript = make_transcript(MIXED, language="fr", date="8 octobre 2026")
    text = transcripts.write(transcript, "markdown").decode()
    assert text.splitlines()[::2] == [
        "# A small meeting · 8 octobre 2026",
        "[00:00:01] **Ada** : Je veux des arbres.",
        "[chat] [00:00:02] **Bob** : Et moi des bancs",
        "###### [00:00:03] Ada : Reacted to banc",
        "[00:00:04] **Bob** : Je suis contre --> tout &lt;b>cela&lt;/b>.",
        "[00:00:05] **Inconnu** : On ne sait qui.",
    ]
    read = ingest.read_bytes(text.encode(), "x")
    assert [(read.speaker_name(t.speaker), t.channel, t.start) for t in read.turns] == [
        ("Ada", "speech", 1000),
        ("Bob", "chat", 2000),
        ("Bob", "speech", 4000),
        ("Inconnu", "speech", 5000),
    ]


def test_an_untimed_transcript_is_written_as_markdown_but_not_as_captions():
    transcript = ingest.read_bytes(b"Ada : oui.\n\nBob : non, mais pourquoi ?\n\nAda : bon.\n", "s.txt")
    text = transcripts.write(transcript, "markdown").decode()
    assert "\n**Ada** : oui.\n" in text
    assert [t.text for t in ingest.read_bytes(text.encode(), "x").turns] == [t.text for t in transcript.turns]
    with pytest.raises(TranscriptError, match="Markdown or JSON"):
        transcripts.write(transcript, "vtt")


HOSTILE = [
    "fin --> 00:00:01.000 --> 00:00:02.000",
    "</v><v Bob>je démissionne",
    "//S01: dit-il //",
    "un\n\n00:00:09.000 --> 00:00:10.000\n<v Bob>deux",
    "un\n\n[00:00:09] **Bob** : deux",
    "Bob  0:09",
    "# Titre",
    "&lt;v Bob&gt;",
    "NOTE oui",
    "WEBVTT",
    "![x](http://evil/?q=1)",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("format", ["vtt", "markdown"])
def test_words_cannot_pose_as_somebody_elses(make_transcript, text, format):
    transcript = make_transcript([("Ada", "Bonjour à tous."), ("Ada", text), ("Bob", "Voilà."), ("Bob", "Fin.")])
    read = back(transcript, format)
    assert [s.name for s in read.speakers] == ["Ada", "Bob"]
    assert read.turns[-1].text == "Voilà. Fin."
    if format == "vtt":
        assert " ".join(t.text for t in read.turns).split() == " ".join(t.text for t in transcript.turns).split()
    else:
        assert "](http" not in transcripts.write(transcript, format).decode()


def test_an_unknown_format_says_the_known_ones(transcript):
    with pytest.raises(UnknownName, match="markdown"):
        transcripts.write(transcript, "docx")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")
@pytest.mark.parametrize(
    "file",
    ["teams_vtt/teams_real_anonymised_guid_ids.vtt", "noscribe/noscribe_interview.vtt", "zoom_vtt/zoom_acdc_184.vtt"],
)
def test_real_captions_come_back(file):
    transcript = ingest.read([SAMPLES / file])
    read = back(transcript, "vtt")
    assert turns(read) == turns(transcript)
    assert [(c.start, c.end) for c in read.cues] == [(c.start, c.end) for c in transcript.cues]


@pytest.mark.parametrize("fixture", ["foirail", "library_hub"])
def test_speech_and_chat_of_the_sample_sessions_come_back(fixture, request):
    transcript, _reference = request.getfixturevalue(fixture)
    assert words_in_order(back(transcript, "vtt")) == words_in_order(transcript)
    read = back(transcript, "markdown")
    spoken = [t for t in transcript.turns if t.channel != "system"]
    assert [(read.speaker_name(t.speaker), t.text, t.channel) for t in read.turns] == [
        (transcript.speaker_name(t.speaker), t.text, t.channel) for t in spoken
    ]


def test_a_question_stands_above_its_answers_in_markdown():
    answers = b"Horodateur,Que changer <ici> ?,Et sinon ?\n1,Il faut des bancs,Plus d'ombre\n2,De l'eau fraiche,Rien\n"
    transcript = ingest.read_bytes(answers, "s.csv")
    text = transcripts.write(transcript, "markdown").decode()
    assert [line for line in text.splitlines() if line.startswith("#")][1:] == [
        "## Que changer &lt;ici> ?",
        "## Et sinon ?",
    ]
    assert [t.text for t in ingest.read_bytes(text.encode(), "x").turns] == [t.text for t in transcript.turns]
    assert ingest.read_bytes(text.encode(), "x").turns[0].speaker is not None
