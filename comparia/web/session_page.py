"""The page of a session that was given: what was understood of it, what will be hidden, whom to ask, the plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from starlette.requests import Request

from comparia import library, messages
from comparia.backends.extractive import ALGORITHMS
from comparia.comparing import demonstrations
from comparia.config import Settings, zone_names
from comparia.library.offers import Offer, offers
from comparia.messages import gettext as _
from comparia.prompts import DEFAULT_SETS, SHIPPED_SETS
from comparia.records import (
    Choices,
    Draft,
    PlanLine,
    Prompt,
    Pseudonyms,
    Run,
    SessionKind,
    Speaker,
    Transcript,
    Turn,
    Zone,
)
from comparia.reports.hearing import Hearing, Passage
from comparia.reports.notices import notice_text
from comparia.web.draft_session import doubted_labels, hidden_in, hiding_of, labels_of, leading, read
from comparia.web.guide import CHOOSE, UNDERSTAND, step_of
from comparia.web.notices import Notice
from comparia.web.pages import settings_of
from comparia.web.recordings import GivenRecording, given_recording, player_of

MOST_LEADING = 40
"""People of whom one is asked whether they moderate: those with the most turns."""


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
    leading: list[LeadingChoice]
    """Those who may be said to moderate: those who do, or are likely to, then the most turns first."""
    is_led_as_told: bool
    """Whether a person said who moderates; else it is proposed."""
    organisations_set: bool
    """Whether the settings hide organisations already."""
    offered: list[Offer]
    """Who can be asked."""
    unready: list[Offer]
    """Who could be, with a key or another setting."""
    kinds: list[SessionKind]
    """Kinds of session whose choices can be taken."""
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
    guide: int
    """The step of a first visit that stands there; 0 for none."""
    plan: PlanView | None = None
    """What would be sent, once it is asked for."""
    problem: Notice | None = None
    """Why there is no plan; None when there is one, or none was asked for."""


class LeadingChoice(NamedTuple):
    """Somebody who may be said to moderate a session."""

    name: str
    """Their name."""
    labels: str
    """The labels of the file that stand for them (JSON)."""
    turns: int
    """Number of their turns."""
    leads: bool
    """Whether they moderate, as it was said or as it is proposed."""


def view_of(request: Request, draft: Draft) -> SessionPage:
    """Return what the page of a session shows, without its plan."""
    settings, session = settings_of(request), read(draft)
    player = player_of(session, f"/sessions/{draft.id}/recording", settings)
    offered = [*_recorded(draft), *offers(settings)]
    names = {offer.name for offer in offered if offer.ready}
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
        doubted=doubted_labels(session),
        can_repair=any(notice.code == "mojibake" for notice in session.notices),
        hidden=hidden_in(hiding_of(settings, draft), session),
        first=[turn for turn in session.turns if turn.channel != "system"][:3],
        speakers=[
            (speaker, json.dumps(labels_of(speaker, draft), ensure_ascii=False))
            for speaker in sorted(session.speakers, key=lambda s: -s.words)
        ],
        leading=_leading(draft, session),
        is_led_as_told=bool(session.moderators or session.nobody_moderates),
        organisations_set=settings.hide_organisations,
        offered=[offer for offer in offered if offer.ready],
        unready=[offer for offer in offered if not offer.ready],
        kinds=library.session_kinds(session.language, settings=settings),
        missing=[name for name in choices.backends if name not in names],
        sets=prompt_sets(session.language),
        set_names=set_names(),
        zones=zone_names(),
        choices=choices,
        policy=choices.policy or settings.policy,
        mode=choices.pseudonyms or settings.pseudonyms,
        with_reference=bool(draft.reference),
        points=settings.models_list_points if choices.points is None else choices.points,
        judging=settings.models_judge if choices.judging is None else choices.judging,
        heard=Hearing(session, player.address).of,
        guide=step_of(request, CHOOSE if draft.corrections else UNDERSTAND),  # who corrected has checked
        given=given_recording(session, f"/sessions/{draft.id}/recording", player),
    )


def prompt_sets(language: Literal["fr", "en"]) -> list[tuple[str, tuple[Prompt, ...]]]:
    """Return the prompts that come with the product by set, those in a language first."""
    sets = [(name, library.load_prompt_set(name)) for name in SHIPPED_SETS]
    return sorted(sets, key=lambda item: item[0] != DEFAULT_SETS[language])


def set_names() -> dict[str, str]:
    """Return the names of the sets of prompts, for people."""
    return {
        "compte-rendu": _("In French"),
        "recap": _("In English"),
        "baselines": _("Habits of other tools"),
    }


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


def _leading(draft: Draft, session: Transcript) -> list[LeadingChoice]:
    """Return those who may be said to moderate; nobody where fewer than two people speak."""
    people = [speaker for speaker in session.speakers if speaker.turns and speaker.kind != "machine"]
    if len(people) < 2:
        return []
    ids = leading(draft, session)
    choices = [
        LeadingChoice(s.name, json.dumps(labels_of(s, draft), ensure_ascii=False), s.turns, s.id in ids) for s in people
    ]
    return sorted(choices, key=lambda choice: (not choice.leads, -choice.turns))[:MOST_LEADING]
