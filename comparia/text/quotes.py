"""Quotations: words that a recap puts between quotation marks, and whether they were said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

NAME = "quotes-1"
"""Name of this way of finding and comparing quotations, for signatures."""

MIN_WORDS = 3
"""Shorter quoted passages are titles, scare quotes or single terms, not quotations of speech."""

_QUOTED = re.compile(
    r"«\s*(?P<fr>[^«»]{2,2000}?)\s*»|“\s*(?P<curly>[^“”]{2,2000}?)\s*”|(?<![\w\"])\"(?P<straight>[^\"\n]{2,1000}?)\"(?!\w)"
)
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.)\s*")
_INSERTION = re.compile(r"\[[^\]]*\]")
_NOT_WORD = re.compile(r"[^\w%€$]+")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quoted passage of a recap."""

    words: str
    """The words between the marks."""
    start: int
    """Offset of the opening mark."""
    end: int
    """Offset after the closing mark."""


def quotations(text: str) -> list[Quotation]:
    """Quoted passages of at least `MIN_WORDS` words, in order."""
    found = []
    for match in _QUOTED.finditer(text):
        words = match.group("fr") or match.group("curly") or match.group("straight")
        if len(normalise(words).split()) >= MIN_WORDS:
            found.append(Quotation(words, match.start(), match.end()))
    return found


def normalise(text: str) -> str:
    """`text` as it is compared: case, accents' encoding, apostrophes, punctuation and spaces made equal."""
    return " ".join(_NOT_WORD.sub(" ", unicodedata.normalize("NFC", text).lower()).split())


def fragments(words: str) -> list[str]:
    """Normalised pieces of a quotation between ellipses and editorial insertions, each of which must have been said."""
    pieces = _ELLIPSIS.split(_INSERTION.sub("…", words) if "[" in words else words)
    return [piece for piece in map(normalise, pieces) if piece]
