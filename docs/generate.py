"""Write the pages of the documentation that are made from the tables of the program: `make docs`.

A test compares them with what stands in the repository, so that they stay true.
"""

from __future__ import annotations

import sys
from pathlib import Path

from comparia import ingest, reports
from comparia.backends.extractive import ALGORITHMS
from comparia.backends.forms import FORMS
from comparia.config import catalogue, zone_names
from comparia.messages import percent, speaking

HERE = Path(__file__).parent
NOTICE = "<!-- Made by `make docs` from the tables of the program: edit these, not this page. -->"


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *escaped]
    return ["| " + " | ".join(line) + " |" for line in lines]


def formats() -> str:
    """Return the page of the files that are read and written."""
    readers = [[f"`{reader.FORMAT}`", reader.DESCRIPTION] for reader in ingest.READERS]
    written = [[f"`{name}`", f"`{made.suffix}`", made.description] for name, made in reports.FORMATS.items()]
    return "\n".join(
        [
            "# Formats",
            "",
            NOTICE,
            "",
            "What a file holds is found from its content, not from its name; `--format` overrides it. Every line that is not",
            "blank is in a turn, or listed as left out with the reason. Private messages and moderated contributions are left out",
            "and counted.",
            "",
            "## Transcripts that are read",
            "",
            *table(["format", "what it is"], readers),
            "",
            "**Surveys.** An answer in somebody's own words is a turn, question by question, with its question above it for models.",
            "Age, district, occupation, choices and ratings stay with the person, and are sent to no model. Contacts, consent and",
            "technical columns are left out; so are empty answers, and those that say nothing (“–”, “RAS”, “non”). What was taken for",
            "what is told.",
            "",
            "**Spreadsheets.** The first visible sheet of a known layout is read, and those after it with the same headings; the others",
            "are named. `--format survey`, `contributions-csv` or `turn-table` says how it is laid out. Hidden sheets, rows and columns",
            "are left out and counted. Formulas are never computed: the stored value is read, and a formula without one is told.",
            "",
            "**Votes of Polis.** Given with `comments.csv`, `votes.csv` and `participant-votes.csv` count who agrees with each comment,",
            "by group where groups are known; `comment-groups.csv` has the counts, and the words too. Votes alone are refused.",
            "",
            "## Reports that are written",
            "",
            *table(["format", "file", "what it is"], written),
            "",
            "A format is added in one module: see [Extending](extending.md). Figures: [speed](figures/speed.md#reading).",
            "",
        ]
    )


def backends() -> str:
    """Return the page of the models and servers that can be asked."""
    zones = zone_names()
    rows = [
        [
            f"`{name}`",
            preset.label,
            f"{preset.zone} ({zones[preset.zone]})",
            f"`{preset.key_variable}`" + (" (optional)" if preset.key_optional else "") if preset.key_variable else "–",
            f"`{name}:{preset.example}`" if preset.example else "–",
            "yes" if preset.caches_prefix else "–",
            f"{percent(preset.batch.price)} of the price" if preset.batch else "–",
        ]
        for name, preset in catalogue().items()
    ]
    algorithms = ", ".join(f"`extractive:{name}`" for name in ALGORITHMS)
    return "\n".join(
        [
            "# Backends",
            "",
            NOTICE,
            "",
            "A backend is named `preset:model`, `model@http://host/v1`, or by a name of your own in `comparia.toml`. `comparia",
            "models` lists them, with what is missing; `comparia models --check` asks the servers.",
            "",
            *table(["preset", "what it is", "zone", "key", "for instance", "reads a session once", "batches"], rows),
            "",
            "*Reads a session once*: the server keeps what it read of a request for the next one that begins alike. Requests begin",
            "with the session for that reason, and the first one goes ahead of the others (`caches_prefix` in `comparia.toml`).",
            "",
            "*Batches*: a study can be asked so, within a day ([Studies](studies.md#in-batches)).",
            "",
            f"Without a model: {algorithms} choose sentences of the session; they are never called AI.",
            "",
            "How they are asked (`temperature`, `top_p`, `seed`, `max_tokens`, `reasoning_effort`, other fields of the request):",
            "[Settings](settings.md). Through litellm, what it leaves out for a model is told with each recap. A model file takes",
            "no `reasoning_effort`, and of other fields those of sampling (`top_k`, `min_p`, `repeat_penalty`…).",
            "",
            "Lists of points and verdicts are asked for as JSON that follows a schema. What a server refuses, or takes without keeping",
            "to it, is found out once, kept by address and model, and the next way is taken, in this order:",
            f"{', '.join(f'`{form}`' for form in FORMS)};",
            "then words alone, where the schema stands in any case. `json_schema` and `json_object` are kinds of OpenAI's",
            "`response_format`; `structured_outputs` and `guided_json` guide the decoding of vLLM; `format` is of Ollama's own",
            "`/api/chat`, asked of Ollama and of addresses of your own; `tool` forces the call of one function. An answer that is",
            "nearly right is repaired.",
            "",
            "Zones and keys: [Privacy](privacy.md). A server that speaks OpenAI's protocol is one entry of `catalogue.toml`: see",
            "[Extending](extending.md).",
            "",
        ]
    )


PAGES = {"formats.md": formats, "backends.md": backends}


def main() -> None:
    """Write the pages."""
    with speaking("en"):
        for name, page in PAGES.items():
            (HERE / name).write_text(page(), "utf-8")
            sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
