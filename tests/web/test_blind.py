"""Blind means blind: every byte that reaches a voter's browser before the reveal, with names planted everywhere; and the room."""

import asyncio
import re
from collections import Counter

import httpx
import pytest
from starlette.testclient import TestClient

from comparia import library
from comparia.records import Backend, Call, Variant, now
from comparia.studies import rows_of
from comparia.web.app import create_app
from tests.web.conftest import PORT, refusal, words

SECRETS = ("zephyrine", "quetzalcode", "obsidienne", "ysolde", "kermadec", "prompt-cendre", "cendre")
"""Names of models, hosts, prompts and people by which the authors of the planted variants are known."""

SUMMARIES = {
    "v1": "# 🎯 Zephyrine 9B Instruct\n\nAs an AI model by Quetzalcode, I, zephyrine-9b, say: the market stays. ZEPHYRINE_9B!\n\n"
    "- **A bench** [T1]",
    "v2": "Obsidienne-large-2 (served by obsidienne.example) writes that a trader opposes closing the square to cars.",
    "v3": "## By Ysolde Kermadec\n\nEight disabled parking spaces are needed. – Y. Kermadec",
}


@pytest.fixture
def planted(settings, make_run, reference):
    """A stored run of a model, another and a person, whose names are everywhere."""
    backends = (
        Backend(name="own:zephyrine-9b", kind="openai_compatible", model="quetzalcode/zephyrine-9b-instruct", preset="vllm"),
        Backend(
            name="obsidienne-large-2@http://obsidienne.example/v1", kind="openai_compatible", model="obsidienne-large-2",
            base_url="http://obsidienne.example/v1", preset="openai-compatible",
        ),
        Backend(name="Ysolde Kermadec", kind="imported", author="human"),
    )  # fmt: skip

    def call(model, seconds):
        return Call(
            request="rq",
            role="recap",
            expected_tokens=9,
            reported_tokens=9,
            output_tokens=77777,
            model=model,
            seconds=seconds,
        )

    def recap(id, backend, *calls, prompt="pr_1", author="model"):
        return Variant(
            id=id, prompt=prompt, backend=backend, author=author, summary=SUMMARIES[id], finished_at=now(), calls=calls
        )

    variants = (
        recap("v1", backends[0].name, call("zephyrine-9b-q4", 98765.5)),
        recap("v2", backends[1].name, call("obsidienne-large-2-fp8", 1.5)),
        recap("v3", backends[2].name, prompt=None, author="human"),
    )  # fmt: skip
    run = make_run(variants, reference=reference)
    prompt = run.prompts[0].model_copy(update={"id": "pr_1", "name": "Prompt-Cendre", "file": "cendre.md"})
    run = run.model_copy(update={"backends": backends, "prompts": (prompt,)})
    with library.open_store(settings) as store:
        store.runs.start(run)
        store.scores.add_scores(run.id, reference, run.scores)
        store.runs.finish(run.id, "complete")
    return run


@pytest.fixture
def web(settings):
    app = create_app(settings, port=PORT, room_host="127.0.0.1")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
        client.headers["accept-language"] = "en"
        yield client


@pytest.fixture
def opened(web, planted):
    """The address of a blind vote on the three."""
    return web.post(f"/runs/{planted.id}/votes", data={"variant": ["v1", "v2", "v3"]}).url.path


def everything(answer):
    """What a browser is given, headers and redirects included."""
    seen = []
    for part in (*answer.history, answer):
        seen += [str(part.status_code), str(part.url), str(part.headers), part.text]
    return "\n".join(seen).lower()


def joined(web):
    """A client of the room that is open, and the room."""
    room = web.app.state.audience
    assert room.is_open
    return httpx.Client(
        base_url=f"http://127.0.0.1:{room.port}", follow_redirects=True, headers={"accept-language": "en"}
    ), room


