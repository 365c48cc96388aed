"""Studies carried out: checked, run, scored, analysed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError, PromptError, StoreUnwritable, StudyError
from comparia.files import write_private
from comparia.library.comparisons import load_prompt_set
from comparia.library.kept import has_store, open_store
from comparia.library.points import load_reference, suggest_reference
from comparia.library.scorings import WORDS_ALONE, score
from comparia.library.sessions import hiding_by, read_transcript
from comparia.library.upkeep import version
from comparia.messages import gettext as _
from comparia.records import ZONES, Batch, Prompt, Run, Zone, now
from comparia.reports.readings import MINORITY
from comparia.statistics.power import SmallestDifference, smallest_difference
from comparia.studies.analysis import Analysis, StoredRun, analyse
from comparia.studies.design import RunDesign, SessionInput, designs
from comparia.studies.files import Study, StudySession, load
from comparia.studies.runs import StudyRun

if TYPE_CHECKING:
    from comparia.comparing import Event
    from comparia.library.study_batches import BatchTerms, Wait
    from comparia.store import Store

StudyProgress = Callable[[str, int, int], None]
"""Told of the run at hand (`session`, or `session/probe`), how many recaps of the study are there, and of how many."""


class PlannedRun(NamedTuple):
    """One run of a study, planned."""

    design: RunDesign
    """What it is."""
    run: Run
    """The run, with its plan; nothing was sent."""
    files: Mapping[str, str]
    """SHA-256 of each file of its session, by name."""


class StudyCheck(NamedTuple):
    """What a study would do."""

    study: Study
    """The study."""
    runs: tuple[PlannedRun, ...]
    """Its runs, planned."""
    done: int
    """Recaps that are there already."""
    smallest: SmallestDifference
    """The smallest difference of the primary metric that the design could see."""
    changed: bool
    """Whether the analysis is another than before the first call."""

    @property
    def recaps(self) -> int:
        """Recaps of the whole study."""
        return sum(len(planned.run.plan.cells) for planned in self.runs)

    @property
    def calls(self) -> int:
        """Calls of the whole study."""
        return sum(planned.run.plan.calls for planned in self.runs)

    @property
    def input_tokens(self) -> int:
        """Estimated input tokens of the whole study."""
        return sum(planned.run.plan.input_tokens for planned in self.runs)

    @property
    def cost(self) -> float | None:
        """Estimated cost in US dollars over the models whose price is known; None if none is known."""
        costs = [planned.run.plan.cost for planned in self.runs if planned.run.plan.cost is not None]
        return sum(costs) if costs else None

    @property
    def terms(self) -> tuple[BatchTerms, ...]:
        """What is known of the batches that its models take; empty where none takes any."""
        from comparia.library.study_batches import batch_terms

        backends = [backend for planned in self.runs for backend in planned.run.backends]
        names = {name: model for planned in self.runs for name, model in planned.design.models.items()}
        return batch_terms(backends, lambda name: names.get(name, name))

    @property
    def batch_cost(self) -> float | None:
        """Estimated cost in US dollars with what can be asked in batches asked so; None if no price is known."""
        from comparia.comparing import cost_in_batches

        costs = [cost_in_batches(planned.run.plan, planned.run.backends) for planned in self.runs]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if known else None

    @property
    def minutes(self) -> float:
        """Least duration under the known rate limits: runs follow one another."""
        return sum(planned.run.plan.minutes for planned in self.runs)


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


def check_study(file: str | Path, *, trusted: bool = False, settings: Settings | None = None) -> StudyCheck:
    """Read a study and everything that it names, and plan all its runs. Nothing is sent, nothing is written.

    Args:
        file: the study file.
        trusted: whether it may name files outside its folder, and let sessions travel further than the settings.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: a file that cannot be read, an unknown name, a refused zone; the place in the study is named.
    """
    settings = settings or load_settings()
    study = load(Path(file))
    with _store_if_any(settings) as store:
        runs = tuple(planned_runs(study, settings, store, trusted=trusted))
        done = sum(_done(store, planned.run) for planned in runs)
    analysis = study.analysis
    smallest = smallest_difference(
        len(study.sessions),
        study.repeats * max(1, len(study.conditions)),
        _points_of(study, runs),
        contrasts=max(1, len(analysis.contrasts)),
        alpha=analysis.alpha,
        seed=study.seed,
    )
    return StudyCheck(study, runs, done, smallest, _is_changed(study, settings))


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
    from comparia.library.study_batches import LONGEST_PAUSE, carry_out

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
        _write_down(study, settings)
        counter = _Counter(progress, sum(_done(store, planned.run) for planned in runs), runs)
        run_sync(
            carry_out(
                [planned.run for planned in runs],
                store,
                counter,
                begin=counter.begin,
                batch=batch,
                every=every or LONGEST_PAUSE,
                stay=stay,
                waits=waits or (lambda _wait: None),
            )
        )
    return study_state(file, trusted=trusted, settings=settings)


def study_state(file: str | Path, *, trusted: bool = False, settings: Settings | None = None) -> StudyState:
    """Return how a study stands: recaps there, missing and failed, run by run. Raises CompariaError."""
    settings = settings or load_settings()
    study = load(Path(file))
    states, batches = [], list[Batch]()
    files = list[str]()
    with _store_if_any(settings) as store:
        for planned in planned_runs(study, settings, store, trusted=trusted):
            size = len(planned.run.plan.cells)
            if store is None or not store.runs.has(planned.run.id):
                states.append(RunState(planned.design, size, 0, 0, False))
                continue
            run = store.runs.read(planned.run.id)
            kept = store.batches.of(run.id, open_only=True)
            batches += [batch for batch in kept if batch.in_flight]
            files += [file for batch in kept if not batch.in_flight for file in batch.left]
            done = sum(variant.summary is not None for variant in run.variants)
            failed = sum(variant.failure is not None for variant in run.variants)
            states.append(RunState(planned.design, size, done, failed, bool(done) and run.scored))
    return StudyState(study, tuple(states), _is_changed(study, settings), tuple(batches), tuple(files))


def score_study(
    file: str | Path,
    *,
    again: bool = False,
    workers: int = 1,
    cluster: str = "",
    trusted: bool = False,
    settings: Settings | None = None,
    progress: StudyProgress | None = None,
) -> StudyState:
    """Score every run of a study by its metrics, then by each further scoring; no recap is asked for.

    Scores are written by this process alone, run after run as they come: an interrupted scoring carries on where it
    was, whatever database holds them.

    Args:
        file: the study file.
        again: score runs that are scored already, too.
        workers: processes that score, on this machine; further scorings, which ask models, stay in this one.
        cluster: address of the scheduler of a running Dask cluster, whose workers score instead: `tcp://host:8786`.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.
        progress: told of each run.

    Raises:
        CompariaError: as `check_study`; a judge that does not answer; a worker that cannot work.
        ConfigurationError: a cluster, and a database that is SQLite: it is for the processes of one machine.
    """
    settings = settings or load_settings()
    if cluster and settings.database.startswith("sqlite"):
        raise ConfigurationError(
            _("SQLite is for the processes of one machine: scores of a cluster go into PostgreSQL."),
            _(
                'Set COMPARIA_DATABASE_URL=postgresql://USER@HOST/DATABASE, after pip install "comparia[postgres]"; or '
                "score on this machine, with --workers N."
            ),
            on_page="",
        )
    study = load(Path(file))
    with _store_if_any(settings) as store:
        runs = [p for p in planned_runs(study, settings, store, trusted=trusted) if store and store.runs.has(p.run.id)]
    if workers > 1 or cluster:
        _score_elsewhere(study, runs, settings, progress, again=again, workers=workers, cluster=cluster)
        again = False
    for n, planned in enumerate(runs):
        if progress is not None:
            progress(_place(planned.design), n, len(runs))
        _score(study, planned, settings, again=again)
    if progress is not None:
        progress("", len(runs), len(runs))
    return study_state(file, trusted=trusted, settings=settings)


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
    with _store_if_any(settings) as store:
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
    with _store_if_any(settings) as store:
        for planned in planned_runs(study, settings, store, trusted=trusted):
            run = planned.run
            if store is not None and store.runs.has(run.id):
                lacks = scoring and scoring not in {one.name for one in store.scores.scorings(run.id)}
                run = store.runs.read(run.id, with_scores=False) if lacks else store.runs.read(run.id, scoring)
            design = planned.design
            yield StudyRun(
                run, study.name, design.session, design.probe, design.conditions, design.models, scoring=scoring
            )


# Reading what a study names -------------------------------------------------------------------------------------------


def planned_runs(study: Study, settings: Settings, store: Store | None, *, trusted: bool) -> Iterator[PlannedRun]:
    """Yield the runs of a study, planned; nothing is sent or written. Raises CompariaError, as `check_study` does."""
    from comparia import comparing

    policy = _policy_of(study, settings, trusted=trusted)
    backends = {model.id: comparing.resolve_backends([model.backend], settings, store) for model in study.models}
    sessions = [_session_of(study, session, trusted=trusted) for session in study.sessions]
    files = {session.id: session.files for session in sessions}
    hiding = hiding_by(settings)
    if study.pseudonyms is not None:
        hiding = hiding._replace(mode=study.pseudonyms)
    for design in designs(study, sessions, backends):
        # Names that a study invents are no one's: the veil lets them pass, so that models read what was changed.
        invented = design.change.pseudonyms_declared if design.change else ()
        own = hiding._replace(left=(*hiding.left, *invented))
        pseudonyms = comparing.pseudonyms_for(design.transcript, design.backends, own, store)
        hidden = pseudonyms is not None
        run = comparing.plan(
            design.transcript,
            tuple(design.prompts.values()),
            design.backends,
            pseudonyms=pseudonyms,
            fence=store.runs.fence_of(design.transcript.id, hidden=hidden) if store is not None else "",
            repeats=study.repeats,
            policy=policy,
            reference=design.reference,
            software=version(),
        )
        yield PlannedRun(design, run.model_copy(update={"id": design.id}), files[design.session])


def _session_of(study: Study, session: StudySession, *, trusted: bool) -> SessionInput:
    from comparia import references

    where = f"session.{session.id}"
    files = [_file(study, name, where, trusted=trusted) for name in session.files]
    transcript = read_transcript(*files, language=session.language, title=session.title or None)
    hashes = {name: _sha256(path) for name, path in zip(session.files, files, strict=True)}
    if session.reference:
        path = _file(study, session.reference, where, trusted=trusted)
        hashes[session.reference] = _sha256(path)
        if not session.title:
            transcript = references.titled(path, transcript)
        reference = load_reference(path, transcript)
    elif study.allow_suggested:
        reference = suggest_reference(transcript)[0]
    else:
        raise StudyError(
            _("{place}: no key points are given.").format(place=where),
            study.file,
            cure=_("Give reference = FILE, or write allow_suggested = true under [study]."),
        )
    if reference.origin == "suggested" and not study.allow_suggested:
        raise StudyError(
            _("{place}: nobody reviewed these key points.").format(place=where),
            study.file,
            cure=_("Review them, or write allow_suggested = true under [study]."),
        )
    prompts: dict[str, Prompt] = {}
    for condition, name in session.prompts.items():
        place = study.folder / name
        shipped = not place.exists()
        source = name if shipped else _file(study, name, f"{where}.prompts.{condition}", trusted=trusted)
        try:
            found = load_prompt_set(source, language=transcript.language)
        except PromptError as error:
            raise StudyError(
                _("{place}: {problem}").format(place=f"{where}.prompts.{condition}", problem=error), study.file
            ) from error
        if len(found) != 1:
            raise StudyError(
                _("{place}: {name} holds {n} prompts, and a condition is one.").format(
                    place=f"{where}.prompts.{condition}", name=name, n=len(found)
                ),
                study.file,
                cure=_("Name one file."),
            )
        prompts[condition] = found[0]
        if not shipped:
            hashes[name] = _sha256(place)
    return SessionInput(session.id, transcript, reference, prompts, hashes)


def _file(study: Study, name: str, where: str, *, trusted: bool) -> Path:
    """Return a file that a study names; one outside its folder must be allowed: its content is sent to models."""
    path = study.folder / name
    inside = path.resolve().is_relative_to(study.folder.resolve())
    if not inside and not trusted:
        raise StudyError(
            _("{place}: {name} lies outside the folder of the study.").format(place=where, name=name),
            study.file,
            cure=_("Move it there, or add --trust if this study is your own."),
            on_page="",
        )
    if not path.is_file():
        raise StudyError(_("{place}: there is no file {name}.").format(place=where, name=name), study.file)
    return path


def _policy_of(study: Study, settings: Settings, *, trusted: bool) -> Zone:
    """Return how far sessions may travel: a study only tightens what the settings say, unless it is trusted."""
    if study.policy is None or trusted:
        return study.policy or settings.policy
    return min(study.policy, settings.policy, key=ZONES.index)


def _points_of(study: Study, runs: tuple[PlannedRun, ...]) -> int:
    """Return the mean number of points of a session that the primary metric looks at, 1 at least."""
    counts = []
    for planned in runs:
        if not planned.design.probe:
            reference = planned.design.reference
            few = [point for point in reference.key_points if reference.is_minority(point)]
            wanted = few if study.analysis.primary == MINORITY else reference.key_points
            counts.append(len(wanted))
    return max(1, round(sum(counts) / max(1, len(counts))))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# What is kept of a study ----------------------------------------------------------------------------------------------


def study_folder(study: Study, settings: Settings) -> Path:
    """Return the folder where what is kept of a study beside its runs lies."""
    return settings.outputs / "studies" / study.name


def written_plan(study: Study, settings: Settings) -> Mapping[str, str]:
    """Return what was written down before the first call: hashes and time; empty before."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((study_folder(study, settings) / "plan.json").read_text("utf-8"))
        if isinstance(content, dict):
            return {str(key): str(value) for key, value in content.items()}
    return {}


