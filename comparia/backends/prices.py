"""Prices and context windows of models, from a dated file of ours (`make prices` writes it anew)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from comparia.config import Preset

_FILE = Path(__file__).parents[1] / "prices.json"


class Price(NamedTuple):
    """What the file knows of a model."""

    input: float | None = None
    """US dollars per million input tokens."""
    output: float | None = None
    """US dollars per million output tokens."""
    cached: float | None = None
    """US dollars per million input tokens found in the server's cache."""
    context: int | None = None
    """Context window in tokens."""


def lookup(preset: Preset, model: str) -> Price:
    """Return the price and context window of a model at a provider; all None when unknown, or where nothing is paid."""
    if preset.kind not in ("openai_compatible", "litellm") or not model:
        return Price()
    if preset.kind == "openai_compatible" and (
        preset.zone == "local" or preset.key_optional or not preset.key_variable
    ):
        return Price()
    if preset.zone == "fr":
        return Price()
    return Price(*_file()["models"].get(f"{preset.price_prefix}{model}", ()))


def day() -> str:
    """Return the day of the prices, ISO 8601."""
    return str(_file()["day"])


@cache
def _file() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return table
