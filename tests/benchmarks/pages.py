"""How long the server takes for each page of `comparia serve`, beside a page without a run, and how soon it is shown.

    python tests/benchmarks/pages.py [--repeats 5] [--only pages|browser|words]

Two runs: the session that ships, with its recorded recaps; and a session of 70,000 words, 6 recaps, 200 key points,
scored; then a list of 1,002 runs. Times are from the request to the last byte of the page, on loopback, medians; *first*
is the first request after the server has started. The floor is a page without a run (the settings), asked between the
others, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import html
import itertools
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from comparia import __version__, library, scoring
from comparia.config import Settings
from comparia.records import KeyPoint, Quote, Run, content_id
from tests.benchmarks.speed import case
from tests.fault_server import FaultServer

SAMPLE, LONG, SAVE = 10, 20, 10
"""Times the floor that a page of the sample may take, one of the long session, and keeping a change of a recap."""
SENT, WHOLE = 60_000, 300_000
"""Bytes of the sample's comparison: as sent, and as they are."""
SHOWN = 1.0
"""Seconds to the first content of a page in a browser four times slower than this machine."""


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
        self.client = httpx.Client(
            base_url=self.address, timeout=120, headers={"accept-language": "fr"}, follow_redirects=True
        )

    def stop(self) -> None:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


class Timed(NamedTuple):
    """How long a request takes."""

    first: float
    """Seconds of the first one."""
    median: float
    """Median seconds of the next ones."""
    floor: float
    """Median seconds of the page without a run, asked between them."""
    size: int
    """Bytes of the answer."""
    sent: int
    """Bytes as sent."""


FLOOR = "/preferences"
"""The page without a run."""


def timed(served: Served, ask: Callable[[], httpx.Response], repeats: int) -> Timed:
    """Return how long a request takes, beside the page without a run."""
    taken, floors = [], []
    size = sent = 0
    for _n in range(repeats + 1):
        begun = time.perf_counter()
        answer = ask()
        taken.append(time.perf_counter() - begun)
        answer.raise_for_status()
        size, sent = len(answer.content), answer.num_bytes_downloaded
        begun = time.perf_counter()
        served.client.get(FLOOR).raise_for_status()
        floors.append(time.perf_counter() - begun)
    return Timed(taken[0], statistics.median(taken[1:]), statistics.median(floors), size, sent)


def told(name: str, found: Timed, most: float) -> None:
    """Print a line of the table."""
    ratio = found.median / found.floor
    over = f"{ratio:.1f}{' (over)' if ratio > most else ''}"
    print(
        f"| {name} | {found.first * 1000:.0f} | {found.median * 1000:.0f} | {over} | {most:g} "
        f"| {found.size / 1000:.0f} | {found.sent / 1000:.0f} |",
        flush=True,
    )


def pages_of(run: Run) -> list[tuple[str, str]]:
    """Return the pages of a run: name and address."""
    at = f"/runs/{run.id}"
    point = run.reference.key_points[0].id if run.reference else ""
    return [
        ("comparison, with its map and flags", at),
        ("its table, narrowed", f"{at}/table?show=minority"),
        ("one point of view", f"{at}/evidence?point={point}"),
        ("its session", f"{at}/session"),
        ("points of view", f"{at}/points"),
        ("composer", f"{at}/compose"),
        ("document", f"{at}/document"),
        ("to publish", f"{at}/publish"),
        ("return to the participants", f"{at}/member-check"),
        ("panels", f"{at}/panels"),
        ("plain language, translations", f"{at}/adapted"),
        ("how far verdicts can be trusted", f"{at}/audit"),
    ]


def save(served: Served, run: Run) -> Callable[[], httpx.Response]:
    """Return what keeps the recap being written, as its page does on each change."""
    address = f"/runs/{run.id}/compose"
    recap = next(variant for variant in run.variants if variant.summary)
    started = {"known": _known(served.client.get(address)), "action": f"start:{recap.id}"}
    window = served.client.post(address, data=started)
    typed = re.findall(r"<textarea[^>]*>(.*?)</textarea>", window.text, re.DOTALL)
    texts = [html.unescape(text) for text in typed if text]
    count = itertools.count()

    def ask() -> httpx.Response:
        changed = [f"{texts[0]} {next(count)}", *texts[1:]]
        columns = {
            name: [""] * len(changed) for name in ("piece", "mark", "variant", "original", "turn", "joined", "other_of")
        }
        form = {"known": known[0], "action": "save:", "answer": "state", **columns, "text": changed}
        answer = served.client.post(address, data=form)
        known[0] = answer.json()["mine"]
        return answer

    known = [_known(window)]
    return ask


