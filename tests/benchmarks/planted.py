"""Recaps with known damage: what the offline scores see of it, by kind and language.

    python tests/benchmarks/planted.py [--recaps 24] [--resamples 200] [--seed 17]

The sentences are written by hand, in `tests/planted/`, from the two sample sessions. Each recap says some of the covered key
points faithfully (near the speech, or in a free paraphrase) among neutral sentences; its variants bear one kind of damage.
Whole recaps, written by hand as three different people would, come last. Intervals are 95 % percentiles of a bootstrap over
recaps. A kind that no metric looks for is said to be not covered.
"""

from __future__ import annotations

import argparse
import platform
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from agreement import Embedded
from ruamel.yaml import YAML

from comparia import __version__, ingest, references
from comparia.metrics import METRICS, Case, Matcher
from comparia.records import Reference, SentenceEvidence, Transcript, Variant, now

HOME = Path(__file__).parents[2]
SESSIONS = ("place-du-foirail", "library-and-hub")

ON_POINTS = ("softened", "inverted", "wrong_number", "swapped")
"""Damage done to a key point's own sentence."""
KINDS = ("omitted", *ON_POINTS, "invented", "invented_quote", "altered_quote", "misattributed_quote")
DETECTORS = {"wrong_number": "numbers", "swapped": "attribution", "invented": "support"}
"""The metric that would see each kind, if there is one of that name."""
VERDICTS = ("kept", "partly", "uncertain", "absent")


@dataclass(frozen=True)
class Planted:
    """One session and what was written from it."""

    transcript: Transcript
    reference: Reference
    points: dict[str, dict]
    quotes: list[dict]
    invented: list[str]
    filler: list[str]
    recaps: list[dict]

    @classmethod
    def of(cls, name: str) -> Planted:
        folder = HOME / "transcripts" / name
        transcript = ingest.read([folder / "session.vtt", folder / "chat.txt"])
        written = YAML(typ="safe", pure=True).load(
            (HOME / "tests" / "planted" / f"{name}.yaml").read_text(encoding="utf-8")
        )
        points = {point["id"]: point for point in written.pop("points")}
        return cls(transcript, references.load(folder / "reference.yaml", transcript), points, **written)

    @property
    def language(self) -> str:
        return self.transcript.language

    def minority(self) -> set[str]:
        return {point.id for point in self.reference.key_points if self.reference.is_minority(point)}


@dataclass
class Recap:
    """A recap and what is known of it."""

    kind: str
    close: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    damaged: dict[str, str] = field(default_factory=dict)
    """The damaged sentence or quotation, by key point (or rank)."""
    quoted: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def variant(self, number: int) -> Variant:
        text = " ".join(self.lines)
        return Variant(id=f"v{number}", prompt=None, backend="planted", author="human", summary=text, finished_at=now())


def build(planted: Planted, kind: str, draw: random.Random) -> Recap:
    """A recap of 10 to 20 sentences that bears `kind`."""
    recap = Recap(kind)
    said = draw.sample(sorted(planted.points), draw.randint(8, 14))
    if kind in ON_POINTS:
        can = [p for p in planted.points if kind in planted.points[p]]
        targets = draw.sample(can, 4)
        said = [*targets, *(p for p in said if p not in targets)][:14]
    for point in said:
        entry = planted.points[point]
        if kind in ON_POINTS and point in targets:
            recap.damaged[point] = entry[kind]
            recap.lines.append(entry[kind])
        elif kind == "swapped" and "attributed" in entry:
            recap.lines.append(entry["attributed"])
        else:
            free = draw.random() < 0.5
            (recap.free if free else recap.close).add(point)
            recap.lines.append(entry["sentences"][free])
    if kind == "invented":
        for n, sentence in enumerate(draw.sample(planted.invented, 3)):
            recap.damaged[str(n)] = sentence
            recap.lines.append(sentence)
    if kind.endswith("_quote"):
        recap.lines = recap.lines[:9]
        chosen = draw.sample(planted.quotes, 7)
        for n, quote in enumerate(chosen):
            words = quote["found"]
            who = quote["speaker"]
            if n < 3 and kind == "misattributed_quote":
                who = draw.choice(sorted({q["speaker"] for q in planted.quotes} - {who}))
                recap.damaged[str(n)] = words
            elif n < 3:
                words = recap.damaged[str(n)] = quote[kind.removesuffix("_quote")]
            recap.quoted.append(words)
            recap.lines.append(f"{who} : « {words} »." if planted.language == "fr" else f"{who} said: “{words}”.")
    recap.lines += draw.sample(planted.filler, min(draw.randint(2, 5), 20 - len(recap.lines)))
    draw.shuffle(recap.lines)
    return recap


# Statistics -----------------------------------------------------------------------------------------------------------


def auc(rows: Sequence[tuple[float, bool]]) -> float:
    """Chance that a row that is true scores above one that is false, ties counting half."""
    scores, truths = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], dtype=bool)
    n = int(truths.sum())
    if not 0 < n < len(rows):
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[truths].sum() - n * (n + 1) / 2) / (n * (len(rows) - n)))


