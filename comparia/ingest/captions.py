"""What all timed captions share: times, markup, repeated lines, labels and speaker changes written in the text."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from comparia.ingest.source import MAX_SHOWN, Reading, Source, too_many
from comparia.ingest.speakers import accepted_labels, clean_label, is_sound, looks_like_name, split_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Channel, Cue, Notice, Votes

_TIME = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])(?:[.,]([0-9]{1,6}))?"
TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?P<settings>\s.*)?$")
"""A WebVTT or SubRip timing line: minutes and seconds under 60, comma or dot, then nothing or cue settings."""
_USUAL = re.compile(
    r"([0-9]{2}:[0-5][0-9]:[0-5][0-9])[.,]([0-9]{3}) --> ([0-9]{2}:[0-5][0-9]:[0-5][0-9])[.,]([0-9]{3})(?:\s.*)?$"
)
"""The same as nearly every file writes it: matched in half the time."""
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>]{0,200}|\d[\d:.]*)?>")
_STREAM_NOTE = re.compile(r'\bNOTE (?:Confidence: ?[\d.]+|duration: ?"[\d:.]+"|language: ?[A-Za-z-]+)')
"""Notes of Microsoft Stream, which careless conversions leave among the words."""
CHANGE = re.compile(r"(?:^|(?<=\s))>>+(?=\s|\w|$)")
"""`>>`, by which live captioners mark that somebody else speaks."""
_HEIGHT = re.compile(r"\bline:(-?\d+(?:\.\d+)?)")
_WORD = re.compile(
    r"[\"'«“‘(\[*#@-]*+(?:[^\W\d_]{2,}+|[^\W\d_]['’][^\W\d_]++)(?:['’.·\-/_]*+[^\W_]++)*+[\"'»”’)\].,;:!?…*%-]*+"
    r"|[(\[€$#]*+\d[\d.,:/hH-]*+[%€$)\].,;:!?…]*+"
)
"""A word or a number; possessive throughout, or a long word with a stray mark takes longer than anyone waits."""
_NO_WORD = frozenset("♪♫♬-–—….,;:!?[]()«»\"'*")
PREFIX_SHARE = 0.3
"""Share of captions that must open with a label before unlabelled ones are taken as its continuation."""
SPARSE_PREFIX_SHARE = 0.03
"""The same, where at least two labels recur three times: some files name a speaker at the head of each turn only."""
ALWAYS_PREFIXED_SHARE = 0.95
"""Share from which every caption carries a label (Zoom), so that a handle seen once is a speaker too."""
ROLLING_SHARE = 0.3
"""Share of captions that must repeat the line before them before a file is taken for rolling captions."""
ROLLING_LEAST = 3
"""Repeats below which a file is never taken for rolling captions, however short it is."""
ROLLING_EVIDENCE = 0.1
"""Share of captions whose repetition cannot be two short answers: it scrolls, grows, or repeats a long line."""
SCROLLING_SHARE = 0.5
"""Share of captions that must repeat the end of the one before them before its last words are left out."""
SCROLLED_WORDS = 3
"""Fewest different words that the end of a caption shares with the beginning of the next where lines scroll."""
LONGEST_GAP = 2000
"""Time in ms between two captions above which the second neither goes on growing nor scrolls."""
SCREEN_ROWS = 16
"""Rows of a screen: longer captions are compared on this many."""
SCREEN_LENGTH = 400
"""Characters of a screen: the same."""
SCREEN_WORDS = 60
"""Words of a screen: longer captions are compared on this many."""
GARBLED_LEAST = 5
"""Captions below which a file is never judged garbled."""
GARBLED_SHARE = 0.3
"""Share of words that look like words below which captions are noise of a bad decoder."""

_NOTICE = re.compile(
    r"(?:(?:vous avez|you(?:['’]ve| have)?) (?:quitté|rejoint|left|joined) "
    r"(?:l['’]appel|la réunion|the (?:call|meeting))|"
    r".{1,60} (?:a (?:quitté|rejoint) (?:l['’]appel|la réunion)|(?:left|joined) the (?:call|meeting))|"
    r"(?:enregistrement|transcription) (?:démarrée?|arrêtée?|en cours)|"
    r"(?:recording|transcription) (?:started|stopped))[.!]?",
    re.IGNORECASE,
)
_NOTICE_WORDS = ("quitté", "rejoint", "left", "joined", "enregistrement", "transcription", "recording")
"""What the interface of a call writes among its captions."""

Row = tuple[str | None, str]
"""One line of a caption: the voice that says it, if the markup says so, and its words."""


@dataclass(slots=True)
class Caption:
    """A caption as the scanner found it, before repeated lines are taken out."""

    first: int
    """First line, from 1, its identifier included."""
    last: int
    """Last line, inclusive."""
    timing: int
    """Line of its times."""
    start: int
    """Start, in ms."""
    end: int
    """End, in ms."""
    rows: list[Row]
    """Its lines, without markup; never blank ones."""
    channel: Channel = "speech"
    """Chat, in files that say so."""


def milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """Return a time in ms from its matched pieces; a fraction has any number of digits."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + (round(int(fraction) * 1000 / 10 ** len(fraction)) if fraction else 0)


