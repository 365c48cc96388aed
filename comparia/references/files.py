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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comparia.errors import ReferenceFileError, told
from comparia.messages import gettext as _
from comparia.records import KeyPoint, Origin, PointKind, Quote, Reference, Transcript, Turn, reference_id, voices_of
from comparia.text.quotes import fragments, normalise, stand_in
from comparia.text.yaml_lines import line_of, load_yaml, read_text


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


Forms = Callable[[str], Sequence[str]]
"""Returns the words of a quotation as they may stand in a session that was corrected, the likeliest first."""


def load(path: Path, transcript: Transcript) -> Reference:
    """Read a reference file and tie its quotes to the turns of `transcript`.

    Raises:
        ReferenceFileError: the file cannot be read or has another shape, or nobody said a quote; it gives the line.
    """
    return parse(read_text(path, ReferenceFileError), transcript, path.as_posix())


def titled(path: Path, transcript: Transcript) -> Transcript:
    """Return a copy of a session with the title of its reference file, and its date where the session has none.

    Raises:
        ReferenceFileError: the file cannot be read or has another shape.
    """
    content, _document = _content(read_text(path, ReferenceFileError), path.as_posix())
    title = "".join(ch for ch in content.title if unicodedata.category(ch)[0] != "C").strip()[:300]
    date = str(content.date).strip()[:60] if isinstance(content.date, str | int | datetime.date) else ""
    return transcript.model_copy(update={"title": title or transcript.title, "date": transcript.date or date})


def parse(
    text: str,
    transcript: Transcript,
    file: str = "reference",
    *,
    forms: Forms | None = None,
    lost: list[str] | None = None,
) -> Reference:
    """Read a reference from its text.

    Args:
        text: YAML.
        transcript: the session.
        file: name of its file, for errors.
        forms: for key points of a session as it was before it was corrected: what their words may have become. Quotes
            are then looked for in any turn, the nearest to the one named first, and left out where nobody says them.
        lost: receives the id of each key point that lost a quote so.

    Raises:
        ReferenceFileError: it has another shape, or nobody said a quote; it gives the line.
    """
    content, document = _content(text, file)
    points = []
    seen: set[str] = set()
    for n, point in enumerate(content.key_points):
        line = line_of(document, ["key_points", n])
        if point.id in seen:
            raise ReferenceFileError(_("the id {id} is given twice.").format(id=point.id), file, line)
        seen.add(point.id)
        said = []
        for m, item in enumerate(point.said):
            if forms is not None:
                quote = _moved(item, transcript, forms)
                if quote is not None:
                    said.append(quote)
                elif lost is not None and point.id not in lost:
                    lost.append(point.id)
                continue
            said.append(_located(item, transcript, file, line_of(document, ["key_points", n, "said", m])))
        if not said:
            continue
        points.append(
            KeyPoint(
                id=point.id,
                text=forms(" ".join(point.text.split()))[0] if forms else " ".join(point.text.split()),
                topic=point.topic,
                kind=point.kind,
                minority=point.minority,
                said=tuple(said),
            )
        )
    if forms is not None and 2 * len(points) < len(content.key_points):
        raise ReferenceFileError(
            _("{n} of its {all} key points rest on words that nobody says in the corrected session.").format(
                n=len(content.key_points) - len(points), all=len(content.key_points)
            ),
            file,
        )
    known = {normalise(label) for s in transcript.speakers for label in (s.id, s.name, *s.labels)}
    named = [name for name in content.moderators if forms is None or normalise(name) in known]
    told = forms is not None and (transcript.moderators or transcript.nobody_moderates)
    moderators = (
        transcript.moderators
        if told
        else tuple(
            dict.fromkeys(speaker_named(name, transcript, file, line_of(document, ["moderators"])) for name in named)
        )
    )
    return Reference(
        id=reference_id(content.minority_threshold, moderators, points),
        origin=content.status,
        reviewed_by=content.reviewed_by,
        suggested_by=content.suggested_by,
        language=content.language,
        moderators=moderators,
        minority_threshold=content.minority_threshold,
        voices=voices_of(transcript, moderators),
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
    document = load_yaml(text, file, ReferenceFileError)
    try:
        content = _File.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = [part for part in first["loc"] if isinstance(part, str | int)]
        raise ReferenceFileError(
            _("{field}: {problem}.").format(field=".".join(map(str, place)) or "-", problem=told(first)),
            file,
            line_of(document, place),
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


def _moved(item: _Said, transcript: Transcript, forms: Forms) -> Quote | None:
    """Return a quote of a session before it was corrected as it stands now; None where nobody says it any more."""
    for words in forms(item.quote):
        pieces = fragments(words)
        holding = [
            turn for turn in transcript.turns if turn.channel != "system" and stand_in(pieces, normalise(turn.text))
        ]
        if holding:
            by_name = [turn for turn in holding if item.speaker and _bears(transcript, turn, item.speaker)]
            nearest = min(by_name or holding, key=lambda turn: abs(turn.number - (item.turn or turn.number)))
            return Quote(turn=nearest.number, speaker=nearest.speaker or "", words=words)
    return None


def _bears(transcript: Transcript, turn: Turn, name: str) -> bool:
    """Return whether the speaker of a turn has this name or label."""
    speaker = next((known for known in transcript.speakers if known.id == turn.speaker), None)
    return speaker is not None and normalise(name) in {normalise(text) for text in (speaker.name, *speaker.labels)}


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
