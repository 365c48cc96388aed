"""What can be played of the recording of a session, from its words."""

from __future__ import annotations

from typing import NamedTuple

from comparia.messages import clock
from comparia.messages import gettext as _
from comparia.records import Transcript
from comparia.text.times import Times


class Passage(NamedTuple):
    """A passage of a recording, as a link plays it."""

    address: str
    """Address of the recording, with its seconds (Media Fragments: `#t=12.3,20.1`)."""
    label: str
    """What the link does, with its times."""


class Hearing:
    """The passages of the recording of a session.

    Args:
        transcript: the session.
        address: of its recording; empty where it is not to be played.
    """

    def __init__(self, transcript: Transcript, address: str = "") -> None:
        self._address = address
        recording = transcript.recording
        self._times = Times(transcript) if address and recording else None
        self._most = 1000 * recording.seconds if recording and recording.seconds else None

    def of(self, turn: int, words: str = "") -> Passage | None:
        """Return the passage of words of a turn, or of the whole turn; None where nothing can be played."""
        found = self._times.of(turn, words) if self._times else None
        if found is None or (self._most is not None and found[0] >= self._most):
            return None
        start, end = (milliseconds / 1000 for milliseconds in found)
        label = _("Play {start} to {end}").format(start=clock(start), end=clock(end))
        return Passage(f"{self._address}#t={start:.1f},{end:.1f}", label)
