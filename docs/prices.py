"""Write `comparia/prices.json` anew from the list that ships inside litellm (MIT), with the day: `make prices`.

The program reads that file alone, so that prices do not change behind a report's back.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "comparia" / "prices.json"
LIST = "model_prices_and_context_window_backup.json"
MODES = {"chat", "completion", "embedding", "responses", None}


def per_million(value: Any) -> float | None:
    """Return a price of a token as the price of a million, in US dollars; None for no price."""
    return round(value * 1_000_000, 6) if isinstance(value, int | float) else None


def row(entry: dict[str, Any]) -> list[float | int | None]:
    """Return the price of input, of output, of input found in the cache, and the context window of a model."""
    context = entry.get("max_input_tokens")
    return [
        per_million(entry.get("input_cost_per_token")),
        per_million(entry.get("output_cost_per_token")),
        per_million(entry.get("cache_read_input_token_cost")),
        context if isinstance(context, int) else None,
    ]


def main() -> None:
    """Write the file."""
    (folder,) = importlib.util.find_spec("litellm").submodule_search_locations  # type: ignore[union-attr]
    listed = json.loads((Path(folder) / LIST).read_text("utf-8"))
    models = {
        name: row(entry)
        for name, entry in sorted(listed.items())
        if isinstance(entry, dict) and entry.get("mode") in MODES and any(value is not None for value in row(entry))
    }
    head = {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "source": f"litellm {importlib.metadata.version('litellm')} (MIT)",
        "columns": ["input", "output", "cached", "context"],
        "unit": "US dollars per million tokens; tokens",
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in models.items())
    FILE.write_text(f'{json.dumps(head)[:-1]}, "models": {{\n{lines}\n}}}}\n', "utf-8")
    sys.stdout.write(f"{len(models)} models in {FILE.name}\n")


if __name__ == "__main__":
    main()
