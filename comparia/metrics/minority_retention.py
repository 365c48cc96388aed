"""Minority-view retention: the share of the minority views that a summary keeps, and how the others were lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.metrics.base import Case, unscored
from comparia.metrics.key_point_coverage import tally
from comparia.records import RETENTION, KeyPoint, Reference, Score
from comparia.statistics.intervals import jeffreys
from comparia.statistics.trends import logit, slope
from comparia.text.words import stems

REASON = {
    "fr": re.compile(
        r"[,;:]?\s+(?:parce qu|car |puisqu|afin |pour qu|faute d|sinon|à cause d|en raison d|sous peine|tant qu)",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"[,;:]?\s+(?:because|since |so that|as long as|otherwise|unless|in order to|for lack of|due to)\b",
        re.IGNORECASE,
    ),
}
"""Matches where the reason or condition of a key point begins, after its stance."""


@dataclass(frozen=True)
class MinorityRetention:
    """Share of the minority views a summary keeps, in [0, 1].

    Counted like coverage, but that a view softened, or lent to all, counts for nothing: it is no longer that view.

    A key point is a minority view when its prevalence (holders over voices, moderators excluded) is at or under the
    reference's threshold, when one person alone holds it among three voices or more, or when a person marked it so.
    Those at or under `fringe` are also counted separately, and those of one person (`isolated_of`) where others have
    more holders. Unscored where there is no minority view.

    - `gap`: coverage of the other views (facts left out) minus the value; `others`: that coverage.
    - `jeffreys_low`, `jeffreys_high`: 95 % Jeffreys interval of the share kept. There are few minority views in a
      session: a difference of one or two of them says little.
    - `share_slope`: slope of the log-odds of being expressed on the log-odds of the prevalence, over all views. 0 when
      being kept does not depend on the number of holders, above 0 when views of many are kept more. Given with
      `slope_from` views or more.
    - `chance`: the value that recaps of other sessions get on these views, by words alone; `corrected`:
      (value - chance) / (1 - chance). Given where such recaps are stored and no judge was asked.
    - Number of views not kept whole, by what happened to them: `dropped` (not found), `softened` (its force is gone),
      `lent_to_all` (told as everybody's), `diluted` (there, without its reason or condition).
    """

    fringe: float = 0.08
    """Highest prevalence of a view that is counted in `fringe_of`."""
    reason_recall: float = 0.34
    """Share of the IDF weight of its reason under which a view has lost its reason."""
    slope_from: int = 6
    """Fewest views to fit a slope."""

    name: ClassVar[str] = "minority_retention"
    across_languages: ClassVar[str] = "judged"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored without a reference or without minority views."""
        return tuple(self._minority(case, variant.id) for variant in case.variants)

    def _minority(self, case: Case, variant: str) -> Score:
        reference = case.reference
        if reference is None or case.unmatched(variant):
            return unscored(self, case, (variant,), case.unmatched(variant))
        few = [point for point in reference.key_points if reference.is_minority(point)]
        many = [point for point in reference.key_points if not reference.is_minority(point)]
        threshold: dict[str, str | float] = {"threshold": reference.minority_threshold}
        if case.strangers and case.matcher.judge is None:
            threshold["unrelated"] = case.strangers_id
        if not few:
            return unscored(self, case, (variant,), "no_minority_view", **threshold)
        score = tally(self, case, variant, few, RETENTION, minority=len(few), **threshold)
        if score.value is None:
            return score
        low, high = jeffreys(int(score.counts["kept"]), int(score.counts["of"]))
        counts: dict[str, int] = dict(score.counts)
        measures = {**score.measures, "jeffreys_low": round(low, 4), "jeffreys_high": round(high, 4)}
        larger = [point for point in many if point.kind == "view"]
        others = tally(self, case, variant, larger, RETENTION).value if larger else None
        if others is not None:
            measures |= {"gap": round(others - score.value, 4), "others": others}
        if case.strangers and case.matcher.judge is None:
            worth = [RETENTION.get(matches[p.id].verdict, 0.0) for matches in case.by_chance for p in few]
            chance = sum(worth) / len(worth)
            measures["chance"] = round(chance, 4)
            if chance < 1:
                measures["corrected"] = round((score.value - chance) / (1 - chance), 4)
        counts |= self._count_losses(case, variant, few)
        rare = [case.match(p.id, variant).verdict for p in few if 0 < reference.prevalence(p) <= self.fringe]
        if rare:
            counts |= {"fringe_kept": rare.count("kept"), "fringe_of": len(rare)}
        alone = [case.match(p.id, variant).verdict for p in few if reference.is_isolated(p)]
        if alone and len(alone) < len(few):
            counts |= {"isolated_kept": alone.count("kept"), "isolated_of": len(alone)}
        trend = self._share_slope(case, variant, reference)
        if trend is not None:
            measures["share_slope"] = round(trend, 4)
        return score.model_copy(update={"counts": counts, "measures": measures})

    def _count_losses(self, case: Case, variant: str, few: Sequence[KeyPoint]) -> dict[str, int]:
        matches = [(point, case.match(point.id, variant)) for point in few]
        verdicts = [match.verdict for _point, match in matches]
        return {
            "dropped": verdicts.count("absent"),
            "softened": verdicts.count("softened"),
            "lent_to_all": verdicts.count("lent_to_all"),
            "diluted": sum(
                match.verdict in ("kept", "partly") and self._lost_its_reason(case, point, match.sentence)
                for point, match in matches
            ),
        }

    def _lost_its_reason(self, case: Case, point: KeyPoint, sentence: str) -> bool:
        language = case.transcript.language
        conjunction = REASON[language].search(point.text)
        if conjunction is None:
            return False
        reason = frozenset(stems(point.text[conjunction.end() :], language)) - frozenset(
            stems(point.text[: conjunction.start()], language)
        )
        stems_kept = reason & frozenset(stems(sentence, language))
        return len(reason) >= 2 and case.session.weights.mass(
            stems_kept
        ) < self.reason_recall * case.session.weights.mass(reason)

    def _share_slope(self, case: Case, variant: str, reference: Reference) -> float | None:
        views = [
            (logit(reference.prevalence(point)), logit(match.probability))
            for point in reference.key_points
            if point.kind == "view"
            and reference.prevalence(point) > 0
            and (match := case.match(point.id, variant)).verdict != "unscored"
        ]
        if len(views) < self.slope_from:
            return None
        return slope([share for share, _expression in views], [expression for _share, expression in views])
