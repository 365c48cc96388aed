"""Marks by which a recap cites turns of the session: `[T12]`, `[T12, T15, chat]`, `(T12)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

IN_BRACKETS = re.compile(r"\s?\(?\[[^\[\]\n]{0,30}?T\s?\d{1,6}[^\[\]\n]{0,120}\]\)?")
"""Matches turn numbers in square brackets, which cite the session: `[T12]`, `[T12, T15, chat]`."""
IN_PARENTHESES = re.compile(r"\s?\(T\d{1,6}(?:\s?(?:[,;–-]|à|to|et|and)\s?T?\d{1,6})*(?:, ?chat)?\)")
"""Matches the same in parentheses. `T2` may also be a flat: they cite turns only where there are several."""
LEAST_IN_PARENTHESES = 3

CITED = re.compile(r"\bT\s?\d{1,6}\b|\bchat\b|\d[\d:]*", re.IGNORECASE)
"""Matches what a mark cites: turns, the chat, times."""

_NUMBER = re.compile(r"T\s?(\d{1,6})")
_NAME = re.compile(r"[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)*")


def names_in(mark: str) -> str:
    """Return the names that a mark holds beside turns, with commas: `Brenda Colquhoun` of `[T39, Brenda Colquhoun]`."""
    return ", ".join(_NAME.findall(CITED.sub(" ", mark)))


class Citations:
    """Replaces the marks of a recap; names in them stay, in parentheses.

    Args:
        recap: the whole recap, which tells whether turns are cited in parentheses too.
        told: what is put in the place of a mark, given the numbers of the turns; empty to leave it out.
    """

    def __init__(self, recap: str, told: Callable[[Sequence[int]], str]) -> None:
        several = len(IN_PARENTHESES.findall(recap)) >= LEAST_IN_PARENTHESES
        self._patterns = (IN_BRACKETS, IN_PARENTHESES) if several else (IN_BRACKETS,)
        self._told = told

    def replaced(self, text: str) -> str:
        """Return a part of the recap with its marks replaced; a mark that is left out takes its space with it."""
        for pattern in self._patterns:
            text = pattern.sub(self._words_of, text)
        return text

    def _words_of(self, mark: re.Match[str]) -> str:
        names = names_in(mark[0]) if "[" in mark[0] else ""
        told = self._told([int(number) for number in _NUMBER.findall(mark[0])])
        words = ", ".join(filter(None, (names, told)))
        return f" ({words})" if words else ""
