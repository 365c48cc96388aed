"""Recordings of sessions: checked, found again, played, written beside a report, removed.

A recording stays on this machine. A folder `recordings` among the outputs has one entry for each, named by its SHA-256:
a link to the user's own file, or the file itself where it was given in the browser.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from pydantic import ValidationError

from comparia.config import Settings
from comparia.errors import CompariaError, InputError, StoreUnwritable
from comparia.files import FILE_MODE, private_folder, tighten, write_private
from comparia.library.kept import has_store, open_store
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Notice, Recording, Run, Transcript

FOLDER = "recordings"
"""Name of the folder of recordings, among the outputs."""
MAX_BYTES = 4_000_000_000
"""Bytes of the largest recording that is given in the browser."""
LEAST_FREE = 200_000_000
"""Bytes of the disk that are left free."""
CHUNK = 1_000_000
"""Bytes that are read, or written, at one time."""
SIDECAR = ".recording"
"""What ends the name of the file that says which recording a transcript was made from."""
SUFFIXES = (
    ".mp3", ".m4a", ".mp4", ".wav", ".ogg", ".opus", ".oga", ".flac", ".webm", ".mkv", ".mov", ".aac", ".m4b", ".m4v",
)  # fmt: skip
"""Suffixes of recordings that are looked for beside a transcript."""

LENGTH_SHARE, LENGTH_SECONDS = 0.02, 60.0
"""How far the length of a recording may lie from the end of its session: a share of it, and seconds."""
_HEAD = 64
"""First bytes of a file that tell what it is."""
_MOST_PARSED = 64_000_000
"""Bytes that finding out the length of a recording may read at one time."""


# What a file is -------------------------------------------------------------------------------------------------------


def media_type_of(head: bytes) -> str:
    """Return the media type of a recording by its first 64 bytes; empty where they are not those of a recording."""
    starts: Mapping[bytes, str] = {b"ID3": "audio/mpeg", b"OggS": "audio/ogg", b"fLaC": "audio/flac"}
    for start, kind in starts.items():
        if head.startswith(start):
            return kind
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head else "video/x-matroska"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand[:3] in (b"hei", b"hev", b"mif", b"msf", b"avi", b"crx"):  # pictures
            return ""
        return "audio/mp4" if brand in (b"M4A ", b"M4B ") else "video/quicktime" if brand == b"qt  " else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"
    return _frame_type(head)


def _frame_type(head: bytes) -> str:
    """Return the media type of a file that begins with a frame of MPEG audio, or of AAC; empty for none."""
    if head.startswith(b"ADIF"):
        return "audio/aac"
    if len(head) < 4 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    version, layer, rate, frequency = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    is_frame = head[1] & 0xE0 == 0xE0 and version != 1 and layer and rate != 15 and frequency != 3
    return "audio/mpeg" if is_frame and head[1] not in (0xFF, 0xFE) else ""


def _not_a_recording(name: str | Path) -> InputError:
    return InputError(
        _("this is not a recording that is known."),
        name,
        cure=_("Give an MP3, M4A, MP4, MOV, WAV, FLAC, Ogg, Opus, WebM, MKV or AAC file."),
    )


class _Bounded(io.RawIOBase):
    """A file of which no single read takes much memory, whatever it says of itself."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > _MOST_PARSED:
            raise ValueError("too much at one time")
        return self._file.read(size)


def length_of(path: Path, media_type: str) -> float | None:
    """Return the length of a recording, in seconds; None where its format does not say, or nobody here reads it."""
    from comparia.library import media_lengths

    own = {
        "video/webm": media_lengths.of_matroska,
        "video/x-matroska": media_lengths.of_matroska,
        "audio/aac": media_lengths.of_adts,
    }
    if media_type in own:
        try:
            with path.open("rb") as file:
                return own[media_type](file)
        except OSError:
            return None
    from tinytag import TinyTag, TinyTagException

    try:
        with path.open("rb") as file:
            found = TinyTag.get(file_obj=_Bounded(file), tags=False).duration  # type: ignore[arg-type]
    except (TinyTagException, OSError, ValueError):
        return None
    return round(found, 3) if found and 0 < found < 10**7 else None


