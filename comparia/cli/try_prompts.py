"""`comparia try`: prompts on one session, one version after another, again at each save."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click
from rich.console import Console
from rich.text import Text

from comparia import comparing, library, reports, trying
from comparia.cli import laid_out
from comparia.cli.console import (
    Progress,
    console,
    hiding_options,
    interrupted,
    json_option,
    outputs_option,
    report_folder,
    retained,
    settings_for,
    show_plan,
    with_key_points,
)
from comparia.config import Settings
from comparia.errors import CompariaError, ConfigurationError, Interrupted, with_cure
from comparia.messages import gettext as _
from comparia.messages import labelled, language, number
from comparia.privacy import Hiding
from comparia.prompts import load_typed
from comparia.prompts.checklist import advice, checklist
from comparia.records import Reference, Run, Transcript, Zone
from comparia.reports import wording
from comparia.reports.readings import MAIN
from comparia.reports.wording.labels import recap_label
from comparia.text.controls import shown_text

LOOK = 0.4
"""Seconds between two looks at the files that are watched."""
BEFORE_AGAIN = 5.0
"""Seconds before a version that was saved over is stopped again, where it goes on."""
LOOKS_BEFORE_GONE = 3
"""Looks in a row that do not find a file, or find it empty, before that is said."""


@click.command(
    "try",
    help=laid_out(
        _(
            "Try prompts on one session, in order: each file is a version, run on the same backends, and compared with "
            "the one before: the prompt's own changes, points gained and lost, scores, length; the recaps are shown, "
            "with the files that hold them. With --watch, it runs again at each save, until Ctrl-C; a version that is "
            "saved over while it is written is stopped.\n\n"
            "  comparia try v1.md v2.md --on session.vtt -b ollama:mistral-small\n"
            "  comparia try prompt.md --on session.vtt -b mistral:mistral-small-latest --watch\n"
            "  comparia try prompt.md --on session.vtt --checklist            no model is asked"
        )
    ),
)
@click.argument("prompts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--on",
    "session",
    multiple=True,
    type=click.Path(path_type=Path),
    help=_("The transcript, then its chat. Repeatable."),
)
@click.option("-b", "--backend", "backends", multiple=True, help=_("A model to ask. Repeatable."))
@click.option(
    "--reference", type=click.Path(path_type=Path), help=_("Key points (YAML) [the file beside the transcript].")
)
@click.option("--policy", type=click.Choice(["local", "fr", "eu", "world"]), help=_("How far the text may travel."))
@click.option("--watch", is_flag=True, help=_("Run again whenever a prompt is saved."))
@click.option(
    "--checklist", "only_checklist", is_flag=True, help=_("Go through the checklist of each prompt, and stop.")
)
@hiding_options
@json_option
@outputs_option
def command(
    prompts: tuple[Path, ...],
    session: tuple[Path, ...],
    backends: tuple[str, ...],
    reference: Path | None,
    policy: Zone | None,
    watch: bool,
    only_checklist: bool,
    hiding: Hiding,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Try each version, tell what it changed."""
    out = console(stderr=as_json)
    if only_checklist:
        _checked(prompts, out, as_json=as_json)
        return
    if not session:
        raise click.UsageError(_("Give the transcript to try them on: --on SESSION.vtt"))
    if not backends:
        raise ConfigurationError(
            _("No backend was named: extracts read no prompt."), _("For instance: -b ollama:mistral-small")
        )
    settings = settings_for(outputs)
    retained(settings)
    transcript, known = with_key_points(library.read_transcript(*session), session, reference)
    known = known or library.suggest_reference(transcript)[0]
    tried = _Tried(transcript, backends, known, policy, hiding, settings, out, as_json)
    try:
        with _Interrupts() as interrupts:
            for file in _saved(prompts, out, interrupts, watch=watch):
                try:
                    tried.run_version(file, interrupts, watch=watch)
                except CompariaError as error:
                    if not watch or isinstance(error, Interrupted):
                        raise
                    out.print(Text(f"comparia: {error}", style="red"))  # the next save may cure it
    except KeyboardInterrupt:
        if not watch:
            raise
    if tried.exit_code and not watch:
        raise click.exceptions.Exit(tried.exit_code)


