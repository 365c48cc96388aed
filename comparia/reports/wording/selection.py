"""The words of what the table of key points can be narrowed to, and of its orders."""

from __future__ import annotations

from collections.abc import Iterator

from comparia.messages import gettext as _
from comparia.reports.view import View


def shows(view: View) -> Iterator[tuple[str, str]]:
    """Yield what became of the points that a table shows, as a value of `Choice.show`, and its name."""
    yield "", _("All points of view")
    yield "lost", _("Kept by no recap") if len(view.recaps) > 1 else _("Not kept")
    if len(view.recaps) > 1:
        for variant in view.recaps:
            yield f"lost:{variant.id}", _("Not kept by {recap}").format(recap=view.lettered(variant.id))
        yield "differ", _("Treated differently")
    yield "minority", _("Minority views")
    yield "unsure", _("To look at")


def orders() -> Iterator[tuple[str, str]]:
    """Yield the orders of a table, as a value of `Choice.order`, and its name."""
    yield "", _("What is lost first")
    yield "session", _("As in the session")
    yield "holders", _("Fewest voices first")
