"""A recap that goes back to those who took part, as their phones show it; and what they send.

A phone sees its own marks, and nobody else's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.config import Settings
from comparia.errors import ConfigurationError, StoreError, UnknownName
from comparia.library.member_checks import GivenMark
from comparia.messages import gettext as _
from comparia.records import MOST_WORDS, Mark, MemberCheck, content_id, now
from comparia.reports import wording
from comparia.web.opened import Opened
from comparia.web.pages import page, text_of, texts_of, to

COOKIES = "comparia_reader_"
"""How the names begin of the cookies that hold the tokens of phones."""
MOST_FROM_ONE_ADDRESS = 300
"""Phones of one address that may open a member check: phones behind one address come in, a script does not fill it."""


class OpenMemberChecks(Opened[MemberCheck]):
    """The member checks that this server shows.

    Args:
        settings: where they are kept.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(partial(library.read_member_check, settings=settings))
        self.settings = settings
        self._key = secrets.token_bytes(16)
        self._from: dict[str, Counter[str]] = {}

    def count_phone(self, check_id: str, address: str) -> bool:
        """Count a phone that opens a member check, and return whether its address sent no more than it may.

        Addresses are kept in memory alone, as digests.
        """
        key = hashlib.blake2b(address.encode(), key=self._key, digest_size=6).hexdigest()
        counts = self._from.setdefault(check_id, Counter())
        if counts[key] >= MOST_FROM_ONE_ADDRESS:
            return False
        counts[key] += 1
        return True


def mark_of(check_id: str) -> str:
    """Return what stands for a member check in a browser: eight signs that say nothing of it."""
    return content_id("rd", check_id)[3:11]


def cookie_of(check_id: str) -> str:
    """Return the name of the cookie that holds the token of a phone."""
    return f"{COOKIES}{mark_of(check_id)}"


async def shown(
    request: Request, member_checks: OpenMemberChecks, check: MemberCheck, path: str, waiting: dict[str, Any]
) -> Response:
    """Show a member check to a phone: what it is, then its text, then what the phone sent; or that it is closed.

    Args:
        request: answered.
        member_checks: the member checks of this server.
        check: what the room shows.
        path: of the room.
        waiting: what the page needs to notice that the room shows something else.
    """
    said = message(request.query_params.get("check", ""))
    context = {**waiting, "check": check, "path": path, "said": said, "of": mark_of(check.id)}
    if check.closed_at is not None:
        answer = page(request, "member_check_closed.html", context)
        answer.delete_cookie(cookie_of(check.id))
        return answer
    token = request.cookies.get(cookie_of(check.id), "")
    settings = member_checks.settings
    reader = await run_in_threadpool(library.reader_of, check.id, token, settings=settings)
    if reader is None:
        return page(request, "member_check_begins.html", context)
    own = await run_in_threadpool(library.marks_of, check.id, reader, settings=settings)
    if own and "change" not in request.query_params:
        lines = [_told(check, mark) for mark in own]
        return page(request, "member_check_thanks.html", {**context, "lines": lines, "label": own[0].label})
    form = {
        "disputed": {mark.sentence: mark.words for mark in own if mark.kind == "disputed"},
        "missing": next((mark.words for mark in own if mark.kind == "missing"), ""),
        "agreed": any(mark.kind == "agreed" for mark in own),
        "label": own[0].label if own else "",
        "sent": bool(own),
        "most": MOST_WORDS,
    }
    return page(request, "member_check.html", {**context, **form})


def _told(check: MemberCheck, mark: Mark) -> tuple[str, str, str]:
    sentence = "" if mark.sentence is None else check.sentences[mark.sentence]
    return wording.mark_name(mark.kind), sentence, mark.words


