"""Runs of a study scored over processes or machines: the same figures, to the last digit, as in one process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from comparia.records import Reference, Run, Score
from comparia.studies.cluster import spread


def score_bytes(data: bytes) -> bytes:
    """Return the scores of a run, as JSON.

    Args:
        data: JSON of `run`, `reference`, `metrics` and `settled`, as `work_of` makes it.
    """
    from comparia import scoring
    from comparia.library import samples

    document = json.loads(data)
    run = Run.model_validate_json(document["run"])
    reference = Reference.model_validate_json(document["reference"])
    settled = {(point, variant): verdict for point, variant, verdict in document["settled"]}
    strangers = samples.recaps_of_others(run.transcript)
    scores = scoring.score(run, reference, document["metrics"], None, strangers, settled)
    return json.dumps([score.model_dump_json() for score in scores]).encode()


def work_of(run: Run, reference: Reference, metrics: Sequence[str], settled: Sequence[tuple[str, str, str]]) -> bytes:
    """Return what a worker needs to score a run."""
    bare = run.model_copy(update={"scores": (), "sendings": (), "judgings": (), "rulings": {}})
    document = {
        "run": bare.model_dump_json(),
        "reference": reference.model_dump_json(),
        "metrics": list(metrics),
        "settled": list(settled),
    }
    return json.dumps(document).encode()


def scored_elsewhere(
    work: Iterator[tuple[str, bytes]], *, workers: int, address: str
) -> Iterator[tuple[str, tuple[Score, ...]]]:
    """Yield the scores of runs by id, as workers end. Raises as `studies.cluster.spread`."""
    for run_id, data in spread(score_bytes, work, workers=workers, address=address):
        yield run_id, tuple(Score.model_validate_json(text) for text in json.loads(data))
