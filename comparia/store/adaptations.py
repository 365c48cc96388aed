"""Recaps in plain language or in other languages, as they are kept."""

from __future__ import annotations

import sqlalchemy as sa

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Adaptation
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class Adaptations:
    """The part of a store that holds adaptations of recaps. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def keep(self, adaptation: Adaptation) -> None:
        """Keep an adaptation, in place of what was kept under its id."""
        row = {
            "id": adaptation.id,
            "run_id": adaptation.run,
            "at": adaptation.at.isoformat(),
            "content": adaptation.model_dump_json(),
        }
        with self._transactions.write() as connection:
            connection.execute(t.adaptations.delete().where(t.adaptations.c.id == adaptation.id))
            connection.execute(t.adaptations.insert().values(row))

    def one(self, adaptation_id: str) -> Adaptation:
        """Return one adaptation. Raises UnknownName."""
        query = sa.select(t.adaptations.c.content).where(t.adaptations.c.id == adaptation_id)
        with self._transactions.read() as connection:
            content = connection.scalar(query)
        if content is None:
            raise UnknownName(_("adaptation"), adaptation_id, ())
        return Adaptation.model_validate_json(content)

    def of_run(self, run_id: str) -> list[Adaptation]:
        """Return the adaptations of the recaps of a run, the newest first."""
        query = sa.select(t.adaptations.c.content).where(t.adaptations.c.run_id == run_id)
        with self._transactions.read() as connection:
            contents = connection.execute(query.order_by(t.adaptations.c.at.desc())).scalars()
            return [Adaptation.model_validate_json(content) for content in contents]

    def remove(self, adaptation_id: str) -> None:
        """Remove an adaptation for good, if it is there."""
        with self._transactions.write() as connection:
            connection.execute(t.adaptations.delete().where(t.adaptations.c.id == adaptation_id))
