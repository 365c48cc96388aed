"""The stage on a projector, in Chromium: what the back of a room can read, keys, and a server that stops."""

import re
import socket

import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.fault_server import FaultServer
from tests.web.serving import Serving

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: stage"), pytest.mark.filterwarnings("ignore")]

SERVE_OPTIONS = ("--room-host", "127.0.0.1")
SAMPLE = shipped("transcripts") / "library-and-hub"
PROJECTOR = {"width": 1920, "height": 1080}
LEAST_WORDS = 150
"""Words of a column that is being written which a room sees at 1920 × 1080."""
LEAST_SIZE = 22
"""Pixels of the smallest text of a stage at 1920 × 1080, for a room of ten metres."""
IN_SIGHT = """
column => {
  const box = column.getBoundingClientRect(), range = document.createRange();
  const walker = document.createTreeWalker(column, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/\\S+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const place = range.getBoundingClientRect();
      if (place.top >= Math.max(0, box.top) - 2 && place.bottom <= Math.min(innerHeight, box.bottom) + 2) seen++;
    }
  }
  return seen;
}
"""
"""Counts the words of a column that are on the screen."""
SMALLER = """
least => {
  const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest(".unseen, option, datalist, script, noscript")) continue;
    if (!element.checkVisibility()) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < least) found.push([size, element.className, node.data.trim().slice(0, 40)]);
  }
  return found;
}
"""
"""The texts of a page that are smaller than a size in pixels."""


def answer(asked):
    if "do not carry it out" in asked:
        return "1. **Lost**: lone voices.\n4. **A rewriting**: “List what only one person said, with their name.”"
    if "Recap:" in asked:
        return "1. **Lost**: Ottilie Marsh is not in it [T28]. " + "And so on, point after point. " * 30
    if "only one person" in asked:
        return "The last bus up Weir Road leaves at ten past six, and part of the walk is unlit. " * 20
    return "\n\n".join(f"The meeting spoke of the library, and of what it costs to heat it ({n})." for n in range(160))


@pytest.fixture(scope="module")
def compared(serving):
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return run.id


@pytest.fixture
def opened(browser, serving, compared):
    """Opens the stage of a comparison, or another page in the same browser."""
    contexts = []

    def build(address="", beside=None, **options):
        if beside is None:
            context = browser.new_context(**{"locale": "en-GB", "viewport": PROJECTOR, **options})
            contexts.append(context)
        else:
            context = beside.context
        page = context.new_page()
        page.problems = []
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(address or f"{serving.address.rstrip('/')}/runs/{compared}")
        if not address:
            page.locator("summary", has_text=re.compile("More|Autres actions")).first.click()
            page.get_by_role("button", name=re.compile("Work the prompt on stage|Travailler la consigne")).click()
        return page

    yield build
    for context in contexts:
        context.close()


def typed(page, text, *servers):
    """Type a prompt, and who answers it."""
    if not page.locator("#other").is_visible():
        page.locator("summary", has_text=re.compile("Others|Autres")).click()
    page.fill("#other", "\n".join(f"m{n}@{server.url}" for n, server in enumerate(servers)))
    page.fill("#text", text)


def room_of(page, opened):
    return opened(f"{page.url.partition('?')[0]}?view=audience", beside=page)


def test_columns_follow_the_writing_and_leave_it_to_who_scrolls_up(opened):
    page = opened()
    with FaultServer(answer=answer, faults=["held"] * 3) as server:
        typed(page, "Summarise.", server, server, server)
        page.locator("#text").press("Control+Enter")
        columns = page.locator("[data-cell] .text")
        room = room_of(page, opened)
        for view in (page, room):
            shown = view.locator("[data-cell] .text")
            expect(shown).to_have_count(3)
            for n in range(3):
                expect(shown.nth(n)).to_contain_text("(78)")  # what came before the server held on
                assert shown.nth(n).evaluate(IN_SIGHT) >= LEAST_WORDS
        assert room.evaluate("document.documentElement.scrollHeight <= innerHeight")
        first = columns.first
        end = "text => text.scrollHeight - text.scrollTop - text.clientHeight < 3"
        assert first.evaluate(end)
        first.hover()
        page.mouse.wheel(0, -900)
        follow = page.get_by_role("button", name="Follow the writing 1")
        expect(follow).to_be_visible()
        assert page.locator(".follow:visible").count() == 1  # the others go on
        follow.click()
        expect(follow).to_be_hidden()
        assert first.evaluate(end)
        page.set_viewport_size({"width": 1280, "height": 720})
        expect(page.locator(".follow:visible")).to_have_count(0)
        server.release()
        expect(page.locator("#version-2")).to_be_attached()
        expect(page.locator("#progress")).to_have_text("3 of 3 recaps written.")
    assert page.problems == []


