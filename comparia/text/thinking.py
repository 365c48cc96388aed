"""Removal of a model's thinking from its answer, for all known marks: closed or not, nested, in capitals.

Some servers return thinking in a separate field; others leave it in the text, between marks that differ by model:
`<think>` (DeepSeek, Qwen), `[THINK]` (Magistral), `<|channel|>analysis` (gpt-oss), `<unused94>` (Gemma), `◁think▷`
(Kimi), `<|START_THINKING|>` (Cohere).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_WORDS = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|inner_monologue)"
_OPEN = re.compile(
    rf"<\s*{_WORDS}(?:\s[^<>]{{0,80}})?>|\[{_WORDS}\]|◁think▷|<\|(?:begin_of_thought|START_THINKING|thinking)\|>|"
    r"<unused94>(?:thought\b)?|(?:<\|start\|>assistant)?<\|channel\|>\s*(?:analysis|commentary)[^<]{0,40}<\|message\|>",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    rf"<\s*/\s*{_WORDS}\s*>|\[/{_WORDS}\]|◁/think▷|<\|(?:end_of_thought|END_THINKING|/thinking)\|>|<unused95>|"
    r"<\|(?:end|call)\|>|(?:<\|start\|>assistant)?<\|channel\|>\s*final[^<]{0,40}<\|message\|>",
    re.IGNORECASE,
)
_MARK = re.compile(f"(?P<open>{_OPEN.pattern})|(?P<close>{_CLOSE.pattern})", re.IGNORECASE)
_STRAY = re.compile(
    r"<\|(?:start\|>assistant|return\|>|begin_of_solution\|>|end_of_solution\|>|START_RESPONSE\|>|END_RESPONSE\|>|"
    r"im_end\|>|im_start\|>(?:assistant)?|endoftext\|>|eot_id\|>)|</?answer>",
    re.IGNORECASE,
)
"""Matches marks that are removed from an answer and have no effect."""
_UNKNOWN = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<unused\d+>|</?[a-z_:]*(?:think|thought|reasoning)[a-z_]*>|◁[^▷\n]{1,20}▷", re.IGNORECASE
)
"""Matches what looks like a mark of a model and is not a known one."""
_ALOUD = re.compile(r"^\s*Thinking\.\.\.\n.*?\n\.\.\.done thinking\.\n", re.DOTALL)
"""Thinking as Ollama prints it in a terminal."""
LONGEST_MARK = 120
"""Characters of the longest mark."""


class Answer(NamedTuple):
    """A model's answer without its thinking."""

    text: str
    """The answer."""
    removed: bool
    """Whether thinking was taken out."""
    unclosed: bool
    """Whether the thinking has no closing mark, so that it goes on to the end."""
    unknown: bool
    """Whether unknown marks are left, which may enclose thinking."""


def without_thinking(text: str) -> Answer:
    """Return a text without the thinking in it.

    A closing mark without an opening one ends thinking that began with the text. An opening mark that is never closed
    begins thinking when it is alone on a line or at the start of the text; inside a sentence it is ordinary text.
    """
    if "<" not in text and "[" not in text and "◁" not in text and "..." not in text:
        return Answer(text, removed=False, unclosed=False, unknown=False)
    aloud = _ALOUD.match(text)
    answer_pieces: list[str] = []
    start, depth, opened_at, is_cut = aloud.end() if aloud else 0, 0, 0, aloud is not None
    for mark in _MARK.finditer(text, start):
        if mark["open"]:
            if not depth:
                opened_at = mark.start()
                answer_pieces.append(text[start : mark.start()])
            depth += 1
        elif depth:
            depth -= 1
            if _final(mark[0]):
                depth = 0
            if not depth:
                is_cut, start = True, mark.end()
        elif _ends_thinking(mark[0]):
            answer_pieces, is_cut, start = [], True, mark.end()
        else:
            answer_pieces.append(text[start : mark.start()])
            start = mark.end()
    is_open = False
    if depth:
        is_quoted = bool(text[:opened_at].rpartition("\n")[2].strip())
        if is_quoted:
            answer_pieces.append(text[opened_at:])
        else:
            is_cut = is_open = True
    else:
        answer_pieces.append(text[start:])
    answer = "".join(answer_pieces)
    if is_cut or "<|" in answer:
        answer = _STRAY.sub("", answer)
    return Answer(answer.strip() if is_cut else answer, is_cut, is_open, bool(_UNKNOWN.search(answer)))


def _final(mark: str) -> bool:
    """Return whether a mark opens the answer itself: all thinking has ended."""
    return "final" in mark.lower()


def _ends_thinking(mark: str) -> bool:
    """Return whether a closing mark, without an opening one, shows that the text before it was thinking."""
    return "|end|" not in mark.lower() and "|call|" not in mark.lower()


class Restart(str):
    """An empty piece, which tells the receiver to erase what it has shown of the answer: it was thinking."""

    __slots__ = ()


class Pieces:
    """Passes on the pieces of an answer while it is written, without its thinking.

    Args:
        on_delta: called with each piece to show, and with a `Restart` where what was shown must be erased.
    """

    def __init__(self, on_delta: Callable[[str], None]) -> None:
        self._on_delta = on_delta
        self._raw = ""
        self._text_sent = ""
        self._within = False

    def __call__(self, piece: str) -> None:
        """Receive one piece, as the server sent it."""
        self._raw += piece
        if self._within and not any(character in piece for character in ">]▷|"):
            return  # thinking goes on: nothing in this piece can end it
        if not self._has_mark():
            self._show(Answer(self._raw, removed=False, unclosed=False, unknown=False))
            return
        mark_start = max(self._raw.rfind(character, -LONGEST_MARK) for character in "<[◁")
        certain = (
            self._raw[:mark_start]
            if mark_start >= max(0, len(self._raw) - LONGEST_MARK) and _may_be_mark(self._raw[mark_start:])
            else self._raw
        )
        self._show(without_thinking(certain))

    def end(self) -> None:
        """Show what was held back."""
        self._show(without_thinking(self._raw))

    def _has_mark(self) -> bool:
        return any(character in self._raw for character in "<[◁") or self._raw.lstrip().startswith("Thinking...")

    def _show(self, answer: Answer) -> None:
        text, self._within = answer.text, answer.unclosed
        if text.startswith(self._text_sent):
            if len(text) > len(self._text_sent):
                self._on_delta(text[len(self._text_sent) :])
        else:
            self._on_delta(Restart())
            self._on_delta(text)
        self._text_sent = text


def _may_be_mark(tail: str) -> bool:
    """Return whether a text may be the beginning of a mark that is still being written."""
    return not _MARK.match(tail) and not re.search(r"[>\]▷]", tail[1:])
