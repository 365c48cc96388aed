"""Key points from votes: contributions that people agreed or disagreed with, group by group.

The rule is that of Polis conversations (Small, Björkegren, Erkkilä, Shaw and Megill 2021, "Polis: Scaling deliberation
by mapping high dimensional opinion spaces"): a contribution is a minority view when the smallest group of like-minded
people agrees with it and the other groups do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeInt, TypeAdapter, ValidationError

from comparia.errors import ReferenceFileError, told
from comparia.messages import gettext as _
from comparia.records import KeyPoint, Quote, Record, Reference, Transcript
from comparia.references.statements import LONGEST
from comparia.references.suggesting import suggested, tidied

Counts = tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
"""Votes that agree, disagree, pass."""
Reading = Literal["consensus", "minority_view", "majority_view", "rejected", "mixed", "low_votes"]

AGREED, SHUNNED, REJECTED = 0.6, 0.5, 0.4
"""Smoothed shares of agreement: from the first, a group agrees; under the second, the other groups do not; under the
third, over all groups, the contribution is rejected."""
FEWEST_VOTES, FEWEST_PER_GROUP = 20, 5
"""Fewest votes, in all and in each group, for a reading other than `low_votes`."""


class Votes(Record):
    """Votes on one contribution."""

    turn: int
    """Number of the turn that was voted on."""
    by_group: Mapping[str, Counts] = Field(min_length=1)
    """Agree, disagree and pass, for each group of like-minded people."""


def classify(votes_by_group: Mapping[str, Counts], *, smallest: str | None = None) -> Reading:
    """Classify a contribution by the votes of each group.

    Shares are Laplace-smoothed: (agree + 1) / (votes + 2), a pass being a vote.

    Args:
        votes_by_group: agree, disagree and pass in each group.
        smallest: the group with fewest members; when not given, the one with fewest votes here.

    Returns:
        `consensus`: at least 0.6 in every group. `minority_view`: at least 0.6 in the smallest, under 0.5 among all
        others. `majority_view`: the reverse. `rejected`: under 0.4 overall. `low_votes`: under 20 votes, or under 5 in
        a group. `mixed`: anything else.
    """
    everyone = _sum(votes_by_group.values())
    if sum(everyone) < FEWEST_VOTES or any(sum(votes) < FEWEST_PER_GROUP for votes in votes_by_group.values()):
        return "low_votes"
    if all(_agreement(votes) >= AGREED for votes in votes_by_group.values()):
        return "consensus"
    small = smallest or min(votes_by_group, key=lambda group: (sum(votes_by_group[group]), group))
    few = _agreement(votes_by_group[small])
    rest = _agreement(_sum(votes for group, votes in votes_by_group.items() if group != small))
    if few >= AGREED and rest < SHUNNED:
        return "minority_view"
    if few < SHUNNED and rest >= AGREED:
        return "majority_view"
    return "rejected" if _agreement(everyone) < REJECTED else "mixed"


def suggest_from_votes(
    transcript: Transcript, votes: Sequence[Votes], *, smallest: str | None = None, minority_threshold: float = 0.2
) -> Reference:
    """Return a reference with one key point for each voted contribution, in order; `classify` says which are minority.

    Args:
        transcript: its turns are the contributions.
        votes: votes on some of them.
        smallest: the group with fewest members; when not given, the one that never gave as many votes as the others.
        minority_threshold: highest prevalence of a minority view, for contributions with too few votes to tell.

    Raises:
        ReferenceFileError: votes on a turn that does not exist.
    """
    turns = {turn.number: turn for turn in transcript.turns}
    if smallest is None and votes:
        most: dict[str, int] = {}
        for vote in votes:
            for group, counts in vote.by_group.items():
                most[group] = max(most.get(group, 0), sum(counts))
        smallest = min(most, key=lambda group: (most[group], group))
    if len({vote.turn for vote in votes}) < len(votes):
        raise ReferenceFileError(_("two votes on one turn."))
    points = []
    for n, vote in enumerate(sorted(votes, key=lambda vote: vote.turn), start=1):
        turn = turns.get(vote.turn)
        if turn is None:
            raise ReferenceFileError(_("the transcript has no turn {number}.").format(number=vote.turn))
        reading = classify(vote.by_group, smallest=smallest if smallest in vote.by_group else None)
        words = " ".join(turn.text.split()[:LONGEST])
        points.append(
            KeyPoint(
                id=f"P{n:02d}",
                text=tidied(" ".join(turn.text.split()), transcript.language),
                minority=None if reading == "low_votes" else reading == "minority_view",
                said=(Quote(turn=turn.number, speaker=turn.speaker or "", words=words),),
            )
        )
    return suggested(transcript, points, (), minority_threshold)


def load_votes(path: Path) -> tuple[Votes, ...]:
    """Return votes read from a JSON file: `[{"turn": 1, "by_group": {"A": [agree, disagree, pass]}}]`.

    Raises:
        ReferenceFileError: the file cannot be read or has another shape.
    """
    try:
        return TypeAdapter(tuple[Votes, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise ReferenceFileError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "-"
        raise ReferenceFileError(
            _("{field}: {problem}.").format(field=place, problem=told(first)),
            path,
            cure=_('For instance: [{{"turn": 1, "by_group": {{"A": [12, 3, 1]}}}}] (agree, disagree, pass).').format(),
        ) from error


def _sum(groups: Iterable[Counts]) -> Counts:
    listed = list(groups)
    return sum(v[0] for v in listed), sum(v[1] for v in listed), sum(v[2] for v in listed)


def _agreement(votes: Counts) -> float:
    return (votes[0] + 1) / (sum(votes) + 2)
