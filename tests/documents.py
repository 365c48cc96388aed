"""What can be checked of a document in Markdown: tables, headings, links, commands and examples.

Shared by the tests of the README and of the guides in `docs/`.
"""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click

from comparia.cli import cli

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^ *(`{3,}|~{3,})\s*([^`]*)$")
_CELL = re.compile(r"(?<!\\)\|")
_ENDS = {"|", ">", ">>", "<", "2>", "&", "&&", "||", ";"}


class Block(NamedTuple):
    """One block of code of a document."""

    language: str
    """First word after the fence; empty for none."""
    marks: tuple[str, ...]
    """The words that follow it, as `runnable`."""
    text: str
    line: int
    """Line of the fence, from 1."""


def blocks(text):
    """Return the blocks of code of a document, in order."""
    found, fence, inside, words, start = [], "", [], [], 0
    for number, line in enumerate(text.splitlines(), start=1):
        match = _FENCE.match(line)
        if not fence and match:
            fence, inside, words, start = match[1], [], match[2].split(), number
        elif fence and line.strip() == fence:
            language, *marks = words or [""]
            found.append(Block(language, tuple(marks), "".join(f"{each}\n" for each in inside), start))
            fence = ""
        elif fence:
            inside.append(line)
    assert not fence, f"line {start}: this block of code is not closed"
    return found


def outside_code(text):
    """Return the lines of a document outside its blocks of code."""
    fence, lines = "", []
    for line in text.splitlines():
        match = _FENCE.match(line)
        if not fence and match:
            fence = match[1]
        elif fence:
            fence = "" if line.strip() == fence else fence
        else:
            lines.append(line)
    return lines


def torn_rows(text):
    """Return the rows of tables that stand outside a table, or have not as many cells as its first row."""
    table, torn = [], []
    for line in [*outside_code(text), ""]:
        if line.startswith("|"):
            table.append(line)
            continue
        if re.search(r"\|\s*$", line):
            torn.append(line)
        if table:
            if len(table) < 2 or not re.fullmatch(r"\|(?: *:?-+:? *\|)+", table[1]):
                torn.append(table[0])
            torn.extend(row for row in table if _cells(row) != _cells(table[0]))
            table = []
    return torn


def _cells(row):
    return len(_CELL.findall(re.sub(r"`[^`]*`", "", row)))


def headings(text, levels="1,6"):
    """Return the headings of a document, marks included."""
    return [line for line in outside_code(text) if re.match(rf"#{{{levels}}} ", line)]


def anchors(text):
    """Return the anchors that its headings give a document, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in headings(text)}


def links(text):
    """Return the targets of the links of a document that stay in the repository."""
    targets = re.findall(r"\]\(([^)\s]+)\)", "\n".join(outside_code(text)))
    return [target for target in targets if not re.match(r"https?://|mailto:", target)]


def commands(text):
    """Return the commands of the blocks `sh` of a document, one a list of words, without what a shell adds to them."""
    found = []
    for block in blocks(text):
        if block.language == "sh":
            found += [_bare(line) for line in block.text.replace("\\\n", " ").splitlines()]
    return [words for words in found if words]


def _bare(line):
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    return words[: next((n for n, word in enumerate(words) if word in _ENDS), len(words))]


def wrong_usage(words):
    """Return what is wrong with a command of Comparia, empty when its verb, options and arguments exist. Nothing is run."""
    command, arguments = cli, words[1:]
    context = click.Context(cli, info_name="comparia")
    try:
        while isinstance(command, click.Group):
            if arguments and arguments[0] in ("--help", "--version"):
                return ""
            given, command, arguments = command.resolve_command(context, arguments)
            context = click.Context(command, info_name=given, parent=context)
        if "--help" in arguments:
            return ""
        values, _rest, _order = command.make_parser(context).parse_args(list(arguments))
        for parameter in command.params:
            value = values.get(parameter.name)
            is_given = isinstance(value, str | list | tuple) and len(value) > 0  # absent: None, or a mark of click's
            if parameter.required and not is_given:
                return f"{parameter.name} is missing"
            if is_given and isinstance(parameter.type, click.Choice | click.IntRange | click.FloatRange):
                parameter.type_cast_value(context, value)
    except click.ClickException as error:
        return error.format_message()
    return ""
