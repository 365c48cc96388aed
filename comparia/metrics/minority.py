"""Minority-view retention: whether the views of few people are still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.messages import gettext as _
from comparia.metrics.base import Case, unscored
from comparia.metrics.coverage import KeyPointCoverage, tally
from comparia.metrics.intervals import jeffreys
from comparia.records import Score


@dataclass(frozen=True)
class MinorityRetention(KeyPointCoverage):
    """Coverage of the minority views alone, in [0, 1], and `gap`: coverage of the other key points minus it.

    `jeffreys_low` and `jeffreys_high` are the 95 % Jeffreys interval of the share kept: minority views are few, and a
    difference of one or two of them says little.

    A key point is a minority view when its prevalence (holders over voices, moderators excluded) is at or under the
    reference's threshold, or when a person marked it so. Unscored where there is none: nothing to keep is not a success.
    """

    name: ClassVar[str] = "minority_retention"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant; unscored without a reference or without minority views."""
        return tuple(self._minority(case, variant.id) for variant in case.variants)

    def _minority(self, case: Case, variant: str) -> Score:
        reference = case.reference
        if reference is None:
            return unscored(self, case, (variant,), _("No key points: give a reference."))
        few = [point for point in reference.key_points if reference.is_minority(point)]
        many = [point for point in reference.key_points if not reference.is_minority(point)]
        threshold = {"threshold": reference.minority_threshold}
        if not few:
            return unscored(self, case, (variant,), _("No minority view in the reference."), **threshold)
        score = tally(self, case, variant, few, minority=len(few), **threshold)
        low, high = jeffreys(int(score.counts["kept"]), len(few))
        counts = {**score.counts, "jeffreys_low": round(low, 4), "jeffreys_high": round(high, 4)}
        if many and score.value is not None:
            others = tally(self, case, variant, many).value or 0.0
            counts |= {"gap": round(others - score.value, 4), "others": others}
        return score.model_copy(update={"counts": counts})
