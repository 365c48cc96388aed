"""Whether a key point is in a summary: known answers, and what may not change a verdict."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparia.metrics import Matcher
from comparia.records import KeyPoint, Quote
from comparia.text.recaps import Passage

SENTENCES = (
    "The market stays on the square.",
    "Traders depend on the market every Saturday.",
    "One trader opposes closing the square to cars.",
    "He says his customers carry cement bags.",
    "Eight disabled parking spaces are needed near the doctor.",
    "The renovation costs 3,400,000 pounds.",
    "Everybody thanked the moderator.",
    "Nothing was decided.",
)
summaries = st.lists(st.sampled_from(SENTENCES), max_size=8)


def match(transcript, reference, **summaries):
    """Match the sentences of each summary."""
    return Matcher().match(
        transcript, reference, {name: list(map(Passage, texts)) for name, texts in summaries.items()}
    )


def verdicts(transcript, reference, sentences):
    table = match(transcript, reference, v=sentences)
    return {point: match.verdict for (point, _v), match in table.items()}


@pytest.mark.parametrize(
    ("sentence", "point", "verdict"),
    [
        ("The market should stay on the square.", "P1", "kept"),
        ("A trader is against closing the square to cars.", "P2", "kept"),
        ("Eight parking spaces for disabled people are needed.", "P3", "kept"),
        ("The renovation costs 3,400,000 pounds.", "P4", "kept"),
        ("The renovation was mentioned.", "P4", "uncertain"),
        ("Everybody thanked the moderator.", "P1", "absent"),
    ],
)
def test_known_verdicts(transcript, reference, sentence, point, verdict):
    assert verdicts(transcript, reference, [sentence])[point] == verdict


def test_the_very_words_that_were_said_hold_the_point(make_transcript, reference):
    session = make_transcript([("A", "Honestly that bridge frightens my grandmother whenever lorries thunder past.")])
    said = Quote(turn=1, speaker="s1", words="that bridge frightens my grandmother whenever lorries thunder past")
    point = KeyPoint(id="P", text="Older residents feel unsafe crossing.", said=(said,))
    own = reference.model_copy(update={"key_points": (point,)})
    found = match(session, own, v=["“that bridge frightens my grandmother whenever lorries thunder past”"])
    assert found["P", "v"].verdict == "kept"
    assert found["P", "v"].note == "quote"


def test_a_point_split_over_two_sentences_is_found_in_the_pair(transcript, reference):
    halves = ["Eight disabled spaces.", "Parking is needed."]
    found = match(transcript, reference, v=halves, w=halves[:1])
    assert found["P3", "v"].sentence == " ".join(halves)
    assert found["P3", "v"].probability > found["P3", "w"].probability


def test_an_empty_summary_keeps_nothing_and_shows_no_sentence(transcript, reference):
    found = match(transcript, reference, v=[])
    assert {m.verdict for m in found.values()} == {"absent"}
    assert {m.sentence for m in found.values()} == {""}


@pytest.mark.parametrize(
    "other",
    [
        {"kept_from": 0.71},
        {"absent_from": 0.9},
        {"quote_recall": 0.9},
        {"partly_from": 0.5},
        {"softened_from": 0.5},
        {"lent_from": 0.5},
        {"present_from": 0.7},
        {"contradicted_from": 0.6},
        {"contrary_from": 0.5},
    ],
)
def test_thresholds_stand_in_the_signature(other):
    assert Matcher().signature("fr") != Matcher(**other).signature("fr")


@given(sentences=summaries)
def test_every_verdict_comes_with_probabilities_that_agree(transcript, reference, sentences):
    for found in match(transcript, reference, v=sentences).values():
        assert 0 <= found.as_held <= 1
        assert 0 <= found.probability <= 1
        assert not found.outcomes or sum(found.outcomes) == pytest.approx(1, abs=1e-3)


@given(sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), data=st.data())
def test_duplicating_a_sentence_where_it_stands_changes_nothing(transcript, reference, sentences, data):
    at = data.draw(st.integers(0, len(sentences) - 1))
    twice = [*sentences[: at + 1], *sentences[at:]]
    found = match(transcript, reference, once=sentences, twice=twice)
    for point in reference.key_points:
        assert found[point.id, "once"] == found[point.id, "twice"]


@given(a=summaries, b=summaries)
def test_a_verdict_does_not_depend_on_the_other_summaries(transcript, reference, a, b):
    both = match(transcript, reference, a=a, b=b)
    alone = match(transcript, reference, b=b)
    assert all(both[key] == match for key, match in alone.items())


names = st.lists(
    st.sampled_from("Zora Ulrich Wanda Xavier Yvonne Quentin Viggo".split()), min_size=5, max_size=5, unique=True
)


@settings(max_examples=25)
@given(sentences=summaries, given_names=names)
def test_renaming_speakers_changes_nothing_for_points_that_name_nobody(transcript, reference, sentences, given_names):
    speakers = tuple(
        s.model_copy(update={"name": name, "labels": (name,)})
        for s, name in zip(transcript.speakers, given_names, strict=True)
    )
    renamed = transcript.model_copy(update={"speakers": speakers})
    assert match(renamed, reference, v=sentences) == match(transcript, reference, v=sentences)


SCRIPT = """
import sys
from comparia import ingest, references, scoring
from comparia.backends.extractive import ALGORITHMS, candidates
from comparia.config import shipped
from comparia.metrics import Matcher
from comparia.text.recaps import Passage
folder = shipped("transcripts") / "library-and-hub"
session = ingest.read((folder / "session.vtt", folder / "chat.txt"))
reference = references.load(folder / "reference.yaml", session)
units = candidates(session)
chosen = {name: choose(units) for name, choose in ALGORITHMS.items()}
texts = {n: [Passage(units[i].text) for i in c] for n, c in chosen.items()}
table = Matcher().match(session, reference, texts)
print(chosen, sorted(table.items()))
"""


@pytest.mark.whole
def test_extracts_and_verdicts_are_the_same_in_every_process():
    def found(seed):
        return subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )

    first, second = [process.communicate()[0] for process in [found("1"), found("2")]]
    assert first
    assert first == second
