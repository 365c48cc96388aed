"""Panels: people who rate cells, or pairs of recaps, blind, over days. Opened, rated, closed, settled, exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError, InputError, UnknownName
from comparia.library.kept import has_store, open_store
from comparia.messages import gettext as _
from comparia.records import (
    SETTLED,
    Choice,
    ItemState,
    Panel,
    PanelKind,
    PointInRecap,
    Rating,
    RatingAnswer,
    Run,
    Verdict,
    masked_texts,
    now,
    token_digest,
)

if TYPE_CHECKING:
    from comparia.store import Store
    from comparia.store.panels import Held
    from comparia.voting.panels import Agreement, ItemResult, Progress, RaterFigures

MOST_RATERS = 500
"""Raters of one panel."""

Cells = Literal["sample", "first", "minority", "all"]
"""Which cells a panel settles: a random sample, those where one look is worth most, those of minority views, all."""

CELLS: tuple[Cells, ...] = get_args(Cells)


class PanelState(NamedTuple):
    """A panel, and what was rated so far."""

    panel: Panel
    """The panel."""
    progress: Progress
    """How far it is."""
    results: Sequence[ItemResult]
    """What was answered of each item."""
    agreement: Agreement
    """How far raters agree."""
    raters: Sequence[RaterFigures]
    """What is seen of each rater."""

    def states(self, name: ItemState) -> int:
        """Return how many items are in a state."""
        return sum(result.state == name for result in self.results)


def open_panel(
    run: Run,
    kind: PanelKind,
    duration: timedelta,
    *,
    cells: Cells = "sample",
    most: int = 30,
    variants: Sequence[str] = (),
    wanted: int = 3,
    agreeing: int | None = None,
    question: str = "",
    with_names: bool = False,
    settings: Settings | None = None,
) -> Panel:
    """Open a panel on a stored run.

    Args:
        run: a stored run.
        kind: `verdicts`: raters say what became of a key point in a recap; `preferences`: which of two recaps is
            better.
        duration: how long it is open: five minutes to ninety days.
        cells: which cells are rated, of those that nobody settled.
        most: most cells.
        variants: ids of the recaps that are compared; every recap when empty.
        wanted: ratings wanted for each item.
        agreeing: raters who must give the same verdict for a cell to be settled; a majority of `wanted` when None.
        question: what raters are asked; the usual question when empty.
        with_names: whether raters read who said the words of the session.
        settings: where runs are kept.

    Raises:
        ConfigurationError: nothing to rate, or numbers out of their range.
    """
    from comparia.voting import panels

    settings = settings or load_settings()
    with open_store(settings) as store:
        shown = store.runs.read(run.id, masked=True)
        stored = store.runs.read(run.id, with_scores=False)
    if kind == "verdicts":
        items = panels.verdict_items(shown, _cells(shown, cells, most, settings), with_names=with_names)
    else:
        known = [variant.id for variant in shown.variants]
        if unknown := next((name for name in variants if name not in known), ""):
            raise UnknownName(_("recap"), unknown, known)
        chosen = variants or known
        items = panels.preference_items(shown, chosen)
    panel = panels.new_panel(shown, kind, items, duration, wanted=wanted, agreeing=agreeing, question=question)
    digests = {v.id: v.text_id for v in stored.variants if v.id in panel.digests}
    panel = panel.model_copy(update={"digests": digests})  # masking a word meanwhile leaves the verdicts what they are
    with open_store(settings) as store:
        store.panels.open(panel)
    return panel


def until_end_of(day: date) -> timedelta:
    """Return how long it is until the end of a day, here."""
    return datetime.combine(day, time(23, 59)).astimezone() - now()


def _cells(run: Run, cells: Cells, most: int, settings: Settings) -> list[PointInRecap]:
    """Return the cells that a panel settles, at most `most`, none that is settled."""
    from comparia.library.scorings import audit

    if run.reference is None or not run.reference.key_points:
        raise ConfigurationError(
            _("This run has no key points: there is no verdict to settle."),
            _("Suggest key points, or give a file of them, first."),
        )
    if cells in ("sample", "first"):
        _run, found = audit(run.id, first=most, settings=settings)
        return [(cell.point, cell.variant) for cell in (found.sample if cells == "sample" else found.first)]
    with open_store(settings) as store:
        settled = store.workbench.settled(run.id, run.reference)
    points = [p.id for p in run.reference.key_points if cells == "all" or run.reference.is_minority(p)]
    recaps = [variant.id for variant in run.variants if variant.summary]
    return [(point, recap) for point in points for recap in recaps if (point, recap) not in settled][:most]


def read_panel(panel_id: str, *, settings: Settings | None = None) -> Panel:
    """Return a panel, without the words that a person masked in its recaps; it is closed where its time is over.

    Raises:
        UnknownName: no such panel.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        return _as_shown(store, store.panels.panel(panel_id), settings)


