"""What is hidden of a session, and what left the machine."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from comparia.records.base import Record, Zone

AliasKind = Literal[
    "given_name",
    "surname",
    "handle",
    "organisation",
    "email",
    "phone",
    "address",
    "national_id",
    "iban",
    "company_id",
    "plate",
    "card",
    "birth_date",
    "link",
]

AliasSource = Literal["speaker", "mentioned", "asked", "shape"]


class Alias(Record):
    """A word of somebody's name, or a piece of personal data, and what stands for it outside."""

    kind: AliasKind
    """What it is."""
    original: str
    """As it is written in the session: `Marchetti`, `06 12 34 56 78`."""
    pseudonym: str
    """What stands for it: `Belacourt`, `[téléphone 1]`."""
    source: AliasSource
    """A speaker, somebody mentioned, what a person asked to hide, or data that has a shape."""


class Pseudonyms(Record):
    """What is hidden of a session before anything leaves the machine; kept with the run, on the machine."""

    language: Literal["fr", "en"]
    """Language of the session."""
    neutral: bool = False
    """Whether the invented names tell no gender."""
    aliases: tuple[Alias, ...] = ()
    """Every word and piece of data that is replaced."""
    people: tuple[tuple[str, str], ...] = ()
    """Each person hidden, and the invented name as a whole."""
    left: tuple[str, ...] = ()
    """Words that a person asked to leave as they are."""


class Sending(Record):
    """One line of the journal: what left the process. Never the text."""

    at: datetime
    """When."""
    run: str
    """Run it belongs to, empty outside runs."""
    backend: str
    """Which backend."""
    host: str
    """Where to: scheme, host and path."""
    zone: Zone
    """Zone of the backend."""
    policy: Zone
    """Policy of the session."""
    size: int
    """Bytes sent."""
    tokens: int
    """Estimated input tokens."""
    sha256: str
    """Hash of the bytes sent."""
    pseudonymised: bool = False
    """Whether names were replaced."""
