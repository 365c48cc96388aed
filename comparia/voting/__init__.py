"""Blind votes on recaps of one session: open, vote, close, count, show the authors.

judging   = open_judging(run, variants, …, store)   two to four recaps, of one run or of several, their authors hidden
open_vote = OpenVote(store, run, judging)           takes the votes; each voter reads the recaps in a random order
result    = tally(close(judging.id, store))         shares, duels, and an order where the votes support one
judging   = show_names(judging.id, store)           the vote is over: the tokens of its voters are erased
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import statistics
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from comparia.backends.cards import Card, card
from comparia.errors import ConfigurationError, InputError, StoreError
from comparia.messages import gettext as _
from comparia.records import (
    Backend,
    Ballot,
    Choice,
    Item,
    Judging,
    Prompt,
    Remark,
    Run,
    Tag,
    Variant,
    now,
    token_digest,
)
from comparia.reports.wording.labels import recap_label
from comparia.store import Store
from comparia.store.votes import Voter
from comparia.voting import tags as known_tags
from comparia.voting.masking import Masking, Unsigned
from comparia.voting.tally import Duel, Result, Share, tally

__all__ = [
    "LETTERS",
    "Card",
    "Crowd",
    "Duel",
    "OpenVote",
    "Result",
    "Share",
    "Unsigned",
    "card",
    "change_tags",
    "close",
    "judged_run",
    "labels_of",
    "open_judging",
    "reopen",
    "show_names",
    "tags_of",
    "tally",
    "unsigning",
]

LETTERS = "ABCD"
"""Letters that name the recaps, in the order in which a voter reads them."""

MOST_VOTERS = 500
"""Most ballots of one blind vote; larger votes were not measured."""

MOST_FROM_ONE_ADDRESS = 300
"""Most ballots from one address: a script on one device cannot fill the vote, and phones behind one address come in."""

MOST_READERS = 4_000
"""Most browsers that are counted as readers; they are counted in memory only."""

CROWD = 8
"""Ballots from one address that are pointed out: one device, or phones that share a connection."""

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
    """Open a blind vote on two to four recaps of one session.

    Args:
        run: a stored run, whose file will carry the vote.
        variants: ids of its variants; `run:variant` for a recap of another stored run of the same session.
        store: where runs and votes are kept.
        same_style: whether marks of style are taken out of what voters read.
        same_letters: whether all voters meet the recaps in one order.
        question: what voters are asked; the usual question when empty.

    Raises:
        ConfigurationError: there are fewer than two or more than four variants, one has no recap, or one is of another
            session.
        UnknownName: a run is not stored.
    """
    items = {name: _item(run, name) for name in variants}
    items = {_name_in(run, item): item for item in items.values()}
    runs = {run.id: run}
    for item in items.values():
        if item.run not in runs:
            runs[item.run] = store.runs.read(item.run, with_scores=False)
    if any(other.transcript.id != run.transcript.id for other in runs.values()):
        raise ConfigurationError(
            _("A blind vote is on recaps of one session."), _("Choose recaps of the same session.")
        )
    with_recap = {(other.id, variant.id) for other in runs.values() for variant in other.variants if variant.summary}
    if not 2 <= len(items) <= len(LETTERS) or not {(item.run, item.variant) for item in items.values()} <= with_recap:
        raise ConfigurationError(
            _("A blind vote is on two to four recaps of a session."), _("Choose them among those that were written.")
        )
    names = list(items)
    secrets.SystemRandom().shuffle(names)  # the letters of the screen say nothing of the order of the columns
    judging = Judging(
        id=secrets.token_hex(6),
        run=run.id,
        variants=tuple(names),
        items=tuple(items[name] for name in names),
        same_style=same_style,
        same_letters=same_letters,
        question=" ".join(question.split())[:300],
        opened_at=now(),
        tags=tuple(tag for tag in tags_of(store) if not tag.archived),
    )
    store.votes.open(judging)
    return judging


def _item(run: Run, name: str) -> Item:
    run_id, colon, variant = name.partition(":")
    return Item(run=run_id, variant=variant) if colon else Item(run=run.id, variant=name)


def _name_in(run: Run, item: Item) -> str:
    return item.variant if item.run == run.id else f"{item.run}:{item.variant}"


def judged_run(judging: Judging, runs: Mapping[str, Run]) -> Run:
    """Return the recaps of a vote as one run, whatever runs they are of, under the names that ballots give them.

    Args:
        judging: the vote.
        runs: the stored runs of its recaps, by id. A recap whose run was removed is left out; the run that the vote was
            opened on must be there.
    """
    own = runs[judging.run]
    if all(item.run == own.id for item in judging.items):
        return own
    variants: list[Variant] = []
    backends: dict[str, Backend] = {}
    prompts: dict[str, Prompt] = {}
    for name, item in zip(judging.variants, judging.items, strict=True):
        source = runs.get(item.run)
        variant = next((v for v in source.variants if v.id == item.variant), None) if source is not None else None
        if source is None or variant is None:
            continue
        variants.append(variant.model_copy(update={"id": name}))
        backends |= {backend.name: backend for backend in source.backends}
        prompts |= {prompt.id: prompt for prompt in source.prompts}
    changed = {"variants": tuple(variants), "backends": tuple(backends.values()), "prompts": tuple(prompts.values())}
    return own.model_copy(update={**changed, "scores": (), "judgings": (judging,)})


def labels_of(judging: Judging, run: Run) -> dict[str, str]:
    """Return the recaps of a vote as people read them, by name: recaps of several runs are told apart by their runs.

    Args:
        judging: the vote.
        run: what `judged_run` gives for it.
    """
    by_id = {variant.id: variant for variant in run.variants}
    labels = {name: recap_label(run, by_id[name]) for name in judging.variants if name in by_id}
    for name, item in zip(judging.variants, judging.items, strict=True):
        if name in labels and list(labels.values()).count(labels[name]) > 1 and item.run != judging.run:
            labels[name] += f" ({item.run})"
    return labels


def close(judging_id: str, store: Store) -> Judging:
    """Close a vote in the store and return it with its ballots: no more of them, unless it is opened again."""
    store.votes.close(judging_id)
    return store.votes.judging(judging_id)


def reopen(judging_id: str, store: Store) -> Judging:
    """Open a closed vote again and return it. Raises ConfigurationError if its authors were shown."""
    store.votes.reopen(judging_id)
    judging = store.votes.judging(judging_id)
    if judging.named_at is not None:
        raise ConfigurationError(_("The names were shown: this vote cannot be opened again."))
    return judging


def show_names(judging_id: str, store: Store) -> Judging:
    """Keep that the authors of a closed vote are shown, and return it: voter tokens are erased for good."""
    store.votes.show_names(judging_id)
    return store.votes.judging(judging_id)


def tags_of(store: Store) -> list[Tag]:
    """Return the tags of this installation, with the archived ones."""
    return store.votes.tags() or list(known_tags.FIRST)


def change_tags(store: Store, wanted: Sequence[Tag], new: Sequence[tuple[str, str, bool]]) -> None:
    """Store the tags as a person edited them; a tag missing from `wanted` is archived (see `tags.changed`)."""
    store.votes.keep_tags(known_tags.changed(tags_of(store), wanted, new))


def shown_texts(run: Run) -> dict[tuple[str, str], str]:
    """Return the recaps of the votes of a run as voters read them, by the ids of the vote and of the recap."""
    shown: dict[tuple[str, str], str] = {}
    for judging in run.judgings:
        judged = [variant for variant in run.variants if variant.id in judging.variants and variant.summary]
        masking = Masking(run, judged, same_style=judging.same_style)
        shown |= {(judging.id, variant.id): masking.unsigned(variant).text for variant in judged}
    return shown


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


class ShownRecap(NamedTuple):
    """A recap, as shown to one voter."""

    letter: str
    """A, B, C or D: its place for this voter."""
    variant: str
    """Id of the variant; it is not sent to the browser."""
    masked: int
    """Number of names masked in the recap."""


class Crowd(NamedTuple):
    """Ballots that came from one address: one device, or phones that share a connection."""

    key: str
    """Names the address for as long as the program runs; it does not say which it is."""
    voters: tuple[int, ...]
    """Numbers of the voters."""
    seconds: float
    """Median time from the first showing of the recaps to the ballot, in seconds."""


class OpenVote:
    """A vote on one judging: its voters, the order in which each reads the recaps, and their ballots.

    A browser that reads the recaps is not stored: it holds a signed token, from which its order is worked out. A voter
    is stored with their first ballot, so that a restarted server knows its voters. An OpenVote belongs to one event
    loop.

    Args:
        store: the store; it must stay open as long as this object is used.
        run: the run of the variants; what `judged_run` gives for recaps of several runs.
        judging: the blind vote.
        limit: highest number of ballots.
    """

    def __init__(self, store: Store, run: Run, judging: Judging, limit: int = MOST_VOTERS) -> None:
        self.judging = judging
        self._writing: set[asyncio.Future[None]] = set()
        self._closing = asyncio.Lock()
        self._over = self.closed
        self.title = run.transcript.title
        self.language = run.transcript.language
        self._store = store
        self._limit = limit
        by_id: Mapping[str, Variant] = {variant.id: variant for variant in run.variants}
        voted_on = [by_id[name] for name in judging.variants if name in by_id]
        masking = Masking(run, voted_on, same_style=judging.same_style)
        self.unsigned = {variant.id: masking.unsigned(variant) for variant in voted_on}
        self._secret = store.votes.secret(judging.id).encode()
        self._voters = {voter.token: voter for voter in store.votes.voters(judging.id)}
        self._ballots = {ballot.voter: ballot for ballot in store.votes.ballots(judging.id)}
        self._next = 1 + max([0, *self._ballots, *(voter.number for voter in self._voters.values())])
        self._readers: OrderedDict[str, None] = OrderedDict()
        self._addresses: dict[int, str] = {}
        self._address_key = secrets.token_bytes(16)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self.judging.closed_at is not None

    @property
    def named(self) -> bool:
        """Whether its authors were shown."""
        return self.judging.named_at is not None

    @property
    def came(self) -> int:
        """Number of browsers that opened the recaps and came back, or voted; in memory only for those that did not."""
        return len(self._voters) + len(self._readers)

    @property
    def voted(self) -> int:
        """Number of ballots."""
        return len(self._ballots)

    @property
    def crowds(self) -> list[Crowd]:
        """Addresses that many ballots came from, the most first, without the ballots set aside; in memory only."""
        found: dict[str, list[int]] = {}
        for number, key in self._addresses.items():
            if number not in self.judging.set_aside and number in self._ballots:
                found.setdefault(key, []).append(number)
        crowds = [
            Crowd(key, tuple(voters), statistics.median(self._ballots[number].seconds or 0.0 for number in voters))
            for key, voters in found.items()
            if len(voters) >= CROWD
        ]
        return sorted(crowds, key=lambda crowd: -len(crowd.voters))

    def known(self, token: str) -> Voter | None:
        """Return the voter who holds a token, who counts as having come; None if no such token was given out."""
        if not token:
            return None
        digest = token_digest(token)
        voter = self._voters.get(digest)
        if voter is not None:
            return voter
        body, _dot, signature = token.rpartition(".")
        issued = body.rpartition(".")[2]
        if not self._secret or not hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._signed(body).encode()
        ):
            return None
        self._readers[digest] = None
        self._readers.move_to_end(digest)
        if len(self._readers) > MOST_READERS:
            self._readers.popitem(last=False)
        return self._voter_of(token, datetime.fromtimestamp(int(issued) / 1000, UTC))

    def arrive(self) -> tuple[str, Voter]:
        """Return a random token for a browser that opens the recaps, and its voter, with an order; nothing is stored.

        Raises:
            ConfigurationError: the vote is closed, or the room is full.
        """
        self._let_in(new=True)
        shown_at = now()
        body = f"{secrets.token_urlsafe(18)}.{round(shown_at.timestamp() * 1000)}"
        token = f"{body}.{self._signed(body)}"
        return token, self._voter_of(token, shown_at)

    def places(self, voter: Voter) -> list[ShownRecap]:
        """Return the recaps in the order of one voter."""
        return [
            ShownRecap(letter, variant, self.unsigned[variant].masked)
            for letter, variant in zip(LETTERS, voter.order, strict=False)
        ]

    def said(self, voter: Voter) -> Ballot | None:
        """Return the ballot of a voter; None if they have not voted."""
        return self._ballots.get(self._voters.get(voter.token, voter).number)

    def letter(self, voter: Voter, variant: str) -> str:
        """Return the letter of a variant for one voter."""
        return LETTERS[voter.order.index(variant)]

    def screen_letter(self, variant: str) -> str:
        """Return the letter of a variant on the screen, where results are shown."""
        return LETTERS[self.judging.variants.index(variant)]

    async def cast(
        self,
        voter: Voter,
        answer: str,
        *,
        second: str = "",
        remarks: Sequence[tuple[str, str, str]] = (),
        address: str = "",
    ) -> Ballot:
        """Record a vote, which replaces an earlier one of the same voter, and return the ballot once it is on disk.

        Args:
            voter: who votes.
            answer: a letter, or `all_good`, `all_bad`, `unknown`.
            second: the letter of the second best, if the voter gives one.
            remarks: letter, tag and sentence (empty for the whole recap).
            address: where it comes from; only a digest is kept, in memory.

        Raises:
            InputError: `answer` is none of these.
            ConfigurationError: the vote is closed, the room is full, or too many ballots came from this address.
        """
        voter = self._voters.get(voter.token, voter)
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
        key = hashlib.blake2b(address.encode(), key=self._address_key, digest_size=6).hexdigest() if address else ""
        if before is None and key and sum(other == key for other in self._addresses.values()) >= MOST_FROM_ONE_ADDRESS:
            raise ConfigurationError(_("Too many votes came from this device or its connection."))
        tag_ids = {tag.id for tag in self.judging.tags}
        valid_remarks = tuple(
            dict.fromkeys(
                Remark(variant=by_letter[letter], tag=tag, sentence=sentence[:1000])
                for letter, tag, sentence in remarks
                if letter in by_letter and tag in tag_ids
            )
        )
        if not voter.number:
            voter = voter._replace(number=self._next)
            self._next += 1
        ballot = Ballot(
            voter=voter.number,
            at=now(),
            choice=choice,
            order=order,
            shown=voter.order,
            remarks=valid_remarks[:MOST_REMARKS],
            seconds=round((now() - datetime.fromisoformat(voter.shown_at)).total_seconds(), 1),
        )
        self._voters[voter.token] = voter
        self._ballots[voter.number] = ballot
        if before is None and key:
            self._addresses[voter.number] = key
        read_before = self._readers.pop(voter.token, 0) is None
        try:
            await self._await_write(self._store.votes.cast(self.judging.id, ballot, voter))
        except StoreError:  # a ballot that is not on disk is not counted
            if self._ballots.get(voter.number) is ballot:
                self._ballots.pop(voter.number)
                self._ballots |= {voter.number: before} if before is not None else {}
            if before is None and voter.number not in self._ballots:
                self._voters.pop(voter.token, None)
                self._addresses.pop(voter.number, None)
                self._readers |= {voter.token: None} if read_before else {}
            raise
        return ballot

    async def set_aside(self, voters: Collection[int]) -> None:
        """Leave the ballots of these voters out of the count, and no other ones; numbers of no ballot are left out.

        Raises:
            ConfigurationError: the authors were shown.
        """
        if self.named:
            raise ConfigurationError(_("The names were shown: the count of this vote cannot be changed."))
        numbers = tuple(sorted(number for number in voters if number in self._ballots))
        async with self._closing:
            await asyncio.to_thread(self._store.votes.set_aside, self.judging.id, numbers)
            self.judging = self.judging.model_copy(update={"set_aside": numbers})

    async def close(self) -> Judging:
        """Close the vote: refuse new ballots, await pending writes. Its voters are known until the authors are shown.

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
            return self.judging

    async def reopen(self) -> Judging:
        """Open the closed vote again: its voters may change their ballots, others may vote.

        Raises:
            ConfigurationError: the authors were shown.
        """
        async with self._closing:
            self.judging = await asyncio.to_thread(reopen, self.judging.id, self._store)
            self._over = False
            return self.judging

    async def show_names(self) -> Judging:
        """Show the authors of the closed vote: it is over for good, and voter tokens are erased in memory and on disk.

        Idempotent.

        Raises:
            ConfigurationError: the vote is open.
        """
        async with self._closing:
            if not self.closed:
                raise ConfigurationError(_("Close the vote first."))
            self.judging = await asyncio.to_thread(show_names, self.judging.id, self._store)
            self._voters.clear()
            self._readers.clear()
            self._addresses.clear()
            self._secret = b""
            return self.judging

    def _let_in(self, *, new: bool) -> None:
        if self._over:
            raise ConfigurationError(_("This vote is closed."))
        if new and self.voted >= self._limit:
            raise ConfigurationError(_("This room is full ({n} voters).").format(n=self._limit))

    def _signed(self, body: str) -> str:
        return hmac.new(self._secret, body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]

    def _voter_of(self, token: str, shown_at: datetime) -> Voter:
        """Return who holds a token and has not voted: the order is drawn by the token, the same at each look."""
        order = list(self.judging.variants)
        if not self.judging.same_letters:
            order.sort(key=lambda name: hmac.digest(self._secret, f"{token} {name}".encode(), "sha256"))
        return Voter(0, token_digest(token), tuple(order), shown_at.isoformat())

    async def _await_write(self, work: Coroutine[Any, Any, None]) -> None:
        """Await a write. It is shielded from cancellation: a vote counts even if the voter's connection is lost."""
        writing = asyncio.ensure_future(work)
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await asyncio.shield(writing)
