"""Suggestion of key points without a model: a first list, which a facilitator corrects.

1. *Statements*: sentences, short ones joined to their neighbours, that can be understood alone. Moderators, greetings
   and contact details are left out; chat counts as speech.
2. *Weight*: higher for what is asked, judged or promised, on a subject to which the session returns, and at the end of
   a turn, where people conclude. No single cue decides.
3. *Groups*: statements alike in words, or close to one another in the discussion, or agreeing aloud (« pareil », "same
   here"). Average linkage with a high threshold: a statement that fits no group stays a point of its own, so that the
   view of a single person is not merged into another.
4. *Choice* of at most `limit` groups: see `chosen`.

The method counts words and does not understand them. The list must be read and corrected.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comparia.records import KeyPoint, Quote, Reference, Transcript, reference_id, voices_of
from comparia.references.cues import (
    DANGLING,
    FILLER,
    HESITATION,
    STAMMER,
)
from comparia.references.files import speaker_named
from comparia.references.leading import likely_moderators
from comparia.references.statements import FEWEST, Language, Statement, statements
from comparia.text.vectors import inverse_document_frequency, tfidf
from comparia.text.words import stem, tokens

Matrix = NDArray[np.float32]

NEAR = 6.0
"""Distance in turns over which the affinity of an answer is divided by e."""
NEARBY, AGREEING = 0.1, 0.2
"""Affinity added when another speaker answers at the next turn, and added again when the answer agrees aloud."""
TOUCHING = 0.03
"""Likeness at or under which two statements have no affinity, even in neighbouring turns."""
ALIKE = 0.3
"""Least mean affinity of the statements of a group."""
REWORDED = 0.4
"""Likeness from which two statements have nearly the same words, so that one negation more makes them opposed."""
REPEATED = 0.5
"""Likeness from which a second point repeats the first."""
TOLD, HEARD, SAME_TURN, SAME_SPEAKER = 1.0, 0.3, 0.7, 0.05
"""Terms of the worth of a group, see `Choice.worth`, in this order:

cost for each unit of affinity with a point already chosen; bonus for each doubling of the number of speakers; cost for
each statement already chosen from the same turn; cost for each one already chosen from the same speaker."""


def suggest(
    transcript: Transcript, *, moderators: Sequence[str] = (), limit: int = 60, minority_threshold: float = 0.2
) -> Reference:
    """Return the key points of a session, suggested without a model; deterministic.

    Args:
        transcript: the session.
        moderators: ids or names of those who hold no view here; detected when none is given.
        limit: highest number of key points.
        minority_threshold: highest share of the voices that makes a minority view.

    Returns:
        A reference whose origin is `suggested`, in order of first mention; without key points when nothing is stated.

    Raises:
        ReferenceFileError: no speaker has the name given for a moderator.
    """
    leading = tuple(speaker_named(name, transcript) for name in moderators) or likely_moderators(transcript)
    said = statements(transcript, leading)
    points: list[KeyPoint] = []
    if said:
        close = closeness(said)
        recurring = Counter(s for statement in said for s in set(statement.subject))
        for n, group in enumerate(sorted(chosen(said, groups(said, close), close, limit)), start=1):
            points.append(_key_point(f"P{n:02d}", [said[i] for i in group], recurring, transcript.language))
    return suggested(transcript, points, leading, minority_threshold)


def suggested(
    transcript: Transcript, points: Sequence[KeyPoint], moderators: Sequence[str], minority_threshold: float
) -> Reference:
    """Return a reference made of `points`, marked as suggested: nobody has reviewed it."""
    return Reference(
        id=reference_id(minority_threshold, moderators, points),
        origin="suggested",
        language=transcript.language,
        moderators=tuple(moderators),
        minority_threshold=minority_threshold,
        voices=voices_of(transcript, moderators),
        key_points=tuple(points),
    )


# Groups ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close every two statements are. Arrays of shape (statements, statements), symmetric, diagonal 0 or False."""

    likeness: Matrix
    """Likeness of their words, in [0, 1]: 0.6 cosine of stems + 0.4 cosine of character 4-grams, IDF-weighted."""
    affinity: Matrix
    """Likeness, plus a bonus when one speaker answers the other, plus a second bonus when the answer agrees aloud."""
    opposed: NDArray[np.bool_]
    """Whether they cannot say the same thing.

    Two statements in nearly the same words are opposed when one has an odd number of negations and the other an even
    one. In other words, a negation shows nothing ("keep it open", "do not close it"): they are opposed only when one is
    against (stance -1) and the other is not, and not when one is neutral and one of the two agrees aloud.
    """


