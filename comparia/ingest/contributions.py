"""Contributions of participation platforms as tables: Decidim, Consul, Polis, any CSV with columns of words and author.

A contribution is a voice like any other, so it is speech: one cue and one turn each, untimed, tied to what it answers.
"""

from __future__ import annotations

import csv
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from comparia.errors import TranscriptError
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Notice, Span, Votes

FORMAT = "contributions-csv"
DESCRIPTION = "Contributions as CSV: Decidim, Consul, Polis, or columns such as author, title and body"

MAX_ROWS = 60_000
"""Rows beyond which a table is refused: no session has as many contributions."""
MAX_CELL = 1_000_000
"""Characters beyond which a cell is refused."""

_DELIMITERS = ";,\t"
_LOCALE = re.compile(r"(?!id$|ok$)[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:contributions?|propositions?|proposals?)[_ .-](?=.)")
_EXCEL = re.compile(r"^sep=(.)$")

# Columns by the letters and digits of their heading, the surest first.
_TITLES = tuple("title titre titulo subject sujet".split())
_BODIES = tuple(
    "commentbody bodytext body summary resume description descripcion text texte texto content contenu contribution "
    "proposition proposal comment commentaire message avis opinion".split()
)
_NAMES = tuple(
    "authorname authordisplayname authorusername author auteur autor displayname username user pseudo pseudonyme "
    "participant utilisateur nom name".split()
)
_AUTHOR_IDS = tuple("authorid authoruniqueid userid idauteur auteurid participantid".split())
_IDS = tuple("id commentid contributionid identifiant proposalid reference".split())
_PARENTS = tuple("parentid parent ancestry replyto inreplyto".split())
_ROOTS = ("commentableid", "proposalid")
_AGREE = tuple(
    "agrees agree votesok votescountok cachedvotesup upvotes votesup likes pour supports numsupports supportscount "
    "votes votescount endorsementstotalcount".split()
)
_DISAGREE = tuple(
    "disagrees disagree votesnok votescountnok cachedvotesdown downvotes votesdown dislikes contre".split()
)
_PASS = tuple("passes pass votesmitige votescountmitige neutral".split())
_REMOVED = tuple("hidden ishidden hiddenat trashed istrashed trashedat deleted deletedat spam retiredat".split())
_TIMED = frozenset("start end starttime endtime speaker".split())

_NO = frozenset(("", "0", "-1", "f", "false", "faux", "no", "non", "nil", "none", "null", "-"))
_YES = frozenset("true vrai yes oui t".split())
_GONE = frozenset("withdrawn retired hidden trashed spam deleted moderated".split())
_SIDES = {"1": "for", "for": "for", "pour": "for", "yes": "for", "-1": "against", "against": "against"} | {
    "contre": "against",
    "no": "against",
}
_NOBODY = re.compile(
    r"(?:anonyme?|anonymous|anonyme?s|deleted (?:user|participant|account)|"
    r"(?:utilisateur|utilisatrice|participant(?:e|·e)?|compte) supprimé(?:e|·e)?|n/?a|null|none|-+|)",
    re.IGNORECASE,
)

_BLOCKS = frozenset("p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote table tr hr pre section article".split())
_INLINE = frozenset(
    "a abbr b big cite code del em figure figcaption font i iframe img ins label mark q s small span strike strong sub "
    "sup svg tbody td th thead tfoot tt u video audio source script style".split()
)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,100000})?/?>")
_CODE = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1>|<!--[^<>]*-->", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution, before its author has a label."""

    name: str
    """Name of the author, or what stands for nobody."""
    author: str
    """Id of the author, if there is one."""
    text: str
    """Title and body, without markup."""
    id: str
    """Its own id."""
    reply_to: str
    """Id of what it answers, empty for none."""
    votes: Votes
    """Votes on it."""
    side: str
    """`for` or `against` what it answers, if it says so."""
    span: Span
    """Where it lies."""


@dataclass(frozen=True)
class _Table:
    """How a table is laid out."""

    first: int
    """Index of the line that holds the headings."""
    delimiter: str
    """What separates cells."""
    columns: Mapping[str, Sequence[tuple[int, str]]]
    """Index and language of the columns of each name."""
    width: int
    """Number of columns."""

    def cell(self, cells: Sequence[str], *names: str, language: str = "") -> str:
        """Return the first filled cell among columns of these names, in the language asked for if there is one."""
        for name in names:
            if name not in self.columns:
                continue
            values = [
                (cells[n].strip(), column_language) for n, column_language in self.columns[name] if n < len(cells)
            ]
            texts = [(text, column_language) for text, column_language in values if text]
            if texts:
                return next((text for text, column_language in texts if column_language == language), texts[0][0])
        return ""


