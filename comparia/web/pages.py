"""A page from its template: what every page knows, and where it leads back to."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from comparia import __version__, library, messages
from comparia.config import Settings
from comparia.errors import CompariaError, UnknownName, with_cure
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports import html, wording
from comparia.text.controls import shown_text
from comparia.text.dates import iso_date
from comparia.web.notices import Notice, Notices, notice_of, noticed
from comparia.web.notices import to as to

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HERE = Path(__file__).parent


def common(request: Request) -> dict[str, Any]:
    """Return what every template may read, besides what its view gives."""
    notices: Notices | None = getattr(request.app.state, "notices", None)
    audience = getattr(request.app.state, "audience", None)
    return {
        "lang": messages.language(),
        "version": __version__,
        "here": request.url.path,
        "room_open": audience is not None and audience.is_open,
        "notice": notices.of(request) if notices is not None else None,
        "wording": wording,
        "number": messages.number,
        "day_as_given": messages.day_as_given,
        "moment": messages.moment,
        "duration": messages.duration,
        "labelled": messages.labelled,
        "with_cure": with_cure,
        "percent": messages.percent,
    }


def page(
    request: Request, name: str, view: DataclassInstance | Mapping[str, Any], *, status: int = 200, **more: Any
) -> Response:
    """Return a template filled with a view: autoescaped, in the reader's language.

    Args:
        request: answered.
        name: of the template.
        view: a dataclass whose fields are all that the template reads, besides what `common` gives.
        status: of the answer.
        more: what wins over `common`.
    """
    given = view if isinstance(view, Mapping) else {field.name: getattr(view, field.name) for field in fields(view)}
    filled = _environment().get_template(name).render(**{**common(request), **given, **more})
    return HTMLResponse(shown_text(filled).encode("utf-8", "replace"), status)


def ready() -> None:
    """Compile the templates that take longest, so that nobody waits for it."""
    for name in ("comparison.html", "_points.html", "session.html", "points.html"):
        _environment().get_template(name)


def run_of(request: Request) -> Run:
    """Return the stored run that the address names by its id; a file is no id. Raises UnknownName."""
    name = request.path_params["run"]
    if not re.fullmatch(r"[\w-]+", name):
        raise UnknownName(_("run"), name, ())
    return library.read_run(name, settings=settings_of(request))


def formed(
    handler: Callable[[Request, FormData], Response], back: str, **limits: int
) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler of forms as a route: the form is read, within limits, then handled in a thread: streams flow on.

    Args:
        handler: is given the form.
        back: address of the page that holds the form, with the parameters of the route (`/runs/{run}`): what cannot be
            done is said there.
        limits: of the form, as Starlette names them.
    """

    async def endpoint(request: Request) -> Response:
        async with request.form(**limits) as form:
            return await run_in_threadpool(handler, request, form)

    return posted(endpoint, back)


def posted(
    handler: Callable[[Request], Response | Awaitable[Response]], back: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler of POST as a route that always redirects: an error is said on the page at `back`.

    Where the address names what is not there, the page at `back` says so, with its status.
    """

    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        try:
            if inspect.iscoroutinefunction(handler):
                answer: Response = await handler(request)
            else:
                answer = await run_in_threadpool(handler, request)  # type: ignore[arg-type]
            return answer
        except CompariaError as error:
            return noticed(request, back.format(**request.path_params), notice_of(error))
        except HTTPException as error:
            if error.status_code not in UNREADABLE:
                raise
            notice = Notice(_(UNREADABLE[error.status_code]), _("Open the page again, and try once more."))
            return noticed(request, back.format(**request.path_params), notice)

    return endpoint


async def gone(_request: Request, _error: Exception) -> Response:
    """Answer nobody: the browser hung up while it was still sending."""
    return Response(status_code=499)


UNREADABLE = {
    400: messages.N_("This form could not be read."),
    413: messages.N_("This is more than a transcript can be."),
}
"""What is said of a form that the server refuses to read, by status."""


def settings_of(request: Request) -> Settings:
    """Return the settings of the application."""
    settings: Settings = request.app.state.settings
    return settings


def text_of(form: FormData, name: str, most: int = 2000) -> str:
    """Return a field of a form, bounded."""
    value = form.get(name)
    return value.strip()[:most] if isinstance(value, str) else ""


def day_of(form: FormData, name: str, most: int) -> str:
    """Return the day that a field names, as ISO 8601, where it is written as pages write it; else what was typed."""
    typed = text_of(form, name, most)
    day = iso_date(typed)
    return day if day and typed in (day, messages.day(day)) else typed


def texts_of(form: FormData, name: str) -> list[str]:
    """Return every value of a field that may be given several times."""
    return [value for value in form.getlist(name) if isinstance(value, str) and value]


def file_name(given: str) -> str:
    """Return the name of an uploaded file without folders, nor characters that no file system would take."""
    composed = unicodedata.normalize("NFC", given.replace("\\", "/"))
    name = "".join(character for character in composed if character.isprintable())
    return Path(name).name[:120] or "session"


@cache
def _environment() -> Environment:
    return html.environment(HERE / "templates")
