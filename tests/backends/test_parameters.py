"""Generation parameters: set, sent to real servers on loopback exactly as asked, told where refused, kept with each call."""

import asyncio
import importlib.util
import json

import pytest

from comparia import comparing, library, reports
from comparia.asking import request_of
from comparia.backends import resolve, with_generation
from comparia.backends.gguf import ModelInFile, stop_all
from comparia.backends.litellm import LiteLLM
from comparia.comparing.outgoing import Outgoing
from comparia.config import BackendSettings, GenerationSettings, Settings, load_settings
from comparia.errors import BackendError, ConfigurationError
from comparia.ingest import read_bytes
from comparia.messages import speaking
from comparia.prompts import parse
from comparia.records import RESERVED_FIELDS, Backend, Call, Completion, Message, Request, Run
from comparia.reports import wording
from comparia.reports.exchange import run_from_json
from comparia.scoring.models import signed_name
from comparia.store import open_store
from tests.backends.test_gguf import model_file
from tests.backends.test_litellm import PROTOCOLS
from tests.backends.test_real_answers import Player, http
from tests.fault_server import FaultServer

SESSION = b"Anne : Je veux garder tous les arbres de la place.\n\nBruno : Moi je suis contre, il faut des places.\n"
PROMPT = "Résume : {{ transcript }}"
ANSWER = "La réunion a porté sur les arbres de la place."
ALL = {
    "temperature": 0.2,
    "top_p": 0.9,
    "seed": 7,
    "max_tokens": 800,
    "reasoning_effort": "low",
    "extra": {"top_k": 40, "provider": {"order": ["a", "b"]}},
}
PLUMBING = ("model", "messages", "stream", "stream_options")


def carried_out(url, tmp_path, *, repeats=1, stream=False, generation=None, **settings):
    """A run of one model, and what is asked of its server."""
    own = Settings(
        outputs=tmp_path,
        policy="local",
        backends={"b": BackendSettings(model="stub-a", base_url=url, **settings)},
        models_list_points=False,
        models_judge=False,
    )
    run = library.prepare(
        read_bytes(SESSION, "s.txt"), [parse(PROMPT)], ["b"], repeats=repeats, generation=generation, settings=own
    )
    return library.carry_out(run, metrics=(), settings=own, stream=stream)


def bodies(server):
    """The parameters of each request, by what stands in its body."""
    found = [json.loads(body) for body in server.bodies]
    return [{name: value for name, value in body.items() if name not in PLUMBING} for body in found]


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_set_is_sent_kept_and_nothing_else(tmp_path, stream):
    with FaultServer(answer=ANSWER) as server:
        server.fingerprint, server.answers_as = "fp_1", "" if stream else "stub-a-2026"
        run = carried_out(server.url, tmp_path, stream=stream, **ALL)
        (sent,) = bodies(server)
    named = {name: value for name, value in ALL.items() if name != "extra"}
    assert sent == {**named, **ALL["extra"]}
    (call,) = run.variants[0].calls
    assert call.parameters == ALL
    assert call.fingerprint == "fp_1"
    assert call.response_id.startswith("c-")
    assert call.model == ("stub-a" if stream else "stub-a-2026")
    assert run.variants[0].warnings == ()
    document = json.loads(reports.render(run, "json"))
    assert document["variants"][0]["calls"][0]["parameters"] == ALL
    assert run_from_json(json.dumps(document).encode()) == run
    with open_store(f"sqlite:///{tmp_path}/comparia.db") as store:
        (kept,) = store.answers.completions(run.id).values()
    assert (kept.parameters, kept.fingerprint, kept.response_id) == (ALL, "fp_1", call.response_id)


def test_what_is_not_set_is_not_sent(tmp_path):
    with FaultServer(answer=ANSWER) as server:
        run = carried_out(server.url, tmp_path)
        assert bodies(server) == [{}]
    (call,) = run.variants[0].calls
    assert (call.parameters, call.fingerprint) == ({}, "")
    assert wording.parameter_lines(run) == []


@pytest.mark.parametrize(
    ("seed", "sent"),
    [(None, [None, 2, 3]), (0, [0, 1, 2]), (41, [41, 42, 43]), (2**31 - 1, [2**31 - 1, 2**31, 2**31 + 1])],
)
def test_repeats_send_their_seeds(tmp_path, seed, sent):
    with FaultServer(answer=ANSWER) as server:
        run = carried_out(server.url, tmp_path, repeats=3, seed=seed)
        assert sorted((body.get("seed") for body in bodies(server)), key=lambda s: s or 0) == sent
    by_repeat = {v.repeat: v.calls[0].parameters.get("seed") for v in run.variants}
    assert [by_repeat[n] for n in (1, 2, 3)] == sent


