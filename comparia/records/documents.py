"""What a person chose of the document that is sent out."""

from __future__ import annotations

from typing import Literal

from comparia.records.base import Record

EVERY_RECAP = "every"
"""Stands for all the recaps, one after the other."""

DocumentNames = Literal["kept", "initials", "pseudonyms"]
"""Names as they are, initials in their place, or invented names."""


class DocumentChoices(Record):
    """What a person chose of the document of a run: what it holds, how it tells people and moments, its title."""

    recap: str = ""
    """Id of the recap it holds; `every` for all; empty for the one that a person wrote last, for all without one."""
    frame: bool = True
    """Whether the sections of minutes stand around the recap, to be filled in: context, participants, what is next."""
    points: bool = True
    """Whether the annex says what became of each key point."""
    method: bool = True
    """Whether the annex says how the document was made."""
    people: DocumentNames = "kept"
    """How people are named."""
    times: bool = False
    """Whether moments of the session stand in the place of the marks of turns, which are left out otherwise."""
    title: str | None = None
    """Title in the place of that of the session; None for that of the session."""
    date: str | None = None
    """Date in the place of that of the session; None for that of the session."""
    place: str | None = None
    """Place in the place of that of the session; None for that of the session."""
    outline: tuple[str, ...] = ()
    """Headings that a recap is begun from, where a person composes it; those of the usual minutes when empty."""
    format: Literal["docx", "odt"] = "docx"
    """What it is written for: Word, or LibreOffice."""
