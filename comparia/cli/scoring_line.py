"""What verbs that score share: the option of the metrics, and the line that says how far scoring is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.live import Live
from rich.text import Text

from comparia import library
from comparia.cli.console import console
from comparia.config import Settings
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.metrics import METRICS
from comparia.records import Run
from comparia.reports.wording import left_sentence, metric_name
from comparia.reports.wording.labels import backend_label
from comparia.scoring import Asked

AFTER = 0.8
"""Seconds of scoring before the line is shown."""
EVERY = 10.0
"""Seconds between two lines where the error stream is not a terminal."""


def metrics_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that names metrics; the command receives `metrics`, a tuple of names, empty when none is named."""
    return click.option(
        "-m",
        "--metrics",
        multiple=True,
        callback=lambda _context, _parameter, values: tuple(
            name.strip() for value in values for name in value.split(",") if name.strip()
        ),
        metavar="NAME,...",
        help=_("Metrics, separated by commas; repeatable: {names}.").format(names=", ".join(METRICS)),
    )(command)


def score_with_models(
    run_id: str,
    settings: Settings,
    metrics: Sequence[str] | None = None,
    *,
    ask_again: bool = False,
    quiet: bool = False,
) -> Run:
    """Score a stored run as its plan says, with lines of progress unless `quiet`; return it scored.

    Args:
        run_id: the run.
        settings: where it is kept.
        metrics: names of metrics; all when None.
        ask_again: whether judges are asked again what they failed to answer.
        quiet: whether nothing is shown.
    """
    with ScoringLine(quiet=quiet) as line:
        run, left = library.check_recaps(
            run_id,
            metrics=metrics,
            ask_again=ask_again,
            settings=settings,
            on_list=line.tell_list,
            progress=line.tell_judging,
            on_metric=line,
        )
    for missing in left:
        click.echo(f"⚠ {left_sentence(missing.what)} {missing.error}", err=True)
    return run


class ScoringLine:
    """Says on the error stream what scoring does, where it takes longer than `AFTER`.

    It tells whom scoring asks, and which metric it computes.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._out = console(stderr=True)
        self._quiet = quiet
        self._text = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> ScoringLine:
        if not self._quiet:
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if not self._quiet:
            self._thread.join()

    def __call__(self, metric: str, done: int, total: int) -> None:
        """Told of a metric when it begins."""
        self._text = _("Scoring: {metric} ({n} of {total})").format(
            metric=metric_name(metric), n=number(done + 1), total=number(total)
        )

    def tell_list(self, model: str, done: int, total: int) -> None:
        """Told of a model, how many parts of the session it has listed, and how many there are."""
        self._text = _("{model} lists the key points: {n} of {total}").format(
            model=backend_label(model), n=number(done), total=number(total)
        )

    def tell_judging(self, asked: Asked) -> None:
        """Told of what a judge will be asked, then of each answer."""
        self._text = _("{model} judges where words cannot tell: {n} of {total}").format(
            model=asked.model, n=number(asked.done), total=number(asked.total)
        )

    def _show(self) -> None:
        """Show the text, from `AFTER` on, until scoring ends: live on a terminal, else a line now and then."""
        if self._ended.wait(AFTER):
            return
        if self._out.is_terminal:
            with Live(console=self._out, transient=True, get_renderable=lambda: Text(self._text)):
                self._ended.wait()
            return
        shown = ""
        while True:
            if self._text != shown:
                shown = self._text
                click.echo(shown, err=True)
            if self._ended.wait(EVERY):
                return
