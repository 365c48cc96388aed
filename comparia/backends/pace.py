"""How fast one backend may be asked: calls in flight, requests and input tokens a minute, and pauses it asks for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from comparia.records import Backend

WINDOW = 60.0
"""Providers count by the minute."""


class Pace:
    """The pace of one backend: a sliding window over the last minute, so that no burst can break a limit.

    Args:
        backend: its limits.
        window: length of the window in seconds.
    """

    def __init__(self, backend: Backend, window: float = WINDOW) -> None:
        self._requests = backend.requests_per_minute
        self._tokens = backend.input_tokens_per_minute
        self._window = window
        self._places = asyncio.Semaphore(backend.concurrency)
        self._order = asyncio.Lock()
        self._sendings: deque[tuple[float, int]] = deque()
        self._held_until = 0.0

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait for one's turn to send `tokens` input tokens, then hold a place while the call is in flight."""
        async with self._places:
            async with self._order:
                while (wait := self._wait(tokens)) > 0:  # noqa: ASYNC110 - what is waited for is time itself
                    await asyncio.sleep(wait)
                if self._requests or self._tokens:
                    self._sendings.append((_clock(), tokens))
            yield

    def hold(self, seconds: float) -> None:
        """Send nothing more until a pause that the server asked for is over."""
        self._held_until = max(self._held_until, _clock() + seconds)

    def _wait(self, tokens: int) -> float:
        moment = _clock()
        if moment < self._held_until:
            return self._held_until - moment
        while self._sendings and self._sendings[0][0] <= moment - self._window:
            self._sendings.popleft()
        if not self._sendings:
            return 0.0
        oldest = self._sendings[0][0] + self._window - moment
        if self._requests and len(self._sendings) >= self._requests:
            return oldest
        if self._tokens and sum(n_tokens for _at, n_tokens in self._sendings) + tokens > self._tokens:
            return oldest
        return 0.0


def _clock() -> float:
    """Return the time of the running event loop, in seconds: the clock by which its sleeps end."""
    return asyncio.get_running_loop().time()
