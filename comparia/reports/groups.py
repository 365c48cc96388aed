"""Coverage and retention of minority views by group: attributes of people, or session of a cycle.

Computed from the stored verdicts; nobody's attribute is written, only groups of people large enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from comparia.messages import gettext as _
from comparia.records import CREDIT, RETENTION, KeyPoint, PointEvidence, Reference, Run
from comparia.reports.differences import coverage_of

if TYPE_CHECKING:
    from comparia.statistics.groups import GroupShare

MOST_ATTRIBUTES = 12
"""Attributes that are shown, those that most people have first."""

MOST_VALUES = 20
"""Values of an attribute beyond which it names people rather than groups."""

GroupKind = Literal["attribute", "session"]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group, in every recap."""

    group: str
    """Value of the attribute, or title of the session."""
    people: int | None
    """People of the group who hold a point; None where the group is not shown, or is not one of people."""
    points: int | None
    """Points that they hold; None where the group is not shown."""
    coverage: Mapping[str, GroupShare]
    """Share of these points that each recap keeps, by recap."""
    minority: Mapping[str, GroupShare]
    """Share of the minority views among them that it keeps; empty where there is none."""

    @property
    def is_shown(self) -> bool:
        """Whether the group is large enough to be shown."""
        return any(share.share is not None for share in self.coverage.values())


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One way to group people, or what they said."""

    kind: GroupKind
    """What the groups are."""
    name: str
    """Name of the attribute; empty otherwise."""
    lines: Sequence[GroupLine]
    """Its groups."""

    @property
    def title(self) -> str:
        """Heading of the table, in the reader's language."""
        return self.name or _("Session")

    @property
    def suppressed(self) -> int:
        """Number of groups that are too small to be shown."""
        return sum(not line.is_shown for line in self.lines)


def group_tables(run: Run) -> list[GroupTable]:
    """Return what each recap keeps of the points of each group of people and of each session.

    A point belongs to every group of its holders. Groups of fewer than five people or five points are not shown, nor
    the smallest other where a single one would be held back. There is no table without key points and verdicts.
    """
    reference, transcript = run.reference, run.transcript
    verdicts = {
        variant: {item.key_point: item.verdict for item in score.evidence if isinstance(item, PointEvidence)}
        for variant, score in coverage_of(run).items()
    }
    if reference is None or not verdicts:
        return []
    tables = []
    for name in _attributes(run):
        values = {s.id: s.attributes[name] for s in transcript.speakers if s.attributes.get(name)}

        def by_people(point: KeyPoint, values: Mapping[str, str] = values) -> dict[str, list[str]]:
            groups: dict[str, list[str]] = {}
            for holder in point.holders:
                if holder in values and holder not in reference.moderators:
                    groups.setdefault(values[holder], []).append(holder)
            return groups

        tables.append(_table(reference, verdicts, "attribute", name, by_people, with_people=True))
    if transcript.parts:
        titles = _distinct([part.title for part in transcript.parts])

        def by_session(point: KeyPoint) -> dict[str, list[str]]:
            turns = [quote.turn for quote in point.said]
            inside = [
                title
                for title, part in zip(titles, transcript.parts, strict=True)
                if any(part.turns[0] <= turn <= part.turns[1] for turn in turns)
            ]
            return {title: [] for title in inside}

        tables.append(_table(reference, verdicts, "session", "", by_session, order=titles))
    return [table for table in tables if any(line.is_shown for line in table.lines)]


def _attributes(run: Run) -> list[str]:
    """Return the attributes that make groups, those that most people have first."""
    counts: dict[str, set[str]] = {}
    bearers: dict[str, int] = {}
    for speaker in run.transcript.speakers:
        for name, value in speaker.attributes.items():
            if value:
                counts.setdefault(name, set()).add(value)
                bearers[name] = bearers.get(name, 0) + 1
    grouping = [name for name, values in counts.items() if 1 < len(values) <= MOST_VALUES]
    return sorted(grouping, key=lambda name: (-bearers[name], name))[:MOST_ATTRIBUTES]


def _table(
    reference: Reference,
    verdicts: Mapping[str, Mapping[str, str]],
    kind: GroupKind,
    name: str,
    groups_of: Callable[[KeyPoint], Mapping[str, Sequence[str]]],
    *,
    order: Sequence[str] = (),
    with_people: bool = False,
) -> GroupTable:
    from comparia.statistics.groups import shares_by_group

    grouped = {point.id: groups_of(point) for point in reference.key_points}
    names = list(dict.fromkeys((*order, *sorted({group for groups in grouped.values() for group in groups}))))
    few = {point.id for point in reference.key_points if reference.is_minority(point)}
    coverage: dict[str, dict[str, GroupShare]] = {group: {} for group in names}
    minority: dict[str, dict[str, GroupShare]] = {group: {} for group in names}
    for variant, own in verdicts.items():
        for shares, credit, wanted in ((coverage, CREDIT, grouped.keys()), (minority, RETENTION, few)):
            rows = [
                (group, point, credit[own[point]], people)
                for point, groups in grouped.items()
                if point in wanted and own.get(point, "unscored") in credit
                for group, people in groups.items()
            ]
            if rows:
                found = shares_by_group(
                    [row[0] for row in rows],
                    [row[2] for row in rows],
                    ["run"] * len(rows),
                    [row[1] for row in rows],
                    people=[row[3] for row in rows] if with_people else None,
                    order=names,
                )
                for share in found:
                    shares[share.group][variant] = share
    lines = []
    for group in names:
        first = next((share for share in coverage[group].values() if share.share is not None), None)
        lines.append(
            GroupLine(
                group,
                first.people if first else None,
                first.points if first else None,
                coverage[group],
                minority[group] if first else {},
            )
        )
    return GroupTable(kind, name, lines)


def _distinct(titles: Sequence[str]) -> list[str]:
    """Return titles with a number after those that stand twice."""
    return [f"{title} ({n})" if titles.count(title) > 1 else title for n, title in enumerate(titles, start=1)]
