"""Studies scored, by this process or by workers; no recap is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError
from comparia.library.kept import open_store
from comparia.library.scorings import WORDS_ALONE, score
from comparia.library.studies import StudyProgress, StudyState, place_of, study_state
from comparia.library.study_plans import PlannedRun, planned_runs, store_if_any
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.studies.files import Study, load


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
    with store_if_any(settings) as store:
        runs = [p for p in planned_runs(study, settings, store, trusted=trusted) if store and store.runs.has(p.run.id)]
    if workers > 1 or cluster:
        _score_elsewhere(study, runs, settings, progress, again=again, workers=workers, cluster=cluster)
        again = False
    for n, planned in enumerate(runs):
        if progress is not None:
            progress(place_of(planned.design), n, len(runs))
        _score(study, planned, settings, again=again)
    if progress is not None:
        progress("", len(runs), len(runs))
    return study_state(file, trusted=trusted, settings=settings)


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
    from comparia.library.study_workers import scored_elsewhere, work_of
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
                progress(place_of(by_id[run_id].design), done, len(runs))
