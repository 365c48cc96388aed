"""False consensus: sentences of a recap that claim agreement although few people said it, or others disagreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.hints import denies
from comparia.metrics.base import Case, flagged, reference_parts, text_parts, unscored
from comparia.records import KeyPoint, Reference, Score, SentenceEvidence
from comparia.text import polarity
from comparia.text.polarity import Many, common, how_many, without_quantities
from comparia.text.words import stems

CONTESTED = 0.12
"""Minimum share of IDF weight (of the text with the smaller weight) carried by the contradicting words.

Below it, the contradiction rests on common words and is ignored.
"""


@dataclass(frozen=True)
class FalseConsensus:
    """Share of a summary's claims of agreement that enough people support, in [0, 1].

    A claim is a sentence that speaks for everyone, for most, or for people in general (`the residents want`), and names
    nobody who holds it.

    - With a reference: each key point has a best sentence in the recap. The claim states the most probable view among
      those whose best sentence it is. It is supported when enough voices hold that view. A claim about everyone, or
      about people in general with less than a majority behind it, also requires that nobody seems to hold the contrary.
    - Without a reference: the speakers whose own words resemble the claim are counted.

    A claim for which nothing is found is *unverified*: it is counted, and neither supported nor flagged.

    Measured with `tests/benchmarks/hinted.py` (95 % intervals over recaps). Of the minority views of the sample
    references that were rewritten as everybody's view, in the reference's own words, it flags 97 % in French [93, 100]
    and 83 % in English [73, 90], each for the right key point; without a reference, 40 % and 11 %. Of the faithful
    sentences of the planted recaps it flags 0.0 % and 0.3 %; of the few true claims in whole recaps, none of 1 and none
    of 2. Claims in other words than the reference's were not measured. The thresholds were set on these same two
    sessions. Only people who spoke are counted: what silent people think is unknown.
    """

    majority: float = 0.5
    """Least share of the voices that supports a claim about `everyone`, `most` or `a consensus`."""
    several: float = 0.3
    """Least share of the voices that supports a claim about people in general (`the residents want`)."""
    supported_from: float = 0.35
    """Without a reference: share of a claim's IDF weight that one turn must hold for the claim to be checked at all."""
    echoed_from: float = 0.15
    """Without a reference: share of a claim's IDF weight that a turn must hold for its speaker to be counted."""

    name: ClassVar[str] = "false_consensus"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored where it holds no claim, or none that could be checked."""
        return tuple(self._scored(case, variant.id) for variant in case.variants)

    def _scored(self, case: Case, variant: str) -> Score:
        parts = {**reference_parts(case), **text_parts(), "polarity": polarity.NAME}
        if case.points and (why := case.unmatched(variant)):
            return unscored(self, case, (variant,), why, **parts)
        claims = [(s.text, many) for s in case.sentences[variant] if (many := claimed(s.text, case))]
        found = [(text, self._checked(case, variant, text, many)) for text, many in claims]
        checked = tuple(item for _text, item in found if item is not None)
        nothing = "claims_unchecked" if claims else "no_claim"
        score = flagged(self, case, variant, checked, nothing, **parts)
        unverified = tuple(SentenceEvidence(flag="unverified", sentence=text) for text, item in found if item is None)
        counts = {**score.counts, "unverified": len(unverified)} if claims else score.counts
        return score.model_copy(update={"counts": counts, "evidence": (*score.evidence, *unverified)})

    def _checked(self, case: Case, variant: str, text: str, many: Many) -> SentenceEvidence | None:
        if case.reference is not None and case.points:
            return self._by_reference(case, case.reference, variant, text, many)
        return self._by_speakers(case, text)

    def _least(self, many: Many) -> float:
        return self.several if many == "general" else self.majority

    def _by_reference(
        self, case: Case, reference: Reference, variant: str, text: str, many: Many
    ) -> SentenceEvidence | None:
        point = stated(case, reference, variant, text)
        if point is None:
            return None
        prevalence = reference.prevalence(point)
        others = 0 if many == "most" else opponents(case, reference, point, text)
        doubted = others and (many == "all" or prevalence < self.majority)
        holders = len(set(point.holders) - set(reference.moderators))
        note = f"held:{holders}:{reference.voices}"
        if doubted:
            note = f"held_against:{holders}:{reference.voices}:{others}"
        return SentenceEvidence(
            key_point=point.id,
            flag="unsupported" if doubted or prevalence < self._least(many) else "supported",
            support=round(case.match(point.id, variant).probability, 3),
            sentence=text,
            turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            about=note,
        )

    def _by_speakers(self, case: Case, text: str) -> SentenceEvidence | None:
        people = {s.id for s in case.transcript.speakers if s.kind != "machine"}
        spoke = list(dict.fromkeys(turn.speaker for turn in case.session.turns if turn.speaker in people))
        support = case.session.support_by_speaker(
            without_quantities(text, case.session.language), [s for s in spoke if s]
        )
        behind = sorted((f for f in support.values() if f.share >= self.echoed_from), key=lambda f: -f.share)
        if not behind or behind[0].share < self.supported_from:
            return None
        # Words find only some of those who agree, so the lower threshold applies to every claim.
        return SentenceEvidence(
            flag="supported" if len(behind) >= self.several * len(spoke) else "unsupported",
            sentence=text,
            turns=tuple(turn for found in behind for turn in found.turns),
            about=f"in_the_words_of:{len(behind)}:{len(spoke)}",
        )


def claimed(text: str, case: Case) -> Many | None:
    """Return for how many people a sentence claims to speak: `most`, `all` or `general`.

    None where it speaks for few, for nobody in particular, or names the speaker who holds the view.
    """
    many = how_many(text, case.transcript.language)
    if "few" in many or case.session.named(text):
        return None
    strongest: tuple[Many, ...] = ("most", "all", "general")
    return next((level for level in strongest if level in many), None)


def stated(case: Case, reference: Reference, variant: str, text: str) -> KeyPoint | None:
    """Return the view that a sentence states, or None.

    It is the most probable of the views whose best sentence is this one, that share two stems with it or more, and that
    the sentence does not seem to deny.
    """
    language = case.transcript.language
    own = set(stems(text, language))
    found = []
    for point in reference.key_points:
        match = case.match(point.id, variant)
        if point.kind != "view" or match.verdict not in ("kept", "partly") or text not in match.sentence:
            continue
        if len(own.intersection(stems(point.text, language))) >= 2 and not denies(point.text, text, language):
            found.append((match.probability, point))
    return max(found, key=lambda pair: pair[0], default=(0.0, None))[1]


def opponents(case: Case, reference: Reference, point: KeyPoint, text: str) -> int:
    """Return the number of people who hold a view that the sentence seems to deny, and do not hold `point`."""
    language, weights = case.transcript.language, case.session.weights
    against: set[str] = set()
    for other in reference.key_points:
        if other.id == point.id or other.kind != "view" or not denies(other.text, text, language):
            continue
        opposed = frozenset(c for c in common(other.text, text, language).opposed if not c.startswith("="))
        lighter = min(weights.mass(frozenset(stems(words, language))) for words in (other.text, text))
        if weights.mass(opposed) >= CONTESTED * lighter:
            against.update(other.holders)
    return len(against - set(point.holders) - set(reference.moderators))