class _Tried:
    """Versions run one after another, each told beside the one before."""

    def __init__(
        self,
        transcript: Transcript,
        backends: Sequence[str],
        reference: Reference,
        policy: Zone | None,
        hiding: Hiding,
        settings: Settings,
        out: Console,
        as_json: bool,
    ) -> None:
        self._transcript, self._backends, self._reference = transcript, backends, reference
        self._policy, self._hiding, self._settings = policy, hiding, settings
        self._out, self._as_json = out, as_json
        self._before: Run | None = None
        self.exit_code = 0
        """Exit code of what is missing: 1 for a version without any recap, 3 for one that lacks some."""

    def run_version(self, file: Path, interrupts: _Interrupts, *, watch: bool = False) -> None:
        """Run one file, and tell what it changed; where files are watched, stop once it is saved over."""
        saved = _stamp(file)
        prompt = load_typed(file, self._transcript.language)
        run = library.prepare(
            self._transcript,
            (prompt,),
            self._backends,
            reference=self._reference,
            policy=self._policy,
            hiding=self._hiding,
            settings=self._settings,
        )
        comparing.check_keys(run)
        if self._before is None:
            show_plan(run, self._out)
        over = _SavedOver(file, saved) if watch else None
        try:
            with interrupts.left_to_others(), Progress(self._out) as progress, over or nullcontext():
                run = library.carry_out(run, settings=self._settings, observer=progress, stream=self._out.is_terminal)
        except KeyboardInterrupt as error:
            if over is None or not over.seen:
                raise interrupted(run.id, self._settings.outputs) from error
        if over is not None and over.seen:
            said = _("{file} was saved again: this version is stopped, what had come of it is kept ({run}).")
            self._out.print(Text(said.format(file=file, run=run.id), style="yellow"))
            return
        if run.status != "complete":
            self.exit_code = 1 if run.status == "failed" or self.exit_code == 1 else 3
        if self._as_json:
            click.echo(json.dumps(_told(self._before, run, file), ensure_ascii=False))
        else:
            _show(self._before, run, file, self._out)
            _show_recaps(run, reports.write(run, report_folder(self._settings, run)), self._out)
        self._before = run


class _Interrupts:
    """Ctrl-C while files are watched.

    An interruption that Python drops, in a callback of its garbage collector, is remembered.
    """

    def __init__(self) -> None:
        self.seen = False
        self._before: Any = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> _Interrupts:
        signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        self.seen = True
        raise KeyboardInterrupt

    @contextmanager
    def left_to_others(self) -> Iterator[None]:
        """While answers are awaited: what awaits them has its own way to be interrupted."""
        signal.signal(signal.SIGINT, self._before)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, self._interrupted)


def _saved(prompts: Sequence[Path], out: Console, interrupts: _Interrupts, *, watch: bool) -> Iterator[Path]:
    """Each file once, in order; then, when they are watched, each as it is saved."""
    seen: dict[Path, _Stamp] = {}
    for file in prompts:
        seen[file] = _stamp(file)
        yield file
    if not watch:
        return
    missed: dict[Path, int] = {}
    out.print(_("Watching; save a prompt to run it again, Ctrl-C to stop."), style="dim")
    while not interrupts.seen:
        time.sleep(LOOK)
        for file in prompts:
            stamp = _stamp(file)
            if stamp == seen[file]:
                missed.pop(file, None)
            elif isinstance(stamp, tuple):
                seen[file] = stamp
                missed.pop(file, None)
                yield file
            else:  # an editor that replaces a file takes it away for a moment
                missed[file] = missed.get(file, 0) + 1
                if missed[file] == LOOKS_BEFORE_GONE:
                    said = _("{file} is not there any more.") if stamp == "gone" else _("{file} is empty.")
                    out.print(Text(f"comparia: {said.format(file=file)}", style="yellow"))


_Stamp = tuple[int, int] | Literal["gone", "empty"]


def _stamp(file: Path) -> _Stamp:
    """Return what changes when a file is saved; or that it is not there, or holds nothing."""
    try:
        found = file.stat()
    except OSError:
        return "gone"
    return (found.st_mtime_ns, found.st_size) if found.st_size else "empty"


class _SavedOver:
    """Interrupts the main thread when a file is saved over, within the block.

    Args:
        file: the file.
        before: its stamp when it was read.
    """

    def __init__(self, file: Path, before: _Stamp) -> None:
        self.seen = False
        """Whether it was saved over."""
        self._file, self._before = file, before
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> _SavedOver:
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(LOOK):
            stamp = _stamp(self._file)
            if stamp == self._before or not isinstance(stamp, tuple):
                continue
            while not self._ended.is_set():
                with self._lock:
                    if not self._ended.is_set():
                        self.seen = True
                        _interrupt_main()
                self._ended.wait(BEFORE_AGAIN)  # an interruption that Python drops, in a destructor, is sent again
            return


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or os.getpid(), signal.SIGINT)
    else:  # Windows
        signal.raise_signal(signal.SIGINT)


def _checked(prompts: Sequence[Path], out: Console, *, as_json: bool) -> None:
    for file in prompts:
        prompt = load_typed(file, language())
        checks = checklist(prompt)
        if as_json:
            found = {"file": str(file), "prompt": prompt.name, "checks": [check._asdict() for check in checks]}
            click.echo(json.dumps(found, ensure_ascii=False))
            continue
        out.print(Text(f"{file}: {prompt.name}", style="bold"))
        for check in checks:
            mark, style = ("✓", "green") if check.good else ("○", "yellow")
            out.print(Text(f"  {mark} {check.message}", style=style))


