"""The words said of a recap that went back to those who took part."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import moment, ngettext, number
from comparia.records import MarkKind, MemberCheckCounts, MemberCheckResult


def member_check_sentences(counts: MemberCheckCounts) -> list[str]:
    """Return how many phones opened a recap and what they marked, each number beside its base, never as a share."""
    opened = ngettext("{n} phone opened this recap.", "{n} phones opened this recap.", counts.opened)
    lines = [opened.format(n=number(counts.opened))]
    parts = (
        (counts.agreed, ngettext("{n} agreed", "{n} agreed", counts.agreed)),
        (counts.agreed_but, ngettext("{n} agreed but for a mark", "{n} agreed but for a mark", counts.agreed_but)),
        (counts.disputed, ngettext("{n} disputed a sentence", "{n} disputed a sentence", counts.disputed)),
        (
            counts.missing,
            ngettext("{n} said that a view is missing", "{n} said that a view is missing", counts.missing),
        ),
        (counts.silent, ngettext("{n} sent nothing", "{n} sent nothing", counts.silent)),
    )
    if counts.by_file:
        files = ngettext(
            "{n} of them is an answer in a file, of somebody who was not in the room.",
            "{n} of them are answers in files, of people who were not in the room.",
            counts.by_file,
        )
        lines.append(files.format(n=number(counts.by_file)))
    told = ", ".join(sentence.format(n=number(count)) for count, sentence in parts if count)
    if told:
        of = ngettext("Of this phone: {told}.", "Of these {n} phones: {told}.", counts.opened)
        lines.append(of.format(n=number(counts.opened), told=told))
    if counts.set_aside:
        aside = ngettext(
            "{n} mark was set aside by the facilitator; it is counted here all the same.",
            "{n} marks were set aside by the facilitator; they are counted here all the same.",
            counts.set_aside,
        )
        lines.append(aside.format(n=number(counts.set_aside)))
    if counts.waiting:
        waiting = ngettext(
            "{n} mark has not been read by the facilitator yet.",
            "{n} marks have not been read by the facilitator yet.",
            counts.waiting,
        )
        lines.append(waiting.format(n=number(counts.waiting)))
    return lines


def scope_sentence() -> str:
    """Return what these numbers are worth."""
    return _(
        "Nobody else was asked. Phones were counted, not people: these numbers are no share of those who took part. "
        "No other figure of Comparia says whether people feel represented."
    )


def told_sentences(result: MemberCheckResult) -> list[str]:
    """Return what a document says of a recap that went back: when, how many, and what that is worth."""
    when = _("This recap was open to those who took part from {begin} to {end}.").format(
        begin=moment(result.opened_at), end=moment(result.ends_at)
    )
    return [when, *member_check_sentences(result.counts), scope_sentence()]


def mark_name(kind: MarkKind) -> str:
    """Return what a mark says, in words."""
    return {
        "disputed": _("This is not what I said"),
        "missing": _("My view is missing"),
        "agreed": _("I agree with this recap"),
    }[kind]


def label_sentence(label: str) -> str:
    """Return who says so, as far as is known: a label that somebody chose is a claim."""
    return _("says “{label}” (not verified)").format(label=label) if label else _("anonymous")
