"""JSON of Vosk and Kaldi, of podcasts, and oTranscribe's files."""

import json
import random

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import json_source, loose_json, provider_json, speech_json
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.messages import speaking


def source_of(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return Source.decode(text.encode(), "speech.json", None)


def reading(document):
    source = source_of(document)
    assert loose_json.sniff(source)
    assert not provider_json.sniff(source)
    with speaking("en"):
        return loose_json.read(source)


def said(document):
    return [(cue.speaker, cue.text, cue.start, cue.end) for cue in reading(document).cues]


def left_out(document):
    return [(item.reason, item.span.pointer) for item in reading(document).ignored]


# Vosk and Kaldi ------------------------------------------------------------------------------------------------------


def word(text, start, end):
    return {"conf": 1.0, "start": start, "end": end, "word": text}


VOSK = {"result": [word("bonjour", 0.5, 1.0), word("merci", 1.0, 1.5)], "spk": [0.1, -0.2], "text": "bonjour merci"}
LATER = {"result": [word("oui", 9.0, 9.5)], "text": "oui"}
EXPECTED = [(None, "bonjour merci", 500, 1500), (None, "oui", 9000, 9500)]


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", " , "])
def test_vosk_documents_on_end(between):
    several = json.dumps(VOSK) + between + json.dumps(LATER) + between
    assert said(several) == EXPECTED
    assert [cue.span.pointer for cue in reading(several).cues] == ["/0", "/1"]


def test_vosk_documents_on_end_say_their_lines():
    several = json.dumps(VOSK, indent=1) + "\n" + json.dumps({"text": ""}) + "\n" + json.dumps(LATER)
    lines = json.dumps(VOSK, indent=1).count("\n") + 1
    assert [cue.span.lines for cue in reading(several).cues] == [(1, lines), (lines + 2, lines + 2)]
    assert [(item.reason, item.span.lines) for item in reading(several).ignored] == [
        ("empty segment", (lines + 1, lines + 1))
    ]


def test_vosk_alone_in_a_list_and_with_rivals():
    assert said(VOSK) == EXPECTED[:1]
    assert said([VOSK, LATER]) == EXPECTED
    assert said({"alternatives": [{"confidence": 3.1, **VOSK}, {"confidence": 1, "text": "rival"}]}) == EXPECTED[:1]
    assert said({"result": VOSK["result"]}) == EXPECTED[:1]


def test_vosk_partial_results_are_not_doubled():
    several = json.dumps({"partial": "bonjour"}) + json.dumps(VOSK)
    assert said(several) == EXPECTED[:1]
    assert left_out(several) == [("partial result, said again when complete", "/0")]


def test_one_segment_a_line():
    lines = '{"start": 0.5, "end": 1, "text": "oui", "speaker": "A"}\n{"start": 1, "end": 2, "text": "non", "speaker": "B"}\n'
    assert said(lines) == [("A", "oui", 500, 1000), ("B", "non", 1000, 2000)]


def test_kaldi_speakers_are_told_apart_by_time():
    words = [
        {"word": "there", "punct": "There", "start": 13.0, "end": 13.1, "confidence": 0.7},
        {"word": "yes", "punct": "yes.", "start": 13.2, "end": 13.4},
        {"word": "no", "punct": "No.", "start": 22.3, "end": 22.5},
        {"word": "late", "punct": "Late.", "start": 99, "end": 99.5},
    ]
    segments = [
        {"@type": "Segment", "start": 13.0, "duration": 9.2, "speaker": {"@id": "S0", "gender": "F"}},
        {"@type": "Segment", "start": 22.2, "duration": 2, "speaker": {"@id": "S1", "gender": "M"}},
    ]
    expected = [
        ("S0", "There yes.", 13_000, 13_400),
        ("S1", "No.", 22_300, 22_500),
        (None, "Late.", 99_000, 99_500),
    ]
    assert said({"action": "x", "retval": {"words": words, "segmentation": {"segments": segments}}}) == expected
    assert said({"words": words, "segments": {"segments": segments}}) == expected
    assert reading({"words": words, "segmentation": {"segments": segments}}).cues[-1].flags == ("no_speaker",)


# Podcasts ------------------------------------------------------------------------------------------------------------


def test_podlove_times_are_a_clock_or_milliseconds():
    items = [
        {
            "start": "00:00:05.240",
            "start_ms": 5240,
            "end": "00:00:06.500",
            "end_ms": 6500,
            "speaker": "3",
            "voice": "Éric",
            "text": "Oui.",
        },
        {"start": "00:01:05.240", "end": "00:01:06,5", "speaker": "3", "voice": "", "text": "Non."},
        {"start": 70.5, "end": 71, "speaker": "1", "text": "Bien."},
    ]
    expected = [
        ("Éric", "Oui.", 5240, 6500),
        ("Speaker 3", "Non.", 65_240, 66_500),
        ("Speaker 1", "Bien.", 70_500, 71_000),
    ]
    assert said(items) == expected
    assert said({"transcripts": items}) == expected
    assert reading({"transcripts": items}).cues[0].span.pointer == "/transcripts/0"


def test_podcast_words_are_joined_and_phrases_are_kept():
    def segment(body, start, end, speaker="Ada"):
        return {"speaker": speaker, "startTime": start, "endTime": end, "body": body}

    words = [
        segment("Bonjour", 0.5, 0.7),
        segment("à", 0.7, 0.8),
        segment("tous.", 0.8, 1),
        segment("Oui", 1.2, 1.4, "Bob"),
    ]
    assert said({"version": "1.0.0", "segments": words}) == [
        ("Ada", "Bonjour à tous.", 500, 1000),
        ("Bob", "Oui", 1200, 1400),
    ]
    phrases = [segment("Bonjour à tous les deux.", 0, 1), segment("Et merci d'être venus.", 1, 2)]
    assert len(said({"version": "1.0.0", "segments": phrases})) == 2


# oTranscribe ---------------------------------------------------------------------------------------------------------


def stamp(seconds, shown):
    return f'<span class="timestamp" contenteditable="false" data-timestamp="{seconds}">{shown}</span>'


def test_otranscribe_paragraphs_stamps_and_names():
    page = (
        f"<p>{stamp(12.3, '0:12')}&nbsp;Ada&nbsp;: Bonjour &amp; <b>merci</b>.</p>\n"
        f"<p>Encore.<br />Et&nbsp;fin.</p><p>Bob : Oui {stamp(75, '1:15')} et non.</p><p> </p><p>Ada : x &lt; y</p>"
    )
    document = {"text": page, "media": "https://x.test/a.mp3?sig=SECRET", "media-source": "", "media-time": 12.1}
    assert said(document) == [
        ("Ada", "Bonjour & merci.", 12_300, None),
        ("Ada", "Encore.", 12_300, None),
        ("Ada", "Et fin.", 12_300, None),
        ("Bob", "Oui", 12_300, None),
        ("Bob", "et non.", 75_000, None),
        ("Ada", "x < y", 75_000, None),
    ]
    carried = [cue.text for cue in reading(document).cues if "carried_speaker" in cue.flags]
    assert carried == ["Encore.", "Et fin.", "et non."]
    assert "SECRET" not in repr(reading(document))
    assert {cue.span.pointer for cue in reading(document).cues} == {"/text"}


def test_otranscribe_without_names():
    assert said({"text": "Bonjour<br>Vous disiez : oui", "media": "", "media-time": 0}) == [
        (None, "Bonjour", None, None),
        (None, "Vous disiez : oui", None, None),
    ]


@pytest.mark.parametrize(
    "page", ["<" * 200_000, "<p>" * 100_000 + "oui", '<span data-timestamp="' * 9_000, "&#x" * 50_000]
)
def test_otranscribe_hostile_pages_are_read_in_seconds(page):
    reading({"text": page, "media": "", "media-time": 0})


# Whatever the tool ---------------------------------------------------------------------------------------------------

JUNK = [None, 3, "x", [], True, {}]
HOLES = [
    [*JUNK, VOSK, {"result": JUNK, "text": 3}],
    {"result": [*JUNK, word("oui", [], True)], "text": None},
    {"alternatives": [{"text": "oui", "result": 4}]},
    {"retval": {"words": [*JUNK, {"word": "oui", "start": "x"}], "segmentation": JUNK}},
    {"segmentation": {"segments": [{"start": 1}]}, "words": [{"punct": "oui", "start": 1}], "retval": {}},
    {"words": [{"punct": "oui", "start": 1}], "segmentation": {"segments": [*JUNK, {"start": 0, "duration": None}]}},
    [*JUNK, {"voice": [], "start_ms": "x", "text": "oui"}],
    {"segments": [*JUNK, {"body": "oui", "startTime": [], "speaker": {}}]},
]


@pytest.mark.parametrize("document", HOLES, ids=range(len(HOLES)))
def test_what_is_not_expected_is_left_out_with_its_reason(document):
    found = reading(document)
    assert [cue.text for cue in found.cues] in (["oui"], ["bonjour merci"])
    assert all(item.reason and item.span.pointer for item in found.ignored)


@pytest.mark.parametrize(
    "text", ['{"a": 1}{"text": "x"}', '{"text": "un"}{"text": ', "{}", "[1]", '{"text": 3}', "[" * 10_000]
)
def test_other_documents_are_not_taken_and_are_refused(text):
    assert not loose_json.sniff(source_of(text))
    with pytest.raises(TranscriptError, match=r"speech\.json"):
        loose_json.read(source_of(text))


@pytest.mark.parametrize("document", [*HOLES, json.dumps(VOSK) + "\n" + json.dumps(LATER)], ids=range(len(HOLES) + 1))
def test_damage_raises_nothing_but_transcript_errors(document):
    text = document if isinstance(document, str) else json.dumps(document)
    rng = random.Random(3)
    for _ in range(150):
        noisy = list(text[: rng.randrange(len(text))] if rng.random() < 0.3 else text)
        for _ in range(rng.randrange(4) if noisy else 0):
            noisy[rng.randrange(len(noisy))] = rng.choice('{}[]",:0e-nx\\')
        try:
            source = source_of("".join(noisy))
            for reader in (provider_json, loose_json, speech_json):
                if reader.sniff(source):
                    assemble([(source, reader.read(source))], language=None, title="x", date="")
                    break
        except TranscriptError:
            pass


# What readers of JSON share ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "per_second", "ms"),
    [
        (1.5, 1, 1500),
        ("0.49", 1, 490),
        ("0.500s", 1, 500),
        (400_000.0, 10_000_000, 40),
        (1_500_000_000, 1_000_000_000, 1500),
        ("01:02:03.5", 1, 3_723_500),
        ("02:03,25", 1, 123_250),
        ("PT1M0.04S", 1, 60_040),
        ({"seconds": 3, "nanos": 500_000_000}, 1, 3500),
        (None, 1, None),
        (True, 1, None),
        (float("nan"), 1, None),
        (-0.1, 1, None),
        ("", 1, None),
        ("2020-06-26", 1, None),
        ({}, 1, None),
        (2**70, 1, None),
    ],
)
def test_times(value, per_second, ms):
    assert json_source.time_of(value, per_second) == ms


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0, "Speaker 0"),
        (2.0, "Speaker 2"),
        ("3", "Speaker 3"),
        (" A\u202e ", "A"),
        ({"name": "Ada"}, "Ada"),
        ({"id": 0}, "Speaker 0"),
        (-1, None),
        (True, None),
        (None, None),
        ("null", None),
        ("?", None),
        ([], None),
    ],
)
def test_labels(value, label):
    assert json_source.label_of(value) == label


def test_pointers_escape_what_they_must():
    assert json_source.pointer("a/b~c", 0) == "/a~1b~0c/0"


def test_a_long_stretch_without_marks_is_cut():
    words = [json_source.Word(f"mot{n}", f"/{n}") for n in range(200)]
    assert [len(run) for run in json_source.utterances(words)] == [80, 80, 40]
