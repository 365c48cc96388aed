"""Equal signatures, equal numbers: whatever changes a number changes its signature, and nothing else does."""

import json
import os
import subprocess
import sys

import pytest

from comparia import comparing, references, reports, scoring
from comparia.backends import resolve
from comparia.config import Settings
from comparia.library import samples
from comparia.records import Reference, Variant, now

SETS = {"content_divergence", "wording_divergence"}
RESTS_ON_REFERENCE = {"key_point_coverage", "minority_retention", "position", "content_divergence", "variant_agreement"}


@pytest.fixture(scope="module")
def run():
    session = samples.sample_session("library-and-hub")
    reference = references.load(samples.sample_reference("library-and-hub"), session)
    planned = comparing.plan(session, (), resolve(["extractive"], Settings()), reference=reference, policy="local")
    texts = [turn.text for turn in session.turns if turn.channel != "system"]
    variants = tuple(
        Variant(id=f"v{n}", prompt=None, backend="h", author="human", summary="\n".join(texts[n::5]), finished_at=now())
        for n in range(1, 4)
    )
    return planned.model_copy(update={"variants": variants})


def lines(run, reference=None, settled=None):
    """Value, counts and signature of each score, by metric and variants."""
    scores = scoring.score(run, reference or run.reference, settled=settled or {})
    return {(s.metric, s.variants): ((s.value, dict(s.counts)), s.signature) for s in scores}


def changed(before, after):
    """Metrics whose numbers changed, and those whose signature did."""
    shared = before.keys() & after.keys()
    numbers = {key[0] for key in shared if before[key][0] != after[key][0]}
    return numbers, {key[0] for key in shared if before[key][1] != after[key][1]}


def test_the_same_run_has_the_same_lines(run):
    assert lines(run) == lines(run)


def test_a_reference_copied_with_another_point_has_another_signature(run):
    first, *others = run.reference.key_points
    edited = first.model_copy(update={"text": "Somebody asks for a skating rink on the roof."})
    reference = run.reference.model_copy(update={"key_points": (edited, *others)})
    assert isinstance(reference, Reference)
    numbers, signatures = changed(lines(run), lines(run, reference))
    assert numbers <= signatures
    assert signatures >= RESTS_ON_REFERENCE


def test_a_reference_copied_with_other_voices_has_another_signature(run):
    reference = run.reference.model_copy(update={"voices": 2 * run.reference.voices})
    numbers, signatures = changed(lines(run), lines(run, reference))
    assert "minority_retention" in numbers
    assert numbers <= signatures


def test_which_verdict_was_settled_is_signed(run):
    point = run.reference.key_points[0].id
    kept, absent = (lines(run, settled={(point, "v1"): verdict}) for verdict in ("kept", "absent"))
    numbers, signatures = changed(kept, absent)
    assert "key_point_coverage" in numbers
    assert numbers <= signatures


def test_numbers_that_depend_on_the_other_recaps_sign_which_these_are(run):
    fewer = run.model_copy(update={"variants": run.variants[:2]})
    numbers, signatures = changed(lines(run), lines(fewer))
    assert numbers <= signatures
    assert signatures >= SETS


def test_nothing_depends_on_what_else_is_in_the_database(run):
    """Recaps of another session are those that ship, the same on every machine; none for the sample they are of."""
    assert samples.recaps_of_others(run.transcript) == ()
    other = run.transcript.model_copy(update={"turns": run.transcript.turns[:1]})
    elsewhere = other.model_copy(update={"turns": (other.turns[0].model_copy(update={"text": "Rain fell."}),)})
    assert len(samples.recaps_of_others(elsewhere)) == 3
    assert samples.recaps_of_others(elsewhere) == samples.recaps_of_others(elsewhere)


ELSEWHERE = """
import json, sys
from comparia import library, scoring
run = library.read_run(sys.argv[1])
scores = scoring.score(run, run.reference, strangers=json.loads(sys.argv[2]))
print(json.dumps([[s.metric, s.variants, s.value, dict(s.counts), dict(s.measures), s.interval, s.recipe] for s in scores]))
"""


def test_equal_signatures_give_equal_numbers_in_another_environment(run, tmp_path):
    exported = tmp_path / "run.json"
    exported.write_bytes(reports.render(run, "json"))
    strangers = samples.recaps_of_others(run.transcript)
    found = []
    for environ in (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        {
            "PYTHONHASHSEED": "77",
            "TZ": "Asia/Tokyo",
            "LANG": "fr_FR.UTF-8",
            "COMPARIA_LANG": "fr",
            "OPENBLAS_NUM_THREADS": "2",
        },
    ):
        (place := tmp_path / environ["PYTHONHASHSEED"]).mkdir()
        command = [sys.executable, "-c", ELSEWHERE, str(exported), json.dumps(strangers)]
        answer = subprocess.run(
            command, env={**os.environ, **environ}, cwd=place, capture_output=True, text=True, check=True
        )
        found.append(json.loads(answer.stdout))
    assert found[0] == found[1]
    assert len({row[-1] for row in found[0]}) > 3
