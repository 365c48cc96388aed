"""The corrections of a session: its words, who speaks, what is left out, its documents; read while it is corrected."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from comparia import correcting, library
from comparia.errors import InputError
from comparia.ingest.context import read_document_bytes
from comparia.ingest.people import read_people_bytes
from comparia.library.recordings import with_recording
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import (
    Assign,
    ContextDocument,
    Correction,
    Corrections,
    Draft,
    Join,
    LeaveOut,
    Rename,
    Replace,
    Speaker,
    Term,
    Transcript,
)
from comparia.reports.hearing import Hearing, Passage
from comparia.text.words import fold
from comparia.web import draft_session, drafts
from comparia.web.downloads import file_of, session_file
from comparia.web.notices import Notice, noticed
from comparia.web.pages import file_name, page, run_of, settings_of, text_of, texts_of, to
from comparia.web.recordings import Player, player_of

if TYPE_CHECKING:
    from comparia.correcting import Corrected, Effect, Proposal

TURNS_A_PAGE = 60
"""Turns that one page shows."""

WORDS_AROUND = 50
"""Characters shown on each side of words to be replaced."""

MOST_PLACES = 200
"""Places that are shown before words are replaced."""

MOST_CORRECTIONS = 2_000
"""Corrections of one session."""


@dataclass(frozen=True)
class TurnView:
    """A turn of the session as it was given, and what it became."""

    number: int
    """Its number before the corrections."""
    pieces: Sequence[tuple[str, str]]
    """Who says what, after them; empty where it is left out."""
    is_changed: bool
    """Whether a correction changed it."""
    original: str
    """Its words before, where they changed."""


@dataclass(frozen=True)
class CorrectionView:
    """A correction that is kept, in words."""

    key: str
    """Names it in a form: `glossary.0`."""
    text: str
    """What it does."""
    places: int
    """Places that it changes."""


@dataclass(frozen=True)
class CorrectingPage:
    """Everything the page of corrections shows."""

    draft: Draft
    """The session."""
    session: Transcript
    """As it stands corrected."""
    done: Sequence[CorrectionView]
    """The corrections."""
    people: Sequence[Speaker]
    """Who speaks, the most words first."""
    leading: Collection[str]
    """Ids of those who moderate, as it was said or as it is likely."""
    turns: Sequence[TurnView]
    """The turns of this page."""
    count: int
    """Turns that are chosen by name and words."""
    pages: int
    """Number of pages."""
    current: int
    """This page, from 1."""
    who: str
    """Name of the person whose turns are shown; empty for all."""
    search: str
    """Words that the turns shown hold; empty for any."""
    words: str
    """Words to be replaced."""
    by: str
    """What is to be written instead."""
    places: Sequence[tuple[Effect, str, str]]
    """Where they would be, with the words before and after."""
    proposed: Sequence[tuple[Proposal, str]]
    """Words that may be misheard, and each as a value of the form."""
    is_proposing: bool
    """Whether they were looked for."""
    address: str
    """This page, with what is chosen."""
    glossary: str
    """The glossary, a line a term."""
    heard: Callable[..., Passage | None]
    """What of the recording can be played."""
    player: Player
    """What plays it."""


def show(request: Request) -> Response:
    """Show the session as it stands corrected, what was corrected, and what would be."""
    draft = drafts.draft_named(request)
    asked = request.query_params
    words, by = asked.get("words", "").strip()[:500], asked.get("by", "").strip()[:500]
    who, search = asked.get("who", "")[:200], asked.get("q", "").strip()[:200]
    corrections = draft.corrections or Corrections()
    given, corrected = draft_session.given(draft), draft_session.corrected(draft)
    session = with_recording(given, draft.recording)  # turns are numbered, and heard, as they were given
    player = player_of(session, f"/sessions/{draft.id}/recording", settings_of(request))
    turns = _turns(given, corrected, who, search)
    pages = max(1, -(-len(turns) // TURNS_A_PAGE))
    current = min(pages, max(1, int(asked["page"]))) if asked.get("page", "").isdecimal() else 1
    places: list[tuple[Effect, str, str]] = []
    if words:
        trial = library.correct_transcript(corrected.transcript, _with(Corrections(), Replace(words=words, by=by)))
        texts = {turn.number: turn.text for turn in corrected.transcript.turns}
        places = [_around(effect, texts[effect.turn]) for effect in trial.effects["corrections.0"]]
    proposing = bool(asked.get("propose"))
    terms = [term.write for term in corrections.glossary]
    proposed = library.propose_corrections(corrected.transcript, terms) if proposing else []
    chosen = {key: value for key, value in (("who", who), ("q", search), ("page", asked.get("page", ""))) if value}
    view = CorrectingPage(
        draft=draft,
        session=corrected.transcript,
        done=_done(corrections, corrected),
        people=sorted(corrected.transcript.speakers, key=lambda speaker: -speaker.words),
        leading=draft_session.leading(draft, corrected.transcript),
        turns=turns[(current - 1) * TURNS_A_PAGE : current * TURNS_A_PAGE],
        count=len(turns),
        pages=pages,
        current=current,
        who=who,
        search=search,
        words=words,
        by=by,
        places=places[:MOST_PLACES],
        proposed=[(one, json.dumps([one.heard, one.write], ensure_ascii=False)) for one in proposed],
        is_proposing=proposing,
        address=f"/sessions/{draft.id}/corrections" + (f"?{urlencode(chosen)}" if chosen else ""),
        glossary="\n".join(
            f"{term.write} = {', '.join(term.heard)}" if term.heard else term.write for term in corrections.glossary
        ),
        heard=Hearing(session, player.address).of,
        player=player,
    )
    return page(request, "correcting.html", view)


def change(request: Request, form: FormData) -> Response:
    """Add a correction, or take one back, and show the session as it then stands."""
    draft = drafts.draft_named(request)
    action, _colon, what = text_of(form, "action").partition(":")
    back = text_of(form, "back") if text_of(form, "back").startswith(f"/sessions/{draft.id}/") else ""
    here = back or f"/sessions/{draft.id}/corrections"
    before = draft.corrections or Corrections()
    if action == "document":
        documents = tuple(_documents(form))
        return _keep(request, draft.model_copy(update={"context": (*draft.context, *documents)}), f"{here}#documents")
    if action == "attributes":
        return _keep(request, draft.model_copy(update={"people": _attributes(form)}), f"{here}#people")
    if action == "no_attributes":
        return _keep(request, draft.model_copy(update={"people": {}}), f"{here}#people")
    if action == "forget" and what.isdecimal():
        left = tuple(document for n, document in enumerate(draft.context) if n != int(what))
        return _keep(request, draft.model_copy(update={"context": left}), f"{here}#documents")
    session = draft_session.corrected(draft).transcript
    is_led = bool(draft_session.leading(draft, session)) or session.nobody_moderates
    after = _changed(session, before, form, action, what, is_led=is_led)
    if after == before:
        raise InputError(_("Nothing was chosen."), cure=_("Tick turns, or write words, first."))
    anchor = {"assign": "turns", "leave_out": "turns", "people": "people", "remove": "done"}.get(action, "words")
    return _keep(request, draft.model_copy(update={"corrections": after}), f"{here}#{anchor}", after)


def of_run(request: Request) -> Response:
    """Give the session of a run once more, to be corrected."""
    draft = drafts.draft_of_run(run_of(request))
    drafts.keep_draft(request, draft)
    return to(f"/sessions/{draft.id}/corrections")


def rescore(request: Request) -> Response:
    """Score the recaps of the run whose session it is against the corrected session, as a comparison of its own."""
    draft = drafts.draft_named(request)
    if not draft.run or draft.corrections is None:
        raise InputError(_("Nothing was corrected yet."))
    done = library.correct_run(draft.run, draft.corrections, settings=settings_of(request))
    said = _("The recaps are scored against the corrected session; the comparison before it stays as it was.")
    kept = ngettext("{n} settled verdict is kept.", "{n} settled verdicts are kept.", done.carried)
    parts = [said, kept.format(n=number(done.carried))]
    if done.reopened:
        points = ", ".join(dict.fromkeys(point for point, _variant in done.reopened))
        parts.append(_("To settle again: {points}.").format(points=points))
    if done.lost:
        parts.append(_("These points lost words that said them: {points}.").format(points=", ".join(done.lost)))
    return noticed(request, f"/runs/{done.run.id}", Notice(" ".join(parts), good=True))


def export(request: Request) -> Response:
    """Give the corrections as a file, to be kept beside the session."""
    draft = drafts.draft_named(request)
    content = correcting.to_yaml(draft.corrections or Corrections())
    name = session_file(_("corrections"), "corrections.yaml", draft_session.given(draft))
    return file_of(content, "application/yaml", name)


def _keep(request: Request, draft: Draft, back: str, corrections: Corrections | None = None) -> Response:
    if corrections is not None and len(corrections.corrections) > MOST_CORRECTIONS:
        raise InputError(_("{n} corrections are too many for one session.").format(n=MOST_CORRECTIONS))
    drafts.keep_draft(request, draft)  # what cannot be applied is said before it is kept
    return noticed(request, back, Notice(_("This is kept."), good=True))


def _documents(form: FormData) -> list[ContextDocument]:
    documents = [
        read_document_bytes(item.file.read(), file_name(item.filename))
        for item in form.getlist("documents")
        if isinstance(item, UploadFile) and item.filename
    ]
    if not documents:
        raise InputError(_("no file was given."), cure=_("Choose an agenda, slides, or a list of those present."))
    return documents


def _attributes(form: FormData) -> dict[str, dict[str, str]]:
    item = form.get("table")
    if not isinstance(item, UploadFile) or not item.filename:
        raise InputError(_("no file was given."), cure=_("Choose a table with a column of names."))
    people = read_people_bytes(item.file.read(), file_name(item.filename))
    return {people.names[key]: dict(told) for key, told in people.attributes.items()}


def _with(corrections: Corrections, *added: Correction) -> Corrections:
    return corrections.model_copy(update={"corrections": (*corrections.corrections, *added)})


def _changed(
    session: Transcript, before: Corrections, form: FormData, action: str, what: str, *, is_led: bool
) -> Corrections:
    """Return corrections as a form changes them.

    Args:
        session: as it stands corrected.
        before: the corrections.
        form: what was said.
        action: what its button does.
        what: to what.
        is_led: whether somebody moderates, or would be looked for.
    """
    ticked = tuple(sorted({int(n) for n in texts_of(form, "turn") if n.isdecimal()}))
    match action:
        case "replace":
            words = text_of(form, "words", 500)
            return _with(before, Replace(words=words, by=text_of(form, "by", 500), turns=ticked)) if words else before
        case "glossary":
            return before.model_copy(update={"glossary": _glossary(text_of(form, "glossary", 20_000))})
        case "heard":
            return before.model_copy(update={"glossary": _heard(before.glossary, texts_of(form, "heard"))})
        case "people":
            return _people(session, before, form, is_led=is_led)
        case "assign" if ticked:
            words = text_of(form, "part", 500)
            return _with(before, Assign(turns=ticked, name=text_of(form, "name", 200), words=words))
        case "leave_out" if ticked:
            words, reason = text_of(form, "part", 500), text_of(form, "reason", 500)
            return _with(before, LeaveOut(turns=ticked, words=words, reason=reason))
        case "remove":
            return _without(before, what)
        case "file":
            item = form.get("file")
            if isinstance(item, UploadFile) and item.filename:
                text = item.file.read(1_000_000).decode("utf-8-sig", "replace")
                return correcting.parse(text, file_name(item.filename))
    return before


def _people(session: Transcript, before: Corrections, form: FormData, *, is_led: bool) -> Corrections:
    """Return corrections with the names that were changed; two people given one name are joined.

    That nobody moderates is noted where somebody would be looked for.
    """
    names = {speaker.id: speaker.name for speaker in session.speakers}
    wanted = {}
    for speaker, name in zip(texts_of(form, "speaker"), form.getlist("name"), strict=False):
        new = " ".join(str(name).split())[:200]
        if speaker in names and new:
            wanted[speaker] = new
    added: list[Correction] = []
    for speaker, new in wanted.items():
        if new == names[speaker]:
            continue
        if new in (other for key, other in names.items() if key != speaker):
            added.append(Join(speakers=(names[speaker], new), name=new))
        else:
            added.append(Rename(speaker=names[speaker], name=new))
    leading = tuple(dict.fromkeys(wanted.get(s, names[s]) for s in texts_of(form, "moderator") if s in names))
    place = text_of(form, "place", 300)
    told = {"moderators": leading, "nobody_moderates": bool(form.get("with_moderators")) and is_led and not leading}
    return _with(before, *added).model_copy(update={**told, "place": place})


def _glossary(text: str) -> tuple[Term, ...]:
    terms = {}
    for line in text.splitlines():
        write, _equals, heard = line.partition("=")
        if write.strip():
            forms = tuple(filter(None, (" ".join(one.split()) for one in heard.split(","))))
            terms[write.strip()] = Term(write=" ".join(write.split()), heard=forms)
    return tuple(terms.values())


def _heard(glossary: Sequence[Term], ticked: Sequence[str]) -> tuple[Term, ...]:
    terms = {term.write: term for term in glossary}
    for value in ticked:
        try:
            heard, write = map(str, json.loads(value))
        except (ValueError, TypeError) as error:
            raise InputError(_("This form could not be read.")) from error
        term = terms.get(write, Term(write=write))
        terms[write] = term.model_copy(update={"heard": tuple(dict.fromkeys((*term.heard, heard)))})
    return tuple(terms.values())


def _without(before: Corrections, key: str) -> Corrections:
    section, _dot, rank = key.partition(".")
    if section not in ("glossary", "corrections") or not rank.isdecimal():
        return before
    items = getattr(before, section)
    return before.model_copy(update={section: tuple(item for n, item in enumerate(items) if n != int(rank))})


def _turns(given: Transcript, corrected: Corrected, who: str, search: str) -> list[TurnView]:
    after = {turn.number: turn for turn in corrected.transcript.turns}
    names = {speaker.id: speaker.name for speaker in corrected.transcript.speakers}
    wanted = fold(search)
    views = []
    for turn in given.turns:
        if turn.channel == "system":
            continue
        became = [after[n] for n in corrected.turns.get(turn.number, ())]
        pieces = [(names.get(piece.speaker or "", ""), piece.text) for piece in became]
        texts = " ".join(text for _name, text in pieces)
        if who and who not in (name for name, _text in pieces):
            continue
        if wanted and wanted not in fold(f"{texts} {turn.text}"):
            continue
        changed = turn.number in corrected.changed
        views.append(TurnView(turn.number, pieces, changed, turn.text if changed and texts != turn.text else ""))
    return views


def _done(corrections: Corrections, corrected: Corrected) -> list[CorrectionView]:
    views = []
    for n, term in enumerate(corrections.glossary):
        if term.heard:
            text = _("“{heard}” is written “{write}”").format(heard=", ".join(term.heard), write=term.write)
            views.append(CorrectionView(f"glossary.{n}", text, len(corrected.effects[f"glossary.{n}"])))
    for n, correction in enumerate(corrections.corrections):
        key = f"corrections.{n}"
        views.append(CorrectionView(key, _sentence(correction), len(corrected.effects[key])))
    return views


def _sentence(correction: Correction) -> str:
    """Return what a correction does, in words."""
    match correction:
        case Replace(words=words, by=by, turns=turns):
            text = _("“{words}” is replaced by “{by}”").format(words=words, by=by)
            return f"{text} ({_numbers(turns)})" if turns else text
        case Rename(speaker=speaker, name=name):
            return _("{label} is {name}").format(label=speaker, name=name)
        case Join(speakers=speakers, name=name):
            return _("{labels} are one person: {name}").format(labels=", ".join(speakers), name=name)
        case Assign(turns=turns, name=name, words=words):
            who = name or _("nobody")
            if words:
                return _("{turns}, from “{words}” on, is said by {name}").format(
                    turns=_numbers(turns), words=words, name=who
                )
            return _("{turns}: said by {name}").format(turns=_numbers(turns), name=who)
        case LeaveOut(turns=turns, words=words, reason=reason):
            text = _("{turns}: left out").format(turns=_numbers(turns))
            text += f" « {words} »" if words else ""
            return f"{text} ({reason})" if reason else text


def _around(effect: Effect, text: str) -> tuple[Effect, str, str]:
    """Return a place with the words before and after it."""
    end = effect.start + len(effect.before)
    before, after = text[max(0, effect.start - WORDS_AROUND) : effect.start], text[end : end + WORDS_AROUND]
    cut_before, cut_after = effect.start > WORDS_AROUND, end + WORDS_AROUND < len(text)
    return effect, ("…" if cut_before else "") + before, after + ("…" if cut_after else "")


def _numbers(turns: Sequence[int]) -> str:
    from comparia.correcting.files import numbers_text

    return ", ".join(f"T{text}" for text in numbers_text(turns))
