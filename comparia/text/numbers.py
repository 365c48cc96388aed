"""Reading of numbers, as people say and write them in French and English, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from comparia.text.words import fold

NAME = "numbers-3"
"""Name of this way of reading numbers, for signatures."""

_UNITS: dict[str, dict[str, int]] = {
    "fr": {
        "zéro": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
        "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
        "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
        "huitante": 80, "octante": 80, "nonante": 90,
    },
    "en": {
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "first": 1, "third": 3, "fourth": 4, "fifth": 5,
        "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
        "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
        "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
    },
}  # fmt: skip
_SCALES: dict[str, dict[str, int]] = {
    "fr": {
        "cent": 100,
        "cents": 100,
        "mille": 1000,
        "million": 10**6,
        "millions": 10**6,
        "milliard": 10**9,
        "milliards": 10**9,
    },
    "en": {"hundred": 100, "thousand": 1000, "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9},
}
_ABBREVIATED = {"k": 1000, "m": 10**6, "md": 10**9, "mds": 10**9, "bn": 10**9}
_LINKS = {"fr": {"et"}, "en": {"and"}}
_MARK = {"fr": "virgule", "en": "point"}
"""The word for the decimal mark."""
_HALF = {"fr": (("et", "demi"), ("et", "demie")), "en": (("and", "a", "half"),)}
_SPLIT = frozenset(
    "euro euros franc francs mètre mètres pound pounds dollar dollars quid metre "
    "metres meter meters livre livres".split()
)
"""Units whose hundredths are said after them: "un euro dix", "deux mètres soixante", "two pounds fifty"."""
_PIECE = re.compile(
    r"(?P<clock>\b\d{1,2}\s?[h:]\s?[0-5]\d\b)"
    r"|(?P<digits>(?<![^\W_])\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?![\d])(?:[.,]\d+)?|(?<![^\W_])\d+(?:[.,]\d+)?)"
    r"|(?P<word>[^\W\d_]+)"
)
_CITATION = re.compile(r"\[\s*T?\d+(?:[ ,;–-]+T?\d+)*[^\]]*\]|\bT\d+\b")
_SMALLEST = 10
"""Highest number in words that is not checked: small ones are articles, or counts by the writer ("two views")."""

_UNIT = re.compile(
    r"\s+(?:ans?|années?|mois|semaines?|jours?|heures?|minutes?|euros?|pour cent|mètres?|kilomètres?|hectares?|tonnes?|"
    r"years?|months?|weeks?|days?|hours?|pounds?|per ?cent|met(?:re|er)s?|kilomet(?:re|er)s?|miles?|acres?|tonn?es?)\b",
    re.IGNORECASE,
)
"""Matches a unit of time, money or size: a small number before one is a fact, not an article or a writer's count."""

_TWELVE_HOURS = re.compile(r"(?:[.:][0-5]\d)?\s?[ap]\.?m\b", re.IGNORECASE)
"""Matches what makes a number a time of day: people say `ten to twelve` for it, which is not read."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text."""

    value: float
    """Its value; a time of day in minutes after midnight."""
    text: str
    """As written."""
    start: int
    """Offset of its first character."""
    clock: bool = False
    """Whether it is a time of day."""


