"""Text with the speakers written in, in the ways people do.

`Nom : texte`, `M. Nom. – texte`, `**Name:** text`, `[Nom] texte`, Otter heads, `HH:MM:SS Nom`, `Nom, fonction` on a
line, prose.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter

from comparia.errors import TranscriptError
from comparia.ingest import zoom_chat
from comparia.ingest.captions import CHANGE, milliseconds
from comparia.ingest.heads import CLOCK, Head, is_head
from comparia.ingest.minutes import is_minutes
from comparia.ingest.source import LONGEST_LINE, MAX_PASSAGES, Reading, Source, too_many
from comparia.ingest.speakers import (
    accepted_labels,
    clean_label,
    could_be_a_name,
    is_role,
    is_sound,
    is_sound_alone,
    looks_like_name,
    split_label,
    without_controls,
)
from comparia.ingest.stamps import ALWAYS_LABELLED_SHARE, is_time_alone, stamped, whisper_table
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Notice

FORMAT = "text"
DESCRIPTION = (
    "Plain text or Markdown: `Nom : texte`, `M. Nom. – texte`, `**Name:** text`, `[Nom] texte`, Otter, `HH:MM:SS Nom`, "
    "`Nom, fonction` on a line"
)

MAX_LINES = 600_000
"""Lines beyond which a text is refused before heads are looked for in them: ten hours are under 40,000."""

_BOLD = re.compile(
    r"^\s*\*\*(?P<name>[^*\n]{1,80}?)[ \u00a0\u202f]?(?P<mark>:\*\*|\*\*[ \u00a0\u202f]?:|\.\*\*)[ \u00a0\u202f]*"
    r"(?:[-–—‑][ \u00a0\u202f]+)?(?P<text>.*)$"
)
_CLOCK_FIRST = re.compile(rf"^[(\[]?{CLOCK}[)\]]?\s+(?=[^\W\d_])")
_HEAD = re.compile(
    rf"^(?P<name>[^\W\d_][^\t\n:]{{0,59}}?)\s{{1,4}}(?:\({CLOCK}\)|\[{CLOCK}\]|{CLOCK})"
    r"(?:\s*$|\s*:\s*$|\s*:\s+(?P<text>\S.*)$)"
)
_CLOCK_HEAD = re.compile(rf"^[(\[]?{CLOCK}[)\]]?\s+(?P<name>(?:(?:MM?|Mr|Mrs|Ms|Dr)\.\s)?[^\W\d_][^\t\n:.!?]{{0,59}})$")
_CLOCK_LABEL = re.compile(rf"^[(\[]?{CLOCK}[)\]]?\s+(?P<rest>\S.*)$")
_DASH = re.compile(
    r"^\s*(?P<name>[^\W\d_][^\n:–—‑]{0,100}?)(?P<stop>\.?)[ \u00a0\u202f]*[-–—‑]{1,2}[ \u00a0\u202f]+(?P<text>\S.*)$"
)
_CIVIL = re.compile(r"^(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Dr|Me)[ \u00a0\u202f]")
_CHAT = re.compile(r"^\[(?:chat|tchat)\]\s+", re.IGNORECASE)
_HOUR = re.compile(r"^([(\[]?)(\d{1,2})[ \u00a0\u202f]?[hH][ \u00a0\u202f]?(\d{2})([)\]]?)\s+(?:[-–—]\s+)?(?=[^\W\d_])")
"""`10h05 Marie : texte`: the hour of the day, as French minutes write it."""
_BRACKETED = re.compile(r"^\[(?P<name>[^\W\d_][^\[\]\n:]{0,59})\][ \u00a0\u202f]+(?P<text>\S.*)$")
_ALONE = re.compile(
    r"^(?P<name>(?:(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Dr|Me|Mr\.?|Mrs\.?|Ms\.?)[ \u00a0\u202f])?"
    r"[^\W\d_][^,;:!?\n]{1,60}?)"
    r"(?P<office>,[ \u00a0\u202f][^:;!?\n]{2,110})?$"
)
"""`Mme Ilaria Casillo, vice-présidente de la Commission` on a line of its own, the words below it."""
_COUNT = re.compile(r"^(?:\d[\d\s.,/%]*(?:voix|votes?|%)?|néant|unanimité|aucune?|/|-)?[\s.;,]*$", re.IGNORECASE)
_TABLE_HEAD = re.compile(r'^"?[\w/ -]{0,40}"?(?:(?:[;\t]|,(?! ))"?[\w/ -]{1,40}"?){3,}$')
_FURNITURE = re.compile(
    r"^\s*(?:#{1,6}\s|-{2,}\s[^\n]{1,80}\s-{2,}\s*$|\(?(?:Transcrit par|Transcribed by|Transcrito por) TurboScribe\b|"
    r"-{3,}\s*$|\*{3,}\s*$|_{3,}\s*$|"
    r"Transcribed by https?://|Transcript saved (?:using|with|by) |\*?\[[^\]]*\]\(https?://\S*\)\*?\s*$|"
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


def sniff(source: Source) -> bool:
    """Return whether it is text made of words, and neither markup nor a table."""
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
    """Make one cue for each labelled paragraph; headings, rules, links and front matter are left out with their reason.

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
    heads, left_out = _heads(source, begin, reading)
    if is_minutes(source.text, (head.name for head in heads.values() if head.name and not head.message)):
        heads, left_out = {n: head for n, head in heads.items() if head.message}, {}
        reading.notices = [notice for notice in reading.notices if notice.code != "labels_doubted"]
        reading.notices.append(Notice(code="minutes", file=source.name))
    begin = _preamble(source, reading, begin, min(heads, default=1))
    order = sorted(heads)
    head: Head | None = None
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
                reading.ignore(N_("could not be transcribed"), span)
            elif text:
                name, start, channel = (head.name, head.start, head.channel) if head else (None, None, "speech")
                at, end = (start, head.end if head else None) if first in heads else (None, None)
                parts = CHANGE.split(text) if name is None and ">>" in text and "<<" not in text else [text]
                for n, part in enumerate(parts):
                    if words := part.strip():
                        flags = ("speaker_change",) if n else ()
                        times = (None, None) if n and reading.cues and reading.cues[-1].span == span else (at, end)
                        cue = Cue(
                            speaker=name,
                            text=words,
                            start=times[0],
                            end=times[1],
                            channel=channel,
                            span=span,
                            flags=flags,
                        )
                        reading.cues.append(cue)
            else:
                reading.ignore(N_("label without words"), span)
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
        elif number in left_out:
            if head is None or pending != [""]:
                flush()
            reading.ignore(left_out[number], source.span(number))
        elif is_sound_alone(line.strip()) and not (head and head.message):
            flush()
            reading.cues.append(Cue(speaker=None, text=line.strip(), channel="system", span=source.span(number)))
        elif _FURNITURE.match(line) or (head is None and _TITLE.match(line)):
            flush()
            reading.ignore(N_("heading or link"), source.span(number))
            if line.lstrip().startswith(("#", "--")):
                head = None
        else:
            first = first or number
            pending.append(line.strip())
            last = number
    flush()
    _note_long_stretches(source, reading, heads)
    zoom_chat.note_private(reading, source)
    return reading


