"""A session that was given: what was understood of it, what will be hidden, whom to ask; then it is sent."""

from __future__ import annotations

import base64
import json
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from comparia import comparing, library, messages, privacy, references
from comparia.backends.extractive import ALGORITHMS
from comparia.comparing import demonstrations
from comparia.config import HidingMode, Settings
from comparia.errors import CompariaError, ConfigurationError, InputError, MissingKey
from comparia.ingest import without_media
from comparia.ingest.people import people_of, with_people
from comparia.ingest.source import MAX_BYTES, REPAIRED
from comparia.library.offers import Offer, offers
from comparia.library.recordings import with_recording
from comparia.library.samples import FLOOR, SAMPLES, sample_files, sample_reference, sample_title
from comparia.messages import gettext as _
from comparia.prompts import DEFAULT_SETS, SHIPPED_SETS
from comparia.records import (
    ZONES,
    Choices,
    Corrections,
    Draft,
    PlanLine,
    Prompt,
    Pseudonyms,
    Reference,
    Run,
    Speaker,
    Transcript,
    Turn,
    Zone,
    content_id,
)
from comparia.reports.hearing import Hearing, Passage
from comparia.reports.notices import notice_text
from comparia.web.notices import Notice, notice_of, noticed
from comparia.web.pages import file_name, page, run_of, settings_of, text_of, texts_of, to
from comparia.web.recordings import GivenRecording, given_recording, player_of

if TYPE_CHECKING:
    from comparia.correcting import Corrected

MODES: tuple[HidingMode, ...] = ("auto", "always", "never")
MOST_VARIANTS = 12
"""Variants of a comparison made on the page; the command line knows no limit."""


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
    return keep_draft(request, Draft(id=fresh_id(), files=tuple(map(_packed, files)), reference=reference))


def sample(request: Request, form: FormData) -> Response:
    """Give the sample session of a language, with its key points, and the recaps that are replayed of it ticked."""
    name = SAMPLES["en" if text_of(form, "language") == "en" else "fr"]
    files = [(file.name, file.read_bytes()) for file in sample_files(name)]
    recorded = demonstrations.demonstration(name)
    known = {prompt.id: place for place, prompt in _known_prompts().items()}
    chosen = Choices(
        backends=(demonstrations.PREFIX + name, FLOOR),
        prompts=tuple(known[prompt.id] for prompt in recorded.prompts if prompt.id in known),
    )
    reference = sample_reference(name).read_text("utf-8")
    draft = Draft(
        id=fresh_id(),
        files=tuple(map(_packed, files)),
        title=sample_title(name),
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
        sample=next((b.name.removeprefix(demonstrations.PREFIX) for b in run.backends if b.written_on), ""),
        recording=run.transcript.recording,
    )


def _choices_of(run: Run) -> Choices:
    """Return what was chosen for a run, as far as its page can show it again."""
    known = {prompt.id: name for name, prompt in _known_prompts().items()}
    return Choices(
        backends=tuple(backend.name for backend in run.backends),
        prompts=tuple(known[prompt.id] for prompt in run.prompts if prompt.id in known),
        policy=run.policy,
    )


def show(request: Request) -> Response:
    """Show what was understood, and what can be chosen."""
    return page(request, "session.html", _view(request, draft_named(request)))


def show_plan(request: Request) -> Response:
    """Show what would be asked, of whom, what leaves, what it costs; nothing is sent."""
    draft = draft_named(request)
    view = _view(request, draft)
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
    draft = _corrected(request, draft_named(request), form)
    return noticed(request, f"/sessions/{draft.id}#understood", Notice(_("These corrections are kept."), good=True))


def plan(request: Request, form: FormData) -> Response:
    """Keep the choices, and go and see what would be sent."""
    return to(f"/sessions/{_corrected(request, draft_named(request), form).id}/plan#plan")


