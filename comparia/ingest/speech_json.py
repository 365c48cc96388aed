"""JSON of speech-to-text tools of the Whisper family, and of servers that answer as OpenAI's does."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import Any

from comparia.ingest.json_source import (
    Dialect,
    Gatherer,
    Table,
    Word,
    dialect,
    dicts,
    is_json,
    joined,
    label_of,
    load,
    pointer,
    time_of,
    unknown,
    words_of,
)
from comparia.ingest.source import Reading, Source
from comparia.messages import N_

FORMAT = "whisper-json"
DESCRIPTION = "JSON of Whisper, faster-whisper, WhisperX, whisper.cpp, OpenAI, Albert API, Hugging Face, Voxtral"

WINDOW = 30_000
"""Length of the windows that Whisper hears one by one, in ms."""
_WINDOW_SLACK = 1_000
_SPEAKER = ("speaker", "speaker_id", "speaker_label")
_TOKEN = re.compile(r"\[_(?:BEG|TT|EOT|SOT)_?\d*\]|<\|[^|<>]{0,20}\|>")


def sniff(source: Source) -> bool:
    """Return whether it is JSON: what no reader before this one knows is read or refused here."""
    return is_json(source)


def read(source: Source) -> Reading:
    """Make one cue for each segment; a segment whose words name several speakers gives one cue a speaker."""
    document = load(source)
    reader = dialect(document, DIALECTS)
    gather = Gatherer(source)
    if reader is not None and not _loses_speakers(document, reader):
        reader(document, gather)
    elif (listing := _list_of_speech(document)) is not None:
        _read_list(listing[1], gather, *listing[0])
    else:
        raise unknown(source, (keys[0] for keys, _reader in DIALECTS if keys[0] not in ("*", "text")))
    return gather.finish()


# Any list of what people said -----------------------------------------------------------------------------------------

_TEXTS = ("text", "sentence", "content", "transcript", "utterance", "raw_text", "words", "segs", "value")
_WHO = (
    "speaker_name", "speakerName", "participant", "participantName", "displayName", "speaker", "name", "user",
    "speaker_label", "speakerLabel", "speaker_id", "speakerId",
)  # fmt: skip
_STARTS = (
    "start", "start_time", "startTime", "start_ms", "startMs", "tStartMs", "startTimeMs", "begin", "from", "timestamp",
    "offset", "time",
)  # fmt: skip
_ENDS = ("end", "end_time", "endTime", "end_ms", "endMs", "endTimeMs", "to")
_DURATIONS = ("duration", "dur", "duration_ms", "durationMs", "dDurationMs")
_DEEPEST = 4
"""Objects inside one another in which a list of speech is looked for."""
_SHARE_OF_SPEECH = 0.8
"""Share of the objects of a list that must hold words, and say who or when, for it to be one of speech."""
_MILLISECONDS_APART = 500
"""Whole numbers further apart than this, as they usually are, count milliseconds."""


def _list_of_speech(document: Any) -> tuple[tuple[str | int, ...], list[dict[str, Any]]] | None:
    """Return the longest list of objects that hold words and who says them or when; None without.

    The keys that lead to it come first.
    """
    best: tuple[tuple[str | int, ...], list[dict[str, Any]]] | None = None
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict) and len(steps) < _DEEPEST:
            waiting += [((*steps, key), inner) for key, inner in list(value.items())[:100]]
        elif isinstance(value, list):
            items = dicts(value)
            speech = sum(_words_in(item) != "" and _first(item, _WHO + _STARTS) is not None for item in items)
            if items and speech >= _SHARE_OF_SPEECH * len(items) and len(items) > (len(best[1]) if best else 0):
                best = steps, items
            elif len(steps) < _DEEPEST:
                waiting += [((*steps, n), inner) for n, inner in enumerate(value[:100])]
    return best


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if item.get(key) not in (None, "")), None)


def _first_time(item: dict[str, Any], keys: tuple[str, ...], per_second: int) -> int | None:
    """Return the time in ms under the first of `keys` that holds one; a key that ends in `ms` counts milliseconds."""
    for key in keys:
        value = item.get(key)
        if value not in (None, "") and not (isinstance(value, str) and "T" in value):
            return time_of(value, 1000 if key.lower().endswith("ms") else per_second)
    return None


def _words_in(item: dict[str, Any]) -> str:
    """Return the words of an object: a text, or a list of words each with its own."""
    for key in _TEXTS:
        value = item.get(key)
        if isinstance(value, str) and any(map(str.isalpha, value)):
            return value
        if isinstance(value, list):
            words = [word.get("word") or word.get("text") or word.get("utf8") for word in dicts(value)]
            if words and all(isinstance(word, str) for word in words):
                return ("" if "utf8" in value[0] else " ").join(map(str, words))
    return ""


def _read_list(items: list[dict[str, Any]], gather: Gatherer, *steps: str | int) -> None:
    starts = [
        value
        for item in items
        if isinstance(value := _first(item, _STARTS), int | float) and not isinstance(value, bool)
    ]
    gaps = sorted(abs(after - before) for before, after in pairwise(starts))
    whole = bool(starts) and all(float(value).is_integer() for value in starts)
    per_second = 1000 if whole and gaps and gaps[len(gaps) // 2] > _MILLISECONDS_APART else 1
    for place, item in gather.each(items, *steps):
        start, end, length = (_first_time(item, keys, per_second) for keys in (_STARTS, _ENDS, _DURATIONS))
        if end is None and start is not None and length is not None:
            end = start + length
        gather.say(_words_in(item), place, gather.speaker(item, *_WHO), start, end)


def _segments_of(key: str) -> Any:
    return lambda document, gather: _segments(document[key], gather, key)


def _segments(items: Any, gather: Gatherer, *steps: str) -> None:
    for place, segment in gather.each(items, *steps):
        start, end = _times(segment)
        speaker = gather.speaker(segment, *_SPEAKER)
        text = segment.get("text")
        words = dicts(segment.get("words"))
        names = _names_in(words)
        if len(names) > 1:
            _by_speaker(_read_words(words, place), gather, place, speaker, (start, end))
            continue
        if not isinstance(text, str) and words:
            text = joined(_read_words(words, place))
        content = _TOKEN.sub("", text) if isinstance(text, str) else text
        gather.say(content, place, speaker or next(iter(names), None), start, end)


def _names_in(words: list[dict[str, Any]]) -> set[str]:
    """Return whom the words of a segment name: most name the same person, so that values are read once each."""
    values = {str(word[key]): word[key] for word in words for key in _SPEAKER if word.get(key) is not None}
    return {label for value in values.values() if (label := label_of(value))}


def _by_speaker(
    words: list[Word], gather: Gatherer, place: str, speaker: str | None, times: tuple[int | None, int | None]
) -> None:
    """Add the pieces of a segment; a word without a speaker (WhisperX, numbers) continues the word before it."""
    current = speaker
    words_by_speaker = []
    for word in words:
        current = word.speaker or current
        if word.text:
            words_by_speaker.append(word._replace(speaker=current))
    for who, group in groupby(words_by_speaker, key=lambda word: word.speaker):
        run = list(group)
        start = next((word.start for word in run if word.start is not None), times[0])
        end = next((word.end for word in reversed(run) if word.end is not None), times[1])
        gather.say(joined(run), place, who, start, end)


def _read_words(items: list[dict[str, Any]], place: str) -> list[Word]:
    """Return the words of a segment; where some begin with a space (Whisper), the others touch the word before."""
    words = [_word(item, place) for item in items]
    return words if any(not word.glued for word in words) else [word._replace(glued=False) for word in words]


def _word(item: dict[str, Any], place: str) -> Word:
    raw = item.get("word")
    if not isinstance(raw, str):
        raw = item.get("text")
    speaker = next((label for key in _SPEAKER if key in item and (label := label_of(item[key]))), None)
    is_glued = isinstance(raw, str) and not raw[:1].isspace()
    return Word(words_of(raw), place, time_of(item.get("start")), time_of(item.get("end")), speaker, is_glued)


def _times(segment: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the times of a segment: whisper.cpp counts `offsets` in ms, everyone else counts seconds."""
    offsets, stamps, pair = segment.get("offsets"), segment.get("timestamps"), segment.get("timestamp")
    if isinstance(offsets, dict):
        return time_of(offsets.get("from"), 1000), time_of(offsets.get("to"), 1000)
    if isinstance(stamps, dict):
        return time_of(stamps.get("from")), time_of(stamps.get("to"))
    if isinstance(pair, list) and len(pair) == 2:
        return time_of(pair[0]), time_of(pair[1])
    start, end, length = (time_of(segment.get(key)) for key in ("start", "end", "duration"))
    return start, start + length if end is None and start is not None and length is not None else end