MOST_UNLABELLED = 60
"""Paragraphs without a label, after one label, from which one asks whether nobody else speaks there."""
_ENDED = re.compile(r"[.!?…»”]\s*$")


def _note_long_stretches(source: Source, reading: Reading, heads: dict[int, Head]) -> None:
    """Tell of a label that is given so many paragraphs without a label that somebody else may speak in them."""
    order = [*sorted(heads), len(source.lines) + 1]
    for number, following in itertools.pairwise(order):
        head = heads[number]
        if head.name is None or head.message is not None or following - number <= MOST_UNLABELLED:
            continue
        paragraphs = sum(bool(_ENDED.search(line)) for line in source.lines[number : following - 1])
        if paragraphs >= MOST_UNLABELLED:
            values = {"name": head.name, "n": paragraphs}
            reading.notices.append(Notice(code="long_stretch", values=values, file=source.name, line=number))


def _front_matter(source: Source, reading: Reading) -> int:
    if source.lines and source.lines[0].strip() == "---":
        fields = len(source.lines) > 1 and re.match(r"[\w-]+:(?:\s|$)", source.lines[1])
        for i, line in enumerate(source.lines[1:100], start=1):
            if not line.strip() and not fields:
                break
            if line.strip() == "---":
                reading.ignore(N_("front matter"), source.span(1, i + 1))
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
                reading.ignore(N_("title"), source.span(begin + 1, i))
            reading.ignore(N_("list of key words or speakers"), source.span(i + 1, stop))
            begin = i = stop
        else:
            i += 1
    return begin


