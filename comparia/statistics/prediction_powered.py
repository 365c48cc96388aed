"""Estimates from many predictions and a few looked at by a person.

Angelopoulos et al. 2023, *Prediction-powered inference*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.statistics.clusters import FEWEST_SESSIONS, RESAMPLES, Floats, Ids, Method, sum_interval
from comparia.statistics.intervals import bootstrap_mean

FEWEST = 10
"""Fewest items looked at from which an interval is given."""


class Estimate(NamedTuple):
    """A mean, and its interval."""

    value: float
    """Mean of all predictions, corrected by how far they were from what a person said."""
    low: float
    """Lower bound of the 95 % interval."""
    high: float
    """Upper bound."""
    looked_at: int
    """Number of items that a person looked at."""
    of: int
    """Number of items in all."""


def corrected_mean(
    predicted: NDArray[np.float64], looked_at: NDArray[np.intp], truths: NDArray[np.float64]
) -> Estimate | None:
    """Return the mean of the truths of all items, from predictions of all and the truths of a random few.

    The correction is the mean of truth minus prediction over those looked at; its interval is a percentile bootstrap,
    narrowed for a sample without replacement of a finite set (by the root of 1 - n/N).

    Args:
        predicted: prediction of each item, shape (items,).
        looked_at: places of those that a person looked at; they must have been drawn at random.
        truths: what the person said of them, same length.

    Returns:
        The estimate; None with fewer than `FEWEST` looked at.
    """
    n, of = len(looked_at), len(predicted)
    if n < FEWEST:
        return None
    gaps = truths - predicted[looked_at]
    value = float(predicted.mean() + gaps.mean())
    low, high = (float(bound[0]) - float(gaps.mean()) for bound in bootstrap_mean(gaps[:, None]))
    narrowed = math.sqrt(1 - n / of)
    return Estimate(value, value + low * narrowed, value + high * narrowed, n, of)


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """A mean over sessions of what a judge said of cells, corrected by the cells that people settled."""

    value: float | None
    """Mean of the judge's verdicts plus the correction; None where `reason` says why."""
    low: float | None
    """Lower bound of its interval, sessions being resampled."""
    high: float | None
    predicted: float | None
    """Mean of the judge's verdicts, each session counting the same; None without a cell."""
    correction: float | None
    """Mean over cells of what people said minus what the judge said."""
    level: float
    """Level of confidence of the interval."""
    method: Method
    """How the interval was made."""
    settled: int
    """Number of cells that people settled."""
    cells: int
    """Number of cells in all."""
    settled_sessions: int
    """Number of sessions with a settled cell."""
    sessions: int
    """Number of sessions in all."""
    reason: str = ""
    """`no_cell` or `few_settled` without a value; `too_few_sessions` without an interval, and as `sum_interval`."""


def corrected_session_mean(
    predicted: Sequence[float] | Floats,
    sessions: Ids,
    looked_at: Sequence[int] | NDArray[np.intp],
    truths: Sequence[float] | Floats,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> CorrectedMean:
    """Return the mean over sessions of the truths of their cells, from predictions of all and the truths of a few.

    Each session counts the same, as in `clusters.cluster_mean`; a settled cell stands for as much as a cell of its
    session counts. Whole sessions are resampled, predictions and settled cells together, so that the interval holds
    both the chance of the sessions and that of the cells drawn.

    Args:
        predicted: what the judge said of each cell, shape (cells,).
        sessions: session of each cell.
        looked_at: places of the cells that people settled; they must have been drawn at random among all cells.
        truths: what people said of them, same length.
        level: of confidence, in (0, 1).
        resamples: number of resamples.
        seed: of the resamples.

    Raises:
        ValueError: lengths differ, a number is not finite, or a place is given twice or does not exist.
    """
    judged, said = np.asarray(predicted, dtype=np.float64), np.asarray(truths, dtype=np.float64)
    places = np.asarray(looked_at, dtype=np.intp)
    where = np.asarray(sessions, dtype=np.str_)
    if judged.ndim != 1 or judged.shape != where.shape or said.shape != places.shape:
        raise ValueError("predictions and sessions, and places and truths, must be of one length")
    if not (np.isfinite(judged).all() and np.isfinite(said).all()):
        raise ValueError("numbers must be finite")
    if len(places) and (len(np.unique(places)) < len(places) or places.min() < 0 or places.max() >= len(judged)):
        raise ValueError("places must differ and exist")
    if not len(judged):
        return CorrectedMean(None, None, None, None, None, level, "", 0, 0, 0, 0, "no_cell")
    _names, number, sizes = np.unique(where, return_inverse=True, return_counts=True)
    n = len(sizes)
    order = np.lexsort((judged, number))
    means = np.bincount(number[order], weights=judged[order], minlength=n) / sizes
    order = np.lexsort((said, judged[places], number[places]))
    places, said = places[order], said[order]
    owner = number[places]
    weights = np.bincount(owner, weights=1 / sizes[owner], minlength=n)
    gaps = np.bincount(owner, weights=(said - judged[places]) / sizes[owner], minlength=n)
    settled_sessions = int((weights > 0).sum())
    few = len(places) < FEWEST
    correction = None if few else float(gaps.sum() / weights.sum())
    low = high = None
    method: Method = ""
    reason = "few_settled"
    if not few:
        columns = np.stack([means, np.ones(n), gaps, weights], axis=1)
        low, high, method, reason = sum_interval(
            columns if settled_sessions >= FEWEST_SESSIONS else columns[:0],
            _corrected,
            level=level,
            resamples=resamples,
            seed=seed,
        )
    plain = float(means.mean())
    return CorrectedMean(
        None if correction is None else plain + correction,
        low,
        high,
        plain,
        correction,
        level,
        method,
        len(places),
        len(judged),
        settled_sessions,
        n,
        reason,
    )


def _corrected(sums: Floats) -> Floats:
    """From sums of means, sessions, weighted gaps and weights to the corrected mean; NaN without a settled cell."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1] + sums[..., 2] / sums[..., 3])
