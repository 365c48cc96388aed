"""`comparia journal`: what left this machine, never the text."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Sending
from comparia.reports.registers import journal_csv


@click.command(
    "journal",
    help=laid_out(
        _(
            "List what left this machine: when, where to, how much, its hash, pseudonymised or not. Never the text.\n\n"
            "  comparia journal --csv > register.csv      for a data-protection officer"
        )
    ),
)
@click.option("--csv", "as_csv", is_flag=True, help=_("Print CSV, for a register of processing."))
@json_option
@outputs_option
def command(as_csv: bool, as_json: bool, outputs: Path | None) -> None:
    """List."""
    settings = settings_for(outputs)
    sendings: list[Sending] = []
    if library.has_store(settings):
        with library.open_store(settings) as store:
            sendings = list(store.journal.sendings())
    if as_json:
        click.echo("[" + ",\n".join(sending.model_dump_json() for sending in sendings) + "]")
        return
    if as_csv:
        click.echo(journal_csv(sendings), nl=False)
        return
    if not sendings:
        click.echo(_("Nothing left this machine."))
        return
    table = Table(expand=False)
    headings = (
        _("When"),
        _("Backend"),
        _("Where to"),
        _("Zone"),
        _("Policy"),
        _("Bytes"),
        _("Tokens"),
        _("Pseudonyms"),
    )
    for heading in (*headings, "SHA-256"):
        table.add_column(heading, overflow="fold")
    for s in sendings:
        hidden = _("yes") if s.pseudonymised else _("no")
        table.add_row(
            f"{s.at:%Y-%m-%d %H:%M:%S}",
            s.backend,
            s.host,
            s.zone,
            s.policy,
            number(s.size),
            number(s.tokens),
            hidden,
            s.sha256[:12],
        )
    console().print(table)
