"""Reads and writes of an open database: one transaction a batch of writes, and reads that take no write lock.

Writers of one process go through one thread and one transaction a batch (group commit): fifty answers that arrive
together cost one disk flush, and none is shown before that flush.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from comparia.store import tables as t
from comparia.store.opening import translated

Row = Mapping[str, Any]


class Transactions:
    """The transactions of one open database, shared by all parts of a store.

    Args:
        engine: the database.
        place: its name in errors.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._reader = engine.execution_options(reads_only=True)
        self._writer = ThreadPoolExecutor(1, "comparia-store")
        self._waiting: list[tuple[sa.Table, Row, asyncio.Future[None]]] = []
        self._flushing = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: it waits for no writer, and no writer waits for it."""
        with translated(self.place), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed at the end, and undone by an error."""
        with translated(self.place), self.engine.begin() as connection:
            yield connection

    async def commit(self, table: sa.Table, row: Row) -> None:
        """Write a row together with the other rows that are waiting; return when it is on disk."""
        loop = asyncio.get_running_loop()
        completion: asyncio.Future[None] = loop.create_future()
        self._waiting.append((table, row, completion))
        if not self._flushing:
            self._flushing = True
            self._flusher = loop.create_task(self._flush())
        await completion

    def drain(self) -> None:
        """Write the rows that are waiting; called when a run stops, whatever stopped it."""
        waiting, self._waiting, self._flushing = self._waiting, [], False
        if waiting:
            self._writer.submit(self.write_batch, [(table, row) for table, row, _completion in waiting]).result()

    def close(self) -> None:
        """Write the rows that are waiting, and end the thread of the writer."""
        self.drain()
        self._writer.shutdown(wait=True)

    def write_batch(self, batch: Sequence[tuple[sa.Table, Row]]) -> None:
        """Write rows of several tables in one transaction."""
        with self.write() as connection:
            for table in dict.fromkeys(table for table, _row in batch):
                put(connection, table, *(row for other, row in batch if other is table))

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(
                    self._writer, self.write_batch, [(table, row) for table, row, _completion in batch]
                )
            except Exception as error:
                for _table, _row, completion in batch:
                    if not completion.done():
                        completion.set_exception(error)
                continue
            for _table, _row, completion in batch:
                if not completion.done():
                    completion.set_result(None)
        self._flushing = False


def put(connection: Connection, table: sa.Table, *rows: Row) -> None:
    """Insert rows.

    A variant replaces an earlier failure of the same cell, a ballot the earlier one of its voter; every journal line is
    new; of any other table, a row whose key is there already is left out. A recap that arrives makes its run unscored.
    """
    connection.execute(_insert(table, connection.dialect.name), list(rows))
    if table is t.variants:
        run_ids = sorted({row["run_id"] for row in rows if not row["failed"]})
        for run_id in run_ids:
            connection.execute(t.runs.update().where(t.runs.c.id == run_id, t.runs.c.scored).values(scored=False))


@cache
def _insert(table: sa.Table, dialect: str) -> Any:
    if table is t.journal:
        return table.insert()
    # Each database has its own form of INSERT; its module is imported by what writes, and only there.
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    keys = [column.name for column in table.primary_key.columns]
    if table is t.variants:
        new = {name: statement.excluded[name] for name in ("cell", "failed", "content")}
        return statement.on_conflict_do_update(index_elements=keys, set_=new, where=table.c.failed)
    if table is t.ballots:
        return statement.on_conflict_do_update(index_elements=keys, set_={"content": statement.excluded.content})
    return statement.on_conflict_do_nothing(index_elements=keys)
