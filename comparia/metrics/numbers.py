"""Numbers: figures, dates and hours of a recap that somebody said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.messages import gettext as _
from comparia.metrics.base import Case, flagged
from comparia.metrics.said import Said
from comparia.records import Evidence, Score
from comparia.text import numbers as reading
from comparia.text.numbers import Number, checkable


@dataclass(frozen=True)
class NumberCheck:
    """Share of a summary's numbers that were said or written in the session, whatever their spelling, in [0, 1].

    Numbers in digits, and those in words above ten, are compared by value: `12 000`, `douze mille` and `12k` are one. A
    number said elsewhere about something else passes. Unscored where the summary holds no number.
    """

    name: ClassVar[str] = "numbers"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant."""
        return tuple(
            flagged(self, case, v.id, self._checked(case, v.id), _("No number to check."), numbers=reading.NAME)
            for v in case.variants
        )

    def _checked(self, case: Case, variant: str) -> tuple[Evidence, ...]:
        found = []
        for sentence in case.sentences[variant]:
            for number in checkable(sentence.text, case.said.language):
                verdict = "supported" if was_said(number, case.said) else "unsupported"
                found.append(Evidence(verdict=verdict, sentence=sentence.text, note=number.text))
        return tuple(found)


def was_said(number: Number, said: Said) -> bool:
    """Whether the session holds the value; `150 000` passes for "cent cinquante" of "cent cinquante à deux cent mille"."""
    value = number.value
    if number.clock:
        hours, minutes = divmod(value, 60)
        return value in said.clocks or (hours in said.numbers and (minutes == 0 or minutes in said.numbers))
    scaled = (value / scale for scale in (1, 1000, 1_000_000) if scale == 1 or (value >= scale and value % scale == 0))
    return any(part in said.numbers for part in scaled)
