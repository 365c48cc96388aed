"""What is published is read in Chromium: on a phone and on a wide screen, in both languages, by axe too."""

import pytest

from comparia import library
from comparia.messages import speaking
from tests.axe import violations
from tests.web.serving import Serving

pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: publishing"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def run(foirail, make_run, make_variant):
    session, reference = foirail
    said = ["\n".join(f"- {point.text}" for point in reference.key_points[n::3]) for n in range(2)]
    variants = (make_variant("v1", said[0]), make_variant("v2", said[1], backend="mistral:small", author="model"))
    return make_run(variants, session=session, reference=reference)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_published_page_is_read_by_everybody(browser, run, tmp_path, language, width):
    file = tmp_path / "page.html"
    with speaking(language):
        file.write_bytes(library.publish(run))
    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page, "light", most_open=4) == []
    finally:
        context.close()


def test_no_words_of_the_poster_stick_out_of_it(browser, run, tmp_path):
    file = tmp_path / "poster.svg"
    for language in ("fr", "en"):
        with speaking(language):
            file.write_bytes(library.publish(run, "poster"))
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.goto(file.as_uri())
        ends = page.evaluate(
            "[...document.querySelectorAll('text')].map(t => t.getBBox()).map(b => [b.x + b.width, b.y + b.height])"
        )
        page.close()
        assert max(x for x, _y in ends) <= 1600
        assert max(y for _x, y in ends) <= 900


def test_axe_finds_nothing_on_the_page_where_it_is_chosen(browser, tmp_path):
    served = Serving(tmp_path)
    try:
        from comparia.config import Settings
        from tests.samples_for_tests import shipped

        session = library.read_transcript(shipped("transcripts") / "library-and-hub" / "session.vtt")
        made = library.compare(session, settings=Settings(outputs=served.outputs))
        for locale, theme in (("fr-FR", "light"), ("en-GB", "dark")):
            context = browser.new_context(locale=locale, bypass_csp=True, viewport={"width": 390, "height": 900})
            page = context.new_page()
            page.goto(f"{served.address.rstrip('/')}/runs/{made.id}/publish")
            assert violations(page, theme) == []
            context.close()
    finally:
        served.stop()
