"""What the words of a recap say of it: cut, looping, echoing its prompt, in another language, with people nobody named."""

from pathlib import Path

import pytest

from comparia import library
from comparia.comparing.content import SessionWords, warnings_of
from comparia.comparing.demonstrations import demonstration
from comparia.config import Settings
from comparia.library import samples
from comparia.prompts import parse
from comparia.reports.view import View
from comparia.text.language import language_of
from tests.backends.test_real_answers import Player, asked, case

PROMPT = parse(
    "# system\n\nTu restitues fidèlement tout ce qui a été dit pendant la réunion publique, sans rien inventer.\n"
    "Les guillemets ne contiennent que du mot à mot, avec le nom de la personne.\n\n# user\n\nRésume : {{ transcript }}"
)
WHOLE = "La réunion a porté sur la place. Nadia Ferrand refuse la suppression des places de livraison."


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (WHOLE, ()),
        (WHOLE + "\n\n- un banc\n- une fontaine", ()),
        (WHOLE + "\n\n| Qui | Quoi |\n|---|---|\n| Nadia | refuse |", ()),
        (WHOLE + " Elle l’a dit au tour 12 [T12]", ()),
        (WHOLE + " Inès Oualid demande un banc près de", ("perhaps_cut",)),
        (WHOLE + "\n\n- elle demande un banc près de la", ("perhaps_cut",)),
        (WHOLE + " Inès Oualid demande un banc pour les personnes âgées", ("perhaps_cut",)),
        ("La place est belle. " * 30, ("loops",)),
        (WHOLE + " " + "et puis et puis " * 40, ("perhaps_cut", "loops")),
        (WHOLE + " mot" * 60, ("perhaps_cut", "loops")),
        (PROMPT.system + "\n\n" + WHOLE, ("echoes_prompt",)),
        (
            WHOLE + " Étaient là : Jean Dupont, Marie Martin, Pierre Durand, Sophie Bernard, Luc Petit, Anne Moreau.",
            ("invents_people",),
        ),
    ],
)
def test_each_warning_has_its_words(make_transcript, text, codes):
    session = make_transcript([("Nadia Ferrand", "Je refuse."), ("Inès Oualid", "Un banc.")], language="fr")
    assert warnings_of(text, SessionWords(session), PROMPT) == codes


def test_the_recaps_of_the_demonstration_deserve_no_warning_of_their_words():
    for language, sample in samples.SAMPLES.items():
        session, kept = samples.sample_session(sample), demonstration(sample)
        for prompt in kept.prompts:
            answers = [answer.text for (name, _role), answer in kept.answers.items() if name == prompt.id]
            assert warnings_of(answers[-1], SessionWords(session), prompt) == (), (language, prompt.name)


SENTENCES = {
    "fr": "Les habitants ont demandé que la place reste ouverte le samedi, et la mairie a répondu que les travaux seraient faits.",
    "en": "The residents asked that the square should stay open on Saturdays, and the council said that the works would be done.",
    "es": "Los vecinos pidieron que la plaza siga abierta los sábados, y el ayuntamiento respondió que las obras se harán en un año.",
    "de": "Die Anwohner haben gefordert, dass der Platz am Samstag offen bleibt, und die Stadt hat gesagt, dass die Arbeiten kommen.",
    "it": "Gli abitanti hanno chiesto che la piazza resti aperta il sabato, e il comune ha detto che i lavori sono per la primavera.",
    "pt": "Os moradores pediram que a praça continue aberta aos sábados, e a câmara disse que as obras são para a primavera.",
    "nl": "De bewoners hebben gevraagd dat het plein op zaterdag open blijft, en de gemeente zegt dat het werk in de lente begint.",
}

