"""The document that is sent out: what a person chooses of it, its name, what is to be looked at before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import InputError, UnknownName
from comparia.library.flags import personal_data, personal_data_in_points
from comparia.library.kept import open_store
from comparia.messages import gettext as _
from comparia.records import (
    EVERY_RECAP,
    IN_POINTS,
    AnsweredFlag,
    DocumentChoices,
    Run,
    Transcript,
    Variant,
    masked_points,
)

if TYPE_CHECKING:
    from comparia.reports.flags import PersonalData


class PersonalWords(NamedTuple):
    """A piece of personal data in a recap."""

    flag: str
    """Id of its flag, by which it is masked or may stay."""
    kind: str
    """What it is (an `AliasKind`)."""
    words: str
    """The words."""


def document_choices(run_id: str, *, settings: Settings | None = None) -> DocumentChoices:
    """Return what was chosen of the document of a run; the usual choices where nobody chose."""
    with open_store(settings or load_settings()) as store:
        return store.workbench.document_choices(run_id)


def keep_document_choices(run_id: str, choices: DocumentChoices, *, settings: Settings | None = None) -> None:
    """Keep what is chosen of the document of a run, for the next time."""
    with open_store(settings or load_settings()) as store:
        store.workbench.keep_document_choices(run_id, choices)


def document(
    run: Run,
    choices: DocumentChoices,
    *,
    template: Path | None = None,
    answered: Iterable[AnsweredFlag] = (),
) -> bytes:
    """Return the document of a run, for the format that is chosen.

    Args:
        run: the run, the words that people masked left out of it.
        choices: what it holds.
        template: a Word document whose styles, headers and page it takes.
        answered: what people said of the flags of the run: personal data that they masked in its key points is left
            out of the annex.

    Raises:
        InputError: a recap that the run does not hold; a template for another format, or one that is not sound.
    """
    from comparia import reports
    from comparia.library.comparisons import template_of

    check_choices(run, choices)
    content = template_of(choices.format, template)
    run = masked_points(run, answered)
    return reports.render(told(run, choices), choices.format, content, choices, _masked(run, choices))


def check_choices(run: Run, choices: DocumentChoices) -> None:
    """Check that the chosen recap is there. Raises UnknownName."""
    known = [variant.id for variant in run.variants if variant.summary is not None]
    if choices.recap not in ("", EVERY_RECAP, *known):
        raise UnknownName(_("recap"), choices.recap, known)


def told(run: Run, choices: DocumentChoices) -> Run:
    """Return a run as its document tells it: with the title, the date, the place and the names that are chosen."""
    from comparia import privacy
    from comparia.library.comparisons import pseudonyms_in

    given = {"title": choices.title or None, "date": choices.date, "place": choices.place}
    changes = {name: value.strip() for name, value in given.items() if value is not None}
    if changes:
        run = run.model_copy(update={"transcript": run.transcript.model_copy(update=changes)})
    if choices.people == "kept":
        return run
    pseudonyms = pseudonyms_in(run)
    hidden = privacy.masked(run, privacy.veil_of(pseudonyms, run.transcript))
    return privacy.masked(hidden, privacy.Initials(pseudonyms)) if choices.people == "initials" else hidden


def document_session(run: Run, choices: DocumentChoices) -> Transcript:
    """Return the session as the document tells it: its title and date, with names as chosen."""
    return told(run.model_copy(update={"variants": (), "scores": (), "judgings": ()}), choices).transcript


def personal_words(
    variant: Variant, answered: Mapping[tuple[str, str], AnsweredFlag] | None = None
) -> list[PersonalWords]:
    """Return the personal data in a recap of which nobody said that it may stay.

    Args:
        variant: the recap, without the words that people masked.
        answered: what people answered to the flags of its run, by (variant, flag).
    """
    return _not_answered(personal_data(variant), variant.id, answered or {})


def personal_words_in_points(run: Run, answered: Mapping[tuple[str, str], AnsweredFlag]) -> list[PersonalWords]:
    """Return the personal data in the key points of a run of which nobody said what becomes of it in the document.

    Args:
        run: the run.
        answered: what people answered to its flags, by (variant, flag).
    """
    return _not_answered(personal_data_in_points(run), IN_POINTS, answered)


def unanswered_personal_words(
    run: Run, choices: DocumentChoices, answered: Mapping[tuple[str, str], AnsweredFlag]
) -> list[tuple[str, PersonalWords]]:
    """Return the personal data that a document would hold and of which nobody said what becomes of it.

    Each piece comes with where it is: the id of a recap, or `IN_POINTS`. None where names are hidden: it is hidden too.

    Args:
        run: the run.
        choices: what the document holds.
        answered: what people answered to its flags, by (variant, flag).
    """
    from comparia.reports.minutes import recaps_of

    if choices.people != "kept":
        return []
    found = [(recap.id, words) for recap in recaps_of(run, choices) for words in personal_words(recap, answered)]
    if choices.points:
        found += [(IN_POINTS, words) for words in personal_words_in_points(run, answered)]
    return found


def _not_answered(
    personal: Iterable[PersonalData], variant: str, answered: Mapping[tuple[str, str], AnsweredFlag]
) -> list[PersonalWords]:
    from comparia.reports.flags import flag_id

    found: dict[str, PersonalWords] = {}
    for data in personal:
        flag = flag_id("personal", data.words)
        if (variant, flag) not in answered:
            found.setdefault(flag, PersonalWords(flag, data.kind, data.words))
    return list(found.values())


def _masked(run: Run, choices: DocumentChoices) -> int:
    """Return how many pieces of personal data stand masked in the recaps, and in the annex, that a document holds."""
    from comparia.privacy.placeholders import LABELS
    from comparia.reports.minutes import recaps_of

    labels = {f"[{label}]" for label in LABELS[run.transcript.language].values()}
    texts = [variant.summary or "" for variant in recaps_of(run, choices)]
    if choices.points and run.reference is not None:
        texts += [point.text for point in run.reference.key_points]
    return sum(text.count(label) for text in texts for label in labels)


def changed_choices(choices: DocumentChoices, run: Run, given: Mapping[str, Any]) -> DocumentChoices:
    """Return choices with other values; a title, a date or a place that is that of the session changes nothing.

    Raises:
        InputError: a value that no choice takes.
    """
    from pydantic import ValidationError

    values = dict(given)
    for name in ("title", "date", "place"):
        if name in values and values[name] == getattr(run.transcript, name):
            values[name] = None
    try:
        return DocumentChoices.model_validate({**choices.model_dump(), **values})
    except ValidationError as error:
        raise InputError(
            _("There is no such choice for the document."),
            cure=_("See what it may be: comparia report --help"),
            on_page=_("Open the page again."),
        ) from error
