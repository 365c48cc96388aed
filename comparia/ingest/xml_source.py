"""XML read safely into small elements that know where they lie; shared by every reader of XML.

Expat is driven directly, because `xml.etree` forgets the lines. A document type is accepted and never fetched (real
Transcriber files name one); one that declares anything inside itself is refused, so no entity is ever expanded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from xml.parsers import expat

from comparia.ingest.source import Source
from comparia.messages import gettext as _
from comparia.records import Span

MAX_DEPTH = 200
"""Deeper elements are refused: transcripts nest about ten levels."""
MAX_ELEMENTS = 300_000
"""More elements are refused, eight attributes counting as one: ten hours annotated word by word have about 200,000."""

_DECLARATION = re.compile(r"\s*+<\?xml\s[^>]*\?>")
_ROOT = re.compile(
    r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)*+<(?:[\w.-]+:)?(?P<tag>[^\W\d][\w.-]*)",
    re.DOTALL,
)
_ROOT_WITHIN = 20_000
_WORD = re.compile(r"[^\W_]")
_CLOSING = (".", ",", ")", "]", "…")
_WORD_TAGS = frozenset({"w", "pc", "s"})


class Element:
    """An XML element: local name, attributes (local names too), children in order, and its place."""

    __slots__ = ("attributes", "children", "first", "last", "parent", "position", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None, position: int, line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.parent = parent
        self.position = position
        self.first = self.last = line

    @property
    def path(self) -> str:
        """Its place: `/TEI/text[1]/body[1]/u[12]`, without namespace prefixes, counted among those of its name."""
        if self.parent is None:
            return f"/{self.tag}"
        return f"{self.parent.path}/{self.tag}[{self.position}]"

    def elements(self, *tags: str) -> Iterator[Element]:
        """Yield the children that are elements, of these names if any is given."""
        for child in self.children:
            if isinstance(child, Element) and (not tags or child.tag in tags):
                yield child

    def every(self, *tags: str) -> Iterator[Element]:
        """Yield the element and all beneath it that bear one of these names, in document order."""
        if self.tag in tags:
            yield self
        waiting = list(reversed(list(self.elements())))
        while waiting:
            element = waiting.pop()
            if element.tag in tags:
                yield element
            waiting.extend(reversed(list(element.elements())))

    def get(self, name: str) -> str:
        """Return an attribute, spaces collapsed; empty if absent."""
        return " ".join(self.attributes.get(name, "").split())


def root_name(source: Source) -> str:
    """Return the local name of the root element, from the first lines alone; empty if the source is not XML."""
    match = _ROOT.match(source.text[:_ROOT_WITHIN])
    return match["tag"] if match else ""


def parse(source: Source) -> Element:
    """Return the root element of a source.

    The source is decoded already, so the encoding that its declaration names no longer holds.

    Raises:
        TranscriptError: damaged, cut, too deep, too large, or declaring entities.
    """
    builder = _Builder(source)
    parser = expat.ParserCreate("utf-8", intern={})
    parser.buffer_text = True
    parser.StartElementHandler = partial(builder.start, parser)
    parser.EndElementHandler = partial(builder.end, parser)
    parser.CharacterDataHandler = builder.text
    parser.SkippedEntityHandler = builder.entity
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.EntityDeclHandler = builder.declared
    text = _DECLARATION.sub(lambda match: re.sub(r"[^\r\n]+", "", match.group()), source.text, count=1)
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        message = _("this XML is damaged or cut short ({error}).")
        reason = expat.errors.messages.get(error.code, "") or str(error)
        raise source.error(message.format(error=reason), error.lineno or None) from error
    if builder.root is None:
        raise source.error(_("this XML is damaged or cut short ({error}).").format(error="no element found"))
    return builder.root


class _Builder:
    """Makes elements of what expat meets."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Element | None = None
        self.open: list[Element] = []
        self.counts: list[dict[str, int]] = []
        self.elements = 0

    def start(self, parser: expat.XMLParserType, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1 + len(attributes) // 8
        line = parser.CurrentLineNumber
        if len(self.open) >= MAX_DEPTH:
            message = _("this XML is nested more than {limit} levels deep.").format(limit=MAX_DEPTH)
            raise self.source.error(message, line)
        if self.elements > MAX_ELEMENTS:
            message = _("this XML has more than {limit} elements.").format(limit=MAX_ELEMENTS)
            raise self.source.error(message, line)
        tag = name.rpartition(":")[2]
        if ":" in "".join(attributes):
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        parent = self.open[-1] if self.open else None
        position = 1
        if parent is not None:
            counts = self.counts[-1]
            position = counts[tag] = counts.get(tag, 0) + 1
        element = Element(tag, attributes, parent, position, line)
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self.open.append(element)
        self.counts.append({})

    def end(self, parser: expat.XMLParserType, _name: str) -> None:
        self.counts.pop()
        self.open.pop().last = parser.CurrentLineNumber

    def text(self, data: str) -> None:
        if self.open:
            self.open[-1].children.append(data)

    def entity(self, name: str, is_parameter: bool) -> None:
        """Return a name such as `eacute` that an unread document type would define: HTML's, or left as written."""
        if not is_parameter:
            self.text(html.unescape(f"&{name};"))

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        if has_internal_subset:
            self.refuse()

    def declared(self, *_declaration: object) -> None:
        self.refuse()

    def refuse(self) -> None:
        raise self.source.error(_("this XML declares entities, which a transcript has no need of: it was not read."))


def span(source: Source, element: Element) -> Span:
    """Return where an element lies."""
    return Span(file=source.name, lines=(element.first, element.last), path=element.path)


def has_words(text: str) -> bool:
    """Return whether there is a letter or a digit."""
    return bool(_WORD.search(text))


def words(element: Element) -> str:
    """Return all the text beneath an element, spaces collapsed."""
    text = _JoinedText()
    _gather(element, text, [])
    return str(text)


def holders(root: Element, *tags: str) -> set[int]:
    """Return the identities of the elements that hold, at any depth, an element of one of these names."""
    identities: set[int] = set()
    for element in root.every(*tags):
        holder = element.parent
        while holder is not None and id(holder) not in identities:
            identities.add(id(holder))
            holder = holder.parent
    return identities


@dataclass
class Passage:
    """A run of text without paragraph inside, and what stood aside in it."""

    element: Element
    """The paragraph, or the speech itself for text written straight in it."""
    text: str
    """Its words, perhaps none."""
    asides: list[Element] = field(default_factory=list)
    """Notes and stage directions met in it, not part of its words."""


def passages(element: Element, inline: frozenset[str], is_aside: Callable[[Element], bool]) -> Iterator[Passage]:
    """Yield the passages of a speech, in document order.

    Args:
        element: the speech.
        inline: names of elements that are part of a sentence; any other one is a paragraph of its own.
        is_aside: whether an element is not speech.
    """
    text, asides = _JoinedText(), list[Element]()
    for child in element.children:
        if isinstance(child, str):
            text.add(child)
        elif is_aside(child):
            asides.append(child)
        elif child.tag in inline:
            _gather(child, text, asides, is_aside)
        else:
            if str(text) or asides:
                yield Passage(element, str(text), asides)
                text, asides = _JoinedText(), []
            yield from passages(child, inline, is_aside)
    if str(text) or asides:
        yield Passage(element, str(text), asides)


class _JoinedText:
    """Text put together: words that are elements of their own stay apart, and their punctuation stays with them."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.after_word = False
        self.glued = False

    def add(self, text: str) -> None:
        if self.after_word and not text.strip():
            self.parts.append("" if self.glued else " ")
            return
        self.parts.append(text)
        self.after_word = self.glued = False

    def begin_word(self, element: Element) -> None:
        if not self.after_word:
            return
        content = words(element) if element.tag == "pc" else ""
        if self.glued or element.get("join") in ("left", "both") or content.startswith(_CLOSING):
            while self.parts and not self.parts[-1].strip():
                self.parts.pop()
        else:
            self.parts.append(" ")

    def end_word(self, element: Element) -> None:
        self.after_word = True
        self.glued = element.get("join") in ("right", "both")

    def __str__(self) -> str:
        return " ".join("".join(self.parts).split())


def _gather(
    element: Element,
    text: _JoinedText,
    asides: list[Element],
    is_aside: Callable[[Element], bool] = lambda _element: False,
) -> None:
    """Add the text beneath an element; of the readings of one `<choice>`, the first."""
    if element.tag in _WORD_TAGS:
        text.begin_word(element)
    if element.tag in ("lb", "br", "pause", "anchor"):
        text.add(" ")
    has_reading = False
    for child in element.children:
        if isinstance(child, str):
            text.add(child)
        elif is_aside(child) or (has_reading and element.tag == "choice"):
            asides.append(child)
        else:
            has_reading = True
            _gather(child, text, asides, is_aside)
    if element.tag in _WORD_TAGS:
        text.end_word(element)