def test_not_one_byte_before_the_reveal_says_who_wrote_what(web, opened, planted):
    seen = [web.get(opened)]
    seen += [web.get(f"{opened}/ballot") for _n in range(3)]
    seen += [web.post(f"{opened}/ballot", data=data) for data in (
        {"answer": "A", "second": "B", "tag": ["A:lost_nuance"], "sentence-B": "0", "sentence_tag-B": "invented_words"},
        {"answer": "all_bad"}, {"answer": "Z"}, {},
        {"answer": "A", "tag": ["Q:x", "::"], "sentence-A": "9999", "sentence_tag-A": "lost_nuance"},
    )]  # fmt: skip
    for language in ("fr", "en"):
        seen.append(web.get(f"{opened}/ballot", headers={"accept-language": language}))
    seen.append(web.get(f"{opened}/state"))
    web.post(f"{opened}/another")
    seen += [web.get(f"{opened}/ballot") for _n in range(6)]
    seen.append(web.post(f"{opened}/room"))
    seen.append(web.get(f"{opened}/qr.svg"))
    client, room = joined(web)
    with client:
        for path in (
            "/",
            f"/{room.code}",
            f"/{room.code}/state",
            "/style.css",
            "/static/comparia.js",
            "/nowhere",
            f"/{room.code}/qr.svg",
        ):
            seen.append(client.get(path))
        seen.append(client.post("/", data={"code": "WRONG"}))
        seen.append(client.post("/", data={"code": room.code.lower()}))
        seen.append(client.post(f"/{room.code}", data={"answer": "B"}))
        seen.append(client.post(f"/{room.code}", data={}))
        seen.append(client.post("/language"))
        for path in (
            f"/runs/{planted.id}",
            f"/runs/{planted.id}/report.json",
            f"/votes/{opened.split('/')[2]}",
            "/preferences",
            "/journal",
        ):
            answer = client.get(path)  # the room leads nowhere else
            assert answer.status_code == 404
            assert "zephyrine" not in answer.text.lower()
    told = [everything(answer) for answer in seen]
    for text in told:
        for secret in (*SECRETS, "77777", "98765", planted.id):
            assert secret not in text, (secret, text[:300])
        assert not re.search(r"""["'#:>]v[123]["':<]""", text)
    assert sum("[hidden]" in text for text in told) > 10
    between = everything(web.post(f"{opened}/close"))  # results by letter: still nobody's name
    assert "what the votes say, by letter" in between
    assert not [secret for secret in (*SECRETS, planted.id) if secret in between]
    client, room = joined(web)
    with client:
        closed = everything(client.get(f"/{room.code}"))
    assert not [secret for secret in (*SECRETS, planted.id) if secret in closed]
    # The same names are there once it is over: the test looks where they would be.
    after = everything(web.post(f"{opened}/names"))
    assert {secret for secret in SECRETS if secret in after} >= {"zephyrine", "obsidienne", "ysolde", "kermadec"}


def test_letters_and_places_say_nothing_and_every_order_comes(web, opened):
    orders = Counter()
    for _n in range(60):
        web.post(f"{opened}/another")
        page = web.get(f"{opened}/ballot").text
        places = sorted(
            (page.index(mark), variant)
            for variant, mark in (("v1", "the market stays"), ("v2", "a trader opposes"), ("v3", "parking spaces"))
        )
        orders[tuple(variant for _place, variant in places)] += 1
    assert len(orders) == 6  # a fixed order, or a rotation, would give fewer; all six fail to come once in ten thousand
    assert max(orders.values()) < 30


def test_a_reload_shows_the_same_order_and_the_vote(web, opened):
    first = web.get(f"{opened}/ballot").text
    strip = lambda page: re.sub(r"\s+", " ", page)  # noqa: E731
    assert strip(web.get(f"{opened}/ballot").text) == strip(first)
    web.post(f"{opened}/ballot", data={"answer": "B"})
    again = web.get(f"{opened}/ballot").text
    assert re.search(r'value="B" required checked', again)
    assert web.get(f"{opened}/state").json() == {"came": 1, "voted": 1, "closed": False}


