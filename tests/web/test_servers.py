"""Servers of one's own, added and tried in the settings."""

import html
import os
import re

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


def form_of(page):
    """What stands in the form of a server: its fields, and the models that may be chosen."""
    form = page[page.index('id="add-server"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'<input id="server-\w+" name="(\w+)"[^>]*?value="([^"]*)"', form))
    fields |= dict.fromkeys(re.findall(r'name="(\w+)" checked', form), "on")
    models = re.search(r'<select id="server-model".*?</select>', form, re.DOTALL)
    return fields, re.findall(r"<option[^>]*>([^<]+)", models[0])[1:] if models else [], form


def test_of_several_models_one_is_chosen_from_a_list_and_what_was_typed_stays(page):
    web, _file = page
    with FaultServer(models=[{"id": "petit"}, {"id": "grand <b>"}]) as server:
        answer = web.post("/preferences/servers", data={"name": "Our hall", "address": server.url, "zone": "eu"})
        assert answer.url.path == "/preferences"
        assert "our-hall answers: it has 2 models." in answer.text
        fields, models, form = form_of(answer.text)
        assert (fields["name"], fields["address"], models) == ("Our hall", server.url, ["petit", "grand &lt;b&gt;"])
        assert '<option value="eu" selected>' in form
        assert set(load_settings().backends) == {"old"}
        assert "our-hall is kept." in added(web, name="Our hall", address=server.url, zone="eu", model="petit")
        assert load_settings().backends["our-hall"].model == "petit"
        assert "does not list this model: petit, grand <b>" in added(web, address=server.url, model="moyen")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "not an address", "http://user:pass@127.0.0.1/v1"])
def test_an_error_gives_back_what_was_typed_but_for_the_key(page, address, monkeypatch):
    web, _file = page
    monkeypatch.setenv("WORKSHOP_API_KEY", "")
    given = {"name": "workshop", "address": address, "zone": "fr", "with_key": "on", "key": "secret-words"}
    answer = web.post("/preferences/servers", data=given)
    fields, _models, form = form_of(answer.text)
    assert (fields["name"], html.unescape(fields["address"]), fields["with_key"]) == ("workshop", address, "on")
    assert '<option value="fr" selected>' in form
    assert "secret-words" not in answer.text
    assert 'role="alert"' in answer.text[answer.text.index('id="servers"') :]  # said beside the form
    assert answer.text.count('role="alert"') == 1


def test_a_key_given_with_a_server_is_used_to_try_it_and_is_not_asked_for_again(page, monkeypatch):
    web, _file = page
    monkeypatch.setenv("WORKSHOP_API_KEY", "")
    with FaultServer(models=[{"id": "petit"}, {"id": "grand"}]) as server:
        given = {"name": "workshop", "address": server.url, "with_key": "on", "key": "secret-words"}
        chosen = web.post("/preferences/servers", data=given).text
        assert "there is no need to type it again" in chosen
        assert "secret-words" not in chosen
        done = web.post("/preferences/servers", data={**given, "key": "", "model": "grand"})
    assert "workshop is kept." in done.text
    assert done.url.path == "/preferences"
    assert os.environ["WORKSHOP_API_KEY"] == "secret-words"


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
