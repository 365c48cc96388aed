"""The statements of a recap, whatever form a model gave it: Markdown, HTML, JSON, hard-wrapped text, a table.

Markdown is read with markdown-it (CommonMark with tables). HTML is turned into the same marks first. Nothing is added
to the words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparia.text.citations import CITED, IN_BRACKETS, IN_PARENTHESES, LEAST_IN_PARENTHESES, names_in
from comparia.text.quotes import quoted
from comparia.text.sentences import Sentence, sentences, split_line
from comparia.text.thinking import without_thinking

NAME = "recaps-1"
"""Name of this way of reading a recap, for signatures."""

MOST = 200_000
"""Number of characters of a recap that are read; the rest is dropped."""

WRAPPED_FROM = 34
"""Least length of the longest line of a paragraph that may be wrapped at a fixed width."""

LONGEST_HEADING = 14
"""Most words of a paragraph in bold type that is a heading."""

LONGEST_TOPIC = 8
"""Most words of a topic in bold type that a paragraph or an item begins with."""

LONGEST_REFUSAL = 90
"""Most words of an answer that only refuses."""

Kind = Literal["heading", "paragraph", "item", "row"]
"""What a block of a recap is: `row` is a row of a table."""

_MARKUP = re.compile(
    r"</?(?:p|div|br|ul|ol|li|h[1-6]|table|tr|td|th|section|article|html|body|blockquote|strong|em|b|i)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_STOP = re.compile(r"[.!?…:;]['’\"”»)\]*_]*\s*$")
_GLUED = re.compile(r"(?<=[a-zà-öø-ÿ0-9%€»”)])([.!?…]{1,3})(?=(?:[«“] ?)?[A-ZÀ-ÖØ-Þ](?:[a-zà-öø-ÿ]|['’]| ))")
_PRODUCT = re.compile(r"(?<=\d)\*(?=\d)")
"""Matches the sign of a product, which is no emphasis."""
_HIGHLIGHT = re.compile(r"==(?=\S)([^=\n]{1,600})(?<=\S)==")
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
_ROW_NUMBER = re.compile(r"(?:n[°o]\s?)?[#(]?\d{1,3}[.)]?", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:je (?:suis désolée?,? (?:mais )?je )?ne (?:peux|suis|pourrai) (?:pas|malheureusement pas)|"
    r"je regrette|désolée?|il m['’]est impossible|en tant qu['’](?:ia|intelligence artificielle|assistant)|"
    r"i(?:['’]m| am) (?:very |really )?(?:sorry|unable|not able|afraid)|i (?:can(?:not|['’]t)|won['’]t|must decline)|"
    r"as an ai\b|sorry, (?:but )?i)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a recap, without marks of style."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a recap, and where it stands."""

    text: str
    line: int = 0
    """Number of its line: a paragraph, an item of a list, or a row of a table."""
    under: str = ""
    """The heading it stands under, and the words that introduce its list."""


def statements(text: str) -> list[Sentence]:
    """Return the sentences of a recap, as `simple_lines`, that state something; headings if there is nothing else."""
    all_sentences = sentences(text)
    without_headings = [sentence for sentence in all_sentences if not sentence.heading]
    return without_headings or all_sentences


def passages(text: str) -> list[Passage]:
    """Return the statements of a recap, as `simple_lines`, each with its line and what it stands under."""
    result: list[Passage] = []
    heading = introduction = ""
    bare = not any(not sentence.heading for sentence in sentences(text))
    for number, line in enumerate(text.split("\n")):
        is_item = line.startswith("- ")
        introduction = introduction if is_item else ""
        for sentence in sentences(line):
            if sentence.heading and not bare:
                heading = sentence.text
                continue
            result.append(Passage(sentence.text, number, f"{heading}: {introduction}".strip(": ")))
            if not is_item and sentence.text.endswith(":"):
                introduction = sentence.text
    return result


def simple_lines(summary: str) -> str:
    """Return a recap as simple lines: one block a line, headings after `#`, items of lists after `-`.

    Thinking, tags, emphasis, marks of code and the numbers of the rows of a table are left out; lines that were wrapped
    at a fixed width are joined; a space is put after a full stop that has none before a capital.
    """
    marks = {"heading": "# ", "item": "- ", "paragraph": "", "row": ""}
    text = "\n".join(f"{marks[block.kind]}{block.text}" for block in blocks(summary))
    cites = len(IN_PARENTHESES.findall(text)) >= LEAST_IN_PARENTHESES
    return IN_PARENTHESES.sub("", text) if cites else text


def is_refusal(summary: str) -> bool:
    """Return whether an answer of up to `LONGEST_REFUSAL` words only says that the model will not or cannot answer."""
    words = summary.split()
    return len(words) <= LONGEST_REFUSAL and bool(_REFUSAL.search(" ".join(words[:25])))


