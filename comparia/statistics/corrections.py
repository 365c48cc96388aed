"""p-values of several tests, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values adjusted by Holm's step-down method, in the order given; for contrasts that were planned.

    The chance that any true null hypothesis is rejected stays at or under the level, whatever the tests have in common
    (Holm 1979, *A simple sequentially rejective multiple test procedure*).

    Args:
        values: p-values in [0, 1]; None for a planned test that could not be made, which still counts as one of them.

    Raises:
        ValueError: a number is not in [0, 1].
    """
    p = _checked(values)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _placed(stepped, order, values)


def benjamini_hochberg(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values adjusted for the false discovery rate, in the order given; for contrasts nobody planned.

    The expected share of false ones among those under the level stays at or under it where tests are independent or
    positively dependent (Benjamini and Hochberg 1995, *Controlling the false discovery rate*).

    Args:
        values: p-values in [0, 1]; None for a test that could not be made, which still counts as one of them.

    Raises:
        ValueError: a number is not in [0, 1].
    """
    p = _checked(values)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * (len(p) / np.arange(1, len(p) + 1))
    return _placed(np.minimum.accumulate(stepped[::-1])[::-1], order, values)


def _checked(values: Sequence[float | None]) -> NDArray[np.float64]:
    p = np.array([1.0 if value is None else value for value in values], dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p-values must be in [0, 1]")
    return p


def _placed(
    stepped: NDArray[np.float64], order: NDArray[np.intp], values: Sequence[float | None]
) -> tuple[float | None, ...]:
    adjusted = np.empty(len(stepped))
    adjusted[order] = np.minimum(stepped, 1.0)
    return tuple(None if value is None else float(p) for value, p in zip(values, adjusted, strict=True))
