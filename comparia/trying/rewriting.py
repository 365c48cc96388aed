"""The rewriting that a critique proposes, put into the prompt it is about."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

LEAST = 12
"""Characters of the shortest passage between quotation marks that is taken for a sentence of a prompt."""

SESSION = "{{ transcript }}"
"""Where a prompt has the session put: what is added goes before it."""

_ITEM = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*|__)?\d{1,2}[.)]", re.MULTILINE)
"""Matches the beginning of a numbered item of an answer."""
_REWRITING = re.compile(r"r[ée]écri(?:ture|re)|reformulation|rewrit|rewording", re.IGNORECASE)
_QUOTED = re.compile(r"«\s*([^«»]+?)\s*»|“\s*([^“”]+?)\s*”|\"\s*([^\"\n]+?)\s*\"|```[a-z]*\n(.+?)\n```", re.DOTALL)


class Rewriting(NamedTuple):
    """What a critique proposes to write."""

    old: str
    """The sentence of the prompt that it replaces, as the critique quotes it; empty where it is only added."""
    new: str
    """The sentence to write."""


def rewriting_in(critique: str, prompt: str) -> Rewriting | None:
    """Return the rewriting that a critique proposes of a prompt; None where none can be told from the rest of it.

    It is looked for in the numbered item that speaks of a rewriting: the last passage there between quotation marks
    that the prompt does not hold, in place of the last one before it that the prompt holds.
    """
    starts = [match.start() for match in _ITEM.finditer(critique)]
    items = [critique[start:end] for start, end in pairwise([*starts, len(critique)])]
    item = next((item for item in reversed(items) if _REWRITING.search(item.partition("\n")[0])), "")
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(item)]
    passages = [passage for passage in quoted if len(passage) >= LEAST]
    new = next((passage for passage in reversed(passages) if not _place(passage, prompt)), "")
    if not new:
        return None
    old = next((passage for passage in reversed(passages[: passages.index(new)]) if _place(passage, prompt)), "")
    return Rewriting(old, new)


def rewritten(prompt: str, rewriting: Rewriting) -> str:
    """Return a prompt with a rewriting in it: in place of the sentence it replaces, else before the session."""
    if rewriting.old and (place := _place(rewriting.old, prompt)) is not None:
        return prompt[: place.start()] + rewriting.new + prompt[place.end() :]
    before, session, after = prompt.rpartition(SESSION)
    if session:
        return f"{before.rstrip()}\n{rewriting.new}\n\n{session}{after}".lstrip("\n")
    return f"{prompt.rstrip()}\n{rewriting.new}\n".lstrip("\n")


def _place(passage: str, prompt: str) -> re.Match[str] | None:
    """Return where a prompt holds a passage, whatever its spaces, apostrophes and last full stop."""
    words = [re.sub(r"['’]", "['’]", re.escape(word)) for word in passage.strip(" .…").split()]
    return re.search(r"\s+".join(words) + r"\.?", prompt) if words else None
