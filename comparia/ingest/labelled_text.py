"""Text with the speakers written in, in the ways people do.

`Nom : texte`, `M. Nom. – texte`, `**Name:** text`, `[Nom] texte`, Otter heads, `HH:MM:SS Nom`, `Nom, fonction` on a line, prose.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from typing import NamedTuple

from comparia.errors import TranscriptError
from comparia.ingest import zoom_chat
from comparia.ingest.captions import milliseconds
from comparia.ingest.source import LONGEST_LINE, MAX_PASSAGES, Reading, Source, too_many
from comparia.ingest.speakers import (
    accepted_labels,
    clean_label,
    could_be_a_name,
    is_role,
    is_sound,
    looks_like_name,
    split_label,
    without_controls,
)
from comparia.messages import gettext as _
from comparia.messages import ngettext
from comparia.records import Channel, Cue, Notice

FORMAT = "text"
DESCRIPTION = (
    "Plain text or Markdown: `Nom : texte`, `M. Nom. – texte`, `**Name:** text`, `[Nom] texte`, Otter, `HH:MM:SS Nom`, "
    "`Nom, fonction` on a line"
)

MAX_LINES = 600_000
"""Lines beyond which a text is refused before heads are looked for in them: ten hours are under 40,000."""

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_BOLD = re.compile(
    r"^\s*\*\*(?P<name>[^*\n]{1,80}?)[ \u00a0\u202f]?(?P<mark>:\*\*|\*\*[ \u00a0\u202f]?:|\.\*\*)[ \u00a0\u202f]*"
    r"(?:[-–—‑][ \u00a0\u202f]+)?(?P<text>.*)$"
)
_CLOCK_FIRST = re.compile(rf"^[(\[]?{_CLOCK}[)\]]?\s+(?=[^\W\d_])")
_HEAD = re.compile(
    rf"^(?P<name>[^\W\d_][^\t\n:]{{0,59}}?)\s{{1,4}}(?:\({_CLOCK}\)|\[{_CLOCK}\]|{_CLOCK})(?:\s*$|\s*:\s*$|\s*:\s+(?P<text>\S.*)$)"
)
_CLOCK_HEAD = re.compile(
    rf"^[(\[]?{_CLOCK}[)\]]?\s+(?P<name>(?:(?:MM?|Mr|Mrs|Ms|Dr)\.\s)?[^\W\d_][^\t\n:.!?]{{0,59}})$"
)
_CLOCK_LABEL = re.compile(rf"^[(\[]?{_CLOCK}[)\]]?\s+(?P<rest>\S.*)$")
_DASH = re.compile(
    r"^\s*(?P<name>[^\W\d_][^\n:–—‑]{0,100}?)(?P<stop>\.?)[ \u00a0\u202f]*[-–—‑]{1,2}[ \u00a0\u202f]+(?P<text>\S.*)$"
)
_CIVIL = re.compile(r"^(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Dr|Me)[ \u00a0\u202f]")
_CHAT = re.compile(r"^\[(?:chat|tchat)\]\s+", re.IGNORECASE)
_HOUR = re.compile(r"^([(\[]?)(\d{1,2})[ \u00a0\u202f]?[hH][ \u00a0\u202f]?(\d{2})([)\]]?)\s+(?:[-–—]\s+)?(?=[^\W\d_])")
"""`10h05 Marie : texte`: the hour of the day, as French minutes write it."""
_BRACKETED = re.compile(r"^\[(?P<name>[^\W\d_][^\[\]\n:]{0,59})\][ \u00a0\u202f]+(?P<text>\S.*)$")
_ALONE = re.compile(
    r"^(?P<name>(?:(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Dr|Me|Mr\.?|Mrs\.?|Ms\.?)[ \u00a0\u202f])?[^\W\d_][^,;:!?\n]{1,60}?)"
    r"(?P<office>,[ \u00a0\u202f][^:;!?\n]{2,110})?$"
)
"""`Mme Ilaria Casillo, vice-présidente de la Commission` on a line of its own, the words below it."""
_COUNT = re.compile(r"^(?:\d[\d\s.,/%]*(?:voix|votes?|%)?|néant|unanimité|aucune?|/|-)?[\s.;,]*$", re.IGNORECASE)
_TABLE_HEAD = re.compile(r'^"?[\w/ -]{0,40}"?(?:(?:[;\t]|,(?! ))"?[\w/ -]{1,40}"?){3,}$')
_FURNITURE = re.compile(
    r"^\s*(?:#{1,6}\s|-{2,}\s[^\n]{1,80}\s-{2,}\s*$|\(?(?:Transcrit par|Transcribed by|Transcrito por) TurboScribe\b|"
    r"-{3,}\s*$|\*{3,}\s*$|_{3,}\s*$|Transcribed by https?://|Transcript saved (?:using|with|by) |\*?\[[^\]]*\]\(https?://\S*\)\*?\s*$|"
    r"\*[^*\[\]]{0,120}\[[^\]]*\]\(https?://\S*\)[^*]{0,40}\*\s*$|"
    r"\*\*[^*]{1,40}\*\*[ \u00a0\u202f]?:\s*\\?\[[\d:.]+\\?\]\s*$)"
)
_TITLE = re.compile(r'^\s*Réunion ".*" du .+ à .+$')
"""The title that Visio gives to its documents."""
_UNHEARD = re.compile(r"^\[(?:Texte impossible à transcrire|Unable to transcribe text)\]$")
_NO_SPEECH = re.compile(
    r"^\s*(?:#[^\n]*\s+)?\*\*(?:Aucun contenu audio n['’]a été détecté|No audio content was detected)"
)
_LISTS = re.compile(r"^(?:SUMMARY KEYWORDS|KEYWORDS|SPEAKERS|MOTS-CLÉS|INTERVENANTS)\s*:?$")


class _Head(NamedTuple):
    """The first line of a turn."""

    name: str | None
    """Who speaks, as written; None where nobody is named."""
    start: int | None
    """When, in ms."""
    channel: Channel
    """Speech, or chat."""
    text: str
    """The words on that line."""
    message: zoom_chat.Head | None = None
    """The message, where it is one of a pasted chat."""
    end: int | None = None
    """Until when, in ms."""


def sniff(source: Source) -> bool:
    """Anything that is text made of words, and neither markup nor a table."""
    start = source.text.lstrip()
    if start.startswith("[Script Info]"):
        raise TranscriptError(
            _("these are subtitles of Aegisub (ASS), which are not read."),
            source.name,
            cure=_("Save them as SubRip (SRT), with Aegisub or another subtitle editor."),
        )
    markup = start.startswith(("<", "{\\rtf", "File type ="))
    table = bool(_TABLE_HEAD.match(next((line.strip() for line in source.lines if line.strip()), "")))
    return not markup and not table and any(ch.isalpha() for ch in source.text)


def read(source: Source, breaks: frozenset[int] = frozenset()) -> Reading:
    """One cue a labelled paragraph; headings, rules, links and front matter are left out with their reason.

    The dialect is the one most of the file speaks: time heads, bold labels, or labels followed by a colon or a dash. A
    Zoom chat pasted among the paragraphs is chat, and its private messages are dropped. Text before the first label, or
    without any label, has no speaker, and a notice says so.

    Args:
        source: the text.
        breaks: lines after which nobody speaks until the next label, as after a table.

    Raises:
        TranscriptError: the tool that wrote the file says that it heard nobody.
    """
    if _NO_SPEECH.match(source.text):
        raise TranscriptError(_("the tool that made this file heard no speech in the recording."), source.name)
    if len(source.lines) > MAX_LINES:
        raise source.error(too_many(MAX_LINES))
    reading = Reading()
    begin = _front_matter(source, reading)
    heads, stamps = _heads(source, begin, reading)
    if _is_minutes(source.text, heads):
        heads, stamps = {n: head for n, head in heads.items() if head.message}, frozenset()
        reading.notices = [notice for notice in reading.notices if notice.code != "labels_doubted"]
        message = _(
            "This looks like minutes, not like what was said: nobody is named as speaking. Recaps can be compared; views cannot be "
            "counted by holder."
        )
        reading.notices.append(Notice(code="minutes", message=message, file=source.name))
    begin = _preamble(source, reading, begin, min(heads, default=1))
    order = sorted(heads)
    head: _Head | None = None
    pending: list[str] = []
    first = last = 0

    def flush() -> None:
        nonlocal pending, first
        if first and head and head.message:
            zoom_chat.add(source, reading, head.message, pending, first, last)
        elif first:
            if sum(map(len, pending)) > LONGEST_LINE:
                raise source.error(_("this line is far too long for a transcript."), first)
            text = " ".join(" ".join(pending).split())
            span = source.span(first, last)
            if _UNHEARD.match(text):
                reading.ignore(_("could not be transcribed"), span)
            elif text:
                name, start, channel = (head.name, head.start, head.channel) if head else (None, None, "speech")
                at, end = (start, head.end if head else None) if first in heads else (None, None)
                reading.cues.append(Cue(speaker=name, text=text, start=at, end=end, channel=channel, span=span))
            else:
                reading.ignore(_("label without words"), span)
        pending, first = [], 0

    for i in range(begin, len(source.lines)):
        line = source.lines[i]
        number = i + 1
        if number in breaks:
            flush()
            head = None
        elif not line.strip():
            if head is None and pending:
                flush()
            elif head and head.message and not _goes_on(source, heads, order, number):
                flush()
                head = None
        elif number in heads:
            flush()
            head = heads[number]
            pending, first, last = [] if head.message else [head.text], number, number
        elif number in stamps:
            if head is None or pending != [""]:
                flush()
            reading.ignore(_("time"), source.span(number))
        elif _FURNITURE.match(line) or (head is None and _TITLE.match(line)):
            flush()
            reading.ignore(_("heading or link"), source.span(number))
            if line.lstrip().startswith(("#", "--")):
                head = None
        else:
            first = first or number
            pending.append(line.strip())
            last = number
    flush()
    zoom_chat.note_private(reading, source)
    return reading


_MINUTES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"après en avoir délibéré|having (?:considered|deliberated)",
        r"à l['’]unanimité|\bunanimously\b|(?:motion|resolution) (?:was )?carried",
        r"(?:conseillers|membres|délégués) (?:municipaux )?(?:en exercice|présents|votants)|members present",
        r"date de (?:la )?convocation|convoqu[ée]s? (?:le|légalement)",
        r"réception (?:en )?préfecture|affich(?:é|age) le|transmis (?:en|à la) préfecture",
        r"(?:absents?|excusés?)(?: excusés?)? ?:|apologies (?:for absence|were received)",
        r"(?:donn\w+|a|ont|ayant donné) (?:pouvoir|procuration)|\bprocurations? ?:",
        r"secrétaire de séance|(?:minutes|report) of the (?:previous|last) meeting",
        r"délibération n[°o]|\bvu le code général\b|article l\.? ?\d{4}",
        r"(?:séance (?:est )?levée|l['’]ordre du jour étant épuisé|meeting closed at)",
        r"voix pour|pour : ?\d+|contre : ?\d+|abstentions? : ?\d+",
        r"section (?:d['’]investissement|de fonctionnement)",
    )
)
"""What minutes of councils say, and people hardly ever."""
LEAST_OF_MINUTES = 4
"""How many of these make minutes."""


def _is_minutes(text: str, heads: dict[int, _Head]) -> bool:
    """Return whether a text tells what was decided rather than what was said: the marks of minutes, and hardly a dialogue."""
    if sum(bool(mark.search(text)) for mark in _MINUTES) < LEAST_OF_MINUTES:
        return False
    names = Counter(head.name for head in heads.values() if head.name and not head.message)
    coming_back = [name for name, n in names.items() if n > 2]
    return len(coming_back) < 3 or sum(names[name] for name in coming_back) < 12


def _front_matter(source: Source, reading: Reading) -> int:
    if source.lines and source.lines[0].strip() == "---":
        fields = len(source.lines) > 1 and re.match(r"[\w-]+:(?:\s|$)", source.lines[1])
        for i, line in enumerate(source.lines[1:100], start=1):
            if not line.strip() and not fields:
                break
            if line.strip() == "---":
                reading.ignore(_("front matter"), source.span(1, i + 1))
                return i + 1
    return 0


def _preamble(source: Source, reading: Reading, begin: int, first_head: int) -> int:
    """Leave out the lists of key words and speakers that Otter puts before the first turn; where to read on from."""
    i = begin
    while i < first_head - 1:
        if _LISTS.match(source.lines[i].strip()):
            stop = i + 1
            while stop < first_head - 1 and source.lines[stop].strip():
                stop += 1
            if any(source.lines[k].strip() for k in range(begin, i)):
                reading.ignore(_("title"), source.span(begin + 1, i))
            reading.ignore(_("list of key words or speakers"), source.span(i + 1, stop))
            begin = i = stop
        else:
            i += 1
    return begin


def _goes_on(source: Source, heads: dict[int, _Head], order: list[int], blank: int) -> bool:
    """Whether a pasted message goes on after a blank line: only one blank line, and more of the chat further down."""
    if blank < len(source.lines) and not source.lines[blank].strip():
        return False
    following = bisect_right(order, blank)
    if following == len(order) or heads[order[following]].message is None:
        return False
    inside = source.lines[blank : order[following] - 1]
    return not any(not a.strip() and not b.strip() for a, b in itertools.pairwise(inside))


def _heads(source: Source, begin: int, reading: Reading) -> tuple[dict[int, _Head], frozenset[int]]:
    """Return the first line of each turn, by number, and the lines that hold nothing but a time."""
    chat: dict[int, _Head] = {}
    timed: dict[int, _Head] = {}
    bold: dict[int, _Head] = {}
    plain: dict[int, _Head] = {}
    alone: dict[int, _Head] = {}
    bracketed: dict[int, _Head] = {}
    for i in range(begin, len(source.lines)):
        line = without_controls(source.lines[i]).rstrip()
        if not line or len(line) > 1_000_000 or _FURNITURE.match(line):
            continue
        if len(plain) > MAX_PASSAGES or len(timed) > MAX_PASSAGES:
            raise source.error(too_many(MAX_PASSAGES))
        number = i + 1
        line = _HOUR.sub(r"\1\2:\3:00\4 ", line)
        if (message := zoom_chat.head(line)) and message.to:
            chat[number] = _Head(message.name, message.time, "chat", message.text, message)
            continue
        if found := _timed(line.replace("**", "") if "**" in line else line):
            timed[number] = found
        if "**" in line and (found := _bold(line)):
            bold[number] = found
        if found := _plain(line):
            plain[number] = found
        elif found := _bracketed(line):
            bracketed[number] = found
        elif found := _alone(line, source, i):
            alone[number] = found
    spoken = max((_believed(timed), _counted_out(bold), _believed(plain), _believed(bracketed)), key=len)
    if len(spoken) < 2 and len(own_lines := _recurring(alone)) > 2:
        spoken = own_lines
    if len(spoken) < 2 and len(lone := _lone(source, begin)) > len(spoken):
        spoken = lone
    if spoken and _is_always_labelled(source, begin, plain, spoken):
        spoken = {**_counted_out(plain), **spoken}
    stamped, stamps = _table(source, begin) or _stamped(source, begin, frozenset(chat))
    if _is_better(stamped, spoken):
        return {**stamped, **chat}, stamps
    alone_stamps = frozenset(n for n in stamps if _STAMP_ALONE.match(_shown(source.lines[n - 1]).strip()))
    stamps = alone_stamps if len(alone_stamps) > 1 else frozenset()
    for n in spoken.keys() & stamped.keys() if stamps else ():
        spoken[n] = spoken[n]._replace(start=stamped[n].start)
    doubted = sorted(plain.keys() - spoken.keys() - chat.keys()) if spoken else []
    if doubted:
        nobody = [n for n in doubted if _INDEFINITE.match(plain[n].name or "")]
        spoken = {
            **spoken,
            **{n: plain[n]._replace(name=None, text=f"{plain[n].name} : {plain[n].text}") for n in nobody},
        }
        text = ngettext(
            "{n} line looks like a name and a colon ({labels}): it was left to the person speaking before, or to nobody.",
            "{n} lines look like a name and a colon ({labels}): they were left to the person speaking before, or to nobody.",
            len(doubted),
        )
        names = list(dict.fromkeys(plain[n].name or "" for n in doubted))
        labels = ", ".join(f"“{name}”" for name in names[:MOST_DOUBTED]) + ("…" if len(names) > MOST_DOUBTED else "")
        place = source.span(doubted[0]).lines
        notice = Notice(
            code="labels_doubted",
            message=text.format(n=len(doubted), labels=labels),
            file=source.name,
            line=place[0] if place else None,
        )
        reading.notices.append(notice)
    return {**spoken, **chat}, stamps


_INDEFINITE = re.compile(r"^(?:une?|des|plusieurs|quelques|un autre|une autre|an?|another|some)\s", re.IGNORECASE)
"""Labels that name somebody who is not known: their words are nobody else's."""
MOST_DOUBTED = 8
"""Doubted labels that a notice names."""
ALWAYS_LABELLED_SHARE = 0.8
"""Share of lines that open with a label from which each of them is a label, also one that stands once."""


