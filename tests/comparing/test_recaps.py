"""Recaps of a stored run: renamed, removed and put back, without leaving anything behind that speaks of them."""

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import InputError
from comparia.records import Piece
from comparia.reports import wording
from comparia.reports.wording.labels import recap_label
from tests.cli.test_verbs import SESSION


@pytest.fixture
def run(tmp_path, settings):
    file = tmp_path / "session.txt"
    file.write_text(SESSION, "utf-8")
    return library.compare(file, backends=["extractive:speakers", "extractive:centrality"], settings=settings)


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "kept")


def names(run):
    return [variant.backend for variant in run.variants if variant.author == "human"]


def test_two_recaps_of_one_name_get_distinct_names(run, settings):
    for text in ("First text.", "Second text.", "Third text."):
        run = library.import_text(run.id, text, "Sophie Martin", settings=settings)
    assert [recap_label(run, v) for v in run.variants if v.author == "human"] == [
        "Sophie Martin",
        "Sophie Martin (2)",
        "Sophie Martin (3)",
    ]


def test_a_recap_is_renamed_and_another_name_stays_its_own(run, settings):
    for author in ("Awa", "Bea"):
        run = library.import_text(run.id, f"By {author}.", author, settings=settings)
    library.rename_recap(run.id, "h2", "  Awa ", settings=settings)
    assert names(library.read_run(run.id, settings=settings)) == ["imported:Awa", "imported:Awa (2)"]
    library.rename_recap(run.id, "h2", "Camille", settings=settings)
    assert names(library.read_run(run.id, settings=settings)) == ["imported:Awa", "imported:Camille"]
    with pytest.raises(InputError):
        library.rename_recap(run.id, "h2", "  ", settings=settings)
    with pytest.raises(InputError):
        library.rename_recap(run.id, "v1", "Somebody", settings=settings)


def test_nothing_of_a_removed_recap_is_counted_until_it_is_put_back(run, settings):
    run = library.import_text(run.id, "Trees.", "Awa", settings=settings)
    before = library.read_run(run.id, settings=settings)
    for variant in ("v1", "h1"):
        library.remove_recap(run.id, variant, settings=settings)
        after = library.read_run(run.id, settings=settings)
        assert variant not in [v.id for v in after.variants]
        assert variant not in [cell.variant for cell in after.plan.cells]
        assert not [score for score in after.scores if variant in score.variants]
        assert after.scored
        assert [v.id for v in library.removed_recaps(run.id, settings=settings)] == [variant]
        with library.open_store(settings) as store:
            line = next(iter(store.runs.lines()))
        assert line.planned == line.arrived
        assert library.resume(run.id, settings=settings).plan.cells == after.plan.cells
        library.put_back_recap(run.id, variant, settings=settings)
        assert library.read_run(run.id, settings=settings).variants == before.variants
    with pytest.raises(InputError):
        library.put_back_recap(run.id, "v1", settings=settings)


def test_the_id_of_a_removed_recap_is_not_given_to_another(run, settings):
    run = library.import_text(run.id, "Trees.", "Awa", settings=settings)
    library.remove_recap(run.id, "h1", settings=settings)
    run = library.import_text(run.id, "Cars.", "Awa", settings=settings)
    assert [(v.id, v.backend) for v in run.variants if v.author == "human"] == [("h2", "imported:Awa (2)")]


def test_a_recap_that_a_vote_is_on_and_the_only_one_stay(run, settings):
    run = library.import_text(run.id, "Trees.", "Awa", settings=settings)
    library.open_judging(run, ["v1", "h1"], settings=settings)
    with pytest.raises(InputError, match="voted"):
        library.remove_recap(run.id, "h1", settings=settings)
    library.remove_recap(run.id, "v2", settings=settings)
    with library.open_store(settings) as store:
        for vote in store.votes.judgings(run.id):
            assert {item.variant for item in vote.items} == {"v1", "h1"}


def test_the_only_recap_stays(tmp_path, settings):
    file = tmp_path / "session.txt"
    file.write_text(SESSION, "utf-8")
    run = library.compare(file, backends=["extractive:speakers"], settings=settings)
    with pytest.raises(InputError, match="only recap"):
        library.remove_recap(run.id, "v1", settings=settings)


def test_a_composed_recap_says_that_a_source_was_removed(run, settings):
    taken = Piece(text="Trees.", variant="v1", original="Trees.")
    run = library.import_text(run.id, "Trees.", "Awa", pieces=(taken,), settings=settings)
    library.remove_recap(run.id, "v1", settings=settings)
    run = library.read_run(run.id, settings=settings)
    assert "a recap that was removed (1)" in wording.composed_sentence(run, run.variants[-1])


def test_texts_of_removed_recaps_go_with_their_run(run, settings):
    run = library.import_text(run.id, "Trees XYZZY.", "Awa", settings=settings)
    library.remove_recap(run.id, "h1", settings=settings)
    library.purge(run=run.id, settings=settings)
    assert b"XYZZY" not in b"".join(file.read_bytes() for file in settings.outputs.rglob("*") if file.is_file())
