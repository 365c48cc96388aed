"""Removal of characters that act on a terminal, a page, an XML document or a spreadsheet instead of being shown."""

from __future__ import annotations

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
"""Control characters (Unicode Cc), except the tabulation and the line feed."""
_OVERRIDES = r"\u202a-\u202e\u2066-\u2069"
"""Characters that turn the direction of the text after them."""
_MARKS = r"\u061c\u200e\u200f"
"""Characters that turn the direction of the character beside them."""
_SURROGATES = r"\ud800-\udfff"
"""Surrogates: halves of characters, which no encoding of Unicode can hold."""

_UNSHOWN = re.compile(f"[{_CONTROLS}{_MARKS}{_OVERRIDES}]")
_NOT_IN_LINES = re.compile(f"[{_CONTROLS}{_OVERRIDES}{_SURROGATES}]")
_NOT_IN_XML = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff{_SURROGATES}]")
_ACTING = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)|\x1b[@-_]?"
    rf"|[{_CONTROLS}\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""First characters of a cell that a spreadsheet computes, or that hide such a character from a check."""


def readable(text: str) -> str:
    """Return a text on one line without what moves a cursor, hides words or turns their direction, for a terminal."""
    return " ".join(_ACTING.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).split())


def shown_text(text: str) -> str:
    """Return `text` without the characters that act on a page or a terminal: controls, changes of direction."""
    return _UNSHOWN.sub("", text)


def one_line(text: str) -> str:
    """Return `text` on one line, its white space as single spaces, without the characters that a line cannot show."""
    return " ".join(_NOT_IN_LINES.sub("", " ".join(text.split())).split())


def xml_text(text: str) -> str:
    """Return `text` without the characters that XML 1.0 cannot hold (section 2.2)."""
    return _NOT_IN_XML.sub("", text)


def table_cell(value: object) -> object:
    """Return the value of a CSV cell, with an apostrophe before a text that a spreadsheet would take for a formula."""
    if not isinstance(value, str):
        return value
    text = shown_text(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
