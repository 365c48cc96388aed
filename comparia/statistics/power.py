"""The smallest difference between two models that a study could see, before anything is asked of a model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from comparia.statistics.clusters import FEWEST_SESSIONS
from comparia.statistics.permutation import EXACT_TO

BETWEEN_SD = 0.10
"""Assumed standard deviation, between sessions, of the true difference of two models. An assumption, not a finding."""

WITHIN_SD = 0.45
"""Assumed standard deviation of one cell: that of kept or not kept, where a little under three quarters are kept."""

STUDIES = 2000
"""Studies that are simulated for each difference tried."""

MOST_SIMULATED = 500
"""Most sessions that are simulated; beyond, the smallest difference shrinks as their square root grows."""

_LEAST_DRAWS = 1999
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class SmallestDifference:
    """The smallest difference that a design finds often enough, and what it rests on."""

    difference: float | None
    """In units of the score (a share: 0.1 is ten points in a hundred); None where `reason` says why."""
    power: float
    """How often it is to be found, in (0, 1)."""
    found: float | None
    """How often the simulated studies found it."""
    alpha: float
    """Level of the tests, before they are corrected."""
    contrasts: int
    """Number of planned contrasts: the difference is found at α / contrasts, the first step of Holm's method."""
    sessions: int
    repeats: int
    points: int
    """Points looked at in each session."""
    between_sd: float
    """Assumed standard deviation of the true difference between sessions."""
    within_sd: float
    """Assumed standard deviation of one cell."""
    smallest_p: float
    """Smallest p-value that the test can give with so many sessions."""
    studies: int
    """Studies that were simulated for each difference tried."""
    reason: str = ""
    """`cannot_reach_alpha` where the smallest p-value is above α / contrasts; `too_few_sessions`."""


def difference_sd(repeats: int, points: int, between_sd: float = BETWEEN_SD, within_sd: float = WITHIN_SD) -> float:
    """Return the standard deviation, between sessions, of the difference of two models that a session shows.

    Its variance is between_sd² + 2 within_sd² / (repeats x points): two independent means of so many cells.
    """
    return math.sqrt(between_sd**2 + 2 * within_sd**2 / (repeats * points))


def smallest_difference(
    sessions: int,
    repeats: int,
    points: int,
    *,
    between_sd: float = BETWEEN_SD,
    within_sd: float = WITHIN_SD,
    contrasts: int = 1,
    alpha: float = 0.05,
    power: float = 0.8,
    studies: int = STUDIES,
    seed: int = 0,
) -> SmallestDifference:
    """Return the smallest difference of two models that the sign-flip test over sessions finds with the power given.

    Studies are simulated with normal differences of sessions, and each is tested by the test that studies are tested
    by: exact to `EXACT_TO` sessions, by drawn signs beyond. The test assumes no distribution; the simulation does.

    Args:
        sessions: number of sessions.
        repeats: recaps of each model in each session.
        points: points looked at in each session.
        between_sd: assumed standard deviation of the true difference between sessions, 0 or more.
        within_sd: assumed standard deviation of one cell (a point in a recap), 0 or more.
        contrasts: number of planned contrasts.
        alpha: level of the tests, in (0, 1).
        power: how often the difference is to be found, in (alpha, 1).
        studies: studies to simulate for each difference tried.
        seed: of the simulation.

    Raises:
        ValueError: a count is below 1, or both deviations are 0.
    """
    if min(repeats, points, contrasts, studies) < 1 or sessions < 0:
        raise ValueError("repeats, points, contrasts and studies must be 1 or more")
    sd = difference_sd(repeats, points, between_sd, within_sd)
    if not (math.isfinite(sd) and sd > 0 and min(between_sd, within_sd) >= 0):
        raise ValueError("deviations must be 0 or more, and not both 0")
    level = alpha / contrasts
    smallest_p = min(1.0, 2.0 ** (1 - sessions))
    reason = "cannot_reach_alpha" if smallest_p > level else "too_few_sessions" if sessions < FEWEST_SESSIONS else ""
    simulated = min(sessions, MOST_SIMULATED)
    effect, found = (None, None) if reason else _smallest_effect(simulated, level, power, studies, seed)
    return SmallestDifference(
        difference=None if effect is None else effect * sd * math.sqrt(simulated / sessions),
        power=power,
        found=found,
        alpha=alpha,
        contrasts=contrasts,
        sessions=sessions,
        repeats=repeats,
        points=points,
        between_sd=between_sd,
        within_sd=within_sd,
        smallest_p=smallest_p,
        studies=studies,
        reason=reason,
    )


