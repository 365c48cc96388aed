"""Reading of the word lists of each language in `comparia/words`, which a linguist can correct without the code."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
FOLDER = Path(__file__).parents[1] / "words"


@cache
def _file(language: Language) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))


def table(language: Language, *names: str) -> dict[str, Any]:
    """Return one table of a language's word list, by the names of the tables that contain it, outermost first."""
    words = _file(language)
    for name in names:
        words = words[name]
    return words


def phrases(*names: str) -> dict[str, str]:
    """Return the words and phrases of each language, separated by spaces; `_` replaces a space inside a phrase."""
    return {
        language: " ".join(phrase.replace(" ", "_") for phrase in table(language, *names)["words"])
        for language in LANGUAGES
    }


def word_sets(*names: str) -> dict[str, frozenset[str]]:
    """Return words of each language, as sets."""
    return {language: frozenset(table(language, *names)["words"]) for language in LANGUAGES}
