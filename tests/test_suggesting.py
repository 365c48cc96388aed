"""Key points suggested by a model, by the recaps, by votes: nothing stands that was not said."""

import json
import re

import pytest

from comparia import library, references
from comparia.config import BackendSettings
from comparia.errors import BackendError, ConfigurationError, OutboundRefused
from comparia.references.asking import believed
from tests.fault_server import FaultServer


def points(*stated):
    return json.dumps(
        {"key_points": [{"text": t, "kind": k, "quotes": [{"words": w} for w in q]} for t, k, q in stated]}
    )


def test_a_point_stands_on_words_that_were_said_and_is_held_by_who_said_them(transcript):
    answer = points(
        ("The market stays.", "view", ["The market should stay on the square", "nobody ever said these words"]),
        ("Free ice cream for all.", "view", ["ice cream should be free for all of us"]),
        ("The works cost 3.4 million.", "fact", ["The renovation costs 3,400,000 pounds before tax"]),
    )
    found = believed([f"Here you are:\n```json\n{answer}\n```"], transcript)
    assert [(p.text, p.kind, p.holders) for p in found.points] == [
        ("The market stays.", "view", ("s1",)),
        ("The works cost 3.4 million.", "fact", ("s5",)),
    ]
    assert (found.unsaid, found.dropped) == (2, 1)


def test_the_same_point_from_two_parts_is_one(transcript):
    one = points(("The market should stay on the square.", "view", ["Traders depend on it"]))
    two = points(("The market should stay on the square", "view", ["I agree with Anne"]))
    found = believed([one, two], transcript)
    assert len(found.points) == 1
    assert found.points[0].holders == ("s1", "s4")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no",
        "{",
        "[]",
        '{"key_points": 3}',
        '{"key_points": [3, {"text": 4}, {"text": "a"}, {"text": "b", "quotes": "c"}]}',
    ],
)
def test_an_answer_of_another_shape_holds_no_point(transcript, answer):
    assert believed([answer], transcript).points == ()


def test_opposed_points_are_never_made_one(make_transcript):
    session = make_transcript(
        [
            ("Anne", "Il faut fermer la place aux voitures le samedi."),
            ("Bruno", "Il ne faut pas fermer la place aux voitures le samedi."),
        ],
        language="fr",
    )
    answer = points(
        ("Il faut fermer la place aux voitures le samedi.", "view", ["Il faut fermer la place aux voitures"]),
        ("Il ne faut pas fermer la place aux voitures le samedi.", "view", ["Il ne faut pas fermer la place"]),
    )
    found = believed([answer], session)
    assert [p.holders for p in found.points] == [("s1",), ("s2",)]


def test_a_cut_list_keeps_its_whole_objects_and_says_that_it_was_cut(transcript):
    whole = points(("One.", "view", ["Traders depend on it"]), ("Two.", "view", ["I agree with Anne"]))
    found = believed([whole[: whole.index("Two.") + 3], "Sorry {no}."], transcript)
    assert [p.text for p in found.points] == ["One."]
    assert found.unread == 2


def test_a_quote_that_two_people_say_goes_to_the_turn_the_model_names(make_transcript):
    session = make_transcript([("Anne", "Yes it is a good idea."), ("Bruno", "Yes it is a good idea.")])
    answer = json.dumps({"key_points": [{"text": "Good.", "quotes": [{"turn": "T2", "words": "it is a good idea"}]}]})
    assert believed([answer], session).points[0].holders == ("s2",)


def test_one_word_pieces_are_no_quote(transcript):
    assert believed([points(("X.", "view", ["the … on … it"]))], transcript).points == ()


def test_answers_of_a_suggestion_that_broke_off_are_not_asked_again(make_transcript, settings):
    session = make_transcript(
        [("Anne", f"Sentence {n} about the market square and its trees. " * 20) for n in range(120)]
    )
    answer = points(("Trees.", "view", ["the market square and its trees"]))
    with FaultServer(["ok", "401"], answer=answer) as server:
        name = f"m@{server.url}"
        with pytest.raises(BackendError):
            library.suggest_reference(session, backend=name, settings=settings)
        library.suggest_reference(session, backend=name, settings=settings)
        assert server.repeated == 0