def test_the_prompt_is_a_strip_while_columns_are_written_and_opens_to_be_typed_in(opened):
    page = opened()
    with FaultServer(answer=answer, faults=["held"]) as server:
        typed(page, "Summarise.", server)
        page.locator("#text").press("Control+Enter")
        expect(page.locator("[data-cell] .text")).to_contain_text("(78)")
        assert page.locator("#text").bounding_box()["height"] < 80
        assert not page.locator("#checklist").is_visible()
        page.get_by_role("button", name="Unfold the prompt").click()
        expect(page.locator("#checklist")).to_be_visible()
        page.get_by_role("button", name="Fold the prompt", exact=True).click()
        page.locator("#text").focus()
        assert page.locator("#text").bounding_box()["height"] > 200
        page.keyboard.type("More. ")
        server.release()
        expect(page.locator("#version-2")).to_be_attached()
        assert "More." in page.input_value("#text")
        assert page.evaluate("document.activeElement.id") == "text"
        assert page.get_by_role("button", name="Run version 3").bounding_box()["height"] > 30
    assert page.problems == []


def test_the_room_follows_the_trainer_and_has_nothing_to_press(opened):
    page = opened()
    room = room_of(page, opened)
    with FaultServer(answer=answer, faults=["held"]) as server:
        typed(page, "Summarise.", server)
        page.get_by_role("button", name="Run version 2").click()
        expect(room.locator("[data-cell] .text")).to_contain_text("(78)")
        server.release()
        expect(page.locator("#version-2")).to_be_attached()
        typed(page, "Summarise. List what only one person said.", server)
        page.get_by_role("button", name="Run version 3").click()
        expect(page.locator("#version-3")).to_be_attached()
        expect(room.locator("#now")).to_have_text("Version 3")
        expect(room.locator(".strip ins")).to_contain_text("List what only one person said.")
        expect(room.locator("#since")).to_be_attached()
    assert room.locator("main :is(button, input, textarea, select, a):visible").count() == 0
    for view in (page, room):
        assert view.evaluate(SMALLER, LEAST_SIZE) == []
    page.locator("#version-2").get_by_role("link", name="Go back to it").click()
    expect(room.locator("#now")).to_have_text("Version 2")
    page.goto(f"{page.url.partition('?')[0]}?v=3&with=2")
    expect(room.locator("#pair")).to_have_text("From version 2 to version 3")
    for view in (page, room):
        assert view.evaluate(SMALLER, LEAST_SIZE) == []
    page.locator("summary", has_text="Time to read").click()
    page.fill("#minutes", "2")
    page.get_by_role("button", name="Start the countdown").click()
    for view in (page, room):
        expect(view.locator("#countdown")).to_have_text(re.compile(r"^[01]:\d\d$"))
    page.get_by_role("button", name="Take it back").click()
    expect(room.locator("#countdown")).to_be_hidden()
    assert page.problems + room.problems == []


def test_escape_stops_and_what_had_come_stays(opened):
    page = opened()
    with FaultServer(answer=answer, faults=["held"]) as server:
        typed(page, "Summarise.", server)
        page.locator("#text").press("Control+Enter")
        expect(page.locator("[data-cell] .text")).to_contain_text("(78)")
        expect(page.locator("[data-cell] .waited")).to_have_text(re.compile(r"^\d+\ss$"))
        page.keyboard.press("Escape")
        expect(page.locator("[data-state=stopped] .text")).to_contain_text("(78)")
        expect(page.locator("#progress")).to_have_text("0 of 1 recap written.")
    assert page.problems == []


