"""Keys: found where people keep them, and never written anywhere; and nothing but the requests goes out."""

import base64
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from comparia import keys, library
from comparia.config import Settings
from comparia.errors import ConfigurationError
from tests.fault_server import FaultServer
from tests.work import PATIENCE, RECAPS_ALONE

KEY = "sk-comparia-Zq7vN2xR9pLmT4wY"
SESSION = "WEBVTT\n\n00:01.000 --> 00:04.000\nAnne Kerbrat: Bonsoir.\n\n00:05.000 --> 00:08.000\nBruno: Non.\n"
WATCH = """
import json, os, sys
log = open(os.environ["WATCHED"], "a")
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        address = args[1] if event in ("socket.connect", "socket.sendto") else args[:2]
        log.write(json.dumps([event, str(address)]) + "\\n")
        log.flush()
sys.addaudithook(hook)
"""


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "comparia.toml"}


def run(folder, *arguments, **environment):
    """The command in a process of its own, with every socket it touches written down."""
    (folder / "watch").mkdir(exist_ok=True)
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "COMPARIA_LANG": "en",
        "PYTHONPATH": str(folder / "watch"),
        "WATCHED": str(folder / "watched.jsonl"),
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-m", "comparia", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def reached(folder):
    """Hosts that were looked up or connected to."""
    lines = (folder / "watched.jsonl").read_text().splitlines() if (folder / "watched.jsonl").exists() else []
    return [json.loads(line)[1] for line in lines]


def backend(folder, url, preset):
    model = "openai/m" if preset == "litellm" else "m"
    (folder / "comparia.toml").write_text(
        f'[backends.b]\npreset = "{preset}"\nmodel = "{model}"\nbase_url = "{url}"\nkey_variable = "B_API_KEY"\nzone = "eu"\ntimeout = 5\n'
    )
    (folder / "s.vtt").write_text(SESSION)
    (folder / "p.md").write_text("Un compte rendu : {{ transcript }}")


@pytest.mark.xdist_group("litellm")
@pytest.mark.parametrize("preset", ["openai-compatible", "litellm"])
def test_a_key_is_in_no_file_output_or_log_even_with_logging_at_its_loudest(tmp_path, preset):
    with FaultServer(["ok", "401", "500", "cut"], answer=f"Un compte rendu {KEY[:6]}.", key=KEY) as server:
        backend(tmp_path, server.url, preset)
        loud = {"B_API_KEY": KEY, "LITELLM_LOG": "DEBUG", "DEBUG": "1", "HTTPX_LOG_LEVEL": "trace"}
        said = [run(tmp_path, "compare", "--trust", "s.vtt", "-p", "p.md", "-b", "b", "-n", "4", **loud)]
        said += [run(tmp_path, "journal", "--csv", **loud), run(tmp_path, "report", "last", "-f", "json", **loud)]
        said += [run(tmp_path, "models", **loud), run(tmp_path, "keys", "list", **loud)]
        assert any(KEY.encode() in headers for headers in server.headers)
    assert [KEY in output.decode("utf-8", "replace") for _code, output in said] == [False] * len(said)
    assert [str(path) for path, content in everything(tmp_path).items() if KEY.encode() in content] == []


@pytest.mark.xdist_group("litellm")
def test_nothing_but_the_requests_goes_out(tmp_path):
    """Telemetry, price lists, update checks: every name looked up and every connection is on this machine."""
    with FaultServer(answer="Un compte rendu.") as server:
        for preset in ("openai-compatible", "litellm"):
            backend(tmp_path, server.url, preset)
            code, output = run(tmp_path, "compare", "--trust", "s.vtt", "-p", "p.md", "-b", "b", B_API_KEY=KEY)
            assert code == 0, output
        port = str(server.port)
    places = reached(tmp_path)
    assert any(port in place for place in places)
    assert [
        p for p in places if "127.0.0.1" not in p and "localhost" not in p and "::1" not in p and port not in p
    ] == []


def test_the_demo_touches_no_socket(tmp_path):
    code, output = run(tmp_path, "demo")
    assert code == 0, output
    assert reached(tmp_path) == []


def test_a_traceback_of_ours_shows_no_key(tmp_path, monkeypatch):
    monkeypatch.setenv("B_API_KEY", KEY)
    assert KEY not in repr(keys.ENVIRONMENT)


