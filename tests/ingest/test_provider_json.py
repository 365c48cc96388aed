"""JSON of speech-to-text services."""

import contextlib
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import loose_json, provider_json, speech_json
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.messages import speaking
from comparia.records import Transcript

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
FILES = sorted(SAMPLES.glob("*_json/*"))
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")


def reading(document, reader=provider_json):
    text = document if isinstance(document, str) else json.dumps(document)
    source = Source.decode(text.encode(), "speech.json", None)
    assert reader.sniff(source)
    with speaking("en"):
        return reader.read(source)


def said(document):
    return [(cue.speaker, cue.text, cue.start, cue.end) for cue in reading(document).cues]


def pointed(document):
    return [cue.span.pointer for cue in reading(document).cues]


def left_out(document):
    return [(item.reason, item.span.pointer) for item in reading(document).ignored]


def sample(path):
    source = Source.decode((SAMPLES / path).read_bytes(), Path(path).name, None)
    assert provider_json.sniff(source)
    with speaking("en"):
        return provider_json.read(source)


# LinTO ---------------------------------------------------------------------------------------------------------------


def caption(text, start=None, end=None, locutor=None):
    return {"segmentId": 1, "start": start, "end": end, "text": text, "lang": "fr-FR", "locutor": locutor}


def test_linto_captions_without_their_translations():
    captions = [caption("Bonjour", 0.07, 1.5), caption("", locutor="bot"), caption("Oui.", 0.05, 2, "Ada")]
    translated = {"1": [{"segmentId": 1, "targetLang": "en", "text": "Hello"}]}
    document = {"channels": [{"closedCaptions": captions, "translatedCaptions": translated}]}
    assert said(document) == [(None, "Bonjour", 70, 1500), ("Ada", "Oui.", 50, 2000)]
    assert [cue.flags for cue in reading(document).cues] == [("no_speaker",), ("time_backwards",)]
    assert pointed(document) == ["/channels/0/closedCaptions/0", "/channels/0/closedCaptions/2"]
    assert left_out(document) == [
        ("empty segment", "/channels/0/closedCaptions/1"),
        ("translation", "/channels/0/translatedCaptions"),
    ]


def test_linto_transcription_service():
    segment = {"start": 0, "end": 3.1, "raw_segment": "bonjour", "segment": "Bonjour.", "spk_id": "spk1", "words": []}
    assert said({"segments": [segment], "raw_transcription": "bonjour"}) == [("spk1", "Bonjour.", 0, 3100)]


def test_linto_studio_conversation_names_its_speakers():
    words = [{"word": "Bonjour.", "stime": 0.5, "etime": 1.0}]
    turns = [
        {"speaker_id": "a1", "segment": "Bonjour.", "words": words},
        {"speaker_id": "zz", "segment": "Oui", "words": None},
    ]
    document = {"name": "Séance", "speakers": [{"speaker_id": "a1", "speaker_name": "Ada Roy"}], "text": turns}
    assert said(document) == [("Ada Roy", "Bonjour.", 500, 1000), ("zz", "Oui", None, None)]


@real
def test_linto_sample():
    found = sample("linto_json/linto_live_session_captions.json")
    segments = [item for item in found.ignored if item.reason == "empty segment"]
    assert len(found.cues) + len(segments) == 35
    assert not any("translation" in cue.text for cue in found.cues)
    assert sum("time_backwards" in cue.flags for cue in found.cues) >= 3


# Amazon --------------------------------------------------------------------------------------------------------------


def spoken(text, start, end, **fields):
    alternatives = [{"confidence": "1.0", "content": text}, {"content": "rival"}]
    return {"start_time": start, "end_time": end, "alternatives": alternatives, "type": "pronunciation", **fields}


def mark(text, **fields):
    return {"alternatives": [{"confidence": "0.0", "content": text}], "type": "punctuation", **fields}


def labelled(speaker, *times):
    items = [{"start_time": start, "end_time": end, "speaker_label": speaker} for start, end in times]
    return {"start_time": times[0][0], "end_time": times[-1][1], "speaker_label": speaker, "items": items}


FRENCH = [
    spoken("Vous", "0.49", "0.7"),
    spoken("venez", "0.7", "1.2"),
    mark("?"),
    spoken("Oui", "9.0", "9.4"),
    mark("."),
]


