"""Characters that act instead of being read."""

from __future__ import annotations

import re

_ACTING = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)|\x1b[@-_]?|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f"
    r"\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


def readable(text: str) -> str:
    """Return a text on one line without what moves a cursor, hides words or turns their direction: safe in a terminal."""
    return " ".join(_ACTING.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).split())
