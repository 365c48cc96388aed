"""The page of recaps in plain language and translations, in a browser without scripts."""

import re

import pytest

from comparia.config import BackendSettings, Settings
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel
from tests.web.conftest import served, words
from tests.work import until


@pytest.fixture
def writer():
    text = (
        "# Easy\n\nThe library stays open on Saturdays. This is what the people who spoke in the meeting asked for, and "
        "they said that it is the one place in the town which is warm and free for all of them."
    )
    with FaultServer(answer=text) as server:
        yield server


@pytest.fixture
def other():
    with FaultServer(answer=ScriptedModel()) as server:
        server.answers_as = "judge"
        yield server


@pytest.fixture
def settings(tmp_path, writer, other):
    def backend(server, model):
        return BackendSettings(preset="openai-compatible", model=model, base_url=server.url)

    backends = {"writer": backend(writer, "writer"), "judge": backend(other, "judge")}
    return Settings(outputs=tmp_path / "outputs", backends=backends, find_local_servers=False)


def written(web, address):
    until(lambda: "data-events" not in web.get(address).text, "the version is written")
    return web.get(address)


def test_a_recap_is_chosen_priced_written_checked_and_downloaded(web, compared, writer):
    address = f"{compared}/adapted"
    assert f'href="{address}"' in web.get(compared).text
    page = web.get(address)
    assert "See what it takes" in page.text
    chosen = {"plan": "1", "recap": "v1", "kind": "plain", "backend": "writer", "judge": "judge"}
    planned = web.get(address, params=chosen)
    assert "read" in words(planned)
    assert sum(writer.arrived.values()) == 0
    web.post(address, data=chosen)
    page = written(web, address)
    assert "The library stays open on Saturdays." in page.text
    assert "Plain language (English)" in page.text
    assert "only readers concerned can say so" in words(page)
    assert "key points that the recap holds, this version says" in words(page)
    assert "Judged by: judge" in words(page)
    for suffix, start in (("docx", b"PK"), ("odt", b"PK"), ("md", b"*Version in plain")):
        (link,) = set(re.findall(rf'href="({address}/\w+\.{suffix})"', page.text))
        assert web.get(link).content.startswith(start)


def test_a_version_is_checked_again_and_removed(web, compared, other):
    address = f"{compared}/adapted"
    web.post(address, data={"recap": "v1", "kind": "translation", "language": "es", "backend": "writer"})
    page = written(web, address)
    (judge,) = set(re.findall(rf'action="({address}/\w+/judge)"', page.text))
    assert "The model was asked for Spanish, and wrote English." in words(page)
    assert "Judged by" not in words(web.post(judge, data={"judge": "judge"}))  # nothing to compare with
    assert sum(other.answered.values()) == 0
    (remove,) = set(re.findall(rf'action="({address}/\w+/remove)"', page.text))
    assert "The version is removed." in words(web.post(remove))
    assert "Translation: Spanish" not in web.get(address).text


def test_a_model_that_refuses_is_said_on_the_page_and_nothing_is_kept(compared, settings):
    with FaultServer(faults=["403"] * 5) as broken:
        backend = BackendSettings(preset="openai-compatible", model="m", base_url=broken.url)
        with served(settings.model_copy(update={"backends": {"broken": backend}})) as web:
            address = f"{compared}/adapted"
            web.post(address, data={"recap": "v1", "kind": "plain", "backend": "broken"})
            page = written(web, address)
    assert 'role="alert"' in page.text
    assert "Plain language (English)" not in page.text


def test_without_a_model_the_page_says_where_one_is_added(compared, settings):
    with served(settings.model_copy(update={"backends": {}, "policy": "local"})) as web:
        page = web.get(f"{compared}/adapted")
    assert "No model can be asked" in words(page)
    assert 'href="/preferences"' in page.text


def test_a_version_says_when_its_recap_was_changed_since(web, compared):
    web.post(f"{compared}/recaps", data={"text": "The library stays open.", "author": "Ann"})
    address = f"{compared}/adapted"
    web.post(address, data={"recap": "h1", "kind": "plain", "backend": "writer"})
    assert "was changed since" not in words(written(web, address))
    web.post(f"{compared}/recaps/change", data={"variant": "h1", "action": "remove"})
    assert "was changed since" in words(web.get(address))
