"""Figures of the labelled meetings: the readers' agreement, and the verdicts on the four meetings that are kept apart.

    PYTHONPATH=. python tests/benchmarks/meetings.py

Nothing was fitted on the meetings kept apart. The figures of meetings left out are printed by `fitting.py`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from aims import Cell, printed

from comparia import __version__
from comparia.matching.model import OUTCOMES
from comparia.metrics import METRICS, Case, Matcher
from tests.labelled.meetings import MEETINGS, Meeting, family, here, meeting, same_sentence

FLAGS = {
    "false_consensus": {"agreement"},
    "numbers": {"number"},
    "names": {"name"},
    "attribution": {"attribution"},
    "verbatim_quotations": {"quotation"},
}
"""Kinds of faults that each check looks for."""


def case_of(found: Meeting) -> Case:
    return Case(found.transcript, found.variants, found.reference, Matcher(), __version__)


def nominal_alpha(pairs: list[tuple[str, str]]) -> float:
    """Return Krippendorff's alpha for nominal data and two readers (Krippendorff 2011)."""
    counts = Counter(label for pair in pairs for label in pair)
    n = sum(counts.values())
    observed = sum(one != other for one, other in pairs) / len(pairs)
    expected = 1 - sum(c * (c - 1) for c in counts.values()) / (n * (n - 1))
    return 1 - observed / expected


def cells_of(found: Meeting, case: Case) -> list[Cell]:
    """Return the labelled cells with what the shipped model says of them."""
    few = {point.id: found.reference.is_minority(point) for point in found.reference.key_points}
    return [
        Cell(
            found.name,
            MEETINGS[found.name]["language"],
            recap,
            point,
            label,
            case.match(point, recap).outcomes,
            few[point],
        )
        for (recap, point), label in found.labels.items()
        if family(recap) != "translated" and case.match(point, recap).outcomes
    ]


def agreement_printed(meetings: list[Meeting]) -> None:
    """Print how often the two readers agree, by language."""
    print(
        "| the readers' agreement | cells | same label | Krippendorff's alpha, six labels | present or not | kept or not |"
    )
    print("|---|---|---|---|---|---|")
    for language in ("fr", "en"):
        own = [m for m in meetings if MEETINGS[m.name]["language"] == language]
        pairs = [pair for found in own for pair in found.readings.values()]
        same = sum(one == other for one, other in pairs) / len(pairs)
        alphas = [
            nominal_alpha(pairs),
            nominal_alpha([(str(a == "absent"), str(b == "absent")) for a, b in pairs]),
            nominal_alpha([(str(a == "kept"), str(b == "kept")) for a, b in pairs]),
        ]
        print(f"| {language} | {len(pairs)} | {same:.3f} | " + " | ".join(f"{alpha:.3f}" for alpha in alphas) + " |")
    print()


def flags_printed(cases: list[tuple[Meeting, Case]], title: str) -> None:
    """Print how often each check is right, by what one reader found in the sentences."""
    print(f"| {title} | flagged | right of those | found of all faults |\n|---|---|---|---|")
    for name, kinds in FLAGS.items():
        flagged = right = faults = met = 0
        for found, case in cases:
            for score in METRICS[name]().score(case):
                recap = score.variants[0]
                wanted = [f for f in found.faults if f["recap"] == recap and f["kind"] in kinds]
                if recap in case.unreadable:
                    continue
                hit: set[int] = set()
                for item in score.evidence:
                    text = getattr(item, "sentence", "") or getattr(item, "quotation", "")
                    verdict = getattr(item, "flag", "") or getattr(item, "verdict", "")
                    if verdict in ("supported", "found", "elsewhere", "reworded", "respelled", "unverified"):
                        continue
                    own = {n for n, f in enumerate(wanted) if same_sentence(f["sentence"], text)}
                    flagged, right, hit = flagged + 1, right + bool(own), hit | own
                faults, met = faults + len(wanted), met + len(hit)
        rate = f"{right / flagged:.2f}" if flagged else "–"
        print(f"| `{name}` | {flagged} | {rate} | {met / faults if faults else 0:.2f} of {faults} |")
    print()


def main() -> None:
    meetings = [meeting(name) for name in MEETINGS if here(name)]
    print(f"Comparia {__version__}, {date.today()}; {OUTCOMES[0]} and five other outcomes; {len(meetings)} meetings.\n")
    agreement_printed(meetings)
    cases = [(found, case_of(found)) for found in meetings]
    apart = [(found, case) for found, case in cases if found.apart]
    printed(
        [cell for found, case in apart for cell in cells_of(found, case)], f"{len(apart)} meetings kept apart, tier A"
    )
    flags_printed(apart, "checks, meetings kept apart")
    flags_printed(
        [(found, case) for found, case in cases if not found.apart],
        "checks, the other meetings, on which they were tuned",
    )


if __name__ == "__main__":
    main()
