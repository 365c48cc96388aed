"""A comparison made public: names as chosen, personal data hidden or told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

from comparia.errors import ConfigurationError, InputError
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Run

if TYPE_CHECKING:
    from comparia.privacy.published import PeopleShown
    from comparia.reports.flags import PersonalData

PersonalChoice = Literal["refuse", "mask", "keep"]
"""What is done with personal data that has a shape: nothing is published, it is masked, or it is published."""

MOST_NAMED = 5
"""Pieces of personal data that an error names."""


def publish(
    run: Run, format: str = "public", *, people: PeopleShown = "none", personal_data: PersonalChoice = "refuse"
) -> bytes:
    """Return a comparison as a file to publish: `public` (a page), `poster` (a drawing) or `poster-png` (a picture).

    Args:
        run: the run.
        format: name of a format that is published.
        people: how they are named in it: not at all, by initials, or as they are in the session.
        personal_data: what is done with telephone numbers, addresses and the like; without names, they are masked.

    Raises:
        UnknownName: no such format.
        ConfigurationError: the format is not one that is published, or a choice is none of these.
        InputError: there is personal data in it, and nobody chose what is done with it.
    """
    from comparia import privacy, reports
    from comparia.privacy.published import PeopleShown, published

    form = reports.format_of(format)
    if not form.published:
        raise ConfigurationError(
            _("Names are chosen for what is published: public and poster."),
            _("Leave out --personal-data."),
            on_page=_("Open the page again."),
        )
    if people not in get_args(PeopleShown) or personal_data not in get_args(PersonalChoice):
        raise ConfigurationError(
            _("There is no such choice of names or of personal data."),
            _("See what it may be: comparia report --help"),
            on_page=_("Open the page again."),
        )
    if people == "kept" and personal_data != "mask":
        found = data_to_publish(run)
        if found and personal_data == "refuse":
            raise _refused(found)
        content: bytes = form.written_by.write(run, with_names=True)
        return content
    # Names that models were sent as they are may have been left for them alone: none is left here.
    aliases = run.pseudonyms.aliases if run.pseudonyms else ()
    asked = tuple(alias.original for alias in aliases if alias.source == "asked")
    shown = published(run, privacy.AUTO._replace(hidden=asked).of(run.transcript), people)
    content = form.written_by.write(shown, with_names=people != "none")
    return bytes(content)


def data_to_publish(run: Run) -> list[PersonalData]:
    """Return the personal data that has a shape in what would be published, each piece once."""
    from comparia import privacy
    from comparia.reports.flags import PersonalData

    found = (
        PersonalData(mention.kind, text[mention.start : mention.end])
        for text in _texts(run)
        for mention in privacy.identifiers(text)
        if mention.kind != "link"
    )
    return list(dict.fromkeys(found))


def _texts(run: Run) -> Iterator[str]:
    from comparia.reports import public

    yield from (run.transcript.title, run.transcript.place)
    final = public.final_recap(run)
    yield final.summary or "" if final else ""
    for point in run.reference.key_points if run.reference else ():
        yield point.text
        yield from (quote.words for quote in point.said)
    for prompt in run.prompts:
        yield from (prompt.name, prompt.system, *prompt.steps)


def _refused(found: list[PersonalData]) -> InputError:
    listed = ", ".join(data.words for data in found[:MOST_NAMED]) + ("…" if len(found) > MOST_NAMED else "")
    message = ngettext(
        "There is {n} piece of personal data in what would be published: {listed}. Nothing was written.",
        "There are {n} pieces of personal data in what would be published: {listed}. Nothing was written.",
        len(found),
    )
    return InputError(
        message.format(n=number(len(found)), listed=listed),
        cure=_("Mask it with --personal-data mask, or publish it with --personal-data keep."),
        on_page=_("Choose below whether it is masked or published."),
    )
