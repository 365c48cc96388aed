"""Panels: what raters are given, in which order, what they agree on, and how far they agree.

panel   = new_panel(run, items_of…, …)          cells to settle, or pairs of recaps, texts without their authors' names
held    = next_item(panel, rater, …)            the item that a rater gets: items are finished before others are begun
results = item_results(panel, ratings)          settled, disputed, lacking ratings
said    = agreement_of(panel, ratings)          Krippendorff's alpha of verdicts, free-marginal kappa of preferences
"""

from __future__ import annotations

import hashlib
import itertools
import math
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia import privacy
from comparia.errors import ConfigurationError
from comparia.matching.points import items_of
from comparia.messages import gettext as _
from comparia.metrics import Case, Matcher
from comparia.privacy.placeholders import LABELS
from comparia.records import (
    SETTLED,
    ItemState,
    KeyPoint,
    Panel,
    PanelItem,
    PanelKind,
    PointInRecap,
    Rating,
    Reference,
    Run,
    SaidWords,
    Variant,
    now,
)
from comparia.statistics.agreement import bootstrap_units, free_marginal_kappa, nominal_alpha, pair_agreement
from comparia.store.panels import Held
from comparia.voting.masking import Masking

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)
"""How long a panel may be open."""
MOST_ITEMS = 400
"""Items of one panel."""
MOST_WANTED = 500
"""Ratings wanted for each item: of one pair of recaps, a vote that lasts for days."""
NEAREST = 2
"""Sentences of a recap that are shown beside a key point."""
HELD_FOR = timedelta(minutes=30)
"""How long an item that somebody has before them counts as about to be rated."""

GROUP = 5
"""Items that are open to all raters at once: they meet these in orders of their own."""
FEW = 3
"""An item that lacks fewer ratings than this is finished before the others of its group."""

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 10
"""Letters of the code of a panel: it stays open for days, and is found by nobody who tries codes."""


class ItemResult(NamedTuple):
    """What was answered of one item."""

    item: PanelItem
    """The item."""
    counts: Mapping[str, int]
    """Raters by answer: a verdict, the id of the recap that is better, `all_good`, `all_bad`, `unknown`."""
    rated: int
    """Number of raters."""
    state: ItemState
    """Whether enough raters agree."""
    answer: str
    """The answer that enough raters gave; empty for none."""


class Progress(NamedTuple):
    """How far a panel is."""

    items: int
    """Number of items."""
    complete: int
    """Number of items that have the ratings that are wanted."""
    ratings: int
    """Number of ratings."""
    raters: int
    """Number of people who began to rate."""


class RaterFigures(NamedTuple):
    """What is seen of one rater, without anything that says who."""

    rater: int
    """Number of the rater."""
    rated: int
    """Number of items that they rated."""
    seconds: float | None
    """Median time for one item, in seconds."""
    same: int
    """Number of the answers of other raters, to the same items, that are the same as theirs."""
    others: int
    """Number of the answers of other raters to the same items."""


class Agreement(NamedTuple):
    """How far raters agree."""

    statistic: Literal["alpha", "kappa"]
    """Krippendorff's alpha for nominal data; free-marginal kappa where two recaps are compared."""
    value: float | None
    """At most 1; 0 is what chance gives. None where no item has two ratings, all verdicts are the same one, or nobody
    preferred a recap."""
    interval: tuple[float, float] | None
    """95 % percentile bootstrap interval over the items; None for few items."""
    same: float | None
    """Share of pairs of raters of one item who give the same answer, in [0, 1]."""
    items: int
    """Number of items with two ratings or more, `unknown` not counted."""


def new_panel(
    run: Run,
    kind: PanelKind,
    items: Sequence[PanelItem],
    duration: timedelta,
    *,
    wanted: int = 3,
    agreeing: int | None = None,
    question: str = "",
) -> Panel:
    """Return a panel that opens now; nothing is stored.

    Args:
        run: a stored run.
        kind: what raters answer.
        items: made by `verdict_items` or `preference_items`.
        duration: how long it is open.
        wanted: ratings wanted for each item.
        agreeing: raters who must give the same verdict for a cell to be settled; a majority of `wanted` when None.
        question: what raters are asked; the usual question when empty.

    Raises:
        ConfigurationError: no item, too many, or numbers out of their range.
    """
    agreeing = wanted // 2 + 1 if agreeing is None else agreeing
    _check_numbers(len(items), duration, wanted, agreeing)
    chosen = {name for item in items for name in item.variants}
    variants = [variant for variant in run.variants if variant.id in chosen]
    opened_at = now()
    return Panel(
        id=secrets.token_hex(6),
        code="".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH)),
        run=run.id,
        kind=kind,
        title=run.transcript.title,
        language=run.transcript.language,
        question=" ".join(question.split())[:300],
        voices=run.reference.voices if kind == "verdicts" and run.reference is not None else 0,
        items=tuple(items),
        texts=_texts(run, variants, kind),
        digests={variant.id: variant.text_id for variant in variants},
        wanted=wanted,
        agreeing=agreeing,
        opened_at=opened_at,
        closes_at=opened_at + duration,
    )


