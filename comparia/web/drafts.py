"""A session that was given: what was understood of it, what will be hidden, whom to ask; then it is sent."""

from __future__ import annotations

import base64
import json
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from comparia import comparing, library, privacy, references
from comparia.backends.extractive import ALGORITHMS
from comparia.config import HidingMode, Settings, catalogue, shipped
from comparia.errors import ConfigurationError, InputError
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import ZONES, Draft, Prompt, Run, Speaker, Transcript, content_id
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to

DEFAULT_PROMPTS = {"fr": "compte-rendu", "en": "recap"}
SETS = ("compte-rendu", "recap", "baselines")
SAMPLES = {"fr": "place-du-foirail", "en": "library-and-hub"}
MODES: tuple[HidingMode, ...] = ("auto", "always", "never")
MOST_VARIANTS = 12
"""Variants of a comparison made on the page; the command line knows no limit."""


def give(request: Request, form: FormData) -> Response:
    """Keep the files, or the pasted words, of a session."""
    files: list[tuple[str, bytes]] = []
    reference = ""
    for item in form.getlist("files"):
        if isinstance(item, UploadFile) and item.filename:
            content = item.file.read()
            name = Path(item.filename.replace("\\", "/")).name[:120] or "session"
            if name.lower().endswith((".yaml", ".yml")):
                reference = content.decode("utf-8-sig", "replace")
            elif content:
                files.append((name, content))
    pasted = form.get("pasted")
    if isinstance(pasted, str) and pasted.strip():
        files.append((_("pasted") + ".txt", pasted.encode()))
    if not files:
        raise InputError(_("no file was given."), cure=_("Choose the transcript of a session, or paste it."))
    files.sort(key=lambda item: "chat" in item[0].lower())
    return _kept(request, Draft(id=_fresh(), files=tuple(map(_packed, files)), reference=reference))


def sample(request: Request, form: FormData) -> Response:
    """The sample session of a language, with its key points."""
    folder = shipped("transcripts") / SAMPLES["en" if text_of(form, "language") == "en" else "fr"]
    files = [(name, (folder / name).read_bytes()) for name in ("session.vtt", "chat.txt")]
    title = {"place-du-foirail": "Place du Foirail", "library-and-hub": "Library and hub"}[folder.name]
    reference = (folder / "reference.yaml").read_text("utf-8")
    return _kept(request, Draft(id=_fresh(), files=tuple(map(_packed, files)), title=title, reference=reference))


def again(request: Request) -> Response:
    """The session of a run once more, with its key points: to be asked of others, or otherwise."""
    run = run_of(request)
    hidden = [alias.original for alias in run.pseudonyms.aliases if alias.source == "asked"] if run.pseudonyms else []
    draft = Draft(
        id=_fresh(),
        files=(),
        session=run.transcript,
        title=run.transcript.title,
        date=run.transcript.date or "",
        language=run.transcript.language,
        hidden=tuple(hidden),
        left=run.pseudonyms.left if run.pseudonyms else (),
        reference=references.to_yaml(run.reference, run.transcript) if run.reference else "",
    )
    return _kept(request, draft)


def show(request: Request) -> Response:
    """What was understood, and what can be chosen."""
    if known := request.app.state.running.sent.get(request.path_params["draft"]):
        return to(f"/runs/{known}")
    draft = _draft(request)
    return page(request, "session.html", {**_understood(request, draft), **_choices(request, draft)})


def correct(request: Request, form: FormData) -> Response:
    """Keep what a person says of the session: its title, who labels stand for, what to hide or leave."""
    draft = _corrected(request, _draft(request), form)
    return page(request, "session.html", {**_understood(request, draft), **_choices(request, draft, form)})


def _corrected(request: Request, draft: Draft, form: FormData) -> Draft:
    """The session as the form says, kept. A name that is emptied gives its labels back to the file."""
    if "title" not in form:  # a form about something else
        return draft
    people = {label: name for label, name in draft.speakers.items() if label not in _labels(form)}
    for labels, name in zip(form.getlist("labels"), form.getlist("name"), strict=True):
        chosen = " ".join(str(name).split())[:80]
        known = json.loads(str(labels))
        if chosen and known != [chosen]:
            people |= dict.fromkeys(known, chosen)
    people |= dict(pair.split("=", 1) for pair in texts_of(form, "alias") if "=" in pair)
    language = text_of(form, "language")
    corrected = draft.model_copy(
        update={
            "title": text_of(form, "title", 300),
            "date": text_of(form, "date", 60),
            "language": language if language in ("fr", "en") else None,
            "speakers": people,
            "hidden": tuple(_lines(text_of(form, "hidden"))),
            "left": tuple(_lines(text_of(form, "left"))),
            "organisations": bool(form.get("organisations")),
            "reference": "" if form.get("without_reference") else draft.reference,
        }
    )
    read(corrected)  # what cannot be read is said before it is kept
    with library.workbench(settings_of(request)) as bench:
        bench.keep(corrected)
    return corrected


