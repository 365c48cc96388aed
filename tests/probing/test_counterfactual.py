"""Sessions with one change: what was changed is stated, and nothing else was."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparia import ingest, references
from comparia.config import shipped
from comparia.errors import ProbeError
from comparia.probing.changes import Edit, verify, verify_reference
from comparia.probing.counterfactual import apply
from comparia.probing.probes import KINDS, parse_probe
from comparia.prompts import transcript_lines
from comparia.records import ContextDocument, KeyPoint, Quote, Reference, SessionPart, transcript_id
from comparia.text.quotes import fragments, places

SESSIONS = sorted(path.name for path in shipped("transcripts").iterdir() if path.is_dir())


@cache
def shipped_session(name):
    folder = shipped("transcripts") / name
    files = [folder / each for each in ("session.txt", "session.vtt", "chat.txt") if (folder / each).is_file()]
    session = ingest.read(files)
    return session, references.load(folder / "reference.yaml", session)


def probed(name, **table):
    return apply(*shipped_session(name), parse_probe(table), "study.toml")


def point_of(reference, id):
    return next(point for point in reference.key_points if point.id == id)


def turns_of(session):
    return [(turn.text, session.speaker_name(turn.speaker), turn.channel) for turn in session.turns]


def why(change):
    return {edit.why for edit in change.edits}


@pytest.mark.parametrize("name", ["place-du-foirail", "library-and-hub"])
@pytest.mark.parametrize("to", ["start", "middle", "end"])
def test_a_view_moves_and_nothing_else_does(name, to):
    session, reference = shipped_session(name)
    chosen = "P06"
    made = probed(name, kind="move_view", point=chosen, to=to)
    moved = {quote.turn for quote in point_of(reference, chosen).said}
    rest = [row for row, turn in zip(turns_of(session), session.turns, strict=True) if turn.number not in moved]
    now = {quote.turn for quote in point_of(made.reference, chosen).said}
    numbered = zip(turns_of(made.transcript), made.transcript.turns, strict=True)
    assert [row for row, turn in numbered if turn.number not in now] == rest
    assert [(t.start, t.end) for t in made.transcript.turns] == [(t.start, t.end) for t in session.turns]
    size = len(session.turns)
    assert all({"start": n < 8, "middle": size / 4 < n < 3 * size / 4, "end": n > size - 8}[to] for n in now)
    assert why(made.change) == {"moved"}
    assert made.change.probed == (chosen,)
    assert made.transcript.id != session.id
    assert made.reference.id != reference.id


def test_the_moderator_still_opens_and_closes_the_session():
    for to, number in (("start", 1), ("end", -1)):
        made = probed("atelier-ecoles", kind="move_view", point="P04", to=to)
        assert made.transcript.speaker_name(made.transcript.turns[number - (number > 0)].speaker) == "Hélène Castaing"


def test_turns_are_permuted_within_blocks_of_equals():
    session, reference = shipped_session("place-du-foirail")
    one, same, other = (probed("place-du-foirail", kind="permute_turns", seed=seed) for seed in (1, 1, 2))
    assert one.transcript == same.transcript != other.transcript
    for edit in one.change.edits:
        was, now = session.turns[int(edit.before) - 1], one.transcript.turns[edit.turn - 1]
        assert edit.why == "moved"
        assert was.speaker not in reference.moderators
        assert (was.text, was.speaker, was.channel) == (now.text, now.speaker, now.channel)
        assert was.channel == session.turns[edit.turn - 1].channel
    assert sorted(turns_of(one.transcript)) == sorted(turns_of(session))


def test_turns_that_are_named_change_places_among_themselves():
    made = probed("workshop-park", kind="permute_turns", seed=5, turns=[2, 4, 5])
    assert {edit.turn for edit in made.change.edits} <= {2, 4, 5}
    assert [edit.turn for edit in made.change.edits] == sorted(edit.turn for edit in made.change.edits)


def test_a_contribution_stays_after_the_one_it_answers(make_transcript, reference):
    lines = [("Anne", "We need a bench."), ("Bruno", "Near the school."), ("Chloé", "And a tree."), ("David", "No.")]
    session = make_transcript(lines)
    turns = [turn.model_copy(update={"reply_to": 1 if turn.number == 2 else None}) for turn in session.turns]
    session = session.model_copy(update={"turns": tuple(turns)})
    points = reference.model_copy(update={"key_points": ()})
    for seed in range(8):
        made = apply(session, points, parse_probe({"kind": "permute_turns", "seed": seed}))
        answering = next(turn for turn in made.transcript.turns if turn.text == "Near the school.")
        answered = made.transcript.turns[answering.reply_to - 1]
        assert answered.text == "We need a bench."
        assert answered.number < answering.number
    with pytest.raises(ProbeError, match="turn 2 answers turn 1"):
        apply(session, points, parse_probe({"kind": "permute_turns", "seed": 1, "turns": [1, 2, 3]}))


def test_a_view_is_given_to_another_speaker():
    session, reference = shipped_session("workshop-park")
    made = probed("workshop-park", kind="assign_view", point="P03", to="Gordon Aldiss")
    said = point_of(made.reference, "P03").said
    assert {made.transcript.speaker_name(quote.speaker) for quote in said} == {"Gordon Aldiss"}
    assert [turn.text for turn in made.transcript.turns] == [turn.text for turn in session.turns]
    assert why(made.change) == {"assigned"}
    assert made.reference.voices == reference.voices
    turn = made.transcript.turns[said[0].turn - 1]
    assert f"] Gordon Aldiss: {turn.text}" in "\n".join(transcript_lines(made.transcript))
    words = {speaker.name: speaker.words for speaker in made.transcript.speakers}
    before = {speaker.name: speaker.words for speaker in session.speakers}
    assert words["Gordon Aldiss"] == before["Gordon Aldiss"] + len(turn.text.split())


@pytest.mark.parametrize(("to", "label"), [("senior", "Le directeur des services"), ("junior", "Un stagiaire")])
def test_a_view_is_given_to_a_standing(to, label):
    session, reference = shipped_session("place-du-foirail")
    made = probed("place-du-foirail", kind="assign_view", point="P06", to=to, label=label)
    added = made.transcript.speakers[-1]
    assert (added.name, added.turns) == (label, 1)
    assert len(made.transcript.speakers) == len(session.speakers) + 1
    assert made.reference.voices == reference.voices + 1
    assert label in made.change.pseudonyms_declared
    named = {left.words for left in made.change.not_changed if left.why == "named_elsewhere"}
    assert {"Pujolas", "Jean-Marc"} <= named


def test_a_view_in_other_words_keeps_its_quotation():
    words, by = "Mettez l'argent dans les routes.", "Consacrez plutôt ce budget à la voirie."
    table = {"kind": "paraphrase", "point": "P06", "replace": [{"words": words, "by": by}]}
    session, _reference = shipped_session("place-du-foirail")
    made = probed("place-du-foirail", **table)
    quote = point_of(made.reference, "P06").said[0]
    assert quote.words.startswith(by.removesuffix("."))
    assert quote.words.endswith("ni en grand ni en petit")
    assert made.transcript.turns[quote.turn - 1].text == session.turns[quote.turn - 1].text.replace(words, by)
    assert [(edit.why, edit.before, edit.after) for edit in made.change.edits] == [("paraphrased", words, by)]


@pytest.mark.parametrize("speaker", ["Nabila Ferrand", "Beth Carrow"])
def test_one_more_speaker_holds_a_view(speaker):
    session, reference = shipped_session("workshop-park")
    text = "No lamp by the pond, please, think of the bats."
    made = probed("workshop-park", kind="add_holder", point="P03", speaker=speaker, text=text)
    old, new = point_of(reference, "P03"), point_of(made.reference, "P03")
    assert len(new.holders) == len(old.holders) + 1
    assert new.said[-1].words == text
    assert new.said[-1].turn == old.said[0].turn + 1
    is_new = speaker == "Nabila Ferrand"
    assert made.reference.voices == reference.voices + is_new
    assert made.change.pseudonyms_declared == ((speaker,) if is_new else ())
    assert len(made.transcript.turns) == len(session.turns) + 1


MIRRORED = {
    "point": "P01",
    "text": "The park toilets must stay closed in winter.",
    "replace": [
        {"words": "Open them, and open them in winter as well.", "by": "Keep them shut, winter above all."},
        {"words": "We need those toilets open all year", "by": "Nobody needs those toilets open all year"},
        {"words": "They have to be open, every day of the year.", "by": "They should stay shut, every day."},
        {"words": "So yes, toilets, January included", "by": "So no toilets, in January least of all"},
    ],
}


def test_the_majority_says_the_opposite():
    made = probed("workshop-park", kind="mirror_majority", points=[MIRRORED])
    point = point_of(made.reference, "P01")
    assert point.text == MIRRORED["text"]
    for each, quote in zip(MIRRORED["replace"], point.said, strict=True):
        assert each["by"].split(",")[0].rstrip(".") in quote.words
        assert places(fragments(quote.words), made.transcript.turns[quote.turn - 1].text)
        assert each["words"] not in made.transcript.turns[quote.turn - 1].text
    assert [(edit.point, edit.field, edit.after) for edit in made.change.points] == [("P01", "text", point.text)]
    assert why(made.change) == {"mirrored"}


def test_a_majority_that_is_half_mirrored_is_refused():
    half = {**MIRRORED, "replace": MIRRORED["replace"][:-1]}
    with pytest.raises(ProbeError, match=r"points\.0\.replace: turn \d+ still says P01"):
        probed("workshop-park", kind="mirror_majority", points=[half])
    with pytest.raises(ProbeError, match="P03 is a minority view"):
        probed("workshop-park", kind="mirror_majority", points=[{**MIRRORED, "point": "P03"}])


def test_a_view_is_written_in_the_chat():
    made = probed("place-du-foirail", kind="as_chat", point="P06")
    number = point_of(made.reference, "P06").said[0].turn
    assert made.transcript.turns[number - 1].channel == "chat"
    assert [(edit.why, edit.before, edit.after) for edit in made.change.edits] == [("channel", "speech", "chat")]
    line = transcript_lines(made.transcript)[number - 1]
    assert ", chat]" in line


def test_a_speaker_speaks_in_another_register():
    _session, reference = shipped_session("atelier-ecoles")
    turn = point_of(reference, "P04").said[0].turn
    words = "Je changerais d'avis à une condition"
    table = {"turn": turn, "words": words, "by": "Faudrait juste un truc pour que je change d'avis"}
    made = probed("atelier-ecoles", kind="register", speaker="Lucie Fontanel", replace=[table])
    assert why(made.change) == {"register"}
    assert point_of(made.reference, "P04").said[0].words.startswith(table["by"])
    assert made.change.probed == ("P04",)
    whole = {"turn": turn, "by": "Bon, un dépose-minute, et c'est d'accord."}
    made = probed("atelier-ecoles", kind="register", speaker="Lucie Fontanel", replace=[whole])
    assert made.transcript.turns[turn - 1].text == whole["by"]
    assert point_of(made.reference, "P04").said[0].words == whole["by"]


# Refusals -------------------------------------------------------------------------------------------------------------

SAME = {"words": "Mettez l'argent dans les routes.", "by": "Mettez l'argent dans les routes."}
GONE = {"words": "Mettez l'argent dans les écoles.", "by": "Non."}
REFUSED = {
    "unknown point": ({"kind": "as_chat", "point": "P999"}, r"point: P999 is no key point"),
    "unknown speaker": ({"kind": "assign_view", "point": "P06", "to": "Zoé"}, "to: nobody in the transcript is named Zoé"),
    "no label": ({"kind": "assign_view", "point": "P06", "to": "senior"}, "label: is missing"),
    "label of nobody": ({"kind": "assign_view", "point": "P06", "to": "Samia Benhaddou", "label": "x"}, "label: goes with"),
    "moderator": ({"kind": "assign_view", "point": "P06", "to": "Hélène Marchetti"}, "Hélène Marchetti moderates"),
    "its own holder": ({"kind": "assign_view", "point": "P06", "to": "Jean-Marc Pujolas"}, "changes nothing"),
    "already holds": (
        {"kind": "add_holder", "point": "P06", "speaker": "Jean-Marc Pujolas", "text": "Non."},
        "speaker: Jean-Marc Pujolas already holds P06",
    ),
    "no words": ({"kind": "add_holder", "point": "P06", "speaker": "Zoé", "text": "…"}, "text: is empty"),
    "same words": ({"kind": "paraphrase", "point": "P06", "replace": [SAME]}, r"replace\.0\.by: these are the same words"),
    "words not said": ({"kind": "paraphrase", "point": "P06", "replace": [GONE]}, r"replace\.0\.words: turn 24 does not hold"),
    "turn of another point": (
        {"kind": "paraphrase", "point": "P06", "replace": [{**GONE, "turn": 1}]},
        r"replace\.0\.turn: turn 1 does not say P06",
    ),
    "not of a quotation": (
        {"kind": "paraphrase", "point": "P06", "replace": [{"words": "la quincaillerie", "by": "le magasin"}]},
        "no part of a quotation of P06",
    ),
    "words replaced twice": (
        {
            "kind": "paraphrase",
            "point": "P06",
            "replace": [
                {"words": "Mettez l'argent dans les routes.", "by": "Les routes."},
                {"words": "l'argent dans", "by": "les sous dans"},
            ],
        },
        r"replace\.1\.words: words of turn 24 are replaced twice",
    ),
    "turn of somebody else": (
        {"kind": "register", "speaker": "Samia Benhaddou", "replace": [{"turn": 24, "by": "Non."}]},
        "turn 24 is not Samia Benhaddou’s",
    ),
    "no such turn": (
        {"kind": "register", "speaker": "Samia Benhaddou", "replace": [{"turn": 9999, "by": "Non."}]},
        r"replace\.0\.turn: the session has no turn 9999",
    ),
    "one turn": ({"kind": "permute_turns", "seed": 1, "turns": [24]}, "turns: must be two turns or more"),
    "turn of the moderator": ({"kind": "permute_turns", "seed": 1, "turns": [1, 24]}, "turn 1 is the moderator’s"),
    "nobody": ({"kind": "swap_names", "names": [{"name": "Zoé", "new_name": "Léa"}]}, r"names\.0\.name: nobody"),
    "same name": (
        {"kind": "swap_names", "names": [{"name": "Samia Benhaddou", "new_name": "Samia Benhaddou"}]},
        "this is the same name",
    ),
    "name of somebody else": (
        {"kind": "swap_names", "names": [{"name": "Samia Benhaddou", "new_name": "Didier Fonvielle"}]},
        r"names\.0\.new_name: somebody else is named Didier Fonvielle",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_applied_is_refused_by_its_field(name):
    table, message = REFUSED[name]
    with pytest.raises(ProbeError, match=message) as refusal:
        probed("place-du-foirail", **table)
    assert str(refusal.value).startswith(f"study.toml: {table['kind']}: ")


def test_a_probe_that_changes_nothing_is_refused(make_transcript):
    session = make_transcript([("Anne", "Hello."), ("Bruno", "No."), ("Chloé", "Yes.", "chat")])
    point = KeyPoint(id="P1", text="Yes.", said=(Quote(turn=3, speaker="s3", words="Yes."),))
    reference = Reference(
        id="rf_1", origin="reviewed", language="en", moderators=("s1",), voices=2, key_points=(point,)
    )
    for table in (
        {"kind": "as_chat", "point": "P1"},
        {"kind": "move_view", "point": "P1", "to": "end"},
        {"kind": "permute_turns", "seed": 3},
    ):
        with pytest.raises(ProbeError, match="changes nothing"):
            apply(session, reference, parse_probe(table))
    mute = reference.model_copy(update={"key_points": (point.model_copy(update={"said": ()}),)})
    with pytest.raises(ProbeError, match="no turn says P1"):
        apply(session, mute, parse_probe({"kind": "as_chat", "point": "P1"}))


def test_key_points_of_another_session_are_refused():
    session, _reference = shipped_session("workshop-park")
    _session, reference = shipped_session("council-pool")
    with pytest.raises(ProbeError, match="does not say what P01 quotes"):
        apply(session, reference, parse_probe({"kind": "as_chat", "point": "P01"}))


def test_turns_of_a_cycle_stay_in_their_session():
    session, reference = shipped_session("workshop-park")
    part = SessionPart(title="One", transcript=session.id, turns=(1, len(session.turns)))
    cycle = session.model_copy(update={"parts": (part,)})
    with pytest.raises(ProbeError, match="Probe each of its sessions alone"):
        apply(cycle, reference, parse_probe({"kind": "move_view", "point": "P03", "to": "end"}))
    assert apply(cycle, reference, parse_probe({"kind": "as_chat", "point": "P03"})).transcript.parts == (part,)


MALFORMED = {
    "no kind": ({"point": "P1"}, r"probe\.kind: is missing"),
    "unknown kind": ({"kind": "shout"}, r"probe\.kind: must be one of swap_names, "),
    "unknown key": ({"kind": "as_chat", "point": "P1", "loud": True}, r"probe\.loud: is not a field"),
    "missing key": ({"kind": "move_view", "point": "P1"}, r"probe\.to: is missing"),
    "wrong place": ({"kind": "move_view", "point": "P1", "to": "top"}, r"probe\.to: must be one of 'start', 'middle', 'end'"),
    "empty list": ({"kind": "paraphrase", "point": "P1", "replace": []}, r"probe\.replace: is empty"),
    "no list": ({"kind": "paraphrase", "point": "P1", "replace": 3}, r"probe\.replace: must be a list"),
    "inside a list": ({"kind": "register", "speaker": "A", "replace": [{"turn": 0, "by": "x"}]}, r"probe\.replace\.0\.turn"),
    "gender": (
        {"kind": "swap_names", "names": [{"name": "A", "new_name": "B", "to_gender": "x"}]},
        r"probe\.names\.0\.to_gender: must be one of 'm', 'f'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_table_is_refused_by_its_key(name):
    table, message = MALFORMED[name]
    with pytest.raises(ProbeError, match=message) as refusal:
        parse_probe(table, "study.toml")
    assert str(refusal.value).startswith("study.toml: ")
    assert "pydantic" not in str(refusal.value)


# The proof ------------------------------------------------------------------------------------------------------------


def spoilt(session):
    """Each way in which one thing more is changed."""
    turns, last = session.turns, session.turns[-1]
    yield "text", {"turns": (*turns[:-1], last.model_copy(update={"text": f"{last.text} "}))}
    yield "speaker", {"turns": (*turns[:-1], last.model_copy(update={"speaker": session.speakers[0].id}))}
    yield "channel", {"turns": (*turns[:-1], last.model_copy(update={"channel": "chat"}))}
    yield "time", {"turns": (*turns[:-1], last.model_copy(update={"start": 1}))}
    yield "votes", {"turns": (*turns[:-1], last.model_copy(update={"votes": {"all": (1, 0, 0)}}))}
    yield "missing", {"turns": turns[:-1]}
    yield (
        "order",
        {"turns": (turns[1].model_copy(update={"number": 1}), turns[0].model_copy(update={"number": 2}), *turns[2:])},
    )
    yield "name", {"speakers": (session.speakers[0].model_copy(update={"name": "X"}), *session.speakers[1:])}
    yield "count", {"speakers": (session.speakers[0].model_copy(update={"words": 9}), *session.speakers[1:])}
    yield "title", {"title": "Another title"}
    yield "date", {"date": "2000-01-01"}
    yield "context", {"context": (ContextDocument(title="Agenda", text="Pool."),)}
    yield "moderators", {"moderators": (session.speakers[0].id,)}


PROOFS = [
    {"kind": "move_view", "point": "P03", "to": "end"},
    {"kind": "permute_turns", "seed": 1},
    {"kind": "assign_view", "point": "P03", "to": "junior", "label": "A trainee"},
    {"kind": "add_holder", "point": "P03", "speaker": "Zoe Ward", "text": "No lamps there."},
    {"kind": "as_chat", "point": "P03"},
    {"kind": "mirror_majority", "points": [MIRRORED]},
    {"kind": "swap_names", "names": [{"name": "Hannah Voss", "new_name": "Amir Said"}]},
]


@pytest.mark.parametrize("table", PROOFS, ids=lambda table: table["kind"])
def test_one_thing_more_that_is_changed_is_found(table):
    session, reference = shipped_session("workshop-park")
    made = apply(session, reference, parse_probe(table))
    verify(session, made.transcript, made.change.edits)
    for what, update in spoilt(made.transcript):
        worse = made.transcript.model_copy(update=update)
        worse = worse.model_copy(
            update={"id": transcript_id(worse.language, worse.speakers, worse.turns, worse.context)}
        )
        with pytest.raises(ProbeError, match="does not state"):
            verify(session, worse, made.change.edits)
        assert what
    for some in ((), made.change.edits[:-2]):
        with pytest.raises(ProbeError, match="does not state"):
            verify(session, made.transcript, some)
    with pytest.raises(ProbeError, match="does not state"):
        verify(session, made.transcript, [*made.change.edits, Edit(why="name", turn=2, before="Bob", after="Anna")])


def test_key_points_that_change_without_saying_so_are_found():
    session, reference = shipped_session("workshop-park")
    made = apply(session, reference, parse_probe(PROOFS[0]))
    point = made.reference.key_points[0]
    for update in (
        {"text": "Else."},
        {"said": ()},
        {"said": (point.said[0].model_copy(update={"turn": 2}),)},
        {"id": "Q"},
    ):
        points = (point.model_copy(update=update), *made.reference.key_points[1:])
        with pytest.raises(ProbeError, match="does not state"):
            verify_reference(
                reference, made.reference.model_copy(update={"key_points": points}), made.transcript, made.change
            )


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30).filter(
    lambda words: re.search(r"\w", words) and "[" not in words and "_" not in words
)


def table_of(draw, kind, session, reference):
    """A table of this kind that may be applied to a session."""
    people = [s for s in session.speakers if s.kind == "person" and s.id not in reference.moderators and s.words]
    point = draw(st.sampled_from(reference.key_points))
    quote = draw(st.sampled_from(point.said))
    text = session.turns[quote.turn - 1].text
    spans = places(fragments(quote.words), text)
    words = text[spans[0][0] : spans[-1][1]]
    replaced = [{"words": words, "by": draw(WORDS), "turn": quote.turn}]
    return {
        "swap_names": lambda: {
            "names": [
                {
                    "name": draw(st.sampled_from(people)).name,
                    "new_name": draw(st.sampled_from(["Aïssatou Diallo", "Ode Herbert", "Yves O'Brien", "Zed"])),
                    "from_gender": draw(st.sampled_from(["m", "f"])),
                    "to_gender": draw(st.sampled_from(["m", "f"])),
                }
            ]
        },
        "permute_turns": lambda: {"seed": draw(st.integers(0, 99))},
        "assign_view": lambda: {"point": point.id, "to": draw(st.sampled_from(people)).name},
        "move_view": lambda: {"point": point.id, "to": draw(st.sampled_from(["start", "middle", "end"]))},
        "paraphrase": lambda: {"point": point.id, "replace": replaced},
        "add_holder": lambda: {"point": point.id, "speaker": "Zed Zorro", "text": draw(WORDS)},
        "mirror_majority": lambda: {
            "points": [
                {
                    "point": point.id,
                    "text": "The opposite.",
                    "replace": [
                        {"turn": n, "words": session.turns[n - 1].text, "by": draw(WORDS)}
                        for n in sorted({each.turn for each in point.said})
                    ],
                }
            ]
        },
        "as_chat": lambda: {"point": point.id},
        "register": lambda: {
            "speaker": session.speaker_name(quote.speaker),
            "replace": [{"turn": quote.turn, "by": draw(WORDS), "words": draw(st.sampled_from(["", words]))}],
        },
    }[kind]()


REFUSALS = (
    "changes nothing|is a minority view|holds these words twice|these are the same words|no longer says|somebody else"
)
"""What a random table may rightly be refused for."""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_random_probes_are_undone_to_the_byte(kind, data):
    session, reference = shipped_session(data.draw(st.sampled_from(SESSIONS)))
    probe = parse_probe({"kind": kind, **table_of(data.draw, kind, session, reference)})
    made, refusal = None, ""
    try:
        made = apply(session, reference, probe)
    except ProbeError as error:
        refusal = str(error)
    if made is None:
        assert re.search(REFUSALS, refusal), refusal
        return
    verify(session, made.transcript, made.change.edits)
    verify_reference(reference, made.reference, made.transcript, made.change)
    assert made.change.edits
    assert made.transcript.id != session.id
