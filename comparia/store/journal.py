"""The journal: one line for every request that left the process."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from comparia.records import Sending
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class Journal:
    """The part of a store that holds the journal. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def add_sending(self, sending: Sending) -> None:
        """Keep one line; return when it is on disk."""
        row = {"run_id": sending.run, "at": sending.at.isoformat(), "content": sending.model_dump_json()}
        await self._transactions.commit(t.journal, row)

    def sendings(self) -> Iterator[Sending]:
        """Yield every line, the oldest first."""
        with self._transactions.read() as connection:
            for content in connection.execute(sa.select(t.journal.c.content).order_by(t.journal.c.id)).scalars():
                yield Sending.model_validate_json(content)
