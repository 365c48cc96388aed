"""One process at a time carries a run out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from comparia.errors import StoreError, StoreUnwritable
from comparia.messages import gettext as _
from comparia.store.opening import translated


@contextmanager
def hold(engine: Engine, place: str, run_id: str) -> Iterator[None]:
    """Keep a run to this process: the system lets go of it when the process dies.

    Args:
        engine: the database.
        place: its name; beside the file of SQLite lies a lock file a run.
        run_id: the run.

    Raises:
        StoreError: another process is carrying it out.
    """
    busy = StoreError(
        _("Run {run} is being carried out by another process.").format(run=run_id),
        _("Wait until it ends, or stop it, then: comparia resume {run}").format(run=run_id),
        on_page=_("Wait until it ends, then open this page again."),
    )
    if engine.dialect.name == "sqlite":
        from filelock import FileLock, Timeout  # what only reads holds no run

        lock = FileLock(f"{place}.{run_id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise busy from error
        except OSError as error:
            message = _("{place} cannot be written ({error}).").format(place=place, error=error.strerror)
            raise StoreUnwritable(message) from error
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()
        return
    with translated(place), engine.connect() as connection:
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(hashtext(:run))"), {"run": run_id}):
            raise busy
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext(:run))"), {"run": run_id})
