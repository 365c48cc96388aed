"""A page from its template: what every page knows, and where it leads back to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from comparia import __version__, library, messages
from comparia.config import Settings
from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports import html, wording

HERE = Path(__file__).parent


def page(request: Request, name: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """A template filled: autoescaped, in the reader's language."""
    template = _environment().get_template(name)
    filled = template.render(
        **{
            "lang": messages.language(),
            "version": __version__,
            "here": request.url.path,
            "wording": wording,
            "number": messages.number,
            "moment": messages.moment,
            "duration": messages.duration,
            "labelled": messages.labelled,
            "percent": messages.percent,
            **context,
        }
    )
    return HTMLResponse(wording.shown_text(filled).encode("utf-8", "replace"), status)


def ready() -> None:
    """Compile the templates that take longest, so that nobody waits for it."""
    for name in ("comparison.html", "body.html", "session.html", "points.html"):
        _environment().get_template(name)


def run_of(request: Request) -> Run:
    """The stored run that the address names by its id; a file is no id. Raises UnknownName."""
    name = request.path_params["run"]
    if not re.fullmatch(r"[\w-]+", name):
        raise UnknownName(_("run"), name, ())
    return library.read_run(name, settings=settings_of(request))


def formed(handler: Callable[[Request, FormData], Response], **limits: int) -> Callable[[Request], Awaitable[Response]]:
    """A handler of forms as a route: the form is read, within limits, then handled in a thread, so that streams flow on."""

    async def endpoint(request: Request) -> Response:
        async with request.form(**limits) as form:
            return await run_in_threadpool(handler, request, form)

    return endpoint


def to(path: str) -> Response:
    """On to another page after a form."""
    return RedirectResponse(path, 303)


def settings_of(request: Request) -> Settings:
    """The settings of the application."""
    settings: Settings = request.app.state.settings
    return settings


def text_of(form: FormData, name: str, most: int = 2000) -> str:
    """A field of a form, bounded."""
    value = form.get(name)
    return value.strip()[:most] if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> list[str]:
    """Every value of a field that may be given several times."""
    return [value for value in form.getlist(name) if isinstance(value, str) and value]


@cache
def _environment() -> Environment:
    return html.environment(HERE / "templates")
