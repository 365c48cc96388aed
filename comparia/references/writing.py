"""Writing of references as YAML files, which `files` reads, for a facilitator to read, correct and sign."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from comparia.messages import gettext as _
from comparia.messages import speaking
from comparia.records import KeyPoint, Quote, Reference, Transcript
from comparia.text.quotes import normalise

WIDTH = 110
"""Columns after which long text is folded."""
UNFOLDED = 2**30
"""Width that turns folding off. A line folded after an escaped character may be read back with one space more."""
_ESCAPED = re.compile(r'["\\]|[^\x00-\uffff]')
"""Matches characters that need an escape between double quotes but none between single quotes."""
_UNESCAPED = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def to_yaml(reference: Reference, transcript: Transcript, title: str = "") -> str:
    """Return `reference` as YAML that `files.parse` reads back to equal key points.

    Speakers are written by name and turns by number; the comment at the top, in the language of the transcript, says
    what to do with a suggestion. A text is one line: other white space in it is not kept.

    Args:
        reference: key points whose quotes lie in `transcript`.
        transcript: the session.
        title: title of the session, that of the transcript when empty.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    document = CommentedMap()
    document["title"] = _quoted(title or transcript.title)
    if transcript.date:
        document["date"] = _quoted(transcript.date)
    document["language"] = reference.language
    document["status"] = reference.origin
    document["reviewed_by"] = _quoted(reference.reviewed_by)
    if reference.suggested_by:
        document["suggested_by"] = _quoted(reference.suggested_by)
    document["minority_threshold"] = reference.minority_threshold
    leading = CommentedSeq(_quoted(transcript.speaker_name(speaker)) for speaker in reference.moderators)
    leading.fa.set_flow_style()
    document["moderators"] = leading
    document["key_points"] = CommentedSeq(_point(point, transcript) for point in reference.key_points)
    if not reference.key_points:
        document["key_points"].fa.set_flow_style()
    for n in range(1, len(reference.key_points)):
        document["key_points"].yaml_set_comment_before_after_key(n, before="\n")
    with speaking(transcript.language):
        document.yaml_set_start_comment(_advice(reference))
    yaml = YAML(typ="rt", pure=True)
    yaml.width = WIDTH if all(map(_UNESCAPED.fullmatch, _strings(document))) else UNFOLDED
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _point(point: KeyPoint, transcript: Transcript) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    written = CommentedMap(id=_quoted(point.id) if not point.id.isalnum() else point.id)
    if point.topic:
        written["topic"] = _quoted(point.topic)
    written["text"] = _quoted(" ".join(point.text.split()))
    if point.kind != "view":
        written["kind"] = point.kind
    if point.minority is not None:
        written["minority"] = point.minority
    written["said"] = CommentedSeq(_said(quote, transcript) for quote in point.said)
    return written


def _said(quote: Quote, transcript: Transcript) -> Any:
    from ruamel.yaml.comments import CommentedMap

    written = CommentedMap(turn=quote.turn)
    name = transcript.speaker_name(quote.speaker)
    if quote.speaker and _first_named(name, transcript) == quote.speaker:
        written["speaker"] = _quoted(name)
    written["quote"] = _quoted(quote.words)
    return written


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _strings(part)


def _first_named(name: str, transcript: Transcript) -> str:
    """Return the id of the first speaker with this name or label; empty if there is none.

    `files` reads a name so: for a later speaker of the same name, only the number of the turn is written.
    """
    wanted = normalise(name)
    for speaker in transcript.speakers:
        if wanted in map(normalise, (speaker.name, *speaker.labels)):
            return speaker.id
    return ""


def _quoted(text: str) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    return SingleQuotedScalarString(text) if _ESCAPED.search(text) else DoubleQuotedScalarString(text)


def _advice(reference: Reference) -> str:
    lines = [_("Key points of the session, each with the words that say it.")]
    if reference.origin == "suggested":
        lines += [
            _("This list was suggested and nobody has reviewed it: points are missing, doubled or badly grouped."),
            _("1. Read it beside the transcript, and write each text in your own words."),
            _("2. Correct it: delete what is not a point, merge those that say the same, add those that are missing."),
            _(
                "3. Under “said”, keep one quotation for each person who holds the point: "
                "who holds it is counted from them."
            ),
            _("4. Write “minority: true” under a point that few hold and that must not be lost."),
            _("5. Then change “status: suggested” to “status: reviewed” and put your name after “reviewed_by”."),
        ]
    else:
        lines.append(_("Quotations are checked against the transcript: copy the words exactly from one turn."))
    return "\n".join(lines)
