"""The words said of the flags of a recap."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext, number
from comparia.reports.verdicts import verdict_name
from comparia.reports.wording.pseudonyms import alias_kind_names


def kind_name(kind: str) -> str:
    """Return a kind of flags for people."""
    return {
        "personal": _("Personal data"),
        "participant": _("Disputed by participants"),
        "quotation": _("Quotations"),
        "number": _("Numbers"),
        "name": _("Names"),
        "attribution": _("Who said it"),
        "agreement": _("Claims of agreement"),
        "other": _("Other checks"),
    }[kind]


def personal_sentence(kind: str) -> str:
    """Return that personal data of a kind stands in a recap."""
    return labelled(_("Personal data"), alias_kind_names().get(kind, kind))


def disputed_sentence() -> str:
    """Return that somebody who took part disputes a sentence."""
    return _("A participant says: this is not what I said.")


def quotation_sentence(verdict: str, speaker: str) -> str:
    """Return what is wrong with a quotation, and who said it where the recap gives it to somebody else."""
    return labelled(verdict_name(verdict), speaker) if speaker else verdict_name(verdict)


def flags_sentence(open_flags: int, of: int) -> str:
    """Return how many flags of a recap are to be looked at, of how many there are."""
    if not open_flags:
        return ngettext("{n} passage looked at", "{n} passages looked at", of).format(n=number(of))
    said = ngettext("{n} passage to look at", "{n} passages to look at", open_flags).format(n=number(open_flags))
    if open_flags == of:
        return said
    answered = ngettext("{n} looked at", "{n} looked at", of - open_flags).format(n=number(of - open_flags))
    return f"{said} · {answered}"


def answer_name(answer: str) -> str:
    """Return what a person answered to a flag, for people."""
    return {"corrected": _("corrected"), "right": _("it is right"), "masked": _("masked")}.get(answer, "")
