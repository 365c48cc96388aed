"""A panel: people who rate items, blind, over days. Cells to settle, or pairs of recaps to compare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from comparia.records.base import Record

PanelKind = Literal["verdicts", "preferences"]
"""What becomes of a key point in a recap; which of two recaps is preferred."""

RatingAnswer = Literal[
    "kept",
    "partly",
    "softened",
    "lent_to_all",
    "contradicted",
    "absent",
    "better",
    "all_good",
    "all_bad",
    "unknown",
]
"""A verdict, where a key point is rated; what a voter answers, where two recaps are (`better`, `all_good`, `all_bad`).
`unknown` in both: the rater cannot tell."""

ItemState = Literal["lacking", "settled", "disputed"]
"""It lacks ratings; enough raters agree; they do not."""


class SaidWords(Record):
    """Words of the session, as raters read them."""

    speaker: str = ""
    """Name of who said them; empty where raters see no names."""
    words: str
    """The words, verbatim."""


class PanelItem(Record):
    """One thing that raters rate: a key point in a recap, or two recaps."""

    id: str
    """Short id: i01."""
    variants: tuple[str, ...]
    """Id of the recap; of two recaps where they are compared."""
    point: str = ""
    """Id of the key point; empty where two recaps are compared."""
    point_text: str = ""
    """The key point, as raters read it."""
    said: tuple[SaidWords, ...] = ()
    """The words of the session that say it."""
    holders: int = 0
    """Number of people who hold it."""
    nearest: tuple[int, ...] = ()
    """Numbers of the sentences of the recap that share most words with the point, from 0; they say nothing of any
    verdict."""


class Panel(Record):
    """Items that a number of raters each rate, blind, as long as the panel is open."""

    id: str
    """Random id, which says nothing of the run."""
    code: str
    """Random code in the address that raters open."""
    run: str
    """Id of the run."""
    kind: PanelKind
    """What raters answer."""
    title: str
    """Title of the session."""
    language: Literal["fr", "en"]
    """Language of the recaps."""
    question: str = ""
    """What raters are asked; the usual question when empty."""
    voices: int = 0
    """Number of speakers who may hold a view; 0 where two recaps are compared."""
    items: tuple[PanelItem, ...]
    """What is rated."""
    texts: Mapping[str, tuple[str, ...]]
    """The recaps as raters read them, by variant: sentences where key points are rated, paragraphs otherwise. Names of
    models are masked in them; a later change of a recap does not change them."""
    digests: Mapping[str, str] = {}
    """Hash of each recap as it was stored when the panel was opened, without masks, by variant."""
    wanted: int
    """Ratings wanted for each item."""
    agreeing: int
    """Raters who must give the same verdict for a cell to be settled."""
    opened_at: datetime
    """When it was opened."""
    closes_at: datetime
    """When it closes by itself."""
    closed_at: datetime | None = None
    """When it was closed; None before."""
    settled_at: datetime | None = None
    """When the verdicts that raters agreed on were given to the run; None before, and where recaps are compared."""
    set_aside: tuple[int, ...] = ()
    """Numbers of the raters whose ratings a person left out."""
    port: int = 0
    """Port that raters last reached it at."""

    def is_open(self, at: datetime) -> bool:
        """Return whether it takes ratings at a moment."""
        return self.closed_at is None and at < self.closes_at


class Rating(Record):
    """What one rater answers of one item, without anything that says who."""

    rater: int
    """Number of the rater within the panel, from 1, in the order in which they began."""
    item: str
    """Id of the item."""
    answer: RatingAnswer
    """The answer."""
    preferred: str = ""
    """Id of the recap that is better; empty for any other answer."""
    shown: tuple[str, ...] = ()
    """Ids of the recaps in the order in which this rater met them."""
    position: int
    """Place of the item among those that this rater met, from 1."""
    at: datetime
    """When it was sent, or changed for the last time."""
    seconds: float | None = None
    """From the showing of the item to the answer, in seconds."""
