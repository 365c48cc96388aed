"""A kind of session, and what is chosen for it."""

from __future__ import annotations

from typing import Literal

from comparia.records.base import Record
from comparia.records.documents import DocumentChoices


class SessionKind(Record):
    """A kind of session (a council, a public meeting, a workshop) and what is chosen for it."""

    id: str
    """Its short name, small letters, digits and hyphens: `council`."""
    name: str
    """Its name, for people."""
    language: Literal["fr", "en"]
    """Language of the sessions that it is for."""
    about: str = ""
    """What such a session is, in a sentence."""
    prompts: tuple[str, ...] = ()
    """Prompts that are asked, as set/file."""
    models: tuple[str, ...] = ()
    """Names of those who write; those chosen before when empty. Never an address, nor a key."""
    names: Literal["", "auto", "always"] = ""
    """When names are hidden, at least: the settings may be stricter; theirs when empty."""
    document: DocumentChoices = DocumentChoices()
    """What the document holds, how it names people, and the headings that a recap is begun from."""
    is_own: bool = False
    """Whether the user made or changed it; else it comes with the product."""