def read_recording(path: Path) -> Recording:
    """Return what lets one find a recording again; its file is read once, in pieces.

    Raises:
        InputError: there is no such file, it cannot be read, is empty, or is no recording.
    """
    choose = _("Name the recording of the session: --recording FILE")
    on_page = _("Choose the recording of the session.")
    try:
        if not path.exists():
            raise InputError(_("no such file."), path, cure=choose, on_page=on_page)
        if not path.is_file():
            raise InputError(_("this is not a file."), path, cure=choose, on_page=on_page)
        with path.open("rb") as file:
            kind = media_type_of(head := file.read(_HEAD))
            if not head:
                raise InputError(_("this file is empty."), path, cure=choose, on_page=on_page)
            if not kind:
                raise _not_a_recording(path)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        cure = _("Check its permissions, or copy it to a folder of yours.")
        raise InputError(_("cannot be read ({error}).").format(error=reason), path, cure=cure) from error
    return Recording(file=path.name, bytes=size, digest=digest, seconds=length_of(path, kind))


# What a session says of it --------------------------------------------------------------------------------------------


def with_recording(transcript: Transcript, recording: Recording | None) -> Transcript:
    """Return a session with another recording, or none, and with what there is to tell of it as notices.

    A cycle has none: the times of its sessions are those of several recordings.
    """
    recording = None if transcript.parts else recording
    others = tuple(notice for notice in transcript.notices if not notice.code.startswith("recording_"))
    told = _notices(transcript, recording) if recording else ()
    return transcript.model_copy(update={"recording": recording, "notices": (*others, *told)})


def _notices(transcript: Transcript, recording: Recording) -> tuple[Notice, ...]:
    spoken = [turn for turn in transcript.turns if turn.channel == "speech" and turn.start is not None]
    ends = [turn.end if turn.end is not None else turn.start for turn in spoken]
    last = max((end for end in ends if end is not None), default=None)
    if last is None:
        return (Notice(code="recording_untimed", file=recording.file),)
    if recording.seconds is None:
        return ()
    end = last / 1000
    apart = abs(recording.seconds - end)
    if apart <= LENGTH_SECONDS and apart <= LENGTH_SHARE * end:
        return ()
    values = {"recording": recording.seconds, "transcript": end}
    return (Notice(code="recording_length", values=values, file=recording.file),)


def _of_a_cycle(file: str | Path) -> InputError:
    return InputError(
        _("a recording is of one session, and these are several."),
        file,
        cure=_("Compare its session alone to hear it."),
    )


def attach_recording(transcript: Transcript, path: str | Path, settings: Settings | None) -> Transcript:
    """Return a session with its recording, which is checked, and stays where it is.

    Args:
        transcript: the session.
        path: the file.
        settings: among whose outputs a link to the file is made, by which it is found again; None makes none.

    Raises:
        InputError: there is no such file, it cannot be read, is empty, or is no recording; or the session is a cycle.
        StoreUnwritable: the link cannot be made.
    """
    if transcript.parts:
        raise _of_a_cycle(path)
    recording = read_recording(Path(path))
    if settings is not None:
        _link(recording, Path(path), settings)
    return with_recording(transcript, recording)


# Where it is found again ----------------------------------------------------------------------------------------------


def _entry(recording: Recording, settings: Settings) -> Path:
    """Return the place of a recording among the outputs. Its digest may come from a file that somebody sent."""
    if not re.fullmatch(r"[0-9a-f]{64}", recording.digest):
        raise InputError(_("its digest is not that of a file."), recording.file)
    return settings.outputs / FOLDER / recording.digest


def _folder(settings: Settings) -> Path:
    """Return the folder of recordings, made where it is missing. Raises StoreUnwritable."""
    folder = settings.outputs / FOLDER
    try:
        private_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    tighten(folder)
    return folder