def _check_numbers(n_items: int, duration: timedelta, wanted: int, agreeing: int) -> None:
    """Raise ConfigurationError where a number of a panel is out of its range."""
    if not n_items:
        raise ConfigurationError(
            _("There is nothing to rate."), _("Choose recaps that were written, and key points that are not settled.")
        )
    if n_items > MOST_ITEMS:
        raise ConfigurationError(
            _("A panel rates at most {most} items; these are {n}.").format(most=MOST_ITEMS, n=n_items),
            _("Take a random sample of them."),
        )
    if not SHORTEST <= duration <= LONGEST:
        raise ConfigurationError(_("A panel is open for five minutes to ninety days."), _("Choose another duration."))
    if not 1 <= wanted <= MOST_WANTED:
        raise ConfigurationError(_("An item takes 1 to {most} ratings.").format(most=MOST_WANTED))
    if not wanted < 2 * agreeing <= 2 * wanted:
        raise ConfigurationError(
            _("Of {wanted} raters, {least} to {wanted} must agree to settle a verdict.").format(
                wanted=wanted, least=wanted // 2 + 1
            )
        )


def verdict_items(run: Run, places: Iterable[PointInRecap], *, with_names: bool = False) -> list[PanelItem]:
    """Return cells (key point and recap) as items; places of no key point or of no recap are left out.

    Args:
        run: a run with key points.
        places: the cells.
        with_names: whether raters read who said the words.
    """
    reference = run.reference
    if reference is None:
        return []
    points = {point.id: point for point in reference.key_points}
    variants = {variant.id: variant for variant in run.variants if variant.summary}
    known = [(points[point], variants[name]) for point, name in places if point in points and name in variants]
    texts = _texts(run, list({variant.id: variant for _point, variant in known}.values()), "verdicts")
    return [
        PanelItem(
            id=f"i{number:02d}",
            variants=(variant.id,),
            point=point.id,
            point_text=point.text,
            said=tuple(
                SaidWords(
                    speaker=run.transcript.speaker_name(quote.speaker) if with_names else "",
                    words=_without_data(quote.words, run.transcript.language),
                )
                for quote in point.said
            ),
            holders=_holders(point, reference),
            nearest=nearest_sentences(point, texts[variant.id], run.transcript.language),
        )
        for number, (point, variant) in enumerate(known, start=1)
    ]


def preference_items(run: Run, variants: Sequence[str]) -> list[PanelItem]:
    """Return every pair of some recaps of a run as items.

    Args:
        run: a run.
        variants: ids of its recaps.

    Raises:
        ConfigurationError: fewer than two of them were written.
    """
    written = [variant.id for variant in run.variants if variant.summary and variant.id in set(variants)]
    if len(written) < 2:
        raise ConfigurationError(_("A comparison is of two recaps or more."), _("Choose them among those written."))
    pairs = list(itertools.combinations(written, 2))
    return [PanelItem(id=f"i{number:02d}", variants=pair) for number, pair in enumerate(pairs, start=1)]


def _holders(point: KeyPoint, reference: Reference) -> int:
    return len(set(point.holders) - set(reference.moderators))


def _texts(run: Run, variants: Sequence[Variant], kind: PanelKind) -> dict[str, tuple[str, ...]]:
    """Return recaps as raters read them, without the names of models and marks of style: sentences, or paragraphs."""
    masking = Masking(run, variants, same_style=True)
    found = {}
    for variant in variants:
        text = _without_data(masking.unsigned(variant).text, run.transcript.language)
        if kind == "preferences":
            found[variant.id] = tuple(part for part in text.split("\n\n") if part.strip())
            continue
        case = Case(run.transcript, (variant.model_copy(update={"summary": text}),), None, Matcher(), run.software)
        found[variant.id] = tuple(sentence.text for sentence in case.sentences[variant.id])
    return found


