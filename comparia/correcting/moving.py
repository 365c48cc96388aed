"""Key points and recaps of a session, moved to its corrected copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comparia.correcting.applying import Corrected, in_case, whole_words
from comparia.records import (
    Corrections,
    Join,
    KeyPoint,
    Quote,
    Reference,
    Rename,
    Replace,
    Transcript,
    Turn,
    reference_id,
    voices_of,
)
from comparia.references.files import locate
from comparia.text.quotes import normalise


def moved_reference(reference: Reference, original: Transcript, corrected: Corrected) -> tuple[Reference, list[str]]:
    """Return the key points of a session, tied to its corrected copy, and the ids of those that lost a quotation.

    The texts of the points and the words of their quotations are corrected as the session was; each quotation is then
    looked for in what its turn became, else anywhere in the session. A point with no quotation left is dropped.

    Args:
        reference: key points of the original.
        original: the original session.
        corrected: what became of it.
    """
    after = corrected.transcript
    said_words = after.corrections or Corrections()
    points: list[KeyPoint] = []
    lost: list[str] = []
    for point in reference.key_points:
        quotes = [_moved_quote(quote, corrected, said_words) for quote in point.said]
        if any(quote is None for quote in quotes):
            lost.append(point.id)
        kept = tuple(quote for quote in quotes if quote is not None)
        if kept:
            text = words_corrected(point.text, said_words, names=True)
            points.append(point.model_copy(update={"text": text, "said": kept}))
    by_name = {speaker.name: speaker.id for speaker in after.speakers}
    renamed = _speakers_after(original, corrected)
    told = after.moderators or after.nobody_moderates
    moderators = (
        after.moderators
        if told
        else tuple(
            dict.fromkeys(by_name[name] for s in reference.moderators if (name := renamed.get(s, "")) in by_name)
        )
    )
    moved = reference.model_copy(
        update={
            "id": reference_id(reference.minority_threshold, moderators, points),
            "moderators": moderators,
            "voices": voices_of(after, moderators),
            "key_points": tuple(points),
        }
    )
    return moved, lost


def _speakers_after(original: Transcript, corrected: Corrected) -> dict[str, str]:
    """Return the name that each speaker of the original mostly has in the corrected session, by id."""
    numbered = {turn.number: turn for turn in corrected.transcript.turns}
    names: dict[str, dict[str, int]] = {}
    for turn in original.turns:
        for number in corrected.turns.get(turn.number, ()):
            name = corrected.transcript.speaker_name(numbered[number].speaker)
            if turn.speaker and name:
                said = names.setdefault(turn.speaker, {})
                said[name] = said.get(name, 0) + len(numbered[number].text)
    return {speaker: max(said, key=lambda name: said[name]) for speaker, said in names.items()}


def _moved_quote(quote: Quote, corrected: Corrected, corrections: Corrections) -> Quote | None:
    transcript = corrected.transcript
    for words in dict.fromkeys((words_corrected(quote.words, corrections, quote.turn), quote.words)):
        for number in corrected.turns.get(quote.turn, ()):
            found = locate(words, transcript, turn=number)
            if found is not None:
                return _quote_in(quote, found, words)
    for words in dict.fromkeys((words_corrected(quote.words, corrections), quote.words)):
        found = locate(words, transcript)
        if found is not None and len(normalise(words).split()) >= _LEAST_WORDS:
            return _quote_in(quote, found, words)
    return None


_LEAST_WORDS = 4
"""Fewest words of a quotation that is looked for in other turns than its own."""


def _quote_in(quote: Quote, turn: Turn, words: str) -> Quote:
    """Return a quotation that lies in `turn`, with these words."""
    return quote.model_copy(update={"turn": turn.number, "speaker": turn.speaker or "", "words": words})


def words_corrected(text: str, corrections: Corrections, turn: int | None = None, *, names: bool = False) -> str:
    """Return a text in which the glossary and the replacements that hold everywhere are applied.

    Args:
        text: words of a turn, a key point or a recap.
        corrections: of the session.
        turn: number, in the original, of the turn that the words are of: what is replaced there alone is replaced too.
        names: whether the new names of speakers are put in too, as a recap bears them.
    """
    pairs = [(heard, term.write) for term in corrections.glossary for heard in term.heard]
    for correction in corrections.corrections:
        match correction:
            case Replace(words=words, by=by, turns=turns) if not turns or turn in turns:
                pairs.append((words, by))
            case Rename(speaker=speaker, name=name) if names:
                pairs.append((speaker, name))
            case Join(speakers=speakers, name=name) if names:
                pairs += [(speaker, name) for speaker in speakers if speaker != name]
    for words, by in pairs:
        if by in text and words in by:  # `Martin` renamed `Jean Martin` where the whole name stands already
            text = text.replace(by, words)
        text = whole_words(words).sub(lambda found, by=by: in_case(found.group(), by), text)  # type: ignore[misc]
    return text


def forms_of(corrections: Corrections) -> Callable[[str], Sequence[str]]:
    """Return a function that gives what words of the original may have become, the likeliest first."""

    def forms(words: str) -> Sequence[str]:
        return list(dict.fromkeys((words_corrected(words, corrections, names=True), words)))

    return forms
