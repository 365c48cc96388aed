"""Detection of personal data that has a shape: addresses of all kinds, and numbers that identify one person.

A number is accepted where its check digit is right, or where the words before it say what it is: a social security
number that is read out with one digit wrong must still be hidden.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from stdnum import iban, luhn
from stdnum.fr import nir, siren, siret

from comparia.records import AliasKind


class Mention(NamedTuple):
    """A piece of personal data in a text."""

    start: int
    """Offset of the first character."""
    end: int
    """Offset after the last."""
    kind: AliasKind
    """What they are."""


_NUMBER_WORDS = (
    "zéro|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    "vingt|trente|quarante|cinquante|soixante|et|"
    "oh|zero|one|two|three|four|five|seven|eight|nine|double|triple|hundred|ten|"
    "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|nought"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w.])[^\W_][\w.-]{0,40}"
    r"(?:[ ,]*\(?(?:point|dot|tiret(?: (?:du )?(?:bas|milieu|six|8|6))?|dash|underscore)\)?[ ,]+[^\W_][\w-]{0,40}){0,5}"
    r"[ ,]+\(?(?:arobase|arrobase|arobaze|chez|at)\)?[ ,]+"
    r"[^\W_][\w-]{0,40}(?:[ ,]*(?:tiret|dash)[ ,]+[\w-]{1,40}){0,3}[ ,]*\(?(?:point|dot)\)?[ ,]+"
    r"(?:fr|com|org|net|eu|info|bzh|io|uk|co[ ,]+(?:dot|point)[ ,]+uk|gouv[ ,]+point[ ,]+fr|[a-z]{2,6})(?!\w)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@\w[\w.]{1,30}(?<!\.)")
_LINK = re.compile(
    r"(?:https?://|(?<!\w)www\.|"
    r"(?<![\w@./-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|fr|org|net|eu|io|uk|bzh|info|me|tv|co|social|be|ch|de)/)"
    r"[^\s<>\"'«»]*[^\s<>\"'«».,;:!?)]"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0\u202f]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])", re.IGNORECASE)
_NIR = re.compile(
    r"(?<!\d)[1-478][ \u00a0\u202f.-]?\d{2}[ \u00a0\u202f.-]?\d{2}[ \u00a0\u202f.-]?"
    r"(?:\d{2}|2[AB])[ \u00a0\u202f.-]?\d{3}"
    r"[ \u00a0\u202f.-]?\d{3}(?:[ \u00a0\u202f.-]?(?:clé[ :]+)?\d{2})?(?!\d)",
    re.IGNORECASE,
)
_ANNOUNCED_ID = re.compile(
    r"\b(?:passe?port|permis(?! de construire| d['’]am| de démolir| de louer| de végét| unique| d['’]occup)|"
    r"num[ée]ro fiscal|référence fiscale|avis d['’]imp[ôo]t|\bSPI\b|allocataire|"
    r"carte (?:nationale )?d['’]identité|\bCNI\b|(?:titre|carte) de séjour|récépissé|"
    r"carte vitale|carte d['’](?:électeur|invalidité)|"
    r"num[ée]ro (?:étudiant|étranger|AGDREF|INE|de dossier|de demandeur|d['’]assuré|d['’]adhérent)|matricule|"
    r"(?:num[ée]ro|n°|number|dossier|identifiant)[ \u00a0](?:de[ \u00a0]|à[ \u00a0])?(?:la[ \u00a0])?"
    r"(?:CAF|MDPH|NHS|France Travail|Pôle emploi)|"
    r"(?:CAF|NHS|MDPH)(?= ?:| number)|sécu(?:rité sociale)?|\bNIR\b|"
    r"(?:driving |driver['’]?s )?licen[cs]e|\bNI(?: number)?\b|\bNINO\b|national insurance|"
    r"tax (?:reference|number|code)|\bUTR\b|residence permit|"
    r"(?:student|case|claim|membership) (?:number|id)|social security)"
    r"[^\n.;!?]{0,40}?(?<![\w-])"
    r"(?P<number>(?=(?:[ \u00a0./-]?[A-Z0-9]){5,24}(?![A-Z0-9]))(?-i:[A-Z]{1,5}[ \u00a0]?)?\d[A-Z0-9]*"
    r"(?:[ \u00a0./-](?:[A-Z]{0,3}\d[A-Z0-9]*|(?-i:[A-Z])(?![\w'’])))*)(?!\w)"
    r"(?![ \u00a0\u202f]?(?:€|%|£|k€|euros?|pounds?|millions?|milliards?|"
    r"personnes|people|places|dossiers|foyers|heures|km\b|m²))",
    re.IGNORECASE,
)
"""An identity number of five letters and digits or more, after the name of its document."""
_SPELT_ID = re.compile(
    r"\b(?:NI number|national insurance|numéro (?:de sécu(?:rité sociale)?|fiscal|d['’]allocataire)|"
    r"passe?port|permis)\b[^\n;!?]{0,40}?(?<!\w)"
    r"(?P<number>(?:(?:[A-Z]|zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|"
    r"zero|oh|one|two|three|four|five|seven|eight|nine|double|\d{1,4})[ ,.-]{1,2}){5,24}"
    r"(?:[A-Z]|zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf|"
    r"zero|oh|one|two|three|four|five|seven|eight|nine|\d{1,4}))(?!\w)",
    re.IGNORECASE,
)
"""The same, said letter by letter."""
_LETTERS_SAID = (
    "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|juliett|kilo|lima|mike|"
    "november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|whisky|x-ray|xray|yankee|zulu"
)
_SPELT_PLATE = re.compile(
    r"\b(?:plaque|immatricul\w*|(?:number ?)?plate|registration|reg)\b[^\n;!?.]{0,24}?(?<!\w)"
    rf"(?P<number>(?:(?:(?-i:[A-Z])|{_LETTERS_SAID}|{_NUMBER_WORDS}|cent|mille|\d{{1,4}})"
    rf"(?:-(?:{_NUMBER_WORDS}|cent))*[ ,.-]{{1,2}}){{3,12}}"
    rf"(?:(?-i:[A-Z])|{_LETTERS_SAID}|{_NUMBER_WORDS}|\d{{1,4}})(?:-(?:{_NUMBER_WORDS}))*)(?!\w)",
    re.IGNORECASE,
)
"""A plate said letter by letter."""
_NINO = re.compile(
    r"(?<![\w-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ \u00a0]?"
    r"\d{2}[ \u00a0]?\d{2}[ \u00a0]?\d{2}[ \u00a0]?[A-D](?![\w-])|"
    r"(?<![\w-])QQ[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-D](?![\w-])"
)
_COMPANY = re.compile(
    r"(?<![\d.,])\d{3}(?:[ \u00a0\u202f.]?\d{3}){2}"
    r"(?:[ \u00a0\u202f.]?\d{5}|[ \u00a0\u202f.]?\d{3}[ \u00a0\u202f.]?\d{2})?(?!\d|,\d)"
)
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ \u00a0\u202f-]?\d{4}){2}[ \u00a0\u202f-]?\d{1,7}(?!\d)")
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-HJ-NP-TV-Z]{2}[ -]\d{3}[ -][A-HJ-NP-TV-Z]{2}|[A-HJ-NP-TV-Z]{2}\d{3}[A-HJ-NP-TV-Z]{2}|"
    r"\d{1,4}[ -][A-Z]{2,3}[ -](?:\d{2}|2[AB]|97\d)|[A-Z]{2}\d{2}[ ]?[A-Z]{3})(?![\w-])",
    re.IGNORECASE,
)
_STREETS = (
    "rue|avenue|av\\.?|boulevard|bd\\.?|impasse|imp\\.?|allées?|chemin|place|quai|route|cours|passage|ruelle|square|"
    "sentier|sente|lotissement|lieu-dit|hameau|résidence|résid\\.?|villa|cité|venelle|montée|côte|esplanade|faubourg|"
    "fbg|promenade|rond-point|clos|mail|voie|traverse|rocade"
)
_SAID_NUMBER = (
    r"(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    r"vingt|trente|quarante|cinquante|soixante|cent)"
    r"(?:[ -](?:et[ -])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|"
    r"onze|douze|treize|quatorze|quinze|seize|vingt|vingts)){0,5}"
)
_ADDRESS = re.compile(
    rf"(?<![\w,.])(?i:(?:appartement|appt\.?|apt\.?|bâtiment|bât\.?|escalier|lot)[ \u00a0]+[\w-]{{1,5}},? ){{0,3}}"
    rf"(?:\d{{1,4}}|(?i:{_SAID_NUMBER}))(?i:[ \u00a0]?(?:bis|ter|quater|[A-D])(?!\w))?[ \u00a0,]{{1,3}}"
    rf"(?i:(?:de (?:la|l['’]) ?|du )?(?:{_STREETS}))(?!\w)[ \u00a0]+"
    r"(?:(?:(?:de|du|des|la|le|les|à|aux?|en|sur|sous|et)[ \u00a0]+|l['’]|d['’]){0,4}(?:[A-ZÀ-Þ0-9][\w'’-]*)|"
    r"(?:(?:de|du|des|la|le|les|à|aux?)[ \u00a0]+|l['’]|d['’]){1,3}[\w-]+)"
    r"(?:[ \u00a0]+(?:(?:de|du|des|la|le|les|et|en)[ \u00a0]+|l['’]|d['’]){0,3}[A-ZÀ-Þ][\w'’-]*){0,5}"
    r"(?:,?[ \u00a0]+(?:à[ \u00a0]+)?\d{5}"
    r"(?:[ \u00a0]+[A-ZÀ-Þ][\w'’-]+(?:[ \u00a0-](?:sur|sous|lès|en|de|la|le|les|[A-ZÀ-Þ][\w'’-]+))*)?|"
    r",? à [A-ZÀ-Þ][\w'’-]+)?"
    r"(?i:,? (?:appartement|appt\.?|apt\.?|bâtiment|bât\.?|escalier|esc\.?|porte|étage|boîte) [\w-]{1,4}){0,3}"
    r"(?:,? \d{5}(?!\d)(?: [A-ZÀ-Þ][\w'’-]+){0,3})?"
)
_INSIDE = re.compile(
    r"(?<!\w)(?:(?:(?:bâtiment|bât\.?|escalier|entrée|porte|appartement|appt\.?|apt\.?|tour|bloc)[ \u00a0]+[\w-]{1,4}|"
    r"(?:\w{4,12}|\d{1,2}(?:e|er|ème))[ \u00a0]étage|rez-de-chaussée)"
    r"(?:,?[ \u00a0]+(?:à )?(?:droite|gauche|porte[ \u00a0]\w{1,4}))?,?[ \u00a0]+){1,4}"
    rf"(?:\d{{1,4}},?[ \u00a0])?(?i:(?:au[ \u00a0]\d{{1,4}}[ \u00a0]|de la |du |de l['’])?(?:{_STREETS}))(?!\w)"
    r"[ \u00a0]+(?:(?:de|du|des|la|le|les)[ \u00a0]+|l['’]|d['’]){0,3}"
    r"[A-ZÀ-Þ][\w'’-]*(?:[ \u00a0]+[A-ZÀ-Þ][\w'’-]*){0,3}",
    re.IGNORECASE,
)
"""A flat in a building, with its street: `bâtiment C, quatrième étage, rue Pasteur`."""
_ENGLISH_STREETS = (
    "street|st\\.?|road|rd\\.?|avenue|ave\\.?|lane|ln\\.?|close|drive|court|crescent|gardens|grove|terrace|way|place|"
    "square|mews|hill|walk|row|boulevard|parade|rise|view|green|park|wharf|yard|bank|brow|end|gate|drift|wynd|brae|"
    "loan|quay|mount|vale|dene|croft|meadow|meadows|field|fields|approach|circus|esplanade|embankment|villas|cottages|"
    "heights|orchard|fold|garth|side|common|copse|mead|path|passage|pass|strand|broadway"
)
_ENGLISH_NUMBER = (
    "one|two|three|four|five|six|seven|eight|nine|ten|"
    "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_ENGLISH_ADDRESS = re.compile(
    r"(?<![\w,.])(?i:(?:flat|apartment|unit|apt\.?)[ \u00a0]+\w{1,4},? )?"
    r"(?:\d{1,4}[A-Da-d]?|(?i:(?:a|one|two|three) hundred(?: and)?"
    rf"(?:[ -](?:{_ENGLISH_NUMBER}))*|(?:{_ENGLISH_NUMBER})(?:-(?:{_ENGLISH_NUMBER}))?)),?[ \u00a0]+"
    r"(?:[A-Z][\w'’.-]*[ \u00a0]+){1,3}"
    rf"(?:{_ENGLISH_STREETS.title()}|{_ENGLISH_STREETS})(?!\w)"
    r"(?:,?[ \u00a0]+(?:[A-Z][\w'’-]+[, ]+){0,2}[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}(?!\w)|"
    r",[ ][A-Z][\w'’-]+(?:[ ](?:Bridge|Green|Park|Hill|Heath|Vale|[A-Z][\w'’-]+))?(?=[,.;]|$))?"
)
_DIGITS_SAID = "un|deux|trois|quatre|cinq|six|sept|huit|neuf"
_DAY_SAID = (
    rf"premier|{_DIGITS_SAID}|dix(?:-(?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize|"
    rf"vingt(?:[ -](?:et[ -]un|{_DIGITS_SAID}))?|"
    r"trente(?:[ -]et[ -]un)?"
)
_MONTHS = "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre"
_YEAR_SAID = (
    r"(?:mille neuf|dix-neuf|mil neuf|deux mille)(?:[ -](?:cents?|et|vingts?|mille|"
    rf"{_DIGITS_SAID}|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante))*"
)
_TENS_SAID = (
    r"(?:vingt|trente|quarante|cinquante|soixante|quatre-vingt)s?"
    rf"(?:[ -](?:et[ -])?(?:{_DIGITS_SAID}|onze|dix|douze|treize|quatorze|quinze|seize))*"
)
_ENGLISH_UNITS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_ENGLISH_DAY_SAID = (
    rf"{_ENGLISH_UNITS}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|"
    r"sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
    rf"(?:twenty|thirty)[ -](?:{_ENGLISH_UNITS})"
)
_ENGLISH_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_ENGLISH_YEAR_SAID = (
    r"(?:nineteen|two thousand|twenty)(?:[ -](?:and|hundred|oh|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety))+"
)
_BIRTH = re.compile(
    r"(?:\bnée?s?(?:\(e\)|·e)?[ \u00a0](?:(?:à|au|en)[ \u00a0][^\n,.;]{2,30},?[ \u00a0])?(?:le|en|un)|"
    r"\bdate de naissance(?:[ \u00a0](?:de|du|d['’])[^\n:.;]{1,40}?)?[ \u00a0,]{0,3}"
    r"(?:(?::|est|c['’]est|le)[ \u00a0]{0,3}){0,3}|"
    r"\b(?:born|dob)(?:,?[ \u00a0](?:on|in|:))*,?|\bd\.o\.b\.?:?|"
    r"\bdate of birth(?:,? (?:so )?(?:I |she |he )?(?:is|was|said|gave))?"
    r"[ \u00a0,]{0,3}(?:(?::|is)[ \u00a0]{0,3}){0,3}|"
    r"\b(?:my|his|her|their) birthday(?: is|['’]s)|\banniversaire (?:est )?le|\b(?:est|suis) du)[ \u00a0]{0,3}"
    r"(?P<date>(?:(?:the|le)[ \u00a0])?(?:\d{1,2}(?:er|st|nd|rd|th)?[ \u00a0/.-](?:of[ \u00a0])?"
    r"(?:\d{1,2}|[^\W\d_]{3,10}\.?)[ \u00a0/.,-]+\d{2,4}|"
    r"[A-Z][a-z]{2,8}[ \u00a0]\d{1,2}(?:st|nd|rd|th)?,?[ \u00a0]\d{4}|"
    rf"(?:\d{{1,2}}(?:er)?|{_DAY_SAID})[ \u00a0](?:{_MONTHS})"
    rf"(?:,?[ \u00a0](?:\d{{2,4}}|{_YEAR_SAID}|{_TENS_SAID}))?|{_YEAR_SAID}|"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ENGLISH_DAY_SAID})(?: of)? (?:{_ENGLISH_MONTHS})"
    rf"(?:,? (?:\d{{4}}|{_ENGLISH_YEAR_SAID}))?|"
    rf"(?:{_ENGLISH_MONTHS}) (?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ENGLISH_DAY_SAID})"
    rf"(?:,? (?:\d{{4}}|{_ENGLISH_YEAR_SAID}))?|"
    rf"{_ENGLISH_YEAR_SAID}|\d{{4}}(?!\w)))",
    re.IGNORECASE,
)
_NETWORKS = (
    "insta(?:gram)?|twitter|tik ?tok|snap(?:chat)?|facebook|fb|discord|telegram|"
    "mastodon|bluesky|linkedin|skype|whatsapp|messenger|twitch"
)
_ACCOUNT = re.compile(
    rf"\b(?:{_NETWORKS}|pseudo)\b[ \u00a0]*"
    r"(?:(?::|=|,|c['’]est|est|is|it['’]s|sous|sur|as|under|handle|compte|account|le|the)[ \u00a0]*){0,4}"
    r"(?P<name>[a-z](?=[a-z0-9-]{0,40}(?:[._](?=[a-z0-9])|(?<=[a-z])\d))[a-z0-9._-]{1,60}(?<=[a-z0-9]))(?![\w@])",
    re.IGNORECASE,
)
"""The name of an account after the name of its network: `Insta zoe.mrn`."""
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_SAID = {
    "national_id": re.compile(
        r"sécu(?:rité)?(?: sociale)?|\bn(?:ir|uméro de sécu)|social security|national insurance", re.IGNORECASE
    ),
    "phone": re.compile(
        r"téléphone|\bt[ée]l\b|portable|mobile|numéro|appel(?:ez|er)?|joindre|sms|"
        r"phone|call me|call on|reach me|text me|ring me|ring|cell|whatsapp|signal",
        re.IGNORECASE,
    ),
    "company_id": re.compile(r"siren|siret|rcs|immatricul|company number|registration", re.IGNORECASE),
    "iban": re.compile(r"\biban\b|\brib\b|compte|banque|bancaire|virement|bank|account|sort code", re.IGNORECASE),
    "plate": re.compile(
        r"plaque|immatricul|voiture|véhicule|camion|scooter|moto|car\b|van\b|plate|registration|parked|garée?",
        re.IGNORECASE,
    ),
    "card": re.compile(r"carte|card", re.IGNORECASE),
}
"""Words that, shortly before a number, say what kind of number it is."""
_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT", "GB", "BE", "CH")
_FRENCH_PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)33[ \u00a0\u202f.-]?(?:\(0\)[ \u00a0\u202f.-]?)?|0)"
    r"[1-9](?:[ \u00a0\u202f.\-/]?\d{2}){4}(?!\d)"
)
_BRITISH_PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)44[ -]?(?:\(0\)[ -]?)?|0)"
    r"(?:7\d{3}[ -]?\d{3}[ -]?\d{3}|20[ -]?\d{4}[ -]?\d{4}|1\d{2,3}[ -]?\d{3}[ -]?\d{3,4})(?!\d)"
)
_BRACKETED_PHONE = re.compile(r"\(\d{3,5}\)[ \u00a0-]?\d{3}[ \u00a0-]?\d{3,4}(?!\d)")
_SPOKEN_NUMBER = rf"(?:{_NUMBER_WORDS})(?:-(?:{_NUMBER_WORDS}))*"
_WITHOUT_ZERO = re.compile(
    r"(?<![\d-])(?:\d{3}-)?\d{3}-\d{4}(?![\d-])|"
    r"(?<![\d+.,])[1-9](?:[ \u00a0\u202f.-]\d{2}){4}(?![\d])|"
    rf"(?<!\w)(?:six|sept|un|deux|trois|quatre|cinq|neuf)[ ,-]+(?:{_SPOKEN_NUMBER}[ ,]+){{3,8}}{_SPOKEN_NUMBER}(?!\w)",
    re.IGNORECASE,
)
"""A French telephone number said without its first zero, accepted where the words before it speak of a telephone."""
_SPOKEN_PHONE = re.compile(
    rf"(?<!\w)(?:plus trente-trois[ ,]+)?(?:zéro|zero|oh)[ ,-]+(?:{_SPOKEN_NUMBER}[ ,]+){{3,12}}{_SPOKEN_NUMBER}(?!\w)",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def identifiers(text: str) -> tuple[Mention, ...]:
    """Return the personal data in `text` that has a shape, in order, without overlaps: the earlier rule wins."""
    mentions: list[Mention] = []
    for find in _FINDERS:
        for mention in find(text):
            at = bisect(mentions, mention)
            after_the_last = not at or mentions[at - 1].end <= mention.start
            if after_the_last and (at == len(mentions) or mention.end <= mentions[at].start):
                mentions.insert(at, mention)
    return tuple(mentions)


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


def _make_finder(
    pattern: re.Pattern[str], kind: AliasKind, valid: Callable[[str], bool], announcement: str = ""
) -> Callable[[str], Iterator[Mention]]:
    """Return a finder of matches whose check digit is right, or after words that say what they are."""

    def find(text: str) -> Iterator[Mention]:
        for match in pattern.finditer(text) if _digits(text) else ():
            compact = re.sub(r"[^0-9A-Za-z]", "", match.group())
            is_announced = bool(announcement) and bool(
                _SAID[announcement].search(text, max(0, match.start() - 60), match.start())
            )
            if valid(compact) or is_announced:
                yield Mention(match.start(), match.end(), kind)

    return find


_NIR_SPACED = re.compile(r"(?<![\d.,])[12] \d{2} (?:0[1-9]|1[0-2]|[2-4]\d) (?:\d{2}|2[AB]) \d{3} \d{3} \d{2}(?![\d.,])")
"""A number in the groups of a French social security number, which no other has: accepted even with a wrong key."""


def _nir(compact: str) -> bool:
    return len(compact) == 15 and bool(nir.is_valid(compact))


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
                for phone in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
                    is_announced = _SAID["phone"].search(text, max(0, phone.start - 60), phone.start)
                    if text[phone.start] in "+0(" or is_announced:
                        yield Mention(phone.start, phone.end, "phone")
    for match in _SPOKEN_PHONE.finditer(text) if "zéro" in text or "zero" in text or "oh" in text else ():
        yield Mention(match.start(), match.end(), "phone")
    for match in _WITHOUT_ZERO.finditer(text):
        if _SAID["phone"].search(text, max(0, match.start() - 60), match.start()):
            yield Mention(match.start(), match.end(), "phone")


def _births(text: str) -> Iterator[Mention]:
    for match in _BIRTH.finditer(text):
        yield Mention(match.start("date"), match.end("date"), "birth_date")


def _announced_ids(text: str) -> Iterator[Mention]:
    for match in _SPELT_PLATE.finditer(text):
        plate = re.sub(r"[ ,.-]+(?:une|et|I|a)$", "", match["number"], flags=re.IGNORECASE)
        yield Mention(match.start("number"), match.start("number") + len(plate), "plate")
    for pattern in (_ANNOUNCED_ID, _SPELT_ID):
        for match in pattern.finditer(text):
            number = match["number"]
            is_spelt = pattern is _SPELT_ID
            if is_spelt or sum(ch.isdigit() for ch in number) >= 5:
                yield Mention(match.start("number"), match.end("number"), "national_id")


def _accounts(text: str) -> Iterator[Mention]:
    for match in _ACCOUNT.finditer(text):
        yield Mention(match.start("name"), match.end("name"), "handle")


def _addresses(text: str) -> Iterator[Mention]:
    """Yield addresses with a number and a street. `un quai de déchargement` is left out: `un` is an article there."""
    for match in _ADDRESS.finditer(text):
        if match.group().lower().startswith(("un ", "une ")):
            continue
        yield Mention(match.start(), match.end(), "address")


def _ibans(text: str) -> Iterator[Mention]:
    """Yield IBANs: the longest run of groups that is valid, because words after an IBAN may look like a group."""
    for match in _IBAN.finditer(text) if _digits(text) else ():
        is_announced = bool(_SAID["iban"].search(text, max(0, match.start() - 60), match.start()))
        gaps = [match.start() + gap.start() for gap in re.finditer(r"[ \u00a0\u202f]", match.group())]
        ends = [match.end(), *reversed(gaps)]
        for end in ends:
            if _iban(re.sub(r"\W", "", text[match.start() : end])):
                yield Mention(match.start(), end, "iban")
                break
        else:
            if is_announced:
                yield Mention(match.start(), match.end(), "iban")


def _iban(compact: str) -> bool:
    """Return whether it is an IBAN: by its check digits, or by its country code and the length used in that country."""
    return bool(iban.is_valid(compact)) or _IBAN_LENGTHS.get(compact[:2].upper()) == len(compact)


_IBAN_LENGTHS = {
    "FR": 27,
    "MC": 27,
    "GB": 22,
    "BE": 16,
    "DE": 22,
    "ES": 24,
    "IT": 27,
    "PT": 25,
    "LU": 20,
    "CH": 21,
    "NL": 18,
    "IE": 22,
}
"""Number of characters of an IBAN, for the countries most likely in these meetings."""


def _never(_compact: str) -> bool:
    return False


def _sure_plate(compact: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}\d{3}[A-Z]{2}|\d{3,4}[A-Z]{2,3}(?:\d{2}|2[AB])|[A-Z]{2}\d{2}[A-Z]{3}", compact))


_FINDERS: tuple[Callable[[str], Iterator[Mention]], ...] = (
    _matching(_EMAIL, "email", "@"),
    _matching(_SPOKEN_EMAIL, "email", "aAtTcC"),
    _matching(_LINK, "link", "/w"),
    _matching(_HANDLE, "handle", "@"),
    _ibans,
    _make_finder(_NIR, "national_id", _nir, "national_id"),
    _matching(_NIR_SPACED, "national_id", "0123456789"),
    _matching(_NINO, "national_id", "0123456789"),
    _announced_ids,
    _phones,
    _make_finder(_COMPANY, "company_id", _company, "company_id"),
    _make_finder(_CARD, "card", _card, "card"),
    _make_finder(_PLATE, "plate", _sure_plate, "plate"),
    _matching(_INSIDE, "address", "aeiou"),
    _addresses,
    _matching(_ENGLISH_ADDRESS, "address", "aeiou"),
    _births,
    _accounts,
    _matching(_IP, "link", "."),
)
"""The finders, in order of priority."""
