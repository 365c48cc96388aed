"""Invented sentences of public meetings with the persons and personal data in them labelled as a human reader would.

The labels come from the templates (`templates-fr.txt`, `templates-en.txt`), written without looking at what finds them:

* a person's span leaves out the civility and an elided preposition or article (`Madame ‹Bréchet›`, `d'‹Hélène›`), but
  keeps the particle which belongs to the surname (`M. ‹d'Orves›`, `Grégoire ‹de La Motte-Ravel›`);
* a first name and a surname which stand together are one mention; `’s` is outside the span, `@` of a handle too;
* `roster` says that the person is one of `Item.roster` (always False for what is not a person);
* `organisation`: an association, a firm or a small group with an invented name, also where it holds a surname
  (`Transports Kermarrec`). Public bodies, schools, streets, places, dead authors, brands are not labelled at all;
* `link`: an address on the web; `birth_date`: the date alone.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

HERE = Path(__file__).parent
KINDS = (
    "person",
    "email",
    "phone",
    "address",
    "national_id",
    "iban",
    "company_id",
    "plate",
    "organisation",
    "link",
    "birth_date",
)
ROUNDS = {"mentions": 4, "none": 3}
"""How often each template is filled; the same text is kept once."""


class Mention(NamedTuple):
    """One labelled span of a text."""

    start: int
    end: int
    kind: str
    roster: bool


class Item(NamedTuple):
    """A text, the names of the session's speakers, what is personal in the text."""

    text: str
    language: str
    roster: tuple[str, ...]
    mentions: tuple[Mention, ...]
    held: bool = False
    """Whether nobody looked at it while rules were written."""


class Template(NamedTuple):
    """One line of the template files."""

    text: str
    language: str
    section: str
    """`mentions` or `none`."""
    chat: bool
    """A hurried chat line: now and then all in lower case, never with sentences added."""
    roster: tuple[str, ...]
    """Speakers the line wants, besides those drawn."""


class Person(NamedTuple):
    """A drawn person."""

    first: str
    last: str
    gender: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


# ------------------------------------------------------------------------------------------------ templates and names


@cache
def templates() -> tuple[Template, ...]:
    found = []
    for language in ("fr", "en"):
        section = "mentions"
        for line in (HERE / f"templates-{language}.txt").read_text(encoding="utf-8").split("\n"):
            if line.startswith("== "):
                section = line[3:].strip()
            elif line.strip() and not line.startswith("#"):
                roster: tuple[str, ...] = ()
                text = line
                if wanted := re.match(r"\[([^\]]+)\] ", text):
                    roster = tuple(name.strip() for name in wanted[1].split(";"))
                    text = text[wanted.end() :]
                chat = text.startswith("chat: ")
                found.append(Template(text.removeprefix("chat: "), language, section, chat, roster))
    return tuple(found)


@cache
def names() -> dict[str, dict[str, list[str]]]:
    return YAML(typ="safe").load((HERE / "names.yaml").read_text(encoding="utf-8"))


ORIGINS = {
    "fr": "french french french french french noble flemish breton breton basque maghrebi maghrebi west_african "
    "east_african vietnamese turkish portuguese polish indian english",
    "en": "english english english english english english french breton maghrebi west_african west_african "
    "east_african vietnamese turkish portuguese polish indian indian",
}


def folded(text: str) -> str:
    text = text.replace("ł", "l").replace("Ł", "L")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def key(text: str) -> str:
    return re.sub(r"[^a-z]", "", folded(text).lower())


AWKWARD_INITIALS = {
    "AG",
    "AM",
    "CE",
    "CM",
    "EN",
    "ET",
    "LA",
    "LE",
    "MC",
    "OK",
    "PM",
    "PV",
    "RN",
    "TV",
    "DE",
    "DU",
    "ME",
}


PARTICLES = {"le", "de", "la", "van", "den", "der", "el", "du", "des", "da", "ben"}


