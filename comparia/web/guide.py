"""The four steps of a first visit: on which pages they stand, hidden for good, shown again."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import config, library
from comparia.web.pages import settings_of, text_of, to
from comparia.web.preferences import take_up

GIVE, UNDERSTAND, CHOOSE, READ = 1, 2, 3, 4
"""The steps: give a file, check what is understood, choose who writes, read what was lost."""


def step_of(request: Request, step: int, *, run: str = "") -> int:
    """Return the step that a page shows as the current one; 0 where the steps are not shown.

    Unless somebody said otherwise, they are shown until a comparison of one's own is there.

    Args:
        request: answered.
        step: of the page.
        run: id of the comparison that the page is about; empty for none.
    """
    settings = settings_of(request)
    if settings.guide == "hidden":
        return 0
    return step if settings.guide == "shown" or library.is_first_visit(settings, but=run) else 0


def keep(request: Request, form: FormData) -> Response:
    """Hide the steps for good, or show them again."""
    chosen: dict[str, config.Setting] = {"guide": "shown" if text_of(form, "guide") == "shown" else "hidden"}
    config.remember(chosen)
    take_up(request, chosen)
    back = text_of(form, "back", 300)
    return to(back if back.startswith("/") and not back.startswith("//") else "/")