def _without_data(text: str, language: Literal["fr", "en"]) -> str:
    """Return a text without the personal data that has a shape (telephone numbers, addresses): raters need none."""
    for mention in sorted(privacy.identifiers(text), key=lambda found: -found.start):
        if mention.kind != "link":
            text = f"{text[: mention.start]}[{LABELS[language][mention.kind]}]{text[mention.end :]}"
    return text


def nearest_sentences(
    point: KeyPoint, sentences: Sequence[str], language: Literal["fr", "en"], most: int = NEAREST
) -> tuple[int, ...]:
    """Return the numbers of the sentences that share most words with a key point, in their order in the recap.

    They are the same whatever a matcher or a judge says of the point: the number of sentences shown tells no verdict.

    Args:
        point: the key point; the words of the session that say it count half.
        sentences: of the recap.
        language: of both.
        most: how many.
    """
    stems = [items_of(sentence, language) for sentence in sentences]
    sharing = Counter(item for of_one in stems for item in of_one)
    own = items_of(point.text, language)
    quoted = frozenset().union(*(items_of(quote.words, language) for quote in point.said)) - own

    def nearness(number: int) -> float:
        weights = {item: math.log(1 + len(sentences) / sharing[item]) for item in stems[number]}
        shared = sum(
            weight * (1.0 if item in own else 0.5 if item in quoted else 0.0) for item, weight in weights.items()
        )
        return shared / math.sqrt(1 + len(weights))

    order = sorted(range(len(sentences)), key=lambda number: (-nearness(number), number))
    return tuple(sorted(order[:most]))


# Who gets what --------------------------------------------------------------------------------------------------------


def next_item(
    panel: Panel, rater: int, ratings: Sequence[Rating], held: Mapping[int, Held], at: datetime
) -> Held | None:
    """Return the item that a rater gets next; None where none is left for them.

    The item before them stays there until they rate it, as long as it lacks ratings. Otherwise it is one that they have
    not rated and that lacks ratings. Those that lack none once others have rated what is before them come last: they
    come, so that nobody who holds items without rating them keeps the others from them. Items are finished before
    others are begun, so that a panel that is closed early has items with all their ratings: they are drawn into groups,
    and a rater goes on to the next group once nothing is left for them in the one before. Within a group come first
    items that lack few ratings, then those of another key point and recap than the last one, then by a draw of the
    rater's own. Of two recaps, the one that came first less often is first.

    Args:
        panel: the panel.
        rater: number of the rater.
        ratings: every rating of the panel.
        held: what each rater has before them.
        at: the present moment.
    """
    own = [rating for rating in ratings if rating.rater == rater]
    counts = Counter(rating.item for rating in counted_ratings(panel, ratings))
    with_held = counts + Counter(h.item for n, h in held.items() if n != rater and at - h.since < HELD_FOR)
    done = {rating.item for rating in own}
    lacking = {item.id: item for item in panel.items if item.id not in done and counts[item.id] < panel.wanted}
    before = held.get(rater)
    if before is not None and before.item in lacking:
        return before
    if not lacking:
        return None
    last_item = max(own, key=lambda rating: rating.position).item if own else ""
    last = next((item for item in panel.items if item.id == last_item), None)
    groups = _groups(panel)
    item = min(
        lacking.values(),
        key=lambda item: (
            with_held[item.id] >= panel.wanted,
            groups[item.id],
            min(panel.wanted - counts[item.id], FEW),
            last is not None and _is_alike(item, last),
            _draw(panel.id, rater, item.id),
        ),
    )
    return Held(item.id, _shown_order(panel, item, rater, ratings, held), at)


