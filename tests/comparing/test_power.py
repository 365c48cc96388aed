"""What was acknowledged survives a power cut, a full disk, a read-only place and a second process.

The power cut is simulated from the system calls of a real run, as strace saw them: at a cut, a file holds what was synced,
and of what was written since, any sectors whatever; a name in a folder is sure once the folder was synced.
"""

import asyncio
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from comparia import comparing, library
from comparia.config import BackendSettings, Settings
from comparia.errors import StoreError
from comparia.store import open_store
from tests.fault_server import FaultServer
from tests.work import PATIENCE, RECAPS_ALONE, until

pytestmark = pytest.mark.series("power cuts and full disks")

SECTOR = 512
CELLS = 40
SESSION = "Anne: je veux des arbres.\n\nBruno: et moi des places.\n"
COMPARIA = f"{sys.executable} -m comparia"
CALLS = "openat,write,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2"

WRITER = """
import asyncio, os, sys
import sqlalchemy as sa
from comparia import comparing, library
from comparia.config import BackendSettings, Settings
from comparia.ingest import read_bytes
from comparia.prompts import parse

outputs, url, synchronous, session, cells = sys.argv[1:]
own = {"m": BackendSettings(model="m", base_url=url)}
settings = Settings(outputs=outputs, backends=own, models_list_points=False, models_judge=False)
prompts = [parse(f"Consigne {n}: {{{{ transcript }}}}") for n in range(int(cells))]
run = library.prepare(read_bytes(session.encode(), "s.txt"), prompts, ["m"], settings=settings)
store = library.open_store(settings)

@sa.event.listens_for(store._engine, "connect")
def on_connect(connection, _record):
    connection.execute("PRAGMA wal_autocheckpoint = 40")
    if synchronous:
        connection.execute(f"PRAGMA synchronous = {synchronous}")

store._engine.dispose()

def acknowledge(kind, key):
    os.write(2, f"ack {kind} {key}\\n".encode())

def acknowledging(part, name, kind, key):
    write = getattr(part, name)
    async def written(*arguments):
        await write(*arguments)
        acknowledge(kind, key(*arguments))
    setattr(part, name, written)

acknowledging(store.journal, "add_sending", "sending", lambda sending: sending.sha256)
acknowledging(store.answers, "add_completion", "completion", lambda run_id, request_id, *_rest: request_id)
acknowledging(store.runs, "add_variant", "variant", lambda run_id, variant: variant.id)
start = store.runs.start
store.runs.start = lambda run: (start(run), acknowledge("run", run.id))
done = asyncio.run(comparing.execute(run, store))
acknowledge("status", done.status)
store.close()
"""
"""Carries out a run, and says on stderr what it was told is on disk, at the moment it was told."""


class Step(NamedTuple):
    """One thing the writer did: create, write, truncate, sync, unlink, or ack."""

    kind: str
    name: str
    at: int = 0
    data: bytes = b""


def traced(folder, url, synchronous=""):
    """The steps of a writer in `folder`, in the order in which they ended."""
    outputs, trace = folder / "outputs", folder / "trace"
    watch = ["strace", "-f", "--seccomp-bpf", "-xx", "-y", "-s", "100000", "-o", trace, "-e", f"trace={CALLS}"]
    writer = [sys.executable, "-c", WRITER, outputs, url, synchronous, SESSION, str(CELLS)]
    subprocess.run([*watch, *writer], check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)
    return list(steps_of(trace.read_text("ascii"), str(outputs))), outputs


def unescaped(text):
    return bytes.fromhex(text.replace("\\x", "")).decode("utf-8", "replace")


def steps_of(trace, outputs):
    begun = {}
    for line in trace.splitlines():
        thread, _space, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            call = begun.pop(thread) + resumed[1]
        found = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", call)
        if found is None or int(found[3]) < 0:
            continue
        name, arguments, returned = found.groups()
        opened = re.match(r"\d+<((?:\\x[0-9a-f]{2})+)>", arguments)
        path = unescaped(opened[1]) if opened else ""
        if name == "write" and arguments.startswith("2<"):
            said = unescaped(re.search(r'"([^"]*)"', arguments)[1])
            yield from (Step("ack", ack.removeprefix("ack ")) for ack in said.splitlines() if ack.startswith("ack "))
        elif name == "openat":
            path = unescaped(re.search(r'"([^"]*)"', arguments)[1])
            if "O_CREAT" in arguments and kept(path, outputs):
                assert "O_TRUNC" not in arguments
                yield Step("create", path)
        elif name == "unlink":
            path = unescaped(re.search(r'"([^"]*)"', arguments)[1])
            if kept(path, outputs):
                yield Step("unlink", path)
        elif path == outputs:
            assert name in ("fsync", "fdatasync")
            yield Step("sync", path)
        elif kept(path, outputs):
            if name in ("fsync", "fdatasync"):
                yield Step("sync", path)
            elif name == "ftruncate":
                yield Step("truncate", path, int(arguments.rpartition(", ")[2]))
            else:
                assert name == "pwrite64"
                data = bytes.fromhex(re.search(r'"([^"]*)"', arguments)[1].replace("\\x", ""))
                assert len(data) == int(returned)
                yield Step("write", path, int(arguments.rpartition(", ")[2]), data)


