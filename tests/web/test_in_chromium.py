"""The application in Chromium, served as a user serves it: flows, keyboard, accessibility, sizes, no script, a server that is stopped."""

import re
import signal

import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.fault_server import FaultServer
from tests.web.serving import Serving, reach

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: application"),
    pytest.mark.filterwarnings("ignore"),
]

SAMPLE = shipped("transcripts") / "library-and-hub"


@pytest.fixture(scope="module")
def compared(serving):
    """The path of a comparison of three recaps of the sample session."""
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return f"/runs/{run.id}"


@pytest.fixture(scope="module")
def given(browser, serving):
    """The path of a session that was given and not sent."""
    page = browser.new_page()
    page.goto(serving.address)
    page.locator(".sample button").click()
    path = "/" + page.url.split("/", 3)[3]
    page.close()
    return path


def test_from_a_dropped_file_to_a_document(opened):
    page = opened()
    page.set_input_files("#files", [SAMPLE / "session.vtt", SAMPLE / "chat.txt", SAMPLE / "reference.yaml"])
    assert "session.vtt" in page.locator(".chosen").inner_text()
    page.get_by_role("button", name="See what is understood").click()
    expect(page.get_by_role("heading", name="What is understood")).to_be_visible()
    with FaultServer(answer="The library should stay open until eight. " * 40, faults=["drip"] * 4) as server:
        page.fill("#other", f"slow@{server.url}")
        page.get_by_role("button", name="See what would be sent").click()
        expect(page.locator(".plan").get_by_text("Nothing leaves this machine.")).to_be_visible()
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_selector("#scores")
    assert page.locator("article.recap").count() == 4
    page.get_by_text("Send out", exact=True).click()
    page.get_by_role("link", name="The document (Word, LibreOffice)").click()
    if page.locator("[name=personal]").count():  # asked where extracts hold some
        page.get_by_label("Mask all of it").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the document").click()
    assert download.value.suggested_filename.endswith(".docx")
    assert page.problems == []


def test_columns_stream_and_a_closed_tab_loses_nothing(opened):
    page = opened()
    page.locator(".sample button").click()
    ticked = page.locator("input[name=prompts]:checked")
    while ticked.count() > 1:
        ticked.nth(1).uncheck()
    words = " ".join(f"word{n}" for n in range(300))
    with FaultServer(answer=words, faults=["held"]) as server:
        page.fill("#other", f"slow@{server.url}")
        page.get_by_role("button", name="See what would be sent").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator(".live article", has_text="slow").locator(".text")).to_contain_text("word1 ")
        address = page.url
        page.close()
        again = opened("/" + address.split("/", 3)[3])
        expect(again.locator("[data-state=writing] .text").first).to_be_visible()
        server.release()
        again.wait_for_selector("#scores")
    assert "word299" in again.locator("article.recap", has_text="slow").first.inner_text()
    assert again.problems == []


