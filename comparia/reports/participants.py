"""What participants said of a recap that went back to them: how many, in words; and their marks as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from comparia.messages import gettext as _
from comparia.messages import moment, ngettext, number
from comparia.records import Mark, MarkKind, MarkState, Reading, ReadingCounts
from comparia.text.controls import shown_text, table_cell

COLUMNS = ("phone", "at", "kind", "sentence", "text", "words", "claimed_label", "state")
"""Columns of the CSV. `sentence` counts from 1."""


def counts_sentences(counts: ReadingCounts) -> list[str]:
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


def told_sentences(reading: Reading, counts: ReadingCounts) -> list[str]:
    """Return what a document says of a reading: when it was open, how many, and what that is worth."""
    end = reading.closed_at or reading.closes_at
    when = _("This recap was open to those who took part from {begin} to {end}.").format(
        begin=moment(reading.opened_at), end=moment(end)
    )
    return [when, *counts_sentences(counts), scope_sentence()]


def kind_name(kind: MarkKind) -> str:
    """Return what a mark says, in words."""
    return {
        "disputed": _("This is not what I said"),
        "missing": _("My view is missing"),
        "agreed": _("I agree with this recap"),
    }[kind]


def state_name(state: MarkState) -> str:
    """Return where a mark stands, in words."""
    return {
        "waiting": _("not read yet"),
        "shown": _("accepted"),
        "set_aside": _("set aside"),
        "settled": _("settled"),
    }[state]


def label_sentence(label: str) -> str:
    """Return who says so, as far as is known: a label that somebody chose is a claim."""
    return _("says “{label}” (not verified)").format(label=label) if label else _("anonymous")


def marks_csv(reading: Reading, marks: Sequence[Mark]) -> bytes:
    """Return a line for each mark, in UTF-8 with a byte-order mark; a cell that a spreadsheet would compute is quoted.

    A number of a phone tells marks of one phone together, and nothing of whose it is.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mark in marks:
        text = "" if mark.sentence is None else reading.sentences[mark.sentence]
        place = "" if mark.sentence is None else mark.sentence + 1
        row = (mark.reader, mark.at.isoformat(), mark.kind, place, text, mark.words, mark.label, mark.state)
        writer.writerow([table_cell(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def marks_json(reading: Reading, counts: ReadingCounts, marks: Sequence[Mark]) -> bytes:
    """Return a reading, its counts and its marks as JSON. Labels are claims that nobody verified."""
    content = {
        "format": 1,
        "reading": reading.model_dump(mode="json"),
        "counts": counts.model_dump(mode="json"),
        "marks": [mark.model_dump(mode="json") for mark in marks],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return shown_text(text).encode("utf-8", "replace")
