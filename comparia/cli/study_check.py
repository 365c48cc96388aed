"""What `comparia study check` shows."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from comparia.cli.console import console
from comparia.messages import duration, ngettext, number, percent
from comparia.messages import gettext as _
from comparia.reports import wording
from comparia.reports.reasons import worded
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from comparia.library.study_plans import StudyCheck


def check_document(found: StudyCheck) -> str:
    """Return the plan of a study as JSON."""
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
        "unpriced": list(found.unpriced),
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


def show_check(found: StudyCheck, *, batch: bool = False) -> None:
    """Print the plan of a study: its runs, what they cost, where they go, and what differences could be seen."""
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
        _("about {cost} US dollars").format(cost=number(found.cost, 2))
        if found.cost is not None
        else _("cost unknown"),
    ]
    if found.cost is not None and found.unpriced:
        facts.append(_("without {models}, whose price is unknown").format(models=", ".join(found.unpriced)))
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


def show_what_is_kept(found: StudyCheck, every: float, *, stderr: bool) -> None:
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
