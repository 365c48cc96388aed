"""Texts of public meetings written by hand, with the persons and personal data in them labelled.

Their author had not read what finds them. The first half of each file was looked at while rules were written; the second half is
only measured. Labels follow the rules of `generated.py`; `[roster:…]` is a person of the list of speakers before `::`.
"""

import re

from tests.personal.generated import HERE, Item, Mention

_LABEL = re.compile(r"\[(\w+):([^\[\]]+)\]")


def items() -> list[Item]:
    """Return every text, with `held` true for the second half of each file."""
    found = []
    for language in ("fr", "en"):
        held = False
        for line in (HERE / f"written-{language}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                held = line == "== held"
            elif line and not line.startswith("#"):
                found.append(_item(line, language, held=held))
    return found


def _item(line: str, language: str, *, held: bool) -> Item:
    roster, _sep, written = line.partition(" :: ")
    text, last, mentions = "", 0, []
    for match in _LABEL.finditer(written):
        text += written[last : match.start()]
        kind = {"roster": "person"}.get(match[1], match[1])
        mentions.append(Mention(len(text), len(text) + len(match[2]), kind, match[1] == "roster"))
        text += match[2]
        last = match.end()
    return Item(text + written[last:], language, tuple(roster.split("; ")), tuple(mentions), held)
