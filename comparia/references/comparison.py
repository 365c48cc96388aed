"""Comparison of two references of one session: points added, points removed, points changed."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from comparia.records import KeyPoint, Reference

SAME_TEXT = 85.0
"""Least likeness (rapidfuzz token sort ratio, 0-100) of two texts that state one point in other words."""

RELATED_TEXT = 45.0
"""Least likeness, on the same scale, of two points that quote the same turn or have the same id."""


@dataclass(frozen=True)
class Difference:
    """One line of a comparison: a point of the first reference, of the second, or the pair of them."""

    first: KeyPoint | None
    """The point in the first reference, None when it is new."""
    second: KeyPoint | None
    """The point in the second reference, None when it is gone."""
    changed: tuple[str, ...] = ()
    """What differs between the two: text, topic, kind, holders, minority."""


def differences(first: Reference, second: Reference) -> list[Difference]:
    """Return the differences between two references, in the order of the first, then the points only in the second.

    Points are paired by id and likeness, then by the turns they quote and the likeness of their texts, best pairs
    first. Points that are the same in both are left out.
    """
    scored = sorted(
        (
            (likeness, a, b)
            for a in range(len(first.key_points))
            for b in range(len(second.key_points))
            if (likeness := _likeness(first.key_points[a], second.key_points[b]))
        ),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    pair_of: dict[int, int] = {}
    taken: set[int] = set()
    for _likeness_of, a, b in scored:
        if a not in pair_of and b not in taken:
            pair_of[a] = b
            taken.add(b)
    found = []
    for a, point in enumerate(first.key_points):
        if a not in pair_of:
            found.append(Difference(point, None))
            continue
        other = second.key_points[pair_of[a]]
        changed = _changed(first, point, second, other)
        if changed:
            found.append(Difference(point, other, changed))
    found += [Difference(None, point) for b, point in enumerate(second.key_points) if b not in taken]
    return found


def _likeness(a: KeyPoint, b: KeyPoint) -> float:
    """Return how likely two points are to be the same point, in [0, 130]; 0 when they are two points."""
    text = fuzz.token_sort_ratio(a.text, b.text)
    shared = {quote.turn for quote in a.said} & {quote.turn for quote in b.said}
    same_words = {quote.words for quote in a.said} & {quote.words for quote in b.said}
    rewritten = a.id == b.id and bool(same_words)
    if not rewritten and text < (RELATED_TEXT if shared or a.id == b.id else SAME_TEXT):
        return 0.0
    return float(text) + (20.0 if shared else 0.0) + (10.0 if a.id == b.id else 0.0)


def _changed(first: Reference, a: KeyPoint, second: Reference, b: KeyPoint) -> tuple[str, ...]:
    sides = {
        "text": (a.text, b.text),
        "topic": (a.topic, b.topic),
        "kind": (a.kind, b.kind),
        "holders": (set(a.holders), set(b.holders)),
        "minority": (first.is_minority(a), second.is_minority(b)),
    }
    return tuple(name for name, (left, right) in sides.items() if left != right)
