"""Reports that are given with the recording of their session: a page beside it, or both in an archive."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from comparia.config import Settings
from comparia.errors import InputError, StoreUnwritable
from comparia.files import FILE_MODE, write_private
from comparia.library.recordings import CHUNK, Playable, playable, read_recording
from comparia.messages import gettext as _
from comparia.records import Run

_TYPE_SUFFIXES = {
    "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/ogg": ".ogg", "audio/flac": ".flac", "audio/aac": ".aac",
    "audio/mp4": ".m4a", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm",
    "video/x-matroska": ".mkv",
}  # fmt: skip


def _recording_of(run: Run, settings: Settings) -> Playable:
    if run.transcript.recording is None:
        raise InputError(
            _("no recording was given with this session."),
            run.id,
            cure=_("Compare it again with --recording FILE, or leave out --recording."),
            on_page=_("Give one on the page of the session, and compare again."),
        )
    return playable(run.transcript.recording, settings)


def _page(run: Run, name: str) -> bytes:
    from comparia.reports import html

    return html.write(run, recording=quote(name))


def report_with_recording(run: Run, file: Path, settings: Settings) -> tuple[Path, Path]:
    """Write a run as a page, and the recording beside it, under the same name: its quotations lead to their seconds.

    The recording is linked where both are on one disk, and copied otherwise. Another file is never overwritten by it.

    Args:
        run: the run.
        file: of the page.
        settings: where the recording is found.

    Returns:
        The files of the page and of the recording.

    Raises:
        InputError: there is no recording, or it is not there any more.
        StoreUnwritable: one of them cannot be written, or another file bears the name of the recording.
    """
    found = _recording_of(run, settings)
    beside = file.with_name(file.stem + _TYPE_SUFFIXES[found.media_type])
    try:
        if beside.exists():
            if not (beside.samefile(found.path) or _same_content(beside, found.path)):
                message = _("{place} exists already; nothing is overwritten.").format(place=beside)
                raise StoreUnwritable(message, _("Name another file with --to."), on_page=_("Choose another name."))
        else:
            _put_beside(found.path, beside)
        write_private(file, _page(run, beside.name))
    except OSError as error:
        raise StoreUnwritable(
            _("{place} cannot be written ({error}).").format(place=error.filename or file, error=error.strerror)
        ) from error
    return file, beside


def _same_content(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    return read_recording(one).digest == read_recording(other).digest


def _put_beside(source: Path, place: Path) -> None:
    """Link a file to another name, or copy it in pieces where it cannot be linked."""
    try:
        place.hardlink_to(source)
        return
    except (OSError, RuntimeError):
        pass
    out = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb")
    try:
        with source.open("rb") as file, out:
            shutil.copyfileobj(file, out, CHUNK)
    except OSError:
        place.unlink(missing_ok=True)
        raise


class _Pipe(io.RawIOBase):
    """Bytes that are written on one side, and taken from the other."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes, /) -> int:  # type: ignore[override]
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def report_archive(run: Run, settings: Settings) -> Iterator[bytes]:
    """Return an archive (ZIP) of a run as a page and of its recording, made piece by piece as it is sent.

    Raises:
        InputError: there is no recording, or it is not there any more.
    """
    found = _recording_of(run, settings)
    name = "report" + _TYPE_SUFFIXES[found.media_type]
    return _archived(_page(run, name), found.path, name)


def _archived(content: bytes, recording: Path, name: str) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("report.html", content, zipfile.ZIP_DEFLATED)
        with recording.open("rb") as file, archive.open(name, "w", force_zip64=True) as out:
            while piece := file.read(CHUNK):
                out.write(piece)
                yield pipe.take()
    yield pipe.take()
