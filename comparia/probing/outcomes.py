"""What a change of the session did to a key point in the recaps: its retention, and its place in them, by pairs.

A pair is the recap of the original session and the recap of the changed one, by the same model, at the same repeat.
Intervals are for the caller to compute, from the differences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.records import PRESENT, PointEvidence
from comparia.text.recaps import passages, simple_lines

Figures = NDArray[np.float64]


class Trial(NamedTuple):
    """What the two recaps of a pair have in common."""

    model: str
    """The model."""
    session: str
    """The session, by a name that its change keeps."""
    repeat: int = 1
    """The repeat."""


class Paired(NamedTuple):
    """One figure of each pair of recaps of one model, before and after the change."""

    trials: tuple[Trial, ...]
    """The pairs, in order of session and repeat."""
    original: Figures
    """The figure in the recap of the original session, one a pair."""
    changed: Figures
    """The figure in the recap of the changed one."""
    left_out: tuple[Trial, ...]
    """Trials without a figure on both sides."""

    @property
    def differences(self) -> Figures:
        """Changed minus original, one a pair."""
        return self.changed - self.original


def retention(evidence: Sequence[PointEvidence], points: Sequence[str]) -> float | None:
    """Return the mean probability that a recap expresses some key points as they are held, in [0, 1].

    None where one of them has no such probability, or where there is none: means of other points do not compare.

    Args:
        evidence: the verdicts on one recap.
        points: ids of the key points, as in `Change.probed`.
    """
    held = {item.key_point: item.as_held for item in evidence if item.verdict != "unscored"}
    values = [value for point in points if (value := held.get(point)) is not None]
    return float(np.mean(values)) if values and len(values) == len(points) else None


def position(summary: str, evidence: PointEvidence) -> float | None:
    """Return where the sentence that says a key point stands in a recap: 0 for the first, 1 for the last.

    None where the recap does not say it. The only sentence of a recap is the first.
    """
    return position_among(statements_of(summary), evidence)


def statements_of(summary: str) -> tuple[str, ...]:
    """Return the statements of a recap, in order, as matchers read them: without marks of style or headings."""
    return tuple(passage.text for passage in passages(simple_lines(summary)))


def position_among(statements: Sequence[str], evidence: PointEvidence) -> float | None:
    """Return the same as `position`, from the statements of the recap: for many key points of one recap."""
    if evidence.verdict not in PRESENT or not evidence.sentence:
        return None
    whole = (n for n, text in enumerate(statements) if text == evidence.sentence)
    pair = (n for n, text in enumerate(statements) if text and evidence.sentence.startswith(text))
    place = next(whole, next(pair, None))
    if place is None:
        return None
    return place / (len(statements) - 1) if len(statements) > 1 else 0.0


def paired(original: Mapping[Trial, float | None], changed: Mapping[Trial, float | None]) -> dict[str, Paired]:
    """Return the figures of both sides by model, pair by pair.

    Args:
        original: a figure of each recap of the original sessions (`retention`, `position`); None where there is none.
        changed: the same for the changed sessions.
    """
    by_model: dict[str, Paired] = {}
    trials = sorted({*original, *changed})
    for model in dict.fromkeys(trial.model for trial in trials):
        kept, before, after, left = [], [], [], []
        for trial in (each for each in trials if each.model == model):
            was, now = original.get(trial), changed.get(trial)
            if was is None or now is None:
                left.append(trial)
            else:
                kept.append(trial)
                before.append(was)
                after.append(now)
        figures = (np.array(before, dtype=np.float64), np.array(after, dtype=np.float64))
        by_model[model] = Paired(tuple(kept), *figures, tuple(left))
    return by_model
