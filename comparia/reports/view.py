"""What every report shows of a run, computed once: recaps, columns, cells, key points, pairs, sets.

The terminal, the pages, Markdown, the documents and the figure read the same `View`. It is made for one reader: its
words are in the language in which they were first asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import comb

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext, number
from comparia.records import Evidence, Run, Score, SentenceEvidence, Variant
from comparia.reports import readings
from comparia.reports.cells import Cell, Column, Pair, Row, is_settled
from comparia.reports.differences import coverage_of, evidence_of
from comparia.reports.groups import GroupTable, group_tables
from comparia.reports.readings import TableName, flagged, metrics_of, reading_of, verdicts_told
from comparia.reports.wording import findings as findings_wording
from comparia.reports.wording import scores as wording
from comparia.reports.wording.labels import asked_label, backend_label, recap_label
from comparia.reports.wording.references import status_note, status_phrase
from comparia.reports.wording.variants import shown

MOST_TO_LOOK_AT = 5
"""Lost views that a headline sends a person to look at first."""


class View:
    """A run as reports show it. Everything is computed when it is first asked for, once."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._cells: dict[int, Cell] = {}

    # Recaps

    @cached_property
    def recaps(self) -> list[Variant]:
        """Variants with a summary, in the order of the plan."""
        return shown(self.run)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Name of every variant, by id."""
        return {variant.id: recap_label(self.run, variant) for variant in self.run.variants}

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letter by which each recap is told where there is little place, by id: A to Z, then AA, AB..."""
        letters = {}
        for n, variant in enumerate(self.recaps):
            letters[variant.id] = ("" if n < 26 else chr(64 + n // 26)) + chr(65 + n % 26)
        return letters

    def label(self, variant: str) -> str:
        """Return the name of a variant, its id where the run does not hold it."""
        return self.labels.get(variant, variant)

    def lettered(self, variant: str) -> str:
        """Return the letter of a recap and the least of its name that tells it apart: `B · prompt`."""
        return f"{self.letters[variant]} · {self._short[variant]}" if variant in self.letters else self.label(variant)

    @cached_property
    def _short(self) -> dict[str, str]:
        """The least of the name of each recap that tells it from the others: its prompt, its writer, or all of it."""
        asked = {v.id: asked_label(self.run, v) for v in self.recaps}
        writers = {v.id: backend_label(v.backend) for v in self.recaps}
        names: dict[str, str] = {}
        for variant in self.recaps:
            told = (of[variant.id] for of in (asked, writers) if [*of.values()].count(of[variant.id]) == 1)
            names[variant.id] = next(filter(None, told), self.label(variant.id))
        return names

    # Scores

    @cached_property
    def _scores(self) -> dict[tuple[str, frozenset[str]], Score]:
        found: dict[tuple[str, frozenset[str]], Score] = {}
        for score in self.run.scores:
            found.setdefault((score.metric, frozenset(score.variants)), score)
        return found

    def score(self, metric: str, *variants: str) -> Score | None:
        """Return the score of a metric for a recap, or for several in any order; None where there is none."""
        return self._scores.get((metric, frozenset(variants)))

    def cell_of(self, score: Score) -> Cell:
        """Return a score as every format shows it."""
        key = id(score)
        if key not in self._cells:
            self._cells[key] = Cell(
                score,
                wording.value_text(score),
                wording.counts_sentence(score),
                tuple(wording.beside(score)),
                wording.doubtful(score),
                reading_of(score.metric).unit == "share",
            )
        return self._cells[key]

    def cell(self, column: Column, variant: str) -> Cell | None:
        """Return the score of a recap in a column, None where it has none there."""
        score = self.score(column.metric, variant)
        if score is None or (column.signature and score.value is not None and score.signature != column.signature):
            return None
        return self.cell_of(score)

    @cached_property
    def columns(self) -> list[Column]:
        """Columns of the table of scores of each recap."""
        return self._columns("scores")

    @cached_property
    def checks(self) -> list[Column]:
        """Columns of the table of checks of each recap."""
        return self._columns("checks")

    def _columns(self, place: TableName) -> list[Column]:
        """Return one column a metric, or one a signature where its scores have several: others are not comparable."""
        columns: list[Column] = []
        for metric in dict.fromkeys(score.metric for score in self.run.scores):
            if reading_of(metric).place != place:
                continue
            valued = (s for s in self.run.scores if s.metric == metric and s.value is not None)
            signatures = list(dict.fromkeys(score.signature for score in valued))
            if len(signatures) < 2:
                columns.append(Column(metric))
            else:
                columns.extend(Column(metric, signature, n) for n, signature in enumerate(signatures, start=1))
        return columns

    @property
    def split_reason(self) -> str:
        """Why some metrics have several columns; empty when none has."""
        if not any(column.number for column in (*self.columns, *self.checks)):
            return ""
        return _("Numbers made by different recipes are not compared: each recipe has its own column.")

    @cached_property
    def coverage(self) -> dict[str, Score]:
        """The score that holds the verdict on each key point, by recap."""
        return coverage_of(self.run)

    @cached_property
    def groups(self) -> list[GroupTable]:
        """What each recap keeps of the points of each group of people, and of each session of a cycle."""
        return group_tables(self.run)

    @cached_property
    def quotations(self) -> dict[str, Score]:
        """The score that holds each quotation, by recap."""
        scores = {variant.id: self.score(readings.QUOTATIONS, variant.id) for variant in self.recaps}
        return {variant: score for variant, score in scores.items() if score is not None}

    @cached_property
    def pair_scores(self) -> list[Score]:
        """Scores of two recaps, in order."""
        return [s for s in self.run.scores if reading_of(s.metric).place == "pairs" and len(s.variants) == 2]

    @cached_property
    def pair_metrics(self) -> tuple[str, ...]:
        """Names of the metrics of two recaps, in order."""
        return metrics_of("pairs")

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every pair of recaps that has a score, with its scores."""
        by_pair: dict[tuple[str, ...], dict[str, Score]] = {}
        for score in self.pair_scores:
            by_pair.setdefault(score.variants, {})[score.metric] = score
        return [
            Pair(
                tuple(map(self.label, variants)),
                tuple(self.cell_of(of[m]) if m in of else None for m in self.pair_metrics),
            )
            for variants, of in by_pair.items()
        ]

    @cached_property
    def pairs_sentence(self) -> str:
        """How many pairs of recaps are compared, of how many there are; empty where every pair is, or none."""
        compared, of = len(self.pairs), comb(len(self.recaps), 2)
        chosen = any("|pairs:" in score.signature for score in self.pair_scores)
        if not chosen or compared >= of:
            return ""
        sentence = ngettext(
            "{n} pair of recaps is compared, of {of}: pairs of the same model and prompt, and of the first recaps of "
            "each.",
            "{n} pairs of recaps are compared, of {of}: pairs of the same model and prompt, and of the first recaps of "
            "each.",
            compared,
        )
        return sentence.format(n=number(compared), of=number(of))

    def evidence(self, score: Score) -> tuple[Evidence, ...]:
        """Return the evidence of a score: that of a pair is computed from the verdicts on its two recaps."""
        return evidence_of(score, self.coverage)

    @cached_property
    def set_scores(self) -> list[Score]:
        """Scores of several recaps together: all of them, or the repeats of one model."""
        return [score for score in self.run.scores if reading_of(score.metric).place == "sets"]

    def set_name(self, score: Score) -> str:
        """Return the name of a score on a set: with the model and the prompt where it is of one model's recaps."""
        name = wording.metric_name(score.metric)
        first = next((v for v in self.run.variants if v.id in score.variants), None)
        if first is None or not reading_of(score.metric).names_author:
            return name
        author = (backend_label(first.backend), self.run.prompt_named(first.prompt))
        return f"{name} ({' · '.join(part for part in author if part)})"

    def flags(self, variant: str) -> list[tuple[str, SentenceEvidence]]:
        """Return the sentences of a recap that checks point at: the metric, and the evidence."""
        return [
            (metric, item)
            for metric, reading in readings.READINGS.items()
            if reading.flags and (score := self.score(metric, variant)) is not None
            for item in flagged(score)
        ]

    @cached_property
    def signatures(self) -> list[str]:
        """Every distinct signature of the scores, in order."""
        return list(dict.fromkeys(score.signature for score in self.run.scores))

    # Key points

    @cached_property
    def rows(self) -> list[Row]:
        """The key point × recap table: minority views first, then by how few recaps keep the point."""
        reference = self.run.reference
        if reference is None:
            return []
        verdicts = {(e.key_point, variant): e for variant, score in self.coverage.items() for e in score.points}
        rows = [
            Row(
                point,
                reference.is_minority(point),
                tuple(map(self.run.transcript.speaker_name, point.holders)),
                tuple(verdicts.get((point.id, variant.id)) for variant in self.recaps),
            )
            for point in reference.key_points
        ]
        return sorted(rows, key=lambda row: (not row.minority, row.kept))

    @cached_property
    def minority_rows(self) -> list[Row]:
        """The rows of minority views."""
        return [row for row in self.rows if row.minority]

    @cached_property
    def open_rows(self) -> list[Row]:
        """The rows to be read: minority views that no recap keeps, then what recaps treat differently or all lose."""
        rows = [row for row in self.rows if row.lost or not row.alike]
        return sorted(rows, key=lambda row: not (row.minority and row.lost))

    @cached_property
    def kept_rows(self) -> list[Row]:
        """The rows that every recap treats the same, and that none of them loses."""
        return [row for row in self.rows if row.alike and not row.lost]

    @cached_property
    def lost(self) -> list[Row]:
        """The rows that no recap keeps, in part or whole: minority views first, then those found nowhere first."""
        return sorted((row for row in self.rows if row.lost), key=lambda row: (not row.minority, row.unsure))

    @cached_property
    def lost_views(self) -> list[Row]:
        """The minority views that no recap keeps, in part or whole."""
        return [row for row in self.lost if row.minority]

    @cached_property
    def open_lost(self) -> list[Row]:
        """Those of `lost_views` that no judge and no person settled: the likeliest to be in a recap come first."""
        rows = (row for row in self.lost_views if not row.settled)
        return sorted(rows, key=lambda row: (not row.unsure, -row.likeliest))

    @property
    def to_look_at(self) -> list[Row]:
        """The lost views that a person should look at first, `MOST_TO_LOOK_AT` at most."""
        return self.open_lost[:MOST_TO_LOOK_AT]

    @cached_property
    def in_words_alone(self) -> bool:
        """Whether key points were looked for by their words alone: no judge and no person settled any of them."""
        return not any(is_settled(cell) for row in self.rows for cell in row.cells)

    @cached_property
    def status(self) -> str:
        """What the list of key points is, where nobody reviewed it: it stands in every headline."""
        return status_phrase(self.run.reference)

    @cached_property
    def lost_sentence(self) -> str:
        """How many of the minority views no recap keeps, what the list is, and whether words alone were looked for.

        Empty where there are none to keep.
        """
        of, recaps = len(self.minority_rows), len(self.recaps)
        if not of or not recaps:
            return ""
        if not any(cell and cell.verdict != "unscored" for row in self.minority_rows for cell in row.cells):
            return ""  # nothing was scored: nothing can be said of them
        return findings_wording.lost_sentence(
            len(self.lost_views),
            of,
            recaps,
            status=status_note(self.run.reference),
            open=len(self.open_lost),
            first=len(self.to_look_at),
        )

    @cached_property
    def losses(self) -> list[tuple[Variant, str]]:
        """Each recap, and what became of the minority views in it.

        It counts those that are kept, softened, told as everybody's, not found.
        """
        losses = []
        for n, variant in enumerate(self.recaps if self.minority_rows else ()):
            verdicts = Counter(cell.verdict for row in self.minority_rows if (cell := row.cells[n]))
            kept = _("{kept} of the {of} minority views kept").format(
                kept=number(verdicts["kept"]), of=number(len(self.minority_rows))
            )
            losses.append((variant, " · ".join([kept, *verdicts_told(verdicts)])))
        return losses

    @cached_property
    def spread(self) -> list[str]:
        """How many key points all the recaps keep, some of them, one, none; empty with fewer than two recaps."""
        recaps = len(self.recaps)
        if recaps < 2 or not self.rows:
            return []
        by_kept: dict[int, list[Row]] = {}
        for row in self.rows:
            by_kept.setdefault(row.kept, []).append(row)
        return [labelled(_kept_by(by, recaps), _counted(by_kept[by])) for by in sorted(by_kept, reverse=True)]

    def verdict_counts(self, recap: int, rows: Sequence[Row]) -> Counter[str]:
        """Return how many of `rows` have each verdict in the recap of this place in `recaps`."""
        return Counter(cell.verdict if (cell := row.cells[recap]) else "unscored" for row in rows)


def _kept_by(by: int, recaps: int) -> str:
    if by == recaps:
        return _("Kept by all the recaps")
    if by == 0:
        return _("Kept by none")
    return ngettext("Kept by {n} recap alone", "Kept by {n} recaps", by).format(n=number(by))


def _counted(rows: Sequence[Row]) -> str:
    n, few = len(rows), sum(row.minority for row in rows)
    points = ngettext("{n} key point", "{n} key points", n).format(n=number(n))
    minority = ngettext("{n} minority view", "{n} minority views", few).format(n=number(few))
    return f"{points} ({minority})"
