"""Words next to a name that follow it: elisions, civilities, titles and their determiners, from `words/*.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from comparia.privacy.people import key_of
from comparia.probing.drafting import Replacement
from comparia.text.wordlists import Language, table
from comparia.text.words import strip_accents

_SPACES = " \u00a0\u202f"


class Words(NamedTuple):
    """The words of a language that follow a gender."""

    civilities: Mapping[str, str]
    """`madame` → `Monsieur`."""
    titles: Mapping[str, str]
    """`conseillère` → `conseiller`."""
    articles: Mapping[str, str]
    """`de la` → `du`."""


@cache
def words_for(language: Language, gender: str) -> Words:
    """Return the words of a language that follow a gender: the word of the other gender, in lower case → this one's."""
    return Words(*(_pairs(language, name, gender) for name in ("civilities", "titles", "articles")))


def _pairs(language: Language, name: str, gender: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for man, woman in table(language, "people", name)["pairs"]:
        was, now = (man, woman) if gender == "f" else (woman, man)
        pairs.setdefault(was.lower(), now)
    return pairs


@cache
def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True)) or "(?!)"


def _in_case(word: str, model: str) -> str:
    """Return a word with the capitals of another one."""
    if model.isupper() and len(model.strip(".")) > 1:
        return word.upper()
    if model[0].islower():
        return word.lower() if word[:1].isupper() and not word.isupper() else word
    return word[:1].upper() + word[1:]


def before_name(text: str, start: int, words: Words) -> Iterator[Replacement]:
    """Yield what follows before a name: `Monsieur`, `M. le maire`, `l'adjoint`."""
    titles, articles, civilities = (tuple(each) for each in (words.titles, words.articles, words.civilities))
    title = re.search(rf"(?<![\w-])({_alternatives(titles)}),?[{_SPACES}]+$", text[:start], re.IGNORECASE)
    if title:
        now = _in_case(words.titles[_key(title[1])], title[1])
        yield Replacement(title.start(1), title.end(1), now, "agreement")
        start = title.start(1)
        article = re.search(rf"(?<![\w-])({_alternatives(articles)})[{_SPACES}]+$", text[:start], re.IGNORECASE)
        if article:
            yield Replacement(article.start(1), article.end(1), _article(article[1], now, words), "agreement")
            start = article.start(1)
        elif elision := re.search(r"\b[lL]['’]$", text[:start]):
            start = elision.start()
    for _step in range(2):
        civility = re.search(rf"(?<![\w-])({_alternatives(civilities)})[{_SPACES}]+$", text[:start], re.IGNORECASE)
        if not civility or (civility[1].islower() and len(civility[1]) < 3):
            break
        now = _in_case(words.civilities[_key(civility[1])], civility[1])
        yield Replacement(civility.start(1), civility.end(1), now, "agreement")
        start = civility.start(1)


def after_name(text: str, end: int, words: Words) -> Iterator[Replacement]:
    """Yield what follows after a name, between commas or brackets: `, adjoint au maire`, `, le maire,`, `(maire)`."""
    titles, articles = _alternatives(tuple(words.titles)), _alternatives(tuple(words.articles))
    after = re.compile(
        rf"(?:,[{_SPACES}]+|[{_SPACES}]*\([{_SPACES}]*)"
        rf"(?:({titles})(?![\w-])|(?:({articles})[{_SPACES}]+|[lL]['’])({titles})(?=[{_SPACES}]*[,.;)]))",
        re.IGNORECASE,
    ).match(text, end)
    if not after:
        return
    group = 1 if after[1] else 3
    now = _in_case(words.titles[_key(after[group])], after[group])
    if after[2]:
        yield Replacement(after.start(2), after.end(2), _article(after[2], now, words), "agreement")
    yield Replacement(after.start(group), after.end(group), now, "agreement")


def within(text: str, start: int, end: int, words: Words) -> Iterator[Replacement]:
    """Yield what follows within words that stand for a person: `Monsieur le maire`."""
    both = {**words.civilities, **words.titles}
    for match in re.finditer(rf"(?<![\w-])({_alternatives(tuple(both))})(?![\w-])", text[start:end], re.IGNORECASE):
        at = start + match.start()
        now = _in_case(both[_key(match[1])], match[1])
        yield Replacement(at, at + len(match[1]), now, "agreement")
        articles = _alternatives(tuple(words.articles))
        article = re.search(rf"(?<![\w-])({articles})[{_SPACES}]+$", text[:at], re.IGNORECASE)
        if article and article.start() >= start:
            yield Replacement(article.start(1), article.end(1), _article(article[1], now, words), "agreement")


def _key(words: str) -> str:
    return " ".join(words.lower().split())


def _article(article: str, title: str, words: Words) -> str:
    """Return the determiner of a title; before a vowel some keep or take another form (`mon adjointe`, `cet élu`)."""
    now = words.articles[_key(article)]
    if _is_vowel(title):
        now = dict(table("fr", "people", "before_vowels")["pairs"]).get(now, now)
    return _in_case(now, article)


def _is_vowel(word: str) -> bool:
    """Return whether French elides before a word."""
    plain = strip_accents(word.replace("œ", "oe").replace("Œ", "OE")).lower()
    if plain.startswith("h"):
        first = re.match(r"[^\W\d_]+", word)
        return first is not None and key_of(first.group()) in _mute_h()
    return plain[:1] in tuple("aeiou") or (plain[:1] == "y" and plain[1:2] not in tuple("aeiou"))


@cache
def _mute_h() -> frozenset[str]:
    return frozenset(map(key_of, table("fr", "people", "mute_h")["words"]))


def elision(text: str, start: int, by: str) -> Iterator[Replacement]:
    """Yield the elision before a name that is lost or gained: `d'Aubry`, `de Martin`."""
    head = text[:start]
    if (lost := re.search(r"(?<![^\W_])(d|(?:lors|puis|quoi)?qu)['’]$", head, re.IGNORECASE)) and not _is_vowel(by):
        word = lost[1]
        yield Replacement(lost.start(), start, f"{word}{'E' if word.isupper() and by.isupper() else 'e'} ", "agreement")
    elif (gained := re.search(r"(?<![\w'’-])(d|(?:lors|puis|quoi)?qu)e[ \u00a0]$", head, re.IGNORECASE)) and _is_vowel(
        by
    ):
        yield Replacement(gained.start(), start, f"{gained[1]}{'’' if '’' in text else chr(39)}", "agreement")


@cache
def pronouns(language: Language, gender: str) -> re.Pattern[str]:
    """Return what finds the pronouns of a gender, but for those that stand for nobody (`il faut`)."""
    pairs = table(language, "people", "pronouns")["pairs"]
    words = _alternatives(tuple(woman if gender == "f" else man for man, woman in pairs))
    nobody = [_phrase(each) for each in table(language, "people", "impersonal")["words"]]
    before = "".join(f"(?!{each})" for each in nobody)
    return re.compile(rf"(?<![\w]){before}({words})(?!\w)", re.IGNORECASE)


@cache
def first_person(language: Language) -> re.Pattern[str]:
    """Return what finds where people speak of themselves, with the word that may tell their gender."""
    words = "|".join(_phrase(each) for each in table(language, "people", "first_person")["words"])
    return re.compile(rf"(?<!\w)(?:{words})[{_SPACES}]+[^\s,.;:!?]+", re.IGNORECASE)


def _phrase(words: str) -> str:
    return re.escape(words).replace("'", "['’]")
