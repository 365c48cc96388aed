"""Requests begin with the session: servers that cache what they read of a request read it once."""

import asyncio
import itertools
import json

import pytest

from comparia import comparing, library
from comparia.backends import resolve
from comparia.backends.answers import usage_of
from comparia.config import BackendSettings, Settings
from comparia.ingest import read_bytes
from comparia.prompts import FENCE_NOTICE, parse
from comparia.store import open_store
from tests.fault_server import FaultServer
from tests.work import RECAPS_ALONE

SESSION = "\n\n".join(f"Anne : phrase numéro {n} de la séance publique sur la place." for n in range(40)).encode()
PROMPTS = [
    parse(
        "# system\nTu résumes « {{ title }} ».\n# user\nParticipant·es : {{ participants }}\n\n{{ transcript }}\nFais court."
    ),
    parse("# user\nLes désaccords de : {{ transcript }}\n# step: défi\nCritique."),
    parse("---\nlanguage: en\n---\n# user\nIn {{ language }}: {{ transcript }}"),
]


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/comparia.db")
    yield opened
    opened.close()


def planned(url, *, cached=True, repeats=2, prompts=PROMPTS):
    own = BackendSettings(model="m", base_url=url, caches_prefix=cached)
    backends = resolve(["b"], Settings(backends={"b": own}))
    return comparing.plan(read_bytes(SESSION, "s.txt"), prompts, backends, repeats=repeats, policy="local")


def contents(server):
    return [json.loads(body)["messages"][0]["content"] for body in server.bodies]


def test_every_request_of_a_session_begins_alike_byte_for_byte(store):
    with FaultServer(answer="Réponse.") as server:
        run = planned(server.url)
        assert asyncio.run(comparing.execute(run, store)).status == "complete"
    line = f"====={run.fence}====="
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*contents(server), strict=False))
    shared = "".join(letters[0] for letters in alike)
    assert len(server.bodies) == 8  # two steps of one prompt, and two repeats of three prompts
    assert shared.startswith(FENCE_NOTICE["fr"].format(fence=line))
    assert shared.rstrip("\n").endswith(line)
    assert "phrase numéro 39" in shared


def test_what_varies_stands_after_the_session(store):
    with FaultServer(answer="Réponse.") as server:
        run = planned(server.url, repeats=1, prompts=PROMPTS[:1])
        asyncio.run(comparing.execute(run, store))
    (content,) = contents(server)
    after = content.rpartition(f"====={run.fence}=====")[2]
    assert [
        word for word in ("Tu résumes", "Participant·es", "Fais court.", "au début de ce message") if word in after
    ] == [
        "Tu résumes",
        "Participant·es",
        "Fais court.",
        "au début de ce message",
    ]
    assert "{{" not in content


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_request_goes_ahead_where_the_server_caches(store, stream):
    in_flight = []
    with FaultServer(answer=lambda _content: in_flight.append(server.in_flight) or "Réponse.", latency=0.05) as server:
        assert asyncio.run(comparing.execute(planned(server.url), store, stream=stream)).status == "complete"
    assert in_flight[0] == 1


def test_nobody_waits_for_a_first_request_that_fails(store):
    with FaultServer(key="another") as server:
        run = planned(server.url)
        assert asyncio.run(comparing.execute(run, store)).status == "failed"
    assert len({variant.id for variant in store.runs.read(run.id).variants}) == 6


def test_a_run_planned_before_is_carried_on_as_it_was_laid_out(store):
    with FaultServer(answer="Réponse.") as server:
        run = planned(server.url, repeats=1).model_copy(update={"layout": 1})
        asyncio.run(comparing.execute(run, store))
        roles = [[m["role"] for m in json.loads(body)["messages"]] for body in server.bodies]
        asked = len(server.bodies)
        assert asyncio.run(comparing.resume(run.id, store)).layout == 1
    assert ["system", "user"] in roles
    assert len(server.bodies) == asked


def test_the_fence_of_a_session_is_drawn_once_for_what_reads_the_same_words(tmp_path):
    settings = Settings(outputs=tmp_path, policy="local", **RECAPS_ALONE)
    session = read_bytes(SESSION, "s.txt")
    with FaultServer(answer="Réponse.") as server:
        own = settings.model_copy(update={"backends": {"b": BackendSettings(model="m", base_url=server.url)}})
        runs = [library.compare(session, [prompt], ["b"], settings=own, reference=False) for prompt in PROMPTS[:2]]
        hidden = library.compare(
            session,
            PROMPTS[:1],
            ["b"],
            settings=own,
            reference=False,
            hiding=library.hiding_by(own)._replace(mode="always"),
        )
    assert runs[0].fence == runs[1].fence != hidden.fence


@pytest.mark.parametrize(
    ("answer", "read", "cached"),
    [
        ({"usage": {"prompt_tokens": 900, "prompt_tokens_details": {"cached_tokens": 850}}}, 900, 850),
        ({"usage": {"input_tokens": 50, "cache_read_input_tokens": 850}}, 900, 850),
        ({"usage": {"prompt_tokens": 900}, "timings": {"cache_n": 12}}, 900, 12),
        ({"usage": {"prompt_tokens": 900}}, 900, None),
    ],
)
def test_tokens_found_in_the_cache_are_told(answer, read, cached):
    usage = usage_of(answer)
    assert (usage.input_tokens, usage.cached_tokens) == (read, cached)
