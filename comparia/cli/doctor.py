"""`comparia doctor`: what is wrong with this set-up, and the cure."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.text import Text

from comparia import library
from comparia.cli.console import console, json_option, outputs_option
from comparia.messages import gettext as _

MARKS = {"good": ("✓", "green"), "note": ("·", "yellow"), "bad": ("✗", "red")}


@click.command(
    "doctor",
    help=_(
        "Say what is wrong with this set-up, and the cure: settings, disk, database, keys, servers, packages. Nothing "
        "is sent, and what is printed is safe to paste: no key, no word of a session. Exit code 1 when something is in "
        "the way."
    ),
)
@json_option
@outputs_option
def command(as_json: bool, outputs: Path | None) -> None:
    """Look and say."""
    findings = library.diagnose(outputs)
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        out = console()
        for finding in findings:
            mark, style = MARKS[finding.state]
            out.print(Text(f"{mark} {finding.subject}: {finding.said}", style=style if finding.state != "good" else ""))
            if finding.cure:
                out.print(Text(f"  → {finding.cure}"))
    if any(finding.state == "bad" for finding in findings):
        raise click.exceptions.Exit(1)
