"""`comparia score`: score a stored run again."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library, reports
from comparia.cli.console import console, json_option, outputs_option, report_folder, settings_for
from comparia.messages import gettext as _
from comparia.metrics import METRICS
from comparia.reports import terminal


@click.command("score", help=_("Score a run again, without calling any model. Earlier scores are kept."))
@click.argument("run", default="last")
@click.option("-r", "--reference", type=click.Path(path_type=Path), help=_("Key points (YAML) [those of the run]."))
@click.option("-m", "--metrics", multiple=True, help=_("Metric, repeatable: {names}.").format(names=", ".join(METRICS)))
@json_option
@outputs_option
def command(run: str, reference: Path | None, metrics: tuple[str, ...], as_json: bool, outputs: Path | None) -> None:
    """Score and show."""
    settings = settings_for(outputs)
    done = library.score(run, reference, metrics or None, settings=settings)
    if as_json:
        click.echo(reports.render(done, "json"), nl=False)
        return
    out = console()
    out.print(terminal.scores_table(done))
    for line in terminal.pair_lines(done):
        out.print("  " + line, markup=False)
    for path in reports.write(done, report_folder(settings, done))[:1]:
        click.echo(path)
