"""Removing the texts of runs and sessions for good; the journal lines, which hold none, stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from comparia.records import Draft, Judging, Leftover, Recording, Stage, Transcript
from comparia.store import tables as t


class Purged(NamedTuple):
    """What was removed, or would be."""

    runs: tuple[str, ...]
    """Ids of the runs."""
    sessions: tuple[str, ...]
    """Titles of the sessions of which nothing is left."""
    recordings: tuple[Recording, ...] = ()
    """Recordings that nothing left refers to."""
    at_servers: tuple[Leftover, ...] = ()
    """What lies at providers' of their batches: in a rehearsal what is known of it, else what could not be removed."""


def runs_of(connection: Connection, run_id: str) -> list[str]:
    """Return the ids of every run of the session of one run."""
    session = sa.select(t.runs.c.transcript_id).where(t.runs.c.id == run_id).scalar_subquery()
    return list(connection.execute(sa.select(t.runs.c.id).where(t.runs.c.transcript_id == session)).scalars())


def runs_before(connection: Connection, moment: str) -> list[str]:
    """Return the ids of the runs planned before a moment (ISO 8601, UTC)."""
    return list(connection.execute(sa.select(t.runs.c.id).where(t.runs.c.created_at < moment)).scalars())


def purge(connection: Connection, runs: Sequence[str], before: str | None) -> Purged:
    """Remove runs with all they hold, then what no run holds any more.

    Args:
        connection: in a transaction that writes.
        runs: ids of the runs.
        before: sessions of no run that were kept before this moment are removed too; those of the runs always are.
    """
    earlier_recordings = recordings_in_use(connection)
    session_ids = set(connection.execute(sa.select(t.runs.c.transcript_id).where(t.runs.c.id.in_(runs))).scalars())
    of_runs = (
        t.run_prompts,
        t.completions,
        t.rulings,
        t.variants,
        t.scorings,
        t.scores,
        t.settlements,
        t.answered_flags,
        t.compositions,
        t.documents,
        t.removed_recaps,
        t.batches,
        t.adaptations,
    )
    for table in of_runs:
        connection.execute(table.delete().where(table.c.run_id.in_(runs)))
    judging_ids = _judgings_on(connection, set(runs))
    for table in (t.voters, t.ballots):
        connection.execute(table.delete().where(table.c.judging_id.in_(judging_ids)))
    connection.execute(t.judgings.delete().where(t.judgings.c.id.in_(judging_ids)))
    check_ids = connection.execute(sa.select(t.member_checks.c.id).where(t.member_checks.c.run_id.in_(runs))).scalars()
    erase_member_checks(connection, list(check_ids))
    panel_ids = connection.execute(sa.select(t.panels.c.id).where(t.panels.c.run_id.in_(runs))).scalars()
    erase_panels(connection, list(panel_ids))
    _forget_versions(connection, set(runs))
    _forget_choices(connection, set(runs))
    connection.execute(t.runs.delete().where(t.runs.c.id.in_(runs)))
    if before is not None:
        connection.execute(t.drafts.delete().where(t.drafts.c.updated_at < before))
    idle = sa.select(t.transcripts.c.id, t.transcripts.c.added_at, t.transcripts.c.content).where(
        t.transcripts.c.id.not_in(sa.select(t.runs.c.transcript_id))
    )
    removed_ids, titles = [], []
    for row in connection.execute(idle).all():
        if row.id in session_ids or (before is not None and (row.added_at or "") < before):
            removed_ids.append(row.id)
            titles.append(_title(row.content))
    for table in (t.embeddings, t.suggestions):
        connection.execute(table.delete().where(table.c.transcript_id.in_(removed_ids)))
    connection.execute(t.transcripts.delete().where(t.transcripts.c.id.in_(removed_ids)))
    connection.execute(t.references.delete().where(t.references.c.id.not_in(_reference_ids())))
    _forget_prompts(connection)
    used = recordings_in_use(connection)
    unused = [recording for digest, recording in earlier_recordings.items() if digest not in used]
    return Purged(tuple(runs), tuple(titles), tuple(unused))


