"""WebVTT: the standard's parsing rules and the dialects of Teams, YouTube, noScribe and hand-made files."""

import pytest

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import webvtt
from comparia.ingest.captions import without_rolling_lines
from comparia.ingest.source import Source


def read(body, head="WEBVTT\n\n"):
    return ingest.read_bytes((head + body).encode(), "session.vtt", format="webvtt")


def said(body, head="WEBVTT\n\n"):
    return [(cue.speaker, cue.text) for cue in read(body, head).cues]


def reading(body, head="WEBVTT\n\n"):
    return webvtt.read(Source.decode((head + body).encode(), "session.vtt", None))


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
    ("<v S01>Bien. //S02: Herrlich. // Danke.", [("S01", "Bien."), ("S02", "Herrlich."), ("S01", "Danke.")]),
    ("<v S00>S00: Guten Tag.", [("S00", "Guten Tag.")]),
    ("<v S01>Bien. //S02: S02: Ja. // S01 ist da", [("S01", "Bien."), ("S02", "Ja."), ("S01", "S01 ist da")]),
    ("<v Ann>Annie : oui", [("Ann", "Annie : oui")]),
    ("<v Ann>&gt;&gt; Oui.", [("Ann", "Oui.")]),
    ("<v Ann>Oui. >> Non.\n<v Bob>>> Si.", [("Ann", "Oui. >> Non."), ("Bob", "Si.")]),
    ("<v //S02>Eins //S00: zwei //S01: drei //", [("S02", "Eins"), ("S00", "zwei"), ("S01", "drei")]),
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


def grown(*words, gap=0):
    """A line that grows, a caption of a second each, with `gap` seconds between two."""
    return "".join(
        f"00:{n * (1 + gap):02}.000 --> 00:{n * (1 + gap) + 1:02}.000\n<v Ann>{' '.join(words[: n + 1])}\n\n"
        for n in range(len(words))
    )


def placed(found):
    return [(cue.text, cue.start, cue.end, cue.span.lines) for cue in found]


def test_a_grown_caption_begins_where_it_first_appeared_and_cites_its_longest_form():
    found = reading(grown("Le", "budget", "baisse", "fort."))
    assert placed(found.cues) == [("Le budget baisse fort.", 0, 4000, (12, 13))]
    assert [item.span.lines for item in found.ignored] == [(1, 1), (3, 4), (6, 7), (9, 10)]


def test_a_caption_that_grows_after_a_silence_begins_after_it():
    assert placed(reading(grown("Le", "budget", "baisse", "fort.", gap=9)).cues)[0][1:3] == (30_000, 31_000)


def test_what_stands_under_a_grown_line_begins_with_its_own_caption():
    lines = ["<v Ann>Le", "<v Ann>Le budget", "<v Ann>Le budget baisse\n<v Bob>Non", "<v Bob>Non, il monte"]
    assert [(cue.speaker, cue.text, cue.start) for cue in reading(timed(*lines)).cues] == [
        ("Ann", "Le budget baisse", 0),
        ("Bob", "Non, il monte", 2000),
    ]


TICKER = (
    "SO WE WILL NOW GET EVERYONE SWORN IN BEFORE THE FIRST ITEM OF THE AGENDA AND THEN I WILL CALL THE ROLL"
).split()


def ticker(words, width, step):
    """A line that shows the last `width` words said, `step` more in each caption."""
    return [" ".join(words[max(0, n - width) : n]) for n in (*range(width, len(words), step), len(words))]


@pytest.mark.parametrize(("width", "step"), [(6, 1), (8, 2), (9, 4), (10, 3)])
@pytest.mark.parametrize("wrapped", [False, True])
def test_words_of_a_line_that_scrolls_are_read_once(width, step, wrapped):
    shown = ticker(TICKER, width, step)
    if wrapped:
        shown = ["\n".join((" ".join(text.split()[:4]), " ".join(text.split()[4:]))) for text in shown]
    found = reading(timed(*shown))
    assert " ".join(cue.text for cue in found.cues).split() == TICKER
    assert [cue.start for cue in found.cues] == [1000 * n for n in range(len(shown))]
    assert [notice.code for notice in found.notices] == ["scrolling_captions"]


