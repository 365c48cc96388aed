"""Score a stored run with metrics.

Without a judge or embeddings no model is called; with them, what was answered before is not asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from comparia.errors import UnknownName
from comparia.matching.matcher import MatchTable
from comparia.messages import gettext as _
from comparia.metrics import METRICS, Case, Matcher
from comparia.metrics.base import Metric
from comparia.records import Reference, Run, Score, Verdict
from comparia.scoring.models import (
    OF_THE_RUN,
    Models,
    earlier_embeddings,
    earlier_judges,
    earlier_named_judges,
    open_models,
)
from comparia.scoring.progress import Asked, Progress, Unanswered

__all__ = [
    "OF_THE_RUN",
    "Asked",
    "MetricObserver",
    "Models",
    "Progress",
    "Unanswered",
    "check_metrics",
    "completed",
    "earlier_embeddings",
    "earlier_judges",
    "earlier_named_judges",
    "match",
    "open_models",
    "score",
]

MetricObserver = Callable[[str, int, int], None]
"""Told of each metric when it begins: its name, how many metrics are done, how many there are."""


def score(
    run: Run,
    reference: Reference | None,
    metrics: Sequence[str] | None = None,
    matcher: Matcher | None = None,
    strangers: Sequence[str] = (),
    settled: Mapping[tuple[str, str], Verdict] | None = None,
    on_metric: MetricObserver | None = None,
) -> tuple[Score, ...]:
    """Score every variant of `run` that has a summary; a recap written by hand is scored like the others.

    Args:
        run: a stored run.
        reference: the key points; without them content metrics are unscored and say why.
        metrics: names in `METRICS`; all of them when None.
        matcher: how key points are found in summaries; by words alone when None.
        strangers: recaps of other sessions in the same language, as the far end of divergence.
        settled: verdicts that a person settled, by (key point, variant).
        on_metric: told of each metric when it begins.

    Raises:
        UnknownName: a metric nobody knows.
        BackendError: the model asked by the matcher does not answer; what it answered before is kept.
    """
    chosen = list(METRICS) if metrics is None else list(metrics)
    check_metrics(chosen)
    written = tuple(variant for variant in run.variants if variant.summary is not None)
    case = Case(run.transcript, written, reference, matcher or Matcher(), run.software, tuple(strangers), settled or {})
    scores: list[Score] = []
    for n, name in enumerate(chosen):
        if on_metric is not None:
            on_metric(name, n, len(chosen))
        metric = METRICS[name]()
        scores.extend(_readable(metric, case, found) for found in metric.score(case))
    return tuple(scores)


def match(run: Run, reference: Reference | None, matcher: Matcher) -> MatchTable:
    """Return the verdicts on every key point in every recap of a run, by a matcher.

    Raises:
        BackendError: the model asked by the matcher does not answer; what it answered before is kept.
    """
    written = tuple(variant for variant in run.variants if variant.summary is not None)
    return Case(run.transcript, written, reference, matcher, run.software).matches


def check_metrics(names: Sequence[str]) -> None:
    """Check that metrics have these names. Raises UnknownName."""
    for name in names:
        if name not in METRICS:
            raise UnknownName(_("metric"), name, METRICS)


def _readable(metric: Metric, case: Case, score: Score) -> Score:
    """Return the score; without its value where the words of a recap cannot be compared with those of the session."""
    why = next((case.unreadable[variant] for variant in score.variants if variant in case.unreadable), "")
    able = getattr(metric, "across_languages", "never")
    if not why or able == "always" or (able == "judged" and why != "refusal" and case.matcher.judge):
        return score
    return score.model_copy(
        update={"value": None, "interval": None, "reason": why, "counts": {}, "measures": {}, "evidence": ()}
    )


def completed(scores: Sequence[Score], earlier: Sequence[Score]) -> tuple[Score, ...]:
    """Scores of some metrics with the earlier ones of the others, in the order reports show them."""
    fresh = {score.metric for score in scores}
    both = [*scores, *(score for score in earlier if score.metric not in fresh)]
    order = {name: n for n, name in enumerate(METRICS)}
    return tuple(sorted(both, key=lambda score: order.get(score.metric, len(order))))
