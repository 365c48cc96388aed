"""A server on loopback that takes batches as OpenAI's or Mistral's does, over real HTTP, and misbehaves on demand.

In a test: `with BatchServer("openai") as server: ...`; `server.faults` holds (method, end of path, what) one a turn:
`429`, `500`, `403` (refused), `cut` (its last line is cut), `stall` (nothing is done, no answer comes), `hold` (it is
done, the answer never comes), `drop` (it is done, the connection is closed).

A batch is cancelled as at the real ones: one that is being validated at once and without an answer, one that is being
answered after `cancelling` more looks, with what it had answered by then (`done_when_cancelled`) in its file; one that is
over, or is being cancelled, is refused (409).
As a process: `python tests/batch_server.py mistral --port 8123` prints its address and every request; answers take
`--looks` looks.
"""

import argparse
import hashlib
import itertools
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STATUSES = {
    "openai": {
        name: name
        for name in (
            "validating", "in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled",
        )
    },
    "mistral": {
        "validating": "QUEUED",
        "in_progress": "RUNNING",
        "finalizing": "RUNNING",
        "completed": "SUCCESS",
        "failed": "FAILED",
        "expired": "TIMEOUT_EXCEEDED",
        "cancelling": "CANCELLATION_REQUESTED",
        "cancelled": "CANCELLED",
    },
}  # fmt: skip


def recap(body):
    """A recap that keeps every sentence of the session."""
    text = "\n".join(message["content"] for message in body["messages"])
    said = re.findall(r"^\[T\d+[^\]]*\] [^:\n]+: (.+)$", text, re.MULTILINE)
    return "# Recap\n\n" + "\n".join(f"- {sentence}" for sentence in said)


