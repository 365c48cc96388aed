"""The words said of what is hidden from models: how much, of which kinds, and what that cannot promise."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Pseudonyms


def hidden_sentence(pseudonyms: Pseudonyms) -> str:
    """Return how many people and pieces of data every model reads otherwise."""
    people = ngettext("{n} person", "{n} people", len(pseudonyms.people)).format(n=number(len(pseudonyms.people)))
    shaped = sum(alias.pseudonym.startswith("[") for alias in pseudonyms.aliases)
    data = ngettext("{n} piece of personal data", "{n} pieces of personal data", shaped).format(n=number(shaped))
    return _("Pseudonymised: {people}, {data}. The recaps come back with the names.").format(people=people, data=data)


def hidden_count(pseudonyms: Pseudonyms) -> str:
    """Return how many people and pieces of data will be hidden."""
    shaped = sum(alias.pseudonym.startswith("[") for alias in pseudonyms.aliases)
    return _("What is hidden before anything leaves: {people} people, {data} pieces of personal data").format(
        people=number(len(pseudonyms.people)), data=number(shaped)
    )


def held_sentence(people: int, personal_data: Mapping[str, int]) -> str:
    """Return what personal data a recording holds.

    Args:
        people: number of people whose names it holds, as far as they are found.
        personal_data: number of other pieces of personal data, by kind.
    """
    names = alias_kind_names()
    said = ngettext(
        "This file holds the words of the session, with the names of {n} person.",
        "This file holds the words of the session, with the names of {n} people.",
        people,
    ).format(n=number(people))
    if personal_data:
        kinds = ", ".join(f"{names.get(kind, kind)} × {number(n)}" for kind, n in personal_data.items())
        said += " " + _("Other personal data found in it: {kinds}.").format(kinds=kinds)
    return said + " " + _("Keep it as you keep the transcript.")


def alias_kind_names() -> dict[str, str]:
    """Return the kinds of personal data for people, by code."""
    return {
        "email": _("email address"),
        "phone": _("phone number"),
        "address": _("address"),
        "national_id": _("social security number"),
        "iban": "IBAN",
        "company_id": "SIREN, SIRET",
        "plate": _("number plate"),
        "card": _("bank card"),
        "birth_date": _("date of birth"),
        "link": _("link"),
        "handle": _("account"),
        "organisation": _("organisation"),
    }


def pseudonym_limits() -> str:
    """Return what pseudonyms cannot promise, in one sentence."""
    return _(
        "a nickname, a name badly misspelt, or a person told by what they do may remain; whoever knows the place "
        "may recognise people. "
        "Read the text before it is sent."
    )
