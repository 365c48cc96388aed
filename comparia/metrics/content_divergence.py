"""Divergence between two variants in what they keep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from comparia.metrics.base import Case, reference_parts, signature, unscored
from comparia.metrics.baselines import Floor, floor_of
from comparia.records import Evidence, Score


@dataclass(frozen=True)
class ContentDivergence:
    """Soft Jaccard distance of what two summaries keep: 1 - Σ min(p, q) / Σ max(p, q) over key points, in [0, 1].

    p and q are the calibrated probabilities that each summary expresses the key point. Ruzicka (1958); 0 for two summaries
    that keep the same points. `floor`, `above_floor`: see `floors`.
    """

    name: ClassVar[str] = "content_divergence"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a pair of variants; unscored without a reference."""
        names = [variant.id for variant in case.variants]
        floor = floor_of(case, lambda a, b: None if case.unmatched(a, b) else soft_jaccard(case, a, b))
        return tuple(self._pair(case, a, b, floor) for a, b in combinations(names, 2))

    def _pair(self, case: Case, a: str, b: str, floor: Floor) -> Score:
        if why := case.unmatched(a, b):
            return unscored(self, case, (a, b), why)
        both = [(point, case.match(point.id, a), case.match(point.id, b)) for point in case.points]
        both = [(point, m, n) for point, m, n in both if "unscored" not in (m.verdict, n.verdict)]
        least, most = _shared_and_all(case, a, b)
        if not both:
            return unscored(self, case, (a, b), "judge_not_understood")
        if not most or all(m.verdict == n.verdict == "absent" for _point, m, n in both):
            return unscored(self, case, (a, b), "nothing_kept")
        differing = tuple(
            Evidence(
                key_point=point.id,
                verdict=f"{m.verdict}/{n.verdict}",
                probability=round(abs(m.probability - n.probability), 3),
                sentence=m.sentence,
                other_sentence=n.sentence,
                turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            )
            for point, m, n in both
            if m.verdict != n.verdict
        )
        return Score(
            metric=self.name,
            variants=(a, b),
            value=round(1 - least / most, 4),
            counts={
                "least": round(least, 4),
                "most": round(most, 4),
                "differing": len(differing),
                "of": len(both),
                **floor.counts(1 - least / most),
            },
            evidence=differing,
            signature=signature(self, case, **reference_parts(case)),
        )


def soft_jaccard(case: Case, a: str, b: str) -> float | None:
    """Soft Jaccard distance of what two variants keep, over the points scored in both; None where nothing is."""
    least, most = _shared_and_all(case, a, b)
    return 1 - least / most if most else None


def _shared_and_all(case: Case, a: str, b: str) -> tuple[float, float]:
    both = [(case.match(point.id, a), case.match(point.id, b)) for point in case.points]
    shares = [(m.probability, n.probability) for m, n in both if "unscored" not in (m.verdict, n.verdict)]
    return math.fsum(map(min, shares)), math.fsum(map(max, shares))
