"""A session is heard in Chromium: a recording is given, words play their seconds and stop, by mouse and by keys."""

import pytest

from comparia import library
from comparia.config import Settings
from tests.sounds import VTT, tone
from tests.web.serving import reach

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: hearing"),
    pytest.mark.filterwarnings("ignore"),
]

AT = "document.querySelector('#player audio').currentTime"
PAUSED = "document.querySelector('#player audio').paused"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return tone(tmp_path_factory.mktemp("sounds") / "evening.wav", 9)


@pytest.fixture(scope="module")
def heard(serving, sound, tmp_path_factory):
    """The path of a comparison whose session has its recording."""
    session = tmp_path_factory.mktemp("session") / "session.vtt"
    session.write_text(VTT, "utf-8")
    settings = Settings(outputs=serving.outputs)
    return f"/runs/{library.compare(session, recording=sound, settings=settings).id}"


def open_turns(page):
    page.locator(".read-session").click()
    expect(page.locator(".turns button.play").first).to_be_visible()
    return page.locator(".turns .play")


def test_a_turn_plays_from_its_start_to_its_end_and_stops(opened, heard):
    page = opened(heard)
    player = page.locator("#player")
    expect(player).to_be_hidden()
    assert page.locator("audio").get_attribute("preload") == "none"
    turns = open_turns(page)
    second = turns.nth(1)
    assert second.evaluate("button => button.tagName") == "BUTTON"
    expect(second).to_have_attribute("aria-label", "Play 0:00:04 to 0:00:05")
    second.click()
    expect(player).to_be_visible()
    expect(second).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"{AT} >= 4")
    expect(second).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(PAUSED)
    assert 5.4 <= page.evaluate(AT) < 6.5
    assert page.problems == []


def test_another_turn_takes_over_and_a_second_click_stops(opened, heard):
    page = opened(heard)
    turns = open_turns(page)
    turns.nth(0).click()
    turns.nth(2).click()
    expect(turns.nth(0)).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"{AT} >= 6")
    turns.nth(2).click()
    assert page.evaluate(PAUSED)
    assert page.evaluate(AT) < 9


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_play_and_escape_stops(opened, heard, key):
    page = opened(heard)
    open_turns(page)
    reach(page, ".turns button.play")
    page.keyboard.press(key)
    page.wait_for_function(f"!{PAUSED}")
    page.keyboard.press("Escape")
    assert page.evaluate(PAUSED)
    expect(page.locator(".turns .play").first).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.activeElement.matches('.turns .play')")


def test_a_quotation_plays_the_cues_that_hold_it(opened, serving, heard):
    run = library.read_run(heard.rsplit("/", 1)[1], settings=Settings(outputs=serving.outputs))
    page = opened(f"{heard}/points?turn=1&words=in the shade of the old tree")
    page.fill("#new_text", "A bench is wanted in the shade.")
    page.get_by_role("button", name="Keep, and score again").first.click()
    page.goto(serving.address.rstrip("/") + f"{heard}/points")
    page.get_by_text("Words, and more").first.click()
    button = page.get_by_role("button", name="Play 0:00:02 to 0:00:03")
    button.click()
    page.wait_for_function(f"{AT} >= 2")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert 3.4 <= page.evaluate(AT) < 4.5
    assert page.problems == []
    assert run.transcript.recording


def test_words_behind_a_sentence_can_be_heard_in_the_panel(opened, heard):
    page = opened(heard)
    page.locator(".recap .text").first.focus()
    page.wait_for_selector(".recap .text[tabindex]")
    page.locator(".recap .text").first.press("ArrowDown")
    quote = page.locator("#pane blockquote").first
    expect(quote).to_be_visible()
    assert quote.inner_text().count("▶") == 1
    quote.locator(".play").click()
    page.wait_for_function(f"!{PAUSED}")
    expect(page.locator("#player")).to_be_visible()


def test_going_elsewhere_in_the_recording_plays_on(opened, heard):
    page = opened(heard)
    turns = open_turns(page)
    turns.nth(2).click()
    page.wait_for_function(f"!{PAUSED} && {AT} >= 6")
    page.evaluate(f"{AT} = 1")
    expect(turns.nth(2)).to_have_attribute("aria-pressed", "false")
    assert not page.evaluate(PAUSED)


