"""Files that a page gives: their names, made from the title of the session, what the file is, and the date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from comparia.messages import N_, day_as_given
from comparia.messages import gettext as _
from comparia.records import Transcript
from comparia.reports.markdown import slug

LONGEST_TITLE = 80
"""Characters of a title in the name of a file; the whole stays under the 255 bytes of every file system."""

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
"""What Windows takes in no name."""

_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
"""Names that Windows keeps for its devices."""

_REPORTS: Mapping[str, str] = {
    "docx": N_("document"),
    "odt": N_("document"),
    "svg": N_("figure"),
    "png": N_("figure"),
    "public": N_("page to publish"),
    "poster": N_("poster"),
    "poster-png": N_("poster"),
    "csv": N_("scores"),
    "parquet": N_("scores"),
    "groups": N_("points by group"),
    "votes": N_("votes"),
    "votes-parquet": N_("votes"),
}
"""What a report is, by its format; others are the comparison."""


def what_of(report: str) -> str:
    """Return what a report is, by the name of its format."""
    return _(_REPORTS[report]) if report in _REPORTS else _("comparison")


def download_name(what: str, suffix: str, title: str = "", date: str | datetime = "") -> str:
    """Return the name of a file, in the reader's language: `Our evening – poster – 14 March 2026.svg`.

    Every system takes it, Windows too.

    Args:
        what: what the file is.
        suffix: of the file, without a dot.
        title: of the session; empty where it may not be told.
        date: of the session or of what was done with it: a day (ISO 8601), or as it was given; empty for none.
    """
    day = date.date().isoformat() if isinstance(date, datetime) else date
    stem = " – ".join(filter(None, map(_clean, (title, what, day_as_given(day)))))
    return f"{'_' if _RESERVED.match(stem) else ''}{stem or 'comparia'}.{suffix}"


def session_file(what: str, suffix: str, session: Transcript) -> str:
    """Return the name of a file of a session: its title, what the file is, its date."""
    return download_name(what, suffix, session.title, session.date or "")


def _clean(text: str) -> str:
    plain = re.sub(r"\s+", " ", _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", text)))
    return plain[:LONGEST_TITLE].strip(" .")


def headers_of(media_type: str, name: str) -> dict[str, str]:
    """Return the headers of a download: its name, and the same without accents for old browsers (RFC 6266)."""
    stem, dot, suffix = name.rpartition(".")
    plain = f"{slug(stem.replace('’', ' '))}{dot}{suffix}"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-type": media_type, "content-disposition": disposition}


def file_of(content: bytes | str, media_type: str, name: str, **more: Any) -> Response:
    """Return a download under this name, which `download_name` or `session_file` made."""
    return Response(content, headers=headers_of(media_type, name), **more)
