"""The matcher: whether a key point is in a summary, and in which sentence. Every content metric uses it.

Tier A, offline, uses the point's own words (`lexical`), the turns around it in the session (`context`), and its quotes:
a summary that holds the quoted words holds the point. Weights come from the session itself. Tier A ignores polarity: a
sentence that denies a point in its own words looks like one that states it; `hints` marks such sentences.

Tier B adds the likeness of sentence embeddings, centred on the session (`embeddings`). Tier C asks a judge about every
key point, in two orders, and combines its answers with tier A's (`judge`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from comparia.matching.calibration import CALIBRATIONS, Calibration
from comparia.matching.context import NAME as VIEWS
from comparia.matching.context import views_of
from comparia.matching.embeddings import NAME as MEANING
from comparia.matching.embeddings import Embedder, Meanings, meanings_of
from comparia.matching.fusion import Joint, together
from comparia.matching.hints import hints
from comparia.matching.judge import NAME as JUDGING
from comparia.matching.judge import Judge, rule
from comparia.matching.lexical import WORDING, quoted_of, wordings_of
from comparia.matching.weights import Weights
from comparia.records import CREDIT, KeyPoint, Transcript, Verdict
from comparia.statistics.agreement import cohen_kappa
from comparia.text import polarity, vectors, words
from comparia.text.recaps import NAME as RECAPS
from comparia.text.sentences import NAME as SENTENCES
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems

PARTLY_WEIGHT = CREDIT["partly"]
"""Credit of a key point partly kept (SummHay: Laban et al. 2024)."""


class Match(NamedTuple):
    """The verdict on one key point in one summary."""

    verdict: Verdict
    """kept, partly, contradicted, uncertain, absent, or unscored."""
    probability: float
    """Probability that the point is expressed, in [0, 1]."""
    sentence: str
    """The best sentence or pair of sentences, empty if none shares a word."""
    note: str = ""
    """Why a verdict was raised or lowered."""
    hints: tuple[str, ...] = ()
    """Codes of hints (see `hints`): doubts that words alone cannot settle."""


@dataclass(frozen=True, eq=False)
class MatchTable(Mapping[tuple[str, str], Match]):
    """Verdicts on every key point in every summary."""

    verdicts: Mapping[tuple[str, str], Match]
    """By (key point id, variant id)."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Variants that could not be judged, and why."""
    kappa: float | None = None
    """Cohen's kappa between the judge's answers in the two orders; None without a judge."""

    def __getitem__(self, key: tuple[str, str]) -> Match:
        return self.verdicts[key]

    def settled(self, by_hand: Mapping[tuple[str, str], Verdict]) -> MatchTable:
        """Return the table with the verdicts a person settled, and their probabilities; sentences do not change."""
        if not by_hand:
            return self
        changed = {
            key: self.verdicts[key]._replace(
                verdict=verdict, probability=CREDIT.get(verdict, 0.0), note="settled", hints=()
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

    kept_from: float | None = None
    """Lowest probability of *kept*; that of the language's calibration when None."""
    absent_under: float | None = None
    """Highest probability of *absent*; the same."""
    words_from: float = 0.45
    """Lowest probability, by its own words alone, of *kept*: a brief mention of the subject is not enough."""
    words_under: float = 0.25
    """Probability by its own words under which a point that may be there is *uncertain*; from it on, *partly*."""
    quote_recall: float = 0.75
    """Least IDF recall at which a window holds a quote."""
    embedder: Embedder | None = None
    """Sentence embeddings, for tier B."""
    judge: Judge | None = None
    """A model that answers questions about single key points, for tier C."""

    @property
    def tier(self) -> Literal["A", "B", "C"]:
        """Tier of the matcher: A offline and lexical, B with embeddings, C with a judge."""
        return "C" if self.judge else "B" if self.embedder else "A"

    def calibration(self, language: Literal["fr", "en"]) -> Calibration:
        """Return the calibration of one language, with this matcher's own thresholds where it has any."""
        fit = CALIBRATIONS[language]
        kept_from = fit.kept_from if self.kept_from is None else self.kept_from
        absent_under = fit.absent_under if self.absent_under is None else self.absent_under
        return fit._replace(kept_from=kept_from, absent_under=absent_under)

    def signature(self, language: Literal["fr", "en"]) -> str:
        """Return the part of a signature that names how verdicts are made in one language."""
        fit = self.calibration(language)
        prepared = "+".join((RECAPS, SENTENCES, words.NAME, vectors.NAME, polarity.NAME))
        asked = [f"{MEANING}:{self.embedder.name}"] if self.embedder else []
        asked += [f"{JUDGING}:{self.judge.name}"] if self.judge else []
        return (
            f"{self.tier}-{'+'.join([WORDING, VIEWS, *asked])}(calibration={fit.name},kept>={fit.kept_from:g},"
            f"absent<{fit.absent_under:g},words>={self.words_from:g}>={self.words_under:g},quote>={self.quote_recall:g},"
            f"text={prepared})"
        )

    def match(
        self, transcript: Transcript, points: Sequence[KeyPoint], summaries: Mapping[str, Sequence[str]]
    ) -> MatchTable:
        """Return the verdicts on every key point in every summary.

        Args:
            transcript: gives the weights of words.
            points: the key points.
            summaries: sentences of each summary, by variant id.

        Returns:
            A verdict for each (key point, variant). Cost is linear in points × sentences.
        """
        if not points:
            return MatchTable({})
        language = transcript.language
        spoken = [s.text for turn in transcript.turns for s in sentences(turn.text)]
        weights = Weights(inverse_document_frequency(stems(text, language) for text in spoken))
        meanings = meanings_of(transcript, points, spoken, self.embedder) if self.embedder else None
        table = self._lexical(transcript, points, summaries, weights, meanings)
        if self.judge is not None:
            return self._judged(self.judge, points, summaries, table, weights, language)
        texts = {point.id: point.text for point in points}
        return MatchTable(
            {
                (point, variant): match._replace(hints=hints(texts[point], match.sentence, language))
                if match.verdict in ("kept", "partly")
                else match
                for (point, variant), match in table.items()
            }
        )

    def _lexical(
        self,
        transcript: Transcript,
        points: Sequence[KeyPoint],
        summaries: Mapping[str, Sequence[str]],
        weights: Weights,
        meanings: Meanings | None,
    ) -> dict[tuple[str, str], Match]:
        """Return the verdicts by tier A, and by embeddings if there are any."""
        language = transcript.language
        fit = self.calibration(language)
        views = views_of(transcript, points, weights)
        names = frozenset(stem for s in transcript.speakers for stem in stems(s.name, language))
        quoted = quoted_of([[q.words for q in point.said] for point in points], weights, language, names)
        wordings = wordings_of([point.text for point in points], weights, language)
        table: dict[tuple[str, str], Match] = {}
        for variant, texts in summaries.items():
            passages = quoted.found_in(texts)
            found = wordings.found_in(texts)
            meaning = meanings.likeness(texts) if meanings is not None else None
            joined = together(found, views.likeness(texts), fit, meaning)
            for k, point in enumerate(points):
                table[point.id, variant] = self._decide(found.best(k), joined[k], passages[k], fit)
        return table

    def _decide(self, own: tuple[str, float], joint: Joint, quoted: tuple[str, float], fit: Calibration) -> Match:
        """Return the verdict on one point, from its own words (`own`), from `joint`, and from its quotes (`quoted`).

        *partly*: some of its words are there. *uncertain*: few of its words are there, but a sentence fits this point
        better than any other, and a person should check.
        """
        passage, recall = quoted
        text, lexical = own
        probability = joint.probability
        if recall >= self.quote_recall and recall > probability:
            return Match("kept", recall, passage, "quote")
        sentence = joint.window if joint.alike else text
        if probability >= fit.kept_from and (lexical >= self.words_from or joint.meant):
            return Match("kept", probability, sentence)
        if probability < fit.absent_under:
            return Match("absent", probability, sentence)
        return Match("partly" if lexical >= self.words_under else "uncertain", probability, sentence)

    def _judged(
        self,
        judge: Judge,
        points: Sequence[KeyPoint],
        summaries: Mapping[str, Sequence[str]],
        table: Mapping[tuple[str, str], Match],
        weights: Weights,
        language: Literal["fr", "en"],
    ) -> MatchTable:
        """Return the judge's verdicts combined with tier A's, for the summaries that the judge did not write."""
        refused = {variant: why for variant in summaries if (why := judge.refuses(variant))}
        cells = [
            (point, variant)
            for variant in summaries
            if summaries[variant] and variant not in refused
            for point in points
        ]
        answers = judge.ask([(point, tuple(summaries[variant])) for point, variant in cells], language)
        # A server may answer under another model name: check again that the judge did not write these recaps.
        refused |= {variant: why for variant in summaries if (why := judge.refuses(variant))}
        judged = {}
        for (point, variant), answer in zip(cells, answers, strict=True):
            found = table[point.id, variant]
            shared = _shared(point, answer.sentence(summaries[variant]), weights, language)
            verdict, probability, sentence, note = rule(
                answer,
                summaries[variant],
                found.probability,
                shared,
            )
            judged[point.id, variant] = Match(verdict, probability, sentence or found.sentence, note)
        empty = {key: match for key, match in table.items() if not summaries[key[1]] and key[1] not in refused}
        judged = {**empty, **{key: match for key, match in judged.items() if key[1] not in refused}}
        pairs = [(a.first.verdict, a.second.verdict) for a in answers if a.first and a.second]
        return MatchTable(judged, refused, cohen_kappa(pairs))


def _shared(point: KeyPoint, sentence: str, weights: Weights, language: Literal["fr", "en"]) -> float:
    """Return the share, in [0, 1], of a point's IDF weight, or of one of its quotes', that a sentence holds."""
    held = frozenset(stems(sentence, language))
    wanted = [frozenset(stems(text, language)) for text in (point.text, *(quote.words for quote in point.said))]
    return max((weights.mass(w & held) / mass for w in wanted if (mass := weights.mass(w))), default=0.0)
