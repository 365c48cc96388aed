"""What readers of JSON share: loading with care, places, times, labels, words joined into cues."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from comparia.errors import TranscriptError
from comparia.ingest.captions import CHANGE
from comparia.ingest.source import JSON, LONGEST_LINE, Bounded, Reading, Source
from comparia.ingest.speakers import clean_label, is_sound_alone
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Notice, Span
from comparia.text.words import guess_language

T = TypeVar("T")

MAX_WEIGHT = 300_000_000
"""Bytes of memory above which a document is refused, as its marks let foresee.

Ten hours with every word timed take under 220 MB.
"""
BRACKET, COMMA = 200, 72
"""Bytes that an object or a list, and a member of either, may take."""
WIDE = 8_000_000
"""Characters above which the members of objects are counted."""
MAX_MEMBERS = 50_000
"""Members of one object that are no object or list themselves: each costs several times more than in small ones."""
PAUSE = 1_000
"""A silence longer than this, in ms, ends a cue made of words."""
LONGEST = 80
"""Words after which a cue without any full stop or pause ends all the same."""

_MEMBER = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+:\s*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+|[^"\[\]{},]*+),\s*+'
_MEMBERS = re.compile(f"(?:{_MEMBER}){{9}}(?:{_MEMBER})*+", re.DOTALL)
_ONE_MEMBER = re.compile(_MEMBER, re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_LINE_END = re.compile(r"\r\n|\n|\r")
_DATABASE = re.compile(r"(?:ObjectId|ISODate|Number(?:Long|Int|Decimal)|Timestamp|BinData|UUID|new Date)\s*\(")
_DECIMAL = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)s?")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,9})?)")
_ISO = re.compile(r"PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?")
_SENTENCE_END = re.compile(r"[.!?…][»\"”)\]]*$")
_ABBREVIATION = re.compile(r"(?:[A-Z]|MM|Mme|Mlle|Dr|Me|Mr|Mrs|Ms|St|Ste|cf|art|etc)\.", re.IGNORECASE)
_SPACED_IN_FRENCH = frozenset(("?", "!", ":", ";", "»"))
_MARKS = frozenset(".,?!:;…»)]%")
_parsed: WeakKeyDictionary[Source, Any] = WeakKeyDictionary()
"""Documents already parsed, or why they cannot be: several readers look at one before its own reads it."""
_heavy: WeakKeyDictionary[Source, bool] = WeakKeyDictionary()
"""Documents already weighed."""


def is_json(source: Source) -> bool:
    """Return whether the text opens as a JSON object or list (and not as `[00:01] Ada`)."""
    return bool(JSON.match(source.text))


def load(source: Source) -> Any:
    """Return the document.

    Raises:
        TranscriptError: not JSON, too deep, too large, or saying two things under one key.
    """
    if source not in _parsed:
        try:
            _parsed[source] = _decode_safely(source, lambda decoder: decoder.decode(source.text))
        except TranscriptError as error:
            _parsed[source] = error
    document = _parsed[source]
    if isinstance(document, TranscriptError):
        raise TranscriptError(document.message, document.file, document.line, document.cure)
    return document


def load_if_valid(source: Source) -> Any:
    """Return the document; None if it is not valid JSON."""
    try:
        return load(source) if is_json(source) else None
    except TranscriptError:
        return None


def load_many(source: Source, most: int | None = None) -> list[tuple[Any, tuple[int, int]]]:
    """Return JSON documents written one after the other, each with its first and last line; the first `most` of them.

    Raises:
        TranscriptError: as `load`.
    """

    def decode(decoder: json.JSONDecoder) -> list[tuple[Any, tuple[int, int]]]:
        text, line, position_counted = source.text, 1, 0
        documents: list[tuple[Any, tuple[int, int]]] = Bounded()
        position = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # it matches anything
        while position < len(text) and len(documents) != most:
            value, end = decoder.raw_decode(text, position)
            first = line + len(_LINE_END.findall(text, position_counted, position))
            line = first + len(_LINE_END.findall(text, position, end))
            documents.append((value, (first, line)))
            position_counted = end
            position = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
        return documents

    return _decode_safely(source, decode)


def _decode_safely(source: Source, decode: Callable[[json.JSONDecoder], T]) -> T:
    if source not in _heavy:
        _heavy[source] = _is_heavy(source.text)
    if _heavy[source]:
        raise source.error(_("this JSON holds more values than a transcript can."))
    try:
        return decode(json.JSONDecoder(strict=False, parse_constant=lambda _name: None, object_pairs_hook=_object))
    except json.JSONDecodeError as error:
        line = len(_LINE_END.findall(source.text, 0, error.pos)) + 1
        if call := _DATABASE.match(source.text, error.pos):
            message = _("this is a dump of a database ({call}…)), not JSON.").format(call=call.group())
            cure = _("Export the session from the tool itself, or the database with `mongoexport`.")
            on_page = _("Export the session from the tool itself.")
            raise TranscriptError(message, source.name, line, cure, on_page=on_page) from error
        raise source.error(_("not valid JSON: {error}.").format(error=error.msg), line) from error
    except _TwiceError as error:
        message = _("the key « {key} » stands twice in one object, with two values.").format(key=error)
        raise source.error(message) from error
    except (RecursionError, ValueError) as error:
        message = _("JSON that cannot be read safely ({error}).").format(error=type(error).__name__)
        raise source.error(message) from error


def _is_heavy(text: str) -> bool:
    """Return whether a document would take too much memory, or one of its objects has too many members."""
    brackets, commas = text.count("{") + text.count("["), text.count(",")
    if BRACKET * brackets + COMMA * commas > MAX_WEIGHT:
        return True
    runs = (match.span() for match in _MEMBERS.finditer(text)) if len(text) > WIDE else ()
    return any(
        sum(1 for _member in _ONE_MEMBER.finditer(text, first, end)) > MAX_MEMBERS
        for first, end in runs
        if end - first > 6 * MAX_MEMBERS
    )


class _TwiceError(Exception):
    """One key, two values: reading either would lose the other."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        for key, value in pairs:
            if members[key] != value:
                raise _TwiceError(sound(key)[:60])
    return members