def _unwritable(place: Path, error: OSError) -> StoreUnwritable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(place)
    return StoreUnwritable(
        _("{place} cannot be written ({error}).").format(place=place, error=error.strerror),
        _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS."),
        on_page=_("Ask whoever installed Comparia to make this folder writable."),
    )


def _disk_full(place: Path) -> StoreUnwritable:
    return StoreUnwritable(
        _("{place}: the disk has not enough space for this recording.").format(place=place),
        _("Free some space, or give a smaller recording: ffmpeg -i IN -vn -ac 1 -b:a 64k OUT.mp3"),
        on_page=_("Free some space on this computer, or give a smaller recording."),
    )


def _link(recording: Recording, path: Path, settings: Settings) -> None:
    """Make the entry of a recording a link to its file. A file that was given in the browser is left in its place."""
    entry, target = _folder(settings) / recording.digest, path.resolve()
    if entry.is_file() and not entry.is_symlink() and entry.stat().st_size == recording.bytes:
        return
    fresh = entry.with_name(f".{recording.digest}.{secrets.token_hex(4)}")
    try:
        try:
            fresh.symlink_to(target)
        except (OSError, RuntimeError):  # some systems keep links for administrators
            fresh.hardlink_to(target)
        fresh.replace(entry)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _unwritable(entry, error) from error


def find_recording(recording: Recording, settings: Settings) -> Path:
    """Return the file of a recording.

    Raises:
        InputError: it is not there any more, is out of reach, or has changed.
    """
    place = _entry(recording, settings).resolve()
    again = _("Put it back where it was, or compare the session again with --recording FILE.")
    on_page = _("Put it back where it was, or give it again on the page of the session.")
    try:
        found = place.stat()
    except OSError as error:
        message = _("this recording is not there any more.")
        if not isinstance(error, FileNotFoundError):
            message = _("cannot be read ({error}).").format(error=error.strerror)
        raise InputError(message, recording.file, cure=again, on_page=on_page) from error
    if not stat.S_ISREG(found.st_mode) or found.st_size != recording.bytes:
        message = _("this recording has changed since it was given: it has another size.")
        raise InputError(message, recording.file, cure=again, on_page=on_page)
    if not os.access(place, os.R_OK):
        message = _("cannot be read ({error}).").format(error=os.strerror(errno.EACCES))
        raise InputError(message, recording.file, cure=again, on_page=on_page)
    return place


class Playable(NamedTuple):
    """A recording that is there, as a page sends it."""

    path: Path
    """Its file."""
    media_type: str
    """Its media type, by its first bytes."""
    name: str
    """Its name."""


def playable(recording: Recording, settings: Settings) -> Playable:
    """Return the file of a recording and its media type. Raises InputError, as `find_recording`."""
    path = find_recording(recording, settings)
    try:
        with path.open("rb") as file:
            kind = media_type_of(file.read(_HEAD))
    except OSError as error:
        raise InputError(_("cannot be read ({error}).").format(error=error.strerror), recording.file) from error
    if not kind:
        raise _not_a_recording(recording.file)
    return Playable(path, kind, recording.file)


