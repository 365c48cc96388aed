"""Settings from `comparia.toml` and the environment, the backend catalogue, and what ships with the package."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from comparia import trust
from comparia.errors import ConfigurationError, told
from comparia.files import private_folder, write_private
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import ZONES, Backend, BackendKind, BatchProtocol, Zone, check_extra

CONFIG_NAME = "comparia.toml"

HidingMode = Literal["auto", "always", "never"]
"""When names are hidden before anything is sent: as soon as a model is not on this machine, always, or never."""


class BatchEndpoint(BaseModel):
    """What a provider says of the batches it takes (`[NAME.batch]` in the catalogue)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    protocol: BatchProtocol
    """Whose endpoints it has."""
    price: float = Field(gt=0, le=1)
    """Share of its ordinary price."""
    hours: int
    """Hours within which it answers, or gives up."""
    kept_days: int | None = None
    """Days after which it removes the files of a batch by itself; None where it keeps them until they are removed."""
    answers_hours: int | None = None
    """Hours for which answers can be read once they are there; None where it is as long as files are kept."""
    read_on: str
    """Day on which its pages said so, ISO 8601."""


class Preset(BaseModel):
    """An entry of the backend catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    label: str
    """Name of the provider, for people."""
    kind: BackendKind
    """Adapter that speaks to it."""
    base_url: str = ""
    """Where requests go."""
    zone: Zone = "world"
    """Where the text is processed."""
    key_variable: str = ""
    """Environment variable of the key."""
    key_optional: bool = False
    """Whether it also works without a key."""
    caches_prefix: bool = False
    """Whether it keeps what it read of a request for the next one that begins alike."""
    seed_field: str = "seed"
    """Name of the seed parameter."""
    max_tokens_field: str = "max_tokens"
    """Name of the answer-length parameter."""
    litellm_prefix: str = ""
    """Prefix of the model name for litellm."""
    price_prefix: str = ""
    """Prefix of the model name in the price list."""
    author: Literal["model", "extractive", "human"] = "model"
    """Kind of author."""
    context: int | None = None
    """Context window, if one fits all its models."""
    concurrency: int = 4
    """Calls in flight at once."""
    requests_per_minute: int | None = None
    """Limit on requests."""
    input_tokens_per_minute: int | None = None
    """Limit on input tokens."""
    timeout: float = 300.0
    """Seconds of silence before a call has failed."""
    batch: BatchEndpoint | None = None
    """The batches it takes; None where it takes none."""
    example: str = ""
    """A model one could ask for."""


class GenerationSettings(BaseModel):
    """How models are asked to write: what is None is left as it is elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    max_tokens: int | None = Field(None, gt=0)
    """Longest answer, in tokens."""
    temperature: float | None = Field(None, ge=0, le=2)
    """Sampling temperature."""
    top_p: float | None = Field(None, gt=0, le=1)
    """Share of probability that tokens are drawn from."""
    seed: int | None = Field(None, ge=0, lt=2**31)
    """Seed of the first repeat; each repeat adds one."""
    reasoning_effort: str | None = None
    """How long the model is asked to think; empty for its own default."""
    extra: dict[str, Any] | None = None
    """Other fields of the body."""

    @field_validator("reasoning_effort")
    @classmethod
    def _one_word(cls, effort: str | None) -> str | None:
        if effort and re.fullmatch(r"[a-z][a-z_-]{0,29}", effort) is None:
            raise PydanticCustomError("not_a_word", "must be one word in small letters, such as low")
        return effort

    @field_validator("extra")
    @classmethod
    def _checked(cls, extra: dict[str, Any] | None) -> dict[str, Any] | None:
        check_extra(extra or {})
        return extra


