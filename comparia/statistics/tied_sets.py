"""Which models are not told apart: the groups and letters of a compact letter display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comparia.statistics.equivalence import Contrast


@dataclass(frozen=True, slots=True)
class TiedSet:
    """Models none of which is told apart from another; as many as possible."""

    letter: str
    """a, b, … z, aa, ab, …"""
    members: tuple[str, ...]
    """Their names, in the order given."""
    equivalent: bool
    """Whether each pair was found equivalent: no meaningful difference. False for a model that stands alone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A model, and the sets it belongs to. Two models are told apart where they share no letter."""

    name: str
    letters: tuple[str, ...]
    """Letters of its sets, in their order."""


def tied_sets(names: Sequence[str], pairs: Sequence[Contrast]) -> tuple[TiedSet, ...]:
    """Return the sets of models that are not told apart, by insertion and absorption.

    Piepho 2004, *An algorithm for a letter-based representation of all-pairwise comparisons*. A pair is told apart
    where its outcome is `different`; not being told apart is not being equal, and may only mean too few sessions. Sets
    may overlap. Names given from the highest mean to the lowest give letters in that order.

    Args:
        names: of the models.
        pairs: the contrast of each pair of them, in either direction.

    Raises:
        ValueError: a name is given twice, or a pair is missing.
    """
    if len(set(names)) != len(names):
        raise ValueError("names must differ")
    outcomes = {frozenset((pair.first, pair.second)): pair.outcome for pair in pairs}
    wanted = [frozenset((one, other)) for n, one in enumerate(names) for other in names[n + 1 :]]
    missing = [" and ".join(sorted(pair)) for pair in wanted if pair not in outcomes]
    if missing:
        raise ValueError(f"no contrast of {missing[0]}")
    groups = [frozenset(names)] if names else []
    for pair in wanted:
        if outcomes[pair] == "different":
            split = [part for group in groups for part in ([group - {n} for n in pair] if pair <= group else [group])]
            groups = _absorbed(split)
    places = {name: n for n, name in enumerate(names)}
    listed = sorted(tuple(sorted(places[name] for name in group)) for group in groups)
    return tuple(
        TiedSet(
            _letter(n),
            members := tuple(names[place] for place in group),
            len(members) > 1 and all(outcomes[pair] == "equivalent" for pair in wanted if pair <= set(members)),
        )
        for n, group in enumerate(listed)
    )


def standings(names: Sequence[str], sets: Sequence[TiedSet]) -> tuple[Standing, ...]:
    """Return each model with the letters of its sets, in the order given."""
    return tuple(Standing(name, tuple(tied.letter for tied in sets if name in tied.members)) for name in names)


def _absorbed(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Return the groups that lie in no other one, each once."""
    unique = list(dict.fromkeys(groups))
    return [group for group in unique if not any(group < other for other in unique)]


def _letter(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("a") + place) + letters
    return letters
