"""Contributions of participation platforms as tables: Decidim, Consul, Polis, any CSV with columns of words and author.

A contribution is a voice like any other, so it is speech: one cue and one turn each, untimed, tied to what it answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from comparia.errors import TranscriptError
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
from comparia.records import Cue, Notice, Span, Votes

FORMAT = "contributions-csv"
DESCRIPTION = "Contributions as CSV: Decidim, Consul, Polis, or columns such as author, title and body"

# Columns by the letters and digits of their heading, the surest first.
_TITLES = tuple("title titre titulo subject sujet".split())
_BODIES = tuple(
    "commentbody bodytext body summary resume description descripcion text texte texto content contenu contribution "
    "proposition proposal comment commentaire message avis opinion".split()
)
_NAMES = tuple(
    "authorname authordisplayname authorusername nomdelauteur author auteur "
    "autor displayname username user pseudo pseudonyme "
    "participant utilisateur nom name".split()
)
_AUTHOR_IDS = tuple("authorid authoruniqueid userid idauteur iddelauteur auteurid participantid".split())
_IDS = tuple("id commentid contributionid identifiant proposalid reference".split())
_PARENTS = tuple("parentid parent ancestry replyto inreplyto".split())
_ROOTS = ("commentableid", "proposalid")
_AGREE = tuple(
    "agrees agree votesok votescountok cachedvotesup upvotes votesup "
    "likes nombredelikes pour supports numsupports supportscount "
    "votes votescount endorsementstotalcount".split()
)
_DISAGREE = tuple(
    "disagrees disagree votesnok votescountnok cachedvotesdown "
    "downvotes votesdown dislikes nombrededislikes contre".split()
)
_PASS = tuple("passes pass votesmitige votescountmitige neutral incertaine".split())
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

_OF_PEOPLE = re.compile(
    r"(?:(?P<whose>author|auteur|autrice|user|utilisateur|participant)\b.*?)?"
    r"\b(?P<what>age|tranche d'age|age group|gender|sexe|genre|profession|occupation|csp|"
    r"quartier|district|area|scope|commune|ville|city|code postal|postcode|zip|organi[sz]ation|role|fonction)"
    r"(?:\W+(?:name|nom|\w\w))*"
)
"""Headings of what is known of an author, without accents."""
_OF_NOTHING_ELSE = frozenset(
    ("age", "tranche d'age", "age group", "gender", "sexe", "genre", "profession", "occupation", "csp")
)
"""Those that say so without naming the author: a district may be that of what is proposed."""
LONGEST_ATTRIBUTE = 80
"""Characters beyond which a value is no attribute of a person."""


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
    about: str = ""
    """Question that it answers."""
    flags: tuple[str, ...] = ()
    """What was noticed of it."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What is known of its author."""


@dataclass(frozen=True)
class _Layout:
    """What the columns of a table hold."""

    columns: Mapping[str, Sequence[tuple[int, str]]]
    """Index and language of the columns of each name."""
    people: Mapping[int, str]
    """Index and heading of the columns that say something of the author."""
    translated: Sequence[str]
    """Headings of the columns that a machine translated."""

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


def layout_of(headings: Sequence[str]) -> _Layout | None:
    """Return what columns hold; None where no heading names the words, or none an author, an id or votes."""
    columns: dict[str, list[tuple[int, str]]] = {}
    people: dict[int, str] = {}
    translated = []
    for n, heading in enumerate(headings):
        name, language = column_name(heading)
        if is_machine_translation(heading):
            translated.append(shown_heading(heading))
            continue
        columns.setdefault(name, []).append((n, language))
        match = _OF_PEOPLE.fullmatch(plain(heading).replace("/", " ").replace("_", " "))
        if match and (match["whose"] or match["what"] in _OF_NOTHING_ELSE):
            people[n] = " ".join(heading.split())
    if not any(name in columns for name in (*_NAMES, *_AUTHOR_IDS, *_IDS, *_AGREE)):
        return None
    if len(headings) < 2 or not any(name in columns for name in _BODIES) or _TIMED & set(columns):
        return None
    return _Layout(columns, people, translated)


def sniff(source: Source) -> bool:
    """Return whether the first line holds headings: one for the words, and one for an author, an id or votes."""
    return _table(source) is not None


def read(source: Source) -> Reading:
    """Make one cue for each row, in file order; rows moderated or withdrawn are left out and counted."""
    table = _table(source)
    if table is None:
        raise TranscriptError(
            _("no column of this table is known to hold the words of contributions."),
            source.name,
            cure=_("Name its columns author, title and body."),
        )
    return read_table(table)


