"""Position: whether a summary covers the beginning, the middle and the end of the session equally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from comparia.metrics.base import Case, reference_parts, signature, unscored
from comparia.records import CREDIT, KeyPoint, Score

FIFTHS = 5


@dataclass(frozen=True)
class Position:
    """1 minus the largest difference between the coverage of a fifth of the session and the fifths' mean, in [0, 1].

    The position of a key point is where it is first said, in words from the start. `first` ... `fifth` are the coverage
    of each fifth. `lead` is the first minus the mean (above 0: what comes first is kept more). `dip` is the mean of the
    first and last fifths minus the mean of the three others (Wan et al. 2025). `p` is the share of `permutations` of
    the positions that are at least as uneven: under 0.05, chance seldom gives such a pattern. Important things are
    often said
    first: human summaries of FREDSum put 28 % of their evidence in the first fifth. Unscored where a fifth of the
    session holds fewer than `least` key points.
    """

    least: int = 2
    """Fewest key points in each fifth for a score."""
    permutations: int = 1000
    """Number of random orders with which the pattern is compared."""

    name: ClassVar[str] = "position"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored without a reference."""
        places = _fifths(case)
        return tuple(self._one(case, variant.id, places) for variant in case.variants)

    def _one(self, case: Case, variant: str, places: dict[str, int]) -> Score:
        if why := case.unmatched(variant):
            return unscored(self, case, (variant,), why)
        points = [point for point in case.points if case.match(point.id, variant).verdict != "unscored"]
        if not points:
            return unscored(self, case, (variant,), "judge_not_understood")
        fifth = np.array([places[point.id] for point in points], dtype=np.intp)
        sizes = np.bincount(fifth, minlength=FIFTHS)
        if sizes.min() < self.least:
            few = f"few_points_a_fifth:{self.least}"
            return unscored(self, case, (variant,), few)
        worth = np.array([CREDIT.get(case.match(point.id, variant).verdict, 0.0) for point in points])
        shares = _by_fifth(worth, fifth, sizes)
        uneven = float(np.abs(shares - shares.mean()).max())
        draw = np.random.default_rng(0)
        chance = [_by_fifth(draw.permutation(worth), fifth, sizes) for _n in range(self.permutations)]
        as_uneven = sum(float(np.abs(s - s.mean()).max()) >= uneven - 1e-12 for s in chance)
        names = ("first", "second", "third", "fourth", "fifth")
        return Score(
            metric=self.name,
            variants=(variant,),
            value=round(1 - uneven, 4),
            counts={"of": len(points)},
            measures={
                **{name: round(float(share), 4) for name, share in zip(names, shares, strict=True)},
                "lead": round(float(shares[0] - shares.mean()), 4),
                "dip": round(float((shares[0] + shares[-1]) / 2 - shares[1:-1].mean()), 4),
                "p": round((as_uneven + 1) / (self.permutations + 1), 4),
            },
            signature=signature(self, case, **reference_parts(case)),
        )


def _by_fifth(worth: NDArray[np.float64], fifth: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.bincount(fifth, weights=worth, minlength=FIFTHS) / sizes
    return means


def _fifths(case: Case) -> dict[str, int]:
    """Return the fifth of the session, 0 to 4, in which each key point is first said, by key point id."""
    before: dict[int, int] = {}
    words = 0
    for turn in case.transcript.turns:
        before[turn.number] = words
        words += len(turn.text.split())

    def place(point: KeyPoint) -> int:
        first = min((before.get(quote.turn, 0) for quote in point.said), default=0)
        return min(FIFTHS - 1, FIFTHS * first // max(1, words))

    return {point.id: place(point) for point in case.points}
