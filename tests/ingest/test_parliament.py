"""TEI, ParlaMint, Akoma Ntoso and Europarl: hand-written files and the real samples."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import akoma_ntoso, tei
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")


def reading_of(data):
    source = Source.decode(data.encode() if isinstance(data, str) else data, "session.xml", None)
    (reader,) = [reader for reader in (tei, akoma_ntoso) if reader.sniff(source)]
    return reader.read(source)


def said(data):
    return [(cue.speaker, cue.text) for cue in reading_of(data).cues if cue.channel == "speech"]


def directions(data):
    return [cue.text for cue in reading_of(data).cues if cue.channel == "system"]


def lost(data):
    """Paths of the text nodes with words that no cue and no ignored span holds, by another parser."""
    reading = reading_of(data)
    places = {cue.span.path for cue in reading.cues} | {item.span.path for item in reading.ignored}
    found = []

    def walk(element, path, held):
        name = element.tag.rpartition("}")[2]
        held = held or path in places or name == "speaker"
        counts = Counter()
        texts = [element.text or "", *(child.tail or "" for child in element)]
        if not held and any(ch.isalnum() for text in texts for ch in text):
            found.append(path)
        for child in element:
            tag = child.tag.rpartition("}")[2]
            counts[tag] += 1
            walk(child, f"{path}/{tag}[{counts[tag]}]", held)

    root = ElementTree.fromstring(data)
    walk(root, "/" + root.tag.rpartition("}")[2], False)
    return found


PARLAMINT = """<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="fr">
<teiHeader><fileDesc><titleStmt><title>Séance</title></titleStmt></fileDesc>
<profileDesc><particDesc><listPerson>
<person xml:id="PA1"><persName><surname>Dupont</surname><forename>Anne</forename></persName></person>
<person xml:id="PA2"><persName>Paul Petit</persName></person>
<person xml:id="PA3"><persName>Paul Petit</persName></person>
</listPerson></particDesc></profileDesc></teiHeader>
<text ana="#reference"><body>
<div type="debateSection">
<head>Questions</head>
<note type="speaker">Mme la présidente</note>
<u who="#PA1" xml:id="u1"><seg>La séance est ouverte. <note type="time">(quinze heures)</note> Merci.</seg>
<seg>La parole est à M. Petit.</seg></u>
<kinesic type="applause"><desc>Applaudissements</desc></kinesic>
<u who="#PA2">Merci, <vocal><desc>rires</desc></vocal> madame.</u>
<u who="#PA3"><seg><s><w>Mon</w><w>avis</w><pc>:</pc></s><s><w join="right">c'</w><w>est</w> <w>non</w><pc>.</pc></s></seg></u>
<u who="#PA9"><seg>Qui ?</seg></u>
<u who="#PA1 #PA2"><seg>Bravo !</seg></u>
<u><seg>Hou !</seg></u>
<p>Fin de la séance</p>
</div></body></text></TEI>
"""


def test_parlamint_speakers_segments_and_notes():
    assert said(PARLAMINT) == [
        ("Anne Dupont", "La séance est ouverte. Merci."),
        ("Anne Dupont", "La parole est à M. Petit."),
        ("Paul Petit (PA2)", "Merci, madame."),
        ("Paul Petit (PA3)", "Mon avis : c'est non."),
        ("PA9", "Qui ?"),
        ("Anne Dupont & Paul Petit (PA2)", "Bravo !"),
        (None, "Hou !"),
    ]
    assert directions(PARLAMINT) == ["(quinze heures)", "Applaudissements", "rires"]
    reading = reading_of(PARLAMINT)
    assert [item.reason for item in reading.ignored] == [
        "header",
        "heading",
        "name of the speaker",
        "outside any speech",
    ]
    assert reading.cues[0].span.path == "/TEI/text[1]/body[1]/div[1]/u[1]/seg[1]"
    assert reading.cues[0].span.lines == (13, 13)
    assert [cue.flags for cue in reading.cues if cue.channel == "speech"][-2:] == [("overlap",), ("no_speaker",)]
    assert lost(PARLAMINT) == []


CORPUS = """<TEI><teiHeader/><text>
<timeline unit="s"><when xml:id="T0" absolute="0"/><when interval="1.5" since="#T0" xml:id="T1"/>
<when xml:id="T2" interval="2" since="#T1"/><when xml:id="T3" interval="x"/></timeline>
<body>
<annotationBlock who="L1" start="#T0" end="#T1"><u><seg>bonjour <incident><desc>rire</desc></incident> oui</seg></u>
<spanGrp type="pho"><span>b o~</span></spanGrp></annotationBlock>
<annotationBlock who="L2" start="#T1" end="#T3"><u>salut <choice><orig>toi</orig><reg>vous</reg></choice></u></annotationBlock>
<annotationBlock who="L1" start="#T0" end="#T2"><u>trop tôt <incident><desc>b</desc></incident></u></annotationBlock>
</body></text></TEI>"""


def test_spoken_corpora_have_times_and_leave_annotations_out():
    cues = [cue for cue in reading_of(CORPUS).cues if cue.channel == "speech"]
    assert [(cue.speaker, cue.start, cue.end, cue.text, cue.flags) for cue in cues] == [
        ("L1", 0, 1500, "bonjour oui", ()),
        ("L2", 1500, None, "salut toi", ()),
        ("L1", 0, 3500, "trop tôt", ("time_backwards",)),
    ]
    assert directions(CORPUS) == ["rire"]
    assert [item.reason for item in reading_of(CORPUS).ignored] == ["annotation", "annotation", "noise"]
    assert lost(CORPUS) == []


REPORT = """<TEI xmlns="http://www.tei-c.org/ns/1.0" xmlns:m="http://example.org/m"><text><body>
<p>Présidence de M. Untel</p>
<sp who="le_président"><speaker>le président</speaker><m:metadata>
<p>. La séance est ouverte.</p><p>(Mouvements.)</p></m:metadata></sp>
<sp who="A"><speaker>Mme A, rapporteure</speaker><p>C'est dit. <m:interruption text="Rires à droite."/></p>
<stage>Elle s'assoit.</stage><p>...et redit.</p></sp>
<sp who="A"><p>Sans étiquette, M<hi>e</hi> B.</p></sp>
</body></text></TEI>"""


def test_reports_of_sittings():
    assert said(REPORT) == [
        ("le président", "La séance est ouverte."),
        ("Mme A, rapporteure", "C'est dit."),
        ("Mme A, rapporteure", "...et redit."),
        ("A", "Sans étiquette, Me B."),
    ]
    assert directions(REPORT) == ["(Mouvements.)", "Rires à droite.", "Elle s'assoit."]
    assert lost(REPORT) == []


def test_tei_in_which_nobody_speaks_is_refused():
    with pytest.raises(TranscriptError, match="nobody speaks"):
        reading_of("<TEI><text><body><p>Un roman.</p></body></text></TEI>")


@real
def test_sitting_of_the_assemblee_nationale():
    data = (SAMPLES / "an_tei/an_seance_20130119.tei.xml").read_bytes()
    reading = reading_of(data)
    speeches = {cue.span.path.partition("/metadata")[0] for cue in reading.cues if cue.channel == "speech"}
    assert len(speeches) == 380
    assert len({cue.speaker for cue in reading.cues if cue.channel == "speech"}) <= 51
    source = Source.decode(data, "an.xml", None)
    transcript = assemble([(source, reading)], language=None, title="", date="")
    assert (len(transcript.speakers), transcript.language) == (51, "fr")
    assert sum(cue.channel == "system" for cue in reading.cues) == 98 + 3
    assert lost(data) == []


AKN = """<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><debate>
<meta><references><TLCPerson eId="ana" href="/p/ana" showAs="Ana Sousa"/>
<TLCPerson id="Luis Cordeiro" showAs="Luis Cordeiro"/></references></meta>
<debateBody><debateSection><heading>Budget</heading>
<narrative><p><i>(laughter)</i></p></narrative>
<speech by="#ana" as="#chair"><from>The CHAIR:</from><p>Order. <remark>[interruption]</remark> We begin.</p><p>Mr <b>Luis</b>.</p></speech>
<question by="#Luis Cordeiro"><p>Why?</p></question>
<speech by="#unknown"><from>A MEMBER:</from><p>Hear, hear!</p></speech>
<speech by="#x y"><p>...</p><blockList><item><p>One</p></item></blockList></speech>
<speech><p>Nobody.</p></speech>
<summary>Agreed to</summary>
<p>Adjourned</p>
</debateSection></debateBody></debate></akomaNtoso>"""


def test_akoma_ntoso_speeches_and_directions():
    assert said(AKN) == [
        ("Ana Sousa", "Order. We begin."),
        ("Ana Sousa", "Mr Luis."),
        ("Luis Cordeiro", "Why?"),
        ("A MEMBER", "Hear, hear!"),
        ("x y", "One"),
        (None, "Nobody."),
    ]
    assert directions(AKN) == ["(laughter)", "[interruption]", "Agreed to"]
    assert Counter(item.reason for item in reading_of(AKN).ignored) == {
        "heading": 1,
        "name of the speaker": 2,
        "no words": 1,
        "outside any speech": 1,
    }
    assert lost(AKN) == []


@pytest.mark.parametrize("data", ["<akomaNtoso><act><body><p>Art. 1</p></body></act></akomaNtoso>"])
def test_akoma_ntoso_in_which_nobody_speaks_is_refused(data):
    with pytest.raises(TranscriptError, match="nobody speaks"):
        reading_of(data)


@real
def test_seminar_in_akoma_ntoso():
    data = (SAMPLES / "akomantoso/seminar_participation_akomantoso.xml").read_bytes()
    reading = reading_of(data)
    spoken = Counter(cue.speaker for cue in reading.cues if cue.channel == "speech")
    assert spoken == {
        "Giovanni Allegretti": 123,
        "Audrey Tang": 735,
        "Michelangelo Secchi": 1,
        "Audience Member": 81,
        "Luis Cordeiro": 2,
        "Sofia Antunes": 1,
        "Vanessa Duarte de Sousa": 1,
    }
    assert sum(cue.channel == "system" for cue in reading.cues) == 29
    assert lost(data) == []


EUROPARL = """<CHAPTER ID="1">
Reprise de la session
<SPEAKER ID="1" NAME="La Présidente">
Je déclare reprise la session.
<P>
(Applaudissements)
Merci.
<SPEAKER ID=2 LANGUAGE="EN" NAME="Evans, Robert J (PSE)">
Madame la Présidente, 3 < 4.
<CHAPTER ID=2>
Pêche
<SPEAKER ID=3>
Qui parle ?
"""


def test_europarl_text():
    assert said(EUROPARL) == [
        ("La Présidente", "Je déclare reprise la session."),
        ("La Présidente", "Merci."),
        ("Evans, Robert J (PSE)", "Madame la Présidente, 3 < 4."),
        (None, "Qui parle ?"),
    ]
    assert directions(EUROPARL) == ["(Applaudissements)"]
    reading = reading_of(EUROPARL)
    seen = {cue.span.lines[0] for cue in reading.cues} | {item.span.lines[0] for item in reading.ignored}
    assert seen == set(range(1, 14))