def read_table(table: Table) -> Reading:
    """As `read`, for a table whose layout is known.

    Raises:
        TranscriptError: it is not, or the table is too large or damaged.
    """
    layout = layout_of(table.headings)
    source = table.source
    if layout is None:
        raise source.error(_("no column of this table is known to hold the words of contributions."))
    reading = Reading()
    contributions: list[Contribution] = []
    gone: list[str] = []
    proposals: set[str] = set()
    for row in body(table, reading):
        span = table.span(row)
        if _is_removed(layout, row.cells):
            gone.append(_thread(layout, row.cells, row.number)[0])
            reading.ignore(removed(), span)
        elif "commentbody" in layout.columns and _HAS_PROPOSAL & set(layout.columns):
            contributions += _proposal_and_comment(layout, row.cells, span, proposals)
        elif (text := _text(layout, row.cells)) == "":
            reading.ignore(N_("contribution without words"), span)
        else:
            contributions.append(_contribution(layout, row, text, span))
    conclude(reading, source, contributions, gone)
    if layout.translated:
        values = {"columns": tuple(layout.translated)}
        reading.notices.append(Notice(code="machine_translated", values=values, file=source.name))
    if layout.people and reading.attributes:
        values = {"columns": tuple(map(shown_heading, layout.people.values()))}
        reading.notices.append(Notice(code="attributes", values=values, file=source.name))
    return reading


def _table(source: Source) -> Table | None:
    known = [table for table in tables_of(source) if layout_of(table.headings)]
    return max(known, key=lambda table: len(table.headings), default=None)


def removed() -> str:
    """Return why a contribution that its platform no longer shows is left out."""
    return N_("contribution moderated or withdrawn")


def votes(agree: int, disagree: int, passed: int) -> Votes:
    """Return the votes of one group, whose members are not known apart; nothing where nobody voted."""
    return {"all": (agree, disagree, passed)} if agree or disagree or passed else {}


def conclude(reading: Reading, source: Source, found: Sequence[Contribution], gone: Sequence[str]) -> None:
    """Make cues of contributions.

    A name that several authors bear is told apart by their ids, and who has no name stays unnamed.

    Args:
        reading: what they are added to.
        source: where they come from.
        found: the contributions.
        gone: ids of those that were moderated or withdrawn.
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
        flags = (*one.flags, f"argument_{one.side}") if one.side else one.flags
        if speaker and one.attributes:
            known = reading.attributes.setdefault(speaker, {})
            known.update((key, value) for key, value in one.attributes.items() if key not in known)
        reading.cues.append(
            Cue(
                speaker=speaker,
                text=one.text,
                span=one.span,
                flags=flags if speaker else (*flags, "no_speaker"),
                id=one.id,
                reply_to=one.reply_to,
                votes=one.votes,
                about=one.about,
            )
        )
    reading.removed.update(gone)
    meta = [one for one in found if META in one.flags]
    if meta:
        line = meta[0].span.lines[0] if meta[0].span.lines else None
        reading.notices.append(Notice(code="meta_statement", values={"n": len(meta)}, file=source.name, line=line))
    ids = {one.id for one in found} | reading.removed
    orphans = [one for one in found if one.reply_to.startswith("comment ") and one.reply_to not in ids]
    if orphans:
        line = orphans[0].span.lines[0] if orphans[0].span.lines else None
        reading.notices.append(
            Notice(code="replies_to_absent", values={"n": len(orphans)}, file=source.name, line=line)
        )
    if gone:
        reading.notices.append(Notice(code="moderated", values={"n": len(gone)}, file=source.name))


def side(value: str) -> str:
    """Return whether an argument is `for` or `against`, by any of the words platforms write it with."""
    return _SIDES.get(value.strip().casefold(), "")


META = "meta_statement"
"""Flag and notice of a statement about who votes, not about what is debated (Polis)."""


def _contribution(layout: _Layout, row: Row, text: str, span: Span) -> Contribution:
    cells = row.cells
    row_id, parent_id = _thread(layout, cells, row.number)
    author_id = layout.cell(cells, *_AUTHOR_IDS)
    # Polis counts people from 0; elsewhere 0 is nobody.
    nobody = _NO - {"0"} if "commentid" in layout.columns else _NO
    author_id = "" if author_id.casefold() in nobody else clean_label(author_id)
    name, author = without_address(clean_label(layout.cell(cells, *_NAMES)), author_id)
    agree, disagree, neutral = (_count(layout.cell(cells, *names)) for names in (_AGREE, _DISAGREE, _PASS))
    known = {heading: cells[n].strip() for n, heading in layout.people.items() if n < len(cells)}
    return Contribution(
        name=name,
        author=author,
        text=text,
        id=row_id,
        reply_to=parent_id,
        votes=votes(agree, disagree, neutral),
        side=side(layout.cell(cells, "alignment")),
        span=span,
        flags=(META,) if layout.cell(cells, "ismeta", "meta").casefold() in (*_YES, "1") else (),
        attributes={key: value for key, value in known.items() if 0 < len(value) <= LONGEST_ATTRIBUTE},
    )


_HAS_PROPOSAL = frozenset("title titre titulo summary resume description body".split())
"""Columns of what a row's comment is about."""


