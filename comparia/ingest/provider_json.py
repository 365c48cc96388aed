"""JSON of speech-to-text services: LinTO, Amazon, Deepgram, AssemblyAI, Google, Azure, Speechmatics, Rev.

No address of a document (`audio_url`, `source`: they are signed) and no account number is ever looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comparia.ingest.json_source import (
    Gatherer,
    Table,
    Word,
    dialect,
    dicts,
    is_french,
    is_glued,
    is_mark,
    label_of,
    load,
    load_if_valid,
    pointer,
    time_of,
    unknown,
    words_of,
)
from comparia.ingest.source import Reading, Source
from comparia.messages import N_

FORMAT = "provider-json"
DESCRIPTION = "JSON of LinTO, Amazon Transcribe, Deepgram, AssemblyAI, Google, Azure, Speechmatics, Rev"

_GOOGLE_SPEAKER = ("speakerTag", "speaker_tag", "speakerLabel")
TICKS = 10_000_000
"""Azure's units in a second."""
REPEATED_SHARE = 0.9
"""Share of the words before it that Google's last result must hold to be the same speech said again, with speakers."""


def sniff(source: Source) -> bool:
    """Return whether it is JSON with the keys of one of these services."""
    return dialect(load_if_valid(source), DIALECTS) is not None


def read(source: Source) -> Reading:
    """Make one cue for each utterance, as the service cut them; a sentence where it gives words only."""
    document = load(source)
    reader = dialect(document, DIALECTS)
    if reader is None:
        raise unknown(source, dict.fromkeys(keys[0] for keys, method in DIALECTS if method))
    gather = Gatherer(source)
    reader(document, gather)
    return gather.finish()


# LinTO ---------------------------------------------------------------------------------------------------------------


def _linto_live(document: Any, gather: Gatherer) -> None:
    """Read captions of a live session, channel by channel; their translations are not speech."""
    for at, channel in gather.each(document["channels"], "channels"):
        for place, caption in gather.each(channel.get("closedCaptions"), *at.split("/")[1:], "closedCaptions"):
            speaker = gather.speaker(caption, "locutor")
            times = time_of(caption.get("start")), time_of(caption.get("end"))
            gather.say(caption.get("text"), place, speaker, *times)
        if channel.get("translatedCaptions"):
            gather.ignore(N_("translation"), f"{at}/translatedCaptions")


def _linto_offline(document: Any, gather: Gatherer) -> None:
    """Read segments of LinTO's transcription service: punctuated in `segment`, bare in `raw_segment`."""
    for place, segment in gather.each(document["segments"], "segments"):
        times = time_of(segment.get("start")), time_of(segment.get("end"))
        gather.say(segment.get("segment"), place, gather.speaker(segment, "spk_id"), *times)


def _linto_studio(document: Any, gather: Gatherer) -> None:
    """Read a conversation of LinTO Studio: turns of speakers named in a list of their own."""
    names = {str(one.get("speaker_id")): one.get("speaker_name") for one in dicts(document.get("speakers"))}
    for place, turn in gather.each(document["text"], "text"):
        gather.names_speakers = True
        identity = turn.get("speaker_id")
        words = dicts(turn.get("words"))
        start = time_of(words[0].get("stime")) if words else time_of(turn.get("stime"))
        end = time_of(words[-1].get("etime")) if words else time_of(turn.get("etime"))
        speaker = label_of(names.get(str(identity))) or label_of(identity)
        gather.say(turn.get("segment") or turn.get("raw_segment"), place, speaker, start, end)


# Amazon Transcribe ---------------------------------------------------------------------------------------------------


def _amazon(document: Any, gather: Gatherer) -> None:
    """Read the items one by one; who speaks is in the item, or in segments or channels that repeat its times."""
    results = document["results"]
    items = list(gather.each(results["items"], "results", "items"))
    contents = [(place, item, words_of(_first(item).get("content"))) for place, item in items]
    segments = _amazon_segments(results, gather)
    french = is_french(results.get("language_code"), [text for _place, _item, text in contents])
    words: list[Word] = []
    for place, item, text in contents:
        if not text:
            gather.ignore(N_("empty segment"), place)
            continue
        start, end = time_of(item.get("start_time")), time_of(item.get("end_time"))
        if item.get("type") == "punctuation":
            before = words[-1] if words else None
            speaker, utterance = (before.speaker, before.utterance) if before else (None, None)
            words.append(Word(text, place, start, end, speaker, is_glued(text, french), utterance))
            continue
        segment_speaker, utterance = segments.get((start, end, ""), segments.get((start, end, text), (None, None)))
        speaker = gather.speaker(item, "speaker_label", "channel_label") or segment_speaker
        words.append(Word(text, place, start, end, speaker, False, utterance))
    gather.say_words(words)
    if not items:
        for place, whole in gather.each(results.get("transcripts"), "results", "transcripts"):
            gather.say(whole.get("transcript"), place)


