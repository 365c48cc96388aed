"""A panel as its raters see it, in their browsers: an item, an answer, the next item.

A rater sees their own answers, and nobody else's; nothing there says who wrote a recap, or what a machine says of it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.config import Settings
from comparia.errors import ConfigurationError, InputError, StoreError, UnknownName
from comparia.messages import gettext as _
from comparia.records import SETTLED, Panel, PanelItem, Rating, content_id, now
from comparia.reports import wording
from comparia.web.opened import Opened
from comparia.web.pages import page, text_of, to

COOKIES = "comparia_rater_"
"""How the names begin of the cookies that hold the tokens of raters."""
MOST_FROM_ONE_ADDRESS = 120
"""Raters of one address: people behind one connection come in, a script does not fill the panel."""
CROWD = 8
"""Raters of one address that are pointed out: one device, or people who share a connection."""


class OpenPanels(Opened[Panel]):
    """The panels that this server shows.

    Args:
        settings: where they are kept.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(partial(library.read_panel, settings=settings))
        self.settings = settings
        self._ids: dict[str, str] = {}
        self._key = secrets.token_bytes(16)
        self._from: dict[str, dict[str, list[int]]] = {}

    async def with_code(self, code: str) -> Panel | None:
        """Return the panel whose address holds a code; None for none."""
        if code not in self._ids:
            async with self._changing:
                for panel in await run_in_threadpool(partial(library.all_panels, settings=self.settings)):
                    self.keep(panel)
        try:
            return await self.of(self._ids[code]) if code in self._ids else None
        except UnknownName:  # it was erased
            self._ids.pop(code, None)
            return None

    def keep(self, item: Panel) -> None:
        """Show a panel as it is now, also by the code of its address."""
        super().keep(item)
        self._ids[item.code] = item.id

    def forget(self, id_: str = "", run_id: str = "") -> None:
        """Let go of a panel, or of those of a run, and of their codes."""
        super().forget(id_, run_id)
        self._ids = {code: known for code, known in self._ids.items() if known in self._known}

    def takes_more(self, panel_id: str, address: str) -> bool:
        """Return whether one more rater may come from an address."""
        return len(self._of(panel_id, address)) < MOST_FROM_ONE_ADDRESS

    def count_rater(self, panel_id: str, address: str, rater: int) -> None:
        """Count a rater who began from an address: in memory alone, as a digest."""
        self._of(panel_id, address).append(rater)

    def crowds(self, panel: Panel) -> list[list[int]]:
        """Return the raters that began from one address where they are many, those who are set aside left out."""
        found = [
            [number for number in raters if number not in panel.set_aside]
            for raters in self._from.get(panel.id, {}).values()
        ]
        return sorted((raters for raters in found if len(raters) >= CROWD), key=len, reverse=True)

    def _of(self, panel_id: str, address: str) -> list[int]:
        key = hashlib.blake2b(address.encode(), key=self._key, digest_size=6).hexdigest()
        return self._from.setdefault(panel_id, {}).setdefault(key, [])


def cookie_of(panel_id: str) -> str:
    """Return the name of the cookie that holds the token of a rater: it says nothing of the panel."""
    return f"{COOKIES}{content_id('pn', panel_id)[3:11]}"


async def shown(request: Request, panels: OpenPanels, panel: Panel, path: str) -> Response:
    """Show a panel to a rater: what it is, then an item, then that nothing is left; or that it is closed.

    Args:
        request: answered.
        panels: the panels of this server.
        panel: the panel.
        path: its address.
    """
    said = message(request.query_params.get("said", ""))
    context: dict[str, Any] = {"panel": panel, "path": path, "back": path.removeprefix("/"), "said": said}
    context["question"] = panel.question or wording.panel_question(panel.kind)
    if panel.closed_at is not None:
        answer = page(request, "rating_closed.html", context)
        answer.delete_cookie(cookie_of(panel.id))
        return answer
    settings = panels.settings
    rater = await _rater(request, panels, panel)
    if rater is None:
        return page(request, "rating_begins.html", context)

    def looked_up() -> tuple[list[Rating], Any]:
        own = [rating for rating in library.ratings_of(panel.id, settings=settings) if rating.rater == rater]
        wanted = request.query_params.get("item", "")
        if any(rating.item == wanted for rating in own) or "own" in request.query_params:
            return own, None
        return own, library.next_of_panel(panel, rater, settings=settings)

    try:
        own, held = await run_in_threadpool(looked_up)
    except ConfigurationError:  # it was closed meanwhile
        panels.forget(panel.id)
        return to(path)
    by_item = {rating.item: rating for rating in own}
    context |= {"own": [(item, _told(by_item[item.id])) for item in panel.items if item.id in by_item]}
    before = by_item.get(request.query_params.get("item", ""))
    if held is None and before is None:
        return page(request, "rating_done.html", {**context, "left": "own" in request.query_params})
    name = before.item if before is not None else held.item
    order = before.shown if before is not None else held.shown
    item = next(item for item in panel.items if item.id == name)
    return page(request, "rating.html", {**context, **_item(panel, item, order, before), "number_of": len(own) + 1})


