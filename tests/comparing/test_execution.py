"""Runs against a server that misbehaves: nothing lost, nothing counted twice, every failure with its kind and cure."""

import asyncio
import json

import pytest

from comparia import comparing
from comparia.backends import queue, resolve
from comparia.comparing import Event
from comparia.config import BackendSettings, Settings
from comparia.errors import MissingKey, OutboundRefused
from comparia.ingest import read_bytes
from comparia.prompts import parse
from comparia.store import open_store
from tests.fault_server import KEY, FaultServer

SESSION = b"""Anne Le Goff: Je veux garder les arbres de la place.

Bruno Diallo: Moi je suis contre, il faut des places de parking.

Anne Le Goff: On peut faire les deux, non ?
"""
PROMPT = "Fais un compte rendu {n}.\n\n{{{{ transcript }}}}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Waits between attempts are cut short."""
    monkeypatch.setattr(queue, "LONGEST_WAIT", 0.02)


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/comparia.db") as store:
        yield store


def backend(url, **settings):
    own = BackendSettings(**{"preset": "openai-compatible", "model": "m", "base_url": url, "timeout": 30, **settings})
    return resolve(["b"], Settings(backends={"b": own}))


def planned(url, prompts=1, **settings):
    wanted = [parse(PROMPT.format(n=n)) for n in range(prompts)]
    return comparing.plan(read_bytes(SESSION, "s.txt"), wanted, backend(url, **settings), policy="local")


def carried_out(run, store, **options):
    return asyncio.run(comparing.execute(run, store, **options))


def test_an_answer_becomes_a_variant_with_what_the_server_said_of_it(store):
    with FaultServer(answer="Un compte rendu.") as server:
        run = carried_out(planned(server.url), store)
    (variant,) = run.variants
    assert run.status == "complete"
    assert variant.summary == "Un compte rendu."
    assert variant.calls[0].model == "m"
    assert variant.calls[0].reported_tokens > 0
    assert variant.author == "model"
    assert variant.warnings == ()


@pytest.mark.parametrize(
    "fault",
    ["429", "429-albert", "500", "502", "503", "504", "424", "cut", "cut-connection", "reset", "html", "empty", "529"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_passing_fault_is_asked_again(store, fault, stream):
    with FaultServer([fault]) as server:
        run = carried_out(planned(server.url), store, stream=stream)
    assert run.status == "complete"
    assert run.variants[0].calls[0].attempts == 2
    assert server.repeated == 0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", "authentication"),
        ("403", "authentication"),
        ("404", "rejected"),
        ("422", "rejected"),
        ("400", "rejected"),
        ("413", "too_long"),
        ("too-long", "too_long"),
        ("redirect", "rejected"),
        ("429-quota", "rejected"),
    ],
)
def test_a_final_refusal_is_recorded_at_once(store, fault, kind):
    with FaultServer([fault] * 9) as server:
        run = carried_out(planned(server.url), store)
    failure = run.variants[0].failure
    assert failure.kind == kind
    assert failure.attempts == 1
    assert sum(server.arrived.values()) == 1
    assert run.status == "failed"
    assert run.variants[0].summary is None


def test_a_fault_that_lasts_is_recorded_after_the_last_attempt(store):
    with FaultServer(["500"] * 20) as server:
        run = carried_out(planned(server.url), store)
    assert run.variants[0].failure.kind == "server_error"
    assert run.variants[0].failure.attempts == queue.ATTEMPTS


def test_a_silent_server_is_a_timeout(store):
    with FaultServer(["hang"] * 9, hang=5) as server:
        run = carried_out(planned(server.url, timeout=0.2), store)
    assert run.variants[0].failure.kind == "timeout"
    assert "timeout" in str(run.variants[0].failure.cure)


def test_a_server_that_is_down_is_said_to_be_down(store):
    run = carried_out(planned("http://127.0.0.1:9/v1"), store)
    assert run.variants[0].failure.kind == "connection"
    assert "127.0.0.1:9" in str(run.variants[0].failure.message)


def test_a_failure_stops_nothing_else(store):
    with FaultServer(["401"]) as server:
        run = carried_out(planned(server.url, prompts=4, concurrency=1), store)
    assert run.status == "partial"
    assert [v.failure is None for v in run.variants] == [False, True, True, True]


