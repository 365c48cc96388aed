"""Servers of one's own, added and tried in the settings."""

import html

import pytest

from comparia.config import load_settings
from tests.fault_server import FaultServer
from tests.web.conftest import served


@pytest.fixture
def page(settings, tmp_path, monkeypatch):
    """The application, with a settings file of its own that holds a comment and a server."""
    file = tmp_path / "mine.toml"
    file.write_text('# mine\n[backends.old]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n', "utf-8")
    monkeypatch.setenv("COMPARIA_CONFIG", str(file))
    with served(load_settings().model_copy(update={"outputs": settings.outputs})) as web:
        yield web, file


def added(web, **fields):
    answer = web.post("/preferences/servers", data={"name": "workshop", **fields})
    return html.unescape(answer.text)


def test_a_server_is_tried_kept_offered_and_taken_out(page):
    web, file = page
    with FaultServer(models=[{"id": "petit"}]) as server:
        said = added(web, address=f"{server.url}/", zone="fr")
        assert "workshop is kept." in said
        assert not server.bodies  # it was asked for its models alone
    kept = load_settings().backends
    assert set(kept) == {"old", "workshop"}
    assert (kept["workshop"].model, kept["workshop"].zone, kept["workshop"].base_url) == ("petit", "fr", server.url)
    assert file.read_text("utf-8").startswith("# mine")
    given = web.post("/sessions", data={"pasted": "Ann: A bench, please.\n\nBob: No."}).text
    assert 'value="workshop"' in given
    assert "workshop is taken out." in web.post("/preferences/servers/remove", data={"name": "workshop"}).text
    assert set(load_settings().backends) == {"old"}


def test_a_server_that_does_not_answer_is_kept_with_its_model_and_that_is_said(page):
    web, _file = page
    said = added(web, address="http://127.0.0.1:9/v1", model="grand")
    assert "workshop is kept, and does not answer now" in said
    assert load_settings().backends["workshop"].model == "grand"


def test_of_several_models_one_is_named(page):
    web, _file = page
    with FaultServer(models=[{"id": "petit"}, {"id": "grand"}]) as server:
        assert "several models, or lists none: petit, grand" in added(web, address=server.url)
        assert set(load_settings().backends) == {"old"}
        assert "does not list this model: petit, grand" in added(web, address=server.url, model="moyen")


def test_a_server_that_asks_for_a_key_leads_to_where_it_is_given(page):
    web, _file = page
    with FaultServer(models=[{"id": "petit"}]) as server:
        answer = web.post(
            "/preferences/servers",
            data={"name": "town-hall", "address": server.url, "model": "petit", "with_key": "on"},
        )
    assert answer.url.path == "/preferences"
    assert 'value="TOWN_HALL_API_KEY" selected' in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "mistral", "address": "http://127.0.0.1:9/v1"}, "cannot be the name of a server"),
        ({"name": "« »", "address": "http://127.0.0.1:9/v1"}, "cannot be the name of a server"),
        ({"name": "old", "address": "http://127.0.0.1:9/v1"}, "old is there already"),
        ({"address": "file:///etc/passwd"}, "not the address of a server"),
        ({"address": "http://user:pass@127.0.0.1/v1"}, "not the address of a server"),
        ({"address": "127.0.0.1:8000"}, "not the address of a server"),
    ],
)
def test_what_is_no_server_is_refused_in_place(page, fields, said):
    web, file = page
    before = file.read_text("utf-8")
    assert said in added(web, **fields)
    assert file.read_text("utf-8") == before
