"""Scorings of a run: several stand side by side, each with a name, the scores, and the key points they rest on.

A score that did not change since an earlier scoring of the run is not stored again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from comparia.errors import ConfigurationError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Reference, Score, now
from comparia.store import tables as t
from comparia.store.transactions import Transactions, put

LONGEST_NAME = 80
"""Characters of the longest name of a scoring."""

_SCORES = TypeAdapter(tuple[Score, ...])
_NUMBERS = TypeAdapter(list[tuple[int, int]])
_ROWS_AT_ONCE = 500


class Scoring(NamedTuple):
    """One line of the list of scorings of a run."""

    name: str
    """Its name; empty for the scoring that is shown where none is asked for."""
    at: str
    """When it was last made, ISO 8601."""
    reference_id: str | None
    """Id of the key points it rests on; None where there are none."""


class Scores:
    """The part of a store that holds scorings. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add_scores(self, run_id: str, reference: Reference | None, scores: Sequence[Score], name: str = "") -> None:
        """Keep a scoring of a run in place of the scoring of the same name, which stays stored and is no longer read.

        Args:
            run_id: the run.
            reference: the key points that the scores rest on.
            scores: of every metric.
            name: of the scoring; empty for the one that is shown where none is asked for.

        Raises:
            ConfigurationError: the name is too long.
        """
        self.check_name(name)
        with self._transactions.write() as connection:
            add_scoring(connection, run_id, reference, scores, name)

    def check_name(self, name: str) -> None:
        """Check that a scoring can have this name. Raises ConfigurationError."""
        if len(name) > LONGEST_NAME or not name.isprintable():
            message = _("The name of a scoring has at most {most} characters, all printable.")
            raise ConfigurationError(message.format(most=LONGEST_NAME))

    def scorings(self, run_id: str) -> list[Scoring]:
        """Return the scorings of a run, the one without a name first, then by name."""
        with self._transactions.read() as connection:
            return scorings_of(connection, t.scorings.c.run_id == run_id).get(run_id, [])

    def earlier_reference(self, run_id: str) -> Reference | None:
        """Return the key points before the present ones, as undoing goes back; None where there are none before.

        Going back is not a step of its own: after A, B, A the present ones are A, and nothing is before them.
        """
        query = (
            sa.select(t.scorings.c.reference_id, t.references.c.content)
            .select_from(t.scorings.join(t.references))
            .where(t.scorings.c.run_id == run_id, t.scorings.c.name == "")
            .order_by(t.scorings.c.id)
        )
        with self._transactions.read() as connection:
            rows = connection.execute(query).all()
        path: list[str] = []
        for row in rows:
            if path[-2:-1] == [row.reference_id]:
                path.pop()
            elif path[-1:] != [row.reference_id]:
                path.append(row.reference_id)
        contents = {row.reference_id: row.content for row in rows}
        return Reference.model_validate_json(contents[path[-2]]) if len(path) > 1 else None

    def references_of(self, run_id: str) -> list[tuple[str, Reference]]:
        """Return every reference a run was scored against and when it last was (ISO 8601), the latest first."""
        last = sa.func.max(t.scorings.c.id)
        query = (
            sa.select(sa.func.max(t.scorings.c.at).label("at"), t.references.c.content)
            .select_from(t.scorings.join(t.references))
            .where(t.scorings.c.run_id == run_id)
            .group_by(t.references.c.id, t.references.c.content)
            .order_by(last.desc())
        )
        with self._transactions.read() as connection:
            return [(row.at, Reference.model_validate_json(row.content)) for row in connection.execute(query)]


def add_scoring(
    connection: Connection, run_id: str, reference: Reference | None, scores: Sequence[Score], name: str = ""
) -> None:
    """Write one scoring, and whether its run is scored: the scoring without a name has a score of every recap."""
    if reference is not None:
        put(connection, t.references, {"id": reference.id, "content": reference.model_dump_json()})
    connection.execute(
        t.scorings.insert().values(
            run_id=run_id,
            name=name,
            at=now().isoformat(),
            reference_id=reference.id if reference else None,
            content="[]",
            score_numbers=_NUMBERS.dump_json(_ranges(_store(connection, run_id, scores))).decode(),
        )
    )
    if name == "":
        recaps_query = sa.select(t.variants.c.id).where(t.variants.c.run_id == run_id, ~t.variants.c.failed)
        recaps = set(connection.execute(recaps_query).scalars())
        is_scored = bool(recaps) and recaps <= {variant for score in scores for variant in score.variants}
        connection.execute(t.runs.update().where(t.runs.c.id == run_id).values(scored=is_scored))


