"""The archive of a study: one zip with its manifest, its file, runs, requests, raw answers and tables.

It is read within bounds: an archive that somebody sends is hostile until it is read.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comparia.errors import StudyError
from comparia.messages import gettext as _
from comparia.records import Completion, Record

FORMAT = 1
"""Version of the format."""

KIND = "comparia-study"
"""Kind of document, in the manifest."""

MOST_ENTRIES = 200_000
"""Entries beyond which an archive is refused."""

MOST_BYTES = 20_000_000_000
"""Bytes of all entries beyond which an archive is refused."""

MOST_ENTRY = 2_000_000_000
"""Bytes of one entry beyond which it is refused."""

MOST_RATIO = 200
"""How many times larger than the archive its content may be: text shrinks to a tenth, a bomb to a thousandth."""

_NAME = re.compile(r"[\w][\w./-]{0,200}")


class KeptAnswer(Record):
    """A raw answer, in `responses.jsonl`."""

    run: str
    """Id of the run."""
    request: str
    """Id of the request."""
    question: str
    """Hash of what was asked, whoever was asked."""
    backend: str
    """Name of the backend."""
    completion: Completion
    """The answer as it came."""


class StudyArchive:
    """An archive that is read. A context manager.

    Args:
        path: its file.

    Raises:
        StudyError: it is not a sound archive of a study, or holds more than a study would.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, RuntimeError) as error:
            raise StudyError(_("this is not an archive of a study ({error}).").format(error=error), path) from error
        try:
            self._check()
            self.manifest = self._manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> StudyArchive:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Names of its entries."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """Return an entry. Raises StudyError: it is absent, damaged, or larger than it may be."""
        with self._open(name) as entry:
            try:
                data = entry.read(MOST_ENTRY + 1)
            except (OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
                raise self._damaged(name) from error
        if len(data) > MOST_ENTRY:
            raise self._damaged(name)
        return bytes(data)

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of an entry, one at a time. Raises StudyError."""
        size = 0
        with self._open(name) as entry:
            try:
                for line in io.BufferedReader(entry):
                    size += len(line)
                    if size > MOST_ENTRY:
                        raise self._damaged(name)
                    yield line
            except (OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
                raise self._damaged(name) from error

    def answers(self) -> Iterator[KeptAnswer]:
        """Yield the raw answers. Raises StudyError."""
        for n, line in enumerate(self.lines("responses.jsonl"), start=1):
            try:
                yield KeptAnswer.model_validate_json(line)
            except ValueError as error:
                raise StudyError(_("this line is no answer."), f"{self._path}:responses.jsonl", n) from error

    def _open(self, name: str) -> Any:
        try:
            return self._zip.open(name)
        except (KeyError, RuntimeError, zipfile.BadZipFile) as error:
            raise self._damaged(name) from error

    def _check(self) -> None:
        entries = self._zip.infolist()
        total = sum(entry.file_size for entry in entries)
        packed = max(1, self._path.stat().st_size)
        names = [entry.filename for entry in entries]
        if len(entries) > MOST_ENTRIES or total > MOST_BYTES or total > MOST_RATIO * packed + 1_000_000:
            raise StudyError(_("this archive holds more than a study would."), self._path)
        if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) and ".." not in name for name in names):
            raise StudyError(_("this archive names its entries as no study does."), self._path)

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self.read("manifest.json"))
        except (ValueError, RecursionError) as error:
            raise self._damaged("manifest.json") from error
        if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
            raise StudyError(_("this is not an archive of a study."), self._path)
        version = manifest.get("format")
        if not isinstance(version, int) or version > FORMAT:
            raise StudyError(
                _("written by a newer Comparia (format {version}, this one reads {known}).").format(
                    version=version, known=FORMAT
                ),
                self._path,
            )
        return manifest

    def _damaged(self, name: str) -> StudyError:
        return StudyError(_("{name} is missing from this archive, or damaged.").format(name=name), self._path)