def _is_always_labelled(source: Source, begin: int, plain: dict[int, _Head], spoken: dict[int, _Head]) -> bool:
    """Return whether the document labels its paragraphs: nearly every line opens with one, and most of these are believed."""
    filled = sum(bool(line.strip()) and not _FURNITURE.match(line) for line in source.lines[begin:])
    believed = len(plain.keys() & spoken.keys())
    return len(plain) >= 6 and len(plain) >= ALWAYS_LABELLED_SHARE * filled and believed >= len(plain) / 2


def _is_better(stamped: dict[int, _Head], spoken: dict[int, _Head]) -> bool:
    """Return whether heads found by their times are more, and lose nobody who was found otherwise."""
    timed = sum(head.start is not None for head in spoken.values())
    named = {head.name for head in stamped.values() if head.name}
    lost = {head.name for head in spoken.values()} - named
    starts = sum(head.start is not None for head in stamped.values())
    return starts >= LEAST_STAMPS and starts > timed and (not lost or not spoken or len(named) > len(lost) + 1)


LEAST_STAMPS = 3
"""Times at the head of lines from which a text is one that gives the time of what is said."""
_STAMP = r"(?:(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?|\d{1,5}[.,]\d{1,3} ?s?)"
_RANGE = rf"[(\[]?\*?[ ]?(?P<start>{_STAMP})(?:[ ]*(?:-->|->|→|–|—|-|to|à)[ ]*(?P<end>{_STAMP}))?[ ]?\*?[)\]]?"
_STAMP_ALONE = re.compile(rf"^{_RANGE}$")
_STAMP_FIRST = re.compile(rf"^[ \t]*(?:[-•*][ ]+)?{_RANGE}(?:[ \t]*[-–—|→:][ \t]+|[ \t]+|$)(?P<rest>.*)$")
_STAMP_AFTER = re.compile(
    rf"^[ \t]*(?P<name>\[[^\[\]\n]{{1,60}}\]|[^\W\d_][^\t\n\[\]()]{{0,60}}?)[ \t]*:?[ \t]*(?:[-–—|][ \t]*)?"
    rf"(?P<stamp>\[{_STAMP}[^\n\]]{{0,20}}\]|\((?:\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}},?[ ])?{_STAMP}[^\n)]{{0,20}}\)|"
    rf"(?<=[-–—|] ){_STAMP})[ \t]*:?(?:[ \t]+(?P<text>\S.*))?$"
)
_ONESELF = frozenset(("You", "Vous", "Moi", "Me"))
"""How tools call the person who saved the file."""
_NAMED = re.compile(r"^\[(?P<name>[^\[\]\n]{1,60})\][ \t]*:?(?:[ \t]+|$)(?P<text>.*)$")


