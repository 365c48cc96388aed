"""Corrections of a session: what a person changed of it, apart from the session, so that the original is kept.

Numbers of turns are those of the original session.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from comparia.records.base import Record


class Term(Record):
    """A word of the glossary of a session, and how it was misheard or misspelt."""

    write: str
    """How it is written: a name, a place, an acronym."""
    heard: tuple[str, ...] = ()
    """What stands in the session instead, each replaced everywhere, whole words, in any case."""


class Replace(Record):
    """Replace some words by others."""

    kind: Literal["replace"] = "replace"
    """What it does."""
    words: str
    """Words of the session; whole words, in any case."""
    by: str
    """What is written instead."""
    turns: tuple[int, ...] = ()
    """Turns where they are replaced; everywhere when empty."""


class Rename(Record):
    """Give a speaker another name."""

    kind: Literal["rename"] = "rename"
    """What it does."""
    speaker: str
    """Name, or label, in the original session."""
    name: str
    """The new name."""


class Join(Record):
    """Make one person of several speakers."""

    kind: Literal["join"] = "join"
    """What it does."""
    speakers: tuple[str, ...]
    """Names in the original session."""
    name: str
    """The name of that person."""


class Assign(Record):
    """Give turns, or the rest of a turn from some words on, to another speaker: two people under one name."""

    kind: Literal["assign"] = "assign"
    """What it does."""
    turns: tuple[int, ...]
    """The turns."""
    name: str
    """Who says them; empty for nobody."""
    words: str = ""
    """With one turn: the exact words from which on it is another person’s; the whole turn when empty."""


class LeaveOut(Record):
    """Leave turns out of the session, or some words of one turn."""

    kind: Literal["leave_out"] = "leave_out"
    """What it does."""
    turns: tuple[int, ...]
    """The turns."""
    words: str = ""
    """With one turn: the exact words that are left out; the whole turn when empty."""
    reason: str = ""
    """Why, as it is shown to readers."""


Correction = Annotated[Replace | Rename | Join | Assign | LeaveOut, Field(discriminator="kind")]


class Corrections(Record):
    """Everything that was corrected of a session, in order."""

    title: str = ""
    """Title of the session; as it was when empty."""
    date: str = ""
    """Date of the session; as it was when empty."""
    place: str = ""
    """Place of the session."""
    moderators: tuple[str, ...] = ()
    """Names of the moderators, after the corrections."""
    nobody_moderates: bool = False
    """Whether a person said that nobody moderates, so that no moderator is looked for."""
    glossary: tuple[Term, ...] = ()
    """Names, places and acronyms as they are written."""
    corrections: tuple[Correction, ...] = ()
    """Corrections, one after the other."""

    @property
    def empty(self) -> bool:
        """Whether nothing is corrected."""
        return self == Corrections()
