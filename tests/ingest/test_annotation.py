"""ELAN, Transcriber, Praat and CHAT: hand-written files, the real samples, and hostile XML."""

import contextlib
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import akoma_ntoso, chat_transcript, elan, praat, tei, transcriber
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.records import Transcript
from comparia.reports.notices import notice_text
from tests.work import assert_linear

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")
READERS = (elan, transcriber, tei, akoma_ntoso, praat, chat_transcript)


def decoded(data):
    return Source.decode(data.encode() if isinstance(data, str) else data, "session", None)


def reading_of(data):
    source = decoded(data)
    (reader,) = [reader for reader in READERS if reader.sniff(source)]
    return reader.read(source)


def transcript_of(data):
    source = decoded(data)
    for reader in READERS:
        if reader.sniff(source):
            reading = reader.read(source)
            reading.format = reader.FORMAT
            return assemble([(source, reading)], language=None, title="session", date="")
    raise TranscriptError("no reader", "session")


def said(data):
    return [(cue.speaker, cue.text) for cue in reading_of(data).cues if cue.channel == "speech"]


def timed(data):
    return [(cue.speaker, cue.start, cue.end, cue.text, cue.flags) for cue in reading_of(data).cues]


def reasons(data):
    return [item.reason for item in reading_of(data).ignored]


def unaccounted(data):
    """Numbers of the non-blank lines that are neither in a cue nor ignored."""
    source, reading = decoded(data), reading_of(data)
    spans = [cue.span for cue in reading.cues] + [item.span for item in reading.ignored]
    seen = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    return [n for n, line in enumerate(source.lines, 1) if line.strip() and n not in seen]


# ELAN ----------------------------------------------------------------------------------------------------------------


def aligned(id, first, last, value):
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{id}" TIME_SLOT_REF1="{first}" TIME_SLOT_REF2="{last}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def referring(id, parent, value):
    return (
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{id}" ANNOTATION_REF="{parent}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
    )


def tier(name, *annotations, type="default-lt", **attributes):
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="{type}"{more}>{"".join(annotations)}</TIER>\n'


def eaf(*tiers, slots=(0, 1000, 2000, 3000, 4000, 5000)):
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{n}"' + (f' TIME_VALUE="{at}"' if at is not None else "") + "/>"
        for n, at in enumerate(slots)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT FORMAT="3.0">\n'
        f"<HEADER><PROPERTY NAME='URN'>urn:x</PROPERTY></HEADER><TIME_ORDER>{times}</TIME_ORDER>\n"
        f"{''.join(tiers)}</ANNOTATION_DOCUMENT>\n"
    )


def test_elan_tiers_are_speakers_on_one_time_axis():
    data = eaf(
        tier("Ana", aligned("a1", "ts0", "ts2", "Bonjour"), aligned("a2", "ts3", "ts4", "Merci")),
        tier("T2", aligned("a3", "ts1", "ts2", "Oui"), aligned("a4", "ts3", "ts5", "Non"), PARTICIPANT="Bo"),
    )
    assert timed(data) == [
        ("Ana", 0, 2000, "Bonjour", ()),
        ("Bo", 1000, 2000, "Oui", ("overlap",)),
        ("Ana", 3000, 4000, "Merci", ()),
        ("Bo", 3000, 5000, "Non", ("overlap",)),
    ]
    assert [cue.span.path for cue in reading_of(data).cues][1] == "/ANNOTATION_DOCUMENT/TIER[2]/ANNOTATION[1]"
    assert reasons(data) == ["header"]


