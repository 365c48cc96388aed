"""The page of a comparison, without scripts: what it opens on, its table, one point, the session; what it weighs."""

import gzip
import re

import pytest

from comparia import library
from comparia.reports.view import View
from tests.web.conftest import served, words

MOST_BYTES, MOST_ZIPPED = 300_000, 60_000
"""What the comparison of the sample session may weigh: 90 points, four recaps of a session of 10,000 words."""


@pytest.fixture(scope="module")
def sample_once(tmp_path_factory):
    """A folder of outputs in which the recorded recaps of the French sample session are scored, and their run."""
    from comparia.config import Settings

    settings = Settings(outputs=tmp_path_factory.mktemp("sample") / "outputs")
    return settings, library.carry_out(library.demonstration("fr", settings=settings), settings=settings)


def test_it_opens_on_what_no_recap_kept(web, compared, settings):
    page = web.get(compared).text
    order = [page.index(f'id="{name}"') for name in ("lost", "headlines", "map", "points", "recaps", "scores")]
    assert order == sorted(order)
    view = View(library.read_run(compared.rsplit("/", 1)[1], settings=settings))
    assert view.lost_sentence in page[: page.index('id="headlines"')]


def test_what_it_weighs(sample_once):
    settings, run = sample_once
    with served(settings) as web:
        for language in ("fr", "en"):
            answer = web.get(f"/runs/{run.id}", headers={"accept-language": language, "accept-encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert len(answer.content) < MOST_BYTES
            assert int(answer.headers["content-length"]) < MOST_ZIPPED
            plain = web.get(f"/runs/{run.id}", headers={"accept-language": language, "accept-encoding": "identity"})
            assert "content-encoding" not in plain.headers
            assert len(gzip.compress(plain.content, 6)) < MOST_ZIPPED


def test_a_row_is_a_line_and_its_words_are_a_page(web, compared, settings):
    run = library.read_run(compared.rsplit("/", 1)[1], settings=settings)
    page = web.get(compared).text
    assert "<blockquote" not in page[page.index('id="table"') : page.index('id="recaps"')]
    point = run.reference.key_points[0]
    assert f'href="{compared}/evidence?point={point.id}"' in page
    told = web.get(f"{compared}/evidence", params={"point": point.id})
    assert all(quote.words[:40] in words(told).replace("&#39;", "'") for quote in point.said)
    assert told.text.count('class="outcome"') == 2
    assert web.get(f"{compared}/evidence?point=nobody").status_code == 404
    assert web.get("/runs/nobody/evidence?point=P01").status_code == 404


def test_the_session_is_a_page_of_its_own(web, compared, settings):
    run = library.read_run(compared.rsplit("/", 1)[1], settings=settings)
    spoken = [turn for turn in run.transcript.turns if turn.channel != "system"]
    page = web.get(f"{compared}/session").text
    assert page.count('<li id="T') == len(spoken)
    assert '<li id="T' not in web.get(compared).text


@pytest.mark.parametrize("query", ["show=minority", "show=lost", "words=evening", "order=session", "show=lost:v1"])
def test_the_address_chooses_the_rows_and_the_table_alone_shows_the_same(web, compared, query):
    def rows(page):
        table = page[page.index('<div id="table"') :]
        return re.findall(r'<tr role="row" id="(\w+)"', table)

    whole, part = web.get(f"{compared}?{query}").text, web.get(f"{compared}/table?{query}").text
    assert rows(whole) == rows(part) != rows(web.get(compared).text)
    assert "<html" not in part


def test_hostile_choices_are_shown_as_words(web, compared):
    page = web.get(f"{compared}?words=<script>alert(1)</script>&show=<b>&who='\"&page=9999999").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_figure_has_forms_for_phones_and_dark_screens(web, compared):
    page = web.get(compared).text
    for address in re.findall(r'srcset="([^"]+)"', page):
        drawn = web.get(address.replace("&amp;", "&"))
        assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert 'alt="What became of the points of view in each recap: A · ' in page


def test_a_stream_is_sent_as_it_comes(web, compared):
    answer = web.get(f"{compared}/events", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
