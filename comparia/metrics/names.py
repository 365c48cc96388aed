"""Names: whether the people, places and organisations of a recap were mentioned in the session."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

from rapidfuzz import fuzz, process

from comparia.matching.session_index import NAME as INDEX
from comparia.matching.session_index import SessionIndex
from comparia.metrics.base import Case, signature, text_parts
from comparia.records import Score, SentenceEvidence, Variant
from comparia.text.words import STOP_WORDS, fold, stem, strip_accents

RECIPE = "names-2"
"""Name of this way of finding names, for signatures."""

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:[-‑][^\W_]+)*")
_NOT_NAMES = frozenset(
    "m mm mme mmes mlle mlles monsieur madame messieurs mesdames mademoiselle me maître dr pr mr mrs ms miss sir lady "
    "lord dame doctor docteur professor professeur january february march april may june july august september october "
    "november december monday tuesday wednesday thursday friday saturday sunday christmas easter "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "lundi mardi mercredi jeudi vendredi samedi dimanche noël pâques internet ok".split()
)
_PARTICLES = frozenset("de du des d la le van von der den di da del della of the ibn al el ben".split())
_ROMAN = re.compile(r"[IVX]{1,5}(?:er|re|e|ème|th|st|nd|rd)?")
_PEOPLES = re.compile(
    r"(?:ais|aise|ois|oise|ien|ienne|ian|ain|aine|een|eenne|and|ande|ol|ole|ish|ese|an|ch|ard|que)(?:e?s)?$"
)
"""Endings of the words that name the people of a place."""
_OPENERS = frozenset(':;«“"([–—•!?…|>')
_LONGEST_ACRONYM = 5
_HEADING_WORDS = 3
_HEADING_SHARE = 0.7
"""A line of that many words, more than this share of them capitalised, without a full stop, is a heading."""
_SHORTEST_ALIKE = 4
_MOST_TURNS = 3


class Name(NamedTuple):
    """A name in a recap."""

    sentence: int
    """Rank of its sentence."""
    text: str
    """As written."""
    words: tuple[str, ...]
    """Its capitalised words."""


@dataclass(frozen=True)
class Names:
    """Share of a summary's proper names that the session holds, in [0, 1].

    A name is an acronym, or a run of capitalised words, with the particles between them. A single capital that only
    begins a sentence is not a name; neither are months, days and titles. The last word of a name is checked, because it
    distinguishes people who share a first name.

    - *supported*: the last word is a word of the transcript or of a speaker's name, in any case, accents or ending; or
      the people of a place mentioned (`Ukrainiens`, `Ukraine`); or the initials of words said.
    - *in_context*: nobody said it, but a document given with the session holds it. It counts as supported.
    - *respelled*: the transcript holds a word spelled alike (rapidfuzz ratio, 0-100, of `alike_from` or more), given as
      the note. It counts as supported.
    - *unsupported*: otherwise, where it looks like a person's: a title before it, or a first name and a last name.
      Institutions, places that stand for them, and acronyms are not people: a recap may name them although nobody did.

    Unscored where the summary names nothing.
    """

    alike_from: float = 85.0
    """Least ratio (0-100) at which two spellings are the same name."""

    name: ClassVar[str] = "names"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        session_words = Spoken(case.session)
        return tuple(self._one(case, variant, session_words) for variant in case.variants)

    def _one(self, case: Case, variant: Variant, session_words: Spoken) -> Score:
        recipe = signature(self, case, names=RECIPE, **text_parts(), said=INDEX)
        sentences = [s.text for s in case.sentences[variant.id]]
        evidence = tuple(self.check(name, sentences[name.sentence], session_words) for name in names_in(sentences))
        if not evidence:
            reason = "no_name"
            return Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
        wrong = sum(item.flag == "unsupported" for item in evidence)
        return Score(
            metric=self.name,
            variants=(variant.id,),
            value=round(1 - wrong / len(evidence), 4),
            counts={
                "supported": len(evidence) - wrong,
                "unsupported": wrong,
                "respelled": sum(item.flag == "respelled" for item in evidence),
                "of": len(evidence),
            },
            evidence=tuple(item for item in evidence if item.flag != "supported"),
            signature=recipe,
        )

    def check(self, name: Name, sentence: str, spoken: Spoken) -> SentenceEvidence:
        """Return the verdict on one name of a sentence: `supported`, `respelled` or `unsupported`."""
        last = name.words[-1]
        if spoken.holds(last):
            return SentenceEvidence(flag="supported", sentence=sentence, about=name.text)
        if spoken.in_context(last):
            return SentenceEvidence(flag="in_context", sentence=sentence, about=name.text)
        if alike := spoken.alike(last, self.alike_from):
            return SentenceEvidence(flag="respelled", sentence=sentence, about=alike, turns=spoken.turns_with(alike))
        if not _is_person(name, sentence):
            return SentenceEvidence(flag="supported", sentence=sentence, about=name.text)
        return SentenceEvidence(
            flag="unsupported", sentence=sentence, about=name.text, turns=spoken.turns_near(sentence)
        )


def _is_person(name: Name, sentence: str) -> bool:
    """Return whether a name looks like a person's: a title before it, or a first name and a last name.

    Institutions, places that stand for them (*Matignon*, *Westminster*) and acronyms are not people: a recap may name
    them although nobody did.
    """
    if any(word.isupper() or len(word) < _SHORTEST_PERSON for word in name.words):
        return False
    begin = sentence.find(name.text)
    has_title = bool(_TITLED.search(sentence[:begin])) if begin > 0 else False
    bodies = any(_BODY.fullmatch(word) for word in re.findall(r"\w+", name.text))
    return has_title or (len(name.words) == 2 and " " in name.text and not bodies)


_SHORTEST_PERSON = 2
_TITLED = re.compile(
    r"\b(?:M|MM|Mme|Mmes|Mlle|Dr|Me|Mr|Mrs|Ms|Miss|Sir|Cllr|Councillor|Professor|Prof|Madame|Monsieur)\.?\s$"
)
_BODY = re.compile(
    r"(?:bay|street|road|lane|avenue|rue|place|square|park|parc|house|hall|centre|center|council|committee|conseil|"
    r"comité|commission|ministère|ministry|association|agency|agence|union|trust|board|bureau|école|school|college|"
    r"collège|lycée|university|université|hospital|hôpital|club|team|plan|act|loi|fund|fonds|north|south|east|west|"
    r"nord|sud|est|ouest|new|saint|sainte|st|phase|option|general|général|générale|national|"
    r"nationale|royal|city|ville|county|region|région)",
    re.IGNORECASE,
)


def names_in(sentences: Sequence[str]) -> list[Name]:
    """Return the proper names of a recap, in order, each as often as it is written.

    The first word of a sentence, or of what a colon or a quotation mark opens, counts only if it is capitalised
    elsewhere in the recap.

    Args:
        sentences: of one recap, headings left out.
    """
    read = [list(_words(text)) for text in sentences]
    within = {_key(w.text) for words in read for w in words if w.capital and not w.opens}
    names: list[Name] = []
    for rank, (text, words) in enumerate(zip(sentences, read, strict=True)):
        if _is_heading(text, words):
            continue
        runs: list[list[_Word]] = []
        last = 0
        for n, word in enumerate(words):
            if not _may_be_name(word) or (word.opens and _key(word.text) not in within):
                continue
            if runs and _follow(text, runs[-1][-1], word, words[last + 1 : n] if n - last < _MOST_BETWEEN else None):
                runs[-1].append(word)
            else:
                runs.append([word])
            last = n
        names += [Name(rank, text[run[0].start : run[-1].end], tuple(w.text for w in run)) for run in runs]
    return names


class Spoken:
    """The words of a session in which names are looked for."""

    def __init__(self, index: SessionIndex) -> None:
        self._index = index

    def holds(self, word: str) -> bool:
        """Return whether the session holds `word`, a form of it, its place (demonym) or its long form (acronym)."""
        key = _key(word)
        if key in self._spellings or all(part in self._spellings for part in key.split("-")):
            return True
        if strip_accents(stem(fold(word), self._index.language)) in self._stems:
            return True
        letters = key.removesuffix("s") if word[-1] == "s" else key
        if word[:-1].isupper() and (letters in self._spellings or letters in self._initials):
            return True
        return bool(_PEOPLES.search(key)) and key[:_SHORTEST_ALIKE] in self._beginnings

    def in_context(self, word: str) -> bool:
        """Return whether a document given with the session holds `word`, in any case, with or without accents."""
        return _key(word) in self._context

    @cached_property
    def _context(self) -> frozenset[str]:
        documents = self._index.transcript.context
        return frozenset(_key(word) for document in documents for word in _WORD.findall(document.text))

    def alike(self, word: str, ratio: float) -> str:
        """Return the transcript's spelling nearest to `word`; empty when none has the likeness `ratio` (0-100)."""
        key = _key(word)
        if len(key) < _SHORTEST_ALIKE:
            return ""
        match = process.extractOne(key, self._proper, scorer=fuzz.ratio, score_cutoff=ratio)
        return self._spellings[match[0]] if match else ""

    def turns_near(self, sentence: str) -> tuple[int, ...]:
        """Return the turns nearest in words to a sentence of a recap: the right name may be there."""
        return tuple(dict.fromkeys(passage.turn for passage in self._index.evidence(sentence, most=_MOST_TURNS)))

    def turns_with(self, word: str) -> tuple[int, ...]:
        """Return the first turns that hold `word`, spelled exactly so."""
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        return tuple(turn.number for turn in self._index.turns if whole.search(turn.text))[:_MOST_TURNS]

    @cached_property
    def _texts(self) -> Sequence[str]:
        speakers = self._index.transcript.speakers
        return [t.text for t in self._index.turns] + [text for s in speakers for text in (s.name, *s.labels)]

    @cached_property
    def _word_counts(self) -> Counter[str]:
        """Number of occurrences of each word, upper and lower case apart."""
        return Counter(word for text in self._texts for word in _WORD.findall(text))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {_key(part): part for word in self._word_counts for part in (*re.split("[-‑]", word), word) if part}

    @cached_property
    def _proper(self) -> Sequence[str]:
        """Words written with a capital more often than not; all words where there is none. Short words are left out."""
        capitals = Counter[str]()
        for word, times in self._word_counts.items():
            capitals[_key(word)] += times if word[0].isupper() else -times
        long = [key for key in self._spellings if len(key) >= _SHORTEST_ALIKE]
        return [key for key in long if capitals[key] > 0] or long

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(key[:_SHORTEST_ALIKE] for key in self._proper)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(strip_accents(stem(fold(word), self._index.language)) for word in self._word_counts)

    @cached_property
    def _initials(self) -> frozenset[str]:
        """Letter sequences that an acronym may match.

        They are the initials of consecutive words, from a capitalised word that begins no sentence, and spelled
        letters.
        """
        sequences: set[str] = set()
        for text in self._texts:
            words = [w for w in _words(text) if w.text not in _PARTICLES]
            initials = "".join(_key(w.text)[:1] for w in words)
            for i, word in enumerate(words):
                if word.capital and (
                    len(word.text) == 1 or not (word.opens or text[: word.start].rstrip()[-1:] == ".")
                ):
                    for n in range(2, _LONGEST_ACRONYM + 1):
                        if len(word.text) > 1 or all(len(w.text) == 1 for w in words[i : i + n]):
                            sequences.add(initials[i : i + n])
        return frozenset(sequences)


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    capital: bool
    opens: bool


