"""Stability: how far repeats of one model with one prompt keep the same key points."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import ClassVar

import numpy as np

from comparia.metrics.base import Case, reference_parts, set_parts, signature, unscored
from comparia.metrics.content_divergence import soft_jaccard
from comparia.metrics.key_point_coverage import tally
from comparia.metrics.pairs import MOST_PAIRS, SEED, drawn_pairs
from comparia.records import DifferenceEvidence, KeyPoint, Score
from comparia.statistics.agreement import krippendorff_alpha


@dataclass(frozen=True)
class Stability:
    """Share of (pair of repeats, key point) on which two repeats agree that the point is kept or not, in [0, 1].

    1 minus the mean flip rate 2 p (1 - p) · n / (n - 1), p the share of the n repeats that keep a point. The counts
    hold `alpha` (Krippendorff's, interval, repeats as observers), `floor` (mean soft Jaccard distance of two repeats,
    over at most `MOST_PAIRS` pairs drawn at random), and the standard deviations of two scores over the repeats,
    `coverage_sd` and `minority_sd`: a difference between two models smaller than twice that may be chance. One score
    for each backend and prompt; unscored with fewer than `repeats` repeats.
    """

    repeats: int = 3
    """Fewest repeats for a score."""

    name: ClassVar[str] = "stability"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each group of repeats; none where nothing was repeated."""
        return tuple(self._group(case, names) for names in case.repeats)

    def _group(self, case: Case, names: tuple[str, ...]) -> Score:
        few = f"few_repeats:{self.repeats}"
        why = few if len(names) < self.repeats else case.unmatched(*names)
        if why:
            return unscored(self, case, names, why)
        points = [p for p in case.points if all(case.match(p.id, n).verdict != "unscored" for n in names)]
        if not points:
            return unscored(self, case, names, "judge_not_understood")
        is_kept = np.array([[case.match(p.id, n).verdict == "kept" for p in points] for n in names], dtype=float)
        p, n = is_kept.mean(axis=0), len(names)
        flips = 2 * p * (1 - p) * n / (n - 1)
        alpha = krippendorff_alpha(np.array([[case.match(x.id, y).probability for x in points] for y in names]))
        draw = random.Random(SEED)  # noqa: S311 - a draw that anybody can repeat
        between = [d for a, b in drawn_pairs([names], MOST_PAIRS, draw) if (d := soft_jaccard(case, a, b)) is not None]
        parts = {"floor": f"most={MOST_PAIRS},seed={SEED}"} if comb(n, 2) > MOST_PAIRS else {}
        counts = {"repeats": n, "of": len(points), "flipping": int((flips > 0).sum())}
        measures = {"coverage_sd": round(_spread(case, self, names, points), 4)}
        minority = [x for x in points if case.reference and case.reference.is_minority(x)]
        if minority:
            measures["minority_sd"] = round(_spread(case, self, names, minority), 4)
        if alpha is not None:
            measures["alpha"] = round(alpha, 4)
        if between:
            measures["floor"] = round(float(np.mean(between)), 4)
        evidence = tuple(
            DifferenceEvidence(
                key_point=points[i].id,
                verdicts=tuple(case.match(points[i].id, name).verdict for name in names),
                spread=round(float(flips[i]), 3),
            )
            for i in np.argsort(-flips, kind="stable")
            if flips[i] > 0
        )
        return Score(
            metric=self.name,
            variants=names,
            value=round(float(1 - flips.mean()), 4),
            counts=counts,
            measures=measures,
            evidence=evidence,
            signature=signature(self, case, **reference_parts(case), **parts, **set_parts(case)),
        )


def _spread(case: Case, metric: Stability, names: Sequence[str], points: Sequence[KeyPoint]) -> float:
    values = [tally(metric, case, name, points).value or 0.0 for name in names]
    return float(np.std(values, ddof=1))
