"""What a summary holds of the key points' own words: known answers and properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.matching.lexical import PAIR, WORDING_COEFFICIENTS, probability_of_words, wordings_of
from comparia.matching.weights import Weights

POINTS = (
    "The market stays on the square.",
    "A trader opposes closing the square to cars.",
    "Eight disabled parking spaces are needed near the doctor.",
    "The renovation costs 3,400,000 pounds.",
)
SENTENCES = (
    "The market should stay where it is.",
    "One trader is against closing the square.",
    "Disabled people need eight spaces.",
    "Renovating will cost 3,400,000 pounds.",
    "Everybody thanked the moderator.",
    "The of and.",
)
summaries = st.lists(st.sampled_from(SENTENCES), max_size=7)


def best(sentences, points=POINTS, language="en"):
    found = wordings_of(points, Weights({}), language).found_in(sentences)
    return [found.best(k) for k in range(len(points))]


def test_probability_is_the_logistic_of_the_features():
    # -2.21 + 3.6 + 2.9 = 4.29; 1 / (1 + e^-4.29) = 0.98648; nothing shared: 1 / (1 + e^2.21) = 0.09885
    assert probability_of_words(1, 1) == pytest.approx(0.98648, abs=1e-5)
    assert probability_of_words(0, 0) == pytest.approx(0.09885, abs=1e-5)
    assert all(weight > 0 for weight in WORDING_COEFFICIENTS[1:])


@pytest.mark.parametrize(
    ("sentences", "recall"),
    [
        # of two points, both have "market": log(1 + 2/2)·√1 = 0.6931; one has "square": log(1 + 2/1)·√4 = 2.1972
        # the first point weighs 0.6931 + 2.1972 = 2.8904
        (["The square."], 2.1972 / 2.8904),
        (["The market."], 0.6931 / 2.8904),
        (["The market square."], 1.0),
        (["A market.", "The square."], PAIR),
        (["A market.", "Nothing.", "The square."], 2.1972 / 2.8904),
        (["Nothing."], 0.0),
    ],
)
def test_recall_weighs_what_tells_the_points_apart(sentences, recall):
    weights = Weights({"market": 1.0, "squar": 4.0, "rule": 4.0})
    found = wordings_of(["market square", "market rules"], weights, "en").found_in(sentences)
    assert found.recall[:, 0].max() == pytest.approx(recall, abs=1e-4)


def test_grams_are_those_of_one_sentence():
    # "abcdef" has abcd, bcde, cdef: the first sentence has one of three, the second two, together all, which does not count
    found = wordings_of(["abcdef"], Weights({}), "en").found_in(["abcd", "bcdef"])
    assert found.grams[:, 0].tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3], abs=1e-6)


@pytest.mark.parametrize(
    ("language", "point", "sentence", "near"),
    [
        ("en", "renovations", "renovasions", True),
        ("en", "renovations", "regulations", False),
        ("fr", "les commerçants", "les commercants", True),
        ("fr", "le stationnement", "les stationements", True),
        ("fr", "le stationnement", "le fonctionnement", False),
        ("en", "12345", "12346", False),
    ],
)
def test_a_word_misspelt_counts_as_the_same_word(language, point, sentence, near):
    found = wordings_of([point], Weights({}), language).found_in([sentence])
    assert found.recall[0, 0] == (1.0 if near else 0.0)


def test_the_window_is_the_shortest_that_says_it():
    windows = [window for window, _p in best(SENTENCES[1:4])]
    assert windows[1:] == list(SENTENCES[1:4])


def test_a_point_split_over_two_sentences_is_found_in_the_pair():
    halves = ["Eight disabled spaces.", "Parking near the doctor."]
    (window, whole), (_first, half) = best(halves)[2], best(halves[:1])[2]
    assert window == " ".join(halves)
    assert whole > half


def test_nothing_is_shown_where_no_word_is_shared():
    assert best([]) == [("", probability_of_words(0, 0))] * 4
    assert {window for window, _p in best(["The of and."])} == {""}


def test_a_point_without_words_is_never_found():
    assert best(["The of and."], ["", "..."])[0] == ("", probability_of_words(0, 0))


@given(summaries, summaries, summaries)
def test_more_sentences_never_lower_a_probability(before, kept, after):
    whole, part = best([*before, *kept, *after]), best(kept)
    assert all(p >= q for (_w, p), (_v, q) in zip(whole, part, strict=True))


@given(summaries.filter(bool), st.data())
def test_a_sentence_said_twice_counts_once(sentences, data):
    at = data.draw(st.integers(0, len(sentences) - 1))
    assert best([*sentences[: at + 1], *sentences[at:]]) == best(sentences)


@given(summaries, st.permutations(range(len(POINTS))))
def test_the_order_of_the_points_changes_nothing(sentences, order):
    shuffled = best(sentences, [POINTS[k] for k in order])
    assert shuffled == [best(sentences)[k] for k in order]


@given(st.lists(summaries, min_size=1, max_size=3))
def test_an_answer_does_not_depend_on_the_summaries_read_before(read):
    wordings = wordings_of(POINTS, Weights({}), "en")
    for sentences in read:
        found = wordings.found_in(sentences)
        assert [found.best(k) for k in range(len(POINTS))] == best(sentences)
        assert np.all((found.recall >= 0) & (found.recall <= 1))
        assert math.isfinite(float(found.log_odds.sum()))
