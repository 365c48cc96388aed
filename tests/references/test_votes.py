"""Votes group by group, read by the rule of Polis."""

import pytest
from pydantic import ValidationError

from comparia.errors import ReferenceFileError
from comparia.references.votes import Votes, classify, suggest_from_votes

CASES = [
    ("consensus", {"a": (30, 4, 2), "b": (20, 2, 1)}),
    ("minority_view", {"a": (19, 25, 9), "b": (24, 2, 2)}),
    ("majority_view", {"a": (30, 4, 2), "b": (2, 8, 0)}),
    ("rejected", {"a": (5, 25, 5), "b": (4, 20, 3)}),
    ("mixed", {"a": (16, 14, 3), "b": (13, 8, 4)}),
    ("low_votes", {"a": (10, 2, 1), "b": (3, 1, 0)}),
    ("low_votes", {"a": (9, 0, 0), "b": (9, 1, 0)}),
    ("minority_view", {"a": (5, 30, 5), "b": (6, 20, 4), "c": (9, 1, 0)}),
    ("minority_view", {"a": (8, 12, 0), "b": (5, 2, 1)}),
    ("mixed", {"a": (10, 10, 0), "b": (7, 2, 1)}),
]


@pytest.mark.parametrize(("reading", "votes"), CASES)
def test_the_rule(reading, votes):
    assert classify(votes) == reading


def test_the_smallest_group_may_be_named():
    votes = {"few": (26, 3, 1), "many": (4, 11, 5)}
    assert classify(votes) == "majority_view"
    assert classify(votes, smallest="few") == "minority_view"


def test_voted_contributions_become_key_points(transcript):
    votes = [
        Votes(turn=2, by_group={"a": (5, 40, 5), "b": (18, 1, 1)}),
        Votes(turn=1, by_group={"a": (45, 4, 1), "b": (15, 2, 3)}),
        Votes(turn=3, by_group={"a": (1, 0, 0), "b": (0, 1, 0)}),
    ]
    reference = suggest_from_votes(transcript, votes)
    assert [(p.said[0].turn, p.minority) for p in reference.key_points] == [(1, False), (2, True), (3, None)]
    assert [reference.is_minority(p) for p in reference.key_points] == [False, True, True]
    assert reference.origin == "suggested"
    assert reference.voices == 5


def test_the_smallest_group_is_the_same_for_every_contribution(transcript):
    votes = [
        Votes(turn=1, by_group={"few": (20, 3, 1), "many": (4, 11, 0)}),
        Votes(turn=2, by_group={"few": (1, 19, 1), "many": (90, 5, 5)}),
    ]
    reference = suggest_from_votes(transcript, votes)
    assert [p.minority for p in reference.key_points] == [True, False]


def test_votes_must_be_on_a_turn_and_in_a_group(transcript):
    with pytest.raises(ReferenceFileError, match="99"):
        suggest_from_votes(transcript, [Votes(turn=99, by_group={"a": (1, 1, 1)})])
    with pytest.raises(ValidationError):
        Votes(turn=1, by_group={})
    with pytest.raises(ValidationError):
        Votes(turn=1, by_group={"a": (-1, 0, 0)})
    assert suggest_from_votes(transcript, []).key_points == ()
