"""Files and folders that no other account of the machine can read: sessions hold names, reports hold what was said."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Permission bits of every other account."""


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this account alone; leave folders that exist as they are.

    Raises:
        OSError: it cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))


def write_private(file: Path, content: bytes, *, fresh: bool = False) -> None:
    """Write a file for this account alone, an older one too; a device or a pipe (`/dev/stdout`) is left as it is.

    Args:
        file: to write.
        content: of it.
        fresh: fail where there is one already.

    Raises:
        OSError: it cannot be written.
        FileExistsError: there is one, and `fresh`.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if fresh else os.O_TRUNC) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, flags, FILE_MODE), "wb") as out:
        tighten(file)
        out.write(content)
        out.flush()
        if fresh:
            os.fsync(out.fileno())


def tighten(place: Path) -> None:
    """Take the permissions of other accounts away from a file or a folder of ours; do nothing where it cannot be."""
    with contextlib.suppress(OSError):
        found = place.stat()
        kind = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        if kind and found.st_mode & OTHERS and _is_ours(found):
            place.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)


def tighten_database(file: Path) -> None:
    """Make a database file before SQLite does, so that others can never read it; tighten an old one and its folder.

    The folder is tightened only where it is a folder of Comparia's: named `outputs` or `comparia`, and of this account.

    Raises:
        OSError: the file cannot be made.
    """
    private_folder(file.parent)
    if not file.exists():
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, FILE_MODE))
    for place in (file, *(file.with_name(file.name + end) for end in ("-journal", "-wal", "-shm"))):
        tighten(place)
    if file.parent.resolve().name in ("outputs", "comparia"):
        tighten(file.parent)


def open_to_others(place: Path) -> bool:
    """Return whether another account of the machine could read a file: its own bits and every folder above allow it."""
    try:
        if not place.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            return False
        return all(folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH) for folder in place.resolve().parents)
    except OSError:
        return False


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()
