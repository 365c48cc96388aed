"""The words people read, in French or in English.

Messages are written in English in the code and translated by the standard `gettext` catalogues under `locale/`. The
language is a property of the reader (a terminal, a request, a report), so it lives in a context variable.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")


def preferred_language(environ: Mapping[str, str] = os.environ) -> Language:
    """The reader's language from `COMPARIA_LANG`, then the locale variables in POSIX order.

    A machine that names French reads French; one that names another language, or none (unset, `C`, `POSIX`), reads
    English.
    """
    for variable in ("COMPARIA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        named = environ.get(variable, "").split(".")[0].split("@")[0].replace("_", "-").lower()
        if named and named not in ("c", "posix"):
            return "fr" if named.split("-")[0] == "fr" else "en"
    return "en"


_language: ContextVar[Language | None] = ContextVar("comparia_language", default=None)


def language() -> Language:
    """The language of the present reader."""
    return _language.get() or preferred_language()


def use_language(chosen: Language) -> None:
    """Speak `chosen` from here on in this context."""
    _language.set(chosen)


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak `chosen` inside the block only."""
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(chosen: Language) -> _gettext.NullTranslations:
    folder = Path(__file__).parent / "locale"
    return _gettext.translation("comparia", folder, languages=[chosen], fallback=True)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a message that is translated when it is shown."""
    return message


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - as N_, for one thing and for several
    """Mark two messages, for one thing and for several, of which `ngettext` translates one when it is shown."""
    return singular, plural


def gettext(message: str) -> str:
    """`message` in the reader's language."""
    return _catalogue(language()).gettext(message)


class Sentence(str):
    """A message in the reader's language, which knows what it says: it can be said again in another language.

    Kept with what a person reads later (`records.Reason`); everywhere else it is a text like any other.
    """

    __slots__ = ("template", "values")

    template: str
    """The message, in English, with its fields."""
    values: Mapping[str, str]
    """What stands in its fields."""

    @classmethod
    def of(cls, template: str, values: Mapping[str, str] | None = None) -> Sentence:
        """Return a message in the reader's language, with values in its fields."""
        said = gettext(template)
        sentence = cls(said.format(**values) if values else said)
        sentence.template, sentence.values = template, values or {}
        return sentence

    def format(self, *_places: object, **values: object) -> Sentence:
        """Return the message with values in its fields."""
        return Sentence.of(self.template, {name: str(value) for name, value in values.items()})


def sentence(message: str) -> Sentence:
    """`message` in the reader's language, as a `Sentence`; modules whose messages are kept import it as `_`."""
    return Sentence.of(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """`singular` or `plural` for `n` things, in the reader's language."""
    return _catalogue(language()).ngettext(singular, plural, n)


def cached_by_language(words_of: Callable[[str], str]) -> Callable[[str], str]:
    """Return a function that looks the words of a code up once in each language; a page asks a thousand times."""
    cached = lru_cache(maxsize=512)(lambda _language, code: words_of(code))

    @wraps(words_of)
    def look_up(code: str) -> str:
        return cached(language(), code)

    return look_up


def number(value: float, decimals: int = 0) -> str:
    """`value` as the reader writes numbers: `12 345,6` in French (narrow no-break space), `12,345.6` in English."""
    written = f"{value:,.{decimals}f}".replace("-", "\u2212")
    if language() == "en":
        return written
    return written.replace(",", "\u202f").replace(".", ",")


def percent(share: float, decimals: int = 0) -> str:
    """A share in [0, 1] as the reader writes it: `12 %` in French (narrow no-break space), `12%` in English."""
    return number(100 * share, decimals) + ("\u202f%" if language() == "fr" else "%")


def labelled(label: str, text: str) -> str:
    """`label: text` with the colon as the reader writes it."""
    return f"{label}\u00a0: {text}" if language() == "fr" else f"{label}: {text}"


def moment(value: datetime | str) -> str:
    """A moment on this machine's clock, to the minute: `26 novembre 2026, 16:21`, `26 November 2026, 16:21`."""
    there = _there(value)
    return f"{day(there.date().isoformat())}, {there:%H:%M}"


def moment_in_utc(value: datetime) -> str:
    """The same moment for readers on any machine, as files tell it: `26 November 2026, 15:21 UTC`."""
    there = value.astimezone(UTC)
    return f"{day(there.date().isoformat())}, {there:%H:%M} UTC"


def short_moment(value: datetime | str) -> str:
    """The same moment as `moment` in little place, as tables of the terminal tell it: `2026-11-26 16:21`."""
    return f"{_there(value):%Y-%m-%d %H:%M}"


def _there(value: datetime | str) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone()


_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def day(value: str) -> str:
    """Return a day (ISO 8601) as people write it: `28 novembre 2026` in French, `28 November 2026` in English."""
    there = date.fromisoformat(value)
    number = "1er" if there.day == 1 and language() == "fr" else str(there.day)
    return f"{number} {_MONTHS[language()][there.month - 1]} {there.year}"


def day_as_given(value: str) -> str:
    """Return the date of a session as people write it; as it was given where it is no day."""
    try:
        return day(value)
    except ValueError:
        return value


def clock(seconds: float) -> str:
    """A moment of a recording, as players show it: `0:14:05`."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def duration(seconds: float) -> str:
    """A length of time for people: `45 s`, `12 min`, `1 h 05`."""
    if seconds < 90:
        return number(seconds, 1 if seconds < 10 else 0) + "\u00a0s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}\u00a0min"
    return f"{minutes // 60}\u00a0h\u00a0{minutes % 60:02d}"
