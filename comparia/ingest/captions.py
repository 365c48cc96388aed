"""What all timed captions share: times, markup, name prefixes, rolling lines."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Sequence

from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import accepted_labels, clean_label, split_label
from comparia.messages import gettext as _
from comparia.records import Cue, Notice

_TIME = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])(?:[.,]([0-9]{1,6}))?"
TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?P<settings>\s.*)?$")
"""A WebVTT or SubRip timing line: minutes and seconds under 60, comma or dot, then nothing or cue settings."""
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>]{0,200}|\d[\d:.]*)?>")
PREFIX_SHARE = 0.3
"""Share of cues that must open with a label before unlabelled ones are taken as its continuation."""
ALWAYS_PREFIXED_SHARE = 0.95
"""Share from which every cue carries a label (Zoom), so that a handle seen once is a speaker too."""
ROLLING_SHARE = 0.3
"""Share of cues that must repeat the line before them before a file is taken for rolling captions."""
ROLLING_LEAST = 3
"""Repeats below which a file is never taken for rolling captions, however short it is."""


def milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """A time in ms from its matched pieces; a fraction has any number of digits."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + (round(int(fraction) * 1000 / 10 ** len(fraction)) if fraction else 0)


def timing(line: str) -> tuple[int, int] | None:
    """Start and end in ms of a timing line, or None."""
    match = TIMING.match(line)
    if match is None:
        return None
    groups = match.groups()
    return milliseconds(*groups[0:4]), milliseconds(*groups[4:8])


def plain(text: str) -> str:
    """Caption text without tags, entities decoded, spaces collapsed."""
    return " ".join(html.unescape(_TAG.sub("", text)).replace("\u200b", "").split())


def time_flags(start: int, end: int, previous_start: int | None) -> tuple[str, ...]:
    """What is odd about a cue's times."""
    flags = []
    if end < start:
        flags.append("negative_duration")
    if previous_start is not None and start < previous_start:
        flags.append("time_backwards")
    return tuple(flags)


def attribute_prefixes(cues: Sequence[Cue]) -> list[Cue]:
    """Give cues without a voice the speaker named by their `Nom : ` prefix.

    A label is believed when it recurs or is shaped like a name. In a file where labels are usual, an unlabelled cue
    continues the one before it and is flagged `carried_speaker`.
    """
    splits = [split_label(cue.text) if cue.speaker is None else None for cue in cues]
    labels = accepted_labels(split[0] for split in splits if split)
    bare = sum(cue.speaker is None for cue in cues)
    named = sum(1 for split in splits if split and clean_label(split[0]) in labels)
    if bare >= 10 and named >= ALWAYS_PREFIXED_SHARE * bare:
        longest = 6 if all(splits) else 2
        labels |= {name for split in splits if split and len((name := clean_label(split[0])).split()) <= longest}
    carry = named >= 2 and named >= PREFIX_SHARE * bare
    attributed: list[Cue] = []
    current: str | None = None
    for cue, split in zip(cues, splits, strict=True):
        if cue.speaker is not None:
            current = None
        elif split and clean_label(split[0]) in labels:
            current = clean_label(split[0])
            cue = cue.model_copy(update={"speaker": current, "text": split[1]})
        elif carry and current is not None:
            cue = cue.model_copy(update={"speaker": current, "flags": (*cue.flags, "carried_speaker")})
        attributed.append(cue)
    return attributed


def without_rolling_lines(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Lines of each caption that the caption before it did not already show.

    Live captions scroll: each one repeats the last lines of the one before, or the same line grown longer. Files that do
    not scroll are returned unchanged, so genuine repetition survives and the operation is idempotent.
    """
    repeats = [_overlap(before, after) for before, after in itertools.pairwise(blocks)]
    if sum(k > 0 for k in repeats) < max(ROLLING_LEAST, ROLLING_SHARE * len(blocks)):
        return [list(block) for block in blocks]
    kept = [list(blocks[0])]
    for k, before, block in zip(repeats, blocks, blocks[1:], strict=False):
        grown = k > 0 and before[-1] != block[k - 1]
        if grown:
            kept[-1] = kept[-1][:-1]
        kept.append(block[k - grown :])
    return kept


def note_rolling(reading: Reading, source: Source) -> None:
    """Say how many captions only repeated what was shown before."""
    removed = sum(1 for item in reading.ignored if item.reason == "repeated caption")
    if removed:
        message = _("Rolling captions: {n} repeated captions were left out.").format(n=removed)
        reading.notices.append(Notice(code="rolling_captions", message=message, file=source.name))


def _overlap(before: list[str], after: list[str]) -> int:
    for k in range(min(len(before), len(after)), 0, -1):
        if before[-k:-1] == after[: k - 1] and after[k - 1].startswith(before[-1]):
            return k
    return 0
