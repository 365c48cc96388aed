"""Votes that Polis exports beside its comments: one row a vote, a voter or a comment, counted for the comments.

A table of comments by group holds the words too: it is a session by itself where no other file holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from comparia.errors import TranscriptError
from comparia.ingest.source import MAX_LINES, CommentVotes, Reading, Source
from comparia.ingest.tables import Table, tables_of, words
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Notice, Span, Votes

FORMAT = "polis-votes"
DESCRIPTION = (
    "Votes of Polis (`votes.csv`, `participant-votes.csv`, `comment-groups.csv`), given with its `comments.csv`"
)

_ONE_A_VOTE = ("comment-id", "voter-id", "vote")
_ONE_A_VOTER = ("participant", "n-votes")
_ONE_A_COMMENT = ("comment-id", "comment", "total-votes")
_OF_GROUP = re.compile(r"group-([a-z])-(agrees|disagrees|passes)")
_VOTES = {"1": 1, "-1": -1, "0": 0, "1.0": 1, "-1.0": -1, "0.0": 0}


def sniff(source: Source) -> bool:
    """Return whether it has the headings of votes, or of voters."""
    return _table(source) is not None


def read(source: Source) -> Reading:
    """Return votes and groups, with a cue for each comment whose words are there.

    The latest vote of a person on a comment counts.
    """
    table = _table(source)
    if table is None:
        raise source.error(_("these are no votes of Polis."))
    names = [heading.strip().casefold() for heading in table.headings]
    reading = Reading(votes=CommentVotes())
    last = table.first + 1
    rows = table.rows(MAX_LINES)
    for row in rows:
        last = row.lines[1] if row.lines else last
        if row.number == 1:
            continue
        cells = dict(zip(names, (cell.strip() for cell in row.cells), strict=False))
        if "participant" in cells:
            _add_voter(reading, cells)
        elif "comment" in cells:
            _add_comment(reading, cells, table.span(row))
        else:
            _add_vote(reading, cells)
    if reading.cues:
        reading.ignore(N_("header"), source.span(1, 1))
    else:
        reading.ignore(N_("votes"), source.span(1, last))
    return reading


def _table(source: Source) -> Table | None:
    for table in tables_of(source):
        names = {heading.strip().casefold() for heading in table.headings}
        if any(names.issuperset(headings) for headings in (_ONE_A_VOTE, _ONE_A_VOTER, _ONE_A_COMMENT)):
            return table
    return None


def _add_vote(reading: Reading, cells: dict[str, str]) -> None:
    vote = _VOTES.get(cells.get("vote", ""))
    if reading.votes is None or vote is None:
        return
    key = (cells.get("voter-id", ""), cells.get("comment-id", ""))
    at = int(cells["timestamp"]) if cells.get("timestamp", "").isdecimal() else 0
    if at >= reading.votes.times.get(key, 0):
        reading.votes.times[key] = at
        reading.votes.votes[key] = vote


def _add_voter(reading: Reading, cells: dict[str, str]) -> None:
    if reading.votes is None:
        return
    voter = cells["participant"]
    if group := cells.get("group-id", "").removesuffix(".0"):
        reading.votes.groups[voter] = group
    for comment, cell in cells.items():
        if comment.isdecimal() and (vote := _VOTES.get(cell)) is not None:
            reading.votes.votes[voter, comment] = vote


def _add_comment(reading: Reading, cells: dict[str, str], span: Span) -> None:
    """Add a comment, and what each group voted on it. Groups are letters here and numbers elsewhere: a is 0."""
    text = " ".join(words(cells["comment"]).split())
    if not any(map(str.isalnum, text)) or reading.votes is None:
        reading.ignore(N_("row without words"), span)
        return
    tally: dict[str, list[int]] = {}
    for heading, cell in cells.items():
        if (match := _OF_GROUP.fullmatch(heading)) and cell.isdecimal():
            place = ("agrees", "disagrees", "passes").index(match[2])
            tally.setdefault(f"group {ord(match[1]) - ord('a')}", [0, 0, 0])[place] = int(cell)
    if not tally:
        everybody = [cells.get(f"total-{kind}", "") for kind in ("agrees", "disagrees", "passes")]
        tally = {"all": [int(cell) if cell.isdecimal() else 0 for cell in everybody]}
    votes: Votes = {group: (each[0], each[1], each[2]) for group, each in sorted(tally.items())}
    reading.votes.tallies[cells["comment-id"]] = votes
    reading.cues.append(
        Cue(speaker=None, text=text, span=span, flags=("no_speaker",), id=cells["comment-id"], votes=votes)
    )


def count(readings: Sequence[tuple[Source, Reading]]) -> None:
    """Put the votes that were given on the comments that were given, by group where groups are known.

    Raises:
        TranscriptError: votes without their comments.
    """
    of_votes = [(source, reading.votes) for source, reading in readings if reading.votes is not None]
    if not of_votes:
        return
    _leave_words_once(readings)
    given = CommentVotes()
    for _source, votes in sorted(of_votes, key=lambda item: not item[1].groups):  # those of `votes.csv` are newer
        given.votes.update(votes.votes)
        given.groups.update(votes.groups)
        given.tallies.update(votes.tallies)
    voted = {comment for _voter, comment in given.votes} | set(given.tallies)
    commented = [(source, reading) for source, reading in readings if any(cue.id in voted for cue in reading.cues)]
    if not commented:
        raise TranscriptError(
            _("these are votes, one row a voter or a vote: they hold no words."),
            of_votes[0][0].name,
            cure=_("Give the file of comments alone, or with these: it says how many agreed with each."),
        )
    tallies = {**_tallies(given), **given.tallies}
    for source, reading in commented:
        reading.cues[:] = [
            cue.model_copy(update={"votes": tallies[cue.id]}) if cue.id in tallies else cue for cue in reading.cues
        ]
        for label in _labels(reading.cues):
            group = given.groups.get(label.removeprefix("Participant "))
            if group is not None:
                reading.attributes.setdefault(label, {}).setdefault("group", group)
        ungrouped = {voter for voter, _comment in given.votes} - set(given.groups) if given.groups else set()
        if ungrouped:
            values = {"n": len(ungrouped)}
            reading.notices.append(Notice(code="votes_without_group", values=values, file=source.name))


def _leave_words_once(readings: Sequence[tuple[Source, Reading]]) -> None:
    """Leave out comments of a table by group whose words stand in another file, which knows who wrote them."""
    others = {cue.id for _source, reading in readings if reading.votes is None for cue in reading.cues}
    others |= {removed for _source, reading in readings if reading.votes is None for removed in reading.removed}
    for _source, reading in readings:
        if reading.votes is None or not others:
            continue
        for cue in reading.cues:
            if cue.id in others:
                reading.ignore(N_("votes"), cue.span)
        reading.cues[:] = [cue for cue in reading.cues if cue.id not in others]


def _labels(cues: Iterable[Cue]) -> dict[str, None]:
    return dict.fromkeys(cue.speaker for cue in cues if cue.speaker)


def _tallies(given: CommentVotes) -> dict[str, Votes]:
    """Return the votes on each comment: agree, disagree and pass, by group; of everybody where there is no group."""
    counts: dict[str, dict[str, list[int]]] = {}
    for (voter, comment), vote in given.votes.items():
        if given.groups and voter not in given.groups:
            continue
        group = f"group {given.groups[voter]}" if given.groups else "all"
        tally = counts.setdefault(comment, {}).setdefault(group, [0, 0, 0])
        tally[{1: 0, -1: 1, 0: 2}[vote]] += 1
    return {
        comment: {group: (tally[0], tally[1], tally[2]) for group, tally in sorted(by_group.items())}
        for comment, by_group in counts.items()
    }