def _labels(form: FormData) -> set[str]:
    try:
        return {str(label) for labels in form.getlist("labels") for label in json.loads(str(labels))}
    except (ValueError, TypeError) as error:
        raise InputError(_("This form could not be read.")) from error


def preview(request: Request) -> Response:
    """The exact text that a model would read."""
    from comparia import prompts

    draft = _draft(request)
    session = read(draft)
    veil = privacy.veil_of(hiding_of(settings_of(request), draft).of(session), session)
    lines = (veil.apply(line) for line in prompts.transcript_lines(session))
    return PlainTextResponse("\n".join(lines))


def plan(request: Request, form: FormData) -> Response:
    """What would be asked, of whom, what leaves, what it costs; nothing is sent."""
    draft = _corrected(request, _draft(request), form)
    return _planned(request, draft, form, prepared(settings_of(request), draft, form))


def _planned(request: Request, draft: Draft, form: FormData, run: Run) -> Response:
    context = {**_understood(request, draft), **_choices(request, draft, form), "run": run}
    return page(request, "session.html", {**context, "previews": comparing.previewed(run), "agreed": _agreement(run)})


def compare(request: Request, form: FormData) -> Response:
    """Send what was shown, and go and watch; what differs from what was shown is shown again instead."""
    running = request.app.state.running
    with running.sending:
        if known := running.sent.get(request.path_params["draft"]):
            return to(f"/runs/{known}")
        draft = _corrected(request, _draft(request), form)
        settings = settings_of(request)
        run = prepared(settings, draft, form)
        if text_of(form, "agreed") not in ("", _agreement(run)):
            return _planned(request, draft, form, run)
        comparing.check_keys(run)
        store = library.open_store(settings)
        try:
            store.start(run)
            store.workbench.drop(draft.id)
        finally:
            store.close()
        running.sent[draft.id] = run.id
        running.begin(run)
    return to(f"/runs/{run.id}")


def _agreement(run: Run) -> str:
    """What a person agrees to when they send a plan: to whom, with which prompts, under which policy, what is hidden."""
    hidden = run.pseudonyms.model_dump(mode="json") if run.pseudonyms else None
    asked = [[b.model_dump(mode="json") for b in run.backends], [p.id for p in run.prompts], run.policy]
    return content_id("ag", [*asked, run.transcript.id, hidden])


def forget(request: Request) -> Response:
    """Forget a session that was not sent."""
    with library.workbench(settings_of(request)) as bench:
        bench.drop(request.path_params["draft"])
    return to("/")


# What is made of a draft ----------------------------------------------------------------------------------------------


def read(draft: Draft) -> Transcript:
    """The session as the readers understand it, labels renamed as a person said."""
    if draft.session is not None:
        told = {"title": draft.title or draft.session.title, "date": draft.date or draft.session.date}
        return draft.session.model_copy(update={**told, "language": draft.language or draft.session.language})
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for n, (name, content) in enumerate(draft.files):
            place = Path(folder) / str(n)
            place.mkdir()
            paths.append(place / name)
            paths[-1].write_bytes(base64.b64decode(content))
        title = draft.title or None
        session = library.read_transcript(*paths, title=title, date=draft.date, language=draft.language)
        labels = {label for speaker in session.speakers for label in speaker.labels}
        known = {label: name for label, name in draft.speakers.items() if label in labels}
        if not known:
            return session
        return library.read_transcript(*paths, title=title, date=draft.date, language=draft.language, speakers=known)


def hiding_of(settings: Settings, draft: Draft, mode: str = "") -> privacy.Hiding:
    """How the names of a session are hidden: as set, and as said of this session."""
    found = library.hiding_by(settings)
    return found._replace(
        mode=next((known for known in MODES if known == mode), found.mode),
        hidden=(*found.hidden, *draft.hidden),
        left=(*found.left, *draft.left),
        organisations=found.organisations or draft.organisations,
    )


def prepared(settings: Settings, draft: Draft, form: FormData) -> Run:
    """The run that a form asks for, planned.

    Raises:
        ConfigurationError: nothing, or too much, to compare.
        OutboundRefused: a backend lies outside the policy.
    """
    session = read(draft)
    backends = [*texts_of(form, "backend"), *_lines(text_of(form, "other"))]
    policy = text_of(form, "policy")
    chosen = _prompts(texts_of(form, "prompts"), session)
    asking = [name for name in backends if not name.startswith("extractive")]
    run = library.prepare(
        session,
        chosen if asking else (),
        backends,
        reference=reference_of(draft, session),
        policy=next((zone for zone in ZONES if zone == policy), None),
        hiding=hiding_of(settings, draft, text_of(form, "pseudonyms")),
        settings=settings,
    )
    if len(run.plan.cells) > MOST_VARIANTS:
        raise ConfigurationError(
            _("{n} recaps are more than a page can show ({most}).").format(n=len(run.plan.cells), most=MOST_VARIANTS),
            _("Choose fewer prompts or backends, or use comparia compare."),
        )
    return run


