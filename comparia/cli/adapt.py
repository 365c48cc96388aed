"""`comparia adapt`: a recap in plain language, or translated, and what that lost."""

from __future__ import annotations

import json
from pathlib import Path

import click

from comparia import library
from comparia.adapting import LANGUAGES
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for, written_to
from comparia.messages import gettext as _
from comparia.messages import labelled
from comparia.records import Adaptation, AdaptationKind, Run
from comparia.reports import wording
from comparia.text.controls import shown_text

FORMATS = {".docx": "docx", ".odt": "odt", ".md": "markdown"}
"""Formats of the file that is written, by its suffix."""


@click.command(
    "adapt",
    help=laid_out(
        _(
            "Rewrite a recap in plain language, or translate it, with a model; then say which key points that lost. "
            "RUN is an id, the beginning of one, or `last`.\n\n"
            "  comparia adapt last --recap h1 --plain -b mistral:mistral-small-latest\n"
            "  comparia adapt last --recap v2 --into es -b my-model@http://127.0.0.1:8000/v1 --judge ollama:qwen3\n"
            "  comparia adapt last --recap h1 --plain -b ollama:mistral-small --to plain.docx\n\n"
            "Plain language is inspired by the rules of easy-to-read texts; it is not easy-to-read (FALC) before "
            "readers concerned say so. The judge is another model than the writer; without one, words alone tell, and "
            "of a translation nobody can."
        )
    ),
)
@click.argument("run", default="last")
@click.option("--recap", required=True, metavar="ID", help=_("The recap: `v1`, `h1`..."))
@click.option("--plain", is_flag=True, help=_("In plain language, in the language of the session."))
@click.option("--into", type=click.Choice(LANGUAGES), help=_("Language to translate into."))
@click.option("-b", "--backend", required=True, help=_("The model that writes."))
@click.option("--judge", default="", help=_("A model that says what is still there; `models` for those of the run."))
@click.option("--dry-run", is_flag=True, help=_("Say what would be asked, of whom and at what cost, and stop."))
@click.option("--to", type=click.Path(path_type=Path), help=_("File to write: .docx, .odt or .md."))
@json_option
@outputs_option
def command(
    run: str,
    recap: str,
    plain: bool,
    into: str | None,
    backend: str,
    judge: str,
    dry_run: bool,
    to: Path | None,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Write, check, show."""
    if plain == (into is not None):
        raise click.UsageError(_("Give --plain, or --into and a language."))
    if to is not None and to.suffix not in FORMATS:
        raise click.UsageError(_("Give a file that ends with {names}.").format(names=", ".join(FORMATS)))
    settings = settings_for(outputs)
    found = library.read_run(run, settings=settings)
    kind: AdaptationKind = "plain" if plain else "translation"
    language = into or found.transcript.language
    lines = library.plan_adaptation(found, recap, kind, language, backend, judge=judge, settings=settings)
    for line in lines if dry_run or not as_json else ():
        name = _("Writing") if line.what == "recaps" else _("Judging")
        said = f"{wording.places_of(line)} · {wording.tokens_phrase(line)} · {wording.cost_phrase(line)}"
        click.echo(shown_text(labelled(name, said)), err=not dry_run)
    if dry_run:
        return
    done = library.adapt_recap(found, recap, kind, language, backend, judge=judge, settings=settings)
    if as_json:
        click.echo(json.dumps(done.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        out = console()
        for text in _lines(found, done):
            out.print(shown_text(text), markup=False)
    if to is not None:
        written_to(to, library.adapted_document(found, done, FORMATS[to.suffix]))


def _lines(run: Run, done: Adaptation) -> list[str]:
    """Return an adaptation as lines of text: its words, then what became of the key points."""
    lines = [done.text, "", *wording.outcome_sentences(done)]
    texts = {point.id: point.text for point in run.reference.key_points} if run.reference is not None else {}
    outcome = done.outcome
    for name, points in ((_("lost"), outcome.lost), (_("said otherwise"), outcome.changed)):
        lines += [f"  {labelled(name, texts.get(point.key_point, point.key_point))}" for point in points]
    if warning := wording.other_language_sentence(done):
        lines.append(warning)
    if warning := wording.hidden_left_sentence(done.not_restored):
        lines.append(warning)
    return [*lines, wording.adaptation_limits(done.kind)]
