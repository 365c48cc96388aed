"""Runs: what was planned, what arrived, and a run read as a whole."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from comparia.errors import RunFileError, StoreError, StoreUnwritable, UnknownName
from comparia.messages import gettext as _
from comparia.records import (
    Completion,
    Corrections,
    Notice,
    Plan,
    Prompt,
    Record,
    Recording,
    Reference,
    Run,
    RunStatus,
    Sending,
    Transcript,
    Variant,
    content_id,
    masked_run,
    now,
)
from comparia.store import tables as t
from comparia.store.answers import completion_row
from comparia.store.holding import hold
from comparia.store.member_checks import results_of
from comparia.store.scores import Scoring, add_scoring, latest_scoring, scorings_of
from comparia.store.transactions import Transactions, put
from comparia.store.votes import judging_of, judging_rows
from comparia.store.workbench import answered_flags

_OBJECT = TypeAdapter(dict[str, Any])
_HEADER_FIELDS = {"format", "software", "policy", "pseudonyms", "fence", "layout", "repeats", "backends"}
_PLANS_REMEMBERED = 16


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
    recaps: int
    """Recaps that are there, with those that were put beside the planned ones."""
    scored: bool = True
    """Whether it was scored since its last recap arrived; True where there is nothing to score."""
    backends: tuple[str, ...] = ()
    """Names of those who write."""
    scorings: tuple[Scoring, ...] = ()
    """Its scorings that have a name."""


class Runs:
    """The part of a store that holds runs. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._cells: OrderedDict[str, Mapping[str, int]] = OrderedDict()

    def hold(self, run_id: str) -> AbstractContextManager[None]:
        """Keep a run to this process while it is carried out: the system lets go of it when the process dies.

        Raises:
            StoreError: another process is carrying it out.
        """
        return hold(self._transactions.engine, self._transactions.place, run_id)

    def is_held(self, run_id: str) -> bool:
        """Return whether a process is carrying a run out. Raises StoreUnwritable."""
        try:
            with self.hold(run_id):
                return False
        except StoreUnwritable:
            raise
        except StoreError:
            return True

    # Writing ----------------------------------------------------------------------------------------------------------

    def start(self, run: Run) -> None:
        """Write a run before anything is sent for it."""
        with self._transactions.write() as connection:
            self._write(connection, run)

    def finish(self, run_id: str, status: RunStatus) -> None:
        """Set the status of a run that has ended, or that starts again."""
        end = None if status == "started" else now().isoformat()
        with self._transactions.write() as connection:
            connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(status=status, finished_at=end))

    async def add_variant(self, run_id: str, variant: Variant) -> None:
        """Keep one variant, replacing an earlier failure of the same cell; return when it is on disk."""
        row = t.variant_row(run_id, variant, self._cells_of(run_id))
        await self._transactions.commit(t.variants, row)

    def change_variant(self, run_id: str, variant: Variant) -> None:
        """Keep what was changed of a variant that is there."""
        this = sa.and_(t.variants.c.run_id == run_id, t.variants.c.id == variant.id)
        with self._transactions.write() as connection:
            connection.execute(t.variants.update().where(this).values(content=variant.model_dump_json()))

    def remove_variant(self, run_id: str, variant_id: str) -> None:
        """Take a variant out of a run, and its cell out of the plan; it stays stored, to be put back."""
        this = sa.and_(t.variants.c.run_id == run_id, t.variants.c.id == variant_id)
        with self._transactions.write() as connection:
            row = connection.execute(sa.select(t.variants).where(this)).one_or_none()
            if row is None:
                return
            values = {"run_id": run_id, "id": variant_id, "cell": row.cell, "content": row.content}
            put(connection, t.removed_recaps, {**values, "at": now().isoformat()})
            connection.execute(t.variants.delete().where(this))
            _count_planned(connection, run_id, -1 if row.cell is not None else 0)

    def put_back(self, run_id: str, variant_id: str) -> None:
        """Put a variant that was taken out of a run back."""
        this = sa.and_(t.removed_recaps.c.run_id == run_id, t.removed_recaps.c.id == variant_id)
        with self._transactions.write() as connection:
            row = connection.execute(sa.select(t.removed_recaps).where(this)).one_or_none()
            if row is None:
                return
            variant = Variant.model_validate_json(row.content)
            put(connection, t.variants, {**t.variant_row(run_id, variant, {}), "cell": row.cell})
            connection.execute(t.removed_recaps.delete().where(this))
            _count_planned(connection, run_id, 1 if row.cell is not None else 0)

    def removed(self, run_id: str) -> list[tuple[Variant, str]]:
        """Return the variants that were taken out of a run, each with when (ISO 8601), the latest first."""
        query = sa.select(t.removed_recaps).where(t.removed_recaps.c.run_id == run_id)
        with self._transactions.read() as connection:
            rows = connection.execute(query.order_by(t.removed_recaps.c.at.desc(), t.removed_recaps.c.id)).all()
        return [(Variant.model_validate_json(row.content), row.at) for row in rows]

    def rewrite(self, run_id: str, variant: Variant) -> None:
        """Keep other words of a recap that a person wrote, in place of the earlier ones; the run is to be scored again.

        Raises:
            UnknownName: no such recap, or one that no person wrote.
        """
        this = sa.and_(t.variants.c.run_id == run_id, t.variants.c.id == variant.id)
        with self._transactions.write() as connection:
            content = connection.scalar(sa.select(t.variants.c.content).where(this))
            if content is None or Variant.model_validate_json(content).author != "human":
                raise UnknownName(_("recap"), variant.id, ())
            row = t.variant_row(run_id, variant, {})
            connection.execute(t.variants.update().where(this).values(content=row["content"], failed=row["failed"]))
            connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(scored=False))

    def restore(self, run: Run, answers: Sequence[tuple[str, str, str, Completion]] = ()) -> bool:
        """Write down a run that was carried out elsewhere, with its scores, votes and journal lines.

        The journal lines are kept with the run, not in the journal of this database, which tells what left from here.
        Its backends are kept without the names of their keys: nobody else's file decides where a key is sent.

        Args:
            run: the run.
            answers: request id, question, backend and completion of each answer.

        Returns:
            Whether it was written: False where a run of this id is there already, which is left as it is.

        Raises:
            RunFileError: its id can be none of a run, or another session or other key points are stored under theirs.
        """
        if not re.fullmatch(r"[\w-]{1,40}", run.id, re.ASCII):  # it names files too
            raise RunFileError(_("its id is not that of a run."), run.id)
        with self._transactions.write() as connection:
            if connection.scalar(sa.select(t.runs.c.id).where(t.runs.c.id == run.id)):
                return False
            session = connection.scalar(
                sa.select(t.transcripts.c.content).where(t.transcripts.c.id == run.transcript.id)
            )
            if session is not None and _session(session).turns != run.transcript.turns:
                raise RunFileError(_("Another session is stored under the id of its session."), run.id)
            if run.reference is not None:
                points = sa.select(t.references.c.content).where(t.references.c.id == run.reference.id)
                content = connection.scalar(points)
                if content is not None and Reference.model_validate_json(content) != run.reference:
                    raise RunFileError(_("Other key points are stored under the id of its key points."), run.id)
            keyless = tuple(backend.model_copy(update={"key_variable": ""}) for backend in run.backends)
            self._write(connection, run.model_copy(update={"backends": keyless}), sendings=True)
            if answers:
                put(connection, t.completions, *(completion_row(run.id, answer) for answer in answers))
            if run.scores:
                add_scoring(connection, run.id, run.reference, run.scores)
            for judging in run.judgings:
                row, ballots = judging_rows(judging)
                put(connection, t.judgings, row)
                if ballots:
                    put(connection, t.ballots, *ballots)
        return True

    def rename(self, run_id: str, title: str) -> None:
        """Give the session of a run another title, in this run alone. Raises UnknownName."""
        with self._transactions.write() as connection:
            content = connection.scalar(sa.select(t.runs.c.header).where(t.runs.c.id == run_id))
            if content is None:
                raise UnknownName(_("run"), run_id, ())
            header = _OBJECT.validate_json(content)
            header.setdefault("transcript", {})["title"] = title
            of_run = t.runs.update().where(t.runs.c.id == run_id)
            connection.execute(of_run.values(header=json.dumps(header), title=title))

    def keep_recording(self, run_id: str, session: Transcript) -> None:
        """Keep the recording of the session of a run, or that it has none, and what there is to tell of it.

        Args:
            run_id: the run.
            session: its session, with the recording and its notices.

        Raises:
            UnknownName: no such run.
        """
        with self._transactions.write() as connection:
            content = connection.scalar(sa.select(t.runs.c.header).where(t.runs.c.id == run_id))
            if content is None:
                raise UnknownName(_("run"), run_id, ())
            header = _OBJECT.validate_json(content)
            told = header.setdefault("transcript", {})
            told |= json.loads(session.model_dump_json(include={"recording", "notices"}))
            connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(header=json.dumps(header)))

    def _write(self, connection: Connection, run: Run, *, sendings: bool = False) -> None:
        put(connection, t.transcripts, t.session_row(run.transcript))
        keys = [_prompt_key(prompt) for prompt in run.prompts]
        if keys:
            texts = [prompt.model_dump_json() for prompt in run.prompts]
            put(connection, t.prompts, *({"id": k, "content": c} for k, c in zip(keys, texts, strict=True)))
        end = run.finished_at or (None if run.status == "started" else now())
        connection.execute(
            t.runs.insert().values(
                id=run.id,
                status=run.status,
                created_at=run.created_at.isoformat(),
                finished_at=end.isoformat() if end else None,
                transcript_id=run.transcript.id,
                title=run.transcript.title,
                planned=len(run.plan.cells),
                header=_header(run, sendings=sendings),
                plan=run.plan.model_dump_json(),
                scored=False,
            )
        )
        places = [{"run_id": run.id, "place": place, "prompt_id": key} for place, key in enumerate(keys, start=1)]
        if places:
            put(connection, t.run_prompts, *places)
        cells = self._remember(run.id, run.plan)
        if run.variants:
            put(connection, t.variants, *(t.variant_row(run.id, variant, cells) for variant in run.variants))
        if run.rulings:
            rows = ({"run_id": run.id, "key": key, "content": content} for key, content in run.rulings.items())
            put(connection, t.rulings, *rows)
        if run.reference is not None:
            add_scoring(connection, run.id, run.reference, ())

    # Reading ----------------------------------------------------------------------------------------------------------

    def lines(self, limit: int | None = 1000) -> list[RunLine]:
        """Return a line of each run, the newest first: `limit` of them at most, all when None."""
        conditions = (t.variants.c.run_id == t.runs.c.id, t.variants.c.cell.is_not(None), ~t.variants.c.failed)
        arrivals = sa.select(sa.func.count()).where(*conditions).scalar_subquery()
        columns = [column for column in t.runs.c if column is not t.runs.c.plan]
        there = sa.select(sa.func.count()).where(t.variants.c.run_id == t.runs.c.id, ~t.variants.c.failed)
        counts = (arrivals.label("arrived"), there.scalar_subquery().label("recaps"))
        query = sa.select(*columns, *counts).order_by(t.runs.c.created_at.desc()).limit(limit)
        with self._transactions.read() as connection:
            scorings = scorings_of(connection, t.scorings.c.name != "")
            return [_line(row, scorings.get(row.id, ())) for row in connection.execute(query)]

    def find(self, wanted: str) -> str:
        """Return the full id of the run named by its id, the beginning of its id, or `last`.

        Raises:
            UnknownName: no such run, or several begin so.
        """
        newest = sa.select(t.runs.c.id).order_by(t.runs.c.created_at.desc())
        begins = newest.where(sa.func.substr(t.runs.c.id, 1, len(wanted)) == wanted).limit(2)
        with self._transactions.read() as connection:
            runs = connection.execute(newest.limit(1) if wanted == "last" else begins).scalars().all()
            if len(runs) == 1 and wanted:
                return str(runs[0])
            if len(runs) > 1 and wanted:
                raise UnknownName(_("run (several begin so)"), wanted, runs)
            raise UnknownName(_("run"), wanted, connection.execute(newest.limit(20)).scalars().all())

    def of_session(self, transcript_id: str) -> list[str]:
        """Return the ids of the runs of a session, the newest first."""
        query = sa.select(t.runs.c.id).where(t.runs.c.transcript_id == transcript_id)
        with self._transactions.read() as connection:
            return list(connection.execute(query.order_by(t.runs.c.created_at.desc())).scalars())

    def has(self, run_id: str) -> bool:
        """Return whether there is a run of exactly this id."""
        with self._transactions.read() as connection:
            return connection.scalar(sa.select(t.runs.c.id).where(t.runs.c.id == run_id)) is not None

    def read(self, run_id: str, scoring: str = "", *, with_scores: bool = True, masked: bool = False) -> Run:
        """Return one run, whole, with its latest scores.

        Args:
            run_id: the run.
            scoring: name of the scoring whose key points and scores it holds.
            with_scores: whether its scores are read; it holds none otherwise.
            masked: whether the words of recaps that a person masked are left out, as for everybody who reads them.
                Scores rest on the recaps as they were written.

        Raises:
            UnknownName: no such run, or no such scoring of it.
        """
        with self._transactions.read() as connection:
            row = connection.execute(sa.select(t.runs).where(t.runs.c.id == run_id)).one_or_none()
            if row is None:
                raise UnknownName(_("run"), run_id, connection.execute(sa.select(t.runs.c.id)).scalars().all())
            texts = (
                sa.select(t.prompts.c.content)
                .select_from(t.run_prompts.join(t.prompts))
                .where(t.run_prompts.c.run_id == run_id)
                .order_by(t.run_prompts.c.place)
            )
            prompts = connection.execute(texts).scalars().all()
            session = sa.select(t.transcripts.c.content).where(t.transcripts.c.id == row.transcript_id)
            transcript = _session(connection.execute(session).scalar_one())
            contents = sa.select(t.variants.c.content).where(t.variants.c.run_id == run_id)
            in_order = contents.order_by(t.variants.c.cell.is_(None), t.variants.c.cell, t.variants.c.id)
            variants = connection.execute(in_order).scalars().all()
            lines = sa.select(t.journal.c.content).where(t.journal.c.run_id == run_id).order_by(t.journal.c.id)
            sendings = [Sending.model_validate_json(content) for content in connection.execute(lines).scalars()]
            is_over = sa.and_(t.judgings.c.run_id == run_id, t.judgings.c.named_at.is_not(None))
            judgings = connection.execute(sa.select(t.judgings).where(is_over).order_by(t.judgings.c.closed_at)).all()
            rulings = connection.execute(sa.select(t.rulings).where(t.rulings.c.run_id == run_id).order_by("key")).all()
            reference, scores = latest_scoring(connection, run_id, scoring, with_scores=with_scores)
            gone = sa.select(t.removed_recaps.c.id).where(t.removed_recaps.c.run_id == run_id)
            removed = frozenset(connection.execute(gone).scalars())
            header = _OBJECT.validate_json(row.header)
            told = _told(header.pop("transcript", {}))
            run = Run.model_validate(
                {
                    **header,
                    "id": run_id,
                    "status": row.status,
                    "created_at": row.created_at,
                    "finished_at": row.finished_at,
                    "prompts": [_OBJECT.validate_json(content) for content in prompts],
                    "plan": _OBJECT.validate_json(row.plan),
                    "transcript": transcript.model_copy(update=told),
                }
            )
            self._remember(run_id, run.plan)
            whole = run.model_copy(
                update={
                    "plan": _without_cells(run.plan, removed),
                    "reference": reference,
                    "scores": tuple(score for score in scores if removed.isdisjoint(score.variants)),
                    "variants": tuple(Variant.model_validate_json(content) for content in variants),
                    "sendings": (*(line for line in run.sendings if line not in sendings), *sendings),
                    "judgings": tuple(judging_of(connection, judging) for judging in judgings),
                    "rulings": {row.key: row.content for row in rulings},
                    "member_checks": results_of(connection, run_id),
                }
            )
            return masked_run(whole, answered_flags(connection, run_id).values()) if masked else whole

    def recording_of(self, run_id: str) -> Recording | None:
        """Return the recording of the session of a run, without reading the run. Raises UnknownName."""
        with self._transactions.read() as connection:
            content = connection.scalar(sa.select(t.runs.c.header).where(t.runs.c.id == run_id))
        if content is None:
            raise UnknownName(_("run"), run_id, ())
        return _told(_OBJECT.validate_json(content).get("transcript", {})).get("recording")

    def recent_warnings(self, limit: int = 20) -> dict[tuple[str, str], frozenset[str]]:
        """Return the warnings of the recaps of the newest `limit` runs, by address and model of their server."""
        newest = sa.select(t.runs.c.id, t.runs.c.header).order_by(t.runs.c.created_at.desc()).limit(limit)
        warnings: dict[tuple[str, str], set[str]] = {}
        with self._transactions.read() as connection:
            for row in connection.execute(newest).all():
                header = _OBJECT.validate_json(row.header)
                servers = {b["name"]: (b.get("base_url", ""), b.get("model", "")) for b in header.get("backends", ())}
                variants = connection.execute(sa.select(t.variants.c.content).where(t.variants.c.run_id == row.id))
                for content in variants.scalars():
                    variant = _OBJECT.validate_json(content)
                    if variant["backend"] in servers:
                        warnings.setdefault(servers[variant["backend"]], set()).update(variant.get("warnings", ()))
        return {server: frozenset(codes) for server, codes in warnings.items()}

    def recent_seconds(self, limit: int = 60) -> dict[str, list[float]]:
        """Return how many seconds each recap of the newest `limit` runs took, by name of its model."""
        newest = sa.select(t.runs.c.id).order_by(t.runs.c.created_at.desc()).limit(limit)
        written = sa.select(t.variants.c.content).where(t.variants.c.run_id.in_(newest), ~t.variants.c.failed)
        seconds: dict[str, list[float]] = {}
        with self._transactions.read() as connection:
            for content in connection.execute(written).scalars():
                variant = Variant.model_validate_json(content)
                if variant.author == "model" and variant.seconds > 0:
                    seconds.setdefault(variant.backend, []).append(variant.seconds)
        return seconds

    def fence_of(self, transcript_id: str, *, hidden: bool) -> str:
        """Return the fence of the latest run of a session whose names were hidden, or were not; empty without one."""
        newest = sa.select(t.runs.c.header).where(t.runs.c.transcript_id == transcript_id)
        with self._transactions.read() as connection:
            for content in connection.execute(newest.order_by(t.runs.c.created_at.desc()).limit(20)).scalars():
                header = _OBJECT.validate_json(content)
                if header.get("layout") == 2 and bool(header.get("pseudonyms")) == hidden:
                    return str(header.get("fence", ""))
        return ""

    # Places in the plan -----------------------------------------------------------------------------------------------

    def _cells_of(self, run_id: str) -> Mapping[str, int]:
        """Return the places of the variants in the plan of a run, from 1; none where there is no such run."""
        if run_id in self._cells:
            return self._cells[run_id]
        with self._transactions.read() as connection:
            plan = connection.scalar(sa.select(t.runs.c.plan).where(t.runs.c.id == run_id))
        return self._remember(run_id, Plan.model_validate_json(plan)) if plan else {}

    def _remember(self, run_id: str, plan: Plan) -> Mapping[str, int]:
        cells = self._cells[run_id] = {cell.variant: place for place, cell in enumerate(plan.cells, start=1)}
        while len(self._cells) > _PLANS_REMEMBERED:
            self._cells.popitem(last=False)
        return cells