def compare(request: Request, form: FormData) -> Response:
    """Send what was shown, and go and watch; what differs from what was shown is shown again instead."""
    running = request.app.state.running
    with running.sending:
        draft = draft_named(request)
        if draft.sent and text_of(form, "attempt", 10) != str(len(draft.sent)):
            return to(f"/runs/{draft.sent[-1]}")  # a second click, or another tab
        draft = _corrected(request, draft, form)
        settings = settings_of(request)
        run = prepared(settings, draft)
        if text_of(form, "agreed") not in ("", _agreement(run)):
            said = Notice(
                _("What would be sent has changed since you saw it. Nothing was sent: here is how it stands.")
            )
            return noticed(request, f"/sessions/{draft.id}/plan#plan", said)
        comparing.check_keys(run)
        with library.open_store(settings) as store:
            store.runs.start(run)
            store.workbench.keep(_sent(draft, run))
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
    veil = privacy.veil_of(_hidden(hiding_of(settings_of(request), draft), session), session)
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


def _corrected(request: Request, draft: Draft, form: FormData) -> Draft:
    """Keep the session as the form says, and return it. A name that is emptied gives its labels back to the file."""
    if "title" not in form:  # a form about something else
        return _kept_choices(request, draft, form)
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
            "believed": tuple(_believed(draft, form)),
            "repaired": bool(form.get("repaired")),
            "hidden": tuple(_lines(text_of(form, "hidden"))),
            "left": tuple(_lines(text_of(form, "left"))),
            "organisations": bool(form.get("organisations")),
            "reference": "" if form.get("without_reference") else draft.reference,
        }
    )
    read(corrected)  # what cannot be read is said before it is kept
    return _kept_choices(request, corrected, form)


def _believed(draft: Draft, form: FormData) -> list[str]:
    """Return the labels that a person says are people who speak: those ticked, or all that the reader doubts."""
    ticked = texts_of(form, "believed")
    return list(dict.fromkeys([*ticked, *_doubted(read(draft))])) if form.get("all_believed") else ticked


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
    kept = draft.model_copy(update={"choices": chosen})
    with library.workbench(settings_of(request)) as bench:
        bench.keep(kept if not draft.sent else kept.model_copy(update={"session": None, "reference": ""}))
    return kept


def _labels(form: FormData) -> set[str]:
    try:
        return {str(label) for labels in form.getlist("labels") for label in json.loads(str(labels))}
    except (ValueError, TypeError) as error:
        raise InputError(_("This form could not be read.")) from error


def _agreement(run: Run) -> str:
    """Return a hash of what a person agrees to when they send a plan: to whom, with which prompts, what is hidden."""
    hidden = run.pseudonyms.model_dump(mode="json") if run.pseudonyms else None
    asked = [[b.model_dump(mode="json") for b in run.backends], [p.id for p in run.prompts], run.policy, run.plan.asked]
    return content_id("ag", [*asked, run.transcript.id, hidden])


# What is made of a draft ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Given:
    """The files of a session and what was said of them, known by their content."""

    identity: str
    draft: Draft = field(compare=False)


def read(draft: Draft) -> Transcript:
    """Return the session as it is compared: read, then corrected, with who its people are and its recording."""
    session = corrected(draft).transcript if draft.corrections else given(draft)
    if draft.people:
        session = with_people(session, people_of(draft.people))
    return with_recording(session, draft.recording)


def corrected(draft: Draft) -> Corrected:
    """Return what the corrections of a session make of it. It is made once, and shown many times."""
    session, corrections = given(draft), draft.corrections or Corrections()
    told = content_id("co", [session.id, session.title, session.date, corrections.model_dump(mode="json")])
    return _corrected_session(_Correcting(told, session, corrections))


def given(draft: Draft) -> Transcript:
    """Return the session before its corrections, labels renamed as a person said, with its documents of context.

    It is read once, and shown many times.
    """
    session = _session_of(draft)
    return library.with_context(session, draft.context) if draft.context else session