# The table of dialects -----------------------------------------------------------------------------------------------

Dialect = Callable[[Any, "Gatherer"], None]
"""Reads a document of one tool."""
Table = Sequence[tuple[tuple[str, ...], Dialect | None]]
"""Keys that a document holds, one inside the other (`*` for any item of a list) → the reader of that dialect.

None leaves a document to the readers of another file.
"""


def dialect(document: Any, table: Table) -> Dialect | None:
    """Return the first reader of `table` whose keys `document` holds."""
    return next((read for keys, read in table if holds(document, keys)), None)


def holds(document: Any, keys: Sequence[str]) -> bool:
    """Return whether `document` has these keys, one inside the other; an empty list has no item."""
    if not keys:
        return document is not None
    if keys[0] == "*":
        return isinstance(document, list) and any(holds(item, keys[1:]) for item in document[:50])
    return isinstance(document, dict) and keys[0] in document and holds(document[keys[0]], keys[1:])


def unknown(source: Source, expected: Iterable[str]) -> TranscriptError:
    """Return the refusal of a document of no known tool."""
    return TranscriptError(
        _("JSON, but not of a speech-to-text tool that is known."),
        source.name,
        cure=_("Export it as WebVTT, SRT or text. Expected a list of segments under one of: {keys}.").format(
            keys=", ".join(dict.fromkeys(expected))
        ),
        on_page=_("Export it as WebVTT, SRT or text, with the tool that made it."),
    )


