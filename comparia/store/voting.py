"""Blind votes as they are kept: judgings, voters, ballots, tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Ballot, Judging, Tag, now
from comparia.store import tables as t
from comparia.store.opening import translated


class Voter(NamedTuple):
    """Somebody who votes: a number, and an order of their own. Nothing that says who."""

    number: int
    """From 1, in order of arrival."""
    token: str
    """SHA-256 of the random token their browser holds, in hex."""
    order: tuple[str, ...]
    """Ids of the variants in the order they are shown to them."""
    shown_at: str
    """When they were first shown the recaps, ISO 8601."""


class Voting:
    """The part of an open database that holds votes. Made by `Store.voting`.

    Args:
        engine: the database.
        place: its name in errors.
        commit: keeps a row of a table, and returns when it is on disk.
    """

    def __init__(
        self, engine: Engine, place: str, commit: Callable[[sa.Table, dict[str, Any]], Awaitable[None]]
    ) -> None:
        self._engine = engine
        self._place = place
        self._commit = commit

    # Judgings ---------------------------------------------------------------------------------------------------------

    def open(self, judging: Judging) -> None:
        """Keep a judging that opens."""
        row = {
            "id": judging.id,
            "run_id": judging.run,
            "opened_at": judging.opened_at.isoformat(),
            "content": judging.model_dump_json(),
        }
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(t.judgings.insert().values(row))

    def judging(self, judging_id: str) -> Judging:
        """One judging; its ballots only when it is closed. Raises UnknownName."""
        with translated(self._place), self._engine.connect() as connection:
            row = connection.execute(sa.select(t.judgings).where(t.judgings.c.id == judging_id)).one_or_none()
            if row is None:
                raise UnknownName(_("vote"), judging_id, ())
            return judging_of(connection, row)

    def judgings(self, run_id: str) -> list[Judging]:
        """Those of a run, the newest first."""
        query = sa.select(t.judgings).where(t.judgings.c.run_id == run_id).order_by(t.judgings.c.opened_at.desc())
        with translated(self._place), self._engine.connect() as connection:
            return [judging_of(connection, row) for row in connection.execute(query).all()]

    def close(self, judging_id: str) -> None:
        """Close a judging: no more votes, and nothing is left of the tokens of those who voted. Once only."""
        with translated(self._place), self._engine.begin() as connection:
            open_one = sa.and_(t.judgings.c.id == judging_id, t.judgings.c.closed_at.is_(None))
            connection.execute(t.judgings.update().where(open_one).values(closed_at=now().isoformat()))
            connection.execute(t.voters.delete().where(t.voters.c.judging_id == judging_id))

    # Voters and their ballots -------------------------------------------------------------------------------------------

    def voters(self, judging_id: str) -> list[Voter]:
        """Those who came, while a judging is open."""
        query = sa.select(t.voters).where(t.voters.c.judging_id == judging_id).order_by(t.voters.c.number)
        with translated(self._place), self._engine.connect() as connection:
            return [
                Voter(row.number, row.token, tuple(row.order.split(" ")), row.shown_at)
                for row in connection.execute(query)
            ]

    async def add_voter(self, judging_id: str, voter: Voter) -> None:
        """Keep a voter; returns when it is on disk."""
        row = {
            "judging_id": judging_id,
            "number": voter.number,
            "token": voter.token,
            "order": " ".join(voter.order),
            "shown_at": voter.shown_at,
        }
        await self._commit(t.voters, row)

    async def cast(self, judging_id: str, ballot: Ballot) -> None:
        """Keep a ballot, replacing an earlier one of the same voter; returns when it is on disk."""
        row = {"judging_id": judging_id, "voter": ballot.voter, "content": ballot.model_dump_json()}
        await self._commit(t.ballots, row)

    def ballots(self, judging_id: str) -> list[Ballot]:
        """Every ballot, in the order in which the voters came."""
        with translated(self._place), self._engine.connect() as connection:
            return ballots_of(connection, judging_id)

    # Tags ---------------------------------------------------------------------------------------------------------------

    def tags(self) -> list[Tag]:
        """The tags of this installation in their order, archived ones too; empty where nobody has changed any."""
        with translated(self._place), self._engine.connect() as connection:
            found = connection.execute(sa.select(t.tags.c.content).order_by(t.tags.c.place, t.tags.c.id)).scalars()
            return [Tag.model_validate_json(content) for content in found]

    def keep_tags(self, tags: list[Tag]) -> None:
        """Keep the tags; none that was known is ever removed."""
        with translated(self._place), self._engine.begin() as connection:
            for place, tag in enumerate(tags):
                connection.execute(t.tags.delete().where(t.tags.c.id == tag.id))
                connection.execute(t.tags.insert().values(id=tag.id, place=place, content=tag.model_dump_json()))


def ballots_of(connection: Connection, judging_id: str) -> list[Ballot]:
    """Every ballot of a judging."""
    query = sa.select(t.ballots.c.content).where(t.ballots.c.judging_id == judging_id).order_by(t.ballots.c.voter)
    return [Ballot.model_validate_json(content) for content in connection.execute(query).scalars()]


def judging_of(connection: Connection, row: Any) -> Judging:
    """A judging from its row; its ballots only when it is closed."""
    judging = Judging.model_validate_json(row.content)
    if row.closed_at is None:
        return judging
    ballots = tuple(ballots_of(connection, judging.id))
    closed = {"closed_at": row.closed_at, "ballots": ballots}
    return Judging.model_validate({**judging.model_dump(), **closed})
