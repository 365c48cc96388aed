"""Data protection: the outbound gate and its journal, and the replacement of names and personal data (the veil)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from comparia.config import HidingMode, leaves_machine
from comparia.privacy.gate import Gate, allows, check
from comparia.privacy.identifiers import Mention, identifiers
from comparia.privacy.initials import Initials
from comparia.privacy.masked import masked
from comparia.privacy.named import people_in
from comparia.privacy.veil import Replaced, Veil, pseudonyms_of, veil_of
from comparia.records import Backend, Pseudonyms, Transcript

__all__ = [
    "AUTO",
    "Gate",
    "Hiding",
    "Initials",
    "Mention",
    "Replaced",
    "Veil",
    "allows",
    "check",
    "hides",
    "identifiers",
    "masked",
    "people_in",
    "pseudonyms_of",
    "veil_of",
]


class Hiding(NamedTuple):
    """How the names of a session are hidden."""

    mode: HidingMode = "auto"
    """`auto`: from every model as soon as one of them is not on this machine; `always`; `never`."""
    hidden: tuple[str, ...] = ()
    """Words and phrases to hide as well."""
    left: tuple[str, ...] = ()
    """Names to leave as they are."""
    organisations: bool = False
    """Whether associations and companies are hidden too."""
    neutral: bool = False
    """Whether invented names are neutral in gender."""

    def of(self, transcript: Transcript) -> Pseudonyms:
        """Return the pseudonyms of one session."""
        return pseudonyms_of(
            transcript, hidden=self.hidden, left=self.left, organisations=self.organisations, neutral=self.neutral
        )


AUTO = Hiding()
"""Default setting: names are hidden from every model as soon as one of the models is not on this machine."""


def hides(mode: HidingMode, backends: Iterable[Backend]) -> bool:
    """Return whether names are hidden from these backends: from all or none, so that all models read the same text."""
    if mode != "auto":
        return mode == "always"
    return any(map(leaves_machine, backends))
