"""What was said: an index of the session in which sentences of a recap look for support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.metrics.weights import Weights
from comparia.records import Transcript, Turn
from comparia.text.numbers import numbers
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems

WINDOW = 3
"""Turns of a window: a question, its answer, and what follows."""


class Support(NamedTuple):
    """How far the session carries a sentence."""

    share: float
    """Share of the sentence's IDF mass found in the best window, in [0, 1]."""
    turns: tuple[int, ...]
    """Turns of that window that share its words, the best first."""
    novel: tuple[str, ...]
    """Stems of the sentence that the whole session never uses."""


@dataclass(frozen=True)
class Said:
    """The session, indexed once for every metric that asks what was said."""

    transcript: Transcript
    """The session."""

    @property
    def language(self) -> Literal["fr", "en"]:
        """Its language."""
        return self.transcript.language

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Turns of people: no system line, no machine."""
        machines = {s.id for s in self.transcript.speakers if s.kind == "machine"}
        return tuple(t for t in self.transcript.turns if t.channel != "system" and t.speaker not in machines)

    @cached_property
    def weights(self) -> Weights:
        """IDF of the session's stems over its sentences."""
        spoken = (s.text for turn in self.turns for s in sentences(turn.text))
        return Weights(inverse_document_frequency(stems(text, self.language) for text in spoken))

    @cached_property
    def names(self) -> frozenset[str]:
        """Stems of the speakers' names: naming somebody is not saying what they said."""
        return frozenset(stem for s in self.transcript.speakers for stem in stems(s.name, self.language))

    @cached_property
    def numbers(self) -> frozenset[float]:
        """Every number said or written, by value."""
        return frozenset(n.value for turn in self.turns for n in numbers(turn.text, self.language))

    @cached_property
    def clocks(self) -> frozenset[float]:
        """Every time of day, in minutes after midnight."""
        return frozenset(n.value for turn in self.turns for n in numbers(turn.text, self.language) if n.clock)

    @cached_property
    def _postings(self) -> Mapping[str, NDArray[np.intp]]:
        found: dict[str, list[int]] = {}
        for i, turn in enumerate(self.turns):
            for stem in set(stems(turn.text, self.language)):
                found.setdefault(stem, []).append(i)
        return {stem: np.array(places, dtype=np.intp) for stem, places in found.items()}

    def support(self, sentence: str, *, speaker: str | None = None) -> Support:
        """The best `WINDOW` consecutive turns for a sentence, or the best turn of one speaker.

        Args:
            sentence: of a recap.
            speaker: look among this speaker's turns only.
        """
        wanted = [stem for stem in dict.fromkeys(stems(sentence, self.language)) if stem not in self.names]
        mass = sum(self.weights[stem] for stem in wanted)
        if not mass or not self.turns:
            return Support(0.0, (), ())
        found = np.zeros((len(wanted), len(self.turns)), dtype=bool)
        for row, stem in enumerate(wanted):
            if stem in self._postings:
                found[row, self._postings[stem]] = True
        weight = np.array([self.weights[stem] for stem in wanted])
        own = weight @ found
        if speaker is not None:
            mask = self._turns_of(speaker)
            best = int(np.argmax(np.where(mask, own, -1.0))) if mask.any() else -1
            share = float(own[best]) / mass if best >= 0 else 0.0
            return Support(share, (self.turns[best].number,) if share else (), ())
        together = found.copy()
        for shift in range(1, WINDOW):
            together[:, :-shift] |= found[:, shift:]
        shares = weight @ together
        first = int(np.argmax(shares))
        inside = [i for i in range(first, min(first + WINDOW, len(self.turns))) if own[i] > 0]
        inside.sort(key=lambda i: -float(own[i]))
        novel = tuple(stem for stem in wanted if stem not in self._postings and not stem[0].isdigit())
        return Support(float(shares[first]) / mass, tuple(self.turns[i].number for i in inside), novel)

    def support_by_speaker(self, sentence: str, speakers: Iterable[str]) -> dict[str, Support]:
        """The best turn of each speaker for a sentence."""
        return {speaker: self.support(sentence, speaker=speaker) for speaker in speakers}

    def named(self, sentence: str) -> tuple[str, ...]:
        """Ids of the speakers a sentence names, by full name or by a surname nobody else bears, in order of mention."""
        found: list[tuple[int, str]] = []
        words = f" {' '.join(_letters(sentence))} "
        for speaker, forms in self._name_forms:
            places = [place for form in forms if (place := words.find(f" {form} ")) >= 0]
            if places:
                found.append((min(places), speaker))
        return tuple(speaker for _place, speaker in sorted(found))

    @cached_property
    def _name_forms(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        people = [(s.id, _letters(s.name.partition("(")[0])) for s in self.transcript.speakers if s.kind == "person"]
        last = [parts[-1] for _id, parts in people if parts]
        forms = []
        for speaker, parts in people:
            if parts:
                whole = " ".join(parts)
                alone = (parts[-1],) if last.count(parts[-1]) == 1 and len(parts[-1]) > 3 else ()
                forms.append((speaker, (whole, *alone)))
        return forms

    def _turns_of(self, speaker: str) -> NDArray[np.bool_]:
        return np.array([turn.speaker == speaker for turn in self.turns], dtype=bool)


def _letters(text: str) -> list[str]:
    return "".join(ch.lower() if ch.isalnum() else " " for ch in text).split()
