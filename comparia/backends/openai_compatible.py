"""Any server that speaks OpenAI's chat completions: Mistral, Albert, vLLM, llama.cpp, Ollama...

A thin client on httpx over an aiohttp transport: on 120 KB bodies it spends a fifth of the processor time of httpx's
own transport. The body is put together from escaped pieces, so a long transcript is escaped once, not once a request.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import math
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from comparia.backends.answers import ENDED_WELL, adjustments_to_tell, completion_of, parameters_sent, usage_of
from comparia.backends.forms import (
    HELD,
    UNUSUAL,
    arguments_in,
    fields_of,
    form_of,
    form_sent,
    in_openai_words,
    is_held,
    of_ollama,
)
from comparia.backends.refusals import Said, adjustment, extra_cure, refusal, said_of, status_in, wait_of
from comparia.config import catalogue, is_loopback, proxy_of
from comparia.errors import BackendError
from comparia.keys import without_key
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Message, Request, Usage
from comparia.text.controls import readable
from comparia.text.thinking import Pieces

MAX_ANSWER_BYTES = 20_000_000
"""A longer answer is not a recap."""

LONGEST_ANSWER = 10.0
"""Longest time from sending to the last byte, in `timeout`s: a server that drips for ever is never silent."""

_SECRET = re.compile(r"\b(?:sk|key|pk|Bearer)[-_ ][A-Za-z0-9_\-.*]{6,}")
LONGEST_ECHO = 40
"""Characters of a request that a server may repeat in its words: a longer piece of it is left out."""


OLLAMA = "/api/chat"
"""Path of Ollama's own way of chatting, beside `/v1`."""
CALLS = ("tool_calls", "function_call")
"""Why an answer ends that calls a function."""

CONNECT_TIMEOUT = 15.0
LOCAL_CONNECT_TIMEOUT = 2.0
LISTING_TIMEOUT = 10.0
"""Seconds to reach a server, one of this machine, and to get its list of models."""


