"""Placeholders of personal data that has a shape (`[téléphone 1]`), and their recognition in a model's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from comparia.privacy.people import key_of
from comparia.records import Alias, AliasKind

LABELS: dict[str, dict[AliasKind, str]] = {
    "fr": {
        "email": "courriel",
        "phone": "téléphone",
        "address": "adresse",
        "national_id": "numéro personnel",
        "iban": "IBAN",
        "company_id": "SIRET",
        "plate": "plaque",
        "card": "carte bancaire",
        "birth_date": "date de naissance",
        "link": "lien",
        "handle": "compte",
        "organisation": "organisation",
    },
    "en": {
        "email": "email",
        "phone": "phone",
        "address": "address",
        "national_id": "personal number",
        "iban": "IBAN",
        "company_id": "company number",
        "plate": "plate",
        "card": "bank card",
        "birth_date": "birth date",
        "link": "link",
        "handle": "account",
        "organisation": "organisation",
    },
}
"""The label of each kind; a number follows it."""

_IN_BRACKETS = re.compile(r"\\?\[(?P<inside>[^\[\]\n]{1,160})\]")
_ITEM = re.compile(
    r"(?:(?P<label>[^\W\d_][^\d,;\[\]]{0,40}?)[\s\u00a0\u202f]*(?:n[°ºo]\.?|no\.|#|№)?[\s\u00a0\u202f]*)?"
    r"(?P<number>\d{1,4})"
)
_BETWEEN = re.compile(r"[\s\u00a0\u202f]*(?:[,;/&]|et|and)[\s\u00a0\u202f]*")


class Placeholders:
    """The placeholders of one session, and the data that they stand for.

    Args:
        aliases: those whose pseudonym is a placeholder.
    """

    def __init__(self, aliases: Iterable[Alias]) -> None:
        self._data: dict[tuple[AliasKind, int], Alias] = {}
        for alias in aliases:
            number = alias.pseudonym.rstrip("]").rpartition(" ")[2]
            if number.isdecimal():
                self._data[alias.kind, int(number)] = alias
        self._kinds: dict[str, AliasKind] = {}
        for labels in LABELS.values():
            for kind, label in labels.items():
                first, _space, rest = label.partition(" ")
                for form in (label, f"{label}s", f"{first}s {rest}".strip()):
                    self._kinds.setdefault(_tight(form), kind)

    def put_back(self, text: str) -> str:
        r"""Return a text with the data in place of its placeholders.

        Models write them in other ways: `[adresse1]`, `\[adresse 1\]`, `[address 1]`, `[téléphone n° 1]`,
        `[téléphones 1 et 2]`. Brackets of which one item is unknown stay as they are.
        """
        return _IN_BRACKETS.sub(self._original, text) if "[" in text and self._data else text

    def _original(self, match: re.Match[str]) -> str:
        inside = match["inside"].rstrip("\\").strip()
        pieces: list[str] = []
        kind: AliasKind | None = None
        at = 0
        while at < len(inside):
            if pieces:
                between = _BETWEEN.match(inside, at)
                if between is None:
                    return match.group()
                pieces.append(between.group())
                at = between.end()
            item = _ITEM.match(inside, at)
            if item is None:
                return match.group()
            kind = self._kinds.get(_tight(item["label"])) if item["label"] else kind
            alias = self._data.get((kind, int(item["number"]))) if kind else None
            if alias is None:
                return match.group()
            pieces.append(alias.original)
            at = item.end()
        return "".join(pieces) or match.group()


def _tight(label: str) -> str:
    return key_of(" ".join(label.split()))