def test_five_hundred_requests_under_faults_lose_nothing(store):
    rates = {
        "429": 0.1,
        "500": 0.03,
        "503": 0.01,
        "424": 0.01,
        "hang": 0.01,
        "cut": 0.01,
        "reset": 0.01,
        "html": 0.01,
        "empty": 0.01,
    }
    with FaultServer(rates=rates, hang=18, retry_after=0.02) as server:
        server.keep_bodies = False
        run = carried_out(planned(server.url, prompts=500, concurrency=50, timeout=6), store)
    assert len(run.variants) == 500
    lost = [v.failure for v in run.variants if v.failure]
    assert lost == []
    assert server.repeated == 0


def test_the_pause_a_server_asks_for_is_respected(store):
    moments = []
    with FaultServer(["429"], retry_after=1) as server:
        run = planned(server.url)

        def observe(event: Event) -> None:
            if event.kind == "sent":
                moments.append(asyncio.get_running_loop().time())

        carried_out(run, store, observer=observe)
    assert moments[1] - moments[0] >= 1


def test_concurrency_is_bounded_by_backend(store):
    with FaultServer(latency=0.02) as server:
        carried_out(planned(server.url, prompts=20, concurrency=3), store)
    assert server.most_in_flight == 3


def test_fewer_tokens_read_than_sent_marks_the_variant_as_cut(store):
    with FaultServer(prompt_tokens=3) as server:
        run = carried_out(planned(server.url), store)
    assert run.variants[0].warnings == ("cut_input",)


def test_an_answer_stopped_by_length_is_marked(store):
    with FaultServer(["length"]) as server:
        run = carried_out(planned(server.url), store)
    assert run.variants[0].warnings == ("cut_output",)


def test_absurd_usage_numbers_are_unknown(store):
    with FaultServer(["absurd-usage"]) as server:
        run = carried_out(planned(server.url), store)
    assert run.variants[0].calls[0].reported_tokens is None


@pytest.mark.parametrize("fault", ["bad-utf8", "surrogate"])
def test_damaged_characters_are_replaced_and_stored(store, fault):
    answer = "The council spoke."
    with FaultServer([fault], answer=answer) as server:
        run = carried_out(planned(server.url), store)
    assert run.variants[0].summary.startswith("The coun")


def test_pieces_are_told_while_they_stream(store):
    pieces = []
    with FaultServer(["drip"], answer="Un compte rendu assez long pour venir en plusieurs morceaux.") as server:
        run = carried_out(
            planned(server.url),
            store,
            stream=True,
            observer=lambda e: pieces.append(e.text) if e.kind == "delta" else None,
        )
    assert len(pieces) > 1
    assert "".join(pieces) == run.variants[0].summary


def test_a_variant_is_on_disk_before_it_is_told(store):
    found = []
    with FaultServer() as server:
        run = planned(server.url)

        def observe(event: Event) -> None:
            if event.kind == "done":
                found.append([v.id for v in store.runs.read(run.id).variants])

        carried_out(run, store, observer=observe)
    assert found == [["v1"]]


def test_the_steps_of_a_prompt_are_one_conversation(store):
    prompt = parse(
        "# system\nTu résumes.\n# user\nVoici : {{ transcript }}\n# step: défi\nCritique.\n# step: fin\nRéécris."
    )
    with FaultServer(answer="Réponse.") as server:
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [prompt], backend(server.url), policy="local")
        run = carried_out(run, store)
    roles = [[m["role"] for m in json.loads(body)["messages"]] for body in server.bodies]
    assert roles[0] == ["user"]
    assert roles[2] == ["user", "assistant", "user", "assistant", "user"]
    assert [call.role for call in run.variants[0].calls] == ["step 1/3", "step 2/3", "step 3/3"]
    assert run.plan.calls == 3


def test_a_long_session_is_read_in_the_same_parts_by_every_model(store):
    session = b"\n\n".join(
        b"Anne: phrase numero %d de la seance publique sur la place du marche." % n for n in range(200)
    )
    with FaultServer() as server:
        own = {
            "small": BackendSettings(model="s", base_url=server.url, context=3000),
            "large": BackendSettings(model="l", base_url=server.url, context=100_000),
        }
        backends = resolve(["small", "large"], Settings(backends=own))
        run = comparing.plan(read_bytes(session, "s.txt"), [parse(PROMPT.format(n=1))], backends, policy="local")
        assert run.plan.parts > 1
        done = carried_out(run, store)
    asked = {"s": [], "l": []}
    for body in map(json.loads, server.bodies):
        asked[body["model"]].append(body["messages"][0]["content"])
    assert len(asked["s"]) == len(asked["l"]) == run.plan.parts + 1
    assert set(asked["s"][: run.plan.parts]) == set(asked["l"][: run.plan.parts])
    said = "\n".join(asked["s"][: run.plan.parts])
    assert set(map(str, range(200))) <= set(said.split())  # a line that is longer than a part is cut between words
    assert done.status == "complete"


