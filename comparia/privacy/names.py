"""Lists of real names, of words around names, and of invented names, read once from `names.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

_DATA = tomllib.loads((Path(__file__).parent / "names.toml").read_text("utf-8"))


def _words(table: str, key: str) -> tuple[str, ...]:
    return tuple(_DATA[table][key].split())


FEMININE = frozenset(_words("given", "feminine"))
MASCULINE = frozenset(_words("given", "masculine"))
EITHER = frozenset(_words("given", "either"))
"""Given names of both genders."""
ALSO_WORDS = frozenset(_words("given", "also_words"))
"""Given names that are also words: a capital letter is not enough to recognise them."""

ROLES = frozenset(_words("words", "roles"))
PLACES = frozenset(_words("words", "places"))
SURNAMES_ALSO_WORDS = frozenset(_words("words", "surnames_also_words"))
NEVER_INITIALS = frozenset(_words("words", "never_initials"))
PARTICLES = frozenset(_words("words", "particles"))
NOT_PEOPLE = frozenset(_words("not_people", "words"))
TITLES = frozenset(_words("words", "titles"))
NOT_AFTER_TITLES = frozenset(_words("words", "not_after_titles"))
SERVICES = frozenset(_words("words", "services"))
FAMOUS = frozenset(
    tuple(name.split()) for name in _DATA["famous"]["names"].replace("\n", " ").split(",") if name.strip()
)
"""Full names of people of history, word by word."""
NICKNAMES: dict[str, tuple[str, ...]] = {}
"""Short forms of each given name."""
for _entry in _DATA["nicknames"]["names"].replace("\n", " ").split(","):
    _short, *_wholes = _entry.split()
    for _whole in _wholes:
        NICKNAMES[_whole] = (*NICKNAMES.get(_whole, ()), _short)
INSTITUTIONS = frozenset(_words("not_people", "institutions"))

INVENTED = {"f": _words("invented", "feminine"), "m": _words("invented", "masculine"), "": _words("invented", "either")}
"""Invented given names by gender; the empty key holds those of both genders."""
INVENTED_SURNAMES = tuple(
    first + middle + last
    for first in _words("invented", "beginnings")
    for middle in _words("invented", "middles")
    for last in _words("invented", "endings")
)