def test_one_vote_a_browser_changed_until_it_is_closed(web, opened, settings):
    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "A"})
    web.post(f"{opened}/ballot", data={"answer": "all_good", "tag": ["A:useful_to_decide"]})
    web.post(f"{opened}/close")
    judging = library.judgings_of(library.read_run("last", settings=settings).id, settings=settings)[0]
    assert [ballot.choice for ballot in judging.ballots] == ["all_good"]
    late = web.post(f"{opened}/ballot", data={"answer": "A"})
    assert late.url.path == opened  # on to what the votes say
    assert len(library.judgings_of(judging.run, settings=settings)[0].ballots) == 1


def test_a_vote_means_the_recap_that_was_read_and_not_the_letter(web, opened, settings):
    for _n in range(8):
        web.post(f"{opened}/another")
        page = web.get(f"{opened}/ballot").text
        articles = page.split('<article class="recap"')[1:]
        letter = next("ABC"[n] for n, article in enumerate(articles) if "a trader opposes" in article)
        web.post(
            f"{opened}/ballot",
            data={
                "answer": letter,
                "tag": [f"{letter}:lost_nuance"],
                f"sentence-{letter}": "0",
                f"sentence_tag-{letter}": "slanted_tone",
            },
        )
    web.post(f"{opened}/close")
    page = words(web.post(f"{opened}/names"))
    assert "obsidienne-large-2@obsidienne.example · Prompt-Cendre was preferred to" in page
    judging = library.judgings_of(library.read_run("last", settings=settings).id, settings=settings)[0]
    assert {ballot.order for ballot in judging.ballots} == {("v2",)}
    assert {(r.variant, r.tag, bool(r.sentence)) for b in judging.ballots for r in b.remarks} == {
        ("v2", "lost_nuance", False),
        ("v2", "slanted_tone", True),
    }


def test_nothing_is_told_of_the_votes_before_it_is_closed(web, opened, planted, settings):
    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "A"})
    assert library.judgings_of(planted.id, settings=settings)[0].ballots == ()
    assert library.read_run(planted.id, settings=settings).judgings == ()
    assert web.get(f"/runs/{planted.id}/report.jsonl").text == ""


def test_a_stopped_server_finds_its_voters_again(settings, planted):
    kept = {}
    for turn in range(2):
        with TestClient(
            create_app(settings, port=PORT, room_host="127.0.0.1"), base_url=f"http://127.0.0.1:{PORT}"
        ) as web:
            if turn == 0:
                opened = web.post(f"/runs/{planted.id}/votes", data={"variant": ["v1", "v2"]}).url.path
                kept["page"] = web.get(f"{opened}/ballot").text
                web.post(f"{opened}/ballot", data={"answer": "A"})
                kept["cookies"] = dict(web.cookies)
            else:
                web.cookies.update(kept["cookies"])
                page = web.get(f"{opened}/ballot").text
                assert re.search(r'value="A" required checked', page)
                assert web.get(f"{opened}/state").json() == {"came": 1, "voted": 1, "closed": False}


