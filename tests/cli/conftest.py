"""The command line as a user calls it."""

import sys

import pytest

from comparia.cli import main


@pytest.fixture
def comparia(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["comparia", *map(str, arguments)])
        try:
            main()
            ended = 0
        except SystemExit as error:
            ended = error.code or 0
        out, err = capsys.readouterr()
        assert ended == code, err
        return out

    return run
