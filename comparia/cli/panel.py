"""`comparia panel`: people who rate cells, or recaps two by two, blind, over days."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.library.panels import CELLS, Cells, PanelState
from comparia.messages import gettext as _
from comparia.messages import moment
from comparia.records import PanelKind
from comparia.reports import wording
from comparia.text.controls import shown_text


@click.group("panel", help=_("Have several people rate cells, or recaps two by two, blind, over days."))
def command() -> None:
    """Panels of raters."""


@command.command(
    "open",
    help=laid_out(
        _(
            "Open a panel on a run: `comparia serve` serves it until its day, at the same address after a restart. "
            "Raters see no name of a model, and no verdict of a machine.\n\n"
            "  comparia panel open last                                   30 cells at random, 3 ratings each, a week\n"
            "  comparia panel open last --cells first --most 20 --wanted 5 --agreeing 4\n"
            "  comparia panel open last --preferences --until 2026-12-18"
        )
    ),
)
@click.argument("run", default="last")
@click.option("--preferences", is_flag=True, help=_("Recaps two by two, instead of verdicts on key points."))
@click.option(
    "--cells", type=click.Choice(CELLS), default="sample", show_default=True, help=_("Which cells are rated.")
)
@click.option("--most", type=click.IntRange(1, 400), default=30, show_default=True, help=_("Most cells."))
@click.option("--variant", "variants", multiple=True, help=_("A recap to compare, by its id; repeatable [every one]."))
@click.option("--wanted", type=click.IntRange(1, 500), default=3, show_default=True, help=_("Ratings for each item."))
@click.option(
    "--agreeing", type=click.IntRange(1, 500), help=_("Raters who must agree for a verdict to be settled [a majority].")
)
@click.option("--days", type=click.FloatRange(0, 90, min_open=True), default=7, show_default=True, help=_("How long."))
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help=_("Until the end of this day, instead."))
@click.option("--question", default="", help=_("What raters are asked [the usual question]."))
@click.option("--names", is_flag=True, help=_("Raters read who said the words of the session."))
@outputs_option
def open_one(
    run: str,
    preferences: bool,
    cells: Cells,
    most: int,
    variants: tuple[str, ...],
    wanted: int,
    agreeing: int | None,
    days: float,
    until: datetime | None,
    question: str,
    names: bool,
    outputs: Path | None,
) -> None:
    """Open a panel and say where it is reached."""
    settings = settings_for(outputs)
    kind: PanelKind = "preferences" if preferences else "verdicts"
    panel = library.open_panel(
        library.read_run(run, settings=settings),
        kind,
        library.until_end_of(until.date()) if until is not None else timedelta(days=days),
        cells=cells,
        most=most,
        variants=variants,
        wanted=wanted,
        agreeing=agreeing,
        question=question,
        with_names=names,
        settings=settings,
    )
    out = console()
    out.print(_("Panel {id}: open until {moment}.").format(id=panel.id, moment=moment(panel.closes_at)), markup=False)
    if kind == "verdicts":
        out.print(wording.rule_sentence(panel.wanted, panel.agreeing), markup=False)
    out.print(_("Its address is on its page, /panels/{id}, in: comparia serve").format(id=panel.id), markup=False)


@command.command("list", help=_("List the panels, the newest first."))
@json_option
@outputs_option
def list_all(as_json: bool, outputs: Path | None) -> None:
    """Show every panel and how far it is."""
    settings = settings_for(outputs)
    found = [library.panel_state(panel.id, settings=settings) for panel in library.all_panels(settings=settings)]
    if as_json:
        click.echo(json.dumps([_document(state) for state in found], ensure_ascii=False, indent=1))
        return
    out = console()
    for state in found:
        out.print(shown_text(f"{state.panel.id}  {state.panel.title}"), markup=False)
        for line in _lines(state):
            out.print(f"  {line}", markup=False)
    if not found:
        out.print(_("No panel yet. Try: comparia panel open last"))


@command.command("show", help=_("Say how far a panel is; once it is closed, what its raters agree on."))
@click.argument("panel", default="last")
@json_option
@outputs_option
def show(panel: str, as_json: bool, outputs: Path | None) -> None:
    """Show one panel."""
    settings = settings_for(outputs)
    state = library.panel_state(library.find_panel(panel, settings=settings).id, settings=settings)
    if as_json:
        click.echo(json.dumps(_document(state), ensure_ascii=False, indent=1))
        return
    for line in [f"{state.panel.id}  {state.panel.title}", *_lines(state)]:
        console().print(shown_text(line), markup=False)


@command.command(
    "close", help=_("Close a panel for good: the verdicts that its raters agree on are settled, its tokens erased.")
)
@click.argument("panel", default="last")
@outputs_option
def close(panel: str, outputs: Path | None) -> None:
    """Close one panel and show what it says."""
    settings = settings_for(outputs)
    closed = library.close_panel(library.find_panel(panel, settings=settings).id, settings=settings)
    for line in _lines(library.panel_state(closed.id, settings=settings)):
        console().print(line, markup=False)


@command.command(
    "export",
    help=laid_out(
        _(
            "Write the ratings of a closed panel as a table, one rating a row: the rater's number, the item, the order "
            "met, the answer, the text as it was read, the model.\n\n"
            "  comparia panel export last ratings.csv\n"
            "  comparia panel export last ratings.parquet"
        )
    ),
)
@click.argument("panel")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@outputs_option
def export(panel: str, file: Path, outputs: Path | None) -> None:
    """Write the table."""
    settings = settings_for(outputs)
    found = library.find_panel(panel, settings=settings)
    click.echo(library.export_panel(found.id, file, settings=settings))


@command.command("erase", help=_("Remove a panel and its ratings for good; verdicts that it settled stay settled."))
@click.argument("panel")
@click.option("-y", "--yes", is_flag=True, help=_("Do not ask."))
@outputs_option
def erase(panel: str, yes: bool, outputs: Path | None) -> None:
    """Ask, remove."""
    settings = settings_for(outputs)
    found = library.find_panel(panel, settings=settings)
    if not yes:
        click.confirm(_("Remove this for good?"), abort=True)
    library.erase_panel(found.id, settings=settings)


def _lines(state: PanelState) -> list[str]:
    panel = state.panel
    ends = _("closed {moment}") if panel.closed_at is not None else _("open until {moment}")
    lines = [
        f"{wording.panel_kind_name(panel.kind)} · {ends.format(moment=moment(panel.closed_at or panel.closes_at))}",
        wording.progress_sentence(state.progress.complete, state.progress.items, panel.wanted),
        wording.raters_sentence(state.progress.ratings, state.progress.raters),
    ]
    if panel.closed_at is None:
        return lines
    if panel.kind == "verdicts":
        lines.append(wording.results_sentence(*(state.states(name) for name in ("settled", "disputed", "lacking"))))
    return [*lines, wording.panel_agreement_sentence(*state.agreement)]


def _document(state: PanelState) -> dict[str, object]:
    """Return a panel as JSON; what was answered is there once it is closed."""
    panel = state.panel
    content: dict[str, object] = {
        "panel": panel.id,
        "run": panel.run,
        "kind": panel.kind,
        "opened_at": panel.opened_at.isoformat(),
        "closes_at": panel.closes_at.isoformat(),
        "closed_at": panel.closed_at.isoformat() if panel.closed_at is not None else None,
        "wanted": panel.wanted,
        "agreeing": panel.agreeing,
        "progress": state.progress._asdict(),
    }
    if panel.closed_at is not None:
        content["agreement"] = state.agreement._asdict()
        content["items"] = [
            {
                "item": r.item.id,
                "point": r.item.point,
                "variants": r.item.variants,
                "counts": r.counts,
                "state": r.state,
            }
            for r in state.results
        ]
    return content
