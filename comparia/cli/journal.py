"""`comparia journal`: what left this machine, never the text."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from comparia import library
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Sending


@click.command("journal", help=_("List what left this machine: when, where to, how much, its hash. Never the text."))
@json_option
@outputs_option
def command(as_json: bool, outputs: Path | None) -> None:
    """List."""
    settings = settings_for(outputs)
    sendings: list[Sending] = []
    if library.has_store(settings):
        store = library.open_store(settings)
        try:
            sendings = list(store.sendings())
        finally:
            store.close()
    if as_json:
        click.echo("[" + ",\n".join(sending.model_dump_json() for sending in sendings) + "]")
        return
    if not sendings:
        click.echo(_("Nothing left this machine."))
        return
    table = Table(expand=False)
    for heading in (_("When"), _("Backend"), _("Where to"), _("Zone"), _("Policy"), _("Bytes"), "SHA-256"):
        table.add_column(heading, overflow="fold")
    for s in sendings:
        table.add_row(f"{s.at:%Y-%m-%d %H:%M:%S}", s.backend, s.host, s.zone, s.policy, number(s.size), s.sha256[:12])
    console().print(table)