def numbers(text: str, language: Literal["fr", "en"], *, spoken_from: int = 0) -> list[Number]:
    """Return the numbers of `text`, in digits or in words, in order.

    `12 000`, `12.000`, `douze mille` and `12k` are one value; `3,4 millions` is 3 400 000; `14h30` is a time of day;
    citations such as `[T12]` and codes such as `A380` are not numbers.

    Args:
        text: any text.
        language: of the number words and of the decimal mark.
        spoken_from: numbers in words below this value are left out.
    """
    plain_text = fold(_CITATION.sub(lambda m: " " * len(m.group()), text))
    pieces = list(_PIECE.finditer(plain_text))
    results: list[Number] = []
    units, scales = _UNITS[language], _SCALES[language]
    i = 0
    while i < len(pieces):
        piece = pieces[i]
        word = piece["word"]
        if word and word not in units and word not in scales:  # most words begin no number
            i += 1
            continue
        if piece["clock"]:
            hours, minutes = re.split(r"\s?[h:]\s?", piece["clock"])
            results.append(Number(int(hours) * 60 + int(minutes), piece["clock"], piece.start(), clock=True))
            i += 1
            continue
        if piece["digits"]:
            value, n_words = _digits(piece["digits"], language), 1
        else:
            value, n_words = _number_in_words(_run_of_words(plain_text, pieces, i), language)
        if n_words:
            rest, more = _after(plain_text, pieces, i + n_words, language)
            if rest == 0.5 and more and value >= 1000:  # "deux millions et demi"
                rest = next(scale for scale in (1e9, 1e6, 1e3, 1.0) if value % scale == 0) / 2
            if more and value == int(value):
                value, n_words = round(value + rest, 6), n_words + more
            if piece["digits"] or more:
                scale, more = _scale_after(plain_text, pieces, i + n_words - 1, language)
                value, n_words = value * scale, n_words + more
            if not piece["digits"] and value < spoken_from and value == int(value):
                i += n_words
                continue
        if n_words:
            last = pieces[i + n_words - 1]
            results.append(Number(round(value, 6), text[piece.start() : last.end()], piece.start()))
        i += n_words or 1
    return results


def checkable(text: str, language: Literal["fr", "en"]) -> list[Number]:
    """Return the numbers of a recap that are checked as facts.

    They are those in digits, those in words above ten, and smaller ones with a unit.
    """
    facts = []
    for number in numbers(text, language):
        rest = text[number.start + len(number.text) :]
        small = number.value <= _SMALLEST and number.value == int(number.value) and not number.text[:1].isdigit()
        if (
            _TWELVE_HOURS.match(rest)
            or _is_time(text, number, language)
            or (small and (number.value <= 1 or not _UNIT.match(rest)))
        ):
            continue
        facts.append(number)
    return facts


def _is_time(text: str, number: Number, language: Literal["fr", "en"]) -> bool:
    """Return whether a number with two decimals is an English time (`stops at 7.50`), and no price, share or size."""
    if language != "en" or not re.fullmatch(r"(?:[01]?\d|2[0-3])\.[0-5][05]", number.text):
        return False
    rest = text[number.start + len(number.text) :]
    return text[: number.start].rstrip()[-1:] not in ("£", "$", "€") and not re.match(
        r"\s?(?:%|[a-z]*illion|per|p\b|m\b)", rest
    )


def _digits(digits: str, language: str) -> float:
    plain = re.sub(r"[ \u00a0\u202f]", "", digits)
    has_groups = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain)
    if language == "fr":
        plain = plain.replace(".", "") if has_groups and "," not in plain else plain
        return float(plain.replace(",", "."))
    plain = plain.replace(",", "") if has_groups or re.fullmatch(r"[\d,]+\.\d+", plain) else plain
    return float(plain.replace(",", "."))


def _after(text: str, pieces: list[re.Match[str]], i: int, language: str) -> tuple[float, int]:
    """Return the fraction said from piece `i` on (decimals, halves or hundredths), and its number of pieces."""
    words = _run_of_words(text, pieces, i - 1, until=("digits",))[1:] if i else []
    if len(words) < 2:
        return 0.0, 0
    if words[0] == _MARK[language]:
        digits, n_words = _decimals(words[1:], language)
        return (float(f"0.{digits}"), n_words + 1) if digits else (0.0, 0)
    if tuple(words[: len(_HALF[language][0])]) in _HALF[language]:
        return 0.5, len(_HALF[language][0])
    if words[0] in ("kilomètre", "kilomètres", "kilometre", "kilometres"):
        value, n_words = _number_in_words(words[1:2], language)
        return (value / 10, n_words + 1) if 1 <= value <= 9 else (0.0, 0)
    if words[0] in _SPLIT:
        value, n_words = (
            (float(words[1]), 1) if re.fullmatch(r"[1-9]\d", words[1]) else _number_in_words(words[1:], language)
        )
        return (value / 100, n_words + 1) if 10 <= value <= 99 else (0.0, 0)
    return 0.0, 0