def blocks(summary: str, *, row_numbers: bool = False) -> list[Block]:
    """Return the blocks of a recap, in order, without empty ones.

    Args:
        summary: Markdown, plain text, HTML, or JSON.
        row_numbers: whether the number that begins a row of a table is kept.
    """
    text = _PRODUCT.sub(r"\*", _as_markdown(summary))
    result = [
        Block(b.kind, _add_spaces(IN_BRACKETS.sub(_names_in_citation, b.text)))
        for b in _blocks(_parser().parse(text), row_numbers)
    ]
    return [block for block in result if any(character.isalnum() or character in "%€$£" for character in block.text)]


def source_blocks(summary: str) -> list[str]:
    """Return the blocks of a recap as Markdown, in order, to be written on: no word is added, none is lost.

    A block is a heading, a paragraph, an item of a list with what is under it, or a whole table. Bullets are `-`, and
    the numbers of a list `1.`; rules are left out.
    """
    text = _as_markdown(summary)
    lines = text.split("\n")
    result: list[str] = []
    lists: list[str] = []
    for token in _parser().parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("-" if token.type.startswith("bullet") else "1.")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        first, last = token.map or (0, 0)
        source = "\n".join(lines[first:last]).strip("\n").rstrip()
        if token.type == "list_item_open" and len(lists) == 1:
            result.append(f"{lists[0]} {_ITEM.sub('', source, count=1)}")
        elif token.type == "heading_open" and token.level == 0:
            result.append(f"{'#' * min(3, int(token.tag[1]))} {_ATX.sub('', source)}")
        elif token.level == 0 and token.nesting >= 0 and token.map and token.type not in _NOT_WRITTEN:
            result.append(source if token.type == "code_block" else source.lstrip())
    return [block for block in result if any(character.isalnum() for character in block)]


_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]*")
_ATX = re.compile(r"^\s*#{1,6}[ \t]*|[ \t]+#+[ \t]*$")
_NOT_WRITTEN = ("inline", "hr", "bullet_list_open", "ordered_list_open", "heading_open")


def whole_sentences(words: str) -> list[str]:
    """Return the sentences of a paragraph as one takes them: joined by spaces, they are the paragraph.

    A quotation is never cut inside its marks, and what cites turns of the session (`[T2]`) stays with the sentence
    before it.
    """
    line = " ".join(words.split())
    marks = iter(quoted(line))
    opening, closing = next(marks, (len(line), len(line)))
    result: list[str] = []
    start = 0
    for _begin, end in split_line(line):
        cited = _CITING.match(line, end)
        stop = cited.end() if cited else end
        while closing <= end < len(line):
            opening, closing = next(marks, (len(line), len(line)))
        if stop <= start or opening < end < closing:
            continue
        result.append(line[start:stop].strip())
        start = stop
    if rest := line[start:].strip():
        result.append(rest)
    return result


_CITING = re.compile(
    r"(?:\s*\(?\[[^\[\]\n]{0,30}?T\s?\d{1,6}[^\[\]\n]{0,120}\]\)?"
    r"|\s*\(T\d{1,6}[T\d\s,;–-]{0,60}\))+\s*[.;,]?"
)


