"""`comparia models`: the catalogue and one's own backends."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, NamedTuple

import click
from rich.table import Table
from rich.text import Text

from comparia import library
from comparia.cli.console import console, json_option
from comparia.config import catalogue, load_settings
from comparia.messages import gettext as _
from comparia.records import ZONES, Zone


class Line(NamedTuple):
    """One backend of the list."""

    name: str
    zone: str
    key: str
    reachable: str
    models: tuple[dict[str, Any], ...]
    label: str
    example: str


@click.command(
    "models", help=_("List the backends: zone, key present or not; with --check, reachable or not, and their models.")
)
@click.option(
    "--check", is_flag=True, help=_("Ask each reachable server for its models (nothing of any session is sent).")
)
@click.option("--policy", type=click.Choice(list(ZONES)), help=_("Ask no server outside this zone [eu]."))
@json_option
def command(check: bool, policy: Zone | None, as_json: bool) -> None:
    """List, and ask when told to."""
    settings = load_settings()
    lines = []
    for name, preset in catalogue().items():
        key = preset.key_variable and (
            _("{variable} set") if os.environ.get(preset.key_variable) else _("{variable} not set")
        )
        lines.append(
            Line(
                name,
                preset.zone,
                (key or "").format(variable=preset.key_variable),
                "",
                (),
                preset.label,
                f"{name}:{preset.example}",
            )
        )
    for name, own in settings.backends.items():
        zone = own.zone or catalogue()[own.preset].zone if own.preset in catalogue() else "?"
        lines.append(Line(name, zone, "", "", (), own.preset, name))
    if check:
        found = asyncio.run(library.check_models(settings, policy or settings.policy))
        lines = [
            line._replace(reachable=found[line.name][0], models=found[line.name][1]) if line.name in found else line
            for line in lines
        ]
    if as_json:
        click.echo(json.dumps([line._asdict() for line in lines], ensure_ascii=False, indent=1))
        return
    table = Table(expand=False)
    for heading in (
        _("Backend"),
        _("Zone"),
        _("Key"),
        *((_("Reachable"),) if check else ()),
        _("What it is"),
        _("Example"),
    ):
        table.add_column(heading, overflow="fold")
    for line in lines:
        cells = [line.name, line.zone, line.key, *((line.reachable,) if check else ()), line.label, line.example]
        table.add_row(*(Text(cell) for cell in cells))
    out = console()
    out.print(table)
    for line in lines:
        for model in line.models[:60]:
            aliases = ", ".join(model["aliases"])
            out.print(Text(f"  {line.name}:{model['id']}" + (f"  = {aliases}" if aliases else "")))
