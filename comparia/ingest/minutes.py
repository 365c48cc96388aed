"""Minutes: what was decided, told afterwards by whoever keeps them. Nobody speaks in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_MARKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"après en avoir délibéré|having (?:considered|deliberated)",
        r"à l['’]unanimité|\bunanimously\b|(?:motion|resolution) (?:was )?carried",
        r"(?:conseillers|membres|délégués) (?:municipaux )?(?:en exercice|présents|votants)|members present",
        r"date de (?:la )?convocation|convoqu[ée]s? (?:le|légalement)",
        r"réception (?:en )?préfecture|affich(?:é|age) le|transmis (?:en|à la) préfecture",
        r"(?:absents?|excusés?)(?: excusés?)? ?:|apologies (?:for absence|were received)",
        r"(?:donn\w+|a|ont|ayant donné) (?:pouvoir|procuration)|\bprocurations? ?:",
        r"secrétaire de séance|(?:minutes|report) of the (?:previous|last) meeting",
        r"délibération n[°o]|\bvu le code général\b|article l\.? ?\d{4}",
        r"(?:séance (?:est )?levée|l['’]ordre du jour étant épuisé|meeting closed at)",
        r"voix pour|pour : ?\d+|contre : ?\d+|abstentions? : ?\d+",
        r"section (?:d['’]investissement|de fonctionnement)",
    )
)
"""What minutes of councils say, and people hardly ever."""
LEAST_OF_MARKS = 4
"""How many of these make minutes."""


def is_minutes(text: str, labels: Iterable[str]) -> bool:
    """Return whether a text tells what was decided rather than what was said.

    It then has the marks of minutes, and hardly a dialogue.

    Args:
        text: the whole text.
        labels: who would speak, once a turn.
    """
    if sum(bool(mark.search(text)) for mark in _MARKS) < LEAST_OF_MARKS:
        return False
    names = Counter(labels)
    coming_back = [name for name, n in names.items() if n > 2]
    return len(coming_back) < 3 or sum(names[name] for name in coming_back) < 12
