"""The stage on a projector, without scripts: what the room sees, half-written recaps, time to read, what is usual."""

import json
import re
import socket

import pytest

from comparia import library
from comparia.backends import openai_compatible
from comparia.backends.openai_compatible import OpenAICompatible
from comparia.errors import BackendError
from comparia.records import Backend, Message, Request
from tests.fault_server import FaultServer
from tests.web.conftest import words
from tests.web.test_stage import run, settled

RECAP = "The meeting spoke of the library. " * 40
CONTROL = re.compile(r"<(?:form|input|textarea|select)\b")


@pytest.fixture
def server():
    with FaultServer(answer=RECAP) as running:
        yield running


@pytest.fixture
def stage(web, compared):
    """The address of a stage on a comparison of extracts."""
    return web.post(f"{compared}/stage").url.path


def streamed(web, stage):
    """Every message of the stream of a stage, to its end."""
    told = web.get(f"{stage}/events").text
    return [json.loads(line.removeprefix("data: ")) for line in told.splitlines() if line.startswith("data: {")]


def test_the_room_sees_what_the_trainer_looks_at_and_has_nothing_to_press(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    run(web, stage, "Summarise. Be brief.", server, 2)
    room = web.get(f"{stage}?view=audience").text
    assert not CONTROL.search(room)
    assert "<nav" not in room
    assert 'id="now">Version 3<' in room
    assert re.search(r'class="strip".*?<ins>.*?Be brief\.', room, re.DOTALL)
    assert "{{ transcript }}" not in room.split('class="strip"')[1].split("</section>")[0]
    before = web.get(f"{stage}/state").json()["mark"]
    web.get(f"{stage}?v=2&with=1")
    assert web.get(f"{stage}/state").json()["mark"] != before
    room = web.get(f"{stage}?view=audience").text
    assert 'id="now">Version 2<' in room
    assert "From version 1 to version 2" in room
    web.post(f"{stage}/names", data={"text": "Typed."})
    room = web.get(f"{stage}?view=audience").text
    assert "127.0.0.1" not in room
    assert "Typed." not in room  # what is typed and not run is the trainer's


def test_the_mark_of_a_stage_stays_while_nothing_happens(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    assert web.get(f"{stage}/state").json() == web.get(f"{stage}/state").json()
    room = web.get(f"{stage}?view=audience").text
    assert f'data-mark="{web.get(f"{stage}/state").json()["mark"]}"' in room


def test_a_time_to_read_is_on_both_views_until_it_is_taken_back(web, stage):
    assert web.get(f"{stage}/state").json()["left"] is None
    web.post(f"{stage}/countdown", data={"minutes": "3", "version": "1"})
    assert 0 < web.get(f"{stage}/state").json()["left"] <= 180
    for view in ("", "?view=audience"):
        assert re.search(r'id="countdown"[^>]* data-left="\d+"', web.get(f"{stage}{view}").text)
    for odd in ("x", "-3", "1e9", "1.2.3"):
        web.post(f"{stage}/countdown", data={"minutes": odd})
        assert web.get(f"{stage}/state").json()["left"] is None
    web.post(f"{stage}/countdown", data={"minutes": "99999"})
    assert web.get(f"{stage}/state").json()["left"] <= 120 * 60
    web.post(f"{stage}/countdown", data={"minutes": "3", "over": "on"})
    assert web.get(f"{stage}/state").json()["left"] is None


def test_half_written_text_stays_when_a_connection_breaks(web, stage, impatient):
    with FaultServer(answer=RECAP, faults=["cut-connection", "hang"]) as server:
        web.post(f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": f"m@{server.url}"})
        page = until_page(web, stage, 'class="text half"')
        assert "The meeting spoke" in page.split('class="text half"')[1].split("</article>")[0]
        web.post(f"{stage}/stop")
        assert 'class="text half"' in settled(web, stage).text
        web.post(f"{stage}/resume", data={"version": "2"})
        page = settled(web, stage)
    assert 'class="text half"' not in page.text
    assert "1 of 1 recap written." in words(page)


def until_page(web, address, wanted):
    """The text of a page, once it holds something; what a stream sends is on the page too."""
    for _look in range(2000):
        page = web.get(address).text
        if wanted in page or "data-events" not in page:
            return page
    raise AssertionError(f"{address} never held {wanted}")


def test_a_recap_that_breaks_off_for_good_is_shown_as_far_as_it_came_and_never_as_written(web, stage, impatient):
    with FaultServer(answer=RECAP, faults=["cut-connection"] * 3) as server:
        web.post(f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": f"m@{server.url}"})
        messages = streamed(web, stage)
        page = settled(web, stage)
    last = [m for m in messages if m.get("variant") == "v1"][-1]
    assert (last["state"], last["half"]) == ("failed", True)
    assert "The meeting spoke" in last["html"]
    assert "connection broke off" in last["note"]
    assert "ClientPayloadError" not in page.text
    told = words(page)
    assert "0 of 1 recap written." in told
    assert "it is not scored The meeting spoke of the library." in told
    assert "recaps written" not in told
    room = web.get(f"{stage}?view=audience").text
    assert "The meeting spoke" in room
    web.post(f"{stage}/resume", data={"version": "2"})
    assert 'class="text half"' not in settled(web, stage).text


def test_a_version_that_is_stopped_shows_how_far_it_came(web, stage):
    with FaultServer(answer=RECAP, faults=["held"]) as server:
        web.post(f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": f"m@{server.url}"})
        until_page(web, stage, "The meeting spoke")
        web.post(f"{stage}/stop")
        page = settled(web, stage).text
    assert "The meeting spoke" in page.split('data-state="stopped"')[1].split("</article>")[0]
    assert "0 of 1 recap written." in page


def test_what_breaks_off_on_a_hidden_stage_names_nobody(web, stage, impatient):
    web.post(f"{stage}/names", data={"text": "Typed."})
    with FaultServer(answer="By Zephyrine 9B. " + RECAP, faults=["cut-connection"] * 3) as server:
        web.post(f"{stage}/run", data={"known": "1", "text": "A.", "other": f"zephyrine-9b@{server.url}"})
        messages = json.dumps(streamed(web, stage))
        page = settled(web, stage).text
    results = page.split('class="results"')[1]
    assert "The meeting spoke" in results
    for text in (messages, results, web.get(f"{stage}?view=audience").text):
        assert "ephyrine" not in text


def test_seconds_stand_beside_what_is_usual_for_the_model(web, stage, settings):
    with FaultServer(answer=RECAP, latency=0.01) as server:
        run(web, stage, "One.", server, 1)
        run(web, stage, "Two.", server, 2)
        assert set(library.usual_seconds(settings=settings)) == {f"m@{server.url}"}
        server.faults.append("held")
        web.post(f"{stage}/run", data={"known": "3", "text": "Three.", "other": f"m@{server.url}"})
        page = until_page(web, stage, "data-waited")
        assert re.search(r'class="usual">\(usually [\d.]+\s?s\)', page)
        hidden = web.post(f"{stage}/names", data={"text": "Three."}).text
        assert 'class="usual"' not in hidden  # the slower model is known by it
        server.release()
        settled(web, stage)


def test_the_median_is_taken_over_written_recaps_of_models(compared, settings):
    assert library.usual_seconds(settings=settings) == {}  # extracts ask nobody


def test_a_model_server_that_is_not_there_is_said_on_its_column(web, stage, impatient):
    web.post(f"{stage}/run", data={"known": "1", "text": "A.", "other": "m@http://127.0.0.1:9/v1"})
    told = [m for m in streamed(web, stage) if m.get("variant") == "v1"]
    assert "no server answers at http://127.0.0.1:9/v1" in told[-1]["note"]
    settled(web, stage)


async def admitted(*_request):
    """Let every request pass."""


def test_a_server_of_this_machine_that_takes_no_connection_is_given_up_at_once(monkeypatch):
    """A listening socket whose queue is full answers nothing: not even that it refuses."""
    import asyncio

    monkeypatch.setattr(openai_compatible, "LOCAL_CONNECT_TIMEOUT", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        place = full.getsockname()
        callers = [socket.socket() for _n in range(8)]
        try:
            for caller in callers:
                caller.setblocking(False)
                caller.connect_ex(place)
            backend = Backend(
                name="m", kind="openai_compatible", model="m", base_url=f"http://127.0.0.1:{place[1]}/v1", zone="local"
            )

            async def ask():
                adapter = OpenAICompatible(backend, None, admitted)
                try:
                    await adapter.generate(
                        Request(id="rq", backend="m", model="m", messages=(Message(role="user", parts=("x",)),))
                    )
                finally:
                    await adapter.close()

            with pytest.raises(BackendError, match="no server answers") as error:
                asyncio.run(ask())
            assert error.value.kind == "connection"
        finally:
            for caller in callers:
                caller.close()
