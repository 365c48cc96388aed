"""`comparia study`: many sessions, prompts, models, repeats and probes, from one file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.cli.study_analysis import show_analysis
from comparia.cli.study_check import check_document, show_check, show_what_is_kept
from comparia.cli.study_state import ProgressLine, end
from comparia.errors import Interrupted
from comparia.messages import N_, ngettext, number
from comparia.messages import gettext as _
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from comparia.library.study_archives import Verification

SHAPES = ("archive", "inspect", "evalap", "llm-comparator")
"""What a study is written as; the first for Comparia itself, in one file, the others in a folder."""

MOST_DIFFERENCES = 40
"""Differences of an archive that are shown."""


@click.group(
    "study",
    help=laid_out(
        _(
            "Compare models over many sessions: everything is written in one file before the first call, runs resume, "
            "and every figure has its interval over sessions.\n\n"
            "  comparia study check bias.study.toml\n"
            "  comparia study run bias.study.toml\n"
            "  comparia study score bias.study.toml\n"
            "  comparia study analyse bias.study.toml\n"
            "  comparia study tables bias.study.toml --to tables"
        )
    ),
)
def command() -> None:
    """Studies."""


def study_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The file of a study, and the options that every verb takes."""
    for option in (
        json_option,
        outputs_option,
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        verb = option(verb)
    return verb


EVERY = click.option(
    "--every",
    type=click.FloatRange(0.05, 3600),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help=_("Longest pause between two looks at batches."),
)


def _is_trusted() -> bool:
    from comparia.cli.console import TRUST

    return bool(click.get_current_context().find_root().meta.get(TRUST))


@command.command(
    "check", help=_("Read everything, count calls, tokens, cost and what differences could be seen; send nothing.")
)
@study_options
def check(file: Path, as_json: bool, outputs: Path | None) -> None:
    """Plan and show."""
    found = library.check_study(file, trusted=_is_trusted(), settings=settings_for(outputs))
    click.echo(check_document(found)) if as_json else show_check(found)


@command.command("run", help=_("Ask for the recaps that are missing; stop with code 3 while some are."))
@click.option("--batch", is_flag=True, help=_("Ask in batches, where a provider takes them: cheaper, within a day."))
@EVERY
@click.option("--no-wait", is_flag=True, help=_("Send batches and read those that are answered; wait for none."))
@study_options
def run(file: Path, batch: bool, every: float, no_wait: bool, as_json: bool, outputs: Path | None) -> None:
    """Carry out, or carry on."""
    settings = settings_for(outputs)
    found = library.check_study(file, trusted=_is_trusted(), settings=settings)
    if not as_json:
        show_check(found, batch=batch)
    if batch and found.terms:
        show_what_is_kept(found, every, stderr=as_json)
    try:
        with ProgressLine() as line:
            state = library.run_study(
                file, trusted=_is_trusted(), settings=settings, progress=line, batch=batch, every=every,
                stay=not no_wait, waits=line.wait,
            )  # fmt: skip
    except KeyboardInterrupt as error:
        if not (batch or line.waited):
            raise Interrupted(
                _("Interrupted: every recap that had come is kept."),
                _("Carry on: comparia study run {file}").format(file=file),
            ) from error
        raise Interrupted(
            _("Interrupted: every recap that had come is kept, and what is in a batch is not asked again."),
            _("Carry on: comparia study run {file}. Stop what is in a batch: comparia study cancel {study}").format(
                file=f"{file} --batch" if batch else file, study=file
            ),
        ) from error
    end(state, as_json=as_json)


@command.command(
    "cancel",
    help=_(
        "Have providers stop the batches that wait: what they have answered is kept, the rest is missing; "
        "nothing is asked. Stop with code 3 while one is not over."
    ),
)
@EVERY
@click.option("--no-wait", is_flag=True, help=_("Ask providers to stop; do not wait until they have."))
@study_options
def cancel(file: Path, every: float, no_wait: bool, as_json: bool, outputs: Path | None) -> None:
    """Cancel batches."""
    settings, trusted = settings_for(outputs), _is_trusted()
    try:
        with ProgressLine() as line:
            state = library.cancel_study(
                file, trusted=trusted, settings=settings, progress=line, every=every, stay=not no_wait, waits=line.wait
            )
    except KeyboardInterrupt as error:
        raise Interrupted(
            _("Interrupted: a batch that a provider was asked to stop stops there all the same."),
            _("See what is left of it: comparia study cancel {file}").format(file=file),
        ) from error
    end(state, as_json=as_json, missing=bool(state.batches), cancelled=True)


@command.command("status", help=_("Say what is there, what is missing and what failed."))
@study_options
def status(file: Path, as_json: bool, outputs: Path | None) -> None:
    """Count."""
    end(library.study_state(file, trusted=_is_trusted(), settings=settings_for(outputs)), as_json=as_json)


@command.command("score", help=_("Score the recaps that are there; no recap is asked for."))
@click.option("--again", is_flag=True, help=_("Score again what is scored already."))
@click.option("--workers", type=click.IntRange(1, 512), default=1, show_default=True, help=_("Processes that score."))
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help=_("Scheduler of a Dask cluster: tcp://host:8786; needs PostgreSQL."),
)
@study_options
def score(file: Path, again: bool, workers: int, cluster: str, as_json: bool, outputs: Path | None) -> None:
    """Score."""
    settings, trusted = settings_for(outputs), _is_trusted()
    with ProgressLine() as line:
        state = library.score_study(
            file, again=again, workers=workers, cluster=cluster, trusted=trusted, settings=settings, progress=line
        )
    end(state, as_json=as_json)


