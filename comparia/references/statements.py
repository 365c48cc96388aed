"""Statements of a session: sentences, short ones joined to their neighbours, each weighed as a candidate key point."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Literal

from comparia.records import Transcript, Turn
from comparia.references.cues import (
    AGREES,
    APPROVES,
    ASKS,
    COMMITS,
    CONCLUDES,
    CONTACT,
    COUNTERS,
    FIRST_PERSON,
    JUDGES,
    LEANS,
    MEETING,
    NEGATES,
    OPPOSES,
    VAGUE,
)
from comparia.references.leading import name_parts
from comparia.text.numbers import numbers
from comparia.text.quotes import fragments, normalise, stand_in
from comparia.text.sentences import sentences
from comparia.text.words import STOP_WORDS, fold, stem, stems, tokens

Language = Literal["fr", "en"]

LONGEST = 40
"""Words of the longest quotation."""
THIN, PACKED = 8, 28
"""Neighbouring sentences are joined up to PACKED words in all, or up to LONGEST when one has fewer than THIN."""
WINDOW = 25
"""Number of words in each piece of speech without punctuation."""
FEWEST = 3
"""Fewest content words of a statement that can be understood alone."""
MOST = 1200
"""Most statements compared, which bounds memory and time. Above, the heaviest are kept, taking speakers in turn."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that can be understood alone, or that agrees with what another speaker said."""

    turn: int
    """Number of the turn."""
    speaker: str
    """Id of the speaker, empty for nobody."""
    words: str
    """The words as said, at most LONGEST."""
    stems: tuple[str, ...]
    """Stems of its content words."""
    subject: tuple[str, ...]
    """Stems of its subject: no numbers, no words of stance, no words that fit every subject."""
    weight: float
    """Weight as a key point: the higher, the likelier."""
    asks: bool
    """Whether it wants, asks, proposes or refuses."""
    fact: bool
    """Whether it states a figure, a date, a decision or a commitment and takes no stance."""
    stance: int
    """1 says yes, -1 says no, 0 says neither."""
    negations: int
    """Number of words that deny or oppose."""
    agrees: bool
    """Whether it begins by agreeing with what another speaker said."""
    counters: bool
    """Whether it begins with a reply that does not agree."""
    answers: str = ""
    """Id of the other speaker whom it names while agreeing; empty if none."""

    @property
    def alone(self) -> bool:
        """Whether it says enough to be a point of its own."""
        return len(self.subject) > 0 and ((len(self.stems) >= FEWEST and len(self.subject) > 1) or self.asks)


def statements(transcript: Transcript, moderators: Sequence[str] = ()) -> list[Statement]:
    """Return the statements of a session, in order, without moderators, machines and system lines.

    Lines that nobody is named for are left out where most lines name somebody; so is what only speaks of the meeting.

    Words that speech recognition may have invented are left out: cues flagged `loop` or `hallucination_suspect`.
    """
    silent = {s.id for s in transcript.speakers if s.kind == "machine"} | set(moderators)
    language = transcript.language
    spoken = [turn for turn in transcript.turns if turn.channel != "system"]
    attributed = 2 * sum(turn.speaker is not None for turn in spoken) > len(spoken)
    cut = [
        (
            turn,
            [(words, _subject(words, language)) for text in _heard(turn, transcript) for words in _cut(text, language)],
        )
        for turn in transcript.turns
        if turn.channel != "system" and turn.speaker not in silent and (turn.speaker or not attributed)
    ]
    often = Counter(s for _turn, pieces in cut for s in {s for _words, subject in pieces for s in subject})
    central = {s: math.log((len(cut) + 1) / (n + 0.5)) * math.log(n) for s, n in often.items() if n > 1}
    ceiling = max(central.values(), default=1.0)
    central = {s: weight / ceiling for s, weight in central.items()}
    names = {part: speaker.id for speaker in transcript.speakers for part in name_parts(speaker.name)}
    found = []
    for turn, pieces in cut:
        for n, (words, subject) in enumerate(pieces, start=1):
            place = 0.9 * (n == len(pieces)) + 0.8 * (turn.channel == "chat")
            if not _only_of_the_meeting(words, language):
                found.append(_statement(turn, words, subject, place, central, names, language))
    return _bounded(found)


HOUSEKEEPING = 22
"""Most words of a statement that only greets, thanks, or gives the floor."""


def _only_of_the_meeting(words: str, language: Language) -> bool:
    """Return whether a short statement speaks of the meeting itself, and neither asks nor commits to anything."""
    folded = fold(words)
    return (
        len(words.split()) <= HOUSEKEEPING
        and bool(MEETING[language].search(folded))
        and not ASKS[language].search(folded)
        and not COMMITS[language].search(folded)
    )


def _heard(turn: Turn, transcript: Transcript) -> list[str]:
    """Return the words of a turn, cut at the cues that speech recognition may have invented, which are left out."""
    known = len(transcript.cues)
    flags = [n < known and bool({"loop", "hallucination_suspect"} & set(transcript.cues[n].flags)) for n in turn.cues]
    if not any(flags):
        return [turn.text]
    runs = groupby(zip(turn.cues, flags, strict=True), key=itemgetter(1))
    return [" ".join(transcript.cues[n].text for n, _flag in run) for invented, run in runs if not invented]


