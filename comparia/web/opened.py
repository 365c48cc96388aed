"""What stays open to phones or raters for minutes or weeks: read once, and closed when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from comparia.records import now


class _Open(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def closed_at(self) -> datetime | None: ...
    def is_open(self, at: datetime) -> bool: ...


T = TypeVar("T", bound=_Open)


class Opened(Generic[T]):
    """What this server shows of one kind, in memory: read again once its time is over, or once it was let go of.

    Args:
        read: returns one from the store by its id, closed where its time is over. Raises UnknownName.
    """

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read
        self._known: dict[str, T] = {}
        self._changing = asyncio.Lock()

    async def of(self, id_: str) -> T:
        """Return one; it is closed where its time is over. Raises UnknownName."""
        known = self._known.get(id_)
        if known is None or (known.closed_at is None and not known.is_open(now())):
            async with self._changing:
                known = await run_in_threadpool(self._read, id_)
                self.keep(known)
        return known

    def keep(self, item: T) -> None:
        """Show one as it is now."""
        self._known[item.id] = item

    def forget(self, id_: str = "", run_id: str = "") -> None:
        """Let go of one, or of those of a run: they are read again where they are still there."""
        for name, item in list(self._known.items()):
            if name == id_ or item.run == run_id:
                self._known.pop(name, None)
