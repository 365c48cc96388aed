"""The ratings of a panel as a table: one rating a row, with the order met and the text as it was read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from comparia.records import Panel, Rating, Run
from comparia.reports.parquet import json_line, parquet_bytes
from comparia.text.controls import shown_text, table_cell

CSV_TYPE = "text/csv; charset=utf-8"
PARQUET_TYPE = "application/vnd.apache.parquet"

COLUMNS: Mapping[str, str] = {
    "panel": "VARCHAR",
    "kind": "VARCHAR",
    "run": "VARCHAR",
    "rater": "VARCHAR",
    "set_aside": "BOOLEAN",
    "item": "VARCHAR",
    "position": "BIGINT",
    "answer": "VARCHAR",
    "preferred": "VARCHAR",
    "rated_at": "TIMESTAMPTZ",
    "seconds": "DOUBLE",
    "point": "VARCHAR",
    "point_text": "VARCHAR",
    "said": "VARCHAR",
    "holders": "BIGINT",
    "voices": "BIGINT",
    "recap_1": "VARCHAR",
    "model_1": "VARCHAR",
    "prompt_1": "VARCHAR",
    "text_1": "VARCHAR",
    "sentences_1": "VARCHAR",
    "recap_2": "VARCHAR",
    "model_2": "VARCHAR",
    "prompt_2": "VARCHAR",
    "text_2": "VARCHAR",
}
"""Columns and their types in duckdb's words.

`position` is the place of the item among those that the rater met, from 1; `recap_1` is the recap that they met first;
`sentences_1` are those that were shown beside a key point."""


def rows_of(run: Run, panel: Panel, ratings: Sequence[Rating]) -> Iterator[dict[str, object]]:
    """Return a row for each rating, by rater, in the order in which each met the items.

    Args:
        run: the run of the panel; a recap that is no longer in it has no model.
        panel: the panel.
        ratings: its ratings.
    """
    items = {item.id: item for item in panel.items}
    variants = {variant.id: variant for variant in run.variants}
    width = len(str(max((rating.rater for rating in ratings), default=0)))
    for rating in sorted(ratings, key=lambda rating: (rating.rater, rating.position)):
        item = items[rating.item]
        row: dict[str, object] = dict.fromkeys(COLUMNS)
        row |= {
            "panel": panel.id,
            "kind": panel.kind,
            "run": panel.run,
            "rater": f"R{rating.rater:0{max(2, width)}d}",
            "set_aside": rating.rater in panel.set_aside,
            "item": rating.item,
            "position": rating.position,
            "answer": rating.answer,
            "preferred": rating.preferred or None,
            "rated_at": rating.at.isoformat(),
            "seconds": rating.seconds,
        }
        if item.point:
            row |= {
                "point": item.point,
                "point_text": item.point_text,
                "said": "\n".join(": ".join(filter(None, (said.speaker, said.words))) for said in item.said),
                "holders": item.holders,
                "voices": panel.voices,
                "sentences_1": "\n".join(panel.texts[item.variants[0]][number] for number in item.nearest),
            }
        for number, name in enumerate(rating.shown or item.variants, start=1):
            variant = variants.get(name)
            row |= {
                f"recap_{number}": name,
                f"model_{number}": variant.backend if variant is not None else None,
                f"prompt_{number}": run.prompt_named(variant.prompt) if variant is not None else None,
                f"text_{number}": ("\n\n" if panel.kind == "preferences" else "\n").join(panel.texts[name]),
            }
        yield row


def ratings_csv(run: Run, panel: Panel, ratings: Sequence[Rating]) -> bytes:
    """Return the rows in UTF-8 with a byte-order mark; a cell that a spreadsheet would compute is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows_of(run, panel, ratings):
        writer.writerow(["" if value is None else table_cell(value) for value in row.values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def ratings_parquet(run: Run, panel: Panel, ratings: Sequence[Rating]) -> bytes:
    """Return the rows as Parquet, typed. Raises MissingExtra: duckdb is not installed."""
    rows = (
        {k: shown_text(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows_of(run, panel, ratings)
    )
    return parquet_bytes(map(json_line, rows), COLUMNS)
