"""What a facilitator does, without scripts: give, understand, send, compare, correct, settle, compose, send out."""

import io
import re
import zipfile

import pytest

from comparia import library
from tests.fault_server import FaultServer
from tests.web.conftest import ended, words


def run_at(settings, address):
    return library.read_run(address.rsplit("/", 1)[1], settings=settings)


def test_what_is_understood_is_said_before_anything_is_sent(web, given):
    page = words(web.get(given))
    assert "Library and hub" in page
    assert "Who speaks" in page
    assert "What is hidden before anything leaves" in page
    planned = words(web.post(f"{given}/plan", data={"backend": ["extractive:centrality"]}))
    assert "Nothing leaves this machine." in planned
    assert "None yet." in web.get("/").text


def test_corrections_are_kept(web, given):
    web.post(
        given,
        data={"title": "Evening of the hub", "date": "2026-11-26", "language": "en", "hidden": "Bluebell", "left": ""},
    )
    page = web.get(given)
    assert "<h1>Evening of the hub</h1>" in page.text
    assert "Bluebell" in page.text
    assert "Evening of the hub" in web.get("/").text
    web.post(f"{given}/forget")
    assert "Evening of the hub" not in web.get("/").text


def test_words_can_be_pasted(web):
    page = web.post("/sessions", data={"pasted": "Ann: We need a bench here.\nBen: And a tree, I would say."})
    assert "Ann" in page.text
    assert "Ben" in page.text


def test_the_comparison_says_what_became_of_each_point(web, compared, settings):
    page = words(web.get(compared))
    run = run_at(settings, compared)
    assert len(run.variants) == 2
    assert all(point.text.split()[0] in page for point in run.reference.key_points)
    assert "Who spoke, who is named" in page


def test_a_settled_verdict_moves_the_scores_and_can_be_given_back(web, compared, settings):
    def coverage():
        return {s.variants[0]: s.value for s in run_at(settings, compared).scores if s.metric == "key_point_coverage"}

    before = coverage()
    run = run_at(settings, compared)
    score = next(s for s in run.scores if s.metric == "key_point_coverage")
    point = next(e.key_point for e in score.evidence if e.verdict == "absent")
    variant = score.variants[0]
    web.post(f"{compared}/verdicts", data={"point": point, "variant": variant, "verdict": "kept"})
    assert coverage()[variant] > before[variant]
    assert "A person settled this verdict." in words(web.get(compared))
    web.post(f"{compared}/verdicts", data={"point": point, "variant": variant, "verdict": ""})
    assert coverage() == before


def fields(run, **changes):
    form = {f"text-{p.id}": p.text for p in run.reference.key_points}
    form |= {f"minority-{p.id}": {True: "yes", False: "no", None: ""}[p.minority] for p in run.reference.key_points}
    return {**form, "action": "keep", "reviewed_by": "Awa", **changes}


def test_points_are_edited_merged_split_marked_added_removed_and_undone(web, compared, settings):
    before = run_at(settings, compared)
    ids = [p.id for p in before.reference.key_points]
    two = next(p for p in before.reference.key_points if len(p.said) > 1)
    others = [i for i in ids if i != two.id]
    turn = next(t for t in before.transcript.turns if t.channel != "system" and len(t.text) > 80)
    web.post(
        f"{compared}/points",
        data=fields(
            before,
            **{
                f"text-{others[0]}": "Changed by hand",
                f"remove-{others[1]}": "on",
                f"into-{others[2]}": others[3],
                f"minority-{others[4]}": "yes",
                f"split-{two.id}-0": "on",
                "new_text": "A point of my own",
                "new_turn": str(turn.number),
                "new_words": turn.text[:40],
            },
        ),
    )
    after = run_at(settings, compared).reference
    by_id = {p.id: p for p in after.key_points}
    assert by_id[others[0]].text == "Changed by hand"
    assert others[1] not in by_id
    assert others[2] not in by_id
    assert {q.words for q in next(p for p in before.reference.key_points if p.id == others[2]).said} <= {
        q.words for q in by_id[others[3]].said
    }
    assert by_id[others[4]].minority is True
    assert len(by_id[two.id].said) == len(two.said) - 1
    added = next(p for p in after.key_points if p.text == "A point of my own")
    assert added.said[0].words == turn.text[:40]
    assert added.holders == (turn.speaker,)
    assert after.reviewed_by == "Awa"
    assert "reviewed by Awa" in words(web.get(compared))
    assert {
        e.key_point for s in run_at(settings, compared).scores if s.metric == "key_point_coverage" for e in s.evidence
    } == set(by_id)
    web.post(f"{compared}/points", data={"action": "undo"})
    assert run_at(settings, compared).reference.key_points == before.reference.key_points


