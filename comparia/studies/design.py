"""The runs of a study: one for each session and probe, with every prompt, model and repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comparia.errors import StudyError
from comparia.messages import gettext as _
from comparia.probing.changes import Change
from comparia.probing.counterfactual import apply
from comparia.records import Backend, Prompt, Reference, Transcript, content_id
from comparia.studies.files import Generation, Study, StudyModel

NAMED_BY_MODEL = ("openai_compatible", "litellm", "gguf")
"""Kinds of backends that bear, in a run of a study, the name of its model: one backend may be asked in several ways."""


@dataclass(frozen=True)
class SessionInput:
    """A session of a study, read."""

    id: str
    """Its name in the study."""
    transcript: Transcript
    """The session."""
    reference: Reference
    """Its key points."""
    prompts: Mapping[str, Prompt]
    """The prompt of each condition."""
    files: Mapping[str, str]
    """SHA-256 of each file that was read, by name."""


@dataclass(frozen=True)
class RunDesign:
    """One run of a study, before it is planned."""

    id: str
    """Id of the run: the same design has the same id, another has another."""
    session: str
    """Name of the session."""
    probe: str
    """Name of the probe; empty for the session as it is."""
    transcript: Transcript
    """The session, changed by the probe."""
    reference: Reference
    """Its key points."""
    prompts: Mapping[str, Prompt]
    """The prompt of each condition."""
    backends: tuple[Backend, ...]
    """The models, as they are asked."""
    models: Mapping[str, str]
    """Name of the model of each backend, by name of the backend."""
    change: Change | None
    """What the probe changed; None without one."""

    @property
    def conditions(self) -> dict[str, str]:
        """Name of the condition of each prompt, by id of the prompt."""
        return {prompt.id: name for name, prompt in self.prompts.items()}


def designs(
    study: Study, sessions: Sequence[SessionInput], backends: Mapping[str, tuple[Backend, ...]]
) -> Iterator[RunDesign]:
    """Yield the runs of a study, session by session: as it is first, then each probe.

    Args:
        study: the study.
        sessions: its sessions, read.
        backends: what each model's backend is, by name of the model: an algorithm or a recording may be several.

    Raises:
        StudyError: two prompts of a session are the same.
        ProbeError: a probe that cannot be applied.
    """
    asked, models = _asked(study, backends)
    for session in sessions:
        ids = [prompt.id for prompt in session.prompts.values()]
        if len(set(ids)) < len(ids):
            raise StudyError(_("session.{id}: two conditions have the same prompt.").format(id=session.id), study.file)
        yield _design(study, session, session.transcript, session.reference, asked, models, "", None)
        for probe in study.probes:
            if not probe.sessions or session.id in probe.sessions:
                changed = apply(session.transcript, session.reference, probe.probe, study.file)
                given = (changed.transcript, changed.reference)
                yield _design(study, session, *given, asked, models, probe.id, changed.change)


def _design(
    study: Study,
    session: SessionInput,
    transcript: Transcript,
    reference: Reference,
    backends: tuple[Backend, ...],
    models: Mapping[str, str],
    probe: str,
    change: Change | None,
) -> RunDesign:
    content = [
        transcript.id,
        reference.digest,
        [prompt.id for prompt in session.prompts.values()],
        [
            backend.model_dump(
                mode="json", exclude={"timeout", "concurrency", "batch", "batch_price"}, exclude_defaults=True
            )
            for backend in backends
        ],
        study.repeats,
        study.policy,
        study.pseudonyms,
    ]
    digest = content_id("", content).strip("_")[:10]
    name = "-".join(re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:12] for part in (study.name, session.id))
    return RunDesign(
        f"{name}-{digest}", session.id, probe, transcript, reference, session.prompts, backends, models, change
    )


def _asked(study: Study, backends: Mapping[str, tuple[Backend, ...]]) -> tuple[tuple[Backend, ...], dict[str, str]]:
    """Return the backends of a study as they are asked, and the model of each by its name."""
    asked: list[Backend] = []
    models: dict[str, str] = {}
    for model in study.models:
        found = backends[model.id]
        for backend in found:
            named = backend.kind in NAMED_BY_MODEL
            name = model.id if named else backend.name
            if name in models:
                raise StudyError(
                    _("model.{id}: {backend} is asked twice in the same way.").format(id=model.id, backend=name),
                    study.file,
                )
            models[name] = model.id if len(found) == 1 else f"{model.id}:{backend.name.rpartition(':')[2]}"
            told = {"name": name, **_parameters(study, model)} if named else {"name": name}
            asked.append(backend.model_copy(update=told))
    return tuple(asked), models


def _parameters(study: Study, model: StudyModel) -> dict[str, object]:
    """Return the fields of a backend that its generation parameters set."""
    generation: Generation = model.generation
    given = {
        name: getattr(generation, name)
        for name in ("temperature", "top_p", "max_tokens", "reasoning_effort", "extra")
        if getattr(generation, name) not in (None, "", {})
    }
    return {**given, "seed": generation.seed if generation.seed is not None else study.seed}
