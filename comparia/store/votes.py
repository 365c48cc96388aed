"""Blind votes as they are kept: judgings, voters, ballots, tags."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Ballot, Judging, Tag, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions


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


class Votes:
    """The part of a store that holds votes. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # Judgings -------------------------------------------------------------------------------------------------------

    def open(self, judging: Judging) -> None:
        """Keep a judging that opens."""
        row, _ballots = judging_rows(judging)
        with self._transactions.write() as connection:
            connection.execute(t.judgings.insert().values(row))

    def judging(self, judging_id: str) -> Judging:
        """Return one judging; its ballots only when it is closed. Raises UnknownName."""
        with self._transactions.read() as connection:
            row = connection.execute(sa.select(t.judgings).where(t.judgings.c.id == judging_id)).one_or_none()
            if row is None:
                raise UnknownName(_("vote"), judging_id, ())
            return judging_of(connection, row)

    def judgings(self, run_id: str) -> list[Judging]:
        """Return the judgings of a run, the newest first."""
        query = sa.select(t.judgings).where(t.judgings.c.run_id == run_id).order_by(t.judgings.c.opened_at.desc())
        with self._transactions.read() as connection:
            return [judging_of(connection, row) for row in connection.execute(query).all()]

    def close(self, judging_id: str) -> None:
        """Close a judging, once: no more votes, and the tokens of those who voted are removed."""
        with self._transactions.write() as connection:
            open_one = sa.and_(t.judgings.c.id == judging_id, t.judgings.c.closed_at.is_(None))
            connection.execute(t.judgings.update().where(open_one).values(closed_at=now().isoformat()))
            connection.execute(t.voters.delete().where(t.voters.c.judging_id == judging_id))

    # Voters and their ballots ---------------------------------------------------------------------------------------

    def voters(self, judging_id: str) -> list[Voter]:
        """Return the voters of a judging while it is open."""
        query = sa.select(t.voters).where(t.voters.c.judging_id == judging_id).order_by(t.voters.c.number)
        with self._transactions.read() as connection:
            return [
                Voter(row.number, row.token, tuple(row.order.split(" ")), row.shown_at)
                for row in connection.execute(query)
            ]

    async def add_voter(self, judging_id: str, voter: Voter) -> None:
        """Keep a voter; return when it is on disk."""
        row = {
            "judging_id": judging_id,
            "number": voter.number,
            "token": voter.token,
            "order": " ".join(voter.order),
            "shown_at": voter.shown_at,
        }
        await self._transactions.commit(t.voters, row)

    async def cast(self, judging_id: str, ballot: Ballot) -> None:
        """Keep a ballot, replacing an earlier one of the same voter; return when it is on disk."""
        row = _ballot_row(judging_id, ballot)
        await self._transactions.commit(t.ballots, row)

    def ballots(self, judging_id: str) -> list[Ballot]:
        """Return every ballot, in the order in which the voters came."""
        with self._transactions.read() as connection:
            return ballots_of(connection, judging_id)

    # Tags -----------------------------------------------------------------------------------------------------------

    def tags(self) -> list[Tag]:
        """Return the tags of this installation in their order, archived ones too; none where nobody has changed any."""
        with self._transactions.read() as connection:
            contents = connection.execute(sa.select(t.tags.c.content).order_by(t.tags.c.place, t.tags.c.id)).scalars()
            return [Tag.model_validate_json(content) for content in contents]

    def keep_tags(self, tags: list[Tag]) -> None:
        """Keep the tags; none that is stored is removed."""
        with self._transactions.write() as connection:
            for place, tag in enumerate(tags):
                connection.execute(t.tags.delete().where(t.tags.c.id == tag.id))
                connection.execute(t.tags.insert().values(id=tag.id, place=place, content=tag.model_dump_json()))


def ballots_of(connection: Connection, judging_id: str) -> list[Ballot]:
    """Return every ballot of a judging."""
    query = sa.select(t.ballots.c.content).where(t.ballots.c.judging_id == judging_id).order_by(t.ballots.c.voter)
    return [Ballot.model_validate_json(content) for content in connection.execute(query).scalars()]


def judging_of(connection: Connection, row: Any) -> Judging:
    """Return a judging from its row; its ballots only when it is closed."""
    judging = Judging.model_validate_json(row.content)
    if row.closed_at is None:
        return judging
    ballots = tuple(ballots_of(connection, judging.id))
    update = {"closed_at": row.closed_at, "ballots": ballots}
    return Judging.model_validate({**judging.model_dump(), **update})


def judging_rows(judging: Judging) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of a judging, and those of its ballots."""
    row = {
        "id": judging.id,
        "run_id": judging.run,
        "opened_at": judging.opened_at.isoformat(),
        "closed_at": judging.closed_at.isoformat() if judging.closed_at else None,
        "content": judging.model_copy(update={"ballots": (), "closed_at": None}).model_dump_json(),
    }
    return row, [_ballot_row(judging.id, ballot) for ballot in judging.ballots]


def _ballot_row(judging_id: str, ballot: Ballot) -> dict[str, Any]:
    return {"judging_id": judging_id, "voter": ballot.voter, "content": ballot.model_dump_json()}
