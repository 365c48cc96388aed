"""`comparia demo`: the main job on a sample session, offline."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library, reports
from comparia.cli.console import Progress, console, kept_in, outputs_option, report_folder, settings_for, show_plan
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.reports import terminal


@click.command(
    "demo",
    help=_("Three recaps of a sample session by a language model, beside an extract: replayed, no key, no network."),
)
@click.option(
    "--language", "chosen", type=click.Choice(["fr", "en"]), help=_("Which sample session [the interface's language].")
)
@outputs_option
def command(chosen: str | None, outputs: Path | None) -> None:
    """Read the sample, replay its recaps beside an extract, score, report."""
    settings = settings_for(outputs)
    out = console()
    out.print(_("A fictional session, written for this demonstration, with its reviewed key points."), style="dim")
    run = library.demonstration(chosen or language(), settings=settings)
    show_plan(run, out)
    with Progress(out) as progress:
        run = library.carry_out(run, settings=settings, observer=progress)
    terminal.show(run, out)
    out.print()
    out.print(_("The extract quotes the session without a model: it is the floor that recaps are compared with."))
    for path in reversed(reports.write(run, report_folder(settings, run))):
        click.echo(path.resolve())
    click.echo(kept_in(settings), err=True)