class BatchServer:
    """The server.

    Args:
        protocol: `openai` or `mistral`.
        path: statuses of a batch, one a look; the last one stays.
        port: 0 for any.
    """

    def __init__(self, protocol, path=("validating", "in_progress", "completed"), port=0, *, told=None):
        self.protocol, self.path, self.told = protocol, list(path), told
        self.files, self.jobs, self.removed = {}, {}, []
        self.uploads, self.asked, self.chats = 0, [], []
        self.faults = []
        self.write = recap
        self.item = lambda _body: None
        """Gives what becomes of a request: None for an answer, a status and a body, or `expired` or `silent`."""
        self.cancelling = 1
        """Looks at a batch that is being cancelled before it is."""
        self.done_when_cancelled = 0
        """Requests of a batch that were answered when it was cancelled."""
        self.ends_meanwhile = False
        """Whether a batch is over when it is asked to stop, though the look before told otherwise."""
        self.page = 100
        self.lists = True
        self.key = ""
        self.held, self.released = threading.Event(), threading.Event()
        self._lock = threading.RLock()
        self._moments = itertools.count(4_000_000_000)  # later than any batch of a test was written down
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server._handle(self)

            def do_POST(self):
                server._handle(self)

            def do_DELETE(self):
                server._handle(self)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self):
        """Serve until the process is stopped."""
        self._server.serve_forever()

    # ------------------------------------------------------------------------------------------------------------------

    def _handle(self, handler):
        content = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = urlsplit(handler.path)
        method, place = handler.command, path.path.removeprefix("/v1")
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        with self._lock:
            fault = next((one for one in self.faults if one[0] == method and place.endswith(one[1])), None)
            if fault is not None:
                self.faults.remove(fault)
            self.asked.append((method, place))
        what = fault[2] if fault else ""
        if what == "stall":
            self.held.set()
            self.released.wait()
            handler.close_connection = True
            return
        told = {"429": "slow down", "500": "oops", "403": "this key may not do that"}
        if what in told:
            status, document = int(what), {"error": {"message": told[what]}}
        elif self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
            status, document = 401, {"error": {"message": "no such key"}}
        else:
            with self._lock:
                status, document = self._answer(method, place, query, content, handler.headers)
        if self.told is not None:
            self.told(f"{method} {handler.path} → {status}")
        if what == "hold":
            self.held.set()
            self.released.wait()
        if what in ("hold", "drop"):
            handler.close_connection = True
            return
        body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        body = body[:-20] if what == "cut" else body
        handler.send_response(status)
        if what == "429":
            handler.send_header("Retry-After", "0")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, method, place, query, content, headers):
        jobs = "/batch/jobs" if self.protocol == "mistral" else "/batches"
        if place == "/chat/completions":
            self.chats.append(json.loads(content))
            return 200, self._completion(json.loads(content))
        if method == "GET" and place in ("/files", jobs) and not self.lists:
            return 404, {"detail": "Not Found"}
        if place == "/files":
            return self._upload(content, headers) if method == "POST" else (200, self._page(self.files.values(), query))
        if place.startswith("/files/"):
            name = place.split("/")[2]
            if name not in self.files:
                return 404, {"error": {"message": f"No such File object: {name}"}}
            if method == "DELETE":
                self.removed.append(name)
                del self.files[name]
                return (204, b"") if self.protocol == "mistral" else (200, {"id": name, "deleted": True})
            return 200, self.files[name]["content"]
        if place == jobs:
            if method == "POST":
                return self._create(json.loads(content))
            return 200, self._page([self._shown(job) for job in self.jobs.values()], query)
        if place.startswith(f"{jobs}/"):
            name, _slash, verb = place.removeprefix(f"{jobs}/").partition("/")
            job = self.jobs.get(name)
            if job is None:
                return 404, {"error": {"message": "No such batch"}}
            if method == "POST" and verb == "cancel":
                return self._cancel(job)
            self._go_on(job)
            return 200, self._shown(job)
        return 404, {"detail": "Not Found"}

    def _page(self, entries, query):
        """One page of a list, the newest first: a cursor at OpenAI's, a number at Mistral's."""
        newest = [{k: v for k, v in entry.items() if k != "content"} for entry in reversed(list(entries))]
        if self.protocol == "mistral":
            size = min(int(query.get("page_size", 100)), self.page)
            start = size * int(query.get("page", 0))
            return {"data": newest[start : start + size], "object": "list", "total": len(newest)}
        names = [entry["id"] for entry in newest]
        start = names.index(query["after"]) + 1 if query.get("after") in names else 0
        size = min(int(query.get("limit", 20)), self.page)
        return {"data": newest[start : start + size], "object": "list", "has_more": start + size < len(newest)}

    def _upload(self, content, headers):
        boundary = headers["Content-Type"].partition("boundary=")[2].encode()
        fields = {}
        for part in content.split(b"--" + boundary)[1:-1]:
            head, _blank, value = part.partition(b"\r\n\r\n")
            fields[re.search(rb'name="(\w+)"', head)[1].decode()] = (head, value.removesuffix(b"\r\n"))
        if fields.get("purpose", ("", b""))[1] != b"batch":
            return 400, {"error": {"message": "purpose must be batch"}}
        head, data = fields["file"]
        self.uploads += 1
        return 200, self._keep(data, re.search(rb'filename="([^"]+)"', head)[1].decode())

    def _keep(self, data, filename):
        name = f"file-{hashlib.sha256(data).hexdigest()[:8]}-{len(self.files) + len(self.removed)}"
        size = {"size_bytes" if self.protocol == "mistral" else "bytes": len(data)}
        self.files[name] = {
            "id": name, "object": "file", **size, "created_at": next(self._moments), "filename": filename,
            "purpose": "batch", "content": data,
        }  # fmt: skip
        return {k: v for k, v in self.files[name].items() if k != "content"}

    def _create(self, asked):
        source = asked["input_files"][0] if self.protocol == "mistral" else asked["input_file_id"]
        if source not in self.files:
            return 400, {"error": {"message": f"Invalid file {source}: it does not exist"}}
        assert asked["endpoint"] == "/v1/chat/completions"
        assert asked.get("completion_window", "24h") == "24h"
        name = f"batch_{len(self.jobs) + 1}"
        self.jobs[name] = {
            "id": name, "input": source, "created_at": next(self._moments), "metadata": asked["metadata"], "looks": 0,
            "status": self.path[0], "output": None, "error": None, "errors": [], "done": (0, 0), "model": asked.get("model"),
            "path": None, "answered": None,
        }  # fmt: skip
        return 200, self._shown(self.jobs[name])

    def _cancel(self, job):
        if self.ends_meanwhile and job["output"] is None:
            self.path = job["path"] = ["completed"]
            self._go_on(job)
        if job["status"] in ("completed", "failed", "expired", "cancelled", "cancelling"):
            said = f"Cannot cancel a batch with status '{job['status']}'."
            return 409, {"error": {"message": said, "type": "invalid_request_error"}}
        job["path"] = (
            ["cancelled"] if job["status"] == "validating" else [*["cancelling"] * self.cancelling, "cancelled"]
        )
        job["answered"] = 0 if job["status"] == "validating" else self.done_when_cancelled
        job["looks"], job["status"] = 0, job["path"][0]
        if job["status"] == "cancelled":
            self._finish(job)
        return 200, self._shown(job)

    def _go_on(self, job):
        job["looks"] += 1
        path = job["path"] or self.path
        job["status"] = path[min(job["looks"], len(path) - 1)]
        if job["status"] == "failed":
            job["errors"] = [{"message": "line 1: the model is not known", "count": 1}]
        if job["status"] in ("completed", "expired", "cancelled") and job["output"] is None:
            self._finish(job)

    def _finish(self, job):
        lines = [json.loads(line) for line in self.files[job["input"]]["content"].splitlines()]
        good, bad = [], []
        if job["answered"] is not None:  # Mistral's and OpenAI's files hold what was done before
            rest, lines = lines[job["answered"] :], lines[: job["answered"]]
            told = {"code": "batch_cancelled", "message": "This request was cancelled."}
            if self.protocol == "openai" and lines:
                bad = [
                    {"id": f"out_{line['custom_id']}", "custom_id": line["custom_id"], "response": None, "error": told}
                    for line in rest
                ]
        for line in lines:
            assert set(line) == {"custom_id", "body"} | (set() if self.protocol == "mistral" else {"method", "url"})
            fate = self.item(line["body"])
            answer = {"id": f"out_{line['custom_id']}", "custom_id": line["custom_id"], "response": None, "error": None}
            if fate is None:
                good.append(answer | {"response": {"status_code": 200, "body": self._completion(line["body"])}})
            elif fate == "expired":
                bad.append(
                    answer | {"error": {"code": "batch_expired", "message": "This request could not be executed."}}
                )
            elif fate != "silent":
                bad.append(answer | {"response": {"status_code": fate[0], "body": fate[1]}})
        job["done"] = (len(good), len(bad))
        for kind, answers in (("output", good), ("error", bad)):
            if answers:  # in another order than they were asked
                text = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in reversed(answers))
                job[kind] = self._keep(text.encode(), f"{job['id']}_{kind}.jsonl")["id"]

    def _completion(self, body):
        return {
            "id": f"answer-{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:8]}",
            "model": f"{body['model']}-2026",
            "system_fingerprint": "fp_1",
            "choices": [{"message": {"role": "assistant", "content": self.write(body)}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 900, "completion_tokens": 90},
        }

    def _shown(self, job):
        good, bad = job["done"]
        total = self.files[job["input"]]["content"].count(b"\n") if job["input"] in self.files else good + bad
        about = {
            "id": job["id"], "created_at": job["created_at"], "metadata": job["metadata"],
            "status": STATUSES[self.protocol][job["status"]], "endpoint": "/v1/chat/completions",
        }  # fmt: skip
        if self.protocol == "mistral":
            return about | {
                "input_files": [job["input"]], "model": job["model"], "output_file": job["output"],
                "error_file": job["error"], "errors": job["errors"], "total_requests": total,
                "completed_requests": good + bad, "succeeded_requests": good, "failed_requests": bad,
            }  # fmt: skip
        return about | {
            "input_file_id": job["input"], "completion_window": "24h", "output_file_id": job["output"],
            "error_file_id": job["error"], "errors": {"object": "list", "data": job["errors"]} if job["errors"] else None,
            "request_counts": {"total": total, "completed": good, "failed": bad},
        }  # fmt: skip


def main():
    """Serve until the process is stopped, and print every request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("protocol", choices=("openai", "mistral"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--looks", type=int, default=3)
    given = parser.parse_args()

    def told(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    path = ["validating", *["in_progress"] * (given.looks - 1), "completed"]
    server = BatchServer(given.protocol, path, given.port, told=told)
    told(server.url)
    server.serve()


if __name__ == "__main__":
    main()
