"""A corpus of short recaps scored in one process and in two: seconds, memory, and whether the figures are the same.

    python tests/benchmarks/scale.py 10000
    python tests/benchmarks/scale.py 100000 two         two workers alone

Sessions are made: 1,200 words of ten people, ten key points, ten recaps each. The floor is the same recaps written down.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from comparia.library import study_workers
from comparia.records import (
    Backend,
    Cell,
    KeyPoint,
    Plan,
    Quote,
    Reference,
    Run,
    Score,
    Speaker,
    Transcript,
    Turn,
    Variant,
    content_id,
)

METRICS = ("minority_retention", "key_point_coverage", "length")
PER_RUN = 10
SUBJECTS = (
    "parking benches lighting playground toilets cycling markets flooding noise buses trees cinema library bakery "
    "fountain bridge stadium harbour tramway museum chapel orchard quarry theatre"
).split()
SHAPES = (
    "The {0} of quarter {1} was closed in spring, and nobody here was asked about it before the vote",
    "I am against paying for new {0} with our taxes while zone {1} has no doctor any more",
    "Children deserve better {0} beside school number {1}, since the road there is dangerous at noon",
    "Volunteers of hamlet {1} could look after the {0} themselves if the town lent them some tools",
)


def run_of(n):
    """The run of one made session, with its key points and its recaps."""
    names = [f"Person {n}-{k}" for k in range(10)]
    texts = []
    for k in range(60):
        subject = SUBJECTS[(n + k) % len(SUBJECTS)]
        texts.append(SHAPES[k % len(SHAPES)].format(subject, n * 60 + k) + ".")
    turns = tuple(
        Turn(number=k + 1, speaker=f"s{k % 10 + 1}", text=text, start=1000 * k) for k, text in enumerate(texts)
    )
    speakers = tuple(
        Speaker(id=f"s{k + 1}", name=name, labels=(name,), words=120, turns=6) for k, name in enumerate(names)
    )
    session = Transcript(
        id="",
        title=f"Session {n}",
        language="en",
        formats=("text",),
        encodings=("utf-8",),
        speakers=speakers,
        turns=turns,
    )
    session = session.model_copy(update={"id": session.content_id})
    points = tuple(
        KeyPoint(
            id=f"P{k}",
            text=texts[6 * k],
            said=(Quote(turn=6 * k + 1, speaker=turns[6 * k].speaker, words=texts[6 * k]),),
        )
        for k in range(10)
    )
    reference = Reference(id=content_id("rf", n), origin="reviewed", language="en", voices=10, key_points=points)
    variants = tuple(
        Variant(
            id=f"v{k}",
            prompt=None,
            backend="extractive:speakers",
            repeat=k + 1,
            summary="# Recap\n\n" + "\n".join(f"- {point.text}" for j, point in enumerate(points) if (j + k) % 3),
            finished_at=datetime(2026, 11, 30, tzinfo=UTC),
        )
        for k in range(PER_RUN)
    )
    return Run(
        id=f"run-{n}",
        status="complete",
        created_at=datetime(2026, 11, 30, tzinfo=UTC),
        software="bench",
        policy="local",
        backends=(Backend(name="extractive:speakers", kind="extractive", zone="local"),),
        prompts=(),
        plan=Plan(cells=tuple(Cell(variant=v.id, prompt=None, backend=v.backend) for v in variants)),
        reference=reference,
        variants=variants,
        transcript=session,
    )


def pieces(count):
    """Every piece of work, made as it is taken."""
    for n in range(count):
        run = run_of(n)
        yield run.id, study_workers.work_of(run, run.reference, METRICS, [])


def peak():
    """Most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def figures(found, out):
    """Write down the scores of each run, and return a hash of all of them, whatever their order."""
    digest = 0
    with out.open("w", encoding="utf-8") as file:
        for run_id, scores in found:
            told = json.dumps([run_id, [score.model_dump_json() for score in scores]])
            file.write(told + "\n")
            digest ^= int(hashlib.sha256(told.encode()).hexdigest(), 16)
    return f"{digest:x}"[:16]


def alone(count):
    """The scores of every run, in this process."""
    for run_id, data in pieces(count):
        yield run_id, tuple(Score.model_validate_json(x) for x in json.loads(study_workers.score_bytes(data)))


def main():
    """Measure and print."""
    recaps = int(sys.argv[1])
    count = recaps // PER_RUN
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scores.jsonl"
        start = time.perf_counter()
        made = sum(len(data) for _run, data in pieces(count))
        floor = time.perf_counter() - start
        print(f"{recaps} recaps of {count} sessions, {made / 1e6:.0f} MB; making them {floor:.1f} s")
        one = ""
        if "two" not in sys.argv[2:]:
            start = time.perf_counter()
            one = figures(alone(count), out)
            seconds = time.perf_counter() - start
            print(f"one process    {seconds:7.1f} s  {1000 * seconds / recaps:6.2f} ms a recap  {peak()} MB  {one}")
        start = time.perf_counter()
        two = figures(study_workers.scored_elsewhere(pieces(count), workers=2, address=""), out)
        seconds = time.perf_counter() - start
        print(f"two workers    {seconds:7.1f} s  {1000 * seconds / recaps:6.2f} ms a recap  {peak()} MB  {two}")
        if one:
            print("the same figures to the last digit" if one == two else "OTHER FIGURES")


if __name__ == "__main__":
    main()
