"""Blind votes: opened from a run, voted on here or in a room, closed, revealed.

Until they are, nothing here says who wrote what.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from comparia import library, voting
from comparia.config import Settings
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Judging, Run, Tag
from comparia.reports import html
from comparia.store import Store
from comparia.voting import LETTERS, OpenVote
from comparia.voting.wording import card_lines, findings
from comparia.web import ballots
from comparia.web.ballots import BallotView
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.room import LINGER, Room


class BallotViews:
    """The votes that are open in this server, and their rooms."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self._views: dict[str, BallotView] = {}
        self._opening = asyncio.Lock()
        self.rooms: dict[str, Room] = {}
        self._lingering: dict[asyncio.Task[None], Room] = {}

    async def of(self, judging_id: str) -> BallotView:
        """The ballot_view of a vote, opened when it is first asked for. Raises UnknownName."""
        if judging_id not in self._views:
            async with self._opening:
                if judging_id not in self._views:
                    self._views[judging_id] = await run_in_threadpool(self._open, judging_id)
        return self._views[judging_id]

    def _open(self, judging_id: str) -> BallotView:
        if self._store is None:
            self._store = library.open_store(self._settings)
        found = self._store.votes.judging(judging_id)
        run = self._store.runs.read(found.run)
        return ballots.laid_out(OpenVote(self._store, run, found), run)

    async def open_room(self, judging_id: str, ballot_view: BallotView, host: str, port: int) -> None:
        """Open the room of a vote, unless it is open already.

        Raises:
            ConfigurationError: its port is taken.
        """
        async with self._opening:
            if judging_id in self.rooms:
                return
            if port:  # a room that is closing gives its port up
                await self._let_go()
            self.rooms[judging_id] = Room(ballot_view, host, port)
            self.rooms[judging_id].open()

    def close_room(self, judging_id: str, after: float = LINGER) -> None:
        """Close the room once the phones could learn that the vote is over."""
        if room := self.rooms.pop(judging_id, None):
            task = asyncio.get_running_loop().create_task(room.close(after))
            self._lingering[task] = room
            task.add_done_callback(self._lingering.pop)

    async def forget(self, run_id: str) -> None:
        """Let go of the votes on a run that is removed: nothing of it is shown any more, its rooms close at once."""
        for name in [name for name, ballot_view in self._views.items() if ballot_view.open_vote.judging.run == run_id]:
            self._views.pop(name)
            self.close_room(name, after=0.0)
        await self._let_go()

    async def _let_go(self) -> None:
        for room in self._lingering.values():
            room.hurry.set()
        await asyncio.gather(*self._lingering, return_exceptions=True)

    async def close(self) -> None:
        """Close every room now: the server stops. Votes stay open, and are found again."""
        for name in list(self.rooms):
            self.close_room(name, after=0.0)
        await self._let_go()
        if self._store is not None:
            await run_in_threadpool(self._store.close)


def begin(request: Request, form: FormData) -> Response:
    """Open a blind vote on some recaps of a run."""
    run = run_of(request)
    opened = library.open_judging(
        run,
        texts_of(form, "variant"),
        same_style=bool(form.get("same_style")),
        same_letters=bool(form.get("same_letters")),
        question=text_of(form, "question", 300),
        settings=settings_of(request),
    )
    return to(f"/votes/{opened.id}")


def moved(request: Request) -> Response:
    """Lead an address of an earlier version to where the vote is now."""
    return RedirectResponse(f"/votes/{request.path_params['rest']}", 308)


async def show(request: Request) -> Response:
    """Before the reveal: how many voted, and the room. After it: what the votes say, and who wrote what."""
    ballot_view = await _desk(request)
    if ballot_view.open_vote.closed:
        return await run_in_threadpool(_revealed, request, ballot_view.open_vote.judging)
    room = request.app.state.ballot_views.rooms.get(ballot_view.open_vote.judging.id)
    context = {
        "judging": ballot_view.open_vote.judging,
        "title": ballot_view.open_vote.title,
        "room": room,
        **ballots.state(ballot_view),
    }
    return page(request, "vote.html", context)


