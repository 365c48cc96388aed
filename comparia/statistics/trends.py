"""How one quantity goes with another."""

from __future__ import annotations

import math
from collections.abc import Sequence


def slope(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Least-squares slope of `y` on `x`; None where `x` does not vary."""
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    spread = math.fsum((a - mean_x) ** 2 for a in x)
    if spread <= 1e-12:
        return None
    return math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread


def logit(share: float, edge: float = 0.01) -> float:
    """Log-odds of a share, kept `edge` away from 0 and 1."""
    share = min(max(share, edge), 1 - edge)
    return math.log(share / (1 - share))
