"""Key points, and the reference that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from comparia.records.base import Record, content_id
from comparia.records.sessions import Transcript

Origin = Literal["reviewed", "suggested"]


class Quote(Record):
    """The words of one person that say a key point."""

    turn: int
    """Number of the turn."""
    speaker: str
    """Id of the speaker of that turn."""
    words: str
    """The words, verbatim."""


PointKind = Literal["view", "fact", "decision", "action", "question"]

"""What a key point is: a view, a fact (figure, date), a decision, an action that somebody took on, an open question."""


class KeyPoint(Record):
    """One thing said in the session that a recap may keep or lose: a view, fact, decision, action or question."""

    id: str
    """Short id: P01."""
    text: str
    """The point, in one sentence."""
    topic: str = ""
    """What it is about."""
    kind: PointKind = "view"
    """A view; a fact; a decision made; an action to take; a question left open. Only views are minority views."""
    said: tuple[Quote, ...]
    """The turns that say it."""
    minority: bool | None = None
    """A person's mark, which wins over the threshold; None to let the threshold decide."""

    @property
    def holders(self) -> tuple[str, ...]:
        """Ids of the speakers who say it, computed from the turns, each once."""
        return tuple(dict.fromkeys(quote.speaker for quote in self.said if quote.speaker))


def reference_id(threshold: float, moderators: Sequence[str], points: Sequence[KeyPoint]) -> str:
    """Return the id of a reference: a hash of its threshold, of the ids of its moderators and of its key points."""
    return content_id("rf", [threshold, tuple(moderators), [point.model_dump() for point in points]])


def voices_of(transcript: Transcript, moderators: Sequence[str]) -> int:
    """Return how many speakers may hold a view: all who say something, but for machines and moderators (ids)."""
    return sum(s.kind != "machine" and s.words > 0 and s.id not in moderators for s in transcript.speakers)


FEWEST_VOICES = 3
"""Voices of a session from which one person is few."""


class Reference(Record):
    """The list of key points of a transcript, and where it comes from."""

    id: str
    """Content hash of the key points and the threshold."""
    origin: Origin
    """Reviewed by a person, or merely suggested."""
    reviewed_by: str = ""
    """Who reviewed it."""
    suggested_by: str = ""
    """How it was suggested: a model's name, `offline`, `recaps`, `votes`; empty when a person wrote it."""
    language: Literal["fr", "en"]
    """Language of the key points."""
    moderators: tuple[str, ...] = ()
    """Ids of the speakers who moderate: they hold no view and do not count as voices."""
    minority_threshold: float = 0.2
    """Highest prevalence of a minority view."""
    voices: int
    """Number of speakers prevalence is a share of."""
    key_points: tuple[KeyPoint, ...]
    """The key points."""

    @property
    def digest(self) -> str:
        """Hash of all that scores rest on: key points, moderators, threshold and voices.

        A copy with other content has another.
        """
        points = [point.model_dump(mode="json") for point in self.key_points]
        content = [self.minority_threshold, self.moderators, self.voices, self.language, points]
        return content_id("rf", content).removeprefix("rf_")

    def prevalence(self, point: KeyPoint) -> float:
        """Share of the voices who hold `point`, in [0, 1]."""
        return min(1.0, len(set(point.holders) - set(self.moderators)) / self.voices) if self.voices else 0.0

    def is_minority(self, point: KeyPoint) -> bool:
        """Whether `point` is a minority view: marked so by a person, or a view held by few.

        Few is at most `minority_threshold` of the voices; among three voices or more, one person is always few.
        """
        if point.minority is not None:
            return point.minority
        if point.kind != "view" or not self.prevalence(point):
            return False
        return self.prevalence(point) <= self.minority_threshold or self.is_isolated(point)

    def is_isolated(self, point: KeyPoint) -> bool:
        """Whether one person alone holds `point`, among three voices or more."""
        return self.voices >= FEWEST_VOICES and len(set(point.holders) - set(self.moderators)) == 1
