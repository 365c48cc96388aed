"""Which key points of a run are shown, and in which order: what a reader chose, applied to the rows of a view."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from comparia.records import CREDIT, RETENTION, KeyPoint
from comparia.reports.cells import Row
from comparia.reports.view import View
from comparia.reports.wording import findings as wording

ROWS_A_PAGE = 150
"""Rows that a page shows at once."""

LONGEST_WORDS = 100
"""Characters of the words that are looked for."""


@dataclass(frozen=True)
class Choice:
    """What a reader chose to see of the key points. The names of its fields are those of a query."""

    show: str = ""
    """`lost` by all recaps, `lost:ID` by one, `minority`, `unsure` (to look at), `differ`, `differ:ID:ID` between two;
    empty for all points."""
    who: str = ""
    """Id of a speaker who holds the points; empty for anybody."""
    topic: str = ""
    """Topic of the points; empty for any."""
    words: str = ""
    """Words that the points, those who hold them or what they said must contain; empty for any."""
    order: str = ""
    """`session`, as they were first said; `holders`, by how few hold them; empty for what is lost first."""
    page: int = 1
    """Which page, from 1."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Choice:
        """Return what a query chooses; what it does not say, or says badly, is not chosen."""
        page = query.get("page", "1")
        return cls(
            show=query.get("show", ""),
            who=query.get("who", ""),
            topic=query.get("topic", ""),
            words=query.get("words", "")[:LONGEST_WORDS],
            order=query.get("order", ""),
            page=int(page) if page.isdecimal() and 0 < len(page) < 6 else 1,
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves points out."""
        return bool(self.show or self.who or self.topic or self.words.strip())

    def address(self, page: int) -> str:
        """Return the query of another page of the same choice, with its question mark; empty for the first of all."""
        fields = {"show": self.show, "who": self.who, "topic": self.topic, "words": self.words, "order": self.order}
        given = {name: value for name, value in fields.items() if value}
        if page > 1:
            given["page"] = str(page)
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True)
class Selection:
    """The key points that are shown."""

    choice: Choice
    """What was chosen."""
    rows: tuple[Row, ...]
    """The rows of this page."""
    folded: tuple[Row, ...]
    """Rows that every recap keeps alike, shown folded where nothing was chosen; on the last page alone."""
    count: int
    """Number of rows over all pages, those that are folded among them."""
    of: int
    """Number of key points of the run."""
    page: int
    """Which page this is, from 1."""
    pages: int
    """How many there are."""
    pages_of: Mapping[str, int]
    """The page that each key point is on where nothing is chosen, by id."""

    @property
    def sentence(self) -> str:
        """How many key points are shown, of how many there are."""
        return wording.shown_sentence(self.count, self.of)

    def address_of(self, point: str) -> str:
        """Return the address of the row of a key point, relative to the page: with a query where it is not here."""
        if any(row.point.id == point for row in (*self.rows, *self.folded)):
            return f"#{point}"
        return f"{Choice().address(self.pages_of.get(point, 1)) or '?'}#{point}"


def select(view: View, choice: Choice | None = None, rows_a_page: int = ROWS_A_PAGE) -> Selection:
    """Return the key points that a reader chose.

    Args:
        view: of the run.
        choice: what was chosen; everything, on one page, when None.
        rows_a_page: the most rows on a page.
    """
    if choice is None:
        rows_a_page = max(1, len(view.rows))
    wanted = choice or Choice()
    open_rows, folded = _ordered(view.open_rows, wanted.order), _ordered(view.kept_rows, wanted.order)
    pages_of = {row.point.id: n // rows_a_page + 1 for n, row in enumerate(open_rows)}
    last = max(1, -(-len(open_rows) // rows_a_page))
    pages_of |= {row.point.id: last for row in folded}
    if wanted.narrows:
        open_rows, folded = _ordered(list(filter(_test(view, wanted), view.rows)), wanted.order), []
        last = max(1, -(-len(open_rows) // rows_a_page))
    page = min(max(1, wanted.page), last)
    return Selection(
        choice=wanted,
        rows=tuple(open_rows[(page - 1) * rows_a_page : page * rows_a_page]),
        folded=tuple(folded) if page == last else (),
        count=len(open_rows) + len(folded),
        of=len(view.rows),
        page=page,
        pages=last,
        pages_of=pages_of,
    )


def lost_by(row: Row, recap: int) -> bool:
    """Return whether the recap of this place keeps nothing of a point, as `Row.lost` counts it."""
    cell = row.cells[recap]
    credit = RETENTION if row.minority else CREDIT
    return cell is not None and cell.verdict != "unscored" and not credit.get(cell.verdict, 0.0)


def _test(view: View, choice: Choice) -> Callable[[Row], bool]:
    """Return whether a row is chosen, as a function of the row."""
    places = {variant.id: n for n, variant in enumerate(view.recaps)}
    name, *ids = choice.show.split(":")
    shown = [places[recap] for recap in ids if recap in places]
    words = _plain(choice.words).split()

    def verdict(row: Row, place: int) -> str:
        return cell.verdict if (cell := row.cells[place]) else ""

    def is_shown(row: Row) -> bool:
        if name == "lost":
            return lost_by(row, shown[0]) if shown else row.lost
        if name == "differ" and len(shown) == 2:
            return verdict(row, shown[0]) != verdict(row, shown[1])
        return {"minority": row.minority, "unsure": row.unsure, "differ": not row.alike}.get(name, True)

    def is_chosen(row: Row) -> bool:
        if choice.who and choice.who not in row.point.holders:
            return False
        if choice.topic and choice.topic != row.point.topic:
            return False
        return is_shown(row) and (not words or all(word in _searched(row) for word in words))

    return is_chosen


def _searched(row: Row) -> str:
    said = (quote.words for quote in row.point.said)
    return _plain(" ".join([row.point.id, row.point.text, row.point.topic, *row.holders, *said]))


def _plain(text: str) -> str:
    """Return a text in small letters without accents, so that a search finds words however they are typed."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character)).replace("’", "'")


def _ordered(rows: Sequence[Row], order: str) -> list[Row]:
    if order == "session":
        return sorted(rows, key=lambda row: _first_turn(row.point))
    if order == "holders":
        return sorted(rows, key=lambda row: len(row.holders))
    return sorted(rows, key=lambda row: (not (row.minority and row.lost), not row.minority, row.kept))


def _first_turn(point: KeyPoint) -> int:
    return min((quote.turn for quote in point.said), default=0)
