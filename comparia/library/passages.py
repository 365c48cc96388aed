"""What is done to the passages of a recap being composed: written, moved, cut, joined, merged, undone.

Every function returns another composition, or other passages: nothing is stored here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from comparia.records import ComposedState, Composition, Passage, content_id
from comparia.text.recaps import whole_sentences

MOST_PASSAGES = 500
"""Passages of a composition."""
MOST_STATES = 200
"""States that a composition remembers: to undo, and to merge what a window sends that was opened long ago."""
MOST_CHARACTERS = 600_000
"""Characters of the passages that these states hold, each passage once."""
TYPED_AT_ONCE = 200
"""Characters typed in one passage that one undoing takes back."""
MARKS = ("", "# ", "## ", "### ", "- ", "1. ", "> ")
"""What a passage begins with in Markdown: nothing, or the mark of a heading, an item or a quotation."""
_MARK = re.compile(r"(#{1,3}|-|>) |\d{1,3}[.)] ")


# Passages -------------------------------------------------------------------------------------------------------------


def new_id() -> str:
    """Return a name for a new passage."""
    return f"p{secrets.token_hex(4)}"


def mark_of(text: str) -> str:
    """Return what a passage begins with, one of `MARKS`."""
    match = _MARK.match(text)
    if match is None or (match[0] == "> " and "\n" in text):  # each line of a long quotation has its mark
        return ""
    return f"{match[1]} " if match[1] else "1. "


def words_of(text: str) -> str:
    """Return a passage without what it begins with."""
    return text[_MARK.match(text).end() :] if mark_of(text) else text  # type: ignore[union-attr]


def with_mark(mark: str, words: str) -> str:
    """Return a passage that begins with a mark, one of `MARKS`; without words it is empty."""
    if mark not in MARKS:
        return words
    return f"{mark}{words}"


def own(text: str = "", *, variant: str = "", turn: int = 0) -> Passage:
    """Return a new passage: of one's own words, of those of a recap, or of those of a turn of the session."""
    return Passage(id=new_id(), text=text, variant=variant, original=text if variant or turn else "", turn=turn)


def place_of(pieces: Sequence[Passage], name: str) -> int:
    """Return where a passage stands, from 0; -1 where it is not among them."""
    return next((n for n, piece in enumerate(pieces) if piece.id == name), -1)


def inserted(pieces: Sequence[Passage], after: str, added: Sequence[Passage]) -> list[Passage]:
    """Return passages with others put after one of them: before all for `first`, after all for any other name."""
    place = 0 if after == "first" else place_of(pieces, after) + 1 or len(pieces)
    return [*pieces[:place], *added, *pieces[place:]][:MOST_PASSAGES]


def moved(pieces: Sequence[Passage], name: str, by: int) -> list[Passage]:
    """Return passages of which one is moved by some places, as far as there are any."""
    place = place_of(pieces, name)
    if place < 0:
        return list(pieces)
    others = [*pieces[:place], *pieces[place + 1 :]]
    others.insert(max(0, place + by), pieces[place])
    return others


def dropped(pieces: Sequence[Passage], name: str) -> list[Passage]:
    """Return passages without one of them; the one that goes on in its paragraph begins one."""
    place = place_of(pieces, name)
    if place < 0:
        return list(pieces)
    left = [*pieces[:place], *pieces[place + 1 :]]
    if place < len(left) and left[place].joined and not pieces[place].joined:
        left[place] = left[place].model_copy(update={"joined": False})
    return left


def joined(pieces: Sequence[Passage], name: str, *, together: bool) -> list[Passage]:
    """Return passages of which one goes on in the paragraph of the one before it, or begins a paragraph."""
    return [p.model_copy(update={"joined": together}) if p.id == name else p for p in pieces]


def settled(pieces: Sequence[Passage], name: str, *, alone: bool) -> list[Passage]:
    """Return passages of which one is no longer in two wordings.

    Args:
        pieces: the passages.
        name: id of one of its wordings.
        alone: whether this wording alone stays; otherwise all stay, as passages of their own.
    """
    chosen = next((piece for piece in pieces if piece.id == name), None)
    if chosen is None:
        return list(pieces)
    first = chosen.other_of or chosen.id
    left = [p for p in pieces if not alone or p.id == name or first not in (p.id, p.other_of)]
    return [p.model_copy(update={"other_of": ""}) if first in (p.id, p.other_of) else p for p in left]


