"""Claims of agreement: supported, held by few, contested, or not to be checked."""

import pytest

from comparia.metrics import Case, Matcher
from comparia.metrics.false_consensus import FalseConsensus
from comparia.records import KeyPoint, Quote, Reference

LINES = (
    ("Anne", "The market should stay on the square every Saturday morning."),
    ("Bruno", "I want the market to stay on the square, every Saturday."),
    ("Chloé", "Yes, the market must stay on the square."),
    ("David", "The market should stay on the square, I agree with Anne."),
    ("Erin", "I am against the market staying on the square, move it to the stadium."),
    ("Farid", "We need eight disabled parking spaces near the surgery."),
    ("Gina", "Dogs foul the playground beside the chapel every evening."),
)


@pytest.fixture(scope="module")
def session(make_transcript):
    return make_transcript(LINES)


@pytest.fixture(scope="module")
def points():
    def point(id, text, *turns, **own):
        said = tuple(Quote(turn=t, speaker=f"s{t}", words=LINES[t - 1][1]) for t in turns)
        return KeyPoint(id=id, text=text, said=said, **own)

    return Reference(
        id="rf_0123456789abcdef",
        origin="reviewed",
        language="en",
        voices=7,
        key_points=(
            point("P1", "The market should stay on the square every Saturday.", 1, 2, 3, 4),
            point("P2", "One resident is against the market staying on the square.", 5),
            point("P3", "Eight disabled parking spaces are needed near the surgery.", 6),
        ),
    )


def scored(session, make_variant, summary, reference=None, **fields):
    case = Case(session, (make_variant("v1", summary),), reference, Matcher(), "0")
    (score,) = FalseConsensus(**fields).score(case)
    return score


def test_a_view_of_one_lent_to_everyone_is_flagged_with_who_holds_it(session, points, make_variant):
    score = scored(
        session, make_variant, "Everyone agreed that eight disabled parking spaces are needed near the surgery.", points
    )
    assert score.value == 0.0
    (flag,) = score.evidence
    assert (flag.flag, flag.key_point, flag.turns, flag.about) == ("unsupported", "P3", (6,), "held:1:7")
    assert flag.sentence.startswith("Everyone agreed")


def test_most_people_may_be_spoken_of_when_most_hold_it(session, points, make_variant):
    # 4 of 7 hold it: over one half
    score = scored(session, make_variant, "Most participants agreed to keep the market on the square.", points)
    assert score.counts["supported"] + score.counts["unsupported"] <= 1
    assert score.value in (None, 1.0)


def test_a_claim_that_states_no_point_is_flagged_too(session, points, make_variant):
    text = "Everybody was of one mind, and a shared vision of the swimming pool emerged by unanimous agreement."
    (flag,) = scored(session, make_variant, text, points).evidence
    assert (flag.flag, flag.key_point, flag.about) == ("unsupported", None, "no_point_says_who")


def test_what_claims_nothing_or_cannot_be_checked_is_unscored_and_says_why(session, points, make_variant):
    for reference in (points, None):
        quiet = scored(session, make_variant, "One resident wants eight disabled parking spaces.", reference)
        assert (quiet.value, quiet.reason) == (None, "no_claim")
    unknown = scored(session, make_variant, "Everyone agreed that the swimming pool is cold.", None)
    assert (unknown.value, unknown.reason) == (None, "claims_unchecked")
    assert unknown.counts == {"unverified": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Gina said that dogs foul the playground beside the chapel.",
        "One resident wants eight disabled parking spaces near the surgery.",
        "Farid Farid asked for eight disabled parking spaces.",
    ],
)
def test_a_sentence_that_gives_a_view_to_its_holder_claims_nothing(session, points, make_variant, text):
    score = scored(session, make_variant, text, points)
    assert not [item for item in score.evidence if item.flag == "unsupported"]


def test_without_a_reference_speakers_are_counted_by_their_words(session, make_variant):
    few = scored(session, make_variant, "Everyone wants eight disabled parking spaces near the surgery.")
    assert few.value == 0.0
    assert (few.evidence[0].turns, few.evidence[0].about) == ((6,), "in_the_words_of:1:7")
    assert few.evidence[0].key_point is None
    many = scored(session, make_variant, "Everyone wants the market to stay on the square.")
    assert many.value == 1.0


def test_a_voice_that_says_it_three_times_counts_once(make_transcript, make_variant):
    said = "I want the square kept open to cars on Saturday mornings."
    lines = [
        ("A resident", said),
        ("Paul", "I refuse cars on it."),
        ("A resident", said),
        ("A resident", f"{said} {said}"),
    ]
    session = make_transcript([*lines, ("Lise", "The trees are ill.")])
    score = scored(session, make_variant, "All the residents want the square kept open to cars on Saturday mornings.")
    assert [(item.flag, item.about) for item in score.evidence] == [("unsupported", "in_the_words_of:1:3")]


def test_it_signs_what_it_rests_on(session, points, make_variant):
    score = scored(session, make_variant, "Everyone wants a bench.", points)
    assert score.signature.startswith("false_consensus|unborne_from:0.4|majority:0.5|expressed_from:0.6|several:0.3|")
    assert "polarity:polarity-1" in score.signature
    assert f"ref:reviewed-{points.digest[:8]}|points:3|" in score.signature
