"""Agreement: how far all the variants keep the same key points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from comparia.matching.matcher import Match
from comparia.metrics.base import Case, reference_parts, set_parts, signature, unscored
from comparia.records import DifferenceEvidence, Score
from comparia.statistics.agreement import krippendorff_alpha


@dataclass(frozen=True)
class VariantAgreement:
    """Krippendorff's alpha (interval), the variants as observers and the key points as units.

    1 when every variant keeps the same points, 0 when they agree no more than by chance, below 0 when they disagree
    more; in [-1, 1] for any two or more variants. Krippendorff (2011), *Computing Krippendorff's Alpha-Reliability*.
    `evidence` lists the contested points, those whose probabilities differ most first.
    """

    contested: int = 12
    """Highest number of contested points in the evidence."""

    name: ClassVar[str] = "variant_agreement"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for all the variants; unscored with fewer than two, or without a reference."""
        names = tuple(variant.id for variant in case.variants)
        points = case.points
        if not names:
            return ()
        comparable = [name for name in names if not case.unmatched(name)]
        if not comparable:
            return (unscored(self, case, names, case.unmatched(*names)),)
        if len(comparable) < 2:
            return (unscored(self, case, names, "one_recap"),)
        table = np.array([[_probability(case.match(point.id, name)) for point in points] for name in comparable])
        if np.isnan(table).all():
            return (unscored(self, case, names, "judge_not_understood"),)
        alpha = krippendorff_alpha(table)
        recipe = signature(self, case, **reference_parts(case), **set_parts(case))
        if alpha is None:
            return (Score(metric=self.name, variants=names, value=None, reason="no_variation", signature=recipe),)
        scored_columns = table[:, ~np.isnan(table).all(axis=0)]
        points = tuple(point for point, column in zip(points, table.T, strict=True) if not np.isnan(column).all())
        spread = np.nanmax(scored_columns, axis=0) - np.nanmin(scored_columns, axis=0)
        order = np.argsort(-spread, kind="stable")[: self.contested]
        evidence = tuple(
            DifferenceEvidence(
                key_point=points[i].id,
                verdicts=tuple(case.match(points[i].id, name).verdict for name in comparable),
                spread=round(float(spread[i]), 3),
            )
            for i in order
            if len({case.match(points[i].id, name).verdict for name in comparable}) > 1
        )
        counts = {"variants": len(comparable), "of": len(points), "contested": len(evidence)}
        return (
            Score(
                metric=self.name,
                variants=names,
                value=round(alpha, 4),
                counts=counts,
                evidence=evidence,
                signature=recipe,
            ),
        )


def _probability(match: Match) -> float:
    return math.nan if match.verdict == "unscored" else match.probability
