"""The share kept in each group of cells: by place in the session, share of speech, channel, attribute of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from comparia.statistics.clusters import (
    FEWEST_SESSIONS,
    RESAMPLES,
    Cells,
    Floats,
    Ids,
    Method,
    cells_of,
    cluster_mean,
)
from comparia.statistics.intervals import beta_interval

FEWEST = 5
"""Fewest cells, and fewest people, of a group that is shown: fewer could be told by name."""


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The share kept of the cells of one group, and its interval."""

    group: str
    share: float | None
    """In [0, 1]; None where the group is not shown."""
    low: float | None
    """Lower bound of the interval."""
    high: float | None
    level: float
    """Level of confidence of the interval."""
    method: Method
    """Percentile or BCa: sessions are resampled. Jeffreys: the points are those of too few sessions for that."""
    cells: int | None
    """Number of rows; None where the group is not shown, as below."""
    points: int | None
    """Number of points, those of two sessions counting as two."""
    sessions: int | None
    """Number of sessions."""
    people: int | None
    """Number of people; None where nobody was named either."""
    reason: str = ""
    """`suppressed` where the group is not shown; `no_variation` as in `clusters.ClusterEstimate`."""


def shares_by_group(
    groups: Sequence[str],
    numerators: Sequence[float] | Floats,
    sessions: Ids,
    points: Ids,
    denominators: Sequence[float] | Floats | None = None,
    people: Sequence[Sequence[str]] | None = None,
    *,
    order: Sequence[str] = (),
    fewest: int = FEWEST,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[GroupShare, ...]:
    """Return the share kept of the cells of each group.

    With `FEWEST_SESSIONS` sessions or more, the mean over sessions and its cluster bootstrap interval. With fewer, the
    mean over points and a Jeffreys interval (Brown, Cai and DasGupta 2001) in which all repeats of a point count as
    one; it tells of other points of these sessions, not of other sessions.

    A group of fewer cells, points or people than `fewest` is not shown. Where people are named and exactly one group is
    held back, the smallest of the others is held back with it: the total would give the first one away (Hundepool et
    al. 2012, *Statistical Disclosure Control*, secondary suppression).

    Args:
        groups: label of each row.
        numerators: what was kept in each row, from 0 to its denominator.
        sessions: session of each row.
        points: key point of each row.
        denominators: out of how much; 1 where None.
        people: people whom each row is about; None where the grouping says nothing of people.
        order: labels in the order wanted; others follow in alphabetical order.
        fewest: cells, points and people.
        level: of confidence, in (0, 1).
        resamples: number of resamples.
        seed: of the resamples.

    Raises:
        ValueError: lengths differ, or a number is not finite or not from 0 to its denominator.
    """
    kept = np.asarray(numerators, dtype=np.float64)
    of = np.ones(len(kept)) if denominators is None else np.asarray(denominators, dtype=np.float64)
    labels, where, what = (np.asarray(each, dtype=np.str_) for each in (groups, sessions, points))
    if labels.shape != kept.shape or (people is not None and len(people) != len(kept)):
        raise ValueError("groups, people and numerators must be of one length")
    cells_of(kept, where, what, of)
    if not ((kept >= 0) & (kept <= of)).all():
        raise ValueError("numerators must be from 0 to their denominators")
    names = [name for name in dict.fromkeys(order) if name in labels]
    names += [str(name) for name in np.unique(labels) if name not in names]
    counted: dict[str, tuple[Cells, int | None]] = {}
    for name in names:
        rows = np.flatnonzero((labels == name) & (of > 0))
        cells = cells_of(kept[rows], where[rows], what[rows], of[rows])
        heads = None if people is None else len({person for row in rows.tolist() for person in people[row]})
        counted[name] = cells, heads
    sizes = {name: _size(cells, heads) for name, (cells, heads) in counted.items()}
    hidden = {name for name, size in sizes.items() if size < fewest}
    if people is not None and len(hidden) == 1 < len(names):
        hidden.add(min((name for name in names if name not in hidden), key=lambda name: sizes[name]))
    return tuple(
        GroupShare(name, None, None, None, level, "", None, None, None, None, "suppressed")
        if name in hidden
        else _share(name, *counted[name], level, resamples, seed)
        for name in names
    )


def binned(values: Sequence[float] | Floats, edges: Sequence[float]) -> NDArray[np.intp]:
    """Return the number of the bin of each value, from 0: below the first edge, and so on.

    Thirds of a session: `binned(positions, [1 / 3, 2 / 3])`, positions being in [0, 1].

    Raises:
        ValueError: a value is not a number, or edges do not rise.
    """
    given = np.asarray(values, dtype=np.float64)
    if np.isnan(given).any() or any(one >= other for one, other in pairwise(edges)):
        raise ValueError("values must be numbers, and edges must rise")
    return np.searchsorted(np.asarray(edges, dtype=np.float64), given, side="right")


def _size(cells: Cells, heads: int | None) -> int:
    """Return the least of the numbers of cells, of points and of people of a group."""
    points = len(set(zip(cells.sessions.tolist(), cells.points.tolist(), strict=True)))
    return min(points, len(cells.numerators), *([] if heads is None else [heads]))


def _share(name: str, cells: Cells, heads: int | None, level: float, resamples: int, seed: int) -> GroupShare:
    shares: dict[tuple[str, str], list[float]] = {}
    for session, point, kept, of in zip(
        cells.sessions.tolist(), cells.points.tolist(), cells.numerators, cells.denominators, strict=True
    ):
        shares.setdefault((session, point), []).append(float(kept / of))
    n, sessions = len(shares), len({session for session, _point in shares})
    method: Method
    if sessions >= FEWEST_SESSIONS:
        mean = cluster_mean(cells, level=level, resamples=resamples, seed=seed)
        share, low, high, method, reason = mean.value, mean.low, mean.high, mean.method, mean.reason
    else:
        successes = sum(sum(values) / len(values) for values in shares.values())
        share, method, reason = successes / n, "jeffreys", ""
        low, high = beta_interval(successes + 0.5, n - successes + 0.5, level)
        low, high = (0.0 if successes <= 0 else low), (1.0 if successes >= n else high)
    return GroupShare(name, share, low, high, level, method, len(cells.numerators), n, sessions, heads, reason)
