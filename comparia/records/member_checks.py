"""A recap that goes back to those who took part: its member check, and the marks that they put on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from comparia.records.base import Record

MarkKind = Literal["disputed", "missing", "agreed"]
"""“This is not what I said”, on a sentence; “my view is missing”; “I agree”, on the whole."""

MarkState = Literal["waiting", "shown", "set_aside", "settled"]
"""Read by nobody yet; accepted by the facilitator; left aside by them; dealt with in the recap."""

MOST_WORDS = 1000
"""Characters of the words of a mark."""


class MemberCheck(Record):
    """A recap that is opened to those who took part, who read it and mark it."""

    id: str
    """Random id, which says nothing of the run."""
    run: str
    """Id of the run."""
    variant: str
    """Id of the recap in that run."""
    title: str
    """Title of the session."""
    language: Literal["fr", "en"]
    """Language of the recap."""
    sentences: tuple[str, ...]
    """The recap as it is read, a sentence each; a later change of the recap does not change it."""
    labels: tuple[str, ...] = ()
    """Labels of speakers that a participant may choose; none where everybody stays anonymous."""
    opened_at: datetime
    """When it was opened."""
    closes_at: datetime
    """When it closes by itself."""
    closed_at: datetime | None = None
    """When it was closed; None before."""
    told: bool = False
    """Whether reports say how many read, agreed and disputed."""

    def is_open(self, at: datetime) -> bool:
        """Return whether it takes marks at a moment."""
        return self.closed_at is None and at < self.closes_at


class Mark(Record):
    """What a participant says of a recap, or of one of its sentences."""

    id: str
    """Random id."""
    reader: int
    """Number of the phone within the member check, from 1, in the order in which phones opened it."""
    kind: MarkKind
    """What it says."""
    sentence: int | None = None
    """Number of the sentence, from 0; None for the whole recap."""
    words: str = Field(default="", max_length=MOST_WORDS)
    """The participant's words."""
    label: str = ""
    """The label that the participant chose. It is a claim that nobody verified; empty for none."""
    at: datetime
    """When it was sent, or changed for the last time."""
    state: MarkState = "waiting"
    """Where it stands with the facilitator."""
    by_file: bool = False
    """Whether it came back in a file, from somebody who was not in the room."""


class SentenceAnswer(Record):
    """What a file of answers says of one sentence: that it is not what somebody said."""

    sentence: int = Field(ge=0, lt=10_000)
    """Number of the sentence, from 0."""
    words: str = Field(default="", max_length=MOST_WORDS)
    """What it should say."""


class AnswerFile(Record):
    """The answers of somebody who read a recap in a file, as they come back."""

    format: Literal["comparia-answers-1"]
    """What the file is."""
    check: str = Field(max_length=40)
    """Id of the member check."""
    token: str = Field(min_length=16, max_length=64, pattern="^[0-9a-f]+$")
    """Drawn at random where they were written: answers that come back twice count once."""
    label: str = Field(default="", max_length=200)
    """The label that they chose, which nobody verified; empty for none."""
    agreed: bool = False
    """Whether they agree with the recap."""
    disputed: tuple[SentenceAnswer, ...] = Field(default=(), max_length=1000)
    """Sentences that are not what they said."""
    missing: str = Field(default="", max_length=MOST_WORDS)
    """A view that is missing; empty for none."""


class MemberCheckCounts(Record):
    """How many phones opened a recap, and what they marked. Phones are counted, not people."""

    opened: int = 0
    """Phones that opened the text; the base of every other number."""
    agreed: int = 0
    """Those that agreed, and marked nothing else."""
    agreed_but: int = 0
    """Those that agreed, and marked a sentence or a missing view too."""
    disputed: int = 0
    """Those that disputed one sentence or more."""
    missing: int = 0
    """Those that said that a view is missing."""
    silent: int = 0
    """Those that sent nothing."""
    set_aside: int = 0
    """Marks (not phones) that the facilitator set aside; they are counted above all the same."""
    waiting: int = 0
    """Marks (not phones) that the facilitator has not read yet; they are counted above all the same."""
    by_file: int = 0
    """Those of `opened` that answered in a file, and had no phone in the room."""


class MemberCheckResult(Record):
    """What a run tells of a recap that went back to those who took part: how many, and none of their words."""

    variant: str
    """Id of the recap."""
    opened_at: datetime
    """When it was opened."""
    ends_at: datetime
    """When it was closed, or closes by itself."""
    counts: MemberCheckCounts
    """How many phones opened it, and what they marked."""


def count_marks(opened: int, marks: Iterable[Mark]) -> MemberCheckCounts:
    """Count what phones marked. Marks that the facilitator set aside count too: nobody's disagreement is counted out.

    Args:
        opened: how many phones opened the text.
        marks: every mark on it.
    """
    marks = tuple(marks)
    by_kind: dict[MarkKind, set[int]] = {"agreed": set(), "disputed": set(), "missing": set()}
    for mark in marks:
        by_kind[mark.kind].add(mark.reader)
    objecting = by_kind["disputed"] | by_kind["missing"]
    return MemberCheckCounts(
        opened=opened,
        agreed=len(by_kind["agreed"] - objecting),
        agreed_but=len(by_kind["agreed"] & objecting),
        disputed=len(by_kind["disputed"]),
        missing=len(by_kind["missing"]),
        silent=max(0, opened - len(by_kind["agreed"] | objecting)),
        set_aside=sum(mark.state == "set_aside" for mark in marks),
        waiting=sum(mark.state == "waiting" for mark in marks),
        by_file=len({mark.reader for mark in marks if mark.by_file}),
    )
