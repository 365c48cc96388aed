"""What people do with runs: sessions not sent, verdicts settled by hand, recaps being composed, stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import (
    SETTLED,
    AnsweredFlag,
    Choices,
    Composition,
    DocumentChoices,
    Draft,
    KeyPoint,
    Recording,
    Reference,
    Stage,
    Verdict,
    content_id,
    now,
)
from comparia.store import tables as t
from comparia.store.purging import recordings_in_use
from comparia.store.transactions import Transactions


class WaitingSession(NamedTuple):
    """A line of a session that was given in the browser and not sent."""

    id: str
    """Id of the draft."""
    title: str
    """Its title; the name of its first file where it has none."""
    changed_at: str
    """When it was last changed, ISO 8601."""


class Workbench:
    """The part of a store that people write in. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # Sessions not sent yet ------------------------------------------------------------------------------------------

    def keep(self, draft: Draft) -> None:
        """Keep a session that has not been sent, replacing what was kept of it."""
        row = {"id": draft.id, "updated_at": now().isoformat(), "content": draft.model_dump_json()}
        with self._transactions.write() as connection:
            connection.execute(t.drafts.delete().where(t.drafts.c.id == draft.id))
            connection.execute(t.drafts.insert().values(row))

    def draft(self, draft_id: str) -> Draft:
        """Return a session that has not been sent. Raises UnknownName."""
        with self._transactions.read() as connection:
            content = connection.scalar(sa.select(t.drafts.c.content).where(t.drafts.c.id == draft_id))
        if content is None:
            raise UnknownName(_("session"), draft_id, ())
        return Draft.model_validate_json(content)

    def drafts(self) -> list[Draft]:
        """Return every session that was given in the browser, the newest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(sa.select(t.drafts.c.content).order_by(t.drafts.c.updated_at.desc())).scalars()
            return [Draft.model_validate_json(content) for content in rows]

    def waiting(self) -> list[WaitingSession]:
        """Return a line of every session that was given and not sent, the newest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(sa.select(t.drafts).order_by(t.drafts.c.updated_at.desc())).all()
        drafts = ((row.updated_at, Draft.model_validate_json(row.content)) for row in rows)
        return [WaitingSession(draft.id, draft.label, at) for at, draft in drafts if not draft.sent]

    def last_choices(self) -> Choices | None:
        """Return what was chosen for the session that was sent last; None where none of the last 20 was sent."""
        newest = sa.select(t.drafts.c.content).order_by(t.drafts.c.updated_at.desc()).limit(20)
        with self._transactions.read() as connection:
            for content in connection.execute(newest).scalars():
                draft = Draft.model_validate_json(content)
                if draft.sent and draft.choices is not None and not draft.sample:
                    return draft.choices
        return None

    def drop(self, draft_id: str) -> None:
        """Remove a session that has not been sent."""
        with self._transactions.write() as connection:
            connection.execute(t.drafts.delete().where(t.drafts.c.id == draft_id))

    def recordings(self) -> Mapping[str, Recording]:
        """Return the recordings that runs and sessions not sent refer to, by their digests."""
        with self._transactions.read() as connection:
            return recordings_in_use(connection)

    # Verdicts settled by hand ---------------------------------------------------------------------------------------

    def settle(
        self, run_id: str, key_point: KeyPoint, variant: str, verdict: Verdict | None, panel: str | None = None
    ) -> None:
        """Settle the verdict on a key point in a variant; None leaves it to the matcher. Earlier ones stay stored.

        Args:
            run_id: the run.
            key_point: the key point.
            variant: id of the recap.
            verdict: the verdict.
            panel: id of the panel whose raters agreed on it; None where a person settles it.
        """
        if verdict is not None and verdict not in SETTLED:
            raise UnknownName(_("verdict"), verdict, SETTLED)
        row = {
            "run_id": run_id,
            "key_point": _identity(key_point),
            "variant": variant,
            "verdict": verdict or "",
            "at": now().isoformat(),
            "panel": panel,
        }
        with self._transactions.write() as connection:
            connection.execute(t.settlements.insert().values(row))

    def settled(self, run_id: str, reference: Reference | None) -> Mapping[tuple[str, str], Verdict]:
        """Return the last verdict settled on each key point of `reference` in each variant, by (key point, variant)."""
        return {place: row.verdict for place, row in self._settlements(run_id, reference).items()}

    def settled_by_panels(self, run_id: str, reference: Reference | None) -> Mapping[tuple[str, str], str]:
        """Return the id of the panel whose raters settled the verdict in force, by place, as `settled` names them."""
        return {place: row.panel for place, row in self._settlements(run_id, reference).items() if row.panel}

    def _settlements(self, run_id: str, reference: Reference | None) -> dict[tuple[str, str], Any]:
        """Return the row of the verdict in force of each place that is settled."""
        query = sa.select(t.settlements).where(t.settlements.c.run_id == run_id).order_by(t.settlements.c.id)
        with self._transactions.read() as connection:
            last = {(row.key_point, row.variant): row for row in connection.execute(query)}
        ids = {_identity(point): point.id for point in (reference.key_points if reference else ())}
        return {(ids[point], variant): row for (point, variant), row in last.items() if row.verdict and point in ids}

    # Flags of recaps -------------------------------------------------------------------------------------------------

    def answer_flag(self, run_id: str, answered: AnsweredFlag) -> None:
        """Keep what a person says of a flag; an empty answer takes an earlier one back. Earlier ones stay stored."""
        row = {
            "run_id": run_id,
            "variant": answered.variant,
            "flag": answered.flag,
            "at": now().isoformat(),
            "content": answered.model_dump_json(),
        }
        with self._transactions.write() as connection:
            connection.execute(t.answered_flags.insert().values(row))

    def answered_flags(self, run_id: str) -> Mapping[tuple[str, str], AnsweredFlag]:
        """Return the last answer to each flag of a run, by (variant, flag); those that were taken back are left out."""
        with self._transactions.read() as connection:
            return answered_flags(connection, run_id)

    # Recaps being composed ------------------------------------------------------------------------------------------

    def compose(self, run_id: str, change: Callable[[Composition], Composition]) -> Composition:
        """Keep what a function makes of the recap that is being composed from a run, and return it.

        Nobody else changes it meanwhile. Raises UnknownName where there is no such run.
        """
        query = sa.select(t.compositions.c.content).where(t.compositions.c.run_id == run_id)
        with self._transactions.write() as connection:
            run = sa.select(t.runs.c.id).where(t.runs.c.id == run_id).with_for_update()
            if connection.scalar(run) is None:
                raise UnknownName(_("run"), run_id, ())
            content = connection.scalar(query)
            before = Composition.model_validate_json(content) if content else Composition()
            composition = change(before)
            if composition != before or content is None:
                row = {"run_id": run_id, "updated_at": now().isoformat(), "content": composition.model_dump_json()}
                connection.execute(t.compositions.delete().where(t.compositions.c.run_id == run_id))
                connection.execute(t.compositions.insert().values(row))
            return composition

    def composition(self, run_id: str) -> Composition:
        """Return the recap that is being composed from a run; an empty one where there is none."""
        with self._transactions.read() as connection:
            content = connection.scalar(sa.select(t.compositions.c.content).where(t.compositions.c.run_id == run_id))
        return Composition.model_validate_json(content) if content else Composition()

    # The document that is sent out ----------------------------------------------------------------------------------

    def keep_document_choices(self, run_id: str, choices: DocumentChoices) -> None:
        """Keep what is chosen of the document of a run."""
        row = {"run_id": run_id, "updated_at": now().isoformat(), "content": choices.model_dump_json()}
        with self._transactions.write() as connection:
            connection.execute(t.documents.delete().where(t.documents.c.run_id == run_id))
            connection.execute(t.documents.insert().values(row))

    def document_choices(self, run_id: str) -> DocumentChoices:
        """Return what was chosen of the document of a run; the usual choices where nobody chose."""
        with self._transactions.read() as connection:
            content = connection.scalar(sa.select(t.documents.c.content).where(t.documents.c.run_id == run_id))
        return DocumentChoices.model_validate_json(content) if content else DocumentChoices()

    # Versions of a prompt, on stage ---------------------------------------------------------------------------------

    def keep_stage(self, stage: Stage) -> None:
        """Keep a stage, replacing what was kept of it."""
        row = {"id": stage.id, "created_at": stage.created_at.isoformat(), "content": stage.model_dump_json()}
        with self._transactions.write() as connection:
            connection.execute(t.stages.delete().where(t.stages.c.id == stage.id))
            connection.execute(t.stages.insert().values(row))

    def stage(self, stage_id: str) -> Stage:
        """Return one stage. Raises UnknownName."""
        with self._transactions.read() as connection:
            content = connection.scalar(sa.select(t.stages.c.content).where(t.stages.c.id == stage_id))
        if content is None:
            raise UnknownName(_("stage"), stage_id, ())
        return Stage.model_validate_json(content)

    def stages(self) -> list[Stage]:
        """Return every stage, the newest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(sa.select(t.stages.c.content).order_by(t.stages.c.created_at.desc())).scalars()
            return [Stage.model_validate_json(content) for content in rows]


def answered_flags(connection: Connection, run_id: str) -> dict[tuple[str, str], AnsweredFlag]:
    """Return the last answer to each flag of a run, by (variant, flag); those that were taken back are left out."""
    query = sa.select(t.answered_flags.c.content).where(t.answered_flags.c.run_id == run_id)
    rows = connection.execute(query.order_by(t.answered_flags.c.id)).scalars()
    last = {(flag.variant, flag.flag): flag for flag in map(AnsweredFlag.model_validate_json, rows)}
    return {key: flag for key, flag in last.items() if flag.answer}


def _identity(point: KeyPoint) -> str:
    """Return what names a key point by its id and words: a verdict does not hold for other words under the same id."""
    return f"{point.id[:150]} {content_id('kp', point.text)}"
