"""`comparia demo`: the main job on a sample session, offline."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from comparia import library, reports
from comparia.cli.console import Progress, console, outputs_option, report_folder, settings_for, show_plan
from comparia.config import shipped
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.reports import terminal


class Sample(NamedTuple):
    """A sample session."""

    folder: str
    title: str
    date: str


SAMPLES = {
    "fr": Sample(
        "place-du-foirail", "Réunion publique\u202f: l’avenir de la halle et de la place du Foirail", "8 octobre 2026"
    ),
    "en": Sample(
        "library-and-hub", "Tanner Street library: opening hours and the move to the Weir Road hub", "17 September 2026"
    ),
}


@click.command("demo", help=_("Three recaps of a sample session, side by side, offline: no key, no network."))
@click.option(
    "--language", "chosen", type=click.Choice(["fr", "en"]), help=_("Which sample session [the interface's language].")
)
@outputs_option
def command(chosen: str | None, outputs: Path | None) -> None:
    """Read the sample, write three recaps with the embedded backends, score, report."""
    settings = settings_for(outputs)
    sample = SAMPLES[chosen or language()]
    folder = shipped("transcripts") / sample.folder
    out = console()
    out.print(_("A fictional session, written for this demonstration, with its reviewed key points."), style="dim")
    files = [folder / "session.vtt", folder / "chat.txt"]
    transcript = library.read_transcript(*files, title=sample.title, date=sample.date)
    run = library.prepare(transcript, reference=folder / "reference.yaml", settings=settings)
    show_plan(run, out)
    with Progress(out) as progress:
        run = library.carry_out(run, settings=settings, observer=progress)
    terminal.show(run, out)
    out.print()
    out.print(
        _("Extracts of 400 words keep few points of an hour of talk: they are the floor that recaps are compared with.")
    )
    for path in reversed(reports.write(run, report_folder(settings, run))):
        click.echo(path.resolve())
