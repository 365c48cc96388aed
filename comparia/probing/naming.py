"""Names of a session replaced by others, with the words next to them that follow.

What follows: elisions (`d'Aubry`, `de Martin`), civilities (`M.`, `Mme`), and the titles and determiners of
`words/*.toml` next to a name. Participles, adjectives and pronouns do not: those that tell a gender are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from comparia.messages import gettext as _
from comparia.privacy.named import lower_words, people_of
from comparia.privacy.people import (
    Person,
    civility_of,
    doubtful,
    famous_at,
    key_of,
    person_named,
    place_before,
    words_of,
)
from comparia.probing.agreements import after_name, before_name, elision, first_person, pronouns, within, words_for
from comparia.probing.changes import NotChanged, texts_of
from comparia.probing.drafting import Draft, Line, Replacement, refused, rewritten
from comparia.probing.probes import NewName, SwapNames
from comparia.text.sentences import sentences
from comparia.text.wordlists import Language


class Name(NamedTuple):
    """A name and its parts."""

    whole: str
    """Without civility, title or brackets."""
    given: str
    """The given names, empty where there is none."""
    surname: str
    """The rest, particles included; empty where there is none."""


class Form(NamedTuple):
    """One way to write a name."""

    by: str
    """What is written instead; empty for somebody else's name, which is left."""
    part: bool
    """Whether it is a given name or a surname alone, which may be an ordinary word, a place or somebody else."""
    swap: NewName | None
    """Whose it is."""


def name_of(text: str) -> Name:
    """Return the parts of a name as written."""
    person = person_named(text, speaks=True)
    if person is None:
        bare = " ".join(re.sub(r"\s*[(\[][^)\]]*[)\]]", "", text).split())
        return Name(bare, "", "")
    whole, words = person.name, person.words
    roles = [role for _word, role in words]
    if len(set(roles)) < 2 or roles[0] not in ("given_name", "surname"):
        return Name(whole, "", "")
    turn = next(n for n, role in enumerate(roles) if role != roles[0])
    cut = 0
    for word, _role in words[:turn]:
        cut = whole.index(word, cut) + len(word)
    first, rest = whole[:cut], whole[cut:].strip()
    return Name(whole, first, rest) if roles[0] == "given_name" else Name(whole, rest, first)


def swap_names(draft: Draft, probe: SwapNames) -> None:
    """Replace names in the turns, the labels, the title, the context documents and the key points of a draft.

    Raises:
        ProbeError: nobody bears a name, or somebody bears the new one.
    """
    swapping = _Swapping(draft, probe.names)
    mentioned: set[str] = set()
    for line in draft.lines:
        line.replaced = swapping.replacements(line.turn.text)
        mentioned |= swapping.seen
        _list_left(draft, swapping, line)
    for place, text in texts_of(draft.transcript).items():
        if replaced := swapping.replacements(text):
            draft.beside.append((place, text, replaced))
        mentioned |= swapping.seen
    for n, swap in enumerate(probe.names):
        if swap.name not in mentioned:
            raise refused(f"names.{n}.name", _("nobody in the transcript is named {name}").format(name=swap.name))
    for point in draft.reference.key_points:
        for field in ("text", "topic"):
            text = getattr(point, field)
            draft.points[point.id, field] = rewritten(text, swapping.replacements(text))[0]
    draft.pseudonyms = tuple(dict.fromkeys(name_of(swap.new_name).whole for swap in probe.names))
    renamed = {speaker.id for swap in probe.names if (speaker := draft.speaker_or_none(swap.name)) is not None}
    draft.probed = tuple(point.id for point in draft.reference.key_points if renamed & set(point.holders))


