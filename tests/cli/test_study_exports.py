"""`comparia study export --as`: recaps and scores as other tools read them, and what becomes of names."""

import json
import shutil
import stat

import pytest

from comparia.config import shipped
from tests.cli.test_study_tables import STUDY


@pytest.fixture
def study(tmp_path, comparia):
    for file in ("session.vtt", "chat.txt", "reference.yaml"):
        shutil.copy(shipped("transcripts") / "library-and-hub" / file, tmp_path / file)
    (tmp_path / "pilot.study.toml").write_text(STUDY, "utf-8")
    comparia("study", "run", "pilot.study.toml")
    comparia("study", "score", "pilot.study.toml")
    return "pilot.study.toml"


def test_every_shape_is_written_for_this_account_alone(study, comparia, tmp_path):
    written = {}
    for shape in ("inspect", "evalap", "llm-comparator"):
        told = comparia("study", "export", study, "--as", shape, "--to", f"to-{shape}", "--with-names")
        written[shape] = [tmp_path / name for name in told.split()]
        for path in written[shape]:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    models = [json.loads(path.read_text("utf-8"))["eval"]["model"] for path in written["inspect"]]
    assert models == ["extractive/speakers", "extractive/centrality"]
    assert [path.name for path in written["evalap"]] == ["dataset.json", "experiment_set.json"]
    experiments = json.loads(written["evalap"][1].read_text("utf-8"))["experiments"]
    assert [experiment["name"] for experiment in experiments] == ["voices #1", "central #1"]
    (pair,) = written["llm-comparator"]
    assert pair.name == "voices--central.json"
    assert len(json.loads(pair.read_text("utf-8"))["examples"]) == 1


def test_names_are_written_or_replaced_and_never_unsaid(study, command, comparia, tmp_path):
    code, _out, err = command("study", "export", study, "--as", "inspect", "--to", "logs")
    assert (code, "--pseudonyms" in err, (tmp_path / "logs").exists()) == (1, True, False)
    people = {}
    for choice in ("--with-names", "--pseudonyms"):
        comparia("study", "export", study, "--as", "inspect", "--to", choice.strip("-"), choice)
        text = "".join(path.read_text("utf-8") for path in (tmp_path / choice.strip("-")).iterdir())
        people[choice] = any(name in text for name in ("Tilley", "Kestrel", "Aldous", "Quill"))
    assert people == {"--with-names": True, "--pseudonyms": False}


def test_what_cannot_be_written_is_told(study, command, tmp_path):
    code, _out, err = command("study", "export", study, "--to", "a.zip", "--scoring", "judge", "--with-names")
    assert (code, "--as" in err) == (2, True)
    (tmp_path / "taken").write_text("a file", "utf-8")
    code, _out, err = command("study", "export", study, "--as", "evalap", "--to", "taken", "--with-names")
    assert (code, "taken" in err, "Traceback" in err) == (1, True, False)


def test_a_study_without_a_recap_writes_nothing(tmp_path, command, comparia):
    for file in ("session.vtt", "chat.txt", "reference.yaml"):
        shutil.copy(shipped("transcripts") / "library-and-hub" / file, tmp_path / file)
    (tmp_path / "pilot.study.toml").write_text(STUDY, "utf-8")
    for shape in ("inspect", "evalap", "llm-comparator"):
        code, _out, err = command("study", "export", "pilot.study.toml", "--as", shape, "--to", "to", "--with-names")
        assert (code, "comparia study run" in err, (tmp_path / "to").exists()) == (1, True, False)
