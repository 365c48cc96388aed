"""Recaps that go back to those who took part, on SQLite and on PostgreSQL."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from comparia.errors import ConfigurationError, UnknownName
from comparia.records import Mark, Reading, count_marks, now
from comparia.store import open_store
from tests.store.test_database import planned


def reading(run_id, name="r1", **changes):
    at = now()
    return Reading(
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
    store.readings.open(reading(run.id))
    assert [store.readings.enter("r1", token, 2) for token in ("a", "b", "a")] == [1, 2, 1]
    with pytest.raises(ConfigurationError, match="full"):
        store.readings.enter("r1", "c", 2)
    assert (store.readings.reader("r1", "b"), store.readings.reader("r1", "c")) == (2, None)
    store.readings.keep_marks("r1", 1, [mark(1, "disputed", 1, words="No."), mark(1, "missing", words="The bus.")])
    store.readings.keep_marks("r1", 2, [mark(2, "agreed", state="settled")])
    store.readings.keep_marks("r1", 1, [mark(1, "disputed", 0, words="No, no.")])
    assert [(m.reader, m.kind, m.sentence) for m in store.readings.marks("r1")] == [
        (2, "agreed", None),
        (1, "disputed", 0),
    ]
    assert [m.words for m in store.readings.marks("r1", 1)] == ["No, no."]
    decided = store.readings.keep_state("r1", "m1disputed0", "shown", "No, no.")
    assert store.readings.marks("r1", 1) == [decided]
    with pytest.raises(ConfigurationError, match="changed these words"):
        store.readings.keep_state("r1", "m1disputed0", "set_aside", "No.")
    for unknown in (lambda: store.readings.keep_state("r1", "m9", "shown"), lambda: store.readings.reading("r9")):
        with pytest.raises(UnknownName):
            unknown()


def test_phones_that_come_at_once_have_numbers_of_their_own(store, run, url):
    store.readings.open(reading(run.id))
    numbers = []

    def come(name):
        with open_store(url) as own:
            numbers.append(own.readings.enter("r1", name, 20))

    phones = [threading.Thread(target=come, args=(f"t{n}",)) for n in range(8)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_closed_reading_takes_nothing_and_knows_no_phone(store, run):
    store.readings.open(reading(run.id))
    store.readings.enter("r1", "a", 5)
    store.readings.keep_marks("r1", 1, [mark(1, "missing", words="The bus.")])
    closed = store.readings.close("r1")
    assert closed == store.readings.close("r1") == store.readings.reading("r1")
    assert closed.closed_at is not None
    for refused in (lambda: store.readings.keep_marks("r1", 1, []), lambda: store.readings.enter("r1", "b", 5)):
        with pytest.raises(ConfigurationError, match="closed"):
            refused()
    assert (store.readings.reader("r1", "a"), store.readings.opened("r1")) == (None, 1)
    told = store.readings.tell("r1", told=True)
    assert (told.told, told.closed_at) == (True, closed.closed_at)
    late = reading(run.id, "r2", opened_at=now() - timedelta(days=2), closes_at=now() - timedelta(days=1))
    store.readings.open(late)
    with pytest.raises(ConfigurationError, match="closed"):
        store.readings.enter("r2", "a", 5)
    assert store.readings.close("r2").closed_at == late.closes_at
    assert [r.id for r in store.readings.of_run(run.id)] == ["r1", "r2"]


def test_a_run_tells_the_counts_alone_and_only_where_it_is_wanted(store, run):
    store.readings.open(reading(run.id))
    store.readings.enter("r1", "a", 5)
    store.readings.keep_marks("r1", 1, [mark(1, "missing", words="Hippocampe.")])
    assert store.runs.read(run.id).readings == ()
    store.readings.tell("r1", told=True)
    read = store.runs.read(run.id)
    (result,) = read.readings
    assert (result.variant, result.counts.opened, result.counts.missing) == ("v1", 1, 1)
    assert "Hippocampe" not in read.model_dump_json()


def test_erasing_and_purging_leave_nothing(store, run):
    for name in ("r1", "r2"):
        store.readings.open(reading(run.id, name))
        store.readings.enter(name, "a", 5)
    store.readings.keep_marks("r1", 1, [mark(1, "missing", words="The bus.")])
    store.readings.keep_marks("r2", 1, [mark(1, "agreed")])
    store.erase_reading("r1")
    assert [r.id for r in store.readings.of_run(run.id)] == ["r2"]
    store.runs.finish(run.id, "cancelled")
    store.purge(run=run.id)
    with store._engine.connect() as connection:
        for table in ("readings", "readers", "marks"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_counts_have_their_base_and_count_nobody_out():
    marks = [
        mark(1, "agreed", state="settled"),
        mark(2, "agreed", state="settled"),
        mark(2, "disputed", 0, state="set_aside"),
        mark(2, "disputed", 1),
        mark(3, "missing", words="The bus."),
        mark(3, "disputed", 1, state="shown"),
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
    }
    assert count_marks(0, []).silent == 0
