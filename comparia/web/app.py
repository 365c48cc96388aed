"""The application: its routes in one table, what stands around every answer, and errors as pages."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from comparia import library
from comparia.config import Settings
from comparia.errors import CompariaError, StoreError, UnknownName
from comparia.library.recordings import MAX_BYTES
from comparia.messages import N_, speaking
from comparia.messages import gettext as _
from comparia.web import (
    adapting,
    audience,
    auditing,
    comparison,
    composing,
    correcting,
    cycles,
    documents,
    drafts,
    evidence,
    exports,
    glossary,
    guide,
    home,
    kinds,
    panels,
    preferences,
    publishing,
    recordings,
    returning,
    running,
    samples,
    servers,
    stage,
    votes,
)
from comparia.web.ballots import BallotViews
from comparia.web.guard import Guard, Larger, language_of
from comparia.web.member_checks import OpenMemberChecks
from comparia.web.notices import RECORDING_TOO_LARGE, TOO_LARGE, Notice, Notices, notice_of
from comparia.web.pages import formed, gone, page, posted, ready
from comparia.web.recordings import FORM_AROUND

ROUTES: Sequence[Route | Mount] = (
    Route("/", home.show),
    Route(
        "/sessions", formed(drafts.give, "/", max_files=6, max_fields=40, max_part_size=20_000_000), methods=["POST"]
    ),
    Route("/sessions/sample", formed(drafts.sample, "/"), methods=["POST"]),
    Route("/library", samples.show),
    Route("/library/{session}/comparison", samples.open_comparison),
    Route("/library/{session}/stage", samples.open_stage),
    Route("/library/{session}/stage", posted(samples.begin_stage, "/library"), methods=["POST"]),
    Route("/demonstration", formed(drafts.demonstrate, "/"), methods=["POST"]),
    Route("/sessions/{draft}", drafts.show),
    Route("/sessions/{draft}", formed(kinds.keep_session, "/sessions/{draft}", max_fields=20_000), methods=["POST"]),
    Route("/sessions/{draft}/plan", drafts.show_plan),
    Route("/sessions/{draft}/compare", drafts.show_plan),
    Route("/sessions/{draft}/plan", formed(drafts.plan, "/sessions/{draft}/plan", max_fields=20_000), methods=["POST"]),
    Route(
        "/sessions/{draft}/compare",
        formed(drafts.compare, "/sessions/{draft}/plan", max_fields=20_000),
        methods=["POST"],
    ),
    Route("/sessions/{draft}/forget", posted(drafts.forget, "/"), methods=["POST"]),
    Route("/sessions/{draft}/text", drafts.preview),
    Route("/sessions/{draft}/kind", formed(kinds.choose, "/sessions/{draft}", max_fields=20_000), methods=["POST"]),
    Route(
        "/sessions/{draft}/kind/keep",
        formed(kinds.make_of_choices, "/sessions/{draft}", max_fields=20_000),
        methods=["POST"],
    ),
    Route("/sessions/{draft}/corrections", correcting.show),
    Route("/sessions/{draft}/corrections.yaml", correcting.export),
    Route(
        "/sessions/{draft}/corrections",
        formed(correcting.change, "/sessions/{draft}/corrections", max_files=12, max_fields=20_000),
        methods=["POST"],
    ),
    Route(
        "/sessions/{draft}/corrections/rescore",
        posted(correcting.rescore, "/sessions/{draft}/corrections"),
        methods=["POST"],
    ),
    Route("/runs/{run}/correct", posted(correcting.of_run, "/runs/{run}"), methods=["POST"]),
    Route("/sessions/{draft}/recording", recordings.of_draft),
    Route("/sessions/{draft}/recording", posted(recordings.give, "/sessions/{draft}"), methods=["POST"]),
    Route("/sessions/{draft}/recording/forget", posted(recordings.leave, "/sessions/{draft}"), methods=["POST"]),
    Route("/runs/{run}", comparison.show),
    Route("/runs/{run}/events", running.events),
    Route("/runs/{run}/table", evidence.table),
    Route("/runs/{run}/evidence", evidence.show),
    Route("/runs/{run}/session", evidence.session),
    Route("/runs/{run}/recording", recordings.of_run),
    Route("/runs/{run}/recording", posted(recordings.give_to_run, "/runs/{run}/session"), methods=["POST"]),
    Route("/runs/{run}/recording/forget", posted(recordings.leave_run, "/runs/{run}/session"), methods=["POST"]),
    Route("/runs/{run}/audit", auditing.show),
    Route("/runs/{run}/support.json", comparison.support),
    Route("/runs/{run}/resume", formed(comparison.resume, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/again", posted(drafts.again, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/stop", posted(comparison.stop, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/verdicts", formed(comparison.settle, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/flags", formed(comparison.answer_flag, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/recaps", formed(comparison.add_recap, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/rename", formed(home.rename, "/"), methods=["POST"]),
    Route("/retention", formed(home.keep_retention, "/"), methods=["POST"]),
    Route("/runs/{run}/recaps/change", formed(comparison.change_recap, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/forget", posted(comparison.forget, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/points", comparison.points),
    Route(
        "/runs/{run}/points", formed(comparison.edit_points, "/runs/{run}/points", max_fields=20_000), methods=["POST"]
    ),
    Route("/runs/{run}/compose", composing.show),
    Route("/runs/{run}/compose", formed(composing.keep, "/runs/{run}/compose", max_fields=6_000), methods=["POST"]),
    Route("/runs/{run}/compose/passages", composing.show_passages),
    Route("/runs/{run}/compose/standing", composing.show_standing),
    Route("/runs/{run}/compose/state", composing.state),
    Route("/runs/{run}/compose/preview", composing.preview),
    Route("/runs/{run}/compose/recap.md", composing.download),
    Route("/runs/{run}/document", documents.show),
    Route("/runs/{run}/document", formed(documents.choose, "/runs/{run}/document", max_files=1), methods=["POST"]),
    Route("/runs/{run}/document.{format}", documents.download),
    Route("/runs/{run}/report.{format}", exports.report),
    Route("/runs/{run}/figure.svg", exports.figure),
    Route("/runs/{run}/publish", publishing.show),
    Route("/runs/{run}/published", publishing.download),
    Route("/runs/{run}/adapted", adapting.show),
    Route("/runs/{run}/adapted", formed(adapting.write, "/runs/{run}/adapted"), methods=["POST"]),
    Route("/runs/{run}/adapted/events", adapting.events),
    Route("/runs/{run}/adapted/stop", posted(adapting.stop, "/runs/{run}/adapted"), methods=["POST"]),
    Route("/runs/{run}/adapted/{adaptation}.{suffix}", adapting.download),
    Route("/runs/{run}/adapted/{adaptation}/judge", formed(adapting.judge, "/runs/{run}/adapted"), methods=["POST"]),
    Route("/runs/{run}/adapted/{adaptation}/remove", posted(adapting.remove, "/runs/{run}/adapted"), methods=["POST"]),
    Route("/runs/{run}/reference.yaml", exports.reference),
    Route("/runs/{run}/votes", formed(votes.begin, "/runs/{run}"), methods=["POST"]),
    Route("/runs/{run}/member-check", returning.choose),
    Route("/runs/{run}/member-check", formed(returning.begin, "/runs/{run}/member-check"), methods=["POST"]),
    Route("/member-checks/{check}", returning.show),
    Route("/member-checks/{check}/watch", returning.watch),
    Route("/member-checks/{check}/room", posted(returning.room, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/review", posted(returning.review, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/tell", posted(returning.tell, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/close", posted(returning.close, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/erase", posted(returning.erase, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/page.html", returning.answer_file),
    Route("/member-checks/{check}/answers", posted(returning.take_back, "/member-checks/{check}"), methods=["POST"]),
    Route("/member-checks/{check}/marks.csv", returning.export_csv),
    Route("/member-checks/{check}/marks.json", returning.export_json),
    Route("/runs/{run}/panels", panels.choose),
    Route("/runs/{run}/panels", formed(panels.begin, "/runs/{run}/panels"), methods=["POST"]),
    Route("/panels/{panel}", panels.show),
    Route("/panels/{panel}/watch", panels.watch),
    Route("/panels/{panel}/qr.svg", panels.qr),
    Route("/panels/{panel}/aside", posted(panels.set_aside, "/panels/{panel}"), methods=["POST"]),
    Route("/panels/{panel}/close", posted(panels.close, "/panels/{panel}"), methods=["POST"]),
    Route("/panels/{panel}/erase", posted(panels.erase, "/panels/{panel}"), methods=["POST"]),
    Route("/panels/{panel}/ratings.csv", panels.export_csv),
    Route("/panels/{panel}/ratings.parquet", panels.export_parquet),
    Route("/runs/{run}/stage", posted(stage.begin, "/runs/{run}"), methods=["POST"]),
    Route("/stages/{stage}", stage.show),
    Route("/stages/{stage}/run", stage.show),
    Route("/stages/{stage}/ask", stage.show),
    Route("/stages/{stage}/check", stage.checks),
    Route("/stages/{stage}/run", formed(stage.run, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/ask", formed(stage.ask, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/check", formed(stage.check, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/names", formed(stage.names, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/ask/stop", formed(stage.stop_asking, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/rewrite", formed(stage.rewrite, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/countdown", formed(stage.countdown, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/state", stage.state),
    Route("/stages/{stage}/rehearsed", posted(stage.begin_rehearsed, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/stop", posted(stage.stop, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/resume", formed(stage.resume, "/stages/{stage}"), methods=["POST"]),
    Route("/stages/{stage}/events", stage.events),
    Route("/stages/{stage}/votes", formed(votes.begin_on_stage, "/stages/{stage}"), methods=["POST"]),
    Route("/room", audience.show),
    Route("/room", posted(audience.begin, "/room"), methods=["POST"]),
    Route("/room/close", posted(audience.end, "/room"), methods=["POST"]),
    Route("/room/address", posted(audience.choose, "/room"), methods=["POST"]),
    Route("/room/watch", audience.watch),
    Route("/room/qr.svg", audience.qr),
    Route("/room/test.svg", audience.test_qr),
    Route("/votes/{judging}", votes.show),
    Route("/votes/{judging}/ballot", votes.ballot),
    Route("/votes/{judging}/ballot", posted(votes.vote, "/votes/{judging}/ballot"), methods=["POST"]),
    Route("/votes/{judging}/another", posted(votes.another, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/state", votes.state),
    Route("/votes/{judging}/room", posted(votes.room, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/qr.svg", audience.qr),
    Route("/votes/{judging}/watch", votes.watch),
    Route("/votes/{judging}/aside", posted(votes.set_aside, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/close", posted(votes.close, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/reopen", posted(votes.reopen, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/names", posted(votes.names, "/votes/{judging}"), methods=["POST"]),
    Route("/votes/{judging}/votes.jsonl", votes.export),
    Route("/judgings/{rest:path}", votes.moved),
    Route("/preferences/files", preferences.show),
    Route("/preferences/files", formed(preferences.model_file, "/preferences"), methods=["POST"]),
    Route("/preferences", preferences.show),
    Route("/preferences", formed(preferences.keep, "/preferences"), methods=["POST"]),
    Route("/preferences/servers", preferences.show),
    Route("/preferences/servers", posted(servers.add, "/preferences"), methods=["POST"]),
    Route("/preferences/servers/remove", formed(servers.remove, "/preferences"), methods=["POST"]),
    Route("/preferences/folder", preferences.show),
    Route("/preferences/folder", formed(preferences.accept, "/preferences"), methods=["POST"]),
    Route("/preferences/language", formed(preferences.language, "/preferences"), methods=["POST"]),
    Route("/preferences/tags", preferences.show),
    Route("/preferences/tags", formed(votes.save_tags, "/preferences"), methods=["POST"]),
    Route("/preferences/keys", preferences.show),
    Route("/preferences/try", preferences.show),
    Route("/preferences/keys", formed(preferences.key, "/preferences"), methods=["POST"]),
    Route("/preferences/try", posted(preferences.try_backend, "/preferences"), methods=["POST"]),
    Route("/kinds", formed(kinds.receive, "/preferences", max_files=1), methods=["POST"]),
    Route("/kinds/{language}/{kind}", kinds.show),
    Route("/kinds/{language}/{kind}", formed(kinds.keep, "/kinds/{language}/{kind}"), methods=["POST"]),
    Route("/kinds/{language}/{kind}/file", kinds.download),
    Route("/kinds/{language}/{kind}/remove", formed(kinds.remove, "/preferences"), methods=["POST"]),
    Route("/cycles", cycles.show),
    Route("/cycles", formed(cycles.join, "/cycles"), methods=["POST"]),
    Route("/glossary", glossary.show),
    Route("/guide", formed(guide.keep, "/glossary"), methods=["POST"]),
    Route("/journal", preferences.journal),
    Route("/journal.csv", preferences.journal_csv),
    Route("/style.css", exports.style),
    Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
)


RECORDINGS = tuple(
    Larger(re.compile(address), MAX_BYTES + FORM_AROUND, rf"\1{page}?notice={RECORDING_TOO_LARGE}#recording")
    for address, page in ((r"(/sessions/[^/]+)/recording", ""), (r"(/runs/[^/]+)/recording", "/session"))
)
"""Where recordings are given, which are larger than any transcript."""


def create_app(
    settings: Settings,
    *,
    port: int,
    token: str = "",
    own_account: bool = False,
    hosts: Sequence[str] = (),
    room_host: str = "0.0.0.0",  # noqa: S104 - a room is opened on purpose, and leads to ballots alone
    room_port: int | None = 0,
) -> Starlette:
    """The application.

    Args:
        settings: where runs are kept, and how far texts may travel.
        port: it is reached at; a request for another host or port is refused.
        token: a request must have shown once; empty where everybody who reaches it may come in.
        own_account: whether the processes of this account need no token.
        hosts: names besides this machine's own by which it may be reached.
        room_host: address that a room listens on, when the trainer opens one.
        room_port: its port; 0 for any free one, None for the usual one, or another where it is taken.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=ready, daemon=True).start()
        with library.one_engine(settings):
            app.state.ballot_views = BallotViews(settings)
            app.state.audience = audience.Audience(
                settings, app.state.ballot_views, room_host, room_port, OpenMemberChecks(settings)
            )
            await app.state.audience.find()
            yield
            await app.state.audience.stop()
            await app.state.ballot_views.close()
            await app.state.running.stop_all()

    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(
                Guard,
                port=port,
                token=token,
                own_account=own_account,
                hosts=tuple(hosts),
                too_large=f"/?notice={TOO_LARGE}",
                larger=RECORDINGS,
            ),
            # A stream of events, a recording and a range of one go out as they are: Starlette leaves them alone.
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=6),
        ],
        exception_handlers={
            ClientDisconnect: gone,
            CompariaError: _error_page,
            HTTPException: _http_error,
            Exception: _unforeseen,
        },
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.running = running.Runnings(settings)
    app.state.notices = Notices()
    return app


