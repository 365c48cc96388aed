"""Sessions: read from their files, written, transcribed from a recording."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comparia.config import Settings, load_settings
from comparia.errors import CompariaError
from comparia.library.kept import open_store
from comparia.records import ContextDocument, Corrections, Transcript, Zone

if TYPE_CHECKING:
    from comparia.correcting import Corrected, Proposal
    from comparia.privacy import Hiding


def read_transcript(
    *paths: str | Path,
    format: str | None = None,
    encoding: str | None = None,
    language: Literal["fr", "en"] | None = None,
    title: str | None = None,
    date: str = "",
    speakers: Mapping[str, str] | None = None,
    corrections: Corrections | str | Path | Literal[False] | None = None,
    context: Sequence[str | Path] = (),
    people: str | Path | Literal[False] | None = None,
    recording: str | Path | Literal[False] | None = None,
    settings: Settings | None = None,
) -> Transcript:
    """Read the file or files of one session: speech first, then its chat.

    Args:
        paths: files of the same session.
        format: name of the format; told from the content when None.
        encoding: a Python codec name; told from the content when None.
        language: main language; guessed when None.
        title: title of the session; the name of the first file when None.
        date: date of the session.
        speakers: names by label.
        corrections: what to correct of it, or their file. None takes the file `NAME.corrections.yaml` beside the first
            file, if there is one; False takes none.
        context: files of documents that nobody said: agenda, slides, list of those present.
        people: table of people (CSV, XLSX, ODS): a column of names, the others are their attributes (age, district,
            role). None takes `NAME.people.csv`, `.xlsx` or `.ods` beside the first file; False takes none.
        recording: the recording of the session, which stays on this machine and can then be played; `auto` takes the
            one beside the files. None takes the one that the first file was transcribed from, where `transcribe` noted
            it, and warns where it is not there any more; False takes none.
        settings: among whose outputs a link to the recording is made; read when None, and there is one.

    Raises:
        TranscriptError: with file, line and cure.
        InputError: corrections that cannot be read, or that name what is not in the session; a recording that is none,
            or is not there.
    """
    from comparia import ingest

    transcript = ingest.read(
        paths, format=format, encoding=encoding, language=language, title=title, date=date, speakers=speakers
    )
    if context:
        transcript = with_context(transcript, [ingest.read_document(path) for path in context])
    if corrections is None:
        corrections = corrections_beside(paths[0])
    if corrections:
        transcript = _corrected(transcript, corrections, title)
    if people is None:
        people = people_beside(paths[0])
    if people:
        transcript = ingest.with_people(transcript, people)
    return transcript if recording is False else _with_recording(transcript, paths, recording, settings)


def _corrected(transcript: Transcript, corrections: Corrections | str | Path, title: str | None) -> Transcript:
    """Return a session as corrected; a title that was given stays."""
    from comparia import correcting

    file = ""
    if not isinstance(corrections, Corrections):
        file = str(corrections)
        corrections = correcting.load(Path(corrections))
    corrected = correcting.apply(transcript, corrections, file).transcript
    return corrected if title is None else corrected.model_copy(update={"title": title})


def _with_recording(
    transcript: Transcript, paths: Sequence[str | Path], named: str | Path | None, settings: Settings | None
) -> Transcript:
    """Return a session with the recording that is named, or with the one that it was transcribed from."""
    from comparia.library.recordings import attach_recording, recording_named, recording_noted

    try:
        found = recording_noted(paths) if named is None else recording_named(named, paths)
        return attach_recording(transcript, found, settings or load_settings()) if found else transcript
    except CompariaError as error:
        if named is not None:
            raise
        warnings.warn(str(error), stacklevel=3)  # nobody asked for it
        return transcript


def corrections_beside(file: str | Path) -> Path | None:
    """Return the file of corrections beside a transcript, `NAME.corrections.yaml`, or None."""
    candidate = Path(file).with_suffix(".corrections.yaml")
    return candidate if candidate.is_file() else None


def people_beside(file: str | Path) -> Path | None:
    """Return the table of people beside a transcript, `NAME.people.csv`, `.xlsx` or `.ods`, or None."""
    candidates = (Path(file).with_suffix(f".people.{kind}") for kind in ("csv", "xlsx", "ods"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def with_context(transcript: Transcript, documents: Sequence[ContextDocument]) -> Transcript:
    """Return a session with documents of context, which models are offered and nobody said. Its id is another."""
    added = transcript.model_copy(update={"context": tuple(documents)})
    return added.model_copy(update={"id": added.content_id})


def correct_transcript(transcript: Transcript, corrections: Corrections | str | Path) -> Corrected:
    """Return what a session becomes with corrections, and every place that they change. The session stays as it is.

    Args:
        transcript: the original session.
        corrections: what to correct, or their file (YAML).

    Raises:
        InputError: corrections that cannot be read, or that name what is not in the session.
    """
    from comparia import correcting

    if isinstance(corrections, Corrections):
        return correcting.apply(transcript, corrections)
    return correcting.apply(transcript, correcting.load(Path(corrections)), str(corrections))


def propose_corrections(transcript: Transcript, terms: Sequence[str] = ()) -> list[Proposal]:
    """Return words of a session that may be a name, a place or an acronym misheard, the likeliest first.

    Args:
        transcript: the session. The names in its documents of context are terms too.
        terms: names, places and acronyms as they are written.
    """
    from comparia import correcting

    written = correcting.terms_of(document.text for document in transcript.context)
    return correcting.proposals(transcript, list(dict.fromkeys((*terms, *written))))


def join_sessions(sessions: Sequence[Transcript], title: str = "") -> Transcript:
    """Return the sessions of a cycle as one session, whose `parts` tell which turn is of which.

    People of the same name are one person. One veil, one fence and one list of key points then hold for all of them.

    Args:
        sessions: transcripts of one language, in order.
        title: title of the cycle; that of the first session when empty.

    Raises:
        InputError: fewer than two sessions, one session given twice, or sessions in several languages.
    """
    from comparia import correcting

    return correcting.joined(sessions, title)


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
        The file of the answer, which `read_transcript` reads; a note beside it (`.recording`) leads to the recording.

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
        answer = run_sync(work)
    from comparia.library.recordings import note_recording

    with contextlib.suppress(OSError, CompariaError):  # the answer is kept: without the note, the recording is named
        note_recording(answer, Path(file))
    return answer


def hiding_by(settings: Settings) -> Hiding:
    """How names are hidden where nothing else is said."""
    from comparia.privacy import Hiding

    return Hiding(settings.pseudonyms, organisations=settings.hide_organisations, neutral=settings.neutral_names)
