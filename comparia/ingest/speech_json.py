"""JSON of speech-to-text tools of the Whisper family, and of servers that answer as OpenAI's does."""

from __future__ import annotations

import re
from itertools import groupby
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
from comparia.messages import gettext as _

FORMAT = "whisper-json"
DESCRIPTION = "JSON of Whisper, faster-whisper, WhisperX, whisper.cpp, OpenAI, Albert API, Hugging Face, Voxtral"

WINDOW = 30_000
"""Length of the windows that Whisper hears one by one, in ms."""
_WINDOW_SLACK = 1_000
_SPEAKER = ("speaker", "speaker_id", "speaker_label")
_TOKEN = re.compile(r"\[_(?:BEG|TT|EOT|SOT)_?\d*\]|<\|[^|<>]{0,20}\|>")


def sniff(source: Source) -> bool:
    """Any JSON: what no reader before this one knows is read or refused here."""
    return is_json(source)


def read(source: Source) -> Reading:
    """One cue a segment; a segment whose words name several speakers gives one cue a speaker."""
    document = load(source)
    reader = dialect(document, DIALECTS)
    if reader is None or _loses_speakers(document, reader):
        raise unknown(source, (keys[0] for keys, _reader in DIALECTS if keys[0] not in ("*", "text")))
    gather = Gatherer(source, hallucinates=True)
    reader(document, gather)
    return gather.finish()


def _segments_of(key: str) -> Any:
    return lambda document, gather: _segments(document[key], gather, key)


def _segments(items: Any, gather: Gatherer, *steps: str) -> None:
    for place, segment in gather.each(items, *steps):
        start, end = _times(segment)
        speaker = gather.speaker(segment, *_SPEAKER)
        text = segment.get("text")
        words = dicts(segment.get("words"))
        named = _named(words)
        if len(named) > 1:
            _by_speaker(_spoken(words, place), gather, place, speaker, (start, end))
            continue
        if not isinstance(text, str) and words:
            text = joined(_spoken(words, place))
        said = _TOKEN.sub("", text) if isinstance(text, str) else text
        gather.say(said, place, speaker or next(iter(named), None), start, end)


def _named(words: list[dict[str, Any]]) -> set[str]:
    """Who the words of a segment name: most name the same person as the segment, so values are read once each."""
    values = {str(word[key]): word[key] for word in words for key in _SPEAKER if word.get(key) is not None}
    return {label for value in values.values() if (label := label_of(value))}


def _by_speaker(
    words: list[Word], gather: Gatherer, place: str, speaker: str | None, times: tuple[int | None, int | None]
) -> None:
    """The pieces of a segment; a word that nobody is named for (WhisperX, numbers) continues the word before it."""
    current = speaker
    placed = []
    for word in words:
        current = word.speaker or current
        if word.text:
            placed.append(word._replace(speaker=current))
    for who, group in groupby(placed, key=lambda word: word.speaker):
        run = list(group)
        start = next((word.start for word in run if word.start is not None), times[0])
        end = next((word.end for word in reversed(run) if word.end is not None), times[1])
        gather.say(joined(run), place, who, start, end)


def _spoken(items: list[dict[str, Any]], place: str) -> list[Word]:
    """The words of a segment; where some carry the space before them (Whisper), the others touch the word before."""
    words = [_word(item, place) for item in items]
    return words if any(not word.glued for word in words) else [word._replace(glued=False) for word in words]


def _word(item: dict[str, Any], place: str) -> Word:
    raw = item.get("word")
    if not isinstance(raw, str):
        raw = item.get("text")
    speaker = next((label for key in _SPEAKER if key in item and (label := label_of(item[key]))), None)
    glued = isinstance(raw, str) and not raw[:1].isspace()
    return Word(words_of(raw), place, time_of(item.get("start")), time_of(item.get("end")), speaker, glued)


def _times(segment: dict[str, Any]) -> tuple[int | None, int | None]:
    """Times of a segment: whisper.cpp counts `offsets` in ms, everyone else counts seconds."""
    offsets, stamps, pair = segment.get("offsets"), segment.get("timestamps"), segment.get("timestamp")
    if isinstance(offsets, dict):
        return time_of(offsets.get("from"), 1000), time_of(offsets.get("to"), 1000)
    if isinstance(stamps, dict):
        return time_of(stamps.get("from")), time_of(stamps.get("to"))
    if isinstance(pair, list) and len(pair) == 2:
        return time_of(pair[0]), time_of(pair[1])
    return time_of(segment.get("start")), time_of(segment.get("end"))


def _chunks(document: Any, gather: Gatherer) -> None:
    """Chunks of the Hugging Face pipeline, whose times may start again from zero with each window."""
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
        gather.note(
            "approximate_times",
            _("Times start again every thirty seconds: they were added up, and are approximate."),
        )
    elif restarts:
        message = _(
            "Times go backwards (parts of the recording restart at zero): order is kept, times are approximate."
        )
        gather.note("time_backwards", message)


def _restarts(times: list[tuple[int | None, int | None]]) -> set[int]:
    """Indices of the chunks that start before the chunk ahead of them, or well before its end."""
    found = set()
    previous: tuple[int, int] | None = None
    for n, (start, end) in enumerate(times):
        if start is None:
            continue
        if previous is not None and (start < previous[0] or start < previous[1] - _WINDOW_SLACK):
            found.add(n)
        previous = start, start if end is None else end
    return found


def _words(document: Any, gather: Gatherer) -> None:
    """Words without segments: sentences of the text if it counts the same words (it alone has punctuation)."""
    words = []
    for place, item in gather.each(document["words"], "words"):
        gather.speaker(item, *_SPEAKER)
        word = _word(item, place)._replace(glued=False)
        if word.text:
            words.append(word)
        elif item.get("type") != "spacing":
            gather.ignore(_("empty segment"), place)
    tokens = words_of(document.get("text")).split()
    if len(tokens) == len(words):
        words = [word._replace(text=token) for word, token in zip(words, tokens, strict=True)]
    gather.say_words(words)


def _bare_text(document: Any, gather: Gatherer) -> None:
    gather.say(document["text"], pointer("text"))


def _loses_speakers(document: Any, reader: Dialect) -> bool:
    """Whether a list of another tool names speakers, whom the bare text or the words would lose."""
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
