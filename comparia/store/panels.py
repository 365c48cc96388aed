"""Panels as they are kept: their raters, the item that each has before them, ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from comparia.errors import ConfigurationError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Panel, Rating, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions


class Held(NamedTuple):
    """The item that a rater has before them."""

    item: str
    """Id of the item."""
    shown: tuple[str, ...]
    """Ids of the recaps in the order in which they are shown."""
    since: datetime
    """When it was first shown."""


Chosen = Callable[[Sequence[Rating], Mapping[int, Held]], Held | None]
"""Chooses what a rater gets, given every rating and what each rater holds."""


class Panels:
    """The part of a store that holds panels. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def open(self, panel: Panel) -> None:
        """Keep a panel that opens."""
        row = {
            "id": panel.id,
            "run_id": panel.run,
            "opened_at": panel.opened_at.isoformat(),
            "content": panel.model_dump_json(),
        }
        with self._transactions.write() as connection:
            connection.execute(t.panels.insert().values(row))

    def panel(self, panel_id: str) -> Panel:
        """Return one panel. Raises UnknownName."""
        with self._transactions.read() as connection:
            return _panel(connection, panel_id)

    def all(self) -> list[Panel]:
        """Return every panel, the newest first."""
        query = sa.select(t.panels).order_by(t.panels.c.opened_at.desc())
        with self._transactions.read() as connection:
            return [_panel_of(row) for row in connection.execute(query).all()]

    def of_run(self, run_id: str) -> list[Panel]:
        """Return the panels of a run, the newest first."""
        query = sa.select(t.panels).where(t.panels.c.run_id == run_id).order_by(t.panels.c.opened_at.desc())
        with self._transactions.read() as connection:
            return [_panel_of(row) for row in connection.execute(query).all()]

    def change(self, panel_id: str, **changed: Any) -> Panel:
        """Keep other values of some fields of a panel, and return it. Raises UnknownName."""
        with self._transactions.write() as connection:
            panel = _panel(connection, panel_id, alone=True)
            panel = Panel.model_validate({**panel.model_dump(), **changed})
            content = panel.model_copy(update={"closed_at": None}).model_dump_json()
            connection.execute(t.panels.update().where(t.panels.c.id == panel_id).values(content=content))
        return panel

    def close(self, panel_id: str) -> Panel:
        """Close a panel for good, once, and return it; what told its raters apart is removed. Raises UnknownName."""
        with self._transactions.write() as connection:
            panel = _panel(connection, panel_id, alone=True)
            if panel.closed_at is None:
                closed_at = min(now(), panel.closes_at)
                this = t.panels.c.id == panel_id
                connection.execute(t.panels.update().where(this).values(closed_at=closed_at.isoformat()))
                raters = t.raters.c.panel_id == panel_id
                connection.execute(t.raters.update().where(raters).values(token=None, held=None))
                panel = panel.model_copy(update={"closed_at": closed_at})
        return panel

    # Raters ---------------------------------------------------------------------------------------------------------

    def enter(self, panel_id: str, token: str, most: int) -> int:
        """Keep that somebody begins to rate, and return their number; the same one where they are known.

        Args:
            panel_id: an open panel.
            token: hash of the random token that their browser holds.
            most: highest number of raters.

        Raises:
            ConfigurationError: the panel is closed, or has so many raters.
        """
        with self._transactions.write() as connection:
            _check_open(_panel(connection, panel_id, alone=True))
            if (known := _rater(connection, panel_id, token)) is not None:
                return known
            last = sa.select(sa.func.max(t.raters.c.number)).where(t.raters.c.panel_id == panel_id)
            number = 1 + (connection.execute(last).scalar() or 0)
            if number > most:
                raise ConfigurationError(_("This panel is full ({n} raters).").format(n=most))
            connection.execute(t.raters.insert().values(panel_id=panel_id, number=number, token=token))
            return number

    def rater(self, panel_id: str, token: str) -> int | None:
        """Return the number of the rater whose token has this hash; None for nobody, or once the panel is closed."""
        with self._transactions.read() as connection:
            return _rater(connection, panel_id, token)

    def raters(self, panel_id: str) -> int:
        """Return how many people began to rate."""
        query = sa.select(sa.func.count()).select_from(t.raters).where(t.raters.c.panel_id == panel_id)
        with self._transactions.read() as connection:
            return connection.execute(query).scalar() or 0

    def hold(self, panel_id: str, rater: int, chosen: Chosen) -> Held | None:
        """Choose what a rater has before them, keep it, and return it; None where nothing is left for them.

        Args:
            panel_id: an open panel.
            rater: number of the rater.
            chosen: makes the choice, while no other is made in this panel.

        Raises:
            ConfigurationError: the panel is closed.
        """
        with self._transactions.write() as connection:
            _check_open(_panel(connection, panel_id, alone=True))
            held = chosen(_ratings(connection, panel_id), _held(connection, panel_id))
            this = sa.and_(t.raters.c.panel_id == panel_id, t.raters.c.number == rater)
            connection.execute(t.raters.update().where(this).values(held=_held_text(held)))
        return held

    def held(self, panel_id: str, rater: int) -> Held | None:
        """Return what a rater has before them; None for nothing."""
        with self._transactions.read() as connection:
            return _held(connection, panel_id).get(rater)

    # Ratings --------------------------------------------------------------------------------------------------------

    def rate(self, panel_id: str, rating: Rating) -> bool:
        """Keep a rating in place of an earlier one of the same rater and item; the item is before them no more.

        Returns False, and keeps nothing, where others gave the item all its ratings meanwhile.

        Raises:
            ConfigurationError: the panel is closed.
        """
        own = sa.and_(
            t.ratings.c.panel_id == panel_id, t.ratings.c.rater == rating.rater, t.ratings.c.item == rating.item
        )
        row = {
            "panel_id": panel_id,
            "rater": rating.rater,
            "item": rating.item,
            "content": rating.model_dump_json(),
        }
        with self._transactions.write() as connection:
            panel = _panel(connection, panel_id, alone=True)
            _check_open(panel)
            same = [other for other in _ratings(connection, panel_id) if other.item == rating.item]
            counted = sum(other.rater not in panel.set_aside for other in same)
            is_needed = counted < panel.wanted or any(other.rater == rating.rater for other in same)
            if is_needed:
                connection.execute(t.ratings.delete().where(own))
                connection.execute(t.ratings.insert().values(row))
            held = _held(connection, panel_id).get(rating.rater)
            if held is not None and held.item == rating.item:
                this = sa.and_(t.raters.c.panel_id == panel_id, t.raters.c.number == rating.rater)
                connection.execute(t.raters.update().where(this).values(held=None))
        return is_needed

    def ratings(self, panel_id: str) -> list[Rating]:
        """Return every rating, by rater, in the order in which each met the items."""
        with self._transactions.read() as connection:
            return _ratings(connection, panel_id)