def split(pieces: Sequence[Passage], name: str) -> list[Passage]:
    """Return passages of which one is cut into sentences that go on in one paragraph: the recap does not change."""
    place = place_of(pieces, name)
    if place < 0:
        return list(pieces)
    piece = pieces[place]
    mark, sentences = mark_of(piece.text), whole_sentences(words_of(piece.text))
    if len(sentences) < 2 or piece.text.lstrip().startswith(("|", "```")):
        return list(pieces)
    taken = whole_sentences(words_of(piece.original))
    parts = []
    for number, sentence in enumerate(sentences):
        original = taken[number] if len(taken) == len(sentences) else piece.original
        first = number == 0
        if first and original != piece.original:
            original = f"{mark_of(piece.original)}{original}"
        update = {
            "id": piece.id if first else new_id(),
            "text": f"{mark}{sentence}" if first else sentence,
            "original": original,
            "joined": piece.joined if first else True,
            "other_of": piece.other_of if first else "",
        }
        parts.append(piece.model_copy(update=update))
    return [*pieces[:place], *parts, *pieces[place + 1 :]][:MOST_PASSAGES]


def named(pieces: Iterable[Passage]) -> tuple[Passage, ...]:
    """Return passages that each have a name of their own."""
    seen: set[str] = set()
    result = []
    for piece in pieces:
        fresh = not re.fullmatch(r"[\w.-]{1,40}", piece.id, re.ASCII) or piece.id in seen or piece.id == "first"
        name = new_id() if fresh else piece.id
        seen.add(name)
        result.append(piece.model_copy(update={"id": name}) if fresh else piece)
    return tuple(result[:MOST_PASSAGES])


# Several windows ------------------------------------------------------------------------------------------------------


class State(NamedTuple):
    """Who composes a recap, and its passages, at one time."""

    author: str
    """As given."""
    pieces: tuple[Passage, ...]
    """In order."""

    @property
    def id(self) -> str:
        """Hash of its content."""
        return content_id("cm", [self.author, [piece.model_dump(mode="json") for piece in self.pieces]])


NOTHING = State("", ())
"""What every composition begins with."""


def merged(base: State, mine: State, theirs: State) -> State:
    """Return what two windows made of one state, together.

    A passage that one of them changed, moved, added or took out is as that window left it. A passage that both changed
    stands in both wordings, one after the other. What one took out and the other changed stays. Where both changed the
    order, that of `mine` holds.
    """
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    before, ours, others = ({piece.id: piece for piece in state.pieces} for state in (base, mine, theirs))
    kept: dict[str, Passage] = {}
    for name in (*others, *ours):
        kept |= _merged_passage(before.get(name), ours.get(name), others.get(name), others)
    shared = [name for name in before if name in ours and name in others]
    mine_moved = [name for name in ours if name in shared] != shared
    first, second = (ours, others) if mine_moved else (others, ours)
    order = _order(list(first), list(second), kept)
    author = theirs.author if mine.author == base.author else mine.author
    return State(author, tuple(kept[name] for name in order))


def _merged_passage(
    base: Passage | None, mine: Passage | None, theirs: Passage | None, others: Mapping[str, Passage]
) -> dict[str, Passage]:
    """Return what is kept of one passage, by id: two where both windows changed it, none where it is taken out."""
    if mine is None or theirs is None:
        left = mine or theirs
        return {} if left is None or (base is not None and left == base) else {left.id: left}
    if mine in (base, theirs):
        return {theirs.id: theirs}
    if theirs == base:
        return {mine.id: mine}
    if mine.text == theirs.text:  # one joined it, the other split it: no words differ
        return {mine.id: mine}
    earlier = {name: p for name, p in others.items() if p.other_of == mine.id}
    same = next((n for n, p in earlier.items() if p.text == mine.text or (base and p.text == base.text)), "")
    copy = same or next(f"{mine.id[:36]}.{n}" for n in range(2, 999) if f"{mine.id[:36]}.{n}" not in others)
    return {theirs.id: theirs, copy: mine.model_copy(update={"id": copy, "other_of": mine.id})}


def _order(first: Sequence[str], second: Sequence[str], kept: Mapping[str, Passage]) -> list[str]:
    """Return the names of passages in the order of `first`, those of `second` alone after the one before them there.

    The other wording of a passage stands right after it.
    """
    order = [name for name in first if name in kept]
    before = ""
    for name in (name for name in second if name in kept):
        if name not in order:
            order.insert(order.index(before) + 1 if before else 0, name)
        before = name
    for name in kept:
        if name not in order:
            order.insert(order.index(kept[name].other_of) + 1, name)
    return order


# History --------------------------------------------------------------------------------------------------------------


def state_of(composition: Composition, name: str = "") -> State | None:
    """Return one of the states of a composition by its id, the present one for none; None where it is forgotten."""
    if not name:
        return State(composition.author, composition.pieces)
    if name == NOTHING.id:
        return NOTHING
    found = next((state for state in composition.states if state.id == name), None)
    if found is None:
        return None
    return State(found.author, tuple(composition.passages[place] for place in found.places))