_OF_THE_RUN = {"title", "date", "place", "parent", "corrections", "recording", "notices"}
"""What one run tells of its session, and another run of the same session may tell otherwise."""


def _without_cells(plan: Plan, removed: frozenset[str]) -> Plan:
    """Return a plan without the cells of variants that were removed."""
    if not removed:
        return plan
    return plan.model_copy(update={"cells": tuple(cell for cell in plan.cells if cell.variant not in removed)})


def _count_planned(connection: Connection, run_id: str, more: int) -> None:
    values = {"planned": t.runs.c.planned + more, "scored": False}
    connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(values))


def _header(run: Run, *, sendings: bool) -> str:
    """Return what is kept of a run beside its plan, prompts, session and variants: settings, and what is told of it."""
    fields: dict[str, Any] = dict.fromkeys(_HEADER_FIELDS | ({"sendings"} if sendings else set()), True)
    return run.model_dump_json(include={**fields, "transcript": _OF_THE_RUN})


def _told(header: dict[str, Any]) -> dict[str, Any]:
    """Return what the header of a run tells of its session, as values of the fields of `Transcript`."""
    records: dict[str, type[Record]] = {"corrections": Corrections, "recording": Recording}
    told = {
        name: records[name].model_validate(value) if value is not None and name in records else value
        for name, value in header.items()
    }
    if "notices" in told:
        told["notices"] = tuple(Notice.model_validate(notice) for notice in told["notices"])
    return told


def _line(row: Any, scorings: Sequence[Scoring]) -> RunLine:
    """Return a row of the table of runs, with its counts, as a line of the list."""
    backends = tuple(str(backend["name"]) for backend in _OBJECT.validate_json(row.header).get("backends", ()))
    is_scored = row.scored or not row.arrived
    counts = (row.planned, row.arrived, row.recaps)
    return RunLine(row.id, row.status, row.created_at, row.title, *counts, is_scored, backends, tuple(scorings))


@lru_cache(maxsize=2)
def _session(content: str) -> Transcript:
    """Return a session from its row: it is most of a run, never changes, and is read at each page of the run."""
    return Transcript.model_validate_json(content)


def _prompt_key(prompt: Prompt) -> str:
    """Return the key of a prompt: of its content and its name, so that renaming a prompt changes no stored run."""
    return content_id(prompt.id, [prompt.name, prompt.description, prompt.version, prompt.file])
