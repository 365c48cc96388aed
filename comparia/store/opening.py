"""Opening a database: SQLite or PostgreSQL, upgraded when it is old, left alone when it is not ours or newer."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from comparia.errors import MissingExtra, StoreCorrupted, StoreError, StoreNewer, StoreUnwritable
from comparia.files import tighten_database
from comparia.messages import gettext as _

HEAD = "0017"
"""Newest migration this version knows."""

_IN_MEMORY = ("sqlite://", "sqlite:///", "sqlite:///:memory:")

BUSY_SECONDS = 30
"""How long one process waits for another to be done with the database."""


@dataclass
class _Shared:
    """An engine that every store of an address uses, opened by the first of them."""

    users: int = 0
    engine: Engine | None = None
    place: str = ""
    file: tuple[int, int] | None = None


_SHARED: dict[str, _Shared] = {}
_SHARING = threading.Lock()


@contextmanager
def sharing(url: str) -> Iterator[None]:
    """Let every store of this address use one engine, whose tables are checked once; close it at the end."""
    with _SHARING:
        _SHARED.setdefault(url, _Shared()).users += 1
    try:
        yield
    finally:
        with _SHARING:
            entry = _SHARED[url]
            entry.users -= 1
            if not entry.users:
                del _SHARED[url]
                if entry.engine is not None:
                    entry.engine.dispose()


def engine_of(url: str) -> tuple[Engine, str, bool]:
    """Return an engine on a database, its name for people, and whether the engine is shared. Raises as `open_engine`.

    A database file that was removed or replaced since it was opened is opened anew: a connection to the old one would
    write where nobody reads.
    """
    with _SHARING:
        entry = _SHARED.get(url)
        if entry is None:
            return *open_engine(url), False
        if entry.engine is not None and entry.file != _file_of(url):
            entry.engine.dispose()
            entry.engine = None
        if entry.engine is None:
            entry.engine, entry.place = open_engine(url, connections=40)
            entry.file = _file_of(url)
        return entry.engine, entry.place, True


def _file_of(url: str) -> tuple[int, int] | None:
    """Return what tells the file of a SQLite database from another file of the same name; None for other databases."""
    if not url.startswith("sqlite:///"):
        return None
    try:
        status = Path(url.removeprefix("sqlite:///")).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def open_engine(url: str, connections: int = 15) -> tuple[Engine, str]:
    """Open a database, its tables created or upgraded; return its engine, and its name for people, without password.

    Args:
        url: address of the database.
        connections: most connections at one time.

    Raises:
        StoreUnwritable: the place is read-only or full.
        StoreCorrupted: the file is damaged, or is something else.
        StoreNewer: it was written by a newer version.
        MissingExtra: PostgreSQL without its driver.
    """
    if url.startswith(("postgresql://", "postgres://")):
        url = re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", url)
    place = _place(url)
    with translated(place):
        if url.startswith("sqlite:///"):
            path = url.removeprefix("sqlite:///")
            if path not in ("", ":memory:"):
                tighten_database(Path(path))
        try:
            size: dict[str, Any] = {} if url in _IN_MEMORY else {"pool_size": 5, "max_overflow": connections - 5}
            engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), **size)
        except ModuleNotFoundError as error:
            if not url.startswith("postgresql"):
                raise StoreError(_("{url} is neither SQLite nor PostgreSQL.").format(url=place)) from error
            raise MissingExtra("PostgreSQL", "pip install 'psycopg[binary]'") from error
        except (sa.exc.ArgumentError, ValueError) as error:
            raise StoreError(_("{url} is not a database address.").format(url=place)) from error
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        try:
            _upgrade(engine, place)
        except BaseException:
            engine.dispose()
            raise
    return engine, place


def _place(url: str) -> str:
    """Return the database's name for people: a path, or an address without user, password or options."""
    if url.startswith("sqlite"):
        return url.removeprefix("sqlite:///")
    try:
        parts = sa.engine.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return _("the database address")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.get_backend_name()}://{parts.host or ''}{port}/{parts.database or ''}"


def _prepare_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN" if connection.get_execution_options().get("reads_only") else "BEGIN IMMEDIATE"
        )


def _upgrade(engine: Engine, place: str) -> None:
    version = _version(engine)
    if version == HEAD:
        return
    with engine.execution_options(reads_only=True).connect() as connection:
        names = set(sa.inspect(connection).get_table_names())
    if version is None and names - {"alembic_version"}:
        raise StoreCorrupted(
            _("{place} is a database, but not one of Comparia.").format(place=place),
            _("Choose another place with COMPARIA_DATABASE_URL or --outputs."),
            on_page=_("Ask whoever installed Comparia to choose another place."),
        )
    if version is not None and (not version.isdigit() or int(version) > int(HEAD)):
        raise StoreNewer(
            _("{place} was written by a newer Comparia (schema {version}, this one knows {head}).").format(
                place=place, version=version, head=HEAD
            ),
            _("Upgrade Comparia, or choose another place with COMPARIA_DATABASE_URL."),
            on_page=_("Ask whoever installed Comparia to upgrade it."),
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.rollback()
            driver: Any = connection.connection.driver_connection
            _write_ahead(driver)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(715731)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str | None:
    """Return the version of the tables: one read, which is all that opening a database that is up to date takes."""
    with engine.execution_options(reads_only=True).connect() as connection:
        try:
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            if "alembic_version" not in str(error.orig):
                raise
            return None


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Turn the log on, trying again while another process creates the database: SQLite does not wait here by itself."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            driver.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise every error of the database as a `StoreError` with its cure; `place` is the database's name for people."""
    try:
        yield
    except (sa.exc.DatabaseError, sqlite3.Error) as error:
        text = str(error.orig if isinstance(error, sa.exc.DatabaseError) else error)
        low = text.lower()
        if "readonly" in low or "read-only" in low or "unable to open" in low:
            message = _("{place} cannot be written.").format(place=place)
            raise StoreUnwritable(
                message,
                _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS."),
                on_page=_("Ask whoever installed Comparia to make this folder writable."),
            ) from error
        if "full" in low or "disk i/o" in low or "no space" in low:
            message = _("{place}: the disk is full.").format(place=place)
            raise StoreUnwritable(
                message,
                _("Free some space, then: comparia resume last"),
                on_page=_("Free some space on this computer, then ask again for what is missing."),
            ) from error
        if "malformed" in low or "not a database" in low or "file is encrypted" in low:
            message = _("{place} is damaged or is not a database.").format(place=place)
            raise StoreCorrupted(
                message, _("Restore a copy, or move the file away: a new database is then created.")
            ) from error
        if "connection" in low and not place.endswith(".db"):
            message = _("{place} does not answer.").format(place=place)
            raise StoreError(
                message,
                _("When it does again: comparia resume last"),
                on_page=_("When it does again, ask again for what is missing."),
            ) from error
        if "locked" in low:
            raise StoreError(_("{place} is in use by another process.").format(place=place)) from error
        raise StoreError(_("{place}: {problem}.").format(place=place, problem=text.splitlines()[0])) from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(_("{place}: {problem}.").format(place=place, problem=str(error).splitlines()[0])) from error
    except OSError as error:
        message = _("{place} cannot be written ({error}).").format(place=place, error=error.strerror)
        raise StoreUnwritable(
            message,
            _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS."),
            on_page=_("Ask whoever installed Comparia to make this folder writable."),
        ) from error
