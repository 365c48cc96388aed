"""Studies carried out: run, cancelled, analysed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import StoreUnwritable, StudyError
from comparia.files import write_private
from comparia.library.kept import open_store
from comparia.library.study_plans import (
    PlannedRun,
    is_changed,
    planned_runs,
    recaps_there,
    store_if_any,
    write_down,
    written_plan,
)
from comparia.messages import gettext as _
from comparia.records import Batch, Reason
from comparia.studies.analysis import Analysis, StoredRun, analyse
from comparia.studies.design import RunDesign
from comparia.studies.files import Study, load
from comparia.studies.runs import StudyRun

if TYPE_CHECKING:
    from comparia.comparing import Event
    from comparia.library.study_batches import Wait


StudyProgress = Callable[[str, int, int], None]
"""Told of the run at hand (`session`, or `session/probe`), how many recaps of the study are there, and of how many."""


class RunState(NamedTuple):
    """How one run of a study stands."""

    design: RunDesign
    """What it is."""
    planned: int
    """Recaps that it is made of."""
    done: int
    """Recaps that are there."""
    failed: int
    """Recaps whose last call failed."""
    scored: bool
    """Whether every recap that is there has its scores."""


class StudyState(NamedTuple):
    """How a study stands."""

    study: Study
    """The study."""
    runs: tuple[RunState, ...]
    """Its runs."""
    changed: bool
    """Whether the analysis is another than before the first call."""
    batches: tuple[Batch, ...] = ()
    """The batches that are waited for, as their servers told at the last look."""
    left: tuple[str, ...] = ()
    """Ids of files that could not be removed at the providers', once they were read."""
    refusals: tuple[Reason, ...] = ()
    """Why they could not, each reason once."""

    @property
    def waiting(self) -> int:
        """Requests that are in these batches."""
        return sum(len(batch.items) for batch in self.batches)

    @property
    def planned(self) -> int:
        """Recaps of the whole study."""
        return sum(run.planned for run in self.runs)

    @property
    def done(self) -> int:
        """Recaps that are there."""
        return sum(run.done for run in self.runs)

    @property
    def failed(self) -> int:
        """Recaps whose last call failed."""
        return sum(run.failed for run in self.runs)


def run_study(
    file: str | Path,
    *,
    trusted: bool = False,
    settings: Settings | None = None,
    progress: StudyProgress | None = None,
    batch: bool = False,
    every: float | None = None,
    stay: bool = True,
    waits: Callable[[Wait], None] | None = None,
) -> StudyState:
    """Carry a study out, or carry it on: only recaps that are missing are asked for.

    The analysis is written down first. Requests that are in a batch already are waited for, not asked again.

    Args:
        file: the study file.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.
        progress: told of recaps as they come.
        batch: ask in batches the models whose servers take them: files that lie at the provider's until they are read.
        every: longest pause between two looks at batches, in seconds; five minutes when None.
        stay: wait until every batch is read; if not, return once they are sent.
        waits: told each second of the batches that are waited for.

    Returns:
        How the study stands. Failed calls stop nothing: they are in its runs as failures, and are asked for again by
        the next call.

    Raises:
        CompariaError: as `check_study`; a missing key.
        StudyError: `batch` is asked for, and no model takes batches.
    """
    from comparia import comparing
    from comparia.backends.queue import run_sync
    from comparia.library.study_batches import LONGEST_PAUSE, Waits, carry_out

    settings = settings or load_settings()
    study = load(Path(file))
    with open_store(settings) as store:
        runs = list(planned_runs(study, settings, store, trusted=trusted))
        for planned in runs:
            comparing.check_keys(planned.run)
        if batch and not any(backend.batch for planned in runs for backend in planned.run.backends):
            raise StudyError(
                _("no model of this study takes batches."),
                file,
                cure=_('Leave --batch out, or write batch = "openai" for its backend in comparia.toml.'),
                on_page="",
            )
        write_down(study, settings)
        counter = _Counter(progress, sum(recaps_there(store, planned.run) for planned in runs), runs)
        run_sync(
            carry_out(
                [planned.run for planned in runs],
                store,
                counter,
                begin=counter.begin,
                batch=batch,
                waits=Waits(every or LONGEST_PAUSE, stay, waits or (lambda _wait: None)),
            )
        )
    return study_state(file, trusted=trusted, settings=settings)


