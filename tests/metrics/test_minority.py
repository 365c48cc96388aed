"""Minority views, counted apart."""

import pytest

from comparia.metrics import Case, Matcher
from comparia.metrics.minority_retention import MinorityRetention


def retained(transcript, reference, variant):
    (score,) = MinorityRetention().score(Case(transcript, (variant,), reference, Matcher(), "0"))
    return score


def test_which_points_are_minority_views(reference):
    # threshold 0.2 of 5 voices = 1 voice: P1 has 2, P2 and P3 have 1, P4 is a fact
    assert [reference.is_minority(point) for point in reference.key_points] == [False, True, True, False]
    assert [reference.prevalence(point) for point in reference.key_points] == [0.4, 0.2, 0.2, 0.2]


def test_a_person_s_mark_wins_over_the_threshold(reference):
    first = reference.key_points[0]
    assert reference.is_minority(first.model_copy(update={"minority": True}))
    assert not reference.is_minority(reference.key_points[1].model_copy(update={"minority": False}))


def test_moderators_hold_no_view(reference):
    moderated = reference.model_copy(update={"moderators": ("s4",), "voices": 4})
    # P1: s1 alone of 4 voices = 0.25 > 0.2
    assert moderated.prevalence(reference.key_points[0]) == 0.25


def test_prevalence_is_a_share_even_when_nobody_is_named(reference):
    assert reference.model_copy(update={"voices": 1}).prevalence(reference.key_points[0]) == 1.0
    assert reference.model_copy(update={"voices": 0}).prevalence(reference.key_points[0]) == 0.0


@pytest.mark.parametrize(
    ("summary", "value", "gap"),
    [
        # two minority views (P2, P3), two others (P1, P4)
        ("The market should stay on the square.\nThe renovation costs 3,400,000 pounds.", 0.0, 1.0),
        ("Eight disabled parking spaces are needed.", 0.5, -0.5),
        ("A trader opposes closing the square to cars.\nEight disabled parking spaces are needed.", 1.0, -1.0),
    ],
)
def test_known_answers(transcript, reference, make_variant, summary, value, gap):
    score = retained(transcript, reference, make_variant("v1", summary))
    others = score.measures["others"]
    assert score.value == value
    assert score.counts["of"] == 2
    assert score.measures["gap"] == pytest.approx(others - value)
    assert score.measures["gap"] == pytest.approx(gap, abs=0.26)
    assert {item.key_point for item in score.evidence} == {"P2", "P3"}


def test_nothing_to_keep_is_unscored_and_not_a_success(transcript, reference, make_variant):
    facts = reference.model_copy(update={"key_points": (reference.key_points[3],)})
    for without in (None, facts):
        score = retained(transcript, without, make_variant("v1", "Anything at all."))
        assert score.value is None
        assert score.reason


def test_minority_views_alone_have_no_gap(transcript, reference, make_variant):
    few = reference.model_copy(update={"key_points": reference.key_points[1:3]})
    score = retained(transcript, few, make_variant("v1", "Eight disabled parking spaces are needed."))
    assert "gap" not in score.measures


def test_the_threshold_is_part_of_the_recipe(transcript, reference, make_variant):
    variant = make_variant("v1", "Text.")
    other = reference.model_copy(update={"minority_threshold": 0.4})
    assert "|threshold:0.2|" in retained(transcript, reference, variant).signature
    assert "|threshold:0.4|" in retained(transcript, other, variant).signature
