"""Contributions of participation platforms as JSON: Cap Collectif and Decidim.

Arguments and comments are nested in what they answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from comparia.errors import TranscriptError
from comparia.ingest.contributions import Contribution, conclude, removed, side, votes
from comparia.ingest.json_source import load
from comparia.ingest.source import Bounded, Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.tables import column_name, words
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Notice, Span, Votes

FORMAT = "contributions-json"
DESCRIPTION = "Contributions as JSON: Cap Collectif, Decidim"

DEEPEST = 60
"""Levels of nesting that are looked into."""

_OPENING = re.compile(r"\s*[\[{]")
_BODY = re.compile(r'"(?:body|bodyText|body_text)"\s*:')
_KNOWN = re.compile(
    r'"(?:author|arguments|votes_ok|votesCountOk|is_trashed|isTrashed|trashed|'
    r'commentable_id|supports|participatory_space)"\s*:'
)
_BODIES = ("bodytext", "body", "description", "text")
_ANSWERS = frozenset(
    "arguments versions comments replies children responses answer answers edges nodes node items".split()
)
_APART = frozenset("sources reportings".split())
_TRANSLATED = re.compile(r'"machine_translations"\s*:\s*\{\s*"')
_SIDES = frozenset("yes no for against pour contre".split())
_ARGUMENT_TYPES = {"1": "for", "0": "against"}
"""Cap Collectif's numbers of the two kinds of arguments."""


def sniff(source: Source) -> bool:
    """Return whether it is JSON with bodies and at least one word that only these platforms use."""
    text = source.text
    return bool(_OPENING.match(text)) and bool(_BODY.search(text)) and bool(_KNOWN.search(text))


def read(source: Source) -> Reading:
    """Make one cue for each contribution, then for its answers; trashed and unpublished ones are left out."""
    reading = Reading()
    contributions: list[Contribution] = Bounded()
    gone: list[str] = []
    for pointer, item, parent, stance in _walk(load(source), "", "", "", 0):
        span = Span(file=source.name, pointer=pointer)
        fields = {column_name(key)[0]: value for key, value in item.items()}
        for key in _APART & set(fields):
            if isinstance(fields[key], list) and fields[key]:
                reading.ignore(
                    N_("source or report of a contribution"), Span(file=source.name, pointer=f"{pointer}/{key}")
                )
        if _is_removed(fields):
            gone.append(_id(fields, pointer))
            reading.ignore(removed(), span)
        elif (text := _text(fields)) == "":
            reading.ignore(N_("contribution without words"), span)
        else:
            name, author = _author(fields)
            contributions.append(
                Contribution(
                    name=name,
                    author=author,
                    text=text,
                    id=_id(fields, pointer),
                    reply_to=parent,
                    votes=_votes(fields),
                    side=stance or _side(fields, parent),
                    span=span,
                )
            )
    if not contributions and not gone:
        raise TranscriptError(_("JSON, but no contribution was found in it."), source.name)
    conclude(reading, source, contributions, gone)
    if _TRANSLATED.search(source.text):
        values = {"columns": ("machine_translations",)}
        reading.notices.append(Notice(code="machine_translated", values=values, file=source.name))
    return reading


def _walk(
    node: Any, pointer: str, parent: str, stance: str, depth: int
) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Yield contributions with their place, the id of what they answer, and the side of the list they stand in."""
    if depth > DEEPEST:
        return
    if isinstance(node, list):
        for n, item in enumerate(node):
            yield from _walk(item, f"{pointer}/{n}", parent, stance, depth + 1)
    elif isinstance(node, dict):
        fields = {column_name(key)[0]: value for key, value in node.items()}
        is_contribution = any(_text_of(fields.get(name)) for name in _BODIES) and ("id" in fields or "author" in fields)
        if is_contribution:
            yield pointer, node, parent, stance
            parent = _id(fields, pointer)
        for key, value in node.items():
            if not is_contribution or key in _ANSWERS:
                item_side = side(key) if key in _SIDES else ""
                place = f"{pointer}/{_text_of(key).replace('~', '~0').replace('/', '~1')}"
                yield from _walk(value, place, parent, item_side or ("" if is_contribution else stance), depth + 1)


def _text_of(value: Any) -> str:
    """Return a text, or the first of its languages: `{"fr": ...}` or `{"translations": [{"text": ...}]}`."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        translations = value.get("translations")
        if isinstance(translations, list):
            return next((_text_of(t.get("text")) for t in translations if isinstance(t, dict) and t.get("text")), "")
        return next((_text_of(text) for text in value.values() if isinstance(text, str) and text.strip()), "")
    return ""


def _text(fields: dict[str, Any]) -> str:
    body = next((text for name in _BODIES if (text := words(_text_of(fields.get(name))))), "")
    appendices = fields.get("appendices")
    appendix_texts = [
        words(_text_of(item.get("body")))
        for item in (appendices if isinstance(appendices, list) else [])
        if isinstance(item, dict)
    ]
    pieces = [words(_text_of(fields.get("title"))), body, *appendix_texts]
    return "\n".join(dict.fromkeys(piece for piece in pieces if any(map(str.isalnum, piece))))


def _author(fields: dict[str, Any]) -> tuple[str, str]:
    author = fields.get("author")
    if isinstance(author, str):
        return clean_label(_text_of(author)), ""
    if not isinstance(author, dict):
        return "", ""
    author_fields = {column_name(key)[0]: value for key, value in author.items()}
    name = next((text for key in ("displayname", "name", "username") if (text := _scalar(author_fields.get(key)))), "")
    return clean_label(name), clean_label(_scalar(author_fields.get("uniqueid")) or _scalar(author_fields.get("id")))


def _scalar(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_scalar, value[:20]))) if all(not isinstance(v, list) for v in value) else ""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, int) and abs(value) < 10**18 else _text_of(value).strip()


def _id(fields: dict[str, Any], pointer: str) -> str:
    return _scalar(fields.get("id")) or pointer or "/"


def _side(fields: dict[str, Any], parent: str) -> str:
    kind = _scalar(fields.get("alignment")) or (_scalar(fields.get("type")) if parent else "")
    if "alignment" not in fields and parent:
        kind = _ARGUMENT_TYPES.get(kind, kind)
    return side(kind)


def _votes(fields: dict[str, Any]) -> Votes:
    agree = _count(fields, "votesok", "votescountok", "upvotes", "supports", "votescount", "votestotal")
    return votes(
        agree,
        _count(fields, "votesnok", "votescountnok", "downvotes"),
        _count(fields, "votesmitige", "votescountmitige"),
    )


def _count(fields: dict[str, Any], *names: str) -> int:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
            return value
    return 0


def _is_removed(fields: dict[str, Any]) -> bool:
    hidden = ("istrashed", "trashed", "trashedat", "ishidden", "hidden", "hiddenat", "moderated", "withdrawnat")
    publication = fields.get("published", fields.get("ispublished"))
    return any(fields.get(name) for name in hidden) or publication is False or fields.get("state") == "withdrawn"
