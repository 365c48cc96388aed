"""Recaps that go back to those who took part, as they are kept: readings, the phones that opened them, marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import ConfigurationError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Mark, MarkState, Reading, ReadingResult, count_marks, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class Readings:
    """The part of a store that holds readings. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def open(self, reading: Reading) -> None:
        """Keep a reading that opens."""
        row = {
            "id": reading.id,
            "run_id": reading.run,
            "opened_at": reading.opened_at.isoformat(),
            "content": reading.model_dump_json(),
        }
        with self._transactions.write() as connection:
            connection.execute(t.readings.insert().values(row))

    def reading(self, reading_id: str) -> Reading:
        """Return one reading. Raises UnknownName."""
        with self._transactions.read() as connection:
            return _reading(connection, reading_id)

    def of_run(self, run_id: str) -> list[Reading]:
        """Return the readings of a run, the newest first."""
        query = sa.select(t.readings).where(t.readings.c.run_id == run_id).order_by(t.readings.c.opened_at.desc())
        with self._transactions.read() as connection:
            return [_reading_of(row) for row in connection.execute(query).all()]

    def close(self, reading_id: str) -> Reading:
        """Close a reading for good, once, and return it; what told its phones apart is removed. Raises UnknownName."""
        with self._transactions.write() as connection:
            reading = _reading(connection, reading_id, alone=True)
            if reading.closed_at is None:
                this = t.readings.c.id == reading_id
                closed_at = min(now(), reading.closes_at)
                connection.execute(t.readings.update().where(this).values(closed_at=closed_at.isoformat()))
                phones = t.readers.c.reading_id == reading_id
                connection.execute(t.readers.update().where(phones).values(token=None))
                reading = reading.model_copy(update={"closed_at": closed_at})
        return reading

    def tell(self, reading_id: str, told: bool) -> Reading:
        """Keep whether reports say how many read and agreed, and return the reading. Raises UnknownName."""
        with self._transactions.write() as connection:
            reading = _reading(connection, reading_id, alone=True).model_copy(update={"told": told})
            content = reading.model_copy(update={"closed_at": None}).model_dump_json()
            connection.execute(t.readings.update().where(t.readings.c.id == reading_id).values(content=content))
        return reading

    # Phones ---------------------------------------------------------------------------------------------------------

    def enter(self, reading_id: str, token: str, most: int) -> int:
        """Keep that a phone opened an open reading, and return its number; the same one where it is known.

        Args:
            reading_id: the reading.
            token: hash of the random token that the phone holds.
            most: highest number of phones.

        Raises:
            ConfigurationError: the reading is closed, or so many phones opened it already.
        """
        with self._transactions.write() as connection:
            _check_open(_reading(connection, reading_id, alone=True))
            if (known := _reader(connection, reading_id, token)) is not None:
                return known
            last = sa.select(sa.func.max(t.readers.c.number)).where(t.readers.c.reading_id == reading_id)
            number = 1 + (connection.execute(last).scalar() or 0)
            if number > most:
                raise ConfigurationError(_("This room is full ({n} phones).").format(n=most))
            row = {"reading_id": reading_id, "number": number, "token": token}
            connection.execute(t.readers.insert().values(row))
            return number

    def reader(self, reading_id: str, token: str) -> int | None:
        """Return the number of the phone that holds a token, by its hash; None where it opened nothing."""
        with self._transactions.read() as connection:
            return _reader(connection, reading_id, token)

    def opened(self, reading_id: str) -> int:
        """Return how many phones opened a reading."""
        with self._transactions.read() as connection:
            return _opened(connection, reading_id)

    # Marks ----------------------------------------------------------------------------------------------------------

    def marks(self, reading_id: str, reader: int | None = None) -> list[Mark]:
        """Return the marks on a recap, or those of one phone, the oldest first."""
        with self._transactions.read() as connection:
            return _marks(connection, reading_id, reader)

    def keep_marks(self, reading_id: str, reader: int, marks: Sequence[Mark]) -> None:
        """Keep the marks of one phone in place of its earlier ones.

        Raises:
            UnknownName: no such reading.
            ConfigurationError: it is closed.
        """
        with self._transactions.write() as connection:
            _check_open(_reading(connection, reading_id, alone=True))
            own = sa.and_(t.marks.c.reading_id == reading_id, t.marks.c.reader == reader)
            connection.execute(t.marks.delete().where(own))
            if marks:
                connection.execute(t.marks.insert(), [_mark_row(reading_id, mark) for mark in marks])

    def keep_state(self, reading_id: str, mark_id: str, state: MarkState, words: str | None = None) -> Mark:
        """Keep where a mark stands, and return it.

        Args:
            reading_id: the reading.
            mark_id: the mark.
            state: where it stands now.
            words: the words that the facilitator read. Where the participant has changed them since, nothing is kept.

        Raises:
            UnknownName: no such mark.
            ConfigurationError: its words were changed meanwhile.
        """
        this = sa.and_(t.marks.c.reading_id == reading_id, t.marks.c.id == mark_id)
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


def results_of(connection: Connection, run_id: str) -> tuple[ReadingResult, ...]:
    """Return the counts of the readings of a run that the facilitator wants told, the oldest first."""
    query = sa.select(t.readings).where(t.readings.c.run_id == run_id).order_by(t.readings.c.opened_at)
    found = []
    for reading in (_reading_of(row) for row in connection.execute(query).all()):
        if reading.told:
            counts = count_marks(_opened(connection, reading.id), _marks(connection, reading.id))
            ends_at = reading.closed_at or reading.closes_at
            found.append(
                ReadingResult(variant=reading.variant, opened_at=reading.opened_at, ends_at=ends_at, counts=counts)
            )
    return tuple(found)


def _opened(connection: Connection, reading_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(t.readers).where(t.readers.c.reading_id == reading_id)
    return connection.execute(query).scalar() or 0


def _marks(connection: Connection, reading_id: str, reader: int | None = None) -> list[Mark]:
    query = sa.select(t.marks.c.content).where(t.marks.c.reading_id == reading_id)
    if reader is not None:
        query = query.where(t.marks.c.reader == reader)
    found = [Mark.model_validate_json(content) for content in connection.execute(query).scalars()]
    return sorted(found, key=lambda mark: (mark.at, mark.reader, mark.sentence is None, mark.sentence or 0))


def _check_open(reading: Reading) -> None:
    if not reading.is_open(now()):
        raise ConfigurationError(_("This reading is closed."))


def _reading(connection: Connection, reading_id: str, *, alone: bool = False) -> Reading:
    """Return a reading; `alone` makes every other writer of it wait until this transaction ends."""
    query = sa.select(t.readings).where(t.readings.c.id == reading_id)
    row = connection.execute(query.with_for_update() if alone else query).one_or_none()
    if row is None:
        raise UnknownName(_("reading"), reading_id, ())
    return _reading_of(row)


def _reading_of(row: Any) -> Reading:
    reading = Reading.model_validate_json(row.content)
    return Reading.model_validate({**reading.model_dump(), "closed_at": row.closed_at})


def _reader(connection: Connection, reading_id: str, token: str) -> int | None:
    this = sa.and_(t.readers.c.reading_id == reading_id, t.readers.c.token == token)
    return connection.execute(sa.select(t.readers.c.number).where(this)).scalar()


def _mark_row(reading_id: str, mark: Mark) -> dict[str, Any]:
    return {"id": mark.id, "reading_id": reading_id, "reader": mark.reader, "content": mark.model_dump_json()}
