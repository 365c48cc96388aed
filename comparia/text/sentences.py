"""Splitting of speech, recaps and Markdown into sentences, in French and English."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = "sentences-2"
"""Name of this way of splitting, for signatures."""

_BEFORE_NAMES = frozenset(
    (
        "m mm mme mmes mlle mlles dr pr ste mgr vve mr mrs ms messrs prof rev gen gov sen capt "
        "cf fig réf e.g i.e vs approx n.b"
    ).split()
)
"""Abbreviations that never end a sentence."""
_SELDOM_FINAL = frozenset(
    "st art p pp n nos éd vol chap tél av bd janv févr avr juil sept oct nov déc ex resp jr sr dept "
    "jan feb apr jun jul aug".split()
)
"""Abbreviations that end a sentence only when a word that often begins sentences follows."""
_BEFORE_FIGURES = frozenset("al mar dec sep est no sec ext me".split())
"""Abbreviations that are also ordinary words: they end a sentence unless a digit follows."""
_FINAL_BEFORE_CAPITALS = frozenset("etc env max min a.m p.m co inc ltd".split())
_CAPITAL_TITLES = frozenset("Me Gal Col Lt Sgt Cdt Hon Rep".split())
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_STARTERS = frozenset(
    (
        "le la les l un une des ce cet cette ces c ça cela il elle on ils elles nous vous je j tu mais et ou donc car "
        "puis alors ensuite pour dans en à au aux sur avec sans si quand comme qui que personne rien tout tous toutes "
        "chacun voilà merci oui non ici là leur leurs son sa ses notre nos mon ma mes "
        "the a an this that these those it he she we they you i there here his her its our their my and but or so "
        "then if when while what who why how no yes thanks at for with nobody everybody everyone someone all"
    ).split()
)
"""Words that often begin a sentence and seldom a name."""
_STARTER = re.compile(r"([^\W\d_]+)(?=[\s,’'])(?:\s+(\w))?")
_INITIALS = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])*")
_WHOLE_WORDS = frozenset("Iàyani")
"""Letters that are words."""
_ELISION = re.compile(r"^(?:[ldnsjcmt]|qu)[’']", re.IGNORECASE)
_LABEL = re.compile(r"\s*(?:\d{1,2}|[IVX]{1,4}|[A-Z](?:\.[A-Z])*)")
_NEW_IN_LOWER_CASE = re.compile(r"[a-z]{1,3}[A-Z]|[a-z]\)\s")
_TITLE = re.compile(r"""(?:[«“]|(?<!\S)"(?=\S))[^«»“”"]{1,60}[^«»“”".!?…\s]\s?[»”"]\s+(?=([^\W\d_]))""")
_CITATIONS = re.compile(r"\s*(?:\[T?\d+(?:,\s?T?\d+)*\]\s*)+")
_PRONOUN_I = re.compile(r"\bI\b")
_END = re.compile(
    r"""(?<![.!?…])[.!?…]++(?:[ ]\.){0,5}+"""
    r"""(?:[\u00a0\u202f ]?[»”]|[\u00a0\u202f]?["’')\]]|[ ]"(?=\s|$)|\[T?\d+\])*+(?=\s|$)"""
)
_LONGEST_WORD = 40
_LONGEST_LABEL = 12
_WORD_BEFORE = re.compile(r"([^\W\d_](?:[\w.’'-]*[\w])?|\d+)$")
_OPENER = re.compile(r"""\s+[«“"‘'(\[–—-]*[\u00a0\u202f ]?(.)""")
_BULLET = re.compile(r"^\s*(?:[-*+•–—]\s+|\d{1,3}[.)]\s+|>\s*|\|\s*)+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_RULE = re.compile(r"^(?:[-*_=|:\s]{3,}|\s*```.*)$")
_MARKS = re.compile(r"(\*\*|__|(?<!\w)[*_]|[*_](?!\w)|`)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its place in the text."""

    text: str
    """The words, without Markdown marks."""
    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""
    heading: bool = False
    """Whether it is a Markdown heading rather than a statement."""


def _belongs_to_word(text: str, begin: int, stop: int, follows: int) -> bool:
    """Return whether the full stop at `stop` belongs to its word and so ends no sentence.

    Args:
        text: one line.
        begin: offset of the start of the sentence.
        stop: offset of the full stop.
        follows: offset of what comes next.
    """
    if stop - begin < _LONGEST_LABEL and _LABEL.fullmatch(text, begin, stop) and text[begin - 1 : begin] != "?":
        return True
    before = _WORD_BEFORE.search(text, max(begin, stop - _LONGEST_WORD), stop)
    if before is None:
        return False
    bare = _ELISION.sub("", before.group(1))
    word = bare.lower()
    if word in _BEFORE_NAMES and bare != "m":
        return True
    next_word = _STARTER.match(text, follows)
    first = next_word.group(1).lower() if next_word else ""
    if word in ("a.m", "p.m") and first in _DAYS:
        return True
    if word in _FINAL_BEFORE_CAPITALS:
        return not text[follows].isupper()
    if bare not in _CAPITAL_TITLES and word not in _SELDOM_FINAL:
        if word in _BEFORE_FIGURES:
            return text[follows].isdigit()
        if bare in _WHOLE_WORDS or not _INITIALS.fullmatch(bare):
            return False
    is_place = first in ("le", "la") and next_word is not None and (next_word.group(2) or "").isupper()
    return first not in _STARTERS or is_place


def split_line(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of one line of prose.

    A full stop ends a sentence unless it closes a known abbreviation, an initial or the label of a list, is inside a
    number, an inclusive form (`citoyen.ne.s`), a name or a quoted title, or comes before a lower-case word. In a line
    without capitals, as speech recognition may give, a lower-case word does not prevent the split.
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    no_capitals = _PRONOUN_I.sub("i", text).islower()
    titles = iter([match.span() for match in _TITLE.finditer(text) if match.group(1).islower()])
    title = next(titles, None)
    for match in _END.finditer(text):
        end = match.end()
        while title and title[1] <= match.start():
            title = next(titles, None)
        rest = _OPENER.match(text, end)
        if title and title[0] < match.start() and rest is not None:
            continue
        if rest is None and text[end:].strip():
            continue
        following = rest.group(1) if rest else ""
        mark = match.group(0)
        if rest and following in ".!?…":
            continue
        pause = mark.startswith(("..", ". .", "…"))
        if rest and mark.startswith(".") and not pause and _belongs_to_word(text, begin, match.start(), rest.start(1)):
            continue
        goes_on = following.islower() and (pause or not no_capitals)
        if rest and goes_on and not _NEW_IN_LOWER_CASE.match(text, rest.start(1)):
            continue
        spans.append((begin, end))
        begin = end
    if text[begin:].strip():
        if spans and _CITATIONS.fullmatch(text, begin):
            spans[-1] = (spans[-1][0], len(text))
        else:
            spans.append((begin, len(text)))
    return spans


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of `text`, which may be Markdown; a line break, bullet or heading always ends a sentence.

    Returns:
        Sentences in order. Table rules and code fences are left out; offsets index `text`.
    """
    result: list[Sentence] = []
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
                    result.append(Sentence(plain, first, first + len(piece.strip()), heading is not None))
        position += len(line) + 1
    return result
