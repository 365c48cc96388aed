"""What speech recognition invents: credits of subtitlers in silences, the same words again and again. Marked, never left out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from comparia.records import Cue, Notice

CREDITS = re.compile(
    r"amara\.org|soustitreur\.com|sous-titrage (?:st['’]|société radio-canada|fr\b)|castingwords|"
    r"^(?:merci d['’]avoir (?:regardé|visionné|suivi)(?: (?:cette|la|ma) vidéo| jusqu['’]au bout)?"
    r"|(?:n['’]oubliez pas de vous abonner|abonnez[- ]vous)(?: à (?:la|ma) chaîne)?"
    r"|(?:thank you|thanks)(?: so much| very much)? for watching(?: (?:this|the|my) video)?"
    r"|(?:please )?(?:like and )?subscribe(?: to (?:my|the|our) channel)?"
    r"|sous-titr(?:es|age)(?: (?:réalisés?|faits?))?(?: par .{1,60})?|subtitles by .{1,60})[ .!…]*$",
    re.IGNORECASE,
)
"""What such tools write in silences: they learnt it from subtitled films."""
LEAST_REPEATS = 4
"""Captions in a row of the same words from which they are taken for a loop: nobody says one sentence so often."""
LEAST_WORDS = 8
"""The same, for one word inside a caption."""
_SAME_WORD = re.compile(rf"\b([^\W_]{{2,30}})\b(?:[^\w]{{1,4}}\1\b){{{LEAST_WORDS - 1},}}", re.IGNORECASE)


def marked(cues: Sequence[Cue]) -> tuple[list[Cue], list[Notice]]:
    """Return timed captions with what may be invented flagged `hallucination_suspect` or `loop`, and what to tell of it.

    The first of a loop keeps its place unflagged: it may have been said once.
    """
    kept = list(cues)
    timed = [n for n, cue in enumerate(cues) if cue.start is not None and cue.channel == "speech"]
    credited = _credited(cues, timed)
    for n in credited:
        kept[n] = _flagged(kept[n], "hallucination_suspect")
    notices = []
    if credited:
        notices.append(_notice("hallucination_suspect", {"n": len(credited)}, cues[credited[0]]))
    for first, last in _loops(cues, timed):
        for n in range(first + 1, last):
            kept[n] = _flagged(kept[n], "loop")
        words = cues[first].text if len(cues[first].text) < 60 else cues[first].text[:60] + "…"
        notices.append(_notice("loop", {"words": words, "n": last - first}, cues[first]))
    for n in timed:
        cue = cues[n]
        if match := _same_word(cue.text):
            kept[n] = _flagged(kept[n], "loop")
            times = len(re.findall(rf"\b{re.escape(match[1])}\b", match.group(), re.IGNORECASE))
            notices.append(_notice("loop", {"words": match[1], "n": times}, cue))
    return kept, notices[:MOST_NOTICES]


MOST_NOTICES = 8
"""Loops that are told one by one."""


def _loops(cues: Sequence[Cue], timed: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the place after the last of each run of timed captions that say the same."""
    keys = [""] * len(cues)
    for n in timed:
        keys[n] = cues[n].text.casefold().strip(" .!?…")
    found = []
    n = 0
    for same, group in itertools.groupby(keys):
        length = len(list(group))
        if length >= LEAST_REPEATS and same:
            found.append((n, n + length))
        n += length
    return found


_HINTS = ("amara", "soustitr", "sous-titr", "castingwords", "merci d", "abonn", "watching", "subscribe", "subtitles")
"""What every credit holds: looked for first, as ten hours have 36,000 captions."""


def _credited(cues: Sequence[Cue], timed: Sequence[int]) -> list[int]:
    """Return which of the timed captions hold a credit."""
    low = "\n".join([cues[n].text for n in timed]).casefold()
    hints = [hint for hint in _HINTS if hint in low]
    if not hints:
        return []
    return [n for n in timed if _is_credit(cues[n].text, hints)]


def _is_credit(text: str, hints: Sequence[str]) -> bool:
    low = text.casefold()
    return any(hint in low for hint in hints) and CREDITS.search(text) is not None


def _same_word(text: str) -> re.Match[str] | None:
    words = text.split()
    if len(words) < LEAST_WORDS or len(set(words)) > len(words) - LEAST_WORDS + 2:
        return None
    return _SAME_WORD.search(text)


def _flagged(cue: Cue, flag: str) -> Cue:
    return cue if flag in cue.flags else cue.model_copy(update={"flags": (*cue.flags, flag)})


def _notice(code: str, values: Mapping[str, str | int], cue: Cue) -> Notice:
    return Notice(code=code, values=values, file=cue.span.file, line=cue.span.lines[0] if cue.span.lines else None)
