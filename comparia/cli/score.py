"""`comparia score`: score a stored run again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import Progress, TaskID

from comparia import library, reports
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, report_folder, settings_for
from comparia.errors import Interrupted
from comparia.messages import gettext as _
from comparia.metrics import METRICS
from comparia.reports import terminal


@click.command(
    "score",
    help=laid_out(
        _(
            "Score a run again. By words alone no model is called; earlier scores are kept.\n\n"
            "  comparia score last --reference reference.yaml\n"
            "  comparia score last --embeddings bge-m3@http://127.0.0.1:8080/v1\n"
            "  comparia score last --judge mistral:mistral-large-latest"
        )
    ),
)
@click.argument("run", default="last")
@click.option("-r", "--reference", type=click.Path(path_type=Path), help=_("Key points (YAML) [those of the run]."))
@click.option("-m", "--metrics", multiple=True, help=_("Metric, repeatable: {names}.").format(names=", ".join(METRICS)))
@click.option(
    "--embeddings",
    "--matcher",
    "embedder",
    default="",
    metavar="NAME",
    help=_("Match by meaning too: an embedding model, named like a backend, or folder:PATH (ONNX)."),
)
@click.option(
    "--judge",
    default="",
    metavar="NAME",
    help=_("Ask this model about every key point, twice; never about its own recaps."),
)
@json_option
@outputs_option
def command(
    run: str,
    reference: Path | None,
    metrics: tuple[str, ...],
    embedder: str,
    judge: str,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Score and show."""
    settings = settings_for(outputs)
    try:
        with Asking() as asking:
            done = library.score(
                run,
                reference,
                metrics or None,
                embedder="" if embedder == "lexical" else embedder,
                judge=judge,
                settings=settings,
                progress=asking,
            )
    except KeyboardInterrupt:
        cure = _("Give the same command again: only what is missing is asked.")
        raise Interrupted(_("Interrupted. Every answer that had arrived is kept."), cure) from None
    if as_json:
        click.echo(reports.render(done, "json"), nl=False)
        return
    out = console()
    out.print(terminal.scores_table(done))
    for line in terminal.pair_lines(done):
        out.print("  " + line, markup=False)
    for path in reports.write(done, report_folder(settings, done))[:1]:
        click.echo(path)


class Asking:
    """The bars of what is being asked, on the error stream; nothing is shown when nothing is asked."""

    def __init__(self) -> None:
        self._bars = Progress(console=console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Asking:
        self._bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Told of one more answer."""
        names = {"judge": _("Asking the judge"), "embeddings": _("Embedding sentences")}
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(names.get(what, what), total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)
