"""Every other provider (Anthropic, Gemini, Bedrock...), through litellm, imported only when it is used.

Its price map is the one it ships with and its telemetry and logging are off: nothing goes out but the request.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from comparia.backends.answers import adjustments_to_tell, completion_of, usage_of
from comparia.backends.forms import ADJUSTED_BY_LITELLM, fields_of, form_of
from comparia.backends.openai_compatible import adjustments_of, transport_to, without_system
from comparia.backends.refusals import Said, adjustment, extra_cure, refusal, wait_of
from comparia.errors import BackendError, OutboundRefused
from comparia.keys import without_key
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Request
from comparia.text.controls import readable
from comparia.text.thinking import Pieces


class LiteLLM:
    """One model behind litellm.

    Args:
        backend: `model` carries litellm's provider prefix.
        key: the key, passed to each call and kept nowhere else.
        admit: the outbound gate.
    """

    def __init__(
        self, backend: Backend, key: str | None, admit: Callable[[Backend, str, bytes, int], Awaitable[None]]
    ) -> None:
        self._backend = backend
        self._key = key
        self._admit = admit

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Ask once. Raises BackendError, each foreign error mapped to ours."""
        backend = self._backend
        litellm = await asyncio.to_thread(_load)
        adjustments: list[str] = adjustments_of(backend)
        start = time.monotonic()
        while True:
            conversation = without_system(request.messages) if "system_in_user" in adjustments else request.messages
            options: dict[str, Any] = {
                "model": backend.model,
                "messages": [{"role": m.role, "content": m.content} for m in conversation],
                "timeout": backend.timeout,
                "num_retries": 0,
            }
            if self._key:
                options["api_key"] = self._key
            elif backend.base_url:  # else litellm sends the key that the environment holds for another host
                options["api_key"] = "none"
            options |= {"api_base": backend.base_url} if backend.base_url else {}
            options |= {"max_tokens": backend.max_tokens} if backend.max_tokens is not None else {}
            if backend.temperature is not None and "no_temperature" not in adjustments:
                options["temperature"] = backend.temperature
            if backend.top_p is not None and "no_top_p" not in adjustments:
                options["top_p"] = backend.top_p
            if backend.seed is not None and "no_seed" not in adjustments:
                options["seed"] = backend.seed_of(request.repeat)
            if backend.reasoning_effort and "no_reasoning_effort" not in adjustments:
                options["reasoning_effort"] = backend.reasoning_effort
            form = form_of(request, adjustments, backend, ADJUSTED_BY_LITELLM)
            options |= fields_of(form, request.answer_schema or {})
            outgoing = _Outgoing(backend, self._admit, request.input_tokens)
            token = _OUTGOING.set(outgoing)
            try:
                return await self._completion(litellm, options, on_delta, adjustments, start)
            except (BackendError, OutboundRefused):
                raise
            except Exception as error:
                if outgoing.refused is not None:
                    raise outgoing.refused from error
                words = Said(self._clean(error))
                system = any(m.role == "system" for m in conversation)
                how = adjustment(words, options, system=system)
                if not how or how in adjustments:
                    raise self._translate_error(error) from error
                adjustments.append(how)
            finally:
                _OUTGOING.reset(token)

    async def _completion(
        self,
        litellm: Any,
        options: dict[str, Any],
        on_delta: Callable[[str], None] | None,
        adjustments: list[str],
        start: float,
    ) -> Completion:
        if on_delta is None:
            answer = await litellm.acompletion(**options)
            choice = answer.choices[0]
            text, finish, message = choice.message.content or "", choice.finish_reason, choice.message
            reasoning = str(getattr(message, "reasoning_content", "") or "")
        else:
            text, finish, reasoning, answer = await _stream(litellm, options, on_delta)
        usage = getattr(answer, "usage", None)
        dump = getattr(usage, "model_dump", None)
        details: dict[str, Any] = dump() if dump else {}
        outgoing = _OUTGOING.get()
        parameters, left_out = _sent(options, self._backend.extra, outgoing.body if outgoing is not None else b"")
        answer_id = str(getattr(answer, "id", "") or "")
        completion = completion_of(
            text,
            finish=finish,
            usage=usage_of({"usage": details}),
            model=str(getattr(answer, "model", "") or ""),
            reasoning=reasoning,
            adjusted=adjustments_to_tell([*adjustments, *left_out], self._backend),
            fingerprint=getattr(answer, "system_fingerprint", None),
            response_id="" if _OWN_ID.fullmatch(answer_id) else answer_id,
        )
        seconds = round(time.monotonic() - start, 3)
        return completion.model_copy(update={"seconds": seconds, "parameters": parameters})

    async def close(self) -> None:
        """Close litellm's cached connections, if it was ever used."""
        if "litellm" in sys.modules:
            await _GATED.aclose()

    def _clean(self, error: Exception) -> str:
        """Return the words of a foreign error, on one line, without the key nor what acts in a terminal."""
        return readable(without_key(str(error)[:20_000], self._key or ""))[:300]

    def _translate_error(self, error: Exception) -> BackendError:
        status, name, text = getattr(error, "status_code", None), type(error).__name__, self._clean(error)
        variable = self._backend.key_variable
        if "ContextWindow" in name:
            return refusal(413, Said(f"{name}: {text}"), key_variable=variable)
        if "Timeout" in name or isinstance(error, TimeoutError):
            return BackendError("timeout", f"{name}: {text}", retryable=True)
        if "Connection" in name:
            return BackendError("connection", f"{name}: {text}", retryable=True)
        if isinstance(status, int) and 300 <= status < 600:
            refused = refusal(status, Said(text), wait=_wait(error), key_variable=variable)
            if refused.kind == "rejected" and not refused.cure:
                refused.cure = extra_cure(Said(text), self._backend.extra)
            return refused
        return BackendError("server_error", f"{name}: {text}", retryable=True)


