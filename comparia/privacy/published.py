"""Names in what is published: a neutral word or initials instead of each, never an invented name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from comparia.privacy.masked import masked
from comparia.privacy.named import usual_words
from comparia.privacy.people import key_of
from comparia.privacy.veil import Veil
from comparia.records import Pseudonyms, Run

PeopleShown = Literal["none", "initials", "kept"]
"""How names stand in what is published."""

NEUTRAL = {"fr": "[nom]", "en": "[name]"}
"""What stands for a name, by language of the session."""


class PublishedVeil(Veil):
    """A veil that puts a neutral word, or initials, where an invented name would stand.

    Args:
        pseudonyms: of the session.
        usual: words mostly written without a capital in the session.
        initials: whether initials stand for names; else a neutral word.
    """

    def __init__(self, pseudonyms: Pseudonyms, usual: frozenset[str], *, initials: bool) -> None:
        super().__init__(pseudonyms, usual)
        self._with_initials = initials
        invented = {alias.pseudonym: alias.original for alias in pseudonyms.aliases if alias.pseudonym[0] != "["}
        self._originals = {key_of(word): original for word, original in invented.items()}
        words = "|".join(sorted(map(re.escape, invented), key=len, reverse=True)) or r"(?!)"
        particle = r"(?:(?:de|du|des|da|von|van|le|la)[\s-]+|d['’]\s?)?"
        name = rf"(?:{words})"
        whole = rf"(?<!\w)(?:[^\W\d_]\.[\s-]?)*{name}(?:[\s-]+{particle}(?:[^\W\d_]\.\s)?{name})*(?!\w)"
        self._invented = re.compile(whole, re.IGNORECASE)
        self._word = re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE)
        self._shown = lru_cache(maxsize=50_000)(self._without_invented)

    def apply(self, text: str) -> str:
        """Return `text` without the names and the personal data that has a shape."""
        return self._shown(super().apply(text))

    def label(self, name: str) -> str:
        """Return what stands for the name of a speaker."""
        return self._shown(super().label(name))

    def _without_invented(self, text: str) -> str:
        return self._invented.sub(self._stand_in, text)

    def _stand_in(self, found: re.Match[str]) -> str:
        if not self._with_initials:
            return NEUTRAL[self.pseudonyms.language]
        words = (self._originals.get(key_of(word[0]), word[0]) for word in self._word.finditer(found[0]))
        return " ".join(f"{word[0].upper()}." for word in words)


def published(run: Run, pseudonyms: Pseudonyms, people: PeopleShown) -> Run:
    """Return a run whose texts hold names as chosen.

    Args:
        run: the run.
        pseudonyms: what is to be hidden of its session.
        people: `none` or `initials`; with `kept`, only personal data that has a shape is hidden.
    """
    session = run.transcript
    if people == "kept":
        veil = Veil(Pseudonyms(language=session.language))
    else:
        veil = PublishedVeil(pseudonyms, usual_words(session), initials=people == "initials")
    prompts = tuple(
        prompt.model_copy(
            update={
                "name": veil.apply(prompt.name),
                "system": veil.apply(prompt.system),
                "steps": tuple(map(veil.apply, prompt.steps)),
            }
        )
        for prompt in run.prompts
    )
    shown = masked(run, veil)
    # What was corrected is counted on the page, and told in no words.
    transcript = shown.transcript.model_copy(update={"corrections": session.corrections})
    return shown.model_copy(update={"prompts": prompts, "transcript": transcript})