def test_a_server_that_stops_is_said_and_nothing_typed_is_lost(browser, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    run = library.compare(SAMPLE / "session.vtt", settings=Settings(outputs=tmp_path))
    served = Serving(tmp_path, "--port", port)
    page = browser.new_page(locale="en-GB")
    try:
        page.goto(f"{served.address}runs/{run.id}")
        page.locator("summary", has_text="More").first.click()
        page.get_by_role("button", name="Work the prompt on stage").click()
        page.fill("#text", "Typed before.")
        expect(page.locator("#checklist")).to_contain_text("Say who will read it.")
        served.process.kill()
        served.process.wait()
        expect(page.locator("#silent")).to_contain_text("The server does not answer any more.")
        page.fill("#text", "Typed while nobody answers.")
        page.get_by_role("button", name="Run version 2").click()
        assert page.input_value("#text") == "Typed while nobody answers."  # the form did not leave for an error
        served = Serving(tmp_path, "--port", port)
        expect(page.locator("#silent")).to_have_text("The server answers again.")
        expect(page.locator("#checklist")).to_contain_text("Say who will read it.")
        with page.expect_response(lambda answered: answered.url.endswith("/check?part=1")):
            page.fill("#text", "Typed while nobody answers. And after.")
        page.reload()
        expect(page.locator("#text")).to_have_value("Typed while nobody answers. And after.")
    finally:
        page.close()
        served.stop()


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_on_either_view_while_columns_are_written_and_after(opened, locale, theme):
    from tests.axe import violations

    page = opened(locale=locale, bypass_csp=True)
    room = room_of(page, opened)
    found = []

    def look():
        for view in (page, room):
            found.extend(violations(view, theme))
            for width in (390, 1280, 1920):
                view.set_viewport_size({"width": width, "height": 900})
                if view.evaluate("document.documentElement.scrollWidth") > width:
                    found.append((view.url, "sticks out", width))

    with FaultServer(answer=answer, faults=["held", "500"]) as server:
        typed(page, "Summarise.", server, server)
        page.locator("#text").press("Control+Enter")
        expect(page.locator("[data-cell] .text").first).to_contain_text("(78)")
        expect(room.locator("[data-cell] .text").first).to_contain_text("(78)")
        look()
        server.release()
        expect(page.locator("#version-2")).to_be_attached()
        expect(room.locator("[data-cell]")).to_have_count(0)
        page.set_viewport_size(PROJECTOR)
        for name in ("Critique my prompt|Critiquer ma consigne", "Challenge this recap|Mettre ce compte rendu au défi"):
            page.get_by_role("button", name=re.compile(name)).first.click()
            expect(page.locator("[data-cell=answer]")).to_have_count(0)
        look()
    assert found == []


def test_what_a_model_says_is_in_sight_where_it_belongs_and_can_be_stopped(opened):
    page = opened()
    with FaultServer(answer=answer) as server:
        typed(page, "Summarise. List what only one person said.", server, server)
        page.locator("#text").press("Control+Enter")
        expect(page.locator("#version-2")).to_be_attached()
        page.fill("#text", "Summarise.")
        server.faults.append("held")
        page.get_by_role("button", name="Critique my prompt").click()
        live = page.locator("#critique [data-cell=answer] .text")
        expect(live).to_contain_text("Lost")
        expect(live).to_be_in_viewport()
        page.wait_for_load_state()  # the words may stand in the page before its scripts listen to keys
        page.keyboard.press("Escape")
        expect(page.locator("#critique")).to_contain_text("Stopped before it was answered.")
        page.get_by_role("button", name="Critique my prompt").click()
        page.get_by_role("button", name="Apply this rewriting").click()
        expect(page.locator("#text")).to_have_value(re.compile("Summarise.\nList what only one person said, with"))
        page.get_by_role("button", name="Challenge this recap 2").click()
        column = page.locator(".recaps > .recap").nth(1)
        link = column.locator(".answer .text").get_by_role("link", name="T28")
        expect(link).to_be_in_viewport()
        page.locator("body").press("Home")
        link.focus()
        page.keyboard.press("Enter")
        turn = column.locator(".cited li.lit")
        expect(turn).to_be_focused()
        expect(turn).to_be_in_viewport()
        assert page.locator(".recaps > .recap").nth(0).locator(".answer").count() == 0
        assert page.evaluate(SMALLER, LEAST_SIZE) == []
        room = room_of(page, opened)
        expect(room.locator(".recaps .answer .text")).to_be_in_viewport()
        expect(room.locator(".aside .answer .text")).to_be_in_viewport()
        assert room.locator("main :is(button, input, textarea, select, a):visible").count() == 0
        assert room.evaluate(SMALLER, LEAST_SIZE) == []
    assert page.problems + room.problems == []
