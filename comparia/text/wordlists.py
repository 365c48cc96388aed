"""Words of each language, from `comparia/words`: files that a linguist can correct without reading the code."""

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
    """Return one table of the words of a language, by the names that lead to it."""
    found = _file(language)
    for name in names:
        found = found[name]
    return found


def phrases(*names: str) -> dict[str, str]:
    """Return words and phrases of each language on one line, parted by spaces; `_` stands for a space inside a phrase."""
    return {
        language: " ".join(phrase.replace(" ", "_") for phrase in table(language, *names)["words"])
        for language in LANGUAGES
    }


def word_sets(*names: str) -> dict[str, frozenset[str]]:
    """Return words of each language, as sets."""
    return {language: frozenset(table(language, *names)["words"]) for language in LANGUAGES}
