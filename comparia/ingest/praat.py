"""Praat's TextGrid, in its long and short text forms."""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comparia.ingest.annotation import Tier, interleaved, level, milliseconds, note_left_out, spoken
from comparia.ingest.source import MAX_SHOWN, Bounded, Reading, Source
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "praat"
DESCRIPTION = "Praat TextGrid, long or short"

_HEAD = re.compile(r'\s*(?:File type\s*=\s*)?"ooTextFile(?: short)?"\s+(?:Object class\s*=\s*)?"TextGrid"')
_TOKEN = re.compile(
    r'"(?P<text>[^"]*+(?:""[^"]*+)*+)"|(?<!\S)!.*|(?<!\S)(?P<number>-?\d[\d.]*(?:[eE][-+]?\d+)?)(?!\S)|<(?P<flag>\w+)>'
)
_ACCENT = re.compile(r"\\([A-Za-z])(['`^\"~,])")
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", ",": "\u0327"}
_SILENCES = frozenset({"sil", "sp", "spn", "silence", "pause", "<sil>", "<p:>", "<pause>"})
_SPEAKER_TIERS = frozenset("spk spkr speaker speakers locuteur locuteurs loc".split())


def sniff(source: Source) -> bool:
    """Return whether the first lines say `ooTextFile` and `TextGrid`."""
    return bool(_HEAD.match(source.text[:400]))


def read(source: Source) -> Reading:
    """Make one cue for each interval with words of the tiers that hold speech.

    A tier is a speaker, unless its name is that of a level (phones, words, ortho). Where a tier says who speaks
    (`spk`), it names the speakers of the tiers that name nobody.

    Raises:
        TranscriptError: not a TextGrid, or cut short.
    """
    if not sniff(source):
        raise source.error(_("not a Praat TextGrid."))
    reading = Reading()
    tiers: list[Tier] = []
    speakers: Tier | None = None
    for tier, silent in _tiers(source):
        tiers.append(tier)
        if tier.name.casefold() in _SPEAKER_TIERS:
            speakers = speakers or tier
        for first, last in silent:
            reading.ignore(N_("silence"), source.span(first, last))
    if any(tier.speaker is None and tier.rank < 2 for tier in tiers if tier is not speakers) and speakers is not None:
        speakers.rank = 2
        for tier in tiers:
            if tier.speaker is None:
                tier.cues = _add_speakers(tier.cues, speakers.cues)
    speech = spoken(tiers)
    spoken_ones = {id(tier) for tier in speech}
    left_out = [tier for tier in tiers if tier.cues and id(tier) not in spoken_ones]
    note_left_out(reading, source, [tier for tier in left_out if tier is not speakers or speakers.rank < 2])
    if speakers is not None and speakers.rank == 2:
        reading.ignore(N_("names of the speakers"), speakers.span)
    reading.cues = interleaved(speech)
    _account(source, reading)
    return reading


@dataclass
class _Token:
    """A value of the file: Praat itself reads nothing else of it."""

    value: str
    is_text: bool
    first: int
    last: int


def _tokens(source: Source) -> Iterator[_Token]:
    starts = [0, *itertools.accumulate(len(a) + len(b) for a, b in zip(source.lines, source.ends, strict=True))]
    for match in _TOKEN.finditer(source.text):
        if match.lastgroup is None:
            continue
        first = bisect.bisect_right(starts, match.start())
        last = bisect.bisect_right(starts, match.end() - 1)
        yield _Token(match[match.lastgroup], match.lastgroup == "text", first, last)


class _Values:
    """The values in order, each asked for by its kind."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.line = 0

    def text(self) -> _Token:
        return self._next(is_text=True)

    def number(self) -> _Token:
        return self._next(is_text=False)

    def _next(self, *, is_text: bool) -> _Token:
        token = next(self.tokens, None)
        if token is None or token.is_text != is_text:
            raise self.source.error(_("this TextGrid is damaged or cut short."), self.line or None)
        self.line = token.last
        return token


def _tiers(source: Source) -> Iterator[tuple[Tier, list[tuple[int, int]]]]:
    """Yield each tier with the lines of its silent intervals."""
    values = _Values(source)
    values.text(), values.text()
    values.number(), values.number()
    if values.number().value != "exists":
        return
    for _n in range(_count(values)):
        begin = values.line + 1
        kind = values.text().value
        name = _sound(values.text().value)
        values.number(), values.number()
        rest, rank, is_level = level(name)
        points = kind != "IntervalTier"
        tier = Tier(name, rest or None, 2 if points else rank, is_level, source.span(max(begin, 1)))
        silent: list[tuple[int, int]] = Bounded(MAX_SHOWN)
        for _interval in range(_count(values)):
            before = values.line
            opening = values.number()
            start = milliseconds(opening.value)
            end = start if points else milliseconds(values.number().value)
            mark = values.text()
            lines = (min(before + 1, opening.first), mark.last)
            text = _sound(mark.value)
            if text.casefold() in _SILENCES or not any(map(str.isalnum, text)):
                silent.append(lines)
                continue
            flags = () if tier.speaker else ("no_speaker",)
            place = source.span(*lines)
            tier.cues.append(Cue(speaker=tier.speaker, text=text, start=start, end=end, span=place, flags=flags))
        tier.span = source.span(max(begin, 1), max(values.line, begin, 1))
        yield tier, silent


def _count(values: _Values) -> int:
    number = values.number().value
    if not re.fullmatch(r"\d{1,9}", number):
        raise values.source.error(_("this TextGrid is damaged or cut short."), values.line)
    return int(number)


def _sound(text: str) -> str:
    """Return a text with its doubled quotes undone and the accents of older files composed, spaces collapsed."""
    text = _ACCENT.sub(lambda match: match[1] + _ACCENTS[match[2]], text.replace('""', '"'))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _add_speakers(cues: Sequence[Cue], names: Sequence[Cue]) -> list[Cue]:
    """Return the cues with the speaker named the longest while they last."""
    attributed_cues = []
    begin = 0
    for cue in cues:
        shares: dict[str, int] = {}
        if cue.start is not None and cue.end is not None:
            while begin < len(names) and (names[begin].end or 0) <= cue.start:
                begin += 1
            for name in itertools.islice(names, begin, None):
                if name.start is None or name.end is None or name.start >= cue.end:
                    break
                shares[name.text] = shares.get(name.text, 0) + min(name.end, cue.end) - max(name.start, cue.start)
        if shares:
            cue = cue.model_copy(update={"speaker": max(shares, key=lambda who: shares[who]), "flags": ()})
        attributed_cues.append(cue)
    return attributed_cues


def _account(source: Source, reading: Reading) -> None:
    """Say that the remaining lines are the structure of the file."""
    is_cited = bytearray(len(source.lines) + 2)
    for place in [*(cue.span for cue in reading.cues), *(item.span for item in reading.ignored)]:
        if place.lines is not None:
            first, last = place.lines
            is_cited[first : last + 1] = b"\1" * (last + 1 - first)
    first = 0
    for number, line in enumerate((*source.lines, ""), start=1):
        loose = bool(line.strip()) and not is_cited[number]
        if loose and not first:
            first = number
        elif not loose and first:
            reading.ignore(N_("header"), source.span(first, number - 1))
            first = 0
