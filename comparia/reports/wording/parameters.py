"""The words reports say of the generation parameters of the models of a run."""

from __future__ import annotations

import json
from typing import Any

from comparia.messages import gettext as _
from comparia.records import Backend, Run
from comparia.reports.wording.labels import backend_label

_CODES = {
    "temperature": "no_temperature",
    "top_p": "no_top_p",
    "seed": "no_seed",
    "reasoning_effort": "no_reasoning_effort",
}


def parameter_lines(run: Run) -> list[str]:
    """Return the generation parameters of each model for which some are set, with those that it did not take."""
    lines = []
    for backend in run.backends:
        refused = {code for variant in run.variants if variant.backend == backend.name for code in variant.warnings}
        said = [
            _("{parameter} (not taken)").format(parameter=text) if _CODES.get(name) in refused else text
            for name, text in _texts(backend, run.repeats).items()
        ]
        if said:
            lines.append(
                _("{backend} was asked with: {parameters}.").format(
                    backend=backend_label(backend.name), parameters="; ".join(said)
                )
            )
    return lines


def _texts(backend: Backend, repeats: int) -> dict[str, str]:
    """Return `name = value` of each parameter that is set, as settings write it; the seeds of all repeats."""
    seeds = [] if backend.seed is None else [backend.seed_of(n) for n in range(1, repeats + 1)]
    values: dict[str, Any] = {
        "temperature": backend.temperature,
        "top_p": backend.top_p,
        "seed": ", ".join(map(str, seeds)) or None,
        "max_tokens": backend.max_tokens,
        "reasoning_effort": backend.reasoning_effort or None,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in backend.extra.items()},
    }
    return {name: f"{name} = {value}" for name, value in values.items() if value is not None}
