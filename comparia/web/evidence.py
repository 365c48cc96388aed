"""What is asked for from the page of a comparison, a part at a time: its table, one key point, the session.

Each is a page of its own, and a script puts it beside the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import SETTLED, Run
from comparia.reports import html, wording
from comparia.reports.cells import Row
from comparia.reports.selection import Choice
from comparia.reports.view import View
from comparia.reports.wording import selection as words
from comparia.web.pages import page, run_of, settings_of
from comparia.web.recordings import GivenRecording, Player, given_recording, player_of


class Filters(NamedTuple):
    """What the table can be narrowed to: each value, and its name."""

    shows: tuple[tuple[str, str], ...]
    """Kinds of points, by what became of them."""
    people: tuple[tuple[str, str], ...]
    """Who holds points."""
    topics: tuple[str, ...]
    """Topics of the points."""
    orders: tuple[tuple[str, str], ...]
    """Orders of the rows."""


def filters_of(view: View) -> Filters:
    """Return what the table of a run can be narrowed to."""
    points = view.run.reference.key_points if view.run.reference else ()
    holders = {holder for point in points for holder in point.holders}
    people = [(s.id, s.name) for s in view.run.transcript.speakers if s.id in holders]
    return Filters(
        shows=tuple(words.shows(view)),
        people=tuple(sorted(people, key=lambda person: person[1].casefold())),
        topics=tuple(sorted({point.topic for point in points if point.topic}, key=str.casefold)),
        orders=tuple(words.orders()),
    )


def shown_on_page(request: Request, run: Run, *, with_recaps: bool = False) -> tuple[html.Shown, Player]:
    """Return what a run shows on its pages, as the address chooses, and what plays its session.

    Args:
        request: answered.
        run: the run.
        with_recaps: whether the texts of its recaps, with their flags, are shown there.
    """
    settings = settings_of(request)
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings)
    recaps = [variant for variant in run.variants if variant.summary] if with_recaps else []
    shown = html.shown_of(
        run,
        player.address,
        page_address=f"/runs/{run.id}",
        choice=choice_of(request.query_params),
        settled_names={name: wording.verdict_name(name) for name in SETTLED} if run.reference else {},
        personal={variant.id: library.personal_data(variant) for variant in recaps},
        answered=library.answered_flags(run.id, settings=settings) if with_recaps else None,
        disputed=library.disputed_sentences(run.id, settings=settings) if with_recaps else None,
        with_recaps=with_recaps,
    )
    return shown, player


def choice_of(query: QueryParams) -> Choice:
    """Return the key points that an address chooses."""
    return Choice.of(dict(query))


@dataclass(frozen=True, kw_only=True)
class TablePage(html.Shown):
    """What the table alone shows."""


def table(request: Request) -> Response:
    """Answer with the table of key points alone, as its address chooses them."""
    shown, _player = shown_on_page(request, run_of(request))
    view = TablePage(**{field.name: getattr(shown, field.name) for field in fields(shown)})
    return page(request, "_table.html", view)


@dataclass(frozen=True, kw_only=True)
class EvidencePage(html.Shown):
    """Everything the page of one key point shows."""

    row: Row
    """The key point, and what became of it."""
    before: str
    """Id of the point before it in the table; empty for none."""
    after: str
    """Id of the point after it; empty for none."""
    player: Player
    """What plays the recording of the session."""


def show(request: Request) -> Response:
    """Show one key point: the words of the session, and what each recap makes of them."""
    run = run_of(request)
    shown, player = shown_on_page(request, run)
    rows = [*shown.view.open_rows, *shown.view.kept_rows]
    ids = [row.point.id for row in rows]
    wanted = request.query_params.get("point", "")
    if wanted not in ids:
        raise UnknownName(_("key point"), wanted, ids)
    place = ids.index(wanted)
    view = EvidencePage(
        **{field.name: getattr(shown, field.name) for field in fields(shown)},
        row=rows[place],
        before=ids[place - 1] if place else "",
        after=ids[place + 1] if place + 1 < len(ids) else "",
        player=player,
    )
    return page(request, "evidence.html", view)


@dataclass(frozen=True, kw_only=True)
class TurnsPage(html.Shown):
    """Everything the page of the session of a run shows."""

    player: Player
    """What plays its recording."""
    given: GivenRecording | None
    """Its recording, which can be given there; None for a cycle, whose sessions have one each."""


def session(request: Request) -> Response:
    """Show the session of a run, turn by turn."""
    run = run_of(request)
    shown, player = shown_on_page(request, run)
    known = {field.name: getattr(shown, field.name) for field in fields(shown)}
    given = None if run.transcript.parts else given_recording(run.transcript, f"/runs/{run.id}/recording", player)
    view = TurnsPage(**known, player=player, given=given)
    return page(request, "turns.html", view)
