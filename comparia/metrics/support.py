"""Support: sentences of a recap whose words the session carries, and those it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.messages import gettext as _
from comparia.metrics.base import Case, flagged, text_parts
from comparia.records import Evidence, Score
from comparia.text.words import stems


@dataclass(frozen=True)
class SentenceSupport:
    """Share of a summary's sentences whose words are carried by some three consecutive turns, in [0, 1].

    A sentence is flagged *unsupported* when less than `unsupported_under` of its IDF mass (speakers' names left out) is
    found in the best window: few of its words were used in the session. That is a free paraphrase as well as something
    nobody said; words alone cannot tell. On FREDSum's human summaries it flags 1 % of true sentences and half of those taken
    from another debate; among the planted recaps it flags a third of the free paraphrases too. A fact twisted with the
    session's own words is not seen. Sentences of fewer than `min_words` content words are not judged.
    """

    unsupported_under: float = 0.2
    """Share of IDF mass under which a sentence is flagged."""
    min_words: int = 4
    """Content words a sentence must hold to be judged."""

    name: ClassVar[str] = "support"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant."""
        nothing = _("No sentence to check.")
        return tuple(
            flagged(self, case, v.id, self._checked(case, v.id), nothing, **text_parts()) for v in case.variants
        )

    def _checked(self, case: Case, variant: str) -> tuple[Evidence, ...]:
        found = []
        for sentence in case.sentences[variant]:
            content = [s for s in set(stems(sentence.text, case.said.language)) if s not in case.said.names]
            if len(content) < self.min_words:
                continue
            support = case.said.support(sentence.text)
            verdict = "unsupported" if support.share < self.unsupported_under else "supported"
            found.append(
                Evidence(
                    verdict=verdict, sentence=sentence.text, turns=support.turns, probability=round(support.share, 3)
                )
            )
        return tuple(found)
