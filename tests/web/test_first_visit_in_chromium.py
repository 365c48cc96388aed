"""A first visit in Chromium: the four steps, who moderates, the kind of session; keyboard, sizes, axe, both languages."""

import pytest

from comparia.config import shipped
from tests.web.serving import Serving, reach

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: first visit"),
    pytest.mark.filterwarnings("ignore"),
]

SESSION = {"fr": "reunion-antenne", "en": "council-pool"}


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """`comparia serve`, with a file of settings of its own."""
    folder = tmp_path_factory.mktemp("visited")
    (folder / "comparia.toml").write_text("find_local_servers = false\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COMPARIA_CONFIG", str(folder / "comparia.toml"))
        process = Serving(folder / "outputs")
    yield process
    process.stop()


def give(page, language):
    page.set_input_files("#files", shipped("transcripts") / SESSION[language] / "session.txt")
    page.locator("form.give button.main").click()
    page.wait_for_selector("#understood")


@pytest.mark.parametrize(("language", "theme", "size"), [("fr", "dark", (390, 844)), ("en", "light", (1920, 1080))])
def test_the_pages_of_a_first_visit_fit_and_axe_finds_nothing(opened, language, theme, size):
    from tests.axe import violations

    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    page = opened(locale=locale, bypass_csp=True, viewport={"width": size[0], "height": size[1]})
    found, widths = [], []

    def look():
        widths.append(page.evaluate("document.documentElement.scrollWidth"))
        found.extend(violations(page, theme))

    expect(page.locator(".guide [aria-current=step]")).to_have_count(1)
    look()
    give(page, language)
    expect(page.locator(".guide [aria-current=step]")).to_have_count(1)
    look()
    page.locator("button[name=kind]").first.click()
    expect(page.locator("button[name=kind][aria-pressed=true]")).to_have_count(1)
    page.goto(page.url.split("/sessions")[0] + f"/kinds/{language}/public-inquiry")
    look()
    page.goto(page.url.split("/kinds")[0] + "/glossary")
    look()
    assert found == []
    assert widths == [size[0]] * len(widths)
    assert page.problems == []


def test_the_keyboard_says_who_moderates_and_hides_the_steps_without_losing_what_is_typed(opened):
    page = opened()
    give(page, "fr")  # of which somebody probably leads
    page.fill("#title", "Typed and not kept yet")
    box = page.locator("input[name=moderator]").first
    assert box.is_checked()
    reach(page, "input[name=moderator]")
    page.keyboard.press("Space")
    assert not box.is_checked()
    page.locator("form[data-quiet] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".guide")).to_have_count(0)
    assert page.input_value("#title") == "Typed and not kept yet"
    assert not box.is_checked()
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(page.url.split("/sessions")[0])
    expect(page.locator(".guide")).to_have_count(0)
    page.get_by_role("link", name="Words").click()
    page.get_by_role("button", name="Show these steps on the pages").click()
    expect(page.locator(".guide [aria-current=step]")).to_contain_text("Give a file")
    assert page.problems == []
