"""How soon the command answers: `comparia --help` against a bare Python that imports the CLI library.

    python tests/benchmarks/startup.py [--runs 15]

Aim: within 1.5 times. Peers that are installed (`llm`, `inspect`, `promptfoo`) are measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

COMPARIA = Path(sys.executable).parent / "comparia"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "comparia --help": [str(COMPARIA), "--help"],
        "comparia --version": [str(COMPARIA), "--version"],
        "comparia runs": [str(COMPARIA), "runs", "-o", "/tmp"],
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
