"""What many recaps of one session take to score: seconds, memory, size of the database; a table in Markdown.

    python tests/benchmarks/many_recaps.py [--recaps 12 160 1000]

Recaps are made from those that ship with the French sample session: sentences are dropped and shuffled, with a seed. They are of
eight cells (four models, two prompts). The key points are those of the sample, and, up to ninety, sentences that were said. Each
size runs in a process of its own: the run is stored, scored twice by words alone, read, and written as a report. Memory is the
highest resident memory of the process; *again* is what the second scoring adds to the database.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from comparia import __version__, library, references, reports
from comparia.comparing.demonstrations import demonstration
from comparia.config import Settings
from comparia.library import samples
from comparia.records import Backend, KeyPoint, Plan, Prompt, Quote, Reference, Run, Transcript, Variant, now
from comparia.store import open_store
from comparia.text.sentences import sentences

SAMPLE = "place-du-foirail"
MODELS, PROMPTS, POINTS = 4, 2, 90
AIMS = {160: "memory < 400 MB, database < 40 MB", 1000: "< 300 s, memory < 1,000 MB"}


def recaps(count: int, seed: int = 1) -> list[str]:
    """Return `count` recaps: each one of those that ship, with a fifth of its sentences dropped and the others shuffled."""
    draw = random.Random(seed)
    shipped = [[s.text for s in sentences(answer.text)] for answer in demonstration(SAMPLE).answers.values()]
    texts = []
    for _n in range(count):
        whole = draw.choice(shipped)
        texts.append("\n\n".join(draw.sample(whole, max(1, round(0.8 * len(whole))))))
    return texts


def key_points(session: Transcript, count: int) -> Reference:
    """Return the key points of the sample, and sentences that were said up to `count`."""
    reference = references.load(samples.sample_reference(SAMPLE), session)
    said = [
        (turn, sentence.text)
        for turn in session.turns
        if turn.speaker and turn.channel != "system"
        for sentence in sentences(turn.text)
        if len(sentence.text.split()) > 12
    ]
    missing = count - len(reference.key_points)
    more = tuple(
        KeyPoint(
            id=f"X{n}",
            kind="view",
            text=text,
            said=(Quote(turn=turn.number, speaker=turn.speaker, words=text),),
            holders=(turn.speaker,),
        )
        for n, (turn, text) in enumerate(random.Random(2).sample(said, missing), start=1)
    )
    return reference.model_copy(update={"key_points": reference.key_points + more})


def run_of(count: int) -> Run:
    """Return a run of `count` recaps of the sample session, in eight cells."""
    session = samples.sample_session(SAMPLE)
    backends = tuple(Backend(name=f"model-{n}", kind="imported", zone="local") for n in range(MODELS))
    prompts = tuple(Prompt(id=f"pr_{n}", name=f"prompt {n}", language="fr", steps=("…",)) for n in range(PROMPTS))
    variants = tuple(
        Variant(
            id=f"v{n + 1}",
            prompt=prompts[n // MODELS % PROMPTS].id,
            backend=backends[n % MODELS].name,
            repeat=n // (MODELS * PROMPTS) + 1,
            author="model",
            summary=text,
            finished_at=now(),
        )
        for n, text in enumerate(recaps(count))
    )
    return Run(
        id=f"many-{count}",
        status="complete",
        created_at=now(),
        software=__version__,
        backends=backends,
        prompts=prompts,
        plan=Plan(cells=()),
        variants=variants,
        transcript=session,
        reference=key_points(session, POINTS),
    )


def measured(count: int) -> dict[str, float]:
    """Return seconds, megabytes of memory and of the database, and how many scores there are."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(outputs=Path(folder))
        with open_store(settings.database) as store:
            store.runs.restore(run_of(count))
        found: dict[str, float] = {}
        start, cpu = time.perf_counter(), time.process_time()
        run = library.score(f"many-{count}", settings=settings)
        found["seconds"], found["cpu"] = time.perf_counter() - start, time.process_time() - cpu
        found["memory"], found["database"] = memory(), size(Path(folder))
        found["scores"] = len(run.scores)
        found["pairs"] = sum(score.metric == "content_divergence" for score in run.scores)
        found["evidence"] = sum(len(score.evidence) for score in run.scores)
        start = time.perf_counter()
        reports.render(run, "html")
        found["report"] = time.perf_counter() - start
        del run
        library.score(f"many-{count}", metrics=["length"], settings=settings)
        found["again"] = size(Path(folder)) - found["database"]
        found["memory again"] = memory()
    return found


def size(folder: Path) -> float:
    """Return the megabytes of the files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def memory() -> float:
    """Return the highest resident memory of this process so far, in megabytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recaps", type=int, nargs="+", default=[12, 160, 1000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(measured(options.one)))
        return
    print(f"Comparia {__version__}; {date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print(
        "| recaps | key points | seconds | CPU s | memory MB | database MB | again MB | memory again MB | report s ",
        end="",
    )
    print("| scores | pairs | evidence | aim |")
    print("|" + "--:|" * 12 + "---|")
    for count in options.recaps:
        command = [sys.executable, __file__, "--one", str(count)]
        f = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"| {count} | {POINTS} | {f['seconds']:.1f} | {f['cpu']:.1f} | {f['memory']:.0f} | {f['database']:.1f} "
            f"| {f['again']:.2f} | {f['memory again']:.0f} | {f['report']:.1f} | {f['scores']:.0f} | {f['pairs']:.0f} "
            f"| {f['evidence']:.0f} | {AIMS.get(count, '')} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
