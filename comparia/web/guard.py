"""What every request passes: who asks, from where, in which language; and what every answer bears.

A page elsewhere must not be able to act here: a request for another host (DNS rebinding) and a form sent from another
origin (CSRF) are refused. Nothing of a page may come from, or go to, elsewhere.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparia.messages import Language, speaking
from comparia.web.peers import is_own_account

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
MAX_BODY = 90_000_000
"""Bytes of a form: two files of a session and little else."""


class Larger(NamedTuple):
    """Addresses that take more than a form."""

    address: re.Pattern[str]
    """What the whole of their path matches."""
    most: int
    """Bytes of the largest body."""
    too_large: str
    """Address of the page that says so of a larger one; `\\1` is the first group of the path."""


LANGUAGE_COOKIE, TOKEN_COOKIE = "comparia_lang", "comparia_token"
HERE = ("127.0.0.1", "localhost", "[::1]")


class Guard:
    """The middleware around the application.

    Args:
        app: the application.
        port: it is reached at.
        token: that opens the door; empty where everybody who reaches it may come in.
        own_account: whether processes of this account come in without the token: on this machine alone.
        own_address: whether the address of this machine that a connection came to is one of its names, whatever it is.
        hosts: names it may be reached by, besides this machine's own.
        most: bytes of the largest form.
        too_large: address of the page that says so of a larger one; empty for an answer without a page.
        larger: addresses that take more.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        port: int,
        token: str,
        hosts: tuple[str, ...],
        most: int = MAX_BODY,
        too_large: str = "",
        own_account: bool = False,
        larger: Sequence[Larger] = (),
        own_address: bool = False,
    ) -> None:
        self._app = app
        self._own_address = own_address
        self._own_account = own_account
        self._token = token
        self._most = most
        self._too_large = too_large
        self._larger = larger
        names = (*HERE, *hosts)
        self._hosts = {f"{name}:{port}" for name in names} | ({*names} if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let through in the reader's language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookie_parser(headers.get("cookie", ""))
        refused = self._refusal(scope, headers, cookies)
        if refused is not None:
            await refused(scope, receive, _bearing(send))
            return
        with speaking(language_of(headers, cookies)):
            await self._app(scope, _bounded(receive, self._limit(scope)[0]), _bearing(send))

    def _limit(self, scope: Scope) -> tuple[int, str]:
        """Return the bytes of the largest body that an address takes, and the address of the page that says so."""
        for larger in self._larger if scope["method"] == "POST" else ():
            if (found := larger.address.fullmatch(scope["path"])) is not None:
                return larger.most, found.expand(larger.too_large)
        return self._most, self._too_large

    def _refusal(self, scope: Scope, headers: Headers, cookies: dict[str, str]) -> Response | None:
        hosts = self._hosts | self._address_of(scope)
        if headers.get("host", "").lower() not in hosts:
            return PlainTextResponse("This address is not served here.", 421)
        most, too_large = self._limit(scope)
        if int(headers.get("content-length") or 0) > most:
            if scope["method"] == "POST" and too_large:
                return RedirectResponse(too_large, 303)
            return PlainTextResponse("Too large.", 413)
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin")
            if origin is not None and _site(origin) not in hosts:
                return PlainTextResponse("Forms of other sites are refused.", 403)
            if origin is None and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return PlainTextResponse("Forms of other sites are refused.", 403)
        if self._token:
            given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
            if given and self._opens(given):
                answer = RedirectResponse(scope["path"], 303)
                answer.set_cookie(TOKEN_COOKIE, self._token, httponly=True, samesite="strict")
                return answer
            known = self._opens(cookies.get(TOKEN_COOKIE, ""))
            if not known and not (self._own_account and is_own_account(scope)):
                return PlainTextResponse("Open the address that comparia serve printed, with its token.", 401)
        return None

    def _address_of(self, scope: Scope) -> set[str]:
        """Return the address and port that a connection came to, which no name elsewhere can pass for."""
        server = scope.get("server")
        return {f"{server[0]}:{server[1]}"} if self._own_address and server else set()

    def _opens(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())


def _site(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def language_of(headers: Headers, cookies: dict[str, str]) -> Language:
    """Return the language chosen, or the first of `Accept-Language` that is spoken here."""
    if (chosen := cookies.get(LANGUAGE_COOKIE)) in ("fr", "en"):
        return "fr" if chosen == "fr" else "en"
    for wanted in headers.get("accept-language", "").split(","):
        name = wanted.split(";")[0].strip().lower().split("-")[0]
        if name in ("fr", "en"):
            return "fr" if name == "fr" else "en"
    return "fr"


def _bearing(send: Send) -> Send:
    async def bearing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return bearing


def _bounded(receive: Receive, most: int) -> Receive:
    """A body without a length is counted as it comes."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counted
