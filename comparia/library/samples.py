"""The sessions that ship with the product, and the recaps that are replayed of them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Literal, NamedTuple

from comparia import ingest, references
from comparia.config import Settings, load_settings, shipped
from comparia.errors import ConfigurationError, UnknownName
from comparia.library.kept import has_store, open_store
from comparia.messages import gettext as _
from comparia.records import Run, Stage, Transcript, now

if TYPE_CHECKING:
    from comparia.comparing.demonstrations import Demonstration

SAMPLES: dict[Literal["fr", "en"], str] = {"fr": "place-du-foirail", "en": "library-and-hub"}
"""The sample session of each language."""
FLOOR = "extractive:centrality"
"""What the recaps of a demonstration stand beside: an extract, which no model wrote."""
NEWEST = 50
"""Stored runs among which one's own comparisons are looked for."""

SessionKind = Literal["public_meeting", "council", "workshop", "webinar", "panel", "forum", "general_meeting"]


class SampleSession(NamedTuple):
    """A session that ships, as a list shows it."""

    name: str
    """Its name, which is that of its folder."""
    title: str
    """Its title."""
    date: str
    """Its day, ISO 8601."""
    language: Literal["fr", "en"]
    """Its language."""
    kind: SessionKind
    """What kind of session it is."""
    words: int
    """Words spoken or written in it."""
    voices: int
    """Number of people who speak or write, those who moderate not counted."""
    points: int
    """Number of its key points."""
    lone: int
    """Number of the views among them that one person holds."""
    reviewed: bool
    """Whether a person reviewed its key points; a model suggested them otherwise."""
    chat: bool
    """Whether it has a chat."""
    prompts: tuple[str, ...]
    """Names of the prompts under which recaps of it are recorded; none where none are."""
    written_on: str
    """Day on which these recaps were written, ISO 8601; empty where there are none."""


def recaps_of_others(session: Transcript) -> tuple[str, ...]:
    """Return the recaps that ship with the sample session of a session's language; none for all or part of that sample.

    What recaps of another session get by chance is measured on them: they are the same on every machine.
    """
    from comparia.comparing import demonstrations

    name = SAMPLES[session.language]
    shared = sum(turn.text in _texts_of(name) for turn in session.turns)
    if shared > len(session.turns) / 4 or name not in demonstrations.samples():
        return ()
    last = {
        prompt: completion.text for (prompt, _role), completion in demonstrations.demonstration(name).answers.items()
    }
    return tuple(last.values())


@cache
def _texts_of(name: str) -> frozenset[str]:
    return frozenset(turn.text for turn in ingest.read(sample_files(name)).turns)


@cache
def sample_sessions() -> tuple[SampleSession, ...]:
    """Return the sessions that ship, those with recorded recaps first, then by kind and title."""
    from comparia.comparing import demonstrations

    recorded = demonstrations.samples()
    found = []
    for name, line in tomllib.loads((shipped("transcripts") / "sessions.toml").read_text("utf-8")).items():
        shown = demonstrations.demonstration(name) if name in recorded else None
        found.append(
            SampleSession(
                name=name,
                **{**line, "date": line["date"].isoformat()},
                prompts=tuple(prompt.name for prompt in shown.prompts) if shown else (),
                written_on=shown.written_on if shown else "",
            )
        )
    return tuple(sorted(found, key=lambda session: (not session.prompts, session.kind, session.title)))


def find_sample(name: str) -> SampleSession:
    """Return a session that ships, by its name. Raises UnknownName."""
    found = {session.name: session for session in sample_sessions()}
    if name not in found:
        raise UnknownName(_("sample session"), name, found)
    return found[name]


def sample_files(name: str) -> tuple[Path, ...]:
    """Return the files of a sample session, speech first."""
    folder = shipped("transcripts") / name
    return tuple(
        file for file in (folder / "session.vtt", folder / "session.txt", folder / "chat.txt") if file.exists()
    )


def sample_reference(name: str) -> Path:
    """Return the file of the key points of a sample session."""
    return shipped("transcripts") / name / "reference.yaml"


