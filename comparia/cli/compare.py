"""`comparia compare`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from comparia import comparing, ingest, library, reports
from comparia.backends.extractive import ALGORITHMS
from comparia.cli import laid_out
from comparia.cli.console import (
    Progress,
    console,
    ended,
    hiding_options,
    interrupted,
    json_option,
    outputs_option,
    recording_option,
    report_folder,
    retained,
    settings_for,
    show_plan,
    with_key_points,
    with_recording,
)
from comparia.cli.reading import Beside, reading_options
from comparia.cli.scoring_line import metrics_option, score_with_models
from comparia.config import generation_settings
from comparia.messages import gettext as _
from comparia.privacy import Hiding
from comparia.prompts import DEFAULT_SETS
from comparia.records import ZONES, Prompt, Transcript, Zone
from comparia.reports import terminal
from comparia.reports.notices import notice_text
from comparia.scoring import check_metrics


@click.command(
    "compare",
    help=laid_out(
        _(
            "Send one session to several backends; keep, score and show the recaps.\n\n"
            "Without --backend, three extractive algorithms run on this machine. `comparia models` lists the "
            "backends.\n\n"
            "  comparia compare session.vtt chat.txt\n"
            "  comparia compare session.vtt -p compte-rendu -b albert:openweight-medium -b ollama:mistral-small\n"
            "  comparia compare session.vtt -p my-prompt.md -b my-model@http://127.0.0.1:8000/v1 --repeats 3\n"
            "  comparia compare session.vtt --recording session.mp3\n"
            "  comparia compare session.vtt -p compte-rendu -b replay:last"
        )
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-b",
    "--backend",
    "backends",
    multiple=True,
    help=_("Backend, as PRESET:MODEL, MODEL@URL, or a name of comparia.toml. Repeatable."),
)
@click.option("-p", "--prompts", multiple=True, help=_("Prompt file, folder, or shipped set. Repeatable."))
@click.option(
    "--kind",
    help=_(
        "Kind of session, whose prompts, models, names and document are taken where you choose none: council, "
        "public-meeting, workshop, neighbourhood-council, public-inquiry, or one of yours."
    ),
)
@click.option(
    "-n",
    "--repeats",
    default=1,
    show_default=True,
    type=click.IntRange(1, 100),
    help=_("How many times each model answers each prompt."),
)
@click.option(
    "--temperature",
    type=click.FloatRange(0, 2),
    help=_("Temperature of every model [set in comparia.toml, or its own]."),
)
@click.option(
    "--top-p",
    type=click.FloatRange(0, 1, min_open=True),
    help=_("Share of probability that every model draws words from [set in comparia.toml, or its own]."),
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help=_("Seed of the first repeat, to which each further one adds 1 [set in comparia.toml, or none]."),
)
@click.option("--max-tokens", type=click.IntRange(1), help=_("Longest answer of every model, in tokens."))
@click.option("--reasoning-effort", help=_("How long every model thinks: low, medium, high, none…"))
@click.option("--policy", type=click.Choice(list(ZONES)), help=_("How far the text may travel [eu]."))
@click.option(
    "-r", "--reference", type=click.Path(path_type=Path), help=_("Key points (YAML) [the file beside the transcript].")
)
@click.option("--no-reference", is_flag=True, help=_("Use no key points, even if some lie beside the transcript."))
@click.option(
    "--recap",
    "recaps",
    multiple=True,
    type=click.Path(path_type=Path),
    help=_("A recap written by hand, scored beside the others. Repeatable."),
)
@recording_option
@metrics_option
@click.option("--no-score", is_flag=True, help=_("Do not score: comparia score does it later."))
@click.option(
    "--points/--no-points",
    default=None,
    help=_("Have the models list the key points where none are given [yes]."),
)
@click.option(
    "--judging/--no-judging",
    default=None,
    help=_("Have the models judge, where words cannot tell, recaps that they did not write [yes]."),
)
@click.option("--title", help=_("Title of the session."))
@click.option("--date", default="", help=_("Date of the session."))
@click.option(
    "--format", "format_", type=click.Choice(list(ingest.FORMATS)), help=_("Read the transcript as this format.")
)
@click.option("--encoding", help=_("Read the transcript in this encoding."))
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Main language [guessed]."))
@click.option("--stream/--no-stream", default=None, help=_("Ask for the answers piece by piece [on a terminal]."))
@click.option("--dry-run", is_flag=True, help=_("Show the plan and stop."))
@click.option("--preview", is_flag=True, help=_("Print the exact text each prompt would send, and stop."))
@reading_options
@hiding_options
@json_option
@outputs_option
def command(
    files: tuple[Path, ...],
    beside: Beside,
    backends: tuple[str, ...],
    prompts: tuple[str, ...],
    kind: str | None,
    repeats: int,
    temperature: float | None,
    top_p: float | None,
    seed: int | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    policy: Zone | None,
    reference: Path | None,
    no_reference: bool,
    recaps: tuple[Path, ...],
    recording: str | None,
    metrics: tuple[str, ...],
    no_score: bool,
    points: bool | None,
    judging: bool | None,
    title: str | None,
    date: str,
    format_: str | None,
    encoding: str | None,
    language: Literal["fr", "en"] | None,
    stream: bool | None,
    dry_run: bool,
    preview: bool,
    hiding: Hiding,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Read, plan, carry out, score, report."""
    check_metrics(metrics)
    settings = settings_for(outputs)
    retained(settings)
    how = {"format": format_, "encoding": encoding, "language": language, "title": title, "date": date}
    of_cycle = None
    if beside.cycle and reference is None and not no_reference:
        transcript, of_cycle = beside.read_cycle(files, recording=False, **how)
    else:
        transcript = beside.read(files, recording=False, **how)
    transcript = with_recording(transcript, files, recording, None if dry_run or preview else settings)
    for recap in recaps:
        comparing.read_recap(recap)
    transcript, key_points = with_key_points(
        transcript, files, reference, none=no_reference or (bool(beside.cycle) and reference is None), title=title
    )
    key_points = key_points or of_cycle
    generation = generation_settings(
        {
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
            "max_tokens": max_tokens,
            "reasoning_effort": reasoning_effort,
        }
    )
    chosen = None
    if kind is not None:
        chosen = library.session_kind(kind, transcript.language, settings=settings)
        backends, prompts = backends or chosen.models, prompts or chosen.prompts
        hiding = hiding._replace(mode=library.stricter(hiding.mode, chosen.names))
    names = backends or tuple(f"extractive:{name}" for name in ALGORITHMS)
    run = library.prepare(
        transcript,
        _prompts(prompts, names, transcript),
        names,
        reference=key_points,
        repeats=repeats,
        points=False if no_reference or no_score else points,
        judging=False if no_score else judging,
        policy=policy,
        hiding=hiding,
        generation=generation,
        settings=settings,
    )
    if preview:
        click.echo("\n\n".join(comparing.previewed(run)))
        return
    out = console(stderr=as_json)
    for notice in transcript.notices:
        out.print(f"⚠ {notice_text(notice)}", style="yellow", markup=False)
    if not dry_run:
        comparing.check_keys(run)
    show_plan(run, out)
    if dry_run:
        if as_json:
            click.echo(run.plan.model_dump_json(indent=1))
        return
    try:
        with Progress(out) as progress:
            run = library.carry_out(
                run,
                metrics=(),
                settings=settings,
                observer=progress,
                stream=out.is_terminal if stream is None else stream,
            )
        for recap in recaps:
            run = library.import_recap(run.id, recap, recap.stem, metrics=(), settings=settings)
        if not no_score:
            run = score_with_models(run.id, settings, metrics or None, quiet=as_json)
    except KeyboardInterrupt as error:
        raise interrupted(run.id, outputs) from error
    if chosen is not None:
        library.keep_document_choices(run.id, chosen.document, settings=settings)
    written = reports.write(run, report_folder(settings, run))
    if as_json:
        click.echo(reports.render(run, "json"), nl=False)
    else:
        terminal.show(run, out)
        out.print()
        for path in written:
            click.echo(path)
    ended(run, settings, outputs)


def _prompts(named: tuple[str, ...], backends: tuple[str, ...], transcript: Transcript) -> tuple[Prompt, ...]:
    if not named:
        if all(name.startswith("extractive") for name in backends):
            return ()
        named = (DEFAULT_SETS[transcript.language],)
    loaded = [prompt for name in named for prompt in library.load_prompt_set(name, language=transcript.language)]
    return tuple({prompt.id: prompt for prompt in loaded}.values())
