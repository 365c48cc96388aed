"""How well the scores agree with people, beside rival scorers and controls, in the same run: the whole suite.

    python tests/benchmarks/scoring.py [--data ../shared/data] [--resamples 200] [--embeddings NAME]

Public labelled sets, read where they lie and copied nowhere; each `labelled_*.py` measures one kind of decision and runs alone. Intervals
are 95 % percentiles of a bootstrap over documents. A set that is absent is said to be absent. `--embeddings` adds tier B with a local
model: `folder:PATH` (ONNX), or `MODEL@http://127.0.0.1:8765/v1` (see `minilm.py`). Tier C is measured with stored answers of judges.
The planted recaps are measured by `planted.py`, suggested references by `suggested.py`.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
from datetime import date
from pathlib import Path

import labelled_coverage
import labelled_divergence
import labelled_facts
import labelled_views
from agreement import DATA, Embedded, line

from comparia import __version__
from comparia.metrics import Matcher

NOT_HERE = (
    ("coverage, PyrXSum", "not in the data folder"),
    ("view matching, ArgKP test split", "not in the data folder: the topics above are train and dev"),
    ("negation removed", "not covered by words; a judge answers it"),
    ("French human scores, DECODA", "not in the data folder"),
    ("felt representation, DeliberationBank", "no claim: words do not measure it"),
    ("repeated runs, DeliberationBank", "not in the data folder"),
    ("polarity, perspective_controlled", "not covered by words; a judge answers it"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--embeddings", default="", help="an embedding model, for tier B")
    options = parser.parse_args()
    random.seed(1)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"Comparia {__version__}, {Matcher().signature('en')}; {date.today()}, {machine}")
    if not options.data.is_dir():
        print(f"No labelled data at {options.data}: nothing was measured.")
        return
    embedder = Embedded(options.embeddings) if options.embeddings else None
    line("check", "scorer", "figure [95 % interval]", "target")
    labelled_coverage.report(options.data, options.resamples)
    labelled_views.report(options.data, options.resamples, embedder)
    labelled_facts.report(options.data, options.resamples)
    labelled_divergence.report(options.data, options.resamples)
    for check, why in NOT_HERE:
        line(check, "not measured here", why)


if __name__ == "__main__":
    main()
