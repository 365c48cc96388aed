"""Claims of agreement: the probability that a sentence gives to all, or to the group, what the session does not bear.

A logistic regression on the cues of the sentence and of what it stands under, the people it names, and what the matcher
says of the points that it states best. Fitted on the sentences of the labelled meetings by
`tests/benchmarks/fitting.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from comparia.matching.cues import TABLES, cues_in
from comparia.text.polarity import how_many
from comparia.text.recaps import Passage
from comparia.text.words import tokens

MEASURES = (
    "agreement",
    "everyone",
    "groups",
    "shared",
    "few",
    "all",
    "general",
    "lent",
    "prevalence",
    "named",
    "words",
    "above",
    "denials",
)
"""Names of the measures of a sentence, in order."""

FILE = Path(__file__).parent / "fitted" / "claims.json"


def claim_measures(
    passage: Passage, language: Literal["fr", "en"], *, named: int, lent: float, prevalence: float
) -> tuple[float, ...]:
    """Return the measures of a sentence, in the order of `MEASURES`.

    Args:
        passage: the sentence, and what it stands under.
        language: of both.
        named: number of speakers it names.
        lent: largest probability that a point it states best is lent to all.
        prevalence: largest share of the voices who hold a point that it expresses, 0 for none.
    """
    counts = dict(zip(TABLES, cues_in(passage.text, language), strict=True))
    above = dict(zip(TABLES, cues_in(passage.under, language), strict=True))
    many = how_many(passage.text, language)
    return (
        *(float(min(2, counts[table])) for table in ("agreement", "everyone", "groups", "shared", "few")),
        float("all" in many),
        float("general" in many),
        lent,
        prevalence,
        float(min(2, named)),
        math.log(len(tokens(passage.text, language)) + 1),
        float(min(1, above["agreement"] + above["shared"])),
        float(min(1, counts["denials"])),
    )


def claims_agreement(measures: Sequence[float]) -> bool:
    """Return whether a sentence speaks for everybody, for the group, or of an agreement, by its own words."""
    by_name = dict(zip(MEASURES, measures, strict=True))
    return bool(by_name["agreement"] or by_name["all"] or by_name["general"])


def unborne(measures: Sequence[float]) -> float:
    """Return the probability, in (0, 1), that a sentence claims an agreement that the session does not bear."""
    fit = _fitted()
    terms = zip(measures, fit["centre"], fit["scale"], fit["slopes"], strict=True)
    odds = fit["intercept"] + math.fsum((value - centre) / scale * slope for value, centre, scale, slope in terms)
    return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))


def fit_name() -> str:
    """Return the name of the fit, for signatures."""
    return str(_fitted()["name"])


@cache
def _fitted() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text("utf-8")))
