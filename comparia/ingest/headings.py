"""The title and the date of a session, proposed from the name of its file and from its first lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import PurePath
from typing import NamedTuple

from comparia.errors import TranscriptError
from comparia.ingest import document
from comparia.ingest.source import Source
from comparia.text.dates import iso_date
from comparia.text.words import fold, strip_accents

MOST_LINES = 6
"""Lines that are not blank, at the beginning of a file, among which a title and a date are looked for."""
LONGEST = 160
"""Characters of the longest line that is taken for a title."""

_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-_. ]?)(?P<month>\d\d)(?P=mark)(?P<day>\d\d)(?!\d)"
    r"(?:[-_ T]\d{4}(?:\d\d)?(?!\d))?"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?P<mark>[-_. ])(?P<month>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?!\d)"
)
_OF_TOOLS = re.compile(
    r"\b(?:gmt|meeting recording|meeting transcript|enregistrement de la réunion|transcription de la réunion"
    r"|recording|transcript(?:ion)?|captions?|sous-titres)\b|\(\d+\)|\b(?:copie|copy)\b",
    re.IGNORECASE,
)
"""Words that tools put into the name of a file, beside the title."""
_FIELD = re.compile(
    r"^[*_]*(?:(?P<title>titre|title|objet|réunion|meeting|séance|session)|(?P<date>date|jour|day))[*_]*"
    r"[ \u00a0\u202f]?:[ \u00a0\u202f]*[*_]*(?P<value>\S.*)$",
    re.IGNORECASE,
)
_MEETING = re.compile(
    r"(?:[^\W\d_]+ ){0,2}(?:reunion|conseil|atelier|seance|enquete|webinaire|concertation|debat|assemblee|permanence"
    r"|meeting|council|workshop|webinar|hearing|inquiry|forum|panel|assembly)\b"
)
_SEPARATORS = re.compile(r"[\s_]+")


class Heading(NamedTuple):
    """What a file says of its session, for a person to correct."""

    title: str
    """Its title; empty where the file says none."""
    date: str
    """Its date, ISO 8601 (`2026-10-08`); empty where the file says none."""


def proposed_heading(files: Sequence[tuple[str, bytes]]) -> Heading:
    """Return the title and the date that files propose for their session.

    The first lines of the first file come before its name. A title there is a heading, a line `Title: …`, or a short
    line that tells of a meeting or stands above a date. In a name, `2026-10-08`, `08-10-2026` and `20261008` are dates.

    Args:
        files: name and content of each, speech first.
    """
    if not files:
        return Heading("", "")
    above = _of_lines(*files[0])
    named = [_of_name(name) for name, _content in files]
    return Heading(above.title or named[0].title, above.date or next((one.date for one in named if one.date), ""))


def _of_name(name: str) -> Heading:
    stem = PurePath(name).stem
    day = ""
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        for found in pattern.finditer(stem):
            try:
                day = date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
            except ValueError:
                continue
            stem = f"{stem[: found.start()]} {stem[found.end() :]}"
            break
        if day:
            break
    day = day or iso_date(_SEPARATORS.sub(" ", stem))
    bare = _SEPARATORS.sub(" ", _OF_TOOLS.sub(" ", _SEPARATORS.sub(" ", stem).replace(".", " "))).strip(" -–—.,")
    return Heading(bare if sum(map(str.isalpha, bare)) > 2 else "", day)


def _of_lines(name: str, content: bytes) -> Heading:
    """Return what the first lines of a text or of a word-processor document say of the session."""
    lines = _first_lines(name, content)
    title = day = ""
    for n, (line, is_heading) in enumerate(lines):
        if len(line) > LONGEST:
            break
        field = _FIELD.match(line)
        if field and field["date"]:
            day = day or iso_date(field["value"])
        elif field:
            title = title or field["value"].strip(" *_")
        elif _speaks(line) and not (is_heading or _tells_of_a_meeting(line)):
            break
        else:
            below = lines[n + 1][0] if n + 1 < len(lines) else ""
            is_dated = bool(iso_date(below)) and len(below) <= LONGEST and not iso_date(line)
            if not title and (is_heading or is_dated or _tells_of_a_meeting(line)):
                title = line
            day = day or iso_date(line)
    return Heading(title.strip(" *_#"), day)


def _first_lines(name: str, content: bytes) -> list[tuple[str, bool]]:
    """Return the first lines of a file that are not blank, each with whether it is a heading; none of other files."""
    if not name.casefold().endswith((".txt", ".md", ".docx", ".odt")):
        return []
    try:
        source = Source.decode(content, name, None)
        if source.container:
            paragraphs = document.open_document(source).paragraphs
            found = ((line, paragraph.heading) for paragraph in paragraphs for line in paragraph.lines)
        else:
            stripped = (line.strip() for line in source.lines)
            found = ((line.lstrip("# "), line.startswith("#")) for line in stripped if line.strip("-# "))
        return list(islice(found, MOST_LINES))
    except TranscriptError:
        return []


def _tells_of_a_meeting(line: str) -> bool:
    """Return whether a line begins as the title of a meeting does (`Conseil municipal du…`), and is no sentence."""
    return bool(_MEETING.match(strip_accents(fold(line)))) and line[-1] not in ".!?"


def _speaks(line: str) -> bool:
    """Return whether a line seems to be said by somebody: a name and a colon, a clock, or a sentence that ends."""
    return bool(re.match(r"^\W*(?:\d{1,2}:\d{2}|[^:]{1,60}[ \u00a0\u202f]?:[ \u00a0\u202f])", line)) or line.endswith(
        "?"
    )
