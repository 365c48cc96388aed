"""`comparia import`: an exported run put into the database."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.reports import terminal


@click.command(
    "import",
    help=laid_out(
        _(
            "Put an exported run into the database, with its scores and closed votes. FILE is an exchange file, or `-` "
            "for standard input. A run that is there already is left as it is.\n\n"
            "  comparia report last -f json --to run.json\n"
            "  comparia import run.json"
        )
    ),
)
@click.argument("file")
@outputs_option
def command(file: str, outputs: Path | None) -> None:
    """Import and show."""
    run, new = library.import_run(Path(file), settings=settings_for(outputs))
    if not new:
        click.echo(_("Run {run} is in the database already; nothing was changed.").format(run=run.id))
        return
    terminal.show(run, console())
    click.echo(_("Run {run} was put into the database.").format(run=run.id))
    if not run.scored:
        click.echo(_("It is not scored: comparia score {run}").format(run=run.id), err=True)
