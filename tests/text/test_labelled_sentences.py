"""How well sentences are found on labelled lines, written before looking at the splitter; borders are marked `‖`."""

from pathlib import Path

import pytest

from comparia.text.sentences import sentences
from tests.work import assert_linear

HERE = Path(__file__).parent
BORDER = " ‖ "
FLOORS = {"fr": (0.97, 0.97), "en": (0.96, 0.96)}
"""Share of items split exactly right and F1 of borders, as reached, rounded down."""


def items(language):
    lines = (HERE / f"sentences_{language}.txt").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def labelled(item):
    """The text given to the splitter and the offsets of its borders."""
    parts = item.split(BORDER)
    borders, position = set(), 0
    for part in parts[:-1]:
        borders.add(position + len(part))
        position += len(part) + 1
    return " ".join(parts), borders


def measure(language):
    exact = hits = found = wanted = 0
    lines = items(language)
    wrong = []
    for item in lines:
        text, borders = labelled(item)
        guessed = {sentence.end for sentence in sentences(text)[:-1]}
        exact += guessed == borders
        hits += len(guessed & borders)
        found += len(guessed)
        wanted += len(borders)
        if guessed != borders:
            wrong.append(item)
    return exact / len(lines), 2 * hits / (found + wanted), wrong


@pytest.mark.parametrize("language", ["fr", "en"])
def test_labelled_lines_are_split_as_well_as_before(language, record_property):
    exact, f1, wrong = measure(language)
    record_property(f"sentences_{language}_exact", round(exact, 4))
    record_property(f"sentences_{language}_f1", round(f1, 4))
    print(f"{language}: {len(items(language))} items, exact {exact:.4f}, F1 of borders {f1:.4f}")  # noqa: T201
    least_exact, least_f1 = FLOORS[language]
    assert len(items(language)) >= 130
    assert exact >= least_exact, wrong
    assert f1 >= least_f1, wrong


def test_labelled_lines_joined_are_split_in_linear_work():
    line = " ".join(labelled(item)[0] for language in FLOORS for item in items(language))
    long = (line + " ") * (150_000 // len(line) + 1)
    assert_linear(sentences, lambda size: long[:size], 75_000)
