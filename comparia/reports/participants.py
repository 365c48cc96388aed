"""The marks that participants put on a recap, as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from comparia.records import Mark, MemberCheck, MemberCheckCounts
from comparia.text.controls import shown_text, table_cell

COLUMNS = ("phone", "at", "kind", "sentence", "text", "words", "claimed_label", "state")
"""Columns of the CSV. `sentence` counts from 1."""


def marks_csv(check: MemberCheck, marks: Sequence[Mark]) -> bytes:
    """Return a line for each mark, in UTF-8 with a byte-order mark; a cell that a spreadsheet would compute is quoted.

    A number of a phone tells marks of one phone together, and nothing of whose it is.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mark in marks:
        text = "" if mark.sentence is None else check.sentences[mark.sentence]
        place = "" if mark.sentence is None else mark.sentence + 1
        row = (mark.reader, mark.at.isoformat(), mark.kind, place, text, mark.words, mark.label, mark.state)
        writer.writerow([table_cell(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def marks_json(check: MemberCheck, counts: MemberCheckCounts, marks: Sequence[Mark]) -> bytes:
    """Return a member check, its counts and its marks as JSON. Labels are claims that nobody verified."""
    content = {
        "format": 1,
        "member_check": check.model_dump(mode="json"),
        "counts": counts.model_dump(mode="json"),
        "marks": [mark.model_dump(mode="json") for mark in marks],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return shown_text(text).encode("utf-8", "replace")
