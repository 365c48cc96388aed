"""How soon the command answers: each verb against a bare Python that imports the library of the command line.

    python tests/benchmarks/startup.py [--runs 15]

Aims: `--help` within 1.5 times; `runs`, `ingest` and `report` within 5 times, in processor time. Peers that are
installed (`llm`, `inspect`, `promptfoo`) are measured in the same run.

Where a verb is above 5 times, what remains is three libraries that it uses, in multiples of the bare Python: pydantic
and the records (2.4), SQLAlchemy Core with the tables (4.5, for `runs` and `report`), rich (0.7), beside what the verb
does. Going further means a list of runs that is read without SQLAlchemy and without records. Which modules a verb may
import is held by `tests/cli/test_imports.py`.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date

from comparia.config import shipped

COMPARIA = (sys.executable, "-m", "comparia")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    folder = tempfile.TemporaryDirectory()
    session = shipped("transcripts") / "library-and-hub" / "session.vtt"
    stored = ("-o", folder.name)
    subprocess.run([*COMPARIA, "compare", session, "-b", "extractive", *stored], capture_output=True, check=True)
    commands = {
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "comparia --help": [*COMPARIA, "--help"],
        "comparia --version": [*COMPARIA, "--version"],
        "comparia runs": [*COMPARIA, "runs", *stored],
        "comparia ingest": [*COMPARIA, "ingest", str(session)],
        "comparia report": [*COMPARIA, "report", "last", "-f", "text", *stored],
        "comparia report -f csv": [*COMPARIA, "report", "last", "-f", "csv", *stored],
    }
    for peer in ("llm", "inspect", "promptfoo"):
        if found := shutil.which(peer):
            commands[f"{peer} --help"] = [found, "--help"]
    print(f"medians of {runs}; {date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'command':<28} {'wall ms':>8} {'CPU ms':>8} {'/ bare':>8}")
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            measured[name].append(once(command))
    bare = median([cpu for _wall, cpu in measured[next(iter(commands))]])
    for name, times in measured.items():
        wall, cpu = median([w for w, _c in times]), median([c for _w, c in times])
        print(f"{name:<28} {wall:>8.0f} {cpu:>8.0f} {cpu / bare:>8.2f}")
    folder.cleanup()


def once(command: list[str]) -> tuple[float, float]:
    before, begun = os.times(), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - begun, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall * 1000, spent * 1000


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