def kept(path, outputs):
    """The wal-index is rebuilt, a lock is empty: neither matters after a cut."""
    return path.startswith(outputs + "/") and not path.endswith(("-shm", ".lock"))


def applied(content, step, survives):
    """A file after a write or a truncation of which only some sectors reached the disk."""
    if step.kind == "truncate":
        if survives():
            del content[step.at :]
            content.extend(bytes(step.at - len(content)))
        return
    at = step.at
    while at < step.at + len(step.data):
        ends = min((at // SECTOR + 1) * SECTOR, step.at + len(step.data))
        if survives():
            content.extend(bytes(max(0, ends - len(content))))
            content[at:ends] = step.data[at - step.at : ends - step.at]
        at = ends


class Disk:
    """A folder on a disk that keeps its promises about fsync and makes no other."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {}
        self.synced_names = {}
        self.renamed = []
        self.synced = {}
        self.pending = {}
        self.acknowledged = []

    def take(self, step):
        if step.kind == "ack":
            self.acknowledged.append(step.name)
        elif step.kind == "create" and step.name not in self.names:
            file = self.names[step.name] = len(self.synced)
            self.synced[file], self.pending[file] = bytearray(), []
            self.renamed.append((step.name, file))
        elif step.kind == "unlink":
            del self.names[step.name]
            self.renamed.append((step.name, None))
        elif step.kind == "sync" and step.name == self.folder:
            self.synced_names, self.renamed = dict(self.names), []
        elif step.kind == "sync":
            file = self.names[step.name]
            for change in self.pending[file]:
                applied(self.synced[file], change, lambda: True)
            self.pending[file] = []
        elif step.kind in ("write", "truncate"):
            self.pending[self.names[step.name]].append(step)

    def after_a_cut(self, survives):
        """The files that are there when power is back, by path."""
        names = self.synced_names | dict(renaming for renaming in self.renamed if survives())
        found = {}
        for name, file in names.items():
            if file is not None:
                content = bytearray(self.synced[file])
                for change in self.pending[file]:
                    applied(content, change, survives)
                found[name] = bytes(content)
        return found


def cuts(steps, outputs, draw, points):
    """Disks at many moments: right after each acknowledgement with nothing unsynced, and at random ones with some of it."""
    disk = Disk(str(outputs))
    random_moments = Counter(draw.randrange(len(steps)) for _n in range(points))
    for n, step in enumerate(steps):
        disk.take(step)
        if step.kind == "ack":
            yield disk, disk.after_a_cut(lambda: False)
        for _again in range(random_moments[n]):
            share = draw.choice([0, 0.1, 0.5, 0.9])
            yield disk, disk.after_a_cut(lambda share=share: draw.random() < share)


def put(files, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
    return folder / "comparia.db"


def rows_of(connection):
    """What the database holds, in the words of the acknowledgements."""
    if not connection.execute("SELECT name FROM sqlite_master WHERE name = 'runs'").fetchone():
        return Counter()
    said = Counter()
    for kind, query in (
        ("run", "SELECT id FROM runs"),
        ("status", "SELECT status FROM runs"),
        ("sending", "SELECT json_extract(content, '$.sha256') FROM journal"),
        ("completion", "SELECT request_id FROM completions"),
        ("variant", "SELECT id FROM variants"),
    ):
        said.update(f"{kind} {value}" for (value,) in connection.execute(query))
    return said


def lost_at(disk, files, folder):
    """Acknowledged rows that are gone, in a database that must be sound."""
    if not files:
        return Counter(disk.acknowledged)
    with closing(sqlite3.connect(put(files, folder))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return Counter(disk.acknowledged) - rows_of(connection)


@pytest.fixture(scope="module")
def strace():
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true"], check=False).returncode:
        pytest.skip("this machine allows no strace")


class QuestionedServer(FaultServer):
    """Remembers which prompts were asked; its answers are long enough to fill pages, and bear their prompt."""

    def __init__(self, **options):
        self.asked = []

        def answer(content):
            self.asked.append(re.search(r"Consigne \d+", content)[0])
            return f"{self.asked[-1]}. " + "Des arbres, des places. " * 100

        super().__init__(answer=answer, **options)


def test_what_was_acknowledged_survives_a_power_cut_and_the_run_resumes(strace, tmp_path):
    draw = random.Random(7)
    with QuestionedServer(latency=0.002) as server:
        steps, outputs = traced(tmp_path, server.url)
        whole = Disk(str(outputs))
        for step in steps:
            whole.take(step)
        left = {str(path): path.read_bytes() for path in outputs.iterdir() if kept(str(path), str(outputs))}
        assert whole.after_a_cut(lambda: True) == left
        acknowledged = Counter(ack.split()[0] for ack in whole.acknowledged)
        assert acknowledged == {"run": 1, "sending": CELLS, "completion": CELLS, "variant": CELLS, "status": 1}
        assert sum(step.kind == "sync" and step.name.endswith("comparia.db") for step in steps) > 5

        tried = resumed = 0
        for disk, files in cuts(steps, outputs, draw, 250):
            assert lost_at(disk, files, tmp_path / "after") == Counter()
            tried += 1
            if tried % 30 == 0:
                resumed += completes_after(put(files, tmp_path / "after"), server)
    assert tried > 350
    assert resumed > 8


def completes_after(file, server):
    """Whether there was a run to resume; it completes, and asks for nothing but what is not there."""
    with open_store(f"sqlite:///{file}") as store:
        if not store.runs.lines():
            return False
        run = store.runs.read(store.runs.find("last"))
        there = {completion.text.partition(".")[0] for completion in store.answers.completions(run.id).values()}
        server.asked.clear()
        done = asyncio.run(comparing.resume(run.id, store))
    assert done.status == "complete"
    assert all(v.summary for v in done.variants)
    assert sorted(server.asked) == sorted({f"Consigne {n}" for n in range(CELLS)} - there)
    return True


def test_the_simulation_notices_a_commit_that_was_not_synced(strace, tmp_path):
    with QuestionedServer(latency=0.002) as server:
        steps, outputs = traced(tmp_path, server.url, synchronous="NORMAL")
    lost = [lost_at(disk, files, tmp_path / "after") for disk, files in cuts(steps, outputs, random.Random(7), 20)]
    assert sum(map(bool, lost)) > CELLS


def written_session(folder, prompts):
    (folder / "s.txt").write_text(SESSION, "utf-8")
    (folder / "prompts").mkdir()
    for n in range(prompts):
        (folder / "prompts" / f"{n:03d}.md").write_text(f"Consigne {n} : {{{{ transcript }}}}", "utf-8")
    return f"{folder}/s.txt -p {folder}/prompts"


def in_private_mounts(script):
    """Run a shell script whose mounts nobody else sees."""
    if os.geteuid() != 0:
        pytest.skip("mounting a full or read-only disk needs root")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine allows no private mounts")
    return done


def last_line(text):
    return text.strip().splitlines()[-1]


def test_a_disk_that_fills_up_stops_the_run_and_resume_completes_it_when_there_is_space(tmp_path):
    asked = written_session(tmp_path, 40)
    disk, before, after = (tmp_path / name for name in ("disk", "before", "after"))
    for folder in (disk, before, after):
        folder.mkdir()
    with QuestionedServer(latency=0.002) as server:
        done = in_private_mounts(f"""
            mount -t tmpfs -o size=500k none {disk} || exit 9
            {COMPARIA} compare {asked} -b m@{server.url} -o {disk} 2> {before}/err; echo $? > {before}/code
            cp {disk}/comparia.db* {before}
            mount -o remount,size=50m {disk}
            {COMPARIA} resume last -o {disk} 2> {after}/err; echo $? > {after}/code
            cp {disk}/comparia.db* {after}
        """)
    assert done.returncode == 0
    assert (before / "code").read_text() == "1\n"
    said = (before / "err").read_text()
    assert "the disk is full" in last_line(said)
    assert "Traceback" not in said
    assert (after / "code").read_text() == "0\n", (after / "err").read_text()
    was, there = contents(before / "comparia.db"), contents(after / "comparia.db")
    assert 0 < len(was["completions"]) < 40
    assert len(there["completions"]) == len(there["variants"]) == 40
    assert was["completions"] <= there["completions"]
    assert was["variants"] <= there["variants"]
    times = Counter(server.asked)
    kept_before = {json.loads(content)["text"].partition(".")[0] for (content,) in was["completions"]}
    assert all(times[question] == 1 for question in kept_before)


def contents(file):
    """Rows of a sound database, by table."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        what = {"runs": "id, status", "completions": "content", "variants": "content", "journal": "content"}
        return {table: set(connection.execute(f"SELECT {columns} FROM {table}")) for table, columns in what.items()}


def partial_run(outputs, server):
    """A run of three prompts of which one failed."""
    settings = Settings(
        outputs=outputs,
        backends={"m": BackendSettings(model="m", base_url=server.url, concurrency=1)},
        **RECAPS_ALONE,
    )
    server.faults = ["401"]
    prompts = library.load_prompt_set(outputs.parent / "prompts")
    run = library.compare(outputs.parent / "s.txt", prompts, ["m"], settings=settings)
    assert run.status == "partial"
    return run, settings


def test_a_read_only_database_is_one_clear_error_and_loses_nothing(tmp_path):
    written_session(tmp_path, 3)
    outputs = tmp_path / "outputs"
    with QuestionedServer() as server:
        run, settings = partial_run(outputs, server)
        arrived = sum(server.arrived.values())
        before = {path.name: path.read_bytes() for path in outputs.iterdir()}
        done = in_private_mounts(f"""
            mount --bind {outputs} {outputs} && mount -o remount,ro,bind {outputs} || exit 9
            {COMPARIA} resume {run.id} -o {outputs}
        """)
        assert done.returncode == 1
        assert f"{outputs}/comparia.db cannot be written" in last_line(done.stderr)
        assert "Traceback" not in done.stderr
        assert {path.name: path.read_bytes() for path in outputs.iterdir()} == before
        assert sum(server.arrived.values()) == arrived
        again = library.resume(run.id, settings=settings)
        assert sum(server.arrived.values()) == arrived + 1
    assert again.status == "complete"
    assert contents(outputs / "comparia.db")["runs"] == {(run.id, "complete")}


def test_a_database_that_becomes_read_only_stops_the_run_and_resume_completes_it(tmp_path):
    written_session(tmp_path, 40)
    store = open_store(f"sqlite:///{tmp_path}/comparia.db")
    with QuestionedServer(latency=0.005) as server:
        settings = Settings(
            outputs=tmp_path,
            backends={"m": BackendSettings(model="m", base_url=server.url)},
            **RECAPS_ALONE,
        )
        prompts = library.load_prompt_set(tmp_path / "prompts")
        run = library.prepare(tmp_path / "s.txt", prompts, ["m"], settings=settings)
        done = 0

        def observe(event):
            nonlocal done
            done += event.kind == "done"
            if event.kind == "done" and done == 12:
                with store._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA query_only = ON")

        with pytest.raises(StoreError, match="cannot be written"):
            asyncio.run(comparing.execute(run, store, observe))
        store.close()
        there = contents(tmp_path / "comparia.db")
        assert 12 <= len(there["variants"]) < 40
        again = library.resume(run.id, settings=settings)
    assert again.status == "complete"
    assert there["completions"] <= contents(tmp_path / "comparia.db")["completions"]


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "comparia", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COMPARIA_LANG": "en"},
    )


def test_two_runs_at_once_on_a_new_database_both_complete(tmp_path):
    written_session(tmp_path, 40)
    outputs = tmp_path / "outputs"
    with QuestionedServer(latency=0.01) as server:
        command = ("compare", tmp_path / "s.txt", "-p", tmp_path / "prompts", "-b", f"m@{server.url}", "-o", outputs)
        both = [started(*command), started(*command)]
        ended = [process.communicate(timeout=PATIENCE) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    there = contents(outputs / "comparia.db")
    assert len(there["runs"]) == 2
    assert {status for _run, status in there["runs"]} == {"complete"}
    assert Counter(server.asked) == {f"Consigne {n}": 2 for n in range(40)}
    with closing(sqlite3.connect(outputs / "comparia.db")) as connection:
        assert connection.execute("SELECT count(*) FROM completions").fetchone() == (80,)


def test_a_database_that_another_process_is_creating_is_waited_for(tmp_path):
    file = tmp_path / "comparia.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        done.start()
        open_store(f"sqlite:///{file}").close()
        done.join()
    assert contents(file)["runs"] == set()


def test_a_run_that_is_being_carried_out_is_refused_to_a_second_process(tmp_path):
    written_session(tmp_path, 40)
    outputs = tmp_path / "outputs"
    with QuestionedServer(latency=5.0) as server:  # the second command may take long to start
        first = started(
            "compare", tmp_path / "s.txt", "-p", tmp_path / "prompts", "-b", f"m@{server.url}", "-o", outputs
        )
        until(lambda: server.asked, "a first question")
        second = started("resume", "last", "-o", outputs)
        _out, refused = second.communicate(timeout=PATIENCE)
        still_running = first.poll() is None
        server.latency = 0
        _out, said = first.communicate(timeout=PATIENCE)
    assert still_running
    assert second.returncode == 1
    assert "is being carried out by another process" in refused
    assert "Traceback" not in refused
    assert first.returncode == 0, said
    assert Counter(server.asked) == {f"Consigne {n}": 1 for n in range(40)}
    assert len(contents(outputs / "comparia.db")["variants"]) == 40
