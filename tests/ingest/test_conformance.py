"""What the WebVTT standard asks of a reader of files, case by case; and where real files need more than it allows."""

import pytest

from comparia.ingest import webvtt
from comparia.ingest.source import Source

TIMES = "00:00:00.000 --> 00:00:01.000"
CUE = f"{TIMES}\ntext\n"
AFTER = "\n00:00:02.000 --> 00:00:03.000\nafter\n"


def read(data):
    source = Source.decode(data if isinstance(data, bytes) else data.encode(), "conformance.vtt", None)
    assert webvtt.sniff(source)
    reading = webvtt.read(source)
    spans = [item.span for item in (*reading.cues, *reading.ignored)]
    taken = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    assert [n for n, line in enumerate(source.lines, 1) if line.strip() and n not in taken] == []
    return reading.cues


def texts(data):
    return [cue.text for cue in read(data)]


SIGNATURES = {
    "alone": "WEBVTT",
    "line feed": "WEBVTT\n",
    "space": "WEBVTT ",
    "tab": "WEBVTT\t",
    "words after a space": "WEBVTT some words",
    "words after a tab": "WEBVTT\tsome words",
    "an arrow-like word": "WEBVTT - - >",
    "byte-order mark": "\ufeffWEBVTT",
}
NO_SIGNATURES = {
    "lower case": "webvtt",
    "letters glued to it": "WEBVTTfoo",
    "a letter less": "WEBVT",
    "its first name": "WEBSRT",
    "a colon": "WEBVTT:",
    "something before it": "foo WEBVTT",
    "a null after it": "WEBVTT\0",
    "a line break inside": "WEB\nVTT",
}


@pytest.mark.parametrize("head", SIGNATURES.values(), ids=SIGNATURES)
def test_signature(head):
    assert texts(f"{head}\n\n{CUE}") == ["text"]


@pytest.mark.parametrize("head", NO_SIGNATURES.values(), ids=NO_SIGNATURES)
def test_no_signature(head):
    assert not webvtt.sniff(Source.decode(f"{head}\n\n{CUE}".encode(), "c.vtt", None))


@pytest.mark.parametrize("data", [b"WEBVTT", b"WEBVTT\n", b"WEBVTT\n\n", b"\xef\xbb\xbfWEBVTT"])
def test_a_file_that_holds_its_signature_only_has_no_cue(data):
    assert texts(data) == []


HEADERS = {
    "lines of metadata": ("WEBVTT\nKind: captions\nLanguage: fr\n\n", ["text"]),
    "garbage": ("WEBVTT\n~#@ garbage\nmore\n\n", ["text"]),
    "no blank line before the times": ("WEBVTT\n", ["text"]),
    "no blank line before an identifier": ("WEBVTT\nid\n", ["text"]),
    "many blank lines": ("WEBVTT\n\n\n\n\n", ["text"]),
    "a region without its blank line": ("WEBVTT\nRegion: id=fred width=40%\n\n", ["text"]),
    "a region": ("WEBVTT\n\nREGION\nid:fred\nwidth:40%\n\n", ["text"]),
    "two regions": ("WEBVTT\n\nREGION\nid:a\n\nREGION\nid:b\n\n", ["text"]),
    "a region with garbage": ("WEBVTT\n\nREGION\n:::\nid\nwidth:-40\n\n", ["text"]),
    "a style": ("WEBVTT\n\nSTYLE\n::cue { color: red }\n\n", ["text"]),
    "a style and a note": ("WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE\nwhy red\n\n", ["text"]),
    "a style not known": ("WEBVTT\n\nSTYLE \tfoo\n\n", ["text"]),
}


@pytest.mark.parametrize(("head", "expected"), HEADERS.values(), ids=HEADERS)
def test_header(head, expected):
    assert texts(head + CUE) == expected


BREAKS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("ends", BREAKS.values(), ids=BREAKS)
def test_line_ends(ends):
    source = f"WEBVTT\n\nid\n{TIMES}\none\ntwo\n{AFTER}".replace("\n", ends)
    assert [(cue.text, cue.span.lines) for cue in read(source)] == [("one two", (3, 6)), ("after", (8, 9))]


def test_line_ends_of_every_kind_in_one_file():
    assert texts(f"WEBVTT\r\r\n{TIMES}\none\rtwo\r\n\r{TIMES}\r\nthree") == ["one two", "three"]


def test_nulls_are_shown_as_replacement_characters():
    assert texts(f"WEBVTT \0\n\n\0id\n{TIMES}\nte\0xt\n") == ["te\ufffdxt"]


IDENTIFIERS = {
    "words": "some id",
    "digits": "42",
    "one dash": "a - b",
    "two dashes": "a -- b",
    "an arrow cut in two": "a -- > b",
    "spaces": "  id  ",
    "the word NOTE": "NOTE",
    "the word STYLE": "STYLE",
    "the word REGION": "REGION",
    "a control": "a\tb",
    "a tag": "<b>id</b>",
}


