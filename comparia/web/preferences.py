"""Settings without a file: which models can be asked, keys, language; and what left this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import config, keys, library, messages, trust
from comparia.backends import resolve
from comparia.backends.local_servers import forget_running_models, running_models
from comparia.config import catalogue
from comparia.errors import CompariaError, ConfigurationError
from comparia.library.offers import Offer, offers
from comparia.messages import gettext as _
from comparia.records import SessionKind, Tag, Zone
from comparia.reports import wording
from comparia.reports.registers import journal_csv as register
from comparia.web.downloads import download_name, file_of
from comparia.web.guard import LANGUAGE_COOKIE
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, settings_of, text_of, to

EMPTY_SERVER = dict.fromkeys(("name", "address", "model", "zone", "with_key", "keep_key", "has_key"), "")
"""The form of a server of one's own before anything is typed; a key is never given back."""
YEAR = 365 * 24 * 3600


def show(request: Request) -> Response:
    """Show what is set."""
    settings = settings_of(request)
    offered: list[dict[str, Any]] = [
        {
            "name": name,
            "label": wording.provider_name(preset.label),
            "zone": preset.zone,
            "variable": preset.key_variable,
            "place": keys.source_of(preset.key_variable) if preset.key_variable else "",
            "example": f"{name}:{preset.example}",
        }
        for name, preset in catalogue().items()
        if preset.kind in ("openai_compatible", "litellm") and preset.example and name != "openai-compatible"
    ]
    found = _unaccepted(settings)
    notice = request.app.state.notices.of(request)
    view = PreferencesPage(
        settings=settings,
        offered=offered,
        files=[offer for offer in offers(settings) if offer.name.startswith("gguf:")],
        own=[offer for offer in offers(settings) if offer.name in settings.backends],
        running=[offer for offer in offers(settings) if offer.name.partition(":")[0] in running_models()]
        if settings.find_local_servers
        else [],
        zones=config.zone_names(),
        held=config.overridden(),
        kinds=[kind for language in _languages() for kind in library.session_kinds(language, settings=settings)],
        unreadable_kinds=library.unreadable_kinds(settings),
        tags=library.tags(settings=settings),
        variables=_key_variables(settings),
        asked=request.query_params.get("variable", ""),
        typed={**EMPTY_SERVER, **(notice.typed or {} if notice else {})},
        folder=found.decode("utf-8", "replace"),
        folder_digest=trust.digest_of(found),
    )
    return page(request, "preferences.html", view)


@dataclass(frozen=True)
class PreferencesPage:
    """Everything the page of the settings shows."""

    settings: config.Settings
    """What is set."""
    offered: list[dict[str, Any]]
    """Providers of the catalogue."""
    files: list[Offer]
    """Model files of this computer."""
    own: list[Offer]
    """Backends of one's own."""
    running: list[Offer]
    """Models of the servers found on this machine."""
    zones: Mapping[Zone, str]
    """Names of the zones, for people."""
    held: frozenset[str]
    """Settings that the environment holds."""
    kinds: list[SessionKind]
    """Kinds of session, those of the reader's language first."""
    unreadable_kinds: list[str]
    """What is wrong with the files of kinds of session that cannot be read."""
    tags: list[Tag]
    """Tags of blind votes."""
    variables: Mapping[str, str]
    """Variables of keys that can be given here, and whose they are."""
    asked: str
    """The variable that another page asked for."""
    typed: Mapping[str, str]
    """What stands in the form of a server of one's own: what was typed, where it was not kept."""
    folder: str
    """What the settings file of the folder holds that was not accepted yet; empty for none."""
    folder_digest: str
    """A digest of it, by which it is known whether it changed since it was shown."""


def _languages() -> tuple[messages.Language, ...]:
    """Return the languages of sessions, the reader's first."""
    return ("fr", "en") if messages.language() == "fr" else ("en", "fr")


def _key_variables(settings: config.Settings) -> dict[str, str]:
    """Return the variables of keys that can be given, each with the name of who needs it: providers, then one's own."""
    presets = {p.key_variable: wording.provider_name(p.label) for p in catalogue().values() if p.key_variable}
    return presets | {b.key_variable: name for name, b in settings.backends.items() if b.key_variable}


def keep(request: Request, form: FormData) -> Response:
    """Remember how far texts may travel, how names are hidden, and how long texts are kept."""
    held = config.overridden()
    days = text_of(form, "retention_days", 10)
    wanted: dict[str, config.Setting] = {
        "find_local_servers": bool(form.get("find_local_servers")),
        "policy": text_of(form, "policy"),
        "pseudonyms": text_of(form, "pseudonyms"),
        "retention_days": None if not days else int(days) if days.isdecimal() else days,
    }
    chosen = {
        name: value
        for name, value in wanted.items()
        if name not in held and (value or name in ("retention_days", "find_local_servers"))
    }
    file = config.remember(chosen)
    take_up(request, chosen)
    forget_running_models()
    return noticed(request, "/preferences", Notice(_("Kept in {file}.").format(file=file), good=True))


