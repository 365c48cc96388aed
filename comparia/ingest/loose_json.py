"""JSON of Vosk and Kaldi (one document or many on end), of podcasts, and oTranscribe's files."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from typing import Any

from comparia.errors import TranscriptError
from comparia.ingest.json_source import (
    Gatherer,
    Table,
    Word,
    dialect,
    dicts,
    holds,
    is_json,
    label_of,
    load,
    load_if_valid,
    load_many,
    pointer,
    time_of,
    unknown,
    words_of,
)
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import accepted_labels, clean_label, split_label
from comparia.messages import N_
from comparia.records import Span

FORMAT = "loose-json"
DESCRIPTION = "JSON of Vosk, Kaldi, Podlove, podcasts; one JSON a line; oTranscribe"

WORDS_A_SEGMENT = 2.5
"""Podcast segments that hold fewer words on average are words, to be joined into sentences."""
SNIFFED = 100
"""Documents on end that are looked at before a file is taken for theirs."""

_MARKUP = re.compile(r"(<[^<>]{0,2000}>)")
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|blockquote|tr)\b", re.IGNORECASE)
_STAMP = re.compile(r"<span\b[^<>]*\bdata-timestamp\s*=\s*[\"']?([0-9.:]{1,20})", re.IGNORECASE)
_RESULT = ("text", "result", "partial", "alternatives")
"""What an object of Vosk holds."""


def sniff(source: Source) -> bool:
    """Return whether it is JSON of one of these shapes, or several documents of Vosk one after the other."""
    if not is_json(source):
        return False
    if (document := load_if_valid(source)) is not None:
        return dialect(document, DIALECTS) is not None
    try:
        return _are_results([document for document, _lines in load_many(source, SNIFFED)])
    except TranscriptError:
        return False


def read(source: Source) -> Reading:
    """Make one cue for each utterance; words alone are joined into sentences."""
    gather = Gatherer(source)
    try:
        document = load(source)
    except TranscriptError:
        documents = load_many(source)
        if len(documents) < 2 or not _are_results([document for document, _lines in documents]):
            raise
        for n, (document, lines) in enumerate(documents):
            _result(document, Span(file=source.name, pointer=pointer(n), lines=lines), gather)
        return gather.finish()
    reader = dialect(document, DIALECTS)
    if reader is None:
        raise unknown(source, dict.fromkeys(keys[-1] for keys, _reader in DIALECTS if keys[-1] != "*"))
    reader(document, gather)
    return gather.finish()


# Vosk and Kaldi ------------------------------------------------------------------------------------------------------


def _are_results(documents: list[Any]) -> bool:
    return bool(documents) and all(
        isinstance(document, dict) and any(key in document for key in _RESULT) for document in documents
    )


def _result(document: dict[str, Any], span: Span, gather: Gatherer) -> None:
    """Read one utterance of Vosk: its text, timed by its words; the best reading if there are several."""
    readings = document.get("alternatives")
    if isinstance(readings, list) and readings and isinstance(readings[0], dict):
        document = readings[0]
    elif "partial" in document and "text" not in document:
        gather.ignore(N_("partial result, said again when complete"), span)
        return
    words = dicts(document.get("result"))
    start, end = time_of(document.get("start")), time_of(document.get("end"))
    if words:
        start, end = time_of(words[0].get("start")), time_of(words[-1].get("end"))
    text = document.get("text")
    if not isinstance(text, str):
        text = " ".join(words_of(word.get("word")) for word in words)
    gather.say(text, span, gather.speaker(document, "speaker", "speaker_id"), start, end)


def _vosk(document: Any, gather: Gatherer) -> None:
    key = next(key for key in _RESULT if key in document)
    _result(document, gather.span(pointer(key)), gather)


def _vosk_list(document: Any, gather: Gatherer) -> None:
    for place, result in gather.each(document):
        _result(result, gather.span(place), gather)


def _kaldi(document: Any, gather: Gatherer) -> None:
    """Read the words of the BBC's Kaldi; who speaks is told apart, by stretches of time."""
    inside = holds(document, ("retval", "words"))
    root, steps = (document["retval"], ("retval", "words")) if inside else (document, ("words",))
    segmentation = root.get("segmentation") or root.get("segments") or document.get("segments")
    stretches = segmentation.get("segments") if isinstance(segmentation, dict) else segmentation
    speaker_times = []
    for stretch in dicts(stretches):
        start, length = time_of(stretch.get("start")), time_of(stretch.get("duration"))
        if start is not None and length is not None:
            speaker_times.append((start, start + length, label_of(stretch.get("speaker"))))
    speaker_times.sort(key=lambda stretch: stretch[0])
    starts = [start for start, _end, _speaker in speaker_times]
    gather.names_speakers = bool(speaker_times)
    words = []
    for place, word in gather.each(root.get("words"), *steps):
        text = words_of(word.get("punct")) or words_of(word.get("word"))
        start = time_of(word.get("start"))
        at = bisect_right(starts, start) - 1 if start is not None else -1
        inside = start is not None and at >= 0 and start < speaker_times[at][1]
        words.append(Word(text, place, start, time_of(word.get("end")), speaker_times[at][2] if inside else None))
    gather.say_words(words)


