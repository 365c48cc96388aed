"""The journal of what left this machine, as a table for a register of processing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from comparia.records import Sending
from comparia.text.controls import table_cell

COLUMNS = ("at", "run", "backend", "host", "zone", "policy", "size", "tokens", "sha256", "pseudonymised")
"""Columns of the CSV, named as in the exchange format."""


def journal_csv(sendings: Sequence[Sending]) -> str:
    """Return one line a sending; a cell that a spreadsheet would compute is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sending in sendings:
        row = sending.model_dump(mode="json")
        writer.writerow([table_cell(row[column]) for column in COLUMNS])
    return out.getvalue()