def test_amazon_speakers_of_segments():
    segments = [labelled("spk_0", ("0.49", "0.7"), ("0.7", "1.2")), labelled("spk_1", ("9.0", "9.4"))]
    results = {"transcripts": [{"transcript": "x"}], "speaker_labels": {"segments": segments}, "items": FRENCH}
    document = {"accountId": "123456789012", "results": results}
    assert said(document) == [("spk_0", "Vous venez ?", 490, 1200), ("spk_1", "Oui.", 9000, 9400)]
    assert pointed(document) == ["/results/items/0", "/results/items/3"]
    assert not any("123456789012" in repr(thing) for thing in (reading(document).cues, reading(document).notices))


def test_amazon_speakers_of_items_and_of_channels():
    items = [spoken("Yes", "0", "1", speaker_label="spk_0"), mark("?"), spoken("No", "1", "2", speaker_label="spk_1")]
    assert said({"results": {"language_code": "en-US", "items": items}}) == [
        ("spk_0", "Yes?", 0, 1000),
        ("spk_1", "No", 1000, 2000),
    ]
    channels = [
        {"channel_label": "ch_0", "items": [spoken("Yes", "0", "1")]},
        {"channel_label": "ch_1", "items": [spoken("No", "0", "1")]},
    ]
    items = [spoken("Yes", "0", "1"), spoken("No", "0", "1")]
    document = {"results": {"channel_labels": {"channels": channels}, "items": items}}
    assert said(document) == [("ch_0", "Yes", 0, 1000), ("ch_1", "No", 0, 1000)]


def test_amazon_without_speakers_is_cut_at_sentences_and_pauses():
    assert said({"results": {"items": FRENCH}}) == [(None, "Vous venez ?", 490, 1200), (None, "Oui.", 9000, 9400)]
    assert said({"results": {"items": [], "transcripts": [{"transcript": "Tout."}]}}) == [(None, "Tout.", None, None)]


@real
def test_amazon_sample():
    path = "aws_json/aws_speaker_labels.json"
    found = sample(path)
    document = json.loads((SAMPLES / path).read_text(encoding="utf-8"))
    segments = document["results"]["speaker_labels"]["segments"]
    assert [cue.speaker for cue in found.cues] == [segment["speaker_label"] for segment in segments]
    assert len(segments) == 24
    assert {cue.speaker for cue in found.cues} == {"spk_0", "spk_1", "spk_2"}
    whole = document["results"]["transcripts"][0]["transcript"]
    assert " ".join(cue.text for cue in found.cues) == " ".join(whole.split())
    assert found.ignored == []


# Deepgram ------------------------------------------------------------------------------------------------------------


def test_deepgram_utterances_keep_speaker_zero():
    utterances = [
        {"start": 3.04, "end": 3.5, "transcript": "Et,", "speaker": 0, "channel": 0},
        {"start": 4, "end": 5, "transcript": "oui", "speaker": None, "channel": 0},
        {"start": 4, "end": 5, "transcript": "", "speaker": 1, "channel": 0},
    ]
    document = {"results": {"channels": [{"alternatives": []}], "utterances": utterances}}
    assert said(document) == [("Speaker 0", "Et,", 3040, 3500), (None, "oui", 4000, 5000)]
    assert [cue.flags for cue in reading(document).cues] == [(), ("no_speaker",)]
    assert left_out(document) == [("empty segment", "/results/utterances/2")]


def deepgram_word(text, start, end, **fields):
    return {"word": text.lower().strip("."), "punctuated_word": text, "start": start, "end": end, **fields}


def test_deepgram_words_when_no_utterances_were_asked_for():
    words = [
        deepgram_word("Bonjour.", 0, 0.5, speaker=0),
        deepgram_word("Oui", 0.6, 0.7, speaker=0),
        deepgram_word("non", 0.8, 0.9, speaker=1),
    ]
    best = {"transcript": "Bonjour. Oui non", "words": words}
    document = {"results": {"channels": [{"alternatives": [best, {"transcript": "rival", "words": words}]}]}}
    assert said(document) == [
        ("Speaker 0", "Bonjour.", 0, 500),
        ("Speaker 0", "Oui", 600, 700),
        ("Speaker 1", "non", 800, 900),
    ]
    assert pointed(document)[1] == "/results/channels/0/alternatives/0/words/1"


