"""Key-point coverage: the share of the session's key points that a summary expresses.

It differs from the *extractive fragment coverage* of Grusky et al. (2018), the share of the summary copied from the
text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.matcher import Match
from comparia.matching.model import OUTCOMES
from comparia.metrics.base import Case, Metric, reference_parts, signature, unscored
from comparia.records import CREDIT, KeyPoint, PointEvidence, Score
from comparia.statistics.trends import slope


@dataclass(frozen=True)
class KeyPointCoverage:
    """Share of the key points a summary keeps; Pyramid (Nenkova and Passonneau 2004), ACU recall (Liu et al. 2023).

    `value`, in [0, 1], counts a key point kept as 1; partly kept, softened or lent to all as ½; absent, contradicted or
    uncertain as 0; each with weight 1. `interval` shows what the matcher leaves open. It is the 95 % interval of the
    value that readers would give, from the calibrated probabilities of all outcomes (normal approximation of a sum of
    independent verdicts), widened where needed to hold the value, and the value with every uncertain point kept. Two
    recaps whose intervals overlap are not told apart. `by_voices` and `by_root` weigh each key point by its number of
    holders, or by the square root of it: `by_voices` is above `value` when a recap keeps mostly what many people said.
    `length_adjusted` is the value minus b · (log words - mean log words), the part explained by length, with b fitted
    over the variants. It may leave [0, 1], and needs `adjusted_from` variants or more, of different lengths.
    """

    adjusted_from: int = 5
    """Fewest variants to fit the effect of length."""

    name: ClassVar[str] = "key_point_coverage"
    across_languages: ClassVar[str] = "judged"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored without a reference."""
        adjusted_values = self._adjusted_values(case)
        return tuple(self._one(case, variant.id, adjusted_values) for variant in case.variants)

    def _one(self, case: Case, variant: str, adjusted_values: Mapping[str, float]) -> Score:
        together = {"length_adjusted": case.recaps_id} if variant in adjusted_values else {}
        score = tally(self, case, variant, case.points, **together)
        if score.value is None:
            return score
        points = [point for point in case.points if case.match(point.id, variant).verdict != "unscored"]
        worth = [CREDIT.get(case.match(point.id, variant).verdict, 0.0) for point in points]
        voices = [max(1, len(point.holders)) for point in points]
        roots = [math.sqrt(n) for n in voices]
        means = {"by_voices": _mean(worth, voices), "by_root": _mean(worth, roots)}
        if variant in adjusted_values:
            means["length_adjusted"] = adjusted_values[variant]
        return score.model_copy(update={"measures": {**score.measures, **means}})

    def _adjusted_values(self, case: Case) -> Mapping[str, float]:
        """Return `length_adjusted` by variant; empty where the effect of length cannot be fitted."""
        coverage = {v.id: tally(self, case, v.id, case.points).value for v in case.variants if v.words}
        values = {v: value for v, value in coverage.items() if value is not None}
        lengths = {v.id: math.log(v.words) for v in case.variants if v.id in values}
        if len(values) < self.adjusted_from:
            return {}
        b = slope(list(lengths.values()), list(values.values()))
        if b is None:
            return {}
        middle = math.fsum(lengths.values()) / len(lengths)
        return {v: round(value - b * (lengths[v] - middle), 4) for v, value in values.items()}


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return round(math.fsum(v * w for v, w in zip(values, weights, strict=True)) / math.fsum(weights), 4)


Z = 1.96
"""Standard deviations on each side of a 95 % interval."""


def tally(
    metric: Metric,
    case: Case,
    variant: str,
    points: Sequence[KeyPoint],
    credit: Mapping[str, float] = CREDIT,
    /,
    **parts: str | int | float,
) -> Score:
    """Return the score of one variant from the verdicts on `points`, each counted for its `credit`.

    Every metric over a set of key points uses this function. `parts` go into the signature.
    """
    why = case.unmatched(variant)
    matches = [] if why else [(point, case.match(point.id, variant)) for point in points]
    scored_matches = [(point, match) for point, match in matches if match.verdict != "unscored"]
    if not scored_matches:
        return unscored(metric, case, (variant,), why or "judge_not_understood", **parts)
    verdicts = [match.verdict for _point, match in scored_matches]
    total, value = len(scored_matches), math.fsum(credit[verdict] for verdict in verdicts) / len(scored_matches)
    evidence = tuple(
        PointEvidence(
            key_point=point.id,
            verdict=match.verdict,
            probability=None if match.verdict == "unscored" else round(match.probability, 3),
            as_held=None if match.verdict == "unscored" else round(match.as_held, 3),
            sentence=match.sentence,
            turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            note=match.note,
            hints=match.hints,
        )
        for point, match in matches
    )
    counts = {
        name: verdicts.count(name) for name in ("kept", "partly", "softened", "lent_to_all", "uncertain", "absent")
    }
    counts["of"] = total
    if contradictions := verdicts.count("contradicted"):
        counts["contradicted"] = contradictions
    measures = {}
    if case.matches.kappa is not None:
        counts["unscored"] = len(matches) - total
        measures["judge_kappa"] = round(case.matches.kappa, 4)
    return Score(
        metric=metric.name,
        variants=(variant,),
        value=round(value, 4),
        counts=counts,
        measures=measures,
        interval=interval_of([match for _point, match in scored_matches], value, credit),
        evidence=evidence,
        signature=signature(metric, case, credit=_credit_name(credit), **reference_parts(case), **parts),
    )


def interval_of(matches: Sequence[Match], value: float, credit: Mapping[str, float]) -> tuple[float, float]:
    """Return what the matcher leaves open, as `KeyPointCoverage` says, in [0, 1]."""
    total = len(matches)
    mean = variance = 0.0
    for match in matches:
        if match.outcomes and match.note != "quote":
            likely = list(zip(match.outcomes, (credit[outcome] for outcome in OUTCOMES), strict=True))
            expectation = math.fsum(p * worth for p, worth in likely)
            mean += expectation
            variance += math.fsum(p * worth**2 for p, worth in likely) - expectation**2
        else:
            mean += credit[match.verdict]
    mean, deviation = mean / total, math.sqrt(max(0.0, variance)) / total
    uncertain = sum(match.verdict == "uncertain" for match in matches) / total
    low, high = min(value, mean - Z * deviation), max(value + uncertain, mean + Z * deviation)
    return round(max(0.0, low), 4), round(min(1.0, high), 4)


def _credit_name(credit: Mapping[str, float]) -> str:
    """Return a table of credit for signatures: what counts for a half."""
    return "half=" + "+".join(sorted(verdict for verdict, worth in credit.items() if worth == 0.5))
