"""Sign-flip test of paired differences: if two models are alike, each difference might as well have the other sign.

Fisher 1935, *The Design of Experiments*, section 21; it assumes no distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXACT_TO = 16
"""Most differences other than 0 whose every assignment of signs is counted: 2¹⁶ of them."""

DRAWS = 19_999
"""Assignments of signs that are drawn where there are more differences."""

_BATCH = 4_000_000
"""Signs that are drawn at once, so that memory does not grow with the sessions."""


@dataclass(frozen=True, slots=True)
class SignFlip:
    """What a sign-flip test found."""

    p: float | None
    """Two-sided p-value in (0, 1]; None without a difference to test."""
    n: int
    """Number of differences, those of 0 included."""
    exact: bool
    """Whether every assignment of signs was counted; otherwise some were drawn."""
    smallest: float | None
    """Smallest p-value that so many differences could give, 2 / 2ⁿ; None without one."""
    reason: str = ""
    """`no_session` without a difference to test."""


def sign_flip(differences: Sequence[float] | NDArray[np.float64], *, draws: int = DRAWS, seed: int = 0) -> SignFlip:
    """Test whether the mean of paired differences is 0, without a distribution, on both sides.

    A difference of 0 has no sign, and counts neither way. With `EXACT_TO` differences or fewer the p-value is exact;
    with more it is (b + 1) / (draws + 1), b being the drawn means that are at least as far from 0 (Phipson and Smyth
    2010, *Permutation p-values should never be zero*).

    Args:
        differences: first minus second, one a session.
        draws: assignments of signs to draw where they are too many to count.
        seed: of the draws.

    Raises:
        ValueError: a difference is not finite.
    """
    given = np.asarray(differences, dtype=np.float64)
    if not np.isfinite(given).all():
        raise ValueError("differences must be finite")
    n = given.size
    if not n:
        return SignFlip(None, 0, True, None, "no_session")
    sizes = np.sort(np.abs(given[given != 0]))
    if not len(sizes):
        return SignFlip(1.0, n, True, 1.0)
    # what sums in another order may differ by, so that equal sums count as equal
    least = abs(float(np.sort(given).sum())) - 1e-9 * float(sizes.sum())
    if len(sizes) <= EXACT_TO:
        sums = _flipped_sums(sizes)
        p = float((np.abs(sums) >= least).mean())
        return SignFlip(p, n, True, 2.0 ** (1 - len(sizes)))
    rng = np.random.default_rng(seed)
    as_far = 0
    for start in range(0, draws, step := max(1, _BATCH // len(sizes))):
        signs = rng.integers(0, 2, (min(step, draws - start), len(sizes)), dtype=np.int8)
        # Σ ± size = 2 Σ (those of sign +) - Σ size
        as_far += int((np.abs(2 * (signs @ sizes) - sizes.sum()) >= least).sum())
    return SignFlip((as_far + 1) / (draws + 1), n, False, max(2.0 ** (1 - len(sizes)), 1 / (draws + 1)))


def _flipped_sums(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum under each assignment of signs, that of the first being +: the others mirror these.

    Args:
        sizes: n of them, n at least 1.

    Returns:
        2ⁿ⁻¹ sums.
    """
    sums = sizes[:1]
    for size in sizes[1:]:
        sums = np.concatenate([sums + size, sums - size])
    return sums
