"""The words of what is published, for readers who know nothing of the method."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Backend, Run, Transcript, Variant
from comparia.reports.wording.findings import names
from comparia.reports.wording.labels import backend_label

MODERATION = ("moderated", "private_messages", "survey_private", "people_private", "hidden_rows", "hidden_columns")
"""Codes of notices that tell what the reading of files left out on purpose."""


def people_phrase(n: int) -> str:
    """Return how many people spoke."""
    return ngettext("{n} person spoke or wrote.", "{n} people spoke or wrote.", n).format(n=number(n))


def holders(people: Sequence[str], *, with_names: bool) -> str:
    """Return who holds a view: their names, or how many they are."""
    if with_names and any(people):
        return names([name for name in people if name])
    if not people:
        return ""
    return _("one person") if len(people) == 1 else _("{n} people").format(n=number(len(people)))


def group_name(group: str, recaps: int, n: int, *, in_words: bool = False) -> str:
    """Return the heading of the points that none, some or all of the recaps keep, with their number.

    Args:
        group: `none`, `some` or `all`.
        recaps: recaps that are compared.
        n: points of the group.
        in_words: whether words alone were looked for: then points are not found, rather than lost.
    """
    if group == "none" and in_words:
        name = _("Not found, in words, in the recap ({n})")
        if recaps > 1:
            name = _("Not found, in words, in any of the recaps ({n})")
    elif recaps == 1:
        name = {
            "none": _("Not found in the recap ({n})"),
            "some": _("Kept in part by the recap ({n})"),
            "all": _("Kept by the recap ({n})"),
        }[group]
    else:
        name = {
            "none": _("Kept by none of the recaps ({n})"),
            "some": _("Kept by some recaps, or in part ({n})"),
            "all": _("Kept by all the recaps ({n})"),
        }[group]
    return name.format(n=number(n))


def checked_sentence(run: Run, *, in_words: bool) -> str:
    """Return who made the list of key points, and how they were looked for, in one sentence; empty without a list.

    Args:
        run: the run.
        in_words: whether words alone were looked for.
    """
    if run.reference is None:
        return ""
    if run.reference.origin == "reviewed":
        if in_words:
            return _("Points of view reviewed by people, looked for in the recaps by a machine, by their words alone.")
        return _("Points of view reviewed by people, looked for in the recaps by a machine.")
    if in_words:
        return _(
            "Points of view suggested by a machine, reviewed by nobody, and looked for in the recaps by a machine, by "
            "their words alone."
        )
    return _("Points of view suggested by a machine, reviewed by nobody, and looked for in the recaps by a machine.")


def composed_sentence(recap: Variant) -> str:
    """Return how the final recap was made."""
    if any(piece.variant for piece in recap.pieces):
        return _("A person composed this recap from sentences of the recaps compared below, and from their own words.")
    return _("A person wrote this recap.")


def writer(run: Run, recap: Variant) -> str:
    """Return who or what wrote a recap, for readers who know no model."""
    if recap.author == "human":
        return _("a person")
    if recap.author == "extractive":
        return _("no AI: sentences of the session, chosen by a calculation")
    backend = next((b for b in run.backends if b.name == recap.backend), None)
    if backend is not None and backend.written_on:
        return _("an AI model, for a demonstration")
    return _("the AI model {name}").format(name=backend_label(recap.backend))


def sent_to(host: str, zone: str) -> str:
    """Return where the words of the session went: an empty host is this machine."""
    if not host:
        return _("a computer of the organisers")
    place = {
        "local": _("a computer of the organisers"),
        "fr": _("in France"),
        "eu": _("in the European Union"),
        "world": _("anywhere in the world"),
    }.get(zone, zone)
    return _("{host} ({place})").format(host=host, place=place)


def settings_of(backend: Backend, recap: Variant) -> str:
    """Return how a model was asked: randomness (temperature) and starting number (seed), where they are known."""
    said = []
    if backend.temperature is not None and "no_temperature" not in recap.warnings:
        said.append(_("randomness (temperature) {value}").format(value=f"{backend.temperature:g}"))
    if backend.seed is not None and "no_seed" not in recap.warnings:
        said.append(_("starting number (seed) {value}").format(value=backend.seed_of(recap.repeat)))
    return ", ".join(said) or _("the model’s usual settings")


def names_sentence(run: Run, *, with_names: bool) -> str:
    """Return what was done with names: on the page, then for the models."""
    page = (
        _("Names are shown on this page as the organisers chose.")
        if with_names
        else _("Names of the people of the session are left out of this page; people are counted.")
    )
    outside = [s for s in run.sendings if s.zone != "local"]
    if not outside:
        return page
    if all(s.pseudonymised for s in outside):
        sent = _("The AI models were sent invented names instead of the real ones.")
    elif any(s.pseudonymised for s in outside):
        sent = _("Some of the AI models were sent invented names instead of the real ones.")
    else:
        sent = _("The AI models were sent the names as they are in the session.")
    return f"{page} {sent}"


def left_out(session: Transcript) -> list[str]:
    """Return what moderation, the reading of files and corrections took out or changed: kinds and counts."""
    taken = (n for n in session.notices if n.code in MODERATION)
    lines = list(dict.fromkeys(_taken_out(notice.code, notice.values.get("n")) for notice in taken))
    if session.ignored:
        n = len(session.ignored)
        lines.append(
            ngettext(
                "{n} place of the files that is not speech was left out (headings, page numbers, reactions…).",
                "{n} places of the files that are not speech were left out (headings, page numbers, reactions…).",
                n,
            ).format(n=number(n))
        )
    made = session.corrections.corrections if session.corrections else ()
    removed = sum(len(c.turns) for c in made if c.kind == "leave_out")
    if removed:
        lines.append(
            ngettext(
                "A person left {n} contribution out, whole or in part.",
                "A person left {n} contributions out, whole or in part.",
                removed,
            ).format(n=number(removed))
        )
    words = sum(c.kind == "replace" for c in made) + len(session.corrections.glossary if session.corrections else ())
    if words:
        lines.append(
            ngettext(
                "A person corrected {n} word or expression that was misheard or misspelt.",
                "A person corrected {n} words or expressions that were misheard or misspelt.",
                words,
            ).format(n=number(words))
        )
    people = sum(c.kind in ("rename", "join", "assign") for c in made)
    if people:
        lines.append(
            ngettext(
                "A person corrected who speaks, {n} time.", "A person corrected who speaks, {n} times.", people
            ).format(n=number(people))
        )
    return lines or [_("Nothing that we know of was left out or corrected.")]


def _taken_out(code: str, n: object) -> str:
    count = n if isinstance(n, int) else 0
    if code == "moderated":
        sentence = ngettext(
            "{n} contribution moderated or withdrawn was left out.",
            "{n} contributions moderated or withdrawn were left out.",
            count,
        )
    elif code == "private_messages":
        sentence = ngettext("{n} private message was left out.", "{n} private messages were left out.", count)
    else:
        sentence = _("Contacts, private columns or hidden parts of the files were left out.")
    return sentence.format(n=number(count))


def reading_guide(run: Run, *, scored: bool) -> list[str]:
    """Return what the figures say and cannot say, one sentence each."""
    reference = run.reference
    lines = []
    if reference is None:
        lines.append(_("No list of points of view was made: nothing is said of what each recap kept."))
    elif reference.origin == "reviewed":
        lines.append(_("People read the list of points of view of this session again before anything was counted."))
    elif reference.suggested_by == "votes":
        lines.append(_("The points of view are the contributions that people voted on; nobody chose among them."))
    else:
        lines.append(
            _(
                "The list of points of view was suggested by a machine, and nobody read it again: points may be "
                "missing, or badly told."
            )
        )
    if not scored:
        return [*lines, _("A recap is not ranked here: no figure says which is best. People decide.")]
    if any("judge" in score.signature for score in run.scores):
        compared = _("Points were looked for in the recaps by a machine: by their words, and by an AI model.")
    else:
        compared = _(
            "Points were looked for in the recaps by a machine, by their words: a view told in quite other words may "
            "be there, and not be found."
        )
    return [
        *lines,
        compared,
        _("“Kept” means that the recap says it, with its force. “In part” means that a reason or a figure is missing."),
        _("“Uncertain” means that words alone cannot tell: a person should read it. It is not counted as kept."),
        _("A minority view is one that few people hold. It is not less true, nor less useful, than others."),
        _("The number of people who hold a view is that of people who said it here: it is no poll of anybody else."),
        _("A recap is not ranked here: no figure says which is best. People decide."),
    ]
