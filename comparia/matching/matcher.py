"""The matcher: what became of a key point in a summary, and in which sentence. Every content metric uses it.

Tier A, offline, measures each cell (`cells`): the point's own words (`lexical`), the turns around it in the session
(`context`), its quotes, its clauses, hedges, claims of agreement and names. A model fitted on labelled meetings
(`model`) gives the probability of each outcome, and so two: *present* (expressed at all) and *as held* (kept whole,
with its force, and still the view of those who hold it). The verdict follows from them; where none is likely enough it
is *uncertain*.

Tier B adds the likeness of sentence embeddings, centred on the session (`embeddings`), with a model of its own. Tier C
asks judges where words cannot tell, many points at once, in two orders, and combines their answers with the
probabilities of words (`judge`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from comparia.matching.cells import MEASURES, Cells, cells_of
from comparia.matching.cells import NAME as CELLS
from comparia.matching.context import NAME as VIEWS
from comparia.matching.context import Matrix, views_of
from comparia.matching.cues import NAME as CUES
from comparia.matching.embeddings import NAME as MEANING
from comparia.matching.embeddings import Embedder, meanings_of
from comparia.matching.judge import NAME as JUDGING
from comparia.matching.judge import Answer, Judge, Question, asked_point, is_doubtful, measures_of
from comparia.matching.lexical import WORDING, quoted_of, wordings_of
from comparia.matching.model import BEFORE_READING, OUTCOMES, fitted, fitted_judging, fitted_meaning
from comparia.matching.points import Points, points_of
from comparia.matching.session_index import SessionIndex
from comparia.matching.weights import Weights
from comparia.records import PRESENT, Reference, Transcript, Verdict
from comparia.statistics.agreement import cohen_kappa
from comparia.text import vectors, words
from comparia.text.recaps import NAME as RECAPS
from comparia.text.recaps import Passage
from comparia.text.sentences import NAME as SENTENCES
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems


class Match(NamedTuple):
    """The verdict on one key point in one summary."""

    verdict: Verdict
    """What became of the point."""
    probability: float
    """Probability that the point is expressed, in [0, 1]."""
    sentence: str
    """The best sentence or pair of sentences, empty if none shares a word."""
    note: str = ""
    """Why a verdict was raised or lowered."""
    hints: tuple[str, ...] = ()
    """Codes of doubts that words alone cannot settle: `contrary`."""
    as_held: float = 0.0
    """Probability that the point is kept as it was held, in [0, 1]."""
    outcomes: tuple[float, ...] = ()
    """Probability of each of `model.OUTCOMES`; empty for a verdict that is certain, or that nobody gave."""


@dataclass(frozen=True, eq=False)
class MatchTable(Mapping[tuple[str, str], Match]):
    """Verdicts on every key point in every summary."""

    verdicts: Mapping[tuple[str, str], Match]
    """By (key point id, variant id)."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Variants that could not be judged, and why."""
    kappa: float | None = None
    """Cohen's kappa between the judges' answers in the two orders; None without a judge."""

    def __getitem__(self, key: tuple[str, str]) -> Match:
        return self.verdicts[key]

    def settled(self, by_hand: Mapping[tuple[str, str], Verdict]) -> MatchTable:
        """Return the table with the verdicts a person settled, and their probabilities; sentences do not change."""
        if not by_hand:
            return self
        changed = {
            key: self.verdicts[key]._replace(
                verdict=verdict,
                probability=float(verdict in PRESENT),
                as_held=float(verdict == "kept"),
                note="settled",
                hints=(),
                outcomes=(),
            )
            for key, verdict in by_hand.items()
            if key in self.verdicts
        }
        return MatchTable({**self.verdicts, **changed}, self.refused, self.kappa)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)


