"""`comparia import-recap`: a recap written by hand, or elsewhere, among the variants."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library, reports
from comparia.cli.console import console, outputs_option, report_folder, settings_for
from comparia.messages import gettext as _
from comparia.reports import terminal


@click.command(
    "import-recap", help=_("Add a recap written by hand, or elsewhere, to a run; it is scored like the others.")
)
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--author", help=_("Who wrote it [the file's name]."))
@outputs_option
def command(run: str, file: Path, author: str | None, outputs: Path | None) -> None:
    """Import, score, report."""
    settings = settings_for(outputs)
    done = library.import_recap(run, file, author or file.stem, settings=settings)
    terminal.show(done, console())
    for path in reports.write(done, report_folder(settings, done)):
        click.echo(path)
