"""Tier C: judges say what became of key points in a recap, and in which sentence.

Judges are asked only where words cannot tell (`is_doubtful`), about many points of one recap at once, twice: they
answer in one order of points and verdicts, then in the other. An answer must cite a sentence of the recap that exists
and words that stand in it, else it does not count. What the judges say is put together with tier A's probabilities by
a model fitted on the labelled meetings (`fitted/c.json`): word matching and a judge together agree better with people
than either alone (SummHay, Laban et al. 2024).

That many points can be asked at once was measured: two readers who were given one recap and twenty points at a time,
without seeing each other, agreed on 94 % of 720 cells (kappa .93).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, get_args

from rapidfuzz import fuzz

from comparia.matching.model import OUTCOMES
from comparia.records import KeyPoint, Reference
from comparia.text.answered_json import entries_of
from comparia.text.fences import fence_of
from comparia.text.instructions import instruction
from comparia.text.quotes import normalise

NAME = "judge-3"
"""Name of this way of asking, for signatures."""

BATCH = 20
"""Most points of one question: as many as readers were given when their agreement was measured."""

SURE_KEPT, SURE_ABSENT = 0.9, 0.93
"""Probability, by words, from which a point that is kept, or absent, is not asked about."""

SHOWN_WORDS = 60
"""Most words of a quote that a judge is shown."""

SAME_WORDS = 80.0
"""Least likeness (rapidfuzz partial ratio, 0-100) of the words that a judge cites and the sentence they stand in."""

Unread = Literal["no_answers", "no_entry", "unknown_verdict", "no_such_sentence", "other_words"]
"""Why an answer does not count for a point.

