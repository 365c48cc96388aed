"""`comparia try`, `record` and `stage`, as they are typed; against a real server, and a real process where it is stopped."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from comparia.config import shipped
from tests.fault_server import FaultServer
from tests.work import PATIENCE
from tests.work import until as wait_until

FOLDER = shipped("transcripts") / "library-and-hub"
SESSION = ("--on", FOLDER / "session.vtt", "--on", FOLDER / "chat.txt")


def answer(asked):
    if "only one person" in asked:
        return "The last bus up Weir Road leaves at ten past six, and part of the walk is unlit."
    return "The meeting spoke of the library."


@pytest.fixture
def server():
    with FaultServer(answer=answer) as running:
        yield running


@pytest.fixture
def versions(tmp_path):
    """Two versions of a prompt, as files in the present folder."""
    (tmp_path / "v1.md").write_text("Summarise.\n")
    (tmp_path / "v2.md").write_text("Summarise. List what only one person said.\n")
    return "v1.md", "v2.md"


def test_versions_are_compared_in_the_shell(comparia, versions, server):
    told = " ".join(comparia("try", *versions, *SESSION, "-b", f"m@{server.url}").split())
    assert "{+ List what only one person said.+}" in told
    assert "Words: 6 → 18" in told
    assert "+ Evening opening is undermined by poor access" in told
    assert "[minority view] (not found → kept)" in told
    assert "Say who will read it." in told


def test_scripts_get_a_line_a_version(comparia, versions, server):
    first, second = map(
        json.loads, comparia("try", *versions, *SESSION, "-b", f"m@{server.url}", "--json").splitlines()
    )
    assert first["before"] is None
    assert second["before"] == first["run"]
    assert second["changes"][0]["words"] == [6, 18]
    assert next(iter(second["recaps"].values())).startswith("The last bus")
    assert any(move["minority"] for move in second["changes"][0]["gained"])
    assert {"variant", "metric", "value", "counts", "measures", "signature"} == set(second["scores"][0])


def test_the_checklist_asks_no_model(comparia, versions):
    assert "○ Ask for what a single person said" in comparia("try", "v1.md", "--checklist")
    assert "✓ Minority views are asked for." in comparia("try", "v2.md", "--checklist")
    checks = json.loads(comparia("try", "v2.md", "--checklist", "--json"))["checks"]
    assert {k: v for k, v in checks[3].items() if k in ("code", "good")} == {"code": "minority", "good": True}


def test_wrong_prompts_and_missing_words_are_said(command, versions, server, tmp_path):
    (tmp_path / "bad.md").write_text("One\nTwo {{ nobody }}\n")
    code, _out, err = command("try", "bad.md", *SESSION, "-b", f"m@{server.url}")
    assert (code, "bad.md:2" in err) == (1, True)
    assert command("try", "v1.md", "-b", f"m@{server.url}")[0] == 2
    assert command("try", "absent.md", *SESSION)[0] == 2
    code, _out, err = command("try", "v1.md", *SESSION)
    assert (code, "extracts read no prompt" in err) == (1, True)


def started(*arguments, cwd):
    """The command as a process; gives it and the lines it prints."""
    environment = {**os.environ, "COMPARIA_LANG": "en", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "comparia", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(process, wanted):
    """What a process prints up to a line that holds some words."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if wanted in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_a_prompt_is_run_again_at_each_save_even_after_a_wrong_one(versions, server, tmp_path):
    process = started("try", "v1.md", *SESSION, "-b", f"m@{server.url}", "--watch", cwd=tmp_path)
    try:
        until(process, "Watching")
        (tmp_path / "v1.md").write_text("Summarise {{ nobody }}.\n")
        assert "nobody" in until(process, "unknown variable")
        time.sleep(0.5)
        (tmp_path / "v1.md").write_text("Summarise. List what only one person said.\n")
        told = until(process, "part of this is chance")
        assert "Words: 6 → 18" in told
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_a_version_that_is_saved_over_is_stopped_and_the_new_one_runs(versions, tmp_path):
    with FaultServer(faults=["hang"], answer="The market stays.", hang=PATIENCE) as slow:
        process = started("try", "v1.md", *SESSION, "-b", f"m@{slow.url}", "--watch", cwd=tmp_path)
        try:
            wait_until(lambda: sum(slow.arrived.values()) == 1, "the first version is asked for")
            (tmp_path / "v1.md").write_text("Summarise. Say who said what, in full.\n")
            told = until(process, "was saved again")
            assert "this version is stopped" in told
            told = until(process, "report.html")
            assert "The market stays." in told  # the recap is shown, and the files that hold it
            asked = [body for body in slow.bodies if b"in full" in body]
            assert len(asked) == 1
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0
        finally:
            process.kill()
            process.communicate()


