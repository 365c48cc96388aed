"""Find what is wrong with this set-up, with the cure. What it returns holds no secret and nothing of any session."""

from __future__ import annotations

import importlib.util
import locale
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from comparia import ingest, keys, metrics, reports
from comparia.backends import check_keys, resolve
from comparia.backends.presets import presets
from comparia.config import Settings, is_loopback
from comparia.errors import CompariaError, ConfigurationError, MissingKey
from comparia.files import open_to_others
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.plugins import Table
from comparia.store import open_store

LEAST_FREE = 500_000_000
"""Bytes of free disk under which a warning is due."""

OPTIONAL = {
    "psycopg": ("PostgreSQL", "pip install 'psycopg[binary]'"),
    "keyring": ("keyring", "pip install 'keyring>=25,<26'"),
    "onnxruntime": ("embeddings", "pip install 'onnxruntime>=1.22,<2' 'tokenizers>=0.21,<1'"),
    "scipy": ("research", "pip install 'scipy>=1.15,<2'"),
}
"""Optional packages: what they serve, and how to install them."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class Finding(NamedTuple):
    """One line of the diagnosis."""

    state: Literal["good", "note", "bad"]
    """Fine, worth knowing, or in the way."""
    subject: str
    """What was looked at."""
    said: str
    """What was found."""
    cure: str = ""
    """What to do about it."""


def diagnose(load: Settings | CompariaError, version: str, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Everything that was looked at, in order.

    Args:
        load: the settings, or why they cannot be read.
        version: of Comparia.
        environ: variables of the environment.
    """
    return [
        *_machine(version),
        *_settings(load),
        *_keys(),
        *_servers(load),
        *_packages(),
        *_plugins(),
        *_network(environ),
    ]