def _chunks(document: Any, gather: Gatherer) -> None:
    """Read chunks of the Hugging Face pipeline, whose times may start again from zero with each window."""
    chunks = list(gather.each(document["chunks"], "chunks"))
    times = [_times(chunk) for _place, chunk in chunks]
    restarts = _restarts(times)
    # One restart may be anything (two recordings put together); several inside thirty seconds are the windows.
    latest = max((t for pair in times for t in pair if t is not None), default=0)
    rebuilt = len(restarts) > 1 and latest <= WINDOW + _WINDOW_SLACK
    shift = 0
    for n, ((place, chunk), (start, end)) in enumerate(zip(chunks, times, strict=True)):
        flags: tuple[str, ...] = ()
        if n in restarts:
            shift += WINDOW if rebuilt else 0
            flags = () if rebuilt else ("time_backwards",)
        if shift:
            start, end = (None if t is None else t + shift for t in (start, end))
            flags = ("approximate",)
        gather.say(chunk.get("text"), place, gather.speaker(chunk, *_SPEAKER), start, end, flags)
    if rebuilt:
        gather.note("approximate_times")
    elif restarts:
        gather.note("time_backwards")


def _restarts(times: list[tuple[int | None, int | None]]) -> set[int]:
    """Return the indices of the chunks that start before the chunk ahead of them, or well before its end."""
    restarts = set()
    previous: tuple[int, int] | None = None
    for n, (start, end) in enumerate(times):
        if start is None:
            continue
        if previous is not None and (start < previous[0] or start < previous[1] - _WINDOW_SLACK):
            restarts.add(n)
        previous = start, start if end is None else end
    return restarts


