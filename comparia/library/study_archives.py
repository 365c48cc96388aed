"""Archives of studies: written with everything that a figure rests on, and verified anywhere."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from comparia import reports
from comparia.config import Settings, load_settings
from comparia.errors import CompariaError, StoreUnwritable, StudyError
from comparia.library.comparisons import masked
from comparia.library.kept import open_store
from comparia.library.studies import study_runs
from comparia.library.study_plans import PlannedRun, planned_runs, written_plan
from comparia.library.tables import write_tables
from comparia.library.upkeep import version
from comparia.messages import gettext as _
from comparia.records import Completion, Run, now
from comparia.studies.archive import FORMAT, KIND, KeptAnswer, StudyArchive
from comparia.studies.files import Study, load

if TYPE_CHECKING:
    from comparia.store import Store

PACKAGES = ("httpx", "litellm", "numpy", "pydantic", "rapidfuzz", "snowballstemmer", "sqlalchemy", "scipy", "duckdb")
"""Packages whose versions a manifest tells: figures may rest on them."""


class Difference(NamedTuple):
    """Something of an archive that is not as it says."""

    where: str
    """Run, recap, metric or entry."""
    what: str
    """Code: `hash`, `request`, `answer`, `recap`, `score`, `signature`, `study`, `entry`."""
    expected: str
    """What the archive says."""
    found: str
    """What was found."""


class Verification(NamedTuple):
    """What the verification of an archive found."""

    study: str
    """Name of the study."""
    runs: int
    """Runs that were rebuilt."""
    requests: int
    """Requests that were rebuilt."""
    proven: int
    """Requests whose bytes have the hash that the journal wrote when they were sent."""
    recaps: int
    """Recaps that the raw answers give word for word."""
    scores: int
    """Scores computed again, equal to the last digit."""
    differences: tuple[Difference, ...]
    """Everything that is not as the archive says; empty for a study that verifies."""
    notes: tuple[str, ...]
    """Codes of what could not be verified: `pseudonyms`, `judged`, `other_version`, `bytes_of_library`."""


def export_study(
    file: str | Path,
    to: str | Path,
    *,
    pseudonyms: bool = False,
    with_names: bool = False,
    trusted: bool = False,
    settings: Settings | None = None,
) -> Path:
    """Write the archive of a study: manifest, study file, runs, requests, raw answers, tables.

    Args:
        file: the study file.
        to: the archive; never overwritten.
        pseudonyms: keep pseudonyms instead of names everywhere; requests can then not be rebuilt.
        with_names: write the names of people as they stand.
        trusted: as in `check_study`.
        settings: read from comparia.toml and the environment when None.

    Raises:
        StudyError: neither pseudonyms nor names were asked for, and sessions hold names; or no run is there.
        StoreUnwritable: the archive cannot be written, or is there already.
    """
    settings = settings or load_settings()
    study, target = load(Path(file)), Path(to)
    check_names(file, pseudonyms=pseudonyms, with_names=with_names)
    with open_store(settings) as store:
        planned = [one for one in planned_runs(study, settings, store, trusted=trusted) if store.runs.has(one.run.id)]
        if not planned:
            raise StudyError(
                _("no run of this study is there yet."), file, cure=_("First: comparia study run FILE."), on_page=""
            )
        part = target.with_name(f"{target.name}.part")
        try:
            if target.exists():
                raise FileExistsError(17, _("there is one already"))
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                _write(archive, study, planned, store, settings, pseudonyms=pseudonyms, trusted=trusted)
            part.chmod(0o600)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreUnwritable(
                _("{file} cannot be written ({error}).").format(file=target, error=error.strerror or error)
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return target


def check_names(file: str | Path, *, pseudonyms: bool, with_names: bool) -> None:
    """Check that a person said what becomes of names before a study is written for others. Raises StudyError."""
    if not pseudonyms and not with_names:
        raise StudyError(
            _("an archive holds what people said, under their names."),
            file,
            cure=_("Add --pseudonyms to replace names, or --with-names to write them as they stand."),
            on_page="",
        )


def _write(
    archive: zipfile.ZipFile,
    study: Study,
    planned: list[PlannedRun],
    store: Store,
    settings: Settings,
    *,
    pseudonyms: bool,
    trusted: bool,
) -> None:
    from comparia.backends.queue import run_sync
    from comparia.comparing.rebuilding import rebuilt

    runs: list[dict[str, Any]] = []
    models: dict[str, dict[str, Any]] = {}
    requests: list[str] = []
    responses: list[str] = []
    for one in planned:
        run = store.runs.read(one.run.id)
        answers = store.answers.recorded(run.id)
        by_id = {request: completion for request, _question, _who, completion in answers}
        if not pseudonyms:
            for item in run_sync(rebuilt(run, store, by_id))[0]:
                document = {"run": run.id, "variant": item.variant, "role": item.role, "answered": item.answered}
                requests.append(json.dumps({**document, "request": _request(item.request)}, ensure_ascii=False))
        shown = masked(run) if pseudonyms else run
        for request, question, who, completion in answers:
            kept = _hidden(completion, run) if pseudonyms else completion
            answer = KeptAnswer(run=run.id, request=request, question=question, backend=who, completion=kept)
            responses.append(answer.model_dump_json())
        content = reports.render(shown, "json")
        archive.writestr(f"runs/{run.id}.json", content)
        runs.append(_told_run(one, run, hashlib.sha256(content).hexdigest()))
        _tell_models(models, one, run, by_id)
    with tempfile.TemporaryDirectory() as folder:
        runs_of_tables = study_runs(study.file, trusted=trusted, settings=settings)
        shown_runs = (replace(one, run=masked(one.run)) if pseudonyms else one for one in runs_of_tables)
        for table in write_tables(shown_runs, folder, ("csv",)):
            archive.write(table, f"tables/{table.name}")
    archive.writestr("requests.jsonl", "".join(f"{line}\n" for line in requests))
    archive.writestr("responses.jsonl", "".join(f"{line}\n" for line in responses))
    content = Path(study.file).read_bytes()
    archive.writestr("study.toml", content)
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "made_at": now().isoformat(),
        "study": {"name": study.name, "question": study.question, "sha256": hashlib.sha256(content).hexdigest()},
        "analysis": {"digest": study.analysis.digest, "written_before_first_call": dict(written_plan(study, settings))},
        "names": "pseudonyms" if pseudonyms else "as they stand",
        "software": {"comparia": version(), "python": sys.version.split()[0], "packages": dict(_packages())},
        "machine": {"system": platform.system(), "architecture": platform.machine()},
        "models": list(models.values()),
        "runs": runs,
        "responses_sha256": hashlib.sha256("".join(f"{line}\n" for line in responses).encode()).hexdigest(),
    }
    archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))


def _request(request: Any) -> dict[str, Any]:
    return {
        "id": request.id,
        "question": request.question,
        "backend": request.backend,
        "model": request.model,
        "repeat": request.repeat,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
    }


def _hidden(completion: Completion, run: Run) -> Completion:
    from comparia import privacy

    found = run.pseudonyms or privacy.AUTO.of(run.transcript)
    veil = privacy.veil_of(found, run.transcript)
    return completion.model_copy(update={"text": veil.apply(completion.text), "pieces": ()})


def _told_run(planned: PlannedRun, run: Run, digest: str) -> dict[str, Any]:
    design = planned.design
    change = design.change
    return {
        "id": run.id,
        "session": design.session,
        "probe": design.probe,
        "sha256": digest,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "recaps": sum(variant.summary is not None for variant in run.variants),
        "planned": len(run.plan.cells),
        "transcript": run.transcript.id,
        "files": dict(planned.files),
        "conditions": {name: prompt.id for name, prompt in design.prompts.items()},
        "models": dict(design.models),
        "edits": len(change.edits) if change else 0,
        "not_changed": len(change.not_changed) if change else 0,
    }


def _tell_models(
    models: dict[str, dict[str, Any]], planned: PlannedRun, run: Run, answers: Mapping[str, Completion]
) -> None:
    for backend in run.backends:
        told = models.setdefault(
            backend.name,
            {
                "id": planned.design.models.get(backend.name, backend.name),
                "backend": backend.name,
                "kind": backend.kind,
                "model": backend.model,
                "host": backend.base_url,
                "zone": backend.zone,
                "temperature": backend.temperature,
                "max_tokens": backend.max_tokens,
                "parameters": [],
                "resolved": [],
                "fingerprints": [],
            },
        )
        for variant in run.variants:
            if variant.backend != backend.name:
                continue
            for call in variant.calls:
                completion = answers.get(call.request)
                for name, value in (
                    ("resolved", call.model),
                    ("fingerprints", completion.fingerprint if completion else ""),
                    ("parameters", dict(call.parameters)),
                ):
                    if value and value not in told[name]:
                        told[name].append(value)


def _packages() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue


def verify_study(file: str | Path) -> Verification:
    """Verify an archive: hashes, requests rebuilt, recaps rebuilt from raw answers, scores computed again.

    Nothing is sent, and no database is read. Every difference is named.

    Raises:
        StudyError: not a sound archive of a study.
        RunFileError: a run of it that cannot be read.
    """
    with StudyArchive(Path(file)) as archive, tempfile.TemporaryDirectory() as folder:
        manifest = archive.manifest
        hidden = manifest.get("names") == "pseudonyms"
        found = _Found(str(manifest.get("study", {}).get("name", "")), notes=["pseudonyms"] if hidden else [])
        if manifest.get("software", {}).get("comparia") != version():
            found.notes.append("other_version")
        study = hashlib.sha256(archive.read("study.toml")).hexdigest()
        found.compare("study.toml", "hash", str(manifest.get("study", {}).get("sha256")), study)
        digest = hashlib.sha256()
        answers: dict[str, dict[str, Completion]] = {}
        for line in archive.lines("responses.jsonl"):
            digest.update(line)
        found.compare("responses.jsonl", "hash", str(manifest.get("responses_sha256")), digest.hexdigest())
        for answer in archive.answers():
            answers.setdefault(answer.run, {})[answer.request] = answer.completion
        with open_store(Settings(outputs=Path(folder))) as store:
            for told in manifest.get("runs", []):
                name = f"runs/{told.get('id')}.json"
                content = archive.read(name)
                found.compare(name, "hash", str(told.get("sha256")), hashlib.sha256(content).hexdigest())
                run = reports.run_from_json(content, name)
                found.runs += 1
                if not hidden:
                    _verify_requests(found, run, store, answers.get(run.id, {}))
                    _verify_scores(found, run)
        return found.done()


class _Found:
    """What a verification has found so far."""

    def __init__(self, study: str, notes: list[str]) -> None:
        self.study, self.notes = study, notes
        self.runs = self.requests = self.proven = self.recaps = self.scores = 0
        self.differences: list[Difference] = []

    def compare(self, where: str, what: str, expected: str, found: str) -> bool:
        """Note a difference where two values are not equal. Returns whether they are."""
        if expected != found:
            self.differences.append(Difference(where, what, expected[:200], found[:200]))
        return expected == found

    def done(self) -> Verification:
        """Return what was found."""
        return Verification(
            self.study, self.runs, self.requests, self.proven, self.recaps, self.scores,
            tuple(self.differences), tuple(dict.fromkeys(self.notes)),
        )  # fmt: skip


def _verify_requests(found: _Found, run: Run, store: Store, answers: Mapping[str, Completion]) -> None:
    from comparia.backends.queue import run_sync
    from comparia.comparing.rebuilding import hashes_of, rebuilt

    requests, summaries = run_sync(rebuilt(run, store, answers))
    backends = {backend.name: backend for backend in run.backends}
    variants = {variant.id: variant for variant in run.variants}
    sent = {sending.sha256 for sending in run.sendings}
    asked = {call.request for variant in run.variants for call in variant.calls}
    for item in requests:
        found.requests += 1
        variant = variants.get(item.variant)
        if variant is None or variant.summary is None:
            continue
        where = f"{run.id}/{item.variant}/{item.role}"
        if item.request.id not in asked:
            found.compare(where, "request", ", ".join(call.request for call in variant.calls), item.request.id)
            continue
        if not item.answered:
            found.compare(where, "answer", item.request.id, "-")
        hashes = hashes_of(backends[item.request.backend], item.request, variant.warnings)
        if not hashes:
            found.notes.append("bytes_of_library")
        elif hashes & sent:
            found.proven += 1
        else:
            found.compare(where, "request", "-", ", ".join(sorted(hashes)))
    for name, text in summaries.items():
        variant = variants.get(name)
        if variant is not None and variant.summary is not None:
            found.recaps += found.compare(f"{run.id}/{name}", "recap", variant.summary, text)


def _verify_scores(found: _Found, run: Run) -> None:
    from comparia.library.exchange import score_outside

    names = list(dict.fromkeys(score.metric for score in run.scores))
    if not names:
        return
    if any("judge" in score.signature for score in run.scores):
        found.notes.append("judged")
        return
    try:
        again = score_outside(run.model_copy(update={"scores": ()}), run.reference, names)
    except CompariaError as error:
        found.compare(run.id, "score", "-", str(error))
        return
    fresh = {(score.metric, score.variants): score for score in again.scores}
    for score in run.scores:
        where = f"{run.id}/{'+'.join(score.variants)}/{score.metric}"
        other = fresh.get((score.metric, score.variants))
        if other is None:
            found.compare(where, "score", str(score.value), "-")
            continue
        same = found.compare(where, "signature", score.signature, other.signature)
        same = (
            found.compare(
                where, "score", str((score.value, *score.counts.items())), str((other.value, *other.counts.items()))
            )
            and same
        )
        found.scores += same
