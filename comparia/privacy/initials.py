"""Initials in the place of names: a document that can be read without them."""

from __future__ import annotations

import re

from comparia.records import Pseudonyms

_IN_ACCOUNT = re.compile(r"(?<=[^\W\d_])\._(?=[^\W\d_]\.)")
"""Matches what stands between two initials of the name of an account: `norine_verisec` becomes `S. M.`."""


class Initials:
    """Puts initials in the place of the invented names of a veil: `Norine Verisec` becomes `S. M.`, its own initials.

    It has the functions of a `Veil` that `masked` needs.

    Args:
        pseudonyms: those of the veil.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._initials = {
            alias.pseudonym.casefold(): f"{alias.original[:1].upper()}."
            for alias in pseudonyms.aliases
            if alias.pseudonym and not alias.pseudonym.startswith("[")
        }
        longest_first = sorted(self._initials, key=len, reverse=True)
        self._pattern = re.compile(
            rf"(?<![^\W_])({'|'.join(map(re.escape, longest_first))})(?![^\W_])\.?", re.IGNORECASE
        )

    def apply(self, text: str) -> str:
        """Return a text with initials in the place of invented names; one full stop ends a sentence."""
        if not self._initials:
            return text
        text = self._pattern.sub(lambda match: self._initials[match[1].casefold()], text)
        return _IN_ACCOUNT.sub(". ", text)

    def label(self, text: str) -> str:
        """Return the label of a speaker with initials."""
        return self.apply(text)
