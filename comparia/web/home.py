"""The first page: give a session, or come back to one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import config, library
from comparia.errors import InputError
from comparia.ingest import without_media
from comparia.ingest.source import MAX_BYTES
from comparia.messages import gettext as _
from comparia.records import Stage
from comparia.text.words import fold, strip_accents
from comparia.web.guide import GIVE, step_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, settings_of, text_of
from comparia.web.preferences import take_up

if TYPE_CHECKING:
    from comparia.store import RunLine, WaitingSession

MOST_STAGES = 20
"""Stages that are listed."""
MOST_RUNS = 30
"""Comparisons on one page of their list."""
TOO_MANY = 10_000
"""Comparisons that are searched."""

Order = Literal["newest", "oldest", "title"]


@dataclass(frozen=True)
class RunsPage:
    """One page of the list of comparisons, as its address chooses it."""

    runs: Sequence[RunLine]
    """The comparisons on it."""
    words: str
    """What is searched in their titles; empty for all of them."""
    order: Order
    """How they are sorted."""
    found: int
    """How many there are in all."""
    of: int
    """How many there would be without a search."""
    before: str
    """Address of the page before it; empty for none."""
    after: str
    """Address of the page after it; empty for none."""


@dataclass(frozen=True)
class HomePage:
    """Everything the first page shows."""

    listed: RunsPage
    """Comparisons."""
    waiting: Sequence[WaitingSession]
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
    guide: int
    """The step of a first visit that stands there; 0 for none."""
    asks_retention: bool
    """Whether nobody has said yet how long texts are kept."""


def show(request: Request) -> Response:
    """Show a session to give, those not sent yet, and the comparisons."""
    settings = settings_of(request)
    runs: Sequence[RunLine] = ()
    waiting: Sequence[WaitingSession] = ()
    stages: Sequence[Stage] = ()
    if library.has_store(settings):
        with library.open_store(settings) as store:
            runs, stages = store.runs.lines(TOO_MANY), store.workbench.stages()[:MOST_STAGES]
            waiting = store.workbench.waiting()
    large = _("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000)
    view = HomePage(
        listed=_listed(runs, request),
        waiting=waiting,
        stages=stages,
        live=request.app.state.running.live(),
        most_bytes=MAX_BYTES,
        too_large=f"{large} {without_media()}",
        unaccepted=settings.unaccepted,
        guide=step_of(request, GIVE),
        asks_retention=not settings.retention_chosen and settings.retention_days is None,
    )
    return page(request, "home.html", view)


def _listed(runs: Sequence[RunLine], request: Request) -> RunsPage:
    """Return the page of the list that the address of a request chooses: words, order, number of the page."""

    def plain(text: str) -> str:
        return strip_accents(fold(text))

    query = request.query_params
    words = " ".join(query.get("q", "")[:200].split())
    order: Order = next((name for name in get_args(Order) if name == query.get("sort")), "newest")
    found = [run for run in runs if all(word in plain(run.title) for word in plain(words).split())]
    if order == "oldest":
        found.reverse()
    elif order == "title":
        found.sort(key=lambda run: plain(run.title))
    number = query.get("page", "")
    last = max(1, -(-len(found) // MOST_RUNS))
    at = min(int(number), last) if number.isdecimal() and 0 < len(number) < 6 and int(number) else 1

    def address(other: int) -> str:
        if not 1 <= other <= last:
            return ""
        chosen = {"q": words, "sort": "" if order == "newest" else order, "page": str(other) if other > 1 else ""}
        return f"/?{urlencode({name: value for name, value in chosen.items() if value})}#runs"

    shown = found[(at - 1) * MOST_RUNS : at * MOST_RUNS]
    return RunsPage(shown, words, order, len(found), len(runs), address(at - 1), address(at + 1))


def rename(request: Request, form: FormData) -> Response:
    """Give a comparison another title. Raises InputError, UnknownName."""
    title = " ".join(text_of(form, "title", 300).split())
    if not title:
        raise InputError(_("a title has words."), cure=_("Write the title of the session."))
    with library.open_store(settings_of(request)) as store:
        store.runs.rename(request.path_params["run"], title)
    return noticed(request, "/#runs", Notice(_("It is now called “{title}”.").format(title=title), good=True))


def keep_retention(request: Request, form: FormData) -> Response:
    """Remember how long texts are kept: a number of days, or until somebody removes them. Raises ConfigurationError."""
    days = text_of(form, "retention_days", 10)
    chosen: dict[str, config.Setting] = {
        "retention_days": int(days) if days.isdecimal() and int(days) else None,
        "retention_chosen": True,
    }
    config.remember(chosen)
    take_up(request, chosen)
    return noticed(request, "/", Notice(_("Kept. The settings can change it."), good=True))
