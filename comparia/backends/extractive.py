"""Three extractive algorithms: ranked extracts of the session, word for word. No model, and never called AI.

- `centrality`: sentences most alike the others (LexRank, Erkan and Radev 2004).
- `diversity`: sentences that together cover most of what was spoken of (budgeted submodular coverage, Lin and Bilmes
  2011).
- `speakers`: every voice first, then the most central of each (round robin, with Carbonell and Goldstein's 1998 penalty
  on repetition).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Request, Transcript
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency, tfidf
from comparia.text.words import stems

WORDS = 400
"""Length of the extracts, in words."""
MIN_WORDS, MAX_WORDS = 8, 60
"""Shorter sentences say too little alone; longer ones take the place of others."""
LONGEST_FIRST = 35
"""Longest first extract of a voice, in words, unless it has no shorter one."""
MAX_SENTENCES = 3000
"""Longest sessions: the sentences that carry most information, so that memory stays bounded."""
DAMPING = 0.85
SIMILARITY_FLOOR = 0.08
REPETITION_PENALTY = 0.6

TITLES = {
    "fr": {
        "centrality": "Extraits classés par centralité",
        "diversity": "Extraits classés par diversité",
        "speakers": "Extraits classés, chaque voix d’abord",
    },
    "en": {
        "centrality": "Extracts ranked by centrality",
        "diversity": "Extracts ranked by diversity",
        "speakers": "Ranked extracts, every voice first",
    },
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence that may be extracted."""

    turn: int
    speaker: str
    text: str
    stems: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Words it takes."""
        return len(self.text.split())


class Extractive:
    """One of the three algorithms.

    Args:
        backend: `model` names the algorithm.
    """

    def __init__(self, backend: Backend) -> None:
        self._algorithm = ALGORITHMS[backend.model]
        self._name = backend.model

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Return extracts of `request.transcript`, in the order of the session, as Markdown."""
        if request.transcript is None:
            raise BackendError("rejected", _("extractive algorithms read the transcript itself"))
        start = time.monotonic()
        text = await asyncio.to_thread(self._extracts, request.transcript)
        if on_delta is not None:
            on_delta(text)
        return Completion(text=text, finish_reason="stop", seconds=round(time.monotonic() - start, 3))

    async def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _extracts(self, transcript: Transcript) -> str:
        units = candidates(transcript)
        if not units:
            raise BackendError("empty", _("no sentence is long enough to be extracted"))
        places = sorted(self._algorithm(units), key=lambda i: (units[i].turn, i))
        return _markdown(transcript, [units[i] for i in places], TITLES[transcript.language][self._name])


def candidates(transcript: Transcript) -> list[Unit]:
    """Return the sentences of the session that could stand alone, in order."""
    machines = {s.id for s in transcript.speakers if s.kind == "machine"}
    units = []
    for turn in transcript.turns:
        if turn.channel == "system" or turn.speaker in machines:
            continue
        for sentence in sentences(turn.text):
            if MIN_WORDS <= len(sentence.text.split()) <= MAX_WORDS:
                sentence_stems = stems(sentence.text, transcript.language)
                if len(sentence_stems) >= 3:
                    units.append(Unit(turn.number, turn.speaker or "", sentence.text, sentence_stems))
    if len(units) > MAX_SENTENCES:
        weights = inverse_document_frequency(unit.stems for unit in units)
        heaviest = sorted(range(len(units)), key=lambda i: -math.fsum(weights[s] for s in set(units[i].stems)))
        units = [units[i] for i in sorted(heaviest[:MAX_SENTENCES])]
    return units


def centrality(units: list[Unit]) -> NDArray[np.float32]:
    """Return the LexRank of each unit: the stationary distribution of a walk on cosine similarities. Shape (units,)."""
    vectors = tfidf([unit.stems for unit in units], inverse_document_frequency(unit.stems for unit in units))
    similarity = vectors @ vectors.T
    similarity[similarity < SIMILARITY_FLOOR] = 0
    np.fill_diagonal(similarity, 0)
    sums = similarity.sum(axis=1, keepdims=True)
    sums[sums == 0] = 1
    walk = similarity / sums
    n = len(units)
    rank = np.full(n, 1 / n, dtype=np.float32)
    for _step in range(100):
        new_rank = (1 - DAMPING) / n + DAMPING * (walk.T @ rank)
        if float(np.abs(new_rank - rank).sum()) < 1e-6:
            break
        rank = new_rank
    return rank


