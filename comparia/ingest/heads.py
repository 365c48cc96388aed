"""The first line of a turn in text: who speaks, when, and the first words."""

from __future__ import annotations

from typing import NamedTuple

from comparia.ingest import zoom_chat
from comparia.ingest.speakers import could_be_a_name
from comparia.records import Channel

CLOCK = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
"""Hours if any, minutes, seconds and their fraction, each a group."""


class Head(NamedTuple):
    """The first line of a turn."""

    name: str | None
    """Who speaks, as written; None where nobody is named."""
    start: int | None
    """When, in ms."""
    channel: Channel
    """Speech, or chat."""
    text: str
    """The words on that line."""
    message: zoom_chat.Head | None = None
    """The message, where it is one of a pasted chat."""
    end: int | None = None
    """Until when, in ms."""


def is_head(name: str) -> bool:
    """Return whether the words beside a time can be a name: few, and no bracket left open (`[inaudible 00:12]`)."""
    is_balanced = all(name.count(a) == name.count(b) for a, b in ("()", "[]"))
    return is_balanced and len(name.split()) <= 7 and could_be_a_name(name)