def _item(panel: Panel, item: PanelItem, order: tuple[str, ...], before: Rating | None) -> dict[str, Any]:
    given: str = before.answer if before is not None else ""
    if before is not None and before.preferred:
        given = "AB"[before.shown.index(before.preferred)]
    return {
        "item": item,
        "answer": given,
        "before": before is not None,
        "sentences": [(text, number in item.nearest) for number, text in enumerate(panel.texts[item.variants[0]])],
        "recaps": [(letter, panel.texts[name]) for letter, name in zip("AB", order, strict=False)],
        "verdicts": [(name, wording.verdict_name(name), wording.rating_meaning(name)) for name in SETTLED],
    }


def _told(rating: Rating) -> str:
    if rating.preferred:
        return _("Recap %(letter)s is better") % {"letter": "AB"[rating.shown.index(rating.preferred)]}
    return wording.rating_answer_name(rating.answer)


async def taken(
    request: Request, panels: OpenPanels, panel: Panel, path: str, admitted: Callable[[], Awaitable[bool]]
) -> Response:
    """Take what a rater sends, and lead them on: to the next item, or to what could not be kept.

    Args:
        request: holds the form.
        panels: the panels of this server.
        panel: the panel.
        path: its address.
        admitted: awaited before somebody begins; False for one too many.
    """
    async with request.form(max_fields=20, max_files=0) as form:
        fields = {name: text_of(form, name, 40) for name in ("action", "item", "answer")}
    if panel.closed_at is not None:
        return to(path)
    try:
        if fields["action"] == "begin":
            return await _began(request, panels, panel, path, admitted)
        return await _rated(request, panels, panel, path, fields)
    except InputError:
        return to(f"{path}?said=empty")
    except ConfigurationError:
        panels.forget(panel.id)
        return to(f"{path}?said=many")
    except StoreError:
        return to(f"{path}?said=failed")


async def _began(
    request: Request, panels: OpenPanels, panel: Panel, path: str, admitted: Callable[[], Awaitable[bool]]
) -> Response:
    """Give a token to somebody who begins to rate; their browser alone holds it."""
    if await _rater(request, panels, panel) is not None:
        return to(path)
    address = request.client.host if request.client is not None else ""
    if not await admitted() or not panels.takes_more(panel.id, address):
        return to(f"{path}?said=many")
    token = secrets.token_urlsafe(24)
    number = await run_in_threadpool(partial(library.enter_panel, panel.id, token, settings=panels.settings))
    panels.count_rater(panel.id, address, number)
    answer = to(path)
    seconds = max(60, round((panel.closes_at - now()).total_seconds()))
    answer.set_cookie(cookie_of(panel.id), token, httponly=True, samesite="lax", max_age=seconds)
    return answer


async def _rated(request: Request, panels: OpenPanels, panel: Panel, path: str, fields: Mapping[str, str]) -> Response:
    rater = await _rater(request, panels, panel)
    if rater is None:
        return to(f"{path}?said=unknown")
    work = partial(library.rate_item, panel, rater, fields["item"], fields["answer"], settings=panels.settings)
    kept = await run_in_threadpool(work) is not None
    return to(f"{path}?said={'kept' if kept else 'complete'}")


async def _rater(request: Request, panels: OpenPanels, panel: Panel) -> int | None:
    token = request.cookies.get(cookie_of(panel.id), "")
    return await run_in_threadpool(partial(library.rater_of, panel.id, token, settings=panels.settings))


def message(code: str) -> str:
    """Return the message of what became of what a rater sent; empty for any other code."""
    return {
        "kept": _("Your answer is kept."),
        "complete": _("Others gave this item all its ratings meanwhile: your answer was not needed."),
        "empty": _("Nothing was kept: choose an answer first."),
        "failed": _("Your answer could not be kept. Try again in a moment."),
        "unknown": _("This browser had not begun to rate yet."),
        "many": _("Too many people begin from this connection, or the panel is full. Try again in a minute."),
    }.get(code, "")
