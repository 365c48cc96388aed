"""The options that say what is read beside the files of a session: corrections, documents, people, other sessions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from comparia import library
from comparia.errors import InputError
from comparia.library.recordings import SIDECAR, SUFFIXES
from comparia.messages import gettext as _
from comparia.records import Transcript


class Beside(NamedTuple):
    """What is read with the files of a session."""

    corrections: Path | Literal[False] | None
    """File of corrections; the one beside the session when None; none when False."""
    context: tuple[Path, ...]
    """Documents that nobody said."""
    people: Path | None
    """Table of people and their attributes; the one beside the session when None."""
    cycle: tuple[Path, ...]
    """Further sessions of the cycle: a file each, or a folder of its files."""

    def read(self, files: Sequence[Path], **options: Any) -> Transcript:
        """Return the session of these files, corrected, with what goes with it; the whole cycle where there is one.

        Args:
            files: of the first session.
            options: of `library.read_transcript`.

        Raises:
            InputError: a file that cannot be read, or sessions that make no cycle.
        """
        with_it: dict[str, Any] = {"corrections": self.corrections, "context": self.context, "people": self.people}
        if not self.cycle:
            return library.read_transcript(*files, **with_it, **options)
        if self.corrections:
            raise InputError(
                _("a file of corrections is of one session."),
                str(self.corrections),
                cure=_("Keep it beside its session, as NAME.corrections.yaml."),
            )
        alone = {key: value for key, value in options.items() if key not in ("title", "date")}
        first = library.read_transcript(*files, **with_it, **alone)
        others = [library.read_transcript(*_files_of(place), **alone) for place in self.cycle]
        return library.join_sessions([first, *others], options.get("title") or "")


def _files_of(place: Path) -> list[Path]:
    """Return the files of a session: one file, or those of a folder, the chat last."""
    if not place.is_dir():
        return [place]
    found = sorted(
        file for file in place.iterdir() if file.is_file() and file.suffix.lower() not in (".yaml", ".yml", ".md")
    )
    found = [file for file in found if not file.name.startswith(".") and ".people." not in file.name]
    found = [file for file in found if file.suffix.lower() not in (*SUFFIXES, SIDECAR)]
    if not found:
        raise InputError(_("this folder holds no file of a session."), place)
    return sorted(found, key=lambda file: "chat" in file.name.lower())


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what goes with the files of a session; the command receives `beside`."""

    @functools.wraps(command)
    def with_reading(
        *,
        corrections: Path | None,
        no_corrections: bool,
        context: tuple[Path, ...],
        people: Path | None,
        cycle: tuple[Path, ...],
        **options: Any,
    ) -> Any:
        given: Path | Literal[False] | None = False if no_corrections else corrections
        return command(beside=Beside(given, context, people, cycle), **options)

    path = click.Path(path_type=Path)
    for option in (
        click.option(
            "--next",
            "cycle",
            multiple=True,
            type=path,
            help=_("Another session of the same cycle, a file or a folder, compared as one with it. Repeatable."),
        ),
        click.option(
            "--people",
            type=path,
            help=_(
                "Table of people (name, age, district…), never sent to a model [NAME.people.csv beside the session]."
            ),
        ),
        click.option(
            "--context",
            multiple=True,
            type=path,
            help=_("Document that nobody said: agenda, slides, list of those present. Repeatable."),
        ),
        click.option("--no-corrections", is_flag=True, help=_("Read the session as it was before it was corrected.")),
        click.option(
            "--corrections", type=path, help=_("File of corrections [NAME.corrections.yaml beside the session].")
        ),
    ):
        with_reading = option(with_reading)
    return with_reading
