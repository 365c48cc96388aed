"""Quotations: finding words between quotation marks in a recap, and comparing them with what was said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

NAME = "quotes-1"
"""Name of this way of finding and comparing quotations, for signatures."""

MIN_WORDS = 3
"""Fewest words of a quotation; shorter passages in quotation marks are titles or single terms."""

_QUOTED = re.compile(
    r"«(?P<fr>[^«»]{2,2000})»|“(?P<curly>[^“”]{2,2000})”|(?<![\w\"])\"(?P<straight>[^\"\n]{2,1000})\"(?!\w)"
)
_ELLIPSIS = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.")
_INSERTION = re.compile(r"\[[^\]]*\]")
_NOT_WORD = re.compile(r"(?:[^\w%€$]|_)+")
_SYMBOL = re.compile(r"([%€$])")


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
    """Return the quoted passages of at least `MIN_WORDS` words, in order."""
    passages = []
    for match in _QUOTED.finditer(text):
        words = match.group("fr") or match.group("curly") or match.group("straight")
        if sum(len(piece.split()) for piece in fragments(words)) >= MIN_WORDS:
            passages.append(Quotation(words.strip(), match.start(), match.end()))
    return passages


def quoted(text: str) -> list[tuple[int, int]]:
    """Return where the passages in quotation marks of a text stand, however short: offsets of both ends."""
    return [match.span() for match in _QUOTED.finditer(text)]


def normalise(text: str) -> str:
    """Return `text` in the form used for comparison: NFC, lower case, no punctuation, single spaces."""
    plain = _NOT_WORD.sub(" ", unicodedata.normalize("NFC", text).lower())
    return " ".join(_SYMBOL.sub(r" \1 ", plain).split())


def fragments(words: str) -> list[str]:
    """Return the normalised pieces of a quotation, split at ellipses and editorial insertions such as `[sic]`."""
    pieces = _ELLIPSIS.split(_INSERTION.sub("…", words) if "[" in words else words)
    return [piece for piece in map(normalise, pieces) if piece]


NEGATIONS = frozenset(
    "ne n pas jamais aucun aucune ni sans non rien personne not no never nor neither without none cannot t".split()
)
"""Words whose loss turns the meaning of what is left; `n` and `t` are what is left of `n'est` and `isn't`."""


def swallowed(pieces: list[str], said: str) -> frozenset[str]:
    """Return the negations that the ellipses between `pieces` leave out of `said` (normalised).

    There are none where one reading has none.
    """
    text, negations = f" {said} ", None
    start = text.find(f" {pieces[0]} ") if pieces else -1
    while start >= 0:
        position, gaps = start + len(pieces[0]) + 1, list[str]()
        for piece in pieces[1:]:
            place = text.find(f" {piece} ", position)
            if place < 0:
                return negations or frozenset()
            gaps.append(text[position:place])
            position = place + len(piece) + 1
        negations = frozenset(" ".join(gaps).split()) & NEGATIONS
        if not negations:
            break
        start = text.find(f" {pieces[0]} ", start + 1)
    return negations or frozenset()


def exact_words(words: str, said: str) -> str:
    """Return the words of a turn that are nearest to a quotation, whole words, as they were said."""
    alignment = fuzz.partial_ratio_alignment(words.lower(), said.lower())
    if alignment is None:
        return ""
    start, end = alignment.dest_start, alignment.dest_end
    while start > 0 and not said[start - 1].isspace():
        start -= 1
    while end < len(said) and not said[end].isspace():
        end += 1
    return said[start:end].strip()


def stand_in(pieces: list[str], said: str) -> bool:
    """Return whether `said` (normalised) holds all `pieces`, as whole words, in order; False without pieces."""
    position = 0
    text = f" {said} "
    for piece in pieces:
        position = text.find(f" {piece} ", position) + 1
        if position == 0:
            return False
        position += len(piece)
    return bool(pieces)


_TOKEN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+|[%€$]")


def places(pieces: list[str], said: str) -> list[tuple[int, int]]:
    """Return where each of `pieces` (normalised) stands in `said` (as it was said), in order, as offsets.

    Empty where `said` does not hold them all, or where they are none.
    """
    tokens = [(word, m.start(), m.end()) for m in _TOKEN.finditer(said) for word in normalise(m.group()).split()]
    words = [word for word, _start, _end in tokens]
    found: list[tuple[int, int]] = []
    position = 0
    for piece in pieces:
        wanted = piece.split()
        last = len(words) - len(wanted)
        first = next((n for n in range(position, last + 1) if words[n : n + len(wanted)] == wanted), None)
        if first is None:
            return []
        position = first + len(wanted)
        found.append((tokens[first][1], tokens[position - 1][2]))
    return found
