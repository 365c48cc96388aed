"""The litellm adapter, against a real server on loopback: foreign errors made ours, keys kept out, nothing else sent."""

import asyncio

import pytest

from comparia.backends.litellm import LiteLLM
from comparia.errors import BackendError
from comparia.records import Backend, Message, Request
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
    assert [where for where, _size in admitted] == ["litellm://openai"]


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
