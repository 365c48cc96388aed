"""Who can be asked for a recap on this installation: extracts, one's own backends, servers that run here, providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from comparia import comparing
from comparia.backends import missing_key
from comparia.backends.extractive import ALGORITHMS
from comparia.backends.local_servers import running_models
from comparia.backends.presets import presets
from comparia.config import Settings
from comparia.errors import CompariaError
from comparia.keys import ENVIRONMENT
from comparia.records import Zone
from comparia.reports.wording.labels import backend_label


class Offer(NamedTuple):
    """A backend that can be chosen, or could be."""

    name: str
    """As it is asked for: `extractive:centrality`, `ollama:mistral-small`, a name of comparia.toml."""
    label: str
    """For people."""
    zone: Zone
    """Where the text is processed."""
    writes: bool
    """Whether it follows a prompt: extracts do not."""
    missing_key: str = ""
    """Variable of the key it lacks; empty when it can be asked now."""
    problem: str = ""
    """What is wrong with how it is set up; empty when it can be asked."""

    @property
    def ready(self) -> bool:
        """Whether it can be asked now."""
        return not self.missing_key and not self.problem


def offers(settings: Settings, environ: Mapping[str, str] = ENVIRONMENT) -> list[Offer]:
    """Return everybody who can be asked: the extracts, one's own backends, models of local servers, then providers.

    Args:
        settings: names one's own backends, and says whether local servers are looked for.
        environ: holds the keys.
    """
    found = [
        Offer(f"extractive:{name}", backend_label(f"extractive:{name}"), "local", writes=False) for name in ALGORITHMS
    ]
    found.extend(_own(name, settings, environ) for name in settings.backends)
    found.extend(_in_file(path) for path in settings.model_files)
    if settings.find_local_servers:
        for preset, models in running_models().items():
            label = presets()[preset].label
            found.extend(Offer(f"{preset}:{model}", f"{model} ({label})", "local", writes=True) for model in models)
    for name, provider in presets().items():
        if provider.kind in ("openai_compatible", "litellm") and provider.key_variable and not provider.key_optional:
            lacking = "" if environ.get(provider.key_variable) else provider.key_variable
            named = f"{name}:{provider.example}"
            found.append(Offer(named, provider.label, provider.zone, writes=True, missing_key=lacking))
    return list({offer.name: offer for offer in reversed(found)}.values())[::-1]


def _in_file(path: str) -> Offer:
    """Return a model file as an offer, also one that cannot be used."""
    name = f"gguf:{path}"
    try:
        comparing.resolve_backends([name], Settings())
    except CompariaError as error:
        return Offer(name, backend_label(name), "local", writes=True, problem=error.message)
    return Offer(name, backend_label(name), "local", writes=True)


def _own(name: str, settings: Settings, environ: Mapping[str, str]) -> Offer:
    """Return a backend of comparia.toml as an offer, also one that is not set up well."""
    try:
        (backend,) = comparing.resolve_backends([name], settings)
    except CompariaError as error:
        return Offer(name, name, settings.backends[name].zone or "world", writes=True, problem=error.message)
    return Offer(name, name, backend.zone, writes=backend.reads_prompts, missing_key=missing_key(backend, environ))
