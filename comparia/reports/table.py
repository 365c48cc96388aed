"""CSV: one line a score, for a spreadsheet or a statistics package."""

from __future__ import annotations

import csv
import io

from comparia.messages import N_
from comparia.records import Run
from comparia.reports.reasons import worded
from comparia.reports.wording import failure_text
from comparia.text.controls import table_cell

MEDIA_TYPE = "text/csv; charset=utf-8"
SUFFIX = "csv"
DESCRIPTION = "one line a score, for a spreadsheet or R"
MENU = N_("Scores (CSV)")

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
    "recipe",
    "signature",
)


def write(run: Run) -> bytes:
    """Return UTF-8 with a byte-order mark (spreadsheets need it), comma-separated, with a point for decimals.

    A variant that failed has one line of metric `failure`. A cell that a spreadsheet would compute is quoted.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    variants = {variant.id: variant for variant in run.variants}
    for variant in run.variants:
        if variant.failure is not None:
            prompt = run.prompt_named(variant.prompt)
            reason = f"{variant.failure.kind}: {failure_text(variant.failure)}"
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
                "",
            ]
            writer.writerow(map(table_cell, row))
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
            ";".join(f"{key}={value:g}" for key, value in score.figures.items()),
            first.words if first and len(score.variants) == 1 else "",
            worded(score.reason),
            score.recipe,
            score.signature,
        ]
        writer.writerow(map(table_cell, row))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
