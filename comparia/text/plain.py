"""A recap without the marks of its style: what is said, and not how it is set."""

from __future__ import annotations

import re
import unicodedata

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+|\s+#+\s*$")
_LIST_MARK = re.compile(r"^\s*(?:[-*+•–—▪►➤✓✔☐]|\d{1,3}[.)]|\[[ xX]\])\s+")
_QUOTE_MARK = re.compile(r"^(?:\s*>)+\s?")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*$")
_EMPHASIS = re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)|(\*{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\3")
_LEFT_OVER = re.compile(r"\*+(?=\S)|(?<=\S)\*+")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_TURNS = re.compile(r"[ \u00a0\u202f]*[\[(]T\d+(?:\s*[,;–-]\s*T?\d+)*[^\[\]()\n]{0,12}[\])]")
_QUOTED = re.compile(r"[“„«]\s*([^“”„«»\n]{1,600}?)\s*[”“»]|\"([^\"\n]{1,600}?)\"")
_SPACES = re.compile(r"[ \t\u00a0\u202f]+")


def plain(markdown: str, language: str) -> str:
    """`markdown` as plain paragraphs, one blank line between two of them.

    Headings, list marks, emphasis, tables, rules, links, numbers of turns, emoji and symbols go; quotation marks and spaces are those
    of the language. No word is added, left out or moved.
    """
    opening, closing = ("«\u00a0", "\u00a0»") if language == "fr" else ("“", "”")
    found = []
    for block in re.split(r"\n\s*\n", markdown.replace("\r\n", "\n")):
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
    text = _LINK.sub(r"\1", text)
    for _nesting in range(3):
        text = _EMPHASIS.sub(lambda m: m[2] or m[4], text)
    text = _TURNS.sub("", text)
    text = "".join(ch for ch in text if unicodedata.category(ch) not in ("So", "Sk", "Cs", "Cf", "Mn") or ch == "°")
    text = _QUOTED.sub(lambda m: f"{opening}{(m[1] or m[2]).strip()}{closing}", _LEFT_OVER.sub("", text))
    text = text.replace("'", "’").replace("…", "...")
    return _SPACES.sub(" ", text).replace(" »", "\u00a0»").replace("« ", "«\u00a0").strip()
