"""`comparia schema`: the exchange format of a run, as a JSON Schema."""

from __future__ import annotations

import json

import click

from comparia.messages import gettext as _
from comparia.records import Run


@click.command("schema", help=_("Print the JSON Schema (2020-12) of the exchange format of a run."))
def command() -> None:
    """Print."""
    click.echo(json.dumps(Run.model_json_schema(mode="serialization"), ensure_ascii=False, indent=1))
