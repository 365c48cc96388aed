"""`comparia audit`: how far the verdicts of a run can be trusted."""

from __future__ import annotations

import json
from typing import Any

import click

from comparia import library
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, settings_for
from comparia.cli.scoring_line import ScoringLine
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.wording import audits
from comparia.scoring.audit import FIRST, Asked, Audit
from comparia.statistics.prediction_powered import FEWEST
from comparia.text.controls import shown_text


@click.command(
    "audit",
    help=laid_out(
        _(
            "Say how far the verdicts of a run can be trusted: words and judges against the verdicts that people "
            "settled, judges against themselves, and which cells to settle first. Verdicts are settled on the page of "
            "the run.\n\n"
            "  comparia audit last\n"
            "  comparia audit last --ask-own\n"
            "  comparia audit last --first 20 --json"
        )
    ),
)
@click.argument("run", default="last")
@click.option("--first", default=FIRST, show_default=True, type=click.IntRange(1, 1000), help=_("Cells to propose."))
@click.option(
    "--ask-own",
    is_flag=True,
    help=_("Ask each judge about its own recaps too, to see whether it prefers them; never scored."),
)
@json_option
@outputs_option
def command(run: str, first: int, ask_own: bool, as_json: bool, outputs: Any) -> None:
    """Audit and show."""
    with ScoringLine(quiet=as_json) as line:
        stored, found = library.audit(
            run, ask_own=ask_own, first=first, settings=settings_for(outputs), progress=line.tell_judging
        )
    settled, agreements = library.panel_findings(stored.id, settings=settings_for(outputs))
    if as_json:
        by_panels = {"settled": settled, "agreement": [agreement._asdict() for agreement in agreements]}
        click.echo(json.dumps({**_document(stored, found), "panels": by_panels}, ensure_ascii=False, indent=1))
        return
    out = console()
    people = audits.panel_sentences(settled, agreements)
    for text in [*_lines(stored, found), _("People among themselves"), *(f"  {sentence}" for sentence in people)]:
        out.print(shown_text(text), markup=False)


def _lines(run: Run, found: Audit) -> list[str]:
    """Return an audit as lines of text."""
    if not found.trust:
        return [_("There are no verdicts yet: this run has no key points, or is not finished.")]
    lines: list[str] = []
    for trust in found.trust:
        lines += [
            audits.tier_name(trust.tier, trust.model),
            f"  {audits.agreement_sentence(trust.settled, trust.same, trust.interval, trust.kappa)}",
            f"  {audits.estimate_sentence(trust.estimate, found.sampled, FEWEST)}",
        ]
        if direction := audits.direction_sentence(trust.kinder, trust.harsher):
            lines.insert(-1, f"  {direction}")
    if missing := audits.embeddings_sentence(found.embeddings):
        lines.append(missing)
    if (judges := found.judges) is not None:
        said = audits.judge_sentences(*judges[:-1])
        lines += [_("The judges"), *(f"  {sentence}" for sentence in said)]
    lines += [_("Settle these first: one look at them is worth most"), *_cells(run, found.first)]
    return [*lines, _("Then these, drawn at random, for the estimate"), *_cells(run, found.sample)]


def _cells(run: Run, cells: tuple[Asked, ...]) -> list[str]:
    return [f"  {audits.cell_sentence(run, cell.point, cell.variant, cell.verdict)}" for cell in cells] or ["  –"]


def _document(run: Run, found: Audit) -> dict[str, Any]:
    return {
        "run": run.id,
        "trust": [
            {**trust._asdict(), "estimate": trust.estimate._asdict() if trust.estimate else None}
            for trust in found.trust
        ],
        "embeddings": found.embeddings,
        "judges": found.judges._asdict() if found.judges else None,
        "sampled": found.sampled,
        "first": [cell._asdict() for cell in found.first],
        "sample": [cell._asdict() for cell in found.sample],
    }