@dataclass(frozen=True)
class Matcher:
    """Matches key points with summaries.

    Its fields are its parameters; all of them are in every signature.
    """

    kept_from: float = 0.68
    """Least probability of *kept*, as held, at which it is the verdict."""
    absent_from: float = 0.8
    """Least probability of *absent* at which it is the verdict."""
    contradicted_from: float = 0.45
    """Least probability of *contradicted* at which it is the verdict; from `contrary_from` on there is a hint."""
    contrary_from: float = 0.4
    partly_from: float = 0.28
    """Least probability of *partly* at which it is the verdict."""
    softened_from: float = 0.6
    """The same for *softened*: in recaps that models write, the words of a softened view and of another are alike."""
    lent_from: float = 0.4
    """The same for *lent to all*. A point for which no outcome is likely enough is *uncertain*."""
    present_from: float = 0.6
    """Least probability of being expressed at which a point that is not kept has one of these verdicts."""
    quote_recall: float = 0.75
    """Least IDF recall at which a window holds a quote."""
    embedder: Embedder | None = None
    """Sentence embeddings, for tier B."""
    judge: Judge | None = None
    """Models that say what became of key points, for tier C."""

    @property
    def tier(self) -> Literal["A", "B", "C"]:
        """Tier of the matcher: A offline and lexical, B with embeddings, C with a judge."""
        return "C" if self.judge else "B" if self.embedder else "A"

    def signature(self, language: Literal["fr", "en"]) -> str:
        """Return the part of a signature that names how verdicts are made in one language."""
        prepared = "+".join((RECAPS, SENTENCES, words.NAME, vectors.NAME))
        asked = [f"{MEANING}:{self.embedder.name}"] if self.embedder else []
        asked += [f"{JUDGING}:{self.judge.name}"] if self.judge else []
        model = fitted().name if self.embedder is None else f"{fitted().name}+{fitted_meaning().name}"
        model += f"+{fitted_judging().name}" if self.judge else ""
        return (
            f"{self.tier}-{'+'.join([WORDING, VIEWS, CELLS, CUES, *asked])}(model={model},kept>={self.kept_from:g},"
            f"absent>={self.absent_from:g},contradicted>={self.contradicted_from:g}>={self.contrary_from:g},"
            f"partly>={self.partly_from:g},softened>={self.softened_from:g},lent>={self.lent_from:g},"
            f"present>={self.present_from:g},quote>={self.quote_recall:g},text={prepared})"
        )

    def match(
        self,
        transcript: Transcript,
        reference: Reference,
        summaries: Mapping[str, Sequence[Passage]],
        foreign: Container[str] = (),
        ready: Ready | None = None,
    ) -> MatchTable:
        """Return the verdicts on every key point in every summary.

        Args:
            transcript: gives the weights of words and the turns around each point.
            reference: the key points, who moderates, and which views are minority ones.
            summaries: sentences of each summary, by variant id.
            foreign: variants in another language than the session: words say nothing of them, so judges are asked about
            every point.
            ready: what `ready_for` gives, where several sets of summaries are matched; computed when None.

        Returns:
            A verdict for each (key point, variant). Cost is linear in points × sentences.
        """
        if not reference.key_points:
            return MatchTable({})
        table = self._offline(transcript, reference, summaries, ready or ready_for(transcript, reference))
        if self.judge is None:
            return MatchTable(table)
        for variant in summaries:
            if variant in foreign:
                for point in reference.key_points:
                    table[point.id, variant] = Match("uncertain", 1 - BEFORE_READING[-1], "", outcomes=BEFORE_READING)
        texts = {variant: [passage.text for passage in passages] for variant, passages in summaries.items()}
        return self._judged(self.judge, transcript, reference, texts, table)

    def _offline(
        self,
        transcript: Transcript,
        reference: Reference,
        summaries: Mapping[str, Sequence[Passage]],
        ready: Ready,
    ) -> dict[tuple[str, str], Match]:
        """Return the verdicts by tier A, or B with embeddings."""
        points = reference.key_points
        meanings = meanings_of(transcript, points, ready.spoken, self.embedder) if self.embedder else None
        measured: dict[str, Cells] = {}
        for variant, summary in summaries.items():
            if once := list({passage.text: passage for passage in reversed(summary)}.values())[::-1]:
                meaning = meanings.likeness([passage.text for passage in once]) if meanings is not None else None
                measured[variant] = cells_of(ready.points, once, ready.named, meaning)
        table = {(point.id, variant): Match("absent", 0.0, "") for variant in summaries for point in points}
        if measured:
            measures = np.concatenate([cells.measures for cells in measured.values()])
            outcomes = fitted().probabilities(measures[:, : len(MEASURES)])
            if meanings is not None:
                outcomes = fitted_meaning().adjusted(outcomes, measures[:, len(MEASURES) :])
            for n, (variant, cells) in enumerate(measured.items()):
                likely = np.round(outcomes[n * len(points) : (n + 1) * len(points)], 4)
                for k, point in enumerate(points):
                    table[point.id, variant] = self._decide(likely[k], cells.windows[k], cells.quoted[k])
        return table

    def verdict_of(self, likely: Mapping[str, float]) -> Verdict:
        """Return the verdict that follows from the probability of each outcome."""
        if likely["kept"] >= self.kept_from:
            return "kept"
        if likely["absent"] >= self.absent_from:
            return "absent"
        if 1 - likely["absent"] < self.present_from:
            return "uncertain"
        least: Mapping[Verdict, float] = {
            "contradicted": self.contradicted_from,
            "softened": self.softened_from,
            "lent_to_all": self.lent_from,
            "partly": self.partly_from,
        }
        reached = [verdict for verdict, threshold in least.items() if likely[verdict] >= threshold]
        return max(reached, key=likely.__getitem__, default="uncertain")

    def _decide(self, outcomes: Matrix, window: str, quoted: tuple[str, float]) -> Match:
        """Return the verdict on one point, from the probabilities of its outcomes and from its quotes."""
        likely = dict(zip(OUTCOMES, outcomes.tolist(), strict=True))
        present, passage, verdict, note = 1 - likely["absent"], window, self.verdict_of(likely), ""
        hints = ("contrary",) if likely["contradicted"] >= self.contrary_from else ()
        if verdict in ("absent", "uncertain", "partly") and quoted[1] >= self.quote_recall and quoted[1] > present:
            verdict, note, present, passage = "kept", "quote", quoted[1], quoted[0]
        return Match(verdict, round(present, 4), passage, note, hints, likely["kept"], tuple(likely.values()))

    def _judged(
        self,
        judge: Judge,
        transcript: Transcript,
        reference: Reference,
        summaries: Mapping[str, Sequence[str]],
        table: Mapping[tuple[str, str], Match],
    ) -> MatchTable:
        """Return the table with the verdicts of judges where words cannot tell.

        Nobody judges a summary that they wrote.
        """
        names = {speaker.id: speaker.name for speaker in transcript.speakers}
        refused = {variant: why for variant in summaries if (why := judge.refuses(variant))}
        questions = []
        for variant, recap in summaries.items():
            points = [point for point in reference.key_points if _asked_about(table[point.id, variant])]
            if recap and points and variant not in refused:
                asked = tuple(asked_point(point, reference, names) for point in points)
                questions.append(Question(variant, tuple(recap), asked))
        answers = judge.ask(questions, transcript.language)
        # A server may answer under another model name: check again that the judge did not write these recaps.
        refused |= {variant: why for variant in summaries if (why := judge.refuses(variant))}
        judged = {key: match for key, match in table.items() if key[1] not in refused}
        for question, by_point in zip(questions, answers, strict=True):
            for point, answer in by_point.items() if question.variant not in refused else ():
                judged[point, question.variant] = self._ruled(answer, question.recap, table[point, question.variant])
        pairs = [
            (first.verdict, second.verdict)
            for by_point in answers
            for answer in by_point.values()
            for first, second in zip(answer.rulings[::2], answer.rulings[1::2], strict=True)
            if first and second
        ]
        return MatchTable(judged, refused, cohen_kappa(pairs))

    def _ruled(self, answer: Answer, recap: Sequence[str], by_words: Match) -> Match:
        """Return the verdict on one point from the judges' answers and the probabilities of words."""
        if not answer.complete:  # the verdict of words stays, with its doubt
            return by_words._replace(note=answer.note)
        words = np.array([by_words.outcomes or BEFORE_READING])
        outcomes = np.round(fitted_judging().adjusted(words, np.array([measures_of(answer)]))[0], 4)
        likely = dict(zip(OUTCOMES, outcomes.tolist(), strict=True))
        verdict = self.verdict_of(likely)
        note = "judge_disputed" if answer.disputed else "judged"
        return Match(
            verdict,
            round(1 - likely["absent"], 4),
            answer.sentence(recap) or by_words.sentence,
            note,
            as_held=likely["kept"],
            outcomes=tuple(likely.values()),
        )


