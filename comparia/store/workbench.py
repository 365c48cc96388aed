"""What people do with runs: sessions not sent yet, verdicts settled by hand, recaps being composed, prompts tried on stage."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import SETTLED, Composition, Draft, KeyPoint, Reference, Stage, Verdict, content_id, now
from comparia.store import tables as t
from comparia.store.opening import translated


class Workbench:
    """The part of an open database that people write in. Made by `Store.workbench`."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._place = place

    # Sessions not sent yet ------------------------------------------------------------------------------------------

    def keep(self, draft: Draft) -> None:
        """Keep a session that has not been sent, replacing what was kept of it."""
        row = {"id": draft.id, "updated_at": now().isoformat(), "content": draft.model_dump_json()}
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.drafts.delete().where(t.drafts.c.id == draft.id))
            connection.execute(t.drafts.insert().values(row))

    def draft(self, draft_id: str) -> Draft:
        """One such session. Raises UnknownName."""
        with translated(self._place), self._engine.connect() as connection:
            content = connection.scalar(sa.select(t.drafts.c.content).where(t.drafts.c.id == draft_id))
        if content is None:
            raise UnknownName(_("session"), draft_id, ())
        return Draft.model_validate_json(content)

    def drafts(self) -> list[Draft]:
        """All of them, the newest first."""
        with translated(self._place), self._engine.connect() as connection:
            rows = connection.execute(sa.select(t.drafts.c.content).order_by(t.drafts.c.updated_at.desc())).scalars()
            return [Draft.model_validate_json(content) for content in rows]

    def drop(self, draft_id: str) -> None:
        """Forget one."""
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.drafts.delete().where(t.drafts.c.id == draft_id))

    # Verdicts settled by hand ---------------------------------------------------------------------------------------

    def settle(self, run_id: str, key_point: KeyPoint, variant: str, verdict: Verdict | None) -> None:
        """Settle the verdict on one key point in one variant; None gives it back to the matcher. Nothing is overwritten."""
        if verdict is not None and verdict not in SETTLED:
            raise UnknownName(_("verdict"), verdict, SETTLED)
        row = {
            "run_id": run_id,
            "key_point": _identity(key_point),
            "variant": variant,
            "verdict": verdict or "",
            "at": now().isoformat(),
        }
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.settlements.insert().values(row))

    def settled(self, run_id: str, reference: Reference | None) -> Mapping[tuple[str, str], Verdict]:
        """The verdicts settled in a run on points as they are in `reference`, by (key point, variant): the last word on each."""
        query = sa.select(t.settlements).where(t.settlements.c.run_id == run_id).order_by(t.settlements.c.id)
        with translated(self._place), self._engine.connect() as connection:
            last = {(row.key_point, row.variant): row.verdict for row in connection.execute(query)}
        known = {_identity(point): point.id for point in (reference.key_points if reference else ())}
        return {
            (known[point], variant): verdict for (point, variant), verdict in last.items() if verdict and point in known
        }

    # Recaps being composed ------------------------------------------------------------------------------------------

    def compose(self, run_id: str, composition: Composition) -> None:
        """Keep the recap that is being composed from a run."""
        row = {"run_id": run_id, "updated_at": now().isoformat(), "content": composition.model_dump_json()}
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.compositions.delete().where(t.compositions.c.run_id == run_id))
            connection.execute(t.compositions.insert().values(row))

    def composition(self, run_id: str) -> Composition:
        """The recap being composed from a run; empty where nobody has begun."""
        with translated(self._place), self._engine.connect() as connection:
            content = connection.scalar(sa.select(t.compositions.c.content).where(t.compositions.c.run_id == run_id))
        return Composition.model_validate_json(content) if content else Composition()

    # Versions of a prompt, on stage -------------------------------------------------------------------------------------

    def keep_stage(self, stage: Stage) -> None:
        """Keep a stage, replacing what was kept of it."""
        row = {"id": stage.id, "created_at": stage.created_at.isoformat(), "content": stage.model_dump_json()}
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.stages.delete().where(t.stages.c.id == stage.id))
            connection.execute(t.stages.insert().values(row))

    def stage(self, stage_id: str) -> Stage:
        """One stage. Raises UnknownName."""
        with translated(self._place), self._engine.connect() as connection:
            content = connection.scalar(sa.select(t.stages.c.content).where(t.stages.c.id == stage_id))
        if content is None:
            raise UnknownName(_("stage"), stage_id, ())
        return Stage.model_validate_json(content)

    def stages(self) -> list[Stage]:
        """All of them, the newest first."""
        with translated(self._place), self._engine.connect() as connection:
            rows = connection.execute(sa.select(t.stages.c.content).order_by(t.stages.c.created_at.desc())).scalars()
            return [Stage.model_validate_json(content) for content in rows]


def _identity(point: KeyPoint) -> str:
    """A key point by its words: another that takes its id, or the same said otherwise, has not been settled."""
    return f"{point.id[:150]} {content_id('kp', point.text)}"
