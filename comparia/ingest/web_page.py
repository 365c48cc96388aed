"""Web pages: verbatims, and the debates of the Assemblée nationale, whose speakers are in bold before a period.

Markup is cut by one expression rather than parsed: a page is read for its paragraphs, and no malformed one takes more
time than its length.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from comparia.errors import TranscriptError
from comparia.ingest import labelled_text
from comparia.ingest.source import MAX_SHOWN, Bounded, Reading, Source
from comparia.ingest.speakers import clean_label, looks_like_name
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Span

FORMAT = "web-page"
DESCRIPTION = "Web page (HTML): verbatims, debates of the Assemblée nationale"

DEBATE_HEADS = 3
"""Bold names before a period from which a page is read as a debate."""

_START = re.compile(
    r"(?:\s|<\?xml[^>]*>|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body|main|article|div|p|h[1-6])\b",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)"
    r"|<(?P<raw>script|style|noscript|template|textarea|svg|title|iframe|select)\b(?:[^>]*)>?"
    r"(?:.*?)(?:</(?P=raw)\s*>|\Z)"
    r"|<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:-]{0,30})(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>"
    r"|<[!?/][^<>]*+>?"
    r"|[^<]++|<",
    re.IGNORECASE | re.DOTALL,
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup "
    "time tt u var wbr img input".split()
)
_MENUS = frozenset("nav header footer aside form button menu dialog".split())
_HIDDEN = re.compile(
    r"\shidden(?=[\s=/]|$)|aria-hidden\s*=\s*[\"']?true|display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE
)
_PASSWORD = re.compile(r"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)

_TIMED_ANCHOR = re.compile(r"\bname\s*=\s*[\"']?ts_(?P<start>\d{1,9})_(?P<end>\d{1,9})_")
"""How noScribe writes the times of a passage, in ms."""
_CIVILITY = re.compile(
    r"^(?:MM?\.|Mmes?|Mlles?|Monsieur|Madame|Me|Dr)\s|"
    r"^(?:Plusieurs|Quelques|Certaine?s|Un|Une|De nombreux|De nombreuses|Des|Divers)\s(?:[\w-]+\s){0,3}?"
    r"(?:voix|députée?s?|sénateurs?|sénatrices?|élue?s?|conseill[eè]re?s?|membres?|orateurs?|oratrices?|"
    r"participante?s?|collègues?|commissaires?)\b|"
    r"^(?:Le|La)\s(?:président|présidente|maire|rapporteur|rapporteure|ministre|secrétaire)\b",
)
_CLOSED = re.compile(r"\b(?:séance|réunion) est levée\b")


@dataclass
class _Run:
    """Words of one style."""

    text: str
    bold: bool
    italic: bool


@dataclass
class _Block:
    """A paragraph of the page: its runs, its lines of the source, and why it is left out (empty if it is not)."""

    first: int
    last: int
    reason: str = ""
    heading: bool = False
    runs: list[_Run] = field(default_factory=list)
    start: int | None = None
    end: int | None = None

    @property
    def text(self) -> str:
        return " ".join("".join(run.text for run in self.runs).split())


def sniff(source: Source) -> bool:
    """Return whether the text begins as a page of HTML does."""
    return bool(_START.match(source.text[:20_000]))


LEAST_WORDS = 60
"""Words under which a page where nobody is named is a notice, an error or a sign-in, and no transcript."""


CAPTIONS = (".vtt", ".srt", ".sbv")
"""Names of captions: a page that bears one and names nobody was sent instead, by a server that asks to sign in."""


def read(source: Source) -> Reading:
    """Return the paragraphs of the page, without menus, scripts and hidden text.

    Raises:
        TranscriptError: a page that asks for a password, or holds no speech.
    """
    if _PASSWORD.search(source.text):
        raise TranscriptError(
            _("this page asks to sign in: it is not the transcript."),
            source.name,
            cure=_("Sign in with your browser, and save the page of the transcript."),
        )
    blocks: list[_Block] = Bounded(MAX_SHOWN)
    blocks.extend(_blocks(source))
    speech = [block for block in blocks if not block.reason]
    heads = [_head(block) for block in speech]
    reading = Reading()
    if sum(head is not None for head in heads) >= DEBATE_HEADS:
        _debate(source, speech, heads, reading)
    else:
        _read_labelled(source, speech, reading)
        few = sum(len(cue.text.split()) for cue in reading.cues) < LEAST_WORDS
        if (few or source.name.lower().endswith(CAPTIONS)) and not any(cue.speaker for cue in reading.cues):
            raise TranscriptError(_("this page holds no speech."), source.name)
    _account(source, blocks, reading)
    return reading


# Markup to paragraphs ------------------------------------------------------------------------------------------------


def _blocks(source: Source) -> Iterator[_Block]:
    text = "\n".join(source.lines)
    line = 1
    open_tags: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    block = _Block(1, 1)

    def close(tag: str) -> None:
        while counts[tag]:
            open_tag, _reason = open_tags.pop()
            counts[open_tag] -= 1
            if open_tag == tag:
                return

    for match in _TOKEN.finditer(text):
        token = match.group()
        first, line = line, line + token.count("\n")
        tag = (match["tag"] or "").lower()
        reason = open_tags[-1][1] if open_tags else ""
        if not tag and token[0] != "<":
            if block.runs and token.strip() and reason != block.reason:  # words hidden inside a paragraph
                yield block
                block = _Block(line, line)
            if token.strip() or block.runs:
                if not block.runs:
                    block.first = first + token[: len(token) - len(token.lstrip())].count("\n")
                    block.reason = reason
                    block.heading = any(counts[f"h{n}"] for n in range(1, 7))
                bold, italic = bool(counts["b"] or counts["strong"]), bool(counts["i"] or counts["em"])
                block.runs.append(_Run(html.unescape(token), bold, italic))
                if token.strip():
                    block.last = first + token.rstrip().count("\n")
            continue
        if not tag:
            continue
        if tag == "a" and not match["end"] and (anchor := _TIMED_ANCHOR.search(match["attributes"])):
            block.start = int(anchor["start"]) if block.start is None else block.start
            block.end = int(anchor["end"])
        if tag == "br" or tag not in _INLINE:
            if block.runs:
                yield block
            block = _Block(line, line)
            if tag == "p" and not match["end"] and open_tags and open_tags[-1][0] == "p":
                close("p")
        if match["end"]:
            close(tag)
        elif tag not in _VOID and not token.endswith("/>"):
            if tag in _MENUS:
                reason = reason or N_("menu or form")
            elif _HIDDEN.search(match["attributes"]):
                reason = reason or N_("hidden text")
            open_tags.append((tag, reason))
            counts[tag] += 1
    if block.runs:
        yield block


def _account(source: Source, blocks: Sequence[_Block], reading: Reading) -> None:
    """Say of every line that no cue cites why it was left out."""
    reasons: dict[int, str] = {}
    for block in blocks:
        if block.reason:
            for n in range(block.first, block.last + 1):
                reasons.setdefault(n, block.reason)
    cited_lines: set[int] = set()
    for span in (*(cue.span for cue in reading.cues), *(item.span for item in reading.ignored)):
        first, last = span.lines or (1, 0)
        cited_lines.update(range(first, last + 1))
    other_lines = [n for n, text in enumerate(source.lines, start=1) if text.strip() and n not in cited_lines]
    key = lambda pair: (pair[1] - pair[0], reasons.get(pair[1], ""))  # noqa: E731 - consecutive lines of one reason
    for (_offset, reason), group in groupby(enumerate(other_lines), key=key):
        numbers = [n for _i, n in group]
        reading.ignore(reason or N_("markup"), source.span(numbers[0], numbers[-1]))


# Paragraphs to speech ------------------------------------------------------------------------------------------------


def _read_labelled(source: Source, blocks: Sequence[_Block], reading: Reading) -> None:
    """Read paragraphs as labelled text."""
    lines: list[str] = []
    places: list[Span] = []
    for block in blocks:
        if block.text:
            lines.extend([f"# {block.text}" if block.heading and ":" not in block.text else block.text, ""])
            places.extend([source.span(block.first, block.last)] * 2)
    read_text = labelled_text.read(source.of_lines(lines, places))
    times = {source.span(block.first, block.last): block for block in blocks if block.start is not None}
    reading.cues = [
        cue.model_copy(update={"start": times[cue.span].start, "end": times[cue.span].end})
        if cue.span in times
        else cue
        for cue in read_text.cues
    ]
    reading.ignored = read_text.ignored
    reading.notices = read_text.notices
    reading.dropped_private = read_text.dropped_private


_Head = tuple[str, int, str]
"""Name, number of runs it takes, and what is left of the last of them."""


def _head(block: _Block) -> _Head | None:
    """Return the speaker in bold at the head of a paragraph: `<b>M. Nom, </b><i>rapporteur</i>. Texte`."""
    runs = _merge(block.runs)
    n = 0
    names = []
    while n < len(runs) and runs[n].bold:
        names.append(runs[n].text)
        n += 1
        if n + 1 < len(runs) and runs[n].text.strip() in ("et", ",") and runs[n + 1].bold:
            names.append(f" {runs[n].text.strip()} ")
            n += 1
    name = "".join(names).strip()
    if not name or block.heading or len(name) > 120:
        return None
    rest = runs[n].text if n < len(runs) else ""
    if name.endswith(",") and n < len(runs) and runs[n].italic:
        role = rest.strip()
        n += 1
        rest = runs[n].text if n < len(runs) else ""
        is_complete = role.endswith(".")
    else:
        is_complete = name.endswith(".")
    if not is_complete:
        if not rest.lstrip().startswith("."):
            return None
        rest = rest.lstrip()[1:]
    name = clean_label(name.rstrip(" .,\u00a0").replace(" ,", ","))
    if not (_CIVILITY.match(name) or (looks_like_name(name) and len(name.split()) > 1)):
        return None
    return name, n, rest.lstrip(" \u00a0\u202f–—-")


def _merge(runs: Sequence[_Run]) -> list[_Run]:
    """Return runs with those of one style made one; white space and lone marks between two of them belong to them."""
    groups: list[list[_Run]] = []
    for run in runs:
        first = groups[-1][0] if groups else None
        if first and ((run.bold, run.italic) == (first.bold, first.italic) or not run.text.strip()):
            groups[-1].append(run)
        elif run.text.strip():
            groups.append([run])
    return [_Run("".join(run.text for run in group), group[0].bold, group[0].italic) for group in groups]


def _debate(source: Source, blocks: Sequence[_Block], heads: Sequence[_Head | None], reading: Reading) -> None:
    """Make one cue for each paragraph, cut where the minutes tell what happens in the room: `(Applaudissements.)`."""
    speaker: str | None = None
    is_over = False
    for block, head in zip(blocks, heads, strict=True):
        span = source.span(block.first, block.last)
        runs = _merge(block.runs)
        if head:
            speaker, is_over = head[0], False
            rest = [_Run(head[2], False, run.italic) for run in runs[head[1] : head[1] + 1] if head[2]]
            runs = [*rest, *runs[head[1] + 1 :]]
        if not block.text:
            continue
        if block.heading or (not head and all(run.bold for run in runs)):
            reading.ignore(N_("heading or link"), span)
        elif speaker is None:
            reason = N_("after the end of the session") if is_over else N_("before the first turn")
            reading.ignore(reason, span)
        else:
            has_words = False
            for text, is_event in _speech(runs):
                if is_event:
                    reading.ignore(N_("stage direction"), span)
                    is_over = bool(_CLOSED.search(text))
                else:
                    reading.cues.append(Cue(speaker=speaker, text=text, span=span))
                    has_words = True
            if not runs:
                reading.ignore(N_("label without words"), span)
            if is_over and not has_words:
                speaker = None


def _speech(runs: Sequence[_Run]) -> Iterator[tuple[str, bool]]:
    """Yield what is said, in pieces, and what happens in the room: words in italics between parentheses."""
    pieces: list[str] = []
    for n, run in enumerate(runs):
        text = " ".join(run.text.split())
        before = runs[n - 1] if n else None
        if run.italic and text.startswith("("):
            if words := " ".join("".join(pieces).split()):
                yield words, False
            pieces = []
            yield text, True
        elif before is not None and before.italic and before.text.lstrip().startswith("("):
            pieces.append(run.text.lstrip().removeprefix(")").lstrip(",.;) \u00a0"))
        else:
            pieces.append(run.text)
    if words := " ".join("".join(pieces).split()):
        yield words, False
