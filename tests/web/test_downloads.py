"""The names of files that pages give: in the reader's language, and such that every system takes them."""

from datetime import UTC, datetime

import pytest

from comparia.messages import speaking
from comparia.web.downloads import download_name, headers_of, what_of


def test_a_name_says_the_session_what_it_is_and_the_day():
    assert download_name("poster", "svg", "Our evening", "2026-03-14") == "Our evening – poster – 14 March 2026.svg"
    with speaking("fr"):
        name = download_name(what_of("poster"), "svg", "La halle", datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    assert name == "La halle – affiche – 1er mars 2026.svg"
    assert download_name("poster", "svg") == "poster.svg"
    assert download_name("poster", "svg", "Hall", "one evening in May") == "Hall – poster – one evening in May.svg"


@pytest.mark.parametrize(
    ("title", "date", "name"),
    [
        ('What? A "hall": 50 % / more\\less|<b>*', "", "What A hall 50 % more less b – x.md"),
        ("Line\none\ttwo\x00three", "", "Line one two three – x.md"),
        ("con", "", "con – x.md"),
        ("Ends with dots...", "14/03/2026", "Ends with dots – x – 14 03 2026.md"),
        ("é" * 200, "", "é" * 80 + " – x.md"),
    ],
)
def test_every_system_takes_a_name(title, date, name):
    assert download_name("x", "md", title, date) == name


def test_a_device_of_windows_is_no_name():
    assert download_name("aux", "md") == "_aux.md"
    assert download_name("NUL.x", "md") == "_NUL.x.md"
    assert download_name("auxiliary", "md") == "auxiliary.md"


def test_browsers_get_the_name_and_one_without_accents():
    given = headers_of("text/plain", "L’été – poster – 14 March 2026.svg")["content-disposition"]
    assert 'filename="l-ete-poster-14-march-2026.svg"' in given
    assert "filename*=UTF-8''L%E2%80%99%C3%A9t%C3%A9%20%E2%80%93%20poster%20%E2%80%93%2014%20March%202026.svg" in given