def panels_of(run_id: str, *, settings: Settings | None = None) -> list[Panel]:
    """Return the panels of a run, the newest first."""
    settings = settings or load_settings()
    with open_store(settings) as store:
        return [_as_shown(store, panel, settings) for panel in store.panels.of_run(run_id)]


def all_panels(*, settings: Settings | None = None) -> list[Panel]:
    """Return every panel, the newest first."""
    settings = settings or load_settings()
    if not has_store(settings):
        return []
    with open_store(settings) as store:
        return [_as_shown(store, panel, settings) for panel in store.panels.all()]


def find_panel(name: str, *, settings: Settings | None = None) -> Panel:
    """Return a panel by its id, the beginning of one, or `last`. Raises UnknownName."""
    found = all_panels(settings=settings)
    chosen = found[:1] if name == "last" else [panel for panel in found if panel.id.startswith(name)]
    if len(chosen) != 1:
        raise UnknownName(_("panel"), name, [panel.id for panel in found])
    return chosen[0]


def panel_findings(run_id: str, *, settings: Settings | None = None) -> tuple[int, list[Agreement]]:
    """Return how many verdicts in force raters of panels settled in a run, and how far those of each panel agree.

    The newest closed panel on verdicts comes first.
    """
    settings = settings or load_settings()
    closed = [p for p in panels_of(run_id, settings=settings) if p.kind == "verdicts" and p.closed_at is not None]
    with open_store(settings) as store:
        run = store.runs.read(run_id, with_scores=False)
        by_panels = store.workbench.settled_by_panels(run_id, run.reference)
    return len(by_panels), [panel_state(panel.id, settings=settings).agreement for panel in closed]


def keep_panels_port(port: int, *, settings: Settings | None = None) -> list[Panel]:
    """Keep at which port raters reach the open panels, and return them."""
    settings = settings or load_settings()
    with open_store(settings) as store:
        found = [panel for panel in store.panels.all() if panel.is_open(now())]
        return [
            panel if panel.port == port or not port else store.panels.change(panel.id, port=port) for panel in found
        ]


def close_panel(panel_id: str, *, settings: Settings | None = None) -> Panel:
    """Close a panel for good, and return it: no more ratings, and what told its raters apart is erased.

    Verdicts that enough raters agree on are settled in its run, and its scores follow. A cell that a person settled
    meanwhile, whose key point was changed, or whose recap was, is left as it is.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        return _masked(store, _settle(store, store.panels.close(panel_id), settings))


def erase_panel(panel_id: str, *, settings: Settings | None = None) -> None:
    """Remove a panel for good, with every rating of it; verdicts that it settled stay settled."""
    with open_store(settings or load_settings()) as store:
        store.erase_panel(panel_id)


def set_raters_aside(panel_id: str, raters: Sequence[int], *, settings: Settings | None = None) -> Panel:
    """Leave the ratings of these raters out of every count, and no other ones.

    Raises:
        ConfigurationError: the panel is closed.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        panel = store.panels.panel(panel_id)
        if panel.closed_at is not None:
            raise ConfigurationError(_("This panel is closed: its counts do not change any more."))
        return _masked(store, store.panels.change(panel_id, set_aside=tuple(sorted(set(raters)))))


