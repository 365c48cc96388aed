"""Verbatim check: whether the words between quotation marks were said in the session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rapidfuzz import fuzz

from comparia.metrics.base import Case, signature
from comparia.records import QuotationEvidence, Score, Turn, Variant
from comparia.text import quotes
from comparia.text.quotes import Quotation, fragments, normalise, quotations, stand_in
from comparia.text.sentences import sentences


@dataclass(frozen=True)
class VerbatimQuotations:
    """Share of a summary's quotations that were said word for word in one turn, in [0, 1].

    A quotation is *found* when its pieces between ellipses are in one turn, in order, after normalisation (case,
    punctuation and spaces). It is *altered* when an ellipsis leaves out a negation, or when the nearest turn reaches
    `altered_from` in rapidfuzz's partial ratio (0-100); *stitched* when its pieces were said, but in another order or
    by several turns; *not found* otherwise. A found quotation is *misattributed* when its sentence, outside the
    quotation marks, names one speaker and no turn of that speaker holds it; it then counts as not found in the value.
    Evidence gives the words that were said. Quotations of fewer than three words, and headings, are not checked.
    Unscored where nothing is quoted.
    """

    altered_from: float = 85.0
    """Least partial ratio (0-100) at which a quotation is *altered*."""

    name: ClassVar[str] = "verbatim_quotations"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        turns = [(turn, normalise(turn.text)) for turn in case.transcript.turns if turn.channel != "system"]
        return tuple(self._one(case, variant, turns) for variant in case.variants)

    def _one(self, case: Case, variant: Variant, turns: Sequence[tuple[Turn, str]]) -> Score:
        recipe = signature(self, case, quotes=quotes.NAME, min_words=quotes.MIN_WORDS)
        text = case.texts[variant.id]
        headings = [s for s in sentences(text) if s.heading]
        passages = [q for q in quotations(text) if not any(h.start <= q.start < h.end for h in headings)]
        evidence = tuple(self._check(q.words, lent_to(q, text, case), turns, case) for q in passages)
        if not evidence:
            reason = "no_quotation"
            return Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
        n_found = sum(item.verdict == "found" for item in evidence)
        n_altered = sum(item.verdict == "altered" for item in evidence)
        n_lent = sum(item.verdict == "misattributed" for item in evidence)
        n_stitched = sum(item.verdict == "stitched" for item in evidence)
        return Score(
            metric=self.name,
            variants=(variant.id,),
            value=round(n_found / len(evidence), 4),
            counts={
                "found": n_found,
                "altered": n_altered,
                "misattributed": n_lent,
                "stitched": n_stitched,
                "not_found": len(evidence) - n_found - n_altered - n_lent - n_stitched,
                "of": len(evidence),
            },
            evidence=evidence,
            signature=recipe,
        )

    def _check(
        self, words: str, speaker: str | None, turns_and_texts: Sequence[tuple[Turn, str]], case: Case
    ) -> QuotationEvidence:
        pieces = fragments(words)
        holding = [turn for turn, text in turns_and_texts if stand_in(pieces, text)]
        if holding:
            return self._check_whole(words, pieces, holding, speaker, case)
        if len(pieces) > 1 and all(len(piece.split()) >= 2 for piece in pieces):
            places = [
                next((turn for turn, text in turns_and_texts if stand_in([piece], text)), None) for piece in pieces
            ]
            if all(places):
                turns = tuple(dict.fromkeys(turn.number for turn in places if turn))
                said = (quotes.exact_words(p, turn.text) for p, turn in zip(pieces, places, strict=True) if turn)
                exact = " […] ".join(said)
                return QuotationEvidence(verdict="stitched", quotation=words, turns=turns, exact=exact)
        whole_text = " ".join(pieces)
        best, nearest = 0.0, None
        for turn, text in turns_and_texts:
            if len(text) >= len(whole_text) * 0.8:
                ratio = fuzz.partial_ratio(whole_text, text, score_cutoff=max(best, self.altered_from))
                if ratio > best:
                    best, nearest = ratio, turn
        if nearest is None:
            return QuotationEvidence(verdict="not_found", quotation=words)
        exact = quotes.exact_words(words, nearest.text)
        return QuotationEvidence(
            verdict="altered", quotation=words, turns=(nearest.number,), exact=exact, likeness=round(best, 1)
        )

    def _check_whole(
        self, words: str, pieces: list[str], holding: Sequence[Turn], speaker: str | None, case: Case
    ) -> QuotationEvidence:
        """Return the verdict on a quotation whose pieces are, in order, in the turns `holding`."""
        whole = [turn for turn in holding if not quotes.swallowed(pieces, normalise(turn.text))]
        if not whole:
            turn = holding[0]
            exact = quotes.exact_words(words, turn.text)
            return QuotationEvidence(verdict="altered", quotation=words, turns=(turn.number,), exact=exact)
        by_speaker = [turn for turn in whole if speaker is None or turn.speaker == speaker]
        if by_speaker:
            return QuotationEvidence(verdict="found", quotation=words, turns=(by_speaker[0].number,))
        who = case.transcript.speaker_name(whole[0].speaker)
        return QuotationEvidence(verdict="misattributed", quotation=words, turns=(whole[0].number,), speaker=who)


_PRONOUN = re.compile(
    r"\s*[»”\"]?\s*,?\s*(?:[\w’']+[- ](?:t-)?(?:il|elle|on|ils|elles)\b|"
    r"(?:he|she|they)\b|(?:said|asked|added|replied) (?:he|she)\b)",
    re.IGNORECASE,
)
"""Matches a pronoun that says whose a quotation is: the name in the sentence may be another's."""


def lent_to(quotation: Quotation, text: str, case: Case) -> str | None:
    """Return the id of the speaker to whom a sentence attributes a quotation, or None.

    Names are looked for in the sentence, outside any quotation marks. None where nobody, or several people, are named,
    or where a pronoun follows the quotation.
    """
    around = next((s for s in sentences(text) if s.start <= quotation.start < s.end), None)
    if around is None:
        return None
    inside = [q for q in quotations(text) if around.start <= q.start < around.end]
    outside, place = [], around.start
    for q in inside:
        outside.append(text[place : q.start])
        place = q.end
    outside.append(text[place : max(place, around.end)])
    speakers_named = {who for piece in outside for who in case.session.named(piece)}
    if len(speakers_named) != 1 or _PRONOUN.match(text[quotation.end : around.end]):
        return None
    return next(iter(speakers_named))
