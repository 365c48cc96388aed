"""Sentences of speech, recaps and Markdown, in French and English."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = "sentences-1"
"""Name of this way of splitting, for signatures."""

_ABBREVIATIONS = frozenset(
    (
        "m mm mme mmes mlle mlles dr pr me st ste mgr vve art al cf p pp n no nos éd vol chap fig réf tél av bd "
        "env max min janv févr avr juil sept oct nov déc etc ex resp mr mrs ms jr sr vs approx dept est gen gov "
        "inc ltd co prof rev jan feb mar apr jun jul aug sep dec e.g i.e u.s u.k a.m p.m"
    ).split()
)
_NEVER_FINAL = _ABBREVIATIONS - frozenset(
    ("etc max min env est mar dec sep a.m p.m co inc ltd u.s u.k no me al").split()
)
_END = re.compile(r"""(?<![.!?…])[.!?…]++(?:[\u00a0\u202f ]?[»”"’')\]]|\[T?\d+\])*+(?=\s|$)""")
_LONGEST_WORD = 40
_WORD_BEFORE = re.compile(r"([^\W\d_](?:[\w.’'-]*[\w])?|\d+)$")
_OPENER = re.compile(r"""\s+[«“"‘'(\[–—-]*[\u00a0\u202f ]?(.)""")
_BULLET = re.compile(r"^\s*(?:[-*+•–—]\s+|\d{1,3}[.)]\s+|>\s*|\|\s*)+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_RULE = re.compile(r"^(?:[-*_=|:\s]{3,}|\s*```.*)$")
_MARKS = re.compile(r"(\*\*|__|(?<!\w)[*_]|[*_](?!\w)|`)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it lies in its text."""

    text: str
    """The words, without Markdown marks."""
    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""
    heading: bool = False
    """Whether it is a Markdown heading rather than a statement."""


def split_line(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of one line of prose.

    A full stop ends a sentence unless it closes a known abbreviation or an initial, sits inside a number, an inclusive
    form (`citoyen.ne.s`) or a name, or is followed by a lower-case word.
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        end = match.end()
        rest = _OPENER.match(text, end)
        if rest is None and text[end:].strip():
            continue
        following = rest.group(1) if rest else ""
        mark = match.group(0)
        if mark.startswith(".") and not mark.startswith("..") and following:
            before = _WORD_BEFORE.search(text, max(begin, match.start() - _LONGEST_WORD), match.start())
            word = before.group(1).lower() if before else ""
            if word in _NEVER_FINAL or (len(word) == 1 and word.isalpha() and word not in "àyani"):
                continue
            if word in _ABBREVIATIONS and not following.isupper():
                continue
        if following and following.islower():
            continue
        spans.append((begin, end))
        begin = end
    if text[begin:].strip():
        spans.append((begin, len(text)))
    return spans


def sentences(text: str) -> list[Sentence]:
    """Sentences of `text`, which may be Markdown: a line break, bullet or heading always ends one.

    Returns:
        Sentences in order. Table rules and code fences are left out; offsets index `text`.
    """
    found: list[Sentence] = []
    position = 0
    for line in text.split("\n"):
        if line.strip() and not _RULE.match(line):
            heading = _HEADING.match(line)
            lead = heading or _BULLET.match(line)
            offset = lead.end() if lead else 0
            for start, end in split_line(line[offset:]):
                piece = line[offset + start : offset + end]
                plain = _MARKS.sub("", piece).strip().strip(" \t|")
                if any(ch.isalnum() for ch in plain):
                    first = position + offset + start + len(piece) - len(piece.lstrip())
                    found.append(Sentence(plain, first, first + len(piece.strip()), heading is not None))
        position += len(line) + 1
    return found
