"""The options that say what is read beside the files of a session: corrections, documents, people, other sessions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from comparia import library
from comparia.errors import InputError
from comparia.library.recordings import SIDECAR, SUFFIXES
from comparia.messages import gettext as _
from comparia.records import Reference, Transcript


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
        if not self.cycle:
            return library.read_transcript(*files, **self._with_it, **options)
        return library.join_sessions([session for _files, session in self.sessions(files, **options)], _title(options))

    def read_cycle(self, files: Sequence[Path], **options: Any) -> tuple[Transcript, Reference | None]:
        """Return the sessions of a cycle as one, as `read` does, and the key points that lie beside all of them.

        Where one session has none, why the others are left aside is said on the standard error.
        """
        given = self.sessions(files, **options)
        sessions = [session for _files, session in given]
        cycle = library.join_sessions(sessions, _title(options))
        found = [library.reference_beside(of_session, session)[0] for of_session, session in given]
        missing = [session.title for session, reference in zip(sessions, found, strict=True) if reference is None]
        if missing and len(missing) < len(sessions):
            said = _("Key points lie beside some sessions only: they are left aside. None beside: {sessions}")
            click.echo(said.format(sessions=", ".join(missing)), err=True)
        return cycle, library.join_references(found, sessions, cycle)

    def sessions(self, files: Sequence[Path], **options: Any) -> list[tuple[Sequence[Path], Transcript]]:
        """Return the sessions of a cycle, each with its files. Raises as `read`."""
        if self.corrections:
            raise InputError(
                _("a file of corrections is of one session."),
                str(self.corrections),
                cure=_("Keep it beside its session, as NAME.corrections.yaml."),
            )
        alone = {key: value for key, value in options.items() if key not in ("title", "date")}
        others = [(found := _files_of(place), library.read_transcript(*found, **alone)) for place in self.cycle]
        return [(files, library.read_transcript(*files, **self._with_it, **alone)), *others]

    @property
    def _with_it(self) -> dict[str, Any]:
        return {"corrections": self.corrections, "context": self.context, "people": self.people}


def _title(options: Mapping[str, Any]) -> str:
    return str(options.get("title") or "")


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
