"""Sentences, for people, about the results of votes and about the cards of models."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.backends.cards import Card
from comparia.messages import duration, labelled, ngettext, number
from comparia.messages import gettext as _
from comparia.privacy import zone_names
from comparia.reports.wording import author_kind
from comparia.voting.tally import Result

FEW = 8
"""Number of voters under which a result is called a first impression."""


def findings(result: Result, labels: Mapping[str, str]) -> list[str]:
    """Return the findings of a vote, as sentences; one states when no difference is meaningful."""
    if not result.voters:
        return [_("Nobody voted.")]
    lines = []
    if not any(sum(duel.votes) for duel in result.duels):
        lines.append(_("Nobody preferred one to another."))
    elif not result.meaningful:
        lines.append(_("No meaningful difference: so few votes, so divided, could fall like this by chance."))
    elif len(result.tiers) > 1:
        tiers = [", ".join(labels[variant] for variant in tier) for tier in result.tiers]
        lines.append(labelled(_("From the most to the least preferred (Schulze)"), " > ".join(tiers)))
    lines += [
        _("{better} was preferred to {other}: {n} against {m}.").format(
            better=labels[duel.variants[0] if duel.votes[0] > duel.votes[1] else duel.variants[1]],
            other=labels[duel.variants[1] if duel.votes[0] > duel.votes[1] else duel.variants[0]],
            n=number(max(duel.votes)),
            m=number(min(duel.votes)),
        )
        for duel in result.duels
        if duel.meaningful
    ]
    if result.voters < FEW:
        caution = ngettext(
            "{n} voter is a first impression, no more.", "{n} voters are a first impression, no more.", result.voters
        )
        lines.append(caution.format(n=number(result.voters)))
    return lines


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
        (_("Electricity"), _energy(card)),
    ]


def _energy(card: Card) -> str:
    if card.energy is None:
        return _("unknown")
    low, high = 1000 * card.energy.low, 1000 * card.energy.high
    method = _("as reported by the provider") if card.energy.method == "reported" else card.energy.method
    digits = 3 if high < 1 else 1
    if number(low, digits) == number(high, digits):
        amount = _("{n} Wh").format(n=number(high, digits))
    else:
        amount = _("{low} to {high} Wh").format(low=number(low, digits), high=number(high, digits))
    if card.energy.method != "reported":
        method += ", " + _("writing only, reading left out")
    return f"{amount} ({method})"
