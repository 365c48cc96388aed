"""Scorings of runs, by words or with models."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError, UnknownName
from comparia.library.kept import has_store, open_store
from comparia.library.points import load_reference
from comparia.library.sessions import hiding_by
from comparia.messages import gettext as _
from comparia.records import (
    Reference,
    Run,
    Score,
    Variant,
    Zone,
    now,
)

if TYPE_CHECKING:
    from comparia.metrics import Matcher
    from comparia.privacy import Hiding
    from comparia.scoring import Asked, MetricObserver, Models, Progress, Unanswered
    from comparia.scoring.audit import Audit
    from comparia.store import Store


MODELS_OF_THE_RUN = "models"
"""Names as judges the models of the run."""

WORDS_ALONE = "none"
"""Names no judge, and leaves out what judges answered before."""


def earlier_reference(run_id: str, *, settings: Settings | None = None) -> Reference | None:
    """The key points a run was scored against before the present ones; None where there were none."""
    with open_store(settings or load_settings()) as store:
        return store.scores.earlier_reference(run_id)


def references_of(run_id: str, *, settings: Settings | None = None) -> list[tuple[str, Reference]]:
    """Every list of key points a run was scored against and when it last was (ISO 8601), the latest first."""
    with open_store(settings or load_settings()) as store:
        return store.scores.references_of(run_id)


def score(
    run: Run | str | Path,
    reference: Reference | str | Path | None = None,
    metrics: Sequence[str] | None = None,
    *,
    name: str = "",
    embedder: str = "",
    judge: str = "",
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
    ask_again: bool = False,
    progress: Progress | None = None,
    on_metric: MetricObserver | None = None,
    on_unanswered: Callable[[Unanswered], None] | None = None,
) -> Run:
    """Score a run again. The new scores are kept with the stored run, or returned alone if it is in no database.

    By words alone no model is called. With `embedder` or `judge`, what was answered before is not asked again.

    Args:
        run: a run, the id of a stored one, or an exchange file (.json), which is scored without a database.
        reference: key points or their file; the run's own when None.
        metrics: names of metrics; all when None.
        name: of the scoring: scorings of several names stand side by side, and one of the same name is replaced. The
            scoring that is shown where none is asked for has no name.
        embedder: an embedding model, named like a backend, or `folder:PATH`: key points are matched by meaning too.
        judge: a model that is asked about the points that words leave doubtful, never about its own recaps; `models`
            for those of the run, each for the recaps that it did not write. What the models of the run answered before
            counts where no judge is named; `none` for words alone.
        policy: how far the recaps and key points may travel; the run's own when None.
        hiding: how names are hidden from the models asked; the settings' when None.
        settings: read from comparia.toml and the environment when None.
        ask_again: ask judges again what they failed to answer at an earlier command. A failure is kept until then, or
            until the judge's settings, the recap or the point change.
        progress: told of answers as they come.
        on_metric: told of each metric when it begins.
        on_unanswered: told, at the end, of each failure of a judge that leaves verdicts to words.

    Raises:
        CompariaError: an unknown name, a missing key, a refused zone, a model that does not answer.
    """
    from comparia.library.exchange import is_file, read_file, score_outside

    settings = settings or load_settings()
    outside = None
    if not isinstance(run, Run):
        outside = read_file(run) if is_file(run) else None
    elif not _is_stored(run, settings):
        outside = run
    if outside is not None:
        points = load_reference(reference, outside.transcript) if isinstance(reference, str | Path) else reference
        named = bool(embedder or judge.removeprefix(WORDS_ALONE))
        return score_outside(outside, points, metrics, name=name, models=named, on_metric=on_metric)
    with open_store(settings) as store:
        store.scores.check_name(name)
        stored, reference = _to_score(run, reference, store, name)
        matcher = None
        if judge == WORDS_ALONE:
            judge = ""
        elif not judge and not embedder:
            matcher = earlier_matcher(stored, store, settings)
        models = None
        if embedder or judge:
            from comparia.metrics import Matcher

            models = _models(stored, store, settings, embedder, judge, policy, hiding, progress, again=ask_again)
            matcher = Matcher(embedder=models.embedder, judge=models.judge)
        done = scored(stored, store, reference, metrics, matcher, name, on_metric)
    if models is not None and models.judge is not None and on_unanswered is not None:
        for unanswered in models.judge.unanswered:
            on_unanswered(unanswered)
    return done


def to_be_asked(
    run: Run | str,
    reference: Reference | str | Path | None = None,
    *,
    name: str = "",
    embedder: str = "",
    judge: str = "",
    ask_again: bool = False,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
) -> tuple[Asked, ...]:
    """Return what `score` would ask of models, one entry a model that would be asked anything; nothing is sent or kept.

    Where embeddings are still to be asked for, judges are counted as if words alone told what is doubtful.

    Args: as those of `score`.

    Raises:
        CompariaError: an unknown name, a missing key, a refused zone; a run that is in no database.
    """
    from comparia import scoring
    from comparia.metrics import Matcher

    settings = settings or load_settings()
    announced: list[Asked] = []

    def stop_before_sending(asked: Asked) -> None:
        announced.append(asked)
        if not asked.waiting:
            raise _NothingSent

    with open_store(settings) as store:
        stored, points = _to_score(run, reference, store, name)
        judge = judge.removeprefix(WORDS_ALONE)
        for with_embedder in (embedder, ""):
            before = len(announced)
            if not with_embedder and not judge:
                break
            models = _models(
                stored, store, settings, with_embedder, judge, policy, hiding, stop_before_sending, again=ask_again
            )
            with contextlib.suppress(_NothingSent):
                scoring.match(stored, points, Matcher(embedder=models.embedder, judge=models.judge))
            if not any(asked.what == "embeddings" for asked in announced[before:]):
                break
    return tuple(announced)


class _NothingSent(Exception):
    """All that would be asked is known: nothing has been sent."""


def _to_score(
    run: Run | str | Path, reference: Reference | str | Path | None, store: Store, name: str
) -> tuple[Run, Reference | None]:
    """Return a stored run as a scoring of a name finds it, and the key points it is scored against."""
    run_id = run.id if isinstance(run, Run) else store.runs.find(str(run))
    stored = store.runs.read(run_id)
    if name and name in {scoring.name for scoring in store.scores.scorings(run_id)}:
        stored = store.runs.read(run_id, name)
    elif name:
        stored = stored.model_copy(update={"scores": ()})
    if isinstance(reference, str | Path):
        reference = load_reference(reference, stored.transcript)
    return stored, reference or stored.reference


def _models(
    run: Run,
    store: Store,
    settings: Settings,
    embedder: str,
    judge: str,
    policy: Zone | None,
    hiding: Hiding | None,
    progress: Progress | None,
    *,
    again: bool,
) -> Models:
    """Return what a matcher may ask. Raises CompariaError: it cannot be asked, or nobody may judge."""
    from comparia.library.comparisons import judges_of
    from comparia.scoring import open_models

    if judge == MODELS_OF_THE_RUN and not judges_of(run):
        raise ConfigurationError(
            _("The only model of this run wrote its recaps: nobody else can judge them."),
            _("Name another judge: --judge mistral:mistral-large-latest"),
            on_page=_("Compare again with a second model."),
        )
    return open_models(
        run if policy is None else run.model_copy(update={"policy": policy}),
        store,
        settings,
        embedder=embedder,
        judge=judge,
        progress=progress,
        hiding=hiding or hiding_by(settings),
        again=again,
    )


def earlier_matcher(run: Run, store: Store, settings: Settings) -> Matcher | None:
    """Return a matcher that follows what the models of a run judged before; None where they judged nothing."""
    from comparia.metrics import Matcher
    from comparia.scoring import earlier_judges

    earlier = earlier_judges(run, store, settings)
    return Matcher(judge=earlier) if earlier is not None else None


def _is_stored(run: Run, settings: Settings) -> bool:
    if not has_store(settings):
        return False
    with open_store(settings) as store:
        return store.runs.has(run.id)


def audit(
    run: str | Path = "last",
    *,
    ask_own: bool = False,
    first: int = 12,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[Run, Audit]:
    """Return how far the verdicts of a stored run can be trusted: each way of giving them against what people settled.

    By words, by embeddings where vectors were asked for before, and by the judges of the run, or named for it, where
    they judged.

    Args:
        run: its id, the beginning of one, or `last`.
        ask_own: ask each judge about its own recaps too, to see whether it prefers them; these verdicts are never
            scored.
        first: number of cells proposed to be settled.
        settings: read from comparia.toml and the environment when None.
        progress: told of answers as they come.

    Raises:
        CompariaError: no such run; with `ask_own`, a model that may not, or cannot, be asked.
    """
    from comparia.scoring import OF_THE_RUN, earlier_embeddings, earlier_judges, earlier_named_judges, open_models
    from comparia.scoring.audit import audit as audit_run

    settings = settings or load_settings()
    if not has_store(settings):
        raise UnknownName(_("run"), str(run), ())
    with open_store(settings) as store:
        stored = store.runs.read(store.runs.find(str(run)))
        settled = store.workbench.settled(stored.id, stored.reference)
        own = None
        if ask_own and not store.answers.rulings(stored.id):
            raise ConfigurationError(
                _("The models of this run judged nothing: there is nothing to compare their own recaps with."),
                _("Have them judge first: comparia score {run} --judge models").format(run=stored.id),
                on_page=_("Compare again with a second model."),
            )
        if ask_own:
            hiding = hiding_by(settings)
            models = open_models(stored, store, settings, judge=OF_THE_RUN, progress=progress, hiding=hiding, own=True)
            own = models.judge
        judges, embedders = earlier_judges(stored, store, settings), earlier_embeddings(stored, store)
        named = earlier_named_judges(stored, store, settings)
        return stored, audit_run(stored, settled, judges, own, embedders, named, first=first)


def score_text(run: Run, text: str) -> Score | None:
    """How much of the key points of a run a text keeps, by words alone; nothing is stored. None without key points."""
    from comparia import scoring
    from comparia.reports.readings import COVERAGE

    if run.reference is None:
        return None
    trial = Variant(id="t", prompt=None, backend="trial", author="human", summary=text, finished_at=now())
    found = scoring.score(run.model_copy(update={"variants": (trial,)}), run.reference, [COVERAGE])
    return next(iter(found), None)


class Repair(NamedTuple):
    """A quotation that was not said so, and the words that were."""

    quotation: str
    """The words between the marks."""
    exact: str
    """What to put in their place: words that were said; of pieces said apart, each in marks of its own."""
    speaker: str
    """Who said them; of pieces, who said the first."""
    turn: int
    """The turn."""
    stitched: bool
    """Whether its pieces were said apart, or by several people."""


def repairs_of(run: Run, text: str) -> list[Repair]:
    """Return the quotations of a text that are altered or stitched, with the exact words, in the order of the text."""
    from comparia import scoring
    from comparia.reports.readings import QUOTATIONS

    trial = Variant(id="t", prompt=None, backend="trial", author="human", summary=text, finished_at=now())
    scores = scoring.score(run.model_copy(update={"variants": (trial,)}), None, [QUOTATIONS])
    turns = {turn.number: turn for turn in run.transcript.turns}
    repairs = []
    for item in (item for score in scores for item in score.evidence if item.type == "quotation"):
        exact = item.exact
        if item.verdict == "stitched":
            exact = item.exact.replace(" […] ", _between(text, item.quotation))
        if item.verdict in ("altered", "stitched") and exact and exact != item.quotation:
            who = run.transcript.speaker_name(turns[item.turns[0]].speaker)
            repairs.append(Repair(item.quotation, exact, who, item.turns[0], item.verdict == "stitched"))
    return repairs


def _between(text: str, quotation: str) -> str:
    """Return what parts two quotations that were one: its marks, closed and opened again."""
    before = text[: max(0, text.find(quotation))].rstrip()
    return {"“": "” […] “", '"': '" […] "'}.get(before[-1:], "\u00a0» […] «\u00a0")


def sentences_of(run: Run, variant: Variant) -> tuple[str, ...]:
    """The sentences of a recap, without its marks of Markdown."""
    from comparia.metrics import Case, Matcher

    case = Case(run.transcript, (variant,), None, Matcher(), run.software)
    return tuple(sentence.text for sentence in case.sentences[variant.id])


def scored(
    run: Run,
    store: Store,
    reference: Reference | None,
    metrics: Sequence[str] | None = None,
    matcher: Matcher | None = None,
    name: str = "",
    on_metric: MetricObserver | None = None,
) -> Run:
    """Score a run and store the scores; return it as it is stored, as it is where `metrics` is empty."""
    from comparia import scoring
    from comparia.library import samples

    if metrics is not None and not metrics:
        return run
    strangers = samples.recaps_of_others(run.transcript)
    settled = store.workbench.settled(run.id, reference)
    scores = scoring.score(run, reference, metrics, matcher, strangers, settled, on_metric)
    if metrics is not None and reference == run.reference:
        scores = scoring.completed(scores, run.scores)
    store.scores.add_scores(run.id, reference, scores, name)
    stored = store.runs.read(run.id, name, with_scores=False)
    return stored.model_copy(update={"reference": reference, "scores": scores})


def check_metrics(names: Sequence[str] | None) -> None:
    """Check that metrics have these names, before anything is sent. Raises UnknownName."""
    if names:
        from comparia.scoring import check_metrics

        check_metrics(names)