def test_nothing_is_sent_outside_the_policy(store):
    with FaultServer() as server:
        backends = backend(server.url, zone="world")
        transcript = read_bytes(SESSION, "s.txt")
        with pytest.raises(OutboundRefused, match="Nothing was sent"):
            comparing.plan(transcript, [parse(PROMPT.format(n=1))], backends, policy="eu")
    assert not server.arrived


def test_every_sending_leaves_a_journal_line_without_the_text(store):
    with FaultServer(["500"]) as server:
        run = carried_out(planned(server.url), store)
        lines = list(store.journal.sendings())
    assert len(lines) == 2 == sum(server.arrived.values())
    assert lines[0].host == f"{server.url}/chat/completions"
    assert lines[0].size == len(server.bodies[0])
    assert run.id == lines[0].run
    assert "arbres" not in lines[0].model_dump_json()


def test_a_missing_key_is_named_before_anything_is_sent_or_written(store, monkeypatch):
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    backends = resolve(["mistral:mistral-small-latest"], Settings())
    run = comparing.plan(read_bytes(SESSION, "s.txt"), [parse(PROMPT.format(n=1))], backends)
    with pytest.raises(MissingKey, match="MISTRAL_API_KEY"):
        carried_out(run, store)
    assert store.runs.lines() == []


def test_a_wrong_key_is_never_repeated_in_a_message(store, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-wrong-9876543210")
    with FaultServer(key=KEY) as server:
        run = carried_out(planned(server.url), store)
    failure = run.variants[0].failure
    assert failure.kind == "authentication"
    assert "OPENAI_COMPATIBLE_API_KEY" in str(failure.cure)
    assert "9876543210" not in run.model_dump_json()


def test_the_right_key_is_sent_as_a_bearer_token(store, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", KEY)
    with FaultServer(key=KEY) as server:
        run = carried_out(planned(server.url), store)
    assert run.status == "complete"
    assert KEY not in run.model_dump_json()


def test_repeats_are_distinct_questions(store):
    with FaultServer() as server:
        transcript = read_bytes(SESSION, "s.txt")
        run = comparing.plan(transcript, [parse(PROMPT.format(n=1))], backend(server.url), repeats=3, policy="local")
        run = carried_out(run, store)
    assert [v.repeat for v in run.variants] == [1, 2, 3]
    assert [json.loads(body).get("seed") for body in sorted(server.bodies, key=len)] in ([None, 2, 3], [None, 3, 2])


def test_resume_asks_only_for_what_is_missing(store):
    with FaultServer(["401", "ok", "ok"]) as server:
        run = carried_out(planned(server.url, prompts=3, concurrency=1), store)
        assert run.status == "partial"
        done = asyncio.run(comparing.resume(run.id, store))
    assert done.status == "complete"
    assert sum(server.arrived.values()) == 4
    assert server.repeated == 0


def test_resume_keeps_the_steps_that_were_answered(store):
    prompt = parse("# user\nVoici : {{ transcript }}\n# step: fin\nRéécris.")
    with FaultServer(["ok", "401"]) as server:
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [prompt], backend(server.url), policy="local")
        run = carried_out(run, store)
        assert run.status == "failed"
        done = asyncio.run(comparing.resume(run.id, store))
    assert done.status == "complete"
    assert server.repeated == 0
    assert sum(server.arrived.values()) == 3


def test_a_recorded_run_replays_without_any_server(store):
    with FaultServer() as server:
        run = carried_out(planned(server.url, prompts=2), store)
    replayed = comparing.resolve_backends([f"replay:{run.id}"], Settings(), store)
    assert [b.name for b in replayed] == [f"replay:{run.id}/b"]
    again = comparing.plan(run.transcript, run.prompts, replayed, policy="local")
    done = carried_out(again, store)
    assert [v.summary for v in done.variants] == [v.summary for v in run.variants]
    assert done.sendings == ()


def test_a_question_that_was_not_recorded_is_a_failure_that_says_so(store):
    with FaultServer() as server:
        run = carried_out(planned(server.url), store)
    replayed = comparing.resolve_backends([f"replay:{run.id}"], Settings(), store)
    done = carried_out(
        comparing.plan(run.transcript, [parse("Autre : {{ transcript }}")], replayed, policy="local"), store
    )
    assert done.variants[0].failure.kind == "not_recorded"


def test_extracts_take_no_prompt_and_are_never_called_ai(store):
    backends = comparing.resolve_backends(["extractive"], Settings())
    long_enough = (
        SESSION + b"\n\nBruno Diallo: Il faut absolument garder des places de parking pour les commerces du centre.\n"
    )
    transcript = read_bytes(long_enough, "s.txt")
    run = comparing.plan(transcript, [parse(PROMPT.format(n=n)) for n in range(2)], backends, policy="local")
    done = carried_out(run, store)
    assert len(done.variants) == 3
    assert {v.author for v in done.variants} == {"extractive"}
    assert {v.prompt for v in done.variants} == {None}


def test_two_names_answered_by_one_model_are_said_to_be_one(store):
    from comparia.reports.wording import use_notice

    with FaultServer() as server:
        own = {name: BackendSettings(model="mistral-small", base_url=server.url) for name in ("alias", "model")}
        backends = resolve(["alias", "model"], Settings(backends=own))
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [parse(PROMPT.format(n=1))], backends, policy="local")
        done = carried_out(run, store)
    assert any("alias, model were answered by one and the same model" in line for line in use_notice(done))


