"""What a reader must know of a recap before trusting it, told from its words alone."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from comparia.records import Prompt, Transcript
from comparia.text.language import language_of
from comparia.text.recaps import is_refusal
from comparia.text.sentences import sentences

_ENDED = re.compile(r"[.!?…:;»”\"')\]}*_`|>~]\s*$")
_LAID_OUT = re.compile(r"^\s*(?:[-*+•–]|\d+[.)]|#{1,6}|\||>|```)")
_HANGING = re.compile(
    r"\b(?:de|du|des|la|le|les|un|une|et|ou|à|au|aux|en|que|qui|dans|pour|par|sur|avec|sans|ne|the|of|and|to|in|a|an|"
    r"or|for|with|by|on|at|that|which|is|are)$|[,–-]$",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b([A-ZÀ-Þ][\w’'-]+) ([A-ZÀ-Þ][\w’'-]+)\b")
LONGEST_PERIOD = 40
"""Words of the longest piece whose repetition at the end of a recap is looked for."""
LEAST_REPEATS = 6
"""How often in a row a piece is said where a recap loops."""
LEAST_ECHOED = 8
"""Words of an instruction that a recap repeats where it echoes its prompt."""
LEAST_INVENTED = 5
"""Names of people nobody said, in a recap that invents them."""


class SessionWords:
    """The words of a session, as the warnings of its recaps need them: read once, whatever the number of recaps.

    Args:
        session: the session.
    """

    def __init__(self, session: Transcript) -> None:
        self._session = session

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages of the session: the one that it says, and the one that is spoken."""
        spoken = language_of(" ".join(turn.text for turn in self._session.turns))
        return frozenset(filter(None, (spoken, self._session.language)))

    @cached_property
    def all(self) -> frozenset[str]:
        """The words that were said, and those of the names of people and of the title, in small letters."""
        names = " ".join(speaker.name for speaker in self._session.speakers)
        text = f"{' '.join(turn.text for turn in self._session.turns)} {names} {self._session.title}"
        return frozenset(re.findall(r"[\w’'-]+", text.lower()))


def warnings_of(summary: str, session: SessionWords, prompt: Prompt | None) -> tuple[str, ...]:
    """Return the warnings that the words of a recap deserve.

    Returns:
        `perhaps_cut`: its last sentence is not ended; `loops`: it says the same again and again; `echoes_prompt`: it
        repeats its instructions; `other_language:de`: it is in this language, and the session is not; `refusal`: it
        only says that it will not answer; `invents_people`: it names at least five people whose names nobody said.
    """
    language = language_of(summary)
    other = f"other_language:{language}" if language and language not in session.languages else ""
    return tuple(
        code
        for code, told in (
            ("perhaps_cut", _stops_short(summary)),
            ("loops", _loops(summary)),
            ("echoes_prompt", prompt is not None and _echoes(summary, prompt)),
            (other, bool(other)),
            ("refusal", is_refusal(summary)),
            ("invents_people", _invents_people(summary, session)),
        )
        if told
    )


def _stops_short(summary: str) -> bool:
    last = next((line.strip() for line in reversed(summary.splitlines()) if line.strip()), "")
    if not last or _ENDED.search(last):
        return False
    if _LAID_OUT.match(last):
        return bool(_HANGING.search(last)) and not last.startswith("|")
    return (len(last.split()) >= 4 and last[-1].isalnum()) or bool(_HANGING.search(last))


def _loops(summary: str) -> bool:
    words = summary.lower().split()
    for start in (len(words), len(words) - LONGEST_PERIOD // 2):  # the last piece may be cut
        tail = words[:start]
        for period in range(1, LONGEST_PERIOD + 1):
            repeats = LEAST_REPEATS if period > 2 else 2 * LEAST_REPEATS
            if len(tail) >= period * repeats and _repeated(tail, period, repeats):
                return True
    if max(Counter(itertools.pairwise(words)).values(), default=0) < LEAST_REPEATS:
        return False  # two words inside a sentence would follow one another as often as it is said
    counts: dict[str, int] = {}
    for sentence in sentences(summary):
        text = " ".join(summary[sentence.start : sentence.end].lower().split())
        if len(text.split()) >= 4:
            counts[text] = counts.get(text, 0) + 1
    repeated = sum(len(text.split()) * n for text, n in counts.items() if n >= LEAST_REPEATS)
    return repeated > 0.3 * len(words)


def _repeated(words: Sequence[str], period: int, repeats: int) -> bool:
    if words[-1] != words[-1 - period]:  # most often told so, without a list
        return False
    piece = words[-period:]
    return all(words[-period * n : len(words) - period * (n - 1)] == piece for n in range(2, repeats + 1))


def _echoes(summary: str, prompt: Prompt) -> bool:
    said = _plain(summary)
    instructions = " \n ".join((prompt.system, *prompt.steps))
    lines = (_plain(line) for line in re.split(r"[\n.]|\{\{.*?\}\}", instructions))
    echoed = [line for line in lines if len(line.split()) >= LEAST_ECHOED and line in said]
    return len(echoed) >= 2 or any(len(line.split()) > 0.3 * len(said.split()) for line in echoed)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def _invents_people(summary: str, session: SessionWords) -> bool:
    names = {match.groups() for match in _NAME.finditer(summary)}
    if len(names) < LEAST_INVENTED:
        return False
    invented = [name for name in names if all(part.lower() not in session.all for part in name)]
    return len(invented) >= LEAST_INVENTED and 2 * len(invented) > len(names)