# Values --------------------------------------------------------------------------------------------------------------


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def sound(text: str) -> str:
    """Return a text in which a lone surrogate, which no file can hold, is shown as \ufffd."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def dicts(items: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; none for what is no list."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def words_of(value: Any) -> str:
    """Return a text with its spaces collapsed; empty for what is no text.

    Raises:
        TranscriptError: far too long; `ingest.read` adds which file.
    """
    if isinstance(value, str) and len(value) > LONGEST_LINE:
        raise TranscriptError(_("this line is far too long for a transcript."))
    return " ".join(sound(value).split()) if isinstance(value, str) else ""


def time_of(value: Any, per_second: int = 1) -> int | None:
    """Return a time in ms, or None for what is none (NaN, negative, a date, a flag).

    Args:
        value: a number or its digits, `0.500s`, `00:01:02.5`, `PT0.5S`, or `{seconds, nanos}`.
        per_second: units in a second, for plain numbers: 1000 for ms, 10,000,000 for ticks.
    """
    if isinstance(value, dict) and ("seconds" in value or "nanos" in value):
        seconds, nanos = time_of(value.get("seconds", 0)), time_of(value.get("nanos", 0), 1_000_000_000)
        return None if seconds is None or nanos is None else seconds + nanos
    if isinstance(value, str):
        value = value.strip()
        if match := _DECIMAL.fullmatch(value):
            value = float(match[1])
        elif match := _CLOCK.fullmatch(value) or _ISO.fullmatch(value):
            hours, minutes, rest = match.groups()
            return round(
                (int(hours or 0) * 60 + int(minutes or 0)) * 60_000 + float((rest or "0").replace(",", ".")) * 1000
            )
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9 * per_second:
        return None
    return round(value * 1000 / per_second)


def label_of(value: Any) -> str | None:
    """Return who a value names: a name, a number (0 is one), or an object with either; None for nobody."""
    if isinstance(value, dict):
        keys = ("name", "display_name", "speaker_name", "label", "@id", "id")
        return next((label for key in keys if (label := label_of(value.get(key)))), None)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"Speaker {value}"
    if not isinstance(value, str):
        return None
    label = clean_label(sound(value))
    if label.isdecimal():
        return f"Speaker {label}"
    return label if any(map(str.isalnum, label)) and label.casefold() not in ("null", "none") else None


def is_french(language: Any, sample: Iterable[str]) -> bool:
    """Return whether the words are French: as the document says, else as its function words say."""
    if isinstance(language, str) and language:
        return language.lower().startswith("fr")
    return guess_language(" ".join(sample)) == "fr"


# Words to cues -------------------------------------------------------------------------------------------------------


class Word(NamedTuple):
    """One word or mark of a tool that lists them one by one."""

    text: str
    """The word, without the space around it."""
    place: str
    """Its JSON pointer."""
    start: int | None = None
    """Start, in ms."""
    end: int | None = None
    """End, in ms."""
    speaker: str | None = None
    """Who says it."""
    glued: bool = False
    """Whether no space comes before it."""
    utterance: int | None = None
    """Which of the tool's own utterances it is part of, if the tool makes some."""


def is_mark(text: str) -> bool:
    """Return whether it is punctuation that follows a word."""
    return bool(text) and all(ch in _MARKS for ch in text)


def is_glued(mark: str, french: bool) -> bool:
    """Return whether a punctuation mark touches the word before it: in French, high marks stand off."""
    return not (french and mark[:1] in _SPACED_IN_FRENCH)


def joined(words: Iterable[Word]) -> str:
    """Return the words as people write them."""
    text = "".join(word.text if word.glued else f" {word.text}" for word in words)
    return " ".join(text.split())