def enter_panel(panel_id: str, token: str, *, settings: Settings | None = None) -> int:
    """Keep that the browser that holds a random token begins to rate, and return its number.

    Raises:
        ConfigurationError: the panel is closed or full.
    """
    with open_store(settings or load_settings()) as store:
        return store.panels.enter(panel_id, token_digest(token), MOST_RATERS)


def rater_of(panel_id: str, token: str, *, settings: Settings | None = None) -> int | None:
    """Return the number of the rater who holds a token; None for nobody, or where the panel is closed."""
    if not token:
        return None
    with open_store(settings or load_settings()) as store:
        return store.panels.rater(panel_id, token_digest(token))


def next_of_panel(panel: Panel, rater: int, *, settings: Settings | None = None) -> Held | None:
    """Return the item that a rater gets now, and keep that they have it; None where none is left for them.

    Raises:
        ConfigurationError: the panel is closed.
    """
    from comparia.voting.panels import next_item

    at = now()
    with open_store(settings or load_settings()) as store:
        return store.panels.hold(panel.id, rater, lambda ratings, held: next_item(panel, rater, ratings, held, at))


def ratings_of(panel_id: str, *, settings: Settings | None = None) -> list[Rating]:
    """Return the ratings of a panel, by rater, in the order in which each met the items."""
    with open_store(settings or load_settings()) as store:
        return store.panels.ratings(panel_id)


def rate_item(panel: Panel, rater: int, item: str, answer: str, *, settings: Settings | None = None) -> Rating | None:
    """Keep what a rater answers of the item before them, or of one that they rated before, and return it.

    Returns None where others gave the item all its ratings while this rater was away: nothing is kept then.

    Args:
        panel: an open panel.
        rater: number of the rater.
        item: id of the item.
        answer: a verdict or `unknown`; where two recaps are compared `A` or `B` (by the order they were shown in),
            `all_good`, `all_bad` or `unknown`.
        settings: where runs are kept.

    Raises:
        InputError: no such answer, or an item that this rater does not have.
        ConfigurationError: the panel is closed.
    """
    with open_store(settings or load_settings()) as store:
        held = store.panels.held(panel.id, rater)
        own = [rating for rating in store.panels.ratings(panel.id) if rating.rater == rater]
        before = next((rating for rating in own if rating.item == item), None)
        if before is None and (held is None or held.item != item):
            raise InputError(_("This is not the item that you have before you."))
        shown = before.shown if before is not None else held.shown if held is not None else ()
        given, preferred = _answer(panel, shown, answer)
        at = now()
        if before is not None:
            rating = before.model_copy(update={"answer": given, "preferred": preferred, "at": at})
        else:
            seconds = (at - held.since).total_seconds() if held is not None else None
            rating = Rating(
                rater=rater,
                item=item,
                answer=given,
                preferred=preferred,
                shown=shown,
                position=1 + max((rating.position for rating in own), default=0),
                at=at,
                seconds=None if seconds is None else round(seconds, 1),
            )
        return rating if store.panels.rate(panel.id, rating) else None


def _answer(panel: Panel, shown: Sequence[str], answer: str) -> tuple[RatingAnswer, str]:
    verdicts: dict[str, RatingAnswer] = {name: name for name in get_args(RatingAnswer) if name in SETTLED}
    choices: dict[str, RatingAnswer] = {name: name for name in get_args(Choice) if name != "better"}
    if panel.kind == "preferences" and answer in ("A", "B"):
        return "better", shown["AB".index(answer)]
    known = {**verdicts, "unknown": choices["unknown"]} if panel.kind == "verdicts" else choices
    if answer not in known:
        raise InputError(_("Choose an answer first."))
    return known[answer], ""


