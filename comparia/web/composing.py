"""The final recap, composed by a person from sentences of any variant and from their own words.

It is scored while it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.errors import InputError
from comparia.library.scorings import Repair
from comparia.messages import gettext as _
from comparia.records import CREDIT, RETENTION, Composition, KeyPoint, Piece, Run, Score, Variant, content_id
from comparia.reports import wording
from comparia.reports.hearing import Hearing, Passage
from comparia.web.pages import page, run_of, settings_of, text_of, to
from comparia.web.recordings import Player, player_of

MAX_PIECES = 500
MAX_TEXT = 20_000
"""Characters of one passage."""


@dataclass(frozen=True)
class ComposingPage:
    """Everything the page of a recap being composed shows."""

    run: Run
    """The run it is composed from."""
    composition: Composition
    """What there is of it."""
    known: str
    """What a page knows of it."""
    sources: list[tuple[Variant, tuple[str, ...]]]
    """The recaps, and the sentences of each."""
    taken: set[tuple[str, str]]
    """Sentences that are in it: recap and words."""
    score: Score | None
    """How much of the key points it keeps."""
    waiting: list[tuple[KeyPoint, bool]]
    """Points it does not keep yet, and whether each is a minority view; these come first."""
    verdicts: Mapping[str, str]
    """Verdict on each point."""
    names_of: Callable[[KeyPoint], str]
    """Names of those who hold a point."""
    labels: Mapping[str, str]
    """Names of the recaps."""
    repairs: list[Repair]
    """Quotations that were not said so, with the words that were."""
    heard: Callable[..., Passage | None]
    """What of the recording can be played."""
    player: Player
    """What plays it."""


def show(request: Request) -> Response:
    """Show what has been composed, what there is to take, and the points of view that are not kept yet."""
    run = run_of(request)
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings_of(request))
    with library.workbench(settings_of(request)) as bench:
        composition = bench.composition(run.id)
    score = library.score_text(run, composition.text) if composition.text and run.reference else None
    verdicts = {item.key_point: item.verdict for item in score.points} if score else {}
    points = [(p, run.reference.is_minority(p)) for p in run.reference.key_points] if run.reference else []
    waiting = [(p, few) for p, few in points if not (RETENTION if few else CREDIT).get(verdicts.get(p.id, ""), 0.0)]
    view = ComposingPage(
        run=run,
        composition=composition,
        known=_version(composition),
        sources=[(v, library.sentences_of(run, v)) for v in wording.shown(run)],
        taken={(piece.variant, piece.original) for piece in composition.pieces if piece.variant},
        score=score,
        waiting=sorted(waiting, key=lambda item: not item[1]),
        verdicts=verdicts,
        names_of=lambda point: ", ".join(run.transcript.speaker_name(holder) for holder in point.holders),
        labels={v.id: run.label(v) for v in run.variants},
        repairs=library.repairs_of(run, composition.text) if composition.text else [],
        heard=Hearing(run.transcript, player.address).of,
        player=player,
    )
    return page(request, "composing.html", view)


def keep(request: Request, form: FormData) -> Response:
    """Keep what is written, then do what the button says: take a sentence, add words, move, remove, or finish."""
    settings = settings_of(request)
    run = run_of(request)
    pieces = [
        Piece(text=text[:MAX_TEXT].replace("\r\n", "\n"), variant=variant, original=original.replace("\r\n", "\n"))
        for text, variant, original in zip(
            *([str(value) for value in form.getlist(name)] for name in ("text", "variant", "original")), strict=False
        )
    ]
    action, _colon, what = text_of(form, "action").partition(":")
    with library.workbench(settings) as bench:
        before = bench.composition(run.id)
    if text_of(form, "known") != _version(before):
        raise InputError(
            _("This recap was changed in another window since this page was opened."),
            cure=_("Here it is as it stands there; go back to copy what you wrote."),
        )
    composition = Composition(author=text_of(form, "author", 80), pieces=tuple(_changed(run, pieces, action, what)))
    with library.workbench(settings) as bench:
        bench.compose(run.id, composition)
    if action != "finish":
        return to(f"/runs/{run.id}/compose")
    if not composition.text:
        raise InputError(_("Nothing has been composed yet."))
    if any(v.author == "human" and v.summary == composition.text for v in run.variants):  # a second click adds nothing
        return to(f"/runs/{run.id}#recaps")
    library.import_text(
        run.id, composition.text, composition.author or _("by hand"), settings=settings, pieces=composition.pieces
    )
    return to(f"/runs/{run.id}#recaps")


def _version(composition: Composition) -> str:
    """What a page knew of the recap: another page that knew something else would undo this one's work."""
    return content_id("cm", composition.model_dump(mode="json")) if composition.pieces or composition.author else ""


def _changed(run: Run, pieces: list[Piece], action: str, what: str) -> list[Piece]:
    if action == "own":
        return [*pieces, Piece(text="")][:MAX_PIECES]
    if action == "take":
        name, _colon, number = what.rpartition(":")
        variant = next((v for v in run.variants if v.id == name and v.summary), None)
        found = library.sentences_of(run, variant) if variant is not None else ()
        if number.isdecimal() and int(number) < len(found):
            sentence = found[int(number)]
            return [*pieces, Piece(text=sentence, variant=name, original=sentence)][:MAX_PIECES]
    if action == "exact" and what.isdecimal():
        repairs = library.repairs_of(run, Composition(pieces=tuple(pieces)).text)
        for repair in repairs[int(what) : int(what) + 1]:
            pieces = [p.model_copy(update={"text": p.text.replace(repair.quotation, repair.exact)}) for p in pieces]
    if action in ("up", "drop") and what.isdecimal() and int(what) < len(pieces):
        place = int(what)
        piece = pieces.pop(place)
        if action == "up":
            pieces.insert(max(0, place - 1), piece)
    return pieces
