"""What holds of every source, whatever it says."""

import contextlib
import csv
import difflib
import functools
import hashlib
import html
import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest.captions import without_rolling_lines
from comparia.ingest.document import open_document
from comparia.ingest.source import Source
from comparia.records import Transcript
from tests.ingest import generated
from tests.ingest.generated import chat, speech_json, srt, text, vtt

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
    "whisper-json provider-json loose-json contributions-json teams-document meet-document document pdf spreadsheet "
    "polis-votes".split()
)
"""Formats whose cues are placed by pointers, paragraphs, pages or sheets, or that have none."""
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
def test_hostile_sources_are_read_to_their_end(source):
    read(source)


# The seven invariants, over every real sample and a session written in every format ----------------------------------

MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))["files"] if SAMPLES.is_dir() else []
COUNTS = {entry["file"]: entry["independent_counts"] for entry in MANIFEST}
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")
SIZES = (6, 14, 45)
"""Cues of the sessions written in each format."""
WHOLE = [
    *(pytest.param(file, marks=real, id=file) for file in COUNTS or ["samples"]),
    *(pytest.param(f"{name} {size}", id=f"{name} {size}") for name in generated.WRITERS for size in SIZES),
]
"""Every sample, by its path, and every format, by its name and a size."""
IN_WORDS = ("aws_json", "speechmatics_json")
"""Samples that list words: a cue is placed at its first one, and holds those up to the next cue."""


@functools.cache
def bytes_of(which):
    name, _space, size = which.partition(" ")
    return (
        (SAMPLES / which).read_bytes() if "/" in which else generated.written(name, random.Random(which), int(size))[0]
    )


@functools.cache
def transcript_of(which):
    return ingest.read_bytes(bytes_of(which), "session")


@functools.cache
def decoded(which):
    return Source.decode(bytes_of(which), "session", None)


def kind_of(which):
    """What the places of a file are made of."""
    span = transcript_of(which).cues[0].span
    if transcript_of(which).formats == ("chat",):
        return "chat"
    return next(
        (kind for kind in ("page", "paragraphs", "sheet", "row", "pointer", "path") if getattr(span, kind) is not None),
        "lines",
    )


def spans_of(transcript):
    return [item.span for item in (*transcript.cues, *transcript.ignored)]


def told_lines(transcript):
    return {n for span in spans_of(transcript) if span.lines for n in range(span.lines[0], span.lines[1] + 1)}


def collapsed(text):
    return " ".join(text.split())


def letters(text):
    return "".join(ch for ch in text.casefold() if ch.isalnum())


# JSON: pointers, and the text they lead to ---------------------------------------------------------------------------

SAID = ("text", "transcript", "segment", "display", "body", "content", "word", "punctuated_word")


def values_of(which):
    """Pointer → value, for everything in a JSON file (or in the lines of one)."""
    source = decoded(which)
    try:
        document = json.loads(source.text)
    except json.JSONDecodeError:
        document = [json.loads(line) for line in source.lines if line.strip()]
    found = {}

    def walk(value, place):
        found[place] = value
        for key, item in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            walk(item, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}")

    walk(document, "")
    return found


def segments_of(values):
    """Pointers of the members of the lists of segments: objects that hold their text, and are not words of another one."""
    found = []
    for place, value in values.items():
        parent, _, last = place.rpartition("/")
        if isinstance(value, dict) and last.isdecimal() and isinstance(values[parent], list):
            inside = any(place.startswith(f"{other}/") for other in found)
            if not inside and any(isinstance(value.get(key), str) and value[key].strip() for key in SAID):
                found.append(place)
    return found