def _panel(connection: Connection, panel_id: str, *, alone: bool = False) -> Panel:
    """Return a panel; `alone` makes every other writer of it wait until this transaction ends."""
    query = sa.select(t.panels).where(t.panels.c.id == panel_id)
    row = connection.execute(query.with_for_update() if alone else query).one_or_none()
    if row is None:
        raise UnknownName(_("panel"), panel_id, ())
    return _panel_of(row)


def _panel_of(row: Any) -> Panel:
    panel = Panel.model_validate_json(row.content)
    return Panel.model_validate({**panel.model_dump(), "closed_at": row.closed_at})


def _check_open(panel: Panel) -> None:
    if not panel.is_open(now()):
        raise ConfigurationError(_("This panel is closed."))


def _rater(connection: Connection, panel_id: str, token: str) -> int | None:
    this = sa.and_(t.raters.c.panel_id == panel_id, t.raters.c.token == token)
    return connection.execute(sa.select(t.raters.c.number).where(this)).scalar()


def _ratings(connection: Connection, panel_id: str) -> list[Rating]:
    query = sa.select(t.ratings.c.content).where(t.ratings.c.panel_id == panel_id)
    found = [Rating.model_validate_json(content) for content in connection.execute(query).scalars()]
    return sorted(found, key=lambda rating: (rating.rater, rating.position, rating.item))


def _held(connection: Connection, panel_id: str) -> dict[int, Held]:
    query = sa.select(t.raters.c.number, t.raters.c.held).where(
        t.raters.c.panel_id == panel_id, t.raters.c.held.is_not(None)
    )
    found = {}
    for number, text in connection.execute(query):
        item, since, *shown = text.split(" ")
        found[number] = Held(item, tuple(shown), datetime.fromisoformat(since))
    return found


def _held_text(held: Held | None) -> str | None:
    return None if held is None else " ".join([held.item, held.since.isoformat(), *held.shown])
