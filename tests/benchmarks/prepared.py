"""How well, and how fast, text is prepared: labelled tricky sentences, and 150,000 characters split, stemmed and read for numbers.

python tests/benchmarks/prepared.py
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from comparia import __version__, ingest
from comparia.config import shipped
from comparia.text.numbers import numbers
from comparia.text.sentences import sentences
from comparia.text.words import stems
from tests.text.test_labelled_sentences import items, measure

SESSIONS = {"fr": "place-du-foirail", "en": "library-and-hub"}
CHARACTERS = 150_000


def spoken(language: str) -> str:
    """A sample session, repeated to length, each time with other words at its borders so that no cache helps."""
    session = ingest.read((shipped("transcripts") / SESSIONS[language] / "session.vtt",))
    text = "\n".join(turn.text for turn in session.turns)
    return "\n".join(text[n:] for n in range(CHARACTERS // len(text) + 1))[:CHARACTERS]


def main() -> None:
    print(f"Comparia {__version__}, {date.today()}")
    for language in SESSIONS:
        exact, f1, _wrong = measure(language)
        print(
            f"{language}: {len(items(language))} labelled lines, {exact:.3f} split exactly right, F1 of borders {f1:.3f}"
        )
    for language in SESSIONS:
        text = spoken(language)
        begun = time.perf_counter()
        found = [s.text for s in sentences(text)]
        split = time.perf_counter()
        for sentence in found:
            stems(sentence, language)
        stemmed = time.perf_counter()
        for sentence in found:
            numbers(sentence, language)
        read = time.perf_counter()
        print(
            f"{language}: {len(text)} characters, {len(found)} sentences: split {split - begun:.2f} s, stems {stemmed - split:.2f} s, "
            f"numbers {read - stemmed:.2f} s"
        )


if __name__ == "__main__":
    main()
