"""Bytes read and memory held to attach a long recording, to send a range of it, to take it from a browser.

    python -m tests.benchmarks.bench_hearing [--hours 3]

The recording: a WAV of silence, 16 kHz, 16 bits, one channel (346 MB for three hours), read back from the disk like any
other (it is a sparse file: it takes no room). Each task is done by a process of its own; bytes are those that it asked
the system for (`rchar`), memory the most it held (`VmHWM`), above a process that did the same with a recording of one
second. The floor reads the whole file at once.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from comparia import __version__, library
from comparia.config import Settings
from comparia.library.recordings import read_recording
from tests.benchmarks.pages import Served
from tests.sounds import VTT, silence

RANGE = 1_000_000
"""Bytes of the range: half a minute."""
TASKS = ("attach", "read whole")


def held(process: int | str = "self") -> tuple[int, int]:
    """Bytes that a process has read, and the most memory it has held."""
    folder = Path("/proc") / str(process)
    read = re.search(r"rchar: (\d+)", (folder / "io").read_text())
    most = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    assert read
    assert most
    return int(read[1]), 1000 * int(most[1])


def alone(task: str, file: Path) -> tuple[int, int, float]:
    """Bytes read, memory and seconds of a task in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_hearing", "--task", task, "--file", str(file)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def do(task: str, file: Path) -> None:
    """Do a task, and print what it took."""
    before, _most = held()
    begun = time.perf_counter()
    if task == "attach":
        read_recording(file)
    else:
        file.read_bytes()
    taken = time.perf_counter() - begun
    after, most = held()
    print(json.dumps([after - before, most, taken]))


def served(outputs: Path, file: Path, work) -> tuple[int, int, float]:
    """Bytes read, memory and seconds that a server takes for `work`, beyond those of a short recording."""
    server = Served(outputs)
    pid = server.process.pid
    try:
        client = httpx.Client(base_url=server.address, timeout=600, follow_redirects=True)
        session = client.post("/sessions", files={"files": ("session.vtt", VTT.encode())}).url.path
        work(client, session, silence(outputs / "short.wav", 32_044), warm=True)
        before, least = held(pid)
        begun = time.perf_counter()
        work(client, session, file, warm=False)
        taken = time.perf_counter() - begun
        after, most = held(pid)
        return after - before, most - least, taken
    finally:
        server.stop()


def pieces(file: Path):
    """The content of a file, as a browser sends it."""
    with file.open("rb") as opened:
        while piece := opened.read(65_536):
            yield piece


def give(client: httpx.Client, session: str, file: Path, *, warm: bool) -> None:
    """Give a recording as the script of the page does."""
    headers = {"x-file-name": file.name, "content-length": str(file.stat().st_size)}
    client.post(f"{session}/recording", content=pieces(file), headers=headers).raise_for_status()


def play(run: str):
    """What asks for a range in the middle of the recording of a run."""

    def work(client: httpx.Client, _session: str, file: Path, *, warm: bool) -> None:
        start = 0 if warm else file.stat().st_size // 2
        wanted = 1000 if warm else RANGE
        answer = client.get(f"/runs/{run}/recording", headers={"range": f"bytes={start}-{start + wanted - 1}"})
        assert (answer.status_code, len(answer.content)) == (206, wanted)

    return work


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--task", choices=TASKS)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.task:
        do(options.task, options.file)
        return
    size = 44 + int(options.hours * 3600 * 32_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short, long = silence(folder / "short.wav", 32_044), silence(folder / "long.wav", size)
        outputs = folder / "outputs"
        outputs.mkdir()
        (folder / "session.vtt").write_text(VTT, "utf-8")
        run = library.compare(
            folder / "session.vtt", recording=long, settings=Settings(outputs=outputs, policy="local")
        )
        rows = []
        for task in TASKS:
            read, most, taken = alone(task, long)
            rows.append((task, read, most - alone(task, short)[1], taken))
        rows.insert(1, (f"send a range of {RANGE / 1e6:.0f} MB", *served(outputs, long, play(run.id))))
        rows.insert(2, ("take it from a browser", *served(outputs, long, give)))
    floor = rows[-1]
    print(f"comparia {__version__}, {date.today()}, {platform.machine()}, Python {platform.python_version()}")
    print(f"recording of {options.hours:g} h, {size / 1e6:.1f} MB\n")
    print("| task | bytes read | of the file | memory more | of reading it whole | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    for task, read, more, taken in rows:
        shares = f"{read / size:.2%} | {more / 1e6:.1f} MB | {more / floor[2]:.2%}"
        print(f"| {task} | {read / 1e6:.2f} MB | {shares} | {taken:.2f} |")


if __name__ == "__main__":
    main()
