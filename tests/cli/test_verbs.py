"""Every verb, as a user calls it."""

import json
import subprocess
import sys

import pytest

import comparia as porch
from comparia.cli import VERBS
from comparia.records import Run
from tests.fault_server import FaultServer

SESSION = """Anne Le Goff : Je veux absolument garder tous les arbres de la place du marché.

Bruno Diallo : Moi je suis contre, il faut d'abord des places de parking pour les commerces.

Anne Le Goff : On peut sûrement faire les deux si on déplace le kiosque vers la fontaine.

Bruno Diallo : Alors je demande une étude de stationnement avant la fin de l'année prochaine.
"""


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "session.txt"
    file.write_text(SESSION, "utf-8")
    (tmp_path / "session.reference.yaml").write_text(
        """language: fr
status: reviewed
reviewed_by: Une personne
key_points:
  - id: P1
    text: "Les arbres de la place du marché doivent être gardés."
    said: [{quote: "garder tous les arbres de la place du marché"}]
  - id: P2
    text: "Une étude de stationnement est demandée avant la fin de l'année prochaine."
    minority: true
    said: [{quote: "je demande une étude de stationnement avant la fin de l'année prochaine"}]
""",
        "utf-8",
    )
    return file


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_in_french_and_english(comparia, verb):
    english = comparia("--lang", "en", verb, "--help")
    assert "Usage" in english
    assert len(english.splitlines()) > 4


def test_help_lists_every_verb(comparia):
    out = comparia("--help")
    assert all(verb in out for verb in VERBS)


def test_the_version_is_the_packages(comparia):
    assert comparia("--version").strip() == f"comparia {porch.__version__}"


def test_ingest_shows_people_and_json_gives_it_whole(comparia, session):
    out = comparia("ingest", session)
    assert "Anne Le Goff" in out
    assert "Bruno Diallo" in out
    whole = json.loads(comparia("ingest", session, "--json"))
    assert [turn["number"] for turn in whole["turns"]] == [1, 2, 3, 4]


def test_compare_offline_writes_a_report_and_one_file_a_variant(comparia, session, tmp_path):
    out = comparia("compare", session)
    assert "Nothing leaves this machine" in out
    written = [line for line in out.splitlines() if line.startswith("outputs")]
    assert written[0].endswith("report.html")
    assert len(written) == 4
    assert all((tmp_path / line).is_file() for line in written)


def test_the_reference_beside_the_transcript_is_used(comparia, session):
    run = Run.model_validate_json(comparia("compare", session, "--json"))
    assert run.reference.origin == "reviewed"
    covered = [s for s in run.scores if s.metric == "key_point_coverage"]
    assert len(covered) == 3
    assert all(s.value is not None for s in covered)


def test_dry_run_shows_the_plan_and_does_nothing(comparia, session, tmp_path):
    with FaultServer() as server:
        out = comparia("compare", session, "-b", f"m@{server.url}", "-p", "compte-rendu", "--dry-run")
    assert "Plan" in out
    assert not server.arrived
    assert list((tmp_path / "outputs").iterdir()) == []


def test_models_and_extracts_and_a_hand_written_recap_stand_side_by_side(comparia, session, tmp_path):
    recap = tmp_path / "Camille.md"
    recap.write_text("# CR\n\nLes arbres de la place du marché doivent être gardés.\n", "utf-8")
    with FaultServer(answer="Il faut garder les arbres de la place du marché.") as server:
        names = ["-b", f"m@{server.url}", "-b", "extractive:speakers"]
        run = Run.model_validate_json(
            comparia("compare", session, *names, "-p", "compte-rendu", "--recap", recap, "--json")
        )
    assert {v.author for v in run.variants} == {"model", "extractive", "human"}
    coverage = {s.variants[0]: s for s in run.scores if s.metric == "key_point_coverage"}
    by_hand = next(v for v in run.variants if v.author == "human")
    assert by_hand.backend == "imported:Camille"
    assert coverage[by_hand.id].counts["kept"] == 1


