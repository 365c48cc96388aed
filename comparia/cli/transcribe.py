"""`comparia transcribe`: a recording sent to a speech-to-text server, and what is understood of its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from comparia import library
from comparia.cli import ingest, laid_out
from comparia.cli.console import json_option, outputs_option, settings_for, with_recording
from comparia.messages import gettext as _
from comparia.messages import labelled
from comparia.records import ZONES, Zone


@click.command(
    "transcribe",
    help=laid_out(
        _(
            "Send a recording to a speech-to-text server, keep its answer as it came, and show what is understood of "
            "it.\n\n"
            "The recording leaves this machine unless the server runs on it: the policy decides, the journal "
            "remembers.\n\n"
            "  comparia transcribe session.mp3 -b albert:openai/whisper-large-v3\n"
            "  comparia transcribe session.wav -b whisper-1@http://127.0.0.1:8000/v1"
        )
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-b", "--backend", required=True, help=_("The speech-to-text model, named like a backend."))
@click.option(
    "-f", "--file", "out", type=click.Path(path_type=Path), help=_("Where the answer is kept [beside the recording].")
)
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Language of the speech [heard by the model]."))
@click.option("--speakers", is_flag=True, help=_("Ask who speaks, of servers that can tell (Albert, Mistral)."))
@click.option("--policy", type=click.Choice(list(ZONES)), help=_("How far the recording may travel [eu]."))
@outputs_option
@json_option
def command(
    file: Path,
    backend: str,
    out: Path | None,
    language: Literal["fr", "en"] | None,
    speakers: bool,
    policy: Zone | None,
    outputs: Path | None,
    as_json: bool,
) -> None:
    """Send, keep, read and show."""
    settings = settings_for(outputs)
    kept = library.transcribe(
        file, backend, out=out, language=language or "", speakers=speakers, policy=policy, settings=settings
    )
    click.echo(labelled(_("Answer kept in"), str(kept)), err=as_json)
    transcript = with_recording(library.read_transcript(kept, language=language, recording=False), [kept], None, None)
    if as_json:
        click.echo(transcript.model_dump_json(indent=1))
        return
    ingest.show(transcript)
