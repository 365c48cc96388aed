"""What verbs share on a terminal: options, the console, progress while a run is carried out."""

from __future__ import annotations

import functools
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import click

from comparia import library
from comparia.config import HidingMode, Settings, accept_folder_settings, load_settings
from comparia.errors import InputError, Interrupted, StoreUnwritable
from comparia.files import write_private
from comparia.messages import gettext, labelled, ngettext, number
from comparia.records import Cell, Plan, PlanLine, Reference, Run, Transcript
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from comparia.comparing import Event
    from comparia.store import Purged

_ = gettext


TRUST = "comparia.trust"
"""Where a command notes that `--trust` was given."""


def _trusted(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta[TRUST] = True


def trust_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that accepts the settings found in this folder."""
    return click.option(
        "--trust",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_trusted,
        help=_("Accept comparia.toml of this folder as your own, as it stands; it is remembered."),
    )(command)


def outputs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the database and the reports lie, and whether this folder's settings are accepted."""
    return click.option(
        "-o",
        "--outputs",
        type=click.Path(path_type=Path),
        help=_("Folder of the database and the reports [outputs here, or the user's data folder]."),
    )(trust_option(command))


def with_key_points(
    transcript: Transcript,
    files: Sequence[Path],
    named: Path | None = None,
    *,
    none: bool = False,
    title: str | None = None,
) -> tuple[Transcript, Reference | None]:
    """A session and its key points: those named, or those found beside its files when they are of this session.

    Their file gives the session its title and date, unless a title was given.
    """
    if none:
        return transcript, None
    if named is not None:
        reference: Reference | None = library.load_reference(named, transcript)
    else:
        reference, left_aside = library.reference_beside(files, transcript)
        if left_aside:
            click.echo(left_aside, err=True)
    if reference is None:
        return transcript, None
    from comparia import references

    found = named or references.beside(files[0])
    return (transcript if title or found is None else references.titled(found, transcript)), reference


def recording_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that gives the recording of a session; the command receives `recording`."""
    return click.option(
        "--recording",
        metavar="FILE",
        help=_(
            "Recording of the session, to be played from its words; it stays where it is. `auto` takes the one of the "
            "same name beside the transcript, `none` takes none [the one it was transcribed from]."
        ),
    )(command)


def with_recording(
    transcript: Transcript, files: Sequence[Path], named: str | None, settings: Settings | None
) -> Transcript:
    """A session with the recording that is named, or with the one it was transcribed from.

    Where that one is not there any more, it is said, and the session has none.

    Args:
        transcript: the session.
        files: it was read from.
        named: on the command line; None where nothing was.
        settings: where a link to the recording is made; None makes none.
    """
    from comparia.library.recordings import recording_named, recording_noted

    if transcript.parts and named is None:  # a cycle, of which each session may have one
        return transcript
    try:
        found = recording_noted(files) if named is None else recording_named(named, files)
    except InputError as error:
        if named is not None:
            raise
        click.echo(error, err=True)
        return transcript
    return transcript if found is None else library.attach_recording(transcript, found, settings)


class Listening(NamedTuple):
    """Where the application listens, and the rooms of voters that are opened from it."""

    host: str
    port: int
    room_host: str
    room_port: int | None
    browser: bool


def listening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the application listens; the command receives `listening`."""

    @functools.wraps(command)
    def with_listening(
        *, host: str, port: int, room_host: str, room_port: int | None, browser: bool, **options: Any
    ) -> Any:
        return command(listening=Listening(host, port, room_host, room_port, browser), **options)

    for option in (
        click.option("--browser/--no-browser", default=True, help=_("Open the browser.")),
        click.option(
            "--room-port",
            default=None,
            type=click.IntRange(0, 65535),
            help=_("Port of the room opened to phones; 0 for any free one [8421, or another where it is taken]."),
        ),
        click.option(
            "--room-host",
            default="0.0.0.0",  # noqa: S104 - opened on purpose, and leads to one ballot
            show_default=True,
            help=_("Address a room listens on, once it is opened from the page of a vote."),
        ),
        click.option(
            "--port",
            default=8420,
            show_default=True,
            type=click.IntRange(0, 65535),
            help=_("Port; 0 for any free one."),
        ),
        click.option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen on.")),
    ):
        with_listening = option(with_listening)
    return with_listening


def written_to(file: Path, content: bytes) -> None:
    """Write a file and print its name. Raises StoreUnwritable."""
    try:
        write_private(file, content)
    except OSError as error:
        raise StoreUnwritable(
            gettext("{place} cannot be written ({error}).").format(place=file, error=error.strerror)
        ) from error
    click.echo(file)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option for scripts."""
    return click.option("--json", "as_json", is_flag=True, help=_("Print JSON, for scripts."))(command)


def hiding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how names are hidden; the command receives `hiding`."""

    @functools.wraps(command)
    def with_hiding(
        *,
        pseudonyms: HidingMode | None,
        hide: tuple[str, ...],
        leave: tuple[str, ...],
        organisations: bool,
        neutral: bool,
        **options: Any,
    ) -> Any:
        from comparia import privacy

        settings = load_settings()
        options["hiding"] = privacy.Hiding(
            pseudonyms or settings.pseudonyms,
            hide,
            leave,
            organisations or settings.hide_organisations,
            neutral or settings.neutral_names,
        )
        return command(**options)

    for option in (
        click.option("--neutral", is_flag=True, help=_("Invented names tell no gender.")),
        click.option("--organisations", is_flag=True, help=_("Hide associations and companies too.")),
        click.option("--leave", multiple=True, metavar="NAME", help=_("A name to leave as it is. Repeatable.")),
        click.option("--hide", multiple=True, metavar="WORDS", help=_("Words to hide as well. Repeatable.")),
        click.option(
            "--pseudonyms",
            type=click.Choice(get_args(HidingMode)),
            help=_("When names are replaced before sending [auto: as soon as a model is not on this machine]."),
        ),
    ):
        with_hiding = option(with_hiding)
    return with_hiding


def settings_for(outputs: Path | None) -> Settings:
    """Settings, with the folder named on the command line winning.

    A settings file of the working folder is asked about once.
    """
    settings = load_settings()
    if settings.unaccepted:
        settings = _asked_about(settings)
    if outputs is None:
        return settings
    return settings.model_copy(update={"outputs": outputs, "database_url": ""})


def _asked_about(settings: Settings) -> Settings:
    """Ask whether `comparia.toml` of this folder counts as the user's own; without a terminal, say how to accept it."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().meta.get(TRUST):
        return accept_folder_settings()
    file = Path(settings.unaccepted)
    click.echo(
        gettext(
            "{file} is not accepted yet: until then it only makes things stricter, and its models get no key."
        ).format(file=shown_text(str(file))),
        err=True,
    )
    if sys.stdin.isatty() and sys.stderr.isatty():
        shown = file.read_bytes()
        for line in shown.decode("utf-8", "replace").splitlines():
            click.echo(f"    {shown_text(line)}", err=True)
        if click.confirm(gettext("Did you write it, or do you trust who did?"), default=False, err=True):
            return accept_folder_settings(shown)
    else:
        click.echo(gettext("To accept it as it stands, once: --trust."), err=True)
    return settings


def console(*, stderr: bool = False) -> Console:
    """A console; plain text when it is not a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 120)


