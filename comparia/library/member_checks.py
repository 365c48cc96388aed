"""A recap that goes back to those who took part: opened, marked, reviewed, counted, closed, erased.

What participants write passes the facilitator before anybody else reads it, and no model ever does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError, InputError
from comparia.library.kept import open_store
from comparia.messages import gettext as _
from comparia.records import (
    MOST_WORDS,
    AnswerFile,
    Mark,
    MarkKind,
    MarkState,
    MemberCheck,
    MemberCheckCounts,
    Run,
    count_marks,
    masked_texts,
    now,
    token_digest,
)
from comparia.text.controls import one_line

if TYPE_CHECKING:
    from comparia.store import Store

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=14)
"""How long a member check may be open."""
MOST_PHONES = 500
"""Phones that may open one member check."""
MOST_MARKS = 30
"""Marks of one phone."""
MOST_ANSWER_BYTES = 200_000
"""Bytes of a file of answers."""
MOST_SENTENCES = 600
"""Sentences of a recap that is opened."""


class GivenMark(NamedTuple):
    """A mark as a participant gives it."""

    kind: MarkKind
    """What it says."""
    words: str = ""
    """Their words."""
    sentence: int | None = None
    """Number of the sentence, from 0; None for the whole recap."""


class ParticipantView(NamedTuple):
    """A view that a participant says is missing, and that the facilitator accepted.

    It is no key point: a key point rests on words of the transcript, and this one was said after the session.
    """

    text: str
    """The participant's words."""
    label: str
    """The label that they chose, which nobody verified; empty for none."""
    mark: str
    """Id of the mark."""


class DisputedSentence(NamedTuple):
    """A sentence of a recap of which participants say that it is not what they said, as the facilitator accepted it."""

    number: int
    """Its number in the recap as it was read, from 0."""
    text: str
    """The sentence."""
    marks: tuple[Mark, ...]
    """The accepted marks on it."""

    @property
    def is_settled(self) -> bool:
        """Whether the facilitator dealt with all of them."""
        return all(mark.state == "settled" for mark in self.marks)


def open_member_check(
    run: Run, variant: str, duration: timedelta, *, with_labels: bool = False, settings: Settings | None = None
) -> MemberCheck:
    """Open a recap of a stored run to those who took part.

    Args:
        run: a stored run.
        variant: id of its recap.
        duration: how long it takes marks; between a minute and two weeks.
        with_labels: whether a participant may choose the label of a speaker; everybody is anonymous otherwise.
        settings: where runs are kept.

    Raises:
        ConfigurationError: there is no such recap, it is too long, or the duration is.
    """
    recap = next((v for v in run.variants if v.id == variant and v.summary), None)
    if recap is None:
        raise ConfigurationError(_("There is no such recap."), _("Choose one of those that were written."))
    if not SHORTEST <= duration <= LONGEST:
        raise ConfigurationError(_("A reading is open for a minute to two weeks."), _("Choose another duration."))
    shown = sentences_to_read(recap.summary or "")
    if len(shown) > MOST_SENTENCES:
        raise ConfigurationError(
            _("This recap has {n} sentences: more than people read on a phone.").format(n=len(shown)),
            _("Open a shorter one."),
        )
    speakers = run.transcript.speakers if with_labels else ()
    opened_at = now()
    check = MemberCheck(
        id=secrets.token_hex(6),
        run=run.id,
        variant=variant,
        title=run.transcript.title,
        language=run.transcript.language,
        sentences=shown,
        labels=tuple(dict.fromkeys(s.name for s in speakers if s.kind != "machine" and s.words and s.name)),
        opened_at=opened_at,
        closes_at=opened_at + duration,
    )
    with open_store(settings or load_settings()) as store:
        store.member_checks.open(check)
    return check


def sentences_to_read(summary: str) -> tuple[str, ...]:
    """Return a recap as those who took part read it: its headings and its sentences, in order.

    A quotation stays whole, and with the name in brackets that follows it: nobody is shown words as another's.
    """
    from comparia.text.recaps import simple_lines
    from comparia.text.sentences import sentences

    found: list[str] = []
    for line in simple_lines(summary).split("\n"):
        of_line: list[str] = []
        for sentence in sentences(line):
            if of_line and (_is_open(of_line[-1]) or sentence.text.startswith(("(", "»", "”"))):
                of_line[-1] = f"{of_line[-1]} {sentence.text}"
            else:
                of_line.append(sentence.text)
        found += of_line
    return tuple(found)


def _is_open(text: str) -> bool:
    """Return whether a quotation or a bracket that begins in a text does not end in it."""
    pairs = (("«", "»"), ("“", "”"), ("(", ")"))
    return any(text.count(opening) > text.count(closing) for opening, closing in pairs)


