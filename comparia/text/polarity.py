"""What a sentence affirms and denies, and for how many people: cues of negation, opposition, quantity, by clause.

The tables of cues are in `comparia/words`; in them `*` stands for any ending. Cues are compared with words as
`words.tokens` gives them: folded, elisions opened (`n'est` → `ne est`, `qu'on` → `que on`, `s'oppose` → `oppose`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from comparia.text.wordlists import LANGUAGES, phrases, table, word_sets
from comparia.text.words import STOP_WORDS, fold, stem, tokens

NAME = "polarity-1"
"""Name of these tables and this reading, for signatures."""

STANCE = "=stance"
"""Name of the concept of being for or against, for all verbs."""

_NEUTRAL = phrases("polarity", "neutral")
"""Cues that look like a negation and deny nothing. They are matched before all other tables."""
_DENIES = phrases("polarity", "denies")
"""Cues that deny what follows in their clause. In French several of them deny once (`ne ... jamais rien`)."""
_WITHOUT = phrases("polarity", "without")
"""Cues that flip the polarity of the next `_NEAR` content words.

Two flips cancel each other (`not without`, `ne pas oublier`); a stance verb resets."""
_FOR = phrases("polarity", "for")
"""Cues of being for what follows, across commas. Cues of duty are included: who says that it must be done wants it."""
_AGAINST = phrases("polarity", "against")
"""Cues of being against what follows, across commas. `contre` alone is left out: a stall may stand against a wall."""
_BREAKS = phrases("polarity", "breaks")
"""Cues that begin a new clause, to which an earlier negation does not apply."""
_BE = phrases("polarity", "be")
"""Forms of "be". With a participle of opposition they form a passive: its subject is what is opposed."""
_OPPOSITES: dict[str, tuple[tuple[str, str], ...]] = {
    language: tuple(
        (" ".join(one), " ".join(other)) for one, other in table(language, "polarity", "opposites")["pairs"]
    )
    for language in LANGUAGES
}
"""Pairs of opposites: words of one side, words of the other. To deny one side is to affirm the other."""

_EMPTY = word_sets("polarity", "empty")
"""Content words that are no concept: to deny them has no meaning."""

_PEOPLE = phrases("polarity", "people")
"""Words for people, such as those whose number a recap gives."""
_GENERAL = phrases("polarity", "general")
"""People who, in the plural and without a number, stand for the whole meeting."""
_PERSON: dict[str, str] = {language: str(table(language, "polarity", "person")["pattern"]) for language in LANGUAGES}
"""Endings of the names of trades, for the first words of a point (`Un quincaillier ...`)."""
_ALL = phrases("polarity", "all")
"""Cues of "all"; `%` stands for people. At the start of a clause, `tous` and `all` mean people by themselves."""
_MOST = phrases("polarity", "most")
_FEW = phrases("polarity", "few")
_NOT_HOLDERS = word_sets("polarity", "not_holders")
"""Words such as "for" before `tous` or `everyone`: these people then receive something, and do not hold a view."""
_OPINION = phrases("polarity", "opinion")
"""Verbs of opinion besides those of the stance tables."""

Many = Literal["few", "general", "most", "all"]
"""How many are said to hold something: a few, people in general (`the residents want`), most, everyone."""


class Mark(NamedTuple):
    """One concept of a text, and whether the text affirms or denies it."""

    concept: str
    """A stem, the first word of a pair of opposites after `=`, or `STANCE`."""
    sign: int
    """1 affirmed, -1 denied."""


class Common(NamedTuple):
    """The concepts that two texts share."""

    opposed: tuple[str, ...]
    """Concepts that one affirms and the other denies."""
    agreed: tuple[str, ...]
    """Concepts that both affirm or both deny, at least once."""
    likeness: float
    """Shared concepts over all concepts, in [0, 1]."""


_NEAR, _FAR = 3, 6
"""Most content words denied: the first by `without` or `no` before a noun, the second by the negation of a verb."""


# The cues, compiled --------------------------------------------------------------------------------------------------


def _pattern(cues: str, people: str = "") -> str:
    words = sorted(set(cues.split()), key=len, reverse=True)
    return "|".join(re.escape(w).replace("_", " ").replace(r"\*", r"\w*").replace("%", people) for w in words)


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")


def _grammar(language: str) -> re.Pattern[str]:
    tables = {
        "neutral": _NEUTRAL,
        "against": _AGAINST,
        "favour": _FOR,
        "without": _WITHOUT,
        "denies": _DENIES,
        "breaks": _BREAKS,
    }
    groups = [f"(?P<{name}>{_pattern(table[language])})" for name, table in tables.items()]
    if language == "fr":
        groups.insert(0, r"(?P<ne>ne)")
        groups.append(r"(?P<purpose>pour(?= (?:ne |que |\w+(?:er|ir|re)\b)))")
    return _whole("|".join([*groups, r"(?P<word>\S+)"]))


_GRAMMARS = {language: _grammar(language) for language in ("fr", "en")}
_SECOND = _whole(
    "(?P<second>pas|plus|jamais|rien|personne|aucun|aucune|guère|ni|nul|nulle|nullement)"
    f"|(?P<stop>ne|{_pattern(_BREAKS['fr'])})"
)
"""The second word of a French negation; `ne` without one denies nothing (`ne ... que`, `avant qu'il ne parte`)."""
_ONLY = re.compile(r" (?:que|seulement|uniquement|moins de)(?!\S)")
_WILLS = _whole(_pattern(f"{_FOR['fr']} {_AGAINST['fr']}"))
_PASSIVE = {language: re.compile(rf"(?<!\S)(?:{_pattern(table)})(?: \S+){{0,2}} $") for language, table in _BE.items()}
_ACTIVE = re.compile(r"oppos|hostil|favo|défavo|rétic|against|unwilling|will")
"""Participles that, after `be`, still apply to what follows: `is opposed to the trial`."""
_OPENERS = {
    # At the head of a piece: coordination and participles, which leave the stance behind.
    "fr": re.compile(r"(?:et|mais|ou|\w{3,}ant|est|sont|a|ont|sera|seront|serait|seraient)(?!\S)"),
    "en": re.compile(r"(?:and|or|but|so|\w{3,}ing|would|will|can|could|may|is|are|was|were|has|have|had)(?!\S)"),
}
_QUESTIONS = re.compile(r"(?:(?<=[.!?…])\s|^)[^.!?…]*\?")
"""Questions affirm nothing."""
_PIECES = re.compile(r"[;:!?()«»“”\"…]|\.(?=\s|$)|\s[–—-]\s|(?P<comma>,(?!\d))")
_QUE = re.compile(r"\bqu['’]", re.IGNORECASE)
_AGREEMENT = re.compile(r"unanim|consens|major")
_OR_NEARLY = ("ou presque", "or nearly", "or almost")
"""Phrases that, after a comma, change "all" to "most"."""
_PREFIX = re.compile(r"(?:in|im|il|ir|un|non|dis|anti)(?=\w{3})")


def _opposites(language: str) -> dict[str, tuple[str, int]]:
    table: dict[str, tuple[str, int]] = {}
    for one, other in _OPPOSITES[language]:
        for sign, side in ((1, one), (-1, other)):
            for word in side.split():
                table.setdefault(word, (f"={one.split()[0]}", sign))
    return table


_OPPOSED = {language: _opposites(language) for language in ("fr", "en")}


def _quantities(language: str) -> dict[Many, re.Pattern[str]]:
    people = f"(?:{_pattern(_PEOPLE[language])})"
    general, opinion = (
        _pattern(_GENERAL[language]),
        _pattern(f"{_FOR[language]} {_AGAINST[language]} {_OPINION[language]}"),
    )
    few = _pattern(_FEW[language], rf"(?:\S+ )?{people}")  # "a ward councillor"
    the = r"(?:^|(?<=\s))(?:les|des) " if language == "fr" else r"(?:^(?:the )?|(?<=\s)the |(?<=that )|(?<=and ))"
    someone = r"^(?:un|une) " if language == "fr" else r"^(?:one|an?) "
    alone = (
        r"^(?:tous|toutes|chacun|chacune)(?! (?:les )?(?:deux|trois|ceux|celles))"
        if language == "fr"
        else r"^(?:all|everyone|everybody)"
    )
    return {
        "most": _whole(_pattern(_MOST[language], people)),
        "all": re.compile(rf"(?<!\S)(?:{_pattern(_ALL[language], people)})(?!\S)|{alone}(?!\S)"),
        "few": re.compile(rf"(?<!\S)(?:{few})(?!\S)|{someone}{_PERSON[language]}(?!\S)"),
        "general": re.compile(rf"{the}(?:{general})(?: \S+){{0,3}}? (?:{opinion})(?!\S)"),
    }


_QUANTITIES = {language: _quantities(language) for language in ("fr", "en")}


# The reading ---------------------------------------------------------------------------------------------------------


def _pieces(text: str, language: Literal["fr", "en"]) -> list[tuple[str, bool]]:
    """Return the pieces of a text between punctuation marks, as words, and whether a comma ends each."""
    text = _QUE.sub("que ", fold(text)) if language == "fr" else text
    pieces, begin = [], 0
    for stop in _PIECES.finditer(text):
        pieces.append((" ".join(tokens(text[begin : stop.start()], language)), stop.group("comma") is not None))
        begin = stop.end()
    pieces.append((" ".join(tokens(text[begin:], language)), False))
    return [piece for piece in pieces if piece[0]]


@lru_cache(maxsize=20_000)
def reading(text: str, language: Literal["fr", "en"]) -> tuple[Mark, ...]:
    """Return what `text` affirms and denies, in order.

    A negation denies what follows it in its clause. A verb of opposition denies what follows it up to the next stance,
    a subordinate clause or the end of the sentence; if it is passive, it denies its subject. A negated stance becomes
    the opposite stance.
    """
    reader = _Reader(language)
    for question in _QUESTIONS.split(text):
        for piece, comma in _pieces(question, language):
            reader.read(piece, comma=comma)
    return tuple(reader.marks)


def common(one: str, other: str, language: Literal["fr", "en"]) -> Common:
    """Return the concepts that two texts share: those opposed, those agreed, and the share of shared concepts."""
    signs, other_signs = _signs(one, language), _signs(other, language)
    _without_prefixes(signs, other_signs)
    _without_prefixes(other_signs, signs)
    concepts = [concept for concept in signs if concept in other_signs]
    same_sign = tuple(concept for concept in concepts if signs[concept] & other_signs[concept])
    other_sign = tuple(concept for concept in concepts if not signs[concept] & other_signs[concept])
    return Common(other_sign, same_sign, len(concepts) / max(1, len(signs.keys() | other_signs.keys())))


def how_many(text: str, language: Literal["fr", "en"]) -> frozenset[Many]:
    """Return how many people hold the view of `text`, according to it; several values for several groups."""
    quantities: set[Many] = set()
    for piece, _comma in _pieces(text, language):
        if piece.startswith(_OR_NEARLY) and "all" in quantities:
            quantities = (quantities - {"all"}) | {"most"}
        rest = piece
        for many, pattern in _QUANTITIES[language].items():
            for match in pattern.finditer(rest):
                before = rest[: match.start()].split()
                is_holder = many == "few" or _AGREEMENT.search(match.group(0))
                if is_holder or not before or before[-1] not in _NOT_HOLDERS[language]:
                    quantities.add(many)
            rest = pattern.sub("|", rest)
    return frozenset(quantities)


def without_quantities(text: str, language: Literal["fr", "en"]) -> str:
    """Return the words of `text`, without those that say how many people hold it."""
    pieces = []
    for piece, _comma in _pieces(text, language):
        for many in ("most", "all", "few"):
            piece = _QUANTITIES[language][many].sub(" ", piece)
        pieces.append(piece)
    return ", ".join(pieces)


def _signs(text: str, language: Literal["fr", "en"]) -> dict[str, set[int]]:
    signs: dict[str, set[int]] = {}
    for mark in reading(text, language):
        signs.setdefault(mark.concept, set()).add(mark.sign)
    return signs


def _without_prefixes(signs: dict[str, set[int]], others: dict[str, set[int]]) -> None:
    """Replace a concept with a negative prefix (`unlit`) by the bare one, denied, where the other text has `lit`."""
    for concept in [c for c in signs if c not in others]:
        bare = _PREFIX.sub("", concept, count=1) if _PREFIX.match(concept) else concept
        if bare != concept and bare in others:
            signs.setdefault(bare, set()).update(-sign for sign in signs.pop(concept))


class _Reader:
    """Reads the pieces of a text one after the other."""

    def __init__(self, language: Literal["fr", "en"]) -> None:
        self.language = language
        self.marks: list[Mark] = []
        self.stance = 1  # of whoever speaks, for what follows
        self.negation = 1  # -1 under a negation
        self.clause = 0  # index of the first mark of the clause
        self.words_left = _FAR  # content words that the negation may still deny
        self.last_stance = self.last_without = -9  # places of the last cues of these kinds in the piece

    def read(self, piece: str, *, comma: bool) -> None:
        """Read one piece; a comma ends a negation but not a stance."""
        if _OPENERS[self.language].match(piece):
            self.stance = 1
        self.last_stance = self.last_without = -9
        seconds: set[int] = set()
        for place, match in enumerate(_GRAMMARS[self.language].finditer(piece)):
            kind, words = match.lastgroup, match.group(0)
            if kind == "ne":
                second = _SECOND.search(piece, match.end())
                only = second and _ONLY.match(piece, second.end())
                if only and _WILLS.search(piece, match.end(), second.start() if second else 0):
                    only = None  # "il ne faut pas que"
                if second and second.group("second") and not only:
                    self.negation, self.words_left = -1, _FAR
                    self.last_without = -9
                    seconds.add(second.start())
            elif words == "pas que" and place == self.last_stance + 1 and match.start() not in seconds:
                self._deny("pas", place)  # "faut pas que"
            elif kind == "denies" and match.start() not in seconds:
                self._deny(words, place)
            elif kind == "without":
                self.negation, self.words_left = -self.negation, _NEAR
                self.last_without = place
            elif kind in ("breaks", "purpose"):
                self._new_clause()
            elif kind in ("favour", "against"):
                passive = not _ACTIVE.match(words) and _PASSIVE[self.language].search(piece, 0, match.start())
                self._take_stance(1 if kind == "favour" else -1, place, passive=bool(passive))
            elif kind == "word" and match.start() not in seconds:
                self._word(words)
        self.negation = 1
        if not comma:
            self._new_clause()

    def _new_clause(self) -> None:
        self.stance = self.negation = 1
        self.clause = len(self.marks)

    def _deny(self, words: str, place: int) -> None:
        self.words_left = _NEAR if words == "no" and place else _FAR
        if self.language == "fr" and words in ("pas", "jamais") and self.last_stance == place - 1 and self.negation > 0:
            self.stance = -self.stance  # spoken French: "j'accepte pas"
            self.marks[-1] = Mark(STANCE, self.stance)
        elif self.language == "en" and words not in ("nor", "neither"):
            self.negation = -self.negation
        else:
            self.negation = -1

    def _take_stance(self, sign: int, place: int, *, passive: bool) -> None:
        if self.last_without >= 0 and place - self.last_without > 2:
            self.negation = 1
        is_chain = place - self.last_stance <= 2  # "refuse de soutenir"
        self.stance = sign * self.negation * (self.stance if is_chain else 1)
        self.negation = 1
        self.last_stance = place
        self.marks.append(Mark(STANCE, self.stance))
        if passive and self.stance < 0:
            self.marks[self.clause :] = [
                mark if mark.concept == STANCE else Mark(mark.concept, -mark.sign) for mark in self.marks[self.clause :]
            ]

    def _word(self, word: str) -> None:
        if self.negation < 0 and word not in STOP_WORDS[self.language]:
            self.words_left -= 1
            if self.words_left < 0:
                self.negation = 1
        sign = self.stance * self.negation
        if word in _OPPOSED[self.language]:
            concept, side = _OPPOSED[self.language][word]
            self.marks.append(Mark(concept, sign * side))
        elif word not in STOP_WORDS[self.language] and word not in _EMPTY[self.language]:
            self.marks.append(Mark(stem(word, self.language), sign))
