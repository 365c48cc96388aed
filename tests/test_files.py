"""Files and folders of sessions, which no other account of the machine reads."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from comparia import diagnosing, files
from comparia.cli import cli
from comparia.config import Settings
from comparia.store import open_store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permission bits are those of POSIX")
SESSION = "Alice : Je préfère le marché couvert, il abrite de la pluie.\nBruno : Non, la halle coûte trop cher.\n" * 4


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(place):
    return stat.S_IMODE(Path(place).stat().st_mode)


def everything(folder):
    return {str(place.relative_to(folder)): mode(place) for place in sorted(folder.rglob("*"))}


def test_all_that_a_comparison_writes_is_for_this_account_alone(tmp_path):
    session, outputs = tmp_path / "session.txt", tmp_path / "made" / "outputs"
    session.write_text(SESSION, "utf-8")
    arguments = ["compare", str(session), "-b", "extractive", "--outputs", str(outputs)]
    assert CliRunner().invoke(cli, arguments).exit_code in (0, 3)
    assert mode(tmp_path / "made") == mode(outputs) == 0o700
    wrong = {
        name: oct(found)
        for name, found in everything(outputs).items()
        if found != (0o700 if (outputs / name).is_dir() else 0o600)
    }
    assert wrong == {}
    assert any(name.endswith("report.html") for name in everything(outputs))
    exported = tmp_path / "minutes.docx"
    exported.write_bytes(b"old")
    assert mode(exported) == 0o644
    (run,) = [p.name for p in outputs.iterdir() if p.is_dir()]
    done = CliRunner().invoke(
        cli,
        ["report", run.removesuffix("-session"), "-f", "docx", "--to", str(exported), "--outputs", str(outputs)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    assert mode(exported) == 0o600


def test_an_old_database_and_its_folder_are_tightened_when_opened(tmp_path):
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    database = outputs / "comparia.db"
    open_store(f"sqlite:///{database}").close()
    outputs.chmod(0o755)
    database.chmod(0o644)
    open_store(f"sqlite:///{database}").close()
    assert (mode(outputs), mode(database)) == (0o700, 0o600)


def test_a_folder_that_is_not_ours_alone_keeps_its_permissions(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    open_store(f"sqlite:///{shared / 'own.db'}").close()
    assert (mode(shared), mode(shared / "own.db")) == (0o755, 0o600)


def test_doctor_says_who_can_read_the_database(tmp_path):
    def said():
        found = diagnosing.diagnose(Settings(outputs=outputs), "1", {})
        return next((f.state, f.said) for f in found if f.subject == "other accounts")

    outputs = tmp_path / "outputs"
    open_store(f"sqlite:///{outputs / 'comparia.db'}").close()
    assert said() == ("good", "cannot read the database")
    (outputs / "comparia.db").chmod(0o644)
    outputs.chmod(0o755)
    above_allow = all(p.stat().st_mode & 0o011 for p in outputs.resolve().parents)
    assert said()[0] == ("note" if above_allow else "good")
    assert mode(outputs / "comparia.db") == 0o600


def test_a_file_is_written_anew_or_not_at_all(tmp_path):
    files.write_private(tmp_path / "a", b"1")
    with pytest.raises(FileExistsError):
        files.write_private(tmp_path / "a", b"2", fresh=True)
    files.write_private(tmp_path / "a", b"3")
    assert (tmp_path / "a").read_bytes() == b"3"
    with pytest.raises(NotADirectoryError):
        files.private_folder(tmp_path / "a")


def test_a_pipe_and_a_device_are_left_as_they_are(tmp_path):
    before = mode("/dev/null")
    files.write_private(Path("/dev/null"), b"nothing")
    assert mode("/dev/null") == before
