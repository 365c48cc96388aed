"""The words reports say of a recap: who wrote it, its warnings, its failure, what it is composed of."""

from __future__ import annotations

import re
from collections import Counter

from comparia import messages
from comparia.errors import with_cure
from comparia.messages import Sentence, ngettext, number
from comparia.messages import gettext as _
from comparia.records import Author, Failure, Reason, Run, Variant
from comparia.reports.languages import language_name
from comparia.reports.wording.labels import recap_label
from comparia.reports.wording.runs import demonstrated

COMMAND = re.compile(r"\bcomparia [a-z]|comparia\.toml|--[a-z]|`|\b[A-Z]+_[A-Z_]+\b")
"""What only a terminal, or a file of settings, understands."""


def author_kind(author: Author) -> str:
    """Return a kind of author for people."""
    return {"model": _("AI model"), "extractive": _("extracts, no AI"), "human": _("written by a person")}[author]


def author_name(variant: Variant) -> str:
    """Return what kind of author wrote a variant, for people."""
    return author_kind(variant.author)


def written_by(run: Run, variant: Variant) -> str:
    """Return what kind of author wrote a recap; of a demonstration, also when, and that it is replayed."""
    backend = demonstrated(run)
    if backend is None or backend.name != variant.backend:
        return author_name(variant)
    return _("written by a large language model for this demonstration on {day}, replayed").format(
        day=messages.day(backend.written_on)
    )


def words_phrase(n: int) -> str:
    """Return a number of words for people."""
    return ngettext("{n} word", "{n} words", n).format(n=number(n))


def composed_sentence(run: Run, variant: Variant) -> str:
    """Return what a composed recap is made of: passages of which variants, changed or not, and a person's own."""
    taken = [piece for piece in variant.pieces if piece.variant]
    labels = {v.id: recap_label(run, v) for v in run.variants}
    counts = Counter(labels.get(piece.variant) or _("a recap that was removed") for piece in taken)
    changed = sum(piece.text.strip() != piece.original.strip() for piece in taken)
    sources = ", ".join(f"{label} ({number(n)})" for label, n in counts.items()) or "–"
    return _(
        "Composed by {author}: passages taken from {sources}, of which {changed} changed by hand; "
        "{own} written by hand."
    ).format(
        author=recap_label(run, variant),
        sources=sources,
        changed=number(changed),
        own=number(len(variant.pieces) - len(taken)),
    )


def warning_text(code: str) -> str:
    """Return a warning of a variant for people, and which scores it leaves unscored."""
    name, _colon, language = code.partition(":")
    if name == "other_language" and language:
        return _(
            "The recap is in another language than the session ({language}): scores that rest on words are not "
            "computed; a model that judges can read it."
        ).format(language=language_name(language))
    return {
        "cut_input": _("The backend read fewer tokens than were sent: it has not read the whole session."),
        "cut_output": _("The answer stopped at the length limit: its end is missing."),
        "filtered": _("The provider's filter held a part of the answer back: it is not whole."),
        "perhaps_cut": _("The last sentence is not ended: the end of the answer may be missing."),
        "ended_oddly": _("The server gave an unusual reason for the end of its answer: it may not be whole."),
        "thinking_removed": _("The thinking of the model stood in its answer, and was taken out."),
        "may_hold_thinking": _("Marks of a model stand in the answer: some of it may be thinking."),
        "rehearsed": _("The model could not be reached: this is what it answered at the rehearsal."),
        "loops": _("The answer says the same again and again."),
        "echoes_prompt": _("The answer repeats its instructions."),
        "other_language": _(
            "The recap is in another language than the session: scores that rest on words are not computed."
        ),
        "empty_part": _("One part of the session gave nothing: what was said there is missing."),
        "invents_people": _("The recap names several people whose names nobody said."),
        "refusal": _("The model did not answer: it says that it cannot or will not. Scores are not computed."),
        "system_in_user": _("This model knows no system message: its instructions stood in the message of the user."),
        "no_temperature": _("This model takes no temperature: it answered with its own."),
        "no_top_p": _("This model takes no top_p: it answered with its own."),
        "no_reasoning_effort": _("This model takes no such reasoning effort: it answered with its own."),
        "words_corrected": _("Words of this recap were replaced when the session was corrected."),
        "no_seed": _("This server takes no seed: repeats cannot be reproduced."),
    }.get(code, code)


def reason_text(reason: Reason) -> str:
    """Return what a reason says, in the reader's language; a server's own words as they are."""
    if not reason.template:
        return ""
    return str(Sentence.of(reason.template, reason.values))


def failure_text(failure: Failure) -> str:
    """Return what happened to a failed call."""
    return reason_text(failure.message)


def failure_sentences(failure: Failure) -> str:
    """Return what happened to a failed call and what to do about it, for somebody who has no terminal."""
    return with_cure(failure_text(failure), failure_cure(failure))


def failure_cure(failure: Failure) -> str:
    """Return what to do about a failed call, in the words of somebody who has no terminal."""
    cure = reason_text(failure.cure)
    if not COMMAND.search(cure):
        return cure
    return {
        "authentication": _("Check its key in the settings."),
        "rate_limited": _("The provider asks to slow down: ask again in a few minutes."),
        "too_long": _("The session is too long for this model: choose one that reads more."),
        "timeout": _("The model is slow: ask again, or choose a smaller one."),
        "rejected": _("Check the name of the model and the address of its server."),
    }.get(failure.kind, _("Ask again later, or choose another model."))


def shown(run: Run) -> list[Variant]:
    """Return the variants with a summary, in the order of the plan."""
    return [variant for variant in run.variants if variant.summary is not None]


def cached_phrase(variant: Variant) -> str:
    """Return how much of what was read the server had in its cache: `850 of 900 tokens read from the cache`."""
    return _("{cached} of {read} tokens read from the server's cache").format(
        cached=number(variant.cached_tokens or 0), read=number(variant.input_tokens or 0)
    )
