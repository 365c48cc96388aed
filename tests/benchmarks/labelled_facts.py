"""How well the checks of facts agree with people: evidence, invented sentences, wrong numbers and names, swapped speakers.

    python tests/benchmarks/labelled_facts.py [--data ../shared/data] [--resamples 200]

Every function gives rows of the shape that `scoring.py` prints. Nothing here is fitted: scores are the product's own. Intervals are 95 %
percentiles of a bootstrap over documents.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
from agreement import Item, line, main_of, print_auc, rows, with_interval
from rapidfuzz import fuzz

from comparia.ingest import read_bytes
from comparia.matching.session_index import SessionIndex
from comparia.metrics.names import Names, Spoken, names_in
from comparia.metrics.numbers import hear
from comparia.metrics.support import Support
from comparia.text.numbers import checkable
from comparia.text.quotes import normalise
from comparia.text.sentences import sentences
from comparia.text.words import stems, tokens

FLAG = Support().unsupported_under


@cache
def debates(data: Path) -> list[tuple[dict, SessionIndex]]:
    """French debates of FREDSum, indexed."""
    found = rows(data / "fredsum_fr" / "fredsum.jsonl")
    return [(row, SessionIndex(read_bytes(row["transcript"].encode(), "debate.txt"))) for row in found]


@cache
def meetings(data: Path) -> list[tuple[dict, SessionIndex]]:
    """English meetings of QMSum, indexed."""
    found = []
    for part in ("test", "val"):
        for row in rows(data / "qmsum" / f"{part}.jsonl"):
            turns = ((t["speaker"], re.sub(r"\{[^}]*\}", "", t["content"]).strip()) for t in row["turns"])
            spoken = "\n\n".join(f"{who}: {text}" for who, text in turns if text)
            found.append((row, SessionIndex(read_bytes(spoken.encode(), "meeting.txt"))))
    return found


def written(row: dict) -> list[list[str]]:
    """Sentences of each human summary of a debate or a meeting."""
    if "turns" in row:
        texts = [answer["answer"] for answer in row["general"] + row["specific"]]
    else:
        texts = [row[f"abstractive_{k}"] or "" for k in (1, 2, 3)]
    return [[s.text for s in sentences(text) if not s.heading] for text in texts]


# Evidence -------------------------------------------------------------------------------------------------------------


def evidence_links(data: Path) -> dict[str, list[Item]]:
    """Sentences of human summaries, and whether a sentence of the debate that people linked to each is first, or among five.

    The score of a scorer is 1 where it is, so that its mean is the figure: `hit@1`, `hit@5`.
    """
    draw = random.Random(1)
    kinds = {"1": "near-extractive", "3": "free"}
    found: dict[str, list[Item]] = {f"hit@{n}, {kind}": [] for kind in kinds.values() for n in (1, 5)}
    for row, said in debates(data):
        passages = [(turn.number, s.text) for turn in said.turns for s in sentences(turn.text)]
        plain = [normalise(text) for _turn, text in passages]
        prepared = [Counter(stems(text, "fr")) for _turn, text in passages]
        weigh = np.array([sum(c.values()) for c in prepared], dtype=float)
        norms = np.array([sum(said.weights[s] ** 2 for s in c) ** 0.5 for c in prepared])
        for column, kind in kinds.items():
            for link in row[f"community_{column}"] or []:
                abstract = link["abstractive"]
                abstract = abstract if isinstance(abstract, list) else [abstract]
                text = " ".join(a["text"] for a in abstract if a and a.get("text")).strip()
                linked = [normalise(e["text"]) for e in link["extractive"] or [] if e and e.get("text")]
                right = {i for words in linked for i in same_words(words, plain)}
                if not text or not right:
                    continue
                wanted = dict.fromkeys(stems(text, "fr"))
                share = np.array([[c[s] for c in prepared] for s in wanted], dtype=float).reshape(len(wanted), -1)
                weights = np.array([said.weights[s] for s in wanted])
                longer = 1.2 * (0.25 + 0.75 * weigh / (weigh.mean() or 1))
                ours = [(p.turn, p.text) for p in said.evidence(text, most=5)]
                orders = {
                    "comparia": [passages.index(passage) for passage in ours],
                    "BM25": best(weights @ (share * 2.2 / (share + longer))),
                    "TF-IDF cosine": best((weights**2) @ (share > 0) / np.where(norms > 0, norms, 1)),
                    "token_set_ratio": best(np.array([fuzz.token_set_ratio(text, t) for _turn, t in passages])),
                    "chance": draw.sample(range(len(passages)), min(5, len(passages))),
                }
                for n in (1, 5):
                    hits = {scorer: float(bool(right & set(order[:n]))) for scorer, order in orders.items()}
                    found[f"hit@{n}, {kind}"].append(Item(row["id"], 1.0, hits))
    return found


def same_words(words: str, passages: list[str]) -> list[int]:
    """Passages that people's link points at: the same words, or a part of them where they were cut elsewhere."""
    found = [
        i
        for i, p in enumerate(passages)
        if p and (p == words or (min(len(p), len(words)) > 15 and (p in words or words in p)))
    ]
    if found or not passages:
        return found
    ratios = [fuzz.ratio(p, words) for p in passages]
    return [int(np.argmax(ratios))] if max(ratios) >= 85 else []


