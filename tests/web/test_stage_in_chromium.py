"""A trainer and two voters at once, the stage before a room, a recording played: in Chromium, served as a user serves them."""

import json
import re

import pytest

from comparia import library
from comparia.config import Settings, shipped
from comparia.prompts import written
from tests.fault_server import FaultServer
from tests.web.serving import Serving, reach

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: stage"), pytest.mark.filterwarnings("ignore")]

SAMPLE = shipped("transcripts") / "library-and-hub"
GROWTH = """
window.sizes = [];
new MutationObserver(() => {
  const size = document.querySelector("[data-cell] .text")?.textContent.length ?? 0;
  if (size && size !== window.sizes.at(-1)) window.sizes.push(size);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Keeps the lengths that the text of the first column goes through."""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def answer(asked):
    if "Recap:" in asked:
        return "1. **Lost**: Ottilie Marsh is not in it [T28]."
    if "only one person" in asked:
        return "The last bus up Weir Road leaves at ten past six, and part of the walk is unlit. " * 60
    return "The meeting spoke of the library. " * 80


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    served = Serving(tmp_path_factory.mktemp("served"), "--room-host", "127.0.0.1")
    yield served
    served.stop()


@pytest.fixture
def opened(browser, serving):
    contexts = []

    def build(path="/", address="", watched=False, **options):
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.problems, page.received = [], []
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))

        def kept(route):
            found = route.fetch(max_redirects=0)
            page.received.append(f"{found.status} {found.headers} {found.text()}")
            route.fulfill(response=found)

        if watched:
            page.route("**/*", kept)
        page.goto((address or serving.address).rstrip("/") + path)
        return page

    yield build
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def session():
    return library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")


@pytest.fixture(scope="module")
def compared(serving, session):
    """The path of a comparison of three recaps of the sample session."""
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=serving.outputs))
    return f"/runs/{run.id}"


def voting(page):
    """Open a blind vote from the page of a comparison; its address."""
    page.get_by_text("Blind vote", exact=True).click()
    page.get_by_role("button", name="Open the vote").click()
    page.wait_for_url("**/votes/*")
    return "/" + page.url.split("/", 3)[3]


def closing(page):
    """Close the vote that a page shows: the close is confirmed."""
    page.get_by_text("Close the vote…").click()
    page.get_by_role("button", name="Close the vote, and show the results").click()
    expect(page.get_by_role("heading", name="What the votes say, by letter")).to_be_visible()


def test_a_trainer_and_two_voters_at_once(opened, compared):
    trainer = opened(compared, viewport={"width": 1920, "height": 1080})
    voting(trainer)
    trainer.get_by_role("button", name="Open the room to phones").click()
    expect(trainer.locator(".qr img")).to_be_visible()
    assert trainer.locator(".qr img").evaluate("image => image.complete && image.naturalWidth > 0")
    address, code = trainer.locator(".address").inner_text(), trainer.locator("strong.code").inner_text()
    phones = [opened("/", address=address, watched=True, **PHONE) for _n in range(2)]
    for phone in phones:  # a code in small letters is the same
        phone.get_by_label("The code on the screen").fill(code.lower())
        phone.get_by_role("button", name="Enter").tap()
        expect(phone.get_by_role("heading", name="Recap C")).to_be_visible()
    phones[0].get_by_label("Recap A is better").check()
    phones[0].get_by_text("Say something of recap A").tap()
    phones[0].get_by_label("minority voice erased").first.check()
    phones[0].get_by_role("button", name="Vote", exact=True).tap()
    expect(phones[0].get_by_role("status")).to_contain_text("Your vote is kept")
    expect(trainer.locator("[data-count=voted]")).to_have_text("1")  # told without a reload
    phones[1].get_by_label("They are all bad").check()
    phones[1].get_by_role("button", name="Vote", exact=True).tap()
    expect(trainer.locator("[data-count=voted]")).to_have_text("2")
    phones[0].reload()
    expect(phones[0].get_by_text("Recap A is better")).to_be_visible()
    phones[0].get_by_role("link", name="Read again, or change my vote").tap()
    expect(phones[0].get_by_label("Recap A is better")).to_be_checked()
    for phone in phones:  # every byte that a phone received
        assert len(phone.received) > 6
        assert not [text for text in phone.received if re.search(r"extractive|centrality|Extracts|most varied", text)]
    closing(trainer)
    assert not re.search("Extracts|most central", trainer.inner_text("main"))  # by letter
    expect(trainer.locator(".bars")).to_contain_text("1 of 2")
    for phone in phones:
        expect(phone.get_by_text("The vote is closed. Look")).to_be_visible()
    letter = phones[0].locator(".letters li").first.inner_text()[-1]
    expect(trainer.locator(".bars tr", has_text=f"Recap {letter}")).to_contain_text("1 of 2")
    trainer.get_by_role("button", name="Show the names").click()
    expect(trainer.get_by_role("heading", name="Who wrote what")).to_be_visible()
    expect(trainer.locator(".finding").first).to_have_text(re.compile("No meaningful difference"))
    assert "Extracts: the most central" in trainer.inner_text("main")
    for phone in phones:
        expect(phone.get_by_text("The names are on the screen")).to_be_visible()
        assert not [cookie for cookie in phone.context.cookies() if cookie["name"].startswith("comparia_voter")]
    assert [page.problems for page in (trainer, *phones)] == [[], [], []]


