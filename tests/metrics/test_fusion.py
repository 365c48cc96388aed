"""Words, company and meaning weighed together: known answers."""

import math

import numpy as np
import pytest

from comparia.matching.calibration import CALIBRATIONS
from comparia.matching.fusion import MEANING_COEFFICIENTS, PAIR_COST, together
from comparia.matching.lexical import WORDING_COEFFICIENTS, Found

EN = CALIBRATIONS["en"]


def found(recall, grams, windows=("a", "b", "a b")):
    return Found(windows, np.array(recall, dtype=float), np.array(grams, dtype=float))


def test_the_window_is_weighed_as_a_whole_by_hand():
    # one sentence, two points; recall ½ and grams ¼ of the first, nothing of the second
    likeness = np.array([[0.3, 0.1]])
    first, second = together(found([[0.5, 0.0]], [[0.25, 0.0]], ("a",)), likeness, EN)
    words = WORDING_COEFFICIENTS[0] + WORDING_COEFFICIENTS[1] * 0.5 + WORDING_COEFFICIENTS[2] * 0.25
    _name, b, own, alike, apart, *_cuts = CALIBRATIONS["en"]
    odds = b + own * words + alike * 0.3 + apart * 0.08  # a margin of 0.2 counts as 0.08
    assert first.probability == pytest.approx(1 / (1 + math.exp(-odds)))
    odds = b + own * WORDING_COEFFICIENTS[0] + alike * 0.1 + apart * -0.2
    assert second.probability == pytest.approx(1 / (1 + math.exp(-odds)))
    assert (first.window, first.alike, first.meant) == ("a", True, False)


def test_two_sentences_must_say_enough_more_than_one():
    likeness = np.zeros((2, 1))
    slight = together(found([[0.5], [0.0], [0.52]], [[0.0], [0.0], [0.0]]), likeness, EN)
    assert slight[0].window == "a"
    much = together(found([[0.5], [0.4], [0.95]], [[0.0], [0.0], [0.0]]), likeness, EN)
    assert much[0].window == "a b"
    assert PAIR_COST > 0


def test_meaning_counts_by_its_margin_in_standard_deviations():
    nothing = found([[0.0, 0.0]], [[0.0, 0.0]], ("a",))
    likeness = np.zeros((1, 2))
    without = together(nothing, likeness, EN)
    meant = together(nothing, likeness, EN, np.array([[2.0, 1.0]]))
    intercept, near, far = MEANING_COEFFICIENTS
    logit = lambda p: math.log(p / (1 - p))  # noqa: E731
    assert logit(meant[0].probability) - logit(without[0].probability) == pytest.approx(intercept + near * 2 + far * 1)
    assert (meant[0].meant, meant[1].meant) == (True, False)


@pytest.mark.parametrize("margin", [-0.2, 0.0, 0.05])
def test_a_larger_likeness_never_lowers_the_probability(margin):
    values = [
        together(found([[0.2, 0.2]], [[0.1, 0.1]], ("a",)), np.array([[0.3 + n / 100, 0.3 - margin]]), EN)[
            0
        ].probability
        for n in range(20)
    ]
    assert values == sorted(values)


def test_an_empty_summary_expresses_nothing():
    (nothing,) = together(Found((), np.zeros((0, 1)), np.zeros((0, 1))), np.zeros((0, 1)), EN)
    assert (nothing.window, nothing.alike) == ("", False)
    assert nothing.probability < 0.05
