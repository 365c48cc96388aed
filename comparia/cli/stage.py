"""`comparia stage`: the stage in the browser, on a run, on a session, or on a recording."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from comparia import library, web
from comparia.cli import laid_out
from comparia.cli.console import (
    Listening,
    Progress,
    console,
    listening_options,
    outputs_option,
    retained,
    settings_for,
    with_key_points,
)
from comparia.config import Settings
from comparia.errors import ConfigurationError
from comparia.messages import gettext as _
from comparia.records import Stage
from comparia.web.listening import listen


@click.command(
    "stage",
    help=laid_out(
        _(
            "Open the stage in the browser: a prompt edited and run before a room, version after version, beside what "
            "each one changed; blind votes, critiques, a checklist. WHAT is a run (its id, or `last`), or the files of "
            "a session, whose first version is then extracts made on this machine.\n\n"
            "  comparia stage last\n"
            "  comparia stage session.vtt chat.txt\n"
            "  comparia stage --library forum-hopital                recorded recaps of a session that ships\n"
            "  comparia stage --replay wednesday.comparia            without network, nothing is kept\n"
            "  comparia stage --replay wednesday.comparia --speed 4"
        )
    ),
)
@click.argument("what", nargs=-1, metavar="[WHAT]...")
@click.option(
    "--library", "sample", default="", metavar="NAME", help=_("A session that ships, played from its recorded recaps.")
)
@click.option("--replay", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=_("A recording to play."))
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help=_("How many times faster than they came answers are played; 0 for at once."),
)
@listening_options
@outputs_option
def command(
    what: tuple[str, ...],
    sample: str,
    replay: Path | None,
    speed: float,
    listening: Listening,
    outputs: Path | None,
) -> None:
    """Open a stage and serve it until interrupted."""
    if (bool(what), bool(sample), replay is not None).count(True) > 1:
        raise click.UsageError(_("Name a run or a session, or a recording, not both."))
    settings = settings_for(outputs)
    listen(listening.host, listening.port).close()  # said before anything is made
    with ExitStack() as folders:
        if replay is not None:
            folder = Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="comparia-stage-")))
            held = {"outputs": folder, "database_url": "", "replay_speed": speed, "policy": "local"}
            settings = settings.model_copy(update=held)
            stage = library.open_recording(replay, settings=settings)
        else:
            retained(settings)
            stage = _of_sample(sample, settings) if sample else _opened(what or ("last",), settings)
        web.serve(
            settings,
            say=lambda address: click.echo(address),
            path=f"stages/{stage.id}",
            **listening._asdict(),
        )


def _of_sample(name: str, settings: Settings) -> Stage:
    """The stage of the recorded recaps of a session that ships, whose comparison is made where there is none."""
    run_id = library.stored_demonstration(name, settings=settings)
    if not run_id:
        with Progress(console(stderr=True)) as progress:
            planned = library.demonstration("", session=name, settings=settings)
            run_id = library.carry_out(planned, settings=settings, observer=progress).id
    return library.sample_stage(run_id, settings=settings)[0]


def _opened(what: tuple[str, ...], settings: Settings) -> Stage:
    """A stage on a stored run, or on a session of which extracts are made first."""
    files = [Path(name) for name in what]
    if not any(file.exists() for file in files):
        if len(what) > 1:
            raise ConfigurationError(
                _("{name} is neither a file nor one run.").format(name=" ".join(what)),
                _("Name one run, or the files of one session."),
            )
        if what == ("last",) and not library.has_store(settings):
            raise ConfigurationError(
                _("There is no comparison here yet."),
                _("Name the files of a session: comparia stage session.vtt chat.txt"),
            )
        return library.open_stage(library.read_run(what[0], settings=settings), settings=settings)
    session, known = with_key_points(library.read_transcript(*files), files)
    reference = known or library.suggest_reference(session)[0]
    run = library.prepare(session, (), ["extractive"], reference=reference, settings=settings)
    with Progress(console(stderr=True)) as progress:
        run = library.carry_out(run, settings=settings, observer=progress)
    return library.open_stage(run, settings=settings)
