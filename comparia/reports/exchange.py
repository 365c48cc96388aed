"""The exchange format: one versioned JSON document, header first, bulk last."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import ValidationError

from comparia.errors import RunFileError, told
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import FORMAT_VERSION, Record, Run

MEDIA_TYPE = "application/json"
SUFFIX = "json"
DESCRIPTION = "the whole run, to keep or to read elsewhere"
MENU = N_("Everything (JSON)")

T = TypeVar("T", bound=Record)


def write(run: Run) -> bytes:
    """Return the whole run as JSON (UTF-8, indented)."""
    return run.model_dump_json(indent=1).encode() + b"\n"


def run_from_json(data: bytes, name: str = "run.json") -> Run:
    """Read a run back from its exchange document.

    Raises:
        RunFileError: not JSON, not a run, or of a newer format.
    """
    return read_document(Run, data, name, FORMAT_VERSION)


def read_document(kind: type[T], data: bytes, name: str, newest: int) -> T:
    """Read a versioned JSON document of ours.

    Args:
        kind: the record it holds.
        data: the document.
        name: of its file, for errors.
        newest: version of the format that is read.

    Raises:
        RunFileError: not JSON, not such a record, or of a newer format.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RunFileError(_("not valid JSON ({error}).").format(error=type(error).__name__), name) from error
    version = document.get("format") if isinstance(document, dict) else None
    if isinstance(version, int) and version > newest:
        message = _("written by a newer Comparia (format {version}, this one reads {known}).")
        raise RunFileError(message.format(version=version, known=newest), name)
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "-"
        raise RunFileError(_("{field}: {problem}.").format(field=place, problem=told(first)), name) from error
