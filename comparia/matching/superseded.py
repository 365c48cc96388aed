"""Figures that the session set right: somebody said one, and somebody then gave another in its place.

A recap that tells the first as it stands repeats an error that the meeting had already mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from comparia.matching.session_index import SessionIndex
from comparia.text.numbers import Number
from comparia.text.words import stems

NAME = "superseded-1"
"""Name of this way of finding them, for signatures."""

CONCEDED = re.compile(
    r"\bje (?:me )?(?:corrige|rectifie|reprends)\b|\bj['’]ai (?:mal lu|mal dit|fait une erreur)|\bje me suis tromp|"
    r"\b(?:au temps|autant) pour moi\b|\bi stand corrected\b|\bi (?:misspoke|misread|got that wrong)|"
    r"\bmy mistake\b|\bi correct (?:myself|that)\b|\bso i have\b",
    re.IGNORECASE,
)
"""Whoever speaks takes back what they said."""
REPLACED = re.compile(
    r"\b(?:ancien|mauvais|faux) chiffre|\bchiffre (?:faux|périmé)|\b(?:old|wrong|outdated) (?:figure|number)|"
    r"\bswapped the (?:digits|figures|numbers)|\binvers\w+ les chiffres|\bje (?:corrige|rectifie)\b|\bi correct you\b",
    re.IGNORECASE,
)
"""Whoever speaks says that a figure of somebody else is wrong."""
OPENING = re.compile(
    r"^\W*(?:(?:non|no|ah|euh|um|oh|hang on|attendez)\W+)*"
    r"(?P<excuse>(?:pardon|excuse[sz]?[- ]moi|désolée?|sorry|correction)\b[^.?!]{0,25}?\W*)?"
    r"(?:it['’]s|it is|that['’]s|c['’]est|ce sont|on est à|make that)\s+",
    re.IGNORECASE,
)
"""A turn begins by setting something right: "Sorry, Neil. It's…", "Pardon Julien, c'est…", "It's eleven, Len."."""
DENIED = re.compile(r"\b(?:pas|not|isn['’]t|aren['’]t)\s+$", re.IGNORECASE)
"""Before a figure: it is said to be wrong, as in "it's not 4.3 million, it's 3.4"."""
INSTEAD = re.compile(r"[^.?!;:\d]{0,25},?\s*(?:c['’]est|it['’]s|but|mais)\s+", re.IGNORECASE)
"""Between a figure that is denied and the one given in its place."""
BEFORE = 4
"""Most turns between a figure and what sets it right."""
FARTHEST = 3.0
"""Most by which one is a multiple of the other."""
SMALL = 2
"""Figures up to this one are rather articles and pronouns: `un`, `one`."""
YEARS = range(1900, 2100)
"""Figures that are rather years: they are set right by years alone."""
MOST_GIVEN = 8
"""Most figures that are looked at where one is given in the place of another."""
MOST_BEFORE = 30
"""Most figures of a turn that may be taken back: the last ones."""
NEAR = 80
"""Characters that are read: before the words that take a figure back (the new one may stand there), and around one."""
SCALES = (1.0, 1e3, 1e6)
"""What a figure that is repeated may leave out: "one point four", of one point four million."""


class Superseded(NamedTuple):
    """A figure that the session set right."""

    old: float
    """The figure."""
    new: float
    """What was given in its place."""
    places: frozenset[int]
    """Indices of the turns around that hold the old figure."""
    place: int
    """Index of the turn that sets it right."""


class _Said(NamedTuple):
    """A figure in a turn."""

    place: int
    number: Number
    unit: str
    """Stem of the word after it, empty where none follows."""


def superseded_in(index: SessionIndex) -> Sequence[Superseded]:
    """Return the figures of a session that somebody set right.

    The figure taken back is one of about the same size, in the few turns before: the one that is repeated while it is
    set right, that has the same digits in another order, that counts the same thing, or that stands alone. Where
    several may be meant, none is returned, nor one that is told again of another thing ("24 racks, so 48 bicycles"),
    nor one that was given back its place afterwards. The work grows with the session, whatever it holds.
    """
    by_turn = _by_turn(index)
    found = []
    for place in range(len(index.turns)):
        taken_back = _taken_back(index, by_turn, place)
        for old, new in (*_denied(index, by_turn[place]), *([taken_back] if taken_back else ())):
            told = [one for said in by_turn[max(0, place - BEFORE) : place + 2] for one in said]
            told = [one for one in told if one.number.value == old]
            counted = {one.unit for one in told if one.place < place}
            if all(one.unit in ("", *counted) for one in told if one.place == place):
                found.append(Superseded(old, new, frozenset(one.place for one in told), place))
    restored = {(one.new, one.old): one.place for one in found}
    return [one for one in found if restored.get((one.old, one.new), -1) < one.place]


def _by_turn(index: SessionIndex) -> list[list[_Said]]:
    by_turn: list[list[_Said]] = [[] for _turn in index.turns]
    for mentions in index.mentions.values():
        for place, number in mentions:
            if number.value > SMALL or number.value % 1:
                by_turn[place].append(_Said(place, number, _unit(number, index.turns[place].text, index)))
    for said in by_turn:
        said.sort(key=lambda one: one.number.start)
    return by_turn


def _denied(index: SessionIndex, said: Sequence[_Said]) -> Iterator[tuple[float, float]]:
    """Yield the figures that a turn denies, each with the one that it gives instead."""
    for one, other in pairwise(said):
        text = index.turns[one.place].text
        end = one.number.start + len(one.number.text)
        between = text[end : other.number.start]
        if (
            DENIED.search(text[max(0, one.number.start - NEAR) : one.number.start])
            and INSTEAD.fullmatch(between)
            and _alike(one, other)
        ):
            yield one.number.value, _scaled(other.number.value, one.number.value)


def _taken_back(index: SessionIndex, by_turn: Sequence[Sequence[_Said]], place: int) -> tuple[float, float] | None:
    """Return the figure that a turn takes back, and the one it gives; None where it does not, or which is not clear."""
    given = list(_given(index, by_turn, place))
    if not given:
        return None
    before = [one for said in by_turn[max(0, place - BEFORE) : place] for one in said[-MOST_BEFORE:]]
    around = [one for said in by_turn[max(0, place - 1) : place + 2] for one in said[:MOST_BEFORE]]
    for way in (_permuted, _repeated, _counted_alike, _alone):
        meant = {
            (old.number.value, _scaled(new.number.value, old.number.value))
            for new in given
            for old in before
            if old.place < new.place and _alike(old, new) and way(old, new, before, around)
        }
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _given(index: SessionIndex, by_turn: Sequence[Sequence[_Said]], place: int) -> Iterator[_Said]:
    """Yield the figures that a turn may give in the place of another."""
    text, said = index.turns[place].text, by_turn[place]
    opening = OPENING.match(text)
    if opening and said and said[0].number.start <= opening.end() + 1:
        after = text[said[0].number.start + len(said[0].number.text) :]
        if opening["excuse"] or re.match(r"\s*[,.!]", after):
            yield said[0]
            return
    conceded = CONCEDED.search(text)
    if cue := conceded or REPLACED.search(text):
        yield from [one for one in said if one.number.start >= cue.start() - NEAR][:MOST_GIVEN]
    if conceded and place:  # what they concede may be what was just said to them
        yield from by_turn[place - 1][:MOST_GIVEN]


def _repeated(old: _Said, _new: _Said, _before: Sequence[_Said], around: Sequence[_Said]) -> bool:
    """Return whether a figure is told again while it is set right, its scale left out or not."""
    return any(
        said.place > old.place and said.number.value * scale == old.number.value for said in around for scale in SCALES
    )


def _permuted(old: _Said, new: _Said, _before: Sequence[_Said], _around: Sequence[_Said]) -> bool:
    return sorted(f"{old.number.value:g}") == sorted(f"{new.number.value:g}")


def _counted_alike(old: _Said, new: _Said, _before: Sequence[_Said], _around: Sequence[_Said]) -> bool:
    return bool(old.unit) and old.unit == new.unit


def _alone(old: _Said, new: _Said, before: Sequence[_Said], _around: Sequence[_Said]) -> bool:
    """Return whether a figure is the only one of its size in the turn before."""
    return old.place == new.place - 1 and sum(s.place == old.place and _alike(s, new) for s in before) == 1


def _alike(old: _Said, new: _Said) -> bool:
    """Return whether two figures are of one kind and of about one size, and differ."""
    first, second = old.number.value, _scaled(new.number.value, old.number.value)
    low, high = sorted((first, second))
    return (first in YEARS) == (second in YEARS) and low != high and high <= FARTHEST * low


def _scaled(value: float, beside: float) -> float:
    """Return a figure with the scale of another one, where it was left out: "4.3 million, no, 3.4"."""
    scales = SCALES if value < SCALES[1] else SCALES[:1]
    return next((value * scale for scale in scales if beside / FARTHEST <= value * scale <= beside * FARTHEST), value)


def _unit(number: Number, text: str, index: SessionIndex) -> str:
    """Return the stem of the word after a number; empty where none follows."""
    end = number.start + len(number.text)
    after = re.match(r"\W{0,3}([^\W\d_]{3,})", text[end : end + NEAR])
    return next(iter(stems(after[1], index.language)), "") if after else ""
