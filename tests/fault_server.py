"""A small OpenAI-compatible server on loopback that misbehaves on demand, and a proxy that does, for tests and benchmarks.

In a test:  `with FaultServer(faults=["429", "cut"]) as server: ...` (each arrival takes the next fault, then all is well);
`with FaultServer() as server, FaultProxy(server.port, ["reset"]) as proxy: ...` (each response takes the next fault).
As a process:  `python tests/fault_server.py --port 0 --latency-ms 200` prints its address; `GET /stats` counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

# Words that are common in no language: a recap drawn of them is in none, whatever the draw.
WORDS = "town council heard residents about parking trees noise cost access school market safety water lights".split()
KEY = "sk-test-secret-0123456789"
ENDLESS = ("endless", "pings", "flood")


NOT_TAKEN = {
    "json_schema": "response_format of type json_schema is not supported",
    "structured_outputs": "the request is not valid",
    "guided_json": "1 validation error: guided_json: Extra inputs are not permitted",
    "tool": "registry.ollama.ai/library/stub does not support tools",
    "json_object": "response_format is not supported",
}
"""Words in which servers refuse a way of holding answers to a schema."""


def form_in(asked: dict) -> str:
    """The way in which a request holds its answer to a schema, without a word from the code that wrote it."""
    named = {"tools": "tool", "structured_outputs": "structured_outputs", "guided_json": "guided_json"}
    return asked.get("response_format", {}).get("type") or next((named[f] for f in named if f in asked), "")


class Loopback:
    """A server on 127.0.0.1 in a thread of its own. `faults` are taken one a turn, in order, then drawn by `rates`."""

    def __init__(self, faults: Sequence[str], rates: dict[str, float] | None, seed: int, port: int) -> None:
        self.faults = list(faults)
        self.rates = rates or {}
        self.random = random.Random(seed)
        self.port = port
        self.kinds: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()

        async def start() -> None:
            self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=1 << 20)
            self.port = self._server.sockets[0].getsockname()[1]
            ready.set()

        def serve() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(start())
            self._loop.run_forever()

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        async def stop() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            # Each closes its own connections on its way out, and a connection that is closed is let go of one turn later.
            await asyncio.gather(*tasks, return_exceptions=True)
            for _turn in range(3):
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError

    def _fault(self) -> str:
        fault = self.faults.pop(0) if self.faults else self._drawn()
        self.kinds[fault] += 1
        return fault

    def _drawn(self) -> str:
        draw = self.random.random()
        for fault, rate in self.rates.items():
            if draw < rate:
                return fault
            draw -= rate
        return "ok"


class FaultServer(Loopback):
    """The server."""

    def __init__(
        self,
        faults: Sequence[str] = (),
        rates: dict[str, float] | None = None,
        *,
        latency: float = 0.0,
        hang: float = 30.0,
        retry_after: float = 0.05,
        key: str | None = None,
        prompt_tokens: int | None = None,
        models: Sequence[dict] | None = None,
        answer: str | Callable[[str], str] | None = None,
        seed: int = 1,
        port: int = 0,
    ) -> None:
        super().__init__(faults, rates, seed, port)
        self.latency, self.hang, self.retry_after = latency, hang, retry_after
        self.key, self.prompt_tokens, self.models, self.answer = key, prompt_tokens, models, answer
        self.bodies: list[bytes] = []
        self.headers: list[bytes] = []
        self.arrived: Counter[int] = Counter()
        self.answered: Counter[int] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.keep_bodies = True
        self.embedded: list[list[str]] = []
        self.answers_as = ""
        self.fingerprint = ""
        self.refuses: dict[str, str] = {}  # words of a refusal (400), by field of the request
        self.takes: str | None = (
            None  # the one way of holding answers to a schema that it takes; None for all that come
        )
        self.paths: list[str] = []
        self._released = asyncio.Event()

    def release(self) -> None:
        """Let answers of the fault `held`, which stop at their half, go on."""
        self._loop.call_soon_threadsafe(self._released.set)

    @property
    def repeated(self) -> int:
        """Answers given a second time to the same question."""
        return sum(self.answered.values()) - len(+self.answered)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        request, _, raw_headers = head.partition(b"\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (h.partition(b":") for h in raw_headers.split(b"\r\n"))}
        body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
        method, path, _version = request.decode().split(" ")
        if path.endswith("/models"):
            return self._send(
                writer, 200, {"data": [{"id": "stub-a"}, {"id": "stub-b"}] if self.models is None else self.models}
            )
        if path == "/stats":
            return self._send(writer, 200, self.stats())
        if method == "POST" and path.endswith("/embeddings"):
            return self._embeddings(json.loads(body), writer)
        if method == "POST":
            self.paths.append(path)
        ollama = path == "/api/chat" and self.takes == "format"
        if method != "POST" or not (ollama or path.endswith("/chat/completions")):
            return self._send(writer, 404, {"error": {"message": f"no such path {path}"}})
        if self.key and headers.get(b"authorization") != f"Bearer {self.key}".encode():
            said = headers.get(b"authorization", b"").decode()
            return self._send(writer, 401, {"error": {"message": f"Incorrect API key provided: {said}"}})
        asked = json.loads(body)
        if self.takes is not None and not ollama and (form := form_in(asked)) not in ("", self.takes):
            self.bodies.append(body)
            return self._send(writer, 400, {"error": {"message": NOT_TAKEN[form]}})
        return await self._chat(asked, body, head, writer)

    async def _chat(self, asked: dict, body: bytes, head: bytes, writer: asyncio.StreamWriter) -> bool:
        if self.keep_bodies:
            self.bodies.append(body)
            self.headers.append(head)
        key = zlib.crc32(body)
        self.arrived[key] += 1
        fault = self._fault()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.hang if fault == "hang" else self.latency)
            if fault == "hang":
                return False
            return await self._answer(fault, asked, body, head, key, writer)
        finally:
            self.in_flight -= 1

    async def _answer(
        self, fault: str, asked: dict, body: bytes, head: bytes, key: int, writer: asyncio.StreamWriter
    ) -> bool:
        error = {"error": {"message": f"fault {fault}"}}
        for field, said in self.refuses.items():
            if field in asked:
                return self._send(writer, 400, {"error": {"message": said}})
        if fault == "429":
            return self._send(writer, 429, error, f"Retry-After: {self.retry_after}\r\n")
        if fault == "429-albert":
            return self._send(writer, 429, {"detail": "50 requests per minute exceeded (remaining: 0)."})
        if fault == "429-quota":
            return self._send(
                writer, 429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
            )
        if fault == "too-long":
            return self._send(
                writer, 400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}
            )
        if fault == "redirect":
            return self._send(writer, 302, {}, "Location: http://127.0.0.1:1/elsewhere\r\n")
        if fault == "429-absurd":
            return self._send(writer, 429, error, f"Retry-After: Wed, 21 Oct {'9' * 30} 07:28:00 GMT\r\n")
        if fault.isdigit():
            return self._send(writer, int(fault), error)
        if fault == "500-half-emoji":
            return self._raw(writer, 500, b'{"error":{"message":"half an emoji \\ud83d"}}')
        if fault == "not-http":
            writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
            return False
        if fault == "wrong-shape":
            document = b'{"choices":5}'
            if asked.get("stream"):
                return self._raw(writer, 200, b"data: " + document + b"\n\n", "text/event-stream")
            return self._raw(writer, 200, document)
        if fault in ENDLESS:
            return await self._endless(fault, asked, writer)
        if fault == "html":
            return self._raw(writer, 200, b"<html><body>Log in</body></html>", "text/html")
        if fault == "reset":
            writer.transport.abort()
            return False
        if fault == "stream-error":
            said = head_key(head)
            line = b"data: " + json.dumps({"error": {"message": f"bad key {said}"}}).encode() + b"\n\n"
            return self._raw(writer, 200, line, "text/event-stream")
        text = (
            self.answer(asked["messages"][-1]["content"]) if callable(self.answer) else self.answer or self._recap(key)
        )
        if fault == "empty":
            text = ""
        usage = {"prompt_tokens": self.prompt_tokens or max(1, len(body) // 4), "completion_tokens": len(text) // 4}
        if fault == "absurd-usage":
            usage = {"prompt_tokens": -5, "completion_tokens": "many", "cost": 10**400}
        if fault == "zero-usage":
            usage = {"prompt_tokens": 0, "completion_tokens": 0, "cost": 0}
        finish = "length" if fault == "length" else "stop"
        if asked.get("stream"):
            return await self._stream(fault, asked, text, usage, finish, key, writer)
        document = {
            "id": f"c-{key}",
            "model": self.answers_as or asked["model"],
            **({"system_fingerprint": self.fingerprint} if self.fingerprint else {}),
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
            "usage": usage,
        }
        if self.takes == "tool" and "tools" in asked:
            call = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": text}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            document["choices"] = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
        if self.takes == "format" and "format" in asked:
            document = {
                "model": asked["model"],
                "message": {"role": "assistant", "content": text},
                "done": True,
                "done_reason": finish,
                "prompt_eval_count": usage["prompt_tokens"],
                "eval_count": usage["completion_tokens"],
            }
        data = json.dumps(document).encode()
        if fault == "cut":
            return self._raw(writer, 200, data[: len(data) // 2])
        if fault == "cut-connection":
            writer.write(self._head(200, len(data)) + data[: len(data) // 2])
            await writer.drain()
            writer.transport.abort()
            return False
        if fault == "drip":
            writer.write(self._head(200, len(data)))
            for start in range(0, len(data), 64):
                writer.write(data[start : start + 64])
                await writer.drain()
                await asyncio.sleep(0.002)
        else:
            kind = {"wrong-type": "text/plain", "json-as-stream": "text/event-stream"}.get(fault, "application/json")
            self._raw(writer, 200, damaged(fault, data), kind)
        self._count(key, fault != "empty", writer)
        return True

    def _count(self, key: int, good: bool, writer: asyncio.StreamWriter) -> None:
        self.answered[key] += good and not writer.is_closing()

    async def _endless(self, fault: str, asked: dict, writer: asyncio.StreamWriter) -> bool:
        """Pieces, or nothing but signs of life, until the client has had enough."""
        if asked.get("stream"):
            kind = "text/event-stream"
            event = {"choices": [{"index": 0, "delta": {"content": "encore et encore "}}], "model": asked["model"]}
            piece = b": keep-alive\n\n" if fault == "pings" else b"data: " + json.dumps(event).encode() + b"\n\n"
            first = b""
        else:
            kind = "application/json"
            first = b"" if fault == "pings" else b'{"choices":[{"message":{"content":"'
            piece = b" " if fault == "pings" else b"encore et encore "
        if fault == "flood":
            piece *= 500
        writer.write(self._head(200, None, kind))
        ends = asyncio.get_running_loop().time() + self.hang
        while asyncio.get_running_loop().time() < ends:
            line = first + piece
            first = b""
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()
            await asyncio.sleep(0 if fault == "flood" else 0.02)
        return False

    async def _stream(self, fault: str, asked: dict, text: str, usage: dict, finish: str, key: int, writer) -> bool:
        pieces = [text[i : i + 20] for i in range(0, len(text), 20)]
        events = [{"choices": [{"index": 0, "delta": {"content": piece}}], "model": asked["model"]} for piece in pieces]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "model": asked["model"]})
        events.append({"choices": [], "usage": usage, "model": asked["model"]})
        if self.fingerprint:
            events = [{"id": f"c-{key}", "system_fingerprint": self.fingerprint, **event} for event in events]
        lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
        kind = "application/json" if fault == "wrong-type" else "text/event-stream"
        writer.write(self._head(200, None, kind))
        if fault in ("cut", "cut-connection"):
            lines = lines[: len(lines) // 2]
        else:
            lines.append(b"data: [DONE]\n\n")
        if fault == "json-as-stream":
            lines = [json.dumps({"choices": [{"message": {"content": text}}], "usage": usage}).encode()]
        for n, line in enumerate(damaged(fault, line) for line in lines):
            if fault == "held" and n == len(lines) // 2:
                await self._released.wait()
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            if fault == "drip":
                await asyncio.sleep(0.002)
            await writer.drain()
        if fault == "cut-connection":
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        self._count(key, fault not in ("cut", "empty", "wrong-type", "json-as-stream"), writer)
        return True

    def _embeddings(self, asked: dict, writer: asyncio.StreamWriter) -> bool:
        """Vectors of hashed words, last text first: an answer's order is its `index`."""
        self.embedded += [asked["input"]]
        fault = self._fault()
        if fault.isdigit():
            return self._send(writer, int(fault), {"error": {"message": f"fault {fault}"}})
        rows = []
        for n, text in enumerate(asked["input"]):
            vector = [0.0] * 64
            for word in text.lower().split():
                vector[zlib.crc32(word.strip(".,;:!?").encode()) % 64] += 1.0
            rows.insert(0, {"index": n, "embedding": vector})
        if fault == "one-short":
            rows.pop()
        if fault == "not-numbers":
            rows[0]["embedding"][0] = "x"
        return self._send(writer, 200, {"model": asked["model"], "data": rows})

    def _recap(self, key: int) -> str:
        draw = random.Random(key)
        return "# Recap\n\n" + " ".join(draw.choices(WORDS, k=200)) + "."

    def stats(self) -> dict:
        return {
            "arrived": sum(self.arrived.values()),
            "questions": len(self.arrived),
            "answered": len(self.answered),
            "repeated": self.repeated,
            "kinds": dict(self.kinds),
            "most_in_flight": self.most_in_flight,
        }

    def _send(self, writer: asyncio.StreamWriter, status: int, document: dict, extra: str = "") -> bool:
        return self._raw(writer, status, json.dumps(document).encode(), extra=extra)

    def _raw(self, writer, status: int, data: bytes, kind: str = "application/json", extra: str = "") -> bool:
        writer.write(self._head(status, len(data), kind, extra) + data)
        return True

    @staticmethod
    def _head(status: int, length: int | None, kind: str = "application/json", extra: str = "") -> bytes:
        """The head of a response, in chunks when its length is not known."""
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{size}\r\n{extra}\r\n".encode()


