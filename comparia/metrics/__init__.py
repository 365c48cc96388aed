"""Metrics: one frozen dataclass each. Its fields are its parameters, so its signature cannot forget one.

To add a metric, write a module with such a class and add it to `METRICS`.
"""

from __future__ import annotations

from comparia.matching.matcher import Matcher
from comparia.metrics.attribution import Attribution
from comparia.metrics.base import Case, Metric
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

METRICS: dict[str, type[Metric]] = {
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
"""Every metric, by name, in the order reports show them."""

__all__ = ["METRICS", "Case", "Matcher", "Metric"]
