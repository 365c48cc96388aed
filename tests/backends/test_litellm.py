"""The litellm adapter, against a real server on loopback: foreign errors made ours, keys kept out, nothing else sent."""

import asyncio
import json

import pytest

from comparia.backends.litellm import LiteLLM
from comparia.errors import BackendError, OutboundRefused
from comparia.records import Backend, Message, Request
from tests.backends.test_real_answers import Player, http
from tests.fault_server import KEY, FaultServer

pytestmark = [pytest.mark.xdist_group("litellm"), pytest.mark.filterwarnings("ignore")]


def ask(url, key=KEY, on_delta=None, timeout=5.0):
    admitted = []

    async def admit(backend, where, body, tokens):
        admitted.append((where, len(body)))

    async def run():
        backend = Backend(name="l", kind="litellm", model="openai/m", base_url=url, timeout=timeout)
        adapter = LiteLLM(backend, key, admit)
        messages = (Message(role="user", parts=("Résume ", "ceci.")),)
        try:
            return await adapter.generate(Request(id="r", backend="l", model="openai/m", messages=messages), on_delta)
        finally:
            await adapter.close()

    return asyncio.run(run()), admitted


def test_an_answer_comes_with_usage_and_model():
    with FaultServer(answer="Un compte rendu.", key=KEY) as server:
        completion, admitted = ask(server.url)
    assert completion.text == "Un compte rendu."
    assert completion.usage.input_tokens > 0
    assert completion.finish_reason == "stop"
    assert [where for where, _size in admitted] == [f"{server.url}/chat/completions"]
    assert [size for _where, size in admitted] == [len(body) for body in server.bodies]  # the very bytes


def test_pieces_are_streamed():
    pieces = []
    with FaultServer(answer="Un compte rendu qui vient en plusieurs morceaux.") as server:
        completion, _admitted = ask(server.url, on_delta=pieces.append)
    assert "".join(pieces).strip() == completion.text
    assert len(pieces) > 1


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ("429", "rate_limited", True),
        ("500", "server_error", True),
        ("503", "overloaded", True),
        ("401", "authentication", False),
        ("404", "rejected", False),
        ("400", "rejected", False),
        ("empty", "empty", True),
    ],
)
def test_every_foreign_error_is_one_of_ours(fault, kind, retryable):
    with FaultServer([fault] * 4) as server, pytest.raises(BackendError) as error:
        ask(server.url)
    assert (error.value.kind, error.value.retryable) == (kind, retryable)
    assert KEY not in str(error.value)


def test_a_server_that_is_down_is_retryable():
    with pytest.raises(BackendError) as error:
        ask("http://127.0.0.1:9/v1")
    assert error.value.retryable


def through(model, url, on_delta=None, key=KEY):
    """An answer through litellm, and what the gate saw of it."""
    admitted = []

    async def admit(backend, where, body, tokens):
        admitted.append((where, body))

    async def run():
        backend = Backend(name="l", kind="litellm", model=model, base_url=url, timeout=5.0, max_tokens=500)
        adapter = LiteLLM(backend, key, admit)
        messages = (Message(role="system", parts=("Restitue.",)), Message(role="user", parts=("Résume ceci.",)))
        try:
            return await adapter.generate(Request(id="r", backend="l", model=model, messages=messages), on_delta)
        finally:
            await adapter.close()

    return lambda: asyncio.run(run()), admitted


