"""The veil: replaces names and personal data before a text is sent, and puts them back in the answer.

`Veil.apply` and `Veil.restore` work on any text of the session or about it. The words to replace are decided once, from
the whole session (`pseudonyms_of`), and stored with the run on this machine. `apply` then decides whether each
occurrence of such a word is the name: `Pierre` after `Monsieur` is, `la pierre` is not. Applying the veil a second time
changes nothing; the outbound gate uses this to check that no name is left.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, permutations
from operator import attrgetter
from typing import NamedTuple

from rapidfuzz.distance import OSA

from comparia.privacy.identifiers import Mention, identifiers
from comparia.privacy.named import lines_of, people_of, usual_words
from comparia.privacy.names import (
    INVENTED,
    INVENTED_SURNAMES,
    NEVER_INITIALS,
    NICKNAMES,
    PARTICLES,
    PLACES,
    ROLES,
    TITLES,
)
from comparia.privacy.people import (
    Person,
    Word,
    article_before,
    civility_of,
    doubtful,
    famous_at,
    gender_of,
    given,
    is_capitalised,
    is_hurried,
    key_of,
    place_after,
    place_before,
    proper,
    title_before,
    words_of,
)
from comparia.privacy.placeholders import LABELS, Placeholders
from comparia.records import Alias, AliasKind, AliasSource, Pseudonyms, Transcript
from comparia.text.words import STOP_WORDS

TYPO_LENGTH = 5
"""Letters of a name from which a word that differs by one letter is taken for it; by two from `LONG_TYPO_LENGTH`."""
LONG_TYPO_LENGTH = 9

_MONTHS = frozenset("avril mai juin mars aout april may june august".split())
_FEASTS = frozenset("noel paques toussaint".split())
_BEFORE_A_MONTH = frozenset(
    "in en de d fin debut mi courant early late since until by before after this "
    "next last depuis avant apres ce le".split()
)
_BEFORE_A_VERB = frozenset("se me te ne je tu il ils elles qui you we they he she who can could must should".split())
"""Words before a verb."""
_BEFORE_A_THING = frozenset(
    "un une des ce cet cette ces plusieurs quelques deux trois quatre a an some these those two three four".split()
)
"""Words before a common noun, never before a person."""
_AFTER_A_PERSON = frozenset(
    "a va veut peut doit avait n ne can has doesn isn couldn won wouldn hasn v will said says asked asks wants "
    "thinks agreed agrees told suggested proposed proposes wondered explained replied mentioned raised demande "
    "demandait propose proposait pense pensait dit disait repond rappelle ajoute precise souhaite explique "
    "insiste interroge evoque regrette signale".split()
)
"""Verbs whose subject is a person: before them, at the start of a sentence, a word that may be a name is one."""
_GREETINGS = frozenset(
    "merci bonjour bonsoir salut coucou bravo hello hi hey thanks thank cheers sorry "
    "dear ok oui yes non no desole pardon".split()
)
_ADDRESSED = frozenset("tu ta ton tes te t vous votre vos toi you your u tas".split())
_BEFORE_A_FEAST = frozenset("a pere mere joyeux joyeuse pour avant apres".split())
_CAPITAL_AND_REST = re.compile(r"[A-ZÀ-Þ][^A-ZÀ-Þ]+")
MOST_OF_AN_ACCOUNT = 40
"""Letters of a given name and a surname from which no account name is made."""
MOST_TIMES = 4
"""Highest number of times that replacement is repeated on a line."""

_VOWELS = frozenset("aeiouyh")
_LABEL = re.compile(r"^(?:\[T\d+[^\]\n]{0,40}\]|-) (?P<label>[^:\n]{1,80}?)(?= ?:| \(\d)")
"""Where a line of the session, or of the list of participants, names who speaks."""
_NAMES = frozenset(("given_name", "surname", "handle"))
_OF = r"(?:(?:des|de|du|la|les?|of|the|for|pour|pour la)\s+|l['’]|d['’])*"
_FRENCH_FIRMS = (
    "Transports|Boulangerie|Boucherie|Garage|Menuiserie|Maçonnerie|Plomberie|Pharmacie|[Cc]abinet|Atelier|Ateliers|"
    "Éditions|Établissements|Ets|Café|Restaurant|Librairie|SARL|SAS|SASU|EURL|SCI|SCOP|SCIC|Amicale|Collectif|"
    "Association|Comité|Syndicat|Fédération|Coopérative|Pédale"
)
_ORGANISATION = re.compile(
    r"\b(?:(?:[Aa]ssociation|[Cc]ollectif|[Ss]ociété|[Ee]ntreprise|[Ss]yndicat|[Ff]édération|[Aa]micale|"
    rf"[Ff]ondation|[Cc]oopérative|[Uu]nion|[Cc]ompany|[Cc]harity|[Tt]rust|[Ff]oundation|[Ss]ociety)\s+{_OF}"
    r"(?P<named>« ?[^«»\n]{2,60} ?»|“[^“”\n]{2,60}”|"
    rf"[A-ZÀ-Þ0-9][\w'’&.-]*(?:\s+(?:(?:et|and|pour|for)\s+)?{_OF}[A-ZÀ-Þ][\w'’&-]*){{0,5}})"
    rf"|(?P<firm>(?:{_FRENCH_FIRMS})\s+{_OF}[A-ZÀ-Þ][\w'’&-]*"
    rf"(?:\s+(?:(?:et|and|pour|for)\s+)?{_OF}[A-ZÀ-Þ][\w'’&-]*){{0,4}}|"
    r"(?:[A-ZÀ-Þ][\w'’&-]*\s+(?:(?:of|and|the)\s+)?){1,4}"
    r"(?:Ltd|Limited|[Pp]lc|CIC|Association|Society|Collective|Trust|Foundation|Bakery|"
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
    """The replacement."""
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
    """Return what to hide in a session, with its replacements; deterministic for a session.

    Args:
        transcript: the session.
        hidden: words or phrases to hide as well.
        left: names to leave as they are.
        organisations: hide associations, companies and the like too.
        neutral: give people names that tell no gender, and drop civilities.
    """
    lines = lines_of(transcript)
    keys_to_leave = {key_of(word) for phrase in left for word in re.findall(r"[^\W_]+", phrase)}
    people = [p for p in people_of(transcript) if not all(key_of(word) in keys_to_leave for word, _role in p.words)]
    words_used = {w.key for line in lines for w in words_of(line)} | {key_of(w) for p in people for w, _role in p.words}
    pick = _Names(transcript.id, words_used, neutral=neutral)
    words: dict[str, Alias] = {}
    for person in people:
        gender = person.civility or next((g for word, _role in person.words if (g := gender_of(key_of(word)))), "")
        for word, role in person.words:
            key = key_of(word)
            if key not in words and key not in keys_to_leave:
                source: AliasSource = "speaker" if person.speaks else "mentioned"
                words[key] = Alias(kind=role, original=word, pseudonym=pick.name(key, role, gender), source=source)
    phrases: list[tuple[str, AliasSource]] = [(phrase, "asked") for phrase in hidden if phrase.strip()]
    if organisations:
        phrases += [
            (name, "mentioned") for name in dict.fromkeys(_organisations(lines)) if key_of(name) not in keys_to_leave
        ]
    data: dict[str, Alias] = {}
    numbers: dict[AliasKind, int] = {}

    def add_placeholder(kind: AliasKind, original: str, source: AliasSource) -> None:
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
            add_placeholder("organisation", phrase.strip(), "asked" if source == "asked" else "mentioned")
    account = account_pattern([[key_of(word) for word, _role in person.words] for person in people])
    for line in [*lines, *(speaker.name for speaker in transcript.speakers)]:
        for mention in (*identifiers(line), *accounts(line, account, words)):
            add_placeholder(mention.kind, line[mention.start : mention.end], "shape")
    pseudonyms = Pseudonyms(
        language=transcript.language,
        neutral=neutral,
        aliases=(*words.values(), *data.values()),
        left=tuple(left),
    )
    veil = Veil(pseudonyms, usual_words(transcript))
    whole = _whole(people)
    return pseudonyms.model_copy(update={"people": tuple((p.name, veil.label(p.name)) for p in whole)})


def account_pattern(names: Iterable[Sequence[str]]) -> re.Pattern[str] | None:
    """Return what finds names of accounts made of somebody's name; None without names.

    Such are `mamadoukab`, `hugues.bre82` and `mkaba`.

    Args:
        names: the words of each name, without case and accents.
    """
    forms: set[str] = set()
    for keys in names:
        long = [key for key in keys if len(key) > 2]
        for first, last in permutations(long, 2) if len(long) < 5 else ():
            if len(first) + len(last) < MOST_OF_AN_ACCOUNT:
                ends = "".join(f"(?:{letter}" for letter in last[3:]) + ")?" * len(last[3:])
                forms.add(rf"{first}[._-]{last[:2]}(?:{last[2]}{ends})?\d{{0,4}}")
                forms.add(rf"{first}{last[:3]}{ends}\d{{0,4}}")
                forms.add(rf"{first}[._-]?{last[:2]}?\d{{1,4}}")
                forms.add(rf"{first[0]}[._-]?{last}\d{{0,4}}")
    return re.compile(rf"(?<![\w@.-])(?:{'|'.join(sorted(forms))})(?![\w-])") if forms else None


def accounts(line: str, pattern: re.Pattern[str] | None, hidden: Mapping[str, Alias]) -> list[Mention]:
    """Return the names of accounts in a line.

    One whose words are hidden one by one is left to them: `la marche` is no account.
    """
    mentions = []
    for match in pattern.finditer(line) if pattern is not None else ():
        words = words_of(line)
        first, end = (bisect_left(words, at, key=attrgetter("start")) for at in match.span())
        if first < end and not all(w.key in hidden for w in words[first:end]) and not article_before(words, first):
            mentions.append(Mention(match.start(), match.end(), "handle"))
    return mentions


def _whole(people: Sequence[Person]) -> list[Person]:
    """Return the people whose name is not a part of another's."""
    keys = [frozenset(key_of(word) for word, _role in person.words) for person in people]
    return [p for n, p in enumerate(people) if not any(keys[n] < other for other in keys)]


