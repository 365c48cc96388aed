"""How parts of an analysis read, in tables for people: what models took, and means corrected by what people settled."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.reports.reasons import worded
from comparia.studies.analysis import ModelCorrected
from comparia.studies.taken import ModelTaken
from comparia.voting.wording import range_text


def taken_headings() -> tuple[str, ...]:
    """Return the headings of what models took."""
    tokens = (_("Tokens read"), _("Tokens written"))
    return (_("Model"), _("Calls"), *tokens, _("Cost"), _("Electricity"), _("Greenhouse gases"))


def taken_cells(one: ModelTaken) -> tuple[str, ...]:
    """Return the cells of one model, after its name; a sum over some of its recaps says over how many."""
    read = written = _("unknown")
    if one.counted:
        read, written = _partly(number(one.input_tokens), one.counted, one), number(one.output_tokens)
        if one.cached_tokens:
            read += " " + _("({n} of them found in the server's cache)").format(n=number(one.cached_tokens))
    cost = _("unknown")
    if one.priced:
        amounts = [
            _("{n} US dollars").format(n=number(amount, 4)) if currency else number(amount, 4)
            for currency, amount in one.costs.items()
        ]
        cost = _partly(" + ".join(amounts), one.priced, one)
    energy = gases = _("unknown")
    if one.energy is not None:
        energy = _partly(range_text(1000 * one.energy[0], 1000 * one.energy[1], _("Wh")), one.measured, one)
        energy += f" ({', '.join(map(_method, one.methods))})"
    if one.carbon is not None:
        gases = range_text(1000 * one.carbon[0], 1000 * one.carbon[1], _("g of CO₂ equivalent"))
    return number(one.calls), read, written, cost, energy, gases


def _partly(text: str, known: int, one: ModelTaken) -> str:
    if known == one.recaps:
        return text
    told = ngettext("over {n} recap of {total}", "over {n} recaps of {total}", known)
    return f"{text} ({told.format(n=number(known), total=number(one.recaps))})"


def _method(method: str) -> str:
    return _("as reported by the provider") if method == "reported" else method


def corrected_headings() -> tuple[str, ...]:
    """Return the headings of corrected means."""
    return (_("Model"), _("As scored"), _("Corrected"), _("Interval (95 %)"), _("Settled at random"))


def corrected_cells(one: ModelCorrected) -> tuple[str, ...]:
    """Return the cells of one model, after its name."""
    mean = one.mean
    interval = "–" if mean.low is None or mean.high is None else f"[{mean.low:.3f}, {mean.high:.3f}]"
    settled = _("{n} of {total}").format(n=number(mean.settled), total=number(mean.cells))
    return _figure(mean.predicted), _figure(mean.value), interval, settled


def corrected_reasons(corrected: tuple[ModelCorrected, ...]) -> list[str]:
    """Return why means or intervals are missing, each once."""
    return [worded(code) for code in dict.fromkeys(one.mean.reason for one in corrected if one.mean.reason)]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