async def _error_page(request: Request, error: Exception) -> Response:
    """An error a user can cure, with its cure."""
    found = error if isinstance(error, CompariaError) else CompariaError(str(error))
    if isinstance(found, UnknownName) and (missing := _missing(request, found)) is not None:
        return page(request, "error.html", ErrorPage(missing), status=404)
    status = 404 if isinstance(found, UnknownName) else 503 if isinstance(found, StoreError) else 400
    return page(request, "error.html", ErrorPage(notice_of(found)), status=status)


_MISSING = {
    "run": N_("This comparison is not on this computer."),
    "stage": N_("This stage is not on this computer."),
    "judging": N_("This vote is not on this computer."),
    "panel": N_("This panel is not on this computer."),
    "check": N_("What was returned to the participants is not on this computer."),
    "draft": N_("This session is not on this computer."),
}
"""What is said of an address that names what is not there, by the parameter of its route."""


def _missing(request: Request, error: UnknownName) -> Notice | None:
    """Return what is said of a link to what is not there any more; None where the address is not what is unknown."""
    for parameter, said in _MISSING.items():
        if error.name and request.path_params.get(parameter) == error.name:
            cure = _("It was removed, or it was made on another computer, by another account or in another folder.")
            return Notice(_(said), cure)
    return None


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {
        400: _("This form could not be read."),
        404: _("There is no such page."),
        405: _("This page does not take that."),
        413: _("This is more than a transcript can be."),
    }.get(status, str(getattr(error, "detail", "")))
    return page(request, "error.html", ErrorPage(Notice(said)), status=status)


async def _unforeseen(request: Request, _error: Exception) -> Response:
    with speaking(language_of(request.headers, request.cookies)):  # what sets it has ended by now
        said = Notice(
            _("Something unforeseen happened; nothing that had arrived is lost."),
            _(
                "Go back and try again. If it happens once more, tell whoever installed Comparia what you had just "
                "done."
            ),
        )
        return page(request, "error.html", ErrorPage(said), status=500)


@dataclass(frozen=True)
class ErrorPage:
    """What could not be shown."""

    problem: Notice
    """What is wrong, and what to do."""