def _session_of(draft: Draft) -> Transcript:
    if draft.session is not None:
        told = {"title": draft.title or draft.session.title, "date": draft.date or draft.session.date}
        return draft.session.model_copy(update={**told, "language": draft.language or draft.session.language})
    said: list[Any] = [draft.files, draft.title, draft.date, draft.language, sorted(draft.speakers.items())]
    said += [draft.believed, draft.repaired]
    return _read(_Given(content_id("gi", said), draft))


@dataclass(frozen=True)
class _Correcting:
    """A session and its corrections, known by their content."""

    identity: str
    session: Transcript = field(compare=False)
    corrections: Corrections = field(compare=False)


@lru_cache(maxsize=4)
def _corrected_session(correcting: _Correcting) -> Corrected:
    return library.correct_transcript(correcting.session, correcting.corrections)


@lru_cache(maxsize=4)
def _read(given: _Given) -> Transcript:
    try:
        return _read_files(given.draft)
    except InputError as error:
        error.file = Path(error.file).name  # its folder is one of this server's own
        raise


def _read_files(draft: Draft) -> Transcript:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for n, (name, content) in enumerate(draft.files):
            place = Path(folder) / str(n)
            place.mkdir()
            paths.append(place / name)
            paths[-1].write_bytes(base64.b64decode(content))
        title = draft.title or None
        encoding = REPAIRED if draft.repaired else None
        session = library.read_transcript(
            *paths, title=title, date=draft.date, language=draft.language, encoding=encoding
        )
        labels = {label for speaker in session.speakers for label in speaker.labels}
        labels |= set(draft.believed) & set(_doubted(session))
        named = {**dict.fromkeys(draft.believed, ""), **draft.speakers}
        known = {label: name or label for label, name in named.items() if label in labels}
        if not known:
            return session
        return library.read_transcript(
            *paths, title=title, date=draft.date, language=draft.language, encoding=encoding, speakers=known
        )


@lru_cache(maxsize=8)
def _hidden_in(hiding: privacy.Hiding, _identity: str, session: _Session) -> Pseudonyms:
    return hiding.of(session.transcript)


@dataclass(frozen=True)
class _Session:
    """A session that is not looked at to tell it from another: its id does."""

    transcript: Transcript = field(compare=False)


def _hidden(hiding: privacy.Hiding, session: Transcript) -> Pseudonyms:
    """Return what is hidden of a session; found once, and shown many times."""
    return _hidden_in(hiding, session.id, _Session(session))


def hiding_of(settings: Settings, draft: Draft, mode: str = "") -> privacy.Hiding:
    """How the names of a session are hidden: as set, and as said of this session."""
    found = library.hiding_by(settings)
    return found._replace(
        mode=next((known for known in MODES if known == mode), found.mode),
        hidden=(*found.hidden, *draft.hidden),
        left=(*found.left, *draft.left),
        organisations=found.organisations or draft.organisations,
    )


def prepared(settings: Settings, draft: Draft) -> Run:
    """Return the run that the choices of a session ask for, planned.

    Raises:
        ConfigurationError: nothing, or too much, to compare.
        OutboundRefused: a backend lies outside the policy.
    """
    session, choices = read(draft), draft.choices or Choices()
    backends = [*choices.backends, *_lines(choices.other)]
    if not backends:
        raise ConfigurationError(_("Nobody was chosen to write."), _("Tick at least one box under “Who writes”."))
    chosen = _prompts(choices.prompts, session)
    asking = [name for name in backends if not name.startswith("extractive")]
    policy = next((zone for zone in ZONES if zone == choices.policy), None)

    def planned(reference: Reference | None) -> Run:
        return library.prepare(
            session,
            chosen if asking else (),
            backends,
            reference=reference,
            points=choices.points,
            judging=choices.judging,
            policy=policy,
            hiding=hiding_of(settings, draft, choices.pseudonyms),
            settings=settings,
        )

    run = planned(reference_of(draft, session))
    if run.reference is None and "points" not in run.plan.asked:
        run = planned(first_list(session))
    if len(run.plan.cells) > MOST_VARIANTS:
        raise ConfigurationError(
            _("{n} recaps are more than a page can show ({most}).").format(n=len(run.plan.cells), most=MOST_VARIANTS),
            _("Choose fewer prompts, or fewer models."),
        )
    return run