def test_elan_dependent_tiers_are_reported_and_nothing_is_said_twice():
    data = eaf(
        tier("Ana", aligned("a1", "ts0", "ts2", "Bonjour à tous")),
        tier("Ana-mots", referring("b1", "a1", "Bonjour"), referring("b2", "a1", "à"), PARENT_REF="Ana"),
        tier("Ana-en", referring("c1", "a1", "Good morning"), PARENT_REF="Ana", type="translation"),
        tier("Remarques", aligned("d1", "ts0", "ts1", "micro éteint"), type="comments"),
    )
    assert said(data) == [("Ana", "Bonjour à tous")]
    (notice,) = reading_of(data).notices
    assert notice.code == "tiers_left_out"
    assert "Ana-mots, Ana-en, Remarques" in notice_text(notice)
    assert reasons(data).count("tier that annotates speech") == 3


def test_elan_tiers_that_only_number_their_children_leave_them_the_speech_and_the_times():
    data = eaf(
        tier("ref@A", aligned("a1", "ts0", "ts1", "A.001"), aligned("a2", "ts1", "ts2", "A.002")),
        tier("tx@A", referring("b1", "a1", "Bula"), referring("b2", "a2", "vinaka"), PARENT_REF="ref@A"),
        tier("ft@A", referring("c1", "a1", "Hello"), referring("c2", "a2", "thanks"), PARENT_REF="ref@A"),
    )
    assert timed(data) == [("A", 0, 1000, "Bula", ()), ("A", 1000, 2000, "vinaka", ())]


def test_elan_untimed_annotations_stay_behind_the_one_before_them():
    data = eaf(
        tier("Ana", aligned("a1", "ts0", "ts1", "un"), aligned("a2", "ts2", "ts9", "deux")),
        tier("Bo", aligned("b1", "ts1", "ts3", "trois")),
        slots=(500, 1000, None, 3000),
    )
    assert [(speaker, start) for speaker, start, *_ in timed(data)] == [("Ana", 500), ("Ana", None), ("Bo", 1000)]


def test_elan_loops_of_references_end():
    data = eaf(
        tier("A", referring("a1", "a2", "un mot"), PARENT_REF="B"),
        tier("B", referring("a2", "a1", "un autre"), PARENT_REF="A"),
    )
    assert len(said(data)) <= 2


@real
def test_elan_sample():
    reading = reading_of((SAMPLES / "elan/elan_doc_fr.eaf").read_bytes())
    numbers = 6
    assert len(reading.cues) + sum(item.reason == "empty annotation" for item in reading.ignored) + numbers == 46
    assert {cue.speaker for cue in reading.cues} == {"Mélanie", "Eloise", "Rou"}
    assert [notice_text(notice)[-3:] for notice in reading.notices] == ["SD."]
    starts = [cue.start for cue in reading.cues]
    assert starts == sorted(starts)


# Transcriber ---------------------------------------------------------------------------------------------------------

