"""The recaps that ship with the sample sessions.

Written by a language model, they are kept with their prompts, and replayed offline.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from comparia import prompts
from comparia.config import shipped
from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, Prompt

PREFIX = "demonstration:"
"""How the name of such a backend begins; the name of the sample session follows."""
FILE = "demonstration.yaml"
"""File of the recaps, beside the transcript."""


class Demonstration(NamedTuple):
    """The recaps of a sample session, and what they answer."""

    written_on: str
    """Day on which they were written, ISO 8601."""
    prompts: tuple[Prompt, ...]
    """The prompts, as they stood that day."""
    answers: Mapping[tuple[str, str], Completion]
    """Every answer, by prompt id and place in its conversation (`step 1/3`)."""


def samples() -> tuple[str, ...]:
    """Return the names of the sample sessions that have recaps to replay."""
    return tuple(sorted(file.parent.name for file in shipped("transcripts").glob(f"*/{FILE}")))


@cache
def demonstration(sample: str) -> Demonstration:
    """Return the recaps that ship with a sample session. Raises UnknownName."""
    from ruamel.yaml import YAML

    if sample not in samples():
        raise UnknownName(_("sample session"), sample, samples())
    file = shipped("transcripts") / sample / FILE
    document = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    found: dict[tuple[str, str], Completion] = {}
    asked: list[Prompt] = []
    for recap in document["recaps"]:
        prompt = prompts.parse(recap["prompt"], f"{sample}/{recap['file']}").model_copy(update={"file": recap["file"]})
        asked.append(prompt)
        steps = len(prompt.steps)
        for n, text in enumerate(recap["answers"], start=1):
            role = f"step {n}/{steps}" if steps > 1 else "recap"
            found[prompt.id, role] = Completion(text=text)
    return Demonstration(str(document["written_on"]), tuple(asked), found)


def sample_of(backend: Backend) -> str:
    """Return the name of the sample session whose recaps a backend replays; empty for every other backend."""
    return backend.name.removeprefix(PREFIX) if backend.name.startswith(PREFIX) else ""


def backend_of(sample: str, speed: float) -> Backend:
    """Return the backend that replays the recaps of a sample session. Raises UnknownName."""
    return Backend(
        name=PREFIX + sample,
        kind="replay",
        zone="local",
        preset="demonstration",
        speed=speed,
        written_on=demonstration(sample).written_on,
    )
