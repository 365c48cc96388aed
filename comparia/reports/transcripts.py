"""A transcript as a file of its own: WebVTT to play with the recording, Markdown to read, JSON to keep whole.

WebVTT and Markdown are written so that they are read back as the same speakers, words and times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comparia.errors import TranscriptError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Transcript, Turn
from comparia.text.controls import one_line

FORMATS: dict[str, tuple[str, str]] = {
    "vtt": ("vtt", "text/vtt; charset=utf-8"),
    "markdown": ("md", "text/markdown; charset=utf-8"),
    "json": ("json", "application/json"),
}
"""Every format: suffix of its file, and media type."""

UNENDED = 2000
"""Milliseconds that the last caption stays when nothing says when it ends."""

_NOBODY = {"fr": "Inconnu", "en": "Unknown"}
"""Label of a turn without a speaker; readers take it for several people, never for one voice."""


def write(transcript: Transcript, format: str) -> bytes:
    """A transcript in one format.

    Raises:
        UnknownName: no such format.
        TranscriptError: WebVTT was asked for and a turn has no time.
    """
    if format == "vtt":
        return _vtt(transcript).encode("utf-8", "replace")
    if format == "markdown":
        return _markdown(transcript).encode("utf-8", "replace")
    if format == "json":
        return transcript.model_dump_json(indent=1).encode() + b"\n"
    raise UnknownName(_("transcript format"), format, FORMATS)


def _vtt(transcript: Transcript) -> str:
    """One caption a cue; chat as a voice of the class `chat`, system lines as notes, which players do not show."""
    pieces = list(_captions(transcript))
    unnamed = not any(turn.speaker for turn, *_rest in pieces) and _could_mislead([text for *_rest, text in pieces])
    out = [f"WEBVTT - {one_line(transcript.title).replace('-->', '→')}", ""]
    for n, (turn, start, end, text) in enumerate(pieces):
        if end is None:
            following = pieces[n + 1][1] if n + 1 < len(pieces) else start
            end = following if following > start else start + UNENDED
        name = _escaped(transcript.speaker_name(turn.speaker))
        if turn.channel == "system":
            said = one_line(f"{transcript.speaker_name(turn.speaker)}: {text}" if name else text)
            out += [f"NOTE {_clock(start)} {said.replace('-->', '→')}", ""]
            continue
        label = name or (_NOBODY[transcript.language] if unnamed else "")
        voice = f"<v{'.chat' if turn.channel == 'chat' else ''} {label}>" if label else ""
        out += [f"{_clock(start)} --> {_clock(end)}", f"{voice}{_escaped(text)}", ""]
    return "\n".join(out)


def _captions(transcript: Transcript) -> Iterator[tuple[Turn, int, int | None, str]]:
    for turn in transcript.turns:
        inside = [transcript.cues[n] for n in turn.cues if n < len(transcript.cues)]
        timed = [(cue.start, cue.end, cue.text) for cue in inside] or [(turn.start, turn.end, turn.text)]
        for start, end, text in timed:
            if start is None:
                raise TranscriptError(
                    _("turn {number} has no time, which WebVTT needs.").format(number=turn.number),
                    transcript.title,
                    cure=_("Write it as Markdown or JSON."),
                )
            yield turn, start, end, text


def _could_mislead(texts: Sequence[str]) -> bool:
    """Whether words nobody is named for could be read as naming somebody: `Nom : texte`, or `>>` for a new speaker."""
    return any(": " in f"{text} " or ">>" in text for text in texts)


def _markdown(transcript: Transcript) -> str:
    """`[00:01:02] **Nom** : texte`, one paragraph a turn; chat is marked, system lines are small headings.

    A question stands as a heading above the turns that answer it.
    """
    from comparia.reports.markdown import inert

    colon = " :" if transcript.language == "fr" else ":"
    head = " · ".join(filter(None, (one_line(transcript.title), one_line(transcript.date))))
    out = [f"# {inert(head)}", ""]
    about = ""
    for turn in transcript.turns:
        if turn.about and turn.about != about:
            out += [f"## {inert(one_line(turn.about))}", ""]
        about = turn.about
        at = f"[{_clock(turn.start // 1000 * 1000)[:-4]}] " if turn.start is not None else ""
        name = inert(one_line(transcript.speaker_name(turn.speaker))).replace("*", "") or _NOBODY[transcript.language]
        text = inert(one_line(turn.text))
        if turn.channel == "system":
            out += [f"###### {at}{name}{colon} {text}", ""]
        else:
            out += [f"{'[chat] ' if turn.channel == 'chat' else ''}{at}**{name}**{colon} {text}", ""]
    return "\n".join(out)


def _clock(ms: int) -> str:
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms % 1000:03}"


def _escaped(text: str) -> str:
    """Caption text in which nothing is markup, an arrow, or the mark of a voice that speaks over another (`//S02:`)."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("//S", "/&#47;S")