def test_a_watched_prompt_that_is_gone_or_empty_is_said_and_comes_back(versions, server, tmp_path):
    process = started("try", "v1.md", *SESSION, "-b", f"m@{server.url}", "--watch", cwd=tmp_path)
    try:
        until(process, "Watching")
        (tmp_path / "v1.md").unlink()
        until(process, "v1.md is not there any more.")
        (tmp_path / "v1.md").write_text("")
        (tmp_path / "v1.md").write_text("Summarise. List what only one person said.\n")
        until(process, "report.html")
        (tmp_path / "v1.md").write_text("")
        until(process, "v1.md is empty.")
    finally:
        process.kill()
        process.communicate()


def test_a_recording_is_one_file_and_says_what_it_is(comparia, command, versions, server, tmp_path):
    comparia("try", *versions, *SESSION, "-b", f"m@{server.url}")
    names = [run["id"] for run in json.loads(comparia("runs", "--json"))]
    code, _out, err = command("record", *reversed(names), "--to", "two.comparia")
    assert (code, "No answer was streamed" in err) == (0, True)  # where nobody watches, answers come whole
    recording = json.loads((tmp_path / "two.comparia").read_text())
    assert recording["kind"] == "comparia-recording"
    assert recording["people"] >= 9
    assert recording["personal_data"]["email"] == 2
    assert "with the names of" in err
    assert "email address × 2" in err
    whole = (tmp_path / "two.comparia").read_bytes()
    for copy in (whole[:-2000], whole.replace(b"library", b"librery", 1), whole.replace(b"the ", b"a ", 1)):
        (tmp_path / "copy.comparia").write_bytes(copy)
        code, _out, err = command("stage", "--replay", "copy.comparia", "--no-browser")
        assert (code, "incomplete, or was changed" in err) == (1, True)
    assert len(recording["answers"]) == 2
    comparia("compare", FOLDER / "session.vtt")
    assert "Nobody voted" in command("report", "last", "-f", "votes")[2]
    assert "No model answered" in command("record", "last", "--to", "x")[2]
    for content, said in (
        ("{", "not a recording"),
        ("{}", "not a recording"),
        ('{"kind": "comparia-recording", "format": 99}', "newer"),
        ('{"kind": "comparia-recording", "format": 1, "title": "x"}', "answers"),
    ):
        (tmp_path / "bad.comparia").write_text(content)
        code, _out, err = command("stage", "--replay", "bad.comparia", "--no-browser")
        assert code == 1
        assert said in err
        assert "bad.comparia" in err


def test_the_stage_is_served_on_a_recording_and_leaves_nothing_behind(comparia, versions, server, tmp_path):
    comparia("try", *versions, *SESSION, "-b", f"m@{server.url}")
    comparia("record", "last", "--to", "one.comparia")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "COMPARIA_LANG": "en", "PYTHONUNBUFFERED": "1"}
    arguments = ["stage", "--replay", "one.comparia", "--no-browser", "--port", "0", "--speed", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "comparia", *arguments], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().strip()
        page = httpx.get(address, headers={"accept-language": "en"})
        assert "Play version 1" in page.text
        assert any(temporary.iterdir())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert not any(temporary.iterdir())
    finally:
        process.kill()
        process.communicate()


def test_the_stage_opens_on_a_session_or_a_run(tmp_path):
    (tmp_path / "outputs").mkdir()
    process = started("stage", FOLDER / "session.vtt", FOLDER / "chat.txt", "--no-browser", "--port", "0", cwd=tmp_path)
    try:
        address = until(process, "/stages/").strip().splitlines()[-1]
        page = httpx.get(address, headers={"accept-language": "en"}).text
        assert "Run version 2" in page
        assert "Extracts: the most central" in page
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    other = started("stage", "nobody", "--no-browser", cwd=tmp_path)
    assert "Unknown run: nobody" in other.communicate(timeout=PATIENCE)[0]
    assert other.returncode == 1
    assert (tmp_path / "outputs" / "comparia.db").is_file()


def test_versions_that_nobody_wrote_are_an_error(command, versions):
    code, out, err = command("try", "v1.md", *SESSION, "-b", "m@http://127.0.0.1:9/v1")
    assert code == 1
    assert "no server answers" in out + err
    code, out, _err = command("try", "v1.md", *SESSION, "-b", "m@http://127.0.0.1:9/v1", "--json")
    told = json.loads(out)
    assert (code, told["status"]) == (1, "failed")
    assert "connection" in told["failures"]["v1"]


def test_a_stage_without_anything_to_show_says_what_to_give(command):
    code, _out, err = command("stage", "--no-browser", "--port", "0")
    assert code == 1
    assert "Name the files of a session" in err


def test_a_session_is_named_as_its_key_points_name_it(comparia, tmp_path):
    import shutil

    for name in ("session.vtt", "chat.txt", "reference.yaml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    comparia("compare", "session.vtt", "chat.txt")
    comparia("compare", "session.vtt", "chat.txt", "--title", "Given")
    comparia("compare", "session.vtt", "chat.txt", "--no-reference")
    titles = [run["title"] for run in json.loads(comparia("runs", "--json"))]
    assert titles[:2] == ["session", "Given"]
    assert titles[2].startswith("Tanner Street library")
