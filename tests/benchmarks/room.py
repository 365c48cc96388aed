"""A room of two hundred phones that come, read, vote and wait, on loopback: no vote lost, and how long each of them waits.

    python tests/benchmarks/room.py [--phones 200] [--seconds 20]

The phones are one process, the server another, on the same two cores. Each comes at a moment of the first half, reads, votes at a moment of
the second, changes its vote once in four, and asks every 2 to 4 s whether the vote is closed. Times are from the request to the last
byte. The floor is a page of no recap, asked by one phone alone before the others come.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from comparia import __version__, library
from comparia.config import Settings, shipped
from tests.benchmarks.pages import Served

AIM = 0.300
"""Seconds that ninety-nine requests of a hundred may take."""


async def phone(address: str, code: str, seconds: float, draw: random.Random, taken: list[tuple[str, float]]) -> bool:
    """One phone; whether its vote was taken."""

    async def timed(kind: str, work):
        begun = time.perf_counter()
        answer = await work
        taken.append((kind, time.perf_counter() - begun))
        answer.raise_for_status()
        return answer

    begun = time.perf_counter()
    await asyncio.sleep(draw.uniform(0, seconds / 2))
    async with httpx.AsyncClient(
        base_url=address, follow_redirects=True, timeout=60, verify=False
    ) as client:  # no TLS here
        await timed("read", client.get(f"/{code}"))
        for _asset in ("/style.css", "/static/comparia.js"):
            await timed("style and script", client.get(_asset))
        votes_at = [begun + draw.uniform(seconds / 2, seconds)]
        if draw.random() < 0.25:
            votes_at.append(votes_at[0] + draw.uniform(0, 2))
        voted = False
        for at in votes_at:
            while (left := at - time.perf_counter()) > 0:
                await asyncio.sleep(min(left, draw.uniform(2, 4)))
                await timed("state", client.get(f"/{code}/state"))
            answer = await timed("vote", client.post(f"/{code}", data={"answer": draw.choice("ABC")}))
            voted = "checked" in answer.text
        return voted


async def audience(address: str, code: str, phones: int, seconds: float) -> tuple[int, list[tuple[str, float]]]:
    """Every phone at once; how many saw their vote taken, and how long each request took."""
    taken: list[tuple[str, float]] = []
    draw = random.Random(7)
    votes = await asyncio.gather(
        *(phone(address, code, seconds, random.Random(draw.random()), taken) for _n in range(phones))
    )
    return sum(votes), taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    print(f"comparia {__version__}, {date.today()}, {platform.machine()}, Python {platform.python_version()}")
    folder = shipped("transcripts") / "place-du-foirail"
    with tempfile.TemporaryDirectory() as outputs:
        settings = Settings(outputs=Path(outputs), policy="local")
        session = library.read_transcript(folder / "session.vtt", folder / "chat.txt")
        run = library.compare(session, reference=folder / "reference.yaml", settings=settings)
        served = Served(Path(outputs), "--room-host", "127.0.0.1")
        judging = served.client.post(f"/runs/{run.id}/votes", data={"variant": ["v1", "v2", "v3"]}).headers["location"]
        served.client.post(f"{judging}/room")
        page = served.client.get(judging).text
        address = re.search(r"http://127\.0\.0\.1:\d+", page)[0]
        code = re.search(r'<strong class="code">(\w+)<', page)[1]
        floor = []
        for _n in range(10):
            begun = time.perf_counter()
            httpx.get(address)
            floor.append(time.perf_counter() - begun)
        voted, taken = asyncio.run(audience(address, code, options.phones, options.seconds))
        stored = served.client.get(f"{judging}/state").json()["voted"]
        served.client.post(f"{judging}/close")
        kept = len(library.judgings_of(run.id, settings=settings)[0].ballots)
        served.stop()
    print(
        f"{options.phones} phones over {options.seconds:.0f} s: {voted} saw their vote taken, {stored} counted, {kept} on disk"
    )
    print(f"{'floor: the door, alone':28} median {1000 * statistics.median(floor):6.0f} ms")
    for kind in ("read", "style and script", "vote", "state", ""):
        times = sorted(t for k, t in taken if kind in ("", k))
        p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
        mark = "" if p99 <= AIM else f"   over {1000 * AIM:.0f}"
        print(
            f"{kind or 'all':28} median {1000 * statistics.median(times):6.0f} ms   p99 {1000 * p99:6.0f} ms   "
            f"worst {1000 * times[-1]:6.0f} ms   of {len(times)}{mark}"
        )
    assert voted == stored == kept == options.phones, "a vote was lost"


if __name__ == "__main__":
    main()
