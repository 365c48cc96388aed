"""Conversion of a Markdown recap to plain paragraphs, without marks of style."""

from __future__ import annotations

import re
import unicodedata

MOST = 200_000
"""Number of characters of a recap that are read; the rest is dropped."""

_HEADING = re.compile(r"^ ?#{1,6} | #{1,6} ?$")
_LIST_MARK = re.compile(r"^ ?(?:[-*+•–—▪►➤✓✔☐] |\d{1,3}[.)] |[a-zA-Z]\) |\[[ xX]\] )")
_QUOTE_MARK = re.compile(r"^(?: ?>){1,9} ?")
_RULE = re.compile(r"^ ?(?:[-*_=] ?){3,200}$|^ ?\|?(?: ?:?-{2,200}:? ?\|){1,60} ?(?::?-{2,200}:?)? ?$")
_EMPHASIS = re.compile(
    r"(?<!\w)(_{1,3})(?=\S)([^_\n]{1,600}?)(?<=\S)\1(?!\w)|(?<![\w*])(\*{1,3})(?=\S)([^*\n]{1,600}?)(?<=\S)\3(?![\w*])|"
    r"(~~|==|`{1,3})(?=\S)([^~=`\n]{1,600}?)(?<=\S)\5"
)
_LEFT_OVER = re.compile(r"\*{2,}|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)|(?<=[.,;:!?])\*")
_LINK = re.compile(r"!?\[([^\]\n]{0,600})\]\([^)\n]{0,600}\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>")
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
    found = []
    lined = unicodedata.normalize("NFC", markdown[:MOST]).replace("\r\n", "\n")
    lined = "\n".join(_SPACES.sub(" ", line).rstrip() for line in lined.split("\n"))
    for block in re.split(r"\n{2,}", lined):
        run: list[str] = []
        for line in block.split("\n"):
            if _RULE.match(line) or line.strip().startswith("```"):
                continue
            text = _QUOTE_MARK.sub("", line)
            marked = bool(_LIST_MARK.match(text) or text.lstrip().startswith(("#", "|")))
            text = _HEADING.sub("", _LIST_MARK.sub("", _LIST_MARK.sub("", _HEADING.sub("", text))))
            text = " – ".join(cell.strip() for cell in text.strip().strip("|").split("|") if cell.strip())
            if marked and run:
                found.append(" ".join(run))
                run = []
            if text:
                run.append(text)
            if line.lstrip().startswith(("#", "|")):
                found.append(" ".join(run))
                run = []
        if run:
            found.append(" ".join(run))
    return "\n\n".join(text for text in (_bare(text, opening, closing) for text in found) if text)


def _bare(text: str, opening: str, closing: str) -> str:
    text = _TAG.sub("", _LINK.sub(r"\1", text))
    for _nesting in range(3):
        text = _EMPHASIS.sub(lambda m: m[2] or m[4] or m[6], text)
    text = _TURNS.sub("", _LEFT_OVER.sub("", text))
    text = "".join(ch for ch in text if ch == "°" or (unicodedata.category(ch) not in _PICTURES and not _selects(ch)))
    text = _QUOTED.sub(lambda m: f"{opening}{(m[1] or m[2]).strip()}{closing}", text)
    text = text.replace("'", "’").replace("…", "...")
    return _SPACES.sub(" ", text).replace(" »", "\u00a0»").replace("« ", "«\u00a0").strip()


def _selects(character: str) -> bool:
    """Return whether a character is a variation selector, which only changes the look of the one before it."""
    return "\ufe00" <= character <= "\ufe0f"
