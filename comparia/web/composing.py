"""The page on which a person writes the final recap: passages of any recap, words of the session and their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from comparia import library
from comparia.config import Settings
from comparia.library import passages
from comparia.library.compositions import Offer, Standing
from comparia.library.passages import State
from comparia.library.scorings import Repair
from comparia.messages import clock
from comparia.messages import gettext as _
from comparia.records import Composition, Passage, Run, Variant, now
from comparia.reports import html, wording
from comparia.reports.flags import PersonalData
from comparia.reports.hearing import Hearing
from comparia.reports.hearing import Passage as Heard
from comparia.reports.wording.labels import recap_label
from comparia.text.recaps import citations
from comparia.web.downloads import file_of, session_file
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, to
from comparia.web.recordings import Player, player_of

MAX_TEXT = 20_000
"""Characters of one passage."""
FIELDS = ("piece", "mark", "text", "variant", "original", "turn", "joined", "other_of")
"""What the form holds of each passage, in the order of the passages."""


@dataclass(frozen=True, kw_only=True)
class PassagesPage:
    """What the passages of a recap being composed show."""

    run: Run
    """The run it is composed from."""
    composition: Composition
    """What there is of it."""
    known: str
    """Id of the state that is shown."""
    at: str
    """Id of the passage after which the next ones are put; `first` for before all, empty for after all."""
    labels: Mapping[str, str]
    """Names of the recaps."""
    marks: Sequence[tuple[str, str]]
    """What a passage may begin with, and the name of each."""
    mark_of: Callable[[str], str]
    """What a passage begins with."""
    words_of: Callable[[str], str]
    """A passage without it."""


@dataclass(frozen=True, kw_only=True)
class StandingPage:
    """What is said of a recap being composed: the points it does not keep yet, quotations to put right."""

    run: Run
    """The run it is composed from."""
    composition: Composition
    """What there is of it."""
    standing: Standing
    """The points that it does not keep yet."""
    repairs: Sequence[Repair]
    """Quotations that were not said so, with the words that were."""
    labels: Mapping[str, str]
    """Names of the recaps."""
    heard: Callable[..., Heard | None]
    """What of the recording can be played."""
    clock_of: Callable[[float], str]
    """A moment of the session, in seconds, as players show it."""
    session_address: str
    """Address of the page of the session."""


@dataclass(frozen=True, kw_only=True)
class ComposingPage(PassagesPage, StandingPage):
    """Everything the page of a recap being composed shows."""

    sources: Sequence[tuple[Variant, Sequence[Offer]]]
    """The recaps, and what can be taken from each."""
    originals: Mapping[str, str]
    """What was taken of each recap, as it was taken."""
    player: Player
    """What plays the recording."""


@dataclass(frozen=True, kw_only=True)
class PreviewPage:
    """The recap as it will read."""

    run: Run
    """The run it is composed from."""
    composition: Composition
    """The recap."""
    text: Markup
    """Its words as they are shown."""
    with_turns: bool
    """Whether the marks that cite turns are shown."""
    cites: bool
    """Whether it has any."""
    personal: Sequence[PersonalData]
    """Personal data in it."""


def show(request: Request) -> Response:
    """Show what has been composed, what there is to take, and the points of view that are not kept yet."""
    run = run_of(request)
    composition = library.composition(run.id, settings=settings_of(request))
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings_of(request))
    view = ComposingPage(
        **{**vars(_standing(run, composition, player)), **vars(_passages(request, run, composition))},
        sources=[(v, library.offers_of(v)) for v in wording.shown(run) if v.id != composition.recap],
        originals={v.id: _originals(composition, v.id) for v in wording.shown(run)},
        player=player,
    )
    return page(request, "composing.html", view)


def show_passages(request: Request) -> Response:
    """Answer with the passages alone, for a window to take up what another one did, or what was undone."""
    run = run_of(request)
    composition = library.composition(run.id, settings=settings_of(request))
    return page(request, "_passages.html", _passages(request, run, composition))


def show_standing(request: Request) -> Response:
    """Answer with what is said of the recap alone: it is long to find, so asked for when nothing is being kept."""
    run = run_of(request)
    composition = library.composition(run.id, settings=settings_of(request))
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings_of(request))
    return page(request, "_standing.html", _standing(run, composition, player))


def state(request: Request) -> Response:
    """Tell a window what is kept: the id of its own state, that of the present one, and what can be undone."""
    composition = library.composition(request.path_params["run"], settings=settings_of(request))
    kept = State(composition.author, composition.pieces).id
    mine = request.query_params.get("mine", "")
    counts = {"undo": len(composition.undo), "redo": len(composition.redo)}
    return JSONResponse({"known": kept, "mine": mine, **counts})


def preview(request: Request) -> Response:
    """Show the recap as it will read, and what can be downloaded."""
    run = run_of(request)
    composition = library.composition(run.id, settings=settings_of(request))
    with_turns = request.query_params.get("turns") == "1"
    trial = Variant(id="t", prompt=None, backend="trial", author="human", summary=composition.text, finished_at=now())
    view = PreviewPage(
        run=run,
        composition=composition,
        text=_with_headings_in_order(
            html.markdown(composition.text if with_turns else without_citations(composition.text))
        ),
        with_turns=with_turns,
        cites=bool(citations(composition.text)),
        personal=library.personal_data(trial),
    )
    return page(request, "preview.html", view)


def download(request: Request) -> Response:
    """The recap alone, as Markdown; with `?turns=1`, with the marks that cite turns."""
    run = run_of(request)
    text = library.composition(run.id, settings=settings_of(request)).text
    shown = text if request.query_params.get("turns") == "1" else without_citations(text)
    return file_of(f"{shown}\n", "text/markdown; charset=utf-8", session_file(_("recap"), "md", run.transcript))


def _with_headings_in_order(text: Markup) -> Markup:
    """Return a recap whose headings follow that of the page without a gap, whatever their marks."""
    levels = sorted(set(re.findall(r"<h([4-6])>", text)))
    return Markup(re.sub(r"(</?h)([4-6])>", lambda m: f"{m[1]}{3 + levels.index(m[2])}>", text))  # noqa: S704 - cleaned


def without_citations(text: str) -> str:
    """Return a recap without the marks that cite turns of the session (`[T12]`)."""
    pieces, end = [], 0
    for start, stop in citations(text):
        pieces.append(text[end:start])
        end = stop
    left = "".join([*pieces, text[end:]])
    return re.sub(r"([.!?…])\.(?=\s|$)", r"\1", _EMPTY.sub("", left)) if pieces else text


_EMPTY = re.compile(r"[ \t]*(?:\[[\s,;–-]*\]|\([\s,;–-]*\))")


def keep(request: Request, form: FormData) -> Response:
    """Keep what a window holds, then do what the button says."""
    settings, run_id = settings_of(request), request.path_params["run"]
    action, _colon, what = text_of(form, "action").partition(":")
    window = State(text_of(form, "author", 80), tuple(_sent(form)))
    change = _change_of(request, form, action, what)
    at = text_of(form, "place", 40)
    mine = ""

    def changed(composition: Composition) -> Composition:
        nonlocal mine, at
        kept, held = passages.received(composition, text_of(form, "known"), window, is_step=not form.get("typed"))
        mine = held.id
        if action in ("undo", "redo"):
            return passages.undone(kept) if action == "undo" else passages.redone(kept)
        before = {piece.id for piece in kept.pieces}
        after = passages.changed(kept, State(kept.author, tuple(change(kept))))
        at = next((piece.id for piece in reversed(after.pieces) if piece.id not in before), at)
        return after

    composition = library.compose(run_id, changed, settings=settings)
    address = f"/runs/{run_id}/compose"
    if text_of(form, "answer") == "state":
        return to(f"{address}/state?mine={mine}")
    if action == "preview":
        return to(f"{address}/preview")
    if action in ("finish", "send"):
        put = library.put_beside(run_id, settings=settings)
        if action == "send" and what in ("docx", "odt"):
            return to(f"/runs/{run_id}/report.{what}")
        said = (
            _("Your recap stands beside the others with its present words.")
            if put.again
            else (_("Your recap stands beside the others, scored as they are."))
        )
        return noticed(request, f"/runs/{run_id}#{put.variant}", Notice(said, good=True))
    shown = what if passages.place_of(composition.pieces, what) >= 0 else at
    there = shown if passages.place_of(composition.pieces, shown) >= 0 else ""
    return to(f"{address}?at={quote(at)}#piece-{there}" if there else f"{address}?at={quote(at)}")


def _sent(form: FormData) -> list[Passage]:
    """Return the passages that a form holds."""
    columns = [[str(value).replace("\r\n", "\n") for value in form.getlist(name)] for name in FIELDS]
    return [
        Passage(
            id=name,
            text=passages.with_mark(mark, text[:MAX_TEXT]) if text.strip() else "",
            variant=variant[:80],
            original=original[: MAX_TEXT + 10],
            turn=int(turn) if turn.isdecimal() and len(turn) < 9 else 0,
            joined=joined == "1",
            other_of=other_of[:40],
        )
        for name, mark, text, variant, original, turn, joined, other_of in zip(*columns, strict=False)
    ]


Change = Callable[[Composition], Sequence[Passage]]
"""What an action makes of the passages of a composition."""


def _change_of(request: Request, form: FormData, action: str, what: str) -> Change:
    """Return what an action of the form does; nothing where it names what is not there."""
    at = text_of(form, "place", 40)

    def put(*added: Passage) -> Change:
        return lambda kept: passages.inserted(kept.pieces, at, added)

    by_passage: dict[str, Callable[[Sequence[Passage], str], Sequence[Passage]]] = {
        "up": lambda pieces, name: passages.moved(pieces, name, -1),
        "down": lambda pieces, name: passages.moved(pieces, name, 1),
        "drop": passages.dropped,
        "split": passages.split,
        "join": lambda pieces, name: passages.joined(pieces, name, together=True),
        "apart": lambda pieces, name: passages.joined(pieces, name, together=False),
        "alone": lambda pieces, name: passages.settled(pieces, name, alone=True),
        "both": lambda pieces, name: passages.settled(pieces, name, alone=False),
    }
    if action in by_passage:
        return lambda kept: by_passage[action](kept.pieces, what)
    if action == "own":
        return put(passages.own())
    if action in ("take", "whole", "start", "best", "words", "exact"):
        return _taken(run_of(request), action, what, put, settings_of(request))
    return lambda kept: kept.pieces


def _taken(run: Run, action: str, what: str, put: Callable[..., Change], settings: Settings) -> Change:
    """Return what an action does that takes something of the run."""
    recaps = {variant.id: variant for variant in wording.shown(run)}
    name, _colon, number = what.rpartition(":")
    place = int(number) if number.isdecimal() and len(number) < 9 else -1
    if action == "start" and what in ("outline", "own"):
        begun = library.outline_of(run, settings=settings) if what == "outline" else [passages.own()]
        return lambda _kept: begun
    if action == "start" and what in recaps:
        whole = library.passages_of(recaps[what])
        return lambda _kept: whole
    if action == "whole" and what in recaps:
        return put(*library.passages_of(recaps[what]))
    if action == "take" and name in recaps:
        offers = library.offers_of(recaps[name])[place : place + 1] if place >= 0 else []
        return put(*(passages.own(offer.text, variant=name) for offer in offers))
    if action == "exact" and place >= 0:
        return lambda kept: _put_right(run, kept, place)
    if action not in ("best", "words"):
        return lambda kept: kept.pieces
    own = library.composition(run.id, settings=settings).recap
    for item in library.standing_of(run, "", own).lacking:
        if action == "best" and item.point.id == what and item.best is not None:
            return put(passages.own(item.best.sentence, variant=item.best.variant))
        if action == "words" and item.point.id == name and 0 <= place < len(item.said):
            return put(passages.own(item.said[place].quotation, turn=item.said[place].turn))
    return lambda kept: kept.pieces


def _originals(composition: Composition, variant: str) -> str:
    return "\n".join(piece.original for piece in composition.pieces if piece.variant == variant)


def _put_right(run: Run, kept: Composition, place: int) -> Sequence[Passage]:
    pieces: Sequence[Passage] = kept.pieces
    for repair in library.repairs_of(run, kept.text)[place : place + 1]:
        pieces = [p.model_copy(update={"text": p.text.replace(repair.quotation, repair.exact)}) for p in pieces]
    return pieces


def _passages(request: Request, run: Run, composition: Composition) -> PassagesPage:
    names = {
        "": _("Paragraph"),
        "# ": _("Title"),
        "## ": _("Heading"),
        "### ": _("Smaller heading"),
        "- ": _("Item of a list"),
        "1. ": _("Numbered item"),
        "> ": _("Words set apart"),
    }
    at = request.query_params.get("at", "")
    return PassagesPage(
        run=run,
        composition=composition,
        known=State(composition.author, composition.pieces).id,
        at=at if at == "first" or passages.place_of(composition.pieces, at) >= 0 else "",
        labels={v.id: recap_label(run, v) for v in run.variants},
        marks=[(mark, names[mark]) for mark in passages.MARKS],
        mark_of=passages.mark_of,
        words_of=passages.words_of,
    )


def _standing(run: Run, composition: Composition, player: Player) -> StandingPage:
    return StandingPage(
        run=run,
        composition=composition,
        standing=library.standing_of(run, composition.text, composition.recap),
        repairs=library.repairs_of(run, composition.text) if composition.text else [],
        labels={v.id: recap_label(run, v) for v in run.variants},
        heard=Hearing(run.transcript, player.address).of,
        clock_of=clock,
        session_address=f"/runs/{run.id}/session",
    )
