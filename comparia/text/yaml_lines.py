"""YAML files that people write: read, with the line of each value for error messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comparia.errors import InputError
from comparia.messages import gettext as _

MAX_BYTES = 5_000_000
"""Size beyond which a file is refused."""


def read_text(path: Path, error: type[InputError]) -> str:
    """Return the text of a file (UTF-8, with or without a byte order mark). Raises `error`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(_("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000), path)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise error(_("cannot be read ({error}).").format(error=problem.strerror), path) from problem
    except UnicodeDecodeError as problem:
        raise error(_("this file must be UTF-8."), path) from problem


def load_yaml(text: str, file: str, error: type[InputError]) -> Any:
    """Return what a YAML text holds, as lists and mappings that know their lines.

    Raises:
        InputError: of the type `error`, with the line where it is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise error(_("not valid YAML ({error}).").format(error=problem.problem), file, line) from problem
    except (YAMLError, ValueError, TypeError, RecursionError) as problem:  # TypeError: a list as a key
        raise error(_("not valid YAML ({error}).").format(error=type(problem).__name__), file) from problem


def line_of(document: Any, place: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of the value at `place` in a document that `load_yaml` read; None where unknown."""
    line: int | None = None
    node = document
    for part in place:
        marks = getattr(node, "lc", None)
        try:
            if marks is not None and marks.data and part in marks.data:
                line = marks.data[part][0] + 1
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
    return line
