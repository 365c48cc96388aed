"""The card of a model, shown at the reveal: where it runs, whether it is open, its size, what the recap took."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from comparia.footprint import Footprint, footprint
from comparia.records import Author, Backend, Call, Variant, Zone

Weights = Literal["open", "limited", "closed", "unknown"]


class Card(NamedTuple):
    """What is known of the author of a recap; what is not is None or unknown."""

    author: Author
    """A model, an extractive algorithm or a person."""
    model: str
    """Model that answered, or was asked."""
    zone: Zone
    """Where it ran."""
    weights: Weights
    """Whether its weights may be downloaded."""
    licence: str
    """Their licence, empty if unknown."""
    total: float | None
    """Parameters, in billions."""
    active: float | None
    """Parameters that work for one token, in billions."""
    input_tokens: int | None
    """Read, as reported."""
    cached_tokens: int | None
    """Tokens of these found in the server\'s cache; None if it says nothing."""
    output_tokens: int | None
    """Written, as reported."""
    cost: float | None
    """As reported, or from the price list and the tokens; None if unknown."""
    seconds: float
    """Time spent in calls."""
    footprint: Footprint | None
    """Electricity and greenhouse gases; None if unknown."""


def card(backend: Backend | None, variant: Variant) -> Card:
    """Return the card of the author of `variant`, from its backend (None for one that is not in the run)."""
    requested_model = backend.model if backend is not None else ""
    answering_model = variant.model or requested_model
    entry = _model_entry(answering_model) or _model_entry(requested_model)
    read, output_tokens = variant.input_tokens, variant.output_tokens
    costs = [call.cost for call in variant.calls]
    cost = sum(c for c in costs if c is not None) if costs and None not in costs else None
    if cost is None and backend is not None:
        cost = cost_of_calls(backend, variant.calls)
    return Card(
        author=variant.author,
        model=answering_model,
        zone=backend.zone if backend is not None else "local",
        weights=entry.get("weights", "unknown"),
        licence=entry.get("licence", ""),
        total=entry.get("total"),
        active=entry.get("active"),
        input_tokens=read,
        cached_tokens=variant.cached_tokens,
        output_tokens=output_tokens,
        cost=cost,
        seconds=variant.seconds,
        footprint=footprint(backend, variant.author, variant.calls),
    )


def cost_of_calls(backend: Backend, calls: Sequence[Call]) -> float | None:
    """Return the cost of some calls in US dollars, each at its share of the price; None where one is not known."""
    costs = [
        cost_of(backend, call.reported_tokens, call.cached_tokens, call.output_tokens, share=call.price_share)
        for call in calls
    ]
    return sum(cost for cost in costs if cost is not None) if costs and None not in costs else None


def cost_of(
    backend: Backend,
    input_tokens: int | None,
    cached_tokens: int | None,
    output_tokens: int | None,
    *,
    share: float = 1.0,
) -> float | None:
    """Return the cost of some tokens in US dollars, from the prices of a backend; None where one of them is not known.

    Tokens found in the server's cache are counted at their own price.

    Args:
        backend: its prices.
        input_tokens: tokens read, those of the cache among them.
        cached_tokens: tokens of these found in the cache.
        output_tokens: tokens written.
        share: share of these prices that was paid: that of a batch is lower.
    """
    if backend.input_price is None or backend.output_price is None or input_tokens is None or output_tokens is None:
        return None
    cached = cached_tokens or 0
    cached_price = backend.cached_price if backend.cached_price is not None else backend.input_price
    read = (input_tokens - cached) * backend.input_price + cached * cached_price
    return share * (read + output_tokens * backend.output_price) / 1_000_000


def _model_entry(model: str) -> dict[str, Any]:
    return next((entry for pattern, entry in _table() if model and pattern.search(model)), {})


_NOT_TAKEN = {"system": "system_in_user", "temperature": "no_temperature"}


def not_taken(model: str) -> frozenset[str]:
    """Return what a model is published not to take, as requests are adjusted: `system_in_user`, `no_temperature`."""
    entry = _model_entry(model)
    return frozenset(how for field, how in _NOT_TAKEN.items() if entry.get(field) is False)


@cache
def _table() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    text = (Path(__file__).parents[1] / "models.toml").read_text("utf-8")
    return [(re.compile(entry["name"], re.IGNORECASE), entry) for entry in tomllib.loads(text)["models"]]