def _words(text: str) -> Iterator[_Word]:
    has_begun = False  # whether a letter or a digit stands before
    last = 0
    for match in _WORD.finditer(text):
        between = text[last : match.start()]
        has_begun = has_begun or any(map(str.isalnum, between))
        opens = not has_begun or between.rstrip()[-1:] in _OPENERS
        yield _Word(match.group(), match.start(), match.end(), match.group()[0].isupper(), opens)
        has_begun, last = True, match.end()


def _may_be_name(word: _Word) -> bool:
    text = word.text
    key = fold(text)
    if not word.capital or len(text) < 2 or _ROMAN.fullmatch(text) or {key, key.removesuffix("s")} & _NOT_NAMES:
        return False
    return text.isupper() or not any(key in stop for stop in STOP_WORDS.values())


_MOST_BETWEEN = 4
"""Distance in words between two capitalised words from which they are two names."""


def _follow(text: str, one: _Word, other: _Word, between: Sequence[_Word] | None) -> bool:
    """Return whether two capitalised words belong to one name: nothing between them but spaces and particles.

    Args:
        text: their sentence.
        one: the first.
        other: the second.
        between: the words between them; None when they are too many.
    """
    if other.opens or between is None:
        return False
    gaps = text[one.end : other.start]
    for word in between:
        gaps = gaps.replace(word.text, "", 1)
    return not gaps.strip(" \u00a0'’") and len(between) < 3 and all(fold(w.text) in _PARTICLES for w in between)


def _is_heading(text: str, words: Sequence[_Word]) -> bool:
    if text.isupper():
        return True
    long = [w for w in words if w.text not in _PARTICLES]
    is_title = sum(w.capital for w in long) > _HEADING_SHARE * len(long)
    return len(long) >= _HEADING_WORDS and is_title and text[-1] not in ".!?…;,"


def _key(word: str) -> str:
    return strip_accents(fold(word)).replace(".", "").replace("‑", "-")
