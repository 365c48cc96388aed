"""The chats that Zoom saves, in their dialects."""

import pytest

from comparia import ingest
from comparia.reports.notices import notice_text


def read(text):
    transcript = ingest.read_bytes(text.encode(), "chat.txt")
    assert transcript.formats == ("zoom-chat",)
    return transcript


DIALECTS = [
    "00:06:15\tAda B:\tbonjour\r\n00:06:20\tCy | Org:\tsalut\r\n",
    "00:06:15 From  Ada B  to  Everyone : bonjour\n00:06:20 From  Cy | Org  to  Everyone : salut\n",
    "00:06:15\t From Ada B : bonjour\n00:06:20\t From Cy | Org : salut\n",
    "00:06:15 De  Ada B  à  Tout le monde : bonjour\n00:06:20 De  Cy | Org  à  Tout le monde : salut\n",
    "00:06:15 From Ada B to Everyone:\n\tbonjour\n00:06:20 From Cy | Org to Everyone:\n\tsalut\n",
    "Ada B to Everyone (0:06:15)\nbonjour\nCy | Org to Everyone (0:06:20)\nsalut\n",
    "From Ada B to Everyone (0:06:15)\n\nbonjour\n\nFrom Cy | Org to Everyone (0:06:20)\nsalut\n",
    "Ada B à Tout le monde (0:06:15)\nbonjour\nCy | Org à Tout le monde (0:06:20)\nsalut\n",
]


@pytest.mark.parametrize("text", DIALECTS)
def test_dialects(text):
    cues = read(text).cues
    assert [(cue.speaker, cue.text, cue.start, cue.channel) for cue in cues] == [
        ("Ada B", "bonjour", 375000, "chat"),
        ("Cy | Org", "salut", 380000, "chat"),
    ]


def test_a_bare_line_feed_stays_inside_its_message_and_cannot_pose_as_another_author():
    text = "00:00:01\tAda:\tun\n\n00:00:02\tM. le Maire:\tje démissionne\r\n00:00:03\tBob:\tdeux\r\n"
    transcript = read(text)
    assert [cue.speaker for cue in transcript.cues] == ["Ada", "Bob"]
    assert transcript.cues[0].text == "un 00:00:02 M. le Maire: je démissionne"
    assert transcript.cues[0].span.lines == (1, 3)


def test_a_private_message_after_a_bare_line_feed_is_dropped_too():
    text = "00:00:01\tAda:\tun\n00:00:02\tAda to Bob (Direct Message):\tsecret\nsuite\r\n00:00:03\tBob:\tdeux\r\n"
    transcript = read(text)
    assert [cue.text for cue in transcript.cues] == ["un", "deux"]
    assert [item.reason for item in transcript.ignored] == ["private message"]


def test_one_stray_crlf_does_not_swallow_a_file_of_line_feeds():
    lines = [f"00:00:{n:02}\tAda:\tmot {n}\n" for n in range(20)]
    lines[4] = "00:00:04\tAda:\tcollé\r\nsuite\n"
    assert len(read("".join(lines)).cues) == 20


PRIVATE = [
    "00:00:02 From Ada to Bob(Direct Message) : secret\n",
    "00:00:02 From Ada to Bob (Privately) : secret\n",
    "00:00:02 From Ada to Bob (Direct Message):\nsecret\n",
    "00:00:02\t From Ada to Bob(Direct Message):\tsecret\n",
    "00:00:02\tAda to Bob (Direct Message):\tsecret\n",
    "00:00:02\tFrom Ada to Bob:\tsecret\n",
    "00:00:02 De Ada à Bob (message privé) : secret\n",
    "00:00:02 From Ada to Bob : secret\n",
    "Ada to Bob (Direct Message) (4:50 PM)\nsecret\n",
    "Ada to Bob (4:50 PM)\nsecret\n",
    "Ada à Bob (Privé) (16:50)\nsecret\n",
    "00:00:02 De Ada à Bob (Message direct) :\r\nsecret\r\n",
]


@pytest.mark.parametrize("line", PRIVATE)
def test_private_messages_are_dropped_and_counted(line):
    transcript = read("00:00:01 From Ada to Everyone : un\n" + line + "00:00:03 From Bob to Everyone : deux\n")
    assert "secret" not in transcript.model_dump_json()
    assert [cue.text for cue in transcript.cues] == ["un", "deux"]
    assert [item.reason for item in transcript.ignored] == ["private message"]
    assert [notice.code for notice in transcript.notices if "1" in notice_text(notice)] == ["private_messages"]


