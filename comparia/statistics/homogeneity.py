"""How alike recaps are in what they keep: those of different models, beside repeats of one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from comparia.errors import MissingExtra
from comparia.messages import gettext as _
from comparia.statistics.clusters import RESAMPLES, Cells, ClusterEstimate, cells_of, cluster_mean, paired_difference

Measure = Literal["jaccard", "phi"]

INSTALL = "pip install 'scipy>=1.15,<2'"


@dataclass(frozen=True, slots=True, eq=False)
class KeptPoints:
    """Which points the recaps of one session keep."""

    session: str
    models: tuple[str, ...]
    """Model of each recap."""
    kept: NDArray[np.bool_]
    """Whether each recap keeps each point, shape (recaps, points)."""
    conditions: tuple[str, ...] = ()
    """Condition of each recap, as its prompt; only recaps of one condition are compared. Empty for one condition."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How alike recaps of two models are; repeats of one where both names are the same."""

    first: str
    second: str
    agreement: ClusterEstimate
    """Mean over sessions of the mean agreement of two recaps. A cell is a pair of recaps."""


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """How alike recaps are in what they keep."""

    measure: Measure
    """`jaccard`: points that both keep over points that either keeps; `phi`: correlation of kept and not kept."""
    between: ClusterEstimate
    """Agreement of recaps of two models."""
    within: ClusterEstimate
    """Agreement of repeats of one model: self-consistency."""
    gap: ClusterEstimate
    """Within minus between, over the sessions that have both: near 0 where another model is as good as a repeat."""
    pairs: tuple[PairAgreement, ...]
    """Each pair of models, and each model with itself."""


def homogeneity(
    sessions: Sequence[KeptPoints], *, measure: Measure = "jaccard", resamples: int = RESAMPLES, seed: int = 0
) -> Homogeneity:
    """Return how alike recaps are in what they keep, between models and within repeats of one.

    The Jaccard index (Jaccard 1901) rises by itself with the share that is kept; phi (Yule 1912) does not. A pair that
    keeps nothing has no Jaccard index; one of which a recap keeps all or nothing has no phi: it is left out.

    Args:
        sessions: which points the recaps of each session keep.
        measure: of agreement.
        resamples: number of resamples of each interval.
        seed: of the resamples.

    Raises:
        ValueError: a shape is wrong, or a session is given twice.
    """
    if len({each.session for each in sessions}) != len(sessions):
        raise ValueError("sessions must differ")
    values: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for each in sessions:
        for pair, value in _pairs(each, measure):
            values.setdefault(pair, []).append((each.session, value))

    def table(same: bool) -> Cells:
        rows = [row for (one, other), found in values.items() if (one == other) is same for row in found]
        return _cells(rows)

    between, within = table(False), table(True)
    return Homogeneity(
        measure,
        cluster_mean(between, resamples=resamples, seed=seed),
        cluster_mean(within, resamples=resamples, seed=seed),
        paired_difference(within, between, resamples=resamples, seed=seed),
        tuple(
            PairAgreement(*pair, cluster_mean(_cells(found), resamples=resamples, seed=seed))
            for pair, found in sorted(values.items())
        ),
    )


def similar_order(agreements: NDArray[np.float64]) -> tuple[int, ...]:
    """Return models in an order that puts like ones side by side, for a map of models.

    Average linkage, then the order of its leaves in which neighbours are most alike (Bar-Joseph, Gifford and Jaakkola
    2001, *Fast optimal leaf ordering for hierarchical clustering*).

    Args:
        agreements: of each pair, shape (models, models), 1 where two are the same; symmetric.

    Returns:
        Their places, in the order to show them.

    Raises:
        MissingExtra: scipy is not installed.
        ValueError: the table is not square, or a number is not finite.
    """
    n = len(agreements)
    if agreements.shape != (n, n) or not np.isfinite(agreements).all():
        raise ValueError("agreements must be a square table of finite numbers")
    if n < 3:
        return tuple(range(n))
    try:
        from scipy.cluster.hierarchy import leaves_list, linkage
    except ImportError as error:
        raise MissingExtra(_("The order of a map of models"), INSTALL) from error
    distances = (1 - (agreements + agreements.T) / 2)[np.triu_indices(n, 1)]
    leaves = leaves_list(linkage(np.maximum(distances, 0.0), "average", optimal_ordering=True))
    # one of the two directions, whatever the computer
    places = leaves if leaves[0] < leaves[-1] else leaves[::-1]
    return tuple(int(place) for place in places)


def agreement_of(kept: NDArray[np.bool_], measure: Measure = "jaccard") -> NDArray[np.float64]:
    """Return the agreement of each pair of recaps, NaN where it does not exist.

    Args:
        kept: whether each recap keeps each point, shape (recaps, points).
        measure: of agreement.

    Returns:
        Shape (recaps, recaps).
    """
    table = kept.astype(np.float64)
    shared, sizes, points = table @ table.T, table.sum(axis=1), table.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure == "jaccard":
            return np.asarray(shared / (sizes[:, None] + sizes - shared))
        spread = np.sqrt(sizes * (points - sizes))
        return np.asarray((points * shared - np.outer(sizes, sizes)) / np.outer(spread, spread))


def _pairs(each: KeptPoints, measure: Measure) -> list[tuple[tuple[str, str], float]]:
    """Return the agreement of each pair of recaps of one condition, with the names of their models in order."""
    conditions = each.conditions or ("",) * len(each.models)
    if each.kept.ndim != 2 or not len(each.kept) == len(each.models) == len(conditions):
        raise ValueError("kept must have a row, a model and a condition for each recap")
    agreements = agreement_of(each.kept, measure)
    return [
        ((min(names := (each.models[one], each.models[other])), max(names)), float(agreements[one, other]))
        for one, other in zip(*np.triu_indices(len(each.models), 1), strict=True)
        if conditions[one] == conditions[other] and np.isfinite(agreements[one, other])
    ]


def _cells(rows: Sequence[tuple[str, float]]) -> Cells:
    return cells_of([value for _session, value in rows], [session for session, _value in rows])
