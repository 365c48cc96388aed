"""`comparia purge`: remove the texts of runs for good."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.text.controls import shown_text


@click.command(
    "purge",
    help=laid_out(
        _(
            "Remove the texts of runs for good: session, recaps, scores, kept answers, exports. The lines of the "
            "journal, which hold no text, stay. Files you exported elsewhere are yours to remove.\n\n"
            "  comparia purge 20261008-1830            one run\n"
            "  comparia purge --session last           every run of the session of that run\n"
            "  comparia purge --older-than 90          what is older than 90 days"
        )
    ),
)
@click.argument("run", required=False)
@click.option("--session", metavar="RUN", help=_("Every run of the session of this run."))
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help=_("What is older than so many days."))
@click.option("--dry-run", is_flag=True, help=_("Say what would be removed, and remove nothing."))
@click.option("-y", "--yes", is_flag=True, help=_("Do not ask."))
@outputs_option
def command(
    run: str | None, session: str | None, older_than: int | None, dry_run: bool, yes: bool, outputs: Path | None
) -> None:
    """Rehearse, ask, remove."""
    if sum(given is not None for given in (run, session, older_than)) != 1:
        raise click.UsageError(_("Name a run, --session RUN, or --older-than DAYS."))
    settings = settings_for(outputs)
    if not library.has_store(settings):
        click.echo(_("No run yet. Try: comparia demo"))
        return
    wanted, folders = library.purge(run=run, session=session, older_than=older_than, rehearse=True, settings=settings)
    for name in wanted.runs:
        click.echo(name)
    for title in wanted.sessions:
        click.echo(_("session: {title}").format(title=title))
    for folder in folders:
        click.echo(folder)
    for recording in wanted.recordings:
        click.echo(shown_text(_("recording: {file} (your own file stays)").format(file=recording.file)))
    if dry_run or not (wanted.runs or wanted.sessions):
        if not (wanted.runs or wanted.sessions):
            click.echo(_("Nothing to remove."))
        return
    if not yes:
        click.confirm(_("Remove this for good?"), abort=True)
    done, _folders = library.purge(run=run, session=session, older_than=older_than, settings=settings)
    said = ngettext("{n} run removed.", "{n} runs removed.", len(done.runs)).format(n=number(len(done.runs)))
    click.echo(said + " " + _("The lines of the journal stay."))
