"""Kinds of session: taken for a session, made of its choices, changed, downloaded, given as a file, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.config import zone_names
from comparia.errors import InputError, UnknownName
from comparia.library.kinds import MOST_BYTES, ReadKind
from comparia.library.offers import Offer, offers
from comparia.messages import gettext as _
from comparia.records import DocumentChoices, Prompt, SessionKind, Zone
from comparia.web import drafts, session_page
from comparia.web.downloads import download_name, file_of
from comparia.web.draft_session import read
from comparia.web.notices import Notice, noticed
from comparia.web.pages import file_name, page, settings_of, text_of, texts_of

BOXES = ("frame", "points", "method", "times")
"""What the document of a kind of session holds or not."""


@dataclass(frozen=True)
class KindPage:
    """Everything the page of a kind of session shows."""

    kind: SessionKind
    """The kind."""
    offered: list[Offer]
    """Those who can write, whether they can be asked now or not."""
    others: str
    """Names of its models that are not among them, one a line."""
    sets: list[tuple[str, tuple[Prompt, ...]]]
    """Prompts by set, those in its language first."""
    set_names: Mapping[str, str]
    """Names of the sets, for people."""
    zones: Mapping[Zone, str]
    """Names of the zones, for people."""


def show(request: Request) -> Response:
    """Show a kind of session, to be changed."""
    kind, settings = _kind_of(request), settings_of(request)
    offered = [offer for offer in offers(settings) if library.is_model(offer.name, settings)]
    names = {offer.name for offer in offered}
    view = KindPage(
        kind=kind,
        offered=offered,
        others="\n".join(name for name in kind.models if name not in names),
        sets=session_page.prompt_sets(kind.language),
        set_names=session_page.set_names(),
        zones=zone_names(),
    )
    return page(request, "kind.html", view)


def keep(request: Request, form: FormData) -> Response:
    """Keep a kind of session as it was changed, or as another one."""
    kind, settings = _kind_of(request), settings_of(request)
    changed, left_out = _changed(kind, form, request)
    if text_of(form, "action") == "another":
        fresh = library.unused_kind_id(changed.name, changed.language, settings=settings)
        changed = changed.model_copy(update={"id": fresh})
    library.keep_kind(changed, settings=settings)
    said = _("“{name}” is kept.").format(name=changed.name)
    return noticed(request, _address(changed), _notice(said, left_out))


def remove(request: Request, _form: FormData) -> Response:
    """Remove a kind of one's own, or give one that comes with the product back as it came."""
    kind = _kind_of(request)
    library.remove_kind(kind.id, kind.language, settings=settings_of(request))
    ids = {found.id for found in library.session_kinds(kind.language, settings=settings_of(request))}
    said = _("“{name}” is again as it came.") if kind.id in ids else _("“{name}” is removed.")
    return noticed(request, "/preferences#kinds", Notice(said.format(name=kind.name), good=True))


def download(request: Request) -> Response:
    """Give a kind of session as one file, to keep or to send."""
    kind = _kind_of(request)
    name = download_name(_("kind of session"), "toml", kind.name)
    return file_of(library.kind_as_toml(kind), "application/toml", name)


def receive(request: Request, form: FormData) -> Response:
    """Keep a kind of session that comes as a file; what is not known here is left out and said."""
    item, settings = form.get("file"), settings_of(request)
    if not isinstance(item, UploadFile) or not item.filename:
        raise InputError(_("no file was given."), cure=_("Choose the file of a kind of session (.toml)."))
    content, name = item.file.read(MOST_BYTES + 1), file_name(item.filename)
    try:
        text = content.decode("utf-8-sig") if len(content) <= MOST_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise InputError(_("this is not the file of a kind of session."), name)
    kind, left_out = library.take_kind(text, settings=settings, file=name)
    return noticed(request, _address(kind), _notice(_("“{name}” is kept.").format(name=kind.name), left_out))


def keep_session(request: Request, form: FormData) -> Response:
    """Keep what a person says of a session; its choices as a kind of session too, where they typed the name of one."""
    return make_of_choices(request, form) if text_of(form, "kind_name", 80) else drafts.correct(request, form)


def choose(request: Request, form: FormData) -> Response:
    """Tick what a kind of session chooses, on the page of a session; everything else of the form is kept too."""
    settings = settings_of(request)
    draft = drafts.corrected(request, drafts.draft_named(request), form)
    kind = library.session_kind(text_of(form, "kind", 80), read(draft).language, settings=settings)
    before = draft.choices or session_page.view_of(request, draft).choices
    chosen = library.with_kind(before, kind, settings=settings)
    drafts.keep_choices(request, draft.model_copy(update={"kind": kind.id}), chosen)
    said = _("What “{name}” chooses is ticked. Change it as you like.").format(name=kind.name)
    return noticed(request, f"/sessions/{draft.id}#kind", Notice(said, good=True))


def make_of_choices(request: Request, form: FormData) -> Response:
    """Keep what is chosen on the page of a session as a kind of session."""
    settings = settings_of(request)
    draft = drafts.corrected(request, drafts.draft_named(request), form)
    name = " ".join(text_of(form, "kind_name", 80).split())
    if not name:
        raise InputError(_("a kind of session has a name."), cure=_("Write one, such as “Council of our town”."))
    language = read(draft).language
    known = {kind.id: kind for kind in library.session_kinds(language, settings=settings)}
    document = known[draft.kind].document if draft.kind in known else DocumentChoices()
    choices = draft.choices or session_page.view_of(request, draft).choices
    kind, left_out = library.kind_of_choices(name, language, choices, document, settings=settings)
    library.keep_kind(kind, settings=settings)
    drafts.keep_choices(request, draft.model_copy(update={"kind": kind.id}), choices)
    said = _("“{name}” is kept. You can change its document and its headings in the settings.").format(name=kind.name)
    return noticed(request, f"/sessions/{draft.id}#kind", _notice(said, left_out))


def _changed(kind: SessionKind, form: FormData, request: Request) -> ReadKind:
    """Return a kind of session as a form changes it, checked as its file is."""
    document: dict[str, Any] = {name: name in form for name in BOXES}
    document |= {
        "people": text_of(form, "people", 20),
        "format": text_of(form, "format", 10),
        "outline": text_of(form, "outline", 8000).splitlines(),
    }
    values: dict[str, Any] = {
        "name": text_of(form, "name", 80),
        "about": text_of(form, "about", 300),
        "prompts": texts_of(form, "prompts"),
        "models": [*texts_of(form, "backend"), *filter(None, map(str.strip, text_of(form, "other").splitlines()))],
        "names": text_of(form, "names", 10),
        "document": DocumentChoices.model_construct(**{**kind.document.model_dump(), **document}),
    }
    changed = kind.model_copy(update=values)
    return library.read_kind(library.kind_as_toml(changed), kind.id, settings=settings_of(request))


def _notice(said: str, left_out: tuple[str, ...]) -> Notice:
    """Return what is said of a kind that was kept, with what of it is not known here."""
    if not left_out:
        return Notice(said, good=True)
    return Notice(said, _("Not known here, and left out: {names}").format(names=", ".join(left_out)))


def _kind_of(request: Request) -> SessionKind:
    """Return the kind of session that the address names. Raises UnknownName."""
    language: Literal["fr", "en"]
    match request.path_params["language"]:
        case "fr":
            language = "fr"
        case "en":
            language = "en"
        case other:
            raise UnknownName(_("language"), other, ("fr", "en"))
    return library.session_kind(request.path_params["kind"], language, settings=settings_of(request))


def _address(kind: SessionKind) -> str:
    return f"/kinds/{kind.language}/{kind.id}"