def _store(connection: Connection, run_id: str, scores: Iterable[Score]) -> list[int]:
    """Store the scores of a run that are not there yet; return the number of each."""
    connection.execute(sa.select(t.runs.c.id).where(t.runs.c.id == run_id).with_for_update())  # one scoring at a time
    query = sa.select(t.scores.c.digest, t.scores.c.number).where(t.scores.c.run_id == run_id)
    numbers = {row.digest: row.number for row in connection.execute(query)}
    next_number = max(numbers.values(), default=0) + 1
    rows: list[dict[str, str | int]] = []
    in_order = []
    for score in scores:
        content = score.model_dump_json()
        digest = hashlib.sha256(content.encode()).hexdigest()
        if digest not in numbers:
            numbers[digest] = next_number
            rows.append({"run_id": run_id, "number": next_number, "digest": digest, "content": content})
            next_number += 1
        in_order.append(numbers[digest])
        if len(rows) == _ROWS_AT_ONCE:
            put(connection, t.scores, *rows)
            rows.clear()
    if rows:
        put(connection, t.scores, *rows)
    return in_order


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return numbers as (first, last) of each ascending series without a gap, in order."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def _read(connection: Connection, run_id: str, ranges: Sequence[tuple[int, int]]) -> tuple[Score, ...]:
    """Return the scores of a run that have these numbers, in this order."""
    numbers = [number for first, last in ranges for number in range(first, last + 1)]
    if not numbers:
        return ()
    among = t.scores.c.number.between(min(numbers), max(numbers))
    rows = connection.execute(
        sa.select(t.scores.c.number, t.scores.c.content).where(t.scores.c.run_id == run_id, among)
    )
    number_set = set(numbers)
    scores = {row.number: Score.model_validate_json(row.content) for row in rows if row.number in number_set}
    return tuple(scores[number] for number in numbers)


def latest_scoring(
    connection: Connection, run_id: str, name: str, *, with_scores: bool = True
) -> tuple[Reference | None, tuple[Score, ...]]:
    """Return the key points and the scores of the scoring of a run that has this name.

    Args:
        connection: in a transaction.
        run_id: the run.
        name: of the scoring.
        with_scores: whether the scores are read; none are returned otherwise.

    Raises:
        UnknownName: no scoring of the run has this name.
    """
    row = connection.execute(
        sa.select(t.scorings.c.content, t.scorings.c.score_numbers, t.references.c.content.label("reference"))
        .select_from(t.scorings.outerjoin(t.references))
        .where(t.scorings.c.run_id == run_id, t.scorings.c.name == name)
        .order_by(t.scorings.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        if name:
            scorings = scorings_of(connection, t.scorings.c.run_id == run_id).get(run_id, [])
            raise UnknownName(_("scoring"), name, [scoring.name for scoring in scorings if scoring.name])
        return None, ()
    reference = Reference.model_validate_json(row.reference) if row.reference else None
    if not with_scores:
        return reference, ()
    if row.score_numbers is None:
        return reference, _SCORES.validate_json(row.content)
    return reference, _read(connection, run_id, _NUMBERS.validate_json(row.score_numbers))


def scorings_of(connection: Connection, condition: sa.ColumnElement[bool]) -> dict[str, list[Scoring]]:
    """Return the scorings that meet a condition, by run: the one without a name first, then by name."""
    columns = (t.scorings.c.run_id, t.scorings.c.name, t.scorings.c.at, t.scorings.c.reference_id)
    last = sa.select(sa.func.max(t.scorings.c.id)).where(condition).group_by(t.scorings.c.run_id, t.scorings.c.name)
    query = sa.select(*columns).where(t.scorings.c.id.in_(last)).order_by(t.scorings.c.name)
    scorings: dict[str, list[Scoring]] = {}
    for row in connection.execute(query):
        scorings.setdefault(row.run_id, []).append(Scoring(row.name, row.at, row.reference_id))
    return scorings
