"""Names of backends and of recaps, as people read them."""

from __future__ import annotations

import re

from comparia.messages import N_, gettext
from comparia.records import Run, Variant, short_name

_EXTRACTS = {
    "extractive:centrality": N_("Extracts: the most central"),
    "extractive:diversity": N_("Extracts: the most varied"),
    "extractive:speakers": N_("Extracts: every voice first"),
}
"""Names of the extractive algorithms."""

_BY_HAND = re.compile(r"imported:h(\d+)")
"""Matches the backend of a recap written by a person whose name is hidden, which ends with the id of the recap."""


def backend_label(name: str) -> str:
    """Return the name of a backend: `model@host` instead of a whole address, what an algorithm ranks by, who wrote.

    Args:
        name: the backend as the run names it.
    """
    if name in _EXTRACTS:
        return gettext(_EXTRACTS[name])
    if by_hand := _BY_HAND.fullmatch(name):
        return gettext("Written by hand ({n})").format(n=by_hand[1])
    if name.startswith("demonstration:"):
        return gettext("Language model (recorded)")
    if name.startswith("replay:") and "/" in name:
        replayed = name.partition("/")[2]
        if replayed.startswith("demonstration:"):
            return backend_label(replayed)
        return gettext("{name} (recorded)").format(name=backend_label(replayed))
    return short_name(name)


def recap_label(run: Run, variant: Variant) -> str:
    """Return the name of a recap: its backend, and its prompt and repeat as far as they tell recaps apart."""
    return " · ".join(filter(None, (backend_label(variant.backend), asked_label(run, variant))))


def asked_label(run: Run, variant: Variant) -> str:
    """Return what a recap was asked for: prompt and repeat; empty for one that read no prompt."""
    if variant.prompt is None:
        return ""
    repeat = f" · #{variant.repeat}" if run.repeats > 1 else ""
    return f"{run.prompt_named(variant.prompt)}{repeat}"
