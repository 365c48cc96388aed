"""Decoding, line counting, and the files that are refused."""

import copy
import gc
import itertools
import os
import pickle

import pytest

from comparia import ingest
from comparia.errors import TranscriptError, UnknownName
from comparia.ingest.source import Bounded, Source
from comparia.records import Cue, Span

FRENCH = "Élodie : réunion à l'hôtel « déjà » ?\nNoël : ça coûte 12 € … œuvre\n"


def texts(transcript):
    return [(cue.speaker, cue.text) for cue in transcript.cues]


WORDS = [("Élodie", "réunion à l'hôtel « déjà » ?"), ("Noël", "ça coûte 12 € … œuvre")]
ENCODINGS = [
    ("utf-8", "utf-8"),
    ("utf-8-sig", "utf-8"),
    ("utf-16", "utf-16"),
    ("utf-16-le", "utf-16-le"),
    ("utf-16-be", "utf-16-be"),
    ("utf-32", "utf-32"),
    ("cp1252", "cp1252"),
]


@pytest.mark.parametrize(("codec", "found"), ENCODINGS)
def test_encodings_are_recognised(codec, found):
    transcript = ingest.read_bytes(FRENCH.encode(codec), "s.txt")
    assert texts(transcript) == WORDS
    assert transcript.encodings == (found,)
    assert ("encoding_guessed" in {notice.code for notice in transcript.notices}) == (found == "cp1252")


def test_one_pasted_windows_line_does_not_garble_a_utf8_file():
    data = FRENCH.encode() * 3 + "Zoé : collé\n".encode("cp1252")
    transcript = ingest.read_bytes(data, "s.txt")
    assert texts(transcript) == [*WORDS * 3, ("Zoé", "collé")]
    assert transcript.encodings == ("utf-8",)
    assert [notice.line for notice in transcript.notices if notice.code == "encoding_guessed"] == [7]


def test_a_file_cut_inside_a_character_stays_utf8():
    data = (FRENCH + "Zoé : à é").encode()[:-1]
    assert texts(ingest.read_bytes(data, "s.txt"))[:2] == WORDS


def test_lines_are_counted_as_editors_count_them():
    source = Source.decode("a\u2028b\x0b\x0c\x85c\r\nd\re\n\nf".encode(), "s", None)
    assert source.lines == ("a\u2028b\x0b\x0c\x85c", "d", "e", "", "f")
    assert source.ends == ("\r\n", "\r", "\n", "\n", "")


def test_the_encoding_asked_for_wins(tmp_path):
    path = tmp_path / "s.txt"
    path.write_bytes(FRENCH.replace("€", "").replace("…", "").replace("œ", "").encode("latin-1"))
    assert ingest.read([path], encoding="latin-1").encodings == ("iso8859-1",)


@pytest.mark.parametrize("encoding", ["klingon", "utf-8", "base64", "undefined", "a\0b", ""])
def test_an_encoding_that_is_unknown_or_wrong_is_refused(tmp_path, encoding):
    path = tmp_path / "s.txt"
    path.write_bytes(FRENCH.encode("cp1252"))
    with pytest.raises(TranscriptError, match=r"s\.txt"):
        ingest.read([path], encoding=encoding)


REFUSED = {
    "empty": b"",
    "blank": b" \r\n\t\n",
    "bom alone": b"\xef\xbb\xbf",
    "utf-16 bom alone": b"\xff\xfe",
    "nul": b"\0" * 5000,
    "random": bytes(range(256)) * 20,
    "zip": b"PK\x03\x04" + b"Ada : oui\n" * 20,
    "pdf": b"%PDF-1.7\nAda : oui\n",
    "xz": b"\xfd7zXZ\0rest",
    "gzip": b"\x1f\x8b\x08rest",
    "word 97": b"\xd0\xcf\x11\xe0rest",
    "mp3": b"ID3\x04rest",
    "header alone": b"WEBVTT\r\n",
    "digits": b"1234\n5678\n",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_files_without_a_transcript_are_refused(tmp_path, data):
    path = tmp_path / "s.vtt"
    path.write_bytes(data)
    with pytest.raises(TranscriptError, match=r"s\.vtt"):
        ingest.read([path])


def test_nul_characters_are_tolerated_in_text():
    assert texts(ingest.read_bytes(b"Ada : o\0ui\nBob : non\n", "s.txt")) == [("Ada", "o\ufffdui"), ("Bob", "non")]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "s.vtt"
    path.write_bytes(b"WEBVTT\n")
    os.truncate(path, 500_000_000)
    with pytest.raises(TranscriptError, match="500"):
        ingest.read([path])


@pytest.mark.parametrize("name", ["", "missing.vtt", "x" * 300, "a\0b", "s.txt/inside", "pipe"])
def test_what_is_not_a_file_is_refused(tmp_path, name):
    (tmp_path / "s.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TranscriptError):
        ingest.read([tmp_path / name])


def test_an_unknown_format_is_named(tmp_path):
    path = tmp_path / "s.txt"
    path.write_text(FRENCH, encoding="utf-8")
    with pytest.raises(UnknownName, match="docx"):
        ingest.read([path], format="docx")


@pytest.mark.parametrize("name", [b"a\nb.txt", b"\xff.txt", "\u202etxt.a".encode()])
def test_names_that_no_line_can_hold_are_shown_without_it(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    path.write_text(FRENCH, encoding="utf-8")
    transcript = ingest.read([path])
    assert "\ufffd" in transcript.title
    assert "\ufffd" in transcript.cues[0].span.file
    assert transcript.model_validate_json(transcript.model_dump_json()) == transcript


def test_cues_made_without_checks_are_those_that_are_checked():
    captions = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>oui\n\n00:03.000 --> 00:02.000\nnon\n"
    for cue in ingest.read_bytes(captions.encode(), "s.vtt").cues:
        given = {name: getattr(cue, name) for name in cue.model_fields_set}
        checked = Cue(**{**given, "span": Span(file="s.vtt", lines=cue.span.lines)})
        assert cue == checked
        assert list(vars(cue)) == list(vars(checked)) == list(Cue.model_fields)
        assert list(vars(cue.span)) == list(Span.model_fields)
        assert (cue.model_fields_set, cue.span.model_fields_set) == (
            checked.model_fields_set,
            checked.span.model_fields_set,
        )
        assert cue.model_copy(update={"text": "x"}).model_dump() == {**checked.model_dump(), "text": "x"}
        assert pickle.loads(pickle.dumps(cue)) == copy.deepcopy(cue) == checked


def test_what_is_found_beyond_a_bound_is_refused_without_being_listed():
    found = Bounded(3)
    found.extend(iter("ab"))
    endless = itertools.count()
    with pytest.raises(TranscriptError, match="more than 3"):
        found.extend(endless)
    assert (found, next(endless)) == (["a", "b"], 2)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_search_for_cycles_is_left_as_it_was(tmp_path, enabled):
    path = tmp_path / "s.txt"
    path.write_text(FRENCH, encoding="utf-8")
    before = gc.isenabled(), gc.get_freeze_count()
    try:
        (gc.enable if enabled else gc.disable)()
        ingest.read([path])
        assert (gc.isenabled(), gc.get_freeze_count()) == (enabled, before[1])
    finally:
        (gc.enable if before[0] else gc.disable)()