def test_phones_stay_in_the_room_while_the_server_is_stopped_and_started(opened, session, tmp_path):
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=Settings(outputs=tmp_path))
    first = Serving(tmp_path, "--room-host", "127.0.0.1")
    trainer = opened(f"/runs/{run.id}", address=first.address, viewport={"width": 1920, "height": 1080})
    voting(trainer)
    trainer.get_by_role("button", name="Open the room to phones").click()
    address, code = trainer.locator(".address").inner_text(), trainer.locator("strong.code").inner_text()
    phones = [opened(f"/{code}", address=address, **PHONE) for _n in range(2)]
    phones[0].get_by_label("They are all good").check()
    phones[0].get_by_role("button", name="Vote", exact=True).tap()
    expect(phones[0].get_by_role("heading", name="Thank you")).to_be_visible()
    phones[1].get_by_label("Recap B is better").check()  # not sent yet
    first.stop()
    for phone in phones:
        expect(phone.get_by_text("The connection with the room is lost")).to_be_visible()
    again = Serving(tmp_path, "--room-host", "127.0.0.1")
    try:
        for phone in phones:
            expect(phone.get_by_text("The connection with the room is lost")).to_have_count(0)
        expect(phones[1].get_by_label("Recap B is better")).to_be_checked()  # what was ticked is still there
        phones[1].get_by_role("button", name="Vote", exact=True).tap()
        expect(phones[1].get_by_role("heading", name="Thank you")).to_be_visible()
        trainer = opened(f"/runs/{run.id}", address=again.address, viewport={"width": 1920, "height": 1080})
        trainer.get_by_text("Blind vote", exact=True).click()
        trainer.get_by_role("link", name=re.compile(r"20\d\d, \d")).first.click()
        assert (trainer.locator(".address").inner_text(), trainer.locator("strong.code").inner_text()) == (
            address,
            code,
        )
        expect(trainer.locator("[data-count=voted]")).to_have_text("2")
        closing(trainer)
        for phone in phones:
            expect(phone.get_by_text("The vote is closed. Look")).to_be_visible()
        trainer.get_by_role("button", name="Open the vote again").click()
        expect(phones[0].get_by_role("heading", name="Thank you")).to_be_visible()  # it knows who voted
        closing(trainer)
        trainer.get_by_role("button", name="Show the names").click()
        expect(trainer.get_by_role("button", name="Open the vote again")).to_have_count(0)
        trainer.get_by_role("link", name="The room").first.click()
        trainer.goto(again.address.rstrip("/") + f"/runs/{run.id}")
        voting(trainer)  # the next vote comes to the phones by itself
        for phone in phones:
            expect(phone.get_by_role("heading", name="Recap C")).to_be_visible()
        assert trainer.problems == []
    finally:
        again.stop()


