"""Known answers of what stands beside coverage: minority views lost, speakers, position, repeats, length."""

import math

import numpy as np
import pytest

from comparia.matching.matcher import Match, MatchTable
from comparia.metrics import METRICS, Case, Matcher
from comparia.metrics.speaker_shares import speaker_coverage
from comparia.records import KeyPoint, Quote
from comparia.text.recaps import Passage


class Decided(Matcher):
    """A matcher whose verdicts are given: {variant: [(verdict, probability, sentence), ...]}."""

    def match(self, transcript, reference, summaries, **_judging):
        table = self.__dict__["table"]
        return MatchTable(
            {
                (point.id, v): Match(*given)
                for v in summaries
                for point, given in zip(reference.key_points, table[v], strict=True)
            }
        )


def decided(table):
    matcher = Decided()
    matcher.__dict__["table"] = table
    return matcher


def score(name, transcript, reference, variants, table=None, **options):
    matcher = decided(table) if table else Matcher()
    return METRICS[name](**options).score(Case(transcript, tuple(variants), reference, matcher, "0"))


KEPT, ABSENT = ("kept", 0.9, "a"), ("absent", 0.1, "")


# Minority views ------------------------------------------------------------------------------------------------------


def test_what_became_of_minority_views(transcript, reference, make_variant):
    # P1 is held by two of five, P2 and P3 by one of five: the minority views. P4 is a fact.
    table = {"v": [KEPT, ABSENT, ("lent_to_all", 0.9, "Everyone wants spaces."), KEPT]}
    (found,) = score("minority_retention", transcript, reference, [make_variant("v", "x")], table)
    names = ("dropped", "lent_to_all", "softened", "diluted")
    assert [found.counts[name] for name in names] == [1, 1, 0, 0]
    assert found.value == 0.0  # P2 is nowhere, P3 is given to everybody: neither is kept as a view of few
    assert found.measures["gap"] == 1.0
    (coverage,) = score("key_point_coverage", transcript, reference, [make_variant("v", "x")], table)
    assert coverage.value == 0.625  # (2 + ½) / 4: its content is there


@pytest.mark.parametrize(
    ("voices", "holders", "few"),
    [
        (5, 1, True),
        (5, 2, False),
        (4, 1, True),
        (3, 1, True),
        (3, 2, False),
        (2, 1, False),
        (20, 4, True),
        (20, 5, False),
    ],
)
def test_one_person_is_few_among_three_voices_or_more(reference, voices, holders, few):
    said = tuple(Quote(turn=1, speaker=f"s{n}", words="the market") for n in range(holders))
    point = KeyPoint(id="P", text="The market stays.", said=said)
    own = reference.model_copy(update={"voices": voices, "key_points": (point,)})
    assert own.is_minority(point) is few
    fact = point.model_copy(update={"kind": "decision"})
    assert own.is_minority(fact) is False


def test_a_softened_view_is_no_longer_that_view(transcript, reference, make_variant):
    table = {"v": [KEPT, ("softened", 0.9, "A trader wonders."), ("partly", 0.9, "Spaces are needed."), KEPT]}
    (found,) = score("minority_retention", transcript, reference, [make_variant("v", "x")], table)
    assert found.value == 0.25  # (0 + ½) / 2


@pytest.mark.parametrize(
    ("sentence", "diluted"),
    [
        ("One trader opposes closing the square.", 1),
        ("One trader opposes closing the square because customers carry cement bags.", 0),
    ],
)
def test_a_view_without_its_reason_is_diluted(transcript, reference, make_variant, sentence, diluted):
    text = "A trader opposes closing the square because customers carry cement bags."
    said = (Quote(turn=2, speaker="s2", words="I am against closing the square to cars"),)
    own = reference.model_copy(update={"key_points": (KeyPoint(id="P1", text=text, said=said),)})
    (found,) = score("minority_retention", transcript, own, [make_variant("v", "x")], {"v": [("kept", 0.8, sentence)]})
    assert found.counts["diluted"] == diluted


def test_the_share_slope_is_nought_for_a_recap_blind_to_numbers(make_transcript, make_variant, reference):
    session = make_transcript([(f"S{n}", f"Words of person {n} about the market.") for n in range(1, 11)])
    points = tuple(
        KeyPoint(
            id=f"P{n}",
            text=f"Point {n}",
            said=tuple(Quote(turn=t, speaker=f"s{t}", words="x") for t in range(1, n + 1)),
        )
        for n in range(1, 8)
    )
    own = reference.model_copy(update={"key_points": points, "voices": 10})
    blind = {"v": [("kept", 0.8, "")] * 7}
    (found,) = score("minority_retention", session, own, [make_variant("v", "x")], blind)
    assert found.measures["share_slope"] == pytest.approx(0, abs=1e-9)
    biased = {"v": [("kept", n / 10, "") for n in range(1, 8)]}  # log-odds of being kept = log-odds of the share
    (found,) = score("minority_retention", session, own, [make_variant("v", "x")], biased)
    assert found.measures["share_slope"] == pytest.approx(1, abs=1e-3)


