"""Weights of the session's words, with a weight for words the session never uses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from comparia.text.vectors import unseen_weight


@dataclass(frozen=True)
class Weights:
    """IDF of the session's stems; an unseen stem weighs as much as the rarest."""

    known: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rare", unseen_weight(self.known))

    def __getitem__(self, stem: str) -> float:
        return self.known.get(stem, self._rare)  # type: ignore[attr-defined]

    def mass(self, stem_set: frozenset[str]) -> float:
        """Return the sum of the weights of the stems."""
        return math.fsum(self[stem] for stem in stem_set)

    def norm(self, stem_set: frozenset[str]) -> float:
        """Return the Euclidean length of the binary TF-IDF vector of the stems."""
        return math.sqrt(math.fsum(self[stem] ** 2 for stem in stem_set))
