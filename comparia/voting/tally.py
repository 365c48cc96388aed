"""Counting of a small number of votes: shrunken shares, duels, and an order where the votes support one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from comparia.records import Ballot, Judging
from comparia.statistics.agreement import free_marginal_kappa
from comparia.statistics.intervals import beta_interval, sign_test

PRIOR = 2.0
"""Weight of the prior, in votes, divided equally among the variants. It moves the shares of few votes to equality."""

LEVEL = 0.05
"""Significance level of the duels, all together (Holm 1979)."""


class Share(NamedTuple):
    """Share of the voters who put one variant first."""

    variant: str
    """Id of the variant."""
    votes: int
    """Number of ballots that put it first."""
    share: float
    """Shrunken share of these among the ballots that put any variant first, in [0, 1]."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end."""


class Duel(NamedTuple):
    """Two variants, one against the other."""

    variants: tuple[str, str]
    """Their ids."""
    votes: tuple[int, int]
    """Ballots that put the first before the second, and the reverse."""
    tied: int
    """Ballots that put neither first."""
    chance: float
    """p-value of the two-sided exact sign test, in (0, 1]."""
    meaningful: bool
    """Whether the difference is significant at `LEVEL`, over all duels."""


class Result(NamedTuple):
    """The counts and tests of the votes of one judging."""

    voters: int
    """Ballots that are counted."""
    set_aside: int
    """Ballots that a person left out of the count."""
    choices: Mapping[str, int]
    """Ballots by answer: better, all_good, all_bad, unknown."""
    shares: tuple[Share, ...]
    """In the order of the judging."""
    duels: tuple[Duel, ...]
    """Every pair."""
    tiers: tuple[tuple[str, ...], ...]
    """Groups of variants, from the most to the least preferred. Within a group the votes show no clear order."""
    kappa: float | None
    """Free-marginal kappa (Randolph 2005) of the voters over the pairs; None where it cannot be computed."""
    remarks: Mapping[tuple[str, str], int]
    """Number of voters who put a tag on a variant or on a sentence of it, by (variant, tag)."""

    @property
    def preferring(self) -> int:
        """Ballots that prefer a recap: the base of the shares."""
        return self.choices.get("better", 0)

    @property
    def leading(self) -> str:
        """The answer other than a preference that more voters gave than put any one recap first; empty for none."""
        most = max((share.votes for share in self.shares), default=0)
        counts = {name: self.choices.get(name, 0) for name in ("all_bad", "all_good", "unknown")}
        name = max(counts, key=lambda answer: counts[answer])
        return name if counts[name] > most else ""

    @property
    def meaningful(self) -> bool:
        """Whether at least one duel is significant."""
        return any(duel.meaningful for duel in self.duels)


def tally(judging: Judging) -> Result:
    """Return the result of a judging; ballots that a person set aside are not counted.

    Shares are the means of Beta posteriors whose prior is worth `PRIOR` votes. Duels count the ballots that prefer one
    of the two variants; they are tested together (Holm). The order is Schulze's (2011). Two groups of variants are
    separated only where every duel between them is meaningful. With three variants and ten voters there is too little
    data for a Bradley-Terry model.
    """
    variants = judging.variants
    ballots = [ballot for ballot in judging.ballots if ballot.voter not in judging.set_aside]
    choices = Counter(ballot.choice for ballot in ballots)
    preferences = [ballot for ballot in ballots if ballot.choice == "better" and ballot.order]
    shares = []
    for variant in variants:
        votes = sum(ballot.order[0] == variant for ballot in preferences)
        a = votes + PRIOR / len(variants)
        b = len(preferences) + PRIOR - a
        shares.append(Share(variant, votes, a / (a + b), *beta_interval(a, b)))
    duels = _duels(variants, ballots)
    remarks: Counter[tuple[str, str]] = Counter()
    for ballot in ballots:
        remarks.update({(remark.variant, remark.tag) for remark in ballot.remarks})
    return Result(
        voters=len(ballots),
        set_aside=len(judging.ballots) - len(ballots),
        choices={str(name): n for name, n in choices.items()},
        shares=tuple(shares),
        duels=duels,
        tiers=_tiers(variants, duels),
        kappa=_agreement(variants, ballots),
        remarks=dict(remarks),
    )


def prefers(ballot: Ballot, a: str, b: str) -> float | None:
    """Return which of two variants a ballot prefers: 1 for the first, 0 for the second, ½ for neither.

    None where the voter answered that they do not know.
    """
    if ballot.choice == "unknown":
        return None
    rank = {variant: place for place, variant in enumerate(ballot.order)}
    first, second = rank.get(a, len(rank)), rank.get(b, len(rank))
    return 0.5 if first == second else float(first < second)


def _duels(variants: Sequence[str], ballots: Sequence[Ballot]) -> tuple[Duel, ...]:
    duels = []
    for a, b in itertools.combinations(variants, 2):
        counts = Counter(prefers(ballot, a, b) for ballot in ballots)
        duels.append(((a, b), (counts[1.0], counts[0.0]), counts[0.5], sign_test(counts[1.0], counts[0.0])))
    by_p = sorted(range(len(duels)), key=lambda n: duels[n][3])
    significant: set[int] = set()
    for step, n in enumerate(by_p):
        if duels[n][3] * (len(duels) - step) > LEVEL:
            break
        significant.add(n)
    return tuple(Duel(*duel, n in significant) for n, duel in enumerate(duels))


def _tiers(variants: Sequence[str], duels: Sequence[Duel]) -> tuple[tuple[str, ...], ...]:
    """Return Schulze's order, cut where every variant above is meaningfully preferred to every variant below."""
    order = schulze(variants, {pair: votes for duel in duels for pair, votes in _both(duel)})
    apart = {pair for duel in duels if duel.meaningful for pair, votes in _both(duel) if votes > min(duel.votes)}
    tiers: list[list[str]] = [[]]
    for place, variant in enumerate(order):
        if place and all((above, below) in apart for above in order[:place] for below in order[place:]):
            tiers.append([])
        tiers[-1].append(variant)
    return tuple(tuple(sorted(tier, key=variants.index)) for tier in tiers)


def schulze(variants: Sequence[str], wins: Mapping[tuple[str, str], int]) -> list[str]:
    """Return variants in the order of Schulze's method (2011): by the strongest path of wins, in winning votes.

    Args:
        variants: ids to order; those that the method ties stay in this order.
        wins: for each ordered pair, the votes that prefer the first to the second.
    """
    strength = {pair: votes if votes > wins[pair[::-1]] else 0 for pair, votes in wins.items()}
    for middle, a, b in itertools.permutations(variants, 3):
        strength[a, b] = max(strength[a, b], min(strength[a, middle], strength[middle, b]))
    return sorted(variants, key=lambda v: -sum(strength[v, w] > strength[w, v] for w in variants if w != v))


def _both(duel: Duel) -> list[tuple[tuple[str, str], int]]:
    (a, b), (first, second) = duel.variants, duel.votes
    return [((a, b), first), ((b, a), second)]


def _agreement(variants: Sequence[str], ballots: Sequence[Ballot]) -> float | None:
    """Return `free_marginal_kappa` of the voters over the pairs of variants; None with fewer than two ballots."""
    pairs = list(itertools.combinations(variants, 2))
    if len(ballots) < 2:
        return None
    preferences = [[prefers(ballot, a, b) for a, b in pairs] for ballot in ballots]
    return free_marginal_kappa(
        np.array([[np.nan if v is None else v for v in row] for row in preferences], dtype=float)
    )
