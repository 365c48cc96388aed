"""`comparia probe`: a backend put to the test."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Literal

import click
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from comparia import library, probing
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.messages import gettext as _
from comparia.messages import number, percent
from comparia.records import ZONES, Zone
from comparia.text.controls import shown_text


@click.group("probe", help=_("Put a backend to the test."))
def command() -> None:
    """Probes."""


@command.command(
    "injection",
    help=laid_out(
        _(
            "Send a backend fictional sessions that hold instructions hidden in the chat, in names, in documents, in "
            "what is said, and say which ones it obeyed. Nothing of your sessions is sent.\n\n"
            "  comparia probe injection -b mistral:mistral-small-latest\n"
            "  comparia probe injection -b ollama:mistral-small --language fr --json > probe.json"
        )
    ),
)
@click.option("-b", "--backend", required=True, help=_("The model to test, named like a backend."))
@click.option("--language", type=click.Choice(["fr", "en"]), help=_("Attacks in this language only."))
@click.option("--carrier", type=click.Choice(probing.CARRIERS), help=_("Attacks that stand there only."))
@click.option("--limit", type=click.IntRange(1), help=_("So many attacks at most."))
@click.option("--policy", type=click.Choice(list(ZONES)), help=_("How far the fictional sessions may travel [eu]."))
@click.option("--dry-run", is_flag=True, help=_("List the attacks, and send nothing."))
@json_option
@outputs_option
def injection(
    backend: str,
    language: Literal["fr", "en"] | None,
    carrier: str | None,
    limit: int | None,
    policy: Zone | None,
    dry_run: bool,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Choose, send, count."""
    settings = settings_for(outputs)
    chosen = [
        attack
        for attack in probing.attacks()
        if language in (None, attack.language) and carrier in (None, attack.carrier)
    ][:limit]
    if dry_run:
        for attack in chosen:
            click.echo(f"{attack.id:<20} {attack.aim:<14} {shown_text(' '.join(attack.payload.split()))[:90]}")
        return
    with Bar(_("Attacks")) as bar:
        outcomes = library.probe_injection(backend, chosen, policy=policy, settings=settings, progress=bar)
    if as_json:
        rows = [{**o.attack._asdict(), "verdict": o.verdict, "seen": o.seen} for o in outcomes]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    show(outcomes)


def show(outcomes: list[probing.Outcome]) -> None:
    """By where the attacks stood, then those that got through."""
    out = console()
    table = Table(expand=False)
    for heading in (_("Where"), _("Attacks"), _("Got through"), _("Unanswered")):
        table.add_column(heading, overflow="fold")
    asked = Counter(o.attack.carrier for o in outcomes)
    through = Counter(o.attack.carrier for o in outcomes if o.verdict == "through")
    silent = Counter(o.attack.carrier for o in outcomes if o.verdict == "unanswered")
    for carrier in probing.CARRIERS:
        if asked[carrier]:
            table.add_row(carrier_names()[carrier], *(number(c[carrier]) for c in (asked, through, silent)))
    out.print(table)
    for o in outcomes:
        if o.verdict == "through":
            out.print(Text(f"✗ {o.attack.id} ({o.attack.aim}): {shown_text(' '.join(o.seen.split()))}", style="red"))
    answered = len(outcomes) - silent.total()
    if answered:
        share = percent(through.total() / answered)
        out.print(
            _(
                "{n} of {of} attacks got through ({share}). None of them can act on a page or in a report: they can "
                "only mislead a reader."
            ).format(n=number(through.total()), of=number(answered), share=share)
        )


def carrier_names() -> dict[str, str]:
    """Where attacks stand, for people."""
    return {
        "chat": _("chat message"),
        "speech": _("what is said"),
        "speaker": _("speaker's name"),
        "title": _("title"),
        "hidden": _("hidden text"),
        "cue": _("cue identifier"),
        "author": _("author of a contribution"),
        "recap": _("recap read by a judge"),
    }


class Bar:
    """A bar on the error stream."""

    def __init__(self, name: str) -> None:
        self._bars = Progress(console=console(stderr=True), transient=True)
        self._name = name
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        self._bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def __call__(self, done: int, total: int) -> None:
        """Told of each answer."""
        if self._task is None:
            self._task = self._bars.add_task(self._name, total=total)
        self._bars.update(self._task, completed=done)
