"""Any server that speaks OpenAI's chat completions: Mistral, Albert, vLLM, llama.cpp, Ollama...

A thin client on httpx over an aiohttp transport: on 120 KB bodies it spends a fifth of the processor time of httpx's own
transport. The body is put together from escaped pieces, so a long transcript is escaped once, not once a request.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import math
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx_sse
from httpx_aiohttp import AiohttpTransport

from comparia.config import catalogue
from comparia.errors import BackendError
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, Request, Usage

MAX_ANSWER_BYTES = 20_000_000
"""A longer answer is not a recap."""

LONGEST_ANSWER = 10.0
"""Longest time from sending to the last byte, in `timeout`s: a server that drips for ever is never silent."""

_SECRET = re.compile(r"\b(?:sk|key|pk|Bearer)[-_ ][A-Za-z0-9_\-.*]{6,}")
_THINKING = re.compile(r"^\s*<think>.*?</think>\s*", re.DOTALL)
_TOO_LONG = re.compile(
    r"context[ _]length|context window|maximum context|too many tokens|prompt is too long|exceeds? the .*context",
    re.IGNORECASE,
)
_OVERLOADED = frozenset({424, 502, 503, 520, 521, 522, 523, 524, 529})


CONNECT_TIMEOUT = 15.0
LISTING_TIMEOUT = 10.0
"""Seconds to reach a server, and to get its list of models."""


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
        preset = catalogue().get(backend.preset)
        self._max_tokens_field = preset.max_tokens_field if preset else "max_tokens"
        headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "comparia"}
        self._headers = httpx.Headers(headers | ({"Authorization": f"Bearer {key}"} if key else {}))
        self._urls = {
            path: httpx.URL(backend.base_url + path) for path in ("/chat/completions", "/embeddings", "/models")
        }
        self._transport = _transport(backend)

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Ask `/chat/completions` once. Raises BackendError, each with its kind and cure."""
        body = self._body(request, stream=on_delta is not None)
        begun = time.monotonic()
        async with self._sent("POST", "/chat/completions", body, request.input_tokens) as response:
            if on_delta is not None and "text/event-stream" in response.headers.get("content-type", ""):
                completion = await _streamed(response, on_delta, self._said)
            else:
                completion = _completion(_json(await _read(response)))
        return completion.model_copy(update={"seconds": round(time.monotonic() - begun, 3)})

    async def embed(self, texts: Sequence[str], tokens: int) -> list[list[float]]:
        """Ask `/embeddings` for the vectors of some texts, in their order. Raises BackendError."""
        body = json.dumps(
            {"model": self._backend.model, "input": list(texts)}, ensure_ascii=False, separators=(",", ":")
        )
        async with self._sent("POST", "/embeddings", body.encode("utf-8", "replace"), tokens) as response:
            document = _json(await _read(response))
        return _vectors(document, len(texts))

    async def models(self) -> list[dict[str, Any]]:
        """Entries of `/models`: at least `id`, and `aliases` where the server gives them. Raises BackendError."""
        async with self._sent("GET", "/models", b"", 0) as response:
            document = _json(await _read(response))
        entries = document.get("data") if isinstance(document, dict) else None
        return [entry for entry in entries or [] if isinstance(entry, dict) and isinstance(entry.get("id"), str)]

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    @asynccontextmanager
    async def _sent(self, method: str, path: str, body: bytes, tokens: int) -> AsyncIterator[httpx.Response]:
        """One exchange: through the gate, out, and every foreign error made ours. No cookie, no redirect is followed."""
        url = self._urls[path]
        await self._admit(self._backend, str(url), body, tokens)
        silence = self._backend.timeout if method == "POST" else LISTING_TIMEOUT
        waits = {"connect": min(CONNECT_TIMEOUT, silence), "read": silence, "write": silence, "pool": None}
        request = httpx.Request(method, url, headers=self._headers, content=body, extensions={"timeout": waits})
        try:
            async with asyncio.timeout(LONGEST_ANSWER * silence) as limit:
                response = await self._transport.handle_async_request(request)
                response.stream = _Bounded(cast("httpx.AsyncByteStream", response.stream))
                try:
                    if response.status_code != 200:
                        raise self._refused(response, await _read(response))
                    yield response
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError, ValueError) as error:
            raise self._broken(error, LONGEST_ANSWER * silence if limit.expired() else silence) from error

    def _body(self, request: Request, *, stream: bool) -> bytes:
        backend = self._backend
        options: dict[str, Any] = {"model": backend.model}
        if backend.temperature is not None:
            options["temperature"] = backend.temperature
        if backend.max_tokens is not None:
            options[self._max_tokens_field] = backend.max_tokens
        if backend.seed_field and request.repeat > 1:
            options[backend.seed_field] = request.repeat
        if stream:
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        messages = b",".join(
            b'{"role":"%s","content":"%s"}' % (m.role.encode(), b"".join(map(_escaped, m.parts)))
            for m in request.messages
        )
        return json.dumps(options, separators=(",", ":")).encode()[:-1] + b',"messages":[' + messages + b"]}"

    def _refused(self, response: httpx.Response, content: bytes) -> BackendError:
        status = response.status_code
        said = self._said(content)
        message = f"HTTP {status}" + (f": {said}" if said else "")
        wait = _retry_after(response.headers.get("retry-after"))
        if status in (401, 403):
            variable = self._backend.key_variable or "-"
            return BackendError("authentication", message, _("Check the key in {variable}.").format(variable=variable))
        if status == 429:
            if "insufficient_quota" in said or "exceeded your current quota" in said:
                return BackendError("rejected", message, _("The account has no credit left."))
            return BackendError(
                "rate_limited",
                message,
                _("Lower `requests_per_minute` for this backend."),
                retryable=True,
                retry_after=wait,
            )
        if status in (408, 504):
            return BackendError(
                "timeout", message, _("The server was too slow; try again later."), retryable=True, retry_after=wait
            )
        if status in _OVERLOADED:
            return BackendError(
                "overloaded", message, _("The server is overloaded; try again later."), retryable=True, retry_after=wait
            )
        if status >= 500:
            return BackendError(
                "server_error", message, _("The server failed; try again later."), retryable=True, retry_after=wait
            )
        if status == 413 or _TOO_LONG.search(said):
            return BackendError(
                "too_long", message, _("Set `context` for this backend so that the session is read in parts.")
            )
        if status == 404:
            cure = _("Check the model's name: comparia models --check")
            return BackendError("rejected", message, cure)
        if 300 <= status < 400:
            return BackendError("rejected", message, _("The address redirects elsewhere: correct `base_url`."))
        return BackendError("rejected", message)

    def _broken(self, error: Exception, silence: float) -> BackendError:
        """What went wrong on the way, by the transport's own error: httpx's names for them are coarser."""
        cause = error.__cause__ or error
        silent = cause is error and isinstance(error, httpx.TimeoutException)
        if silent or isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
            message = _("no answer within {seconds} s").format(seconds=round(silence))
            cure = _("Raise `timeout` in comparia.toml if the model is slow.")
            return BackendError("timeout", message, cure, retryable=True)
        if isinstance(cause, aiohttp.ClientConnectorError) or isinstance(error, httpx.ConnectError):
            return self._unreachable()
        if isinstance(error, aiohttp.ClientResponseError | httpx.DecodingError):
            return BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True)
        message = _("the connection broke off ({error})").format(error=type(cause).__name__)
        return BackendError("connection", message, retryable=True)

    def _unreachable(self) -> BackendError:
        message = _("no server answers at {url}").format(url=self._backend.base_url)
        return BackendError("connection", message, _("Start the server, or correct its address."), retryable=True)

    def _said(self, content: bytes) -> str:
        text = content[:4000].decode("utf-8", "replace")
        try:
            document = json.loads(text)
            error = document.get("error", document) if isinstance(document, dict) else document
            if isinstance(error, dict):
                error = error.get("message") or error.get("detail") or error
            text = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = re.sub(r"<[^>]*>", " ", text)
        if self._key:
            text = text.replace(self._key, "***")
        return _encodable(" ".join(_SECRET.sub("***", text).split())[:300])