def test_a_line_that_grows_then_loses_its_first_words_is_read_once():
    shown = [
        ">> WE WILL GET",
        ">> WE WILL GET EVERYONE SWORN IN SO WE CAN",
        "GET EVERYONE SWORN IN SO WE CAN",
        "GET EVERYONE SWORN IN SO WE CAN BEGIN",
        "EVERYONE SWORN IN SO WE CAN BEGIN THE",
        "EVERYONE SWORN IN SO WE CAN BEGIN THE MEETING",
        "IN SO WE CAN BEGIN THE MEETING TONIGHT.",
    ]
    found = reading(timed(*shown))
    assert [(cue.text, cue.start) for cue in found.cues] == [
        ("WE WILL GET EVERYONE SWORN IN SO WE CAN", 0),
        ("BEGIN", 3000),
        ("THE MEETING", 4000),
        ("TONIGHT.", 6000),
    ]
    assert {item.reason for item in found.ignored} == {"header", "repeated caption"}


SAID_AGAIN = {
    "one word on end": ["Non, non, non, non.", "non, non, non, jamais", "oui oui oui oui", "oui oui oui donc"] * 4,
    "thanks": ["Merci. Merci.", "Merci. Merci. Au revoir.", "Bien.", "Non."] * 4,
    "the last word of another": [f"{n} pour le budget{end}" for n in range(12) for end in (".", " : non.")],
    "two words": ["je ne sais pas", "sais pas moi si", "moi si tu veux", "tu veux bien dire"] * 4,
    "a few that quote the one before": [
        *(f"le point {n} est adopté par {n + 3} voix" for n in range(20)),
        "et nous voulons garder le marché",
        "garder le marché, dites-vous",
        "je dis garder le marché",
        "garder le marché ?",
        "oui, garder le marché ouvert",
        "le marché ouvert est beau",
    ],
}


@pytest.mark.parametrize("texts", SAID_AGAIN.values(), ids=SAID_AGAIN)
def test_words_that_are_said_again_stay_where_captions_do_not_scroll(texts):
    assert [cue.text for cue in reading(timed(*texts)).cues] == texts


def test_words_repeated_after_a_silence_or_by_another_voice_stay_in_captions_that_scroll():
    shown = ticker(TICKER, 6, 2)
    apart = "".join(f"01:{n:02}:00.000 --> 01:{n:02}:01.000\n{text}\n\n" for n, text in enumerate(shown))
    assert [cue.text for cue in reading(apart).cues] == shown
    voices = [f"<v {('Ann', 'Bob')[n % 2]}>{text}" for n, text in enumerate(shown)]
    assert [cue.text for cue in reading(timed(*voices)).cues] == shown


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


def rolling(lines, hold=True):
    """YouTube's way: a line is shown as it is said under the one before it, held 10 ms, then scrolled up."""
    blocks, above = [], "\u0020"
    for n, line in enumerate(lines):
        first, *others = line.split()
        said = first + "".join(f"<00:{n:02}:00.{k:03}><c> {word}</c>" for k, word in enumerate(others))
        begin, middle, end = f"01:{n:02}:00.000", f"01:{n:02}:02.000", f"01:{n:02}:02.010"
        blocks.append(f"{begin} --> {middle} align:start position:0%\n{above}\n{said}\n")
        if hold:
            blocks.append(f"{middle} --> {end} align:start position:0%\n{line}\n\u0020\n")
        above = line
    return "\n".join(blocks)


LONG = [f"{word} numéro {n} de la ligne" for n in range(25) for word in ("premier", "second")]


@pytest.mark.parametrize("hold", [True, False])
def test_each_rolling_line_is_said_once_with_its_time(hold):
    lines = [*LONG, "Bonsoir.", "Bonsoir.", "puis", "Bonsoir. Bonsoir.", "fin"]
    found = reading(rolling(lines, hold), "WEBVTT\nKind: captions\nLanguage: fr\n\n")
    assert [cue.text for cue in found.cues] == lines
    assert [cue.start for cue in found.cues] == [3_600_000 + 60_000 * n for n in range(len(lines))]
    assert len([item for item in found.ignored if item.reason == "repeated caption"]) == (len(lines) if hold else 0)


def test_deduplicating_rolling_captions_twice_is_deduplicating_them_once():
    blocks = [[LONG[n], LONG[n + 1]] for n in range(len(LONG) - 1) for _ in range(2)]
    once = without_rolling_lines(blocks)
    assert [line for block in once for line in block] == LONG
    assert without_rolling_lines(once) == once


