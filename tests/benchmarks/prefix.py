"""Count the tokens that a server evaluates for three prompts, twice each, of one session: laid out as before, and with the session first.
Then for all that is asked of a session: recaps, key points and judging, beside one reading of the session. And for judging labelled recaps.

With `--server URL --model NAME`, a llama.cpp server is asked, started with `--metrics`: it tells what it evaluated.
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

import httpx

from comparia import comparing, library
from comparia.backends import resolve
from comparia.config import BackendSettings, Settings
from comparia.prompts import transcript_lines
from comparia.store import open_store
from tests.labelled.meetings import meeting

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


SESSIONS = {
    "library-and-hub": (("session.vtt", "chat.txt"), "recap"),
    "place-du-foirail": (("session.vtt", "chat.txt"), "compte-rendu"),
}
"""Files of each session, and the prompts that are asked of it."""


def everything(urls: list[str], model: str, name: str) -> tuple[int, int, int, float]:
    """Return tokens of the session, calls, tokens evaluated a server, and seconds, of recaps, key points and judging.

    Two models write and judge: each on a server of its own where two are given, two names of one otherwise.
    """
    files, prompts = SESSIONS[name]
    session = library.read_transcript(*(ROOT / "transcripts" / name / file for file in files))
    settings = {
        name: BackendSettings(
            model=f"{model}-{name}", base_url=url, caches_prefix=True, max_tokens=8, concurrency=1, temperature=0
        )
        for name, url in zip(("a", "b"), (urls[0], urls[-1]), strict=True)
    }
    text = "\n".join(transcript_lines(session))
    begun, before = time.perf_counter(), sum(map(evaluated, urls))
    with tempfile.TemporaryDirectory() as place:
        own = Settings(backends=settings, outputs=Path(place), policy="local")
        run = library.compare(session, prompts, ["a", "b"], reference=False, metrics=(), settings=own)
        library.check_recaps(run.id, metrics=["key_point_coverage"], settings=own)
        with library.open_store(own) as store:
            calls = sum(1 for _sending in store.journal.sendings())
    read = (sum(map(evaluated, urls)) - before) // len(urls)
    return tokens_in(urls[0], text), calls, read, time.perf_counter() - begun


RECAPS = 3
"""Labelled recaps that are judged, of the usual length of recaps that models write."""


def judged(url: str, model: str, name: str) -> tuple[int, int, int, int, float]:
    """Return tokens of the session, calls, tokens of the requests, tokens evaluated, and seconds, of judging recaps by one model.

    The points are the reviewed ones of the labelled meeting, the recaps natural ones of it; the model has read the session once before.
    """
    found = meeting(name)
    recaps = [text for recap, text in sorted(found.recaps.items()) if recap.startswith("natural")][:RECAPS]
    own_model = BackendSettings(
        model=model, base_url=url, caches_prefix=True, max_tokens=8, concurrency=1, temperature=0, zone="local"
    )
    text = "\n".join(transcript_lines(found.transcript))
    with tempfile.TemporaryDirectory() as place:
        own = Settings(backends={"a": own_model}, outputs=Path(place), policy="local")
        prompts = library.load_prompt_set("recap" if found.transcript.language == "en" else "compte-rendu")[:1]
        run = library.compare(found.transcript, prompts, ["a"], reference=found.reference, metrics=(), settings=own)
        for n, recap in enumerate(recaps):
            library.import_text(run.id, recap, f"hand {n}", settings=own)
        begun, before = time.perf_counter(), evaluated(url)
        known = len(library.read_run(run.id, settings=own).sendings)
        library.score(run.id, judge="a", metrics=["key_point_coverage"], settings=own)
        sendings = library.read_run(run.id, settings=own).sendings[known:]
        calls = [sending for sending in sendings if sending.tokens]
        seconds = time.perf_counter() - begun
    tokens = sum(sending.tokens for sending in calls)
    return tokens_in(url, text), len(calls), tokens, evaluated(url) - before, seconds


def evaluated(url: str) -> int:
    """Return the prompt tokens that a llama.cpp server has evaluated since it started."""
    lines = httpx.get(f"{url.removesuffix('/v1')}/metrics", timeout=30).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("llamacpp:prompt_tokens_total"))))


def tokens_in(url: str, text: str) -> int:
    """Return the number of tokens of a text, as a llama.cpp server counts them."""
    answer = httpx.post(f"{url.removesuffix('/v1')}/tokenize", json={"content": text}, timeout=60)
    return len(answer.json()["tokens"])


def main() -> None:
    """Measure both layouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="")
    parser.add_argument("--second", default="", help="a second server, on which the second model is asked")
    parser.add_argument("--model", default="default")
    parser.add_argument(
        "--tables", nargs="+", default=["layout", "everything", "judging"], help="which tables to print"
    )
    options = parser.parse_args()
    url, server = options.server, None
    if not url:
        server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
    print("| requests | tokens read | in the cache | evaluated | seconds |")
    print("|---|---|---|---|---|")
    for layout, name in (
        () if "layout" not in options.tables else ((1, "as the prompt is written"), (2, "the session first"))
    ):
        StandIn.slots.clear()
        read, cached, seconds = measured(url, options.model, layout)
        shown = f"{seconds:.1f}" if options.server else "–"
        print(f"| {name} | {read} | {cached} | {read - cached} | {shown} |")
    if server is not None:
        server.shutdown()
        return
    print(
        "\n| recaps, key points and judging | tokens of the session | calls | evaluated a server | "
        "readings of the session a server | seconds |"
    )
    print("|---|---|---|---|---|---|")
    for name in SESSIONS if "everything" in options.tables else ():
        urls = [server for server in (url, options.second) if server]
        session, calls, tokens, seconds = everything(urls, options.model, name)
        print(f"| {name} | {session} | {calls} | {tokens} | {tokens / session:.2f} | {seconds:.1f} |")
    print(
        f"\n| judging {RECAPS} recaps | tokens of the session | calls | evaluated | a call | readings of the session | seconds |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in SESSIONS if "judging" in options.tables else ():
        session, calls, _tokens, tokens, seconds = judged(url, options.model, name)
        print(
            f"| {name} | {session} | {calls} | {tokens} | {tokens / calls:.0f} | {tokens / session:.2f} | {seconds:.1f} |"
        )


if __name__ == "__main__":
    main()
