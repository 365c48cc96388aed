"""Batches: written down before anything of them is sent, so that none is sent twice."""

from __future__ import annotations

import sqlalchemy as sa

from comparia.records import Batch
from comparia.store import tables as t
from comparia.store.transactions import Transactions, put


class Batches:
    """The part of a store that holds batches. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def keep(self, batch: Batch) -> None:
        """Keep a batch as it is now; return when it is on disk."""
        values = {"state": batch.state, "content": batch.model_dump_json()}
        with self._transactions.write() as connection:
            changed = connection.execute(t.batches.update().where(t.batches.c.id == batch.id).values(**values))
            if not changed.rowcount:
                put(connection, t.batches, {"id": batch.id, "run_id": batch.run, **values})

    def remove(self, batch_id: str) -> None:
        """Forget a batch that the server has not."""
        with self._transactions.write() as connection:
            connection.execute(t.batches.delete().where(t.batches.c.id == batch_id))

    def of(self, run_id: str, *, open_only: bool = False) -> list[Batch]:
        """Return the batches of a run, the oldest first.

        Args:
            run_id: the run.
            open_only: leave out those that are read and of which nothing is left at the server.
        """
        query = sa.select(t.batches.c.content).where(t.batches.c.run_id == run_id)
        if open_only:
            query = query.where(t.batches.c.state != "cleared")
        with self._transactions.read() as connection:
            found = [Batch.model_validate_json(content) for content in connection.execute(query).scalars()]
        return sorted(found, key=lambda batch: (batch.made_at, batch.id))
