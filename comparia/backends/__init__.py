"""Backends: everything that writes a summary, behind one protocol. Request → Completion.

To add one, write a module with a class that has `generate`, and add its kind to `connect`. Another package adds one by
an entry point of the group `comparia.backends` (docs/extending.md).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from comparia.backends import prices
from comparia.backends.extractive import ALGORITHMS
from comparia.backends.presets import plugin_of, presets
from comparia.config import BackendSettings, GenerationSettings, Preset, Settings, true_zone
from comparia.errors import ConfigurationError, MissingKey, UnknownName
from comparia.keys import ENVIRONMENT
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Request

Admit = Callable[[Backend, str, bytes, int], Awaitable[None]]
"""`await admit(backend, url, body, tokens)`: the outbound gate, given by whoever asks."""

OnDelta = Callable[[str], None]
"""Called with each piece of text as it arrives."""


class Generator(Protocol):
    """A connected backend."""

    async def generate(self, request: Request, on_delta: OnDelta | None = None) -> Completion:
        """Answer one request, streaming pieces to `on_delta` if it is given.

        Raises:
            BackendError: the call failed; its kind says how, and whether asking again may help.
            OutboundRefused: the gate refused.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


def request_bytes(backend: Backend, request: Request, adjustments: Sequence[str]) -> list[bytes]:
    """Return the bytes of a request in every form in which it may have been sent to its server.

    It is asked whole or piece by piece, and its longest answer under either name. Empty where another library, or a
    plug-in, makes the bytes.

    Args:
        backend: who is asked.
        request: what is asked.
        adjustments: what its server was found not to take.
    """
    if backend.kind != "openai_compatible" or plugin_of(backend) is not None:
        return []
    from comparia.backends.openai_compatible import adjustments_of, body_of

    known = [*adjustments_of(backend), *adjustments]
    forms = [[*known, *more] for more in ([], ["max_completion_tokens"], ["max_tokens"], ["no_stream_options"])]
    bodies = {body_of(backend, request, form, stream=stream)[0] for form in forms for stream in (False, True)}
    return sorted(bodies)


def resolve(specs: Sequence[str], settings: Settings) -> tuple[Backend, ...]:
    """Return the backends named on a command line, in order, each once.

    A name is `preset:model`, `model@http://host/v1`, `gguf:PATH` for a model file, a name of one's own in comparia.toml
    (`name:model` for another model of its server), or `extractive` for the three extractive algorithms.

    Raises:
        UnknownName: nobody has this name.
        ConfigurationError: the name lacks a model, or comparia.toml is incomplete.
    """
    backends: dict[str, Backend] = {}
    for spec in specs:
        for full_spec in _expand(spec):
            backend = _resolve_one(full_spec, settings)
            backends.setdefault(backend.name, backend)
    return tuple(backends.values())


def with_generation(backends: Sequence[Backend], generation: GenerationSettings) -> tuple[Backend, ...]:
    """Return backends with the generation parameters that are given; those that are not stay as their settings say.

    Algorithms and recorded answers take none, and stay as they are.

    Raises:
        ConfigurationError: parameters are given, and none of the backends takes any.
    """
    given = generation.model_dump(exclude_none=True)
    if given and not any(backend.kind in _GENERATING for backend in backends):
        raise ConfigurationError(
            _("No model is asked: {names} would change nothing.").format(names=", ".join(given)),
            _("Name a model with --backend, or leave them out."),
            on_page=_("Choose a model, or leave them out."),
        )
    found = []
    for backend in backends:
        if given and backend.kind in _GENERATING:
            backend = Backend.model_validate(backend.model_dump() | given)
            _check_extra_in_file(backend)
        found.append(backend)
    return tuple(found)


def check_keys(backends: Sequence[Backend], environ: Mapping[str, str] = ENVIRONMENT) -> None:
    """Make sure every key needed is in the environment.

    Raises:
        MissingKey: names the variable.
    """
    for backend in backends:
        if variable := missing_key(backend, environ):
            raise MissingKey(backend.name, variable)


def missing_key(backend: Backend, environ: Mapping[str, str] = ENVIRONMENT) -> str:
    """Return the name of the variable whose key a backend needs and does not have; empty when it can be asked."""
    preset = presets().get(backend.preset)
    optional = preset is not None and preset.key_optional
    return "" if optional or not backend.key_variable or environ.get(backend.key_variable) else backend.key_variable


