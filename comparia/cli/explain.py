"""`comparia explain`: one number, down to the words."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.reports import explanation
from comparia.text.controls import shown_text


@click.command(
    "explain",
    help=laid_out(
        _(
            "Explain one number: its arithmetic, its recipe, and the words on both sides.\n\n"
            "  comparia explain last v1 minority_retention\n"
            "  comparia explain last v1 numbers --json"
        )
    ),
)
@click.argument("run")
@click.argument("variant")
@click.argument("metric")
@click.option("--scoring", default="", metavar="NAME", help=_("Name of the scoring to show [the one without a name]."))
@json_option
@outputs_option
def command(run: str, variant: str, metric: str, scoring: str, as_json: bool, outputs: Path | None) -> None:
    """Find and explain."""
    stored = library.read_run(run, scoring=scoring, settings=settings_for(outputs))
    scores = explanation.find(stored, variant, metric)
    if as_json:
        click.echo("[" + ",\n".join(score.model_dump_json() for score in scores) + "]")
        return
    out = console()
    for score in scores:
        for line in explanation.lines(stored, score):
            out.print(shown_text(line), markup=False)