def best(scores: np.ndarray) -> list[int]:
    return [int(i) for i in np.argsort(-scores, kind="stable")[:5]]


# Planted errors -------------------------------------------------------------------------------------------------------


def fredsum(data: Path) -> dict[str, list[Item]]:
    """Planted errors in human sentences: another debate's sentence, a wrong number, a swapped speaker."""
    documents = debates(data)
    long = [[s for summary in written(row) for s in summary if len(s.split()) > 5] for row, _said in documents]
    draw, chance = random.Random(2), random.Random(3)
    items: dict[str, list[Item]] = {"invented": [], "number": [], "speaker": []}
    for i, (row, said) in enumerate(documents):
        whole = Counter(w for turn in said.turns for w in tokens(turn.text, "fr"))
        speakers = [s.id for s in said.transcript.speakers]
        for sentence in long[i]:
            other = draw.choice(long[draw.choice([j for j in range(len(documents)) if j != i])])
            for label, text in ((0.0, sentence), (1.0, other)):
                wanted = Counter(tokens(text, "fr"))
                rouge = sum((wanted & whole).values()) / max(1, sum(wanted.values()))
                scores = {
                    "comparia": -said.support(text).share,
                    "ROUGE-1 recall": -rouge,
                    "length only": len(text.split()),
                }
                items["invented"].append(Item(row["id"], label, scores | {"chance": chance.random()}))
            found = [n for n in checkable(sentence, "fr") if n.text[0].isdigit()]
            if found:
                number = draw.choice(found)
                wrong = str(int(number.value) + draw.choice((1, 3, 7, 12, 20)))
                text = sentence[: number.start] + wrong + sentence[number.start + len(number.text) :]
                for label, checked in ((0.0, sentence), (1.0, text)):
                    heard = [hear(n, checked, said) for n in checkable(checked, "fr")]
                    scores = {"comparia": max(h.doubt for h in heard), "said or not": sum(not h.turns for h in heard)}
                    scores |= {"length only": len(checked), "chance": chance.random()}
                    items["number"].append(Item(row["id"], label, scores))
            named = said.named(sentence)
            if len(named) == 1 and len(speakers) > 1:
                support = said.support_by_speaker(sentence, speakers)
                wrong_one = draw.choice([s for s in speakers if s != named[0]])
                for label, who in ((0.0, named[0]), (1.0, wrong_one)):
                    others = max(support[s].share for s in speakers if s != who)
                    scores = {"comparia": others - support[who].share, "chance": chance.random()}
                    items["speaker"].append(Item(row["id"], label, scores))
    return items


def diasumfact(data: Path) -> tuple[list[Item], list[Item]]:
    """Human labels of factual errors in summaries of meetings: all errors, and the invented (extrinsic) ones."""
    dialogues = {(r["dataset"], r["id"]): r for r in rows(data / "diasumfact" / "dialogues.jsonl")}
    sessions: dict[str, SessionIndex] = {}
    chance = random.Random(3)
    everything, invented = [], []
    for row in rows(data / "diasumfact" / "sentences.jsonl"):
        if row["dataset"] != "QMSum":
            continue
        spoken = dialogues["QMSum", row["id"]]["utterances"]
        if row["id"] not in sessions:
            text = "\n\n".join(line.replace(":", ": ", 1) for line in spoken)
            sessions[row["id"]] = SessionIndex(read_bytes(text.encode(), "meeting.txt"))
        sentence = row["sentence"]
        wanted = Counter(tokens(sentence, "en"))
        rouge = sum((wanted & Counter(tokens(" ".join(spoken), "en"))).values()) / max(1, sum(wanted.values()))
        scores = {"comparia": -sessions[row["id"]].support(sentence).share, "ROUGE-1 recall": -rouge}
        scores |= {"length only": len(sentence.split()), "chance": chance.random()}
        item = Item(row["id"], float(not row["consistent"]), scores)
        everything.append(item)
        if not item.label or any(error["intrinsic/extrinsic"] == "extrinsic" for error in row["errors"]):
            invented.append(item)
    return everything, invented


