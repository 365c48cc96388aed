"""What holds of every source, whatever it says."""

import contextlib
import json
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest.captions import without_rolling_lines
from comparia.records import Transcript

settings.register_profile("ingest", deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
PROFILE = settings.get_profile("ingest")

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"

WORD = st.text("abcdeéèçœ’-", min_size=1, max_size=8).filter(lambda word: word.strip("’-") and "--" not in word)
PHRASE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
TIME = st.integers(0, 400_000_000)
NAME = st.lists(st.sampled_from("Ada Bob Élodie Van Lê N'Diaye O’Neil".split()), min_size=1, max_size=3).map(" ".join)
CUE = st.tuples(NAME, TIME, TIME, PHRASE)
CUES = st.lists(CUE, min_size=1, max_size=8).map(
    lambda cues: [(name, start, end, f"{said} mot{n}") for n, (name, start, end, said) in enumerate(cues)]
)


def clock(ms, mark):
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{ms % 1000:03}"


def vtt(cues):
    return "WEBVTT\n\n" + "".join(
        f"{clock(start, '.')} --> {clock(end, '.')}\n<v {name}>{text}</v>\n\n" for name, start, end, text in cues
    )


def srt(cues):
    return "".join(
        f"{n}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n\n" for n, (_, start, end, text) in enumerate(cues, 1)
    )


def chat(cues):
    return "".join(f"{clock(start % 86_400_000, '.')[:8]}\t{name}:\t{text}\r\n" for name, start, _, text in cues)


def text(cues):
    return "".join(f"{name} : {said}\n\n" for name, _, _, said in cues)


def speech_json(cues):
    segments = [
        {"start": start / 1000, "end": end / 1000, "speaker": name, "text": said} for name, start, end, said in cues
    ]
    return json.dumps({"segments": segments})


WRITERS = {"webvtt": vtt, "srt": srt, "zoom-chat": chat, "text": text, "whisper-json": speech_json}
WRITTEN = st.tuples(st.sampled_from(sorted(WRITERS)), CUES).map(lambda pair: (pair[0], WRITERS[pair[0]](pair[1])))
LINE = st.sampled_from(
    [
        *(
            "",
            " ",
            "WEBVTT",
            "NOTE",
            "NOTE oui",
            "STYLE",
            "1",
            "42",
            "00:01.000 --> 00:02.000",
            "la --> ici",
            "---",
            "# T",
        ),
        *("00:00:01,000 --> 00:00:02,000 line:0", "00:00:60.000 --> 00:01:00.000", "Ada : oui", "Bob :", "Pour : 3"),
        *(
            "**Ada:** oui",
            "**Bob** :",
            "Ada  0:01",
            "00:00:03 Bob",
            "00:00:01\tAda:\toui",
            "<v Ada>oui",
            "<c></c>",
            "oui",
        ),
        *(
            "00:00:01 From Ada to Bob : x",
            'Reacted to "x" with 👍',
            "00:00:01\tAda:\t",
            "...",
            "\u00a0",
            "a\u2028b\x0bc",
        ),
    ]
)
MESSY = st.tuples(st.lists(LINE, min_size=1, max_size=30), st.sampled_from(["\n", "\r\n", "\r"])).map(
    lambda pair: pair[1].join(pair[0])
)
WITHOUT_LINES = (
    "whisper-json provider-json loose-json contributions-json teams-document meet-document document pdf".split()
)
"""Formats whose cues are placed by pointers, paragraphs or pages."""
FORMATS = [name for name in ingest.FORMATS if name not in WITHOUT_LINES]


def unaccounted(transcript, source):
    """Numbers of the non-blank lines that are neither in a cue nor ignored."""
    spans = [cue.span for cue in transcript.cues] + [item.span for item in transcript.ignored]
    seen = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    lines = re.split(r"\r\n|\n|\r", source)
    return [n for n, line in enumerate(lines, 1) if line.strip() and n not in seen]


def read(source, format=None):
    data = source if isinstance(source, bytes) else source.encode()
    return ingest.read_bytes(data, "session", format=format)


@PROFILE
@given(CUES)
def test_webvtt_gives_back_what_was_written(cues):
    assert [(c.speaker, c.start, c.end, c.text) for c in read(vtt(cues)).cues] == cues


@PROFILE
@given(CUES)
def test_subrip_gives_back_what_was_written(cues):
    assert [(c.start, c.end, c.text) for c in read(srt(cues)).cues] == [cue[1:] for cue in cues]


@settings(PROFILE, max_examples=300)
@given(MESSY, st.sampled_from(FORMATS))
def test_no_line_is_lost_in_silence(source, format):
    with contextlib.suppress(TranscriptError):
        transcript = read(source, format)
        assert unaccounted(transcript, source) == []


@settings(PROFILE, max_examples=150)
@given(MESSY)
def test_cue_words_come_from_the_lines_they_cite(source):
    with contextlib.suppress(TranscriptError):
        lines = re.split(r"\r\n|\n|\r", source)
        for cue in read(source).cues:
            cited = " ".join(lines[cue.span.lines[0] - 1 : cue.span.lines[1]])
            assert set(cue.text.split()) <= {*cited.split(), *re.sub(r"<[^>]*>", " ", cited).split()}


@PROFILE
@given(WRITTEN)
def test_ways_of_saving_a_file_change_nothing(written):
    name, source = written
    expected = read(source).cues
    variants = [b"\xef\xbb\xbf" + source.encode(), source.encode("utf-16"), b"\xfe\xff" + source.encode("utf-16-be")]
    if name != "zoom-chat":
        variants += [source.replace("\n", "\r\n").encode(), source.replace("\n", "\r").encode()]
    for variant in variants:
        assert read(variant).cues == expected


@PROFILE
@given(WRITTEN)
def test_reading_is_deterministic_and_survives_json(written):
    transcript = read(written[1])
    assert transcript.formats == (written[0],)
    assert read(written[1]) == transcript
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


@PROFILE
@given(st.lists(PHRASE, min_size=4, max_size=30, unique=True), st.integers(1, 3))
def test_deduplicating_twice_is_deduplicating_once(lines, height):
    lines = [f"{n} {line}" for n, line in enumerate(lines)]
    blocks = [lines[max(0, n - height) : n + 1] for n in range(len(lines))]
    once = without_rolling_lines(blocks)
    assert [line for block in once for line in block] == lines
    assert without_rolling_lines(once) == once


def damaged(data, rng):
    if rng.random() < 0.5:
        return data[: rng.randrange(len(data))]
    noisy = bytearray(data)
    for _ in range(rng.choice((1, 10, len(data) // 20 + 1))):
        noisy[rng.randrange(len(noisy))] = rng.randrange(256)
    return bytes(noisy)


def assert_only_own_errors(data):
    with contextlib.suppress(TranscriptError):
        transcript = ingest.read_bytes(data, "session")
        assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


@PROFILE
@given(WRITTEN, st.randoms(use_true_random=False), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_damage_raises_nothing_but_transcript_errors(written, rng, codec):
    assert_only_own_errors(damaged(written[1].encode(codec), rng))


@PROFILE
@given(st.binary(max_size=400))
def test_any_bytes_raise_nothing_but_transcript_errors(data):
    assert_only_own_errors(data)


HOSTILE = {
    "open tags": "WEBVTT\n\n00:01.000 --> 00:02.000\nx" + "<v " * 100_000,
    "overlaps": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v S00>//S01:" + " " * 100_000 + "//S01: a" * 10_000,
    "soft hyphens": "WEBVTT\n\n00:01.000 --> 00:02.000\noui" + "\u00ad" * 300_000,
    "recipients": "00:00:01 From A to Everyone : x\n" * 2 + "00:00:01 From " + "a to " * 20_000,
    "heads": "Ada  0:01\noui\n" + ("a" + " " * 60 + "1:\n") * 5_000,
    "replies": '00:00:01\tA:\tun\r\n00:00:02\tB:\tReplying to "' + '" \t' * 50_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sources_are_read_in_seconds(source):
    began = time.monotonic()
    read(source)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")
def test_damaged_real_files_raise_nothing_but_transcript_errors():
    rng = random.Random(20)
    for path in sorted(SAMPLES.rglob("*.*")):
        data = path.read_bytes()[:30_000]
        for _ in range(12):
            assert_only_own_errors(damaged(data, rng))
