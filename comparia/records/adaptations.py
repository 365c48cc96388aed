"""A recap rewritten for other readers: in plain language, or in another language."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from comparia.records.base import Record, Zone
from comparia.records.verdicts import PRESENT, Verdict

AdaptationKind = Literal["plain", "translation"]
"""In plain language, in the language of the recap; or translated."""


class AdaptedPoint(Record):
    """What became of one key point between a recap and its adaptation."""

    key_point: str
    """Id of the key point."""
    before: Verdict
    """The verdict in the recap."""
    after: Verdict
    """The verdict in the adaptation; `unscored` where nobody could tell."""
    sentence: str = ""
    """The sentence of the adaptation that says it best; empty where none does."""


class Outcome(NamedTuple):
    """What an adaptation kept of what its recap holds."""

    kept: tuple[AdaptedPoint, ...]
    """Points that it says as the recap does."""
    lost: tuple[AdaptedPoint, ...]
    """Points that it does not say any more, or says the contrary of."""
    changed: tuple[AdaptedPoint, ...]
    """Points that it says otherwise: in part, softened, lent to all."""
    doubtful: tuple[AdaptedPoint, ...]
    """Points of which nobody could tell."""


class Adaptation(Record):
    """A recap that a model rewrote in plain language or translated, and what of its points is still there."""

    id: str
    """Random id."""
    run: str
    """Id of the run."""
    variant: str
    """Id of the recap that was adapted."""
    source: str
    """Hash of the words of the recap as they were adapted: it tells whether the recap was changed since."""
    kind: AdaptationKind
    """In plain language, or translated."""
    language: str
    """Language of the adaptation, ISO 639-1."""
    backend: str
    """Name of the backend that wrote it."""
    model: str = ""
    """The model that answered, as the server resolved it; empty if unknown."""
    zone: Zone
    """Where the recap was processed."""
    request: str
    """Id of the request."""
    at: datetime
    """When it was written."""
    text: str
    """The adaptation, Markdown."""
    written_in: str = ""
    """Language that the text is in, where it is seen not to be the one asked for; empty otherwise."""
    not_restored: int = 0
    """Hidden names of the recap that the model did not write as it read them: they may be missing, or still hidden."""
    judge: str = ""
    """Name of the backend that judged it; `models` for those of the run; empty for words alone."""
    reason: str = ""
    """Code of why it was not checked against the key points; empty where it was."""
    reference: str = ""
    """Id of the key points it was checked against; empty where it was not."""
    points: tuple[AdaptedPoint, ...] = ()
    """What became of the key points that the recap holds, or may hold."""

    @property
    def outcome(self) -> Outcome:
        """What it kept, lost and changed of the points that its recap holds."""
        held = [point for point in self.points if point.before in PRESENT]
        doubtful = tuple(point for point in held if point.after in ("uncertain", "unscored"))
        told = [point for point in held if point not in doubtful]
        kept = tuple(point for point in told if point.after == "kept" or point.after == point.before)
        return Outcome(
            kept=kept,
            lost=tuple(point for point in told if point.after not in PRESENT),
            changed=tuple(point for point in told if point.after in PRESENT and point not in kept),
            doubtful=doubtful,
        )