def test_the_environment_wins_over_a_file_which_wins_over_the_keyring(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("MISTRAL_API_KEY=from-file\nOTHER_API_KEY='x y'\n")
    assert keys.ENVIRONMENT["MISTRAL_API_KEY"] == "from-file"
    assert keys.ENVIRONMENT["OTHER_API_KEY"] == "x y"
    assert keys.source_of("MISTRAL_API_KEY") == ".env"
    monkeypatch.setenv("MISTRAL_API_KEY", "from-environment")
    assert keys.ENVIRONMENT["MISTRAL_API_KEY"] == "from-environment"
    assert keys.ENVIRONMENT.get("NO_SUCH_API_KEY") is None


def test_a_key_in_a_file_is_used_and_kept_nowhere(tmp_path):
    with FaultServer(answer="Un compte rendu.", key=KEY) as server:
        backend(tmp_path, server.url, "openai-compatible")
        (tmp_path / ".env").write_text(f"B_API_KEY={KEY}\n")
        code, output = run(tmp_path, "compare", "--trust", "s.vtt", "-p", "p.md", "-b", "b")
    assert code == 0, output
    assert [path.name for path, content in everything(tmp_path).items() if KEY.encode() in content] == [".env"]


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """A real keyring, kept in a file for the test."""
    keyring = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")

    class FileRing(backend.KeyringBackend):
        priority = 1
        kept = {}

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def get_password(self, service, username):
            return self.kept.get((service, username))

        def delete_password(self, service, username):
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(FileRing())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield
    keyring.set_keyring(before)


def test_a_key_is_kept_in_the_keyring_used_and_forgotten(ring, comparia, monkeypatch, tmp_path):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY + "\n"))
    said = comparia("keys", "set", "MISTRAL_API_KEY")
    assert KEY not in said
    assert keys.ENVIRONMENT["MISTRAL_API_KEY"] == KEY
    listed = comparia("keys", "list")
    assert "set in the keyring" in listed
    assert KEY not in listed
    assert [str(path) for path, content in everything(tmp_path).items() if KEY.encode() in content] == []
    comparia("keys", "forget", "MISTRAL_API_KEY")
    assert keys.ENVIRONMENT.get("MISTRAL_API_KEY") is None


@pytest.mark.parametrize("before", ["", "a", "user:", "Bearer ", ":", "api-key="])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_that_a_server_repeats_in_other_letters_is_taken_out(before, encode):
    for key in (KEY, "k/+?é&=secret-0123456789", "abcdefghi"):
        said = (
            f"401: {key} {encode((before + key).encode()).decode()} {key.encode().hex()} {quote(key, safe='')} refused"
        )
        cleaned = keys.without_key(said, key)
        assert cleaned.startswith("401: *** ")
        assert cleaned.endswith(" refused")
        assert key.encode().hex() not in cleaned
        kept = cleaned.split()[2]
        for cut in range(len(kept)):  # no piece of it is still a piece of the key
            with contextlib.suppress(ValueError):
                assert key.encode()[-6:] not in base64.urlsafe_b64decode(kept[cut:].replace("*", "") + "===")
    assert keys.without_key("nothing said", "") == "nothing said"


def test_a_system_without_a_keyring_says_so(monkeypatch, tmp_path):
    keyring = pytest.importorskip("keyring")
    from keyring.backends.fail import Keyring

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(ConfigurationError, match="no keyring that can be used"):
            keys.keep("MISTRAL_API_KEY", KEY)
        assert keys.names_in_keyring() == frozenset()
    finally:
        keyring.set_keyring(before)


def test_the_register_is_csv_without_text_and_without_formulas(tmp_path, comparia, make_transcript):
    with FaultServer(answer="ok") as server:
        settings = Settings(outputs=tmp_path / "outputs", **RECAPS_ALONE)
        session = make_transcript([("Anne Kerbrat", "Parlons de Zanzibar.")])
        from comparia.prompts import parse

        library.compare(session, [parse("{{ transcript }}")], [f"=m@{server.url}"], settings=settings)
    text = comparia("journal", "--csv")
    header, line = text.strip().split("\n")
    assert header == "at,run,backend,host,zone,policy,size,tokens,sha256,pseudonymised"
    assert "Zanzibar" not in text
    assert ",'=m@" in line
    assert line.endswith(",False")
