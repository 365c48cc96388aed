"""The veil: names and personal data replaced before anything leaves, and put back in what comes back.

`Veil.apply` and `Veil.restore` work on any text of the session or about it. The words to replace are decided once, from the whole
session (`pseudonyms_of`), and kept with the run on this machine; `apply` then only asks whether a word, where it stands, is that
name: `Pierre` after `Monsieur` is one, `la pierre` is not. Applying twice changes nothing more, which is how the outbound gate
proves that nothing was forgotten.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from comparia.privacy.identifiers import Mention, identifiers
from comparia.privacy.named import people_of, usual_words
from comparia.privacy.names import INVENTED, INVENTED_SURNAMES, NEVER_INITIALS, PARTICLES, ROLES
from comparia.privacy.people import (
    Person,
    Word,
    article_before,
    civility_of,
    doubtful,
    gender_of,
    given,
    is_capitalised,
    key_of,
    place_after,
    place_before,
    title_before,
    words_of,
)
from comparia.privacy.placeholders import LABELS, Placeholders
from comparia.records import Alias, AliasKind, AliasSource, Pseudonyms, Transcript

TYPO_LENGTH = 5
"""Letters of a name from which one letter more, less or other is taken for it; two from `LONG_TYPO_LENGTH`."""
LONG_TYPO_LENGTH = 9

_MONTHS = frozenset("avril mai juin mars aout april may june august".split())
_BEFORE_A_MONTH = frozenset(
    "in en de d fin debut mi courant early late since until by before after this next last depuis avant apres ce le".split()
)
_CAPITAL_AND_REST = re.compile(r"[A-ZÀ-Þ][^A-ZÀ-Þ]+")
MOST_TIMES = 4
"""How often a line is gone through."""

_VOWELS = frozenset("aeiouyh")
_LABEL = re.compile(r"^(?:\[T\d+[^\]\n]{0,40}\]|-) (?P<label>[^:\n]{1,80}?)(?= ?:| \(\d)")
"""Where a line of the session, or of the list of participants, names who speaks."""
_NAMES = frozenset(("given_name", "surname", "handle"))
_OF = r"(?:(?:des|de|du|la|les?|of|the|for|pour|pour la)\s+|l['’]|d['’])*"
_FRENCH_FIRMS = (
    "Transports|Boulangerie|Boucherie|Garage|Menuiserie|Maçonnerie|Plomberie|Pharmacie|[Cc]abinet|Atelier|Ateliers|Éditions|Établissements|Ets|"
    "Café|Restaurant|Librairie|SARL|SAS|SASU|EURL|SCI|SCOP|SCIC|Amicale|Collectif|Association|Comité|Syndicat|Fédération|Coopérative|Pédale"
)
_ORGANISATION = re.compile(
    r"\b(?:(?:[Aa]ssociation|[Cc]ollectif|[Ss]ociété|[Ee]ntreprise|[Ss]yndicat|[Ff]édération|[Aa]micale|[Ff]ondation|[Cc]oopérative|"
    rf"[Uu]nion|[Cc]ompany|[Cc]harity|[Tt]rust|[Ff]oundation|[Ss]ociety)\s+{_OF}(?P<named>« ?[^«»\n]{{2,60}} ?»|“[^“”\n]{{2,60}}”|"
    rf"[A-ZÀ-Þ0-9][\w'’&.-]*(?:\s+(?:(?:et|and|pour|for)\s+)?{_OF}[A-ZÀ-Þ][\w'’&-]*){{0,5}})"
    rf"|(?P<firm>(?:{_FRENCH_FIRMS})\s+{_OF}[A-ZÀ-Þ][\w'’&-]*(?:\s+(?:(?:et|and|pour|for)\s+)?{_OF}[A-ZÀ-Þ][\w'’&-]*){{0,4}}|"
    r"(?:[A-ZÀ-Þ][\w'’&-]*\s+(?:(?:of|and|the)\s+)?){1,4}(?:Ltd|Limited|[Pp]lc|CIC|Association|Society|Collective|Trust|Foundation|Bakery|"
    r"Plumbing|Builders|Haulage|Knitters|Boxing|Club|Choir|Cooperative|Co-op|Architectes|Architects|Boulistes)\b|"
    r"Friends of (?:the )?[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,3}))"
)


class Replaced(NamedTuple):
    """A piece of a line that is replaced."""

    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last."""
    text: str
    """What stands there instead."""
    kind: AliasKind
    """What it is."""