# Podcasts ------------------------------------------------------------------------------------------------------------


def _podlove(document: Any, gather: Gatherer) -> None:
    """Read Podlove's list: times as a clock and in ms, a name in `voice`, else a number in `speaker`."""
    steps = () if isinstance(document, list) else ("transcripts",)
    for place, item in gather.each(document if isinstance(document, list) else document["transcripts"], *steps):
        times = time_of(item.get("start")), time_of(item.get("end"))
        if "start_ms" in item:
            times = time_of(item["start_ms"], 1000), time_of(item.get("end_ms"), 1000)
        gather.say(item.get("text"), place, gather.speaker(item, "voice", "speaker"), *times)


def _podcast(document: Any, gather: Gatherer) -> None:
    """Read Podcasting 2.0: segments of a few words, whose body is often one word."""
    items = list(gather.each(document["segments"], "segments"))
    words = []
    for place, item in items:
        times = time_of(item.get("startTime")), time_of(item.get("endTime"))
        speaker = gather.speaker(item, "speaker")
        words.append(Word(words_of(item.get("body")), place, *times, speaker))
    if sum(len(word.text.split()) for word in words) < WORDS_A_SEGMENT * len(words):
        gather.say_words(words)
        return
    for word in words:
        gather.say(word.text, word.place, word.speaker, word.start, word.end)


# oTranscribe ---------------------------------------------------------------------------------------------------------


def _otranscribe(document: Any, gather: Gatherer) -> None:
    """Read a page typed by a person: paragraphs `Nom : texte`, with stamps of time in them; no end times."""
    if not isinstance(document.get("text"), str):
        gather.ignore(N_("not a segment"), pointer("text"))
        return
    passages = _passages(document["text"])
    splits = [split_label(text) for _start, text in passages]
    names = [clean_label(label[0]) if label else "" for label in splits]
    labels = accepted_labels(filter(None, names))
    carries = sum(name in labels for name in names) >= 2
    current: str | None = None
    for (start, text), label, name in zip(passages, splits, names, strict=True):
        flags: tuple[str, ...] = ()
        if label and name in labels:
            current, text = name, label[1]
        elif current is not None and carries:
            flags = ("carried_speaker",)
        gather.say(text, pointer("text"), current if carries or name in labels else None, start, None, flags)


def _passages(page: str) -> list[tuple[int | None, str]]:
    """Return the paragraphs of a page without their markup, cut at each stamp of time."""
    passages: list[tuple[int | None, str]] = []
    pieces: list[str] = []
    start: int | None = None
    is_stamp = False
    for piece in [*_MARKUP.split(page.replace("\n", " ")), "<br>"]:
        stamp = _STAMP.match(piece)
        if stamp or _BLOCK.match(piece):
            if text := words_of(html.unescape("".join(pieces))):
                passages.append((start, text))
            pieces = []
            start, is_stamp = time_of(stamp[1]) if stamp else start, bool(stamp)
        elif not _MARKUP.fullmatch(piece):
            pieces += [] if is_stamp else [piece]
        elif piece.lower().startswith("</span"):
            is_stamp = False
    return passages


DIALECTS: Table = (
    (("media-time",), _otranscribe),
    (("retval", "words", "*"), _kaldi),
    (("words", "*", "punct"), _kaldi),
    (("segments", "segments", "*"), _kaldi),
    (("segmentation", "segments", "*"), _kaldi),
    (("result", "*", "word"), _vosk),
    (("alternatives", "*", "text"), _vosk),
    (("*", "result"), _vosk_list),
    (("*", "partial"), _vosk_list),
    (("*", "start_ms"), _podlove),
    (("*", "voice"), _podlove),
    (("transcripts", "*", "text"), _podlove),
    (("segments", "*", "body"), _podcast),
)