_VOTES_MATRICES = (
    {"participant", "n-votes"}, {"participant", "n-agree"}, {"voter-id", "vote"}, {"comment-id", "voter-id"},
)  # fmt: skip
"""Headings of the exports of Polis that hold votes and no words."""


def refuse_survey(source: Source) -> None:
    """Refuse a table of votes, or one whose columns are questions.

    Read as one text, it would lend everybody's words to nobody.

    Raises:
        TranscriptError: it is one, with what to do.
    """
    first = next((line for line in source.lines if line.strip()), "")
    headings = (
        max((next(csv.reader([first], delimiter=mark), []) for mark in _DELIMITERS), key=len)
        if len(first) < MAX_CELL
        else []
    )
    names = {heading.strip().casefold() for heading in headings}
    if any(columns <= names for columns in _VOTES_MATRICES):
        raise TranscriptError(
            _("these are votes, one row a voter or a vote: they hold no words."),
            source.name,
            cure=_("Give the file of comments alone: it says how many agreed with each."),
        )
    questions = sum(heading.strip().endswith("?") for heading in headings)
    if len(headings) > 2 and questions >= 2:
        raise TranscriptError(
            _("this is a survey: one row a person, and several questions."),
            source.name,
            cure=_("Keep one question: a column named author, or id, and one named body for the answers."),
        )


def sniff(source: Source) -> bool:
    """Return whether the first line holds headings: one for the words, and one for an author, an id or votes."""
    table = _table(source)
    return table is not None and not _TIMED & set(table.columns)


def read(source: Source) -> Reading:
    """Make one cue for each row, in file order; rows moderated or withdrawn are left out and counted."""
    table = _table(source)
    if table is None:
        raise TranscriptError(
            _("no column of this table is known to hold the words of contributions."),
            source.name,
            cure=_("Name its columns author, title and body."),
        )
    reading = Reading()
    contributions: list[Contribution] = []
    left_out = 0
    ragged: list[int] = []
    proposals: set[str] = set()
    for line in range(1, table.first + 1):
        if source.lines[line - 1].strip():
            reading.ignore(N_("header"), source.span(line))
    for _row in _rows(source, table):  # refused before anything is made of it
        pass
    for row, first, last, cells in _rows(source, table):
        span = Span(file=source.name, lines=(first, last), row=row)
        while len(cells) > table.width and not cells[-1].strip():
            cells.pop()
        if row == 1:
            reading.ignore(N_("header"), span)
            continue
        if not any(cell.strip() for cell in cells):
            if cells:
                reading.ignore(N_("empty row"), span)
            continue
        if len(cells) != table.width:
            ragged.append(first)
        if _is_removed(table, cells):
            left_out += 1
            reading.ignore(removed(), span)
        elif "commentbody" in table.columns and _HAS_PROPOSAL & set(table.columns):
            contributions += _proposal_and_comment(table, cells, span, proposals)
        elif (text := _text(table, cells)) == "":
            reading.ignore(N_("contribution without words"), span)
        else:
            contributions.append(_contribution(table, cells, text, span))
    conclude(reading, source, [_without_address(one) for one in contributions], left_out)
    if ragged:
        reading.notices.append(Notice(code="ragged_rows", values={"n": len(ragged)}, file=source.name, line=ragged[0]))
    return reading


def removed() -> str:
    """Return why a contribution that its platform no longer shows is left out."""
    return N_("contribution moderated or withdrawn")


def words(text: str) -> str:
    """Return the words of a text that may be HTML: known tags gone, entities decoded, one line a paragraph."""
    text = _CODE.sub(" ", text) if "<" in text else text
    text = _TAG.sub(_without_tag, text)
    lines = (" ".join(line.split()) for line in re.split(r"[\n\r]+", html.unescape(text)))
    return "\n".join(line for line in lines if line)


def votes(agree: int, disagree: int, passed: int) -> Votes:
    """Return the votes of one group, whose members are not known apart; nothing where nobody voted."""
    return {"all": (agree, disagree, passed)} if agree or disagree or passed else {}


