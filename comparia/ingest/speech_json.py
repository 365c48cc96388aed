"""JSON of speech-to-text tools of the Whisper family: Whisper, WhisperX, whisper.cpp, Albert API, Voxtral."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from comparia.errors import TranscriptError
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import gettext as _
from comparia.records import Cue, Notice, Span

FORMAT = "whisper-json"
DESCRIPTION = "JSON of Whisper, faster-whisper, WhisperX, whisper.cpp, Albert API, Voxtral"

_LISTS = ("segments", "transcription", "chunks")
_OPENING = re.compile(r"\s*(?:\{|\[\s*(?:[{\"\]]|\[\s*[\[{\"\d]|null\b|true\b|false\b))")


def sniff(source: Source) -> bool:
    """JSON text: an object or a list."""
    return bool(_OPENING.match(source.text))


def read(source: Source) -> Reading:
    """One cue a segment; a segment whose words name several speakers gives one cue a speaker."""
    document = _parse(source)
    key, segments = _segments(source, document)
    reading = Reading()
    previous: int | None = None
    restarted = False
    for n, segment in enumerate(segments):
        span = Span(file=source.name, pointer=f"/{key}/{n}" if key else f"/{n}")
        if not isinstance(segment, dict) or not isinstance(segment.get("text"), str):
            reading.ignore(_("not a segment"), span)
            continue
        start, end = _times(segment)
        flags: tuple[str, ...] = ()
        if start is not None and previous is not None and start < previous:
            flags, restarted = ("time_backwards",), True
        previous = start if start is not None else previous
        pieces = [(speaker, text) for speaker, text in _by_speaker(segment) if text]
        for speaker, text in pieces:
            reading.cues.append(Cue(speaker=speaker, text=text, start=start, end=end, span=span, flags=flags))
        if not pieces:
            reading.ignore(_("empty segment"), span)
    if not segments and isinstance(document, dict) and isinstance(document.get("text"), str):
        text = " ".join(_sound(document["text"]).split())
        if text:
            reading.cues.append(Cue(speaker=None, text=text, span=Span(file=source.name, pointer="/text")))
    if restarted:
        message = _(
            "Times go backwards (parts of the recording restart at zero): order is kept, times are approximate."
        )
        reading.notices.append(Notice(code="time_backwards", message=message, file=source.name))
    return reading


def _parse(source: Source) -> Any:
    try:
        return json.loads(source.text, parse_constant=lambda _name: None)
    except json.JSONDecodeError as error:
        raise source.error(_("not valid JSON: {error}.").format(error=error.msg), error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise source.error(
            _("JSON that cannot be read safely ({error}).").format(error=type(error).__name__)
        ) from error


def _segments(source: Source, document: Any) -> tuple[str, list[Any]]:
    if isinstance(document, list):
        return "", document
    if isinstance(document, dict):
        for key in _LISTS:
            if isinstance(document.get(key), list) and document[key]:
                return key, document[key]
        if isinstance(document.get("text"), str) and not _names_speakers(document):
            return "", []
    raise TranscriptError(
        _("JSON, but not of a speech-to-text tool that is known."),
        source.name,
        cure=_("Expected a list of segments under one of: {keys}.").format(keys=", ".join(_LISTS)),
    )


def _names_speakers(document: dict[str, Any]) -> bool:
    """Whether a list of another tool names speakers, whom the bare text would lose."""
    lists = (value for value in document.values() if isinstance(value, list))
    return any(_label(item) is not None for items in lists for item in items)


def _times(segment: dict[str, Any]) -> tuple[int | None, int | None]:
    offsets = segment.get("offsets")
    if isinstance(offsets, dict):
        return _ms(offsets.get("from"), 1), _ms(offsets.get("to"), 1)
    pair = segment.get("timestamp")
    if isinstance(pair, list) and len(pair) == 2:
        return _ms(pair[0], 1000), _ms(pair[1], 1000)
    return _ms(segment.get("start"), 1000), _ms(segment.get("end"), 1000)


def _ms(value: Any, scale: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12 / scale:
        return None
    return round(value * scale)


def _label(item: Any) -> str | None:
    for key in ("speaker", "speaker_id", "speaker_label"):
        value = item.get(key) if isinstance(item, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return f"Speaker {value}"
        if isinstance(value, str) and value.strip():
            return clean_label(_sound(value)) or None
    return None


def _by_speaker(segment: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    whole = _label(segment)
    words = segment.get("words")
    named = {_label(word) for word in words} - {None} if isinstance(words, list) else set()
    if isinstance(words, list) and len(named) > 1:
        current = whole
        labelled = []
        for word in words:
            current = _label(word) or current
            text = word.get("word") or word.get("text") if isinstance(word, dict) else None
            if isinstance(text, str):
                labelled.append((current, _sound(text).strip()))
        for speaker, run in groupby(labelled, key=lambda item: item[0]):
            yield speaker, " ".join(text for _speaker, text in run if text)
        return
    yield whole or next(iter(named), None), " ".join(_sound(segment["text"]).split())


def _sound(text: str) -> str:
    """Text in which a lone surrogate, which no file can hold, is shown as \ufffd."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
