"""`comparia study`: many sessions, prompts, models, repeats and probes, from one file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.errors import Interrupted
from comparia.messages import N_, duration, ngettext, number, percent, short_moment
from comparia.messages import gettext as _
from comparia.reports import wording
from comparia.reports.reasons import worded
from comparia.reports.study_figures import OUTCOMES
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from rich.table import Table

    from comparia.library.studies import StudyCheck, StudyState
    from comparia.library.study_archives import Verification
    from comparia.library.study_batches import Wait
    from comparia.studies.analysis import Analysis, MetricAnalysis

MISSING = 3
"""Exit code while recaps are missing."""

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
    click.echo(_check_json(found)) if as_json else _show_check(found)


@command.command("run", help=_("Ask for the recaps that are missing; stop with code 3 while some are."))
@click.option("--batch", is_flag=True, help=_("Ask in batches, where a provider takes them: cheaper, within a day."))
@click.option(
    "--every",
    type=click.FloatRange(0.05, 3600),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help=_("Longest pause between two looks at batches."),
)
@click.option("--no-wait", is_flag=True, help=_("Send batches and read those that are answered; wait for none."))
@study_options
def run(file: Path, batch: bool, every: float, no_wait: bool, as_json: bool, outputs: Path | None) -> None:
    """Carry out, or carry on."""
    settings = settings_for(outputs)
    found = library.check_study(file, trusted=_is_trusted(), settings=settings)
    if not as_json:
        _show_check(found, batch=batch)
    if batch and found.terms:
        _show_what_is_kept(found, every, stderr=as_json)
    try:
        with _Line() as line:
            state = library.run_study(
                file, trusted=_is_trusted(), settings=settings, progress=line, batch=batch, every=every,
                stay=not no_wait, waits=line.wait,
            )  # fmt: skip
    except KeyboardInterrupt as error:
        again = f"{file} --batch" if batch else file
        raise Interrupted(
            _("Interrupted: every recap that had come is kept, and what is in a batch is not asked again.")
            if batch
            else _("Interrupted: every recap that had come is kept."),
            _("Carry on: comparia study run {file}").format(file=again),
        ) from error
    _end(state, as_json=as_json)


@command.command("status", help=_("Say what is there, what is missing and what failed."))
@study_options
def status(file: Path, as_json: bool, outputs: Path | None) -> None:
    """Count."""
    _end(library.study_state(file, trusted=_is_trusted(), settings=settings_for(outputs)), as_json=as_json)


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
    with _Line() as line:
        state = library.score_study(
            file, again=again, workers=workers, cluster=cluster, trusted=trusted, settings=settings, progress=line
        )
    _end(state, as_json=as_json)


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
    _show_analysis(found)


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


class _Line:
    """One line of progress on standard error, rewritten in place on a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = console(stderr=True).is_terminal
        self._last = ""
        self._at = 0.0
        self._done = ""

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._terminal and self._last:
            click.echo("", err=True)

    def __call__(self, place: str, done: int, total: int) -> None:
        """Show how far the study is."""
        self._done = _("{done} of {total}").format(done=number(done), total=number(total))
        text = self._done + (f" · {place}" if place else "")
        moment = time.monotonic()
        if text == self._last or (moment - self._at < (0.1 if self._terminal else 5) and done < total and self._last):
            return
        if self._terminal:
            click.echo("\r\x1b[K" + text, err=True, nl=False)
        else:
            click.echo(text, err=True)
        self._last, self._at = text, moment

    def wait(self, wait: Wait) -> None:
        """Show what batches are waited for: each second on a terminal, once a look elsewhere."""
        if not self._terminal and wait.seconds < wait.pause:
            return
        requests = sum(len(batch.items) for batch in wait.batches)
        facts = [
            self._done,
            ngettext("{n} batch", "{n} batches", len(wait.batches)).format(n=number(len(wait.batches))),
            ngettext("{n} request", "{n} requests", requests).format(n=number(requests)),
            _("{n} answered").format(n=number(sum(batch.answered for batch in wait.batches))),
            _("next look in {time}").format(time=duration(max(1, round(wait.seconds)))),
        ]
        text = " · ".join(facts + ([shown_text(wait.unreachable)] if wait.unreachable else []))
        if self._terminal:
            click.echo("\r\x1b[K" + text, err=True, nl=False)
        else:
            click.echo(text, err=True)
        self._last = text


