"""JSON of the Whisper family."""

import json

import pytest

from comparia import ingest
from comparia.errors import TranscriptError


def read(document):
    text = document if isinstance(document, str) else json.dumps(document)
    transcript = ingest.read_bytes(text.encode(), "speech.json")
    assert transcript.formats == ("whisper-json",)
    return transcript


def said(document):
    return [(cue.speaker, cue.text, cue.start, cue.end) for cue in read(document).cues]


SEGMENT = {"id": 0, "start": 0.5, "end": 2, "text": " Bonjour"}
EXPECTED = [(None, "Bonjour", 500, 2000)]
SHAPES = [
    {"text": " Bonjour", "segments": [SEGMENT], "language": "fr"},
    [SEGMENT],
    {"segments": [SEGMENT]},
    {"transcription": [{"timestamps": {"from": "x"}, "offsets": {"from": 500, "to": 2000}, "text": " Bonjour"}]},
    {"text": "Bonjour", "chunks": [{"timestamp": [0.5, 2.0], "text": " Bonjour"}], "model": "whisper"},
    {"segments": [], "chunks": [{"timestamp": [0.5, 2.0], "text": " Bonjour"}]},
    {"model": "voxtral", "segments": [{**SEGMENT, "type": "transcription_segment", "speaker_id": None}]},
]


@pytest.mark.parametrize("document", SHAPES)
def test_shapes(document):
    assert said(document) == EXPECTED


@pytest.mark.parametrize("document", [{"text": "Bonjour", "usage": {}}, {"text": "Bonjour", "segments": None}])
def test_bare_text_is_read_without_times(document):
    assert said(document) == [(None, "Bonjour", None, None)]


def test_pointers_name_the_segment():
    assert [cue.span.pointer for cue in read({"segments": [SEGMENT, SEGMENT]}).cues] == ["/segments/0", "/segments/1"]
    assert [cue.span.pointer for cue in read([SEGMENT]).cues] == ["/0"]
    assert [cue.span.pointer for cue in read({"text": "Bonjour"}).cues] == ["/text"]


def word(text, speaker=None):
    return {"word": text} | ({"speaker": speaker} if speaker else {})


SPEAKERS = [
    ({"speaker": "SPEAKER_00"}, [("SPEAKER_00", "un deux 58.")]),
    ({"speaker": 0}, [("Speaker 0", "un deux 58.")]),
    ({"speaker_id": "A"}, [("A", "un deux 58.")]),
    ({"speaker": None}, [(None, "un deux 58.")]),
    ({"speaker": True}, [(None, "un deux 58.")]),
    ({"words": [word("un", "A"), word("deux", "A"), word("58.")]}, [("A", "un deux 58.")]),
    ({"words": [word("un", "A"), word("deux", "B"), word("58.")]}, [("A", "un"), ("B", "deux 58.")]),
    (
        {"speaker": "B", "words": [word("58."), word("un", "A"), word("x", "B")]},
        [("B", "58."), ("A", "un"), ("B", "x")],
    ),
    ({"words": None}, [(None, "un deux 58.")]),
]


@pytest.mark.parametrize(("fields", "expected"), SPEAKERS)
def test_speakers_of_a_segment(fields, expected):
    document = {"segments": [{"start": 0, "end": 1, "text": " un deux 58.", **fields}]}
    assert [(cue.speaker, cue.text) for cue in read(document).cues] == expected


def test_windows_that_restart_at_zero_keep_their_order_with_a_notice():
    chunks = [{"timestamp": [0.0, 29.98], "text": "un"}, {"timestamp": [0.0, 0.12], "text": "deux"}]
    late = [{"timestamp": [30.0, 59.0], "text": "zéro"}, *chunks]
    transcript = read({"text": "", "chunks": late})
    assert [cue.text for cue in transcript.cues] == ["zéro", "un", "deux"]
    assert [cue.flags for cue in transcript.cues] == [(), ("time_backwards",), ()]
    assert "time_backwards" in {notice.code for notice in transcript.notices}


TIMES = ["NaN", "Infinity", "-Infinity", "1e308", "1e999", "-1", "true", "null", '"0.5"', "[]", "1" + "0" * 400]


@pytest.mark.parametrize("value", TIMES)
def test_impossible_times_are_no_times(value):
    assert said(f'{{"segments": [{{"start": {value}, "end": {value}, "text": "oui"}}]}}') == [(None, "oui", None, None)]


@pytest.mark.parametrize("junk", [None, 3, "x", [], {}, {"text": None}, {"text": 4}])
def test_what_is_not_a_segment_is_left_out_with_its_reason(junk):
    transcript = read({"segments": [junk, SEGMENT]})
    assert len(transcript.cues) == 1
    assert [(item.reason, item.span.pointer) for item in transcript.ignored] == [("not a segment", "/segments/0")]


def test_empty_segments_are_left_out_with_their_reason():
    transcript = read({"segments": [SEGMENT, {"start": 1, "end": 2, "text": " "}]})
    assert [(item.reason, item.span.pointer) for item in transcript.ignored] == [("empty segment", "/segments/1")]


def test_lone_surrogates_are_shown_as_replacement_characters():
    transcript = read('{"segments": [{"text": "oui \\ud83d non \\ud83d\\ude00", "speaker": "A\\udc00"}]}')
    assert transcript.cues[0].text == "oui \ufffd non 😀"
    assert transcript.model_validate_json(transcript.model_dump_json()) == transcript


REFUSED = [
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"text": "un"}{"text": "deux"}',
    '{"text": "un"}\n{"text": "deux"}\n',
    '{"segments": null}',
    '{"segments": []}',
    '{"segments": 4}',
    '{"text": ""}',
    "{}",
    "[]",
    "[null]",
    "42",
    "1" * 5000,
    '{"text": "un", "segments": [',
    '{ "_id" : ObjectId("5f"), "text" : "un" }',
    "{'text': 'un'}",
    '{"segments": ' + "1" * 5000 + "}",
    '{"text": "un deux", "utterances": [{"speaker": "A", "text": "un"}, {"speaker": "B", "text": "deux"}]}',
    '{"results": {"utterances": [{"speaker": 0, "transcript": "un"}]}}',
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_documents_that_are_refused(text):
    with pytest.raises(TranscriptError, match=r"speech\.json"):
        ingest.read_bytes(text.encode(), "speech.json")


@pytest.mark.parametrize("text", ["[00:00:03] Ada : oui\n[00:00:05] Bob : non", "[ Musique ]\n\nAda : oui\nBob : non"])
def test_text_that_opens_with_a_bracket_is_not_json(text):
    assert ingest.read_bytes(text.encode(), "seance.txt").formats == ("text",)
