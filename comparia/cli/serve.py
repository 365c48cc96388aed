"""`comparia serve`: the application in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from comparia import web
from comparia.cli import laid_out
from comparia.cli.console import outputs_option, retained, room_options, settings_for
from comparia.messages import gettext as _


@click.command(
    "serve",
    help=laid_out(
        _(
            "Open Comparia in the browser: drop a session, choose, watch, compare, correct, send out. It listens on this machine only and "
            "needs no network. Ctrl-C stops it; runs in progress can be resumed.\n\n"
            "  comparia serve\n"
            "  comparia serve --port 8080 --no-browser\n"
            "  comparia serve --host 0.0.0.0           reachable by others, with the token it prints"
        )
    ),
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen on."))
@click.option(
    "--port", default=8420, show_default=True, type=click.IntRange(0, 65535), help=_("Port; 0 for any free one.")
)
@room_options
@click.option("--browser/--no-browser", default=True, help=_("Open the browser."))
@outputs_option
def command(host: str, port: int, room_host: str, room_port: int, browser: bool, outputs: Path | None) -> None:
    """Serve until interrupted."""
    settings = settings_for(outputs)
    retained(settings)
    web.serve(
        settings,
        host=host,
        port=port,
        browser=browser,
        say=lambda address: click.echo(address),
        room_host=room_host,
        room_port=room_port,
    )
