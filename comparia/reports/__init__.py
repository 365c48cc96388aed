"""Reports: Run → bytes, one module a format.

To add one, write a module with `MEDIA_TYPE`, `SUFFIX`, `DESCRIPTION` and `write(run) -> bytes`, and name it in
`FORMATS`: the commands, the library and the menu of the page read that table.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, NamedTuple

from comparia.errors import StoreUnwritable, UnknownName
from comparia.files import private_folder, tighten, write_private
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.exchange import run_from_json

__all__ = ["FORMATS", "Format", "format_of", "render", "run_from_json", "write"]


class Format(NamedTuple):
    """A report format: what its module says of it. The module is imported when it is first asked for something."""

    module: str
    """Name of its module in this package."""

    @property
    def written_by(self) -> Any:
        """Its module."""
        return importlib.import_module(f"comparia.reports.{self.module}")

    @property
    def media_type(self) -> str:
        """Media type (RFC 6838)."""
        return str(self.written_by.MEDIA_TYPE)

    @property
    def suffix(self) -> str:
        """Suffix of its file, without a dot."""
        return str(self.written_by.SUFFIX)

    @property
    def description(self) -> str:
        """What it is for, in English."""
        return str(self.written_by.DESCRIPTION)

    @property
    def menu(self) -> str:
        """Its name in the menu of the page, in the reader's language; empty for a format that is not offered there."""
        name = str(getattr(self.written_by, "MENU", ""))
        return _(name) if name else ""

    @property
    def binary(self) -> bool:
        """Whether it is no text, and does not show in a terminal."""
        return not self.media_type.startswith("text/") and not self.media_type.endswith(("json", "jsonl", "xml"))

    @property
    def needs_votes(self) -> bool:
        """Whether it holds nothing where nobody voted."""
        return bool(getattr(self.written_by, "NEEDS_VOTES", False))

    @property
    def takes_template(self) -> bool:
        """Whether it can be written in the look of a document of one's own."""
        return bool(getattr(self.written_by, "TAKES_TEMPLATE", False))


FORMATS: dict[str, Format] = {
    "docx": Format("word"),
    "odt": Format("opendocument"),
    "html": Format("html"),
    "markdown": Format("markdown"),
    "svg": Format("figure"),
    "csv": Format("table"),
    "votes": Format("votes"),
    "parquet": Format("votes_parquet"),
    "json": Format("exchange"),
    "text": Format("terminal"),
}
"""Every report format, by name, in the order of the menu."""


def format_of(name: str) -> Format:
    """Return the format of this name. Raises UnknownName."""
    if name not in FORMATS:
        raise UnknownName(_("report format"), name, FORMATS)
    return FORMATS[name]


def render(run: Run, format: str, template: bytes | None = None) -> bytes:
    """Return a run in one format, in the look of a template where the format takes one. Raises UnknownName."""
    module = format_of(format).written_by
    content: bytes = module.write(run, template) if template else module.write(run)
    return content


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
