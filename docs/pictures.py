"""Make the pictures of the guides from the program itself: `make pictures`.

Chromium opens the pages of a server with the sample session, in both languages, and a study that ships draws its own
figures. Nothing is sent anywhere.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
IMAGES = HERE / "images"
COMPARIA = (sys.executable, "-m", "comparia")
SIZE = {"width": 1000, "height": 640}
PHONE = {"width": 390, "height": 640}
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
STUDY = HERE.parent / "transcripts" / "extracts.study.toml"


@contextmanager
def served(outputs: Path, lang: str) -> Iterator[str]:
    """Start `comparia serve` over a folder and yield its address."""
    command = [*COMPARIA, "serve", "--no-browser", "--port", "0", "--room-host", "127.0.0.1", "--outputs", str(outputs)]
    environment = {**os.environ, "COMPARIA_LANG": lang, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def take(page: Page, name: str, lang: str, *, at: str = "") -> None:
    """Write what a page shows as `images/NAME.LANG.jpg`, from an element on where one is given."""
    if at:
        page.locator(at).first.evaluate("element => scrollTo(0, element.getBoundingClientRect().top + scrollY - 12)")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / f"{name}.{lang}.jpg", type="jpeg", quality=72)
    print(f"images/{name}.{lang}.jpg")


def pages(browser: Browser, lang: str) -> None:
    """Take the pictures of the guides for facilitators and for trainers in one language."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), lang) as address:
        page = browser.new_page(viewport=SIZE, locale=lang)  # type: ignore[arg-type]
        page.goto(address)
        with page.expect_navigation():
            page.locator("form.demonstration button").click()
        compared = page.url.partition("#")[0].partition("?")[0]
        page.locator("[data-events]").wait_for(state="detached", timeout=120_000)  # scored: the page comes by itself
        page.wait_for_load_state()
        take(page, "findings", lang, at="#lost")
        page.goto(f"{compared}/compose")
        page.locator("button[name=action][value^=start]").nth(2).click()
        page.locator(".piece, .passage").first.wait_for()
        take(page, "composer", lang, at="main header")
        page.goto(f"{compared}#voting")
        form = page.locator("form[action$='/votes']")
        form.evaluate("form => form.closest('details').open = true")
        with page.expect_navigation():
            form.locator("button").first.click()
        with page.expect_navigation():
            page.locator("form[action$='/room'] button").first.click()
        link = page.locator(".address").first.inner_text().strip()
        code = page.locator("strong.code").first.inner_text().strip()
        take(page, "room", lang, at="main header")
        phone = browser.new_page(viewport=PHONE, locale=lang)  # type: ignore[arg-type]
        phone.goto(f"{link if '://' in link else 'http://' + link}/{code}")
        take(phone, "phone", lang)


def study(lang: str) -> None:
    """Draw the figures of the study that ships in one language."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COMPARIA_LANG": lang}
        for verb, *options in (("run",), ("score",), ("analyse", "--to", f"{folder}/report")):
            command = [*COMPARIA, "study", verb, str(STUDY), "--outputs", f"{folder}/outputs", *options]
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        shutil.copyfile(Path(folder, "report", "contrasts-minority_retention.svg"), IMAGES / f"study.{lang}.svg")
        print(f"images/study.{lang}.svg")


def main() -> None:
    """Make every picture in French and in English."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit("Chromium is not installed: `make system` installs it.")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for lang in ("fr", "en"):
            pages(browser, lang)
        browser.close()
    for lang in ("fr", "en"):
        study(lang)


if __name__ == "__main__":
    main()
