"""Recordings: runs with every answer and the times of its pieces, in one file, to replay without network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from comparia.errors import ConfigurationError, RunFileError
from comparia.messages import gettext as _
from comparia.prompts import as_text, with_session
from comparia.records import Asked, Completion, Prompt, Record, Run, Stage
from comparia.reports.exchange import read_document
from comparia.trying.questions import Kind

FORMAT_VERSION = 1

MOST_BYTES = 400_000_000
"""Largest recording that is read, in bytes."""


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
    title: str
    """Title of the session."""
    asked: tuple[Asked, ...] = ()
    """Critiques and challenges, with their answers."""
    answers: tuple[Answer, ...]
    """Every answer of the runs."""
    runs: tuple[Run, ...] = Field(min_length=1)
    """The versions, in the order they were tried."""


def record(runs: Sequence[Run], answers: Sequence[Answer], asked: Sequence[Asked] = ()) -> bytes:
    """Return a recording as JSON (UTF-8).

    Args:
        runs: the versions, in order.
        answers: every answer of these runs.
        asked: critiques and challenges.
    """
    recording = Recording(
        title=runs[0].transcript.title,
        asked=tuple(asked),
        answers=tuple(answers),
        runs=tuple(runs),
    )
    return recording.model_dump_json().encode() + b"\n"


def read_recording(file: Path) -> Recording:
    """Read a recording.

    Raises:
        RunFileError: the file cannot be read, is no recording, or is of a newer version.
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
    return read_document(Recording, data, str(file), FORMAT_VERSION)


# A stage that is replayed ---------------------------------------------------------------------------------------------


def next_recorded(stage: Stage) -> str | None:
    """Return the id of the recorded run that a stage plays next; None when all were played, or none was recorded."""
    n_played = len(stage.runs) - stage.given
    return stage.recorded[n_played] if n_played < len(stage.recorded) else None


def recorded_as(text: str, runs: Sequence[Run]) -> tuple[Prompt, Run]:
    """Return the recorded prompt with the same words as `text`, and its run.

    Args:
        text: the prompt as typed, with `{{ transcript }}` or without it.
        runs: the recorded runs, the likeliest first.

    Raises:
        ConfigurationError: no run has this prompt.
    """
    for run in runs:
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