def closeness(said: Sequence[Statement]) -> Closeness:
    """Return the closeness of every two statements."""
    subjects = [s.subject for s in said]
    vectors = tfidf(subjects, inverse_document_frequency(subjects))
    likeness: Matrix = (0.6 * (vectors @ vectors.T) + 0.4 * _grams(subjects)).astype(np.float32)
    np.fill_diagonal(likeness, 0)

    turns = np.array([s.turn for s in said], dtype=np.float32)
    apart = np.abs(turns[:, None] - turns)
    numbered = {speaker: k for k, speaker in enumerate(dict.fromkeys(s.speaker for s in said))}
    speakers = np.array([numbered[s.speaker] for s in said])
    answering = np.where((speakers[:, None] != speakers) & (apart > 0), np.exp((1 - apart) / NEAR), 0)
    bonus = np.array([0.0 if s.counters else NEARBY + AGREEING * s.agrees for s in said])
    alone = np.array([s.alone for s in said])
    affinity: Matrix = likeness + np.where(turns[:, None] > turns, bonus[:, None], bonus) * answering
    affinity = (affinity * ((likeness > TOUCHING) & alone[:, None] & alone)).astype(np.float32)

    odd = np.array([s.negations % 2 for s in said])
    stance = np.array([s.stance for s in said])
    agrees = np.array([s.agrees for s in said])
    refused = (np.minimum(stance[:, None], stance) < 0) & (stance[:, None] != stance)
    excused = (stance[:, None] * stance == 0) & (agrees[:, None] | agrees)
    return Closeness(likeness, affinity, (refused & ~excused) | ((likeness >= REWORDED) & (odd[:, None] != odd)))


def _grams(texts: Sequence[Sequence[str]]) -> Matrix:
    """Return the cosine of the character 4-grams of every two texts, hashed into 2048 columns, IDF-weighted."""
    counts = np.zeros((len(texts), 2048), dtype=np.float32)
    for row, words in enumerate(texts):
        text = f" {' '.join(words)} "
        for i in range(len(text) - 3):
            counts[row, zlib.crc32(text[i : i + 4].encode("utf-8", "surrogatepass")) % 2048] += 1
    weights = np.log((len(texts) + 1) / ((counts > 0).sum(axis=0) + 0.5)).clip(0)
    vectors = (np.log1p(counts) * weights).astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms == 0, 1, norms)
    cosine: Matrix = vectors @ vectors.T
    return cosine


def groups(said: Sequence[Statement], close: Closeness) -> list[list[int]]:
    """Return groups of indices of statements that say the same thing with the same stance; most groups hold one.

    Two groups are joined, those of highest affinity first, when their mean affinity is at least `ALIKE` and no two of
    their statements are opposed: average linkage (Sokal and Michener 1958), so that one statement close to two subjects
    does not join them. A statement that agrees aloud and is alone in its group is added to the group of the statement
    it agrees with. It also keeps its own group when it has 2 · `FEWEST` content words or more.
    """
    home = list(range(len(said)))
    members = {i: [i] for i in home}
    rows, columns = np.nonzero(np.triu(close.affinity >= ALIKE, 1))
    for k in np.argsort(-close.affinity[rows, columns], kind="stable"):
        a, b = sorted((home[rows[k]], home[columns[k]]))
        if a == b:
            continue
        between = np.ix_(members[a], members[b])
        if close.affinity[between].mean() >= ALIKE and not close.opposed[between].any():
            for i in members[b]:
                home[i] = a
            members[a] += members.pop(b)
    for i, statement in enumerate(said):
        if statement.agrees and len(members[home[i]]) == 1:
            taken_up = _agreed_with(i, said, close)
            if taken_up is not None:
                members[home[taken_up]].append(i)
                if len(statement.stems) < 2 * FEWEST:
                    del members[i]
                    home[i] = home[taken_up]
    return [sorted(group) for group in members.values() if any(said[i].alone for i in group)]


def _agreed_with(i: int, said: Sequence[Statement], close: Closeness) -> int | None:
    """Return the index of the statement that statement `i` agrees with, or None.

    It is one of the speaker it names or, when it names nobody, of the last turn before it, three turns back at most.
    """
    statement = said[i]
    before = [
        j
        for j in range(max(0, i - 30), i)
        if said[j].alone and said[j].turn < statement.turn and said[j].speaker != statement.speaker
    ]
    if statement.answers:
        before = [j for j in before if said[j].speaker == statement.answers]
    elif before:
        last = said[before[-1]].turn
        before = [j for j in before if said[j].turn == last >= statement.turn - 3]
    before = [j for j in before if not close.opposed[i, j]]
    return max(before, key=lambda j: (float(close.affinity[i, j]) + said[j].weight / 10, j), default=None)


# Choice ---------------------------------------------------------------------------------------------------------------


