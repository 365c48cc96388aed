"""Divergence between two variants: in what they keep, and in the words they use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from comparia.messages import gettext as _
from comparia.metrics.base import Case, reference_parts, signature, unscored
from comparia.records import Evidence, Score
from comparia.text import sentences as sentence_room
from comparia.text import vectors, words
from comparia.text.vectors import inverse_document_frequency, tfidf


@dataclass(frozen=True)
class ContentDivergence:
    """Soft Jaccard distance of what two summaries keep: 1 - Σ min(p, q) / Σ max(p, q) over key points, in [0, 1].

    p and q are the calibrated probabilities that each summary expresses the key point. Ruzicka (1958); 0 for two summaries
    that keep the same points.
    """

    name: ClassVar[str] = "content_divergence"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a pair of variants; unscored without a reference."""
        return tuple(self._pair(case, a.id, b.id) for a, b in combinations(case.variants, 2))

    def _pair(self, case: Case, a: str, b: str) -> Score:
        points = case.reference.key_points if case.reference else ()
        if not points:
            return unscored(self, case, (a, b), _("No key points: give a reference."))
        left = [case.match(point.id, a) for point in points]
        right = [case.match(point.id, b) for point in points]
        least = sum(min(m.probability, n.probability) for m, n in zip(left, right, strict=True))
        most = sum(max(m.probability, n.probability) for m, n in zip(left, right, strict=True))
        if all(match.verdict == "absent" for match in (*left, *right)):
            return unscored(self, case, (a, b), _("Neither keeps any key point."))
        differing = tuple(
            Evidence(
                key_point=point.id,
                verdict=f"{m.verdict}/{n.verdict}",
                probability=round(abs(m.probability - n.probability), 3),
                sentence=m.sentence,
                other_sentence=n.sentence,
                turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            )
            for point, m, n in zip(points, left, right, strict=True)
            if m.verdict != n.verdict
        )
        return Score(
            metric=self.name,
            variants=(a, b),
            value=round(1 - least / most, 4),
            counts={"least": round(least, 4), "most": round(most, 4), "differing": len(differing), "of": len(points)},
            evidence=differing,
            signature=signature(self, case, **reference_parts(case)),
        )


@dataclass(frozen=True)
class WordingDivergence:
    """1 - cosine of the two summaries' TF-IDF vectors of stems, weights from the session, in [0, 1].

    Two recaps of the same facts in other words differ here and not in content: never read one for the other.
    """

    name: ClassVar[str] = "wording_divergence"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a pair of variants."""
        language = case.transcript.language
        spoken = [s.text for turn in case.transcript.turns for s in sentence_room.sentences(turn.text)]
        weights = inverse_document_frequency(words.stems(text, language) for text in spoken)
        documents = [words.stems(" ".join(s.text for s in case.sentences[v.id]), language) for v in case.variants]
        vectors_of = tfidf(documents, weights)
        recipe = signature(self, case, text=f"{sentence_room.NAME}+{words.NAME}", weights=vectors.NAME)
        scores = []
        for (i, a), (j, b) in combinations(enumerate(case.variants), 2):
            if not documents[i] or not documents[j]:
                scores.append(
                    Score(
                        metric=self.name,
                        variants=(a.id, b.id),
                        value=None,
                        reason=_("One of the two recaps is empty."),
                        signature=recipe,
                    )
                )
                continue
            cosine = float(vectors_of[i] @ vectors_of[j])
            value = round(min(1.0, max(0.0, 1 - cosine)), 4)
            counts = {"words_a": a.words, "words_b": b.words}
            scores.append(Score(metric=self.name, variants=(a.id, b.id), value=value, counts=counts, signature=recipe))
        return tuple(scores)
