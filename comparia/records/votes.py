"""Blind votes: ballots, tags, remarks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

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
    """Id of the variant."""
    tag: str
    """Id of the tag."""
    sentence: str = ""
    """The sentence; empty for the whole recap."""


class Ballot(Record):
    """What one voter said, without anything that says who."""

    voter: int
    """Number of the voter within the judging, from 1, in order of arrival."""
    at: datetime
    """When it was cast, or changed for the last time."""
    choice: Choice
    """The answer."""
    order: tuple[str, ...] = ()
    """Ids of the variants preferred, the best first; those that are not named are tied behind them."""
    shown: tuple[str, ...] = ()
    """Ids of the variants in the order in which this voter met them; empty for ballots of earlier versions."""
    remarks: tuple[Remark, ...] = ()
    """Tags."""
    seconds: float | None = None
    """From the first showing to the vote."""


class Judging(Record):
    """A blind vote on two to four variants of a run."""

    id: str
    """Random id, which says nothing of the run."""
    run: str
    """Id of the run."""
    variants: tuple[str, ...]
    """Ids of the variants judged."""
    same_style: bool = False
    """Whether headings, lists, emoji and the like were taken out of what voters read."""
    same_letters: bool = False
    """Whether all voters meet the recaps in one order, drawn once, so that they can speak of them aloud."""
    question: str = ""
    """What voters are asked; the usual question when empty."""
    opened_at: datetime
    """When it was opened."""
    closed_at: datetime | None = None
    """When it was closed, and the authors revealed; None while it is open."""
    tags: tuple[Tag, ...] = ()
    """The tags offered, as they were when it was opened."""
    ballots: tuple[Ballot, ...] = ()
    """What was voted; none is told before the judging is closed."""