def conclude(reading: Reading, source: Source, found: Sequence[Contribution], left_out: int) -> None:
    """Make cues of contributions.

    A name that several authors bear is told apart by their ids, and who has no name stays unnamed.
    """
    bearers: dict[str, set[str]] = {}
    for one in found:
        bearers.setdefault(one.name, set()).add(one.author)
    for one in found:
        name = "" if _NOBODY.fullmatch(one.name) else one.name
        if name and one.author and len(bearers[name]) > 1:
            name = f"{name} ({one.author})"
        # "Participant" is read as an anonymous label in both languages, and must not change with the reader's language.
        speaker = name or (f"Participant {one.author}" if one.author else None)
        flags = (f"argument_{one.side}",) if one.side else ()
        reading.cues.append(
            Cue(
                speaker=speaker,
                text=one.text,
                span=one.span,
                flags=flags if speaker else (*flags, "no_speaker"),
                id=one.id,
                reply_to=one.reply_to,
                votes=one.votes,
            )
        )
    ids = {one.id for one in found}
    orphans = [one for one in found if one.reply_to.startswith("comment ") and one.reply_to not in ids]
    if orphans and not left_out:
        line = orphans[0].span.lines[0] if orphans[0].span.lines else None
        reading.notices.append(
            Notice(code="replies_to_absent", values={"n": len(orphans)}, file=source.name, line=line)
        )
    if left_out:
        reading.notices.append(Notice(code="moderated", values={"n": left_out}, file=source.name))


def side(value: str) -> str:
    """Return whether an argument is `for` or `against`, by any of the words platforms write it with."""
    return _SIDES.get(value.strip().casefold(), "")


def column_name(heading: str) -> tuple[str, str]:
    """Return the letters and digits of a heading, and its language: `Title/fr` → `title`, `fr`."""
    base, _slash, language = heading.strip().rpartition("/")
    if not base or not _LOCALE.fullmatch(language):
        base, language = heading.strip(), ""
    letters = unicodedata.normalize("NFKD", base.casefold())
    return re.sub(r"[^a-z0-9]+", "", _PREFIX.sub("", letters)), language.lower()


def _table(source: Source) -> _Table | None:
    first = next((n for n, line in enumerate(source.lines) if line.strip()), None)
    if first is None:
        return None
    delimiters = _DELIMITERS
    if (excel := _EXCEL.match(source.lines[first])) and first + 1 < len(source.lines):
        delimiters, first = excel[1], first + 1
    line = source.lines[first]
    if len(line) > MAX_CELL // 10:
        return None
    best: _Table | None = None
    for delimiter in delimiters:
        try:
            headings = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        columns: dict[str, list[tuple[int, str]]] = {}
        for n, heading in enumerate(headings):
            name, language = column_name(heading)
            columns.setdefault(name, []).append((n, language))
        has_heading = any(name in columns for name in (*_NAMES, *_AUTHOR_IDS, *_IDS, *_AGREE))
        if has_heading and any(name in columns for name in _BODIES) and (best is None or len(headings) > best.width):
            best = _Table(first, delimiter, columns, len(headings))
    return best if best is not None and best.width > 1 else None


def _rows(source: Source, table: _Table) -> Iterator[tuple[int, int, int, list[str]]]:
    """Yield rows as number, first line, last line and cells; the headings are row 1.

    Raises:
        TranscriptError: a cell or the table is too large, a quotation mark is never closed, a NUL.
    """
    # Raised for the whole process, and never lowered again: another thread may be reading.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    last_line = last_row_end = table.first
    row = 0
    over = False

    def lines() -> Iterator[str]:
        nonlocal last_line, over
        for n in range(table.first, len(source.lines)):
            if "\0" in source.lines[n]:
                raise source.error(_("row {row} holds a NUL character.").format(row=row + 1), n + 1)
            last_line = n + 1
            yield source.lines[n] + source.ends[n]
        over = True

    reader = csv.reader(lines(), delimiter=table.delimiter)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = _("row {row} cannot be read ({error}).").format(row=row + 1, error=error)
            raise source.error(message, last_row_end + 1) from error
        if cells is None:
            return
        row += 1
        if over:
            message = _("a quotation mark opened in row {row} is never closed.").format(row=row)
            raise source.error(message, last_row_end + 1)
        if any(len(cell) > MAX_CELL for cell in cells):
            message = _("a cell of row {row} is longer than {limit} characters.").format(row=row, limit=MAX_CELL)
            raise source.error(message, last_row_end + 1)
        if row > MAX_ROWS + 1:
            raise TranscriptError(
                _("more than {limit} rows.").format(limit=MAX_ROWS),
                source.name,
                cure=_("Keep the rows of one question or one debate."),
            )
        yield row, last_row_end + 1, last_line, cells
        last_row_end = last_line


