"""A run as one of a study: the session, the probe, the conditions and the models that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from comparia.records import Backend, Cell, Run, Variant

Value = str | int | float | bool | None
"""One cell of a table: a text is never None, a number or a boolean is None where it is not known."""

Row = dict[str, Value]
"""One row of a table, by column, in the order of the columns."""


@dataclass(frozen=True)
class StudyRun:
    """A run, and where it stands in a study."""

    run: Run
    """The run, with its scores."""
    study: str = ""
    """Name of the study."""
    session: str = ""
    """Name of the session, the same in all its runs; the id of its transcript when empty."""
    probe: str = ""
    """What was changed of the session; empty for the session as it was."""
    condition_of: Mapping[str, str] = field(default_factory=dict)
    """Name of the condition, by id of the prompt; a prompt that is not there stands under its own name."""
    model_of: Mapping[str, str] = field(default_factory=dict)
    """Name of the model, by name of the backend; a backend that is not there stands under its own name."""
    scoring: str = ""
    """Name of the scoring that the run was read with; empty for the one without a name."""

    @property
    def session_name(self) -> str:
        """The session: its name in the study, else the id of its transcript."""
        return self.session or self.run.transcript.id

    def model(self, backend: str) -> str:
        """Return the name of a model in the study, from the name of its backend."""
        return self.model_of.get(backend, backend)

    def condition(self, prompt: str | None) -> str:
        """Return the name of a condition, from the id of its prompt; empty for what reads no prompt."""
        if prompt is None:
            return ""
        return self.condition_of.get(prompt, self.run.prompt_named(prompt))

    def backend(self, name: str) -> Backend | None:
        """Return a backend of the run by its name; None for one that is not in the run, as an imported recap's."""
        return next((backend for backend in self.run.backends if backend.name == name), None)

    def messages(self, recap: Variant | Cell) -> list[dict[str, str]]:
        """Return the messages of the prompt of a recap, their variables as they stand; none for what reads no prompt.

        Each is `role` and `content`.
        """
        prompt = next((prompt for prompt in self.run.prompts if prompt.id == recap.prompt), None)
        if prompt is None:
            return []
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        return [*system, *({"role": "user", "content": step} for step in prompt.steps)]

    def question(self, recap: Variant | Cell) -> str:
        """Return what a recap answers, without the session: its title and the prompt."""
        told = (self.run.transcript.title, *(message["content"] for message in self.messages(recap)))
        return "\n\n".join(text for text in told if text)

    @property
    def missing(self) -> tuple[Cell, ...]:
        """The cells of the plan of which nothing came back, neither a recap nor a failure."""
        written = {variant.id for variant in self.run.variants}
        return tuple(cell for cell in self.run.plan.cells if cell.variant not in written)

    @property
    def recaps(self) -> tuple[Variant | Cell, ...]:
        """What came back, then the cells of which nothing did."""
        return (*self.run.variants, *self.missing)

    def of_run(self) -> Row:
        """Return what every row says of the run it comes from."""
        return {
            "study": self.study,
            "session": self.session_name,
            "language": self.run.transcript.language,
            "probe": self.probe,
            "run": self.run.id,
        }

    def of_recap(self, recap: Variant | Cell) -> Row:
        """Return what every row says of the recap it is of, written or not, and of its run."""
        written = recap if isinstance(recap, Variant) else None
        return {
            "study": self.study,
            "session": self.session_name,
            "language": self.run.transcript.language,
            "probe": self.probe,
            "condition": self.condition(recap.prompt),
            "prompt_id": recap.prompt or "",
            "model": self.model(recap.backend),
            "backend": recap.backend,
            "resolved_model": written.model if written else "",
            "repeat": recap.repeat,
            "run": self.run.id,
            "variant": recap.id if isinstance(recap, Variant) else recap.variant,
        }


def as_study_runs(runs: Iterable[Run | StudyRun]) -> Iterable[StudyRun]:
    """Yield runs as runs of a study, one at a time; one that is none yet stands for itself."""
    return (run if isinstance(run, StudyRun) else StudyRun(run) for run in runs)