class Cast:
    """The persons of one text: those of the roster and the absent, none sharing a name with another."""

    def __init__(self, chance: random.Random, template: Template):
        self.chance = chance
        self.language = template.language
        self.forms: dict[str, set[str]] = {}
        slots = " ".join(SLOT.findall(template.text))
        for who, form in re.findall(r"\b([ra]\d)(?:\.(\w+))?", slots):
            self.forms.setdefault(who, set()).add(form)
        for who, gender in re.findall(r"\b([ra]\d)(?:\.\w+)?!([fm])", slots):
            self.forms[who].add(gender)
        self.used: set[str] = {key(part) for name in template.roster for part in re.split(r"[ -]", name)}
        self.used |= {key(word) for word in re.findall(r"\w+", re.sub(r"\{[^}]*\}", "", template.text))}
        self.initials: set[str] = set(AWKWARD_INITIALS)
        self.people: dict[str, Person] = {who: self.draw(self.forms[who]) for who in sorted(self.forms)}
        others = [self.draw(set()) for _ in range(chance.randint(2, 6))]
        roster = [person.full for who, person in self.people.items() if who[0] == "r"]
        roster += [person.full for person in others] + list(template.roster)
        chance.shuffle(roster)
        if chance.random() < 0.15:
            at = chance.randrange(len(roster))
            roles = {
                "fr": ["services techniques", "adjointe", "mairie", "bailleur"],
                "en": ["council", "online", "chair", "Friends of the Park"],
            }
            roster[at] = f"{roster[at]} ({chance.choice(roles[self.language])})"
        self.roster = tuple(roster)

    def draw(self, forms: set[str]) -> Person:
        while True:
            origins = ORIGINS[self.language].split()
            origin = self.chance.choice(origins)
            gender = next(iter(forms & {"f", "m"}), None) or self.chance.choice("fm")
            first = self.chance.choice(names()[origin][gender])
            # now and then a first name and a surname from two places
            last = self.chance.choice(
                names()[self.chance.choice(origins) if self.chance.random() < 0.2 else origin]["last"]
            )
            person = Person(first, last, gender)
            parts = {key(part) for part in re.split(r"[ -]", f"{first} {last}")} - PARTICLES
            if parts & self.used or initials(person) in self.initials:
                continue
            if "initial" in forms and first[0] == "M" and self.language == "fr":  # read as Monsieur
                continue
            if forms & {"cut", "firstcut"} and not re.search(r"[ -]", last):
                continue
            if forms & {"plain", "plainlast"} and folded(last) == last:
                continue
            if "plainfirst" in forms and folded(first) == first:
                continue
            if forms & {"typo", "typofull"} and len(last) < 5:
                continue
            if "typofirst" in forms and (len(first) < 5 or "-" in first):
                continue
            if forms & {"initials", "handle", "finit"} and not re.fullmatch(r"[A-Z][a-zéèêôï]+", last):
                continue
            self.used |= parts
            self.initials.add(initials(person))
            return person


def initials(person: Person) -> str:
    heads = "".join(part[0] for part in re.split(r"[ -]", person.first))
    capital = re.search(r"[A-Z]", folded(person.last))
    return folded(heads) + (capital[0] if capital else "")


# ------------------------------------------------------------------------------------------------------ forms of names


def mistyped(chance: random.Random, name: str) -> str:
    """The name with one letter wrong: left out, doubled, changed or swapped with the next; never the first."""
    letters = [
        at for at in range(1, len(name) - 1) if name[at].isalpha() and name[at + 1].isalpha() and name[at].islower()
    ]
    while True:
        at = chance.choice(letters)
        how = chance.choice(["out", "double", "change", "swap"])
        near = dict(zip("aeiouylmnrtdsczgkbpvfqhx", "eaeuoinnmltdtsscsjcpbfvkjs", strict=False))
        if how == "out":
            wrong = name[:at] + name[at + 1 :]
        elif how == "double":
            wrong = name[:at] + name[at] + name[at:]
        elif how == "change":
            wrong = name[:at] + near.get(folded(name[at]), "e") + name[at + 1 :]
        else:
            wrong = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        if key(wrong) != key(name):
            return wrong


def cut(chance: random.Random, last: str) -> str:
    """A surname of several parts as it is shortened or spelt: `Durand-Le Goff` gives `Durand`, `Durand Le Goff`."""
    ways = []
    if "-" in last:
        ways += [last.replace("-", " "), last.split("-")[0], last.split("-")[-1]]
    bare = re.sub(r"^(de La|des|du|de|Van den|Van der|Van|da|El|Aït|d') ?", "", last)
    if bare != last:
        ways += [bare]
    if re.match(r"(Le|Ben|Van|El) \w+$", last):
        ways += [last.replace(" ", "-"), last.replace(" ", "").capitalize()]
    return chance.choice([way for way in ways if way != last] or [last.replace(" ", "-")])