def _contribution(table: _Table, cells: Sequence[str], text: str, span: Span) -> Contribution:
    row_id, parent_id = _thread(table, cells, span.row or 0)
    author = table.cell(cells, *_AUTHOR_IDS)
    agree, disagree, neutral = (_count(table.cell(cells, *names)) for names in (_AGREE, _DISAGREE, _PASS))
    return Contribution(
        name=clean_label(table.cell(cells, *_NAMES)),
        author="" if author.casefold() in _NO else clean_label(author),
        text=text,
        id=row_id,
        reply_to=parent_id,
        votes=votes(agree, disagree, neutral),
        side=side(table.cell(cells, "alignment")),
        span=span,
    )


_HAS_PROPOSAL = frozenset("title titre titulo summary resume description body".split())
"""Columns of what a row's comment is about."""


def _proposal_and_comment(table: _Table, cells: Sequence[str], span: Span, proposals: set[str]) -> list[Contribution]:
    """Return the proposal and the comment on it that one row holds: the proposal once, the comment by its own author.

    Args:
        table: its layout.
        cells: the row.
        span: where it lies.
        told: ids of proposals that an earlier row gave.
    """
    contributions = []
    proposal_id = table.cell(cells, "id", "proposalid", "identifiant") or f"row {span.row}"
    pieces = [words(table.cell(cells, *_TITLES))]
    pieces += [
        words(table.cell(cells, name)) for name in _BODIES if name in table.columns and not name.startswith("comment")
    ]
    text = "\n".join(dict.fromkeys(piece for piece in pieces if any(map(str.isalnum, piece))))
    if proposal_id not in proposals and text:
        proposals.add(proposal_id)
        name = clean_label(table.cell(cells, *_NAMES))
        contributions.append(
            Contribution(name=name, author="", text=text, id=proposal_id, reply_to="", votes={}, side="", span=span)
        )
    comment = words(table.cell(cells, "commentbody"))
    if any(map(str.isalnum, comment)):
        parent = table.cell(cells, "commentparentid")
        contributions.append(
            Contribution(
                name=clean_label(table.cell(cells, "commentauthor", "commentauthorname", "commentuser")),
                author="",
                text=comment,
                id=f"comment {table.cell(cells, 'commentid') or span.row}",
                reply_to=proposal_id if parent.casefold() in _NO else f"comment {parent}",
                votes={},
                side="",
                span=span,
            )
        )
    return contributions


_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,24}")


def _without_address(one: Contribution) -> Contribution:
    """Return a contribution with a digest in place of the e-mail address that its author is shown by.

    It is the same in every file: eight hexadecimal digits. Of 2,000 authors, two share one once in 2,000 sessions.
    """
    if not _ADDRESS.fullmatch(one.name):
        return one
    digest = hashlib.sha256(one.name.casefold().encode()).hexdigest()[:8]
    return replace(one, name="", author=one.author or digest)


def _thread(table: _Table, cells: Sequence[str], row: int) -> tuple[str, str]:
    """Return the id of a row and of what it answers; ids of comments are apart from those of what they comment on."""
    row_id = table.cell(cells, *_IDS) or f"row {row}"
    parent = table.cell(cells, *_PARENTS).rpartition("/")[2].strip()
    parent = "" if parent.casefold() in _NO else parent
    if not any(root in table.columns for root in _ROOTS) or not {"id", "commentid"} & set(table.columns):
        return row_id, parent
    root = table.cell(cells, *_ROOTS)
    kind = table.cell(cells, "commentabletype")
    depth = table.cell(cells, "depth")
    if not parent and (kind.endswith("Comment") if kind else depth not in ("", "0")):
        parent, root = root, ""
    return f"comment {row_id}", f"comment {parent}" if parent else root


def _text(table: _Table, cells: Sequence[str]) -> str:
    language = table.cell(cells, "locale").lower()
    pieces = [words(table.cell(cells, *_TITLES, language=language))]
    pieces += [words(table.cell(cells, name, language=language)) for name in _BODIES if name in table.columns]
    return "\n".join(dict.fromkeys(piece for piece in pieces if any(map(str.isalnum, piece))))


def _is_removed(table: _Table, cells: Sequence[str]) -> bool:
    moderation = table.cell(cells, "moderated").casefold()
    publication = table.cell(cells, "published", "ispublished").casefold()
    return (
        moderation.startswith("-")
        or moderation in _YES
        or any(table.cell(cells, name).casefold() not in _NO for name in _REMOVED)
        or table.cell(cells, "state", "status").casefold() in _GONE
        or (publication != "" and publication in _NO)
    )


def _count(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _without_tag(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name in _BLOCKS:
        return "\n"
    if name in ("td", "th"):
        return " "
    return "" if name in _INLINE else tag[0]
