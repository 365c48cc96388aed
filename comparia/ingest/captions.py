"""What all timed captions share: times, markup, repeated lines, labels and speaker changes written in the text."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comparia.ingest.source import MAX_SHOWN, Reading, Source, too_many
from comparia.ingest.speakers import accepted_labels, clean_label, is_sound, looks_like_name, split_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Channel, Cue, Notice

_TIME = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])(?:[.,]([0-9]{1,6}))?"
TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?P<settings>\s.*)?$")
"""A WebVTT or SubRip timing line: minutes and seconds under 60, comma or dot, then nothing or cue settings."""
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
SCREEN_ROWS = 16
"""Rows of a screen: longer captions are compared on this many."""
GARBLED_LEAST = 5
"""Captions below which a file is never judged garbled."""
GARBLED_SHARE = 0.3
"""Share of words that look like words below which captions are noise of a bad decoder."""

_NOTICE = re.compile(
    r"(?:(?:vous avez|you(?:['’]ve| have)?) (?:quitté|rejoint|left|joined) (?:l['’]appel|la réunion|the (?:call|meeting))|"
    r".{1,60} (?:a (?:quitté|rejoint) (?:l['’]appel|la réunion)|(?:left|joined) the (?:call|meeting))|"
    r"(?:enregistrement|transcription) (?:démarrée?|arrêtée?|en cours)|(?:recording|transcription) (?:started|stopped))[.!]?",
    re.IGNORECASE,
)
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
    """A time in ms from its matched pieces; a fraction has any number of digits."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + (round(int(fraction) * 1000 / 10 ** len(fraction)) if fraction else 0)


def timing(line: str) -> tuple[int, int] | None:
    """Start and end in ms of a timing line, or None."""
    if "-->" not in line:
        return None
    match = TIMING.match(line)
    if match is None:
        return None
    groups = match.groups()
    return milliseconds(*groups[0:4]), milliseconds(*groups[4:8])


def plain(text: str) -> str:
    """Caption text without tags, entities decoded, spaces collapsed."""
    return " ".join(html.unescape(_TAG.sub("", text)).replace("\u200b", "").split())


def rows(text: str, speaker: str | None = None) -> list[Row]:
    """The filled lines of a caption's text, without tags or notes."""
    if "<" in text:
        text = _TAG.sub("", text)
    if "NOTE " in text:
        text = _STREAM_NOTE.sub(" ", text)
    if "&" in text:
        text = "\n".join(html.unescape(line).replace("\n", " ") for line in text.split("\n"))
    lines = (" ".join(line.replace("\u200b", "").split()) for line in text.split("\n"))
    return [(speaker, line) for line in lines if line]


def time_flags(start: int, end: int, previous_start: int | None) -> tuple[str, ...]:
    """What is odd about a cue's times."""
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
    shown = _shown_once(source, captions)
    voiced = any(speaker is not None for caption in captions for speaker, _text in caption.rows)
    pieces = _voiced_pieces(shown) if voiced else _labelled_pieces(shown)
    removed = 0
    previous: int | None = None
    for caption, kept in zip(captions, pieces, strict=True):
        span = source.span(caption.first, caption.last)
        flags = time_flags(caption.start, caption.end, previous)
        previous = caption.start
        for speaker, text, noted in kept:
            if _NOTICE.fullmatch(text):
                reading.ignore(N_("notice of the call"), span)
                continue
            cue = Cue(
                speaker=speaker,
                text=text,
                start=caption.start,
                end=caption.end,
                channel=caption.channel,
                span=span,
                flags=(*flags, *noted),
            )
            reading.cues.append(cue)
        if not kept:
            removed += bool(caption.rows)
            reading.ignore(N_("repeated caption") if caption.rows else N_("empty caption"), span)
    if removed:
        reading.notices.append(Notice(code="rolling_captions", values={"n": removed}, file=source.name))


# Repeated lines ------------------------------------------------------------------------------------------------------