def home_free(text: str) -> str:
    """`text` without the name of the user's home folder."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _machine(version: str) -> Iterator[Finding]:
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    yield Finding("good", "Comparia", f"{version}, {system}")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        yield Finding(
            "note",
            _("terminal"),
            _("does not speak UTF-8 ({encoding})").format(encoding=encoding or "-"),
            _("Set PYTHONUTF8=1."),
        )
    else:
        yield Finding("good", _("terminal"), f"UTF-8, {locale.getlocale()[0] or '-'}")
    if shutil.which("fc-list") is None:
        yield Finding("note", _("fonts"), _("fontconfig is absent: fonts were not looked at"))
    else:
        yield Finding("good", _("fonts"), _("fontconfig is there"))


def _settings(load: Settings | CompariaError) -> Iterator[Finding]:
    if isinstance(load, CompariaError):
        yield Finding("bad", "comparia.toml", home_free(load.message), load.cure)
        return
    source = home_free(load.source) or _("none: defaults")
    yield Finding("good", "comparia.toml", source)
    if load.unaccepted:
        yield Finding(
            "note",
            "comparia.toml",
            _(
                "{file} is not accepted yet: until then it only makes things stricter, and its models get no key."
            ).format(file=home_free(load.unaccepted)),
            _("To accept it as it stands, once: --trust."),
        )
    hidden = _("policy {policy}, pseudonyms {pseudonyms}, retention {days}").format(
        policy=load.policy, pseudonyms=load.pseudonyms, days=load.retention_days or _("unlimited")
    )
    yield Finding("good" if load.pseudonyms != "never" else "note", _("data protection"), hidden)
    yield from _place(load)
    yield from _database(load)


def _place(settings: Settings) -> Iterator[Finding]:
    folder = settings.outputs
    existing = next((p for p in (folder, *folder.absolute().parents) if p.exists()), Path("/"))
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        cure = _("Choose a writable folder with --outputs or COMPARIA_OUTPUTS.")
        yield Finding(
            "bad", _("outputs folder"), _("{place} cannot be written").format(place=home_free(str(existing))), cure
        )
        return
    free = shutil.disk_usage(existing).free
    said = _("{place}, {free} MB free").format(place=home_free(str(folder)), free=number(free // 1_000_000))
    yield Finding(
        "good" if free > LEAST_FREE else "bad",
        _("outputs folder"),
        said,
        "" if free > LEAST_FREE else _("Free some space."),
    )


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield Finding("good", _("database"), _("none yet: made at the first run"))
        return
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    was_open = file is not None and open_to_others(file)
    try:
        store = open_store(url)
    except CompariaError as error:
        yield Finding("bad", _("database"), home_free(error.message), error.cure)
        return
    if file is not None:
        yield _readers(file, was_open=was_open)
    try:
        with store:
            kind, sound = store.checked()
            runs = number(len(store.runs.lines(None)))
        said = _("{kind}, schema {schema}, {runs} runs").format(kind=kind, schema=store.schema, runs=runs)
        cure = "" if sound else _("Restore a copy, or move the file away: a new database is then created.")
        yield Finding("good" if sound else "bad", _("database"), said, cure)
    except CompariaError as error:
        yield Finding("bad", _("database"), home_free(error.message), error.cure)


def _readers(file: Path, *, was_open: bool) -> Finding:
    """Tell whether other accounts of this machine can read the database.

    Opening it has put this right where it could.
    """
    if open_to_others(file):
        said = _("{place} can be read by the other accounts of this machine").format(place=home_free(str(file)))
        cure = _("Move it to a folder that is yours alone, with --outputs or COMPARIA_OUTPUTS.")
        return Finding("bad", _("other accounts"), said, cure)
    if was_open:
        said = _("could read the database until now; its permissions have been put right")
        return Finding("note", _("other accounts"), said)
    return Finding("good", _("other accounts"), _("cannot read the database"))


def _keys() -> Iterator[Finding]:
    wanted = [preset.key_variable for preset in presets().values() if preset.key_variable]
    places = {name: place for name in dict.fromkeys(wanted) if (place := keys.source_of(name))}
    if not places:
        cure = _("Set the variable of a provider, as MISTRAL_API_KEY, or use models on this machine: comparia models")
        yield Finding("note", _("keys"), _("none is set"), cure)
    for name, place in places.items():
        yield Finding(
            "good", name, {"environment": _("in the environment"), "keyring": _("in the keyring")}.get(place, place)
        )
    file = Path(".env")
    if file.is_file() and os.name == "posix" and file.stat().st_mode & 0o077:
        yield Finding("note", ".env", _("other users of this machine can read it"), "chmod 600 .env")


def _servers(load: Settings | CompariaError) -> Iterator[Finding]:
    """Servers on this machine answer or not; those elsewhere are not asked: that would leave this machine."""
    asked: dict[str, str] = {
        name: preset.base_url for name, preset in presets().items() if preset.base_url and is_loopback(preset.base_url)
    }
    for name in () if isinstance(load, CompariaError) else load.backends:
        try:
            backend = resolve([name], load)[0]  # type: ignore[arg-type]
        except ConfigurationError as error:
            yield Finding("bad", name, error.message, error.cure)
            continue
        try:
            check_keys([backend])
        except MissingKey as error:
            missing = _("{name} is not set").format(name=error.variable)
            yield Finding("bad", name, missing, f"comparia keys set {error.variable}")
        if is_loopback(backend.base_url):
            asked[name] = backend.base_url
        else:
            yield Finding(
                "good", name, _("zone {zone}, not asked; comparia models --check asks").format(zone=backend.zone)
            )
    for name, url in asked.items():
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=0.5):
                yield Finding("good", name, _("a server listens on port {port}").format(port=port))
        except OSError:
            mine = not isinstance(load, CompariaError) and name in load.backends
            cure = _("Start the server, or correct its address.") if mine else ""
            yield Finding("bad" if mine else "note", name, _("nothing listens on port {port}").format(port=port), cure)


def _packages() -> Iterator[Finding]:
    for module, (serves, command) in OPTIONAL.items():
        if importlib.util.find_spec(module) is None:
            yield Finding("note", serves, _("optional package absent"), command)
        else:
            yield Finding("good", serves, _("installed"))


def _plugins() -> Iterator[Finding]:
    """Give every plug-in that is installed, and what is wrong with those that cannot be used."""
    tables: tuple[Table[Any], ...] = (metrics.METRICS, presets(), ingest.FORMATS, reports.FORMATS)
    for plugin, error in (state for table in tables for state in table.state()):
        subject = f"{plugin.entry.group}: {plugin.name}"
        if error is None:
            yield Finding("good", subject, _("plug-in of {package}").format(package=plugin.package))
        else:
            yield Finding("bad", subject, home_free(error.message), error.cure)


def _network(environ: Mapping[str, str]) -> Iterator[Finding]:
    named = [name for name in PROXIES if environ.get(name)]
    if named:
        said = _("{names} set: models on this machine are reached without it").format(names=", ".join(named))
        yield Finding("note", _("proxy"), said)