class OpenAICompatible:
    """One server, one model.

    Args:
        backend: what to ask, and where.
        key: its key, sent as a bearer token and kept nowhere else.
        admit: the outbound gate.
    """

    def __init__(
        self, backend: Backend, key: str | None, admit: Callable[[Backend, str, bytes, int], Awaitable[None]]
    ) -> None:
        self._backend = backend
        self._key = key
        self._admit = admit
        self._adjustments: list[str] = adjustments_of(backend)
        self._base = backend.base_url
        headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "comparia"}
        headers["Accept-Encoding"] = "identity"  # what is bounded is then what is read
        self._headers = httpx.Headers(headers | ({"Authorization": f"Bearer {key}"} if key else {}))
        self._transport = transport_to(backend.base_url, concurrency=backend.concurrency, local=backend.zone == "local")

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Ask `/chat/completions` until this server takes the request. Raises BackendError, with kind and cure.

        A parameter that it refuses costs nothing: the request is sent once more without it, or in other words, and the
        server is asked so from then on. The completion says how. A server that takes a way of holding answers to a
        schema, and does not keep to it, is asked in the next way from the next request on.
        """
        start = time.monotonic()
        attempts: set[str] = set()
        while True:
            try:
                completion = await self._ask(request, on_delta)
            except _AdjustError as adjusted:
                if adjusted.how in attempts:  # it did not help
                    raise adjusted.error from adjusted
                attempts.add(adjusted.how)
                if adjusted.how not in self._adjustments:  # another request in flight may have found it first
                    self._adjustments.append(adjusted.how)
                continue
            return completion.model_copy(update={"seconds": round(time.monotonic() - start, 3)})

    async def _ask(self, request: Request, on_delta: Callable[[str], None] | None) -> Completion:
        body, options = body_of(self._backend, request, self._adjustments, stream=on_delta is not None)
        form = form_sent(options)
        path = OLLAMA if form == "format" else "/chat/completions"
        async with self._exchange("POST", path, body, request.input_tokens, options) as response:
            if on_delta is not None and not _is_json(response):
                completion = await self._read_stream(response, on_delta, called=form == "tool")
            else:
                completion = self._completion(await read_whole(response), on_delta, called=form == "tool")
        if form in HELD and not is_held(completion.text, whole=completion.finish_reason in ENDED_WELL):
            code = f"no_{form}"
            if code not in self._adjustments:
                self._adjustments.append(code)
            completion = completion.model_copy(update={"warnings": (*completion.warnings, code)})
        field = next((name for name in ("max_tokens", "max_completion_tokens") if name in options), "")
        return completion.model_copy(update={"parameters": parameters_sent(options, self._backend, max_tokens=field)})

    async def embed(self, texts: Sequence[str], tokens: int) -> list[list[float]]:
        """Ask `/embeddings` for the vectors of some texts, in their order. Raises BackendError."""
        body = json.dumps(
            {"model": self._backend.model, "input": list(texts)}, ensure_ascii=False, separators=(",", ":")
        )
        async with self._exchange("POST", "/embeddings", body.encode("utf-8", "replace"), tokens) as response:
            document = _json((await read_whole(response)).decode("utf-8-sig", "replace"))
        return _vectors(document, len(texts))

    async def models(self) -> list[dict[str, Any]]:
        """Return the entries of `/models`: at least `id`, and `aliases` if the server has any. Raises BackendError."""
        async with self._exchange("GET", "/models", b"", 0) as response:
            document = _json((await read_whole(response)).decode("utf-8-sig", "replace"))
        entries = document.get("data") if isinstance(document, dict) else None
        return [entry for entry in entries or [] if isinstance(entry, dict) and isinstance(entry.get("id"), str)]

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    @asynccontextmanager
    async def _exchange(
        self, method: str, path: str, body: bytes, tokens: int, options: Mapping[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Send one request through the gate, and yield the answer."""
        await self._admit(self._backend, self._url(path), body, tokens)
        async with self._sent(method, path, body, options) as response:
            yield response

    def _url(self, path: str) -> str:
        """Return the address of an endpoint, given its path after the address of the server."""
        return (self._base.removesuffix("/v1") if path == OLLAMA else self._base) + path

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        body: bytes,
        options: Mapping[str, Any] | None = None,
        *,
        content_type: str = "",
        longest: int = MAX_ANSWER_BYTES,
        silence: float | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Send what the gate has admitted, and yield the answer. No cookie is sent, no redirect is followed.

        Args:
            method: of HTTP.
            path: after the address of the server.
            body: what is sent.
            options: parameters of the request, by which a refusal is understood.
            content_type: of the body; JSON when empty.
            longest: bytes after which the answer is cut.
            silence: seconds of silence after which it has failed; those of the backend, or of a list, when None.
        """
        url = _parsed(self._url(path))
        if silence is None:
            silence = self._backend.timeout if method == "POST" else LISTING_TIMEOUT
        reached = LOCAL_CONNECT_TIMEOUT if is_loopback(str(url)) else CONNECT_TIMEOUT
        waits = {"connect": min(reached, silence), "read": silence, "write": silence, "pool": None}
        headers = self._headers
        if content_type:
            headers = httpx.Headers(headers)
            headers["Content-Type"] = content_type
        request = httpx.Request(method, url, headers=headers, content=body, extensions={"timeout": waits})
        try:
            async with asyncio.timeout(LONGEST_ANSWER * silence) as limit:
                response = await self._transport.handle_async_request(request)
                response.stream = _Bounded(cast("httpx.AsyncByteStream", response.stream), longest)
                try:
                    if response.status_code not in (200, 201) and (method, response.status_code) != ("DELETE", 204):
                        raise self._error_of(response, await read_whole(response), body, options or {}, str(url))
                    yield response
                finally:
                    await response.aclose()
        except _CERTIFICATES as error:
            raise self._certificate_error(error) from error
        except (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError, ValueError) as error:
            raise self._broken(error, LONGEST_ANSWER * silence if limit.expired() else silence) from error

    def _error_of(
        self,
        response: httpx.Response,
        content: bytes,
        body: bytes = b"",
        options: Mapping[str, Any] | None = None,
        url: str = "",
    ) -> BackendError:
        words, status, parameters = self._server_words(content, body), response.status_code, options or {}
        variable = self._backend.key_variable
        if "format" in parameters and status in (404, 405, 501) and "model" not in words.message.lower():
            return _AdjustError("no_format", refusal(status, words, key_variable=variable, address=url))
        error = refusal(status, words, wait=wait_of(response.headers), key_variable=variable, address=url)
        if status == 404 and not words.code and "model" not in words.message.lower():
            return self._elsewhere(error, url)
        system = any(message.role == "system" for message in parameters.get("messages", ()))
        if status in (400, 404, 422, 500, 501) and (how := adjustment(words, parameters, system=system)):
            return _AdjustError(how, error)
        if status in (400, 422, 501) and error.kind == "rejected" and (form := form_sent(parameters)) in UNUSUAL:
            return _AdjustError(f"no_{form}", error)  # whatever it says: few servers know these fields
        if error.kind == "rejected" and not error.cure:
            error.cure = extra_cure(words, self._backend.extra)
        return error

    def _elsewhere(self, error: BackendError, url: str) -> BackendError:
        """Complete an address without its `/v1`, once; where that does not help either, say which address was asked."""
        base_url = self._backend.base_url
        if urlsplit(base_url).path in ("", "/") and url.startswith(base_url) and not url.startswith(f"{base_url}/v1/"):
            self._base = f"{base_url}/v1"
            return _AdjustError("with_v1", error)
        cure = _("No such page at {url}: correct the address, which often ends with /v1, or the name of the model.")
        return BackendError(error.kind, error.message, cure.format(url=url))

    def _broken(self, error: Exception, silence: float) -> BackendError:
        """Return what went wrong on the way, by the transport's own error: httpx's names for them are coarser."""
        cause = error.__cause__ or error
        if isinstance(error, httpx.ConnectTimeout) or isinstance(cause, aiohttp.ConnectionTimeoutError):
            return self._unreachable()
        silent = cause is error and isinstance(error, httpx.TimeoutException)
        if silent or isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
            message = _("no answer within {seconds} s").format(seconds=round(silence))
            cure = _("Raise `timeout` in comparia.toml if the model is slow.")
            return BackendError("timeout", message, cure, retryable=True)
        if isinstance(cause, aiohttp.ClientConnectorError) or isinstance(error, httpx.ConnectError):
            return self._unreachable()
        if isinstance(error, aiohttp.ClientResponseError | httpx.DecodingError):
            return BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True)
        return BackendError("connection", _("the connection broke off"), retryable=True)

    def _unreachable(self) -> BackendError:
        message = _("no server answers at {url}").format(url=self._backend.base_url)
        return BackendError("connection", message, _("Start the server, or correct its address."), retryable=True)

    def _certificate_error(self, error: Exception) -> BackendError:
        """Return the error of a certificate that this machine does not know."""
        host = urlsplit(self._base).hostname or ""
        reason = readable(str(getattr(error, "certificate_error", None) or error))[:200]
        message = _("the certificate of {host} is not trusted here ({reason})").format(host=host, reason=reason)
        cure = _("If it is of your own authority, name its file: SSL_CERT_FILE=/path/to/authority.pem")
        return BackendError("connection", message, cure)

    def _server_words(self, content: bytes, body: bytes = b"") -> Said:
        """Return what a server says, on one line, without the key, controls, nor what it repeats of the request."""
        text = content[:20_000].decode("utf-8-sig", "replace")
        try:
            words = said_of(json.loads(text))
        except (ValueError, RecursionError):
            text = re.sub(r"<(script|style|head)\b.*?</\1>", " ", text, flags=re.DOTALL | re.IGNORECASE)
            words = Said(re.sub(r"<[^>]*>", " ", text))
        return words._replace(
            message=self._clean(words.message, body),
            code=self._clean(words.code)[:60],
            kind=self._clean(words.kind)[:60],
            parameter=self._clean(words.parameter)[:60],
        )

    def _clean(self, text: str, body: bytes = b"") -> str:
        text = without_key(text[:20_000], self._key or "")
        text = readable(_SECRET.sub("***", text))
        return without_echo(text, body)[:300] if body else text[:300]

    def _completion(
        self, content: bytes, on_delta: Callable[[str], None] | None, *, called: bool = False
    ) -> Completion:
        """Return a whole answer: JSON, or an event stream that a server sends under another name.

        Args:
            content: what came.
            on_delta: is given the text.
            called: whether the answer stands in the arguments of a function that the model was told to call.
        """
        text = content.decode("utf-8-sig", "replace")
        if re.match(r"\s*(?:data:|event:|: |id:)", text):
            return self._of_events(_events(text.splitlines()), on_delta, called=called)
        document = in_openai_words(_json(text))
        if isinstance(document, str) or (isinstance(document, dict) and "choices" not in document):
            raise self._error_in(document)
        choices = document.get("choices") if isinstance(document, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
        message = choice.get("message") if choice else None
        if choice is None or not isinstance(message, dict):
            if isinstance(document, dict) and document.get("error"):
                raise self._error_in(document)
            usage = usage_of(document)
            paid = bool(usage.output_tokens)
            cure = _("Try another model, or look at what its server logs.") if paid else ""
            raise BackendError("bad_response", _("the answer holds no message"), cure, retryable=not paid, usage=usage)
        completion = completion_of(
            _content(message, called=called),
            finish="stop" if called and choice.get("finish_reason") in CALLS else choice.get("finish_reason"),
            usage=usage_of(document),
            model=document["model"] if isinstance(document.get("model"), str) else "",
            reasoning=_reasoning(message),
            refused=_text(message.get("refusal")),
            adjusted=adjustments_to_tell(self._adjustments, self._backend),
            fingerprint=document.get("system_fingerprint"),
            response_id=document.get("id"),
        )
        if on_delta is not None:
            on_delta(completion.text)
        return completion

    async def _read_stream(
        self, response: httpx.Response, on_delta: Callable[[str], None], *, called: bool = False
    ) -> Completion:
        """Return an answer piece by piece; what is no event is kept to say why there is none."""
        response.encoding = "utf-8"  # an event stream is UTF-8, whatever its header says
        if (
            "content-encoding" in response.headers
        ):  # packed, though it was asked for as it is: unpacked within bounds first
            text = (await read_whole(response)).decode("utf-8-sig", "replace")
            return self._of_events(_events(text.splitlines()), on_delta, called=called)
        stream = Stream(on_delta, called=called)
        lines: list[str] = []
        other: list[str] = []
        async for line in _lines(response):
            if line.strip():
                lines.append(line)
                continue
            if self._take_event(stream, lines, other):
                break
            lines = []
        else:
            self._take_event(stream, lines, other)
        return self._complete(stream, other)

    def _of_events(
        self, events: Iterable[list[str]], on_delta: Callable[[str], None] | None = None, *, called: bool = False
    ) -> Completion:
        stream, other = Stream(on_delta or (lambda _text: None), called=called), list[str]()
        for lines in events:
            if self._take_event(stream, lines, other):
                break
        return self._complete(stream, other)

    def _take_event(self, stream: Stream, lines: Sequence[str], other: list[str]) -> bool:
        """Take one event; whether the stream has ended. Raises BackendError: the event is an error."""
        kind = "".join(line[6:].strip() for line in lines if line.startswith("event:"))
        data = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
        if not data:
            other.extend(line for line in lines if not line.startswith((":", "event:", "id:", "retry:")))
            return False
        if data.strip() == "[DONE]":
            stream.done = True
            return True
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            if not data.lstrip().startswith(":"):  # a comment sent as data says nothing
                other.append(data)
            return False
        if kind == "error" or (isinstance(document, dict) and document.get("error")) or isinstance(document, str):
            if kind == "error" or not isinstance(document, str):
                raise self._error_in(document, usage_of(stream.last))
            return False
        if isinstance(document, dict):
            stream.take(document)
        return False

    def _complete(self, stream: Stream, other: list[str]) -> Completion:
        usage = usage_of(stream.last)
        if not stream.done and not stream.finish:
            if not stream.text and other:
                text = "\n".join(other)
                try:
                    document = json.loads(text)
                except (ValueError, RecursionError):
                    document = None
                if isinstance(document, dict) and document.get("choices"):
                    return self._completion(text.encode(), stream.show)
                if document is not None:
                    raise self._error_in(document, usage)
            raise BackendError("bad_response", _("the stream was cut"), retryable=True, usage=usage)
        stream.end()
        model = stream.last.get("model")
        return completion_of(
            stream.text,
            finish=stream.finish,
            usage=usage,
            model=model if isinstance(model, str) else "",
            reasoning=stream.reasoning,
            refused=stream.refused,
            adjusted=adjustments_to_tell(self._adjustments, self._backend),
            fingerprint=stream.last.get("system_fingerprint"),
            response_id=stream.last.get("id"),
        )

    def _error_in(self, document: Any, usage: Usage | None = None) -> BackendError:
        """Return the error that an answer of status 200 is: classified as the same error with its status."""
        words = self._server_words(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
        if not words.message:
            return BackendError("bad_response", _("the answer holds no message"), retryable=True, usage=usage)
        error = refusal(status_in(words), words, key_variable=self._backend.key_variable, address=self._base)
        message = f"{words.message} ({words.code})" if words.code else words.message
        error.message = error.message.replace(f"HTTP {status_in(words)}: {words.message}", message)
        error.usage = usage
        return error


class _AdjustError(BackendError):
    """A request that this server takes in another form."""

    def __init__(self, how: str, error: BackendError) -> None:
        super().__init__(error.kind, error.message, error.cure, usage=error.usage)
        self.how, self.error = how, error


class Stream:
    """The pieces of an answer as they come.

    Args:
        on_delta: is given each piece, without the thinking of the model.
        called: whether the answer stands in the arguments of a function that the model was told to call.
    """

    def __init__(self, on_delta: Callable[[str], None], *, called: bool = False) -> None:
        self._called = called
        self._pieces = Pieces(on_delta)
        self._texts: list[str] = []
        self._size = 0
        self.last: dict[str, Any] = {}
        """What the events say beside their pieces: model, usage."""
        self.finish = ""
        """Why it ended."""
        self.reasoning = ""
        """The beginning of what stood in the field of the thinking."""
        self.refused = ""
        """The model's words where it refuses."""
        self.done = False
        """Whether the stream said that it ended."""

    @property
    def text(self) -> str:
        """The answer so far, as it came."""
        return "".join(self._texts)

    def take(self, document: Mapping[str, Any]) -> None:
        """Take one event. Raises BackendError: the answer is far too long."""
        self.last.update({k: v for k, v in document.items() if v is not None and k != "choices"})
        choices = document.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if not isinstance(choice, dict) or choice.get("index") not in (0, None):
                continue
            finish = choice.get("finish_reason")
            self.finish = finish if isinstance(finish, str) and finish else self.finish
            if self._called and self.finish in CALLS:
                self.finish = "stop"
            delta = choice.get("delta") or choice.get("message") or {}
            self.reasoning = (self.reasoning + _reasoning(delta))[:500]
            self.refused += _text(delta.get("refusal")) if isinstance(delta, dict) else ""
            if text := _content(delta, called=self._called):
                self._size += len(text)
                if self._size > MAX_ANSWER_BYTES:
                    raise BackendError("bad_response", _("the answer is far too long for a recap"))
                self._texts.append(text)
                self._pieces(text)

    def end(self) -> None:
        """Show what was held back while it could be a mark."""
        self._pieces.end()

    def show(self, text: str) -> None:
        """Show a whole answer."""
        self._pieces(text)
        self._pieces.end()