def test_deepgram_channels_number_their_own_speakers():
    first = {"alternatives": [{"transcript": "oui", "words": [deepgram_word("oui", 0, 1, speaker=0)]}]}
    second = {"alternatives": [{"transcript": "non", "words": []}]}
    document = {"results": {"channels": [first, second]}}
    assert said(document) == [("Channel 0 Speaker 0", "oui", 0, 1000), ("Channel 1", "non", None, None)]


@real
def test_deepgram_sample():
    found = sample("deepgram_json/deepgram_diarized_utterances.json")
    assert Counter(cue.speaker for cue in found.cues) == {"Speaker 1": 12, "Speaker 0": 5, "Speaker 2": 5}
    assert sum(len(cue.text.split()) for cue in found.cues) == 226


# AssemblyAI ----------------------------------------------------------------------------------------------------------


def assembly(start, end, **fields):
    utterance = {"speaker": "A", "start": start, "end": end, "text": "Bonjour.", "words": []}
    return {"audio_url": "https://x.test/a?Signature=SECRET", "text": "Bonjour.", "utterances": [utterance], **fields}


@pytest.mark.parametrize(
    "document",
    [
        assembly(170, 25_140, audio_duration=25),
        assembly(170, 25_140),
        assembly(0.17, 25.14, audio_duration=25),
        assembly(0.17, 25.14, audio_duration=25.2),
        assembly(0.17, 25.14),
    ],
)
def test_assemblyai_counts_in_the_unit_of_its_recording(document):
    assert said(document) == [("A", "Bonjour.", 170, 25_140)]
    assert "SECRET" not in repr(reading(document))


def test_assemblyai_words_then_text():
    words = [{"text": "Oui.", "start": 0, "end": 400, "speaker": "A"}, {"text": "Non", "start": 500, "end": 900}]
    document = {"audio_url": "x", "audio_duration": 1, "text": "Oui. Non", "utterances": None, "words": words}
    assert said(document) == [("A", "Oui.", 0, 400), (None, "Non", 500, 900)]
    assert said({**document, "words": None}) == [(None, "Oui. Non", None, None)]


@real
def test_assemblyai_sample():
    found = sample("assemblyai_json/assemblyai_utterances_ms.json")
    assert [(cue.speaker, cue.start, cue.end) for cue in found.cues] == [("A", 170, 25_140)]
    assert "http" not in repr(found)


# Google --------------------------------------------------------------------------------------------------------------


def tagged(text, start, end, tag=None):
    word = {"startTime": start, "endTime": end, "word": text}
    return word if tag is None else {**word, "speakerTag": tag}


def result(transcript, *words, **fields):
    rival = {"transcript": "rival", "words": [tagged("rival", "0s", "1s", 9)]}
    return {"alternatives": [{"transcript": transcript, "words": list(words)}, rival], **fields}


PLAIN = [
    result("Buongiorno.", tagged("Buongiorno.", "0.500s", "1s")),
    result(" Sì certo", tagged("Sì", "1.500s", "2s"), tagged("certo", "2s", "2.100s")),
]
AGAIN = {
    "alternatives": [
        {
            "words": [
                tagged("Buongiorno.", "0.500s", "1s", 3),
                tagged("Sì", "1.500s", "2s", 1),
                tagged("certo", "2s", "2.100s", 1),
            ]
        }
    ]
}


@pytest.mark.parametrize("wrap", [lambda results: {"results": results}, lambda r: {"response": {"results": r}}])
def test_google_last_result_that_says_all_again_is_not_doubled(wrap):
    document = wrap([*PLAIN, AGAIN])
    root = "/response/results" if "response" in document else "/results"
    assert said(document) == [("Speaker 3", "Buongiorno.", 500, 1000), ("Speaker 1", "Sì certo", 1500, 2100)]
    reason = "said again, with speakers, by the last result"
    assert left_out(document) == [(reason, f"{root}/0"), (reason, f"{root}/1")]
    assert pointed(document)[0] == f"{root}/2/alternatives/0/words/0"