@lru_cache(maxsize=64)
def _clock(clock: str) -> int:
    """Return a time in ms from `HH:MM:SS`."""
    return milliseconds(clock[:2], clock[3:5], clock[6:], None)


def timing(line: str) -> tuple[int, int] | None:
    """Start and end in ms of a timing line, or None."""
    if "-->" not in line:
        return None
    if usual := _USUAL.match(line):
        begin, after, end, further = usual.groups()
        return _clock(begin) + int(after), _clock(end) + int(further)
    match = TIMING.match(line)
    if match is None:
        return None
    groups = match.groups()
    return milliseconds(*groups[0:4]), milliseconds(*groups[4:8])


def plain(text: str) -> str:
    """Return the text of a caption without tags, entities decoded, spaces collapsed."""
    return " ".join(html.unescape(_TAG.sub("", text)).replace("\u200b", "").split())


def rows(text: str, speaker: str | None = None) -> list[Row]:
    """Return the filled lines of a caption's text, without tags or notes."""
    if "<" in text:
        text = _TAG.sub("", text)
    if "NOTE " in text:
        text = _STREAM_NOTE.sub(" ", text)
    if "&" in text:
        text = "\n".join(html.unescape(line).replace("\n", " ") for line in text.split("\n"))
    if text.isprintable() and "  " not in text:
        # One line, without a tab, a no-break space or a character that is not seen.
        return [(speaker, line)] if (line := text.strip()) else []
    lines = (" ".join(line.replace("\u200b", "").split()) for line in text.split("\n"))
    return [(speaker, line) for line in lines if line]


def time_flags(start: int, end: int, previous_start: int | None) -> tuple[str, ...]:
    """Return what is odd about a cue's times."""
    if end >= start and (previous_start is None or start >= previous_start):
        return ()
    flags = []
    if end < start:
        flags.append("negative_duration")
    if previous_start is not None and start < previous_start:
        flags.append("time_backwards")
    return tuple(flags)


def cues_of(source: Source, reading: Reading, captions: Sequence[Caption]) -> None:
    """Put captions into a reading: lines shown again are left out, voices and labels name the speakers.

    Raises:
        TranscriptError: the captions are noise, not words.
    """
    if len(captions) > MAX_SHOWN:
        raise source.error(too_many(MAX_SHOWN))
    if _is_garbled(captions):
        raise source.error(
            _("the captions are garbled: hardly anything in them is a word."), captions[0].first if captions else None
        )
    new_rows = _shown_once(source, captions)
    voiced = any(speaker is not None for caption in captions for speaker, _text in caption.rows)
    pieces = _voiced_pieces(new_rows.rows) if voiced else _labelled_pieces(new_rows.rows)
    reading.cues.extend(_cues(source, reading, captions, pieces, new_rows.starts))
    repeats = sum(1 for caption, block in zip(captions, pieces, strict=True) if not block and caption.rows)
    if repeats:
        reading.notices.append(Notice(code="rolling_captions", values={"n": repeats}, file=source.name))
    if new_rows.cut:
        reading.notices.append(Notice(code="scrolling_captions", values={"n": new_rows.cut}, file=source.name))


