"""The presets of backends: those of the catalogue, and those that other packages add."""

from __future__ import annotations

from functools import cache
from typing import Any

from comparia.config import Preset, catalogue
from comparia.plugins import Plugin, Table, require
from comparia.records import Backend


@cache
def presets() -> Table[Preset]:
    """Return the presets of backends, by name: those of the catalogue, then those of plug-ins."""
    return Table("backends", catalogue(), _from_plugin)


def plugin_of(backend: Backend) -> Plugin | None:
    """Return the plug-in that answers for a backend; None for one that Comparia speaks to by itself."""
    return presets().plugin_of(backend.preset) if backend.preset else None


def _from_plugin(plugin: Plugin, module: Any) -> Preset:
    """Return the preset of a plug-in; its fields are those of an entry of `catalogue.toml`, but for `kind`."""
    require(plugin, module, "PRESET", "generate")
    return Preset.model_validate({**module.PRESET, "kind": "openai_compatible"})
