"""The room: an address of its own for the phones of an audience, opened by the trainer on purpose.

Phones wait there, and get each vote that is put to the room; it leads nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from comparia.errors import CompariaError, ConfigurationError, InputError, with_cure
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Panel
from comparia.web import ballots, exports, member_checks, ratings
from comparia.web.guard import LANGUAGE_COOKIE, Guard, Larger
from comparia.web.listening import allow_files, listen
from comparia.web.pacing import Buckets
from comparia.web.pages import gone, page, text_of, to

if TYPE_CHECKING:
    from comparia.web.audience import Audience

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 5
ROOM_COOKIE = "comparia_room"
"""Holds the code of the room a browser is in, the same for everybody: it says nothing of who."""
MOST_BYTES = 40_000
"""Bytes of a ballot."""
MOST_BYTES_OF_MEMBER_CHECK = 200_000
"""Bytes of what a phone sends of a recap: some thirty marks of a thousand characters."""

LINGER = 120.0
"""Seconds the server goes on after the room is closed, so that phones learn that it is."""

MOST_FILES = 8_192
"""Files and connections that the program asks to hold: a phone opens up to six connections."""
KEEP_ALIVE = 30
"""Seconds that an idle connection is kept: longer than a phone waits before it asks again, on a busy machine too."""

REQUESTS = (2_000.0, 40.0)
"""Requests of one address: how many at once, and how many each second. Forty phones behind one address ask some 15 a
second; asking whether something changed counts a fifth."""
CHEAP = 0.2
FIRST_BALLOTS = (250.0, 4.0)
"""First ballots of one address: how many at once, and how many each second."""
MOST_WAIT = 15.0
"""Seconds that a first ballot may wait for its turn."""
GUESSES = (60.0, 0.5)
"""Wrong codes of one address: how many at once, and how many each second."""
PRESENT = 20.0
"""Seconds after which a phone that asked nothing is taken to have left."""
MOST_PRESENT = 4_000


LARGER_MEMBER_CHECK = Larger(
    re.compile(r"(/[^/]+)/member-check"), MOST_BYTES_OF_MEMBER_CHECK, r"\1?check=large&change=1"
)
"""Where a phone sends what it says of a recap."""


def new_code() -> str:
    """Return a random code of five signs, without those that look alike."""
    return "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH))


class RoomServer:
    """The server of a room, beside the one of the application.

    Args:
        audience: what is shown there.
        host: address to listen on.
        port: 0 for any free one.

    Raises:
        ConfigurationError: the address cannot be used.
    """

    def __init__(self, audience: Audience, host: str, port: int) -> None:
        allow_files(MOST_FILES)
        self._socket = listen(host, port, option="--room-port")
        self.port = self._socket.getsockname()[1]
        self._server = _BesideServer(
            uvicorn.Config(
                create_room(audience, port=self.port),
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=KEEP_ALIVE,
                server_header=False,
            )
        )
        self._task: asyncio.Task[None] | None = None
        self.hurry = asyncio.Event()
        """Set when a server that lingers must stop now."""

    def start(self) -> None:
        """Begin to listen, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    def discard(self) -> None:
        """Give the port up without having listened."""
        self._socket.close()

    async def stop(self, after: float = 0.0) -> None:
        """Stop listening, in `after` seconds or as soon as it must hurry."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hurry.wait(), after)
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _BesideServer(uvicorn.Server):
    """A server beside another: signals are the other's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class Presence:
    """Which phones are in the room now, by a random sign that each draws; in memory only."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self.devices: OrderedDict[str, bool] = OrderedDict()
        """Addresses of this machine that a page was asked at, and whether another device asked there."""

    def saw(self, sign: str) -> None:
        """Keep that a phone asked just now."""
        self._seen[sign[:24]] = time.monotonic()
        self._seen.move_to_end(sign[:24])
        if len(self._seen) > MOST_PRESENT:
            self._seen.popitem(last=False)

    def reached(self, request: Request) -> None:
        """Keep at which address of this machine a page was asked, and whether another device asked."""
        server, client = request.scope.get("server"), request.client
        if server and client is not None and len(self.devices) < 100:
            other = client.host not in (server[0], "127.0.0.1")
            self.devices[server[0]] = other or self.devices.get(server[0], False)

    @property
    def phones(self) -> int:
        """How many asked in the last seconds."""
        last = time.monotonic() - PRESENT
        return sum(at > last for at in self._seen.values())


class Paced:
    """The middleware that slows down a device that asks too much, before anything is worked out for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = Buckets(*REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 where the bucket of the address is empty."""
        if scope["type"] == "http":
            path = scope["path"]
            cost = CHEAP if path.endswith("/state") or path in ("/style.css", "/static/comparia.js") else 1.0
            if self._requests.take((scope.get("client") or ("",))[0], cost) is None:
                said = "Trop de demandes de cet appareil : un instant. / Too many requests from this device: a moment."
                headers = {"retry-after": "5", "refresh": "5", "cache-control": "no-store"}
                await PlainTextResponse(said, 429, headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def create_room(audience: Audience, *, port: int) -> Starlette:
    """Return the application of the room: what phones have before them, behind its code."""
    routes = (
        Route("/", _door),
        Route("/", _enter, methods=["POST"]),
        Route("/language", _language, methods=["POST"]),
        Route("/test", _test),
        Route("/panel/{code}", _panel),
        Route("/panel/{code}", _rate, methods=["POST"]),
        Route("/style.css", exports.style),
        Route("/static/comparia.js", exports.script),
        Route("/{code}", _here),
        Route("/{code}", _vote, methods=["POST"]),
        Route("/{code}/member-check", _read, methods=["POST"]),
        Route("/{code}/state", _state),
    )
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Paced),
            Middleware(
                Guard, port=port, token="", hosts=(), own_address=True, most=MOST_BYTES, larger=(LARGER_MEMBER_CHECK,)
            ),
        ],
        exception_handlers={ClientDisconnect: gone, CompariaError: _error, HTTPException: _not_here},
    )
    app.state.audience = audience
    app.state.guesses, app.state.first_ballots = Buckets(*GUESSES), Buckets(*FIRST_BALLOTS)
    return app


def _audience(request: Request) -> Audience:
    audience: Audience = request.app.state.audience
    audience.presence.reached(request)
    return audience


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _is_code(request: Request, given: str) -> bool:
    """Return whether this is the code of the room; a browser that is in needs none. Wrong ones are counted.

    Raises:
        HTTPException: 429, too many wrong codes came from this address.
    """
    code = request.app.state.audience.code
    if _is_in(request):
        return _same(given, code)
    if request.app.state.guesses.is_empty(_address(request)):
        raise HTTPException(429)
    if _same(given, code):
        return True
    request.app.state.guesses.take(_address(request))
    return False


def _is_in(request: Request) -> bool:
    return _same(request.cookies.get(ROOM_COOKIE, ""), request.app.state.audience.code)


def _same(given: str, code: str) -> bool:
    """Return whether a code is the one of the room; nothing is where no room was opened."""
    return bool(code) and secrets.compare_digest(given.encode("utf-8", "replace"), code.encode())


async def _door(request: Request) -> Response:
    audience = _audience(request)
    if _is_in(request):
        return to(f"/{audience.code}")
    return page(request, "door.html", {"wrong": "wrong" in request.query_params})


async def _enter(request: Request) -> Response:
    async with request.form(max_fields=5, max_files=0) as form:
        given = text_of(form, "code", 20).upper().replace(" ", "")
    return to(f"/{given}") if _is_code(request, given) else to("/?wrong=1")


async def _language(request: Request) -> Response:
    panel = re.fullmatch(r"panel/[a-z0-9]+", request.query_params.get("to", ""))
    answer = to(f"/{panel[0]}" if panel else f"/{request.app.state.audience.code}" if _is_in(request) else "/")
    answer.set_cookie(LANGUAGE_COOKIE, "en" if language() == "fr" else "fr", samesite="lax", httponly=True)
    return answer


async def _test(request: Request) -> Response:
    """Say that this phone reaches the room; the page of the trainer says so too."""
    _audience(request)
    return page(request, "reached.html", {})


def _entered(request: Request) -> Audience:
    """Return what the address names by its code. Raises HTTPException: there is no such room."""
    if not _is_code(request, request.path_params["code"].upper()):
        raise HTTPException(404)
    return _audience(request)


async def _here(request: Request) -> Response:
    """Show what phones have before them: a ballot, or what they wait for."""
    audience = _entered(request)
    path = f"/{audience.code}"
    if request.method == "HEAD":  # a preview is nobody who votes
        return Response()
    if request.url.path != path:
        return to(path)
    answer = await _shown(request, audience, path)
    if not _is_in(request):
        answer.set_cookie(ROOM_COOKIE, audience.code, httponly=True, samesite="lax", max_age=24 * 3600)
    _erase_cookies(request, answer, audience)
    return answer


async def _shown(request: Request, audience: Audience, path: str) -> Response:
    if audience.closed:
        return page(request, "left.html", {})
    view, check = await audience.view(), await audience.member_check()
    waiting = {"shown": audience.mark(view, check), "state": f"{path}/state", "path": path}
    if check is not None:
        return await member_checks.shown(request, audience.member_checks, check, path, waiting)
    if view is None or view.open_vote.named:
        return page(request, "waiting.html", {**waiting, "named": view is not None})
    open_vote = view.open_vote
    voter = open_vote.known(request.cookies.get(ballots.cookie(view), ""))
    kept = open_vote.said(voter) if voter is not None else None
    said = ballots.vote_message(request.query_params.get("vote", ""))
    if open_vote.closed:
        letters = []
        if voter is not None and kept is not None and not open_vote.judging.same_letters:
            letters = [(place.letter, open_vote.screen_letter(place.variant)) for place in open_vote.places(voter)]
        context = {"title": open_vote.title, "voted": kept is not None, "letters": letters}
        return page(request, "closed.html", {**waiting, **context})
    if voter is not None and kept is not None and "change" not in request.query_params:
        choice = open_vote.letter(voter, kept.order[0]) if kept.order else kept.choice
        failed = request.query_params.get("vote", "") in ("empty", "failed", "many")
        context = {"title": open_vote.title, "answer": choice, "said": said, "failed": failed}
        return page(request, "thanks.html", {**waiting, **context})

    def shown(voter: Any, said: str) -> Response:
        return ballots.ballot(request, view, voter, path, said=said, alone=False, **waiting)

    return ballots.attended(request, view, shown)


async def _vote(request: Request) -> Response:
    audience = _entered(request)
    view, path = await audience.view(), f"/{audience.code}"
    if audience.closed or view is None or view.open_vote.closed:
        return to(path)

    return await ballots.voted(request, view, path, partial(_admitted, request))


async def _admitted(request: Request) -> bool:
    """Wait where many phones come at once; return False for one too many."""
    wait: float | None = request.app.state.first_ballots.take(_address(request), most_wait=MOST_WAIT)
    if wait:
        await asyncio.sleep(wait)
    return wait is not None


async def _read(request: Request) -> Response:
    """Take what a phone sends of a recap; also where the room shows something else meanwhile."""
    audience = _entered(request)
    if audience.room is None:
        return to("/")
    admitted = partial(_admitted, request)
    return await member_checks.taken(
        request, audience.member_checks, audience.room.member_checks, f"/{audience.code}", admitted
    )


async def _open_panel(request: Request) -> Panel:
    """Return the panel that an address names by its code. Wrong ones are counted.

    Raises:
        HTTPException: 404, there is none; 429, too many wrong codes came from this address.
    """
    if request.app.state.guesses.is_empty(_address(request)):
        raise HTTPException(429)
    panel: Panel | None = await _audience(request).panels.with_code(request.path_params["code"])
    if panel is None:
        request.app.state.guesses.take(_address(request))
        raise HTTPException(404)
    return panel


async def _panel(request: Request) -> Response:
    """Show a panel to a rater, whatever the room shows."""
    panel = await _open_panel(request)
    if request.method == "HEAD":  # a preview is nobody who rates
        return Response()
    return await ratings.shown(request, _audience(request).panels, panel, f"/panel/{panel.code}")


async def _rate(request: Request) -> Response:
    """Take what a rater sends."""
    panel = await _open_panel(request)
    admitted = partial(_admitted, request)
    return await ratings.taken(request, _audience(request).panels, panel, f"/panel/{panel.code}", admitted)


async def _state(request: Request) -> Response:
    """Say what phones have before them, as a mark: a page that shows another one loads itself again."""
    audience = _entered(request)
    view = await audience.view()
    if sign := request.query_params.get("here", ""):
        audience.presence.saw(sign)
    if view is not None and not view.open_vote.closed:  # a phone that reads the recaps asks for nothing else
        view.open_vote.known(request.cookies.get(ballots.cookie(view), ""))
    answer = JSONResponse({"shown": audience.mark(view, await audience.member_check())})
    _erase_cookies(request, answer, audience)
    return answer


def _erase_cookies(request: Request, answer: Response, audience: Audience) -> None:
    """Erase from the browser the tokens of votes whose names were shown."""
    for name in request.cookies.keys() & audience.erasable:
        answer.delete_cookie(name)


async def _error(request: Request, error: Exception) -> Response:
    if isinstance(error, InputError | ConfigurationError):
        return page(request, "refused.html", {"message": with_cure(error.message, error.on_page)}, status=400)
    said = _(
        "Your vote could not be kept. Try again in a moment."
    )  # where things are kept is nothing for a phone to know
    return page(request, "refused.html", {"message": said}, status=503)


async def _not_here(request: Request, error: Exception) -> Response:
    """Lead back to the door, whatever was asked."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 429:
        answer = page(
            request,
            "refused.html",
            {
                "message": _("Too many wrong codes came from here."),
                "cure": _("Wait a minute, then look at the code on the screen again."),
            },
            status=429,
        )
        answer.headers["retry-after"] = "60"
        return answer
    return page(request, "door.html", {"wrong": status == 404}, status=status)