def _check_json(found: StudyCheck) -> str:
    document = {
        "study": found.study.name,
        "digest": found.study.digest,
        "analysis": found.study.analysis.digest,
        "analysis_changed": found.changed,
        "recaps": found.recaps,
        "done": found.done,
        "calls": found.calls,
        "input_tokens": found.input_tokens,
        "cost": found.cost,
        "batch_cost": found.batch_cost if found.terms else None,
        "batches": [terms._asdict() for terms in found.terms],
        "minutes": found.minutes,
        "smallest_difference": asdict(found.smallest),
        "runs": [
            {
                "id": planned.run.id,
                "session": planned.design.session,
                "probe": planned.design.probe,
                "transcript": planned.run.transcript.id,
                "words": planned.run.transcript.words,
                "key_points": len(planned.design.reference.key_points),
                "recaps": len(planned.run.plan.cells),
                "input_tokens": planned.run.plan.input_tokens,
                "not_changed": len(planned.design.change.not_changed) if planned.design.change else 0,
            }
            for planned in found.runs
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _show_check(found: StudyCheck, *, batch: bool = False) -> None:
    from rich.table import Table
    from rich.text import Text

    out, study = console(), found.study
    out.print(Text(shown_text(study.name), style="bold"))
    if study.question:
        out.print(Text(shown_text(study.question)))
    table = Table(expand=False)
    for heading in (_("Session"), _("Probe"), _("Words"), _("Key points"), _("Recaps"), _("Input tokens")):
        table.add_column(heading, overflow="fold")
    for planned in found.runs:
        run, design = planned.run, planned.design
        table.add_row(
            Text(design.session), Text(design.probe or "–"), number(run.transcript.words),
            number(len(design.reference.key_points)), number(len(run.plan.cells)), number(run.plan.input_tokens),
        )  # fmt: skip
    out.print(table)
    facts = [
        ngettext("{n} recap", "{n} recaps", found.recaps).format(n=number(found.recaps)),
        ngettext("{n} call", "{n} calls", found.calls).format(n=number(found.calls)),
        _("about {n} input tokens").format(n=number(found.input_tokens)),
        _("about {cost} US dollars").format(cost=number(found.cost, 2)) if found.cost is not None
        else _("cost unknown"),
    ]  # fmt: skip
    if found.minutes:
        facts.append(_("at least {time}").format(time=duration(60 * found.minutes)))
    out.print(" · ".join(facts), markup=False)
    if found.terms:
        _show_terms(found, batch=batch)
    if found.done:
        out.print(_("{done} of {total} are there already.").format(done=number(found.done), total=number(found.recaps)))
    for model in study.models:
        generation = {k: v for k, v in model.generation.model_dump().items() if v not in (None, "", {})}
        told = ", ".join(f"{name} = {value}" for name, value in generation.items())
        out.print(Text(shown_text(f"  {model.id}: {model.backend}" + (f" ({told})" if told else "")), style="dim"))
    hosts = sorted({backend.base_url for planned in found.runs for backend in planned.run.backends if backend.base_url})
    for host in hosts:
        out.print(Text(shown_text(f"  → {host}"), style="dim"))
    out.print(Text(_smallest_sentence(found), style="bold"))
    unchanged = sum(len(p.design.change.not_changed) for p in found.runs if p.design.change)
    if unchanged:
        said = ngettext(
            "{n} place tells of what a probe changed, and no rule can change it: see --json.",
            "{n} places tell of what probes changed, and no rule can change them: see --json.",
            unchanged,
        )
        out.print(Text(said.format(n=number(unchanged)), style="yellow"))
    if found.changed:
        out.print(
            Text(_("The analysis is another than before the first call: it is no longer planned."), style="yellow")
        )


def _show_terms(found: StudyCheck, *, batch: bool) -> None:
    """Say what batches cost and take, and whose word that is."""
    from rich.text import Text

    out = console()
    cost, again = found.batch_cost, f"{found.study.file} --batch"
    price = _("about {cost} US dollars").format(cost=number(cost, 2)) if cost is not None else _("cost unknown")
    hours = max((terms.hours or 24 for terms in found.terms), default=24)
    said = (
        _("In batches: {price}, within {hours} h.")
        if batch
        else _("In batches ({command}): {price}, within {hours} h.")
    )
    text = said.format(price=price, hours=number(hours), command=f"comparia study run {again}")
    out.print(Text(shown_text(text)))
    for terms in found.terms:
        about = (
            _("{share} of the price, as {provider} said on {day}").format(
                share=percent(terms.price), provider=terms.label, day=terms.read_on
            )
            if terms.read_on
            else _("{share} of the price, as the settings say").format(share=percent(terms.price))
        )
        out.print(Text(shown_text(f"  {', '.join(terms.models)}: {about}"), style="dim"))


def _show_what_is_kept(found: StudyCheck, every: float, *, stderr: bool) -> None:
    """Say, before anything is sent, what lies at a provider's and how long, and how often it is looked at."""
    from rich.text import Text

    from comparia.library.study_batches import FIRST_LOOK

    out = console(stderr=stderr)
    for terms in found.terms:
        told = _(
            "The sessions lie as files at {address} until their answers are read; they are then removed. "
            "If this study is not carried on, they stay there {end}."
        )
        if not terms.read_on:
            end = _("as long as that server keeps them")
        elif terms.kept_days is None:
            end = _("until somebody removes them")
        else:
            end = ngettext("for {n} day", "for {n} days", terms.kept_days).format(n=number(terms.kept_days))
        said = [told.format(address=terms.address, end=end)]
        if terms.answers_hours is not None:
            hours = _("Answers can be read there for {hours} h: carry on in time.")
            said.append(hours.format(hours=number(terms.answers_hours)))
        out.print(Text(shown_text(" ".join(said)), style="yellow"))
    pace = (
        _("Batches are looked at after {first}, then less and less often, at least every {longest}.")
        if every > FIRST_LOOK
        else _("Batches are looked at every {longest}.")
    )
    out.print(Text(pace.format(first=duration(FIRST_LOOK), longest=duration(every)), style="dim"))


def _smallest_sentence(found: StudyCheck) -> str:
    smallest = found.smallest
    if smallest.difference is None:
        return worded(smallest.reason)
    return _("Smallest difference that this design finds four times in five: {difference} ({metric}).").format(
        difference=f"{smallest.difference:.3f}", metric=wording.metric_name(found.study.analysis.primary)
    )


def _end(state: StudyState, *, as_json: bool) -> None:
    if as_json:
        document = {
            "study": state.study.name,
            "planned": state.planned,
            "done": state.done,
            "failed": state.failed,
            "waiting": state.waiting,
            "batches": [
                {
                    "id": batch.id, "run": batch.run, "backend": batch.backend, "requests": len(batch.items),
                    "answered": batch.answered, "status": batch.status, "server_id": batch.server_id,
                    "made_at": batch.made_at.isoformat(),
                    "seen_at": batch.seen_at.isoformat() if batch.seen_at else None,
                }
                for batch in state.batches
            ],
            "files_left": list(state.left),
            "analysis_changed": state.changed,
            "runs": [
                {
                    "id": one.design.id, "session": one.design.session, "probe": one.design.probe,
                    "planned": one.planned, "done": one.done, "failed": one.failed, "scored": one.scored,
                }
                for one in state.runs
            ],
        }  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _show_state(state)
    if state.done < state.planned:
        click.get_current_context().exit(MISSING)


def _show_state(state: StudyState) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(expand=False)
    for heading in (_("Session"), _("Probe"), _("Recaps"), _("Failed"), _("Scored"), _("Run")):
        table.add_column(heading, overflow="fold")
    for one in state.runs:
        table.add_row(
            Text(one.design.session), Text(one.design.probe or "–"),
            _("{done} of {total}").format(done=number(one.done), total=number(one.planned)), number(one.failed),
            _("yes") if one.scored else _("no"), Text(one.design.id),
        )  # fmt: skip
    out.print(table)
    out.print(_("{done} of {total}").format(done=number(state.done), total=number(state.planned)), markup=False)
    if state.left:
        said = ngettext(
            "{n} file could not be removed at the provider's; the next run tries again.",
            "{n} files could not be removed at the provider's; the next run tries again.",
            len(state.left),
        )
        out.print(Text(said.format(n=number(len(state.left))), style="yellow"))
    if state.batches:
        _show_batches(state)
    elif state.done < state.planned:
        out.print(_("Ask for what is missing: comparia study run {file}").format(file=state.study.file), markup=False)
    elif not all(one.scored for one in state.runs):
        out.print(_("Next: comparia study score {file}").format(file=state.study.file), markup=False)
    if state.changed:
        out.print(
            Text(_("The analysis is another than before the first call: it is no longer planned."), style="yellow")
        )


STATUSES = {
    "": N_("not known to have arrived"),
    "validating": N_("waiting its turn"),
    "in_progress": N_("being answered"),
    "finalizing": N_("being finished"),
    "cancelling": N_("being cancelled"),
    "completed": N_("answered, not read yet"),
    "expired": N_("expired, not read yet"),
    "failed": N_("refused, not read yet"),
    "cancelled": N_("cancelled, not read yet"),
}
"""What a provider says of a batch, for people."""


def _show_batches(state: StudyState) -> None:
    from rich.text import Text

    out = console()
    facts = [
        ngettext("{n} batch", "{n} batches", len(state.batches)).format(n=number(len(state.batches))),
        ngettext("{n} request", "{n} requests", state.waiting).format(n=number(state.waiting)),
    ]
    out.print(_("Waited for: {what}").format(what=" · ".join(facts)), markup=False)
    sessions = {one.design.id: one.design for one in state.runs}
    for batch in state.batches:
        design = sessions[batch.run]
        status = _(STATUSES[batch.status]) if batch.status in STATUSES else batch.status
        seen = batch.seen_at or batch.made_at
        place = f"{design.session}/{design.probe}" if design.probe else design.session
        told = _("{session}, {backend}: sent on {made}; {status}, {answered} of {total}, as seen on {seen}").format(
            session=place, backend=batch.backend, made=short_moment(batch.made_at), status=status,
            answered=number(batch.answered), total=number(len(batch.items)), seen=short_moment(seen),
        )  # fmt: skip
        out.print(Text(shown_text(f"  {told}")))
    out.print(_("Read what is answered: comparia study run {file} --batch").format(file=state.study.file), markup=False)


def _show_analysis(found: Analysis) -> None:
    from rich.text import Text

    from comparia.studies.wording import taken_cells, taken_headings

    out = console()
    facts = [
        ngettext("{n} recap", "{n} recaps", found.recaps).format(n=number(found.recaps)),
        _("{n} missing").format(n=number(found.missing)),
    ]
    out.print(Text(" · ".join([found.study, *facts]), style="bold"))
    for metric in found.metrics:
        _show_metric(metric)
    for name, recipes in found.signatures.items():
        if len(recipes) > 1:
            said = _("{metric}: scores of {n} recipes were averaged: score the study again.")
            out.print(Text(said.format(metric=wording.metric_name(name), n=len(recipes)), style="yellow"))
    if found.probes:
        _show_probes(found)
    _show_corrected(found)
    table = _table_of(_("What the recaps took"), taken_headings())
    for taken in found.taken:
        table.add_row(Text(taken.model), *taken_cells(taken))
    out.print(table)


def _show_corrected(found: Analysis) -> None:
    from rich.text import Text

    from comparia.studies.wording import corrected_cells, corrected_headings, corrected_reasons

    out = console()
    for metric in dict.fromkeys(one.metric for one in found.corrected):
        title = _("{metric}, corrected by what people settled").format(metric=wording.metric_name(metric))
        table = _table_of(title, corrected_headings())
        for one in found.corrected:
            if one.metric == metric:
                table.add_row(Text(one.model), *corrected_cells(one))
        out.print(table)
    for reason in corrected_reasons(found.corrected):
        out.print(Text(reason, style="yellow"))


def _table_of(title: str, headings: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _show_metric(metric: MetricAnalysis) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    title = wording.metric_name(metric.metric)
    letters: dict[str, list[str]] = {}
    for tied in metric.ties:
        for member in tied.members:
            letters.setdefault(member, []).append(tied.letter)
    table = Table(title=title, title_justify="left", expand=False)
    for heading in (_("Model"), _("Mean"), _("Interval (95 %)"), _("Sessions"), _("Not told apart")):
        table.add_column(heading, overflow="fold")
    for mean in metric.means:
        estimate = mean.estimate
        table.add_row(
            Text(mean.model), _figure(estimate.value), _interval(estimate.low, estimate.high),
            number(estimate.sessions), " ".join(letters.get(mean.model, ())),
        )  # fmt: skip
    out.print(table)
    for reason in dict.fromkeys(mean.estimate.reason for mean in metric.means if mean.estimate.reason):
        out.print(Text(worded(reason), style="yellow"))
    for tied in metric.ties:
        if tied.equivalent:
            out.print(_("No meaningful difference: {models}").format(models=", ".join(tied.members)), markup=False)
    rows = Table(
        title=_("Planned contrasts") if metric.planned else _("Explored contrasts"), title_justify="left", expand=False
    )
    headings = (_("Contrast"), _("Difference"), _("Interval (95 %)"), "p", _("Outcome"), _("At equal length"))
    for heading in headings:
        rows.add_column(heading, overflow="fold")
    for one, equal in zip(metric.contrasts, metric.equal_length, strict=True):
        rows.add_row(
            Text(f"{one.first} − {one.second}"), _figure(one.difference), _interval(one.low, one.high),
            _p(one.p_adjusted), _(OUTCOMES[one.outcome]), _figure(equal.at_equal_length),
        )  # fmt: skip
    out.print(rows)


def _show_probes(found: Analysis) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=_("Probes"), title_justify="left", expand=False)
    headings = (_("Probe"), _("Figure"), _("Model"), _("Before"), _("After"), _("Difference"), _("Interval (95 %)"))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in found.probes:
        figure = {"retention": _("kept as held"), "position": _("place in the recap")}[one.figure]
        difference = one.difference
        table.add_row(
            Text(one.probe), figure, Text(one.model), _figure(one.original), _figure(one.changed),
            _figure(difference.value), _interval(difference.low, difference.high),
        )  # fmt: skip
    console().print(table)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
