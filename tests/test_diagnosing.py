"""What is wrong with a set-up is said with its cure, and what is said is safe to paste."""

import json
import socket
import sqlite3

import pytest

from comparia import diagnosing, library
from comparia.config import BackendSettings, Settings
from comparia.errors import ConfigurationError

KEY = "sk-comparia-Zq7vN2xR9pLmT4wY"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "marie.dupont"))


def found(settings, subject):
    return next(f for f in diagnosing.diagnose(settings, "1.2.3") if f.subject == subject)


def test_a_fresh_machine_has_nothing_in_the_way(tmp_path):
    findings = diagnosing.diagnose(Settings(outputs=tmp_path), "1.2.3")
    assert [f for f in findings if f.state == "bad"] == []
    assert not (tmp_path / "comparia.db").exists()


def test_settings_that_cannot_be_read_are_said_with_their_cure():
    finding = found(ConfigurationError("comparia.toml: policy: must be one of…", "Write eu."), "comparia.toml")
    assert (finding.state, finding.cure) == ("bad", "Write eu.")


def test_a_damaged_database_is_said(tmp_path):
    (tmp_path / "comparia.db").write_bytes(b"not a database at all" * 100)
    finding = found(Settings(outputs=tmp_path), "database")
    assert (finding.state, "damaged" in finding.said) == ("bad", True)
    assert finding.cure


def test_somebody_elses_database_is_said(tmp_path):
    with sqlite3.connect(tmp_path / "comparia.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    assert found(Settings(outputs=tmp_path), "database").state == "bad"


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    assert found(Settings(outputs=tmp_path / "taken" / "outputs"), "outputs folder").state == "bad"


def test_a_server_on_this_machine_answers_or_not(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        own = BackendSettings(preset="openai-compatible", model="m", base_url=url)
        settings = Settings(outputs=tmp_path, backends={"mine": own})
        assert found(settings, "mine").state == "good"
    assert (found(settings, "mine").state, found(settings, "mine").cure) == (
        "bad",
        "Start the server, or correct its address.",
    )


def test_a_server_elsewhere_is_not_asked(tmp_path):
    own = BackendSettings(preset="openai-compatible", model="m", base_url="https://192.0.2.1/v1", zone="eu")
    finding = found(Settings(outputs=tmp_path, backends={"far": own}), "far")
    assert (finding.state, "not asked" in finding.said) == ("good", True)


def test_a_missing_key_is_named_and_a_set_one_is_not_shown(tmp_path, monkeypatch):
    own = BackendSettings(preset="mistral", model="m", key_variable="MY_API_KEY")
    settings = Settings(outputs=tmp_path, backends={"mine": own})
    assert "MY_API_KEY is not set" in found(settings, "mine").said
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    assert found(settings, "MISTRAL_API_KEY").said == "in the environment"


def test_what_is_printed_is_safe_to_paste(tmp_path, monkeypatch, comparia, make_transcript):
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    home = tmp_path / "home" / "marie.dupont"
    settings = Settings(outputs=home / "outputs", database_url="")
    session = make_transcript([("Anne Kerbrat", "Parlons de Zanzibar.")], title="Zanzibar")
    library.compare(session, backends=["extractive"], settings=settings)
    said = comparia("doctor", "-o", str(home / "outputs"))
    said += comparia("doctor", "--json", "-o", str(home / "outputs"))
    for secret in (KEY, "Zanzibar", "Kerbrat", "marie.dupont"):
        assert secret not in said
    assert "~/outputs" in said


def test_the_exit_code_says_whether_something_is_in_the_way(tmp_path, comparia):
    comparia("doctor", "-o", str(tmp_path))
    (tmp_path / "comparia.db").write_bytes(b"x" * 4096)
    findings = json.loads(comparia("doctor", "--json", "-o", str(tmp_path), code=1))
    assert any(f["state"] == "bad" and f["cure"] for f in findings)
