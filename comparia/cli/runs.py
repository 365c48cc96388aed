"""`comparia runs`: the stored runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comparia import library
from comparia.cli.console import console, json_option, kept_in, outputs_option, retained, settings_for
from comparia.messages import gettext as _
from comparia.messages import short_moment
from comparia.reports.wording.labels import backend_label

if TYPE_CHECKING:
    from comparia.store import RunLine


MOST = 1000
"""Runs listed where no other number is asked for."""


@click.command(
    "runs",
    help=_("List the stored runs, newest first. One is removed for good with `comparia purge RUN`."),
)
@click.option(
    "--limit", default=MOST, show_default=True, type=click.IntRange(1), help=_("How many runs to list at most.")
)
@click.option("--all", "everything", is_flag=True, help=_("List them all."))
@json_option
@outputs_option
def command(limit: int, everything: bool, as_json: bool, outputs: Path | None) -> None:
    """List."""
    settings = settings_for(outputs)
    retained(settings)
    lines: list[RunLine] = []
    if library.has_store(settings):
        with library.open_store(settings) as store:
            lines = store.runs.lines(None if everything else limit + 1)
    more = not everything and len(lines) > limit
    lines = lines[:limit] if more else lines
    if as_json:
        click.echo(json.dumps([_as_json(line) for line in lines], ensure_ascii=False, indent=1))
        return
    click.echo(kept_in(settings), err=True)
    if not lines:
        click.echo(_("No run yet. Try: comparia demo"))
        return
    from rich.table import Table
    from rich.text import Text

    from comparia.reports.wording import status_name

    table = Table(expand=False)
    named = any(line.scorings for line in lines)
    for heading in (_("Run"), _("Date"), _("Status"), _("Variants"), _("Models"), _("Session")):
        table.add_column(heading, overflow="fold")
    if named:
        table.add_column(_("Scorings"), overflow="fold")
    for line in lines:
        status = status_name(line.status) + ("" if line.scored else ", " + _("not scored"))
        models = "\n".join(backend_label(name) for name in line.backends)
        arrived = f"{line.recaps}/{line.recaps + line.planned - line.arrived}"
        scorings = "\n".join(f"{scoring.name} ({short_moment(scoring.at)})" for scoring in line.scorings)
        cells: list[str | Text] = [
            line.id,
            short_moment(line.created_at),
            status,
            arrived,
            Text(models),
            Text(line.title),
        ]
        table.add_row(*cells, *([Text(scorings)] if named else []))
    console().print(table)
    if more:
        click.echo(_("There are more: --all lists them."), err=True)
    if not all(line.scored for line in lines):
        click.echo(_("What is not scored is scored by: comparia resume RUN"), err=True)
    click.echo(_("To remove one for good: comparia purge RUN"), err=True)


def _as_json(line: RunLine) -> dict[str, object]:
    return {**line._asdict(), "scorings": [scoring._asdict() for scoring in line.scorings]}
