"""The store: what was planned, what arrived, what was scored, what left.

Writers of one process go through one thread and one transaction a batch (group commit): fifty answers that arrive together
cost one disk flush, and none is shown before that flush.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from comparia.errors import MissingExtra, StoreCorrupted, StoreError, StoreNewer, StoreUnwritable, UnknownName
from comparia.messages import gettext as _
from comparia.records import Completion, Prompt, Reference, Run, RunStatus, Score, Sending, Variant, content_id, now
from comparia.store import tables as t

HEAD = "0001"
"""Newest migration this version knows."""

_SCORES = TypeAdapter(tuple[Score, ...])
_HEADER_FIELDS = {"format", "software", "policy", "repeats", "backends", "plan", "reference"}
T = TypeVar("T")


class RunLine(NamedTuple):
    """One line of the list of runs."""

    id: str
    """Id of the run."""
    status: RunStatus
    """Its status."""
    created_at: str
    """When it was planned, ISO 8601."""
    title: str
    """Title of the session."""
    planned: int
    """Variants planned."""
    arrived: int
    """Variants stored."""


def open_store(url: str) -> Store:
    """Open a database by its SQLAlchemy URL, creating or upgrading its tables.

    Raises:
        StoreUnwritable: the place is read-only or full.
        StoreCorrupted: the file is damaged, or is something else.
        StoreNewer: it was written by a newer version.
        MissingExtra: PostgreSQL without its driver.
    """
    if url.startswith(("postgresql://", "postgres://")):
        url = re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", url)
    place = _place(url)
    with _translated(place):
        if url.startswith("sqlite:///"):
            path = Path(url.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        except ModuleNotFoundError as error:
            raise MissingExtra("PostgreSQL", "pip install 'comparia[postgres]'") from error
        except sa.exc.ArgumentError as error:
            raise StoreError(_("{url} is not a database address.").format(url=place)) from error
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        try:
            _upgrade(engine, place)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, place)


class Store:
    """An open database. Made by `open_store`."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)
        self.place = place
        self._writer = ThreadPoolExecutor(1, "comparia-store")
        self._waiting: list[tuple[sa.Table, dict[str, Any], asyncio.Future[None]]] = []
        self._flushing = False

    # Runs -----------------------------------------------------------------------------------------------------------

    def start(self, run: Run) -> None:
        """Write a run before anything is sent for it."""
        with self._write() as connection:
            self._put(connection, t.transcripts, {"id": run.transcript.id, "content": run.transcript.model_dump_json()})
            if run.prompts:
                rows = [{"id": _prompt_key(prompt), "content": prompt.model_dump_json()} for prompt in run.prompts]
                self._put(connection, t.prompts, *rows)
            header = run.model_copy(update={"reference": None}).model_dump_json(include=_HEADER_FIELDS)
            keys = [_prompt_key(prompt) for prompt in run.prompts]
            connection.execute(
                t.runs.insert().values(
                    id=run.id,
                    status=run.status,
                    created_at=run.created_at.isoformat(),
                    transcript_id=run.transcript.id,
                    title=run.transcript.title,
                    planned=len(run.plan.cells),
                    header=f"{TypeAdapter(list[str]).dump_json(keys).decode()}\n{header}",
                )
            )
            if run.reference is not None:
                self._add_scores(connection, run.id, run.reference, ())
            for variant in run.variants:
                self._put(
                    connection, t.variants, {"run_id": run.id, "id": variant.id, "content": variant.model_dump_json()}
                )

    def finish(self, run_id: str, status: RunStatus) -> None:
        """Set the status of a run that has ended, or that starts again."""
        finished = None if status == "started" else now().isoformat()
        with self._write() as connection:
            connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(status=status, finished_at=finished))

    def runs(self, limit: int = 1000) -> list[RunLine]:
        """The newest runs first."""
        arrived = sa.select(sa.func.count()).where(t.variants.c.run_id == t.runs.c.id).scalar_subquery()
        query = sa.select(t.runs, arrived.label("arrived")).order_by(t.runs.c.created_at.desc()).limit(limit)
        with self._read() as connection:
            return [
                RunLine(r.id, r.status, r.created_at, r.title, r.planned, r.arrived) for r in connection.execute(query)
            ]

    def find(self, wanted: str) -> str:
        """The full id of the run named by its id, the beginning of its id, or `last`.

        Raises:
            UnknownName: no such run, or several begin so.
        """
        with self._read() as connection:
            newest = sa.select(t.runs.c.id).order_by(t.runs.c.created_at.desc())
            if wanted == "last":
                found = connection.execute(newest.limit(1)).scalars().all()
            else:
                found = (
                    connection.execute(newest.where(t.runs.c.id.startswith(wanted, autoescape=True)).limit(2))
                    .scalars()
                    .all()
                )
            if len(found) == 1 and wanted:
                return str(found[0])
            raise UnknownName(_("run"), wanted, connection.execute(newest.limit(20)).scalars().all())

    def read(self, run_id: str) -> Run:
        """One run, whole, with its latest scores.

        Raises:
            UnknownName: no such run.
        """
        with self._read() as connection:
            row = connection.execute(sa.select(t.runs).where(t.runs.c.id == run_id)).one_or_none()
            if row is None:
                raise UnknownName(_("run"), run_id, connection.execute(sa.select(t.runs.c.id)).scalars().all())
            keys, _newline, header = row.header.partition("\n")
            prompt_keys = TypeAdapter(list[str]).validate_json(keys)
            texts = sa.select(t.prompts.c.id, t.prompts.c.content).where(t.prompts.c.id.in_(prompt_keys))
            contents = {row.id: row.content for row in connection.execute(texts)}
            transcript = connection.execute(
                sa.select(t.transcripts.c.content).where(t.transcripts.c.id == row.transcript_id)
            ).scalar_one()
            variants = connection.execute(
                sa.select(t.variants.c.content).where(t.variants.c.run_id == run_id)
            ).scalars()
            arrived = [Variant.model_validate_json(content) for content in variants]
            sendings = connection.execute(
                sa.select(t.journal.c.content).where(t.journal.c.run_id == run_id).order_by(t.journal.c.id)
            ).scalars()
            reference, scores = self._latest_scores(connection, run_id)
            fields = TypeAdapter(dict[str, Any]).validate_json(header)
            run = Run.model_validate_json(
                TypeAdapter(dict[str, Any]).dump_json(
                    {
                        **fields,
                        "id": run_id,
                        "status": row.status,
                        "created_at": row.created_at,
                        "finished_at": row.finished_at,
                        "prompts": [TypeAdapter(dict[str, Any]).validate_json(contents[key]) for key in prompt_keys],
                        "transcript": TypeAdapter(dict[str, Any]).validate_json(transcript),
                    }
                )
            )
            order = {cell.variant: n for n, cell in enumerate(run.plan.cells)}
            arrived.sort(key=lambda variant: (order.get(variant.id, len(order)), variant.id))
            return run.model_copy(
                update={
                    "reference": reference,
                    "scores": scores,
                    "variants": tuple(arrived),
                    "sendings": tuple(Sending.model_validate_json(content) for content in sendings),
                }
            )

    # What arrives ---------------------------------------------------------------------------------------------------

    async def add_completion(
        self, run_id: str, request_id: str, question: str, backend: str, completion: Completion
    ) -> None:
        """Keep one answer; returns when it is on disk."""
        row = {
            "run_id": run_id,
            "request_id": request_id,
            "question": question,
            "backend": backend,
            "content": completion.model_dump_json(),
        }
        await self._commit(t.completions, row)

    async def add_variant(self, run_id: str, variant: Variant) -> None:
        """Keep one variant, replacing an earlier failure of the same cell; returns when it is on disk."""
        row = {"run_id": run_id, "id": variant.id, "content": variant.model_dump_json()}
        await self._commit(t.variants, row)

    async def add_sending(self, sending: Sending) -> None:
        """Keep one journal line; returns when it is on disk."""
        row = {"run_id": sending.run, "at": sending.at.isoformat(), "content": sending.model_dump_json()}
        await self._commit(t.journal, row)

    def completions(self, run_id: str) -> dict[str, Completion]:
        """Every answer of a run, by request id."""
        query = sa.select(t.completions.c.request_id, t.completions.c.content).where(t.completions.c.run_id == run_id)
        with self._read() as connection:
            return {key: Completion.model_validate_json(content) for key, content in connection.execute(query)}

    def answers(self, run_id: str, backend: str) -> dict[str, Completion]:
        """Every answer of one backend in a run, by question."""
        query = sa.select(t.completions.c.question, t.completions.c.content).where(
            t.completions.c.run_id == run_id, t.completions.c.backend == backend
        )
        with self._read() as connection:
            return {key: Completion.model_validate_json(content) for key, content in connection.execute(query)}

    def sendings(self) -> Iterator[Sending]:
        """The whole journal, oldest first."""
        with self._read() as connection:
            for content in connection.execute(sa.select(t.journal.c.content).order_by(t.journal.c.id)).scalars():
                yield Sending.model_validate_json(content)

    # Scores ---------------------------------------------------------------------------------------------------------

    def add_scores(self, run_id: str, reference: Reference | None, scores: Sequence[Score]) -> None:
        """Append one scoring; earlier ones stay."""
        with self._write() as connection:
            self._add_scores(connection, run_id, reference, scores)

    def close(self) -> None:
        """Release the connections."""
        self._writer.shutdown(wait=True)
        self._engine.dispose()

    def _add_scores(
        self, connection: Connection, run_id: str, reference: Reference | None, scores: Sequence[Score]
    ) -> None:
        if reference is not None:
            self._put(connection, t.references, {"id": reference.id, "content": reference.model_dump_json()})
        connection.execute(
            t.scorings.insert().values(
                run_id=run_id,
                at=now().isoformat(),
                reference_id=reference.id if reference else None,
                content=_SCORES.dump_json(tuple(scores)).decode(),
            )
        )

    def _latest_scores(self, connection: Connection, run_id: str) -> tuple[Reference | None, tuple[Score, ...]]:
        row = connection.execute(
            sa.select(t.scorings.c.content, t.references.c.content.label("reference"))
            .select_from(t.scorings.outerjoin(t.references))
            .where(t.scorings.c.run_id == run_id)
            .order_by(t.scorings.c.id.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None, ()
        reference = Reference.model_validate_json(row.reference) if row.reference else None
        return reference, _SCORES.validate_json(row.content)

    # Transactions ---------------------------------------------------------------------------------------------------

    async def _commit(self, table: sa.Table, row: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((table, row, done))
        if not self._flushing:
            self._flushing = True
            self._flusher = loop.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(
                    self._writer, self._write_batch, [(table, row) for table, row, _done in batch]
                )
            except Exception as error:
                for _table, _row, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for _table, _row, done in batch:
                if not done.done():
                    done.set_result(None)
        self._flushing = False

    def _write_batch(self, batch: Sequence[tuple[sa.Table, dict[str, Any]]]) -> None:
        with self._write() as connection:
            for table in dict.fromkeys(table for table, _row in batch):
                self._put(connection, table, *(row for other, row in batch if other is table))

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _translated(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _translated(self.place), self._reader.connect() as connection:
            yield connection

    def _put(self, connection: Connection, table: sa.Table, *rows: dict[str, Any]) -> None:
        """Insert rows: a journal line is always new, a variant replaces its earlier failure, the rest is written once."""
        statement: Any = table.insert()
        if table is not t.journal:
            dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
            statement = dialect.insert(table)
            keys = [column.name for column in table.primary_key.columns]
            if table is t.variants:
                statement = statement.on_conflict_do_update(
                    index_elements=keys, set_={"content": statement.excluded.content}
                )
            else:
                statement = statement.on_conflict_do_nothing(index_elements=keys)
        connection.execute(statement, list(rows))


def _prompt_key(prompt: Prompt) -> str:
    """A prompt's content and its name: renaming a prompt does not rewrite old runs."""
    return content_id(prompt.id, [prompt.name, prompt.description, prompt.version, prompt.file])


def _place(url: str) -> str:
    return url.removeprefix("sqlite:///") if url.startswith("sqlite") else re.sub(r"//[^@/]*@", "//***@", url)


def _prepare_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 30000")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN" if connection.get_execution_options().get("reads_only") else "BEGIN IMMEDIATE"
        )


def _upgrade(engine: Engine, place: str) -> None:
    with engine.execution_options(reads_only=True).connect() as connection:
        names = set(sa.inspect(connection).get_table_names())
        version = None
        if "alembic_version" in names:
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version == HEAD:
        return
    if version is None and names - {"alembic_version"}:
        raise StoreCorrupted(
            _("{place} is a database, but not one of Comparia.").format(place=place),
            _("Choose another place with COMPARIA_DATABASE_URL or --outputs."),
        )
    if version is not None and (not version.isdigit() or int(version) > int(HEAD)):
        raise StoreNewer(
            _("{place} was written by a newer Comparia (schema {version}, this one knows {head}).").format(
                place=place, version=version, head=HEAD
            ),
            _("Upgrade Comparia, or choose another place with COMPARIA_DATABASE_URL."),
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.rollback()
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA journal_mode = WAL")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(715731)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DatabaseError as error:
        text = str(error.orig)
        low = text.lower()
        if "readonly" in low or "read-only" in low or "unable to open" in low:
            message = _("{place} cannot be written.").format(place=place)
            raise StoreUnwritable(message, _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS.")) from error
        if "full" in low or "disk i/o" in low or "no space" in low:
            message = _("{place}: the disk is full.").format(place=place)
            raise StoreUnwritable(message, _("Free some space, then: comparia resume last")) from error
        if "malformed" in low or "not a database" in low or "file is encrypted" in low:
            message = _("{place} is damaged or is not a database.").format(place=place)
            raise StoreCorrupted(
                message, _("Restore a copy, or move the file away: a new database is then created.")
            ) from error
        if "locked" in low:
            raise StoreError(_("{place} is in use by another process.").format(place=place)) from error
        raise StoreError(_("{place}: {problem}.").format(place=place, problem=text.splitlines()[0])) from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(_("{place}: {problem}.").format(place=place, problem=str(error).splitlines()[0])) from error
    except OSError as error:
        message = _("{place} cannot be written ({error}).").format(place=place, error=error.strerror)
        raise StoreUnwritable(message, _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS.")) from error