def test_showing_the_names_erases_the_tokens_and_keeps_the_votes(web, opened, settings):
    judging = opened.split("/")[2]
    web.post(f"{opened}/room")
    client, room = joined(web)
    with client, library.open_store(settings) as store:
        client.get(f"/{room.code}")
        assert store.votes.voters(judging) == []  # who reads is not stored
        name, token = next(item for item in client.cookies.items() if item[0].startswith("comparia_voter"))
        client.post(f"/{room.code}", data={"answer": "A"})
        assert len(store.votes.voters(judging)) == 1
        assert token not in {voter.token for voter in store.votes.voters(judging)}  # its hash only
        secret = store.votes.secret(judging)
        assert len(secret) == 64
        open_mark = client.get(f"/{room.code}/state").json()["shown"]
        web.post(f"{opened}/close")
        assert "The vote is closed" in client.get(f"/{room.code}").text
        assert len(store.votes.voters(judging)) == 1  # it may still be opened again
        assert client.get(f"/{room.code}/state").json()["shown"] != open_mark
        client.post(f"/{room.code}", data={"answer": "B"})
        web.post(f"{opened}/names")
        assert (store.votes.voters(judging), store.votes.secret(judging)) == ([], "")
        assert len(store.votes.judging(judging).ballots) == 1
        assert "The next vote comes here by itself" in client.get(f"/{room.code}").text
        assert name not in client.cookies
    written = b"".join(path.read_bytes() for path in settings.outputs.rglob("*") if path.is_file())
    assert token.encode() not in written


def test_the_room_is_guarded(web, opened):
    web.post(f"{opened}/room")
    client, room = joined(web)
    with client:
        assert client.get("/", headers={"host": f"evil.example:{room.port}"}).status_code == 421
        assert (
            client.post(f"/{room.code}", data={"answer": "A"}, headers={"origin": "http://evil.example"}).status_code
            == 403
        )
        assert client.post(f"/{room.code}", content=b"x" * 50_000).status_code == 413
        assert client.get("/AAAAA").status_code == 404
        policy = client.get(f"/{room.code}").headers["content-security-policy"]
        assert "default-src 'none'" in policy
        fresh = httpx.Client(base_url=client.base_url, headers={"accept-language": "en"})
        with fresh:
            refused = fresh.post(f"/{room.code}", data={"answer": "A"}, follow_redirects=True)  # without having read
            assert "had not opened the recaps yet" in refused.text
        assert client.get(f"/{room.code}").headers["set-cookie"].count("HttpOnly") == 1


def test_a_room_full_of_phones_loses_no_vote(web, opened, settings):
    """Sixty phones that come, read, vote, some twice; the benchmark does it with two hundred and times it."""
    web.post(f"{opened}/room")
    _client, room = joined(web)
    _client.close()

    async def phone(n):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{room.port}", follow_redirects=True, timeout=30
        ) as client:
            page = (await client.get(f"/{room.code}")).text
            assert page.count('<article class="recap"') == 3
            for answer in ["ABC"[n % 3]] if n % 4 else ["all_bad", "ABC"[n % 3]]:
                assert (await client.post(f"/{room.code}", data={"answer": answer})).status_code == 200

    async def audience():
        await asyncio.gather(*(phone(n) for n in range(60)))

    asyncio.run(audience())
    assert web.get(f"{opened}/state").json() == {"came": 60, "voted": 60, "closed": False}
    web.post(f"{opened}/close")
    judging = library.judgings_of(library.read_run("last", settings=settings).id, settings=settings)[0]
    assert len(judging.ballots) == 60
    assert {ballot.choice for ballot in judging.ballots} == {"better"}
    assert sorted(ballot.voter for ballot in judging.ballots) == list(range(1, 61))


def test_a_full_room_says_so(web, opened):
    web.get(opened)
    web.app.state.ballot_views._views[opened.split("/")[2]].open_vote._limit = 1
    web.get(f"{opened}/ballot")
    web.post(f"{opened}/another")
    assert web.get(f"{opened}/ballot").status_code == 200  # who looks takes no place
    web.post(f"{opened}/ballot", data={"answer": "A"})
    web.post(f"{opened}/ballot", data={"answer": "B"})  # whoever voted may change it
    web.post(f"{opened}/another")
    refused = web.get(f"{opened}/ballot")
    assert refused.status_code == 400
    assert "full" in refused.text


def test_previews_are_nobody(web, opened):
    web.post(f"{opened}/room")
    client, room = joined(web)
    with client:
        for _n in range(5):
            assert client.head(f"/{room.code}").status_code == 200
    assert web.get(f"{opened}/state").json()["came"] == 0


