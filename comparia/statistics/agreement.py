"""Agreement corrected for chance: between recaps, between voters, between two answers of one judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_UNITS = 5
"""Fewest units from which an interval is drawn: the bootstrap of fewer says little."""


def krippendorff_alpha(table: NDArray[np.float64]) -> float | None:
    """Return Krippendorff's alpha for interval data (Krippendorff 2011).

    Args:
        table: values of shape (observers, units); NaN where an observer gave none.

    Returns:
        1 - observed / expected disagreement, or None when no unit has two values or nothing varies.
    """
    counts = (~np.isnan(table)).sum(axis=0)
    units = table[:, counts >= 2]
    values = units[~np.isnan(units)]
    n = len(values)
    if n < 2:
        return None
    disagreement = _observed_disagreement(units)
    chance = float(2 * (n * (values**2).sum() - values.sum() ** 2)) / (n * (n - 1))
    if chance <= 1e-12:
        return None
    return 1 - (disagreement / n) / chance


def _observed_disagreement(units: NDArray[np.float64]) -> float:
    """Return the observed disagreement of interval data, summed over units of two values at least (Krippendorff 2011).

    Args:
        units: values of shape (observers, units); NaN where an observer gave none.
    """
    total = 0.0
    for column in units.T:
        values = column[~np.isnan(column)]
        m = len(values)
        total += float(2 * (m * (values**2).sum() - values.sum() ** 2)) / (m - 1)
    return total


def nominal_alpha(counts: NDArray[np.float64]) -> float | None:
    """Return Krippendorff's alpha for nominal data (Krippendorff 2011): any number of observers, values missing or not.

    Args:
        counts: how many observers gave each value to each unit, of shape (units, values).

    Returns:
        1 - observed / expected disagreement; None when no unit has two values, or all values are the same one.
    """
    units = counts[counts.sum(axis=1) >= 2]
    sizes, totals = units.sum(axis=1), units.sum(axis=0)
    n = float(sizes.sum())
    chance = (n**2 - float((totals**2).sum())) / (n - 1) if n > 1 else 0.0
    if chance <= 1e-12:
        return None
    observed = float(((sizes**2 - (units**2).sum(axis=1)) / (sizes - 1)).sum())
    return 1 - observed / chance


def pair_agreement(counts: NDArray[np.float64]) -> float | None:
    """Return the share of pairs of observers of one unit who gave the same value, in [0, 1]; None without a pair.

    Args:
        counts: as in `nominal_alpha`.
    """
    sizes = counts.sum(axis=1)
    pairs = float((sizes * (sizes - 1)).sum())
    return float((counts * (counts - 1)).sum()) / pairs if pairs else None


def bootstrap_units(
    statistic: Callable[[NDArray[np.intp]], float | None], units: int, resamples: int = 1000, level: float = 0.95
) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of a statistic, whole units drawn again (Efron and Tibshirani 1993).

    It is deterministic. Draws for which the statistic is not defined are left out.

    Args:
        statistic: gives the value for the numbers of the units that were drawn.
        units: how many units there are.
        resamples: draws.
        level: of confidence, in (0, 1).

    Returns:
        Lower and upper bound; None for fewer than `FEWEST_UNITS` units, or where half the draws have no value.
    """
    if units < FEWEST_UNITS:
        return None
    draws = np.random.default_rng(0).integers(0, units, (resamples, units))
    values = [value for value in map(statistic, draws) if value is not None]
    if 2 * len(values) < resamples:
        return None
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def free_marginal_kappa(table: NDArray[np.float64]) -> float | None:
    """Return the agreement of voters who prefer one of two things, where chance prefers either equally often.

    Without ties it is the free-marginal multirater kappa of Randolph (2005); a tie is half a preference for each. It is
    not Krippendorff's alpha, whose chance follows how often each value was given: which of two things is called the
    first is arbitrary, and alpha would change with it. On random votes it is 0 on average, for any number of observers.

    Args:
        table: values in [0, 1] of shape (observers, pairs), ½ for neither; NaN where an observer gave none.

    Returns:
        1 - observed / expected disagreement, the expected one being twice the mean squared distance from ½; None when
        no pair has two values or nobody preferred anything.
    """
    units = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    values = units[~np.isnan(units)]
    if not len(values):
        return None
    disagreement = _observed_disagreement(units)
    chance = float(2 * ((values - 0.5) ** 2).mean())
    return None if chance <= 1e-12 else 1 - (disagreement / len(values)) / chance


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa (Cohen 1960) of two answers to the same questions, in [-1, 1].

    Args:
        pairs: the first and the second answer to each question.

    Returns:
        Kappa; None without a question; 1 when all answers are the same one, where kappa is not defined.
    """
    n = len(pairs)
    if not n:
        return None
    agreement = sum(a == b for a, b in pairs) / n
    first, second = Counter(a for a, _b in pairs), Counter(b for _a, b in pairs)
    chance = sum(first[label] * second[label] for label in first) / n**2
    return 1.0 if chance == 1 else (agreement - chance) / (1 - chance)
