"""What is made of a session that was given: read, corrected, what is hidden of it, and the run that it asks for."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparia import library, privacy, references
from comparia.config import HidingMode, Settings
from comparia.errors import ConfigurationError, InputError, ReferenceFileError
from comparia.ingest.people import people_of, with_people
from comparia.ingest.source import REPAIRED
from comparia.library.recordings import with_recording
from comparia.messages import gettext as _
from comparia.prompts import DEFAULT_SETS
from comparia.records import (
    ZONES,
    Choices,
    Corrections,
    Draft,
    Prompt,
    Pseudonyms,
    Reference,
    Run,
    Speaker,
    Transcript,
    content_id,
)

if TYPE_CHECKING:
    from comparia.correcting import Corrected

MODES: tuple[HidingMode, ...] = ("auto", "always", "never")
MOST_VARIANTS = 12
"""Variants of a comparison made on the page; the command line knows no limit."""


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
        labels |= set(draft.believed) & set(doubted_labels(session))
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


def hidden_in(hiding: privacy.Hiding, session: Transcript) -> Pseudonyms:
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
    backends = [*choices.backends, *lines_of(choices.other)]
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
    """Return the key points given with the session, led by whom a person named; None where none were given."""
    if not draft.reference:
        return None
    return references.led_as_told(library.parse_reference(draft.reference, session, "reference.yaml"), session)


def leading(draft: Draft, session: Transcript) -> tuple[str, ...]:
    """Return the ids of those who moderate a session: named by a person, by the key points given with it, or likely."""
    if session.moderators or session.nobody_moderates:
        return session.moderators
    try:
        reference = reference_of(draft, session)
    except ReferenceFileError:  # somebody whom it names has another name now: the plan says so
        reference = None
    return (reference.moderators if reference else ()) or _likely_moderators(session.id, _Session(session))


@lru_cache(maxsize=8)
def _likely_moderators(_identity: str, session: _Session) -> tuple[str, ...]:
    return references.likely_moderators(session.transcript)


def with_moderators(draft: Draft, labels: Collection[str]) -> Draft:
    """Return a session with those who moderate it, as a person named them.

    Args:
        draft: the session; who it was said to moderate it before counts no more.
        labels: of those who do, as the file has them. Empty where nobody does: that is noted only where somebody would
            be looked for.
    """
    before = draft.corrections or Corrections()
    silent = before.model_copy(update={"moderators": (), "nobody_moderates": False})
    bare = draft.model_copy(update={"corrections": None if silent.empty else silent})
    session = read(bare)
    named = [speaker for speaker in session.speakers if not set(labels).isdisjoint(labels_of(speaker, bare))]
    ids = {speaker.id for speaker in named}
    if ids == set(session.moderators if session.moderators or session.nobody_moderates else ()) and (
        ids or session.nobody_moderates or not leading(bare, session)
    ):
        return bare
    told = {"moderators": tuple(speaker.name for speaker in named), "nobody_moderates": not named}
    return bare.model_copy(update={"corrections": silent.model_copy(update=told)})


def labels_of(speaker: Speaker, draft: Draft) -> list[str]:
    """Return the labels of the file that stand for one speaker: those with the name, and those a person gave it."""
    given = [label for label, name in draft.speakers.items() if name == speaker.name]
    return list(dict.fromkeys([*(speaker.labels or (speaker.name,)), *given]))


def first_list(session: Transcript) -> Reference | None:
    """Return the key points suggested without a model; None where nothing looks like one."""
    suggested, _left_out = library.suggest_reference(session)
    return suggested if suggested.key_points else None


def _prompts(names: Sequence[str], session: Transcript) -> tuple[Prompt, ...]:
    known = library.shipped_prompts()
    picked = [known[name] for name in names if name in known]
    if picked:
        return tuple(picked)
    return library.load_prompt_set(DEFAULT_SETS[session.language])[:1]


def lines_of(text: str) -> list[str]:
    """Return the entries of a field, one a line or parted by commas."""
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


def doubted_labels(session: Transcript) -> list[str]:
    """Return the labels of which the reader of the files doubts."""
    return [
        label
        for notice in session.notices
        if notice.code == "labels_doubted" and isinstance(labels := notice.values.get("labels", ()), tuple)
        for label in labels
    ]
