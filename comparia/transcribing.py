"""Send a recording to a speech-to-text server, and keep its answer as it came.

file = await transcribe_file(audio, backend_name, store, settings, …)      checked, sent through the gate, kept
transcript = ingest.read([file])                                           read like any other transcript
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from comparia.asking import Channel
from comparia.backends import resolve
from comparia.backends.audio import FormRefused, Transcriber, forms, suffix_of
from comparia.backends.presets import plugin_of
from comparia.config import Settings
from comparia.errors import ConfigurationError, InputError, StoreUnwritable
from comparia.files import private_folder, write_private
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import Backend, Zone
from comparia.store import Store

MAX_BYTES = 500_000_000
"""A larger recording is refused: it is held in memory while it is sent, and no server takes it."""

LEAST_TIMEOUT = 1800.0
"""Seconds of silence a server is given where the user set none: it says nothing until it has transcribed everything."""

_STARTS = (b"ID3", b"RIFF", b"OggS", b"fLaC", b"FORM", b"#!AMR", b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75", b"caff")
"""First bytes of recordings: MP3, WAV, Ogg and Opus, FLAC, AIFF, AMR, WebM and Matroska, WMA, Core Audio."""


async def transcribe_file(
    file: Path,
    backend_name: str,
    store: Store,
    settings: Settings,
    *,
    policy: Zone,
    language: str = "",
    speakers: bool = False,
    out: Path | None = None,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> Path:
    """Transcribe a recording and keep the answer beside it, or in `out`; nothing is ever overwritten.

    Returns:
        The file that holds the answer.

    Raises:
        StoreUnwritable: the answer could not be kept; told before anything is sent, when it can be.
        InputError, ConfigurationError, OutboundRefused, MissingKey, BackendError: as `transcribe`.
    """
    place = place_for(file, out)
    answer = await transcribe(
        file, backend_name, store, settings, policy=policy, language=language, speakers=speakers, environ=environ
    )
    return keep(answer, place, settings.outputs)


async def transcribe(
    file: Path,
    backend_name: str,
    store: Store,
    settings: Settings,
    *,
    policy: Zone,
    language: str = "",
    speakers: bool = False,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> bytes:
    """The answer of a speech-to-text server about a recording, as it came.

    Args:
        file: the recording.
        backend_name: a model, named as on the command line.
        store: for the journal of what leaves.
        settings: names of backends.
        policy: how far the recording may travel.
        language: of the speech (`fr`, `en`), empty to let the model hear it.
        speakers: whether to ask who speaks, of servers that can tell.
        environ: holds the keys.

    Raises:
        InputError: not a recording, or too large a one.
        ConfigurationError: the name is not that of a server.
        OutboundRefused, MissingKey, BackendError: the server may not, or cannot, be asked.
    """
    backend = _backend(backend_name, settings)
    key = environ.get(backend.key_variable)
    channel = Channel(
        backend,
        store,
        lambda asked, admit: Transcriber(asked, key, admit),
        policy=policy,
        environ=environ,
        what=_("the recording"),
    )
    audio = _recording(file)
    asked = forms(backend, language=language, speakers=speakers)
    async with channel:
        for n, fields in enumerate(asked, start=1):
            body = channel.client.body(audio, suffix_of(file), fields)
            try:
                return await channel.paced(
                    0,
                    lambda _attempt, body=body: channel.client.transcribe(body),  # type: ignore[misc]
                )
            except FormRefused:
                if n == len(asked):
                    raise
        raise AssertionError("there is at least one form")


def place_for(file: Path, out: Path | None = None) -> Path:
    """Where the answer about `file` will be kept: `out`, or a new file beside it.

    Raises:
        StoreUnwritable: `out` exists, or its folder cannot be written.
    """
    place = out or _free(file.with_name(f"{file.stem}.transcript.json"))
    cure = _("Name another file with -f.")
    if out is not None and out.exists():
        raise StoreUnwritable(_("{place} exists already; nothing is overwritten.").format(place=out), cure)
    if not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
        raise StoreUnwritable(_("{place} is not a folder that can be written.").format(place=place.parent), cure)
    return place


def keep(answer: bytes, place: Path, otherwise: Path) -> Path:
    """Write an answer that has been paid for: at `place`, else under another number, else in the folder `otherwise`.

    Raises:
        StoreUnwritable: nowhere.
    """
    failed: OSError | None = None
    for wanted in (place, otherwise / place.name):
        for _attempt in range(3):
            free = _free(wanted)
            try:
                private_folder(free.parent)
                write_private(free, answer, fresh=True)
            except FileExistsError:
                continue
            except OSError as error:
                failed = error
                break
            return free
    reason = failed.strerror if failed else "-"
    raise StoreUnwritable(_("{place} cannot be written ({error}).").format(place=place, error=reason)) from failed


def _free(place: Path) -> Path:
    """`place`, or the first of its numbered neighbours that does not exist."""
    stem, suffix = place.name.removesuffix(place.suffix), place.suffix
    number = 1
    while place.exists():
        number += 1
        place = place.with_name(f"{stem}-{number}{suffix}")
    return place


def _backend(name: str, settings: Settings) -> Backend:
    found = resolve([name], settings)
    if len(found) != 1 or found[0].kind != "openai_compatible" or plugin_of(found[0]) is not None:
        raise ConfigurationError(
            _("{name} does not transcribe recordings.").format(name=name),
            _("For instance: {name}").format(name="albert:openai/whisper-large-v3"),
        )
    own = settings.backends.get(name)
    stated = own is not None and own.timeout is not None
    return found[0] if stated else found[0].model_copy(update={"timeout": max(found[0].timeout, LEAST_TIMEOUT)})


def _recording(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise InputError(_("no such file."), file)
        size = file.stat().st_size
        if size > MAX_BYTES:
            message = _("{size} MB is more than can be sent at once (limit {limit} MB).")
            raise InputError(
                message.format(size=size // 1_000_000, limit=MAX_BYTES // 1_000_000),
                file,
                cure=_("Make the file smaller: ffmpeg -i IN -ac 1 -ar 16000 -b:a 32k OUT.mp3, or cut it."),
            )
        audio = file.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(_("cannot be read ({error}).").format(error=error), file) from error
    frame = len(audio) > 1 and audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0 and audio[1] != 0xFF and audio[1] != 0xFE
    if not frame and not audio.startswith(_STARTS) and audio[4:8] != b"ftyp":
        raise InputError(
            _("this is not a recording that is known."),
            file,
            cure=_(
                "Give an MP3, MP4, M4A, WAV, FLAC, Ogg, Opus or WebM file; a transcript is read by comparia ingest."
            ),
            on_page=_("Give an MP3, MP4, M4A, WAV, FLAC, Ogg, Opus or WebM file."),
        )
    return audio