class FaultProxy(Loopback):
    """Passes bytes on to a server of this machine; each response takes a fault.

    The body is reset, drips, or comes twice; events of a stream are duplicated or disordered.

    `spoiled` counts the responses that did not come through whole.
    """

    def __init__(
        self, upstream: int, faults: Sequence[str] = (), rates: dict[str, float] | None = None, seed: int = 1
    ) -> None:
        super().__init__(faults, rates, seed, 0)
        self.upstream = upstream
        self.spoiled = 0

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        exchange: dict[str, str] = {}
        ways = [
            asyncio.create_task(self._asked(reader, to_server, exchange)),
            asyncio.create_task(self._answered(server, writer, exchange)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            to_server.close()

    async def _asked(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, exchange: dict) -> None:
        while data := await reader.read(1 << 16):
            exchange.clear()
            to_server.write(data)
            await to_server.drain()

    async def _answered(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter, exchange: dict) -> None:
        held = b""
        while data := await server.read(1 << 16):
            if not exchange:
                exchange["fault"] = self._fault()
                held = b""
            fault = exchange["fault"]
            if fault == "reset":
                held += data
                body = held.find(b"\r\n\r\n") + 4
                if body > 3 and len(held) > body + 1:
                    writer.write(held[: (body + len(held)) // 2])
                    await writer.drain()
                    self.spoiled += 1
                    writer.transport.abort()
                    return
                continue
            if fault in ("twice", "duplicated", "disordered"):
                held += data
                if b"event-stream" in held and not held.endswith(b"0\r\n\r\n"):
                    continue
                data = shuffled(held, fault, self.random)
                held = b""
            if fault == "twice":
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0.005)
            size = 64 if fault == "drip" else len(data)
            for start in range(0, len(data), size):
                writer.write(data[start : start + size])
                await writer.drain()
                if fault == "drip":
                    await asyncio.sleep(0.002)


def shuffled(response: bytes, fault: str, draw: random.Random) -> bytes:
    """A response in chunks with a few of them sent twice, or two neighbours exchanged; another one as it is."""
    head, _blank, body = response.partition(b"\r\n\r\n")
    chunks = re.findall(rb"[0-9a-f]+\r\ndata: .*?\n\n\r\n", body, re.DOTALL)
    if fault == "twice" or len(chunks) < 3 or b"event-stream" not in head:
        return response
    at = draw.randrange(len(chunks) - 2)
    if fault == "duplicated":
        chunks[at:at] = chunks[at : at + 2]
    else:
        chunks[at], chunks[at + 1] = chunks[at + 1], chunks[at]
    return head + b"\r\n\r\n" + b"".join(chunks) + b"0\r\n\r\n"


def damaged(fault: str, data: bytes) -> bytes:
    """Bytes that are no UTF-8, or half an emoji, in the text and in the model's name."""
    if fault == "bad-utf8":
        return data.replace(b"council", b"counc\xff\xfel")
    if fault == "surrogate":
        return data.replace(b"council", b"coun\\ud83dcil").replace(b'"model": "', b'"model": "\\ud83d')
    return data


def head_key(head: bytes) -> str:
    """The key a client sent."""
    for line in head.decode("latin-1").split("\r\n"):
        if line.lower().startswith("authorization:"):
            return line.partition(":")[2].strip()
    return ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rates", type=json.loads, default={})
    parser.add_argument("--hang", type=float, default=30)
    parser.add_argument("--max-life", type=float, default=900)
    options = parser.parse_args()
    server = FaultServer(rates=options.rates, latency=options.latency_ms / 1000, hang=options.hang, port=options.port)
    server.keep_bodies = False
    with server:
        print(server.url, flush=True)  # noqa: T201
        threading.Event().wait(options.max_life)


if __name__ == "__main__":
    main()
