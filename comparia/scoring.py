"""The hall of scoring: a stored Run + metrics → Scores. No model is called, so it can be done again at will."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.metrics import METRICS, Case, Matcher
from comparia.records import Reference, Run, Score


def score(
    run: Run, reference: Reference | None, metrics: Sequence[str] | None = None, matcher: Matcher | None = None
) -> tuple[Score, ...]:
    """Score every variant of `run` that has a summary; a recap written by hand is scored like the others.

    Args:
        run: a stored run.
        reference: the key points; without them content metrics are unscored and say why.
        metrics: names in `METRICS`; all of them when None.
        matcher: how key points are found in summaries.

    Raises:
        UnknownName: a metric nobody knows.
    """
    chosen = list(METRICS) if metrics is None else list(metrics)
    for name in chosen:
        if name not in METRICS:
            raise UnknownName(_("metric"), name, METRICS)
    written = tuple(variant for variant in run.variants if variant.summary is not None)
    case = Case(run.transcript, written, reference, matcher or Matcher(), run.software)
    return tuple(found for name in chosen for found in METRICS[name]().score(case))
