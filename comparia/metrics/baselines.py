"""Baselines of a distance between two recaps: the distance between repeats, and that between unrelated recaps.

Two runs of one model on one session already differ: in measured cases, by three quarters as much as two models do. A
distance D is given with D_same, the mean over repeats, and as D* = (D - D_same) / (D_unrelated - D_same). D* is 0 when
the two recaps differ as much as two repeats do, 1 when they differ as much as recaps of two different sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from comparia.metrics.base import Case
from comparia.metrics.pairs import pairs_of

LEAST_REPEATS = 3
"""Repeats of one model with one prompt needed before their distance is a baseline."""


@dataclass(frozen=True)
class Floor:
    """The baselines of a distance on this session."""

    same: float | None
    """Mean distance between repeats, None where nothing was repeated `LEAST_REPEATS` times."""
    same_95: float | None
    """95th percentile of the distance between repeats; None as above."""
    unrelated: float | None
    """Mean distance to recaps of other sessions, None without any."""

    def counts(self, distance: float) -> dict[str, int]:
        """Return `above_floor`: 1 when the distance exceeds `same_95`, else 0; left out where nothing was repeated."""
        return {} if self.same_95 is None else {"above_floor": int(distance > self.same_95)}

    def measures(self, distance: float) -> dict[str, float]:
        """Return the figures that a score of this distance holds; those that cannot be computed are left out.

        `floor` is `same`, `floor_95` is `same_95`, `unrelated` is `unrelated`, and `normalised` is D* (see the module).
        """
        figures: dict[str, float] = {}
        if self.unrelated is not None:
            figures["unrelated"] = round(self.unrelated, 4)
        if self.same is not None and self.same_95 is not None:
            figures |= {"floor": round(self.same, 4), "floor_95": round(self.same_95, 4)}
            if self.unrelated is not None and self.unrelated > self.same:
                figures["normalised"] = round((distance - self.same) / (self.unrelated - self.same), 4)
        return figures


def floor_of(case: Case, distance: Callable[[str, str], float | None], unrelated: Sequence[float | None] = ()) -> Floor:
    """Return the baselines of a distance: means and 95th percentile.

    Args:
        case: gives the repeats. Only their pairs that are compared (see `pairs`) are used.
        distance: returns the distance of two variants, by id; None where it is not defined.
        unrelated: distances to recaps of other sessions; None values are left out.
    """
    groups = [names for names in case.repeats if len(names) >= LEAST_REPEATS]
    group = {name: n for n, names in enumerate(groups) for name in names}
    pairs = [(a, b) for a, b in pairs_of(case).all if a in group and group[a] == group.get(b)]
    same = [d for a, b in pairs if (d := distance(a, b)) is not None]
    far = [d for d in unrelated if d is not None]
    return Floor(
        float(np.mean(same)) if same else None,
        float(np.percentile(same, 95)) if same else None,
        float(np.mean(far)) if far else None,
    )
