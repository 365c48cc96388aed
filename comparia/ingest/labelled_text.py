"""Text with the speakers written in: `Nom : texte`, `**Name:** text`, Otter heads, `HH:MM:SS Nom`, or bare prose."""

from __future__ import annotations

import re

from comparia.ingest.captions import milliseconds
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import accepted_labels, clean_label, split_label
from comparia.messages import gettext as _
from comparia.records import Channel, Cue

FORMAT = "text"
DESCRIPTION = "Plain text or Markdown: `Nom : texte`, `**Name:** text`, Otter, `HH:MM:SS Nom`"

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_BOLD = re.compile(
    r"^\s*\*\*(?P<name>[^*\n]{1,80}?)[ \u00a0\u202f]?(?::\*\*|\*\*[ \u00a0\u202f]?:)[ \u00a0\u202f]*(?P<text>.*)$"
)
_HEAD = re.compile(rf"^(?:\*\*)?(?P<name>[^\W\d_][^\t\n:]{{0,59}}?)(?:\*\*)?\s{{1,4}}[(\[]?{_CLOCK}[)\]]?\s*:?\s*$")
_CLOCK_HEAD = re.compile(
    rf"^[(\[]?{_CLOCK}[)\]]?\s+(?P<name>(?:(?:MM?|Mr|Mrs|Ms|Dr)\.\s)?[^\W\d_][^\t\n:.!?]{{0,59}})$"
)
_CLOCK_LABEL = re.compile(rf"^[(\[]?{_CLOCK}[)\]]?\s+(?P<rest>\S.*)$")
_CHAT = re.compile(r"^\[(?:chat|tchat)\]\s+", re.IGNORECASE)
_TABLE_HEAD = re.compile(r'^"?[\w/ -]{0,40}"?(?:(?:[;\t]|,(?! ))"?[\w/ -]{1,40}"?){3,}$')
_FURNITURE = re.compile(
    r"^(?:#{1,6}\s|-{3,}\s*$|\*{3,}\s*$|_{3,}\s*$|Transcribed by https?://|\*?\[[^\]]*\]\(https?://\S*\)\*?\s*$|"
    r"\*\*[^*]{1,40}\*\*[ \u00a0\u202f]?:\s*\\?\[[\d:.]+\\?\]\s*$)"
)


def sniff(source: Source) -> bool:
    """Anything that is text made of words, and neither markup nor a table."""
    start = source.text.lstrip()
    markup = start.startswith(("<", "{\\rtf", "File type ="))
    table = bool(_TABLE_HEAD.match(next((line.strip() for line in source.lines if line.strip()), "")))
    return not markup and not table and any(ch.isalpha() for ch in source.text)


def read(source: Source) -> Reading:
    """One cue a labelled paragraph; headings, rules, links and front matter are left out with their reason.

    The dialect is the one most of the file speaks: time heads, bold labels, or `Nom : ` labels. Text before the first
    label, or without any label, has no speaker, and a notice says so.
    """
    reading = Reading()
    begin = _front_matter(source, reading)
    heads = _heads(source, begin)
    speaker: str | None = None
    start: int | None = None
    channel: Channel = "speech"
    pending: list[str] = []
    first = last = 0

    def flush() -> None:
        nonlocal pending
        text = " ".join(" ".join(pending).split())
        if text:
            span = source.span(first, last)
            reading.cues.append(Cue(speaker=speaker, text=text, start=start, end=None, channel=channel, span=span))
        elif first:
            reading.ignore(_("label without words"), source.span(first, last))
        pending = []

    for i in range(begin, len(source.lines)):
        line = source.lines[i]
        number = i + 1
        if not line.strip():
            if speaker is None and pending:
                flush()
                first = 0
            continue
        if number in heads:
            if first:
                flush()
            speaker, start, channel, text = heads[number]
            pending, first, last = [text], number, number
        elif _FURNITURE.match(line):
            if first:
                flush()
            first = 0
            reading.ignore(_("heading or link"), source.span(number))
            if line.startswith("#"):
                speaker = None
        else:
            if not first:
                first, start = number, None
            pending.append(line.strip())
            last = number
    if first:
        flush()
    return reading


def _front_matter(source: Source, reading: Reading) -> int:
    if source.lines and source.lines[0].strip() == "---":
        for i, line in enumerate(source.lines[1:100], start=1):
            if not line.strip():
                break
            if line.strip() == "---":
                reading.ignore(_("front matter"), source.span(1, i + 1))
                return i + 1
    return 0


Head = tuple[str, int | None, Channel, str]


def _heads(source: Source, begin: int) -> dict[int, Head]:
    timed: dict[int, Head] = {}
    bold: dict[int, Head] = {}
    plain: dict[int, Head] = {}
    for i in range(begin, len(source.lines)):
        line = source.lines[i].rstrip()
        if not line or len(line) > 1_000_000 or _FURNITURE.match(line):
            continue
        if (match := _HEAD.match(line)) and len(match["name"].split()) <= 6:
            timed[i + 1] = (clean_label(match["name"]), milliseconds(*match.groups()[1:5]), "speech", "")
        elif (match := _CLOCK_HEAD.match(line)) and len(match["name"].split()) <= 6:
            timed[i + 1] = (clean_label(match["name"]), milliseconds(*match.groups()[0:4]), "speech", "")
        if (match := _BOLD.match(line)) and split_label(f"{match['name']} :"):
            bold[i + 1] = (clean_label(match["name"]), None, "speech", match["text"])
        chat = _CHAT.match(line)
        rest = line[chat.end() :] if chat else line
        clock = _CLOCK_LABEL.match(rest)
        if clock:
            rest = clock["rest"]
        if split := split_label(rest):
            at = milliseconds(*clock.groups()[0:4]) if clock else None
            plain[i + 1] = (clean_label(split[0]), at, "chat" if chat else "speech", split[1])
    return max((_believed(timed), bold, _believed(plain)), key=len)


def _believed(heads: dict[int, Head]) -> dict[int, Head]:
    names = accepted_labels(head[0] for head in heads.values())
    return {n: head for n, head in heads.items() if head[0] in names}