def panel_state(panel_id: str, *, settings: Settings | None = None) -> PanelState:
    """Return a panel with what was rated so far. Raises UnknownName."""
    from comparia.voting import panels

    settings = settings or load_settings()
    with open_store(settings) as store:
        panel = _as_shown(store, store.panels.panel(panel_id), settings)
        ratings, raters = store.panels.ratings(panel_id), store.panels.raters(panel_id)
    return PanelState(
        panel,
        panels.progress_of(panel, ratings, raters),
        panels.item_results(panel, ratings),
        panels.agreement_of(panel, ratings),
        panels.rater_figures(panel, ratings),
    )


def export_panel(panel_id: str, path: str | Path, *, settings: Settings | None = None) -> Path:
    """Write the ratings of a closed panel as a table, one rating a row; the suffix says CSV or Parquet.

    Raises:
        ConfigurationError: the panel is open: names of models would be read while people rate blind; or another suffix.
        MissingExtra: Parquet without duckdb.
    """
    from comparia.files import write_private
    from comparia.reports import ratings as tables

    path = Path(path)
    settings = settings or load_settings()
    writers = {".csv": tables.ratings_csv, ".parquet": tables.ratings_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise ConfigurationError(_("{file}: a table is .csv or .parquet.").format(file=path.name))
    run, panel, ratings = panel_table(panel_id, settings=settings)
    write_private(path, write(run, panel, ratings))
    return path


def panel_table(panel_id: str, *, settings: Settings | None = None) -> tuple[Run, Panel, list[Rating]]:
    """Return what the table of a closed panel is made of. Raises ConfigurationError: the panel is open."""
    settings = settings or load_settings()
    panel = read_panel(panel_id, settings=settings)
    if panel.closed_at is None:
        raise ConfigurationError(
            _("The ratings of a panel are read once it is closed: people rate blind until then."),
            _("Close it first: comparia panel close {id}").format(id=panel.id),
            on_page=_("Close it first."),
        )
    with open_store(settings) as store:
        return store.runs.read(panel.run, with_scores=False, masked=True), panel, store.panels.ratings(panel_id)


def _as_shown(store: Store, panel: Panel, settings: Settings) -> Panel:
    """Return a panel as everybody reads it; where its time is over it is closed, and its verdicts are settled."""
    if panel.closed_at is None and not panel.is_open(now()):
        panel = store.panels.close(panel.id)
    if panel.closed_at is not None and panel.kind == "verdicts" and panel.settled_at is None:
        panel = _settle(store, panel, settings)
    return _masked(store, panel)


def _masked(store: Store, panel: Panel) -> Panel:
    answered = list(store.workbench.answered_flags(panel.run).values())
    texts = {name: masked_texts(sentences, name, answered) for name, sentences in panel.texts.items()}
    return panel.model_copy(update={"texts": texts})


def _settle(store: Store, panel: Panel, settings: Settings) -> Panel:
    """Settle, in the run of a closed panel, the verdicts that enough of its raters agree on; once."""
    from comparia.library.scorings import score
    from comparia.voting.panels import item_results

    if panel.kind != "verdicts" or panel.settled_at is not None:
        return panel
    run = store.runs.read(panel.run, with_scores=False)
    settled = store.workbench.settled(run.id, run.reference)
    points = {point.id: point for point in (run.reference.key_points if run.reference else ())}
    recaps = {variant.id: variant.text_id for variant in run.variants}
    given = 0
    for result in item_results(panel, store.panels.ratings(panel.id)):
        item, variant = result.item, result.item.variants[0]
        point = points.get(item.point)
        same = panel.digests.get(variant) == recaps.get(variant)
        if not result.answer or point is None or point.text != item.point_text or not same:
            continue
        if (point.id, variant) not in settled:
            verdict: Verdict = next(name for name in SETTLED if name == result.answer)
            store.workbench.settle(run.id, point, variant, verdict, panel=panel.id)
            given += 1
    panel = store.panels.change(panel.id, settled_at=now())
    if given:
        score(run.id, settings=settings)
    return panel
