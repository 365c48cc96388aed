"""Batches are on disk before they are sent, are changed as their server tells, and go with their run."""

import json
from datetime import timedelta

import pytest

from comparia.records import Batch, BatchItem, now
from comparia.store import open_store
from tests.store.test_database import planned


@pytest.fixture
def run():
    return planned()


def batch(run, name="bt_1", **more):
    items = (BatchItem(request="rq_1", question="qu_1", parameters={"seed": 2}),)
    about = {"run": run.id, "backend": "m", "items": items, "sha256": "x", "size": 9, "made_at": now()}
    return Batch(id=name, **(about | more))


def test_a_batch_is_kept_as_it_was_last(url, run):
    with open_store(url) as store:
        store.runs.start(run)
        first = batch(run)
        store.batches.keep(first)
        store.batches.keep(first.model_copy(update={"state": "sent", "server_id": "b1"}))
    with open_store(url) as store:
        (read,) = store.batches.of(run.id)
        assert (read.state, read.server_id, read.items) == ("sent", "b1", first.items)
        assert read.in_flight


def test_open_batches_are_those_of_which_the_server_holds_something(url, run):
    with open_store(url) as store:
        store.runs.start(run)
        for n, state in enumerate(("cleared", "read", "sent", "intended")):
            store.batches.keep(batch(run, f"bt_{n}", state=state, made_at=now() - timedelta(hours=n)))
        assert [one.state for one in store.batches.of(run.id)] == ["intended", "sent", "read", "cleared"]
        assert [one.state for one in store.batches.of(run.id, open_only=True)] == ["intended", "sent", "read"]
        store.batches.remove("bt_3")
        assert len(store.batches.of(run.id)) == 3
        assert store.batches.of("another") == []


def test_a_batch_holds_no_text_and_goes_with_its_run(url, run):
    with open_store(url) as store:
        store.runs.start(run)
        kept = batch(run)
        store.batches.keep(kept)
        words = run.transcript.turns[0].text
        assert words
        assert words not in json.dumps(kept.model_dump(mode="json"), ensure_ascii=False)
        store.purge(run=run.id)
        assert store.batches.of(run.id) == []
