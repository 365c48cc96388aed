"""`comparia report`: a run as a file or on standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from comparia import library, reports
from comparia.cli import laid_out
from comparia.cli.console import outputs_option, settings_for, written_to
from comparia.errors import InputError
from comparia.messages import gettext as _
from comparia.records import AnsweredFlag, DocumentChoices, DocumentNames

if TYPE_CHECKING:
    from comparia.library.publishing import PersonalChoice
    from comparia.privacy.published import PeopleShown


@click.command(
    "report",
    help=laid_out(
        _(
            "Write a run in one format: {formats}. RUN is an id, the beginning of one, `last`, or an exchange file.\n\n"
            "  comparia report last -f html --to report.html\n"
            "  comparia report last -f docx --to minutes.docx --template ours.docx\n"
            "  comparia report last -f docx --to minutes.docx --recap h1 --without points --people initials\n"
            "  comparia report 20261008 -f csv > scores.csv\n"
            "  comparia report last -f html --recording --to report.html\n"
            "  comparia report last -f html --pseudonyms --to report-without-names.html\n"
            "  comparia report last -f public --people initials --to page.html"
        ).format(formats=", ".join(reports.FORMATS))
    ),
)
@click.argument("run", default="last")
@click.option("-f", "--format", "format_", default="text", show_default=True, help=_("Format of the report."))
@click.option(
    "--pseudonyms", is_flag=True, help=_("Keep pseudonyms instead of putting the names back: a report to give away.")
)
@click.option(
    "--personal-data",
    type=click.Choice(["mask", "keep"]),
    help=_("What is done with telephone numbers, addresses and the like in what is published with its names."),
)
@click.option(
    "--recording",
    is_flag=True,
    help=_("Put the recording of the session beside the page, whose quotations then lead to their seconds."),
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Word document whose styles, headers and page docx takes; its text is left out."),
)
@click.option("--recap", default="", metavar="ID", help=_("Recap that a document holds; `every` for all of them."))
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(("frame", "points", "method")),
    help=_("What a document leaves out: sections to fill in, what became of the points, how it was made."),
)
@click.option(
    "--people",
    type=click.Choice([*get_args(DocumentNames), "none"]),
    help=_(
        "How people are named in a document (as they are, by initials, by invented names) and in what is published, "
        "public and poster (as they are, by initials, not at all) [kept; none of what is published]."
    ),
)
@click.option("--times", is_flag=True, help=_("Put moments of the session in the place of the marks of turns."))
@click.option("--title", help=_("Title of the document."))
@click.option("--date", help=_("Date on the document."))
@click.option("--place", help=_("Place on the document."))
@click.option("--scoring", default="", metavar="NAME", help=_("Name of the scoring to show [the one without a name]."))
@click.option("--to", type=click.Path(path_type=Path), help=_("File to write [standard output]."))
@outputs_option
def command(
    run: str,
    format_: str,
    pseudonyms: bool,
    personal_data: PersonalChoice | None,
    recording: bool,
    template: Path | None,
    recap: str,
    without: tuple[str, ...],
    people: PeopleShown | DocumentNames | None,
    times: bool,
    title: str | None,
    date: str | None,
    place: str | None,
    scoring: str,
    to: Path | None,
    outputs: Path | None,
) -> None:
    """Render."""
    settings = settings_for(outputs)
    found = library.read_run(run, scoring=scoring, settings=settings)
    chosen = reports.format_of(format_)
    if chosen.needs_votes and not any(judging.ballots for judging in found.judgings):
        raise InputError(_("Nobody voted on this run yet."), run, cure=_("Open a blind vote on its page first."))
    if recording:
        if format_ != "html" or to is None:
            raise click.UsageError(_("A recording is put beside a web page: give -f html and --to FILE."))
        if pseudonyms:
            raise click.UsageError(_("A voice is as good as a name: leave out --recording, or --pseudonyms."))
        from comparia.library.reports_to_hear import report_with_recording

        for written in report_with_recording(found, to, settings):
            click.echo(written)
        return
    if pseudonyms and people not in (None, "pseudonyms"):
        raise click.UsageError(_("--pseudonyms and --people do not agree: give one of them."))
    options = {"recap": recap, "people": people, "times": times, "title": title, "date": date, "place": place}
    given = {name: value for name, value in options.items() if value} | dict.fromkeys(without, False)
    choices: DocumentChoices | None = None
    answered: Mapping[tuple[str, str], AnsweredFlag] = {}
    if chosen.is_document and pseudonyms:
        given["people"] = "pseudonyms"
    if chosen.is_document and not library.is_file(run):
        choices = library.document_choices(found.id, settings=settings)
        answered = library.answered_flags(found.id, settings=settings)
    if given and not chosen.published:
        choices = library.changed_choices(choices or DocumentChoices(), found, given)
    if chosen.published or personal_data:
        shown: Any = people or "none"  # checked there
        content = library.publish(found, format_, people=shown, personal_data=personal_data or "refuse")
    else:
        content = library.render(
            found, format_, pseudonyms=pseudonyms, template=template, choices=choices, answered=answered.values()
        )
    if to is None:
        if chosen.binary and sys.stdout.isatty():
            raise click.UsageError(_("A document does not show in a terminal: give --to FILE."))
        click.echo(content, nl=False)
        return
    written_to(to, content)