def body_of(
    backend: Backend, request: Request, adjustments: Sequence[str], *, stream: bool
) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a request as they are sent, and its parameters.

    Args:
        backend: who is asked.
        request: what is asked.
        adjustments: how requests are changed for this server.
        stream: whether the answer is asked for piece by piece.
    """
    options: dict[str, Any] = {"model": backend.model}
    if backend.temperature is not None and "no_temperature" not in adjustments:
        options["temperature"] = backend.temperature
    if backend.top_p is not None and "no_top_p" not in adjustments:
        options["top_p"] = backend.top_p
    if backend.max_tokens is not None:
        field = next((how for how in reversed(adjustments) if how.startswith("max_")), _max_tokens_field(backend))
        options[field] = backend.max_tokens
    if backend.seed_field and (seed := backend.seed_of(request.repeat)) is not None and "no_seed" not in adjustments:
        options[backend.seed_field] = seed
    if backend.reasoning_effort and "no_reasoning_effort" not in adjustments:
        options["reasoning_effort"] = backend.reasoning_effort
    options = {**backend.extra, **options}
    form = form_of(request, adjustments, backend)
    options |= fields_of(form, request.answer_schema or {})
    if stream and form != "format":
        options["stream"] = True
        if "no_stream_options" not in adjustments:
            options["stream_options"] = {"include_usage": True}
    messages = without_system(request.messages) if "system_in_user" in adjustments else request.messages
    message_list = b",".join(
        b'{"role":"%s","content":"%s"}' % (m.role.encode(), b"".join(map(_escape, m.parts))) for m in messages
    )
    sent = of_ollama(options, request.answer_schema or {}, backend.extra) if form == "format" else options
    head = json.dumps(sent, separators=(",", ":")).encode()[:-1]
    return head + b',"messages":[' + message_list + b"]}", options | {"messages": messages}


def _max_tokens_field(backend: Backend) -> str:
    preset = catalogue().get(backend.preset)
    return backend.max_tokens_field or (preset.max_tokens_field if preset else "max_tokens")


def adjustments_of(backend: Backend) -> list[str]:
    """Return how a backend's requests are changed from the first one on.

    Its settings say so, or what its model does not take.
    """
    asked = {
        "system_in_user": backend.system_role == "user",
        "no_seed": backend.seed is not None and not backend.seed_field,
    }
    return [*backend.not_taken, *(how for how, here in asked.items() if here and how not in backend.not_taken)]


def without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation whose instructions stand at the head of the first message of the user."""
    system = tuple(part for m in messages if m.role == "system" for part in (*m.parts, "\n\n"))
    rest = [m for m in messages if m.role != "system"]
    if not system or not rest:
        return tuple(messages)
    return (Message(role=rest[0].role, parts=(*system, *rest[0].parts)), *rest[1:])