def _cues(
    source: Source,
    reading: Reading,
    captions: Sequence[Caption],
    pieces: Sequence[Sequence[Piece]],
    starts: Mapping[int, int],
) -> Iterator[Cue]:
    """Make the cues of captions, and leave out those that say nothing new and the notices of a call.

    Their values are typed already and are not checked again: checking them takes longer than all the rest of this.
    """
    may_be_notice = _may_hold_notices(pieces)
    previous: int | None = None
    for number, (caption, block) in enumerate(zip(captions, pieces, strict=True)):
        span = source.span(caption.first, caption.last)
        flags = time_flags(caption.start, caption.end, previous)
        start = starts.get(number, caption.start)
        previous = caption.start
        for speaker, text, text_flags in block:
            if may_be_notice and _NOTICE.fullmatch(text):
                reading.ignore(N_("notice of the call"), span)
                continue
            yield Cue.unchecked(
                {
                    "speaker": speaker,
                    "text": text,
                    "start": start,
                    "end": caption.end,
                    "channel": caption.channel,
                    "span": span,
                    "flags": flags + text_flags,
                    "id": "",
                    "reply_to": "",
                    "votes": _NO_VOTES,
                    "about": "",
                },
                _GIVEN,
            )
            start = caption.start
        if not block:
            reading.ignore(N_("repeated caption") if caption.rows else N_("empty caption"), span)


_GIVEN = {"speaker", "text", "start", "end", "channel", "span", "flags"}
_NO_VOTES: Votes = {}


def _may_hold_notices(pieces: Sequence[Sequence[Piece]]) -> bool:
    """Return whether any caption could be a notice of a call: matching each of ten hours of captions takes long."""
    words = "\n".join([text for block in pieces for _speaker, text, _flags in block]).casefold()
    return any(word in words for word in _NOTICE_WORDS)


# Repeated lines ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shown:
    """What captions show that was not on the screen before them."""

    rows: list[list[Row]]
    """The new rows of each caption."""
    starts: dict[int, int] = field(default_factory=dict)
    """When the first row of a caption first appeared, in ms, where that was in an earlier caption."""
    cut: int = 0
    """Rows whose first words were shown before."""


class _New(NamedTuple):
    """A row that was not shown whole before."""

    row: int
    """Its position in its block."""
    cut: int
    """Words at its head that were shown before."""
    since: int
    """The block where it first appeared, shorter maybe."""