def connect(backend: Backend, admit: Admit, environ: Mapping[str, str] = ENVIRONMENT) -> Generator:
    """Return the adapter that speaks to `backend`; nothing is sent before the first request.

    `imported` and `replay` backends are made by `comparing`, which holds their content.
    """
    key = environ.get(backend.key_variable) if backend.key_variable else None
    if (plugin := plugin_of(backend)) is not None:
        from comparia.backends.added import Added

        return Added(plugin, backend, key, admit)
    if backend.kind == "openai_compatible":
        if backend.preset and backend.preset not in presets():
            raise UnknownName(_("backend"), backend.preset, presets())
        from comparia.backends.openai_compatible import OpenAICompatible

        return OpenAICompatible(backend, key, admit)
    if backend.kind == "litellm":
        from comparia.backends.litellm import LiteLLM

        return LiteLLM(backend, key, admit)
    if backend.kind == "gguf":
        from comparia.backends.gguf import ModelInFile

        return ModelInFile(backend)
    if backend.kind == "extractive":
        from comparia.backends.extractive import Extractive

        return Extractive(backend)
    raise ConfigurationError(_("{name} cannot be asked directly.").format(name=backend.name))


def _expand(spec: str) -> list[str]:
    if spec == "extractive":
        return [f"extractive:{name}" for name in ALGORITHMS]
    return [spec]


def _resolve_one(spec: str, settings: Settings) -> Backend:
    if spec in settings.backends:
        entry = settings.backends[spec]
        if spec.partition(":")[0] in presets() and ":" in spec:
            raise ConfigurationError(
                _("{name} in comparia.toml bears the name of a model of {preset}.").format(
                    name=spec, preset=presets()[spec.partition(":")[0]].label
                ),
                _("Give this backend a name of its own, without the colon."),
                on_page=_("Ask whoever installed Comparia to give this backend a name of its own."),
            )
        if entry.preset not in presets():
            raise UnknownName(_("preset"), entry.preset, presets())
        return _build(spec, entry.preset, entry)
    if match := _AT_ADDRESS.search(spec):
        model, url = spec[: match.start()].removeprefix("openai-compatible:"), spec[match.start() + 1 :]
        address_settings = BackendSettings(preset="openai-compatible", model=model, base_url=url)
        return _build(spec, "openai-compatible", address_settings)
    name, _colon, model = spec.partition(":")
    if name in settings.backends and model:
        entry = settings.backends[name].model_copy(update={"model": model})
        return _build(spec, entry.preset, entry)
    if name not in presets():
        raise UnknownName(_("backend"), name, [*settings.backends, *presets()])
    preset = presets()[name]
    if not model:
        raise ConfigurationError(
            _("{name} needs a model.").format(name=name),
            _("For instance: {name}:{model}").format(name=name, model=preset.example),
        )
    if preset.kind == "extractive" and model not in ALGORITHMS:
        raise UnknownName(_("extractive algorithm"), model, ALGORITHMS)
    return _build(spec, name, BackendSettings(preset=name, model=model))


def _build(name: str, preset_name: str, entry: BackendSettings) -> Backend:
    preset: Preset = presets()[preset_name]
    url = entry.base_url if entry.base_url is not None else preset.base_url
    if url:
        _check_address(url)
        url = _address(url)
    if preset.kind == "openai_compatible" and presets().plugin_of(preset_name) is None:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(
                _("{name} has no address.").format(name=name),
                _("Write MODEL@http://host/v1, or set `base_url` in comparia.toml."),
                on_page=_("Write MODEL@http://host/v1: the model, then the address of its server."),
            )
        if not entry.model:
            raise ConfigurationError(
                _("{name} needs a model.").format(name=name),
                _("Set `model` in comparia.toml."),
                on_page=_("Write MODEL@http://host/v1: the model, then the address of its server."),
            )
    if preset.kind == "gguf":
        return _in_file(name, preset_name, entry)
    is_moved = urlsplit(url).hostname != urlsplit(preset.base_url).hostname
    zone = entry.zone or ("local" if is_moved else preset.zone)
    key_variable = entry.key_variable
    if key_variable is None:  # a provider's key is for its own host alone
        key_variable = "" if entry.base_url is not None and _is_elsewhere(url, preset) else preset.key_variable
    price = prices.lookup(preset, entry.model)
    batch = preset.batch if not is_moved else None
    overrides = {field: value for field in _OVERRIDES if (value := getattr(entry, field)) is not None}
    return Backend(
        **{
            "name": name,
            "kind": preset.kind,
            "model": preset.litellm_prefix + entry.model,
            "base_url": url,
            "zone": true_zone(zone, url, stated_by_user=entry.zone is not None),
            "preset": preset_name,
            "key_variable": key_variable,
            "author": preset.author,
            "context": preset.context or price.context,
            "concurrency": preset.concurrency,
            "requests_per_minute": preset.requests_per_minute,
            "input_tokens_per_minute": preset.input_tokens_per_minute,
            "input_price": price.input,
            "cached_price": price.cached,
            "output_price": price.output,
            "timeout": preset.timeout,
            "seed_field": preset.seed_field,
            "caches_prefix": preset.caches_prefix,
            "batch": batch.protocol if batch else None,
            "batch_price": batch.price if batch else 1.0,
            **overrides,
        }
    )