def share(rows: Sequence[bool]) -> float:
    return float(np.mean(rows)) if len(rows) else float("nan")


def precision(rows: Sequence[tuple[bool, bool]]) -> float:
    """Of (flagged, true) rows: share of the flagged that are true."""
    return share([true for flagged, true in rows if flagged])


def recall(rows: Sequence[tuple[bool, bool]]) -> float:
    """Of (flagged, true) rows: share of the true that are flagged."""
    return share([flagged for flagged, true in rows if true])


def interval(groups: Sequence[list], statistic: Callable[[Sequence], float], resamples: int, seed: int) -> str:
    """The statistic over all rows, and its interval by bootstrap over recaps, as printed."""
    value = statistic([row for group in groups for row in group])
    if np.isnan(value):
        return "  -               "
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        picked = draw.integers(0, len(groups), len(groups))
        found.append(statistic([row for n in picked for row in groups[n]]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return f"{value:.3f} [{low:.3f} {high:.3f}]"


# Measures -------------------------------------------------------------------------------------------------------------


class Bench:
    """One session, measured."""

    def __init__(
        self, planted: Planted, recaps: Sequence[Recap], resamples: int, seed: int, matcher: Matcher | None = None
    ) -> None:
        self.planted = planted
        self.matcher = matcher or Matcher()
        self.recaps = {kind: [r for r in recaps if r.kind == kind] for kind in KINDS}
        self.resamples, self.seed = resamples, seed
        few, covered = planted.minority(), set(planted.points)
        self.views = {"all": covered, "minority": covered & few, "majority": covered - few}

    def line(self, label: str, groups: Sequence[list], statistic: Callable[[Sequence], float], rows: str = "") -> None:
        print(f"  {label:<42} {interval(groups, statistic, self.resamples, self.seed)}  {rows}".rstrip())

    def case(self, recaps: Sequence[Recap]) -> Case:
        variants = tuple(recap.variant(n) for n, recap in enumerate(recaps))
        planted = self.planted
        return Case(planted.transcript, variants, planted.reference, self.matcher, __version__)

    def omission(self) -> None:
        recaps = self.recaps["omitted"]
        case = self.case(recaps)
        for view, points in self.views.items():
            groups, tables = [], {row: Counter() for row in ("said close", "said free", "omitted")}
            for n, recap in enumerate(recaps):
                rows = []
                for point in sorted(points):
                    match = case.match(point, f"v{n}")
                    row = "said close" if point in recap.close else "said free" if point in recap.free else "omitted"
                    tables[row][match.verdict] += 1
                    rows.append((match.probability, row))
                groups.append(rows)
            pick = lambda rows, wanted: [(p, row == wanted) for p, row in rows if row in (wanted, "omitted")]  # noqa: E731
            said = [[(p, row != "omitted") for p, row in rows] for rows in groups]
            self.line(f"omission     {view:<9} AUC said/omitted", said, auc, f"{len(points)} points")
            for row in ("said close", "said free"):
                self.line(f"omission     {view:<9} AUC {row}", [pick(rows, row) for rows in groups], auc)
            for row, found in tables.items():
                print(f"  {'':<12} {view:<9} {row:<10} {spread(found)}")

    def short_reference(self, points: int = 12, draws: int = 4) -> None:
        """Verdicts when the reference holds a few of the key points only, and the recap speaks of many others."""
        recaps, planted = self.recaps["omitted"], self.planted
        draw = random.Random(5)
        tables = {row: Counter() for row in ("said close", "said free", "omitted")}
        for _ in range(draws):
            chosen = tuple(sorted(draw.sample(planted.reference.key_points, points), key=lambda point: point.id))
            reference = planted.reference.model_copy(update={"key_points": chosen})
            variants = tuple(recap.variant(n) for n, recap in enumerate(recaps))
            case = Case(planted.transcript, variants, reference, self.matcher, __version__)
            for n, recap in enumerate(recaps):
                for point in (p.id for p in chosen if p.id in planted.points):
                    row = "said close" if point in recap.close else "said free" if point in recap.free else "omitted"
                    tables[row][case.match(point, f"v{n}").verdict] += 1
        for row, found in tables.items():
            print(f"  {points} points alone         {row:<10} {spread(found)}")

    def twisted(self, kind: str) -> None:
        recaps = self.recaps[kind]
        case = self.case(recaps)
        for view, points in self.views.items():
            groups, hinted, found = [], [], Counter()
            for n, recap in enumerate(recaps):
                matches = [case.match(point, f"v{n}") for point in recap.damaged if point in points]
                found.update(match.verdict for match in matches)
                groups.append([match.verdict == "kept" for match in matches])
                hinted.append([bool(match.hints) for match in matches])
            self.line(f"{kind:<12} {view:<9} still judged kept", groups, share, spread(found))
            self.line(f"{kind:<12} {view:<9} hinted at", hinted, share)

    def detected(self, kind: str) -> None:
        name = DETECTORS[kind]
        if name not in METRICS:
            print(f"  {kind:<12} not covered (no metric named {name})")
            return
        recaps = self.recaps[kind]
        case = self.case(recaps)
        flagged = {score.variants[0]: unsupported(score.evidence) for score in METRICS[name]().score(case)}
        groups = []
        for n, recap in enumerate(recaps):
            marked = flagged.get(f"v{n}", set())
            owners = {sentence: owner for owner, sentence in recap.damaged.items()}
            groups.append([(line in marked, line in owners, owners.get(line, "")) for line in recap.lines])
        views = self.views if kind != "invented" else {"all": set()}
        for view, points in views.items():
            seen = [[(f, t) for f, t, owner in rows if not t or view == "all" or owner in points] for rows in groups]
            damaged = sum(true for rows in seen for _, true in rows)
            self.line(f"{kind:<12} {view:<9} recall ({name})", seen, recall, f"{damaged} damaged")
        self.line(f"{kind:<12} {'all':<9} precision ({name})", [[r[:2] for r in rows] for rows in groups], precision)
        stray = [[f for f, t, _ in rows if not t] for rows in groups]
        self.line(f"{kind:<12} {'all':<9} faithful sentences flagged", stray, share)

    def quotations(self, kind: str) -> None:
        recaps = self.recaps[kind]
        scores = METRICS["verbatim_quotations"]().score(self.case(recaps))
        groups, found = [], Counter()
        for recap, score in zip(recaps, scores, strict=True):
            damaged = set(recap.damaged.values())
            verdicts = {item.quotation.strip(" ."): item.verdict for item in score.evidence}
            groups.append([(verdicts.get(words, "found") != "found", words in damaged) for words in recap.quoted])
            found.update(verdicts.get(words, "unseen") for words in damaged)
        self.line(f"{kind:<22} recall", groups, recall, " ".join(f"{k} {v}" for k, v in sorted(found.items())))
        self.line(f"{kind:<22} precision", groups, precision)

    def whole(self) -> None:
        written = self.planted.recaps
        variants = tuple(
            Variant(id=r["name"], prompt=None, backend="hand", author="human", summary=r["text"], finished_at=now())
            for r in written
        )
        planted = self.planted
        case = Case(planted.transcript, variants, planted.reference, self.matcher, __version__)
        ids = {point.id for point in planted.reference.key_points}
        few = planted.minority()
        for view, points in {"all": ids, "minority": ids & few, "majority": ids - few}.items():
            groups = [
                [(case.match(p, r["name"]).verdict == "kept", p in r["keeps"]) for p in sorted(points)] for r in written
            ]
            true = sum(t for rows in groups for _, t in rows)
            self.line(f"whole recaps {view:<9} recall of kept", groups, recall, f"{true} kept by {len(written)} recaps")
            self.line(f"whole recaps {view:<9} precision of kept", groups, precision)
        for row in ("keeps", "softens", "inverts"):
            found = Counter(case.match(p, r["name"]).verdict for r in written for p in r[row])
            print(f"  whole recaps {row:<9} {spread(found)}")

    def report(self) -> None:
        self.omission()
        self.short_reference()
        self.twisted("softened")
        self.twisted("inverted")
        for kind in DETECTORS:
            self.detected(kind)
        self.quotations("invented_quote")
        self.quotations("altered_quote")
        self.quotations("misattributed_quote")
        self.whole()


def spread(found: Counter) -> str:
    """Verdicts and how often each was given."""
    names = (*VERDICTS, *sorted(set(found) - set(VERDICTS)))
    return " ".join(f"{name} {found[name]}" for name in names)


def unsupported(evidence: Sequence[SentenceEvidence]) -> set[str]:
    return {item.sentence for item in evidence if item.flag == "unsupported"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--recaps", type=int, default=24, help="recaps by kind and language")
    arguments.add_argument("--resamples", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=17)
    arguments.add_argument("--embeddings", default="", help="an embedding model, for tier B (see scoring.py)")
    options = arguments.parse_args()
    matcher = Matcher(embedder=Embedded(options.embeddings)) if options.embeddings else Matcher()
    began = time.perf_counter()
    print(
        f"comparia {__version__}, python {platform.python_version()}, {date.today().isoformat()}, seed {options.seed}, tier {matcher.tier}"
    )
    for name in SESSIONS:
        planted = Planted.of(name)
        draw = random.Random(f"{options.seed} {name}")
        recaps = [build(planted, kind, draw) for kind in KINDS for _ in range(options.recaps)]
        sizes = [len(recap.lines) for recap in recaps]
        print(
            f"\n{name} ({planted.language}): {len(recaps)} recaps of {min(sizes)}-{max(sizes)} sentences, "
            f"{len(planted.points)} of {len(planted.reference.key_points)} key points, {len(planted.recaps)} whole recaps"
        )
        Bench(planted, recaps, options.resamples, options.seed, matcher).report()
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
