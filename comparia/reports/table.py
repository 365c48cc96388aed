"""CSV: one line a score, for a spreadsheet or a statistics package."""

from __future__ import annotations

import csv
import io

from comparia.records import Run
from comparia.reports import wording

COLUMNS = (
    "run",
    "metric",
    "variant",
    "other_variant",
    "backend",
    "prompt",
    "repeat",
    "value",
    "low",
    "high",
    "counts",
    "words",
    "reason",
    "signature",
)


def render(run: Run) -> bytes:
    """UTF-8 with a byte-order mark (spreadsheets need it), comma-separated, a point for decimals.

    A variant that failed has one line of metric `failure`; a cell that a spreadsheet would take for a formula is quoted.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    variants = {variant.id: variant for variant in run.variants}
    for variant in run.variants:
        if variant.failure is not None:
            prompt = run.prompt_named(variant.prompt)
            reason = f"{variant.failure.kind}: {variant.failure.message}"
            row = [
                run.id,
                "failure",
                variant.id,
                "",
                variant.backend,
                prompt,
                variant.repeat,
                "",
                "",
                "",
                "",
                "",
                reason,
                "",
            ]
            writer.writerow(map(_inert, row))
    for score in run.scores:
        first = variants.get(score.variants[0])
        low, high = score.interval or ("", "")
        row = [
            run.id,
            score.metric,
            score.variants[0],
            score.variants[1] if len(score.variants) > 1 else "",
            first.backend if first else "",
            run.prompt_named(first.prompt) if first else "",
            first.repeat if first else "",
            "" if score.value is None else score.value,
            low,
            high,
            ";".join(f"{key}={value:g}" for key, value in score.counts.items()),
            first.words if first and len(score.variants) == 1 else "",
            score.reason,
            score.signature,
        ]
        writer.writerow(map(_inert, row))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _inert(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    cell = wording.shown_text(cell)
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else cell
