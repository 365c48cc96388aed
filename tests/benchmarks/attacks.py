"""What was tried against the product's promises, and what held: each attack is a test, on loopback, that plays it for real.

    python tests/benchmarks/attacks.py [--only WORDS]

Prints one row a group: how many attacks were tried, held, not held, and could not be tried here. Ends with code 1 when one did not hold.
Nothing is sent beyond this machine; a few minutes on two cores.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from comparia import __version__

HOME = Path(__file__).parents[2]
REAL, OTHER, FAULTS = "backends/test_real_answers.py", "backends/test_litellm.py", "comparing/test_faults.py"
GROUPS: dict[str, tuple[str, ...]] = {
    "thinking in answers": (
        f"{REAL}::test_thinking",
        f"{REAL}::test_a_word_between",
        f"{OTHER}::test_answers_of_other",
    ),
    "answers of status 200 that are no recap; usage": (
        f"{REAL}::test_an_answer_is_what",
        f"{REAL}::test_what_a_failed",
        f"{FAULTS}::test_an_odd",
        "comparing/test_content.py",
    ),
    "ends of answers": (f"{REAL}::test_every_end", f"{OTHER}::test_a_filtered"),
    "streams": (
        f"{REAL}::test_a_mark_of_bytes",
        f"{FAULTS}::test_a_stream_a_proxy",
        f"{FAULTS}::test_an_answer_that_a_proxy",
    ),
    "errors over HTTP, and waiting": (
        f"{FAULTS}::test_a_fault",
        f"{FAULTS}::test_a_proxy",
        f"{FAULTS}::test_five",
        f"{OTHER}::test_refusals",
        f"{OTHER}::test_every_foreign",
        f"{REAL}::test_a_server_that_asks",
        f"{REAL}::test_a_refused",
        f"{REAL}::test_the_answer_of_a_refused",
        f"{REAL}::test_what_a_server_refused",
    ),
    "a session too long, in every wording": (f"{REAL}::test_too_long", f"{REAL}::test_what_only_sounds"),
    "redirects": (f"{OTHER}::test_no_redirect", f"{OTHER}::test_other_protocols_pass"),
    "bombs and bodies without end": (
        f"{REAL}::test_a_packed",
        f"{REAL}::test_an_answer_packed",
        f"{FAULTS}::test_the_time",
    ),
    "recaps made to slow the scores down": (
        "text/test_quotes.py::test_hostile",
        "text/test_sentences.py::test_hostile",
        "metrics/test_number_check.py::test_a_recap_that_loops",
    ),
    "recaps that act": (
        "reports/test_reports.py::test_hostile",
        "reports/test_reports.py::test_no_",
        "test_browser.py::test_hostile",
        "web/test_guard.py::test_hostile_recaps",
        "reports/test_minutes.py::test_markdown_becomes",
    ),
    "errors that act in a terminal, or repeat the request": (
        f"{REAL}::test_nothing_a_server",
        f"{REAL}::test_a_request_that",
    ),
    "addresses, hosts, proxies": (
        f"{REAL}::test_addresses",
        f"{REAL}::test_an_address",
        "privacy/test_gate.py",
        "test_trust.py::test_the_plan_names",
    ),
    "keys": ("test_secrets.py", "web/test_guard.py::test_no_key"),
    "names of the session that leave": ("privacy/test_outbound.py",),
    "names after a title": ("privacy/test_titles.py::test_a_name_after", "privacy/test_titles.py::test_an_office"),
    "names and numbers, as people say and write them": (
        "privacy/test_mentions.py",
        "privacy/test_identifiers.py",
        "privacy/test_people.py",
        "privacy/test_veil.py",
    ),
    "services, and the words of their names": (
        "privacy/test_titles.py::test_a_service",
        "privacy/test_titles.py::test_a_person_who",
        "privacy/test_titles.py::test_the_words",
        "privacy/test_titles.py::test_the_labels",
    ),
    "forms of a pseudonym put back": ("privacy/test_restoring.py",),
    "long and hostile lines": ("privacy/test_titles.py::test_work", "privacy/test_titles.py::test_a_session_in"),
    "kill -9, power cuts, full disks": ("comparing/test_kill.py", "comparing/test_power.py"),
    "databases that are damaged or foreign": ("store/test_database.py",),
    "removal for good": ("store/test_purging.py",),
    "other sites, other hosts, bodies, file names": ("web/test_guard.py",),
    "blind votes and rooms": ("web/test_blind.py", "judging/test_masking.py"),
    "files made to break a reader": ("ingest/test_hostile_files.py",),
    "instructions hidden in a session": ("probing/test_attacks.py",),
    "a folder that somebody sends": ("test_trust.py",),
    "permissions": ("test_files.py",),
}
"""Tests of each group: files of `tests/`, or the beginning of the names of tests. One that stands in two groups counts in the first."""


def played(groups: dict[str, tuple[str, ...]]) -> list[tuple[str, str, str]]:
    """Run the tests of some groups, and return the file, the name and the outcome of each."""
    files = sorted({f"tests/{wanted.partition('::')[0]}" for tests in groups.values() for wanted in tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadgroup",
            f"--junitxml={report}",
            *files,
        ]
        subprocess.run(command, cwd=HOME, stdout=subprocess.DEVNULL, check=False)
        cases = ElementTree.parse(report).iter("testcase")
        return [(_file(case.get("classname", "")), case.get("name", ""), _outcome(case)) for case in cases]


def _file(module: str) -> str:
    return module.removeprefix("tests.").replace(".", "/") + ".py"


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "not held"
    return "not tried" if case.find("skipped") is not None else "held"


def main() -> int:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="", help="groups whose name holds these words")
    only = arguments.parse_args().only
    groups = {name: tests for name, tests in GROUPS.items() if only in name}
    counts: dict[str, Counter[str]] = {name: Counter() for name in groups}
    failed = []
    for file, name, outcome in played(groups):
        places = (
            group
            for group, tests in groups.items()
            for wanted_file, _sep, begin in (wanted.partition("::") for wanted in tests)
            if wanted_file == file and name.startswith(begin)
        )
        if (group := next(places, None)) is not None:
            counts[group][outcome] += 1
            if outcome == "not held":
                failed.append(f"{file}::{name}")
    print(
        f"Comparia {__version__}, {date.today()}\n\n| group | tried | held | not held | not tried here |\n|---|---|---|---|---|"
    )
    for group, found in counts.items():
        tried = found["held"] + found["not held"]
        print(f"| {group} | {tried} | {found['held']} | {found['not held'] or ''} | {found['not tried'] or ''} |")
    total = sum(counts.values(), Counter[str]())
    tried = total["held"] + total["not held"]
    print(f"| **sum** | **{tried}** | **{total['held']}** | **{total['not held']}** | {total['not tried'] or ''} |")
    for name in failed:
        print(f"not held: {name}")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