def reference_of(draft: Draft, session: Transcript) -> Any:
    """The key points given with the session, or those suggested without a model."""
    if draft.reference:
        return references.parse(draft.reference, session, "reference.yaml")
    found, _left_out = library.suggest_reference(session)
    return found if found.key_points else None


def _prompts(names: Sequence[str], session: Transcript) -> tuple[Prompt, ...]:
    known = {f"{name}/{prompt.file}": prompt for name in SETS for prompt in library.load_prompt_set(name)}
    picked = [known[name] for name in names if name in known]
    if picked:
        return tuple(picked)
    return library.load_prompt_set(DEFAULT_PROMPTS[session.language])[:1]


def _understood(request: Request, draft: Draft) -> dict[str, Any]:
    session = read(draft)
    found = hiding_of(settings_of(request), draft).of(session)
    aliases = [n for n in session.notices if n.code == "alias"]
    return {
        "draft": draft,
        "session": session,
        "notices": [n for n in session.notices if n.code != "alias"],
        "aliases": [_pair(n.message) for n in aliases if _pair(n.message)],
        "pseudonyms": found,
        "first": [t for t in session.turns if t.channel != "system"][:3],
        "with_reference": bool(draft.reference),
        "speakers": [
            (speaker, json.dumps(_labels_of(speaker, draft), ensure_ascii=False))
            for speaker in sorted(session.speakers, key=lambda s: -s.words)
        ],
        "organisations_set": settings_of(request).hide_organisations,
    }


def _labels_of(speaker: Speaker, draft: Draft) -> list[str]:
    """The labels of the file that stand for one speaker: those that bear the name, and those that a person gave it."""
    given = [label for label, name in draft.speakers.items() if name == speaker.name]
    return list(dict.fromkeys([*(speaker.labels or (speaker.name,)), *given]))


def _pair(message: str) -> tuple[str, str]:
    """The two names of a notice that proposes an alias: between its first two pairs of guillemets."""
    names = [part.split("»")[0].strip(" \u00a0\u202f") for part in message.split("«")[1:3]]
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def _choices(request: Request, draft: Draft, form: FormData | None = None) -> dict[str, Any]:
    settings = settings_of(request)
    said = {"compte-rendu": _("In French"), "recap": _("In English"), "baselines": _("Habits of other tools")}
    offered = offered_backends(settings)
    sets = [(name, library.load_prompt_set(name)) for name in SETS]
    language = read(draft).language
    first = DEFAULT_PROMPTS[language]
    return {
        "offered": [item for item in offered if item["ready"]],
        "unready": [item for item in offered if not item["ready"]],
        "said": said,
        "sets": sorted(sets, key=lambda item: item[0] != first),
        "zones": privacy.zone_names(),
        "policy": text_of(form, "policy") if form else settings.policy,
        "chosen": texts_of(form, "backend") if form else [f"extractive:{name}" for name in ALGORITHMS],
        "picked": texts_of(form, "prompts") if form else [f"{first}/{library.load_prompt_set(first)[0].file}"],
        "other": text_of(form, "other") if form else "",
        "mode": (text_of(form, "pseudonyms") if form else settings.pseudonyms) or "auto",
        "run": None,
        "agreed": "",
    }


def offered_backends(settings: Settings) -> list[dict[str, Any]]:
    """Who can be asked, each with its zone, and whether it is ready."""
    offered: list[dict[str, Any]] = [
        {
            "name": f"extractive:{name}",
            "label": Run.backend_label(f"extractive:{name}"),
            "zone": "local",
            "ready": True,
        }
        for name in ALGORITHMS
    ]
    for backend in comparing.resolve_backends(list(settings.backends), settings):
        ready = not backend.key_variable or bool(ENVIRONMENT.get(backend.key_variable))
        offered.append({"name": backend.name, "label": backend.name, "zone": backend.zone, "ready": ready})
    for name, preset in catalogue().items():
        if preset.kind in ("openai_compatible", "litellm") and preset.example and preset.key_variable:
            ready = bool(ENVIRONMENT.get(preset.key_variable)) and not preset.key_optional
            offered.append(
                {
                    "name": f"{name}:{preset.example}",
                    "label": preset.label,
                    "zone": preset.zone,
                    "ready": ready,
                    "key": preset.key_variable,
                }
            )
    return offered


def _draft(request: Request) -> Draft:
    with library.workbench(settings_of(request)) as bench:
        return bench.draft(request.path_params["draft"])


def _kept(request: Request, draft: Draft) -> Response:
    session = read(draft)  # what cannot be read is said before it is kept
    if draft.reference:
        references.parse(draft.reference, session, "reference.yaml")
    with library.workbench(settings_of(request)) as bench:
        bench.keep(draft)
    return to(f"/sessions/{draft.id}")


def _packed(item: tuple[str, bytes]) -> tuple[str, str]:
    return item[0], base64.b64encode(item[1]).decode()


def _fresh() -> str:
    return secrets.token_hex(6)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
