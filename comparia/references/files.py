"""Reading of references from YAML files, which a facilitator can read and edit.

    title: "Réunion publique : la place du marché"
    language: fr
    status: reviewed            # or suggested
    reviewed_by: "Prénom Nom"
    suggested_by: offline       # optional: offline, recaps, votes, or a model's name
    minority_threshold: 0.2     # highest share of the voices that makes a minority view
    moderators: ["Prénom Nom"]  # they hold no view
    key_points:
      - id: P01
        topic: "stationnement"
        text: "Une phrase qui dit le point, avec les mots de qui analyse."
        kind: view              # or fact, decision, action, question: only views are minority views
        minority: true          # optional: a person's mark, which wins over the threshold
        said:
          - turn: 42            # optional: found by the quote when absent
            speaker: "Prénom Nom"
            quote: "les mots exacts d’un tour"

The holders of a point are computed from the turns that are quoted; the file does not state them.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comparia.errors import ReferenceFileError, told
from comparia.messages import gettext as _
from comparia.records import KeyPoint, Origin, PointKind, Quote, Reference, Transcript, Turn, content_id
from comparia.text.quotes import fragments, normalise, stand_in

MAX_BYTES = 5_000_000


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    quote: str = Field(min_length=1)
    speaker: str | None = None
    turn: int | None = None


class _KeyPoint(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1)
    topic: str = ""
    kind: PointKind = "view"
    minority: bool | None = None
    said: list[_Said] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    title: str = ""
    date: Any = ""
    place: str = ""
    language: Literal["fr", "en"] = "fr"
    status: Origin = "suggested"
    reviewed_by: str = ""
    suggested_by: str = ""
    minority_threshold: float = Field(0.2, gt=0, le=1)
    moderators: list[str] = []
    key_points: list[_KeyPoint] = Field(min_length=1)


def beside(transcript_file: Path) -> Path | None:
    """Return the reference file in the folder of a transcript, or None.

    For `NAME.vtt` it is `NAME.reference.yaml`, else `reference.yaml`.
    """
    for name in (f"{transcript_file.stem}.reference.yaml", "reference.yaml"):
        candidate = transcript_file.with_name(name)
        if candidate.is_file():
            return candidate
    return None


_SESSION_SUFFIXES = frozenset((".txt", ".vtt", ".srt", ".json", ".csv", ".docx", ".odt", ".pdf", ".md"))
MOST_NAMED = 3
"""Most files that `not_given` returns."""


def not_given(reference: Path, given: Sequence[Path]) -> list[Path]:
    """Return files beside a reference that may belong to its session and were not given, chats first."""
    known = {path.resolve() for path in given}
    beside_it = [
        path
        for path in sorted(reference.parent.iterdir())
        if path.suffix.lower() in _SESSION_SUFFIXES and path.is_file() and path.resolve() not in known
    ]
    return sorted(beside_it, key=lambda path: "chat" not in path.name.lower())[:MOST_NAMED]


def load(path: Path, transcript: Transcript) -> Reference:
    """Read a reference file and tie its quotes to the turns of `transcript`.

    Raises:
        ReferenceFileError: the file cannot be read or has another shape, or nobody said a quote; it gives the line.
    """
    return parse(_text(path), transcript, path.as_posix())


def titled(path: Path, transcript: Transcript) -> Transcript:
    """Return a copy of a session with the title of its reference file, and its date where the session has none.

    Raises:
        ReferenceFileError: the file cannot be read or has another shape.
    """
    content, _document = _content(_text(path), path.as_posix())
    title = "".join(ch for ch in content.title if unicodedata.category(ch)[0] != "C").strip()[:300]
    date = str(content.date).strip()[:60] if isinstance(content.date, str | int | datetime.date) else ""
    return transcript.model_copy(update={"title": title or transcript.title, "date": transcript.date or date})


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ReferenceFileError(_("too large for a reference."), path)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReferenceFileError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    except UnicodeDecodeError as error:
        raise ReferenceFileError(_("a reference must be UTF-8."), path) from error
    return text


def parse(text: str, transcript: Transcript, file: str = "reference") -> Reference:
    """Read a reference from its text. Raises ReferenceFileError, with the line at fault."""
    content, document = _content(text, file)
    points = []
    seen: set[str] = set()
    for n, point in enumerate(content.key_points):
        line = _line_of(document, ["key_points", n])
        if point.id in seen:
            raise ReferenceFileError(_("the id {id} is given twice.").format(id=point.id), file, line)
        seen.add(point.id)
        said = []
        for m, item in enumerate(point.said):
            said.append(_located(item, transcript, file, _line_of(document, ["key_points", n, "said", m])))
        points.append(
            KeyPoint(
                id=point.id,
                text=" ".join(point.text.split()),
                topic=point.topic,
                kind=point.kind,
                minority=point.minority,
                said=tuple(said),
            )
        )
    moderators = tuple(
        speaker_named(name, transcript, file, _line_of(document, ["moderators"])) for name in content.moderators
    )
    voices = [s for s in transcript.speakers if s.kind != "machine" and s.words and s.id not in moderators]
    body = [content.minority_threshold, moderators, [point.model_dump() for point in points]]
    return Reference(
        id=content_id("rf", body),
        origin=content.status,
        reviewed_by=content.reviewed_by,
        suggested_by=content.suggested_by,
        language=content.language,
        moderators=moderators,
        minority_threshold=content.minority_threshold,
        voices=len(voices),
        key_points=tuple(points),
    )


def locate(quote: str, transcript: Transcript, *, speaker: str | None = None, turn: int | None = None) -> Turn | None:
    """Return the first turn that holds `quote`, or None.

    Texts are normalised; the pieces of the quote between ellipses must be in the turn, in order.

    Args:
        quote: the words.
        transcript: the session.
        speaker: id of the speaker of the turn, if given.
        turn: number of the turn, if given.
    """
    pieces = fragments(quote)
    for candidate in transcript.turns:
        if candidate.channel == "system":
            continue
        if turn is not None and candidate.number != turn:
            continue
        if speaker is not None and candidate.speaker != speaker:
            continue
        if stand_in(pieces, normalise(candidate.text)):
            return candidate
    return None


def _content(text: str, file: str) -> tuple[_File, Any]:
    """Return the content of a reference file, and its YAML document, which holds line numbers for errors."""
    document = _yaml(text, file)
    try:
        content = _File.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = [part for part in first["loc"] if isinstance(part, str | int)]
        raise ReferenceFileError(
            _("{field}: {problem}.").format(field=".".join(map(str, place)) or "-", problem=told(first)),
            file,
            _line_of(document, place),
        ) from error
    return content, document


def _located(item: _Said, transcript: Transcript, file: str, line: int | None) -> Quote:
    speaker = speaker_named(item.speaker, transcript, file, line) if item.speaker else None
    found = locate(item.quote, transcript, speaker=speaker, turn=item.turn) or (
        locate(item.quote, transcript, speaker=speaker) if item.turn is not None else None
    )
    if found is None:
        message = _("nobody said this quotation: « {quote} »").format(quote=item.quote[:80])
        if item.speaker:
            message = _("{name} did not say this quotation: « {quote} »").format(
                name=item.speaker, quote=item.quote[:80]
            )
        raise ReferenceFileError(message, file, line, _("Copy the words exactly from one turn."))
    return Quote(turn=found.number, speaker=found.speaker or "", words=item.quote)


def speaker_named(name: str, transcript: Transcript, file: str = "", line: int | None = None) -> str:
    """Return the id of the speaker with this id, name or label. Raises ReferenceFileError, which lists the names."""
    wanted = normalise(name)
    for speaker in transcript.speakers:
        if name == speaker.id or wanted in {normalise(speaker.name), *map(normalise, speaker.labels)}:
            return speaker.id
    raise ReferenceFileError(
        _("nobody in the transcript is named {name}.").format(name=name),
        file,
        line,
        _("Speakers: {names}.").format(names=", ".join(s.name for s in transcript.speakers[:30])),
    )


def _yaml(text: str, file: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ReferenceFileError(_("not valid YAML ({error}).").format(error=error.problem), file, line) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ReferenceFileError(_("not valid YAML ({error}).").format(error=type(error).__name__), file) from error


def _line_of(document: Any, place: list[Any]) -> int | None:
    line: int | None = None
    node = document
    for part in place:
        marks = getattr(node, "lc", None)
        try:
            if marks is not None and marks.data and part in marks.data:
                line = marks.data[part][0] + 1
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
    return line
