"""Coverage of each speaker by a summary, for the fairness metrics (Li et al., NAACL 2025).

Sentences of a summary with the same words count once. A speaker's support of a sentence is the share of its IDF weight
found in a piece of `CHUNK` words of this speaker, the best one. A speaker's coverage by a summary is the mean support
over its sentences. Several people may support the same sentence, so coverages do not add up to 1, and a person whom
nobody else resembles is not at a disadvantage. Every speaker is a group of one; moderators of the reference and
machines are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comparia.metrics.base import Case
from comparia.text.words import stems

CHUNK = 100
"""Number of words of a piece of what one speaker said."""


def speaker_coverage(case: Case, least_words: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the coverage of each speaker by each summary; computed once a case.

    Args:
        case: session and summaries.
        least_words: fewest words of a speaker who is counted.

    Returns:
        Ids of speakers, and coverage of shape (variants, speakers), in [0, 1]; NaN for a summary without a sentence.
    """
    return case.once(f"speaker_coverage {least_words}", lambda: _coverage(case, least_words))


def _coverage(case: Case, least_words: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    session = case.session
    moderators = set(case.reference.moderators) if case.reference else set()
    words_of: dict[str, list[str]] = {}
    for turn in session.turns:
        if turn.speaker and turn.speaker not in moderators:
            words_of.setdefault(turn.speaker, []).extend(turn.text.split())
    words_of = {speaker: words for speaker, words in words_of.items() if len(words) >= least_words}
    speakers = tuple(words_of)
    chunks = [
        (i, frozenset(stems(" ".join(words_of[speaker][start : start + CHUNK]), session.language)))
        for i, speaker in enumerate(speakers)
        for start in range(0, len(words_of[speaker]), CHUNK)
    ]
    starts = np.flatnonzero(np.diff([i for i, _stems in chunks], prepend=-1))  # chunks of one speaker stand together
    coverage = np.full((len(case.variants), len(speakers)), np.nan)
    for row, variant in enumerate(case.variants):
        units = [frozenset(stems(s.text, session.language)) - session.names for s in case.sentences[variant.id]]
        units = [unit for unit in dict.fromkeys(units) if unit]
        if not units or not chunks:
            continue
        columns = {stem: n for n, stem in enumerate(sorted(frozenset[str]().union(*units)))}
        weights = np.array([session.weights[stem] for stem in columns])
        unit_weights = _rows(units, columns) * weights
        overlaps = (unit_weights @ _rows([chunk_stems for _i, chunk_stems in chunks], columns).T) / unit_weights.sum(
            axis=1, keepdims=True
        )
        coverage[row] = np.maximum.reduceat(overlaps, starts, axis=1).mean(axis=0)
    return speakers, coverage


def _rows(sets: Sequence[frozenset[str]], columns: dict[str, int]) -> NDArray[np.float64]:
    table = np.zeros((len(sets), len(columns)))
    for row, members in zip(table, sets, strict=True):
        row[[columns[stem] for stem in members if stem in columns]] = 1.0
    return table
