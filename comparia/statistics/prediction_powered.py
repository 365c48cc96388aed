"""Estimates from many predictions and a few looked at by a person.

Angelopoulos et al. 2023, *Prediction-powered inference*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