def _known(page: httpx.Response) -> str:
    found = re.search(r'name="known" value="([^"]*)"', page.text)
    assert found, page.url
    return found[1]


def sample(served: Served) -> str:
    """Return the id of the run of the session that ships, with its recorded recaps, once it is scored."""
    address = served.client.post("/demonstration").url.path
    while 'data-events="' in served.client.get(address).text:
        time.sleep(0.5)
    return address.rpartition("/")[2]


def shown_in(addresses: Sequence[tuple[str, str]], times: int = 3) -> None:
    """Print the seconds to the first content of pages, and to all of it, in Chromium slowed four times."""
    print("\n| page in a browser 4 times slower | first content s | loaded s | aim s |\n|---|---|---|---|")
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium)
        for name, address in addresses:
            firsts, wholes = [], []
            for _n in range(times):
                page = browser.new_context(locale="fr-FR", viewport={"width": 1366, "height": 900}).new_page()
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
                page.goto(address, wait_until="load")
                page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
                firsts.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                wholes.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
                page.context.close()
            first = statistics.median(firsts) / 1000
            over = " (over)" if first > SHOWN else ""
            print(f"| {name} | {first:.2f}{over} | {statistics.median(wholes) / 1000:.2f} | {SHOWN:g} |", flush=True)
        browser.close()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("pages", "browser", "words"), default="")
    asked = parser.parse_args()
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
        small = library.read_run(sample(served), settings=settings)
        both = (("sample", small, SAMPLE), ("long session", run, LONG))
        if asked.only in ("", "pages"):
            table_of_pages(served, settings, both, asked.repeats)
        if asked.only in ("", "browser"):
            named = [(f"{of}: {name}", path) for of, one, _most in both for name, path in pages_of(one)[:1]]
            named += [(f"sample: {name}", path) for name, path in pages_of(small)[4:]]
            shown_in([(name, served.address + path) for name, path in named])
        if asked.only in ("", "words"):
            gc.collect()
            gc.freeze()  # the long run made here is not the server's: collecting it would be counted as waiting
            delays = first_words(served)
            print("\n| first streamed words, from the backend's socket to the page's | median ms | worst ms | aim ms |")
            print("|---|---|---|---|")
            median, worst = statistics.median(delays) * 1000, max(delays) * 1000
            print(f"| of {len(delays)} recaps | {median:.0f} | {worst:.0f} | 50 |")
        served.stop()


def table_of_pages(served: Served, settings: Settings, runs: Sequence[tuple[str, Run, float]], repeats: int) -> None:
    """Print how long each page takes, times the floor."""
    print(
        "\n| page | first request ms | median ms | times the floor | aim | kB | kB sent |\n"
        "|---|---|---|---|---|---|---|"
    )
    told("settings (the floor: no run)", timed(served, lambda: served.client.get(FLOOR), repeats), 1)
    for of, one, most in runs:
        for name, path in pages_of(one):
            told(f"{of}: {name}", timed(served, partial(served.client.get, path), repeats), most)
        told(f"{of}: keeping a change of the recap", timed(served, save(served, one), repeats), SAVE)
    with library.open_store(settings) as store:
        empty = {"transcript": runs[1][1].transcript.model_copy(update={"turns": (), "cues": ()})}
        for n in range(1000):
            name = f"20261126-{n:06d}-abcd"
            store.runs.start(runs[1][1].model_copy(update={**empty, "id": name, "variants": (), "reference": None}))
    told("list of 1,002 runs", timed(served, lambda: served.client.get("/"), repeats), LONG)


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
            path = session.url.path
            chosen = {"other": f"m{n}@{server.url}", "policy": "local"}
            run = served.client.post(f"{path}/compare", data=chosen).url.path
            with served.client.stream("GET", f"{run}/events") as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: ") and "very first" in line:
                        delays.append(time.perf_counter() - sent[0])
                        break
    return delays


if __name__ == "__main__":
    main()
