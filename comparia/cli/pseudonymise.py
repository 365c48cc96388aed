"""`comparia pseudonymise`: what would be hidden of a session, and the exact text a model would read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
from rich.table import Table
from rich.text import Text

from comparia import library, privacy, prompts
from comparia.cli import laid_out
from comparia.cli.console import console, hiding_options, json_option
from comparia.messages import gettext as _
from comparia.privacy import Hiding
from comparia.reports.wording import alias_kind_names, hidden_sentence, pseudonym_limits
from comparia.text.controls import shown_text


@click.command(
    "pseudonymise",
    help=laid_out(
        _(
            "Show what is hidden of a session before anything is sent, and print the exact text a model would read.\n\n"
            "Correct it with --hide and --leave, which compare, score and references suggest take too:\n\n"
            "  comparia pseudonymise session.vtt chat.txt\n"
            '  comparia pseudonymise session.vtt --hide "Amicale des boulistes" --leave Jaurès\n'
            "  comparia pseudonymise session.vtt --text > session-without-names.txt"
        )
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Main language [guessed]."))
@click.option("--text", "text_only", is_flag=True, help=_("Print the text alone."))
@hiding_options
@json_option
def command(
    files: tuple[Path, ...], language: Literal["fr", "en"] | None, text_only: bool, hiding: Hiding, as_json: bool
) -> None:
    """Read, hide, show."""
    session = library.read_transcript(*files, language=language, recording=False)
    found = hiding.of(session)
    if as_json:
        click.echo(found.model_dump_json(indent=1))
        return
    veil = privacy.veil_of(found, session)
    text = "\n".join(veil.apply(line) for line in prompts.transcript_lines(session))
    if not text_only:
        out = console(stderr=True)
        table = Table(expand=False)
        for heading in (_("In the session"), _("A model reads"), _("What it is")):
            table.add_column(heading, overflow="fold")
        speakers = {speaker.name for speaker in session.speakers}
        for name, pseudonym in found.people:
            kind = _("speaker") if any(name in speaker for speaker in speakers) else _("mentioned")
            table.add_row(Text(shown_text(name)), Text(pseudonym), kind)
        for alias in found.aliases:
            if alias.pseudonym.startswith("["):
                table.add_row(Text(shown_text(alias.original)), Text(alias.pseudonym), alias_kind_names()[alias.kind])
        out.print(table)
        out.print(hidden_sentence(found))
        out.print(_("What pseudonyms cannot do:") + " " + pseudonym_limits(), style="yellow")
    click.echo(text)
