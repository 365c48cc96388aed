"""`comparia schema`: the exchange format of a run, as a JSON Schema."""

from __future__ import annotations

import json

import click

from comparia.messages import gettext as _
from comparia.records import FORMAT_VERSION, Run


@click.command("schema", help=_("Print the JSON Schema (2020-12) of the exchange format of a run."))
def command() -> None:
    """Print."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:comparia:run:{FORMAT_VERSION}"}
    click.echo(json.dumps(head | Run.model_json_schema(mode="serialization"), ensure_ascii=False, indent=1))