class Choice:
    """The groups taken so far, and the worth of each other group."""

    def __init__(self, said: Sequence[Statement], found: Sequence[Sequence[int]], close: Closeness) -> None:
        self._said, self._found, self._close = said, found, close
        self.voices = [tuple(dict.fromkeys(said[i].speaker for i in group if said[i].alone)) for group in found]
        self._first = [max((i for i in group if said[i].alone), key=lambda i: (said[i].weight, -i)) for group in found]
        self._told = np.zeros(len(said), dtype=np.float32)
        self._repeated = np.zeros(len(said), dtype=bool)
        self._turns: Counter[int] = Counter()
        self._speakers: Counter[str] = Counter()
        self.taken: list[int] = []

    def worth(self, g: int) -> tuple[float, int]:
        """Return the worth of group `g`, and -g, so that the earlier of two groups of equal worth comes first.

        The worth is the weight of its first statement, plus a bonus for its number of speakers, minus costs for what is
        already chosen of the same turn, the same speaker and the same subject.
        """
        first = self._said[self._first[g]]
        heard = len({self._said[i].speaker for i in self._found[g]})
        cost = SAME_TURN * self._turns[first.turn] + SAME_SPEAKER * self._speakers[first.speaker]
        return first.weight + HEARD * math.log2(heard) - cost - TOLD * float(self._told[self._found[g]].max()), -g

    def repeats(self, g: int) -> bool:
        """Return whether a group repeats one already taken, in nearly the same words."""
        return bool(self._repeated[self._found[g]].any())

    def take(self, g: int) -> None:
        """Take group `g`, and update the costs of the others."""
        group = list(self._found[g])
        self.taken.append(g)
        np.maximum(self._told, self._close.affinity[:, group].max(axis=1), out=self._told)
        alike = (self._close.likeness[:, group] >= REPEATED) & ~self._close.opposed[:, group]
        self._repeated |= alike.any(axis=1)
        self._turns.update(self._said[i].turn for i in group)
        self._speakers.update(self._said[i].speaker for i in group)


def chosen(said: Sequence[Statement], found: list[list[int]], close: Closeness, limit: int) -> list[list[int]]:
    """Return at most `limit` groups, avoiding those that repeat one another.

    Places are given in three rounds, so that the points of a few speakers are not crowded out by those of many:

    1. speakers in turn, those who said least first, get their group of highest worth, until every speaker has one and a
       third of the places is taken;
    2. groups of three speakers or more get at most another third, most speakers first;
    3. the other places go to the groups of highest worth, whoever holds them. Worth falls for each place that the turn
       and the speaker of a group already have.
    """
    choice = Choice(said, found, close)
    own: dict[str, set[int]] = defaultdict(set)
    for g, voices in enumerate(choice.voices):
        for speaker in voices:
            own[speaker].add(g)
    words = Counter[str]()
    for statement in said:
        words[statement.speaker] += len(statement.stems)
    seats = min(limit, max(limit // 3, len(own)))
    while any(own.values()) and len(choice.taken) < seats:
        for speaker in sorted(own, key=lambda s: (words[s], s)):
            own[speaker].difference_update(choice.taken)
            if own[speaker] and len(choice.taken) < seats:
                choice.take(max(own[speaker], key=choice.worth))
    shared = [g for g, voices in enumerate(choice.voices) if len(voices) > 2 and g not in choice.taken]
    for g in sorted(shared, key=lambda g: (-len(choice.voices[g]), g))[: limit // 3]:
        if len(choice.taken) < limit and not choice.repeats(g):
            choice.take(g)
    left = set(range(len(found))) - set(choice.taken)
    while left and len(choice.taken) < limit:
        best = max(left, key=choice.worth)
        left.discard(best)
        if not choice.repeats(best):
            choice.take(best)
    return [found[g] for g in choice.taken]


# Key points -----------------------------------------------------------------------------------------------------------


def _key_point(id: str, group: Sequence[Statement], recurring: Counter[str], language: Language) -> KeyPoint:
    own = Counter(s for statement in group for s in set(statement.subject))
    central = max(
        (s for s in group if s.alone),
        key=lambda s: (
            not s.agrees,
            s.weight + math.fsum(own[x] - 1 for x in set(s.subject)) / len(set(s.subject)),
            -s.turn,
        ),
    )
    quotes: dict[int, Statement] = {}
    for statement in group:
        if statement is central or statement.turn not in quotes:
            quotes[statement.turn] = statement
    return KeyPoint(
        id=id,
        text=tidied(central.words, language),
        topic=_topic(central, own, recurring, language),
        kind="fact" if all(s.fact for s in group if s.alone) else "view",
        said=tuple(Quote(turn=s.turn, speaker=s.speaker, words=s.words) for _turn, s in sorted(quotes.items())),
    )


def tidied(words: str, language: Language) -> str:
    """Return `words` as a sentence, without hesitations, stammers and opening fillers; no word is added."""
    text = HESITATION.sub(lambda m: ", " if "," in m.group() else " ", words)
    text = STAMMER.sub(r"\1", " ".join(text.split()))
    while (match := FILLER[language].match(text)) and len(text) - match.end() > 20:
        text = text[match.end() :]
    text = DANGLING[language].sub("", text).strip(" ,;:–—-") or words
    text = text[0].upper() + text[1:]
    return text if text[-1] in '.!?…»”"' else f"{text}."


def _topic(central: Statement, own: Counter[str], recurring: Counter[str], language: Language) -> str:
    """Return the topic of a key point: the two words of its statement most used in the group and the session."""
    seen: dict[str, str] = {}
    for word in tokens(central.words, language):
        seen.setdefault(stem(word, language), word)
    held = list(dict.fromkeys(central.subject))
    ranked = sorted(held, key=lambda s: (-2 * (own[s] - 1) - min(recurring[s], 8) / 4 - len(s) / 8, held.index(s)))
    return ", ".join(seen[s] for s in sorted(ranked[:2], key=held.index))
