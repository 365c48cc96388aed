"""Estimated length of a text in tokens, and splitting of a long text into parts."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

LETTERS_A_TOKEN, TOKENS_A_MARK = {"fr": 4.2, "en": 5.6}, {"fr": 1.0, "en": 1.2}
"""Letters and spaces of one token; and tokens of each other character, of which turns' numbers and times are made.

Fitted on the sessions and recaps of this project, to the tokenisers cl100k and Gemma 3: within a tenth of both on
sessions and recaps.
"""

_MARKS = re.compile(r"[\W\d_]+")

OVERLAP_TURNS = 2
"""Turns repeated at the start of each part, so that an answer is not cut from its question."""


def estimate_tokens(text: str, language: str) -> int:
    """Return the estimated number of tokens of `text`; the provider's own count may differ."""
    letters = len(_MARKS.sub("", text)) + text.count(" ")
    return math.ceil(letters / LETTERS_A_TOKEN[language] + (len(text) - letters) * TOKENS_A_MARK[language])


def parts_of(lines: Sequence[str], part_tokens: int | None, language: str, heads: Sequence[str] = ()) -> list[str]:
    """Return lines joined into parts of at most `part_tokens` tokens: whole lines, the last `OVERLAP_TURNS` repeated.

    A single line longer than a part is cut between words. One part when `part_tokens` is None.

    Args:
        lines: the lines.
        part_tokens: size of a part.
        language: of the lines.
        heads: for each line, what stands above it and the lines around it (empty for nothing): a part whose first line
            does not hold its head is given it.
    """
    if part_tokens is None:
        return ["\n".join(lines)]
    pieces = [
        (piece, head)
        for line, head in itertools.zip_longest(lines, heads, fillvalue="")
        for piece in _cut_line(line, part_tokens // 2, language)
    ]
    parts: list[list[tuple[str, str]]] = [[]]
    sizes: list[int] = []  # of the lines of the last part, in tokens
    above = 0  # size of what stands above its first line
    for piece, head in pieces:
        tokens = estimate_tokens(piece, language) + 1  # and the end of the line
        if parts[-1] and above + sum(sizes) + tokens > part_tokens:
            overlap, sizes = parts[-1][-OVERLAP_TURNS:], sizes[-OVERLAP_TURNS:]
            if sum(sizes) > part_tokens // 4:
                overlap, sizes = [], []
            parts.append(list(overlap))
            above = estimate_tokens(overlap[0][1] if overlap else head, language) if heads else 0
        parts[-1].append((piece, head))
        sizes.append(tokens)
    return ["\n".join((*_head_of(part), *(piece for piece, _head in part))) for part in parts]


def _head_of(part: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return what is to be put above a part: the head of its first line, unless that line holds it."""
    if not part or not part[0][1] or part[0][1] in part[0][0].split("\n"):
        return ()
    return (part[0][1],)


def _cut_line(line: str, limit: int, language: str) -> list[str]:
    """Return a line in pieces of at most `limit` tokens, cut between words."""
    if estimate_tokens(line, language) <= limit:
        return [line]
    pieces: list[str] = []
    current: list[str] = []
    size = 0
    for word in line.split(" "):
        tokens = estimate_tokens(f"{word} ", language)
        if current and size + tokens > limit:
            pieces.append(" ".join(current))
            current, size = [], 0
        current.append(word)
        size += tokens
    return [*pieces, " ".join(current)]