TEXTS = [
    ('Reacted to "bonjour" with 👍', "system"),
    ('Reacted to bonjour... with "❤️"', "system"),
    ('Removed a 👍 reaction from "bonjour"', "system"),
    ("A réagi à « bonjour » avec 👍", "system"),
    ("Reacted to the news with joy", "chat"),
    ("bonjour", "chat"),
]


@pytest.mark.parametrize(("text", "channel"), TEXTS)
def test_reactions_are_system_lines(text, channel):
    assert read(f"00:00:01\tAda:\tun\r\n00:00:02\tBob:\t{text}\r\n").cues[1].channel == channel


def test_reactions_are_no_turn_of_their_author():
    transcript = read('00:00:01\tAda:\tun\r\n00:00:02\tBob:\tReacted to "un" with 👍\r\n')
    assert [(speaker.name, speaker.turns, speaker.words) for speaker in transcript.speakers] == [
        ("Ada", 1, 1),
        ("Bob", 0, 0),
    ]


REPLIES = [
    'Replying to "Where is the exact g..."\n\nits still ETA',
    'Replying to "he said "x" and..."\n\nits still ETA',
    'Replying to "Where" its still ETA',
    'Replying to "Where\nis the..."\n\nits still ETA',
    "En réponse à « Où est-ce »\nits still ETA",
]


@pytest.mark.parametrize("text", REPLIES)
def test_a_reply_keeps_its_own_words_only(text):
    assert read(f"00:00:01\tAda:\tun\r\n00:00:02\tBob:\t{text}\r\n").cues[1].text == "its still ETA"


def test_a_reply_without_words_is_left_out_with_its_reason():
    transcript = read('00:00:01\tAda:\tun\r\n00:00:02\tBob:\tReplying to "un"\r\n')
    assert [item.reason for item in transcript.ignored] == ["empty message"]


def test_lines_before_the_first_message_are_left_out_with_their_reason():
    transcript = read("Chat du 12\n00:00:01\tAda:\tun\n00:00:02\tBob:\tdeux\n")
    assert [(item.reason, item.span.lines) for item in transcript.ignored] == [("before the first message", (1, 1))]


def test_note_takers_are_machines():
    transcript = read("00:00:01\tread.ai meeting notes:\tun\n00:00:02\tFireflies.ai Notetaker Ada:\tdeux\n")
    assert {speaker.kind for speaker in transcript.speakers} == {"machine"}


def test_a_colon_inside_a_message_is_not_its_author():
    assert read("00:00:01 From Ada : je dis : oui\n00:00:02 From Bob : non\n").cues[0].text == "je dis : oui"


@pytest.mark.parametrize(
    ("clock", "hour"), [("4:50 PM", 16), ("4:50\u202fAM", 4), ("12:50 AM", 0), ("12:50 PM", 12), ("16:50", 16)]
)
def test_the_hour_of_a_message_copied_from_the_window(clock, hour):
    cues = read(f"Ada to Everyone ({clock})\nun\nBob to Everyone ({clock})\ndeux\n").cues
    assert [cue.start for cue in cues] == [(hour * 60 + 50) * 60_000] * 2


def test_a_chat_that_passes_midnight_goes_on():
    cues = read(
        "23:59:58 From Ada to Everyone : un\n00:00:01 From Bob to Everyone : deux\n00:00:02 From Cy : trois\n"
    ).cues
    assert [cue.start for cue in cues] == [86_398_000, 86_401_000, 86_402_000]


def test_a_sentence_with_to_and_an_hour_is_no_message():
    cues = read("00:00:01\tAda:\tWe go to Paris (4:50 PM: late)\n00:00:02\tBob:\tok\n").cues
    assert [cue.speaker for cue in cues] == ["Ada", "Bob"]


@pytest.mark.parametrize(
    "text",
    [
        "18:45:10 De Sylvie à Tout le monde : bonsoir\n18:45:12 De Karim vers Paul (Message direct) : SECRET\n",
        "De Jean à moi (Message direct) 18:43\nSECRET\nSylvie à Tout le monde (18:44)\nbonsoir\n",
    ],
)
def test_private_messages_are_dropped_in_every_wording(text):
    found = ingest.read_bytes(text.encode(), "chat.txt")
    assert "SECRET" not in " ".join(turn.text for turn in found.turns)
    assert "bonsoir" in " ".join(turn.text for turn in found.turns)
