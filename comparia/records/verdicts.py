"""What may become of a key point in a recap, and what each verdict counts for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Verdict = Literal["kept", "softened", "partly", "contradicted", "absent", "uncertain", "unscored"]

SETTLED: tuple[Verdict, ...] = ("kept", "partly", "contradicted", "absent")

"""The verdicts a person may settle."""

PRESENT: frozenset[str] = frozenset(("kept", "softened", "partly"))

"""Verdicts that say that a key point is in a recap, at least in part."""

CREDIT: Mapping[str, float] = {
    "kept": 1.0,
    "softened": 0.5,
    "partly": 0.5,
    "uncertain": 0.5,
    "contradicted": 0.0,
    "absent": 0.0,
}

"""What a key point counts for in coverage by its verdict, in [0, 1]; one that is `unscored` is not counted."""
