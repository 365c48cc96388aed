"""Means of a study with intervals that treat sessions as the unit: the cluster bootstrap.

Cells of one session resemble each other, so that resampling cells would give intervals that are too narrow. Whole
sessions are resampled (Davison and Hinkley 1997, *Bootstrap Methods and their Application*, section 3.8). Only stored
counts are read: no model is called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from comparia.statistics.intervals import student_quantile

FEWEST_SESSIONS = 5
"""Fewest sessions from which an interval is given."""

BCA_FROM = 10
"""Fewest sessions from which an interval is corrected for bias and acceleration (BCa)."""

RESAMPLES = 5000
"""Resamples that are drawn unless told otherwise."""

Method = Literal["", "percentile", "bca", "jeffreys"]
Floats = NDArray[np.float64]
Ids = Sequence[str] | Sequence[int] | NDArray[Any]
"""Names or numbers of sessions or points."""
Statistic = Callable[[Floats], Floats]
"""From sums over sessions, shape (..., columns), to the figure of each, shape (...)."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of the recaps of one model, one row a cell, in an order that does not depend on how they were given.

    Rows with the same session and point are repeats of one cell. Made by `cells_of`.
    """

    numerators: Floats
    """What was kept in each row, or its value."""
    denominators: Floats
    """Out of how much; above 0."""
    sessions: NDArray[np.str_]
    """Session of each row."""
    points: NDArray[np.str_]
    """Key point of each row; the same everywhere where rows are not about points."""


@dataclass(frozen=True, slots=True)
class ClusterEstimate:
    """A mean over sessions, each of which counts the same, and its interval."""

    value: float | None
    """Mean of the sessions; None without a cell."""
    low: float | None
    """Lower bound; None where `reason` says why."""
    high: float | None
    """Upper bound."""
    level: float
    """Level of confidence of the interval, in (0, 1)."""
    method: Method
    """How the interval was made; empty without one."""
    sessions: int
    """Number of sessions."""
    cells: int
    """Number of rows."""
    spread: float | None
    """Standard deviation over repeats of one cell, pooled over cells; None where no cell has two."""
    reason: str = ""
    """Why there is no interval (`too_few_sessions`) or no value (`no_cell`), or `no_variation`.

    The last one says that all sessions have the same value: the bounds are that value, and tell nothing of others.
    """


def cells_of(
    numerators: Sequence[float] | Floats,
    sessions: Ids,
    points: Ids | None = None,
    denominators: Sequence[float] | Floats | None = None,
) -> Cells:
    """Return the counts of the recaps of one model. Rows whose denominator is 0 say nothing and are left out.

    Args:
        numerators: what was kept in each row, or its value.
        sessions: session of each row.
        points: key point of each row; None where a row is a whole recap, all rows of a session being its repeats.
        denominators: out of how much; 1 for each row where None.

    Raises:
        ValueError: lengths differ, a number is not finite, or a denominator is below 0.
    """
    kept = np.asarray(numerators, dtype=np.float64)
    of = np.ones(len(kept)) if denominators is None else np.asarray(denominators, dtype=np.float64)
    where = np.asarray(sessions, dtype=np.str_)
    what = np.full(len(kept), "") if points is None else np.asarray(points, dtype=np.str_)
    if kept.ndim != 1 or not kept.shape == of.shape == where.shape == what.shape:
        raise ValueError("numerators, denominators, sessions and points must be of one length")
    if not (np.isfinite(kept).all() and np.isfinite(of).all() and (of >= 0).all()):
        raise ValueError("numbers must be finite, and denominators 0 or more")
    order = np.lexsort((kept, of, what, where))
    order = order[of[order] > 0]
    return Cells(kept[order], of[order], where[order], what[order])


def cluster_mean(
    cells: Cells, *, two_stage: bool = False, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> ClusterEstimate:
    """Return the mean over sessions of what is kept in each (sum of numerators / sum of denominators).

    With `FEWEST_SESSIONS` to `BCA_FROM - 1` sessions the interval is a percentile interval, with more BCa (Efron 1987);
    the levels of both are widened for few sessions (Hesterberg 2015, *What teachers should know about the bootstrap*).

    Args:
        cells: of one model.
        two_stage: also resample the points of each session that is drawn. It is wider, since the values of sessions
            hold the chance of their points already.
        level: of confidence, in (0, 1).
        resamples: number of resamples.
        seed: of the resamples.
    """
    return _estimate([_points_of(cells)], two_stage, level, resamples, seed, len(cells.numerators), _spread(cells))


def paired_difference(
    first: Cells,
    second: Cells,
    *,
    two_stage: bool = False,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> ClusterEstimate:
    """Return the mean over sessions of first minus second, with an interval made as `cluster_mean` makes it.

    Only points of sessions that both have count. `cells` is the number of rows of both on these points, `spread` pools
    the repeats of both.
    """
    one, other, rows, spread = _shared(first, second)
    return _estimate([one, other], two_stage, level, resamples, seed, rows, spread)


def session_differences(first: Cells, second: Cells) -> Floats:
    """Return first minus second in each session, over the points that both have; sorted by session."""
    one, other, _rows, _spread = _shared(first, second)
    return _difference(_ratios(_by_session(one)), _ratios(_by_session(other)))


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Sums of each point of each session over its repeats, sorted by session, then by point."""

    sessions: NDArray[np.str_]
    points: NDArray[np.str_]
    sums: Floats
    """Numerators and denominators, shape (points, 2)."""


