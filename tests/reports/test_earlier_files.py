"""Exchange files of earlier versions are read, shown, scored again and put into a database."""

import gzip
from pathlib import Path

import pytest

from comparia import library, reports
from comparia.config import Settings
from comparia.messages import speaking
from comparia.records import Score
from comparia.reports.reasons import worded

FIXTURE = Path(__file__).parent / "fixtures" / "run_version_1.json.gz"


@pytest.fixture
def earlier(tmp_path):
    """A run of the first version of the format, whose notices and reasons are sentences in French."""
    file = tmp_path / "run.json"
    file.write_bytes(gzip.decompress(FIXTURE.read_bytes()))
    return file


def test_it_is_read_with_the_sentences_it_holds(earlier):
    run = library.read_run(earlier)
    assert (run.format, run.layout, len(run.variants)) == (1, 1, 3)
    with speaking("en"):
        reasons = {worded(score.reason) for score in run.scores if score.value is None}
    assert "Aucun point clé\u202f: fournir une référence." in reasons


@pytest.mark.parametrize(
    "format", [name for name in reports.FORMATS if name not in ("votes", "parquet", "png", "poster-png")]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_shown_in_every_format(earlier, format, language):
    with speaking(language):
        assert library.render(library.read_run(earlier), format)


def test_it_is_scored_again_and_put_into_a_database(earlier, tmp_path):
    settings = Settings(outputs=tmp_path / "outputs", policy="local")
    scored = library.score(library.read_run(earlier), settings=settings)
    assert {score.metric for score in scored.scores} > {"length", "verbatim_quotations"}
    run, is_new = library.import_run(earlier, settings=settings)
    assert is_new
    assert library.read_run(run.id, settings=settings).variants == run.variants


def test_evidence_of_earlier_versions_is_read_by_its_kind():
    old = {
        "value": 0.5,
        "variants": ("v1",),
        "signature": "s",
        "counts": {"kept": 1.0, "of": 2, "by_voices": 0.25, "alpha": 1},
        "evidence": (
            {
                "key_point": "P1",
                "verdict": "kept",
                "probability": 0.9,
                "sentence": "A.",
                "turns": (1,),
                "hints": ("polarity",),
            },
        ),
    }
    score = Score.model_validate({"metric": "key_point_coverage", **old})
    assert score.counts == {"kept": 1, "of": 2}
    assert score.measures == {"by_voices": 0.25, "alpha": 1.0}
    assert score.points[0].hints == ("polarity",)
    pair = {"key_point": "P1", "verdict": "kept/absent", "sentence": "A.", "other_sentence": "B.", "probability": 0.4}
    (item,) = Score.model_validate({"metric": "content_divergence", **old, "evidence": (pair,)}).evidence
    assert (item.verdicts, item.sentences, item.spread) == (("kept", "absent"), ("A.", "B."), 0.4)
    quoted = {"verdict": "altered", "sentence": "some words", "note": "91 %", "turns": (3,)}
    (item,) = Score.model_validate({"metric": "verbatim_quotations", **old, "evidence": (quoted,)}).evidence
    assert (item.quotation, item.likeness, item.speaker) == ("some words", 91.0, "")
    said = {"verdict": "unsupported", "sentence": "It costs 52.", "note": "52"}
    (item,) = Score.model_validate({"metric": "numbers", **old, "evidence": (said,)}).evidence
    assert (item.flag, item.about) == ("unsupported", "52")
    under = {"verdict": "under", "note": "Bruno", "probability": 0.2}
    (item,) = Score.model_validate({"metric": "equal_coverage", **old, "evidence": (under,)}).evidence
    assert (item.speaker, item.share) == ("Bruno", 0.2)
    assert Score.model_validate(score.model_dump()) == score
