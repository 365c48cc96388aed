"""What a facilitator does, without scripts: give, understand, send, compare, correct, settle, compose, send out."""

import io
import re
import zipfile

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from comparia import config, library
from comparia.backends import local_servers
from comparia.config import load_settings
from comparia.web.app import ROUTES, create_app
from tests.backends.test_gguf import model_file
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel
from tests.web.conftest import PORT, ended, refusal, served, words


def run_at(settings, address):
    return library.read_run(address.rsplit("/", 1)[1], settings=settings)


def test_what_is_understood_is_said_before_anything_is_sent(web, given):
    page = words(web.get(given))
    assert "Tanner Street library" in page
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
    return {**form, "base": run.reference.id, "action": "keep", "reviewed_by": "Awa", **changes}


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
    assert after.reviewed_by == f"{before.reference.reviewed_by}, Awa"
    assert "Awa" in words(web.get(compared))
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
    assert refusal(wrong)
    assert "reference.yaml" in words(wrong)


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("html", b"<!doctype"),
        ("md", b"# "),
        ("csv", b""),
        ("json", b"{"),
        ("docx", b"PK"),
        ("odt", b"PK"),
        ("svg", b"<svg"),
        ("text", b""),
    ],
)
def test_it_is_sent_out_in_every_format(web, compared, form, begins):
    answer = web.get(f"{compared}/report.{form}")
    assert answer.status_code == 200
    assert answer.content.lower().startswith(begins.lower())
    assert "attachment" in answer.headers["content-disposition"]


def test_without_the_names_there_is_no_name(web, compared, settings):
    web.post(f"{compared}/recaps", data={"author": "Zorglub Quix", "text": "Two late evenings were asked for."})
    web.post(f"{compared}/points", data=fields(run_at(settings, compared), reviewed_by="Wilhelmina Rex"))
    names = [s.name for s in run_at(settings, compared).transcript.speakers if " " in s.name and s.turns]
    names += ["Zorglub", "Wilhelmina"]
    for form in ("html", "md", "docx", "odt", "csv", "json", "text", "svg"):
        shown = web.get(f"{compared}/report.{form}").content
        content = web.get(f"{compared}/report.{form}?pseudonyms=1").content
        if form in ("docx", "odt"):
            shown, content = ("".join(parts_of(c)).encode() for c in (shown, content))
        assert form in ("csv", "svg") or b"Wilhelmina" in shown, form
        assert not [name for name in names if name.encode() in content], form


def parts_of(container):
    """Every part of a document, as text."""
    parts = zipfile.ZipFile(io.BytesIO(container))
    return [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]


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


