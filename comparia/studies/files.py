"""Study files (TOML): sessions, models, prompts, probes, scoring and the analysis, written before the first call.

    [study]
    name = "minority-2026"
    question = "Do models keep minority views equally?"
    seed = 20261128                 # of the repeats: repeat n is asked with seed + n - 1
    repeats = 5

    [[session]]
    id = "foirail"
    files = ["data/foirail/session.vtt", "data/foirail/chat.txt"]
    reference = "data/foirail/reference.yaml"
    prompts.neutral = "prompts/neutral.fr.md"     # one condition, in the language of the session

    [[model]]
    id = "small"
    backend = "mistral:mistral-small-latest"
    generation = { temperature = 0.7, top_p = 1.0, max_tokens = 4000 }

    [scoring]
    metrics = ["minority_retention", "key_point_coverage"]

    [analysis]                      # hashed: a study says whether it was changed after the first call
    primary = "minority_retention"
    contrasts = [["small", "large"]]
    margin = 0.05

Files are named from the folder of the study file.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from comparia.errors import StudyError, told
from comparia.messages import gettext as _
from comparia.metrics import METRICS
from comparia.probing.probes import Probe, parse_probe
from comparia.records import Record, Zone, check_extra, content_id
from comparia.reports.readings import MINORITY, reading_of

MAX_BYTES = 1_000_000
"""Size beyond which a study file is refused."""

ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"
"""What sessions, models, conditions and probes may be named: these names stand in tables and file names."""


def default_metrics() -> tuple[str, ...]:
    """Return the metrics of a study that names none: those of one recap, whose cost does not grow with its square."""
    return tuple(name for name in METRICS if reading_of(name).place in ("scores", "checks"))


class Generation(Record):
    """How one model is asked: each value is the server's own where it is not given."""

    temperature: float | None = Field(None, ge=0, le=2)
    """Sampling temperature."""
    top_p: float | None = Field(None, gt=0, le=1)
    """Share of the probability mass that is sampled from."""
    seed: int | None = Field(None, ge=0, lt=2**31)
    """Seed of repeat 1; that of the study when None."""
    max_tokens: int | None = Field(None, ge=1)
    """Longest answer, in tokens."""
    reasoning_effort: str = Field("", max_length=20)
    """How long the model thinks, in the words of its server."""
    extra: Mapping[str, Any] = {}
    """Further fields of the request, as they are sent."""

    @field_validator("extra")
    @classmethod
    def _checked(cls, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        check_extra(extra)
        return extra


class StudySession(Record):
    """One session of a study."""

    id: str = Field(pattern=ID)
    """Its name in tables."""
    files: tuple[str, ...] = Field(min_length=1)
    """Its files, speech first."""
    reference: str = ""
    """Its key points; suggested without a model when empty, where the study allows it."""
    prompts: Mapping[str, str] = {}
    """Prompt file of each condition, in the language of the session; none where no backend reads a prompt."""
    language: Literal["fr", "en"] | None = None
    """Main language; guessed when None."""
    title: str = ""
    """Title; that of the reference, or the file's name, when empty."""


class StudyModel(Record):
    """One model of a study."""

    id: str = Field(pattern=ID)
    """Its name in tables."""
    backend: str = Field(min_length=1)
    """The backend, named as on the command line."""
    generation: Generation = Generation()
    """How it is asked."""


class StudyProbe(Record):
    """A probe, and the sessions that it changes."""

    id: str = Field(pattern=ID)
    """Its name in tables."""
    sessions: tuple[str, ...] = ()
    """Ids of the sessions it is applied to; all when empty."""
    probe: Probe
    """What it changes."""


class FurtherScoring(Record):
    """A scoring beside the first, by a judge or an embedder."""

    name: str = Field(pattern=ID)
    """Its name."""
    judge: str = ""
    """A model that judges where words cannot tell."""
    embedder: str = ""
    """An embedding model."""


class Scoring(Record):
    """How recaps are scored."""

    metrics: tuple[str, ...] = Field(default_factory=default_metrics)
    """Names of the metrics."""
    also: tuple[FurtherScoring, ...] = ()
    """Further scorings, side by side."""


class PlannedAnalysis(Record):
    """What will be asked of the scores, written before they are known."""

    primary: str = MINORITY
    """The metric that the study is about."""
    secondary: tuple[str, ...] = ()
    """Metrics that are explored: their tests are corrected apart."""
    contrasts: tuple[tuple[str, str], ...] = ()
    """Pairs of models, first minus second; every pair, explored, when empty."""
    conditions: tuple[str, ...] = ()
    """Conditions that are averaged; all when empty."""
    correction: Literal["holm", "benjamini_hochberg"] = "holm"
    """How p-values are corrected over the contrasts."""
    margin: float | None = Field(None, gt=0, lt=1)
    """Smallest difference that matters; None leaves out “no meaningful difference”."""
    alpha: float = Field(0.05, gt=0, lt=0.5)
    """Level of the tests."""
    unit: Literal["session"] = "session"
    """What intervals treat as drawn at random."""

    @property
    def digest(self) -> str:
        """Hash of the whole analysis."""
        return content_id("an", self.model_dump(mode="json"))


class _Head(Record):
    name: str = Field(pattern=ID)
    question: str = Field("", max_length=2000)
    seed: int = Field(0, ge=0, lt=2**31)
    repeats: int = Field(1, ge=1, le=1000)
    policy: Zone | None = None
    pseudonyms: Literal["auto", "always", "never"] | None = None
    allow_suggested: bool = False


class Study(Record):
    """A study, as its file says it."""

    name: str
    """Its name."""
    question: str
    """What it asks."""
    seed: int
    """Seed of repeat 1, and of the intervals."""
    repeats: int
    """Recaps of each model in each condition of each session."""
    policy: Zone | None
    """How far sessions may travel; the settings' when None."""
    pseudonyms: Literal["auto", "always", "never"] | None
    """When names are hidden; the settings' when None."""
    allow_suggested: bool
    """Whether key points that nobody reviewed may be scored against."""
    sessions: tuple[StudySession, ...]
    """Its sessions."""
    models: tuple[StudyModel, ...]
    """Its models."""
    probes: tuple[StudyProbe, ...]
    """Its probes."""
    scoring: Scoring
    """How recaps are scored."""
    analysis: PlannedAnalysis
    """What is asked of the scores."""
    file: str
    """Path of its file."""
    digest: str
    """SHA-256 of its file."""

    @property
    def folder(self) -> Path:
        """The folder that files are named from."""
        return Path(self.file).parent

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions, in order of appearance."""
        return tuple(dict.fromkeys(name for session in self.sessions for name in session.prompts))

    @model_validator(mode="after")
    def _names_exist(self) -> Study:
        for what, names in (
            ("session", [session.id for session in self.sessions]),
            ("model", [model.id for model in self.models]),
            ("probe", [probe.id for probe in self.probes]),
        ):
            if doubled := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(_("{what}: the id {id} is given twice").format(what=what, id=doubled))
        models, sessions = {model.id for model in self.models}, {session.id for session in self.sessions}
        for place, names, known in (
            ("analysis.contrasts", [name for pair in self.analysis.contrasts for name in pair], models),
            ("analysis.conditions", list(self.analysis.conditions), set(self.conditions)),
            ("analysis.primary", [self.analysis.primary], set(self.scoring.metrics)),
            ("analysis.secondary", list(self.analysis.secondary), set(self.scoring.metrics)),
            ("scoring.metrics", list(self.scoring.metrics), set(METRICS)),
            ("probe.sessions", [name for probe in self.probes for name in probe.sessions], sessions),
        ):
            if unknown := next((name for name in names if name not in known), None):
                raise ValueError(
                    _("{place}: {name} is not one of {known}").format(
                        place=place, name=unknown, known=", ".join(sorted(known)[:20])
                    )
                )
        for session in self.sessions:
            if missing := [name for name in self.conditions if name not in session.prompts]:
                raise ValueError(
                    _("session.{id}: no prompt for the condition {name}").format(id=session.id, name=missing[0])
                )
        return self


def load(path: Path) -> Study:
    """Read a study file. Nothing else is read: `library.check_study` does that.

    Raises:
        StudyError: it cannot be read, or has another shape; the key is named, with its line where it is known.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StudyError(_("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000), path)
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise StudyError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    except UnicodeDecodeError as error:
        raise StudyError(_("this file must be UTF-8."), path) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(_("not valid TOML ({error}).").format(error=error), path) from error
    unknown = set(document) - {"study", "session", "model", "probe", "scoring", "analysis"}
    if unknown:
        name = min(unknown)
        raise StudyError(_("{field}: is not a field of this file.").format(field=name), path, _line_of(text, name))
    head = _validated(_Head, document.get("study", {}), "study", path, text)
    probes = [
        StudyProbe(
            id=str(table.get("id") or table.get("kind", "")),
            sessions=tuple(map(str, table.get("sessions", ()))),
            probe=parse_probe({key: value for key, value in table.items() if key != "sessions"}, str(path)),
        )
        for table in _tables(document, "probe", path)
    ]
    values = {
        **head.model_dump(),
        "sessions": [
            _validated(StudySession, table, f"session.{n}", path, text)
            for n, table in enumerate(_tables(document, "session", path), start=1)
        ],
        "models": [
            _validated(StudyModel, table, f"model.{n}", path, text)
            for n, table in enumerate(_tables(document, "model", path), start=1)
        ],
        "probes": probes,
        "scoring": _validated(Scoring, document.get("scoring", {}), "scoring", path, text),
        "analysis": _validated(PlannedAnalysis, document.get("analysis", {}), "analysis", path, text),
        "file": path.as_posix(),
        "digest": hashlib.sha256(content).hexdigest(),
    }
    for name in ("sessions", "models"):
        if not values[name]:
            raise StudyError(_("there is no [[{name}]] in this study.").format(name=name.removesuffix("s")), path)
    return _validated(Study, values, "", path, text)


def _tables(document: Mapping[str, Any], name: str, path: Path) -> Sequence[Mapping[str, Any]]:
    tables = document.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise StudyError(_("write [[{name}]], once for each.").format(name=name), path)
    return tables


_Shape = TypeVar("_Shape", bound=Record)


def _validated(shape: type[_Shape], value: Any, place: str, path: Path, text: str) -> _Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        if first["type"] == "value_error":
            message = str(first["ctx"]["error"]) + "."
            raise StudyError(message, path) from error
        field = ".".join(map(str, [*([place] if place else []), *first["loc"]]))
        line = _line_of(text, str(first["loc"][-1])) if first["loc"] else None
        raise StudyError(_("{field}: {problem}.").format(field=field, problem=told(first)), path, line) from error


def _line_of(text: str, key: str) -> int | None:
    """Return the line of a key that stands once in the file; None where it does not."""
    lines = [n for n, line in enumerate(text.splitlines(), start=1) if line.split("=")[0].strip().strip("[]") == key]
    return lines[0] if len(lines) == 1 else None
