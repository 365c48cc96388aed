"""The times that tools write in text, in any bracket, range, tab or dash, before or after who speaks."""

from __future__ import annotations

import re

from comparia.ingest.captions import milliseconds
from comparia.ingest.heads import CLOCK, Head, is_head
from comparia.ingest.source import LONGEST_LINE, Source
from comparia.ingest.speakers import accepted_labels, clean_label, is_sound, split_label, without_controls
from comparia.messages import N_

ALWAYS_LABELLED_SHARE = 0.8
"""Share of lines that open with a label from which each of them is a label, also one that stands once."""
_STAMP = r"(?:(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?|\d{1,5}[.,]\d{1,3} ?s?)"
_RANGE = rf"[(\[]?\*?[ ]?(?P<start>{_STAMP})(?:[ ]*(?:-->|->|→|–|—|-|to|à)[ ]*(?P<end>{_STAMP}))?[ ]?\*?[)\]]?"
_STAMP_ALONE = re.compile(rf"^{_RANGE}$")
_STAMP_FIRST = re.compile(rf"^[ \t]*(?:[-•*][ ]+)?{_RANGE}(?:[ \t]*[-–—|→:][ \t]+|[ \t]+|$)(?P<rest>.*)$")
_STAMP_AFTER = re.compile(
    r"^[ \t]*(?P<name>\[[^\[\]\n]{1,60}\]|[^\W\d_][^\t\n\[\]()]{0,60}?)"
    r"[ \t]{0,8}:?[ \t]{0,8}(?:[-–—|][ \t]{0,8})?"
    rf"(?P<stamp>\[{_STAMP}[^\n\]]{{0,20}}\]|\((?:\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}},?[ ])?{_STAMP}[^\n)]{{0,20}}\)|"
    rf"(?<=[-–—|] ){_STAMP})[ \t]{{0,8}}:?(?:[ \t]+(?P<text>\S.*))?$"
)
ONESELF = frozenset(("You", "Vous", "Moi", "Me"))
"""How tools call the person who saved the file."""
_NAMED = re.compile(r"^\[(?P<name>[^\[\]\n]{1,60})\][ \t]*:?(?:[ \t]+|$)(?P<text>.*)$")


_TABLE = re.compile(r"^start\tend\t(?P<speaker>speaker\t)?text$", re.IGNORECASE)


def whisper_table(source: Source, begin: int) -> tuple[dict[int, Head], dict[int, str]] | None:
    """Return the rows of Whisper's table, `start<TAB>end<TAB>text` in ms; None for another text."""
    match = _TABLE.match(source.lines[begin]) if begin < len(source.lines) else None
    if match is None:
        return None
    heads = {}
    for number in range(begin + 2, len(source.lines) + 1):
        start, rest = source.lines[number - 1].partition("\t")[::2]
        end, text = rest.partition("\t")[::2]
        if start.isdecimal() and end.isdecimal() and text.strip():
            name, words = text.split("\t", 1) if match["speaker"] and "\t" in text else (None, text)
            heads[number] = Head(clean_label(name) if name else None, int(start), "speech", words, None, int(end))
    return (heads, {begin + 1: N_("header")}) if heads else None


def stamped(source: Source, begin: int, chat: frozenset[int]) -> tuple[dict[int, Head], dict[int, str]]:
    """Return heads found by the times that tools write, in any bracket, range, tab or dash, before or after who speaks.

    Lines of a pasted `chat` are left to it. A time is never words. What follows it is a label, words, or both; a label
    alone on the line before or after a time is whose words follow. Lines to leave out are returned too, each with its
    reason: times alone, and the titles of chapters in a list of times where nobody is named.
    """
    heads: dict[int, Head] = {}
    stamps: set[int] = set()
    numbers = [n for n in range(begin + 1, len(source.lines) + 1) if source.lines[n - 1].strip()]
    words_below: set[int] = set()
    for k, number in enumerate(numbers):
        if number in words_below or number in chat:
            continue
        line = shown(source.lines[number - 1])
        if len(line) > LONGEST_LINE or not any(map(str.isdigit, line[:120])):
            continue
        if after := _stamp_after(line):
            heads[number] = after
            continue
        match = _STAMP_FIRST.match(line)
        if match is None or (match["rest"] and not any(map(str.isalpha, match["rest"]))):
            continue
        start, end = _stamp_ms(match["start"]), _stamp_ms(match["end"]) if match["end"] else None
        name, text = _who(match["rest"])
        if not match["rest"]:
            above = numbers[k - 1] if k and numbers[k - 1] == number - 1 and numbers[k - 1] not in heads else 0
            below = numbers[k + 1] if k + 1 < len(numbers) else 0
            name_above = _label_alone(source.lines[above - 1]) if above else None
            if name_above:
                stamps.add(number)
                heads[above] = Head(name_above, start, "speech", "", None, end)
                continue
            if below:
                name_below, words = _who(shown(source.lines[below - 1]).strip())
                alone = _label_alone(source.lines[below - 1])
                stamps.add(number)
                words_below.add(below)
                head = (alone, "") if alone else (name_below, words)
                heads[below] = Head(head[0], start, "speech", head[1], None, end)
            continue
        heads[number] = Head(name, start, "speech", text, None, end)
    labels = accepted_labels(head.name for head in heads.values() if head.name)
    doubtful = {head.name for head in heads.values() if head.name} - labels
    share = sum(bool(head.name) for head in heads.values())
    if doubtful and share < ALWAYS_LABELLED_SHARE * len(heads):
        heads = {
            n: h._replace(name=None, text=f"{h.name} : {h.text}") if h.name in doubtful else h for n, h in heads.items()
        }
    left_out = dict.fromkeys(stamps, N_("time"))
    return heads, left_out | dict.fromkeys(_titles(source, numbers, heads, stamps), N_("title of a chapter"))


