"""`comparia keys`: keys in the keyring of the system."""

from __future__ import annotations

import sys

import click

from comparia import keys
from comparia.cli import laid_out
from comparia.config import catalogue, load_settings
from comparia.messages import gettext as _


@click.group(
    "keys",
    help=laid_out(
        _(
            "Keep keys in the keyring of this system, and see which ones are set. A key is never shown, stored in the "
            "database, or written in a report. The environment and a file named .env win over the keyring.\n\n"
            "  comparia keys set MISTRAL_API_KEY\n"
            "  comparia keys list"
        )
    ),
)
def command() -> None:
    """Keys."""


@command.command("list", help=_("Which keys are set, and where; never the keys."))
def list_() -> None:
    """Names and places."""
    places = {
        "": _("not set"),
        "environment": _("set in the environment"),
        ".env": _("set in .env"),
        "keyring": _("set in the keyring"),
    }
    for name in _known():
        click.echo(f"{name:<24} {places[keys.source_of(name)]}")


@command.command("set", help=_("Keep a key, asked for without being shown, or read from standard input."))
@click.argument("name")
def set_(name: str) -> None:
    """Ask and keep."""
    if not name.replace("_", "").isalnum() or not name.isupper():
        raise click.UsageError(_("Give the name of a variable, as MISTRAL_API_KEY."))
    key = click.prompt(_("Key"), hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise click.UsageError(_("The key is empty."))
    keys.keep(name, key.strip())
    click.echo(_("{name} is in the keyring.").format(name=name))


@command.command("forget", help=_("Take a key out of the keyring."))
@click.argument("name")
def forget(name: str) -> None:
    """Take out."""
    keys.forget(name)
    click.echo(_("{name} is not in the keyring.").format(name=name))


def _known() -> list[str]:
    own = [backend.key_variable for backend in load_settings().backends.values() if backend.key_variable]
    presets = [preset.key_variable for preset in catalogue().values() if preset.key_variable]
    return list(dict.fromkeys([*presets, *own, *sorted(keys.names_in_keyring())]))
