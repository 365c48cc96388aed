"""Passages marked in the page of a recap: flagged ones, with the number of their note; those that a version gained."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup

from comparia.reports.flags import Flag
from comparia.text.recaps import citations

_TOKEN = re.compile(r"<[^>]*>|[^<]+")


class Note(NamedTuple):
    """A flag and its note beside the recap."""

    flag: Flag
    """The flag."""
    number: int
    """The number of the note, in the order of the text; 0 for a flag that is not underlined."""
    anchor: str
    """Id of the note in the page; that of the passage is `p-` and this."""

    @property
    def is_underlined(self) -> bool:
        """Whether its passage is underlined."""
        return self.number > 0


@dataclass
class _Text:
    """The letters and digits of a page, and where each stands: what words are looked for in, whatever the marks."""

    tokens: list[tuple[bool, str]]
    """Tags (True) as they are, and texts without their entities."""
    letters: str = ""
    places: list[tuple[int, int]] = field(default_factory=list)


def underlined(page: Markup, flags: Sequence[Flag], prefix: str, title: str) -> tuple[Markup, dict[str, Note]]:
    """Return the page of a recap with the passages of its flags underlined, and the note of each flag by its id.

    Args:
        page: safe HTML without attributes, as `html.markdown` makes it.
        flags: flags of the recap; those that somebody answered, or that are not found, are not underlined.
        prefix: what the ids of notes begin with, which no other recap has.
        title: what the link of a number is for, before the number.
    """
    text = _read(page)
    ranges = {flag.id: _find(text, flag) for flag in flags if flag.is_open}
    in_order = sorted((flag for flag in flags if ranges.get(flag.id)), key=lambda flag: ranges[flag.id][0])
    numbers = {flag.id: number for number, flag in enumerate(in_order, start=1)}
    notes = {flag.id: Note(flag, numbers.get(flag.id, 0), f"{prefix}-{flag.id}") for flag in flags}
    marks: dict[tuple[int, int], list[Note]] = {}
    ends: dict[tuple[int, int], list[Note]] = {}
    for flag in in_order:
        for start, end in ranges[flag.id]:
            for place in text.places[start:end]:
                marks.setdefault(place, []).append(notes[flag.id])
        ends.setdefault(text.places[ranges[flag.id][-1][1] - 1], []).append(notes[flag.id])
    if not marks:
        return page, notes
    _fill(text.tokens, marks)
    seen: set[str] = set()
    out: list[str] = []
    for n, (is_tag, token) in enumerate(text.tokens):
        out.append(token if is_tag else _written(n, token, marks, ends, seen, title))
    return Markup("".join(out)), notes


class Lit(NamedTuple):
    """A sentence that is lit in the page of a recap."""

    sentence: str
    """Its words."""
    kind: str
    """Class of its mark."""
    anchor: str
    """Id of the passage in the page, which nothing else has."""
    said: str
    """What is read aloud before it."""


def lit(page: Markup, passages: Sequence[Lit]) -> tuple[Markup, set[str]]:
    """Return the page of a recap with some of its sentences lit, and the anchors of those that were found.

    Args:
        page: safe HTML without attributes, as `html.markdown` makes it.
        passages: what is lit; of two on the same words, the first gives the mark, and both can be gone to.
    """
    text = _read(page)
    opening: dict[int, list[tuple[int, int, Lit]]] = {}
    found: dict[str, list[Lit]] = {}
    for passage in passages:
        wanted = _letters(passage.sentence)
        start = text.letters.find(wanted) if wanted else -1
        if start < 0:
            continue
        if wanted not in found:
            for token, places in itertools.groupby(
                text.places[start : start + len(wanted)], key=lambda place: place[0]
            ):
                offsets = [offset for _token, offset in places]
                opening.setdefault(token, []).append((offsets[0], offsets[-1] + 1, passage))
        found.setdefault(wanted, []).append(passage)
    out = []
    seen: set[str] = set()
    for n, (is_tag, token) in enumerate(text.tokens):
        out.append(token if is_tag else _lit_token(token, sorted(opening.get(n, [])), found, seen))
    return Markup("".join(out)), {passage.anchor for same in found.values() for passage in same}


def _lit_token(token: str, ranges: Sequence[tuple[int, int, Lit]], found: dict[str, list[Lit]], seen: set[str]) -> str:
    out, done = [], 0
    for start, end, passage in ranges:
        if start < done:
            continue  # words that another passage lit
        out.append(html.escape(token[done:start], quote=False))
        fresh = [p for p in found[_letters(passage.sentence)] if p.anchor not in seen]
        seen.update(p.anchor for p in fresh)
        anchors = "".join(f'<span id="{html.escape(p.anchor)}"></span>' for p in fresh)
        said = f'<span class="unseen">{html.escape(passage.said)} </span>' if fresh else ""
        words = html.escape(token[start:end], quote=False)
        out.append(f'<mark class="{html.escape(passage.kind)}">{anchors}{said}{words}</mark>')
        done = end
    return "".join([*out, html.escape(token[done:], quote=False)])


def _read(page: Markup) -> _Text:
    text = _Text([(t.startswith("<"), t if t.startswith("<") else html.unescape(t)) for t in _TOKEN.findall(str(page))])
    letters = []
    for n, (is_tag, token) in enumerate(text.tokens):
        if is_tag:
            continue
        cited = citations(token)
        for offset, character in enumerate(token):
            if character.isalnum() and not any(start <= offset < end for start, end in cited):
                letters.append(character)
                text.places.append((n, offset))
    text.letters = "".join(letters)
    return text


def _find(text: _Text, flag: Flag) -> list[tuple[int, int]]:
    """Return where the passages of a flag are among the letters: its parts within its sentence, or all of it."""
    wanted = _letters(flag.sentence)
    start = text.letters.find(wanted) if wanted else -1
    if start < 0:
        return []
    end = start + len(wanted)
    found = []
    for part in map(_letters, flag.parts):
        at = text.letters.find(part, start, end) if part else -1
        if at >= 0:
            found.append((at, at + len(part)))
    return sorted(found) or [(start, end)]


def _letters(words: str) -> str:
    return "".join(filter(str.isalnum, words))


def _fill(tokens: Sequence[tuple[bool, str]], marks: dict[tuple[int, int], list[Note]]) -> None:
    """Mark what stands between two marked letters of one text: spaces and points are underlined with the words."""
    for n, (is_tag, token) in enumerate(tokens):
        places = [] if is_tag else [offset for offset in range(len(token)) if (n, offset) in marks]
        for before, after in itertools.pairwise(places):
            same = [note for note in marks[n, before] if note in marks[n, after]]
            if same and not any(token[offset].isalnum() for offset in range(before + 1, after)):
                for offset in range(before + 1, after):
                    marks[n, offset] = same


def _written(
    n: int,
    token: str,
    marks: dict[tuple[int, int], list[Note]],
    ends: dict[tuple[int, int], list[Note]],
    seen: set[str],
    title: str,
) -> str:
    out: list[str] = []
    offset = 0
    while offset < len(token):
        notes = marks.get((n, offset), [])
        end = offset + 1
        while end < len(token) and marks.get((n, end), []) == notes and (n, end - 1) not in ends:
            end += 1
        words = html.escape(token[offset:end], quote=False)
        out.append(_mark(words, notes, seen) if notes else words)
        out.extend(_number(note, title) for note in ends.get((n, end - 1), []))
        offset = end
    return "".join(out)


def _mark(words: str, notes: Sequence[Note], seen: set[str]) -> str:
    kinds = " ".join(dict.fromkeys(f"f-{note.flag.kind}" for note in notes))
    fresh = next((note.anchor for note in notes if note.anchor not in seen), "")
    seen.update(note.anchor for note in notes)
    anchor = f' id="p-{html.escape(fresh)}"' if fresh else ""
    return f'<mark class="flag {kinds}"{anchor} data-note="{html.escape(notes[0].anchor)}">{words}</mark>'


def _number(note: Note, title: str) -> str:
    anchor, said = html.escape(note.anchor), html.escape(f"{title} {note.number}")
    return f'<sup class="note"><a href="#{anchor}" aria-label="{said}">{note.number}</a></sup>'
