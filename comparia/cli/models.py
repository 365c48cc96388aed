"""`comparia models`: the catalogue and one's own backends."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

import click
from rich.table import Table
from rich.text import Text

from comparia import comparing, library
from comparia.backends.presets import presets
from comparia.cli.console import console, json_option, settings_for, trust_option
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import ZONES, Zone
from comparia.reports.wording import provider_name


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
@trust_option
@json_option
def command(check: bool, policy: Zone | None, as_json: bool) -> None:
    """List, and ask when told to."""
    settings = settings_for(None)
    lines = [
        Line(
            name,
            preset.zone,
            _key(preset.key_variable),
            "",
            (),
            provider_name(preset.label),
            _example(name, preset.example),
        )
        for name, preset in presets().items()
    ]
    for backend in comparing.resolve_backends(list(settings.backends), settings):
        preset = presets()[backend.preset]
        lines.append(
            Line(
                backend.name,
                backend.zone,
                _key(backend.key_variable),
                "",
                (),
                provider_name(preset.label),
                backend.name,
            )
        )
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


def _example(name: str, model: str) -> str:
    return model if "@" in model else f"{name}:{model}"


def _key(variable: str) -> str:
    if not variable:
        return ""
    return (_("{variable} set") if ENVIRONMENT.get(variable) else _("{variable} not set")).format(variable=variable)