def test_a_recap_can_be_added_to_a_stored_run(comparia, session, tmp_path):
    comparia("compare", session)
    (tmp_path / "r.md").write_text("Une étude de stationnement est demandée avant la fin de l'année.", "utf-8")
    assert "Dominique" in " ".join(comparia("import-recap", "last", "r.md", "--author", "Dominique").split())


def test_score_again_with_another_reference_calls_no_model(comparia, session, tmp_path):
    with FaultServer() as server:
        comparia("compare", session, "-b", f"m@{server.url}", "-p", "compte-rendu")
        arrived = sum(server.arrived.values())
        (tmp_path / "other.yaml").write_text(
            'key_points:\n  - id: X\n    text: "Le kiosque."\n    said: [{quote: "on déplace le kiosque"}]\n', "utf-8"
        )
        run = Run.model_validate_json(comparia("score", "last", "-r", "other.yaml", "--json"))
        assert sum(server.arrived.values()) == arrived
    assert [p.id for p in run.reference.key_points] == ["X"]


@pytest.mark.parametrize("format_", ["html", "markdown", "csv", "json", "text"])
def test_report_prints_every_format(comparia, session, format_, tmp_path):
    comparia("compare", session)
    assert "key" in comparia("report", "last", "-f", format_).lower()
    comparia("report", "last", "-f", format_, "--to", tmp_path / "r.out")
    assert (tmp_path / "r.out").stat().st_size > 100


def test_an_exchange_file_is_read_like_a_stored_run(comparia, session, tmp_path):
    comparia("compare", session)
    comparia("report", "last", "-f", "json", "--to", tmp_path / "run.json")
    assert comparia("report", tmp_path / "run.json", "-f", "csv") == comparia("report", "last", "-f", "csv")


def test_the_schema_describes_the_exchange_file(comparia, session):
    import jsonschema

    comparia("compare", session)
    jsonschema.validate(json.loads(comparia("report", "last", "-f", "json")), json.loads(comparia("schema")))


def test_runs_lists_what_was_done(comparia, session):
    assert "comparia demo" in comparia("runs")
    comparia("compare", session)
    (line,) = json.loads(comparia("runs", "--json"))
    assert (line["status"], line["arrived"], line["planned"]) == ("complete", 3, 3)


def test_the_journal_tells_what_left(comparia, session):
    assert "Nothing" in comparia("journal")
    with FaultServer() as server:
        comparia("compare", session, "-b", f"m@{server.url}", "-p", "recap")
    lines = json.loads(comparia("journal", "--json"))
    assert len(lines) == sum(server.arrived.values())
    assert {line["zone"] for line in lines} == {"local"}