def recordings_in_use(connection: Connection) -> dict[str, Recording]:
    """Return the recordings that runs and sessions not sent refer to, by their digests."""
    found: list[Recording | None] = []
    for header in connection.execute(sa.select(t.runs.c.header)).scalars():
        told = json.loads(header).get("transcript", {}).get("recording")
        found.append(Recording.model_validate(told) if told else None)
    drafts = connection.execute(sa.select(t.drafts.c.content)).scalars()
    found += [Draft.model_validate_json(content).recording for content in drafts]
    return {recording.digest: recording for recording in found if recording is not None}


def compact(engine: Engine) -> None:
    """Rewrite the file without what was removed, so that it cannot be read there any more."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
            raw.execute("VACUUM")  # type: ignore[union-attr]
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("VACUUM")


def erase_member_checks(connection: Connection, check_ids: Sequence[str]) -> None:
    """Remove member checks, with the marks of participants and what told their phones apart."""
    for table in (t.marks, t.readers):
        connection.execute(table.delete().where(table.c.check_id.in_(check_ids)))
    connection.execute(t.member_checks.delete().where(t.member_checks.c.id.in_(check_ids)))


def erase_panels(connection: Connection, panel_ids: Sequence[str]) -> None:
    """Remove panels, with their ratings and what told their raters apart."""
    for table in (t.ratings, t.raters):
        connection.execute(table.delete().where(table.c.panel_id.in_(panel_ids)))
    connection.execute(t.panels.delete().where(t.panels.c.id.in_(panel_ids)))


def _judgings_on(connection: Connection, runs: set[str]) -> list[str]:
    """Return the ids of the votes on a recap of these runs: their ballots may hold its sentences."""
    rows = connection.execute(sa.select(t.judgings.c.id, t.judgings.c.run_id, t.judgings.c.content)).all()
    return [
        row.id
        for row in rows
        if row.run_id in runs or runs & {item.run for item in Judging.model_validate_json(row.content).items}
    ]


def _reference_ids() -> sa.Select[tuple[str]]:
    return sa.select(t.scorings.c.reference_id).where(t.scorings.c.reference_id.is_not(None))


def _forget_prompts(connection: Connection) -> None:
    """Remove the prompts of no run: they are a person's text too."""
    prompt_ids = sa.select(t.run_prompts.c.prompt_id)
    connection.execute(t.prompts.delete().where(t.prompts.c.id.not_in(prompt_ids)))


def _forget_versions(connection: Connection, runs: set[str]) -> None:
    """Remove runs from the stages they are versions on, with what was said of them; then stages without a version."""
    for row in connection.execute(sa.select(t.stages)).all():
        stage = Stage.model_validate_json(row.content)
        versions = {
            "runs": tuple(run for run in stage.runs if run not in runs),
            "recorded": tuple(run for run in stage.recorded if run not in runs),
            "rehearsed": tuple(run for run in stage.rehearsed if run not in runs),
            "asked": tuple(answer for answer in stage.asked if answer.of not in runs),
        }
        new_stage = stage.model_copy(update=versions)
        if new_stage == stage:
            continue
        this = t.stages.c.id == stage.id
        if new_stage.runs or new_stage.recorded or new_stage.rehearsed:
            connection.execute(t.stages.update().where(this).values(content=new_stage.model_dump_json()))
        else:
            connection.execute(t.stages.delete().where(this))


def _forget_choices(connection: Connection, runs: set[str]) -> None:
    """Remove what was given in the browser for these runs: names that were hidden by hand are part of it."""
    for row in connection.execute(sa.select(t.drafts)).all():
        if runs & set(Draft.model_validate_json(row.content).sent):
            connection.execute(t.drafts.delete().where(t.drafts.c.id == row.id))


def _title(content: str) -> str:
    return Transcript.model_validate_json(content).title
