"""The French catalogue is complete, compiled and typeset."""

import io
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "comparia" / "locale" / "fr" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def messages():
    from babel.messages.pofile import read_po

    with (FOLDER / "comparia.po").open("rb") as file:
        return read_po(file, locale="fr")


def pairs(messages):
    for message in messages:
        if message.id:
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            strings = [message.string] if isinstance(message.string, str) else list(message.string)
            for n, string in enumerate(strings):
                yield ids[min(n, len(ids) - 1)], string


def test_every_message_of_the_code_is_translated(messages):
    from babel.messages.extract import extract_from_dir

    root = Path(__file__).parents[1] / "comparia"
    options = {"**/templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
    mapping = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
    found = {
        message if isinstance(message, str) else message[0]
        for _file, _line, message, _comments, _context in extract_from_dir(root, mapping, options, keywords=keywords)
    }
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in messages}
    assert found - known == set()
    assert [i for i, s in pairs(messages) if not s] == []


def test_placeholders_are_the_same(messages):
    marks = re.compile(r"\{\w*\}|%\(\w+\)s|%%")
    for original, translated in pairs(messages):
        assert sorted(set(marks.findall(original))) == sorted(set(marks.findall(translated))), original


def test_the_compiled_catalogue_is_the_present_one(messages):
    from babel.messages.mofile import read_mo, write_mo

    buffer = io.BytesIO()
    write_mo(buffer, messages)
    fresh = read_mo(io.BytesIO(buffer.getvalue()))
    with (FOLDER / "comparia.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {str(m.id): m.string for m in compiled} == {str(m.id): m.string for m in fresh}


def test_french_typography(messages):
    code = re.compile(r"`[^`]*`|\{[^}]*\}|%\(\w+\)s|https?://\S+|  comparia [^\n]*|\b\w+\.\w+:\d*")
    for _original, translated in pairs(messages):
        prose = code.sub("", translated)
        assert not re.search(r"(?<=\w) [;:!?%»]", prose), translated
        assert not re.search(r"\u00a0[;!?]|\u202f[:»]|«[ \u202f]", prose), translated  # one space before each mark
        assert not re.search(r"\w'\w", prose), translated


def test_no_message_hides_in_an_f_string_where_it_cannot_be_extracted():
    root = Path(__file__).parents[1] / "comparia"
    hidden = re.compile(r"""f"[^"]*\{[^}"]*_\('""")
    assert [str(p) for p in root.rglob("*.py") if hidden.search(p.read_text("utf-8"))] == []


def test_no_translation_is_left_out_as_doubtful(messages):
    """Entries marked fuzzy are not compiled: their messages would stay in English."""
    assert [message.id for message in messages if message.id and "fuzzy" in message.flags] == []
