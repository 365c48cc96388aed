"""A small OpenAI-compatible server on loopback that misbehaves on demand, for tests and benchmarks.

In a test:  `with FaultServer(faults=["429", "cut"]) as server: ...` (each arrival takes the next fault, then all is well).
As a process:  `python tests/fault_server.py --port 0 --latency-ms 200` prints its address; `GET /stats` counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Sequence

WORDS = "the council heard residents about parking trees noise cost access school market safety water lights".split()
KEY = "sk-test-secret-0123456789"


class FaultServer:
    """The server. `faults` are taken one an arrival, in order; `rates` draw one by chance when they are used up."""

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
        self.faults = list(faults)
        self.rates = rates or {}
        self.latency, self.hang, self.retry_after = latency, hang, retry_after
        self.key, self.prompt_tokens, self.models, self.answer = key, prompt_tokens, models, answer
        self.port = port
        self.random = random.Random(seed)
        self.bodies: list[bytes] = []
        self.headers: list[bytes] = []
        self.arrived: Counter[int] = Counter()
        self.answered: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.keep_bodies = True
        self.embedded: list[list[str]] = []
        self.answers_as = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def repeated(self) -> int:
        """Answers given a second time to the same question."""
        return sum(self.answered.values()) - len(+self.answered)

    def __enter__(self) -> FaultServer:
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
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

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
            return self._send(writer, 200, {"data": self.models or [{"id": "stub-a"}, {"id": "stub-b"}]})
        if path == "/stats":
            return self._send(writer, 200, self.stats())
        if method == "POST" and path.endswith("/embeddings"):
            return self._embeddings(json.loads(body), writer)
        if method != "POST" or not path.endswith("/chat/completions"):
            return self._send(writer, 404, {"error": {"message": f"no such path {path}"}})
        if self.key and headers.get(b"authorization") != f"Bearer {self.key}".encode():
            said = headers.get(b"authorization", b"").decode()
            return self._send(writer, 401, {"error": {"message": f"Incorrect API key provided: {said}"}})
        return await self._chat(json.loads(body), body, head, writer)

    async def _chat(self, asked: dict, body: bytes, head: bytes, writer: asyncio.StreamWriter) -> bool:
        if self.keep_bodies:
            self.bodies.append(body)
            self.headers.append(head)
        key = zlib.crc32(body)
        self.arrived[key] += 1
        fault = self._fault()
        self.kinds[fault] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.hang if fault == "hang" else self.latency)
            return await self._answer(fault, asked, body, head, key, writer)
        finally:
            self.in_flight -= 1

    def _fault(self) -> str:
        if self.faults:
            return self.faults.pop(0)
        draw = self.random.random()
        for fault, rate in self.rates.items():
            if draw < rate:
                return fault
            draw -= rate
        return "ok"

    async def _answer(
        self, fault: str, asked: dict, body: bytes, head: bytes, key: int, writer: asyncio.StreamWriter
    ) -> bool:
        error = {"error": {"message": f"fault {fault}"}}
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
        if fault.isdigit():
            return self._send(writer, int(fault), error)
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
            usage = {"prompt_tokens": -5, "completion_tokens": "many"}
        finish = "length" if fault == "length" else "stop"
        if asked.get("stream"):
            return await self._stream(fault, asked, text, usage, finish, key, writer)
        document = {
            "id": f"c-{key}",
            "model": self.answers_as or asked["model"],
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
            "usage": usage,
        }
        data = json.dumps(document).encode()
        if fault == "cut":
            return self._raw(writer, 200, data[: len(data) // 2])
        if fault == "cut-connection":
            writer.write(self._head(200, len(data)) + data[: len(data) // 2])
            await writer.drain()
            writer.transport.abort()
            return False
        if fault == "bad-utf8":
            return self._raw(writer, 200, data.replace(b"council", b"counc\xff\xfel"))
        if fault == "surrogate":
            return self._raw(writer, 200, data.replace(b"council", b"coun\\ud83dcil"))
        self.answered[key] += fault != "empty"
        return self._raw(writer, 200, data)

    async def _stream(self, fault: str, asked: dict, text: str, usage: dict, finish: str, key: int, writer) -> bool:
        pieces = [text[i : i + 20] for i in range(0, len(text), 20)]
        events = [{"choices": [{"index": 0, "delta": {"content": piece}}], "model": asked["model"]} for piece in pieces]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "model": asked["model"]})
        events.append({"choices": [], "usage": usage, "model": asked["model"]})
        lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        if fault in ("cut", "cut-connection"):
            lines = lines[: len(lines) // 2]
        else:
            lines.append(b"data: [DONE]\n\n")
        if fault == "endless":
            lines = lines[:1] * 100_000
        for line in lines:
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            if fault == "drip":
                await asyncio.sleep(0.002)
            await writer.drain()
        if fault == "cut-connection":
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        self.answered[key] += fault not in ("cut", "empty")
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
    def _head(status: int, length: int, kind: str = "application/json", extra: str = "") -> bytes:
        return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{extra}\r\n".encode()


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
