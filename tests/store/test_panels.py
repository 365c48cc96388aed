"""Panels, their raters and ratings, on SQLite and on PostgreSQL."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from comparia.errors import ConfigurationError, UnknownName
from comparia.records import KeyPoint, Panel, PanelItem, Quote, Rating, Reference, now
from comparia.store import open_store
from comparia.store.panels import Held
from tests.store.test_database import planned

POINT = KeyPoint(id="P1", text="The bus is late.", said=(Quote(turn=1, speaker="s1", words="late"),))


def panel(run_id, name="p1", **changes):
    at = now()
    given = {
        "items": (PanelItem(id="i01", variants=("v1",), point="P1", point_text=POINT.text, nearest=(0,)),),
        "texts": {"v1": ("One.", "Two.")},
        "wanted": 2,
        "agreeing": 2,
        "opened_at": at,
        "closes_at": at + timedelta(days=7),
    }
    return Panel(
        id=name, code=f"code{name}", run=run_id, kind="verdicts", title="T", language="en", **{**given, **changes}
    )


def rating(rater, item="i01", answer="kept", **changes):
    return Rating(rater=rater, item=item, answer=answer, shown=("v1",), at=now(), **{"position": 1, **changes})


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


@pytest.fixture
def run(store):
    run = planned()
    store.runs.start(run)
    return run


def test_raters_hold_an_item_until_they_rate_it(store, run):
    store.panels.open(panel(run.id))
    assert [store.panels.enter("p1", token, 2) for token in ("a", "b", "a")] == [1, 2, 1]
    with pytest.raises(ConfigurationError):
        store.panels.enter("p1", "c", 2)
    held = Held("i01", ("v1",), now())
    assert store.panels.hold("p1", 1, lambda *_known: held) == held
    assert store.panels.hold("p1", 2, lambda _ratings, known: known[1]) == held == store.panels.held("p1", 2)
    store.panels.rate("p1", rating(1))
    assert (store.panels.held("p1", 1), store.panels.held("p1", 2)) == (None, held)
    store.panels.rate("p1", rating(1, answer="absent"))
    assert [r.answer for r in store.panels.ratings("p1")] == ["absent"]
    assert store.panels.hold("p1", 2, lambda ratings, _known: None if ratings else held) is None
    with pytest.raises(UnknownName):
        store.panels.panel("p9")


def test_raters_that_begin_at_once_get_numbers_of_their_own(store, run, url):
    store.panels.open(panel(run.id))
    numbers = []

    def enter(name):
        with open_store(url) as own:
            numbers.append(own.panels.enter("p1", name, 20))

    threads = [threading.Thread(target=enter, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))


def test_a_closed_panel_takes_nothing_and_forgets_its_tokens(store, run):
    store.panels.open(panel(run.id))
    store.panels.enter("p1", "a", 5)
    store.panels.hold("p1", 1, lambda *_any: Held("i01", ("v1",), now()))
    store.panels.rate("p1", rating(1))
    assert store.panels.change("p1", port=8421, set_aside=(1,)).port == 8421
    closed = store.panels.close("p1")
    assert closed == store.panels.close("p1") == store.panels.panel("p1")
    assert (closed.port, closed.set_aside) == (8421, (1,))
    for refused in (
        lambda: store.panels.rate("p1", rating(1)),
        lambda: store.panels.enter("p1", "b", 5),
        lambda: store.panels.hold("p1", 1, lambda *_any: None),
    ):
        with pytest.raises(ConfigurationError, match="closed"):
            refused()
    assert store.panels.rater("p1", "a") is None
    assert store.panels.raters("p1") == len(store.panels.ratings("p1")) == 1
    with store._engine.connect() as connection:
        assert connection.execute(sa.text("SELECT token, held FROM raters")).all() == [(None, None)]
    assert store.panels.change("p1", settled_at=closed.closed_at).closed_at == closed.closed_at


def test_a_panel_whose_time_is_over_closes_at_that_time(store, run):
    over = now() - timedelta(minutes=1)
    store.panels.open(panel(run.id, closes_at=over))
    assert store.panels.close("p1").closed_at == over


def test_panels_leave_with_their_run_or_alone(store, run):
    other = planned().model_copy(update={"id": "20261008-190000-ffff"})
    store.runs.start(other)
    for name, run_id in (("p1", run.id), ("p2", run.id), ("p3", other.id)):
        store.panels.open(panel(run_id, name))
        store.panels.enter(name, "a", 5)
        store.panels.rate(name, rating(1))
    assert {p.id for p in store.panels.of_run(run.id)} == {"p1", "p2"}
    store.erase_panel("p1")
    store.purge(run=run.id)
    assert [p.id for p in store.panels.all()] == ["p3"]
    with store._engine.connect() as connection:
        for table in ("raters", "ratings"):
            rows = connection.execute(sa.text(f"SELECT panel_id FROM {table}")).scalars().all()
            assert rows == ["p3"]


def test_a_settled_verdict_says_whether_a_panel_settled_it(store, run):
    reference = Reference(id="rf", origin="reviewed", language="en", voices=2, key_points=(POINT,))
    store.workbench.settle(run.id, POINT, "v1", "kept", panel="p1")
    store.workbench.settle(run.id, POINT, "v2", "absent")
    assert store.workbench.settled(run.id, reference) == {("P1", "v1"): "kept", ("P1", "v2"): "absent"}
    assert store.workbench.settled_by_panels(run.id, reference) == {("P1", "v1"): "p1"}
    store.workbench.settle(run.id, POINT, "v1", "partly")  # a person settles it otherwise
    assert store.workbench.settled_by_panels(run.id, reference) == {}