def test_settings_are_kept_without_writing_a_file(web, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARIA_CONFIG", str(tmp_path / "comparia.toml"))
    page = web.post("/preferences", data={"policy": "fr", "pseudonyms": "always", "retention_days": "90"})
    assert "Kept in" in words(page)
    assert '<option value="fr" selected' in web.get("/preferences").text
    assert "retention_days = 90" in (tmp_path / "comparia.toml").read_text()
    assert refusal(web.post("/preferences", data={"policy": "moon"}))
    assert "Traceback" not in web.post("/preferences", data={"retention_days": "soon"}).text
    monkeypatch.setenv("COMPARIA_POLICY", "local")
    web.post("/preferences", data={"policy": "world", "pseudonyms": "auto", "retention_days": ""})
    assert 'policy = "fr"' in (tmp_path / "comparia.toml").read_text()


def people(page):
    """Who speaks, as the session page says."""
    return re.findall(r'name="name" value="([^"]*)"', page.text)


def labels_of(page):
    return [value.replace("&#34;", '"') for value in re.findall(r'name="labels" value="([^"]*)"', page.text)]


def test_names_are_changed_merged_and_given_back(web, given):
    page = web.get(given)
    before, labels = people(page), labels_of(page)
    emptied = web.post(given, data={"title": "T", "labels": labels, "name": ["", *before[1:]]})
    assert people(emptied) == before
    renamed = web.post(given, data={"title": "T", "labels": labels, "name": ["Zoe Zed", *before[1:]]})
    assert people(renamed)[0] == "Zoe Zed"
    merged = web.post(
        given,
        data={"title": "T", "labels": labels_of(renamed), "name": people(renamed), "alias": f"{before[1]}={before[2]}"},
    )
    assert before[1] not in people(merged)
    assert len(people(merged)) == len(before) - 1
    kept = web.post(given, data={"title": "T", "labels": labels_of(merged), "name": people(merged)})
    assert people(kept) == people(merged)
    given_back = web.post(given, data={"title": "T", "labels": labels_of(kept), "name": [""] * len(people(kept))})
    assert sorted(people(given_back)) == sorted(before)


def test_what_was_corrected_holds_in_the_plan(web, given, settings):
    form = {"title": "Changed title", "hidden": "Harrowmere", "backend": "extractive:centrality", "policy": "local"}
    planned = web.post(f"{given}/plan", data={**form, "pseudonyms": "always"})
    assert "Changed title" in planned.text
    agreed = re.search(r'name="agreed" value="([^"]+)"', planned.text)[1]
    other = web.post(f"{given}/compare", data={**form, "pseudonyms": "never", "agreed": agreed})
    assert "Before anything is sent" in words(other)
    address = web.post(f"{given}/compare", data={**form, "pseudonyms": "always", "agreed": agreed}).url.path
    run = run_at(settings, ended(web, address))
    assert run.transcript.title == "Changed title"
    assert any(alias.original == "Harrowmere" for alias in run.pseudonyms.aliases)


def test_a_second_click_sends_nothing_and_coming_back_finds_the_choices(web, given):
    form = {"backend": "extractive:centrality", "policy": "local", "attempt": "0"}
    address = web.post(f"{given}/compare", data=form).url.path
    assert web.post(f"{given}/compare", data=form).url.path == address
    ended(web, address)
    assert web.get("/").text.count('href="/runs/') == 1
    assert "Not sent yet" not in web.get("/").text
    for back in (given, f"{given}/plan", f"{given}/compare"):  # Back, and a reload
        page = web.get(back)
        assert f'href="{address}"' in page.text
        assert 'value="extractive:centrality" checked' in page.text
        assert 'value="extractive:diversity" checked' not in page.text
    other = web.post(f"{given}/compare", data={**form, "backend": "extractive:speakers", "attempt": "1"}).url.path
    assert other != address
    ended(web, other)
    assert web.get("/").text.count('href="/runs/') == 2
    web.post(f"{other}/forget")
    assert web.get(given).status_code == 404  # nothing of what was hidden by hand stays


def test_no_form_is_answered_by_a_page(web, given, compared):
    stage = web.post(f"{compared}/stage").url.path
    judging = web.post(f"{compared}/votes", data={"variant": ["v1", "v2"]}).url.path
    check = web.post(f"{compared}/member-check", data={"variant": "v1", "minutes": "10"}).url.path
    panel = web.post(f"{compared}/panels", data={"minutes": "60"}).url.path
    named = {
        "check": check.split("/")[2],
        "panel": panel.split("/")[2],
        "draft": given.split("/")[2],
        "run": compared.split("/")[2],
    }
    named |= {"stage": stage.split("/")[2], "judging": judging.split("/")[2], "adaptation": "none"}
    named |= {"language": "en", "kind": "council", "session": "library-and-hub"}
    paths = [route.path for route in ROUTES if isinstance(route, Route) and "POST" in route.methods]
    assert len(paths) > 30
    for path in sorted(paths, key=lambda path: path.endswith("/forget")):
        answer = web.post(path.format(**named), data={}, follow_redirects=False)
        assert answer.status_code == 303, path
        assert web.get(answer.headers["location"]).status_code in (200, 404), path


FORMS = {
    "no file": ("/sessions", {}, "no file was given"),
    "a picture": ("/sessions", {"files": ("p.jpg", b"\xff\xd8\xff\xe0" + b"x" * 99)}, "p.jpg: this is a picture"),
    "a telephone's picture": (
        "/sessions",
        {"files": ("p.heic", b"\0\0\0\x18ftypheic" + b"x" * 99)},
        "this is a picture",
    ),
    "an empty file": ("/sessions", {"files": ("vide.txt", b"")}, "vide.txt: this file is empty"),
    "a recording": ("/sessions", {"files": ("a.mp3", b"ID3" + b"x" * 99)}, "a.mp3: this is a recording (MP3)"),
    "an old document": (
        "/sessions",
        {"files": ("a.doc", b"\xd0\xcf\x11\xe0" + b"x" * 99)},
        "a.doc: this is a document of an old",
    ),
    "a locked document": (
        "/sessions",
        {"files": ("a.docx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))},
        "a.docx: this document is protected by a password",
    ),
    "a huge file": ("/sessions", {"files": ("a.txt", b"x" * 40_000_001)}, "a.txt: this file is larger than 40 MB"),
}


@pytest.mark.parametrize(("path", "files", "said"), FORMS.values(), ids=FORMS)
def test_what_cannot_be_read_is_said_in_place_in_words_of_every_day(web, path, files, said):
    answer = web.post(path, files=files or None, data=None if files else {"pasted": ""})
    assert said in refusal(answer)
    assert answer.url.path == "/"
    assert not re.search(r"comparia [a-z]|--[a-z]|/tmp|`", refusal(answer))  # no command, no folder of the server


def test_a_name_that_no_file_system_takes_is_cleaned(web):
    head = b'Content-Disposition: form-data; name="files"; filename="a\x00b\x1b[2J.txt"'
    body = b"--x\r\n" + head + b"\r\n\r\nAnn: A bench.\n\nBen: A tree.\r\n--x--\r\n"
    page = web.post("/sessions", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert page.status_code == 200
    assert "\x00" not in page.text
    assert "Ann" in words(page)


def test_nobody_chosen_and_a_missing_key_are_said_in_the_plan(web, given):
    nobody = web.post(f"{given}/plan", data={"policy": "local"})
    assert nobody.url.path == f"{given}/plan"
    assert "Tick at least one box" in words(nobody)
    keyless = {"other": "mistral:mistral-small-latest", "policy": "eu"}
    lacking = web.post(f"{given}/plan", data=keyless)
    assert "mistral:mistral-small-latest needs a key." in words(lacking)
    assert 'href="/preferences?variable=MISTRAL_API_KEY#keys"' in lacking.text
    assert "/compare" not in lacking.text.split('class="plan')[1]  # it cannot be sent yet
    assert "mistral:mistral-small-latest</textarea>" in lacking.text
    assert "needs a key" in refusal(web.post(f"{given}/compare", data=keyless))
    assert 'value="MISTRAL_API_KEY" selected' in web.get("/preferences?variable=MISTRAL_API_KEY").text


OWN = """
[backends.workshop]
model = "m"
base_url = "http://127.0.0.1:8000/v1"

[backends.workshop-with-a-key]
preset = "mistral"
model = "mistral-small-latest"

[backends.broken]
preset = "nobody"
model = "m"
"""


@pytest.mark.parametrize("key", ["", "a-key"])
def test_backends_of_ones_own_are_offered_with_and_without_their_keys(tmp_path, monkeypatch, key):
    (tmp_path / "comparia.toml").write_text(OWN)
    settings = load_settings({}, tmp_path / "comparia.toml").model_copy(update={"outputs": tmp_path / "outputs"})
    if key:
        monkeypatch.setenv("MISTRAL_API_KEY", key)
    with served(settings) as web:
        given = web.post("/sessions/sample", data={"language": "en"})
        compared = ended(web, web.post(f"{given.url.path}/compare", data={"backend": "extractive:speakers"}).url.path)
        for page in (given, web.post(f"{compared}/stage"), web.get("/preferences")):
            assert page.status_code == 200
        for page in (given, web.post(f"{compared}/stage")):
            assert 'name="backend" value="workshop"' in page.text  # its key is optional
            assert ('name="backend" value="workshop-with-a-key"' in page.text) == bool(key)
            assert "Unknown preset: nobody." in page.text


def test_servers_of_this_machine_are_offered_unless_a_setting_says_no(web, given, monkeypatch, settings):
    listed = [{"id": "petit"}, {"id": "nomic-embed-text"}, {"id": "grand"}]
    with FaultServer(models=listed) as server:
        presets = {**config.catalogue()}
        presets["ollama"] = presets["ollama"].model_copy(update={"base_url": server.url})
        monkeypatch.setattr("comparia.backends.local_servers.catalogue", lambda: presets)
        local_servers.forget_running_models()
        page = web.get(given).text
        assert 'value="ollama:petit"' in page
        assert 'value="ollama:grand"' in page
        assert "nomic" not in page  # it writes no text
        assert 'value="ollama:petit"' in web.get("/preferences").text
        with served(settings.model_copy(update={"find_local_servers": False})) as silent:
            assert "ollama:petit" not in silent.get(given).text
    local_servers.forget_running_models()


def test_everybody_who_spoke_is_there(web):
    names = [
        f"{first} {last}"
        for first in ("Ann", "Ben", "Cleo", "Dan", "Eve")
        for last in "Ash Bell Cole Dunn Eads Frey".split()
    ]
    lines = "\n\n".join(f"{name}: We need a bench here, number {n}." for n, name in enumerate(names))
    given = web.post("/sessions", data={"pasted": lines}).url.path
    compared = ended(web, web.post(f"{given}/compare", data={"backend": "extractive:speakers"}).url.path)
    table = web.get(compared).text.split('id="table-voices"')[1].split("</table>")[0]
    assert table.count('<th scope="row">') == 30


def test_organisations_hidden_in_the_settings_are_hidden_on_the_page(tmp_path):
    from starlette.testclient import TestClient

    from comparia.config import Settings
    from comparia.web.app import create_app
    from tests.web.conftest import PORT

    settings = Settings(outputs=tmp_path / "o", hide_organisations=True)
    said = (
        "Ann: The association Les Amis du Canal wants a bench.\nBen: Les Amis du Canal are right, said the association."
    )
    with TestClient(create_app(settings, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as client:
        session = client.post("/sessions", data={"pasted": said}).url.path
        assert "Les Amis du Canal" not in client.get(f"{session}/text").text


def test_an_old_page_does_not_undo_the_work_of_another(web, compared, settings):
    run = run_at(settings, compared)
    first = run.reference.key_points[0].id
    web.post(f"{compared}/points", data=fields(run, **{f"text-{first}": "From one page"}))
    stale = web.post(f"{compared}/points", data=fields(run, **{f"text-{first}": "From an old page"}))
    assert refusal(stale)
    assert refusal(web.post(f"{compared}/points", data={"action": "keep"}))
    bare = {"action": "keep", "base": run_at(settings, compared).reference.id}
    web.post(f"{compared}/points", data=bare)
    points = run_at(settings, compared).reference.key_points
    assert len(points) == len(run.reference.key_points)
    assert points[0].text == "From one page"


def test_a_settled_verdict_does_not_pass_to_another_point(web, compared, settings):
    run = run_at(settings, compared)
    point, variant = run.reference.key_points[0], run.variants[0]
    web.post(f"{compared}/verdicts", data={"point": point.id, "variant": variant.id, "verdict": "contradicted"})

    def settled():
        found = next(s for s in run_at(settings, compared).scores if s.metric == "key_point_coverage")
        return [e.key_point for e in found.evidence if e.note == "settled"]

    assert settled() == [point.id]
    other = run_at(settings, compared)
    web.post(f"{compared}/points", data=fields(other, **{f"text-{point.id}": "Something else altogether"}))
    assert settled() == []
    for wrong in ({"point": "P999"}, {"variant": "v99"}):
        form = {"point": point.id, "variant": variant.id, "verdict": "kept", **wrong}
        assert refusal(web.post(f"{compared}/verdicts", data=form))


def test_undo_walks_back(web, compared, settings):
    versions = [run_at(settings, compared).reference]
    for n in range(3):
        run = run_at(settings, compared)
        web.post(f"{compared}/points", data=fields(run, **{f"text-{run.reference.key_points[0].id}": f"Version {n}"}))
        versions.append(run_at(settings, compared).reference)
    for expected in (*reversed(versions[:-1]), versions[0]):
        web.post(f"{compared}/points", data={"action": "undo"})
        assert run_at(settings, compared).reference.key_points == expected.key_points


def test_chained_merges_arrive(web, compared, settings):
    run = run_at(settings, compared)
    a, b, c = (p.id for p in run.reference.key_points[:3])
    web.post(f"{compared}/points", data=fields(run, **{f"into-{a}": b, f"into-{b}": c}))
    points = {p.id: p for p in run_at(settings, compared).reference.key_points}
    assert a not in points
    assert b not in points
    assert len(points[c].said) >= len(run.reference.key_points[0].said)


def test_what_is_removed_is_not_streamed(web, given):
    with FaultServer(answer="Secret words of the recap.") as server:
        address = ended(
            web, web.post(f"{given}/compare", data={"other": f"m@{server.url}", "policy": "local"}).url.path
        )
    web.post(f"{address}/forget")
    assert "Secret words" not in web.get(f"{address}/events").text


def test_a_wrong_reference_is_said_at_once(web):
    said = b"Ann: We need a bench here.\nBen: And a tree."
    files = [("files", ("s.txt", said)), ("files", ("reference.yaml", b"key_points: ["))]
    answer = web.post("/sessions", files=files)
    assert refusal(answer)
    assert "reference.yaml" in words(answer)


def test_pages_of_forms_can_be_reloaded(web, given):
    for path in (f"{given}/plan", f"{given}/compare", "/preferences/keys", "/preferences/try"):
        assert web.get(path).status_code == 200


def test_minutes_take_a_template_given_on_the_page(web, compared):
    import docx

    ours, written = docx.Document(), io.BytesIO()
    ours.sections[0].header.paragraphs[0].text = "Town of Saint-Orlan"
    ours.save(written)
    given = {"template": ("ours.docx", written.getvalue())}
    answer = web.post(f"{compared}/document", data={"personal": "stay"}, files=given)
    assert docx.Document(io.BytesIO(answer.content)).sections[0].header.paragraphs[0].text == "Town of Saint-Orlan"
    wrong = web.post(f"{compared}/document", files={"template": ("ours.docx", b"PK no document")})
    assert refusal(wrong)


def test_a_session_is_compared_again_otherwise(web, compared, settings):
    first = run_at(settings, compared)
    session = web.post(f"{compared}/again")
    assert "Tanner Street library" in session.text
    assert "Key points come from the file given with the session." in words(session)
    address = web.post(
        f"{session.url.path}/compare", data={"backend": "extractive:speakers", "policy": "local"}
    ).url.path
    second = run_at(settings, ended(web, address))
    assert second.id != first.id
    assert second.transcript.turns == first.transcript.turns
    assert second.reference.key_points == first.reference.key_points
    assert [v.backend for v in second.variants] == ["extractive:speakers"]


def test_what_was_hidden_or_left_by_hand_stays_so_when_compared_again(web, given, settings):
    page = web.get(given)
    name = people(page)[0]
    form = {
        "title": "T",
        "hidden": "Harrowmere",
        "left": name,
        "backend": "extractive:centrality",
        "policy": "local",
        "pseudonyms": "always",
    }
    address = ended(web, web.post(f"{given}/compare", data=form).url.path)
    text = web.get(f"{web.post(f'{address}/again').url.path}/text").text
    assert "Harrowmere" not in text
    assert name in text


def test_any_earlier_list_of_points_can_be_gone_back_to(web, compared, settings):
    first = run_at(settings, compared).reference
    for n in range(2):
        run = run_at(settings, compared)
        web.post(f"{compared}/points", data=fields(run, **{f"text-{run.reference.key_points[0].id}": f"Version {n}"}))
    last = run_at(settings, compared).reference
    assert f'value="back:{first.id}"' in web.get(f"{compared}/points").text
    web.post(f"{compared}/points", data={"action": f"back:{first.id}"})
    assert run_at(settings, compared).reference.key_points == first.key_points
    assert f'value="back:{last.id}"' in web.get(f"{compared}/points").text  # and so is redone what was undone
    web.post(f"{compared}/points", data={"action": "back:rf_nobody"})
    assert run_at(settings, compared).reference.key_points == first.key_points


def test_what_each_sentence_rests_on_is_told_apart_from_the_page(web, compared):
    told = web.get(f"{compared}/support.json").json()
    assert set(told) == {"v1", "v2"}
    assert all(sentence["turns"] for sentence in told["v1"])
    assert told["v1"][0]["text"] not in web.get(compared).text.split("</main>")[1]


def test_settings_of_a_folder_are_accepted_on_the_page_that_shows_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comparia.toml").write_text('policy = "world"\n# <script>\n', "utf-8")
    app = create_app(load_settings().model_copy(update={"outputs": tmp_path / "outputs"}), port=PORT)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"accept-language": "en"}) as web:
        assert "settings that you have not accepted" in web.get("/").text
        shown = web.get("/preferences").text
        assert "policy = &#34;world&#34;" in shown
        assert "# <script>" not in shown
        seen = re.search(r'name="seen" value="(\w+)"', shown).group(1)
        (tmp_path / "comparia.toml").write_text('policy = "fr"\n', "utf-8")
        assert "changed since you saw it" in web.post("/preferences/folder", data={"seen": seen}).text
        assert app.state.settings.policy == "eu"
        seen = re.search(r'name="seen" value="(\w+)"', web.get("/preferences").text).group(1)
        assert "are accepted" in web.post("/preferences/folder", data={"seen": seen}).text
        assert (app.state.settings.policy, app.state.settings.outputs) == ("fr", tmp_path / "outputs")
        assert "not accepted" not in web.get("/").text


DOUBTED = """M. Dupont : Bonsoir à tous et merci.
Il y a du monde ce soir.
On commence par la place.
Un drôle de type au fond de tout : Moi non, je suis contre la place.
M. Dupont : D'accord.
Mme Roy : Oui.
Et le parking aussi.
"""


def test_a_doubted_label_is_believed_with_one_click(web):
    label = "Un drôle de type au fond de tout"
    page = web.post("/sessions", files={"files": ("soiree.txt", DOUBTED.encode())})
    assert label not in people(page)
    form = {"title": "T", "labels": labels_of(page), "name": people(page)}
    believed = web.post(page.url.path, data={**form, "all_believed": "1"})
    assert label in people(believed)
    form = {"title": "T", "labels": labels_of(believed), "name": people(believed)}
    assert label in people(web.post(page.url.path, data={**form, "believed": label}))
    assert label not in people(web.post(page.url.path, data=form))


def test_accents_saved_twice_are_repaired_on_the_page(web):
    text = "Bonsoir.\n\nMme LefÃ¨vre : La rÃ©union commence Ã  huit heures.\nM. Roy : DÃ©jÃ  votÃ©, Ã  la mairie.\n"
    page = web.post("/sessions", files={"files": ("soiree.txt", text.encode())})
    assert 'name="repaired"' in page.text
    repaired = web.post(page.url.path, data={"title": "T", "repaired": "on"})
    assert "Mme Lefèvre" in people(repaired)
    assert "La réunion commence à huit heures." in repaired.text


def test_models_list_the_points_and_judge_each_other_from_the_page(web, given, settings):
    models = ScriptedModel(2), ScriptedModel(3, "Eight disabled parking spaces are needed. Traders depend on it.")
    with FaultServer(answer=models[0]) as one, FaultServer(answer=models[1]) as other:
        chosen = {
            "other": f"m1@{one.url}\nm2@{other.url}",
            "policy": "local",
            "with_models": "1",
            "points": "on",
            "judging": "on",
            "without_reference": "on",
            "title": "Session",
        }
        plan = web.post(f"{given}/plan", data=chosen).text
        assert "Key points, listed by models" in plan
        assert "Verdicts where words cannot tell" in plan
        address = ended(web, web.post(f"{given}/compare", data=chosen).url.path)
    run = library.read_run(address.rpartition("/")[2], settings=settings)
    assert run.plan.asked == ("points", "judging")
    assert run.reference.suggested_by.count("@") == 2
    assert {kind for model in models for kind in model.asked} == {"recap", "points", "judging"}
    coverage = [score for score in run.scores if score.metric == "key_point_coverage"]
    assert all("matcher:C-" in score.signature for score in coverage)
    point = next(item.key_point for item in coverage[0].evidence if item.note == "judged")
    web.post(f"{address}/verdicts", data={"point": point, "variant": coverage[0].variants[0], "verdict": "partly"})
    settled = library.read_run(run.id, settings=settings)
    notes = [item.note for score in settled.scores if score.metric == "key_point_coverage" for item in score.evidence]
    assert "settled" in notes
    assert notes.count("judged") + notes.count("judge_disputed") >= len(coverage)  # what was judged stays judged


def test_what_models_do_beside_the_recaps_can_be_left_out(web, given, settings):
    model = ScriptedModel()
    with FaultServer(answer=model) as server:
        chosen = {
            "other": f"m@{server.url}",
            "policy": "local",
            "with_models": "1",
            "without_reference": "on",
            "title": "S",
        }
        address = ended(web, web.post(f"{given}/compare", data=chosen).url.path)
    run = library.read_run(address.rpartition("/")[2], settings=settings)
    assert run.plan.asked == ()
    assert set(model.asked) == {"recap"}
    assert run.reference.suggested_by == "offline"


def test_the_audit_lists_what_to_settle_first_and_settles_it_there(web, compared, settings):
    page = web.get(f"{compared}/audit")
    assert "Nobody has settled a verdict yet" in words(page)
    point = re.search(r'name="point" value="(\w+)"', page.text)[1]
    variant = re.search(r'name="variant" value="(\w+)"', page.text)[1]
    done = web.post(
        f"{compared}/verdicts", data={"point": point, "variant": variant, "verdict": "absent", "back": "audit"}
    )
    assert done.url.path == f"{compared}/audit"
    assert "1 settled verdict" in words(done)


def test_a_model_file_is_pointed_at_in_the_settings_and_offered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPARIA_CONFIG", str(tmp_path / "own.toml"))
    (tmp_path / "own.toml").write_text('policy = "local"\n')
    path = model_file(tmp_path / "tiny.gguf")
    with served(load_settings()) as web:
        refused = web.post("/preferences/files", data={"path": str(tmp_path / "none.gguf")})
        assert "cannot be read" in words(refused)
        assert "tiny.gguf" in words(web.post("/preferences/files", data={"path": str(path)}))
        given = web.post("/sessions/sample", data={"language": "en"}).url.path
        assert f'value="gguf:{path}"' in web.get(given).text
        assert load_settings().model_files == (str(path),)
        web.post("/preferences/files", data={"gone": str(path)})
        assert load_settings().model_files == ()
