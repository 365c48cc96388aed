"""Verbatim check: words between quotation marks must have been said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rapidfuzz import fuzz

from comparia.messages import gettext as _
from comparia.metrics.base import Case, signature
from comparia.records import Evidence, Score, Variant
from comparia.text import quotes
from comparia.text.quotes import fragments, normalise, quotations, stand_in


@dataclass(frozen=True)
class VerbatimQuotations:
    """Share of a summary's quotations that were said word for word in one turn, in [0, 1].

    A quotation is *found* when its pieces between ellipses stand in one turn, in order, after normalisation (case,
    punctuation and spaces); *altered* when the nearest turn reaches `altered_from` in rapidfuzz's partial ratio (0-100);
    *not found* otherwise. Passages under three words are not quotations of speech. Unscored where nothing is quoted.
    """

    altered_from: float = 85.0
    """Lowest partial ratio at which words are an alteration of what was said."""

    name: ClassVar[str] = "verbatim_quotations"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant."""
        said = [(turn.number, normalise(turn.text)) for turn in case.transcript.turns if turn.channel != "system"]
        return tuple(self._one(case, variant, said) for variant in case.variants)

    def _one(self, case: Case, variant: Variant, said: list[tuple[int, str]]) -> Score:
        recipe = signature(self, case, quotes=quotes.NAME, min_words=quotes.MIN_WORDS)
        evidence = tuple(self._check(q.words, said) for q in quotations(variant.summary or ""))
        if not evidence:
            reason = _("Nothing is quoted.")
            return Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
        found = sum(item.verdict == "found" for item in evidence)
        altered = sum(item.verdict == "altered" for item in evidence)
        return Score(
            metric=self.name,
            variants=(variant.id,),
            value=round(found / len(evidence), 4),
            counts={
                "found": found,
                "altered": altered,
                "not_found": len(evidence) - found - altered,
                "of": len(evidence),
            },
            evidence=evidence,
            signature=recipe,
        )

    def _check(self, words: str, said: list[tuple[int, str]]) -> Evidence:
        pieces = fragments(words)
        for number, text in said:
            if stand_in(pieces, text):
                return Evidence(verdict="found", sentence=words, turns=(number,))
        joined = " ".join(pieces)
        best, nearest = 0.0, 0
        for number, text in said:
            if len(text) >= len(joined) * 0.8:
                ratio = fuzz.partial_ratio(joined, text, score_cutoff=max(best, self.altered_from))
                if ratio > best:
                    best, nearest = ratio, number
        if nearest:
            return Evidence(verdict="altered", sentence=words, turns=(nearest,), note=f"{best:.0f} %")
        return Evidence(verdict="not_found", sentence=words)
