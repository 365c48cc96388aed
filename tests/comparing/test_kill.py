"""kill -9 at any moment: every completion that had arrived is there on resume and is never asked for again."""

import asyncio
import itertools
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest

from comparia import comparing, library
from comparia.config import BackendSettings, Settings, catalogue
from comparia.store import open_store
from tests.fault_server import FaultServer
from tests.work import PATIENCE, RECAPS_ALONE, until

pytestmark = pytest.mark.series("kills")

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
        until(lambda: len(server.answered) >= 120 * after, "enough answers")
        process.send_signal(signal.SIGKILL)
        process.wait()
        until(lambda: not server.in_flight, "the last answer")
        settings = Settings(outputs=outputs, **RECAPS_ALONE)
        before = library.read_run("last", settings=settings)
        kept = {v.id: v.summary for v in before.variants}
        assert before.status == "started"
        with open_store(settings.database) as store:
            at_risk = len(server.answered) - len(store.answers.completions(before.id))
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
        until(lambda: len(server.answered) >= 6, "six answers")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=PATIENCE)
        settings = Settings(outputs=tmp_path / "o", **RECAPS_ALONE)
        before = library.read_run("last", settings=settings)
        run = library.resume("last", settings=settings)
    assert process.returncode == 130
    assert f"comparia resume {before.id}" in err
    assert "Traceback" not in err
    assert before.status == "cancelled"
    assert 0 < len(before.variants) < 40
    assert run.status == "complete"


CELLS = 40
SPAWNER = """
import json, os, sys, traceback
import alembic.command, alembic.config
from comparia import comparing, library, scoring
from comparia.config import BackendSettings, Settings
from comparia.ingest import read_bytes
from comparia.prompts import parse

def one_life(outputs, url, session, names):
    own = {"m": BackendSettings(model="m", base_url=url)}
    settings = Settings(outputs=outputs, backends=own, models_list_points=False, models_judge=False)
    while True:
        lines = []
        if library.has_store(settings):
            with library.open_store(settings) as store:
                lines = store.runs.lines()
        unfinished = [line.id for line in lines if line.status != "complete"]
        if unfinished:
            library.resume(unfinished[-1], settings=settings)
        else:
            prompts = [parse(f"{names} {len(lines)}, consigne {n}: {{{{ transcript }}}}") for n in range(CELLS)]
            library.compare(read_bytes(session.encode(), "s.txt"), prompts, ["m"], settings=settings)

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        try:
            one_life(*json.loads(line))
        except BaseException:
            traceback.print_exc()
            os._exit(3)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
""".replace("CELLS", str(CELLS))
"""Forks a process that has everything imported already, so that a kill may fall anywhere in what matters."""


def database_after_a_kill(outputs, aside):
    """What the dead process left, recovered in a copy: the next process meets the leftovers themselves."""
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(outputs, aside)
    return sqlite3.connect(aside / "comparia.db")


def kept_in(connection):
    """Texts of the answers and of the variants that were on disk, by run and id."""
    if not connection.execute("SELECT name FROM sqlite_master WHERE name = 'completions'").fetchone():
        return {}, {}
    answers = connection.execute("SELECT run_id, request_id, content FROM completions").fetchall()
    variants = connection.execute("SELECT run_id, id, content FROM variants").fetchall()
    return (
        {(run, request): json.loads(content)["text"] for run, request, content in answers},
        {(run, variant): json.loads(content)["summary"] for run, variant, content in variants},
    )


def completes_in_a_copy(aside, server, answers):
    """Resume what the dead process left, apart from what the next process will resume itself."""
    asked = Counter(server.asked)
    with open_store(f"sqlite:///{aside}/comparia.db") as store:
        for line in store.runs.lines():
            if line.status != "complete":
                run = asyncio.run(comparing.resume(line.id, store))
                assert (run.status, len(run.variants)) == ("complete", CELLS)
    assert not (server.asked - asked).keys() & {question_of(text) for text in answers}
    server.asked = asked


