"""How long scoring takes offline, all metrics together, and what it takes of memory; rouge-score on the same texts beside it.

    python tests/benchmarks/speed.py [--repeats 5]

Sessions are the French sample's turns, shuffled and repeated to the length wanted; recaps are its key points and quotes in random
order. Each case runs in a process of its own; the first scoring of a process is *cold*, the median of the others *warm*.
rouge-score does less: ROUGE-1 and ROUGE-L of each key point in each recap.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from comparia import __version__, ingest, references, scoring
from comparia.config import shipped
from comparia.records import Backend, Plan, Run, Transcript, Turn, Variant, content_id, now

CASES = ((10_000, 6, 60), (20_000, 6, 60), (70_000, 6, 60), (70_000, 12, 60))
"""Words of the session, recaps, key points."""

AIMS = {(20_000, 6, 60): 1.0, (70_000, 6, 60): 3.0}
"""Seconds."""


def case(words: int, recaps: int, points: int) -> tuple[Run, object]:
    """A run of that size, and its reference."""
    folder = shipped("transcripts") / "place-du-foirail"
    session = ingest.read((folder / "session.vtt", folder / "chat.txt"))
    reference = references.load(folder / "reference.yaml", session)
    draw = random.Random(3)
    turns = [turn for turn in session.turns if turn.channel != "system"]
    pool = list(turns)
    while sum(len(turn.text.split()) for turn in turns) < words:
        turn = draw.choice(pool)
        said = turn.text.split()
        start = draw.randrange(max(1, len(said) - 20))
        turns.append(turn.model_copy(update={"text": " ".join(said[start : start + 120])}))
    turns = [Turn(**{**turn.model_dump(), "number": n}) for n, turn in enumerate(turns, start=1)]
    long = Transcript(**{**dict(session), "id": content_id("tr", [words]), "turns": tuple(turns)})
    lines = [p.text for p in reference.key_points] + [q.words for p in reference.key_points for q in p.said]
    variants = tuple(
        Variant(
            id=f"v{n}",
            prompt=None,
            backend="x",
            author="human",
            summary="\n\n".join(draw.sample(lines, 30)),
            finished_at=now(),
        )
        for n in range(recaps)
    )
    run = Run(
        id="speed",
        status="complete",
        created_at=now(),
        software=__version__,
        backends=(Backend(name="x", kind="imported", zone="local"),),
        prompts=(),
        plan=Plan(cells=()),
        variants=variants,
        transcript=long,
    )
    return run, reference.model_copy(update={"key_points": reference.key_points[:points]})


def measured(words: int, recaps: int, points: int, repeats: int) -> dict[str, float]:
    """Seconds, and megabytes above what was there before scoring."""
    run, reference = case(words, recaps, points)
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory is counted from here (Linux)
    before = memory("VmRSS")
    times = []
    for _n in range(repeats + 1):
        start = time.perf_counter()
        scoring.score(run, reference)
        times.append(time.perf_counter() - start)
    return {"cold": times[0], "warm": statistics.median(times[1:]), "megabytes": memory("VmHWM") - before}


def memory(field: str) -> float:
    """Megabytes of this process: now (`VmRSS`) or at most (`VmHWM`)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


def rival(words: int, recaps: int, points: int) -> float:
    """Seconds of rouge-score on the same key points and recaps."""
    from rouge_score.rouge_scorer import RougeScorer

    run, reference = case(words, recaps, points)
    scorer = RougeScorer(["rouge1", "rougeL"])
    start = time.perf_counter()
    for variant in run.variants:
        for point in reference.key_points:
            scorer.score(point.text, variant.summary or "")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None:
        print(json.dumps(measured(*CASES[options.case], options.repeats)))
        return
    print(f"Comparia {__version__}; {date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(
        f"{'words':>7} {'recaps':>6} {'points':>6}   {'cold':>7} {'warm':>7} {'above base':>11}   {'rouge-score':>11}   aim"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # as an installed program runs
    for n, (words, recaps, points) in enumerate(CASES):
        command = [sys.executable, __file__, "--case", str(n), "--repeats", str(options.repeats)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
        aim = AIMS.get((words, recaps, points))
        print(
            f"{words:>7} {recaps:>6} {points:>6}   {found['cold']:>6.2f}s {found['warm']:>6.2f}s {found['megabytes']:>8.0f} MB"
            f"   {rival(words, recaps, points):>10.2f}s   {f'< {aim:g} s, < 300 MB' if aim else ''}"
        )


if __name__ == "__main__":
    main()