_TABLE = re.compile(r"^start\tend\t(?P<speaker>speaker\t)?text$", re.IGNORECASE)


def _table(source: Source, begin: int) -> tuple[dict[int, _Head], frozenset[int]] | None:
    """Return the rows of Whisper's table, `start<TAB>end<TAB>text` in ms; None for another text."""
    match = _TABLE.match(source.lines[begin]) if begin < len(source.lines) else None
    if match is None:
        return None
    found = {}
    for number in range(begin + 2, len(source.lines) + 1):
        start, _tab, rest = source.lines[number - 1].partition("\t")
        end, _tab, text = rest.partition("\t")
        if start.isdecimal() and end.isdecimal() and text.strip():
            name, words = text.split("\t", 1) if match["speaker"] and "\t" in text else (None, text)
            found[number] = _Head(clean_label(name) if name else None, int(start), "speech", words, None, int(end))
    return (found, frozenset((begin + 1,))) if found else None


def _stamped(source: Source, begin: int, chat: frozenset[int]) -> tuple[dict[int, _Head], frozenset[int]]:
    """Return heads found by the times that tools write, in any bracket, range, tab or dash, before or after who speaks.

    Lines of a pasted `chat` are left to it. A time is never words. What follows it is a label, words, or both; a label alone on the line
    before or after a time is whose words follow.
    """
    found: dict[int, _Head] = {}
    stamps: set[int] = set()
    filled = [n for n in range(begin + 1, len(source.lines) + 1) if source.lines[n - 1].strip()]
    taken: set[int] = set()
    for k, number in enumerate(filled):
        if number in taken or number in chat:
            continue
        line = _shown(source.lines[number - 1])
        if len(line) > LONGEST_LINE or not any(map(str.isdigit, line[:120])):
            continue
        if after := _stamp_after(line):
            found[number] = after
            continue
        match = _STAMP_FIRST.match(line)
        if match is None or (match["rest"] and not any(map(str.isalpha, match["rest"]))):
            continue
        start, end = _stamp_ms(match["start"]), _stamp_ms(match["end"]) if match["end"] else None
        name, text = _who(match["rest"])
        if not match["rest"]:
            above = filled[k - 1] if k and filled[k - 1] == number - 1 and filled[k - 1] not in found else 0
            below = filled[k + 1] if k + 1 < len(filled) else 0
            own = _label_alone(source.lines[above - 1]) if above else None
            if own:
                stamps.add(number)
                found[above] = _Head(own, start, "speech", "", None, end)
                continue
            if below:
                named, words = _who(_shown(source.lines[below - 1]).strip())
                alone = _label_alone(source.lines[below - 1])
                stamps.add(number)
                taken.add(below)
                head = (alone, "") if alone else (named, words)
                found[below] = _Head(head[0], start, "speech", head[1], None, end)
            continue
        found[number] = _Head(name, start, "speech", text, None, end)
    labels = accepted_labels(head.name for head in found.values() if head.name)
    doubtful = {head.name for head in found.values() if head.name} - labels
    share = sum(bool(head.name) for head in found.values())
    if doubtful and share < ALWAYS_LABELLED_SHARE * len(found):
        found = {
            n: h._replace(name=None, text=f"{h.name} : {h.text}") if h.name in doubtful else h for n, h in found.items()
        }
    return found, frozenset(stamps)