def _amazon_segments(
    results: Any, gather: Gatherer
) -> dict[tuple[int | None, int | None, str], tuple[str | None, int | None]]:
    """Return the speaker and the segment number of each item, by its times (and its word, where channels overlap)."""
    segments: dict[tuple[int | None, int | None, str], tuple[str | None, int | None]] = {}
    labels, channels = results.get("speaker_labels"), results.get("channel_labels")
    if isinstance(labels, dict):
        gather.names_speakers = True
        for n, segment in enumerate(dicts(labels.get("segments"))):
            speaker = label_of(segment.get("speaker_label"))
            for item in dicts(segment.get("items")):
                times = time_of(item.get("start_time")), time_of(item.get("end_time"))
                segments[(*times, "")] = label_of(item.get("speaker_label")) or speaker, n
    elif isinstance(channels, dict):
        gather.names_speakers = True
        for channel in dicts(channels.get("channels")):
            speaker = label_of(channel.get("channel_label"))
            for item in dicts(channel.get("items")):
                times = time_of(item.get("start_time")), time_of(item.get("end_time"))
                segments[(*times, words_of(_first(item).get("content")))] = speaker, None
    return segments


# Deepgram ------------------------------------------------------------------------------------------------------------


def _deepgram(document: Any, gather: Gatherer) -> None:
    """Read utterances if they were asked for, else the words of each channel."""
    results = document["results"]
    utterances, channels = results.get("utterances"), results.get("channels")
    several = isinstance(channels, list) and len(channels) > 1
    if isinstance(utterances, list) and utterances:
        for place, utterance in gather.each(utterances, "results", "utterances"):
            speaker = gather.speaker(utterance, "speaker")
            if several:
                speaker = _on_channel(utterance.get("channel"), speaker)
            times = time_of(utterance.get("start")), time_of(utterance.get("end"))
            gather.say(utterance.get("transcript"), place, speaker, *times)
        return
    for n, (place, channel) in enumerate(gather.each(channels, "results", "channels")):
        best = _first(channel)
        at = f"{place}/alternatives/0"
        words = []
        for where, word in gather.each(best.get("words"), *at.split("/")[1:], "words"):
            speaker = gather.speaker(word, "speaker")
            if several:
                speaker = _on_channel(n, speaker)
            text = words_of(word.get("punctuated_word")) or words_of(word.get("word"))
            words.append(Word(text, where, time_of(word.get("start")), time_of(word.get("end")), speaker))
        if words:
            gather.say_words(words)
        else:
            gather.say(best.get("transcript"), at, _on_channel(n, None) if several else None)


def _on_channel(channel: Any, speaker: str | None) -> str | None:
    """Return who speaks on a recording of several channels, each of which numbers its own speakers."""
    if isinstance(channel, list) and channel:
        channel = channel[0]
    if isinstance(channel, bool) or not isinstance(channel, int):
        return speaker
    return f"Channel {channel} {speaker}" if speaker else f"Channel {channel}"


# AssemblyAI ----------------------------------------------------------------------------------------------------------


def _assemblyai(document: Any, gather: Gatherer) -> None:
    """Read utterances, else words, else the whole text; in ms unless the length of the recording says otherwise."""
    utterances, words = document.get("utterances"), document.get("words")
    timed_items = [item for items in (utterances, words) for item in dicts(items)]
    unit = _assemblyai_unit(document.get("audio_duration"), timed_items)
    if isinstance(utterances, list) and utterances:
        for place, utterance in gather.each(utterances, "utterances"):
            speaker = gather.speaker(utterance, "speaker")
            times = time_of(utterance.get("start"), unit), time_of(utterance.get("end"), unit)
            text = utterance["text"] if "text" in utterance else utterance.get("transcript")
            gather.say(text, place, speaker, *times)
    elif isinstance(words, list) and words:
        gather.say_words(
            Word(
                words_of(word.get("text")),
                place,
                time_of(word.get("start"), unit),
                time_of(word.get("end"), unit),
                gather.speaker(word, "speaker"),
            )
            for place, word in gather.each(words, "words")
        )
    else:
        gather.say(document.get("text"), pointer("text"))


