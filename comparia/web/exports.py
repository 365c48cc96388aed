"""A run as a file: every report format, and the key points as YAML."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from comparia import library, references, reports
from comparia.config import Settings
from comparia.errors import UnknownName
from comparia.library.reports_to_hear import report_archive
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports import figure as drawing
from comparia.reports import html
from comparia.web.downloads import download_name, file_of, headers_of, session_file, what_of
from comparia.web.pages import run_of, settings_of

_STATIC = Path(__file__).parent / "static"


def report(request: Request) -> Response:
    """A report to keep or to send out; with `?pseudonyms=1`, without the names."""
    name = request.path_params["format"]
    found = next((f for f, form in reports.FORMATS.items() if name in (f, form.suffix)), None)
    if found is None:
        raise UnknownName(_("report format"), name, reports.FORMATS)
    run = run_of(request)
    hidden = request.query_params.get("pseudonyms") == "1"
    if found == "html" and not hidden and request.query_params.get("recording") == "1":
        return _archive(run, settings_of(request))
    content = library.render(run, found, pseudonyms=hidden)
    form = reports.FORMATS[found]
    name = session_file(what_of(found), form.suffix, run.transcript)
    if hidden:  # a title may hold a name
        name = download_name(_("comparison without the names"), form.suffix, date=run.transcript.date or "")
    return file_of(content, form.media_type, name)


def _archive(run: Run, settings: Settings) -> Response:
    """Return the page of a run and the recording of its session as an archive, made while it is sent."""
    name = session_file(_("comparison with its recording"), "zip", run.transcript)
    return StreamingResponse(report_archive(run, settings), headers=headers_of("application/zip", name))


def figure(request: Request) -> Response:
    """The figure, to be shown in the page: with `?phone=1` for a phone, with `?dark=1` for a dark screen."""
    asked = request.query_params
    drawn = drawing.write(run_of(request), phone=asked.get("phone") == "1", dark=asked.get("dark") == "1")
    return Response(drawn, media_type=reports.FORMATS["svg"].media_type)


def reference(request: Request) -> Response:
    """The key points, as the file that every command reads."""
    run = run_of(request)
    if run.reference is None:
        raise UnknownName(_("reference"), run.id, ())
    text = references.to_yaml(run.reference, run.transcript)
    return file_of(text.encode(), "application/yaml", session_file(_("key points"), "yaml", run.transcript))


async def style(_request: Request) -> Response:
    """The style of reports, then that of the application."""
    return Response(_style(), media_type="text/css", headers={"cache-control": "max-age=60"})


async def script(_request: Request) -> Response:
    """Return the script of the pages from memory: the phones of a room ask for it at the same time."""
    return Response(_script(), media_type="text/javascript", headers={"cache-control": "max-age=60"})


@cache
def _style() -> str:
    return html.css() + (_STATIC / "comparia.css").read_text("utf-8")


@cache
def _script() -> str:
    return (_STATIC / "comparia.js").read_text("utf-8")
