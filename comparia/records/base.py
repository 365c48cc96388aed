"""What every record shares: frozen, refused when it holds an unknown field, hashed by its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from comparia.messages import Sentence

Zone = Literal["local", "fr", "eu", "world"]

ZONES: tuple[Zone, ...] = ("local", "fr", "eu", "world")


def content_id(prefix: str, content: Any) -> str:
    """A short content hash: `prefix_` and the first 16 hex digits of the SHA-256 of canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{prefix}_{hashlib.sha256(canonical.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def token_digest(token: str) -> str:
    """Return the SHA-256 of a random token, in hexadecimal: what is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def now() -> datetime:
    """The present moment, UTC, to the millisecond (what every database keeps)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


_set = object.__setattr__


class Record(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def unchecked(cls, values: dict[str, Any], given: set[str]) -> Self:
        """Make a record without checking its values, where tens of thousands are made of values whose types are known.

        Args:
            values: the value of every field, in the order of their declaration; the record keeps this very mapping.
            given: names of the fields that are not left to their default; records may share this set.
        """
        record = cls.__new__(cls)
        _set(record, "__dict__", values)
        _set(record, "__pydantic_fields_set__", given)
        _set(record, "__pydantic_extra__", None)
        _set(record, "__pydantic_private__", None)
        return record

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Give each field in short: what was said in a session, or written of it, stands in no log and no message."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value not in (None, "", ()):
                yield name, _in_short(name, value)

    def __str__(self) -> str:
        return repr(self)


class _Short(str):
    """A text that is its own representation."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_TEXTS = frozenset(
    (
        "text",
        "words",
        "summary",
        "content",
        "sentence",
        "quotation",
        "exact",
        "about",
        "note",
        "original",
        "system",
        "before",
        "after",
    )
)

"""Fields that hold what was said or written, short or not."""

_LONGEST_SHOWN = 80

"""Characters of the longest value that is shown whole."""


def _in_short(name: str, value: Any) -> Any:
    if isinstance(value, str):
        hidden = name in _TEXTS or len(value) > _LONGEST_SHOWN
        return _Short(f"<{len(value)} characters>") if hidden else value
    if isinstance(value, tuple | list | Mapping) and not (
        isinstance(value, tuple) and all(isinstance(item, int | float) or item is None for item in value)
    ):
        return _Short(f"<{len(value)}>")
    if isinstance(value, Record):
        return _Short(f"{type(value).__name__}(...)")
    return value


class Reason(Record):
    """A message by what it says: its template in English, and its fields' values. Wording is `reports/`' business."""

    template: str
    """The message, in English, with its fields; a server's own words where it has none."""
    values: Mapping[str, str] = {}
    """What stands in its fields."""

    @classmethod
    def of(cls, text: str) -> Reason:
        """Return what a text says; a text that is no message of ours stands for itself."""
        if isinstance(text, Sentence):
            return cls(template=text.template, values=dict(text.values))
        return cls(template=text)

    def __str__(self) -> str:
        """Return what it says, in English."""
        return self.template.format(**self.values) if self.values else self.template
