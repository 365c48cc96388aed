"""How often a hint is given where a sentence was turned over, and how often where it was not.

    python tests/benchmarks/hinted.py [--data ../shared/data] [--recaps 24] [--resamples 200] [--seed 17]

Planted recaps of the two sample sessions first: their inverted and softened sentences, their faithful ones near the
speech (close) or in a free paraphrase (free), and close ones widened to everyone where their key point speaks of few.
Then the same for the sentences that the matcher finds by itself. The cues and the rule were written with the planted
sentences in view: `crossed` chooses the rule's two thresholds on one session and tests them on the other. Public
labelled sets follow, read where they lie: pairs that people matched, which should bear no hint, and human sentences
whose negation was taken out. Intervals are 95 % percentiles of a bootstrap over recaps or documents.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from comparia import __version__
from comparia.matching import hints as rule
from comparia.matching.hints import hints
from comparia.metrics import Case, Matcher
from comparia.metrics.false_consensus import FalseConsensus
from comparia.text import polarity
from comparia.text.sentences import sentences
from comparia.text.words import stems


def _neighbour(name):
    """A module of this folder, whether it is run as a script or imported by a test."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


planted = _neighbour("planted")
DATA = Path(__file__).parents[2].parent / "shared" / "data"
LOWEST = tuple((opposed, likeness) for opposed in (1, 2, 3) for likeness in (0.4, 0.6, 0.8, 1.1))
"""Thresholds tried by `crossed`: opposed concepts, and likeness from which one is enough."""
FALSE_ALARMS = 0.08
"""Share of faithful sentences hinted that a facilitator is thought to bear."""


class Pair(NamedTuple):
    """A key point and a sentence that says it, or does not."""

    group: str
    """Recap or document."""
    kind: str
    """close, free, inverted, softened, widened, same, negation removed."""
    minority: bool
    point: str
    sentence: str
    language: str

    @property
    def hinted(self) -> tuple[str, ...]:
        return hints(self.point, self.sentence, self.language)


# Planted sentences ----------------------------------------------------------------------------------------------------

_WIDENED = {
    "fr": (re.compile(r"^(?:Un|Une|Deux|Trois) [^\W\d_]+(?!-)\b"), "Tous les participants"),
    "en": (re.compile(r"^(?:One|A|An|Two) [^\W\d_]+(?!-)\b"), "All the participants"),
}


def widened(sentence: str, language: str) -> str:
    """The sentence lent to everyone, empty where it does not begin with its holder."""
    pattern, everyone = _WIDENED[language]
    return pattern.sub(everyone, sentence, count=1) if pattern.match(sentence) else ""


def planted_pairs(session, recaps: Sequence) -> list[Pair]:
    """Sentences as they were planted, with the key point they were written from."""
    texts = {point.id: point.text for point in session.reference.key_points}
    few = session.minority()
    found = []
    for n, recap in enumerate(recaps):
        said = [(p, recap.kind, s) for p, s in recap.damaged.items()]
        for kind, points in (("close", recap.close), ("free", recap.free)):
            said += [(p, kind, session.points[p]["sentences"][kind == "free"]) for p in sorted(points)]
        if recap.kind == "inverted":
            said += [
                (p, "widened", s)
                for p in sorted(recap.close)
                if "few" in polarity.how_many(texts[p], session.language)
                and (s := widened(session.points[p]["sentences"][0], session.language))
            ]
        found += [Pair(f"{recap.kind}{n}", kind, p in few, texts[p], s, session.language) for p, kind, s in said]
    return found


def found_pairs(session, recaps: Sequence) -> list[Pair]:
    """What the matcher finds for the same key points, among all the sentences of each recap: kept or partly only."""
    variants = tuple(recap.variant(n) for n, recap in enumerate(recaps))
    case = Case(session.transcript, variants, session.reference, Matcher(), __version__)
    texts = {point.id: point.text for point in session.reference.key_points}
    few = session.minority()
    found = []
    for n, recap in enumerate(recaps):
        kinds = {**dict.fromkeys(recap.close, "close"), **dict.fromkeys(recap.free, "free")}
        kinds |= dict.fromkeys(recap.damaged, recap.kind)
        for point, kind in sorted(kinds.items()):
            match = case.match(point, f"v{n}")
            if match.verdict in ("kept", "partly"):
                found.append(Pair(f"{n}", kind, point in few, texts[point], match.sentence, session.language))
    return found