class BackendSettings(GenerationSettings):
    """A `[backends.NAME]` table of comparia.toml: a preset and what differs from it."""

    preset: str = "openai-compatible"
    model: str = ""
    base_url: str | None = None
    zone: Zone | None = None
    caches_prefix: bool | None = None
    key_variable: str | None = None
    context: int | None = Field(None, gt=0)
    concurrency: int | None = Field(None, gt=0, le=1000)
    requests_per_minute: int | None = Field(None, gt=0)
    input_tokens_per_minute: int | None = Field(None, gt=0)
    input_price: float | None = Field(None, ge=0)
    output_price: float | None = Field(None, ge=0)
    timeout: float | None = Field(None, gt=0)
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = None
    system_role: Literal["system", "user"] | None = None
    batch: BatchProtocol | None = None
    batch_price: float | None = Field(None, gt=0, le=1)


class Settings(BaseModel):
    """Everything a user may set once and for all."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    policy: Zone = "eu"
    """How far a session's text may travel."""
    pseudonyms: HidingMode = "auto"
    """When names and personal data are replaced before anything is sent."""
    neutral_names: bool = False
    """Whether the invented names tell no gender."""
    hide_organisations: bool = False
    """Whether associations and companies are hidden too."""
    retention_days: int | None = Field(None, gt=0)
    """Days after which sessions and recaps are removed; None keeps them."""
    retention_chosen: bool = False
    """Whether somebody said how long texts are kept; the first page asks until then."""
    guide: Literal["first", "shown", "hidden"] = "first"
    """Whether pages show the four steps of a first visit: until the first comparison, always, or never."""
    outputs: Path = Field(default_factory=lambda: default_outputs())
    """Folder of the database and of exported reports.

    It is `outputs` here where there is one, the user's data folder elsewhere.
    """
    replay_speed: float = Field(1.0, ge=0)
    """How many times faster than they came recorded answers are played; 0 for at once."""
    database_url: str = ""
    """SQLAlchemy URL; `comparia.db` in `outputs` when empty."""
    find_local_servers: bool = True
    """Whether pages look for model servers on this machine (Ollama, vLLM, LM Studio, llama.cpp)."""
    models_list_points: bool = True
    """Whether the models of a comparison list its key points where none are given."""
    models_judge: bool = True
    """Whether the models of a comparison judge recaps that they did not write, where words cannot tell."""
    model_files: tuple[str, ...] = ()
    """Model files on this computer (GGUF), offered on the pages."""
    backends: dict[str, BackendSettings] = {}
    """Backends with names of one's own."""
    source: str = ""
    """File the settings were read from."""
    unaccepted: str = ""
    """File of the working folder that the user has not accepted: it only makes the settings stricter."""

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.outputs / 'comparia.db'}"


def default_outputs() -> Path:
    """Return the folder of the database and of the reports.

    It is `outputs` here where there is one, the user's data folder elsewhere.
    """
    here = Path("outputs")
    if here.is_dir():
        return here
    from platformdirs import user_data_path

    return user_data_path("comparia")


_ENVIRONMENT = {
    "policy": "COMPARIA_POLICY",
    "pseudonyms": "COMPARIA_PSEUDONYMS",
    "retention_days": "COMPARIA_RETENTION_DAYS",
    "outputs": "COMPARIA_OUTPUTS",
    "database_url": "COMPARIA_DATABASE_URL",
    "find_local_servers": "COMPARIA_FIND_LOCAL_SERVERS",
    "models_list_points": "COMPARIA_MODELS_LIST_POINTS",
    "models_judge": "COMPARIA_MODELS_JUDGE",
}


def load_settings(environ: Mapping[str, str] = ENVIRONMENT, path: Path | None = None) -> Settings:
    """Settings from the environment, over `comparia.toml` here, over the one of the user's configuration folder.

    A file of the working folder that was not accepted (see `comparia.trust`) only makes the settings stricter.

    Args:
        environ: variables that win over files; `COMPARIA_CONFIG` names the one file to read.
        path: the one file to read.

    Raises:
        ConfigurationError: a file or a variable is wrong; the message names it.
    """
    named = path or (Path(environ["COMPARIA_CONFIG"]) if environ.get("COMPARIA_CONFIG") else None)
    own, here = named or _own_file(), Path(CONFIG_NAME)
    values: dict[str, Any] = _values(own) if named or own.is_file() else {}
    read = [str(own)] if named or own.is_file() else []
    unaccepted = ""
    if named is None and here.is_file():
        read.insert(0, str(here))
        if trust.is_accepted(here):
            given = _values(here)
            values |= given | {"backends": {**values.get("backends", {}), **given.get("backends", {})}}
        else:
            unaccepted = str(here.absolute())
            values = _stricter(_validated(values, own, {}), _validated(_values(here), here, {}))
    values |= {"source": ", ".join(read), "unaccepted": unaccepted}
    return _validated(values, Path(read[0]) if read else None, environ)


