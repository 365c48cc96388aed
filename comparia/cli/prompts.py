"""`comparia prompts`: prompt sets, listed and checked."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from comparia import library
from comparia.cli.console import console, json_option
from comparia.config import shipped
from comparia.messages import gettext as _


@click.command("prompts", help=_("List prompt sets, or check one: comparia prompts my-prompt.md"))
@click.argument("sets", nargs=-1)
@json_option
def command(sets: tuple[str, ...], as_json: bool) -> None:
    """Load and list; an invalid file is an error with its line."""
    names = sets or tuple(sorted(p.name for p in shipped("prompts").iterdir() if p.is_dir() and p.name != "questions"))
    loaded = [(name, prompt) for name in names for prompt in library.load_prompt_set(name)]
    if as_json:
        click.echo("[" + ",\n".join(prompt.model_dump_json() for _name, prompt in loaded) + "]")
        return
    table = Table(expand=False)
    for heading in (_("Set"), _("Prompt"), _("Language"), _("Steps"), _("What it tries to obtain")):
        table.add_column(heading, overflow="fold")
    for name, prompt in loaded:
        table.add_row(
            Text(Path(name).name), Text(prompt.name), prompt.language, str(len(prompt.steps)), Text(prompt.description)
        )
    console().print(table)
