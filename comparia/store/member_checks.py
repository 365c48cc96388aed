"""Recaps that go back to those who took part, as they are kept: member checks, the phones that opened them, marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import ConfigurationError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Mark, MarkState, MemberCheck, MemberCheckResult, count_marks, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class MemberChecks:
    """The part of a store that holds member checks. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def open(self, check: MemberCheck) -> None:
        """Keep a member check that opens."""
        row = {
            "id": check.id,
            "run_id": check.run,
            "opened_at": check.opened_at.isoformat(),
            "content": check.model_dump_json(),
        }
        with self._transactions.write() as connection:
            connection.execute(t.member_checks.insert().values(row))

    def check(self, check_id: str) -> MemberCheck:
        """Return one member check. Raises UnknownName."""
        with self._transactions.read() as connection:
            return _check(connection, check_id)

    def of_run(self, run_id: str) -> list[MemberCheck]:
        """Return the member checks of a run, the newest first."""
        query = (
            sa.select(t.member_checks)
            .where(t.member_checks.c.run_id == run_id)
            .order_by(t.member_checks.c.opened_at.desc())
        )
        with self._transactions.read() as connection:
            return [_check_of(row) for row in connection.execute(query).all()]

    def close(self, check_id: str) -> MemberCheck:
        """Close a member check for good, once, and return it; tokens of its phones are removed. Raises UnknownName."""
        with self._transactions.write() as connection:
            check = _check(connection, check_id, alone=True)
            if check.closed_at is None:
                this = t.member_checks.c.id == check_id
                closed_at = min(now(), check.closes_at)
                connection.execute(t.member_checks.update().where(this).values(closed_at=closed_at.isoformat()))
                phones = t.readers.c.check_id == check_id
                connection.execute(t.readers.update().where(phones).values(token=None))
                check = check.model_copy(update={"closed_at": closed_at})
        return check

    def tell(self, check_id: str, told: bool) -> MemberCheck:
        """Keep whether reports say how many read and agreed, and return the member check. Raises UnknownName."""
        with self._transactions.write() as connection:
            check = _check(connection, check_id, alone=True).model_copy(update={"told": told})
            content = check.model_copy(update={"closed_at": None}).model_dump_json()
            connection.execute(t.member_checks.update().where(t.member_checks.c.id == check_id).values(content=content))
        return check

    # Phones ---------------------------------------------------------------------------------------------------------

    def enter(self, check_id: str, token: str, most: int) -> int:
        """Keep that a phone opened an open member check, and return its number; the same one where it is known.

        Args:
            check_id: the member check.
            token: hash of the random token that the phone holds.
            most: highest number of phones.

        Raises:
            ConfigurationError: the member check is closed, or so many phones opened it already.
        """
        with self._transactions.write() as connection:
            _check_open(_check(connection, check_id, alone=True))
            if (known := _reader(connection, check_id, token)) is not None:
                return known
            last = sa.select(sa.func.max(t.readers.c.number)).where(t.readers.c.check_id == check_id)
            number = 1 + (connection.execute(last).scalar() or 0)
            if number > most:
                raise ConfigurationError(_("This room is full ({n} phones).").format(n=most))
            row = {"check_id": check_id, "number": number, "token": token}
            connection.execute(t.readers.insert().values(row))
            return number

    def reader(self, check_id: str, token: str) -> int | None:
        """Return the number of the phone that holds a token, by its hash; None where it opened nothing."""
        with self._transactions.read() as connection:
            return _reader(connection, check_id, token)

    def opened(self, check_id: str) -> int:
        """Return how many phones opened a member check."""
        with self._transactions.read() as connection:
            return _opened(connection, check_id)

    # Marks ----------------------------------------------------------------------------------------------------------

    def marks(self, check_id: str, reader: int | None = None) -> list[Mark]:
        """Return the marks on a recap, or those of one phone, the oldest first."""
        with self._transactions.read() as connection:
            return _marks(connection, check_id, reader)

    def keep_marks(self, check_id: str, reader: int, marks: Sequence[Mark]) -> None:
        """Keep the marks of one phone in place of its earlier ones.

        Raises:
            UnknownName: no such member check.
            ConfigurationError: it is closed.
        """
        with self._transactions.write() as connection:
            _check_open(_check(connection, check_id, alone=True))
            own = sa.and_(t.marks.c.check_id == check_id, t.marks.c.reader == reader)
            connection.execute(t.marks.delete().where(own))
            if marks:
                connection.execute(t.marks.insert(), [_mark_row(check_id, mark) for mark in marks])

    def keep_state(self, check_id: str, mark_id: str, state: MarkState, words: str | None = None) -> Mark:
        """Keep where a mark stands, and return it.

        Args:
            check_id: the member check.
            mark_id: the mark.
            state: where it stands now.
            words: the words that the facilitator read. Where the participant has changed them since, nothing is kept.

        Raises:
            UnknownName: no such mark.
            ConfigurationError: its words were changed meanwhile.
        """
        this = sa.and_(t.marks.c.check_id == check_id, t.marks.c.id == mark_id)
        with self._transactions.write() as connection:
            content = connection.execute(sa.select(t.marks.c.content).where(this)).scalar()
            if content is None:
                raise UnknownName(_("mark"), mark_id, ())
            mark = Mark.model_validate_json(content)
            if words is not None and words != mark.words:
                raise ConfigurationError(
                    _("The participant changed these words meanwhile."), _("Read them again, then decide.")
                )
            mark = mark.model_copy(update={"state": state})
            connection.execute(t.marks.update().where(this).values(content=mark.model_dump_json()))
        return mark