def _titles(source: Source, numbers: list[int], heads: dict[int, Head], stamps: set[int]) -> list[int]:
    """Return the lines without a time of a list where every other line has one.

    They are titles of chapters, as in YouTube's transcript. A title stands right above a timed line, is short and ends
    without a stop. None where somebody is named: that line may be words.
    """
    if not heads or any(head.name for head in heads.values()):
        return []
    bare = [k for k, n in enumerate(numbers) if n not in heads and n not in stamps]
    if len(bare) > TITLES_SHARE * len(heads):
        return []
    timed_lines = heads.keys() | stamps
    return [
        numbers[k]
        for k in bare
        if numbers[k + 1 : k + 2] and numbers[k + 1] in timed_lines and _is_title(source.lines[numbers[k] - 1])
    ]


TITLES_SHARE = 0.5
"""Lines without a time, for each line with one, above which they are words that go on, not titles."""
LONGEST_TITLE = 80
"""Characters of the longest title of a chapter."""


def _is_title(line: str) -> bool:
    bare = line.strip()
    return len(bare) <= LONGEST_TITLE and bare[:1].isupper() and bare[-1] not in ".!?…,;:"


def shown(line: str) -> str:
    """Return a line without controls nor bold marks, its tabs as spaces."""
    return without_controls(_BLANKS.sub("  ", line)).replace("**", "").rstrip()


_BLANKS = re.compile(r"[\t\v\f\x1c-\x1f\x85]")
"""Controls that part words."""


def _stamp_after(line: str) -> Head | None:
    """Read `Speaker 1 [00:00:01] text`, `[Intervenant 1] [00:05] text`, `**Nom** *[00:24]*: text`, `Nom - 00:12`."""
    match = _STAMP_AFTER.match(line.replace("*", ""))
    if match is None:
        return None
    name = match["name"].strip("[]* :-–—|\t")
    if (
        ":" in name
        or not (is_head(name) or name in ONESELF)
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
    return Head(
        clean_label(name),
        _stamp_ms(times[0]),
        "speech",
        match["text"] or "",
        None,
        _stamp_ms(times[1]) if times[1:] else None,
    )


def _who(text: str) -> tuple[str | None, str]:
    """Return who is named at the head of what follows a time, and the words."""
    if (match := _NAMED.match(text)) and is_head(match["name"]) and not is_sound(match["name"]):
        return clean_label(match["name"]), match["text"]
    if ":" in text and (label := split_label(text)):
        return clean_label(label[0]), label[1]
    if alone := _label_alone(text):
        return alone, ""
    return None, text


def _label_alone(line: str) -> str | None:
    """Return the label that is all a line holds: `Interlocuteur 1 :`, `Sandra Rivière (Ville)`; None for words."""
    bare = shown(line).strip().rstrip(":").strip()
    bare = bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare
    if not bare or bare.endswith((".", "!", "?", "…", ",", ";")) or len(bare) > 60 or not is_head(bare):
        return None
    return clean_label(bare) if accepted_labels([bare]) else None


def _stamp_ms(stamp: str) -> int:
    """Return a time in ms: `1:02:03`, `0:05.5`, `12.45` seconds."""
    if ":" not in stamp:
        return round(float(re.sub(r"[ s]", "", stamp).replace(",", ".")) * 1000)
    match = re.fullmatch(CLOCK, stamp)
    return milliseconds(*match.groups()) if match else 0


def is_time_alone(line: str) -> bool:
    """Return whether a line holds a time, or a range of times, and nothing else."""
    return bool(_STAMP_ALONE.match(shown(line).strip()))
