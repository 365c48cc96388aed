"""Who wrote a recap, and who may judge it: a model is told from others by its server and its name there.

Many servers give one name to whatever they hold (`default`), so a name alone says nothing between two servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

from comparia.config import is_loopback
from comparia.records import Backend

_PORTS = {"http": 80, "https": 443}


def place_of(backend: Backend) -> str:
    """Return where a model runs, the same for all ways to write one address; empty where that is not known.

    The folder of a model file is its place. What litellm reaches by itself, and what was recorded, has none.
    """
    if backend.kind == "gguf":
        return f"file:{PurePath(backend.model).parent}"
    address = urlsplit(backend.base_url)
    if not address.hostname:
        return ""
    host = "127.0.0.1" if is_loopback(backend.base_url) else address.hostname.lower()
    port = address.port or _PORTS.get(address.scheme, 0)
    return f"{host}:{port}{address.path.rstrip('/').removesuffix('/v1')}"


def plain_name(model: str) -> str:
    """Return a model's name without the organisation before it and the tag that means nothing."""
    return model.rsplit("/", 1)[-1].lower().removesuffix(":latest")


def apart(one: Backend, other: Backend) -> bool:
    """Return whether two models run on two servers that are both known."""
    places = {place_of(one), place_of(other)}
    return "" not in places and len(places) == 2


def namesakes(one: Backend, other: Backend) -> bool:
    """Return whether two models have one name."""
    return plain_name(one.model) == plain_name(other.model)


def one_model(one: Backend, other: Backend) -> bool:
    """Return whether two backends are one model, as far as their settings tell: one name, and not two servers."""
    return namesakes(one, other) and not apart(one, other)


def able_to_judge(models: Sequence[Backend], author: Backend) -> list[Backend]:
    """Return the models that may judge the recaps of an author, those of another name than its own first."""
    if author.author != "model":
        return list(models)
    able = [model for model in models if not one_model(model, author)]
    return sorted(able, key=lambda model: namesakes(model, author))
