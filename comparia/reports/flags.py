"""The flags of a recap: passages that checks point at, with why, what was said instead, and what a person answered.

A passage that several checks point at, or one check several times, is one flag of each kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from comparia.records import AnsweredFlag, FlagAnswer, SentenceEvidence, Variant, content_id
from comparia.reports import readings
from comparia.reports.view import View
from comparia.reports.wording import flags as wording

FlagKind = Literal["personal", "participant", "quotation", "number", "name", "attribution", "agreement", "other"]
"""What a flag is about."""
KINDS: tuple[FlagKind, ...] = (
    "personal",
    "participant",
    "quotation",
    "number",
    "name",
    "attribution",
    "agreement",
    "other",
)
"""The kinds, in the order in which flags are told."""

_KIND_OF: Mapping[str, FlagKind] = {
    readings.NUMBERS: "number",
    readings.NAMES: "name",
    readings.ATTRIBUTION: "attribution",
    readings.AGREEMENT: "agreement",
}
_POINTED_AT = frozenset(("altered", "stitched", "not_found", "misattributed"))
"""Verdicts on a quotation that make it a flag."""


class PersonalData(NamedTuple):
    """A piece of personal data in a recap."""

    kind: str
    """What it is (an `AliasKind`)."""
    words: str
    """The words."""


@dataclass(frozen=True)
class Flag:
    """A passage of a recap that a person should look at."""

    id: str
    """Hash of its kind and of its words: the same as long as they are."""
    kind: FlagKind
    """What it is about."""
    sentence: str
    """The words it is looked for by: a sentence of the recap, a quotation, personal data; empty where it is masked."""
    parts: tuple[str, ...]
    """Words of the sentence that it is about: numbers, names; empty for the whole sentence."""
    reasons: tuple[str, ...]
    """Why it is one, in the reader's language."""
    turns: tuple[int, ...] = ()
    """Turns of the session that are nearest."""
    exact: str = ""
    """What was said; empty where it is not known."""
    answer: FlagAnswer = ""
    """What a person answered."""

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it."""
        return not self.answer


class FlagGroup(NamedTuple):
    """The flags of one kind."""

    kind: FlagKind
    """The kind."""
    name: str
    """The kind in words."""
    flags: tuple[Flag, ...]
    """The flags, in the order of the checks."""


def flag_id(kind: FlagKind, words: str) -> str:
    """Return the id of a flag, from its kind and the words it is looked for by."""
    return content_id("fl", [kind, " ".join(words.split())])


def flags_of(
    view: View,
    variant: Variant,
    personal: Iterable[PersonalData] = (),
    answered: Mapping[tuple[str, str], AnsweredFlag] | None = None,
    disputed: Iterable[str] = (),
) -> tuple[FlagGroup, ...]:
    """Return the flags of a recap by kind, those without any left out.

    Args:
        view: of the run.
        variant: the recap.
        personal: the personal data in it.
        answered: what people answered, by (variant, flag).
        disputed: sentences of it of which participants say that it is not what they said.
    """
    found: dict[str, Flag] = {}
    personal = tuple(personal)
    private = [_tight(data.words) for data in personal]
    for data in personal:
        _add(found, _flag("personal", data.words, (), wording.personal_sentence(data.kind)))
    for masked in (answered or {}).values():
        if masked.variant == variant.id and masked.answer == "masked":
            found[masked.flag] = Flag(masked.flag, "personal", "", (), (wording.personal_sentence(masked.kind),))
            private.append(_tight(masked.replacement))
    for sentence in disputed:
        _add(found, _flag("participant", sentence, (), wording.disputed_sentence()))
    quotations = view.quotations.get(variant.id)
    for item in quotations.evidence if quotations else ():
        if item.type == "quotation" and item.verdict in _POINTED_AT:
            reason = wording.quotation_sentence(item.verdict, item.speaker)
            _add(found, _flag("quotation", item.quotation, (), reason, item.turns, item.exact))
    for metric, item in view.flags(variant.id):
        kind = _KIND_OF.get(metric, "other")
        if kind == "number" and any(_tight(item.about) in words for words in private):
            continue  # a telephone number is told once, as what it is
        parts = (item.about,) if kind in ("number", "name") and _is_in(item) else ()
        _add(found, _flag(kind, item.sentence, parts, readings.flag_sentence(metric, item), item.turns))
    answers = {flag: given.answer for (name, flag), given in (answered or {}).items() if name == variant.id}
    all_flags = [_answered(flag, answers.get(flag.id, "")) for flag in found.values()]
    groups = (FlagGroup(kind, wording.kind_name(kind), tuple(f for f in all_flags if f.kind == kind)) for kind in KINDS)
    return tuple(group for group in groups if group.flags)


def open_count(groups: Sequence[FlagGroup]) -> int:
    """Return how many flags nobody has answered."""
    return sum(flag.is_open for group in groups for flag in group.flags)


def any_open(group: FlagGroup) -> bool:
    """Return whether a flag of a group was answered by nobody."""
    return any(flag.is_open for flag in group.flags)


def ids_of(groups: Sequence[FlagGroup]) -> frozenset[str]:
    """Return the ids of flags."""
    return frozenset(flag.id for group in groups for flag in group.flags)


def _tight(words: str) -> str:
    return "".join(words.split())


def _is_in(item: SentenceEvidence) -> bool:
    return bool(item.about) and item.about in item.sentence


def _flag(
    kind: FlagKind,
    words: str,
    parts: tuple[str, ...],
    reason: str,
    turns: Sequence[int] = (),
    exact: str = "",
) -> Flag:
    return Flag(flag_id(kind, words), kind, words, parts, (reason,), tuple(turns[:3]), exact)


def _add(found: dict[str, Flag], flag: Flag) -> None:
    """Add a flag, to the one of the same kind and words where there is one."""
    if (other := found.get(flag.id)) is not None:
        flag = Flag(
            flag.id,
            flag.kind,
            flag.sentence,
            tuple(dict.fromkeys((*other.parts, *flag.parts))),
            tuple(dict.fromkeys((*other.reasons, *flag.reasons))),
            tuple(dict.fromkeys((*other.turns, *flag.turns)))[:3],
            other.exact or flag.exact,
        )
    found[flag.id] = flag


def _answered(flag: Flag, answer: FlagAnswer) -> Flag:
    return Flag(flag.id, flag.kind, flag.sentence, flag.parts, flag.reasons, flag.turns, flag.exact, answer)