async def _stream(litellm: Any, options: dict[str, Any], on_delta: Callable[[str], None]) -> tuple[str, str, str, Any]:
    pieces: list[str] = []
    output = Pieces(on_delta)
    finish = reasoning = ""
    last = None
    stream = await litellm.acompletion(**options, stream=True, stream_options={"include_usage": True})
    async for chunk in stream:
        last = chunk if getattr(chunk, "usage", None) or last is None else last
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            reasoning = (reasoning + str(getattr(choice.delta, "reasoning_content", "") or ""))[:500]
            if choice.delta.content:
                pieces.append(choice.delta.content)
                output(choice.delta.content)
    output.end()
    return "".join(pieces), finish, reasoning, last


def _wait(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    return wait_of(headers) if headers is not None else None


_FIELDS = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topP", "p"),
    "seed": ("seed", "random_seed"),
    "reasoning_effort": (
        "reasoning_effort reasoningEffort reasoning reasoning_config thinking thinkingConfig thinkingLevel "
        "thinking_config output_config think"
    ).split(),
    "max_tokens": (
        "max_tokens maxTokens max_completion_tokens max_output_tokens maxOutputTokens max_new_tokens max_gen_len "
        "num_predict max_tokens_to_sample"
    ).split(),
}
"""Names under which providers take the parameters that litellm is given."""
_OWN_ID = re.compile(r"chatcmpl-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Ids that litellm draws for the answers of servers that give none, or not in OpenAI's words."""
_CONVERSATION = ("messages", "contents", "system", "system_instruction", "prompt", "input")


def _sent(options: dict[str, Any], extra: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], list[str]]:
    """Return the parameters of a call that litellm sent, and the codes of those that it left out for this model.

    litellm leaves out without a word what it thinks a model does not take: the bytes that left say what it did.
    """
    document = _document(body)
    fields: set[str] = set()
    waiting: list[Any] = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            fields.update(item)
            waiting += [value for name, value in item.items() if name not in _CONVERSATION]
    sent: dict[str, Any] = {}
    left_out = []
    for name, names in _FIELDS.items():
        if name not in options:
            continue
        field = next((field for field in names if field in fields), "")
        if field:
            sent[field if name == "max_tokens" else name] = options[name]
        elif name != "max_tokens" and options[name] != "none":
            left_out.append(f"no_{name}")
    return sent | ({"extra": dict(extra)} if extra else {}), left_out


def _document(body: bytes) -> dict[str, Any]:
    """Return the request to a model that a body holds; nothing where it is another."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) and not document.keys().isdisjoint(_CONVERSATION) else {}


def _with_extra(document: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with extra fields; those of a table are put in the table of that name, where there is one."""
    merged = dict(document)
    for name, value in extra.items():
        present = merged.get(name)
        tables = isinstance(present, dict) and isinstance(value, Mapping)
        merged[name] = _with_extra(present or {}, value) if tables else value
    return merged


# What leaves ----------------------------------------------------------------------------------------------------------


