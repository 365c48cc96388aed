"""Agreement: how far all the variants together keep the same key points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from comparia.messages import gettext as _
from comparia.metrics.base import Case, reference_parts, signature, unscored
from comparia.records import Evidence, Score


@dataclass(frozen=True)
class VariantAgreement:
    """Krippendorff's alpha (interval), the variants as observers and the key points as units.

    1 when every variant keeps the same points, 0 when they agree no more than by chance, below 0 when they disagree more;
    in [-1, 1] for any two or more variants. Krippendorff (2011), *Computing Krippendorff's Alpha-Reliability*. `evidence` lists
    the contested points, those whose probabilities differ most, first.
    """

    contested: int = 12
    """How many contested points are listed."""

    name: ClassVar[str] = "variant_agreement"

    def score(self, case: Case) -> Sequence[Score]:
        """One score for all the variants; unscored with fewer than two, or without a reference."""
        names = tuple(variant.id for variant in case.variants)
        points = case.reference.key_points if case.reference else ()
        if not names:
            return ()
        if not points:
            return (unscored(self, case, names, _("No key points: give a reference.")),)
        if len(names) < 2:
            return (unscored(self, case, names, _("Fewer than two recaps.")),)
        table = np.array([[case.match(point.id, name).probability for point in points] for name in names])
        alpha = krippendorff_alpha(table)
        recipe = signature(self, case, **reference_parts(case))
        if alpha is None:
            return (
                Score(
                    metric=self.name, variants=names, value=None, reason=_("Every value is the same."), signature=recipe
                ),
            )
        spread = table.max(axis=0) - table.min(axis=0)
        order = np.argsort(-spread, kind="stable")[: self.contested]
        evidence = tuple(
            Evidence(
                key_point=points[i].id,
                verdict="/".join(case.match(points[i].id, name).verdict for name in names),
                probability=round(float(spread[i]), 3),
            )
            for i in order
            if len({case.match(points[i].id, name).verdict for name in names}) > 1
        )
        counts = {"variants": len(names), "of": len(points), "contested": len(evidence)}
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


def krippendorff_alpha(table: NDArray[np.float64]) -> float | None:
    """Krippendorff's alpha for interval data.

    Args:
        table: values of shape (observers, units); NaN where an observer gave none.

    Returns:
        1 - observed / expected disagreement, or None when no unit has two values or nothing varies.
    """
    counts = (~np.isnan(table)).sum(axis=0)
    units = table[:, counts >= 2]
    values = units[~np.isnan(units)]
    n = len(values)
    if n < 2:
        return None
    observed = 0.0
    for column in units.T:
        known = column[~np.isnan(column)]
        m = len(known)
        observed += float(2 * (m * (known**2).sum() - known.sum() ** 2)) / (m - 1)
    expected = float(2 * (n * (values**2).sum() - values.sum() ** 2)) / (n * (n - 1))
    if expected <= 1e-12:
        return None
    return 1 - (observed / n) / expected
