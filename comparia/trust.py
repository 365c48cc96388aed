"""Settings files of a working folder that the user has accepted as their own, remembered by what they contain.

A folder that somebody sends can hold a `comparia.toml`. Until its receiver accepts it, such a file may only make things
stricter; once it changes, it is asked about again.
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
        return digest_of(file.read_bytes()) in _accepted()
    except OSError:
        return False


def accept(file: Path, shown: bytes | None = None) -> None:
    """Remember that a file counts as the user's own.

    Args:
        file: accepted as it stands now.
        shown: its content as the user saw it, accepted instead: what was written since is not.

    Raises:
        ConfigurationError: this cannot be remembered, or the file cannot be read.
    """
    try:
        digest = digest_of(file.read_bytes() if shown is None else shown)
        lines = [*_accepted(), digest]
        private_folder(_memory().parent)
        write_private(_memory(), "".join(f"{line}\n" for line in dict.fromkeys(lines)).encode())
    except OSError as error:
        said = _("{place} cannot be written ({error}).")
        raise ConfigurationError(said.format(place=error.filename or _memory(), error=error.strerror)) from error


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal, by which it is known again."""
    return hashlib.sha256(content).hexdigest()


def _accepted() -> tuple[str, ...]:
    try:
        return tuple(_memory().read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()


def _memory() -> Path:
    from platformdirs import user_config_path

    return user_config_path("comparia") / "accepted-settings"
