"""The package of `docs/extending.md`, installed beside Comparia, adds a metric, a backend, a reader and a report."""

import asyncio
import importlib
import json
import socket
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import comparia as porch
from comparia import diagnosing, ingest, metrics, plugins, reports
from comparia.backends.added import GatedClient
from comparia.backends.presets import presets
from comparia.config import Preset, load_settings
from comparia.errors import BackendError, PluginError
from comparia.records import Backend, Run
from comparia.reports.wording import plan_lines
from tests.documents import ROOT, blocks

PAGE = blocks((ROOT / "docs" / "extending.md").read_text("utf-8"))
SESSION = "@Anne The trees of the market square stay.\n\n@Bruno Shall we study the parking first?\n\nscrawl\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The package of the page, built and installed in a folder of its own."""
    source, folder = tmp_path_factory.mktemp("tiny"), tmp_path_factory.mktemp("site")
    for block in PAGE:
        for mark in block.marks:
            if mark.startswith("file="):
                file = source / mark.removeprefix("file=")
                file.parent.mkdir(exist_ok=True)
                file.write_text(block.text, "utf-8")
    (source / "comparia_tiny" / "__init__.py").write_text("", "ascii")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*command, "--target", folder, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def added(monkeypatch):
    """Put a folder of packages in the way of this process; they are gone afterwards."""
    before = set(sys.modules)

    def add(folder):
        monkeypatch.syspath_prepend(folder)
        plugins.installed.cache_clear()

    yield add
    monkeypatch.undo()
    plugins.installed.cache_clear()
    importlib.invalidate_caches()
    for name in set(sys.modules) - before:
        if name.startswith(("comparia_tiny", "broken", "second")):
            del sys.modules[name]


@pytest.fixture
def package(tmp_path, added):
    """Write a package of one module and its entry points, and put it in the way."""

    def write(name, code, **entries):
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(code, "utf-8")
        about = folder / f"{name}-2.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n", "utf-8")
        groups = "".join(f"[comparia.{group}]\n{line}\n" for group, line in entries.items())
        (about / "entry_points.txt").write_text(groups, "utf-8")
        added(str(folder))

    return write