def reference_of(draft: Draft, session: Transcript) -> Reference | None:
    """The key points given with the session; None where none were."""
    return library.parse_reference(draft.reference, session, "reference.yaml") if draft.reference else None


def first_list(session: Transcript) -> Reference | None:
    """Return the key points suggested without a model; None where nothing looks like one."""
    suggested, _left_out = library.suggest_reference(session)
    return suggested if suggested.key_points else None


def _known_prompts() -> dict[str, Prompt]:
    """Return the shipped prompts, by set and file."""
    return {f"{name}/{prompt.file}": prompt for name in SHIPPED_SETS for prompt in library.load_prompt_set(name)}


def _prompts(names: Sequence[str], session: Transcript) -> tuple[Prompt, ...]:
    known = _known_prompts()
    picked = [known[name] for name in names if name in known]
    if picked:
        return tuple(picked)
    return library.load_prompt_set(DEFAULT_SETS[session.language])[:1]


# The page -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanView:
    """What would be sent, as the page of a session shows it."""

    run: Run
    """The run, planned."""
    lines: list[PlanLine]
    """What is asked for, one kind of question a line; the recaps first."""
    previews: list[str]
    """The exact text of each prompt."""
    agreed: str
    """Hash of all this: what is sent must be what was seen."""
    problem: Notice | None
    """Why it cannot be sent yet; None when it can."""


@dataclass(frozen=True)
class SessionPage:
    """Everything the page of a session shows."""

    draft: Draft
    """The session as it was given, and what was said of it."""
    session: Transcript
    """As it is understood."""
    notices: list[str]
    """Warnings of the reader."""
    aliases: list[tuple[str, str]]
    """Labels that may be one person: the shorter, the longer."""
    doubted: list[str]
    """Labels of which the reader doubts that they name who speaks."""
    can_repair: bool
    """Whether the accents of a file can be repaired."""
    hidden: Pseudonyms
    """What is hidden from models that are not on this machine."""
    first: list[Turn]
    """The first turns."""
    speakers: list[tuple[Speaker, str]]
    """Who speaks, the most words first, and the labels of the file that stand for them (JSON)."""
    organisations_set: bool
    """Whether the settings hide organisations already."""
    offered: list[Offer]
    """Who can be asked."""
    unready: list[Offer]
    """Who could be, with a key or another setting."""
    missing: list[str]
    """Who was chosen and is not there any more."""
    sets: list[tuple[str, tuple[Prompt, ...]]]
    """Prompts by set, those in the language of the session first."""
    set_names: Mapping[str, str]
    """Names of the sets, for people."""
    zones: Mapping[Zone, str]
    """Names of the zones, for people."""
    choices: Choices
    """What is chosen."""
    policy: str
    """How far the text may travel."""
    mode: str
    """When names are hidden."""
    with_reference: bool
    """Whether key points came with the session."""
    points: bool
    """Whether models list the key points where none are given."""
    judging: bool
    """Whether models judge where words cannot tell."""
    heard: Callable[..., Passage | None]
    """What of the recording can be played."""
    given: GivenRecording
    """Its recording, which can be given there."""
    plan: PlanView | None = None
    """What would be sent, once it is asked for."""
    problem: Notice | None = None
    """Why there is no plan; None when there is one, or none was asked for."""