def texts_beneath(value):
    """Every text beneath a value, and the words of every list put together."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_beneath(item)
    elif isinstance(value, list):
        for key in SAID:
            yield " ".join(str(item[key]) for item in value if isinstance(item, dict) and key in item)
        for item in value:
            yield from texts_beneath(item)


def content_of(item):
    """A word or mark of a list of them."""
    alternatives = item.get("alternatives") or [item]
    return str(alternatives[0].get("content", ""))


# 1: nothing silently lost --------------------------------------------------------------------------------------------


@pytest.mark.series("invariants over real samples")
@pytest.mark.parametrize("which", WHOLE)
def test_every_place_with_words_is_cited_or_left_out_with_a_reason(which):
    transcript, source, kind = transcript_of(which), decoded(which), kind_of(which)
    assert all(item.reason for item in transcript.ignored)
    assert LOST[kind](which, transcript, source) == []


def lost_lines(which, transcript, source):
    told = told_lines(transcript)
    return [n for n, line in enumerate(re.split(r"\r\n|\n|\r", source.text), 1) if line.strip() and n not in told]


def lost_rows(which, transcript, source):
    told = {span.row for span in spans_of(transcript)}
    text = source.text.replace("\r\n", "\n")
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return lost_lines(which, transcript, source) + [n for n, row in enumerate(rows, 1) if any(row) and n not in told]


def lost_elements(which, transcript, source):
    """Places of the elements whose own text has words and that no cue or ignored span holds, by another parser."""
    told = {span.path for span in spans_of(transcript)}
    labels = {letters(cue.speaker or "") for cue in transcript.cues}
    found = []

    def walk(element, place, held):
        held = held or place in told or (tag_of(element) == "speaker" and label_of(element) in labels)
        texts = [element.text or "", *(child.tail or "" for child in element)]
        if not held and any(ch.isalnum() for text in texts for ch in text):
            found.append(place)
        counts = Counter()
        for child in element:
            tag = tag_of(child)
            counts[tag] += 1
            walk(child, f"{place}/{tag}[{counts[tag]}]", held)

    root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", source.text).encode())
    walk(root, "/" + tag_of(root), False)
    return found


def tag_of(element):
    return element.tag.rpartition("}")[2]


def label_of(element):
    return letters("".join(element.itertext()))


def lost_segments(which, transcript, source):
    values = values_of(which)
    told = {span.pointer for span in spans_of(transcript)}
    assert told <= set(values)
    all_said = letters("".join(cue.text for cue in transcript.cues))
    if which.startswith(IN_WORDS):
        places = [place for place in values if re.fullmatch(r"/results(/items)?/\d+", place)]
        return [] if letters("".join(content_of(values[p]) for p in places)) == all_said else places
    held = tuple(f"{place}/" for place in told)
    words = set().union(*(words_of(cue.text) for cue in transcript.cues))
    return [
        place
        for place in segments_of(values)
        if place not in told
        and not f"{place}/".startswith(held)
        and not any(words_of(values[place].get(key)) <= words for key in SAID if key in values[place])  # said elsewhere
    ]


def words_of(text):
    return set(re.findall(r"\w+", str(text).casefold()))


def lost_paragraphs(which, transcript, source):
    opened = open_document(source)
    spans = [span.paragraphs for span in spans_of(transcript) if span.paragraphs]
    told = {n for first, last in spans for n in range(first, last + 1)}
    assert len(opened.paragraphs) == len(paragraphs_of(source))
    return [n for n, text in enumerate(paragraphs_of(source), 1) if text.strip() and n not in told]


def paragraphs_of(source):
    """The text of each paragraph of a DOCX, by another parser."""
    with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    breaks = {f"{w}br": "\n", f"{w}tab": "\t"}
    return [
        "".join(breaks.get(e.tag, (e.text or "") if e.tag == f"{w}t" else "") for e in paragraph.iter())
        for paragraph in root.iter(f"{w}p")
    ]


def lines_of_pages(source):
    return [page.extract_text().split("\n") for page in pypdf.PdfReader(io.BytesIO(source.data)).pages]


def lost_lines_of_pages(which, transcript, source):
    told = {(span.page, n) for span in spans_of(transcript) for n in range(span.lines[0], span.lines[1] + 1)}
    return [
        (page, n)
        for page, lines in enumerate(lines_of_pages(source), 1)
        for n, line in enumerate(lines, 1)
        if line.strip() and (page, n) not in told
    ]


def rows_of_sheet(source):
    """Number of row → its cells, by openpyxl as it reads a sheet whole."""
    book = openpyxl.load_workbook(io.BytesIO(source.data))
    return {n: [str(cell or "") for cell in row] for n, row in enumerate(book.active.iter_rows(values_only=True), 1)}


def lost_rows_of_sheet(which, transcript, source):
    told = {span.row for span in spans_of(transcript)}
    return [n for n, cells in rows_of_sheet(source).items() if any(cells) and n not in told]


LOST = {
    "sheet": lost_rows_of_sheet,
    "lines": lost_lines,
    "chat": lost_lines,
    "row": lost_rows,
    "path": lost_elements,
    "pointer": lost_segments,
    "paragraphs": lost_paragraphs,
    "page": lost_lines_of_pages,
}


# 2: a cue says what its place says -----------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [one for one in WHOLE if not one.id.startswith("noscribe")])
def test_a_cue_says_what_the_place_it_cites_says(which):
    transcript, source, kind = transcript_of(which), decoded(which), kind_of(which)
    cited = cited_of(which, transcript, source, kind)
    assert [(cue.text, cue.span) for cue in transcript.cues if not is_said(cue.text, cited(cue), kind)] == []


def is_said(text, cited, kind):
    cited = list(cited)
    if kind in ("pointer", "chat"):  # spaces between words and marks are not in the file
        return any(letters(text) in letters(one) for one in cited)
    pieces = text.split("\n") if kind == "row" else [text]  # a title, then a body
    return all(any(collapsed(piece) in collapsed(one) for one in cited) for piece in pieces)


def without_markup(text):
    return html.unescape(re.sub(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", "", text, flags=re.DOTALL))


def cited_of(which, transcript, source, kind):
    """What gives the texts that the place of a cue holds, as a person would read them in the file."""
    if kind == "paragraphs":
        found = paragraphs_of(source)
        return lambda cue: ["\n".join(found[cue.span.paragraphs[0] - 1 : cue.span.paragraphs[1]])]
    if kind == "page":
        pages = lines_of_pages(source)
        return lambda cue: ["\n".join(pages[cue.span.page - 1][cue.span.lines[0] - 1 : cue.span.lines[1]])]
    if kind == "sheet":
        cells = rows_of_sheet(source)
        return lambda cue: cells[cue.span.row]
    if kind == "row":
        rows = list(csv.reader(io.StringIO(source.text, newline=""), delimiter=max(";,", key=source.lines[0].count)))
        return lambda cue: [without_markup(cell) for cell in rows[cue.span.row - 1]]
    if kind == "pointer":
        values = values_of(which)
        if which.startswith(IN_WORDS):
            places = [place for place in values if re.fullmatch(r"/results(/items)?/\d+", place)]
            starts = [places.index(cue.span.pointer) for cue in transcript.cues]
            runs = {
                places[n]: " ".join(content_of(values[place]) for place in places[n:end])
                for n, end in itertools.pairwise([*starts, len(places)])
            }
            return lambda cue: [runs[cue.span.pointer]]
        return lambda cue: texts_beneath(values[cue.span.pointer])

    lines = re.split(r"\r\n|\n|\r", source.text)

    def of_lines(cue):
        passage = "\n".join(lines[cue.span.lines[0] - 1 : cue.span.lines[1]])
        yield passage
        yield without_markup(passage)
        yield from ATTRIBUTE.findall(passage)
        if which.startswith("praat"):
            yield passage.replace('""', '"')

    return of_lines


ATTRIBUTE = re.compile(r'(?:text|desc|content)="([^"]*)"')
"""What is said in an attribute: interruptions of the Assemblée nationale, noises of Transcriber."""


# 3: ways of saving a file --------------------------------------------------------------------------------------------

BINARY = ("teams-document", "meet-document", "document", "pdf", "spreadsheet")
TEXTS = [one for one in WHOLE if "docx" not in one.id and not one.id.startswith(BINARY)]


@pytest.mark.series("invariants over real samples")
@pytest.mark.parametrize("which", TEXTS)
def test_ways_of_saving_a_whole_file_change_no_cue(which):
    text = decoded(which).text
    expected = said_in(transcript_of(which))
    lines = re.split(r"\r\n|\n|\r", text)
    variants = {
        "BOM": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without BOM": text.encode("utf-16-le"),
        "UTF-16 big-endian": b"\xfe\xff" + text.encode("utf-16-be"),
        "no last line end": text.rstrip("\r\n").encode(),
        "one more line end": (text + ("\r\n" if "\r\n" in text else "\n")).encode(),
    }
    if "zoom_chat_acdc" not in which and "zoom-chat" not in which:  # there CRLF ends a message and LF a line inside it
        variants |= {name: end.join(lines).encode() for name, end in (("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r"))}
    assert [name for name, data in variants.items() if said_in(ingest.read_bytes(data, "session")) != expected] == []


def said_in(transcript):
    return transcript.cues, transcript.turns, transcript.speakers, transcript.formats


# 4: formats of one sitting agree -------------------------------------------------------------------------------------


def spoken_words(transcript):
    return [word for cue in transcript.cues if cue.channel == "speech" for word in re.findall(r"\w+", cue.text.lower())]


@real
def test_two_formats_of_one_sitting_have_the_same_speakers_and_words():
    page, tei = transcript_of("an_html/an_seance_20130119.asp.html"), transcript_of("an_tei/an_seance_20130119.tei.xml")
    names = [{bare(s.name) for s in one.speakers if " et M" not in s.name} for one in (page, tei)]
    assert names[0] == names[1]
    assert len(spoken_words(page)) == pytest.approx(len(spoken_words(tei)), rel=0.03)


def bare(name):
    return collapsed(re.sub(r"^(?:M\.|Mme|Mmes|MM\.) ", "", name.replace("_", " ")).partition(",")[0])


@real
def test_json_and_subtitles_of_one_recording_have_the_same_words():
    words = [spoken_words(transcript_of(file)) for file in ONE_RECORDING]
    same = sum(block.size for block in difflib.SequenceMatcher(None, *words, autojunk=False).get_matching_blocks())
    assert same >= 0.97 * max(map(len, words))  # recognised twice: four words differ in the files themselves


ONE_RECORDING = ("whisper_json/whisper_timestamped_fr.json", "srt/fr_smartphone_20chars.srt")


SAME_WORDS = list(generated.WRITERS)


@pytest.mark.parametrize("seed", range(4))
def test_a_session_says_the_same_in_every_format(seed):
    for name in SAME_WORDS:
        data, cues = generated.written(name, random.Random(seed), size=8 + 9 * seed)
        transcript = ingest.read_bytes(data, "session")
        told = [cue for cue in transcript.cues if cue.channel != "system"]
        assert transcript.formats == (name,)
        assert [letters(cue.text) for cue in told] == [letters(cue[3]) for cue in cues], name
        if name not in ("srt", "sbv", "survey"):
            assert [cue.speaker for cue in told] == [NUMBERED.get(name, {}).get(cue[0], cue[0]) for cue in cues], name


NUMBERED = {"provider-json": {name: f"Speaker {n}" for n, name in enumerate(generated.NAMES)}}


@real
def test_speech_and_chat_of_one_meeting_lose_nothing_of_either():
    speech, chat = SAMPLES / "zoom_vtt/zoom_acdc_184.vtt", SAMPLES / "zoom_chat/zoom_chat_acdc_184.txt"
    both = ingest.read([speech, chat])
    for file in (speech, chat):
        assert [cue for cue in both.cues if cue.span.file == file.name] == list(ingest.read([file]).cues)
    assert {speaker.name for speaker in both.speakers} >= {s.name for s in ingest.read([speech]).speakers}


CAPTIONS = [one for one in TEXTS if one.id.startswith(("zoom_vtt", "teams_vtt", "noscribe", "srt", "webvtt", "sbv"))]


@pytest.mark.series("invariants over real samples")
@pytest.mark.parametrize("which", CAPTIONS)
def test_captions_that_do_not_roll_are_left_as_they_are(which):
    blocks = [[cue.text] for cue in transcript_of(which).cues]
    assert without_rolling_lines(blocks) == blocks
    assert "repeated caption" not in {item.reason for item in transcript_of(which).ignored}


# 5: damage -----------------------------------------------------------------------------------------------------------

CUTS, FLIPS = 10, 6


@pytest.mark.series("damaged samples")
@pytest.mark.parametrize("which", WHOLE)
def test_cut_and_flipped_files_raise_nothing_but_transcript_errors(which):
    data = bytes_of(which)
    rng = random.Random(which)
    broken = [data[: len(data) * n // (CUTS + 1)] for n in range(1, CUTS + 1)]
    for n in range(FLIPS):
        noisy = bytearray(data)
        for _ in range((1, 10, len(data) // 100 + 1)[n % 3]):
            noisy[rng.randrange(len(noisy))] ^= 1 << rng.randrange(8)
        broken.append(bytes(noisy))
    for one in broken:
        assert_only_own_errors(one)


# 6: the same at every run --------------------------------------------------------------------------------------------

PRINTS = """
import hashlib, sys
from pathlib import Path
from comparia import ingest
for name in sys.argv[1:]:
    found = ingest.read_bytes(Path(name).read_bytes(), "session").model_dump_json()
    print(hashlib.sha256(found.encode()).hexdigest())
