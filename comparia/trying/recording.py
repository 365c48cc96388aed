"""Recordings: runs with every answer and the times of its pieces, in one file, to replay without network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from comparia.errors import ConfigurationError, RunFileError
from comparia.messages import gettext as _
from comparia.prompts import as_text, with_session
from comparia.records import Asked, Completion, Prompt, Record, Run, Stage
from comparia.reports.exchange import read_document
from comparia.trying.questions import Kind

FORMAT_VERSION = 2

MOST_BYTES = 400_000_000
"""Largest recording that is read, in bytes."""


_CHECKSUM = re.compile(rb'"checksum":"([0-9a-f]{64})"')
"""Matches the checksum of a recording, at the start of its file."""

MOST_BYTES_BEFORE_KIND = 200
"""Bytes at the start of the file in which the kind of the document must be."""


class Answer(Record):
    """An answer of a recorded run."""

    run: str
    """Id of the run."""
    request: str
    """Id of the request."""
    question: str
    """Hash of the messages; it does not depend on the backend."""
    backend: str
    """Name of the backend that was asked."""
    completion: Completion
    """The answer, with the time of each of its pieces."""


class Recording(Record):
    """The versions of a prompt that were tried, with all the answers: the content of one file."""

    kind: Literal["comparia-recording"] = "comparia-recording"
    """Kind of document."""
    format: int = FORMAT_VERSION
    """Version of the format."""
    checksum: str = ""
    """SHA-256 of the file with this field empty, in hex; empty in recordings of format 1."""
    people: int = 0
    """Number of people whose names the session holds, as far as they are found."""
    personal_data: Mapping[str, int] = {}
    """Number of other pieces of personal data in the session, as far as they are found, by kind (`phone`, `email`)."""
    title: str
    """Title of the session."""
    asked: tuple[Asked, ...] = ()
    """Critiques and challenges, with their answers."""
    answers: tuple[Answer, ...]
    """Every answer of the runs."""
    runs: tuple[Run, ...] = Field(min_length=1)
    """The versions, in the order they were tried."""


def record(
    runs: Sequence[Run],
    answers: Sequence[Answer],
    asked: Sequence[Asked] = (),
    *,
    people: int = 0,
    personal_data: Mapping[str, int] | None = None,
) -> bytes:
    """Return a recording as JSON (UTF-8), with its checksum.

    Args:
        runs: the versions, in order.
        answers: every answer of these runs.
        asked: critiques and challenges.
        people: number of people whose names the session holds.
        personal_data: number of other pieces of personal data, by kind.
    """
    recording = Recording(
        people=people,
        personal_data=personal_data or {},
        title=runs[0].transcript.title,
        asked=tuple(asked),
        answers=tuple(answers),
        runs=tuple(runs),
    )
    content = recording.model_dump_json().encode() + b"\n"
    digest = hashlib.sha256(content).hexdigest().encode()
    return content.replace(b'"checksum":""', b'"checksum":"' + digest + b'"', 1)


def _is_whole(data: bytes) -> bool:
    """Return whether the content of a recording is that of its checksum; True where it has none (format 1)."""
    found = _CHECKSUM.search(data[: 2 * MOST_BYTES_BEFORE_KIND])
    if found is None:
        return True
    digest = hashlib.sha256(data[: found.start()] + b'"checksum":""')
    digest.update(memoryview(data)[found.end() :])
    return digest.hexdigest().encode() == found[1]


def read_recording(file: Path) -> Recording:
    """Read a recording.

    Raises:
        RunFileError: the file cannot be read, is no recording, is not as it was written, or is of a newer version.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise RunFileError(_("too large for a recording."), file)
        data = file.read_bytes()
    except OSError as error:
        raise RunFileError(_("cannot be read ({error}).").format(error=error.strerror), file) from error
    if b'"comparia-recording"' not in data[:MOST_BYTES_BEFORE_KIND]:
        raise RunFileError(
            _("this is not a recording."),
            file,
            cure=_("Make one with: comparia record"),
            on_page=_("Choose another file."),
        )
    if not _is_whole(data):
        raise RunFileError(
            _("this copy of a recording is incomplete, or was changed since it was made."),
            file,
            cure=_("Copy it again from where it was recorded."),
        )
    return read_document(Recording, data, str(file), FORMAT_VERSION)


# A stage that is replayed ---------------------------------------------------------------------------------------------


def next_recorded(stage: Stage, runs: Sequence[Run]) -> tuple[Run, Prompt] | None:
    """Return the run and the prompt that a stage plays next; None when all were played, or nothing was recorded.

    Args:
        stage: the stage.
        runs: its recorded runs, in order; one with several prompts is played prompt after prompt.
    """
    versions = [(run, prompt) for run in runs for prompt in run.prompts]
    n_played = len(stage.runs) - stage.given
    return versions[n_played] if n_played < len(versions) else None


def recorded_as(text: str, runs: Sequence[Run], likeliest: Run | None = None) -> tuple[Prompt, Run]:
    """Return the recorded prompt with the same words as `text`, and its run.

    Args:
        text: the prompt as typed, with `{{ transcript }}` or without it.
        runs: the recorded runs.
        likeliest: the run that is tried first.

    Raises:
        ConfigurationError: no run has this prompt.
    """
    for run in [*([likeliest] if likeliest else []), *runs]:
        for prompt in run.prompts:
            if same_words(as_text(prompt), text) or same_words(as_text(prompt), with_session(text)):
                return prompt, run
    raise ConfigurationError(
        _("This prompt is not in the recording, and a recording answers only what it was asked."),
        _("Take the next recorded version, or open a stage with a model that answers."),
    )


def recorded_answer(stage: Stage, about: Run, kind: Kind, variant: str, text: str = "") -> Asked:
    """Return the recorded answer to a question about a replayed version, or about one of its recaps.

    Where it was asked several times, of several models, each answer is played once, in order; then the last.

    Args:
        stage: the stage that is replayed.
        about: the version.
        kind: critique of the prompt, or challenge of a recap.
        variant: id of the recap that is challenged.
        text: the prompt that is criticised, as typed: a critique is of these words. A recording of an earlier version
            does not say which words its critiques are of: they are played in order.

    Raises:
        ConfigurationError: the question was not asked when the stage was recorded.
    """
    replayed = {b.name.removeprefix("replay:").partition("/")[0] for b in about.backends if b.kind == "replay"}
    about_it = [
        answer
        for answer in stage.asked
        if answer.kind == kind and answer.of in replayed and answer.variant == (variant if kind == "challenge" else "")
    ]
    if kind == "critique":
        of_words = [answer for answer in about_it if answer.prompt and same_prompt(answer.prompt, text)]
        about_it = of_words or [answer for answer in about_it if not answer.prompt]
    if not about_it:
        raise ConfigurationError(_("This question is not in the recording."))
    played = [answer.model_copy(update={"of": about.id}) for answer in about_it]
    return next((answer for answer in played if answer not in stage.asked), played[-1])


def same_prompt(a: str, b: str) -> bool:
    """Return whether two prompts are the same, whether they say where the session is put or not."""
    return same_words(a, b) or same_words(with_session(a), b) or same_words(a, with_session(b))


def same_words(a: str, b: str) -> bool:
    """Return whether two prompts are the same, except for spaces and line ends."""
    return a.split() == b.split()
