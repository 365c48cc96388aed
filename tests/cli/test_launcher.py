"""A file to double-click: what it holds on each system, and that it starts the product."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from comparia.library.launchers import launcher_for, write_launcher


def test_it_is_written_where_it_is_asked_and_can_be_executed(comparia, tmp_path):
    place = comparia("launcher", tmp_path / "new folder").strip()
    assert place.startswith(str(tmp_path))
    written = write_launcher(tmp_path / "new folder")
    assert str(written) == place
    if sys.platform == "linux":
        command = next(
            line.removeprefix("Exec=") for line in written.read_text("utf-8").splitlines() if line.startswith("Exec=")
        )
        started = shlex.split(command.replace("%%", "%"))
        assert started[1:] == ["-m", "comparia", "serve"]
        help_text = subprocess.run([*started, "--help"], capture_output=True, text=True, check=True).stdout
        assert "comparia serve" in help_text


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Unix")
def test_the_one_for_mac_starts_an_interpreter_whose_path_has_blanks_and_quotes(tmp_path):
    odd = tmp_path / "it's a place"
    odd.mkdir()
    interpreter = odd / "python"
    interpreter.write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    interpreter.chmod(0o755)
    written = write_launcher(tmp_path, "mac", str(interpreter))
    assert subprocess.run([written], capture_output=True, text=True, check=True).stdout == "-m comparia serve\n"


def test_paths_are_quoted_as_each_system_reads_them():
    assert 'Exec="/a\\\\$b/100%%/py" -m' in launcher_for("linux", "/a$b/100%/py").text
    assert '"C:\\100%%\\python.exe" -m comparia serve\r\n' in launcher_for("windows", "C:\\100%\\python.exe").text


def test_the_one_of_another_system_starts_its_own_python(comparia, tmp_path):
    other = "mac" if sys.platform == "win32" else "windows"
    place = Path(comparia("launcher", tmp_path, "--for", other).strip())
    assert sys.executable not in place.read_text("utf-8")
