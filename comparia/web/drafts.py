"""A session that was given: what was understood of it, what will be hidden, whom to ask; then it is sent."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from comparia import comparing, library, privacy, references
from comparia.comparing import demonstrations
from comparia.errors import CompariaError, InputError, MissingKey
from comparia.ingest import without_media
from comparia.ingest.headings import proposed_heading
from comparia.ingest.source import MAX_BYTES
from comparia.library.samples import FLOOR, SAMPLES, find_sample, sample_files, sample_reference
from comparia.messages import gettext as _
from comparia.records import (
    Choices,
    Draft,
    Run,
    content_id,
)
from comparia.web.draft_session import (
    doubted_labels,
    hidden_in,
    hiding_of,
    lines_of,
    prepared,
    read,
    reference_of,
    with_moderators,
)
from comparia.web.guide import CHOOSE, step_of
from comparia.web.notices import Notice, notice_of, noticed
from comparia.web.pages import day_of, file_name, page, run_of, settings_of, text_of, texts_of, to
from comparia.web.session_page import PlanView, view_of


def give(request: Request, form: FormData) -> Response:
    """Keep the files, or the pasted words, of a session."""
    files: list[tuple[str, bytes]] = []
    reference = ""
    for item in form.getlist("files"):
        if isinstance(item, UploadFile) and item.filename:
            name = file_name(item.filename)
            if (item.size or 0) > MAX_BYTES:
                said = _("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000)
                raise InputError(said, name, cure=without_media())
            content = item.file.read()
            if not content:
                raise InputError(_("this file is empty."), name, cure=_("Choose another one, or export it again."))
            if name.lower().endswith((".yaml", ".yml")):
                reference = content.decode("utf-8-sig", "replace")
            else:
                files.append((name, content))
    pasted = form.get("pasted")
    if isinstance(pasted, str) and pasted.strip():
        files.append((_("pasted") + ".txt", pasted.encode()))
    if not files:
        raise InputError(_("no file was given."), cure=_("Choose the transcript of a session, or paste it."))
    files.sort(key=lambda item: "chat" in item[0].lower())
    heading = proposed_heading(files)
    packed = tuple(map(_packed, files))
    draft = Draft(id=fresh_id(), files=packed, title=heading.title, date=heading.date, reference=reference)
    return keep_draft(request, draft)


def sample(request: Request, form: FormData) -> Response:
    """Give a session that ships (`session`), or the usual one of a language, with its key points.

    The recaps that are replayed of it are ticked, where there are some.
    """
    name = find_sample(
        text_of(form, "session", 80) or SAMPLES["en" if text_of(form, "language") == "en" else "fr"]
    ).name
    files = [(file.name, file.read_bytes()) for file in sample_files(name)]
    recorded = demonstrations.demonstration(name) if name in demonstrations.samples() else None
    known = {prompt.id: place for place, prompt in library.shipped_prompts().items()}
    chosen = recorded and Choices(
        backends=(demonstrations.PREFIX + name, FLOOR),
        prompts=tuple(known[prompt.id] for prompt in recorded.prompts if prompt.id in known),
    )
    reference = sample_reference(name).read_text("utf-8")
    draft = Draft(
        id=fresh_id(),
        files=tuple(map(_packed, files)),
        title=find_sample(name).title,
        reference=reference,
        sample=name,
        choices=chosen,
    )
    return keep_draft(request, draft)


def demonstrate(request: Request, form: FormData) -> Response:
    """Carry out the comparison that shows what the product does, and go and watch it."""
    settings, running = settings_of(request), request.app.state.running
    run = library.demonstration(text_of(form, "language", 2), settings=settings)
    with library.open_store(settings) as store:
        store.runs.start(run)
    running.begin(run)
    return to(f"/runs/{run.id}")


def again(request: Request) -> Response:
    """Give the session of a run once more, with its key points and its choices: to be asked of others, or otherwise."""
    return keep_draft(request, draft_of_run(run_of(request)))


def draft_of_run(run: Run) -> Draft:
    """Return the session of a run as one that is given, with its key points and its choices."""
    hidden = [alias.original for alias in run.pseudonyms.aliases if alias.source == "asked"] if run.pseudonyms else []
    return Draft(
        id=fresh_id(),
        files=(),
        session=run.transcript,
        run=run.id,
        title=run.transcript.title,
        date=run.transcript.date or "",
        language=run.transcript.language,
        hidden=tuple(hidden),
        left=run.pseudonyms.left if run.pseudonyms else (),
        reference=references.to_yaml(run.reference, run.transcript) if run.reference else "",
        choices=_choices_of(run),
        sample=next((sample for b in run.backends if (sample := demonstrations.sample_of(b))), ""),
        recording=run.transcript.recording,
    )


def _choices_of(run: Run) -> Choices:
    """Return what was chosen for a run, as far as its page can show it again."""
    known = {prompt.id: name for name, prompt in library.shipped_prompts().items()}
    return Choices(
        backends=tuple(backend.name for backend in run.backends),
        prompts=tuple(known[prompt.id] for prompt in run.prompts if prompt.id in known),
        policy=run.policy,
    )


def show(request: Request) -> Response:
    """Show what was understood, and what can be chosen."""
    return page(request, "session.html", view_of(request, draft_named(request)))


def show_plan(request: Request) -> Response:
    """Show what would be asked, of whom, what leaves, what it costs; nothing is sent."""
    draft = draft_named(request)
    view = replace(view_of(request, draft), guide=step_of(request, CHOOSE))
    try:
        run = prepared(settings_of(request), draft)
    except CompariaError as error:
        return page(request, "session.html", replace(view, problem=notice_of(error)))
    problem = None
    try:
        comparing.check_keys(run)
    except MissingKey as error:
        problem = notice_of(error)
    plan = PlanView(run, library.planned_checks(run), comparing.previewed(run), _agreement(run), problem)
    return page(request, "session.html", replace(view, plan=plan))


def correct(request: Request, form: FormData) -> Response:
    """Keep what a person says of the session, and their choices.

    They say its title, whom labels stand for, what to hide or leave.
    """
    draft = corrected(request, draft_named(request), form)
    return noticed(request, f"/sessions/{draft.id}#understood", Notice(_("These corrections are kept."), good=True))


def plan(request: Request, form: FormData) -> Response:
    """Keep the choices, and go and see what would be sent."""
    return to(f"/sessions/{corrected(request, draft_named(request), form).id}/plan#plan")


def compare(request: Request, form: FormData) -> Response:
    """Send what was shown, and go and watch; what differs from what was shown is shown again instead."""
    running = request.app.state.running
    with running.sending:
        draft = draft_named(request)
        if draft.sent and text_of(form, "attempt", 10) != str(len(draft.sent)):
            return to(f"/runs/{draft.sent[-1]}")  # a second click, or another tab
        draft = corrected(request, draft, form)
        settings = settings_of(request)
        run = prepared(settings, draft)
        if text_of(form, "agreed") not in ("", _agreement(run)):
            said = Notice(
                _("What would be sent has changed since you saw it. Nothing was sent: here is how it stands.")
            )
            return noticed(request, f"/sessions/{draft.id}/plan#plan", said)
        comparing.check_keys(run)
        kinds = library.session_kinds(run.transcript.language, settings=settings)
        kind = next((kind for kind in kinds if kind.id == draft.kind), None)
        with library.open_store(settings) as store:
            store.runs.start(run)
            store.workbench.keep(_sent(draft, run))
            if kind is not None:
                store.workbench.keep_document_choices(run.id, kind.document)
        running.begin(run)
    return to(f"/runs/{run.id}")


def forget(request: Request) -> Response:
    """Forget a session that was not sent."""
    library.forget_draft(request.path_params["draft"], settings_of(request))
    return to("/")


def preview(request: Request) -> Response:
    """Show the exact text that a model would read."""
    from comparia import prompts

    draft = draft_named(request)
    session = read(draft)
    veil = privacy.veil_of(hidden_in(hiding_of(settings_of(request), draft), session), session)
    lines = (veil.apply(line) for line in prompts.transcript_lines(session))
    return PlainTextResponse("\n".join(lines))


def _sent(draft: Draft, run: Run) -> Draft:
    """Return a session as it stays once it is sent: its choices; its texts lie with the run."""
    left: dict[str, Any] = {
        "files": (),
        "session": None,
        "reference": "",
        "corrections": None,
        "context": (),
        "people": {},
        "run": "",
        "speakers": {},
        "sent": (*draft.sent, run.id),
    }
    return draft.model_copy(update=left)


def corrected(request: Request, draft: Draft, form: FormData) -> Draft:
    """Keep the session as the form says, and return it. A name that is emptied gives its labels back to the file."""
    if "title" not in form:  # a form about something else
        return _kept_choices(request, draft, form)
    people = {label: name for label, name in draft.speakers.items() if label not in _labels(form)}
    for labels, name in zip(form.getlist("labels"), form.getlist("name"), strict=True):
        chosen = " ".join(str(name).split())[:80]
        known = _labels_in(str(labels))
        if chosen and known != [chosen]:
            people |= dict.fromkeys(known, chosen)
    people |= dict(pair.split("=", 1) for pair in texts_of(form, "alias") if "=" in pair)
    language = text_of(form, "language")
    changed = draft.model_copy(
        update={
            "title": text_of(form, "title", 300),
            "date": day_of(form, "date", 60),
            "language": language if language in ("fr", "en") else None,
            "speakers": people,
            "believed": tuple(_believed(draft, form)),
            "repaired": bool(form.get("repaired")),
            "hidden": tuple(lines_of(text_of(form, "hidden"))),
            "left": tuple(lines_of(text_of(form, "left"))),
            "organisations": bool(form.get("organisations")),
            "reference": "" if form.get("without_reference") else draft.reference,
        }
    )
    if form.get("with_moderators"):
        ticked = {label for labels in texts_of(form, "moderator") for label in _labels_in(labels)}
        changed = with_moderators(changed, ticked)
    read(changed)  # what cannot be read is said before it is kept
    return _kept_choices(request, changed, form)


def _believed(draft: Draft, form: FormData) -> list[str]:
    """Return the labels that a person says are people who speak: those ticked, or all that the reader doubts."""
    ticked = texts_of(form, "believed")
    return list(dict.fromkeys([*ticked, *doubted_labels(read(draft))])) if form.get("all_believed") else ticked


def _kept_choices(request: Request, draft: Draft, form: FormData) -> Draft:
    """Keep a session with what the form chose, and return it as it can be read."""
    chosen = Choices(
        backends=tuple(texts_of(form, "backend")),
        other=text_of(form, "other"),
        prompts=tuple(texts_of(form, "prompts")),
        policy=text_of(form, "policy", 20),
        pseudonyms=text_of(form, "pseudonyms", 20),
        points=bool(form.get("points")) if form.get("with_models") else None,
        judging=bool(form.get("judging")) if form.get("with_models") else None,
    )
    return keep_choices(request, draft, chosen)


def keep_choices(request: Request, draft: Draft, chosen: Choices) -> Draft:
    """Keep a session with what is chosen, and return it as it can be read."""
    kept = draft.model_copy(update={"choices": chosen})
    with library.workbench(settings_of(request)) as bench:
        bench.keep(kept if not draft.sent else kept.model_copy(update={"session": None, "reference": ""}))
    return kept


def _labels(form: FormData) -> set[str]:
    return {label for labels in form.getlist("labels") for label in _labels_in(str(labels))}


def _labels_in(value: str) -> list[str]:
    """Return the labels that a field of a form holds (JSON). Raises InputError."""
    try:
        return [str(label) for label in json.loads(value)]
    except (ValueError, TypeError) as error:
        raise InputError(_("This form could not be read.")) from error


def _agreement(run: Run) -> str:
    """Return a hash of what a person agrees to when they send a plan: to whom, with which prompts, what is hidden."""
    hidden = run.pseudonyms.model_dump(mode="json") if run.pseudonyms else None
    asked = [[b.model_dump(mode="json") for b in run.backends], [p.id for p in run.prompts], run.policy, run.plan.asked]
    return content_id("ag", [*asked, run.transcript.id, hidden])


def draft_named(request: Request) -> Draft:
    """Return the session that the address names; the texts of one that was sent are those of its last run."""
    with library.workbench(settings_of(request)) as bench:
        draft = bench.draft(request.path_params["draft"])
    if not draft.sent:
        return draft
    run = library.read_run(draft.sent[-1], settings=settings_of(request))
    reference = references.to_yaml(run.reference, run.transcript) if run.reference else ""
    return draft.model_copy(update={"session": run.transcript, "reference": reference})


def keep_draft(request: Request, draft: Draft) -> Response:
    """Keep a session, and go to its page. Raises InputError where it, or its key points, cannot be read."""
    session = read(draft)  # what cannot be read is said before it is kept
    if draft.reference:
        reference_of(draft, session)
    with library.workbench(settings_of(request)) as bench:
        bench.keep(draft)
    return to(f"/sessions/{draft.id}")


def _packed(item: tuple[str, bytes]) -> tuple[str, str]:
    return item[0], base64.b64encode(item[1]).decode()


def fresh_id() -> str:
    """Return an id for a session that is given."""
    return secrets.token_hex(6)
