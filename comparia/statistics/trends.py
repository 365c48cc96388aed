"""Dependence of one quantity on another: least-squares slope, log-odds."""

from __future__ import annotations

import math
from collections.abc import Sequence


def slope(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return the least-squares slope of `y` on `x`; None where `x` does not vary."""
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    spread = math.fsum((a - mean_x) ** 2 for a in x)
    if spread <= 1e-12:
        return None
    return math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread


def logit(share: float, edge: float = 0.01) -> float:
    """Return the log-odds of a share, clipped to [edge, 1 - edge] first."""
    share = min(max(share, edge), 1 - edge)
    return math.log(share / (1 - share))
