"""`comparia purge`: remove the texts of runs for good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import outputs_option, settings_for, tell_what_is_left
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from comparia.records import Leftover


@click.command(
    "purge",
    help=laid_out(
        _(
            "Remove the texts of runs for good: session, recaps, scores, kept answers, exports. The lines of the "
            "journal, which hold no text, stay. Files you exported elsewhere are yours to remove. Batches that wait at "
            "a provider's are stopped, and their files removed there.\n\n"
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
@click.option("--leave-files", is_flag=True, help=_("Remove the runs here also where a provider keeps their files."))
@click.option("-y", "--yes", is_flag=True, help=_("Do not ask."))
@outputs_option
def command(
    run: str | None,
    session: str | None,
    older_than: int | None,
    dry_run: bool,
    leave_files: bool,
    yes: bool,
    outputs: Path | None,
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
    for one in wanted.at_servers:
        click.echo(shown_text(_at_server(one)))
    if dry_run or not (wanted.runs or wanted.sessions):
        if not (wanted.runs or wanted.sessions):
            click.echo(_("Nothing to remove."))
        return
    if not yes:
        click.confirm(_("Remove this for good?"), abort=True)
    done, _folders = library.purge(
        run=run, session=session, older_than=older_than, leave_files=leave_files, settings=settings
    )
    said = ngettext("{n} run removed.", "{n} runs removed.", len(done.runs)).format(n=number(len(done.runs)))
    click.echo(said + " " + _("The lines of the journal stay."))
    tell_what_is_left(done)


def _at_server(one: Leftover) -> str:
    """Return what will be removed at a provider's, and what is lost by it."""
    facts = [ngettext("{n} file", "{n} files", len(one.files)).format(n=number(len(one.files)))]
    if one.requests:
        waiting = ngettext(
            "a batch of {n} request, whose answer is lost",
            "a batch of {n} requests, whose answers are lost",
            one.requests,
        )
        facts.insert(0, waiting.format(n=number(one.requests)))
    return _("at {address}: {what}").format(address=one.address, what=", ".join(facts))
