"""The page of the document that is sent out: what it holds, how it names people, its title, what to look at before."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from comparia import library, reports
from comparia.config import Settings
from comparia.errors import InputError, UnknownName
from comparia.library.documents import PersonalWords
from comparia.messages import day_as_given, ngettext, number
from comparia.messages import gettext as _
from comparia.records import EVERY_RECAP, AnsweredFlag, DocumentChoices, FlagAnswer, Run
from comparia.reports import wording
from comparia.reports.flags import flags_of, open_count
from comparia.reports.minutes import recaps_of
from comparia.reports.view import View
from comparia.web.downloads import file_of, session_file, what_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import day_of, page, run_of, settings_of, text_of, to

MOST_LISTED = 5
"""Pieces of personal data that the question names; the page lists them all."""

_MASKS: dict[str, FlagAnswer] = {"mask": "masked", "stay": "right"}


class RecapChoice(NamedTuple):
    """A recap that the document may hold."""

    id: str
    """Its id."""
    name: str
    """Its name, for people."""
    about: str
    """Who wrote it, and its length."""
    personal: list[PersonalWords]
    """The personal data in it of which nobody said that it may stay."""
    passages: int
    """Number of other passages to look at that nobody answered."""


@dataclass(frozen=True)
class DocumentPage:
    """Everything the page shows."""

    run: Run
    """The run."""
    choices: DocumentChoices
    """What is chosen."""
    recaps: list[RecapChoice]
    """The recaps it may hold."""
    chosen: str
    """Id of the recap that it holds; `every` for all of them."""
    to_check: list[RecapChoice]
    """The recaps that it holds, of which something is to be looked at."""
    in_points: list[PersonalWords]
    """The personal data in its annex of points of view of which nobody said what becomes of it."""
    has_times: bool
    """Whether the session has times."""
    has_points: bool
    """Whether the run has key points."""
    title: str
    """Title of the document."""
    date: str
    """Its date."""
    place: str
    """Its place."""
    unanswered: int
    """Pieces of personal data that it would hold as they are, of which nobody said what becomes of them."""
    file_name: str
    """Name of its file."""
    kinds: dict[str, str]
    """Names of the kinds of personal data."""


def show(request: Request) -> Response:
    """Show what the document of a run holds, and what is to be looked at before it is sent out."""
    run, settings = run_of(request), settings_of(request)
    choices = library.document_choices(run.id, settings=settings)
    answered = library.answered_flags(run.id, settings=settings)
    view = View(run)
    recaps = [
        RecapChoice(
            variant.id,
            view.label(variant.id),
            f"{wording.written_by(run, variant)} · {wording.words_phrase(variant.words)}",
            library.personal_words(variant, answered),
            open_count([group for group in flags_of(view, variant, (), answered) if group.kind != "personal"]),
        )
        for variant in view.recaps
    ]
    held = [variant.id for variant in recaps_of(run, choices)]
    session = run.transcript
    shown = DocumentPage(
        run=run,
        choices=choices,
        recaps=recaps,
        chosen=EVERY_RECAP if len(held) != 1 else held[0],
        to_check=[recap for recap in recaps if recap.id in held and (recap.personal or recap.passages)],
        in_points=library.personal_words_in_points(run, answered) if choices.points else [],
        has_times=any(turn.start is not None for turn in session.turns),
        has_points=bool(run.reference and run.reference.key_points),
        title=choices.title or session.title,
        date=day_as_given(session.date if choices.date is None else choices.date),
        place=session.place if choices.place is None else choices.place,
        unanswered=len(library.unanswered_personal_words(run, choices, answered)),
        file_name=_name(run, choices),
        kinds=wording.alias_kind_names(),
    )
    return page(request, "document.html", shown)


def choose(request: Request, form: FormData) -> Response:
    """Keep what is chosen, then do what the button says: write the document, mask personal data, or keep only.

    A template is not kept: the document that takes its look is the answer.
    """
    run, settings = run_of(request), settings_of(request)
    choices = library.changed_choices(library.document_choices(run.id, settings=settings), run, _given(form))
    action, _colon, what = text_of(form, "action").partition(":")
    library.keep_document_choices(run.id, choices, settings=settings)
    if action in _MASKS:
        variant, _colon, flag = what.partition(":")
        library.answer_flag(run.id, variant, flag, _MASKS[action], settings=settings)
        return to(f"/runs/{run.id}/document#check")
    if action == "keep":
        said = Notice(_("These choices are kept: the next document of this comparison starts from them."), good=True)
        return noticed(request, f"/runs/{run.id}/document", said)
    unanswered = library.unanswered_personal_words(run, choices, library.answered_flags(run.id, settings=settings))
    answer = _MASKS.get(text_of(form, "personal", 10))
    if unanswered and answer is None:
        return _asked(request, run, unanswered)
    if unanswered and answer is not None:
        for place, words in unanswered:
            library.answer_flag(run.id, place, words.flag, answer, settings=settings)
        run = run_of(request)  # without what is masked now
    template = form.get("template")
    if not isinstance(template, UploadFile) or not template.filename:
        return to(f"/runs/{run.id}/document.{choices.format}")
    if choices.format != "docx":
        raise InputError(_("A template is for Word."), cure=_("Choose Word, or leave the template out."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.docx"
        path.write_bytes(template.file.read())
        content = library.document(run, choices, template=path, answered=_answers(run, settings))
    return file_of(content, reports.FORMATS["docx"].media_type, _name(run, choices))


def download(request: Request) -> Response:
    """Return the document, as it was last chosen."""
    name = request.path_params["format"]
    if name not in reports.FORMATS or not reports.FORMATS[name].is_document:
        raise UnknownName(_("report format"), name, [n for n, form in reports.FORMATS.items() if form.is_document])
    run, settings = run_of(request), settings_of(request)
    kept = library.document_choices(run.id, settings=settings)
    choices = library.changed_choices(kept, run, {"format": name})
    unanswered = library.unanswered_personal_words(run, choices, library.answered_flags(run.id, settings=settings))
    if unanswered:
        return _asked(request, run, unanswered)
    content = library.document(run, choices, answered=_answers(run, settings))
    return file_of(content, reports.FORMATS[name].media_type, _name(run, choices))


def _asked(request: Request, run: Run, unanswered: Sequence[tuple[str, PersonalWords]]) -> Response:
    """Lead to the page of the document, which asks what becomes of personal data, and lists it with where it is."""
    message = ngettext(
        "This document would hold {n} piece of personal data: {listed}.",
        "This document would hold {n} pieces of personal data: {listed}.",
        len(unanswered),
    )
    listed = ", ".join(dict.fromkeys(words.words for _place, words in unanswered[:MOST_LISTED]))
    listed += "…" if len(unanswered) > MOST_LISTED else ""
    notice = Notice(
        message.format(n=number(len(unanswered)), listed=listed),
        _("Choose below whether they are masked or stay, then download."),
        link=f"/runs/{run.id}/document#check",
    )
    return noticed(request, f"/runs/{run.id}/document", notice)


def _name(run: Run, choices: DocumentChoices) -> str:
    return session_file(what_of(choices.format), choices.format, library.document_session(run, choices))


def _answers(run: Run, settings: Settings) -> Collection[AnsweredFlag]:
    """Return what was answered to the flags of a run."""
    return library.answered_flags(run.id, settings=settings).values()


def _given(form: FormData) -> dict[str, Any]:
    """Return the choices that a form holds."""
    boxes: dict[str, Any] = {name: name in form for name in ("frame", "points", "method", "times")}
    texts = {name: text_of(form, name, 300) for name in ("title", "place", "recap", "people", "format")}
    texts["date"] = day_of(form, "date", 300)
    return {**boxes, **{name: text for name, text in texts.items() if name in form}}
