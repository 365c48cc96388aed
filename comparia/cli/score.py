"""`comparia score`: score a stored run again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import Progress, TaskID

from comparia import library, reports
from comparia.cli import laid_out
from comparia.cli.console import (
    console,
    hiding_options,
    json_option,
    outputs_option,
    report_folder,
    settings_for,
    written_to,
)
from comparia.cli.scoring_line import ScoringLine, metrics_option
from comparia.errors import Interrupted
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.privacy import Hiding
from comparia.records import ZONES, Zone
from comparia.reports import terminal
from comparia.reports.view import View
from comparia.reports.wording import failed_judge_sentence
from comparia.scoring import Asked, Unanswered


@click.command(
    "score",
    help=laid_out(
        _(
            "Score a run again. By words alone no model is called. RUN is an id, the beginning of one, `last`, or an "
            "exchange file, which is scored without a database.\n\n"
            "  comparia score last --reference reference.yaml\n"
            "  comparia score last --reference strict.yaml --name strict\n"
            "  comparia score run.json --to scored.json\n"
            "  comparia score last --embeddings bge-m3@http://127.0.0.1:8080/v1\n"
            "  comparia score last --judge mistral:mistral-large-latest --dry-run\n"
            "  comparia score last --judge models --ask-again"
        )
    ),
)
@click.argument("run", default="last")
@click.option("-r", "--reference", type=click.Path(path_type=Path), help=_("Key points (YAML) [those of the run]."))
@click.option(
    "--name",
    default="",
    metavar="NAME",
    help=_("Name of this scoring: it stands beside the others [it takes the place of the one without a name]."),
)
@metrics_option
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
    help=_(
        "Ask this model what became of the points that words leave doubtful, never in its own recaps; `models`: those "
        "of the run, each for the recaps that it did not write."
    ),
)
@click.option(
    "--ask-again",
    is_flag=True,
    help=_("Ask judges again what they failed to answer at an earlier command [kept as failed, and not asked]."),
)
@click.option(
    "--policy", type=click.Choice(ZONES), help=_("How far recaps and key points may travel [that of the run].")
)
@hiding_options
@click.option("--dry-run", is_flag=True, help=_("Say what a model would be asked, and send nothing."))
@click.option("--to", type=click.Path(path_type=Path), help=_("Exchange file to write the scored run to."))
@json_option
@outputs_option
def command(
    run: str,
    reference: Path | None,
    name: str,
    metrics: tuple[str, ...],
    embedder: str,
    judge: str,
    ask_again: bool,
    policy: Zone | None,
    hiding: Hiding,
    dry_run: bool,
    to: Path | None,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Score and show."""
    settings = settings_for(outputs)
    embedder = "" if embedder == "lexical" else embedder
    if dry_run and not library.is_file(run):
        asked = library.to_be_asked(
            run,
            reference,
            name=name,
            embedder=embedder,
            judge=judge,
            ask_again=ask_again,
            policy=policy,
            hiding=hiding,
            settings=settings,
        )
        for one in asked:
            click.echo(asked_line(one), err=True)
        if not asked:
            click.echo(_("No model would be asked anything."), err=True)
        return
    unanswered: list[Unanswered] = []
    try:
        with Asking() as asking, ScoringLine(quiet=as_json or bool(embedder or judge)) as scoring_line:
            done = library.score(
                run,
                reference,
                metrics or None,
                name=name,
                embedder=embedder,
                judge=judge,
                ask_again=ask_again,
                policy=policy,
                hiding=hiding,
                settings=settings,
                progress=asking,
                on_metric=scoring_line,
                on_unanswered=unanswered.append,
            )
    except KeyboardInterrupt:
        cure = _("Give the same command again: only what is missing is asked.")
        raise Interrupted(_("Interrupted. Every answer that had arrived is kept."), cure) from None
    for judge_failed, failure, at, verdicts, earlier in unanswered:
        said = failed_judge_sentence(judge_failed, failure, at, verdicts, earlier=earlier)
        click.echo(f"⚠ {said} " + _("Add --ask-again to ask it again."), err=True)
    if as_json:
        click.echo(reports.render(done, "json"), nl=False)
        return
    out = console()
    view = View(done)
    out.print(terminal.scores_table(view))
    for line in terminal.pair_lines(view):
        out.print("  " + line, markup=False)
    if to is not None:
        written_to(to, reports.render(done, "json"))
    elif name:
        click.echo(
            _("Kept as {name}. Its report: comparia report {run} --scoring {name}").format(name=name, run=done.id)
        )
    elif not library.is_file(run):
        for path in reports.write(done, report_folder(settings, done))[:1]:
            click.echo(path)


def asked_line(asked: Asked) -> str:
    """Return whom a scoring asks, how many times, and what that takes, on one line."""
    line = _("{what}: {model} (zone {zone}), {n} answers, about {tokens} input tokens").format(
        what=_asking_name(asked.what),
        model=asked.model.rpartition("-")[0] if asked.what == "judge" else asked.model,  # without its hash
        zone=asked.zone,
        n=number(asked.total),
        tokens=number(asked.tokens),
    )
    if asked.cost:
        line += ", " + _("about {cost} US dollars").format(cost=number(asked.cost, 4 if asked.cost < 0.1 else 2))
    return line


def _asking_name(what: str) -> str:
    return {"judge": _("Asking the judge"), "embeddings": _("Embedding sentences")}.get(what, what)


class Asking:
    """What is about to be asked, on the error stream, then its bars; nothing is shown when nothing is asked."""

    def __init__(self) -> None:
        self._out = console(stderr=True)
        self._bars = Progress(console=self._out, transient=True)
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def __call__(self, asked: Asked) -> None:
        """Told of what will be asked of each model, then of each answer."""
        if asked.done == 0:
            self._out.print(asked_line(asked), markup=False, highlight=False)
        task = (asked.what, asked.model)
        if task not in self._tasks:
            self._bars.start()
            self._tasks[task] = self._bars.add_task(_asking_name(asked.what), total=asked.total)
        self._bars.update(self._tasks[task], completed=asked.done, total=asked.total)
