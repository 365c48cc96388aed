"""The first page: give a session, or come back to one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.web.pages import page, settings_of


def show(request: Request) -> Response:
    """A session to give, those not sent yet, and the runs, newest first."""
    settings = settings_of(request)
    runs, waiting, stages = [], [], []
    if library.has_store(settings):
        store = library.open_store(settings)
        try:
            runs, waiting, stages = store.runs(), store.workbench.drafts(), store.workbench.stages()
        finally:
            store.close()
    live = request.app.state.running.live()
    return page(request, "home.html", {"runs": runs, "drafts": waiting, "stages": stages[:20], "live": live})
