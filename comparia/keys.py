"""Where keys come from: the environment, a `.env` file, the system's keyring. Never the database, a report or a log.

The environment wins over `.env` of the working folder, which wins over the keyring. The keyring is asked only for the
names that `comparia keys set` put there: a list of names, without any key, lies in the user's configuration folder.
"""

from __future__ import annotations

import os
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from comparia.errors import ConfigurationError, MissingExtra
from comparia.files import private_folder, write_private
from comparia.messages import gettext as _

SERVICE = "comparia"
"""Name under which keys stand in the keyring."""


class Environment(Mapping[str, str]):
    """Environment variables, then those of `.env`, then keys of the keyring; read anew at each look.

    Comparia's own settings are not taken from `.env`.
    """

    def __getitem__(self, name: str) -> str:
        if name in os.environ:
            return os.environ[name]
        if name in (written := _dotenv()):
            return written[name]
        if name in names_in_keyring():
            kept = _keyring().get_password(SERVICE, name)
            if kept is not None:
                return str(kept)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*os.environ, *_dotenv(), *names_in_keyring()]))

    def __len__(self) -> int:
        return sum(1 for _name in self)

    def __repr__(self) -> str:
        return "Environment(...)"


ENVIRONMENT = Environment()
"""The one the product uses; what it holds is never shown."""


def source_of(name: str) -> str:
    """Where a variable would come from: `environment`, `.env`, `keyring`, or empty."""
    if os.environ.get(name):
        return "environment"
    if _dotenv().get(name):
        return ".env"
    return "keyring" if name in names_in_keyring() else ""


def keep(name: str, key: str) -> None:
    """Put a key in the keyring of the system.

    Raises:
        MissingExtra: the optional package is absent.
        ConfigurationError: the system has no keyring that can be used.
    """
    _used(lambda ring: ring.set_password(SERVICE, name, key))
    _write_names(names_in_keyring() | {name})


def forget(name: str) -> None:
    """Take a key out of the keyring. Raises as `keep`."""
    if name in names_in_keyring():
        _used(lambda ring: ring.delete_password(SERVICE, name))
        _write_names(names_in_keyring() - {name})


def names_in_keyring() -> frozenset[str]:
    """Names of the keys that were put in the keyring."""
    try:
        return frozenset(_names_file().read_text("utf-8").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


@lru_cache(maxsize=16)
def _forms_of(key: str) -> tuple[str, ...]:
    """A key as servers may repeat it: as it is, in an address, in hexadecimal, in base64 after any other bytes."""
    data = key.encode()
    forms = [key, quote(key, safe=""), data.hex()]
    for before in range(3):  # base64 writes three bytes at a time: what stands before shifts the letters
        for encode in (b64encode, urlsafe_b64encode):
            written = encode(b"-" * before + data).decode().rstrip("=")
            forms.append(written[(before * 4 + 2) // 3 : len(written) - (1 if (before + len(data)) % 3 else 0)])
    return tuple(sorted({form for form in forms if len(form) > 7}, key=len, reverse=True))


def without_key(text: str, key: str) -> str:
    """Return a text with `***` in place of a key, however it is written there."""
    for form in _forms_of(key) if key else ():
        text = text.replace(form, "***")
        text = text.replace(form.upper(), "***") if form == key.encode().hex() else text
    return text.replace(key, "***") if key else text


def _dotenv() -> dict[str, str]:
    file = Path(".env")
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        found = dotenv_values(file, interpolate=False)
        # a folder that somebody sends gives keys, never settings: it could allow what its receiver does not
        return {name: value for name, value in found.items() if value is not None and not name.startswith("COMPARIA_")}
    except (OSError, UnicodeDecodeError):
        return {}


def _names_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path("comparia") / "keys-in-keyring"


def _write_names(names: frozenset[str]) -> None:
    file = _names_file()
    try:
        private_folder(file.parent)
        write_private(file, "".join(f"{name}\n" for name in sorted(names)).encode())
    except OSError as error:
        raise ConfigurationError(
            _("{place} cannot be written ({error}).").format(place=file, error=error.strerror)
        ) from error


def _keyring() -> Any:
    try:
        import keyring
    except ImportError as error:
        raise MissingExtra(_("The keyring"), "pip install 'keyring>=25,<26'") from error
    return keyring


def _used(action: Any) -> None:
    ring = _keyring()
    from keyring.errors import KeyringError

    try:
        action(ring)
    except KeyringError as error:
        raise ConfigurationError(
            _("This system has no keyring that can be used ({error}).").format(error=type(error).__name__),
            _("Set the environment variable, or write it in a file named .env that only you can read."),
        ) from error
