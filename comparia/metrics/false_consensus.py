"""False consensus: sentences of a recap that speak for everyone, although few said it or others said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.hints import denies
from comparia.metrics.base import Case, flagged, reference_parts, text_parts, unscored
from comparia.records import Evidence, KeyPoint, Reference, Score
from comparia.text import polarity
from comparia.text.polarity import Many, common, how_many, without_quantities
from comparia.text.words import stems

CONTESTED = 0.12
"""Share of the lighter text's IDF mass that the words they oppose must hold: common words oppose any two views."""


@dataclass(frozen=True)
class FalseConsensus:
    """Share of a summary's claims of agreement that enough people support, in [0, 1].

    A claim is a sentence that speaks for everyone, for most, or for people in general (`the residents want`), and attributes
    what it says to nobody in particular. With a reference, what it states is the likeliest view whose best sentence it is,
    and it is supported when enough of the voices hold that view and, for *everyone* and for people in general short of a
    majority, nobody seems to hold the contrary. Without a reference, the speakers whose own words carry it are
    counted. A claim for which nothing is found is *unverified*: counted, neither supported nor flagged.

    Measured with `tests/benchmarks/hinted.py` (95 % intervals over recaps). Of minority views of the sample references
    lent to everyone, in the reference's own words, it flags 97 % in French [93, 100] and 83 % in English [73, 90], each for the
    right key point; without a reference 40 % and 11 %. Of the faithful sentences of the planted recaps it flags 0.0 % and 0.3 %;
    of the few true claims in whole recaps, none of 1 and none of 2. Claims in other words than the reference's
    were not measured. Thresholds were set with both sessions in view. What holders said is counted, never what silent people think.
    """

    majority: float = 0.5
    """Least share of the voices behind `everyone`, `most` or `a consensus`."""
    several: float = 0.3
    """Least share of the voices behind people in general (`the residents want`)."""
    supported_from: float = 0.35
    """Without a reference: share of a claim's IDF mass that one turn must hold for the claim to be checked at all."""
    echoed_from: float = 0.15
    """Without a reference: share of a claim's IDF mass that a turn of a speaker must hold to count the speaker behind it."""

    name: ClassVar[str] = "false_consensus"

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant; unscored where nothing is said of everyone, or nothing that could be checked."""
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
        unverified = tuple(Evidence(verdict="unverified", sentence=text) for text, item in found if item is None)
        counts = {**score.counts, "unverified": len(unverified)} if claims else score.counts
        return score.model_copy(update={"counts": counts, "evidence": (*score.evidence, *unverified)})

    def _checked(self, case: Case, variant: str, text: str, many: Many) -> Evidence | None:
        if case.reference is not None and case.points:
            return self._by_reference(case, case.reference, variant, text, many)
        return self._by_speakers(case, text)

    def _least(self, many: Many) -> float:
        return self.several if many == "general" else self.majority

    def _by_reference(self, case: Case, reference: Reference, variant: str, text: str, many: Many) -> Evidence | None:
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
        return Evidence(
            key_point=point.id,
            verdict="unsupported" if doubted or prevalence < self._least(many) else "supported",
            probability=round(case.match(point.id, variant).probability, 3),
            sentence=text,
            turns=tuple(dict.fromkeys(quote.turn for quote in point.said)),
            note=note,
        )

    def _by_speakers(self, case: Case, text: str) -> Evidence | None:
        people = {s.id for s in case.transcript.speakers if s.kind != "machine"}
        spoke = list(dict.fromkeys(turn.speaker for turn in case.session.turns if turn.speaker in people))
        support = case.session.support_by_speaker(
            without_quantities(text, case.session.language), [s for s in spoke if s]
        )
        behind = sorted((f for f in support.values() if f.share >= self.echoed_from), key=lambda f: -f.share)
        if not behind or behind[0].share < self.supported_from:
            return None
        # Words find only some of those who agree: the lower bar, whatever the claim.
        return Evidence(
            verdict="supported" if len(behind) >= self.several * len(spoke) else "unsupported",
            sentence=text,
            turns=tuple(turn for found in behind for turn in found.turns),
            note=f"in_the_words_of:{len(behind)}:{len(spoke)}",
        )


def claimed(text: str, case: Case) -> Many | None:
    """For how many a sentence speaks, if it speaks for most people; None where it names who holds what it says."""
    many = how_many(text, case.transcript.language)
    if "few" in many or case.session.named(text):
        return None
    strongest: tuple[Many, ...] = ("most", "all", "general")
    return next((level for level in strongest if level in many), None)


def stated(case: Case, reference: Reference, variant: str, text: str) -> KeyPoint | None:
    """The view a sentence states: the likeliest of those whose best sentence it is, and that it does not seem to deny."""
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
    """Number of people who hold a view that the sentence seems to deny, and do not hold `point`."""
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
