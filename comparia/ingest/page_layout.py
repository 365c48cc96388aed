"""Where the words of a PDF page stand: lines made from positions, and columns read one after the other.

A `Pen` follows the drawing operations of a page and notes where each word is drawn. `arrange` makes lines of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import Any, NamedTuple

from comparia.ingest.speakers import split_label

ROW_HEIGHT = 0.5
"""Share of a letter's size under which two baselines make one row."""
WORD_GAP = 0.5
"""Share of a space from which a gap parts two words."""
COLUMN_GAP = 0.9
"""Share of a letter's size from which a gap may part two columns."""
WIDE = 0.65
"""Share of the text's width over which a piece of a row belongs to no column."""
BINS = 512
"""Steps of the width of a page in which gaps between columns are looked for."""
MOST_COLUMNS = 4
LEAST_LINES = 6
"""Lines of all columns under which a page has none."""
LEAST_WORDS = 3
"""Words of the usual line under which a column is one of a table."""
NARROWEST = 0.5
"""Share of the widest column under which a column is one of a table."""
LEAST_FLOW = 0.25
"""Share of a column's lines that must go on from the one before, or open with a label."""
EDGE_GAP = 2.2
"""Height of usual lines from which a gap parts a running head or foot from the text."""
EDGE_ROWS = 3
FARTHEST = 1e6
"""Coordinate beyond which words are on no page."""
MOST_FONTS = 200
"""Fonts kept from one page to the next."""

MOST_PIECES = 60_000
"""Pieces of a page beyond which places are not kept: a full page of small print has 2,000 words."""

PAGE_NUMBER = re.compile(r"^(?:page\s)?[-–—]?\s?\d{1,4}(?:\s?(?:/|sur|of)\s?\d{1,4})?\s?[-–—]?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")

Matrix = tuple[float, float, float, float, float, float]
_UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Piece(NamedTuple):
    """A word, or a part of one, as drawn at once."""

    x: float
    end: float
    y: float
    size: float
    space: float
    """Width of a space of its font."""
    text: str
    apart: bool
    """Whether a space is drawn before it."""
    order: int
    """Its rank among the pieces of the page, as they are drawn."""


Row = list[Piece]


class Arrangement(NamedTuple):
    """The lines of a page in the order they are read."""

    lines: list[str]
    columns: int
    """How many columns are read one after the other; 1 where rows are read across."""
    is_doubtful: bool
    """Whether the page looks like columns which could not be told from a table."""
    has_gutter: bool
    """Whether something stands beside the text."""


# Words and where they are drawn --------------------------------------------------------------------------------------


class _Glyphs(dict[str, tuple[str, float]]):
    """The text of each code of a font, and its width for a size of 1."""

    def __init__(self, resource: Any) -> None:
        from pypdf.generic._font import Font

        super().__init__()
        self.font = Font.from_font_resource(resource)
        self.unit = 0.001
        self.names: set[str] = set()
        if self.font.sub_type == "Type3":
            self.unit = abs(float(resource["/FontMatrix"][0]))
        self.space = min(max(float(self.font.space_width) * self.unit, 0.15), 0.6)

    def codes(self, raw: bytes | str) -> str:
        """Return the codes of a string that is drawn, each as a character."""
        if isinstance(raw, str):
            return raw
        if isinstance(self.font.encoding, str):
            return raw.decode(self.font.encoding, "replace")
        return raw.decode("latin-1")

    def __missing__(self, code: str) -> tuple[str, float]:
        encoding = self.font.encoding
        text = encoding.get(ord(code), code) if isinstance(encoding, dict) else code
        if len(text) > 1 and text.startswith("/"):
            self.names.add(text)
            text = " "
        else:
            text = "".join(str(self.font.character_map.get(letter, letter)) for letter in text)
        width = self.font.space_width if code == self.font.space_char else self.font.get_text_width(code)
        self[code] = text, float(width) * self.unit
        return self[code]