def cancel_study(
    file: str | Path,
    *,
    trusted: bool = False,
    settings: Settings | None = None,
    progress: StudyProgress | None = None,
    every: float | None = None,
    stay: bool = True,
    waits: Callable[[Wait], None] | None = None,
) -> StudyState:
    """Have providers stop the batches of a study that wait; nothing new is asked of anybody.

    What they have answered by then is read and kept, their files are removed there, and recaps whose requests were not
    answered are failures, which `run_study` asks for again.

    Args:
        file: the study file.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.
        progress: told of recaps as they come.
        every: longest pause between two looks at batches that are being cancelled, in seconds; five minutes when None.
        stay: wait until every batch is over; if not, return once they were asked to stop.
        waits: told each second of the batches that are waited for.

    Raises:
        CompariaError: as `check_study`; a provider that refuses, once the others were asked.
    """
    from comparia.backends.queue import run_sync
    from comparia.library.study_batches import LONGEST_PAUSE, Waits, cancel

    settings = settings or load_settings()
    study = load(Path(file))
    with store_if_any(settings) as store:
        if store is not None:
            runs = list(planned_runs(study, settings, store, trusted=trusted))
            counter = _Counter(progress, sum(recaps_there(store, planned.run) for planned in runs), runs)
            run_sync(
                cancel(
                    [planned.run for planned in runs],
                    store,
                    counter,
                    begin=counter.begin,
                    waits=Waits(every or LONGEST_PAUSE, stay, waits or (lambda _wait: None)),
                )
            )
    return study_state(file, trusted=trusted, settings=settings)


def study_state(file: str | Path, *, trusted: bool = False, settings: Settings | None = None) -> StudyState:
    """Return how a study stands: recaps there, missing and failed, run by run. Raises CompariaError."""
    settings = settings or load_settings()
    study = load(Path(file))
    states, batches, read = [], list[Batch](), list[Batch]()
    with store_if_any(settings) as store:
        for planned in planned_runs(study, settings, store, trusted=trusted):
            size = len(planned.run.plan.cells)
            if store is None or not store.runs.has(planned.run.id):
                states.append(RunState(planned.design, size, 0, 0, False))
                continue
            run = store.runs.read(planned.run.id)
            kept = store.batches.of(run.id, open_only=True)
            batches += [batch for batch in kept if batch.in_flight]
            read += [batch for batch in kept if not batch.in_flight]
            done = sum(variant.summary is not None for variant in run.variants)
            failed = sum(variant.failure is not None for variant in run.variants)
            states.append(RunState(planned.design, size, done, failed, bool(done) and run.scored))
    files = tuple(file for batch in read for file in batch.left)
    refusals = tuple({str(batch.refusal): batch.refusal for batch in read if batch.refusal}.values())
    return StudyState(study, tuple(states), is_changed(study, settings), tuple(batches), files, refusals)


def analyse_study(
    file: str | Path, *, scoring: str = "", trusted: bool = False, settings: Settings | None = None
) -> Analysis:
    """Return what the stored scores of a study say; no model is asked.

    Args:
        file: the study file.
        scoring: name of the scoring; the first one when empty.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.

    Raises:
        StudyError: nothing was scored yet.
        UnknownName: no such scoring.
    """
    settings = settings or load_settings()
    study = load(Path(file))
    found = analyse(study, stored_runs(study, scoring=scoring, trusted=trusted, settings=settings), scoring)
    if not found.metrics:
        raise StudyError(
            _("nothing of this study is scored yet."),
            file,
            cure=_("First: comparia study run FILE, then comparia study score FILE."),
            on_page="",
        )
    return found


def study_methods(file: str | Path, *, trusted: bool = False, settings: Settings | None = None) -> str:
    """Return the methods of a study as Markdown, for a paper: what was done, with what, and what is missing.

    Raises:
        StudyError: nothing was scored yet.
    """
    from comparia.studies.methods import StudyFacts, methods

    settings = settings or load_settings()
    study = load(Path(file))
    facts = StudyFacts()
    for stored in stored_runs(study, trusted=trusted, settings=settings):
        facts.add(stored)
    found = analyse_study(file, trusted=trusted, settings=settings)
    return methods(study, facts, found, written_plan(study, settings))


