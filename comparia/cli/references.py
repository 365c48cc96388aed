"""`comparia references`: key points, checked and shown."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import get_args

import click
from rich.table import Table

from comparia import library, references
from comparia.cli import laid_out
from comparia.cli.console import console, hiding_options, json_option, outputs_option, settings_for
from comparia.errors import InputError
from comparia.files import write_private
from comparia.messages import gettext as _
from comparia.messages import percent
from comparia.privacy import Hiding
from comparia.records import ZONES, PointKind, Reference, Run, Transcript, Zone
from comparia.reports.wording import kind_name, leading_sentence, reference_sentence
from comparia.text.controls import shown_text


@click.group(
    "references", help=_("Suggest, check, show and compare key points: who holds them, which are minority views.")
)
def command() -> None:
    """Key points of a session."""


@command.command(
    "suggest",
    help=laid_out(
        _(
            "Suggest key points for a person to correct, as YAML. Without a model, unless --backend names one; every "
            "quotation is found in the session, and who holds a point is counted from them.\n\n"
            "  comparia references suggest session.vtt chat.txt -f reference.yaml\n"
            "  comparia references suggest session.vtt --backend mistral:mistral-large-latest > reference.yaml\n"
            "  comparia references suggest --from-run last > reference.yaml"
        )
    ),
)
@click.argument("transcript", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-b",
    "--backend",
    "backends",
    multiple=True,
    metavar="NAME",
    help=_("A model to ask [none]. Repeatable: the lists of several models are united."),
)
@click.option("--from-run", metavar="RUN", help=_("Take the union of what the recaps of this run say."))
@click.option("--votes", type=click.Path(path_type=Path), help=_("Votes on the turns, by group of voters (JSON)."))
@click.option("--moderator", "moderators", multiple=True, help=_("Who leads and holds no view, repeatable [detected]."))
@click.option(
    "--limit", type=click.IntRange(1, 500), help=_("Most key points, without a model [by the length of the session].")
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.2,
    show_default=True,
    help=_("Highest share of the voices that makes a minority view."),
)
@click.option("--policy", type=click.Choice(ZONES), help=_("How far the text may travel [eu]."))
@click.option(
    "-f", "--file", type=click.Path(path_type=Path), help=_("File to write; never overwritten [standard output].")
)
@hiding_options
@outputs_option
def suggest(
    transcript: tuple[Path, ...],
    backends: tuple[str, ...],
    from_run: str | None,
    votes: Path | None,
    moderators: tuple[str, ...],
    limit: int | None,
    threshold: float,
    policy: Zone | None,
    hiding: Hiding,
    file: Path | None,
    outputs: Path | None,
) -> None:
    """Suggest and write."""
    settings = settings_for(outputs)
    if bool(transcript) == bool(from_run):
        raise click.UsageError(_("Give a transcript, or --from-run."))
    if from_run and (backends or votes or policy):
        raise click.UsageError(_("--from-run cannot be combined with --backend, --votes or --policy."))
    if votes and (backends or moderators):
        raise click.UsageError(_("--votes cannot be combined with --backend or --moderator."))
    if file is not None and file.exists():
        raise InputError(_("exists already: a reference is a person's work, and is not overwritten."), file)
    if file is not None and not file.parent.is_dir():
        raise InputError(_("no such folder."), file.parent)
    source = (
        library.read_run(from_run, settings=settings)
        if from_run
        else library.read_transcript(*transcript, recording=False)
    )
    reference, left_out = library.suggest_reference(
        source,
        backend=backends,
        votes=votes,
        moderators=moderators,
        limit=limit,
        threshold=threshold,
        policy=policy,
        hiding=hiding,
        settings=settings,
    )
    session = source.transcript if isinstance(source, Run) else source
    if not reference.key_points:
        raise InputError(_("nothing was found that could be a key point."), transcript[0] if transcript else "")
    text = references.to_yaml(reference, session)
    if file is None:
        click.echo(text, nl=False)
    else:
        write_private(file, text.encode(), fresh=True)
        click.echo(file)
    for line in (left_out, reference_sentence(reference), leading_sentence(reference, session)):
        if line:
            click.echo(line, err=True)


@command.command(
    "diff",
    help=laid_out(
        _(
            "Compare two files of key points of one session: what one holds and the other lacks, and what changed.\n\n"
            "  comparia references diff suggested.yaml reviewed.yaml session.vtt chat.txt"
        )
    ),
)
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.argument("transcript", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def diff(first: Path, second: Path, transcript: tuple[Path, ...], as_json: bool) -> None:
    """Load both and compare."""
    left, session = _loaded(first, transcript)
    right = library.load_reference(second, session)
    found = references.differences(left, right)
    if as_json:
        rows = [
            {
                "first": item.first.model_dump() if item.first else None,
                "second": item.second.model_dump() if item.second else None,
                "changed": item.changed,
            }
            for item in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    names = {
        "text": _("text"),
        "topic": _("topic"),
        "kind": _("kind"),
        "holders": _("who holds it"),
        "minority": _("minority"),
    }
    for item in found:
        if item.first and item.second:
            changes = ", ".join(names[name] for name in item.changed)
            click.echo(shown_text(f"~ {item.first.id} → {item.second.id} ({changes}) {item.second.text}"))
        elif item.first:
            click.echo(shown_text(f"- {item.first.id} {item.first.text}"))
        elif item.second:
            click.echo(shown_text(f"+ {item.second.id} {item.second.text}"))
    same = len(left.key_points) - sum(item.first is not None for item in found)
    gone = sum(item.second is None for item in found)
    new = sum(item.first is None for item in found)
    click.echo(
        _("{same} alike, {changed} changed, {gone} gone, {new} new.").format(
            same=same, changed=len(found) - gone - new, gone=gone, new=new
        )
    )


@command.command(
    "check",
    help=laid_out(
        _(
            "Check a file of key points against its session: every quote must have been said. Give the transcript as "
            "for `ingest`.\n\n"
            "  comparia references check reference.yaml session.vtt chat.txt"
        )
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("transcript", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(file: Path, transcript: tuple[Path, ...]) -> None:
    """Load, or fail with the line."""
    reference, _session = _loaded(file, transcript)
    click.echo(reference_sentence(reference))
    count = Counter(point.kind for point in reference.key_points)
    click.echo(" · ".join(f"{kind_name(kind)} {count[kind]}" for kind in get_args(PointKind) if count[kind]))


@command.command("show", help=_("Show key points with who holds them, fewest voices first."))
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("transcript", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def show(file: Path, transcript: tuple[Path, ...], as_json: bool) -> None:
    """Load and list."""
    reference, session = _loaded(file, transcript)
    points = sorted(reference.key_points, key=lambda point: (point.kind != "view", reference.prevalence(point)))
    if as_json:
        rows = [
            point.model_dump()
            | {"prevalence": reference.prevalence(point), "is_minority": reference.is_minority(point)}
            for point in points
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(expand=False)
    for heading in ("", _("Key point"), _("Held by"), _("Share of voices"), ""):
        table.add_column(heading, overflow="fold")
    for point in points:
        names = ", ".join(session.speaker_name(holder) for holder in point.holders)
        mark = _("minority") if reference.is_minority(point) else "" if point.kind == "view" else kind_name(point.kind)
        row = (point.id, point.text, names, percent(reference.prevalence(point)), mark)
        table.add_row(*(shown_text(cell).replace("[", "\\[") for cell in row))
    console().print(table)


def _loaded(file: Path, transcript: tuple[Path, ...]) -> tuple[Reference, Transcript]:
    session = library.read_transcript(*transcript, recording=False)
    return library.load_reference(file, session), session