def _goes_on(source: Source, heads: dict[int, Head], order: list[int], blank: int) -> bool:
    """Return whether a pasted message goes on after a blank line: only one, and more of the chat further down."""
    if blank < len(source.lines) and not source.lines[blank].strip():
        return False
    following = bisect_right(order, blank)
    if following == len(order) or heads[order[following]].message is None:
        return False
    inside = source.lines[blank : order[following] - 1]
    return not any(not a.strip() and not b.strip() for a, b in itertools.pairwise(inside))


def _heads(source: Source, begin: int, reading: Reading) -> tuple[dict[int, Head], dict[int, str]]:
    """Return the first line of each turn, by number, and the lines to leave out, each with its reason."""
    chat: dict[int, Head] = {}
    timed_lines: dict[int, Head] = {}
    bold: dict[int, Head] = {}
    plain: dict[int, Head] = {}
    alone: dict[int, Head] = {}
    bracketed_lines: dict[int, Head] = {}
    for i in range(begin, len(source.lines)):
        line = without_controls(source.lines[i]).rstrip()
        if not line or len(line) > 1_000_000 or _FURNITURE.match(line):
            continue
        if len(plain) > MAX_PASSAGES or len(timed_lines) > MAX_PASSAGES:
            raise source.error(too_many(MAX_PASSAGES))
        number = i + 1
        line = _HOUR.sub(r"\1\2:\3:00\4 ", line)
        if (message := zoom_chat.head(line)) and message.to:
            chat[number] = Head(message.name, message.time, "chat", message.text, message)
            continue
        if match := _timed_head(line.replace("**", "") if "**" in line else line):
            timed_lines[number] = match
        if "**" in line and (match := _bold_head(line)):
            bold[number] = match
        if match := _plain_head(line):
            plain[number] = match
        elif match := _bracketed_head(line):
            bracketed_lines[number] = match
        elif match := _head_alone(line, source, i):
            alone[number] = match
    turns = max(
        (
            _acceptable_heads(timed_lines),
            _counted_out(bold),
            _acceptable_heads(plain),
            _acceptable_heads(bracketed_lines),
        ),
        key=len,
    )
    if len(turns) < 2 and len(own_lines := _recurring(alone)) > 2:
        turns = own_lines
    if len(turns) < 2 and len(lone := _lone(source, begin)) > len(turns):
        turns = lone
    if turns and _is_always_labelled(source, begin, plain, turns):
        turns = {**_counted_out(plain), **turns}
    timed_heads, left_out = whisper_table(source, begin) or stamped(source, begin, frozenset(chat))
    if _is_better(timed_heads, turns):
        return {**timed_heads, **chat}, left_out
    left_out = {n: reason for n, reason in left_out.items() if is_time_alone(source.lines[n - 1])}
    left_out = left_out if len(left_out) > 1 else {}
    for n in turns.keys() & timed_heads.keys() if left_out else ():
        turns[n] = turns[n]._replace(start=timed_heads[n].start)
    turns |= {n: head for n, head in _named_by_a_person(source, begin).items() if n not in turns}
    doubtful = sorted(plain.keys() - turns.keys() - chat.keys()) if turns else []
    if doubtful:
        nobody = [n for n in doubtful if _INDEFINITE.match(plain[n].name or "")]
        turns = {
            **turns,
            **{n: plain[n]._replace(name=None, text=f"{plain[n].name} : {plain[n].text}") for n in nobody},
        }
        labels = tuple(dict.fromkeys(plain[n].name or "" for n in doubtful))[:MOST_DOUBTED]
        place = source.span(doubtful[0]).lines
        notice = Notice(
            code="labels_doubted",
            values={"n": len(doubtful), "labels": labels},
            file=source.name,
            line=place[0] if place else None,
        )
        reading.notices.append(notice)
    return {**turns, **chat}, left_out


_INDEFINITE = re.compile(r"^(?:une?|des|plusieurs|quelques|un autre|une autre|an?|another|some)\s", re.IGNORECASE)
"""Labels that name somebody who is not known: their words are nobody else's."""
MOST_DOUBTED = 40
"""Doubted labels that a notice keeps."""


def _named_by_a_person(source: Source, begin: int) -> dict[int, Head]:
    """Return the lines that open with a label which somebody says is who speaks, and a colon."""
    turns = {}
    for number in range(begin + 1, len(source.lines) + 1) if source.named else ():
        name, colon, text = without_controls(source.lines[number - 1]).partition(":")
        if colon and clean_label(name) in source.named:
            turns[number] = Head(clean_label(name), None, "speech", text.strip())
    return turns