@pytest.mark.parametrize("identifier", IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_identifier(identifier):
    assert [(c.text, c.span.lines) for c in read(f"WEBVTT\n\n{identifier}\n{CUE}")] == [("text", (3, 5))]


ARROWS = {
    "alone": "-->",
    "before a time": "--> 00:00:01.000",
    "after a time": "00:00:00.000 -->",
    "after words": "words -->",
    "in an identifier": "id --> id",
    "too short": "00:00:00.000 -> 00:00:01.000",
    "too long": "00:00:00.000 ---> 00:00:01.000",
    "cut": "00:00:00.000 -- > 00:00:01.000",
    "dash": "00:00:00.000 — 00:00:01.000",
}


@pytest.mark.parametrize("line", ARROWS.values(), ids=ARROWS)
def test_arrow_that_is_no_timing(line):
    assert texts(f"WEBVTT\n\n{line}\nlost\n{AFTER}") == ["after"]


@pytest.mark.parametrize("line", ARROWS.values(), ids=ARROWS)
def test_arrow_before_the_times_of_a_cue(line):
    assert texts(f"WEBVTT\n\n{line}\n{CUE}") == ["text"]


@pytest.mark.parametrize("line", ["-->", "a --> b", "00:00:00.000 -->"])
def test_an_arrow_ends_the_text_of_a_cue(line):
    assert texts(f"WEBVTT\n\n{TIMES}\ntext\n{line}\nlost\n{AFTER}") == ["text", "after"]


def test_the_times_of_a_cue_end_the_text_of_the_cue_before_it():
    assert texts(f"WEBVTT\n\n{CUE}{TIMES}\nmore\n") == ["text", "more"]


def test_a_line_of_spaces_is_inside_a_cue_and_an_empty_line_ends_it():
    assert texts(f"WEBVTT\n\n{TIMES}\none\n \ntwo\n\nlost\n") == ["one two"]


SETTINGS = [
    *("align:start", "align:center", "align:end", "align:left", "align:right", "align:middle", "align:", "align"),
    *("line:0", "line:-1", "line:100%", "line:101%", "line:1,start", "line:1.5%", "line:x", "line:-0%", "line:1-"),
    *("position:0%", "position:100%", "position:101%", "position:50%,line-left", "position:50", "position:x%"),
    *("size:0%", "size:100%", "size:1000%", "size:x", "size:", "vertical:rl", "vertical:lr", "vertical:x"),
    *("region:fred", "region:", "region:a region:b", "foo:bar", "foo", ":", "::", "a:b:c", "%", "-", "\u00e9\u00e8"),
    "align:start line:0 position:10% size:50% vertical:rl region:a",
    "line:0\tline:1\t \tsize:1%",
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("space", [" ", "\t", " \t ", "\f"])
def test_settings_never_lose_a_cue_and_are_never_words(settings, space):
    assert [(c.text, c.start, c.end) for c in read(f"WEBVTT\n\n{TIMES}{space}{settings}\ntext\n")] == [
        ("text", 0, 1000)
    ]


VALID_TIMES = {
    "00:00:00.000 --> 00:00:01.000": (0, 1000),
    "00:00.000 --> 00:01.000": (0, 1000),
    "00:00:00.000-->00:00:01.000": (0, 1000),
    "00:00:00.000\t-->\t00:00:01.000": (0, 1000),
    "  00:00:00.000   -->   00:00:01.000  ": (0, 1000),
    "59:59.999 --> 01:00:00.000": (3599999, 3600000),
    "99:59:59.999 --> 100:00:00.000": (359999999, 360000000),
    "1:00:00.000 --> 1:00:01.000": (3600000, 3601000),
    "1000:00:00.000 --> 1000:00:01.000": (3600000000, 3600001000),
    "00:00:02.000 --> 00:00:01.000": (2000, 1000),
    "00:00:01.000 --> 00:00:01.000": (1000, 1000),
    "00:59:59.999 --> 00:00.000": (3599999, 0),
}


@pytest.mark.parametrize("line", VALID_TIMES)
def test_times(line):
    (cue,) = read(f"WEBVTT\n\n{line}\ntext\n")
    assert (cue.start, cue.end) == VALID_TIMES[line]


@pytest.mark.parametrize(
    "line", ["00:00:00,500 --> 00:00:01,500", "00:00:00.5 --> 00:00:01.5", "0:00.5 --> 0:01.500000"]
)
def test_times_that_the_standard_refuses_and_real_files_hold(line):
    (cue,) = read(f"WEBVTT\n\n{line}\ntext\n")
    assert (cue.start, cue.end) == (500, 1500)


GARBAGE_TIMES = [
    "x00:00:00.000 --> 00:00:01.000",
    "00x:00:00.000 --> 00:00:01.000",
    "00:00x:00.000 --> 00:00:01.000",
    "00:00:00x.000 --> 00:00:01.000",
    "00:00:00.x000 --> 00:00:01.000",
    "00:00:00.000x --> 00:00:01.000",
    "00:00:00.000 x--> 00:00:01.000",
    "00:00:00.000 -->x 00:00:01.000",
    "00:00:00.000 --> x00:00:01.000",
    "00:00:00.000 --> 00:00x:01.000",
    "00:00:00.000 --> 00:00:01:000",
    "00:00:00:000 --> 00:00:01.000",
    "00.00.00.000 --> 00:00:01.000",
    "00:00:60.000 --> 00:01:01.000",
    "00:60:00.000 --> 01:00:01.000",
    "00:00:00.000 --> 00:00:60.000",
    "-00:00:00.500 --> 00:00:01.000",
    "00:00:00.000 --> -00:00:01.000",
    "00:-1:00.000 --> 00:00:01.000",
    "000 --> 001",
    "0 --> 1",
    ".000 --> .001",
    ":00.000 --> :01.000",
    "\u0660\u0660:\u0660\u0660.000 --> 00:01.000",
    "00:00:00.000 --> ",
    " --> 00:00:01.000",
    "NaN --> Infinity",
]


@pytest.mark.parametrize("line", GARBAGE_TIMES)
def test_times_that_cannot_be_read_lose_their_cue_only(line):
    assert texts(f"WEBVTT\n\n{line}\nlost\n{AFTER}") == ["after"]


COMMENTS = {
    "a line": "NOTE why",
    "alone": "NOTE",
    "a tab": "NOTE\twhy",
    "several lines": "NOTE\nwhy\nand how",
    "an arrow cut in two": "NOTE a -- > b",
    "a style after the first cue": "STYLE\n::cue { }",
    "a region after the first cue": "REGION\nid:a",
    "words of no cue": "words\nand words",
    "an identifier without times": "id",
}


@pytest.mark.parametrize("block", COMMENTS.values(), ids=COMMENTS)
def test_what_stands_between_cues_is_no_text(block):
    assert texts(f"WEBVTT\n\n{CUE}\n{block}\n{AFTER}") == ["text", "after"]


def test_a_comment_without_its_blank_line_does_not_hide_the_cue_after_it():
    assert texts(f"WEBVTT\n\nNOTE why\nand how\n{CUE}") == ["text"]


@pytest.mark.parametrize("text", ["NOTE text", "NOTE", "STYLE", "REGION", "WEBVTT", "NOTES of a meeting"])
def test_the_words_of_blocks_are_text_inside_a_cue(text):
    assert texts(f"WEBVTT\n\n{TIMES}\n{text}\nmore\n") == [f"{text} more"]


ENDS = {
    "after the text": (f"{TIMES}\ntext", ["text"]),
    "after the times": (TIMES, []),
    "inside the times": ("00:00:00.000 --> 00:00", []),
    "inside a time": ("00:00:00.0", []),
    "after an identifier": ("id", []),
    "inside a tag": (f"{TIMES}\ntext <b", ["text <b"]),
    "inside an entity": (f"{TIMES}\ntext &am", ["text &am"]),
    "inside a comment": (f"{CUE}\nNOTE wh", ["text"]),
    "inside a style": ("STYLE\n::cue {", []),
    "after spaces": (f"{CUE}\n   ", ["text"]),
}


@pytest.mark.parametrize(("body", "expected"), ENDS.values(), ids=ENDS)
def test_a_file_cut_short(body, expected):
    assert texts(f"WEBVTT\n\n{body}") == expected


def test_a_character_cut_in_two_at_the_end_of_the_file():
    (text,) = texts(f"WEBVTT\n\n{TIMES}\ntext é".encode()[:-1])
    assert text.startswith("text")


TAGS = {
    "<b>te</b>xt": "text",
    "<c.yellow.bg_blue>text</c>": "text",
    "<i><b>text</i>": "text",
    "<ruby>te<rt>x</rt></ruby>t": "text",
    "<lang en>text</lang>": "text",
    "te<00:00:00.500>xt": "text",
    "&lt;b&gt; &amp;amp; &nbsp;text": "<b> &amp; text",
    "a < b > c": "a < b > c",
    "3 <4": "3 <4",
    "<>text</>": "text",
    "te&#x78;t": "text",
    "text&lrm;": "text\u200e",
}


@pytest.mark.parametrize("text", TAGS)
def test_markup_of_cue_text(text):
    assert texts(f"WEBVTT\n\n{TIMES}\n{text}\n") == [TAGS[text]]
