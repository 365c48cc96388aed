"""Every test: no network outside loopback, no setting of the machine, English."""

import ipaddress
import os
import shutil
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from comparia.backends import queue
from comparia.cli import main
from comparia.config import Settings
from tests.samples_for_tests import (  # noqa: F401 - fixtures of every test
    foirail,
    library_hub,
    make_run,
    make_transcript,
    make_variant,
    reference,
    transcript,
)
from tests.work import PATIENCE

settings.register_profile("suite", deadline=None, max_examples=60)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("suite")

os.environ["COMPARIA_LANG"] = "en"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

HERE = Path(__file__).parent
WHOLE = (
    "cli",
    "comparing",
    "plugins",
    "probing",
    "trying",
    "web",
    "test_hostile_files.py",
    "test_invariants.py",
    "test_litellm.py",
    "test_outbound.py",
    "test_readme.py",
    "test_real_answers.py",
    "test_reports.py",
    "test_secrets.py",
    "test_signatures.py",
    "test_transcribing.py",
)
"""Folders and files whose tests start processes and servers, carry the product out as a whole or damage whole files."""

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _checked(address):
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, str) and host not in ("localhost", ""):
        try:
            allowed = ipaddress.ip_address(host.partition("%")[0]).is_loopback
        except ValueError:
            allowed = False
        if not allowed:
            raise AssertionError(f"a test tried to reach {host}")
    return address


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no worker is left alone with it; mark what `make quick` leaves out."""
    for item in items:
        if set(item.path.relative_to(HERE).parts) & set(WHOLE):
            item.add_marker("whole")
    items.sort(key=lambda item: not (item.get_closest_marker("browser") or item.get_closest_marker("series")))


def pytest_runtest_makereport(item, call):
    """Write the name of its series on each test that is one of a series."""
    series = item.get_closest_marker("series")
    if series and call.when == "setup":
        item.user_properties.append(("series", series.args[0]))


def pytest_terminal_summary(terminalreporter):
    """Count each long series apart."""
    counts = Counter(
        (dict(report.user_properties)["series"], outcome)
        for outcome in ("passed", "failed", "skipped")
        for report in terminalreporter.stats.get(outcome, ())
        if "series" in dict(report.user_properties) and (report.when == "call" or report.outcome != "passed")
    )
    for name in dict.fromkeys(name for name, _outcome in counts):
        told = ", ".join(f"{counts[name, o]} {o}" for o in ("passed", "failed", "skipped") if counts[name, o])
        terminalreporter.write_line(f"series of {name}: {told}")


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path_factory):
    """Loopback only; no comparia.toml, key or language of the machine is seen."""
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: _connect(self, _checked(address)))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: _connect_ex(self, _checked(address)))
    for name in list(os.environ):
        if name.startswith("COMPARIA_") or name.endswith(("_API_KEY", "_SECRET_KEY", "_ACCESS_TOKEN")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COMPARIA_LANG", "en")
    # Tests of key points and verdicts by models ask for them; no other test has servers that could answer.
    monkeypatch.setenv("COMPARIA_MODELS_LIST_POINTS", "false")
    monkeypatch.setenv("COMPARIA_MODELS_JUDGE", "false")
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path_factory.getbasetemp() / variable))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """The command line as a user calls it, in a folder with an empty `outputs`: gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs").mkdir(exist_ok=True)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["comparia", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as error:
            code = error.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def comparia(command):
    """The same, held to an exit code: gives the output."""

    def run(*arguments, code=0):
        ended, out, err = command(*arguments)
        assert ended == code, err
        return out

    return run


@pytest.fixture
def impatient(monkeypatch):
    """Cut waits between attempts short."""
    monkeypatch.setattr(queue, "LONGEST_WAIT", 0.02)


@pytest.fixture(name="settings")
def local_settings(tmp_path):
    """Settings that keep runs in a fresh folder and let requests go to this machine only."""
    return Settings(outputs=tmp_path, policy="local")


@pytest.fixture(scope="module")
def browser():
    """The Chromium of this machine."""
    chromium = next(
        filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))),
        None,
    )
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed on this machine")
        pytest.skip("Chromium is not installed on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        playwright.expect.set_options(timeout=1000 * PATIENCE)
        for make in (browser.new_context, browser.new_page):
            setattr(browser, make.__name__, patient(make))
        yield browser
        browser.close()


def patient(make):
    """A maker of contexts or pages that wait for what is to come as long as it takes."""

    def made(*arguments, **options):
        opened = make(*arguments, **options)
        opened.set_default_timeout(1000 * PATIENCE)
        return opened

    return made
