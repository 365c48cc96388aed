"""The page on which a recap is written, in Chromium: clicks, keys, dragging, undoing, two windows, no script, accessibility."""

import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.web.serving import reach

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: composing"),
    pytest.mark.filterwarnings("ignore"),
]

SAMPLE = shipped("transcripts") / "library-and-hub"


@pytest.fixture
def path(serving):
    """The path of the page of a recap to be composed, of a comparison nothing was composed from yet."""
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return f"/runs/{run.id}/compose"


@pytest.fixture
def page(opened, path):
    return opened(path)


def passages(page):
    return page.locator("#composed textarea").evaluate_all("all => all.map((area) => area.value)")


def kept(page):
    expect(page.locator("#saved")).to_have_text("Kept.")


class Held:
    """Requests of a page that are held back until they are let go, those that come later too."""

    def __init__(self, page, address, method="GET"):
        self.routes, self.method, self.is_open = [], method, False
        page.route(address, self.hold)

    def hold(self, route):
        if self.is_open or route.request.method != self.method:
            route.continue_()
        else:
            self.routes.append(route)

    def release(self):
        self.is_open = True
        for route in self.routes:
            route.continue_()


def begin(page):
    page.get_by_role("button", name="From the usual headings of minutes").first.click()
    expect(page.locator("#composed textarea")).to_have_count(10)
    kept(page)


FIRST_EIGHT = "[...document.querySelectorAll('#sources details:first-of-type .put')].slice(1, 9)"
"""What can be taken first, after the title."""


def test_no_click_is_lost_however_fast(page):
    wanted = page.evaluate(f"{FIRST_EIGHT}.map((one) => one.dataset.text.replace(/^- /, ''))")
    page.evaluate(
        f"async () => {{ for (const one of {FIRST_EIGHT}) {{"
        "one.click(); await new Promise((done) => setTimeout(done, 50)); } }"
    )
    assert passages(page) == wanted  # at once, whatever the server does
    kept(page)
    page.reload()
    assert passages(page) == wanted
    for count in (7, 6, 5):  # each click is a step of its own
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#composed textarea")).to_have_count(count)
    assert page.problems == []


def test_no_click_is_lost_however_slow_the_server(page, path):
    held = Held(page, "**/compose", "POST")
    page.evaluate(f"{FIRST_EIGHT}.forEach((one) => one.click())")
    page.locator("#composed textarea").first.fill("Changed while it is being kept.")
    told = passages(page)
    assert len(told) == 8
    held.release()
    kept(page)
    assert passages(page) == told
    page.reload()
    assert passages(page) == told
    assert page.problems == []


