"""Bad input: one clear line, exit code 1 (2 for a wrong usage), no traceback, nothing lost."""

import io
import os
import subprocess
import sys
import zipfile

import pytest

from tests.fault_server import KEY, FaultServer

SESSION = "Anne: je veux garder les arbres.\n\nBruno: moi non.\n\nAnne: si.\n\nBruno: non.\n"


@pytest.fixture
def comparia(command):
    return command


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "session.txt"
    file.write_text(SESSION, "utf-8")
    return file


def one_line(err, *words):
    """One line that begins with the command's name and says these words."""
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    assert lines[0].startswith("comparia: ")
    assert "Traceback" not in err
    for word in words:
        assert word in err


def bomb():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 50_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (bytes(range(256)) * 50, "binary"),
        (bomb, "not opened"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><body>Sign in</body></html>", "holds no speech"),
        (b'{"unknown": 1}', "not of a speech-to-text tool"),
        (b'{"segments": [', "JSON"),
        (b"WEBVTT\n\n", "no words"),
        (b"1234 5678\n", "not a transcript"),
    ],
)
def test_a_file_that_is_no_transcript(comparia, tmp_path, content, says):
    file = tmp_path / "thing.vtt"
    if content is not None:
        file.write_bytes(content() if callable(content) else content)
    code, _out, err = comparia("ingest", file)
    assert code == 1
    one_line(err, "thing.vtt", says)


def test_a_huge_file_is_refused_before_it_is_read(comparia, tmp_path):
    file = tmp_path / "huge.vtt"
    with file.open("wb") as stream:
        stream.truncate(500_000_000)
    code, _out, err = comparia("ingest", file)
    assert code == 1
    one_line(err, "500 MB")


def test_a_folder_is_not_a_transcript(comparia, tmp_path):
    code, _out, err = comparia("ingest", tmp_path)
    assert code == 1
    one_line(err, "folder")


def test_an_unknown_variable_is_named_with_its_line(comparia, session, tmp_path):
    prompt = tmp_path / "p.md"
    prompt.write_text("# user\n\nRésume {{ transcript }}\n\nEn {{ langage }}\n", "utf-8")
    code, _out, err = comparia("compare", session, "-p", prompt, "-b", "ollama:m")
    assert code == 1
    one_line(err, "p.md:5", "langage", "language")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# user\n\nRésume.\n", "transcript"),
        ("---\nname: x\n", "not closed"),
        ("---\nnam: x\n---\n{{ transcript }}", "nam"),
        ("---\nname: [\n---\n{{ transcript }}", "YAML"),
        ("", "empty"),
    ],
)
def test_a_prompt_that_cannot_be_used(comparia, session, tmp_path, text, says):
    (tmp_path / "p.md").write_text(text, "utf-8")
    code, _out, err = comparia("compare", session, "-p", "p.md", "-b", "ollama:m")
    assert code == 1
    one_line(err, "p.md", says)


def test_an_unknown_backend_gets_the_nearest_name(comparia, session):
    code, _out, err = comparia("compare", session, "-b", "mistrall:large")
    assert code == 1
    one_line(err, "mistrall", "Did you mean mistral")


def test_a_missing_key_names_its_variable(comparia, session, monkeypatch):
    monkeypatch.delenv("ALBERT_API_KEY", raising=False)
    code, _out, err = comparia("compare", session, "-b", "albert:openweight-medium")
    assert code == 1
    assert "ALBERT_API_KEY" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_a_backend_outside_the_policy_is_refused(comparia, session, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    code, _out, err = comparia("compare", session, "-b", "openai:gpt-4.1-mini")
    assert code == 1
    one_line(err, "Nothing was sent", "--policy world", "openai:gpt-4.1-mini")


def test_a_wrong_key_is_a_recorded_failure_with_its_cure(comparia, session, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-wrong-123456789")
    with FaultServer(key=KEY) as server:
        code, out, err = comparia("compare", session, "-b", f"m@{server.url}")
    assert code == 1
    assert "OPENAI_COMPATIBLE_API_KEY" in " ".join(out.split())
    assert "123456789" not in out + err
    assert "comparia resume" in err


def test_a_server_that_is_down_is_a_recorded_failure(comparia, session):
    code, out, err = comparia("compare", session, "-b", "m@http://127.0.0.1:9/v1")
    assert code == 1
    assert "no server answers" in " ".join(out.split())
    assert "Traceback" not in err


def test_outputs_that_cannot_be_written(comparia, session, tmp_path):
    (tmp_path / "taken").write_text("a file")
    code, _out, err = comparia("compare", session, "-o", tmp_path / "taken")
    assert code == 1
    assert "cannot be written" in err
    assert "--outputs" in err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a full or read-only disk needs root")
@pytest.mark.parametrize(("options", "says"), [("size=64k", "full"), ("ro", "cannot be written")])
def test_a_full_or_read_only_disk(session, tmp_path, options, says):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o {options} none {disk} && exec {sys.executable} -m comparia compare {session} -o {disk}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine allows no private mounts")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_corrupted_database(comparia, session, tmp_path):
    (tmp_path / "outputs" / "comparia.db").write_bytes(b"garbage" * 1000)
    code, _out, err = comparia("compare", session)
    assert code == 1
    assert "damaged" in err
    assert (tmp_path / "outputs" / "comparia.db").read_bytes() == b"garbage" * 1000


@pytest.mark.parametrize(
    ("toml", "says"),
    [("policy = 'mars'", "policy"), ("policy = ", "comparia.toml"), ("[backends.x]\nmodle = 'y'", "modle")],
)
def test_a_wrong_configuration_names_its_place(comparia, session, tmp_path, toml, says):
    (tmp_path / "comparia.toml").write_text(toml, "utf-8")
    code, _out, err = comparia("compare", session)
    assert code == 1
    one_line(err, says)


def test_a_quote_nobody_said_is_refused_with_its_line(comparia, session, tmp_path):
    reference = tmp_path / "r.yaml"
    reference.write_text('key_points:\n  - id: P1\n    text: "t"\n    said:\n      - quote: "jamais dit"\n', "utf-8")
    code, _out, err = comparia("compare", session, "-r", reference)
    assert code == 1
    one_line(err, "r.yaml:5", "jamais dit")


@pytest.mark.parametrize(
    ("arguments", "says"), [(("report", "nope"), "nope"), (("resume",), "last"), (("score", "x", "-m", "y"), "x")]
)
def test_a_run_nobody_knows(comparia, arguments, says):
    code, _out, err = comparia(*arguments)
    assert code == 1
    one_line(err, says)


def test_an_unknown_report_format_lists_the_known_ones(comparia, session):
    comparia("compare", session)
    code, _out, err = comparia("report", "last", "-f", "htm")
    assert code == 1
    one_line(err, "htm", "html")


@pytest.mark.parametrize(
    "arguments", [("compare",), ("compar", "x"), ("compare", "x", "--nope"), ("ingest", "x", "--format", "y")]
)
def test_a_wrong_usage_is_exit_code_two(comparia, arguments):
    code, _out, err = comparia(*arguments)
    assert code == 2
    assert "Usage" in err


def test_an_unknown_verb_gets_the_nearest_one(comparia):
    code, _out, err = comparia("compar", "x")
    assert code == 2
    assert "compare" in err
