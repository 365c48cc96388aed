"""Dates as people write them, in French and in English."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_MONTHS = {
    name: number
    for names in (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), start=1)
}
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)")
_SLASHES = re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>\d{4})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(?P<day>\d{1,2})(?:er|st|nd|rd|th)? (?P<month>[a-z]+),? (?P<year>\d{4})(?!\d)")
_MONTH_FIRST = re.compile(r"\b(?P<month>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})(?!\d)")


def iso_date(text: str) -> str:
    """Return the first day that a text names, as ISO 8601 (`2026-03-14`); empty where it names none.

    It reads `2026-03-14`, `14/03/2026` (the day first), `14 mars 2026`, `14 March 2026` and `March 14, 2026`.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = " ".join("".join(character for character in apart if not unicodedata.combining(character)).split())
    for pattern in (_ISO, _SLASHES, _DAY_FIRST, _MONTH_FIRST):
        for match in pattern.finditer(plain):
            month = match["month"]
            number = int(month) if month.isdecimal() else _MONTHS.get(month, 0)
            try:
                return date(int(match["year"]), number, int(match["day"])).isoformat()
            except ValueError:
                continue
    return ""
