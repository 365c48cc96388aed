"""A model that answers as it is asked: recaps, lists of key points, verdicts. For tests of the models at hand."""

from __future__ import annotations

import json
import re

TURN = re.compile(r"^\[T(\d+)[^\]]*\] (?:([^:\n]+?) ?: )?(.+)$", re.MULTILINE)


class ScriptedModel:
    """Answers of one model, by words alone.

    Args:
        every: it lists one turn of this many as a key point.
        recap: its recap.
    """

    def __init__(
        self, every: int = 2, recap: str = "The market stays on the square. Everybody agrees on the rest."
    ) -> None:
        self.every = every
        self.recap = recap
        self.asked: list[str] = []

    def __call__(self, text: str) -> str:
        kind = "points" if '{"key_points"' in text else "judging" if '{"answers"' in text else "recap"
        self.asked.append(kind)
        return {"points": self.points, "judging": self.judging, "recap": lambda _text: self.recap}[kind](text)

    def points(self, text: str) -> str:
        turns = TURN.findall(text)[:: self.every]
        listed = [
            {
                "text": f"{words.rstrip('.')}.",
                "topic": "",
                "kind": "view",
                "quotes": [{"turn": int(number), "words": " ".join(words.split()[:12])}],
            }
            for number, _name, words in turns
        ]
        return json.dumps({"key_points": listed})

    def judging(self, text: str) -> str:
        sentences = re.findall(r"^S(\d+): (.*)$", text, re.MULTILINE)
        answers = []
        for number, point in re.findall(r"^(\d+)\. (?:\([^)]*\) )?(.*)$", text, re.MULTILINE):
            words = set(re.findall(r"\w{4,}", point.lower()))
            shared = [(len(words & set(re.findall(r"\w{4,}", s.lower()))), n, s) for n, s in sentences]
            most, n, sentence = max(shared, default=(0, "0", ""))
            kept = most >= 2
            answers.append(
                {
                    "point": int(number),
                    "sentence": int(n) if kept else 0,
                    "words": " ".join(sentence.split()[:8]) if kept else "",
                    "force": "same" if kept else "none",
                    "holder": "same" if kept else "none",
                    "verdict": "kept" if kept else "absent",
                }
            )
        return json.dumps({"answers": answers})
