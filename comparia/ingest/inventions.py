"""What speech recognition invents: credits of subtitlers in silences, the same words again and again.

It is marked, never left out.
"""

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
    """Return timed captions with what may be invented flagged `hallucination_suspect` or `loop`, and notices of it.

    The first of a loop keeps its place unflagged: it may have been said once.
    """
    marked_cues = list(cues)
    timed_places = [n for n, cue in enumerate(cues) if cue.start is not None and cue.channel == "speech"]
    credit_places = _find_credits(cues, timed_places)
    for n in credit_places:
        marked_cues[n] = _add_flag(marked_cues[n], "hallucination_suspect")
    notices = []
    if credit_places:
        notices.append(_notice("hallucination_suspect", {"n": len(credit_places)}, cues[credit_places[0]]))
    for first, last in _loops(cues, timed_places):
        for n in range(first + 1, last):
            marked_cues[n] = _add_flag(marked_cues[n], "loop")
        words = cues[first].text if len(cues[first].text) < 60 else cues[first].text[:60] + "…"
        notices.append(_notice("loop", {"words": words, "n": last - first}, cues[first]))
    for n in timed_places:
        cue = cues[n]
        if match := _same_word(cue.text):
            marked_cues[n] = _add_flag(marked_cues[n], "loop")
            times = len(re.findall(rf"\b{re.escape(match[1])}\b", match.group(), re.IGNORECASE))
            notices.append(_notice("loop", {"words": match[1], "n": times}, cue))
    return marked_cues, notices[:MOST_NOTICES]


MOST_NOTICES = 8
"""Loops that are told one by one."""


def _loops(cues: Sequence[Cue], places: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the place after the last of each run of timed captions that say the same."""
    keys = [""] * len(cues)
    for n in places:
        keys[n] = cues[n].text.casefold().strip(" .!?…")
    loops = []
    n = 0
    for same, group in itertools.groupby(keys):
        length = len(list(group))
        if length >= LEAST_REPEATS and same:
            loops.append((n, n + length))
        n += length
    return loops


_HINTS = ("amara", "soustitr", "sous-titr", "castingwords", "merci d", "abonn", "watching", "subscribe", "subtitles")
"""What every credit holds: looked for first, as ten hours have 36,000 captions."""


def _find_credits(cues: Sequence[Cue], places: Sequence[int]) -> list[int]:
    """Return which of the timed captions hold a credit."""
    low = "\n".join([cues[n].text for n in places]).casefold()
    hints = [hint for hint in _HINTS if hint in low]
    if not hints:
        return []
    return [n for n in places if _is_credit(cues[n].text, hints)]


def _is_credit(text: str, hints: Sequence[str]) -> bool:
    low = text.casefold()
    return any(hint in low for hint in hints) and CREDITS.search(text) is not None


def _same_word(text: str) -> re.Match[str] | None:
    words = text.split()
    if len(words) < LEAST_WORDS or len(set(words)) > len(words) - LEAST_WORDS + 2:
        return None
    return _SAME_WORD.search(text)


def _add_flag(cue: Cue, flag: str) -> Cue:
    return cue if flag in cue.flags else cue.model_copy(update={"flags": (*cue.flags, flag)})


def _notice(code: str, values: Mapping[str, str | int], cue: Cue) -> Notice:
    return Notice(code=code, values=values, file=cue.span.file, line=cue.span.lines[0] if cue.span.lines else None)
