"""What the models of a run are asked beside its recaps.

They list its key points where none are given, and give verdicts where words cannot tell. Both are sized and priced
before anything is sent, beside the recaps, and each can be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import BackendError, CompariaError, ConfigurationError
from comparia.library.kept import open_store
from comparia.library.scorings import score
from comparia.library.sessions import hiding_by
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Backend, PlanLine, Purpose, Reference, Run
from comparia.reports.readings import COVERAGE
from comparia.reports.wording import failed_judge_sentence

if TYPE_CHECKING:
    from comparia.scoring import MetricObserver, Progress, Unanswered

WORDS_A_POINT, FEWEST_POINTS, MOST_POINTS = 110, 8, 120
"""Words of a session for each key point that a model lists, and the least and most of them, for the plan."""
POINT_TOKENS = 60
"""Tokens that a model writes for one key point with its quotes."""
LIST_TOKENS = 330
"""Tokens of the instruction for key points."""
SHEET_TOKENS = 680
"""Tokens of the instruction to a judge, without the recap and the points: 608 in English, 753 in French."""
LAST_TOKENS = 70
"""Tokens of it that stand after the recap: which points are asked about, and the order."""
SHOWN_POINT_TOKENS = 93
"""Tokens of a key point as a judge is shown it, with its words, on the labelled meetings."""
RECAP_TOKENS = 650
"""Tokens of a recap of usual length."""
DOUBTFUL = 0.75
"""Share of the cells that words leave doubtful, on the labelled meetings."""


class Left(NamedTuple):
    """A question that was not answered, and what was done instead."""

    what: Purpose | Literal["verdicts"]
    error: CompariaError


def planned_checks(run: Run) -> list[PlanLine]:
    """Return what a planned run takes: its recaps, then its key points and its judging if models are asked for them."""
    lines = [_recaps_line(run)]
    if "points" in run.plan.asked and (listing := _points_line(run)) is not None:
        lines.append(listing)
    if "judging" in run.plan.asked and (judging := _judging_line(run)) is not None:
        lines.append(judging)
    return lines


def check_recaps(
    run_id: str,
    *,
    metrics: Sequence[str] | None = None,
    ask_again: bool = False,
    settings: Settings | None = None,
    on_list: Callable[[str, int, int], None] | None = None,
    progress: Progress | None = None,
    on_metric: MetricObserver | None = None,
) -> tuple[Run, tuple[Left, ...]]:
    """Score a stored run with the models at hand, as its plan says.

    They list its key points, and judge where words cannot tell. A model that lists nothing leaves a first list made
    without a model; one that does not judge leaves the verdicts of words.

    Args:
        run_id: the run.
        metrics: names of metrics; all when None.
        ask_again: ask judges again what they failed to answer at an earlier command.
        settings: read from comparia.toml and the environment when None.
        on_list: told of a model, how many parts of the session it has listed, and how many there are.
        progress: told of answers of judges as they come.
        on_metric: told of each metric when it begins.

    Returns:
        The scored run, and what could not be had.

    Raises:
        CompariaError: an unknown metric, an unusable database.
    """
    settings = settings or load_settings()
    left: list[Left] = []
    with open_store(settings) as store:
        run = store.runs.read(store.runs.find(run_id))
    reference = run.reference
    if reference is None and "points" in run.plan.asked:
        try:
            reference = list_points(run, settings=settings, on_list=on_list)
        except (BackendError, ConfigurationError) as error:
            left.append(Left("points", error))
            reference = _without_model(run)
    judge = "models" if "judging" in run.plan.asked and reference is not None else ""
    failed: list[Unanswered] = []
    try:
        done = score(
            run.id,
            reference,
            metrics,
            judge=judge,
            ask_again=ask_again,
            settings=settings,
            progress=progress,
            on_metric=on_metric,
            on_unanswered=failed.append,
        )
    except BackendError as error:
        left.append(Left("judging", error))
        return score(run.id, reference, metrics, settings=settings, on_metric=on_metric), tuple(left)
    left += [Left("verdicts", _not_had(unanswered)) for unanswered in failed]
    if judge and (unread := _unread(done)):
        said = ngettext("{n} verdict of a judge could not be had", "{n} verdicts of judges could not be had", unread)
        cure = _("Where a judge was not understood, the verdict of words stays: choose another model.")
        left.append(Left("verdicts", ConfigurationError(said.format(n=number(unread)), cure)))
    return done, tuple(left)


def _not_had(unanswered: Unanswered) -> ConfigurationError:
    judge, failure, at, verdicts, earlier = unanswered
    return ConfigurationError(
        failed_judge_sentence(judge, failure, at, verdicts, earlier=earlier),
        _("Ask again: `comparia resume`, or `comparia score --judge models --ask-again`."),
        on_page=_("Ask the judges again, in the menu More."),
    )


def _unread(run: Run) -> int:
    """Return how many answers of judges do not count."""
    notes = [item.note for score in run.scores if score.metric == COVERAGE for item in score.points]
    return sum(note.partition(":")[0] == "judge_unclear" for note in notes)


def list_points(
    run: Run, *, settings: Settings | None = None, on_list: Callable[[str, int, int], None] | None = None
) -> Reference:
    """Return the key points of a run's session as its models list them; nothing is stored but their answers.

    Raises:
        CompariaError: no model can be asked, or nothing of their answers rests on words that were said.
    """
    from comparia import suggesting
    from comparia.backends.queue import run_sync

    settings = settings or load_settings()
    models = _listing(run)
    with open_store(settings) as store:
        work = suggesting.by_models(
            run.transcript,
            models,
            store,
            policy=run.policy,
            fence=run.fence,
            hiding=hiding_by(settings),
            pseudonyms=run.pseudonyms,
            progress=on_list,
        )
        return run_sync(work)[0]


def _listing(run: Run) -> list[Backend]:
    from comparia import suggesting
    from comparia.asking import models_at_hand

    models = models_at_hand(run)[: suggesting.MOST_MODELS]
    return [b.model_copy(update={"max_tokens": b.max_tokens or suggesting.ANSWER_TOKENS}) for b in models]


def _without_model(run: Run) -> Reference | None:
    from comparia import suggesting

    found = suggesting.offline(run.transcript)
    return found if found.key_points else None


def _recaps_line(run: Run) -> PlanLine:
    session = _session_tokens(run)
    cells = [cell for cell in run.plan.cells if cell.prompt is not None]
    models = [backend for backend in run.backends if backend.reads_prompts]
    line = _Line("recaps")
    for backend in models:
        own = [cell for cell in cells if cell.backend == backend.name]
        calls = sum(cell.calls for cell in own)
        cached = max(0, calls - 1) * session if backend.caches_prefix and run.plan.parts == 1 else 0
        line.add(backend, calls, sum(cell.input_tokens for cell in own), cached, calls * RECAP_TOKENS)
    return line.total()


def _points_line(run: Run) -> PlanLine | None:
    if run.reference is not None or not (models := _listing(run)):
        return None
    from comparia import suggesting

    session, line = _session_tokens(run), _Line("points")
    for backend in models:
        parts = len(suggesting.stretches(run.transcript))
        cached = parts * session if backend.caches_prefix and run.plan.parts == 1 else 0
        line.add(backend, parts, parts * (session + LIST_TOKENS), cached, _expected_points(run) * POINT_TOKENS)
    return line.total()


def _judging_line(run: Run) -> PlanLine | None:
    from comparia.asking import models_at_hand
    from comparia.backends.authors import able_to_judge
    from comparia.scoring.judges import MOST_JUDGES

    session, line = _session_tokens(run), _Line("judging")
    points = len(run.reference.key_points) if run.reference is not None else _expected_points(run)
    asked = max(1, round(points * DOUBTFUL))

    models = models_at_hand(run)
    by_name = {backend.name: backend for backend in run.backends}
    judging = Counter(
        backend.name
        for cell in run.plan.cells
        for backend in able_to_judge(models, by_name[cell.backend])[:MOST_JUDGES]
    )
    for name, recaps in judging.items():
        _add_judging(line, by_name[name], session, asked, recaps, listed=points if recaps > 1 else asked)
    return line.total() if line.calls else None


def writing_line(backend: Backend, input_tokens: int, output_tokens: int) -> PlanLine:
    """Return what one recap takes of one model, in one call."""
    line = _Line("recaps")
    line.add(backend, 1, input_tokens, 0, output_tokens)
    return line.total()


def judging_line(run: Run, judge: Backend, points: int) -> PlanLine:
    """Return what it takes to ask a model about so many key points of one recap of a run."""
    line = _Line("judging")
    _add_judging(line, judge, _session_tokens(run), points, recaps=1, listed=points)
    return line.total()


def _add_judging(line: _Line, backend: Backend, session: int, asked: int, recaps: int, listed: int) -> None:
    """Add what a model is asked about some recaps: sheets of points, in two orders, after the session where it fits.

    Args:
        line: what it is added to.
        backend: the model.
        session: tokens of the session.
        asked: points asked about in each recap.
        recaps: number of recaps.
        listed: points that one of the recaps at least is asked about: every request lists them all.
    """
    from comparia.matching.judge import BATCH
    from comparia.scoring.judges import ANSWER_TOKENS_A_POINT

    calls = 2 * -(-asked // BATCH) * recaps
    before = session if backend.context is None or session < backend.context / 2 else 0
    first = SHEET_TOKENS - LAST_TOKENS + listed * SHOWN_POINT_TOKENS  # read once for all recaps
    total = calls * (before + first + RECAP_TOKENS + LAST_TOKENS)
    new = first + recaps * RECAP_TOKENS + calls * LAST_TOKENS  # a recap is read once for all its sheets
    cached = total - new if backend.caches_prefix else 0
    line.add(backend, calls, total, cached, 2 * asked * recaps * ANSWER_TOKENS_A_POINT)


def _session_tokens(run: Run) -> int:
    from comparia.prompts import transcript_lines
    from comparia.text.size import estimate_tokens

    return estimate_tokens("\n".join(transcript_lines(run.transcript)), run.transcript.language)


def _expected_points(run: Run) -> int:
    return min(MOST_POINTS, max(FEWEST_POINTS, run.transcript.words // WORDS_A_POINT))


class _Line:
    """The sum of what several models are asked."""

    def __init__(self, what: Purpose) -> None:
        self._what = what
        self._by_model: dict[str, tuple[Backend, int, int, int, int]] = {}

    @property
    def calls(self) -> int:
        return sum(calls for _backend, calls, *_tokens in self._by_model.values())

    def add(self, backend: Backend, calls: int, read: int, cached: int, written: int) -> None:
        """Add what one model is asked."""
        _backend, *sums = self._by_model.get(backend.name, (backend, 0, 0, 0, 0))
        self._by_model[backend.name] = (
            backend,
            sums[0] + calls,
            sums[1] + read,
            sums[2] + cached,
            sums[3] + written,
        )

    def total(self) -> PlanLine:
        """Return the line of a plan."""
        cost: float | None = None
        minutes = 0.0
        for backend, calls, read, cached, written in self._by_model.values():
            if backend.input_price is not None and backend.output_price is not None:
                again = backend.cached_price if backend.cached_price is not None else backend.input_price
                own = (read - cached) * backend.input_price + cached * again + written * backend.output_price
                cost = (cost or 0.0) + own / 1_000_000
            if backend.requests_per_minute:
                minutes = max(minutes, calls / backend.requests_per_minute - 1)
            if backend.input_tokens_per_minute:
                minutes = max(minutes, read / backend.input_tokens_per_minute - 1)
        rows = list(self._by_model.values())
        return PlanLine(
            what=self._what,
            models=tuple(row[0] for row in rows),
            calls=sum(row[1] for row in rows),
            input_tokens=sum(row[2] for row in rows),
            cached_tokens=sum(row[3] for row in rows),
            output_tokens=sum(row[4] for row in rows),
            cost=cost,
            minutes=round(minutes, 1),
        )