def _in_file(name: str, preset_name: str, entry: BackendSettings) -> Backend:
    """Return a model file as a backend. Raises ConfigurationError where it is not whole, or does not fit in memory."""
    from comparia.backends import gguf_file

    preset = presets()[preset_name]
    file = gguf_file.read(Path(entry.model).expanduser().absolute())
    context = gguf_file.context_of(file, entry.context)
    backend = Backend(
        name=name,
        kind="gguf",
        model=str(file.path),
        zone="local",
        preset=preset_name,
        context=context,
        concurrency=1,
        max_tokens=entry.max_tokens,
        temperature=entry.temperature,
        top_p=entry.top_p,
        seed=entry.seed,
        reasoning_effort=entry.reasoning_effort or "",
        extra=entry.extra or {},
        timeout=entry.timeout or preset.timeout,
        caches_prefix=True,
        memory=file.memory(context),
        parameters=file.parameters,
    )
    _check_extra_in_file(backend)
    return backend


def _check_extra_in_file(backend: Backend) -> None:
    """Refuse the extra fields that the library of model files does not take. Raises ConfigurationError."""
    if backend.kind != "gguf" or not backend.extra:
        return
    from comparia.backends.gguf import EXTRA_FIELDS

    if unknown := [name for name in backend.extra if name not in EXTRA_FIELDS]:
        raise ConfigurationError(
            _("A model file takes no {field} (`extra` of {name}).").format(field=unknown[0], name=backend.name),
            _("Choose among: {names}.").format(names=", ".join(sorted(EXTRA_FIELDS))),
        )


def _is_elsewhere(url: str, preset: Preset) -> bool:
    """Return whether an address is not the provider's own: another host, or in clear where its own is encrypted."""
    if preset.key_optional:
        return False
    address, preset_address = urlsplit(url), urlsplit(preset.base_url)
    return (address.scheme, address.hostname) != (preset_address.scheme, preset_address.hostname)


_AT_ADDRESS = re.compile(r"@https?://", re.IGNORECASE)
_ENDPOINTS = re.compile(r"/(?:chat/completions|completions|embeddings|models)$")


def _address(url: str) -> str:
    """Return the address of a server as requests are built on it.

    Its scheme and host are in lower case; it has no endpoint, and no last slash.
    """
    parts = urlsplit(url)
    path = _ENDPOINTS.sub("", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"


def _check_address(url: str) -> None:
    """Refuse an address that cannot be reached, or that holds a secret: addresses stand in reports."""
    try:
        parts = urlsplit(url)
        reachable = bool(parts.hostname) and (parts.port is None or 0 < parts.port < 65536)
    except ValueError:
        raise ConfigurationError(
            _("This is not the address of a server: {url}").format(url=url.rpartition("@")[2])
        ) from None
    if not reachable:
        raise ConfigurationError(_("This is not the address of a server: {url}").format(url=url.rpartition("@")[2]))
    if parts.fragment or "#" in url:
        raise ConfigurationError(
            _("An address must hold no fragment (#): {url}").format(url=url.partition("#")[0]),
            _("Write the address without what follows the mark #."),
        )
    if parts.username or parts.password or parts.query:
        raise ConfigurationError(
            _("An address must hold neither password nor query: it stands in reports."),
            _("Put the key in an environment variable, and name it with key_variable in comparia.toml."),
            on_page=_("Write the address without it, and give the key in the settings."),
        )


_GENERATING = ("openai_compatible", "litellm", "gguf")
"""Kinds of backends that take generation parameters."""

_OVERRIDES = (
    "caches_prefix",
    "context",
    "concurrency",
    "requests_per_minute",
    "input_tokens_per_minute",
    "input_price",
    "output_price",
    "max_tokens",
    "temperature",
    "top_p",
    "seed",
    "reasoning_effort",
    "extra",
    "timeout",
    "max_tokens_field",
    "system_role",
    "batch",
    "batch_price",
)
