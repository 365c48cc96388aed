"""WebVTT: the standard's parsing rules and the dialects of Teams, YouTube, noScribe and hand-made files."""

import pytest

from comparia import ingest


def read(body, head="WEBVTT\n\n"):
    return ingest.read_bytes((head + body).encode(), "session.vtt", format="webvtt")


def said(body, head="WEBVTT\n\n"):
    return [(cue.speaker, cue.text) for cue in read(body, head).cues]


def timed(*texts):
    return "\n\n".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{text}" for n, text in enumerate(texts)) + "\n"


VOICES = [
    ("<v Speaker A>OK,\nI think so</v>", [("Speaker A", "OK, I think so")]),
    ("<v Dupont, Jean (DGALN)>Oui.", [("Dupont, Jean (DGALN)", "Oui.")]),
    ("<v.loud Mary>Yes", [("Mary", "Yes")]),
    ("<v.Male.spk1.Speaker1>Bonsoir.</v>", [("Speaker1", "Bonsoir.")]),
    ("<v Ann>Oui.</v>\n<v Bob>Non.</v>", [("Ann", "Oui."), ("Bob", "Non.")]),
    ("<v A & B>ensemble", [("A & B", "ensemble")]),
    ("<v P&amp;L>ensemble", [("P&L", "ensemble")]),
    ("avant <v Ann>après", [(None, "avant"), ("Ann", "après")]),
    ("<v >sans nom</v>", [(None, "sans nom")]),
    ("&lt;v Bob&gt; ainsi", [(None, "<v Bob> ainsi")]),
    ("Marie &amp; Paul&nbsp;! 3 &lt; 4", [(None, "Marie & Paul ! 3 < 4")]),
    ("<i>très</i> <c.CONF_LOW>bien</c> <00:00:01.000>oui", [(None, "très bien oui")]),
    ("<v S01>Bien. //S02: Herrlich. // Danke.", [("S02", "Herrlich."), ("S01", "Bien. Danke.")]),
    ("<v //S02>Eins //S00: zwei //S01: drei //", [("S00", "zwei"), ("S01", "drei"), ("S02", "Eins")]),
]


@pytest.mark.parametrize(("text", "expected"), VOICES)
def test_voices_and_markup_of_a_cue(text, expected):
    assert said(timed(text)) == expected


def test_a_cue_without_voice_in_a_voiced_file_is_flagged_and_not_given_to_the_voice_before_it():
    cues = read(timed("<v Ann>Oui.</v>", "Bien.", "<v Ann>Voilà.</v>")).cues
    assert [(cue.speaker, cue.flags) for cue in cues] == [("Ann", ()), (None, ("no_speaker",)), ("Ann", ())]


def test_teams_cue_ids_are_inside_the_span_of_their_cue_and_never_in_its_words():
    body = "62357a1d-d250/15-0\n00:00:04.963 --> 00:00:08.571\n<v Ann>OK,\nbien</v>\n"
    (cue,) = read(body).cues
    assert (cue.text, cue.start, cue.end, cue.span.lines) == ("OK, bien", 4963, 8571, (3, 6))


def test_labels_written_as_prefixes_are_carried_over_the_cues_that_follow():
    cues = read(timed("JLM : bonjour", "à tous", "GT : merci", "JLM : donc", "vous disiez : rien", "GT : oui")).cues
    assert [cue.speaker for cue in cues] == ["JLM", "JLM", "GT", "JLM", "JLM", "GT"]
    assert cues[4].text == "vous disiez : rien"
    assert [n for n, cue in enumerate(cues) if "carried_speaker" in cue.flags] == [1, 4]


def test_a_sentence_with_a_colon_that_recurs_is_not_a_speaker():
    cues = read(timed("JLM : a", "Vous disiez : b", "JLM : c", "Vous disiez : d", "Voilà : e", "JLM : f")).cues
    assert {cue.speaker for cue in cues} == {"JLM"}


ZOOM = [f"{name}: word {n}" for n in range(6) for name in ("Greg K | Lido", "potuz", "Ansgar Dietrichs")]


def test_zoom_names_with_bars_and_handles_seen_once_are_speakers():
    once = ["Luca | Vero: hello", "vitalik: hi", "Lion dapplion: hey", "Audio shared by NC: music"]
    transcript = read(timed(*ZOOM, *ZOOM, *ZOOM, *once))
    kinds = {speaker.name: speaker.kind for speaker in transcript.speakers}
    assert len(kinds) == 7
    assert kinds["Audio shared by NC"] == "machine"
    assert {kinds["Luca | Vero"], kinds["vitalik"], kinds["Lion dapplion"]} == {"person"}


def test_a_colon_inside_a_zoom_sentence_or_an_hour_is_not_a_speaker():
    texts = [*ZOOM, *ZOOM, "and the main reason is: money", "10:30 Meeting: tomorrow"]
    cues = read(timed(*texts)).cues
    assert [cue.speaker for cue in cues[-2:]] == ["Ansgar Dietrichs"] * 2
    assert cues[-2].text == "and the main reason is: money"
    assert cues[-1].text == "10:30 Meeting: tomorrow"


YOUTUBE = """WEBVTT
Kind: captions
Language: fr

00:00:00.000 --> 00:00:02.000 align:start position:0%
\u0020
Bonsoir.<00:00:00.500><c> Bonsoir.</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
Bonsoir. Bonsoir.
\u0020

00:00:02.010 --> 00:00:04.000 align:start position:0%
Bonsoir. Bonsoir.
Nous<00:00:02.400><c> vous</c><00:00:03.000><c> accueillons</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
Nous vous accueillons
\u0020

00:00:04.010 --> 00:00:06.000 align:start position:0%
Nous vous accueillons
ce soir.
"""