def test_google_results_that_do_not_repeat():
    assert said({"results": PLAIN}) == [(None, "Buongiorno.", 500, 1000), (None, "Sì certo", 1500, 2100)]
    tags = [result("un", tagged("un", "0s", "1s", 1)), result("deux", tagged("deux", "1s", "2s", 2))]
    assert said({"results": tags}) == [("Speaker 1", "un", 0, 1000), ("Speaker 2", "deux", 1000, 2000)]


def test_google_times_of_other_versions():
    seconds = {"word": "un", "startTime": {"seconds": "61", "nanos": 500_000_000}, "endTime": {"seconds": 62}}
    offsets = {"word": "deux", "startOffset": "3s", "endOffset": "4.5s", "speakerLabel": "2"}
    nobody = {"word": "trois", "startTime": "5s", "endTime": "6s", "speakerTag": 0}
    document = {"results": [result("un", seconds), result("deux", offsets), result("trois", nobody)]}
    assert said(document) == [
        (None, "un", 61_500, 62_000),
        ("Speaker 2", "deux", 3000, 4500),
        (None, "trois", 5000, 6000),
    ]


def test_google_transcript_alone():
    assert said({"results": [{"alternatives": [{"transcript": "un"}], "resultEndTime": "4.2s"}]}) == [
        (None, "un", None, 4200)
    ]


# Azure ---------------------------------------------------------------------------------------------------------------


def phrase(text="Bonjour.", status="Success", **fields):
    best = [{"display": text, "lexical": "bonjour"}, {"display": "rival"}] if text else []
    return {"recognitionStatus": status, "channel": 0, "nBest": best, **fields}


@pytest.mark.parametrize(
    "times",
    [
        {"offsetInTicks": 400_000.0, "durationInTicks": 21_800_000.0, "offset": "PT9S"},
        {"offsetInTicks": 400_000, "durationTicks": 21_800_000},
        {"offset": "PT0.04S", "duration": "PT2.18S"},
        {"offsetMilliseconds": 40, "durationMilliseconds": 2180},
        {"offset": 400_000, "duration": 21_800_000},
    ],
)
def test_azure_times_of_every_version(times):
    document = {"source": "https://x.test/a?sig=SECRET", "recognizedPhrases": [phrase(speaker=1, **times)]}
    assert said(document) == [("Speaker 1", "Bonjour.", 40, 2220)]
    assert "SECRET" not in repr(reading(document))


def test_azure_long_times_failures_and_channels():
    document = {"recognizedPhrases": [phrase(offset="PT1H2M3.5S", duration="PT1S"), phrase("", "Failure")]}
    assert said(document) == [(None, "Bonjour.", 3_723_500, 3_724_500)]
    assert left_out(document) == [("empty segment", "/recognizedPhrases/1")]
    stereo = {"recognizedPhrases": [phrase(), phrase("Oui", channel=1)]}
    assert [speaker for speaker, *_rest in said(stereo)] == ["Channel 0", "Channel 1"]


def test_azure_fast_transcription():
    spoke = {"speaker": 2, "offsetMilliseconds": 80, "durationMilliseconds": 1000, "text": "Bonjour.", "words": []}
    assert said({"combinedPhrases": [{"text": "Bonjour."}], "phrases": [spoke]}) == [
        ("Speaker 2", "Bonjour.", 80, 1080)
    ]


@real
def test_azure_sample():
    found = sample("azure_json/azure_batch_v3.json")
    assert [(cue.speaker, cue.text, cue.start) for cue in found.cues] == [
        ("Speaker 1", "Run Alabama drivers license.", 40),
        ("Speaker 2", "0030", 2280),
        ("Speaker 1", "669", 5400),
    ]


# Speechmatics --------------------------------------------------------------------------------------------------------


def heard(text, start, end, speaker="S1", kind="word", **fields):
    best = [{"content": text, "speaker": speaker, "confidence": 1.0}, {"content": "rival"}]
    return {"type": kind, "start_time": start, "end_time": end, "alternatives": best, **fields}


def speechmatics(language, *results):
    return {"format": "2.9", "metadata": {"transcription_config": {"language": language}}, "results": list(results)}