def _write_down(study: Study, settings: Settings) -> None:
    if written_plan(study, settings):
        return
    folder = study_folder(study, settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = {"study": study.digest, "analysis": study.analysis.digest, "at": now().isoformat()}
    write_private(folder / "plan.json", json.dumps(plan, indent=1).encode())


def _is_changed(study: Study, settings: Settings) -> bool:
    written = written_plan(study, settings)
    return bool(written) and written.get("analysis") != study.analysis.digest


def _store_if_any(settings: Settings) -> contextlib.AbstractContextManager[Store | None]:
    return open_store(settings) if has_store(settings) else nullcontext()


def _done(store: Store | None, run: Run) -> int:
    if store is None or not store.runs.has(run.id):
        return 0
    return sum(v.summary is not None for v in store.runs.read(run.id, with_scores=False).variants)


def _score(study: Study, planned: PlannedRun, settings: Settings, *, again: bool) -> None:
    with open_store(settings) as store:
        run = store.runs.read(planned.run.id)
        names = {scoring.name for scoring in store.scores.scorings(run.id)}
    if not any(variant.summary is not None for variant in run.variants):
        return
    reference, metrics = planned.design.reference, study.scoring.metrics
    if again or _lacks_scores(study, planned, run):
        score(run.id, reference, metrics, judge=WORDS_ALONE, settings=settings)
    for further in study.scoring.also:
        if again or further.name not in names:
            judge, embedder = further.judge, further.embedder
            score(run.id, reference, metrics, name=further.name, judge=judge, embedder=embedder, settings=settings)


def _lacks_scores(study: Study, planned: PlannedRun, run: Run) -> bool:
    """Return whether a recap of a run has not all the scores of the study, against its key points."""
    if run.reference is None or run.reference.digest != planned.design.reference.digest:
        return True
    scored = {score.metric for score in run.scores if len(score.variants) == 1}
    return not run.scored or not set(study.scoring.metrics) <= scored


def _score_elsewhere(
    study: Study,
    runs: Sequence[PlannedRun],
    settings: Settings,
    progress: StudyProgress | None,
    *,
    again: bool,
    workers: int,
    cluster: str,
) -> None:
    """Have workers score the runs that lack scores, and write down what comes."""
    from comparia.library.study_scoring import scored_elsewhere, work_of
    from comparia.scoring import completed

    by_id = {planned.run.id: planned for planned in runs}
    with open_store(settings) as store:

        def work() -> Iterator[tuple[str, bytes]]:
            for planned in runs:
                run, reference = store.runs.read(planned.run.id), planned.design.reference
                there = any(variant.summary is not None for variant in run.variants)
                if there and (again or _lacks_scores(study, planned, run)):
                    settled = store.workbench.settled(run.id, reference)
                    places = [(point, variant, verdict) for (point, variant), verdict in settled.items()]
                    yield run.id, work_of(run, reference, study.scoring.metrics, places)

        found = scored_elsewhere(work(), workers=workers, address=cluster)
        for done, (run_id, scores) in enumerate(found, start=1):
            reference, before = by_id[run_id].design.reference, store.runs.read(run_id)
            if before.reference == reference:
                scores = completed(scores, before.scores)
            store.scores.add_scores(run_id, reference, scores)
            if progress is not None:
                progress(_place(by_id[run_id].design), done, len(runs))


def _place(design: RunDesign) -> str:
    return f"{design.session}/{design.probe}" if design.probe else design.session


class _Counter:
    """An observer of runs that counts the recaps of a whole study."""

    def __init__(self, progress: StudyProgress | None, done: int, runs: list[PlannedRun]) -> None:
        self._progress = progress
        self._done = done
        self._all = sum(len(planned.run.plan.cells) for planned in runs)
        self._places = {planned.run.id: _place(planned.design) for planned in runs}
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
