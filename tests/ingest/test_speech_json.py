"""JSON of the Whisper family."""

import json

import pytest

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import speech_json
from comparia.ingest.source import Source
from comparia.messages import speaking
from tests.work import assert_linear


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
    {
        "segments": [
            {"start": "0.5", "end": "00:00:02.000", "words": [{"word": " Bon", "start": 0.5}, {"word": "jour"}]}
        ]
    },
    {
        "transcription": [
            {"timestamps": {"from": "00:00:00,500", "to": "00:00:02.000"}, "text": "[_BEG_] Bonjour[_TT_100]"}
        ]
    },
    {"text": "Bonjour", "words": [{"word": "bonjour", "start": 0.5, "end": 2.0}]},
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
    assert [(cue.text, cue.start) for cue in transcript.cues] == [("zéro", 30_000), ("un", 0), ("deux", 0)]
    assert [cue.flags for cue in transcript.cues] == [(), ("time_backwards",), ("time_backwards",)]
    assert "time_backwards" in {notice.code for notice in transcript.notices}


def test_windows_of_thirty_seconds_are_added_up_and_said_to_be_approximate():
    times = [[0.0, 12.0], [12.0, 29.5], [0.0, 29.9], [0.5, 7.0], [7.0, None], [0.0, 1.0]]
    transcript = read({"text": "", "chunks": [{"timestamp": t, "text": f"mot {n}"} for n, t in enumerate(times)]})
    assert [cue.start for cue in transcript.cues] == [0, 12_000, 30_000, 60_500, 67_000, 90_000]
    assert [cue.end for cue in transcript.cues] == [12_000, 29_500, 59_900, 67_000, None, 91_000]
    assert [cue.flags for cue in transcript.cues] == [(), ()] + [("approximate",)] * 4
    assert "approximate_times" in {notice.code for notice in transcript.notices}
    assert "odd_times" not in {notice.code for notice in transcript.notices}


TIMES = ["NaN", "Infinity", "-Infinity", "1e308", "1e999", "-1", "true", "null", '"x"', "[]", "{}", "1" + "0" * 400]
TIMES += ["9223372036854775808", '"-1"', '"1e5"', '"2020-06-26T15:18:35Z"', "1718000000000"]


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
    '{"a": 1}{"b": 2}',
    '{"text": "un", "text": "deux"}',
    '{"segments": [{"text": "un"}], "segments": [{"text": "deux"}]}',
    '{"text": {"a": "b"}}',
    '[{"id": 1, "title": "Une proposition", "body": "oui"}]',
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
    '{"text": "un deux", "turns": [{"speaker": "A", "said": "un"}, {"speaker": "B", "said": "deux"}]}',
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_documents_that_are_refused(text):
    with pytest.raises(TranscriptError, match=r"speech\.json"):
        ingest.read_bytes(text.encode(), "speech.json")


@pytest.mark.parametrize("text", ["[00:00:03] Ada : oui\n[00:00:05] Bob : non", "[ Musique ]\n\nAda : oui\nBob : non"])
def test_text_that_opens_with_a_bracket_is_not_json(text):
    assert ingest.read_bytes(text.encode(), "seance.txt").formats == ("text",)


def test_openai_and_albert_name_speakers_in_diarized_json():
    segment = {
        "type": "transcript.text.segment",
        "id": "seg_1",
        "start": 0.0,
        "end": 4.7,
        "text": "Bonjour.",
        "speaker": "A",
    }
    other = {**segment, "start": 4.7, "end": 5.0, "text": " Oui.", "speaker": "Mme Roy"}
    document = {
        "task": "transcribe",
        "duration": 5.0,
        "text": "Bonjour. Oui.",
        "segments": [segment, other],
        "usage": {},
    }
    assert said(document) == [("A", "Bonjour.", 0, 4700), ("Mme Roy", "Oui.", 4700, 5000)]


def test_pieces_of_a_segment_have_the_times_of_their_words():
    words = [
        {"word": "Oui", "start": 1.0, "end": 1.5, "speaker": "SPEAKER_00"},
        {"word": "58."},
        {"word": "Non", "start": 2.5, "end": 3.0, "speaker": "SPEAKER_01"},
    ]
    assert said({"segments": [{"start": 1, "end": 4, "text": "Oui 58. Non", "words": words}]}) == [
        ("SPEAKER_00", "Oui 58.", 1000, 1500),
        ("SPEAKER_01", "Non", 2500, 3000),
    ]


def test_null_speakers_are_flagged():
    segments = [{**SEGMENT, "speaker": "A"}, {**SEGMENT, "speaker": None}, SEGMENT]
    assert [cue.flags for cue in read({"segments": segments}).cues] == [(), ("no_speaker",), ("no_speaker",)]
    assert [cue.flags for cue in read({"segments": [{**SEGMENT, "speaker_id": None}]}).cues] == [("no_speaker",)]
    assert [cue.flags for cue in read({"segments": [SEGMENT]}).cues] == [()]