def without_rolling_lines(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Return the lines of each caption that the caption before it did not already show.

    Live captions scroll: each one repeats the last lines of the one before, the same line grown longer, or its last
    words. Files that do not scroll are returned unchanged, so genuine repetition survives; the operation is idempotent.
    """
    rows_shown: list[list[Row]] = [[(None, line) for line in block] for block in blocks]
    new_rows = _new_rows(rows_shown, [(0, 0)] * len(rows_shown))
    if new_rows is None:
        return [list(block) for block in blocks]
    return [
        [_without_words(block[new.row], new.cut) for new in news] for block, news in zip(blocks, new_rows, strict=True)
    ]


def _shown_once(source: Source, captions: Sequence[Caption]) -> _Shown:
    """Return the rows of each caption that were not on the screen before it.

    Captions of one instant are one screen where they stand at different heights: their rows are compared from the top
    of the screen down. A caption given twice with the same times is given once.
    """
    screens = _screens(source, captions)
    if len(screens) == len(captions):
        blocks = [caption.rows for caption in captions]
    else:
        blocks = [[captions[n].rows[row] for n, row in _from_the_top(source, captions, screen)] for screen in screens]
    times = [(captions[screen[0]].start, captions[screen[0]].end) for screen in screens]
    new_rows = _new_rows(blocks, times)
    if new_rows is None and len(screens) == len(captions):
        return _Shown(blocks)
    result = _Shown([[] for _caption in captions])
    for block, (screen, members) in enumerate(zip(screens, new_rows or map(_whole, blocks), strict=True)):
        place = _from_the_top(source, captions, screen)
        for (n, row), cut, since in sorted((place[new.row], new.cut, new.since) for new in members):
            if 0 <= since < block and not result.rows[n]:
                result.starts[n] = times[since][0]
            speaker, text = captions[n].rows[row]
            result.rows[n].append((speaker, _without_words(text, cut)))
            result.cut += cut > 0
    return result


def _screens(source: Source, captions: Sequence[Caption]) -> list[list[int]]:
    screens: list[list[int]] = []
    before: Caption | None = None
    for n, caption in enumerate(captions):
        if before is None or before.start != caption.start or before.end != caption.end:
            screens.append([n])
        elif before.rows != caption.rows:
            apart = _height(source, before) != _height(source, caption)
            if apart and before.rows and caption.rows:
                screens[-1].append(n)
            else:
                screens.append([n])
        before = caption
    return screens


def _from_the_top(source: Source, captions: Sequence[Caption], screen: list[int]) -> list[tuple[int, int]]:
    if len(screen) > 1:
        screen = sorted(screen, key=lambda n: _height(source, captions[n]) or 0.0)
    return [(n, row) for n in screen for row in range(len(captions[n].rows))]


def _height(source: Source, caption: Caption) -> float | None:
    match = _HEIGHT.search(source.lines[caption.timing - 1])
    return float(match[1]) if match else None


def _new_rows(blocks: Sequence[Sequence[Row]], times: Sequence[tuple[int, int]]) -> list[list[_New]] | None:
    """Return the rows of each block that the one before it did not show whole, or None where the file does not roll."""
    overlaps = [_overlap(before, after) if before and after else 0 for before, after in itertools.pairwise(blocks)]
    words = _scrolled_words(blocks, times, overlaps)
    if not any(words) and not _rolls(blocks, overlaps):
        return None
    new_rows = [_whole(blocks[0], 0, 0)]
    holder, cut, since = 0, 0, 0
    for n, (k, w, before, block) in enumerate(zip(overlaps, words, blocks, blocks[1:], strict=False), start=1):
        if not _follows(times, n):
            since = n
        if k and before[-1] != block[k - 1]:
            is_continued = cut < _length(before[-1])
            if is_continued and new_rows[holder]:
                # The block that first showed the line, maybe several before, leaves it to the one where it is longer.
                new_rows[holder].pop()
            longer_line = [_New(k - 1, cut, since if is_continued else n)] if cut < _length(block[k - 1]) else []
            new = longer_line + _whole(block, k, n)
        elif w:
            new = _after_words(block, w, n)
        else:
            new = _whole(block, k, n)
        new_rows.append(new)
        if new:
            holder, cut, since = n, new[-1].cut, new[-1].since
        elif w:
            cut, since = _length(block[-1]), n
    return new_rows


def _whole(block: Sequence[Row], first: int = 0, n: int = -1) -> list[_New]:
    return [_New(row, 0, n) for row in range(first, len(block))]


def _follows(times: Sequence[tuple[int, int]], n: int) -> bool:
    """Return whether a block comes right after the one before it."""
    return times[n - 1][0] <= times[n][0] <= times[n - 1][1] + LONGEST_GAP


def _rolls(blocks: Sequence[Sequence[Row]], overlaps: Sequence[int]) -> bool:
    scrolls = 0
    for k, before, after in zip(overlaps, blocks, blocks[1:], strict=False):
        if k:
            scrolls += k < len(after) or before[-1] != after[-1] or len(after[-1][1].split()) > 3
    repeats = sum(k > 0 for k in overlaps)
    return repeats >= max(ROLLING_LEAST, ROLLING_SHARE * len(blocks)) and scrolls >= ROLLING_EVIDENCE * len(blocks)


def _overlap(before: Sequence[Row], after: Sequence[Row]) -> int:
    """Return how many rows at the head of a block the one before ends with, the last of them longer maybe."""
    if len(before) == len(after) == 1:
        return int(_grows(before[0], after[0]))
    for k in range(min(len(before), len(after), SCREEN_ROWS), 0, -1):
        if before[-k:-1] == after[: k - 1] and _grows(before[-1], after[k - 1]):
            return k
    return 0


def _grows(before: Row, after: Row) -> bool:
    return before[0] == after[0] and after[1].startswith(before[1])


def _scrolled_words(
    blocks: Sequence[Sequence[Row]], times: Sequence[tuple[int, int]], overlaps: Sequence[int]
) -> list[int]:
    """Return how many words each block repeats of the end of the one before, where lines lose first words to scroll.

    All are 0 in a file where most neighbours do not overlap: there, words said again were said again.
    """
    words = [
        0 if k or not before or not after or not _follows(times, n) else _common_words(before, after)
        for n, (k, before, after) in enumerate(zip(overlaps, blocks, blocks[1:], strict=False), start=1)
    ]
    n_scrolled = sum(w > 0 for w in words)
    others = sum(k == 0 for k in overlaps)
    overlapping = n_scrolled + len(overlaps) - others
    if (
        n_scrolled < ROLLING_LEAST
        or n_scrolled < ROLLING_SHARE * others
        or overlapping < SCROLLING_SHARE * len(overlaps)
    ):
        return [0] * len(words)
    return words


def _common_words(before: Sequence[Row], after: Sequence[Row]) -> int:
    """Return how many words the end of a block and the beginning of the next share, 0 where they are too few."""
    if not _may_continue(_join(before)[-SCREEN_LENGTH:], _join(after)[:SCREEN_LENGTH]):
        return 0
    old, new = _words(before)[-SCREEN_WORDS:], _words(after)[:SCREEN_WORDS]
    for w in range(min(len(old), len(new)), SCROLLED_WORDS - 1, -1):
        if old[-w:] == new[:w] and len(set(new[:w])) >= SCROLLED_WORDS:
            return w
    return 0


def _join(block: Sequence[Row]) -> str:
    return block[0][1] if len(block) == 1 else " ".join(text for _speaker, text in block)


def _may_continue(text: str, following: str) -> bool:
    """Return whether a text begins with the end of another: quick, where comparing words is not."""
    head = following[: 2 * SCROLLED_WORDS - 1]
    place = text.find(head)
    while place >= 0 and not following.startswith(text[place:]):
        place = text.find(head, place + 1)
    return place >= 0


def _words(block: Sequence[Row]) -> list[Row]:
    """Return the words of a block, each with its voice."""
    return [(speaker, word) for speaker, text in block for word in text.split()]


def _after_words(block: Sequence[Row], w: int, n: int) -> list[_New]:
    """Return the rows of a block without its first words."""
    for row, line in enumerate(block):
        if w < _length(line):
            return [_New(row, w, n), *_whole(block, row + 1, n)]
        w -= _length(line)
    return []


def _length(row: Row) -> int:
    return len(row[1].split())


def _without_words(text: str, cut: int) -> str:
    return " ".join(text.split()[cut:]) if cut else text


# Speakers ------------------------------------------------------------------------------------------------------------

Piece = tuple[str | None, str, tuple[str, ...]]
"""What one person says in one caption: speaker, words, flags."""


def _voiced_pieces(blocks: Sequence[list[Row]]) -> list[list[Piece]]:
    """Return rows of one voice joined; a row without a voice is flagged and given to nobody.

    `>>` at the head of what a voice says is left out; inside it, it stays words, as somebody may have typed it.
    """
    return [
        [_make_piece(*block[0])]
        if len(block) == 1
        else [
            _make_piece(speaker, " ".join(text for _speaker, text in group))
            for speaker, group in itertools.groupby(block, key=lambda row: row[0])
        ]
        for block in blocks
    ]


def _make_piece(speaker: str | None, text: str) -> Piece:
    flags: tuple[str, ...] = () if speaker is not None else ("no_speaker",)
    if (
        text.startswith(">>")
        and "<<" not in text
        and (mark := CHANGE.match(text))
        and (words := text[mark.end() :].lstrip())
    ):
        return speaker, words, flags if speaker is not None else (*flags, "speaker_change")
    return speaker, text, flags


def _labelled_pieces(blocks_shown: Sequence[list[Row]]) -> list[list[Piece]]:
    """Return rows with the speaker that their `Nom : ` prefix names, cut where `>>` says that the speaker changes.

    A label is believed when it recurs at the head of captions or is shaped like a name. In a file where labels are
    usual, a caption without one continues the one before it and is flagged `carried_speaker`.
    """
    if not any(mark in text for block in blocks_shown for _speaker, text in block for mark in (":", ">>", "[")):
        return [[(None, " ".join(text for _speaker, text in block), ())] if block else [] for block in blocks_shown]
    blocks = [list(_cut_at_changes(text for _speaker, text in block)) for block in _without_brackets(blocks_shown)]
    labels, carry = _labels(blocks)
    odd = _odd_labels(blocks, labels)
    inner = _inner_labels(labels)
    current: str | None = None
    pieces: list[list[Piece]] = []
    for block in blocks:
        parts: list[tuple[str | None, list[str], tuple[str, ...]]] = []
        for is_change, row in block:
            for text in _split_at(inner, row):
                label = split_label(text)
                name = clean_label(label[0]) if label else None
                if (label is None or name not in labels) and odd and (match := _ODD.match(text)):
                    label, name = (match["name"], match["text"]), clean_label(match["name"])
                flags: tuple[str, ...] = ()
                if label and (name in labels or name in odd):
                    current, text = name, label[1]
                elif is_change:
                    current, flags = None, ("speaker_change",)
                elif parts:
                    parts[-1][1].append(text)
                    continue
                elif carry and current is not None:
                    flags = ("carried_speaker",)
                parts.append((current if carry or (label and (name in labels or name in odd)) else None, [text], flags))
        pieces.append(
            [(name, words, flags) for name, texts, flags in parts if (words := " ".join(filter(None, texts)))]
        )
    return pieces


_BRACKETED = re.compile(r"^\[(?P<name>[^\[\]\n]{1,60})\][ \u00a0]*(?::[ \u00a0]*|[ \u00a0]+)(?P<text>\S.*)$")
_PARENTHESISED = re.compile(r"^\((?P<name>[^()\n]{1,60})\)[ \u00a0]*(?::[ \u00a0]*|[ \u00a0]+)(?P<text>\S.*)$")
BRACKETED_SHARE = 0.5
"""Share of captions that must open with a name in square brackets before these are who speaks: others are sounds."""


def _without_brackets(blocks: Sequence[list[Row]]) -> Sequence[list[Row]]:
    """Return rows with `[SPEAKER_00]: text` and `[Thierry] text` as `SPEAKER_00: text`, where most captions open so."""
    heads = [
        match
        if block[0][1][0] == "[" and (match := _BRACKETED.match(block[0][1])) and not is_sound(match["name"])
        else None
        for block in blocks
        if block
    ]
    names = [clean_label(match["name"]) for match in heads if match]
    if len(names) < BRACKETED_SHARE * len(heads) or (len(set(names)) < 2 and len(names) < 3):
        return blocks
    labels = accepted_labels(names)

    def without_bracket(row: Row) -> Row:
        match = _BRACKETED.match(row[1]) or _PARENTHESISED.match(row[1])
        is_label = match is not None and clean_label(match["name"]) in labels
        return (row[0], f"{match['name']}: {match['text']}") if match is not None and is_label else row

    return [[without_bracket(row) for row in block] for block in blocks]


_ODD = re.compile(r"^(?P<name>[^\n:]{1,60}?)[ \u00a0\u202f]?:[ \u00a0\u202f]+(?P<text>.*)$")


def _odd_labels(blocks: Sequence[list[tuple[bool, str]]], labels: frozenset[str]) -> frozenset[str]:
    """Return labels that are shaped like no name, in a file where nearly every caption opens with one.

    `33612345678: …` and `🌱 Lise: …` open with such labels.
    """
    first_lines = [block[0][1] for block in blocks if block]
    heads = [match for match in map(_ODD.match, first_lines) if match and len(match["name"].split()) <= 7]
    n_accepted = sum(clean_label(match["name"]) in labels for match in heads)
    if (
        len(first_lines) < ODD_LEAST
        or len(heads) < ALWAYS_PREFIXED_SHARE * len(first_lines)
        or n_accepted < len(heads) / 3
    ):
        return frozenset()
    return frozenset(clean_label(match["name"]) for match in heads if not match["name"][0].isalpha()) - labels


ODD_LEAST = 6
"""Captions below which a label that is shaped like no name is never believed."""


def _cut_at_changes(texts: Iterator[str]) -> Iterator[tuple[bool, str]]:
    """Yield rows, each with whether `>>` opens it; cut at the `>>` inside them."""
    for text in texts:
        if ">>" not in text or "<<" in text:
            yield False, text
            continue
        parts = CHANGE.split(text)
        for n, part in enumerate(parts):
            if part.strip():
                yield n > 0, part.strip()


def _labels(blocks: Sequence[list[tuple[bool, str]]]) -> tuple[frozenset[str], bool]:
    """Return the labels that are speakers, and whether captions without one continue the speaker before them."""
    full_blocks = [block for block in blocks if block]
    heads = [split_label(block[0][1]) for block in full_blocks]
    names = [clean_label(label[0]) for label in heads if label]
    changes = [
        clean_label(s[0])
        for block in full_blocks
        for is_change, row in block[1:]
        if is_change and (s := split_label(row))
    ]
    labels = accepted_labels([*names, *changes])
    accepted_names = [name for name in names if name in labels]
    if len(full_blocks) >= 10 and len(accepted_names) >= ALWAYS_PREFIXED_SHARE * len(full_blocks):
        longest = 6 if all(heads) else 2
        labels |= {name for name in names if len(name.split()) <= longest}
    inside = {
        clean_label(label[0])
        for block in full_blocks
        for (_is_change, above), (_change, row) in itertools.pairwise(block)
        if above.endswith((".", "!", "?", "…")) and (label := split_label(row)) and looks_like_name(label[0])
    }
    recurring = sum(accepted_names.count(name) >= 3 for name in labels) if len(accepted_names) < 10_000 else 2
    carry = len(accepted_names) >= 2 and (
        len(accepted_names) >= PREFIX_SHARE * len(full_blocks)
        or (recurring >= 2 and len(accepted_names) >= SPARSE_PREFIX_SHARE * len(full_blocks))
    )
    return labels | inside, carry


def _inner_labels(labels: frozenset[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds an accepted label inside a row, after the end of a sentence."""
    if not 0 < len(labels) <= 300:
        return None
    return re.compile(r"(?<=[.!?…] )(?=(?:" + "|".join(map(re.escape, sorted(labels))) + r") ?: )")


def _split_at(inner: re.Pattern[str] | None, row: str) -> list[str]:
    return [part.strip() for part in inner.split(row) if part.strip()] if inner is not None and ":" in row else [row]


# Noise ---------------------------------------------------------------------------------------------------------------


def _is_garbled(captions: Sequence[Caption]) -> bool:
    if len(captions) < GARBLED_LEAST:
        return False
    sample = captions[:: max(1, len(captions) // 400)]
    words = [word for caption in sample for _speaker, text in caption.rows for word in text.split()[:200]]
    words = [word for word in words if not _NO_WORD.issuperset(word)]
    return len(words) >= 20 and sum(map(bool, map(_WORD.fullmatch, words))) < GARBLED_SHARE * len(words)