def _show(before: Run | None, run: Run, file: Path, out: Console) -> None:
    prompt = trying.prompt_of(run)
    out.print()
    out.print(Text(f"{file} – {prompt.name if prompt else ''} ({run.id})", style="bold"))
    for variant in run.variants:
        if variant.failure:
            said = with_cure(wording.failure_text(variant.failure), wording.reason_text(variant.failure.cure))
            out.print(Text(f"  ✗ {recap_label(run, variant)}: {said}", style="red"))
    for line in advice(checklist(prompt)) if prompt else ():
        out.print(Text(f"  ○ {line}", style="yellow"))
    if before is None:
        for variant in wording.shown(run):
            found = [
                labelled(wording.metric_name(score.metric), wording.value_text(score))
                for score in run.scores
                if score.variants == (variant.id,) and score.metric in MAIN
            ]
            out.print(Text("  " + " · ".join([recap_label(run, variant), wording.words_phrase(variant.words), *found])))
        return
    out.print(_diff(before, run))
    for change in trying.changes(before, run):
        out.print(Text(f"  {change.backend}", style="bold"))
        if change.before is None or change.after is None:
            out.print(Text("    " + _("Only one of the two versions has a recap of this model."), style="dim"))
            continue
        out.print(Text("    " + labelled(_("Words"), f"{number(change.before.words)} → {number(change.after.words)}")))
        for figure in change.figures:
            if figure.comparable and figure.before and figure.after:
                moved = f"{wording.value_text(figure.before)} → {wording.value_text(figure.after)}"
                out.print(Text("    " + labelled(wording.metric_name(figure.metric), moved)))
        for mark, style, moves in (("+", "green", change.gained), ("−", "red", change.lost)):
            for move in moves:
                few = " [" + _("minority view") + "]" if move.minority else ""
                verdicts = f"{wording.verdict_name(move.before)} → {wording.verdict_name(move.after)}"
                out.print(Text(f"    {mark} {move.point.text}{few} ({verdicts})", style=style))
        if not change.gained and not change.lost:
            out.print(Text("    " + _("No key point is kept otherwise than before.")))
    out.print(Text("  " + _("A model does not answer twice alike: part of this is chance."), style="dim"))


def _show_recaps(run: Run, files: Sequence[Path], out: Console) -> None:
    """Show the recaps of a version, and the files that hold them."""
    for variant in wording.shown(run):
        out.print(Text(f"  ── {recap_label(run, variant)}", style="bold"))
        for line in shown_text(variant.summary or "").splitlines():
            out.print(Text(f"  {line}"))
    for file in files:
        out.print(Text(f"  {file}", style="dim"), soft_wrap=True)


def _diff(before: Run, run: Run) -> Text:
    styles = {"added": "green underline", "removed": "red strike", "same": "dim"}
    marks = {"added": ("{+", "+}"), "removed": ("[-", "-]"), "same": ("", "")}
    text = Text("  ")
    for piece in trying.shortened(trying.prompt_changes(trying.prompt_of(before), trying.prompt_of(run))):
        opening, closing = marks[piece.kind]
        text.append(f"{opening}{piece.text}{closing}", style=styles[piece.kind])
    return text


def _told(before: Run | None, run: Run, file: Path) -> dict[str, Any]:
    """One line of JSON a version."""

    def moved(moves: Sequence[trying.Moved]) -> list[dict[str, Any]]:
        return [
            {"point": m.point.id, "text": m.point.text, "minority": m.minority, "before": m.before, "after": m.after}
            for m in moves
        ]

    scores = [
        {
            "variant": s.variants[0],
            "metric": s.metric,
            "value": s.value,
            "counts": dict(s.counts),
            "measures": dict(s.measures),
            "signature": s.signature,
        }
        for s in run.scores
        if len(s.variants) == 1
    ]
    found = trying.changes(before, run) if before else []
    prompt = trying.prompt_of(run)
    return {
        "file": str(file),
        "run": run.id,
        "before": before.id if before else None,
        "status": run.status,
        "failures": {v.id: f"{v.failure.kind}: {wording.failure_text(v.failure)}" for v in run.variants if v.failure},
        "advice": advice(checklist(prompt)) if prompt else [],
        "words": {v.id: v.words for v in wording.shown(run)},
        "recaps": {v.id: v.summary for v in wording.shown(run)},
        "scores": scores,
        "changes": [
            {
                "backend": change.backend,
                "words": [v.words if v else None for v in (change.before, change.after)],
                "gained": moved(change.gained),
                "lost": moved(change.lost),
            }
            for change in found
        ],
    }
