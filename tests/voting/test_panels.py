"""Panels: who gets what, what raters agree on, and what they read."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import library
from comparia.errors import ConfigurationError, UnknownName
from comparia.records import Panel, PanelItem, Rating, Variant, now
from comparia.store.panels import Held
from comparia.voting import panels

AT = now()


def panel(items=6, wanted=3, kind="verdicts", **changes):
    pairs = [("v1", "v2"), ("v1", "v3"), ("v2", "v3")]
    rated = [
        PanelItem(
            id=f"i{n}", variants=("v1",) if kind == "verdicts" else pairs[n % 3], point=f"P{n}" * (kind[0] == "v")
        )
        for n in range(items)
    ]
    opened = {"opened_at": AT, "closes_at": AT + timedelta(days=7)}
    given = {"items": tuple(rated), "texts": {}, "wanted": wanted, "agreeing": wanted // 2 + 1, **opened, **changes}
    return Panel(id="p", code="c", run="r", kind=kind, title="T", language="en", **given)


def rating(rater, item, answer="kept", position=1, **changes):
    return Rating(rater=rater, item=item, answer=answer, position=position, at=AT, **changes)


def given_to(rated, rater, ratings=(), held=None, at=AT):
    return panels.next_item(rated, rater, ratings, held or {}, at)


def all_rated(rated, patience, drawn, together=1):
    """Every rating of raters who each answer at most so many items, in an order drawn at random.

    `together` of them have an item before them at the same time.
    """
    ratings, held, left = [], {}, dict(patience)
    while left or held:
        coming = [rater for rater in left if rater not in held]
        if coming and (len(held) < together or not held):
            rater = drawn.choice(coming)
            item = given_to(rated, rater, ratings, held)
            if item is None:
                del left[rater]
            else:
                held[rater] = item
            continue
        rater = drawn.choice(list(held))
        item = held.pop(rater)
        own = sum(rating.rater == rater for rating in ratings)
        if sum(rating.item == item.item for rating in ratings) < rated.wanted:  # else the store keeps none
            ratings.append(rating(rater, item.item, position=own + 1))
        left[rater] -= 1
        if not left[rater]:
            del left[rater]
    return ratings


@pytest.mark.parametrize("raters", [3, 4, 7])
def test_every_item_gets_the_ratings_that_are_wanted_and_no_more(raters):
    rated = panel(items=10)
    ratings = all_rated(rated, dict.fromkeys(range(1, raters + 1), 99), random.Random(raters))
    assert Counter(rating.item for rating in ratings) == {item.id: 3 for item in rated.items}
    assert len({(rating.rater, rating.item) for rating in ratings}) == 30


@given(
    items=st.integers(1, 40),
    wanted=st.integers(1, 6),
    patience=st.lists(st.integers(1, 40), min_size=1, max_size=14),
    together=st.integers(1, 14),
    seed=st.integers(0, 1000),
)
def test_items_are_finished_before_others_are_begun(items, wanted, patience, together, seed):
    """Whoever comes, and however many items each of them answers, nearly as many items as can be are complete."""
    rated = panel(items=items, wanted=wanted, agreeing=wanted)
    ratings = all_rated(rated, dict(enumerate(patience, start=1)), random.Random(seed), together)
    counts = Counter(rating.item for rating in ratings)
    assert len({(rating.rater, rating.item) for rating in ratings}) == len(ratings)  # nobody gets an item twice
    assert max(counts.values(), default=0) <= wanted
    complete = sum(count == wanted for count in counts.values())
    most = most_complete(patience, items, wanted)
    assert complete >= most - 2 * panels.GROUP
    begun = sum(0 < count < wanted for count in counts.values())
    if len(patience) == wanted and min(patience) >= items:
        assert begun == 0


def most_complete(patience, items, wanted):
    """The most items that can get their ratings, each of them from other raters."""
    return max(n for n in range(items + 1) if sum(min(able, n) for able in patience) >= n * wanted)


def test_a_panel_closed_early_has_complete_items_where_few_came():
    rated = panel(items=30)
    ratings = all_rated(rated, dict.fromkeys((1, 2, 3), 10), random.Random(1))
    assert panels.progress_of(rated, ratings, 3).complete == 10
    together = all_rated(rated, dict.fromkeys((1, 2, 3), 10), random.Random(1), together=3)
    assert panels.progress_of(rated, together, 3).complete >= 8


def test_what_others_have_before_them_counts_as_about_to_be_rated():
    rated = panel(items=2, wanted=1)
    first = given_to(rated, 1)
    held = {1: first}
    assert given_to(rated, 2, held=held).item != first.item
    assert given_to(rated, 1, held=held) == first  # a reload shows the same item
    both = {**held, 2: given_to(rated, 2, held=held)}
    assert given_to(rated, 3, held=both) is not None  # who holds items and rates none keeps nobody from them
    late = {1: first._replace(since=AT - panels.HELD_FOR * 2), 2: both[2]}
    assert given_to(rated, 3, held=late).item == first.item  # what was abandoned comes back
    assert given_to(rated, 1, held=late).item == first.item
    assert given_to(rated, 1, [rating(3, first.item)], late).item != first.item  # and is no more before who left it


def test_raters_meet_the_items_in_orders_of_their_own():
    rated = panel(items=5, wanted=60, agreeing=31)
    ratings = all_rated(rated, dict.fromkeys(range(1, 61), 5), random.Random(2), together=8)
    met = Counter(tuple(r.item for r in ratings if r.rater == rater) for rater in range(1, 61))
    assert len(met) > 30
    firsts = Counter(order[0] for order in met.elements())
    assert max(firsts.values()) < 30  # no item is the first of half of them


def test_of_two_recaps_each_comes_first_as_often():
    rated, ratings = panel(items=1, wanted=10, kind="preferences"), []
    for rater in range(1, 11):
        shown = given_to(rated, rater, ratings).shown
        ratings.append(rating(rater, "i0", "better", preferred="v1", shown=shown))
    assert Counter(rating.shown[0] for rating in ratings) == {"v1": 5, "v2": 5}


def test_a_rater_who_is_set_aside_counts_nowhere():
    rated = panel(items=1, wanted=2, set_aside=(2,))
    ratings = [rating(1, "i0"), rating(2, "i0", "absent")]
    assert given_to(rated, 3, ratings).item == "i0"  # one rating is lacking still
    assert panels.item_results(rated, ratings)[0].counts == {"kept": 1}
    assert panels.progress_of(rated, ratings, 2) == (1, 0, 1, 2)


@pytest.mark.parametrize(
    ("answers", "closed", "state", "answer"),
    [
        ("kept kept", False, "lacking", ""),
        ("kept kept partly", False, "settled", "kept"),
        ("kept partly absent", False, "disputed", ""),
        ("kept kept partly partly", False, "disputed", ""),  # half is no majority
        ("kept unknown unknown", False, "disputed", ""),
        ("unknown unknown unknown", False, "disputed", ""),
        ("kept kept", True, "settled", "kept"),
        ("kept absent", True, "disputed", ""),
        ("kept", True, "lacking", ""),
        ("", True, "lacking", ""),
    ],
)
def test_the_rule_that_settles(answers, closed, state, answer):
    rated = panel(items=1, closed_at=AT if closed else None)
    found = panels.item_results(rated, [rating(n, "i0", given) for n, given in enumerate(answers.split(), 1)])[0]
    assert (found.state, found.answer, found.rated) == (state, answer, len(answers.split()))


def test_agreement_of_verdicts_is_alpha_and_of_preferences_a_kappa():
    verdicts = [rating(n, f"i{k}", "kept" if k % 2 else "absent") for n in (1, 2, 3) for k in range(6)]
    found = panels.agreement_of(panel(), [*verdicts, rating(4, "i0", "unknown")])
    assert (found.statistic, found.value, found.interval, found.same, found.items) == ("alpha", 1, (1, 1), 1, 6)
    compared = panel(items=6, kind="preferences")
    pairs = [rating(n, f"i{k}", "better", preferred=compared.items[k].variants[0]) for n in (1, 2, 3) for k in range(6)]
    found = panels.agreement_of(compared, pairs)
    assert (found.statistic, found.value, found.same) == ("kappa", 1, 1)
    assert panels.agreement_of(panel(), [rating(1, "i0")]).same is None
    good, bad = (rating(n, "i0", answer) for n, answer in ((1, "all_good"), (2, "all_bad")))
    assert panels.agreement_of(compared, [good, bad]).same == 0  # both good is not both bad


def test_figures_of_a_rater_compare_them_with_the_others():
    ratings = [rating(1, "i0", seconds=4.0), rating(1, "i1", seconds=8.0), rating(2, "i0"), rating(3, "i1", "absent")]
    found = panels.rater_figures(panel(), ratings)
    assert [(f.rater, f.rated, f.seconds, f.same, f.others) for f in found] == [
        (1, 2, 6.0, 1, 2),
        (2, 1, None, 1, 1),
        (3, 1, None, 0, 1),
    ]


@pytest.fixture
def signed(library_hub, make_run):
    """A run with key points, whose recaps sign."""
    transcript, reference = library_hub
    summary = "As an AI language model, I, Mistral Small, say this.\n\n# Grant\n\n- The grant may be lost by a trial."
    variants = tuple(
        Variant(id=name, prompt=None, backend=backend, author="model", summary=summary, finished_at=AT)
        for name, backend in (("v1", "mistral:mistral-small-latest"), ("v2", "qwen3@http://localhost:1"))
    )
    return make_run(variants).model_copy(update={"transcript": transcript, "reference": reference})


def test_raters_read_no_name_of_a_model_and_no_verdict(signed):
    places = [(point.id, "v1") for point in signed.reference.key_points]
    items = panels.verdict_items(signed, places)
    opened = panels.new_panel(signed, "verdicts", items, timedelta(days=7))
    text = opened.model_dump_json()
    assert "mistral" not in text.lower()
    assert all(item.nearest for item in items)  # two sentences whatever became of the point
    assert {len(item.nearest) for item in items} == {min(2, len(opened.texts["v1"]))}
    assert not any(words.speaker for item in items for words in item.said)
    named = panels.verdict_items(signed, places, with_names=True)
    assert all(words.speaker for item in named for words in item.said)
    pairs = panels.preference_items(signed, ["v1", "v2"])
    compared = panels.new_panel(signed, "preferences", pairs, timedelta(days=7), wanted=40)
    assert not {"mistral", "qwen"} & set(compared.model_dump_json().lower().replace("-", " ").split())


def test_the_nearest_sentences_are_those_that_share_words(signed):
    point = next(point for point in signed.reference.key_points if "grant" in point.text.lower())
    sentences = ["The bus leaves at six.", "A trial may cost the grant.", "Books go to the store.", "Roofs leak."]
    assert 1 in panels.nearest_sentences(point, sentences, "en")


@pytest.mark.parametrize(
    "changed",
    [
        {"duration": timedelta(minutes=1)},
        {"duration": timedelta(days=91)},
        {"wanted": 0},
        {"wanted": 501},
        {"wanted": 4, "agreeing": 2},
        {"wanted": 3, "agreeing": 4},
        {"items": []},
    ],
)
def test_numbers_out_of_their_range_are_refused(signed, changed):
    items = panels.verdict_items(signed, [(signed.reference.key_points[0].id, "v1")])
    given = {"items": items, "duration": timedelta(days=7), **changed}
    with pytest.raises(ConfigurationError):
        panels.new_panel(signed, "verdicts", **given)


# The whole way ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(library_hub, settings):
    transcript, reference = library_hub
    return library.compare(transcript, backends=["extractive"], reference=reference, settings=settings)


def rate(opened, settings, answers):
    """Rate a panel to its end; `answers` gives what each rater says of an item."""
    for rater, answer in enumerate(answers):
        number = library.enter_panel(opened.id, f"token {rater}", settings=settings)
        while held := library.next_of_panel(opened, number, settings=settings):
            library.rate_item(opened, number, held.item, answer(held.item), settings=settings)


def test_what_raters_agree_on_is_settled_and_feeds_the_audit(run, settings):
    opened = library.open_panel(run, "verdicts", timedelta(days=7), most=10, settings=settings)
    assert (len(opened.items), opened.wanted, opened.agreeing) == (10, 3, 2)
    rate(
        opened,
        settings,
        [lambda _item: "absent", lambda _item: "absent", lambda item: "kept" if item == "i03" else "absent"],
    )
    assert library.audit(run.id, settings=settings)[1].trust[0].settled == 0  # nothing before it is closed
    closed = library.close_panel(opened.id, settings=settings)
    assert closed.settled_at is not None
    _run, found = library.audit(run.id, settings=settings)
    assert (found.trust[0].settled, found.sampled) == (10, 10)
    assert found.trust[0].estimate.value == pytest.approx(0, abs=0.2)
    settled, agreements = library.panel_findings(run.id, settings=settings)
    assert (settled, [agreement.items for agreement in agreements]) == (10, [10])
    scored = library.read_run(run.id, settings=settings)
    assert any(item.note == "settled" for score in scored.scores for item in score.evidence if item.type == "point")


def test_a_panel_overrules_no_person_and_settles_no_other_words(run, settings):
    opened = library.open_panel(run, "verdicts", timedelta(days=7), cells="all", most=3, wanted=1, settings=settings)
    rate(opened, settings, [lambda _item: "absent"])
    first, second, third = opened.items
    points = {point.id: point for point in run.reference.key_points}
    with library.workbench(settings) as bench:
        bench.settle(run.id, points[first.point], first.variants[0], "kept")
    with library.open_store(settings) as store:
        gone = {"items": (first, second, third.model_copy(update={"point_text": "Other words."}))}
        store.panels.change(opened.id, items=[item.model_dump() for item in gone["items"]])
    library.close_panel(opened.id, settings=settings)
    with library.open_store(settings) as store:
        settled = store.workbench.settled(run.id, run.reference)
        assert settled == {(first.point, first.variants[0]): "kept", (second.point, second.variants[0]): "absent"}


def test_words_that_are_masked_meanwhile_take_no_verdict_away(settings, make_run, library_hub):
    transcript, reference = library_hub
    data = "Ring 06 12 34 56 78, or write to anne@example.org. "
    recap = Variant(id="v1", prompt=None, backend="m", author="model", summary=data, finished_at=now())
    run = make_run([recap]).model_copy(update={"transcript": transcript})
    with library.open_store(settings) as store:
        store.runs.start(run)
        store.runs.finish(run.id, "complete")
    run = library.score(run.id, reference, settings=settings)
    first, second = (item.flag for item in library.personal_words(run.variants[0]))
    library.answer_flag(run.id, "v1", first, "masked", settings=settings)
    opened = library.open_panel(run, "verdicts", timedelta(days=7), cells="all", most=3, wanted=1, settings=settings)
    assert "06 12" not in str(opened.texts)
    assert "example.org" not in str(opened.texts)  # raters need no personal data, masked or not
    library.answer_flag(run.id, "v1", second, "masked", settings=settings)
    rate(opened, settings, [lambda _item: "absent"])
    library.close_panel(opened.id, settings=settings)
    with library.open_store(settings) as store:
        assert len(store.workbench.settled(run.id, reference)) == 3


def test_a_recap_that_is_not_there_is_not_compared(run, settings):
    with pytest.raises(UnknownName):
        library.open_panel(run, "preferences", timedelta(days=7), variants=["v1", "v2", "v99"], settings=settings)


def test_a_panel_whose_time_is_over_is_closed_and_settled_when_it_is_read(run, settings):
    opened = library.open_panel(run, "verdicts", timedelta(days=7), most=2, wanted=1, settings=settings)
    rate(opened, settings, [lambda _item: "partly"])
    with library.open_store(settings) as store:
        store.panels.change(opened.id, closes_at=now() - timedelta(minutes=1))
    assert library.read_panel(opened.id, settings=settings).settled_at is not None
    assert library.panel_findings(run.id, settings=settings)[0] == 2


def test_a_rater_answers_only_what_is_before_them(run, settings):
    opened = library.open_panel(run, "preferences", timedelta(days=7), settings=settings)
    number = library.enter_panel(opened.id, "token", settings=settings)
    held = library.next_of_panel(opened, number, settings=settings)
    other = next(item.id for item in opened.items if item.id != held.item)
    for item, answer in ((other, "A"), (held.item, "kept"), (held.item, "C"), (held.item, "")):
        with pytest.raises(library.panels.InputError):
            library.rate_item(opened, number, item, answer, settings=settings)
    assert library.rate_item(opened, number, held.item, "B", settings=settings).preferred == held.shown[1]
    changed = library.rate_item(opened, number, held.item, "all_bad", settings=settings)
    assert (changed.answer, changed.preferred, changed.position) == ("all_bad", "", 1)
    assert isinstance(held, Held)


def test_an_answer_that_comes_once_others_gave_the_item_its_ratings_is_not_kept(run, settings):
    opened = library.open_panel(run, "verdicts", timedelta(days=1), most=1, wanted=1, settings=settings)
    late, other = (library.enter_panel(opened.id, token, settings=settings) for token in ("a", "b"))
    held = library.next_of_panel(opened, late, settings=settings)
    with library.open_store(settings) as store:  # as where it was abandoned, and given to another
        store.panels.hold(opened.id, other, lambda _ratings, _held: held)
    assert library.rate_item(opened, other, held.item, "kept", settings=settings) is not None
    assert library.rate_item(opened, late, held.item, "absent", settings=settings) is None
    assert [rating.answer for rating in library.ratings_of(opened.id, settings=settings)] == ["kept"]
    assert library.rate_item(opened, other, held.item, "partly", settings=settings).answer == "partly"
