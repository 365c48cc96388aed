"""`comparia record`: runs with every answer and its rhythm, in one file to carry."""

from __future__ import annotations

import json
from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import outputs_option, settings_for, written_to
from comparia.messages import gettext as _
from comparia.reports.wording import held_sentence


@click.command(
    "record",
    help=laid_out(
        _(
            "Put runs of one session, or the versions of a stage, in one file with all their answers: `comparia stage "
            "--replay FILE` plays it without network, in the rhythm in which the answers came (they must have been "
            "streamed). The file holds the session and its names.\n\n"
            "  comparia record last --to wednesday.comparia\n"
            "  comparia record 20261126-1 20261126-2 --to two-versions.comparia\n"
            "  comparia record --stage 0d2f883bc009 --to stage.comparia"
        )
    ),
)
@click.argument("runs", nargs=-1)
@click.option("--stage", default="", help=_("A stage, by the id in its address: all its versions."))
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("File to write."))
@outputs_option
def command(runs: tuple[str, ...], stage: str, to: Path, outputs: Path | None) -> None:
    """Record."""
    if runs and stage:
        raise click.UsageError(_("Name runs, or a stage, not both."))
    content = library.record(runs, stage=stage, settings=settings_for(outputs))
    if b'"rhythm":[[' not in content:
        said = _("No answer was streamed: they will be played over the time they took, not in their own rhythm.")
        click.echo(said, err=True)
    written_to(to, content)
    told = json.loads(content[: content.index(b'"title"')].rstrip(b",") + b"}")
    click.echo(held_sentence(told["people"], told["personal_data"]), err=True)
