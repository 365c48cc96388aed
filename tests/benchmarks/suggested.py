"""How good the offline suggestion of key points is, beside controls, in the same run.

    python tests/benchmarks/suggested.py [--data ../shared/data] [--limits 45 67]

- *Reviewed references* of the sample sessions. A reviewed point is *found* when a suggested one quotes a turn it quotes and
  shares words with it: at least 0.3 of the IDF mass of its text and quotations is in the other's text, or the reverse. It is
  found *strictly* when half the words of its quotation from that turn stand in the suggested text itself. Precision:
  suggestions that find at least one point. Controls, as many points of the same voices: statements and sentences drawn at
  random (mean of 20 draws), the longest sentences, the first ones. The weights were chosen on these two sessions, each
  checked on the other: the figures are optimistic.
- *FREDSum*: share of the sentences that two people extracted, and of the evidence of the free summaries, half of which is
  quoted word for word; share of the sentences of the first summary whose words are quoted. Controls quote as many words.
- *Polis*: sessions simulated from votes (see `simulated`): is every comment matched by a suggested point, with the right
  holders, and are the minority views by the votes flagged as such?

Labelled sets are read where they lie and copied nowhere; a set that is absent is said to be absent.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from comparia import ingest, references
from comparia.config import shipped
from comparia.ingest import read_bytes
from comparia.records import KeyPoint, Quote, Reference, Speaker, Transcript, Turn, content_id
from comparia.references.leading import likely_moderators
from comparia.references.statements import statements
from comparia.references.suggesting import suggest
from comparia.references.votes import classify
from comparia.text.quotes import normalise
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency, unseen_weight
from comparia.text.words import stems

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SHARED_WORDS = 0.3
"""IDF recall from which two texts share words."""


class Found(NamedTuple):
    """How many points were found, of how many."""

    all: float
    minority: float
    majority: float
    facts: float
    precision: float


# Reviewed references ----------------------------------------------------------------------------------------------------


def idf_recall(wanted: str, text: str, weights: dict[str, float], language: str) -> float:
    rare = unseen_weight(weights)
    own, other = set(stems(wanted, language)), set(stems(text, language))
    mass = sum(weights.get(s, rare) for s in own)
    return sum(weights.get(s, rare) for s in own & other) / mass if mass else 0.0


def shares_words(a: str, b: str, weights: dict[str, float], language: str) -> bool:
    return max(idf_recall(a, b, weights, language), idf_recall(b, a, weights, language)) >= SHARED_WORDS


def half_of(words: str, text: str) -> bool:
    wanted = Counter(normalise(words).split())
    return sum((wanted & Counter(normalise(text).split())).values()) >= sum(wanted.values()) / 2


def matches(reviewed: KeyPoint, suggested: KeyPoint, weights: dict[str, float], language: str, strict: bool) -> bool:
    turns = {quote.turn for quote in suggested.said}
    shared = [quote.words for quote in reviewed.said if quote.turn in turns]
    if strict:
        return any(half_of(words, suggested.text) for words in shared)
    everything = " ".join([reviewed.text, *(quote.words for quote in reviewed.said)])
    return bool(shared) and shares_words(everything, suggested.text, weights, language)


def agreement(session: Transcript, reviewed: Reference, points: Sequence[KeyPoint], strict: bool) -> Found:
    """Recall of the reviewed points (all, minority views, other views, facts) and precision of `points`."""
    weights = inverse_document_frequency(stems(turn.text, session.language) for turn in session.turns)
    table = np.array(
        [[matches(r, p, weights, session.language, strict) for p in points] for r in reviewed.key_points], dtype=bool
    ).reshape(len(reviewed.key_points), len(points))
    found = table.any(axis=1)
    minority = np.array([reviewed.is_minority(p) for p in reviewed.key_points])
    facts = np.array([p.kind == "fact" for p in reviewed.key_points])
    share = lambda mask: float(found[mask].mean()) if mask.any() else float("nan")  # noqa: E731
    precision = float(table.any(axis=0).mean()) if points else 0.0
    return Found(float(found.mean()), share(minority), share(~minority & ~facts), share(facts), precision)


def candidates(session: Transcript, moderators: Sequence[str]) -> list[KeyPoint]:
    """Every sentence of five words or more of the voices, as a point of its own."""
    found = []
    for turn in session.turns:
        if turn.channel != "system" and turn.speaker not in moderators:
            for sentence in sentences(turn.text):
                if len(sentence.text.split()) >= 5:
                    quote = Quote(turn=turn.number, speaker=turn.speaker or "", words=sentence.text)
                    found.append(KeyPoint(id=f"C{len(found)}", text=sentence.text, said=(quote,)))
    return found


def at_random(points: list[KeyPoint], n: int, seed: int) -> list[KeyPoint]:
    return random.Random(seed).sample(points, min(n, len(points)))


def longest(points: list[KeyPoint], n: int, _seed: int) -> list[KeyPoint]:
    return sorted(points, key=lambda p: -len(p.text.split()))[:n]


def first(points: list[KeyPoint], n: int, _seed: int) -> list[KeyPoint]:
    return points[:n]


CONTROLS: dict[str, Callable[[list[KeyPoint], int, int], list[KeyPoint]]] = {
    "random sentences": at_random,
    "longest sentences": longest,
    "first sentences": first,
}


def sample(name: str) -> tuple[Transcript, Reference]:
    folder = shipped("transcripts") / name
    session = ingest.read((folder / "session.vtt", folder / "chat.txt"))
    return session, references.load(folder / "reference.yaml", session)


def holders(session: Transcript, reviewed: Reference, suggested: Reference) -> tuple[float, float, float, float]:
    """Of pairs of a reviewed point and the suggested one that strictly finds it and shares most turns with it.

    Returns:
        Precision and recall of holders; agreement on minority or not; share of all reviewed minority views found and flagged.
    """
    right = claimed = wanted = same = pairs = flagged = 0
    for point in reviewed.key_points:
        best = max(
            (p for p in suggested.key_points if matches(point, p, {}, session.language, strict=True)),
            key=lambda p: len({q.turn for q in p.said} & {q.turn for q in point.said}),
            default=None,
        )
        if best is not None:
            right += len(set(best.holders) & set(point.holders))
            claimed += len(best.holders)
            wanted += len(point.holders)
            same += reviewed.is_minority(point) == suggested.is_minority(best)
            flagged += reviewed.is_minority(point) and suggested.is_minority(best)
            pairs += 1
    minority = sum(map(reviewed.is_minority, reviewed.key_points))
    return right / max(1, claimed), right / max(1, wanted), same / max(1, pairs), flagged / max(1, minority)


def whole_statements(session: Transcript, moderators: Sequence[str]) -> list[KeyPoint]:
    """Every statement that suggesting chooses from, as a point of its own: what choosing and grouping add to it."""
    return [
        KeyPoint(id=f"S{n}", text=s.words, said=(Quote(turn=s.turn, speaker=s.speaker, words=s.words),))
        for n, s in enumerate(statements(session, moderators))
        if s.alone
    ]


def report_samples(limits: Sequence[int]) -> None:
    print("| session | points | | found: all / minority / majority / facts / precision | strictly |")
    print("|---|---|---|---|---|")
    show = lambda f: " / ".join(f"{x:.2f}" for x in f)  # noqa: E731
    for name in ("place-du-foirail", "library-and-hub"):
        session, reviewed = sample(name)
        everything = candidates(session, reviewed.moderators)
        for limit in limits:
            begun = time.perf_counter()
            suggested = suggest(session, limit=limit)
            seconds = time.perf_counter() - begun
            n = len(suggested.key_points)
            rows = {f"suggest ({seconds:.2f} s)": [suggested.key_points]}
            pool = whole_statements(session, suggested.moderators)
            rows["random statements"] = [at_random(pool, n, seed) for seed in range(20)]
            for control, draw in CONTROLS.items():
                rows[control] = [draw(everything, n, seed) for seed in range(20 if "random" in control else 1)]
            for label, draws in rows.items():
                loose, strict = (
                    Found(*np.mean([agreement(session, reviewed, points, s) for points in draws], axis=0))
                    for s in (False, True)
                )
                print(f"| {name} | {n} | {label} | {show(loose)} | {show(strict)} |")
            p, r, same, flagged = holders(session, reviewed, suggested)
            leads = set(likely_moderators(session)) == set(reviewed.moderators)
            print(
                f"| | | holders precision {p:.2f}, recall {r:.2f}; minority or not: {same:.2f}; minority views found and flagged: "
                f"{flagged:.2f}; moderators {'right' if leads else 'WRONG'} | | |"
            )


def report_speed(words: int = 70_000) -> None:
    session, _reviewed = sample("place-du-foirail")
    texts = " ".join(turn.text for turn in session.turns).split()
    turns = tuple(
        Turn(number=n, speaker=f"s{n % 40}", text=" ".join(texts[(n * 31) % 9000 :][:30]) + ".")
        for n in range(1, words // 30)
    )
    speakers = tuple(Speaker(id=f"s{n}", name=f"Voice {n}", words=1, turns=1) for n in range(40))
    long = session.model_copy(update={"turns": turns, "speakers": speakers})
    begun = time.perf_counter()
    suggest(long)
    print(f"\n{long.words} words: {time.perf_counter() - begun:.1f} s")


# FREDSum ----------------------------------------------------------------------------------------------------------------


def rows(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def spoken(text: str) -> list[str]:
    """Sentences of "Speaker : words" lines, without the names."""
    turns = (line.partition(" : ")[2] or line for line in text.split("\n") if line.strip())
    return [s.text for turn in turns for s in sentences(turn) if len(s.text.split()) >= 5]


def trigrams(text: str) -> set[tuple[str, ...]]:
    words = normalise(text).split()
    return set(zip(words, words[1:], words[2:], strict=False))


def covered(wanted: Sequence[str], points: Sequence[KeyPoint]) -> float:
    """Share of `wanted` that one quotation has in common: half the runs of three words of the shorter of the two."""
    said = [trigrams(quote.words) for point in points for quote in point.said]
    hits = sum(any(2 * len(own & bag) >= min(len(own), len(bag)) > 0 for bag in said) for own in map(trigrams, wanted))
    return hits / len(wanted) if wanted else float("nan")


PRESENTERS = (
    "Michèle Cotta, Jean Boissonnat, David Pujadas, Laurence Ferrari, Nathalie Saint-Cricq, Gilles Bouleau, Léa Salamé"
).split(", ")
"""Journalists whom the transcripts name; the others are P1, P2..."""


def report_fredsum(data: Path, limit: int = 20) -> None:
    scores: dict[str, list[list[float]]] = defaultdict(list)
    led = right = leaders = 0
    for row in rows(data / "fredsum_fr" / "fredsum.jsonl"):
        session = read_bytes(row["transcript"].encode(), "debate.txt")
        found = {session.speaker_name(s) for s in likely_moderators(session)}
        presenters = {s.name: s for s in session.speakers if s.name.rstrip("0123456789") == "P" or s.name in PRESENTERS}
        led, right = led + len(found), right + len(found & set(presenters))
        leaders += sum(s.turns > 3 for s in presenters.values())
        suggested = suggest(session, limit=limit)
        words = sum(len(q.words.split()) for p in suggested.key_points for q in p.said)
        everything = candidates(session, suggested.moderators)
        kinds = {"suggest": list(suggested.key_points)}
        for control, draw in CONTROLS.items():
            ranked, taken, used = draw(everything, len(everything), 0), [], 0
            for point in ranked:  # as many words as the suggestion quotes: a point may quote several turns
                if used < words:
                    taken.append(point)
                    used += len(point.text.split())
            kinds[control] = taken
        evidence = [e["text"] for link in row["community_3"] or [] for e in link["extractive"] or []]
        wanted = [spoken(row["extractive_1"]), spoken(row["extractive_2"]), evidence]
        wanted.append([s.text for s in sentences(row["abstractive_1"])])
        for kind, points in kinds.items():
            values = [covered(w, points) for w in wanted[:3]]
            weights = inverse_document_frequency(stems(t.text, "fr") for t in session.turns)
            said = [quote.words for point in points for quote in point.said]
            values.append(
                np.mean([any(idf_recall(w, q, weights, "fr") >= SHARED_WORDS for q in said) for w in wanted[3]])
            )
            scores[kind].append(values)
    n = len(next(iter(scores.values())))
    print(
        f"\nFREDSum, {n} debates, {limit} points each; controls quote as many words. Share covered, 95 % interval over debates:"
    )
    print(
        "| | extracted by annotator 1 | by annotator 2 | evidence of the free summary | sentences of abstractive_1 that share words |"
    )
    print("|---|---|---|---|---|")
    for kind, values in scores.items():
        table = np.array(values, dtype=float)
        print(f"| {kind} | " + " | ".join(interval(column[~np.isnan(column)]) for column in table.T) + " |")
    print(f"moderators: {right} of {leaders} presenters with four turns found, {led - right} debaters taken for one")


def interval(values: np.ndarray) -> str:
    """Mean and 95 % percentile bootstrap over documents."""
    generator = np.random.default_rng(0)
    draws = [generator.choice(values, len(values)).mean() for _ in range(500)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


# Polis ------------------------------------------------------------------------------------------------------------------

PEOPLE, EACH, AT_ONCE = 40, 6, 16
"""Voices of a simulated session, comments each one voices at most, comments a session is about."""


def conversations(data: Path) -> dict[str, tuple[dict, list[dict]]]:
    groups = {c["conversation"]: c for c in rows(data / "polis_minority" / "conversations.jsonl")}
    comments = defaultdict(list)
    for comment in rows(data / "polis_minority" / "comments.jsonl"):
        comments[comment["conversation"]].append(comment)
    return {name: (groups[name], comments[name]) for name in comments}


def rule_agreement(data: Path) -> tuple[int, int]:
    """Comments whose label `classify` gives from the votes alone, of all; moderated ones have no reading."""
    right = total = 0
    for conversation, comments in conversations(data).values():
        smallest = min(conversation["groups"], key=lambda g: (conversation["groups"][g], g))
        for comment in comments:
            if comment["moderated"] != -1:
                votes = {g: tuple(v) for g, v in comment["by_group"].items()}
                right += classify(votes, smallest=smallest) == comment["label"]
                total += 1
    return right, total


def noisy(text: str, draw: random.Random) -> str:
    """The comment as another would say it again: a word in seven lost, clauses at times the other way round."""
    words = [w for w in text.split() if draw.random() > 1 / 7] or text.split()
    clauses = " ".join(words).split(", ")
    if len(clauses) > 1 and draw.random() < 0.3:
        clauses.reverse()
    opening = draw.choice(["", "", "I think ", "For me, ", "Honestly, "])
    return opening + ", ".join(clauses)


def simulated(conversation: dict, comments: list[dict], seed: int) -> tuple[Transcript, list[set[str]]]:
    """A session of PEOPLE voices, as many per group as in the conversation, and who voiced each comment.

    Whether a person agrees is drawn from the share of their group; of the comments they agree with they voice EACH at most.
    """
    draw = random.Random(seed)
    sizes = conversation["groups"]
    total = sum(sizes.values())
    members = [g for g in sizes for _ in range(max(1, round(PEOPLE * sizes[g] / total)))]
    lines: list[tuple[str, str]] = []
    voiced: list[set[str]] = [set() for _ in comments]
    for person, group in enumerate(members, start=1):
        agreed = []
        for n, comment in enumerate(comments):
            votes = comment["by_group"][group]
            if draw.random() < (votes[0] + 1) / (sum(votes) + 2):
                agreed.append(n)
        for n in draw.sample(agreed, min(EACH, len(agreed))):
            voiced[n].add(f"s{person}")
            lines.append((f"s{person}", noisy(comments[n]["text"], draw)))
    draw.shuffle(lines)
    turns = tuple(Turn(number=n, speaker=who, text=words) for n, (who, words) in enumerate(lines, start=1))
    talk = Counter(who for who, _words in lines)
    speakers = tuple(Speaker(id=who, name=f"Voice {who[1:]}", words=10, turns=n) for who, n in sorted(talk.items()))
    session = Transcript(
        id=content_id("tr", [t.model_dump() for t in turns]),
        title="Simulated",
        language="en",
        formats=("simulated",),
        encodings=("utf-8",),
        speakers=speakers,
        turns=turns,
    )
    return session, voiced


def report_polis(data: Path) -> None:
    right, total = rule_agreement(data)
    print(f"\nPolis rule: {right} of {total} labels from the votes alone ({right / total:.1%})")
    flagged: list[list[int]] = []
    ceiling: list[list[int]] = []
    ranked: list[tuple[float, bool]] = []
    matched = views = right_holders = claimed = held = points = spoken_comments = 0
    for name, (conversation, all_comments) in sorted(conversations(data).items()):
        kept = [c for c in all_comments if c["lang"] == "en" and c["label"] != "low_votes"]
        random.Random(name).shuffle(kept)
        for seed, begin in enumerate(range(0, len(kept) - AT_ONCE // 2 + 1, AT_ONCE)):
            comments = kept[begin : begin + AT_ONCE]
            session, voiced = simulated(conversation, comments, seed)
            reference = suggest(session)
            points += len(reference.key_points)
            spoken_comments += sum(map(bool, voiced))
            wanted = [c["label"] == "minority_view" for c in comments]
            hits = kept_points(comments, reference.key_points)
            flagged.append(confusion(wanted, [p is not None and reference.is_minority(p) for p in hits]))
            ceiling.append(confusion(wanted, [0 < len(v) <= 0.2 * reference.voices for v in voiced]))
            for label, who, point in zip(wanted, voiced, hits, strict=True):
                ranked.append((reference.prevalence(point) if point is not None else 2.0, label))
                views += label and bool(who)
                matched += label and bool(who) and point is not None
                if point is not None:
                    right_holders += len(who & set(point.holders))
                    claimed += len(point.holders)
                    held += len(who)
    print(
        f"Polis, {len(flagged)} simulated sessions of {PEOPLE} voices and {AT_ONCE} comments: "
        f"{points} points for {spoken_comments} comments voiced;"
    )
    print(
        f"  minority views matched by a point: {matched} of {views}; "
        f"holders precision {right_holders / claimed:.3f}, recall {right_holders / held:.3f}"
    )
    print(f"  flagged as minority: {f1_interval(flagged)}")
    print(f"  with the true holders (ceiling of prevalence): {f1_interval(ceiling)}")
    everything = [[tp + fn, fp + tn, 0, 0] for tp, fp, fn, tn in flagged]
    print(f"  control, everything flagged: {f1_interval(everything)}")
    print(f"  recall at precision 0.8, ranked by prevalence: {recall_at(ranked, 0.8):.3f}")


def confusion(wanted: Sequence[bool], given: Sequence[bool]) -> list[int]:
    """True positives, false positives, false negatives, true negatives."""
    counts = Counter(zip(wanted, given, strict=True))
    return [counts[True, True], counts[False, True], counts[True, False], counts[False, False]]


def f1_interval(documents: Sequence[Sequence[int]]) -> str:
    """F1 of the summed counts, 95 % percentile bootstrap over documents, precision and recall."""
    table = np.array(documents)
    f1 = lambda t: 2 * t[0] / max(1, 2 * t[0] + t[1] + t[2])  # noqa: E731
    generator = np.random.default_rng(0)
    draws = [f1(table[generator.integers(0, len(table), len(table))].sum(axis=0)) for _ in range(1000)]
    low, high = np.percentile(draws, [2.5, 97.5])
    tp, fp, fn, _tn = table.sum(axis=0)
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    return f"F1 {f1(table.sum(axis=0)):.3f} [{low:.3f}, {high:.3f}], precision {precision:.3f}, recall {recall:.3f}"


def kept_points(comments: Sequence[dict], points: Sequence[KeyPoint]) -> list[KeyPoint | None]:
    """For each comment the point that says it (token F1 of at least 0.5 between the two texts), or None."""
    found: list[KeyPoint | None] = []
    bags = [Counter(normalise(p.text).split()) for p in points]
    for comment in comments:
        own = Counter(normalise(comment["text"]).split())
        scores = [2 * sum((own & bag).values()) / (sum(own.values()) + sum(bag.values())) for bag in bags]
        best = int(np.argmax(scores)) if scores else -1
        found.append(points[best] if scores and scores[best] >= 0.5 else None)
    return found


def recall_at(ranked: Sequence[tuple[float, bool]], precision: float) -> float:
    """Highest recall at which the lowest prevalences are minority views with at least `precision`."""
    best, right = 0.0, 0
    total = sum(label for _share, label in ranked)
    for n, (_share, label) in enumerate(sorted(ranked, key=lambda r: r[0]), start=1):
        right += label
        if right / n >= precision:
            best = max(best, right / total)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limits", type=int, nargs="*", default=[45, 67])
    arguments = parser.parse_args()
    begun = time.perf_counter()
    report_samples(arguments.limits)
    report_speed()
    for folder, report in (("fredsum_fr", report_fredsum), ("polis_minority", report_polis)):
        if (arguments.data / folder).is_dir():
            report(arguments.data)
        else:
            print(f"\nNo labelled data at {arguments.data / folder}")
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
