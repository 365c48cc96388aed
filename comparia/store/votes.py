"""Blind votes as they are kept: judgings, voters, ballots, the room, tags."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Ballot, Judging, Room, Tag, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class Voter(NamedTuple):
    """Somebody who votes: a number, and an order of their own. Nothing that says who."""

    number: int
    """From 1, in the order of their first ballots; 0 before one."""
    token: str
    """SHA-256 of the random token their browser holds, in hex."""
    order: tuple[str, ...]
    """Names of the recaps in the order they are shown to them."""
    shown_at: str
    """When they were first shown the recaps, ISO 8601."""


class Votes:
    """The part of a store that holds votes. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # Judgings -------------------------------------------------------------------------------------------------------

    def open(self, judging: Judging) -> None:
        """Keep a judging that opens, with a random secret that signs the tokens of its voters."""
        row, _ballots = judging_rows(judging)
        with self._transactions.write() as connection:
            connection.execute(t.judgings.insert().values({**row, "secret": secrets.token_hex(32)}))

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

    def judgings_with(self, run_id: str, variant_id: str) -> list[str]:
        """Return the ids of the votes, on whatever run, that one recap of a run is in."""
        with self._transactions.read() as connection:
            rows = connection.execute(sa.select(t.judgings.c.id, t.judgings.c.content)).all()
        return [
            row.id
            for row in rows
            for item in Judging.model_validate_json(row.content).items
            if (item.run, item.variant) == (run_id, variant_id)
        ]

    def secret(self, judging_id: str) -> str:
        """Return what signs the tokens of the voters of a judging, made where there is none yet.

        It is empty once the authors were shown.
        """
        this = t.judgings.c.id == judging_id
        lacking = sa.and_(this, t.judgings.c.secret.is_(None), t.judgings.c.named_at.is_(None))
        query = sa.select(t.judgings.c.secret).where(this)
        with self._transactions.read() as connection:
            if found := connection.execute(query).scalar():
                return str(found)
        with self._transactions.write() as connection:
            connection.execute(t.judgings.update().where(lacking).values(secret=secrets.token_hex(32)))
            return str(connection.execute(query).scalar() or "")

    def close(self, judging_id: str) -> None:
        """Close a judging, once: no more votes until it is opened again."""
        with self._transactions.write() as connection:
            open_one = sa.and_(t.judgings.c.id == judging_id, t.judgings.c.closed_at.is_(None))
            connection.execute(t.judgings.update().where(open_one).values(closed_at=now().isoformat()))

    def reopen(self, judging_id: str) -> None:
        """Open a closed judging again; one whose authors were shown stays closed."""
        with self._transactions.write() as connection:
            unnamed = sa.and_(t.judgings.c.id == judging_id, t.judgings.c.named_at.is_(None))
            connection.execute(t.judgings.update().where(unnamed).values(closed_at=None))

    def show_names(self, judging_id: str) -> None:
        """Keep that the authors of a closed judging are shown, once; the tokens of its voters are removed for good."""
        closed = sa.and_(t.judgings.c.id == judging_id, t.judgings.c.closed_at.is_not(None))
        with self._transactions.write() as connection:
            unnamed = sa.and_(closed, t.judgings.c.named_at.is_(None))
            connection.execute(t.judgings.update().where(unnamed).values(named_at=now().isoformat()))
            connection.execute(t.judgings.update().where(closed).values(secret=None))
            if connection.execute(sa.select(t.judgings.c.id).where(closed)).first() is not None:
                connection.execute(t.voters.delete().where(t.voters.c.judging_id == judging_id))

    def set_aside(self, judging_id: str, voters: Collection[int]) -> None:
        """Keep which ballots are left out of the count, by the numbers of their voters. Raises UnknownName."""
        with self._transactions.write() as connection:
            row = connection.execute(sa.select(t.judgings).where(t.judgings.c.id == judging_id)).one_or_none()
            if row is None:
                raise UnknownName(_("vote"), judging_id, ())
            judging = Judging.model_validate_json(row.content).model_copy(update={"set_aside": tuple(sorted(voters))})
            this = t.judgings.c.id == judging_id
            connection.execute(t.judgings.update().where(this).values(content=judging.model_dump_json()))

    # Voters and their ballots ---------------------------------------------------------------------------------------

    def voters(self, judging_id: str) -> list[Voter]:
        """Return the voters of a judging while it is open."""
        query = sa.select(t.voters).where(t.voters.c.judging_id == judging_id).order_by(t.voters.c.number)
        with self._transactions.read() as connection:
            return [
                Voter(row.number, row.token, tuple(row.order.split(" ")), row.shown_at)
                for row in connection.execute(query)
            ]

    async def cast(self, judging_id: str, ballot: Ballot, voter: Voter) -> None:
        """Keep a ballot, replacing an earlier one of the same voter, and who cast it; return when both are on disk."""
        row = {
            "judging_id": judging_id,
            "number": voter.number,
            "token": voter.token,
            "order": " ".join(voter.order),
            "shown_at": voter.shown_at,
        }
        await asyncio.gather(
            self._transactions.commit(t.voters, row),
            self._transactions.commit(t.ballots, _ballot_row(judging_id, ballot)),
        )

    def ballots(self, judging_id: str) -> list[Ballot]:
        """Return every ballot, in the order of the first ballots of the voters."""
        with self._transactions.read() as connection:
            return ballots_of(connection, judging_id)

    # The room -------------------------------------------------------------------------------------------------------

    def room(self) -> Room | None:
        """Return the room that was opened last; None where there never was one."""
        query = sa.select(t.rooms.c.content).order_by(t.rooms.c.opened_at.desc()).limit(1)
        with self._transactions.read() as connection:
            content = connection.execute(query).scalar()
        return None if content is None else Room.model_validate_json(content)

    def keep_room(self, room: Room) -> None:
        """Keep a room as it is now."""
        row = {"code": room.code, "opened_at": room.opened_at.isoformat(), "content": room.model_dump_json()}
        with self._transactions.write() as connection:
            connection.execute(t.rooms.delete().where(t.rooms.c.code == room.code))
            connection.execute(t.rooms.insert().values(row))

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
    update = {"closed_at": row.closed_at, "named_at": row.named_at, "ballots": ballots}
    return Judging.model_validate({**judging.model_dump(), **update})


def judging_rows(judging: Judging) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of a judging, and those of its ballots."""
    row = {
        "id": judging.id,
        "run_id": judging.run,
        "opened_at": judging.opened_at.isoformat(),
        "closed_at": judging.closed_at.isoformat() if judging.closed_at else None,
        "named_at": judging.named_at.isoformat() if judging.named_at else None,
        "content": judging.model_copy(update={"ballots": (), "closed_at": None, "named_at": None}).model_dump_json(),
    }
    return row, [_ballot_row(judging.id, ballot) for ballot in judging.ballots]


def _ballot_row(judging_id: str, ballot: Ballot) -> dict[str, Any]:
    return {"judging_id": judging_id, "voter": ballot.voter, "content": ballot.model_dump_json()}
