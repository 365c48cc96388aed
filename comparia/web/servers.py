"""Servers of one's own, added in the settings once they were tried: they list their models, and one is chosen."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import config, keys, library
from comparia.backends import resolve
from comparia.config import catalogue
from comparia.errors import CompariaError, InputError, UnknownName
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import ZONES
from comparia.web.notices import Notice, notice_of, noticed
from comparia.web.pages import settings_of, text_of
from comparia.web.preferences import EMPTY_SERVER, take_up

PLACE = "/preferences#servers"
"""Where the form is."""
MOST_LISTED = 500
"""Models of a server that the form offers."""
_LONGEST = {"name": 80, "address": 500, "model": 200, "zone": 10}
"""Fields of the form, and their longest text."""


async def add(request: Request) -> Response:
    """Add a server under a name, once it was tried: it is asked for its list of models, nothing else.

    What was typed stays in the form until the server is kept, but for its key. Without a model, the only one that it
    lists is taken; of several, the form offers the list. A server that does not answer is kept with the model that was
    typed, and that is said: it may start later.
    """
    form = await request.form()
    typed = EMPTY_SERVER | {field: text_of(form, field, most) for field, most in _LONGEST.items()}
    typed |= {box: "on" if form.get(box) else "" for box in ("with_key", "keep_key")}
    try:
        name, fields = _server_of(typed, settings_of(request))
        typed["has_key"] = "on" if _take_key(form, fields["key_variable"]) else ""
        return await _tried(request, name, fields, typed)
    except CompariaError as error:
        return noticed(request, PLACE, notice_of(error)._replace(typed=typed))


async def _tried(request: Request, name: str, fields: dict[str, str], typed: Mapping[str, str]) -> Response:
    """Ask a server for its models, then keep it, or lead back to the form with the list of them."""
    settings = settings_of(request)
    said = Notice(_("{name} is kept.").format(name=name), good=True)
    stated = {field: value for field, value in fields.items() if value}
    entry = config.BackendSettings.model_validate({**stated, "model": fields["model"] or "?"})
    (backend,) = resolve([name], settings.model_copy(update={"backends": {**settings.backends, name: entry}}))
    try:
        listed = [str(model["id"]) for model in await library.check_backend(backend, settings)][:MOST_LISTED]
    except CompariaError as error:
        if not fields["model"]:
            raise
        said = Notice(_("{name} is kept, and does not answer now: {reason}").format(name=name, reason=error.message))
    else:
        if not fields["model"] and len(listed) != 1:
            return noticed(request, PLACE, _to_choose(name, listed, typed))
        fields["model"] = fields["model"] or listed[0]
        if listed and fields["model"] not in listed:
            said = Notice(
                _("{name} is kept. Its server answers, and does not list this model: {models}").format(
                    name=name, models=", ".join(listed[:20])
                )
            )
    await run_in_threadpool(_keep, request, {name: {k: v for k, v in fields.items() if v}})
    lacking = fields["key_variable"] and not os.environ.get(fields["key_variable"])
    return noticed(request, f"/preferences?variable={fields['key_variable']}#keys" if lacking else PLACE, said)


def _to_choose(name: str, listed: list[str], typed: Mapping[str, str]) -> Notice:
    """Return what is said of a server that lists several models, or none."""
    if not listed:
        said = _("{name} answers, and lists no model.").format(name=name)
        return Notice(said, _("Write which model is meant."), typed=typed)
    said = ngettext("{name} answers: it has {n} model.", "{name} answers: it has {n} models.", len(listed))
    message = said.format(name=name, n=number(len(listed)))
    return Notice(message, _("Choose one below: it is kept then."), good=True, typed=typed, listed=tuple(listed))


def _take_key(form: FormData, variable: str) -> bool:
    """Take the key that was typed, for this server only or in the keyring; return whether there is one now."""
    value = text_of(form, "key", 500)
    if not variable:
        return False
    if value and form.get("keep_key"):
        keys.keep(variable, value)
    if value:
        os.environ[variable] = value
    return bool(os.environ.get(variable))


def remove(request: Request, form: FormData) -> Response:
    """Take a server of one's own out of the settings. Raises UnknownName, ConfigurationError."""
    name = text_of(form, "name", 80)
    if name not in settings_of(request).backends:
        raise UnknownName(_("backend"), name, settings_of(request).backends)
    _keep(request, {name: None})
    return noticed(request, PLACE, Notice(_("{name} is taken out.").format(name=name), good=True))


def _keep(request: Request, servers: Mapping[str, Mapping[str, str] | None]) -> None:
    chosen: dict[str, config.Setting] = {"backends": servers}
    config.remember(chosen)
    take_up(request, chosen)


def _short(name: str) -> str:
    """Return a name as servers have it: `Serveur de la mairie` becomes `serveur-de-la-mairie`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:40].rstrip("-")


def _server_of(typed: Mapping[str, str], settings: config.Settings) -> tuple[str, dict[str, str]]:
    """Return the name of the server that a form adds, and its fields as they are kept. Raises InputError."""
    name, address = _short(typed["name"]), typed["address"].rstrip("/")
    variable = re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_API_KEY"
    of_providers = {preset.key_variable for preset in catalogue().values()}
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name) or name in catalogue() or variable in of_providers:
        raise InputError(
            _("{name} cannot be the name of a server.").format(name=name or "–"),
            cure=_("Choose a short name of small letters, digits and hyphens, which no provider has."),
        )
    if name in settings.backends:
        raise InputError(
            _("{name} is there already.").format(name=name), cure=_("Take it out first, or choose another.")
        )
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise InputError(
            _("this is not the address of a server."), cure=_("It looks like this: http://127.0.0.1:8000/v1")
        )
    return name, {
        "preset": "openai-compatible",
        "base_url": address,
        "model": typed["model"],
        "zone": typed["zone"] if typed["zone"] in ZONES else "",
        "key_variable": variable if typed["with_key"] else "",
    }
