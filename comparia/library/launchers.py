"""Files that one double-clicks to open Comparia in the browser: one a system."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from comparia.errors import StoreUnwritable, UnknownName
from comparia.messages import gettext as _

System = Literal["linux", "mac", "windows"]
"""A kind of desktop."""


class Launcher(NamedTuple):
    """A file to double-click."""

    name: str
    """Its name."""
    text: str
    """What it holds."""


def system_here() -> System:
    """Return the kind of desktop of this machine."""
    return "windows" if sys.platform == "win32" else "mac" if sys.platform == "darwin" else "linux"


def launcher_for(system: System, python: str) -> Launcher:
    """Return the file that starts `comparia serve` and opens the browser.

    Args:
        system: the desktop it is for.
        python: the interpreter that Comparia is installed for.

    Raises:
        UnknownName: no such system.
    """
    if system == "linux":  # quoted as the Desktop Entry Specification says
        quoted = re.sub(r'(["`$\\])', r"\\\1", python).replace("\\", "\\\\").replace("%", "%%")
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Name=Comparia",
            "Comment=Several recaps of one session, side by side",
            "Comment[fr]=Plusieurs comptes rendus d’une session, côte à côte",
            f'Exec="{quoted}" -m comparia serve',
            "Terminal=true",
            "Categories=Office;",
        )
        return Launcher("comparia.desktop", "\n".join(lines) + "\n")
    if system == "mac":
        return Launcher("Comparia.command", f"#!/bin/sh\nexec {shlex.quote(python)} -m comparia serve\n")
    if system == "windows":
        quoted = python.replace("%", "%%")
        return Launcher("Comparia.bat", f'@echo off\r\nchcp 65001 >nul\r\n"{quoted}" -m comparia serve\r\npause\r\n')
    raise UnknownName(_("system"), system, get_args(System))


def write_launcher(folder: Path, system: System | None = None, python: str = "") -> Path:
    """Write the file to double-click into a folder, in place of an earlier one, and return it.

    Args:
        folder: where it goes; it is made where it is missing.
        system: the desktop it is for; that of this machine when None.
        python: the interpreter that it starts; this one when empty, `python` for another system.

    Raises:
        StoreUnwritable: it cannot be written.
    """
    here = system_here()
    interpreter = python or (sys.executable if system in (None, here) else "python")
    launcher = launcher_for(system or here, interpreter)
    place = folder / launcher.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.write_bytes(launcher.text.encode())
        place.chmod(0o755)  # a desktop starts only what may be executed
    except OSError as error:
        raise StoreUnwritable(
            _("{file} cannot be written ({error}).").format(file=place, error=error.strerror)
        ) from error
    return place
