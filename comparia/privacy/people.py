"""The words of a text, and the names of speakers as words to hide.

Names are replaced word by word: each word of a name has one invented word. So `Hélène Marchetti`, `Mme Marchetti`,
`MARCHETTI` and `H. Marchetti` remain one person after replacement, and relatives still share a surname. Particles (de,
Le, van) are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from comparia.privacy.names import (
    ALSO_WORDS,
    EITHER,
    FAMOUS,
    FEMININE,
    INSTITUTIONS,
    MASCULINE,
    NOT_AFTER_TITLES,
    NOT_PEOPLE,
    PARTICLES,
    PLACES,
    ROLES,
    SERVICES,
    SURNAMES_ALSO_WORDS,
    TITLES,
)
from comparia.records import Speaker
from comparia.text.words import strip_accents

Role = Literal["given_name", "surname", "handle"]


class Word(NamedTuple):
    """A word of a text."""

    start: int
    """Offset of its first letter."""
    end: int
    """Offset after its last."""
    text: str
    """As written."""
    key: str
    """Without case and accents."""
    opens: bool
    """Whether it opens a sentence, so that its capital says nothing."""
    joined: str
    """What stands between the word before and this one."""


class Person(NamedTuple):
    """Somebody to hide."""

    name: str
    """As the session names them, without civility or parentheses."""
    words: tuple[tuple[str, Role], ...]
    """Each identifying word of the name, as written, with its role."""
    civility: str
    """`m` or `f` where the session says so, else empty."""
    speaks: bool
    """Whether they speak in the session."""


_WORD = re.compile(r"[^\W\d_]+")
_CIVILITIES = {
    **dict.fromkeys("m mr monsieur messieurs mm mister sir".split(), "m"),
    **dict.fromkeys("mme madame mmes mesdames mlle mademoiselle mrs ms miss madam".split(), "f"),
    **dict.fromkeys(
        "dr docteur doctor me maître maitre pr prof professeur professor cllr councillor rev reverend".split(), ""
    ),
    **dict.fromkeys("pere father brother frere uncle tonton papi papy grandpa".split(), "m"),
    **dict.fromkeys("soeur sister aunt auntie tata tatie mamie mamy nanny granny grandma".split(), "f"),
}
_CAPITALS_ONLY = frozenset(
    "m me mm pr prof sir miss ms professor pere father brother frere uncle tonton papi papy grandpa soeur sister aunt "
    "auntie tata tatie mamie mamy nanny granny grandma rev reverend".split()
)
"""Civilities that, without a capital, are ordinary words or letters."""
_SENTENCE_END = re.compile(r"[.!?…:;«»\"“”\n•]|(?:^|\s)[-–—]\s")
_ABBREVIATED = re.compile(r"(?:^|[^\w])(?:M|MM|Mr|Mrs|Ms|Dr|Pr|St|Ste|Mme|Mlle|Me|[A-ZÀ-Þ])\.\s*$")
MOST_WORDS_OF_A_PLACE = 8
"""Number of words before a word of a name in which a word for a place is looked for."""
LONGEST_ABBREVIATION = 16
"""Number of characters before a word in which an abbreviation is looked for."""
_NAME_IN_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")


def key_of(word: str) -> str:
    """Return a word without case and accents."""
    return strip_accents(word.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")).casefold()


@lru_cache(maxsize=20_000)
def words_of(line: str) -> tuple[Word, ...]:
    """Return the words of one line."""
    words: list[Word] = []
    last = 0
    for match in _WORD.finditer(line):
        between = line[last : match.start()]
        opens = not words or (bool(_SENTENCE_END.search(between)) and not _ends_abbreviation(line, match.start()))
        words.append(Word(match.start(), match.end(), match.group(), key_of(match.group()), opens, between))
        last = match.end()
    return tuple(words)


def _ends_abbreviation(line: str, end: int) -> bool:
    """Return whether an abbreviation and its full stop stand just before an offset.

    Only a few letters before it are read.
    """
    begin = max(0, end - LONGEST_ABBREVIATION)
    match = _ABBREVIATED.search(line[begin:end])
    return match is not None and (match.start() > 0 or not begin or not line[begin].isalnum())


def title_before(words: Sequence[Word], n: int) -> bool:
    """Return whether a title, an office or a role stands right before a capital.

    Such are `le capitaine Dupuis` and `M. le maire Le Berre`. `le maire de Rennes` and `la directrice générale` name
    nobody: the capital follows at once, and is no adjective of an office.
    """
    word = words[n]
    if not n or not word.joined or not proper(word):
        return False
    if word.joined.strip(" \u00a0\u202f") and not (
        word.joined.strip() == "," and given(word.key) and not doubtful(word.key)
    ):
        return False
    if (
        word.key in NOT_AFTER_TITLES
        or word.key in TITLES
        or word.key in ROLES
        or word.key in SERVICES
        or word.key in _CIVILITIES
    ):
        return False
    before = words[n - 1]
    if (
        before.joined == "-"
        and n > 1
        and before.key in ("chef", "adjoint", "major", "colonel", "general")
        and words[n - 2].key in TITLES
    ):
        return True
    if before.key == "uvre" or (before.key == "oeuvre" and n > 2 and words[n - 3].key == "maitre"):
        return True
    if (
        before.key in NOT_AFTER_TITLES
        and before.text.islower()
        and n > 1
        and before.joined == " "
        and words[n - 2].key in TITLES
    ):
        return True  # le commissaire divisionnaire Ponthieu
    if before.key not in TITLES:
        return False
    return word.key not in PLACES or not place_after(words, n)


_CAPITALISED = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]")


def is_hurried(line: str) -> bool:
    """Return whether a line is written without the capitals of names and sentences; acronyms may stand in it."""
    return _CAPITALISED.search(line) is None and not line.isupper()


def article_before(words: Sequence[Word], n: int) -> bool:
    """Return whether an article or a determiner stands right before a word: what follows is a common noun."""
    return (
        bool(n)
        and words[n - 1].key in _ARTICLES
        and words[n - 1].text != "à"
        and words[n].joined in (" ", "\u00a0", "'", "’")
    )


_ARTICLES = frozenset(
    "le la les l un une des du d de au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur "
    "leurs chaque quelque quel quelle plusieurs aucun aucune the a an this that these those my "
    "your his her its our their some any every no".split()
)


def is_capitalised(word: str) -> bool:
    """Return whether a word begins with a capital."""
    return word[0].isupper()


def given(key: str) -> bool:
    """Return whether it is a known given name."""
    return key in FEMININE or key in MASCULINE or key in EITHER


def doubtful(key: str) -> bool:
    """Return whether a name is also an ordinary word."""
    return key in ALSO_WORDS or key in SURNAMES_ALSO_WORDS


def gender_of(key: str) -> str:
    """Return the gender of a given name: `f`, `m`, or empty where it is not known."""
    if key in EITHER or (key in FEMININE) == (key in MASCULINE):
        return ""
    return "f" if key in FEMININE else "m"


def civility_of(word: Word) -> str | None:
    """Return the gender that a civility shows, empty if none; None for a word that is no civility."""
    if not is_capitalised(word.text) and word.key in _CAPITALS_ONLY:
        return None
    return _CIVILITIES.get(word.key)


def famous_at(words: Sequence[Word], n: int) -> int:
    """Return after which word a full name of history that begins at word `n` ends; `n` where none begins."""
    for length in (5, 4, 3, 2):
        if (
            n + length <= len(words)
            and is_capitalised(words[n].text)
            and tuple(w.key for w in words[n : n + length]) in FAMOUS
        ):
            return n + length
    return n


def place_before(words: Sequence[Word], n: int) -> bool:
    """Return whether the word is in the name of a place: `rue Victor-Hugo`, `l'école Marie Curie`, `Saint-Pierre`."""
    for _step in range(MOST_WORDS_OF_A_PLACE):
        if not n:
            break
        before = words[n - 1]
        glue = words[n].joined
        if glue.strip(" \u00a0-‑") or not glue:
            return False
        if before.key in PLACES and not (before.text.islower() and before.key in _ENGLISH_PLACES):
            return True
        if before.key == "du" or before.text in ("La", "Le", "Les"):
            return n > 1 and words[n - 2].key in _STREETS
        if not (is_capitalised(before.text) and (glue == "-" or given(before.key))):
            return False
        n -= 1
    return False


_ENGLISH_PLACES = frozenset(
    "room rooms field house church school station hall street road lane park tower towers bridge common meadow pitch "
    "pitches library inn college way close drive gardens grove rise view walk row court path yard "
    "surgery stadium stand green playing primary".split()
)
"""English places whose name stands before them, never after: `in our breakout room Sunita took notes`."""
_STREETS = frozenset(
    "rue avenue boulevard place square impasse allee chemin quai "
    "cours passage gymnase stade parc rond-point pont".split()
)


def place_after(words: Sequence[Word], n: int) -> bool:
    """Return whether a word for a place follows: `Victoria Gardens`, `Nelson Room`."""
    after = words[n + 1] if n + 1 < len(words) else None
    return after is not None and after.joined == " " and proper(after) and after.key in PLACES


# Names of speakers ----------------------------------------------------------------------------------------------------


def speaker_of(speaker: Speaker) -> Person | None:
    """Return a speaker as a person to hide; None for a machine, an anonymous voice, or a label that is only a role."""
    if speaker.kind != "person":
        return None
    return person_named(speaker.name, speaks=True)


def person_named(name: str, *, speaks: bool, civility: str | None = None) -> Person | None:
    """Return a person from a name as written; None for a label that is only a role.

    Args:
        name: with or without civility, parentheses, or `Surname, Given`.
        speaks: whether they speak in the session.
        civility: the gender a civility before the name tells, None where there is none.
    """
    bare = _NAME_IN_BRACKETS.sub("", name)
    head, comma, tail = bare.partition(",")
    if comma:
        given_keys = [w.key for w in words_of(tail)]
        bare = (
            f"{tail.strip()} {head.strip()}" if given_keys and len(given_keys) <= 2 and given(given_keys[0]) else head
        )
    words = list(words_of(bare.strip()))
    has_title = civility is not None
    civility = civility or ""
    while len(words) > 1:
        gender = civility_of(words[0])
        if gender is None and not _leads(words):
            break
        civility, words, has_title = gender or civility, words[1:], True
    if speaks and _is_service(words, has_title=has_title):
        return None
    whole = len(words) == 2 and given(words[0].key) and not doubtful(words[0].key) and proper(words[1])  # Pauline Maire
    telling = [w for w in words if w.key not in PARTICLES and (whole or w.key not in ROLES) and len(w.key) > 1]
    if not telling or all(w.key in ROLES or w.key in PARTICLES for w in words):
        return None
    start, end = words[0].start, words[-1].end
    full_name = bare.strip()[start:end]
    return Person(
        full_name,
        tuple((w.text, role) for w, role in zip(telling, _roles(telling, has_title=has_title), strict=True)),
        civility,
        speaks,
    )


def _leads(words: Sequence[Word]) -> bool:
    """Return whether a label begins with a title, as in `Pasteur Étienne Froehlich`, `Lieutenant-colonel Schaeffer`."""
    first, second = words[0], words[1]
    title = first.key in TITLES and (first.key not in SURNAMES_ALSO_WORDS or given(second.key))
    return title and second.joined in (" ", "\u00a0", "-") and (proper(second) or second.key in TITLES)


def _is_service(words: Sequence[Word], *, has_title: bool) -> bool:
    """Return whether a speaker's label is that of a service or an office: `Bureau d'études`, `La Poste`, `Le DGS`."""
    telling = [w for w in words if w.key not in PARTICLES and w.key not in ("le", "la", "les", "l", "the")]
    if (
        not telling
        or (has_title and len(words) == 1)
        or any(given(w.key) and is_capitalised(w.text) and not doubtful(w.key) for w in telling)
        or (
            len(telling) > 1
            and given(telling[0].key)
            and telling[0].key not in NOT_PEOPLE
            and telling[0].key not in INSTITUTIONS
        )
    ):
        return False
    if any(w.key in SERVICES for w in telling):
        return True
    plain = all(w.joined in ("", " ", "\u00a0", "'", "’") for w in telling[1:])
    nouns = [w for w in telling if w.key not in ROLES]
    if plain and len(words) > 1 and nouns and not any(is_capitalised(w.text) for w in nouns):
        return any(w.key in ROLES or w.key in PARTICLES or has_title for w in words) or len(nouns) < len(telling)
    short = [w for w in telling if w.text.isupper() and len(w.text) <= 4]
    return len(telling) == 1 and bool(short) and (len(words) > 1 or not set(telling[0].key) & set("aeiouy"))


def _roles(words: Sequence[Word], *, has_title: bool) -> list[Role]:
    """Return the role of each word of a name: given names come first, unless capitals or the order show otherwise."""
    if len(words) == 1:
        word = words[0]
        if has_title or (word.text.isupper() and len(word.text) > 3 and not given(word.key)):
            return ["surname"]
        return ["given_name" if is_capitalised(word.text) else "handle"]
    if any(not is_capitalised(w.text) for w in words) and any("_" in w.joined or "." in w.joined for w in words[1:]):
        return ["handle" for _word in words]
    if has_title and not given(words[0].key):
        return ["surname" for _word in words]
    in_capitals = [w.text.isupper() and len(w.text) > 1 for w in words]
    if any(in_capitals) and not all(in_capitals):
        return ["surname" if s else "given_name" for s in in_capitals]
    if given(words[-1].key) and not given(words[0].key):
        backwards: list[Role] = ["surname" for _word in words[:-1]]
        return [*backwards, "given_name"]
    roles: list[Role] = ["given_name"]
    for n, word in enumerate(words[1:], start=1):
        still = roles[-1] == "given_name" and n < len(words) - 1 and (word.joined in ("-", "‑") or given(word.key))
        is_given = (
            roles[-1] == "given_name"
            and word.joined in ("-", "‑")
            and given(word.key)
            and n == len(words) - 1
            and len(words) > 2
        )
        roles.append("given_name" if still or is_given else "surname")
    return roles


def proper(word: Word) -> bool:
    """Return whether a word is written as a proper noun: a capital and more than a letter."""
    return is_capitalised(word.text) and len(word.text) > 1
