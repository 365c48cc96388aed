"""The words of the pages, with what they mean, one click away from each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from comparia.messages import gettext as _
from comparia.reports import wording
from comparia.web.pages import page, settings_of


@dataclass(frozen=True)
class GlossaryPage:
    """Everything the page of words shows."""

    words: Sequence[tuple[str, str]]
    """Each word, and what it means."""
    is_guided: bool
    """Whether pages show the four steps of a first visit, whatever was compared."""


def show(request: Request) -> Response:
    """Show what the words of the pages mean."""
    return page(request, "glossary.html", GlossaryPage(_words(), settings_of(request).guide == "shown"))


def _words() -> list[tuple[str, str]]:
    """Return words and meanings, in the order in which one meets them."""
    return [
        (_("Session"), _("The meeting: who said what, as it was read from your files.")),
        (_("Kind of session"), _("A council, a public meeting, a workshop…, and what is chosen for it, at one click.")),
        (_("Turn"), _("What one person says without being interrupted, or one message of the chat.")),
        (_("Recap"), _("A text that sums up the session: written by a model, by a person, or made of extracts.")),
        (_("Extracts"), _("Sentences of the session chosen by a calculation, word for word. No AI writes them.")),
        (_("Prompt"), _("The instruction that a model is given with the session.")),
        (
            _("Key point"),
            _("One view, fact, decision, action or open question of the session, with the words that say it."),
        ),
        (_("Minority view"), _("A view that few people hold, or that somebody marked so: what recaps lose first.")),
        (_("Isolated voice"), _("A view that one person alone holds.")),
        (wording.verdict_name("kept"), _("The recap says it, as it was held.")),
        (
            wording.verdict_name("partly"),
            _("Something that matters is missing: its reason, its figure, one of two halves."),
        ),
        (wording.verdict_name("softened"), _("The recap says it, weaker than it was held.")),
        (wording.verdict_name("lent_to_all"), _("The view of one or of few is told as everybody's.")),
        (wording.verdict_name("contradicted"), _("The recap says the opposite, or a wrong figure or decision.")),
        (wording.verdict_name("absent"), _("The recap does not say it, as far as words can tell.")),
        (wording.verdict_name("uncertain"), _("Words cannot tell: look at it, and settle it.")),
        (
            _("To settle"),
            _("To say yourself what a recap makes of a point; it then counts instead of the calculation."),
        ),
        (_("Judge"), _("A model that is asked where words cannot tell. It never judges what it wrote.")),
        (_("Flag"), _("A passage of a recap to look at: a quotation nobody said, a number, a name, personal data.")),
        (_("Pseudonym"), _("An invented name that models read in place of a real one; names are put back afterwards.")),
        (_("Zone"), _("Where a model runs: on this computer, in France, in the European Union, or elsewhere.")),
        (_("Journal"), _("The list of what left this computer: when, where to, how much. Never the text.")),
    ]