def read_member_check(check_id: str, *, settings: Settings | None = None) -> MemberCheck:
    """Return a member check, without the words that a person masked in its recap; it is closed where its time is over.

    Raises:
        UnknownName: no such member check.
    """
    with open_store(settings or load_settings()) as store:
        return _as_shown(store, store.member_checks.check(check_id))


def member_checks_of(run_id: str, *, settings: Settings | None = None) -> list[MemberCheck]:
    """Return the member checks of a run, the newest first."""
    with open_store(settings or load_settings()) as store:
        return [_as_shown(store, check) for check in store.member_checks.of_run(run_id)]


def close_member_check(check_id: str, *, settings: Settings | None = None) -> MemberCheck:
    """Close a member check for good, and return it: no more marks. What told its phones apart is erased."""
    with open_store(settings or load_settings()) as store:
        return _as_shown(store, store.member_checks.close(check_id))


def erase_member_check(check_id: str, *, settings: Settings | None = None) -> None:
    """Remove a member check for good, with every mark on it."""
    with open_store(settings or load_settings()) as store:
        store.erase_member_check(check_id)


def tell_member_check(check_id: str, told: bool, *, settings: Settings | None = None) -> MemberCheck:
    """Keep whether reports say how many read and agreed."""
    with open_store(settings or load_settings()) as store:
        return _as_shown(store, store.member_checks.tell(check_id, told))


def enter_member_check(check_id: str, token: str, *, settings: Settings | None = None) -> int:
    """Keep that the phone that holds a random token opened the text, and return its number.

    Raises:
        ConfigurationError: the member check is closed or full.
    """
    with open_store(settings or load_settings()) as store:
        return store.member_checks.enter(check_id, token_digest(token), MOST_PHONES)


def reader_of(check_id: str, token: str, *, settings: Settings | None = None) -> int | None:
    """Return the number of the phone that holds a token; None where it opened nothing, or where it is closed."""
    if not token:
        return None
    with open_store(settings or load_settings()) as store:
        return store.member_checks.reader(check_id, token_digest(token))


def marks_of(check_id: str, reader: int | None = None, *, settings: Settings | None = None) -> list[Mark]:
    """Return the marks on a recap, or those of one phone, the oldest first."""
    with open_store(settings or load_settings()) as store:
        return store.member_checks.marks(check_id, reader)


def add_marks(
    check: MemberCheck,
    reader: int,
    given: Sequence[GivenMark],
    label: str = "",
    *,
    by_file: bool = False,
    settings: Settings | None = None,
) -> list[Mark]:
    """Keep what a participant says, in place of what the same phone said before, and return it.

    A mark that says the same as before stays where it stands; one that was changed waits for the facilitator again.

    Args:
        check: an open member check.
        reader: number of the phone.
        given: the marks; those on a sentence that is not there, and those of one kind on one place twice, are left out.
        label: the label that they chose; left out where it is none of the member check.
        by_file: whether it came back in a file.
        settings: where runs are kept.

    Raises:
        ConfigurationError: the member check is closed.
    """
    claimed = label if label in check.labels else ""
    with open_store(settings or load_settings()) as store:
        earlier = {(mark.kind, mark.sentence): mark for mark in store.member_checks.marks(check.id, reader)}
        found: dict[tuple[MarkKind, int | None], Mark] = {}
        for item in given:
            place = item.sentence if item.kind == "disputed" else None
            if item.kind == "disputed" and (place is None or not 0 <= place < len(check.sentences)):
                continue
            words = "" if item.kind == "agreed" else one_line(item.words)[:MOST_WORDS].strip()
            if item.kind == "missing" and not words:
                continue
            before = earlier.get((item.kind, place))
            if before is not None and (before.words, before.label) == (words, claimed):
                found[item.kind, place] = before
            elif len(found) < MOST_MARKS:
                found[item.kind, place] = Mark(
                    id=before.id if before is not None else secrets.token_hex(6),
                    reader=reader,
                    kind=item.kind,
                    sentence=place,
                    words=words,
                    label=claimed,
                    at=now(),
                    state="settled" if item.kind == "agreed" else "waiting",  # there are no words to read
                    by_file=by_file,
                )
        store.member_checks.keep_marks(check.id, reader, tuple(found.values()))
    return list(found.values())


