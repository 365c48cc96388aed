"""The sessions of a cycle as one session."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.errors import InputError
from comparia.ingest.speakers import identity
from comparia.messages import gettext as _
from comparia.records import Cue, SessionPart, Speaker, Transcript, Turn


def joined(sessions: Sequence[Transcript], title: str = "") -> Transcript:
    """Return sessions of one language as one, in order; people of one name (`ingest.speakers.identity`) are one person.

    Anonymous labels (`Speaker 1`) of two sessions stay two voices: the number of the session is put after them.

    Raises:
        InputError: fewer than two sessions, one session given twice, or sessions in several languages.
    """
    if len(sessions) < 2:
        raise InputError(_("a cycle is made of two sessions or more."), cure=_("Give each session of the cycle."))
    if len({session.id for session in sessions}) < len(sessions):
        raise InputError(_("one session was given twice."))
    languages = {session.language for session in sessions}
    if len(languages) > 1:
        raise InputError(
            _("the sessions of a cycle are in one language."), cure=_("Compare those of each language apart.")
        )
    speakers: dict[str, Speaker] = {}
    turns: list[Turn] = []
    cues: list[Cue] = []
    parts: list[SessionPart] = []
    moderators: list[str] = []
    for number, session in enumerate(sessions, start=1):
        ids = {}
        for speaker in session.speakers:
            name = speaker.name if speaker.kind == "person" else f"{speaker.name} ({number})"
            key = identity(name)
            known = speakers.get(key)
            if known is None:
                speakers[key] = speaker.model_copy(update={"id": f"s{len(speakers) + 1}", "name": name})
            else:
                speakers[key] = known.model_copy(
                    update={
                        "labels": tuple(dict.fromkeys((*known.labels, *speaker.labels))),
                        "words": known.words + speaker.words,
                        "turns": known.turns + speaker.turns,
                        "attributes": {**speaker.attributes, **known.attributes},
                    }
                )
            ids[speaker.id] = speakers[key].id
        first, before = len(turns), len(cues)
        cues += session.cues
        turns += [
            turn.model_copy(
                update={
                    "number": first + turn.number,
                    "speaker": ids.get(turn.speaker or ""),
                    "cues": tuple(before + n for n in turn.cues),
                    "reply_to": first + turn.reply_to if turn.reply_to else None,
                }
            )
            for turn in session.turns
        ]
        moderators += [ids[speaker] for speaker in session.moderators if speaker in ids]
        parts.append(
            SessionPart(title=session.title, date=session.date, transcript=session.id, turns=(first + 1, len(turns)))
        )
    whole = sessions[0].model_copy(
        update={
            "title": title or sessions[0].title,
            "date": "",
            "place": "",
            "formats": tuple(name for session in sessions for name in session.formats),
            "encodings": tuple(name for session in sessions for name in session.encodings),
            "speakers": tuple(speakers.values()),
            "turns": tuple(turns),
            "cues": tuple(cues),
            "notices": tuple(notice for session in sessions for notice in session.notices),
            "ignored": tuple(line for session in sessions for line in session.ignored),
            "moderators": tuple(dict.fromkeys(moderators)),
            "nobody_moderates": all(session.nobody_moderates for session in sessions),
            "parent": "",
            "corrections": None,
            "context": tuple({d.text: d for session in sessions for d in session.context}.values()),
            "recording": None,
            "parts": tuple(parts),
        }
    )
    return whole.model_copy(update={"id": whole.content_id})
