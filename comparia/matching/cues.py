"""Counts of the cues of a sentence: claims of agreement, hedges, force, people.

Their tables are in `comparia/words`, `[holding.*]`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from comparia.text.wordlists import phrases
from comparia.text.words import tokens

NAME = "cues-1"
"""Name of these tables, for signatures."""

TABLES = (
    "agreement",
    "everyone",
    "groups",
    "shared",
    "hedges",
    "mentions",
    "force",
    "few",
    "open",
    "tells",
    "denials",
    "reasons",
)
"""Names of the tables, in the order of the counts."""

Language = Literal["fr", "en"]


def _compiled(table: str) -> dict[str, re.Pattern[str]]:
    patterns = {}
    for language, words in phrases("holding", table).items():
        longest_first = sorted(words.split(), key=len, reverse=True)
        cues = "|".join(re.escape(cue).replace("_", " ").replace(r"\*", r"\w*") for cue in longest_first)
        patterns[language] = re.compile(rf"(?<!\S)(?:{cues})(?!\S)")
    return patterns


_PATTERNS = {table: _compiled(table) for table in TABLES}


@lru_cache(maxsize=50_000)
def cues_in(text: str, language: Language) -> tuple[int, ...]:
    """Return how many cues of each table in `TABLES` a text holds."""
    words = " ".join(tokens(text, language))
    return tuple(len(_PATTERNS[table][language].findall(words)) for table in TABLES)


def counts_of(texts: list[str], language: Language) -> NDArray[np.float64]:
    """Return the counts of cues of each text, shape (texts, tables)."""
    return np.array([cues_in(text, language) for text in texts], dtype=np.float64).reshape(len(texts), len(TABLES))


def first_reason(text: str, language: Language) -> int:
    """Return the offset, in the words of a text joined by spaces, at which its reason or condition begins; -1 for none.

    The first three words never begin one.
    """
    words = tokens(text, language)
    start = len(" ".join(words[:3]))
    reason = _PATTERNS["reasons"][language].search(" ".join(words), start)
    return reason.start() if reason else -1
