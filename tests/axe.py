"""Accessibility of a page as axe finds it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

ONLY = {"resultTypes": ["violations"], "selectors": False, "iframes": False}
"""What axe tells: no paths of what passes, which take most of its time."""


NAVIGATIONS = 3
"""Times a page may go to another one by itself while it is looked at."""


def violations(page, theme, most_open=40):
    """Open up to `most_open` folds of a page, and return what axe finds wrong in a theme, `light` or `dark`."""
    for attempt in range(NAVIGATIONS, -1, -1):
        try:
            found = _found(page, theme, most_open)
            break
        except Error as error:  # a page that follows the room goes to another one by itself
            if "navigation" not in str(error) or not attempt:
                raise
            page.wait_for_load_state()
    return [(page.url, problem["id"], problem["nodes"][0]["html"][:200]) for problem in found]


def _found(page, theme, most_open):
    page.evaluate(
        "most => document.querySelectorAll('details').forEach((d, i) => { if (i < most) d.open = true })", most_open
    )
    page.emulate_media(color_scheme=theme)
    return Axe().run(page, options=ONLY).response["violations"]