def planted_session(name: str, recaps: int, seed: int):
    """A session and its recaps, inverted and softened."""
    session = planted.Planted.of(name)
    draw = random.Random(f"{seed} {name}")
    return session, [planted.build(session, kind, draw) for kind in ("inverted", "softened") for _ in range(recaps)]


def whole_recaps(session) -> list[tuple[str, bool, tuple[str, ...]]]:
    """Key points that hand-written recaps keep or invert, as the matcher finds them: (kind, found, hints)."""
    variants = tuple(
        planted.Variant(
            id=r["name"], prompt=None, backend="hand", author="human", summary=r["text"], finished_at=planted.now()
        )
        for r in session.recaps
    )
    case = Case(session.transcript, variants, session.reference, Matcher(), __version__)
    texts = {point.id: point.text for point in session.reference.key_points}
    found = []
    for recap in session.recaps:
        for kind in ("keeps", "inverts"):
            for point in recap[kind]:
                match = case.match(point, recap["name"])
                given = hints(texts[point], match.sentence, session.language)
                found.append((kind, match.verdict in ("kept", "partly"), given))
    return found


# Claims of agreement --------------------------------------------------------------------------------------------------

_AGREED = {
    "fr": (
        "Tous les participants s'accordent à dire que ",
        "Un consensus se dégage : ",
        "Les habitants souhaitent que ",
    ),
    "en": ("Everyone agreed that ", "There was a consensus: ", "Residents want this: "),
}


class Claim(NamedTuple):
    """A sentence of a recap, whether it is a made claim of agreement, and what the metric says of it."""

    made: bool
    minority: bool
    flagged: bool
    right: bool
    """Whether the key point it was flagged for is the one it was made from."""


def claims(session, recaps: Sequence, *, reference: bool = True) -> list[list[Claim]]:
    """Every sentence of faithful recaps in which three key points, in the reference's words, are lent to everyone."""
    views = [p for p in session.reference.key_points if p.kind == "view"]
    few = session.minority()
    draw = random.Random(5)
    variants, made = [], []
    for n, recap in enumerate(recaps):
        chosen = draw.sample([p for p in views if p.id not in recap.close | recap.free], 3)
        lent = {}
        for point, opening in zip(chosen, _AGREED[session.language], strict=True):
            text = point.text.replace("’", "'")
            lent[widened(text, session.language) or opening + text[0].lower() + text[1:]] = point.id
        lines = [*recap.lines, *lent]
        draw.shuffle(lines)
        made.append((lines, lent))
        variants.append(planted.Recap("claims", lines=lines).variant(n))
    given = session.reference if reference else None
    case = Case(session.transcript, tuple(variants), given, Matcher(), __version__)
    found = []
    for score, (lines, lent) in zip(FalseConsensus().score(case), made, strict=True):
        flags = {e.sentence: e.key_point for e in score.evidence}
        found.append(
            [Claim(s in lent, lent.get(s) in few, s in flags, s in flags and flags[s] == lent.get(s)) for s in lines]
        )
    return found


# Public sets ----------------------------------------------------------------------------------------------------------


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def argkp(data: Path) -> list[Pair]:
    """Arguments and the key point that people matched them with."""
    folder = data / "argkp2021"
    arguments = {(r["split"], r["arg_id"]): r for r in rows(folder / "arguments.jsonl")}
    points = {(r["split"], r["key_point_id"]): r["key_point"] for r in rows(folder / "key_points.jsonl")}
    found = []
    for row in rows(folder / "labels.jsonl"):
        if row["label"] == 1:
            argument = arguments[row["split"], row["arg_id"]]
            point = points[row["split"], row["key_point_id"]]
            found.append(Pair(argument["topic"], "same", False, point, argument["argument"], "en"))
    return found


def summhay(data: Path) -> list[Pair]:
    """Insights that people found fully covered, and the bullet that covers them."""
    found = []
    for row in rows(data / "summhay_coverage" / "summhay_eval.jsonl"):
        for insight in row["insights"]:
            bullet = insight.get("human_bullet")
            if insight["human"] == "fully_covered" and str(bullet).isdigit() and int(bullet) < len(row["bullets"]):
                found.append(Pair(row["topic"], "same", False, insight["insight"], row["bullets"][int(bullet)], "en"))
    return found


_FRENCH_NOT = re.compile(r"\b(?:ne\s+|n['’])([^,;.:]{1,60}?)\s+pas\b", re.IGNORECASE)
_ENGLISH_NOT = re.compile(r"\b(?:(?:do|does|did) not|not|(?<=[a-z])n['’]t)\s+(?!only|just)", re.IGNORECASE)


