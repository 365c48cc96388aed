"""Attribution: whether what a recap attributes to a speaker is what this speaker said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.session_index import NAME as INDEX
from comparia.metrics.base import Case, flagged, text_parts
from comparia.records import Score, SentenceEvidence
from comparia.text.words import stems


@dataclass(frozen=True)
class Attribution:
    """Share of the sentences naming one speaker that this speaker's own turns support best, in [0, 1].

    The margin of a sentence is its support by the named speaker's turns minus that by the best other speaker's; a
    sentence is flagged *unsupported* when it falls under `-margin`. Moderators are nobody's true speaker: they
    repeat and announce what others say. Sentences that name nobody, or several people, that hold fewer than `min_words`
    content words, or that nobody's turns support to `supported_from`, are not flagged.
    """

    margin: float = 0.5
    """Difference of support, in favour of another speaker, above which a sentence is flagged."""

    supported_from: float = 0.3
    """Least support by another speaker's turns, in [0, 1], for a sentence to be flagged."""
    min_words: int = 4
    """Content words a sentence must hold to be judged."""

    name: ClassVar[str] = "attribution"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored where no sentence names exactly one speaker."""
        reason = "nobody_named_alone"
        return tuple(
            flagged(self, case, v.id, self._check_sentences(case, v.id), reason, said=INDEX, **text_parts())
            for v in case.variants
        )

    def _check_sentences(self, case: Case, variant: str) -> tuple[SentenceEvidence, ...]:
        moderators = case.reference.moderators if case.reference else ()
        speakers = [
            speaker
            for speaker in dict.fromkeys(turn.speaker for turn in case.session.turns if turn.speaker)
            if speaker not in moderators
        ]
        evidence = []
        for sentence in case.sentences[variant]:
            speakers_named = case.session.named(sentence.text)
            content = {s for s in stems(sentence.text, case.session.language) if s not in case.session.names}
            if len(speakers_named) != 1 or len(content) < self.min_words:
                continue
            support = case.session.support_by_speaker(sentence.text, speakers)
            own_support = support.pop(speakers_named[0], None)
            if own_support is None or not support:
                continue
            other = max(support, key=lambda speaker: support[speaker].share)
            margin = own_support.share - support[other].share
            wrong = margin < -self.margin and support[other].share >= self.supported_from
            evidence.append(
                SentenceEvidence(
                    flag="unsupported" if wrong else "supported",
                    sentence=sentence.text,
                    turns=(support[other] if wrong else own_support).turns,
                    support=round(own_support.share, 3),
                    about=case.transcript.speaker_name(other) if wrong else "",
                )
            )
        return tuple(evidence)
