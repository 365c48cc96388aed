"""Several AI recaps of the same session, side by side: what each kept, lost or invented, with the evidence.

    import comparia
    run = comparia.compare("session.vtt", prompts="compte-rendu", backends=["extractive"])
    print(comparia.render(run, "markdown").decode())

Functions are listed below. The records they take and give are frozen: Transcript, Prompt, Reference, Run, Variant and
Score; `help(comparia.Run)` lists the fields of one. Every error that a user can cure is a CompariaError, whose text
says what to do. Guides are in `docs/`.
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
    "to_frame": "comparia.library",
    "transcribe": "comparia.library",
    "write_tables": "comparia.library",
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
        to_frame,
        transcribe,
        write_tables,
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
    "to_frame",
    "transcribe",
    "write_tables",
    "write_transcript",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'comparia' has no attribute {name!r}")
    from comparia.library.tables import to_frame
    from comparia.reports.frames import teach_records

    teach_records(to_frame)
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the functions: `help(comparia)` would show every inherited method of a record, some 3,000 lines."""
    return sorted(name for name in __all__ if name[0].islower() or name == "__version__")