def test_what_was_not_kept_is_sent_again(page):
    page.route("**/compose", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Add my own words").click()
    page.keyboard.type("Two evenings until eight.")
    expect(page.locator("#saved")).to_contain_text("Not kept: what you wrote is still here.")
    page.unroute("**/compose")
    kept(page)
    page.reload()
    assert passages(page) == ["Two evenings until eight."]


def test_views_shrink_as_they_are_kept_and_nothing_moves_under_the_mouse(page):
    lines = page.locator("#lacking > li")
    before = lines.count()
    first = lines.first.get_attribute("data-point")
    lines.first.locator("button[value^='words:']").first.click()
    expect(page.locator(f"#lacking > li[data-point={first}]")).to_have_class("now-kept")  # the mouse is on the list
    page.mouse.move(5, 5)
    expect(page.locator(f"#lacking > li[data-point={first}]")).to_have_count(0)
    assert lines.count() < before
    assert page.locator("#left").inner_text().startswith(str(lines.count()))
    assert page.problems == []


def test_a_recap_is_started_from_typed_in_and_found_again(page):
    page.locator(".begin").get_by_role("button", name="Start from this recap").first.click()
    area = page.locator("#composed textarea").nth(1)
    area.fill("Written by hand.")
    kept(page)
    expect(page.locator(".piece").nth(1).locator(".changed")).to_be_visible()
    before = passages(page)
    page.reload()
    assert passages(page) == before
    assert before[1] == "Written by hand."
    assert page.problems == []


def test_a_keyboard_is_enough(page):
    reach(page, ".begin button")
    page.keyboard.press("Enter")
    expect(page.locator("#composed textarea")).to_have_count(10)
    reach(page, "#composed textarea")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#told")).to_have_text("Passage 2 of 10")
    assert page.evaluate("document.activeElement.value") == "Setting"
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    assert passages(page)[:3] == ["", "Setting", "Participants"]
    page.keyboard.press("Home")
    for _letter in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    assert passages(page)[1:3] == ["Set", "ting"]
    page.keyboard.press("Shift+Tab")
    reach(page, ".piece:focus-within button[value^='drop:']")
    page.keyboard.press("Enter")
    assert len(passages(page)) == 10
    kept(page)
    reach(page, "button[value='undo:']", 700)
    page.keyboard.press("Enter")
    expect(page.locator("#composed textarea")).to_have_count(11)
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#composed textarea")).to_have_count(10)
    assert page.problems == []


def test_a_passage_is_dragged(page):
    begin(page)
    pieces = page.locator("#composed .piece")
    third = pieces.nth(4)
    third.hover()
    third.locator(".handle").drag_to(pieces.first, target_position={"x": 60, "y": 2})
    assert passages(page)[:2] == ["Discussion", "Setting"]
    kept(page)
    page.reload()
    assert passages(page)[:2] == ["Discussion", "Setting"]
    assert page.problems == []


def test_words_go_where_one_writes(page):
    begin(page)
    page.locator("#composed textarea").nth(2).click()
    page.locator("#lacking > li > .line button[value^='words:']").first.click()
    page.locator("#lacking > li > .line button[value^='words:']").nth(1).click()
    expect(page.locator("#composed textarea")).to_have_count(12)
    assert all(text.count("“") == 1 for text in passages(page)[3:5])
    assert page.locator(".piece").nth(3).locator(".from").inner_text().startswith("the session · T")


def test_two_windows_are_merged(page, opened, path):
    begin(page)
    other = opened(path)
    page.locator("#composed textarea").nth(1).fill("From one window.")
    kept(page)
    other.locator("#composed textarea").nth(3).fill("From the other.")
    expect(other.locator("#composed textarea").nth(1)).to_have_value("From one window.")
    expect(other.locator("#composed textarea").nth(3)).to_have_value("From the other.")
    expect(other.locator("#saved")).to_have_text("Kept, with what another window changed.")
    page.locator("#composed textarea").nth(3).fill("Other words.")
    expect(page.locator("#composed textarea")).to_have_count(11)
    assert passages(page)[3:5] == ["From the other.", "Other words."]
    page.locator("#composed textarea").nth(4).press("End")
    page.keyboard.type(" And more.")
    expect(page.locator("#saved")).to_have_text("Kept.")
    assert passages(page)[3:5] == ["From the other.", "Other words. And more."]
    page.get_by_role("button", name="Keep this one 5").click()
    expect(page.locator("#composed textarea")).to_have_count(10)
    assert passages(page)[3] == "Other words. And more."
    assert page.problems == other.problems == []


def test_typed_words_are_never_overwritten_by_an_answer_that_comes_late(page, opened, path):
    begin(page)
    other = opened(path)
    other.locator("#composed textarea").nth(1).fill("From the other.")
    kept(other)
    held = Held(page, "**/compose/passages")
    with page.expect_request("**/compose/passages"):
        page.locator("#composed textarea").nth(3).fill("First words")
    page.locator("#composed textarea").nth(3).press("End")
    page.keyboard.type(", and what was typed meanwhile.")
    held.release()
    expect(page.locator("#composed textarea").nth(1)).to_have_value("From the other.")
    assert passages(page)[3] == "First words, and what was typed meanwhile."
    assert page.locator("#composed textarea").count() == 10


def test_what_was_just_typed_is_put_beside_the_others_once(page):
    page.get_by_role("button", name="Add my own words").click()
    page.keyboard.type("Two evenings until eight, with a person at the desk.")
    page.evaluate("const main = document.querySelector('button.main'); main.click(); main.click()")
    page.wait_for_url("**#h1")
    expect(page.get_by_text("Your recap stands beside the others")).to_be_visible()
    assert page.locator("article.recap").count() == 4
    assert page.get_by_text("Two evenings until eight, with a person at the desk.").count() >= 1
    page.go_back()
    assert passages(page) == ["Two evenings until eight, with a person at the desk."]
    page.get_by_role("button", name="Bring it up to date beside the others").click()
    page.wait_for_url("**#h1")
    assert page.locator("article.recap").count() == 4
    assert page.problems == []


def test_the_preview_holds_the_words_typed_last_and_is_copied(page):
    page.get_by_role("button", name="Add my own words").click()
    page.keyboard.type("Two evenings until eight.")
    page.get_by_role("button", name="Preview, download").click()
    expect(page.locator("#recap")).to_have_text("Two evenings until eight.")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the text").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Two evenings until eight."
    with page.expect_download() as download:
        page.get_by_role("button", name="Word (DOCX)").click()
    assert download.value.suggested_filename.endswith(".docx")
    assert page.problems == []


def test_it_works_without_scripts(opened, path):
    page = opened(path, java_script_enabled=False)
    page.get_by_role("button", name="From the usual headings of minutes").first.click()
    expect(page.locator("#composed textarea")).to_have_count(10)
    page.locator("#composed textarea").nth(1).fill("The council invited.")
    page.locator("#composed [name=place]").nth(1).check()
    page.locator("#lacking button[value^='words:']").first.click()
    assert passages(page)[1] == "The council invited."
    assert "“" in passages(page)[2]
    page.locator("button[value^='up:']").nth(2).click()
    assert "“" in passages(page)[1]
    page.get_by_role("button", name="Undo").click()
    assert "“" in passages(page)[2]
    page.get_by_role("button", name="Preview, download").click()
    expect(page.locator("#recap")).to_contain_text("The council invited.")


@pytest.mark.parametrize(
    ("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark"), ("fr-FR", "dark"), ("en-GB", "light")]
)
def test_axe_finds_nothing(opened, path, locale, theme):
    from tests.axe import violations

    page = opened(path, locale=locale, bypass_csp=True)
    found = violations(page, theme)
    page.locator(".begin button").nth(2).click()
    page.locator("#composed textarea").nth(1).focus()
    found += violations(page, theme)
    page.locator("button[value='preview:']").click()
    page.wait_for_selector("#recap")
    found += violations(page, theme)
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_nothing_sticks_out(opened, path, width):
    page = opened(path, viewport={"width": width, "height": 844}, has_touch=width < 400)
    page.locator(".begin button").nth(2).click()
    page.wait_for_selector(".piece")
    page.locator("#composed textarea").nth(2).focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(page.url + "/preview")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