def test_a_recording_that_goes_meanwhile_is_said_in_place(opened, heard, sound):
    page = opened(heard)
    turns = open_turns(page)
    moved = sound.rename(sound.with_name("moved.wav"))
    try:
        turns.nth(0).click()
        expect(page.locator("#player [role=status]")).to_have_text(
            "The recording is not there any more: it cannot be heard."
        )
        page.reload()
        expect(page.locator("main > [role=status]")).to_contain_text("not there any more")
        assert page.locator(".play").count() == 0
    finally:
        moved.rename(sound)
    page.reload()
    open_turns(page).nth(0).click()
    page.wait_for_function(f"!{PAUSED}")


def test_without_a_script_a_link_opens_the_browser_s_own_player(opened, heard):
    page = opened(heard, java_script_enabled=False)
    page.locator(".read-session").click()
    link = page.locator(".turns a.play").nth(1)
    assert link.get_attribute("href") == f"{heard}/recording#t=4.0,5.5"
    link.click()
    page.wait_for_url("**/recording#t=4.0,5.5")
    assert page.locator("video, audio").count() == 1
    again = opened(f"{heard}/recording#t=4.0,5.5")
    again.wait_for_function("document.querySelector('video, audio').duration > 8")  # its own policy lets it be read


def test_a_recording_is_given_on_the_page_of_a_session(opened, sound):
    page = opened()
    page.set_input_files("#files", {"name": "session.vtt", "mimeType": "text/vtt", "buffer": VTT.encode()})
    page.get_by_role("button", name="See what is understood").click()
    page.fill("#title", "Typed and not kept yet")
    page.set_input_files("#recording-file", sound)
    page.get_by_role("button", name="Give this recording").click()
    expect(page.locator("section.recording")).to_contain_text("evening.wav · 0:00:09")
    assert page.input_value("#title") == "Typed and not kept yet"
    assert page.evaluate("document.activeElement.id") == "recording"
    page.locator("ol.turns button.play").first.click()
    page.wait_for_function(f"{AT} >= 0.5")
    assert page.problems == []
    page.get_by_role("button", name="Take the recording away").click()
    expect(page.get_by_label("Sound or film of the session")).to_be_visible()
    page.set_input_files("#recording-file", {"name": "x.mp3", "mimeType": "audio/mpeg", "buffer": b"<html>" * 1000})
    page.get_by_role("button", name="Give this recording").click()
    expect(page.locator("section.recording [data-copied]")).to_contain_text("this is not a recording")
    assert page.locator("#recording-file").count() == 1


def test_a_page_is_sent_out_with_its_recording_when_the_box_is_ticked(opened, heard):
    page = opened(heard)
    page.get_by_text("Send out", exact=True).click()
    for ticked, suffix in ((False, ".html"), (True, ".zip")):
        page.get_by_label("With the recording (an archive)").set_checked(ticked)
        with page.expect_download() as download:
            page.get_by_role("button", name="Web page (HTML)").click()
        assert download.value.suggested_filename.endswith(suffix)
    assert page.problems == []


@pytest.mark.parametrize(("locale", "theme"), [("fr-FR", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing(opened, heard, locale, theme):
    from tests.axe import violations

    found = []
    for path in (heard, f"{heard}/points", f"{heard}/compose", f"{heard}/audit"):
        page = opened(path, locale=locale, bypass_csp=True)
        page.evaluate("document.querySelector('#player').hidden = false")
        found.extend(violations(page, theme))
        page.context.close()
    page = opened(locale=locale, bypass_csp=True)
    page.locator(".sample button").click()
    page.wait_for_selector("#recording-file")
    found.extend(violations(page, theme))
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_player_covers_nothing_that_has_the_focus(opened, heard, width):
    page = opened(heard, viewport={"width": width, "height": 700})
    turns = open_turns(page)
    turns.nth(0).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    turns.nth(2).focus()
    turns.nth(2).scroll_into_view_if_needed()
    player, last = page.locator("#player").bounding_box(), turns.nth(2).bounding_box()
    assert last["y"] + last["height"] <= player["y"]
