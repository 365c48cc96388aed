"""The library of sessions: those that ship, for trainers; each has stable addresses that can stand on a slide.

Two of these addresses make what they open where this machine does not have it yet: from files that ship, without
sending anything, and once, however often they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.library.samples import SampleSession, SessionKind
from comparia.messages import day, language
from comparia.messages import gettext as _
from comparia.records import Run, Stage
from comparia.reports import wording
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, settings_of, to


@dataclass(frozen=True)
class ListedSession:
    """A session that ships, as the page lists it."""

    session: SampleSession
    """The session."""
    kind: str
    """What kind of session it is, in words."""
    lesson: str
    """What it is good for teaching."""
    written_on: str
    """Day on which its recorded recaps were written, in words; empty where there are none."""
    comparison: str
    """Address of the comparison of its recorded recaps; empty where there are none."""
    stage: str
    """Address of its stage; empty where no recaps are recorded."""


@dataclass(frozen=True)
class LibraryPage:
    """Everything the library of sessions shows."""

    listed: Sequence[ListedSession]
    """The sessions, those with recorded recaps first."""
    of: int
    """How many there are in all."""
    kinds: Sequence[tuple[str, str]]
    """The kinds of session that can be chosen: code and name."""
    kind: str
    """The kind that is chosen; empty for all."""
    spoken: str
    """The language that is chosen; empty for both."""


def show(request: Request) -> Response:
    """Show the sessions that ship; their kind and their language can be chosen in the address."""
    query = request.query_params
    kind = next((name for name in get_args(SessionKind) if name == query.get("kind")), "")
    spoken = next((name for name in ("fr", "en") if name == query.get("language")), "")
    sessions = library.sample_sessions()
    chosen = [s for s in sessions if kind in ("", s.kind) and spoken in ("", s.language)]
    chosen.sort(key=lambda session: (not session.prompts, session.language != language()))
    view = LibraryPage(
        listed=[_listed(request, session) for session in chosen],
        of=len(sessions),
        kinds=[(name, wording.session_kind_name(name)) for name in get_args(SessionKind)],
        kind=kind,
        spoken=spoken,
    )
    return page(request, "library.html", view)


def _listed(request: Request, session: SampleSession) -> ListedSession:
    here = f"{str(request.base_url).rstrip('/')}/library/{session.name}"
    return ListedSession(
        session=session,
        kind=wording.session_kind_name(session.kind),
        lesson=wording.lesson_of(session.name),
        written_on=day(session.written_on) if session.written_on else "",
        comparison=f"{here}/comparison" if session.prompts else "",
        stage=f"{here}/stage" if session.prompts else "",
    )


def open_comparison(request: Request) -> Response:
    """Open the comparison of the recorded recaps of a session; made at once where this machine has none."""
    run_id, is_new = _made(request)
    return _opened(request, f"/runs/{run_id}", is_new=is_new)


def open_stage(request: Request) -> Response:
    """Open the stage on which the recorded recaps of a session are played; made where this machine has none."""
    run_id, _is_new = _made(request, wait=True)
    with request.app.state.running.sending:
        stage, is_new = library.sample_stage(run_id, settings=settings_of(request))
    return _opened(request, f"/stages/{stage.id}", is_new=is_new)


def begin_stage(request: Request) -> Response:
    """Open a stage of a session on which nothing was played yet: from then on, its address opens this one."""
    run_id, _is_new = _made(request, wait=True)
    stage, _is_new = library.sample_stage(run_id, new=True, settings=settings_of(request))
    return to(f"/stages/{stage.id}")


def _opened(request: Request, address: str, *, is_new: bool) -> Response:
    if not is_new:
        return to(address)
    said = _("Made now, on this machine, from the recaps that ship with Comparia: nothing was sent.")
    return noticed(request, address, Notice(said, good=True))


def _made(request: Request, *, wait: bool = False) -> tuple[str, bool]:
    """Return the id of the comparison of the recorded recaps of a session, and whether it was begun now.

    Args:
        request: its address names the session.
        wait: return once it was carried out.

    Raises:
        UnknownName: no such session.
        ConfigurationError: no recaps of it are recorded.
    """
    settings, running = settings_of(request), request.app.state.running
    name = request.path_params["session"]
    with running.sending:  # two clicks make one
        run_id = library.stored_demonstration(name, settings=settings)
        is_new = not run_id
        if is_new:
            planned = library.demonstration("", session=name, settings=settings)
            with library.open_store(settings) as store:
                store.runs.start(planned)
            run_id = planned.id
            running.begin(planned)
        elif running.of(run_id) is None and (stored := library.read_run(run_id, settings=settings)).status == "started":
            running.begin(stored)  # it was stopped half-way
    under_way = running.of(run_id)
    if wait and under_way is not None:
        under_way.join(LONGEST_WAIT)
    return run_id, is_new


LONGEST_WAIT = 60.0
"""Seconds that a stage waits for its recaps."""


def link_of_run(request: Request, run: Run) -> str:
    """Return the address of a comparison for a slide: of recorded recaps, the one that works on every machine."""
    name = library.sample_of(run)
    return f"{str(request.base_url).rstrip('/')}{f'/library/{name}/comparison' if name else f'/runs/{run.id}'}"


def link_of_stage(request: Request, stage: Stage, run: Run) -> str:
    """Return the address of a stage for a slide: of recorded recaps, the one that works on every machine."""
    name = library.sample_of(run) if stage.recorded == (run.id,) else ""
    return f"{str(request.base_url).rstrip('/')}{f'/library/{name}/stage' if name else f'/stages/{stage.id}'}"