def report_folder(settings: Settings, run: Run) -> Path:
    """Where the report of a run is written."""
    from comparia.reports.markdown import slug

    return settings.outputs / f"{run.id}-{slug(run.transcript.title)}"


def show_plan(run: Run, out: Console) -> None:
    """Show what will be asked, of whom, and what leaves the machine."""
    from rich.table import Table
    from rich.text import Text

    from comparia.reports.wording import plan_lines

    plan: Plan = run.plan
    table = Table(title=_("Plan"), title_justify="left", expand=False)
    for heading in (_("Backend"), _("Zone"), _("Variants"), _("Calls"), _("Input tokens")):
        table.add_column(heading, overflow="fold")
    for backend in run.backends:
        own = [cell for cell in plan.cells if cell.backend == backend.name]
        tokens = sum(cell.input_tokens for cell in own)
        calls = sum(cell.calls for cell in own)
        table.add_row(
            Text(backend.name), backend.zone, str(len(own)), number(calls), f"≈ {number(tokens)}" if tokens else "–"
        )
    out.print(table)
    if len(lines := library.planned_checks(run)) > 1:
        out.print(_questions_table(lines))
    for line in plan_lines(run):
        out.print(line, markup=False)
    if run.pseudonyms is not None:
        out.print(_("See the exact text: --preview. Pseudonyms protect, they do not anonymise."), style="dim")


