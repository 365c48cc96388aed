"""`comparia launcher`: a file that opens Comparia in the browser when one double-clicks it."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import library
from comparia.cli import laid_out
from comparia.library.launchers import System
from comparia.messages import gettext as _


@click.command(
    "launcher",
    help=laid_out(
        _(
            "Write a file that opens Comparia in the browser when one double-clicks it, for people without a terminal. "
            "FOLDER is where it goes; the desktop where there is one, else here.\n\n"
            "  comparia launcher\n"
            "  comparia launcher ~/Desktop\n"
            "  comparia launcher --for windows shared/"
        )
    ),
)
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--for",
    "system",
    type=click.Choice(["linux", "mac", "windows"]),
    help=_("Another system than this one; it then starts the `python` of its own."),
)
def command(folder: Path | None, system: System | None) -> None:
    """Write it, and print where it is."""
    desktop = Path.home() / "Desktop"
    place = folder or (desktop if desktop.is_dir() else Path())
    click.echo(library.write_launcher(place, system))