def test_a_line_that_stays_then_grows_is_said_once():
    texts = ["La première ligne", ">> C", ">> C", ">> Councilmember", ">> Councilmember Ba has the floor", "Merci"]
    found = reading(timed(*texts))
    assert [cue.text for cue in found.cues] == ["La première ligne", "Councilmember Ba has the floor", "Merci"]


def test_short_answers_given_one_after_the_other_are_all_kept():
    assert len(read(timed(*["Pour."] * 20)).cues) == 20
    assert len(read(timed(*["<v Ann>Je vote pour.</v>", "<v Bob>Je vote pour.</v>"] * 5)).cues) == 10


def test_two_captions_of_one_instant_at_two_heights_are_one_screen():
    lines = [f"LIGNE {n} DU CONSEIL" for n in range(12)]
    body = ""
    for n in range(11):
        times = f"00:{n:02}.000 --> 00:{n + 1:02}.000"
        body += f"{times} line:80%\n{lines[n]}\n\n{times} line:90%\n{lines[n + 1]}\n\n"
    assert [cue.text for cue in read(body).cues] == lines


def test_screens_given_from_the_bottom_up_are_compared_from_the_top_down():
    lines = [f"LIGNE {n} DU CONSEIL" for n in range(12)]
    body = ""
    for n in range(11):
        times = f"00:{n:02}.000 --> 00:{n + 1:02}.000"
        body += f"{times} line:90%\n{lines[n + 1]}\n\n{times} line:80%\n{lines[n]}\n\n"
    assert [cue.text for cue in read(body).cues] == [lines[1], lines[0], *lines[2:]]


def test_a_caption_given_twice_with_the_same_times_is_given_once():
    cue = "00:01.000 --> 00:02.000\noui\n\n"
    found = reading(cue + cue + "00:02.000 --> 00:03.000\noui\n")
    assert [item.text for item in found.cues] == ["oui", "oui"]
    assert [item.span.lines for item in found.ignored] == [(1, 1), (6, 7)]


def test_rolling_captions_keep_their_voices():
    texts = [
        f"<v.Male.spk1.Speaker{n // 3}>{LONG[n]}</v>\n<v.Male.spk1.Speaker{(n + 1) // 3}>{LONG[n + 1]}</v>"
        for n in range(9)
    ]
    assert said(timed(*texts)) == [
        ("Speaker0", f"{LONG[0]} {LONG[1]}"),
        *((f"Speaker{n // 3}", LONG[n]) for n in range(2, 10)),
    ]


def test_signs_of_another_speaker_cut_a_caption_and_leave_no_mark():
    body = timed(
        "&gt;&gt;&gt; THE MEETING", "IS OPEN. >> AYE.", ">> MAYOR BA: THANK YOU.", "NEXT ITEM.", "A &lt;&lt; B &gt;&gt;"
    )
    cues = reading(body).cues
    assert [(cue.speaker, cue.text) for cue in cues] == [
        (None, "THE MEETING"),
        (None, "IS OPEN."),
        (None, "AYE."),
        ("MAYOR BA", "THANK YOU."),
        (None, "NEXT ITEM."),
        (None, "A << B >>"),
    ]
    assert ["speaker_change" in cue.flags for cue in cues] == [True, False, True, False, False, False]


def test_another_speaker_ends_what_a_label_carries():
    texts = [text for n in range(4) for text in (">> MAYOR BA: SO.", ">> MS. LE: YES.", "ITEM.", ">> AYE.", "AND NAY.")]
    cues = reading(timed(*texts)).cues
    assert [cue.speaker for cue in cues] == ["MAYOR BA", "MS. LE", "MS. LE", None, None] * 4


def test_captions_that_hold_hardly_a_word_are_refused():
    junk = timed(*["\u00a6\u00b1x\u00bf 7\u00b6\u00ac9z \u00d7\u00f7 ~^{ }|\u00a4 q\u00a7"] * 20)
    with pytest.raises(TranscriptError, match="garbled"):
        read(junk)


@pytest.mark.parametrize(
    "text", ["[APPLAUSE]", "♪ la la ♪", "会议开始了", "C'est l'élu·e n° 3 : 12,5 % !", "CEA-608/708 (v2.1)"]
)
def test_ordinary_captions_are_not_garbled(text):
    assert len(read(timed(*[f"{text} {n}" for n in range(30)])).cues) == 30


