"""`comparia runs`: the stored runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from comparia import library
from comparia.cli.console import console, json_option, outputs_option, retained, settings_for
from comparia.messages import gettext as _
from comparia.reports.wording import status_name

if TYPE_CHECKING:
    from comparia.store.database import RunLine


@click.command("runs", help=_("List the stored runs, newest first."))
@json_option
@outputs_option
def command(as_json: bool, outputs: Path | None) -> None:
    """List."""
    settings = settings_for(outputs)
    retained(settings)
    lines: list[RunLine] = []
    if library.has_store(settings):
        store = library.open_store(settings)
        try:
            lines = store.runs()
        finally:
            store.close()
    if as_json:
        click.echo(json.dumps([line._asdict() for line in lines], ensure_ascii=False, indent=1))
        return
    if not lines:
        click.echo(_("No run yet. Try: comparia demo"))
        return
    table = Table(expand=False)
    for heading in (_("Run"), _("Status"), _("Variants"), _("Session")):
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(line.id, status_name(line.status), f"{line.arrived}/{line.planned}", Text(line.title))
    console().print(table)
