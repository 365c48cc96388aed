"""How long the server takes for each page of `comparia serve`, and how soon streamed words are shown.

    python tests/benchmarks/pages.py [--repeats 5]

The run: a session of 70,000 words, 6 recaps, 200 key points, scored; then a list of 1,001 runs. Times are from the request to the last
byte of the page, on loopback, medians; *first* is the first request after the server has started. The floor is a page without a run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from comparia import __version__, library, scoring
from comparia.config import Settings
from comparia.records import KeyPoint, Quote, content_id
from tests.benchmarks.speed import case
from tests.fault_server import FaultServer

AIM = 0.150
"""Seconds a page may take."""


def long_run():
    """A run of the size that pages are held to."""
    run, reference = case(70_000, 6, 60)
    points = list(reference.key_points)[:60]
    turns = [turn for turn in run.transcript.turns if turn.channel != "system" and len(turn.text) > 60]
    for n in range(len(points), 200):
        turn = turns[n * 7 % len(turns)]
        said = (Quote(turn=turn.number, speaker=turn.speaker or "", words=turn.text[:60]),)
        points.append(KeyPoint(id=f"X{n}", text=turn.text[:120], said=said))
    reference = reference.model_copy(update={"id": content_id("rf", [len(points)]), "key_points": tuple(points)})
    run = run.model_copy(update={"reference": reference})
    return run.model_copy(update={"scores": scoring.score(run, reference)})


class Served:
    """`comparia serve` as a process."""

    def __init__(self, outputs: Path, *options: str) -> None:
        command = [sys.executable, "-m", "comparia", "serve", "--no-browser", "--port", "0", "--outputs", str(outputs)]
        command += options
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.client = httpx.Client(base_url=self.address, timeout=120, headers={"accept-language": "fr"})

    def stop(self) -> None:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


def timed(served: Served, path: str, repeats: int) -> tuple[float, float, int, int]:
    """First and median seconds, bytes, and bytes as sent, of a page."""
    taken = []
    size = sent = 0
    for _n in range(repeats + 1):
        begun = time.perf_counter()
        answer = served.client.get(path)
        taken.append(time.perf_counter() - begun)
        answer.raise_for_status()
        size, sent = len(answer.content), answer.num_bytes_downloaded
    return taken[0], statistics.median(taken[1:]), size, sent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    run = long_run()
    print(f"comparia {__version__}, {date.today()}, {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(outputs=Path(folder), policy="local")
        with library.open_store(settings) as store:
            store.runs.start(run)
            for variant in run.variants:
                asyncio.run(store.runs.add_variant(run.id, variant))
            store.scores.add_scores(run.id, run.reference, run.scores)
            store.runs.finish(run.id, "complete")
        served = Served(Path(folder))
        pages = [
            ("preferences (floor: no run)", "/preferences"),
            ("comparison", f"/runs/{run.id}"),
            ("its table, narrowed", f"/runs/{run.id}/table?show=minority"),
            ("one point of view", f"/runs/{run.id}/evidence?point={run.reference.key_points[0].id}"),
            ("its session", f"/runs/{run.id}/session"),
            ("points of view", f"/runs/{run.id}/points"),
            ("composer", f"/runs/{run.id}/compose"),
        ]
        floor = 0.0
        for name, path in pages:
            figures = timed(served, path, repeats)
            floor = floor or figures[1]
            told(name, *figures, floor=floor)
        with library.open_store(settings) as store:
            small = run.model_copy(update={"transcript": run.transcript.model_copy(update={"turns": (), "cues": ()})})
            for n in range(1000):
                store.runs.start(
                    small.model_copy(update={"id": f"20261126-{n:06d}-abcd", "variants": (), "reference": None})
                )
        told("list of 1,001 runs", *timed(served, "/", repeats), floor=floor)
        gc.collect()
        gc.freeze()  # the long run made here is not the server's: collecting it would be counted as waiting
        delays = first_words(served)
        print(
            f"first streamed words, from the backend's socket to the page's: median {statistics.median(delays) * 1000:.0f} ms, "
            f"worst {max(delays) * 1000:.0f} ms, of {len(delays)} (aim 50)"
        )
        served.stop()


def told(name: str, first: float, median: float, size: int, sent: int, *, floor: float) -> None:
    """One line of the table."""
    mark = "" if median <= AIM else f"   over {AIM * 1000:.0f}"
    print(
        f"{name:30} first {first * 1000:6.0f} ms   median {median * 1000:6.0f} ms   {median / floor:5.1f} x the floor   "
        f"{size / 1000:6.0f} kB   {sent / 1000:6.0f} kB sent{mark}"
    )


def first_words(served: Served, times: int = 12) -> list[float]:
    """Seconds from the moment a backend sends its first words to the moment they arrive at a page."""
    delays = []
    for n in range(times):
        sent: list[float] = []

        def answer(_asked: str, sent: list[float] = sent) -> str:
            sent.append(time.perf_counter())
            return "the very first words " * 400

        with FaultServer(answer=answer, faults=["drip"] * 2, latency=0.6, seed=n) as server:
            session = served.client.post("/sessions", data={"pasted": f"Ann: a bench, please, {n}.\nBen: a tree."})
            path = session.headers["location"]
            chosen = {"other": f"m{n}@{server.url}", "policy": "local"}
            run = served.client.post(f"{path}/compare", data=chosen).headers["location"]
            with served.client.stream("GET", f"{run}/events") as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: ") and "very first" in line:
                        delays.append(time.perf_counter() - sent[0])
                        break
    return delays


if __name__ == "__main__":
    main()
