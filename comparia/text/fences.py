"""Fences around what a model must read and never obey."""

from __future__ import annotations

import hashlib
import secrets
import string

LETTERS = 24
"""Letters of a fence that is drawn: 113 bits, and no digit, which could look like personal data."""
_OF_HEXADECIMAL = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def drawn() -> str:
    """Return the letters of a fence, drawn at random: nobody who spoke could have written them."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS))


def line(letters: str) -> str:
    """Return the line of a fence."""
    return f"====={letters}====="


def fence_of(text: str) -> str:
    """Return the fence of a text, made of the first 16 hexadecimal digits of its SHA-256, written as letters.

    Whoever writes in the text changes the fence, so nobody can write it there. The same text has the same fence: a question asked
    twice is the same question.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return line(digest.translate(_OF_HEXADECIMAL))
