"""`comparia ingest`: what is understood of a transcript, before anything is sent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Literal

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, recording_option, with_recording
from comparia.cli.reading import Beside, reading_options
from comparia.ingest import FORMATS
from comparia.library.recordings import recording_beside
from comparia.messages import duration, labelled, ngettext, number, percent
from comparia.messages import gettext as _
from comparia.records import Transcript
from comparia.reports import transcripts
from comparia.reports.notices import notice_text, option
from comparia.reports.wording import recording_phrase
from comparia.text.controls import shown_text

MOST_SPEAKERS, MOST_NOTICES = 25, 20
"""What fits on one screen."""


@click.command(
    "ingest",
    help=laid_out(
        _(
            "Show what is understood of a transcript: people, turns, length, warnings. Nothing is sent or stored.\n\n"
            "Give the speech first, then its chat if there is one:\n\n"
            "  comparia ingest session.vtt\n"
            "  comparia ingest session.vtt chat.txt --json\n"
            "  comparia ingest session.docx --to vtt > session.vtt\n"
            "  comparia ingest session.vtt --recording session.mp3\n"
            "  comparia ingest session.vtt --speaker-map GT='Guillaume Tatu'"
        )
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help=_("Read it as this format, whatever it looks like."),
)
@click.option("--encoding", help=_("Read it in this encoding (utf-8, cp1252, utf-16...)."))
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Main language [guessed]."))
@click.option(
    "--speaker-map",
    "speakers",
    multiple=True,
    metavar="LABEL=NAME",
    help=_("Who a label stands for, repeatable; a label of which one doubted is then believed."),
)
@click.option("--title", help=_("Title of the session [the file's name]."))
@recording_option
@click.option(
    "--to", type=click.Choice(list(transcripts.FORMATS)), help=_("Write the transcript in this format instead.")
)
@reading_options
@json_option
def command(
    files: tuple[Path, ...],
    beside: Beside,
    format_: str | None,
    encoding: str | None,
    language: Literal["fr", "en"] | None,
    speakers: tuple[str, ...],
    title: str | None,
    recording: str | None,
    to: str | None,
    as_json: bool,
) -> None:
    """Read and show, or write."""
    named = dict(pair.partition("=")[::2] for pair in speakers)
    if not all(named.values()):
        raise click.UsageError(_("Write --speaker-map LABEL=NAME."))
    transcript = beside.read(
        files, format=format_, encoding=encoding, language=language, title=title, speakers=named, recording=False
    )
    transcript = with_recording(transcript, files, recording, None)
    if to:
        click.echo(library.write_transcript(transcript, to), nl=False)
        return
    if as_json:
        shown = transcript.model_dump(mode="json")
        for told, notice in zip(shown["notices"], transcript.notices, strict=True):
            told["message"] = notice_text(notice)
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    show(transcript)
    if recording is None and transcript.recording is None and (offered := recording_beside(files)) is not None:
        said = _("{name} lies beside it: with --recording auto, its words can be heard.").format(name=offered.name)
        console().print(shown_text(said), style="dim", markup=False)


def show(transcript: Transcript) -> None:
    """One screen: what was understood, and what was left out and why."""
    from rich.table import Table
    from rich.text import Text

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
    if transcript.recording:
        out.print(shown_text(labelled(_("Recording"), recording_phrase(transcript.recording))), markup=False)
    table = Table(expand=False)
    for heading in (_("Speaker"), _("Turns"), _("Words"), _("Share"), ""):
        table.add_column(heading, overflow="fold")
    ranked = sorted(transcript.speakers, key=lambda s: -s.words)
    for speaker in ranked[:MOST_SPEAKERS]:
        share = percent(speaker.words / max(1, transcript.words))
        kind = {"person": "", "anonymous": _("anonymous"), "machine": _("not a person")}[speaker.kind]
        table.add_row(Text(shown_text(speaker.name)), number(speaker.turns), number(speaker.words), share, kind)
    if transcript.speakers:
        out.print(table)
    rest = ranked[MOST_SPEAKERS:]
    if rest:
        said = ngettext("… and {n} more, {words} words", "… and {n} more, {words} words", len(rest))
        out.print(said.format(n=number(len(rest)), words=number(sum(speaker.words for speaker in rest))))
    for turn in [t for t in transcript.turns if t.channel != "system"][:3]:
        name = transcript.speaker_name(turn.speaker) or "–"
        said = " ".join(turn.text.split())
        line = f"  T{turn.number} {name}: {said[:140]}{'…' if len(said) > 140 else ''}"
        out.print(Text(shown_text(line), style="dim"))
    for reason, count in Counter(item.reason for item in transcript.ignored).items():
        out.print(_("Left out: {reason} ({n})").format(reason=_(reason), n=count), style="dim", markup=False)
    for notice in transcript.notices[:MOST_NOTICES]:
        place = f"{notice.file}:{notice.line}" if notice.line else notice.file
        told = f" {found}" if (found := option(notice)) else ""
        out.print(Text(shown_text(f"⚠ {place}: {notice_text(notice)}{told}"), style="yellow"))
    if len(transcript.notices) > MOST_NOTICES:
        out.print(f"⚠ … +{len(transcript.notices) - MOST_NOTICES}", style="yellow")
