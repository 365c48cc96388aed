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
        sentence = ngettext("Keeps {kept} of {of} minority view", "Keeps {kept} of {of} minority views", total)
        if not few.get("kept"):
            sentence = ngettext("Does not keep the one minority view", "Keeps none of the {of} minority views", total)
        parts.append(_filled(sentence, few, total))
    if total := sum(others.values()):
        if parts:
            sentence = ngettext("{kept} of {of} other point", "{kept} of {of} other points", total)
            if not others.get("kept"):
                sentence = ngettext("nor the one other point", "none of the {of} other points", total)
        else:
            sentence = ngettext("Keeps {kept} of {of} point", "Keeps {kept} of {of} points", total)
            if not others.get("kept"):
                sentence = ngettext("Does not keep the one point", "Keeps none of the {of} points", total)
        parts.append(_filled(sentence, others, total))
    said = ", ".join(parts)
    unsure = few.get("uncertain", 0) + others.get("uncertain", 0)
    if unsure:
        said = _("{said}; {n} to look at").format(said=said, n=number(unsure))
    return said + "."


def _filled(sentence: str, counts: Mapping[str, int], total: int) -> str:
    kept, partly = counts.get("kept", 0), counts.get("partly", 0)
    said = sentence.format(kept=number(kept), of=number(total))
    if not partly:
        return said
    more = _(" ({partly} more in part)") if kept else _(" (but {partly} in part)")
    return said + more.format(partly=number(partly))


def voices_name(kind: str, n: int) -> str:
    """Return a kind of points with their number: held by one person alone, by few, or others."""
    sentence = {
        "isolated": _("Isolated voices, one person each ({n})"),
        "few": _("Few voices ({n})"),
        "others": _("Other points ({n})"),
    }[kind]
    return sentence.format(n=number(n))


def lost_sentence(n: int, of: int, recaps: int, *, status: str, open: int, first: int) -> str:
    """Return how many minority views no recap was found to keep, what the list is, and how sure that is.

    Args:
        n: minority views that no recap keeps, even in part.
        of: minority views.
        recaps: recaps.
        status: what the list is, after a space and in brackets; empty where people reviewed it.
        open: those of the `n` that rest on words alone: no judge and no person has settled them.
        first: those of them to look at first.
    """
    if n == 0:
        told = ngettext(
            "The one minority view{status} is kept, at least in part, by one of the recaps.",
            "Each of the {of} minority views{status} is kept, at least in part, by one of the recaps.",
            of,
        )
    elif not open and recaps == 1:
        told = ngettext(
            "{n} minority view of {of}{status} is not kept by the recap.",
            "{n} minority views of {of}{status} are not kept by the recap.",
            n,
        )
    elif not open:
        told = ngettext(
            "{n} minority view of {of}{status} is kept by none of the {recaps} recaps.",
            "{n} minority views of {of}{status} are kept by none of the {recaps} recaps.",
            n,
        )
    elif recaps == 1:
        told = ngettext(
            "{n} minority view of {of}{status} was not found, in words, in the recap",
            "{n} minority views of {of}{status} were not found, in words, in the recap",
            n,
        )
    else:
        told = ngettext(
            "{n} minority view of {of}{status} was not found, in words, in any of the {recaps} recaps",
            "{n} minority views of {of}{status} were not found, in words, in any of the {recaps} recaps",
            n,
        )
    said = told.format(n=number(n), of=number(of), recaps=number(recaps), status=status)
    if not n or not open:
        return said
    return _("{said}; {looking}.").format(said=said, looking=to_look_at(n, first))


def to_look_at(n: int, first: int) -> str:
    """Return how many of `n` views a person should look at first: `5 to look at first`; `to look at` where all."""
    if first < n:
        return ngettext("{n} to look at first", "{n} to look at first", first).format(n=number(first))
    return ngettext("to look at", "all to look at", n)


def open_sentence(open: int, of: int) -> str:
    """Return on what verdicts rest where no judge and no person settled `open` of `of` lost views; empty if none."""
    if not open:
        return ""
    if open == of:
        return _(
            "Looked for by their words alone: no judge and no person has settled them. A view told quite otherwise may "
            "be there all the same."
        )
    return ngettext(
        "{n} of them was looked for by its words alone: no judge and no person has settled it. A view told quite "
        "otherwise may be there all the same.",
        "{n} of them were looked for by their words alone: no judge and no person has settled them. A view told quite "
        "otherwise may be there all the same.",
        open,
    ).format(n=number(open))


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
