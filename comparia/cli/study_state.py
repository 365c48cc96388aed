"""What `comparia study` shows of how a study stands: the line of progress, the recaps, the batches."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from comparia.cli.console import console
from comparia.messages import N_, duration, ngettext, number, short_moment
from comparia.messages import gettext as _
from comparia.reports import wording
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from comparia.library.studies import StudyState
    from comparia.library.study_batches import Wait


MISSING = 3
"""Exit code while recaps are missing."""


class ProgressLine:
    """One line of progress on standard error, rewritten in place on a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = console(stderr=True).is_terminal
        self._last = ""
        self._at = 0.0
        self._done = ""
        self.waited = False
        """Whether batches were waited for."""

    def __enter__(self) -> ProgressLine:
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
        self.waited = True
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


def end(state: StudyState, *, as_json: bool, missing: bool | None = None, cancelled: bool = False) -> None:
    """Show how a study stands, and end the command.

    Args:
        state: how it stands.
        as_json: as JSON.
        missing: whether to end with the code of what is missing; whether recaps are, when None.
        cancelled: whether its batches were cancelled just now.
    """
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
            "files_left_because": [str(reason) for reason in state.refusals],
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
        _show_state(state, cancelled=cancelled)
    if state.done < state.planned if missing is None else missing:
        click.get_current_context().exit(MISSING)


def _show_state(state: StudyState, *, cancelled: bool) -> None:
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
            "{n} file could not be removed at the provider's; the next run tries again: {reason}",
            "{n} files could not be removed at the provider's; the next run tries again: {reason}",
            len(state.left),
        )
        reason = " · ".join(wording.reason_text(refusal) for refusal in state.refusals) or ", ".join(state.left)
        out.print(Text(shown_text(said.format(n=number(len(state.left)), reason=reason)), style="yellow"))
    if cancelled and not state.batches:
        out.print(_("No batch waits at a provider's."))
    if state.batches:
        _show_batches(state)
    elif state.done < state.planned:
        out.print(_("Ask for what is missing: comparia study run {file}").format(file=state.study.file), markup=False)
    elif not all(one.scored for one in state.runs):
        out.print(_("Next: comparia study score {file}").format(file=state.study.file), markup=False)
    elif state.done:
        out.print(_("Next: comparia study analyse {file}").format(file=state.study.file), markup=False)
    if state.changed:
        out.print(
            Text(_("The analysis is another than before the first call: it is no longer planned."), style="yellow")
        )


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
    if not all(batch.status == "cancelling" for batch in state.batches):
        out.print(_("Stop them: comparia study cancel {file}").format(file=state.study.file), markup=False)
