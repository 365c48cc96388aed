"""CHAT, the transcripts of CLAN and TalkBank (.cha)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from comparia.ingest.annotation import labels_of
from comparia.ingest.captions import time_flags
from comparia.ingest.source import Reading, Source
from comparia.messages import N_
from comparia.records import Cue

FORMAT = "chat"
DESCRIPTION = "CHAT of CLAN and TalkBank (.cha)"

_SIGNATURE = re.compile(r"@(?:UTF8|Begin)\s*$")
_WITHIN = 20
"""Lines in which `@UTF8` or `@Begin` is looked for."""
_UTTERANCE = re.compile(r"\*(?P<code>[^\s:*][^:\t]{0,79}):\s?(?P<text>.*)", re.DOTALL)
_BULLET = re.compile(r"[\x15\u2022](?:%\w+:)?(?:\"[^\"]*\"_)?(?P<start>\d{1,10})_(?P<end>\d{1,10})-?[\x15\u2022]")
_EVENT = re.compile(r"&=(?P<name>[^\s\[\]<>]+)")
_LOOSE_STOP = re.compile(r" (?=[.,](?: |$))")
_MARKUP = (
    (re.compile(r"[\x15\u2022][^\x15\u2022]*[\x15\u2022]"), " "),
    (re.compile(r"\[(?!=! event )[^\[\]]*\]"), " "),
    (re.compile(r"(?<!\S)\((?:\.{1,3}|[\d:.]+)\)(?!\S)"), " "),
    (re.compile(r"(?<!\S)\+(?:/{0,2}\?|\"/?\.|/{1,2}\.|!\?|\.\.\?|\.\.\.|\.)(?!\S)"), "…"),
    (re.compile(r"(?<!\S)\+[\"^,+<≋≈]*(?!\S)"), " "),
    (re.compile(r"(?<!\S)&[-+~*]?(?=\w)"), ""),
    (re.compile(r"(?<!\S)0(?:[^\W\d]\w*)?(?!\S)"), " "),
    (re.compile(r"(?<=\w)@[a-z][\w:$+&-]*"), ""),
    (re.compile(r"[<>‡„⌈⌉⌊⌋↑↓→↗↘]"), " "),
    (re.compile(r"(?<=\w)\(|\)(?=\w)|(?<!\S)\((?=\w+\)\w)|(?<=\w)\)(?!\S)"), ""),
)


def sniff(source: Source) -> bool:
    """Return whether `@UTF8` or `@Begin` stands alone among the first lines."""
    return any(_SIGNATURE.match(line) for line in source.lines[:_WITHIN])


def read(source: Source) -> Reading:
    """Make one cue for each main line (`*CODE:`), under the name that `@Participants` gives its code.

    Codes of the transcriber are taken out of the words; events (`&=laughs`) stay, in brackets, and make a system line
    where nothing is said. Dependent lines (`%mor:`) annotate the speech: left out.
    """
    reading = Reading()
    fields = list(_fields(source))
    names = _names(fields)
    previous: int | None = None
    for first, last, text in fields:
        place = source.span(first, last)
        utterance = _UTTERANCE.match(text)
        if utterance is None:
            reading.ignore(_why(text), place)
            continue
        bullets = [match.groupdict() for match in _BULLET.finditer(text)]
        start, end = (int(bullets[0]["start"]), int(bullets[-1]["end"])) if bullets else (None, None)
        flags: tuple[str, ...] = ()
        if start is not None and end is not None:
            flags = time_flags(start, end, previous)
            previous = start
        words = _clean_words(utterance["text"])
        alone = re.sub(r"\[[^\[\]]*\]", "", words)
        speaker = names.get(utterance["code"], utterance["code"])
        if any(map(str.isalnum, alone)):
            reading.cues.append(Cue(speaker=speaker, text=words, start=start, end=end, span=place, flags=flags))
        elif any(map(str.isalnum, words)):
            cue = Cue(speaker=speaker, text=words, start=start, end=end, channel="system", span=place, flags=flags)
            reading.cues.append(cue)
        else:
            reading.ignore(N_("no words"), place)
    return reading


def _fields(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield the first line, last line and text of each field: a line and those, opened by a space, that continue it."""
    first = last = 0
    text: list[str] = []
    for number, line in enumerate(source.lines, start=1):
        if not line.strip():
            continue
        if first and line[0].isspace():
            last = number
            text.append(line.strip())
            continue
        if first:
            yield first, last, " ".join(text)
        first, last, text = number, number, [line.strip()]
    if first:
        yield first, last, " ".join(text)


def _why(field: str) -> str:
    if field.startswith("@"):
        return N_("header")
    return N_("annotation") if field.startswith("%") else N_("outside any speech")


def _names(fields: list[tuple[int, int, str]]) -> dict[str, str]:
    """Return the names of `@Participants: CODE Name Role, CODE Role`; a code without name stands for itself."""
    people = []
    for _first, _last, text in fields:
        if text.startswith("@Participants:"):
            for entry in text.partition(":")[2].split(","):
                code, *description = entry.split() or [""]
                people.append((code, " ".join(description[:-1]).replace("_", " ")))
    return labels_of(people)


def _clean_words(text: str) -> str:
    """Return the words of a main line."""
    text = _EVENT.sub(lambda match: f"[=! event {match['name'].replace('_', ' ')}]", text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return _LOOSE_STOP.sub("", " ".join(text.replace("[=! event ", "[").split()))
