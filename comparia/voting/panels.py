"""Panels: what raters are given, in which order, what they agree on, and how far they agree.

panel   = new_panel(run, items_of…, …)          cells to settle, or pairs of recaps, texts without their authors' names
chosen  = next_item(panel, rater, at)           chooses, in the store, the item that lacks raters most
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
    content_id,
    now,
)
from comparia.statistics.agreement import bootstrap_units, free_marginal_kappa, nominal_alpha, pair_agreement
from comparia.store.panels import Chosen, Held
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
    if not items:
        raise ConfigurationError(
            _("There is nothing to rate."), _("Choose recaps that were written, and key points that are not settled.")
        )
    if len(items) > MOST_ITEMS:
        raise ConfigurationError(
            _("A panel rates at most {most} items; these are {n}.").format(most=MOST_ITEMS, n=len(items)),
            _("Take a random sample of them."),
        )
    if not SHORTEST <= duration <= LONGEST:
        raise ConfigurationError(_("A panel is open for five minutes to ninety days."), _("Choose another duration."))
    if not 1 <= wanted <= MOST_WANTED:
        raise ConfigurationError(_("An item takes 1 to {most} ratings.").format(most=MOST_WANTED))
    agreeing = wanted // 2 + 1 if agreeing is None else agreeing
    if not wanted < 2 * agreeing <= 2 * wanted:
        raise ConfigurationError(
            _("Of {wanted} raters, {least} to {wanted} must agree to settle a verdict.").format(
                wanted=wanted, least=wanted // 2 + 1
            )
        )
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
        digests={variant.id: digest_of(variant) for variant in variants},
        wanted=wanted,
        agreeing=agreeing,
        opened_at=opened_at,
        closes_at=opened_at + duration,
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


def digest_of(variant: Variant) -> str:
    """Return the hash of a recap as it is stored."""
    return content_id("tx", variant.summary or "")


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


def next_item(panel: Panel, rater: int, at: datetime) -> Chosen:
    """Return what chooses the item that a rater gets next.

    The item before them stays there until they rate it. Otherwise it is one that they have not rated and that lacks
    ratings: of those with fewest ratings, those being rated by others counted, first those of another key point and
    recap than the last one, then by a draw of their own. Of two recaps, the one that came first less often is first.

    Args:
        panel: the panel.
        rater: number of the rater.
        at: the present moment.
    """
    items = {item.id: item for item in panel.items}

    def chosen(ratings: Sequence[Rating], held: Mapping[int, Held]) -> Held | None:
        own = [rating for rating in ratings if rating.rater == rater]
        done = {rating.item for rating in own}
        before = held.get(rater)
        if before is not None and before.item in items and before.item not in done:
            return before
        counted = [rating for rating in ratings if rating.rater not in panel.set_aside]
        counts = Counter(rating.item for rating in counted)
        waiting = Counter(h.item for number, h in held.items() if number != rater and at - h.since < HELD_FOR)
        lacking = [item for item in panel.items if item.id not in done and counts[item.id] < panel.wanted]
        if not lacking:
            return None
        last = items.get(max(own, key=lambda rating: rating.position).item) if own else None
        item = min(
            lacking,
            key=lambda item: (
                counts[item.id] + waiting[item.id],
                last is not None and _is_alike(item, last),
                _draw(panel.id, rater, item.id),
            ),
        )
        order = item.variants
        if len(order) == 2:
            orders = [rating.shown for rating in counted if rating.item == item.id]
            orders += [h.shown for number, h in held.items() if number != rater and h.item == item.id]
            first = Counter(shown[0] for shown in orders if shown)
            order = tuple(sorted(order, key=lambda name: (first[name], _draw(panel.id, rater, item.id, name))))
        return Held(item.id, order, at)

    return chosen


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