def without_negation(sentence: str, language: str) -> str:
    """The sentence with its `ne ... pas` or `not` taken out, empty where it has none."""
    if language == "fr":
        return _FRENCH_NOT.sub(r"\1", sentence) if _FRENCH_NOT.search(sentence) else ""
    return _ENGLISH_NOT.sub("", sentence) if _ENGLISH_NOT.search(sentence) else ""


def fredsum(data: Path, likeness: float = 0.4) -> list[Pair]:
    """Human sentences of French debates: alike ones of two people, themselves, and without their negation."""
    found = []
    for row in rows(data / "fredsum_fr" / "fredsum.jsonl"):
        written = [
            [s.text for s in sentences(row[f"abstractive_{k}"] or "") if len(s.text.split()) > 5] for k in (1, 2, 3)
        ]
        for k, mine in enumerate(written):
            for sentence in mine:
                own = set(stems(sentence, "fr"))
                twins = []
                for other in (s for n, theirs in enumerate(written) if n != k for s in theirs if s != sentence):
                    both = set(stems(other, "fr"))
                    if len(own & both) >= likeness * len(own | both):
                        twins.append(other)
                found += [Pair(row["id"], "same", False, twin, sentence, "fr") for twin in twins]
                if turned := without_negation(sentence, "fr"):
                    found.append(Pair(row["id"], "negation removed", False, sentence, turned, "fr"))
                    found.append(Pair(row["id"], "itself", False, sentence, sentence, "fr"))
                    found += [
                        Pair(row["id"], "negation of the twin removed", False, twin, turned, "fr") for twin in twins
                    ]
    return found


def qmsum(data: Path) -> list[Pair]:
    """Sentences of human summaries of English meetings, and themselves without their negation."""
    found = []
    for name in ("val", "test"):
        for n, row in enumerate(rows(data / "qmsum" / f"{name}.jsonl")):
            for query in [*row["general"], *row["specific"]]:
                for sentence in sentences(query.get("answer") or ""):
                    turned = without_negation(sentence.text, "en")
                    found += [Pair(f"{name}{n}", "negation removed", False, sentence.text, turned, "en")] * bool(turned)
    return found


# Measures -------------------------------------------------------------------------------------------------------------


def by_group(pairs: Iterable[Pair]) -> list[list[Pair]]:
    groups = defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    return list(groups.values())


def thresholds(pairs: Sequence[Pair], opposed: int, likeness: float) -> float:
    """Share of pairs hinted under other thresholds than those of the rule."""
    kept = rule.OPPOSED, rule.LIKENESS
    try:
        rule.OPPOSED, rule.LIKENESS = opposed, likeness
        return planted.share([rule.denies(pair.point, pair.sentence, pair.language) for pair in pairs])
    finally:
        rule.OPPOSED, rule.LIKENESS = kept


def crossed(own: Sequence[Pair], other: Sequence[Pair]) -> tuple[tuple[int, float], float, float]:
    """Thresholds with the best recall at `FALSE_ALARMS` on `own`; inverted and faithful hinted with them on `other`."""
    turned = [p for p in own if p.kind == "inverted"]
    faithful = [p for p in own if p.kind in ("close", "free")]
    able = [t for t in LOWEST if thresholds(faithful, *t) <= FALSE_ALARMS] or [LOWEST[-1]]
    best = max(able, key=lambda t: (thresholds(turned, *t), -thresholds(faithful, *t)))
    turned = [p for p in other if p.kind == "inverted"]
    faithful = [p for p in other if p.kind in ("close", "free")]
    return best, thresholds(turned, *best), thresholds(faithful, *best)