def model_file(request: Request, form: FormData) -> Response:
    """Offer a model file of this computer, once its header was read; or offer one no more."""
    settings = settings_of(request)
    path, gone = text_of(form, "path", 1000), text_of(form, "gone", 1000)
    files = [file for file in settings.model_files if file != gone]
    if path:
        (backend,) = resolve([f"gguf:{path}"], settings)  # what cannot be read is said before it is kept
        files = list(dict.fromkeys((*files, backend.model)))
    chosen: dict[str, config.Setting] = {"model_files": files or None}
    file = config.remember(chosen)
    take_up(request, chosen)
    return noticed(request, "/preferences#files", Notice(_("Kept in {file}.").format(file=file), good=True))


def take_up(request: Request, chosen: Mapping[str, Any]) -> None:
    """Use the settings that were just written."""
    fresh = config.load_settings()
    request.app.state.settings = settings_of(request).model_copy(
        update={name: getattr(fresh, name) for name in (*chosen, "source")}
    )


def accept(request: Request, form: FormData) -> Response:
    """Take the settings file of the folder for the user's own, where it still holds what they were shown."""
    settings = settings_of(request)
    shown = _unaccepted(settings)
    if not settings.unaccepted:  # accepted from another tab
        return to("/preferences")
    if text_of(form, "seen", 64) != trust.digest_of(shown):
        said = Notice(_("This file has changed since you saw it. Nothing was accepted: here is how it stands."))
        return noticed(request, "/preferences", said)
    fresh = config.accept_folder_settings(shown)
    request.app.state.settings = fresh.model_copy(
        update={"outputs": settings.outputs, "database_url": settings.database_url}
    )
    forget_running_models()
    return noticed(request, "/preferences", Notice(_("The settings of this folder are accepted."), good=True))


def _unaccepted(settings: config.Settings) -> bytes:
    """Return what the settings file of the folder holds, where it was not accepted; empty for none."""
    try:
        return Path(settings.unaccepted).read_bytes() if settings.unaccepted else b""
    except OSError:
        return b""


def language(_request: Request, form: FormData) -> Response:
    """Remember the language chosen."""
    chosen = "en" if text_of(form, "language") == "en" else "fr"
    back = text_of(form, "back", 300)
    answer = to(back if back.startswith("/") and not back.startswith("//") else "/")
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=YEAR, samesite="lax")
    return answer


def key(request: Request, form: FormData) -> Response:
    """Take a key: for this server only, or in the keyring. It is never shown again."""
    name, value = text_of(form, "variable", 80), text_of(form, "key", 500)
    if name not in _key_variables(settings_of(request)) or not value:
        raise ConfigurationError(_("Choose a provider and give its key."))
    if form.get("keep"):
        keys.keep(name, value)
    else:
        os.environ[name] = value
    said = _("The key of {name} is set until Comparia stops.")
    if form.get("keep"):
        said = _("The key of {name} is in the keyring of this system.")
    label = _key_variables(settings_of(request))[name]
    return noticed(request, "/preferences#providers", Notice(said.format(name=label), good=True))


async def try_backend(request: Request) -> Response:
    """Ask one server for its list of models: nothing of any session is sent."""
    form = await request.form()
    name = text_of(form, "name", 300)
    settings = settings_of(request)
    try:
        (backend,) = resolve([name], settings)
        found = await library.check_backend(backend, settings)
    except CompariaError as error:
        return noticed(request, "/preferences", Notice(f"{name}: {error.message}", error.on_page))
    except ValueError:
        return noticed(request, "/preferences", Notice(_("{name} is not a model.").format(name=name)))
    said = _("{name} answers: {n} models.").format(name=name, n=len(found))
    if not found:
        said = _("{name} answers, and lists no model: write MODEL@address to name one.").format(name=name)
    return noticed(request, "/preferences", Notice(said, good=True))


def journal(request: Request) -> Response:
    """What left this machine."""
    return page(request, "journal.html", {"sendings": list(reversed(_sendings(request)))[:500]})


def journal_csv(request: Request) -> Response:
    """The same as a register."""
    name = download_name(_("journal of what was sent"), "csv")
    return file_of(register(_sendings(request)), "text/csv; charset=utf-8", name)


def _sendings(request: Request) -> list[Any]:
    settings = settings_of(request)
    if not library.has_store(settings):
        return []
    with library.open_store(settings) as store:
        return list(store.journal.sendings())