"""


@pytest.mark.series("invariants over real samples")
@pytest.mark.parametrize("which", WHOLE)
def test_a_whole_transcript_survives_json(which):
    transcript = transcript_of(which)
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
    assert Transcript.model_validate(transcript.model_dump(mode="json")) == transcript
    assert ingest.read_bytes(bytes_of(which), "session") == transcript


def test_two_hash_seeds_give_the_same_transcripts(tmp_path):
    named = [*COUNTS, *(f"{name} 14" for name in generated.WRITERS)]
    files = []
    for n, which in enumerate(named):
        files.append(tmp_path / str(n))
        files[-1].write_bytes(bytes_of(which))
    prints = [
        subprocess.run(
            [sys.executable, "-c", PRINTS, *map(str, files)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for seed in ("0", "4242")
    ]
    expected = [hashlib.sha256(transcript_of(which).model_dump_json().encode()).hexdigest() for which in named]
    assert prints == [expected, expected]


# 7: as many as counted without a parser ------------------------------------------------------------------------------


def counted(file):
    """How many segments, turns, rows or messages the manifest counts in a file; None where it counts none."""
    counts = COUNTS[file]
    if "data_rows" in counts:
        return counts["data_rows"]
    if "annotations" in counts:
        return counts["annotations"]
    if "speech_elements" in counts:
        return counts["speech_elements"] + counts["narratives"]
    if file.startswith(("aws_json", "speechmatics_json")):
        return None  # their segments are no cues: words are cut at the ends of sentences
    names = ("timing_lines", "segments", "sp_elements", "turns", "turn_lines", "headers", "message_headers")
    return next((counts[name] for name in names if name in counts), None)


COUNTED = [file for file in COUNTS if counted(file) is not None]


@real
@pytest.mark.parametrize("file", COUNTED or ["samples"])
def test_as_many_places_as_the_manifest_counts(file):
    transcript = transcript_of(file)
    if file.startswith("an_tei"):
        places = {cue.span.path.partition("/metadata")[0] for cue in transcript.cues if cue.channel == "speech"}
    else:
        places = {(cue.span.lines, cue.span.pointer, cue.span.path, cue.span.row) for cue in transcript.cues}
    left = sum(item.reason in COUNTED_OUT for item in transcript.ignored)
    if file.startswith("elan"):
        tiers = [item.span.lines for item in transcript.ignored if "/TIER[" in item.span.path]
        lines = [line for first, last in tiers for line in decoded(file).lines[first - 1 : last]]
        left = len(re.findall(r"<(?:ALIGNABLE|REF)_ANNOTATION ", "\n".join(lines)))
    assert len(places) + left == counted(file)


COUNTED_OUT = (
    "empty caption",
    "contribution moderated or withdrawn",
    "contribution without words",
    "reply without words",
)
