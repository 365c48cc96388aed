"""Which pairs of variants are compared: every pair of a few variants, some of the pairs of many.

Up to `EVERY_PAIR_UP_TO` pairs, every pair is compared. Above, two kinds of pairs are compared: pairs within a cell (the
variants of one model with one prompt), and pairs of the first variants of two cells. Where these are more than
`MOST_PAIRS`, that number is drawn at random with `SEED`; the rarer kind may take up to half of it. So the number of
pairs, and the work of comparing them, is bounded.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations
from math import comb, isqrt

from comparia.metrics.base import Case

EVERY_PAIR_UP_TO = 100
"""Number of pairs up to which every pair is compared: those of fourteen variants."""
MOST_PAIRS = 1000
"""Most pairs that are compared above that."""
SEED = 0
"""Seed of the draw."""


@dataclass(frozen=True)
class Pairs:
    """The pairs that are compared."""

    across: tuple[tuple[str, str], ...]
    """Ids of two variants of different cells; of any two variants where every pair is compared."""
    within: tuple[tuple[str, str], ...]
    """Ids of two variants of one cell; empty where every pair is compared."""
    of: int
    """Number of pairs of variants, compared or not."""

    @cached_property
    def all(self) -> tuple[tuple[str, str], ...]:
        """Every pair that is compared."""
        return self.across + self.within

    @property
    def parts(self) -> dict[str, str]:
        """The part of a signature that names how pairs were chosen; empty where every pair is compared."""
        if len(self.all) == self.of:
            return {}
        return {"pairs": f"over-{EVERY_PAIR_UP_TO}-by-cell,most={MOST_PAIRS},seed={SEED}"}


def pairs_of(case: Case) -> Pairs:
    """Return the pairs of variants of a case that are compared; chosen once a case."""
    return case.once("pairs", lambda: _choose_pairs(case))


def _choose_pairs(case: Case) -> Pairs:
    names = [variant.id for variant in case.variants]
    total = comb(len(names), 2)
    if total <= EVERY_PAIR_UP_TO:
        return Pairs(tuple(combinations(names, 2)), (), total)
    cells = case.cells
    draw = random.Random(SEED)  # noqa: S311 - a draw that anybody can repeat
    firsts = [tuple(cell[0] for cell in cells)]
    across, within = _count(firsts), _count(cells)
    most_within = max(MOST_PAIRS // 2, MOST_PAIRS - across)
    within_drawn = drawn_pairs(cells, most_within, draw)
    across_drawn = drawn_pairs(firsts, MOST_PAIRS - min(within, most_within), draw)
    return Pairs(across_drawn, within_drawn, total)


def drawn_pairs(groups: Sequence[Sequence[str]], most: int, draw: random.Random) -> tuple[tuple[str, str], ...]:
    """Return the pairs of members of the same group: all in order, or `most` of them drawn at random, in order.

    The pairs that are left out are not made: time and memory are linear in members and in `most`.
    """
    ends = list(accumulate(comb(len(group), 2) for group in groups))
    total = ends[-1] if ends else 0
    if total <= most:
        return tuple(pair for group in groups for pair in combinations(group, 2))
    pairs = []
    for place in sorted(draw.sample(range(total), most)):
        g = bisect_right(ends, place)
        i, j = _pair_at(place - (ends[g - 1] if g else 0), len(groups[g]))
        pairs.append((groups[g][i], groups[g][j]))
    return tuple(pairs)


def _pair_at(place: int, size: int) -> tuple[int, int]:
    """Return the pair at a place, from 0, of `combinations(range(size), 2)`."""
    from_end = comb(size, 2) - 1 - place
    rows = (isqrt(8 * from_end + 1) - 1) // 2
    i = size - 2 - rows
    return i, place - (i * (2 * size - i - 1)) // 2 + i + 1


def _count(groups: Sequence[Sequence[str]]) -> int:
    return sum(comb(len(group), 2) for group in groups)