def _words(document: Any, gather: Gatherer) -> None:
    """Read words without segments: sentences of the text if it counts the same words (it alone has punctuation)."""
    words = []
    for place, item in gather.each(document["words"], "words"):
        gather.speaker(item, *_SPEAKER)
        word = _word(item, place)._replace(glued=False)
        if word.text:
            words.append(word)
        elif item.get("type") != "spacing":
            gather.ignore(N_("empty segment"), place)
    tokens = words_of(document.get("text")).split()
    if len(tokens) == len(words):
        words = [word._replace(text=token) for word, token in zip(words, tokens, strict=True)]
    gather.say_words(words)


def _bare_text(document: Any, gather: Gatherer) -> None:
    gather.say(document["text"], pointer("text"))


def _loses_speakers(document: Any, reader: Dialect) -> bool:
    """Return whether a list of another tool names speakers, whom the bare text or the words would lose."""
    if reader not in (_bare_text, _words):
        return False
    if reader is _bare_text and not isinstance(document["text"], str):
        return True
    lists = (value for key, value in document.items() if isinstance(value, list) and key != "words")
    return any(
        isinstance(item, dict) and any(label_of(item.get(key)) for key in _SPEAKER) for items in lists for item in items
    )


def _list(document: Any, gather: Gatherer) -> None:
    _segments(document, gather)


DIALECTS: Table = (
    (("segments", "*"), _segments_of("segments")),
    (("transcription", "*"), _segments_of("transcription")),
    (("chunks", "*"), _chunks),
    (("words", "*", "word"), _words),
    (("words", "*", "text"), _words),
    (("*", "text"), _list),
    (("*", "words"), _list),
    (("text",), _bare_text),
)
