"""Reports: Run → bytes, one module a format.

To add one, write a module with `MEDIA_TYPE`, `SUFFIX`, `DESCRIPTION` and `write(run) -> bytes`, and name it in
`FORMATS`: the commands, the library and the menu of the page read that table. Another package adds such a module by an
entry point of the group `comparia.reports` (docs/extending.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from comparia.errors import CompariaError, StoreUnwritable, UnknownName
from comparia.files import private_folder, tighten, write_private
from comparia.messages import gettext as _
from comparia.plugins import Plugin, Table, require
from comparia.records import DocumentChoices, Run
from comparia.reports.exchange import run_from_json

__all__ = ["FORMATS", "Format", "format_of", "render", "run_from_json", "write"]


class Format(NamedTuple):
    """A report format: what its module says of it. The module is imported when it is first asked for something."""

    module: str
    """Name of its module in this package."""
    plugin: Plugin | None = None
    """The plug-in that brings its module; None for a module of this package."""

    @property
    def written_by(self) -> Any:
        """Its module."""
        if self.plugin is not None:
            return self.plugin.load()
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
    def is_document(self) -> bool:
        """Whether it is the document that is sent out, of which a person chooses what it holds."""
        return bool(getattr(self.written_by, "IS_DOCUMENT", False))

    @property
    def published(self) -> bool:
        """Whether it is made to be published: names are chosen where it is written, and are left out otherwise."""
        return bool(getattr(self.written_by, "PUBLISHED", False))

    @property
    def takes_template(self) -> bool:
        """Whether it can be written in the look of a document of one's own."""
        return bool(getattr(self.written_by, "TAKES_TEMPLATE", False))


_SHIPPED: dict[str, Format] = {
    "docx": Format("word"),
    "odt": Format("opendocument"),
    "html": Format("html"),
    "markdown": Format("markdown"),
    "svg": Format("figure"),
    "png": Format("figure_png"),
    "public": Format("public"),
    "poster": Format("poster"),
    "poster-png": Format("poster_png"),
    "csv": Format("table"),
    "parquet": Format("parquet"),
    "groups": Format("groups_table"),
    "votes": Format("votes"),
    "votes-parquet": Format("votes_parquet"),
    "json": Format("exchange"),
    "text": Format("terminal"),
}
"""The report formats that come with Comparia, by name, in the order of the menu."""


def _from_plugin(plugin: Plugin, module: Any) -> Format:
    require(plugin, module, "MEDIA_TYPE", "SUFFIX", "DESCRIPTION", "write")
    return Format(plugin.entry.module, plugin)


FORMATS: Table[Format] = Table("reports", _SHIPPED, _from_plugin)
"""Every report format, by name, in the order of the menu; those of plug-ins last."""


def format_of(name: str) -> Format:
    """Return the format of this name. Raises UnknownName."""
    if name not in FORMATS:
        raise UnknownName(_("report format"), name, FORMATS)
    return FORMATS[name]


def render(
    run: Run,
    format: str,
    template: bytes | None = None,
    choices: DocumentChoices | None = None,
    masked: int = 0,
    shown: Mapping[tuple[str, str], str] | None = None,
) -> bytes:
    """Return a run in one format. Raises UnknownName.

    Args:
        run: the run.
        format: name of the format.
        template: a document whose look it takes, where the format can.
        choices: what it holds, where the format is a document.
        masked: number of pieces of personal data that were masked in its recaps, for a document.
        shown: recaps as voters read them, by the ids of the vote and of the recap, for a format of votes.
    """
    form = format_of(format)
    module = form.written_by
    given: dict[str, Any] = {"template": template} if template else {}
    if choices is not None and form.is_document:
        given |= {"choices": choices, "masked": masked}
    if shown is not None and form.needs_votes and form.plugin is None:
        given |= {"shown": shown}
    try:
        content: bytes = module.write(run, **given)
    except CompariaError:
        raise
    except Exception as error:
        if form.plugin is None:
            raise
        raise form.plugin.failed(error) from error
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
