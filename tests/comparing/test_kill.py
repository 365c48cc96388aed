"""kill -9 at any moment: every completion that had arrived is there on resume and is never asked for again."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from comparia import library
from comparia.config import Settings, catalogue
from comparia.store import open_store
from tests.fault_server import FaultServer

CONCURRENCY = catalogue()["openai-compatible"].concurrency


def hears_ctrl_c():
    """A process started by a background job inherits an ignored SIGINT; a terminal's does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("after", [0.05, 0.5, 0.95])
def test_kill_minus_nine_then_resume_repeats_no_answer(tmp_path, after):
    session = tmp_path / "s.txt"
    session.write_text("Anne: je veux des arbres.\n\nBruno: et moi des places.\n\nAnne: non.\n\nBruno: si.\n", "utf-8")
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for n in range(120):
        (prompts / f"{n:03d}.md").write_text(f"Consigne {n} : {{{{ transcript }}}}", "utf-8")
    with FaultServer(latency=0.02) as server:
        outputs = tmp_path / "outputs"
        command = [
            sys.executable,
            "-m",
            "comparia",
            "compare",
            session,
            "-p",
            prompts,
            "-b",
            f"m@{server.url}",
            "-o",
            outputs,
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"COMPARIA_LANG": "en"}
        )
        deadline = time.monotonic() + 60
        while len(server.answered) < 120 * after and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.2)
        while server.in_flight and time.monotonic() < deadline:
            time.sleep(0.01)
        settings = Settings(outputs=outputs)
        before = library.read_run("last", settings=settings)
        kept = {v.id: v.summary for v in before.variants}
        assert before.status == "started"
        store = open_store(settings.database)
        at_risk = len(server.answered) - len(store.completions(before.id))
        store.close()
        run = library.resume("last", settings=settings)
    assert run.status == "complete"
    assert len(run.variants) == 120
    assert {v.id: v.summary for v in run.variants if v.id in kept} == kept
    # an answer that was on its way, or not on disk yet, is a call in flight: at most one a place
    assert at_risk <= CONCURRENCY
    assert server.repeated == at_risk
    with sqlite3.connect(outputs / "comparia.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_ctrl_c_leaves_a_run_that_says_how_to_resume(tmp_path):
    session = tmp_path / "s.txt"
    session.write_text("Anne: je veux des arbres.\n\nBruno: et moi des places.\n", "utf-8")
    prompt = tmp_path / "p.md"
    prompt.write_text("Résume : {{ transcript }}", "utf-8")
    with FaultServer(latency=0.2) as server:
        command = [sys.executable, "-m", "comparia", "compare", session, "-b", f"m@{server.url}"]
        command += ["-p", prompt, "-n", "40", "-o", tmp_path / "o"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"COMPARIA_LANG": "en"},
            preexec_fn=hears_ctrl_c,
        )
        deadline = time.monotonic() + 60
        while len(server.answered) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)
        settings = Settings(outputs=tmp_path / "o")
        before = library.read_run("last", settings=settings)
        run = library.resume("last", settings=settings)
    assert process.returncode == 130
    assert f"comparia resume {before.id}" in err
    assert "Traceback" not in err
    assert before.status == "cancelled"
    assert 0 < len(before.variants) < 40
    assert run.status == "complete"
