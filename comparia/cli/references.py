"""`comparia references`: key points, checked and shown."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option
from comparia.messages import gettext as _
from comparia.messages import percent
from comparia.records import Reference, Transcript
from comparia.reports.wording import reference_sentence, shown_text


@click.group("references", help=_("Check and show key points: who holds them, which are minority views."))
def command() -> None:
    """Key points of a session."""


@command.command(
    "check",
    help=laid_out(
        _(
            "Check a file of key points against its session: every quote must have been said. Give the transcript as for "
            "`ingest`.\n\n"
            "  comparia references check reference.yaml session.vtt chat.txt"
        )
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("transcript", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(file: Path, transcript: tuple[Path, ...]) -> None:
    """Load, or fail with the line."""
    reference, _session = _loaded(file, transcript)
    click.echo(reference_sentence(reference))
    facts = sum(point.kind == "fact" for point in reference.key_points)
    click.echo(_("{views} points of view, {facts} facts.").format(views=len(reference.key_points) - facts, facts=facts))


@command.command("show", help=_("Show key points with who holds them, fewest voices first."))
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("transcript", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def show(file: Path, transcript: tuple[Path, ...], as_json: bool) -> None:
    """Load and list."""
    reference, session = _loaded(file, transcript)
    points = sorted(reference.key_points, key=lambda point: (point.kind == "fact", reference.prevalence(point)))
    if as_json:
        rows = [
            point.model_dump()
            | {"prevalence": reference.prevalence(point), "is_minority": reference.is_minority(point)}
            for point in points
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(expand=False)
    for heading in ("", _("Key point"), _("Held by"), _("Share of voices"), ""):
        table.add_column(heading, overflow="fold")
    for point in points:
        names = ", ".join(session.speaker_name(holder) for holder in point.holders)
        mark = _("fact") if point.kind == "fact" else _("minority") if reference.is_minority(point) else ""
        row = (point.id, point.text, names, percent(reference.prevalence(point)), mark)
        table.add_row(*(shown_text(cell).replace("[", "\\[") for cell in row))
    console().print(table)


def _loaded(file: Path, transcript: tuple[Path, ...]) -> tuple[Reference, Transcript]:
    session = library.read_transcript(*transcript)
    return library.load_reference(file, session), session
