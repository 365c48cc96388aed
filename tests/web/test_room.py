"""The room as phones and the trainer meet it: one code for all votes, two beats of a reveal, and devices that misbehave."""

import asyncio
import json
import re
import subprocess
import sys

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from comparia import library
from comparia.records import Backend, Item, Judging, Stage, Variant, now
from comparia.reports.exchange import run_from_json
from comparia.web.app import create_app
from comparia.web.networks import Address, firewall, ordered
from comparia.web.pacing import Buckets
from comparia.web.room import Paced
from tests.web.conftest import PORT, refusal, words


@pytest.fixture
def run(settings, make_run):
    """A stored run of three recaps."""
    texts = ("The market stays.", "A trader opposes it.", "Eight spaces are needed.")
    variants = [
        Variant(id=f"v{n}", prompt=None, backend="m", author="model", summary=text, finished_at=now())
        for n, text in enumerate(texts, start=1)
    ]
    run = make_run(tuple(variants))
    with library.open_store(settings) as store:
        store.runs.start(run)
        store.runs.finish(run.id, "complete")
    return run


def application(settings, **options):
    app = create_app(settings, port=PORT, **{"room_host": "127.0.0.1", **options})
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"accept-language": "en"})


@pytest.fixture
def web(settings, run):
    with application(settings) as client:
        yield client


def begun(web, run, *variants, **fields):
    """The address of a blind vote that was just opened."""
    chosen = {"variant": variants or ["v1", "v2", "v3"], "same_letters": "on", **fields}
    return web.post(f"/runs/{run.id}/votes", data=chosen).url.path


