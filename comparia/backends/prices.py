"""Prices and context windows, from the list that ships inside litellm, read without importing it."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from comparia.config import Preset

_FILE = "model_prices_and_context_window_backup.json"


class Price(NamedTuple):
    """What the list knows of a model."""

    input: float | None = None
    """US dollars per million input tokens."""
    output: float | None = None
    """US dollars per million output tokens."""
    context: int | None = None
    """Context window in tokens."""


def lookup(preset: Preset, model: str) -> Price:
    """Price and context of `model` at a provider; all None when the list does not know it, or nothing is paid."""
    if preset.kind not in ("openai_compatible", "litellm") or not model:
        return Price()
    if preset.kind == "openai_compatible" and (
        preset.zone == "local" or preset.key_optional or not preset.key_variable
    ):
        return Price()
    if preset.zone == "fr":
        return Price()
    entry = _list().get(f"{preset.price_prefix}{model}")
    if not isinstance(entry, dict):
        return Price()
    return Price(
        _per_million(entry.get("input_cost_per_token")),
        _per_million(entry.get("output_cost_per_token")),
        entry["max_input_tokens"] if isinstance(entry.get("max_input_tokens"), int) else None,
    )


def _per_million(value: Any) -> float | None:
    return round(value * 1_000_000, 6) if isinstance(value, int | float) else None


@cache
def _list() -> dict[str, Any]:
    spec = importlib.util.find_spec("litellm")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / _FILE
        if file.is_file():
            loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
            return loaded
    return {}
