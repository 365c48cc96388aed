"""A judge and embeddings: asked through the gate, once, never about their own recaps, and never believed blindly."""

import json
import re

import pytest

from comparia import library
from comparia.config import BackendSettings
from comparia.errors import BackendError, ConfigurationError, OutboundRefused
from comparia.matching.judge import (
    BATCH,
    UNREAD,
    AskedPoint,
    PointList,
    Question,
    Ruling,
    instruction_of,
    readings_of,
    rulings_of,
)
from comparia.messages import speaking
from comparia.records import Backend
from comparia.reports.wording import note_sentence
from comparia.scoring.judges import AskedModel, _key
from comparia.scoring.models import open_models
from tests.fault_server import FaultServer

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def stored(make_run, make_variant, reference, settings):
    """A run of the tiny session in a database: a model's recap, one written by hand, and a failure."""

    def build(author="small"):
        variants = (
            make_variant(
                "v1", "The market stays on the square. Cement bags matter to one trader.", author="model", backend="b"
            ),
            make_variant("v2", "Eight disabled parking spaces are needed.", author="human", backend="imported:hand"),
            make_variant("v3", None, author="model", backend="b"),
        )
        run = make_run(variants, reference=reference)
        server = Backend(name="b", kind="openai_compatible", model=author, zone="local", preset="openai-compatible")
        run = run.model_copy(update={"scores": (), "backends": (server, *run.backends[1:])})
        with library.open_store(settings) as store:
            store.runs.start(run)
        return run

    return build


def judge(verdicts):
    """A judge that answers by the words of the points it is asked about: (verdict, sentence, words of it)."""

    def answer(asked):
        sentences = dict(re.findall(r"^S(\d+): (.*)$", asked, re.MULTILINE))
        entries = []
        for number, text in re.findall(r"^(\d+)\. (.*)$", asked, re.MULTILINE):
            found = next((v for words, v in verdicts.items() if words in text), None)
            verdict, sentence = found or ("absent", 0)
            words = " ".join(sentences[str(sentence)].split()[:6]) if sentence else ""
            entries.append({"point": int(number), "verdict": verdict, "sentence": sentence, "words": words})
        return json.dumps({"answers": entries})

    return answer


def coverage(run, variant="v1"):
    return next(s for s in run.scores if s.metric == "key_point_coverage" and s.variants == (variant,))


def verdicts(score):
    return {item.key_point: item.verdict for item in score.evidence}


def test_a_judge_is_asked_twice_a_recap_about_what_words_leave_doubtful_and_never_again(stored, settings):
    run = stored()
    with FaultServer(answer=judge({"market": ("kept", 1), "renovation": ("contradicted", 1)})) as server:
        name = f"j@{server.url}"
        first = library.score(run.id, judge=name, settings=settings)
        asked = len(server.bodies)
        second = library.score(run.id, judge=name, settings=settings)
        assert len(server.bodies) == asked
    assert asked == 2 * sum(v.summary is not None for v in run.variants)
    score = coverage(first)
    assert verdicts(score)["P1"] == "kept"
    assert score.measures["judge_kappa"] == 1.0
    assert "matcher:C-" in score.signature
    assert "judge-3:j@127.0.0.1" in score.signature
    assert coverage(second) == score


def test_a_hundred_doubtful_points_take_a_tenth_of_the_calls_of_one_question_a_point():
    points = tuple(AskedPoint(f"P{n}", f"Point {n}.", "view", (), 6, ()) for n in range(100))
    sheets = Question("v1", ("One.", "Two."), points).sheets
    assert sorted(p.id for sheet in sheets for p in sheet.points) == sorted(p.id for p in points)
    assert max(len(sheet.points) for sheet in sheets) <= BATCH
    assert 2 * len(sheets) <= 2 * len(points) / 10


