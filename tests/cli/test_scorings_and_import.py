"""Scorings side by side, and exported runs: scored without a database, put into another one."""

import json

import pytest

import comparia as api
from comparia import library
from comparia.config import BackendSettings, Settings
from comparia.errors import ConfigurationError, InputError, RunFileError, UnknownName
from comparia.prompts import parse
from tests.cli.test_verbs import session  # noqa: F401 - a fixture
from tests.fault_server import FaultServer

OTHER = """language: fr
status: reviewed
reviewed_by: Une personne
key_points:
  - id: P9
    text: "Des places de parking sont demandées pour les commerces."
    said: [{quote: "des places de parking pour les commerces"}]
"""


@pytest.fixture
def other(tmp_path):
    """Other key points of the session."""
    file = tmp_path / "other.yaml"
    file.write_text(OTHER, "utf-8")
    return file


@pytest.fixture
def exported(comparia, session, tmp_path):  # noqa: F811
    """A scored run of extracts in a file, and the folder it was made in."""
    comparia("compare", session)
    file = tmp_path / "run.json"
    comparia("report", "-f", "json", "--to", file)
    return file


def points(run):
    return [point.id for point in run.reference.key_points]


def test_scorings_stand_side_by_side_and_the_one_without_a_name_is_replaced(comparia, session, other):  # noqa: F811
    comparia("compare", session)
    first = api.read_run()
    out = comparia("score", "last", "--reference", other, "--name", "parking")
    assert "--scoring parking" in out
    assert api.read_run() == first
    named = json.loads(comparia("report", "-f", "json", "--scoring", "parking"))
    assert [point["id"] for point in named["reference"]["key_points"]] == ["P9"]
    assert {score["metric"] for score in named["scores"]} == {score.metric for score in first.scores}
    assert points(library.read_run("last", scoring="parking")) == ["P9"]
    assert "parking (" in " ".join(comparia("runs").split())
    (line,) = json.loads(comparia("runs", "--json"))
    assert [scoring["name"] for scoring in line["scorings"]] == ["parking"]
    assert "P9" in comparia("explain", "last", "v1", "key_point_coverage", "--scoring", "parking")

    comparia("score", "last", "--reference", other)
    assert points(api.read_run()) == ["P9"]
    assert points(library.read_run("last", scoring="parking")) == ["P9"]


def test_some_metrics_of_a_named_scoring_leave_its_others_and_take_none_of_another(comparia, session):  # noqa: F811
    comparia("compare", session)
    assert {s.metric for s in api.score("last", metrics=["length"], name="mine").scores} == {"length"}
    both = api.score("last", metrics=["key_point_coverage"], name="mine")
    assert {s.metric for s in both.scores} == {"length", "key_point_coverage"}
    assert len({s.metric for s in api.read_run().scores}) > 10


def test_a_scoring_that_is_not_there_is_said_with_those_that_are(command, session, other):  # noqa: F811
    command("compare", session)
    command("score", "last", "--name", "strict", "-m", "length")
    code, _out, err = command("report", "--scoring", "strikt")
    assert code == 1
    assert "strict" in err
    assert command("score", "last", "--name", "x" * 81)[0] == 1


def test_an_exported_run_is_scored_without_a_database(comparia, exported, other, tmp_path, monkeypatch):
    monkeypatch.setattr("comparia.store.open_store", None)  # none may be opened
    (empty := tmp_path / "empty").mkdir()
    monkeypatch.chdir(empty)
    run = library.read_run(exported)
    assert "Scores" in comparia("score", exported)
    out = json.loads(comparia("score", exported, "--json"))
    assert [score["metric"] for score in out["scores"]] == [score.metric for score in run.scores]
    comparia("score", exported, "-r", other, "--to", tmp_path / "scored.json")
    assert points(library.read_run(tmp_path / "scored.json")) == ["P9"]
    assert not list(tmp_path.glob("empty/*/comparia.db"))


def test_a_run_read_from_a_file_is_scored_by_the_library(exported, tmp_path):
    settings = Settings(outputs=tmp_path / "elsewhere")
    run = library.read_run(exported)
    assert {s.metric for s in library.score(run, metrics=["length"], settings=settings).scores} >= {"length"}
    assert not (tmp_path / "elsewhere").exists()
    for refused in ({"name": "mine"}, {"judge": "mistral:mistral-small-latest"}):
        with pytest.raises(ConfigurationError, match="in the database"):
            library.score(run, settings=settings, **refused)