def utterances(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Yield consecutive words of one speaker: up to a sentence end or a pause, or as the tool itself cut them."""
    run: list[Word] = []
    for word in words:
        if run and (_are_apart(run[-1], word) or (len(run) >= LONGEST and word.utterance is None and not word.glued)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _are_apart(before: Word, after: Word) -> bool:
    if before.speaker != after.speaker or before.utterance != after.utterance:
        return True
    if after.glued or after.utterance is not None or is_mark(after.text):
        return False
    if _SENTENCE_END.search(before.text) and not _ABBREVIATION.fullmatch(before.text) and not after.text[:1].islower():
        return True
    until = before.end if before.end is not None else before.start
    return until is not None and after.start is not None and after.start - until > PAUSE


@dataclass
class Gatherer:
    """Gathers the cues of one document, in its order; nothing is left out without a reason."""

    source: Source
    """The file."""
    names_speakers: bool = False
    """Whether the document has a place for speakers, so that an empty one is worth saying."""
    reading: Reading = field(default_factory=Reading)
    """What was left out so far."""
    _pieces: list[tuple[str | None, str, int | None, int | None, Span, tuple[str, ...]]] = field(
        default_factory=Bounded
    )

    def span(self, place: str) -> Span:
        """Return where a pointer leads."""
        return Span(file=self.source.name, pointer=place)

    def each(self, items: Any, *steps: str | int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the objects of a list, each with its pointer; anything else in it is left out."""
        for n, item in enumerate(items if isinstance(items, list) else ()):
            place = pointer(*steps, n)
            if isinstance(item, dict):
                yield place, item
            else:
                self.ignore(N_("not a segment"), place)

    def speaker(self, item: Mapping[str, Any], *keys: str) -> str | None:
        """Return who says `item`, under the first of `keys` that names someone."""
        for key in keys:
            if key in item:
                self.names_speakers = True
                if label := label_of(item[key]):
                    return label
        return None

    def ignore(self, reason: str, place: str | Span) -> None:
        """Leave something out."""
        self.reading.ignore(reason, place if isinstance(place, Span) else self.span(place))

    def say(
        self,
        text: Any,
        place: str | Span,
        speaker: str | None = None,
        start: int | None = None,
        end: int | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Add one cue, or several where `>>` marks another speaker.

        What is no text, has no word, or is a sound alone is left out.
        """
        words = words_of(text)
        if speaker is None and ">>" in words and "<<" not in words and len(parts := CHANGE.split(words)) > 1:
            if any(map(str.isalnum, parts[0])):
                self.say(parts[0], place, None, start, end, flags)
            for part in filter(None, map(str.strip, parts[1:])):
                self.say(part, place, None, start, end, (*flags, "speaker_change"))
            return
        if not isinstance(text, str):
            self.ignore(N_("not a segment"), place)
        elif not words:
            self.ignore(N_("empty segment"), place)
        elif not any(map(str.isalnum, words)):
            self.ignore(N_("no words"), place)
        elif is_sound_alone(words):
            self.ignore(N_("sound"), place)
        else:
            span = place if isinstance(place, Span) else self.span(place)
            self._pieces.append((speaker, words, start, end, span, flags))

    def say_words(self, words: Iterable[Word]) -> None:
        """Add cues of words, each with the place of its first word."""
        for run in utterances(words):
            ends = [word.end for word in run if word.end is not None]
            start = next((word.start for word in run if word.start is not None), None)
            self.say(joined(run), run[0].place, run[0].speaker, start, ends[-1] if ends else None)

    def finish(self) -> Reading:
        """Return the reading, with flags for what is odd about each cue."""
        previous: int | None = None
        names_speakers = self.names_speakers or any(piece[0] for piece in self._pieces)
        for speaker, text, start, end, span, first_flags in self._pieces:
            flags = list(first_flags)
            if start is not None:
                if end is not None and end < start:
                    flags.append("negative_duration")
                if previous is not None and start < previous and "time_backwards" not in flags:
                    flags.append("time_backwards")
                previous = start
            if speaker is None and names_speakers:
                flags.append("no_speaker")
            self.reading.cues.append(
                Cue(speaker=speaker, text=text, start=start, end=end, span=span, flags=tuple(flags))
            )
        return self.reading

    def note(self, code: str) -> None:
        """Add something the user should know."""
        self.reading.notices.append(Notice(code=code, file=self.source.name))
