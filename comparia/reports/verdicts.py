"""How verdicts look and read in reports: name, mark, colours and order, one entry a verdict."""

from __future__ import annotations

from typing import NamedTuple

from comparia.messages import N_, cached_by_language
from comparia.messages import gettext as _


class Look(NamedTuple):
    """How one verdict is shown. Its name always stands beside its mark and its colours."""

    name: str
    """For people; translated when it is shown."""
    mark: str = ""
    """One character, empty for none."""
    style: str = ""
    """Colour in a terminal, as rich names it."""
    shade: str = ""
    """Fill of its cell in a document, six hexadecimal digits; empty for none."""
    fill: str = ""
    """Fill of its bar in a figure (CSS); empty for a verdict that no bar shows."""
    ink: str = "#1d2226"
    """Colour of the number in that bar (CSS)."""
    meaning: str = ""
    """What it means of a key point, in one sentence; translated when it is shown."""


_KEPT, _BETWEEN, _LOST = "E3F2E8", "FBF0D6", "F9E6E3"

VERDICTS: dict[str, Look] = {
    "kept": Look(N_("kept"), "●", "green", _KEPT, "#14643f", "#ffffff"),
    "softened": Look(
        N_("softened"),
        "◒",
        "yellow",
        _BETWEEN,
        "#8cc5a4",
        meaning=N_("Its subject is there, its force is not."),
    ),
    "lent_to_all": Look(
        N_("told as everybody’s"),
        "◍",
        "magenta",
        _BETWEEN,
        "#b39ac7",
        meaning=N_("Few people hold it; the recap gives it to everybody, or to the group."),
    ),
    "partly": Look(
        N_("partly"),
        "◐",
        "yellow",
        _BETWEEN,
        "#e8c66a",
        meaning=N_("It lacks a part: its reason, its condition, a figure, or one of two things."),
    ),
    "uncertain": Look(
        N_("uncertain"),
        "?",
        "yellow",
        _BETWEEN,
        "#d9d6ce",
        meaning=N_("Words cannot tell: a person should read it."),
    ),
    "contradicted": Look(N_("contradicted"), "✗", "red", _LOST, "#8f2a22", "#ffffff"),
    "absent": Look(N_("not found"), "○", "red", _LOST, "#f1cfc9"),
    "unscored": Look(N_("not scored"), "–", "dim", "", "#ffffff"),
    "found": Look(N_("said word for word")),
    "altered": Look(N_("altered")),
    "stitched": Look(N_("put together from several passages")),
    "not_found": Look(N_("not found in the session")),
    "misattributed": Look(N_("said by another person")),
    "supported": Look(N_("supported")),
    "unsupported": Look(N_("to check")),
    "superseded": Look(N_("set right in the session")),
    "reworded": Look(N_("said in other words")),
    "elsewhere": Look(N_("said elsewhere")),
    "respelled": Look(N_("spelled otherwise")),
    "in_context": Look(N_("in a document only")),
    "under": Look(N_("covered less")),
    "over": Look(N_("covered more")),
}
"""Every verdict, in the order of the bars of a figure, from left to right; then those that are on no key point."""

DRAWN = tuple(verdict for verdict, look in VERDICTS.items() if look.fill)
"""Verdicts that a figure shows, from left to right."""

SHADES = frozenset(look.shade for look in VERDICTS.values() if look.shade)
"""Every fill of a cell in a document."""


def look_of(verdict: str) -> Look:
    """Return how a verdict is shown; under its own code where it is none of ours."""
    return VERDICTS.get(verdict) or Look(verdict)


@cached_by_language
def verdict_name(verdict: str) -> str:
    """Return a verdict for people, in the reader's language."""
    look = VERDICTS.get(verdict)
    return _(look.name) if look else verdict


@cached_by_language
def verdict_meaning(verdict: str) -> str:
    """Return what a verdict on a key point means, in the reader's language; empty where its name says it."""
    return _(meaning) if (meaning := look_of(verdict).meaning) else ""


def marked(verdict: str) -> str:
    """Return the mark and the name of a verdict: `● kept`."""
    return f"{look_of(verdict).mark} {verdict_name(verdict)}".strip()
