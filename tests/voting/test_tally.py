"""What a few votes say, against values worked out by hand or by other means."""

import itertools
import math
import random
from datetime import UTC, datetime

import pytest
from scipy import stats

from comparia.messages import speaking
from comparia.records import Ballot, Judging, Remark
from comparia.statistics.intervals import beta_interval, sign_test
from comparia.voting.tally import schulze, tally
from comparia.voting.wording import bars, chance, findings, of

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LABELS = {"v1": "One", "v2": "Two", "v3": "Three"}


def judged(*votes, variants=("v1", "v2", "v3")):
    """A closed judging: each vote is an order ("v1 v2"), or an answer."""
    ballots = []
    for number, vote in enumerate(votes, start=1):
        choice = vote if vote in ("all_good", "all_bad", "unknown") else "better"
        order = () if choice != "better" else tuple(vote.split())
        ballots.append(Ballot(voter=number, at=NOW, choice=choice, order=order))
    return Judging(id="j", run="r", variants=variants, opened_at=NOW, closed_at=NOW, ballots=tuple(ballots))


def test_shares_are_drawn_towards_equality_and_their_intervals_are_those_of_a_beta():
    result = tally(judged("v1", "v1", "v2", "all_good"))
    first = result.shares[0]
    assert first.votes == 2
    a, b = 2 + 2 / 3, 3 - 2 + 2 - 2 / 3
    assert first.share == pytest.approx(a / (a + b))
    assert (first.low, first.high) == pytest.approx(stats.beta.interval(0.95, a, b), abs=1e-6)
    assert sum(share.share for share in result.shares) == pytest.approx(1)
    assert result.choices == {"better": 3, "all_good": 1}


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (4, 0), (6, 0), (7, 2), (30, 12), (2, 7)])
def test_the_sign_test_is_the_exact_binomial_test(first, second):
    expected = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert sign_test(first, second) == pytest.approx(expected)


def test_beta_intervals_hold_what_they_say():
    low, high = beta_interval(3.5, 1.25)
    assert (low, high) == pytest.approx(stats.beta.interval(0.95, 3.5, 1.25), abs=1e-6)


def test_a_few_divided_votes_make_no_difference_and_no_order():
    result = tally(judged("v1", "v2", "v1", "v3"))
    assert not result.meaningful
    assert result.tiers == (("v1", "v2", "v3"),)
    assert "No meaningful difference" in findings(result, LABELS)[0]
    assert "first impression" in findings(result, LABELS)[1]


def test_four_votes_alike_are_still_chance_and_ten_are_not():
    assert not tally(judged(*["v1"] * 4)).meaningful
    result = tally(judged(*["v1 v2"] * 10))
    assert result.tiers == (("v1",), ("v2",), ("v3",))
    assert findings(result, LABELS)[0].endswith("One > Two > Three")


def test_only_what_the_votes_carry_is_cut():
    result = tally(judged(*["v1"] * 9, "v2"))
    assert result.tiers == (("v1",), ("v2", "v3"))
    assert [duel.meaningful for duel in result.duels] == [True, True, False]


def test_many_pairs_ask_for_more_than_one_pair():
    """Six to nothing is p = 0.03: enough alone (two variants), not among three duels, by Holm."""
    assert tally(judged(*["v1"] * 6, variants=("v1", "v2"))).meaningful
    assert not tally(judged(*["v1 v2"] * 3, *["v1 v3"] * 2, "v1", variants=("v1", "v2", "v3", "v4"))).meaningful


def test_schulze_gives_the_order_of_his_own_example():
    """Schulze (2011), section 3, example 1: 21 voters; its order is D > A > C > B."""
    votes = ["A C D B"] * 8 + ["B A D C"] * 2 + ["C D B A"] * 4 + ["D B A C"] * 4 + ["D C B A"] * 3
    result = tally(judged(*votes, variants=("A", "B", "C", "D")))
    wins = {
        pair: n
        for duel in result.duels
        for pair, n in zip((duel.variants, duel.variants[::-1]), duel.votes, strict=True)
    }
    assert wins["A", "C"] == 14
    assert wins["D", "B"] == 19
    assert wins["C", "D"] == 12
    assert wins["B", "A"] == 13
    assert schulze("ABCD", wins) == ["D", "A", "C", "B"]
    assert result.tiers == (("A", "B", "C", "D"),)  # one duel alone is more than chance
    assert [duel.variants for duel in result.duels if duel.meaningful] == [("B", "D")]
    assert findings(result, dict(zip("ABCD", "ABCD", strict=True))) == [
        "D was preferred to B by 19 of the 21 voters who preferred one of the two."
    ]