def sample_session(name: str) -> Transcript:
    """Return a sample session, with the title and date that its key points give."""
    return references.titled(sample_reference(name), ingest.read(sample_files(name)))


def demonstration(language: Literal["fr", "en"] | str, *, session: str = "", settings: Settings | None = None) -> Run:
    """Plan the comparison that shows what the product does: recaps written by a model, replayed, beside an extract.

    Args:
        language: of the sample session, `fr` or `en`.
        session: name of a session that ships, instead of the usual one of a language.
        settings: say where it is kept; read from comparia.toml and the environment when None.

    Raises:
        UnknownName: no such session.
        ConfigurationError: no recaps of it are recorded.
    """
    from comparia import comparing

    settings = settings or load_settings()
    name = find_sample(session or SAMPLES["fr" if language == "fr" else "en"]).name
    transcript = sample_session(name)
    return comparing.plan(
        transcript,
        _recorded_of(name).prompts,
        comparing.resolve_backends([comparing.demonstrations.PREFIX + name, FLOOR], settings),
        policy=settings.policy,
        reference=references.load(sample_reference(name), transcript),
        software=_version(),
    )


def _recorded_of(name: str) -> Demonstration:
    from comparia.comparing import demonstrations

    if name not in demonstrations.samples():
        raise ConfigurationError(
            _("No recaps of this session are recorded."),
            _("Compare it with a model of your own, or choose one of: {names}.").format(
                names=", ".join(demonstrations.samples())
            ),
            on_page=_("Compare it with a model of your own, or choose another session."),
        )
    return demonstrations.demonstration(name)


def stored_demonstration(name: str, *, settings: Settings | None = None) -> str:
    """Return the id of the newest stored comparison of the recorded recaps of a session; empty where there is none.

    Args:
        name: of a session that ships.
        settings: where runs are kept.

    Raises:
        UnknownName: no such session.
        ConfigurationError: no recaps of it are recorded.
    """
    from comparia.comparing import demonstrations

    settings = settings or load_settings()
    wanted = (demonstrations.PREFIX + find_sample(name).name, FLOOR)
    planned = len(_recorded_of(name).prompts) + 1
    if not has_store(settings):
        return ""
    with open_store(settings) as store:
        lines = store.runs.lines(None)
    return next((line.id for line in lines if line.backends == wanted and line.planned == planned), "")


def sample_of(run: Run) -> str:
    """Return the name of the session that ships of which a run compares the recorded recaps; empty for every other."""
    from comparia.comparing import demonstrations

    names = tuple(backend.name for backend in run.backends)
    name = names[0].removeprefix(demonstrations.PREFIX) if names else ""
    if names != (demonstrations.PREFIX + name, FLOOR) or name not in demonstrations.samples():
        return ""
    return name if {p.id for p in run.prompts} == {p.id for p in _recorded_of(name).prompts} else ""


def sample_stage(run_id: str, *, new: bool = False, settings: Settings | None = None) -> tuple[Stage, bool]:
    """Return the stage on which recorded recaps are played, prompt after prompt, and whether it was opened now.

    Args:
        run_id: a comparison of recorded recaps, carried out.
        new: open another one, on which nothing was played yet, also where there is one.
        settings: where stages are kept.

    Raises:
        UnknownName: no such run.
    """
    with open_store(settings or load_settings()) as store:
        run = store.runs.read(run_id, with_scores=False)
        stages = [] if new else [stage for stage in store.workbench.stages() if stage.recorded == (run.id,)]
        if stages:
            return stages[0], False
        stage = Stage(id=token_hex(6), title=run.transcript.title, created_at=now(), recorded=(run.id,))
        store.workbench.keep_stage(stage)
        return stage, True


def is_first_visit(settings: Settings, *, but: str = "") -> bool:
    """Return whether nothing was compared yet besides sample sessions, and the run whose id is `but`."""
    from comparia.comparing import demonstrations

    if not has_store(settings):
        return True
    with open_store(settings) as store:
        lines = store.runs.lines(NEWEST)
    return all(
        line.id == but or any(name.startswith(demonstrations.PREFIX) for name in line.backends) for line in lines
    )


def _version() -> str:
    from comparia import __version__

    return __version__
