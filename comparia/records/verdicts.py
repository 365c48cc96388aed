"""What may become of a key point in a recap, and what each verdict counts for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Verdict = Literal["kept", "softened", "lent_to_all", "partly", "contradicted", "absent", "uncertain", "unscored"]

PointInRecap = tuple[str, str]
"""A key point and a recap, by their ids."""

SETTLED: tuple[Verdict, ...] = ("kept", "partly", "softened", "lent_to_all", "contradicted", "absent")

"""The verdicts a person may settle."""

PRESENT: frozenset[str] = frozenset(("kept", "softened", "lent_to_all", "partly"))

"""Verdicts that say that a key point is in a recap, at least in part."""

CREDIT: Mapping[str, float] = {
    "kept": 1.0,
    "softened": 0.5,
    "lent_to_all": 0.5,
    "partly": 0.5,
    "uncertain": 0.0,
    "contradicted": 0.0,
    "absent": 0.0,
}

"""What a key point counts for in coverage by its verdict, in [0, 1]; one that is `unscored` is not counted.

*Uncertain* counts for nothing: it widens the interval."""

RETENTION: Mapping[str, float] = {**CREDIT, "softened": 0.0, "lent_to_all": 0.0}

"""What a minority view counts for in retention: softened, or lent to all, it is no longer that view."""

UNJUDGED: frozenset[str] = frozenset(("judge_silent", "judge_unclear"))

"""Notes of verdicts that rest on words though a judge was asked: it did not answer, or its answer does not count."""


def is_judged(note: str) -> bool:
    """Return whether a judge's answer counts in a verdict, given the note of the verdict: a code, then its reason."""
    code = note.partition(":")[0]
    return code.startswith("judge") and code not in UNJUDGED
