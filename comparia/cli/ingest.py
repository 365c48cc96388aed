"""`comparia ingest`: what is understood of a transcript, before anything is sent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import click
from rich.table import Table
from rich.text import Text

from comparia import ingest as room
from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option
from comparia.messages import duration, ngettext, number, percent
from comparia.messages import gettext as _
from comparia.records import Transcript


@click.command(
    "ingest",
    help=laid_out(
        _(
            "Show what is understood of a transcript: people, turns, length, warnings. Nothing is sent or stored.\n\n"
            "Give the speech first, then its chat if there is one:\n\n"
            "  comparia ingest session.vtt\n"
            "  comparia ingest session.vtt chat.txt --json"
        )
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(room.FORMATS)),
    help=_("Read it as this format, whatever it looks like."),
)
@click.option("--encoding", help=_("Read it in this encoding (utf-8, cp1252, utf-16...)."))
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Main language [guessed]."))
@json_option
def command(
    files: tuple[Path, ...],
    format_: str | None,
    encoding: str | None,
    language: Literal["fr", "en"] | None,
    as_json: bool,
) -> None:
    """Read and show."""
    transcript = library.read_transcript(*files, format=format_, encoding=encoding, language=language)
    if as_json:
        click.echo(transcript.model_dump_json(indent=1))
        return
    _show(transcript)


def _show(transcript: Transcript) -> None:
    out = console()
    out.print(Text(transcript.title, style="bold"))
    facts = [
        f"{', '.join(transcript.formats)} ({', '.join(transcript.encodings)})",
        {"fr": _("French"), "en": _("English")}[transcript.language],
        ngettext("{n} word", "{n} words", transcript.words).format(n=number(transcript.words)),
        ngettext("{n} turn", "{n} turns", len(transcript.turns)).format(n=number(len(transcript.turns))),
    ]
    if transcript.seconds:
        facts.append(duration(transcript.seconds))
    out.print(" · ".join(facts), markup=False)
    table = Table(expand=False)
    for heading in (_("Speaker"), _("Turns"), _("Words"), _("Share"), ""):
        table.add_column(heading, overflow="fold")
    for speaker in sorted(transcript.speakers, key=lambda s: -s.words):
        share = percent(speaker.words / max(1, transcript.words))
        kind = {"person": "", "anonymous": _("anonymous"), "machine": _("not a person")}[speaker.kind]
        table.add_row(Text(speaker.name), number(speaker.turns), number(speaker.words), share, kind)
    if transcript.speakers:
        out.print(table)
    for turn in [t for t in transcript.turns if t.channel != "system"][:3]:
        name = transcript.speaker_name(turn.speaker) or "–"
        out.print(Text(f"  T{turn.number} {name}: {turn.text[:140]}{'…' if len(turn.text) > 140 else ''}", style="dim"))
    for reason, count in Counter(item.reason for item in transcript.ignored).items():
        out.print(_("Left out: {reason} ({n})").format(reason=reason, n=count), style="dim", markup=False)
    for notice in transcript.notices:
        place = f"{notice.file}:{notice.line}" if notice.line else notice.file
        out.print(Text(f"⚠ {place}: {notice.message}", style="yellow"))
