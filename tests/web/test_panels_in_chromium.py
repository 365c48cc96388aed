"""A facilitator and raters at once: a panel is opened, rated on a phone over a restart of the page, closed, settled."""

import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.axe import violations

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: panels"), pytest.mark.filterwarnings("ignore")]

SERVE_OPTIONS = ("--room-host", "127.0.0.1")
SAMPLE = shipped("transcripts") / "library-and-hub"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def compared(serving):
    """The path of a comparison of three recaps of the sample session."""
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return f"/runs/{run.id}"


def begun(opened, compared, kind="verdicts", **options):
    """The page of a panel of three items that the facilitator opened, and the address of its raters."""
    page = opened(f"{compared}/panels", **options)
    page.locator(f"[name=kind][value={kind}]").check()
    if kind == "verdicts":
        page.locator("#most").fill("3")
    page.locator("#wanted").fill("2")
    page.locator("main button.main").click()
    page.wait_for_url("**/panels/*")
    return page, page.locator(".address").inner_text().strip()


def rater(opened, link, **options):
    return opened("", address=link, **options)


def rated(page, answer):
    page.locator(f"[name=answer][value={answer}]").check()
    with page.expect_navigation():
        page.locator("form.ballot button.main").click()


def closed(page):
    page.locator("details.confirm").first.evaluate("fold => { fold.open = true }")
    page.locator("form[action$='/close'] button").click()
    expect(page.locator("#said")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_facilitator_and_two_raters_at_once(opened, compared, scripts):
    facilitator, link = begun(opened, compared)
    phone = rater(opened, link, java_script_enabled=scripts, **PHONE)
    phone.get_by_role("button", name="Begin").tap()
    phone.get_by_text("The whole recap", exact=True).tap()
    for n in range(3):
        expect(phone.get_by_text(f"item {n + 1}")).to_be_visible()
        rated(phone, "kept")
    expect(phone.get_by_text("Nothing is left for you to rate")).to_be_visible()
    expect(facilitator.get_by_text("3 ratings · 1 person began to rate")).to_be_visible()  # told without a reload
    phone.locator("details.own a").first.tap()
    phone.locator("[name=answer][value=absent]").check()
    phone.get_by_role("button", name="Change my answer").tap()
    expect(phone.get_by_role("status")).to_contain_text("Your answer is kept.")
    other = rater(opened, link)
    other.get_by_role("button", name="Begin").click()
    for _n in range(3):
        rated(other, "kept")
    expect(facilitator.get_by_text("3 of 3 items have 2 ratings or more.")).to_be_visible()
    closed(facilitator)
    expect(facilitator.get_by_text("2 verdicts settled, 1 disputed, 0 lacking ratings.")).to_be_visible()
    facilitator.get_by_label("Verdict").first.select_option("partly")
    facilitator.get_by_role("button", name="Settle").first.click()
    expect(facilitator.get_by_text("Settled: partly").first).to_be_visible()
    facilitator.get_by_role("link", name="How far can these verdicts be trusted?").click()
    expect(facilitator.get_by_text("settled blind by the raters of a panel")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="The panel is closed")).to_be_visible()
    assert not [cookie for cookie in phone.context.cookies() if cookie["name"].startswith("comparia_rater")]
    assert [page.problems for page in (facilitator, phone, other)] == [[], [], []]


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_and_nothing_sticks_out(opened, compared, locale, theme):
    found, shown = [], {"locale": locale, "bypass_csp": True}

    def looked_at(page, most_open=40):
        found.extend(violations(page, theme, most_open))
        for width in (390, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((page.url, "sticks out", width))
        assert page.problems == []

    looked_at(opened(f"{compared}/panels", **shown))
    for kind, answer in (("verdicts", "kept"), ("preferences", "A")):
        facilitator, link = begun(opened, compared, kind, **shown)
        phone = rater(opened, link, **shown, **PHONE)
        looked_at(phone)
        phone.locator("button.main").tap()
        phone.wait_for_selector("form.ballot")
        looked_at(phone)
        rated(phone, answer)
        looked_at(phone)
        for _n in range(2):
            rated(phone, "unknown")
        looked_at(phone)  # nothing is left
        facilitator.reload()
        looked_at(facilitator)
        closed(facilitator)
        looked_at(facilitator)
        phone.reload()
        looked_at(phone)
    looked_at(opened(f"{compared}/audit", **shown), most_open=0)
    assert found == []
