"""Blind votes: opened from a run or a stage, voted on here or in the room, closed, revealed in two beats.

Until the names are shown, nothing here says who wrote what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import from_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from comparia import library, voting
from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Judging, Run, Tag
from comparia.reports import html
from comparia.reports import votes as votes_report
from comparia.voting import LETTERS, wording
from comparia.voting.wording import card_lines
from comparia.web import ballots
from comparia.web.audience import audience_of, expected_of
from comparia.web.ballots import BallotView
from comparia.web.downloads import download_name, file_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.versions import stage_of


def begin(request: Request, form: FormData) -> Response:
    """Open a blind vote on some recaps of a run, or of other runs of its session."""
    return _begun(request, form, run_of(request))


def begin_on_stage(request: Request, form: FormData) -> Response:
    """Open a blind vote on recaps of any versions of a stage: the last version carries it."""
    stage = stage_of(request)
    if not stage.runs:
        raise UnknownName(_("run"), "", ())
    return _begun(request, form, library.read_run(stage.runs[-1], settings=settings_of(request)))


def _begun(request: Request, form: FormData, run: Run) -> Response:
    """Open the vote that a form asks for; where the room is open and has no open vote, phones get it at once."""
    opened = library.open_judging(
        run,
        texts_of(form, "variant"),
        same_style=bool(form.get("same_style")),
        same_letters=bool(form.get("same_letters")),
        question=text_of(form, "question", 300),
        settings=settings_of(request),
    )
    from_thread.run(audience_of(request).put_first, opened.id)
    return to(f"/votes/{opened.id}")


def moved(request: Request) -> Response:
    """Lead an address of an earlier version to where the vote is now."""
    return RedirectResponse(f"/votes/{request.path_params['rest']}", 308)


async def show(request: Request) -> Response:
    """Show the vote as far as it is: how many voted; its results by letter once it is closed; then who wrote what."""
    view = await _view(request)
    judging = view.open_vote.judging
    if view.open_vote.named:
        answer = await run_in_threadpool(_revealed, request, judging)
        answer.delete_cookie(ballots.cookie(view))
        return answer
    audience = audience_of(request)
    history = await run_in_threadpool(audience.history, settings_of(request)) if audience.room is not None else []
    context = {
        "judging": judging,
        "title": view.open_vote.title,
        "audience": audience,
        "history": history,
        "watch": watched(request, view),
        **ballots.state(view),
    }
    if not view.open_vote.closed:
        return page(request, "vote.html", context)
    return page(
        request, "results.html", {**context, **results(judging), "texts": view.shown, "letters": _letters(judging)}
    )


async def watch(request: Request) -> Response:
    """Show the part of the page that changes while people vote: more votes than people, many from one device."""
    view = await _view(request)
    return page(request, "_watch.html", {"judging": view.open_vote.judging, "watch": watched(request, view)})


def watched(request: Request, view: BallotView) -> dict[str, Any]:
    """Return what is to be pointed out of the votes that came."""
    audience, vote = audience_of(request), view.open_vote
    counted = vote.voted - len(vote.judging.set_aside)
    return {
        "phones": audience.presence.phones if audience.is_open else 0,
        "expected": audience.expected if audience.is_open else None,
        "voted": counted,
        "reading": max(0, vote.came - vote.voted),
        "crowds": vote.crowds if not vote.named else [],
        "aside": len(vote.judging.set_aside),
        "of": vote.voted,
    }


async def ballot(request: Request) -> Response:
    """Show a ballot, to vote here."""
    ballot_view = await _view(request)
    address = f"/votes/{ballot_view.open_vote.judging.id}"
    if ballot_view.open_vote.closed:
        return to(address)

    def shown(voter: Any, said: str) -> Response:
        return ballots.ballot(request, ballot_view, voter, f"{address}/ballot", said=said, alone=True)

    return ballots.attended(request, ballot_view, shown)


async def vote(request: Request) -> Response:
    """Take a ballot cast here."""
    ballot_view = await _view(request)
    address = f"/votes/{ballot_view.open_vote.judging.id}"
    if ballot_view.open_vote.closed:
        return to(address)
    return await ballots.voted(request, ballot_view, f"{address}/ballot")


async def another(request: Request) -> Response:
    """Somebody else votes on this machine: a fresh ballot."""
    ballot_view = await _view(request)
    answer = to(f"/votes/{ballot_view.open_vote.judging.id}/ballot")
    answer.delete_cookie(ballots.cookie(ballot_view))
    return answer


async def state(request: Request) -> Response:
    """How many came and voted, and whether it is over."""
    return JSONResponse(ballots.state(await _view(request)))


async def room(request: Request) -> Response:
    """Put the vote before the phones of the room, which is opened where it is not."""
    ballot_view = await _view(request)
    judging = ballot_view.open_vote.judging
    if not ballot_view.open_vote.closed:
        await audience_of(request).open(await expected_of(request))
        await audience_of(request).put(judging.id)
    return to(f"/votes/{judging.id}")


async def set_aside(request: Request) -> Response:
    """Leave the votes of one device out of the count, or put back all that were left out."""
    vote = (await _view(request)).open_vote
    async with request.form(max_fields=5, max_files=0) as form:
        key = text_of(form, "device", 40)
    chosen: set[int] = set()
    if key:
        chosen = {number for crowd in vote.crowds if crowd.key == key for number in crowd.voters}
        chosen |= {*vote.judging.set_aside}
    await vote.set_aside(chosen)
    return to(f"/votes/{vote.judging.id}#watch")


async def close(request: Request) -> Response:
    """Close the vote: its results are shown by letter."""
    ballot_view = await _view(request)
    await ballot_view.open_vote.close()
    return to(f"/votes/{ballot_view.open_vote.judging.id}")


async def reopen(request: Request) -> Response:
    """Open the vote again, as long as the names were not shown."""
    ballot_view = await _view(request)
    await ballot_view.open_vote.reopen()
    return to(f"/votes/{ballot_view.open_vote.judging.id}")


async def names(request: Request) -> Response:
    """Show the names, and erase the tokens of the voters: the vote is over."""
    ballot_view = await _view(request)
    await ballot_view.open_vote.show_names()
    audience_of(request).named(ballot_view.open_vote.judging.id)
    return to(f"/votes/{ballot_view.open_vote.judging.id}")


async def export(request: Request) -> Response:
    """The votes in the shape of the comparia-fr-arena dataset, whatever runs the recaps are of."""
    view = await _view(request)
    judging = view.open_vote.judging
    if not view.open_vote.named:
        return to(f"/votes/{judging.id}")

    def written() -> bytes:
        run = library.judged_run(judging, settings=settings_of(request))
        return library.render(run.model_copy(update={"judgings": (judging,)}), "votes")

    name = download_name(_("votes"), "jsonl", view.open_vote.title, judging.opened_at)
    return file_of(await run_in_threadpool(written), votes_report.MEDIA_TYPE, name)


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


def _revealed(request: Request, judging: Judging) -> Response:
    run = library.judged_run(judging, settings=settings_of(request))
    labels = voting.labels_of(judging, run)
    context = {"run": run, "card_lines": card_lines, **results(judging, labels)}
    return page(request, "revealed.html", {**context, **revealed(run, judging, labels)})


def results(judging: Judging, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the pages of a closed vote show of its ballots: by letter, or by name once names are given."""
    result = voting.tally(judging)
    named = labels or {name: _("Recap %(letter)s") % {"letter": letter} for name, letter in _letters(judging).items()}
    return {
        "judging": judging,
        "result": result,
        "labels": named,
        "bars": wording.bars(result, named),
        "findings": wording.findings(result, named),
        "of": wording.of,
        "chance": wording.chance,
        "span": html.span,
    }


def revealed(run: Run, judging: Judging, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page of a vote shows of those who wrote, once the names are shown."""
    by_id = {variant.id: variant for variant in run.variants}
    backends = {backend.name: backend for backend in run.backends}
    chosen = [by_id[name] for name in judging.variants if name in by_id]
    counted = [ballot for ballot in judging.ballots if ballot.voter not in judging.set_aside]
    items = dict(zip(judging.variants, judging.items, strict=True))
    return {
        "cards": [(v, labels[v.id], voting.card(backends.get(v.backend), v)) for v in chosen],
        "places": {name: f"/runs/{item.run}#{item.variant}" for name, item in items.items()},
        "tag_names": [(t.id, t.fr if language() == "fr" else t.en, t.good) for t in judging.tags],
        "sentences": [
            (labels[r.variant], r.tag, r.sentence)
            for b in counted
            for r in b.remarks
            if r.sentence and r.variant in by_id
        ],
        "letters": _letters(judging),
    }


def _letters(judging: Judging) -> dict[str, str]:
    """Return the letter of each recap on the screen."""
    return dict(zip(judging.variants, LETTERS, strict=False))


async def _view(request: Request) -> BallotView:
    view: BallotView = await request.app.state.ballot_views.of(request.path_params["judging"])
    return view
