"""Accessibility of a page as axe finds it."""

from axe_playwright_python.sync_playwright import Axe

ONLY = {"resultTypes": ["violations"], "selectors": False, "iframes": False}
"""What axe tells: no paths of what passes, which take most of its time."""


def violations(page, theme, most_open=40):
    """Open up to `most_open` folds of a page, and return what axe finds wrong in a theme, `light` or `dark`."""
    page.evaluate(
        "most => document.querySelectorAll('details').forEach((d, i) => { if (i < most) d.open = true })", most_open
    )
    page.emulate_media(color_scheme=theme)
    found = Axe().run(page, options=ONLY).response["violations"]
    return [(page.url, problem["id"], problem["nodes"][0]["html"][:200]) for problem in found]