def test_what_chance_finds_is_taken_away(transcript, reference, make_variant):
    own = make_variant("v", "A trader opposes closing the square to cars. Eight disabled parking spaces are needed.")
    strangers = ("A trader opposes closing the square to cars.", "Rain fell over the hills all week.")
    case = Case(transcript, (own,), reference, Matcher(), "0", strangers)
    (found,) = METRICS["minority_retention"]().score(case)
    # of two minority views the first stranger keeps one, the second none
    assert found.measures["chance"] == 0.25
    assert found.value == 1.0
    assert found.measures["corrected"] == 1.0
    (alone,) = METRICS["minority_retention"]().score(Case(transcript, (own,), reference, Matcher(), "0"))
    assert "chance" not in alone.measures


# Length --------------------------------------------------------------------------------------------------------------


def test_coverage_at_equal_length_takes_away_what_length_explains(transcript, reference, make_variant):
    # coverage 0, ¼, ½, ¾, 1 with 10, 20, 40, 80, 160 words: one doubling, one quarter; nothing is left
    variants = [make_variant(f"v{n}", "word " * (10 * 2**n)) for n in range(5)]
    table = {f"v{n}": [KEPT] * n + [ABSENT] * (4 - n) for n in range(5)}
    found = score("key_point_coverage", transcript, reference, variants, table)
    assert [s.value for s in found] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [s.measures["length_adjusted"] for s in found] == pytest.approx([0.5] * 5)
    fewer = score("key_point_coverage", transcript, reference, variants[:4], {v: table[v] for v in list(table)[:4]})
    assert all("length_adjusted" not in s.measures for s in fewer)


def test_length_is_words_over_words(transcript, make_variant):
    (found,) = score("length", transcript, None, [make_variant("v", "Seven words stand in this one sentence.")])
    assert (found.counts["words"], found.counts["session_words"]) == (7, transcript.words)
    assert found.value == pytest.approx(7 / transcript.words, abs=1e-4)


# Speakers ------------------------------------------------------------------------------------------------------------


def two_voices(make_transcript):
    return make_transcript(
        [
            ("Anne", "market square Saturday traders stalls vegetables " * 10),
            ("Bruno", "library books reading children opening evening " * 10),
        ]
    )


def test_a_recap_of_one_speaker_covers_the_other_less(make_transcript, make_variant):
    session = two_voices(make_transcript)
    speakers, coverage = speaker_coverage(
        Case(session, (make_variant("v", "Market square Saturday traders."),), None, Matcher(), "0"), 50
    )
    assert speakers == ("s1", "s2")
    assert coverage.tolist() == [[1.0, 0.0]]
    (found,) = score("equal_coverage", session, None, [make_variant("v", "Market square Saturday traders.")])
    assert found.value == 0.5  # mean of |1 - ½| and |0 - ½|
    assert [item.speaker for item in found.evidence] == ["Bruno"]
    both = make_variant("v", "Market square Saturday traders. Library books reading children.")
    (found,) = score("equal_coverage", session, None, [both])
    assert found.value == 0.0


def test_parity_sees_only_what_is_systematic(make_transcript, make_variant):
    session = two_voices(make_transcript)
    first, second = "Market square Saturday traders.", "Library books reading children."
    even = [make_variant(f"v{n}", text) for n, text in enumerate((first, second, first, second))]
    (found,) = score("coverage_parity", session, None, even)
    assert (found.value, found.evidence) == (0.0, ())
    one_sided = [make_variant(f"v{n}", first) for n in range(4)]
    (found,) = score("coverage_parity", session, None, one_sided)
    assert found.value == 0.5
    assert {(item.speaker, item.verdict) for item in found.evidence} == {("Anne", "over"), ("Bruno", "under")}


def test_a_speaker_of_many_words_is_not_covered_better_for_that(make_transcript, make_variant):
    """What carries a sentence is a hundred words, not the whole speech."""
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
    long = " ".join(f"{word} " + "filler " * 99 for word in words)
    short = "alpha beta gamma delta epsilon " + "other " * 50
    session = make_transcript([("Long", long), ("Short", short)])
    _speakers, coverage = speaker_coverage(
        Case(session, (make_variant("v", "Alpha beta gamma delta epsilon."),), None, Matcher(), "0"), 50
    )
    assert coverage[0, 1] == 1.0
    assert coverage[0, 0] < 0.5


def test_balance_says_whose_share_shrank_most(make_transcript, make_variant):
    session = make_transcript([("Anne", "word " * 60), ("Bruno", "word " * 40)])
    (found,) = score(
        "speaker_balance", session, None, [make_variant("v", "Anne says nine words are really enough here. Bruno no.")]
    )
    assert found.measures["lowest"] == pytest.approx((2 / 10) / (40 / 100), abs=0.01)


# Position ------------------------------------------------------------------------------------------------------------


def spread_out(make_transcript, reference):
    session = make_transcript([("Anne", f"Sentence {n} of ten words is here for the test.") for n in range(20)])
    points = tuple(
        KeyPoint(id=f"P{n}", text=f"Point {n}", said=(Quote(turn=n + 1, speaker="s1", words="x"),)) for n in range(20)
    )
    return session, reference.model_copy(update={"key_points": points})


