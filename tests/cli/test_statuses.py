"""What a script relies on: exit codes, statuses, names that can be typed back, and nothing of a session in a log."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

import comparia as api
from comparia import library
from comparia.backends import resolve
from comparia.config import BackendSettings, Settings
from tests.fault_server import FaultServer

SESSION = (
    "Ann: We need a bench here, in front of the library, for those who wait.\n\n"
    "Ben: And a tree, I would say, because the afternoons are hot.\n\n"
    "Ann: Both then, and the council should say when it will be done.\n"
)


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "session.txt"
    file.write_text(SESSION, "utf-8")
    return file


@pytest.fixture
def prompt(tmp_path):
    file = tmp_path / "p.md"
    file.write_text("Summarise: {{ transcript }}", "utf-8")
    return file


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize(("faults", "code"), [([], 0), (["401"], 3), (["401"] * 9, 1)])
def test_exit_codes_are_the_same_with_and_without_json(command, session, prompt, options, faults, code):
    with FaultServer(faults) as server:
        ended, out, err = command("compare", session, "-p", prompt, "-b", f"m@{server.url}", "-n", "2", *options)
    assert ended == code
    if options:
        assert json.loads(out)["status"] == {0: "complete", 3: "partial", 1: "failed"}[code]
    assert ("comparia resume" in err) == (code != 0)
    assert "Kept in: " in err


def test_a_run_that_was_not_scored_says_so_and_resume_scores_it(comparia, command, session, tmp_path, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr("comparia.library.scorings.scored", lambda *_anything: sys.exit(137))
        command("compare", session)
    assert "not scored" in " ".join(re.findall(r"\w+", comparia("runs")))
    (line,) = json.loads(comparia("runs", "--json"))
    assert (line["status"], line["arrived"], line["scored"]) == ("complete", 3, False)
    assert "not scored" in comparia("report", "-f", "markdown")
    assert not api.read_run().scored
    comparia("resume")
    assert "not scored" not in " ".join(re.findall(r"\w+", comparia("runs")))
    assert api.read_run().scored


def test_runs_show_dates_models_where_they_are_and_how_to_remove_one(command, session, tmp_path):
    for _n in range(3):
        command("compare", session)
    code, out, err = command("runs", "--limit", "2")
    assert code == 0
    assert out.count("Extracts: the most central") == 2
    assert str(tmp_path / "outputs" / "comparia.db") in err
    assert "--all" in err
    assert "comparia purge RUN" in err
    code, out, err = command("runs", "--all")
    assert out.count("Extracts: the most central") == 3
    assert "--all" not in err
    year = json.loads(command("runs", "--json")[1])[0]["created_at"][:4]
    assert out.count(year) >= 3


def test_a_name_that_is_printed_can_be_typed_back(comparia, session, prompt, tmp_path):
    with FaultServer(models=[{"id": "stub-a"}]) as server:
        (tmp_path / "comparia.toml").write_text(f'[backends.workshop]\nmodel = "m"\nbase_url = "{server.url}"\n')
        printed = comparia("models", "--check", "--trust")
        assert "workshop:stub-a" in printed
        run = json.loads(comparia("compare", session, "-p", prompt, "-b", "workshop:stub-a", "--json"))
        assert run["backends"][0]["model"] == "stub-a"
        again = comparia("compare", session, "-p", prompt, "-b", f"replay:{run['id']}/workshop:stub-a", "--json")
        assert json.loads(again)["status"] == "complete"
    own = Settings(backends={"w": BackendSettings(model="m", base_url="http://127.0.0.1:9/v1", temperature=0.2)})
    (backend,) = resolve(["w:other"], own)
    assert (backend.name, backend.model, backend.temperature) == ("w:other", "other", 0.2)


def test_nothing_of_a_session_is_in_what_is_printed_of_a_record(session):
    run = library.compare(library.read_transcript(session), settings=Settings(outputs=session.parent / "o"))
    records = [run, run.transcript, *run.transcript.turns, *run.transcript.cues, *run.variants, *run.scores]
    records += [run.plan, run.backends[0], *(e for s in run.scores for e in s.evidence)]
    for record in records:
        for shown in (
            str(record),
            repr(record),
            f"{record}",
            f"{record!r}",
            str([record]),
            str({"a": record}),
        ):
            assert "bench" not in shown
            assert "tree" not in shown
            assert len(shown) < 1000
    assert str(run) == repr(run)
    assert run.id in str(run)


def test_a_chat_that_was_forgotten_is_named(command, comparia, tmp_path):
    folder = Path(api.__file__).parents[1] / "transcripts" / "library-and-hub"
    code, _out, err = command("compare", folder / "session.vtt")
    assert code == 0
    assert "left aside" in err
    assert "Beside it, and not given: chat.txt." in err
    with pytest.warns(UserWarning, match=r"not given: chat\.txt"):
        run = api.compare(folder / "session.vtt")
    assert run.reference is None
    given = api.read_transcript(folder / "session.vtt", folder / "chat.txt")
    assert library.prepare(given, reference=folder / "reference.yaml").reference is not None


def test_reference_false_takes_none(session):
    (session.parent / "session.reference.yaml").write_text("not a reference")
    with pytest.raises(api.CompariaError):
        library.prepare(session)
    assert library.prepare(session, reference=False).reference is None


def test_standard_input_is_a_file_like_any_other(comparia, monkeypatch):
    def given(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    given(SESSION.encode())
    assert "Ann" in comparia("ingest", "-")
    given(SESSION.encode())
    run = comparia("compare", "-", "--json")
    given(run.encode())
    assert json.loads(run)["id"] in comparia("report", "-", "-f", "markdown")


def test_no_votes_are_no_report_of_votes(command, session):
    command("compare", session)
    code, out, err = command("report", "last", "-f", "votes")
    assert (code, out) == (1, "")
    assert "Nobody voted" in err


def test_the_schema_names_itself(comparia):
    schema = json.loads(comparia("schema"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"]


def test_a_server_that_lists_no_model_is_said_to_and_can_be_asked(comparia, tmp_path):
    with FaultServer(models=[]) as server:
        (tmp_path / "comparia.toml").write_text(f'[backends.atelier]\nmodel = "m"\nbase_url = "{server.url}"\n')
        listed = {line["name"]: line for line in json.loads(comparia("models", "--check", "--trust", "--json"))}
        assert listed["atelier"]["reachable"] == "yes, but it lists no model: name one, atelier:MODEL"
        (tmp_path / "s.txt").write_text("Ann: A bench.\n\nBob: No.\n")
        (tmp_path / "p.md").write_text("Summarise: {{ transcript }}")
        assert "complete" in comparia("compare", "s.txt", "-p", "p.md", "-b", "atelier:x", "--trust", "--json")