def mentions(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text writes a name, whole or in part, whole words, as offsets."""
    yield from (match.span() for match in _pattern(_ways(name_of(name))).finditer(text))


@dataclass
class _Swapping:
    """Names to replace in a session, and how."""

    draft: Draft
    names: Sequence[NewName]

    def __post_init__(self) -> None:
        self.language: Language = self.draft.transcript.language
        self.seen: set[str] = set()
        """Names that the last text writes."""
        self.left: list[tuple[int, int, str]] = []
        """Where the last text perhaps writes a name that is left, in the old text, and why."""
        self.people = people_of(self.draft.transcript)
        self.lower = lower_words(line for turn in self.draft.transcript.turns for line in turn.text.splitlines())
        self.forms = {_written(way): form for way, form in self._forms().items()}
        self.pattern = _pattern(self.forms)
        self.called = [(phrase, swap) for swap in self.names if _turns(swap) for phrase in swap.also_called]

    def _forms(self) -> dict[str, Form]:
        """Return every way to write a name, with what is written instead."""
        old = [name_of(self._label(swap.name)) for swap in self.names]
        new = [name_of(swap.new_name) for swap in self.names]
        self._check(old, new)
        forms: dict[str, Form] = {}
        swapped = [set(map(key_of, re.findall(r"[^\W\d_]+", name.whole))) for name in old]
        for person in self.people:
            keys = {key_of(word) for word, _role in person.words}
            if not any(keys <= each for each in swapped):
                forms[person.name] = Form("", part=False, swap=None)
        for was, now, swap in zip(old, new, self.names, strict=True):
            surname, given = now.surname or now.whole, now.given or now.whole
            ways = [(was.whole, now.whole, False)]
            if was.given and was.surname:
                ways += [
                    (f"{was.surname} {was.given}", f"{now.surname} {now.given}".strip() or now.whole, False),
                    (f"{was.given[0]}. {was.surname}", f"{given[0]}. {surname}", False),
                    (was.surname, surname, True),
                    (was.given, given, True),
                ]
            for way, by, part in ways:
                forms[way] = Form(by, part, swap)
                forms.setdefault(way.upper(), Form(by.upper(), part, swap))
        for form in _ambiguous(old, new):
            forms[form] = forms[form.upper()] = Form("", part=True, swap=None)
        return forms

    def _label(self, name: str) -> str:
        speaker = self.draft.speaker_or_none(name)
        return speaker.name if speaker is not None else name

    def _check(self, old: Sequence[Name], new: Sequence[Name]) -> None:
        leaving = {key_of(name.whole) for name in old}
        bearers = {key_of(person.name): person for person in self.people}
        taken: set[str] = set()
        for n, (was, now) in enumerate(zip(old, new, strict=True)):
            key = key_of(now.whole)
            if key == key_of(was.whole):
                raise refused(f"names.{n}.new_name", _("this is the same name"))
            if (key in bearers and key not in leaving) or key in taken:
                raise refused(f"names.{n}.new_name", _("somebody else is named {name}").format(name=now.whole))
            if key_of(was.whole) in {key_of(other.whole) for other in old[:n]}:
                raise refused(f"names.{n}.name", _("{name} is given twice").format(name=was.whole))
            taken.add(key)

    def replacements(self, text: str) -> list[Replacement]:
        """Return the words of a text that are replaced; fill `seen` and `left`."""
        self.seen, self.left = set(), []
        replaced: list[Replacement] = []
        for match in self.pattern.finditer(text):
            form = self.forms[_written(match.group())]
            if form.swap is None:
                if form.part:
                    self.left.append((*match.span(), "shared_name"))
                continue
            if form.part and (why := self._doubt(text, *match.span(), form.swap)):
                if why != "place":
                    self.left.append((*match.span(), why))
                continue
            self.seen.add(form.swap.name)
            replaced += self._agreements(text, match.start(), match.end(), form.by, form.swap)
            replaced.append(Replacement(match.start(), match.end(), form.by, "name"))
        for phrase, swap in self.called:
            for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text):
                if not any(r.start < match.end() and match.start() < r.end for r in replaced):
                    replaced += within(text, *match.span(), words_for(self.language, swap.to_gender or ""))
        for lower in self._in_lower_case(text):
            if not any(r.start < lower[1] and lower[0] < r.end for r in replaced):
                self.left.append((*lower, "lower_case"))
        return _apart([r for r in replaced if text[r.start : r.end] != r.by])

    def _doubt(self, text: str, start: int, end: int, swap: NewName) -> str:
        """Return why a part of a name is perhaps not that person; empty where it is."""
        whole = text[start:end]
        if self._is_shared(whole):
            return "shared_name"
        words = words_of(text)
        n = next((n for n, word in enumerate(words) if word.start == start), None)
        if n is None:
            return ""
        civility = civility_of(words[n - 1]) if n else None
        if civility and swap.from_gender and civility != swap.from_gender:
            return "shared_name"
        if place_before(words, n) or famous_at(words, n) > n or (n and famous_at(words, n - 1) > n):
            return "place"
        return "common_word" if words[n].opens and " " not in whole and self._is_word(whole) else ""

    def _is_word(self, name: str) -> bool:
        """Return whether a name is also a word that the session uses."""
        return doubtful(key_of(name)) and self.lower[key_of(name)] > 1

    def _is_shared(self, part: str) -> bool:
        """Return whether somebody whose name stays bears this part of a name."""
        keys = [key_of(word) for word in re.findall(r"[^\W\d_]+", part)]
        others = (person for person in self.people if (form := self.forms.get(_written(person.name))) and not form.by)
        return any(_holds(person, keys) for person in others)

    def _in_lower_case(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where parts of names are written without a capital, as offsets."""
        parts = (form for form, each in self.forms.items() if each.part and each.swap is not None)
        for lower in dict.fromkeys(form.lower() for form in parts if form.lower() != form and not self._is_word(form)):
            for match in re.finditer(rf"(?<![\w@.-]){re.escape(lower)}(?![\w@-])", text):
                yield match.span()

    def _agreements(self, text: str, start: int, end: int, by: str, swap: NewName) -> Iterator[Replacement]:
        """Yield the words next to a name that follow it."""
        at = start
        if _turns(swap):
            words = words_for(self.language, swap.to_gender or "")
            before = list(before_name(text, start, words))
            yield from before
            yield from after_name(text, end, words)
            at = min([start, *(each.start for each in before)])
        if self.language == "fr" and at == start:
            yield from elision(text, start, by)


def _ambiguous(old: Sequence[Name], new: Sequence[Name]) -> list[str]:
    """Return the parts of names that several people share who get different ones."""
    parts: dict[str, set[str]] = {}
    for was, now in zip(old, new, strict=True):
        for part, by in ((was.given, now.given), (was.surname, now.surname)):
            if part:
                parts.setdefault(part, set()).add(by or now.whole)
    return [part for part, by in parts.items() if len(by) > 1]


def _apart(replaced: Sequence[Replacement]) -> list[Replacement]:
    """Return replacements of which none overlaps another; names come before what follows them."""
    kept: list[Replacement] = []
    for each in sorted(replaced, key=lambda r: r.why != "name"):
        if not any(other.start < each.end and each.start < other.end for other in kept):
            kept.append(each)
    return sorted(kept)


def _holds(person: Person, keys: Sequence[str]) -> bool:
    return set(keys) <= {key_of(word) for word, _role in person.words}


def _turns(swap: NewName) -> bool:
    """Return whether a new name tells another gender."""
    return None not in (swap.from_gender, swap.to_gender) and swap.from_gender != swap.to_gender


def _ways(name: Name) -> list[str]:
    reversed_name = f"{name.surname} {name.given}".strip()
    return [way for way in dict.fromkeys((name.whole, reversed_name, name.surname, name.given)) if way]


def _pattern(forms: Mapping[str, object] | Sequence[str]) -> re.Pattern[str]:
    """Return what finds names, whole words, the longest first; a word of a compound (`Martin-Dupont`) is none."""
    longest = sorted(forms, key=len, reverse=True)
    ways = "|".join(re.sub("['’]", "['’]", re.escape(way).replace(r"\ ", r"\s+")) for way in longest)
    return re.compile(rf"(?<![\w@])(?<![\w][-‑])(?:{ways or '(?!)'})(?![\w@])(?![-‑]\w)")


def _written(words: str) -> str:
    """Return a name as forms are listed, however its spaces and apostrophes are written."""
    return " ".join(words.split()).replace("’", "'")


def _list_left(draft: Draft, swapping: _Swapping, line: Line) -> None:
    """List the words of a turn that tell of the change and are left."""
    text, made = rewritten(line.turn.text, line.replaced)
    found = sentences(text)
    for start, end, why in swapping.left:
        shift = sum(len(r.by) - (r.end - r.start) for r in line.replaced if r.end <= start)
        _leave(draft, line, why, text, start + shift, end + shift)
    turning = [swap for swap in swapping.names if _turns(swap)]
    named = [(at, r) for at, _was, r in made if r.why == "name"]
    own = [s for s in turning if (who := draft.speaker_or_none(s.name)) is not None and who.id == line.turn.speaker]
    for sentence in found:
        near = any(sentence.start <= at < sentence.end for at, _r in named)
        for gender in sorted({swap.from_gender or "" for swap in turning}) if near else ():
            for match in pronouns(swapping.language, gender).finditer(text, sentence.start, sentence.end):
                _leave(draft, line, "pronoun", text, match.start(), match.end())
        if own:
            for match in first_person(swapping.language).finditer(text, sentence.start, sentence.end):
                _leave(draft, line, "first_person", text, match.start(), match.end())


def _leave(draft: Draft, line: Line, why: object, text: str, start: int, end: int) -> None:
    sentence = next((s.text for s in sentences(text) if s.start <= start < s.end), text)
    left = NotChanged.model_validate(
        {"why": why, "turn": line.turn.number, "words": text[start:end], "sentence": sentence}
    )
    draft.not_changed.append((line, left))
