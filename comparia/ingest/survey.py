"""Surveys as tables: one row a person, one column a question, as the tools that ask export them.

Answers in people's own words are speech, question by question. Choices, ratings and what is known of a person are kept
as attributes of that person; contacts and technical columns are left out.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from comparia.errors import TranscriptError
from comparia.ingest.contributions import LONGEST_ATTRIBUTE, Contribution, conclude, layout_of
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.tables import (
    Row,
    Table,
    body,
    column_name,
    is_machine_translation,
    plain,
    shown_heading,
    tables_of,
    without_address,
    words,
)
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Notice

FORMAT = "survey"
DESCRIPTION = (
    "Survey as CSV, one row a person: Decidim, Go Vocal, LimeSurvey, Google Forms, Microsoft Forms, Framaforms, "
    "Typeform, SurveyMonkey"
)

ABOVE = 4
"""Rows among which the headings stand: some tools write titles of groups above them."""
SHORT = 40
"""Characters of the longest value of a choice that is kept as an attribute."""
FEW = 12
"""Different values of a column at most, for choices."""
ENOUGH = 6
"""Answers from which the repetition of values tells choices from words."""
LONGEST_CHOICE = 60
"""Characters of a value that many people share."""
LONG_ID = 12
"""Characters of an id beyond which it is a token of a session: the row is told instead."""
NEARLY_ALL = 0.95
"""Share of the values of a column that are of one kind."""

Role = Literal[
    "open", "attribute", "closed", "private", "technical", "translated", "id", "name", "first", "last", "empty"
]

_TOOLS = tuple(
    frozenset(names.split())
    for names in (
        "submitdate lastpage|startlanguage seed|submitdate startlanguage|responseid lastpage|"  # LimeSurvey
        "iddelareponse dernierepage|datesubmitted lastpage|"
        "horodateur|"  # Google Forms
        "starttime completiontime|heurededebut heuredefin|"  # Microsoft Forms
        "iphash userstatus|hachageip statutdelutilisateur|answeredon userstatus|"  # Decidim
        "submitdateutc networkid|startdateutc networkid|"  # Typeform
        "respondentid collectorid|iddurepondant iddecollecteur|identifiantdurepondant identifiantducollecteur|"
        "sid uid|serial sid"  # Framaforms (webform of Drupal)
    ).split("|")
)
"""Headings, by their letters and digits, that one tool writes."""
_TECHNICAL = frozenset(
    "submitdate lastpage startlanguage seed startdate datestamp refurl horodateur timestamp starttime completiontime "
    "lastmodifiedtime heurededebut heuredefin heuredeladernieremodification answeredon repondule userstatus "
    "statutdelutilisateur iphash hachageip submittedat soumisle publishedat createdat updatedat datesubmitted "
    "datedesoumission derniere dernierepage languededepart startdateutc stagedateutc submitdateutc networkid "
    "responsetype ending tags collectorid startdatetime enddate customdata1 iddecollecteur sid serial numerodeserie "
    "draft brouillon uid time dateheure date heure interviewtime totalpoints quizfeedback comments likes dislikes url "
    "project projet status statut authorid iddelauteur assignee "
    "attribue score browser useragent language langue completion".split()
)
_IDS = tuple(
    "id responseid iddelareponse iddereponse respondentid iddurepondant identifiantdurepondant serial numerodeserie "
    "identifiant numero participantid reference sid".split()
)
_ID = re.compile(r"id(?:de|du|of|d)?(?:la|l)?(?:reponse|repondant|participant|contribution|submission|response)")
_WHOLE_NAMES = frozenset(
    "name nom fullname nomcomplet nometprenom nometprenoms prenometnom nomprenom prenomnom votrenom votrenometprenom "
    "votreprenometnom yourname authorname authorfullname nomdelauteur pseudo pseudonyme votrepseudo nickname username "
    "nomdutilisateur displayname quelestvotrenom whatisyourname quelestvotreprenom".split()
)
_FIRST_NAMES = frozenset("prenom prenoms votreprenom firstname givenname".split())
_LAST_NAMES = frozenset("nomdefamille lastname surname familyname votrenomdefamille".split())
_GENERIC = frozenset("openendedresponse response reponse reponseouverte reponselibre freetext textelibre".split())
"""Second headings of SurveyMonkey that say nothing of the question."""

_NUMBERED = r"(?:[\w.\[\]-]{1,14}[.):]\s+)?"
_CONTACT = re.compile(
    r"\b(?:e-?mails?|courriels?|messagerie|telephones?|phone|coordonnees|adresse (?:postale|mail|electronique|ip)|"
    r"(?:postal|home|street|ip) address|dates? de naissance|date of birth|birth ?date|iban)\b"
)
_CONTACT_ALONE = re.compile(
    _NUMBERED
    + r"(?:(?:votre|your|quelle? est votre|what is your) )?(?:mail|tel\.?|mobile|portable|adresse|address|rue|"
    r"street|ip|ipaddr(?:ess)?|adresseip|token|jeton|naissance|annee de naissance|birth ?year|year of birth|birthday|"
    r"latitude|longitude|location|siret)\b.{0,12}"
)
_CONSENT = re.compile(
    r"\b(?:consent\w*|rgpd|gdpr|j'(?:ai lu|accepte|autorise)|i (?:agree|accept|have read)|cgu|conditions d'utilisation|"
    r"politique de confidentialite|privacy policy|newsletter|recontact\w*|captcha)\b"
)
_WHO = re.compile(
    _NUMBERED + r"(?:(?:merci d'indiquer|indiquez|precisez|please (?:give|indicate)) )?"
    r"(?:(?:quel(?:le)?s? (?:est|sont)|what is|what's) )?(?:(?:votre|vos|ton|ta|your|my|mon|ma|le|la|l'|the) ?)?"
    r"(?:ages?|tranches? d'ages?|age (?:group|range|bracket)|classe d'ages?|sexe|genre|gender|sex|quartiers?|"
    r"districts?|"
    r"arrondissement|neighbou?rhood|area|communes?|ville|city|town|code postal|cp|post ?code|postal code|zip(?: code)?|"
    r"domicile|place of residence|lieu de residence|departement|region|pays|country|profession\w*|statuts?|csp|pcs|"
    r"categorie socio.?professionnelle|occupation|activite|metier|job|roles?|fonctions?|titre|organi[sz]ations?|"
    r"organismes?|structure|entreprise|company|association|type d'acteurs?|collectivite|situation\w*|"
    r"niveau d'etudes?|diplome|education|household|foyer|service|direction)"
    r"(?: (?:de|d'|du|des|of|familiale|professionnelle|matrimoniale|actuelle|administratif|residence)\b.{0,40})?"
    r"(?:\s*[(:/,\[].*)?\s*[?*:]*"
)
_WHO_ASKED = re.compile(
    _NUMBERED + r"(?:vous etes|etes-vous|are you|you are|i am|je suis|quel age|how old|"
    r"(?:ou|dans quel\w*|where|which|in which|what)\b.{0,40}"
    r"\b(?:habit\w*|resid\w*|viv\w*|live|logez|travaill\w*|work))\b"
    r".{0,60}"
)
_OPEN = re.compile(
    r"\b(?:pourquoi|why|comment(?:aires?|s)?|how|expliqu\w*|explain|precis\w*|specify|suggestions?|remarques?|remarks?|"
    r"propos\w*|idees?|ideas?|avis|opinions?|libre|racont\w*|tell us|describe|decri\w*|ameliore\w*|improve\w*|"
    r"autres?|other|attentes?|expect\w*|souhait\w*)\b"
)

_KINDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"y|n|yes|no|oui|non|o|x|[✓✔☑☐✗✘]|0|1|true|false|vrai|faux|(?:un)?checked|coché|selected|ok",
        r"[-+]?\d{1,15}(?:[.,]\d+)?(?:\s?(?:%|/\s?\d+|€|ans|years|km|m²|étoiles?|stars?))?",
        r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T,]+\d{1,2}[:h]\d{2}.{0,20})?|\d{1,2}[:h]\d{2}(?::\d{2})?",
        r"https?://\S+(?:[\s,;]+https?://\S+)*|\S+\.(?:pdf|jpe?g|png|docx?)",
        r"[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27}|(?=\S*\d)[\w-]{20,}",
    )
)
_FLAGS, _NUMBERS, _DATES, _LINKS, _HASHES = _KINDS
_CONTACTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,24}",
        r"(?=(?:\D*\d){9})\+?[\d\s().-]{9,22}",
        r"\d{1,3}(?:\.\d{1,3}){3}|(?=[^:]*:[^:]*:)[0-9a-fA-F:]{6,39}",
    )
)
_SCALES = re.compile(
    r"(?:(?:tout a fait|plutot|pas du tout|pas vraiment|assez|tres|peu|moyennement|strongly|somewhat|very|not at all|"
    r"quite|rather|extremely) )?"
    r"(?:(?:pas )?d'accord|(?:en )?desaccord|(?:dis)?agree|(?:in|dis)?satisf\w+|(?:de|un)?favou?rables?|"
    r"(?:un)?important\w*|(?:in)?utiles?|(?:un)?likely|(?:im)?probable|neutral|neutre|neither agree nor disagree|"
    r"ni d'accord,? ni pas d'accord)|"
    r"tout a fait|pas du tout|pas vraiment|plutot (?:oui|non)|sans opinion|ne se prononce pas|ne sai[ts] pas|nsp|"
    r"don't know|jamais|rarement|parfois|souvent|toujours|never|rarely|sometimes|often|always|excellente?|mediocre|poor"
)
_NOTHING = re.compile(
    r"[-–—._/*\\?x0 ]{1,10}|neants?|r\.?a\.?s\.?|rien a (?:signaler|ajouter|dire)|n/?a|nc|s/?o|sans objet|non|no|"
    r"nothing to add|sans reponse|null|nil|pas de (?:commentaires?|reponses?|remarques?)|no (?:comments?|answer)"
)
"""Answers that say nothing, without accents nor stop. *Rien* may be what somebody likes: it is kept."""


@dataclass(frozen=True)
class _Column:
    """A column of a survey."""

    index: int
    heading: str
    """The question as headed, on one line."""
    role: Role


def sniff(source: Source) -> bool:
    """Return whether it is a table that a tool for surveys writes, or one of several questions."""
    return survey_of(tables_of(source)) is not None


def read(source: Source) -> Reading:
    """Make one cue for each answer in somebody's own words, question by question.

    Raises:
        TranscriptError: no question is open, or the table is too large or damaged.
    """
    tables = tables_of(source)
    table = survey_of(tables) or next(iter(tables), None)
    if table is None:
        raise TranscriptError(_("this is not a table."), source.name, cure=_("Save the answers as CSV."))
    return read_table(table)


def survey_of(tables: Sequence[Table]) -> Table | None:
    """Return the first of these tables that is a survey, as headed by its row of headings; None for none."""
    for table in tables:
        for headed in table.headed(ABOVE if not table.sheet else 3 * ABOVE):
            if is_survey(headed):
                return headed
    return None


def is_survey(table: Table) -> bool:
    """Return whether a table is a survey: by headings that one tool writes, or by its questions."""
    headings = [heading.strip() for heading in table.headings]
    names = {column_name(heading)[0] for heading in headings} - {""}
    if len(names) < 2 or {"commentbody", "commentid"} & names or not any(map(any, table.below)):
        return False
    if any(tool <= names for tool in _TOOLS) or column_name(headings[0])[0] == "timestamp":
        return True
    even = table.evenness >= 0.5
    questions = sum(heading.endswith("?") for heading in headings)
    if len(headings) > 2 and questions >= 2:
        return even
    if not even or layout_of(headings) is not None:
        return False
    asks = questions or any(len(heading.split()) >= 4 for heading in headings)
    known = names & {*_IDS, *_WHOLE_NAMES, *_FIRST_NAMES, *_LAST_NAMES, "email", "adressemail", "authorid"}
    return bool(asks and (known or any(_WHO.fullmatch(plain(heading)) for heading in headings if heading)))


def read_table(table: Table) -> Reading:
    """As `read`, for a table whose row of headings is known."""
    source = table.source
    reading = Reading()
    rows = body(table, reading)
    headings, rows = _second_headings(table, rows, reading)
    columns = [
        _Column(n, _cleaned(heading), _role(heading, [row.cells[n].strip() for row in rows if n < len(row.cells)]))
        for n, heading in enumerate(headings)
    ]
    open_columns = [column for column in columns if column.role == "open"]
    if not open_columns:
        raise TranscriptError(
            _("this is a survey without an open question: it holds choices and figures, no words."),
            source.name,
            cure=_("Keep one question: a column named author, or id, and one named body for the answers."),
        )
    people = _people(columns, rows)
    found: list[Contribution] = []
    answered: set[int] = set()
    empty = nothing = 0
    for column in open_columns:
        for row in rows:
            text = words(row.cells[column.index]) if column.index < len(row.cells) else ""
            if not any(map(str.isalnum, text)) or _NOTHING.fullmatch(plain(text).rstrip(" .!")):
                empty += not text
                if text:
                    nothing += 1
                    reading.ignore(N_("answer that says nothing"), table.span(row))
                continue
            name, author, attributes = people[row.number]
            answered.add(row.number)
            found.append(
                Contribution(
                    name=name,
                    author=author,
                    text=text,
                    id="",
                    reply_to="",
                    votes={},
                    side="",
                    span=table.span(row),
                    about=column.heading,
                    attributes=attributes,
                )
            )
    for row in rows:
        if row.number not in answered:
            reading.ignore(N_("no answer to an open question"), table.span(row))
    conclude(reading, source, found, [])
    _tell(reading, source, columns, empty, nothing)
    return reading


def _tell(reading: Reading, source: Source, columns: Sequence[_Column], empty: int, nothing: int) -> None:
    """Add notices of what was taken for what."""

    def note(code: str, *roles: Role) -> None:
        headings = tuple(shown_heading(column.heading) for column in columns if column.role in roles)
        if headings:
            values = {"n": len(headings), "columns": headings}
            reading.notices.append(Notice(code=code, values=values, file=source.name))

    note("survey", "open")
    note("attributes", "attribute")
    note("survey_closed", "closed")
    note("survey_private", "private", "technical")
    note("machine_translated", "translated")
    if empty or nothing:
        left_out = {"n": empty + nothing, "nothing": nothing}
        reading.notices.append(Notice(code="answers_left_out", values=left_out, file=source.name))


def _second_headings(table: Table, rows: list[Row], reading: Reading) -> tuple[list[str], list[Row]]:
    """Return headings, those of SurveyMonkey and Framaforms made of two rows, and the rows under them.

    A question is then above the first of its columns, and each column says below it which choice it is.
    """
    headings = [" ".join(words(heading).split()) for heading in table.headings]
    names = [column_name(heading)[0] for heading in headings]
    if not rows or names[0] not in ("respondentid", "iddurepondant", "identifiantdurepondant"):
        return headings, rows
    below = rows[0].cells
    if below[0].strip() or not any(cell.strip() for cell in below):
        return headings, rows
    reading.ignore(N_("header"), table.span(rows[0]))
    joined = []
    question = ""
    for n, heading in enumerate(headings):
        question = heading or question
        choice = below[n].strip() if n < len(below) else ""
        joined.append(f"{question} [{choice}]" if choice and column_name(choice)[0] not in _GENERIC else question)
    return joined, rows[1:]


def _cleaned(heading: str) -> str:
    return " ".join(words(heading).split())


def attribute_name(heading: str) -> str:
    """Return a heading as the name of an attribute: without its number nor its question mark."""
    return re.sub(r"^\d{1,3}[.)]\s+", "", heading).rstrip(" ?:*\u00a0\u202f") or heading


def _people(columns: Sequence[_Column], rows: Sequence[Row]) -> dict[int, tuple[str, str, dict[str, str]]]:
    """Return the name, the id and the attributes of the person of each row, by number of row."""
    by_role: dict[Role, list[_Column]] = {}
    for column in columns:
        by_role.setdefault(column.role, []).append(column)

    def cell(row: Row, role: Role) -> str:
        cells = [row.cells[column.index].strip() for column in by_role.get(role, ()) if column.index < len(row.cells)]
        return next(filter(None, cells), "")

    ids = [cell(row, "id") for row in rows]
    usable = len(set(ids)) == len(ids) and all(0 < len(one) <= LONG_ID and " " not in one for one in ids)
    people = {}
    for row, own_id in zip(rows, ids, strict=True):
        last = cell(row, "last") or (cell(row, "name") if by_role.get("first") else "")
        name = f"{cell(row, 'first')} {last}".strip() if by_role.get("first") else cell(row, "name") or last
        name, author = without_address(clean_label(name) if name else "", own_id if usable else str(row.number))
        people[row.number] = (
            name,
            author,
            {
                attribute_name(column.heading): value
                for column in by_role.get("attribute", ())
                if column.index < len(row.cells) and (value := " ".join(words(row.cells[column.index]).split()))
            },
        )
    return people


def _role(heading: str, cells: Sequence[str]) -> Role:
    """Return what a column holds, by its heading and its values."""
    name, asked = column_name(heading)[0], plain(heading)
    values = [value for value in cells if value]
    role = named_role(name, asked, heading, values)
    if role is not None:
        return role
    if not values:
        return "empty"
    if any(_share(values, kind) >= NEARLY_ALL / 2 for kind in _CONTACTS):
        return "private"
    longest = max(map(len, values))
    who = _WHO.fullmatch(asked) or _WHO_ASKED.fullmatch(asked)
    if who and longest <= LONGEST_ATTRIBUTE and not any(_share(values, k) > 0.5 for k in (_DATES, _LINKS, _HASHES)):
        return "attribute"
    if any(_share(values, kind) >= NEARLY_ALL for kind in (_DATES, _LINKS, _HASHES)):
        return "closed"
    if _is_closed(asked, values):
        return "attribute" if longest <= SHORT and len(set(values)) <= FEW else "closed"
    return "open"


def named_role(name: str, asked: str, heading: str, values: Sequence[str]) -> Role | None:
    """Return what a column holds where its heading alone tells; None where its values must be looked at."""
    if is_machine_translation(heading):
        return "translated"
    if name in _IDS or heading.strip() == "#" or _ID.fullmatch(name):
        return "id"
    if name in _WHOLE_NAMES:
        return "name"
    if name in _FIRST_NAMES:
        return "first"
    if name in _LAST_NAMES:
        return "last"
    talk = statistics.fmean(len(value.split()) for value in values) if values else 0.0
    if talk < 12 and (_CONTACT.search(asked) or _CONTACT_ALONE.fullmatch(asked)):
        return "private"
    if name in _TECHNICAL or asked.startswith(("points - ", "feedback - ", "points – ", "feedback – ")):
        return "technical"
    if re.fullmatch(r"(?:group|question|page)?time\d+|.*time", name) and values and _share(values, _NUMBERS) == 1:
        return "technical"
    if _CONSENT.search(asked) and (not values or len(set(values)) <= FEW):
        return "technical"
    return None


def _is_closed(asked: str, values: Sequence[str]) -> bool:
    """Return whether the answers to a question are choices, ratings or flags, and no words of one's own."""
    if _share(values, _FLAGS) >= NEARLY_ALL or _share(values, _NUMBERS) >= NEARLY_ALL:
        return True
    scales = sum(bool(_SCALES.fullmatch(plain(value))) for value in values)
    if len(values) > 1 and scales >= NEARLY_ALL * len(values):
        return True
    distinct = len(set(values))
    if distinct == 1 and plain(values[0]) in asked:  # a box that was ticked, with its choice as its heading
        return True
    longest = max(map(len, values))
    if len(values) < ENOUGH:
        few_words = all(len(value.split()) <= 3 for value in values)
        return few_words and distinct < len(values) and not _OPEN.search(asked)
    if distinct <= FEW and len(values) >= (2 if longest <= LONGEST_CHOICE else 5) * distinct:
        return True
    for mark in (";", ", ", "|"):
        pieces = Counter(piece.strip() for value in values for piece in value.split(mark) if piece.strip())
        several = sum(pieces.values()) > len(values)
        if several and len(pieces) <= FEW and sum(pieces.values()) >= 3 * len(pieces):
            return max(map(len, pieces)) <= 2 * LONGEST_CHOICE
    return False


def _share(values: Sequence[str], kind: re.Pattern[str]) -> float:
    """Return the share of values that are of a kind, in [0, 1]."""
    return sum(bool(kind.fullmatch(value)) for value in values) / len(values)
