"""Blind votes on the variants of a run: open, vote, close, count.

judging   = open_judging(run, variants, …, store)   two to four recaps, their authors hidden
open_vote = OpenVote(store, run, judging)           takes the votes; each voter reads the recaps in a random order
result    = tally(close(judging.id, store))         shares, duels, and an order where the votes support one
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from comparia.backends.cards import Card, card
from comparia.errors import ConfigurationError, InputError, StoreError
from comparia.messages import gettext as _
from comparia.records import Ballot, Choice, Judging, Remark, Run, Tag, Variant, now
from comparia.store import Store
from comparia.store.votes import Voter
from comparia.voting import tags as known_tags
from comparia.voting.masking import Masking, Unsigned
from comparia.voting.tally import Duel, Result, Share, tally

__all__ = [
    "LETTERS",
    "Card",
    "Duel",
    "OpenVote",
    "Result",
    "Share",
    "Unsigned",
    "card",
    "change_tags",
    "close",
    "open_judging",
    "tags_of",
    "tally",
    "unsigning",
]

LETTERS = "ABCD"
"""Letters that name the recaps, in the order in which a voter reads them."""

MOST_VOTERS = 200
"""Most ballots of one blind vote; larger votes were not measured."""

MOST_READERS = 10 * MOST_VOTERS
"""Most browsers that may open the recaps: some only preview them, or open them a second time, and do not vote."""

MOST_REMARKS = 60
"""Most tags on one ballot."""


def open_judging(
    run: Run,
    variants: Sequence[str],
    store: Store,
    *,
    same_style: bool = False,
    same_letters: bool = False,
    question: str = "",
) -> Judging:
    """Open a blind vote on two to four recaps of a stored run.

    Raises:
        ConfigurationError: there are fewer than two or more than four variants, or one has no recap.
    """
    with_recap = {variant.id for variant in run.variants if variant.summary}
    names = tuple(dict.fromkeys(variants))
    if same_letters:
        shuffle = list(names)
        secrets.SystemRandom().shuffle(shuffle)
        names = tuple(shuffle)
    if not 2 <= len(names) <= len(LETTERS) or not set(names) <= with_recap:
        raise ConfigurationError(
            _("A blind vote is on two to four recaps of a run."), _("Choose them among those that were written.")
        )
    judging = Judging(
        id=secrets.token_hex(6),
        run=run.id,
        variants=names,
        same_style=same_style,
        same_letters=same_letters,
        question=" ".join(question.split())[:300],
        opened_at=now(),
        tags=tuple(tag for tag in tags_of(store) if not tag.archived),
    )
    store.votes.open(judging)
    return judging


def close(judging_id: str, store: Store) -> Judging:
    """Close a vote in the store and return it: no more ballots, voter tokens erased, authors may be shown."""
    store.votes.close(judging_id)
    return store.votes.judging(judging_id)


def tags_of(store: Store) -> list[Tag]:
    """Return the tags of this installation, with the archived ones."""
    return store.votes.tags() or list(known_tags.FIRST)


def change_tags(store: Store, wanted: Sequence[Tag], new: Sequence[tuple[str, str, bool]]) -> None:
    """Store the tags as a person edited them; a tag missing from `wanted` is archived (see `tags.changed`)."""
    store.votes.keep_tags(known_tags.changed(tags_of(store), wanted, new))


def unsigning(run: Run) -> Callable[[str], str]:
    """Return a function that masks the names of every backend of a run in a text, complete or still being written."""
    empty_variants = [
        Variant(id=cell.variant, prompt=None, backend=cell.backend, finished_at=run.created_at)
        for cell in run.plan.cells
    ]
    masking = Masking(run, [*empty_variants, *run.variants], same_style=False)

    def unsigned(text: str) -> str:
        return masking.unsigned(empty_variants[0].model_copy(update={"summary": text})).text if empty_variants else text

    return unsigned


class Place(NamedTuple):
    """A recap, as shown to one voter."""

    letter: str
    """A, B, C or D: its place for this voter."""
    variant: str
    """Id of the variant; it is not sent to the browser."""
    masked: int
    """Number of names masked in the recap."""


class OpenVote:
    """An open vote on one judging: its voters, the order in which each reads the recaps, and their ballots.

    Everything is in memory and on disk, so that a restarted server knows its voters. An OpenVote belongs to one event
    loop.

    Args:
        store: the store; it must stay open as long as this object is used.
        run: the run of the variants.
        judging: the blind vote.
        limit: highest number of ballots.
    """

    def __init__(self, store: Store, run: Run, judging: Judging, limit: int = MOST_VOTERS) -> None:
        self.judging = judging
        self.closed = judging.closed_at is not None
        self._writing: set[asyncio.Future[None]] = set()
        self._closing = asyncio.Lock()
        self._over = self.closed
        self.title = run.transcript.title
        self.language = run.transcript.language
        self._store = store
        self._limit = limit
        by_id: Mapping[str, Variant] = {variant.id: variant for variant in run.variants}
        voted_on = [by_id[name] for name in judging.variants]
        masking = Masking(run, voted_on, same_style=judging.same_style)
        self.unsigned = {variant.id: masking.unsigned(variant) for variant in voted_on}
        self._voters = {voter.token: voter for voter in store.votes.voters(judging.id)}
        self._ballots = {ballot.voter: ballot for ballot in store.votes.ballots(judging.id)}
        self._next = 1 + max([0, *self._ballots, *(voter.number for voter in self._voters.values())])

    @property
    def came(self) -> int:
        """Number of voters who opened the recaps."""
        return len(self._voters)

    @property
    def voted(self) -> int:
        """Number of ballots."""
        return len(self._ballots)

    def known(self, token: str) -> Voter | None:
        """Return the voter who holds a token; None if there is none."""
        return self._voters.get(_digest(token)) if token else None

    async def arrive(self) -> tuple[str, Voter]:
        """Register a new voter; return a random token for their browser, and the voter, with an order of the recaps.

        Raises:
            ConfigurationError: the vote is closed, or the room is full.
        """
        self._let_in(new=True)
        token = secrets.token_urlsafe(18)
        order = list(self.judging.variants)
        if not self.judging.same_letters:
            secrets.SystemRandom().shuffle(order)
        voter = Voter(self._next, _digest(token), tuple(order), now().isoformat())
        self._next += 1
        self._voters[voter.token] = voter
        try:
            await self._await_write(self._store.votes.add_voter(self.judging.id, voter))
        except BaseException:
            self._voters.pop(voter.token, None)
            raise
        return token, voter

    def places(self, voter: Voter) -> list[Place]:
        """Return the recaps in the order of one voter."""
        return [
            Place(letter, variant, self.unsigned[variant].masked)
            for letter, variant in zip(LETTERS, voter.order, strict=False)
        ]

    def said(self, voter: Voter) -> Ballot | None:
        """Return the ballot of a voter; None if they have not voted."""
        return self._ballots.get(voter.number)

    def letter(self, voter: Voter, variant: str) -> str:
        """Return the letter of a variant for one voter."""
        return LETTERS[voter.order.index(variant)]

    async def cast(
        self, voter: Voter, answer: str, *, second: str = "", remarks: Sequence[tuple[str, str, str]] = ()
    ) -> Ballot:
        """Record a vote, which replaces an earlier one of the same voter, and return the ballot once it is on disk.

        Args:
            voter: who votes.
            answer: a letter, or `all_good`, `all_bad`, `unknown`.
            second: the letter of the second best, if the voter gives one.
            remarks: letter, tag and sentence (empty for the whole recap).

        Raises:
            InputError: `answer` is none of these.
            ConfigurationError: the vote is closed, or the room is full.
        """
        before = self._ballots.get(voter.number)
        self._let_in(new=before is None)
        by_letter = dict(zip(LETTERS, voter.order, strict=False))
        choice: Choice = "better"
        order: tuple[str, ...] = ()
        if answer in by_letter:
            order = tuple(dict.fromkeys(by_letter[letter] for letter in (answer, second) if letter in by_letter))
        elif answer in ("all_good", "all_bad", "unknown"):
            choice = answer  # type: ignore[assignment]
        else:
            raise InputError(_("Choose an answer first."))
        tag_ids = {tag.id for tag in self.judging.tags}
        valid_remarks = tuple(
            dict.fromkeys(
                Remark(variant=by_letter[letter], tag=tag, sentence=sentence[:1000])
                for letter, tag, sentence in remarks
                if letter in by_letter and tag in tag_ids
            )
        )
        ballot = Ballot(
            voter=voter.number,
            at=now(),
            choice=choice,
            order=order,
            shown=voter.order,
            remarks=valid_remarks[:MOST_REMARKS],
            seconds=round((now() - datetime.fromisoformat(voter.shown_at)).total_seconds(), 1),
        )
        self._ballots[voter.number] = ballot
        try:
            await self._await_write(self._store.votes.cast(self.judging.id, ballot))
        except StoreError:  # a ballot that is not on disk is not counted
            if self._ballots.get(voter.number) is ballot:
                self._ballots.pop(voter.number)
                self._ballots |= {voter.number: before} if before is not None else {}
            raise
        return ballot

    async def close(self) -> Judging:
        """Close the vote: refuse new ballots, await pending writes, erase voter tokens in memory and on disk.

        Idempotent: a second call returns the closed judging.

        Raises:
            StoreError: the store could not write; the vote is open again.
        """
        async with self._closing:
            if self.closed:
                return self.judging
            self._over = True
            await asyncio.gather(*self._writing, return_exceptions=True)
            try:
                self.judging = await asyncio.to_thread(close, self.judging.id, self._store)
            except BaseException:
                self._over = False
                raise
            self.closed = True
            self._voters.clear()
            return self.judging

    def _let_in(self, *, new: bool) -> None:
        if self._over:
            raise ConfigurationError(_("This vote is closed."))
        if new and (self.voted >= self._limit or self.came >= MOST_READERS):
            raise ConfigurationError(_("This room is full ({n} voters).").format(n=self._limit))

    async def _await_write(self, work: Coroutine[Any, Any, None]) -> None:
        """Await a write. It is shielded from cancellation: a vote counts even if the voter's connection is lost."""
        writing = asyncio.ensure_future(work)
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await asyncio.shield(writing)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
