"""Divergence: a distance, in content and in wording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.matching.matcher import Match, MatchTable
from comparia.metrics import Case, Matcher
from comparia.metrics.content_divergence import ContentDivergence
from comparia.metrics.key_point_coverage import KeyPointCoverage
from comparia.metrics.wording_divergence import WordingDivergence

LINES = (
    "The market should stay on the square.",
    "A trader opposes closing the square to cars.",
    "Eight disabled parking spaces are needed.",
    "The renovation costs 3,400,000 pounds.",
    "Thank you.",
)
summaries = st.lists(st.sampled_from(LINES), max_size=6).map("\n".join)


class Decided(Matcher):
    """A matcher whose probabilities are given, by variant."""

    def match(self, transcript, reference, summaries, **_judging):
        table = self.__dict__["probabilities"]
        return MatchTable(
            {
                (point.id, v): Match("kept" if p >= 0.6 else "absent" if p < 0.25 else "partly", p, "s")
                for v in summaries
                for point, p in zip(reference.key_points, table[v], strict=True)
            }
        )


def content(transcript, reference, make_variant, a, b):
    matcher = Decided()
    matcher.__dict__["probabilities"] = {"a": a, "b": b}
    case = Case(transcript, (make_variant("a", "x"), make_variant("b", "y")), reference, matcher, "0")
    return ContentDivergence().score(case)[0]


@pytest.mark.parametrize(
    ("a", "b", "value", "differing"),
    [
        ((1, 1, 0, 0), (1, 1, 0, 0), 0.0, 0),
        ((1, 1, 0, 0), (0, 0, 1, 1), 1.0, 4),
        ((1, 1, 0, 0), (1, 0, 0, 0), 0.5, 1),  # 1 - 1/2
        ((0.8, 0.4, 0, 0), (0.4, 0.8, 0, 0), 0.5, 2),  # 1 - (0.4 + 0.4) / (0.8 + 0.8)
    ],
)
def test_content_is_one_minus_shared_over_all(transcript, reference, make_variant, a, b, value, differing):
    score = content(transcript, reference, make_variant, a, b)
    assert score.value == pytest.approx(value)
    assert score.counts["differing"] == differing
    assert score.evidence == ()  # computed when a reader asks for it


def test_two_recaps_that_keep_nothing_are_not_said_to_agree(transcript, reference, make_variant):
    score = content(transcript, reference, make_variant, (0.04,) * 4, (0.04,) * 4)
    assert score.value is None
    assert score.reason


def test_content_needs_key_points(transcript, make_variant):
    case = Case(transcript, (make_variant("a", "One."), make_variant("b", "Two.")), None, Matcher(), "0")
    (score,) = ContentDivergence().score(case)
    assert score.value is None
    assert score.reason


def test_wording_of_two_recaps_without_a_common_word_is_one(transcript, make_variant):
    case = Case(
        transcript, (make_variant("a", "Market square."), make_variant("b", "Cement bags.")), None, Matcher(), "0"
    )
    assert WordingDivergence().score(case)[0].value == 1.0


def test_wording_by_hand(make_transcript, make_variant):
    # One sentence a stem: both stems weigh log(3 / 1.5); a = (1, 1)/√2, b = (1, 0); 1 - 1/√2 = 0.2929
    session = make_transcript([("A", "Market."), ("B", "Square.")])
    case = Case(session, (make_variant("a", "Market square."), make_variant("b", "Market.")), None, Matcher(), "0")
    assert WordingDivergence().score(case)[0].value == 0.2929


def test_an_empty_recap_has_no_wording(transcript, make_variant):
    case = Case(transcript, (make_variant("a", ""), make_variant("b", "Market.")), None, Matcher(), "0")
    (score,) = WordingDivergence().score(case)
    assert score.value is None
    assert score.reason


@pytest.mark.parametrize("metric", [ContentDivergence(), WordingDivergence()])
@given(a=summaries, b=summaries)
def test_it_is_symmetric_and_zero_for_the_same_summary(transcript, reference, make_variant, metric, a, b):
    variants = (make_variant("a", a), make_variant("b", b), make_variant("again", a))
    ab, same, _b_again = metric.score(Case(transcript, variants, reference, Matcher(), "0"))
    ba = metric.score(Case(transcript, (variants[1], variants[0]), reference, Matcher(), "0"))[0]
    assert ba.variants == ("b", "a")
    assert (ab.value is None) == (ba.value is None)
    if ab.value is not None:
        assert ab.value == pytest.approx(ba.value, abs=1e-4)
    assert same.value in (0.0, None)
    if any(line in a for line in LINES[:4]):
        assert same.value == 0.0


@pytest.mark.parametrize("metric", [ContentDivergence(), WordingDivergence(), KeyPointCoverage()])
@given(texts=st.lists(summaries, min_size=1, max_size=4), data=st.data())
def test_the_order_of_variants_changes_nothing(transcript, reference, make_variant, metric, texts, data):
    variants = [make_variant(f"v{n}", text) for n, text in enumerate(texts)]
    shuffled = data.draw(st.permutations(variants))

    def by_name(order):
        scores = metric.score(Case(transcript, tuple(order), reference, Matcher(), "0"))
        return {frozenset(score.variants): score for score in scores}

    left, right = by_name(variants), by_name(shuffled)
    assert left.keys() == right.keys()
    for key, score in left.items():
        assert (score.value is None) == (right[key].value is None)
        if score.value is not None:
            assert score.value == pytest.approx(right[key].value, abs=2e-4)
        assert score.signature == right[key].signature
