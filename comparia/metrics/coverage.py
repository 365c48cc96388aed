"""Key-point coverage: how much of what was said a summary says.

Not the *extractive fragment coverage* of Grusky et al. (2018), which goes the other way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.messages import gettext as _
from comparia.metrics.base import Case, reference_parts, signature, unscored
from comparia.metrics.matching import PARTLY_WEIGHT
from comparia.records import Evidence, KeyPoint, Score

CREDIT = {"kept": 1.0, "partly": PARTLY_WEIGHT, "softened": PARTLY_WEIGHT, "uncertain": PARTLY_WEIGHT}
"""What each verdict counts for; the others count for nothing."""


@dataclass(frozen=True)
class KeyPointCoverage:
    """Share of the key points a summary keeps; Pyramid (Nenkova and Passonneau 2004), ACU recall (Liu et al. 2023).

    `value` counts a key point kept as 1, partly kept or uncertain as ½, absent as 0, each with weight 1. `interval` is the
    band left by the matcher: its lower bound counts only what is kept, its upper bound everything that is not absent. In
    [0, 1]. `by_voices` and `by_root` weigh each key point by its number of holders, or by the square root of it: a recap
    that keeps what many said has the first above the value.
    """

    name: ClassVar[str] = "key_point_coverage"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant; unscored without a reference."""
        return tuple(self._one(case, variant.id) for variant in case.variants)

    def _one(self, case: Case, variant: str) -> Score:
        points = case.reference.key_points if case.reference else ()
        if not points:
            return unscored(self, case, (variant,), _("No key points: give a reference."))
        score = tally(self, case, variant, points)
        worth = [CREDIT.get(case.match(point.id, variant).verdict, 0.0) for point in points]
        voices = [max(1, len(point.holders)) for point in points]
        roots = [math.sqrt(n) for n in voices]
        weighted = {"by_voices": _mean(worth, voices), "by_root": _mean(worth, roots)}
        return score.model_copy(update={"counts": {**score.counts, **weighted}})


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return round(math.fsum(v * w for v, w in zip(values, weights, strict=True)) / math.fsum(weights), 4)


def tally(
    metric: KeyPointCoverage, case: Case, variant: str, points: Sequence[KeyPoint], **parts: str | int | float
) -> Score:
    """Count the verdicts on `points` in one variant; any metric over a set of key points uses this."""
    matches = [case.match(point.id, variant) for point in points]
    kept = sum(match.verdict == "kept" for match in matches)
    partly = sum(match.verdict in ("partly", "softened") for match in matches)
    uncertain = sum(match.verdict == "uncertain" for match in matches)
    total = len(points)
    evidence = tuple(
        Evidence(
            key_point=point.id,
            verdict=match.verdict,
            probability=round(match.probability, 3),
            sentence=match.sentence,
            turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            note=match.note,
        )
        for point, match in zip(points, matches, strict=True)
    )
    return Score(
        metric=metric.name,
        variants=(variant,),
        value=round((kept + PARTLY_WEIGHT * (partly + uncertain)) / total, 4),
        counts={
            "kept": kept,
            "partly": partly,
            "uncertain": uncertain,
            "absent": total - kept - partly - uncertain,
            "of": total,
        },
        interval=(round(kept / total, 4), round((kept + partly + uncertain) / total, 4)),
        evidence=evidence,
        signature=signature(metric, case, partly=PARTLY_WEIGHT, **reference_parts(case), **parts),
    )
