"""`comparia serve`: the application in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import web
from comparia.cli import laid_out
from comparia.cli.console import Listening, listening_options, outputs_option, retained, settings_for
from comparia.messages import gettext as _


@click.command(
    "serve",
    help=laid_out(
        _(
            "Open Comparia in the browser: drop a session, choose, watch, compare, correct, send out. It listens on "
            "this machine only and needs no network. Ctrl-C stops it; runs in progress can be resumed.\n\n"
            "  comparia serve\n"
            "  comparia serve --port 8080 --no-browser\n"
            "  comparia serve --host 0.0.0.0           reachable by others, with the token it prints"
        )
    ),
)
@listening_options
@outputs_option
def command(listening: Listening, outputs: Path | None) -> None:
    """Serve until interrupted."""
    settings = settings_for(outputs)
    retained(settings)
    web.serve(settings, say=lambda address: click.echo(address), **listening._asdict())
