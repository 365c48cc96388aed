"""SBV: pairs of times, then the words."""

import pytest

from comparia.ingest import sbv
from comparia.ingest.source import Source


def source(text):
    return Source.decode(text.encode(), "captions.sbv", None)


FILE = """0:00:18.579,0:00:21.429
bonjour à tous
et à toutes

0:00:21.430,0:00:23.000
merci[br]beaucoup

100:00:00.000,100:00:01.000

0:59:59.999,1:00:00.000
fin
"""


def test_times_words_and_places():
    found = sbv.read(source(FILE))
    assert [(cue.text, cue.start, cue.end, cue.span.lines) for cue in found.cues] == [
        ("bonjour à tous et à toutes", 18579, 21429, (1, 3)),
        ("merci beaucoup", 21430, 23000, (5, 6)),
        ("fin", 3599999, 3600000, (10, 11)),
    ]
    assert [(item.reason, item.span.lines) for item in found.ignored] == [("empty caption", (8, 8))]
    assert found.cues[2].flags == ("time_backwards",)


def test_blank_lines_inside_a_text_lose_nothing():
    text = "0:00:01.000,0:00:02.000\nun\n\ndeux\n\n0:00:03.000,0:00:04.000\ntrois\n"
    assert [cue.text for cue in sbv.read(source(text)).cues] == ["un deux", "trois"]


def test_lines_before_the_first_time_are_left_out_with_their_reason():
    (item,) = sbv.read(source("titre\n0:00:01.000,0:00:02.000\nun\n")).ignored
    assert (item.reason, item.span.lines) == ("before the first cue", (1, 1))


@pytest.mark.parametrize("text", [FILE, "\n\n" + FILE, FILE.replace("\n", "\r\n")])
def test_its_files_are_known(text):
    assert sbv.sniff(source(text))


@pytest.mark.parametrize(
    "text", ["bonjour", "00:00:01,000 --> 00:00:02,000\nun", "0:00:01.000,0:00:02\nun", "0:00:60.000,0:01:00.000\nun"]
)
def test_other_files_are_not_its_own(text):
    assert not sbv.sniff(source(text))
