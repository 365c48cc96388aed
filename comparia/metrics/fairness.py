"""Fairness between speakers: Equal Coverage of one summary, Coverage Parity of several (Li et al., NAACL 2025).

What a summary says is its sentences, those with the same words counted once; a speaker carries a sentence as far as the best
hundred words that this speaker said hold its IDF mass. A speaker's coverage by a summary is the mean over its sentences. That
several people may carry one sentence is no fault: coverage does not have to be shared out in proportion, which a single
voice could never win. Here every speaker is a group; moderators of the reference and machines are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from comparia.messages import gettext as _
from comparia.metrics.base import Case, signature, text_parts, voices_parts
from comparia.metrics.intervals import bootstrap_mean
from comparia.records import Evidence, Score
from comparia.text.words import stems

CHUNK = 100
"""Words of a piece of what one speaker said."""

RESAMPLES = 1000
"""Bootstrap samples behind a speaker's interval."""


@dataclass(frozen=True)
class EqualCoverage:
    """Mean distance between the coverage of a speaker and that of all, in [0, 1]; 0 when all are covered alike.

    EC = mean over speakers k of | p(k, S) - mean p(., S) |. `evidence` lists the least covered speakers. Speakers with fewer than
    `least_words` words are left out. Unscored with fewer than two speakers or no sentence.
    """

    least_words: int = 50
    """Words a speaker must have said."""

    name: ClassVar[str] = "equal_coverage"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant."""
        speakers, coverage = speaker_coverage(case, self.least_words)
        recipe = signature(self, case, chunk=CHUNK, **voices_parts(case), **text_parts())
        found = []
        for variant, row in zip(case.variants, coverage, strict=True):
            if len(speakers) < 2 or np.isnan(row).any():
                reason = _nobody() if len(speakers) < 2 else _("The recap holds no sentence to compare.")
                found.append(
                    Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
                )
                continue
            apart = row - row.mean()
            least = [i for i in np.argsort(apart, kind="stable")[:5] if apart[i] < 0]
            evidence = tuple(
                Evidence(
                    verdict="under", note=case.transcript.speaker_name(speakers[i]), probability=round(float(row[i]), 3)
                )
                for i in least
            )
            counts = {"mean": round(float(row.mean()), 4), "lowest": round(float(row.min()), 4), "of": len(speakers)}
            value = round(float(np.abs(apart).mean()), 4)
            found.append(
                Score(
                    metric=self.name,
                    variants=(variant.id,),
                    value=value,
                    counts=counts,
                    evidence=evidence,
                    signature=recipe,
                )
            )
        return tuple(found)


@dataclass(frozen=True)
class CoverageParity:
    """Mean over speakers of the distance between their mean coverage by all the variants and that of everyone, in [0, 1].

    CP = mean over k of | mean over S of (p(k, S) - mean p(., S)) |: what one summary neglects another may make good; what
    remains is systematic. `evidence` lists the speakers covered less, or more, than the average in 95 % of bootstrap samples of the
    variants. Unscored with fewer than `least_variants` variants.
    """

    least_words: int = 50
    """Words a speaker must have said."""
    least_variants: int = 3
    """Variants needed to speak of a system."""

    name: ClassVar[str] = "coverage_parity"

    def score(self, case: Case) -> Sequence[Score]:
        """One score for all the variants."""
        names = tuple(variant.id for variant in case.variants)
        if not names:
            return ()
        recipe = signature(self, case, chunk=CHUNK, resamples=RESAMPLES, **voices_parts(case), **text_parts())
        speakers, coverage = speaker_coverage(case, self.least_words)
        coverage = coverage[~np.isnan(coverage).any(axis=1)] if len(speakers) else coverage
        few = len(coverage) < self.least_variants
        if few or len(speakers) < 2:
            reason = _("Fewer than {n} recaps.").format(n=self.least_variants) if few else _nobody()
            return (Score(metric=self.name, variants=names, value=None, reason=reason, signature=recipe),)
        apart = coverage - coverage.mean(axis=1, keepdims=True)
        low, high = bootstrap_mean(apart, RESAMPLES)
        means = apart.mean(axis=0)
        evidence = tuple(
            Evidence(
                verdict="under" if means[i] < 0 else "over",
                note=case.transcript.speaker_name(speakers[i]),
                probability=round(float(coverage[:, i].mean()), 3),
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


def _nobody() -> str:
    return _("Fewer than two people spoke enough to be compared.")


def speaker_coverage(case: Case, least_words: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """How far each summary is carried by each speaker; computed once a case.

    Args:
        case: session and summaries.
        least_words: words a speaker must have said.

    Returns:
        Ids of the speakers, and coverage of shape (variants, speakers), in [0, 1]; NaN for a summary without a sentence.
    """
    return case.once(f"speaker_coverage {least_words}", lambda: _coverage(case, least_words))


def _coverage(case: Case, least_words: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    said = case.said
    moderators = set(case.reference.moderators) if case.reference else set()
    spoken: dict[str, list[str]] = {}
    for turn in said.turns:
        if turn.speaker and turn.speaker not in moderators:
            spoken.setdefault(turn.speaker, []).extend(turn.text.split())
    spoken = {speaker: words for speaker, words in spoken.items() if len(words) >= least_words}
    speakers = tuple(spoken)
    chunks = [
        (i, frozenset(stems(" ".join(spoken[speaker][start : start + CHUNK]), said.language)))
        for i, speaker in enumerate(speakers)
        for start in range(0, len(spoken[speaker]), CHUNK)
    ]
    starts = np.flatnonzero(np.diff([i for i, _held in chunks], prepend=-1))  # chunks of one speaker stand together
    coverage = np.full((len(case.variants), len(speakers)), np.nan)
    for row, variant in enumerate(case.variants):
        units = [frozenset(stems(s.text, said.language)) - said.names for s in case.sentences[variant.id]]
        units = [unit for unit in dict.fromkeys(units) if unit]
        if not units or not chunks:
            continue
        columns = {stem: n for n, stem in enumerate(sorted(frozenset[str]().union(*units)))}
        weights = np.array([said.weights[stem] for stem in columns])
        wanted = _rows(units, columns) * weights
        carried = (wanted @ _rows([held for _i, held in chunks], columns).T) / wanted.sum(axis=1, keepdims=True)
        coverage[row] = np.maximum.reduceat(carried, starts, axis=1).mean(axis=0)
    return speakers, coverage


def _rows(sets: Sequence[frozenset[str]], columns: dict[str, int]) -> NDArray[np.float64]:
    table = np.zeros((len(sets), len(columns)))
    for row, held in zip(table, sets, strict=True):
        row[[columns[stem] for stem in held if stem in columns]] = 1.0
    return table