async def taken(
    request: Request,
    member_checks: OpenMemberChecks,
    known: Collection[str],
    path: str,
    admitted: Callable[[], Awaitable[bool]],
) -> Response:
    """Take what a phone sends, and lead it back to the room, where what became of it is said.

    Args:
        request: holds the form.
        member_checks: the member checks of this server.
        known: ids of the member checks put to the room: what is sent late still counts while its own is open.
        path: of the room.
        admitted: awaited before a phone opens the text; False for one too many.
    """
    async with request.form(max_fields=2_000, max_files=0) as form:
        wanted = text_of(form, "of", 20)
        check_id = next((name for name in known if mark_of(name) == wanted), "")
        try:
            check = await member_checks.of(check_id)
        except UnknownName:
            return to(path)
        if check.closed_at is not None:
            return to(f"{path}?check=late")
        try:
            if text_of(form, "action", 10) == "open":
                return await _entered(request, member_checks, check, path, admitted)
            return await _sent(request, member_checks, check, path, form)
        except ConfigurationError:
            member_checks.forget(check.id)
            return to(f"{path}?check=many")
        except StoreError:
            return to(f"{path}?check=failed")


async def _entered(
    request: Request,
    member_checks: OpenMemberChecks,
    check: MemberCheck,
    path: str,
    admitted: Callable[[], Awaitable[bool]],
) -> Response:
    """Count a phone that opens the text, and give it a token, which it alone holds."""
    settings = member_checks.settings
    token = request.cookies.get(cookie_of(check.id), "")
    if await run_in_threadpool(library.reader_of, check.id, token, settings=settings) is not None:
        return to(path)
    address = request.client.host if request.client is not None else ""
    if not await admitted() or not member_checks.count_phone(check.id, address):
        return to(f"{path}?check=many")
    token = secrets.token_urlsafe(24)
    await run_in_threadpool(library.enter_member_check, check.id, token, settings=settings)
    answer = to(path)
    seconds = max(60, round((check.closes_at - now()).total_seconds()))
    answer.set_cookie(cookie_of(check.id), token, httponly=True, samesite="lax", max_age=seconds)
    return answer


async def _sent(
    request: Request, member_checks: OpenMemberChecks, check: MemberCheck, path: str, form: FormData
) -> Response:
    settings = member_checks.settings
    token = request.cookies.get(cookie_of(check.id), "")
    reader = await run_in_threadpool(library.reader_of, check.id, token, settings=settings)
    if reader is None:
        return to(f"{path}?check=unknown")
    before = await run_in_threadpool(library.marks_of, check.id, reader, settings=settings)
    given = _given(form, check, before)
    label = text_of(form, "label", 200)
    work = partial(library.add_marks, check, reader, given, label, settings=settings)
    kept = await run_in_threadpool(work)
    if not kept:
        return to(f"{path}?check={'withdrawn' if before else 'empty'}")
    return to(f"{path}?check={'kept' if len(kept) == len(given) else 'part'}")


def _given(form: FormData, check: MemberCheck, before: list[Mark]) -> list[GivenMark]:
    """Return the marks that a form holds. Words without the box ticked count, unless they are those sent before."""
    earlier = {mark.sentence: mark.words for mark in before if mark.kind == "disputed"}
    ticked = {int(value) for value in texts_of(form, "disputed") if value.isdecimal() and len(value) < 6}
    given = []
    for number in range(len(check.sentences)):
        words = text_of(form, f"words-{number}", MOST_WORDS)
        if number in ticked or (words and " ".join(words.split()) != earlier.get(number, "")):
            given.append(GivenMark("disputed", words, number))
    if missing := text_of(form, "missing", MOST_WORDS):
        given.append(GivenMark("missing", missing))
    if form.get("agreed"):
        given.append(GivenMark("agreed"))
    return given


def message(code: str) -> str:
    """Return the message of what became of what a phone sent; empty for any other code."""
    return {
        "kept": _("What you sent is kept. You can change it until the reading is closed."),
        "part": _("A part of what you sent is kept: there were more marks than one phone can send. Look below."),
        "withdrawn": _("What you had sent is withdrawn."),
        "empty": _("Nothing was sent: mark a sentence, say what is missing, or that you agree."),
        "failed": _("This could not be kept. Try again in a moment."),
        "unknown": _("This browser had not opened the recap yet."),
        "many": _("Too many phones come from this connection, or too many opened this recap. Try again in a minute."),
        "late": _("The reading was closed before this was sent: it was not kept."),
        "large": _("This is more than one phone can send: shorten what you wrote."),
    }.get(code, "")