def test_a_point_that_is_added_is_the_only_one_asked_about(stored, settings, reference):
    run = stored()
    with FaultServer(answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", metrics=["key_point_coverage"], settings=settings)
        first = len(server.bodies)
        second = reference.key_points[1]
        new = second.model_copy(update={"id": "P9", "text": f"{second.text} Really."})
        more = reference.model_copy(update={"key_points": (*reference.key_points, new)})
        library.score(run.id, more, judge=f"j@{server.url}", metrics=["key_point_coverage"], settings=settings)
        asked = [json.loads(body)["messages"][0]["content"] for body in server.bodies[first:]]
    assert asked
    assert all("Really." in text for text in asked)
    assert all(len(listed(text)) < 5 for text in asked)


MANY = tuple(AskedPoint(f"P{n}", f"Trader {n} wants the market off the square.", "view", (), 6, ()) for n in range(30))


def put(run, settings, server, **backend):
    """Put two recaps with thirty points to a judge: what it answered, and what it was asked, in order."""
    own = BackendSettings(model="j", base_url=server.url, zone="local", **backend)
    settings = settings.model_copy(update={"backends": {"j": own}})
    questions = [Question(name, (f"One of {name}.", "The market stays."), MANY) for name in ("v1", "v2")]
    with library.open_store(settings) as store:
        models = open_models(run.model_copy(update={"fence": "a1b2c3"}), store, settings, judge="j")
        answers = models.judge.ask(questions, "en")
    return answers, [json.loads(body)["messages"][0]["content"] for body in server.bodies]


def test_a_judge_that_cannot_read_as_much_is_asked_with_less_before_it(stored, settings):
    with FaultServer(["too-long", "too-long"], answer=judge({"Trader 7 ": ("kept", 2)})) as server:
        answers, asked = put(stored(), settings, server)
    whole, own_points, without_session, *others = asked
    assert ["Bruno" in text for text in (whole, own_points, without_session)] == [True, True, False]
    assert len(listed(own_points)) <= BATCH < len(listed(whole)) == len(MANY)
    assert listed(without_session) == listed(own_points)
    assert all("Bruno" not in text and len(listed(text)) <= BATCH for text in others)  # what follows is asked like it
    assert [answer["P7"].rulings[0].verdict for answer in answers] == ["kept", "kept"]
    assert not any(answer[point.id].silent for answer in answers for point in MANY)


def test_a_list_too_long_for_a_judge_whose_context_is_known_is_not_sent(stored, settings):
    run = stored()
    with FaultServer(answer=judge({})) as server:
        _answers, asked = put(run, settings, server, context=4800)
    assert asked
    assert all("Bruno" in text and 0 < len(listed(text)) <= BATCH for text in asked)


def test_nobody_is_asked_about_a_recap_without_a_sentence(make_run, make_variant, reference, settings):
    run = make_run(
        (make_variant("v1", "…", author="human"), make_variant("v2", "12", author="human")), reference=reference
    )
    with library.open_store(settings) as store:
        store.runs.start(run.model_copy(update={"scores": ()}))
    with FaultServer(answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", metrics=["key_point_coverage"], settings=settings)
        assert not server.bodies


def test_requests_begin_with_the_session_then_the_recap_and_the_points_between_fences(stored, settings):
    run = stored()
    with FaultServer(answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", metrics=["key_point_coverage"], settings=settings)
        bodies = [json.loads(body) for body in server.bodies]
    asked = [body["messages"][0]["content"] for body in bodies]
    assert all("S1: " in text for text in asked)
    fences = re.findall(r"={5}[a-p]{16}={5}", asked[0])
    assert [fences.count(fence) for fence in dict.fromkeys(fences)][-2:] == [2, 2]
    first, second = asked[:2]
    if run.fence:
        assert first[: first.index("You check")] == second[: second.index("You check")]
    assert all(body["temperature"] == 0 for body in bodies)
    assert bodies[0]["response_format"]["json_schema"]["schema"]["properties"]["answers"]["minItems"] > 0
    assert "among: kept" in first
    assert "among: absent" in second


def test_what_a_judge_says_badly_leaves_the_verdict_of_words_and_what_it_disputes_is_told(stored, settings):
    run = stored()
    sound = judge({"market": ("kept", 1)}), judge({})

    def answer(asked):
        swapped = "among: absent" in asked
        answers = json.loads(sound[swapped](asked))["answers"]
        return json.dumps(
            {"answers": [a for a, point in zip(answers, listed(asked), strict=True) if "trader" not in point]}
        )

    with FaultServer(answer=answer) as server:
        score = coverage(library.score(run.id, judge=f"j@{server.url}", settings=settings))
    notes = {item.key_point: item.note for item in score.evidence}
    words = coverage(library.score(run.id, judge="none", settings=settings))
    assert verdicts(score)["P2"] == verdicts(words)["P2"]
    assert (notes["P1"], notes["P2"]) == ("judge_disputed", "judge_unclear:no_entry")
    assert score.counts["of"] == words.counts["of"] == 4


def listed(asked):
    return [text for _number, text in re.findall(r"^(\d+)\. (.*)$", asked, re.MULTILINE)]


QUESTION = Question(
    "v1",
    ("The market stays on Saturdays.", "Everybody wants eight parking spaces."),
    (
        AskedPoint("P1", "The market stays.", "view", ("Anne",), 6, ("keep the market",)),
        AskedPoint("P2", "Eight spaces are needed.", "view", ("Bruno",), 6, ()),
    ),
)


def test_what_was_ruled_by_earlier_versions_is_found_again():
    point = AskedPoint("P1", "The market stays.", "view", ("Anne",), 6, ("keep the market",))
    model = AskedModel("m-1", Backend(name="m", kind="openai_compatible"))
    question = Question("v1", ("The market stays.",), (point,))
    assert _key(model, question, point, swapped=False) == "rg_8a146725e6dbd1f8"


def common(one, other):
    """How many characters two texts begin with alike."""
    return next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


def test_two_orders_of_one_recap_begin_alike_as_far_as_the_end_of_the_recap():
    for language in ("en", "fr"):
        first, second = (instruction_of(QUESTION, language, swapped=swapped) for swapped in (False, True))
        assert common(first, second) > first.index(QUESTION.recap[-1]) + len(QUESTION.recap[-1])


@pytest.mark.parametrize(
    ("entry", "ruling"),
    [
        ({"verdict": "kept", "sentence": 1, "words": "The market stays"}, ("kept", 1)),
        ({"verdict": "KEPT", "sentence": "S1", "words": "market stays on Saturdays"}, ("kept", 1)),
        ({"verdict": "lent to all", "sentence": [2], "words": "Everybody wants"}, ("lent_to_all", 2)),
        ({"verdict": "absent", "sentence": 9}, ("absent", 0)),
        ({"verdict": "kept", "sentence": 1, "words": "stays", "force": "weaker"}, ("softened", 1)),
        ({"verdict": "kept", "sentence": 2, "words": "Everybody wants", "holder": "all"}, ("lent_to_all", 2)),
        ({"verdict": "kept", "sentence": 9, "words": "x"}, "no_such_sentence"),
        ({"verdict": "kept", "sentence": 1, "words": "eight parking spaces are needed now"}, "other_words"),
        ({"verdict": "kept"}, "no_such_sentence"),
        ({"verdict": "excellent", "sentence": 1}, "unknown_verdict"),
    ],
)
def test_a_ruling_counts_with_a_verdict_of_ours_and_words_of_a_sentence_that_exists(entry, ruling):
    text = json.dumps({"answers": [{"point": 1, **entry}]})
    found = readings_of(text, QUESTION)
    assert (found["P1"] if isinstance(ruling, str) else found["P1"][:2]) == ruling
    assert found["P2"] == "no_entry"
    assert ("P1" in rulings_of(text, QUESTION)) is isinstance(ruling, tuple)


@pytest.mark.parametrize(
    "text",
    [
        'Sure!\n```json\n{"answers": [{"point": 1, "verdict": "absent", "sentence": 0}]}\n```',
        '{answers: [{point: 1, verdict: "absent", sentence: 0},]}',
        '[{"point": "1", "verdict": "absent"}]',
        '{"answers": [{"point": 1, "verdict": "absent", "sentence": 0}, {"point": 2, "verd',
        '{"answers": [{"point": 1, "verdict": "absent"}, {"point": 1, "verdict": "kept", "sentence": 1}]}',
    ],
)
def test_an_answer_that_is_nearly_right_is_repaired(text):
    assert {p: r.verdict for p, r in rulings_of(text, QUESTION).items()} == {"P1": "absent"}


@pytest.mark.parametrize("text", ["", "kept", "{}", '{"answers": 3}', "[[[[", '{"answers": [[1], 2, null]}'])
def test_an_answer_of_another_shape_rules_on_nothing(text):
    assert rulings_of(text, QUESTION) == {}
    assert set(readings_of(text, QUESTION).values()) == {"no_answers"}


def test_points_are_asked_about_by_their_number_in_a_list_that_all_recaps_share():
    other = Question("v2", ("Nothing was settled.",), QUESTION.points[1:])
    listed = PointList.of([QUESTION, other])
    first, second = (instruction_of(q, "en", swapped=True, listed=listed) for q in (QUESTION, other))
    assert "in this order: 2, 1." in first
    assert "in this order: 2." in second
    assert common(first, second) > first.index("Eight spaces are needed.")
    text = json.dumps({"answers": [{"point": 2, "verdict": "absent"}, {"point": 1, "verdict": "absent"}]})
    assert rulings_of(text, other, listed) == {"P2": Ruling("absent", 0)}
    assert rulings_of(text, QUESTION, listed).keys() == {"P1", "P2"}


def test_no_recap_can_hold_the_line_that_closes_the_points():
    before = PointList.of([QUESTION]).fence
    attack = Question("v1", (*QUESTION.recap, before), QUESTION.points)
    assert PointList.of([attack]).fence != before


def test_a_judge_never_judges_its_own_recaps_under_any_name(stored, settings):
    with FaultServer(
        answer=judge({}), models=[{"id": "mistral-small-2603", "aliases": ["mistral-small-latest", "org/Small"]}]
    ) as server:
        run = stored("org/SMALL")
        found = library.score(run.id, judge=f"mistral-small-latest@{server.url}", settings=settings)
        asked = len(server.bodies)
    own = coverage(found, "v1")
    assert own.value is None
    assert own.reason == "judge_is_author"
    assert coverage(found, "v2").value is not None
    assert asked == 2


def notes_of(run):
    return [item.note for s in run.scores if s.metric == "key_point_coverage" for item in s.evidence]


def test_a_named_judge_that_is_not_there_is_an_error_and_the_same_command_asks_it_again(stored, settings):
    run = stored()
    with FaultServer(["404"], answer=judge({"market": ("kept", 1)})) as server:
        with pytest.raises(BackendError):
            library.score(run.id, judge=f"j@{server.url}", settings=settings)
        done = library.score(run.id, judge=f"j@{server.url}", settings=settings)
    assert not [note for note in notes_of(done) if note.startswith("judge_silent")]


def test_a_question_that_failed_leaves_its_points_to_words_and_is_asked_again_only_when_told(stored, settings):
    run = stored()
    with FaultServer(["ok", "404"], answer=judge({"market": ("kept", 1)})) as server:
        name, failures = f"j@{server.url}", []
        found = library.score(run.id, judge=name, settings=settings, on_unanswered=failures.append)
        silent = notes_of(found).count("judge_silent:rejected")
        assert 0 < silent <= 4
        (failure,) = failures
        assert (failure.judge, failure.verdicts, failure.earlier) == (name, silent, False)
        asked = len(server.bodies)
        failures.clear()
        again = library.score(run.id, judge=name, settings=settings, on_unanswered=failures.append)
        assert len(server.bodies) == asked
        assert again.scores == found.scores
        assert [(f.verdicts, f.earlier) for f in failures] == [(silent, True)]
        assert library.to_be_asked(run.id, judge=name, settings=settings) == ()
        (planned,) = library.to_be_asked(run.id, judge=name, ask_again=True, settings=settings)
        assert planned.total == 1
        failures.clear()
        told = library.score(run.id, judge=name, ask_again=True, settings=settings, on_unanswered=failures.append)
        assert len(server.bodies) == asked + 1
        assert not failures
        assert "judge_silent:rejected" not in notes_of(told)


def test_a_failed_question_is_asked_again_once_its_point_changed(stored, settings, reference):
    run = stored()
    with FaultServer(["ok", "404"], answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", settings=settings)
        asked = len(server.bodies)
        changed = [p.model_copy(update={"text": f"{p.text} Really."}) for p in reference.key_points]
        other = reference.model_copy(update={"key_points": tuple(changed)})
        done = library.score(run.id, other, judge=f"j@{server.url}", settings=settings)
        assert len(server.bodies) > asked
    assert not [note for note in notes_of(done) if note.startswith("judge_silent")]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_reason_why_a_judge_does_not_count_is_worded(language):
    with speaking(language):
        unclear = {note_sentence(f"judge_unclear:{reason}") for reason in UNREAD} | {note_sentence("judge_unclear")}
        assert len(unclear) == len(UNREAD) + 1
        said = {"en": "rests on words alone", "fr": "mots seuls"}[language]
        assert all(said in sentence for sentence in (*unclear, note_sentence("judge_silent:timeout")))


def test_embeddings_are_asked_once_a_text_in_batches_and_change_the_recipe(stored, settings):
    run = stored()
    with FaultServer(["500", "ok"]) as server:
        name = f"e@{server.url}"
        first = library.score(run.id, embedder=name, settings=settings)
        texts = [text for batch in server.embedded[1:] for text in batch]
        assert len(texts) == len(set(texts))
        assert all(len(batch) <= 64 for batch in server.embedded)
        asked = len(server.embedded)
        second = library.score(run.id, embedder=name, settings=settings)
        assert len(server.embedded) == asked
    assert "matcher:B-" in coverage(first).signature
    assert "e@127.0.0.1" in coverage(first).signature
    assert coverage(first) == coverage(second)
    assert any(s.host.endswith("/embeddings") for s in library.read_run(run.id, settings=settings).sendings)


@pytest.mark.parametrize("fault", ["one-short", "not-numbers"])
def test_vectors_that_are_not_one_a_text_are_refused(stored, settings, fault):
    run = stored()
    with FaultServer([fault] * 20) as server, pytest.raises(BackendError):
        library.score(run.id, embedder=f"e@{server.url}", settings=settings)


def test_the_policy_holds_for_what_a_matcher_asks(stored, settings):
    run = stored()
    outside = settings.model_copy(
        update={"backends": {"far": BackendSettings(base_url="http://127.0.0.1:9/v1", model="m", zone="world")}}
    )
    for asked in ({"judge": "far"}, {"embedder": "far"}):
        with pytest.raises(OutboundRefused):
            library.score(run.id, settings=outside, **asked)
    with pytest.raises(ConfigurationError):
        library.score(run.id, judge="extractive:diversity", settings=settings)
    with pytest.raises(ConfigurationError):
        library.score(run.id, embedder="folder:/nowhere", settings=settings)


def test_scoring_some_metrics_again_keeps_the_others(stored, settings):
    run = stored()
    whole = library.score(run.id, settings=settings)
    some = library.score(run.id, metrics=["numbers"], settings=settings)
    assert [s.metric for s in some.scores] == [s.metric for s in whole.scores]
    assert library.read_run(run.id, settings=settings).scores == whole.scores


def test_a_judge_known_by_the_name_its_server_answers_is_refused_at_once(stored, settings):
    run = stored("m-2026")
    with FaultServer(answer=judge({})) as server:
        server.answers_as = "m-2026"
        for _time in range(2):
            found = library.score(run.id, judge=f"m@{server.url}", settings=settings)
            assert coverage(found, "v1").reason == "judge_is_author"
            assert coverage(found, "v2").value is not None


def test_a_key_refused_half_way_is_an_error_and_what_came_is_kept(stored, settings):
    run = stored()
    with FaultServer(["ok", "ok", "ok"] + ["401"] * 50, answer=judge({})) as server:
        # One at a time: three answers have come, and none is on its way.
        alone = BackendSettings(model="j", base_url=server.url, concurrency=1)
        settings = settings.model_copy(update={"backends": {"j": alone}})
        with pytest.raises(BackendError):
            library.score(run.id, judge="j", settings=settings)
        server.faults = []
        asked = len(server.bodies)
        library.score(run.id, judge="j", settings=settings)
        assert len(server.bodies) - asked == 2 * 2 - 3


def test_another_model_behind_one_name_is_another_recipe_and_is_asked_again(stored, settings):
    run = stored()
    with FaultServer() as server:
        signatures = []
        for model in ("m1", "m2"):
            own = settings.model_copy(
                update={"backends": {"atelier": BackendSettings(base_url=server.url, model=model)}}
            )
            before = len(server.embedded)
            signatures.append(coverage(library.score(run.id, embedder="atelier", settings=own)).signature)
            assert len(server.embedded) > before
    assert signatures[0] != signatures[1]


def test_what_will_be_asked_is_said_before_anything_is_sent(stored, settings):
    run = stored()

    class Stop(Exception):
        pass

    def told(asked):
        assert (asked.what, asked.done, asked.total, asked.waiting) == ("judge", 0, 4, 0)
        assert asked.zone == "local"
        raise Stop

    with FaultServer(answer=judge({})) as server:
        with pytest.raises(Stop):
            library.score(run.id, judge=f"j@{server.url}", settings=settings, progress=told)
        assert not server.bodies
