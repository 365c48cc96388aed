"""Fairness between speakers in one summary: Equal Coverage (Li et al., NAACL 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from comparia.metrics.base import Case, signature, text_parts, voices_parts
from comparia.metrics.speaker_shares import CHUNK, speaker_coverage
from comparia.records import Score, SpeakerEvidence


@dataclass(frozen=True)
class EqualCoverage:
    """Mean distance between a speaker's coverage and the mean of all speakers, in [0, 1]; 0 when all are equal.

    EC = mean over speakers k of | p(k, S) - mean p(., S) |. `evidence` lists the least covered speakers. Speakers with
    fewer than `least_words` words are left out. Unscored with fewer than two speakers or no sentence.
    """

    least_words: int = 50
    """Fewest words of a speaker who is counted."""

    name: ClassVar[str] = "equal_coverage"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        speakers, coverage = speaker_coverage(case, self.least_words)
        recipe = signature(self, case, chunk=CHUNK, **voices_parts(case), **text_parts())
        scores = []
        for variant, row in zip(case.variants, coverage, strict=True):
            if len(speakers) < 2 or np.isnan(row).any():
                reason = "few_speakers" if len(speakers) < 2 else "no_sentence_to_compare"
                scores.append(
                    Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
                )
                continue
            apart = row - row.mean()
            least = [i for i in np.argsort(apart, kind="stable")[:5] if apart[i] < 0]
            evidence = tuple(
                SpeakerEvidence(
                    verdict="under", speaker=case.transcript.speaker_name(speakers[i]), share=round(float(row[i]), 3)
                )
                for i in least
            )
            measures = {"mean": round(float(row.mean()), 4), "lowest": round(float(row.min()), 4)}
            value = round(float(np.abs(apart).mean()), 4)
            scores.append(
                Score(
                    metric=self.name,
                    variants=(variant.id,),
                    value=value,
                    counts={"of": len(speakers)},
                    measures=measures,
                    evidence=evidence,
                    signature=recipe,
                )
            )
        return tuple(scores)