def _assemblyai_unit(length: Any, timed_items: list[dict[str, Any]]) -> int:
    """Return the units in a second: some tools that keep these answers turn their ms into seconds."""
    numbers = [item.get(key) for item in timed_items for key in ("start", "end")]
    latest = max((t for t in map(time_of, numbers) if t is not None), default=0)
    whole = time_of(length)
    if whole:
        return 1 if latest <= 2 * whole else 1000
    return 1 if any(isinstance(t, float) and not t.is_integer() for t in numbers) else 1000


# Google Speech-to-Text -----------------------------------------------------------------------------------------------


def _google(document: Any, gather: Gatherer) -> None:
    """Read results, alone or in the envelope of an operation; with speakers, the last one says everything again."""
    inside = isinstance(document.get("response"), dict)
    steps = ("response", "results") if inside else ("results",)
    results = list(gather.each((document["response"] if inside else document).get("results"), *steps))
    if _says_all_again(results):
        for place, _result in results[:-1]:
            gather.ignore(N_("said again, with speakers, by the last result"), place)
        results = results[-1:]
    for place, result in results:
        best = _first(result)
        words = _google_words(best, f"{place}/alternatives/0", gather)
        text = words_of(best.get("transcript"))
        if any(word.speaker for word in words) or not text:
            gather.say_words(words)
            if not words:
                gather.ignore(N_("empty segment"), place)
            continue
        start = words[0].start if words else None
        end = words[-1].end if words else _either(result, "resultEndTime", "resultEndOffset", "result_end_time")
        gather.say(text, place, _on_channel(result.get("channelTag"), None), start, end)


def _google_words(best: dict[str, Any], at: str, gather: Gatherer) -> list[Word]:
    words = []
    for place, word in gather.each(best.get("words"), *at.split("/")[1:], "words"):
        tag: dict[str, Any] = {key: word[key] or None for key in _GOOGLE_SPEAKER if key in word}
        words.append(
            Word(
                words_of(word.get("word")),
                place,
                _either(word, "startTime", "startOffset", "start_time"),
                _either(word, "endTime", "endOffset", "end_time"),
                gather.speaker(tag, *tag),  # a tag of 0 is Google's for nobody
            )
        )
    return words


def _says_all_again(results: list[tuple[str, dict[str, Any]]]) -> bool:
    """Return whether the last result tells speakers, and repeats all the words before it from the first start."""
    if len(results) < 2:
        return False
    tagged_words = [word for word in dicts(_first(results[-1][1]).get("words")) if any(map(word.get, _GOOGLE_SPEAKER))]
    before = [_first(result) for _place, result in results[:-1]]
    n_before = sum(len(dicts(best.get("words"))) or len(words_of(best.get("transcript")).split()) for best in before)
    opening = dicts(before[0].get("words"))
    if not tagged_words or len(tagged_words) < REPEATED_SHARE * n_before:
        return False
    return not opening or words_of(opening[0].get("word")) == words_of(tagged_words[0].get("word"))


def _either(item: dict[str, Any], *keys: str) -> int | None:
    return next((time for key in keys if (time := time_of(item.get(key))) is not None), None)


# Azure ---------------------------------------------------------------------------------------------------------------


def _azure_batch(document: Any, gather: Gatherer) -> None:
    """Read phrases of a batch, each with its best reading first: the others are not speech."""
    phrases = dicts(document["recognizedPhrases"])
    several = len({phrase["channel"] for phrase in phrases if isinstance(phrase.get("channel"), int)}) > 1
    for place, phrase in gather.each(document["recognizedPhrases"], "recognizedPhrases"):
        best = _first(phrase, "nBest")
        texts = (words_of(best.get(key)) for key in ("display", "maskedITN", "itn", "lexical"))
        start = _azure_time(phrase, "offset")
        length = _azure_time(phrase, "duration")
        end = start + length if start is not None and length is not None else None
        speaker = gather.speaker(phrase, "speaker")
        gather.say(
            next(filter(None, texts), ""),
            place,
            _on_channel(phrase.get("channel"), speaker) if several else speaker,
            start,
            end,
        )


def _azure_time(phrase: dict[str, Any], name: str) -> int | None:
    """Return a time of a phrase, whichever way this version of the service writes it."""
    for key, unit in ((f"{name}InTicks", TICKS), (f"{name}Ticks", TICKS), (f"{name}Milliseconds", 1000)):
        if (time := time_of(phrase.get(key), unit)) is not None:
            return time
    value = phrase.get(name)
    return time_of(value) if isinstance(value, str) else time_of(value, TICKS)


def _azure_fast(document: Any, gather: Gatherer) -> None:
    """Read phrases of the fast transcription, in ms."""
    for place, phrase in gather.each(document["phrases"], "phrases"):
        start, length = _azure_time(phrase, "offset"), _azure_time(phrase, "duration")
        end = start + length if start is not None and length is not None else None
        gather.say(phrase.get("text"), place, gather.speaker(phrase, "speaker"), start, end)