class RecordingWriter:
    """Writes a recording that arrives in pieces, as the body of a request does. Nothing of it stays if it fails.

    Args:
        name: of the file, as given.
        settings: among whose outputs it is kept.
        size: its bytes, where they are known beforehand.
        most: bytes that are taken.

    Raises:
        StoreUnwritable: the folder cannot be written, or the disk has too little space.
        InputError: it is too large.
    """

    def __init__(self, name: str, settings: Settings, *, size: int | None = None, most: int = MAX_BYTES) -> None:
        self._name, self._most = name, most
        self._folder = _folder(settings)
        self._digest, self._head, self._written, self._checked = hashlib.sha256(), b"", 0, 0
        self._check(size or 0)
        self._place = self._folder / f".{secrets.token_hex(8)}"
        try:
            self._file = os.fdopen(os.open(self._place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb")
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        self._place.unlink(missing_ok=True)

    def _check(self, more: int) -> None:
        """Check that so many bytes more may come, and find room."""
        if self._written + more > self._most:
            raise InputError(
                _("this recording is larger than {limit} MB.").format(limit=number(self._most // 1_000_000)),
                self._name,
                cure=_("Give the sound alone, or a smaller file."),
            )
        if shutil.disk_usage(self._folder).free - more < LEAST_FREE:
            raise _disk_full(self._folder)

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            InputError: it is no recording, or too large.
            StoreUnwritable: the disk is full.
        """
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
            if len(self._head) == _HEAD and not media_type_of(self._head):
                raise _not_a_recording(self._name)
        if self._written + len(piece) > self._most or self._written - self._checked >= 64 * CHUNK:
            self._check(len(piece))
            self._checked = self._written
        try:
            self._file.write(piece)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        self._digest.update(piece)
        self._written += len(piece)

    def finish(self) -> Recording:
        """Keep what has come, and return its record.

        Raises:
            InputError: it is empty, or no recording.
            StoreUnwritable: it cannot be kept.
        """
        if not self._written:
            raise InputError(_("this file is empty."), self._name, cure=_("Choose the recording of the session."))
        if not (kind := media_type_of(self._head)):
            raise _not_a_recording(self._name)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            seconds = length_of(self._place, kind)
            digest = self._digest.hexdigest()
            self._place.replace(self._folder / digest)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        return Recording(file=self._name, bytes=self._written, digest=digest, seconds=seconds)


# Removed --------------------------------------------------------------------------------------------------------------


def remove_entries(recordings: Sequence[Recording], settings: Settings) -> None:
    """Remove the entries of recordings: files given in the browser, and links; never the user's own file."""
    for recording in recordings:
        with contextlib.suppress(OSError, InputError):
            _entry(recording, settings).unlink(missing_ok=True)


def remove_unused(settings: Settings, before: float) -> None:
    """Remove the entries that no run and no session refers to, older than a moment (seconds since 1970)."""
    folder = settings.outputs / FOLDER
    if not folder.is_dir():
        return
    used: Mapping[str, Recording] = {}
    if has_store(settings):
        with open_store(settings) as store:
            used = store.workbench.recordings()
    for entry in sorted(folder.iterdir()):
        with contextlib.suppress(OSError):
            if entry.name not in used and not entry.is_dir() and entry.lstat().st_mtime < before:
                entry.unlink()


def set_recording(draft_id: str, recording: Recording | None, settings: Settings) -> None:
    """Give a session that was not sent another recording, or none; the earlier one goes where nothing else uses it.

    Raises:
        UnknownName: the session was forgotten meanwhile; the recording goes too.
    """
    with open_store(settings) as store:
        bench = store.workbench
        try:
            draft = bench.draft(draft_id)
            bench.keep(draft.model_copy(update={"recording": recording}))
            given = [draft.recording]
        except CompariaError:
            given = [recording]
            raise
        finally:
            used = bench.recordings()
            remove_entries([r for r in given if r is not None and r.digest not in used], settings)


def set_recording_of_run(run_id: str, recording: Recording | None, settings: Settings) -> Run:
    """Give the session of a stored run another recording, or none; scores do not change, for none rests on it.

    Args:
        run_id: its id, the beginning of one, or `last`.
        recording: as it was read; None for none.
        settings: where runs are kept.

    Returns:
        The run.

    Raises:
        UnknownName: no such run; the recording goes too, where nothing else uses it.
        InputError: the run is of a cycle, whose sessions have a recording each.
    """
    with open_store(settings) as store:
        given = [recording]
        try:
            run = store.runs.read(store.runs.find(run_id))
            if recording is not None and run.transcript.parts:
                raise _of_a_cycle(recording.file)
            session = with_recording(run.transcript, recording)
            store.runs.keep_recording(run.id, session)
            given = [run.transcript.recording]
        finally:
            used = store.workbench.recordings()
            remove_entries([r for r in given if r is not None and r.digest not in used], settings)
    return run.model_copy(update={"transcript": session})


def record_run(run_id: str, path: str | Path, settings: Settings) -> Run:
    """Give the session of a stored run its recording, which stays where it is.

    Raises:
        UnknownName: no such run.
        InputError: there is no such file, or it is no recording; or the run is of a cycle.
        StoreUnwritable: the link to it cannot be made.
    """
    recording = read_recording(Path(path))
    _link(recording, Path(path), settings)
    return set_recording_of_run(run_id, recording, settings)


def forget_draft(draft_id: str, settings: Settings) -> None:
    """Forget a session that was not sent; its recording goes where nothing else uses it."""
    with open_store(settings) as store:
        earlier = store.workbench.recordings()
        store.workbench.drop(draft_id)
        used = store.workbench.recordings()
    remove_entries([recording for digest, recording in earlier.items() if digest not in used], settings)


# Beside a transcript --------------------------------------------------------------------------------------------------


class _Sidecar(Recording):
    """What is written beside a transcript of the recording it was made from."""

    path: str
    """The file: relative to the folder of the transcript where it lies there."""


def note_recording(transcript_file: Path, path: Path) -> None:
    """Write beside a transcript which recording it was made from, for `recording_noted`.

    Raises:
        InputError: the recording cannot be read.
        OSError: nothing can be written there.
    """
    recording = read_recording(path)
    here = path.resolve().parent == transcript_file.resolve().parent
    noted = _Sidecar(**recording.model_dump(), path=path.name if here else str(path.resolve()))
    write_private(
        transcript_file.with_name(transcript_file.name + SIDECAR), noted.model_dump_json(indent=1).encode() + b"\n"
    )


def recording_noted(files: Sequence[str | Path]) -> Path | None:
    """Return the recording that one of the files of a session was transcribed from, as noted beside it; None for none.

    Raises:
        InputError: it is noted, and is not there any more, or has changed.
    """
    for file in map(Path, files):
        noted = file.with_name(file.name + SIDECAR)
        try:
            if not noted.is_file() or noted.stat().st_size > CHUNK:
                continue
            told = _Sidecar.model_validate_json(noted.read_bytes())
        except (OSError, ValueError, ValidationError):
            continue
        path = noted.parent / told.path
        try:
            same = path.is_file() and path.stat().st_size == told.bytes and read_recording(path).digest == told.digest
        except (OSError, ValueError):
            same = False
        if not same:
            raise InputError(
                _("the recording of this transcript is not there any more, or has changed."),
                path,
                cure=_("Name it with --recording FILE, or leave it out with --recording none."),
                on_page=_("Choose the recording of the session."),
            )
        return path
    return None


def recording_beside(files: Sequence[str | Path]) -> Path | None:
    """Return the recording that bears the name of one of the files of a session, and lies beside it; None for none."""
    for file in map(Path, files):
        stems = dict.fromkeys((file.stem, file.stem.removesuffix(".transcript")))
        for stem in stems:
            for suffix in SUFFIXES:
                for name in (f"{stem}{suffix}", f"{stem}{suffix.upper()}"):
                    if (found := file.with_name(name)).is_file():
                        return found
    return None


def recording_named(name: str | Path, files: Sequence[str | Path]) -> Path | None:
    """Return the recording that `--recording` names: a file, `auto` for the one beside the transcript, `none`.

    Raises:
        InputError: `auto`, and there is none.
    """
    if str(name) == "none":
        return None
    if str(name) != "auto":
        return Path(name)
    found = recording_noted(files) or recording_beside(files)
    if found is None:
        raise InputError(
            _("no recording of the same name lies beside this transcript."),
            files[0] if files else "",
            cure=_("Name it: --recording FILE"),
            on_page=_("Choose the recording of the session."),
        )
    return found
