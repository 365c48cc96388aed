"""`comparia demo`: the main job on a sample session, offline."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library, reports
from comparia.cli.console import Progress, console, kept_in, outputs_option, report_folder, settings_for, show_plan
from comparia.messages import gettext as _
from comparia.messages import labelled, language, ngettext, number
from comparia.reports import terminal, wording


@click.command(
    "demo",
    help=_("Three recaps of a sample session by a language model, beside an extract: replayed, no key, no network."),
)
@click.option(
    "--language", "chosen", type=click.Choice(["fr", "en"]), help=_("Which sample session [the interface's language].")
)
@click.option(
    "--session", default="", metavar="NAME", help=_("Another session that ships, of those that --list names.")
)
@click.option("--list", "listing", is_flag=True, help=_("List the sessions that ship, and what each is good for."))
@outputs_option
def command(chosen: str | None, session: str, *, listing: bool, outputs: Path | None) -> None:
    """Read the sample, replay its recaps beside an extract, score, report."""
    if listing:
        _show_sessions(chosen)
        return
    settings = settings_for(outputs)
    out = console()
    run = library.demonstration(chosen or language(), session=session, settings=settings)
    out.print(_("A fictional session, written for this demonstration, with its key points."), style="dim")
    show_plan(run, out)
    with Progress(out) as progress:
        run = library.carry_out(run, settings=settings, observer=progress)
    terminal.show(run, out)
    out.print()
    out.print(_("The extract quotes the session without a model: it is the floor that recaps are compared with."))
    for path in reversed(reports.write(run, report_folder(settings, run))):
        click.echo(path.resolve())
    click.echo(kept_in(settings), err=True)


def _show_sessions(spoken: str | None) -> None:
    """Print the sessions that ship: those of one language where one is chosen."""
    for session in library.sample_sessions():
        if spoken not in (None, session.language):
            continue
        kind = wording.session_kind_name(session.kind)
        size = wording.words_phrase(session.words)
        points = ngettext("{n} key point", "{n} key points", session.points).format(n=number(session.points))
        click.echo(f"{session.name}  ({session.language}) {session.title}")
        click.echo(f"  {kind} · {size} · {points}")
        click.echo(f"  {wording.lesson_of(session.name)}")
        if session.prompts:
            click.echo("  " + labelled(_("Recorded recaps"), ", ".join(session.prompts)))
