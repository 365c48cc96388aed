"""What `compare` scores: all, some, nothing; and the line that says how far scoring is."""

import json
import time

import pytest
import sqlalchemy as sa

import comparia as api
from comparia import library
from comparia.cli import scoring_line
from comparia.config import Settings
from comparia.errors import UnknownName
from comparia.metrics import METRICS
from comparia.store import open_store
from comparia.store import tables as t
from tests.cli.test_verbs import session  # noqa: F401 - a fixture


def metrics_of(run):
    return {score.metric for score in run.scores}


def test_a_run_that_is_not_scored_is_scored_later(comparia, session):  # noqa: F811
    comparia("compare", session, "--no-score")
    run = api.read_run()
    assert run.variants
    assert run.scores == ()
    assert not json.loads(comparia("runs", "--json"))[0]["scored"]
    comparia("score", "last")
    assert metrics_of(api.read_run()) > {"length", "names"}
    assert json.loads(comparia("runs", "--json"))[0]["scored"]


def test_a_run_is_scored_by_the_metrics_that_are_named(comparia, session):  # noqa: F811
    comparia("compare", session, "--metrics", "length,names", "-m", "numbers")
    assert metrics_of(api.read_run()) == {"length", "names", "numbers"}
    comparia("score", "last", "-m", "support, position")
    assert metrics_of(api.read_run()) == {"length", "names", "numbers", "support", "position"}


def test_a_metric_nobody_knows_stops_before_anything_is_sent(command, session):  # noqa: F811
    code, _out, err = command("compare", session, "--metrics", "lenght")
    assert code == 1
    assert "lenght" in err
    assert not library.has_store(Settings())


def test_the_library_scores_by_the_same_names(session, tmp_path):  # noqa: F811
    settings = Settings(outputs=tmp_path / "there")
    run = api.compare(session, metrics=["length"], settings=settings)
    assert metrics_of(run) == {"length"}
    assert api.compare(session, metrics=(), settings=settings).scores == ()
    with pytest.raises(UnknownName):
        api.compare(session, metrics=["lenght"], settings=settings)


def test_each_metric_is_told_when_it_begins(session, tmp_path):  # noqa: F811
    settings = Settings(outputs=tmp_path / "there")
    run = api.compare(session, metrics=(), settings=settings)
    told = []
    library.score(run.id, settings=settings, on_metric=lambda *given: told.append(given))
    assert told == [(name, n, len(METRICS)) for n, name in enumerate(METRICS)]


def test_a_line_says_which_metric_is_being_scored_and_how_many_there_are(capsys, monkeypatch):
    monkeypatch.setattr(scoring_line, "AFTER", 0.0)
    said = ""
    with scoring_line.ScoringLine() as line:
        line("length", 2, 17)
        while "Length (3 of 17)" not in said:
            time.sleep(0.001)
            said += capsys.readouterr().err
    assert "Scoring: Length (3 of 17)" in said


def test_no_line_is_shown_of_a_short_scoring_or_for_scripts(capsys, monkeypatch):
    with scoring_line.ScoringLine() as line:
        line("length", 0, 1)
    monkeypatch.setattr(scoring_line, "AFTER", 0.0)
    with scoring_line.ScoringLine(quiet=True) as line:
        line("length", 0, 1)
        time.sleep(0.01)
    assert capsys.readouterr().err == ""


def test_a_scored_run_is_returned_as_it_is_stored_and_scoring_it_again_stores_nothing(session, tmp_path):  # noqa: F811
    settings = Settings(outputs=tmp_path / "there")
    run = api.compare(session, settings=settings)
    stored = api.read_run(settings=settings)
    assert run == stored
    assert run.model_dump_json() == stored.model_dump_json()

    def rows():
        with open_store(settings.database) as store, store._engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(t.scores))

    before = rows()
    assert before == len(run.scores)
    assert library.score(run.id, settings=settings) == stored
    assert library.score(run.id, metrics=["length"], settings=settings) == stored
    assert rows() == before