def _is_always_labelled(source: Source, begin: int, plain: dict[int, Head], turns: dict[int, Head]) -> bool:
    """Return whether a document labels its paragraphs: nearly every line opens with a label, and most are believed."""
    n_lines = sum(bool(line.strip()) and not _FURNITURE.match(line) for line in source.lines[begin:])
    n_turns = len(plain.keys() & turns.keys())
    return len(plain) >= 6 and len(plain) >= ALWAYS_LABELLED_SHARE * n_lines and n_turns >= len(plain) / 2


def _is_better(stamped_heads: dict[int, Head], turns: dict[int, Head]) -> bool:
    """Return whether heads found by their times are more, and lose nobody who was found otherwise."""
    n_timed = sum(head.start is not None for head in turns.values())
    names = {head.name for head in stamped_heads.values() if head.name}
    names_lost = {head.name for head in turns.values()} - names
    starts = sum(head.start is not None for head in stamped_heads.values())
    return (
        starts >= LEAST_STAMPS
        and starts > n_timed
        and (not names_lost or not turns or len(names) > len(names_lost) + 1)
    )


LEAST_STAMPS = 3
"""Times at the head of lines from which a text is one that gives the time of what is said."""


def _timed_head(line: str) -> Head | None:
    """Read `Name  0:03`, `Name (00:03.608): text` or `00:00:03 Name`."""
    if ":" not in line:
        return None
    rest = _CLOCK_FIRST.sub("", line)
    if (match := _HEAD.match(rest)) and is_head(match["name"]):
        clock = next(match.groups()[n : n + 4] for n in (1, 5, 9) if match.groups()[n + 1])
        return Head(clean_label(match["name"].rstrip(" -–—|")), milliseconds(*clock), "speech", match["text"] or "")
    if (match := _CLOCK_HEAD.match(line)) and is_head(match["name"]):
        return Head(clean_label(match["name"]), milliseconds(*match.groups()[0:4]), "speech", "")
    return None


def _bold_head(line: str) -> Head | None:
    """Read `**Name:** text`, `**Name** : text`, `**M. Name.** text`, after a time if there is one."""
    before = _CLOCK_LABEL.match(line)
    match = _BOLD.match(before["rest"] if before else line)
    if match is None:
        return None
    clock = _CLOCK_LABEL.match(match["name"])
    name = clock["rest"] if clock else match["name"]
    label = split_label(f"{name} :")
    if label is None or (match["mark"] == ".**" and not accepted_labels([name])):
        return None
    stamp = clock or before
    at = milliseconds(*stamp.groups()[0:4]) if stamp else None
    return Head(clean_label(name), at, "speech", match["text"])


def _plain_head(line: str) -> Head | None:
    """Read `Nom : texte` or `M. Nom. – texte`, after a time or `[chat]` if there is one."""
    chat = _CHAT.match(line)
    rest = line[chat.end() :] if chat else line
    clock = _CLOCK_LABEL.match(rest) if ":" in rest else None
    if clock:
        rest = clock["rest"]
    label = _split_at_dash(rest) or (split_label(rest) if ":" in rest else None)
    if label is None:
        return None
    at = milliseconds(*clock.groups()[0:4]) if clock else None
    return Head(clean_label(label[0]), at, "chat" if chat else "speech", label[1])


def _bracketed_head(line: str) -> Head | None:
    """Read `[Nom] texte`."""
    match = _BRACKETED.match(line)
    if match is None or is_sound(match["name"]) or not could_be_a_name(match["name"]):
        return None
    return Head(clean_label(match["name"]), None, "speech", match["text"])


def _head_alone(line: str, source: Source, i: int) -> Head | None:
    """Read `Nom, fonction` alone above words: with a civility or an office, or with a surname in capitals."""
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
    return Head(clean_label(name), None, "speech", "")


_QUIET = re.compile(r"[.!?…:;,»”)\d]$")


