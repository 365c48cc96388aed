"""Recaps of a session and of its changed copy, compared by pairs."""

import pytest

from comparia.probing.outcomes import Trial, paired, position, retention
from comparia.records import PointEvidence


def verdict(id, as_held, verdict="kept", sentence=""):
    return PointEvidence(key_point=id, verdict=verdict, probability=as_held, as_held=as_held, sentence=sentence)


def test_retention_is_the_mean_over_the_points_of_the_probe():
    evidence = [verdict("P1", 0.9), verdict("P2", 0.5), verdict("P3", 0.1)]
    assert retention(evidence, ["P1", "P2"]) == pytest.approx(0.7)
    assert retention(evidence, ["P3"]) == pytest.approx(0.1)


def test_retention_is_unknown_where_a_point_has_no_verdict():
    evidence = [verdict("P1", 0.9), verdict("P2", 0.5, "unscored"), verdict("P3", None)]
    assert retention(evidence, ["P1", "P2"]) is None
    assert retention(evidence, ["P1", "P3"]) is None
    assert retention(evidence, ["P9"]) is None
    assert retention(evidence, []) is None


RECAP = "# Recap\n\nThe pool stays open. The park closes at ten.\n\n- Two limes must come down. They are sick.\n"


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("The pool stays open.", 0.0),
        ("Two limes must come down.", 2 / 3),
        ("They are sick.", 1.0),
        ("Two limes must come down. They are sick.", 2 / 3),
        ("Nobody wrote this.", None),
        ("", None),
    ],
)
def test_the_place_of_a_point_is_that_of_its_sentence(sentence, place):
    found = position(RECAP, verdict("P1", 0.9, sentence=sentence))
    assert found == (place if place is None else pytest.approx(place))


def test_a_point_that_is_not_there_has_no_place():
    assert position(RECAP, verdict("P1", 0.1, "absent", "The pool stays open.")) is None
    assert position("One sentence only.", verdict("P1", 0.9, sentence="One sentence only.")) == 0.0


def test_pairs_are_of_one_model_session_and_repeat():
    original = {
        Trial("a", "s1", 1): 0.5,
        Trial("a", "s1", 2): 0.75,
        Trial("a", "s2", 1): None,
        Trial("b", "s1", 1): 1.0,
    }
    changed = {Trial("a", "s1", 2): 0.25, Trial("a", "s1", 1): 0.5, Trial("a", "s2", 1): 0.5, Trial("c", "s1", 1): 1.0}
    pairs = paired(original, changed)
    assert list(pairs) == ["a", "b", "c"]
    assert pairs["a"].trials == (Trial("a", "s1", 1), Trial("a", "s1", 2))
    assert pairs["a"].differences.tolist() == [0.0, -0.5]
    assert pairs["a"].left_out == (Trial("a", "s2", 1),)
    assert pairs["b"].differences.tolist() == []
    assert pairs["c"].left_out == (Trial("c", "s1", 1),)
