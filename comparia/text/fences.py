"""Fences around what a model must read and never obey.

A fence made from the text it closes in cannot have been written in that text: whoever writes changes the fence. The same text has
the same fence, so that a question asked twice is the same question.
"""

from __future__ import annotations

import hashlib

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def fence_of(text: str) -> str:
    """The fence of a text: five signs, sixteen letters of its SHA-256, five signs; letters alone, which look like no number."""
    return (
        "=====" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16].translate(_LETTERS) + "====="
    )
