"""`comparia resume`: carry on an interrupted run."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library, reports
from comparia.cli.console import (
    Progress,
    console,
    ended,
    interrupted,
    outputs_option,
    report_folder,
    retained,
    settings_for,
)
from comparia.cli.scoring_line import score_with_models
from comparia.messages import gettext as _
from comparia.reports import terminal


@click.command(
    "resume",
    help=_(
        "Carry on an interrupted run, asking only for what is missing: recaps, and verdicts of judges that failed. No "
        "answer that arrived is asked again."
    ),
)
@click.argument("run", default="last")
@outputs_option
def command(run: str, outputs: Path | None) -> None:
    """Resume, score, report."""
    settings = settings_for(outputs)
    retained(settings)
    out = console()
    run = library.read_run(run, settings=settings).id
    try:
        with Progress(out) as progress:
            library.resume(run, metrics=(), settings=settings, observer=progress, stream=out.is_terminal)
        done = score_with_models(run, settings, ask_again=True)
    except KeyboardInterrupt as error:
        raise interrupted(run, outputs) from error
    terminal.show(done, out)
    for path in reports.write(done, report_folder(settings, done)):
        click.echo(path)
    ended(done, settings, outputs)