def _shown(line: str) -> str:
    """Return a line without controls nor bold marks, its tabs as spaces."""
    return without_controls(_BLANKS.sub("  ", line)).replace("**", "").rstrip()


_BLANKS = re.compile(r"[\t\v\f\x1c-\x1f\x85]")
"""Controls that part words."""


def _stamp_after(line: str) -> _Head | None:
    """`Speaker 1 [00:00:01] text`, `[Intervenant 1] [00:05] text`, `**Nom** *[00:24]*: text`, `Nom - 00:12`."""
    match = _STAMP_AFTER.match(line.replace("*", ""))
    if match is None:
        return None
    name = match["name"].strip("[]* :-–—|\t")
    if (
        ":" in name
        or not (_is_head(name) or name in _ONESELF)
        or is_sound(name)
        or re.match(r"[AP]M\b", match["text"] or "")
    ):
        return None
    stamp = re.sub(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", "", match["stamp"])
    times = re.findall(_STAMP, stamp)
    if half := re.search(r"\b([AP])\.?M\b", stamp, re.IGNORECASE):
        hours, _colon, rest = times[0].partition(":")
        times[0] = f"{int(hours) % 12 + (12 if half[1].upper() == 'P' else 0)}:{rest}:00"
    elif stamp != match["stamp"] and times[0].count(":") == 1:
        times[0] += ":00"  # an hour of the day
    return _Head(
        clean_label(name),
        _stamp_ms(times[0]),
        "speech",
        match["text"] or "",
        None,
        _stamp_ms(times[1]) if times[1:] else None,
    )


def _who(text: str) -> tuple[str | None, str]:
    """Return who is named at the head of what follows a time, and the words."""
    if (match := _NAMED.match(text)) and _is_head(match["name"]) and not is_sound(match["name"]):
        return clean_label(match["name"]), match["text"]
    if ":" in text and (split := split_label(text)):
        return clean_label(split[0]), split[1]
    if alone := _label_alone(text):
        return alone, ""
    return None, re.sub(r"^>>+[ ]*", "", text)


def _label_alone(line: str) -> str | None:
    """Return the label that a line holds and nothing else: `Interlocuteur 1 :`, `Sandra Rivière (Ville)`; None for words."""
    bare = _shown(line).strip().rstrip(":").strip()
    bare = bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare
    if not bare or bare.endswith((".", "!", "?", "…", ",", ";")) or len(bare) > 60 or not _is_head(bare):
        return None
    return clean_label(bare) if accepted_labels([bare]) else None


def _stamp_ms(stamp: str) -> int:
    """Return a time in ms: `1:02:03`, `0:05.5`, `12.45` seconds."""
    if ":" not in stamp:
        return round(float(re.sub(r"[ s]", "", stamp).replace(",", ".")) * 1000)
    match = re.fullmatch(_CLOCK, stamp)
    return milliseconds(*match.groups()) if match else 0


def _timed(line: str) -> _Head | None:
    """`Name  0:03`, `Name (00:03.608): text` or `00:00:03 Name`."""
    if ":" not in line:
        return None
    named = _CLOCK_FIRST.sub("", line)
    if (match := _HEAD.match(named)) and _is_head(match["name"]):
        clock = next(match.groups()[n : n + 4] for n in (1, 5, 9) if match.groups()[n + 1])
        return _Head(clean_label(match["name"].rstrip(" -–—|")), milliseconds(*clock), "speech", match["text"] or "")
    if (match := _CLOCK_HEAD.match(line)) and _is_head(match["name"]):
        return _Head(clean_label(match["name"]), milliseconds(*match.groups()[0:4]), "speech", "")
    return None


def _is_head(name: str) -> bool:
    """Whether the words beside a time can be a name: few, and no bracket left open (`[inaudible 00:12]`)."""
    balanced = all(name.count(a) == name.count(b) for a, b in ("()", "[]"))
    return balanced and len(name.split()) <= 7 and could_be_a_name(name)


def _bold(line: str) -> _Head | None:
    """`**Name:** text`, `**Name** : text`, `**M. Name.** text`, after a time if there is one."""
    before = _CLOCK_LABEL.match(line)
    match = _BOLD.match(before["rest"] if before else line)
    if match is None:
        return None
    clock = _CLOCK_LABEL.match(match["name"])
    name = clock["rest"] if clock else match["name"]
    split = split_label(f"{name} :")
    if split is None or (match["mark"] == ".**" and not accepted_labels([name])):
        return None
    stamp = clock or before
    at = milliseconds(*stamp.groups()[0:4]) if stamp else None
    return _Head(clean_label(name), at, "speech", match["text"])


def _plain(line: str) -> _Head | None:
    """`Nom : texte` or `M. Nom. – texte`, after a time or `[chat]` if there is one."""
    chat = _CHAT.match(line)
    rest = line[chat.end() :] if chat else line
    clock = _CLOCK_LABEL.match(rest) if ":" in rest else None
    if clock:
        rest = clock["rest"]
    split = _dashed(rest) or (split_label(rest) if ":" in rest else None)
    if split is None:
        return None
    at = milliseconds(*clock.groups()[0:4]) if clock else None
    return _Head(clean_label(split[0]), at, "chat" if chat else "speech", split[1])


def _bracketed(line: str) -> _Head | None:
    """`[Nom] texte`."""
    match = _BRACKETED.match(line)
    if match is None or is_sound(match["name"]) or not could_be_a_name(match["name"]):
        return None
    return _Head(clean_label(match["name"]), None, "speech", match["text"])


def _alone(line: str, source: Source, i: int) -> _Head | None:
    """`Nom, fonction` alone on its line, above words: a civility or an office is needed, or a surname in capitals."""
    match = _ALONE.match(line.strip())
    if match is None or line.rstrip().endswith((".", "…", ",")) or len(line.split()) > 18:
        return None
    name = match["name"].strip()
    surname = any(len(word) > 2 and word.isupper() for word in name.split()[-2:]) and len(name.split()) > 1
    if not (_CIVIL.match(name) or surname) or not accepted_labels([name]) or not could_be_a_name(name):
        return None
    below = next((text for text in source.lines[i + 1 : i + 3] if text.strip()), "")
    if len(below.split()) < 4 and not below.rstrip().endswith((".", "!", "?", "…")):
        return None
    return _Head(clean_label(name), None, "speech", "")


_QUIET = re.compile(r"[.!?…:;,»”)\d]$")


def _lone(source: Source, begin: int) -> dict[int, _Head]:
    """Return heads that stand alone on short lines above longer paragraphs, in a text that names nobody otherwise.

    Names and roles only; somebody must come back, as in a sitting, and nearly all that is said must stand below one of them.
    """
    filled = [n for n in range(begin + 1, len(source.lines) + 1) if source.lines[n - 1].strip()]
    found: dict[int, _Head] = {}
    for k, number in enumerate(filled):
        line = without_controls(source.lines[number - 1]).strip()
        below = source.lines[filled[k + 1] - 1].strip() if k + 1 < len(filled) else ""
        if (
            len(line) > 60
            or _QUIET.search(line)
            or not could_be_a_name(line)
            or not (looks_like_name(line) or is_role(line))
        ):
            continue
        apart = number == 1 or not source.lines[number - 2].strip()
        said = len(below.split()) > 3 and bool(re.search(r"[.!?…»]$", below))
        if apart and said and len(line.split()) > (0 if is_role(line) else 1):
            found[number] = _Head(clean_label(line), None, "speech", "")
    names = Counter(head.name for head in found.values())
    spoken = sum(n > min(found, default=0) for n in filled)
    return found if len(found) > 4 and len(names) > 1 and max(names.values()) > 1 and spoken > 0.7 * len(filled) else {}


def _recurring(heads: dict[int, _Head]) -> dict[int, _Head]:
    """Heads on lines of their own, if somebody comes back: a list of people present names each of them once."""
    names = [head.name for head in heads.values()]
    return heads if len(names) >= len(set(names)) + 1 else {}


def _dashed(text: str) -> tuple[str, str] | None:
    """`M. Nom. – texte`; without its stop, only a name that opens with a civility is one."""
    match = _DASH.match(text)
    if match is None:
        return None
    name = match["name"].strip("*_ \t\u00a0\u202f")
    civil = bool(_CIVIL.match(name))
    if (
        not name
        or not (civil or (match["stop"] and (name[0].isupper() or accepted_labels([name]))))
        or len(name.split()) > 12
    ):
        return None
    # Beyond the first comma stands the office: `M. Dupont, rapporteur de la commission. – …`.
    return (name, match["text"]) if could_be_a_name(name.partition(",")[0]) and not name.endswith(",") else None


def _believed(heads: dict[int, _Head]) -> dict[int, _Head]:
    names = accepted_labels(head.name for head in heads.values() if head.name)
    offices = {head.name for head in heads.values() if head.name and _CIVIL.match(head.name) and _has_office(head.name)}
    return _counted_out({n: head for n, head in heads.items() if head.name in names or head.name in offices})


def _has_office(name: str) -> bool:
    """Return whether an office follows the comma of a name: `Madame la ministre, une question` is somebody who is spoken to."""
    after = name.partition(",")[2].strip()
    return bool(after) and (is_role(after) or after[0].isupper() or bool(_OFFICE.match(after)))


_OFFICE = re.compile(
    r"(?:(?:premi(?:er|ère)|vice-|co-|ex-|ancien(?:ne)?|président|rapporteur|ministre|maire|adjoint|secrétaire|directeur|directrice|chef|déléguée?|"
    r"conseill|député|sénat|membre|porte-parole|garante?|commissaire|représentant|responsable|auteur|chargée?|professeur|docteur|avocat)\w*\b)",
    re.IGNORECASE,
)
"""How an office begins."""


def _counted_out(heads: dict[int, _Head]) -> dict[int, _Head]:
    """Without the labels that only ever stand before a number: results of votes."""
    speaking = {head.name for head in heads.values() if not _COUNT.match(head.text) or not head.text}
    return {n: head for n, head in heads.items() if head.name in speaking}