def test_a_code_typed_otherwise_or_a_room_opened_again_is_the_same_vote(settings, planted):
    cookies, code = {}, ""
    for turn in range(2):
        with TestClient(
            create_app(settings, port=PORT, room_host="127.0.0.1"), base_url=f"http://127.0.0.1:{PORT}"
        ) as web:
            if turn == 0:
                opened = web.post(f"/runs/{planted.id}/votes", data={"variant": ["v1", "v2"]}).url.path
            web.post(f"{opened}/room")
            client, room = joined(web)
            with client:
                for name, value in cookies.items():
                    client.cookies.set(name, value, domain="127.0.0.1")
                for path in (f"/{room.code.lower()}", f"/{room.code}"):
                    client.get(path)
                    client.post(f"/{room.code}", data={"answer": "A"})
                assert client.post("/language").url.path == f"/{room.code}"
                cookies = dict(client.cookies)
            assert code in ("", room.code)
            code = room.code
            assert web.get(f"{opened}/state").json() == {"came": 1, "voted": 1, "closed": False}


def test_the_same_letters_for_everybody_are_drawn_once(web, planted):
    opened = web.post(f"/runs/{planted.id}/votes", data={"variant": ["v1", "v2", "v3"], "same_letters": "on"}).url.path
    orders = set()
    for _n in range(6):
        web.post(f"{opened}/another")
        page = web.get(f"{opened}/ballot").text
        marks = ("the market stays", "a trader opposes", "parking spaces")
        orders.add(tuple(sorted(marks, key=page.index)))
    assert len(orders) == 1
    web.post(f"{opened}/ballot", data={"answer": "A"})
    web.post(f"{opened}/close")
    assert re.search(r"<h3[^>]*>A · ", web.post(f"{opened}/names").text)


def test_a_sentence_without_a_tag_is_said_not_to_be_kept(web, opened):
    web.get(f"{opened}/ballot")
    said = words(web.post(f"{opened}/ballot", data={"answer": "A", "sentence-A": "0"}))
    assert "Your vote is kept." in said
    assert "choose a tag" in said


def test_a_vote_that_could_not_be_written_is_not_counted(web, opened, monkeypatch):
    from comparia.errors import StoreUnwritable
    from comparia.store.votes import Votes

    web.post(f"{opened}/room")
    client, room = joined(web)
    with client:
        client.get(f"/{room.code}")
        client.post(f"/{room.code}", data={"answer": "A"})

        async def full(*_anything):
            raise StoreUnwritable("/secret/place is full")

        monkeypatch.setattr(Votes, "cast", full)
        refused = client.post(f"/{room.code}", data={"answer": "B"})
        assert "could not be kept" in refused.text
        assert "Your vote is kept" not in refused.text
        assert "/secret/place" not in refused.text
        monkeypatch.undo()
        assert "Recap A is better" in client.get(f"/{room.code}").text  # the vote before stands
        assert re.search(r'value="A" required checked', client.get(f"/{room.code}?change=1").text)
    assert web.get(f"{opened}/state").json()["voted"] == 1


def test_a_closing_that_fails_leaves_the_vote_open(web, opened, monkeypatch):
    from comparia.errors import StoreUnwritable
    from comparia.store.votes import Votes

    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "A"})

    def busy(*_anything):
        raise StoreUnwritable("busy")

    monkeypatch.setattr(Votes, "close", busy)
    assert refusal(web.post(f"{opened}/close"))
    assert web.get(opened).status_code == 200
    assert web.get(f"{opened}/state").json()["closed"] is False
    monkeypatch.undo()
    web.post(f"{opened}/ballot", data={"answer": "B"})
    for _click in range(2):
        assert "by letter" in web.post(f"{opened}/close").text
    for _click in range(2):
        assert "Who wrote what" in web.post(f"{opened}/names").text


