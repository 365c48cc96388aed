"""Whether distances between recaps tell who wrote them: FREDSum, human and machine summaries of the same French debates.

    python tests/benchmarks/labelled_divergence.py [--data ../shared/data] [--resamples 200]

Three people and three systems summarised each debate. Pairs of two people are the floor; a person and a system, and recaps of two
debates, should be farther apart. Words and content are measured apart: the key points of a debate are its extracts, those sentences that an
annotator chose.
"""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
from agreement import Item, line, main_of, print_auc, rows, with_interval

from comparia.ingest import read_bytes
from comparia.metrics import Case, Matcher
from comparia.metrics.content_divergence import ContentDivergence
from comparia.metrics.wording_divergence import WordingDivergence
from comparia.records import KeyPoint, Quote, Reference, Variant, now
from comparia.references.files import locate

PEOPLE = ("abstractive_1", "abstractive_2", "abstractive_3")
SYSTEMS = ("sys_Barthez", "sys_ChatGPT", "sys_Openassistant_Llama_30b")


def distances(data: Path) -> dict[str, list[Item]]:
    """Wording and content distance of every pair, labelled 1 when a system wrote one of the two and a person the other."""
    debates = list(rows(data / "fredsum_fr" / "fredsum.jsonl"))
    draw = random.Random(4)
    found: dict[str, list[Item]] = {"wording": [], "content": [], "unrelated": []}
    for row in debates:
        session = read_bytes(row["transcript"].encode(), "debate.txt")
        other = draw.choice([debate for debate in debates if debate["id"] != row["id"]])
        texts = {name: row[name] for name in (*PEOPLE, *SYSTEMS) if (row.get(name) or "").strip()}
        texts["stranger"] = other["abstractive_3"] or "-"
        variants = tuple(
            Variant(id=name, prompt=None, backend=name, author="human", summary=text, finished_at=now())
            for name, text in texts.items()
        )
        case = Case(session, variants, _reference(row, session), Matcher(), "0")
        for metric, kind in ((WordingDivergence(), "wording"), (ContentDivergence(), "content")):
            for score in metric.score(case):
                a, b = score.variants
                if score.value is None:
                    continue
                item = Item(row["id"], float({a, b} & set(SYSTEMS) != set()), {"comparia": score.value})
                if "stranger" in (a, b):
                    if kind == "wording" and {a, b} & set(PEOPLE):
                        found["unrelated"].append(item)
                elif not {a, b} <= set(SYSTEMS):
                    lengths = [len(texts[name].split()) for name in (a, b)]
                    item.scores["length only"] = float(abs(np.log(lengths[0] / lengths[1])))
                    found[kind].append(item)
    return found


def _reference(row: dict, session) -> Reference | None:
    points = []
    chosen = row["extractive_1"]
    for text in chosen if isinstance(chosen, list) else chosen.split("\n"):
        words = text.partition(":")[2].strip() or text.strip()
        turn = locate(words, session) if len(words.split()) > 5 else None
        if turn is not None:
            said = (Quote(turn=turn.number, speaker=turn.speaker or "", words=words),)
            points.append(KeyPoint(id=f"P{len(points)}", text=words, said=said))
    if not points:
        return None
    return Reference(id="rf_x", origin="suggested", language="fr", voices=1, key_points=tuple(points))


def report(data: Path, resamples: int) -> None:
    """Print every row."""
    found = distances(data)
    for kind, label, who in itertools.chain(
        (("wording", 0.0, "two people"), ("wording", 1.0, "a person, a system"), ("unrelated", 0.0, "two debates")),
        (("content", 0.0, "two people"), ("content", 1.0, "a person, a system")),
    ):
        items = [item for item in found[kind] if item.label == label]
        values = np.array([item.scores["comparia"] for item in items])
        figure = with_interval([i.document for i in items], lambda i, v=values: float(v[i].mean()), resamples)
        line(f"divergence, FREDSum, {'content' if kind == 'content' else 'wording'}", who, figure)
    print_auc("wording tells systems, FREDSum", found["wording"], resamples, "")
    print_auc("content tells systems, FREDSum", found["content"], resamples, "")


if __name__ == "__main__":
    main_of(report, __doc__ or "")
