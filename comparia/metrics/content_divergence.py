"""Divergence between two variants in what they keep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.metrics.base import Case, reference_parts, set_parts, signature
from comparia.metrics.baselines import Floor, floor_of
from comparia.metrics.pairs import pairs_of
from comparia.records import Score


@dataclass(frozen=True)
class ContentDivergence:
    """Soft Jaccard distance of what two summaries keep: 1 - Σ min(p, q) / Σ max(p, q) over key points, in [0, 1].

    p and q are the calibrated probabilities that each summary expresses the key point (Ruzicka 1958). The distance is 0
    for two summaries that keep the same points. `floor`, `above_floor`: see `baselines`. Which pairs are compared: see
    `pairs`. The scores hold no evidence: the verdicts on each key point are in the evidence of `key_point_coverage`.
    """

    name: ClassVar[str] = "content_divergence"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each pair of variants; unscored without a reference."""
        floor = floor_of(case, lambda a, b: None if case.unmatched(a, b) else soft_jaccard(case, a, b))
        pairs = pairs_of(case)
        recipe = signature(self, case, **reference_parts(case), **pairs.parts, **set_parts(case))
        return tuple(self._pair(case, a, b, floor, recipe) for a, b in pairs.all)

    def _pair(self, case: Case, a: str, b: str, floor: Floor, recipe: str) -> Score:
        if why := case.unmatched(a, b):
            return self._no_score(a, b, why, recipe)
        verdicts = [(case.match(point.id, a).verdict, case.match(point.id, b).verdict) for point in case.points]
        both = [(m, n) for m, n in verdicts if "unscored" not in (m, n)]
        least, most = _shared_and_all(case, a, b)
        if not both:
            return self._no_score(a, b, "judge_not_understood", recipe)
        if not most or all(m == n == "absent" for m, n in both):
            return self._no_score(a, b, "nothing_kept", recipe)
        return Score(
            metric=self.name,
            variants=(a, b),
            value=round(1 - least / most, 4),
            counts={
                "differing": sum(m != n for m, n in both),
                "of": len(both),
                **floor.counts(1 - least / most),
            },
            measures={"least": round(least, 4), "most": round(most, 4), **floor.measures(1 - least / most)},
            signature=recipe,
        )

    def _no_score(self, a: str, b: str, reason: str, recipe: str) -> Score:
        return Score(metric=self.name, variants=(a, b), value=None, reason=reason, signature=recipe)


def soft_jaccard(case: Case, a: str, b: str) -> float | None:
    """Return the soft Jaccard distance of two variants, in [0, 1], over the points scored in both.

    None when no probability is above 0.
    """
    least, most = _shared_and_all(case, a, b)
    return 1 - least / most if most else None


def _shared_and_all(case: Case, a: str, b: str) -> tuple[float, float]:
    both = [(case.match(point.id, a), case.match(point.id, b)) for point in case.points]
    shares = [(m.probability, n.probability) for m, n in both if "unscored" not in (m.verdict, n.verdict)]
    return math.fsum(map(min, shares)), math.fsum(map(max, shares))
