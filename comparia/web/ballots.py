"""The page of a ballot, the same in the browser of the person who compares and on the phones of a room; and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.errors import InputError, StoreError
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Ballot, Run, content_id
from comparia.reports import html
from comparia.store.votes import Voter
from comparia.voting import Booth
from comparia.web.pages import page, text_of, texts_of, to


@dataclass
class Desk:
    """A booth with what its pages show, made once for all voters."""

    booth: Booth
    """Where people vote."""
    shown: Mapping[str, Markup] = field(default_factory=dict)
    """The recaps as HTML, by variant."""
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Their sentences, by variant."""


def cookie(desk: Desk) -> str:
    """Name of the cookie that holds a voter's token: one a judging, whichever door they came by."""
    return f"comparia_voter_{content_id('ck', desk.booth.judging.id)[3:11]}"


def laid_out(booth: Booth, run: Run) -> Desk:
    """A booth ready to be shown."""
    shown, sentences = {}, {}
    for variant in (v for v in run.variants if v.id in booth.judging.variants):
        text = booth.unsigned[variant.id].text
        paragraphs = Markup("").join(Markup("<p>{}</p>").format(escape(part)) for part in text.split("\n\n"))
        shown[variant.id] = paragraphs if booth.judging.same_style else html.markdown(text)
        sentences[variant.id] = library.sentences_of(run, variant.model_copy(update={"summary": text}))
    return Desk(booth, shown, sentences)


def ballot(request: Request, desk: Desk, voter: Voter, action: str, *, said: str = "", alone: bool) -> Response:
    """The recaps in the order of one voter, and what they may say."""
    booth = desk.booth
    places: list[dict[str, Any]] = [
        {
            "letter": place.letter,
            "html": desk.shown[place.variant],
            "masked": place.masked,
            "sentences": desk.sentences[place.variant],
            "remarks": _said_of(booth.said(voter), place.variant, desk.sentences[place.variant]),
        }
        for place in booth.places(voter)
    ]
    kept = booth.said(voter)
    answer = ""
    if kept is not None:
        answer = booth.letter(voter, kept.order[0]) if kept.order else kept.choice
    context = {
        "title": booth.title,
        "text_language": booth.language,
        "question": booth.judging.question,
        "places": places,
        "answer": answer,
        "second": booth.letter(voter, kept.order[1]) if kept and len(kept.order) > 1 else "",
        "voted": kept is not None,
        "tags": [(tag.id, tag.fr if language() == "fr" else tag.en, tag.good) for tag in booth.judging.tags],
        "action": action,
        "said": said,
        "alone": alone,
    }
    return page(request, "ballot.html", context)


async def take(desk: Desk, voter: Voter, form: FormData) -> bool:
    """What a form says, kept; whether a sentence was chosen of which nothing is said.

    Raises:
        InputError: no answer was chosen.
    """
    remarks, left = [], False
    for value in texts_of(form, "tag"):
        letter, _colon, tag = value.partition(":")
        remarks.append((letter, tag, ""))
    for letter, variant, _masked in desk.booth.places(voter):
        known = desk.sentences[variant]
        chosen = [(text_of(form, f"sentence-{letter}"), text_of(form, f"sentence_tag-{letter}"))]
        for value in texts_of(form, f"remark-{letter}"):
            number, _colon, tag = value.partition(":")
            chosen.append((number, tag))
        left = left or bool(chosen[0][0] and not chosen[0][1])
        for number, tag in chosen:
            if number.isdecimal() and len(number) < 6 and int(number) < len(known) and tag:
                remarks.append((letter, tag, known[int(number)]))
    await desk.booth.cast(voter, text_of(form, "answer", 20), second=text_of(form, "second", 2), remarks=remarks)
    return left


def _said_of(kept: Ballot | None, variant: str, sentences: tuple[str, ...]) -> dict[str, Any]:
    remarks = [r for r in (kept.remarks if kept else ()) if r.variant == variant]
    return {
        "whole": {r.tag for r in remarks if not r.sentence},
        "sentences": [(sentences.index(r.sentence), r.tag, r.sentence) for r in remarks if r.sentence in sentences],
    }


async def attended(request: Request, desk: Desk, shown: Callable[[Voter, str], Response]) -> Response:
    """Show a ballot to whoever comes; a newcomer gets a token, which their browser alone holds."""
    token = request.cookies.get(cookie(desk), "")
    voter = desk.booth.known(token)
    if voter is None:
        token, voter = await desk.booth.arrive()
    answer = shown(voter, _outcome(request.query_params.get("vote", "")))
    answer.set_cookie(cookie(desk), token, httponly=True, samesite="lax", max_age=24 * 3600)
    return answer


async def voted(request: Request, desk: Desk, path: str) -> Response:
    """Take a ballot, and lead the browser back to it, where what became of it is said."""
    voter = desk.booth.known(request.cookies.get(cookie(desk), ""))
    if voter is None:
        return to(f"{path}?vote=unknown")
    async with request.form(max_fields=400, max_files=0) as form:
        try:
            left = await take(desk, voter, form)
        except InputError:
            return to(f"{path}?vote=empty")
        except StoreError:
            return to(f"{path}?vote=failed")
    return to(f"{path}?vote={'half' if left else 'kept'}")


def _outcome(code: str) -> str:
    """Return what became of a ballot, in a sentence; where things are kept is nothing for a phone to know."""
    kept = _("Your vote is kept. You can change it until the vote is closed.")
    return {
        "kept": kept,
        "half": kept + " " + _("A sentence was chosen without saying what of it: choose a tag for it too."),
        "empty": _("Nothing was kept: choose an answer first."),
        "failed": _("Your vote could not be kept. Try again in a moment."),
        "unknown": _("This browser had not opened the recaps yet: here they are."),
    }.get(code, "")


def state(desk: Desk) -> dict[str, Any]:
    """What pages ask again and again: how many came and voted, and whether it is over. Never what was voted."""
    return {"came": desk.booth.came, "voted": desk.booth.voted, "closed": desk.booth.closed}
