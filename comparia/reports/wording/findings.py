"""The words reports say of what a comparison found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext, number


def counted(n: int) -> str:
    """Return a number of points as the reader writes it."""
    return number(n)


def names(people: Sequence[str]) -> str:
    """Return several names as one text: `Ann, Ben and Cleo`."""
    if len(people) < 2:
        return "".join(people)
    return _("{names} and {last}").format(names=", ".join(people[:-1]), last=people[-1])


def headline(few: Mapping[str, int], others: Mapping[str, int]) -> str:
    """Return what a recap keeps, from how many minority views and other points have each verdict in it."""
    parts = []
    if total := sum(few.values()):
        sentence = ngettext("Keeps {kept} of {of} minority view", "Keeps {kept} of {of} minority views", total) + (
            _(" ({partly} more in part)") if few.get("partly") else ""
        )
        parts.append(_filled(sentence, few, total))
    if total := sum(others.values()):
        if parts:
            sentence = ngettext("{kept} of {of} other point", "{kept} of {of} other points", total)
        else:
            sentence = ngettext("Keeps {kept} of {of} point", "Keeps {kept} of {of} points", total)
        parts.append(_filled(sentence + (_(" ({partly} more in part)") if others.get("partly") else ""), others, total))
    said = ", ".join(parts)
    unsure = few.get("uncertain", 0) + others.get("uncertain", 0)
    if unsure:
        said = _("{said}; {n} to look at").format(said=said, n=number(unsure))
    return said + "."


def _filled(sentence: str, counts: Mapping[str, int], total: int) -> str:
    kept, partly = number(counts.get("kept", 0)), number(counts.get("partly", 0))
    return sentence.format(kept=kept, partly=partly, of=number(total))


def voices_name(kind: str, n: int) -> str:
    """Return a kind of points with their number: held by one person alone, by few, or others."""
    sentence = {
        "isolated": _("Isolated voices, one person each ({n})"),
        "few": _("Few voices ({n})"),
        "others": _("Other points ({n})"),
    }[kind]
    return sentence.format(n=number(n))


def told_of_point(name: str, told: str) -> str:
    """Return what is told of a key point, or of several, after their name."""
    return labelled(name, told)


def shown_sentence(shown: int, of: int) -> str:
    """Return how many key points a table shows, of how many there are."""
    if shown == of:
        return ngettext("{n} point of view", "{n} points of view", of).format(n=number(of))
    sentence = ngettext("{n} of {of} point of view", "{n} of {of} points of view", of)
    return sentence.format(n=number(shown), of=number(of))


def in_one_sentence(n: int) -> str:
    """Return how many minority views are in one recap alone."""
    return ngettext("{n} minority view is in one recap alone.", "{n} minority views are in one recap alone.", n).format(
        n=number(n)
    )


def finding(kind: str, recap: str, who: str, n: int) -> str:
    """Return what a recap does that a person should look at.

    Args:
        kind: what it does, one of `findings.Kind`.
        recap: name of the recap.
        who: names of those who hold the view, or said the words, where `n` is 1; of a number, the number.
        n: how many times.
    """
    many = number(n)
    if kind == "not_said":
        sentence = ngettext("{recap} quotes what nobody said.", "{recap} quotes what nobody said, {n} times.", n)
    elif kind == "lent_to_all":
        sentence = ngettext(
            "{recap} gives to everyone what {who} alone said.",
            "{recap} gives to everyone {n} views that few people hold.",
            n,
        )
    elif kind == "contradicted":
        sentence = ngettext(
            "{recap} says the contrary of what {who} said.", "{recap} says the contrary of {n} points of view.", n
        )
    elif kind == "misattributed":
        sentence = ngettext(
            "{recap} gives the words of {who} to somebody else.",
            "{recap} gives the words of one person to another, {n} times.",
            n,
        )
    elif kind == "superseded":
        sentence = ngettext(
            "{recap} gives a number that the session set right: {who}.",
            "{recap} gives {n} numbers that the session set right.",
            n,
        )
    else:
        sentence = ngettext(
            "{recap} gives a number that was not found in the session: {who}.",
            "{recap} gives {n} numbers that were not found in the session.",
            n,
        )
    return sentence.format(recap=recap, who=who or _("few people"), n=many)