def test_speechmatics_marks_attach_as_they_say():
    results = [
        heard("«", 0, 0, kind="punctuation", attaches_to="next"),
        heard("Vous", 0, 0.2),
        heard("»", 0.2, 0.2, kind="punctuation", attaches_to="previous"),
        heard("venez", 0.3, 0.5),
        heard("?", 0.5, 0.5, kind="punctuation", attaches_to="previous", is_eos=True),
        heard("Oui", 0.6, 0.8, "S2"),
        heard(",", 0.8, 0.8, "S2", kind="punctuation", attaches_to="previous"),
        heard("bien", 0.9, 1.0, "S2"),
        heard(".", 1.0, 1.0, "UU", kind="punctuation"),
        heard("Euh", 1.1, 1.2, "UU"),
    ]
    assert [row[:2] for row in said(speechmatics("fr", *results))] == [
        ("S1", "«Vous » venez ?"),
        ("S2", "Oui, bien."),
        (None, "Euh"),
    ]
    assert [row[1] for row in said(speechmatics("en", *results))] == ["«Vous» venez?", "Oui, bien.", "Euh"]
    assert reading(speechmatics("fr", *results)).cues[-1].flags == ("no_speaker",)


@real
def test_speechmatics_sample():
    found = sample("speechmatics_json/speechmatics_two_speakers.json")
    assert [(cue.speaker, cue.text) for cue in found.cues] == [("S1", "That's"), ("S1", "amazing."), ("S2", "I know")]


# Rev -----------------------------------------------------------------------------------------------------------------


def element(value, kind="text", ts=None, end=None):
    times = {} if ts is None else {"ts": ts, "end_ts": end, "confidence": 1}
    return {"type": kind, "value": value, **times}


def test_rev_elements_hold_their_own_spaces():
    elements = [
        element("Vous", ts=0.5, end=0.7),
        element(" ", "punct"),
        element("l'", ts=0.7, end=0.8),
        element("aimez", ts=0.8, end=1),
        element(" ?", "punct"),
        element(" ", "punct"),
        element("Oui", ts=1.2, end=1.5),
        element(", ", "punct"),
        element("bien", ts=1.6, end=2),
        element(".", "punct"),
    ]
    document = {"monologues": [{"speaker": 0, "elements": elements}, {"speaker": 1, "elements": []}]}
    assert said(document) == [("Speaker 0", "Vous l'aimez ?", 500, 1000), ("Speaker 0", "Oui, bien.", 1200, 2000)]
    assert pointed(document) == ["/monologues/0/elements/0", "/monologues/0/elements/6"]
    assert left_out(document) == [("empty segment", "/monologues/1")]


def test_rev_editor_spans_and_names():
    spans = [{"type": "text", "value": "Yes", "ts": 1, "endTs": 2}, {"type": "punct", "value": "."}]
    names = [{"id": 0, "name": "Ada"}, {"id": 4, "name": "Bob"}]
    monologues = [
        {"speaker": 4, "spans": spans},
        {"speaker": 0, "spans": spans, "speaker_name": "Eve"},
        {"speaker": 7, "spans": spans, "speaker_info": {"id": "x", "display_name": "Zoé"}},
    ]
    assert [row[:2] for row in said({"speakers": names, "monologues": monologues})] == [
        ("Bob", "Yes."),
        ("Eve", "Yes."),
        ("Zoé", "Yes."),
    ]


# Whatever the service ------------------------------------------------------------------------------------------------

JUNK = [None, 3, "x", [], True, {}]
HOLES = [
    {"channels": [{"closedCaptions": [*JUNK, caption("oui")]}, *JUNK]},
    {"text": [*JUNK, {"speaker_id": 3, "segment": "oui", "words": [3]}], "speakers": 4},
    {"segments": [*JUNK, {"raw_segment": 3, "segment": "oui"}]},
    {
        "results": {
            "items": [*JUNK, spoken("oui", None, True)],
            "speaker_labels": {"segments": [*JUNK, {"items": JUNK}]},
        }
    },
    {"results": {"items": [spoken("oui", [], {})], "channel_labels": {"channels": JUNK}, "transcripts": 3}},
    {"results": {"utterances": [*JUNK, {"transcript": "oui", "speaker": []}], "channels": 3}},
    {"results": {"channels": [*JUNK, {"alternatives": [{"words": [*JUNK, {"word": "oui"}]}]}]}},
    {"utterances": [*JUNK, {"text": "oui", "start": "NaN"}], "words": 3, "audio_duration": "x"},
    {"results": [*JUNK, result("oui", *JUNK), {"alternatives": JUNK}]},
    {"recognizedPhrases": [*JUNK, phrase("oui", channel=[]), phrase(channel=True)]},
    speechmatics([], *JUNK, heard("oui", "x", None), heard(None, 1, 2), heard("x", 1, 2, speaker={})),
    {"monologues": [*JUNK, {"speaker": [], "elements": [*JUNK, element("oui"), element(3)]}], "speakers": JUNK},
]


