"""The first page: give a session, or come back to one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.ingest import without_media
from comparia.ingest.source import MAX_BYTES
from comparia.messages import gettext as _
from comparia.records import Draft, Stage
from comparia.web.pages import page, settings_of

if TYPE_CHECKING:
    from comparia.store import RunLine

MOST_STAGES = 20
"""Stages that are listed."""


@dataclass(frozen=True)
class HomePage:
    """Everything the first page shows."""

    runs: Sequence[RunLine]
    """Comparisons, the newest first."""
    drafts: Sequence[Draft]
    """Sessions that were given and not sent, the newest first."""
    stages: Sequence[Stage]
    """Stages, the newest first."""
    live: Collection[str]
    """Ids of the comparisons under way."""
    most_bytes: int
    """Bytes of the largest file that is read."""
    too_large: str
    """What is said of a larger one."""
    unaccepted: str
    """Settings file of the folder that was not accepted yet; empty for none."""


def show(request: Request) -> Response:
    """Show a session to give, those not sent yet, and the runs, newest first."""
    settings = settings_of(request)
    runs: Sequence[RunLine] = ()
    drafts: Sequence[Draft] = ()
    stages: Sequence[Stage] = ()
    if library.has_store(settings):
        with library.open_store(settings) as store:
            runs, stages = store.runs.lines(), store.workbench.stages()[:MOST_STAGES]
            drafts = [draft for draft in store.workbench.drafts() if not draft.sent]
    large = _("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000)
    live = request.app.state.running.live()
    return page(
        request,
        "home.html",
        HomePage(runs, drafts, stages, live, MAX_BYTES, f"{large} {without_media()}", settings.unaccepted),
    )
