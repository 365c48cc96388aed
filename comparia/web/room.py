"""The room: a door of its own for the phones of an audience, opened by the trainer on purpose.

It leads to one ballot and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import segno
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comparia.errors import CompariaError, ConfigurationError, InputError
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.web import ballots, exports
from comparia.web.ballots import BallotView
from comparia.web.guard import LANGUAGE_COOKIE, Guard
from comparia.web.listening import listen
from comparia.web.pages import gone, page, text_of, to

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 5
MOST_BYTES = 40_000
"""Bytes of a ballot."""

LINGER = 120.0
"""Seconds the door stays open after the vote is closed, so that phones learn that it is."""


class Room:
    """A room that is open.

    Args:
        ballot_view: where its people vote.
        host: address to listen on.
        port: 0 for any free one.

    Raises:
        ConfigurationError: the address cannot be used.
    """

    def __init__(self, ballot_view: BallotView, host: str, port: int) -> None:
        self._socket = listen(host, port, option="--room-port")
        self.port = self._socket.getsockname()[1]
        self.code = code_of(ballot_view.open_vote.judging.id)
        names = addresses() if host in ("0.0.0.0", "::") else [host]  # noqa: S104 - named, not bound
        self.address = f"http://{names[0]}:{self.port}"
        app = create_room(ballot_view, self.code, port=self.port, hosts=tuple(names))
        self._server = _Door(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, server_header=False)
        )
        self._task: asyncio.Task[None] | None = None
        self.hurry = asyncio.Event()
        """Set when a door that lingers must close now."""

    def open(self) -> None:
        """Begin to listen, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    @property
    def link(self) -> str:
        """What the QR code says."""
        return f"{self.address}/{self.code}"

    def qr(self) -> bytes:
        """The QR code as SVG, dark on light whatever the theme: cameras need it so."""
        from io import BytesIO

        out = BytesIO()
        segno.make(self.link, error="m").save(out, kind="svg", scale=8, border=3, dark="#000", light="#fff")
        return out.getvalue()

    async def close(self, after: float = 0.0) -> None:
        """Stop listening, in a while or as soon as it must hurry."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hurry.wait(), after)
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Door(uvicorn.Server):
    """A server beside another: signals are the other's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them alone."""
        yield


def code_of(judging_id: str) -> str:
    """The code of a vote's room: always the same, so that a room that is opened again is the one its voters know."""
    drawn = hashlib.sha256(f"room {judging_id}".encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in drawn[:CODE_LENGTH])


def addresses() -> list[str]:
    """By which addresses other machines of the local network reach this one, the likeliest first; nothing is sent."""
    found = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(
            ("192.0.2.1", 9)
        )  # reserved for documentation (RFC 5737): a datagram socket only looks for the way
        found.append(str(probe.getsockname()[0]))
    with contextlib.suppress(OSError):
        known = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        found += [str(address[4][0]) for address in known]
    return list(dict.fromkeys([a for a in found if not a.startswith("127.")])) or ["127.0.0.1"]


def create_room(ballot_view: BallotView, code: str, *, port: int, hosts: tuple[str, ...]) -> Starlette:
    """The application of one room: a ballot, behind its code."""
    routes = (
        Route("/", _door),
        Route("/", _enter, methods=["POST"]),
        Route("/language", _language, methods=["POST"]),
        Route("/style.css", exports.style),
        Route("/static/comparia.js", exports.script),
        Route("/{code}", _ballot),
        Route("/{code}", _vote, methods=["POST"]),
        Route("/{code}/state", _state),
    )
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, port=port, token="", hosts=hosts, most=MOST_BYTES)],
        exception_handlers={ClientDisconnect: gone, CompariaError: _error, HTTPException: _not_here},
    )
    app.state.ballot_view, app.state.code = ballot_view, code
    return app


async def _door(request: Request) -> Response:
    return page(request, "door.html", {"wrong": "wrong" in request.query_params})


async def _enter(request: Request) -> Response:
    async with request.form(max_fields=5, max_files=0) as form:
        given = text_of(form, "code", 20).upper().replace(" ", "")
    if secrets.compare_digest(given.encode(), request.app.state.code.encode()):
        return to(f"/{given}")
    return to("/?wrong=1")


async def _language(request: Request) -> Response:
    known = request.app.state.ballot_view.open_vote.known(
        request.cookies.get(ballots.cookie(request.app.state.ballot_view), "")
    )
    answer = to(f"/{request.app.state.code}" if known else "/")
    answer.set_cookie(LANGUAGE_COOKIE, "en" if language() == "fr" else "fr", samesite="lax", httponly=True)
    return answer


def _desk(request: Request) -> BallotView:
    given = request.path_params["code"].upper()
    if not secrets.compare_digest(given.encode("utf-8", "replace"), request.app.state.code.encode()):
        raise HTTPException(404)
    ballot_view: BallotView = request.app.state.ballot_view
    return ballot_view


async def _ballot(request: Request) -> Response:
    ballot_view = _desk(request)
    path = f"/{request.app.state.code}"
    if request.method == "HEAD":  # a preview is nobody who votes
        return Response()
    if request.url.path != path:
        return to(path)
    if ballot_view.open_vote.closed:
        return page(request, "closed.html", {"title": ballot_view.open_vote.title})

    def shown(voter: Any, said: str) -> Response:
        return ballots.ballot(request, ballot_view, voter, path, said=said, alone=False)

    return await ballots.attended(request, ballot_view, shown)


async def _vote(request: Request) -> Response:
    ballot_view = _desk(request)
    path = f"/{request.app.state.code}"
    return to(path) if ballot_view.open_vote.closed else await ballots.voted(request, ballot_view, path)


async def _state(request: Request) -> Response:
    return JSONResponse({"closed": _desk(request).open_vote.closed})


async def _error(request: Request, error: Exception) -> Response:
    if isinstance(error, InputError | ConfigurationError):
        return page(request, "refused.html", {"message": error.message, "cure": error.on_page}, status=400)
    said = _(
        "Your vote could not be kept. Try again in a moment."
    )  # where things are kept is nothing for a phone to know
    return page(request, "refused.html", {"message": said, "cure": ""}, status=503)


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return page(request, "door.html", {"wrong": status == 404}, status=status)
