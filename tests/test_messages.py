"""The reader's language, and numbers as it writes them."""

import re
import threading
from string import Formatter

import pytest

import comparia
from comparia.messages import duration, gettext, language, ngettext, number, preferred_language, speaking, use_language


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr@euro"}, "fr"),
        ({"LANG": "fr_CA@currency=CAD"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "frp_IT"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_MESSAGES": "fr_FR", "LANG": "en_US"}, "fr"),
        ({"COMPARIA_LANG": "fr", "LC_ALL": "en_US.UTF-8"}, "fr"),
    ],
)
def test_the_language_comes_from_the_environment_in_order(environ, expected):
    assert preferred_language(environ) == expected


def test_a_language_is_spoken_inside_its_block_only():
    assert language() == "en"
    with speaking("fr"):
        assert language() == "fr"
        with speaking("en"):
            assert language() == "en"
        assert language() == "fr"
    assert language() == "en"


def test_the_language_of_one_thread_is_not_that_of_another():
    heard = []

    def speak():
        use_language("fr")
        heard.append(language())

    thread = threading.Thread(target=speak)
    thread.start()
    thread.join()
    assert (heard, language()) == (["fr"], "en")


@pytest.mark.parametrize(
    ("value", "decimals", "english", "french"),
    [
        (0, 0, "0", "0"),
        (1234567, 0, "1,234,567", "1\u202f234\u202f567"),
        (1234.56, 1, "1,234.6", "1\u202f234,6"),
        (-1234.5, 2, "\u22121,234.50", "\u22121\u202f234,50"),
    ],
)
def test_numbers(value, decimals, english, french):
    assert number(value, decimals) == english
    with speaking("fr"):
        assert number(value, decimals) == french


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0.0\u00a0s"),
        (9.4, "9.4\u00a0s"),
        (45, "45\u00a0s"),
        (90, "2\u00a0min"),
        (720, "12\u00a0min"),
        (3599, "1\u00a0h\u00a000"),
        (3900, "1\u00a0h\u00a005"),
    ],
)
def test_durations(seconds, written):
    assert duration(seconds) == written


def test_what_has_no_translation_is_said_in_english():
    with speaking("fr"):
        assert gettext("A sentence nobody has translated.") == "A sentence nobody has translated."
        assert ngettext("{n} nobody", "{n} nobodies", 2) == "{n} nobodies"


def test_every_french_message_keeps_the_fields_of_the_english_one():
    from pathlib import Path

    babel = pytest.importorskip("babel.messages.pofile")
    path = Path(comparia.__file__).parent / "locale" / "fr" / "LC_MESSAGES" / "comparia.po"
    with path.open("rb") as file:
        catalogue = babel.read_po(file)

    def fields(text):
        if re.search(r"%\(\w+\)s", text):
            return set(re.findall(r"%\((\w+)\)s", text))
        try:
            return {field for _t, field, _f, _c in Formatter().parse(text) if field is not None}
        except ValueError:
            return set()

    for message in catalogue:
        pairs = [(message.id, message.string)]
        if isinstance(message.id, tuple):
            pairs = [(message.id[min(n, 1)], said) for n, said in enumerate(message.string)]
        for english, french in pairs:
            if english and french:
                assert fields(french) <= fields(english) | ({"num", "n"} & fields(french)), english
                assert fields(english) - {"num", "n"} <= fields(french), english