# Speechmatics --------------------------------------------------------------------------------------------------------


def _speechmatics(document: Any, gather: Gatherer) -> None:
    """Read words and marks one by one, each mark saying what it touches."""
    items = [(place, item, _first(item)) for place, item in gather.each(document["results"], "results")]
    french = is_french(
        _speechmatics_language(document), [words_of(best.get("content")) for _place, _item, best in items]
    )
    words: list[Word] = []
    joins = False
    for place, item, best in items:
        text = words_of(best.get("content"))
        if not text:
            gather.ignore(N_("empty segment"), place)
            continue
        mark = item.get("type") == "punctuation"
        touches = item.get("attaches_to") or ("previous" if mark else "none")
        speaker = gather.speaker(best, "speaker")
        speaker = None if speaker == "UU" else speaker
        if mark and speaker is None and words:
            speaker = words[-1].speaker
        glued = joins or (touches in ("previous", "both") and not (mark and not is_glued(text, french)))
        times = time_of(item.get("start_time")), time_of(item.get("end_time"))
        words.append(Word(text, place, *times, speaker, glued))
        joins = touches in ("next", "both")
    gather.say_words(words)


def _speechmatics_language(document: dict[str, Any]) -> Any:
    metadata = document.get("metadata")
    config = metadata.get("transcription_config") if isinstance(metadata, dict) else None
    language = config.get("language") if isinstance(config, dict) else None
    return language if language not in ("auto", "multi") else None


# Rev -----------------------------------------------------------------------------------------------------------------


def _rev(document: Any, gather: Gatherer) -> None:
    """Read monologues of elements (from the service) or spans (from the editor); spaces are elements of their own."""
    names = {n: label_of(speaker) for n, speaker in _rev_speakers(document.get("speakers"))}
    for place, monologue in gather.each(document["monologues"], "monologues"):
        gather.names_speakers = True
        number = monologue.get("speaker")
        listed_name = names.get(number) if isinstance(number, int) else None
        speaker = label_of(monologue.get("speaker_info")) or listed_name or label_of(number)
        speaker = label_of(monologue.get("speaker_name")) or speaker
        key = "elements" if isinstance(monologue.get("elements"), list) else "spans"
        elements = list(gather.each(monologue.get(key), *place.split("/")[1:], key))
        has_spaces = any(isinstance(item.get("value"), str) and " " in item["value"] for _place, item in elements)
        gap = True
        words = []
        for where, item in elements:
            value = item.get("value")
            text = words_of(value)
            if not isinstance(value, str):
                gather.ignore(N_("not a segment"), where)
                continue
            if text:
                times = time_of(item.get("ts")), _either(item, "end_ts", "endTs")
                glued = not (gap or value[:1].isspace()) if has_spaces else is_mark(text)
                words.append(Word(text, where, *times, speaker, glued))
            gap = value[-1:].isspace() if value else gap
        gather.say_words(words)
        if not words:
            gather.ignore(N_("empty segment"), place)


def _rev_speakers(speakers: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for n, speaker in enumerate(dicts(speakers)):
        number = speaker.get("id", n)
        if isinstance(number, int) and isinstance(speaker.get("name"), str):
            yield number, speaker


# What they share -----------------------------------------------------------------------------------------------------


def _first(item: dict[str, Any], key: str = "alternatives") -> dict[str, Any]:
    """Return the best of several readings of the same words."""
    readings = item.get(key)
    return readings[0] if isinstance(readings, list) and readings and isinstance(readings[0], dict) else {}


DIALECTS: Table = (
    (("segments", "*", "text"), None),  # of the Whisper family, whatever else stands beside
    (("chunks", "*", "text"), None),
    (("channels", "*", "closedCaptions"), _linto_live),
    (("segments", "*", "raw_segment"), _linto_offline),
    (("text", "*", "speaker_id"), _linto_studio),
    (("results", "items"), _amazon),
    (("results", "channels"), _deepgram),
    (("results", "utterances"), _deepgram),
    (("utterances", "*"), _assemblyai),
    (("audio_url",), _assemblyai),
    (("response", "results", "*", "alternatives"), _google),
    (("results", "*", "alternatives", "*", "content"), _speechmatics),
    (("results", "*", "alternatives", "*", "transcript"), _google),
    (("results", "*", "alternatives", "*", "words"), _google),
    (("recognizedPhrases", "*"), _azure_batch),
    (("phrases", "*", "offsetMilliseconds"), _azure_fast),
    (("monologues", "*"), _rev),
)
