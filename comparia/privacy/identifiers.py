"""Personal data that has a shape: addresses of all kinds, numbers that name one person, checked by their own check digits.

A number is believed where its check digit holds, or where the words before it say what it is: somebody who reads out a social
security number with one digit wrong has still read it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from stdnum import iban, luhn
from stdnum.fr import nir, siren, siret

from comparia.records import AliasKind


class Mention(NamedTuple):
    """Words that let one tell who somebody is."""

    start: int
    """Offset of the first character."""
    end: int
    """Offset after the last."""
    kind: AliasKind
    """What they are."""


_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_SPOKEN_EMAIL = re.compile(
    r"(?<!\w)[^\W_][\w-]{0,40}(?:[ ,]*(?:point|dot|tiret(?: (?:du )?(?:bas|milieu|six|8|6))?|dash|underscore)[ ,]+[^\W_][\w-]{0,40}){0,5}"
    r"[ ,]+(?:arobase|arrobase|arobaze|chez|at)[ ,]+[^\W_][\w-]{0,40}(?:[ ,]*(?:tiret|dash)[ ,]+[\w-]{1,40}){0,3}[ ,]*(?:point|dot)[ ,]+"
    r"(?:fr|com|org|net|eu|info|bzh|io|uk|co[ ,]+(?:dot|point)[ ,]+uk|gouv[ ,]+point[ ,]+fr|[a-z]{2,6})(?!\w)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z0-9_][A-Za-z0-9_.]{1,30}(?<!\.)")
_LINK = re.compile(r"(?:https?://|(?<!\w)www\.)[^\s<>\"'«»]*[^\s<>\"'«».,;:!?)]")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0\u202f]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])", re.IGNORECASE)
_NIR = re.compile(
    r"(?<!\d)[1-478][ \u00a0\u202f.-]?\d{2}[ \u00a0\u202f.-]?\d{2}[ \u00a0\u202f.-]?(?:\d{2}|2[AB])[ \u00a0\u202f.-]?\d{3}"
    r"[ \u00a0\u202f.-]?\d{3}(?:[ \u00a0\u202f.-]?(?:clé[ :]+)?\d{2})?(?!\d)",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"(?<![\d.,])\d{3}(?:[ \u00a0\u202f.]?\d{3}){2}(?:[ \u00a0\u202f.]?\d{5}|[ \u00a0\u202f.]?\d{3}[ \u00a0\u202f.]?\d{2})?(?!\d|,\d)"
)
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ \u00a0\u202f-]?\d{4}){2}[ \u00a0\u202f-]?\d{1,7}(?!\d)")
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-HJ-NP-TV-Z]{2}[ -]\d{3}[ -][A-HJ-NP-TV-Z]{2}|[A-HJ-NP-TV-Z]{2}\d{3}[A-HJ-NP-TV-Z]{2}|"
    r"\d{1,4}[ -][A-Z]{2,3}[ -](?:\d{2}|2[AB]|97\d)|[A-Z]{2}\d{2}[ ]?[A-Z]{3})(?![\w-])",
    re.IGNORECASE,
)
_STREETS = (
    "rue|avenue|av\\.?|boulevard|bd\\.?|impasse|imp\\.?|allées?|chemin|place|quai|route|cours|passage|ruelle|square|sentier|sente|lotissement|lieu-dit|"
    "hameau|résidence|résid\\.?|villa|cité|venelle|montée|côte|esplanade|faubourg|fbg|promenade|rond-point|clos|mail|voie|traverse|rocade"
)
_SAID_NUMBER = (
    r"(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|cent)"
    r"(?:[ -](?:et[ -])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|vingts))*"
)
_ADDRESS = re.compile(
    rf"(?<![\w,.])(?i:(?:appartement|appt\.?|apt\.?|bâtiment|bât\.?|escalier|lot)[ \u00a0]+[\w-]{{1,5}},? ){{0,3}}"
    rf"(?:\d{{1,4}}|(?i:{_SAID_NUMBER}))(?i:[ \u00a0]?(?:bis|ter|quater|[A-D])(?!\w))?[ \u00a0,]{{1,3}}(?i:{_STREETS})(?!\w)[ \u00a0]+"
    r"(?:(?:(?:de|du|des|la|le|les|à|aux?|en|sur|sous|et)[ \u00a0]+|l['’]|d['’]){0,4}(?:[A-ZÀ-Þ0-9][\w'’-]*)|"
    r"(?:(?:de|du|des|la|le|les|à|aux?)[ \u00a0]+|l['’]|d['’]){1,3}[\w-]+)"
    r"(?:[ \u00a0]+(?:(?:de|du|des|la|le|les|et|en)[ \u00a0]+|l['’]|d['’]){0,3}[A-ZÀ-Þ][\w'’-]*){0,5}"
    r"(?:,?[ \u00a0]+(?:à[ \u00a0]+)?\d{5}(?:[ \u00a0]+[A-ZÀ-Þ][\w'’-]+(?:[ \u00a0-](?:sur|sous|lès|en|de|la|le|les|[A-ZÀ-Þ][\w'’-]+))*)?|,? à [A-ZÀ-Þ][\w'’-]+)?(?i:,? (?:appartement|appt\.?|bâtiment|bât\.?) [\w-]{1,4})?"
)
_ENGLISH_STREETS = (
    "street|st\\.?|road|rd\\.?|avenue|ave\\.?|lane|ln\\.?|close|drive|court|crescent|gardens|grove|terrace|way|place|square|mews|hill|walk|row|"
    "boulevard|parade|rise|view|green|park|wharf|yard"
)
_ENGLISH_ADDRESS = re.compile(
    r"(?<![\w,.])(?i:(?:flat|apartment|unit|apt\.?)[ \u00a0]+\w{1,4},? )?\d{1,4}[A-Da-d]?,?[ \u00a0]+(?:[A-Z][\w'’.-]*[ \u00a0]+){1,3}"
    rf"(?:{_ENGLISH_STREETS.title()}|{_ENGLISH_STREETS})(?!\w)"
    r"(?:,?[ \u00a0]+(?:[A-Z][\w'’-]+[, ]+){0,2}[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}(?!\w))?"
)
_BIRTH = re.compile(
    r"(?:\bnée?(?:\(e\)|·e)?[ \u00a0](?:le|en)|\bdate de naissance[ \u00a0,]*(?::|est|c['’]est|le|[ \u00a0])*|\bborn(?:[ \u00a0](?:on|in))?|"
    r"\bdate of birth[ \u00a0,]*(?::|is|[ \u00a0])*)[ \u00a0]*(?P<date>(?:the[ \u00a0])?\d{1,2}(?:er|st|nd|rd|th)?[ \u00a0/.-](?:of[ \u00a0])?"
    r"(?:\d{1,2}|[^\W\d_]{3,10}\.?)[ \u00a0/.,-]+\d{2,4}|[A-Z][a-z]{2,8}[ \u00a0]\d{1,2},?[ \u00a0]\d{4}|\d{4})",
    re.IGNORECASE,
)
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_SAID = {
    "national_id": re.compile(
        r"sécu(?:rité)?(?: sociale)?|\bn(?:ir|uméro de sécu)|social security|national insurance", re.IGNORECASE
    ),
    "phone": re.compile(
        r"téléphone|\btél\b|portable|mobile|numéro|appel(?:ez|er)?|joindre|sms|phone|call me|call on|reach me|text me|cell",
        re.IGNORECASE,
    ),
    "company_id": re.compile(r"siren|siret|rcs|immatricul|company number|registration", re.IGNORECASE),
    "iban": re.compile(r"\biban\b|\brib\b", re.IGNORECASE),
    "plate": re.compile(
        r"plaque|immatricul|voiture|véhicule|camion|scooter|moto|car\b|van\b|plate|registration|parked|garée?",
        re.IGNORECASE,
    ),
    "card": re.compile(r"carte|card", re.IGNORECASE),
}
"""Words that say, shortly before a number, what it is."""
_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT", "GB", "BE", "CH")
_FRENCH_PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)33[ \u00a0\u202f.-]?(?:\(0\)[ \u00a0\u202f.-]?)?|0)[1-9](?:[ \u00a0\u202f.\-/]?\d{2}){4}(?!\d)"
)
_BRITISH_PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)44[ -]?(?:\(0\)[ -]?)?|0)"
    r"(?:7\d{3}[ -]?\d{3}[ -]?\d{3}|20[ -]?\d{4}[ -]?\d{4}|1\d{2,3}[ -]?\d{3}[ -]?\d{3,4})(?!\d)"
)
_BRACKETED_PHONE = re.compile(r"\(\d{3,5}\)[ \u00a0-]?\d{3}[ \u00a0-]?\d{3,4}(?!\d)")
_NUMBER_WORDS = (
    "zéro|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|"
    "et|oh|zero|one|two|three|four|five|seven|eight|nine|double|triple"
)
_SPOKEN_NUMBER = rf"(?:{_NUMBER_WORDS})(?:-(?:{_NUMBER_WORDS}))*"
_SPOKEN_PHONE = re.compile(
    rf"(?<!\w)(?:plus trente-trois[ ,]+)?(?:zéro|zero|oh)[ ,-]+(?:{_SPOKEN_NUMBER}[ ,]+){{3,12}}{_SPOKEN_NUMBER}(?!\w)",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def identifiers(text: str) -> tuple[Mention, ...]:
    """Every piece of personal data that has a shape in `text`, in order; none overlaps another, the earlier rule wins."""
    taken: list[Mention] = []
    for find in _FINDERS:
        for mention in find(text):
            if all(mention.end <= other.start or mention.start >= other.end for other in taken):
                taken.append(mention)
    return tuple(sorted(taken))


def _matching(
    pattern: re.Pattern[str], kind: AliasKind, needs: str = "@./0123456789"
) -> Callable[[str], Iterator[Mention]]:
    def find(text: str) -> Iterator[Mention]:
        if any(ch in text for ch in needs):
            for match in pattern.finditer(text):
                yield Mention(match.start(), match.end(), kind)

    return find


def _digits(text: str) -> bool:
    return any(ch.isdigit() for ch in text)


def _checked(
    pattern: re.Pattern[str], kind: AliasKind, valid: Callable[[str], bool], said: str = ""
) -> Callable[[str], Iterator[Mention]]:
    """Matches whose check digit holds, or before which the words say what they are."""

    def find(text: str) -> Iterator[Mention]:
        for match in pattern.finditer(text) if _digits(text) else ():
            compact = re.sub(r"[^0-9A-Za-z]", "", match.group())
            announced = bool(said) and bool(_SAID[said].search(text, max(0, match.start() - 60), match.start()))
            if valid(compact) or announced:
                yield Mention(match.start(), match.end(), kind)

    return find


def _nir(compact: str) -> bool:
    return len(compact) == 15 and nir.is_valid(compact)


def _company(compact: str) -> bool:
    return bool(siret.is_valid(compact) if len(compact) == 14 else siren.is_valid(compact))


def _card(compact: str) -> bool:
    return 13 <= len(compact) <= 19 and luhn.is_valid(compact)


def _phones(text: str) -> Iterator[Mention]:
    if _digits(text):
        for pattern in (_FRENCH_PHONE, _BRITISH_PHONE, _BRACKETED_PHONE):
            for match in pattern.finditer(text):
                yield Mention(match.start(), match.end(), "phone")
        if sum(ch.isdigit() for ch in text) >= 8:
            for region in _REGIONS:
                for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
                    announced = _SAID["phone"].search(text, max(0, found.start - 60), found.start)
                    if text[found.start] in "+0(" or announced:
                        yield Mention(found.start, found.end, "phone")
    for match in _SPOKEN_PHONE.finditer(text) if "zéro" in text or "zero" in text or "oh" in text else ():
        yield Mention(match.start(), match.end(), "phone")


def _births(text: str) -> Iterator[Mention]:
    for match in _BIRTH.finditer(text) if _digits(text) else ():
        yield Mention(match.start("date"), match.end("date"), "birth_date")


def _never(_compact: str) -> bool:
    return False


def _sure_plate(compact: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}\d{3}[A-Z]{2}|\d{3,4}[A-Z]{2,3}(?:\d{2}|2[AB])|[A-Z]{2}\d{2}[A-Z]{3}", compact))


_FINDERS: tuple[Callable[[str], Iterator[Mention]], ...] = (
    _matching(_EMAIL, "email", "@"),
    _matching(_SPOKEN_EMAIL, "email", "aAtTcC"),
    _matching(_LINK, "link", ":w"),
    _matching(_HANDLE, "handle", "@"),
    _checked(_IBAN, "iban", iban.is_valid, "iban"),
    _checked(_NIR, "national_id", _nir, "national_id"),
    _phones,
    _checked(_COMPANY, "company_id", _company, "company_id"),
    _checked(_CARD, "card", _card, "card"),
    _checked(_PLATE, "plate", _sure_plate, "plate"),
    _matching(_ADDRESS, "address", "aeiou"),
    _matching(_ENGLISH_ADDRESS, "address", "0123456789"),
    _births,
    _matching(_IP, "link", "."),
)
"""Asked in this order."""