def named(chance: random.Random, person: Person, form: str) -> str:
    first, last = person.first, person.last
    ways = {
        "full": lambda: person.full,
        "first": lambda: first,
        "last": lambda: last,
        "swap": lambda: f"{last} {first}",
        "swapcaps": lambda: f"{last.upper()} {first}",
        "caps": lambda: person.full.upper(),
        "capslast": lambda: last.upper(),
        "plain": lambda: folded(person.full),
        "plainfirst": lambda: folded(first),
        "plainlast": lambda: folded(last),
        "initial": lambda: "-".join(f"{part[0]}." for part in first.split("-")) + f" {last}",
        "finit": lambda: f"{first} {last[0]}.",
        "initials": lambda: initials(person),
        "cut": lambda: cut(chance, last),
        "firstcut": lambda: f"{first} {cut(chance, last)}",
        "typo": lambda: mistyped(chance, last),
        "typofull": lambda: f"{first} {mistyped(chance, last)}",
        "typofirst": lambda: mistyped(chance, first),
        "lower": lambda: person.full.lower(),
        "lowerfirst": lambda: first.lower(),
        "lowerlast": lambda: last.lower(),
        "handle": lambda: key(first) + chance.choice(["_", ".", ""]) + key(last)[:3] + chance.choice(["", "31", "82"]),
    }
    return ways[form]()


MUTE_H = {"helene", "honorine", "hugues", "hippolyte", "hermine", "harispuru", "higginbotham"}


def elides(name: str) -> bool:
    """Whether `de` before the name loses its vowel."""
    word = re.split(r"[ '-]", folded(name).lower())[0]
    return word[:1] in "aeiou" or word in MUTE_H or word == "yvonne"