def test_a_key_repeated_inside_a_stream_is_never_kept(store, monkeypatch):
    secret = "plain-secret-without-a-known-shape"
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", secret)
    with FaultServer(["stream-error"] * 20) as server:
        run = carried_out(planned(server.url), store, stream=True)
    assert run.variants[0].failure.kind == "server_error"
    assert str(run.variants[0].failure.message).startswith("bad")
    assert secret not in run.model_dump_json()


def test_a_run_in_progress_is_not_carried_out_twice(store):
    from comparia.errors import StoreError

    with FaultServer(["401"]) as server:
        run = carried_out(planned(server.url), store)
        with store.runs.hold(run.id), pytest.raises(StoreError, match="another process"):
            asyncio.run(comparing.resume(run.id, store))
        assert asyncio.run(comparing.resume(run.id, store)).status == "complete"


def test_what_arrived_is_written_when_a_run_is_stopped(store):
    from comparia.records import Completion

    run = planned("http://127.0.0.1:9/v1")
    store.runs.start(run)

    async def stopped():
        slow = store._transactions.write_batch

        def slower(batch):
            import time

            time.sleep(0.2)
            slow(batch)

        store._transactions.write_batch = slower
        tasks = [
            asyncio.create_task(
                store.answers.add_completion(run.id, f"rq_{n}", f"qu_{n}", "b", Completion(text=str(n)))
            )
            for n in range(5)
        ]
        await asyncio.sleep(0.05)
        tasks += [
            asyncio.create_task(
                store.answers.add_completion(run.id, f"rq_{n}", f"qu_{n}", "b", Completion(text=str(n)))
            )
            for n in range(5, 9)
        ]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()

    asyncio.run(stopped())
    store.drain()
    assert len(store.answers.completions(run.id)) == 9


def test_prompts_that_begin_alike_are_asked_apart(store):
    one = parse("# user\nVoici : {{ transcript }}")
    two = parse("# user\nVoici : {{ transcript }}\n# step: fin\nRéécris.")
    with FaultServer() as server:
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [one, two], backend(server.url), policy="local")
        done = carried_out(run, store)
    assert len({call.request for v in done.variants for call in v.calls}) == 3
    assert len(store.answers.completions(run.id)) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://bob:motdepasse@127.0.0.1:9/v1",
        "http://127.0.0.1:9/v1?key=s",
        "http://[::1/v1",
        "http://127.0.0.1:abc/v1",
        "http://h:99999/v1",
    ],
)
def test_an_address_with_a_secret_or_a_mistake_is_refused(url):
    from comparia.errors import ConfigurationError

    with pytest.raises(ConfigurationError) as error:
        comparing.resolve_backends([f"m@{url}"], Settings())
    assert "motdepasse" not in str(error.value)
