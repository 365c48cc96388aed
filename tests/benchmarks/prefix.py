"""Count the tokens that a server evaluates for three prompts, twice each, of one session: laid out as before, and with the session first.

With `--server URL --model NAME`, a llama.cpp server is asked (its `timings` tell what it evaluated and what it found in its cache).
Without, a stand-in on this machine remembers the last four requests it read, as a server of four slots does, and counts four characters
a token: it shows what the layout allows, not what any server does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from comparia import comparing, library
from comparia.backends import resolve
from comparia.config import BackendSettings, Settings
from comparia.store import open_store

ROOT = Path(__file__).parents[2]
SLOTS = 4
CHARACTERS = 4


def shared(text: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    length = min(len(text), len(other))
    return next((n for n in range(length) if text[n] != other[n]), length)


class StandIn(BaseHTTPRequestHandler):
    """Answers at once; tells how much of a request it had read in one of its slots."""

    slots: list[str] = []
    lock = threading.Lock()
    evaluated = 0
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = "".join(f"<{m['role']}>{m['content']}" for m in body["messages"])
        with self.lock:
            known = [shared(text, slot) for slot in self.slots]
            cached = max(known, default=0)
            if known and cached > len(text) // 10:
                self.slots.pop(known.index(cached))
            self.slots.append(text)
            del self.slots[:-SLOTS]
            type(self).evaluated += len(text) - cached
        usage = {"prompt_tokens": len(text) // CHARACTERS, "completion_tokens": 4}
        answer = {
            "choices": [{"message": {"content": "Une réponse courte."}, "finish_reason": "stop"}],
            "usage": usage | {"prompt_tokens_details": {"cached_tokens": cached // CHARACTERS}},
        }
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


def measured(url: str, model: str, layout: int) -> tuple[int, int, float]:
    """Return tokens read, tokens of these found in the cache, and seconds, of one run."""
    folder = ROOT / "transcripts" / "library-and-hub"
    session = library.read_transcript(folder / "session.vtt", folder / "chat.txt")
    own = BackendSettings(model=model, base_url=url, caches_prefix=layout == 2, max_tokens=8)
    backends = resolve(["b"], Settings(backends={"b": own}))
    run = comparing.plan(session, library.load_prompt_set("recap")[:3], backends, repeats=2, policy="local")
    with tempfile.TemporaryDirectory() as place, open_store(f"sqlite:///{place}/c.db") as store:
        begun = time.perf_counter()
        done = asyncio.run(comparing.execute(run.model_copy(update={"layout": layout}), store))
        seconds = time.perf_counter() - begun
    calls = [call for variant in done.variants for call in variant.calls]
    return sum(c.reported_tokens or 0 for c in calls), sum(c.cached_tokens or 0 for c in calls), seconds


def main() -> None:
    """Measure both layouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="")
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    url, server = options.server, None
    if not url:
        server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
    print("| requests | tokens read | in the cache | evaluated | seconds |")
    print("|---|---|---|---|---|")
    for layout, name in ((1, "as the prompt is written"), (2, "the session first")):
        StandIn.slots.clear()
        read, cached, seconds = measured(url, options.model, layout)
        shown = f"{seconds:.1f}" if options.server else "–"
        print(f"| {name} | {read} | {cached} | {read - cached} | {shown} |")
    if server is not None:
        server.shutdown()


if __name__ == "__main__":
    main()