class Report:
    def __init__(self, resamples: int, seed: int) -> None:
        self.resamples, self.seed = resamples, seed

    def line(self, label: str, pairs: Sequence[Pair], hint: str = "polarity") -> None:
        groups = [[hint in pair.hinted for pair in rows] for rows in by_group(pairs)]
        value = planted.interval(groups, planted.share, self.resamples, self.seed)
        print(f"  {label:<52} {value}  {len(pairs)} pairs, {len({p.sentence for p in pairs})} sentences")

    def kinds(self, pairs: Sequence[Pair], title: str) -> None:
        for kind in ("inverted", "close", "free", "softened"):
            rows = [p for p in pairs if p.kind == kind]
            self.line(f"{title} {kind}: polarity", rows)
            if kind in ("inverted", "close", "free"):
                self.line(f"{title} {kind}: polarity, minority", [p for p in rows if p.minority])
                self.line(f"{title} {kind}: polarity, majority", [p for p in rows if not p.minority])
        self.line(f"{title} faithful: polarity", [p for p in pairs if p.kind in ("close", "free")])
        self.line(f"{title} faithful: quantifier", [p for p in pairs if p.kind in ("close", "free")], "quantifier")
        wide = [p for p in pairs if p.kind == "widened"]
        if wide:
            self.line(f"{title} widened to everyone: quantifier", wide, "quantifier")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=DATA)
    arguments.add_argument("--recaps", type=int, default=24, help="recaps by kind and language")
    arguments.add_argument("--resamples", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=17)
    options = arguments.parse_args()
    began = time.perf_counter()
    print(
        f"comparia {__version__}, {polarity.NAME}, python {platform.python_version()}, {date.today().isoformat()}, "
        f"seed {options.seed}"
    )
    report = Report(options.resamples, options.seed)
    pairs = {}
    for name in planted.SESSIONS:
        session, recaps = planted_session(name, options.recaps, options.seed)
        print(f"\n{name} ({session.language}): {len(recaps)} recaps")
        pairs[name] = planted_pairs(session, recaps)
        report.kinds(pairs[name], "sentence")
        report.kinds(found_pairs(session, recaps), "matched ")
        for kind in ("keeps", "inverts"):
            rows = [(found, given) for k, found, given in whole_recaps(session) if k == kind]
            hinted = sum("polarity" in given for found, given in rows if found)
            print(f"  whole recaps, {kind}: {hinted} hinted of {sum(found for found, _ in rows)} found of {len(rows)}")
    for name in planted.SESSIONS:
        session, _ = planted_session(name, 0, options.seed)
        draw = random.Random(f"{options.seed} {name} claims")
        recaps = [planted.build(session, "omitted", draw) for _ in range(options.recaps)]
        print(f"\nfalse consensus, {name} ({session.language}): {len(recaps)} recaps, three claims each")
        for with_reference in (True, False):
            found = claims(session, recaps, reference=with_reference)
            label = "reference" if with_reference else "no reference"
            for title, picked in (
                ("made of minority views: flagged", [[c.flagged for c in r if c.made and c.minority] for r in found]),
                ("of other views: flagged", [[c.flagged for c in r if c.made and not c.minority] for r in found]),
                ("faithful sentences: flagged", [[c.flagged for c in r if not c.made] for r in found]),
                ("flagged for the right point", [[c.right for c in r if c.made and c.flagged] for r in found]),
            ):
                value = planted.interval(picked, planted.share, options.resamples, options.seed)
                print(f"  {label:<13} {title:<38} {value}  {sum(map(len, picked))} sentences")
        variants = tuple(planted.Recap("whole", lines=[r["text"]]).variant(n) for n, r in enumerate(session.recaps))
        for given in (session.reference, None):
            case = Case(session.transcript, variants, given, Matcher(), __version__)
            counts = [score.counts for score in FalseConsensus().score(case)]
            flags, of = (sum(c.get(k, 0) for c in counts) for k in ("unsupported", "of"))
            print(
                f"  whole recaps, {'reference' if given else 'no reference'}: {flags:.0f} flagged of {of:.0f} claims checked"
            )
    one, other = planted.SESSIONS
    for own, tested in ((one, other), (other, one)):
        (opposed, likeness), recall, alarms = crossed(pairs[own], pairs[tested])
        print(
            f"\ncrossed: chosen on {own} (opposed >= {opposed}, likeness >= {likeness}), tested on {tested}: "
            f"inverted {recall:.3f}, faithful {alarms:.3f}"
        )
    if not options.data.is_dir():
        print(f"\nNo labelled data at {options.data}: nothing else was measured.")
        return
    print("\npublic sets")
    report.line("ArgKP (en), matched by people", argkp(options.data))
    report.line("SummHay (en), fully covered", summhay(options.data))
    debates = fredsum(options.data)
    report.line("FREDSum (fr), alike sentences of two people", [p for p in debates if p.kind == "same"])
    removed = [p for p in debates if p.kind == "negation removed"]
    report.line("FREDSum (fr), negation removed", removed)
    report.line(
        "FREDSum (fr), negation removed, beside its twin", [p for p in debates if p.kind.endswith("twin removed")]
    )
    groups = [
        [("polarity" in p.hinted, p.kind != "itself") for p in rows if p.kind in ("negation removed", "itself")]
        for rows in by_group(debates)
    ]
    value = planted.interval(groups, planted.auc, options.resamples, options.seed)
    print(f"  {'FREDSum (fr), negation removed or not, AUC':<52} {value}")
    report.line("QMSum (en), negation removed", qmsum(options.data))
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
