"""Chats of Teams and BigBlueButton, transcripts of Jitsi, captions saved by Zoom."""

import pytest

from comparia.ingest import meeting_chat
from comparia.ingest.source import Source


def read(text):
    source = Source.decode(text.encode(), "chat.txt", None)
    assert meeting_chat.sniff(source)
    reading = meeting_chat.read(source)
    spans = [item.span for item in (*reading.cues, *reading.ignored)]
    taken = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    assert [n for n, line in enumerate(source.lines, 1) if line.strip() and n not in taken] == []
    return reading


def known(text):
    return meeting_chat.sniff(Source.decode(text.encode(), "chat.txt", None))


def said(text):
    return [(cue.speaker, cue.text) for cue in read(text).cues]


AB = [("Ada Ba", "bonjour à tous"), ("Dupont, Jean (Invité)", "merci")]
STAMPED = [
    "[10:53] Ada Ba : bonjour à tous\n[10:54] Dupont, Jean (Invité) : merci\n",
    "[10:53] Ada Ba: bonjour\nà tous\n\n[10:54] Dupont, Jean (Invité): merci\n",
    "[10:53] Ada Ba\nbonjour à tous\n\n[10:54] Dupont, Jean (Invité)\nmerci\n",
    "[10:53 AM] Ada Ba\n    bonjour à tous\n[10:54 AM] Dupont, Jean (Invité)\n    merci\n",
    "\u200b[10:53] Ada Ba\n\u200bbonjour à tous\n\u200b[10:54] Dupont, Jean (Invité)\n\u200bmerci\n",
    "[12/05/2024 10:53] Ada Ba\nbonjour à tous\n[12/05/2024 10:54] Dupont, Jean (Invité)\nmerci\n",
    "[10:53 • 13/08/2024] Ada Ba:\nbonjour à tous\n[10:54 • 13/08/2024] Dupont, Jean (Invité):\nmerci\n",
    "[hier 10:53] Ada Ba\nbonjour à tous\n[Yesterday 10:54 AM] Dupont, Jean (Invité)\nmerci\n",
    "[10:53] Ada Ba : <p>bonjour <b>à</b><br/>tous</p>\n[10:54] Dupont, Jean (Invité) : merci&nbsp;\n",
]


@pytest.mark.parametrize("text", STAMPED)
def test_stamped_messages(text):
    cues = read(text).cues
    assert [(cue.speaker, cue.text) for cue in cues] == AB
    assert [cue.start for cue in cues] == [(10 * 60 + 53) * 60_000, (10 * 60 + 54) * 60_000]
    assert {cue.channel for cue in cues} == {"chat"}