@command.command(
    "analyse", help=_("Say what the scores say: means, contrasts, ties, groups and probes, with their intervals.")
)
@click.option("--scoring", default="", help=_("Name of a further scoring [the first one]."))
@click.option("--to", type=click.Path(path_type=Path), help=_("Write a report there: a web page, figures, their data."))
@study_options
def analyse(file: Path, scoring: str, to: Path | None, as_json: bool, outputs: Path | None) -> None:
    """Analyse."""
    settings = settings_for(outputs)
    if to is not None:
        written = library.report_study(file, to, scoring=scoring, trusted=_is_trusted(), settings=settings)
        for path in written:
            click.echo(path)
        if not any(path.suffix == ".png" for path in written):
            click.echo(_('Figures are SVG. For PNG too: pip install "comparia[png]"'), err=True)
        return
    found = library.analyse_study(file, scoring=scoring, trusted=_is_trusted(), settings=settings)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=_plain))
        return
    show_analysis(found)


@command.command("methods", help=_("Print the methods of the study for a paper, as Markdown."))
@outputs_option
@click.argument("file", type=click.Path(path_type=Path))
def methods(file: Path, outputs: Path | None) -> None:
    """Tell what was done."""
    click.echo(library.study_methods(file, trusted=_is_trusted(), settings=settings_for(outputs)), nl=False)


@command.command(
    "export",
    help=_(
        "Write one archive: manifest, requests, raw answers, runs; with the study file. Or, in a folder, what another "
        "tool reads: logs of Inspect, a dataset and experiments for EvalAP, pairs of models for LLM Comparator."
    ),
)
@click.option("--to", type=click.Path(path_type=Path), required=True, help=_("The archive; never overwritten."))
@click.option(
    "--as",
    "shape",
    type=click.Choice(SHAPES),
    default=SHAPES[0],
    show_default=True,
    help=_("archive; or a folder for inspect, evalap or llm-comparator."),
)
@click.option("--scoring", default="", help=_("Name of a further scoring, for another tool [the first one]."))
@click.option("--pseudonyms", is_flag=True, help=_("Keep pseudonyms instead of names."))
@click.option("--with-names", is_flag=True, help=_("Write the names of people as they stand."))
@outputs_option
@click.argument("file", type=click.Path(path_type=Path))
def export(
    file: Path, to: Path, shape: str, scoring: str, pseudonyms: bool, with_names: bool, outputs: Path | None
) -> None:
    """Export."""
    if pseudonyms and with_names:
        raise click.UsageError(_("Choose one of --pseudonyms and --with-names."))
    settings, trusted = settings_for(outputs), _is_trusted()
    if shape == SHAPES[0]:
        if scoring:
            raise click.UsageError(_("--scoring goes with --as inspect, evalap or llm-comparator."))
        click.echo(
            library.export_study(
                file, to, pseudonyms=pseudonyms, with_names=with_names, trusted=trusted, settings=settings
            )
        )
        return
    done = library.export_study_as(
        file, shape, to, scoring=scoring, pseudonyms=pseudonyms, with_names=with_names, trusted=trusted,
        settings=settings,
    )  # fmt: skip
    for path in done.files:
        click.echo(path)
    for row in done.left_out:
        missing = ", ".join(row.experiments)
        click.echo(_("left out: {row}, without a recap of {missing}").format(row=row.row, missing=missing), err=True)


