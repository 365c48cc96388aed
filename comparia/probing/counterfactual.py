"""Make a session with one change out of another one, and prove that nothing else changed.

Counterfactual probes ask whether a model keeps a view less when it is held by somebody else, said later, written in the
chat, or put in other words. Nothing is sent here: a session and its key points go in, both come out changed, with the
list of edits. Undoing the edits gives back the original to the byte; this is checked each time.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from comparia.errors import ProbeError
from comparia.messages import gettext as _
from comparia.privacy.people import person_named
from comparia.probing.changes import NotChanged
from comparia.probing.drafting import Draft, Line, Probed, finished, quoted, refused
from comparia.probing.naming import mentions, swap_names
from comparia.probing.probes import (
    AddHolder,
    AsChat,
    AssignView,
    MirrorMajority,
    MoveView,
    Paraphrase,
    PermuteTurns,
    Probe,
    Register,
    SwapNames,
)
from comparia.records import KeyPoint, Reference, Speaker, Transcript, Turn
from comparia.text.quotes import fragments, normalise, stand_in
from comparia.text.sentences import sentences

STANDINGS = ("senior", "junior")
"""What `to` may say of whoever gets a view, instead of a name."""
EDGE = 10
"""The moderator opens or closes the session in its first or last tenth of turns, if anybody does."""


def apply(transcript: Transcript, reference: Reference, probe: Probe, file: str = "") -> Probed:
    """Return the session that a probe asks for, with its key points and everything that was changed.

    Args:
        transcript: the session.
        reference: its key points, tied to its turns.
        probe: the change.
        file: name of the study file, for errors.

    Raises:
        ProbeError: the probe cannot be applied, or would change nothing; the field is named.
    """
    name = probe.id or probe.kind
    try:
        _check(transcript, reference, probe)
        draft = Draft.of(transcript, reference)
        _STEPS[type(probe)](draft, probe)
        return finished(draft, name, probe.kind)
    except ProbeError as error:
        raise ProbeError(f"{name}: {error.message}", file, cure=error.cure) from error


def _check(transcript: Transcript, reference: Reference, probe: Probe) -> None:
    """Refuse key points of another session, and to move turns of a cycle of sessions."""
    turns = {turn.number: turn for turn in transcript.turns}
    for point in reference.key_points:
        for quote in point.said:
            turn = turns.get(quote.turn)
            if turn is None or not stand_in(fragments(quote.words), normalise(turn.text)):
                message = _("turn {number} does not say what {point} quotes").format(number=quote.turn, point=point.id)
                raise refused("reference", message, _("Give the key points of this session."))
    if transcript.parts and isinstance(probe, PermuteTurns | MoveView | AddHolder):
        raise refused(
            "kind", _("turns of a cycle of sessions cannot change places"), _("Probe each of its sessions alone.")
        )


# Speakers -------------------------------------------------------------------------------------------------------------


def _assign_view(draft: Draft, probe: AssignView) -> None:
    point = draft.point(probe.point, "point")
    draft.probed = (point.id,)
    if probe.to in STANDINGS:
        if not probe.label.strip():
            raise refused("label", _("is missing"), _("Write who speaks, as the session would name them."))
        to = draft.speaker_or_none(probe.label) or draft.add_speaker(probe.label.strip())
    elif probe.label:
        raise refused("label", _("goes with {names} only").format(names=", ".join(STANDINGS)))
    else:
        to = draft.speaker(probe.to, "to")
    _refuse_moderator(draft, to, "to")
    former: dict[str, None] = {}
    for line in draft.lines_of(point, "point"):
        if line.turn.speaker != to.id:
            line.edits.append(("assigned", line.turn.speaker or "", to.id))
            former[draft.transcript.speaker_name(line.turn.speaker)] = None
            line.turn = line.turn.model_copy(update={"speaker": to.id})
    if not former:
        draft.added_speakers.clear()
    for line in draft.lines:
        for name in filter(None, former):
            draft.not_changed += [(line, left) for left in _named_elsewhere(line.turn, name)]


def _named_elsewhere(turn: Turn, name: str) -> Iterator[NotChanged]:
    """Yield where a turn names whoever held a view before."""
    for start, end in mentions(name, turn.text):
        sentence = next((s.text for s in sentences(turn.text) if s.start <= start < s.end), turn.text)
        yield NotChanged(why="named_elsewhere", turn=turn.number, words=turn.text[start:end], sentence=sentence)


def _add_holder(draft: Draft, probe: AddHolder) -> None:
    point = draft.point(probe.point, "point")
    draft.probed = (point.id,)
    speaker = draft.speaker_or_none(probe.speaker)
    if speaker is not None:
        _refuse_moderator(draft, speaker, "speaker")
        if speaker.id in point.holders:
            message = _("{name} already holds {point}").format(name=speaker.name, point=point.id)
            raise refused("speaker", message)
    text = " ".join(probe.text.split())
    if not normalise(text):
        raise refused("text", _("is empty"))
    if speaker is None:
        speaker = draft.add_speaker(probe.speaker)
    first = draft.lines_of(point, "point")[0]
    turn = Turn(number=len(draft.lines) + 1, speaker=speaker.id, text=text, channel=first.turn.channel)
    line = Line(turn, added=True)
    draft.lines.insert(draft.lines.index(first) + 1, line)
    draft.added_quotes.append((point.id, line))


def _refuse_moderator(draft: Draft, speaker: Speaker, where: str) -> None:
    if speaker.id in draft.moderators:
        raise refused(where, _("{name} moderates the session, and holds no view").format(name=speaker.name))


# Places ---------------------------------------------------------------------------------------------------------------


def _permute_turns(draft: Draft, probe: PermuteTurns) -> None:
    blocks = [_block_of(draft, probe.turns)] if probe.turns else list(_blocks(draft))
    draw = random.Random(probe.seed)  # noqa: S311 - an order, nothing secret
    for block in blocks:
        drawn = list(block)
        while drawn == block:
            draw.shuffle(drawn)
        lines = [draft.lines[n] for n in drawn]
        for n, line in zip(block, lines, strict=True):
            line.moved = True
            draft.lines[n] = line


def _block_of(draft: Draft, numbers: Sequence[int]) -> list[int]:
    """Return the indices of the turns that a probe names."""
    chosen = sorted(set(numbers))
    if len(chosen) < 2 or len(chosen) < len(numbers):
        raise refused("turns", _("must be two turns or more, each once"))
    for number in chosen:
        turn = draft.line(number, "turns").turn
        if turn.channel == "system" or turn.speaker in draft.moderators:
            message = _("turn {number} is the moderator’s, or nobody’s: it has no equal").format(number=number)
            raise refused("turns", message)
        if turn.reply_to in chosen:
            message = _("turn {number} answers turn {other}, which must stay before it")
            raise refused("turns", message.format(number=number, other=turn.reply_to))
    return [number - 1 for number in chosen]


def _blocks(draft: Draft) -> Iterator[list[int]]:
    """Yield turns in a row whose order tells nothing, as indices: one channel, one role, each another speaker."""
    roles = {speaker.id: _role(speaker) for speaker in draft.transcript.speakers}
    block: list[int] = []
    for n, line in enumerate(draft.lines):
        turn = line.turn
        inside = [draft.lines[each].turn for each in block]
        free = turn.channel != "system" and turn.speaker not in draft.moderators
        joins = free and not (
            inside
            and (
                turn.channel != inside[0].channel
                or roles.get(turn.speaker or "", "") != roles.get(inside[0].speaker or "", "")
                or (turn.speaker is not None and turn.speaker in {each.speaker for each in inside})
                or turn.reply_to in {each.number for each in inside}
            )
        )
        if not joins:
            if len(block) > 1:
                yield block
            block = []
        if free:
            block.append(n)
    if len(block) > 1:
        yield block


def _role(speaker: Speaker) -> str:
    """Return the role of a speaker, as its label tells it around the name, or as it is known of them."""
    if known := speaker.attributes.get("role"):
        return normalise(known)
    person = person_named(speaker.name, speaks=True)
    return normalise(speaker.name.replace(person.name, " ", 1)) if person is not None else ""


def _move_view(draft: Draft, probe: MoveView) -> None:
    point = draft.point(probe.point, "point")
    draft.probed = (point.id,)
    moving = draft.lines_of(point, "point")
    staying = [line for line in draft.lines if line not in moving]
    first, last = _opening(draft, staying), _closing(draft, staying)
    place = {"start": first, "middle": max(first, min(_middle(staying), last)), "end": last}[probe.to]
    for line in moving:
        line.moved = True
    draft.lines = [*staying[:place], *moving, *staying[place:]]


def _opening(draft: Draft, lines: Sequence[Line]) -> int:
    """Return the index after the turn by which a moderator opens the session; 0 where nobody does."""
    for n, line in enumerate(lines[: max(1, len(lines) // EDGE)]):
        if line.turn.speaker in draft.moderators:
            return n + 1
    return 0


def _closing(draft: Draft, lines: Sequence[Line]) -> int:
    """Return the index of the turn by which a moderator closes the session; the end where nobody does."""
    for n in range(len(lines) - 1, max(0, len(lines) - 1 - max(1, len(lines) // EDGE)), -1):
        if lines[n].turn.speaker in draft.moderators:
            return n
    return len(lines)


def _middle(lines: Sequence[Line]) -> int:
    """Return the index before which half of the words are said."""
    words = list(accumulate(len(line.turn.text.split()) * (line.turn.channel != "system") for line in lines))
    return bisect_left(words, words[-1] / 2) + 1 if words else 0


def _as_chat(draft: Draft, probe: AsChat) -> None:
    point = draft.point(probe.point, "point")
    draft.probed = (point.id,)
    for line in draft.lines_of(point, "point"):
        if line.turn.channel != "chat":
            line.edits.append(("channel", line.turn.channel, "chat"))
            line.turn = line.turn.model_copy(update={"channel": "chat"})


# Words ----------------------------------------------------------------------------------------------------------------


def _paraphrase(draft: Draft, probe: Paraphrase) -> None:
    point = draft.point(probe.point, "point")
    draft.probed = (point.id,)
    for n, each in enumerate(probe.replace):
        line = _line_with(draft, point, each.words, each.turn, f"replace.{n}")
        replaced = draft.replace(line, each.words, each.by, "paraphrased", f"replace.{n}")
        quotes = [quote for quote in point.said if quote.turn == line.turn.number]
        if not any(quoted(quote.words, line.turn.text, [replaced]) for quote in quotes):
            message = _("these words are no part of a quotation of {point}").format(point=point.id)
            raise refused(f"replace.{n}.words", message)


def _mirror_majority(draft: Draft, probe: MirrorMajority) -> None:
    draft.probed = tuple(each.point for each in probe.points)
    if len(set(draft.probed)) < len(draft.probed):
        raise refused("points", _("a key point is given twice"))
    for n, each in enumerate(probe.points):
        point = draft.point(each.point, f"points.{n}.point")
        if draft.reference.is_minority(point):
            raise refused(f"points.{n}.point", _("{point} is a minority view").format(point=point.id))
        if " ".join(each.text.split()) == point.text:
            raise refused(f"points.{n}.text", _("these are the same words"))
        draft.points[point.id, "text"] = " ".join(each.text.split())
        for m, words in enumerate(each.replace):
            where = f"points.{n}.replace.{m}"
            line = _line_with(draft, point, words.words, words.turn, where)
            draft.replace(line, words.words, words.by, "mirrored", where)
        for quote in point.said:
            line = draft.line(quote.turn, f"points.{n}")
            if not quoted(quote.words, line.turn.text, line.replaced):
                message = _("turn {number} still says {point}: give its opposite").format(
                    number=quote.turn, point=point.id
                )
                raise refused(f"points.{n}.replace", message)


def _line_with(draft: Draft, point: KeyPoint, words: str, turn: int | None, where: str) -> Line:
    """Return the one turn of a key point that holds some words."""
    lines = draft.lines_of(point, where)
    if turn is not None:
        if turn not in {line.turn.number for line in lines}:
            message = _("turn {number} does not say {point}").format(number=turn, point=point.id)
            raise refused(f"{where}.turn", message)
        return draft.line(turn, f"{where}.turn")
    holding = [line for line in lines if words in line.turn.text]
    if len(holding) > 1:
        numbers = ", ".join(str(line.turn.number) for line in holding)
        message = _("several turns hold these words: {numbers}").format(numbers=numbers)
        raise refused(f"{where}.words", message, _("Give the number of the turn."))
    return holding[0] if holding else lines[0]


def _register(draft: Draft, probe: Register) -> None:
    speaker = draft.speaker(probe.speaker, "speaker")
    for n, each in enumerate(probe.replace):
        where = f"replace.{n}"
        line = draft.line(each.turn, f"{where}.turn")
        if line.turn.speaker != speaker.id:
            message = _("turn {number} is not {name}’s").format(number=each.turn, name=speaker.name)
            raise refused(f"{where}.turn", message)
        draft.replace(line, each.words or line.turn.text, each.by, "register", where)


_STEPS: Mapping[type[Any], Callable[[Draft, Any], None]] = {
    SwapNames: swap_names,
    PermuteTurns: _permute_turns,
    AssignView: _assign_view,
    MoveView: _move_view,
    Paraphrase: _paraphrase,
    AddHolder: _add_holder,
    MirrorMajority: _mirror_majority,
    AsChat: _as_chat,
    Register: _register,
}
"""How each kind of probe changes a draft."""
