"""Estimated length of a text in tokens, and splitting of a long text into parts."""

from __future__ import annotations

import math
from collections.abc import Sequence

CHARACTERS_PER_TOKEN = {"fr": 3.6, "en": 4.2}
"""Characters of speech in one token: a careful estimate for today's multilingual tokenisers, within about a quarter."""

OVERLAP_TURNS = 2
"""Turns repeated at the start of each part, so that an answer is not cut from its question."""


def estimate_tokens(text: str, language: str) -> int:
    """Return the estimated number of tokens of `text`; the provider's own count may differ."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN[language]) if text else 0


def parts_of(lines: Sequence[str], part_tokens: int | None, language: str) -> list[str]:
    """Return lines joined into parts of at most `part_tokens` tokens: whole lines, the last `OVERLAP_TURNS` repeated.

    A single line longer than a part is cut between words. One part when `part_tokens` is None.
    """
    if part_tokens is None:
        return ["\n".join(lines)]
    limit = int(part_tokens * CHARACTERS_PER_TOKEN[language])
    pieces = [piece for line in lines for piece in _cut_line(line, limit // 2)]
    parts: list[list[str]] = [[]]
    size = 0
    for piece in pieces:
        if parts[-1] and size + len(piece) + 1 > limit:
            overlap = parts[-1][-OVERLAP_TURNS:]
            if sum(map(len, overlap)) > limit // 4:
                overlap = []
            parts.append(list(overlap))
            size = sum(len(line) + 1 for line in overlap)
        parts[-1].append(piece)
        size += len(piece) + 1
    return ["\n".join(part) for part in parts]


def _cut_line(line: str, limit: int) -> list[str]:
    if len(line) <= limit:
        return [line]
    pieces: list[str] = []
    current: list[str] = []
    size = 0
    for word in line.split(" "):
        if current and size + len(word) + 1 > limit:
            pieces.append(" ".join(current))
            current, size = [], 0
        current.append(word)
        size += len(word) + 1
    return [*pieces, " ".join(current)]