def names(documents: list[tuple[dict, SessionIndex]]) -> list[Item]:
    """Names of human summaries, and names of another document's summaries put in their place; 1 where flagged.

    A name of elsewhere that this session holds as well cannot be told by any check: "foreign" leaves those out of the planted ones.
    """
    check = Names()
    draw = random.Random(4)
    spoken = [Spoken(said) for _row, said in documents]
    held = [
        {
            w
            for text in (*(t.text for t in said.turns), *(s.name for s in said.transcript.speakers))
            for w in words_of(text)
        }
        for _row, said in documents
    ]
    found = [
        (i, name, summary[name.sentence])
        for i, (row, _said) in enumerate(documents)
        for summary in written(row)
        for name in names_in(summary)
    ]
    series = [re.split(r"--", row["id"])[0] for row, _said in documents]
    items = []
    for i, name, sentence in found:
        other = draw.choice([n for j, n, _s in found if series[j] != series[i]])
        for label, tried in ((0.0, name), (1.0, other)):
            flag = float(check.check(tried, sentence, spoken[i]).verdict == "unsupported")
            known = words_of(tried.words[-1]) <= held[i]
            items.append(Item(documents[i][0]["id"], label, {"flagged": flag, "foreign": float(not known)}))
    return items


def words_of(text: str) -> set[str]:
    return set(normalise(text).split())


# Printing -------------------------------------------------------------------------------------------------------------


def rate(items: list[Item], label: float, *, foreign: bool = False) -> float:
    """Share of the items with a label that are flagged."""
    chosen = [i for i in items if i.label == label and (not foreign or i.scores["foreign"])]
    return float(np.mean([item.scores["flagged"] for item in chosen])) if chosen else float("nan")


def balanced_accuracy(items: list[Item], scorer: str = "comparia", folds: int = 5, draws: int = 10) -> float:
    """Mean of sensitivity and specificity, the cut chosen on the other folds of documents; mean over draws of the folds."""
    documents = sorted({item.document for item in items})
    labels, scores = np.array([i.label > 0 for i in items]), np.array([i.scores[scorer] for i in items])
    found = []
    for draw in range(draws):
        random.Random(draw).shuffle(documents)
        fold = np.array([documents.index(item.document) % folds for item in items])
        right = np.zeros(len(items), dtype=bool)
        for k in range(folds):
            cuts = np.unique(scores[fold != k])
            y, s = labels[fold != k], scores[fold != k]
            means = [(np.mean(s[y] >= cut) + np.mean(s[~y] < cut)) / 2 for cut in cuts]
            right[fold == k] = (scores >= cuts[int(np.argmax(means))])[fold == k] == labels[fold == k]
        found.append((right[labels].mean() + right[~labels].mean()) / 2)
    return float(np.mean(found))


def report(data: Path, resamples: int) -> None:
    """Print every row."""
    for check, items in evidence_links(data).items():
        documents = [item.document for item in items]
        for scorer in items[0].scores:
            hits = np.array([item.scores[scorer] for item in items])
            figure = with_interval(documents, lambda i, v=hits: float(v[i].mean()), resamples)
            goal = {"hit@1": ">= .62", "hit@5": ">= .85"}[check[:5]] if scorer == "comparia" else ""
            line(f"evidence {check}", scorer, figure, goal)
    planted = fredsum(data)
    print_auc("invented, FREDSum (fr), AUC", planted["invented"], resamples, ">= .95")
    for label, what in ((0.0, "true sentences"), (1.0, "another debate's")):
        flagged = [item.scores["comparia"] > -FLAG for item in planted["invented"] if item.label == label]
        line(f"flagged, FREDSum, {what}", "comparia", f"{np.mean(flagged):.3f}")
    print_auc("wrong number, FREDSum (fr), AUC", planted["number"], resamples, ">= .95")
    print_auc("swapped speaker, FREDSum (fr), AUC", planted["speaker"], resamples, ">= .88")
    everything, invented = diasumfact(data)
    print_auc("errors, DiaSumFact QMSum, AUC", everything, resamples, ">= .75")
    print_auc("invented, DiaSumFact QMSum, AUC", invented, resamples, ">= .89")
    for scorer in ("comparia", "ROUGE-1 recall", "length only", "chance"):
        goal = ">= .71" if scorer == "comparia" else ""
        line("errors, DiaSumFact, balanced acc.", scorer, f"{balanced_accuracy(everything, scorer):.3f}", goal)
    for where, documents in (("FREDSum (fr)", debates(data)), ("QMSum (en)", meetings(data))):
        items = names(documents)
        line(f"names flagged, {where}", "true names", f"{rate(items, 0.0):.3f}")
        line(f"names flagged, {where}", "swapped names", f"{rate(items, 1.0):.3f}")
        line(f"names flagged, {where}", "swapped, not said here", f"{rate(items, 1.0, foreign=True):.3f}")


if __name__ == "__main__":
    main_of(report, __doc__ or "")
