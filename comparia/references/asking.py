"""Key points suggested by a model: the instruction, and the check of the answer.

A key point is kept only when one of its quotes is found in one turn of the session, letter for letter except for
typography. Its holders are the speakers of those turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from rapidfuzz import fuzz

from comparia.matching.session_index import SessionIndex
from comparia.matching.weights import Weights
from comparia.messages import gettext as _
from comparia.messages import ngettext
from comparia.records import KeyPoint, PointKind, Quote, Transcript
from comparia.references.files import locate
from comparia.text.answered_json import entries_of
from comparia.text.instructions import instruction as in_words
from comparia.text.polarity import common
from comparia.text.quotes import fragments
from comparia.text.words import stems

NAME = "asked-3"
"""Name of this way of asking, for signatures."""

LEAST_WORDS = 3
"""Fewest words of a piece of a quote: a shorter one does not identify a turn."""

SAME_POINT = 88.0
"""Least likeness (rapidfuzz token sort ratio, 0-100) of two texts that state the same point."""


LIKE_WORDS = 0.45
"""Share of the words of each of two points said in one turn that the other holds, from which they are one point."""

SAME_QUOTE, LIKE_WORDS_OF_ONE_QUOTE = 85.0, 0.33
"""Likeness of two quotes that are the same words (rapidfuzz partial ratio, 0-100), then a share.

That share is enough between two points that rest on such quotes.
"""


class Believed(NamedTuple):
    """The part of a model's answers that was verified, and counts of what was left out."""

    points: tuple[KeyPoint, ...]
    """Key points with at least one quote that was said."""
    unsaid: int
    """Number of quotes that nobody said; they are left out."""
    dropped: int
    """Number of key points without any quote that was said; they are left out."""
    unread: int = 0
    """Number of parts of the session whose answer held no list, or an incomplete one."""


def instruction(turns: tuple[int, int] | None, language: Literal["fr", "en"], moderators: Sequence[str] = ()) -> str:
    """Return the request to a model for key points; it follows the session.

    Args:
        turns: numbers of the first and last turn to list, of a session listed in parts; None for all that was sent.
        language: of the session.
        moderators: names of those who lead.
    """
    whole, some, leading = _PARTS[language]
    part = some.format(first=turns[0], last=turns[1]) if turns else whole
    return in_words("points", language, part=part, moderators=", ".join(moderators) or leading)