def fewest_sessions(contrasts: int = 1, alpha: float = 0.05) -> int:
    """Return the fewest sessions with which the sign-flip test can tell anything apart at α / contrasts."""
    return max(FEWEST_SESSIONS, math.ceil(1 - math.log2(alpha / contrasts)))


def power_at(effect: float, sessions: int, level: float = 0.05, *, studies: int = STUDIES, seed: int = 0) -> float:
    """Return how often the sign-flip test finds a difference, in [0, 1], by simulation.

    Args:
        effect: the difference over the standard deviation of the differences of sessions (see `difference_sd`).
        sessions: number of sessions, at least 1.
        level: of the test, corrected for the number of contrasts.
        studies: to simulate.
        seed: of the simulation; the same one gives the same studies at every effect, so that power grows with it.
    """
    noise = _noise(sessions, studies, seed)
    return float((_p_values(noise + effect, level, seed) <= level).mean())


@lru_cache(maxsize=128)
def _smallest_effect(sessions: int, level: float, power: float, studies: int, seed: int) -> tuple[float, float]:
    """Return the smallest effect found with the power given, to a hundredth of itself, and how often it is found.

    Power depends on the difference over its standard deviation alone, and so does this.
    """
    low, high = 0.0, (_NORMAL.inv_cdf(1 - level / 2) + _NORMAL.inv_cdf(power)) / math.sqrt(sessions)
    found = power_at(high, sessions, level, studies=studies, seed=seed)
    while found < power:
        low, high = high, 1.3 * high
        found = power_at(high, sessions, level, studies=studies, seed=seed)
    low = max(low, high / 2)
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        there = power_at(middle, sessions, level, studies=studies, seed=seed)
        if there < power:
            low = middle
        else:
            high, found = middle, there
    return high, found


@lru_cache(maxsize=1)
def _noise(sessions: int, studies: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((studies, sessions))


def _p_values(differences: NDArray[np.float64], level: float, seed: int) -> NDArray[np.float64]:
    """Return the p-value of the sign-flip test of each row: as `permutation.sign_flip`, many studies at once."""
    n = differences.shape[1]
    least = np.abs(differences.sum(axis=1)) - 1e-9 * np.abs(differences).sum(axis=1)
    if n <= EXACT_TO:
        signs = _all_signs(n)
        return _counted(signs, differences, least) / len(signs)
    draws = max(_LEAST_DRAWS, math.ceil(10 / level) - 1)
    rng = np.random.default_rng(seed + 1)
    drawn = np.asarray(2 * rng.integers(0, 2, (draws, n)) - 1, dtype=np.float64)
    return (_counted(drawn, differences, least) + 1) / (draws + 1)


def _counted(
    signs: NDArray[np.float64], differences: NDArray[np.float64], least: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how many rows of signs give each study a sum that is at least as far from 0 as its own."""
    as_far = np.zeros(len(differences))
    for start in range(0, len(signs), 2048):
        as_far += (np.abs(signs[start : start + 2048] @ differences.T) >= least).sum(axis=0)
    return as_far


@lru_cache(maxsize=2)
def _all_signs(n: int) -> NDArray[np.float64]:
    """Return every row of n signs of which the first is +, shape (2ⁿ⁻¹, n)."""
    bits = np.arange(2 ** (n - 1))[:, None] >> np.arange(n - 1)
    return np.concatenate([np.ones((len(bits), 1)), 1.0 - 2.0 * (bits & 1)], axis=1)
