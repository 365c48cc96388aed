"""Coverage by group of people: computed from verdicts, nobody told apart."""

import csv
import io

import pytest

from comparia import reports
from comparia.records import KeyPoint, Quote, Reference, SessionPart
from comparia.reports.groups import group_tables


@pytest.fixture
def grouped(make_transcript, make_variant, make_run):
    """Builds a run of six people under 30 and some others, each holding one view; the recap keeps those of the young."""

    def build(others, parts=()):
        names = [f"Young {n}" for n in range(6)] + [f"Old {n}" for n in range(others)]
        subjects = (
            "parking benches lighting playground toilets cycling markets flooding noise buses trees cinema".split()
        )
        said = [f"We want more {subject} near the old station" for subject in subjects[: len(names)]]
        session = make_transcript(list(zip(names, said, strict=True)))
        speakers = tuple(
            speaker.model_copy(update={"attributes": {"age": "under 30" if "Young" in speaker.name else "over 60"}})
            for speaker in session.speakers
        )
        session = session.model_copy(update={"speakers": speakers, "parts": parts})
        points = tuple(
            KeyPoint(id=f"P{n}", text=words, said=(Quote(turn=n, speaker=f"s{n}", words=words),))
            for n, words in enumerate(said, start=1)
        )
        reference = Reference(id="rf_1", origin="reviewed", language="en", voices=len(names), key_points=points)
        return make_run(
            [make_variant("v1", "\n".join(f"- {words}." for words in said[:6]))], session=session, reference=reference
        )

    return build


def test_who_is_kept_and_who_is_lost_is_seen_by_group(grouped):
    (table,) = group_tables(grouped(6))
    young, old = sorted(table.lines, key=lambda line: line.group, reverse=True)
    assert (table.kind, table.name, young.group, old.group) == ("attribute", "age", "under 30", "over 60")
    assert (young.people, young.points) == (6, 6)
    assert young.coverage["v1"].share == 1
    assert young.minority["v1"].share == 1
    assert old.coverage["v1"].share == 0
    assert 0 < old.coverage["v1"].high < 0.5


def test_a_group_of_fewer_than_five_is_not_shown_nor_what_would_tell_it(grouped):
    assert group_tables(grouped(4)) == []
    run = grouped(4)
    assert "over 60" not in reports.render(run, "html").decode()
    assert "over 60" not in reports.render(run, "markdown").decode()


def test_sessions_of_a_cycle_are_groups(grouped):
    parts = (
        SessionPart(title="First", transcript="tr_1", turns=(1, 6)),
        SessionPart(title="Second", transcript="tr_2", turns=(7, 12)),
    )
    tables = {table.kind: table for table in group_tables(grouped(6, parts))}
    lines = {line.group: line for line in tables["session"].lines}
    assert lines["First"].coverage["v1"].share == 1
    assert lines["Second"].coverage["v1"].share == 0
    assert lines["First"].people is None


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
def test_reports_show_the_groups(grouped, format):
    told = reports.render(grouped(6), format).decode()
    assert "under 30" in told
    assert "Groups of fewer than 5 people or points are not shown" in told or format == "text"


def test_a_table_of_groups_is_written_with_numbers(grouped):
    rows = list(csv.DictReader(io.StringIO(reports.render(grouped(6), "groups").decode("utf-8-sig")), delimiter="\t"))
    by_group = {row["group"]: row for row in rows}
    assert float(by_group["under 30"]["coverage"]) == 1
    assert float(by_group["over 60"]["minority_share"]) == 0
    assert by_group["over 60"]["people"] == "6"


def test_nothing_without_attributes(make_run, make_variant, reference):
    run = make_run([make_variant("v1", "The market should stay on the square.")], reference=reference)
    assert group_tables(run) == []
    assert "By group" not in reports.render(run, "html").decode()
