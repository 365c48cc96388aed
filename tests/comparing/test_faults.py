"""Every fault a server or a proxy can commit: a summary or a recorded failure, each answer counted once."""

import asyncio
import itertools
import random
import re
from collections import Counter

import pytest

from comparia import comparing
from comparia.backends import openai_compatible, queue, resolve
from comparia.config import BackendSettings, Settings
from comparia.ingest import read_bytes
from comparia.prompts import parse
from comparia.store import open_store
from tests.fault_server import FaultProxy, FaultServer

pytestmark = pytest.mark.series("faults of servers and proxies")

SESSION = b"Anne Le Goff: Je veux garder les arbres de la place.\n\nBruno Diallo: Moi, il me faut du parking.\n"

SERVER_RATES = {
    "429": 0.05,
    "429-albert": 0.05,
    "500": 0.02,
    "503": 0.02,
    "424": 0.01,
    "hang": 0.01,
    "cut": 0.01,
    "cut-connection": 0.01,
    "reset": 0.01,
    "drip": 0.01,
    "bad-utf8": 0.01,
    "surrogate": 0.01,
    "html": 0.01,
    "wrong-type": 0.01,
    "json-as-stream": 0.01,
    "wrong-shape": 0.01,
    "not-http": 0.01,
    "endless": 0.01,
    "pings": 0.01,
    "flood": 0.01,
    "empty": 0.01,
    "length": 0.01,
    "zero-usage": 0.01,
    "absurd-usage": 0.01,
    "500-half-emoji": 0.01,
    "429-absurd": 0.01,
}
PROXY_RATES = {"reset": 0.02, "drip": 0.02, "twice": 0.02, "duplicated": 0.02, "disordered": 0.02}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Waits between attempts, endless answers and floods are cut short."""
    monkeypatch.setattr(queue, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(openai_compatible, "LONGEST_ANSWER", 3)
    monkeypatch.setattr(openai_compatible, "MAX_ANSWER_BYTES", 300_000)


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/comparia.db") as store:
        yield store


def planned(url, prompts=1, **settings):
    own = BackendSettings(**{"preset": "openai-compatible", "model": "m", "base_url": url, "timeout": 30, **settings})
    wanted = [parse(f"Fais le compte rendu numero {n}.\n\n{{{{ transcript }}}}") for n in range(prompts)]
    backends = resolve(["b"], Settings(backends={"b": own}))
    return comparing.plan(read_bytes(SESSION, "s.txt"), wanted, backends, policy="local")


def carried_out(run, store, **options):
    return asyncio.run(comparing.execute(run, store, **options))


def deck(rates, size, seed):
    """Faults in exactly their rates, in an order drawn at random: a rare one is always in it."""
    cards = [fault for fault, rate in rates.items() for _n in range(round(rate * size))]
    cards += ["ok"] * (size - len(cards))
    random.Random(seed).shuffle(cards)
    return cards


class Numbered:
    """Answers that each bear the number of their question and a number of their own."""

    def __init__(self):
        self.question = {}

    def __call__(self, asked):
        question, serial = int(re.search(r"numero (\d+)", asked)[1]), len(self.question)
        self.question[serial] = question
        return f"[{serial:05}] The council heard about trees, parking and lights. " * 4

    def read(self, summary):
        """The one answer a summary comes from."""
        (serial,) = set(re.findall(r"\[(\d{5})\]", summary))
        return int(serial)


@pytest.mark.parametrize("stream", [False, True])
def test_five_hundred_requests_under_every_fault_are_each_answered_once_or_recorded(store, stream):
    answers, told = Numbered(), {}
    cells = 250
    with (
        FaultServer(deck(SERVER_RATES, 400, 3), hang=20, retry_after=0.02, answer=answers) as server,
        FaultProxy(server.port, deck(PROXY_RATES, 600, 4)) as proxy,
    ):
        run = carried_out(
            planned(proxy.url, cells, concurrency=50, timeout=2),
            store,
            stream=stream,
            observer=lambda event: told.setdefault(event.cell.variant, []).append(event),
        )
        arrived = sum(server.arrived.values())
        repeated = server.repeated
        drawn = set(server.kinds) | set(proxy.kinds)
        server.faults.clear()
        proxy.faults.clear()
        healed = asyncio.run(comparing.resume(run.id, store, stream=stream))
        asked_again = sum(server.arrived.values()) - arrived

    assert drawn == set(SERVER_RATES) | set(PROXY_RATES) | {"ok"}

    planned_cells = {cell.variant for cell in run.plan.cells}
    assert {v.id for v in run.variants} == planned_cells
    assert len(run.variants) == cells
    assert all((v.summary is None) == (v.failure is not None) for v in run.variants)
    failed = [v for v in run.variants if v.failure]
    assert all(str(v.failure.message) and v.failure.kind for v in failed)
    assert len(failed) < 25

    serials = {v.id: answers.read(v.summary) for v in run.variants if v.summary}
    number = {cell.variant: n for n, cell in enumerate(run.plan.cells)}
    assert len(set(serials.values())) == len(serials)
    assert all(answers.question[serial] == number[variant] for variant, serial in serials.items())

    kinds = {variant: Counter(event.kind for event in events) for variant, events in told.items()}
    assert set(kinds) == planned_cells
    assert all(k["sent"] == k["retry"] + 1 and k["done"] == 1 for k in kinds.values())
    assert len(store.answers.completions(run.id)) == len(serials) + len(failed)
    assert sum(k["sent"] for k in kinds.values()) + asked_again == len(healed.sendings)
    late = sum("no answer within" in event.text for events in told.values() for event in events)
    assert repeated <= proxy.spoiled + late

    assert healed.status == "complete"
    assert asked_again == len(failed)
    assert {v.id: v.summary for v in healed.variants if v.id in serials} == {
        v.id: v.summary for v in run.variants if v.summary
    }


LASTING = [
    ("429", "rate_limited", 8),
    ("429-albert", "rate_limited", 8),
    ("429-absurd", "rate_limited", 8),
    ("500", "server_error", 8),
    ("500-half-emoji", "server_error", 8),
    ("503", "overloaded", 8),
    ("424", "overloaded", 8),
    ("hang", "timeout", 3),
    ("endless", "timeout", 3),
    ("pings", "timeout", 3),
    ("flood", "bad_response", 1),
    ("cut", "bad_response", 8),
    ("cut-connection", "connection", 3),
    ("reset", "connection", 3),
    ("not-http", "bad_response", 8),
    ("html", "connection", 3),
    ("wrong-shape", "bad_response", 8),
    ("empty", "empty", 3),
]


@pytest.mark.parametrize(
    ("fault", "kind", "attempts", "stream"),
    [(*row, stream) for row, stream in itertools.product(LASTING, [False, True])],
)
def test_a_fault_that_lasts_is_recorded_with_its_cause(store, fault, kind, attempts, stream):
    with FaultServer([fault] * 9, hang=5, retry_after=0.02) as server:
        run = carried_out(planned(server.url, timeout=0.2 if kind == "timeout" else 30), store, stream=stream)
    (variant,) = run.variants
    assert (variant.failure.kind, variant.failure.attempts) == (kind, attempts)
    assert sum(server.arrived.values()) == attempts
    assert variant.summary is None
    assert store.answers.completions(run.id) == {}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", [row[0] for row in LASTING if row[0] != "flood"] + ["wrong-type", "json-as-stream"])
def test_a_fault_that_passes_is_asked_again_and_answered(store, fault, stream):
    with FaultServer([fault], hang=5, retry_after=0.02) as server:
        slow = fault in ("hang", "endless", "pings")
        run = carried_out(planned(server.url, timeout=1 if slow else 30), store, stream=stream)
    (call,) = run.variants[0].calls
    tolerated = fault in ("wrong-type", "json-as-stream")
    assert call.attempts == (1 if tolerated else 2)
    assert run.status == "complete"
    assert server.repeated == 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "warnings", "reported"),
    [
        ("drip", (), True),
        ("bad-utf8", (), True),
        ("surrogate", (), True),
        ("length", ("cut_output",), True),
        ("zero-usage", (), False),
        ("absurd-usage", (), False),
    ],
)
def test_an_odd_answer_is_a_summary(store, fault, warnings, reported, stream):
    with FaultServer([fault] * 9) as server:
        run = carried_out(planned(server.url), store, stream=stream)
    (variant,) = run.variants
    assert variant.summary.startswith("# Recap")
    assert variant.warnings == warnings
    assert variant.calls[0].attempts == 1
    assert (variant.calls[0].reported_tokens is not None) == reported
    assert (variant.calls[0].cost or 0) == 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_proxy_that_resets_in_the_body_is_asked_again(store, stream):
    with FaultServer() as server, FaultProxy(server.port, ["reset"]) as proxy:
        run = carried_out(planned(proxy.url), store, stream=stream)
    assert run.status == "complete"
    assert run.variants[0].calls[0].attempts == 2
    assert proxy.spoiled == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_proxy_that_always_resets_is_a_recorded_failure(store, stream):
    with FaultServer() as server, FaultProxy(server.port, rates={"reset": 1}) as proxy:
        run = carried_out(planned(proxy.url), store, stream=stream)
    assert run.variants[0].failure.kind == "connection"
    assert run.variants[0].failure.attempts == queue.ATTEMPTS_BY_KIND["connection"]


@pytest.mark.parametrize("fault", ["drip", "duplicated", "disordered"])
def test_a_stream_a_proxy_disturbs_is_one_answer(store, fault):
    with FaultServer(answer=Numbered()) as server, FaultProxy(server.port, rates={fault: 1}) as proxy:
        run = carried_out(planned(proxy.url, prompts=5), store, stream=True)
    assert run.status == "complete"
    assert proxy.kinds[fault] == 5
    assert sum(server.arrived.values()) == 5
    assert len(store.answers.completions(run.id)) == 5
    assert [v.calls[0].attempts for v in run.variants] == [1] * 5


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_a_proxy_sends_twice_is_given_to_no_other_question(store, stream):
    answers = Numbered()
    with FaultServer(answer=answers) as server, FaultProxy(server.port, rates={"twice": 1}) as proxy:
        run = carried_out(planned(proxy.url, prompts=8, concurrency=1), store, stream=stream)
    assert [answers.question[answers.read(v.summary)] for v in run.variants] == list(range(8))
    assert sum(server.arrived.values()) == 8


def test_the_time_an_answer_may_take_follows_the_timeout(store, monkeypatch):
    monkeypatch.setattr(openai_compatible, "LONGEST_ANSWER", 2)
    with FaultServer(["pings"] * 9, hang=20) as server:
        run = carried_out(planned(server.url, timeout=0.5), store, stream=True)
    assert str(run.variants[0].failure.message) == "no answer within 1 s"