def _asked_about(match: Match) -> bool:
    """Return whether judges are asked about a point, given the verdict of words.

    They never are about a recap that holds no sentence.
    """
    if not match.outcomes or match.note == "quote":
        return False
    return is_doubtful(match.verdict, dict(zip(OUTCOMES, match.outcomes, strict=True)))


class Ready(NamedTuple):
    """A session and its key points, ready to be compared with recaps."""

    points: Points
    """The key points."""
    spoken: Sequence[str]
    """Every sentence that was said."""
    named: Callable[[str], tuple[str, ...]]
    """Gives the ids of the speakers that a sentence names."""


def ready_for(transcript: Transcript, reference: Reference) -> Ready:
    """Return a session and its key points, ready to be compared with any number of recaps."""
    language = transcript.language
    spoken = [s.text for turn in transcript.turns for s in sentences(turn.text)]
    weights = Weights(inverse_document_frequency(stems(text, language) for text in spoken))
    return Ready(prepared(transcript, reference, weights), spoken, SessionIndex(transcript).named)


def prepared(transcript: Transcript, reference: Reference, weights: Weights) -> Points:
    """Return the key points of a reference, ready to be compared with recaps."""
    language, points = transcript.language, reference.key_points
    names = frozenset(stem for s in transcript.speakers for stem in stems(s.name, language))
    return points_of(
        transcript,
        reference,
        weights,
        wordings_of([point.text for point in points], weights, language),
        quoted_of([[q.words for q in point.said] for point in points], weights, language, names),
        views_of(transcript, points, weights),
    )
