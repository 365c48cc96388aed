"""Divergence between two variants in the words they use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.metrics.base import Case, set_parts, signature
from comparia.metrics.baselines import floor_of
from comparia.metrics.pairs import pairs_of
from comparia.metrics.speaker_balance import jensen_shannon
from comparia.records import Score
from comparia.text import vectors, words
from comparia.text.recaps import NAME as RECAPS
from comparia.text.recaps import simple_lines, statements
from comparia.text.sentences import NAME as SENTENCES
from comparia.text.vectors import tfidf


@dataclass(frozen=True)
class WordingDivergence:
    """1 - cosine of the two summaries' TF-IDF vectors of stems, weights from the session, in [0, 1].

    Two recaps that state the same facts in different words are far apart here, and near in `content_divergence`. `jsd`
    is the Jensen-Shannon divergence (base 2) of their stems; `floor`, `unrelated`, `normalised`: see `baselines`. Which
    pairs are compared: see `pairs`.
    """

    name: ClassVar[str] = "wording_divergence"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each pair of variants."""
        language = case.transcript.language
        stems_of = {v.id: words.stems(" ".join(s.text for s in case.sentences[v.id]), language) for v in case.variants}
        others = [
            words.stems(" ".join(s.text for s in statements(simple_lines(text))), language) for text in case.strangers
        ]
        vectors_of = tfidf([*stems_of.values(), *others], case.session.weights.known)
        row = {name: vectors_of[i] for i, name in enumerate(stems_of)}

        def distance(a: str, b: str) -> float | None:
            return min(1.0, max(0.0, 1 - float(row[a] @ row[b]))) if stems_of[a] and stems_of[b] else None

        far = [
            1 - float(row[name] @ other) for name in stems_of if stems_of[name] for other in vectors_of[len(stems_of) :]
        ]
        floor = floor_of(case, distance, far)
        pairs = pairs_of(case)
        parts: dict[str, str | int] = {"unrelated": case.strangers_id} if case.strangers else {}
        recipe = signature(
            self,
            case,
            text=f"{RECAPS}+{SENTENCES}+{words.NAME}",
            weights=vectors.NAME,
            **parts,
            **pairs.parts,
            **set_parts(case),
        )
        lengths = {variant.id: variant.words for variant in case.variants}
        scores = []
        for a, b in pairs.all:
            value = distance(a, b)
            if value is None:
                reason = "empty_recap_of_two"
                scores.append(Score(metric=self.name, variants=(a, b), value=None, reason=reason, signature=recipe))
                continue
            counts = {
                "words_a": lengths[a],
                "words_b": lengths[b],
                **floor.counts(value),
            }
            measures = {"jsd": round(stem_divergence(stems_of[a], stems_of[b]), 4), **floor.measures(value)}
            scores.append(
                Score(
                    metric=self.name,
                    variants=(a, b),
                    value=round(value, 4),
                    counts=counts,
                    measures=measures,
                    signature=recipe,
                )
            )
        return tuple(scores)


def stem_divergence(a: Sequence[str], b: Sequence[str]) -> float:
    """Return the Jensen-Shannon divergence (base 2) of two texts' distributions of stems, in [0, 1]."""
    counts: Mapping[str, int] = Counter(a)
    other_counts: Mapping[str, int] = Counter(b)
    stems = sorted({*counts, *other_counts})
    return jensen_shannon([counts.get(s, 0) for s in stems], [other_counts.get(s, 0) for s in stems])
