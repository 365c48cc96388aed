"""Support: sentences of a recap whose words the session carries, and those it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.session_index import NAME as INDEX
from comparia.metrics.base import Case, flagged, text_parts
from comparia.records import Evidence, Score
from comparia.text.words import stems


@dataclass(frozen=True)
class Support:
    """Share of a summary's sentences that the session carries, in [0, 1].

    A sentence is flagged *unsupported* when less than `unsupported_under` of it is carried by words (`SessionIndex.support`): few of
    its words were used together in the session. That is a free paraphrase as well as something nobody said; words alone
    cannot tell. On FREDSum's human summaries it flags 1 % of true sentences and 55 % of those taken from another debate, on
    QMSum's human answers 2 %; among the planted recaps (French, English), no sentence near the speech, 28 % and 10 % of the
    free paraphrases, 33 % and 62 % of the invented ones. The longer the session, the likelier that any words were used in it: of
    another debate's sentences, 24 % are flagged over 10,000 words and 9 % over 25,000. A fact twisted with the session's own
    words is not seen. Sentences of fewer than `min_words` content words are not judged. Evidence points at the turns nearest to
    the sentence.
    """

    unsupported_under: float = 0.17
    """Share under which a sentence is flagged: 1 % of FREDSum's human sentences are."""
    min_words: int = 4
    """Content words a sentence must hold to be judged."""

    name: ClassVar[str] = "support"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant."""
        nothing = "no_sentence"
        return tuple(
            flagged(self, case, v.id, self._checked(case, v.id), nothing, said=INDEX, **text_parts())
            for v in case.variants
        )

    def _checked(self, case: Case, variant: str) -> tuple[Evidence, ...]:
        found = []
        for sentence in case.sentences[variant]:
            content = [s for s in set(stems(sentence.text, case.session.language)) if s not in case.session.names]
            if len(content) < self.min_words:
                continue
            support = case.session.support(sentence.text)
            verdict = "unsupported" if support.share < self.unsupported_under else "supported"
            found.append(
                Evidence(
                    verdict=verdict, sentence=sentence.text, turns=support.turns, probability=round(support.share, 3)
                )
            )
        return tuple(found)