def _organisations(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for match in _ORGANISATION.finditer(line):
            yield (match["named"] or match["firm"]).strip("«»“” \u00a0\u202f")


class _Names:
    """Chooses invented names: each once, and none near a word of the session, so that it is recognised in an answer.

    Args:
        seed: seed of the order, the id of the session.
        held: words of the session.
        neutral: whether names may tell no gender.
    """

    def __init__(self, seed: str, words_used: set[str], *, neutral: bool) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - a shuffle, not a secret: the order says nothing of the names
        self._words_used = words_used
        self._neutral = neutral
        self._pools = {gender: list(pool) for gender, pool in INVENTED.items()}
        self._surnames = list(INVENTED_SURNAMES)
        for pool in (*self._pools.values(), self._surnames):
            self._draw.shuffle(pool)
        self._count = 0

    def name(self, key: str, role: str, gender: str) -> str:
        """Return an invented word for one word of a name, of the same gender.

        If possible it begins with a vowel where the word does, so that elisions stay right.
        """
        pool = self._surnames
        if role == "given_name":
            pool = self._pools["" if self._neutral else gender] or self._surnames
        vowel = key[0] in _VOWELS
        for like in (True, False):
            for n, name in enumerate(pool):
                first = key_of(name)[0]
                if (not like or (first in _VOWELS) == vowel) and self._is_free(name):
                    return pool.pop(n)
        self._count += 1
        return f"Personne{self._count}"

    def _is_free(self, name: str) -> bool:
        key = key_of(name)
        if key in self._words_used:
            return False
        return all(
            abs(len(word) - len(key)) > 1 or OSA.distance(key, word, score_cutoff=1) > 1 for word in self._words_used
        )


# Replacing and putting back -------------------------------------------------------------------------------------------


class Veil:
    """Replaces names and personal data of one session in texts, and puts them back.

    Args:
        pseudonyms: the words to replace, and their replacements.
        usual: words mostly written without a capital in the session, which alone do not prove a name.
    """

    def __init__(self, pseudonyms: Pseudonyms, usual: frozenset[str] = frozenset()) -> None:
        self.pseudonyms = pseudonyms
        self._usual = usual
        self._words = {key_of(a.original): a for a in pseudonyms.aliases if a.kind in _NAMES and a.pseudonym[0] != "["}
        self._back = {key_of(a.pseudonym): a for a in self._words.values()}
        self._particles = {
            (a.key, b.key)
            for name, _invented in pseudonyms.people
            for a, b in pairwise(words_of(name))
            if a.key in PARTICLES
        }
        for key, alias in tuple(self._words.items()):
            for short in NICKNAMES.get(key, ()) if alias.kind == "given_name" else ():
                self._words.setdefault(key_of(short), alias)
        self._long = [key for key in self._words if len(key) >= TYPO_LENGTH and not doubtful(key)]
        data = [a for a in pseudonyms.aliases if a.pseudonym[0] == "["]
        self._data = {a.original.casefold(): a for a in data}
        self._placeholders = Placeholders(data)
        organisations = sorted((a.original for a in data if a.kind == "organisation"), key=len, reverse=True)
        self._organisations = (
            re.compile("|".join(rf"(?<!\w){re.escape(a)}(?!\w)" for a in organisations), re.IGNORECASE)
            if organisations
            else None
        )
        self._initials = self._initials_of(pseudonyms)
        self._backwards = {(b, key_of(self._words[k].pseudonym)): (a, k) for (a, k), b in self._initials.items()}
        self._compact = self._compact_of(pseudonyms)
        self._account = account_pattern(self._whole_names(pseudonyms))
        self._keys_to_leave = {key_of(word) for phrase in pseudonyms.left for word in re.findall(r"[^\W_]+", phrase)}
        self._apply_line = lru_cache(maxsize=50_000)(self._apply_until_stable)

    def apply(self, text: str) -> str:
        """Return `text` with every name and piece of personal data replaced."""
        return "\n".join(self._apply_line(line) for line in text.split("\n"))

    def exposed(self, text: str) -> list[str]:
        """Return the pieces that `apply` would still replace; empty for a text that may be sent."""
        return [
            line[r.start : r.end]
            for line in text.split("\n")
            if self._apply_line(line) != line
            for r in self.replaced(line)
        ]

    def restore(self, text: str) -> str:
        """Return `text` with the names and data put back, also where a model changed the spelling of a pseudonym."""
        return "\n".join(self._restore(line) for line in text.split("\n"))

    def label(self, name: str) -> str:
        """Return a speaker's name with every hidden word of it replaced, in any case."""
        return self._apply_until_stable(f"- {name} (0)")[2:-4] if name and "\n" not in name else self.apply(name)

    def replaced(self, line: str) -> list[Replaced]:
        """Return the pieces of one line that are replaced, in order."""
        pieces = [
            Replaced(m.start, m.end, self._placeholder(line[m.start : m.end], m.kind), m.kind)
            for m in self._mentions_in(line)
        ]
        words = words_of(line)
        label = _LABEL.match(line)
        label_span = label.span("label") if label else (0, 0)
        spans = sorted((r.start, r.end) for r in pieces)
        n = nearest = 0
        while n < len(words):
            span = 1
            word = words[n]
            while nearest < len(spans) and spans[nearest][1] <= word.start:
                nearest += 1
            if nearest == len(spans) or spans[nearest][0] >= word.end:
                piece = self._name_at(words, n, line, forced=label_span[0] <= word.start < label_span[1])
                if piece is not None:
                    pieces.append(piece)
                    while n + span < len(words) and words[n + span].start < piece.end:
                        span += 1
            n += span
        return sorted(pieces)

    # One line -------------------------------------------------------------------------------------------------------

    def _apply_until_stable(self, line: str) -> str:
        """Return one line, with replacement repeated until it changes nothing, `MOST_TIMES` at most.

        After a replacement, the text next to it may become recognisable as personal data.
        """
        for _time in range(MOST_TIMES):
            result = self._once(line)
            if result == line:
                break
            line = result
        return line

    def _once(self, line: str) -> str:
        pieces, last = [], 0
        for piece in self.replaced(line):
            pieces += [line[last : piece.start], piece.text]
            last = piece.end
        return "".join([*pieces, line[last:]])

    def _mentions_in(self, line: str) -> list[Mention]:
        mentions = list(identifiers(line))
        mentions += [
            m
            for m in accounts(line, self._account, self._words)
            if not any(f.start < m.end and m.start < f.end for f in mentions)
        ]
        if self._organisations is not None:
            mentions = [
                *(
                    Mention(m.start(), m.end(), "organisation")
                    for m in self._organisations.finditer(line)
                    if not any(f.start < m.end() and m.start() < f.end for f in mentions)
                ),
                *mentions,
            ]
        return sorted(mentions)

    def _placeholder(self, original: str, kind: AliasKind) -> str:
        alias = self._data.get(original.casefold())
        return alias.pseudonym if alias else f"[{LABELS[self.pseudonyms.language][kind]}]"

    def _name_at(self, words: Sequence[Word], n: int, line: str, *, forced: bool) -> Replaced | None:
        word = words[n]
        start = word.start
        if self.pseudonyms.neutral and (civil := self._after_civility(words, n)) is not None:
            following = self._name_at(words, civil, line, forced=True)
            return following._replace(start=start) if following else None
        initial = self._initial_at(words, n)
        monsieur = word.text == "M" and self.pseudonyms.language == "fr"
        if initial is not None and not monsieur:
            return initial
        if (whole := self._compact.get(word.text)) is not None and word.key not in self._words:
            return Replaced(start, word.end, whole, "surname")
        key = self._key_at(words, n, line, forced=forced)
        if key is None:
            return None
        alias = self._words[key]
        return Replaced(start, word.end, _like(alias.pseudonym, word.text), alias.kind)

    def _key_at(self, words: Sequence[Word], n: int, line: str, *, forced: bool) -> str | None:
        """Return the key of the hidden name that a word is at this place; None when it is an ordinary word."""
        word = words[n]
        key = word.key
        if key in self._keys_to_leave or (key in PARTICLES and key not in self._words):
            return None
        if key not in self._words:
            return self._key_of_misspelling(words, n, line)
        if forced:
            return key
        has_title = self._has_title_before(words, n)
        if not has_title and (place_before(words, n) or place_after(words, n)):
            return None
        before = words[n - 1].key if n else ""
        if (key in _MONTHS and before in _BEFORE_A_MONTH) or (
            key in _FEASTS and before in _BEFORE_A_MONTH | _BEFORE_A_FEAST
        ):
            return None
        if not has_title and (_is_famous(words, n, self._words) or _is_acronym(word, line)):
            return None
        if self._words[key].kind == "handle" and self._in_a_handle(words, n):
            return key
        if len(key) <= 3 and word.text != self._words[key].original and given(key) and _is_addressed(words, n, line):
            return key
        if key in TITLES and article_before(words, n) and not (n + 1 < len(words) and proper(words[n + 1])):
            return None
        if len(key) <= 3 and word.text not in (self._words[key].original, key.title()):
            alone = len(key) == 3 and not doubtful(key) and key not in STOP_WORDS[self.pseudonyms.language]
            is_lower_case = (
                self._words[key].kind == "given_name" and is_hurried(line) and (alone or self._touches(words, n))
            )
            return key if is_lower_case or (self._beside_a_name(words, n) and is_capitalised(word.text)) else None
        beside = self._beside_a_name(words, n)
        if beside and is_capitalised(word.text):
            return key
        unsure = doubtful(key) or (key in self._usual and not given(key))
        if not is_capitalised(word.text):
            inner = n and word.joined in ("'", "’") and words[n - 1].key in self._words
            is_hyphenated = bool(n) and word.joined in ("-", "‑") and before in self._words
            is_lower_case = is_hurried(line)
            if (
                inner
                or is_hyphenated
                or has_title
                or ((before, key) in self._particles and (is_lower_case or not unsure))
            ):
                return key
            is_a_thing = before in _BEFORE_A_THING or not is_lower_case
            if before in _BEFORE_A_VERB or (article_before(words, n) and (is_a_thing or not given(key))):
                return None
            if before in _BEFORE_AN_ADJECTIVE and not is_lower_case:
                return None
            return key if not unsure or (given(key) and _is_addressed(words, n, line)) else None
        if _is_of_a_thing(words, n, self._words) or (unsure and _names_a_thing(words, n, self._words)):
            return None
        if unsure and word.opens:
            after = words[n + 1] if n + 1 < len(words) else None
            if after is not None and after.joined == " " and after.key in _AFTER_A_PERSON and after.text != "à":
                return key
            if after is not None and after.joined == ", " and after.key in _AFTER_A_CALL:
                return key
            if _with_another(words, n, self._words):
                return key
            if after is not None and after.joined == " " and after.key in _AFTER_A_WORD:
                return None
            # at the head of a sentence, a given name that is a word too is the speaker who bears it
            speaks = self._words[key].source == "speaker" and self._words[key].kind == "given_name"
            return key if speaks and given(key) else None
        return key

    def _beside_a_name(self, words: Sequence[Word], n: int) -> bool:
        """Return whether a civility or another word of a hidden name is next to a word."""
        if self._has_title_before(words, n):
            return True
        for other, glue in ((n - 1, words[n].joined), (n + 1, words[n + 1].joined if n + 1 < len(words) else "|")):
            if 0 <= other < len(words) and glue in (" ", "-", "‑", "\u00a0", "_", "'", "’"):
                near = words[other]
                if near.key in self._words and is_capitalised(near.text) and not (doubtful(near.key) and near.opens):
                    return True
        return False

    def _touches(self, words: Sequence[Word], n: int) -> bool:
        """Return whether another word of a hidden name stands right beside a word, in any case."""
        after = words[n + 1] if n + 1 < len(words) else None
        return bool(n and words[n].joined in (" ", "-") and words[n - 1].key in self._words) or bool(
            after is not None and after.joined in (" ", "-") and after.key in self._words
        )

    def _has_title_before(self, words: Sequence[Word], n: int) -> bool:
        """Return whether a civility or a title is before a word, or before its particles."""
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
        """Return whether a word is joined, as in `mina_clb`, to another word of a handle."""
        for other, glue in ((n - 1, words[n].joined), (n + 1, words[n + 1].joined if n + 1 < len(words) else " ")):
            if 0 <= other < len(words) and glue in ("_", ".", "-"):
                near = self._words.get(words[other].key)
                if near is not None and near.kind == "handle":
                    return True
        return False

    def _key_of_misspelling(self, words: Sequence[Word], n: int, line: str) -> str | None:
        word = words[n]
        key = word.key
        if len(key) < TYPO_LENGTH or key in self._usual or key in ROLES or key in self._back:
            return None
        is_lower_case = len(key) > TYPO_LENGTH and is_hurried(line)
        if not is_capitalised(word.text) and not is_lower_case and not self._has_title_before(words, n):
            return None
        if place_before(words, n) or place_after(words, n) or doubtful(key):
            return None
        beside = self._beside_a_name(words, n)
        if given(key) and not beside:
            return None
        for name_key in self._long:
            most_errors = 2 if len(name_key) >= LONG_TYPO_LENGTH else 1
            if (
                abs(len(name_key) - len(key)) <= most_errors
                and name_key[0] == key[0]
                and OSA.distance(key, name_key, score_cutoff=most_errors) <= most_errors
            ):
                return name_key
        return None

    def _after_civility(self, words: Sequence[Word], n: int) -> int | None:
        """Return the index of the hidden name after a civility; None if there is none."""
        if civility_of(words[n]) is None or n + 1 >= len(words):
            return None
        following = words[n + 1]
        is_glued = following.joined.strip(" \u00a0\u202f.") == ""
        return n + 1 if is_glued and is_capitalised(following.text) and (following.key in self._words) else None

    # Initials -------------------------------------------------------------------------------------------------------

    def _initials_of(self, pseudonyms: Pseudonyms) -> dict[tuple[str, str], str]:
        """Return, for the (initial, surname) of each person, the initial of their invented given name."""
        initials: dict[tuple[str, str], str] = {}
        for name, _pseudonym in pseudonyms.people:
            keys = [w.key for w in words_of(name) if w.key in self._words]
            givens = [k for k in keys if self._words[k].kind == "given_name"]
            for key in keys:
                if givens and self._words[key].kind == "surname":
                    initials.setdefault((givens[0][0], key), key_of(self._words[givens[0]].pseudonym)[0])
        return initials

    def _whole_names(self, pseudonyms: Pseudonyms) -> list[list[str]]:
        """Return the hidden words of each person's name, without case and accents."""
        return [[w.key for w in words_of(name) if w.key in self._words] for name, _pseudonym in pseudonyms.people]

    def _compact_of(self, pseudonyms: Pseudonyms) -> dict[str, str]:
        """Return the initials, of two to four letters, that only one person has, with this person's invented name."""
        names_by_initials: dict[str, set[str]] = {}
        for name, pseudonym in pseudonyms.people:
            words = [w for w in words_of(name) if w.key not in PARTICLES or is_capitalised(w.text)]
            telling = [w for w in words if w.key in self._words]
            if len(telling) > 1:
                for letters in {"".join(w.text[0].upper() for w in group) for group in (words, telling)}:
                    names_by_initials.setdefault(key_of(letters).upper(), set()).add(pseudonym)
        return {
            letters: next(iter(names))
            for letters, names in names_by_initials.items()
            if len(names) == 1 and 2 <= len(letters) <= 4 and letters.casefold() not in NEVER_INITIALS
        }

    def _initial_at(self, words: Sequence[Word], n: int) -> Replaced | None:
        """Return the replacement of a person's initial before their surname (`H. Marchetti`); None if it is none.

        The surname is replaced separately.
        """
        word = words[n]
        if len(word.text) != 1 or not word.text.isupper() or n + 1 >= len(words):
            return None
        ahead = n + 1
        while ahead < len(words) - 1 and words[ahead].key in PARTICLES and words[ahead].key not in self._words:
            ahead += 1
        is_glued = words[n + 1].joined.strip(" \u00a0\u202f.-") == ""
        letter = self._initials.get((word.key, words[ahead].key)) if is_glued else None
        return Replaced(word.start, word.end, letter.upper(), "given_name") if letter else None

    # Back -----------------------------------------------------------------------------------------------------------

    def _restore(self, line: str) -> str:
        line = self._placeholders.put_back(line)
        words = words_of(line)
        pieces, last = [], 0
        for n, word in enumerate(words):
            original = self._original(word)
            if original is not None:
                pieces += [line[last : word.start], original]
                last = word.end
            elif len(word.text) == 1 and word.text.isupper() and n + 1 < len(words):
                initial_and_key = self._backwards.get((word.key, words[n + 1].key))
                if initial_and_key and words[n + 1].joined.strip(" \u00a0\u202f.-") == "":
                    pieces += [line[last : word.start], initial_and_key[0].upper()]
                    last = word.end
        return "".join([*pieces, line[last:]])

    def _original(self, word: Word) -> str | None:
        """Return the name that a pseudonym stands for.

        The pseudonym may be in the plural, a letter off, or joined to another as in a hashtag.
        """
        alias = self._back.get(word.key)
        if alias is not None:
            return _like(alias.original, word.text)
        if len(word.key) < TYPO_LENGTH or word.key in self._usual or word.key in self._words:
            return None
        parts = _CAPITAL_AND_REST.findall(word.text)
        if len(parts) > 1 and "".join(parts) == word.text and all(key_of(piece) in self._back for piece in parts):
            return "".join(self._back[key_of(piece)].original for piece in parts)
        if not is_capitalised(word.text):
            return None
        if word.key.endswith("s") and (alias := self._back.get(word.key[:-1])):
            return _like(alias.original, word.text) + ("s" if self.pseudonyms.language == "en" else "")
        if doubtful(word.key) or given(word.key):
            return None
        near = {a.original for key, a in self._back.items() if _a_letter_off(word.key, key)}
        return _like(near.pop(), word.text) if len(near) == 1 else None


def _is_famous(words: Sequence[Word], n: int, hidden: Mapping[str, Alias]) -> bool:
    """Return whether a word belongs to a full name of history which is not, word by word, that of somebody hidden."""
    for start in range(max(0, n - 4), n + 1):
        end = famous_at(words, start)
        if end > n:
            return not all(w.key in hidden for w in words[start:end] if w.key not in PARTICLES)
    return False


def _is_of_a_thing(words: Sequence[Word], n: int, hidden: Mapping[str, Alias]) -> bool:
    """Return whether a hyphen joins a word to a capital that is nobody's: `la Croix-Blanche`."""
    for other, glue in ((n - 1, words[n].joined), (n + 1, words[n + 1].joined if n + 1 < len(words) else "")):
        if 0 <= other < len(words) and glue in ("-", "‑"):
            near = words[other]
            if near.key not in hidden and proper(near) and not given(near.key) and near.key in PLACES:
                return True
    return False


def _names_a_thing(words: Sequence[Word], n: int, hidden: Mapping[str, Alias]) -> bool:
    """Return whether a capital that is a word too names a thing: `la Fontaine des Trois Grâces`, `the Sports Field`."""
    after = words[n + 1] if n + 1 < len(words) else None
    if (
        after is not None
        and after.joined == " "
        and after.key in ("des", "du", "of", "d")
        and hidden[words[n].key].kind == "surname"
    ):
        return not any(n and words[n - 1].key == key for key in hidden)
    if n > 1 and words[n].joined == " " and words[n - 1].joined == " ":
        return (
            proper(words[n - 1])
            and words[n - 1].key not in hidden
            and article_before(words, n - 1)
            and not given(words[n - 1].key)
        )
    return False


def _with_another(words: Sequence[Word], n: int, hidden: Mapping[str, Alias]) -> bool:
    """Return whether another name follows at once in a list: `Barbier et Schmitt`, `Green, Pemberton-Shaw`."""
    after = words[n + 1] if n + 1 < len(words) else None
    if after is None:
        return False
    other = words[n + 2] if after.key in ("et", "and") and after.joined == " " and n + 2 < len(words) else after
    near = other.joined == (", " if other is after else " ")
    return near and proper(other) and (other.key in hidden or given(other.key))


def _is_acronym(word: Word, line: str) -> bool:
    """Return whether a short word in capitals, in a line that is not, stands for a thing: `la ZAC` is not `Zac`."""
    return word.text.isupper() and 1 < len(word.text) < 5 and word.key in PLACES | NEVER_INITIALS and not line.isupper()


_BEFORE_AN_ADJECTIVE = frozenset(
    "est c c'est tres plus trop quel quelle quels quelles assez bien si aussi moins reste is very too so more".split()
)
"""Words before an adjective or a noun that is no name."""
_AFTER_A_CALL = frozenset(
    "you vous tu toi lui elle merci thanks thank pouvez peux pourriez could can would please il".split()
)
"""Words after the comma that follows a name at the head of a sentence."""
_AFTER_A_WORD = frozenset(
    "the a an your my our this that these those par sur any anyone anybody everyone of to it them us you me".split()
)
"""Words after a verb or a noun at the head of a sentence: `Mark the date`, `Will anyone`, `Pierre par pierre`."""


def _is_addressed(words: Sequence[Word], n: int, line: str) -> bool:
    """Return whether a hurried line without capitals speaks to somebody.

    `tom, c'est le tome 2`, `merci rose` and `robin ta mère` do.
    """
    if not is_hurried(line):
        return False
    after = words[n + 1] if n + 1 < len(words) else None
    if n and words[n].joined.strip() == "" and words[n - 1].key in _GREETINGS:
        return True
    return not n and after is not None and ("," in after.joined or after.key in _ADDRESSED)


def _a_letter_off(key: str, pseudonym: str) -> bool:
    """Return whether a word is a pseudonym with one letter more, less, other, or two of them turned round."""
    if len(pseudonym) <= TYPO_LENGTH or abs(len(key) - len(pseudonym)) > 1:
        return False
    return key != pseudonym and OSA.distance(key, pseudonym, score_cutoff=1) <= 1


def _like(name: str, model: str) -> str:
    """Return a name in the case of the word it replaces."""
    if len(model) > 1 and model.isupper() and not name.isupper():
        return name.upper()
    return name.lower() if model.islower() and is_capitalised(name) else name


def veil_of(pseudonyms: Pseudonyms, transcript: Transcript) -> Veil:
    """Return the veil of one session."""
    return Veil(pseudonyms, usual_words(transcript))