_PARTS = {
    "en": ("the whole", "turns T{first} to T{last}", "those who lead"),
    "fr": ("l’ensemble", "la partie T{first} à T{last}", "les personnes qui animent"),
}
"""What to list, and what to call those who lead where nobody is known to."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of an answer."""

    def an_object(**properties: Any) -> dict[str, Any]:
        required = list(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    text = {"type": "string"}
    quote = an_object(turn={"type": "integer"}, words=text)
    kind = {"type": "string", "enum": list(get_args(PointKind))}
    point = an_object(text=text, topic=text, kind=kind, quotes={"type": "array", "items": quote, "minItems": 1})
    return an_object(key_points={"type": "array", "items": point})


def believed(answers: Sequence[str], transcript: Transcript) -> Believed:
    """Return the key points of a model's answers whose quotes are found in the session; points stated twice are merged.

    There is one answer for each part of the session. An answer of another shape holds no key point.
    """
    found: list[dict[str, Any]] = []
    unsaid = dropped = unread = 0
    for answer in answers:
        listed, whole = entries_of(answer, "key_points")
        unread += not whole
        for stated in _shaped(listed):
            quotes = [q for q in (_said(words, turn, transcript) for words, turn in stated["quotes"]) if q is not None]
            unsaid += len(stated["quotes"]) - len(quotes)
            if not quotes:
                dropped += 1
                continue
            twin = next((f for f in found if _same_point(f["text"], stated["text"], transcript.language)), None)
            if twin is None:
                found.append({**stated, "quotes": quotes})
            else:
                twin["quotes"] += [q for q in quotes if q not in twin["quotes"]]
    points = [
        KeyPoint(id="", text=item["text"], topic=item["topic"], kind=item["kind"], said=tuple(item["quotes"]))
        for item in found
    ]
    return Believed(_numbered(points), unsaid, dropped, unread)


def united(lists: Sequence[Believed], transcript: Transcript) -> Believed:
    """Return the points of several models' lists, each once, in the words of the first list that has it.

    Two points are one when a person says both, in like words, or when their texts are nearly the same; neither may deny
    the other. So the view of one person is never merged into another's.
    """
    listed_points = [point for listed in lists for point in listed.points]
    return Believed(
        each_once(listed_points, SessionIndex(transcript).weights, transcript.language),
        sum(listed.unsaid for listed in lists),
        sum(listed.dropped for listed in lists),
        sum(listed.unread for listed in lists),
    )


def each_once(listed: Sequence[KeyPoint], weights: Weights, language: Literal["fr", "en"]) -> tuple[KeyPoint, ...]:
    """Return points of several lists, those that are one merged, in the order in which they were said, with new ids."""
    points: list[KeyPoint] = []
    for point in listed:
        twin = next((n for n, other in enumerate(points) if _is_twin(point, other, weights, language)), None)
        if twin is None:
            points.append(point)
        else:
            quoted = {(quote.turn, quote.speaker) for quote in points[twin].said}
            more = tuple(quote for quote in point.said if (quote.turn, quote.speaker) not in quoted)
            points[twin] = points[twin].model_copy(update={"said": points[twin].said + more})
    return _numbered(points)


def _is_twin(one: KeyPoint, other: KeyPoint, weights: Weights, language: Literal["fr", "en"]) -> bool:
    """Return whether two points of different lists are one."""
    if _same_point(one.text, other.text, language):
        return True
    first, second = (frozenset(stems(point.text, language)) for point in (one, other))
    shared, larger = weights.mass(first & second), max(weights.mass(first), weights.mass(second))
    turns = {quote.turn: quote.words for quote in one.said}
    quoted = [(turns[quote.turn], quote.words) for quote in other.said if quote.turn in turns]
    if any(
        fuzz.partial_ratio(*words) >= SAME_QUOTE for words in quoted
    ):  # the very same words: whatever the points deny
        return shared >= LIKE_WORDS_OF_ONE_QUOTE * larger
    return bool(quoted) and shared >= LIKE_WORDS * larger and not common(one.text, other.text, language).opposed


def _numbered(points: Sequence[KeyPoint]) -> tuple[KeyPoint, ...]:
    """Return points in the order in which they were said, with their ids, and their quotes in the same order."""
    ordered = sorted(points, key=lambda point: min(quote.turn for quote in point.said))
    return tuple(
        point.model_copy(update={"id": f"P{n:02d}", "said": tuple(sorted(point.said, key=lambda quote: quote.turn))})
        for n, point in enumerate(ordered, start=1)
    )


def believed_sentence(answer: Believed) -> str:
    """Return a sentence, for people, on what was left out of a model's suggestion."""
    said = _(
        "{points} key points suggested; left out: {dropped} without a quote that was said, {unsaid} invented quotes."
    ).format(points=len(answer.points), dropped=answer.dropped, unsaid=answer.unsaid)
    if not answer.unread:
        return said
    cut = ngettext(
        "{n} part of the session has no list, or one that was cut: points of it are missing.",
        "{n} parts of the session have no list, or one that was cut: points of them are missing.",
        answer.unread,
    )
    return f"{said} {cut.format(n=answer.unread)}"


def _shaped(stated: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the key points of an answer that have the shape asked for."""
    points = []
    for item in stated:
        if not isinstance(item, dict) or not isinstance(item.get("text"), str) or not item["text"].strip():
            continue
        listed = item.get("quotes")
        quotes = [q if isinstance(q, dict) else {"words": q} for q in (listed if isinstance(listed, list) else [])]
        points.append(
            {
                "text": " ".join(item["text"].split())[:1000],
                "topic": " ".join(str(item.get("topic") or "").split())[:100],
                "kind": item["kind"] if item.get("kind") in get_args(PointKind) else "view",
                "quotes": [(q["words"], _turn(q.get("turn"))) for q in quotes if isinstance(q.get("words"), str)],
            }
        )
    return points


def _same_point(a: str, b: str, language: Literal["fr", "en"]) -> bool:
    """Return whether two texts state the same point: alike in words, and neither denies what the other affirms."""
    return fuzz.token_sort_ratio(a, b) >= SAME_POINT and not common(a, b, language).opposed


def _said(words: str, turn: int | None, transcript: Transcript) -> Quote | None:
    """Return a quote with its turn: the turn that the model names if it holds the words, else the first that does.

    None when no turn holds them, or when the quote is too short.
    """
    words = " ".join(words.split()).strip('«»“”" ')
    if max((len(piece.split()) for piece in fragments(words)), default=0) < LEAST_WORDS:
        return None
    found = (locate(words, transcript, turn=turn) if turn is not None else None) or locate(words, transcript)
    return Quote(turn=found.number, speaker=found.speaker or "", words=words) if found is not None else None


def _turn(value: Any) -> int | None:
    digits = str(value).strip().removeprefix("T")
    return int(digits) if digits.isdigit() and len(digits) < 9 else None
