"""Runs in exchange files (.json): read, put into the database, scored without one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comparia import reports
from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError, InputError, RunFileError
from comparia.library.kept import open_store
from comparia.messages import gettext as _
from comparia.records import Reference, Run

if TYPE_CHECKING:
    from comparia.scoring import MetricObserver


def is_file(name: str | Path) -> bool:
    """Return whether a name is that of an exchange file, or `-` for standard input, rather than the id of a run."""
    return str(name) == "-" or Path(name).suffix == ".json"


def read_file(file: str | Path) -> Run:
    """Read a run from its exchange file, or from standard input for `-`.

    Raises:
        RunFileError: the file cannot be read, or is not a run of this format.
    """
    if str(file) == "-":
        return reports.run_from_json(sys.stdin.buffer.read(), "-")
    path = Path(file)
    try:
        return reports.run_from_json(path.read_bytes(), path.name)
    except OSError as error:
        raise RunFileError(_("cannot be read ({error}).").format(error=error.strerror), path) from error


def import_run(file: str | Path, *, settings: Settings | None = None) -> tuple[Run, bool]:
    """Put an exported run into the database, with its scores, closed votes and journal lines.

    Names of keys are left out of its backends: a file that somebody gives must not decide where a key is sent.

    Args:
        file: its exchange file, or `-` for standard input.
        settings: where runs are kept.

    Returns:
        The run as it is stored, and whether it was put there now: False where it was there already, and was left alone.

    Raises:
        RunFileError: the file cannot be read, is not a run, or its ids are not those of its content.
        InputError: another run of the same id is in the database.
    """
    run = read_file(file)
    _check_ids(run, file)
    with open_store(settings or load_settings()) as store:
        new = store.runs.restore(run)
        stored = store.runs.read(run.id)
    if not new and _content(stored) != _content(run):
        message = _("Run {run} is in the database already, with other content.").format(run=run.id)
        cure = _("Choose another database with --outputs, or remove the stored run first.")
        raise InputError(message, str(file), cure=cure)
    return stored, new


def score_outside(
    run: Run,
    reference: Reference | None,
    metrics: Sequence[str] | None,
    *,
    name: str = "",
    models: bool = False,
    on_metric: MetricObserver | None = None,
) -> Run:
    """Score a run that is in no database; nothing is stored.

    Args:
        run: the run.
        reference: the key points; the run's own when None.
        metrics: names of metrics; all when None.
        name: of the scoring; a file holds one, without a name.
        models: whether an embedder or a judge was named: their answers are kept in a database only.
        on_metric: told of each metric when it begins.

    Raises:
        ConfigurationError: a name or a model was given.
        UnknownName: a metric nobody knows.
    """
    from comparia import scoring

    if name:
        raise ConfigurationError(
            _("A run that is not in the database holds one scoring, without a name."),
            _("Put it there first: comparia import FILE"),
            on_page=_("Put it in the database first."),
        )
    if models:
        raise ConfigurationError(
            _("Answers of models are kept in the database, and this run is not there."),
            _("Put it there first: comparia import FILE"),
            on_page=_("Put it in the database first."),
        )
    points = reference or run.reference
    from comparia.library import samples

    strangers = samples.recaps_of_others(run.transcript)
    scores = scoring.score(run, points, metrics, strangers=strangers, on_metric=on_metric)
    if metrics is not None and points == run.reference:
        scores = scoring.completed(scores, run.scores)
    return run.model_copy(update={"reference": points, "scores": scores})


def _check_ids(run: Run, file: str | Path) -> None:
    """Check that the ids of a session and of recaps are those of their content. Raises RunFileError."""
    transcript = run.transcript
    variants = [variant.id for variant in run.variants]
    wrong = (
        (
            _("the id of its session is not that of its content."),
            transcript.id != transcript.content_id,
        ),
        (_("two of its recaps have one id."), len(set(variants)) < len(variants)),
    )
    for message, is_wrong in wrong:
        if is_wrong:
            raise RunFileError(message, Path(file))


def _content(run: Run) -> tuple[object, ...]:
    """Return what makes two runs the same run, whatever was scored or voted since."""
    return run.transcript.id, run.prompts, run.plan, run.variants
