"""The room as the trainer sees it: opened, checked before people come, found again after a restart, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.config import Settings
from comparia.errors import CompariaError, ConfigurationError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Judging, MemberCheck, Panel, Room, now
from comparia.store import Store
from comparia.web import networks
from comparia.web.ballots import BallotView, BallotViews, cookie_of, mark_of
from comparia.web.member_checks import OpenMemberChecks
from comparia.web.member_checks import mark_of as mark_of_check
from comparia.web.networks import Address
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, settings_of, text_of, to
from comparia.web.ratings import OpenPanels
from comparia.web.room import LINGER, Presence, RoomServer, new_code

DEFAULT_PORT = 8421
"""Port of a room where none is asked for."""
KEPT = timedelta(hours=12)
"""How long a room keeps its code and its port, and is found again when the program starts; longer while a member check
is open."""
MOST_EXPECTED = 10_000


class Audience:
    """The room of this server: one for a whole session of training, whatever number of votes is put to it.

    Args:
        settings: where it is kept.
        views: the votes.
        host: address to listen on.
        port: 0 for any free one; None for the usual one, or another where it is taken.
        member_checks: the recaps that go back to those who took part.
    """

    def __init__(
        self,
        settings: Settings,
        views: BallotViews,
        host: str,
        port: int | None,
        member_checks: OpenMemberChecks | None = None,
    ) -> None:
        self._settings, self._views, self._host, self._port = settings, views, host, port
        self.member_checks = member_checks or OpenMemberChecks(settings)
        self.panels = OpenPanels(settings)
        self._server: RoomServer | None = None
        self._changing = asyncio.Lock()
        self._lingering: dict[asyncio.Task[None], RoomServer] = {}
        self._over: set[str] = set()
        self.presence = Presence()
        self.room: Room | None = None
        """The room as it is kept; None where none was opened yet."""
        self.taken = 0
        """Port that was wanted and that another program uses; 0 for none."""
        self.problem: CompariaError | None = None
        """Why the room could not be opened again when the program started."""

    @property
    def is_open(self) -> bool:
        """Whether phones can come in."""
        return self._server is not None and not self.closed

    @property
    def is_serving(self) -> bool:
        """Whether phones reach something: the room, or a panel that is open."""
        return self._server is not None

    @property
    def closed(self) -> bool:
        """Whether the trainer closed it."""
        return self.room is None or self.room.closed_at is not None

    @property
    def code(self) -> str:
        """What people type to come in."""
        return self.room.code if self.room is not None else ""

    @property
    def port(self) -> int:
        """Port it is reached at; 0 while nothing is served there."""
        return self._server.port if self._server is not None else 0

    @property
    def expected(self) -> int | None:
        """How many people are expected to vote."""
        return self.room.expected if self.room is not None else None

    @property
    def erasable(self) -> set[str]:
        """Names of the cookies of votes that are over."""
        return {cookie_of(judging_id) for judging_id in self._over}

    def addresses(self) -> list[Address]:
        """Return the addresses by which phones may reach the room, the likeliest first."""
        if self._host in ("0.0.0.0", "::"):  # noqa: S104 - named, not bound
            return networks.addresses()
        return [Address(self._host, "", "network")]

    def address(self) -> str:
        """Return the address that is shown: the one that was chosen, or the likeliest."""
        found = [address.ip for address in self.addresses()]
        chosen = self.room.address if self.room is not None else ""
        return chosen if chosen in found else found[0] if found else "127.0.0.1"

    def root(self) -> str:
        """Return the address that people type."""
        return f"http://{self.address()}:{self.port}"

    def link(self) -> str:
        """Return what the QR code says."""
        return f"{self.root()}/{self.code}"

    def panel_link(self, panel: Panel) -> str:
        """Return the address of a panel, which raters open."""
        return f"{self.root()}/panel/{panel.code}"

    async def view(self) -> BallotView | None:
        """Return the vote that phones have before them; None while they wait."""
        if self.room is None or not self.room.shown:
            return None
        try:
            return await self._views.of(self.room.shown)
        except UnknownName:  # it was removed
            return None

    async def member_check(self) -> MemberCheck | None:
        """Return the member check that phones have before them; None where they have none."""
        if self.room is None or not self.room.member_check:
            return None
        try:
            return await self.member_checks.of(self.room.member_check)
        except UnknownName:  # it was erased
            return None

    def mark(self, view: BallotView | None, check: MemberCheck | None = None) -> str:
        """Return what stands for what phones have before them: another mark when they must show something else."""
        if self.closed:
            return "over"
        if check is not None:
            return f"{'read' if check.closed_at is None else 'done'}-{mark_of_check(check.id)}"
        if view is None:
            return "wait"
        phase = "named" if view.open_vote.named else "closed" if view.open_vote.closed else "open"
        return f"{phase}-{mark_of(view.open_vote.judging.id)}"

    async def find(self) -> None:
        """Open again what was open when the program stopped, at the same address: the room, panels; keep an error."""
        try:
            if not library.has_store(self._settings):
                return
            known = await run_in_threadpool(self._known)
            if known is not None and known.closed_at is None:
                await self.open()
            await self.serve_panels()
        except CompariaError as error:
            self.problem = error

    async def serve_panels(self) -> None:
        """Serve the panels that are open, at the port they were last reached at, whether the room is open or not.

        Raises:
            ConfigurationError: their port was chosen, and is taken.
        """
        async with self._changing:
            panels = await run_in_threadpool(partial(library.keep_panels_port, 0, settings=self._settings))
            if self._server is None and panels:
                await self._let_go()
                known = self.room or await run_in_threadpool(self._known)
                ports = [panel.port for panel in panels if panel.port]
                server = self._listening(next(iter(ports), known.port if known is not None else None))
                self._server, self.problem = server, None
                server.start()
            if self._server is not None and panels:
                await run_in_threadpool(partial(library.keep_panels_port, self.port, settings=self._settings))

    async def open(self, expected: int | None = None) -> None:
        """Open the room, unless it is open: with the same code and port as long as it is the same session of training.

        Args:
            expected: how many people are expected to vote, where it is said.

        Raises:
            ConfigurationError: its port is taken.
        """
        async with self._changing:
            known = self.room or await run_in_threadpool(self._known)
            server = self._server
            if server is None:
                await self._let_go()  # a server that is stopping gives its port up
                server = self._listening(known.port if known is not None else None)
            room = known or Room(code=new_code(), port=server.port, opened_at=now())
            try:
                if self.closed or self._server is None:
                    await self._keep(room.model_copy(update={"port": server.port, "closed_at": None}))
            except BaseException:
                if self._server is None:
                    server.discard()
                raise
            if self._server is None:
                self._server, self.problem = server, None
                server.start()
            if expected is not None and self.room is not None:
                await self._keep(self.room.model_copy(update={"expected": expected}))

    def _listening(self, before: int | None) -> RoomServer:
        if self._port:
            return RoomServer(self, self._host, self._port)
        wanted = [port for port in (before, DEFAULT_PORT if self._port is None else 0) if port is not None]
        self.taken = 0
        for port in [*dict.fromkeys(wanted), 0]:
            try:
                return RoomServer(self, self._host, port)
            except ConfigurationError:
                if port == 0:
                    raise
                self.taken = self.taken or port
        raise AssertionError("0 is any free port")

    async def put(self, judging_id: str) -> None:
        """Put a vote before the phones of the room, in place of the one that was there."""
        async with self._changing:
            if self.room is not None and self.room.shown != judging_id:
                votes = tuple(dict.fromkeys([*self.room.votes, judging_id]))
                await self._keep(self.room.model_copy(update={"votes": votes, "shown": judging_id, "member_check": ""}))

    async def put_member_check(self, check_id: str) -> None:
        """Put a recap to read before the phones of the room, in place of what was there."""
        async with self._changing:
            if self.room is not None and self.room.member_check != check_id:
                member_checks = tuple(dict.fromkeys([*self.room.member_checks, check_id]))
                shown = {"member_checks": member_checks, "member_check": check_id, "shown": ""}
                await self._keep(self.room.model_copy(update=shown))

    async def put_first(self, judging_id: str) -> None:
        """Put a vote that was just opened before the phones, where the room is open and they have nothing open."""
        if await self._is_free():
            await self.put(judging_id)

    async def put_member_check_first(self, check_id: str) -> None:
        """Put a recap that was just opened before the phones, where the room is open and they have nothing open."""
        if await self._is_free():
            await self.put_member_check(check_id)

    async def _is_free(self) -> bool:
        """Return whether the room is open, and phones have neither an open vote nor an open member check."""
        if not self.is_open:
            return False
        view, check = await self.view(), await self.member_check()
        return (view is None or view.open_vote.closed) and (check is None or check.closed_at is not None)

    async def choose(self, address: str) -> None:
        """Keep which address the QR code says; one that this machine does not have is left alone."""
        async with self._changing:
            if self.room is not None and address in [known.ip for known in self.addresses()]:
                await self._keep(self.room.model_copy(update={"address": address}))

    def named(self, judging_id: str) -> None:
        """Keep that the names of a vote were shown: its tokens are erased from phones as they ask."""
        self._over.add(judging_id)

    async def close(self, after: float = LINGER) -> None:
        """Close the room; phones learn it as long as its server goes on."""
        async with self._changing:
            if self.room is not None:
                await self._keep(self.room.model_copy(update={"closed_at": now(), "shown": "", "member_check": ""}))
            if not await run_in_threadpool(partial(library.keep_panels_port, 0, settings=self._settings)):
                self._stop_server(after)  # panels that are open are served on

    async def stop(self) -> None:
        """Stop the server of the room now: the program stops. The room stays open, and is found again."""
        async with self._changing:
            self._stop_server(0.0)
            await self._let_go()

    def history(self, settings: Settings) -> list[Judging]:
        """Return the votes that were put to the room, the latest first; their ballots only where they are closed."""
        found = []
        with library.open_store(settings) as store:
            for judging_id in reversed(self.room.votes if self.room is not None else ()):
                try:
                    found.append(store.votes.judging(judging_id))
                except UnknownName:  # removed with its run
                    continue
        return found

    def _known(self) -> Room | None:
        """Return the room that is kept, if it is of the same session of training."""
        with library.open_store(self._settings) as store:
            room = store.votes.room()
            if room is None:
                return None
            if now() - room.opened_at > KEPT and not any(_is_open(store, name) for name in room.member_checks):
                return None
            for judging_id in room.votes:
                try:
                    if store.votes.judging(judging_id).named_at is not None:
                        self._over.add(judging_id)
                except UnknownName:
                    self._over.add(judging_id)
            return room

    async def _keep(self, room: Room) -> None:
        def kept() -> None:
            with library.open_store(self._settings) as store:
                store.votes.keep_room(room)

        await run_in_threadpool(kept)
        self.room = room

    def _stop_server(self, after: float) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            task = asyncio.get_running_loop().create_task(server.stop(after))
            self._lingering[task] = server
            task.add_done_callback(self._lingering.pop)

    async def _let_go(self) -> None:
        for server in self._lingering.values():
            server.hurry.set()
        await asyncio.gather(*self._lingering, return_exceptions=True)


def _is_open(store: Store, check_id: str) -> bool:
    try:
        return store.member_checks.check(check_id).is_open(now())
    except UnknownName:
        return False


def audience_of(request: Request) -> Audience:
    """Return the room of the application."""
    audience: Audience = request.app.state.audience
    return audience


def svg(link: str) -> bytes:
    """Return a QR code as SVG, dark on light whatever the theme: cameras need it so."""
    out = BytesIO()
    segno.make(link, error="m").save(out, kind="svg", scale=8, border=3, dark="#000", light="#fff")
    return out.getvalue()


# The page of the room -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RoomPage:
    """Everything the page of the room shows to the trainer."""

    audience: Audience
    """The room."""
    addresses: Sequence[Address]
    """Addresses of this machine, the likeliest first."""
    address: str
    """The one that is shown."""
    firewall: str
    """Which firewall this machine is likely to have."""
    history: Sequence[Judging]
    """Votes that were put to the room, the latest first."""
    watch: dict[str, Any]
    """What changes while people come."""


def show(request: Request) -> Response:
    """Show the room: how phones come in, whether they do, and its votes."""
    audience = audience_of(request)
    found = audience.addresses()
    history = audience.history(settings_of(request)) if audience.room is not None else []
    view = RoomPage(audience, found, audience.address(), networks.firewall(), history, watched(audience))
    return page(request, "audience.html", view)


def watched(audience: Audience) -> dict[str, Any]:
    """Return what changes on the page of the room while people come."""
    at = audience.presence.devices
    return {
        "phones": audience.presence.phones,
        "reached": [ip for ip, other in at.items() if other],
        "from_here": bool(at) and not any(at.values()),
    }


async def watch(request: Request) -> Response:
    """Show the part of the page that changes while people come."""
    return page(request, "_reached.html", {"watch": watched(audience_of(request))})


async def begin(request: Request) -> Response:
    """Open the room: from here on, phones of the local network reach it, and nothing else of this machine."""
    await audience_of(request).open(await expected_of(request))
    return to("/room")


async def expected_of(request: Request) -> int | None:
    """Return how many people a form says are expected; None where it says nothing that is a number."""
    async with request.form(max_fields=5, max_files=0) as form:
        typed = text_of(form, "expected", 10)
    return min(int(typed), MOST_EXPECTED) if typed.isdecimal() and int(typed) else None


async def end(request: Request) -> Response:
    """Close the room."""
    await audience_of(request).close()
    return noticed(request, "/room", Notice(_("The room is closed."), good=True))


async def choose(request: Request) -> Response:
    """Choose the address that the QR code says."""
    async with request.form(max_fields=5, max_files=0) as form:
        await audience_of(request).choose(text_of(form, "address", 60))
    return to("/room")


async def qr(request: Request) -> Response:
    """The code that phones read to come in."""
    audience = audience_of(request)
    found = audience.is_open
    return Response(svg(audience.link()) if found else b"", 200 if found else 404, media_type="image/svg+xml")


async def test_qr(request: Request) -> Response:
    """The code of the page that says that a phone reaches the room."""
    audience = audience_of(request)
    found = audience.is_open
    return Response(svg(f"{audience.root()}/test") if found else b"", 200 if found else 404, media_type="image/svg+xml")
