"""Settings files of a working folder that the user has accepted as their own, remembered by what they contain.

A folder that somebody sends can hold a `comparia.toml`. Until its receiver accepts it, such a file may only make things stricter;
once it changes, it is asked about again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from comparia.errors import ConfigurationError
from comparia.files import private_folder, write_private
from comparia.messages import gettext as _


def is_accepted(file: Path) -> bool:
    """Return whether a file, as it stands now, was accepted."""
    try:
        return _digest(file) in _accepted()
    except OSError:
        return False


def accept(file: Path) -> None:
    """Remember that a file, as it stands now, counts as the user's own.

    Raises:
        ConfigurationError: this cannot be remembered, or the file cannot be read.
    """
    try:
        digest = _digest(file)
        lines = [*_accepted(), digest]
        private_folder(_memory().parent)
        write_private(_memory(), "".join(f"{line}\n" for line in dict.fromkeys(lines)).encode())
    except OSError as error:
        said = _("{place} cannot be written ({error}).")
        raise ConfigurationError(said.format(place=error.filename or _memory(), error=error.strerror)) from error


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _accepted() -> tuple[str, ...]:
    try:
        return tuple(_memory().read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()


def _memory() -> Path:
    from platformdirs import user_config_path

    return user_config_path("comparia") / "accepted-settings"
