"""The recap that a person composes from the recaps of a run: begun, changed, looked at, put beside the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import InputError
from comparia.library import passages
from comparia.library.documents import document_choices
from comparia.library.kept import has_store, open_store
from comparia.library.scorings import score, score_text
from comparia.messages import gettext as _
from comparia.records import CREDIT, RETENTION, Composition, KeyPoint, Passage, Run, Score, Variant
from comparia.text.recaps import source_blocks, whole_sentences
from comparia.text.wordlists import table

if TYPE_CHECKING:
    from comparia.store import Store


def composition(run_id: str, *, settings: Settings | None = None) -> Composition:
    """Return the recap that is being composed from a run; an empty one where there is none."""
    settings = settings or load_settings()
    if not has_store(settings):
        return Composition()
    with open_store(settings) as store:
        return store.workbench.composition(run_id)


def compose(
    run_id: str, change: Callable[[Composition], Composition], *, settings: Settings | None = None
) -> Composition:
    """Keep what a function makes of the recap that is being composed from a run, and return it.

    Raises:
        UnknownName: no such run.
    """
    with open_store(settings or load_settings()) as store:
        return store.workbench.compose(run_id, change)


# Where it begins ------------------------------------------------------------------------------------------------------


def passages_of(variant: Variant) -> list[Passage]:
    """Return a whole recap as passages: its headings, its paragraphs, the items of its lists, its tables."""
    return [passages.own(block, variant=variant.id) for block in source_blocks(variant.summary or "")]


def outline_of(run: Run, *, settings: Settings | None = None) -> list[Passage]:
    """Return the headings that the recap of a run is begun from, each with room to write under it.

    They are those of the kind of its session, or else those of the usual minutes in the language of the session.
    """
    headings = document_choices(run.id, settings=settings).outline
    headings = headings or tuple(table(run.transcript.language, "minutes", "outline")["words"])
    return [passages.own(text) for heading in headings for text in (f"## {heading}", "")]


class Offer(NamedTuple):
    """Something that can be taken from a recap."""

    text: str
    """What is put in, Markdown."""
    words: str
    """What is shown, without marks."""


def offers_of(variant: Variant) -> list[Offer]:
    """Return what can be taken from a recap: its headings, its sentences, the items of its lists, whole tables."""
    offers = []
    for block in source_blocks(variant.summary or ""):
        mark = passages.mark_of(block)
        whole = bool(mark) or block.startswith(("|", "```", ">"))
        texts = [block] if whole else whole_sentences(block)
        offers += [Offer(text, passages.words_of(text).replace("**", "").strip()) for text in texts]
    return offers


# What it does not keep yet --------------------------------------------------------------------------------------------


class Best(NamedTuple):
    """The sentence of a recap that says a key point best."""

    variant: str
    """Id of the recap."""
    sentence: str
    """The sentence."""
    verdict: str
    """What becomes of the point there."""


class Said(NamedTuple):
    """Words of the session that say a key point."""

    words: str
    """The words."""
    speaker: str
    """Name of who said them; empty where it is not known."""
    turn: int
    """Number of the turn."""
    start: int | None
    """When the turn begins, in ms; None where it is not known."""
    quotation: str
    """The words as a recap quotes them."""


class Lacking(NamedTuple):
    """A key point that a recap being composed does not keep yet, and what would say it."""

    point: KeyPoint
    """The point."""
    minority: bool
    """Whether it is a minority view."""
    holders: tuple[str, ...]
    """Names of those who hold it."""
    verdict: str
    """What becomes of it so far: `absent`, or what falls short."""
    best: Best | None
    """The sentence of any recap that says it best; None where no recap says it."""
    said: tuple[Said, ...]
    """The words of the session."""


class Standing(NamedTuple):
    """How a recap being composed stands."""

    score: Score | None
    """How much of the key points it keeps, by words; None where there are no words, or no key points."""
    lacking: tuple[Lacking, ...]
    """The points that it does not keep yet, minority views first."""


def standing_of(run: Run, text: str, recap: str = "") -> Standing:
    """Return how a text stands among the recaps of a run: by words alone, as it would be scored beside them.

    Args:
        run: the run.
        text: the recap being composed, Markdown.
        recap: id of the variant that it was put beside the others as, whose sentences are not proposed; empty for none.
    """
    if run.reference is None:
        return Standing(None, ())
    score = score_text(run, text) if text else None
    verdicts = {item.key_point: item.verdict for item in score.points} if score else {}
    best = _best_sentences(run, recap)
    lacking = []
    for point in run.reference.key_points:
        few, verdict = run.reference.is_minority(point), verdicts.get(point.id, "absent")
        if (RETENTION if few else CREDIT).get(verdict, 0.0):
            continue
        holders = tuple(run.transcript.speaker_name(holder) for holder in point.holders)
        lacking.append(Lacking(point, few, holders, verdict, best.get(point.id), _said(run, point)))
    return Standing(score, tuple(sorted(lacking, key=lambda item: not item.minority)))


_BEST_FIRST = ("kept", "partly", "softened", "uncertain")


def _best_sentences(run: Run, without: str) -> dict[str, Best]:
    """Return the sentence that says each key point best, over the recaps of a run, by key point."""
    from comparia.reports.readings import COVERAGE

    found: dict[str, tuple[tuple[float, ...], Best]] = {}
    shown = {variant.id for variant in run.variants if variant.summary and variant.id != without}
    for of_recap in run.scores:
        if of_recap.metric != COVERAGE or of_recap.variants[0] not in shown:
            continue
        for item in of_recap.points:
            if item.verdict not in _BEST_FIRST or not item.sentence:
                continue
            rank = (-_BEST_FIRST.index(item.verdict), item.as_held or 0.0, item.probability or 0.0)
            if item.key_point not in found or rank > found[item.key_point][0]:
                found[item.key_point] = (rank, Best(of_recap.variants[0], item.sentence, item.verdict))
    return {point: best for point, (_rank, best) in found.items()}


def _said(run: Run, point: KeyPoint) -> tuple[Said, ...]:
    turns = {turn.number: turn for turn in run.transcript.turns}
    found = []
    for quote in point.said:
        name = run.transcript.speaker_name(quote.speaker) if quote.speaker else ""
        start = turns[quote.turn].start if quote.turn in turns else None
        found.append(Said(quote.words, name, quote.turn, start, quotation_of(run, name, quote.words)))
    return tuple(found)


def quotation_of(run: Run, name: str, words: str) -> str:
    """Return words of the session as a recap quotes them: who said them, and the words between quotation marks."""
    named, bare = table(run.transcript.language, "minutes", "quotation")["words"]
    inner = words.strip().replace("«\u00a0", "“").replace("\u00a0»", "”").replace("« ", "“").replace(" »", "”")
    if run.transcript.language == "en":
        inner = inner.replace("“", "‘").replace("”", "’")
    quotation: str = (named if name else bare).format(name=name, words=" ".join(inner.split(" ")))
    return quotation if inner[-1:] in (".", "!", "?", "…") else f"{quotation}."


# Beside the others ----------------------------------------------------------------------------------------------------


class Put(NamedTuple):
    """A recap that was put beside the others."""

    variant: str
    """Its id."""
    again: bool
    """Whether it was there already."""
    changed: bool
    """Whether it holds other words than before."""


def put_beside(run_id: str, *, settings: Settings | None = None) -> Put:
    """Put the composed recap of a run among its variants, or its present words in place of those that are there.

    A recap that was voted on stays as it was voted on: the composed one is put beside it, under a name with a number.

    Raises:
        InputError: nothing was composed.
    """
    settings = settings or load_settings()
    with _PUTTING, open_store(settings) as store:
        put = _put(run_id, store)
    if put.changed:
        score(run_id, settings=settings)
    return put


_PUTTING = Lock()
"""Held while a recap is put beside the others: two clicks at once put one."""


def _put(run_id: str, store: Store) -> Put:
    from comparia import comparing
    from comparia.backends.queue import run_sync

    made = store.workbench.composition(run_id)
    run = store.runs.read(run_id, with_scores=False)
    if not made.text:
        raise InputError(_("Nothing has been composed yet."), cure=_("Take a first passage, or write your own."))
    author = made.author or _("by hand")
    pieces = tuple(piece.piece for piece in made.pieces if piece.text.strip())
    before = next((v for v in run.variants if v.id == made.recap and v.author == "human"), None)
    if before is not None and before.summary == made.text and _is_of(before, author):
        return Put(before.id, again=True, changed=False)
    if before is not None and not _is_voted_on(run, before, store):
        comparing.change_text(run_id, store, before.id, made.text, author, pieces)
        if before.summary != made.text:  # what was settled holds for the earlier words
            points = {point.id: point for point in (run.reference.key_points if run.reference else ())}
            for point, recap in store.workbench.settled(run_id, run.reference):
                if recap == before.id:
                    store.workbench.settle(run_id, points[point], recap, None)
        return Put(before.id, again=True, changed=True)
    taken = {variant.backend for variant in run.variants}
    numbered = (f"{author} ({number})" for number in range(2, len(taken) + 3))
    name = author if f"imported:{author}" not in taken else next(n for n in numbered if f"imported:{n}" not in taken)
    _run, variant = run_sync(comparing.add_text(run_id, store, made.text, name, pieces))
    store.workbench.compose(run_id, lambda latest: latest.model_copy(update={"recap": variant.id}))
    return Put(variant.id, again=False, changed=True)


def _is_of(variant: Variant, author: str) -> bool:
    """Return whether a recap is by somebody, or by the same name with a number."""
    return bool(re.fullmatch(re.escape(f"imported:{author}") + r"( \(\d+\))?", variant.backend))


def _is_voted_on(run: Run, variant: Variant, store: Store) -> bool:
    votes = (vote for name in store.runs.of_session(run.transcript.id) for vote in store.votes.judgings(name))
    return any((item.run, item.variant) == (run.id, variant.id) for vote in votes for item in vote.items)