def _lone(source: Source, begin: int) -> dict[int, Head]:
    """Return heads that stand alone on short lines above longer paragraphs, in a text that names nobody otherwise.

    Names and roles only; somebody must come back, as in a sitting, and nearly all that is said must stand below a head.
    """
    numbers = [n for n in range(begin + 1, len(source.lines) + 1) if source.lines[n - 1].strip()]
    turns: dict[int, Head] = {}
    for k, number in enumerate(numbers):
        line = without_controls(source.lines[number - 1]).strip()
        below = source.lines[numbers[k + 1] - 1].strip() if k + 1 < len(numbers) else ""
        if (
            len(line) > 60
            or _QUIET.search(line)
            or not could_be_a_name(line)
            or not (looks_like_name(line) or is_role(line))
        ):
            continue
        apart = number == 1 or not source.lines[number - 2].strip()
        is_speech = len(below.split()) > 3 and bool(re.search(r"[.!?…»]$", below))
        if apart and is_speech and len(line.split()) > (0 if is_role(line) else 1):
            turns[number] = Head(clean_label(line), None, "speech", "")
    names = Counter(head.name for head in turns.values())
    n_below = sum(n > min(turns, default=0) for n in numbers)
    sure = len(turns) > 4 and len(names) > 1 and max(names.values()) > 1 and n_below > 0.7 * len(numbers)
    return _laid_out_alike(source, numbers, turns) if sure else {}


def _laid_out_alike(source: Source, numbers: list[int], heads: dict[int, Head]) -> dict[int, Head]:
    """Return heads, with the lines laid out as nearly all of them are and shaped like a name or a group.

    These are people who speak once. The layout of a head is its indentation, with a blank line before and after.
    """
    layouts = Counter(_layout(source, number) for number in heads)
    (usual, times), *_others = layouts.most_common(1)
    if times < USUAL_SHARE * len(heads) or not usual[1]:
        return heads
    turns = dict(heads)
    for number in numbers:
        line = without_controls(source.lines[number - 1]).strip()
        name, _comma, office = line.partition(",")
        is_name = looks_like_name(name) and len(name.split()) > 1 and not _QUIET.search(name)
        is_label = is_role(line) or (is_name and len(office) < 150) or _GROUP.match(line)
        if (
            number not in turns
            and _layout(source, number) == usual
            and is_label
            and len(name) <= 60
            and number < numbers[-1]
        ):
            turns[number] = Head(clean_label(line), None, "speech", "")
    return turns


USUAL_SHARE = 0.9
"""Share of heads laid out in one way from which any line laid out so, and shaped like a name, is a head."""
_GROUP = re.compile(
    r"^(?:(?:plusieurs|quelques|nombreux|de nombreux|un|une) )?"
    r"(?:députée?s?|sénateurs?|sénatrices?|voix|élue?s?|membres)\b",
    re.IGNORECASE,
)


def _layout(source: Source, number: int) -> tuple[int, bool]:
    """Return the indentation of a line, and whether blank lines, or an end of the file, stand before and after it."""
    line = source.lines[number - 1]
    before = number == 1 or not source.lines[number - 2].strip()
    after = number == len(source.lines) or not source.lines[number].strip()
    return len(line) - len(line.lstrip()), before and after


def _recurring(heads: dict[int, Head]) -> dict[int, Head]:
    """Return heads on lines of their own, if somebody comes back: a list of people present names each of them once."""
    names = [head.name for head in heads.values()]
    return heads if len(names) >= len(set(names)) + 1 else {}


def _split_at_dash(text: str) -> tuple[str, str] | None:
    """Read `M. Nom. – texte`; without its stop, only a name that opens with a civility is one."""
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


def _acceptable_heads(heads: dict[int, Head]) -> dict[int, Head]:
    names = accepted_labels(head.name for head in heads.values() if head.name)
    offices = {head.name for head in heads.values() if head.name and _CIVIL.match(head.name) and has_office(head.name)}
    return _counted_out({n: head for n, head in heads.items() if head.name in names or head.name in offices})


def has_office(name: str) -> bool:
    """Return whether an office follows the comma of a name.

    None does in `Madame la ministre, une question`, where somebody is spoken to.
    """
    after = name.partition(",")[2].strip()
    return bool(after) and (is_role(after) or after[0].isupper() or bool(_OFFICE.match(after)))


_OFFICE = re.compile(
    r"(?:(?:premi(?:er|ère)|vice-|co-|ex-|ancien(?:ne)?|président|rapporteur|ministre|maire|adjoint|secrétaire|"
    r"directeur|directrice|chef|déléguée?|conseill|député|sénat|membre|porte-parole|garante?|commissaire|"
    r"représentant|responsable|auteur|chargée?|professeur|docteur|avocat)\w*\b)",
    re.IGNORECASE,
)
"""How an office begins."""


def _counted_out(heads: dict[int, Head]) -> dict[int, Head]:
    """Return the heads without the labels that only ever stand before a number: results of votes."""
    speaking = {head.name for head in heads.values() if not _COUNT.match(head.text) or not head.text}
    return {n: head for n, head in heads.items() if head.name in speaking}