def test_position_counts_each_fifth(make_transcript, make_variant, reference):
    session, own = spread_out(make_transcript, reference)
    table = {"v": [KEPT] * 4 + [ABSENT] * 16}
    (found,) = score("position", session, own, [make_variant("v", "x")], table)
    assert [found.measures[n] for n in ("first", "second", "third", "fourth", "fifth")] == [1, 0, 0, 0, 0]
    assert found.measures["lead"] == pytest.approx(0.8)  # 1 - 1/5
    assert found.measures["dip"] == pytest.approx(0.5)  # (1 + 0) / 2 - 0
    assert found.value == pytest.approx(0.2)
    assert found.measures["p"] < 0.05
    even = {"v": [KEPT, ABSENT, KEPT, ABSENT] * 5}
    (found,) = score("position", session, own, [make_variant("v", "x")], even)
    assert (found.value, found.measures["p"]) == (1.0, 1.0)


def test_position_needs_points_in_every_fifth(transcript, reference, make_variant):
    (found,) = score("position", transcript, reference, [make_variant("v", "The market.")])
    assert found.value is None
    assert "fifth" in found.reason


# Repeats -------------------------------------------------------------------------------------------------------------


def repeats(make_variant, n):
    return [make_variant(f"v{k}", f"text {k}", author="model", backend="m", prompt="pr_1", repeat=k) for k in range(n)]


def test_stability_is_how_often_two_repeats_agree(transcript, reference, make_variant):
    # four points, three repeats: two always kept, one never, one kept once of three
    table = {"v0": [KEPT, KEPT, ABSENT, KEPT], "v1": [KEPT, KEPT, ABSENT, ABSENT], "v2": [KEPT, KEPT, ABSENT, ABSENT]}
    (found,) = score("stability", transcript, reference, repeats(make_variant, 3), table)
    # of three pairs two disagree on the last point: 1 - (2/3) / 4
    assert found.value == pytest.approx(1 - (2 / 3) / 4, abs=1e-4)
    assert found.counts["flipping"] == 1
    assert found.measures["coverage_sd"] == pytest.approx(float(np.std([0.75, 0.5, 0.5], ddof=1)), abs=1e-4)
    assert found.evidence[0].key_point == "P4"


def test_two_repeats_are_too_few_and_none_is_no_question(transcript, reference, make_variant):
    (found,) = score("stability", transcript, reference, repeats(make_variant, 2))
    assert found.value is None
    assert "3" in found.reason
    assert score("stability", transcript, reference, [make_variant("v", "x")]) == ()


def test_divergence_is_given_beside_that_of_repeats_and_of_strangers(transcript, reference, make_variant):
    same = repeats(make_variant, 3)
    texts = ["The market stays on the square.", "The market remains on the square.", "Square: the market stays."]
    same = [v.model_copy(update={"summary": text}) for v, text in zip(same, texts, strict=True)]
    other = make_variant("w", "Eight disabled parking spaces near the doctor.")
    case = Case(transcript, (*same, other), reference, Matcher(), "0", ("Rain fell over the hills all week.",))
    found = {s.variants: s for s in METRICS["wording_divergence"]().score(case)}
    within = [found[pair].value for pair in (("v0", "v1"), ("v0", "v2"), ("v1", "v2"))]
    far = found["v0", "w"]
    assert far.measures["floor"] == pytest.approx(np.mean(within), abs=1e-3)
    assert far.measures["unrelated"] == pytest.approx(1.0, abs=1e-3)
    assert far.counts["above_floor"] == 1
    expected = (far.value - far.measures["floor"]) / (far.measures["unrelated"] - far.measures["floor"])
    assert far.measures["normalised"] == pytest.approx(expected, abs=1e-3)
    assert not math.isnan(far.value)


def test_without_three_repeats_no_floor_is_claimed(transcript, reference, make_variant):
    case = Case(transcript, tuple(repeats(make_variant, 2)), reference, Matcher(), "0")
    for name in ("wording_divergence", "content_divergence"):
        for found in METRICS[name]().score(case):
            assert "floor" not in found.measures


def test_two_repeats_of_each_of_three_models_are_no_floor(transcript, reference, make_variant):
    variants = [
        make_variant(f"{model}{k}", f"The market {k}.", author="model", backend=model, prompt="pr_1", repeat=k)
        for model in "abc"
        for k in range(2)
    ]
    case = Case(transcript, tuple(variants), reference, Matcher(), "0")
    assert all("floor" not in found.measures for found in METRICS["wording_divergence"]().score(case))


def test_a_short_reference_does_not_make_every_sentence_stand_out(foirail):
    """Among few key points any sentence would stand out; the rest of the session competes with them."""
    session, reference = foirail
    others = [p.text for p in reference.key_points[1::3]]
    few = reference.model_copy(update={"key_points": reference.key_points[0:36:3]})
    table = Matcher().match(session, few, {"v": list(map(Passage, others))})
    found = [table[p.id, "v"].verdict for p in few.key_points]
    assert found.count("kept") <= 3
    assert found.count("absent") + found.count("uncertain") >= 8
