"""Comparison of versions of one prompt on one session: what each version changed.

found  = changes(earlier, later)            points gained and lost, scores, length, for each backend
pieces = prompt_changes(before, after)      the diff of the prompt
asked  = await ask("critique", run, …)      asks a model a question about the prompt, or about a recap
rewriting_in(critique, prompt)              the rewriting that it proposes, for `rewritten`
record(runs, answers) / read_recording(file)   everything in one file, to replay without network
"""

from __future__ import annotations

from comparia.trying.changes import (
    Change,
    Figure,
    Moved,
    Piece,
    changes,
    played,
    prompt_changes,
    prompt_of,
    shortened,
)
from comparia.trying.questions import KINDS, Kind, ask, question_file
from comparia.trying.recording import (
    Answer,
    Recording,
    next_recorded,
    read_recording,
    record,
    recorded_answer,
    recorded_as,
    same_prompt,
    same_words,
)
from comparia.trying.rewriting import Rewriting, rewriting_in, rewritten

__all__ = [
    "KINDS",
    "Answer",
    "Change",
    "Figure",
    "Kind",
    "Moved",
    "Piece",
    "Recording",
    "Rewriting",
    "ask",
    "changes",
    "next_recorded",
    "played",
    "prompt_changes",
    "prompt_of",
    "question_file",
    "read_recording",
    "record",
    "recorded_answer",
    "recorded_as",
    "rewriting_in",
    "rewritten",
    "same_prompt",
    "same_words",
    "shortened",
]
