"""Speaker balance: compares each speaker's share of the recap with their share of the talk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.metrics.base import Case, signature, text_parts, voices_parts
from comparia.records import Score, SpeakerEvidence, Variant


@dataclass(frozen=True)
class SpeakerBalance:
    """1 minus the Jensen-Shannon divergence (base 2) between shares of talk and shares of the recap, in [0, 1].

    The words of a sentence are counted for the speaker it names, divided equally among several; sentences that name
    nobody are left out. A person may talk much and hold few key points: `views` is the same value with shares of the
    key points held instead of shares of talk. Moderators of the reference are left out of both. `evidence` lists the
    speakers who are never named; `main_absent` counts those of them with `main_share` of the talk or more. Unscored
    where the recap names nobody. Human summaries of FREDSum: divergence 0.014 on average (Rennard et al. 2023).
    `lowest` is the smallest ratio of a speaker's share of the recap to their share of the talk (under 0.8 a summary is
    called unfair in Zhang et al. 2024).
    """

    main_share: float = 0.1
    """Least share of the talk of a main speaker."""

    name: ClassVar[str] = "speaker_balance"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        left_out = set(case.reference.moderators) if case.reference else set()
        talk: dict[str, float] = {}
        for turn in case.session.turns:
            if turn.speaker and turn.speaker not in left_out and turn.text.split():
                talk[turn.speaker] = talk.get(turn.speaker, 0.0) + len(turn.text.split())
        return tuple(self._one(case, variant, talk) for variant in case.variants)

    def _one(self, case: Case, variant: Variant, talk: Mapping[str, float]) -> Score:
        recipe = signature(self, case, **voices_parts(case), **text_parts())
        words_given = dict.fromkeys(talk, 0.0)
        for sentence in case.sentences[variant.id]:
            speakers_named = [speaker for speaker in case.session.named(sentence.text) if speaker in talk]
            for speaker in speakers_named:
                words_given[speaker] += len(sentence.text.split()) / len(speakers_named)
        if not sum(words_given.values()) or len(talk) < 2:
            reason = "few_people" if len(talk) < 2 else "nobody_named"
            return Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
        total = sum(talk.values())
        absent = [s for s, words in sorted(talk.items(), key=lambda item: -item[1]) if not words_given[s]]
        main = [s for s in absent if talk[s] >= self.main_share * total]
        divergence = jensen_shannon(list(talk.values()), list(words_given.values()))
        evidence = tuple(
            SpeakerEvidence(verdict="absent", speaker=case.transcript.speaker_name(s), share=round(talk[s] / total, 3))
            for s in absent
        )
        words_in_all = sum(words_given.values())
        counts = {"named": len(talk) - len(absent), "of": len(talk), "main_absent": len(main)}
        measures = {"lowest": round(min(words_given[s] / words_in_all / (talk[s] / total) for s in talk), 4)}
        views = {s: float(sum(s in point.holders for point in case.points)) for s in talk}
        if any(views.values()):
            measures["views"] = round(1 - jensen_shannon(list(views.values()), list(words_given.values())), 4)
        return Score(
            metric=self.name,
            variants=(variant.id,),
            value=round(1 - divergence, 4),
            counts=counts,
            measures=measures,
            evidence=evidence,
            signature=recipe,
        )


def jensen_shannon(p: Sequence[float], q: Sequence[float]) -> float:
    """Return the Jensen-Shannon divergence (base 2; Lin 1991) of two lists of non-negative weights, in [0, 1].

    The lists have the same length and a sum above 0.
    """
    sum_p, sum_q = math.fsum(p), math.fsum(q)
    total = 0.0
    for a, b in zip(p, q, strict=True):
        x, y = a / sum_p, b / sum_q
        middle = (x + y) / 2
        total += sum(part / 2 * math.log2(part / middle) for part in (x, y) if part > 0)
    return min(1.0, max(0.0, total))
