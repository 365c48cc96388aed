"""The room: a door of its own for the phones of an audience, opened by the trainer on purpose. It leads to one ballot and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import segno
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comparia.errors import CompariaError
from comparia.messages import language
from comparia.web import exports, voting
from comparia.web.guard import LANGUAGE_COOKIE, Guard
from comparia.web.listening import listen
from comparia.web.pages import page, text_of, to
from comparia.web.voting import Desk

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 5
MOST_BYTES = 40_000
"""Bytes of a ballot."""

LINGER = 120.0
"""Seconds the door stays open after the vote is closed, so that phones learn that it is."""


class Room:
    """A room that is open.

    Args:
        desk: where its people vote.
        host: address to listen on.
        port: 0 for any free one.

    Raises:
        ConfigurationError: the address cannot be used.
    """

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        self._socket = listen(host, port)
        self.port = self._socket.getsockname()[1]
        self.code = "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH))
        names = addresses() if host in ("0.0.0.0", "::") else [host]  # noqa: S104 - named, not bound
        self.address = f"http://{names[0]}:{self.port}"
        app = create_room(desk, self.code, port=self.port, hosts=tuple(names))
        self._server = _Door(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, server_header=False)
        )
        self._task: asyncio.Task[None] | None = None

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
        """Stop listening, in a while."""
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(after)
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Door(uvicorn.Server):
    """A server beside another: signals are the other's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them alone."""
        yield


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


def create_room(desk: Desk, code: str, *, port: int, hosts: tuple[str, ...]) -> Starlette:
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
        exception_handlers={CompariaError: _error, HTTPException: _not_here},
    )
    app.state.desk, app.state.code = desk, code
    return app


async def _door(request: Request) -> Response:
    return page(request, "door.html", {"wrong": False})


async def _enter(request: Request) -> Response:
    async with request.form(max_fields=5, max_files=0) as form:
        given = text_of(form, "code", 20).upper().replace(" ", "")
    if secrets.compare_digest(given.encode(), request.app.state.code.encode()):
        return to(f"/{given}")
    return page(request, "door.html", {"wrong": True}, status=404)


async def _language(request: Request) -> Response:
    answer = to(f"/{request.app.state.code}" if request.cookies.get(voting.COOKIE) else "/")
    answer.set_cookie(LANGUAGE_COOKIE, "en" if language() == "fr" else "fr", samesite="lax", httponly=True)
    return answer


def _desk(request: Request) -> Desk:
    given = request.path_params["code"].upper()
    if not secrets.compare_digest(given.encode("utf-8", "replace"), request.app.state.code.encode()):
        raise HTTPException(404)
    desk: Desk = request.app.state.desk
    return desk


async def _ballot(request: Request, form: FormData | None = None) -> Response:
    desk = _desk(request)
    if desk.booth.closed:
        return page(request, "closed.html", {"title": desk.booth.title})
    path = f"/{request.app.state.code}"

    def shown(voter: Any, said: str) -> Response:
        return voting.ballot(request, desk, voter, path, said=said, alone=False)

    return await voting.attended(request, desk, path, shown, form)


async def _vote(request: Request) -> Response:
    async with request.form(max_fields=400, max_files=0) as form:
        return await _ballot(request, form)


async def _state(request: Request) -> Response:
    return JSONResponse({"closed": _desk(request).booth.closed})


async def _error(request: Request, error: Exception) -> Response:
    found = error if isinstance(error, CompariaError) else CompariaError(str(error))
    return page(request, "refused.html", {"message": found.message, "cure": found.cure}, status=400)


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return page(request, "door.html", {"wrong": status == 404}, status=status)
