"""The page of the document in Chromium: keyboard, accessibility, a phone, French, and the file that comes."""

import docx
import pytest

from comparia import library
from comparia.config import Settings, shipped
from tests.axe import violations
from tests.web.serving import reach

pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser: document"),
    pytest.mark.filterwarnings("ignore"),
]

SAMPLE = shipped("transcripts") / "library-and-hub"
RECAP = "## Opening hours\n\nRing Ottilie on 01632 960417. The library should stay open until eight [T12]."


@pytest.fixture(scope="module")
def compared(serving):
    """The path of a comparison of the sample session, with a recap by hand that holds personal data."""
    settings = Settings(outputs=serving.outputs)
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt", title="Library and hub")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=settings)
    library.import_text(run.id, RECAP, "Sophie Martin", settings=settings)
    return f"/runs/{run.id}"


def test_the_document_is_chosen_and_downloaded_from_the_keyboard(opened, compared, tmp_path):
    page = opened(compared)
    page.get_by_text("Send out", exact=True).click()
    page.get_by_role("link", name="The document").click()
    assert page.get_by_role("radio", name="Sophie Martin").is_checked()
    for name in ("frame", "points", "method"):
        reach(page, f"[name={name}]")
        page.keyboard.press("Space")
    reach(page, "[name=people]")
    page.keyboard.press("ArrowDown")
    reach(page, "#title")
    page.keyboard.press("Control+A")
    page.keyboard.type("Our evening")
    reach(page, "button.main")
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    assert waited.value.suggested_filename.startswith("Our evening – document")
    waited.value.save_as(tmp_path / "got.docx")
    text = [p.text for p in docx.Document(tmp_path / "got.docx").paragraphs]
    assert text[0] == "Our evening"
    assert text[-1].startswith("Ring O. on [phone")
    assert text[-1].endswith("until eight.")
    page.reload()
    assert page.locator("#title").input_value() == "Our evening"
    assert page.get_by_role("radio", name="Initials").is_checked()


def test_personal_data_is_masked_at_a_click(opened, compared):
    page = opened(f"{compared}/document")
    assert page.get_by_text("1 piece of personal data in this recap.").is_visible()
    page.get_by_role("button", name="Mask it").click()
    page.wait_for_url("**/document#check")
    assert page.get_by_text("1 piece of personal data in this recap.").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("locale", "heading"), [("fr-FR", "Le document"), ("en-GB", "The document")])
def test_the_page_reads_well_for_everybody(opened, compared, width, locale, heading):
    page = opened(f"{compared}/document", locale=locale, viewport={"width": width, "height": 800})
    assert page.get_by_role("heading", level=1).inner_text() == heading
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for theme in ("light", "dark"):
        assert violations(page, theme) == []


def test_a_recap_is_renamed_removed_and_put_back(opened, compared):
    page = opened(compared)
    page.locator("#h1 details.change summary").click()
    page.fill("#name-h1", "Awa Diop")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.locator("#h1-title").get_by_text("Awa Diop").wait_for()
    page.locator("#h1 details.change summary").click()
    page.locator("#h1").get_by_role("button", name="Remove this recap").click()
    page.get_by_text("Awa Diop is removed from this comparison").wait_for()
    assert page.locator("#h1").count() == 0
    page.get_by_role("button", name="Put it back").click()
    page.locator("#h1-title").wait_for()
