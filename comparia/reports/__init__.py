"""Reports: Run → bytes, one file a format.

To add one, write a module with `MEDIA_TYPE`, `SUFFIX`, `DESCRIPTION` and `render(run) -> bytes`, and add it to `FORMATS`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import NamedTuple

from comparia.errors import StoreUnwritable, UnknownName
from comparia.files import private_folder, tighten, write_private
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.exchange import run_from_json

__all__ = ["FORMATS", "Format", "render", "run_from_json", "write"]


class Format(NamedTuple):
    """A report format."""

    module: str
    """Where it is written."""
    suffix: str
    """Suffix of its file."""
    media_type: str
    """Media type (RFC 6838)."""
    description: str
    """What it is for."""


FORMATS: dict[str, Format] = {
    "html": Format("html", "html", "text/html; charset=utf-8", "one self-contained page, opens from disk"),
    "markdown": Format("markdown", "md", "text/markdown; charset=utf-8", "everything as one Markdown text"),
    "text": Format("terminal", "txt", "text/plain; charset=utf-8", "what the terminal shows"),
    "docx": Format(
        "word",
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "minutes to edit and send out, in Word, with your own template if you have one",
    ),
    "odt": Format("opendocument", "odt", "application/vnd.oasis.opendocument.text", "the same minutes for LibreOffice"),
    "svg": Format("figure", "svg", "image/svg+xml", "a figure for a slide: verdicts on the points of view, by recap"),
    "csv": Format("table", "csv", "text/csv; charset=utf-8", "one line a score, for a spreadsheet or R"),
    "votes": Format(
        "votes", "jsonl", "application/jsonl", "blind votes, a line a voter and pair, shaped like comparia-fr-arena"
    ),
    "parquet": Format("votes_parquet", "parquet", "application/vnd.apache.parquet", "the same votes as Parquet"),
    "json": Format("exchange", "json", "application/json", "the whole run, to keep or to read elsewhere"),
}
"""Every report format."""


def render(run: Run, format: str, template: bytes | None = None) -> bytes:
    """A run in one format, for a word processor in the look of a template. Raises UnknownName."""
    if format not in FORMATS:
        raise UnknownName(_("report format"), format, FORMATS)
    module = importlib.import_module(f"comparia.reports.{FORMATS[format].module}")
    rendered: bytes = module.render(run, template) if template else module.render(run)
    return rendered


def write(run: Run, folder: Path) -> list[Path]:
    """Write `report.html` and one Markdown file a variant into `folder`.

    Returns:
        The files written, the report first.

    Raises:
        StoreUnwritable: the folder cannot be written.
    """
    from comparia.reports.markdown import variant_files

    try:
        private_folder(folder)
        tighten(folder)
        written = [folder / "report.html"]
        write_private(written[0], render(run, "html"))
        for name, content in variant_files(run).items():
            written.append(folder / name)
            write_private(written[-1], content)
    except OSError as error:
        message = _("{place} cannot be written ({error}).").format(place=folder, error=error.strerror)
        raise StoreUnwritable(
            message,
            _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS."),
            on_page=_("Ask whoever installed Comparia to make this folder writable."),
        ) from error
    return written