It holds no list of answers, or none about the point; its verdict is none of ours; the sentence it cites does not exist,
or does not hold the words that it cites.
"""
UNREAD: frozenset[str] = frozenset(get_args(Unread))

Language = Literal["fr", "en"]
Force = Literal["same", "weaker", "stronger", "none"]
Holder = Literal["same", "all", "other", "none"]


class AskedPoint(NamedTuple):
    """A key point as a judge is shown it."""

    id: str
    """Its id."""
    text: str
    """The point."""
    kind: str
    """view, fact, decision, action or question."""
    holders: tuple[str, ...]
    """Names of those who hold it."""
    voices: int
    """Number of voices in the session."""
    words: tuple[str, ...]
    """Words that said it."""


@dataclass(frozen=True)
class PointList:
    """Key points as a judge is shown them: one list, with one numbering, for all the recaps it is asked about."""

    points: tuple[AskedPoint, ...]
    """The points, each once; the first has number 1."""
    fence: str
    """Line before and after the list: it depends on the points and on the recaps, so none of these can hold it."""

    @classmethod
    def of(cls, questions: Sequence[Question]) -> PointList:
        """Return the list of all the points that some questions ask about."""
        points = tuple(dict.fromkeys(point for question in questions for point in question.points))
        recaps = dict.fromkeys(text for question in questions for text in question.recap)
        return cls(points, fence_of("\n".join(map(str, (*points, *recaps)))))

    def number(self, point: AskedPoint) -> int:
        """Return the number of a point in the list, from 1."""
        return self.points.index(point) + 1


@dataclass(frozen=True)
class Question:
    """Points of one recap to be judged together."""

    variant: str
    """Id of the variant."""
    recap: tuple[str, ...]
    """Its sentences."""
    points: tuple[AskedPoint, ...]
    """The points."""

    @property
    def sheets(self) -> list[Question]:
        """The same in questions of about one size, none of more than `BATCH` points, neighbours apart."""
        number = -(-len(self.points) // BATCH)
        return [Question(self.variant, self.recap, self.points[n::number]) for n in range(number)]


class Ruling(NamedTuple):
    """What one answer of a judge says of one point."""

    verdict: str
    """One of `OUTCOMES`."""
    sentence: int
    """Number of the sentence that decided, from 1; 0 for absent."""
    words: str = ""
    """The words of that sentence that say the point."""


@dataclass(frozen=True)
class Answer:
    """All that judges answered about one point; None where an answer did not come, or did not count."""

    rulings: tuple[Ruling | None, ...]
    """First order and second order of each judge."""
    silent: bool = False
    """Whether an answer did not come."""
    reason: str = ""
    """Code of why an answer did not come (a kind of failure) or does not count (`UNREAD`); empty where not known."""

    @property
    def note(self) -> str:
        """The code of why a verdict rests on words though judges were asked, with its reason; empty where they ruled.

        `judge_silent:timeout`: an answer did not come. `judge_unclear:no_such_sentence`: it does not count.
        """
        if self.complete:
            return ""
        code = "judge_silent" if self.silent else "judge_unclear"
        return f"{code}:{self.reason}" if self.reason else code

    @property
    def complete(self) -> bool:
        """Whether both orders of every judge gave a ruling."""
        return bool(self.rulings) and None not in self.rulings

    @property
    def disputed(self) -> bool:
        """Whether the rulings differ."""
        return len({ruling.verdict for ruling in self.rulings if ruling}) > 1

    def sentence(self, recap: Sequence[str]) -> str:
        """Return the sentence of the recap that most rulings cite; empty where none does."""
        cited = [ruling.sentence for ruling in self.rulings if ruling and ruling.sentence]
        return recap[max(cited, key=cited.count) - 1] if cited else ""


class Judge(Protocol):
    """Models that are asked about key points. `scoring` provides it, and stores their answers."""

    @property
    def name(self) -> str:
        """The models, as signatures name them."""
        ...

    def refuses(self, variant: str) -> str:
        """Return the code of why nobody may judge this variant; empty when somebody may."""
        ...

    def ask(self, questions: Sequence[Question], language: Language) -> Sequence[Mapping[str, Answer]]:
        """Return the answers to each question, by point id; a point that nobody is asked about has none."""
        ...


def is_doubtful(verdict: str, outcomes: Mapping[str, float]) -> bool:
    """Return whether words cannot tell what became of a point, so that a judge is asked."""
    if verdict == "kept":
        return outcomes["kept"] < SURE_KEPT
    return verdict != "absent" or outcomes["absent"] < SURE_ABSENT


def asked_point(point: KeyPoint, reference: Reference, names: Mapping[str, str]) -> AskedPoint:
    """Return a key point as a judge is shown it: at most two quotes, and who holds it, moderators left out."""
    holders = tuple(names.get(who, "") for who in point.holders if who not in reference.moderators)
    words = tuple(" ".join(quote.words.split()[:SHOWN_WORDS]) for quote in point.said[:2])
    return AskedPoint(point.id, " ".join(point.text.split()), point.kind, holders, reference.voices, words)


def instruction_of(question: Question, language: Language, *, swapped: bool, listed: PointList | None = None) -> str:
    """Return the request to a judge. Text of the session or of a model stands between fences that depend on it.

    What changes least comes first, so that servers that cache prefixes process it once: what is asked and the list of
    points, the same for all recaps; the recap; then which points are asked about, and the order.

    Args:
        question: the recap and the points asked about.
        language: of the session.
        swapped: ask for points, and name verdicts, in the other order.
        listed: the points that are shown, among them those asked about; these alone when None.
    """
    listed = listed or PointList.of([question])
    recap = "\n".join(f"S{n}: {' '.join(text.split())}" for n, text in enumerate(question.recap, start=1))
    shown = "\n".join(_line(n, point, language) for n, point in enumerate(listed.points, start=1))
    points = question.points[::-1] if swapped else question.points
    meanings = MEANINGS[language]
    return instruction(
        "judge",
        language,
        meanings="\n".join(f"- {verdict}: {meanings[verdict]}" for verdict in OUTCOMES),
        points_fence=listed.fence,
        points=shown,
        fence=fence_of(f"{listed.fence}\n{recap}"),
        recap=recap,
        numbers=", ".join(str(listed.number(point)) for point in points),
        verdicts=", ".join(OUTCOMES[::-1] if swapped else OUTCOMES),
    )


def schema_of(points: int) -> dict[str, Any]:
    """Return the JSON Schema of an answer about a number of points."""
    entry = {
        "type": "object",
        "properties": {
            "point": {"type": "integer"},
            "sentence": {"type": "integer"},
            "words": {"type": "string"},
            "force": {"type": "string", "enum": list(get_args(Force))},
            "holder": {"type": "string", "enum": list(get_args(Holder))},
            "verdict": {"type": "string", "enum": list(OUTCOMES)},
        },
        "required": ["point", "sentence", "words", "force", "holder", "verdict"],
        "additionalProperties": False,
    }
    answers = {"type": "array", "items": entry, "minItems": points, "maxItems": points}
    return {
        "type": "object",
        "properties": {"answers": answers},
        "required": ["answers"],
        "additionalProperties": False,
    }


def rulings_of(text: str, question: Question, listed: PointList | None = None) -> dict[str, Ruling]:
    """Return the rulings of a judge's answer that count, by point id; see `readings_of`."""
    readings = readings_of(text, question, listed)
    return {point: reading for point, reading in readings.items() if isinstance(reading, Ruling)}


