"""Votes, tags, stages and recordings, on SQLite and on PostgreSQL."""

import asyncio

import pytest
import sqlalchemy as sa

from comparia.errors import UnknownName
from comparia.records import Asked, Completion, Stage, now
from comparia.store import open_store
from comparia.voting import OpenVote, change_tags, open_judging, tags_of
from tests.store.test_database import planned, variant


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


@pytest.fixture
def run(store):
    """A run of three recaps."""
    run = planned(repeats=2)
    store.runs.start(run)
    for name in ("v1", "v2", "v3"):
        asyncio.run(store.runs.add_variant(run.id, variant(name, summary=f"Recap {name}.")))
    store.runs.finish(run.id, "complete")
    return store.runs.read(run.id)


def test_two_hundred_voters_at_once_are_all_kept_and_their_votes_too(store, run):
    open_vote = OpenVote(store, run, open_judging(run, ["v1", "v2", "v3"], store))

    async def voter(n):
        _token, voter = open_vote.arrive()
        ballot = await open_vote.cast(voter, "ABC"[n % 3])
        if n % 5 == 0:
            assert (await open_vote.cast(voter, "all_good")).voter == ballot.voter
        return ballot.voter

    async def room():
        found = await asyncio.gather(*(voter(n) for n in range(200)))
        await open_vote.close()
        return found, await open_vote.show_names()

    voters, closed = asyncio.run(room())
    assert sorted(voters) == list(range(1, 201))
    assert len(closed.ballots) == 200
    assert sum(ballot.choice == "all_good" for ballot in closed.ballots) == 40
    assert store.votes.voters(closed.id) == []
    assert store.runs.read(run.id).judgings == (closed,)


def test_a_booth_that_is_opened_again_knows_its_voters(store, run):
    judging = open_judging(run, ["v1", "v2"], store)

    async def before():
        open_vote = OpenVote(store, run, judging)
        token, voter = open_vote.arrive()
        await open_vote.cast(
            voter, "B", remarks=[("A", "lost_nuance", ""), ("B", "nobody", ""), ("Z", "lost_nuance", "")]
        )
        return token, voter

    token, voter = asyncio.run(before())
    again = OpenVote(store, run, judging)
    assert again.known(token) == voter._replace(number=1)
    assert again.known("somebody else's") is None
    assert (again.came, again.voted) == (1, 1)
    assert [(r.variant, r.tag) for r in again.said(voter).remarks] == [(voter.order[0], "lost_nuance")]
    token, late = again.arrive()
    assert (again.known(token), late.number, again.came) == (late, 0, 2)  # who reads is counted when they come back
    assert OpenVote(store, run, judging).known(token) == late  # after a restart too, in the same order
    assert again.known(token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    assert asyncio.run(again.cast(late, "A")).voter == 2


def test_ballots_are_told_only_once_it_is_closed(store, run):
    judging = open_judging(run, ["v1", "v2"], store)
    open_vote = OpenVote(store, run, judging)

    async def vote():
        _token, voter = open_vote.arrive()
        await open_vote.cast(voter, "unknown")

    asyncio.run(vote())
    assert store.votes.judging(judging.id).ballots == ()
    store.votes.close(judging.id)
    first = store.votes.judging(judging.id)
    assert len(first.ballots) == 1
    store.votes.close(judging.id)
    assert store.votes.judging(judging.id) == first  # closing again moves nothing
    with pytest.raises(UnknownName):
        store.votes.judging("nobody")


def test_tags_keep_their_order_and_none_is_lost(store):
    first = tags_of(store)
    change_tags(store, list(first[1:]), [("neuve", "new", True)])
    kept = tags_of(store)
    assert [tag.id for tag in kept[:7]] == [tag.id for tag in first]
    assert kept[0].archived
    assert (kept[7].fr, kept[7].en, kept[7].good) == ("neuve", "new", True)


def test_a_stage_is_kept_and_loses_what_is_purged(store, run):
    other = planned()
    store.runs.start(other)
    said = Asked(kind="critique", of=other.id, backend="m", at=now(), text="Said.")
    stage = Stage(id="s1", title="T", created_at=now(), runs=(run.id, other.id), asked=(said,))
    store.workbench.keep_stage(stage)
    assert store.workbench.stages() == [stage]
    store.purge(run=other.id)
    assert store.workbench.stage("s1").runs == (run.id,)
    assert store.workbench.stage("s1").asked == ()
    store.purge(run=run.id)
    with pytest.raises(UnknownName):
        store.workbench.stage("s1")


def test_a_purged_run_takes_votes_and_voters(store, run):
    judging = open_judging(run, ["v1", "v2"], store)
    open_vote = OpenVote(store, run, judging)

    async def vote():
        _token, voter = open_vote.arrive()
        await open_vote.cast(voter, "A")
        open_vote.arrive()

    asyncio.run(vote())
    store.purge(run=run.id)
    with store._engine.connect() as connection:
        for table in ("judgings", "voters", "ballots"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0


def test_a_recorded_run_is_written_down_elsewhere_whole(store, run, tmp_path):
    answer = Completion(text="An answer.", rhythm=((10, 3), (90, 10)))
    asyncio.run(store.answers.add_completion(run.id, "rq", "qu", "m", answer))
    there = open_store(f"sqlite:///{tmp_path}/there.db")
    there.runs.restore(run, store.answers.recorded(run.id))
    there.runs.restore(run, store.answers.recorded(run.id))  # twice is once
    read = there.runs.read(run.id)
    assert read.variants == run.variants
    assert read.status == "complete"
    assert there.answers.by_question(run.id, "m") == {"qu": answer}
    there.close()