def test_the_session_comes_first_between_lines_that_nobody_could_write_and_a_schema_goes_with_it(transcript, settings):
    answer = points(("The market stays.", "view", ["Traders depend on it"]))
    with FaultServer(answer=answer) as server:
        library.suggest_reference(transcript, backend=f"m@{server.url}", settings=settings)
        body = json.loads(server.bodies[0])
    asked = body["messages"][0]["content"]
    fence = re.search(r"={5}[a-z]{24}={5}", asked)[0]
    assert asked.count(fence) == 3  # named once, opened once, closed once
    assert asked.index("[T1") < asked.index("List the key points of the whole of the meeting above")
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["key_points"]


def test_a_model_is_asked_through_the_gate_and_its_name_stands(transcript, settings):
    answer = points(("The market stays.", "view", ["Traders depend on it"]))
    with FaultServer(answer=answer) as server:
        reference, left_out = library.suggest_reference(transcript, backend=f"m@{server.url}", settings=settings)
    assert reference.origin == "suggested"
    assert reference.suggested_by == "m@127.0.0.1:" + str(server.port)
    assert "1 key points suggested" in left_out
    with library.open_store(settings) as store:
        assert len(list(store.journal.sendings())) == 1


def test_a_long_session_is_read_in_parts(make_transcript, settings):
    session = make_transcript(
        [("Anne", f"Sentence {n} about the market square and its trees. " * 20) for n in range(300)]
    )
    with FaultServer(answer=points(("Trees.", "view", ["the market square and its trees"]))) as server:
        library.suggest_reference(session, backend=f"m@{server.url}", settings=settings)
        assert len(server.bodies) > 5


def test_a_model_that_invents_everything_is_an_error_with_a_cure(transcript, settings):
    with FaultServer(answer="I cannot.") as server, pytest.raises(ConfigurationError, match="no key point"):
        library.suggest_reference(transcript, backend=f"m@{server.url}", settings=settings)


def test_the_policy_holds(transcript, settings):
    far = settings.model_copy(
        update={"backends": {"far": BackendSettings(base_url="http://127.0.0.1:9/v1", model="m", zone="world")}}
    )
    with pytest.raises(OutboundRefused):
        library.suggest_reference(transcript, backend="far", settings=far)


def test_the_union_of_the_recaps_holds_what_each_says_once_and_nothing_invented(make_run, make_variant):
    run = make_run(
        (
            make_variant(
                "v1", "The market should stay on the square every Saturday. Dragons ate the town hall roof yesterday."
            ),
            make_variant(
                "v2",
                "The market should stay on the square on Saturday.\n\nEight disabled parking spaces near the doctor.",
            ),
        )
    )
    reference, _none = library.suggest_reference(run)
    assert [p.text for p in reference.key_points] == [
        "The market should stay on the square every Saturday.",
        "Eight disabled parking spaces near the doctor.",
    ]
    assert reference.key_points[0].holders == ("s1", "s4")
    assert reference.suggested_by == "recaps"


# Comparing two references --------------------------------------------------------------------------------------------


def test_differences_pair_what_is_alike_and_list_the_rest(reference):
    first, second, third, fact = reference.key_points
    reworded = first.model_copy(update={"id": "P9", "text": "The market must stay on the square."})
    marked = second.model_copy(update={"minority": False})
    new = third.model_copy(update={"id": "P10", "text": "Taxis wait in front of the church.", "said": fact.said})
    other = reference.model_copy(update={"key_points": (reworded, marked, fact, new)})
    found = references.differences(reference, other)
    assert [(d.first.id if d.first else None, d.second.id if d.second else None, d.changed) for d in found] == [
        ("P1", "P9", ("text",)),
        ("P2", "P2", ("minority",)),
        ("P3", None, ()),
        (None, "P10", ()),
    ]
    assert references.differences(reference, reference) == []
