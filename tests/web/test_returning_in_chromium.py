"""A facilitator and a participant at once: a recap goes back, is marked on a phone, and comes back."""

import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.axe import violations

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: returning"), pytest.mark.filterwarnings("ignore")]

SERVE_OPTIONS = ("--room-host", "127.0.0.1")
SAMPLE = shipped("transcripts") / "library-and-hub"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def compared(serving):
    """The path of a comparison of three recaps of the sample session."""
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return f"/runs/{run.id}"


def begun(opened, compared, **options):
    """The page of a member check that the facilitator opened with labels, its room, and its code."""
    page = opened(f"{compared}/member-check", **options)
    page.locator("[name=labels]").check()
    page.locator("main button.main").click()
    page.wait_for_url("**/member-checks/*")
    if page.locator("strong.code").count() == 0:
        page.locator("form[action$='/room'] button").click()
    expect(page.locator("strong.code")).to_be_visible()
    return page, page.locator(".address").inner_text(), page.locator("strong.code").inner_text()


def closed(page):
    page.locator("details.confirm").first.evaluate("fold => { fold.open = true }")
    page.locator("form[action$='/close'] button").click()
    expect(page.locator("form[action$='/close']")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_facilitator_and_a_participant_at_once(opened, compared, scripts):
    facilitator, address, code = begun(opened, compared)
    phone = opened("/", address=address, java_script_enabled=scripts, **PHONE)
    phone.get_by_label("The code on the screen").fill(code)
    phone.get_by_role("button", name="Enter").tap()
    phone.get_by_role("button", name="Read the recap").tap()
    expect(facilitator.get_by_text("1 phone opened this recap.")).to_be_visible()  # told without a reload
    sentence = phone.locator(".sentences summary").nth(1)
    disputed = sentence.inner_text()
    sentence.tap()
    phone.get_by_label("This is not what I said").locator("visible=true").check()
    phone.get_by_label("What should it say? (if you wish)").locator("visible=true").fill(
        "<b>I said</b> that the bus is the point."
    )
    phone.get_by_label("My view is missing. I said:").fill("The last bus leaves at ten past six.")
    phone.get_by_label("Who says so (if you wish)").select_option("Ottilie Marsh")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("status")).to_contain_text("What you sent is kept")
    expect(facilitator.get_by_text("<b>I said</b> that the bus is the point.", exact=True)).to_be_visible()
    expect(facilitator.get_by_text("says “Ottilie Marsh” (not verified)").first).to_be_visible()
    for _n in range(2):
        facilitator.get_by_role("button", name="Accept").first.click()
    expect(facilitator.get_by_text("Nothing waits.")).to_be_visible()
    expect(facilitator.locator("section", has=facilitator.locator("#disputed"))).to_contain_text(disputed)
    expect(facilitator.locator("section", has=facilitator.locator("#views"))).to_contain_text("ten past six")
    phone.get_by_role("link", name="Read again, or change what I sent").tap()
    expect(phone.get_by_label("My view is missing. I said:")).to_have_value("The last bus leaves at ten past six.")
    phone.get_by_label("I agree with this recap").check()
    phone.get_by_role("button", name="Send my changes").tap()
    expect(phone.get_by_text("I agree with this recap")).to_be_visible()
    expect(facilitator.get_by_text("1 agreed but for a mark")).to_be_visible()
    closed(facilitator)
    if not scripts:  # with them, the page loads itself again
        phone.goto(f"{address}/{code}")
    expect(phone.get_by_role("heading", name="The reading is closed")).to_be_visible()
    assert not [cookie for cookie in phone.context.cookies() if cookie["name"].startswith("comparia_reader")]
    assert [page.problems for page in (facilitator, phone)] == [[], []]


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_and_nothing_sticks_out(opened, compared, locale, theme):
    found, shown = [], {"locale": locale, "bypass_csp": True}

    def looked_at(page, most_open=40):
        found.extend(violations(page, theme, most_open))
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((page.url, "sticks out", width))
        assert page.problems == []

    looked_at(opened(f"{compared}/member-check", **shown))
    facilitator, address, code = begun(opened, compared, **shown)
    phone = opened(f"/{code}", address=address, **shown, **PHONE)
    looked_at(phone)
    phone.locator("button.main").tap()
    phone.wait_for_selector(".sentences")
    looked_at(phone)
    phone.locator("#missing").fill("A word " * 20 + "w" * 80)
    phone.locator("[name=disputed]").nth(2).check()
    phone.locator("form.member-check button.main").tap()
    phone.wait_for_selector("ul.list")
    looked_at(phone)
    facilitator.reload()
    looked_at(facilitator)
    for button in ("[value=shown] >> nth=0", "[value=set_aside] >> nth=-1"):
        with facilitator.expect_navigation():
            facilitator.locator(f"[name=state]{button}").click()
    looked_at(facilitator)
    closed(facilitator)
    expect(phone.locator("[data-shown^=done]")).to_be_attached()  # it loads itself again
    looked_at(phone)
    looked_at(opened(compared, **shown), most_open=0)
    assert found == []


def test_somebody_who_was_away_answers_in_a_file_that_needs_no_server(opened, compared, browser, tmp_path):
    facilitator, _address, _code = begun(opened, compared)
    with facilitator.expect_download() as saved:
        facilitator.get_by_role("link", name="The page to send").click()
    file = tmp_path / "page.html"
    saved.value.save_as(file)
    page = browser.new_page(**PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.get_by_role("button", name="Save my answers as a file").tap()
    expect(page.get_by_role("alert")).to_be_visible()  # nothing is answered yet
    page.locator(".sentences summary").nth(1).tap()
    page.get_by_label("This is not what I said").locator("visible=true").check()
    page.get_by_label("My view is missing. I said:").fill("The last bus leaves at ten past six.")
    with page.expect_download() as answers:
        page.get_by_role("button", name="Save my answers as a file").tap()
    back = tmp_path / "answers.json"
    answers.value.save_as(back)
    assert page.get_by_label("Or copy this text into your message, whole:").input_value() == back.read_text("utf-8")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for theme in ("light", "dark"):
        assert violations(page, theme) == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob"}
    facilitator.get_by_text("Take answers back").click()
    facilitator.get_by_label("Files of answers").set_input_files(back)
    facilitator.get_by_role("button", name="Take back").click()
    expect(facilitator.get_by_text("1 answer is taken back.")).to_be_visible()
    expect(facilitator.get_by_text("The last bus leaves at ten past six.").first).to_be_visible()
    closed(facilitator)
