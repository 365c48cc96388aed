"""TSV of groups: one line a group and recap, the share kept of the points that its people hold."""

from __future__ import annotations

import csv
import io

from comparia.messages import N_
from comparia.records import Run
from comparia.reports.groups import group_tables
from comparia.text.controls import table_cell

MEDIA_TYPE = "text/tab-separated-values; charset=utf-8"
SUFFIX = "tsv"
DESCRIPTION = "one line a group of people and recap, for a spreadsheet or R"
MENU = N_("By group of people (TSV)")

COLUMNS = (
    "run", "grouping", "attribute", "group", "variant", "backend", "people", "points", "coverage", "coverage_low",
    "coverage_high", "minority_share", "minority_low", "minority_high", "minority_points", "reason",
)  # fmt: skip


def write(run: Run) -> bytes:
    """Return UTF-8 with a byte-order mark, tab-separated; what is not shown is empty, with the reason `suppressed`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t")
    writer.writerow(COLUMNS)
    backends = {variant.id: variant.backend for variant in run.variants}
    for table in group_tables(run):
        for line in table.lines:
            for variant, share in line.coverage.items():
                few = line.minority.get(variant)
                row = [
                    run.id, table.kind, table.name, line.group if line.is_shown else "", variant,
                    backends.get(variant, ""), share.people, share.points, share.share, share.low, share.high,
                    few and few.share, few and few.low, few and few.high, few and few.points, share.reason,
                ]  # fmt: skip
                writer.writerow(table_cell("" if value is None else value) for value in row)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
