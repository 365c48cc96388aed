"""The application as a browser without scripts meets it, and a session that has been compared."""

import re
import time

import pytest
from starlette.testclient import TestClient

from comparia.config import Settings
from comparia.web.app import create_app

PORT = 8420


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs")


@pytest.fixture
def web(settings):
    with TestClient(create_app(settings, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as client:
        client.headers["accept-language"] = "en"
        yield client


@pytest.fixture
def given(web):
    """The address of the sample session, given and not sent."""
    return web.post("/sessions/sample", data={"language": "en"}).url.path


@pytest.fixture
def compared(web, given):
    """The address of its comparison by extracts."""
    chosen = {"backend": ["extractive:centrality", "extractive:diversity"], "policy": "local"}
    return ended(web, web.post(f"{given}/compare", data=chosen).url.path)


def ended(web, address):
    """The same address, once the run there has ended."""
    for _attempt in range(200):
        if 'data-events="' not in web.get(address).text:
            return address
        time.sleep(0.05)
    raise AssertionError(f"{address} has not ended")


def words(page):
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
