"""The words reports say of groups of people, and of the sessions of a cycle."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import ngettext, percent
from comparia.reports.groups import GroupLine, GroupTable


def group_cell(line: GroupLine, variant: str) -> str:
    """Return what a recap keeps of the points of a group: the share, its interval, and that of minority views."""
    share = line.coverage.get(variant)
    if share is None or share.share is None:
        return "–"
    text = percent(share.share)
    if share.low is not None and share.high is not None:
        text += f" [{percent(share.low)}–{percent(share.high)}]"
    few = line.minority.get(variant)
    if few is not None and few.share is not None:
        text += " · " + _("minority views {share}").format(share=percent(few.share))
    return text


def groups_sentence() -> str:
    """Return what a table of groups shows, and what it does not."""
    from comparia.statistics.groups import FEWEST

    return _(
        "Share kept of the points that people of each group hold, with its interval (95 %). A point held by several "
        "groups counts in each. Groups of fewer than {n} people or points are not shown."
    ).format(n=FEWEST)


def suppressed_sentence(table: GroupTable) -> str:
    """Return how many groups are not shown; empty when all are."""
    n = table.suppressed
    return ngettext("{n} group is not shown.", "{n} groups are not shown.", n).format(n=n) if n else ""
