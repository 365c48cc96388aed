"""Recaps that go back to those who took part, on SQLite and on PostgreSQL."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from comparia.errors import ConfigurationError, UnknownName
from comparia.records import Mark, MemberCheck, count_marks, now
from comparia.store import open_store
from tests.store.test_database import planned


def member_check(run_id, name="r1", **changes):
    at = now()
    return MemberCheck(
        id=name,
        run=run_id,
        variant="v1",
        title="T",
        language="en",
        sentences=("One.", "Two."),
        **{"opened_at": at, "closes_at": at + timedelta(minutes=10), **changes},
    )


def mark(reader, kind, sentence=None, **changes):
    return Mark(id=f"m{reader}{kind}{sentence}", reader=reader, kind=kind, sentence=sentence, at=now(), **changes)


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


@pytest.fixture
def run(store):
    run = planned()
    store.runs.start(run)
    return run


def test_phones_and_their_marks_are_kept_and_changed(store, run):
    store.member_checks.open(member_check(run.id))
    assert [store.member_checks.enter("r1", token, 2) for token in ("a", "b", "a")] == [1, 2, 1]
    with pytest.raises(ConfigurationError, match="full"):
        store.member_checks.enter("r1", "c", 2)
    assert (store.member_checks.reader("r1", "b"), store.member_checks.reader("r1", "c")) == (2, None)
    store.member_checks.keep_marks("r1", 1, [mark(1, "disputed", 1, words="No."), mark(1, "missing", words="The bus.")])
    store.member_checks.keep_marks("r1", 2, [mark(2, "agreed", state="settled")])
    store.member_checks.keep_marks("r1", 1, [mark(1, "disputed", 0, words="No, no.")])
    assert [(m.reader, m.kind, m.sentence) for m in store.member_checks.marks("r1")] == [
        (2, "agreed", None),
        (1, "disputed", 0),
    ]
    assert [m.words for m in store.member_checks.marks("r1", 1)] == ["No, no."]
    decided = store.member_checks.keep_state("r1", "m1disputed0", "shown", "No, no.")
    assert store.member_checks.marks("r1", 1) == [decided]
    with pytest.raises(ConfigurationError, match="changed these words"):
        store.member_checks.keep_state("r1", "m1disputed0", "set_aside", "No.")
    for unknown in (
        lambda: store.member_checks.keep_state("r1", "m9", "shown"),
        lambda: store.member_checks.check("r9"),
    ):
        with pytest.raises(UnknownName):
            unknown()


def test_phones_that_come_at_once_have_numbers_of_their_own(store, run, url):
    store.member_checks.open(member_check(run.id))
    numbers = []

    def come(name):
        with open_store(url) as own:
            numbers.append(own.member_checks.enter("r1", name, 20))

    phones = [threading.Thread(target=come, args=(f"t{n}",)) for n in range(8)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_closed_member_check_takes_nothing_and_knows_no_phone(store, run):
    store.member_checks.open(member_check(run.id))
    store.member_checks.enter("r1", "a", 5)
    store.member_checks.keep_marks("r1", 1, [mark(1, "missing", words="The bus.")])
    closed = store.member_checks.close("r1")
    assert closed == store.member_checks.close("r1") == store.member_checks.check("r1")
    assert closed.closed_at is not None
    for refused in (
        lambda: store.member_checks.keep_marks("r1", 1, []),
        lambda: store.member_checks.enter("r1", "b", 5),
    ):
        with pytest.raises(ConfigurationError, match="closed"):
            refused()
    assert (store.member_checks.reader("r1", "a"), store.member_checks.opened("r1")) == (None, 1)
    told = store.member_checks.tell("r1", told=True)
    assert (told.told, told.closed_at) == (True, closed.closed_at)
    late = member_check(run.id, "r2", opened_at=now() - timedelta(days=2), closes_at=now() - timedelta(days=1))
    store.member_checks.open(late)
    with pytest.raises(ConfigurationError, match="closed"):
        store.member_checks.enter("r2", "a", 5)
    assert store.member_checks.close("r2").closed_at == late.closes_at
    assert [r.id for r in store.member_checks.of_run(run.id)] == ["r1", "r2"]


def test_a_run_tells_the_counts_alone_and_only_where_it_is_wanted(store, run):
    store.member_checks.open(member_check(run.id))
    store.member_checks.enter("r1", "a", 5)
    store.member_checks.keep_marks("r1", 1, [mark(1, "missing", words="Hippocampe.")])
    assert store.runs.read(run.id).member_checks == ()
    store.member_checks.tell("r1", told=True)
    read = store.runs.read(run.id)
    (result,) = read.member_checks
    assert (result.variant, result.counts.opened, result.counts.missing) == ("v1", 1, 1)
    assert "Hippocampe" not in read.model_dump_json()


def test_erasing_and_purging_leave_nothing(store, run):
    for name in ("r1", "r2"):
        store.member_checks.open(member_check(run.id, name))
        store.member_checks.enter(name, "a", 5)
    store.member_checks.keep_marks("r1", 1, [mark(1, "missing", words="The bus.")])
    store.member_checks.keep_marks("r2", 1, [mark(1, "agreed")])
    store.erase_member_check("r1")
    assert [r.id for r in store.member_checks.of_run(run.id)] == ["r2"]
    store.runs.finish(run.id, "cancelled")
    store.purge(run=run.id)
    with store._engine.connect() as connection:
        for table in ("member_checks", "readers", "marks"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_counts_have_their_base_and_count_nobody_out():
    marks = [
        mark(1, "agreed", state="settled"),
        mark(2, "agreed", state="settled"),
        mark(2, "disputed", 0, state="set_aside"),
        mark(2, "disputed", 1),
        mark(3, "missing", words="The bus."),
        mark(3, "disputed", 1, state="shown", by_file=True),
    ]
    counts = count_marks(6, marks)
    assert counts.model_dump() == {
        "opened": 6,
        "agreed": 1,
        "agreed_but": 1,
        "disputed": 2,
        "missing": 1,
        "silent": 3,
        "set_aside": 1,
        "waiting": 2,
        "by_file": 1,
    }
    assert count_marks(0, []).silent == 0
