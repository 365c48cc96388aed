"""What a server really receives: every byte of it read, for recaps, judges, embeddings and suggestions."""

import asyncio
import json
import re

import pytest

from comparia import comparing, library, privacy
from comparia.config import BackendSettings, Settings
from comparia.errors import ConfigurationError, OutboundRefused
from comparia.privacy.people import key_of
from comparia.prompts import parse
from comparia.records import Backend
from tests.fault_server import FaultServer
from tests.work import RECAPS_ALONE

SECRET = ("06 12 34 56 78", "helene.marchetti@place.example", "12 rue des Lilas", "AB-123-CD")
SAID = [
    ("Hélène Marchetti", "Bonsoir, je suis Hélène Marchetti. Mon numéro est le 06 12 34 56 78."),
    ("Grégoire de La Motte-Ravel", "Merci Hélène. J’habite 12 rue des Lilas, je suis contre, comme M. Kerambrun."),
    ("mina_clb", "+1 marchetti, écrivez à helene.marchetti@place.example, voiture AB-123-CD", "chat"),
]
NAMES = {"helene", "marchetti", "gregoire", "motte", "ravel", "kerambrun", "mina"}
PROMPT = "Fais le compte rendu de {{ title }} ({{ participants }}), merci à Hélène Marchetti.\n\n{{ transcript }}"
RECAP = "Bonjour [courriel 1]. {0} s’oppose, {1} préside et rappelle le [téléphone 1]."

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def session(make_transcript):
    return make_transcript(SAID, language="fr", title="Réunion avec Hélène Marchetti")


def far(url, tmp_path, **options):
    """Settings in which the server on this machine is said to be in the European Union."""
    own = BackendSettings(preset="openai-compatible", model="m", base_url=url, zone="eu", timeout=5)
    return Settings(outputs=tmp_path, backends={"far": own}, **RECAPS_ALONE, **options)


def exposed(server):
    """Names and data of the session in all that a server received, bodies and headers."""
    received = b"\n".join([*server.bodies, *server.headers]).decode("utf-8")
    received += "\n" + json.dumps([json.loads(body) for body in server.bodies if body[:1] == b"{"], ensure_ascii=False)
    words = {key_of(word) for word in re.findall(r"[^\W\d_]+", received)}
    return sorted(words & NAMES) + [data for data in SECRET if data in received]


def test_no_name_leaves_in_a_recap_and_all_come_back(session, tmp_path):
    with FaultServer() as server:
        settings = far(server.url, tmp_path)
        run = library.prepare(session, [parse(PROMPT)], ["far"], settings=settings)
        people = dict(run.pseudonyms.people)
        server.answer = RECAP.format(people["Grégoire de La Motte-Ravel"], people["Hélène Marchetti"])
        done = library.carry_out(run, settings=settings)
        assert exposed(server) == []
        assert len(server.bodies) == 1
    (variant,) = done.variants
    assert variant.summary == (
        "Bonjour helene.marchetti@place.example. Grégoire de La Motte-Ravel s’oppose, Hélène Marchetti préside et rappelle le "
        "06 12 34 56 78."
    )
    assert [s.pseudonymised for s in done.sendings] == [True]


def test_steps_and_parts_are_hidden_too_whatever_the_model_repeats(session, tmp_path):
    prompt = parse("# user\n{{ transcript }}\n# step: relis\nRelis, Hélène Marchetti.")
    with FaultServer(answer="Selon Hélène Marchetti, au 06 12 34 56 78, tout va bien.") as server:
        settings = far(server.url, tmp_path)
        run = library.prepare(session, [prompt], ["far"], settings=settings)
        library.carry_out(run, settings=settings)
        assert exposed(server) == []
        assert len(server.bodies) == 2


def test_a_local_model_beside_a_far_one_reads_the_same_text(session, tmp_path):
    with FaultServer(answer="ok") as near, FaultServer(answer="ok") as server:
        settings = far(server.url, tmp_path)
        run = library.prepare(session, [parse(PROMPT)], ["far", f"m@{near.url}"], settings=settings)
        library.carry_out(run, settings=settings)
        contents = [json.loads(s.bodies[0])["messages"][-1]["content"] for s in (near, server)]
    assert contents[0] == contents[1]
    assert exposed(near) == []


def test_on_this_machine_alone_names_stay(session, tmp_path):
    with FaultServer(answer="ok") as near:
        run = library.prepare(
            session, [parse(PROMPT)], [f"m@{near.url}"], settings=Settings(outputs=tmp_path, **RECAPS_ALONE)
        )
        library.carry_out(run, settings=Settings(outputs=tmp_path, **RECAPS_ALONE))
        assert run.pseudonyms is None
        assert "Hélène Marchetti".encode() in near.bodies[0]


def test_names_are_sent_when_asked_for_and_hidden_when_asked_for(session, tmp_path):
    with FaultServer(answer="ok") as server:
        settings = far(server.url, tmp_path)
        hiding = privacy.Hiding("never")
        assert library.prepare(session, [parse(PROMPT)], ["far"], hiding=hiding, settings=settings).pseudonyms is None
        always = privacy.Hiding("always")
        assert library.prepare(
            session, [parse(PROMPT)], [f"m@{server.url}"], hiding=always, settings=settings
        ).pseudonyms