def results_of(connection: Connection, run_id: str) -> tuple[MemberCheckResult, ...]:
    """Return the counts of the member checks of a run that the facilitator wants told, the oldest first."""
    query = sa.select(t.member_checks).where(t.member_checks.c.run_id == run_id).order_by(t.member_checks.c.opened_at)
    found = []
    for check in (_check_of(row) for row in connection.execute(query).all()):
        if check.told:
            counts = count_marks(_opened(connection, check.id), _marks(connection, check.id))
            ends_at = check.closed_at or check.closes_at
            found.append(
                MemberCheckResult(variant=check.variant, opened_at=check.opened_at, ends_at=ends_at, counts=counts)
            )
    return tuple(found)


def _opened(connection: Connection, check_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(t.readers).where(t.readers.c.check_id == check_id)
    return connection.execute(query).scalar() or 0


def _marks(connection: Connection, check_id: str, reader: int | None = None) -> list[Mark]:
    query = sa.select(t.marks.c.content).where(t.marks.c.check_id == check_id)
    if reader is not None:
        query = query.where(t.marks.c.reader == reader)
    found = [Mark.model_validate_json(content) for content in connection.execute(query).scalars()]
    return sorted(found, key=lambda mark: (mark.at, mark.reader, mark.sentence is None, mark.sentence or 0))


def _check_open(check: MemberCheck) -> None:
    if not check.is_open(now()):
        raise ConfigurationError(_("This reading is closed."))


def _check(connection: Connection, check_id: str, *, alone: bool = False) -> MemberCheck:
    """Return a member check; `alone` makes every other writer of it wait until this transaction ends."""
    query = sa.select(t.member_checks).where(t.member_checks.c.id == check_id)
    row = connection.execute(query.with_for_update() if alone else query).one_or_none()
    if row is None:
        raise UnknownName(_("reading"), check_id, ())
    return _check_of(row)


def _check_of(row: Any) -> MemberCheck:
    check = MemberCheck.model_validate_json(row.content)
    return MemberCheck.model_validate({**check.model_dump(), "closed_at": row.closed_at})


def _reader(connection: Connection, check_id: str, token: str) -> int | None:
    this = sa.and_(t.readers.c.check_id == check_id, t.readers.c.token == token)
    return connection.execute(sa.select(t.readers.c.number).where(this)).scalar()


def _mark_row(check_id: str, mark: Mark) -> dict[str, Any]:
    return {"id": mark.id, "check_id": check_id, "reader": mark.reader, "content": mark.model_dump_json()}
