"""Electricity and greenhouse gases of calls: as their server reports them, else by EcoLogits' method (ecologits.ai).

That method counts the writing of an answer in a data centre, and the making of its machines for the time it took. It
leaves out the reading of the session, the training of the model, the network, and the device that asked.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Literal, NamedTuple

from comparia.config import is_loopback
from comparia.records import Author, Backend, Call

_PROVIDERS = {"mistral": "mistralai", "openai": "openai", "anthropic": "anthropic", "gemini": "google_genai"}
"""Names of our presets in EcoLogits' tables."""


class Footprint(NamedTuple):
    """Electricity and greenhouse gases of some calls."""

    low: float
    """Least electricity, in kWh."""
    high: float
    """Most, in kWh."""
    carbon_low: float | None
    """Least greenhouse gases, in kg of CO2 equivalent; None where only electricity is reported."""
    carbon_high: float | None
    """Most, in kg of CO2 equivalent."""
    method: Literal["reported", "ecologits"]
    """Who says so: the server, or EcoLogits."""
    version: str = ""
    """Version of EcoLogits: figures of two versions may differ forty times; empty for what is reported."""
    zone: str = ""
    """Electricity mix that gases were counted with, as ISO 3166 names countries, or WOR; empty where nobody says."""


def footprint(backend: Backend | None, author: Author, calls: Sequence[Call]) -> Footprint | None:
    """Return what some calls to one backend took; None where it is not known for one of them.

    None for a model on one's own machine, as the constants of that method are those of data centres, and for what is
    no model. Figures that a server reports and figures that are computed are not summed.

    Args:
        backend: who was asked; None for one that is not in the run.
        author: kind of author.
        calls: the calls; the model is the one that answered, else, where EcoLogits does not know it, the one asked for.
    """
    if backend is None or author != "model" or not calls:
        return None
    if all(call.energy is not None for call in calls):
        return _summed([_reported(call) for call in calls])
    if backend.preset not in _PROVIDERS or is_loopback(backend.base_url):
        return None
    found = []
    for call in calls:
        if call.output_tokens is None:
            return None
        # The version that answered may be newer than EcoLogits' tables: then it is counted as what was asked for.
        names = (name.rpartition("/")[2] for name in dict.fromkeys((call.model, backend.model)) if name)
        seconds = call.seconds if not call.batch else math.inf  # how long it took to answer it alone is not known
        tried = (_computed(_PROVIDERS[backend.preset], name, call.output_tokens, seconds) for name in names)
        one = next((each for each in tried if each is not None), None)
        if one is None:
            return None
        found.append(one)
    return _summed(found)


def _reported(call: Call) -> Footprint:
    low, high = call.energy or (0.0, 0.0)
    least, most = call.carbon or (None, None)
    return Footprint(low, high, least, most, "reported")


@lru_cache(maxsize=20_000)
def _computed(provider: str, model: str, output_tokens: int, seconds: float) -> Footprint | None:
    """Return what EcoLogits computes from output tokens and time, with the electricity of where it says models run."""
    from ecologits.tracers import utils

    logging.getLogger("ecologits").setLevel(logging.ERROR)
    known: Any = utils.PROVIDER_CONFIG_MAP.get(provider)
    zone = getattr(known, "datacenter_location", None) or "WOR"
    impacts = utils.llm_impacts(provider, model, output_tokens, seconds, electricity_mix_zone=zone)
    if impacts.energy is None or impacts.gwp is None:
        return None
    (low, high), (least, most) = (_range(impact.value) for impact in (impacts.energy, impacts.gwp))
    return Footprint(low, high, least, most, "ecologits", version("ecologits"), zone)


def _range(value: Any) -> tuple[float, float]:
    return float(getattr(value, "min", value)), float(getattr(value, "max", value))


def _summed(found: Sequence[Footprint]) -> Footprint:
    least, most = _total([one.carbon_low for one in found]), _total([one.carbon_high for one in found])
    first = found[0]
    zone = first.zone if all(one.zone == first.zone for one in found) else ""
    low, high = sum(one.low for one in found), sum(one.high for one in found)
    return Footprint(low, high, least, most, first.method, first.version, zone)


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
