"""A comparison made public from its page: names are chosen, personal data is listed, then the file is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from comparia import library, reports
from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports import picture
from comparia.reports.flags import PersonalData
from comparia.reports.wording.pseudonyms import alias_kind_names
from comparia.web.downloads import download_name, file_of, what_of
from comparia.web.pages import page, run_of

PUBLISHED = ("public", "poster", "poster-png")
"""The formats that are published, in the order of the page."""


@dataclass(frozen=True)
class PublishingPage:
    """Everything the page of what is published shows."""

    run: Run
    """The run."""
    data: list[PersonalData]
    """Personal data in what would be published with its names."""
    kinds: dict[str, str]
    """Kinds of personal data in words."""
    first: str
    """The format that is chosen first."""
    pictures: bool
    """Whether pictures (PNG) can be made here."""


def show(request: Request) -> Response:
    """Show what would be published, and the choices to make."""
    run = run_of(request)
    asked = request.query_params.get("format", "")
    view = PublishingPage(
        run=run,
        data=library.data_to_publish(run),
        kinds=alias_kind_names(),
        first=asked if asked in PUBLISHED else PUBLISHED[0],
        pictures=picture.is_installed(),
    )
    return page(request, "publishing.html", view)


def download(request: Request) -> Response:
    """Answer with the page or the poster, names and personal data as chosen."""
    run = run_of(request)
    asked = request.query_params
    name = asked.get("format", PUBLISHED[0])
    if name not in PUBLISHED:
        raise UnknownName(_("report format"), name, PUBLISHED)
    people: Any = asked.get("people", "none")
    personal: Any = asked.get("personal_data", "refuse")
    content = library.publish(run, name, people=people, personal_data=personal)
    form = reports.FORMATS[name]
    day = run.transcript.date or ""  # its title may hold a name
    return file_of(content, form.media_type, download_name(what_of(name), form.suffix.rpartition(".")[2], date=day))
