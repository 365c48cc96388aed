"""Recordings in the browser: given, played, left out.

A recording goes to the disk as it comes, and from the disk to the player in ranges: never whole in memory.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from comparia import library
from comparia.config import Settings
from comparia.errors import InputError, StoreUnwritable, UnknownName
from comparia.library.recordings import (
    CHUNK,
    LEAST_FREE,
    MAX_BYTES,
    RecordingWriter,
    playable,
    set_recording,
    set_recording_of_run,
)
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Recording, Transcript
from comparia.reports.notices import notice_text
from comparia.web.notices import Notice, notice_of, noticed
from comparia.web.pages import file_name, page, run_of, settings_of

FORM_AROUND = 100_000
"""Bytes of a form besides the file in it."""
PLAYED_ALONE = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""Content policy of a recording that a browser opens by itself, in a player of its own."""


@dataclass(frozen=True)
class Player:
    """What plays the recording of a session on a page."""

    address: str = ""
    """Where it is; empty where there is none, or it cannot be played."""
    problem: Notice | None = None
    """Why it cannot be played; None where it can, or where there is none."""


@dataclass(frozen=True)
class GivenRecording:
    """What a page shows of the recording of a session, which can be given there, or taken away."""

    player: Player
    """What plays it."""
    recording: Recording | None
    """The recording; None where there is none."""
    warnings: list[str]
    """What is to be told of it."""
    address: str
    """Where it is sent to, and where it is."""
    most_bytes: int
    """Bytes of the largest recording that is taken."""
    too_large: str
    """What is said of a larger one."""


def given_recording(session: Transcript, address: str, player: Player) -> GivenRecording:
    """Return what a page shows of the recording of a session, by the address that it is sent to."""
    return GivenRecording(
        player=player,
        recording=session.recording,
        warnings=[notice_text(notice) for notice in session.notices if notice.code.startswith("recording_")],
        address=address,
        most_bytes=MAX_BYTES,
        too_large=_("this recording is larger than {limit} MB.").format(limit=number(MAX_BYTES // 1_000_000)),
    )


def player_of(session: Transcript, address: str, settings: Settings) -> Player:
    """Return what plays the recording of a session.

    Args:
        session: the session.
        address: where its recording is sent.
        settings: where recordings are kept.
    """
    if session.recording is None:
        return Player()
    try:
        playable(session.recording, settings)
    except InputError as error:
        return Player(problem=notice_of(error))
    return Player(address)


def of_run(request: Request) -> Response:
    """Send the recording of the session of a run, or a range of it."""
    settings, name = settings_of(request), request.path_params["run"]
    if not library.has_store(settings):
        raise UnknownName(_("run"), name, ())
    with library.open_store(settings) as store:
        return _sent(request, store.runs.recording_of(name))


def of_draft(request: Request) -> Response:
    """Send the recording of a session that was not sent, or a range of it."""
    with library.workbench(settings_of(request)) as bench:
        return _sent(request, bench.draft(request.path_params["draft"]).recording)


def _sent(request: Request, recording: Recording | None) -> Response:
    if recording is None:
        said = Notice(_("No recording was given with this session."))
        return page(request, "error.html", {"problem": said}, status=404)
    try:
        found = playable(recording, settings_of(request))
    except InputError as error:
        return page(request, "error.html", {"problem": notice_of(error)}, status=404)
    return FileResponse(
        found.path,
        media_type=found.media_type,
        filename=found.name,
        content_disposition_type="inline",
        headers={"content-security-policy": PLAYED_ALONE},
    )


async def give(request: Request) -> Response:
    """Keep the recording of a session: the body of the request, or the file of a form."""
    settings, draft = settings_of(request), request.path_params["draft"]
    await run_in_threadpool(_check_draft, draft, settings)
    await run_in_threadpool(set_recording, draft, await _sent_in(request, settings), settings)
    return noticed(request, f"/sessions/{draft}#recording", _kept())


async def give_to_run(request: Request) -> Response:
    """Keep the recording of the session of a run: the body of the request, or the file of a form."""
    settings, run = settings_of(request), request.path_params["run"]
    await run_in_threadpool(run_of, request)  # there is such a run: nothing is written for another
    await run_in_threadpool(set_recording_of_run, run, await _sent_in(request, settings), settings)
    return noticed(request, f"/runs/{run}/session#recording", _kept())


def leave_run(request: Request) -> Response:
    """Take the recording of the session of a run away."""
    run = request.path_params["run"]
    set_recording_of_run(run, None, settings_of(request))
    return noticed(request, f"/runs/{run}/session#recording", Notice(_("The recording is taken away."), good=True))


def _kept() -> Notice:
    return Notice(_("The recording is kept on this computer."), good=True)


async def _sent_in(request: Request, settings: Settings) -> Recording:
    """Write the recording that a request brings to the disk. Raises InputError, StoreUnwritable."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return await _from_form(request, settings)
    return await _from_body(request, settings)


def leave(request: Request) -> Response:
    """Take the recording of a session away."""
    draft = request.path_params["draft"]
    set_recording(draft, None, settings_of(request))
    return noticed(request, f"/sessions/{draft}#recording", Notice(_("The recording is taken away."), good=True))


def _check_draft(draft: str, settings: Settings) -> None:
    with library.workbench(settings) as bench:
        bench.draft(draft)


async def _from_body(request: Request, settings: Settings) -> Recording:
    """Write the body of a request to the disk as it comes. Raises InputError, StoreUnwritable.

    What is refused is still read to its end: a browser that is answered before it has sent everything shows no answer.
    """
    name = file_name(unquote(request.headers.get("x-file-name", "")))
    length = request.headers.get("content-length", "")
    refused: InputError | StoreUnwritable | None = None
    writer = None
    try:
        writer = await run_in_threadpool(
            RecordingWriter, name, settings, size=int(length) if length.isdecimal() else None
        )
    except (InputError, StoreUnwritable) as error:
        refused = error
    waiting = bytearray()
    try:
        async for piece in request.stream():
            if refused is not None or writer is None:
                continue
            waiting += piece
            if len(waiting) >= CHUNK:
                try:
                    await run_in_threadpool(writer.write, bytes(waiting))
                except (InputError, StoreUnwritable) as error:
                    refused = error
                waiting.clear()
        if refused is not None or writer is None:
            raise refused or AssertionError("a writer, or why there is none")
        await run_in_threadpool(writer.write, bytes(waiting))
        return await run_in_threadpool(writer.finish)
    finally:
        if writer is not None:
            writer.__exit__(None, None, None)


async def _from_form(request: Request, settings: Settings) -> Recording:
    """Write the file of a form, which is on the disk by then, to its place. Raises InputError, StoreUnwritable."""
    length = request.headers.get("content-length", "")
    temporary = tempfile.gettempdir()
    if shutil.disk_usage(temporary).free - (int(length) if length.isdecimal() else 0) < LEAST_FREE:
        raise StoreUnwritable(
            _("{place}: the disk has not enough space for this recording.").format(place=temporary),
            _("Free some space on this computer, or give a smaller recording."),
        )
    async with request.form(max_files=1, max_fields=5) as form:
        given = form.get("recording")
        if not isinstance(given, UploadFile) or not given.filename:
            raise InputError(_("no file was given."), cure=_("Choose the recording of the session."))
        return await run_in_threadpool(_written, file_name(given.filename), given.file, given.size, settings)


def _written(name: str, file: BinaryIO, size: int | None, settings: Settings) -> Recording:
    with RecordingWriter(name, settings, size=size) as writer:
        while piece := file.read(CHUNK):
            writer.write(piece)
        return writer.finish()
