"""Tokens, stems and content words of French and English; words that carry polarity are kept."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any, Literal

from comparia.text.wordlists import word_sets

NAME = "words-1"
"""Name of this way of preparing words, for signatures."""

STOP_WORDS = word_sets("stop")
"""Function words only: negation, opposition, quantity and doubt are content (ne, pas, contre, sauf, no, not, but…)."""

_INCLUSIVE = re.compile(
    r"(?<=[^\W\d_])"
    r"(?:[·•‧.\u2011-](?:ne|e|le|te|trice|rice|ice|euse|se|ère|ve|ive|fe|lle)(?:[·•‧.\u2011-]?s)?|"
    r"\((?:e|ne|le)s?\)s?|[·•‧]s)"
    r"(?![^\W\d_])"
)
_ELISION = re.compile(r"\b(?:[cdjlmst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)", re.IGNORECASE)
_NEGATIVE_ELISION = re.compile(r"\bn['’](?=\w)", re.IGNORECASE)
_ENGLISH_NOT = re.compile(r"\b(\w+?)n['’]t\b", re.IGNORECASE)
_IRREGULAR_NOT = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_TOKEN = re.compile(r"\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[^\W\d_]+(?:-[^\W\d_]+)*")
_GROUP_SPACE = re.compile(r"[\u202f\u00a0 ]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "Oe", "Æ": "Ae", "’": "'"})


def fold(text: str) -> str:
    """Return `text` in lower case and NFC, with plain apostrophes and ligatures replaced by their letters."""
    return unicodedata.normalize("NFC", text).translate(_LIGATURES).lower()


def strip_accents(text: str) -> str:
    """Return `text` without diacritics."""
    return "".join(ch for ch in unicodedata.normalize("NFD", text) if not unicodedata.combining(ch))


def tokens(text: str, language: Literal["fr", "en"]) -> list[str]:
    """Return the words and numbers of `text`, folded.

    Inclusive endings are folded onto the common form (`habitant·es` → `habitant`), French elisions are opened
    (`l'eau` → `eau`), negations are kept (`n'est` → `ne est`, `don't` → `do not`), and digits grouped by spaces are one
    number (`12 000` → `12000`).
    """
    text = fold(text)
    if language == "fr":
        text = _INCLUSIVE.sub("", text)
        text = _NEGATIVE_ELISION.sub("ne ", text)
        text = _ELISION.sub("", text)
    else:
        text = _ENGLISH_NOT.sub(lambda m: f"{_IRREGULAR_NOT.get(m.group(1), m.group(1))} not", text)
        text = text.replace("'s ", " ")
    words = []
    for word in _TOKEN.findall(text):
        if word[0].isdigit():
            if language == "fr":
                words.append(_GROUP_SPACE.sub("", word).replace(",", "."))
            else:
                words.append(re.sub(r",(?=\d{3})", "", _GROUP_SPACE.sub("", word)))
        elif "-" in word:
            words.extend(part for part in word.split("-") if part)
        else:
            words.append(word)
    return words


_STEMMING = threading.Lock()
"""Snowball stemmers keep their state between calls: one thread at a time."""


@lru_cache(maxsize=200_000)
def stem(word: str, language: Literal["fr", "en"]) -> str:
    """Return the Snowball stem (Porter 2001) of one folded word, without accents; a number is returned unchanged."""
    if word[0].isdigit():
        return word
    with _STEMMING:
        return strip_accents(_stemmer(language).stemWord(word))


@lru_cache(maxsize=2)
def _stemmer(language: Literal["fr", "en"]) -> Any:
    import snowballstemmer  # its import loads every language: paid by those who stem only

    return snowballstemmer.stemmer({"fr": "french", "en": "english"}[language])


@lru_cache(maxsize=50_000)
def stems(text: str, language: Literal["fr", "en"]) -> tuple[str, ...]:
    """Return the stems of the content words of `text`, in order, without stop words."""
    stop = STOP_WORDS[language]
    return tuple(stem(word, language) for word in tokens(text, language) if word not in stop)


def guess_language(text: str) -> Literal["fr", "en"]:
    """Return `fr` or `en`, by the number of function words of each; `fr` when they are equal."""
    words = fold(text[:200_000]).replace("'", " ").split()
    french = sum(word in _FRENCH_VOTES for word in words)
    english = sum(word in _ENGLISH_VOTES for word in words)
    return "en" if english > french else "fr"


_FRENCH_VOTES = STOP_WORDS["fr"] - STOP_WORDS["en"] - {"or", "fait"}
_ENGLISH_VOTES = STOP_WORDS["en"] - STOP_WORDS["fr"] - {"me"}
