"""`comparia study tables`: the tidy tables of a study, whatever was done of it."""

import csv
import json
import shutil

import pytest

from comparia import library
from comparia.config import Settings, shipped
from comparia.errors import UnknownName
from comparia.studies import llm_comparator

STUDY = """
[study]
name = "pilot"
policy = "local"
repeats = 1

[[session]]
id = "hub"
files = ["session.vtt", "chat.txt"]
reference = "reference.yaml"

[[model]]
id = "voices"
backend = "extractive:speakers"

[[model]]
id = "central"
backend = "extractive:centrality"

[scoring]
metrics = ["key_point_coverage", "minority_retention", "length"]

[analysis]
primary = "minority_retention"
contrasts = [["voices", "central"]]
"""


@pytest.fixture
def study(tmp_path):
    for file in ("session.vtt", "chat.txt", "reference.yaml"):
        shutil.copy(shipped("transcripts") / "library-and-hub" / file, tmp_path / file)
    (tmp_path / "pilot.study.toml").write_text(STUDY, "utf-8")
    return "pilot.study.toml"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_of_a_study_before_it_after_its_calls_and_after_its_scores(study, comparia, tmp_path):
    comparia("study", "tables", study, "-f", "csv", "--to", "before")
    assert [(row["model"], row["status"]) for row in rows(tmp_path / "before" / "scores.csv")] == [
        ("voices", "missing"),
        ("central", "missing"),
    ]
    comparia("study", "run", study)
    comparia("study", "tables", study, "-f", "csv", "--to", "called")
    assert {row["reason_code"] for row in rows(tmp_path / "called" / "scores.csv")} == {"not_scored"}
    comparia("study", "score", study)
    told = json.loads(comparia("study", "tables", study, "-f", "csv", "--to", "scored", "--json"))
    assert "scored/scores.csv" in [name.replace("\\", "/") for name in told]
    scores = rows(tmp_path / "scored" / "scores.csv")
    assert {(row["study"], row["session"], row["model"], row["status"]) for row in scores} == {
        ("pilot", "hub", "voices", "scored"),
        ("pilot", "hub", "central", "scored"),
    }
    settings = Settings(outputs=tmp_path / "outputs", policy="local")
    (example,) = llm_comparator(library.study_runs(study, settings=settings), "voices", "central")["examples"]
    values = [
        float(row["number"]) for row in scores if (row["metric"], row["component"]) == ("key_point_coverage", "value")
    ]
    assert example["custom_fields"]["coverage"] == values
    (run,) = library.study_runs(study, scoring="judged", settings=settings)
    assert run.run.scores == ()


def test_what_cannot_be_written_is_told(study, command):
    code, _out, err = command("study", "tables", study, "-f", "xlsx")
    assert (code, "parquet" in err, "Traceback" in err) == (1, True, False)


def test_an_unknown_run_is_refused(tmp_path):
    with pytest.raises(UnknownName):
        library.write_tables(["nowhere"], tmp_path / "tables", ["csv"], settings=Settings(outputs=tmp_path))
