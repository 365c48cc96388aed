"""The application as a browser without scripts meets it, and a session that has been compared."""

import re
import shutil
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from comparia.config import Settings
from comparia.web.app import create_app
from tests.work import until

PORT = 8420


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs")


@contextmanager
def served(settings):
    """The application over these settings, as a browser without scripts that reads English meets it."""
    with TestClient(
        create_app(settings, port=PORT, room_host="127.0.0.1"), base_url=f"http://127.0.0.1:{PORT}"
    ) as client:
        client.headers["accept-language"] = "en"
        yield client


@pytest.fixture
def web(settings):
    with served(settings) as client:
        yield client


@pytest.fixture
def given(web):
    """The address of the sample session, given and not sent."""
    return web.post("/sessions/sample", data={"language": "en"}).url.path


@pytest.fixture(scope="session")
def compared_once(tmp_path_factory):
    """A folder of outputs in which the sample session has been compared by extracts, and the address of its page."""
    outputs = tmp_path_factory.mktemp("compared") / "outputs"
    with served(Settings(outputs=outputs)) as web:
        given = web.post("/sessions/sample", data={"language": "en"}).url.path
        chosen = {"backend": ["extractive:centrality", "extractive:diversity"], "policy": "local"}
        return outputs, ended(web, web.post(f"{given}/compare", data=chosen).url.path)


@pytest.fixture
def compared(settings, compared_once):
    """The address of the comparison by extracts of the sample session."""
    outputs, address = compared_once
    shutil.copytree(outputs, settings.outputs, dirs_exist_ok=True)
    return address


def ended(web, address):
    """The same address, once the run there has ended."""
    until(lambda: 'data-events="' not in web.get(address).text, f"the end of {address}")
    return address


def refusal(answer):
    """What the page that a form led back to says could not be done: no page answers a form itself."""
    assert [step.status_code for step in answer.history][:1] == [303], answer
    said = re.search(r"<section[^>]*data-failed>(.*?)</section>", answer.text, re.DOTALL)
    assert said, words(answer)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", said[1])).strip()


def words(page):
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@pytest.fixture(scope="module")
def serving(request, tmp_path_factory):
    """`comparia serve` as a process, with the `SERVE_OPTIONS` of the module where it has some."""
    from tests.web.serving import Serving

    process = Serving(tmp_path_factory.mktemp("served"), *getattr(request.module, "SERVE_OPTIONS", ()))
    yield process
    process.stop()


@pytest.fixture
def opened(browser, serving):
    """Opens a page of the served application in a context of its own, and keeps the errors of its console."""
    contexts = []

    def build(path="/", address="", **options):
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto((address or serving.address).rstrip("/") + path)
        return page

    yield build
    for context in contexts:
        context.close()