def killed_in_a_row(spawner, server, outputs, aside, kills, draw):
    """Kill and start again; each time, check what is on disk. The answers kept, and when their questions had been asked."""
    session = "Anne: je veux des arbres.\n\nBruno: et moi des places.\n"
    answers, variants, asked_before = {}, {}, {}
    for kill in range(kills):
        asked = sum(server.asked.values())
        spawner.stdin.write(json.dumps([str(outputs), server.url, session, outputs.name]) + "\n")
        spawner.stdin.flush()
        pid = int(spawner.stdout.readline())
        if kill == 0:  # on a slow machine too, each database holds a run from its first life on
            until(lambda asked=asked: sum(server.asked.values()) > asked, "the first question")
            time.sleep(draw.uniform(0, 0.1))
        else:
            time.sleep(draw.uniform(0, 0.45))
        os.kill(pid, signal.SIGKILL)
        assert int(spawner.stdout.readline()) == -signal.SIGKILL
        until(lambda: not server.in_flight, "the last answer")
        if not (outputs / "comparia.db").exists():
            continue
        with closing(database_after_a_kill(outputs, aside)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            now_answers, now_variants = kept_in(connection)
        assert answers.items() <= now_answers.items()
        assert variants.items() <= now_variants.items()
        answers, variants = now_answers, now_variants
        completes_in_a_copy(aside, server, answers.values())
        for text in answers.values():
            asked_before.setdefault(text, server.asked[question_of(text)])
    return answers, variants, asked_before


def question_of(text):
    return text.partition(" |")[0]


class CountingServer(FaultServer):
    """Answers each bear their question and a number of their own."""

    def __init__(self, **options):
        self.asked = Counter()
        numbers = itertools.count()

        def answer(content):
            question = re.search(r"\S+ \d+, consigne \d+", content)[0]
            self.asked[question] += 1
            return f"{question} | answer {next(numbers)}"

        super().__init__(answer=answer, **options)


def test_fifty_kills_at_random_moments_lose_and_repeat_no_answer(tmp_path):
    draw = random.Random(50)
    lives = Counter()
    spawner = subprocess.Popen(
        [sys.executable, "-c", SPAWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COMPARIA_LANG": "en"},
    )
    try:
        with CountingServer(latency=0.02) as server:
            for n in range(5):
                outputs = tmp_path / f"outputs{n}"
                answers, variants, asked_before = killed_in_a_row(
                    spawner, server, outputs, tmp_path / "aside", 10, draw
                )
                lives["kills"] += 10
                settings = Settings(
                    outputs=outputs,
                    backends={"m": BackendSettings(model="m", base_url=server.url)},
                    **RECAPS_ALONE,
                )
                with open_store(settings.database) as store:
                    runs = [line.id for line in store.runs.lines()]
                    done = [library.resume(run, settings=settings) for run in runs]
                    ended = {(run, key): c.text for run in runs for key, c in store.answers.completions(run).items()}
                summaries = {(run.id, v.id): v.summary for run in done for v in run.variants}
                assert all(run.status == "complete" and len(run.variants) == CELLS for run in done)
                assert answers.items() <= ended.items()
                assert variants.items() <= summaries.items()
                assert len(set(summaries.values())) == len(summaries) == CELLS * len(runs) == len(ended)
                assert {text: server.asked[question_of(text)] for text in asked_before} == asked_before
                lives["runs"] += len(runs)
                lives["answers"] += len(ended)
                with closing(sqlite3.connect(outputs / "comparia.db")) as connection:
                    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        spawner.stdin.close()
        spawner.wait(PATIENCE)
        spawner.stdout.close()
    assert lives["kills"] == 50
    assert lives["runs"] >= 5
    assert server.asked.total() - lives["answers"] <= CONCURRENCY * lives["kills"]