def test_a_keyboard_is_enough(opened):
    page = opened()

    reach(page, ".sample button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#understood")
    reach(page, "#chosen button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector(".plan")
    reach(page, ".plan button.main", 250)
    page.keyboard.press("Enter")
    page.wait_for_selector("#scores")
    reach(page, ".recap .text", 900)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#pane blockquote").first).to_be_visible()
    assert page.locator(".turns li.lit").count() > 0
    page.keyboard.press("Escape")
    assert not page.locator("#pane").is_visible()
    assert page.problems == []


def test_evidence_lights_up_on_both_sides(opened, compared):
    page = opened(compared)
    text = page.locator(".recap .text").first
    text.scroll_into_view_if_needed()
    text.locator("li, p").nth(2).click(position={"x": 40, "y": 10})
    expect(page.locator("#pane blockquote").first).to_be_visible()
    assert page.evaluate("CSS.highlights.get('lit').size") == 1
    turn = page.locator(".turns li.lit").first.get_attribute("id")
    assert re.fullmatch(r"T\d+", turn)
    page.keyboard.press("Escape")
    page.locator("#table th.point a").first.click()
    expect(page.locator("#pane .outcome")).to_have_count(3)
    told = page.locator("#pane .outcome blockquote").count()
    assert page.evaluate("CSS.highlights.get('lit').size") == told > 0
    assert page.problems == []


def test_a_click_before_the_evidence_came_is_answered(opened, compared):
    page = opened("/")
    held = []
    page.route("**/support*", lambda route: held.append(route))
    page.goto(page.url.rstrip("/") + compared, wait_until="domcontentloaded")
    text = page.locator(".recap .text").first
    text.scroll_into_view_if_needed()
    text.locator("li, p").nth(2).click(position={"x": 40, "y": 10})
    assert len(held) == 1
    assert not page.locator("#pane").is_visible()
    held[0].continue_()
    expect(page.locator("#pane blockquote").first).to_be_visible()
    assert page.problems == []


def test_words_selected_in_the_session_become_a_point(opened, compared):
    page = opened(f"{compared}#session")
    page.locator(".read-session").click()
    turn = page.locator(".turns li").nth(5)
    turn.scroll_into_view_if_needed()
    turn.evaluate(
        """item => { const text = item.lastChild, range = document.createRange();
        range.setStart(text, 1); range.setEnd(text, 25); getSelection().removeAllRanges(); getSelection().addRange(range);
        item.dispatchEvent(new PointerEvent('pointerup', { bubbles: true })); }"""
    )
    page.get_by_role("link", name="Make it a point of view").click()
    assert page.locator("#new_words").input_value() in page.locator("#new_turn option:checked").inner_text()
    page.fill("#new_text", "A point made from selected words.")
    page.get_by_role("button", name="Keep, and score again").first.click()
    expect(page.locator("textarea", has_text="A point made from selected words.")).to_have_count(1)
    assert page.problems == []


def test_back_and_reload_never_send_a_form_again(opened):
    page = opened()
    page.locator(".sample button").click()
    page.get_by_label("Extracts: every voice first").uncheck()
    page.get_by_role("button", name="See what would be sent").click()
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_selector("#scores")
    page.reload()
    page.go_back()
    expect(page.get_by_label("Extracts: every voice first")).not_to_be_checked()
    expect(page.get_by_label("Extracts: the most central")).to_be_checked()
    expect(page.get_by_text("This session was compared already.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="What is understood")).to_be_visible()
    assert page.problems == []


def test_an_error_is_said_on_the_page_and_the_form_stays(opened, tmp_path):
    empty, large = tmp_path / "vide.txt", tmp_path / "large.txt"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(60_000_000)
    page = opened()
    page.locator("summary", has_text="Paste the words").click()
    page.fill("#pasted", "Ann: A bench.")
    for file, said in ((empty, "vide.txt: this file is empty."), (large, "large.txt: this file is larger than 40 MB.")):
        page.set_input_files("#files", file)
        expect(page.locator(".refusal")).to_contain_text(said)
    assert page.locator("#pasted").input_value() == "Ann: A bench."
    page.locator("main").evaluate("""target => {
        const data = new DataTransfer();
        data.items.add(new File(["Bob: No bench here."], "dropped.txt"));
        for (const kind of ["dragover", "drop"])
          target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    expect(page.get_by_role("heading", name="What is understood")).to_be_visible()  # what is dropped is read at once
    assert page.problems == []


REACHED = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && element.checkVisibility()).length"""
"""How many elements the Tab key reaches."""


def test_the_map_leads_to_rows_with_one_stop_for_the_keyboard(opened, compared):
    page = opened(compared)
    assert page.evaluate(REACHED) < 150  # 29 points here; no cell is a stop of its own
    reach(page, ".map .band > a")
    first = page.evaluate("document.activeElement.hash")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    second = page.evaluate("document.activeElement.hash")
    assert first != second
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.fullmatch(r"\w+: A [a-z ]+, B [a-z ]+, C [a-z ]+", name)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(second))
    expect(page.locator(f"tr{second}")).to_be_in_viewport()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.map')") is None
    assert page.problems == []


def test_the_table_is_narrowed_while_one_types_and_its_address_can_be_kept(opened, compared):
    page = opened(compared)
    rows = page.locator("#table tbody tr")
    whole = rows.count()
    page.select_option("#filter-show", "minority")
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ of \d+"))
    narrowed = rows.count()
    assert 0 < narrowed < whole
    page.fill("#filter-words", "zzz-nobody-said")
    expect(page.locator("#count")).to_have_text(re.compile(r"^0 of"))
    page.locator(".points-lost a").first.click()  # to a row that is not shown: everything is shown again
    page.wait_for_url("**#P*")
    target = page.url.partition("#")[2]
    expect(page.locator(f"tr#{target}")).to_be_in_viewport()
    assert page.locator("#filter-words").input_value() == ""
    page.select_option("#filter-order", "session")
    expect(page.locator("#all-points")).to_be_visible()
    order = page.locator("#table tbody tr").evaluate_all("all => all.map(row => row.id)")
    page.reload()
    assert page.locator("#table tbody tr").evaluate_all("all => all.map(row => row.id)") == order
    assert page.problems == []


def test_the_head_of_the_table_stays_in_sight(opened, compared):
    page = opened(compared, viewport={"width": 1280, "height": 500})
    page.locator("#table tbody tr").nth(12).scroll_into_view_if_needed()
    page.evaluate("document.querySelectorAll('#table tbody tr')[12].scrollIntoView({ behavior: 'instant' })")
    assert page.locator("#table thead th").first.evaluate("head => head.getBoundingClientRect().top") == 0


def test_a_point_opens_beside_the_page_and_gives_the_focus_back(opened, compared):
    page = opened(compared)
    link = page.locator("#table th.point a").nth(2)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#evidence-title")).to_be_focused()
    point = page.locator("#evidence").get_attribute("data-point")
    page.locator("#evidence .said a").first.click()
    expect(page.locator("#pane .turns li.lit")).to_be_in_viewport()
    page.get_by_role("button", name="Words behind").click()
    page.locator("#evidence [rel=next]").click()
    expect(page.locator(f"#evidence:not([data-point={point}])")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    assert not page.locator("#pane").is_visible()
    assert page.problems == []


def test_a_flag_is_looked_at_beside_the_page_and_answered_without_leaving_it(opened, serving):
    settings = Settings(outputs=serving.outputs)
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=settings)
    text = "The hub costs **987,654** pounds. Call Bea on 07700 900987."
    library.import_text(run.id, text, "Awa", settings=settings)
    page = opened(f"/runs/{run.id}")
    recap = page.locator("article.recap", has_text="Awa")
    recap.locator("mark.f-number").click()
    note = page.locator("#pane .notes li")
    expect(note).to_contain_text("987,654")
    expect(note).to_be_focused()
    note.get_by_role("button", name="It is right").click()
    expect(note).to_contain_text("Personal data")  # the next one
    assert recap.locator("mark.f-number").count() == 0
    note.get_by_role("button", name="Mask it").click()
    expect(recap.locator(".text")).to_contain_text("Call Bea on [phone].")
    expect(page.locator("#pane")).to_be_hidden()
    assert page.url.endswith(f"/runs/{run.id}")
    recap.locator(".flags summary").click()
    recap.get_by_role("button", name="Show it again").click()
    expect(recap.locator("mark.f-personal")).to_have_text("07700 900987")
    assert page.problems == []


def test_a_verdict_settled_beside_the_page_comes_back_beside_it(opened, serving):
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    page = opened(f"/runs/{run.id}")
    page.locator("#table td.mark").nth(1).click()  # the cell of the second recap
    outcome = page.locator("#pane .outcome").nth(1)
    expect(outcome).to_be_in_viewport()
    outcome.locator("select").select_option("contradicted")
    outcome.get_by_role("button", name="Keep").click()
    expect(page.locator("#pane .outcome").nth(1)).to_contain_text("A person settled this verdict.")
    assert page.locator("#table td.mark.v-contradicted").count() == 1
    assert page.problems == []


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing(opened, compared, given, locale, theme):
    from tests.axe import violations

    found = []
    for path in (
        "/",
        given,
        f"{given}/corrections?words=the&by=a&propose=1",
        compared,
        f"{compared}/evidence?point=P01",
        f"{compared}/session",
        f"{compared}/points",
        f"{compared}/compose",
        "/preferences",
        "/cycles",
        "/glossary",
        "/journal",
        "/nowhere",
    ):
        page = opened(path, locale=locale, bypass_csp=True)
        if path == compared:
            page.locator("#table th.point a").first.click()
            page.wait_for_selector("#pane .outcome")
        found.extend(violations(page, theme))
        page.context.close()
    assert found == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_sticks_out_of_a_page(opened, compared, given, width):
    page = opened("/", viewport={"width": width, "height": 900})
    pages = ("/", given, f"{given}/corrections", compared, f"{compared}/points", f"{compared}/compose", "/preferences")
    for path in (*pages, "/journal", "/cycles", f"{compared}/session"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for menu in page.locator("details.menu > summary").all():
            menu.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, menu.inner_text())
            menu.click()
    assert page.problems == []


def test_all_of_it_works_without_scripts(opened):
    page = opened("/", java_script_enabled=False)
    page.locator(".sample button").click()
    page.get_by_role("button", name="See what would be sent").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    for _n in range(60):
        if page.locator("#scores").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    page.get_by_role("link", name="Compose your recap").click()
    page.get_by_role("button", name="From the usual headings of minutes").first.click()
    expect(page.locator("#composed textarea")).to_have_count(10)
    page.go_back()
    page.goto(page.url.removesuffix("/compose"))
    address = page.url
    page.select_option("#filter-show", "minority")
    page.fill("#filter-words", "evening")
    page.get_by_role("button", name="Show").click()
    assert "show=minority" in page.url
    count = page.locator("#count").inner_text()
    assert re.fullmatch(r"\d+ of \d+ points of view", count)
    assert page.locator("#table tbody tr").count() == int(count.split()[0])
    page.locator("#table th.point a").first.click()
    assert page.locator("#evidence .said a").first.is_visible()
    page.locator("#evidence .said a").first.click()
    assert page.locator(f"li#{page.url.partition('#')[2]}").is_visible()
    page.goto(address)
    page.locator(".map .band > a").last.click()
    assert page.locator(f"tr#{page.url.partition('#')[2]}").count() == 1


def test_a_stopped_server_leaves_a_run_that_resumes(browser, tmp_path):
    served = Serving(tmp_path)
    page = browser.new_page(locale="en-GB")
    page.goto(served.address)
    page.locator(".sample button").click()
    with FaultServer(faults=["hang"]) as server:
        page.fill("#other", f"slow@{server.url}")
        page.get_by_role("button", name="See what would be sent").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_selector('[data-state="done"]')
        path = page.url.split("/", 3)[3]
        said = served.stop()
    assert "Traceback" not in said
    assert "comparia resume" in said
    assert served.process.returncode in (0, 130, -signal.SIGINT)
    run = library.read_run(path.split("/")[1], settings=Settings(outputs=tmp_path))
    assert run.status != "complete"
    assert any(v.summary for v in run.variants)
    with FaultServer(port=server.port):
        served = Serving(tmp_path)
        page.goto(served.address + path)
        page.get_by_role("button", name="Ask again for what is missing").click()
        page.wait_for_selector("#scores")
        assert page.get_by_text("is missing").count() == 0
        served.stop()
    page.close()


def test_beyond_this_machine_a_token_opens_the_door_once(browser, tmp_path):
    served = Serving(tmp_path, "--host", "0.0.0.0")
    try:
        root, _query, token = served.address.partition("?token=")
        assert token
        page = browser.new_page(locale="en-GB")
        page.goto(root)
        assert "with its token" in page.inner_text("body")
        page.goto(served.address)
        assert "token" not in page.url
        page.locator(".sample button").click()
        expect(page.get_by_role("heading", name="What is understood")).to_be_visible()
        page.get_by_role("button", name="See what would be sent").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_selector("#scores")
        assert token not in page.content()
        page.close()
    finally:
        served.stop()