def test_who_votes_while_the_names_are_shown_leaves_no_token(web, opened, settings):
    web.get(opened)
    open_vote = web.app.state.ballot_views._views[opened.split("/")[2]].open_vote

    async def rush():
        voters = [open_vote.arrive()[1] for _n in range(20)]
        voting = [asyncio.ensure_future(open_vote.cast(voter, "A")) for voter in voters]
        await asyncio.sleep(0)
        await open_vote.close()
        await open_vote.show_names()
        return await asyncio.gather(*voting, return_exceptions=True)

    cast = web.portal.call(rush)
    with library.open_store(settings) as store:
        assert store.votes.voters(open_vote.judging.id) == []
        kept = len(store.votes.judging(open_vote.judging.id).ballots)
    assert kept == sum(not isinstance(ballot, Exception) for ballot in cast)


def test_a_run_that_is_removed_is_taken_from_the_phones(web, opened, planted):
    web.post(f"{opened}/room")
    client, room = joined(web)
    with client:
        assert "the market stays" in client.get(f"/{room.code}").text
        web.post(f"/runs/{planted.id}/forget")
        page = client.get(f"/{room.code}").text
        assert "The next vote comes here by itself" in page
        assert "the market stays" not in page
    assert web.get(opened).status_code == 404
    assert web.post(f"{opened}/another").status_code == 404


def test_two_to_four_recaps_and_no_other_number(web, planted):
    for chosen in ([], ["v1"], ["v1", "v1"], ["v1", "nobody"]):
        assert refusal(web.post(f"/runs/{planted.id}/votes", data={"variant": chosen}))


def test_tags_are_an_installations_own_and_archived_never_deleted(web, opened, planted, settings):
    form = {f"fr-{tag.id}": tag.fr for tag in library.tags(settings=settings)} | {
        f"en-{tag.id}": tag.en for tag in library.tags(settings=settings)
    }
    form |= {"en-lost_nuance": "flattened", "archived-slanted_tone": "on", "fr-new": "trop long", "en-new": "too long"}
    web.post("/preferences/tags", data=form)
    tags = {tag.id: tag for tag in library.tags(settings=settings)}
    assert tags["lost_nuance"].en == "flattened"
    assert tags["slanted_tone"].archived
    assert [tag.en for tag in tags.values() if tag.id.startswith("own_")] == ["too long"]
    old = web.get(f"{opened}/ballot").text  # a vote that was open keeps the tags it began with
    assert "slanted tone" in old
    assert "flattened" not in old
    fresh = web.post(f"/runs/{planted.id}/votes", data={"variant": ["v1", "v2"]}).url.path
    page = web.get(f"{fresh}/ballot").text
    assert "too long" in page
    assert "slanted tone" not in page


