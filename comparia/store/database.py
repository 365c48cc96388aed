"""The store: what was planned, what arrived, what was scored, what left.

Writers of one process go through one thread and one transaction a batch (group commit): fifty answers that arrive together
cost one disk flush, and none is shown before that flush.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from filelock import FileLock, Timeout
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from comparia.errors import StoreError, StoreUnwritable, UnknownName
from comparia.messages import gettext as _
from comparia.records import (
    Completion,
    Prompt,
    Reference,
    Run,
    RunStatus,
    Score,
    Sending,
    Transcript,
    Variant,
    content_id,
    now,
)
from comparia.store import tables as t
from comparia.store.opening import HEAD, open_engine, translated
from comparia.store.purging import Purged, compact, purge, runs_before, runs_of
from comparia.store.voting import Voting, judging_of
from comparia.store.workbench import Workbench

_SCORES = TypeAdapter(tuple[Score, ...])
_OBJECT = TypeAdapter(dict[str, Any])
_KEYS = TypeAdapter(list[str])
_HEADER_FIELDS = {
    "format",
    "software",
    "policy",
    "pseudonyms",
    "fence",
    "layout",
    "repeats",
    "backends",
    "plan",
    "reference",
}
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
    """Planned variants that have a summary."""
    scored: bool = True
    """Whether it was scored since its last recap arrived; True where there is nothing to score."""
    backends: tuple[str, ...] = ()
    """Names of those who write."""


def open_store(url: str) -> Store:
    """Open a database by its SQLAlchemy URL, creating or upgrading its tables.

    Raises:
        StoreUnwritable: the place is read-only or full.
        StoreCorrupted: the file is damaged, or is something else.
        StoreNewer: it was written by a newer version.
        MissingExtra: PostgreSQL without its driver.
    """
    return Store(*open_engine(url))


class Store:
    """An open database. Made by `open_store`."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._inserts = {table: _insert(table, engine.dialect.name) for table in t.METADATA.sorted_tables}
        self._reader = engine.execution_options(reads_only=True)
        self.place = place
        self._writer = ThreadPoolExecutor(1, "comparia-store")
        self._waiting: list[tuple[sa.Table, dict[str, Any], asyncio.Future[None]]] = []
        self._flushing = False

    @contextmanager
    def hold(self, run_id: str) -> Iterator[None]:
        """Keep a run to this process while it is carried out: the system lets go of it when the process dies.

        Raises:
            StoreError: another process is carrying it out.
        """
        busy = StoreError(
            _("Run {run} is being carried out by another process.").format(run=run_id),
            _("Wait until it ends, or stop it, then: comparia resume {run}").format(run=run_id),
            on_page=_("Wait until it ends, then open this page again."),
        )
        if self._engine.dialect.name == "sqlite":
            lock = FileLock(f"{self.place}.{run_id}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise busy from error
            except OSError as error:
                message = _("{place} cannot be written ({error}).").format(place=self.place, error=error.strerror)
                raise StoreUnwritable(message) from error
            try:
                yield
            finally:
                Path(lock.lock_file).unlink(missing_ok=True)
                lock.release()
            return
        with translated(self.place), self._engine.connect() as connection:
            if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(hashtext(:run))"), {"run": run_id}):
                raise busy
            connection.commit()
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext(:run))"), {"run": run_id})

    @property
    def workbench(self) -> Workbench:
        """What people do with runs: drafts, settled verdicts, compositions."""
        return Workbench(self._engine, self.place)

    @property
    def voting(self) -> Voting:
        """Blind votes."""
        return Voting(self._engine, self.place, self._commit)

    def drain(self) -> None:
        """Write what had arrived and was waiting its turn; called when a run stops, whatever stopped it."""
        waiting, self._waiting, self._flushing = self._waiting, [], False
        if waiting:
            self._writer.submit(self._write_batch, [(table, row) for table, row, _done in waiting]).result()

    # Runs -----------------------------------------------------------------------------------------------------------

    def start(self, run: Run) -> None:
        """Write a run before anything is sent for it."""
        with self._write() as connection:
            self._put(connection, t.transcripts, _session_row(run.transcript))
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
                    header=f"{_KEYS.dump_json(keys).decode()}\n{header}",
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

    def runs(self, limit: int | None = 1000) -> list[RunLine]:
        """Return the runs, the newest first: `limit` of them at most, all when None."""
        written = sa.and_(
            t.variants.c.run_id == t.runs.c.id,
            t.variants.c.id.startswith("v"),
            t.variants.c.content.notlike('%"summary":null%'),
        )
        arrived = sa.select(sa.func.count()).where(written).scalar_subquery()
        scored_at = (
            sa.select(sa.func.max(t.scorings.c.at))
            .where(t.scorings.c.run_id == t.runs.c.id, t.scorings.c.content != "[]")
            .scalar_subquery()
        )
        query = sa.select(t.runs, arrived.label("arrived"), scored_at.label("scored_at"))
        query = query.order_by(t.runs.c.created_at.desc()).limit(limit)
        with self._read() as connection:
            return [_line(row) for row in connection.execute(query)]

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
            if len(found) > 1 and wanted:
                raise UnknownName(_("run (several begin so)"), wanted, found)
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
            prompt_keys = _KEYS.validate_json(keys)
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
            closed = sa.and_(t.judgings.c.run_id == run_id, t.judgings.c.closed_at.is_not(None))
            judged = connection.execute(sa.select(t.judgings).where(closed).order_by(t.judgings.c.closed_at)).all()
            reference, scores = self._latest_scores(connection, run_id)
            fields = _OBJECT.validate_json(header)
            run = Run.model_validate(
                {
                    **fields,
                    "id": run_id,
                    "status": row.status,
                    "created_at": row.created_at,
                    "finished_at": row.finished_at,
                    "prompts": [_OBJECT.validate_json(contents[key]) for key in prompt_keys],
                    "transcript": _session(transcript),
                }
            )
            order = {cell.variant: n for n, cell in enumerate(run.plan.cells)}
            arrived.sort(key=lambda variant: (order.get(variant.id, len(order)), variant.id))
            return run.model_copy(
                update={
                    "reference": reference,
                    "scores": scores,
                    "variants": tuple(arrived),
                    "sendings": tuple(Sending.model_validate_json(content) for content in sendings),
                    "judgings": tuple(judging_of(connection, row) for row in judged),
                }
            )

    def adaptations(self, limit: int = 20) -> dict[tuple[str, str], frozenset[str]]:
        """Return the warnings of the recaps of the newest `limit` runs, by address and model: how servers had to be asked."""
        newest = sa.select(t.runs.c.id, t.runs.c.header).order_by(t.runs.c.created_at.desc()).limit(limit)
        found: dict[tuple[str, str], set[str]] = {}
        with self._read() as connection:
            for row in connection.execute(newest).all():
                header = _OBJECT.validate_json(row.header.partition("\n")[2])
                asked = {b["name"]: (b.get("base_url", ""), b.get("model", "")) for b in header.get("backends", ())}
                variants = connection.execute(sa.select(t.variants.c.content).where(t.variants.c.run_id == row.id))
                for content in variants.scalars():
                    variant = _OBJECT.validate_json(content)
                    if variant["backend"] in asked:
                        found.setdefault(asked[variant["backend"]], set()).update(variant.get("warnings", ()))
        return {server: frozenset(codes) for server, codes in found.items()}

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

    def fence_of(self, transcript_id: str, *, hidden: bool) -> str:
        """Return the fence drawn for the latest run of a session whose names were hidden, or not; empty without one."""
        query = sa.select(t.runs.c.header).where(t.runs.c.transcript_id == transcript_id)
        with self._read() as connection:
            for header in connection.execute(query.order_by(t.runs.c.created_at.desc()).limit(20)).scalars():
                fields = _OBJECT.validate_json(header.partition("\n")[2])
                if fields.get("layout") == 2 and bool(fields.get("pseudonyms")) == hidden:
                    return str(fields.get("fence", ""))
        return ""

    def recorded(self, run_id: str) -> list[tuple[str, str, str, Completion]]:
        """Every answer of a run as it is kept: request, question, backend, completion."""
        query = sa.select(t.completions).where(t.completions.c.run_id == run_id).order_by(t.completions.c.request_id)
        with self._read() as connection:
            return [
                (row.request_id, row.question, row.backend, Completion.model_validate_json(row.content))
                for row in connection.execute(query)
            ]

    def restore(self, run: Run, answers: Sequence[tuple[str, str, str, Completion]]) -> None:
        """Write down a run that was carried out elsewhere, with its answers and scores; one that is known is left as it is."""
        with self._read() as connection:
            if connection.scalar(sa.select(t.runs.c.id).where(t.runs.c.id == run.id)):
                return
        self.start(run)
        rows = [
            {"run_id": run.id, "request_id": r, "question": q, "backend": b, "content": c.model_dump_json()}
            for r, q, b, c in answers
        ]
        with self._write() as connection:
            if rows:
                self._put(connection, t.completions, *rows)
            self._add_scores(connection, run.id, run.reference, run.scores)
        self.finish(run.id, run.status)

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

    @property
    def schema(self) -> str:
        """Version of the tables."""
        return HEAD

    def checked(self) -> tuple[str, bool]:
        """The kind of database, and whether it finds itself sound."""
        kind = self._engine.dialect.name
        if kind != "sqlite":
            return "PostgreSQL", True
        with self._read() as connection:
            return "SQLite", connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"

    def earlier_reference(self, run_id: str) -> Reference | None:
        """The reference before the present one, as undoing goes back: one that was gone back to is not met again. None at the first."""
        query = (
            sa.select(t.scorings.c.reference_id, t.references.c.content)
            .select_from(t.scorings.join(t.references))
            .where(t.scorings.c.run_id == run_id)
            .order_by(t.scorings.c.id)
        )
        with self._read() as connection:
            rows = connection.execute(query).all()
        path: list[str] = []
        for row in rows:
            if path[-2:-1] == [row.reference_id]:
                path.pop()
            elif path[-1:] != [row.reference_id]:
                path.append(row.reference_id)
        contents = {row.reference_id: row.content for row in rows}
        return Reference.model_validate_json(contents[path[-2]]) if len(path) > 1 else None

    def references_of(self, run_id: str) -> list[tuple[str, Reference]]:
        """Every reference a run was scored against and when it last was (ISO 8601), the latest first."""
        last = sa.func.max(t.scorings.c.id)
        query = (
            sa.select(sa.func.max(t.scorings.c.at).label("at"), t.references.c.content)
            .select_from(t.scorings.join(t.references))
            .where(t.scorings.c.run_id == run_id)
            .group_by(t.references.c.id, t.references.c.content)
            .order_by(last.desc())
        )
        with self._read() as connection:
            return [(row.at, Reference.model_validate_json(row.content)) for row in connection.execute(query)]

    def close(self) -> None:
        """Write what was waiting, and release the connections."""
        self.drain()
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

    # Removing -------------------------------------------------------------------------------------------------------

    def purge(
        self,
        *,
        run: str | None = None,
        whole_session: bool = False,
        before: datetime | None = None,
        rehearse: bool = False,
    ) -> Purged:
        """Remove the texts of a run, of all the runs of its session, or of what is older than a moment; the journal stays.

        Args:
            run: id of the run.
            whole_session: remove every run of its session.
            before: remove the runs, and the sessions of no run, older than this moment.
            rehearse: say what would be removed, and remove nothing.
        """
        moment = before.isoformat() if before else None
        with self._write() as connection:
            runs = runs_before(connection, moment) if moment else []
            if run is not None:
                runs += runs_of(connection, run) if whole_session else [run]
            busy = [name for name in runs if self._is_held(name)]
            if busy:
                raise StoreError(_("Run {run} is being carried out by another process.").format(run=busy[0]))
            done = purge(connection, list(dict.fromkeys(runs)), moment)
            if rehearse:
                connection.rollback()
        if not rehearse:
            with translated(self.place):
                compact(self._engine)
        return done

    def _is_held(self, run_id: str) -> bool:
        try:
            with self.hold(run_id):
                return False
        except StoreUnwritable:
            raise
        except StoreError:
            return True

    # Suggestions ----------------------------------------------------------------------------------------------------

    def suggestions(self, transcript_id: str) -> dict[str, str]:
        """What models answered when asked for the key points of a session, by request id."""
        query = sa.select(t.suggestions.c.request_id, t.suggestions.c.content).where(
            t.suggestions.c.transcript_id == transcript_id
        )
        with self._read() as connection:
            found = connection.execute(query).all()
        return {row.request_id: Completion.model_validate_json(row.content).text for row in found}

    async def add_suggestion(self, transcript: Transcript, request_id: str, completion: Completion) -> None:
        """Keep one such answer; returns when it is on disk."""
        await self._commit(t.transcripts, _session_row(transcript))
        row = {"transcript_id": transcript.id, "request_id": request_id, "content": completion.model_dump_json()}
        await self._commit(t.suggestions, row)

    # Embeddings -----------------------------------------------------------------------------------------------------

    def embeddings(self, transcript_id: str, model: str) -> dict[str, bytes]:
        """Every vector of a session's texts by one model, float32, by text id."""
        query = sa.select(t.embeddings.c.text_id, t.embeddings.c.vector).where(
            t.embeddings.c.transcript_id == transcript_id, t.embeddings.c.model == model
        )
        with self._read() as connection:
            return {row.text_id: row.vector for row in connection.execute(query)}

    async def add_embeddings(self, transcript_id: str, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors; returns when they are on disk."""
        rows = [
            {"transcript_id": transcript_id, "model": model, "text_id": text, "vector": vector}
            for text, vector in vectors.items()
        ]
        await asyncio.gather(*(self._commit(t.embeddings, row) for row in rows))

    def summaries_elsewhere(self, run: Run, limit: int = 8) -> list[str]:
        """A summary of each of the newest sessions in the same language that are not this one, read again or in part."""
        newest = (
            sa.select(sa.func.max(t.runs.c.id).label("run_id"), t.runs.c.transcript_id)
            .where(t.runs.c.transcript_id != run.transcript.id)
            .group_by(t.runs.c.transcript_id)
            .order_by(sa.func.max(t.runs.c.id).desc())
            .limit(5 * limit)
        )
        own = {turn.text for turn in run.transcript.turns}
        found: list[str] = []
        with self._read() as connection:
            for row in connection.execute(newest).all():
                if len(found) == limit:
                    break
                text = sa.select(t.transcripts.c.content).where(t.transcripts.c.id == row.transcript_id)
                other = _OBJECT.validate_json(connection.execute(text).scalar_one())
                shared = sum(turn["text"] in own for turn in other["turns"])
                if other["language"] != run.transcript.language or shared > len(other["turns"]) / 4:
                    continue
                summary = sa.select(t.variants.c.content).where(
                    t.variants.c.run_id == row.run_id, t.variants.c.content.notlike('%"summary":null%')
                )
                content = connection.execute(summary.order_by(t.variants.c.id).limit(1)).scalar()
                if content is not None:
                    found.append(Variant.model_validate_json(content).summary or "")
        return found

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
        with translated(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(self.place), self._reader.connect() as connection:
            yield connection

    def _put(self, connection: Connection, table: sa.Table, *rows: dict[str, Any]) -> None:
        connection.execute(self._inserts[table], list(rows))


def _line(row: Any) -> RunLine:
    """Return a row of the table of runs, with its counts, as a line of the list."""
    header = json.loads(row.header.partition("\n")[2])
    backends = tuple(str(backend["name"]) for backend in header.get("backends", ()))
    scored = not row.arrived or (row.scored_at or "") >= (row.finished_at or "~")
    return RunLine(row.id, row.status, row.created_at, row.title, row.planned, row.arrived, scored, backends)


def _insert(table: sa.Table, dialect: str) -> Any:
    """A journal line is always new, a variant replaces its earlier failure, a ballot one of its voter; the rest is written once."""
    if table is t.journal:
        return table.insert()
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    keys = [column.name for column in table.primary_key.columns]
    if table is t.variants:
        failed = table.c.content.like('%"summary":null%')
        return statement.on_conflict_do_update(
            index_elements=keys, set_={"content": statement.excluded.content}, where=failed
        )
    if table is t.ballots:
        return statement.on_conflict_do_update(index_elements=keys, set_={"content": statement.excluded.content})
    return statement.on_conflict_do_nothing(index_elements=keys)


@lru_cache(maxsize=2)
def _session(content: str) -> Transcript:
    """A session from its row; it is most of a run, never changes, and is read at each page of it."""
    return Transcript.model_validate_json(content)


def _session_row(transcript: Transcript) -> dict[str, Any]:
    return {"id": transcript.id, "content": transcript.model_dump_json(), "added_at": now().isoformat()}


def _prompt_key(prompt: Prompt) -> str:
    """A prompt's content and its name: renaming a prompt does not rewrite old runs."""
    return content_id(prompt.id, [prompt.name, prompt.description, prompt.version, prompt.file])