def _statement(
    turn: Turn,
    words: str,
    subject: tuple[str, ...],
    place: float,
    central: Mapping[str, float],
    names: Mapping[str, str],
    language: Language,
) -> Statement:
    """Return a statement with its weight.

    The weights are rounded from logistic regressions on two reviewed sessions, one French, one English. Fitted on one
    session, they predict which statements are quoted in the reference of the other with an AUC of 0.75 to 0.83.

    Args:
        turn: where it was said.
        words: word for word.
        subject: stems of its subject.
        place: weight of its place in its turn, and of the channel.
        central: how often the session returns to each stem, in (0, 1].
        names: id of the speaker each part of a name belongs to.
        language: of the session.
    """
    folded = fold(words)
    asks = min(2, len(ASKS[language].findall(folded)))
    judges = min(3, len(JUDGES[language].findall(folded)))
    commits = min(2, len(COMMITS[language].findall(folded)))
    figures = 0 if FIRST_PERSON[language].search(folded) else len(numbers(words, language, spoken_from=11))
    foremost = sorted((central.get(s, 0.0) for s in set(subject)), reverse=True)[:3]
    opening = " ".join(folded.split()[:8])
    agrees = bool(AGREES[language].search(opening))
    called = [names[word] for word in tokens(opening, language) if word in names] if agrees else []
    return Statement(
        turn=turn.number,
        speaker=turn.speaker or "",
        words=words,
        stems=stems(words, language),
        subject=subject,
        weight=asks
        + 0.25 * judges
        + 0.6 * commits
        + place
        + 2.2 * math.fsum(foremost) / 3
        + min(1.5, len(words.split()) / 20)
        + 1.0 * bool(CONCLUDES[language].match(folded))
        - 0.7 * bool(LEANS[language].match(folded))
        - 1.6 * bool(MEETING[language].search(folded))
        - 0.4 * words.rstrip('»”" ').endswith("?"),
        asks=asks > 0,
        fact=2 * commits + figures - 2 * judges - 3 * asks >= 2,
        stance=bool(APPROVES[language].search(folded)) - bool(OPPOSES[language].search(folded)),
        negations=len(NEGATES[language].findall(folded)),
        agrees=agrees,
        counters=not agrees and bool(COUNTERS[language].search(" ".join(folded.split()[:4]))),
        answers=next((speaker for speaker in called if speaker != turn.speaker), ""),
    )


def _subject(text: str, language: Language) -> tuple[str, ...]:
    return tuple(stem(word, language) for word in tokens(text, language) if _is_subject(word, language))


@lru_cache(maxsize=100_000)
def _is_subject(word: str, language: Language) -> bool:
    if len(word) < 3 or word in STOP_WORDS[language] or numbers(word, language):
        return False
    return not any(table[language].fullmatch(word) for table in (ASKS, JUDGES, NEGATES, MEETING, AGREES, VAGUE))


def _cut(text: str, language: Language) -> list[str]:
    """Return the statements of one turn, word for word: its sentences, neighbours joined, the shortest first."""
    runs: list[list[tuple[int, int, int]]] = [[]]
    for begin, end in _pieces(text):
        piece = text[begin:end]
        folded = fold(piece)
        content = len(stems(piece, language))
        silent = content == 0 and not AGREES[language].search(folded)
        if silent or CONTACT.search(piece) or (content <= 4 and MEETING[language].search(folded)):
            runs.append([])
        else:
            runs[-1].append((begin, end, len(piece.split())))
    for most in range(THIN, PACKED + 1, 4):
        for run in runs:
            i = 0
            while i + 1 < len(run):
                (begin, _end, before), (_begin, end, after) = run[i], run[i + 1]
                if before + after <= most or (
                    most == PACKED and min(before, after) < THIN and before + after <= LONGEST
                ):
                    run[i : i + 2] = [(begin, end, before + after)]
                else:
                    i += 1
    whole = normalise(text)
    cut = [" ".join(text[begin:end].split()) for run in runs for begin, end, _length in run]
    return [words for words in cut if stand_in(fragments(words), whole)]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of sentences; one over LONGEST words is cut at a comma or, without one, after WINDOW words."""
    for sentence in sentences(text):
        words = [m.span() for m in re.finditer(r"\S+", text[sentence.start : sentence.end])]
        begin = 0
        while len(words) - begin > LONGEST:
            stops = [i for i in range(begin + 11, begin + LONGEST) if text[sentence.start + words[i][1] - 1] in ",;:"]
            cut = (stops[-1] if stops else begin + WINDOW - 1) + 1
            yield sentence.start + words[begin][0], sentence.start + words[cut - 1][1]
            begin = cut
        if begin < len(words):
            yield sentence.start + words[begin][0], sentence.start + words[-1][1]


def _bounded(found: list[Statement]) -> list[Statement]:
    if len(found) <= MOST:
        return found
    by_speaker: dict[str, list[int]] = defaultdict(list)
    for i in sorted(range(len(found)), key=lambda i: (-found[i].weight, i)):
        by_speaker[found[i].speaker].append(i)
    ranked = sorted((rank, i) for own in by_speaker.values() for rank, i in enumerate(own))
    return [found[i] for i in sorted(i for _rank, i in ranked[:MOST])]
