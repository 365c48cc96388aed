"""Settings without a file: which models can be asked, keys, language; and what left this machine."""

from __future__ import annotations

import os
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import comparing, config, keys, library, privacy
from comparia.backends import resolve
from comparia.config import catalogue
from comparia.errors import CompariaError, ConfigurationError
from comparia.messages import gettext as _
from comparia.reports.registers import journal_csv as register
from comparia.web.guard import LANGUAGE_COOKIE
from comparia.web.pages import page, settings_of, text_of, to

YEAR = 365 * 24 * 3600


def show(request: Request, said: str = "", good: bool = True) -> Response:
    """What is set."""
    settings = settings_of(request)
    known = {preset.key_variable for preset in catalogue().values() if preset.key_variable}
    if (name := request.query_params.get("kept", "")) in known:
        said = _("{name} is in the keyring.").format(name=name)
    if (name := request.query_params.get("set", "")) in known:
        said = _("{name} is set until this server stops.").format(name=name)
    offered: list[dict[str, Any]] = [
        {
            "name": name,
            "label": preset.label,
            "zone": preset.zone,
            "variable": preset.key_variable,
            "place": keys.source_of(preset.key_variable) if preset.key_variable else "",
            "example": f"{name}:{preset.example}",
        }
        for name, preset in catalogue().items()
        if preset.kind in ("openai_compatible", "litellm") and preset.example and name != "openai-compatible"
    ]
    own = [
        {"name": b.name, "zone": b.zone, "url": b.base_url}
        for b in comparing.resolve_backends(list(settings.backends), settings)
    ]
    context = {
        "settings": settings,
        "offered": offered,
        "own": own,
        "zones": privacy.zone_names(),
        "held": config.overridden(),
        "tags": library.tags(settings=settings),
        "said": said,
        "good": good,
    }
    return page(request, "preferences.html", context)


def keep(request: Request, form: FormData) -> Response:
    """Remember how far texts may travel, how names are hidden, and how long texts are kept."""
    held = config.overridden()
    days = text_of(form, "retention_days", 10)
    wanted: dict[str, str | int | None] = {
        "policy": text_of(form, "policy"),
        "pseudonyms": text_of(form, "pseudonyms"),
        "retention_days": None if not days else int(days) if days.isdecimal() else days,
    }
    chosen = {name: value for name, value in wanted.items() if name not in held and (value or name == "retention_days")}
    file = config.remember(chosen)
    fresh = config.load_settings()
    request.app.state.settings = settings_of(request).model_copy(
        update={name: getattr(fresh, name) for name in (*chosen, "source")}
    )
    return show(request, _("Kept in {file}.").format(file=file))


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
    known = {preset.key_variable for preset in catalogue().values() if preset.key_variable}
    known |= {b.key_variable for b in settings_of(request).backends.values() if b.key_variable}
    if name not in known or not value:
        raise ConfigurationError(_("Choose a provider and give its key."))
    if form.get("keep"):
        keys.keep(name, value)
    else:
        os.environ[name] = value
    return to(f"/preferences?{'kept' if form.get('keep') else 'set'}={name}")


async def try_backend(request: Request) -> Response:
    """Ask one server for its list of models: nothing of any session is sent."""
    form = await request.form()
    name = text_of(form, "name", 300)
    settings = settings_of(request)
    try:
        (backend,) = resolve([name], settings, privacy.true_zone)
        found = await library.check_backend(backend, settings)
    except CompariaError as error:
        return show(request, f"{name}: {error}", good=False)
    except ValueError:
        return show(request, _("{name} is not a model.").format(name=name), good=False)
    return show(request, _("{name} answers: {n} models.").format(name=name, n=len(found)))


def journal(request: Request) -> Response:
    """What left this machine."""
    return page(request, "journal.html", {"sendings": list(reversed(_sendings(request)))[:500]})


def journal_csv(request: Request) -> Response:
    """The same as a register."""
    name = 'attachment; filename="comparia-journal.csv"'
    return Response(
        register(_sendings(request)), media_type="text/csv; charset=utf-8", headers={"content-disposition": name}
    )


def _sendings(request: Request) -> list[Any]:
    settings = settings_of(request)
    if not library.has_store(settings):
        return []
    store = library.open_store(settings)
    try:
        return list(store.sendings())
    finally:
        store.close()