def received(composition: Composition, known: str, mine: State, *, is_step: bool = True) -> tuple[Composition, State]:
    """Return a composition with what a window sends of it, and what the window is known to hold from now on.

    Args:
        composition: as it is stored.
        known: id of the state that the window changed.
        mine: what the window holds.
        is_step: whether the change is undone by itself; otherwise words typed in one passage are undone together.
    """
    mine = State(mine.author, named(mine.pieces))
    present = State(composition.author, composition.pieces)
    base = state_of(composition, known) if known else NOTHING
    after = mine if known == present.id else merged(base or NOTHING, mine, present)
    composition = remembered(composition, mine) if mine != after else composition
    return changed(composition, after, is_step=is_step), mine


def changed(composition: Composition, after: State, *, is_step: bool = True) -> Composition:
    """Return a composition that holds another state, from which one can go back to the present one."""
    present = State(composition.author, composition.pieces)
    if after == present:
        return composition
    composition = remembered(remembered(composition, present), after)
    undo = composition.undo
    goes_on = not is_step and bool(undo) and _is_typing(state_of(composition, undo[-1]), present, after)
    if not goes_on:
        undo = (*undo, present.id)
    update = {"author": after.author, "pieces": after.pieces, "undo": undo, "redo": ()}
    return _bounded(composition.model_copy(update=update))


def undone(composition: Composition) -> Composition:
    """Return a composition as it was before the last change; as it is where there is none."""
    return _gone(composition, "undo", "redo")


def redone(composition: Composition) -> Composition:
    """Return a composition as it was before the last undoing; as it is where there is none."""
    return _gone(composition, "redo", "undo")


def _gone(composition: Composition, source: str, target: str) -> Composition:
    names: list[str] = list(getattr(composition, source))
    present = State(composition.author, composition.pieces)
    state = None
    while names and state is None:
        state = state_of(composition, names.pop())
    if state is None:
        return composition
    composition = remembered(composition, present)
    other = (*getattr(composition, target), present.id)
    update = {"author": state.author, "pieces": state.pieces, source: tuple(names), target: other}
    return _bounded(composition.model_copy(update=update))


def remembered(composition: Composition, state: State) -> Composition:
    """Return a composition that can find a state again by its id."""
    name = state.id
    if any(kept.id == name for kept in composition.states):
        return composition
    passages = list(composition.passages)
    numbers = {piece: number for number, piece in enumerate(passages)}
    for piece in state.pieces:
        if piece not in numbers:
            numbers[piece] = len(passages)
            passages.append(piece)
    kept = ComposedState(id=name, author=state.author, places=tuple(numbers[piece] for piece in state.pieces))
    return composition.model_copy(update={"states": (*composition.states, kept), "passages": tuple(passages)})


def _is_typing(start: State | None, before: State, after: State) -> bool:
    """Return whether a change goes on with words that are being typed in one passage, from `start` on."""
    if start is None or not start.author == before.author == after.author:
        return False
    changes = _changes(start, before), _changes(before, after)
    if None in changes or changes[0] != changes[1] or changes[1] is None:
        return False
    first, last = (next(p.text for p in state.pieces if p.id == changes[1]) for state in (start, after))
    return abs(len(last) - len(first)) < TYPED_AT_ONCE


def _changes(before: State, after: State) -> str | None:
    """Return the id of the one passage whose words, and nothing else, two states differ by; None otherwise."""
    if [piece.id for piece in before.pieces] != [piece.id for piece in after.pieces]:
        return None
    pairs = [(old, new) for old, new in zip(before.pieces, after.pieces, strict=True) if old != new]
    if len(pairs) != 1 or pairs[0][0].model_copy(update={"text": pairs[0][1].text}) != pairs[0][1]:
        return None
    return pairs[0][0].id


def _bounded(composition: Composition) -> Composition:
    """Return a composition that remembers no more than it may: the oldest states are forgotten."""
    states = list(composition.states)
    sizes = [len(piece.text) + len(piece.original) for piece in composition.passages]
    held = sum(sizes)
    if len(states) <= MOST_STATES and held <= MOST_CHARACTERS:
        return composition
    states = states[-MOST_STATES:]
    while True:
        used = sorted({place for state in states for place in state.places})
        if len(states) < 2 or sum(sizes[place] for place in used) <= MOST_CHARACTERS:
            break
        states = states[max(1, len(states) // 10) :]
    at = {place: number for number, place in enumerate(used)}
    names = {state.id for state in states}
    return composition.model_copy(
        update={
            "states": tuple(s.model_copy(update={"places": tuple(at[p] for p in s.places)}) for s in states),
            "passages": tuple(composition.passages[place] for place in used),
            "undo": tuple(name for name in composition.undo if name in names or name == NOTHING.id),
            "redo": tuple(name for name in composition.redo if name in names or name == NOTHING.id),
        }
    )
