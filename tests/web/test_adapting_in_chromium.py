"""The page of recaps in plain language and translations, in Chromium: written under the eyes, axe, phone and projector."""

import pytest

from comparia import library
from comparia.config import BackendSettings, Settings, remember, shipped
from tests.axe import violations
from tests.fault_server import FaultServer
from tests.web.serving import Serving

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser: stage"), pytest.mark.filterwarnings("ignore")]

SAMPLE = shipped("transcripts") / "library-and-hub"
ARABIC = "# الملخص\n\nقالت ساكنة واحدة إن المكتبة يجب أن تبقى مفتوحة يوم السبت. لم يتقرر شيء في ذلك المساء."


def test_a_recap_is_translated_under_the_readers_eyes(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = Settings(outputs=tmp_path / "outputs")
    session = library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt")
    run = library.compare(session, reference=SAMPLE / "reference.yaml", settings=settings)
    with FaultServer(answer=ARABIC) as server:
        own = BackendSettings(preset="openai-compatible", model="writer", base_url=server.url)
        remember({"backends": {"writer": own.model_dump(mode="json", exclude_defaults=True)}})
        serving = Serving(settings.outputs)
        try:
            page = browser.new_page(viewport={"width": 390, "height": 800})
            page.goto(f"{serving.address}runs/{run.id}/adapted".replace("//runs", "/runs"))
            page.get_by_label("In another language:").check()
            page.get_by_label("Language", exact=True).select_option("ar")
            page.get_by_label("The model that writes").select_option("writer")
            page.get_by_role("button", name="See what it takes").click()
            page.get_by_role("button", name="Write it").click()
            expect(page.get_by_role("heading", name="Translation: Arabic")).to_be_visible()
            expect(page.locator("[data-events]")).to_have_count(0)  # written and checked
            page.wait_for_load_state()
            text = page.locator(".text.paper").first
            expect(text).to_contain_text("قالت ساكنة واحدة")
            assert text.evaluate("element => getComputedStyle(element).direction") == "rtl"
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            for theme in ("light", "dark"):
                assert violations(page, theme) == []
            page.set_viewport_size({"width": 1920, "height": 1080})
            assert page.evaluate("document.documentElement.scrollWidth") <= 1920
        finally:
            serving.stop()