def _questions_table(lines: Sequence[PlanLine]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from comparia.reports.wording import cost_phrase, places_of, question_name, tokens_phrase

    table = Table(expand=False)
    for heading in (_("Asked for"), _("Of whom"), _("Calls"), _("Tokens"), _("Cost")):
        table.add_column(heading, overflow="fold")
    for line in lines:
        cells = (question_name(line.what), places_of(line), number(line.calls), tokens_phrase(line), cost_phrase(line))
        table.add_row(*map(Text, cells))
    return table


class Progress:
    """Shows each variant while it is written: live on a terminal, one line a variant otherwise."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live: Live | None = None
        self._lines: dict[str, tuple[str, str, int]] = {}
        self._total = 0
        self._done = 0

    def __enter__(self) -> Progress:
        if self._out.is_terminal:
            from rich.live import Live

            self._live = Live(console=self._out, refresh_per_second=8, transient=True, get_renderable=self._table)
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)

    def __call__(self, event: Event) -> None:
        """Observe one event."""
        from rich.text import Text

        from comparia.reports.wording import failure_text

        key, name = event.cell.variant, _cell_name(event.cell)
        state, words = self._lines.get(key, ("", "", 0))[1:]
        if event.kind == "sent":
            state = _("asked")
        elif event.kind == "delta":
            state, words = _("writing"), words + len(event.text.split())
        elif event.kind == "restart":
            words = 0
        elif event.kind == "retry":
            state, words = _("asked again: {reason}").format(reason=shown_text(event.text)[:60]), 0
        elif event.variant is not None:
            self._done += 1
            failure = event.variant.failure
            words = event.variant.words
            state = "✗ " + shown_text(failure_text(failure))[:80] if failure else "✓"
            if self._live is None:
                detail = state if failure else ngettext("{n} word", "{n} words", words).format(n=number(words))
                self._out.print(Text(f"{'✗' if failure else '✓'} {key}  {name}  {detail}"))
        self._lines[key] = (name, state, words)

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, expand=False)
        for key, (name, state, words) in list(self._lines.items())[-30:]:
            table.add_row(Text(key), Text(name), Text(state), Text(number(words) if words else ""))
        return table


def retained(settings: Settings) -> None:
    """Apply the retention period of the settings, and say what went."""
    done = library.apply_retention(settings)
    if done is not None and (done.runs or done.sessions):
        said = ngettext(
            "Retention of {days} days: {n} run removed.", "Retention of {days} days: {n} runs removed.", len(done.runs)
        )
        click.echo(said.format(days=settings.retention_days, n=number(len(done.runs))), err=True)
        tell_what_is_left(done)


def tell_what_is_left(done: Purged) -> None:
    """Name the files that providers did not remove: nothing here knows of them any more."""
    from comparia.reports.wording import reason_text

    for one in done.at_servers:
        left = ", ".join((*one.files, *filter(None, (one.server_id,))))
        said = _("Not removed at {address}: {files} ({reason}). Remove it there by hand.").format(
            address=one.address, files=left, reason=reason_text(one.reason) if one.reason else "–"
        )
        click.echo(shown_text(said), err=True)


def resume_command(run_id: str, outputs: Path | None) -> str:
    """The command that carries a run on, as it must be typed here."""
    return f"comparia resume {run_id}" + (f" -o {shlex.quote(str(outputs))}" if outputs is not None else "")


def kept_in(settings: Settings) -> str:
    """Return where runs are kept, in a sentence; without the password of a database."""
    file = settings.database.removeprefix("sqlite:///")
    if file == settings.database:
        return labelled(_("Kept in"), re.sub(r"//[^/@]*@", "//", file))
    return labelled(_("Kept in"), str(Path(file).resolve()))


def interrupted(run_id: str, outputs: Path | None) -> Interrupted:
    """What Ctrl-C says."""
    cure = _("Carry on with: {command}").format(command=resume_command(run_id, outputs))
    return Interrupted(_("Interrupted. Every answer that had arrived is kept."), cure)


def ended(run: Run, settings: Settings, outputs: Path | None) -> None:
    """Say where a run is kept and what can be done if it lacks variants, and end.

    The exit code is 3, or 1 where the run has no variant.
    """
    click.echo(kept_in(settings), err=True)
    if run.status != "complete":
        command = resume_command(run.id, outputs)
        if run.status == "started":  # it was carried out, and goes on elsewhere
            click.echo(
                _("What is missing waits in a batch. To read it once it is answered: {command}").format(
                    command=command
                ),
                err=True,
            )
            raise click.exceptions.Exit(3)
        click.echo(
            _("Some variants are missing. Ask again for those only: {command}").format(command=command), err=True
        )
        raise click.exceptions.Exit(1 if run.status == "failed" else 3)


def _cell_name(cell: Cell) -> str:
    return cell.backend + (f" #{cell.repeat}" if cell.repeat > 1 else "")
