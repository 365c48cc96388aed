"""Words of a session that may be a name, a place or an acronym misheard: proposed to a person, never applied alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from comparia.correcting.applying import whole_words
from comparia.records import Transcript
from comparia.text.words import STOP_WORDS, fold, strip_accents

LEAST_LIKENESS = 0.88
"""Least likeness (Jaro-Winkler, of the sounds of the words) from which a passage may be a term misheard."""

LEAST_LETTERS = 4
"""Letters below which a word is like too many others."""

MOST_PROPOSALS = 200
"""Proposals beyond which the rest is left out."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PARTS = re.compile(r"[\s'’-]+")
_TERM = re.compile(
    r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*[\w](?:[ -](?:(?:de|du|des|la|le|les|d’|of|the|l’)[ ])?[A-ZÀ-ÖØ-Þ][\w’'-]*\w)*"
)
_ARTICLES = re.compile(r"^(?:(?:Le|La|Les|Un|Une|Des|Du|The|A|An|M|MM|Mme|Mmes|Mlle|Mr|Mrs|Ms|Dr)[ .]+|[LD]['’])+")
_LED = re.compile(r"\w+ (?:de|du|des|la|le|les|of|the)[ ]|\w+ (?:d’|l’)")
"""A word that opens a sentence, and the particle that ties it to a name: `Visite de Kergall`."""
_ACRONYM = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ0-9]{1,9}s?")
_SOUNDS = (
    (re.compile(r"eaux?|aux?|au\b|ots?\b"), "o"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu|ck|k"), "c"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"ç"), "s"),
    (re.compile(r"ge(?=[aou])|j"), "g"),
    (re.compile(r"ain|ein|in(?![aeiouy])|ym|im(?=[bp])"), "en"),
    (re.compile(r"y"), "i"),
    (re.compile(r"h"), ""),
    (re.compile(r"(?<=\w)(?:es|ent|e|s|t|d|x|z)\b"), ""),
    (re.compile(r"w"), "v"),
    (re.compile(r"(.)\1"), r"\1"),
)


class Proposal(NamedTuple):
    """A passage that may be a term misheard."""

    write: str
    """The term."""
    heard: str
    """The passage, as it stands most often in the session."""
    times: int
    """How many times it stands there."""
    turns: tuple[int, ...]
    """Turns that hold it."""
    likeness: float
    """How alike the two sound, from 0 to 1."""


def terms_of(texts: Iterable[str]) -> list[str]:
    """Return names, places and acronyms of texts that were written, in order, each once: candidates for a glossary.

    A single capitalised word counts where it stands elsewhere than at the beginning of a sentence.
    """
    terms: dict[str, None] = {}
    for text in texts:
        for line in text.splitlines():
            for match in _TERM.finditer(line):
                term = match.group()
                opens = (
                    not line[: match.start()].rstrip(" «“\"'([*•-–—·\t").strip()
                    or line[: match.start()].rstrip()[-1:] in ".!?…:"
                )
                term = _ARTICLES.sub("", term)
                if opens and (led := _LED.match(term)):
                    term, opens = term[led.end() :], False
                several = " " in term or "-" in term
                if several or _ACRONYM.fullmatch(term) or not opens:
                    terms.setdefault(term)
    return [term for term in terms if len(term) > 2 and fold(term) not in STOP_WORDS["fr"] | STOP_WORDS["en"]]


def sound(text: str) -> str:
    """Return a text by its sounds, roughly, as French and English write them: words that sound alike become equal."""
    plain = strip_accents(fold(text)).replace("'", "").replace("-", "").replace(" ", "")
    for pattern, by in _SOUNDS:
        plain = pattern.sub(by, plain)
    return plain


def proposals(transcript: Transcript, terms: Sequence[str]) -> list[Proposal]:
    """Return the passages of a session that may be one of some terms misheard, the likeliest first.

    A passage has as many words as the term, or one more or less; it is not the term itself, nor another term, nor made
    of common words only. It is proposed for the term that it sounds most like.

    Args:
        transcript: the session.
        terms: names, places and acronyms as they are written.
    """
    wanted = {term: sound(term) for term in dict.fromkeys(terms) if len(sound(term)) >= LEAST_LETTERS - 1}
    known = {fold(term) for term in terms}
    counts: Counter[str] = Counter()
    shapes: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[str, list[int]] = defaultdict(list)
    longest = max((len(_PARTS.split(term)) for term in wanted), default=0) + 1
    common = STOP_WORDS[transcript.language]
    for turn in transcript.turns:
        if turn.channel == "system":
            continue
        matches = list(_WORD.finditer(turn.text))
        for size in range(1, longest + 1):
            for n in range(len(matches) - size + 1):
                first, last = matches[n], matches[n + size - 1]
                passage = turn.text[first.start() : last.end()]
                key = fold(passage)
                if len(key) < LEAST_LETTERS - 1 or "." in passage or fold(first.group()) in common:
                    continue
                if fold(last.group()) in common:
                    continue
                counts[key] += 1
                shapes[key][passage] += 1
                if not places[key] or places[key][-1] != turn.number:
                    places[key].append(turn.number)
    sounds = {key: sound(key) for key in counts if key not in known}
    found = []
    for key, heard in sounds.items():
        best = max(
            ((JaroWinkler.similarity(heard, target, prefix_weight=0.05), term) for term, target in wanted.items()),
            default=(0.0, ""),
        )
        likeness, term = best
        if likeness < LEAST_LIKENESS or abs(len(heard) - len(wanted[term])) > max(1, len(wanted[term]) // 4):
            continue
        if whole_words(term).search(key) or any(whole_words(key).search(one) for one in wanted):
            continue
        shape = shapes[key].most_common(1)[0][0]
        found.append(Proposal(term, shape, counts[key], tuple(places[key]), likeness))
    found.sort(key=lambda one: (-one.likeness, one.write, one.heard))
    return found[:MOST_PROPOSALS]
