"""Panels as the facilitator sees them: opened, followed, closed; disputed verdicts settled; ratings exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from anyio import from_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.errors import ConfigurationError
from comparia.library.panels import CELLS, PanelState
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import SETTLED, Panel, Run, Variant
from comparia.reports import ratings as tables
from comparia.reports import wording
from comparia.voting.panels import ItemResult
from comparia.web.audience import Audience, audience_of, svg
from comparia.web.downloads import download_name, file_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to

DURATIONS = (
    ("60", N_("1 hour")),
    ("1440", N_("1 day")),
    ("4320", N_("3 days")),
    ("10080", N_("1 week")),
    ("20160", N_("2 weeks")),
    ("43200", N_("30 days")),
)
"""How long a panel may be open: minutes, and their name."""
USUAL_DURATION = "10080"
NAMES_OF_CELLS = {
    "sample": N_("drawn at random, for the estimate over all cells"),
    "first": N_("those where one look is worth most"),
    "minority": N_("those of minority views"),
    "all": N_("all, in the order of the points"),
}
"""Which cells a panel settles, for people."""


@dataclass(frozen=True)
class PanelsPage:
    """Everything the page shows on which a panel is opened."""

    run: Run
    """The run."""
    recaps: Sequence[tuple[Variant, str]]
    """Its recaps and their names."""
    cells: Sequence[tuple[str, str]]
    """Which cells can be settled."""
    durations: Sequence[tuple[str, str]]
    """How long it may be open."""
    usual: str
    """The duration that is chosen at first."""
    panels: Sequence[tuple[Panel, str, str]]
    """The panels of the run, the newest first, with their kind and how far they are, in words."""


@dataclass(frozen=True)
class ItemLine:
    """What was answered of one item, in words."""

    result: ItemResult
    """What was answered."""
    named: str
    """The key point and the recap, or the two recaps."""
    answers: str
    """Each answer and how many gave it."""
    sentences: Sequence[str]
    """The sentences of the recap that raters had beside the point."""
    settled: str
    """The verdict that is settled in the run now, in words; empty for none."""


@dataclass(frozen=True)
class PanelPage:
    """Everything the page of a panel shows to the facilitator."""

    panel: Panel
    """The panel."""
    kind: str
    """What raters do, in words."""
    question: str
    """What they are asked."""
    audience: Audience
    """What serves it."""
    link: str
    """Address that raters open; empty where nothing is served."""
    links: Sequence[str]
    """The same by the other addresses of this machine."""
    problem: str
    """Why it is not served."""
    state: PanelState
    """What was rated so far."""
    progress: Sequence[str]
    """How far it is, in words."""
    crowds: Sequence[Sequence[int]]
    """Raters that began from one address, where they are many; none once it is closed."""
    rule: str
    """When a verdict is settled; empty where recaps are compared."""
    said: Sequence[str]
    """What the ratings say, in words; nothing while it is open."""
    disputed: Sequence[ItemLine]
    """Items on which raters do not agree; none while it is open."""
    others: Sequence[ItemLine]
    """The other items; none while it is open."""
    settled_names: dict[str, str]
    """Verdicts that can be settled, for people."""


def choose(request: Request) -> Response:
    """Show what a panel of a run can rate, and the panels there were."""
    run, settings = run_of(request), settings_of(request)
    found = [library.panel_state(panel.id, settings=settings) for panel in library.panels_of(run.id, settings=settings)]
    view = PanelsPage(
        run=run,
        recaps=[(variant, wording.recap_label(run, variant)) for variant in wording.shown(run)],
        cells=[(name, _(NAMES_OF_CELLS[name])) for name in CELLS],
        durations=[(minutes, _(name)) for minutes, name in DURATIONS],
        usual=USUAL_DURATION,
        panels=[(state.panel, wording.panel_kind_name(state.panel.kind), _progress(state)[0]) for state in found],
    )
    return page(request, "panels.html", view)


def begin(request: Request, form: FormData) -> Response:
    """Open a panel, and serve it."""
    run = run_of(request)
    panel = library.open_panel(
        run,
        "preferences" if text_of(form, "kind", 20) == "preferences" else "verdicts",
        _read_duration(text_of(form, "minutes", 6), text_of(form, "until", 10)),
        cells=next((name for name in CELLS if name == text_of(form, "cells", 20)), "sample"),
        most=_number(form, "most", 30),
        variants=texts_of(form, "variant"),
        wanted=_number(form, "wanted", 3),
        agreeing=_number(form, "agreeing", 0) or None,
        question=text_of(form, "question", 300),
        with_names=bool(form.get("names")),
        settings=settings_of(request),
    )
    from_thread.run(audience_of(request).serve_panels)
    return to(f"/panels/{panel.id}")


def _number(form: FormData, name: str, otherwise: int) -> int:
    typed = text_of(form, name, 4)
    return int(typed) if typed.isdecimal() else otherwise


def _read_duration(minutes: str, until: str) -> timedelta:
    """Return how long a panel is open: to the end of a day (ISO 8601) where one is given."""
    if not until:
        return timedelta(minutes=int(minutes) if minutes.isdecimal() else 0)
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise ConfigurationError(_("{day} is no date.").format(day=until), _("Write it as 2026-12-31.")) from None
    return library.until_end_of(day)


async def show(request: Request) -> Response:
    """Show a panel: how raters come to it, how far it is; once it is closed, what they say."""
    return page(request, "panel.html", await _followed(request))


async def watch(request: Request) -> Response:
    """Show the part of the page that changes while people rate."""
    return page(request, "_rated.html", await _followed(request))


async def qr(request: Request) -> Response:
    """The code that raters read with a phone."""
    panel, audience = await _panel(request), audience_of(request)
    found = audience.is_serving and panel.closed_at is None
    link = svg(audience.panel_link(panel)) if found else b""
    return Response(link, 200 if found else 404, media_type="image/svg+xml")


async def set_aside(request: Request) -> Response:
    """Leave the ratings of some raters out of every count, or take them back in."""
    panel = await _panel(request)
    async with request.form(max_fields=5, max_files=0) as form:
        typed, out = text_of(form, "rater", 4000).split(","), text_of(form, "back", 2) == ""
    given = {int(number) for number in typed if number.isdecimal() and len(number) < 6}
    if given:
        raters = set(panel.set_aside) | given if out else set(panel.set_aside) - given
        changed = partial(library.set_raters_aside, panel.id, sorted(raters), settings=settings_of(request))
        audience_of(request).panels.keep(await run_in_threadpool(changed))
    return to(f"/panels/{panel.id}#raters")


async def close(request: Request) -> Response:
    """Close the panel for good; the verdicts that raters agree on are settled."""
    panel = await _panel(request)
    closed = await run_in_threadpool(partial(library.close_panel, panel.id, settings=settings_of(request)))
    audience_of(request).panels.keep(closed)
    return to(f"/panels/{panel.id}")


async def erase(request: Request) -> Response:
    """Remove the panel for good, with every rating of it."""
    panel = await _panel(request)
    await run_in_threadpool(partial(library.erase_panel, panel.id, settings=settings_of(request)))
    audience_of(request).panels.forget(panel.id)
    return noticed(request, f"/runs/{panel.run}/panels", Notice(_("The panel is erased."), good=True))


def export_csv(request: Request) -> Response:
    """The ratings of a closed panel as CSV."""
    table = library.panel_table(request.path_params["panel"], settings=settings_of(request))
    return _file(table[1], "csv", tables.ratings_csv(*table), tables.CSV_TYPE)


def export_parquet(request: Request) -> Response:
    """The ratings of a closed panel as Parquet."""
    table = library.panel_table(request.path_params["panel"], settings=settings_of(request))
    return _file(table[1], "parquet", tables.ratings_parquet(*table), tables.PARQUET_TYPE)


def _file(panel: Panel, suffix: str, content: bytes, media_type: str) -> Response:
    return file_of(content, media_type, download_name(_("panel of raters"), suffix, panel.title, panel.opened_at))


async def _followed(request: Request) -> PanelPage:
    panel, settings, audience = await _panel(request), settings_of(request), audience_of(request)
    problem = ""
    if panel.closed_at is None:
        try:
            await audience.serve_panels()
        except ConfigurationError as error:
            problem = error.message

    def looked_up() -> tuple[PanelState, Run, dict[tuple[str, str], str]]:
        state = library.panel_state(panel.id, settings=settings)
        run = library.read_run(panel.run, settings=settings)
        with library.open_store(settings) as store:
            settled = store.workbench.settled(run.id, run.reference)
        return state, run, {place: wording.verdict_name(verdict) for place, verdict in settled.items()}

    state, run, settled = await run_in_threadpool(looked_up)
    closed = state.panel.closed_at is not None
    lines = [_line(state.panel, run, result, settled) for result in state.results] if closed else []
    links = [f"http://{item.ip}:{audience.port}/panel/{panel.code}" for item in audience.addresses()]
    link = audience.panel_link(panel) if audience.is_serving and not closed else ""
    return PanelPage(
        panel=state.panel,
        kind=wording.panel_kind_name(panel.kind),
        question=panel.question or wording.panel_question(panel.kind),
        audience=audience,
        link=link,
        links=[other for other in links if link and other != link],
        problem=problem,
        state=state,
        progress=_progress(state),
        crowds=[] if closed else audience.panels.crowds(state.panel),
        rule=wording.rule_sentence(panel.wanted, panel.agreeing) if panel.kind == "verdicts" else "",
        said=_said(state) if closed else [],
        disputed=[line for line in lines if line.result.state == "disputed"] if panel.kind == "verdicts" else [],
        others=[line for line in lines if line.result.state != "disputed" or panel.kind == "preferences"],
        settled_names={name: wording.verdict_name(name) for name in SETTLED},
    )


def _progress(state: PanelState) -> list[str]:
    done = state.progress
    return [
        wording.progress_sentence(done.complete, done.items, state.panel.wanted),
        wording.raters_sentence(done.ratings, done.raters),
    ]


def _said(state: PanelState) -> list[str]:
    said = [wording.panel_agreement_sentence(*state.agreement)]
    if state.panel.kind == "verdicts":
        counts = [state.states(name) for name in ("settled", "disputed", "lacking")]
        said.insert(0, wording.results_sentence(*counts))
    return said


def _line(panel: Panel, run: Run, result: ItemResult, settled: dict[tuple[str, str], str]) -> ItemLine:
    labels = {variant.id: wording.recap_label(run, variant) for variant in run.variants}
    item = result.item
    names = [labels.get(name, name) for name in item.variants]
    answers = {name: labels.get(name) or wording.rating_answer_name(name) for name in result.counts}
    return ItemLine(
        result=result,
        named=f"{item.point} {item.point_text} – {names[0]}" if item.point else " / ".join(names),
        answers=", ".join(f"{answers[name]} × {n}" for name, n in sorted(result.counts.items(), key=lambda c: -c[1])),
        sentences=[panel.texts[item.variants[0]][number] for number in item.nearest],
        settled=settled.get((item.point, item.variants[0]), "") if item.point else "",
    )


async def _panel(request: Request) -> Panel:
    return await audience_of(request).panels.of(request.path_params["panel"])
