"""The sample sessions that ship with the product, and the recaps that are replayed of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from comparia import ingest, references
from comparia.config import Settings, load_settings, shipped
from comparia.library.kept import has_store, open_store
from comparia.records import Run, Transcript

SAMPLES: dict[Literal["fr", "en"], str] = {"fr": "place-du-foirail", "en": "library-and-hub"}
"""The sample session of each language."""
FLOOR = "extractive:centrality"
"""What the recaps of a demonstration stand beside: an extract, which no model wrote."""
NEWEST = 50
"""Stored runs among which one's own comparisons are looked for."""


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


def sample_files(name: str) -> tuple[Path, ...]:
    """Return the files of a sample session, speech first."""
    folder = shipped("transcripts") / name
    return folder / "session.vtt", folder / "chat.txt"


def sample_reference(name: str) -> Path:
    """Return the file of the key points of a sample session."""
    return shipped("transcripts") / name / "reference.yaml"


def sample_session(name: str) -> Transcript:
    """Return a sample session, with the title and date that its key points give."""
    return references.titled(sample_reference(name), ingest.read(sample_files(name)))


def sample_title(name: str) -> str:
    """Return the title of a sample session, as the file of its key points gives it."""
    return sample_session(name).title


def demonstration(language: Literal["fr", "en"] | str, *, settings: Settings | None = None) -> Run:
    """Plan the comparison that shows what the product does: recaps written by a model, replayed, beside an extract.

    Args:
        language: of the sample session, `fr` or `en`.
        settings: say where it is kept; read from comparia.toml and the environment when None.
    """
    from comparia import comparing

    settings = settings or load_settings()
    name = SAMPLES["fr" if language == "fr" else "en"]
    session = sample_session(name)
    asked = comparing.resolve_backends([comparing.demonstrations.PREFIX + name, FLOOR], settings)
    return comparing.plan(
        session,
        comparing.demonstrations.demonstration(name).prompts,
        asked,
        policy=settings.policy,
        reference=references.load(sample_reference(name), session),
        software=_version(),
    )


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
