"""Read the JSON of a model's answer, however it is wrapped, and repair it where it is nearly right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LONGEST = 400_000
"""Characters of an answer that are read."""


def entries_of(text: str, key: str) -> tuple[Sequence[Any], bool]:
    """Return the list under a key of the JSON object in an answer, and whether the JSON was sound.

    An answer in a fence of Markdown, with words before or after, with a comma too many, without quotes around its keys,
    or cut in its middle is repaired (json_repair): the whole entries before the cut are returned. An answer without
    such a list gives an empty one.

    Args:
        text: the answer.
        key: of the list.
    """
    text = text[:LONGEST]
    starts = [n for n, letter in enumerate(text) if letter in "{["][:20]
    for start in starts:
        try:
            document, _end = json.JSONDecoder(strict=False).raw_decode(text[start:])
        except (ValueError, RecursionError):
            continue
        if (entries := _listed(document, key, alone=start == starts[0])) is not None:
            return _encodable(entries), True
    if not starts:
        return (), False
    import json_repair  # late: most answers are sound

    try:
        entries = _listed(json_repair.loads(text[starts[0] :]), key, alone=True)
    except (ValueError, RecursionError):
        entries = None
    return _encodable(entries or ()), False


def _encodable(value: Any) -> Any:
    """Return a value of JSON whose texts can all be written: half an emoji, which escapes can hold, is replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _listed(document: Any, key: str, *, alone: bool) -> Sequence[Any] | None:
    """Return the list under a key of a document, or the document where it is a list of objects that stands `alone`."""
    if isinstance(document, dict):
        value = document.get(key)
        return value if isinstance(value, list) else None
    if alone and isinstance(document, list) and document and all(isinstance(entry, dict) for entry in document):
        nested = next((entry[key] for entry in document if isinstance(entry.get(key), list)), None)
        return nested if nested is not None else document
    return None