def test_a_ballot_is_read_and_cast_with_a_keyboard_in_its_order(opened, compared):
    page = opened(compared)
    page.goto(page.url.split("/runs")[0] + voting(page) + "/ballot")
    heard = page.locator("main").aria_snapshot()
    order = [heard.index(f'heading "{name}"') for name in ("Library and hub", "Recap A", "Recap B", "Recap C")]
    assert order == sorted(order)
    assert heard.index("Recap C") < heard.index('group "Your vote"') < heard.index('button "Vote"')

    reach(page, "input[type=radio]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    reach(page, "#second")
    reach(page, ".answer button.main")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your vote is kept")
    assert page.problems == []


def test_a_ballot_needs_no_script(opened, compared):
    page = opened(compared, java_script_enabled=False)
    page.goto(page.url.split("/runs")[0] + voting(page) + "/ballot")
    page.get_by_label("I do not know").check()
    page.get_by_role("button", name="Vote", exact=True).click()
    assert "Your vote is kept" in page.inner_text("main")


def test_prompts_are_worked_on_stage_while_columns_stream(opened, compared):
    page = opened(compared, viewport={"width": 1920, "height": 1080})
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("button", name="Work the prompt on stage").click()
    with FaultServer(answer=answer, faults=["held"]) as server:
        page.fill("#text", "Summarise.")
        page.locator("summary", has_text="Others").click() if not page.locator("#other").is_visible() else None
        page.fill("#other", f"m@{server.url}")
        expect(page.locator("#checklist")).to_contain_text("Ask for what a single person said")
        page.get_by_role("button", name="Run version 2").click()
        expect(page.locator("[data-cell] .text")).to_contain_text("The meeting spoke")
        page.fill("#text", "Summarise. List what only one person said.")  # typed while the others are written
        server.release()
        expect(page.locator("#version-2")).to_be_attached()
        assert page.input_value("#text") == "Summarise. List what only one person said."
        expect(page.locator("#checklist")).to_contain_text("Minority views are asked for.")
        page.get_by_role("button", name="Run version 3").click()
        expect(page.locator("#version-3 .gain").first).to_be_visible()
        assert "List what only one person said." in page.locator("#version-3 ins").all_inner_texts()[0]
        page.get_by_role("button", name="Challenge this recap").click()
        expect(page.locator(".answers")).to_contain_text("Ottilie Marsh is not in it")
        page.locator("#version-2").get_by_role("link", name="Go back to it").click()
        expect(page.locator("#text")).to_have_value(re.compile(r"^Summarise\.\n\n"))
        expect(page.locator(".results")).to_contain_text("The meeting spoke")
    assert page.problems == []


@pytest.fixture(scope="module")
def recording(tmp_path_factory, session):
    """A recording of two versions, whose answers came in five pieces, a third of a second apart."""
    folder = tmp_path_factory.mktemp("recorded")
    settings = Settings(outputs=folder / "outputs", policy="local")
    runs = []
    with FaultServer(answer=answer, faults=["drip"] * 9) as server:
        for text in ("Summarise.", "Summarise. List what only one person said."):
            prompt = written(text, "en", name="typed")
            run = library.compare(
                session,
                [prompt],
                [f"m@{server.url}"],
                reference=SAMPLE / "reference.yaml",
                settings=settings,
                stream=True,
            )
            runs.append(run.id)
    file = folder / "two.comparia"
    recorded = json.loads(library.record(runs, settings=settings))
    recorded["checksum"] = ""  # it is changed on purpose
    for kept in recorded["answers"]:
        length = len(kept["completion"]["text"])
        kept["completion"]["rhythm"] = [(300 * n, length * n // 5) for n in range(1, 6)]
    file.write_text(json.dumps(recorded, ensure_ascii=False, separators=(",", ":")))
    return file


def test_a_recording_plays_in_its_rhythm_without_network(opened, recording, tmp_path):
    served = Serving(tmp_path, "--replay", recording, verb="stage")
    try:
        page = opened("", address=served.address)
        page.add_init_script(GROWTH)
        page.get_by_role("button", name="Play version 1").click()
        expect(page.locator("#version-1")).to_be_attached()
        sizes = page.evaluate("window.sizes")
        assert len(sizes) > 2  # it grew before one's eyes
        assert sizes == sorted(sizes)
        page.get_by_role("button", name="Play version 2").click()
        expect(page.locator("#version-2 .gain").first).to_be_visible()
        assert page.problems == []
    finally:
        served.stop()


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_and_nothing_sticks_out(opened, compared, serving, locale, theme, settings_of_stage):
    from tests.axe import violations

    stage, judging, revealed, room, results = settings_of_stage
    found = []
    places = [
        (stage, ""),
        (judging, ""),
        (f"{judging}/ballot", ""),
        (revealed, ""),
        (results, ""),
        ("/room", ""),
        ("/", room[0]),
        ("/test", room[0]),
        (f"/{room[1]}", room[0]),
        ("/preferences", ""),
    ]
    for path, address in places:
        page = opened(path, address=address, locale=locale, bypass_csp=True)
        found.extend(violations(page, theme))
        for width in (390, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((path, "sticks out", width))
        assert page.problems == []
        page.context.close()
    assert found == []


@pytest.fixture(scope="module")
def settings_of_stage(browser, serving, compared, session):
    """A stage of two versions, a vote that is open, one whose names are shown, the room, and one that is closed."""
    page = browser.new_page(locale="en-GB")
    root = serving.address.rstrip("/")
    page.goto(root + compared)
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("button", name="Work the prompt on stage").click()
    stage = "/" + page.url.split("/", 3)[3]
    with FaultServer(answer=answer) as server:
        for number, text in ((2, "Summarise."), (3, "Summarise. List what only one person said.")):
            page.fill("#text", text)
            if not page.locator("#other").is_visible():
                page.locator("summary", has_text="Others").click()
            page.fill("#other", f"m@{server.url}" if number == 2 else "")
            page.get_by_role("button", name=f"Run version {number}").click()
            page.wait_for_selector(f"#version-{number}", state="attached")
        page.get_by_role("button", name="Challenge this recap").click()
        expect(page.locator(".answers")).to_contain_text("Ottilie Marsh")
    found = []
    for _n in range(3):
        page.goto(root + compared)
        found.append(voting(page))
    for judging in (found[0], found[2]):
        page.goto(f"{root}{judging}/ballot")
        page.get_by_label("Recap A is better").check()
        page.get_by_text("Say something of recap B").click()
        page.locator("#sentence-B").select_option("1")
        page.locator("#sentence_tag-B").select_option("lost_nuance")
        page.get_by_role("button", name="Vote", exact=True).click()
        page.goto(root + judging)
        closing(page)
        page.get_by_text("Shares, tests and agreement").click()
        if judging == found[0]:
            page.get_by_role("button", name="Show the names").click()
    page.goto(root + found[1])
    opening = page.get_by_role("button", name=re.compile("Open the room to phones|Put this vote before the phones"))
    if opening.count():  # it is open where another test opened it
        opening.click()
    room = page.locator(".address").inner_text(), page.locator("strong.code").inner_text()
    page.close()
    return stage, found[1], found[0], room, found[2]


def test_what_is_typed_while_a_form_is_on_its_way_is_on_the_next_page(opened, settings_of_stage):
    page = opened(settings_of_stage[0])
    page.evaluate(
        """() => {
          document.querySelector("[formaction$='/names']").click();
          const text = document.querySelector("#text");
          text.value = "Typed after the click. " + text.value;
          text.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect(page.get_by_role("button", name="Show the names")).to_be_visible()
    expect(page.locator("#text")).to_have_value(re.compile("Typed after the click"))
    page.get_by_role("button", name="Show the names").click()
    expect(page.get_by_role("button", name="Hide the names")).to_be_visible()
    expect(page.locator("#text")).to_have_value(re.compile("Typed after the click"))
    assert page.problems == []


def test_what_is_typed_is_kept_however_soon_one_leaves(opened, settings_of_stage):
    page = opened(settings_of_stage[0])
    page.locator("#text").press_sequentially("Precious words.")
    page.get_by_role("button", name="Hide the names").click()
    expect(page.locator("#text")).to_have_value(re.compile("Precious words"))
    page.get_by_role("button", name="Show the names").click()
    expect(page.get_by_role("button", name="Hide the names")).to_be_visible()
    page.locator("#text").press_sequentially("More of them.")
    page.locator("#version-1 a").click()
    expect(page.get_by_text("A prompt that was being typed is kept.")).to_be_visible()
    page.get_by_role("link", name="Take it up again").click()
    expect(page.locator("#text")).to_have_value(re.compile("More of them"))
    page.fill("#text", "Summarise. List what only one person said.")
    page.wait_for_timeout(900)
    assert page.problems == []


def test_a_keyboard_works_the_stage_in_its_order(opened, settings_of_stage):
    page = opened(settings_of_stage[0])
    heard = page.locator("main").aria_snapshot()
    names = ("Library and hub", "The prompt", "Version 3", "What a model says of it", "Versions")
    order = [heard.index(f'heading "{name}') for name in names]
    assert order == sorted(order)

    reach(page, "#text")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Say who will read it.")
    reach(page, "#buttons button.main")
    reach(page, "#checklist summary")
    reach(page, "button[name=challenge]")
    reach(page, "#version-2 a")
    page.keyboard.press("Enter")
    expect(page.locator("#version-2")).to_have_attribute("aria-current", "true")
    assert page.problems == []
