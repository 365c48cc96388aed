"""Conversion of a recap to plain paragraphs without marks of style: what voters read when all recaps get one style."""

from __future__ import annotations

import re
import unicodedata

from comparia.text.recaps import blocks

_LEFT_OVER = re.compile(r"\*{2,}|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)|(?<=[.,;:!?])\*")
_TURNS = re.compile(r" ?\[T\d{1,6}(?: \d[\d:]{1,10})?(?: ?[,;–-] ?T?\d{1,6}){0,30}\]")
_QUOTED = re.compile(r"[“„«] ?([^“”„«»\n]{1,600}?) ?[”“»]|\"([^\"\n]{1,600}?)\"")
_SPACES = re.compile(r"[ \t\u00a0\u202f]+")
_PICTURES = {"So", "Sk", "Cs", "Cf", "Me"}


def plain(markdown: str, language: str) -> str:
    """Return `markdown` as plain paragraphs, with one blank line between two of them.

    Marks of headings and lists, emphasis, tables, rules, links, tags, turn numbers in square brackets, emoji and
    pictures are removed; quotation marks and spaces become those of the language. No word is added, left out or moved.
    """
    opening, closing = ("«\u00a0", "\u00a0»") if language == "fr" else ("“", "”")
    texts = (_bare(block.text, opening, closing) for block in blocks(markdown, row_numbers=True))
    return "\n\n".join(text for text in texts if text)


def _bare(text: str, opening: str, closing: str) -> str:
    text = _TURNS.sub("", _LEFT_OVER.sub("", text))
    text = "".join(ch for ch in text if ch == "°" or (unicodedata.category(ch) not in _PICTURES and not _selects(ch)))
    text = _QUOTED.sub(lambda m: f"{opening}{(m[1] or m[2]).strip()}{closing}", text)
    text = text.replace("'", "’").replace("…", "...")
    return _SPACES.sub(" ", text).replace(" »", "\u00a0»").replace("« ", "«\u00a0").strip()


def _selects(character: str) -> bool:
    """Return whether a character is a variation selector, which only changes the look of the one before it."""
    return "\ufe00" <= character <= "\ufe0f"