# Deciding what to hide ------------------------------------------------------------------------------------------------


def pseudonyms_of(
    transcript: Transcript,
    *,
    hidden: Sequence[str] = (),
    left: Sequence[str] = (),
    organisations: bool = False,
    neutral: bool = False,
) -> Pseudonyms:
    """Everything to hide of a session, and what stands for it: the same for the same session.

    Args:
        transcript: the session.
        hidden: words or phrases to hide as well.
        left: names to leave as they are.
        organisations: hide associations, companies and the like too.
        neutral: give people names that tell no gender, and drop civilities.
    """
    lines = [line for turn in transcript.turns for line in turn.text.splitlines()] + [transcript.title]
    untouched = {key_of(word) for phrase in left for word in re.findall(r"[^\W_]+", phrase)}
    people = [p for p in people_of(transcript) if not all(key_of(word) in untouched for word, _role in p.words)]
    held = {w.key for line in lines for w in words_of(line)} | {key_of(w) for p in people for w, _role in p.words}
    pick = _Names(transcript.id, held, neutral=neutral)
    words: dict[str, Alias] = {}
    for person in people:
        gender = person.civility or next((g for word, _role in person.words if (g := gender_of(key_of(word)))), "")
        for word, role in person.words:
            key = key_of(word)
            if key not in words and key not in untouched:
                source: AliasSource = "speaker" if person.speaks else "mentioned"
                words[key] = Alias(kind=role, original=word, pseudonym=pick.name(key, role, gender), source=source)
    phrases: list[tuple[str, AliasSource]] = [(phrase, "asked") for phrase in hidden if phrase.strip()]
    if organisations:
        phrases += [
            (name, "mentioned") for name in dict.fromkeys(_organisations(lines)) if key_of(name) not in untouched
        ]
    data: dict[str, Alias] = {}
    numbers: dict[AliasKind, int] = {}

    def numbered(kind: AliasKind, original: str, source: AliasSource) -> None:
        if original.casefold() not in data:
            numbers[kind] = numbers.get(kind, 0) + 1
            label = LABELS[transcript.language][kind]
            data[original.casefold()] = Alias(
                kind=kind, original=original, pseudonym=f"[{label} {numbers[kind]}]", source=source
            )

    for phrase, source in phrases:
        single = re.fullmatch(r"[^\W_]+", phrase.strip())
        if single and source == "asked":
            key = key_of(phrase.strip())
            words.setdefault(
                key,
                Alias(kind="surname", original=phrase.strip(), pseudonym=pick.name(key, "surname", ""), source="asked"),
            )
        else:
            numbered("organisation", phrase.strip(), "asked" if source == "asked" else "mentioned")
    for line in [*lines, *(speaker.name for speaker in transcript.speakers)]:
        for mention in identifiers(line):
            numbered(mention.kind, line[mention.start : mention.end], "shape")
    found = Pseudonyms(
        language=transcript.language,
        neutral=neutral,
        aliases=(*words.values(), *data.values()),
        left=tuple(left),
    )
    veil = Veil(found, usual_words(transcript))
    whole = _whole(people)
    return found.model_copy(update={"people": tuple((p.name, veil.label(p.name)) for p in whole)})


def _whole(people: Sequence[Person]) -> list[Person]:
    """People whose name is not a part of another's."""
    keys = [frozenset(key_of(word) for word, _role in person.words) for person in people]
    return [p for n, p in enumerate(people) if not any(keys[n] < other for other in keys)]


