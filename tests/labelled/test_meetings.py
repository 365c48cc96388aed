"""The labelled set is whole: every recap of a meeting is labelled on every point, and every fault stands in its recap."""

from collections import Counter
from typing import get_args

import pytest

from comparia.records import PointKind
from tests.labelled.meetings import MEETINGS, family, here, meeting

LABELS = {"kept", "partly", "softened", "lent_to_all", "contradicted", "absent"}
FAULTS = {"fact", "decision", "number", "attribution", "name", "quotation", "agreement", "contrary"}


def labelled(name):
    if not here(name):
        pytest.skip("the public set that holds this session is not here")
    return meeting(name)


@pytest.mark.parametrize("name", MEETINGS)
def test_every_point_of_a_meeting_is_labelled_in_every_recap(name):
    found = labelled(name)
    points = {point for _recap, point in found.labels}
    assert {recap for recap, _point in found.labels} == set(found.recaps)
    assert len(found.labels) == len(points) * len(found.recaps)
    assert points <= {point.id for point in found.reference.key_points}
    assert 16 <= len(points) <= 20
    assert set(found.labels.values()) <= LABELS
    agreed = [cell for cell, (first, second) in found.readings.items() if first == second]
    assert all(found.labels[cell] == found.readings[cell][0] for cell in agreed)


@pytest.mark.parametrize("name", MEETINGS)
def test_a_meeting_has_five_natural_and_seven_constructed_recaps(name):
    found = labelled(name)
    count = Counter(family(recap) for recap in found.recaps)
    assert count["natural"] == 5
    assert count["constructed"] + count["translated"] == 7


@pytest.mark.parametrize("name", MEETINGS)
def test_every_fault_stands_in_its_recap(name):
    found = labelled(name)
    assert found.faults
    for fault in found.faults:
        assert fault["kind"] in FAULTS
        assert fault["sentence"] in found.recaps[fault["recap"]], fault
        assert fault["words"] in fault["sentence"], fault


def test_the_set_is_the_one_its_readme_describes():
    languages = Counter(known["language"] for known in MEETINGS.values())
    apart = Counter(known["language"] for known in MEETINGS.values() if known.get("apart"))
    assert languages == {"fr": 13, "en": 11}
    assert apart == {"fr": 2, "en": 2}
    assert sum("set" not in known for known in MEETINGS.values()) == 15


def test_the_sessions_that_ship_have_every_kind_of_point():
    ours = [name for name, known in MEETINGS.items() if "set" not in known and "files" not in known]
    for name in ours:
        reference = meeting(name).reference
        assert {point.kind for point in reference.key_points} == set(get_args(PointKind))
        views = [point for point in reference.key_points if point.kind == "view"]
        assert 2 * sum(reference.is_minority(point) for point in views) >= len(views), name
