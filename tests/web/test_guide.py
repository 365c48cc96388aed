"""The four steps of a first visit: where they stand, which is the current one, when they are there no more."""

import html
import re

import pytest

from comparia import config
from tests.web.conftest import ended, words

STEPS = ["Give a file", "Check what is understood", "Choose who writes", "Read what was lost"]


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """A file of settings of one's own."""
    file = tmp_path / "comparia.toml"
    file.write_text("")
    monkeypatch.setenv("COMPARIA_CONFIG", str(file))
    return file


def current(page):
    """The step that a page shows as the current one; None where the steps are not there."""
    if 'class="guide"' not in page.text:
        return None
    assert [html.unescape(step) for step in re.findall(r"<li[^>]*><strong>([^<]*)</strong>", page.text)][:4] == STEPS
    (step,) = re.findall(r'<li aria-current="step"><strong>([^<]*)</strong>', page.text)
    return step


def test_each_page_of_a_first_visit_says_where_one_is(web):
    assert current(web.get("/")) == "Give a file"
    given = web.post(
        "/sessions", data={"pasted": "Ann: We need a bench here, and soon.\nBen: And a tree, I would say."}
    )
    assert current(given) == "Check what is understood"
    assert "Give a file (done)" in re.sub(r" ✓ ?", " ", words(given)).replace("  ", " ")
    address = given.url.path
    form = {"backend": ["extractive:centrality"], "policy": "local"}
    assert current(web.post(f"{address}/plan", data=form)) == "Choose who writes"
    compared = ended(web, web.post(f"{address}/compare", data=form).url.path)
    assert current(web.get(compared)) == "Read what was lost"
    assert current(web.get("/")) is None
    second = web.post("/sessions", data={"pasted": "Ann: No bench here.\nBen: And no tree, I would say."})
    assert current(second) is None


def test_a_sample_is_no_visit_of_ones_own(web):
    started = web.post("/demonstration", data={"language": "en"})
    compared = ended(web, started.url.path)
    assert current(web.get(compared)) == "Read what was lost"
    assert current(web.get("/")) == "Give a file"


def test_one_click_hides_them_for_good_and_the_page_of_words_has_them_again(web, own_settings):
    hidden = web.post("/guide", data={"guide": "hidden", "back": "/"})
    assert hidden.url.path == "/"
    assert current(hidden) is None
    assert config.load_settings().guide == "hidden"
    page = web.get("/glossary")
    assert all(step in page.text for step in STEPS)
    assert 'value="shown"' in page.text
    shown = web.post("/guide", data={"guide": "shown", "back": "/"})
    assert current(shown) == "Give a file"
    assert 'value="shown"' not in web.get("/glossary").text
    assert 'guide = "shown"' in own_settings.read_text()


def test_steps_asked_for_again_stay_after_a_comparison(web, compared):
    assert current(web.get("/")) is None
    web.post("/guide", data={"guide": "shown", "back": "/"})
    assert current(web.get("/")) == "Give a file"
    assert current(web.get(compared)) == "Read what was lost"


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", ""])
def test_one_is_led_back_to_a_page_of_this_server_only(web, back):
    answer = web.post("/guide", data={"guide": "hidden", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"
