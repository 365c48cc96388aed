"""Scoring over processes: the same figures to the last digit, and nothing lost with a worker."""

import json
import os
import signal
from pathlib import Path

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import ConfigurationError
from comparia.studies.cluster import spread
from comparia.studies.files import load

pytest.importorskip("distributed", reason="Dask distributed is not installed")
pytestmark = [
    pytest.mark.usefixtures("impatient", "elsewhere"),
    pytest.mark.series("clusters"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def elsewhere(monkeypatch):
    """Workers import what this process imports, and find the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def figures(file, settings):
    runs = library.studies.stored_runs(load(file), settings=settings)
    return [[score.model_dump_json() for score in stored.run.scores] for stored in runs]


def test_two_processes_give_the_figures_of_one(make_study, tmp_path):
    settings = Settings(outputs=tmp_path / "out", policy="local")
    file = make_study(sessions=4, repeats=2)
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    alone = figures(file, settings)
    library.score_study(file, again=True, workers=2, settings=settings)
    assert figures(file, settings) == alone
    assert all(alone)


def die_once(data):
    """Kill the process the first time that a piece of work is done."""
    mark = json.loads(data)
    if mark["dies"] and not Path(mark["mark"]).exists():
        Path(mark["mark"]).write_text("died", "utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return json.dumps(mark["n"] * 2).encode()


def test_a_worker_that_is_killed_loses_nothing(tmp_path):
    items = [(n, json.dumps({"n": n, "dies": n == 3, "mark": str(tmp_path / "died")}).encode()) for n in range(20)]
    done = {n: json.loads(data) for n, data in spread(die_once, iter(items), workers=2)}
    assert done == {n: 2 * n for n in range(20)}
    assert (tmp_path / "died").exists()


def fail(data):
    raise ValueError("no")


def test_work_that_fails_says_so(tmp_path):
    with pytest.raises(ConfigurationError, match="ValueError: no"):
        list(spread(fail, [(1, b"x")], workers=1))


def test_a_cluster_that_does_not_answer_is_said(make_study, tmp_path):
    with pytest.raises(ConfigurationError, match="no scheduler answers"):
        list(spread(fail, [(1, b"x")], address="tcp://127.0.0.1:9"))
