"""A folder that somebody sends: its settings and its `.env` take no key, loosen nothing and stand in nobody's place."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from comparia import trust
from comparia.backends import connect, resolve
from comparia.cli import cli
from comparia.config import Settings, load_settings, remember
from comparia.errors import ConfigurationError
from comparia.keys import ENVIRONMENT
from tests.fault_server import FaultServer

LOOSE = 'policy = "world"\npseudonyms = "never"\noutputs = "elsewhere"\ndatabase_url = "sqlite:///elsewhere.db"\n'
SESSION = "Alice : Je préfère le marché couvert.\nBruno : Non, la halle coûte trop cher.\n" * 6


@pytest.fixture
def folder(tmp_path, monkeypatch):
    here = tmp_path / "sent"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # nothing was accepted yet
    (here / "s.txt").write_text(SESSION, "utf-8")
    (here / "p.md").write_text("Un compte rendu : {{ transcript }}", "utf-8")
    return here


@pytest.fixture
def own(tmp_path):
    def write(text):
        (tmp_path / "config" / "comparia").mkdir(parents=True)
        (tmp_path / "config" / "comparia" / "comparia.toml").write_text(text, "utf-8")

    return write


def settings_here(folder, text):
    (folder / "comparia.toml").write_text(text, "utf-8")
    return load_settings()


def test_a_file_that_is_not_accepted_loosens_nothing(folder, own):
    own('policy = "local"\npseudonyms = "always"\n')
    found = settings_here(folder, LOOSE)
    assert (found.policy, found.pseudonyms) == ("local", "always")
    assert found.outputs.name == "comparia"
    assert found.database_url == ""
    assert found.unaccepted == str(folder / "comparia.toml")


def test_a_file_that_is_not_accepted_makes_stricter(folder):
    found = settings_here(folder, 'policy = "local"\npseudonyms = "always"\nneutral_names = true\n')
    assert (found.policy, found.pseudonyms, found.neutral_names) == ("local", "always", True)


def test_nothing_wider_than_what_is_usual_without_a_file_of_ones_own(folder):
    found = settings_here(folder, LOOSE)
    assert (found.policy, found.pseudonyms) == (Settings().policy, Settings().pseudonyms)


def test_its_backends_are_abroad_without_a_key_and_shadow_nothing(folder, own, monkeypatch):
    own('[backends.ours]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n')
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-own")
    tables = "".join(
        f'[backends."{name}"]\npreset = "{preset}"\nmodel = "{model}"\nbase_url = "http://collect.example/v1"\nzone = "fr"\n'
        f'key_variable = "MISTRAL_API_KEY"\n'
        for name, preset, model in (
            ("theirs", "mistral", "m"),
            ("ours", "mistral", "m"),
            ("mistral", "mistral", "m"),
            ("mistral:mistral-small-latest", "mistral", "m"),
            ("late", "litellm", "openai/m"),
        )
    )
    found = settings_here(folder, tables)
    assert set(found.backends) == {"ours", "theirs"}
    (theirs,) = resolve(["theirs"], found)
    assert (theirs.zone, theirs.key_variable) == ("world", "")
    (ours,) = resolve(["ours"], found)
    assert ours.base_url == "http://127.0.0.1:9/v1"
    (mistral,) = resolve(["mistral:mistral-small-latest"], found)
    assert mistral.base_url == "https://api.mistral.ai/v1"


def test_what_was_accepted_counts_until_it_changes(folder):
    settings_here(folder, LOOSE)
    trust.accept(folder / "comparia.toml")
    found = load_settings()
    assert (found.policy, str(found.outputs), found.unaccepted) == ("world", "elsewhere", "")
    (folder / "comparia.toml").write_text(LOOSE + "retention_days = 3\n", "utf-8")
    assert load_settings().unaccepted


def test_a_setting_kept_in_an_accepted_file_stays_accepted(folder):
    settings_here(folder, 'policy = "fr"\n')
    trust.accept(folder / "comparia.toml")
    assert remember({"retention_days": 30}) == Path("comparia.toml")
    assert (load_settings().retention_days, load_settings().unaccepted) == (30, "")


def test_a_setting_is_not_kept_in_a_file_that_was_not_accepted(folder, own):
    own("")
    settings_here(folder, LOOSE)
    assert remember({"retention_days": 30}) != Path("comparia.toml")
    assert (folder / "comparia.toml").read_text("utf-8") == LOOSE


def test_a_file_of_a_folder_cannot_have_what_is_ours_removed_sooner(folder, own):
    own("retention_days = 90\n")
    assert settings_here(folder, "retention_days = 1\n").retention_days == 90


def test_only_what_was_shown_is_accepted(folder):
    settings_here(folder, LOOSE)
    trust.accept(folder / "comparia.toml", b'policy = "fr"\n')
    assert load_settings().unaccepted


def test_a_file_of_a_folder_cannot_say_that_it_is_accepted(folder):
    assert settings_here(folder, LOOSE + 'unaccepted = ""\nsource = "mine"\n').unaccepted


def test_env_of_a_folder_gives_keys_and_no_settings(folder):
    (folder / ".env").write_text(
        "COMPARIA_POLICY=world\nCOMPARIA_CONFIG=/x\nCOMPARIA_DATABASE_URL=x\nMISTRAL_API_KEY=k\n"
    )
    assert ENVIRONMENT["MISTRAL_API_KEY"] == "k"
    assert [
        name for name in ENVIRONMENT if name in ("COMPARIA_POLICY", "COMPARIA_CONFIG", "COMPARIA_DATABASE_URL")
    ] == []
    assert load_settings().policy == "eu"


def test_the_name_of_a_provider_s_model_is_refused_to_a_backend(folder):
    (folder / "comparia.toml").write_text('[backends."mistral:m"]\npreset = "mistral"\nmodel = "m"\n', "utf-8")
    with pytest.raises(ConfigurationError, match="bears the name"):
        resolve(["mistral:m"], load_settings({}, folder / "comparia.toml"))


@pytest.mark.parametrize(
    ("preset", "url", "stated", "expected"),
    [
        ("mistral", "https://collect.example/v1", None, ""),
        ("mistral", "http://api.mistral.ai/v1", None, ""),
        ("mistral", "https://api.mistral.ai/v1", None, "MISTRAL_API_KEY"),
        ("mistral", "https://collect.example/v1", "OWN_KEY", "OWN_KEY"),
        ("anthropic", "https://collect.example", None, ""),
        ("openai-compatible", "https://ours.example/v1", None, "OPENAI_COMPATIBLE_API_KEY"),
    ],
)
def test_a_provider_s_key_goes_to_its_own_host_alone(preset, url, stated, expected):
    table = {"preset": preset, "model": "m", "base_url": url, **({"key_variable": stated} if stated else {})}
    (backend,) = resolve(["x"], Settings.model_validate({"backends": {"x": table}}))
    assert backend.key_variable == expected
    connect(backend, None, {})


def test_the_command_asks_nothing_without_a_terminal_and_sends_nothing(folder, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-own")
    with FaultServer(answer="Un compte rendu.") as server:
        (folder / "comparia.toml").write_text(
            f'policy = "world"\n[backends.theirs]\npreset = "mistral"\nmodel = "m"\nbase_url = "{server.url}"\nzone = "local"\n'
        )
        arguments = ["compare", "s.txt", "-p", "p.md", "-b", "theirs", "--json"]
        refused = CliRunner().invoke(cli, arguments)
        assert refused.exit_code == 1
        assert "is not accepted yet" in refused.stderr
        assert "--trust" in refused.stderr
        assert server.headers == []
        accepted = CliRunner().invoke(cli, [*arguments, "--trust"])
        assert accepted.exit_code == 0, accepted.stderr
        again = CliRunner().invoke(cli, arguments)
        assert again.exit_code == 0, again.stderr
        assert json.loads(again.stdout)["status"] == "complete"
        assert [headers for headers in server.headers if b"sk-own" in headers] == []


def test_the_plan_names_hosts_and_the_proxy(folder, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example:3128")
    said = CliRunner().invoke(
        cli, ["compare", "s.txt", "-p", "p.md", "-b", "mistral:mistral-small-latest", "--dry-run"]
    )
    assert said.exit_code == 0, said.stderr
    shown = " ".join((said.stdout + said.stderr).split())
    assert "api.mistral.ai" in shown
    assert "proxy.example" in shown
    assert "secret" not in shown
