"""Weights of words, by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.vectors import inverse_document_frequency, tfidf, unseen_weight


def test_weights_are_log_of_documents_over_those_that_hold_the_stem():
    weights = inverse_document_frequency([["a", "b"], ["a", "a"], ["c"]])
    # N = 3: log(4 / 2.5) for `a` (two documents), log(4 / 1.5) for the others
    assert weights == pytest.approx({"a": math.log(1.6), "b": math.log(4 / 1.5), "c": math.log(4 / 1.5)})
    assert unseen_weight(weights) == pytest.approx(math.log(4 / 1.5))
    assert unseen_weight({}) == 1.0


def test_vectors_are_log_frequency_times_weight_of_length_one():
    found = tfidf([["a", "a", "b"], ["b"], []], {"a": 1.0, "b": 2.0})
    # (1 + ln 2) · 1 and 1 · 2, over their length
    first = np.array([1 + math.log(2), 2.0])
    assert found[0] == pytest.approx(first / np.linalg.norm(first), abs=1e-6)
    assert found[1] == pytest.approx([0, 1])
    assert found[2] == pytest.approx([0, 0])


documents = st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), max_size=6)


@given(documents)
def test_weights_are_positive_and_rarer_is_heavier(found):
    weights = inverse_document_frequency(found)
    held = {stem: sum(stem in d for d in found) for stem in weights}
    for left in weights:
        assert weights[left] > 0
        assert all(weights[left] >= weights[right] for right in weights if held[left] <= held[right])


@given(documents)
def test_every_vector_has_length_one_or_is_zero(found):
    lengths = np.linalg.norm(tfidf(found, inverse_document_frequency(found)), axis=1)
    assert lengths == pytest.approx([1.0 if d else 0.0 for d in found], abs=1e-5)