def test_mistral_is_sent_its_own_name_of_the_seed_and_openai_its_own_name_of_the_length(tmp_path):
    with FaultServer(answer=ANSWER) as server:
        carried_out(server.url, tmp_path / "m", preset="mistral", key_variable="", zone="local", seed=5)
        run = carried_out(server.url, tmp_path / "o", preset="openai", key_variable="", zone="local", max_tokens=90)
        assert bodies(server) == [{"random_seed": 5}, {"max_completion_tokens": 90}]
    assert run.variants[0].calls[0].parameters == {"max_completion_tokens": 90}


def test_a_server_that_is_known_to_take_no_seed_is_sent_none_and_it_is_told(tmp_path):
    with FaultServer(answer=ANSWER) as server:
        own = Settings(backends={"b": BackendSettings(model="stub-a", base_url=server.url, seed=5)})
        backends = [b.model_copy(update={"seed_field": ""}) for b in resolve(["b"], own)]
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [parse(PROMPT)], backends, policy="local")
        with open_store(f"sqlite:///{tmp_path}/comparia.db") as store:
            done = asyncio.run(comparing.execute(run, store))
        assert bodies(server) == [{}]
    assert done.variants[0].warnings == ("no_seed",)


@pytest.mark.parametrize(
    ("refuses", "warnings"),
    [
        ({"top_p": "Unsupported parameter: 'top_p' is not supported with this model."}, ["no_top_p"]),
        ({"seed": "Unrecognized request argument supplied: seed"}, ["no_seed"]),
        (
            {"reasoning_effort": "Unsupported value: 'reasoning_effort' does not support 'low' with this model."},
            ["no_reasoning_effort"],
        ),
        ({"reasoning_effort": "body.reasoning_effort: Extra inputs are not permitted"}, ["no_reasoning_effort"]),
        ({"top_p": "`temperature` and `top_p` cannot both be specified for this model."}, ["no_top_p"]),
        (
            {
                "temperature": "Unsupported value: 'temperature' does not support 0.2.",
                "top_p": "Unsupported parameter: 'top_p'",
                "seed": "Unsupported parameter: 'seed'",
                "reasoning_effort": "Unsupported parameter: 'reasoning_effort'",
            },
            ["no_reasoning_effort", "no_seed", "no_temperature", "no_top_p"],
        ),
    ],
)
def test_a_parameter_that_is_refused_is_left_out_and_told_in_both_languages(tmp_path, refuses, warnings):
    with FaultServer(answer=ANSWER) as server:
        server.refuses = refuses
        run = carried_out(server.url, tmp_path, **ALL)
        last = bodies(server)[-1]
    left = {code.removeprefix("no_") for code in warnings}
    assert sorted(run.variants[0].warnings) == warnings
    assert last == {n: v for n, v in ALL.items() if n not in left | {"extra"}} | ALL["extra"]
    assert run.variants[0].calls[0].parameters == {n: v for n, v in ALL.items() if n not in left}
    for language in ("fr", "en"):
        with speaking(language):
            said = {wording.warning_text(code) for code in warnings}
            assert not said & set(warnings)
            (line,) = wording.parameter_lines(run)
            refused = "(non accepté)" if language == "fr" else "(not taken)"
            assert line.count(refused) == len(warnings)
            assert line in reports.render(run, "html").decode().replace("&#39;", "'").replace("&#34;", '"')


def test_what_was_refused_is_in_the_next_plan_but_for_an_effort_of_another_size(tmp_path):
    with FaultServer(answer=ANSWER) as server:
        server.refuses = {name: f"Unsupported parameter: '{name}'" for name in ("top_p", "seed", "reasoning_effort")}
        carried_out(server.url, tmp_path, **ALL)
        before = len(server.bodies)
        run = carried_out(server.url, tmp_path, **ALL)
        assert len(server.bodies) - before == 2  # the effort alone is asked for again
    assert run.backends[0].not_taken == ("no_seed", "no_top_p")
    said = " ".join(wording.plan_lines(run))
    assert "takes no top_p" in said
    assert "takes no seed" in said
    assert sorted(run.variants[0].warnings) == ["no_reasoning_effort", "no_seed", "no_top_p"]


