"""A transcript as a table: one row a turn, with its time, who speaks and the words."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence

from comparia.errors import TranscriptError
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.tables import Row, Table, body, column_name, tables_of, words
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "turn-table"
DESCRIPTION = "Transcript as a table (CSV): `Heure;Intervenant;Propos`, `start,end,speaker,text`"

_STARTS = frozenset(
    "heure horaire time start starttime begin debut timecode minutage timing horodatage timestamp tempsdebut".split()
)
_ENDS = frozenset("end endtime fin tempsfin stop".split())
_SPEAKERS = frozenset(
    "intervenant intervenante intervenants intervenante intervenantes speaker speakers nom name locuteur locutrice "
    "orateur oratrice interlocuteur qui who personne participant".split()
)
_WORDS = frozenset(
    "propos texte text verbatim transcription transcript intervention interventions paroles parole contenu content "
    "message words phrase utterance".split()
)
_CLOCK = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}[ T])?(?:(?P<hours>\d{1,3})[:h])?(?P<minutes>\d{1,2})[:hm](?P<seconds>\d{2})"
    r"(?P<rest>[.,]\d{1,6})?s?"
)
_HOUR_OF_DAY = re.compile(r"\d{1,2} ?[hH] ?\d{2}")
_SECONDS = re.compile(r"\d{1,8}(?:[.,]\d{1,6})?")
SURE = 0.8
"""Share of rows whose time can be read from which a column holds times."""
MILLISECONDS = 200
"""Median length of captions from which whole numbers are milliseconds, as Whisper writes them, and not seconds."""


def sniff(source: Source) -> bool:
    """Return whether it has columns of times and of words, and names or ends beside them."""
    return turns_of(tables_of(source)) is not None


def turns_of(tables: Sequence[Table]) -> Table | None:
    """Return the first of these tables that holds turns, as headed by its row of headings; None for none."""
    for table in tables:
        for headed in table.headed(1 if not table.sheet else 12):
            if is_turns(headed):
                return headed
    return None


def is_turns(table: Table) -> bool:
    """Return whether a table holds turns, by its headings and by the times of its first rows."""
    columns = _columns(table.headings)
    if not {"start", "words"} <= set(columns) or not {"end", "speaker"} & set(columns):
        return False
    cells = [row[columns["start"]].strip() for row in table.below if columns["start"] < len(row)]
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(bool(_is_time(cell)) for cell in filled) >= SURE * len(filled)


def read(source: Source) -> Reading:
    """Make one cue for each row that holds words."""
    table = turns_of(tables_of(source))
    if table is None:
        raise TranscriptError(
            _("this table has no column of times and no column of words that are known."),
            source.name,
            cure=_("Name its columns time, speaker and text."),
        )
    return read_table(table)


def read_table(table: Table) -> Reading:
    """As `read`, for a table whose row of headings is known."""
    columns = _columns(table.headings)
    reading = Reading()
    rows = body(table, reading)
    unit = _unit(columns, rows)
    before: int | None = None
    for row in rows:
        span = table.span(row)
        text = " ".join(words(_cell(row, columns, "words")).split())
        if not text:
            reading.ignore(N_("row without words"), span)
            continue
        start, end = (_milliseconds(_cell(row, columns, name), unit) for name in ("start", "end"))
        speaker = clean_label(name) if (name := _cell(row, columns, "speaker")) else None
        flags = () if speaker else ("no_speaker",)
        if start is not None and before is not None and start < before:
            flags = (*flags, "time_backwards")
        before = start if start is not None else before
        reading.cues.append(Cue(speaker=speaker, text=text, start=start, end=end, span=span, flags=flags))
    return reading


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Return the index of the column of times, ends, names and words; the first of each."""
    columns: dict[str, int] = {}
    kinds: Mapping[str, frozenset[str]] = {"start": _STARTS, "end": _ENDS, "speaker": _SPEAKERS, "words": _WORDS}
    for n, heading in enumerate(headings):
        for kind, names in kinds.items():
            if column_name(re.sub(r"\(.*?\)|·e|\.e", "", heading))[0] in names and kind not in columns:
                columns[kind] = n
                break
    return columns


def _cell(row: Row, columns: Mapping[str, int], name: str) -> str:
    return row.cells[columns[name]].strip() if name in columns and columns[name] < len(row.cells) else ""


def _is_time(cell: str) -> bool:
    return bool(_CLOCK.fullmatch(cell) or _HOUR_OF_DAY.fullmatch(cell) or _SECONDS.fullmatch(cell))


def _unit(columns: Mapping[str, int], rows: Sequence[Row]) -> int:
    """Return how many milliseconds a plain number counts."""
    lengths = []
    for row in rows:
        start, end = _cell(row, columns, "start"), _cell(row, columns, "end")
        if not (start.isascii() and start.isdecimal() and end.isascii() and end.isdecimal()):
            return 1000
        lengths.append(int(end[:12]) - int(start[:12]))
    return 1 if lengths and statistics.median(lengths) >= MILLISECONDS else 1000


def _milliseconds(cell: str, unit: int) -> int | None:
    if match := _CLOCK.fullmatch(cell):
        first = match["hours"]
        hours, minutes = (int(first), int(match["minutes"])) if first else (0, int(match["minutes"]))
        seconds = float(f"{match['seconds']}{(match['rest'] or '').replace(',', '.')}")
        if not first and "h" in cell.casefold():
            return (int(match["minutes"]) * 3600 + int(match["seconds"]) * 60) * 1000
        return round((hours * 3600 + minutes * 60 + seconds) * 1000)
    if match := _HOUR_OF_DAY.fullmatch(cell):
        hours, minutes = (int(piece) for piece in re.split("[hH]", cell))
        return (hours * 3600 + minutes * 60) * 1000
    return round(float(cell.replace(",", ".")) * unit) if _SECONDS.fullmatch(cell) else None
