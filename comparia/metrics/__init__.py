"""Metrics: one frozen dataclass each. Its fields are its parameters, so its signature cannot forget one.

To add a metric, write a module with such a class and add it to `METRICS`.
"""

from __future__ import annotations

from comparia.metrics.agreement import VariantAgreement
from comparia.metrics.attribution import Attribution
from comparia.metrics.balance import SpeakerBalance
from comparia.metrics.base import Case, Metric
from comparia.metrics.consensus import FalseConsensus
from comparia.metrics.content_divergence import ContentDivergence
from comparia.metrics.coverage import KeyPointCoverage
from comparia.metrics.coverage_parity import CoverageParity
from comparia.metrics.equal_coverage import EqualCoverage
from comparia.metrics.length import Length
from comparia.metrics.matching import Matcher
from comparia.metrics.minority import MinorityRetention
from comparia.metrics.names import NameCheck
from comparia.metrics.numbers import NumberCheck
from comparia.metrics.position import PositionalEvenness
from comparia.metrics.quotations import VerbatimQuotations
from comparia.metrics.stability import Stability
from comparia.metrics.support import SentenceSupport
from comparia.metrics.wording_divergence import WordingDivergence

METRICS: dict[str, type[Metric]] = {
    metric.name: metric
    for metric in (
        KeyPointCoverage,
        MinorityRetention,
        Length,
        VerbatimQuotations,
        NumberCheck,
        NameCheck,
        Attribution,
        SentenceSupport,
        FalseConsensus,
        SpeakerBalance,
        EqualCoverage,
        PositionalEvenness,
        ContentDivergence,
        WordingDivergence,
        VariantAgreement,
        CoverageParity,
        Stability,
    )
}
"""Every metric, by name, in the order reports show them."""

__all__ = ["METRICS", "Case", "Matcher", "Metric"]