TEXT = "Nadia Ferrand refuse la suppression des places de livraison."
ANTHROPIC = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "claude-x",
    "content": [{"type": "text", "text": TEXT}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 31, "cache_read_input_tokens": 569, "output_tokens": 40},
}
GEMINI = {
    "candidates": [{"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 600, "candidatesTokenCount": 40, "totalTokenCount": 640},
    "modelVersion": "gemini-x",
}
PROTOCOLS = {"anthropic/claude-x": ANTHROPIC, "gemini/gemini-x": GEMINI}


def changed(model, text=TEXT, ended=None):
    """The same answer with another text, or another reason to end."""
    document = json.loads(json.dumps(PROTOCOLS[model]))
    if model.startswith("anthropic"):
        document["content"][0]["text"] = text
        document["stop_reason"] = ended or "end_turn"
    else:
        document["candidates"][0]["content"]["parts"][0]["text"] = text
        document["candidates"][0]["finishReason"] = ended or "STOP"
    return json.dumps(document).encode()


@pytest.mark.parametrize("model", PROTOCOLS)
def test_other_protocols_pass_the_gate_with_their_real_address_and_bytes(model):
    with Player(http(200, changed(model))) as server:
        ask_once, admitted = through(model, server.url.removesuffix("/v1"))
        completion = ask_once()
        ((where, body),) = admitted
        _line, sent = server.asked[0]
    assert completion.text == TEXT
    assert completion.usage.input_tokens == 600
    assert completion.warnings == ()
    assert body == sent
    assert where.startswith(server.url.removesuffix("/v1"))
    assert KEY not in where


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize(
    ("text", "ended", "warnings"),
    [
        ("<think>SECRET</think>\n" + TEXT, None, ("thinking_removed",)),
        ("SECRET\n</think>\n\n" + TEXT, None, ("thinking_removed",)),
        (TEXT, {"anthropic/claude-x": "max_tokens", "gemini/gemini-x": "MAX_TOKENS"}, ("cut_output",)),
    ],
)
def test_answers_of_other_protocols_are_read_like_any_other(model, text, ended, warnings):
    with Player(http(200, changed(model, text, ended[model] if ended else None))) as server:
        ask_once, _admitted = through(model, server.url.removesuffix("/v1"))
        completion = ask_once()
    assert completion.text == TEXT
    assert completion.warnings == warnings


def test_a_filtered_answer_of_other_protocols_is_never_a_plain_recap():
    with Player(http(200, changed("anthropic/claude-x", TEXT, "refusal"))) as server:
        ask_once, _admitted = through("anthropic/claude-x", server.url.removesuffix("/v1"))
        assert ask_once().warnings == ("filtered",)
    with Player(http(200, changed("gemini/gemini-x", TEXT, "SAFETY"))) as server:  # litellm keeps nothing of its text
        ask_once, _admitted = through("gemini/gemini-x", server.url.removesuffix("/v1"))
        with pytest.raises(BackendError, match="filter") as refused:
            ask_once()
    assert (refused.value.kind, refused.value.retryable) == ("filtered", False)


@pytest.mark.parametrize("model", [*PROTOCOLS, "openai/m"])
@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (401, b'{"error":{"message":"bad key","type":"authentication_error"}}', "authentication", False),
        (429, b'{"error":{"message":"slow down","type":"rate_limit_error"}}', "rate_limited", True),
        (400, b'{"error":{"message":"prompt is too long: 9000 tokens > 4096 maximum"}}', "too_long", False),
        (500, b'{"error":{"message":"broken"}}', "server_error", True),
        (529, b'{"error":{"message":"overloaded","type":"overloaded_error"}}', "overloaded", True),
    ],
)
def test_refusals_of_every_protocol_are_ours(model, status, body, kind, retryable):
    with Player(http(status, body)) as server:
        ask_once, _admitted = through(model, server.url.removesuffix("/v1") if "openai" not in model else server.url)
        with pytest.raises(BackendError) as refused:
            ask_once()
        assert len(server.asked) == 1
    assert (refused.value.kind, refused.value.retryable) == (kind, retryable)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("model", [*PROTOCOLS, "openai/m"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(model, status):
    with Player(http(200, changed("gemini/gemini-x"))) as elsewhere:
        moved = http(status, b"", more=b"Location: " + elsewhere.url.encode() + b"\r\n")
        with Player(moved) as server:
            ask_once, admitted = through(model, server.url)
            with pytest.raises(BackendError, match="HTTP 30") as refused:
                ask_once()
            assert len(server.asked) == len(admitted) == 1
        assert elsewhere.asked == []
    assert refused.value.kind == "rejected"
    assert "redirects" in refused.value.cure


def test_a_gate_that_refuses_lets_nothing_out():
    async def admit(*_given):
        raise OutboundRefused("outside the policy")

    async def run():
        backend = Backend(name="l", kind="litellm", model="openai/m", base_url=server.url, timeout=5.0)
        adapter = LiteLLM(backend, KEY, admit)
        messages = (Message(role="user", parts=("Résume.",)),)
        try:
            await adapter.generate(Request(id="r", backend="l", model="openai/m", messages=messages))
        finally:
            await adapter.close()

    with FaultServer() as server, pytest.raises(OutboundRefused):
        asyncio.run(run())
    assert server.bodies == []
