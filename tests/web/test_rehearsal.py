"""A stage that was rehearsed: the same prompts wait, and a column whose model is gone shows what it answered then."""

import re
from contextlib import ExitStack

import pytest

from comparia import library
from tests.fault_server import FaultServer
from tests.web.conftest import refusal, words
from tests.web.test_stage import POOR, WHOLE, answer, run

SAID = "The model could not be reached: this is what it answered at the rehearsal."


@pytest.fixture
def stage(web, compared):
    """The address of a stage on a comparison of extracts."""
    return web.post(f"{compared}/stage").url.path


@pytest.fixture
def servers():
    """A model that stays, one that will be gone, and what stops it."""
    with FaultServer(answer=answer) as stays, ExitStack() as stopping:
        goes = stopping.enter_context(FaultServer(answer=answer))
        yield stays, goes, stopping.close


@pytest.fixture
def room(web, stage, servers):
    """The stage for the room, after a rehearsal of two versions with both models."""
    stays, goes, _stop = servers
    others = f"m@{stays.url}\nm@{goes.url}"
    run(web, stage, "Summarise.", stays, 1, other=others)
    run(web, stage, "Summarise. List what only one person said.", stays, 2, other=others)
    made = web.post(f"{stage}/rehearsed")
    assert "ready for the room" in words(made)
    assert made.url.path != stage
    return made.url.path, others


def columns(page):
    """What each column of the version shown says, and whether it is of the rehearsal."""
    recaps = re.findall(r'(?s)<article class="recap" data-state="done".*?</article>', page.text)
    return [(SAID in recap, WHOLE[:40] in recap, POOR in recap) for recap in recaps]


def test_a_model_that_is_gone_is_replaced_by_its_rehearsed_answer_alone(web, room, servers):
    (address, others), (stays, _goes, stop) = room, servers
    page = web.get(address)
    assert "Nothing was run yet" in words(page)
    assert re.search(r">Summarise\.\n\n\{\{ transcript \}\}</textarea>", page.text)  # the first version waits
    assert (
        "only one person" in re.search(r"(?s)<textarea.*?</textarea>", web.get(f"{address}?from=rehearsed-2").text)[0]
    )
    asked = len(stays.bodies)
    stop()
    page = run(web, address, "Summarise. List what only one person said.", stays, 0, other=others)
    assert sorted(columns(page)) == [(False, True, False), (True, True, False)]
    recaps = [
        body for body in stays.bodies[asked:] if b"with JSON alone" not in body
    ]  # it judges the other's recap too
    assert len(recaps) == 1  # the model that is there was asked
    assert re.search(r">Summarise\. List what only one person said\.", page.text)  # the second version waits
    found = library.read_run(_runs(web, address)[0], settings=web.app.state.settings)
    assert found.status == "complete"
    assert [call.cost for variant in found.variants for call in variant.calls if "rehearsed" in variant.warnings] == [
        None
    ]
    assert SAID in words(web.get(f"/runs/{found.id}"))  # wherever the recap is read


def test_words_that_were_not_rehearsed_are_not_made_up(web, room, servers):
    (address, others), (stays, _goes, stop) = room, servers
    stop()
    page = run(web, address, "Summarise, in one line.", stays, 0, other=others)
    assert columns(page) == [(False, False, True)]
    assert "Ask again for what is missing" in words(page)


def test_a_server_that_answers_is_heard(web, room, servers):
    (address, others), (stays, _goes, _stop) = room, servers
    page = run(web, address, "Summarise.", stays, 0, other=others)
    assert columns(page) == [(False, False, True)] * 2


def test_without_a_rehearsal_nothing_stands_in(web, stage, servers):
    stays, goes, stop = servers
    others = f"m@{stays.url}\nm@{goes.url}"
    run(web, stage, "Summarise.", stays, 1, other=others)
    stop()
    page = run(web, stage, "Summarise.", stays, 2, other=others)
    assert columns(page) == [(False, False, True)]


def test_extracts_alone_rehearse_nothing(web, stage):
    assert "no model has answered" in refusal(web.post(f"{stage}/rehearsed"))


def test_a_rehearsal_leaves_with_its_runs(web, room):
    address, _others = room
    with library.workbench(web.app.state.settings) as bench:
        rehearsed = bench.stage(address.split("/")[2]).rehearsed
    for name in rehearsed:
        library.purge(run=name, settings=web.app.state.settings)
    assert web.get(address).status_code == 404


def _runs(web, address):
    with library.workbench(web.app.state.settings) as bench:
        return bench.stage(address.split("/")[2]).runs
