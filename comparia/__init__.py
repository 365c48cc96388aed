"""Comparia: several recaps of the same session, side by side, with the evidence.

Everything promised to users of the library is named here, and imported when first used:

    import comparia
    run = comparia.compare("session.vtt", prompts="compte-rendu", backends=["extractive"])
    print(comparia.render(run, "markdown").decode())
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "CompariaError": "comparia.errors",
    "Prompt": "comparia.records",
    "Reference": "comparia.records",
    "Run": "comparia.records",
    "Score": "comparia.records",
    "Transcript": "comparia.records",
    "Variant": "comparia.records",
    "compare": "comparia.library",
    "load_prompt_set": "comparia.library",
    "load_reference": "comparia.library",
    "read_run": "comparia.library",
    "read_transcript": "comparia.library",
    "render": "comparia.library",
    "resume": "comparia.library",
    "score": "comparia.library",
    "suggest_reference": "comparia.library",
    "transcribe": "comparia.library",
    "write_transcript": "comparia.library",
}

if TYPE_CHECKING:
    from comparia.errors import CompariaError
    from comparia.library import (
        compare,
        load_prompt_set,
        load_reference,
        read_run,
        read_transcript,
        render,
        resume,
        score,
        suggest_reference,
        transcribe,
        write_transcript,
    )
    from comparia.records import Prompt, Reference, Run, Score, Transcript, Variant

__all__ = [
    "CompariaError",
    "Prompt",
    "Reference",
    "Run",
    "Score",
    "Transcript",
    "Variant",
    "__version__",
    "compare",
    "load_prompt_set",
    "load_reference",
    "read_run",
    "read_transcript",
    "render",
    "resume",
    "score",
    "suggest_reference",
    "transcribe",
    "write_transcript",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'comparia' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