def accept_folder_settings(shown: bytes | None = None) -> Settings:
    """Take `comparia.toml` of the working folder for the user's own from now on, and return the settings.

    Args:
        shown: its content as the user saw it, which alone is accepted; None for the file as it stands.

    Raises:
        ConfigurationError: the file cannot be read, holds what is no setting, or this cannot be remembered.
    """
    trust.accept(Path(CONFIG_NAME), shown)
    return load_settings()


def _values(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(_("{file} cannot be read: {error}.").format(file=file, error=error)) from error


def _stricter(own: Settings, given: Settings) -> dict[str, Any]:
    """Return the user's settings, made stricter by those of a file they have not accepted.

    Its backends are known under names that mean nothing yet, are taken for abroad, get no key, and cannot be litellm's,
    which reads keys by itself. How long texts are kept stays the user's: a shorter time would remove what is theirs.
    """
    stated = given.model_fields_set
    modes: tuple[HidingMode, ...] = ("never", "auto", "always")
    values = own.model_dump(exclude_unset=True)
    if "policy" in stated:
        values["policy"] = min(own.policy, given.policy, key=ZONES.index)
    if "pseudonyms" in stated:
        values["pseudonyms"] = max(own.pseudonyms, given.pseudonyms, key=modes.index)
    values["neutral_names"] = own.neutral_names or given.neutral_names
    values["hide_organisations"] = own.hide_organisations or given.hide_organisations
    values["find_local_servers"] = own.find_local_servers and given.find_local_servers
    added = {
        name: backend.model_copy(update={"zone": "world", "key_variable": ""}).model_dump(exclude_none=True)
        for name, backend in given.backends.items()
        if name not in own.backends
        and name.partition(":")[0] not in catalogue()
        and (preset := catalogue().get(backend.preset)) is not None
        and preset.kind != "litellm"
    }
    values["backends"] = {**values.get("backends", {}), **added}
    return values


def _validated(values: dict[str, Any], file: Path | None, environ: Mapping[str, str]) -> Settings:
    given = dict(values)
    for field, variable in _ENVIRONMENT.items():
        if environ.get(variable):
            given[field] = environ[variable]
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        named = _ENVIRONMENT.get(place) if environ.get(_ENVIRONMENT.get(place, ""), "") else None
        raise ConfigurationError(
            _("{place}: {problem}.").format(place=named or f"{file}: {place}", problem=told(first))
        ) from error


def generation_settings(values: Mapping[str, Any]) -> GenerationSettings:
    """Return generation parameters from their values by name, None for those that are not given.

    Raises:
        ConfigurationError: one of them is wrong; the message names it.
    """
    try:
        return GenerationSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(_("{place}: {problem}.").format(place=place, problem=told(first))) from error


Setting = str | int | bool | list[str] | Mapping[str, Mapping[str, str] | None] | None
"""The value of a single setting, as it is written in a file; None for none.

Of `backends`, only those that are named change: each by its fields, None to take it out.
"""


def remember(changes: Mapping[str, Setting], environ: Mapping[str, str] = ENVIRONMENT) -> Path:
    """Write single settings into the file they are read from, or a new one of the user's. The rest stays as it is.

    Args:
        changes: values by name; None takes a setting out, which gives it its default.
        environ: where variables that win over the file are.

    Returns:
        The file.

    Raises:
        ConfigurationError: a value is not one; the file is left as it was, or cannot be written.
    """
    file = _file_to_write(environ)
    was_accepted = trust.is_accepted(file)
    try:
        content = _changed(file.read_text("utf-8") if file.is_file() else "", changes, file)
        private_folder(file.parent)
        fresh = file.with_name(f".{file.name}.new")
        write_private(fresh, content.encode())
        try:
            load_settings({}, fresh)
        except ConfigurationError:
            fresh.unlink()
            raise
        fresh.replace(file)
        if was_accepted:
            trust.accept(file)
    except OSError as error:
        raise ConfigurationError(
            _("{place} cannot be written ({error}).").format(place=file, error=error.strerror)
        ) from error
    return file


def overridden(environ: Mapping[str, str] = ENVIRONMENT) -> frozenset[str]:
    """Settings that a variable of the environment holds: what a file says of them counts for nothing."""
    return frozenset(field for field, variable in _ENVIRONMENT.items() if environ.get(variable))


def _changed(text: str, changes: Mapping[str, Setting], file: Path) -> str:
    """Return a file of settings with some of them changed; everything else, comments too, stays as it is written.

    Raises:
        ConfigurationError: the text is not TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigurationError(_("{file} is not valid TOML: {error}").format(file=file, error=error)) from error
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        elif isinstance(value, Mapping):
            tables = document.setdefault(name, tomlkit.table(is_super_table=True))
            for key, fields in value.items():
                tables.pop(key, None)
                if fields is not None:
                    tables[key] = dict(fields)
        else:
            document[name] = value
    return tomlkit.dumps(document)


def _file_to_write(environ: Mapping[str, str]) -> Path:
    """Return the file in which a setting is kept.

    It is the one that is named, the folder's own where it is accepted, else the user's.
    """
    if environ.get("COMPARIA_CONFIG"):
        return Path(environ["COMPARIA_CONFIG"])
    here = Path(CONFIG_NAME)
    return here if here.is_file() and trust.is_accepted(here) else _own_file()


def _own_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path("comparia") / CONFIG_NAME


@cache
def catalogue() -> dict[str, Preset]:
    """The presets of backends, by name."""
    data = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))
    return {name: Preset.model_validate(entry) for name, entry in data.items()}


def shipped(folder: Literal["prompts", "transcripts"]) -> Path:
    """Where the sample prompts or transcripts lie: inside an installed package, or beside a source tree."""
    package = Path(__file__).parent
    installed = package / "shipped" / folder
    return installed if installed.is_dir() else package.parent / folder


def proxy_of(url: str) -> str:
    """Return the address of the environment's proxy for `url`; empty for none, as for this machine itself."""
    import urllib.request  # it loads a client of HTTP, which few commands need

    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(url) or urllib.request.proxy_bypass(host):
        return ""
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all") or ""


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine by construction, without asking any name server."""
    try:
        host = urlsplit(url).hostname or ""
        if host == "localhost":
            return True
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def true_zone(declared: Zone, base_url: str, *, stated_by_user: bool) -> Zone:
    """The zone of an address: `local` is believed of a loopback address only, unless the user stated it.

    A preset knows the zone of its own address; pointed at another machine by configuration, it knows nothing.
    """
    if declared != "local" or stated_by_user or not base_url:
        return declared
    return "local" if is_loopback(base_url) else "world"


def zone_names() -> dict[Zone, str]:
    """Return the names of the zones in the reader's language."""
    return {
        "local": _("this machine"),
        "fr": _("France"),
        "eu": _("European Union"),
        "world": _("anywhere"),
    }


def stays_here(zone: Zone, url: str) -> bool:
    """Return whether what is sent to `url` stays on this machine: its host is this machine, and its zone says so too.

    A server on this machine may pass requests on: a zone other than `local` says that it does.
    """
    return zone == "local" and is_loopback(url)


def leaves_machine(backend: Backend) -> bool:
    """Return whether the requests of a backend go beyond this machine."""
    return backend.kind == "litellm" or (
        backend.kind == "openai_compatible" and not stays_here(backend.zone, backend.base_url)
    )