def _view(request: Request, draft: Draft) -> SessionPage:
    settings, session = settings_of(request), read(draft)
    player = player_of(session, f"/sessions/{draft.id}/recording", settings)
    offered = [*_recorded(draft), *offers(settings)]
    names = {offer.name for offer in offered if offer.ready}
    first = DEFAULT_SETS[session.language]
    sets = [(name, library.load_prompt_set(name)) for name in SHIPPED_SETS]
    choices = draft.choices or _usual_choices(settings, session)
    return SessionPage(
        draft=draft,
        session=session,
        notices=[
            notice_text(notice)
            for notice in session.notices
            if notice.code != "alias" and not notice.code.startswith("recording_")
        ],
        aliases=[
            (str(notice.values["one"]), str(notice.values["other"]))
            for notice in session.notices
            if notice.code == "alias" and "one" in notice.values
        ],
        doubted=_doubted(session),
        can_repair=any(notice.code == "mojibake" for notice in session.notices),
        hidden=_hidden(hiding_of(settings, draft), session),
        first=[turn for turn in session.turns if turn.channel != "system"][:3],
        speakers=[
            (speaker, json.dumps(_labels_of(speaker, draft), ensure_ascii=False))
            for speaker in sorted(session.speakers, key=lambda s: -s.words)
        ],
        organisations_set=settings.hide_organisations,
        offered=[offer for offer in offered if offer.ready],
        unready=[offer for offer in offered if not offer.ready],
        missing=[name for name in choices.backends if name not in names],
        sets=sorted(sets, key=lambda item: item[0] != first),
        set_names={
            "compte-rendu": _("In French"),
            "recap": _("In English"),
            "baselines": _("Habits of other tools"),
        },
        zones=privacy.zone_names(),
        choices=choices,
        policy=choices.policy or settings.policy,
        mode=choices.pseudonyms or settings.pseudonyms,
        with_reference=bool(draft.reference),
        points=settings.models_list_points if choices.points is None else choices.points,
        judging=settings.models_judge if choices.judging is None else choices.judging,
        heard=Hearing(session, player.address).of,
        given=given_recording(session, f"/sessions/{draft.id}/recording", player),
    )


def _usual_choices(settings: Settings, session: Transcript) -> Choices:
    """Return what was chosen for the last session, its prompts in the language of this one; extracts for a first one.

    How far the text may travel, and whether names are hidden, are those of the settings again.
    """
    first = DEFAULT_SETS[session.language]
    usual = Choices(
        backends=tuple(f"extractive:{name}" for name in ALGORITHMS),
        prompts=(f"{first}/{library.load_prompt_set(first)[0].file}",),
    )
    with library.workbench(settings) as bench:
        last = bench.last_choices()
    if last is None:
        return usual
    others = {name for language, name in DEFAULT_SETS.items() if language != session.language}
    prompts = tuple(place for place in last.prompts if place.partition("/")[0] not in others)
    backends = tuple(name for name in last.backends if not name.startswith((demonstrations.PREFIX, "replay:")))
    return last.model_copy(
        update={
            "prompts": prompts or usual.prompts,
            "backends": backends or usual.backends,
            "policy": "",
            "pseudonyms": "",
        }
    )


def _recorded(draft: Draft) -> list[Offer]:
    """Return the recaps that can be replayed of a sample session, as an offer."""
    if draft.sample not in demonstrations.samples():
        return []
    name = demonstrations.PREFIX + draft.sample
    day = messages.day(demonstrations.demonstration(draft.sample).written_on)
    label = _("Language model: recaps written for this demonstration on {day}, replayed").format(day=day)
    return [Offer(name, label, "local", writes=True)]


def _labels_of(speaker: Speaker, draft: Draft) -> list[str]:
    """Return the labels of the file that stand for one speaker: those with the name, and those a person gave it."""
    given = [label for label, name in draft.speakers.items() if name == speaker.name]
    return list(dict.fromkeys([*(speaker.labels or (speaker.name,)), *given]))


def _doubted(session: Transcript) -> list[str]:
    """Return the labels of which the reader of the files doubts."""
    return [
        label
        for notice in session.notices
        if notice.code == "labels_doubted" and isinstance(labels := notice.values.get("labels", ()), tuple)
        for label in labels
    ]


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


def title_of(draft: Draft) -> str:
    """Return the title of a session that was given; the name of its first file where it has none."""
    return draft.title or (draft.files[0][0] if draft.files else draft.id)


def fresh_id() -> str:
    """Return an id for a session that is given."""
    return secrets.token_hex(6)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
