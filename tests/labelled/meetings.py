"""The labelled meetings: sessions, key points, recaps, and what two readers say became of each point in each recap.

    from tests.labelled.meetings import MEETINGS, meeting

A session is in `transcripts/`, or in a public set that is read where it lies and copied nowhere: a meeting of a set that is absent
cannot be read.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from comparia import ingest, library
from comparia.matching.judge import Answer, Question, Ruling, asked_point, rulings_of
from comparia.records import Reference, Transcript, Variant
from comparia.references import titled
from comparia.text.recaps import passages, simple_lines

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETS = ROOT.parent / "shared" / "data"
"""Folder of the public sets."""
MEETINGS: Mapping[str, Mapping[str, Any]] = tomllib.loads((HERE / "manifest.toml").read_text("utf-8"))
"""What is known of each meeting, by name."""


@dataclass(frozen=True)
class Meeting:
    """One labelled meeting."""

    name: str
    transcript: Transcript
    reference: Reference
    recaps: Mapping[str, str]
    """Text of each recap, by name."""
    labels: Mapping[tuple[str, str], str]
    """The settled label of each (recap, point)."""
    readings: Mapping[tuple[str, str], tuple[str, str]]
    """The labels of the two readers, who saw neither the recap's name nor each other."""
    faults: Sequence[Mapping[str, str]]
    """Faults of sentences: recap, kind, sentence, words, why."""

    @property
    def apart(self) -> bool:
        """Whether the meeting is kept apart: nothing is fitted on it."""
        return bool(MEETINGS[self.name].get("apart"))

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The recaps as variants, in the order of their names."""
        moment = datetime(2026, 11, 29, tzinfo=UTC)
        return tuple(
            Variant(id=name, prompt=None, backend=f"imported:{name}", author="human", summary=text, finished_at=moment)
            for name, text in sorted(self.recaps.items())
        )


def here(name: str) -> bool:
    """Return whether the session of a meeting can be read."""
    return all(path.exists() for path in _session_files(name))


def meeting(name: str) -> Meeting:
    """Return one meeting.

    Raises:
        FileNotFoundError: its session is in a set that is absent.
        ValueError: the session is not the one that was labelled.
    """
    known, folder = MEETINGS[name], HERE / "meetings" / name
    if "set" in known:
        text = _from_set(known["set"], known["id"])
        transcript = ingest.read_bytes(text, f"{name}.txt")
        if hashlib.sha256(text).hexdigest() != known["sha256"]:
            raise ValueError(f"{name}: the session is not the one that was labelled")
        points = folder / "reference.yaml"
    else:
        transcript = library.read_transcript(*_session_files(name))
        points = ROOT / "transcripts" / name / "reference.yaml"
    transcript = titled(points, transcript)
    reference = library.load_reference(points, transcript)
    rows = list(csv.DictReader((folder / "labels.tsv").read_text("utf-8").splitlines(), delimiter="\t"))
    with (folder / "faults.jsonl").open(encoding="utf-8") as lines:
        faults = [json.loads(line) for line in lines]
    return Meeting(
        name,
        transcript,
        reference,
        {file.stem: file.read_text("utf-8") for file in sorted((folder / "recaps").glob("*.md"))},
        {(row["recap"], row["point"]): row["label"] for row in rows},
        {(row["recap"], row["point"]): (row["first"], row["second"]) for row in rows},
        faults,
    )


def family(recap: str) -> str:
    """Return the family of a recap: natural, constructed, or translated."""
    return "natural" if recap.startswith("natural") else "translated" if recap == "translated" else "constructed"


def _session_files(name: str) -> Sequence[Path]:
    known = MEETINGS[name]
    if "set" in known:
        return (SETS / known["set"],)
    folder = ROOT / "transcripts" / name
    return tuple(folder / file for file in known.get("files", ["session.txt"]))


def _from_set(file: str, identity: str) -> bytes:
    """Return one session of a public set as labelled text: `Name : words`, an empty line between turns."""
    with (SETS / file).open(encoding="utf-8") as lines:
        found = next(row for row in map(json.loads, lines) if row["id"] == identity)
    if "transcript" in found:
        return f"{found['transcript'].strip()}\n".encode()
    return ("\n\n".join(f"{turn['speaker']}: {turn['content']}" for turn in found["turns"]) + "\n").encode()


def same_sentence(one: str, other: str) -> bool:
    """Return whether a sentence that a reader copied from a recap is one that the product cut out of it, marks apart."""
    words, others = ({word.lower() for word in re.findall(r"\w+", text)} for text in (one, other))
    return len(words & others) > 0.75 * max(1, min(len(words), len(others)))


def judged(found: Meeting, file: str = "judged.tsv") -> dict[tuple[str, str], Answer]:
    """Return the recorded answers of a judge about (recap, point), in two orders, as the product counts them.

    They are a language model's: see the README. An answer that cites no sentence that holds its words does not count.
    """
    by_question: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in csv.DictReader((HERE / "meetings" / found.name / file).read_text("utf-8").splitlines(), delimiter="\t"):
        by_question.setdefault((row["recap"], row["order"] == "2"), []).append(row)
    names = {speaker.id: speaker.name for speaker in found.transcript.speakers}
    points = {point.id: asked_point(point, found.reference, names) for point in found.reference.key_points}
    rulings: dict[tuple[str, str], list[Ruling | None]] = {}
    for (recap, _swapped), rows in sorted(by_question.items()):
        texts = tuple(passage.text for passage in passages(simple_lines(found.recaps[recap])))
        question = Question(recap, texts, tuple(points[row["point"]] for row in rows))
        entries = [{**row, "point": n} for n, row in enumerate(rows, start=1)]
        counted = rulings_of(json.dumps({"answers": entries}), question)
        for row in rows:
            rulings.setdefault((recap, row["point"]), []).append(counted.get(row["point"]))
    return {cell: Answer(tuple(own)) for cell, own in rulings.items()}


def judged_file(name: str) -> Path:
    """Return the file of a judge's recorded answers about the recaps of a meeting."""
    return HERE / "meetings" / name / "judged.tsv"