@pytest.mark.parametrize("document", HOLES, ids=range(len(HOLES)))
def test_what_is_not_expected_is_left_out_with_its_reason(document):
    found = reading(document)
    assert any(cue.text.startswith("oui") for cue in found.cues)
    assert all(item.reason and item.span.pointer for item in found.ignored)


@pytest.mark.parametrize("document", [{"a": 1}, [], [1], 3, "x", None, {"results": None}, {"monologues": []}])
def test_other_documents_are_not_taken_and_are_refused(document):
    source = Source.decode(json.dumps(document).encode(), "speech.json", None)
    assert not provider_json.sniff(source)
    with pytest.raises(TranscriptError, match=r"speech\.json"):
        provider_json.read(source)


def test_whisper_documents_are_left_to_their_own_reader():
    whisper = {"segments": [{"text": "un"}]}
    beside = {"audio_url": "x", "audio_duration": 3, "media": "y"}
    for document in (whisper, {**whisper, **beside}, {"text": "un"}, [{"text": "un", "start": 1}], {"chunks": []}):
        source = Source.decode(json.dumps(document).encode(), "speech.json", None)
        assert not provider_json.sniff(source)
        assert not loose_json.sniff(source)


def resolve(document, pointer):
    for step in pointer.split("/")[1:]:
        document = document[int(step) if isinstance(document, list) else step.replace("~1", "/").replace("~0", "~")]
    return document


@real
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_pointers_of_real_files_lead_to_the_words(path):
    source = Source.decode(path.read_bytes(), path.name, None)
    reader = next(reader for reader in (provider_json, loose_json, speech_json) if reader.sniff(source))
    document = json.loads(source.text)
    for cue in reader.read(source).cues:
        place = resolve(document, cue.span.pointer)
        assert cue.text.split()[0].strip(".,?!") in json.dumps(place, ensure_ascii=False)


def assert_only_own_errors(data):
    with contextlib.suppress(TranscriptError):
        source = Source.decode(data, "session", None)
        for reader in (provider_json, loose_json, speech_json):
            if not source.container and reader.sniff(source):
                transcript = assemble([(source, reader.read(source))], language=None, title="x", date="")
                assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
                break


@pytest.mark.series("damaged samples")
@real
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_cut_or_damaged_real_files_raise_nothing_but_transcript_errors(path):
    data = path.read_bytes()
    for end in range(0, len(data), 1000):
        assert_only_own_errors(data[:end])
    rng = random.Random(4)
    data = data[:20_000] if len(data) < 30_000 else data
    for count in (1, 1, 3, 10, 100):
        noisy = bytearray(data)
        for _ in range(count):
            noisy[rng.randrange(len(noisy))] = rng.randrange(32, 127)
        assert_only_own_errors(bytes(noisy))


def mutated(value, rng):
    """The document with some of its values replaced by what nobody expects there."""
    if rng.random() < 0.04:
        return rng.choice([None, True, -1, 1e999, 2**70, "", "x", "\ud83d", [], {}, [[]], {"text": {}}, "0.5"])
    if isinstance(value, dict):
        return {key: mutated(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        return [mutated(item, rng) for item in value[:30]]
    return value


@pytest.mark.parametrize("document", HOLES, ids=range(len(HOLES)))
def test_values_nobody_expects_raise_nothing_but_transcript_errors(document):
    rng = random.Random(7)
    for _ in range(150):
        assert_only_own_errors(json.dumps(mutated(document, rng)).encode())


@real
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_with_values_nobody_expects(path):
    rng = random.Random(8)
    document = json.loads(path.read_bytes())
    for _ in range(30):
        assert_only_own_errors(json.dumps(mutated(document, rng)).encode())