def _groups(panel: Panel) -> dict[str, int]:
    """Return the number of the group of each item, by a draw of the panel."""
    drawn = sorted(panel.items, key=lambda item: _draw(panel.id, item.id))
    return {item.id: place // GROUP for place, item in enumerate(drawn)}


def _shown_order(
    panel: Panel, item: PanelItem, rater: int, ratings: Sequence[Rating], held: Mapping[int, Held]
) -> tuple[str, ...]:
    """Return the recaps of an item in the order in which a rater sees them."""
    orders = [rating.shown for rating in counted_ratings(panel, ratings) if rating.item == item.id]
    orders += [h.shown for number, h in held.items() if number != rater and h.item == item.id]
    first = Counter(shown[0] for shown in orders if shown)
    return tuple(sorted(item.variants, key=lambda name: (first[name], _draw(panel.id, rater, item.id, name))))


def _is_alike(item: PanelItem, other: PanelItem) -> bool:
    return (bool(item.point) and item.point == other.point) or item.variants == other.variants


def _draw(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


# What they say --------------------------------------------------------------------------------------------------------


def counted_ratings(panel: Panel, ratings: Iterable[Rating]) -> list[Rating]:
    """Return the ratings of raters who are not set aside."""
    return [rating for rating in ratings if rating.rater not in panel.set_aside]


def answer_of(rating: Rating) -> str:
    """Return what a rating says: the recap that is better, or its answer."""
    return rating.preferred or rating.answer


def progress_of(panel: Panel, ratings: Sequence[Rating], raters: int) -> Progress:
    """Return how far a panel is.

    Args:
        panel: the panel.
        ratings: every rating.
        raters: how many people began to rate.
    """
    counts = Counter(rating.item for rating in counted_ratings(panel, ratings))
    complete = sum(counts[item.id] >= panel.wanted for item in panel.items)
    return Progress(len(panel.items), complete, sum(counts.values()), raters)


def item_results(panel: Panel, ratings: Sequence[Rating]) -> list[ItemResult]:
    """Return what was answered of each item.

    An item is settled once it has the ratings that are wanted (or the panel is closed), where `agreeing` raters or more
    give the same answer and they are more than half of those who rated it; `unknown` settles nothing. Where raters do
    not agree so, it is disputed. Until then it lacks ratings.
    """
    by_item: dict[str, Counter[str]] = {item.id: Counter() for item in panel.items}
    for rating in counted_ratings(panel, ratings):
        if rating.item in by_item:
            by_item[rating.item][answer_of(rating)] += 1
    found = []
    for item in panel.items:
        counts = by_item[item.id]
        rated = counts.total()
        answer, votes = max(
            ((name, n) for name, n in counts.items() if name != "unknown"), key=lambda pair: pair[1], default=("", 0)
        )
        if not rated or (rated < panel.wanted and panel.closed_at is None):
            state: ItemState = "lacking"
        elif votes >= panel.agreeing and 2 * votes > rated:
            state = "settled"
        else:
            state = "lacking" if rated < panel.agreeing else "disputed"
        found.append(ItemResult(item, dict(counts), rated, state, answer if state == "settled" else ""))
    return found


def agreement_of(panel: Panel, ratings: Sequence[Rating]) -> Agreement:
    """Return how far raters agree; `unknown` is taken for no rating."""
    known = [rating for rating in counted_ratings(panel, ratings) if rating.answer != "unknown"]
    rows = {item.id: row for row, item in enumerate(panel.items)}
    if panel.kind == "verdicts":
        counts = np.zeros((len(panel.items), len(SETTLED)))
        for rating in known:
            counts[rows[rating.item], SETTLED.index(rating.answer)] += 1
        units = counts[counts.sum(axis=1) >= 2]
        interval = bootstrap_units(lambda drawn: nominal_alpha(units[drawn]), len(units))
        return Agreement("alpha", nominal_alpha(units), interval, pair_agreement(units), len(units))
    raters = {number: row for row, number in enumerate(sorted({rating.rater for rating in known}))}
    table: NDArray[np.float64] = np.full((len(raters), len(panel.items)), np.nan)
    answers = sorted({answer_of(rating) for rating in known})
    counts = np.zeros((len(panel.items), max(1, len(answers))))
    for rating in known:
        column = rows[rating.item]
        first = panel.items[column].variants[0]
        table[raters[rating.rater], column] = 0.5 if not rating.preferred else float(rating.preferred == first)
        counts[column, answers.index(answer_of(rating))] += 1  # both good is not both bad
    rated = table[:, counts.sum(axis=1) >= 2]
    interval = bootstrap_units(lambda drawn: free_marginal_kappa(rated[:, drawn]), rated.shape[1])
    return Agreement("kappa", free_marginal_kappa(rated), interval, pair_agreement(counts), rated.shape[1])


def rater_figures(panel: Panel, ratings: Sequence[Rating]) -> list[RaterFigures]:
    """Return what is seen of each rater who rated something, set aside or not, by their numbers."""
    by_item: dict[str, list[Rating]] = {}
    by_rater: dict[int, list[Rating]] = {}
    for rating in ratings:
        by_item.setdefault(rating.item, []).append(rating)
        by_rater.setdefault(rating.rater, []).append(rating)
    found = []
    for number, own in sorted(by_rater.items()):
        others = [
            answer_of(other) == answer_of(rating)
            for rating in own
            for other in by_item[rating.item]
            if other.rater != number and other.rater not in panel.set_aside
        ]
        times = [rating.seconds for rating in own if rating.seconds is not None]
        median = float(np.median(times)) if times else None
        found.append(RaterFigures(number, len(own), median, sum(others), len(others)))
    return found
