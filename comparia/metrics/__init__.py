"""Metrics: one frozen dataclass each. The fields of the class are its parameters; its signature writes all of them.

To add a metric, write a module with such a class and add it to `METRICS`. Another package adds one by an entry point of
the group `comparia.metrics` (docs/extending.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comparia.matching.matcher import Matcher
from comparia.messages import gettext as _
from comparia.metrics.attribution import Attribution
from comparia.metrics.base import Case, Metric, signature
from comparia.metrics.content_divergence import ContentDivergence
from comparia.metrics.coverage_parity import CoverageParity
from comparia.metrics.equal_coverage import EqualCoverage
from comparia.metrics.false_consensus import FalseConsensus
from comparia.metrics.key_point_coverage import KeyPointCoverage
from comparia.metrics.length import Length
from comparia.metrics.minority_retention import MinorityRetention
from comparia.metrics.names import Names
from comparia.metrics.numbers import Numbers
from comparia.metrics.position import Position
from comparia.metrics.speaker_balance import SpeakerBalance
from comparia.metrics.stability import Stability
from comparia.metrics.support import Support
from comparia.metrics.variant_agreement import VariantAgreement
from comparia.metrics.verbatim_quotations import VerbatimQuotations
from comparia.metrics.wording_divergence import WordingDivergence
from comparia.plugins import Plugin, Table, require
from comparia.records import Score

_SHIPPED: dict[str, type[Metric]] = {
    metric.name: metric
    for metric in (
        KeyPointCoverage,
        MinorityRetention,
        Length,
        VerbatimQuotations,
        Numbers,
        Names,
        Attribution,
        Support,
        FalseConsensus,
        SpeakerBalance,
        EqualCoverage,
        Position,
        ContentDivergence,
        WordingDivergence,
        VariantAgreement,
        CoverageParity,
        Stability,
    )
}
"""The metrics that come with Comparia, by name, in the order reports show them."""


def _from_plugin(plugin: Plugin, metric: Any) -> type[Metric]:
    """Return the metric of a plug-in, guarded: where it raises, every recap gets an unscored score with the reason."""
    require(plugin, metric, "name", "score")
    if metric.name != plugin.name:
        raise plugin.refused(_("its metric is named {name}").format(name=metric.name))

    class Guarded(metric):  # type: ignore[misc]
        def score(self, case: Case) -> Sequence[Score]:
            source = f"plugin:{plugin.package.replace(' ', '-')}"
            try:
                scores = [_sign(score, source) for score in super().score(case)]
            except Exception as error:
                recipe = f"{plugin.name}|{source}|lang:{case.transcript.language}|version:{case.version}"
                reason = plugin.failed(error).message
                return [
                    Score(metric=plugin.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
                    for variant in case.variants
                ]
            return scores

    guarded_metric: type[Metric] = Guarded
    return guarded_metric


def _sign(score: Score, source: str) -> Score:
    """Return a score whose signature names the package that computed it."""
    name, _mark, rest = score.signature.partition("|")
    return score.model_copy(update={"signature": "|".join(part for part in (name, source, rest) if part)})


METRICS: Table[type[Metric]] = Table("metrics", _SHIPPED, _from_plugin)
"""Every metric, by name, in the order reports show them; those of plug-ins last."""

__all__ = ["METRICS", "Case", "Matcher", "Metric", "signature"]
