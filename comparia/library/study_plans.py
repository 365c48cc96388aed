"""Studies planned: every file that one names is read, every run is laid out; nothing is sent."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import PromptError, StudyError
from comparia.files import write_private
from comparia.library.comparisons import load_prompt_set
from comparia.library.kept import has_store, open_store
from comparia.library.points import load_reference, suggest_reference
from comparia.library.sessions import hiding_by, read_transcript
from comparia.library.upkeep import version
from comparia.messages import gettext as _
from comparia.records import ZONES, Prompt, Run, Zone, now
from comparia.reports.readings import MINORITY
from comparia.statistics.power import SmallestDifference, smallest_difference
from comparia.studies.design import RunDesign, SessionInput, designs
from comparia.studies.files import Study, StudySession, load

if TYPE_CHECKING:
    from comparia.library.study_batches import BatchTerms
    from comparia.store import Store


class PlannedRun(NamedTuple):
    """One run of a study, planned."""

    design: RunDesign
    """What it is."""
    run: Run
    """The run, with its plan; nothing was sent."""
    files: Mapping[str, str]
    """SHA-256 of each file of its session, by name."""


class StudyCheck(NamedTuple):
    """What a study would do."""

    study: Study
    """The study."""
    runs: tuple[PlannedRun, ...]
    """Its runs, planned."""
    done: int
    """Recaps that are there already."""
    smallest: SmallestDifference
    """The smallest difference of the primary metric that the design could see."""
    changed: bool
    """Whether the analysis is another than before the first call."""

    @property
    def recaps(self) -> int:
        """Recaps of the whole study."""
        return sum(len(planned.run.plan.cells) for planned in self.runs)

    @property
    def calls(self) -> int:
        """Calls of the whole study."""
        return sum(planned.run.plan.calls for planned in self.runs)

    @property
    def input_tokens(self) -> int:
        """Estimated input tokens of the whole study."""
        return sum(planned.run.plan.input_tokens for planned in self.runs)

    @property
    def cost(self) -> float | None:
        """Estimated cost in US dollars over the models whose price is known; None if none is known."""
        costs = [planned.run.plan.cost for planned in self.runs if planned.run.plan.cost is not None]
        return sum(costs) if costs else None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known, as the study names them: `cost` leaves them out."""
        names = (planned.design.models.get(name, name) for planned in self.runs for name in planned.run.plan.unpriced)
        return tuple(dict.fromkeys(names))

    @property
    def terms(self) -> tuple[BatchTerms, ...]:
        """What is known of the batches that its models take; empty where none takes any."""
        from comparia.library.study_batches import batch_terms

        backends = [backend for planned in self.runs for backend in planned.run.backends]
        names = {name: model for planned in self.runs for name, model in planned.design.models.items()}
        return batch_terms(backends, lambda name: names.get(name, name))

    @property
    def batch_cost(self) -> float | None:
        """Estimated cost in US dollars with what can be asked in batches asked so; None if no price is known."""
        from comparia.comparing import cost_in_batches

        costs = [cost_in_batches(planned.run.plan, planned.run.backends) for planned in self.runs]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if known else None

    @property
    def minutes(self) -> float:
        """Least duration under the known rate limits: runs follow one another."""
        return sum(planned.run.plan.minutes for planned in self.runs)


def check_study(file: str | Path, *, trusted: bool = False, settings: Settings | None = None) -> StudyCheck:
    """Read a study and everything that it names, and plan all its runs. Nothing is sent, nothing is written.

    Args:
        file: the study file.
        trusted: whether it may name files outside its folder, and let sessions travel further than the settings.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: a file that cannot be read, an unknown name, a refused zone; the place in the study is named.
    """
    settings = settings or load_settings()
    study = load(Path(file))
    with store_if_any(settings) as store:
        runs = tuple(planned_runs(study, settings, store, trusted=trusted))
        done = sum(recaps_there(store, planned.run) for planned in runs)
    analysis = study.analysis
    smallest = smallest_difference(
        len(study.sessions),
        study.repeats * max(1, len(study.conditions)),
        _points_of(study, runs),
        contrasts=max(1, len(analysis.contrasts)),
        alpha=analysis.alpha,
        seed=study.seed,
    )
    return StudyCheck(study, runs, done, smallest, is_changed(study, settings))


def planned_runs(study: Study, settings: Settings, store: Store | None, *, trusted: bool) -> Iterator[PlannedRun]:
    """Yield the runs of a study, planned; nothing is sent or written. Raises CompariaError, as `check_study` does."""
    from comparia import comparing

    policy = _policy_of(study, settings, trusted=trusted)
    backends = {model.id: comparing.resolve_backends([model.backend], settings, store) for model in study.models}
    sessions = [_session_of(study, session, trusted=trusted) for session in study.sessions]
    files = {session.id: session.files for session in sessions}
    hiding = hiding_by(settings)
    if study.pseudonyms is not None:
        hiding = hiding._replace(mode=study.pseudonyms)
    for design in designs(study, sessions, backends):
        # Names that a study invents are no one's: the veil lets them pass, so that models read what was changed.
        invented = design.change.pseudonyms_declared if design.change else ()
        own = hiding._replace(left=(*hiding.left, *invented))
        pseudonyms = comparing.pseudonyms_for(design.transcript, design.backends, own, store)
        hidden = pseudonyms is not None
        run = comparing.plan(
            design.transcript,
            tuple(design.prompts.values()),
            design.backends,
            pseudonyms=pseudonyms,
            fence=store.runs.fence_of(design.transcript.id, hidden=hidden) if store is not None else "",
            repeats=study.repeats,
            policy=policy,
            reference=design.reference,
            software=version(),
        )
        yield PlannedRun(design, run.model_copy(update={"id": design.id}), files[design.session])


