"""What a comparison found: views that no recap keeps, what each recap keeps, and what is to be looked at in each.

A finding is a sentence with the words it rests on. Findings are made from verdicts and checks alone: nothing is
measured here. Like `View`, they are in the language in which they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Literal, NamedTuple

from comparia.records import RETENTION, KeyPoint, SentenceEvidence, Variant
from comparia.reports import readings
from comparia.reports.cells import Row
from comparia.reports.readings import flagged
from comparia.reports.verdicts import DRAWN, look_of, verdict_name
from comparia.reports.view import View
from comparia.reports.wording import findings as wording

Kind = Literal["not_said", "lent_to_all", "contradicted", "misattributed", "number", "superseded"]
"""What a recap does that a person should look at, in the order in which it is told."""
VoicesKind = Literal["isolated", "few", "others"]
"""Points held by one person alone, by few people, and all others."""

MOST_ITEMS = 5
"""Items that are told of one finding; the recap shows them all."""


class Item(NamedTuple):
    """One thing that a finding is about."""

    words: str
    """The words of the recap."""
    point: KeyPoint | None = None
    """The key point that they tell; None for words that tell none."""
    who: str = ""
    """Names of those who hold the point, or who said the words."""


class Finding(NamedTuple):
    """What one recap does that a person should look at."""

    kind: Kind
    """What it does."""
    recap: Variant
    """The recap."""
    sentence: str
    """The finding in one sentence, which begins with the name of the recap."""
    items: tuple[Item, ...]
    """What it rests on, `MOST_ITEMS` of them at most."""
    more: int = 0
    """Items besides these."""


class Part(NamedTuple):
    """A part of a bar: points with one verdict."""

    verdict: str
    """The verdict."""
    points: int
    """Number of points."""
    start: float
    """Where it begins, as a share of the bar in [0, 1]."""
    share: float
    """Its length, as a share of the bar in [0, 1]."""

    @property
    def told(self) -> str:
        """The part in words, which stay on one line: `● 12 kept`."""
        said = f"{look_of(self.verdict).mark} {wording.counted(self.points)} {verdict_name(self.verdict)}"
        return said.strip().replace(" ", "\u00a0")


class Bar(NamedTuple):
    """What became of one kind of points in one recap: lengths are shares, so that bars of any number compare."""

    kind: VoicesKind
    """Which points."""
    name: str
    """These points in words, with their number."""
    parts: tuple[Part, ...]
    """Its parts, from left to right."""

    @property
    def told(self) -> str:
        """Every part in words."""
        return " · ".join(part.told for part in self.parts)


class Headline(NamedTuple):
    """What one recap keeps, in one sentence and in bars."""

    recap: Variant
    """The recap."""
    label: str
    """Its name, after its letter."""
    sentence: str
    """How much it keeps of minority views and of other points, and how much is to be looked at."""
    bars: tuple[Bar, ...]
    """A bar for each kind of points that the session has."""


class Findings:
    """What a comparison found. Everything is computed when it is first asked for, once."""

    def __init__(self, view: View) -> None:
        self._view = view

    # What no recap keeps

    @cached_property
    def lost(self) -> tuple[Row, ...]:
        """The minority views that no recap keeps, even in part, isolated voices first."""
        rows = [row for row in self._view.lost if row.minority]
        return tuple(sorted(rows, key=lambda row: self.kind_of(row) != "isolated"))

    @cached_property
    def lost_sentence(self) -> str:
        """How many minority views no recap keeps; empty where there are none to keep, or nothing was scored."""
        return self._view.lost_sentence

    @cached_property
    def other_lost(self) -> tuple[Row, ...]:
        """The other points that no recap keeps, even in part."""
        return tuple(row for row in self._view.lost if not row.minority)

    @cached_property
    def in_one(self) -> tuple[tuple[Variant, tuple[Row, ...]], ...]:
        """The minority views that one recap keeps, at least in part, and no other: each recap with its own.

        Empty with fewer than two recaps.
        """
        if len(self._view.recaps) < 2:
            return ()
        alone: dict[int, list[Row]] = {}
        for row in self._view.minority_rows:
            keeping = [n for n, cell in enumerate(row.cells) if cell and RETENTION.get(cell.verdict, 0.0)]
            if len(keeping) == 1:
                alone.setdefault(keeping[0], []).append(row)
        return tuple((self._view.recaps[n], tuple(alone[n])) for n in sorted(alone))

    @cached_property
    def in_one_sentence(self) -> str:
        """How many minority views are in one recap alone; empty where none is."""
        count = sum(len(rows) for _recap, rows in self.in_one)
        return wording.in_one_sentence(count) if count else ""

    def kind_of(self, row: Row) -> VoicesKind:
        """Return whether one person alone holds the point of a row, few people, or more."""
        if not row.minority:
            return "others"
        reference = self._view.run.reference
        return "isolated" if reference is not None and reference.is_isolated(row.point) else "few"

    # What each recap keeps

    @cached_property
    def headlines(self) -> tuple[Headline, ...]:
        """What each recap keeps, in the order of the recaps; none where nothing was scored."""
        if not any(cell for row in self._view.rows for cell in row.cells):
            return ()
        return tuple(self._headline(n, recap) for n, recap in enumerate(self._view.recaps))

    @cached_property
    def _by_kind(self) -> dict[VoicesKind, list[Row]]:
        rows: dict[VoicesKind, list[Row]] = {"isolated": [], "few": [], "others": []}
        for row in self._view.rows:
            rows[self.kind_of(row)].append(row)
        return {kind: found for kind, found in rows.items() if found}

    def _headline(self, place: int, recap: Variant) -> Headline:
        few = self._view.verdict_counts(place, self._view.minority_rows)
        others = self._view.verdict_counts(place, self._by_kind.get("others", []))
        sentence = wording.headline(few, others)
        bars = (self._bar(kind, place, rows) for kind, rows in self._by_kind.items())
        return Headline(recap, self._view.lettered(recap.id), sentence, tuple(bars))

    def _bar(self, kind: VoicesKind, place: int, rows: Sequence[Row]) -> Bar:
        counts = self._view.verdict_counts(place, rows)
        parts: list[Part] = []
        passed = 0
        for verdict in DRAWN:
            if counts[verdict]:
                parts.append(Part(verdict, counts[verdict], passed / len(rows), counts[verdict] / len(rows)))
                passed += counts[verdict]
        return Bar(kind, wording.voices_name(kind, len(rows)), tuple(parts))

    # What is to be looked at in each recap

    @cached_property
    def of_recaps(self) -> tuple[Finding, ...]:
        """What each recap does that a person should look at, recap by recap."""
        found: list[Finding] = []
        for place, recap in enumerate(self._view.recaps):
            kinds: Sequence[tuple[Kind, Callable[[int, Variant], Iterable[Item]]]] = (
                ("not_said", self._not_said),
                ("lent_to_all", self._lent),
                ("contradicted", self._contradicted),
                ("misattributed", self._misattributed),
                ("number", partial(self._numbers, flag="unsupported")),
                ("superseded", partial(self._numbers, flag="superseded")),
            )
            for kind, find in kinds:
                items = tuple(find(place, recap))
                if items:
                    sentence = wording.finding(kind, self._view.lettered(recap.id), items[0].who, len(items))
                    told = items[:MOST_ITEMS]
                    found.append(Finding(kind, recap, sentence, told, len(items) - len(told)))
        return tuple(found)

    def _quotations(self, recap: Variant, verdict: str) -> Iterable[Item]:
        score = self._view.quotations.get(recap.id)
        for item in score.evidence if score else ():
            if item.type == "quotation" and item.verdict == verdict:
                yield Item(item.quotation, who=item.speaker)

    def _not_said(self, _place: int, recap: Variant) -> Iterable[Item]:
        return self._quotations(recap, "not_found")

    def _misattributed(self, _place: int, recap: Variant) -> Iterable[Item]:
        return self._quotations(recap, "misattributed")

    def _with_verdict(self, place: int, verdict: str) -> Iterable[Item]:
        for row in self._view.rows:
            if (cell := row.cells[place]) and cell.verdict == verdict:
                yield Item(cell.sentence, row.point, wording.names(row.holders))

    def _contradicted(self, place: int, _recap: Variant) -> Iterable[Item]:
        return self._with_verdict(place, "contradicted")

    def _lent(self, place: int, recap: Variant) -> Iterable[Item]:
        """Yield the views of few that are told as everybody's: by verdict, then by the check of claims of agreement."""
        lent = list(self._with_verdict(place, "lent_to_all"))
        yield from lent
        told = {item.point.id for item in lent if item.point}
        rows = {row.point.id: row for row in self._view.minority_rows}
        for claim in self._flagged(readings.AGREEMENT, recap):
            row = rows.get(claim.key_point or "")
            if row is not None and claim.flag == "unsupported" and row.point.id not in told:
                told.add(row.point.id)
                yield Item(claim.sentence, row.point, wording.names(row.holders))

    def _numbers(self, _place: int, recap: Variant, flag: str) -> Iterable[Item]:
        for item in self._flagged(readings.NUMBERS, recap):
            if item.flag == flag:
                yield Item(item.sentence, who=item.about)

    def _flagged(self, metric: str, recap: Variant) -> list[SentenceEvidence]:
        score = self._view.score(metric, recap.id)
        return flagged(score) if score is not None and metric in readings.READINGS else []