class Fonts:
    """Fonts of a file, read once for all of its pages."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], _Glyphs] = {}

    def glyphs(self, resource: Any) -> _Glyphs:
        """Return the glyphs of a font."""
        reference = getattr(resource, "indirect_reference", None)
        if reference is None:
            return _Glyphs(resource)
        key = reference.idnum, reference.generation
        if key not in self._read:
            if len(self._read) >= MOST_FONTS:
                self._read.clear()
            self._read[key] = _Glyphs(resource)
        return self._read[key]


class _State(NamedTuple):
    """What `q` keeps and `Q` gives back."""

    matrix: Matrix = _UPRIGHT
    glyphs: _Glyphs | None = None
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0


_SET = {b"Tc": "spacing", b"Tw": "word_spacing", b"TL": "leading", b"Ts": "rise"}


class Pen:
    """Follow the drawing operations of a page, and keep the words with their places."""

    def __init__(self, page: Any, fonts: Fonts) -> None:
        self.pieces: list[Piece] = []
        self.turned: list[str] = []
        """Words that are not written from left to right, as watermarks."""
        self.is_lost = False
        """Whether an operation was not understood."""
        self.names: set[str] = set()
        """Names of glyphs that stand for no letter, as drawn."""
        self._resources = _resources(page)
        self._fonts = fonts
        self._state = _State()
        self._saved_states: list[_State] = []
        self._outer: list[tuple[_State, Matrix, float, Any, int]] = []
        self._line: Matrix = _UPRIGHT
        self._shift = 0.0
        self._is_apart = False

    def follow(self, operator: bytes, operands: Sequence[Any]) -> None:
        """Take one operation in; what is damaged is noted in `is_lost`."""
        if not self.is_lost:
            try:
                self._take(operator, operands)
            except Exception:  # damaged operands raise errors of every kind
                self.is_lost = True
                self.pieces.clear()

    def leave(self, operator: bytes) -> None:
        """Come back from a form that `Do` draws."""
        if operator == b"Do" and self._outer:
            self._state, self._line, self._shift, self._resources, depth = self._outer.pop()
            del self._saved_states[depth:]

    def _take(self, operator: bytes, operands: Sequence[Any]) -> None:
        if operator in (b"Tj", b"TJ", b"'", b'"'):
            self._show(operator, operands)
        elif operator in (b"BT", b"Td", b"TD", b"Tm", b"T*"):
            self._move(operator, operands)
        elif operator == b"Do":
            self._enter(operands)
        elif operator == b"q":
            self._saved_states.append(self._state)
        elif operator == b"Q":
            self._state = self._saved_states.pop() if self._saved_states else _State()
        elif operator == b"cm":
            self._state = self._state._replace(matrix=_product(_matrix(operands), self._state.matrix))
        elif operator == b"Tf":
            glyphs = self._fonts.glyphs(self._resources["/Font"][operands[0]])
            self._state = self._state._replace(glyphs=glyphs, size=float(operands[1]))
        elif operator == b"Tz":
            self._state = self._state._replace(stretch=float(operands[0]) / 100)
        elif operator in _SET:
            change: dict[str, Any] = {_SET[operator]: float(operands[0])}
            self._state = self._state._replace(**change)

    def _enter(self, operands: Sequence[Any]) -> None:
        self._outer.append((self._state, self._line, self._shift, self._resources, len(self._saved_states)))
        form = self._resources["/XObject"][operands[0]] if operands else {}
        if "/Subtype" in form and form["/Subtype"] == "/Form":
            self._resources = _resources(form)
            matrix = _matrix(form["/Matrix"]) if "/Matrix" in form else _UPRIGHT
            self._state = self._state._replace(matrix=_product(matrix, self._state.matrix))

    def _move(self, operator: bytes, operands: Sequence[Any]) -> None:
        self._shift = 0.0
        if operator == b"BT":
            self._line = _UPRIGHT
        elif operator == b"Tm":
            self._line = _matrix(operands)
        else:
            x, y = (0.0, -self._state.leading) if operator == b"T*" else (float(operands[0]), float(operands[1]))
            if operator == b"TD":
                self._state = self._state._replace(leading=-y)
            self._line = _product((1.0, 0.0, 0.0, 1.0, x, y), self._line)

    def _show(self, operator: bytes, operands: Sequence[Any]) -> None:
        if operator in (b"'", b'"'):
            self._move(b"T*", ())
        if operator == b'"':
            spacings = float(operands[0]), float(operands[1])
            self._state = self._state._replace(word_spacing=spacings[0], spacing=spacings[1])
        for item in operands[0] if operator == b"TJ" else operands[-1:]:
            if isinstance(item, (str, bytes)):
                self._write(item)
            else:
                self._shift -= float(item) / 1000 * self._state.size * self._state.stretch

    def _write(self, raw: bytes | str) -> None:
        """Note the words of a string, from where the pen is."""
        state, glyphs = self._state, self._state.glyphs
        if glyphs is None:
            raise ValueError
        matrix = _product(self._line, state.matrix)
        simple = isinstance(glyphs.font.encoding, dict)
        at = start = end = self._shift
        word: list[str] = []
        for code in glyphs.codes(raw):
            text, width = glyphs[code]
            after = at + (width * state.size + state.spacing) * state.stretch
            if code == " " and simple:
                after += state.word_spacing * state.stretch
            if text.strip():
                start = start if word else at
                end = after - state.spacing * state.stretch
                word.append(text)
            else:
                self._note(word, start, end, matrix)
                word, self._is_apart = [], self._is_apart or bool(text)
            at = after
        self._note(word, start, end, matrix)
        self._shift = at
        self.names |= glyphs.names

    def _note(self, word: Sequence[str], start: float, end: float, matrix: Matrix) -> None:
        if not word:
            return
        a, b, c, d, e, f = matrix
        if len(self.pieces) + len(self.turned) >= MOST_PIECES:
            raise ValueError
        text, size, apart = "".join(word), self._state.size * d, self._is_apart
        self._is_apart = False
        if not (a > 0 and size > 0 and abs(b) < 0.1 * a and abs(c) < 0.5 * d):
            self.turned.append(text)
            return
        x, last, y = e + start * a, e + end * a, f + start * b + self._state.rise * d
        if not all(math.isfinite(number) and abs(number) < FARTHEST for number in (x, last, y, size)):
            raise ValueError
        space = (self._state.glyphs.space if self._state.glyphs else 0.25) * self._state.size * self._state.stretch * a
        self.pieces.append(Piece(x, last, y, size, space, text, apart, len(self.pieces)))


def _resources(holder: Any) -> Any:
    """Return the fonts and forms of a page or of a form; `get` would give the reference to them."""
    return holder["/Resources"] if "/Resources" in holder else {}  # noqa: SIM401


def _matrix(operands: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in operands)
    return a, b, c, d, e, f


def _product(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


# Lines and columns ---------------------------------------------------------------------------------------------------


def arrange(pen: Pen) -> Arrangement | None:
    """Return the lines of a page, its columns one after the other; None where its places are not known."""
    if pen.is_lost or not pen.pieces or any(_RIGHT_TO_LEFT.search(piece.text) for piece in pen.pieces):
        return None
    rows = _rows(pen.pieces)
    sideways = [" ".join(pen.turned)] if pen.turned else []
    across = [_text(row) for row in rows] + sideways
    top, bottom = _edges(rows)
    gutters = _gutters(rows[top:bottom])
    if not gutters:
        return Arrangement(across, 1, is_doubtful=False, has_gutter=False)
    blocks = list(_blocks(rows, gutters))
    column_blocks = [columns for columns in blocks if sum(map(bool, columns)) > 1]
    order = _order(column_blocks)
    if not _is_text(column_blocks) or order.is_by_cells:
        return Arrangement(across, 1, is_doubtful=False, has_gutter=True)
    if not (order.is_down or all(_flows(column) for column in zip(*column_blocks, strict=True))):
        return Arrangement(across, 1, is_doubtful=True, has_gutter=True)
    down = [_text(row) for columns in blocks for column in columns for row in column]
    return Arrangement(down + sideways, len(gutters) + 1, is_doubtful=False, has_gutter=True)


def _rows(pieces: Iterable[Piece]) -> list[Row]:
    """Return the pieces that share a baseline, from the top of the page, each row from the left."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.y, piece.x)):
        if rows and rows[-1][0].y - piece.y <= ROW_HEIGHT * max(rows[-1][0].size, piece.size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.x)
    return rows


