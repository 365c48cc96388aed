"""How fast one address may ask: a token bucket for each, in memory only."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 4_096
"""Addresses that are remembered; the one that asked longest ago is forgotten first."""


class Buckets:
    """A bucket of tokens for each address: it begins full, and fills again at a steady pace.

    Args:
        size: tokens of a full bucket.
        rate: tokens that come back each second.
        clock: the seconds that have passed, from any origin.
    """

    def __init__(self, size: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._rate, self._clock = size, rate, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, cost: float = 1.0, *, most_wait: float = 0.0) -> float | None:
        """Take tokens, and return the seconds to wait before they are there: 0 where they are there already.

        Args:
            address: whose bucket.
            cost: tokens to take.
            most_wait: seconds that the caller may wait; for longer, nothing is taken and None is returned.
        """
        now = self._clock()
        left, at = self._left.pop(address, (self._size, now))
        left = min(self._size, left + (now - at) * self._rate)
        wait = max(0.0, cost - left) / self._rate
        self._left[address] = (left - cost if wait <= most_wait else left, now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        return wait if wait <= most_wait else None

    def is_empty(self, address: str) -> bool:
        """Return whether less than one token is left; nothing is taken."""
        left, at = self._left.get(address, (self._size, 0.0))
        return min(self._size, left + (self._clock() - at) * self._rate) < 1.0
