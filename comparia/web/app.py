"""The application: its routes in one table, what stands around every answer, and errors as pages."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from comparia.config import Settings
from comparia.errors import CompariaError, StoreError, UnknownName
from comparia.messages import gettext as _
from comparia.web import comparison, composing, drafts, exports, home, judging, preferences, running, stage
from comparia.web.guard import Guard
from comparia.web.pages import formed, page, ready

ROUTES: Sequence[Route | Mount] = (
    Route("/", home.show),
    Route("/sessions", formed(drafts.give, max_files=6, max_fields=40, max_part_size=20_000_000), methods=["POST"]),
    Route("/sessions/sample", formed(drafts.sample), methods=["POST"]),
    Route("/sessions/{draft}", drafts.show),
    Route("/sessions/{draft}", formed(drafts.correct), methods=["POST"]),
    Route("/sessions/{draft}/plan", drafts.show),
    Route("/sessions/{draft}/compare", drafts.show),
    Route("/sessions/{draft}/plan", formed(drafts.plan), methods=["POST"]),
    Route("/sessions/{draft}/compare", formed(drafts.compare), methods=["POST"]),
    Route("/sessions/{draft}/forget", drafts.forget, methods=["POST"]),
    Route("/sessions/{draft}/text", drafts.preview),
    Route("/runs/{run}", comparison.show),
    Route("/runs/{run}/events", running.events),
    Route("/runs/{run}/support.json", comparison.support),
    Route("/runs/{run}/resume", formed(comparison.resume), methods=["POST"]),
    Route("/runs/{run}/again", drafts.again, methods=["POST"]),
    Route("/runs/{run}/stop", comparison.stop, methods=["POST"]),
    Route("/runs/{run}/verdicts", formed(comparison.settle), methods=["POST"]),
    Route("/runs/{run}/recaps", formed(comparison.add_recap), methods=["POST"]),
    Route("/runs/{run}/forget", comparison.forget, methods=["POST"]),
    Route("/runs/{run}/points", comparison.points),
    Route("/runs/{run}/points", formed(comparison.edit_points, max_fields=20_000), methods=["POST"]),
    Route("/runs/{run}/compose", composing.show),
    Route("/runs/{run}/compose", formed(composing.keep, max_fields=2_000), methods=["POST"]),
    Route("/runs/{run}/report.docx", formed(exports.with_template, max_files=1), methods=["POST"]),
    Route("/runs/{run}/report.{format}", exports.report),
    Route("/runs/{run}/figure.svg", exports.figure),
    Route("/runs/{run}/reference.yaml", exports.reference),
    Route("/runs/{run}/judgings", formed(judging.begin), methods=["POST"]),
    Route("/runs/{run}/stage", stage.begin, methods=["POST"]),
    Route("/stages/{stage}", stage.show),
    Route("/stages/{stage}/run", stage.show),
    Route("/stages/{stage}/ask", stage.show),
    Route("/stages/{stage}/check", stage.show),
    Route("/stages/{stage}/run", formed(stage.run), methods=["POST"]),
    Route("/stages/{stage}/ask", formed(stage.ask), methods=["POST"]),
    Route("/stages/{stage}/check", formed(stage.check), methods=["POST"]),
    Route("/stages/{stage}/names", formed(stage.names), methods=["POST"]),
    Route("/stages/{stage}/stop", stage.stop, methods=["POST"]),
    Route("/stages/{stage}/resume", formed(stage.resume), methods=["POST"]),
    Route("/stages/{stage}/events", stage.events),
    Route("/judgings/{judging}", judging.show),
    Route("/judgings/{judging}/ballot", judging.ballot),
    Route("/judgings/{judging}/ballot", judging.vote, methods=["POST"]),
    Route("/judgings/{judging}/another", judging.another, methods=["POST"]),
    Route("/judgings/{judging}/state", judging.state),
    Route("/judgings/{judging}/room", judging.room, methods=["POST"]),
    Route("/judgings/{judging}/qr.svg", judging.qr),
    Route("/judgings/{judging}/close", judging.close, methods=["POST"]),
    Route("/preferences", preferences.show),
    Route("/preferences", formed(preferences.keep), methods=["POST"]),
    Route("/preferences/language", formed(preferences.language), methods=["POST"]),
    Route("/preferences/tags", preferences.show),
    Route("/preferences/tags", formed(judging.tags), methods=["POST"]),
    Route("/preferences/keys", preferences.show),
    Route("/preferences/try", preferences.show),
    Route("/preferences/keys", formed(preferences.key), methods=["POST"]),
    Route("/preferences/try", preferences.try_backend, methods=["POST"]),
    Route("/journal", preferences.journal),
    Route("/journal.csv", preferences.journal_csv),
    Route("/style.css", exports.style),
    Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
)


def create_app(
    settings: Settings,
    *,
    port: int,
    token: str = "",
    hosts: Sequence[str] = (),
    room_host: str = "0.0.0.0",  # noqa: S104 - a room is opened on purpose, and leads to one ballot
    room_port: int = 0,
) -> Starlette:
    """The application.

    Args:
        settings: where runs are kept, and how far texts may travel.
        port: it is reached at; a request for another host or port is refused.
        token: a request must have shown once; empty where only this machine can reach it.
        hosts: names besides this machine's own by which it may be reached.
        room_host: address that a room listens on, when the trainer opens one.
        room_port: its port; 0 for any free one.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=ready, daemon=True).start()
        app.state.desks = judging.Desks(settings)
        yield
        await app.state.desks.close()
        await app.state.running.stop_all()

    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Guard, port=port, token=token, hosts=tuple(hosts))],
        exception_handlers={CompariaError: _error_page, HTTPException: _http_error, Exception: _unforeseen},
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.room_host, app.state.room_port = room_host, room_port
    app.state.running = running.Runnings(settings)
    return app


async def _error_page(request: Request, error: Exception) -> Response:
    """An error a user can cure, with its cure."""
    found = error if isinstance(error, CompariaError) else CompariaError(str(error))
    status = 404 if isinstance(found, UnknownName) else 503 if isinstance(found, StoreError) else 400
    file, line = getattr(found, "file", ""), getattr(found, "line", None)
    place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
    return _shown(request, place + found.message, found.cure, status)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {
        400: _("This form could not be read."),
        404: _("There is no such page."),
        405: _("This page does not take that."),
        413: _("This is more than a transcript can be."),
    }.get(status, str(getattr(error, "detail", "")))
    return _shown(request, said, "", status)


async def _unforeseen(request: Request, _error: Exception) -> Response:
    return _shown(
        request, _("Something unforeseen happened; nothing that had arrived is lost."), _("comparia doctor"), 500
    )


def _shown(request: Request, message: str, cure: str, status: int) -> Response:
    context: dict[str, Any] = {"message": message, "cure": cure}
    return page(request, "error.html", context, status=status)