def readings_of(text: str, question: Question, listed: PointList | None = None) -> dict[str, Ruling | Unread]:
    """Return what a judge's answer says of every point asked about, by point id: a ruling, or why it does not count.

    A ruling counts when its verdict is known and, unless it is *absent*, the sentence exists and holds the words cited.
    *Kept* with a weaker force is softened; *kept* for a view of few that the recap is said to give to all is lent to
    all.

    Args:
        text: the answer.
        question: what was asked.
        listed: the points that were shown; those of the question when None.
    """
    listed = listed or PointList.of([question])
    asked = {listed.number(point): point for point in question.points}
    entries = [entry for entry in entries_of(text, "answers")[0] if isinstance(entry, dict)]
    missing: Unread = "no_entry" if entries else "no_answers"
    readings: dict[str, Ruling | Unread] = {point.id: missing for point in question.points}
    for entry in entries:
        point = asked.get(_number(entry.get("point")) or 0)
        if point is not None and not isinstance(readings[point.id], Ruling):  # the first ruling that counts stands
            readings[point.id] = _ruling(entry, point, question.recap)
    return readings


def measures_of(answer: Answer) -> list[float]:
    """Return the `MEASURES_OF_JUDGES` of a complete answer."""
    verdicts = [ruling.verdict for ruling in answer.rulings if ruling]
    return [*(verdicts.count(outcome) / len(verdicts) for outcome in OUTCOMES), float(answer.disputed)]


def _ruling(entry: Mapping[str, Any], point: AskedPoint, recap: Sequence[str]) -> Ruling | Unread:
    verdict = str(entry.get("verdict", "")).strip().lower().replace(" ", "_")
    if verdict not in OUTCOMES:
        return "unknown_verdict"
    if verdict == "absent":
        return Ruling(verdict, 0)
    sentence, words = _number(entry.get("sentence")), str(entry.get("words") or "")[:500]
    if sentence is None or not 1 <= sentence <= len(recap):
        return "no_such_sentence"
    said = normalise(words)
    if said and fuzz.partial_ratio(said, normalise(recap[sentence - 1])) < SAME_WORDS:
        return "other_words"
    if verdict == "kept" and entry.get("force") == "weaker":
        verdict = "softened"
    if verdict == "kept" and entry.get("holder") == "all" and 2 * len(point.holders) <= point.voices:
        verdict = "lent_to_all" if point.kind == "view" else verdict
    return Ruling(verdict, sentence, words)


def _line(number: int, point: AskedPoint, language: Language) -> str:
    kinds, held, quote = _WORDS[language]
    holders = ", ".join(" ".join(name.split()) for name in point.holders[:3] if name)
    more = ", …" if len(point.holders) > 3 else ""
    who = held.format(n=len(point.holders), voices=point.voices, names=f": {holders}{more}" if holders else "")
    about = f"{kinds[point.kind]}, {who}" if point.holders else kinds[point.kind]
    words = "".join(f"\n   {quote.format(words=words)}" for words in point.words)
    return f"{number}. ({about}) {point.text}{words}"


def _number(value: Any) -> int | None:
    """Return the number in 3, "3", "S3" or [3]; None in anything else."""
    if isinstance(value, list) and value:
        value = value[0]
    digits = str(value).strip().upper().lstrip("SP").removesuffix(".")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None


_WORDS = {
    "en": (
        {"view": "view", "fact": "fact", "decision": "decision", "action": "action", "question": "question left open"},
        "held by {n} of {voices}{names}",
        "“{words}”",
    ),
    "fr": (
        {"view": "avis", "fact": "fait", "decision": "décision", "action": "action", "question": "question ouverte"},
        "tenu par {n} sur {voices}{names}",
        "« {words} »",
    ),
}
MEANINGS = {
    "en": {
        "kept": "the position is there, as strong as it was held, with its reason or condition if it has one, and "
        "given to no more people than hold it",
        "partly": "a real part is there at its full force; another real part (the reason, the condition, one of two "
        "things asked, the date or owner of an action) is missing",
        "softened": "the subject is there but the force is gone: refusal told as a question, demand as an idea to "
        "explore, criticism as a point of attention; or the view is only mentioned, without the position taken",
        "lent_to_all": "what only some hold is told as everybody's, most people's or the group's, "
        "or as settled common ground",
        "contradicted": "the recap says the contrary, or changes the essential figure, date, decision or owner",
        "absent": "none of it is there, even if the topic is",
    },
    "fr": {
        "kept": "la position y est, aussi forte qu’elle a été tenue, avec sa raison ou sa condition s’il y en a une, "
        "et prêtée à personne de plus que ceux qui la tiennent",
        "partly": "une vraie partie y est, à sa pleine force ; une autre vraie partie (la raison, la condition, l’une "
        "de deux demandes, la date ou le responsable d’une action) manque",
        "softened": "le sujet y est, mais la force a disparu : un refus devient une question, une exigence une piste, "
        "une critique un point d’attention ; ou l’avis est seulement mentionné, sans la position prise",
        "lent_to_all": "ce que seuls certains tiennent est dit comme l’avis de tous, de la plupart ou du groupe, "
        "ou comme un acquis commun",
        "contradicted": "le compte rendu dit le contraire, ou change le chiffre, la date, "
        "la décision ou le responsable essentiels",
        "absent": "rien n’y est, même si le sujet y est",
    },
}