def _starts(*keys: NDArray[np.str_]) -> NDArray[np.intp]:
    """Return where each run of equal keys begins."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.intp)
    changed = np.zeros(len(keys[0]) - 1, dtype=bool)
    for key in keys:
        changed |= key[1:] != key[:-1]
    return np.concatenate([[0], np.flatnonzero(changed) + 1]).astype(np.intp)


def _points_of(cells: Cells) -> _Points:
    starts = _starts(cells.sessions, cells.points)
    rows = np.stack([cells.numerators, cells.denominators], axis=1)
    sums = np.add.reduceat(rows, starts, axis=0) if len(starts) else np.zeros((0, 2))
    return _Points(cells.sessions[starts], cells.points[starts], sums)


def _by_session(points: _Points) -> Floats:
    """Return the sums of each session, shape (sessions, 2)."""
    starts = _starts(points.sessions)
    return np.add.reduceat(points.sums, starts, axis=0) if len(starts) else np.zeros((0, 2))


def _ratios(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 1])


def _difference(first: Floats, second: Floats) -> Floats:
    """Return first minus second, 0 where they differ by rounding alone: a test must not see a sign there."""
    gaps = first - second
    return np.where(np.abs(gaps) <= 1e-12 * (np.abs(first) + np.abs(second)), 0.0, gaps)


def _keys(*tables: tuple[NDArray[np.str_], NDArray[np.str_]]) -> list[NDArray[np.intp]]:
    """Return one number for each pair of a session and a point, the same in every table, in their order."""
    sessions = np.unique(np.concatenate([table[0] for table in tables]), return_inverse=True)[1]
    points = np.unique(np.concatenate([table[1] for table in tables]), return_inverse=True)[1]
    numbers = sessions * (points.max(initial=0) + 1) + points
    return np.split(numbers, np.cumsum([len(table[0]) for table in tables])[:-1])


def _shared(first: Cells, second: Cells) -> tuple[_Points, _Points, int, float | None]:
    """Return the points that both have, the number of rows on them, and the spread over their repeats."""
    ours, theirs = _keys((first.sessions, first.points), (second.sessions, second.points))
    both = np.intersect1d(ours, theirs)
    kept = [_chosen(first, np.isin(ours, both)), _chosen(second, np.isin(theirs, both))]
    one, other = (_points_of(cells) for cells in kept)
    return one, other, sum(len(cells.numerators) for cells in kept), _spread(*kept)


def _chosen(cells: Cells, mask: NDArray[np.bool_]) -> Cells:
    return Cells(cells.numerators[mask], cells.denominators[mask], cells.sessions[mask], cells.points[mask])


def _spread(*tables: Cells) -> float | None:
    """Return the standard deviation over repeats of one cell, pooled over the cells of all tables."""
    squares = freedom = 0.0
    for cells in tables:
        starts = _starts(cells.sessions, cells.points)
        if not len(starts):
            continue
        values = cells.numerators / cells.denominators
        sizes = np.diff(np.append(starts, len(values)))
        means = np.add.reduceat(values, starts) / sizes
        squares += float(((values - np.repeat(means, sizes)) ** 2).sum())
        freedom += float((sizes - 1).sum())
    return math.sqrt(squares / freedom) if freedom else None


def _estimate(
    tables: list[_Points], two_stage: bool, level: float, resamples: int, seed: int, rows: int, spread: float | None
) -> ClusterEstimate:
    """Return the mean over sessions of the ratio of the first table, minus that of the second where there is one."""

    def value_of(sums: Floats) -> Floats:
        ratios = sums[..., ::2] / sums[..., 1::2]
        return _difference(ratios[..., 0], ratios[..., 1]) if len(tables) == 2 else np.asarray(ratios[..., 0])

    values = value_of(np.concatenate([_by_session(table) for table in tables], axis=1))
    n = len(values)
    if not n:
        return ClusterEstimate(None, None, None, level, "", 0, 0, None, "no_cell")
    columns = np.stack([values, np.ones(n)], axis=1)
    draw = None
    if two_stage:
        starts = _starts(tables[0].sessions)[1:]
        drawn_from = np.split(np.concatenate([table.sums for table in tables], axis=1), starts)

        def draw(session: int, times: int, rng: np.random.Generator) -> Floats:
            sums = drawn_from[session]
            picked = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=times) @ sums
            return np.stack([value_of(picked), np.ones(times)], axis=1)

    low, high, method, reason = sum_interval(columns, _ratios, level=level, resamples=resamples, seed=seed, draw=draw)
    return ClusterEstimate(float(values.mean()), low, high, level, method, n, rows, spread, reason)


def sum_interval(
    columns: Floats,
    statistic: Statistic,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    draw: Callable[[int, int, np.random.Generator], Floats] | None = None,
    method: Literal["", "percentile", "bca"] = "",
    widened: bool = True,
) -> tuple[float | None, float | None, Method, str]:
    """Return the bootstrap interval of a figure that depends on sums over sessions alone.

    Args:
        columns: what each session adds to the sums, shape (sessions, columns).
        statistic: from sums to the figure; NaN where it does not exist for a resample, which is then left out.
        level: of confidence, in (0, 1).
        resamples: number of resamples.
        seed: of the resamples.
        draw: from a session, a number of times and a generator to what the session adds when it is resampled itself,
            shape (times, columns); None where it always adds the same.
        method: percentile or BCa; chosen by the number of sessions where empty.
        widened: whether the levels are widened for few sessions, as Student's t is beside the normal distribution.

    Returns:
        Lower and upper bound, the method, and a reason code: `too_few_sessions` without bounds, `no_variation` with
        bounds that are the figure itself, `not_determined` without bounds where a twentieth of the resamples gives no
        figure.
    """
    n = len(columns)
    if n < FEWEST_SESSIONS:
        return None, None, "", "too_few_sessions"
    chosen: Literal["percentile", "bca"] = method or ("bca" if n >= BCA_FROM else "percentile")
    rng = np.random.default_rng(seed)
    figures = statistic(_resampled_sums(columns, resamples, rng, draw))
    exist = np.isfinite(figures)
    if exist.sum() < 0.95 * resamples:
        return None, None, "", "not_determined"
    figures = np.sort(figures[exist])
    value = float(statistic(columns.sum(axis=0)))
    scale = max(abs(value), float(np.abs(figures).max()), 1e-300)
    if figures[-1] - figures[0] <= 1e-12 * scale:
        return value, value, chosen, "no_variation"
    tail = widened_tail(level, n) if widened else (1 - level) / 2
    tails = (tail, 1 - tail)
    if chosen == "bca":
        tails = _bca_tails(tail, figures, value, statistic(columns.sum(axis=0) - columns), 1e-12 * scale)
    low, high = np.percentile(figures, [100 * share for share in tails])
    return float(low), float(high), chosen, ""


def _resampled_sums(
    columns: Floats,
    resamples: int,
    rng: np.random.Generator,
    draw: Callable[[int, int, np.random.Generator], Floats] | None,
) -> Floats:
    """Return the sums of each resample, shape (resamples, columns). Memory does not grow with the sessions."""
    sums = np.zeros((resamples, columns.shape[1]))
    for session, times in enumerate(_times_drawn(len(columns), resamples, rng)):
        if draw is None:
            sums += times[:, None] * columns[session]
            continue
        place = np.repeat(np.arange(resamples), times)
        for column, added in enumerate(draw(session, len(place), rng).T):
            sums[:, column] += np.bincount(place, weights=added, minlength=resamples)
    return sums


def _times_drawn(sessions: int, resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield how often each resample draws a session, session after session: a multinomial, column by column."""
    left = np.full(resamples, sessions, dtype=np.int64)
    for session in range(sessions):
        times = rng.binomial(left, 1 / (sessions - session))
        left = left - times
        yield times


