"""The rows, columns and cells of the tables that every report shows."""

from __future__ import annotations

from typing import NamedTuple

from comparia.messages import gettext as _
from comparia.records import CREDIT, RETENTION, KeyPoint, PointEvidence, Score, is_judged
from comparia.reports.wording.scores import metric_name


class Column(NamedTuple):
    """One column of a table of scores: scores with one signature only."""

    metric: str
    """Name of the metric."""
    signature: str = ""
    """The one it holds, where the metric's scores have several; empty where they have one."""
    number: int = 0
    """Which recipe, from 1; 0 where there is one."""

    @property
    def name(self) -> str:
        """The heading, in the reader's language."""
        name = metric_name(self.metric)
        return _("{name} (recipe {n})").format(name=name, n=self.number) if self.number else name


class Cell(NamedTuple):
    """A score as every format shows it."""

    score: Score
    """The score itself."""
    value: str
    """Its value for people, a dash where it has none."""
    counts: str
    """The counts behind it, or why it has no value; empty where there is nothing to say."""
    context: tuple[str, ...]
    """Lines it is read beside: interval, baselines."""
    doubtful: bool
    """Whether it is shown greyed: its judge does not agree with itself."""
    drawn: bool
    """Whether its value is drawn as a bar: a share is."""

    @property
    def details(self) -> tuple[str, ...]:
        """Every line under the value."""
        return (self.counts, *self.context) if self.counts else self.context


def is_settled(cell: PointEvidence | None) -> bool:
    """Return whether a person or a judge settled a verdict: else it rests on words alone, or is uncertain."""
    if cell is None or cell.verdict == "uncertain":
        return False
    return cell.note == "settled" or is_judged(cell.note)


class Row(NamedTuple):
    """One line of the key point × recap table."""

    point: KeyPoint
    """The key point."""
    minority: bool
    """Whether it is a minority view."""
    holders: tuple[str, ...]
    """Names of those who hold it."""
    cells: tuple[PointEvidence | None, ...]
    """The verdict in each recap, None where it was not looked for."""

    @property
    def alike(self) -> bool:
        """Whether every recap treats the point the same; never when there is one recap only."""
        return len(self.cells) > 1 and len({cell.verdict if cell else "" for cell in self.cells}) == 1

    @property
    def kept(self) -> int:
        """Number of recaps that keep the point whole."""
        return sum(cell.verdict == "kept" for cell in self.cells if cell)

    @property
    def lost(self) -> bool:
        """Whether it was looked for and no recap holds it, even in part.

        A minority view that is only softened, or lent to all, is lost.
        """
        credit = RETENTION if self.minority else CREDIT
        return any(self.cells) and not any(credit.get(cell.verdict, 0.0) for cell in self.cells if cell)

    @property
    def unsure(self) -> bool:
        """Whether words alone cannot tell if the point is in one of the recaps."""
        return any(cell is not None and cell.verdict == "uncertain" for cell in self.cells)

    @property
    def settled(self) -> bool:
        """Whether a person or a judge settled what became of it in every recap: else words alone were looked for."""
        return bool(self.cells) and all(map(is_settled, self.cells))

    @property
    def likeliest(self) -> float:
        """The highest probability that a recap expresses it, in [0, 1]; 0 where it was not looked for."""
        return max((cell.probability or 0.0 for cell in self.cells if cell), default=0.0)

    @property
    def fate(self) -> str:
        """The verdict shown of a point that no recap keeps."""
        met = {cell.verdict for cell in self.cells if cell}
        return next((verdict for verdict in ("uncertain", "lent_to_all", "softened") if verdict in met), "absent")


class Pair(NamedTuple):
    """Two recaps and what sets them apart."""

    labels: tuple[str, ...]
    """Names of the two recaps."""
    cells: tuple[Cell | None, ...]
    """A score for each of `View.pair_metrics`, None where there is none."""