def test_an_extra_field_that_is_refused_fails_the_call_and_is_named(tmp_path):
    """It may say how long a provider keeps the text: it is never left out."""
    with FaultServer(answer=ANSWER) as server:
        server.refuses = {"store": "Unrecognized request argument supplied: store"}
        run = carried_out(server.url, tmp_path, extra={"store": False, "top_k": 4})
        assert len(server.bodies) == 1
    failure = run.variants[0].failure
    assert failure.kind == "rejected"
    assert str(failure.cure) == "Take `store` out of `extra` for this backend."


def test_ids_of_requests_stay_where_nothing_more_is_set_and_change_with_each_parameter(monkeypatch):
    def ids(**settings):
        own = BackendSettings(
            model="stub-a", base_url="http://127.0.0.1:9/v1", temperature=0.2, max_tokens=500, **settings
        )
        backends = resolve(["b"], Settings(backends={"b": own}))
        run = comparing.plan(read_bytes(SESSION, "s.txt"), [parse(PROMPT)], backends, policy="local")
        out, prompt = Outgoing(run), run.prompts[0]
        asked = [
            out.request(run.backends[0], prompt, out.opening(prompt, out.parts[0][0]), n, *out.parts[0]) for n in (1, 2)
        ]
        other = request_of(backends[0], [Message(role="user", parts=("Oui ?",))], "fr")
        assert len({request.question for request in asked}) == 2
        return (*(request.id for request in asked), other.id, signed_name(backends[0]))

    # As they were before these parameters could be set: stored answers are found by them.
    assert ids() == ("rq_aa1687b5c7324f7e", "rq_92b8a67aa0796429", "rq_42287ae2dde2cbd2", "b-f2479c85")
    assert ids(reasoning_effort="", extra={}) == ids()
    changes = [{"top_p": 0.9}, {"seed": 0}, {"seed": 1}, {"reasoning_effort": "low"}, {"extra": {"top_k": 1}}]
    found = [ids(**change) for change in ({}, *changes)]
    for column in zip(*found, strict=True):
        assert len(set(column)) == len(found)


def test_calls_and_answers_of_earlier_versions_are_read():
    assert Completion.model_validate({"text": "Oui."}).parameters == {}
    call = Call.model_validate({"request": "rq_1", "role": "recap", "expected_tokens": 3})
    assert (call.parameters, call.fingerprint, call.response_id) == ({}, "", "")


# Settings -------------------------------------------------------------------------------------------------------------


