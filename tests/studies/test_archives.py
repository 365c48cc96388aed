"""Archives of studies: everything a figure rests on, verified anywhere, every difference named."""

import json
import shutil
import zipfile

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import CompariaError, StudyError

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "out", policy="local")


@pytest.fixture
def archive(make_study, settings, tmp_path):
    probe = '[[probe]]\nid = "last"\nkind = "move_view"\npoint = "P1"\nto = "end"\nsessions = ["s0"]\n'
    file = make_study(sessions=2, repeats=2, more=probe)
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    return library.export_study(file, tmp_path / "small.zip", with_names=True, settings=settings)


def test_a_study_verifies_elsewhere_to_the_last_digit(archive, tmp_path):
    shutil.rmtree(tmp_path / "out")
    found = library.verify_study(archive)
    assert found.differences == ()
    assert (found.runs, found.requests, found.proven, found.recaps) == (3, 12, 12, 12)
    assert found.scores == 36
    assert found.notes == ()
    assert archive.stat().st_mode & 0o777 == 0o600


def test_the_manifest_tells_models_files_and_versions(archive):
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        requests = [json.loads(line) for line in opened.read("requests.jsonl").splitlines()]
    assert manifest["analysis"]["written_before_first_call"]["analysis"] == manifest["analysis"]["digest"]
    model = manifest["models"][0]
    assert model["resolved"] == ["faithful-2026"]
    assert model["fingerprints"] == ["fp_1"]
    assert {sent["seed"] for sent in model["parameters"]} == {3, 4}
    assert {sent["temperature"] for sent in model["parameters"]} == {0.5}
    assert set(manifest["runs"][0]["files"]) == {"s0/session.txt", "s0/reference.yaml", "prompt.md"}
    assert "pydantic" in manifest["software"]["packages"]
    assert len(requests) == 12
    assert all(request["answered"] for request in requests)


def changed(archive, name, change):
    """A copy of the archive in which one entry is changed."""
    copy = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry.startswith(name) else content)
    return copy


@pytest.mark.parametrize(
    ("name", "before", "after", "what"),
    [
        ("runs/", b'"value":', b'"value":0.1234,"was":', None),
        ("study.toml", b"repeats = 2", b"repeats = 3", "hash"),
        ("responses.jsonl", b"- Thank you", b"- Thank him", "hash"),
    ],
)
def test_what_was_changed_is_named(archive, name, before, after, what):
    copy = changed(archive, name, lambda content: content.replace(before, after))
    if what is None:
        with pytest.raises(CompariaError):
            library.verify_study(copy)
        return
    found = library.verify_study(copy)
    assert what in {difference.what for difference in found.differences}


def test_a_recap_that_no_answer_gives_is_named(archive):
    found = library.verify_study(
        changed(archive, "runs/", lambda content: content.replace(b"- Thank you", b"- Thank me"))
    )
    assert {"hash", "recap"} <= {difference.what for difference in found.differences}


def test_names_leave_only_when_that_is_said(make_study, settings, tmp_path):
    file = make_study(sessions=2)
    with pytest.raises(StudyError, match="no run of this study"):
        library.export_study(file, tmp_path / "x.zip", with_names=True, settings=settings)
    library.run_study(file, settings=settings)
    with pytest.raises(StudyError, match="under their names"):
        library.export_study(file, tmp_path / "x.zip", settings=settings)
    hidden = library.export_study(file, tmp_path / "x.zip", pseudonyms=True, settings=settings)
    with zipfile.ZipFile(hidden) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist() if name != "study.toml")
    for name in (b"Cleo", b"Moss", b"Finn"):
        assert name not in everything
    assert library.verify_study(hidden).notes == ("pseudonyms",)
    with pytest.raises(CompariaError, match="there is one already"):
        library.export_study(file, tmp_path / "x.zip", pseudonyms=True, settings=settings)


@pytest.mark.parametrize("entries", [{}, {"manifest.json": b"{}"}, {"../x": b"1"}, {"manifest.json": b"[" * 100_000}])
def test_what_is_no_archive_of_a_study_is_refused(tmp_path, entries):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in entries.items():
            made.writestr(name, content)
    with pytest.raises(StudyError):
        library.verify_study(path)
    path.write_bytes(b"no zip")
    with pytest.raises(StudyError):
        library.verify_study(path)


def test_an_archive_that_swells_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", b" " * 50_000_000)
    with pytest.raises(StudyError, match="more than a study"):
        library.verify_study(path)
