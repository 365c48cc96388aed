"""Fairness between speakers over several summaries: Coverage Parity (Li et al., NAACL 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from comparia.metrics.base import Case, set_parts, signature, text_parts, voices_parts
from comparia.metrics.speaker_shares import CHUNK, speaker_coverage
from comparia.records import Score, SpeakerEvidence
from comparia.statistics.intervals import bootstrap_mean

RESAMPLES = 1000
"""Number of bootstrap samples for the interval of a speaker's coverage."""


@dataclass(frozen=True)
class CoverageParity:
    """Mean over speakers of the distance between their mean coverage by all variants and that of everyone, in [0, 1].

    CP = mean over speakers k of | mean over summaries S of (p(k, S) - mean p(., S)) |. Differences that change sign
    from one summary to another cancel out: what remains is systematic. `evidence` lists the speakers whose coverage is
    below the average, or above it, over the whole 95 % bootstrap interval over the variants. Unscored with fewer than
    `least_variants` variants.
    """

    least_words: int = 50
    """Fewest words of a speaker who is counted."""
    least_variants: int = 3
    """Fewest variants for a score."""

    name: ClassVar[str] = "coverage_parity"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for all the variants together; none without variants."""
        names = tuple(variant.id for variant in case.variants)
        if not names:
            return ()
        recipe = signature(
            self, case, chunk=CHUNK, resamples=RESAMPLES, **voices_parts(case), **text_parts(), **set_parts(case)
        )
        speakers, coverage = speaker_coverage(case, self.least_words)
        coverage = coverage[~np.isnan(coverage).any(axis=1)] if len(speakers) else coverage
        few = len(coverage) < self.least_variants
        if few or len(speakers) < 2:
            reason = f"few_recaps:{self.least_variants}" if few else "few_speakers"
            return (Score(metric=self.name, variants=names, value=None, reason=reason, signature=recipe),)
        apart = coverage - coverage.mean(axis=1, keepdims=True)
        low, high = bootstrap_mean(apart, RESAMPLES)
        means = apart.mean(axis=0)
        evidence = tuple(
            SpeakerEvidence(
                verdict="under" if means[i] < 0 else "over",
                speaker=case.transcript.speaker_name(speakers[i]),
                share=round(float(coverage[:, i].mean()), 3),
            )
            for i in np.argsort(means, kind="stable")
            if high[i] < 0 or low[i] > 0
        )
        counts = {
            "variants": len(coverage),
            "of": len(speakers),
            "under": sum(item.verdict == "under" for item in evidence),
            "over": sum(item.verdict == "over" for item in evidence),
        }
        value = round(float(np.abs(means).mean()), 4)
        return (
            Score(metric=self.name, variants=names, value=value, counts=counts, evidence=evidence, signature=recipe),
        )
