"""Fences: lines around a text that a model must read as data and never as instructions."""

from __future__ import annotations

import hashlib
import secrets
import string

LETTERS = 24
"""Number of letters of a random fence: 113 bits. Digits are avoided because they could look like personal data."""
_OF_HEXADECIMAL = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def drawn() -> str:
    """Return the letters of a new fence, at random, so that no speaker could have guessed them."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS))


def line(letters: str) -> str:
    """Return the line of a fence."""
    return f"====={letters}====="


def fence_of(text: str) -> str:
    """Return the fence of a text, made of the first 16 hexadecimal digits of its SHA-256, written as letters.

    A change of the text changes its fence, so nobody can put the fence into the text. The same text has the same fence,
    so a question asked twice gives the same request.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return line(digest.translate(_OF_HEXADECIMAL))