WEBEX = """1 "Jane Doe" (1234567890)
00:00:01.000 --> 00:00:02.000
Hello, all

2 "Élu, Ba (DGALN)"
00:00:03.000 --> 00:00:04.000
Bonjour

3
00:00:05.000 --> 00:00:06.000
et merci
"""


def test_webex_names_its_speakers_in_the_identifiers():
    cues = read(WEBEX).cues
    assert [(cue.speaker, cue.text, cue.flags) for cue in cues] == [
        ("Jane Doe", "Hello, all", ()),
        ("Élu, Ba (DGALN)", "Bonjour", ()),
        (None, "et merci", ("no_speaker",)),
    ]


def test_notes_that_a_conversion_left_among_the_words_are_taken_out():
    body = timed("on June 11th, NOTE Confidence: 0.96 2024 meeting", "oui\nNOTE Confidence: 0.86", "note that it rains")
    assert [text for _, text in said(body)] == ["on June 11th, 2024 meeting", "oui", "note that it rains"]


def test_the_header_of_stream_leaves_nothing_in_the_words():
    body = 'NOTE duration:"01:14:13"\n\nNOTE language:fr-fr\n\nNOTE Confidence: 0.86\n\nb0c1-2\n' + CUE
    assert said(body) == [(None, "oui")]


def test_two_people_of_one_caption_are_two_cues():
    body = timed("JLM : Vous le dites.\nGT : Non.\nJamais.", "JLM : Si. GT : Ah !", "GT : Bon", "à tous", "JLM : Bien")
    assert said(body) == [
        ("JLM", "Vous le dites."),
        ("GT", "Non. Jamais."),
        ("JLM", "Si."),
        ("GT", "Ah !"),
        ("GT", "Bon"),
        ("GT", "à tous"),
        ("JLM", "Bien"),
    ]


def test_a_name_seen_only_inside_captions_is_a_speaker_and_the_end_of_a_sentence_is_not():
    body = timed("JLM : a.\nMme Ba : oui.", "JLM : la raison\nest : l'argent", "JLM : c")
    assert said(body) == [("JLM", "a."), ("Mme Ba", "oui."), ("JLM", "la raison est : l'argent"), ("JLM", "c")]


def test_a_file_that_names_its_speakers_at_the_head_of_long_turns_carries_them():
    texts = [
        text
        for n in range(12)
        for text in (f"{('JLM', 'GT')[n % 2]} : tour {n}", *(f"suite {n} {k}" for k in range(12)))
    ]
    texts[20:20] = ["vous disiez : rien", "Bonjour à tous les quatre : merci"]
    cues = reading(
        timed(*texts)
        if len(texts) < 60
        else "\n\n".join(
            f"{n // 60:02}:{n % 60:02}.000 --> {n // 60:02}:{n % 60:02}.900\n{text}" for n, text in enumerate(texts)
        ),
        "WEBVTT\nLastUpdated: 2017-04-11\nVideo: abc\n\n",
    ).cues
    assert {cue.speaker for cue in cues} == {"JLM", "GT"}
    assert len(cues) == len(texts)


def test_nulls_are_read_as_the_specification_says_and_do_not_make_a_file_binary():
    body = timed(*[f"mot\0{n}" for n in range(9)])
    assert body.count("\0") > len(body) // 50
    assert [text for _, text in said(body)] == [f"mot\ufffd{n}" for n in range(9)]


@pytest.mark.parametrize("junk", ["\0" * 40, "\1\2\3\4" * 3])
def test_a_binary_file_that_opens_as_webvtt_is_refused(junk):
    with pytest.raises(TranscriptError, match="binary"):
        read(timed(*[f"mot{junk}"] * 9))


@pytest.mark.parametrize("head", ["", "WEBVTT\0\n\n"])
def test_nulls_make_a_file_of_another_kind_binary(head):
    with pytest.raises(TranscriptError, match="binary"):
        read(timed(*[f"mot\0{n}" for n in range(9)]), head)


def test_a_stream_saved_in_pieces_keeps_no_header_in_its_words():
    piece = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:9000\n\n" + CUE + "\n"
    found = reading(piece + piece.replace("oui", "non"), "")
    assert [cue.text for cue in found.cues] == ["oui", "non"]
    assert [item.reason for item in found.ignored] == ["header", "header"]
