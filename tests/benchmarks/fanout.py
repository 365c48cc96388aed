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
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections import Counter
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ("loop", "comparia", "aiohttp", "httpx")
NAMES = {
    "loop": "comparia, the loop (first sending to last variant)",
    "comparia": "comparia, everything (plan, run, read back)",
    "aiohttp": "raw aiohttp loop",
    "httpx": "raw httpx loop",
}
PARTS = (
    ("a connection of its own for each request", ("connect", "aiohttp/connector.py")),
    ("what a reader must know of each recap: cut, looping, in another language", ("_warnings", "execution.py")),
    ("the gate: policy, names, hash of the bytes", ("admit", "gate.py")),
    ("sending and reading by aiohttp", ("_request", "aiohttp/client.py"), ("data_received", "aiohttp/client_proto.py")),
    ("httpx around it", ("_sent", "openai_compatible.py"), ("read_whole", "openai_compatible.py")),
    (
        "the request: its words laid out, its bytes, its hashes",
        ("request", "outgoing.py"),
        ("body_of", "openai_compatible.py"),
    ),
    (
        "the answer and its place in the queue: JSON, checks, record",
        ("_completion", "openai_compatible.py"),
        ("_ask", "execution.py"),
    ),
    ("planning: names in prompts, tokens, cost", ("plan", "comparing/__init__.py")),
    ("reading the run back", ("read", "store/runs.py"), ("completions", "store/answers.py")),
)
"""What the time of a call goes to, by functions in whose call it is; the first that is found counts."""
WRITING = "SQLite, in a thread of its own: the journal before sending, answers and recaps before they are shown"
IDLE = {"select", "_worker", "wait", "get", "sample", "run_forever"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--prompt-kb", type=int, default=120)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--url", help="another server to ask, instead of the one of the tests")
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--parts", action="store_true", help="say what the processor's time goes to, and nothing else")
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
        report_parts(options) if options.parts else report(options)
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
            flags = [
                f"--{k.replace('_', '-')}={v}" for k, v in vars(options).items() if k not in ("client", "runs", "parts")
            ]
            done = subprocess.run(
                [sys.executable, __file__, *flags, f"--client={client}"], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stderr)
            results[client].append(json.loads(done.stdout))
    medians = {c: {k: sorted(r[k] for r in rows)[len(rows) // 2] for k in rows[0]} for c, rows in results.items()}
    raw = medians["aiohttp"]
    print("| client | wall s | / ideal | / raw aiohttp | CPU s | / raw aiohttp | peak MB | stored |")
    print("|---|---|---|---|---|---|---|---|")
    for client, m in medians.items():
        print(
            f"| {NAMES[client]} | {m['wall']:.2f} | {m['wall'] / ideal:.2f} | {m['wall'] / raw['wall']:.2f} "
            f"| {m['cpu']:.2f} | {m['cpu'] / raw['cpu']:.2f} | {m['peak']:.0f} | {m['stored']:.0f} |"
        )
    report_parts(options)


def report_parts(options: argparse.Namespace) -> None:
    """Print what the processor's time of one run goes to: the writer's by its clock, the rest by looks every 2 ms of it."""
    seen: Counter[str] = Counter()

    from comparia.store.transactions import Transactions

    def part_of(frame: types.FrameType | None) -> str:
        if frame is None or frame.f_code.co_name in IDLE:
            return ""
        calls = []
        while frame is not None:
            calls.append((frame.f_code.co_name, frame.f_code.co_filename))
            frame = frame.f_back
        if not any(name in ("run_forever", "plan") for name, _file in calls):
            return ""
        for part, *functions in PARTS:
            if any(name == wanted and file.endswith(end) for name, file in calls for wanted, end in functions):
                return part
        return "the rest: tasks, queue, records"

    def look(_signal: int, frame: types.FrameType | None) -> None:
        if part := part_of(frame):
            seen[part] += 1

    def write_batch(transactions: Transactions, *rows: object) -> None:
        begun = time.thread_time()
        write(transactions, *rows)
        writing.append(time.thread_time() - begun)

    write, writing, options.client = Transactions.write_batch, [0.0], "comparia"
    Transactions.write_batch = write_batch
    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, 0.002, 0.002)
    cpu = measure(options)["cpu"]
    signal.setitimer(signal.ITIMER_PROF, 0)
    total, rest = sum(seen.values()), cpu - sum(writing)
    spent = {part: rest * count / total for part, count in seen.items()} | {WRITING: sum(writing)}
    print("\n| what it buys | share of the processor's time | ms a call |\n|---|---|---|")
    for part in sorted(spent, key=spent.get, reverse=True):
        print(f"| {part} | {spent[part] / cpu:.0%} | {1000 * spent[part] / options.calls:.2f} |")


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
    import comparia.backends.openai_compatible  # noqa: F401 (as the raw loops, whose imports are not measured either)
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
        moments: list[tuple[float, float]] = []

        def observe(event: comparing.Event) -> None:
            moments.append((time.perf_counter(), time.process_time()))

        begun, cpu = time.perf_counter(), time.process_time()
        run = comparing.plan(transcript, prompts, backends, policy="local")
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
