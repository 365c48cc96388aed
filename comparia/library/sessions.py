"""Sessions: read from their files, written, transcribed from a recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comparia.config import Settings, load_settings
from comparia.library.kept import open_store
from comparia.records import (
    Transcript,
    Zone,
)

if TYPE_CHECKING:
    from comparia.privacy import Hiding


def read_transcript(
    *paths: str | Path,
    format: str | None = None,
    encoding: str | None = None,
    language: Literal["fr", "en"] | None = None,
    title: str | None = None,
    date: str = "",
    speakers: Mapping[str, str] | None = None,
) -> Transcript:
    """Read the file or files of one session: speech first, then its chat.

    Raises:
        TranscriptError: with file, line and cure.
    """
    from comparia import ingest

    return ingest.read(
        paths, format=format, encoding=encoding, language=language, title=title, date=date, speakers=speakers
    )


def write_transcript(transcript: Transcript, format: str = "markdown") -> bytes:
    """A transcript as `vtt`, `markdown` or `json`. Raises UnknownName for another format."""
    from comparia.reports import transcripts

    return transcripts.write(transcript, format)


def transcribe(
    file: str | Path,
    backend: str,
    *,
    out: str | Path | None = None,
    language: str = "",
    speakers: bool = False,
    policy: Zone | None = None,
    settings: Settings | None = None,
) -> Path:
    """Send a recording to a speech-to-text server and keep its answer as it came.

    Args:
        file: the recording.
        backend: a speech-to-text model, named like a backend.
        out: where the answer is kept; beside the recording when None. Never overwritten.
        language: of the speech; heard by the model when empty.
        speakers: ask who speaks, of servers that can tell.
        policy: how far the recording may travel; the settings' when None.
        settings: read from comparia.toml and the environment when None.

    Returns:
        The file of the answer, which `read_transcript` reads.

    Raises:
        CompariaError: a refused zone, a missing key, a server that does not answer, a file that is no recording.
    """
    from comparia import transcribing
    from comparia.backends.queue import run_sync

    settings = settings or load_settings()
    with open_store(settings) as store:
        work = transcribing.transcribe_file(
            Path(file),
            backend,
            store,
            settings,
            policy=policy or settings.policy,
            language=language,
            speakers=speakers,
            out=Path(out) if out else None,
        )
        return run_sync(work)


def hiding_by(settings: Settings) -> Hiding:
    """How names are hidden where nothing else is said."""
    from comparia.privacy import Hiding

    return Hiding(settings.pseudonyms, organisations=settings.hide_organisations, neutral=settings.neutral_names)