def test_recaps_that_the_votes_do_not_tell_apart_are_not_put_in_an_order():
    """A is beaten by B beyond doubt, and beats C by two votes that mean nothing: C is not above A."""
    votes = ["B A C"] * 10 + ["B C A"] * 5 + ["C B A"] * 7 + ["A C B"] * 4
    result = tally(judged(*votes, variants=("A", "B", "C")))
    assert any(duel.meaningful for duel in result.duels)
    assert result.tiers == (("A", "B", "C"),)


@pytest.mark.whole
def test_agreement_of_random_voters_is_nought_on_average():
    draw = random.Random(5)
    for voters in (2, 3, 8):
        alphas = [
            tally(judged(*(draw.choice(["v1", "v2"]) for _n in range(voters)), variants=("v1", "v2"))).kappa
            for _m in range(800)
        ]
        assert abs(sum(alphas) / len(alphas)) < 0.08


def test_everybody_good_bad_or_unknown_is_no_preference():
    result = tally(judged("all_good", "all_bad", "unknown"))
    assert all(share.votes == 0 for share in result.shares)
    assert all(duel.votes == (0, 0) and duel.tied == 2 for duel in result.duels)
    assert result.kappa is None


def test_agreement_is_one_when_all_say_the_same_and_near_nought_by_chance():
    assert tally(judged(*["v1 v2"] * 5)).kappa == pytest.approx(1.0)
    assert tally(judged(*["v1"] * 5, variants=("v1", "v2"))).kappa == pytest.approx(1.0)
    orders = [" ".join(order) for order in itertools.permutations(["v1", "v2", "v3"])]
    assert abs(tally(judged(*orders * 4)).kappa) < 0.1
    assert tally(judged("v1")).kappa is None
    assert tally(judged("all_good", "all_bad")).kappa is None


def test_a_voter_who_says_it_twice_of_one_recap_counts_once():
    remarks = (
        Remark(variant="v1", tag="lost_nuance"),
        Remark(variant="v1", tag="lost_nuance", sentence="A sentence."),
        Remark(variant="v2", tag="lost_nuance"),
    )
    judging = judged("v1")
    ballot = judging.ballots[0].model_copy(update={"remarks": remarks})
    assert tally(judging.model_copy(update={"ballots": (ballot,)})).remarks == {
        ("v1", "lost_nuance"): 1,
        ("v2", "lost_nuance"): 1,
    }


def test_nobody_voted_is_said():
    result = tally(judged())
    assert findings(result, LABELS) == ["Nobody voted."]
    assert all(math.isclose(share.share, 1 / 3) for share in result.shares)


def test_a_room_that_rejects_all_names_no_winner():
    result = tally(judged(*["all_bad"] * 34, *["v1"] * 6, variants=("v1", "v2")))
    assert result.duels[0].meaningful
    assert findings(result, LABELS) == [
        "34 of 40 voters found them all bad.",
        "One was preferred to Two by 6 of the 6 voters who preferred one of the two.",
    ]
    assert [(bar.label, of(bar.votes, bar.base)) for bar in bars(result, LABELS)][:2] == [
        ("They are all bad", "34 of 40"),
        ("One", "6 of 40"),
    ]


def test_voters_who_agree_that_all_are_bad_are_not_called_divided():
    lines = findings(tally(judged(*["all_bad"] * 5, "unknown")), LABELS)
    assert lines[:2] == ["5 of 6 voters found them all bad.", "Nobody preferred one to another."]


def test_an_answer_that_does_not_lead_comes_after_the_recaps():
    result = tally(judged("all_bad", "v1", "v1", "v2"))
    assert result.leading == ""
    assert [bar.name for bar in bars(result, LABELS)] == ["v1", "v2", "v3", "all_bad", "all_good", "unknown"]
    assert sum(bar.votes for bar in bars(result, LABELS)) == result.voters


def test_a_tiny_probability_is_not_said_to_be_nought():
    assert chance(tally(judged(*["v1"] * 20, variants=("v1", "v2"))).duels[0].chance) == "p\u00a0< 0.001"
    assert chance(0.03125) == "p\u00a0= 0.031"
    with speaking("fr"):
        assert chance(0.0004) == "p\u00a0< 0,001"


def test_a_ballot_that_is_set_aside_is_kept_and_not_counted():
    judging = judged("v1", "v2", "v2", "v2").model_copy(update={"set_aside": (2, 3)})
    result = tally(judging)
    assert (result.voters, result.set_aside) == (2, 2)
    assert [share.votes for share in result.shares] == [1, 1, 0]
    assert len(judging.ballots) == 4
