"""Whether a key point is in a summary: known answers, and what may not change a verdict."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparia.metrics import Matcher
from comparia.records import KeyPoint, Quote

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
ORDER = {"absent": 0, "uncertain": 1, "partly": 2, "kept": 3}


def verdicts(transcript, reference, sentences, matcher=None):
    table = (matcher or Matcher()).match(transcript, reference.key_points, {"v": sentences})
    return {point: match.verdict for (point, _v), match in table.items()}


@pytest.mark.parametrize(
    ("sentence", "point", "verdict"),
    [
        ("The market should stay on the square.", "P1", "kept"),
        ("A trader is against closing the square to cars.", "P2", "kept"),
        ("Eight parking spaces for disabled people are needed.", "P3", "kept"),
        ("The renovation costs 3,400,000 pounds.", "P4", "kept"),
        ("The renovation was mentioned.", "P4", "partly"),
        ("Everybody thanked the moderator.", "P1", "absent"),
    ],
)
def test_known_verdicts(transcript, reference, sentence, point, verdict):
    assert verdicts(transcript, reference, [sentence])[point] == verdict


def test_the_very_words_that_were_said_hold_the_point(make_transcript):
    session = make_transcript([("A", "Honestly that bridge frightens my grandmother whenever lorries thunder past.")])
    said = Quote(turn=1, speaker="s1", words="that bridge frightens my grandmother whenever lorries thunder past")
    point = KeyPoint(id="P", text="Older residents feel unsafe crossing.", said=(said,))
    found = Matcher().match(
        session, [point], {"v": ["“that bridge frightens my grandmother whenever lorries thunder past”"]}
    )
    assert found["P", "v"].verdict == "kept"
    assert found["P", "v"].note == "quote"


def test_a_point_split_over_two_sentences_is_found_in_the_pair(transcript, reference):
    halves = ["Eight disabled spaces.", "Parking is needed."]
    found = Matcher().match(transcript, reference.key_points, {"v": halves, "w": halves[:1]})
    assert found["P3", "v"].sentence == " ".join(halves)
    assert found["P3", "v"].probability > found["P3", "w"].probability


def test_an_empty_summary_keeps_nothing_and_shows_no_sentence(transcript, reference):
    found = Matcher().match(transcript, reference.key_points, {"v": []})
    assert {m.verdict for m in found.values()} == {"absent"}
    assert {m.sentence for m in found.values()} == {""}


@pytest.mark.parametrize(
    "other", [{"kept_from": 0.71}, {"absent_under": 0.2}, {"quote_recall": 0.9}, {"words_under": 0.2}]
)
def test_thresholds_stand_in_the_signature(other):
    assert Matcher().signature("fr") != Matcher(**other).signature("fr")


def test_each_language_has_its_calibration_and_signs_it():
    fr, en = (Matcher().calibration(language) for language in ("fr", "en"))
    assert fr != en
    assert ("calibration=fr-1,kept>=0.7," in Matcher().signature("fr"), "fr" in Matcher().signature("en")) == (
        True,
        False,
    )
    assert Matcher(kept_from=0.9).calibration("en") == en._replace(kept_from=0.9)


def test_the_same_likeness_is_not_worth_the_same_in_both_languages(transcript, reference):
    summary = {"v": SENTENCES[:4]}
    english = Matcher().match(transcript, reference.key_points, summary)
    shifted = transcript.model_copy(update={"language": "fr"})
    french = Matcher().match(shifted, reference.key_points, summary)
    assert {k: m.probability for k, m in english.items()} != {k: m.probability for k, m in french.items()}


@given(sentences=summaries, n=st.integers(0, 8), m=st.integers(0, 8))
def test_keeping_only_a_stretch_of_a_summary_never_raises_a_probability(transcript, reference, sentences, n, m):
    whole, part = sentences, sentences[min(n, m) : max(n, m)]
    found = Matcher().match(transcript, reference.key_points, {"whole": whole, "part": part})
    for point in reference.key_points:
        assert found[point.id, "part"].probability <= found[point.id, "whole"].probability
        assert ORDER[found[point.id, "part"].verdict] <= ORDER[found[point.id, "whole"].verdict]


@given(sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), data=st.data())
def test_duplicating_a_sentence_where_it_stands_changes_nothing(transcript, reference, sentences, data):
    at = data.draw(st.integers(0, len(sentences) - 1))
    twice = [*sentences[: at + 1], *sentences[at:]]
    found = Matcher().match(transcript, reference.key_points, {"once": sentences, "twice": twice})
    for point in reference.key_points:
        assert found[point.id, "once"] == found[point.id, "twice"]


@given(a=summaries, b=summaries)
def test_a_verdict_does_not_depend_on_the_other_summaries(transcript, reference, a, b):
    both = Matcher().match(transcript, reference.key_points, {"a": a, "b": b})
    alone = Matcher().match(transcript, reference.key_points, {"b": b})
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
    summary = {"v": sentences}
    assert Matcher().match(renamed, reference.key_points, summary) == Matcher().match(
        transcript, reference.key_points, summary
    )


SCRIPT = """
import sys
from comparia import ingest, references, scoring
from comparia.backends.extractive import ALGORITHMS, candidates
from comparia.config import shipped
from comparia.metrics import Matcher
from comparia.text.sentences import sentences
folder = shipped("transcripts") / "library-and-hub"
session = ingest.read((folder / "session.vtt", folder / "chat.txt"))
reference = references.load(folder / "reference.yaml", session)
units = candidates(session)
chosen = {name: choose(units) for name, choose in ALGORITHMS.items()}
table = Matcher().match(session, reference.key_points, {n: [units[i].text for i in c] for n, c in chosen.items()})
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
