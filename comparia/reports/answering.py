"""The file in which participants who are not in the room read a recap and answer: a page that sends nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from markupsafe import Markup

from comparia.messages import moment, speaking
from comparia.records import MOST_WORDS, MemberCheck
from comparia.reports.html import environment
from comparia.text.controls import shown_text


def answer_page(check: MemberCheck) -> bytes:
    """Return the page, in the language of the recap.

    It holds the sentences of the recap, and marks for each. Its button writes the answers as a file or as text, which
    the participant sends back as they like. It opens without a network, and reaches no address.
    """
    with speaking(check.language):
        template = environment().get_template("answers.html")
        page = template.render(
            check=check,
            closes_at=moment(check.closes_at),
            lang=check.language,
            most=MOST_WORDS,
            css=_shipped("public.css"),
            script=_shipped("answers.js"),
        )
    return shown_text(page).encode("utf-8", "replace")


@cache
def _shipped(name: str) -> Markup:
    """Return a style or a script that stands in the page as it is."""
    return Markup((Path(__file__).parent / "templates" / name).read_text("utf-8"))  # noqa: S704 - ships with Comparia
