"""The HTML report in a real browser: opened from disk, both languages, both themes, phone to projector."""

from pathlib import Path

import pytest

from comparia import library
from comparia.config import Settings, shipped
from comparia.messages import speaking
from comparia.records import Failure, Variant, now

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: report"), pytest.mark.filterwarnings("ignore")]

HOSTILE = "<script>window.hit=1</script> ![x](http://127.0.0.1:1/x.png) [a](javascript:window.hit=2) <img src=x onerror=window.hit=3>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of the sample session, with a failure and a hostile recap among the variants, in each language."""
    folder = tmp_path_factory.mktemp("report")
    sample = shipped("transcripts") / "place-du-foirail"
    transcript = library.read_transcript(sample / "session.vtt", sample / "chat.txt", title="Réunion <b>publique</b>")
    run = library.compare(transcript, reference=sample / "reference.yaml", settings=Settings(outputs=folder))
    failure = Failure(kind="timeout", message="no answer within 300 s", cure="Raise `timeout`.", attempts=3)
    more = (
        Variant(id="v9", prompt=None, backend="model-x", failure=failure, finished_at=now()),
        Variant(id="v10", prompt=None, backend="model-y", summary=HOSTILE, warnings=("cut_input",), finished_at=now()),
    )
    run = run.model_copy(update={"variants": (*run.variants, *more)})
    written = {}
    for language in ("fr", "en"):
        with speaking(language):
            written[language] = folder / f"{language}.html"
            written[language].write_bytes(library.render(run, "html"))
    return written


def opened(browser, path, **options):
    context = browser.new_context(**options)
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: problems.append(request.url))
    page.goto(Path(path).as_uri())
    return page, problems


@pytest.mark.parametrize(("language", "theme"), [("fr", "light"), ("en", "dark")])
def test_axe_finds_nothing(browser, pages, language, theme):
    from tests.axe import violations

    page, _problems = opened(browser, pages[language], bypass_csp=True)
    assert violations(page, theme) == []
    page.context.close()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_sticks_out_of_the_page(browser, pages, width):
    page, problems = opened(browser, pages["fr"], viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems == []
    page.context.close()


def test_hostile_output_does_nothing(browser, pages):
    page, problems = opened(browser, pages["en"])
    assert page.evaluate("window.hit") is None
    assert page.locator("img, script, iframe").count() == 0
    assert page.locator(".text a").count() == 0
    assert page.locator("h1 b").count() == 0
    assert problems == []
    page.context.close()


def test_evidence_opens_and_leads_to_the_turn_without_scripts(browser, pages):
    page, _problems = opened(browser, pages["en"], java_script_enabled=False)
    first = page.locator("table.points tbody tr").first
    first.get_by_text("Words on both sides").click()
    link = first.locator(".said a").first
    target = link.get_attribute("href")
    link.click()
    assert page.locator(target).is_visible()
    page.context.close()


def test_failures_warnings_and_signatures_are_on_the_page(browser, pages):
    page, _problems = opened(browser, pages["en"])
    assert page.get_by_text("no answer within 300 s").is_visible()
    assert page.get_by_text("it has not read the whole session").is_visible()
    page.get_by_text("Signatures: the whole recipe of each number").click()
    assert page.get_by_text("key_point_coverage|").first.is_visible()
    page.context.close()


def test_a_keyboard_reaches_the_recaps_first(browser, pages):
    page, _problems = opened(browser, pages["fr"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#recaps"
    page.context.close()


def test_the_page_says_its_language(browser, pages):
    for language in ("fr", "en"):
        page, _problems = opened(browser, pages[language])
        assert page.locator("html").get_attribute("lang") == language
        page.context.close()
