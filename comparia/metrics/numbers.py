"""Numbers: whether the figures, dates and hours of a recap were said in the session."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from comparia.matching.session_index import NAME as INDEX
from comparia.matching.session_index import Mention, SessionIndex
from comparia.matching.superseded import NAME as SET_RIGHT
from comparia.matching.superseded import Superseded, superseded_in
from comparia.metrics.base import Case, signature, text_parts
from comparia.records import Score, SentenceEvidence, Variant
from comparia.text import numbers as reading
from comparia.text.numbers import Number, checkable
from comparia.text.words import stems

SCALES = {
    1000.0: re.compile(r"\b(?:mille|thousand|k)\b|\d\s?k\b", re.IGNORECASE),
    1e6: re.compile(r"\b(?:millions?|m[€£$])|\d\s?m\b", re.IGNORECASE),
    1e9: re.compile(r"\b(?:milliards?|billions?|mds?|bn)\b", re.IGNORECASE),
}
"""Scales that a speaker may leave out once they were said nearby, and their words."""

FRACTIONS = {
    5: re.compile(r"\b(?:one in twenty|un (?:sur|de) vingt|un vingtième)\b", re.IGNORECASE),
    10: re.compile(r"\b(?:one in ten|a tenth|un sur dix|une? dixième|dixième)\b", re.IGNORECASE),
    20: re.compile(r"\b(?:one in five|a fifth|un sur cinq|un cinquième)\b", re.IGNORECASE),
    25: re.compile(r"\b(?:a quarter|one in four|un quart|le quart|un sur quatre)\b", re.IGNORECASE),
    33: re.compile(r"\b(?:a third|one third|one in three|un tiers|le tiers|un sur trois)\b", re.IGNORECASE),
    50: re.compile(r"\b(?:half|la moitié|moitié|un sur deux|une sur deux)\b", re.IGNORECASE),
    66: re.compile(r"\b(?:two[ -]thirds|two in three|deux tiers|deux sur trois)\b", re.IGNORECASE),
    75: re.compile(r"\b(?:three[ -]quarters|three in four|trois quarts|trois sur quatre)\b", re.IGNORECASE),
    80: re.compile(r"\b(?:four in five|four[ -]fifths|quatre sur cinq|quatre cinquièmes)\b", re.IGNORECASE),
}
"""Ways of saying a share, by its percentage, to one per cent."""
MISCOUNTED = 2
"""Most by which a count of those who spoke may differ from the speakers of the transcript: moderators count or not."""
_PEOPLE = re.compile(
    r"\s+(?:personnes|participant|intervenant|voix|people|participants|speakers|voices|residents)", re.IGNORECASE
)
OTHER_UNITS = {
    12.0: re.compile(r"\b(?:an|année|year)\b", re.IGNORECASE),
    60.0: re.compile(r"\b(?:heure|hour)\b", re.IGNORECASE),
}
"""Twelve months for a year, sixty minutes for an hour: the number, and what was said instead."""
_MONTHS_OR_MINUTES = re.compile(r"\s+(?:mois|months?['’]?|minutes)", re.IGNORECASE)
_MINUTES = re.compile(r"\s+(?:minutes?|min)\b", re.IGNORECASE)
_HALF_AN_HOUR = re.compile(r"\s+(?:heures? et demie|hours? and a half)\b", re.IGNORECASE)
_METRES = re.compile(r"\s?(?:m|mètres|met(?:re|er)s)\b", re.IGNORECASE)
CENTURIES = (1930, 2029)
"""First and last year that people may shorten to two digits."""
_PER_CENT = re.compile(r"\s?(?:%|pour cent|per ?cent)", re.IGNORECASE)

_ABOUT = re.compile(
    r"(?:environ|près d[e']|plus d[e']|moins d[e']|presque|quelque|autour d[e']|jusqu'à|about|around|nearly|almost|"
    r"over|(?:more|less) than|some|roughly|approximately|under|at least|up to)\s*[£$€]?\s*$",
    re.IGNORECASE,
)
_MOST_TURNS = 3

_VAGUE = re.compile(r"(?:cents?|mille|hundreds?|thousands?)", re.IGNORECASE)
"""A scale alone: `several hundred` is no figure."""
_YEARS = range(1900, 2100)
"""Numbers that are years, and are not rounded."""
FARTHEST_YEAR = 30
"""Most years from the session that a recap may count."""
FEW = 30
"""Largest number that may differ by one: who speaks counts themselves or not."""
LEAST_DIFFERENCE = 100
"""Smallest number, and smallest difference or sum, that is looked for: among small ones, chance makes too many."""
MOST_BESIDE = 12
"""Most other numbers of a sentence that a difference is looked for with: in a list, chance makes too many."""
PERIODS: dict[int, re.Pattern[str]] = {
    7: re.compile(r"\b(?:jours?|semaines?|hebdomadaires?|days?|weeks?|weekly)\b", re.IGNORECASE),
    12: re.compile(
        r"\b(?:mois|mensuel\w*|ans?|années?|annuel\w*|months?|monthly|years?|yearly|annual\w*)\b", re.IGNORECASE
    ),
    24: re.compile(r"\b(?:heures?|jours?|hours?|days?)\b", re.IGNORECASE),
    52: re.compile(r"\b(?:semaines?|hebdomadaires?|ans?|années?|weeks?|weekly|years?)\b", re.IGNORECASE),
    60: re.compile(r"\b(?:minutes?|heures?|hours?)\b", re.IGNORECASE),
}
"""How many times a period holds another, and the words by which a sentence tells of them."""
_TOLD_AS_WRONG = re.compile(
    r"\b(?:correct(?:s|ed|ion)|put right|set right|wrong(?:ly)?|mistaken(?:ly)?|not|instead of|rather than|at first|"
    r"first (?:said|told|gave|quoted)|(?:old|earlier|former|previous|initial) (?:figure|number|estimate)|"
    r"(?:rectifi|corrig|annonçai)\w*|au lieu de|et non|d['’]abord (?:dit|annoncé|donné)|par erreur|erron\w+|à tort|"
    r"(?:ancien|premier) (?:chiffre|projet)|initial\w*)\b",
    re.IGNORECASE,
)
"""A sentence that tells a figure as one that was set right."""
_AFTER_YEARS = re.compile(r"\s*(?:ans?|années?|years?)\b", re.IGNORECASE)


class Heard(NamedTuple):
    """Where a recap's number was said."""

    turns: tuple[int, ...]
    """Numbers of the turns that hold it, the nearest in subject first; empty if nobody said it."""
    near: float
    """Highest share of the sentence's IDF weight found around one of its mentions, in [0, 1]."""

    @property
    def doubt(self) -> float:
        """How doubtful the number is, in [0, 1]: 1 if nobody said it, else 0.9 · (1 - near)."""
        return 0.9 * (1 - self.near) if self.turns else 1.0