def test_words_alone_make_sentences():
    said_words = [("Bonjour", 0.0), ("à", 0.5), ("M.", 0.6), ("Roy.", 0.8), ("Oui", 1.1), ("et", 1.4), ("non", 4.0)]
    words = [{"word": w, "start": t, "end": t + 0.2} for w, t in said_words]
    assert said({"words": words}) == [
        (None, "Bonjour à M. Roy.", 0, 1000),
        (None, "Oui et", 1100, 1600),
        (None, "non", 4000, 4200),
    ]


def test_words_with_spacing_items():
    words = [
        {"text": "Oui", "start": 0, "end": 0.2, "type": "word", "speaker_id": "speaker_0"},
        {"text": " ", "type": "spacing", "speaker_id": "speaker_0"},
        {"text": "bien.", "start": 0.3, "end": 0.5, "type": "word", "speaker_id": "speaker_0"},
        {"text": "Non", "start": 0.6, "end": 0.7, "type": "word", "speaker_id": "speaker_1"},
    ]
    assert said({"text": "Oui bien. Non", "words": words}) == [
        ("speaker_0", "Oui bien.", 0, 500),
        ("speaker_1", "Non", 600, 700),
    ]


def test_words_take_their_punctuation_from_the_text():
    words = [{"word": w, "start": n / 2, "end": n / 2 + 0.4} for n, w in enumerate("bonjour à tous merci".split())]
    assert [text for _who, text, _start, _end in said({"text": "Bonjour à tous. Merci !", "words": words})] == [
        "bonjour à tous merci"
    ]
    assert [text for _who, text, _start, _end in said({"text": "Bonjour à tous. Merci!", "words": words})] == [
        "Bonjour à tous.",
        "Merci!",
    ]


INVENTED = [
    "Sous-titres réalisés par la communauté d'Amara.org",
    "Sous-titres réalisés para la communauté d’Amara.org",
    "Merci d'avoir regardé cette vidéo !",
    "Merci d’avoir regardé",
    "Sous-titrage Société Radio-Canada",
    "Sous-titrage ST' 501",
    "Thanks for watching!",
    "Abonnez-vous à la chaîne !",
]
SPOKEN = ["Merci d'avoir regardé ce dossier avec nous.", "Il faut des sous-titres pour la réunion.", "Merci."]


@pytest.mark.parametrize("text", INVENTED)
def test_invented_phrases_are_flagged_and_kept(text):
    transcript = read({"segments": [SEGMENT, {"start": 3, "end": 5, "text": text}]})
    assert [cue.flags for cue in transcript.cues] == [(), ("hallucination_suspect",)]
    assert transcript.cues[1].text == text
    assert "hallucination_suspect" in {notice.code for notice in transcript.notices}


@pytest.mark.parametrize("text", SPOKEN)
def test_real_speech_is_not_suspected(text):
    assert [cue.flags for cue in read({"segments": [{"text": text}]}).cues] == [()]


def test_marks_alone_are_left_out_with_their_reason():
    transcript = read({"segments": [SEGMENT, {"text": " ..."}, {"text": "♪"}]})
    assert [(item.reason, item.span.pointer) for item in transcript.ignored] == [
        ("no words", "/segments/1"),
        ("no words", "/segments/2"),
    ]


def test_a_dump_of_a_database_is_refused_with_its_line():
    dump = '{\n  "name" : "séance",\n  "_id" : ObjectId("5f"),\n  "text" : "un" }'
    with (
        speaking("en"),
        pytest.raises(TranscriptError, match=r"dump\.json:3: this is a dump of a database \(ObjectId\("),
    ):
        speech_json.read(Source.decode(dump.encode(), "dump.json", None))


def test_a_key_said_twice_with_one_value_is_harmless():
    assert said('{"text": "un", "text": "un"}') == [(None, "un", None, None)]


def test_a_document_of_too_many_values_is_refused():
    with pytest.raises(TranscriptError, match=r"speech\.json"):
        ingest.read_bytes(b"[" + b"{}," * 4_000_001 + b"{}]", "speech.json")


@pytest.mark.whole
def test_ten_hours_are_read_in_linear_work():
    words = [{"word": f"mot{n}", "start": n / 10, "end": n / 10 + 0.1, "speaker": "S1"} for n in range(10)]

    def source_of(seconds):
        segments = [
            {"start": n, "end": n + 1, "text": " un deux", "speaker": "S1", "words": words} for n in range(seconds)
        ]
        return Source.decode(json.dumps({"segments": segments}).encode(), "long.json", None)

    assert_linear(speech_json.read, source_of, 50)
    assert len(speech_json.read(source_of(36_000)).cues) == 36_000
