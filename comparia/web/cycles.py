"""The sessions of a cycle, chosen in the browser and compared as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library, references
from comparia.errors import InputError
from comparia.messages import gettext as _
from comparia.messages import moment
from comparia.records import Draft, Reference, Transcript
from comparia.web import draft_session, drafts
from comparia.web.pages import page, settings_of, text_of, texts_of

MOST_SESSIONS = 200
"""Sessions that are offered, and most of one cycle."""


@dataclass(frozen=True)
class OfferedSession:
    """A session that can be one of a cycle."""

    name: str
    """`session:` or `run:`, and its id."""
    title: str
    """Its title."""
    told: str
    """Its date, or when it was compared."""


@dataclass(frozen=True)
class CyclesPage:
    """Everything the page of a cycle to be made shows."""

    sessions: Sequence[OfferedSession]
    """Sessions that can be chosen, the oldest first: that is their order."""


def show(request: Request) -> Response:
    """Show the sessions that can be compared as one."""
    settings = settings_of(request)
    offered: list[OfferedSession] = []
    if library.has_store(settings):
        with library.open_store(settings) as store:
            offered += [
                OfferedSession(f"run:{run.id}", run.title, moment(run.created_at))
                for run in reversed(store.runs.lines(MOST_SESSIONS))
            ]
            offered += [
                OfferedSession(f"session:{draft.id}", draft.label, draft.date)
                for draft in reversed(store.workbench.drafts())
                if not draft.sent
            ]
    return page(request, "cycles.html", CyclesPage(offered[-MOST_SESSIONS:]))


def join(request: Request, form: FormData) -> Response:
    """Make one session of those that were chosen, with their key points where all have some, and go to its page."""
    chosen = texts_of(form, "sessions")[:MOST_SESSIONS]
    given = [_session_named(request, name) for name in chosen]
    sessions = [session for session, _points in given]
    cycle = library.join_sessions(sessions, text_of(form, "title", 300))
    points = library.join_references([points for _session, points in given], sessions, cycle)
    draft = Draft(
        id=drafts.fresh_id(),
        files=(),
        session=cycle,
        title=cycle.title,
        language=cycle.language,
        reference=references.to_yaml(points, cycle) if points else "",
    )
    return drafts.keep_draft(request, draft)


def _session_named(request: Request, name: str) -> tuple[Transcript, Reference | None]:
    """Return a session that was chosen, and its key points. Raises InputError, UnknownName."""
    kind, _colon, session_id = name.partition(":")
    settings = settings_of(request)
    if kind == "session":
        with library.workbench(settings) as bench:
            draft = bench.draft(session_id)
        session, points = draft_session.read(draft), None
        points = draft_session.reference_of(draft, session)
    elif kind == "run":
        run = library.read_run(session_id, settings=settings)
        session, points = run.transcript, run.reference
    else:
        raise InputError(_("This form could not be read."))
    if session.parts:
        raise InputError(
            _("{title} is a cycle of sessions itself.").format(title=session.title),
            cure=_("Choose its sessions one by one."),
        )
    return session, points
