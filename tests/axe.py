"""Accessibility of a page as axe finds it, in both themes."""

from axe_playwright_python.sync_playwright import Axe


def violations(page, most_open=40):
    """Open up to `most_open` folds of a page, and return what axe finds wrong: every rule in light, contrast in dark too."""
    page.evaluate(
        "most => document.querySelectorAll('details').forEach((d, i) => { if (i < most) d.open = true })", most_open
    )
    page.emulate_media(color_scheme="light")
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [(page.url, problem["id"], problem["nodes"][0]["html"][:200]) for problem in found]