# ------------------------------------------------------------------------------------------------------ personal data


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def luhn(number: str) -> str:
    """The digit which makes the number right by Luhn's rule when put at its end."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def nir(chance: random.Random) -> str:
    department = chance.choice(["31", "12", "81", "29", "75", "2A", "2B", "46", "09", "99"])
    parts = [
        chance.choice("12"),
        f"{chance.randint(30, 99)}",
        f"{chance.randint(1, 12):02}",
        department,
        f"{chance.randint(1, 580):03}",
        f"{chance.randint(1, 420):03}",
    ]
    number = int("".join(parts).replace("2A", "19").replace("2B", "18"))
    parts.append(f"{97 - number % 97:02}")
    return chance.choice([" ", " ", ""]).join(parts)


def iban(chance: random.Random, language: str) -> str:
    country = chance.choice(["FR", "FR", "FR", "BE"] if language == "fr" else ["GB", "GB", "FR", "DE"])
    if country == "FR":
        bank, branch, account = digits(chance, 5), digits(chance, 5), digits(chance, 11)
        rib = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
        body = f"{bank}{branch}{account}{rib:02}"
    elif country == "BE":
        account = digits(chance, 10)
        body = f"{account}{int(account) % 97 or 97:02}"
    elif country == "GB":
        body = "".join(chance.choice("BCDHKLMNRTW") for _ in range(4)) + digits(chance, 14)
    else:
        body = digits(chance, 18)
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    whole = f"{country}{check:02}{body}"
    return " ".join(re.findall(".{1,4}", whole)) if chance.random() < 0.6 else whole


def company_id(chance: random.Random) -> str:
    siren = chance.choice("345789") + digits(chance, 7)
    siren += luhn(siren)
    spaced = chance.random() < 0.6
    shown = f"{siren[:3]} {siren[3:6]} {siren[6:]}" if spaced else siren
    if chance.random() < 0.4:
        return shown
    nic = f"{chance.randint(1, 60):04}"
    nic += luhn(siren + nic)
    return f"{shown} {nic}" if spaced else siren + nic


def plate(chance: random.Random, language: str) -> str:
    letters = "ABCDEFGHJKLMNPQRSTVWXYZ"

    def some(count: int) -> str:
        return "".join(chance.choice(letters) for _ in range(count))

    if language == "en" and chance.random() < 0.8:
        year = chance.choice(["07", "12", "58", "64", "19", "71", "23"])
        return f"{some(2)}{year}{chance.choice([' ', ' ', ''])}{some(3)}"
    if chance.random() < 0.3:
        return f"{digits(chance, 3)}{chance.choice('123456789')} {some(2)} {chance.choice(['31', '12', '81', '82'])}"
    joint = chance.choice(["-", "-", " "])
    return joint.join([some(2), f"{chance.randint(1, 999):03}", some(2)])


PAIRS = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}


def pair_said(pair: str) -> str:
    """Two digits as they are said in French within a phone number."""
    value = int(pair)
    if pair[0] == "0":
        return f"zéro {PAIRS[value]}"
    if value < 17:
        return PAIRS[value]
    if value < 20:
        return f"dix-{PAIRS[value - 10]}"
    ten, unit = divmod(value, 10)
    if ten in (7, 9):
        ten, unit = ten - 1, unit + 10
    unit_said = f"dix-{PAIRS[unit - 10]}" if unit >= 17 else PAIRS[unit]
    if unit == 0:
        return "quatre-vingts" if ten == 8 else TENS[ten]
    if unit in (1, 11) and ten != 8:
        return f"{TENS[ten]} et {unit_said}"
    return f"{TENS[ten]}-{unit_said}"


def phone(chance: random.Random, language: str) -> str:
    """Numbers out of the ranges set aside for fiction."""
    if language == "fr":
        start = chance.choice(["063998", "063998", "019900", "026191", "035301", "046571", "053649"])
        pairs = re.findall("..", start + digits(chance, 4))
        return chance.choice(
            [
                " ".join(pairs),
                " ".join(pairs),
                ".".join(pairs),
                "-".join(pairs),
                "".join(pairs),
                f"+33 {pairs[0][1]} {' '.join(pairs[1:])}",
                f"+33{pairs[0][1]}{''.join(pairs[1:])}",
                f"+33 (0){pairs[0][1]} {' '.join(pairs[1:])}",
                f"0033 {pairs[0][1]} {' '.join(pairs[1:])}",
            ]
        )
    three, two = digits(chance, 3), digits(chance, 2)
    return chance.choice(
        [
            f"07700 900{three}",
            f"07700900{three}",
            f"07700 900 {three}",
            f"+44 7700 900{three}",
            f"+44 (0)7700 900{three}",
            f"01632 960{three}",
            f"(01632) 960 {three}",
            f"020 7946 0{three}",
            f"0117 496 0{three}",
            f"(555) 555-01{two}",
            f"555-01{two}",
            f"+1 202-555-01{two}",
        ]
    )


def phone_said(chance: random.Random, language: str) -> str:
    if language == "fr":
        start = chance.choice(["063998", "063998", "053649"])
        return chance.choice([" ", " ", ", "]).join(
            pair_said(pair) for pair in re.findall("..", start + digits(chance, 4))
        )
    said = dict(zip("0123456789", "oh one two three four five six seven eight nine".split(), strict=True))
    tail = [said[digit] for digit in digits(chance, 3)]
    return chance.choice(
        [
            f"oh double seven double oh, nine double oh, {' '.join(tail)}",
            f"zero seven seven zero zero nine zero zero {' '.join(tail).replace('oh', 'zero')}",
            f"oh one six three two, nine six oh, {' '.join(tail)}",
        ]
    )


DOMAINS = {
    "fr": ["exemple.fr", "example.org", "courrier.example", "boite.example.net", "example.com"],
    "en": ["example.org", "example.com", "post.example.net", "mail.example", "example.org.uk"],
}


def email(chance: random.Random, person: Person, language: str) -> str:
    first, last = key(person.first), key(person.last)
    ways = [f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}", f"{first}_{last}"]
    ways += [f"{first}-{last}", f"{first}{chance.randint(48, 99)}", f"{last}{first[0]}31", f"{first}.{last}+reunion"]
    local = chance.choice(ways)
    whole = f"{local}@{chance.choice(DOMAINS[language])}"
    return whole.title() if chance.random() < 0.06 else whole


def email_said(chance: random.Random, person: Person, language: str) -> str:
    words = {
        "fr": {".": "point", "-": "tiret", "_": chance.choice(["tiret du bas", "underscore"]), "@": "arobase"},
        "en": {".": "dot", "-": chance.choice(["dash", "hyphen"]), "_": "underscore", "@": "at"},
    }[language]
    first, last = key(person.first), key(person.last)
    local = chance.choice([f"{first}.{last}", f"{first}_{last}", f"{first}-{last}", f"{last}{chance.randint(48, 99)}"])
    domain = chance.choice(
        {"fr": ["exemple.fr", "courrier.com", "la-boite.net"], "en": ["example.org", "mail.com"]}[language]
    )
    return re.sub(r"[.@_-]", lambda sign: f" {words[sign[0]]} ", f"{local}@{domain}")


STREETS = {
    "fr": "rue des Lilas|impasse du Moulin|avenue de la République|chemin des Ânes|allée des Tilleuls|rue Victor-Hugo|"
    "rue du Pont-Vieux|boulevard Carnot|place Jean-Jaurès|route de Villefranche|rue Louise-Michel|quai de la Daurade|"
    "rue de l'Église|cours Gambetta|montée Saint-Pierre|sentier du Lavoir|rue du Docteur-Roux|passage de l'Écluse",
    "en": "Baker Street|Weir Road|Tanner Street|Mill Lane|Albert Terrace|St Mary's Close|Orchard Avenue|Canal Walk|"
    "Nelson Crescent|Ferry Court|Station Road|Victoria Gardens|Priory Drive|Gladstone Street",
}
TOWNS = {
    "fr": "31000 Toulouse|12200 Villefranche|81000 Albi|29200 Brest|64100 Bayonne|69003 Lyon|46100 Figeac",
    "en": "Bristol BS3 4QT|Leeds LS6 2AB|York YO1 7HH|Cardiff CF10 3AT|Hebden Bridge",
}


def street(chance: random.Random, language: str) -> str:
    return chance.choice(STREETS[language].split("|"))


def address(chance: random.Random, language: str) -> str:
    number = chance.randint(1, 148)
    road = street(chance, language)
    town = chance.choice(TOWNS[language].split("|"))
    if language == "fr":
        return chance.choice(
            [
                f"{number} {road}",
                f"{number}, {road}",
                f"{number} bis {road}",
                f"{number} bis, {road}, {town}",
                f"{number} ter {road}",
                f"{number}B {road}",
                f"{number} {road}, {town}",
                f"{number}, {road}, {town}",
                f"{number} {road} à {town.split(' ', 1)[1]}",
                f"{number} {road}, appartement {chance.randint(1, 60)}",
                f"appartement {chance.randint(1, 60)}, bâtiment {chance.choice('ABC')}, {number} {road}",
            ]
        )
    return chance.choice(
        [
            f"{number} {road}",
            f"{number}{chance.choice('ABab')} {road}",
            f"{number} {road}, {town}",
            f"Flat {chance.randint(1, 30)}, {number} {road}",
            f"flat {chance.randint(1, 30)}, {number} {road}, {town}",
            "221B Baker Street",
        ]
    )


def address_said(chance: random.Random, language: str) -> str:
    said = {
        "fr": "douze|vingt-trois|quarante-deux|sept|dix-huit bis|trente et un|cent quatre",
        "en": "twelve|twenty-three|forty-two|seven|eighteen|a hundred and four",
    }[language]
    return f"{chance.choice(said.split('|'))} {street(chance, language)}"


MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def birth_date(chance: random.Random, language: str) -> str:
    day, month, year = chance.randint(2, 28), chance.randint(1, 12), chance.randint(1934, 2004)
    name = MONTHS[language][month - 1]
    if language == "fr":
        return chance.choice([f"{day} {name} {year}", f"{day} {name} {year}", f"{day:02}/{month:02}/{year}"])
    return chance.choice([f"{day} {name} {year}", f"{name} {day}, {year}", f"{day:02}/{month:02}/{year}"])


def link(chance: random.Random, person: Person) -> str:
    first, last = key(person.first), key(person.last)
    return chance.choice(
        [
            f"https://www.facebook.example/{first}.{last}",
            f"https://{first}-{last}.example.net/photos",
            f"www.{first}{last}.example.org",
            f"https://linkedin.example/in/{first}-{last}-{chance.randint(100, 999)}",
            f"http://blog-de-{last}.example.com/halle?page=2",
        ]
    )


def organisation(chance: random.Random, last: str, language: str) -> str:
    if language == "fr":
        ways = ["Les Amis du Vieux Lavoir", "Pédale Douce", "Un Toit pour Chacun", "Collectif Halle Vivante"]
        ways += ["Comité des Fêtes du Foirail", "Radeau Solidaire", "Amicale des Boulistes de l'Écluse"]
        ways += [f"Transports {last}", f"Boulangerie {last}", f"SARL {last} et Fils", f"cabinet {last} Architectes"]
    else:
        ways = [
            "Friends of Tanner Street",
            "Weir Road Tenants' Association",
            "Canal Walk Knitters",
            "Second Loaf Bakery",
        ]
        ways += ["Riverside Youth Boxing", "Open Shed Collective"]
        ways += [f"{last} and Sons", f"{last} Haulage Ltd", f"{last} Plumbing"]
    return chance.choice(ways)


# --------------------------------------------------------------------------------------- things which are not personal

WORDS = {
    "fr": {
        "place": "la place Jean-Jaurès|le square Notre-Dame|la halle du Foirail|le quartier Saint-Pierre|le gymnase "
        "Pierre-Loti|le parc George-Sand|la salle Marie-Curie|le pont Saint-Michel|l'école Jules-Ferry",
        "school": "l'école Jules-Ferry|le collège Marie-Curie|le lycée Victor-Hugo|la maternelle Saint-Exupéry",
        "public": "le Grand Lyon|la Région|la préfecture|la métropole|le conseil départemental|la CAF|le SDIS",
        "day": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
        "date": "le 14 mars|le 3 septembre 2026|mardi 8 juin|le 1er avril|fin octobre|le 12/05/2026",
        "amount": "1 250 000 euros|840 000 €|6 millions d'euros|3,2 millions d'euros|12 500 euros|quatre-vingt mille euros",
        "ref": "2026-0612|D 2025 117|01 02 2026|n° 31 555 026|PC 031 555 24 C0117|17.03.2026.04",
        "hour": "18 h 30|dix-neuf heures|9h15|midi",
        "count": "12|34|soixante|cent vingt",
    },
    "en": {
        "place": "Weir Road|Victoria Gardens|the Nelson Room|St Peter's Square|Brunel Quay|Queen Elizabeth Park",
        "school": "Florence Nightingale Primary|Darwin Academy|St Joseph's|Wilberforce School",
        "public": "the Council|the Combined Authority|Natural England|the Fire Service|Transport for the North",
        "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "date": "the 14th of March|3 September 2026|8 June|April the first|12/05/2026",
        "amount": "£840,000|1,250,000 pounds|£3.2 million|12,500 pounds|eighty thousand pounds",
        "ref": "2026-0612|APP/24/01176|0117/2026|26.03.2026.04|WR-2214",
        "hour": "half past eight|6.30 pm|seven o'clock|9:15",
        "count": "12|34|sixty|a hundred and twenty",
    },
}
BEFORE = {
    "fr": "Alors, euh, je vais faire court.|Merci.|Oui, bonsoir.|Bon, je reprends.|Attendez, je note.|Du coup voilà.|"
    "Je voulais juste dire un mot.|Oui alors, sur ce point.|Bonsoir à toutes et à tous.|Excusez-moi, j'ai perdu le fil.",
    "en": "Right, so.|Thank you.|Yes, good evening.|Sorry, let me finish.|Hang on, I'm writing this down.|Okay.|"
    "I'll be quick.|Well, on that point.|Good evening everyone.|Um, where was I.",
}
AFTER = {
    "fr": "Voilà.|C'est tout pour moi.|On verra bien.|C'est noté pour le compte rendu.|Et ça, personne n'en parle.|"
    "Bref, on avance.|Est-ce que c'est clair pour tout le monde ?|Il reste dix minutes.|Et les habitant·e·s attendent.",
    "en": "That's all from me.|We'll see.|It's in the notes.|And nobody talks about that.|Anyway, moving on.|"
    "Is that clear to everybody?|We've ten minutes left.|That's the long and short of it.",
}
CIVILITIES = {
    ("fr", "m"): ["M.", "M.", "Monsieur", "Monsieur", "monsieur", "Mr"],
    ("fr", "f"): ["Mme", "Mme", "Madame", "Madame", "madame", "Mme."],
    ("en", "m"): ["Mr", "Mr", "Mr.", "Mister"],
    ("en", "f"): ["Mrs", "Ms", "Miss", "Mrs.", "Ms"],
}

# ------------------------------------------------------------------------------------------------------------- filling

SLOT = re.compile(r"\{([^{}]+)\}")


class Filled:
    """A text under construction."""

    def __init__(self) -> None:
        self.text = ""
        self.mentions: list[Mention] = []

    def add(self, text: str) -> None:
        self.text += text

    def mention(self, text: str, kind: str, *, roster: bool = False) -> None:
        self.mentions.append(Mention(len(self.text), len(self.text) + len(text), kind, roster))
        self.text += text


def fill_slot(chance: random.Random, cast: Cast, slot: str, filled: Filled) -> None:
    language = cast.language
    slot = re.sub(r"!\w$", "", slot)  # {a1.first!f}: a woman; {r1!f} alone says nothing
    if slot in cast.people:
        return
    if literal := re.fullmatch(r"=([^|]+)(?:\|(\w+))?", slot):  # {=Nath|r}: a mention as it stands, of the roster
        kind = literal[2] if literal[2] in KINDS else "person"
        filled.mention(literal[1], kind, roster=literal[2] == "r")
    elif agreement := re.fullmatch(r"(\w\d)\?([^:]*):(.*)", slot):  # {r1?il:elle}
        filled.add(agreement[2] if cast.people[agreement[1]].gender == "m" else agreement[3])
    elif civility := re.fullmatch(r"(M|m) (\w\d)", slot):
        title = chance.choice(CIVILITIES[language, cast.people[civility[2]].gender])
        quiet = title.lower().rstrip(".")
        filled.add(title if civility[1] == "M" else "monsieur" if quiet == "m" else quiet)
    elif name := re.fullmatch(r"(?:(de|le|que) )?(([ra])\d)\.(\w+)", slot):
        before, who, side, form = name.groups()
        person = cast.people[who]
        text = named(chance, person, form)
        if before == "le":
            filled.add("l'" if elides(text) else ("le " if person.gender == "m" else "la "))
        elif before:
            filled.add(before[:-1] + "'" if elides(text) else before + " ")
        filled.mention(text, "person", roster=side == "r")
    elif slot in WORDS[language]:
        filled.add(chance.choice(WORDS[language][slot].split("|")))
    elif slot == "street":
        filled.add(street(chance, language))
    else:
        kind, _, who = slot.partition(" ")
        person = cast.people[who] if who else cast.draw(set())
        made = {
            "email": lambda: email(chance, person, language),
            "email.said": lambda: email_said(chance, person, language),
            "phone": lambda: phone(chance, language),
            "phone.said": lambda: phone_said(chance, language),
            "address": lambda: address(chance, language),
            "address.said": lambda: address_said(chance, language),
            "national_id": lambda: nir(chance),
            "iban": lambda: iban(chance, language),
            "company_id": lambda: company_id(chance),
            "plate": lambda: plate(chance, language),
            "organisation": lambda: organisation(chance, person.last, language),
            "link": lambda: link(chance, person),
            "birth_date": lambda: birth_date(chance, language),
        }[kind]()
        filled.mention(made, kind.partition(".")[0])


def filled_in(chance: random.Random, template: Template) -> Item:
    cast = Cast(chance, template)
    filled = Filled()
    sentences = len(re.findall(r"[.?!…](?= |$)", template.text))
    if not template.chat and sentences < 3 and chance.random() < 0.3:
        filled.add(chance.choice(BEFORE[template.language].split("|")) + " ")
    position = 0
    for slot in SLOT.finditer(template.text):
        filled.add(template.text[position : slot.start()])
        fill_slot(chance, cast, slot[1], filled)
        position = slot.end()
    filled.add(template.text[position:])
    if not template.chat and sentences < 3 and chance.random() < 0.3:
        filled.add(" " + chance.choice(AFTER[template.language].split("|")))
    text = filled.text
    if template.chat and ".initials" not in template.text and chance.random() < 0.4:
        text = text.lower()
    elif chance.random() < 0.5:
        text = text.replace("'", "’")
    if len(text) != len(filled.text):
        raise ValueError(text)
    return Item(text, template.language, cast.roster, tuple(filled.mentions))


def items(seed: int = 7) -> list[Item]:
    """The labelled texts, the same for the same seed."""
    chance = random.Random(seed)
    made: dict[str, Item] = {}
    for template in templates():
        for _ in range(ROUNDS[template.section]):
            item = filled_in(chance, template)
            made.setdefault(item.text, item)
    return list(made.values())


def counts(seed: int = 7) -> Counter[str]:
    return Counter(mention.kind for item in items(seed) for mention in item.mentions)
