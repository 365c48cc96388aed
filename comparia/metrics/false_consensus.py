"""False consensus: sentences of a recap that claim agreement although few people said it, or others disagreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from comparia.matching.claims import claim_measures, claims_agreement, fit_name, unborne
from comparia.matching.cues import NAME as CUES
from comparia.matching.model import OUTCOMES
from comparia.metrics.base import Case, flagged, reference_parts, text_parts, unscored
from comparia.records import KeyPoint, Reference, Score, SentenceEvidence
from comparia.text import polarity
from comparia.text.polarity import how_many, without_quantities
from comparia.text.recaps import Passage

LENT = OUTCOMES.index("lent_to_all")


@dataclass(frozen=True)
class FalseConsensus:
    """Share of a summary's claims of agreement that the session bears, in [0, 1].

    A claim is a sentence that speaks of an agreement, for everyone, for most, or for the group. With a reference, a
    model fitted on labelled sentences (`matching.claims`) gives the probability that the session does not bear it: from
    its own words, the people it names, and what the matcher says of the points it states best. It is flagged from
    `unborne_from` on; evidence names the view it states and how many hold it, where it states one. A claim that states
    no point is looked at in the same way: a widened claim that matches nothing is the worst kind.

    Without a reference, the speakers whose own words resemble the claim are counted; a claim for which nothing is found
    is *unverified*: counted, and neither supported nor flagged.

    Only people who spoke are counted: what silent people think is unknown.
    """

    unborne_from: float = 0.4
    """Least probability that the session does not bear a claim, at which it is flagged."""
    majority: float = 0.5
    """Least share of the voices who hold a view, at which a claim that states it is borne."""
    expressed_from: float = 0.6
    """Least probability that a sentence expresses a point, for the point's prevalence to speak for the sentence."""
    several: float = 0.3
    """Without a reference: least share of the speakers that supports a claim; one voice alone never does."""
    supported_from: float = 0.35
    """Without a reference: share of a claim's IDF weight that one turn must hold for the claim to be checked at all."""
    echoed_from: float = 0.15
    """Without a reference: share of a claim's IDF weight that a turn must hold for its speaker to be counted."""

    name: ClassVar[str] = "false_consensus"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant; unscored where it holds no claim, or none that could be checked."""
        return tuple(self._score_variant(case, variant.id) for variant in case.variants)

    def _score_variant(self, case: Case, variant: str) -> Score:
        parts = {**reference_parts(case), **text_parts(), "polarity": polarity.NAME, "claims": f"{CUES}+{fit_name()}"}
        if case.points and (why := case.unmatched(variant)):
            return unscored(self, case, (variant,), why, **parts)
        claims = [
            (p.text, self._check_claim(case, variant, p)) for p in case.passages[variant] if self._claims(case, p)
        ]
        if case.reference is not None and case.points:
            claims = [(text, item) for text, item in claims if item is not None]
        evidence = tuple(item for _text, item in claims if item is not None)
        score = flagged(self, case, variant, evidence, "claims_unchecked" if claims else "no_claim", **parts)
        without_verdict = tuple(
            SentenceEvidence(flag="unverified", sentence=text) for text, item in claims if item is None
        )
        counts = {**score.counts, "unverified": len(without_verdict)} if claims else score.counts
        return score.model_copy(update={"counts": counts, "evidence": (*score.evidence, *without_verdict)})

    def _claims(self, case: Case, passage: Passage) -> bool:
        if case.reference is not None and case.points:
            return True  # whether it claims anything is told with its probability
        many = how_many(passage.text, case.transcript.language)
        return bool(many & {"all", "most", "general"}) and "few" not in many and not case.session.named(passage.text)

    def _check_claim(self, case: Case, variant: str, passage: Passage) -> SentenceEvidence | None:
        if case.reference is not None and case.points:
            return self._by_reference(case, case.reference, variant, passage)
        return self._by_speakers(case, passage.text)

    def _by_reference(
        self, case: Case, reference: Reference, variant: str, passage: Passage
    ) -> SentenceEvidence | None:
        points = stated(case, variant, passage.text)
        matches = {point.id: case.match(point.id, variant) for point in points}
        measures = claim_measures(
            passage,
            case.transcript.language,
            named=len(case.session.named(passage.text)),
            lent=max((match.outcomes[LENT] for match in matches.values() if match.outcomes), default=0.0),
            prevalence=max(
                (reference.prevalence(p) for p in points if matches[p.id].probability > self.expressed_from),
                default=0.0,
            ),
        )
        probability = unborne(measures)
        views = [
            point for point in points if point.kind == "view" and matches[point.id].probability > self.expressed_from
        ]
        point = max(views, key=lambda view: matches[view.id].probability, default=None)
        borne = point is not None and reference.prevalence(point) >= self.majority
        flagged_here = probability >= self.unborne_from and not borne
        if not flagged_here and not claims_agreement(measures):
            return None
        holders = len(set(point.holders) - set(reference.moderators)) if point else 0
        return SentenceEvidence(
            key_point=point.id if point else None,
            flag="unsupported" if flagged_here else "supported",
            support=round(1 - probability, 3),
            sentence=passage.text,
            turns=tuple(dict.fromkeys(quote.turn for quote in point.said)) if point else (),
            about=f"held:{holders}:{reference.voices}" if point else "no_point_says_who",
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
            flag="supported" if len(behind) >= max(min(2, len(spoke)), self.several * len(spoke)) else "unsupported",
            sentence=text,
            turns=tuple(turn for support_of_one in behind for turn in support_of_one.turns),
            about=f"in_the_words_of:{len(behind)}:{len(spoke)}",
        )


def stated(case: Case, variant: str, text: str) -> list[KeyPoint]:
    """Return the key points whose best sentence, or one of whose two best sentences, is this one."""
    return [point for point in case.points if text in case.match(point.id, variant).sentence]
