"""A model that plays recorded answers of a large language model about one labelled meeting: recaps, a list of points, verdicts."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence

from comparia.matching.model import OUTCOMES
from comparia.text.recaps import passages, simple_lines
from tests.labelled.meetings import HERE, Meeting, judged_file


class RecordedModel:
    """Answers of one model.

    Args:
        meeting: the meeting.
        recaps: names of the labelled recaps that it gives, in the order in which it is asked.
        listed: which recorded list of points it gives, `a` or `b`.
    """

    def __init__(self, meeting: Meeting, recaps: Sequence[str], listed: str) -> None:
        self._meeting = meeting
        self._recaps = list(recaps)
        self._list = (HERE / "listed" / f"{meeting.name}.{listed}.json").read_text("utf-8")
        self.asked: list[str] = []

    def __call__(self, text: str) -> str:
        if '{"key_points"' in text:
            self.asked.append("points")
            return self._list
        if '{"answers"' in text:
            self.asked.append("judging")
            return self._verdicts(text)
        self.asked.append("recap")
        return self._meeting.recaps[self._recaps[self.asked.count("recap") - 1]]

    def _verdicts(self, text: str) -> str:
        """Return the recorded verdicts on the points of a request, in the recap that it holds."""
        sentences = [sentence for _n, sentence in re.findall(r"^S(\d+): (.*)$", text, re.MULTILINE)]
        recap = next(
            name
            for name, recap in self._meeting.recaps.items()
            if [" ".join(p.text.split()) for p in passages(simple_lines(recap))] == sentences
        )
        order = "1" if text.index(f"- {OUTCOMES[0]}:") < text.index(f"- {OUTCOMES[-1]}:") else "2"
        ids = {" ".join(point.text.split()): point.id for point in self._meeting.reference.key_points}
        rows = {
            row["point"]: row
            for row in csv.DictReader(judged_file(self._meeting.name).read_text("utf-8").splitlines(), delimiter="\t")
            if (row["recap"], row["order"]) == (recap, order)
        }
        answers = []
        for number, point in re.findall(r"^(\d+)\. \(.*?\) (.*)$", text, re.MULTILINE):
            known = next(key for words, key in ids.items() if point.endswith(words))
            answers.append({**rows[known], "point": int(number)})
        return json.dumps({"answers": answers})