@command.command(
    "verify", help=_("Rebuild every request and score of an archive, and name every difference; nothing is sent.")
)
@click.argument("archive", type=click.Path(path_type=Path))
@json_option
def verify(archive: Path, as_json: bool) -> None:
    """Verify; end with code 1 on any difference."""
    found = library.verify_study(archive)
    if as_json:
        document = {**found._asdict(), "differences": [one._asdict() for one in found.differences]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _show_verification(found)
    if found.differences:
        click.get_current_context().exit(1)


NOTES = {
    "pseudonyms": N_("Names were replaced: requests and scores cannot be rebuilt."),
    "judged": N_("Scores that a judge gave are not computed again."),
    "other_version": N_("It was made by another version of Comparia: scores may differ."),
    "bytes_of_library": N_("Some requests were sent through a library that makes their bytes: they are not proven."),
}
"""What could not be verified, for people."""


def _show_verification(found: Verification) -> None:
    from rich.text import Text

    out = console()
    out.print(Text(shown_text(found.study), style="bold"))
    facts = [
        ngettext("{n} run", "{n} runs", found.runs).format(n=number(found.runs)),
        _("{n} requests rebuilt, {proven} proven by the hash of their bytes").format(
            n=number(found.requests), proven=number(found.proven)
        ),
        ngettext("{n} recap rebuilt from its answers", "{n} recaps rebuilt from their answers", found.recaps).format(
            n=number(found.recaps)
        ),
        ngettext("{n} score equal to the last digit", "{n} scores equal to the last digit", found.scores).format(
            n=number(found.scores)
        ),
    ]
    for fact in facts:
        out.print(f"  {fact}", markup=False)
    for note in found.notes:
        out.print(Text(_(NOTES[note]), style="yellow"))
    for one in found.differences[:MOST_DIFFERENCES]:
        out.print(Text(shown_text(f"✗ {one.where} ({one.what}): {one.expected[:60]} ≠ {one.found[:60]}"), style="red"))
    if len(found.differences) > MOST_DIFFERENCES:
        out.print(f"… +{len(found.differences) - MOST_DIFFERENCES}")
    if not found.differences:
        out.print(_("Everything is as the archive says."))


@command.command(
    "tables",
    help=_(
        "Write tidy tables: scores, pairs, groups, people, key points, calls and votes, with every column described."
    ),
)
@click.option(
    "--to", type=click.Path(path_type=Path), default="tables", show_default=True, help=_("Folder for the tables.")
)
@click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    default=("csv", "parquet"),
    show_default=True,
    help=_("csv, or parquet, which needs duckdb; repeatable."),
)
@click.option("--scoring", default="", help=_("Name of a further scoring [the first one]."))
@study_options
def tables(file: Path, to: Path, formats: tuple[str, ...], scoring: str, as_json: bool, outputs: Path | None) -> None:
    """Write."""
    runs = library.study_runs(file, scoring=scoring, trusted=_is_trusted(), settings=settings_for(outputs))
    written = library.write_tables(runs, to, formats)
    if as_json:
        click.echo(json.dumps([str(path) for path in written], ensure_ascii=False, indent=1))
        return
    for path in written:
        click.echo(str(path))


def _plain(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else str(value)