def without_echo(text: str, body: bytes) -> str:
    """Return the words of a server without the long pieces that they repeat of the request."""
    request_text = body.decode("utf-8", "replace")
    pieces: list[str] = []
    at = 0
    while at < len(text):
        piece = text[at : at + LONGEST_ECHO]
        if len(piece) == LONGEST_ECHO and (
            piece in request_text or json.dumps(piece, ensure_ascii=False)[1:-1] in request_text
        ):
            end = at + LONGEST_ECHO
            while end < len(text) and text[end - LONGEST_ECHO + 1 : end + 1] in request_text:
                end += 1
            pieces.append("…")
            at = end
        else:
            pieces.append(text[at])
            at += 1
    return "".join(pieces)


def distinct_models(entries: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the entries of `/models` that write text, an alias and the model it points to as one: `{"id", "aliases"}`.

    A server may list `openweight-medium` and the model behind it as two entries, each naming the other: comparing them
    would be comparing a model with itself.
    """
    models: list[dict[str, Any]] = []
    for entry in entries:
        if entry.get("type") not in (None, "text-generation", "image-text-to-text", "model"):
            continue
        raw = entry.get("aliases")
        names = [entry["id"], *(alias for alias in (raw if isinstance(raw, list) else []) if isinstance(alias, str))]
        twin = next((model for model in models if set(names) & {model["id"], *model["aliases"]}), None)
        if twin is None:
            models.append({"id": entry["id"], "aliases": list(dict.fromkeys(names[1:]))})
        else:
            twin["aliases"] = [name for name in dict.fromkeys([*twin["aliases"], *names]) if name != twin["id"]]
    return tuple(models)


def transport_to(address: str, *, concurrency: int, local: bool) -> AiohttpTransport:
    """Return a transport to a server: through the environment's proxy, but never to this machine itself.

    Each request has a connection of its own: on a shared one, an answer that a proxy sends twice is taken for the next.
    """
    proxy = "" if local else proxy_of(address)
    limits = httpx.Limits(max_connections=concurrency + 2, keepalive_expiry=0)
    # Reading the machine's authorities takes some 20 ms: a server in clear has no certificate to hold against them.
    plain = not proxy and address.startswith("http://")
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
    return AiohttpTransport(limits=limits, proxy=httpx.Proxy(proxy) if proxy else None, verify=verify)


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


@lru_cache(maxsize=256)
def _escape(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


class _Bounded(httpx.AsyncByteStream):
    """The bytes of an answer, cut when they are far too many, be they comments or one line without end."""

    def __init__(self, stream: httpx.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._longest = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > self._longest:
                raise BackendError("bad_response", _("the answer is far too long for a recap"))
            yield piece
            await asyncio.sleep(0)  # so that a time limit is seen, however fast it floods

    async def aclose(self) -> None:
        await self._stream.aclose()


async def read_whole(response: httpx.Response, longest: int = MAX_ANSWER_BYTES) -> bytes:
    """Return the whole answer. Raises BackendError: it is longer than `longest` bytes."""
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            raise BackendError("bad_response", _("the answer is far too long for a recap"))
    return b"".join(pieces)


def _json(text: str) -> Any:
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", text, re.IGNORECASE):
        words = readable(
            re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style)\b.*?</\1>", " ", text[:20_000], flags=re.DOTALL))
        )
        message = _("the server answers with a web page: {words}").format(words=words[:120])
        cure = _("Sign in to the network first, or correct the address of the server.")
        raise BackendError("connection", message, cure, retryable=True)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True) from error


def _vectors(document: Any, count: int) -> list[list[float]]:
    """Return the vectors of an answer in the order of their `index`, all of one size."""
    try:
        rows = sorted(document["data"], key=lambda row: row["index"])
        vectors = [[float(x) for x in row["embedding"]] for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise BackendError("bad_response", _("the answer holds no embeddings")) from error
    whole = all(math.isfinite(x) for vector in vectors for x in vector)
    if len(vectors) != count or len({len(vector) for vector in vectors}) > 1 or not whole:
        raise BackendError("bad_response", _("the answer does not hold one vector a text"), retryable=True)
    return vectors


def _content(message: Any, *, called: bool = False) -> str:
    """Return the answer in a message: its text, or the texts of its parts, without those that hold thinking.

    Where the model was told to call a function, the arguments of the call are the answer.
    """
    if called and (arguments := arguments_in(message)):
        return arguments
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = (
            part if isinstance(part, str) else part.get("text")
            for part in content
            if isinstance(part, str) or (isinstance(part, dict) and part.get("type") in (None, "text", "output_text"))
        )
        content = "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _reasoning(message: Any) -> str:
    """Return what stands in the fields of the thinking."""
    if not isinstance(message, dict):
        return ""
    return _text(message.get("reasoning_content")) or _text(message.get("reasoning")) or _text(message.get("thinking"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_json(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "")
    return "text/event-stream" not in kind


def _events(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines of each event."""
    event: list[str] = []
    for line in lines:
        if line.strip():
            event.append(line)
        else:
            yield event
            event = []
    yield event


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """Yield the lines of an event stream, which end at CR, LF or CRLF and nowhere else; without a byte-order mark."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    remainder, first = "", True
    async for piece in response.aiter_bytes():
        text = remainder + decoder.decode(piece)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        parts = _LINE_END.split(text)
        remainder = parts.pop()
        if text.endswith("\r"):  # a line feed may follow
            remainder = parts.pop() + "\r" if parts else remainder
        for line in parts:
            yield line
    rest = remainder + decoder.decode(b"", final=True)
    for line in _LINE_END.split(rest) if rest else ():
        yield line


_LINE_END = re.compile(r"\r\n|\n|\r")
_CERTIFICATES = (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)