def test_models_lists_the_catalogue_with_zone_and_key(comparia, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-present-12345678")
    lines = {line["name"]: line for line in json.loads(comparia("models", "--json"))}
    assert lines["albert"]["zone"] == "fr"
    assert lines["mistral"]["key"] == "MISTRAL_API_KEY set"
    assert "sk-present" not in json.dumps(lines)


def test_models_check_asks_servers_and_knows_an_alias_from_a_model(comparia, tmp_path):
    models = [
        {"id": "openweight-medium", "aliases": ["mistral-small"], "type": "text-generation"},
        {"id": "mistral-small", "aliases": ["openweight-medium"], "type": "image-text-to-text"},
        {"id": "bge-m3", "type": "text-embeddings-inference"},
    ]
    with FaultServer(models=models) as server:
        (tmp_path / "comparia.toml").write_text(f'[backends.mine]\nmodel = "x"\nbase_url = "{server.url}"\n', "utf-8")
        lines = {
            line["name"]: line
            for line in json.loads(comparia("models", "--check", "--trust", "--policy", "local", "--json"))
        }
    assert lines["mine"]["reachable"] == "yes"
    assert lines["mine"]["models"] == [{"id": "openweight-medium", "aliases": ["mistral-small"]}]
    assert lines["ollama"]["reachable"] != "yes"


def test_prompts_lists_the_shipped_sets(comparia):
    out = comparia("prompts", "--json")
    names = {prompt["name"] for prompt in json.loads(out)}
    assert "Synthèse fidèle" in names
    assert len(names) == 11


def test_demo_runs_offline_in_both_languages(comparia, tmp_path):
    for chosen, title in (("fr", "place du Foirail"), ("en", "Tanner Street")):
        out = comparia("demo", "--language", chosen)
        assert title in out
        report = next(line for line in out.splitlines() if line.endswith("report.html"))
        assert title in (tmp_path / report).read_text("utf-8")


def test_python_dash_m_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "comparia", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"comparia {porch.__version__}"


def test_output_to_a_closed_pipe_is_no_error():
    script = f"{sys.executable} -m comparia schema | head -c 10"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr


def test_explain_shows_the_arithmetic_the_recipe_and_the_words(comparia, session):
    comparia("compare", session)
    out = " ".join(comparia("explain", "last", "v1", "key_point_coverage").split())
    assert "Arithmetic: (" in out
    assert "key_point_coverage|" in out
    assert "Les arbres de la place du marché" in out
    assert "T1: Anne Le Goff" in out
    (score,) = json.loads(comparia("explain", "last", "v1", "numbers", "--json"))
    assert score["metric"] == "numbers"
    assert len(json.loads(comparia("explain", "last", "v1", "content_divergence", "--json"))) == 2
    comparia("explain", "last", "v99", "numbers", code=1)
    comparia("explain", "last", "v1", "numbres", code=1)


def test_a_reference_of_another_session_is_left_aside_when_found_by_itself(comparia, session, tmp_path):
    (tmp_path / "session.reference.yaml").unlink()
    (tmp_path / "reference.yaml").write_text(
        'key_points:\n  - id: X\n    text: "t"\n    said: [{quote: "jamais dit ici par personne"}]\n', "utf-8"
    )
    run = Run.model_validate_json(comparia("compare", session, "--json"))
    assert run.reference is None
    comparia("compare", session, "-r", tmp_path / "reference.yaml", code=1)


def test_no_reference_means_none(comparia, session):
    assert Run.model_validate_json(comparia("compare", session, "--no-reference", "--json")).reference is None


def test_a_wrong_recap_is_found_before_anything_is_asked(comparia, session):
    with FaultServer() as server:
        comparia("compare", session, "-b", f"m@{server.url}", "--recap", "absent.md", code=1)
    assert not server.arrived


def test_the_same_file_twice_is_refused(comparia, session):
    comparia("ingest", session, session, code=1)


def test_references_are_checked_and_shown(comparia, session, tmp_path):
    file = tmp_path / "session.reference.yaml"
    out = comparia("references", "check", file, session)
    assert "2 key points reviewed by Une personne" in out
    assert "Bruno Diallo" in comparia("references", "show", file, session)
    rows = json.loads(comparia("references", "show", file, session, "--json"))
    assert {row["id"]: row["is_minority"] for row in rows} == {"P1": False, "P2": True}
    file.write_text(file.read_text("utf-8").replace("garder tous", "raser tous"), "utf-8")
    comparia("references", "check", file, session, code=1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("runs",), 0), (("journal",), 0), (("report", "last"), 1), (("explain", "last", "v1", "numbers"), 1)],
)
def test_looking_creates_no_database(comparia, tmp_path, arguments, code):
    comparia(*arguments, code=code)
    assert list((tmp_path / "outputs").iterdir()) == []


def test_a_document_is_written_as_it_is_chosen(comparia, session, tmp_path):
    import docx

    comparia("compare", session, "-b", "extractive:speakers", "-b", "extractive:centrality")
    to = tmp_path / "minutes.docx"
    given = ("report", "last", "-f", "docx", "--to", to, "--title", "Our evening", "--people", "initials")
    comparia(*given, "--recap", "v1", "--without", "points", "--without", "method", "--without", "frame")
    document = docx.Document(to)
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert document.paragraphs[0].text == "Our evening"
    assert not document.tables
    assert "Bruno" not in text
    assert "Recap" not in text
    comparia(*given, "--recap", "v9", code=1)
    comparia(*given, "--pseudonyms", code=2)
    comparia("report", "last", "-f", "csv", "--title", "Our evening", code=1)