def phone(web, address="127.0.0.1"):
    """A phone before the room, which asks from an address of its own."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{web.app.state.audience.port}",
        follow_redirects=True,
        headers={"accept-language": "en"},
        transport=httpx.HTTPTransport(local_address=address),
    )


def shown(client, code):
    return client.get(f"/{code}/state").json()["shown"]


def test_phones_wait_and_get_each_vote_under_one_code(web, run):
    web.post("/room", data={"expected": "40"})
    code = web.app.state.audience.code
    with phone(web) as client:
        entered = client.post("/", data={"code": code.lower()})
        assert "You are in the room" in entered.text
        assert 'http-equiv="refresh"' in entered.text  # without a script too
        marks = [shown(client, code)]
        for question in ("Which one is clearer?", "Which one is fairer?"):
            vote = begun(web, run, question=question)  # phones get it without anything else being done
            marks.append(shown(client, code))
            assert question in client.get(f"/{code}").text
            thanked = client.post(f"/{code}", data={"answer": "B"})
            assert "Thank you" in thanked.text
            assert "The next vote comes here by itself" in thanked.text
            assert "Recap B is better" in thanked.text
            web.post(f"{vote}/close")
            marks.append(shown(client, code))
            assert "The vote is closed. Look at the screen." in client.get(f"/{code}").text
            web.post(f"{vote}/names")
            marks.append(shown(client, code))
        assert len(set(marks)) == len(marks)  # a page that shows another mark loads itself again
        assert client.get("/").url.path == f"/{code}"  # who is in does not type it again
        lost = client.get("/votes/0123/ballot")
        assert (lost.status_code, "The code on the screen" in lost.text) == (404, True)
    history = words(web.get("/room"))
    assert history.index("Which one is fairer?") < history.index("Which one is clearer?")
    assert history.count("1 vote · names shown") == 2


def test_the_screen_says_how_many_are_still_reading(web, run):
    web.post("/room", data={"expected": "2"})
    code = web.app.state.audience.code
    vote = begun(web, run)
    with phone(web) as reads, phone(web, "127.0.0.3") as votes:
        for number, client in enumerate((reads, votes)):
            client.get(f"/{code}")
            client.get(f"/{code}/state?here=phone{number}")  # what the page of a phone asks while it is read
        assert "2 phones are in the room. 2 are still reading." in words(web.get(f"{vote}/watch"))
        votes.post(f"/{code}", data={"answer": "B"})
        assert "1 is still reading." in words(web.get(f"{vote}/watch"))
        assert web.get(f"{vote}/state").json() == {"came": 2, "voted": 1, "closed": False}
        with phone(web, "127.0.0.4") as preview:  # without what the ballot gives a browser, nobody came
            preview.get(f"/{code}/state?here=other")
        assert web.get(f"{vote}/state").json()["came"] == 2


def test_a_ballot_of_a_vote_that_is_over_is_not_counted_for_the_next(web, run):
    web.post("/room")
    code = web.app.state.audience.code
    first = begun(web, run)
    with phone(web) as client:
        stale = re.search(r'name="of" value="(\w+)"', client.get(f"/{code}").text)[1]
        web.post(f"{first}/close")
        second = begun(web, run, "v1", "v2")
        client.get(f"/{code}")
        late = client.post(f"/{code}", data={"answer": "A", "of": stale})
        assert "That vote is over. Here is the one that is open now." in late.text
    assert web.get(f"{second}/state").json()["voted"] == 0


def test_an_open_vote_keeps_the_phones_until_it_is_put_in_its_place(web, run):
    web.post("/room")
    code = web.app.state.audience.code
    begun(web, run, question="First?")
    second = begun(web, run, question="Second?")
    with phone(web) as client:
        assert "First?" in client.get(f"/{code}").text
        assert "Put this vote before the phones" in web.get(second).text
        web.post(f"{second}/room")
        assert "Second?" in client.get(f"/{code}").text


def test_a_restarted_program_is_at_the_same_address_and_knows_its_phones(settings, run):
    with application(settings) as web:
        vote = begun(web, run)
        web.post(f"{vote}/room")
        code, port = web.app.state.audience.code, web.app.state.audience.port
        with phone(web) as client:
            client.get(f"/{code}")
            client.post(f"/{code}", data={"answer": "C"})
            cookies = {cookie.name: cookie.value for cookie in client.cookies.jar}
        with phone(web) as reader:
            reading = reader.get(f"/{code}").text
            read_cookies = {cookie.name: cookie.value for cookie in reader.cookies.jar}
    with application(settings) as web:
        assert (web.app.state.audience.code, web.app.state.audience.port) == (code, port)  # nobody opened it
        with phone(web) as client:
            client.cookies.update(cookies)
            assert "Recap C is better" in client.get(f"/{code}").text
        with phone(web) as reader:  # who only read was not stored, and finds the same recaps in the same order
            reader.cookies.update(read_cookies)
            assert reader.get(f"/{code}").text == reading
        web.post("/room/close")
        with (
            phone(web)
            if web.app.state.audience.is_open
            else httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"accept-language": "en"}) as client
        ):
            assert "The room is closed" in client.get(f"/{code}").text  # phones learn it for a while
            assert client.get(f"/{code}/state").json() == {"shown": "over"}
        web.post("/room")
        assert (web.app.state.audience.code, web.app.state.audience.port) == (code, port)
    with application(settings) as web:
        web.post("/room/close")
    with application(settings) as web:
        assert not web.app.state.audience.is_open  # the trainer closed it


def test_a_port_that_is_taken_is_said_and_another_one_is_used(settings, run):
    import socket

    with application(settings) as web:
        web.post("/room")
        code, port = web.app.state.audience.code, web.app.state.audience.port
    with socket.socket() as other, application(settings, room_port=None) as web:
        web.post("/room/close")
        web.portal.call(web.app.state.audience.stop)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection of before may linger
        other.bind(("127.0.0.1", port))
        other.listen()
        page = words(web.post("/room"))
        assert web.app.state.audience.code == code
        assert f"Port {port} is used by another program" in page
        assert f"the room is at port {web.app.state.audience.port}" in page
        web.post("/room/close")
        web.portal.call(web.app.state.audience.stop)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with application(settings, room_port=other.getsockname()[1]) as web:
            refused = web.post("/room")  # a port that was asked for is not replaced by another
            assert "--room-port" in refusal(refused)


def test_the_results_come_by_letter_and_the_names_at_a_second_click(web, run):
    vote = begun(web, run)
    web.post(f"{vote}/room")
    code = web.app.state.audience.code
    for n, answer in enumerate(["all_bad", "all_bad", "all_bad", "A", "B"]):
        with phone(web, f"127.0.0.{n + 2}") as client:
            client.get(f"/{code}")
            client.post(f"/{code}", data={"answer": answer})
    asked = words(web.get(vote))
    assert "Close the vote…" in asked  # the close is confirmed
    results = web.post(f"{vote}/close")
    said = words(results)
    assert "3 of 5 voters found them all bad." in said
    rows = re.findall(
        r'<th scope="row">([^<]+)</th><td[^>]*><span class="share"><span class="value">([^<]+)', results.text
    )
    assert rows[:3] == [("They are all bad", "3 of 5"), ("Recap A", "1 of 5"), ("Recap B", "1 of 5")]
    assert "free-marginal kappa, Randolph 2005" in said
    assert "Who wrote what" not in said
    assert web.post(f"{vote}/reopen").url.path == vote
    assert web.get(f"{vote}/state").json()["closed"] is False
    with phone(web, "127.0.0.9") as client:
        client.get(f"/{code}")
        assert "Thank you" in client.post(f"/{code}", data={"answer": "B"}).text
    assert "Close the vote first." in refusal(web.post(f"{vote}/names"))
    web.post(f"{vote}/close")
    assert "Who wrote what" in words(web.post(f"{vote}/names"))
    assert "cannot be opened again" in refusal(web.post(f"{vote}/reopen"))
    assert len(library.read_run(run.id, settings=web.app.state.settings).judgings[0].ballots) == 6


def test_votes_of_one_device_are_shown_and_set_aside_by_a_person_alone(web, run):
    vote = begun(web, run)
    web.post(f"{vote}/room", data={"expected": "3"})
    code = web.app.state.audience.code
    for n in range(3):
        with phone(web, f"127.0.0.{n + 2}") as client:
            client.get(f"/{code}")
            client.post(f"/{code}", data={"answer": "A"})
    assert "come from one device" not in words(web.get(vote))
    for _n in range(9):
        with phone(web, "127.0.0.9") as stuffing:
            stuffing.get(f"/{code}")
            stuffing.post(f"/{code}", data={"answer": "B"})
    page = web.get(f"{vote}/watch")
    assert "9 votes of 12 come from one device, or from phones that share one connection." in words(page)
    assert "More votes than people: 12 votes, 3 expected." in words(page)
    assert "127.0.0.9" not in page.text
    device = re.search(r'name="device" value="(\w+)"', page.text)[1]
    aside = words(web.post(f"{vote}/aside", data={"device": device}))
    assert "9 votes of 12 are set aside" in aside
    assert "More votes than people" not in aside
    results = words(web.post(f"{vote}/close"))
    assert "Recap A 3 of 3" in results
    back = words(web.post(f"{vote}/aside"))
    assert "Recap B 9 of 12" in back
    web.post(f"{vote}/aside", data={"device": device})
    web.post(f"{vote}/names")
    stored = library.read_run(run.id, settings=web.app.state.settings)
    assert (len(stored.judgings[0].ballots), len(stored.judgings[0].set_aside)) == (12, 9)
    assert (
        len(library.render(stored, "votes").splitlines()) == 6
    )  # three voters, the two pairs of which they said something
    assert "cannot be changed" in refusal(web.post(f"{vote}/aside"))


@pytest.fixture
def versions(settings, run, web):
    """A stage of two versions, of which each has one recap by the same model."""
    runs = []
    for number in (1, 2):
        text = f"Version {number}, by zephyrine-9b: the market stays."
        variant = Variant(id="v1", prompt=f"pr_{number}", backend="zephyrine-9b", summary=text, finished_at=now())
        prompt = run.prompts[0].model_copy(update={"id": f"pr_{number}", "name": f"Cendre {number}"})
        backend = Backend(name="zephyrine-9b", kind="openai_compatible", model="zephyrine-9b")
        changed = {"id": f"20261201-10000{number}-abcd", "variants": (variant,), "prompts": (prompt,)}
        runs.append(run.model_copy(update={**changed, "backends": (backend,)}))
        with library.open_store(settings) as store:
            store.runs.start(runs[-1])
            store.runs.finish(runs[-1].id, "complete")
    with library.open_store(settings) as store:
        ids = tuple(version.id for version in runs)
        store.workbench.keep_stage(Stage(id="s1", title="T", created_at=now(), runs=ids))
    return runs


def test_two_versions_of_one_model_are_put_to_the_vote(web, versions, settings):
    page = web.get("/stages/s1").text
    names = re.findall(r'name="variant" value="([\w:-]+)" checked', page)
    assert names == [f"{version.id}:v1" for version in reversed(versions)]
    chosen = {"variant": names, "question": "Which version would you send?", "same_letters": "on"}
    vote = web.post("/stages/s1/votes", data=chosen).url.path
    web.post(f"{vote}/room")
    code = web.app.state.audience.code
    with phone(web) as client:
        ballot = client.get(f"/{code}").text
        assert "Which version would you send?" in ballot
        assert not re.search("zephyrine|cendre|20261201", ballot, re.IGNORECASE)
        letter = next(
            "AB"[n] for n, text in enumerate(ballot.split('<article class="recap"')[1:]) if "Version 2" in text
        )
        client.post(f"/{code}", data={"answer": letter, "tag": [f"{letter}:lost_nuance"]})
    results = web.post(f"{vote}/close").text
    assert not re.search("zephyrine|cendre", results, re.IGNORECASE)
    said = words(web.post(f"{vote}/names"))
    assert "zephyrine-9b · Cendre 2 1 of 1" in said
    assert "zephyrine-9b · Cendre 1 0 of 1" in said
    rows = [json.loads(line) for line in web.get(f"{vote}/votes.jsonl").text.splitlines()]
    assert len(rows) == 1
    better, other = ("a", "b") if rows[0]["choice"] == "a_better" else ("b", "a")
    assert "Version 2" in json.dumps(rows[0][f"response_{better}"])
    assert "Version 1" in json.dumps(rows[0][f"response_{other}"])
    read = library.read_run(versions[1].id, settings=settings)
    assert [item.run for item in read.judgings[0].items].count(versions[0].id) == 1
    again = run_from_json(library.render(read, "json"))
    assert again.judgings == read.judgings
    web.post(f"/runs/{versions[0].id}/forget")  # of which the vote shows a recap
    assert web.get(vote).status_code == 404
    assert library.judgings_of(versions[1].id, settings=settings) == []


def test_recaps_of_two_comparisons_of_one_session_are_in_one_vote(web, run, versions):
    assert "?others=1#voting" in web.get(f"/runs/{run.id}").text
    page = web.get(f"/runs/{run.id}?others=1").text
    assert f'value="{versions[0].id}:v1"' in page
    vote = begun(web, run, "v1", f"{versions[0].id}:v1", f"{run.id}:v2")
    assert web.get(f"{vote}/ballot").text.count('<article class="recap"') == 3
    assert refusal(web.post(f"/runs/{run.id}/votes", data={"variant": ["v1", f"{run.id}:v1"]}))  # one recap twice


def test_recaps_of_two_sessions_are_in_no_vote(web, run, make_run, settings):
    other = make_run(())
    turns = (
        other.transcript.turns[0].model_copy(update={"text": "Quite another session."}),
        *other.transcript.turns[1:],
    )
    transcript = other.transcript.model_copy(update={"turns": turns, "id": "tr_0123456789abcdef"})
    variant = Variant(id="v1", prompt=None, backend="m", summary="Another.", finished_at=now())
    other = other.model_copy(update={"id": "20261202-100000-abcd", "transcript": transcript, "variants": (variant,)})
    with library.open_store(settings) as store:
        store.runs.start(other)
    refused = refusal(web.post(f"/runs/{run.id}/votes", data={"variant": ["v1", f"{other.id}:v1"]}))
    assert "recaps of one session" in refused


def test_a_vote_of_an_earlier_version_is_read():
    old = {"id": "j", "run": "r", "variants": ["v1", "v2"], "opened_at": now(), "closed_at": now()}
    judging = Judging.model_validate(old)
    assert judging.items == (Item(run="r", variant="v1"), Item(run="r", variant="v2"))
    assert judging.named_at == judging.closed_at  # its authors were shown when it was closed
    assert Judging.model_validate_json(judging.model_dump_json()) == judging
    still_open = Judging.model_validate({**old, "closed_at": None})
    assert still_open.named_at is None


def test_looking_takes_no_place_and_leaves_nothing(web, run, settings):
    vote = begun(web, run)
    web.post(f"{vote}/room")
    code = web.app.state.audience.code
    with phone(web, "127.0.0.9") as script:
        for _n in range(250):
            script.cookies.clear()
            assert script.get(f"/{code}").status_code == 200
    assert web.get(f"{vote}/state").json() == {"came": 0, "voted": 0, "closed": False}
    with library.open_store(settings) as store:
        assert store.votes.voters(vote.split("/")[2]) == []


def test_a_device_that_floods_the_room_is_answered_without_any_work():
    worked, statuses = [], []

    async def page(scope, _receive, send):
        worked.append(scope["client"])
        await PlainTextResponse("x")(scope, None, send)

    async def told(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def flood(paced, host, times):
        for _n in range(times):
            scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (host, 1)}
            await paced(scope, None, told)

    async def room():
        paced = Paced(page)
        await flood(paced, "10.0.0.9", 6_000)
        await flood(paced, "10.0.0.8", 10)

    asyncio.run(room())
    assert statuses.count(429) > 1_000  # 2,000 at once, then 40 a second
    assert len(worked) == statuses.count(200)
    assert statuses[-10:] == [200] * 10  # another device


def test_wrong_codes_without_end_are_refused_to_one_device_and_nobody_else(web, run):
    vote = begun(web, run)
    web.post(f"{vote}/room")
    code = web.app.state.audience.code
    with phone(web, "127.0.0.9") as script:
        statuses = {script.get("/nowhere").status_code for _n in range(120)}  # each of them is a wrong code too
        assert statuses == {404, 429}
        assert script.get(f"/{code}").status_code == 429  # not even the right one: it may be a guess
    with phone(web, "127.0.0.8") as client:
        assert client.get(f"/{code}").status_code == 200
        client.post(f"/{code}", data={"answer": "A"})
    assert web.get(f"{vote}/state").json()["voted"] == 1


def test_who_is_in_is_not_kept_out_by_the_guesses_of_a_neighbour(web, run):
    web.post("/room")
    code = web.app.state.audience.code
    with phone(web) as client, phone(web) as script:
        client.get(f"/{code}")
        for _n in range(70):
            last = script.post("/", data={"code": "AAAAA"})
        assert last.status_code == 429
        assert "Too many wrong codes" in last.text
        assert client.get(f"/{code}").status_code == 200
        assert client.get(f"/{code}/state").status_code == 200


def test_forty_phones_behind_one_address_all_come_in_and_all_count(web, run):
    vote = begun(web, run)
    web.post(f"{vote}/room", data={"expected": "40"})
    code = web.app.state.audience.code
    for _n in range(40):
        with phone(web, "127.0.0.9") as client:
            assert client.get("/").status_code == 200
            assert client.post("/", data={"code": code}).status_code == 200
            for path in ("/style.css", "/static/comparia.js", f"/{code}/state"):
                assert client.get(path).status_code == 200
            assert "Thank you" in client.post(f"/{code}", data={"answer": "A"}).text
    assert "More votes than people" not in words(web.get(vote))
    assert "Recap A 40 of 40" in words(web.post(f"{vote}/close"))  # nothing is set aside unasked


def test_the_trainer_sees_that_another_device_reaches_the_room(web, run):
    page = words(web.post("/room"))
    assert "No phone has reached the room yet." in page
    with phone(web) as here, phone(web, "127.0.0.9") as client:
        here.get("/test")
        assert "Only this machine has reached the room so far" in words(web.get("/room/watch"))
        assert "It works" in client.get("/test").text
    assert "It works: another device reached the room at 127.0.0.1." in words(web.get("/room/watch"))


def test_every_address_of_the_machine_is_served_and_no_name_is(settings, run):
    with application(settings, room_host="0.0.0.0") as web:
        web.portal.call(web.app.state.audience.open)
        port = web.app.state.audience.port
        for host, status in (("127.0.0.2", 200), ("127.0.0.1", 200)):
            assert httpx.get(f"http://{host}:{port}/").status_code == status
        rebound = httpx.get(f"http://127.0.0.2:{port}/", headers={"host": f"rebound.example:{port}"})
        assert rebound.status_code == 421
        other = httpx.get(f"http://127.0.0.2:{port}/", headers={"host": f"192.0.2.7:{port}"})
        assert other.status_code == 421


def test_addresses_that_phones_can_reach_come_first():
    interfaces = {
        "lo": ["127.0.0.1"],
        "docker0": ["172.17.0.1"],
        "tun0": ["10.8.0.2"],
        "wlan0": ["192.168.1.20"],
        "eth0": ["169.254.3.4"],
        "Ethernet 3": ["10.0.0.7"],
        "tailscale0": ["100.101.2.3"],
    }
    found = ordered(interfaces, default="10.8.0.2")  # a VPN that takes everything is not what phones reach
    assert found[:2] == [Address("192.168.1.20", "wlan0", "network"), Address("10.0.0.7", "Ethernet 3", "network")]
    assert {address.ip: address.kind for address in found[2:]} == {
        "10.8.0.2": "vpn",
        "100.101.2.3": "vpn",
        "172.17.0.1": "machine",
        "169.254.3.4": "unassigned",
    }
    assert ordered(interfaces, default="10.0.0.7")[0].ip == "10.0.0.7"
    assert ordered({"lo": ["127.0.0.1"]}) == []


@pytest.mark.parametrize("name", ["vEthernet (WSL)", "VirtualBox Host-Only Network", "br-12ab", "veth9"])
def test_interfaces_inside_the_machine_are_told_apart(name):
    assert ordered({name: ["172.20.0.1"], "Wi-Fi": ["192.168.0.3"]})[-1].kind == "machine"


@pytest.mark.parametrize("name", ["utun4", "wg0", "NordLynx", "OpenVPN TAP-Windows6", "Cisco AnyConnect", "ProtonVPN"])
def test_tunnels_are_told_apart(name):
    assert ordered({name: ["10.2.0.2"], "Wi-Fi": ["192.168.0.3"]})[-1].kind == "vpn"


def test_the_firewall_of_a_linux_system_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert firewall(tmp_path) == "linux"
    (tmp_path / "etc" / "ufw").mkdir(parents=True)
    (tmp_path / "etc" / "ufw" / "ufw.conf").write_text("# ufw\nENABLED=no\n")
    assert firewall(tmp_path) == "linux"
    (tmp_path / "etc" / "ufw" / "ufw.conf").write_text("ENABLED=yes\n")
    assert firewall(tmp_path) == "ufw"
    (tmp_path / "etc" / "ufw" / "ufw.conf").unlink()
    (tmp_path / "etc" / "firewalld").mkdir()
    assert firewall(tmp_path) == "firewalld"
    for platform, name in (("win32", "windows"), ("darwin", "macos")):
        monkeypatch.setattr("sys.platform", platform)
        assert firewall(tmp_path) == name


def test_a_process_that_may_hold_few_connections_asks_for_more():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import resource; from comparia.web.listening import allow_files\n"
                "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1000)); allow_files(8192); allow_files(10)\n"
                "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "1000\n"


def test_a_bucket_gives_what_it_holds_then_what_comes_back():
    seconds = [0.0]
    buckets = Buckets(3, 0.5, clock=lambda: seconds[0])
    assert [buckets.take("a") for _n in range(4)] == [0.0, 0.0, 0.0, None]
    assert buckets.take("b") == 0.0  # of another address
    assert buckets.is_empty("a")
    seconds[0] = 2.0
    assert not buckets.is_empty("a")
    assert buckets.take("a") == 0.0
    assert buckets.take("a", most_wait=5.0) == 2.0  # its turn comes in two seconds
    assert buckets.take("a", most_wait=5.0) == 4.0
    assert buckets.take("a", most_wait=5.0) is None
    seconds[0] = 100.0
    assert [buckets.take("a") for _n in range(4)] == [0.0, 0.0, 0.0, None]  # never more than full
