"""Scoring over processes: the same figures to the last digit, and nothing lost with a worker."""

import json
import os
import signal
from pathlib import Path

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import CompariaError, ConfigurationError
from comparia.studies.cluster import spread
from comparia.studies.files import load
from tests.store.conftest import postgres_url  # noqa: F401

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


def test_a_cluster_over_sqlite_is_refused_before_anything_is_read(tmp_path):
    settings = Settings(outputs=tmp_path / "out", policy="local")
    with pytest.raises(ConfigurationError, match="PostgreSQL") as raised:
        library.score_study(tmp_path / "nowhere.toml", cluster="tcp://127.0.0.1:9", settings=settings)
    assert "COMPARIA_DATABASE_URL=postgresql://" in str(raised.value.cure)
    assert "--workers" in str(raised.value.cure)
    assert not settings.outputs.exists()


def test_a_cluster_over_postgresql_is_not_refused(make_study, tmp_path):
    settings = Settings(outputs=tmp_path / "out", policy="local", database_url="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(CompariaError) as raised:  # nothing listens there
        library.score_study(make_study(), cluster="tcp://127.0.0.1:9", settings=settings)
    assert "SQLite" not in str(raised.value)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_a_cluster_writes_the_figures_of_one_process_into_postgresql(make_study, tmp_path, request):
    from distributed import LocalCluster

    file = make_study(sessions=3)
    alone = Settings(outputs=tmp_path / "alone", policy="local")
    library.run_study(file, settings=alone)
    library.score_study(file, settings=alone)
    url = request.getfixturevalue("postgres_url")
    shared = Settings(outputs=tmp_path / "shared", policy="local", database_url=url)
    library.run_study(file, settings=shared)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        assert cluster.scheduler_address.startswith("tcp://")
        state = library.score_study(file, cluster=cluster.scheduler_address, settings=shared)
    assert all(run.scored for run in state.runs)
    assert [values for values in figures(file, shared) if values] == [
        values for values in figures(file, alone) if values
    ]
