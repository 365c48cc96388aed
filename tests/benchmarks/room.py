"""A room of two hundred phones that come, read, vote and wait, on loopback: no vote lost, and how long each of them waits.

    python tests/benchmarks/room.py [--phones 200] [--seconds 20] [--hostile]

The phones are one process, the server another, on the same two cores. Each comes at a moment of the first half, reads, votes at a moment of
the second, changes its vote once in four, and asks every 2 to 4 s whether the vote is closed. Times are from the request to the last
byte. The floor is a page of no recap, asked by one phone alone before the others come. On a machine that others
use, the CPU of the server a request says more than the times. Each phone asks from an address of its own; with
`--hostile`, one more device asks for the ballot as fast as it is answered, for as long as the others are there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
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

KINDS = {
    "read": "read the recaps",
    "style and script": "style and script",
    "vote": "vote, kept on disk",
    "state": "is it over?",
    "": "all",
}
"""Kinds of requests, and what the table calls them."""
AIM = 0.300
"""Seconds that ninety-nine requests of a hundred may take."""


def own_address(number: int) -> httpx.AsyncHTTPTransport:
    """Return connections from an address of this machine that no other phone has.

    Certificates are not read: that takes 80 ms of CPU a phone, and the room has none.
    """
    return httpx.AsyncHTTPTransport(verify=False, local_address=f"127.0.{1 + number // 250}.{1 + number % 250}")


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU that a process has taken, its threads included; 0 where /proc does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def hostile(address: str, code: str, over: asyncio.Event) -> int:
    """Ask for the ballot without end, from one device; return how often it was answered."""
    answered = 0
    async with httpx.AsyncClient(base_url=address, timeout=60, transport=own_address(5_000)) as client:
        while not over.is_set():
            client.cookies.clear()
            await client.get(f"/{code}")
            answered += 1
    return answered


async def phone(
    number: int, address: str, code: str, seconds: float, draw: random.Random, taken: list[tuple[str, float]]
) -> bool:
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
        base_url=address, follow_redirects=True, timeout=60, transport=own_address(number)
    ) as client:
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
            voted = "data-shown" in answer.text and "?change=1" in answer.text
        return voted


async def audience(
    address: str, code: str, phones: int, seconds: float, attacked: bool
) -> tuple[int, list[tuple[str, float]], int]:
    """Every phone at once; how many saw their vote taken, how long each request took, requests of a hostile device."""
    taken: list[tuple[str, float]] = []
    draw = random.Random(7)
    over = asyncio.Event()
    attack = asyncio.create_task(hostile(address, code, over)) if attacked else None
    votes = await asyncio.gather(
        *(phone(n, address, code, seconds, random.Random(draw.random()), taken) for n in range(phones))
    )
    over.set()
    return sum(votes), taken, await attack if attack is not None else 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--hostile", action="store_true")
    options = parser.parse_args()
    print(f"comparia {__version__}, {date.today()}, {platform.machine()}, Python {platform.python_version()}")
    folder = shipped("transcripts") / "place-du-foirail"
    with tempfile.TemporaryDirectory() as outputs:
        settings = Settings(outputs=Path(outputs), policy="local")
        session = library.read_transcript(folder / "session.vtt", folder / "chat.txt")
        run = library.compare(session, reference=folder / "reference.yaml", settings=settings)
        served = Served(Path(outputs), "--room-host", "127.0.0.1")
        judging = served.client.post(f"/runs/{run.id}/votes", data={"variant": ["v1", "v2", "v3"]}).url.path
        served.client.post(f"{judging}/room")
        page = served.client.get(judging).text
        address = re.search(r"http://127\.0\.0\.1:\d+", page)[0]
        code = re.search(r'<strong class="code">(\w+)<', page)[1]
        floor = []
        for _n in range(10):
            begun = time.perf_counter()
            httpx.get(address, verify=False)
            floor.append(time.perf_counter() - begun)
        cpu = cpu_seconds(served.process.pid)
        told = asyncio.run(audience(address, code, options.phones, options.seconds, options.hostile))
        voted, taken, attacks = told
        cpu = cpu_seconds(served.process.pid) - cpu
        stored = served.client.get(f"{judging}/state").json()["voted"]
        served.client.post(f"{judging}/close")
        served.client.post(f"{judging}/names")
        kept = len(library.judgings_of(run.id, settings=settings)[0].ballots)
        served.stop()
    print(
        f"{options.phones} phones over {options.seconds:.0f} s: {voted} saw their vote taken, {stored} counted, {kept} on disk"
        + (f", {attacks} requests of a hostile device" if options.hostile else "")
    )
    each = 1000 * cpu / (len(taken) + attacks)
    print(f"{each:.1f} ms of CPU of the server a request, {os.getloadavg()[0]:.1f} processes that wanted to run\n")
    print("| request | median ms | p99 ms | worst ms | of |\n|---|---|---|---|---|")
    print(f"| floor: the door, one phone alone | {1000 * statistics.median(floor):.0f} | | | {len(floor)} |")
    for kind, name in KINDS.items():
        times = sorted(t for k, t in taken if kind in ("", k))
        if not times:
            continue
        p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
        mark = "" if p99 <= AIM else f" (over {1000 * AIM:.0f})"
        median = 1000 * statistics.median(times)
        print(f"| {name} | {median:.0f} | {1000 * p99:.0f}{mark} | {1000 * times[-1]:.0f} | {len(times)} |")
    print()
    assert voted == stored == kept == options.phones, "a vote was lost"


if __name__ == "__main__":
    main()