@pytest.fixture
def server():
    """A server with a protocol of its own; holds the bodies that it was sent."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((self.path, body))
            content = json.dumps({"summary": "The trees stay. Is parking studied first?"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    running.bodies = bodies
    running.url = f"http://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def workplace(tmp_path, monkeypatch, server):
    """A folder with a session, and settings that lead to the server."""
    (tmp_path / "session.txt").write_text(SESSION, "utf-8")
    own = tmp_path / "own.toml"
    own.write_text(f'[backends.here]\npreset = "workshop"\nmodel = "small"\nbase_url = "{server.url}"\n', "utf-8")
    monkeypatch.setenv("COMPARIA_CONFIG", str(own))
    return tmp_path


def test_the_catalogue_entry_of_the_page_is_one():
    (entry,) = [block.text for block in PAGE if "catalogue" in block.marks]
    assert [Preset.model_validate(preset).zone for preset in tomllib.loads(entry).values()] == ["local"]


def test_every_block_of_the_page_is_used():
    marks = {mark.partition("=")[0] for block in PAGE for mark in block.marks}
    assert marks == {"file", "catalogue"}
    assert all(block.marks or block.language == "sh" for block in PAGE)


def test_the_command_line_uses_one_of_each(tiny, added, comparia, command, workplace, server):
    added(str(tiny))
    assert "minutes (utf-8)" in comparia("ingest", "session.txt")
    assert "workshop" in comparia("models")
    code, out, err = command("compare", "session.txt", "-b", "here", "-p", "recap", "--policy", "local")
    assert code == 0, err
    assert "Plug-ins in use: questions (comparia-tiny 0.1), workshop (comparia-tiny 0.1)" in " ".join(
        (out + err).split()
    )
    assert server.bodies
    assert {path for path, _body in server.bodies} == {"/summaries"}
    assert "/summaries" in comparia("journal")
    assert "Questions asked" in comparia("report", "last", "-f", "text")
    assert "words" in comparia("report", "last", "-f", "titles")
    comparia("score", "last", "--metrics", "questions")
    found = comparia("doctor", code=0)
    for line in ("metrics: questions", "backends: workshop", "readers: minutes", "reports: titles"):
        assert f"comparia.{line}: plug-in of comparia-tiny 0.1" in found


def test_python_uses_one_of_each(tiny, added, workplace, tmp_path):
    added(str(tiny))
    settings = load_settings().model_copy(update={"outputs": tmp_path / "kept"})
    run = porch.compare(workplace / "session.txt", "recap", ["here"], policy="local", settings=settings)
    assert run.transcript.formats == ("minutes",)
    score, *others = [score for score in run.scores if score.metric == "questions"]
    assert {each.value for each in (score, *others)} == {0.5}
    assert score.signature.startswith("questions|plugin:comparia-tiny-0.1|mark:?|lang:en|version:")
    assert "words" in porch.render(run, "titles").decode()
    assert Run.model_validate_json(porch.render(run, "json")).backends[0].preset == "workshop"


def test_a_shipped_name_is_looked_up_without_reading_entry_points(monkeypatch):
    plugins.installed.cache_clear()
    monkeypatch.setattr(plugins, "installed", None)
    assert metrics.METRICS["length"].name == "length"
    assert reports.format_of("html").suffix == "html"
    assert "srt" in ingest.FORMATS
    assert presets()["mistral"].zone == "eu" or presets()["mistral"].zone == "fr"


def test_a_plugin_that_does_not_import_is_named_and_stops_nothing(package, make_run, make_variant, comparia):
    package("broken", "import nowhere_to_be_found\n", metrics="broken = broken:Metric", readers="other = broken")
    assert "broken" not in list(metrics.METRICS)
    run = make_run((make_variant("v1", "The market stays."),))
    assert run.scores
    with pytest.raises(PluginError, match=r"broken of broken 2.0.*nowhere_to_be_found"):
        metrics.METRICS["broken"]
    assert any("nowhere_to_be_found" in line for line in plan_lines(run))
    assert ingest.read_bytes(b"Anne: Good evening to you all.\n\nBruno: Good evening.\n").turns
    found = comparia("doctor", code=1)
    assert "nowhere_to_be_found" in found
    assert "pip uninstall broken" in " ".join(found.split())


def test_a_name_that_is_taken_is_refused(package):
    package("second", "class Length:\n    name = 'length'\n    score = None\n", metrics="length = second:Length")
    shipped = metrics.METRICS["length"]
    assert shipped.__module__ == "comparia.metrics.length"
    assert list(metrics.METRICS).count("length") == 1
    found = [f for f in diagnosing.diagnose(load_settings(), "1") if f.subject == "comparia.metrics: length"]
    assert [f.state for f in found] == ["bad"]
    assert "comes with Comparia" in found[0].said


def test_a_metric_that_fails_leaves_recaps_unscored_and_the_others_scored(package, make_run, make_variant):
    code = "class Zeal:\n    name = 'zeal'\n    def score(self, case):\n        raise ZeroDivisionError('too much')\n"
    package("second", code, metrics="zeal = second:Zeal")
    run = make_run((make_variant("v1", "The market stays."),))
    (score,) = [score for score in run.scores if score.metric == "zeal"]
    assert score.value is None
    assert "too much" in score.reason
    assert {score.metric for score in run.scores if score.value is not None}


def test_a_reader_that_fails_is_an_error_of_the_file(package):
    code = (
        "FORMAT = DESCRIPTION = 'odd'\n\ndef sniff(source):\n    return source.text.startswith('%')\n\n"
        "def read(source):\n    return 1 / 0\n"
    )
    package("second", code, readers="odd = second")
    with pytest.raises(porch.CompariaError, match=r"t: The plug-in odd of second 2.0 .*ZeroDivisionError"):
        ingest.read_bytes(b"%words", "t")


@pytest.mark.parametrize("policy", ["local", "world"])
def test_a_backend_that_opens_a_connection_by_itself_is_refused(package, workplace, server, policy):
    code = (
        "import socket\nPRESET = {'label': 'x', 'zone': 'local'}\n\n"
        "async def generate(request, backend, client):\n"
        "    host = ('127.0.0.1', int(backend.base_url.rpartition(':')[2]))\n"
        "    with socket.socket() as line:\n"
        "        line.connect(host)\n"
        "        line.sendall(b'all of it')\n"
        "    return 'Sent.'\n"
    )
    package("second", code, backends="workshop = second")
    settings = load_settings().model_copy(update={"outputs": workplace / "kept"})
    run = porch.compare(workplace / "session.txt", "recap", ["here"], policy=policy, settings=settings)
    assert {"by itself" in str(v.failure.message) and "second 2.0" in str(v.failure.message) for v in run.variants} == {
        True
    }
    assert server.bodies == []
    with socket.create_connection(("127.0.0.1", server.server_port)):  # everybody else may
        pass


def test_what_a_backend_sends_is_refused_by_the_policy(tiny, added, workplace, server):
    added(str(tiny))
    settings = load_settings()
    own = settings.backends["here"].model_copy(update={"zone": "world"})
    settings = settings.model_copy(update={"backends": {"here": own}, "outputs": workplace / "kept"})
    with pytest.raises(porch.CompariaError, match="Nothing was sent"):
        porch.compare(workplace / "session.txt", "recap", ["here"], policy="eu", settings=settings)
    assert server.bodies == []


@pytest.mark.parametrize("path", ["@192.0.2.1/", "http://192.0.2.1/", ""])
def test_the_client_reaches_the_address_of_its_backend_alone(path):
    async def admit(*_arguments):
        pytest.fail("the gate was asked")

    async def post():
        client = GatedClient(Backend(name="x", kind="openai_compatible", base_url="http://127.0.0.1"), None, admit)
        try:
            await client.post(path, b"{}")
        finally:
            await client.close()

    with pytest.raises(BackendError, match="starts with /"):
        asyncio.run(post())
