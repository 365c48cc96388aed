"""Scorings side by side, and runs written down elsewhere, on SQLite and on PostgreSQL."""

import asyncio

import pytest
import sqlalchemy as sa

from comparia.errors import UnknownName
from comparia.records import Reference, Score
from comparia.store import open_store
from comparia.store import tables as t
from comparia.voting import OpenVote, open_judging
from tests.store.test_database import planned, variant


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


@pytest.fixture
def run(store):
    """A run of two recaps, not scored."""
    run = planned()
    store.runs.start(run)
    for name in ("v1", "v2"):
        asyncio.run(store.runs.add_variant(run.id, variant(name, summary=f"Recap {name}.")))
    store.runs.finish(run.id, "complete")
    return store.runs.read(run.id)


def reference(name):
    return Reference(id=name, origin="reviewed", language="fr", voices=2, key_points=())


def score(value, *names):
    return Score(metric="m", variants=names, value=value, signature="m|version:1")


def test_several_scorings_of_a_run_are_kept_by_name(store, run):
    store.scores.add_scores(run.id, reference("rf_1"), [score(0.1, "v1"), score(0.2, "v2")])
    store.scores.add_scores(run.id, reference("rf_2"), [score(0.3, "v1")], name="strict")
    store.scores.add_scores(run.id, reference("rf_3"), [score(0.4, "v1")], name="strict")
    store.scores.add_scores(run.id, None, [score(0.5, "v1")], name="lenient")
    assert [(s.name, s.reference_id) for s in store.scores.scorings(run.id)] == [
        ("", "rf_1"),
        ("lenient", None),
        ("strict", "rf_3"),
    ]
    assert [s.value for s in store.runs.read(run.id).scores] == [0.1, 0.2]
    strict = store.runs.read(run.id, "strict")
    assert ([s.value for s in strict.scores], strict.reference.id) == ([0.4], "rf_3")
    (line,) = store.runs.lines()
    assert [s.name for s in line.scorings] == ["lenient", "strict"]
    assert store.scores.earlier_reference(run.id) is None  # those of other scorings are not steps of this one
    assert {points.id for _at, points in store.scores.references_of(run.id)} == {"rf_1", "rf_2", "rf_3"}
    with pytest.raises(UnknownName, match="strict"):
        store.runs.read(run.id, "strickt")


def test_a_run_is_scored_when_every_recap_is(store, run):
    def scored():
        return store.runs.lines()[0].scored

    assert not scored()
    store.scores.add_scores(run.id, None, [score(0.1, "v1"), score(0.2, "v2")], name="strict")
    assert not scored()
    store.scores.add_scores(run.id, None, [score(0.1, "v1")])
    assert not scored()
    store.scores.add_scores(run.id, None, [score(0.1, "v1", "v2")])
    assert scored()
    asyncio.run(store.runs.add_variant(run.id, variant("h1", summary="By hand.")))
    assert not scored()
    assert store.runs.lines()[0].arrived == 2  # of the two planned


def test_a_run_that_is_written_down_elsewhere_keeps_scores_and_votes(store, run, tmp_path):
    store.scores.add_scores(run.id, reference("rf_1"), [score(0.1, "v1"), score(0.2, "v2")])
    open_vote = OpenVote(store, run, open_judging(run, ["v1", "v2"], store))

    async def vote():
        _token, voter = open_vote.arrive()
        await open_vote.cast(voter, "A")
        await open_vote.close()
        await open_vote.show_names()

    asyncio.run(vote())
    whole = store.runs.read(run.id)
    keyless = tuple(backend.model_copy(update={"key_variable": ""}) for backend in whole.backends)
    whole = whole.model_copy(update={"backends": keyless})
    with open_store(f"sqlite:///{tmp_path}/there.db") as there:
        assert there.runs.restore(whole)
        assert there.runs.read(run.id) == whole
        assert there.runs.lines()[0].scored
        assert not there.runs.restore(whole)
    store.purge(run=run.id)
    assert store.runs.restore(whole)
    assert store.runs.read(run.id) == whole


def rows(store):
    """Numbers of rows of scores, and what each scoring holds of them."""
    with store._engine.connect() as connection:
        held = connection.execute(sa.select(t.scorings.c.score_numbers).order_by(t.scorings.c.id)).scalars().all()
        return connection.scalar(sa.select(sa.func.count()).select_from(t.scores)), held


def test_a_second_scoring_stores_only_what_changed(store, run):
    scores = [score(n / 100, f"v{n}") for n in range(50)]
    store.scores.add_scores(run.id, None, scores)
    store.scores.add_scores(run.id, None, scores)
    assert rows(store) == (50, ["[[1,50]]", "[[1,50]]"])
    changed = [*scores[:10], score(0.9, "v10"), *scores[11:]]
    store.scores.add_scores(run.id, None, changed)
    assert rows(store)[0] == 51
    assert rows(store)[1][-1] == "[[1,10],[51,51],[12,50]]"
    assert store.runs.read(run.id).scores == tuple(changed)
    store.scores.add_scores(run.id, None, scores[:2], name="strict")
    assert rows(store)[0] == 51
    assert store.runs.read(run.id, "strict").scores == tuple(scores[:2])
    store.scores.add_scores(run.id, None, ())
    assert store.runs.read(run.id).scores == ()


def test_many_scores_are_read_in_their_order(store, run):
    scores = [score(n / 2000, f"v{n}") for n in range(1203)]
    store.scores.add_scores(run.id, None, scores)
    store.scores.add_scores(run.id, None, scores[::-1])
    assert rows(store)[0] == 1203
    assert store.runs.read(run.id).scores == tuple(scores[::-1])


def test_a_scoring_of_an_earlier_version_stays_readable(store, run):
    old = (score(0.1, "v1"), score(0.2, "v2"))
    content = "[" + ",".join(one.model_dump_json() for one in old) + "]"
    row = {"run_id": run.id, "name": "", "at": "2026-11-01T00:00:00+00:00", "content": content}
    with store._engine.begin() as connection:
        connection.execute(t.scorings.insert().values(**row))
    assert store.runs.read(run.id).scores == old
    store.scores.add_scores(run.id, None, (*old[:1], score(0.3, "v2")))
    assert [s.value for s in store.runs.read(run.id).scores] == [0.1, 0.3]


def test_scores_are_purged_with_their_run(store, run):
    store.scores.add_scores(run.id, None, [score(0.1, "v1")])
    store.purge(run=run.id)
    assert rows(store) == (0, [])