def test_youtube_rolling_captions_are_said_once_and_genuine_repetition_is_kept():
    transcript = ingest.read_bytes(YOUTUBE.encode(), "youtube.vtt")
    assert " ".join(cue.text for cue in transcript.cues) == "Bonsoir. Bonsoir. Nous vous accueillons ce soir."
    assert [item.reason for item in transcript.ignored] == ["header", "repeated caption", "repeated caption"]
    assert "rolling_captions" in {notice.code for notice in transcript.notices}


def test_growing_lines_are_said_once_at_their_full_length():
    assert said(timed("<c>Le b</c>", "Le budget", "Le budget baisse", "Le budget baisse\nOui")) == [
        (None, "Le budget baisse"),
        (None, "Oui"),
    ]


def test_genuine_repetition_survives_where_captions_do_not_roll():
    assert [text for _, text in said(timed("Bonsoir.", "Bonsoir.", "Un", "Deux", "Trois"))][:2] == ["Bonsoir."] * 2


def test_odd_times_are_flagged_and_file_order_kept():
    cues = read("00:07.750 --> 00:07.375\nun\n\n00:02.000 --> 00:03.000\ndeux\n").cues
    assert [(cue.text, cue.flags) for cue in cues] == [("un", ("negative_duration",)), ("deux", ("time_backwards",))]


NOTES = [
    ("NOTE\n\n", []),
    ("NOTE Confidence: 0.86\n\n", []),
    ("NOTE\nseveral lines\nof note\n\n", []),
    ("STYLE\n::cue(v) { color: red }\n\n", []),
    ("REGION\nid:fred\nwidth:40%\n\n", []),
    ("00:05.000 --> 00:06.000\nNote that it rains\n\n", [(None, "Note that it rains")]),
    ("00:05.000 --> 00:06.000\nNOTE that it rains\n\n", [(None, "NOTE that it rains")]),
    ("NOTE\n00:05.000 --> 00:06.000\nid named NOTE\n\n", [(None, "id named NOTE")]),
]


@pytest.mark.parametrize(("block", "expected"), NOTES)
def test_notes_styles_and_regions_are_never_speech(block, expected):
    assert said(block + timed("oui")) == [*expected, (None, "oui")]


def test_classic_stream_files_leave_no_note_in_the_words():
    block = "NOTE Confidence: 0.86\n\n{0}b-1\n00:0{0}.000 --> 00:0{0}.900\nmot {0}\n\n"
    assert [text for _, text in said("".join(block.format(n) for n in range(3)))] == ["mot 0", "mot 1", "mot 2"]


CUE = "00:01.000 --> 00:02.000\noui\n"
HEADERS = [
    "WEBVTT\n\n",
    "\ufeffWEBVTT\n\n",
    "WEBVTT - Conseil municipal\n\n",
    "WEBVTT\tConseil\n\n",
    "WEBVTT\nKind: captions\nLanguage: fr\n\n",
    "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n",
    "WEBVTT\n",
    "WEBVTT\n1\n",
    "WEBVTT\n\n\n\n",
    "WEBVTT\r\n\r\n",
    "WEBVTT\0\n\n".replace("\0", " \0"),
]


@pytest.mark.parametrize("head", HEADERS)
def test_headers(head):
    transcript = ingest.read_bytes((head + CUE).encode(), "s.vtt")
    assert transcript.formats == ("webvtt",)
    assert [cue.text for cue in transcript.cues] == ["oui"]


@pytest.mark.parametrize("head", ["WEBVTTfoo\n\n", "webvtt\n\n", "WEBVT\n\n", "WEBVTT:\n\n"])
def test_what_is_not_the_signature_is_not_webvtt(head):
    assert ingest.read_bytes((head + CUE).encode(), "s.vtt").formats != ("webvtt",)


BODIES = [
    ("00:01.000 --> 00:02.000 align:start line:0 position:10% size:50% vertical:rl\noui", ["oui"]),
    ("id --\n00:01.000 --> 00:02.000\noui", ["oui"]),
    ("00:01.000 --> 00:02.000\noui\n00:03.000 --> 00:04.000\nnon", ["oui", "non"]),
    ("00:01.000 --> 00:02.000\noui\nla --> perdu\nperdu\n\n00:03.000 --> 00:04.000\nnon", ["oui", "non"]),
    ("00:00:60.000 --> 00:01:01.000\nperdu\n\n00:03.000 --> 00:04.000\nnon", ["non"]),
    (
        "00:01.000 --> 00:02.000\noui\n00:00:60.000 --> 00:01:01.000\nperdu\n\n00:03.000 --> 00:04.000\nnon",
        ["oui", "non"],
    ),
    ("00:01.000 --> 00:02.000\n\n00:03.000 --> 00:04.000\nnon", ["non"]),
    ("id\nid\n00:03.000 --> 00:04.000\nnon", ["non"]),
    ("00:01.000 --> 00:02.000\no\0ui\n\n00:03.000 --> 00:04.000\nnon", ["o\ufffdui", "non"]),
    ("perdu\n\n00:03.000 --> 00:04.000\nnon", ["non"]),
    ("00:03.000 --> 00:04.000\nnon", ["non"]),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_blocks_of_the_standard(body, expected):
    transcript = read(body)
    assert [cue.text for cue in transcript.cues] == expected
    lost = [item for item in transcript.ignored if item.reason == "outside any cue"]
    assert bool(lost) == ("perdu" in body or body.startswith("id\nid"))
