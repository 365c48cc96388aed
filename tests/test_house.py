"""Rules that hold over the whole tree."""

import ast
import importlib
import re
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "comparia").rglob("*.py"))
PAGES = sorted(p for p in (ROOT / "comparia").rglob("*") if p.suffix in {".css", ".html", ".js", ".svg"})
"""Templates, styles and scripts."""


def test_a_test_that_reaches_out_fails():
    with socket.socket() as outside, pytest.raises(AssertionError, match="192"):
        outside.connect(("192.0.2.1", 80))


def test_no_cure_of_a_page_is_a_command():
    """Whatever can be raised where a page is shown says what to do there, where its cure is for a terminal."""
    from comparia import errors
    from comparia.reports.wording.variants import COMMAND

    lacking = []
    for path in SOURCES:
        if {"cli", "diagnosing.py", "errors.py"} & {*path.parts}:
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            error = getattr(errors, call.func.id, None)
            if not (isinstance(error, type) and issubclass(error, errors.CompariaError)):
                continue
            given = [*call.args[1:], *(word.value for word in call.keywords if word.arg != "on_page")]
            texts = [
                n.value for g in given for n in ast.walk(g) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            said_on_page = "on_page" in {word.arg for word in call.keywords} or error is errors.BackendError
            if any(COMMAND.search(text) for text in texts) and not said_on_page:
                lacking.append(f"{path.name}:{call.lineno}")
    assert lacking == [], "\n".join(lacking)


CLOCKS = re.compile(
    r"\b(?:monotonic|perf_counter|process_time|thread_time|time_ns|getrusage|timeit|times)(?:_ns)?\(|\btime\.time\("
    r"|\.total_seconds\(|\.seconds\s*[<>]|[<>]=?\s*timedelta"
)
"""Marks of a test that reads a clock, or compares what one said."""


def test_no_test_reads_a_clock():
    tests = [p for p in (ROOT / "tests").rglob("*.py") if "benchmarks" not in p.parts and p != Path(__file__)]
    assert [f"{p.name}: {m[0]}" for p in tests for m in CLOCKS.finditer(p.read_text("utf-8"))] == []


@pytest.mark.parametrize("word", ["utils", "core", "common", "helpers", "manager", "service"])
def test_no_room_has_a_name_that_says_nothing(word):
    assert [p for p in SOURCES if p.stem == word or word in p.parent.parts[-1:]] == []


def test_no_mark_of_unfinished_work_is_left():
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b")
    assert [str(p) for p in SOURCES if marks.search(p.read_text("utf-8"))] == []


def test_every_error_is_in_the_tree_its_docstring_draws():
    from comparia import errors

    drawn = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert name in drawn


def test_every_field_of_a_record_has_its_line():
    bare = []
    modules = sorted((ROOT / "comparia" / "records").glob("*.py"))
    nodes = [node for path in modules for node in ast.parse(path.read_text("utf-8")).body]
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(field, ast.AnnAssign) and not (
                    isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                ):
                    bare.append(f"{node.name}.{field.target.id}")
    assert len(nodes) > 60
    assert bare == []


def test_benchmarks_import_what_is_there():
    missing = []
    for path in sorted((ROOT / "tests" / "benchmarks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("comparia"):
                continue
            module = importlib.import_module(node.module)
            for alias in node.names:
                try:
                    found = hasattr(module, alias.name) or importlib.import_module(f"{node.module}.{alias.name}")
                except ImportError:
                    found = False
                if not found:
                    missing.append(f"{path.name}: {node.module}.{alias.name}")
    assert missing == []


def test_no_line_of_the_package_is_wider_than_120_columns():
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*SOURCES, *PAGES]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if len(line) > 120
    ]
    assert wide == []