def distinct_models(entries: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Entries of `/models` that write text, an alias and the model it points to as one: `{"id", "aliases"}`.

    A server may list `openweight-medium` and the model behind it as two entries, each naming the other: comparing them
    would be comparing a model with itself.
    """
    found: list[dict[str, Any]] = []
    for entry in entries:
        if entry.get("type") not in (None, "text-generation", "image-text-to-text", "model"):
            continue
        raw = entry.get("aliases")
        names = [entry["id"], *(alias for alias in (raw if isinstance(raw, list) else []) if isinstance(alias, str))]
        twin = next((known for known in found if set(names) & {known["id"], *known["aliases"]}), None)
        if twin is None:
            found.append({"id": entry["id"], "aliases": list(dict.fromkeys(names[1:]))})
        else:
            twin["aliases"] = [name for name in dict.fromkeys([*twin["aliases"], *names]) if name != twin["id"]]
    return tuple(found)


def _transport(backend: Backend) -> AiohttpTransport:
    """A transport to the backend's server: through the environment's proxy, but never to this machine itself.

    Each request has a connection of its own: on a shared one, an answer that a proxy sends twice is taken for the next.
    """
    address = urlsplit(backend.base_url)
    host = address.hostname or ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if backend.zone == "local" or urllib.request.proxy_bypass(host):
        proxy = None
    limits = httpx.Limits(max_connections=backend.concurrency + 2, keepalive_expiry=0)
    return AiohttpTransport(limits=limits, proxy=httpx.Proxy(proxy) if proxy else None)


@lru_cache(maxsize=256)
def _escaped(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


class _Bounded(httpx.AsyncByteStream):
    """The bytes of an answer, cut when they are far too many, be they comments or one line without end."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > MAX_ANSWER_BYTES:
                raise BackendError("bad_response", _("the answer is far too long for a recap"))
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _read(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise BackendError("bad_response", _("the answer is far too long for a recap"))
    return b"".join(pieces)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True) from error


def _vectors(document: Any, expected: int) -> list[list[float]]:
    """Vectors of an answer in the order of their `index`, all of one size."""
    try:
        rows = sorted(document["data"], key=lambda row: row["index"])
        vectors = [[float(x) for x in row["embedding"]] for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise BackendError("bad_response", _("the answer holds no embeddings")) from error
    whole = all(math.isfinite(x) for vector in vectors for x in vector)
    if len(vectors) != expected or len({len(vector) for vector in vectors}) > 1 or not whole:
        raise BackendError("bad_response", _("the answer does not hold one vector a text"), retryable=True)
    return vectors


def _completion(document: Any) -> Completion:
    try:
        choice = document["choices"][0]
        text = _content(choice["message"])
    except (KeyError, IndexError, TypeError) as error:
        raise BackendError("bad_response", _("the answer holds no message"), retryable=True) from error
    return _finished(text, document, choice.get("finish_reason"))


async def _streamed(
    response: httpx.Response, on_delta: Callable[[str], None], said: Callable[[bytes], str]
) -> Completion:
    pieces: list[str] = []
    size = 0
    last: dict[str, Any] = {}
    finish: str | None = None
    done = False
    response.encoding = "utf-8"  # an event stream is UTF-8, whatever its header says
    async for event in httpx_sse.EventSource(response).aiter_sse():
        if event.data.strip() == "[DONE]":
            done = True
            break
        document = _json(event.data.encode("utf-8", "replace"))
        if not isinstance(document, dict):
            continue
        if document.get("error"):
            raise BackendError("server_error", said(json.dumps(document).encode()), retryable=True)
        last = {**last, **{k: v for k, v in document.items() if v is not None}}
        choices = document.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict):
                finish = choice.get("finish_reason") or finish
                text = _content(choice.get("delta") or {})
                if text:
                    size += len(text)
                    if size > MAX_ANSWER_BYTES:
                        raise BackendError("bad_response", _("the answer is far too long for a recap"))
                    pieces.append(text)
                    on_delta(text)
    if not done and finish is None:
        raise BackendError("bad_response", _("the stream was cut"), retryable=True)
    return _finished("".join(pieces), last, finish)


def _content(message: Any) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = (p.get("text") for p in content if isinstance(p, dict) and p.get("type") == "text")
        content = "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _finished(text: str, document: Any, finish: Any) -> Completion:
    text = _encodable(_THINKING.sub("", text)).strip()
    if not text:
        raise BackendError("empty", _("the answer is empty"), retryable=True)
    usage = document.get("usage") if isinstance(document, dict) else None
    usage = usage if isinstance(usage, dict) else {}
    model = document.get("model")
    return Completion(
        text=text,
        model=_encodable(model) if isinstance(model, str) else "",
        usage=Usage(
            input_tokens=_count(usage.get("prompt_tokens")),
            output_tokens=_count(usage.get("completion_tokens")),
            cost=_cost(usage.get("cost")),
            energy=_energy(usage.get("carbon")),
        ),
        finish_reason=_encodable(finish) if isinstance(finish, str) else "",
    )


def _encodable(text: str) -> str:
    """Half an emoji, which JSON can escape, is no text that can be kept."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _count(value: Any) -> int | None:
    """Tokens as a server counts them; zero is how some say that they do not count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def _cost(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9
    return float(value) if known else None


def _energy(carbon: Any) -> tuple[float, float] | None:
    """Energy in kWh, as OpenGateLLM reports it; zero is how it says that it does not know."""
    kwh = carbon.get("kWh") if isinstance(carbon, dict) else None
    low, high = (_cost(kwh.get("min")), _cost(kwh.get("max"))) if isinstance(kwh, dict) else (None, None)
    return (low, high) if low is not None and high else None


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        parsed = email.utils.parsedate_tz(value)
    try:
        return max(0.0, email.utils.mktime_tz(parsed) - time.time()) if parsed else None
    except (ValueError, OverflowError):
        return None
