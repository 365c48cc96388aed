"""SubRip: numbers or none, blank lines inside texts, and the timing lines of both caption formats."""

import pytest

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest.captions import timing

FILE = """1
00:00:01,000 --> 00:00:02,500
Bonjour à tous

2
00:00:03.000 --> 00:00:04.000
une ligne

et une autre

3
00:00:05,000 --> 00:00:06,000
1.567.202.
"""

TIMES = [
    ("00:00:01.000 --> 00:00:02.500", (1000, 2500)),
    ("00:00:01,000 --> 00:00:02,500", (1000, 2500)),
    ("01:02.345 --> 01:03.000", (62345, 63000)),
    ("100:00:00.000 --> 100:00:01.000", (360000000, 360001000)),
    ("99:59:59.999-->100:00:00.000", (359999999, 360000000)),
    ("0:00:01.5 --> 0:00:02.25", (1500, 2250)),
    ("00:00:01.123456 --> 00:00:02.000001", (1123, 2000)),
    ("00:01.000 --> 00:02.000 align:start position:10%,line-left", (1000, 2000)),
    ("00:01.000\t-->\t00:02.000\tsize:50%", (1000, 2000)),
]
NOT_TIMES = [
    "00:00:60.000 --> 00:01:00.000",
    "00:60:00.000 --> 01:00:00.000",
    "00:00:01.000 --> 00:00:02.000x",
    "00:00:01.000x --> 00:00:02.000",
    "x00:00:01.000 --> 00:00:02.000",
    "00:00:01.000 -> 00:00:02.000",
    "00:00:01.000 -- > 00:00:02.000",
    "00:00:0a.000 --> 00:00:02.000",
    "00:00:01.000 --> 00:00:02:000",
    "٠٠:٠٠:٠١.٠٠٠ --> ٠٠:٠٠:٠٢.٠٠٠",
    "1 --> 2",
    "-->",
    "il a dit --> oui",
]


@pytest.mark.parametrize(("line", "expected"), TIMES)
def test_timing_lines(line, expected):
    assert timing(line) == expected


@pytest.mark.parametrize("line", NOT_TIMES)
def test_lines_that_are_not_timing_lines(line):
    assert timing(line) is None


def test_blank_lines_inside_a_text_lose_nothing():
    transcript = ingest.read_bytes(FILE.encode(), "s.srt")
    assert transcript.formats == ("srt",)
    assert [cue.text for cue in transcript.cues] == ["Bonjour à tous", "une ligne et une autre", "1.567.202."]
    assert [cue.span.lines for cue in transcript.cues] == [(1, 3), (5, 9), (11, 13)]


@pytest.mark.parametrize(
    "variant",
    [
        FILE.replace("\n", "\r\n").encode(),
        FILE.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + FILE.encode(),
        FILE.encode("utf-16"),
        b"\xfe\xff" + FILE.encode("utf-16-be"),
        FILE.encode("utf-16-le"),
        FILE.rstrip().encode(),
        b"\n\n" + FILE.encode(),
    ],
)
def test_every_way_of_saving_the_file_gives_the_same_cues(variant):
    cues = [(cue.text, cue.start, cue.end) for cue in ingest.read_bytes(variant, "s.srt").cues]
    assert cues == [(cue.text, cue.start, cue.end) for cue in ingest.read_bytes(FILE.encode(), "s.srt").cues]


def test_a_file_without_numbers_has_the_same_cues():
    bare = "".join(line for line in FILE.splitlines(keepends=True) if not line.strip().isdigit())
    assert [cue.text for cue in ingest.read_bytes(bare.encode(), "s.srt").cues][0::2] == [
        "Bonjour à tous",
        "1.567.202.",
    ]


def test_empty_captions_are_left_out_with_their_reason():
    data = b"1\n00:00:00,000 --> 00:05:16,000\n\n2\n00:05:17,000 --> 00:05:18,000\nBonsoir\n"
    transcript = ingest.read_bytes(data, "s.srt")
    assert [cue.text for cue in transcript.cues] == ["Bonsoir"]
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [("empty caption", (1, 2))]


def test_rolling_captions_are_said_once_with_a_notice():
    texts = ["un\ndeux", "deux\ntrois", "trois\nquatre", "quatre", "cinq"]
    data = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n" for n, text in enumerate(texts))
    transcript = ingest.read_bytes(data.encode(), "s.srt")
    assert [cue.text for cue in transcript.cues] == ["un deux", "trois", "quatre", "cinq"]
    assert "rolling_captions" in {notice.code for notice in transcript.notices}


def test_prefixes_name_speakers():
    texts = ["Mme Lê : Bonjour", "M. Ba\u202f: Merci", "Mme Lê : Bien", "M. Ba : Oui"]
    data = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n" for n, text in enumerate(texts))
    assert [cue.speaker for cue in ingest.read_bytes(data.encode(), "s.srt").cues] == ["Mme Lê", "M. Ba"] * 2


def test_a_time_that_cannot_be_read_is_never_speech():
    data = FILE.replace("00:00:03.000", "00:00:60,000").encode()
    transcript = ingest.read_bytes(data, "s.srt")
    assert [cue.text for cue in transcript.cues] == ["Bonjour à tous une ligne et une autre", "1.567.202."]
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [("unreadable time", (5, 6))]


def test_style_marks_are_never_speech():
    data = b"1\n00:00:00,000 --> 00:00:01,000\n{\\an8}<i>Oui</i> {non}\n"
    assert [cue.text for cue in ingest.read_bytes(data, "s.srt").cues] == ["Oui {non}"]


def test_a_file_whose_captions_hold_no_word_is_refused():
    with pytest.raises(TranscriptError, match=r"s\.srt"):
        ingest.read_bytes(b"1\n00:00:00,000 --> 00:00:01,000\n...\n", "s.srt")


def test_a_note_of_another_format_is_never_speech():
    data = b"1\n00:00:00,000 --> 00:00:01,000\nNOTE Confidence: 0.9\nnote that it rains\n"
    assert [cue.text for cue in ingest.read_bytes(data, "s.srt").cues] == ["note that it rains"]


def test_times_without_blank_lines_between_the_captions():
    data = b"1\n00:00:00,000 --> 00:00:01,000\nOui\n2\n00:00:01,000 --> 00:00:02,000\nNon\n"
    assert [cue.text for cue in ingest.read_bytes(data, "s.srt").cues] == ["Oui", "Non"]


def test_a_text_of_digits_is_a_text():
    data = b"1\n00:00:00,000 --> 00:00:01,000\n2024\n\n2\n00:00:01,000 --> 00:00:02,000\nNon\n"
    assert [cue.text for cue in ingest.read_bytes(data, "s.srt").cues] == ["2024", "Non"]
