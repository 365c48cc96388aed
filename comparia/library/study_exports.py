"""Studies written as other tools read them: logs of Inspect, requests for EvalAP, files of LLM Comparator."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import StoreUnwritable, StudyError, UnknownName
from comparia.files import private_folder, write_private
from comparia.library.comparisons import masked
from comparia.library.studies import study_runs
from comparia.library.study_archives import check_names
from comparia.messages import gettext as _
from comparia.studies import evalap_documents, inspect_logs, llm_comparator
from comparia.studies.evalap import LeftOut
from comparia.studies.runs import StudyRun

Documents = Iterator[tuple[str, dict[str, Any]]]


class StudyExport(NamedTuple):
    """What was written for another tool."""

    files: tuple[Path, ...]
    """The files."""
    left_out: tuple[LeftOut, ...]
    """Rows that EvalAP would not take, as a model has no recap there; empty for other tools."""


def export_study_as(
    file: str | Path,
    shape: str,
    to: str | Path,
    *,
    scoring: str = "",
    pseudonyms: bool = False,
    with_names: bool = False,
    trusted: bool = False,
    settings: Settings | None = None,
) -> StudyExport:
    """Write the recaps and scores of a study as another tool reads them.

    Args:
        file: the study file.
        shape: `inspect`, `evalap` or `llm-comparator`.
        to: a folder, made where it is missing; files of the same names are replaced.
        scoring: name of a further scoring; the first one when empty.
        pseudonyms: keep pseudonyms instead of names.
        with_names: write the names of people as they stand.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.

    Raises:
        UnknownName: no such shape.
        StudyError: neither pseudonyms nor names were asked for; or no recap is there.
        StoreUnwritable: the folder cannot be written.
    """
    if shape not in SHAPES:
        raise UnknownName(_("shape"), shape, SHAPES)
    check_names(file, pseudonyms=pseudonyms, with_names=with_names)
    settings = settings or load_settings()
    left_out: list[LeftOut] = []

    def runs() -> Iterator[StudyRun]:
        for one in study_runs(file, scoring=scoring, trusted=trusted, settings=settings):
            yield replace(one, run=masked(one.run)) if pseudonyms else one

    folder = Path(to)
    files: list[Path] = []
    try:
        for name, document in SHAPES[shape](runs, left_out):
            private_folder(folder)
            files.append(folder / f"{name}.json")
            write_private(files[-1], json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    except OSError as error:
        raise StoreUnwritable(
            _("{place} cannot be written ({error}).").format(place=folder, error=error.strerror),
            _("Choose a folder that can be written."),
        ) from error
    if left_out and not files:
        raise StudyError(
            _("no session has a recap of every model and repeat, and EvalAP compares models on the same rows."),
            file,
            cure=_("Ask for the recaps that are missing: comparia study run FILE."),
            on_page="",
        )
    if not files:
        raise StudyError(
            _("no recap of this study is there yet."), file, cure=_("First: comparia study run FILE."), on_page=""
        )
    return StudyExport(tuple(files), tuple(left_out))


def _inspect(runs: Callable[[], Iterator[StudyRun]], _left_out: list[LeftOut]) -> Documents:
    yield from inspect_logs(runs())


def _evalap(runs: Callable[[], Iterator[StudyRun]], left_out: list[LeftOut]) -> Documents:
    found = evalap_documents(runs())
    left_out += found.left_out
    if found.experiment_set["experiments"]:
        yield "dataset", found.dataset
        yield "experiment_set", found.experiment_set


def _llm_comparator(runs: Callable[[], Iterator[StudyRun]], _left_out: list[LeftOut]) -> Documents:
    written = list(runs())
    models = dict.fromkeys(
        one.model(variant.backend) for one in written for variant in one.run.variants if variant.summary is not None
    )
    for first, second in itertools.combinations(models, 2):
        yield f"{first}--{second}", llm_comparator(written, first, second)


SHAPES: Mapping[str, Callable[[Callable[[], Iterator[StudyRun]], list[LeftOut]], Documents]] = {
    "inspect": _inspect,
    "evalap": _evalap,
    "llm-comparator": _llm_comparator,
}
"""What a study is written as for other tools, and what makes the documents."""