def report_study(
    file: str | Path, folder: str | Path, *, scoring: str = "", trusted: bool = False, settings: Settings | None = None
) -> list[Path]:
    """Write the report of a study: one web page, its figures (SVG) and their data (CSV).

    Returns:
        The files written, the page first.

    Raises:
        StudyError: nothing was scored yet.
        StoreUnwritable: the folder cannot be written.
    """
    from comparia.studies.report import write_report

    settings = settings or load_settings()
    found = analyse_study(file, scoring=scoring, trusted=trusted, settings=settings)
    told = study_methods(file, trusted=trusted, settings=settings)
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = []
        for name, content in write_report(load(Path(file)), found, told).items():
            write_private(target / name, content)
            written.append(target / name)
    except OSError as error:
        raise StoreUnwritable(
            _("{file} cannot be written ({error}).").format(file=target, error=error.strerror)
        ) from error
    return written


def stored_runs(
    study: Study, *, scoring: str = "", trusted: bool = False, settings: Settings | None = None
) -> Iterator[StoredRun]:
    """Yield the stored runs of a study, one at a time, with their place in the design.

    A run that lacks a further scoring is left out of it.
    """
    from comparia.scoring import earlier_judges
    from comparia.scoring.audit import without_people

    settings = settings or load_settings()
    with store_if_any(settings) as store:
        if store is None:
            return
        for planned in planned_runs(study, settings, store, trusted=trusted):
            if not store.runs.has(planned.run.id):
                continue
            if scoring and scoring not in {one.name for one in store.scores.scorings(planned.run.id)}:
                continue
            run = store.runs.read(planned.run.id, scoring)
            design = planned.design
            one = StoredRun(run, design.session, design.probe, design.conditions, design.models, design.change)
            settled = store.workbench.settled(run.id, run.reference) if run.scores else {}
            if settled and not design.probe:
                judge = next((further.judge for further in study.scoring.also if further.name == scoring), "")
                judges = earlier_judges(run, store, settings, judge) if judge else None
                unsettled, sample = without_people(run, settled, judges)
                one = replace(one, sample=sample, unsettled=unsettled)
            yield one


def study_runs(
    file: str | Path, *, scoring: str = "", trusted: bool = False, settings: Settings | None = None
) -> Iterator[StudyRun]:
    """Yield every run of a study, one at a time, for its tables; one that was never begun has its plan alone.

    Args:
        file: the study file.
        scoring: name of the scoring; the first one when empty. A run that lacks it has no score.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: as `check_study`.
    """
    settings = settings or load_settings()
    study = load(Path(file))
    with store_if_any(settings) as store:
        for planned in planned_runs(study, settings, store, trusted=trusted):
            run = planned.run
            if store is not None and store.runs.has(run.id):
                lacks = scoring and scoring not in {one.name for one in store.scores.scorings(run.id)}
                run = store.runs.read(run.id, with_scores=False) if lacks else store.runs.read(run.id, scoring)
            design = planned.design
            yield StudyRun(
                run, study.name, design.session, design.probe, design.conditions, design.models, scoring=scoring
            )


def place_of(design: RunDesign) -> str:
    """Return the name of a run of a study: `session`, or `session/probe`."""
    return f"{design.session}/{design.probe}" if design.probe else design.session


class _Counter:
    """An observer of runs that counts the recaps of a whole study."""

    def __init__(self, progress: StudyProgress | None, done: int, runs: list[PlannedRun]) -> None:
        self._progress = progress
        self._done = done
        self._all = sum(len(planned.run.plan.cells) for planned in runs)
        self._places = {planned.run.id: place_of(planned.design) for planned in runs}
        self._place = ""
        self._tell()

    def begin(self, run_id: str) -> None:
        """Tell of the run that is gone on with."""
        self._place = self._places[run_id]
        self._tell()

    def __call__(self, event: Event) -> None:
        """Count a recap that has come; tell of everything that is sent, so that nobody waits in silence."""
        if event.kind == "done" and event.variant is not None and event.variant.failure is None:
            self._done += 1
        if event.kind in ("sent", "done"):
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._place, self._done, self._all)
