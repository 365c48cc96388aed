"""Corrections as a YAML file beside the session, which a person can read, edit and send.

    title: "Réunion publique : la place du marché"
    date: 12 mars 2026
    place: Salle des fêtes
    moderators: ["Anne Le Goff"]     # [] where nobody moderates; looked for where this line is absent
    glossary:
      - write: Kergall
        heard: [Kergal, "quart gall"]
      - SIVOM                        # alone: it is written right, and used to propose corrections
    corrections:
      - replace: deux cents
        by: douze cents
        turns: [12, 14-16]           # everywhere when absent
      - rename: GT
        name: Guillaume Tatu
      - join: [G. Tatu, GT]
        name: Guillaume Tatu
      - assign: [20-24]              # these turns are another person's
        name: Mme Durand
        from: "mots exacts"          # with one turn: from these words on
      - leave_out: [30]
        words: "mots exacts"         # with one turn: these words alone
        reason: hors séance

Turns are those of the original session.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comparia.errors import InputError, told
from comparia.messages import gettext as _
from comparia.records import Assign, Correction, Corrections, Join, LeaveOut, Rename, Replace, Term
from comparia.text.yaml_lines import line_of, load_yaml, read_text

MOST_TURNS = 100_000
"""Highest number of a turn."""

_RANGE = re.compile(r"T?(\d{1,6})(?:\s*[-–]\s*T?(\d{1,6}))?", re.IGNORECASE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class _Replace(_Strict):
    replace: str = Field(min_length=1, max_length=1000)
    by: str = Field(max_length=1000)
    turns: list[str] = []


class _Rename(_Strict):
    rename: str = Field(min_length=1)
    name: str = Field(min_length=1, max_length=200)


class _Join(_Strict):
    join: list[str] = Field(min_length=1)
    name: str = Field(min_length=1, max_length=200)


class _Assign(_Strict):
    assign: list[str] = Field(min_length=1)
    name: str = Field("", max_length=200)
    words: str = Field("", alias="from")


class _LeaveOut(_Strict):
    leave_out: list[str] = Field(min_length=1)
    words: str = ""
    reason: str = Field("", max_length=500)


class _Term(_Strict):
    write: str = Field(min_length=1, max_length=200)
    heard: list[str] = []


class _File(_Strict):
    title: str = Field("", max_length=300)
    date: Any = ""
    place: str = Field("", max_length=300)
    moderators: list[str] | None = None
    glossary: list[Any] = []
    corrections: list[Any] = []


_SHAPES: dict[str, type[_Replace | _Rename | _Join | _Assign | _LeaveOut]] = {
    "replace": _Replace,
    "rename": _Rename,
    "join": _Join,
    "assign": _Assign,
    "leave_out": _LeaveOut,
}


def load(path: Path) -> Corrections:
    """Read a file of corrections. Raises InputError, with the line at fault."""
    return parse(read_text(path, InputError), path.as_posix())


def parse(text: str, file: str = "corrections.yaml") -> Corrections:
    """Read corrections from their text. Raises InputError, with the line at fault."""
    document = load_yaml(text, file, InputError) or {}
    content = _validated(_File, document, file, document, [])
    date = content.date
    return Corrections(
        title=content.title.strip(),
        date=str(date).strip()[:60] if isinstance(date, str | int | datetime.date) else "",
        place=content.place.strip(),
        moderators=tuple(content.moderators or ()),
        nobody_moderates=content.moderators == [],
        glossary=tuple(_term(item, file, document, ["glossary", n]) for n, item in enumerate(content.glossary)),
        corrections=tuple(
            _correction(item, file, document, ["corrections", n]) for n, item in enumerate(content.corrections)
        ),
    )


def to_yaml(corrections: Corrections) -> str:
    """Return corrections as YAML that `parse` reads back to equal ones."""
    from ruamel.yaml import YAML

    written: dict[str, Any] = {
        name: value for name in ("title", "date", "place") if (value := getattr(corrections, name))
    }
    if corrections.moderators or corrections.nobody_moderates:
        written["moderators"] = list(corrections.moderators)
    if corrections.glossary:
        written["glossary"] = [
            {"write": term.write, "heard": list(term.heard)} if term.heard else term.write
            for term in corrections.glossary
        ]
    if corrections.corrections:
        written["corrections"] = [_written(correction) for correction in corrections.corrections]
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_unicode = True
    yaml.width = 2**30
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(written, out)
    return out.getvalue() if written else ""


def _written(correction: Correction) -> dict[str, Any]:
    match correction:
        case Replace(words=words, by=by, turns=turns):
            return {"replace": words, "by": by, **({"turns": numbers_text(turns)} if turns else {})}
        case Rename(speaker=speaker, name=name):
            return {"rename": speaker, "name": name}
        case Join(speakers=speakers, name=name):
            return {"join": list(speakers), "name": name}
        case Assign(turns=turns, name=name, words=words):
            return {"assign": numbers_text(turns), "name": name, **({"from": words} if words else {})}
        case LeaveOut(turns=turns, words=words, reason=reason):
            told = {"words": words, "reason": reason}
            return {"leave_out": numbers_text(turns), **{key: value for key, value in told.items() if value}}


def numbers_text(turns: Sequence[int]) -> list[int | str]:
    """Return numbers of turns in short: `[3, "7-9"]`."""
    spans: list[list[int]] = []
    for turn in turns:
        if spans and turn == spans[-1][1] + 1:
            spans[-1][1] = turn
        else:
            spans.append([turn, turn])
    return [first if first == last else f"{first}-{last}" for first, last in spans]


def turn_numbers(items: Sequence[str]) -> tuple[int, ...]:
    """Return the turns that numbers and ranges name (`12`, `T14`, `20-24`). Raises ValueError, with the wrong one."""
    numbers: list[int] = []
    for item in items:
        match = _RANGE.fullmatch(item.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= MOST_TURNS:
            raise ValueError(item)
        numbers += range(first, last + 1)
    return tuple(dict.fromkeys(numbers))


def _term(item: Any, file: str, document: Any, place: list[str | int]) -> Term:
    if isinstance(item, str | int | float):
        return Term(write=str(item))
    term = _validated(_Term, item, file, document, place)
    return Term(write=term.write, heard=tuple(filter(None, map(str.strip, term.heard))))


def _correction(item: Any, file: str, document: Any, place: list[str | int]) -> Correction:
    kind = next((name for name in _SHAPES if isinstance(item, dict) and name in item), "")
    if not kind:
        message = _("a correction begins with one of {names}.").format(names=", ".join(_SHAPES))
        raise InputError(message, file, line_of(document, place))
    shape = _validated(_SHAPES[kind], item, file, document, place)
    try:
        match shape:
            case _Replace():
                return Replace(words=shape.replace, by=shape.by, turns=turn_numbers(shape.turns))
            case _Rename():
                return Rename(speaker=shape.rename, name=shape.name)
            case _Join():
                return Join(speakers=tuple(shape.join), name=shape.name)
            case _Assign():
                return Assign(turns=turn_numbers(shape.assign), name=shape.name, words=shape.words)
            case _:
                turns = turn_numbers(shape.leave_out)
                return LeaveOut(turns=turns, words=shape.words, reason=shape.reason)
    except ValueError as error:
        message = _("“{text}” is no turn, and no range of turns.").format(text=str(error)[:40])
        cure = _("Write 12, or 12-15.")
        raise InputError(message, file, line_of(document, place), cure) from error


_Shape = TypeVar("_Shape", bound=BaseModel)


def _validated(shape: type[_Shape], item: Any, file: str, document: Any, place: list[str | int]) -> _Shape:
    try:
        return shape.model_validate(item)
    except ValidationError as error:
        # A word misspelt is both unknown and missing: the unknown one is what a person sees.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        within = [part for part in first["loc"] if isinstance(part, str | int)]
        raise InputError(
            _("{field}: {problem}.").format(field=".".join(map(str, [*place, *within])) or "-", problem=told(first)),
            file,
            line_of(document, [*place, *within]) or line_of(document, place),
        ) from error
