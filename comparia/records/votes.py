"""Blind votes: ballots, tags, remarks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator

from comparia.records.base import Record

Choice = Literal["better", "all_good", "all_bad", "unknown"]

"""What a voter answers: one is better (then an order says which), all are good, all are bad, or they do not know."""


class Tag(Record):
    """Something a voter may say of a recap, or of one of its sentences.

    It is archived, never deleted: old votes keep their meaning.
    """

    id: str
    """Short name: minority_erased."""
    good: bool = False
    """Whether it speaks for the recap."""
    fr: str
    """In French."""
    en: str
    """In English."""
    archived: bool = False
    """Whether it is offered no more."""


class Remark(Record):
    """A tag put on a recap, or on one of its sentences."""

    variant: str
    """Name of the recap in the judging."""
    tag: str
    """Id of the tag."""
    sentence: str = ""
    """The sentence; empty for the whole recap."""


class Ballot(Record):
    """What one voter said, without anything that says who."""

    voter: int
    """Number of the voter within the judging, from 1, in the order of their first ballots."""
    at: datetime
    """When it was cast, or changed for the last time."""
    choice: Choice
    """The answer."""
    order: tuple[str, ...] = ()
    """Names of the recaps preferred, the best first; those that are not named are tied behind them."""
    shown: tuple[str, ...] = ()
    """Names of the recaps in the order in which this voter met them; empty for ballots of earlier versions."""
    remarks: tuple[Remark, ...] = ()
    """Tags."""
    seconds: float | None = None
    """From the first showing to the vote."""


class Item(Record):
    """A recap that is voted on: a variant of a run."""

    run: str
    """Id of the run."""
    variant: str
    """Id of the variant in that run."""


class Judging(Record):
    """A blind vote on two to four recaps of one session: variants of a run, or of several."""

    id: str
    """Random id, which says nothing of the run."""
    run: str
    """Id of the run it was opened on, whose file carries it."""
    variants: tuple[str, ...]
    """Names of the recaps in ballots: the id of a variant of that run, `run:variant` for one of another run."""
    items: tuple[Item, ...] = ()
    """The run and the variant of each, in the same order."""
    same_style: bool = False
    """Whether headings, lists, emoji and the like were taken out of what voters read."""
    same_letters: bool = False
    """Whether all voters meet the recaps in one order, drawn once, so that they can speak of them aloud."""
    question: str = ""
    """What voters are asked; the usual question when empty."""
    opened_at: datetime
    """When it was opened."""
    closed_at: datetime | None = None
    """When it was closed, and its results shown by letter; None while it is open."""
    named_at: datetime | None = None
    """When the authors were shown, after which it is never opened again; None before."""
    tags: tuple[Tag, ...] = ()
    """The tags offered, as they were when it was opened."""
    ballots: tuple[Ballot, ...] = ()
    """What was voted; none is told before the judging is closed."""
    set_aside: tuple[int, ...] = ()
    """Numbers of the voters whose ballots a person left out of the count."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        """Give a judging of an earlier version what it did not say: one run for all, authors shown at the close."""
        if not isinstance(values, dict):
            return values
        completed = dict(values)
        if not completed.get("items"):
            completed["items"] = [
                {"run": completed.get("run"), "variant": name} for name in completed.get("variants") or ()
            ]
        completed.setdefault("named_at", completed.get("closed_at"))
        return completed


class Room(Record):
    """Where the phones of an audience wait, and get each vote, or recap to read, that is put to them."""

    code: str
    """What people type to come in."""
    port: int
    """Port that it was last reached at."""
    opened_at: datetime
    """When it was opened."""
    closed_at: datetime | None = None
    """When it was closed; None while it is open, also when the program is stopped meanwhile."""
    address: str = ""
    """Address of this machine that the QR code says; the likeliest when empty."""
    expected: int | None = None
    """How many people are expected to vote; None where nobody said."""
    votes: tuple[str, ...] = ()
    """Ids of the judgings put to it, in order."""
    shown: str = ""
    """Id of the judging that phones have before them; empty while they wait."""
    member_checks: tuple[str, ...] = ()
    """Ids of the member checks put to it, in order."""
    member_check: str = ""
    """Id of the member check that phones have before them; empty for none."""