def test_settings_reach_the_backend(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text(
        '[backends.ours]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\ntop_p = 1\nseed = 0\n'
        'reasoning_effort = "none"\nextra = { top_k = 4, safe = true, stop = ["a", 1.5] }\n'
    )
    (backend,) = resolve(["ours"], load_settings({}, file))
    assert (backend.top_p, backend.seed, backend.reasoning_effort) == (1.0, 0, "none")
    assert backend.extra == {"top_k": 4, "safe": True, "stop": ["a", 1.5]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("top_p = 0", "top_p: must be more than 0"),
        ("top_p = 1.1", "top_p: must be at most 1"),
        ("seed = -1", "seed: must be at least 0"),
        ("seed = 2147483648", "seed: must be less than 2147483648"),
        ("seed = 1.5", "seed: "),
        ('reasoning_effort = "very high"', "reasoning_effort: must be one word"),
        ("extra = 3", "extra: is not of the shape expected"),
        ("extra = { messages = [] }", "extra: cannot hold messages: Comparia writes it itself"),
        ("extra = { a = { api_key = 'x' } }", "extra: cannot hold api_key: a key is read from the environment"),
        ("extra = { a = { b = [1, 2026-01-01] } }", "extra: cannot hold a.b: only text"),
        ("extra = { a = nan }", "extra: cannot hold a: only text"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, line, said):
    file = tmp_path / "c.toml"
    file.write_text(f"[backends.ours]\n{line}\n")
    with pytest.raises(ConfigurationError) as refused:
        load_settings({}, file)
    assert f"{file}: backends.ours.{said}" in refused.value.message


@pytest.mark.parametrize("field", sorted(RESERVED_FIELDS))
def test_extra_replaces_nothing_that_comparia_writes(field):
    with pytest.raises(ValueError, match=f"cannot hold {field}"):
        BackendSettings(extra={field: 1})
    with pytest.raises(ValueError, match=f"cannot hold {field}"):
        Backend(name="b", kind="openai_compatible", extra={field: 1})


def test_what_is_given_for_a_comparison_holds_over_the_settings_of_each_model(tmp_path):
    with FaultServer(answer=ANSWER) as server:
        given = GenerationSettings(temperature=0.0, seed=3, reasoning_effort="")
        carried_out(server.url, tmp_path, generation=given, temperature=1, top_p=0.5, reasoning_effort="high")
        assert bodies(server) == [{"temperature": 0.0, "top_p": 0.5, "seed": 3}]
    extracts = resolve(["extractive"], Settings())
    assert with_generation(extracts, GenerationSettings()) == extracts
    with pytest.raises(ConfigurationError, match="temperature, seed would change nothing"):
        with_generation(extracts, GenerationSettings(temperature=0.0, seed=3))


def test_the_command_line_sets_them_for_every_model(comparia, command, tmp_path):
    session = tmp_path / "session.txt"
    session.write_bytes(SESSION)
    with FaultServer(answer=ANSWER) as server:
        names = [f"{model}@{server.url}" for model in ("stub-a", "stub-b")]
        asked = [part for name in names for part in ("-b", name)]
        flags = "--temperature 0.4 --top-p 0.8 --seed 11 --max-tokens 300 --reasoning-effort minimal -n 2".split()
        out = comparia(
            "compare", session, *asked, "-b", "extractive", "-p", "compte-rendu", *flags, "--no-score", "--json"
        )
        sent = bodies(server)
    common = {"temperature": 0.4, "top_p": 0.8, "max_tokens": 300, "reasoning_effort": "minimal"}
    run = Run.model_validate_json(out)
    half = len(sent) // 2
    assert half >= 2 * len(run.prompts)  # two models, two repeats, and steps
    assert sorted(body.pop("seed") for body in sent) == [11] * half + [12] * half
    assert sent == [common] * 2 * half
    assert {b.seed for b in run.backends} == {11, None}
    page = reports.render(run, "html").decode()
    assert "temperature = 0.4; top_p = 0.8; seed = 11, 12; max_tokens = 300; reasoning_effort = minimal" in page
    code, _out, refused = command("compare", session, "--seed", "1")
    assert (code, "seed would change nothing" in refused) == (1, True)
    code, _out, refused = command("compare", session, "-b", names[0], "--reasoning-effort", "very high")
    assert (code, "reasoning_effort: must be one word" in refused) == (1, True)


# litellm, model files -------------------------------------------------------------------------------------------------


def through_litellm(model, url, **parameters):
    """An answer through litellm, and the body that passed the gate."""
    admitted = []

    async def admit(_backend, where, body, _tokens):
        admitted.append((where, json.loads(body)))

    async def run():
        adapter = LiteLLM(
            Backend(name="l", kind="litellm", model=model, base_url=url, timeout=5.0, **parameters), "k", admit
        )
        messages = (Message(role="user", parts=("Résume ceci.",)),)
        try:
            return await adapter.generate(Request(id="r", backend="l", model=model, repeat=2, messages=messages))
        finally:
            await adapter.close()

    completion = asyncio.run(run())
    return completion, admitted


@pytest.mark.xdist_group("litellm")
@pytest.mark.filterwarnings("ignore")
class TestThroughLiteLLM:
    def test_what_is_set_is_sent_and_kept(self):
        extra = {"top_k": 40, "api_base": "http://127.0.0.1:1/v1", "mock_response": "invented"}
        with FaultServer(answer=ANSWER) as server:
            server.fingerprint = "fp_2"
            completion, admitted = through_litellm("openai/m", server.url, **{**ALL, "extra": extra})
            (sent,) = bodies(server)
        named = {name: value for name, value in ALL.items() if name != "extra"} | {"seed": 8}
        assert sent == {**named, **extra}
        assert [body for _where, body in admitted] == [json.loads(body) for body in server.bodies]
        assert completion.text == ANSWER
        assert completion.parameters == {**named, "extra": extra}
        assert completion.warnings == ()
        assert completion.fingerprint == "fp_2"
        assert completion.response_id.startswith("c-")

    def test_no_seed_is_sent_where_none_is_set(self):
        with FaultServer(answer=ANSWER) as server:
            completion, _admitted = through_litellm("openai/m", server.url)
            assert bodies(server) == [{}]
        assert completion.parameters == {}

    @pytest.mark.parametrize(
        ("model", "sent", "warnings"),
        [
            (
                "anthropic/claude-x",
                {"temperature": 0.2, "top_p": 0.9, "max_tokens": 800},
                {"no_seed", "no_reasoning_effort"},
            ),
            ("gemini/gemini-x", {"temperature": 0.2, "top_p": 0.9, "seed": 8, "max_output_tokens": 800}, set()),
        ],
    )
    def test_what_litellm_leaves_out_is_told(self, model, sent, warnings):
        """It says nothing of it: the bytes that leave do."""
        extra = {"top_k": 40, "generationConfig": {"topK": 3}}
        with Player(http(200, json.dumps(PROTOCOLS[model]).encode())) as server:
            completion, [(_where, body)] = through_litellm(model, server.url, **{**ALL, "extra": extra})
        assert set(completion.warnings) == warnings
        effort = {} if "no_reasoning_effort" in warnings else {"reasoning_effort": "low"}
        assert completion.parameters == {**sent, **effort, "extra": extra}
        assert completion.response_id == ""  # what litellm draws is no id of the server's
        assert body["top_k"] == 40
        own = body["generationConfig"] if model.startswith("gemini") else body
        assert {name: own[name] for name in sent} == sent
        assert body["generationConfig"]["topK"] == 3
        assert "seed" not in own or "no_seed" not in warnings

    def test_a_refusal_is_adapted_and_told(self):
        with FaultServer(answer=ANSWER) as server:
            server.refuses = {"top_p": "Unsupported parameter: 'top_p'"}
            completion, _admitted = through_litellm("openai/m", server.url, top_p=0.9, seed=1)
            assert bodies(server) == [{"top_p": 0.9, "seed": 2}, {"seed": 2}]
        assert completion.warnings == ("no_top_p",)
        assert completion.parameters == {"seed": 2}

    def test_an_extra_field_that_is_refused_is_named(self):
        with FaultServer(answer=ANSWER) as server:
            server.refuses = {"store": "Unrecognized request argument supplied: store"}
            with pytest.raises(BackendError) as refused:
                through_litellm("openai/m", server.url, extra={"store": False})
        assert "`store`" in refused.value.cure


LLAMA = """
import json
class Llama:
    n_tokens = 40
    def __init__(self, path, n_ctx, verbose): pass
    def create_chat_completion(self, messages, stream, **options):
        for word in ("Voici", " ce", " que", " je", " lis: ", json.dumps(options, sort_keys=True)):
            yield {"choices": [{"delta": {"content": word}}]}
        yield {"choices": [{"delta": {}, "finish_reason": "stop"}]}
"""


def test_a_model_file_is_asked_with_them(tmp_path, monkeypatch):
    if importlib.util.find_spec("llama_cpp") is not None:
        pytest.skip("llama-cpp-python is installed: its stand-in would not be found first")
    path = model_file(tmp_path / "m.gguf")
    (tmp_path / "llama_cpp.py").write_text(LLAMA)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    settings = BackendSettings(preset="gguf", model=str(path), **{**ALL, "extra": {"top_k": 40}})
    (backend,) = resolve(["b"], Settings(backends={"b": settings}))
    request = Request(id="r", backend="b", model="m", repeat=3, messages=(Message(role="user", parts=("Oui ?",)),))
    try:
        answer = asyncio.run(ModelInFile(backend).generate(request))
        plain = backend.model_copy(update={**dict.fromkeys(("top_p", "seed", "temperature")), "extra": {}})
        first = asyncio.run(ModelInFile(plain).generate(request.model_copy(update={"repeat": 1})))
        third = asyncio.run(ModelInFile(plain).generate(request))
    finally:
        stop_all()
    sent = {"temperature": 0.2, "top_p": 0.9, "seed": 9, "max_tokens": 800}
    assert json.loads(answer.text.partition(": ")[2]) == {**sent, "top_k": 40}
    assert answer.parameters == {**sent, "extra": {"top_k": 40}}
    assert answer.warnings == ("no_reasoning_effort",)
    assert first.parameters == {"temperature": 0.7, "max_tokens": 800}
    assert third.parameters == {"temperature": 0.7, "max_tokens": 800, "seed": 3}
    odd = ModelInFile(backend.model_copy(update={"extra": {"store": False}}))
    with pytest.raises(BackendError, match="takes no store"):
        asyncio.run(odd.generate(request))
    refused = settings.model_copy(update={"extra": {"store": False}})
    with pytest.raises(ConfigurationError, match="takes no store"):
        resolve(["b"], Settings(backends={"b": refused}))