def _text(row: Row) -> str:
    parts = [row[0].text]
    for before, piece in pairwise(row):
        gap = piece.x - before.end
        is_apart = piece.apart or gap >= WORD_GAP * min(before.space, piece.space) or gap < -piece.size
        parts.append(f" {piece.text}" if is_apart else piece.text)
    return "".join(parts)


def _segments(row: Row, gap: float) -> list[Row]:
    """Return the parts of a row between gaps that could part columns."""
    parts = [[row[0]]]
    end = row[0].end
    for piece in row[1:]:
        if piece.x - end >= gap:
            parts.append([piece])
        else:
            parts[-1].append(piece)
        end = max(end, piece.end)
    return parts


def _gutters(rows: Sequence[Row]) -> list[float]:
    """Return where the columns of a page are parted: the middle of each blank band that nearly all rows leave."""
    gap = COLUMN_GAP * median(piece.size for row in rows for piece in row)
    margin = min(piece.x for row in rows for piece in row)
    width = max(piece.end for row in rows for piece in row) - margin
    if width <= 0:
        return []
    steps = [0] * (BINS + 2)
    narrow = 0
    for row in rows:
        spans = [(part[0].x - margin, max(piece.end for piece in part) - margin) for part in _segments(row, gap)]
        spans = [(start, end) for start, end in spans if 0 <= start <= end <= WIDE * width + start]
        narrow += bool(spans)
        for start, end in spans:
            steps[int(start / width * BINS)] += 1
            steps[min(int(end / width * BINS), BINS) + 1] -= 1
    coverage = _sums(steps)[: BINS + 1]
    bands = [band for band in _bands(coverage, max(2, narrow // 10)) if (band[1] - band[0]) * width / BINS >= gap]
    # What stands before a narrow band at the left of the text is a bullet or a number.
    middles = [margin + _middle(coverage, *band) * width / BINS for band in bands]
    gutters = [middle for middle in middles if middle - margin > 4 * gap]
    return gutters if len(gutters) < MOST_COLUMNS else []


def _sums(steps: Iterable[int]) -> list[int]:
    total = 0
    return [total := total + step for step in steps]


def _bands(coverage: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Give each run of steps that few rows cover and that text stands on both sides of."""
    at = 0
    for is_blank, group in groupby(coverage, key=lambda count: count <= most):
        length = len(list(group))
        if is_blank and at and at + length < len(coverage):
            yield at, at + length
        at += length


def _middle(coverage: Sequence[int], begin: int, end: int) -> float:
    """Return the middle of the longest run of a band that the fewest rows cover."""
    least = min(coverage[begin:end])
    runs: list[tuple[int, int]] = []
    at = begin
    for count, group in groupby(coverage[begin:end]):
        length = len(list(group))
        if count == least:
            runs.append((length, at))
        at += length
    length, start = max(runs)
    return start + length / 2


def _blocks(rows: Sequence[Row], gutters: Sequence[float]) -> Iterator[list[list[Row]]]:
    """Give the columns of each part of a page: a row that crosses a gutter, a head or a foot is one column alone."""
    top, bottom = _edges(rows)
    top = top if _is_edge(rows[:top], gutters) else 0
    bottom = bottom if _is_edge(rows[bottom:], gutters) else len(rows)
    columns: list[list[Row]] = [[] for _gutter in range(len(gutters) + 1)]
    for n, row in enumerate(rows):
        parts = _parts(row, gutters)
        if top <= n < bottom and parts is not None:
            for column, part in zip(columns, parts, strict=True):
                column.extend([part] if part else [])
            continue
        if any(columns):
            yield columns
        columns = [[] for _column in columns]
        yield [[row], *([] for _gutter in gutters)]
    if any(columns):
        yield columns


def _parts(row: Row, gutters: Sequence[float]) -> list[Row] | None:
    """Return the pieces of a row in each column; None where a word, or words that follow, cross a gutter."""
    parts: list[Row] = [[] for _gutter in range(len(gutters) + 1)]
    for piece in row:
        parts[sum(piece.x >= gutter for gutter in gutters)].append(piece)
    for n, gutter in enumerate(gutters):
        before = max((piece.end for part in parts[: n + 1] for piece in part), default=-math.inf)
        after = min((piece.x for part in parts[n + 1 :] for piece in part), default=math.inf)
        if before > gutter or after - before < COLUMN_GAP / 2 * row[0].size:
            return None
    return parts


def _edges(rows: Sequence[Row]) -> tuple[int, int]:
    """Return the first row below what stands far above the text, and the first of what stands far below.

    A page number is none of the text even near to it.
    """
    gaps = [above[0].y - below[0].y for above, below in pairwise(rows)]
    far = EDGE_GAP * median(gaps) if gaps else 0.0
    first = int(bool(PAGE_NUMBER.match(_text(rows[0]))))
    top = next((n + 1 for n, gap in enumerate(gaps[:EDGE_ROWS]) if gap > far), first)
    last = range(len(rows) - 1, max(len(rows) - 1 - EDGE_ROWS, top), -1)
    end = len(rows) - int(len(rows) > top + 1 and bool(PAGE_NUMBER.match(_text(rows[-1]))))
    return top, next((n for n in last if gaps[n - 1] > far), end)


def _is_edge(rows: Sequence[Row], gutters: Sequence[float]) -> bool:
    """Return whether rows far from the text can be a head or a foot: one has two sides at most, and nobody speaks."""
    sides = [[part for part in _parts(row, gutters) or [] if part] for row in rows]
    return sum(len(parts) > 1 for parts in sides) < 2 and not any(
        split_label(_text(part)) for parts in sides for part in parts
    )


# Columns of text or of a table ---------------------------------------------------------------------------------------


def _is_text(blocks: Sequence[list[list[Row]]]) -> bool:
    """Return whether columns are of text, not of a table: as wide as one another, with lines that are long enough."""
    columns = [[row for rows in column for row in rows] for column in zip(*blocks, strict=True)]
    if not columns or min(map(len, columns)) < 2 or sum(map(len, columns)) < LEAST_LINES:
        return False
    widths = [max(row[-1].end for row in column) - min(row[0].x for row in column) for column in columns]
    words = [median(len(_WORD.findall(_text(row))) for row in column) for column in columns]
    return min(widths) >= NARROWEST * max(widths) and min(words) >= LEAST_WORDS


class _Order(NamedTuple):
    """In which order the pieces of columns are drawn."""

    turns: int
    """How often the pen goes from one column to another."""
    climbs: int
    """How often it goes up on the way."""
    shared: int
    """Lines of the shortest columns."""
    least: int
    """How often it has to climb."""

    @property
    def is_down(self) -> bool:
        """Return whether each column is drawn to its end before the next."""
        return self.turns * 4 <= self.shared

    @property
    def is_by_cells(self) -> bool:
        """Return whether the lines of each cell of a table are drawn before the cell beside."""
        return not self.is_down and self.climbs > self.least and self.climbs * 5 >= self.turns


def _order(blocks: Sequence[list[list[Row]]]) -> _Order:
    turns = climbs = n_shared = least = 0
    for columns in blocks:
        in_drawing_order = sorted(
            (piece.order, n, piece) for n, column in enumerate(columns) for row in column for piece in row
        )
        for (_rank, one, piece), (_next, other, after) in pairwise(in_drawing_order):
            turns += one != other
            climbs += one != other and after.y - piece.y > ROW_HEIGHT * piece.size
        lengths = [len(column) for column in columns if column]
        n_shared += min(lengths)
        least += len(lengths) - 1
    return _Order(turns, climbs, n_shared, least)


def _flows(blocks: Sequence[list[Row]]) -> bool:
    """Return whether the lines of a column go on from one another, or open with who speaks."""
    lines = [_text(row) for rows in blocks for row in rows]
    going_on = sum(line[:1].islower() or _opens_a_turn(line) for line in lines)
    return going_on >= LEAST_FLOW * len(lines)


def _opens_a_turn(line: str) -> bool:
    label = split_label(line)
    return bool(label and label[1])