def test_points_go_out_as_yaml_and_come_back(web, compared, settings):
    text = web.get(f"{compared}/reference.yaml").text
    changed = re.sub(r"(?m)^(\s*(?:- )?text: ).*$", r"\1Written in an editor", text, count=1)
    assert changed != text
    web.post(f"{compared}/points", data={"action": "file"}, files={"file": ("r.yaml", changed.encode())})
    assert any(p.text.startswith("Written in an editor") for p in run_at(settings, compared).reference.key_points)
    wrong = web.post(f"{compared}/points", data={"action": "file"}, files={"file": ("r.yaml", b"key_points: [")})
    assert wrong.status_code == 400
    assert "reference.yaml" in words(wrong)


def test_a_recap_is_composed_with_its_provenance(web, compared, settings):
    run = run_at(settings, compared)
    first, second = run.variants
    sentence = library.sentences_of(run, first)[0]
    web.post(f"{compared}/compose", data={"action": f"take:{first.id}:0"})
    kept = {"text": [sentence], "variant": [first.id], "original": [sentence]}
    web.post(f"{compared}/compose", data={**kept, "action": f"take:{second.id}:1"})
    other = library.sentences_of(run, second)[1]
    written = {
        "text": [sentence, other + " Changed.", "My own words about the hub."],
        "variant": [first.id, second.id, ""],
        "original": [sentence, other, ""],
        "author": "Awa",
    }
    page = web.post(f"{compared}/compose", data={**written, "action": "save:"})
    assert "points of view not kept yet" in words(page)
    assert "changed" in words(page)
    page = web.post(f"{compared}/compose", data={**written, "action": "up:2"})
    assert page.text.index("My own words about the hub.</textarea>") < page.text.index("Changed.</textarea>")
    web.post(f"{compared}/compose", data={**written, "action": "finish:"})
    composed = run_at(settings, compared).variants[-1]
    assert composed.author == "human"
    assert [piece.variant for piece in composed.pieces] == [first.id, second.id, ""]
    assert any(composed.id in score.variants for score in run_at(settings, compared).scores)


def test_nothing_composed_is_not_put_among_the_recaps(web, compared, settings):
    assert web.post(f"{compared}/compose", data={"action": "finish:"}).status_code == 400
    assert web.post(f"{compared}/compose", data={"action": "take:v9:99"}).status_code == 200
    assert web.post(f"{compared}/compose", data={"action": "drop:7"}).status_code == 200
    assert len(run_at(settings, compared).variants) == 2


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", b"<!doctype"), ("md", b"# "), ("csv", b""), ("json", b"{"), ("docx", b"PK"), ("text", b"")],
)
def test_it_is_sent_out_in_every_format(web, compared, form, begins):
    answer = web.get(f"{compared}/report.{form}")
    assert answer.status_code == 200
    assert answer.content.lower().startswith(begins.lower())
    assert "attachment" in answer.headers["content-disposition"]


def test_without_the_names_there_is_no_name(web, compared, settings):
    names = [s.name for s in run_at(settings, compared).transcript.speakers if " " in s.name and s.turns]
    assert names
    for form in ("html", "docx"):
        content = web.get(f"{compared}/report.{form}?pseudonyms=1").content
        if form == "docx":
            content = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")
        assert not [name for name in names if name.encode() in content]


def test_models_of_a_server_are_asked(web, given, settings):
    with FaultServer() as server:
        chosen = {"other": f"m1@{server.url}\nm2@{server.url}", "policy": "local"}
        address = ended(web, web.post(f"{given}/compare", data=chosen).url.path)
    run = run_at(settings, address)
    assert [v.failure for v in run.variants] == [None, None]
    assert len(server.stats()) > 0


def test_a_server_that_is_away_leaves_a_run_to_resume(web, given, settings):
    with FaultServer() as server:
        port = server.port
    chosen = {"other": f"m1@http://127.0.0.1:{port}/v1", "backend": "extractive:centrality", "policy": "local"}
    address = ended(web, web.post(f"{given}/compare", data=chosen).url.path)
    page = web.get(address)
    assert "1 recap is missing." in words(page)
    with FaultServer(port=port):
        ended(web, web.post(f"{address}/resume").url.path)
    run = run_at(settings, address)
    assert all(v.failure is None for v in run.variants)
    assert len(run.variants) == 2


def test_what_is_removed_is_gone(web, compared, settings):
    web.post(f"{compared}/forget")
    assert web.get(compared).status_code == 404
    assert "None yet." in web.get("/").text


def test_pages_speak_both_languages(web, compared):
    for address in ("/", compared, f"{compared}/points", f"{compared}/compose", "/preferences", "/journal"):
        french = web.get(address, headers={"accept-language": "fr-FR,fr;q=0.9"})
        english = web.get(address, headers={"accept-language": "en-GB"})
        assert '<html lang="fr">' in french.text
        assert '<html lang="en">' in english.text
    web.post("/preferences/language", data={"language": "fr", "back": "/journal"})
    assert '<html lang="fr">' in web.get("/journal").text