def _organisations(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for match in _ORGANISATION.finditer(line):
            yield (match["named"] or match["firm"]).strip("«»“” \u00a0\u202f")


class _Names:
    """Gives invented names: each once, none near a word of the session, so that each is known again when it comes back.

    Args:
        seed: of the order; the names follow from the session.
        held: words of the session.
        neutral: whether names may tell no gender.
    """

    def __init__(self, seed: str, held: set[str], *, neutral: bool) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - a shuffle, not a secret: the order says nothing of the names
        self._held = held
        self._neutral = neutral
        self._pools = {gender: list(pool) for gender, pool in INVENTED.items()}
        self._surnames = list(INVENTED_SURNAMES)
        for pool in (*self._pools.values(), self._surnames):
            self._draw.shuffle(pool)
        self._numbered = 0

    def name(self, key: str, role: str, gender: str) -> str:
        """A name for one word of a name, of the same gender and with a like first letter (a vowel elides as a vowel does)."""
        pool = self._surnames
        if role == "given_name":
            pool = self._pools["" if self._neutral else gender] or self._surnames
        vowel = key[0] in _VOWELS
        for like in (True, False):
            for n, name in enumerate(pool):
                first = key_of(name)[0]
                if (not like or (first in _VOWELS) == vowel) and self._is_free(name):
                    return pool.pop(n)
        self._numbered += 1
        return f"Personne{self._numbered}"

    def _is_free(self, name: str) -> bool:
        key = key_of(name)
        if key in self._held:
            return False
        return all(abs(len(word) - len(key)) > 1 or OSA.distance(key, word, score_cutoff=1) > 1 for word in self._held)


# Replacing and putting back -------------------------------------------------------------------------------------------


class Veil:
    """What is hidden, ready to be applied.

    Args:
        pseudonyms: what to replace by what.
        usual: words mostly written without a capital in the session, which are no proof of a name.
    """

    def __init__(self, pseudonyms: Pseudonyms, usual: frozenset[str] = frozenset()) -> None:
        self.pseudonyms = pseudonyms
        self._usual = usual
        self._words = {key_of(a.original): a for a in pseudonyms.aliases if a.kind in _NAMES and a.pseudonym[0] != "["}
        self._back = {key_of(a.pseudonym): a for a in self._words.values()}
        self._long = [key for key in self._words if len(key) >= TYPO_LENGTH and not doubtful(key)]
        data = [a for a in pseudonyms.aliases if a.pseudonym[0] == "["]
        self._data = {a.original.casefold(): a for a in data}
        self._placeholders = Placeholders(data)
        asked = sorted((a.original for a in data if a.kind == "organisation"), key=len, reverse=True)
        self._asked = (
            re.compile("|".join(rf"(?<!\w){re.escape(a)}(?!\w)" for a in asked), re.IGNORECASE) if asked else None
        )
        self._initials = self._initials_of(pseudonyms)
        self._backwards = {(b, key_of(self._words[k].pseudonym)): (a, k) for (a, k), b in self._initials.items()}
        self._compact = self._compact_of(pseudonyms)
        self._left = {key_of(word) for phrase in pseudonyms.left for word in re.findall(r"[^\W_]+", phrase)}
        self._apply_line = lru_cache(maxsize=50_000)(self._applied)

    def apply(self, text: str) -> str:
        """`text` with every name and piece of personal data replaced."""
        return "\n".join(self._apply_line(line) for line in text.split("\n"))

    def exposed(self, text: str) -> list[str]:
        """What `apply` would still replace: empty for a text that may leave."""
        return [
            line[r.start : r.end]
            for line in text.split("\n")
            if self._apply_line(line) != line
            for r in self.replaced(line)
        ]

    def restore(self, text: str) -> str:
        """`text` with the names and data put back, also where a model wrote a name otherwise than it was given."""
        return "\n".join(self._restored(line) for line in text.split("\n"))

    def label(self, name: str) -> str:
        """A speaker's name as a whole, replaced: every word of it that is hidden, whatever its case."""
        return self._applied(f"- {name} (0)")[2:-4] if name and "\n" not in name else self.apply(name)

    def replaced(self, line: str) -> list[Replaced]:
        """Every piece of one line that is replaced, in order."""
        found = [
            Replaced(m.start, m.end, self._placeholder(line[m.start : m.end], m.kind), m.kind)
            for m in self._shaped(line)
        ]
        words = words_of(line)
        label = _LABEL.match(line)
        forced = label.span("label") if label else (0, 0)
        taken = sorted((r.start, r.end) for r in found)
        n = nearest = 0
        while n < len(words):
            span = 1
            word = words[n]
            while nearest < len(taken) and taken[nearest][1] <= word.start:
                nearest += 1
            if nearest == len(taken) or taken[nearest][0] >= word.end:
                piece = self._name_at(words, n, line, forced=forced[0] <= word.start < forced[1])
                if piece is not None:
                    found.append(piece)
                    while n + span < len(words) and words[n + span].start < piece.end:
                        span += 1
            n += span
        return sorted(found)

    # One line -------------------------------------------------------------------------------------------------------

    def _applied(self, line: str) -> str:
        """One line, replaced until nothing is left to replace: what stands beside a replaced piece may show its own shape then."""
        for _time in range(MOST_TIMES):
            replaced = self._once(line)
            if replaced == line:
                break
            line = replaced
        return line

    def _once(self, line: str) -> str:
        pieces, last = [], 0
        for piece in self.replaced(line):
            pieces += [line[last : piece.start], piece.text]
            last = piece.end
        return "".join([*pieces, line[last:]])

    def _shaped(self, line: str) -> list[Mention]:
        found = list(identifiers(line))
        if self._asked is not None:
            found = [
                *(
                    Mention(m.start(), m.end(), "organisation")
                    for m in self._asked.finditer(line)
                    if not any(f.start < m.end() and m.start() < f.end for f in found)
                ),
                *found,
            ]
        return sorted(found)

    def _placeholder(self, original: str, kind: AliasKind) -> str:
        known = self._data.get(original.casefold())
        return known.pseudonym if known else f"[{LABELS[self.pseudonyms.language][kind]}]"

    def _name_at(self, words: Sequence[Word], n: int, line: str, *, forced: bool) -> Replaced | None:
        word = words[n]
        start = word.start
        if self.pseudonyms.neutral and (civil := self._after_civility(words, n)) is not None:
            following = self._name_at(words, civil, line, forced=True)
            return following._replace(start=start) if following else None
        initial = self._initial_at(words, n)
        if initial is not None:
            return initial
        if (whole := self._compact.get(word.text)) is not None and word.key not in self._words:
            return Replaced(start, word.end, whole, "surname")
        key = self._key_at(words, n, line, forced=forced)
        if key is None:
            return None
        alias = self._words[key]
        return Replaced(start, word.end, _like(alias.pseudonym, word.text), alias.kind)

    def _key_at(self, words: Sequence[Word], n: int, line: str, *, forced: bool) -> str | None:
        """The name that a word is, where it stands; None when it is only a word."""
        word = words[n]
        key = word.key
        if key in self._left or (key in PARTICLES and key not in self._words):
            return None
        if key not in self._words:
            return self._misspelt(words, n, line)
        if forced:
            return key
        titled = self._titled(words, n)
        if not titled and (place_before(words, n) or place_after(words, n)):
            return None
        if key in _MONTHS and n and words[n - 1].key in _BEFORE_A_MONTH:
            return None
        if self._words[key].kind == "handle" and self._in_a_handle(words, n):
            return key
        if len(key) <= 3 and word.text != self._words[key].original:
            return key if self._beside_a_name(words, n) and is_capitalised(word.text) else None
        beside = self._beside_a_name(words, n)
        if beside and is_capitalised(word.text):
            return key
        unsure = doubtful(key) or key in self._usual
        if not is_capitalised(word.text):
            inner = n and word.joined in ("'", "’") and words[n - 1].key in self._words
            if article_before(words, n) and not inner and not given(key):
                return None
            return key if inner or not unsure else None
        if unsure and word.opens:
            # at the head of a sentence, a given name that is a word too is the speaker who bears it
            speaks = self._words[key].source == "speaker" and self._words[key].kind == "given_name"
            return key if speaks and given(key) else None
        return key

    def _beside_a_name(self, words: Sequence[Word], n: int) -> bool:
        """Whether a civility or another word of a hidden name touches a word."""
        if self._titled(words, n):
            return True
        for other, joined in ((n - 1, words[n].joined), (n + 1, words[n + 1].joined if n + 1 < len(words) else "|")):
            if 0 <= other < len(words) and joined in (" ", "-", "‑", "\u00a0", "_", "'", "’"):
                near = words[other]
                if near.key in self._words and is_capitalised(near.text) and not (doubtful(near.key) and near.opens):
                    return True
        return False

    def _titled(self, words: Sequence[Word], n: int) -> bool:
        """Whether a civility or a title stands before a word, or before its particles."""
        if title_before(words, n):
            return True
        while n and words[n].joined.strip(" \u00a0\u202f.-'’") == "":
            n -= 1
            if civility_of(words[n]) is not None:
                return True
            if words[n].key not in PARTICLES:
                return False
        return False

    def _in_a_handle(self, words: Sequence[Word], n: int) -> bool:
        """Whether a word is joined, as in `mina_clb`, to another word of a handle."""
        for other, joined in ((n - 1, words[n].joined), (n + 1, words[n + 1].joined if n + 1 < len(words) else " ")):
            if 0 <= other < len(words) and joined in ("_", ".", "-"):
                near = self._words.get(words[other].key)
                if near is not None and near.kind == "handle":
                    return True
        return False

    def _misspelt(self, words: Sequence[Word], n: int, line: str) -> str | None:
        word = words[n]
        key = word.key
        if len(key) < TYPO_LENGTH or key in self._usual or key in ROLES or key in self._back:
            return None
        hurried = len(key) > TYPO_LENGTH and line == line.lower()
        if not is_capitalised(word.text) and not hurried and not self._titled(words, n):
            return None
        if place_before(words, n) or place_after(words, n) or doubtful(key):
            return None
        beside = self._beside_a_name(words, n)
        if given(key) and not beside:
            return None
        for known in self._long:
            allowed = 2 if len(known) >= LONG_TYPO_LENGTH else 1
            if (
                abs(len(known) - len(key)) <= allowed
                and known[0] == key[0]
                and OSA.distance(key, known, score_cutoff=allowed) <= allowed
            ):
                return known
        return None

    def _after_civility(self, words: Sequence[Word], n: int) -> int | None:
        """Where the hidden name after a civility begins."""
        if civility_of(words[n]) is None or n + 1 >= len(words):
            return None
        following = words[n + 1]
        glued = following.joined.strip(" \u00a0\u202f.") == ""
        return n + 1 if glued and is_capitalised(following.text) and (following.key in self._words) else None

    # Initials -------------------------------------------------------------------------------------------------------

    def _initials_of(self, pseudonyms: Pseudonyms) -> dict[tuple[str, str], str]:
        """(initial, surname) of each person, and the initial of their invented given name."""
        found: dict[tuple[str, str], str] = {}
        for name, _pseudonym in pseudonyms.people:
            keys = [w.key for w in words_of(name) if w.key in self._words]
            givens = [k for k in keys if self._words[k].kind == "given_name"]
            for key in keys:
                if givens and self._words[key].kind == "surname":
                    found.setdefault((givens[0][0], key), key_of(self._words[givens[0]].pseudonym)[0])
        return found

    def _compact_of(self, pseudonyms: Pseudonyms) -> dict[str, str]:
        """Initials of two to four letters that one person alone has, and their invented name."""
        found: dict[str, set[str]] = {}
        for name, pseudonym in pseudonyms.people:
            words = [w for w in words_of(name) if w.key not in PARTICLES or is_capitalised(w.text)]
            telling = [w for w in words if w.key in self._words]
            if len(telling) > 1:
                for letters in {"".join(w.text[0].upper() for w in group) for group in (words, telling)}:
                    found.setdefault(key_of(letters).upper(), set()).add(pseudonym)
        return {
            letters: next(iter(names))
            for letters, names in found.items()
            if len(names) == 1 and 2 <= len(letters) <= 4 and letters.casefold() not in NEVER_INITIALS
        }

    def _initial_at(self, words: Sequence[Word], n: int) -> Replaced | None:
        """`H. Marchetti`: the initial of a hidden person before their surname; the surname is replaced when its turn comes."""
        word = words[n]
        if len(word.text) != 1 or not word.text.isupper() or n + 1 >= len(words):
            return None
        ahead = n + 1
        while ahead < len(words) - 1 and words[ahead].key in PARTICLES and words[ahead].key not in self._words:
            ahead += 1
        glued = words[n + 1].joined.strip(" \u00a0\u202f.-") == ""
        letter = self._initials.get((word.key, words[ahead].key)) if glued else None
        return Replaced(word.start, word.end, letter.upper(), "given_name") if letter else None

    # Back -----------------------------------------------------------------------------------------------------------

    def _restored(self, line: str) -> str:
        line = self._placeholders.put_back(line)
        words = words_of(line)
        pieces, last = [], 0
        for n, word in enumerate(words):
            original = self._original(word)
            if original is not None:
                pieces += [line[last : word.start], original]
                last = word.end
            elif len(word.text) == 1 and word.text.isupper() and n + 1 < len(words):
                known = self._backwards.get((word.key, words[n + 1].key))
                if known and words[n + 1].joined.strip(" \u00a0\u202f.-") == "":
                    pieces += [line[last : word.start], known[0].upper()]
                    last = word.end
        return "".join([*pieces, line[last:]])

    def _original(self, word: Word) -> str | None:
        """Return the name that a pseudonym stands for, also in the plural, a letter off, or joined to another as in a hashtag."""
        alias = self._back.get(word.key)
        if alias is not None:
            return _like(alias.original, word.text)
        if len(word.key) < TYPO_LENGTH or word.key in self._usual or word.key in self._words:
            return None
        joined = _CAPITAL_AND_REST.findall(word.text)
        if len(joined) > 1 and "".join(joined) == word.text and all(key_of(piece) in self._back for piece in joined):
            return "".join(self._back[key_of(piece)].original for piece in joined)
        if not is_capitalised(word.text):
            return None
        if word.key.endswith("s") and (alias := self._back.get(word.key[:-1])):
            return _like(alias.original, word.text) + ("s" if self.pseudonyms.language == "en" else "")
        if doubtful(word.key) or given(word.key):
            return None
        near = {a.original for key, a in self._back.items() if _a_letter_off(word.key, key)}
        return _like(near.pop(), word.text) if len(near) == 1 else None


def _a_letter_off(key: str, pseudonym: str) -> bool:
    """Return whether a word is a pseudonym with one letter more, less, other, or two of them turned round."""
    if len(pseudonym) <= TYPO_LENGTH or abs(len(key) - len(pseudonym)) > 1:
        return False
    return key != pseudonym and OSA.distance(key, pseudonym, score_cutoff=1) <= 1


def _like(name: str, written: str) -> str:
    """A name in the case of the word it replaces."""
    if len(written) > 1 and written.isupper() and not name.isupper():
        return name.upper()
    return name.lower() if written.islower() and is_capitalised(name) else name


def veil_of(pseudonyms: Pseudonyms, transcript: Transcript) -> Veil:
    """The veil of one session."""
    return Veil(pseudonyms, usual_words(transcript))
