"""What a page says of what was just done, or could not be: said on the page the reader is led back to."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from comparia.errors import CompariaError, InputError, MissingKey
from comparia.ingest import without_media
from comparia.messages import gettext as _
from comparia.messages import labelled

TOO_LARGE = "too-large"
"""Name of the notice of a form that was refused before it was read."""
RECORDING_TOO_LARGE = "recording-too-large"
"""Name of the notice of a recording that was refused before it was read."""
MOST_KEPT = 1_000
"""Notices kept in memory: the oldest go first."""


class Notice(NamedTuple):
    """One thing to say at the top of a page."""

    message: str
    """What was done, or what is wrong."""
    cure: str = ""
    """What to do about it."""
    good: bool = False
    """Whether something was done; otherwise something could not be."""
    link: str = ""
    """Where the cure is at hand; empty for nowhere in particular."""
    typed: Mapping[str, str] | None = None
    """What was typed in the form that it answers, and that the form gives back; None where the form is done with."""
    listed: tuple[str, ...] = ()
    """What may be chosen in that form."""


class Notices:
    """Notices by the id in the address of a page: a reload shows them again, and nothing is done twice."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, Notice] = OrderedDict()

    def add(self, notice: Notice) -> str:
        """Keep a notice, and return its id."""
        name = secrets.token_hex(6)
        with self._lock:
            self._kept[name] = notice
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return name

    def of(self, request: Request) -> Notice | None:
        """Return the notice that the address of a page names, if there is one."""
        name = request.query_params.get("notice", "")
        if name == TOO_LARGE:
            return Notice(_("This is more than a transcript can be."), without_media())
        if name == RECORDING_TOO_LARGE:
            return Notice(_("This is more than a recording can be."), _("Give the sound alone, or a smaller file."))
        return self._kept.get(name)


def to(path: str) -> Response:
    """Return a redirect to another page after a form (303: the browser gets it, and never sends the form again)."""
    return RedirectResponse(path, 303)


def noticed(request: Request, path: str, notice: Notice) -> Response:
    """Return a redirect to a page that shows a notice."""
    address, mark, fragment = path.partition("#")
    joint = "&" if "?" in address else "?"
    return to(f"{address}{joint}notice={request.app.state.notices.add(notice)}{mark}{fragment}")


def notice_of(error: CompariaError) -> Notice:
    """Return an error in the words of somebody who has no terminal."""
    if isinstance(error, InputError):
        place = _("{file}, line {line}").format(file=error.file, line=error.line) if error.line else error.file
        return Notice(labelled(place, error.message) if place else error.message, error.on_page)
    link = f"/preferences?variable={error.variable}#keys" if isinstance(error, MissingKey) else ""
    return Notice(error.message, error.on_page, link=link)