OTHER_LANGUAGES = {
    "pl": "Mieszkańcy chcą, żeby plac był otwarty w soboty, a miasto mówi, że prace będą na wiosnę i że nie ma na to pieniędzy.",
    "ro": "Locuitorii au cerut ca piața să fie deschisă sâmbăta, iar primăria a spus că lucrările sunt pentru primăvară.",
    "tr": "Mahalle sakinleri meydanın cumartesi günü açık olmasını istiyor ve belediye bu işin bahar için olduğunu söyledi.",
    "ru": "Жители просят, чтобы площадь была открыта по субботам.",
    "uk": "Мешканці просять, щоб площа була відкрита щосуботи, і її не закривали.",
    "ar": "يطلب السكان أن تبقى الساحة مفتوحة يوم السبت، وتقول البلدية إن الأشغال في الربيع.",
    "zh": "居民要求广场星期六继续开放，市政府说工程将在春天进行，没有更多的钱。",
}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_other_languages_are_named_and_not_taken_for_french_or_english(language):
    assert language_of(OTHER_LANGUAGES[language]) == language


@pytest.mark.parametrize("language", SENTENCES)
def test_a_language_is_told(language):
    assert language_of(SENTENCES[language] * 2) == language


@pytest.mark.parametrize(
    "text", ["", "Oui.", "12 34 56 " * 20, "Lorem ipsum dolor sit amet " * 10, SENTENCES["fr"] + SENTENCES["en"]]
)
def test_what_tells_no_language_is_none(text):
    assert language_of(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "The meeting was about the square. Nadia Ferrand does not want the delivery space to be removed.",
            "other_language:en",
        ),
        ("Je suis désolé, mais je ne peux pas résumer cette transcription.", "refusal"),
    ],
)
def test_a_short_recap_whose_words_cannot_be_compared_is_unscored(tmp_path, text, reason):
    session = samples.sample_session("place-du-foirail")
    settings = Settings(outputs=tmp_path)
    run = library.compare(session, reference=samples.sample_reference("place-du-foirail"), settings=settings)
    run = library.import_text(run.id, text, "Ann", settings=settings)
    (variant,) = [v for v in run.variants if v.author == "human"]
    assert variant.warnings == (reason,)
    told = {score.metric: score for score in run.scores if score.variants == (variant.id,)}
    assert told["key_point_coverage"].value is None
    assert {score.reason for name, score in told.items() if name != "length"} == {reason}


def test_a_recap_in_another_language_is_said_so_and_not_scored_by_words(tmp_path, make_transcript):
    session = samples.sample_session("place-du-foirail")
    settings = Settings(outputs=tmp_path)
    run = library.compare(session, reference=samples.sample_reference("place-du-foirail"), settings=settings)
    text = (Path(__file__).parent / "recaps" / "other-language.md").read_text("utf-8")
    assert language_of(text) not in ("", "fr")
    run = library.import_text(run.id, text, "Ann", settings=settings)
    (variant,) = [v for v in run.variants if v.author == "human"]
    assert variant.warnings == ("other_language:en",)
    own = [score for score in run.scores if variant.id in score.variants and score.metric != "length"]
    assert own
    assert all(score.value is None and score.reason == "other_language:en" for score in own)
    assert any(score.value is not None for score in run.scores if score.variants == ("v1",))
    assert View(run).lost
    for form in ("html", "markdown", "text"):
        assert "another language than the session (English)" in " ".join(library.render(run, form).decode().split())


def test_a_part_that_gives_nothing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("comparia.comparing.planning.MIN_PART_TOKENS", 20)
    with Player(case("80-part-1"), case("80-part-2"), case("80-part-3")) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, context=60)
        parts = [call.role for call in variant.calls if call.role.startswith("part")]
    assert len(parts) > 1
    assert "empty_part" in variant.warnings


class Counted(tuple):
    """Turns that count how often they are gone through."""

    readings = 0

    def __iter__(self):
        Counted.readings += 1
        return super().__iter__()


def test_a_session_is_read_once_whatever_the_number_of_its_recaps(make_transcript):
    session = make_transcript([("Nadia Ferrand", "Je refuse."), ("Inès Oualid", "Un banc.")], language="fr")
    words = SessionWords(session.model_copy(update={"turns": Counted(session.turns)}))
    recap = "Ada Lee, Bob Roe, Cy Poe, Dan Low, Eve Hay et Flo Mai sont venus dire que la place doit rester ouverte."
    for recaps in (1, 20):
        Counted.readings = 0
        for _n in range(recaps):
            warnings_of(recap, words, PROMPT)
        assert Counted.readings <= 2  # its language, and its words