TRS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE Trans SYSTEM "trans-14.dtd">
<Trans scribe="x" audio_filename="réunion" version="1">
<Speakers>
<Speaker id="spk1" name="Élodie"/>
<Speaker id="spk2" name="Bruno"/>
<Speaker id="spk3" name="bruno"/>
</Speakers>
<Episode>
<Section type="report" startTime="0" endTime="20">
<Turn speaker="spk1" startTime="0" endTime="4.5">
<Sync time="0"/>
bonjour à <Event desc="rire" type="noise" extent="instantaneous"/> tous
<Sync time="2.25"/>
ça va <Event desc="r" type="noise" extent="instantaneous"/><Event desc="en" type="language" extent="previous"/>
</Turn>
<Turn speaker="spk1 spk2" startTime="4.5" endTime="6">
<Sync time="4.5"/>
<Who nb="1"/>
oui
<Who nb="2"/>
non
</Turn>
<Turn startTime="6" endTime="7"><Sync time="6"/><Background time="6" type="music" level="high"/></Turn>
<Turn startTime="7" endTime="8"><Sync time="7"/>on entend mal</Turn>
<Turn speaker="spk3" startTime="8" endTime="9"><Sync time="8"/>moi aussi</Turn>
</Section>
</Episode>
</Trans>
"""


def test_transcriber_turns_events_and_overlaps():
    expected = [
        ("Élodie", 0, 2250, "bonjour à tous", ()),
        ("Élodie", 2250, 4500, "ça va", ()),
        (None, 0, 0, "rire", ()),
        ("Élodie", 4500, 6000, "oui", ("overlap",)),
        ("Bruno (spk2)", 4500, 6000, "non", ("overlap",)),
        (None, 6000, 6000, "music", ()),
        (None, 7000, 8000, "on entend mal", ("no_speaker",)),
        ("bruno (spk3)", 8000, 9000, "moi aussi", ()),
    ]
    assert timed(TRS) == expected
    assert timed(TRS.encode("latin-1")) == expected
    assert reasons(TRS) == ["noise", "annotation"]
    assert reading_of(TRS).cues[3].span.path == "/Trans/Episode[1]/Section[1]/Turn[2]"
    assert reading_of(TRS).cues[3].span.lines == (17, 23)


def test_transcriber_words_over_others_without_who_belong_to_nobody():
    data = TRS.replace('<Who nb="1"/>', "").replace('<Who nb="2"/>', '<Who nb="9"/>')
    assert [cue[0] for cue in timed(data) if "overlap" in cue[4]] == [None, None]


def test_transcriber_words_outside_turns_are_reported():
    data = TRS.replace("<Episode>", "<Episode>perdu")
    assert "outside any speech" in reasons(data)


# Praat ---------------------------------------------------------------------------------------------------------------


def long_form(*tiers):
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0 ",
        "xmax = 9.5 ",
        "tiers? <exists> ",
    ]
    lines += [f"size = {len(tiers)} ", "item []: "]
    for n, (name, *intervals) in enumerate(tiers, 1):
        lines += [f"    item [{n}]:", '        class = "IntervalTier" ', f'        name = "{name}" ']
        lines += ["        xmin = 0 ", "        xmax = 9.5 ", f"        intervals: size = {len(intervals)} "]
        for k, (start, end, text) in enumerate(intervals, 1):
            lines += [f"        intervals [{k}]:", f"            xmin = {start} ", f"            xmax = {end} "]
            lines += [f'            text = "{text}" ']
    return "\n".join(lines) + "\n"


def short_form(*tiers):
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "9.5", "<exists>", str(len(tiers))]
    for name, *intervals in tiers:
        lines += ['"IntervalTier"', f'"{name}"', "0", "9.5", str(len(intervals))]
        for start, end, text in intervals:
            lines += [str(start), str(end), f'"{text}"']
    return "\n".join(lines) + "\n"


GRID = (
    ("Ana", (0, 2, "Bonjour à tous".replace('"', '""')), (2, 3, ""), (3, 4.25, "deux\nlignes")),
    ("Bo", (0, 1, "_"), (1, 2.5, 'il dit ""oui""'), (3, 9.5, "caf\\e'")),
)
GRID_SAID = [
    ("Ana", 0, 2000, "Bonjour à tous", ()),
    ("Bo", 1000, 2500, 'il dit "oui"', ("overlap",)),
    ("Ana", 3000, 4250, "deux lignes", ()),
    ("Bo", 3000, 9500, "café", ("overlap",)),
]


@pytest.mark.parametrize("form", [long_form, short_form])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_praat_interval_tiers_are_speakers(form, codec):
    data = form(*GRID).encode(codec)
    assert timed(data) == GRID_SAID
    assert unaccounted(data) == []
    assert reasons(data).count("silence") == 2


def test_praat_spans_are_the_lines_of_the_interval():
    data = long_form(*GRID)
    lines = data.split("\n")
    for cue in reading_of(data).cues:
        first, last = cue.span.lines
        assert lines[first - 1].strip().startswith("intervals [")
        assert lines[last - 1].endswith('" ')


def test_praat_levels_of_annotation_are_not_doubled():
    data = long_form(
        ("Ana - phones", (0, 1, "b"), (1, 2, "o~")),
        ("Ana - words", (0, 1, "bon"), (1, 2, "jour")),
        ("Bo", (2, 3, "bien sûr")),
        ("Bo - mots", (2, 2.5, "bien"), (2.5, 3, "sûr")),
        ("commentaires", (0, 3, "bruit de porte")),
    )
    assert said(data) == [("Ana", "bon"), ("Ana", "jour"), ("Bo", "bien sûr")]
    assert "Ana - phones, Bo - mots, commentaires" in notice_text(reading_of(data).notices[0])


def test_praat_tier_of_speakers_names_those_who_speak_in_the_others():
    data = long_form(
        ("ortho", (0, 2, "bonjour"), (2, 4, "salut"), (4, 5, "oui")),
        ("spk", (0, 2.2, "Ana"), (2.2, 4, "Bo"), (4, 5, "_")),
    )
    assert said(data) == [("Ana", "bonjour"), ("Bo", "salut"), (None, "oui")]
    assert reading_of(data).cues[2].flags == ("no_speaker",)
    assert "names of the speakers" in reasons(data)
    assert unaccounted(data) == []


def test_praat_points_are_not_speech():
    data = short_form(("Ana", (0, 1, "oui"))).replace("<exists>\n1", "<exists>\n2")
    data += '"TextTier"\n"Bo"\n0\n9.5\n1\n0.5\n"clap"\n'
    assert said(data) == [("Ana", "oui")]
    assert notice_text(reading_of(data).notices[0]).endswith(": Bo.")
    assert unaccounted(data) == []


@pytest.mark.parametrize("cut", [".5 ", "text", "xmin", "IntervalTier"])
def test_praat_cut_short_is_refused(cut):
    data = long_form(*GRID)
    with pytest.raises(TranscriptError):
        reading_of(data[: data.rindex(cut)])


@real
def test_praat_sample():
    data = (SAMPLES / "praat/for_dia.TextGrid").read_bytes()
    reading = reading_of(data)
    ortho = data.decode().split('name = "ortho"')[1].split('name = "spk"')[0]
    assert [cue.text for cue in reading.cues] == [t for t in re.findall(r'text = "([^"]*)"', ortho) if t != "_"]
    assert {cue.speaker for cue in reading.cues} == {"L1", "L2", "L3"}
    assert notice_text(reading.notices[0]).endswith("phones, syll, words.")
    assert unaccounted(data) == []


# CHAT ----------------------------------------------------------------------------------------------------------------

CHAT = """@UTF8
@PID:\t11312/c-00000000-1
@Begin
@Languages:\tfra
@Participants:\tMAI Claire_Dupont Investigator, HAB Adult, ANA Léa Adult, ANB Léa Adult
@ID:\tfra|corpus|MAI|||||Investigator|||
*MAI:\tbonjour à <toutes et> [//] tous . \u2022100_2200\u2022
%mor:\tn|bonjour prep|à
*HAB:\toui xxx &=laughs je
\tsuis (.) d'accord .
\u20222200_3000\u2022
*ANA:\t0 &=laughs:loud .
*ANB:\t&-euh (par)ce que word@s:eng +...
*MAI:\t0 .
*HAB:\t+" non ! \u202250_2500\u2022
@Comment:\tfin de
\tl'extrait
@End
"""


def test_chat_utterances_names_and_times():
    assert timed(CHAT)[:2] == [
        ("Claire Dupont", 100, 2200, "bonjour à toutes et tous.", ()),
        ("HAB", None, None, "oui xxx [laughs] je suis d'accord.", ()),
    ]
    assert said(CHAT)[2:] == [("Léa (ANB)", "euh parce que word …"), ("HAB", "non !")]
    assert [(cue.speaker, cue.text) for cue in reading_of(CHAT).cues if cue.channel == "system"] == [
        ("Léa (ANA)", "[laughs:loud].")
    ]
    assert reading_of(CHAT).cues[-1].flags == ("time_backwards",)
    assert reading_of(CHAT).cues[1].span.lines == (9, 10)


def test_chat_lines_are_all_accounted_for():
    assert unaccounted(CHAT) == []
    assert reasons(CHAT).count("header") == 8
    assert reasons(CHAT).count("annotation") == 1
    assert reasons(CHAT).count("no words") == 1
    assert reasons(CHAT).count("outside any speech") == 1


def test_chat_time_bullets_as_the_control_character():
    source = decoded(CHAT)
    marked = replace(
        source,
        text=source.text.replace("\u2022", "\x15"),
        lines=tuple(line.replace("\u2022", "\x15") for line in source.lines),
    )
    assert chat_transcript.read(marked) == chat_transcript.read(source)
    assert not any("\x15" in cue.text for cue in chat_transcript.read(marked).cues)


def long_sessions(seconds):
    """A session that long in each format of annotation, a phrase every other second."""
    texts = [(n, n + 1, f"phrase numéro {n}") for n in range(0, seconds, 2)]
    slots = tuple(range(0, seconds * 1000 + 1000, 1000))
    annotations = [aligned(f"a{n}", f"ts{n}", f"ts{n + 1}", text) for n, _end, text in texts]
    turns = "".join(f'<Sync time="{start}"/>{text}' for start, _end, text in texts)
    turn = (
        f'<Trans><Speaker id="a" name="Ana"/><Turn speaker="a" startTime="0" endTime="{seconds}">{turns}</Turn></Trans>'
    )
    lines = "".join(f"*ANA:\t{text} . \u2022{start}_{end}\u2022\n" for start, end, text in texts)
    return (
        eaf(tier("A", *annotations[::2]), tier("B", *annotations[1::2]), slots=slots),
        long_form(("A", *texts[::2]), ("B", *texts[1::2])),
        turn,
        f"@UTF8\n@Begin\n{lines}@End\n",
    )


@pytest.mark.parametrize("which", range(4))
@pytest.mark.whole
def test_ten_hours_are_read_in_linear_work(which):
    source = decoded(long_sessions(36_000)[which])
    (reader,) = [reader for reader in READERS if reader.sniff(source)]
    assert len(reader.read(source).cues) == 18_000
    assert_linear(reader.read, lambda seconds: decoded(long_sessions(seconds)[which]), 600)


# Hostile -------------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
XML_ATTACKS = {
    "billion laughs": '<!DOCTYPE {root} [<!ENTITY l0 "ha">%s]><{root}>&l11;</{root}>'.replace("%s", LAUGHS),
    "external entity": '<!DOCTYPE {root} [<!ENTITY e SYSTEM "file:///etc/hostname">]><{root}>&e;</{root}>',
    "parameter entity": '<!DOCTYPE {root} [<!ENTITY % p SYSTEM "http://192.0.2.1/p"> %p;]><{root}/>',
    "internal subset": '<!DOCTYPE {root} [<!ATTLIST {root} a CDATA "b">]><{root}/>',
    "unknown entity": "<{root}>&nothing;</{root}>",
    "deep": "<{root}>" + "<a>" * 100_000 + "oui" + "</a>" * 100_000 + "</{root}>",
    "many": "<{root}>" + "<a/>" * 300_100 + "</{root}>",
    "cut": "<{root}><u>oui",
    "empty": "<{root}/>",
    "two roots": "<{root}/><{root}/>",
}


def assert_refused(data):
    with pytest.raises(TranscriptError):
        transcript_of(data)


@pytest.mark.parametrize("attack", XML_ATTACKS.values(), ids=XML_ATTACKS)
def test_hostile_xml_is_refused(attack):
    assert_refused(attack.replace("{root}", "TEI"))


@pytest.mark.parametrize("root", ["ANNOTATION_DOCUMENT", "Trans", "akomaNtoso"])
@pytest.mark.parametrize("attack", ["billion laughs", "external entity", "deep"])
def test_every_reader_of_xml_refuses_attacks(attack, root):
    assert_refused(XML_ATTACKS[attack].replace("{root}", root))


def test_a_document_type_is_never_fetched_and_its_usual_entities_are_read():
    data = '<!DOCTYPE TEI SYSTEM "http://192.0.2.1/tei.dtd"><TEI><u who="#A">d&eacute;j&agrave; &inconnue; vu</u></TEI>'
    assert said(data) == [("A", "déjà &inconnue; vu")]


def test_xml_before_its_declaration_and_in_utf_16():
    data = '\n<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<TEI>\r\n<u who="#A">été</u></TEI>'
    for codec in ("utf-8", "utf-16", "latin-1"):
        (cue,) = reading_of(data.encode(codec)).cues
        assert (cue.text, cue.span.lines) == ("été", (4, 4))


def test_what_is_not_of_these_formats_is_left_to_others():
    for text in (
        "<html><body>oui</body></html>",
        "WEBVTT\n\n",
        "Ana : oui\n",
        "[]",
        "<",
        "<<<<",
        "<!-- " + "x" * 50_000,
    ):
        assert not any(reader.sniff(decoded(text)) for reader in READERS)


HOSTILE_TEXT = {
    "praat numbers": 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 1 <exists> 999999999\n' + "1 " * 200_000,
    "praat quotes": 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 1 <exists> 1 ' + '"' * 300_001,
    "praat bangs": 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 1 <exists> 1 ' + " !" * 200_000,
    "chat": "@UTF8\n@Begin\n*A:\t" + "(" * 50_000 + "[" * 50_000 + "<" * 50_000 + "+/" * 50_000 + "\u2022" * 50_000,
    "chat spaces": "@UTF8\n@Begin\n*A:\toui" + " " * 200_000 + "x",
    "chat continued": "@UTF8\n@Begin\n*A:\toui\n" + "\tmot\n" * 20_000,
    "europarl": '<CHAPTER ID="1">\n' + '<SPEAKER ID=1 NAME="' * 20_000,
    "comments": "<!---->" * 50_000 + "<TEI><u>oui</u></TEI>",
}


@pytest.mark.parametrize("text", HOSTILE_TEXT.values(), ids=HOSTILE_TEXT)
def test_hostile_text_is_read_or_refused(text):
    with contextlib.suppress(TranscriptError):
        transcript_of(text)


REAL = [
    "elan/elan_doc_fr.eaf",
    "praat/for_dia.TextGrid",
    "an_tei/an_seance_20130119.tei.xml",
    "akomantoso/seminar_participation_akomantoso.xml",
]


def assert_only_own_errors(data):
    with contextlib.suppress(TranscriptError):
        transcript = transcript_of(data)
        assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


@pytest.mark.series("damaged samples")
@real
@pytest.mark.parametrize("file", REAL)
def test_truncated_samples_raise_nothing_but_transcript_errors(file):
    data = (SAMPLES / file).read_bytes()
    for size in range(1000, len(data), 1000):
        assert_only_own_errors(data[:size])


@pytest.mark.parametrize(
    "data", [eaf(tier("A", aligned("a", "ts0", "ts1", "oui"))), TRS, long_form(*GRID), short_form(*GRID), CHAT]
)
def test_damaged_files_raise_nothing_but_transcript_errors(data):
    rng = random.Random(4)
    whole = data.encode()
    for size in range(1, len(whole), 7):
        assert_only_own_errors(whole[:size])
    for _ in range(200):
        noisy = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        assert_only_own_errors(bytes(noisy))


@real
@pytest.mark.parametrize("file", REAL)
def test_flipped_samples_raise_nothing_but_transcript_errors(file):
    rng = random.Random(4)
    data = (SAMPLES / file).read_bytes()[:60_000]
    for _ in range(40):
        noisy = bytearray(data)
        for _ in range(rng.choice((1, 10, 500))):
            noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        assert_only_own_errors(bytes(noisy))
