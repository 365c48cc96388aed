"""Contributions of participation platforms: one row or object, one voice that answers another and is voted on."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import contributions, contributions_json, subrip, webvtt, zoom_chat
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.reports.notices import notice_text

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")


def read(*texts, reader=contributions):
    readings = []
    for n, text in enumerate(texts):
        data = text if isinstance(text, bytes) else text.encode()
        source = Source.decode(data, f"table{n}.csv", None)
        assert reader.sniff(source)
        readings.append((source, reader.read(source)))
    return assemble(readings, language="fr", title="x", date="")


def read_json(document):
    return read(document if isinstance(document, str | bytes) else json.dumps(document), reader=contributions_json)


def said(transcript):
    return [(c.speaker, c.text) for c in transcript.cues]


def codes(transcript):
    return {notice.code for notice in transcript.notices}


PROPOSALS = (
    "id;title/fr;title/en;body/fr;votes;author/id;author/name;url\r\n"
    '7;Des bancs;;"<p>Plus de bancs&nbsp;!</p><ul><li>au parc</li><li>à l\'école</li></ul>";12;3;Anne;http://x/7\r\n'
    '9;;Trees;"Gardez\r\nles arbres, a < b et <3";0;4;Bruno;http://x/9\r\n'
)
COMMENTS = (
    "id;created_at;body;locale;author/id;author/name;alignment;depth;commentable_id;commentable_type;root_commentable_url\n"
    "7;2026-01-01;Oui;fr;4;Bruno;1;0;9;Decidim::Proposals::Proposal;u\n"
    "8;2026-01-02;Non;fr;3;Anne;-1;1;7;Decidim::Comments::Comment;u\n"
)


def test_decidim_proposals():
    transcript = read(PROPOSALS)
    assert said(transcript) == [
        ("Anne", "Des bancs\nPlus de bancs !\nau parc\nà l'école"),
        ("Bruno", "Trees\nGardez\nles arbres, a < b et <3"),
    ]
    assert [(c.span.row, c.span.lines, c.id) for c in transcript.cues] == [(2, (2, 2), "7"), (3, (3, 4), "9")]
    assert [dict(t.votes) for t in transcript.turns] == [{"all": (12, 0, 0)}, {}]
    assert {t.channel for t in transcript.turns} == {"speech"}
    assert transcript.turns[0].start is None


def test_decidim_comments_answer_one_another_and_what_they_comment_on():
    transcript = read(PROPOSALS, COMMENTS)
    assert [t.reply_to for t in transcript.turns] == [None, None, 2, 3]
    assert [c.flags for c in transcript.cues[2:]] == [("argument_for",), ("argument_against",)]
    assert len(transcript.speakers) == 2


def test_polis_comments_their_votes_and_moderation():
    transcript = read(
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        "1658934589213,Wed Jul 27 22:09:49 WIB 2022,35,23,2,1,1,un avis\n"
        "1658934589214,Wed Jul 27 22:09:49 WIB 2022,36,23,3,0,-1,insulte\n"
        '1658934589215,Wed Jul 27 22:09:49 WIB 2022,37,24,0,0,0,"deux\nlignes"\n'
    )
    assert said(transcript) == [("Participant 23", "un avis"), ("Participant 24", "deux\nlignes")]
    assert dict(transcript.turns[0].votes) == {"all": (2, 1, 0)}
    assert "insulte" not in transcript.model_dump_json()
    assert [i.span.row for i in transcript.ignored] == [1, 3]
    assert [notice_text(n) for n in transcript.notices if n.code == "moderated"] == [
        "1 contribution moderated or withdrawn was left out."
    ]


def test_consul_comments_thread_by_their_ancestry():
    transcript = read(
        ",id,parentId,proposalId,userId,text,numLikes\n0,5,-1,7,10,uno,1\n1,6,5,7,11,dos,0\n2,8,-1,7,-1,tres,0\n"
    )
    assert [(c.speaker, c.id, c.reply_to) for c in transcript.cues] == [
        ("Participant 10", "comment 5", "7"),
        ("Participant 11", "comment 6", "comment 5"),
        (None, "comment 8", "7"),
    ]


HEADINGS = [
    "author;body",
    "Auteur,Contribution",
    "nom\tavis",
    "\ufeffauthor;body",
    "sep=;\nauthor;body",
    '"author";"body"',
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_any_table_that_names_its_author_and_words(heading):
    last = heading.splitlines()[-1]
    delimiter = next(d for d in ";,\t" if d in last)
    rows = "".join(f"{name}{delimiter}mot {n}\n" for n, name in enumerate(["Ada", "Bob", "Ada"]))
    transcript = read(f"{heading}\n{rows}")
    assert said(transcript) == [("Ada", "mot 0"), ("Bob", "mot 1"), ("Ada", "mot 2")]
    assert transcript.cues[0].span.row == 2
    assert len(transcript.turns) == 3


def test_authors_of_one_name_stay_two_and_the_unnamed_stay_apart():
    transcript = read(
        "id,author/id,author/name,body\n1,5,Jean,a b\n2,6,Jean,c d\n3,,Anonyme,e f\n4,,,g h\n5,9,Utilisateur supprimé,i j\n"
    )
    assert [c.speaker for c in transcript.cues] == ["Jean (5)", "Jean (6)", None, None, "Participant 9"]
    assert len(transcript.turns) == 5


def test_a_formula_is_text():
    transcript = read("id;author;body\n1;=cmd|' /C calc'!A0;@SUM(1+1) et =HYPERLINK(\"http://x\")\n")
    assert said(transcript) == [("=cmd|' /C calc'!A0", '@SUM(1+1) et =HYPERLINK("http://x")')]


def test_markup_goes_and_what_only_looks_like_it_stays():
    text = contributions.words(
        "<script>x()</script><p>Si a &lt; b</p><p><strong>gras</strong>ment <inconnu>oui</inconnu> &eacute;<br/>fin</p>"
        "<!-- n --> &amp;amp; <a href='http://x'>lien</a>"
    )
    assert text == "Si a < b\ngrasment <inconnu>oui</inconnu> é\nfin\n&amp; lien"


GONE = ["hidden_at;2026-01-01", "trashed;1", "isTrashed;true", "state;withdrawn", "published;false", "moderated;true"]
SHOWN = ["hidden_at;", "trashed;0", "isTrashed;false", "state;accepted", "published;true", "moderated;1"]


@pytest.mark.parametrize(("column", "left"), [*((c, 1) for c in GONE), *((c, 2) for c in SHOWN)])
def test_what_a_platform_no_longer_shows_is_left_out(column, left):
    name, value = column.split(";")
    transcript = read(f"author;body;{name}\nAda;un mot;{value}\nBob;deux mots;\n")
    assert len(transcript.cues) == left


def test_ragged_rows_are_told_and_empty_ones_are_accounted_for():
    transcript = read("author;body;id\nAda;un;1;\n;;\n\nBob;deux\nCy;tr;ois;3\nDi;;4\n")
    notice = next(n for n in transcript.notices if n.code == "ragged_rows")
    assert (notice.line, notice_text(notice)[:1]) == (5, "2")
    assert [(i.reason, i.span.row) for i in transcript.ignored] == [
        ("header", 1),
        ("empty row", 3),
        ("contribution without words", 7),
    ]
    assert [c.span.row for c in transcript.cues] == [2, 5, 6]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('author;body\nAda;un\nBob;"deux\nCy;trois\n', "row 3 is never closed", 3),
        (b"\xef\xbb\xbfauthor;body\nAda;un\nBob;de\0ux\n", "row 3 holds a NUL", 3),
        ("author;body\nAda;" + "x" * 1_100_000 + "\n", "row 2", 2),
    ],
)
def test_a_damaged_table_is_refused_with_its_row(text, message, line):
    with pytest.raises(TranscriptError, match=message) as caught:
        read(text)
    assert caught.value.line == line


def test_a_large_cell_is_read():
    assert len(read("author;body\nAda;" + "mot " * 200_000 + "\n").turns[0].text.split()) == 200_000


def test_a_million_rows_are_refused_with_a_cure():
    data = b"author;body\n" + b"Ada;un mot\n" * 1_000_000
    with pytest.raises(TranscriptError, match="Keep the rows"):
        read(data)


NOT_TABLES = [
    "Ada : oui\n\nBob : non\n",
    "WEBVTT\n\n00:01.000 --> 00:02.000\noui\n",
    "1\n00:00:01,000 --> 00:00:02,000\noui\n",
    "00:00:01\tAda:\toui\n00:00:02\tBob:\tnon\n",
    "start,end,speaker,text\n0,1,Ada,oui\n",
    "body\noui\n",
    "ville;population\nLyon;500000\n",
    "Le message, disait-elle, est clair.\n",
]


@pytest.mark.parametrize("text", NOT_TABLES)
def test_what_is_no_table_of_contributions_is_left_to_others(text):
    assert not contributions.sniff(Source.decode(text.encode(), "x", None))


@pytest.mark.parametrize("text", [PROPOSALS, COMMENTS])
def test_other_readers_leave_tables_alone(text):
    source = Source.decode(text.encode(), "x", None)
    assert not any(reader.sniff(source) for reader in (webvtt, subrip, zoom_chat, contributions_json))


def test_a_table_asked_for_without_known_columns_says_which_are_needed():
    with pytest.raises(TranscriptError, match="author, title and body"):
        contributions.read(Source.decode(b"ville;population\nLyon;500000\n", "x", None))


CELL = st.text(st.sampled_from("ab é\"\n\r;,\t=<>&'#")).map(lambda text: f"{text}z")


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from(";,\t"), st.sampled_from(["\n", "\r\n"])
)
def test_whatever_is_quoted_comes_back_and_no_line_is_lost(rows, delimiter, end):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("author", "body"), *(("x" + name, body) for name, body in rows)])
    source = Source.decode(out.getvalue().encode(), "x", None)
    reading = contributions.read(source)
    assert [c.text.split() for c in reading.cues] == [contributions.words(body).split() for _, body in rows]
    assert [c.span.row for c in reading.cues] == list(range(2, len(rows) + 2))
    spans = [*(c.span for c in reading.cues), *(i.span for i in reading.ignored)]
    seen = {n for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    assert [n for n, line in enumerate(source.lines, 1) if line.strip() and n not in seen] == []


# JSON ----------------------------------------------------------------------------------------------------------------

OPINION = {
    "opinion": {
        "id": 57,
        "title": "Article 1",
        "body": "<p>Les donn&eacute;es sont ouvertes.</p>",
        "is_trashed": False,
        "author": {"username": "ada", "displayName": "Ada L.", "uniqueId": "ada-l"},
        "type": {"id": 3, "title": "Titre I", "body": "pas une contribution"},
        "votes_ok": 12,
        "votes_nok": 3,
        "votes_mitige": 2,
        "votes_total": 17,
        "votes": [{"user": {"displayName": "Zoé"}, "value": 1}],
        "appendices": [{"body": "<p>Expos&eacute; des motifs.</p>", "type": {"title": "Motifs"}}],
        "sources": [{"id": 1, "body": "une source"}],
        "arguments": [
            {"id": 1, "type": 1, "body": "Très bien", "votes_count": 4, "author": {"displayName": "Bob"}},
            {"id": 2, "type": 0, "body": "Trop cher", "author": None, "isTrashed": False},
            {"id": 3, "type": 0, "body": "insulte", "isTrashed": True},
        ],
    }
}


def test_cap_collectif_opinion_with_its_arguments():
    transcript = read_json(OPINION)
    assert said(transcript) == [
        ("Ada L.", "Article 1\nLes données sont ouvertes.\nExposé des motifs."),
        ("Bob", "Très bien"),
        (None, "Trop cher"),
    ]
    assert [dict(t.votes) for t in transcript.turns] == [{"all": (12, 3, 2)}, {"all": (4, 0, 0)}, {}]
    assert [t.reply_to for t in transcript.turns] == [None, 1, 1]
    assert [c.flags for c in transcript.cues] == [(), ("argument_for",), ("argument_against", "no_speaker")]
    assert [c.span.pointer for c in transcript.cues] == ["/opinion", "/opinion/arguments/0", "/opinion/arguments/1"]
    assert "insulte" not in transcript.model_dump_json()
    assert {"moderated"} <= codes(transcript)
    assert {i.span.pointer for i in transcript.ignored} == {"/opinion/sources", "/opinion/arguments/2"}


def test_cap_collectif_graphql_with_sides_as_lists():
    transcript = read_json(
        {
            "data": {
                "contributions": [
                    {
                        "id": "a",
                        "title": "T",
                        "bodyText": "un corps",
                        "body": "<p>un corps</p>",
                        "author": {"id": "u1"},
                        "votesCountOk": 1,
                        "votesCountNok": 0,
                        "trashed": False,
                        "arguments": {
                            "for": [{"id": "b", "body": "pour", "author": {"id": "u2"}}],
                            "against": [{"id": "c", "body": "contre", "author": {"id": "u1"}}],
                        },
                    },
                    {"id": "d", "body": "retiré", "author": {"id": "u3"}, "trashedAt": "2026-01-01"},
                ]
            }
        }
    )
    assert [(c.speaker, c.text, c.reply_to, c.flags) for c in transcript.cues] == [
        ("Participant u1", "T\nun corps", "", ()),
        ("Participant u2", "pour", "a", ("argument_for",)),
        ("Participant u1", "contre", "a", ("argument_against",)),
    ]


def test_decidim_json_with_texts_by_language():
    transcript = read_json(
        [
            {
                "id": 1,
                "title": {"fr": "Bancs"},
                "body": {"en": "", "fr": "Des bancs"},
                "supports": 3,
                "author": {"name": ["A"]},
            },
            {
                "id": 2,
                "title": {"fr": "Rue"},
                "body": {"translations": [{"locale": "fr", "text": "Piétonne"}]},
                "author": "B",
            },
        ]
    )
    assert said(transcript) == [("A", "Bancs\nDes bancs"), ("B", "Rue\nPiétonne")]
    assert dict(transcript.turns[0].votes) == {"all": (3, 0, 0)}


@pytest.mark.parametrize(
    "text",
    [
        '{"segments": [{"start": 0, "end": 1, "text": "oui"}]}',
        '{"text": "the \\"body\\" and the \\"author\\""}',
        '{"results": {"utterances": [{"transcript": "oui", "speaker": 0}]}}',
        "author;body\nA;b\n",
    ],
)
def test_speech_json_is_left_to_its_readers(text):
    assert not contributions_json.sniff(Source.decode(text.encode(), "x", None))


@pytest.mark.parametrize(
    "text",
    [
        '{"body": "x", "author": ',
        '{"body": 3, "author": null}',
        '{"body": "", "id": 1, "author": null}',
        '[{"body": "\\ud83d", "id": 1, "author": {"name": [[["x"]]]}}]',
        '{"author": "", "body":' + "[" * 100_000,
        '{"id": 1, "author": 1e999, "body": {"a": {"b": "x"}}, "votes_ok": NaN, "arguments": 4}',
    ],
)
def test_hostile_json_raises_nothing_but_its_own_error(text):
    with pytest.raises(TranscriptError):
        read_json(text)


# Real files ----------------------------------------------------------------------------------------------------------


def counts(file):
    manifest = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
    return next(entry["independent_counts"] for entry in manifest["files"] if entry["file"] == file)


@real
@pytest.mark.parametrize(
    "file",
    [
        "decidim_csv/decidim_proposals_granddebat_mel.csv",
        "consul_csv/consul_decide_madrid_proposals.csv",
        "polis_csv/polis_london_comments.csv",
    ],
)
def test_one_turn_a_row_of_real_exports(file):
    transcript = read((SAMPLES / file).read_bytes())
    moderated = sum(item.reason == contributions.removed() for item in transcript.ignored)
    assert len(transcript.turns) + moderated == counts(file)["data_rows"]
    assert "ragged_rows" not in codes(transcript)
    assert all(cue.text and cue.id for cue in transcript.cues)


@real
def test_real_votes_and_authors():
    polis = read((SAMPLES / "polis_csv/polis_london_comments.csv").read_bytes())
    assert len(polis.cues) == 36
    assert dict(polis.turns[0].votes) == {"all": (2, 1, 0)}
    consul = read((SAMPLES / "consul_csv/consul_decide_madrid_proposals.csv").read_bytes())
    assert (consul.cues[0].speaker, consul.cues[0].text) == (
        "Participant 9884",
        "Limpiar las calles\nAlgo tan básico como limpiar.",
    )
    assert dict(consul.turns[0].votes) == {"all": (6560, 0, 0)}
    decidim = read((SAMPLES / "decidim_csv/decidim_proposals_granddebat_mel.csv").read_bytes())
    assert [sum(sum(t.votes["all"]) for t in decidim.turns if t.votes), decidim.cues[-1].span.row] == [
        sum(int(row["votes"]) for row in rows_of("decidim_csv/decidim_proposals_granddebat_mel.csv")),
        197,
    ]


def rows_of(file):
    with (SAMPLES / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def test_authors_shown_by_an_address_stay_apart_and_come_back_in_another_file():
    rows = "".join(f"{n};personne{n}@exemple.fr;oui, l’idée {n} est la mienne\n" for n in range(900))
    again = "id;author;body\nz;Personne7@exemple.fr;moi encore, de l’autre fichier\n"
    transcript = read(f"id;author;body\n{rows}", again)
    assert len(transcript.speakers) == 900
    assert "@" not in "".join(speaker.name for speaker in transcript.speakers)


# What is beside the words --------------------------------------------------------------------------------------------


def values(transcript, code):
    return next(dict(notice.values) for notice in transcript.notices if notice.code == code)


def test_what_a_machine_translated_is_left_out_and_said():
    transcript = read(
        "id;title/fr;title/machine_translations/en;body/fr;body/machine_translations/en;author/name\n"
        "1;Des bancs;Benches;Plus de bancs;More benches;Anne\n"
        "2;;Trees;Des arbres;Some trees;Bruno\n"
    )
    assert said(transcript) == [("Anne", "Des bancs\nPlus de bancs"), ("Bruno", "Des arbres")]
    assert values(transcript, "machine_translated")["columns"] == (
        "title/machine_translations/en",
        "body/machine_translations/en",
    )
    as_json = read_json(
        [{"id": 1, "author": "B", "body": {"fr": "Des bancs", "machine_translations": {"en": "Benches"}}}]
    )
    assert said(as_json) == [("B", "Des bancs")]
    assert "machine_translated" in codes(as_json)


def test_an_answer_to_what_was_moderated_keeps_its_words_and_answers_nothing():
    comments = (
        "id;body;author/id;author/name;depth;commentable_id;commentable_type;root_commentable_url;hidden_at\n"
        "1;insulte;11;Inès;0;7;Decidim::Proposals::Proposal;u;2026-01-01\n"
        "2;Tu exagères.;12;Paul;1;1;Decidim::Comments::Comment;u;\n"
        "3;D'accord avec la 7;13;Ada;0;7;Decidim::Proposals::Proposal;u;\n"
    )
    transcript = read(PROPOSALS, comments)
    replies = {cue.text: cue for cue in transcript.cues}
    assert "insulte" not in replies
    assert (replies["Tu exagères."].reply_to, replies["Tu exagères."].flags) == ("", ("reply_to_moderated",))
    assert [turn.reply_to for turn in transcript.turns] == [None, None, None, 1]
    assert values(transcript, "replies_to_moderated") == {"n": 1}
    assert "replies_to_absent" not in codes(transcript)


def test_comments_of_a_proposal_that_another_file_says_moderated():
    proposals = "id;title;body;author/name;state\n7;Des bancs;Plus;Anne;accepted\n9;Non;au maire;Bruno;withdrawn\n"
    transcript = read(proposals, COMMENTS)
    assert [(turn.text, turn.reply_to) for turn in transcript.turns] == [
        ("Des bancs\nPlus", None),
        ("Oui", None),
        ("Non", 2),
    ]
    assert values(transcript, "replies_to_moderated") == {"n": 1}


POLIS = (
    "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,is-meta,comment-body\n"
    "1,x,0,0,2,1,1,false,Plus de bancs\n2,x,1,1,0,0,1,true,Je suis cycliste\n3,x,2,1,1,0,-1,false,insulte\n"
)
VOTES = (
    "timestamp,datetime,comment-id,voter-id,vote\n"
    "10,x,0,0,1\n11,x,0,1,1\n12,x,0,2,-1\n15,x,0,1,-1\n13,x,1,0,0\n14,x,2,0,-1\n16,x,0,3,1\n"
)
PARTICIPANTS = (
    "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2\n"
    "0,0,1,3,1,1,1,0,-1\n1,1,2,1,0,1,-1,,\n2,1,0,1,0,1,-1,,\n3,,0,1,1,0,1,,\n"
)


def given_together(tmp_path, **files):
    paths = []
    for name, text in files.items():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return ingest.read(paths)


def test_statements_about_who_votes_are_kept_and_marked():
    transcript = read(POLIS)
    assert [(cue.text, cue.flags) for cue in transcript.cues] == [
        ("Plus de bancs", ()),
        ("Je suis cycliste", ("meta_statement",)),
    ]
    assert values(transcript, "meta_statement") == {"n": 1}


@pytest.mark.parametrize("order", [("comments", "votes"), ("votes", "comments")])
def test_votes_given_with_comments_are_counted_once_a_voter(tmp_path, order):
    files = {"comments": POLIS, "votes": VOTES}
    transcript = given_together(tmp_path, **{name: files[name] for name in order})
    assert [dict(turn.votes) for turn in transcript.turns] == [{"all": (2, 2, 0)}, {"all": (0, 0, 1)}]
    assert "not_aligned" not in codes(transcript)


def test_votes_are_counted_by_group_where_groups_are_given(tmp_path):
    expected = [{"group 0": (1, 0, 0), "group 1": (0, 2, 0)}, {"group 0": (0, 0, 1)}]
    for files in ({"votes": VOTES, "participants": PARTICIPANTS}, {"participants": PARTICIPANTS}):
        transcript = given_together(tmp_path, comments=POLIS, **files)
        assert [dict(turn.votes) for turn in transcript.turns] == expected
        assert values(transcript, "votes_without_group") == {"n": 1}
        assert {s.name: dict(s.attributes) for s in transcript.speakers} == {
            "Participant 0": {"group": "0"},
            "Participant 1": {"group": "1"},
        }


@pytest.mark.parametrize("other", ["comment-id,author-id,comment-body\n77,1,autre débat\n", None])
def test_votes_without_their_comments_are_refused(tmp_path, other):
    files = {"votes": VOTES} if other is None else {"votes": VOTES, "comments": other}
    with pytest.raises(TranscriptError, match="these are votes") as refused:
        given_together(tmp_path, **files)
    assert "comments alone, or with these" in str(refused.value.cure)


GROUPS = (
    "comment-id,comment,total-votes,total-agrees,total-disagrees,total-passes,"
    "group-a-votes,group-a-agrees,group-a-disagrees,group-a-passes,"
    "group-b-votes,group-b-agrees,group-b-disagrees,group-b-passes\n"
    '0,"Plus de bancs, vite",4,2,2,0,2,2,0,0,2,0,2,0\n1,Je suis cycliste,1,0,0,1,1,0,0,1,0,0,0,0\n'
)


def test_comments_by_group_are_a_session_or_the_votes_of_one(tmp_path):
    expected = [{"group 0": (2, 0, 0), "group 1": (0, 2, 0)}, {"group 0": (0, 0, 1), "group 1": (0, 0, 0)}]
    alone = given_together(tmp_path, alone=GROUPS)
    assert [turn.text for turn in alone.turns] == ["Plus de bancs, vite", "Je suis cycliste"]
    assert [dict(turn.votes) for turn in alone.turns] == expected
    for names in (("comments", "groups"), ("groups", "comments")):
        files = {"comments": POLIS, "groups": GROUPS}
        beside = given_together(tmp_path, **{name: files[name] for name in names})
        assert [turn.text for turn in beside.turns] == ["Plus de bancs", "Je suis cycliste"]
        assert [dict(turn.votes) for turn in beside.turns] == expected
        assert [speaker.name for speaker in beside.speakers] == ["Participant 0", "Participant 1"]


def test_what_is_known_of_authors_is_theirs_and_not_the_scope_of_what_they_propose():
    transcript = read(
        "id;body;author/name;author/district/name;age;scope/name/fr;quartier\n"
        "1;Des bancs;Anne;Centre;34;Toute la ville;Nord\n2;Des arbres;Bruno;;51;Nord;Nord\n"
    )
    assert {s.name: dict(s.attributes) for s in transcript.speakers} == {
        "Anne": {"author/district/name": "Centre", "age": "34"},
        "Bruno": {"age": "51"},
    }
    assert values(transcript, "attributes") == {"columns": ("author/district/name", "age")}


def test_a_speaker_who_is_given_a_name_keeps_what_is_known_of_them(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("author;body;age\nGT;un mot;34\nBob;deux;51\n", encoding="utf-8")
    transcript = ingest.read([path], speakers={"GT": "Guillaume Tatu"})
    assert {s.name: dict(s.attributes) for s in transcript.speakers}["Guillaume Tatu"] == {"age": "34"}


GO_VOCAL = {
    "en": (
        "ID,Title,Description,Tags,Latitude,Longitude,Location,Attachments,Author name,Author email,Author ID,Submitted at,"
        "Published at,Comments,Likes,Dislikes,Neutral,URL,Project,Status,Assignee,Assignee email,Gender"
    ),
    "fr": (
        "ID,Titre,Description,Thèmes,Latitude,Longitude,Localisation,Pièces jointes,Nom de l'auteur,E-mail de l'auteur,"
        "ID de l'auteur,Soumis le,Publié le,Commentaires,Nombre de « likes »,Nombre de « dislikes »,Incertain(e),URL,"
        "Projet,Statut,Attribué,E-mails du destinataire,Genre"
    ),
}
"""Headings of the sheet of ideas of Go Vocal, as its `xlsx_export.column_headers` names them."""


@pytest.mark.parametrize("language", GO_VOCAL)
def test_ideas_of_go_vocal_have_their_authors_and_reactions(language):
    idea = (
        "u1,Des bancs,<p>À l'ombre</p>,Mobilité,48.1,-1.6,Place,,Ada Lê,ada@ville.example,u9,2026-02-01 10:00,"
        "2026-02-01 10:00,2,12,3,1,https://x.example/1,PLU,Proposée,Agent Un,agent@ville.example,Féminin\n"
    )
    transcript = read(GO_VOCAL[language] + "\n" + idea)
    assert said(transcript) == [("Ada Lê", "Des bancs\nÀ l'ombre")]
    assert dict(transcript.turns[0].votes) == {"all": (12, 3, 1)}
    assert list(transcript.speakers[0].attributes.values()) == ["Féminin"]
    kept = transcript.model_dump_json()
    assert not [word for word in ("ada@", "agent@", "Agent Un", "48.1") if word in kept]
