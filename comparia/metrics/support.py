"""Support: the share of the sentences of a recap whose words are used together in the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.session_index import NAME as INDEX
from comparia.metrics.base import Case, flagged, text_parts
from comparia.records import Score, SentenceEvidence
from comparia.text.words import stems


@dataclass(frozen=True)
class Support:
    """Share of a summary's sentences that the words of the session support, in [0, 1].

    A sentence is flagged *unsupported* when its support (`SessionIndex.support`) is under `unsupported_under`: few of
    its words were used together in the session. It may be a free paraphrase, or something that nobody said: words alone
    cannot tell the two apart. On FREDSum's human summaries it flags 1 % of true sentences and 55 % of those taken from
    another debate, on QMSum's human answers 2 %. Among the planted recaps (French, English) it flags no sentence near
    the speech, 28 % and 10 % of the free paraphrases, 33 % and 62 % of the invented ones. The longer the session, the
    likelier that any words were used in it: of another debate's sentences, 24 % are flagged over 10,000 words and 9 %
    over 25,000. A false statement made of the session's own words is not detected. Sentences of fewer than `min_words`
    content words are not checked. Evidence holds the turns nearest to the sentence.
    """

    unsupported_under: float = 0.17
    """Support under which a sentence is flagged. At this value 1 % of FREDSum's human sentences are."""
    min_words: int = 4
    """Content words a sentence must hold to be judged."""

    name: ClassVar[str] = "support"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        nothing = "no_sentence"
        return tuple(
            flagged(self, case, v.id, self._check_sentences(case, v.id), nothing, said=INDEX, **text_parts())
            for v in case.variants
        )

    def _check_sentences(self, case: Case, variant: str) -> tuple[SentenceEvidence, ...]:
        evidence = []
        for sentence in case.sentences[variant]:
            content = [s for s in set(stems(sentence.text, case.session.language)) if s not in case.session.names]
            if len(content) < self.min_words:
                continue
            support = case.session.support(sentence.text)
            flag = "unsupported" if support.share < self.unsupported_under else "supported"
            evidence.append(
                SentenceEvidence(
                    flag=flag, sentence=sentence.text, turns=support.turns, support=round(support.share, 3)
                )
            )
        return tuple(evidence)
