"""What the README says is true."""

import re

import comparia
from comparia import config
from tests.documents import ROOT, commands, wrong_usage

README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_page_is_short():
    assert len(README.splitlines()) <= 150


def test_the_python_example_runs(monkeypatch, tmp_path, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COMPARIA_OUTPUTS", str(tmp_path))
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "minority views of 73" in out


def test_every_command_of_the_readme_exists():
    for words in commands(README):
        if words[0].endswith("comparia"):
            assert wrong_usage(words) == "", words
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_configuration_example_is_valid(tmp_path):
    (example,) = re.findall(
        r"```toml runnable\n(.*?)```", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.DOTALL
    )
    file = tmp_path / "comparia.toml"
    file.write_text(example, "utf-8")
    settings = config.load_settings({}, file)
    assert settings.policy == "fr"
    assert settings.backends["atelier"].zone == "local"


def test_every_test_file_a_promise_names_is_there():
    for name in re.findall(r"`(tests/[\w/.]+)`", README):
        assert (ROOT / name).exists()


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