class _Outgoing:
    """The call that is being made, for the gate that its requests pass.

    Args:
        backend: who is asked.
        admit: the gate.
        tokens: estimated input tokens.
    """

    def __init__(
        self, backend: Backend, admit: Callable[[Backend, str, bytes, int], Awaitable[None]], tokens: int
    ) -> None:
        self.backend, self.admit, self.tokens = backend, admit, tokens
        self.refused: BackendError | OutboundRefused | None = None
        """Why a request was not sent, or its answer not read: litellm wraps it in an error of its own."""
        self.body = b""
        """The bytes that left last."""


_OUTGOING: ContextVar[_Outgoing | None] = ContextVar("comparia_litellm_outgoing", default=None)


class _Gated(httpx.AsyncBaseTransport):
    """The one way out of litellm: the gate reads the very bytes and the real address; no redirect is followed."""

    def __init__(self) -> None:
        self._inner: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncBaseTransport] = WeakKeyDictionary()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through the gate, and return its answer. Raises OutboundRefused or BackendError."""
        outgoing = _OUTGOING.get()
        if outgoing is None:
            raise OutboundRefused(_("litellm tried to reach {host} by itself.").format(host=request.url.host))
        try:
            request = await self._admit(request, outgoing)
            response = await self._transport(outgoing.backend, request).handle_async_request(request)
            if 300 <= response.status_code < 400:
                await response.aclose()
                raise refusal(response.status_code, Said(""))
        except (BackendError, OutboundRefused) as error:
            outgoing.refused = error
            raise
        return response

    @staticmethod
    async def _admit(request: httpx.Request, outgoing: _Outgoing) -> httpx.Request:
        """Pass the gate, and return the request as it is sent: with the extra fields of the backend.

        They are added here, since litellm takes some names for arguments of its own, and an address among them.
        """
        base_url = outgoing.backend.base_url
        if base_url and urlsplit(base_url).netloc.lower() != request.url.netloc.decode().lower():
            message = _("litellm tried to reach {host} instead of {given}.")
            raise OutboundRefused(message.format(host=request.url.host, given=base_url))
        body = await request.aread()
        if (extra := outgoing.backend.extra) and (document := _document(body)):
            if "aws4-hmac" in request.headers.get("authorization", "").lower():
                message = _("this provider signs its requests: no extra field can be added")
                raise BackendError("rejected", message, _("Leave `extra` out for this backend."))
            body = json.dumps(_with_extra(document, extra)).encode()
            headers = [
                (k, v) for k, v in request.headers.raw if k.lower() not in (b"content-length", b"transfer-encoding")
            ]
            request = httpx.Request(
                request.method, request.url, headers=headers, content=body, extensions=request.extensions
            )
        url = str(request.url.copy_with(query=None))  # some providers put the key there
        await outgoing.admit(outgoing.backend, url, body, outgoing.tokens)
        outgoing.body = body
        return request

    def _transport(self, backend: Backend, request: httpx.Request) -> httpx.AsyncBaseTransport:
        """Return a transport of the running loop: through the environment's proxy, but never to this machine itself."""
        loop = asyncio.get_running_loop()
        if loop not in self._inner:
            self._inner[loop] = transport_to(
                str(request.url), concurrency=backend.concurrency, local=backend.zone == "local"
            )
        return self._inner[loop]

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        inner = self._inner.pop(asyncio.get_running_loop(), None)
        if inner is not None:
            await inner.aclose()


def _load() -> Any:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches a price list at import
    for loud in ("LITELLM_LOG", "LITELLM_DEBUG", "DEBUG"):
        os.environ.pop(loud, None)  # at debug level it prints prompts and keys
    litellm: Any = importlib.import_module("litellm")
    litellm.telemetry = False
    litellm.set_verbose = False
    litellm.turn_off_message_logging = True
    litellm.callbacks, litellm.success_callback, litellm.failure_callback = [], [], []
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    _close_other_ways_out(litellm)
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


_GATED = _Gated()
"""The one way out, of every client."""


def _close_other_ways_out(litellm: Any) -> None:
    """Make every client of litellm send through the gate, whatever protocol its provider speaks."""
    handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    if litellm.aclient_session is None or litellm.aclient_session.is_closed:
        litellm.aclient_session = httpx.AsyncClient(transport=_GATED, follow_redirects=False, trust_env=False)
    handlers.AsyncHTTPHandler.create_async_transport = staticmethod(lambda *_arguments, **_options: _GATED)
    handlers.AsyncHTTPHandler.create_httpx_proxy_mounts = staticmethod(lambda *_arguments, **_options: {})