def _as_markdown(summary: str) -> str:
    """Return a recap as Markdown, whatever form a model gave it, without its thinking."""
    text = unicodedata.normalize("NFC", without_thinking(summary[:MOST]).text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    while (fence := _FENCE.match(text)) is not None:
        text = fence[1]
    if (strings := _json_strings(text)) is not None:
        text = "\n\n".join(strings)
    if _MARKUP.search(text):
        reader = _Marks()
        reader.feed(text)
        reader.close()
        text = "".join(reader.pieces)
    return text


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("lheading")


def _blocks(tokens: Sequence[Token], row_numbers: bool) -> Iterator[Block]:
    depth, cells, within = 0, list[str](), ""
    head = False
    for token in tokens:
        if token.type in ("list_item_open", "list_item_close"):
            depth += token.nesting
        elif token.type == "heading_open":
            within = "heading"
        elif token.type == "tr_open":
            cells, within, head = [], "row", False
        elif token.type == "th_open":
            head = True
        elif token.type == "tr_close":
            if not row_numbers and len(cells) > 1 and _ROW_NUMBER.fullmatch(cells[0]):
                cells = cells[1:]
            within = ""
            yield Block("heading" if head else "row", " – ".join(cell for cell in cells if cell))
        elif token.type in ("heading_close", "paragraph_close"):
            within = ""
        elif token.type in ("fence", "code_block", "html_block"):
            yield from (Block("paragraph", line.strip()) for line in token.content.split("\n"))
        elif token.type == "inline":
            lines = _lines(_with_topic(token.children or []))
            if within == "row":
                cells.append(" ".join(lines))
            elif within == "heading" or _is_heading(token, lines):
                yield Block("heading", " ".join(lines).strip("*_ "))
            else:
                kind: Kind = "item" if depth else "paragraph"
                yield from (Block(kind, line) for line in _unwrap(lines))


def _lines(children: Sequence[Token]) -> list[str]:
    """Return the words of the lines of a block."""
    text = "".join(
        "\n" if child.type in ("softbreak", "hardbreak") else "" if child.type == "html_inline" else child.content
        for child in children
    )
    return [_HIGHLIGHT.sub(r"\1", line.strip()) for line in text.split("\n") if line.strip()]


def _with_topic(children: Sequence[Token]) -> Sequence[Token]:
    """Return the pieces of a block; the few words in bold that it begins with end with a colon instead of a full stop.

    They name what the next sentence is about, and are read with it.
    """
    pieces = [child for child in children if child.content or child.nesting]
    if len(pieces) < 4 or pieces[0].type != "strong_open" or pieces[2].type != "strong_close":
        return children
    topic, rest = pieces[1].content.strip(), pieces[3].content.lstrip()
    if len(topic.split()) > LONGEST_TOPIC or (topic[-1:] not in (".", ":") and rest[:1] not in (".", ":")):
        return children
    opening = Token("text", "", 0, content=f"{topic.rstrip('.: ')}: {rest.lstrip('.: ')}")
    return [opening, *pieces[4:]]


def _is_heading(token: Token, lines: Sequence[str]) -> bool:
    """Return whether a paragraph is one short line in bold type, without a full stop."""
    children = [child for child in token.children or [] if child.content.strip() or child.nesting]
    return (
        len(lines) == 1
        and len(children) >= 3
        and children[0].type == "strong_open"
        and children[-1].type == "strong_close"
        and sum(child.type == "strong_open" for child in children) == 1
        and len(lines[0].split()) <= LONGEST_HEADING
        and lines[0][-1] not in ".!?…"
    )


def _unwrap(lines: Sequence[str]) -> list[str]:
    """Return the lines of a paragraph, with those that were wrapped at a fixed width joined.

    A line goes on in the next one when it ends without a full stop, and the next one begins in lower case or has a
    first word that would not have fitted.
    """
    width = max((len(line) for line in lines), default=0)
    whole_lines: list[str] = []
    previous = ""
    for line in lines:
        first = line.split(" ", 1)[0]
        fits = len(previous) + 1 + len(first) <= width
        goes_on = (line[0].islower() and not _STOP.search(previous)) or (width >= WRAPPED_FROM and not fits)
        if whole_lines and goes_on and not _LIST_MARK.match(line):
            whole_lines[-1] = f"{whole_lines[-1]} {line}"
        else:
            whole_lines.append(line)
        previous = line
    return [_LIST_MARK.sub("", line) for line in whole_lines]


_LIST_MARK = re.compile(
    r"^(?:[•–—▪►➤✓✔☐*+-] |\d{1,3}[.)] |[a-zA-Z]\) |\[[ xX]\] |\d{1,2}(?:\.\d{1,2}){1,3}\.? (?=[A-ZÀ-Þ«“\"]))"
)


def citations(text: str) -> list[tuple[int, int]]:
    """Return where a text cites turns of the session, as `simple_lines` leaves them out: (start, end), in order."""
    found = [
        (brackets.start() + cited.start(), brackets.start() + cited.end())
        for brackets in IN_BRACKETS.finditer(text)
        for cited in CITED.finditer(brackets[0])
    ]
    in_parentheses = [match.span() for match in IN_PARENTHESES.finditer(text)]
    return sorted(found + (in_parentheses if len(in_parentheses) >= LEAST_IN_PARENTHESES else []))


def _names_in_citation(brackets: re.Match[str]) -> str:
    names = names_in(brackets[0])
    return f" ({names})" if names else ""


def _add_spaces(text: str) -> str:
    """Return a line with a space after every full stop before a capital, outside addresses."""
    pieces, end = [], 0
    for address in _ADDRESS.finditer(text):
        pieces += [_GLUED.sub(r"\1 ", text[end : address.start()]), address[0]]
        end = address.end()
    return " ".join("".join([*pieces, _GLUED.sub(r"\1 ", text[end:])]).split(" ")).strip()


def _json_strings(text: str) -> list[str] | None:
    """Return the strings of a JSON object or list, in order; None when the text is not JSON."""
    if text.strip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return list(_strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


class _Marks(HTMLParser):
    """Reads HTML and writes the Markdown marks of its blocks."""

    BLOCKS = frozenset("p div section article ul ol table blockquote h1 h2 h3 h4 h5 h6 body html".split())
    SILENT = frozenset(("script", "style", "head"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self._silent += 1
        elif tag in ("b", "strong"):
            self.pieces.append("**")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in ("li", "tr"):
            self.pieces.append("\n- " if tag == "li" else "\n\n")
        elif tag in self.BLOCKS:
            self.pieces.append("\n\n" + "#" * (int(tag[1]) if tag[0] == "h" and tag[1:].isdigit() else 0) + " ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("b", "strong"):
            self.pieces.append("**")
        elif tag in ("td", "th"):
            self.pieces.append(" – ")
        elif tag in self.BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"[ \t]*\n[ \t]*", "\n", data))