def _session_of(study: Study, session: StudySession, *, trusted: bool) -> SessionInput:
    from comparia import references

    where = f"session.{session.id}"
    files = [_file(study, name, where, trusted=trusted) for name in session.files]
    transcript = read_transcript(*files, language=session.language, title=session.title or None)
    hashes = {name: _sha256(path) for name, path in zip(session.files, files, strict=True)}
    if session.reference:
        path = _file(study, session.reference, where, trusted=trusted)
        hashes[session.reference] = _sha256(path)
        if not session.title:
            transcript = references.titled(path, transcript)
        reference = load_reference(path, transcript)
    elif study.allow_suggested:
        reference = suggest_reference(transcript)[0]
    else:
        raise StudyError(
            _("{place}: no key points are given.").format(place=where),
            study.file,
            cure=_("Give reference = FILE, or write allow_suggested = true under [study]."),
        )
    if reference.origin == "suggested" and not study.allow_suggested:
        raise StudyError(
            _("{place}: nobody reviewed these key points.").format(place=where),
            study.file,
            cure=_("Review them, or write allow_suggested = true under [study]."),
        )
    prompts: dict[str, Prompt] = {}
    for condition, name in session.prompts.items():
        place = study.folder / name
        shipped = not place.exists()
        source = name if shipped else _file(study, name, f"{where}.prompts.{condition}", trusted=trusted)
        try:
            found = load_prompt_set(source, language=transcript.language)
        except PromptError as error:
            raise StudyError(
                _("{place}: {problem}").format(place=f"{where}.prompts.{condition}", problem=error), study.file
            ) from error
        if len(found) != 1:
            raise StudyError(
                _("{place}: {name} holds {n} prompts, and a condition is one.").format(
                    place=f"{where}.prompts.{condition}", name=name, n=len(found)
                ),
                study.file,
                cure=_("Name one file."),
            )
        prompts[condition] = found[0]
        if not shipped:
            hashes[name] = _sha256(place)
    return SessionInput(session.id, transcript, reference, prompts, hashes)


def _file(study: Study, name: str, where: str, *, trusted: bool) -> Path:
    """Return a file that a study names; one outside its folder must be allowed: its content is sent to models."""
    path = study.folder / name
    inside = path.resolve().is_relative_to(study.folder.resolve())
    if not inside and not trusted:
        raise StudyError(
            _("{place}: {name} lies outside the folder of the study.").format(place=where, name=name),
            study.file,
            cure=_("Move it there, or add --trust if this study is your own."),
            on_page="",
        )
    if not path.is_file():
        raise StudyError(_("{place}: there is no file {name}.").format(place=where, name=name), study.file)
    return path


def _policy_of(study: Study, settings: Settings, *, trusted: bool) -> Zone:
    """Return how far sessions may travel: a study only tightens what the settings say, unless it is trusted."""
    if study.policy is None or trusted:
        return study.policy or settings.policy
    return min(study.policy, settings.policy, key=ZONES.index)


def _points_of(study: Study, runs: tuple[PlannedRun, ...]) -> int:
    """Return the mean number of points of a session that the primary metric looks at, 1 at least."""
    counts = []
    for planned in runs:
        if not planned.design.probe:
            reference = planned.design.reference
            few = [point for point in reference.key_points if reference.is_minority(point)]
            wanted = few if study.analysis.primary == MINORITY else reference.key_points
            counts.append(len(wanted))
    return max(1, round(sum(counts) / max(1, len(counts))))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def study_folder(study: Study, settings: Settings) -> Path:
    """Return the folder where what is kept of a study beside its runs lies."""
    return settings.outputs / "studies" / study.name


def written_plan(study: Study, settings: Settings) -> Mapping[str, str]:
    """Return what was written down before the first call: hashes and time; empty before."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((study_folder(study, settings) / "plan.json").read_text("utf-8"))
        if isinstance(content, dict):
            return {str(key): str(value) for key, value in content.items()}
    return {}


def write_down(study: Study, settings: Settings) -> None:
    """Write down the hashes of a study and of its analysis, before the first call; a later call changes nothing."""
    if written_plan(study, settings):
        return
    folder = study_folder(study, settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = {"study": study.digest, "analysis": study.analysis.digest, "at": now().isoformat()}
    write_private(folder / "plan.json", json.dumps(plan, indent=1).encode())


def is_changed(study: Study, settings: Settings) -> bool:
    """Return whether the analysis of a study is another than the one that was written down."""
    written = written_plan(study, settings)
    return bool(written) and written.get("analysis") != study.analysis.digest


def store_if_any(settings: Settings) -> contextlib.AbstractContextManager[Store | None]:
    """Open the database; None where there is none yet."""
    return open_store(settings) if has_store(settings) else nullcontext()


def recaps_there(store: Store | None, run: Run) -> int:
    """Return how many recaps of a planned run are stored."""
    if store is None or not store.runs.has(run.id):
        return 0
    return sum(v.summary is not None for v in store.runs.read(run.id, with_scores=False).variants)