@lru_cache(maxsize=256)
def widened_tail(level: float, sessions: int) -> float:
    """Return the share of resamples outside each bound of a percentile interval (Hesterberg 2015).

    A bootstrap mean of n sessions varies as if their variance were divided by n, not n - 1, and as the normal
    distribution does, not as Student's t. The tail is widened by both: Φ(-√(n / (n - 1)) t).
    """
    tail = (1 - level) / 2
    if sessions > 1000:
        return tail
    return _NORMAL.cdf(-math.sqrt(sessions / (sessions - 1)) * student_quantile(1 - tail, sessions - 1))


def _bca_tails(tail: float, figures: Floats, value: float, jackknife: Floats, tie: float) -> tuple[float, float]:
    """Return the shares of sorted resamples at the bounds of a BCa interval (Efron 1987)."""
    below = np.searchsorted(figures, [value - tie, value + tie]).mean() / len(figures)
    bias = _NORMAL.inv_cdf(min(max(float(below), 1e-9), 1 - 1e-9))
    jackknife = jackknife[np.isfinite(jackknife)]
    off = jackknife.mean() - jackknife
    squares = float((off**2).sum())
    acceleration = float((off**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0

    def moved(share: float) -> float:
        z = bias + _NORMAL.inv_cdf(share)
        return _NORMAL.cdf(bias + z / max(1 - acceleration * z, 1e-9))

    return moved(tail), moved(1 - tail)
