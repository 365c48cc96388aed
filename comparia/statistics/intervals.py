"""Intervals and tests for shares of small samples."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def jeffreys(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Jeffreys interval of a share: quantiles of Beta(k + ½, n - k + ½); Brown, Cai and DasGupta (2001).

    As they recommend, the lower bound is 0 when k = 0, and the upper bound is 1 when k = n.

    Args:
        successes: k, from 0 to `trials`.
        trials: n, at least 1.
        level: of confidence, in (0, 1).
    """
    a, b = successes + 0.5, trials - successes + 0.5
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else _quantile(tail, a, b)
    high = 1.0 if successes == trials else _quantile(1 - tail, a, b)
    return low, high


def beta_interval(a: float, b: float, level: float = 0.95) -> tuple[float, float]:
    """Return the central interval of a Beta(a, b) distribution; `a` and `b` above 0, `level` in (0, 1)."""
    tail = (1 - level) / 2
    return _quantile(tail, a, b), _quantile(1 - tail, a, b)


def student_quantile(probability: float, freedom: float) -> float:
    """Return a quantile of Student's t distribution, from that of the beta distribution (DLMF 8.17).

    Args:
        probability: in (0, 1).
        freedom: degrees of freedom, above 0.
    """
    if probability == 0.5:
        return 0.0
    share = _quantile(2 * min(probability, 1 - probability), freedom / 2, 0.5)
    return math.copysign(math.sqrt(freedom * (1 - share) / share), probability - 0.5)


def fisher_interval(correlation: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a correlation, by Fisher's transformation (1921): artanh r ± z / √(n - 3).

    Args:
        correlation: of two variables, in [-1, 1].
        n: observations; with fewer than four nothing is known, and the interval is [-1, 1].
        level: of confidence, in (0, 1).
    """
    if n < 4:
        return -1.0, 1.0
    if abs(correlation) >= 1:
        return correlation, correlation
    half = NormalDist().inv_cdf((1 + level) / 2) / math.sqrt(n - 3)
    middle = math.atanh(correlation)
    return math.tanh(middle - half), math.tanh(middle + half)


def sign_test(first: int, second: int) -> float:
    """Return the p-value of the two-sided exact sign test (Dixon and Mood 1946).

    Args:
        first: number of times that one of two things was preferred.
        second: number of times that the other was.

    Returns:
        A probability in (0, 1]; 1 when nobody preferred either.
    """
    n, least = first + second, min(first, second)
    if not n:
        return 1.0
    return float(min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n))


def _quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _step in range(60):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22), to 1e-12."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / max(1 - (a + b) * x / (a + 1), tiny)
    fraction = d
    for m in range(1, 300):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + numerator * d) or tiny)
            c = (1 + numerator / c) or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * fraction


def bootstrap_mean(
    values: NDArray[np.float64], resamples: int = 1000, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the percentile bootstrap interval of the mean of each column (Efron and Tibshirani 1993); deterministic.

    Args:
        values: shape (observations, columns), no NaN.
        resamples: samples drawn with replacement, whole rows at once.
        level: of confidence, in (0, 1).

    Returns:
        Lower and upper bounds, each of shape (columns,).
    """
    draw = np.random.default_rng(0).integers(0, len(values), (resamples, len(values)))
    tail = 50 * (1 - level)
    low, high = np.percentile(values[draw].mean(axis=1), [tail, 100 - tail], axis=0)
    return low, high