def _decimals(words: list[str], language: str) -> tuple[str, int]:
    """Return the digits after the decimal mark, and their number of words: "zéro quatre", "vingt-cinq", "one four"."""
    digits, n_words = "", 0
    while n_words < len(words) and (words[n_words].isdigit() or _UNITS[language].get(words[n_words], 10) < 10):
        digits, n_words = digits + str(_UNITS[language].get(words[n_words], words[n_words])), n_words + 1
    if not digits.strip("0") and n_words < len(words):
        value, more = _number_in_words(words[n_words:], language)
        if 10 <= value <= 99:
            digits, n_words = digits + f"{value:.0f}", n_words + more
    return digits, n_words


def _scale_after(text: str, pieces: list[re.Match[str]], i: int, language: str) -> tuple[int, int]:
    if i + 1 >= len(pieces) or not pieces[i + 1]["word"]:
        return 1, 0
    between = text[pieces[i].end() : pieces[i + 1].start()]
    word = pieces[i + 1]["word"]
    if between.strip(" \u00a0\u202f€$£"):
        return 1, 0
    if word in _SCALES[language] and word not in ("cent", "cents"):
        return _SCALES[language][word], 1
    following = text[pieces[i + 1].end() : pieces[i + 1].end() + 1]
    money = (following and following in "€$£") or text[max(0, pieces[i].start() - 1) : pieces[i].start()] in (
        "£",
        "$",
        "€",
    )
    if word in _ABBREVIATED and (money or (word != "m" and len(between) <= 1)) and following != "²":
        return _ABBREVIATED[word], 1
    return 1, 0


def _run_of_words(text: str, pieces: list[re.Match[str]], i: int, *, until: tuple[str, ...] = ()) -> list[str]:
    """Return the words from piece `i` on that only spaces and hyphens separate, fourteen at most.

    Args:
        text: folded.
        pieces: of the text.
        i: the first piece.
        until: other kinds of pieces that may stand among them.
    """
    words = []
    for k in range(i, min(i + 14, len(pieces))):
        word = pieces[k]["word"] or next((pieces[k][kind] for kind in until if pieces[k][kind]), "")
        if not word or (k > i and text[pieces[k - 1].end() : pieces[k].start()].strip(" \u00a0\u202f-‑")):
            break
        words.append(word)
    return words


def _number_in_words(words: list[str], language: str) -> tuple[float, int]:
    """Return the value of the number at the start of `words`, and its number of words (0 when there is none)."""
    units, scales, links = _UNITS[language], _SCALES[language], _LINKS[language]
    if not words or (words[0] not in units and words[0] not in scales) or words[0] in ("million", "millions", "cents"):
        return 0.0, 0
    total, current, n_words, i = 0, 0, 0, 0
    while i < len(words):
        word = words[i]
        if word in units:
            value = units[word]
            if language == "fr" and word.startswith("vingt") and current % 100 == 4:
                current += 76  # quatre-vingts
            elif (current % 100 and not _may_follow(current % 100, value, language)) or (
                language == "fr"
                and word in ("un", "une")
                and n_words
                and not (words[i - 1] in links or current % 100 in (80, 0))
            ):
                break
            else:
                current += value
            n_words = i + 1
        elif word in scales:
            if scales[word] == 100:
                if current > 9 and current % 100 == 0:
                    break
                current = max(current, 1) * 100
            else:
                total += max(current, 1) * scales[word]
                current = 0
            n_words = i + 1
        elif not (word in links and n_words and i + 1 < len(words) and words[i + 1] in units):
            break
        i += 1
    if language == "fr" and n_words > 1 and 0 < current < 10 and scales.get(words[n_words - 2], 0) >= 10**6:
        current = current * scales[words[n_words - 2]] // 10  # "quatre millions trois"
    return float(total + current), n_words


def _may_follow(tens: int, value: int, language: str) -> bool:
    if language == "fr" and tens in (60, 80):
        return value < 20
    return (
        (tens >= 20 and tens % 10 == 0 and value < 10)
        or (language == "fr" and tens == 10 and 7 <= value <= 9)
        or (language == "fr" and tens in (70, 90) and 7 <= value <= 9)
    )