def without_rolling_lines(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Lines of each caption that the caption before it did not already show.

    Live captions scroll: each one repeats the last lines of the one before, or the same line grown longer. Files that do
    not scroll are returned unchanged, so genuine repetition survives and the operation is idempotent.
    """
    kept = _new_rows([[(None, line) for line in block] for block in blocks])
    return [[block[n] for n in members] for block, members in zip(blocks, kept, strict=True)]


def _shown_once(source: Source, captions: Sequence[Caption]) -> list[list[Row]]:
    """The rows of each caption that were not on the screen before it.

    Captions of one instant are one screen where they stand at different heights: their rows are compared from the top of
    the screen down. A caption given twice with the same times is given once.
    """
    screens: list[list[int]] = []
    for n, caption in enumerate(captions):
        before = captions[n - 1] if n else None
        if before is None or (before.start, before.end) != (caption.start, caption.end):
            screens.append([n])
        elif before.rows != caption.rows:
            apart = _height(source, before) != _height(source, caption)
            if apart and before.rows and caption.rows:
                screens[-1].append(n)
            else:
                screens.append([n])
    kept: list[list[Row]] = [[] for _caption in captions]
    places = [_from_the_top(source, captions, screen) for screen in screens]
    blocks = [[captions[n].rows[row] for n, row in place] for place in places]
    for place, members in zip(places, _new_rows(blocks), strict=True):
        for n, row in sorted(place[member] for member in members):
            kept[n].append(captions[n].rows[row])
    return kept


def _from_the_top(source: Source, captions: Sequence[Caption], screen: list[int]) -> list[tuple[int, int]]:
    if len(screen) > 1:
        screen = sorted(screen, key=lambda n: _height(source, captions[n]) or 0.0)
    return [(n, row) for n in screen for row in range(len(captions[n].rows))]


def _height(source: Source, caption: Caption) -> float | None:
    match = _HEIGHT.search(source.lines[caption.timing - 1])
    return float(match[1]) if match else None


def _new_rows(blocks: Sequence[Sequence[Row]]) -> list[list[int]]:
    """Positions of the rows of each block that the block before it did not show."""
    overlaps = [_overlap(before, after) for before, after in itertools.pairwise(blocks)]
    scrolls = 0
    for k, before, after in zip(overlaps, blocks, blocks[1:], strict=False):
        if k:
            scrolls += k < len(after) or before[-1] != after[-1] or len(after[-1][1].split()) > 3
    repeats = sum(k > 0 for k in overlaps)
    if repeats < max(ROLLING_LEAST, ROLLING_SHARE * len(blocks)) or scrolls < ROLLING_EVIDENCE * len(blocks):
        return [list(range(len(block))) for block in blocks]
    kept = [list(range(len(blocks[0])))]
    holder = 0
    for k, before, block in zip(overlaps, blocks, blocks[1:], strict=False):
        grown = k > 0 and before[-1] != block[k - 1]
        if grown and kept[holder]:
            # The block that first showed the line, maybe several blocks ago, leaves it to the one where it is longer.
            kept[holder].pop()
        kept.append(list(range(k - grown, len(block))))
        if kept[-1]:
            holder = len(kept) - 1
    return kept


def _overlap(before: Sequence[Row], after: Sequence[Row]) -> int:
    for k in range(min(len(before), len(after), SCREEN_ROWS), 0, -1):
        if before[-k:-1] == after[: k - 1] and _grows(before[-1], after[k - 1]):
            return k
    return 0


def _grows(before: Row, after: Row) -> bool:
    return before[0] == after[0] and after[1].startswith(before[1])


# Speakers ------------------------------------------------------------------------------------------------------------

Piece = tuple[str | None, str, tuple[str, ...]]
"""What one person says in one caption: speaker, words, flags."""


def _voiced_pieces(shown: Sequence[list[Row]]) -> list[list[Piece]]:
    """Rows of one voice joined; a row without a voice is flagged and given to nobody."""
    return [
        [
            (speaker, " ".join(text for _speaker, text in group), () if speaker is not None else ("no_speaker",))
            for speaker, group in itertools.groupby(block, key=lambda row: row[0])
        ]
        for block in shown
    ]


def _labelled_pieces(shown: Sequence[list[Row]]) -> list[list[Piece]]:
    """Rows given to the speaker named by their `Nom : ` prefix, and cut where `>>` says that the speaker changes.

    A label is believed when it recurs at the head of captions or is shaped like a name. In a file where labels are usual, a
    caption without one continues the one before it and is flagged `carried_speaker`.
    """
    blocks = [list(_cut(text for _speaker, text in block)) for block in _unbracketed(shown)]
    labels, carry = _labels(blocks)
    odd = _odd_labels(blocks, labels)
    inner = _inner_labels(labels)
    current: str | None = None
    pieces: list[list[Piece]] = []
    for block in blocks:
        found: list[tuple[str | None, list[str], tuple[str, ...]]] = []
        for changed, row in block:
            for text in _split_at(inner, row):
                split = split_label(text)
                name = clean_label(split[0]) if split else None
                if (split is None or name not in labels) and odd and (match := _ODD.match(text)):
                    split, name = (match["name"], match["text"]), clean_label(match["name"])
                flags: tuple[str, ...] = ()
                if split and (name in labels or name in odd):
                    current, text = name, split[1]
                elif changed:
                    current, flags = None, ("speaker_change",)
                elif found:
                    found[-1][1].append(text)
                    continue
                elif carry and current is not None:
                    flags = ("carried_speaker",)
                found.append((current if carry or (split and (name in labels or name in odd)) else None, [text], flags))
        pieces.append([(name, said, flags) for name, texts, flags in found if (said := " ".join(filter(None, texts)))])
    return pieces


_BRACKETED = re.compile(r"^\[(?P<name>[^\[\]\n]{1,60})\][ \u00a0]*(?::[ \u00a0]*|[ \u00a0]+)(?P<text>\S.*)$")
_PARENTHESISED = re.compile(r"^\((?P<name>[^()\n]{1,60})\)[ \u00a0]*(?::[ \u00a0]*|[ \u00a0]+)(?P<text>\S.*)$")
BRACKETED_SHARE = 0.5
"""Share of captions that must open with a name in square brackets before these are who speaks: others are sounds."""


def _unbracketed(shown: Sequence[list[Row]]) -> Sequence[list[Row]]:
    """Return rows with `[SPEAKER_00]: text` and `[Thierry] text` written `SPEAKER_00: text`, where most captions open so."""
    heads = [
        match if (match := _BRACKETED.match(block[0][1])) and not is_sound(match["name"]) else None
        for block in shown
        if block
    ]
    names = [clean_label(match["name"]) for match in heads if match]
    if len(names) < BRACKETED_SHARE * len(heads) or (len(set(names)) < 2 and len(names) < 3):
        return shown
    labels = accepted_labels(names)

    def written(row: Row) -> Row:
        match = _BRACKETED.match(row[1]) or _PARENTHESISED.match(row[1])
        named = match is not None and clean_label(match["name"]) in labels
        return (row[0], f"{match['name']}: {match['text']}") if match is not None and named else row

    return [[written(row) for row in block] for block in shown]


_ODD = re.compile(r"^(?P<name>[^\n:]{1,60}?)[ \u00a0\u202f]?:[ \u00a0\u202f]+(?P<text>.*)$")


def _odd_labels(blocks: Sequence[list[tuple[bool, str]]], labels: frozenset[str]) -> frozenset[str]:
    """Return labels that are shaped like no name, in a file where nearly every caption opens with one: `33612345678: …`, `🌱 Lise: …`."""
    filled = [block[0][1] for block in blocks if block]
    heads = [match for match in map(_ODD.match, filled) if match and len(match["name"].split()) <= 7]
    believed = sum(clean_label(match["name"]) in labels for match in heads)
    if len(filled) < ODD_LEAST or len(heads) < ALWAYS_PREFIXED_SHARE * len(filled) or believed < len(heads) / 3:
        return frozenset()
    return frozenset(clean_label(match["name"]) for match in heads if not match["name"][0].isalpha()) - labels


ODD_LEAST = 6
"""Captions below which a label that is shaped like no name is never believed."""


def _cut(texts: Iterator[str]) -> Iterator[tuple[bool, str]]:
    """Rows, each with whether `>>` opens it; cut at the `>>` inside them."""
    for text in texts:
        if ">>" not in text or "<<" in text:
            yield False, text
            continue
        parts = CHANGE.split(text)
        for n, part in enumerate(parts):
            if part.strip():
                yield n > 0, part.strip()


def _labels(blocks: Sequence[list[tuple[bool, str]]]) -> tuple[frozenset[str], bool]:
    """The labels that are speakers, and whether captions without one continue the speaker before them."""
    filled = [block for block in blocks if block]
    heads = [split_label(block[0][1]) for block in filled]
    names = [clean_label(split[0]) for split in heads if split]
    changes = [
        clean_label(s[0]) for block in filled for changed, row in block[1:] if changed and (s := split_label(row))
    ]
    labels = accepted_labels([*names, *changes])
    named = [name for name in names if name in labels]
    if len(filled) >= 10 and len(named) >= ALWAYS_PREFIXED_SHARE * len(filled):
        longest = 6 if all(heads) else 2
        labels |= {name for name in names if len(name.split()) <= longest}
    inside = {
        clean_label(split[0])
        for block in filled
        for (_changed, above), (_change, row) in itertools.pairwise(block)
        if above.endswith((".", "!", "?", "…")) and (split := split_label(row)) and looks_like_name(split[0])
    }
    recurring = sum(named.count(name) >= 3 for name in labels) if len(named) < 10_000 else 2
    carry = len(named) >= 2 and (
        len(named) >= PREFIX_SHARE * len(filled) or (recurring >= 2 and len(named) >= SPARSE_PREFIX_SHARE * len(filled))
    )
    return labels | inside, carry


def _inner_labels(labels: frozenset[str]) -> re.Pattern[str] | None:
    """Finds a believed label inside a row, after the end of a sentence."""
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