def _proposal_and_comment(layout: _Layout, cells: Sequence[str], span: Span, proposals: set[str]) -> list[Contribution]:
    """Return the proposal and the comment on it that one row holds: the proposal once, the comment by its own author.

    Args:
        layout: what its columns hold.
        cells: the row.
        span: where it lies.
        proposals: ids of proposals that an earlier row gave.
    """
    contributions = []
    proposal_id = layout.cell(cells, "id", "proposalid", "identifiant") or f"row {span.row}"
    pieces = [words(layout.cell(cells, *_TITLES))]
    pieces += [
        words(layout.cell(cells, name)) for name in _BODIES if name in layout.columns and not name.startswith("comment")
    ]
    text = "\n".join(dict.fromkeys(piece for piece in pieces if any(map(str.isalnum, piece))))
    if proposal_id not in proposals and text:
        proposals.add(proposal_id)
        name, author = without_address(clean_label(layout.cell(cells, *_NAMES)), "")
        contributions.append(
            Contribution(name=name, author=author, text=text, id=proposal_id, reply_to="", votes={}, side="", span=span)
        )
    comment = words(layout.cell(cells, "commentbody"))
    if any(map(str.isalnum, comment)):
        parent = layout.cell(cells, "commentparentid")
        name, author = without_address(
            clean_label(layout.cell(cells, "commentauthor", "commentauthorname", "commentuser")), ""
        )
        contributions.append(
            Contribution(
                name=name,
                author=author,
                text=comment,
                id=f"comment {layout.cell(cells, 'commentid') or span.row}",
                reply_to=proposal_id if parent.casefold() in _NO else f"comment {parent}",
                votes={},
                side="",
                span=span,
            )
        )
    return contributions


def _thread(layout: _Layout, cells: Sequence[str], row: int) -> tuple[str, str]:
    """Return the id of a row and of what it answers; ids of comments are apart from those of what they comment on."""
    row_id = layout.cell(cells, *_IDS) or f"row {row}"
    parent = layout.cell(cells, *_PARENTS).rpartition("/")[2].strip()
    parent = "" if parent.casefold() in _NO else parent
    if not any(root in layout.columns for root in _ROOTS) or not {"id", "commentid"} & set(layout.columns):
        return row_id, parent
    root = layout.cell(cells, *_ROOTS)
    kind = layout.cell(cells, "commentabletype")
    depth = layout.cell(cells, "depth")
    if not parent and (kind.endswith("Comment") if kind else depth not in ("", "0")):
        parent, root = root, ""
    return f"comment {row_id}", f"comment {parent}" if parent else root


def _text(layout: _Layout, cells: Sequence[str]) -> str:
    language = layout.cell(cells, "locale").lower()
    pieces = [words(layout.cell(cells, *_TITLES, language=language))]
    pieces += [words(layout.cell(cells, name, language=language)) for name in _BODIES if name in layout.columns]
    return "\n".join(dict.fromkeys(piece for piece in pieces if any(map(str.isalnum, piece))))


def _is_removed(layout: _Layout, cells: Sequence[str]) -> bool:
    moderation = layout.cell(cells, "moderated").casefold()
    publication = layout.cell(cells, "published", "ispublished").casefold()
    return (
        moderation.startswith("-")
        or moderation in _YES
        or any(layout.cell(cells, name).casefold() not in _NO for name in _REMOVED)
        or layout.cell(cells, "state", "status").casefold() in _GONE
        or (publication != "" and publication in _NO)
    )


def _count(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