def test_hours_of_the_afternoon():
    text = "[1:05 PM] Ada\nun\n[12:10 PM] Bob\ndeux\n[11:59 PM] Bob\ntrois\n[12:01 AM] Ada\nquatre\n"
    assert [cue.start // 60_000 for cue in read(text).cues] == [785, 730, 1439, 1441]


def test_deleted_and_empty_messages_are_left_out_with_their_reason():
    text = (
        "Discussion publique\n[10:50] Ada : oui\n[10:53] This message has been deleted by Ada\n"
        "[10:54] Bob : Ce message a été supprimé par Ada\n[10:55] Bob :\n[10:56] Bob : <b></b>\n"
    )
    reading = read(text)
    assert [cue.text for cue in reading.cues] == ["oui"]
    assert [item.reason for item in reading.ignored] == [
        "before the first message",
        "deleted message",
        "deleted message",
        "empty message",
        "empty message",
    ]


def test_the_welcome_of_the_room_is_a_system_line():
    text = "[10:50] System Message : Welcome to <b>La salle</b>!\n[10:51] Ada : Bienvenue : oui\n"
    assert [(cue.speaker, cue.text, cue.channel) for cue in read(text).cues] == [
        ("System Message", "Welcome to La salle !", "system"),
        ("Ada", "Bienvenue : oui", "chat"),
    ]


NOT_ITS_OWN = [
    "[00:03] Speaker 1: bonjour\n[00:09] Speaker 2: merci\n",
    "[00:00:03] Speaker 1: bonjour\n[00:00:09] Speaker 2: merci\n",
    "[10:53] Ada : un\n[24:54] Bob : deux\n",
    "Ada : [10:53] un\nBob : [10:54] deux\n",
    "Ada : un\nBob : deux\nCy : trois\n[10:53] Ada : un\n[10:54] Bob : deux\n",
    "bonjour",
    "<html><p>chattimeline</p></html>",
]


@pytest.mark.parametrize("text", NOT_ITS_OWN)
def test_times_of_a_recording_and_prose_are_not_its_own(text):
    assert not known(text)


TIMELINE = """<?xml version="1.0" encoding="UTF-8"?>
<popcorn>
  <chattimeline in="12" out="13" name="Ada &amp; Ba" message="l&apos;école &lt;br/&gt; &lt;b&gt;oui&lt;/b&gt;" target="chat"/>
  <chattimeline in='80.5' name='Bob'
    message='a > b'/><chattimeline in="81" name="Cy" message=""/>
  <chattimeline name="Dee" message="quand ?"/>
</popcorn>
"""


def test_the_timeline_of_a_recording():
    reading = read(TIMELINE)
    assert [(cue.speaker, cue.text, cue.start, cue.span.lines) for cue in reading.cues] == [
        ("Ada & Ba", "l'école oui", 12000, (3, 3)),
        ("Bob", "a > b", 80500, (4, 5)),
        ("Dee", "quand ?", None, (6, 6)),
    ]
    assert [(item.reason, item.span.lines) for item in reading.ignored] == [
        ("empty message", (5, 5)),
        ("markup", (1, 1)),
        ("markup", (2, 2)),
        ("markup", (7, 7)),
    ]


JITSI = """Transcript of conference held at 12 juin 2024 in room atelier@conference
Initial people present at 10:02:03:

\tAda Ba
\tBob

Transcript, started at 10:02:03:
________________________________________________________________________________
<10:02:05> Cy joined the conference
<10:02:11> Ada Ba: Bonjour à tous, nous allons parler de la place du marché et
                   de ses arbres.
<10:03:00> Bob raised their hand
<10:03:02> Bob: Note : je dis que Cy left the conference
<10:04:00> Cy left the conference
________________________________________________________________________________


End of transcript at 12 juin 2024, 10:30
"""


def test_jitsi_joins_its_lines_and_sets_events_apart():
    reading = read(JITSI)
    assert [(cue.speaker, cue.channel, cue.text) for cue in reading.cues] == [
        ("Cy", "system", "Cy joined the conference"),
        ("Ada Ba", "speech", "Bonjour à tous, nous allons parler de la place du marché et de ses arbres."),
        ("Bob", "system", "Bob raised their hand"),
        ("Bob", "speech", "Note : je dis que Cy left the conference"),
        ("Cy", "system", "Cy left the conference"),
    ]
    assert reading.cues[1].start == ((10 * 60 + 2) * 60 + 11) * 1000
    assert reading.cues[1].span.lines == (10, 11)
    assert [item.reason for item in reading.ignored] == ["header", "end of the transcript", "end of the transcript"]


CAPTIONS = """[Ada Ba (DGALN)] 23:59:37
bonjour
à tous

[Bob] 23:59:50

[Bob] 00:00:02
merci
"""


def test_captions_saved_by_zoom_pass_midnight():
    reading = read(CAPTIONS)
    assert [(cue.speaker, cue.text, cue.start, cue.end, cue.channel) for cue in reading.cues] == [
        ("Ada Ba (DGALN)", "bonjour à tous", 86_377_000, None, "speech"),
        ("Bob", "merci", 86_402_000, None, "speech"),
    ]
    assert [(item.reason, item.span.lines) for item in reading.ignored] == [("empty caption", (5, 5))]


@pytest.mark.parametrize("text", [JITSI, CAPTIONS, TIMELINE, STAMPED[2]])
def test_files_cut_anywhere_lose_no_line(text):
    for stop in range(1, len(text), 7):
        if text[:stop].strip() and known(text[:stop]):
            read(text[:stop])


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
@pytest.mark.parametrize("text", [JITSI, CAPTIONS, STAMPED[2]])
def test_line_ends_change_nothing(text, ends):
    assert said(text.replace("\n", ends)) == said(text)


WHATSAPP = [
    """12/03/2024, 10:05 - Les messages et les appels sont chiffrés de bout en bout.
12/03/2024, 10:53 - Ada Ba: bonjour
à tous
12/03/2024, 10:54 - Dupont, Jean (Invité): merci
12/03/2024, 10:55 - Ada Ba: <Médias omis>
""",
    """12/03/2024 à 10:05 - Ada Ba a créé le groupe « Foirail »
12/03/2024 à 10:53 - Ada Ba : bonjour à tous
12/03/2024 à 10:54 - Dupont, Jean (Invité) : merci
12/03/2024 à 10:55 - Ada Ba : <Media omitted>
""",
    """[12/03/2024, 10:53:12] Ada Ba: bonjour à tous
[12/03/2024, 10:54:01] Dupont, Jean (Invité): merci
[12/03/2024, 10:55:40] Ada Ba: image absente
""",
]


@pytest.mark.parametrize("text", WHATSAPP)
def test_whatsapp(text):
    reading = read(text)
    assert [(cue.speaker, cue.text) for cue in reading.cues if cue.channel == "chat"] == AB
    assert [item.reason for item in reading.ignored] == ["attachment"]
    assert {cue.speaker for cue in reading.cues if cue.channel == "system"} <= {None}


def test_only_what_whatsapp_says_in_the_name_of_the_group_is_a_notice():
    head = "[12/03/2024, 10:53:12] "
    typed = "Paul a créé ce groupe sans moi, et m’a changé le nom. Paul vous a ajouté ?"
    told = "\u200ePaul a créé ce groupe"
    reading = read(f"{head}Ada Ba: {typed}\n{head}Les Tilleuls: {told}\n{head}Lu Ba: oui\n")
    assert [(cue.speaker, cue.text) for cue in reading.cues] == [("Ada Ba", typed), ("Lu Ba", "oui")]
    assert [item.reason for item in reading.ignored] == ["notice of the application"]
