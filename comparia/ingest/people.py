"""A table of people beside a session: who they are (age, district, role), kept with the speakers, sent to no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparia.errors import TranscriptError
from comparia.ingest import spreadsheet
from comparia.ingest.source import MAX_BYTES, Reading, Source
from comparia.ingest.speakers import clean_label, identity
from comparia.ingest.survey import attribute_name, named_role
from comparia.ingest.tables import Row, Table, body, column_name, plain, tables_of
from comparia.messages import gettext as _
from comparia.records import Notice, Transcript

LONGEST_VALUE = 80
"""Characters beyond which a cell tells of one person, and makes no group."""

MOST_PEOPLE = 20_000
"""Rows beyond which a table is refused."""


@dataclass(frozen=True)
class People:
    """A table of people."""

    file: str
    """Name of its file."""
    attributes: Mapping[str, Mapping[str, str]]
    """Attributes of each person, by identity of the name."""
    names: Mapping[str, str]
    """Name of each person as written, by identity."""
    private: tuple[str, ...]
    """Headings left out: contacts, ids, and texts about one person."""


def read_people(path: str | Path) -> People:
    """Read a table of people: a column of names, or first and last names; every other column is an attribute.

    Contacts, ids and long texts are left out.

    Raises:
        TranscriptError: it cannot be read, or no column holds names.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            limit = MAX_BYTES // 1_000_000
            raise TranscriptError(_("this file is larger than {limit} MB.").format(limit=limit), path)
        data = path.read_bytes()
    except OSError as error:
        raise TranscriptError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    return read_people_bytes(data, path.name)


def read_people_bytes(data: bytes, name: str) -> People:
    """Read a table already in memory, as `read_people` does."""
    source = Source.decode(data, name, None)
    for table in spreadsheet.tables_in(source) if source.container == "zip" else tables_of(source):
        roles = _roles(table)
        if "name" in roles or "last" in roles:
            return _people(table, roles, body(table, Reading()), name)
    raise TranscriptError(
        _("no column of this table holds names."), name, cure=_("Head one column “name”, as the session names people.")
    )


def people_of(attributes: Mapping[str, Mapping[str, str]]) -> People:
    """Return people from their attributes by name, as they were kept."""
    names = {identity(name): name for name in attributes}
    return People("", {identity(name): told for name, told in attributes.items()}, names, ())


def with_people(transcript: Transcript, people: People) -> Transcript:
    """Return a session whose speakers have the attributes of a table; who is not in it keeps their own.

    Its id is another. People of the table who say nothing are told.
    """
    met: set[str] = set()
    speakers = []
    for speaker in transcript.speakers:
        keys = [key for key in map(identity, (speaker.name, *speaker.labels)) if key in people.attributes]
        met.update(keys)
        known = {key: value for name in reversed(keys) for key, value in people.attributes[name].items()}
        speakers.append(speaker.model_copy(update={"attributes": {**speaker.attributes, **known}}))
    notices = list(transcript.notices)
    absent = tuple(name for key, name in people.names.items() if key not in met)
    if absent:
        values = {"n": len(absent), "labels": absent[:8]}
        notices.append(Notice(code="people_absent", values=values, file=people.file))
    if people.private:
        notices.append(Notice(code="people_private", values={"tiers": people.private}, file=people.file))
    known_people = transcript.model_copy(update={"speakers": tuple(speakers), "notices": tuple(notices)})
    return known_people.model_copy(update={"id": known_people.content_id})


def _roles(table: Table) -> list[str]:
    headings = table.headings
    roles: list[str] = []
    for n, heading in enumerate(headings):
        values = [cells[n].strip() for cells in table.below if n < len(cells) and cells[n].strip()]
        name = column_name(heading)[0]
        role = named_role(name, plain(heading), heading, values) or ("attribute" if heading.strip() else "empty")
        if role == "technical":
            role = "private"
        roles.append("name" if name in ("person", "personne", "speaker", "intervenant", "participant") else role)
    return roles


def _people(table: Table, roles: Sequence[str], rows: Sequence[Row], file: str) -> People:
    if len(rows) > MOST_PEOPLE:
        raise TranscriptError(_("more than {limit} rows.").format(limit=MOST_PEOPLE), file)
    headings = table.headings

    def cells(row: Row, role: str) -> list[str]:
        return [row.cells[n].strip() for n, known in enumerate(roles) if known == role and n < len(row.cells)]

    long = {
        n
        for n, role in enumerate(roles)
        if role == "attribute" and any(n < len(row.cells) and len(row.cells[n]) > LONGEST_VALUE for row in rows)
    }
    attributes: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for row in rows:
        name = clean_label(" ".join([*cells(row, "first"), *(cells(row, "name") or cells(row, "last"))][:2]).strip())
        if not name:
            continue
        key = identity(name)
        if key in names:
            place = row.lines[0] if row.lines else row.number
            raise TranscriptError(_("{name} stands twice in this table.").format(name=name), file, place)
        names[key] = name
        attributes[key] = {
            attribute_name(" ".join(headings[n].split())): " ".join(row.cells[n].split())
            for n, role in enumerate(roles)
            if role == "attribute" and n not in long and n < len(row.cells) and row.cells[n].strip()
        }
    private = [headings[n] for n, role in enumerate(roles) if role in ("private", "id") or n in long]
    return People(file, attributes, names, tuple(filter(None, private)))