def by_centrality(units: list[Unit]) -> list[int]:
    """Return the most central units that do not repeat one another, up to the length."""
    rank = centrality(units)
    return _fill(units, [int(i) for i in np.argsort(-rank, kind="stable")])


def by_diversity(units: list[Unit]) -> list[int]:
    """Maximise, step by step, Σ weight(stem) · √count(stem) for the words it costs."""
    weights = inverse_document_frequency(unit.stems for unit in units)
    frequency = Counter(stem for unit in units for stem in set(unit.stems))
    importance = {stem: weight * math.log1p(frequency[stem]) for stem, weight in weights.items()}
    counts: Counter[str] = Counter()
    places: list[int] = []
    words_left = WORDS
    open_units = set(range(len(units)))
    while open_units and words_left >= MIN_WORDS:
        best, best_gain = -1, 0.0
        for i in sorted(open_units):
            if units[i].cost > words_left:
                continue
            gain = math.fsum(
                importance[s] * (math.sqrt(counts[s] + 1) - math.sqrt(counts[s])) for s in set(units[i].stems)
            )
            if gain / units[i].cost > best_gain:
                best, best_gain = i, gain / units[i].cost
        if best < 0:
            break
        places.append(best)
        counts.update(set(units[best].stems))
        words_left -= units[best].cost
        open_units.discard(best)
    return places


def by_speakers(units: list[Unit]) -> list[int]:
    """Take units from each speaker in turn, those who spoke least first: the most central one that is not said yet.

    In the first round a voice takes no more than its share of what is left, so that the last one is heard too.
    """
    rank = centrality(units)
    rank = rank / rank.max()
    voices: dict[str, list[int]] = {}
    for i, unit in enumerate(units):
        voices.setdefault(unit.speaker, []).append(i)
    order = sorted(voices, key=lambda voice: (sum(units[i].cost for i in voices[voice]), voice))
    places: list[int] = []
    words_left = WORDS
    unheard = len(order)
    while True:
        has_added = False
        for voice in order:
            fitting = [i for i in voices[voice] if i not in places and units[i].cost <= words_left]
            if unheard:
                shortest = min((units[i].cost for i in fitting), default=0)
                share = max(shortest, min(LONGEST_FIRST, words_left // unheard))
                fitting = [i for i in fitting if units[i].cost <= share]
                unheard -= 1
            if not fitting:
                continue
            best = max(fitting, key=lambda i: float(rank[i]) - REPETITION_PENALTY * _repetition(units, i, places))
            places.append(best)
            words_left -= units[best].cost
            has_added = True
        if not has_added:
            return places


ALGORITHMS: dict[str, Callable[[list[Unit]], list[int]]] = {
    "centrality": by_centrality,
    "diversity": by_diversity,
    "speakers": by_speakers,
}
"""The algorithms by name: units → indices of those chosen."""


def _fill(units: list[Unit], order: list[int]) -> list[int]:
    places: list[int] = []
    words_left = WORDS
    for i in order:
        if units[i].cost <= words_left and _repetition(units, i, places) < 0.5:
            places.append(i)
            words_left -= units[i].cost
        if words_left < MIN_WORDS:
            break
    return places


def _repetition(units: list[Unit], i: int, places: list[int]) -> float:
    unit_stems = set(units[i].stems)
    return max((len(unit_stems & set(units[j].stems)) / len(unit_stems) for j in places), default=0.0)


def _markdown(transcript: Transcript, units: list[Unit], title: str) -> str:
    lines = [f"# {title}", ""]
    for unit in units:
        name = transcript.speaker_name(unit.speaker or None)
        if transcript.language == "fr":
            label = f"**{name}**\u00a0: " if name else ""
            lines.append(f"- {label}«\u00a0{unit.text}\u00a0» [T{unit.turn}]")
        else:
            label = f"**{name}**: " if name else ""
            lines.append(f"- {label}“{unit.text}” [T{unit.turn}]")
    return "\n".join(lines) + "\n"
