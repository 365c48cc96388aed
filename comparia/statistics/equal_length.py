"""The difference between two models at equal length: longer recaps keep more, whoever writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comparia.statistics.clusters import RESAMPLES, Floats, Ids, Method, sum_interval


@dataclass(frozen=True, slots=True)
class EqualLength:
    """The difference between two models, as it is and between recaps of one length."""

    difference: float | None
    """First minus second within sessions, length left aside; None without two recaps of two models in a session."""
    at_equal_length: float | None
    """First minus second between recaps of the same number of words; None where `reason` says why."""
    low: float | None
    """Lower bound of the interval of `at_equal_length`, sessions being resampled."""
    high: float | None
    per_doubling: float | None
    """What a recap of twice as many words gains."""
    level: float
    """Level of confidence of the interval."""
    method: Method
    """How the interval was made."""
    sessions: int
    """Number of sessions with recaps of both models."""
    recaps: int
    """Number of recaps in them."""
    reason: str = ""
    """`no_cell` without a session of both.

    `length_not_separable` where recaps differ in length only as models do. Otherwise as `sum_interval`.
    """


def equal_length_difference(
    scores: Sequence[float] | Floats,
    words: Sequence[int] | Floats,
    sessions: Ids,
    first: Sequence[bool],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> EqualLength:
    """Return the difference between two models at equal length, by least squares.

    score = a constant of its session + difference x (is of the first model) + slope x log₂(words), where each recap
    counts the same; constants of sessions are taken out by their means (Frisch and Waugh 1933). The idea is that of
    length-controlled win rates (Dubois et al. 2024, *Length-Controlled AlpacaEval*). The slope is a correlation: it
    says what recaps of other lengths had, not what a model asked for another length would do.

    Args:
        scores: score of each recap.
        words: its number of words; a recap of none is left out.
        sessions: its session.
        first: whether it is of the first model; otherwise it is of the second.
        level: of confidence, in (0, 1).
        resamples: number of resamples of sessions.
        seed: of the resamples.

    Raises:
        ValueError: lengths differ, or a number is not finite or a number of words below 0.
    """
    y, length = np.asarray(scores, dtype=np.float64), np.asarray(words, dtype=np.float64)
    where, mine = np.asarray(sessions, dtype=np.str_), np.asarray(first, dtype=np.bool_)
    if y.ndim != 1 or not y.shape == length.shape == where.shape == mine.shape:
        raise ValueError("scores, words, sessions and models must be of one length")
    if not (np.isfinite(y).all() and np.isfinite(length).all() and (length >= 0).all()):
        raise ValueError("numbers must be finite, and numbers of words 0 or more")
    kept = np.flatnonzero(length > 0)
    kept = kept[np.lexsort((y[kept], length[kept], mine[kept], where[kept]))]
    both = np.intersect1d(where[kept][mine[kept]], where[kept][~mine[kept]])
    kept = kept[np.isin(where[kept], both)]
    if not len(kept):
        return EqualLength(None, None, None, None, None, level, "", 0, 0, "no_cell")
    columns = _products(mine[kept].astype(np.float64), np.log2(length[kept]), y[kept], where[kept])
    model, shared, size, gain, slope = columns.sum(axis=0)
    difference = float(gain / model)
    found = EqualLength(difference, None, None, None, None, level, "", len(columns), len(kept), "length_not_separable")
    at_equal = float(_at_equal_length(columns.sum(axis=0)))
    if not math.isfinite(at_equal):
        return found
    low, high, method, reason = sum_interval(columns, _at_equal_length, level=level, resamples=resamples, seed=seed)
    return EqualLength(
        difference=difference,
        at_equal_length=at_equal,
        low=low,
        high=high,
        per_doubling=float((slope - at_equal * shared) / size),
        level=level,
        method=method,
        sessions=len(columns),
        recaps=len(kept),
        reason=reason,
    )


def _products(model: Floats, length: Floats, score: Floats, sessions: NDArray[np.str_]) -> Floats:
    """Return the sums of products of the deviations of each session from its means.

    Returns:
        Shape (sessions, 5): model², model x length, length², model x score, length x score.
    """
    number, sizes = np.unique(sessions, return_inverse=True, return_counts=True)[1:]

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(number, weights=values), dtype=np.float64)

    model, length, score = (values - (summed(values) / sizes)[number] for values in (model, length, score))
    pairs = [(model, model), (model, length), (length, length), (model, score), (length, score)]
    return np.stack([summed(one * other) for one, other in pairs], axis=1)


def _at_equal_length(sums: Floats) -> Floats:
    """Return the difference at equal length from sums of products; NaN where length cannot be told from the model."""
    model, shared, size, gain, slope = np.moveaxis(sums, -1, 0)
    rest = model * size - shared**2
    separable = rest > 1e-9 * model * size
    return np.where(separable, (gain * size - slope * shared) / np.where(separable, rest, 1.0), np.nan)
