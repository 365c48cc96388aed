"""Exchange files of earlier versions are read, shown, scored again and put into a database."""

import gzip
from pathlib import Path

import pytest

from comparia import library, reports
from comparia.config import Settings
from comparia.messages import speaking
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


@pytest.mark.parametrize("format", [name for name in reports.FORMATS if name not in ("votes", "parquet")])
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
