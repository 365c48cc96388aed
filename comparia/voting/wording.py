"""Sentences, for people, about the results of votes and about the cards of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from comparia.backends.cards import Card
from comparia.config import zone_names
from comparia.messages import duration, labelled, ngettext, number
from comparia.messages import gettext as _
from comparia.reports.wording import author_kind
from comparia.voting.tally import Duel, Result

FEW = 8
"""Number of voters under which a result is called a first impression."""


def findings(result: Result, labels: Mapping[str, str]) -> list[str]:
    """Return the findings of a vote, as sentences that say what each figure is a part of.

    An answer that leads is told first, such as "all bad"; where no difference is meaningful, a sentence says so.
    """
    if not result.voters:
        return [_("Nobody voted.")]
    lines = []
    leading = {
        "all_bad": _("{n} of {total} voters found them all bad."),
        "all_good": _("{n} of {total} voters found them all good."),
        "unknown": _("{n} of {total} voters did not know."),
    }
    if result.leading:
        n, total = number(result.choices[result.leading]), number(result.voters)
        lines.append(leading[result.leading].format(n=n, total=total))
    if not any(sum(duel.votes) for duel in result.duels):
        lines.append(_("Nobody preferred one to another."))
    elif not result.meaningful:
        said = _("No meaningful difference: votes that prefer one ({n} of {total}) are too few or too divided to tell.")
        lines.append(said.format(n=number(result.preferring), total=number(result.voters)))
    elif len(result.tiers) > 1 and not result.leading:
        tiers = [", ".join(labels[variant] for variant in tier) for tier in result.tiers]
        lines.append(labelled(_("From the most to the least preferred (Schulze)"), " > ".join(tiers)))
    lines += [duel_sentence(duel, labels) for duel in result.duels if duel.meaningful]
    if result.voters < FEW:
        caution = ngettext(
            "{n} voter is a first impression, no more.", "{n} voters are a first impression, no more.", result.voters
        )
        lines.append(caution.format(n=number(result.voters)))
    return lines


def duel_sentence(duel: Duel, labels: Mapping[str, str]) -> str:
    """Return which of two recaps was preferred, and by how many of those who preferred one of the two."""
    first = duel.votes[0] > duel.votes[1]
    return _("{better} was preferred to {other} by {n} of the {base} voters who preferred one of the two.").format(
        better=labels[duel.variants[0 if first else 1]],
        other=labels[duel.variants[1 if first else 0]],
        n=number(max(duel.votes)),
        base=number(sum(duel.votes)),
    )


def of(count: int, base: int) -> str:
    """Return a count with what it is a part of: `14 of 38`."""
    return _("{n} of {total}").format(n=number(count), total=number(base))


def chance(p: float) -> str:
    """Return a p-value with three decimals: `p = 0.031`; one that would read as nought is `p < 0.001`."""
    return f"p\u00a0< {number(0.001, 3)}" if p < 0.001 else f"p\u00a0= {number(p, 3)}"


class Bar(NamedTuple):
    """One answer of a vote, as a bar."""

    name: str
    """The answer: the name of a recap, `all_good`, `all_bad` or `unknown`."""
    label: str
    """As people read it."""
    votes: int
    """Ballots that gave it; for a recap, those that put it first."""
    base: int
    """All ballots that are counted."""

    @property
    def share(self) -> float:
        """Share of all ballots, in [0, 1]."""
        return self.votes / self.base if self.base else 0.0


def bars(result: Result, labels: Mapping[str, str]) -> list[Bar]:
    """Return every answer of a vote with its ballots: an answer that leads over every recap first, then the recaps."""
    answers = {
        "all_bad": _("They are all bad"),
        "all_good": _("They are all good"),
        "unknown": _("I do not know"),
    }
    others = [Bar(name, label, result.choices.get(name, 0), result.voters) for name, label in answers.items()]
    recaps = [Bar(s.variant, labels.get(s.variant, s.variant), s.votes, result.voters) for s in result.shares]
    return [*(b for b in others if b.name == result.leading), *recaps, *(b for b in others if b.name != result.leading)]


def card_lines(card: Card) -> list[tuple[str, str]]:
    """Return the lines of a card, as pairs of name and value; a value that is not known is "unknown"."""
    unknown = _("unknown")
    lines = [(_("Author"), author_kind(card.author))]
    if card.author == "human":
        return lines
    lines.append((_("Ran on"), zone_names()[card.zone]))
    if card.author == "extractive":
        return lines
    weights = {
        "open": _("open weights"),
        "limited": _("weights under conditions"),
        "closed": _("closed"),
        "unknown": unknown,
    }
    openness = weights[card.weights] + (f" ({card.licence})" if card.licence else "")
    size = unknown
    if card.total is not None:
        size = _("{n} billion parameters").format(n=number(card.total, 0 if card.total >= 10 else 1))
        if card.active is not None and card.active != card.total:
            size += ", " + _("{n} active").format(n=number(card.active, 0 if card.active >= 10 else 1))
    tokens = unknown
    if card.input_tokens is not None and card.output_tokens is not None:
        tokens = _("{read} read, {written} written").format(
            read=number(card.input_tokens), written=number(card.output_tokens)
        )
        if card.cached_tokens:
            tokens += " " + _("({n} of them found in the server's cache)").format(n=number(card.cached_tokens))
    return [
        *lines,
        (_("Model that answered"), card.model or unknown),
        (_("Openness"), openness),
        (_("Size"), size),
        (_("Tokens"), tokens),
        (_("Cost"), unknown if card.cost is None else _("{n} US dollars").format(n=number(card.cost, 4))),
        (_("Time"), duration(card.seconds)),
        *_footprint(card),
    ]


def _footprint(card: Card) -> list[tuple[str, str]]:
    """Return the lines on electricity and greenhouse gases: ranges, who says so, what is left out."""
    found, unknown = card.footprint, _("unknown")
    if found is None:
        return [(_("Electricity"), unknown), (_("Greenhouse gases"), unknown)]
    told = [_("as reported by the provider")]
    if found.method == "ecologits":
        told = [f"EcoLogits {found.version}", _("writing only, reading left out")]
    energy = range_text(1000 * found.low, 1000 * found.high, _("Wh"))
    gases = unknown
    if found.carbon_low is not None and found.carbon_high is not None:
        mix = [_("electricity of {zone}").format(zone=found.zone)] if found.zone else []
        amount = range_text(1000 * found.carbon_low, 1000 * found.carbon_high, _("g of CO₂ equivalent"))
        gases = f"{amount} ({', '.join([told[0], *mix])})"
    return [(_("Electricity"), f"{energy} ({', '.join(told)})"), (_("Greenhouse gases"), gases)]


def range_text(low: float, high: float, unit: str) -> str:
    """Return a range of a quantity for people; one figure where both ends read the same."""
    digits = 3 if high < 1 else 1
    if number(low, digits) == number(high, digits):
        return _("{n} {unit}").format(n=number(high, digits), unit=unit)
    return _("{low} to {high} {unit}").format(low=number(low, digits), high=number(high, digits), unit=unit)