def take_answers(check: MemberCheck, content: str | bytes, *, settings: Settings | None = None) -> list[Mark]:
    """Keep the answers of somebody who read the recap in a file (`reports.answering`), and return their marks.

    The same answers that come twice count once; changed ones take the place of the earlier ones.

    Args:
        check: an open member check.
        content: the file, or the text of it that was pasted.
        settings: where runs are kept.

    Raises:
        InputError: these are no answers, those to another recap, or there is nothing in them.
        ConfigurationError: the member check is closed, or so many answered already.
    """
    if len(content) > MOST_ANSWER_BYTES:
        raise InputError(_("This file of answers is too large."), cure=_ask_again())
    try:
        answers = AnswerFile.model_validate_json(content.strip())
    except ValidationError as error:
        raise InputError(_("This is no file of answers."), cure=_ask_again()) from error
    if answers.check != check.id:
        raise InputError(_("These are answers to another recap."), cure=_("Open the page of that recap."))
    given = [GivenMark("disputed", item.words, item.sentence) for item in answers.disputed]
    given += [GivenMark("missing", answers.missing)] if answers.missing.strip() else []
    given += [GivenMark("agreed")] if answers.agreed else []
    if not given:
        raise InputError(_("There is nothing in these answers."), cure=_ask_again())
    reader = enter_member_check(check.id, answers.token, settings=settings)
    return add_marks(check, reader, given, answers.label, by_file=True, settings=settings)


def _ask_again() -> str:
    return _("Ask for the file that the page of the recap saves, or for its text, whole.")


def review_mark(
    check_id: str, mark_id: str, state: MarkState, words: str | None = None, *, settings: Settings | None = None
) -> Mark:
    """Keep what the facilitator decides of a mark: accepted (`shown`), set aside, settled, or waiting again.

    Args:
        check_id: the member check.
        mark_id: the mark.
        state: where it stands now.
        words: the words that the facilitator read; nothing is decided of others.
        settings: where runs are kept.

    Raises:
        UnknownName: no such mark.
        ConfigurationError: its words were changed meanwhile.
    """
    with open_store(settings or load_settings()) as store:
        return store.member_checks.keep_state(check_id, mark_id, state, words)


def member_check_counts(check_id: str, *, settings: Settings | None = None) -> MemberCheckCounts:
    """Count how many phones opened a recap, and what they marked."""
    with open_store(settings or load_settings()) as store:
        return count_marks(store.member_checks.opened(check_id), store.member_checks.marks(check_id))


def as_points(marks: Sequence[Mark]) -> list[ParticipantView]:
    """Return the views that participants say are missing, as the facilitator accepted them.

    They are a list of their own: a key point has words of the transcript behind it, and these were written after it.
    A person makes one a key point by choosing the turns that say it.
    """
    accepted = [mark for mark in marks if mark.kind == "missing" and mark.state in ("shown", "settled")]
    return [ParticipantView(mark.words, mark.label, mark.id) for mark in accepted]


def as_flags(check: MemberCheck, marks: Sequence[Mark]) -> list[DisputedSentence]:
    """Return the sentences that participants dispute, as the facilitator accepted it, in the order of the recap."""
    by_sentence: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.kind == "disputed" and mark.sentence is not None and mark.state in ("shown", "settled"):
            by_sentence.setdefault(mark.sentence, []).append(mark)
    return [DisputedSentence(n, check.sentences[n], tuple(by_sentence[n])) for n in sorted(by_sentence)]


def disputed_sentences(run_id: str, *, settings: Settings | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the sentences that participants dispute, as the facilitator accepted it, by the id of their recap."""
    with open_store(settings or load_settings()) as store:
        return disputed_in(store, run_id)


def disputed_in(store: Store, run_id: str) -> dict[str, tuple[str, ...]]:
    """Return what `disputed_sentences` returns, of a store that is open."""
    found: dict[str, list[str]] = {}
    for check in store.member_checks.of_run(run_id):
        shown = _as_shown(store, check)
        texts = [flag.text for flag in as_flags(shown, store.member_checks.marks(check.id))]
        found.setdefault(check.variant, []).extend(texts)
    return {variant: tuple(dict.fromkeys(texts)) for variant, texts in found.items()}


def settle_marks(
    store: Store, run_id: str, variant: str, chosen: Callable[[str], bool], *, settled: bool = True
) -> None:
    """Settle the accepted marks on the chosen sentences of a recap, or open them again.

    Args:
        store: an open store.
        run_id: the run.
        variant: id of the recap.
        chosen: whether a sentence is.
        settled: whether they are settled.
    """
    for check in store.member_checks.of_run(run_id):
        if check.variant != variant:
            continue
        for flag in as_flags(_as_shown(store, check), store.member_checks.marks(check.id)):
            for mark in flag.marks if chosen(flag.text) else ():
                store.member_checks.keep_state(check.id, mark.id, "settled" if settled else "shown")


def _as_shown(store: Store, check: MemberCheck) -> MemberCheck:
    """Return a member check as everybody reads it, and close it where its time is over."""
    if check.closed_at is None and not check.is_open(now()):
        check = store.member_checks.close(check.id)
    answered = store.workbench.answered_flags(check.run).values()
    return check.model_copy(update={"sentences": masked_texts(check.sentences, check.variant, answered)})