def test_an_exported_run_is_imported_once_and_reads_back_whole(comparia, exported, tmp_path):
    outputs = ("-o", str(tmp_path / "elsewhere"))
    assert "was put into the database" in comparia("import", exported, *outputs)
    settings = Settings(outputs=tmp_path / "elsewhere")
    run = library.read_run(exported)
    assert library.read_run(run.id, settings=settings) == run
    (line,) = json.loads(comparia("runs", "--json", *outputs))
    assert (line["arrived"], line["scored"]) == (3, True)
    assert "nothing was changed" in comparia("import", exported, *outputs)
    comparia("score", run.id, "-m", "length", *outputs)
    assert "nothing was changed" in comparia("import", exported, *outputs)


def test_another_run_of_the_same_id_is_refused(command, exported, tmp_path):
    document = json.loads(exported.read_text("utf-8"))
    document["variants"][0]["summary"] = "Autre chose."
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document), "utf-8")
    code, _out, err = command("import", changed)
    assert code == 1
    assert "other content" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(id="../../x"), "its id"),
        (lambda d: d["transcript"]["turns"][0].update(text="Never said."), "the id of its session"),
        (lambda d: d["variants"][1].update(id=d["variants"][0]["id"]), "one id"),
        (lambda d: d.update(format=99), "newer"),
    ],
)
def test_a_file_whose_ids_are_not_its_own_is_refused(exported, tmp_path, change, message):
    document = json.loads(exported.read_text("utf-8"))
    change(document)
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(document), "utf-8")
    settings = Settings(outputs=tmp_path / "elsewhere")
    with pytest.raises(RunFileError, match=message):
        library.import_run(file, settings=settings)
    with pytest.raises(UnknownName):
        library.read_run("last", settings=settings)


def test_other_key_points_under_a_known_id_are_refused(exported, tmp_path):
    settings = Settings(outputs=tmp_path / "elsewhere")
    library.import_run(exported, settings=settings)
    document = json.loads(exported.read_text("utf-8"))
    document["id"] = "20270101-000000-aaaa"
    document["reference"]["key_points"][0]["text"] = "Another text."
    file = tmp_path / "other.json"
    file.write_text(json.dumps(document), "utf-8")
    with pytest.raises(InputError, match="key points"):
        library.import_run(file, settings=settings)


def test_an_imported_run_takes_no_key_and_adds_nothing_to_the_journal(
    comparia,
    session,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    monkeypatch.setenv("WORKSHOP_API_KEY", "secret")
    with FaultServer() as server:
        backend = BackendSettings(model="m", base_url=server.url, key_variable="WORKSHOP_API_KEY")
        here = Settings(outputs=tmp_path / "outputs", backends={"workshop": backend})
        run = library.compare(session, [parse("Un : {{ transcript }}")], ["workshop"], settings=here)
        file = tmp_path / "run.json"
        file.write_bytes(library.render(run, "json"))
        there = Settings(outputs=tmp_path / "elsewhere")
        stored, new = library.import_run(file, settings=there)
    assert new
    assert stored.sendings == run.sendings
    assert [backend.key_variable for backend in stored.backends] == [""]
    with library.open_store(there) as store:
        assert list(store.journal.sendings()) == []


def test_an_imported_run_keeps_its_closed_votes(session, tmp_path):  # noqa: F811
    import asyncio

    from comparia import voting

    here, there = Settings(outputs=tmp_path / "outputs"), Settings(outputs=tmp_path / "elsewhere")
    run = library.compare(session, settings=here)
    with library.open_store(here) as store:
        open_vote = voting.OpenVote(store, run, voting.open_judging(run, ["v1", "v2"], store))

        async def vote():
            _token, voter = open_vote.arrive()
            await open_vote.cast(voter, "A")
            await open_vote.close()
            await open_vote.show_names()

        asyncio.run(vote())
        run = store.runs.read(run.id)
    file = tmp_path / "run.json"
    file.write_bytes(library.render(run, "json"))
    stored, _new = library.import_run(file, settings=there)
    assert stored.judgings == run.judgings
    assert len(stored.judgings[0].ballots) == 1