def test_votes_leave_with_the_run_in_the_shape_of_the_public_dataset(web, opened, planted, settings):
    import json

    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "A", "second": "B"})
    web.post(f"{opened}/another")
    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "all_bad"})
    web.post(f"{opened}/close")
    assert web.get(f"/runs/{planted.id}/report.jsonl").text == ""  # it may still be opened again
    web.post(f"{opened}/names")
    rows = [json.loads(line) for line in web.get(f"/runs/{planted.id}/report.jsonl").text.splitlines()]
    assert len(rows) == 6
    assert Counter(row["choice"] in ("a_better", "b_better") for row in rows) == {True: 3, False: 3}
    assert {row["choice"] for row in rows[3:]} == {"both_bad"}
    places = [(row["metadata"]["position_a"], row["metadata"]["position_b"]) for row in rows]
    preferred = [a if row["choice"] == "a_better" else b for row, (a, b) in zip(rows[:3], places, strict=False)]
    assert {place for pair in places[:3] for place in pair} == {1, 2, 3}
    assert sorted(preferred) == [1, 1, 2]  # A, then B, were the first and the second that this voter met
    assert list(rows[0]) == [  # those of the public dataset, in its order, then ours
        "response_id", "choice", "response_a", "response_b", "web_search_results", "turn", "comparison_id", "model_a",
        "model_b", "timestamp", "full_conversation_a", "full_conversation_b", "metadata",
    ]  # fmt: skip
    assert list(rows[0]["metadata"])[:18] == [
        "tokens_a", "tokens_b", "conso_a", "conso_b", "duration_a", "duration_b", "latency_a", "latency_b",
        "time_to_vote", "mode", "custom_models_selection", "categories", "languages", "short_summary",
        "total_tokens_a", "total_tokens_b", "total_conso_a", "total_conso_b",
    ]  # fmt: skip
    for message in (*rows[0]["response_a"], *rows[0]["full_conversation_b"]):
        assert list(message) == ["content", "reasoning_content", "role", "user_content"]
    for row in rows:
        assert {row["metadata"][f"conso_method_{side}"] for side in "ab"} == {"unknown"}
        assert row["metadata"]["question"] == "Which recap would you rather send out?"
        assert row["response_a"][-1] == row["full_conversation_a"][-1]
        assert "zephyrine" not in f"{row['metadata']['shown_a']}{row['metadata']['shown_b']}".lower()
    assert web.get(f"{opened}/votes.jsonl").text.splitlines() == [json.dumps(row, ensure_ascii=False) for row in rows]
    models = {row[side] for row in rows for side in ("model_a", "model_b")}
    assert models == {"zephyrine-9b-q4", "obsidienne-large-2-fp8", "Ysolde Kermadec"}
    duckdb = pytest.importorskip("duckdb")
    file = settings.outputs / "votes.pq"
    file.write_bytes(web.get(f"/runs/{planted.id}/report.votes-parquet").content)
    assert duckdb.sql(f"SELECT count(*), count(DISTINCT comparison_id) FROM read_parquet('{file}')").fetchall() == [
        (6, 1)
    ]
    kinds = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('{file}'))").fetchall())
    assert list(kinds) == list(rows[0])
    assert (kinds["turn"], kinds["timestamp"]) == ("BIGINT", "TIMESTAMP")
    ((first_time, shown),) = duckdb.sql(
        f"SELECT timestamp, metadata.shown_a FROM read_parquet('{file}') WHERE response_id = '{rows[0]['response_id']}'"
    ).fetchall()
    assert rows[0]["timestamp"].startswith(first_time.isoformat())  # UTC, as it was written
    assert shown == rows[0]["metadata"]["shown_a"]
    run = library.read_run(planted.id, settings=settings)
    assert len(run.judgings[0].ballots) == 2
    table = list(rows_of("votes", [run]))
    assert [row["response_id"] for row in table] == [row["response_id"] for row in rows]
    assert not [row for row in table if "zephyrine" in f"{row['shown_a']}{row['shown_b']}".lower()]
    assert [row for row in table if "[hidden]" in f"{row['shown_a']}{row['shown_b']}"]
    again = library.read_run(_written(run, settings), settings=settings)
    assert again == run


def _written(run, settings):
    path = settings.outputs / "run.json"
    path.write_bytes(library.render(run, "json"))
    return path


def test_a_purged_run_takes_its_votes_with_it(web, opened, planted, settings):
    web.get(f"{opened}/ballot")
    web.post(f"{opened}/ballot", data={"answer": "A", "sentence-A": "0", "sentence_tag-A": "lost_nuance"})
    web.post(f"{opened}/close")
    web.post(f"{opened}/names")
    web.post(f"/runs/{planted.id}/forget")
    assert web.get(f"/runs/{planted.id}").status_code == 404
    written = b"".join(path.read_bytes() for path in settings.outputs.rglob("*") if path.is_file())
    assert b"lost_nuance" not in written
    assert b"trader opposes" not in written


def test_an_address_of_an_earlier_version_leads_to_the_vote(web, opened):
    moved = web.get(opened.replace("/votes/", "/judgings/"), follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, opened)
