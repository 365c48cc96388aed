"""What the README says is true."""

import re
import types

import pytest

import comparia
from comparia import config, ingest, metrics, reports
from comparia.backends.extractive import ALGORITHMS
from comparia.cli import VERBS
from tests.documents import ROOT, commands, wrong_usage

README = (ROOT / "README.md").read_text("utf-8")


def listed(row):
    """The names in code marks of one row of the table of what there is."""
    line = next(line for line in README.splitlines() if line.startswith(f"| {row} |"))
    return re.findall(r"`([^`]+)`", line.split("|")[2])


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("transcript formats", ingest.FORMATS),
        ("backend presets", config.catalogue()),
        ("extractive algorithms", ALGORITHMS),
        ("metrics", metrics.METRICS),
        ("reports", reports.FORMATS),
        ("verbs", VERBS),
    ],
)
def test_the_table_lists_exactly_what_there_is(row, names):
    assert sorted(listed(row)) == sorted(names)


def test_the_table_lists_the_shipped_prompt_sets():
    folders = [folder.name for folder in config.shipped("prompts").iterdir() if folder.is_dir()]
    shipped = [name for name in folders if name != "questions"]  # what is asked about prompts, not prompts
    assert sorted(listed("prompt sets")) == sorted(shipped)


def test_the_python_example_runs(monkeypatch, tmp_path, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COMPARIA_OUTPUTS", str(tmp_path))
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.count("minority_retention|") == 3


def test_every_command_of_the_readme_exists():
    for words in commands(README):
        if words[0].endswith("comparia"):
            assert wrong_usage(words) == "", words
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_configuration_example_is_valid(tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "comparia.toml"
    file.write_text(example, "utf-8")
    settings = config.load_settings({}, file)
    assert settings.policy == "fr"
    assert settings.backends["atelier"].zone == "local"


def test_every_test_file_a_promise_names_is_there():
    for name in re.findall(r"`(tests/[\w/.]+)`", README):
        assert (ROOT / name).exists()


def test_variables_of_prompts_are_all_named():
    from comparia.prompts import VARIABLES

    assert all(f"`{{{{ {name} }}}}`" in README for name in VARIABLES)


def test_the_porch_keeps_its_promises():
    for name in comparia.__all__:
        assert getattr(comparia, name) is not None
    assert comparia.__all__ == sorted(comparia.__all__)


def test_the_changelog_knows_the_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text or f"## [{comparia.__version__}]" in text


def test_the_locks_name_no_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        assert "litellm==1.82.7" not in text
        assert text.count("--hash=sha256:") > 100


def test_the_example_of_a_reader_reads(monkeypatch):
    (example,) = re.findall(r'```text\n("""Minutes of.*?)```', README, re.DOTALL)
    reader = types.ModuleType("minutes")
    exec(compile(example, "README.md", "exec"), reader.__dict__)
    monkeypatch.setattr(ingest, "READERS", (reader, *ingest.READERS))
    found = ingest.read_bytes(b"@Anne Bonjour.\n\n@Bruno Oui.\nrien\n", "m.txt")
    assert [(found.speaker_name(t.speaker), t.text) for t in found.turns] == [("Anne", "Bonjour."), ("Bruno", "Oui.")]
    assert [item.span.lines for item in found.ignored] == [(4, 4)]
