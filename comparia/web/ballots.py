"""The page of a ballot, the same in the browser of who compares and on the phones of a room; and what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library, voting
from comparia.config import Settings
from comparia.errors import ConfigurationError, InputError, StoreError
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Ballot, Run, content_id
from comparia.reports import html
from comparia.store import Store
from comparia.store.votes import Voter
from comparia.voting import OpenVote
from comparia.web.pages import page, text_of, texts_of, to


@dataclass
class BallotView:
    """An open vote with what its pages show, made once for all voters."""

    open_vote: OpenVote
    """Where people vote."""
    shown: Mapping[str, Markup] = field(default_factory=dict)
    """The recaps as HTML, by variant."""
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Their sentences, by variant."""


class BallotViews:
    """The votes that are open in this server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self._views: dict[str, BallotView] = {}
        self._opening = asyncio.Lock()

    async def of(self, judging_id: str) -> BallotView:
        """Return what is shown of a vote, made when it is first asked for. Raises UnknownName."""
        if judging_id not in self._views:
            async with self._opening:
                if judging_id not in self._views:
                    self._views[judging_id] = await run_in_threadpool(self._open, judging_id)
        return self._views[judging_id]

    def _open(self, judging_id: str) -> BallotView:
        if self._store is None:
            self._store = library.open_store(self._settings)
        judging = self._store.votes.judging(judging_id)
        run = voting.judged_run(judging, library.stored_runs(judging, self._store))
        return laid_out(OpenVote(self._store, run, judging), run)

    def forget(self, run_id: str) -> None:
        """Let go of the votes on recaps of a run that is removed: nothing of it is shown any more."""
        for name, view in list(self._views.items()):
            if run_id in {view.open_vote.judging.run, *(item.run for item in view.open_vote.judging.items)}:
                self._views.pop(name)

    async def close(self) -> None:
        """Let go of everything: the server stops. Votes stay open, and are found again."""
        if self._store is not None:
            await run_in_threadpool(self._store.close)


COOKIES = "comparia_voter_"
"""How the names begin of the cookies that hold the tokens of voters."""


def mark_of(judging_id: str) -> str:
    """Return what stands for a vote in a browser: eight signs that say nothing of it."""
    return content_id("ck", judging_id)[3:11]


def cookie_of(judging_id: str) -> str:
    """Return the name of the cookie that holds the token of a voter of a vote.

    There is one for each blind vote, on the room's address and on the application's.
    """
    return f"{COOKIES}{mark_of(judging_id)}"


def cookie(ballot_view: BallotView) -> str:
    """Return the name of the cookie that holds the token of a voter."""
    return cookie_of(ballot_view.open_vote.judging.id)


def laid_out(open_vote: OpenVote, run: Run) -> BallotView:
    """An open vote ready to be shown."""
    shown, sentences = {}, {}
    for variant in (v for v in run.variants if v.id in open_vote.judging.variants):
        text = open_vote.unsigned[variant.id].text
        paragraphs = Markup("").join(Markup("<p>{}</p>").format(escape(part)) for part in text.split("\n\n"))
        shown[variant.id] = paragraphs if open_vote.judging.same_style else html.markdown(text)
        sentences[variant.id] = library.sentences_of(run, variant.model_copy(update={"summary": text}))
    return BallotView(open_vote, shown, sentences)


def ballot(
    request: Request,
    ballot_view: BallotView,
    voter: Voter,
    action: str,
    *,
    said: str = "",
    alone: bool,
    **more: Any,
) -> Response:
    """Return the recaps in the order of one voter, and what they may say.

    Args:
        request: answered.
        ballot_view: the vote.
        voter: whose order it is.
        action: where the form is sent.
        said: what became of a vote that was sent.
        alone: whether it is shown on the machine of who compares, not on a phone of a room.
        more: what else the template reads.
    """
    open_vote = ballot_view.open_vote
    places: list[dict[str, Any]] = [
        {
            "letter": place.letter,
            "html": ballot_view.shown[place.variant],
            "masked": place.masked,
            "sentences": ballot_view.sentences[place.variant],
            "remarks": _said_of(open_vote.said(voter), place.variant, ballot_view.sentences[place.variant]),
        }
        for place in open_vote.places(voter)
    ]
    kept = open_vote.said(voter)
    answer = ""
    if kept is not None:
        answer = open_vote.letter(voter, kept.order[0]) if kept.order else kept.choice
    context = {
        "title": open_vote.title,
        "text_language": open_vote.language,
        "question": open_vote.judging.question,
        "places": places,
        "answer": answer,
        "second": open_vote.letter(voter, kept.order[1]) if kept and len(kept.order) > 1 else "",
        "voted": kept is not None,
        "tags": [(tag.id, tag.fr if language() == "fr" else tag.en, tag.good) for tag in open_vote.judging.tags],
        "action": action,
        "said": said,
        "alone": alone,
        "mark": mark_of(open_vote.judging.id),
        **more,
    }
    return page(request, "ballot.html", context)


async def take(ballot_view: BallotView, voter: Voter, form: FormData, address: str = "") -> bool:
    """Keep what a form says; return whether a sentence was chosen of which nothing is said.

    Raises:
        InputError: no answer was chosen.
        ConfigurationError: the vote is closed, or takes no more ballots from this address.
    """
    remarks, left = [], False
    for value in texts_of(form, "tag"):
        letter, _colon, tag = value.partition(":")
        remarks.append((letter, tag, ""))
    for letter, variant, _masked in ballot_view.open_vote.places(voter):
        known = ballot_view.sentences[variant]
        chosen = [(text_of(form, f"sentence-{letter}"), text_of(form, f"sentence_tag-{letter}"))]
        for value in texts_of(form, f"remark-{letter}"):
            number, _colon, tag = value.partition(":")
            chosen.append((number, tag))
        left = left or bool(chosen[0][0] and not chosen[0][1])
        for number, tag in chosen:
            if number.isdecimal() and len(number) < 6 and int(number) < len(known) and tag:
                remarks.append((letter, tag, known[int(number)]))
    await ballot_view.open_vote.cast(
        voter, text_of(form, "answer", 20), second=text_of(form, "second", 2), remarks=remarks, address=address
    )
    return left


def _said_of(kept: Ballot | None, variant: str, sentences: tuple[str, ...]) -> dict[str, Any]:
    remarks = [r for r in (kept.remarks if kept else ()) if r.variant == variant]
    return {
        "whole": {r.tag for r in remarks if not r.sentence},
        "sentences": [(sentences.index(r.sentence), r.tag, r.sentence) for r in remarks if r.sentence in sentences],
    }


def attended(request: Request, ballot_view: BallotView, shown: Callable[[Voter, str], Response]) -> Response:
    """Show a ballot to whoever comes; a newcomer gets a token, which their browser alone holds: nothing is stored.

    Raises:
        ConfigurationError: the room is full.
    """
    token = request.cookies.get(cookie(ballot_view), "")
    voter = ballot_view.open_vote.known(token)
    if voter is None:
        token, voter = ballot_view.open_vote.arrive()
    answer = shown(voter, vote_message(request.query_params.get("vote", "")))
    answer.set_cookie(cookie(ballot_view), token, httponly=True, samesite="lax", max_age=24 * 3600)
    return answer


async def voted(
    request: Request, ballot_view: BallotView, path: str, admitted: Callable[[], Any] | None = None
) -> Response:
    """Take a ballot, and lead the browser back to it, where what became of it is said.

    Args:
        request: holds the form.
        ballot_view: the vote.
        path: of the ballot.
        admitted: awaited before a first ballot is taken. It waits where many come at once, and is False for one too
            many.
    """
    voter = ballot_view.open_vote.known(request.cookies.get(cookie(ballot_view), ""))
    if voter is None:
        return to(f"{path}?vote=unknown")
    address = request.client.host if request.client is not None else ""
    async with request.form(max_fields=400, max_files=0) as form:
        if text_of(form, "of", 20) not in ("", mark_of(ballot_view.open_vote.judging.id)):
            return to(f"{path}?vote=past")  # the ballot of a vote that is over
        if admitted is not None and ballot_view.open_vote.said(voter) is None and not await admitted():
            return to(f"{path}?vote=many")
        try:
            left = await take(ballot_view, voter, form, address)
        except InputError:
            return to(f"{path}?vote=empty")
        except ConfigurationError:
            return to(path if ballot_view.open_vote.closed else f"{path}?vote=many")
        except StoreError:
            return to(f"{path}?vote=failed")
    return to(f"{path}?vote={'half' if left else 'kept'}")


def vote_message(code: str) -> str:
    """Return the message of what became of a vote (kept, half, empty, failed, unknown, past, many).

    Any other code gives an empty one.
    """
    kept = _("Your vote is kept. You can change it until the vote is closed.")
    return {
        "kept": kept,
        "half": kept + " " + _("A sentence was chosen without saying what of it: choose a tag for it too."),
        "empty": _("Nothing was kept: choose an answer first."),
        "failed": _("Your vote could not be kept. Try again in a moment."),
        "unknown": _("This browser had not opened the recaps yet: here they are."),
        "past": _("That vote is over. Here is the one that is open now."),
        "many": _("Too many votes come from this connection: yours was not kept. Try again in a minute."),
    }.get(code, "")


def state(ballot_view: BallotView) -> dict[str, Any]:
    """What pages ask again and again: how many came and voted, and whether it is over. Never what was voted."""
    return {
        "came": ballot_view.open_vote.came,
        "voted": ballot_view.open_vote.voted,
        "closed": ballot_view.open_vote.closed,
    }