def test_no_name_leaves_in_what_a_judge_or_embeddings_are_asked(session, tmp_path, make_run, make_variant):
    from comparia.records import KeyPoint, Quote, Reference

    said = Quote(turn=2, speaker="s2", words="je suis contre, comme M. Kerambrun")
    point = KeyPoint(id="P1", text="Grégoire de La Motte-Ravel est contre, comme M. Kerambrun.", said=(said,))
    reference = Reference(id="rf_1", origin="reviewed", language="fr", voices=3, key_points=(point,))
    variant = make_variant(
        "v1", "Mme Marchetti dit que M. de La Motte-Ravel est contre.", author="human", backend="hand"
    )
    with FaultServer(answer='{"verdict": "kept", "sentence": "S1"}') as server:
        settings = far(server.url, tmp_path)
        run = make_run((variant,), reference=reference)
        run = run.model_copy(update={"transcript": session, "scores": (), "policy": "eu"})
        with library.open_store(settings) as store:
            store.runs.start(run)
        library.score(run.id, judge="far", embedder="far", metrics=["key_point_coverage"], settings=settings)
        assert exposed(server) == []
        assert server.embedded
        assert any(b"kept" in body for body in server.bodies)


def test_no_name_leaves_when_key_points_are_suggested_and_quotes_are_found_again(session, tmp_path):
    def answer(asked):
        (quote,) = re.findall(r"je suis contre, comme M\. \w+", asked)
        return json.dumps(
            {"key_points": [{"text": "Un refus.", "kind": "view", "quotes": [{"turn": 2, "words": quote}]}]}
        )

    with FaultServer(answer=answer) as server:
        reference, _left_out = library.suggest_reference(session, backend="far", settings=far(server.url, tmp_path))
        assert exposed(server) == []
    assert [q.words for p in reference.key_points for q in p.said] == ["je suis contre, comme M. Kerambrun"]


def test_the_gate_refuses_bytes_that_still_name_somebody(session):
    veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
    lines = []

    async def journal(line):
        lines.append(line)

    gate = privacy.Gate("eu", "r", journal, veil)
    far_away = Backend(name="far", kind="openai_compatible", zone="eu")
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Merci Hélène Marchetti."}]}).encode()
    with pytest.raises(OutboundRefused, match="2 names"):
        asyncio.run(gate.admit(far_away, "https://x.example/v1", body, 3))
    assert lines == []
    asyncio.run(gate.admit(far_away, "https://x.example/v1", veil.apply("Merci Hélène.").encode(), 3))
    assert [line.pseudonymised for line in lines] == [True]


def test_a_replayed_run_keeps_its_pseudonyms(session, tmp_path):
    with FaultServer(answer="Un compte rendu.") as server:
        settings = far(server.url, tmp_path)
        first = library.compare(session, [parse(PROMPT)], ["far"], settings=settings)
    again = library.compare(session, [parse(PROMPT)], [f"replay:{first.id}"], settings=settings)
    assert again.status == "complete"
    assert again.pseudonyms == first.pseudonyms
    assert again.fence == first.fence


def test_names_recorded_as_they_stand_are_not_replayed_beside_a_model_that_must_not_see_them(session, tmp_path):
    with FaultServer(answer="Un compte rendu.") as server:
        settings = far(server.url, tmp_path)
        first = library.compare(session, [parse(PROMPT)], ["far"], hiding=privacy.Hiding("never"), settings=settings)
        with pytest.raises(ConfigurationError, match="names as they stand"):
            library.prepare(session, [parse(PROMPT)], [f"replay:{first.id}", "far"], settings=settings)


def test_resuming_sends_the_same_pseudonyms(session, tmp_path):
    with FaultServer(["400"], answer="ok") as server:
        settings = far(server.url, tmp_path)
        run = library.compare(session, [parse(PROMPT)], ["far"], settings=settings)
        assert run.status == "failed"
        library.resume(run.id, settings=settings)
        assert server.bodies[0] == server.bodies[1]
        assert exposed(server) == []


def test_the_preview_is_what_is_sent(session, tmp_path):
    with FaultServer(answer="ok") as server:
        settings = far(server.url, tmp_path)
        run = library.prepare(session, [parse(PROMPT)], ["far"], settings=settings)
        (shown,) = comparing.previewed(run)
        library.carry_out(run, settings=settings)
        assert json.loads(server.bodies[0])["messages"][-1]["content"] in shown


def test_the_refusal_says_what_would_have_gone_where(session, tmp_path):
    with FaultServer() as server:
        settings = far(server.url, tmp_path, policy="fr")
        with pytest.raises(OutboundRefused, match=r"the transcript would have been sent to far \(eu: European Union\)"):
            library.prepare(session, [parse(PROMPT)], ["far"], settings=settings)


@pytest.mark.parametrize("format", ["html", "markdown", "csv", "json", "text"])
def test_a_report_that_keeps_pseudonyms_names_nobody(foirail, make_run, make_variant, format):
    session, reference = foirail
    recap = "Hélène Marchetti ouvre. « C’était pas 2012 ! », dit Claudine Massebiau, claudine.m@wanadou.example."
    run = make_run(
        (make_variant("v1", recap), make_variant("v2", "M. Costelle répond à Mme Massebiau.")), reference=reference
    )
    from comparia import scoring

    run = run.model_copy(update={"transcript": session, "reference": reference})
    run = run.model_copy(update={"scores": scoring.score(run, reference)})
    with_names = library.render(run, format).decode()
    without = library.render(run, format, pseudonyms=True).decode()
    found = {key_of(word) for word in re.findall(r"[^\W\d_]{5,}", without)}
    roster = {key_of(w) for s in session.speakers for w in re.findall(r"[^\W\d_]{5,}", re.sub(r"\(.*?\)", "", s.name))}
    assert found & (roster - {"motte"}) == set()
    assert "wanadou" not in without
    assert ("Massebiau" in with_names) is (format != "csv")  # a table of scores holds no text