@dataclass(frozen=True)
class Numbers:
    """Share of a summary's numbers that were said or written in the session, whatever their spelling, in [0, 1].

    Numbers in digits, and those in words above ten, are compared by value: `12 000`, `douze mille` and `12k` are one;
    `1992` may have been said `92`, and `plus de 130` may round 137. A number is *unsupported* when nobody said it
    (evidence: the turns nearest to the sentence). In a sentence told in other words than the session's it is only
    *reworded* where it may be a figure that was said, in another form: rounded, by another period, one more or one
    less, a year counted from that of the session (`may_come_of`). It is *superseded* when it was said and the session
    then set it right (`matching.superseded`), unless the recap says so (evidence: the turn that gives the other figure,
    then those that hold it). It is *elsewhere* when it was said, but with less
    than `near_under` of the sentence's IDF weight around it (evidence: the turns that hold it). *Reworded* and
    *elsewhere* are hints, and count as supported.

    Of 386 numbers in FREDSum's human sentences, nobody said 7: 5 are flagged, and 2 hinted at; of 99 in QMSum's human
    answers, 2 are flagged. AUC of `Heard.doubt` for one number made wrong: 0.98. Unscored where the summary holds no
    number.
    """

    near_under: float = 0.05
    """Share of the sentence's IDF weight, around a number in the session, under which the number is *elsewhere*."""

    told_from: float = 0.4
    """Least support of the sentence by the session's words, in [0, 1], at which a number nobody said is flagged, even
    where it may be a figure that was said in another form."""

    rounded_by: float = 0.03
    """Most by which a number of a hundred or more differs from one that was said and is taken for it, as a share."""

    name: ClassVar[str] = "numbers"

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant."""
        superseded: dict[float, list[Superseded]] = {}
        for one in superseded_in(case.session):
            superseded.setdefault(one.old, []).append(one)
        return tuple(self._one(case, variant, superseded) for variant in case.variants)

    def _one(self, case: Case, variant: Variant, superseded: Mapping[float, Sequence[Superseded]]) -> Score:
        recipe = signature(self, case, numbers=reading.NAME, **text_parts(), said=INDEX, set_right=SET_RIGHT)
        evidence = self._check_numbers(case, variant.id, superseded)
        if not evidence:
            reason = "no_number"
            return Score(metric=self.name, variants=(variant.id,), value=None, reason=reason, signature=recipe)
        wrong = sum(item.flag in ("unsupported", "superseded") for item in evidence)
        return Score(
            metric=self.name,
            variants=(variant.id,),
            value=round(1 - wrong / len(evidence), 4),
            counts={
                "supported": len(evidence) - wrong,
                "unsupported": sum(item.flag == "unsupported" for item in evidence),
                "superseded": sum(item.flag == "superseded" for item in evidence),
                "elsewhere": sum(item.flag == "elsewhere" for item in evidence),
                "reworded": sum(item.flag == "reworded" for item in evidence),
                "of": len(evidence),
            },
            evidence=tuple(item for item in evidence if item.flag != "supported"),
            signature=recipe,
        )

    def _check_numbers(
        self, case: Case, variant: str, superseded: Mapping[float, Sequence[Superseded]]
    ) -> tuple[SentenceEvidence, ...]:
        evidence = []
        date_numbers = _of_the_date(case.transcript.date)
        voices = sum(speaker.kind != "machine" and speaker.words > 0 for speaker in case.transcript.speakers)
        told = [(sentence, checkable(sentence.text, case.session.language)) for sentence in case.sentences[variant]]
        for n, (sentence, numbers) in enumerate(told):
            beside = {number.value for _sentence, others in told[max(0, n - 1) : n + 2] for number in others}
            for number in numbers:
                place = hear(number, sentence.text, case.session)
                flag, turns = "supported", place.turns[:_MOST_TURNS]
                people = _PEOPLE.match(sentence.text, number.start + len(number.text))
                is_head_count = people is not None and abs(number.value - voices) <= MISCOUNTED
                is_known = is_head_count or number.value in date_numbers or is_difference(number, numbers, case.session)
                if not turns and not is_known:
                    flag = "unsupported"
                    if case.session.support(sentence.text).share < self.told_from and may_come_of(
                        number, sentence.text, case.session, case.transcript.date, self.rounded_by
                    ):
                        flag = "reworded"
                    turns = tuple(dict.fromkeys(p.turn for p in case.session.evidence(sentence.text, most=_MOST_TURNS)))
                elif right := set_right(place, sentence.text, beside, superseded.get(number.value, ()), case.session):
                    flag, turns = "superseded", tuple(dict.fromkeys((case.session.turns[right.place].number, *turns)))
                elif turns and place.near < self.near_under:
                    flag = "elsewhere"
                evidence.append(SentenceEvidence(flag=flag, sentence=sentence.text, turns=turns, about=number.text))
        return tuple(evidence)


def _of_the_date(date: str) -> frozenset[float]:
    """Return the day and the year of a session, and the next year: a recap may write them although nobody said them."""
    parts = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", date)
    return frozenset((float(parts[3]), float(parts[1]), float(parts[1]) + 1)) if parts else frozenset()


def hear(number: Number, sentence: str, index: SessionIndex) -> Heard:
    """Return where a number of a recap was said, and how near to the subject of its sentence.

    Args:
        number: the number, as read in the sentence.
        sentence: the sentence of the recap.
        index: the session.
    """
    mentions = _mentions(number, index, sentence, about=bool(_ABOUT.search(sentence[: number.start])))
    mentions += said_as_fraction(number, sentence, index)
    content = stems(sentence, index.language)
    subject = frozenset(s for s in content if s not in index.names and not s[0].isdigit())
    mass = index.weights.mass(subject)
    near: dict[int, float] = {}
    for mention in mentions:
        turn = index.turns[mention.place].number
        share = index.weights.mass(subject & index.around(mention)) / mass if mass else 1.0
        near[turn] = max(share, near.get(turn, 0.0))
    return Heard(tuple(sorted(near, key=lambda turn: -near[turn])), max(near.values(), default=0.0))


def is_difference(number: Number, beside: Sequence[Number], index: SessionIndex) -> bool:
    """Return whether a number of a recap and another of its sentence make, together or apart, one that was said.

    "Of 22,000 books, there is room for 15,500" tells what was said as 22,000 books and 6,500 too many.

    Args:
        number: the number, of a hundred or more.
        beside: the numbers of its sentence.
        index: the session.
    """
    if number.value < LEAST_DIFFERENCE or number.value in _YEARS:
        return False
    known = {other.value for other in beside if other.value in index.mentions and other.value != number.value}
    if len(known) > MOST_BESIDE:
        return False
    made = {size for other in known for size in (abs(other - number.value), other + number.value)}
    return any(size >= LEAST_DIFFERENCE and size in index.mentions for size in made)


def set_right(
    place: Heard, sentence: str, beside: Container[float], superseded: Iterable[Superseded], index: SessionIndex
) -> Superseded | None:
    """Return how the session set a number of a recap right; None where it did not, or where the recap says so.

    Args:
        place: where the number was said: it counts where the nearest in subject is what was set right.
        sentence: the sentence that holds it.
        beside: the numbers of the sentence and of its neighbours, which may give the other figure too.
        superseded: when the session set this number right.
        index: the session.
    """
    if not place.turns or _TOLD_AS_WRONG.search(sentence):
        return None
    for one in superseded:
        turns = {index.turns[p].number for p in (*one.places, one.place)}
        if place.turns[0] in turns and one.new not in beside:
            return one
    return None


def may_come_of(number: Number, sentence: str, index: SessionIndex, date: str, rounded_by: float) -> bool:
    """Return whether a number that nobody said may be one that was said, in another form.

    Args:
        number: the number, as read in the sentence.
        sentence: the sentence of the recap.
        index: the session.
        date: date of the session, ISO 8601; empty if unknown.
        rounded_by: most by which it may be rounded, as a share of what was said.
    """
    value, said = number.value, index.mentions
    if _VAGUE.fullmatch(number.text):
        return True
    if value in _YEARS:
        away = abs(value - int(date[:4])) if date[:4].isdigit() else FARTHEST_YEAR + 1
        return 0 < away <= FARTHEST_YEAR and any(
            _AFTER_YEARS.match(index.turns[m.place].text, m.number.start + len(m.number.text))
            for m in said.get(away, ())
        )
    if date[:4].isdigit() and _AFTER_YEARS.match(sentence, number.start + len(number.text)):
        begun = int(date[:4]) - value  # "thirty years old", of what was dated
        if any(abs(begun - other) <= max(1, value / 10) for other in said if other in _YEARS):
            return True
    if value >= 100 and any(abs(value - other) <= rounded_by * other for other in said):
        return True
    if value <= FEW and value == int(value) and (value - 1 in said or value + 1 in said):
        return True
    return any(
        times * value in said or value / times in said
        for times, words in PERIODS.items()
        if value > 1 and words.search(sentence)
    )


def _mentions(number: Number, index: SessionIndex, sentence: str, *, about: bool = False) -> list[Mention]:
    value = number.value
    if number.clock:
        hours, minutes = divmod(value, 60)
        exact = list(index.clocks.get(value, ()))
        if minutes and minutes not in index.mentions:
            return exact
        halves = (hours, hours - 12) if hours > 12 else (hours,)
        return exact + [mention for hour in halves for mention in index.mentions.get(hour, ())]
    mentions = [mention for spelling in _spellings(value, index, about) for mention in index.mentions.get(spelling, ())]
    if value >= 1000 and _METRES.match(sentence, number.start + len(number.text)):  # 6 400 m for 6,4 km
        mentions += index.mentions.get(value / 1000, ())
    if value % 60 == 30 and _MINUTES.match(sentence, number.start + len(number.text)):
        mentions += [m for m in index.mentions.get(value // 60, ()) if _has_half_an_hour(m, index)]
    for scale, words in SCALES.items():
        if value < 1000 and words.search(sentence):  # "3,4 millions, dont 2,1 pour la halle"
            mentions += index.mentions.get(round(value * scale, 6), ())
        # "deux milliards" was not said because somebody said "deux": the scale must be there too
        if value >= scale and value % max(1000, scale / 10) == 0:
            mentions += [m for m in index.mentions.get(value / scale, ()) if _has_scale_word(m, words, index)]
    return mentions


def _has_scale_word(mention: Mention, words: re.Pattern[str], index: SessionIndex) -> bool:
    """Return whether the word of a scale is in the turn of a mention, or in the one before or after it."""
    around = index.turns[max(0, mention.place - 1) : mention.place + 2]
    return any(words.search(turn.text) for turn in around)


def _has_half_an_hour(mention: Mention, index: SessionIndex) -> bool:
    """Return whether a number is the hours of "two hours and a half" or of "deux heures et demie"."""
    text, number = index.turns[mention.place].text, mention.number
    return _HALF_AN_HOUR.match(text, number.start + len(number.text)) is not None


def said_as_fraction(number: Number, sentence: str, index: SessionIndex) -> list[Mention]:
    """Return the mentions of a share in other words: 50 % for a half, 5 % for one in twenty.

    Their place is that of the turn.
    """
    after = number.start + len(number.text)
    if number.value in OTHER_UNITS and _MONTHS_OR_MINUTES.match(sentence, after):
        unit = OTHER_UNITS[number.value]
        return [Mention(place, number) for place, turn in enumerate(index.turns) if unit.search(turn.text)]
    if not _PER_CENT.match(sentence, after):
        return []
    words = next((w for share, w in FRACTIONS.items() if abs(number.value - share) <= 1), None)
    return [Mention(place, number) for place, turn in enumerate(index.turns) if words and words.search(turn.text)]


def _spellings(value: float, index: SessionIndex, about: bool) -> Iterable[float]:
    """Yield the value, then the values under which a speaker may have said it: shortened, or exact if `about`."""
    yield value
    if CENTURIES[0] <= value <= CENTURIES[1] and value % 100 >= 10:
        yield value % 100
    if about:
        step = next((step for step in (1e6, 1e5, 1e4, 1000, 100, 10) if value and value % step == 0), 0)
        yield from (other for other in index.mentions if 0 < abs(other - value) < min(step, value / 10 + 1e-9))
