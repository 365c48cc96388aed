"""What a call costs: Comparia's whole loop against raw aiohttp and raw httpx loops, in the same run.

    python tests/benchmarks/fanout.py [--calls 1000] [--concurrency 50] [--prompt-kb 120] [--latency-ms 200]

Each client runs in a process of its own against the same server on loopback, which answers after a fixed latency.
Ours plans the run, passes the outbound gate, journals every sending and keeps every answer durably in SQLite; the raw
loops keep nothing. The row `comparia` is everything, from planning to reading the run back; `loop` is the part from
the first sending to the last variant. The ideal is calls / concurrency × latency. Compare ratios: machines differ,
and noise is large.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ("loop", "comparia", "aiohttp", "httpx")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--prompt-kb", type=int, default=120)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--url", help="another server to ask, instead of the one of the tests")
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        print(json.dumps(measure(options)))
        return
    server = None
    if not options.url:
        command = [sys.executable, str(ROOT / "tests" / "fault_server.py"), "--latency-ms", str(options.latency_ms)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        options.url = server.stdout.readline().strip()
    try:
        report(options)
    finally:
        if server:
            server.terminate()


def report(options: argparse.Namespace) -> None:
    ideal = options.calls / options.concurrency * options.latency_ms / 1000
    print(
        f"{options.calls} calls, concurrency {options.concurrency}, {options.prompt_kb} KB prompts, {options.latency_ms:.0f} ms; "
        f"ideal {ideal:.1f} s; medians of {options.runs}; {date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    )
    results = {client: [] for client in CLIENTS}
    for _ in range(options.runs):
        for client in CLIENTS:
            flags = [f"--{k.replace('_', '-')}={v}" for k, v in vars(options).items() if k not in ("client", "runs")]
            done = subprocess.run(
                [sys.executable, __file__, *flags, f"--client={client}"], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stderr)
            results[client].append(json.loads(done.stdout))
    medians = {c: {k: sorted(r[k] for r in rows)[len(rows) // 2] for k in rows[0]} for c, rows in results.items()}
    raw = medians["aiohttp"]
    print(f"{'client':<10} {'wall s':>8} {'/ ideal':>8} {'CPU s':>8} {'/ aiohttp':>10} {'peak MB':>8} {'stored':>8}")
    for client, m in medians.items():
        print(
            f"{client:<10} {m['wall']:>8.2f} {m['wall'] / ideal:>8.2f} {m['cpu']:>8.2f} {m['cpu'] / raw['cpu']:>10.2f} "
            f"{m['peak']:>8.0f} {m['stored']:>8.0f}"
        )


def measure(options: argparse.Namespace) -> dict[str, float]:
    text = ("Les habitant·es demandent que le marché reste ouvert. " * 3000)[: options.prompt_kb * 1000]
    run = {"comparia": with_comparia, "loop": with_comparia, "aiohttp": with_aiohttp, "httpx": with_httpx}[
        options.client
    ]
    wall, cpu, stored = run(text, options)
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "stored": stored,
    }


def with_comparia(text: str, options: argparse.Namespace) -> tuple[float, float, int]:
    from comparia import comparing
    from comparia.backends import resolve
    from comparia.config import BackendSettings, Settings
    from comparia.ingest import read_bytes
    from comparia.prompts import parse
    from comparia.store import open_store

    own = BackendSettings(
        preset="openai-compatible", model="stub", base_url=options.url, concurrency=options.concurrency
    )
    backends = resolve(["stub"], Settings(backends={"stub": own}))
    transcript = read_bytes(f"A : {text}".encode(), "session.txt")
    prompts = [parse(f"Consigne {n}.\n\n{{{{ transcript }}}}") for n in range(options.calls)]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/comparia.db")
        run = comparing.plan(transcript, prompts, backends, policy="local")
        moments: list[tuple[float, float]] = []

        def observe(event: comparing.Event) -> None:
            moments.append((time.perf_counter(), time.process_time()))

        begun, cpu = time.perf_counter(), time.process_time()
        done = asyncio.run(comparing.execute(run, store, observe))
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        store.close()
    if options.client == "loop":
        (begun, began), (ended, end) = moments[0], moments[-1]
        wall, cpu = ended - begun, end - began
    return wall, cpu, sum(variant.summary is not None for variant in done.variants)


def body_of(text: str, n: int) -> dict:
    return {"model": "stub", "messages": [{"role": "user", "content": f"Consigne {n}.\n\n{text}"}]}


def with_aiohttp(text: str, options: argparse.Namespace) -> tuple[float, float, int]:
    import aiohttp

    async def loop() -> int:
        places = asyncio.Semaphore(options.concurrency)
        async with aiohttp.ClientSession() as session:

            async def one(n: int) -> int:
                async with places, session.post(f"{options.url}/chat/completions", json=body_of(text, n)) as response:
                    return len((await response.json())["choices"])

            return sum(await asyncio.gather(*(one(n) for n in range(options.calls))))

    return timed(loop)


def with_httpx(text: str, options: argparse.Namespace) -> tuple[float, float, int]:
    import httpx

    async def loop() -> int:
        places = asyncio.Semaphore(options.concurrency)
        async with httpx.AsyncClient(timeout=60) as client:

            async def one(n: int) -> int:
                async with places:
                    response = await client.post(f"{options.url}/chat/completions", json=body_of(text, n))
                    return len(response.json()["choices"])

            return sum(await asyncio.gather(*(one(n) for n in range(options.calls))))

    return timed(loop)


def timed(loop) -> tuple[float, float, int]:
    begun, cpu = time.perf_counter(), time.process_time()
    asyncio.run(loop())
    return time.perf_counter() - begun, time.process_time() - cpu, 0


if __name__ == "__main__":
    main()
