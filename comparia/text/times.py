"""When words of a session were said: what of its recording to play to hear them."""

from __future__ import annotations

from bisect import bisect_right

from comparia.records import Cue, Transcript, Turn
from comparia.text.quotes import fragments, normalise

WORD_MS = 400
"""Milliseconds that a spoken word takes, where nothing says when the next one begins: 150 words a minute."""
LEAST_MS = 2_000
"""Fewest milliseconds of a passage whose end is not known."""


class Times:
    """The times of a session, looked up by turn and by words."""

    def __init__(self, transcript: Transcript) -> None:
        self._cues = transcript.cues
        self._turns = {turn.number: turn for turn in transcript.turns}
        self._starts = sorted(
            turn.start for turn in transcript.turns if turn.channel == "speech" and turn.start is not None
        )

    def of(self, number: int, words: str = "") -> tuple[int, int] | None:
        """Return when words of a turn were said, as start and end in ms; None where nothing tells, or in a chat.

        Args:
            number: of the turn.
            words: of the turn; those of the cues that hold them count. The whole turn where they are not found in
                timed cues, or are empty.
        """
        turn = self._turns.get(number)
        if turn is None or turn.channel != "speech":
            return None
        cues = [self._cues[index] for index in turn.cues if 0 <= index < len(self._cues)]
        start = turn.start if turn.start is not None else next((c.start for c in cues if c.start is not None), None)
        if start is None:
            return None
        whole = start, self._end(turn, start)
        return (_span_in(cues, fragments(words), whole) if words and len(cues) > 1 else None) or whole

    def _end(self, turn: Turn, start: int) -> int:
        """Return the end of a turn: its own, else the start of the next one, else what its words would take."""
        if turn.end is not None and turn.end > start:
            return turn.end
        following = bisect_right(self._starts, start)
        if following < len(self._starts):
            return self._starts[following]
        return start + max(LEAST_MS, WORD_MS * len(turn.text.split()))


def times_of(transcript: Transcript, number: int, words: str = "") -> tuple[int, int] | None:
    """Return when words of a turn were said, as `Times.of` does: make one `Times` where many are asked for."""
    return Times(transcript).of(number, words)


def _span_in(cues: list[Cue], pieces: list[str], whole: tuple[int, int]) -> tuple[int, int] | None:
    """Return from the start of the cue with the first piece to the end of that with the last; None without them."""
    text, places = " ", list[int]()
    for cue in cues:
        places.append(len(text) - 1)
        said = normalise(cue.text)
        text += f"{said} " if said else ""
    first = last = position = -1
    for piece in pieces:
        position = text.find(f" {piece} ", max(position, 0))
        if position < 0:
            return None
        first = position if first < 0 else first
        last = position + len(piece)
        position = last
    if first < 0:
        return None
    from_cue, to_cue = bisect_right(places, first) - 1, bisect_right(places, last) - 1
    start = cues[from_cue].start
    following = (cue.start for cue in cues[to_cue + 1 :] if cue.start is not None)
    end = cues[to_cue].end or next(following, whole[1])
    return (start, end) if start is not None and end > start else None