async def ballot(request: Request) -> Response:
    """Show a ballot, to vote here."""
    ballot_view = await _desk(request)
    address = f"/votes/{ballot_view.open_vote.judging.id}"
    if ballot_view.open_vote.closed:
        return to(address)

    def shown(voter: Any, said: str) -> Response:
        return ballots.ballot(request, ballot_view, voter, f"{address}/ballot", said=said, alone=True)

    return await ballots.attended(request, ballot_view, shown)


async def vote(request: Request) -> Response:
    """Take a ballot cast here."""
    ballot_view = await _desk(request)
    address = f"/votes/{ballot_view.open_vote.judging.id}"
    return (
        to(address) if ballot_view.open_vote.closed else await ballots.voted(request, ballot_view, f"{address}/ballot")
    )


async def another(request: Request) -> Response:
    """Somebody else votes on this machine: a fresh ballot."""
    ballot_view = await _desk(request)
    answer = to(f"/votes/{ballot_view.open_vote.judging.id}/ballot")
    answer.delete_cookie(ballots.cookie(ballot_view))
    return answer


async def state(request: Request) -> Response:
    """How many came and voted, and whether it is over."""
    return JSONResponse(ballots.state(await _desk(request)))


async def room(request: Request) -> Response:
    """Open the room: from here on, phones of the local network reach the ballot, and nothing else."""
    ballot_view = await _desk(request)
    if not ballot_view.open_vote.closed:
        state = request.app.state
        await state.ballot_views.open_room(
            ballot_view.open_vote.judging.id, ballot_view, state.room_host, state.room_port
        )
    return to(f"/votes/{ballot_view.open_vote.judging.id}")


async def qr(request: Request) -> Response:
    """The code that phones read."""
    ballot_view = await _desk(request)
    found = request.app.state.ballot_views.rooms.get(ballot_view.open_vote.judging.id)
    return Response(found.qr() if found else b"", 200 if found else 404, media_type="image/svg+xml")


async def close(request: Request) -> Response:
    """Close the vote, erase the tokens, and reveal."""
    ballot_view = await _desk(request)
    if not ballot_view.open_vote.closed:
        await ballot_view.open_vote.close()
        request.app.state.ballot_views.close_room(ballot_view.open_vote.judging.id)
    return to(f"/votes/{ballot_view.open_vote.judging.id}")


def save_tags(request: Request, form: FormData) -> Response:
    """Keep the tags of this installation as a person left them."""
    known = library.tags(settings=settings_of(request))
    wanted = [
        Tag(
            id=tag.id,
            good=tag.good,
            fr=text_of(form, f"fr-{tag.id}", 80) or tag.fr,
            en=text_of(form, f"en-{tag.id}", 80) or tag.en,
            archived=bool(form.get(f"archived-{tag.id}")),
        )
        for tag in known
    ]
    fr, en = text_of(form, "fr-new", 80), text_of(form, "en-new", 80)
    library.change_tags(
        wanted, [(fr, en, bool(form.get("good-new")))] if fr or en else [], settings=settings_of(request)
    )
    return noticed(request, "/preferences#tags", Notice(_("The tags are kept."), good=True))


def _revealed(request: Request, found: Judging) -> Response:
    run = library.read_run(found.run, settings=settings_of(request))
    context = {"run": run, "findings": findings, "card_lines": card_lines, "span": html.span}
    return page(request, "revealed.html", {**context, **revealed(run, found)})


def revealed(run: Run, found: Judging) -> dict[str, Any]:
    """What the page of a closed vote shows."""
    by_id = {variant.id: variant for variant in run.variants}
    backends = {backend.name: backend for backend in run.backends}
    chosen = [by_id[name] for name in found.variants if name in by_id]
    return {
        "judging": found,
        "result": voting.tally(found),
        "cards": [(v, run.label(v), voting.card(backends.get(v.backend), v)) for v in chosen],
        "labels": {v.id: run.label(v) for v in chosen},
        "tag_names": [(t.id, t.fr if language() == "fr" else t.en, t.good) for t in found.tags],
        "sentences": [
            (run.label(by_id[r.variant]), r.tag, r.sentence)
            for b in found.ballots
            for r in b.remarks
            if r.sentence and r.variant in by_id
        ],
        "letters": dict(zip(found.variants, LETTERS, strict=False)) if found.same_letters else {},
    }


async def _desk(request: Request) -> BallotView:
    ballot_view: BallotView = await request.app.state.ballot_views.of(request.path_params["judging"])
    return ballot_view
